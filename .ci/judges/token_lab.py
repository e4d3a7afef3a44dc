"""What the judge of tokens and the benchmark of signing share: an authority made with openssl, a SoftHSM token with
keys of every kind, and a school whose people hold them. All of it is made when it is asked for, in one folder."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

PIN = "271828"
# Made in the token. Name, what pkcs11-tool calls it, CKA_ID. (It cannot read a public key on P-384 back.)
KEYS = {
    "rsa2048": ("rsa:2048", "01"),
    "rsa3072": ("rsa:3072", "02"),
    "rsa4096": ("rsa:4096", "03"),
    "p256": ("EC:prime256v1", "04"),
}
LEAF = """basicConstraints = CA:false
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
"""
AUTHORITY = """basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""


def module() -> str:
    for path in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                 "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"):  # fmt: skip
        if Path(path).exists():
            return path
    raise SystemExit("SoftHSM 2 is not installed")


class Lab:
    """A folder with an authority, a token and a school."""

    def __init__(self, top: Path, hoso: Path) -> None:
        self.top, self.hoso, self.module = top, hoso, module()
        self.log = top / "calls"
        shim = top / "shim.so"
        source = Path(__file__).resolve().parent / "token.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-w", "-O1", "-o", shim, source, "-ldl"], check=True)
        self.shim = str(shim)
        tokens = top / "tokens"
        tokens.mkdir()
        (top / "softhsm2.conf").write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.environment = {
            **os.environ,
            "HOSO_LANG": "en",
            "SOFTHSM2_CONF": str(top / "softhsm2.conf"),
            "TOKEN_MODULE": self.module,
            "TOKEN_LOG": str(self.log),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "judge"), ("EMAIL", "judge@school.example"))},
        }  # fmt: skip
        self.pin = top / "pin"
        self.pin.write_text(PIN + "\n")

    def run(self, *command, code: int | None = 0, extra: dict | None = None, cwd: Path | None = None, text: bool = True):
        done = subprocess.run([str(part) for part in command], cwd=cwd or self.top, capture_output=True, text=text,
                              env={**self.environment, **(extra or {})}, stdin=subprocess.DEVNULL)  # fmt: skip
        if code is not None and done.returncode != code:
            raise SystemExit(f"{command}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"[-3000:])
        return done

    def openssl(self, *command, **more):
        return self.run("openssl", *command, **more)

    # The authority: a root, an issuing authority under it; a token gets the leaf only.
    def authority(self) -> None:
        (self.top / "leaf.cnf").write_text(LEAF)
        (self.top / "ca.cnf").write_text(AUTHORITY)
        for name in ("root", "ica", "stub"):
            self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        self.request("root", "root", "Judge Root")
        self.openssl("x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-days", "400", "-extfile", "ca.cnf", "-out", "root.pem")
        self.request("ica", "ica", "Judge Authority")
        self.openssl("x509", "-req", "-in", "ica.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-days", "400",
                     "-extfile", "ca.cnf", "-out", "ica.pem")  # fmt: skip

    def request(self, name: str, key: str, common: str) -> None:
        self.openssl("req", "-new", "-key", f"{key}.key", "-subj", f"/C=VN/O=judge/CN={common}", "-out", f"{name}.csr")

    def certify(self, name: str, public: Path) -> None:
        """A certificate for a public key whose private half is somewhere else."""
        self.request(name, "stub", name)
        serial = "0x" + hashlib.sha256(name.encode()).hexdigest()[:16]
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-force_pubkey", public, "-CA", "ica.pem", "-CAkey", "ica.key",
                     "-set_serial", serial, "-days", "400", "-extfile", "leaf.cnf", "-out", f"{name}.pem")  # fmt: skip
        self.openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der")

    def certify_software(self, name: str, *options: str) -> None:
        """A key in a file with its certificate."""
        self.openssl("genpkey", *options, "-out", f"{name}.key")
        self.openssl("pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")
        self.certify(name, self.top / f"{name}.pub")

    def token(self, label: str) -> None:
        self.run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "0000", "--pin", PIN)

    def tool(self, label: str, *command):
        return self.run("pkcs11-tool", "--module", self.module, "--token-label", label, "--login", "--pin", PIN, *command)

    def generate(self, label: str, name: str, kind: str, identity: str, *options: str) -> None:
        """Makes a key in the token, certifies it, and puts the certificate beside it."""
        self.tool(label, "--keypairgen", "--key-type", kind, "--id", identity, "--label", name, "--usage-sign", *options)
        public = self.top / f"{name}.pub"
        self.tool(label, "--read-object", "--type", "pubkey", "--id", identity, "-o", public)
        self.certify(name, public)
        self.tool(label, "--write-object", f"{name}.der", "--type", "cert", "--id", identity, "--label", name)

    def bring(self, label: str, name: str, identity: str) -> None:
        """Brings a software key and its certificate into the token."""
        self.openssl("pkcs8", "-topk8", "-nocrypt", "-in", f"{name}.key", "-out", f"{name}.pk8")
        self.run("softhsm2-util", "--import", f"{name}.pk8", "--token", label, "--label", name, "--id", identity, "--pin", PIN)
        self.tool(label, "--write-object", f"{name}.der", "--type", "cert", "--id", identity, "--label", name)

    def sha256(self, name: str) -> str:
        return hashlib.sha256((self.top / f"{name}.der").read_bytes()).hexdigest()

    def school(self, holders: dict[str, list[str]]) -> Path:
        """A school in which each person holds the named certificates, and the judge's root is trusted."""
        school = self.top / "school"
        self.run(self.hoso, "init", "school", "--demo")
        roster = school / "content/school.yaml"
        text = roster.read_text()
        since = re.search(r"- tu: ([0-9-]+)", text)[1]
        for person, names in holders.items():
            more = "".join(f"{{sha256: {self.sha256(name)}, tu: {since}}}, " for name in names)
            text = re.sub(rf"(id: {person},.*chung-thu: \[)", lambda m, more=more: m[1] + more, text)
        roster.write_text(text)
        shutil.copy(self.top / "root.pem", school / "signatures/anchors/judge.pem")
        self.commit(school, "judge")
        return school

    def commit(self, school: Path, message: str) -> None:
        self.run("git", "add", "-A", cwd=school)
        self.run("git", "commit", "-qm", message, cwd=school)

    def plans(self, school: Path, count: int) -> list[str]:
        """So many lesson plans of one teacher, each with a text of its own."""
        self.run(self.hoso, "-C", school, "new", "giao-an", "--dat", "de-tai=Bé rửa tay")
        first = next((school / "content").glob("*/mg-5a/giao-an/*.md"))
        text = first.read_text().replace("…", "Bé biết rửa tay bằng xà phòng trước khi ăn")
        first.unlink()
        ids = []
        for number in range(count):
            path = first.with_name(f"{first.stem}-{number:03}.md")
            path.write_text(text.replace("Bé rửa tay", f"Bé rửa tay, bài {number}"))
            ids.append(str(path.relative_to(school / "content").with_suffix("")))
        self.commit(school, "lesson plans")
        return ids

    def clone(self, name: str) -> Path:
        folder = self.top / name
        shutil.rmtree(folder, ignore_errors=True)
        self.run("git", "clone", "-q", self.top / "school", folder)
        return folder

    def calls(self) -> list[str]:
        """What the token was asked since the last time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines
