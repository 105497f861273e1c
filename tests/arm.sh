#!/usr/bin/env bash
# The same bytes on ARM: builds the program for aarch64, runs it under qemu's emulation of a processor and compares every
# result with this machine's. Needs Debian's gcc-aarch64-linux-gnu and qemu-user, and the toolchain's target for aarch64;
# installs them as root, and says so and ends with 0 where they are not to be had. Takes as long as a build from nothing.
#   tests/arm.sh [PATHS]
set -euo pipefail
cd "$(dirname "$0")/.."
paths=${1:-400}
target=aarch64-unknown-linux-gnu
missing() { echo "ARM: $1: not tested"; exit 0; }
if ! command -v qemu-aarch64 >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null; then
  [ "$(id -u)" = 0 ] && (apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user) >/dev/null 2>&1 ||
    missing "no cross compiler or no qemu-user"
fi
rustup target add $target >/dev/null 2>&1 || missing "no target $target"

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
cargo build --release --quiet
cargo build --release --quiet --target $target
here=target/release/roundtrip
there=(qemu-aarch64 -L /usr/aarch64-linux-gnu "target/$target/release/roundtrip")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
compare() { # NAME COMMAND … : what the command writes to --out, here and there
  local name=$1; shift
  "$here" "$@" -q --out "$scratch/here/$name" >"$scratch/here.txt"
  "${there[@]}" "$@" -q --out "$scratch/there/$name" >"$scratch/there.txt"
  cmp "$scratch/here.txt" "$scratch/there.txt"
}
mkdir -p "$scratch"/{here,there}
compare run run configs/oracle.toml --paths "$paths" --corner-paths 100
compare web run configs/web_2025.toml --paths "$((paths / 4))" --corner-paths 0 --sampler sobol
compare sweep sweep configs/oracle.toml --over market.rate=0.02..0.06:2 --paths "$paths"
# PNG may differ between families of processors (CHANGELOG.md), and the manifest says which machine it was.
cd "$scratch/here"
find . -type f ! -name '*.png' ! -name manifest.json ! -name report.html | sort >../files
[ "$(wc -l <../files)" -gt 20 ]
while read -r file; do cmp "$file" "../there/$file"; done <../files
echo "ARM: $(wc -l <../files) files of $paths paths have the same bytes"
