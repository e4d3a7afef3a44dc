#!/usr/bin/env python3
"""Has OpenSSL, pyHanko, DSS and hoso itself judge signatures of every level, made over HTTP.

    target/judges/venv/bin/python levels.py HOSO

1. A school signs letters with every kind of key, against a PKI of OpenSSL (pki.py).
2. `hoso renew` raises them to T, LT and LTA, and refreshes LTA. At each level, for each signature:
   `openssl cms -verify -cades`; `openssl ts -verify` of every token; pyHanko's process with time; DSS says
   TOTAL_PASSED and the very level; `hoso verify` says TOTAL-PASSED. Core and form stay the same bytes throughout.
3. A year later, when the certificate of one signer has run out, `hoso verify` still says TOTAL-PASSED from level
   LT on, and not before it.
4. Authorities that fail in every way (pki.FLAWS) are refused, each for its own reason, and nothing is written;
   the one that fails twice is waited for; the next one takes over from one that is down.
5. A run that is killed is taken up again, and no time-stamp is asked for twice.
6. Who was revoked is not raised.
"""

import asyncio
import hashlib
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asn1crypto import cms, crl, ocsp, pem, x509
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import LocalKnowledge, RevocationInfoGatheringSpec, SignatureValidationSpec
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

import pki

STAMP, ARCHIVE = "1.2.840.113549.1.9.16.2.14", "0.4.0.1733.2.4"
HERE = Path(__file__).resolve().parent
faults: list[str] = []
counts: dict[str, int] = {}


def check(what: str, holds: bool, why: object = "") -> None:
    counts[what] = counts.get(what, 0) + 1
    if not holds:
        faults.append(f"{what}: {why}")


def run(*command: object, cwd: Path | None = None, env: dict | None = None, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, errors="replace", **options
    )


class School:
    """A repository with letters that one clerk signs with every kind of key."""

    def __init__(self, hoso: Path, folder: Path, services: pki.Pki) -> None:
        self.hoso_path, self.folder, self.services = hoso, folder, services
        self.env = {
            **os.environ, "GIT_AUTHOR_NAME": "judge", "GIT_AUTHOR_EMAIL": "judge@example.org",
            "GIT_COMMITTER_NAME": "judge", "GIT_COMMITTER_EMAIL": "judge@example.org",
        }  # fmt: skip

    def clone(self, folder: Path) -> "School":
        shutil.copytree(self.folder, folder)
        return School(self.hoso_path, folder, self.services)

    def hoso(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess:
        done = run(self.hoso_path, "--lang", "en", *arguments, cwd=self.folder, env=self.env)
        if done.returncode != code:
            faults.append(f"hoso {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def git(self, *arguments: object) -> str:
        done = run("git", *arguments, cwd=self.folder, env=self.env)
        if done.returncode != 0:
            sys.exit(f"git {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def make(self) -> None:
        done = run(self.hoso_path, "init", "--demo", self.folder, env=self.env)
        if done.returncode != 0:
            sys.exit(done.stderr)
        school = self.folder / "content/school.yaml"
        text = school.read_text()
        since = re.search(r"- tu: (\S+)", text)[1]
        clerk = re.search(r"nguoi: ([a-z-]+), vai-tro: van-thu", text)[1]
        more = "".join(f"{{sha256: {self.services.digest(kind)}, tu: {since}}}, " for kind in self.services.kinds)
        text = re.sub(rf"(id: {clerk},.*chung-thu: \[)", rf"\g<1>{more}", text)
        school.write_text(text)
        shutil.copy(self.services.path("root.pem"), self.folder / "signatures/anchors/judge.pem")
        shutil.copy(self.services.path("tsaroot.pem"), self.folder / "signatures/tsa/judge.pem")
        for kind in self.services.kinds:
            self.hoso("new", "van-ban-den", "--don-vi", "truong", "--ten", kind)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "letters")
        for kind in self.services.kinds:
            (record,) = (self.folder / "content").glob(f"*/truong/van-ban-den/*-{kind}.md")
            identity = str(record.relative_to(self.folder / "content"))[: -len(".md")]
            self.hoso(
                "sign", "--key", self.services.path(f"{kind}.p12"), "--password-file", self.services.path("password"),
                "--no-tsa", identity,
            )  # fmt: skip

    def signatures(self) -> list[tuple[Path, Path]]:
        files = sorted((self.folder / "signatures").glob("*/*/*/*/*/*.p7s"))
        return [(file, file.parent / "form.pdf") for file in files]

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def is_clean(self) -> bool:
        return not self.git("status", "--porcelain").strip()


def signer_info(file: Path) -> cms.SignerInfo:
    return cms.ContentInfo.load(file.read_bytes())["content"]["signer_infos"][0]


def stamps(file: Path, kind: str) -> list[bytes]:
    unsigned = signer_info(file)["unsigned_attrs"]
    return [value.dump() for attr in unsigned or [] if attr["type"].dotted == kind for value in attr["values"]]


def core(file: Path) -> bytes:
    """The parts that nothing may change."""
    signed = cms.ContentInfo.load(file.read_bytes())["content"]
    info = signed["signer_infos"][0]
    parts = [info[name].dump() for name in ("version", "sid", "digest_algorithm", "signed_attrs", "signature")]
    certificates = sorted(one.dump() for one in signed["certificates"])
    return b"".join(parts + certificates)


def openssl(services: pki.Pki, file: Path, content: Path, scratch: Path) -> None:
    done = run(
        "openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", file, "-content", content,
        "-CAfile", services.path("root.pem"), "-no-CApath", "-no-CAstore", "-out", "/dev/null",
    )  # fmt: skip
    check("openssl cms", done.returncode == 0, f"{file}: {done.stderr}")
    value = scratch / "value"
    value.write_bytes(signer_info(file)["signature"].native)
    for token in stamps(file, STAMP):
        (scratch / "token").write_bytes(token)
        done = run(
            "openssl", "ts", "-verify", "-data", value, "-in", scratch / "token", "-token_in",
            "-CAfile", services.path("tsaroot.pem"), "-untrusted", services.path("tsa.pem"),
        )  # fmt: skip
        check("openssl ts", done.returncode == 0, f"{file}: {done.stderr}")


def load(path: Path) -> x509.Certificate:
    _, _, der = pem.unarmor(path.read_bytes())
    return x509.Certificate.load(der)


async def pyhanko(services: pki.Pki, level: str, file: Path, content: Path) -> None:
    signed = cms.ContentInfo.load(file.read_bytes(), strict=True)["content"]
    known = LocalKnowledge(known_certs=[load(services.path("ica.pem"))])
    if level in ("B", "T"):
        names = ("root", "ica", "tsaroot")
        lists = [services.path(f"{name}.crl").read_bytes() for name in names]
        known.known_crls.extend(CRLContainer(crl.CertificateList.load(one)) for one in lists)
    else:
        # pyHanko looks for revocation data in the file only for PDF; it is given what is inside, no more.
        for choice in signed["crls"]:
            if isinstance(choice.chosen, crl.CertificateList):
                known.known_crls.append(CRLContainer(crl.CertificateList.load(choice.chosen.dump())))
            else:
                der = choice.chosen["other_rev_info"].dump()
                known.known_ocsps.extend(OCSPContainer.load_multi(ocsp.OCSPResponse.load(der)))
    policy = CertRevTrustPolicy(REQUIRE_REVINFO)
    spec = SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            SimpleTrustManager.build(trust_roots=[load(services.path("root.pem"))]), policy
        ),
        ts_cert_validation_policy=CertValidationPolicySpec(
            SimpleTrustManager.build(trust_roots=[load(services.path("tsaroot.pem"))]), policy
        ),
        local_knowledge=known,
    )
    name = signed["signer_infos"][0]["digest_algorithm"]["algorithm"].native
    digest = hashlib.new(name, content.read_bytes()).digest()
    try:
        process = ades.ades_basic_validation if level == "B" else ades.ades_with_time_validation
        result = await process(signed, spec, raw_digest=digest)
        verdict, why = result.ades_subindic, result.failure_msg
    except Exception as fault:  # whatever it throws at a file is a verdict on that file
        verdict, why = type(fault).__name__, fault
    check("pyhanko", verdict == ades.AdESPassed.OK, f"{level} {file}: {verdict}: {why}")


def dss(services: pki.Pki, level: str, pairs: list[tuple[Path, Path]]) -> None:
    classes = (HERE / "../../target/judges/dss.classpath").read_text().strip()
    lists = [str(services.path(f"{name}.crl")) for name in ("root", "ica", "tsaroot")] if level in ("B", "T") else []
    lines = "\n".join("\t".join([level, str(file), str(content), *lists]) for file, content in pairs)
    done = run(
        "java", "-Xmx512m", "-cp", classes, HERE / "dss/Levels.java",
        services.path("root.pem"), services.path("tsaroot.pem"), input=lines,
    )  # fmt: skip
    check("dss", done.returncode == 0, f"{level}: {done.stdout}{done.stderr[-2000:]}")
    counts["dss"] = counts.get("dss", 0) + len(pairs) - 1


def verified(school: School, *arguments: str, code: int) -> list[str]:
    """The verdicts that hoso gives, one for each signature."""
    done = school.hoso("verify", "--format", "json", *arguments, code=code)
    records = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [one["indication"] for record in records for one in record.get("signatures", [])]


def judge(school: School, level: str, scratch: Path, offline_lists: list[Path]) -> None:
    pairs = school.signatures()
    check("files", len(pairs) == len(school.services.kinds), pairs)
    for file, content in pairs:
        openssl(school.services, file, content, scratch)
        asyncio.run(pyhanko(school.services, level, file, content))
    dss(school.services, level, pairs)
    if level in ("LT", "LTA"):
        said = verified(school, code=0)
        check("hoso verify", said == ["TOTAL-PASSED"] * len(pairs), f"{level}: {said}")


def refused(school: School, path: str, why: str, folder: Path, *arguments: str) -> None:
    trial = school.clone(folder)
    before = trial.head()
    done = trial.hoso("renew", "--all", "--level", "t", "--tsa", f"{school.services.url}{path}", *arguments, code=3)
    check("refused", why in done.stderr, f"{path}: {done.stderr}")
    check("nothing written", trial.head() == before and trial.is_clean(), path)
    shutil.rmtree(folder)


def flaws(school: School, top: Path) -> None:
    url = school.services.url
    refused(school, "/tsa-slow", "no answer within 1 seconds", top / "slow", "--timeout", "1")
    refused(school, "/tsa-nonce", "nonce", top / "nonce")
    refused(school, "/tsa-imprint", "another digest", top / "imprint")
    refused(school, "/tsa-old", "time-stamp does not hold", top / "old")
    refused(school, "/tsa-stranger", "time-stamp does not hold", top / "stranger")
    refused(school, "/tsa-garbage", "cannot be read", top / "garbage")
    refused(school, "/tsa-huge", "more than 262144 bytes", top / "huge")
    refused(school, "/tsa-html", "text/html", top / "html")
    trial = school.clone(top / "flaky")
    trial.hoso("renew", "--all", "--level", "t", "--tsa", f"{url}/tsa-flaky")
    check("waited for", trial.is_clean() and all(stamps(file, STAMP) for file, _ in trial.signatures()))
    shutil.rmtree(trial.folder)
    trial = school.clone(top / "down")
    trial.hoso("renew", "--all", "--level", "t", "--tsa", f"{url}/tsa-garbage", "--tsa", f"{url}/tsa")
    check("taken over", trial.is_clean() and all(stamps(file, STAMP) for file, _ in trial.signatures()))
    shutil.rmtree(trial.folder)


def killed(school: School, folder: Path) -> None:
    trial, services = school.clone(folder), school.services
    before, asked = trial.head(), services.requests["tsa"]
    command = [trial.hoso_path, "renew", "--all", "--level", "t", "--tsa", f"{services.url}/tsa-slow"]
    child = subprocess.Popen([str(word) for word in command], cwd=folder, env=trial.env, stderr=subprocess.DEVNULL)
    # When the first answers are there and before the last.
    journal = folder / ".git/hoso/journal"
    for _ in range(600):
        # One that is still being written has another name and counts for nothing.
        if any(journal.glob("*.p7s")):
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    check("killed", trial.head() == before and trial.is_clean(), "something was written")
    kept = len(list(journal.glob("*.p7s")))
    check("killed", kept > 0, "nothing was kept")
    again = services.requests["tsa"]
    trial.hoso("renew", "--all", "--level", "t", "--tsa", f"{services.url}/tsa")
    asked_again = services.requests["tsa"] - again
    check("killed", asked_again == len(services.kinds) - kept, f"{asked_again} asked, {kept} kept, {again - asked} before")
    check("killed", all(len(stamps(file, STAMP)) == 1 for file, _ in trial.signatures()), "not one stamp each")
    check("killed", not list(journal.glob("*.p7s")), "the journal is not empty")
    shutil.rmtree(folder)


def main() -> None:
    logging.disable(logging.CRITICAL)
    hoso = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name, pki.Pki(Path(name).resolve() / "pki") as services:
        top = Path(name).resolve()
        scratch = top / "scratch"
        scratch.mkdir()
        school = School(hoso, top / "school", services)
        school.make()
        before = {file: core(file) for file, _ in school.signatures()}
        judge(school, "B", scratch, [])
        unraised = school.clone(top / "unraised")
        flaws(unraised, top)
        killed(unraised, top / "killed")

        tsa = ("--tsa", f"{services.url}/tsa")
        later = ("--at", (datetime.now(timezone.utc) + timedelta(days=366)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        commits = int(school.git("rev-list", "--count", "HEAD"))
        for level in ("T", "LT", "LTA"):
            # So that lists are younger than the signatures and the time-stamps.
            time.sleep(1.1)
            services.list()
            plan = school.hoso("renew", "--all", "--level", level.lower(), "--dry-run", "--format", "json").stdout
            check("plan", len(plan.splitlines()) == len(before), plan)
            school.hoso("renew", "--all", "--level", level.lower(), *tsa)
            commits += 1
            check("one commit", int(school.git("rev-list", "--count", "HEAD")) == commits and school.is_clean(), level)
            judge(school, level, scratch, [])
            check("core", {file: core(file) for file, _ in school.signatures()} == before, level)
        said = verified(school, *later, code=0)
        check("later", said == ["TOTAL-PASSED"] * len(before), said)
        check("later", "TOTAL-PASSED" not in verified(unraised, *later, code=4), "without a time-stamp")
        school.hoso("renew", "--all", "--level", "lta")
        check("done", int(school.git("rev-list", "--count", "HEAD")) == commits, "raised again")
        school.hoso("renew", "--all", "--level", "lta", "--refresh", "3650", *tsa)
        check("refreshed", all(len(stamps(file, ARCHIVE)) == 2 for file, _ in school.signatures()))
        judge(school, "LTA", scratch, [])
        check("asked once", services.requests["crl"] <= 4 * 3, services.requests)

        services.revoke("p384")
        done = unraised.hoso("renew", "--all", "--level", "lt", *tsa, code=3)
        check("revoked", "was revoked" in done.stderr, done.stderr)
    print(*faults, sep="\n", end="\n" if faults else "")
    said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    print(f"levels: {said}; {len(faults)} failed")
    sys.exit(1 if faults else 0)


main()
