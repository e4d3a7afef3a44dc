#!/usr/bin/env python3
"""Signs with keys in a token (SoftHSM 2) and with keys elsewhere, and looks at what the token was asked.

    pkcs11.py [HOSO] [PLANS]

1. Keys of every kind, made in the token: hoso signs (RSA also with PSS), `openssl cms -verify -cades` accepts.
2. The PIN: a wrong one is tried once and never again; the last try is announced and wants `--last-try`; a locked token is
   not asked; several tokens, certificates or keys are listed, never guessed. A module that stands before SoftHSM's
   (token.c) counts the tries and says what software tokens never say.
3. Prepare and attach, with `openssl pkeyutl` as the foreign signer; stale, wrong, partial and hostile jobs.
4. A program that signs and counts.
5. PLANS (200) lesson plans with one PIN, killed (SIGKILL) again and again and resumed: every signature that was kept is
   in the commit as it was, and nothing is asked twice but what was under way at a kill.
"""

import base64
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from token_lab import KEYS, PIN, Lab  # noqa: E402

# CK_TOKEN_INFO flags.
COUNT_LOW, FINAL_TRY, LOCKED = 0x10000, 0x20000, 0x40000
PSS = ("-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:32", "-pkeyopt", "rsa_mgf1_md:sha256")
ACCEPTED, FAULTS = [], []


def expect(good: bool, what: str, said: str = "") -> None:
    (ACCEPTED if good else FAULTS).append(what)
    if not good:
        print(f"token: {what}\n{said[-1500:]}")


def said(done) -> str:
    return done.stdout + done.stderr


class Judge:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def uri(self, rest: str, module: str | None = None) -> str:
        return f"pkcs11:{rest}?module-path={module or self.lab.shim}"

    def letter(self) -> str:
        files = (self.lab.top / "school/content").glob("*/truong/van-ban-den/*-judge.md")
        return str(next(files).relative_to(self.lab.top / "school/content").with_suffix(""))

    def sign(self, at: Path, *options, code: int | None = 0, extra: dict | None = None, pin: Path | None = None):
        secret = ("--password-file", pin or self.lab.pin)
        return self.lab.run(self.lab.hoso, "-C", at, "sign", *secret, *options, code=code, extra=extra)

    def accepted(self, at: Path, name: str, content: Path | None = None) -> bool:
        form = next((at / "signatures").glob(f"{self.letter()}/*/form.pdf"))
        signature = next(form.parent.glob("*.p7s"))
        verify = self.lab.openssl("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature, "-content",
                                  content or form, "-CAfile", self.lab.top / "root.pem", "-signer", "signer.pem", "-out",
                                  "/dev/null", code=None)  # fmt: skip
        if verify.returncode != 0:
            return False
        own = self.lab.openssl("x509", "-in", "signer.pem", "-outform", "DER", text=False).stdout
        return own == (self.lab.top / f"{name}.der").read_bytes()

    def every_key(self) -> None:
        letter, chain = self.letter(), ("--chain", self.lab.top / "ica.pem")
        ways = [(name, ()) for name in (*KEYS, "p384")] + [(name, ("--pss",)) for name in KEYS if name.startswith("rsa")]
        for name, options in ways:
            # With the digest made in the token, and with the mechanism refused though it is listed.
            for extra in ({}, {"TOKEN_WITHOUT": "0x43" if options else "0x40"})[: 2 if name.startswith("rsa") else 1]:
                trial, what = self.lab.clone("trial"), " ".join((name, *options, *extra))
                self.lab.calls()
                done = self.sign(trial, "--key", self.uri(f"token=judge;object={name}"), *chain, *options, letter, code=None, extra=extra)
                good = done.returncode == 0 and self.accepted(trial, name)
                expect(good, f"{what}: signed, and openssl accepts it", said(done))
                expect(self.lab.calls() == ["login right", "sign"], f"{what}: one PIN, one signature")
        verify = self.lab.run(self.lab.hoso, "-C", trial, "verify", letter, code=None)
        expect(verify.returncode == 4 and "0 wrong" in said(verify) or ", 0 " in said(verify), "hoso accepts it too", said(verify))
        form = next((trial / "signatures").glob(f"{letter}/*/form.pdf"))
        changed = bytearray(form.read_bytes())
        changed[2000] ^= 255
        (self.lab.top / "changed.pdf").write_bytes(changed)
        expect(not self.accepted(trial, name, self.lab.top / "changed.pdf"), "openssl refuses a changed form")

    def always_authenticate(self) -> None:
        trial = self.lab.clone("trial")
        self.lab.calls()
        done = self.sign(trial, "--key", self.uri("token=careful;object=careful"), "--chain", self.lab.top / "ica.pem", self.letter(), code=None)
        good = done.returncode == 0 and self.accepted(trial, "careful")
        expect(good, "a key that wants its PIN each time signs", said(done))
        expect(self.lab.calls() == ["login right", "login right", "sign"], "and is given it")

    def pins(self) -> None:
        letter, key = self.letter(), ("--key", self.uri("token=judge;object=p256"), "--chain", self.lab.top / "ica.pem")
        wrong = self.lab.top / "wrong"
        wrong.write_text("314159\n")
        trial = self.lab.clone("trial")

        def refused(what: str, words: str, calls: list[str], *options, **more) -> None:
            self.lab.calls()
            done = self.sign(trial, *options, code=None, **more)
            made = self.lab.calls()
            good = done.returncode in (1, 2, 3) and words in said(done) and made == calls
            expect(good, what, f"exit {done.returncode}, calls {made}\n{said(done)}")
            expect(PIN not in said(done) and "314159" not in said(done), f"{what}: no PIN is said")

        def flags(bits: int) -> dict:
            return {"extra": {"TOKEN_FLAGS": hex(bits)}}

        refused("a wrong PIN is tried once", "tried once and is not tried again", ["login wrong"], *key, letter, pin=wrong)
        done = self.sign(trial, *key, "--dry-run", letter)
        expect(self.lab.calls() == [], "a dry run asks for no PIN", said(done))
        low = self.lab.run("pkcs11-tool", "--module", self.lab.module, "--list-token-slots")
        expect("user PIN count low" in said(low), "SoftHSM itself counted one wrong PIN", said(low))
        refused("the last try is not used up unasked", "one wrong PIN more locks", [], *key, letter, **flags(FINAL_TRY))
        refused("a locked token is not asked", "is locked", [], *key, letter, **flags(LOCKED))
        refused("not with --last-try either", "is locked", [], *key, "--last-try", letter, **flags(LOCKED))
        refused("no PIN on a command line", "no PIN on the command line", [], "--key", self.uri("token=judge") + "&pin-value=1", letter)
        refused("several tokens are listed", "several tokens", [], "--key", self.uri("object=p256"), letter)
        refused("several certificates are listed", "several certificates", [], "--key", self.uri("token=judge"), letter)
        refused("several keys are listed", "several keys", ["login right"], "--key", self.uri("token=double"), "--cert", self.lab.top / "p256.pem", letter)
        refused("no such token", "there are: token=", [], "--key", self.uri("token=nobody"), letter)
        refused("no such certificate", "no such certificate", [], "--key", self.uri("token=judge;object=nothing"), letter)
        refused("a module that is none", "cannot be loaded", [], "--key", self.uri("token=judge", "/etc/hostname"), letter)
        self.lab.calls()
        done = self.sign(trial, *key, "--last-try", letter, **flags(FINAL_TRY))
        made = self.lab.calls()
        expect("LAST TRY" in said(done) and made == ["login right", "sign"], "the last try is announced, and used when asked", said(done))
        trial = self.lab.clone("trial")
        source = self.uri("token=judge;id=%04") + f"&pin-source=file:{self.lab.pin}"
        done = self.lab.run(self.lab.hoso, "-C", trial, "sign", "--key", source, "--chain", self.lab.top / "ica.pem", letter)
        expect(self.accepted(trial, "p256"), "by CKA_ID, with the PIN from pin-source", said(done))

    # What openssl makes of one item.
    def answer(self, item: dict, name: str, pss: bool = False) -> bytes:
        (self.lab.top / "digest").write_bytes(base64.b64decode(item["hash"]))
        digest = "sha384" if name == "soft-p384" else "sha256"
        padding = PSS if pss else ()
        return self.lab.openssl("pkeyutl", "-sign", "-inkey", f"{name}.key", "-in", "digest", "-pkeyopt", f"digest:{digest}",
                                *padding, text=False).stdout  # fmt: skip

    def prepare(self, at: Path, name: str, *options) -> dict:
        job = self.lab.top / "job.json"
        job.unlink(missing_ok=True)
        self.lab.run(self.lab.hoso, "-C", at, "sign", "--prepare", job, "--cert", self.lab.top / f"{name}.pem", "--chain",
                     self.lab.top / "ica.pem", *options, self.letter())  # fmt: skip
        return json.loads(job.read_text())

    def attach(self, at: Path, job: dict | str, extra: dict | None = None):
        path = self.lab.top / "answered.json"
        path.write_text(job if isinstance(job, str) else json.dumps(job))
        return self.lab.run(self.lab.hoso, "-C", at, "sign", "--attach", path, code=None, extra=extra)

    def elsewhere(self) -> None:
        for name, options in [("soft-rsa", ()), ("soft-rsa", ("--pss",)), ("soft-p256", ()), ("soft-p384", ())]:
            trial, what = self.lab.clone("trial"), " ".join(("elsewhere", name, *options))
            job = self.prepare(trial, name, *options)
            [item] = job["items"]
            form_free = not list((trial / "signatures").glob(f"{self.letter()}/*"))
            expect(form_free, f"{what}: preparing writes nothing into the repository")
            raw = self.answer(item, name, bool(options))
            if name == "soft-p256":
                raw = halves(raw)
            item["sig"] = base64.b64encode(raw).decode()
            done = self.attach(trial, job)
            expect(done.returncode == 0 and self.accepted(trial, name), f"{what}: attached, and openssl accepts it", said(done))
            again = self.attach(trial, job)
            expect(again.returncode == 0 and "you have signed" in said(again), f"{what}: attached once", said(again))
        trial = self.lab.clone("trial")
        job = self.prepare(trial, "soft-p256")
        good = base64.b64encode(self.answer(job["items"][0], "soft-p256")).decode()

        def refused(what: str, words: str, change, extra: dict | None = None, code: int = 1) -> None:
            changed = json.loads(json.dumps(job))
            changed["items"][0]["sig"] = good
            changed = change(changed) or changed
            done = self.attach(trial, changed, extra)
            clean = not list((trial / "signatures").glob(f"{self.letter()}/*/*.p7s"))
            expect(done.returncode == code and words in said(done) and clean, f"elsewhere: {what}", said(done))

        other = self.prepare(trial, "soft-rsa")
        refused("a job without answers waits", "no signature", lambda j: j["items"][0].pop("sig") and None, code=0)
        refused("a signature of somebody else", "does not hold", lambda j: j["items"][0].update(sig=base64.b64encode(self.answer(j["items"][0], "soft-rsa")).decode()))
        refused("no base64", "no base64", lambda j: j["items"][0].update(sig="***"))
        refused("other attributes", "no longer those of the job", lambda j: j["items"][0].update(signed_attrs=other["items"][0]["signed_attrs"]))
        refused("another instant", "no longer those of the job", lambda j: j.update(created=other["created"].replace("Z", "Z")) or j["items"][0].update(signed_attrs="AAAA"))
        refused("another certificate", "algorithm does not fit", lambda j: j.update(cert=other["cert"]))
        refused("a job of yesterday", "older than 24 hours", lambda j: None, {"SOURCE_DATE_EPOCH": str(int(time.time()) + 25 * 3600)})
        refused("a job of tomorrow", "older than 24 hours", lambda j: None, {"SOURCE_DATE_EPOCH": str(int(time.time()) - 3600)})
        refused("no such record", "no record", lambda j: j["items"][0].update(record="2026-2027/truong/van-ban-den/khong-co"))
        refused("deep JSON", "is no job", lambda j: "[" * 100_000)
        refused("other JSON", "is no job", lambda j: '{"schema": "x"}')
        record = trial / "content" / f"{self.letter()}.md"
        record.write_text(record.read_text() + "\nThêm một dòng.\n")
        self.lab.commit(trial, "changed")
        refused("the record has moved on", "no longer those of the job", lambda j: None)

    def program(self) -> None:
        count = self.lab.top / "count"
        count.write_text("")
        script = self.lab.top / "signer.py"
        script.write_text(f"""#!/usr/bin/env python3
import base64, json, subprocess, sys
job = json.load(sys.stdin)
for item in job["items"]:
    open({str(count)!r}, "a").write("x")
    done = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", {str(self.lab.top / "soft-p256.key")!r}, "-pkeyopt", "digest:sha256"],
                          input=base64.b64decode(item["hash"]), capture_output=True, check=True)
    item["sig"] = base64.b64encode(done.stdout).decode()
job["items"].reverse()
json.dump(job, sys.stdout)
""")
        script.chmod(0o755)
        trial = self.lab.clone("trial")
        uri = f"program:{script};cert={self.lab.top / 'soft-p256.pem'};chain={self.lab.top / 'ica.pem'}"
        done = self.sign(trial, "--key", uri, self.letter(), code=None)
        expect(done.returncode == 0 and self.accepted(trial, "soft-p256") and count.read_text() == "x", "a program signs, once", said(done))
        for name, body, words in [
            ("silent", "true", "no job"),
            ("failing", "cat; exit 3", "exit status: 3"),
            ("slow", "exec sleep 60", "> 1 s"),
            ("endless", "exec cat /dev/zero", "byte"),
            ("echoing", "exec cat", "no `sig`"),
        ]:
            script.write_text(f"#!/bin/sh\n{body}\n")
            trial = self.lab.clone("trial")
            done = self.sign(trial, "--key", uri + ";seconds=" + ("1" if name == "slow" else "30"), self.letter(), code=None)
            clean = not list((trial / "signatures").glob(f"{self.letter()}/*"))
            expect(done.returncode == 3 and words in said(done) and clean, f"a {name} program signs nothing", said(done))

    def killed(self, count: int) -> None:
        trial = self.lab.clone("trial")
        key = ("--key", self.uri("token=judge;object=plans"), "--chain", self.lab.top / "ica.pem", "--password-file", self.lab.pin)
        command = [str(part) for part in (self.lab.hoso, "-C", trial, "sign", *key, "--all")]
        environment = {**self.lab.environment, "TOKEN_SLEEP": "10000"}
        journal, kept, kills = trial / ".git/hoso/journal", {}, 0
        self.lab.calls()

        def start() -> subprocess.Popen:
            return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

        def look() -> None:
            for path in journal.glob("*.p7s"):
                bytes_now = path.read_bytes()
                expect(kept.setdefault(path.name, bytes_now) == bytes_now, f"{path.name[:8]}: a kept signature stays as it was")

        first = start()
        for _ in range(600):
            if len(list(journal.glob("*.p7s"))) > count // 8 or first.poll() is not None:
                break
            time.sleep(0.05)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        expect(done.returncode == 3 and "signing in the repository" in said(done), "a second run at the same time is told so", said(done))
        process = first
        while process.poll() is None and kills < 8 and len(list(journal.glob("*.p7s"))) < count - 4:
            time.sleep(random.uniform(0.05, 0.6))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            look()
            target = len(kept) + max(1, count // 12)
            process = start()
            while process.poll() is None and len(list(journal.glob("*.p7s"))) < target:
                time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
        look()
        resumed = len(kept)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        expect(done.returncode == 0, "the last run ends well", said(done))
        calls = self.lab.calls()
        made, logins = calls.count("sign"), calls.count("login right")
        files = {path.read_bytes() for path in (trial / "signatures").glob("*/mg-5a/giao-an/*/*/*.p7s")}
        tracked = self.lab.run("git", "status", "--porcelain", cwd=trial).stdout
        expect(len(files) == count and tracked == "", f"{len(files)} of {count} signatures, all committed", tracked)
        expect(set(kept.values()) <= files, "every signature that was kept is the one in the commit")
        expect(not list(journal.glob("*")), "the journal is empty afterwards")
        # What the token had answered and the disk did not have yet, at a kill; two threads at most.
        expect(count <= made <= count + 2 * kills, f"{made} signatures asked of the token for {count}, {kills} kills")
        expect(logins <= kills + 1, "one PIN a run")
        print(f"token: {count} lesson plans, {kills} kills, {resumed} taken up again by the last run, {made} signatures asked of the token")
        again = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        expect(again.returncode == 0 and self.lab.calls() == [], "nothing is left, so no PIN is asked", said(again))


def halves(der: bytes) -> bytes:
    """r and s of a DER signature on P-256, as tokens give them."""
    r_length = der[3]
    r, s = der[4 : 4 + r_length], der[6 + r_length :]
    return r[-32:].rjust(32, b"\0") + s[-32:].rjust(32, b"\0")


def main() -> None:
    here = Path(__file__).resolve().parent
    hoso = Path(sys.argv[1] if len(sys.argv) > 1 else here.parent.parent / "target/release/hoso").resolve()
    plans = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    scratch = Path(tempfile.mkdtemp())
    try:
        lab = Lab(scratch, hoso)
        lab.authority()
        for label in ("judge", "double", "careful"):
            lab.token(label)
        for name, (kind, identity) in KEYS.items():
            lab.generate("judge", name, kind, identity)
        lab.certify_software("p384", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
        lab.bring("judge", "p384", "05")
        lab.generate("judge", "plans", "rsa:2048", "06")
        lab.generate("double", "one", "EC:prime256v1", "01")
        lab.generate("double", "two", "EC:prime256v1", "02")
        # SoftHSM takes ECDSA in one part only, and the PIN has to come in between.
        lab.generate("careful", "careful", "rsa:2048", "01", "--always-auth")
        lab.certify_software("soft-rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        lab.certify_software("soft-p256", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        lab.certify_software("soft-p384", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
        software = ["soft-rsa", "soft-p256", "soft-p384"]
        school = lab.school({"do-thi-huong-giang": [*KEYS, "p384", "careful", *software], "trinh-thi-hong-nhan": ["plans"]})
        lab.run(hoso, "-C", school, "new", "van-ban-den", "--don-vi", "truong", "--ten", "judge")
        lab.commit(school, "a letter")
        lab.plans(school, plans)
        judge = Judge(lab)
        judge.pins()
        judge.every_key()
        judge.always_authenticate()
        judge.elsewhere()
        judge.program()
        judge.killed(plans)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"token: {len(ACCEPTED)} as expected, {len(FAULTS)} failed")
    sys.exit(1 if FAULTS else 0)


main()
