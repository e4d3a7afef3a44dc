#!/bin/sh
# Makes the seeds of every target out of the project's own fixtures and samples: sh fuzz/seed.sh
set -eu
cd "$(dirname "$0")/.."
fixtures=tests/fixtures
into() { # target file…
    folder=fuzz/corpus/$1; shift
    mkdir -p "$folder"
    for file; do cp "$file" "$folder/$(basename "$(dirname "$file")")-$(basename "$file")"; done
}
write() { # target name, from stdin
    mkdir -p "fuzz/corpus/$1"
    cat >"fuzz/corpus/$1/$2"
}
for target in verify level; do
    into $target $fixtures/sign/cades-p256.p7s $fixtures/sign/cades-rsa2048.p7s $fixtures/sign/cades-keyid.p7s \
        $fixtures/sign/pss.p7s $fixtures/sign/pyhanko.p7s $fixtures/sign/two-signers.p7s $fixtures/sign/attached.p7s \
        $fixtures/sign/no-attributes.p7s $fixtures/openssl/rsa-stream.cms $fixtures/openssl/ct_multiple_attr.cms \
        $fixtures/bouncycastle/disordered-set.p7s $fixtures/bouncycastle/mixed-signed-data.p7s \
        $fixtures/bouncycastle/raw-gost.p7s
done
into anchors $fixtures/sign/root.pem $fixtures/sign/ica.der $fixtures/sign/ed25519.der $fixtures/openssl/smroot.pem \
    $fixtures/openssl/user-trust-ca.pem
into timestamp $fixtures/openssl/sectigo-all-zero.tsr $fixtures/bouncycastle/tsp-v2-signing-cert.tsr \
    $fixtures/bouncycastle/tsp-sha1.tsr $fixtures/bouncycastle/tsp-unacceptable-policy.tsr \
    $fixtures/bouncycastle/tsp-generalized-time.tsr
for file in openssl/sectigo-all-zero bouncycastle/tsp-v2-signing-cert bouncycastle/tsp-sha1; do
    # The token is the second element of the response.
    at=$(openssl asn1parse -inform DER -in $fixtures/$file.tsr | sed -n 's/^ *\([0-9]*\):d=1.*SEQUENCE.*/\1/p' | sed -n 2p)
    tail -c +$((at + 1)) $fixtures/$file.tsr | write token "$(basename $file).der"
done
into certificate $fixtures/sign/ica.der $fixtures/sign/ed25519.der $fixtures/bouncycastle/tsp-signer.der \
    $fixtures/pkits/certs/GoodCACert.crt $fixtures/pkits/certs/nameConstraintsDN1CACert.crt
into ocsp $fixtures/bouncycastle/ocsp-success.ocsp
into crl $fixtures/pkits/crls/GoodCACRL.crl $fixtures/pkits/crls/indirectCRLCA1CRL.crl \
    $fixtures/pkits/crls/deltaCRLCA1deltaCRL.crl $fixtures/pkits/crls/onlySomeReasonsCA1compromiseCRL.crl
into header content/2024-2025/mg-5a/giao-an/2024-09-09.md src/records/hostile/record.md content/school.yaml
into markdown content/2024-2025/mg-5a/giao-an/2024-09-09.md src/records/hostile/record.md docs/attacks.md
into school content/school.yaml
# The attribute of a signature of the sample school (its object identifier ends with 14429833.1).
for step in soan to-duyet dau; do
    file=$(find signatures -name "$step-*.p7s" -o -name "*-$step.p7s" | sort | head -n 1)
    [ -n "$file" ] || continue
    at=$(openssl asn1parse -inform DER -in "$file" | grep -A 2 '14429833' | sed -n 's/^ *\([0-9]*\):.*SEQUENCE.*/\1/p')
    openssl asn1parse -inform DER -in "$file" -strparse "$at" -noout -out /dev/stdout 2>/dev/null | write statement "$step.der"
    into verify "$file"
    into level "$file"
done
write manifest one <<'X'
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/a
2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 *data/b%0Ac
X
write manifest two <<'X'
2D711642B726B04401627CA9FBAC32F5C8530FB1903CC4DB02258717921A4881  ../a
2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  manifest-sha256.txt
2d71  data/a
X
write key_uri token <<'X'
pkcs11:token=Tr%C6%B0%E1%BB%9Dng;serial=0123;object=ky%20so;id=%01%02;type=private?module-path=/usr/lib/softhsm/libsofthsm2.so&slot-id=1
X
write key_uri program <<'X'
program:./sign.sh;cert=a.pem;chain=b.pem;seconds=30
X
printf 'env:HOSO_KEY' | write key_uri environment
printf 'keys/dau.p12' | write key_uri file
printf 'http://tsa.ca.gov.vn/' | write url one
printf 'http://[::1]:8080/ocsp?a=b%%20c' | write url two
write job one <<'X'
{"schema":"hoso/signing-job/1","created":"2024-09-09T00:30:00Z","alg":"RSA-PKCS1-SHA256","cert_sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","cert":"MAA=","chain":["MAA="],"items":[{"record":"2024-2025/mg-5a/giao-an/2024-09-09","title":"a","step":"soan","file":"f","file_sha256":"e3","file_size":3,"signed_attrs":"MQA=","hash":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","sig":"AAAA"}]}
X
form=$(find signatures -name form.pdf -size -60k | sort | head -n 1)
into attached "$form"
into copy "$form"
python3 - <<'PY' | write picture blue.png
import struct, sys, zlib
def part(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
row = b"\0" + b"\0\0\0\0" * 6 + b"\x10\x20\xc0\xff" * 2
sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 6, 0, 0, 0))
    + part(b"IDAT", zlib.compress(row * 8)) + part(b"IEND", b""))
PY
write bag_info one <<'X'
Source-Organization: Trường Mầm non Hoa Sen
Bagging-Date: 2024-09-09
Payload-Oxum: 12345.67
Hoso-Sequence: 2
X
write bag_info two <<'X'
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  signatures/a/0123456789abcdef/soan-a.p7s
X
