#!/usr/bin/env bash
# Signs with PKCS#12 files that OpenSSL and Java made. Either `openssl cms -verify -cades` accepts the signature, made
# with the very key that was meant, or hoso says exactly what is wrong with the file, exits 3 and commits nothing.
# Keys and repository are made for this run, in a temporary folder, and thrown away with it.
# Negative control: `openssl` must refuse the same signature over a form with one changed byte.
#
#     .ci/judges/p12.sh [HOSO]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hoso=$(realpath "${1:-$here/../../target/release/hoso}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export HOSO_LANG=en GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=judge GIT_AUTHOR_EMAIL=judge@sonca.example
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
# Both kinds of encryption must read it alike: the old one as UTF-16, the new one as UTF-8.
echo 'mật khẩu' >right
echo 'sai' >wrong
# Java reads a password in the machine's encoding.
echo 'judge-1' >plain

# Keys and certificates.
make_key() { # NAME GENPKEY-OPTIONS…
    openssl genpkey -quiet "${@:2}" -out "$1.key" 2>/dev/null || openssl genpkey "${@:2}" -out "$1.key" 2>/dev/null
}
certify() { # NAME
    openssl req -new -key "$1.key" -subj "/C=VN/O=judge/CN=$1" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA root.pem -CAkey root.key -set_serial "0x$(openssl rand -hex 8)" -days 30 \
        -extfile leaf.cnf -out "$1.pem" 2>/dev/null
}
cat >leaf.cnf <<'CNF'
basicConstraints = CA:false
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
CNF
cat >root.cnf <<'CNF'
[req]
distinguished_name = name
x509_extensions = root
prompt = no
[name]
CN = Judge Root
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
CNF
make_key root -algorithm EC -pkeyopt ec_paramgen_curve:P-256
openssl req -x509 -new -key root.key -days 30 -config root.cnf -out root.pem
make_key p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
make_key p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
make_key rsa2048 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
make_key rsa4096 -algorithm RSA -pkeyopt rsa_keygen_bits:4096
make_key ed25519 -algorithm ED25519
make_key stranger -algorithm EC -pkeyopt ec_paramgen_curve:P-256
for name in p256 p384 rsa2048 rsa4096 ed25519 stranger; do certify $name; done
digest() { openssl x509 -in "$1" -outform DER | sha256sum | cut -c 1-64; }

# PKCS#12.
pack() { # FILE NAME OPTIONS…
    openssl pkcs12 -export -inkey "$2.key" -in "$2.pem" -passout file:right -out "$1.p12" "${@:3}"
}
legacy=()
if openssl pkcs12 -help 2>&1 | grep -q -- '-legacy'; then legacy=(-legacy); fi
triple=PBE-SHA1-3DES
chain=(-certfile root.pem -name 'Đỗ Thị Hương Giang')
for name in p256 p384 rsa2048 rsa4096 ed25519 stranger; do pack $name $name "${chain[@]}"; done
pack leaf-only p256
pack aes-128 rsa2048 -keypbe AES-128-CBC -certpbe AES-128-CBC "${chain[@]}"
pack open-certificates p256 -certpbe NONE "${chain[@]}"
pack triple-des rsa2048 -keypbe $triple -certpbe $triple -macalg sha1 "${chain[@]}"
pack rc2-40 rsa2048 "${legacy[@]}" -keypbe $triple -certpbe PBE-SHA1-RC2-40 -macalg sha1 "${chain[@]}"
pack no-mac p256 -nomac "${chain[@]}"
openssl pkcs12 -export -nokeys -in p256.pem -passout file:right -out no-key.p12
head -c 1000 rsa2048.p12 >truncated.p12
head -c 200000 /dev/zero >large.p12
merge() { # FILE NAME: puts the key of NAME into FILE, as Java does
    openssl pkcs12 -export -inkey "$2.key" -in "$2.pem" -name "$2" -passout file:plain -out one.p12
    keytool -importkeystore -noprompt -srckeystore one.p12 -srcstoretype PKCS12 -srcstorepass "$(cat plain)" \
        -destkeystore "$1.p12" -deststoretype PKCS12 -deststorepass "$(cat plain)" >java.log 2>&1 || { cat java.log; exit 1; }
}
merge java rsa2048
merge several p256
merge several p384

# A school whose clerk has all these certificates, and a letter that waits for her.
"$hoso" init --demo school >log 2>&1 || { cat log; exit 1; }
(
    cd school
    since=$(sed -n 's/^ *- tu: //p' content/school.yaml | head -n 1)
    clerk=$(sed -n 's/.*nguoi: \([a-z-]*\), vai-tro: van-thu.*/\1/p' content/school.yaml)
    more=
    for name in p256 p384 rsa2048 rsa4096 ed25519; do more="$more{sha256: $(digest ../$name.pem), tu: $since}, "; done
    sed -i "/id: $clerk,/s/chung-thu: \[/&$more/" content/school.yaml
    cp ../root.pem signatures/anchors/judge.pem
    "$hoso" new van-ban-den --don-vi truong --ten judge
    git add -A
    git commit -q -m judge
) >log 2>&1 || { cat log; exit 1; }
id=$(cd school/content && echo */truong/van-ban-den/*-judge.md)
id=${id%.md}

opened=0 refused=0 failed=0
fail() {
    failed=$((failed + 1))
    echo "p12: $1"
    sed 's/^/    | /' log
}
untouched() { [ -z "$(git -C trial log --oneline origin/HEAD..)$(git -C trial status --porcelain)" ]; }
try() { # FILE PASSWORD OPTIONS…: in a fresh clone; its exit code
    local status=0
    rm -rf trial
    git clone -q school trial
    "$hoso" -C trial sign --key "$scratch/$1" --password-file "$scratch/$2" "${@:3}" "$id" >log 2>&1 || status=$?
    return $status
}
verify() { # FORM
    openssl cms -verify -cades -binary -inform DER -in "$signature" -content "$1" -CAfile root.pem -signer signer.pem \
        -out /dev/null >>log 2>&1
}
opens() { # FILE PASSWORD NAME
    if ! try "$1.p12" "$2" --dry-run || ! untouched; then
        fail "$1: the dry run failed, or wrote something"
    elif ! try "$1.p12" "$2"; then
        fail "$1: not signed"
    else
        form=$(echo "trial/signatures/$id"/*/form.pdf)
        signature=$(echo "${form%/form.pdf}"/*.p7s)
        if ! verify "$form"; then
            fail "$1: openssl does not accept the signature"
        elif [ "$(digest signer.pem)" != "$(digest "$3.pem")" ]; then
            fail "$1: signed with another key"
        elif [ -n "$(git -C trial status --porcelain)" ]; then
            fail "$1: something was not committed"
        else
            opened=$((opened + 1))
        fi
    fi
}
refuses() { # FILE PASSWORD CODE MESSAGE, in which * stands for anything
    local status=0 said
    try "$1" "$2" || status=$?
    said=$(sed -n 's/^error: //p' log)
    said=${said#"$scratch/$1: "}
    if [ $status != "$3" ]; then
        fail "$1: exit $status, expected $3"
    # shellcheck disable=SC2053
    elif [[ $said != $4 ]]; then
        fail "$1: expected «$4»"
    elif ! untouched; then
        fail "$1: refused, and yet something was written"
    else
        refused=$((refused + 1))
    fi
}

for name in p256 p384 rsa2048 rsa4096; do opens $name right $name; done
for name in leaf-only open-certificates no-mac; do opens $name right p256; done
for name in aes-128 triple-des rc2-40; do opens $name right rsa2048; done
opens java plain rsa2048

closed='the password does not open the file'
none='the file is not a readable PKCS#12 file: *'
for name in p256 rsa2048 aes-128 triple-des rc2-40 no-mac no-key; do refuses $name.p12 wrong 3 "$closed"; done
refuses no-key.p12 right 3 'there is no private key with its certificate in the file'
refuses several.p12 plain 3 'the file holds 2 private keys; it must hold one'
refuses ed25519.p12 right 3 'the key in the file cannot be used: *'
refuses truncated.p12 right 3 "$none"
refuses p256.pem right 3 "$none"
refuses p256.key right 3 "$none"
refuses wrong right 3 "$none"
refuses large.p12 right 3 'the file has 200000 bytes, more than 131072'
refuses nowhere.p12 right 3 "cannot read $scratch/nowhere.p12: *"
refuses stranger.p12 right 1 'on * school.yaml has no certificate of «stranger»'

try p256.p12 right
form=$(echo "trial/signatures/$id"/*/form.pdf)
signature=$(echo "${form%/form.pdf}"/*.p7s)
cp "$form" changed.pdf
printf '\377' | dd of=changed.pdf bs=1 seek=2000 conv=notrunc status=none
if verify changed.pdf; then fail "openssl accepts a form with a changed byte"; fi

echo "p12: $opened files signed with, $refused refused, $failed failed"
[ "$failed" = 0 ]
