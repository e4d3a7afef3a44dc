#!/usr/bin/env bash
# Has veraPDF validate every PDF of an archive against PDF/A-3a and PDF/UA-1 (verapdf/Judge.java).
# Negative controls: a copy whose metadata no longer claims PDF/A, and one that is no PDF, must be refused.
#
#     .ci/judges/verapdf.sh [OUT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
classpath=$(cat "$here/../../target/judges/verapdf.classpath")
out=${1:-out}

validate() { java -cp "$classpath" "$here/verapdf/Judge.java" - 2>&1; }

find "$out" -name '*.pdf' -type f | LC_ALL=C sort | validate

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
first=$(find "$out" -name '*.pdf' -type f | LC_ALL=C sort | sed -n 1p)
LC_ALL=C sed 's/pdfaid:part/pdfaid:prat/g' "$first" >"$scratch/unclaimed.pdf"
echo "not a PDF" >"$scratch/junk.pdf"
if refused=$(printf '%s\n' "$scratch"/{unclaimed,junk}.pdf | validate) || ! grep -q ', 2 failed$' <<<"$refused"; then
    echo "$refused"
    echo "verapdf: accepts a file that does not conform"
    exit 1
fi
