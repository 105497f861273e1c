#!/usr/bin/env bash
# A run in N shards on this machine with GNU parallel, then merged. What parallel does stands in one line; a shard that was
# cut off or is there already is taken up by the same command.
#   deploy/parallel.sh SCENARIO SHARDS OUT [option of `roundtrip run` …]
# COMMAND=sweep (or attribute, sensitivity, compare, score) in the environment stands for `run`.
set -euo pipefail
scenario=$1 shards=$2 out=$3; shift 3
roundtrip=${ROUNDTRIP:-roundtrip}
command=${COMMAND:-run}
folder=$out/$(basename "$scenario" .toml)
[ "$command" = run ] || folder=$folder/$command

seq "$shards" | parallel --halt soon,fail=1 --retries 2 "$roundtrip" "$command" "$scenario" "${@@Q}" --threads 1 -q --out "$out" --shard {}/"$shards" >/dev/null
"$roundtrip" merge -q "$folder"/shard-*-of-"$shards".journal --out "$out"
