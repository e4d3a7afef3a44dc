"""A forge, as far as oauth2-proxy looks at one: OpenID Connect with PKCE, two people, and nothing else.

    forge.py PORT

`inspector` is in the group that may read, `stranger` is not. Whoever asks to sign in is asked which of them to be.
"""

import base64
import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = f"http://127.0.0.1:{sys.argv[1]}"
GROUPS = {"inspector": ["truong:kiem-tra"], "stranger": ["truong:phu-huynh"]}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
asked: dict[str, dict[str, str]] = {}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: dict) -> str:
    body = f"{b64(json.dumps({'alg': 'RS256', 'kid': '1', 'typ': 'JWT'}).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{body}.{b64(KEY.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Forge(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path == "/.well-known/openid-configuration":
            self.answer({
                "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip
        elif url.path == "/keys":
            public = KEY.public_key().public_numbers()
            self.answer({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": number(public.n), "e": number(public.e)}]})
        elif url.path == "/authorize" and "as" not in query:
            links = "".join(f'<a id="{who}" href="/authorize?{urlencode({**query, "as": who})}">{who}</a> ' for who in GROUPS)
            self.send(200, "text/html", f"<!DOCTYPE html><title>forge</title>{links}".replace("&", "&amp;").encode())
        elif url.path == "/authorize":
            code = b64(hashlib.sha256(json.dumps(query).encode()).digest())
            asked[code] = query
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")
            self.end_headers()
        else:
            self.send(404, "text/plain", b"")

    def do_POST(self) -> None:
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        query = asked.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        if query is None or b64(hashlib.sha256(verifier.encode()).digest()) != query["code_challenge"]:
            self.send(400, "application/json", b'{"error":"invalid_grant"}')
            return
        who, now = query["as"], int(time.time())
        claims = {
            "iss": ISSUER, "aud": query["client_id"], "sub": who, "email": f"{who}@truong.example", "email_verified": True,
            "preferred_username": who, "groups": GROUPS[who], "iat": now, "exp": now + 3600, "nonce": query.get("nonce", ""),
        }  # fmt: skip
        self.answer({"access_token": "x", "token_type": "Bearer", "expires_in": 3600, "id_token": token(claims)})

    def answer(self, value: dict) -> None:
        self.send(200, "application/json", json.dumps(value).encode())

    def send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Forge).serve_forever()
