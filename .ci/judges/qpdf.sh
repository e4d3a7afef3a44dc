#!/usr/bin/env bash
# Has qpdf check the structure of every PDF of an archive; a warning is a failure.
# Negative control: a copy with its end cut off must be refused.
#
#     .ci/judges/qpdf.sh [OUT]
set -euo pipefail
out=${1:-out}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mapfile -d '' -t files < <(find "$out" -name '*.pdf' -type f -print0 | LC_ALL=C sort -z)
[ ${#files[@]} -gt 0 ] || { echo "qpdf: no PDF in $out"; exit 1; }

failed=0
for file in "${files[@]}"; do
    # Exit 3 is "warnings"; `set -e` is kept out of the way by the condition.
    if ! said=$(qpdf --check "$file" 2>&1); then
        echo "$file: $(tail -n 3 <<<"$said" | tr '\n' ' ')"
        failed=$((failed + 1))
    fi
done

head -c -200 "${files[0]}" >"$scratch/cut.pdf"
if qpdf --check "$scratch/cut.pdf" >/dev/null 2>&1; then
    echo "qpdf: accepts a file without its end"
    failed=$((failed + 1))
fi
echo "qpdf: ${#files[@]} PDFs, $failed failed"
[ "$failed" = 0 ]
