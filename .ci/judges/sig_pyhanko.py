#!/usr/bin/env python3
"""Has pyHanko validate every signature of an archive, all in one process.

    target/judges/venv/bin/python sig_pyhanko.py [OUT]

Each must be intact (the content's digest), valid (the signature) and trusted (a path to the archive's
anchors at the time of signing), with pyHanko's own demands on key usage and algorithms. Revocation
follows its default, `soft-fail`, unless there is revocation data in the archive or in the signature, which must
then say that every certificate was good; nothing is fetched. A time-stamp must be valid, over the signature, and of an
authority for time-stamps. Negative controls on some files: a changed byte, and an anchor that has nothing to do with it.
"""

import asyncio
import logging
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from asn1crypto import cms, pem, x509
from cryptography import x509 as make
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

import signatures


class Trust(NamedTuple):
    """What an archive brings along."""

    roots: list[x509.Certificate]
    stampers: list[x509.Certificate]
    crls: list[bytes]
    ocsps: list[bytes]

    def context(self, roots: list[x509.Certificate], moment: datetime, embedded: list[bytes]) -> ValidationContext:
        evidence = self.crls + self.ocsps + embedded
        return ValidationContext(
            trust_roots=roots,
            moment=moment,
            allow_fetching=False,
            crls=self.crls + embedded,
            ocsps=self.ocsps,
            revocation_mode="hard-fail" if evidence else "soft-fail",
            # It is issued after the signature that it is about.
            retroactive_revinfo=True,
        )


def embedded_crls(signed: cms.SignedData) -> list[bytes]:
    """The revocation lists inside of a signature file."""
    return [choice.chosen.dump() for choice in signed["crls"] or () if choice.name == "crl"]


async def validate(signature: Path, content: bytes, trust: Trust) -> str | None:
    """What pyHanko holds against a signature; None when nothing."""
    try:
        signed = cms.ContentInfo.load(signature.read_bytes(), strict=True)["content"]
        signer = signed["signer_infos"][0]
        times = [a["values"][0].native for a in signer["signed_attrs"] if a["type"].native == "signing_time"]
        crls = embedded_crls(signed)
        stamped = [cms.ContentInfo.load(token)["content"] for token in signatures.stamps(signature.read_bytes())]
        when = stamped[0]["encap_content_info"]["content"].parsed["gen_time"].native if stamped else times[0]
        status = await async_validate_detached_cms(
            content,
            signed,
            signer_validation_context=trust.context(trust.roots, times[0], crls),
            ts_validation_context=trust.context(trust.stampers, when, crls),
        )
    except Exception as fault:  # whatever it throws at a file is a verdict on that file
        return f"{type(fault).__name__}: {fault}"
    stamp = status.timestamp_validity
    if stamped and not (stamp and stamp.intact and stamp.valid and stamp.trusted):
        return f"time-stamp: {stamp and (stamp.intact, stamp.valid, stamp.trusted, stamp.trust_problem_indic)}"
    if status.bottom_line:
        return None
    return f"intact {status.intact}, valid {status.valid}, trusted {status.trusted}: {status.trust_problem_indic}"


def stranger() -> x509.Certificate:
    """A certification authority that signed nothing here."""
    key, name = ec.generate_private_key(ec.SECP256R1()), make.Name.from_rfc4514_string("CN=stranger")
    since = datetime(2020, 1, 1, tzinfo=timezone.utc)
    builder = make.CertificateBuilder(name, name, key.public_key(), 1, since, since + timedelta(days=36500))
    builder = builder.add_extension(make.BasicConstraints(True, None), critical=True)
    return x509.Certificate.load(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def certificates(files: list[Path]) -> list[x509.Certificate]:
    """All certificates of some PEM files."""
    armoured = [pem.unarmor(file.read_bytes(), multiple=True) for file in files]
    return [x509.Certificate.load(der) for parts in armoured for _, _, der in parts]


async def main() -> None:
    logging.disable(logging.CRITICAL)  # the verdicts are printed below
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
    pairs = signatures.pairs(out)
    trust = Trust(
        certificates(signatures.anchors(out)),
        certificates(signatures.stampers(out)),
        signatures.revocation(out, "crl"),
        signatures.revocation(out, "ocsp"),
    )
    faults = []
    for signature, content in pairs:
        if fault := await validate(signature, content.read_bytes(), trust):
            faults.append(f"{signature}: {fault}")
    controls, strangers = signatures.some(pairs), trust._replace(roots=[stranger()])
    for signature, content in controls:
        data = bytearray(content.read_bytes())
        if await validate(signature, bytes(data), strangers) is None:
            faults.append(f"{signature}: accepted with a strange anchor")
        data[len(data) // 2] ^= 1
        if await validate(signature, bytes(data), trust) is None:
            faults.append(f"{signature}: accepted with a changed content")
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"pyhanko: {len(pairs)} signatures, {2 * len(controls)} forgeries offered, {len(faults)} failed")
    sys.exit(1 if faults else 0)


asyncio.run(main())
