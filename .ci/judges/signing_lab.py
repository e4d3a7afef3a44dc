#!/usr/bin/env python3
"""Makes what the judges of the signing page and of a whole day sign with: a school with a shared repository, and three tokens.

    signing_lab.py FOLDER HOSO PLANS

Prints one JSON object: folders, the PIN, key URIs by person, and the environment that reaches the tokens.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from token_lab import PIN, Lab  # noqa: E402

PEOPLE = {"trinh-thi-hong-nhan": ("teacher", "01"), "ngo-thi-tuong-vi": ("head", "02"), "nguyen-thi-an-khe": ("principal", "03")}


def main() -> None:
    top, hoso, count = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int(sys.argv[3])
    lab = Lab(top, hoso)
    lab.authority()
    for name, identity in PEOPLE.values():
        lab.token(name)
        lab.generate(name, name, "rsa:2048", identity)
    school = lab.school({person: [name] for person, (name, _) in PEOPLE.items()})
    if count:
        lab.plans(school, count)
    lab.run("git", "clone", "-q", "--bare", school, top / "shared.git")
    lab.run("git", "remote", "add", "origin", top / "shared.git", cwd=school)
    lab.run("git", "fetch", "-q", "origin", cwd=school)
    branch = lab.run("git", "symbolic-ref", "--short", "HEAD", cwd=school).stdout.strip()
    lab.run("git", "branch", "-q", "-u", f"origin/{branch}", cwd=school)
    keys = {person: f"pkcs11:token={name};object={name}?module-path={lab.shim}" for person, (name, _) in PEOPLE.items()}
    made = {"school": str(school), "shared": str(top / "shared.git"), "branch": branch, "pin": PIN, "keys": keys, "calls": str(lab.log),
            "root": str(top / "root.pem"), "chain": str(top / "ica.pem"),
            "environment": {name: lab.environment[name] for name in lab.environment if name.startswith(("SOFTHSM", "TOKEN", "GIT_", "HOSO"))}}  # fmt: skip
    print(json.dumps(made))


main()
