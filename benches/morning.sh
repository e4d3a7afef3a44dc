#!/usr/bin/env bash
# An inspector's morning (.ci/judges/morning.mjs) in the archive of a school of any size, from file://: finds, reads, prints,
# proves, counts what is missing, in Chromium, light and dark; and what it cost to make the archive. Needs git, python3, node,
# chromium, what .ci/judges/setup.sh installs, and disk for two archives (0.3 MB a record each).
#
#     bash benches/morning.sh [RECORDS] [HOSO]
#
# School and archive stay in target/bench, and are made anew when the program is another one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
records=${1:-50000}
hoso=$(realpath "${2:-$root/target/release/hoso}")
work=$root/target/bench
school=$work/morning-$records
out=$work/morning-$records-out
mkdir -p "$work"
TIMEFORMAT='%U s of CPU, %R s in all'
if ! [ -f "$school.made" ]; then
    rm -rf "$school" "$school-keys"
    echo "the school, with its signatures:"
    time PYTHONDONTWRITEBYTECODE=1 python3 "$here/school.py" "$school" --records "$records" --signed "$hoso"
    git -C "$school" rev-parse HEAD >"$school.made"
fi
mark="$(cat "$school.made") $(sha256sum <"$hoso")"
if [ "$(cat "$out.made" 2>/dev/null)" != "$mark" ]; then
    rm -f "$out.made"
    echo "its archive:"
    time "$hoso" -C "$school" build --no-cache --out "$out"
    echo "$mark" >"$out.made"
fi
echo "the morning:"
time node "$root/.ci/judges/morning.mjs" "$out" "$hoso" "$school"
