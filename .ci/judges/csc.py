#!/usr/bin/env python3
"""Signs with a key that a signing service holds: a mock of the Cloud Signature Consortium's API, version 2.

    csc.py [HOSO]

The mock speaks what the published API says (credentials/list, info, authorize, authorizeCheck, getChallenge,
signatures/signHash, signPolling) over keys of openssl, and misbehaves on request. hoso signs lesson plans through it;
`openssl cms -verify -cades` accepts them, and whatever goes wrong enters nothing.
"""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from token_lab import PIN, Lab  # noqa: E402

TOKEN = "access-token-1"
FAULTS: list[str] = []
ASKED = [0]


def expect(good: bool, what: str, said: str = "") -> None:
    ASKED[0] += 1
    if not good:
        FAULTS.append(what)
        print(f"csc: {what}\n{said[-1500:]}")


class Service:
    """What the mock holds, and how it behaves."""

    def __init__(self, lab: Lab, name: str, algorithms: list[str]) -> None:
        self.lab, self.name, self.algorithms = lab, name, algorithms
        self.mode, self.multisign, self.slow, self.trick = "explicit", 3, 0, ""
        self.calls: list[str] = []
        self.sads: dict[str, list[str]] = {}
        self.waiting: dict[str, list] = {}

    def certificates(self) -> list[str]:
        pems = [self.lab.top / f"{self.name}.pem", self.lab.top / "ica.pem"]
        return [base64.b64encode(self.lab.openssl("x509", "-in", pem, "-outform", "DER", text=False).stdout).decode() for pem in pems]

    def signature(self, digest: str) -> str:
        key = self.lab.top / ("other.key" if self.trick == "other-key" else f"{self.name}.key")
        done = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-pkeyopt", "digest:sha256"],
                              input=base64.b64decode(digest), capture_output=True, check=True)  # fmt: skip
        return base64.b64encode(done.stdout).decode()

    def answer(self, method: str, body: dict) -> tuple[int, dict | None]:
        self.calls.append(method)
        if method == "credentials/list":
            return 200, {"credentialIDs": ["GX0112348"]}
        if body.get("credentialID", "GX0112348") != "GX0112348":
            return 400, {"error": "invalid_request", "error_description": "Invalid parameter credentialID"}
        if method == "credentials/info":
            return 200, {"key": {"status": "enabled", "algo": self.algorithms, "len": 2048},
                         "cert": {"status": "valid", "certificates": self.certificates()},
                         "auth": {"mode": self.mode, "objects": [{"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}]},
                         "multisign": self.multisign, "lang": "vi"}  # fmt: skip
        if method == "credentials/authorize":
            if len(body["hashes"]) != body["numSignatures"] or body["numSignatures"] > self.multisign:
                return 400, {"error": "invalid_request", "error_description": "numSignatures is too high"}
            if self.mode == "explicit" and body.get("authData") != [{"id": "PIN", "value": PIN}]:
                return 400, {"error": "invalid_request", "error_description": "The PIN is invalid"}
            sad = f"sad-{len(self.sads)}"
            self.sads[sad] = body["hashes"]
            if self.mode == "implicit":
                self.waiting["h"] = [self.slow, {"SAD": sad}]
                return 200, {"handle": "h"}
            return 200, {"SAD": sad, "expiresIn": 3600}
        if method == "credentials/authorizeCheck":
            return self.later(body["handle"])
        if method == "signatures/signHash":
            if self.mode != "oauth2code" and (self.trick == "expired" or self.sads.pop(body.get("SAD"), None) != body["hashes"]):
                return 400, {"error": "invalid_request", "error_description": "SAD expired or of other hashes"}
            made = [self.signature(digest) for digest in body["hashes"]]
            if self.trick == "fewer":
                made.pop()
            if self.trick == "swapped":
                made.reverse()
            if self.slow:
                self.waiting["r"] = [self.slow, {"signatures": made}]
                return 200, {"responseID": "r"}
            return 200, {"signatures": made}
        if method == "signatures/signPolling":
            return self.later(body["responseID"])
        return 404, None

    def later(self, name: str) -> tuple[int, dict | None]:
        held = self.waiting[name]
        if held[0] > 0:
            held[0] -= 1
            return 202, None
        return 200, held[1]


def serve(service: Service) -> str:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            method = self.path.removeprefix("/csc/v2/")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, said = 401, {"error": "invalid_token", "error_description": "The access token is not valid"}
            else:
                status, said = service.answer(method, body)
            if service.trick == "drop" and method == "signatures/signHash":
                self.connection.close()
                self.close_connection = True
                return
            text = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/csc/v2"


def main() -> None:
    hoso = Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/hoso").resolve()
    top = Path(tempfile.mkdtemp(prefix="hoso-csc-"))
    lab = Lab(top, hoso)
    lab.authority()
    lab.certify_software("cloud-rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    lab.certify_software("cloud-p256", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    lab.certify_software("other", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    school = lab.school({"trinh-thi-hong-nhan": ["cloud-rsa", "cloud-p256"]})
    plans = lab.plans(school, 5)
    (top / "access").write_text(TOKEN + "\n")
    (top / "stale").write_text("yesterday's\n")
    total = 0

    def sign(service: Service, url: str, token: str = "access", pin: str = PIN):
        (top / "typed").write_text(pin + "\n")
        trial = lab.clone("trial")
        service.calls.clear()
        key = f"csc:{url}?credential=GX0112348&token-file={top / token}"
        done = lab.run(hoso, "-C", trial, "sign", "--key", key, "--password-file", top / "typed", *plans, code=None)
        made = sorted((trial / "signatures").glob("*/*/*/*/*/*.p7s"))
        return done, trial, made

    def accepted(made: list[Path]) -> bool:
        return all(lab.openssl("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", one, "-content", one.parent / "form.pdf",
                               "-CAfile", top / "root.pem", "-out", "/dev/null", code=None).returncode == 0 for one in made)  # fmt: skip

    for name, algorithms in (("cloud-rsa", ["1.2.840.113549.1.1.11", "1.2.840.113549.1.1.10"]), ("cloud-rsa", ["1.2.840.113549.1.1.1"]),
                             ("cloud-p256", ["1.2.840.10045.4.3.2"])):  # fmt: skip
        service = Service(lab, name, algorithms)
        url = serve(service)
        for mode, slow in (("explicit", 0), ("implicit", 1), ("oauth2code", 0)):
            service.mode, service.slow = mode, slow
            done, _, made = sign(service, url)
            what = f"{name} {algorithms[0]} {mode}"
            expect(done.returncode == 0 and len(made) == len(plans), f"{what}: signed", done.stdout + done.stderr)
            expect(accepted(made), f"{what}: openssl accepts each")
            expect(service.calls.count("signatures/signHash") == 2, f"{what}: in batches of three", str(service.calls))
            total += len(made)
            expect(PIN not in done.stdout + done.stderr and TOKEN not in done.stdout + done.stderr, f"{what}: nothing secret is said")

    service = Service(lab, "cloud-rsa", [])
    url = serve(service)
    for trick, words in (("expired", "SAD expired"), ("fewer", "signatures for"), ("swapped", "does not hold"), ("other-key", "does not hold"), ("drop", "signHash")):
        service.trick = trick
        done, trial, made = sign(service, url)
        clean = not made and lab.run("git", "status", "--porcelain", cwd=trial).stdout == ""
        expect(done.returncode == 3 and words in done.stderr and clean, f"{trick}: nothing is entered", done.stdout + done.stderr)
        # What does not verify is known after the answer; the other batch may be under way by then.
        most = 2 if trick in ("swapped", "other-key") else 1
        expect(service.calls.count("signatures/signHash") <= most, f"{trick}: and nothing is asked again", str(service.calls))
    service.trick = ""
    done, _, made = sign(service, url, pin="000000")
    expect(done.returncode == 3 and "PIN is invalid" in done.stderr and not made and service.calls.count("credentials/authorize") == 1, "a wrong PIN is tried once", done.stderr)
    done, _, made = sign(service, url, token="stale")
    expect(done.returncode == 3 and "invalid_token" in done.stderr and not made, "a stale access token is said", done.stderr)
    service.name = "other"
    done, _, made = sign(service, url)
    expect(done.returncode == 1 and "has no certificate of" in done.stderr and not made and "credentials/authorize" not in service.calls,
           "a certificate that the roster does not know signs nothing", done.stderr)  # fmt: skip
    shutil.rmtree(top, ignore_errors=True)
    print(f"csc: {total} signatures by a signing service, {ASKED[0]} questions, {len(FAULTS)} failed")
    sys.exit(1 if FAULTS or ASKED[0] < 40 else 0)


main()
