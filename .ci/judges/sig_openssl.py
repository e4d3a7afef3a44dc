#!/usr/bin/env python3
"""Has OpenSSL verify every signature of an archive, as its page kiem-tra.html says.

    sig_openssl.py [OUT]

`openssl cms -verify -cades` with the archive's anchors and no others, at the time of signing (the
certificate may have run out since), with OpenSSL's own demands on the signer's certificate.
Each time-stamp over a signature is verified by `openssl ts -verify` with the archive's anchors for
time-stamps, at its own time. Negative controls on some files: one changed byte in the content, one in
the signature value, an anchor that has nothing to do with it, and a time-stamp over something else must
each be refused.
"""

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import signatures


def signing_time(signature: Path) -> int:
    """The signed attribute signingTime, in seconds since 1970."""
    dump = run("openssl", "asn1parse", "-inform", "DER", "-in", str(signature)).stdout
    found = re.search(r":signingTime\n.*SET.*\n.*(UTC|GENERALIZED)TIME\s*:(\d+)Z", dump)
    if not found:
        raise ValueError("no signingTime")
    form = "%y%m%d%H%M%S" if found[1] == "UTC" else "%Y%m%d%H%M%S"
    return int(datetime.strptime(found[2], form).replace(tzinfo=timezone.utc).timestamp())


def verify(signature: Path, content: Path, anchors: Path, at: int) -> str | None:
    """Why OpenSSL refuses; None when it accepts."""
    done = run(
        "openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", str(signature),
        "-content", str(content), "-CAfile", str(anchors), "-no-CApath", "-no-CAstore",
        "-attime", str(at), "-out", "/dev/null",
    )  # fmt: skip
    if done.returncode == 0 and "Verification successful" in done.stderr:
        return None
    return " ".join(done.stderr.split()) or f"exit {done.returncode}"


def verify_stamp(token: bytes, value: bytes, anchors: Path, folder: Path) -> str | None:
    """Why OpenSSL refuses a time-stamp over a signature value; None when it accepts."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        stamp, data = Path(scratch, "token"), Path(scratch, "value")
        stamp.write_bytes(token)
        data.write_bytes(value)
        said = run("openssl", "ts", "-reply", "-token_in", "-in", str(stamp), "-text").stdout
        time = re.search(r"Time stamp: (.*) GMT", said)
        if not time:
            return "no time in the time-stamp"
        # Fractions of a second are of no concern here.
        text = re.sub(r"\.\d+", "", time[1])
        at = datetime.strptime(text, "%b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc).timestamp()
        done = run(
            "openssl", "ts", "-verify", "-token_in", "-in", str(stamp), "-data", str(data), "-CAfile", str(anchors),
            "-attime", str(int(at)),
        )  # fmt: skip
        return None if done.returncode == 0 and "Verification: OK" in done.stdout else " ".join(done.stderr.split())


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, errors="replace")


def flipped(source: Path, at: int, target: Path) -> Path:
    """A copy of a file with one bit changed."""
    data = bytearray(source.read_bytes())
    data[at] ^= 1
    target.write_bytes(data)
    return target


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
    pairs = signatures.pairs(out)
    faults = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        scratch = Path(folder)
        trusted, strangers = scratch / "anchors.pem", scratch / "stranger.pem"
        trusted.write_text("\n".join(a.read_text() for a in signatures.anchors(out)))
        stampers = scratch / "tsa.pem"
        stampers.write_text("\n".join(a.read_text() for a in signatures.stampers(out)))
        run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", str(scratch / "key"), "-out", str(strangers), "-subj", "/CN=stranger",
        )  # fmt: skip

        def judge(pair: tuple[Path, Path]) -> str | None:
            try:
                fault = verify(*pair, trusted, signing_time(pair[0]))
            except ValueError as error:
                return str(error)
            der = pair[0].read_bytes()
            value = signatures.value(der)
            for token in signatures.stamps(der):
                fault = fault or verify_stamp(token, der[value.begin : value.end], stampers, scratch)
            return fault

        for (signature, _), fault in zip(pairs, pool.map(judge, pairs)):
            if fault:
                faults.append(f"{signature}: {fault}")

        def control(numbered: tuple[int, tuple[Path, Path]]) -> list[str]:
            number, (signature, content) = numbered
            try:
                at = signing_time(signature)
            except ValueError:
                return []  # already a fault above
            other = flipped(content, content.stat().st_size // 2, scratch / f"{number}.content")
            der = signature.read_bytes()
            broken = flipped(signature, signatures.value(der).end - 8, scratch / f"{number}.p7s")
            wrong = {
                f"a time-stamp over something else ({n})": verify_stamp(token, b"something else", stampers, scratch)
                for n, token in enumerate(signatures.stamps(der))
            }
            wrong |= {
                "a changed content": verify(signature, other, trusted, at),
                "a changed signature": verify(broken, content, trusted, at),
                "a strange anchor": verify(signature, content, strangers, at),
            }
            return [f"{signature}: accepted with {what}" for what, why in wrong.items() if why is None]

        controls = signatures.some(pairs)
        for found in pool.map(control, enumerate(controls)):
            faults += found
    print(*faults, sep="\n", end="\n" if faults else "")
    stamped = sum(len(signatures.stamps(signature.read_bytes())) for signature, _ in pairs)
    said = f"{len(pairs)} signatures, {stamped} time-stamps, {3 * len(controls)} forgeries offered"
    print(f"openssl: {said}, {len(faults)} failed")
    sys.exit(1 if faults else 0)


main()
