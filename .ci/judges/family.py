#!/usr/bin/env python3
"""Measures a document of the administrative family against Nghị định 30/2020/NĐ-CP, Phụ lục I.

    python3 .ci/judges/family.py FORM.pdf RECORD.md

Every type of `van-ban-di` (form version 2), `bien-ban`, `ban-sao` and the school plans. As in letter.py, whose
measures it uses, nothing is taken from the layouts: what must stand in the PDF comes from the record and from
`school.yaml`; sizes, styles, places and lengths are those of the annex. One line per figure, `ok` or `MISS`.
Exit 0: all met; 1: some missed; 2: the arguments cannot be judged.
"""

import re
import sys
from pathlib import Path

import yaml

from letter import ASCENT, DESCENT, MM, SINGLE, FACES, Form, Run, check, holds, plain, same_centre, squeeze, style

TYPES = {
    "nghi-quyet": ("Nghị quyết", "NQ"), "quyet-dinh": ("Quyết định", "QĐ"), "chi-thi": ("Chỉ thị", "CT"),
    "quy-che": ("Quy chế", "QC"), "quy-dinh": ("Quy định", "QyĐ"), "thong-cao": ("Thông cáo", "TC"),
    "thong-bao": ("Thông báo", "TB"), "huong-dan": ("Hướng dẫn", "HD"), "chuong-trinh": ("Chương trình", "CTr"),
    "ke-hoach": ("Kế hoạch", "KH"), "phuong-an": ("Phương án", "PA"), "de-an": ("Đề án", "ĐA"), "du-an": ("Dự án", "DA"),
    "bao-cao": ("Báo cáo", "BC"), "to-trinh": ("Tờ trình", "TTr"), "hop-dong": ("Hợp đồng", "HĐ"), "cong-van": (None, None),
    "cong-dien": ("Công điện", "CĐ"), "ban-ghi-nho": ("Bản ghi nhớ", "BGN"), "ban-thoa-thuan": ("Bản thỏa thuận", "BTT"),
    "giay-uy-quyen": ("Giấy ủy quyền", "GUQ"), "giay-moi": ("Giấy mời", "GM"), "giay-gioi-thieu": ("Giấy giới thiệu", "GGT"),
    "giay-nghi-phep": ("Giấy nghỉ phép", "GNP"), "phieu-gui": ("Phiếu gửi", "PG"), "phieu-chuyen": ("Phiếu chuyển", "PC"),
    "phieu-bao": ("Phiếu báo", "PB"),
}
COPIES = {"sao-y": ("SAO Y", "SY"), "sao-luc": ("SAO LỤC", "SL"), "trich-sao": ("TRÍCH SAO", "TrS")}
WITH_ADDRESS = {"cong-van", "cong-dien", "giay-moi", "giay-gioi-thieu", "phieu-gui", "phieu-chuyen", "phieu-bao"}
URGENT = {"khan": ("KHẨN", 20), "thuong-khan": ("THƯỢNG KHẨN", 40), "hoa-toc": ("HOẢ TỐC", 30)}
SPREAD = {"xem-xong-tra-lai": "XEM XONG TRẢ LẠI", "luu-hanh-noi-bo": "LƯU HÀNH NỘI BỘ"}
LETTERS = "a b c d đ e g h i k l m n o p q r s t u v x y".split()
ROMAN = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]


# ---------------------------------------------------------------- the record's text

def lists(lines):
    """Items of a Markdown list, nested ones behind their parent, as (mark, text) as NĐ 30 sets them."""
    out, stack = [], []
    for line in lines:
        m = re.match(r"(\s*)([-*+]|\d+[.)])\s+(.*)", line)
        if not m:
            out[-1][1] += " " + line.strip()
            continue
        depth, ordered = len(m[1]), m[2][0].isdigit()
        while stack and stack[-1][0] > depth:
            stack.pop()
        if not stack or stack[-1][0] < depth:
            stack.append([depth, ordered, int(re.match(r"\d+", m[2])[0]) if ordered else 0])
        else:
            stack[-1][2] += 1
        above = stack[:-1]
        if ordered:
            mark = f"{LETTERS[stack[-1][2] - 1]})" if any(o for _, o, _ in above) else f"{stack[-1][2]}."
        else:
            mark = "-+•"[sum(not o for _, o, _ in above) % 3]
        out.append([mark, m[3]])
    return [(mark, plain(text)) for mark, text in out]


def blocks(body):
    """(kind, text): p, h1…h6, li, cell."""
    out = []
    for chunk in re.split(r"\n\s*\n", body.strip()):
        lines = chunk.split("\n")
        if lines[0].lstrip().startswith("|"):
            for i, line in enumerate(lines):
                if i != 1:
                    cells = [plain(c.strip()) for c in line.strip().strip("|").split("|") if c.strip()]
                    out += [("cell", c) for c in cells] if i else [("head", "".join(cells))]
        elif re.match(r"#+\s", lines[0]):
            level, text = re.match(r"(#+)\s+(.*)", lines[0]).groups()
            out.append((f"h{len(level)}", plain(text)))
        elif re.match(r"\s*([-*+]|\d+[.)])\s", lines[0]):
            out += [("li", f"{mark} {text}") for mark, text in lists(lines)]
        else:
            out.append(("p", plain(" ".join(l.strip() for l in lines))))
    return out


def close(part):
    """Adds "./." to the last paragraph of a part, as ô 6 wants."""
    for i in range(len(part) - 1, -1, -1):
        kind, text = part[i]
        if kind in ("p", "li"):
            text = text.rstrip()
            if not text.endswith("/."):
                part[i] = (kind, text + ("/." if text.endswith(".") else "./."))
            return part
    return part


def parts(body):
    """The document, what it issues, its annexes: (kind, title, blocks)."""
    out = [("main", None, [])]
    for kind, text in blocks(body) if body.strip() else []:
        issued = re.match(r"(?i)kèm theo:\s*([^.:]+)[.:]\s*(.+)$", text) if kind == "h1" else None
        annex = re.match(r"(?i)phụ lục(?:\s+(?:[IVXLC]+|\d+))?(?:\s*[.:–-]\s*(.*))?$", text) if kind == "h1" else None
        if issued:
            out.append(("issued", issued.groups(), []))
        elif annex:
            out.append(("annex", annex[1], []))
        else:
            out[-1][2].append((kind, text))
    return out


# ---------------------------------------------------------------- judgements

def pages(form, landscape, left, right):
    for n, page in enumerate(form.pdf.pages, 1):
        want = (297, 210) if n in landscape else (210, 297)
        check(f"I.1 page {n}: paper", abs(page.width / MM - want[0]) < 0.5 and abs(page.height / MM - want[1]) < 0.5,
              f"{page.width / MM:.1f} × {page.height / MM:.1f} mm", f"{want[0]} × {want[1]} mm")
        own = [c for c in form.body if c["page"] == n]
        if not own:
            check(f"I.2 page {n}: text", False, "none", "some")
            continue
        lo, hi = min(c["x0"] for c in own) / MM, max(c["x1"] for c in own) / MM
        check(f"I.2 page {n}: left margin kept", lo >= 29.5, f"{lo:.2f} mm", "30–35 mm")
        check(f"I.2 page {n}: right margin kept", want[0] - hi >= 14.5, f"{want[0] - hi:.2f} mm", "15–20 mm")
        top = min(c["base"] - ASCENT * c["size"] for c in own) / MM
        check(f"I.2 page {n}: top margin", 19.5 <= top <= 25.5, f"{top:.2f} mm", "20–25 mm")
        bottom = want[1] - max(c["base"] + DESCENT * c["size"] for c in own) / MM
        check(f"I.2 page {n}: bottom margin", bottom >= 19.5, f"{bottom:.2f} mm", "at least 20 mm")
    check.between("I.2 left margin", left / MM, 30, 35, "mm", 0.5)
    check.between("I.2 right margin", 210 - right / MM, 15, 20, "mm", 0.5)
    families = {c["family"] for c in form.all}
    check("I.3 face", families <= FACES, ", ".join(sorted(families)), "Times New Roman or metric twin")
    black = {"(0,)", "(0.0,)", "(0, 0, 0)", "(0.0, 0.0, 0.0)", "0", "(0, 0, 0, 1)", "None"}
    odd = "".join(c["glyph"] for c in form.body if str(c["non_stroking_color"]) not in black)
    red = squeeze("".join(URGENT[form.urgent][0])) if form.urgent else ""
    check("I.3 colour of the text", squeeze(odd) == red, odd or "all black", f"black{', ô 10b red' if red else ''}")


def numbers(form, starts, landscape, copy_line):
    """I.7 and III.1đ: every part counts its own pages; the first of a part shows no number."""
    for n in range(1, len(form.pdf.pages) + 1):
        run = Run([c for c in form.top if c["page"] == n and not (n == 1 and copy_line and c["size"] < 11)])
        own = n - max(s for s in starts if s <= n) + 1
        if own == 1:
            check(f"I.7 page {n}: first of its part, no number", not run.chars, run.text or "nothing", "nothing")
            continue
        check(f"I.7 page {n}: number in the top margin", run.text == str(own), run.text or "nothing", str(own))
        if run.chars:
            style(f"I.7 page {n}: number", run, 13, 14, "Regular")
            wide = 297 if n in landscape else 210
            # Centred on the text area, whose margins are those measured on page 1.
            check.near(f"I.7 page {n}: number centred", run.centres()[0] / MM, (form.left / MM + wide - (210 - form.right / MM)) / 2, 0.5, "mm")


def nation_and_body(form, parent, issuer, tag=""):
    """ô 1 and ô 2 from where the reading stands."""
    p = form.take(parent.upper()) if parent else None
    b = form.take(issuer.upper())
    nation = form.take("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    motto = form.take("Độc lập - Tự do - Hạnh phúc")
    if parent:
        style(f"ô 2 parent body{tag}", p, 12, 13, "Regular", caps=True)
    style(f"ô 2 issuing body{tag}", b, 12, 13, "Bold", caps=True)
    style(f"ô 1 Quốc hiệu{tag}", nation, 12, 13, "Bold", caps=True)
    style(f"ô 1 Tiêu ngữ{tag}", motto, 13, 14, "Bold")
    if not (b and nation and motto):
        return b, nation
    check(f"ô 1 one line each{tag}", len(nation.lines()) == len(motto.lines()) == 1, f"{len(nation.lines())}, {len(motto.lines())}", "1, 1")
    spaced = [c["glyph"] for c in motto.chars if c["gap"]]
    check(f"ô 1 Tiêu ngữ: hyphens with spaces{tag}", spaced.count("-") == 2, f"{spaced.count('-')}", "2")
    check.near(f"ô 1 level with ô 2{tag}", nation.base, (p or b).base, 1, "pt")
    check(f"ô 1 right of ô 2{tag}", nation.x0 > b.x1, f"{nation.x0 / MM:.1f} against {b.x1 / MM:.1f} mm", "to the right")
    same_centre(f"ô 1 Tiêu ngữ centred under Quốc hiệu{tag}", motto, nation)
    if p:
        same_centre(f"ô 2 bodies centred{tag}", b, p)
    check.between(f"ô 1 single spacing{tag}", (motto.base - nation.base) / motto.sizes()[-1], 1.0, 1.25, "em")
    rule = form.rule_below(motto, 10)
    check.near(f"ô 1 line: length of Tiêu ngữ{tag}", rule and (rule[2] - rule[1]) / MM, (motto.x1 - motto.x0) / MM, 0.5, "mm")
    check(f"ô 1 line: solid{tag}", rule and not rule[4], "solid" if rule and not rule[4] else "no", "solid")
    short_line(form, b, f"ô 2 line{tag}")
    return b, nation


def short_line(form, run, name):
    """A centred line of one third to one half of the text above it."""
    rule = form.rule_below(run, 14)
    widest = max(max(c["x1"] for c in l) - min(c["x0"] for c in l) for l in run.lines())
    check.between(f"{name}: share of the text", rule and (rule[2] - rule[1]) / widest, 1 / 3, 1 / 2, "of the width")
    check.near(f"{name}: centred", rule and (rule[1] + rule[2]) / 2 / MM, run.centres()[0] / MM, 0.5, "mm")


def number_and_place(form, number, symbol, place, day, body, nation, tag=""):
    want = f"Số:{number:02d}/" if number is not None else "Số:/"
    run = form.take(want + squeeze(symbol))
    style(f"ô 3 number and symbol{tag}", run, 13, 13, "Regular")
    if run is None:
        return None
    same_centre(f"ô 3 centred under ô 2{tag}", run, body)
    if number is None:
        slash = next(i for i, c in enumerate(run.chars) if c["glyph"] == "/")
        gap = (run.chars[slash]["x0"] - run.chars[slash - 1]["x1"]) / MM
        check(f"ô 3 room for the number{tag}", gap >= 5, f"{gap:.1f} mm", "at least 5 mm")
    if day is None:
        return run
    shown = f"ngày {day.day:02d} tháng {day.month if day.month > 2 else f'{day.month:02d}'} năm {day.year}"
    where = form.take(f"{place[0].upper() + place[1:]}, {shown}" if place else shown[0].upper() + shown[1:])
    style(f"ô 4 place and date{tag}", where, 13, 14, "Italic")
    if where:
        check.near(f"ô 4 on the line of ô 3{tag}", where.base, run.base, 0.2, "pt")
        same_centre(f"ô 4 centred under ô 1{tag}", where, nation)
    return run


def box_around(form, run, wide, name):
    """The drawn box that stands around a run: its size, and the run in its middle."""
    page = form.pdf.pages[run.page - 1]
    x, y = run.centres()[0], run.base - run.sizes()[-1] * 0.3
    near = [o for o in page.rects + page.curves if o["x0"] < run.x0 and o["x1"] > run.x1 and o["top"] < y < o["bottom"] and o["height"] < 20 * MM]
    box = min(near, key=lambda o: o["width"], default=None)
    if box is None:
        check(f"{name}: box", False, "none", "a box")
        return None
    if wide:
        check.near(f"{name}: width of the box", box["width"] / MM, wide, 0.5, "mm")
        check.near(f"{name}: height of the box", box["height"] / MM, 8, 0.5, "mm")
    check.near(f"{name}: in the middle of its box", x / MM, (box["x0"] + box["x1"]) / 2 / MM, 0.5, "mm")
    check.near(f"{name}: in the middle of its height", y / MM, (box["top"] + box["bottom"]) / 2 / MM, 1, "mm")
    return box


def is_red(colour):
    """Bright red, however the colour is written."""
    c = tuple(colour) if isinstance(colour, (list, tuple)) else (colour,)
    return (len(c) == 3 and c[0] > 0.95 and max(c[1:]) < 0.05) or (len(c) == 4 and c[0] < 0.05 and min(c[1:3]) > 0.95)


def marks(form, head, nation):
    if head.get("khan"):
        text, wide = URGENT[head["khan"]]
        run = form.take(text)
        style("ô 10b urgency", run, 13, 14, "Bold", caps=True)
        if run:
            box = box_around(form, run, wide, "ô 10b")
            check("ô 10b bright red", is_red(run.chars[0]["non_stroking_color"]) and box and is_red(box["stroking_color"]),
                  f"{run.chars[0]['non_stroking_color']}, {box and box['stroking_color']}", "red")
            check("ô 10b in the left half", run.x1 < nation.x0, f"to {run.x1 / MM:.1f} mm", f"before {nation.x0 / MM:.1f} mm")
    if head.get("luu-hanh"):
        run = form.take(SPREAD[head["luu-hanh"]])
        style("ô 11 circulation", run, 13, 14, "Bold", caps=True)
        if run:
            box_around(form, run, None, "ô 11")


def title(form, name, about, tag="", line=True, middle=True):
    n = form.take(name.upper())
    style(f"ô 5a type{tag}", n, 13, 14, "Bold", caps=True)
    a = form.take(about) if about else None
    if about:
        style(f"ô 5a summary{tag}", a, 13, 14, "Bold")
        if n and a:
            same_centre(f"ô 5a summary centred{tag}", a, n)
            if line:
                short_line(form, a, f"ô 5a line{tag}")
    if n and middle:
        check.near(f"ô 5a centred on the text area{tag}", n.centres()[0] / MM, (form.left + form.right) / 2 / MM, 0.5, "mm")
    return n


def receivers(form, head, label, left):
    ds = head.get("kinh-gui") or []
    if not ds:
        return
    run = form.take(label + ":")
    style("ô 9a label", run, 13, 14, "Regular")
    if run is None:
        return
    if len(ds) == 1:
        a = form.take(ds[0])
        style("ô 9a addressee", a, 13, 14, "Regular")
        if a:
            check.near("ô 9a one addressee on the same line", a.base, run.lines()[-1][0]["base"], 0.2, "pt")
        return
    colon = run.chars[-1]["x0"] / MM
    for i, s in enumerate(ds):
        a = form.take("- " + s.rstrip(" ;.,") + (";" if i + 1 < len(ds) else "."))
        style(f"ô 9a addressee {i + 1}", a, 13, 14, "Regular")
        if a and label == "Kính gửi":
            check.near(f"ô 9a hyphen {i + 1} under the colon", a.x0 / MM, colon, 0.5, "mm")
        if a and i == 0:
            check(f"ô 9a list close below its label", a.base - run.base < 2 * SINGLE * 14, f"{a.base - run.base:.1f} pt", "less than 2 lines")


CENTRED = re.compile(r"(?i)(phần|chương|mục|tiểu mục) (thứ \S+|[IVXLC]+|\d+)[.:]?\s*(.*)$")


def text(form, part, where, tag="", wide=None):
    """ô 6: words, styles, indent, spacing of a run of blocks; the runs that were found."""
    left, right = form.left, wide or form.right
    runs, missing, strange, header = [], 0, 0, ""
    for kind, words in part:
        m = CENTRED.match(words) if kind[0] == "h" else None
        lines = [f"{m[1]} {m[2]}", m[3].upper()] if m else [words]
        for i, words in enumerate(l for l in lines if l):
            at = form.at
            run = form.take(words)
            if run is None:
                missing += 1
                check(f"ô 6 words{tag} “{words[:40]}”", False, f"“{form.stream[at:at + 60]}”", "the words of the record")
                continue
            skipped = form.stream[at:form.at][:-len(squeeze(words))]
            if kind == "head":
                header = squeeze(words)
            # A head of a table stands again on each page.
            strange += 0 if skipped and kind == "cell" and skipped == header else len(skipped)
            runs.append(("c" if m else kind, words, run, i))
    check(f"ô 6 all words in order{tag}", not missing, f"{missing} blocks missing", "0")
    check(f"ô 6 nothing between them{tag}", strange == 0, f"{strange} characters", "0 characters")
    for _, w, r, _ in (r for r in runs if r[0] == "head"):
        check(f"tables: head bold{tag}", r.faces() == {"Bold"}, "/".join(sorted(r.faces())), "Bold")
    flow = [r for r in runs if r[0] not in ("cell", "head")]
    if not flow:
        return runs
    sizes = sorted({s for _, _, r, _ in flow for s in r.sizes()})
    check(f"ô 6 size{tag}", all(12.75 <= s <= 14.25 for s in sizes) and len(sizes) == 1, sizes, "one of 13–14 pt")
    bad = [w for k, w, r, _ in flow if k[0] in "hc" and r.faces() != {"Bold"}]
    check(f"ô 6 headings bold{tag}", not bad, f"{len(bad)} not bold", "0")
    bad = [w for k, w, r, _ in flow if k in ("p", "li") and not r.faces() & {"Regular"}]
    check(f"ô 6 text upright{tag}", not bad, f"{len(bad)} not upright: {bad[:1]}", "0")
    bad = [w for k, w, r, _ in flow if k == "g" and r.faces() != {"Italic"}]
    check(f"ô 6 grounds italic{tag}", not bad, f"{len(bad)} not italic", "0")
    for k, w, r, i in flow:
        if k == "c":
            check.near(f"ô 6 “{w[:24]}” centred{tag}", r.centres()[0] / MM, (left + right) / 2 / MM, 0.5, "mm")
    bad = [w for k, w, r, _ in runs if k == "cell" and not all(10.75 <= s <= 14.25 for s in r.sizes())]
    check(f"tables: size{tag}", not bad, f"{len(bad)} cells off", "11–14 pt")
    indent, hang, short, pitch, gap, before = [], [], [], [], [], None
    for k, w, r, i in flow:
        ls = r.lines()
        if k != "c":
            indent.append((min(c["x0"] for c in ls[0]) - left) / MM)
            hang += [(min(c["x0"] for c in l) - left) / MM for l in ls[1:]]
            if k[0] != "h":
                short += [(right - max(c["x1"] for c in l)) / MM for l in ls[:-1]]
        pitch += [b[0]["base"] - a[0]["base"] for a, b in zip(ls, ls[1:]) if a[0]["page"] == b[0]["page"]]
        if before and before[0]["page"] == ls[0][0]["page"] and not (k == "c" and i):
            gap.append((ls[0][0]["base"] - before[0]["base"], w))
        before = ls[-1]
    if indent:
        lo, hi = min(indent), max(indent)
        check(f"ô 6 first-line indent{tag}", any(abs(lo - x) <= 0.5 and abs(hi - x) <= 0.5 for x in (10, 12.7)), f"{lo:.2f}–{hi:.2f} mm", "10 or 12.7 mm")
    if hang:
        check(f"ô 6 following lines at the margin{tag}", max(map(abs, hang)) <= 0.5, f"{max(hang, key=abs):.2f} mm off", "0 ± 0.5 mm")
    if short:
        check(f"ô 6 justified{tag}", max(map(abs, short)) <= 0.5, f"{max(short, key=abs):.2f} mm off", "0 ± 0.5 mm")
    size = sizes[-1]
    if pitch:
        check(f"ô 6 line spacing{tag}", SINGLE * size * 0.99 <= min(pitch) and max(pitch) <= 1.5 * SINGLE * size * 1.01,
              f"{min(pitch) / SINGLE / size:.2f}–{max(pitch) / SINGLE / size:.2f}", "1.00–1.50 lines")
    if gap:
        line = sorted(pitch)[len(pitch) // 2] if pitch else SINGLE * size
        check(f"ô 6 space between paragraphs{tag}", min(gap)[0] - line >= 5.95, f"{min(gap)[0] - line:.2f} pt", "at least 6 pt")
    return runs


def signer(head, school, day):
    """Lines of ô 7a, from the roster."""
    roles = [r for r in school["vai-tro"] if r["nguoi"] == head["nguoi-ky"] and holds(r, day)]
    # Whoever holds an office of the school signs in it; others in that of their team (TL., TUQ.).
    roles.sort(key=lambda r: r["don-vi"] != "truong")
    role = roles[0] if roles else {"vai-tro": "", "chuc-danh": ""}
    office, power = head.get("chuc-vu", role["chuc-danh"]), head.get("quyen-han")
    if power == "tm":
        return [f"TM. {head['tap-the']}".upper(), office.upper()]
    if power in ("tl", "tuq"):
        return [f"{power.upper()}. HIỆU TRƯỞNG", office.upper()]
    if power == "q":
        return ["Q. HIỆU TRƯỞNG"]
    return (["KT. HIỆU TRƯỞNG"] if role["vai-tro"] == "pho-hieu-truong" else []) + [office.upper()]


def receivers_below(form, head, people, tag=""):
    places = form.take("Nơi nhận:")
    style(f"ô 9b Nơi nhận{tag}", places, 12, 12, "BoldItalic")
    if places:
        check.near(f"ô 9b at the left margin{tag}", places.x0 / MM, form.left / MM, 0.5, "mm")
    runs = [form.take("- " + s.rstrip(" ;.,") + ";") for s in head.get("noi-nhan") or []]
    keep = "- Lưu: " + head.get("luu", "VT, Hồ sơ").rstrip(" ;.,")
    if head.get("so-ban"):
        who = head.get("nguoi-soan")
        initials = "".join(w[0] for w in people[who].split()).upper() + "." if who else ""
        keep += f", {initials}({head['so-ban']})"
    runs.append(form.take(keep + "."))
    for i, run in enumerate(runs):
        style(f"ô 9b, 12 line {i + 1}{tag}", run, 11, 11, "Regular")
        if run:
            check.near(f"ô 9b line {i + 1}{tag} at the left margin", run.x0 / MM, form.left / MM, 0.5, "mm")
    return places


def ending(form, head, school, day, people, tag=""):
    end = form.body[form.owner[form.at - 1]] if form.at else None
    places = receivers_below(form, head, people, tag)
    lines = [form.take(s) for s in signer(head, school, day)]
    name = form.take(people[head["nguoi-ky"]])
    for i, run in enumerate(lines):
        style(f"ô 7a line {i + 1}{tag}", run, 13, 14, "Bold", caps=True)
    style(f"ô 7b name{tag}", name, 13, 14, "Bold")
    if not (all(lines) and name and places):
        return
    half = (form.left + form.right) / 2
    check.near(f"ô 9b level with ô 7a{tag}", places.base, lines[0].base, 0.5, "pt")
    check(f"ô 7 in the right half{tag}", min(r.x0 for r in [*lines, name]) >= half - 0.5 * MM, f"{min(r.x0 for r in lines) / MM:.1f} mm", f"from {half / MM:.1f} mm")
    check.near(f"ô 7a centred in the right half{tag}", lines[-1].centres()[0] / MM, (half + form.right) / 2 / MM, 5, "mm")
    same_centre(f"ô 7b name centred under the office{tag}", name, lines[-1])
    room = (name.base - ASCENT * name.sizes()[-1] - lines[-1].base - DESCENT * lines[-1].sizes()[-1]) / MM
    check.between(f"ô 7c room for the signature{tag}", room, 15, 40, "mm")
    check(f"ô 7 with text on its page{tag}", end and end["page"] == name.page == places.page, f"{end and end['page']}, {name.page}", "one page")


def address(form, school, wanted):
    """ô 13 stands at the foot of page 1; it is taken out of the reading, wherever the PDF has it."""
    lines = [s for s in (
        f"Địa chỉ: {school['dia-chi']}" if school.get("dia-chi") else None,
        f"Điện thoại: {school['dien-thoai']}" if school.get("dien-thoai") else None,
        f"Thư điện tử: {school['email']}" if school.get("email") else None,
    ) if s]
    first = squeeze(lines[0]) if lines else ""
    foot = [i for i, c in enumerate(form.body) if c["page"] == 1 and 10.75 <= c["size"] <= 12.25
            and c["base"] > 255 * MM and c["face"] == "Regular" and c["base"] <= 277 * MM]
    shown = "".join(form.body[i]["glyph"] for i in foot)
    at = shown.find(first)
    if not wanted:
        check("ô 13 no address", not first or at < 0, "found" if at >= 0 else "none", "none")
        return
    check("ô 13 address at the foot of page 1", at >= 0, shown[:60] or "nothing", lines)
    if at < 0:
        return
    whole = squeeze("".join(lines))
    check("ô 13 its lines", shown[at:at + len(whole)] == whole, shown[at:][:80], whole)
    own = [form.body[i] for i in foot][at:at + len(whole)]
    run = Run(own)
    style("ô 13 address", run, 11, 12, "Regular")
    rules = [r for r in form.rules if r[0] == 1 and 0 < run.base - r[3] < 25]
    rule = min(rules, key=lambda r: run.base - r[3], default=None)
    check.near("ô 13 line: as wide as the text", rule and (rule[2] - rule[1]) / MM, (form.right - form.left) / MM, 0.5, "mm")
    gone = {id(c) for c in own}
    rebuild(form, [c for c in form.body if id(c) not in gone])


def rebuild(form, chars):
    form.body = chars
    form.stream = "".join(c["glyph"] for c in chars)
    form.owner = [i for i, c in enumerate(chars) for _ in c["glyph"]]
    form.used = [False] * len(chars)
    form.at = 0


def annexes(form, ps, head, name, symbol, by, landscape_of):
    """III.1 and Mẫu 1.3; the pages on which parts begin."""
    starts, n, many = [1], 0, sum(k == "annex" for k, _, _ in ps) > 1
    for kind, title_of, part in ps[1:]:
        before = form.body[form.owner[form.at - 1]]["page"]
        if kind == "annex":
            n += 1
            tag = f" (annex {n})"
            label = form.take("Phụ lục" + (" " + ROMAN[n] if many else ""))
            style(f"III.1b Phụ lục{tag}", label, 14, 14, "Bold")
            about = form.take(title_of.upper()) if title_of else None
            if title_of:
                style(f"III.1b its name{tag}", about, 13, 14, "Bold", caps=True)
            wide = 297 if landscape_of(n) else 210
            right = form.right + (wide - 210) * MM
            issued = form.take(f"(Kèm theo {name} số /{symbol} ngày tháng năm của {by})")
            style(f"III.1c what it goes with, left blank{tag}", issued, 13, 14, "Italic")
            for what, run in (("Phụ lục", label), ("name", about), ("reference", issued)):
                if run:
                    check.near(f"III.1 {what} centred{tag}", run.centres()[0] / MM, (form.left + right) / 2 / MM, 0.5, "mm")
            check(f"III.1 begins a page{tag}", label and label.page == before + 1, f"page {label and label.page}", f"page {before + 1}")
            if label:
                starts.append(label.page)
            text(form, part, "annex", tag, right)
        else:
            tag = " (issued)"
            b, nation = nation_and_body(form, form.parent, form.issuer, tag)
            check(f"Mẫu 1.3 begins a page{tag}", b and b.page == before + 1, f"page {b and b.page}", f"page {before + 1}")
            if b:
                starts.append(b.page)
            title(form, title_of[0], title_of[1], tag, line=False)
            ref = form.take(f"(Ban hành kèm theo {name} số /{symbol} ngày tháng năm của {by})")
            style(f"Mẫu 1.3 reference, left blank{tag}", ref, 13, 14, "Italic")
            text(form, close(part), "issued", tag)
    return starts


def minutes(form, head, body, school, people):
    symbol = "BB-" + head.get("ky-hieu", school["viet-tat"])
    b, nation = nation_and_body(form, form.parent, form.issuer)
    number_and_place(form, head.get("so"), symbol, None, None, b, nation)
    title(form, "BIÊN BẢN", head["trich-yeu"])
    d = head["ngay"]
    time = lambda t: "{} giờ {} phút".format(*t.split(":"))
    day = lambda d: f"ngày {d.day:02d} tháng {d.month if d.month > 2 else f'{d.month:02d}'} năm {d.year}"
    end = lambda ds: [("li", "- " + s.rstrip(" ;.,") + (";" if i + 1 < len(ds) else ".")) for i, s in enumerate(ds)]
    job = {"cuoc-hop": "Cuộc họp", "hoi-nghi": "Hội nghị", "hoi-thao": "Hội thảo", "viec-lap": "Việc lập biên bản"}[head.get("viec", "cuoc-hop")]
    office = lambda i: next((f" - {r['chuc-danh']}" for r in school["vai-tro"] if r["nguoi"] == i and holds(r, d)), "")
    part = [("p", f"Thời gian bắt đầu: {time(head['bat-dau'])}, {day(d)}"), ("p", f"Địa điểm: {head['dia-diem']}"), ("p", "Thành phần tham dự:")]
    part += end(head["thanh-phan"])
    if head.get("vang"):
        part += [("p", "Vắng mặt:")] + end(head["vang"])
    part += [("p", f"Chủ trì (chủ tọa): {people[head['chu-tri']]}{office(head['chu-tri'])}"),
             ("p", f"Thư ký (người ghi biên bản): {people[head['thu-ky']]}{office(head['thu-ky'])}"),
             ("p", f"Nội dung (theo diễn biến {job.lower()}):")]
    ps = parts(body)
    part += ps[0][2]
    part += [("p", f"{job} kết thúc vào {time(head['ket-thuc'])}, {day(head.get('ngay-ket-thuc', d))}./.")]
    text(form, part, "main")
    secretary, chair = form.take("THƯ KÝ"), form.take("CHỦ TỌA")
    s_name, c_name = form.take(people[head["thu-ky"]]), form.take(people[head["chu-tri"]])
    for n, r in (("secretary", secretary), ("chair", chair), ("secretary's name", s_name), ("chair's name", c_name)):
        style(f"Mẫu 1.9 {n}", r, 13, 14, "Bold")
    if all((secretary, chair, s_name, c_name)):
        check("Mẫu 1.9 secretary left, chair right", secretary.x1 < chair.x0, f"{secretary.x1 / MM:.0f}, {chair.x0 / MM:.0f} mm", "in this order")
        check.near("Mẫu 1.9 on one line", secretary.base, chair.base, 0.2, "pt")
        same_centre("Mẫu 1.9 name under secretary", s_name, secretary)
        same_centre("Mẫu 1.9 name under chair", c_name, chair)
        check.between("ô 7c room for the signatures", (s_name.base - secretary.base) / MM - 5, 15, 40, "mm")
    places = receivers_below(form, head, people)
    if places and s_name:
        check("Mẫu 1.9 Nơi nhận below the signatures", places.base > s_name.base or places.page > s_name.page, f"{places.base / MM:.0f} mm", f"below {s_name.base / MM:.0f} mm")
    return [1]


def copy(form, head, body, school, people):
    g, (name, short) = head["ban-chinh"], COPIES[head["hinh-thuc"]]
    if head["dinh-dang"] == "dien-tu":
        want = squeeze(f"{name.capitalize()}; {school['ten']}; {head['luc-ky']}")
        run = Run([c for c in form.top if c["page"] == 1])
        check("ô 14 line", squeeze(run.text) == want, run.text, want)
        if run.chars:
            style("ô 14 line", run, 10, 10, "Regular")
            check.near("ô 14 at the right edge", run.x1 / MM, form.right / MM, 0.5, "mm")
    b, nation = nation_and_body(form, g.get("chu-quan"), g["co-quan"], " (original)")
    run = form.take("Số: " + g["so-ky-hieu"])
    style("number of the original", run, 13, 13, "Regular")
    d = g["ngay"]
    shown = f"ngày {d.day:02d} tháng {d.month if d.month > 2 else f'{d.month:02d}'} năm {d.year}"
    style("place and date of the original", form.take(f"{g['dia-danh']}, {shown}" if g.get("dia-danh") else shown[0].upper() + shown[1:]), 13, 14, "Italic")
    if g["ten-loai"].lower() == "công văn":
        style("summary of the original", form.take("V/v " + head["trich-yeu"]), 12, 13, "Regular")
    else:
        title(form, g["ten-loai"], head["trich-yeu"], " (original)")
    if head["hinh-thuc"] == "trich-sao":
        style("(Trích)", form.take("(Trích)"), 13, 14, "Italic")
    if body.strip():
        text(form, parts(body)[0][2], "original", " (original)")
    if head["dinh-dang"] == "dien-tu":
        check("an electronic copy has no part of a copy on paper", squeeze(f"/{short}-") not in form.stream, "none", "none")
        return [1]
    b, _ = None, None
    rule_at = form.at
    issuer = form.take(school["chu-quan"].upper(), form.stream.find(squeeze("/" + short + "-")) - len(squeeze(school["chu-quan"] + school["ten-van-ban"] + name)) - 12)
    style("copy: parent body", issuer, 12, 13, "Regular", caps=True)
    own = form.take(school["ten-van-ban"].upper())
    style("copy: issuing body", own, 12, 13, "Bold", caps=True)
    how = form.take(name)
    style("copy: form of the copy", how, 13, 14, "Bold", caps=True)
    if own and how:
        short_line(form, own, "copy: line under the body")
        check("copy: form of the copy at the right", how.x0 > own.x1, f"{how.x0 / MM:.0f} mm", f"right of {own.x1 / MM:.0f} mm")
        rules = [r for r in form.rules if r[0] == issuer.page and 0 < issuer.base - r[3] < 40]
        rule = min(rules, key=lambda r: issuer.base - r[3], default=None)
        check.near("copy: line across the text", rule and (rule[2] - rule[1]) / MM, (form.right - form.left) / MM, 0.5, "mm")
    number = form.take(f"Số: {head['so']:02d}/{short}-{head.get('ky-hieu', school['viet-tat'])}")
    style("copy: number", number, 13, 13, "Regular")
    d = head["ngay"]
    where = form.take(f"{school['dia-danh']}, ngày {d.day:02d} tháng {d.month if d.month > 2 else f'{d.month:02d}'} năm {d.year}")
    style("copy: place and date", where, 13, 14, "Italic")
    if number and where:
        check.near("copy: place on the line of the number", where.base, number.base, 0.2, "pt")
    ending(form, head, school, d, people, " (copy)")
    return [1]


PLANS = {"ke-hoach-chien-luoc", "ke-hoach-nam-hoc"}


def document(form, head, body, school, people, kind):
    code = "ke-hoach" if kind in PLANS else head["loai-van-ban"]
    name, short = TYPES[code]
    symbol = str(head.get("ky-hieu", school["viet-tat"]))
    if short and not symbol.startswith(short + "-"):
        symbol = f"{short}-{symbol}"
    about = head.get("trich-yeu")
    if kind == "ke-hoach-chien-luoc":
        about = f"Chiến lược phát triển {school['ten']} giai đoạn {head['tu-nam']}-{head['den-nam']}" + (f", tầm nhìn đến năm {head['tam-nhin']}" if "tam-nhin" in head else "")
    if kind == "van-ban-di":
        address(form, school, head.get("dia-chi", code in WITH_ADDRESS))
    b, nation = nation_and_body(form, form.parent, form.issuer)
    number = number_and_place(form, head.get("so"), symbol, school["dia-danh"], head["ngay"], b, nation)
    if code == "cong-van":
        run = form.take("V/v " + about)
        style("ô 5b summary", run, 12, 13, "Regular")
        if run and number:
            same_centre("ô 5b centred under ô 3", run, number)
            gap = run.base - ASCENT * run.sizes()[-1] - number.base - DESCENT * number.sizes()[-1]
            check.near("ô 5b space below ô 3", gap, 6, 0.5, "pt")
            check("ô 5b left of ô 1", run.x1 < nation.x0, f"{run.x1 / MM:.1f} mm", f"before {nation.x0 / MM:.1f} mm")
    marks(form, head, nation)
    if code != "cong-van":
        title(form, name, None if code in ("giay-gioi-thieu", "giay-nghi-phep") else about)
    grounds = [s.rstrip(" ;.,") for s in head.get("can-cu") or []]
    grounds = [("g", s + (";" if i + 1 < len(grounds) else ".")) for i, s in enumerate(grounds)]
    ps = parts(body)
    main = close(ps[0][2])
    decides = {"quyet-dinh": "QUYẾT ĐỊNH:", "nghi-quyet": "QUYẾT NGHỊ:"}.get(code)
    if decides:
        who = head["tap-the"] if head.get("quyen-han") == "tm" else f"Hiệu trưởng {school['ten-van-ban']}"
        run = form.take(who.upper())
        style("Mẫu 1.2 who decides", run, 13, 14, "Bold", caps=True)
        if run:
            check.near("Mẫu 1.2 who decides: centred", run.centres()[0] / MM, (form.left + form.right) / 2 / MM, 0.5, "mm")
        text(form, grounds, "grounds", " (grounds)")
        run = form.take(decides)
        style("Mẫu 1.2 the word of decision", run, 13, 14, "Bold", caps=True)
        if run:
            check.near("Mẫu 1.2 the word of decision: centred", run.centres()[0] / MM, (form.left + form.right) / 2 / MM, 0.5, "mm")
        runs = text(form, main, "main")
        bad = [w for k, w, r, _ in runs if re.match(r"Điều \d+\.", w) and r.chars[0]["face"] != "Bold"]
        check("ô 6 Điều bold", not bad, f"{len(bad)} not bold", "0")
    else:
        label = {"giay-moi": school["ten"] + " trân trọng kính mời", "cong-dien": school["ten"] + " điện"}.get(code, "Kính gửi")
        receivers(form, head, label, form.left)
        text(form, grounds + main, "main")
    closing = [w for k, w in main if k in ("p", "li")]
    # A line may follow the end (how long a giấy giới thiệu is good for).
    check("ô 6 end of the text", any(w.endswith("./.") for w in closing), closing[-1][-20:] if closing else "none", "./.")
    ending(form, head, school, head["ngay"], people)
    by = (f"Hiệu trưởng {school['ten']}" if code == "quyet-dinh" else head.get("tap-the") if decides else None) or head.get("co-quan") or school["ten"]
    wide = set(head.get("phu-luc-ngang") or [])
    return annexes(form, ps, head, name or "Công văn", symbol, by, lambda n: n in wide)


def main(argv):
    if len(argv) != 3:
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 2
    path = Path(argv[2]).resolve()
    kind = path.parent.name
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    head = yaml.safe_load(head)
    directory = yaml.safe_load((next(p for p in path.parents if (p / "school.yaml").is_file()) / "school.yaml").read_text(encoding="utf-8"))
    school = next(s for s in directory["truong"] if holds(s, head["ngay"])) | {k: directory[k] for k in ("nguoi", "vai-tro")}
    people = {p["id"]: p["ten"] for p in school["nguoi"]}

    form = Form(argv[1])
    if not form.body:
        check("text in the form", False, "none", "a document")
        return 1
    form.urgent = head.get("khan")
    form.parent, form.issuer = (school["ten-van-ban"], head["co-quan"]) if head.get("co-quan") else (school["chu-quan"], school["ten-van-ban"])
    upright = [p.width < p.height for p in form.pdf.pages]
    # The edges of the text area are its outermost characters: what drifts out moves them, what drifts in is told.
    own = [c for c in form.body if upright[c["page"] - 1]]
    form.left, form.right = min(c["x0"] for c in own), max(c["x1"] for c in own)
    # Where no line is full, the line across the text tells the right edge (copies).
    form.right = max([r[2] for r in form.rules if r[0] == 1 and abs(r[1] - form.left) < 1 and r[2] < 196 * MM] + [form.right])
    if kind == "bien-ban":
        starts = minutes(form, head, body, school, people)
    elif kind == "ban-sao":
        starts = copy(form, head, body, school, people)
    elif kind in PLANS | {"van-ban-di"}:
        starts = document(form, head, body, school, people, kind)
    else:
        print(f"family.py: no figures for {kind}", file=sys.stderr)
        return 2
    landscape = {n for n, u in enumerate(upright, 1) if not u}
    if kind == "van-ban-di":
        want = len(head.get("phu-luc-ngang") or [])
        check("I.1 landscape annexes", sum(n in landscape for n in starts) == want, f"{sum(n in landscape for n in starts)}", f"{want}")
    pages(form, landscape, form.left, form.right)
    numbers(form, starts, landscape, kind == "ban-sao" and head["dinh-dang"] == "dien-tu")
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
