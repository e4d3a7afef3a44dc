#!/usr/bin/env bash
# Hands over a throw-away school's sealed archive, and lets others open it: OpenSSL decrypts with an RSA and with an EC key, unzip
# unpacks, bagit-python, sha256sum and hoso itself look at the bag. Then a part of it, and the packages for a state archive, before
# xmllint with the published schemas and the E-ARK validator commons-ip. What must fail: a wrong key, a byte changed on the way, and a
# part from which somebody took a record, or to which somebody added one, with manifests that agree.
# Keys are made for this run and thrown away.
#
#     .ci/judges/handover.sh [HOSO]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
hoso=$(realpath "${1:-$root/target/release/hoso}")
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch" && rm -rf "$scratch"' EXIT
export HOME=$scratch GIT_AUTHOR_NAME=Judge GIT_AUTHOR_EMAIL=judge@truong.example HOSO_LANG=en
export GIT_COMMITTER_NAME=Judge GIT_COMMITTER_EMAIL=judge@truong.example
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
opened=0 refused=0

fail() { echo "handover: $*"; exit 1; }
ends() { # CODE COMMAND…
    local wanted=$1 code=0
    shift
    "$@" >"$scratch/log" 2>&1 || code=$?
    [ "$code" = "$wanted" ] || { cat "$scratch/log"; fail "exit $code and not $wanted: $*"; }
}
refuses() { # WHAT COMMAND…
    local what=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then fail "accepted: $what: $*"; fi
    refused=$((refused + 1))
}
tells() { grep -q "$1" "$scratch/log" || { cat "$scratch/log"; fail "does not say: $1"; }; }
bag() { bash "$here/bag.sh" "$1"; }
decrypt() { openssl cms -decrypt -binary -inform DER -in "$1" -recip "$2.pem" -inkey "$2.key" -out "$3"; } # PARCEL WHO FILE

# A sealed archive with a record that is signed in full, one that waits, and one of another unit.
cd "$scratch"
ends 0 "$hoso" init truong --demo
cd truong
password=(--password-file keys/mat-khau.txt)
ends 0 "$hoso" new giao-an --dat de-tai="Bé rửa tay <bằng> xà phòng & nước"
git add . && git commit -qm "giáo án"
plan=$(cd content && echo */*/giao-an/*.md)
plan=${plan%.md}
year=${plan%%/*}
unit=${plan#*/} unit=${unit%%/*}
for who in trinh-thi-hong-nhan ngo-thi-tuong-vi nguyen-thi-an-khe; do
    ends 0 "$hoso" sign --key keys/$who.p12 "${password[@]}" --all
done
ends 0 "$hoso" new giao-an --ten ngoai-troi --dat de-tai="Hoạt động ngoài trời"
ends 0 "$hoso" new van-ban-di --ten bao-cao --dat loai-van-ban=bao-cao --dat trich-yeu='Kết quả tổ chức ngày hội "Bé vui hội trăng rằm"'
letter=$(echo content/*/truong/van-ban-di/*bao-cao.md)
sed -i 's/^  - …/  - Như trên/; s/^luu: …/luu: VT/; s/^…$/121\/132 trẻ tham dự./' "$letter"
git add . && git commit -qm "giáo án thứ hai, báo cáo"
ends 0 "$hoso" build
ends 0 "$hoso" seal out --key keys/dau.p12 "${password[@]}"

# Encrypted to two people at once, both ways; each opens it, a third does not.
new_key() { # NAME USAGE OPENSSL-OPTIONS…
    local name=$1 usage=$2
    shift 2
    openssl req -x509 -utf8 -nodes -days 30 -subj "/CN=$name" -addext "keyUsage=critical,$usage" -keyout "$scratch/$name.key" -out "$scratch/$name.pem" "$@" 2>"$scratch/log"
}
new_key rsa keyEncipherment -newkey rsa:3072
new_key p256 keyAgreement -newkey ec -pkeyopt ec_paramgen_curve:P-256
new_key p384 keyAgreement -newkey ec -pkeyopt ec_paramgen_curve:P-384
new_key p521 keyAgreement -newkey ec -pkeyopt ec_paramgen_curve:P-521
new_key stranger keyEncipherment -newkey rsa:2048
new_key signer digitalSignature -newkey rsa:2048
cd "$scratch"
to=()
for who in rsa p256 p384 p521; do to+=(--to "$scratch/$who.pem"); done
ends 0 "$hoso" -C truong export --plain --out "$scratch/plain.zip"
for cipher in gcm cbc; do
    for parcel in $cipher.p7m again.p7m; do
        ends 0 "$hoso" -C truong export "${to[@]}" --cipher $cipher --out "$scratch/$parcel"
    done
    cmp -s $cipher.p7m again.p7m && fail "two parcels are the same: $cipher"
    rm again.p7m
    for who in rsa p256 p384 p521; do
        decrypt $cipher.p7m $who $cipher-$who.zip || fail "$who cannot open $cipher"
        cmp $cipher-$who.zip plain.zip || fail "$who finds something else in $cipher"
        opened=$((opened + 1))
    done
    refuses "a stranger's key" decrypt $cipher.p7m stranger stranger.zip
    python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open("changed.p7m", "wb").write(data)' $cipher.p7m
    # GCM notices a changed byte itself, CBC by what is inside.
    if [ $cipher = gcm ]; then
        refuses "a changed byte" decrypt changed.p7m rsa changed.zip
    else
        decrypt changed.p7m rsa changed.zip
        refuses "a changed byte" unzip -tq changed.zip
    fi
done
refuses "a certificate for signatures" "$hoso" -C truong export --to "$scratch/signer.pem" --out "$scratch/no.p7m"
tells keyEncipherment
[ ! -e no.p7m ] || fail "refused, and yet a file was written"

# What is inside is the archive, byte for byte.
unzip -q plain.zip -d whole
whole=$(echo whole/*)
diff -r "$whole" truong/out || fail "the archive that was unpacked is another one"
bag "$whole"
ends 0 "$hoso" verify "$whole"
ends 0 "$hoso" -C truong export --plain --out "$scratch/plain-again.zip"
cmp plain.zip plain-again.zip || fail "two plain ones of one archive differ"

# One class of one year, as a folder and packed.
ends 0 "$hoso" -C truong export --plain --year "$year" --unit "$unit" --out "$scratch/part"
ends 0 "$hoso" -C truong export --plain --year "$year" --unit "$unit" --out "$scratch/part.zip"
unzip -q part.zip -d unpacked
diff -r part unpacked/* || fail "the part packed is another one"
bag part
ends 0 "$hoso" verify part
tells "part $year/$unit of an archive"
# What proves the whole: its own manifests, and the school's seal over them, by OpenSSL alone.
cmp part/goc/tagmanifest-sha256.txt truong/out/tagmanifest-sha256.txt
(cd part/goc && grep -v signatures-sha256.txt tagmanifest-sha256.txt | sha256sum --check --strict --quiet)
cat truong/out/data/anchors/*.pem >anchors.pem
openssl cms -verify -binary -inform DER -in part/goc/tagmanifest-sha256.txt.p7s -content part/goc/tagmanifest-sha256.txt \
    -CAfile anchors.pem -purpose any -out /dev/null 2>log || { cat log; fail "the seal of the whole, in a part"; }
(cd part && sed -n 's|  data/\(ho-so/.*\)$|  data/\1|p' manifest-sha256.txt | sort >../own && sort goc/manifest-sha256.txt | comm -23 ../own - >../strange)
[ ! -s strange ] || { cat strange; fail "a file of the part is not of the whole"; }
refuses "words of another unit" grep -rqI "trăng rằm" part/data
refuses "a part of a part" "$hoso" -C truong export --plain --archive ../part --unit "$unit" --out "$scratch/no"
tells "part of an archive"

# Somebody makes the part's manifests agree with what he did: only the whole's tell.
agree() { # BAG
    chmod -R u+w "$1"
    (cd "$1" && find data -type f -print0 | sort -z | xargs -0 sha256sum >manifest-sha256.txt &&
        sed -i "s/^Payload-Oxum: .*/Payload-Oxum: $(find data -type f -printf '%s\n' | awk '{ s += $1; n++ } END { print s "." n }')/" bag-info.txt &&
        cut -c 67- tagmanifest-sha256.txt | while read -r file; do sha256sum "$file"; done >tags && mv tags tagmanifest-sha256.txt)
}
cp -r part fewer && chmod -R u+w fewer
rm -r "fewer/data/ho-so/$plan"
agree fewer
bag fewer
refuses "a record taken out of a part" "$hoso" verify fewer
tells "the archive has this file, and the part that was handed over does not"
cp -r part more && chmod -R u+w more
mkdir -p "more/data/ho-so/$plan/them" && cp "more/data/ho-so/$plan/form.pdf" "more/data/ho-so/$plan/them/form.pdf"
agree more
refuses "a file put into a part" "$hoso" verify more
tells "not of the archive that this is a part of"

# The packages. xmllint with nothing from outside: METS imports XLink by its address, a catalogue says where the copy is.
for kind in sip aip; do
    ends 0 "$hoso" -C truong export --package $kind --out "$scratch/$kind"
    tells "left out"
    ends 0 "$hoso" -C truong export --package $kind --out "$scratch/$kind.zip"
    package=$(echo $kind/*)
    schemas=$scratch/$package/schemas
    unzip -q $kind.zip -d $kind-unpacked
    diff -r $kind $kind-unpacked || fail "the package packed is another one"
    for name in "$package"/schemas/*.xsd; do
        cmp "$name" "$root/src/handover/package/schemas/$(basename "$name")"
    done
    cat >catalogue.xml <<XML
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
<system systemId="http://www.loc.gov/standards/xlink/xlink.xsd" uri="file://$schemas/xlink.xsd"/>
<uri name="http://www.loc.gov/standards/xlink/xlink.xsd" uri="file://$schemas/xlink.xsd"/>
</catalog>
XML
    cat >both.xsd <<XML
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:import namespace="http://www.loc.gov/METS/" schemaLocation="$schemas/mets1_12.xsd"/>
<xs:import namespace="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" schemaLocation="$schemas/DILCISExtensionMETS.xsd"/>
</xs:schema>
XML
    lint() { XML_CATALOG_FILES=$scratch/catalogue.xml xmllint --nonet --noout --schema "$@"; }
    ends 0 lint both.xsd "$package/METS.xml" "$package/representations/rep1/METS.xml"
    ends 0 lint "$schemas/ead3.xsd" "$package/metadata/descriptive/EAD.xml"
    ends 0 lint "$schemas/premis.xsd" "$package/metadata/preservation/PREMIS.xml"
    sed 's/CHECKSUMTYPE="SHA-256"/CHECKSUMTYPE="SHA256"/' "$package/METS.xml" >bad.xml
    refuses "a word that METS does not have" lint both.xsd bad.xml
    [ "$(ls "$package"/representations/rep1/data/*.pdf | wc -l)" = 1 ] || fail "not only what is signed in full is in the package"
    cmp "$package"/representations/rep1/data/*.pdf truong/out/data/ho-so/"$plan"/form.pdf
    python3 "$here/eark.py" "$(cat "$root/target/judges/eark.classpath")" "$package"
done
ends 0 "$hoso" -C truong export --package aip --to "$scratch/rsa.pem" --out "$scratch/aip.p7m"
decrypt aip.p7m rsa aip-opened.zip
cmp aip-opened.zip aip.zip || fail "the package that was encrypted is another one"
opened=$((opened + 1))

echo "handover: $opened parcels opened by OpenSSL, a whole, a part and two packages looked at by others, $refused wrong ones refused, 0 failed"
