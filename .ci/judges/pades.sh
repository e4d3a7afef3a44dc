#!/usr/bin/env bash
# Signed copies (`hoso export --pades`) of a lesson plan with three signers, one of whom has a picture, and of a letter with the
# principal and the seal, before pyHanko, poppler, the EU's DSS, qpdf and veraPDF. The lesson plan's copy goes from hand to hand
# (--onto). Negative controls: a changed byte, an exchanged page, an exchanged drawing, two signatures that changed places; hoso
# itself must refuse to sign on in each of them, and foreign keys, and a seal before the principal.
# Keys and repository are made for this run and thrown away; pictures of the pages stay in target/judges/pades.
#
#     .ci/judges/pades.sh [HOSO]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
hoso=$(realpath "${1:-$root/target/release/hoso}")
# -P: nothing beside the judge stands in for a part of Python.
python=$root/target/judges/venv/bin/python
seen=$root/target/judges/pades
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$seen"
cd "$scratch"
log=$scratch/log
export HOSO_LANG=en GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=judge GIT_AUTHOR_EMAIL=judge@sonca.example
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

# A school with keys for everyone, the sample school's pictures, a lesson plan and a letter.
run() { "$@" >"$log" 2>&1 || { cat "$log"; exit 1; }; }
run "$hoso" init school --demo
cd school
mkdir content/chu-ky
cp "$root"/content/chu-ky/{nguyen-thi-an-khe,dau-2025}.png content/chu-ky/
since=$(sed -n 's/^ *- tu: //p' content/school.yaml | head -n 1)
sed -i "/id: nguyen-thi-an-khe,/s/chung-thu:/hinh-chu-ky: [{tep: nguyen-thi-an-khe.png, tu: $since}], &/" content/school.yaml
printf '\nhinh-dau:\n  - {tep: dau-2025.png, tu: %s}\n' "$since" >>content/school.yaml
run "$hoso" new giao-an --dat de-tai='Bé rửa tay bằng xà phòng'
run "$hoso" new van-ban-di --ten bao-cao --dat loai-van-ban=bao-cao --dat trich-yeu='Kết quả tổ chức ngày hội "Bé vui hội trăng rằm"'
letter=$(echo content/*/truong/van-ban-di/*bao-cao.md)
sed -i 's/^  - …/  - Như trên/; s/^luu: …/luu: VT/; s/^…$/Thực hiện Kế hoạch số 177\/KH-MNSC, nhà trường báo cáo kết quả như sau:/' "$letter"
printf '\n- 121/132 trẻ và khoảng 140 phụ huynh tham dự.\n- Chương trình đúng thời gian, không có tai nạn.\n' >>"$letter"
git add -A
git commit -q -m judge
letter=${letter#content/} letter=${letter%.md}
run "$hoso" number "$letter"
git add -A
git commit -q -m 'number' || true
letter=$(cd content && echo */truong/van-ban-di/*.md)
letter=${letter%.md}
plan=$(cd content && echo */mg-5a/giao-an/*.md)
plan=${plan%.md}
sign() { run "$hoso" sign --key "keys/$1.p12" --password-file keys/mat-khau.txt --all; }
for who in trinh-thi-hong-nhan ngo-thi-tuong-vi nguyen-thi-an-khe dau; do sign $who; done
before=$(git rev-parse HEAD)

# The copies.
export_of() { # RECORD OUT KEY… [--onto FILE]
    local record=$1 out=$2
    shift 2
    "$hoso" export --pades "$record" --password-file keys/mat-khau.txt --out "$out" "$@" >"$log" 2>&1
}
failed=0
fail() {
    failed=$((failed + 1))
    echo "pades: $1"
    sed 's/^/    | /' "$log"
}
refused() { # WORDS RECORD KEY…
    local words=$1 record=$2
    shift 2
    if export_of "$record" refused.pdf "$@"; then fail "not refused: $words"; fi
    grep -q "$words" "$log" || fail "refused, but not with: $words"
    [ ! -e refused.pdf ] || fail "refused, and yet a file was written: $words"
}
key() { echo --key "keys/$1.p12"; }
export_of "$letter" ../letter.pdf $(key dau) $(key nguyen-thi-an-khe) || fail "letter"
export_of "$plan" ../plan-1.pdf $(key trinh-thi-hong-nhan) || fail "plan, teacher"
grep -q 'missing in this copy: Nguyễn Thị An Khê' "$log" || fail "does not say who is missing"
export_of "$plan" ../plan-2.pdf $(key ngo-thi-tuong-vi) --onto ../plan-1.pdf || fail "plan, head of team"
export_of "$plan" ../plan.pdf $(key nguyen-thi-an-khe) --onto ../plan-2.pdf || fail "plan, principal"
refused 'has not signed the original' "$letter" $(key trinh-thi-hong-nhan)
refused 'the seal comes after' "$letter" $(key dau)
refused 'has the signature of' "$plan" $(key ngo-thi-tuong-vi) --onto ../plan-2.pdf
refused 'it does not begin with' "$plan" $(key nguyen-thi-an-khe) --onto ../letter.pdf
"$python" -P "$here/pades.py" forge ../plan-2.pdf ../forged
for forgery in ../forged/*.pdf; do refused 'hoso made of this form\|does not hold\|cannot be read' "$plan" $(key nguyen-thi-an-khe) --onto "$forgery"; done

# The originals are untouched, and each copy begins with its form.
[ "$(git rev-parse HEAD)" = "$before" ] && [ -z "$(git status --porcelain)" ] || fail "the repository was changed"
begins() { cmp -s -n "$(stat -c %s "$2")" "$1" "$2" || fail "$1 does not begin with the signed form"; }
begins ../letter.pdf "$(echo signatures/"$letter"/*/form.pdf)"
begins ../plan.pdf "$(echo signatures/"$plan"/*/form.pdf)"

# The judges.
root_pem=$(echo "$PWD"/signatures/anchors/*.pem)
cd "$scratch"
log=$scratch/log
judge() { "$@" >"$log" 2>&1 || fail "$(basename "$1") ${*: -3}"; grep -h ' failed\|accepted' "$log" | tail -n 1; }
classpath=$(cat "$root/target/judges/dss.classpath")
judge "$python" -P "$here/pades.py" judge "$root_pem" 2 letter.pdf
judge "$python" -P "$here/pades.py" judge "$root_pem" 3 plan.pdf
judge "$python" -P "$here/pades.py" refuse "$root_pem" forged/*.pdf
judge java -cp "$classpath" "$here/dss/Pades.java" "$root_pem" good 2 letter.pdf
judge java -cp "$classpath" "$here/dss/Pades.java" "$root_pem" good 3 plan.pdf
judge java -cp "$classpath" "$here/dss/Pades.java" "$root_pem" bad 2 forged/*.pdf
for copy in letter plan-1 plan; do qpdf --check $copy.pdf >"$log" 2>&1 || fail "qpdf: $copy"; done
printf '%s\n' "$scratch"/{letter,plan-1,plan}.pdf >copies
java -cp "$(cat "$root/target/judges/verapdf.classpath")" "$here/verapdf/Judge.java" - <copies >"$log" 2>&1 || fail "veraPDF"
tail -n 1 "$log"
for copy in letter plan; do pdftoppm -r 80 -png $copy.pdf "$seen/$copy"; done

echo "pades: copies of a letter and a lesson plan, $failed failed"
[ "$failed" = 0 ]
