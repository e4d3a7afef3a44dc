#!/usr/bin/env bash
# Seals the archives of a throw-away school and has others look at them: bagit-python, sha256sum and OpenSSL on each,
# the chain by sha256sum and grep alone, as data/niem-phong.html says. Then what must show: an archive taken out of
# the chain, one edited in it, the seal of another archive, a history that was rewritten.
#
#     .ci/judges/seal.sh [HOSO]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hoso=$(realpath "${1:-$here/../../target/release/hoso}")
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch" && rm -rf "$scratch"' EXIT
export HOME=$scratch GIT_AUTHOR_NAME=Judge GIT_AUTHOR_EMAIL=judge@truong.example
export GIT_COMMITTER_NAME=Judge GIT_COMMITTER_EMAIL=judge@truong.example
looked=0

fail() { echo "seal: $*"; exit 1; }
ends() { # CODE COMMAND…
    local wanted=$1 code=0
    shift
    "$@" >"$scratch/log" 2>&1 || code=$?
    [ "$code" = "$wanted" ] || { cat "$scratch/log"; fail "exit $code and not $wanted: $*"; }
}
# A sealed archive at which nothing is wrong: 0, or 4 while revocation is not known.
holds() { # COMMAND…
    local code=0
    "$@" >"$scratch/log" 2>&1 || code=$?
    [ "$code" = 0 ] || [ "$code" = 4 ] || { cat "$scratch/log"; fail "exit $code: $*"; }
}
tells() { grep -qF "[$1]" "$scratch/log" || { cat "$scratch/log"; fail "does not say $1"; }; }
sealed() { # OUT
    bash "$here/bag.sh" "$1"
    python3 "$here/sig_openssl.py" "$1"
    (cd "$1" && sha256sum --check --strict --quiet signatures-sha256.txt)
    looked=$((looked + 1))
}
# Each archive's Hoso-Previous is the digest of the tag manifest before it.
chain() { # OUT
    local before="" named folder
    for folder in "$1"/data/archives/* "$1"; do
        [ -d "$folder" ] || continue
        named=$(sed -n 's/^Hoso-Previous: sha256://p' "$folder/bag-info.txt")
        [ "$named" = "$before" ] || fail "$folder names ${named:-nothing} and not ${before:-nothing}"
        before=$(sha256sum "$folder/tagmanifest-sha256.txt" | cut -d ' ' -f 1)
    done
}

cd "$scratch"
ends 0 "$hoso" init truong --demo
cd truong
key=(--key keys/dau.p12 --password-file keys/mat-khau.txt)
ends 0 "$hoso" new giao-an --dat de-tai="Bé rửa tay bằng xà phòng"
git add . && git commit -qm "giáo án"
for who in trinh-thi-hong-nhan ngo-thi-tuong-vi; do
    ends 0 "$hoso" sign --key keys/$who.p12 --password-file keys/mat-khau.txt --all
    ends 0 "$hoso" build --out "../$who"
    ends 0 "$hoso" seal "../$who" "${key[@]}"
    holds "$hoso" verify "../$who"
    sealed "../$who"
    chain "../$who"
done
first=$scratch/trinh-thi-hong-nhan second=$scratch/ngo-thi-tuong-vi

# A third one, built twice: the chain does not make it another one.
ends 0 "$hoso" build --out ../ba
ends 0 "$hoso" build --out ../ba-nua
diff -r ../ba ../ba-nua || fail "two builds of one revision differ"
ends 4 "$hoso" verify ../ba --earlier "$first"
tells archive-unsealed
ends 0 env HOSO_SEAL="$(base64 <keys/dau.p12)" "$hoso" seal ../ba --key env:HOSO_SEAL --password-file keys/mat-khau.txt
sealed ../ba
chain ../ba
holds "$hoso" verify ../ba --earlier "$second" --report ../bien-ban.html --format json
grep -q '"schema":"hoso/archive/1"' "$scratch/log" || fail "no hoso/archive/1"
at=2099-01-01T00:00:00Z
"$hoso" verify ../ba --at $at --report ../mot.html >/dev/null 2>&1 || true
"$hoso" verify ../ba --at $at --report ../hai.html >/dev/null 2>&1 || true
cmp ../mot.html ../hai.html || fail "two reports of one archive differ"

# The seal of another archive.
cp -r ../ba ../khac && chmod -R u+w ../khac
cp "$second/tagmanifest-sha256.txt.p7s" ../khac/
ends 1 "$hoso" verify ../khac
tells archive-seal-fault

# Somebody edits the chain, somebody cuts it; each is seen in what is built after.
git clone -q . ../sua
sed -i 's/^Hoso-Sequence: 2$/Hoso-Sequence: 1/' ../sua/signatures/archives/0002/bag-info.txt
git -C ../sua commit -qam "sửa"
ends 1 "$hoso" -C ../sua build
ends 1 "$hoso" verify ../sua/out
tells archive-chain-broken
git clone -q . ../cat
git -C ../cat rm -rq signatures/archives/0002
git -C ../cat commit -qm "cắt"
ends 1 "$hoso" -C ../cat build
ends 1 "$hoso" verify ../cat/out
tells archive-previous-missing
ends 1 "$hoso" -C ../cat seal "${key[@]/keys/$PWD/keys}"

# The past is rewritten with the school's own seal: alone it holds, against the archive that was kept it does not.
git clone -q . ../lai
git -C ../lai checkout -q --orphan moi
git -C ../lai rm -rq --cached content/*/*/giao-an signatures/archives signatures/2* && rm -rf ../lai/signatures/archives ../lai/signatures/2* ../lai/content/*/*/giao-an
git -C ../lai commit -qm "như chưa từng có"
ends 0 "$hoso" -C ../lai build
ends 0 "$hoso" -C ../lai seal "${key[@]/keys/$PWD/keys}"
holds "$hoso" verify ../lai/out
ends 1 "$hoso" verify ../lai/out --earlier "$first"
tells archive-rewritten
ends 1 "$hoso" verify ../lai/out --earlier "$(sha256sum "$first/tagmanifest-sha256.txt" | cut -d ' ' -f 1)"
tells archive-rewritten

echo "seal: $looked sealed archives looked at by others, 5 attacks seen, 0 failed"
