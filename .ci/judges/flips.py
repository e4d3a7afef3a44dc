"""Flips one bit anywhere in an archive: `hoso verify` and `sha256sum -c` must both find it, each time.

    flips.py OUT [HOSO]

One file of every sort (folder below data/, name's ending) and every file at the top; the bit is drawn with a fixed seed.
"""

import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

out = Path(sys.argv[1]).resolve()
root = Path(__file__).resolve().parents[2]
hoso = Path(sys.argv[2] if len(sys.argv) > 2 else root / "target/release/hoso").resolve()
draw = random.Random(185)


def sums(at: Path) -> bool:
    """Whether coreutils finds nothing wrong."""
    lists = ["tagmanifest-sha256.txt", "manifest-sha256.txt"]
    return all(subprocess.run(["sha256sum", "--strict", "--quiet", "-c", one], cwd=at, capture_output=True).returncode == 0 for one in lists)


def verify(at: Path) -> int:
    return subprocess.run([hoso, "verify", at], capture_output=True).returncode


with tempfile.TemporaryDirectory() as scratch:
    copy = Path(scratch) / "archive"
    shutil.copytree(out, copy, symlinks=True)
    (copy / "tagmanifest-sha256.txt.p7s").unlink(missing_ok=True)  # judged by seal.sh
    failed = 0
    if not sums(copy) or verify(copy) not in (0, 4):
        print("the archive is not sound to begin with")
        failed += 1
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    sorts: dict[tuple[str, str], list[Path]] = {}
    for path in files:
        parts = path.relative_to(copy).parts
        top = parts[1] if len(parts) > 2 else ""
        sorts.setdefault((path.name if len(parts) == 1 else top, path.suffix), []).append(path)
    flipped = 0
    for _, some in sorted(sorts.items()):
        for path in draw.sample(some, 1):
            old = path.read_bytes()
            if not old:
                continue
            new = bytearray(old)
            new[draw.randrange(len(new))] ^= 1 << draw.randrange(8)
            path.chmod(0o644)
            path.write_bytes(new)
            flipped += 1
            code, same = verify(copy), sums(copy)
            if code != 1 or same:
                print(f"{path.relative_to(copy)}: hoso verify {code}, sha256sum {'found nothing' if same else 'found it'}")
                failed += 1
            path.write_bytes(old)
print(f"flips: {flipped} bits flipped in files of {len(sorts)} sorts, {failed} failed")
sys.exit(failed > 0 or flipped < 30)
