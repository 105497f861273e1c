#!/usr/bin/env bash
# GNU parallel, for real: four shards, one of them begun before and killed; the merged run has the bytes of the run in one
# piece, a sweep has them too, and the same command again simulates nothing. Says so and ends with 0 where parallel is not installed.
#   deploy/parallel_test.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
export ROUNDTRIP=$(realpath "$1")
command -v parallel >/dev/null || { echo "GNU parallel is not installed: not tested"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && "$ROUNDTRIP" init start >/dev/null)
scenario=$scratch/start.toml

"$ROUNDTRIP" run "$scenario" --paths 32768 -q --out "$scratch/whole" >/dev/null
"$ROUNDTRIP" run "$scenario" --paths 32768 -q --threads 1 --checkpoint 0.001s --out "$scratch/shards" --shard 2/4 >/dev/null &
killed=$!
for _ in $(seq 200); do
  [ "$(stat -c %s "$scratch/shards/start/shard-2-of-4.journal.part" 2>/dev/null || echo 0)" -gt 100000 ] && break
  sleep 0.01
done
kill -9 $killed 2>/dev/null || true
wait $killed 2>/dev/null || true

deploy/parallel.sh "$scenario" 4 "$scratch/shards" --paths 32768 >/dev/null
for file in summary.json courses.parquet flows.csv; do
  cmp "$scratch/whole/start/$file" "$scratch/shards/start/$file"
done
before=$(stat -c %Y%s "$scratch"/shards/start/shard-*.journal)
again=$("$ROUNDTRIP" run "$scenario" --paths 32768 --format json --out "$scratch/shards" --shard 3/4 2>/dev/null)
grep -q '"already there"' <<<"$again"
[ "$before" = "$(stat -c %Y%s "$scratch"/shards/start/shard-*.journal)" ]
# A study.
sweep=(--over market.rate=0.02..0.06:3 --paths 2000)
"$ROUNDTRIP" sweep "$scenario" "${sweep[@]}" -q --out "$scratch/whole" >/dev/null
COMMAND=sweep deploy/parallel.sh "$scenario" 4 "$scratch/shards" "${sweep[@]}" >/dev/null
for file in summary.json sweep.csv charts/sweep.svg; do
  cmp "$scratch/whole/start/sweep/$file" "$scratch/shards/start/sweep/$file"
done
# The comparison sees a run that is another.
"$ROUNDTRIP" run "$scenario" --paths 32768 --seed 2 -q --out "$scratch/other" >/dev/null
! cmp -s "$scratch/whole/start/summary.json" "$scratch/other/start/summary.json"
echo "GNU parallel: four shards, one killed before, merge into the run; four of a sweep into the sweep"
