#!/usr/bin/env bash
# Has the EU's DSS validate every signature of an archive (dss/Judge.java): forms, acts and the seal over the whole, with
# the archive's anchors, those for time-stamps, and its revocation data where there is any.
#
#     .ci/judges/sig_dss.sh [OUT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-out}
options=()
for anchor in "$out"/data/tsa/*.pem; do
    [ ! -e "$anchor" ] || options+=(--tsa "$anchor")
done
[ ! -d "$out/data/revocation" ] || options+=(--revocation "$out/data/revocation")
python3 "$here/signatures.py" "$out" |
    java -cp "$(cat "$here/../../target/judges/dss.classpath")" "$here/dss/Judge.java" "${options[@]}" "$out"/data/anchors/*.pem
