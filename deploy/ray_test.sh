#!/usr/bin/env bash
# Ray, for real, on this machine: four shards, a worker killed in the middle of one; the merged run has the bytes of the run
# in one piece. Not in CI: it fetches Ray from PyPI. Linux.
#   deploy/ray_test.sh PROGRAM [PYTHON WITH RAY]
set -euo pipefail
cd "$(dirname "$0")/.."
export ROUNDTRIP=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python=${2:-$scratch/venv/bin/python}
[ -x "$python" ] || { python3 -m venv "$scratch/venv" && "$python" -m pip install --quiet --disable-pip-version-check ray==2.53.0; }
(cd "$scratch" && "$ROUNDTRIP" init start >/dev/null)
paths=${PATHS:-200000}

"$ROUNDTRIP" run "$scratch/start.toml" --paths "$paths" -q --out "$scratch/whole" >/dev/null
"$python" deploy/ray_shards.py "$scratch/start.toml" 4 "$scratch/shards" --paths "$paths" --checkpoint 0.001s >"$scratch/ray.txt" 2>&1 &
ray=$!
part=$scratch/shards/start/shard-2-of-4.journal.part
for _ in $(seq 6000); do
  [ "$(stat -c %s "$part" 2>/dev/null || echo 0)" -gt 100000 ] && break
  kill -0 $ray 2>/dev/null || break
  sleep 0.02
done
child=$(pgrep -f -- "--out $scratch/shards --shard 2/4" | head -1)
worker=$(ps -o ppid= -p "$child" | tr -d ' ')
kill -9 "$worker"
echo "killed the worker of shard 2 ($(ps -o comm= -p "$worker" 2>/dev/null || true)) with $(stat -c %s "$part") bytes done"
wait $ray || { cat "$scratch/ray.txt"; exit 1; }
for file in summary.json courses.parquet flows.csv; do
  cmp "$scratch/whole/start/$file" "$scratch/shards/start/$file"
done
echo "Ray: four shards, a worker killed in one, merge into the run"
