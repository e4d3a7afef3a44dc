#!/usr/bin/env python3
"""Measures an outgoing document against Nghị định 30/2020/NĐ-CP, Phụ lục I.

    python3 .ci/judges/letter.py FORM.pdf RECORD.md

Nothing is taken from the layouts: what the PDF shows is measured with pdfplumber and held against
the figures of the annex; what must stand in it comes from the record and from the `school.yaml` of
its content folder. One line per figure, `ok` or `MISS`, with measured and required value.
Exit 0: all met; 1: some missed; 2: the arguments cannot be judged.

Needs pdfplumber and PyYAML. Judges text bodies (paragraphs, headings, lists), no tables.
"""

import re
import sys
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path

import pdfplumber
import yaml

MM = 72 / 25.4
# Times New Roman and its metric twin: ascent, descent and single line pitch in em.
ASCENT, DESCENT, SINGLE = 0.891, 0.216, 1.149
FACES = {"LiberationSerif", "TimesNewRoman", "TimesNewRomanPS", "TimesNewRomanPSMT"}

TYPES = {
    "cong-van": (None, None), "ke-hoach": ("KẾ HOẠCH", "KH"), "bao-cao": ("BÁO CÁO", "BC"),
    "thong-bao": ("THÔNG BÁO", "TB"), "to-trinh": ("TỜ TRÌNH", "TTr"),
    "quyet-dinh": ("QUYẾT ĐỊNH", "QĐ"), "giay-moi": ("GIẤY MỜI", "GM"),
}


class Verdict:
    passed = failed = 0

    def __call__(self, name, ok, measured, required):
        ok = bool(ok)
        self.passed += ok
        self.failed += not ok
        print(f"{'ok  ' if ok else 'MISS'} {name}: {measured} (required {required})")

    def near(self, name, value, want, tolerance, unit):
        self(name, value is not None and abs(value - want) <= tolerance,
             "not found" if value is None else f"{value:.2f} {unit}", f"{want:.2f} ± {tolerance} {unit}")

    def between(self, name, value, low, high, unit, slack=0.0):
        self(name, value is not None and low - slack <= value <= high + slack,
             "not found" if value is None else f"{value:.2f} {unit}", f"{low:.2f}–{high:.2f} {unit}")


check = Verdict()


# ---------------------------------------------------------------- what the PDF shows

class Run:
    """Characters of the PDF that follow each other in its content, white space left out."""

    def __init__(self, chars):
        self.chars = chars

    @property
    def text(self):
        return "".join(c["glyph"] for c in self.chars)

    def lines(self):
        """The characters by page and baseline, in order of content."""
        out = []
        for c in self.chars:
            if out and out[-1][0]["page"] == c["page"] and abs(out[-1][0]["base"] - c["base"]) < 1:
                out[-1].append(c)
            else:
                out.append([c])
        return out

    def sizes(self):
        return sorted({round(c["size"], 2) for c in self.chars})

    def faces(self):
        return {c["face"] for c in self.chars}

    @property
    def x0(self):
        return min(c["x0"] for c in self.chars)

    @property
    def x1(self):
        return max(c["x1"] for c in self.chars)

    @property
    def base(self):
        return self.chars[0]["base"]

    @property
    def page(self):
        return self.chars[0]["page"]

    def centres(self):
        return [(min(c["x0"] for c in l) + max(c["x1"] for c in l)) / 2 for l in self.lines()]


def squeeze(s):
    return re.sub(r"[\s\u200b]+", "", unicodedata.normalize("NFC", s))


def characters(pdf):
    """All characters in content order, with page, baseline from the top, family and style."""
    out = []
    for number, page in enumerate(pdf.pages, 1):
        gap = True
        for c in page.chars:
            text = unicodedata.normalize("NFC", c["text"])
            if not squeeze(text):
                gap = gap or text.isspace()
                continue
            family, _, style = c["fontname"].split("+")[-1].partition("-")
            out.append(c | {
                "page": number, "base": float(page.height) - c["matrix"][5], "glyph": text, "gap": gap,
                "family": family, "face": ("Bold" if "Bold" in style else "") + ("Italic" if "Italic" in style else "") or "Regular",
            })
            gap = False
    return out


def rules(pdf):
    """Horizontal strokes and thin filled boxes: (page, x0, x1, y from the top, dashed)."""
    out = []
    for number, page in enumerate(pdf.pages, 1):
        for o in page.lines + page.rects + page.curves:
            if abs(o["bottom"] - o["top"]) < 1.5 and o["x1"] - o["x0"] > 5:
                dash = o.get("dash")
                dashed = bool(dash and dash[0])
                out.append((number, o["x0"], o["x1"], (o["top"] + o["bottom"]) / 2, dashed))
    return out


class Form:
    def __init__(self, path):
        self.pdf = pdfplumber.open(path)
        chars = characters(self.pdf)
        self.rules = rules(self.pdf)
        self.all = chars
        # What stands above the least top margin is the page number; it is judged on its own.
        self.top = [c for c in chars if c["base"] < 20 * MM - 1]
        self.body = [c for c in chars if c["base"] >= 20 * MM - 1]
        self.stream = "".join(c["glyph"] for c in self.body)
        # A glyph may hold several characters (ligatures): index of the glyph behind each of them.
        self.owner = [i for i, c in enumerate(self.body) for _ in c["glyph"]]
        self.at = 0
        self.used = [False] * len(self.body)

    def take(self, text, start=None):
        """The next run that reads `text`; None if it does not follow anywhere after `start`."""
        text = squeeze(text)
        at = self.stream.find(text, self.at if start is None else start)
        if at < 0 or not text:
            return None
        self.at = at + len(text)
        first, last = self.owner[at], self.owner[at + len(text) - 1]
        for i in range(first, last + 1):
            self.used[i] = True
        return Run(self.body[first:last + 1])

    def rule_below(self, run, reach):
        """The stroke closest below the last line of a run, not further than `reach` points."""
        if run is None:
            return None
        last = run.lines()[-1]
        page, base = last[0]["page"], last[0]["base"]
        near = [r for r in self.rules if r[0] == page and 0 < r[3] - base <= reach
                and r[1] < run.x1 and r[2] > run.x0]
        return min(near, key=lambda r: r[3], default=None)


# ---------------------------------------------------------------- what must stand in it

def read_record(path):
    _, head, body = Path(path).read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), body


def holds(entry, day):
    return entry.get("tu", date.min) <= day <= entry.get("den", date.max)


def plain(s):
    """Markdown of one paragraph without its marks."""
    s = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", s)
    s = re.sub(r"(?<!\\)(\*\*|__|`)", "", s)
    s = re.sub(r"(?<![\\\w])([*_])(?=\S)(.+?)(?<=\S)(?<!\\)\1(?!\w)", r"\2", s)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", s)


def paragraphs(body):
    """(kind, text) of a Markdown body: kind is p, h or li; a list item carries its mark."""
    out = []
    for chunk in re.split(r"\n\s*\n", body.strip()):
        if re.search(r"^\s*\|", chunk, re.M) or chunk.startswith("```"):
            sys.exit("letter.py: the record has a table or a code block; only paragraphs, headings and lists are judged")
        kind, text = None, []
        for line in chunk.split("\n"):
            heading = re.match(r"#+\s+(.*)", line)
            item = re.match(r"\s*([-*+]|\d+[.)])\s+(.*)", line)
            if heading or item:
                if text:
                    out.append((kind, plain(" ".join(text))))
                if heading:
                    out.append(("h", plain(heading[1])))
                    kind, text = None, []
                else:
                    mark = item[1] if item[1][0].isdigit() else "-"
                    kind, text = "li", [mark.replace(")", ".") + " " + item[2]]
            else:
                kind, text = kind or "p", text + [line.strip()]
        if text:
            out.append((kind, plain(" ".join(text))))
    last = out[-1][1].rstrip()
    if not last.endswith("/."):
        out[-1] = (out[-1][0], last + ("/." if last.endswith(".") else "./."))
    return out


# ---------------------------------------------------------------- judgements

def style(name, run, low, high, face, caps=False):
    if run is None:
        check(f"{name}: present", False, "not found", "in its place in the text")
        return
    sizes = run.sizes()
    check(f"{name}: size", all(low - 0.25 <= s <= high + 0.25 for s in sizes),
          "/".join(f"{s:g}" for s in sizes) + " pt", f"{low}–{high} pt" if low != high else f"{low} pt")
    check(f"{name}: weight and slope", run.faces() == {face}, "/".join(sorted(run.faces())), face)
    if caps:
        check(f"{name}: capitals", run.text == run.text.upper(), run.text, "capitals")


def same_centre(name, run, other):
    """Every line of `run` centred where the first line of `other` is."""
    if run is None or other is None:
        check(name, False, "not found", "same centre")
        return
    want = other.centres()[0] / MM
    worst = max((c / MM for c in run.centres()), key=lambda c: abs(c - want))
    check.near(name, worst, want, 0.5, "mm")


def edges(form):
    """Left and right edge of the text area: where most lines of 13–14 pt start and end, not where a
    stray line does."""
    lines = [l for l in Run(form.body).lines() if 12.75 <= l[0]["size"] <= 14.25]
    starts = Counter(round(min(c["x0"] for c in l) / MM, 1) for l in lines)
    ends = Counter(round(max(c["x1"] for c in l) / MM, 1) for l in lines)
    # A first line starts further in; of two frequent starts the outer one is the edge.
    frequent = [x for x, n in starts.items() if n >= max(starts.values()) / 4]
    return min(frequent) * MM, ends.most_common(1)[0][0] * MM


def page_figures(form, left, right):
    for n, page in enumerate(form.pdf.pages, 1):
        check(f"I.1 page {n}: paper", abs(page.width / MM - 210) < 0.5 and abs(page.height / MM - 297) < 0.5,
              f"{page.width / MM:.1f} × {page.height / MM:.1f} mm", "210 × 297 mm")
    families = {c["family"] for c in form.all}
    check("I.3 face", families and families <= FACES, ", ".join(sorted(families)), "Times New Roman or metric twin")
    inks = Counter(str(c["non_stroking_color"]) for c in form.body)
    black = {"(0,)", "(0.0,)", "(0, 0, 0)", "(0.0, 0.0, 0.0)", "0", "(0, 0, 0, 1)", "None"}
    check("I.3 colour of the text", set(inks) <= black, ", ".join(inks), "black")
    check.between("I.2 left margin", left / MM, 30, 35, "mm", 0.5)
    check.between("I.2 right margin", 210 - right / MM, 15, 20, "mm", 0.5)

    pages = len(form.pdf.pages)
    full = []
    for n in range(1, pages + 1):
        own = [c for c in form.body if c["page"] == n]
        check(f"I.2 page {n}: inside the side margins",
              own and min(c["x0"] for c in own) >= left - 0.5 * MM and max(c["x1"] for c in own) <= right + 0.5 * MM,
              f"{min(c['x0'] for c in own) / MM:.2f}–{max(c['x1'] for c in own) / MM:.2f} mm" if own else "no text",
              f"{left / MM:.2f}–{right / MM:.2f} ± 0.5 mm")
        if not own:
            continue
        top = min(c["base"] - ASCENT * c["size"] for c in own) / MM
        check.between(f"I.2 page {n}: top margin", top, 20, 25, "mm", 0.5)
        bottom = 297 - max(c["base"] + DESCENT * c["size"] for c in own) / MM
        check(f"I.2 page {n}: bottom margin", bottom >= 19.5, f"{bottom:.2f} mm", "at least 20 mm")
        if n < pages:
            full.append(bottom)
    if full:
        # A page may end early when the next lines cannot be parted, but not every page does.
        line = 1.5 * SINGLE * 14 / MM
        check.between("I.2 bottom margin of the fullest page", min(full), 20, 25 + line, "mm", 0.5)


def page_numbers(form, left, right):
    for n in range(1, len(form.pdf.pages) + 1):
        run = Run([c for c in form.top if c["page"] == n])
        if n == 1:
            check("I.7 page 1: no page number", not run.chars, run.text or "nothing above the text", "nothing")
            continue
        check(f"I.7 page {n}: number in the top margin", run.text == str(n), run.text or "nothing", str(n))
        if run.chars:
            style(f"I.7 page {n}: number", run, 13, 14, "Regular")
            check.near(f"I.7 page {n}: number centred", run.centres()[0] / MM, (left + right) / 2 / MM, 0.5, "mm")


def heading(form, head, school):
    """ô 1 to 5: returns the runs that later figures refer to."""
    parent = form.take(school["chu-quan"].upper())
    issuer = form.take(school["ten-van-ban"].upper())
    nation = form.take("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    motto = form.take("Độc lập - Tự do - Hạnh phúc")
    style("ô 2 parent body", parent, 12, 13, "Regular", caps=True)
    style("ô 2 issuing body", issuer, 12, 13, "Bold", caps=True)
    style("ô 1 Quốc hiệu", nation, 12, 13, "Bold", caps=True)
    style("ô 1 Tiêu ngữ", motto, 13, 14, "Bold")
    if not all((parent, issuer, nation, motto)):
        return None, None
    spaced = [c["glyph"] for c in motto.chars if c["gap"]]
    check("ô 1 Tiêu ngữ: hyphens with spaces", spaced.count("-") == 2, f"{spaced.count('-')} hyphens after a space", "2")
    check("ô 1 Quốc hiệu on one line", len(nation.lines()) == 1 and len(motto.lines()) == 1,
          f"{len(nation.lines())} and {len(motto.lines())} lines", "1 and 1")
    check.near("ô 1 Quốc hiệu level with ô 2", nation.base, parent.base, 1, "pt")
    check("ô 1 right of ô 2", nation.x0 > max(parent.x1, issuer.x1),
          f"{nation.x0 / MM:.1f} against {max(parent.x1, issuer.x1) / MM:.1f} mm", "to the right")
    same_centre("ô 1 Tiêu ngữ centred under Quốc hiệu", motto, nation)
    same_centre("ô 2 issuing body centred under the parent body", issuer, parent)
    check.between("ô 1 single spacing", (motto.base - nation.base) / motto.sizes()[-1], 1.0, 1.25, "em")

    rule = form.rule_below(motto, 10)
    width = rule and (rule[2] - rule[1]) / MM
    check.near("ô 1 line under Tiêu ngữ: length of its text", width, (motto.x1 - motto.x0) / MM, 0.5, "mm")
    check("ô 1 line: solid", rule and not rule[4], "solid" if rule and not rule[4] else "missing or dashed", "solid")
    check.near("ô 1 line: centred", rule and (rule[1] + rule[2]) / 2 / MM, motto.centres()[0] / MM, 0.5, "mm")

    rule = form.rule_below(issuer, 14)
    widest = max(max(c["x1"] for c in l) - min(c["x0"] for c in l) for l in issuer.lines())
    check.between("ô 2 line: share of the text", rule and (rule[2] - rule[1]) / widest, 1 / 3, 1 / 2, "of the width")
    check.near("ô 2 line: centred", rule and (rule[1] + rule[2]) / 2 / MM, issuer.centres()[0] / MM, 0.5, "mm")

    kind, short = TYPES[head["loai-van-ban"]]
    symbol = str(head["ky-hieu"])
    if short and not symbol.startswith(short + "-"):
        symbol = f"{short}-{symbol}"
    # The digits are read from the PDF: the rule on the leading zero is judged, not assumed.
    found = re.search(r"Số:(\d+)/" + re.escape(squeeze(symbol)), form.stream)
    number = form.take(found[0]) if found else None
    style("ô 3 number and symbol", number, 13, 13, "Regular")
    digits = found[1] if found else "not found"
    want = f"{head['so']:02d}"
    check("ô 3 leading zero", digits == want, digits, want)
    if number:
        same_centre("ô 3 centred under ô 2", number, issuer)
        check("ô 3 below ô 2", number.base > issuer.lines()[-1][0]["base"] + 10, f"{number.base - issuer.base:.1f} pt lower", "lower")

    day = head["ngay"]
    found = re.search(re.escape(squeeze(school["dia-danh"])) + r",ngày(\d+)tháng(\d+)năm(\d+)", form.stream)
    place = form.take(found[0]) if found else None
    style("ô 4 place and date", place, 13, 14, "Italic")
    shown = "/".join(found.groups()) if found else "not found"
    want = f"{day.day:02d}/{day.month:02d}/{day.year}" if day.month < 3 else f"{day.day:02d}/{day.month}/{day.year}"
    check("ô 4 leading zeros (days below 10, months 1 and 2 only)", shown == want, shown, want)
    if place and number:
        check.near("ô 4 on the line of ô 3", place.base, number.base, 0.2, "pt")
        same_centre("ô 4 centred under ô 1", place, nation)

    if kind is None:
        about = form.take("V/v " + head["trich-yeu"])
        style("ô 5b summary", about, 12, 13, "Regular")
        if about and number:
            same_centre("ô 5b centred under ô 3", about, number)
            gap = about.base - ASCENT * about.sizes()[-1] - number.base - DESCENT * number.sizes()[-1]
            check.near("ô 5b space below ô 3", gap, 6, 0.5, "pt")
            check("ô 5b left of ô 1", about.x1 < nation.x0, f"ends at {about.x1 / MM:.1f} mm", f"before {nation.x0 / MM:.1f} mm")
    else:
        name = form.take(kind)
        about = form.take(head["trich-yeu"])
        style("ô 5a type", name, 13, 14, "Bold", caps=True)
        style("ô 5a summary", about, 13, 14, "Bold")
        if name and about:
            same_centre("ô 5a summary centred under the type", about, name)
            check.between("ô 5a centred on the text area", name.centres()[0] / MM, 107.5, 112.5, "mm")
            rule = form.rule_below(about, 14)
            widest = max(max(c["x1"] for c in l) - min(c["x0"] for c in l) for l in about.lines())
            check.between("ô 5a line: share of the text", rule and (rule[2] - rule[1]) / widest, 1 / 3, 1 / 2, "of the width")
    return nation, issuer


def addressees(form, head):
    ds = head.get("kinh-gui") or []
    if not ds or head["loai-van-ban"] in ("quyet-dinh", "giay-moi"):
        return
    label = form.take("Kính gửi:")
    style("ô 9a Kính gửi", label, 13, 14, "Regular")
    if label is None:
        return
    if len(ds) == 1:
        run = form.take(ds[0])
        style("ô 9a addressee", run, 13, 14, "Regular")
        if run:
            check.near("ô 9a one addressee on the same line", run.base, label.base, 0.2, "pt")
        return
    colon = label.chars[-1]["x0"] / MM
    for i, s in enumerate(ds):
        run = form.take("- " + s.rstrip(" ;.,") + (";" if i + 1 < len(ds) else "."))
        style(f"ô 9a addressee {i + 1}", run, 13, 14, "Regular")
        if run:
            check.near(f"ô 9a hyphen {i + 1} under the colon", run.x0 / MM, colon, 0.5, "mm")
            check(f"ô 9a addressee {i + 1} on a line of its own", run.base > label.base + 5, f"{run.base - label.base:.1f} pt lower", "lower")


def text_of_body(form, head, body, left, right):
    grounds = [s.rstrip(" ;.,") for s in head.get("can-cu") or []]
    grounds = [("can-cu", s + (";" if i + 1 < len(grounds) else ".")) for i, s in enumerate(grounds)]
    expected = grounds + paragraphs(body)
    runs, strange, gaps_wrong = [], 0, 0
    for kind, text in expected:
        at = form.at
        run = form.take(text)
        if run is None:
            check(f"ô 6 words of “{text[:40]}…”", False, f"“{form.stream[at:at + 60]}…”", "the words of the record")
            continue
        # A decision puts its authority and “QUYẾT ĐỊNH:” between the grounds and the articles.
        skipped = form.stream[at:form.at - len(squeeze(text))]
        if skipped and head["loai-van-ban"] not in ("quyet-dinh", "giay-moi"):
            strange += len(skipped)
            print(f"     before “{text[:40]}”: “{skipped[:60]}” is not in the record")
        # A gap in the PDF (space or new line) where the record has one, and nowhere else except
        # where a long word had to be broken over a line.
        marks, n = set(), 0
        for word in text.split():
            marks.add(n)
            n += len(squeeze(word))
        shown, broken, n, last = set(), set(), 0, None
        for c in run.chars:
            new_line = last is not None and (c["page"], round(c["base"])) != (last["page"], round(last["base"]))
            wide = last is not None and not new_line and c["x0"] - last["x1"] > 0.15 * c["size"]
            if n == 0 or c["gap"] or new_line or wide:
                shown.add(n)
                if new_line:
                    broken.add(n)
            n += len(c["glyph"])
            last = c
        wrong = (marks - shown) | (shown - marks - broken)
        gaps_wrong += len(wrong)
        if wrong:
            print(f"     spaces differ in “{text[:40]}”")
        runs.append((kind, text, run))
    words = sum(len(t.split()) for _, t in expected)
    got = sum(len(t.split()) for _, t, _ in runs)
    check("ô 6 all words of the record, in order", got == words > 0, f"{got} words", f"{words} words")
    check("ô 6 no other words between them", strange == 0, f"{strange} characters", "0 characters")
    if not runs:
        return
    check("ô 6 spaces between the words", gaps_wrong == 0, f"{gaps_wrong} differ", "0 differ")

    sizes = sorted({s for _, _, r in runs for s in r.sizes()})
    check("ô 6 size", all(12.75 <= s <= 14.25 for s in sizes), "/".join(f"{s:g}" for s in sizes) + " pt", "13–14 pt")
    check("ô 6 one size", len(sizes) == 1, f"{len(sizes)} sizes", "1")
    size = sizes[-1]
    wrong = [t for k, t, r in runs if k == "h" and r.faces() != {"Bold"}]
    check("ô 6 headings bold", not wrong, f"{len(wrong)} of {sum(k == 'h' for k, _, _ in runs)} not bold", "bold")
    wrong = [t for k, t, r in runs if k in ("p", "li") and "Regular" not in r.faces()]
    check("ô 6 text upright", not wrong, f"{len(wrong)} paragraphs without upright text", "0")
    wrong = [t for k, t, r in runs if k == "can-cu" and r.faces() != {"Italic"}]
    if grounds:
        check("ô 6 grounds italic", not wrong, f"{len(wrong)} not italic", "italic")
    check("ô 6 end of the text", runs[-1][2].text.endswith("./."), runs[-1][2].text[-8:], "./.")

    indents, hang, short, pitches, gaps = [], [], [], [], []
    before = None
    for kind, text, run in runs:
        lines = run.lines()
        first = min(c["x0"] for c in lines[0])
        centred = re.match(r"(?i)(phần|chương|mục) ([ivxlc\d]+|thứ)", text) and kind == "h"
        if not centred:
            indents.append(((first - left) / MM, text))
            hang += [((min(c["x0"] for c in l) - left) / MM, text) for l in lines[1:]]
        if kind != "h":
            short += [((right - max(c["x1"] for c in l)) / MM, text) for l in lines[:-1]]
        pitches += [b[0]["base"] - a[0]["base"] for a, b in zip(lines, lines[1:]) if a[0]["page"] == b[0]["page"]]
        if before is not None and before[0]["page"] == lines[0][0]["page"]:
            gaps.append((lines[0][0]["base"] - before[0]["base"], text))
        before = lines[-1]
    low, high = min(indents)[0], max(indents)[0]
    check("ô 6 first-line indent", any(abs(low - w) <= 0.5 and abs(high - w) <= 0.5 for w in (10, 12.7)),
          f"{low:.2f}–{high:.2f} mm over {len(indents)} paragraphs", "10 or 12.7 ± 0.5 mm")
    if hang:
        worst = max(hang, key=lambda h: abs(h[0]))
        check("ô 6 following lines at the left margin", abs(worst[0]) <= 0.5, f"{worst[0]:.2f} mm off at worst of {len(hang)} lines", "0 ± 0.5 mm")
    if short:
        worst = max(short, key=lambda s: abs(s[0]))
        check("ô 6 justified at the right", abs(worst[0]) <= 0.5, f"{worst[0]:.2f} mm off at worst of {len(short)} lines", "0 ± 0.5 mm")
    if pitches:
        check("ô 6 line spacing", SINGLE * size * 0.99 <= min(pitches) and max(pitches) <= 1.5 * SINGLE * size * 1.01,
              f"{min(pitches) / SINGLE / size:.2f}–{max(pitches) / SINGLE / size:.2f} lines", "1.00–1.50 lines")
        if gaps:
            pitch = sorted(pitches)[len(pitches) // 2]
            least = min(gaps)[0] - pitch
            check("ô 6 space between paragraphs", least >= 5.95, f"{least:.2f} pt at least over {len(gaps)} pairs", "at least 6 pt")


def ending(form, head, school, left, right):
    day = head["ngay"]
    people = {p["id"]: p["ten"] for p in school["nguoi"]}
    role = next((r for r in school["vai-tro"] if r["nguoi"] == head["nguoi-ky"] and holds(r, day)
                 and r["vai-tro"] in ("hieu-truong", "pho-hieu-truong")), None)
    body_end = form.at
    places = form.take("Nơi nhận:")
    style("ô 9b Nơi nhận", places, 12, 12, "BoldItalic")
    if places:
        check.near("ô 9b at the left margin", places.x0 / MM, left / MM, 0.5, "mm")
    items = [s.rstrip(" ;.,") for s in head["noi-nhan"]]
    runs = [form.take(f"- {s};") for s in items]
    keep = form.take("- Lưu: " + head["luu"].rstrip(" ;.,"))
    if keep and head.get("so-ban"):
        form.take(f"({head['so-ban']})")
    dot = form.take(".")
    for i, run in enumerate(runs + [keep]):
        style(f"ô 9b line {i + 1}", run, 11, 11, "Regular")
    check("ô 9b last line ends with a full stop", keep and dot and abs(dot.base - keep.lines()[-1][0]["base"]) < 1,
          "found" if dot else "not found", "“.”")

    title = role["chuc-danh"].upper() if role else ""
    power = None
    if role and role["vai-tro"] == "pho-hieu-truong":
        power = form.take("KT. HIỆU TRƯỞNG")
        style("ô 7a authority", power, 13, 14, "Bold", caps=True)
    title = form.take(title)
    name = form.take(people[head["nguoi-ky"]])
    style("ô 7a title", title, 13, 14, "Bold", caps=True)
    style("ô 7b name", name, 13, 14, "Bold")
    first = power or title
    if first and title and name and places:
        check.near("ô 9b level with ô 7a", places.base, first.base, 0.5, "pt")
        check("ô 7a on the page of ô 9b", places.page == first.page == name.page, f"pages {places.page}, {first.page}, {name.page}", "one page")
        half = (left + right) / 2
        check("ô 7 in the right half", min(first.x0, title.x0, name.x0) >= half - 0.5 * MM,
              f"from {min(first.x0, title.x0, name.x0) / MM:.1f} mm", f"from {half / MM:.1f} mm")
        # Illustrated in the annex (section IV) as centred in that half; 5 mm leave room for custom.
        check.near("ô 7a centred in the right half", title.centres()[0] / MM, (half + right) / 2 / MM, 5, "mm")
        same_centre("ô 7b name centred under the title", name, title)
        room = (name.base - ASCENT * name.sizes()[-1] - title.base - DESCENT * title.sizes()[-1]) / MM
        check.between("ô 7c room for the signature", room, 15, 40, "mm")
        before = form.body[form.owner[body_end] - 1]
        check("ô 7 below the body", before["page"] < first.page or before["base"] < first.base - 10,
              f"body ends at page {before['page']}, {before['base'] / MM:.0f} mm", f"above page {first.page}, {first.base / MM:.0f} mm")
        # A signature alone on a page can be put under any text.
        check("ô 7 with text of the body on its page", before["page"] == first.page, f"page {before['page']}", f"page {first.page}")


def main(argv):
    if len(argv) != 3:
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 2
    head, body = read_record(argv[2])
    content = next((p for p in Path(argv[2]).resolve().parents if (p / "school.yaml").is_file()), None)
    if content is None:
        print("letter.py: no school.yaml above the record", file=sys.stderr)
        return 2
    directory = yaml.safe_load((content / "school.yaml").read_text(encoding="utf-8"))
    school = next(s for s in directory["truong"] if holds(s, head["ngay"])) | {k: directory[k] for k in ("nguoi", "vai-tro")}

    form = Form(argv[1])
    if not form.body:
        check("text in the form", False, "none", "the letter")
    else:
        left, right = edges(form)
        page_figures(form, left, right)
        page_numbers(form, left, right)
        heading(form, head, school)
        addressees(form, head)
        text_of_body(form, head, body, left, right)
        ending(form, head, school, left, right)
        if school.get("dia-chi") is None and "khan" not in head and head["loai-van-ban"] not in ("quyet-dinh", "giay-moi"):
            rest = "".join(c["glyph"] for c, u in zip(form.body, form.used) if not u)
            check("nothing else is printed", not rest, f"“{rest[:60]}”" if rest else "nothing", "nothing")
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
