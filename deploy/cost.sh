#!/usr/bin/env bash
# What shards cost: 64 of them and their merge against the run in one piece: CPU seconds, peak memory, bytes; and the results are the same.
#   deploy/cost.sh PROGRAM SCENARIO PATHS OUT      (GNU time; at least 524,288 paths, a chunk for each shard)
set -euo pipefail
rt=$1 scenario=$2 paths=$3 out=$4; mkdir -p "$out"; name=$(basename "$scenario" .toml)
t() { /usr/bin/time -a -o "$out/$1.times" -f "%U %S %M" "${@:2}" >/dev/null; }
rm -f "$out"/*.times
t whole "$rt" run "$scenario" --paths "$paths" --keep none -q --out "$out/whole"
for k in $(seq 64); do t shards "$rt" run "$scenario" --paths "$paths" --shard "$k/64" -q --out "$out/parts"; done
du -sb "$out/parts"
t merge "$rt" merge "$out/parts/$name" -q --out "$out/merged"
for f in summary.json courses.parquet flows.csv; do cmp "$out/whole/$name/$f" "$out/merged/$name/$f"; done
for k in whole shards merge; do awk -v k=$k '{u+=$1+$2; if ($3>m) m=$3} END {printf "%s: %.1f s CPU, %.0f MB at most\n", k, u, m/1024}' "$out/$k.times"; done
