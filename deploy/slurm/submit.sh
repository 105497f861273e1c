#!/usr/bin/env bash
# Sends a run in N shards to Slurm, and its merge, which waits for all of them. OUT must be a folder that all nodes see.
#   deploy/slurm/submit.sh SCENARIO SHARDS OUT [option of `roundtrip run` …]
# COMMAND=sweep (or attribute, sensitivity, compare, score) in the environment stands for `run`.
# Slurm does not requeue a task that a signal ended: send it again with the same variables and `--array=ITS NUMBER`. It goes on
# from where it was.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
SCENARIO=$(realpath "$1") SHARDS=$2 OUT=$(realpath -m "$3"); shift 3
export SCENARIO SHARDS OUT OPTIONS="$*"
array=$(sbatch --parsable --export=ALL --array=1-"$SHARDS" "$here/shard.sbatch")
merge=$(sbatch --parsable --export=ALL --dependency=afterok:"$array" --kill-on-invalid-dep=yes "$here/merge.sbatch")
echo "$array $merge"
