#!/usr/bin/env python3
"""Has commons-ip, the E-ARK validator, look at a package; every MUST of CSIP 2.2 and of the SIP's or AIP's own profile. Then a
changed byte of a file must be refused: the validator computes the digests again.

    eark.py CLASSPATH PACKAGE
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

MAIN = "org.roda_project.commons_ip2.cli.Main"


def report(classpath, package):
    """The validator's report on a package."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["java", "-cp", classpath, MAIN, "validate", "-i", package.resolve(), "-o", folder],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        files = list(pathlib.Path(folder).glob("*.json"))
        if len(files) != 1:
            sys.exit(f"eark: no report\n{done.stdout}")
        return json.loads(files[0].read_text(encoding="utf-8"))


def failures(found, level):
    """What a report says to have failed, of one level."""
    return [(v["id"], v["testing"]["issues"] + v["testing"]["warnings"]) for v in found["validation"]
            if v["testing"]["outcome"] == "FAILED" and v["level"] == level]


def main(classpath, package):
    package = pathlib.Path(package)
    found = report(classpath, package)
    wrong = failures(found, "MUST")
    if wrong or found["summary"]["result"] != "VALID":
        sys.exit(f"eark: {package.name}: {wrong or found['summary']}")
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / package.name
        shutil.copytree(package, copy)
        victim = sorted(copy.glob("representations/rep1/data/*.pdf"))[0]
        data = bytearray(victim.read_bytes())
        data[2000] ^= 1
        victim.write_bytes(data)
        if not failures(report(classpath, copy), "MUST"):
            sys.exit(f"eark: {package.name}: a changed byte is accepted")
    should = ", ".join(sorted(name for name, _ in failures(found, "SHOULD"))) or "none"
    print(f"eark: {package.name}: {found['summary']['success']} requirements met, SHOULD not met: {should}")


main(sys.argv[1], sys.argv[2])
