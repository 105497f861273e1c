#!/usr/bin/env bash
# Kills at random moments: a run, and a shard, ended by SIGKILL again and again and begun again by the same command, end
# with the bytes of a run in one go, and leave no temporary file and no checkpoint. The moments come from the seed, which
# is printed.
#   tests/kill_loop.sh PROGRAM [ROUNDS] [SEED]
set -euo pipefail
program=$(realpath "$1") rounds=${2:-3} seed=${3:-$RANDOM}
RANDOM=$seed
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$program" init start >/dev/null 2>&1
run=("$program" run start.toml --paths 32768 --corner-paths 0 -q)
began=$(date +%s%N)
"${run[@]}" --out whole >/dev/null
took=$((($(date +%s%N) - began) / 1000000))
killed=0

# Runs the command until it ends by itself; kills it up to four times before, at a random moment of its time.
insist() {
  local code
  for _ in 1 2 3 4; do
    "$@" >/dev/null 2>&1 &
    local child=$! wait_ms=$((RANDOM * took / 32768))
    sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
    kill -9 $child 2>/dev/null || true
    code=0
    wait $child 2>/dev/null || code=$?
    [ $code = 0 ] && return 0
    [ $code = 137 ] || { echo "exit code $code of: $*"; return 1; }
    killed=$((killed + 1))
  done
  "$@" >/dev/null
}

same() {
  for file in summary.json paths.parquet courses.parquet flows.csv charts/answer.svg; do
    cmp "whole/start/$file" "$1/start/$file" || { echo "seed $seed: $1 differs"; return 1; }
  done
  local left
  left=$(find "$1" -name '*.part' -o -name 'checkpoint.journal')
  [ -z "$left" ] || { echo "seed $seed: left over: $left"; return 1; }
}

for round in $(seq "$rounds"); do
  insist "${run[@]}" --out "cut$round" --checkpoint 0.001s
  same "cut$round"
  for shard in 1 2; do
    insist "${run[@]}" --out "shards$round" --shard $shard/2 --keep all
    insist "${run[@]}" --out "apart$round" --shard $shard/2 --checkpoint 0.001s
  done
  "$program" merge -q shards"$round"/start/shard-*-of-2.journal --out "shards$round" >/dev/null
  same "shards$round"
  "$program" merge -q "apart$round/start" --out "apart$round" >/dev/null
  cp whole/start/paths.parquet "apart$round/start" # which these keep not
  same "apart$round"
  rm -r "cut$round" "shards$round" "apart$round"
done
[ $killed -gt 0 ] || { echo "nothing was killed: $took ms are too short"; exit 1; }
# The comparison sees a run that is another.
"${run[@]}" --out other --seed 2 >/dev/null
! cmp -s whole/start/summary.json other/start/summary.json
echo "kill loop: $rounds rounds, $killed kills (seed $seed), the same bytes"
