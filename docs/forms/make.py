#!/usr/bin/env python3
"""Draws docs/forms/ from the sample school's archive: one picture for each kind, and the table in README.md.

    hoso build && python3 docs/forms/make.py out

Needs pdftoppm (poppler-utils), Pillow and PyYAML. The record shown is the first of its kind by id.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DPI = 48
PAGES = 3  # of one record, side by side


def kinds():
    for file in sorted(ROOT.glob("layouts/*/kind.yaml")):
        yield file.parent.name, yaml.safe_load(file.read_text())


def records(archive):
    """kind -> folders of its records in the archive, by id."""
    found = {}
    for pdf in sorted(archive.glob("data/**/form.pdf")):
        parts = pdf.relative_to(archive / "data").parts
        for at in range(len(parts) - 4):
            year, _, kind, _ = parts[at : at + 4]
            if len(year) == 9 and year[4] == "-" and (ROOT / "layouts" / kind).is_dir() and len(parts) == at + 5:
                found.setdefault(kind, []).append(pdf)
    return found


def picture(pdf, out):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["pdftoppm", "-r", str(DPI), "-l", str(PAGES), "-png", str(pdf), f"{folder}/p"], check=True
        )
        pages = [Image.open(p).convert("L") for p in sorted(pathlib.Path(folder).glob("*.png"))]
        gap = 8
        width = sum(p.width for p in pages) + gap * (len(pages) + 1)
        height = max(p.height for p in pages) + 2 * gap
        sheet = Image.new("L", (width, height), 200)
        x = gap
        for page in pages:
            sheet.paste(page, (x, gap))
            x += page.width + gap
        sheet.quantize(16).save(out, optimize=True)


def main():
    archive = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "out")
    there = records(archive)
    rows, missing = [], []
    for old in HERE.glob("*.png"):
        old.unlink()
    for kind, said in kinds():
        pdfs = there.get(kind)
        if not pdfs:
            missing.append(kind)
            continue
        pdf = pdfs[0]
        picture(pdf, HERE / f"{kind}.png")
        version = said["mau"][-1]
        rows.append((said["so"] or 99, kind, said, version))
    lines = [
        "# The forms",
        "",
        "Drawn from the sample school by `python3 docs/forms/make.py out`: the first record of each kind, up to three pages.",
        "What is prescribed and what is custom stands beside each; it is data of the kind (`mau[].nguon`, `mau[].ghi-chu`).",
        "",
    ]
    number = None
    for so, kind, said, version in sorted(rows, key=lambda r: (r[0], r[1])):
        if so != number:
            number = so
            lines += [f"## Hồ sơ số {so}, Điều 21" if so != 99 else "## Sổ sách khác", ""]
        off = "" if said.get("bat", True) else " · tự chọn, mặc định tắt"
        lines += [
            f"### {said['ten']}",
            "",
            f"`{kind}` · {said['ten-en']} · {'sổ' if said.get('loai') == 'so' else 'hồ sơ'} · mẫu {version['phien-ban']}{off}",
            "",
        ]
        if version.get("nguon"):
            lines += [f"*Nguồn:* {' '.join(version['nguon'].split())}", ""]
        if version.get("ghi-chu"):
            lines += [f"*Ghi chú:* {' '.join(version['ghi-chu'].split())}", ""]
        lines += [f"![{said['ten']}]({kind}.png)", ""]
    (HERE / "README.md").write_text("\n".join(lines).rstrip() + "\n")
    print(json.dumps({"drawn": len(rows), "missing": missing}, ensure_ascii=False))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
