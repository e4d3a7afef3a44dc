#!/usr/bin/env python3
"""Makes the guides with hoso itself: this folder is a school's repository whose records are the guides.

    python3 docs/huong-dan/make.py HOSO OUT          builds them: OUT/giao-vien.pdf and so on, two pages each at most
    python3 docs/huong-dan/make.py --pictures SCREENS   takes the pictures anew from what the judges saw

SCREENS is target/judges/screens after `.ci/run`, with what `node .ci/judges/signing.mjs HOSO SCREENS/signing` saw. Needs git and poppler-utils; for pictures Pillow.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GUIDES = HERE / "content/2026-2027/truong/huong-dan"
# Picture of a guide: what a judge saw, and how much of its height is shown, in widths.
PICTURES = {
    "gv-dang-nhap": ("writing/phone-sign-in.png", 1.6),
    "gv-trang-dau": ("writing/phone-first-page.png", 1.6),
    "gv-so": ("writing/phone-books.png", 1.6),
    "gv-loi": ("writing/phone-finding.png", 1.6),
    "gv-ban-in": ("writing/phone-form.png", 1.6),
    "gv-diem-danh": ("writing/phone-month.png", 1.6),
    "ld-cho-ky": ("signing/pc-list.png", 0.8),
    "ld-da-ky": ("signing/pc-done.png", 0.8),
    "vt-so": ("ho-so_2024-2025_truong_so-van-ban-den_2024-09_index.phone.png", 1.6),
    "vt-tien-do": ("tien-do_index.wide.png", 0.8),
    "vh-chung-minh": ("ho-so_2024-2025_mg-3a_giao-an_2024-09-12_index.wide.png", 0.6),
    "tt-trang-dau": ("index.wide.png", 0.8),
    "tt-tim": ("tim-results.wide.png", 0.8),
    "tt-chung-minh": ("kiem-tra-ngay-passed.wide.png", 0.7),
}
WIDE = 900


def pictures(screens):
    from PIL import Image

    folder = GUIDES / "anh"
    for name, (source, height) in PICTURES.items():
        with Image.open(screens / source) as image:
            image = image.convert("RGB").crop((0, 0, image.width, min(image.height, int(image.width * height))))
            if image.width > WIDE:
                image = image.resize((WIDE, image.height * WIDE // image.width), Image.LANCZOS)
            image.quantize(48).save(folder / f"{name}.png", optimize=True)


def make(hoso, out):
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        school = pathlib.Path(name) / "school"
        for part in ("content", "layouts"):
            shutil.copytree(HERE / part, school / part)
        # What the form is set with comes from the program's own layouts.
        shutil.copytree(HERE.parent.parent / "layouts/chung", school / "layouts/chung")
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in (
            ("NAME", "hoso"), ("EMAIL", "hoso@hoso.example"), ("DATE", "2026-11-23T08:00:00+07:00"))}
        environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": "/dev/null"}
        run = lambda *words: subprocess.run(words, cwd=school, env=environment, check=True, stdout=subprocess.DEVNULL)
        run("git", "init", "-q", "-b", "main")
        run("git", "add", "-A")
        run("git", "commit", "-q", "-m", "guides")
        run(hoso, "build", "--out", str(school / "out"))
        faults = 0
        for guide in sorted(GUIDES.glob("*.md")):
            form = school / "out/data/ho-so/2026-2027/truong/huong-dan" / guide.stem / "form.pdf"
            told = subprocess.run(["pdfinfo", form], check=True, capture_output=True, text=True).stdout
            pages = int(next(line.split()[1] for line in told.splitlines() if line.startswith("Pages:")))
            if pages > 2:
                faults += 1
                print(f"{guide.stem}: {pages} pages")
            shutil.copy(form, out / f"{guide.stem}.pdf")
        print(f"guides: {len(list(out.glob('*.pdf')))} made, {faults} of more than two pages")
        return 1 if faults else 0


if __name__ == "__main__":
    if sys.argv[1] == "--pictures":
        pictures(pathlib.Path(sys.argv[2]))
        sys.exit(0)
    sys.exit(make(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()))
