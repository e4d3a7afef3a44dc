#!/usr/bin/env bash
# Has the EU's DSS validate every signature of an archive (dss/Judge.java).
#
#     .ci/judges/sig_dss.sh [OUT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-out}
python3 "$here/signatures.py" "$out" |
    java -cp "$(cat "$here/../../target/judges/dss.classpath")" "$here/dss/Judge.java" "$out"/data/anchors/*.pem
