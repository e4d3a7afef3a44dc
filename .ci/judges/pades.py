#!/usr/bin/env python3
"""Has pyHanko and poppler judge signed copies (PAdES), and makes bad ones of a good one.

    target/judges/venv/bin/python pades.py judge ANCHOR.pem SIGNATURES COPY.pdf…
    target/judges/venv/bin/python pades.py forge COPY.pdf FOLDER
    target/judges/venv/bin/python pades.py refuse ANCHOR.pem COPY.pdf…

judge: every signature must be intact, valid, trusted and over the whole file but for later signatures and what they fill in.
forge writes copies that nobody may accept, and refuse sees that none is: a changed byte, a page whose content a later update exchanges, a
drawing that it exchanges, two signatures that have changed places.
"""

import logging
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def poppler(copy: Path) -> list[str]:
    said = subprocess.run(["pdfsig", "-nocert", copy], capture_output=True, text=True).stdout
    valid = said.count("Signature is Valid")
    faults = [] if valid and valid == said.count("Signature Validation:") else [f"pdfsig: {said.strip()[-300:]}"]
    if said.count("  - Total document signed") != 1:
        faults.append("pdfsig: no signature is over the whole file")
    if said.count("ETSI.CAdES.detached") != valid:
        faults.append("pdfsig: not ETSI.CAdES.detached")
    return faults


def hanko(copy: Path, roots: list[x509.Certificate], count: int | None) -> list[str]:
    faults = []
    try:
        with copy.open("rb") as file:
            signatures = PdfFileReader(file).embedded_signatures
            if count is not None and len(signatures) != count:
                faults.append(f"pyhanko: {len(signatures)} signatures, not {count}")
            for signature in signatures:
                context = ValidationContext(trust_roots=roots, allow_fetching=False)
                status = validate_pdf_signature(signature, context)
                level = status.modification_level
                if not status.bottom_line or level not in (ModificationLevel.NONE, ModificationLevel.FORM_FILLING):
                    faults.append(f"pyhanko: {signature.field_name}: {status.summary()}, {level}")
    except Exception as fault:  # whatever it throws at a file is a verdict on that file
        faults.append(f"pyhanko: {type(fault).__name__}: {fault}")
    return faults


def judge(anchor: Path, count: int | None, copies: list[Path]) -> int:
    roots = [x509.Certificate.load(der) for _, _, der in pem.unarmor(anchor.read_bytes(), multiple=True)]
    failed = 0
    for copy in copies:
        faults = hanko(copy, roots, count) + poppler(copy)
        failed += bool(faults)
        print("".join(f"{copy}: {fault}\n" for fault in faults), end="")
    return failed


def changed_byte(data: bytes) -> bytes:
    at = data.index(b"/Title")
    return data[:at] + b"/Titel" + data[at + 6 :]


def other_content(data: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 1 rg 100 100 200 200 re f"))
    writer.update_container(page)
    return written(writer)


def other_drawing(data: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    for reference in writer.root["/AcroForm"]["/Fields"]:
        field = reference.get_object()
        stream = generic.StreamObject(
            dict_data={
                generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
                generic.pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 900, 900))),
            },
            stream_data=b"0 0 1 rg 0 0 900 900 re f",
        )
        drawings = generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(stream)})
        field[generic.pdf_name("/AP")] = drawings
        writer.mark_update(reference)
    return written(writer)


def swapped(data: bytes) -> bytes:
    first, second = [m for m in re.finditer(rb"/Contents<([0-9A-Fa-f]+)>", data) if len(m[1]) > 2000][:2]
    room = min(len(first[1]), len(second[1]))
    parts = bytearray(data)
    parts[first.start(1) : first.start(1) + room] = second[1][:room]
    parts[second.start(1) : second.start(1) + room] = first[1][:room]
    return bytes(parts)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def forge(copy: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for make in (changed_byte, other_content, other_drawing, swapped):
        (folder / f"{make.__name__}.pdf").write_bytes(make(copy.read_bytes()))


def main() -> None:
    logging.disable(logging.CRITICAL)  # the verdicts are printed above
    match sys.argv[1:]:
        case ["judge", anchor, count, *copies]:
            failed = judge(Path(anchor), int(count), [Path(copy) for copy in copies])
            print(f"pyhanko and pdfsig: {len(copies)} copies, {failed} failed")
            sys.exit(failed != 0)
        case ["refuse", anchor, *copies]:
            accepted = [copy for copy in copies if judge(Path(anchor), None, [Path(copy)]) == 0]
            print(f"pyhanko and pdfsig: {len(copies)} forgeries offered, accepted: {accepted}")
            sys.exit(bool(accepted) or not copies)
        case ["forge", copy, folder]:
            forge(Path(copy), Path(folder))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
