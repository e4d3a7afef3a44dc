#!/usr/bin/env bash
# Renders the real letter (tests/fixtures/letter, dated 9 September 2024) and has letter.py measure its PDF against
# the figures of Decree 30/2020, Appendix I. Negative control: the same PDF beside a record with another number.
#
#     .ci/judges/letter.sh [HOSO]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
hoso=$(realpath "${1:-$root/target/release/hoso}")
id=2024-2025/truong/van-ban-di/185-mnth

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$root/tests/fixtures/letter" "$scratch/school"
cp -r "$root/layouts" "$scratch/school/layouts"
(
    cd "$scratch/school"
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
    export GIT_AUTHOR_NAME="Văn thư" GIT_AUTHOR_EMAIL=van-thu@mamnon.example GIT_AUTHOR_DATE=2024-09-09T08:00:00+07:00
    export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME" GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
    git init -q -b main
    git add -A
    git commit -q -m "van-ban-di: công văn"
)
"$hoso" -C "$scratch/school" build >"$scratch/log" 2>&1 || { cat "$scratch/log"; echo "letter: the build failed"; exit 1; }

measure() { "$root/target/judges/venv/bin/python" "$here/letter.py" "$scratch/school/out/data/ho-so/$id/form.pdf" "$1/$id.md"; }
measure "$scratch/school/content"

cp -r "$scratch/school/content" "$scratch/other"
sed -i 's/^so: .*/so: 999/' "$scratch/other/$id.md"
if measure "$scratch/other" >/dev/null; then
    echo "letter: letter.py accepts the letter with another number"
    exit 1
fi
