#!/usr/bin/env bash
# A record's text reaches the form as letters: Typst code, Markdown's own marks in fields, HTML. The form is read back by
# poppler, which knows nothing of hoso. Negative control: words that are not in the record must not be found.
#
#     .ci/judges/literal.sh [HOSO]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hoso=$(realpath "${1:-$here/../../target/release/hoso}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=judge GIT_AUTHOR_EMAIL=judge@sonca.example
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
"$hoso" init school >/dev/null 2>&1
cd school
record=$("$hoso" new van-ban-den --ten thu --dat 'tac-gia=Sở #read("/etc/passwd")' --dat 'trich-yeu=Về $x^2$ và *đậm* @a <b> \u{41}' 2>/dev/null)
printf '%s\n' '' 'Nội dung #import "a" và $1/0$, \#eval("1"), <script>alert(1)</script>.' >>"$record"
git add . && git commit -qm judge
"$hoso" build >/dev/null 2>&1
form=$(find out/data -name form.pdf -path '*-thu/*')
pdftotext "$form" text 2>/dev/null
text=$(tr -s '[:space:]\f' ' ' <text)
passed=0 failed=0
found() { # yes|no TEXT
    local there=no
    case $text in *"$2"*) there=yes ;; esac
    if [ "$there" = "$1" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf 'FAIL  expected %s: %s\n' "$1" "$2"
    fi
}
found yes '#read("/etc/passwd")'
found yes '$x^2$ và *đậm* @a <b> \u{41}'
found yes '#import "a" và $1/0$'
found yes '#eval("1")'
found yes '<script>alert(1)</script>'
found no 'root:x:0'
found no 'không có trong hồ sơ này'
[ "$failed" = 0 ] || printf '%s\n' "$text"
echo "literal: $passed passed, $failed failed"
[ "$failed" = 0 ]
