"""The measurements of signing.sh. CPU time is user and system time of the process and its children; wall time beside it,
since other programs may be running. Everything is made in a temporary folder and thrown away."""

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
from token_lab import PIN, Lab  # noqa: E402

TEACHER, HEAD = "trinh-thi-hong-nhan", "ngo-thi-tuong-vi"


class Took:
    """CPU and wall seconds of what runs inside."""

    def __enter__(self):
        self.wall, self.before = time.monotonic(), os.times()
        return self

    def __exit__(self, *_):
        now = os.times()
        self.wall = time.monotonic() - self.wall
        self.cpu = sum(now[2:4]) - sum(self.before[2:4])


class Bench:
    def __init__(self, lab: Lab, plans: int) -> None:
        self.lab, self.plans, self.rows = lab, plans, []

    def hoso(self, at: Path, *options, code: int | None = 0) -> Took:
        with Took() as took:
            self.lab.run(self.lab.hoso, "-C", at, *options, code=code)
        return took

    def row(self, what: str, took: Took, count: int, base: Took | None = None) -> None:
        cpu = took.cpu - (base.cpu if base else 0)
        self.rows.append((what, f"{took.wall:.2f}", f"{took.cpu:.2f}", f"{1000 * cpu / count:.2f}"))

    def key(self, name: str, place: str) -> tuple:
        chain = ("--chain", self.lab.top / "ica.pem")
        if place == "token":
            uri = f"pkcs11:token=bench;object={name}?module-path={self.lab.module}"
            return ("sign", "--key", uri, *chain, "--password-file", self.lab.pin)
        return ("sign", "--key", self.lab.top / f"{name}.p12", "--password-file", self.lab.pin)

    def sign(self, kind: str) -> None:
        teacher, head = f"teacher-{kind}", f"head-{kind}"
        for place in ("token", "file"):
            at = self.lab.clone("trial")
            first = self.hoso(at, *self.key(teacher, place), "--all")
            self.row(f"hoso, {kind}, {place}: first signature, forms set too", first, self.plans)
            # What is not signing: reading the repository and examining what is signed already.
            before = self.hoso(at, "sign", "--as", TEACHER, "--dry-run", "--all")
            second = self.hoso(at, *self.key(head, place), "--all", "--as-signed")
            self.row(f"hoso, {kind}, {place}: second signature, over {self.plans} signed forms", second, self.plans)
            self.row(f"hoso, {kind}, {place}: the same without reading the repository", second, self.plans, before)
            signed = len(list((at / "signatures").glob("**/*.p7s")))
            if signed != 2 * self.plans:
                sys.exit(f"{signed} signatures, not {2 * self.plans}")
        forms = sorted((at / "signatures").glob("**/form.pdf"))
        with Took() as openssl:
            for form in forms:
                self.lab.openssl("cms", "-sign", "-binary", "-md", "sha256", "-cades", "-signer", f"{teacher}.pem", "-inkey", f"{teacher}.key",
                                 "-certfile", "ica.pem", "-outform", "DER", "-in", form, "-out", "one.p7s")  # fmt: skip
        self.row(f"openssl cms -sign, {kind}, once per file", openssl, len(forms))
        with Took() as openssl:
            for form in forms:
                self.lab.openssl("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", next(form.parent.glob("soan-*.p7s")),
                                 "-content", form, "-CAfile", "root.pem", "-out", "/dev/null")  # fmt: skip
        self.row(f"openssl cms -verify, {kind}, once per signature", openssl, len(forms))
        verify = self.hoso(at, "verify", code=4)
        self.row(f"hoso verify, {kind}, {2 * self.plans} signatures", verify, 2 * self.plans)

    def sample(self) -> None:
        """The sample school: its archive, by hoso and by openssl."""
        at = self.lab.top / "sample"
        self.lab.run("git", "clone", "-q", project, at)
        if not list((at / "signatures").glob("**/*.p7s")):
            return
        out = self.lab.top / "archive"
        self.hoso(at, "build", "--out", out, code=None)
        signatures = list(out.glob("data/ho-so/**/*.p7s"))
        if not signatures:
            return
        verify = self.hoso(at, "verify", out, code=None)
        self.row(f"hoso verify, the sample archive, {len(signatures)} signatures", verify, len(signatures))
        roots = self.lab.top / "roots.pem"
        roots.write_bytes(b"".join(path.read_bytes() for path in (at / "signatures/anchors").glob("*.pem")))
        good = 0
        with Took() as openssl:
            for signature in signatures:
                [content] = list(signature.parent.glob("*.pdf"))[:1] or [None]
                if content:
                    done = self.lab.openssl("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature, "-content", content,
                                            "-CAfile", roots, "-out", "/dev/null", code=None)  # fmt: skip
                    good += done.returncode == 0
        self.row(f"openssl cms -verify, the sample archive, once per signature ({good} good)", openssl, len(signatures))


def primitive() -> list[tuple[str, str]]:
    """openssl speed, one thread: signatures a second."""
    said = subprocess.run(["openssl", "speed", "-seconds", "2", "rsa2048", "ecdsap256"], capture_output=True, text=True).stdout
    rows = []
    for line in said.splitlines():
        found = re.match(r"\s*(rsa 2048 bits|256 bits ecdsa \(nistp256\))\s+\S+\s+\S+\s+(\S+)\s+(\S+)", line)
        if found:
            rows.append((found[1], found[2]))
    return rows


def main() -> None:
    hoso, plans = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    scratch = Path(tempfile.mkdtemp())
    try:
        lab = Lab(scratch, hoso)
        lab.authority()
        lab.token("bench")
        kinds = {"rsa2048": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"), "p256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")}
        for number, kind in enumerate(kinds):
            for who in ("teacher", "head"):
                name = f"{who}-{kind}"
                lab.certify_software(name, *kinds[kind])
                lab.bring("bench", name, f"{number + 1}{1 if who == 'head' else 2}")
                lab.openssl("pkcs12", "-export", "-inkey", f"{name}.key", "-in", f"{name}.pem", "-certfile", "ica.pem", "-passout", f"pass:{PIN}", "-out", f"{name}.p12")
        school = lab.school({TEACHER: [f"teacher-{kind}" for kind in kinds], HEAD: [f"head-{kind}" for kind in kinds]})
        lab.plans(school, plans)
        bench = Bench(lab, plans)
        for kind in kinds:
            bench.sign(kind)
        bench.sample()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{plans} lesson plans; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
    print("| what | wall, s | CPU, s | CPU, ms each |\n|---|--:|--:|--:|")
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")
    print("\n| primitive (`openssl speed`, one thread) | signatures a second | ms each |\n|---|--:|--:|")
    for name, rate in primitive():
        print(f"| {name} | {rate} | {1000 / float(rate):.3f} |")


main()
