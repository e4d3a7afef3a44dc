#!/usr/bin/env bash
# Builds the archive of one revision a second time, with everything around it different (another clone in a folder
# with another name, one thread, another zone, language, home, mask and clock zone), and compares byte for byte.
#
#     .ci/judges/twice.sh [OUT] [HOSO]       OUT is the first build, of this repository's HEAD
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath "${1:-out}")
hoso=$(realpath "${2:-$here/../../target/release/hoso}")
repository=$(git -C "$out" rev-parse --show-toplevel)

scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch" && rm -rf "$scratch"' EXIT
clone="$scratch/nơi khác/bản sao"
mkdir -p "$scratch/home" "$(dirname "$clone")"
git clone -q "$repository" "$clone"
(
    umask 077
    cd /
    env -i PATH="$PATH" HOME="$scratch/home" TZ=Pacific/Kiritimati LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8 \
        RAYON_NUM_THREADS=1 TMPDIR="$scratch" COLUMNS=40 "$hoso" -C "$clone" build
) >"$scratch/log" 2>&1 || { cat "$scratch/log"; echo "twice: the second build failed"; exit 1; }

list() { (cd "$1" && find . -printf '%y %P\n' | LC_ALL=C sort); }
failed=0
diff -r "$out" "$clone/out" || failed=1
diff <(list "$out") <(list "$clone/out") || failed=1
echo "twice: $(find "$out" -type f | wc -l) files compared, $failed failed"
[ "$failed" = 0 ]
