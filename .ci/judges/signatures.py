"""Lists what an archive's signatures are over: the part that the signature judges share.

    signatures.py [OUT]         prints one line per signature: SIGNATURE <tab> CONTENT

`NAME.p7s` signs `NAME` when that file is there (a tag manifest), else the `form.pdf` beside it: approvals and acts
(`tra-lai-…`, `rut-…`, `thay-the-…`) alike. Anchors are all certificates in `data/anchors/*.pem`, those for time-stamps
in `data/tsa/*.pem`; revocation data is `data/revocation/*.crl` and `*.ocsp`.
"""

import sys
from pathlib import Path
from typing import NamedTuple

STAMP = bytes.fromhex("060b2a864886f70d010910020e")  # id-aa-signatureTimeStampToken


def pairs(out: Path) -> list[tuple[Path, Path]]:
    """Every signature of the archive with the file that it signs."""
    found = []
    for signature in sorted(out.rglob("*.p7s")):
        named = signature.with_suffix("")
        content = named if named.is_file() else signature.parent / "form.pdf"
        if not content.is_file():
            sys.exit(f"{signature}: no file beside it that it could have signed")
        found.append((signature, content))
    if not found:
        sys.exit(f"{out}: no signature at all")
    return found


def anchors(out: Path) -> list[Path]:
    """The certificates that the archive says are trusted."""
    found = sorted((out / "data" / "anchors").glob("*.pem"))
    if not found:
        sys.exit(f"{out}/data/anchors: no *.pem")
    return found


def stampers(out: Path) -> list[Path]:
    """The certificates that are trusted for time-stamps; there may be none."""
    return sorted((out / "data" / "tsa").glob("*.pem"))


def revocation(out: Path, ending: str) -> list[bytes]:
    """The revocation lists (`crl`) or OCSP responses (`ocsp`) of the archive."""
    return [path.read_bytes() for path in sorted((out / "data" / "revocation").glob(f"*.{ending}"))]


def some(pairs_: list, most: int = 12) -> list:
    """A few entries spread over the list, for the negative controls."""
    step = max(1, len(pairs_) // most)
    return pairs_[::step][:most]


class Element(NamedTuple):
    """One value of a DER file: its tag, where it begins, where its content begins and ends."""

    tag: int
    start: int
    begin: int
    end: int


def elements(der: bytes, begin: int, end: int) -> list[Element]:
    """The values one after the other between two places."""
    found = []
    while begin < end:
        length, at = der[begin + 1], begin + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(der[at : at + count], "big"), at + count
        found.append(Element(der[begin], begin, at, at + length))
        begin = at + length
    return found


def signer(der: bytes) -> list[Element]:
    """The fields of the only SignerInfo of a signature file (RFC 5652 §5.1 and §5.3)."""
    (info,) = elements(der, 0, len(der))
    (data,) = elements(der, *elements(der, info.begin, info.end)[1][2:])
    (one,) = elements(der, *elements(der, data.begin, data.end)[-1][2:])
    return elements(der, one.begin, one.end)


def value(der: bytes) -> Element:
    """The signature value."""
    (found,) = [field for field in signer(der) if field.tag == 0x04]
    return found


def stamps(der: bytes) -> list[bytes]:
    """The time-stamp tokens over the signature value."""
    found = []
    for unsigned in (field for field in signer(der) if field.tag == 0xA1):
        for attribute in elements(der, unsigned.begin, unsigned.end):
            kind, values = elements(der, attribute.begin, attribute.end)
            if der[kind.start : kind.end] == STAMP:
                found += [der[one.start : one.end] for one in elements(der, values.begin, values.end)]
    return found


if __name__ == "__main__":
    for one in pairs(Path(sys.argv[1] if len(sys.argv) > 1 else "out")):
        print(*one, sep="\t")
