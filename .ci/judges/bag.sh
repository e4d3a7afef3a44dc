#!/usr/bin/env bash
# Validates an archive as a BagIt bag, with bagit-python and with sha256sum alone. A sealed one (seal.sh has some) has a
# signature over its tag manifest beside it, which no manifest can list: both must pass over it.
# Negative controls on a copy: one changed byte, one missing file and one file too many must be refused.
#
#     .ci/judges/bag.sh [OUT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$here/../../target/judges/venv/bin/python
out=${1:-out}

with_bagit() { "$python" -m bagit --validate --quiet "$1" 2>&1; }
with_sha256sum() { (cd "$1" && sha256sum --check --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt 2>&1); }

with_bagit "$out"
with_sha256sum "$out"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
victim=$(sed -n 's/^[0-9a-f]* [ *]//p' "$out/manifest-sha256.txt" | grep '\.pdf$' | sed -n 1p)
must_refuse() { # WHAT CHECK
    if "$2" "$scratch/bag" >/dev/null; then
        echo "bag: $2 accepts $1"
        exit 1
    fi
}
cp -r "$out" "$scratch/bag"
# Same length: only a digest can tell.
printf '\377' | dd of="$scratch/bag/$victim" bs=1 seek=2000 conv=notrunc status=none
must_refuse "a changed byte" with_bagit
must_refuse "a changed byte" with_sha256sum
rm "$scratch/bag/$victim"
must_refuse "a missing file" with_bagit
must_refuse "a missing file" with_sha256sum
cp "$out/$victim" "$scratch/bag/$victim"
echo more >"$scratch/bag/data/more.txt"
must_refuse "a file too many" with_bagit
if [ -f "$out/tagmanifest-sha256.txt.p7s" ]; then
    # What is sealed is the tag manifest: changing anything else must not need the seal to show.
    rm "$scratch/bag/data/more.txt"
    with_bagit "$scratch/bag"
    printf ' ' >>"$scratch/bag/bag-info.txt"
    must_refuse "a changed tag file" with_bagit
    must_refuse "a changed tag file" with_sha256sum
fi
echo "bag: $(wc -l <"$out/manifest-sha256.txt") payload files, $(wc -l <"$out/tagmanifest-sha256.txt") tag files, 0 failed"
