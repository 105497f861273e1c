#!/usr/bin/env bash
# A full disk, for real: a small file system in memory. A run that does not fit is refused before it begins; one whose disk
# fills up on the way fails, says which file and what to do, and leaves an earlier result as it was; with room again the
# same command ends well, and a shard goes on. Says so and tests standard output alone where nothing may be mounted.
#   tests/full_disk.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
scratch=$(mktemp -d)
disk=$scratch/disk
mkdir "$disk"
trap 'umount "$disk" 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
"$program" init start >/dev/null 2>&1

fails_with() { # CODE TEXT COMMAND …
  local wanted=$1 text=$2 code=0; shift 2
  "$@" >"$scratch/said" 2>&1 || code=$?
  [ $code = "$wanted" ] && grep -q "$text" "$scratch/said" || { echo "exit code $code, not $wanted with '$text', of: $*"; cat "$scratch/said"; exit 1; }
}

if [ -e /dev/full ]; then
  fails_with 1 "cannot write to standard output" sh -c "'$program' check start.toml >/dev/full"
fi
if ! mount -t tmpfs -o size=120m roundtrip "$disk" 2>/dev/null; then
  echo "full disk: nothing may be mounted here, only standard output was tested"
  exit 0
fi
fill() { dd if=/dev/zero of="$disk/filler" bs=64k 2>/dev/null || true; }

# It is known before that it does not fit.
fails_with 2 "on the disk of" "$program" run start.toml --paths 1e6 --out "$disk"
fails_with 2 "on the disk of" "$program" run start.toml --paths 1e6 --shard 1/1 --keep all --out "$disk"

# The disk fills up under a run.
run=("$program" run start.toml -q --corner-paths 0 --out "$disk")
"${run[@]}" --paths 1000 >/dev/null
before=$(cd "$disk/start" && sha256sum summary.json paths.parquet courses.parquet flows.csv)
"${run[@]}" --paths 40000 --seed 2 --checkpoint 1h >said 2>&1 &
child=$!
for _ in $(seq 1000); do
  find "$disk" -name ".*.part" | grep -q . && break
  sleep 0.01
done
fill
code=0
wait $child || code=$?
grep -q "free some" said && [ $code = 1 ] || { echo "exit code $code:"; cat said; exit 1; }
[ "$before" = "$(cd "$disk/start" && sha256sum summary.json paths.parquet courses.parquet flows.csv)" ]
[ -z "$(find "$disk" -name '*.part')" ]
rm "$disk/filler"
"${run[@]}" --paths 20000 >/dev/null
"$program" run start.toml -q --corner-paths 0 --paths 20000 --out whole >/dev/null
cmp "$disk/start/paths.parquet" whole/start/paths.parquet
rm -r "$disk/start"

# And under a shard, which goes on.
"${run[@]}" --paths 20000 --shard 1/1 --keep all >said 2>&1 &
child=$!
for _ in $(seq 1000); do
  [ "$(stat -c %s "$disk/start/shard-1-of-1.journal.part" 2>/dev/null || echo 0)" -gt 100000 ] && break
  sleep 0.01
done
fill
code=0
wait $child || code=$?
if [ $code = 0 ]; then
  echo "full disk: the shard was done before the disk was full"
else
  grep -q "free some" said && [ $code = 1 ] || { echo "exit code $code:"; cat said; exit 1; }
fi
rm "$disk/filler"
"${run[@]}" --paths 20000 --shard 1/1 --keep all >/dev/null 2>&1
"$program" merge -q "$disk/start/shard-1-of-1.journal" --out merged >/dev/null
cmp merged/start/paths.parquet whole/start/paths.parquet
echo "full disk: refused before, failed on the way without a loss, and went on"
