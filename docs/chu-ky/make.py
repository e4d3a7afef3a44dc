"""Draws the pictures in content/chu-ky/ from chu-ky.typ. Needs the Python package `typst` (.ci/judges/setup.sh
installs it) and the fonts of layouts/fonts.

    target/judges/venv/bin/python docs/chu-ky/make.py
"""

import pathlib

import typst

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
PICTURES = ["nguyen-thi-an-khe", "tran-thi-bich-dao", "ngo-thi-tuong-vi", "dau-2019", "dau-2025"]

for picture in PICTURES:
    png = typst.compile(
        HERE / "chu-ky.typ",
        format="png",
        ppi=300,
        sys_inputs={"hinh": picture},
        ignore_system_fonts=True,
        font_paths=[ROOT / "layouts" / "fonts"],
    )
    path = ROOT / "content" / "chu-ky" / f"{picture}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(png)
    print(path.relative_to(ROOT), len(png))
