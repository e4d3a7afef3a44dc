"""A public-key infrastructure made of OpenSSL, and its services over HTTP: the part that judges share.

    pki.py FOLDER            makes one in FOLDER and serves it until standard input ends; prints its address

    signers   root -> ica -> one certificate for each kind of key (KINDS), each with the addresses of its
              CRL and OCSP responder (p256: of its CRL only); short runs out in 30 days
    stampers  tsaroot -> tsa, tsa2 (runs out before tsa), tsaold (has run out)
    services  on one free port of 127.0.0.1, HTTP/1.1 with kept connections: /tsa and what is wrong with
              the other /tsa-… (see FLAWS), /crl/NAME.crl, /ocsp

The two roots share nothing. Keys live in FOLDER and end with it.
"""

import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path

KINDS = {
    "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "rsa2048": ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa3072": ["rsa", "-pkeyopt", "rsa_keygen_bits:3072"],
    "rsa4096": ["rsa", "-pkeyopt", "rsa_keygen_bits:4096"],
    "short": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
}

# path: what is wrong with the time-stamps there
FLAWS = {
    "/tsa-flaky": "fails twice for every digest, then answers",
    "/tsa-slow": "answers after SLOW seconds",
    "/tsa-nonce": "answers another request over the same digest",
    "/tsa-imprint": "answers a request over another digest",
    "/tsa-old": "signs with a certificate that has run out",
    "/tsa-stranger": "signs with a certificate of the signers' authority",
    "/tsa-garbage": "answers bytes that are no DER",
    "/tsa-huge": "answers a megabyte",
    "/tsa-html": "answers a page",
    "/tsa-down": "answers status 503",
}
SLOW = 3
# What a way over the internet and back costs at /tsa-far, in seconds.
FAR = 0.1

PASSWORD = "judge"

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[below]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:{url}/crl/root.crl
[signer]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:{url}/crl/ica.crl
authorityInfoAccess = OCSP;URI:{url}/ocsp
[listed]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:{url}/crl/ica.crl
[stamper]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:{url}/crl/tsaroot.crl
[responder]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
default_ca = ica
{authorities}
[any]
commonName = supplied
countryName = optional
organizationName = optional
UID = optional
"""

AUTHORITY = """
[{name}]
database = {folder}/{name}.index
new_certs_dir = {folder}/issued
serial = {folder}/{name}.serial
crlnumber = {folder}/{name}.crlnumber
certificate = {folder}/{name}.pem
private_key = {folder}/{name}.key
default_md = sha256
default_days = 1825
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = none
"""

STAMPER = """
[tsa]
default_tsa = one
[one]
serial = {folder}/{name}.tsaserial
crypto_device = builtin
signer_cert = {folder}/{name}.pem
certs = {folder}/{issuer}.pem
signer_key = {folder}/{name}.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Pki:
    """Keys, certificates and lists in a folder; `serve` answers for them."""

    def __init__(self, folder: Path, kinds: dict[str, list[str]] | None = None, port: int = 0) -> None:
        self.folder = folder
        self.kinds = KINDS if kinds is None else kinds
        self.lock = threading.Lock()
        self.failures: dict[bytes, int] = {}
        self.requests = {"tsa": 0, "crl": 0, "ocsp": 0}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "issued").mkdir(exist_ok=True)
        self.server = Server(("127.0.0.1", port), handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.make()

    def make(self) -> None:
        names = ["root", "ica", "tsaroot"]
        authorities = "".join(AUTHORITY.format(name=name, folder=self.folder) for name in names)
        self.path("cnf").write_text(CONFIG.format(url=self.url, authorities=authorities))
        for name in names:
            self.path(f"{name}.index").write_text("")
            self.path(f"{name}.index.attr").write_text("unique_subject = no\n")
            self.path(f"{name}.serial").write_text("1000\n")
            self.path(f"{name}.crlnumber").write_text("01\n")
        ec = KINDS["p256"]
        for name, subject in (("root", "Judge's root"), ("tsaroot", "Judge's root of time-stamps")):
            self.key(name, ec)
            self.openssl(
                "req", "-x509", "-config", "cnf", "-extensions", "authority", "-key", f"{name}.key",
                "-subj", f"/C=VN/CN={subject}", "-days", "7300", "-out", f"{name}.pem",
            )  # fmt: skip
        self.issue("ica", "root", "below", "/C=VN/CN=Judge's issuing authority", ec)
        self.issue("ocsp", "ica", "responder", "/C=VN/CN=Judge's OCSP responder", ec)
        for number, (name, kind) in enumerate(self.kinds.items()):
            # One without a responder, so that the list is needed.
            extensions = "listed" if name == "p256" else "signer"
            days = "30" if name == "short" else "1825"
            self.issue(name, "ica", extensions, f"/C=VN/CN=Judge {name}/UID=CCCD:9{number:011}", kind, days)
            self.pack(name)
        self.issue("tsa", "tsaroot", "stamper", "/C=VN/CN=Judge's time-stamps", KINDS["rsa2048"])
        self.issue("tsa2", "tsaroot", "stamper", "/C=VN/CN=Judge's time-stamps for a month", ec, days="30")
        self.issue("tsaold", "tsaroot", "stamper", "/C=VN/CN=Judge's old time-stamps", ec,
                   start="20200101000000Z", end="20210101000000Z")  # fmt: skip
        self.issue("tsastranger", "ica", "stamper", "/C=VN/CN=A stranger's time-stamps", ec)
        for name, issuer in (("tsa", "tsaroot"), ("tsa2", "tsaroot"), ("tsaold", "tsaroot"), ("tsastranger", "ica")):
            self.path(f"{name}.tsaserial").write_text("01\n")
            self.path(f"{name}.cnf").write_text(STAMPER.format(folder=self.folder, name=name, issuer=issuer))
        self.path("password").write_text(PASSWORD + "\n")
        self.list()

    def path(self, name: str) -> Path:
        return self.folder / name

    def openssl(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, **options)
        if done.returncode != 0:
            sys.exit(f"openssl {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done

    def key(self, name: str, kind: list[str]) -> None:
        self.openssl("genpkey", "-algorithm", *kind, "-out", f"{name}.key")

    def issue(
        self, name: str, issuer: str, extensions: str, subject: str, kind: list[str],
        days: str = "1825", start: str | None = None, end: str | None = None,
    ) -> None:  # fmt: skip
        self.key(name, kind)
        self.openssl("req", "-new", "-utf8", "-config", "cnf", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
        when = ["-startdate", start, "-enddate", end] if start and end else ["-days", days]
        self.openssl(
            "ca", "-batch", "-utf8", "-config", "cnf", "-name", issuer, "-extensions", extensions, *when,
            "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext", "-preserveDN",
        )  # fmt: skip

    def pack(self, name: str) -> None:
        self.openssl(
            "pkcs12", "-export", "-inkey", f"{name}.key", "-in", f"{name}.pem", "-certfile", "ica.pem",
            "-name", name, "-passout", f"pass:{PASSWORD}", "-out", f"{name}.p12",
        )  # fmt: skip

    def list(self) -> None:
        """Makes all lists of revoked certificates anew."""
        for name in ("root", "ica", "tsaroot"):
            self.openssl("ca", "-config", "cnf", "-name", name, "-gencrl", "-out", f"{name}.crl.pem")
            self.openssl("crl", "-in", f"{name}.crl.pem", "-outform", "DER", "-out", f"{name}.crl")

    def revoke(self, name: str, issuer: str = "ica", reason: str = "keyCompromise") -> None:
        self.openssl("ca", "-config", "cnf", "-name", issuer, "-revoke", f"{name}.pem", "-crl_reason", reason)
        self.list()

    def digest(self, name: str) -> str:
        """SHA-256 of a certificate, as in school.yaml."""
        said = self.openssl("x509", "-in", f"{name}.pem", "-noout", "-fingerprint", "-sha256").stdout
        return said.decode().split("=")[1].strip().replace(":", "").lower()

    def stamp(self, request: bytes, name: str = "tsa") -> bytes:
        with self.lock:  # one file of serial numbers
            query, reply = self.path("one.tsq"), self.path("one.tsr")
            query.write_bytes(request)
            self.openssl("ts", "-reply", "-config", f"{name}.cnf", "-queryfile", query.name, "-out", reply.name)
            return reply.read_bytes()

    def respond(self, request: bytes) -> bytes:
        with self.lock:
            query, reply = self.path("one.ocspreq"), self.path("one.ocspresp")
            query.write_bytes(request)
            self.openssl(
                "ocsp", "-index", "ica.index", "-CA", "ica.pem", "-rsigner", "ocsp.pem", "-rkey", "ocsp.key",
                "-rmd", "sha256", "-ndays", "7", "-reqin", query.name, "-respout", reply.name,
            )  # fmt: skip
            return reply.read_bytes()

    def flawed(self, path: str, request: bytes) -> tuple[int, str, bytes]:
        """What one of FLAWS answers: status, type, body."""
        reply = "application/timestamp-reply"
        digest = request_digest(request)
        if path == "/tsa-flaky":
            with self.lock:
                self.failures[digest] = self.failures.get(digest, 0) + 1
                if self.failures[digest] % 3:
                    return 503, "text/plain", b"busy"
            return 200, reply, self.stamp(request)
        if path == "/tsa-slow":
            time.sleep(SLOW)
            return 200, reply, self.stamp(request)
        if path == "/tsa-nonce":
            return 200, reply, self.stamp(self.query(digest))
        if path == "/tsa-imprint":
            return 200, reply, self.stamp(request.replace(digest, bytes(32)))
        if path == "/tsa-old":
            return 200, reply, self.stamp(request, "tsaold")
        if path == "/tsa-stranger":
            return 200, reply, self.stamp(request, "tsastranger")
        if path == "/tsa-garbage":
            return 200, reply, b"\x30\x03garbage"
        if path == "/tsa-huge":
            return 200, reply, bytes(1024 * 1024)
        if path == "/tsa-html":
            return 200, "text/html; charset=utf-8", b"<p>Please log in"
        if path == "/tsa-down":
            return 503, "text/plain", b"down"
        return 404, "text/plain", b"no"

    def query(self, digest: bytes) -> bytes:
        return self.openssl("ts", "-query", "-digest", digest.hex(), "-sha256", "-cert").stdout

    def answer(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        name = path.rsplit("/", 1)[-1]
        kind = "tsa" if path.startswith("/tsa") else path.split("/")[1]
        if kind in self.requests:
            self.requests[kind] += 1
        if path == "/tsa":
            return 200, "application/timestamp-reply", self.stamp(body)
        if path == "/tsa2":
            return 200, "application/timestamp-reply", self.stamp(body, "tsa2")
        if path == "/tsa-far":
            time.sleep(FAR)
            return 200, "application/timestamp-reply", self.stamp(body)
        if path.startswith("/tsa-"):
            return self.flawed(path, body)
        if path == "/ocsp" and body:
            return 200, "application/ocsp-response", self.respond(body)
        if path.startswith("/crl/") and name in ("root.crl", "ica.crl", "tsaroot.crl"):
            return 200, "application/pkix-crl", self.path(name).read_bytes()
        return 404, "text/plain", b"no"

    def __enter__(self) -> "Pki":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()


def request_digest(request: bytes) -> bytes:
    """The 32 bytes that a request is about: the OCTET STRING after the identifier of SHA-256."""
    at = request.find(bytes.fromhex("0420"))
    return request[at + 2 : at + 34]


class Server(ThreadingHTTPServer):
    # Who asks may hang up at any time, and is killed on purpose.
    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def handler(pki: Pki) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.reply(*pki.answer(self.path, b""))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.reply(*pki.answer(self.path, body))

        def reply(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # who asked may have had enough

        def log_message(self, *_) -> None:
            pass

        # Head and body in one packet: otherwise the kernel waits 40 ms between them.
        wbufsize = -1

        def handle_one_request(self) -> None:
            super().handle_one_request()
            try:
                self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError, ValueError):
                self.close_connection = True

    return Handler


if __name__ == "__main__":
    os.umask(0o077)
    with Pki(Path(sys.argv[1]).resolve()) as served:
        print(served.url, flush=True)
        sys.stdin.read()
