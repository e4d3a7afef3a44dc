"""Lists what an archive's signatures are over: the part that the signature judges share.

    signatures.py [OUT]         prints one line per signature: SIGNATURE <tab> CONTENT

`NAME.p7s` signs `NAME` when that file is there (the tag manifest), else the `form.pdf` beside it.
Anchors are all certificates in `data/anchors/*.pem`.
"""

import sys
from pathlib import Path


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


def some(pairs_: list, most: int = 12) -> list:
    """A few entries spread over the list, for the negative controls."""
    step = max(1, len(pairs_) // most)
    return pairs_[::step][:most]


if __name__ == "__main__":
    for one in pairs(Path(sys.argv[1] if len(sys.argv) > 1 else "out")):
        print(*one, sep="\t")
