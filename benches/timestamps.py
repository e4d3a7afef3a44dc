"""The measurement of timestamps.sh, against the authority of .ci/judges/pki.py. Everything is thrown away."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

project = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(project / ".ci/judges"))
import pki  # noqa: E402

GIT = {f"GIT_{who}_{what}": "bench@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def run(*command: object, cwd: Path) -> float:
    """Wall seconds of a command that must succeed."""
    start = time.monotonic()
    done = subprocess.run([str(word) for word in command], cwd=cwd, env={**os.environ, **GIT}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr}")
    return time.monotonic() - start


def main() -> None:
    hoso, count = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as name, pki.Pki(Path(name) / "pki", {"p256": pki.KINDS["p256"]}) as services:
        top, school = Path(name), Path(name) / "school"
        run(hoso, "init", "--demo", school, cwd=top)
        clerk = re.search(r"nguoi: ([a-z-]+), vai-tro: van-thu", (school / "content/school.yaml").read_text())[1]
        shutil.copy(services.path("tsaroot.pem"), school / "signatures/tsa/bench.pem")
        for number in range(count):
            run(hoso, "new", "van-ban-den", "--don-vi", "truong", "--ten", f"v{number}", cwd=school)
        run("git", "add", "-A", cwd=school)
        run("git", "commit", "-q", "-m", "letters", cwd=school)
        key = ("--key", f"keys/{clerk}.p12", "--password-file", "keys/mat-khau.txt")
        run(hoso, "sign", *key, "--all", cwd=school)
        signed = len(list((school / "signatures").glob("*/*/*/*/*/*.p7s")))
        if signed != count:
            sys.exit(f"{signed} signatures, not {count}")
        url, queries = f"{services.url}/tsa-far", top / "queries"
        queries.mkdir()
        for number in range(count):
            (queries / f"{number}.tsq").write_bytes(services.query(number.to_bytes(32, "big")))
        post = ("-H", "Content-Type: application/timestamp-query", "-o", "/dev/null", "-s", "-f")
        start = time.monotonic()
        for number in range(count):
            run("curl", *post, "--data-binary", f"@{number}.tsq", url, cwd=queries)
        apart = time.monotonic() - start
        kept = []
        for number in range(count):
            kept += ["--next"] if number else []
            kept += [*post, "--data-binary", f"@{number}.tsq", url]
        one = run("curl", *kept, cwd=queries)
        before = run(hoso, "renew", "--all", "--level", "t", "--dry-run", cwd=school)
        renew = run(hoso, "renew", "--all", "--level", "t", "--tsa", url, cwd=school)
    print(f"{count} time-stamps; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
    print("| how | seconds | each | against the first |\n|---|---:|---:|---:|")
    rows = (
        ("one after the other, a connection each (curl)", apart),
        ("one after the other, one connection kept (curl)", one),
        ("`hoso renew`, eight in flight: examining, stamping, examining again, committing", renew),
        ("of that, reading and examining the repository (`--dry-run`)", before),
    )
    for what, wall in rows:
        print(f"| {what} | {wall:.1f} | {1000 * wall / count:.0f} ms | {apart / wall:.1f}× |")


main()
