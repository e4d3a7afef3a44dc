"""A whole school of N records with its git history, out of the sample school: the same seed gives the same commit id.

    python3 benches/school.py FOLDER [--records 1000] [--classes N] [--seed 1] [--signed HOSO]

The sample (content/) is five classes in one month. A big school is that wing several times over, month after month and year
after year: units, people, children, dates and numbers are renamed throughout, lesson plans are mixed from the sample's sentences,
so that no two are alike. Records come in the order of their days and stop at N. About one commit for five records, one more
for every twenty-five lesson plans corrected or renamed later, photos beside the plans that show one. Nothing but the standard library.

--signed: a throw-away authority, keys for two people, and everything of theirs that waits for them signed by HOSO: the lesson plans of
one class in five by their teacher, who also heads her team, and all plans of that team that are then due. Keys and signatures are new each time."""

import argparse
import datetime as dt
import hashlib
import random
import re
import subprocess
import sys
import zlib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CONTENT = PROJECT / "content"
BASE_YEAR, WING = 2024, 5  # the sample's school year, and the classes in it
# The sample's month begins with this Monday; a month is shifted by whole weeks, so that weekdays stay what they are.
BASE_MONDAY = dt.date(2024, 9, 2)
MONTHS = [(0, month) for month in (9, 10, 11, 12)] + [(1, month) for month in range(1, 6)]
# What a school writes every month; everything else of the sample is written once a year.
MONTHLY = {"giao-an", "so-theo-doi-tre", "bien-ban-sinh-hoat-to", "van-ban-di", "van-ban-den", "so-van-ban-di"}
# What the whole school writes about single children, and so of every wing.
OF_CHILDREN = {"phieu-dieu-tra", "suc-khoe-tre"}
# What has a line for every school day of a month, and so fits one month only.
ONCE = {"so-luu-mau"}
# What lists everybody.
WIDE = {"phan-cong", "danh-sach-nhan-su"}
# What has numbers of the register of letters.
NUMBERED = {"van-ban-di", "van-ban-den", "so-van-ban-di", "ke-hoach-nam-hoc", "ke-hoach-chien-luoc"}
# What is counted, and so moved to the end of its month where that has fewer days, not left out.
CLAMPED = {"van-ban-di", "van-ban-den", "so-van-ban-di", "bien-ban-sinh-hoat-to"}
# Middle names that tell children without a code apart.
MIDDLE = ["", "An ", "Bảo ", "Diệu ", "Gia ", "Hải ", "Khôi ", "Lan ", "Mai ", "Nhật "]
# The first numbers of the sample's registers of letters.
FIRST = {"van-ban-di": 168, "van-ban-den": 251}
COUNT = {"van-ban-di": 26, "van-ban-den": 48}
# Only in a year of its own: copies and letters that name the sample's numbers, and an import of PDFs.
LEFT_OUT = {"ban-sao", "tai-lieu-ky-so"}


def middle(wing: int) -> str:
    return MIDDLE[wing] if wing < 10 else MIDDLE[wing // 10] + (MIDDLE[wing % 10] or "Nam ")


class Template:
    """One record of the sample."""

    def __init__(self, path: Path) -> None:
        self.year, self.unit, self.kind, name = path.relative_to(CONTENT).parts
        self.stem, self.text = name.removesuffix(".md"), settled(path.read_text(), self.kind)
        key = re.match(r"(\d{4}-\d{2}-\d{2})", self.stem) or re.search(r"^(?:khoa-so|ngay|ngay-den|tu): (\d{4}-\d{2}-\d{2})", self.text, re.M)
        # A book of the month: a day that every month has, wherever its first Monday is.
        self.day = dt.date.fromisoformat(key[1]) if key else dt.date(BASE_YEAR, 9, 22)
        self.monthly = self.kind in MONTHLY


def settled(text: str, kind: str) -> str:
    """The two children who come and go within the sample's month would do so every month: they stay."""
    text = text.replace("2022-09-03", "2022-08-03")
    if kind == "ke-hoach-nam-lop":
        text = text.replace("si-so: {nam: 8, nu: 11, moi: 14}", "si-so: {nam: 9, nu: 11, moi: 15}")
    if kind == "so-theo-doi-tre":
        text = re.sub(r", (?:vao|thoi): 2024-09-\d\d", "", text)
    if kind == "hoan-thanh-chuong-trinh":
        # Days of a whole year, which the attendance of its first eight months cannot contradict.
        text = re.sub(r"so-ngay: (\d+)", lambda found: f"so-ngay: {int(found[1]) + 20}", text)
    if kind == "danh-sach-tre":
        text = re.sub(r"^    (?:thoi|ly-do): .*\n", "", text, flags=re.M)
        text = text.replace("    vao: 2024-09-16", "    vao: 2024-08-29")
    return text


def sample() -> list[Template]:
    paths = sorted((CONTENT / f"{BASE_YEAR}-{BASE_YEAR + 1}").glob("*/*/*.md"))
    templates = [one for one in map(Template, paths) if one.kind not in LEFT_OUT]
    templates = [one for one in templates if one.kind != "chuyen-truong" or one.day.month < 9]
    # A closed book holds its records' digests: they come first.
    return sorted(templates, key=lambda one: "sha256: " in one.text)


class Roster:
    """The sample's school.yaml, for more wings and more years."""

    def __init__(self, wings: int, years: int) -> None:
        self.text = (CONTENT / "school.yaml").read_text()
        lines = self.text.splitlines()
        unit = re.compile(r"- \{id: ([\w-]+), loai: (lop|to),")
        units = [found[1] for found in map(unit.search, lines) if found]
        self.classes = [found[1] for found in map(unit.search, lines) if found and found[2] == "lop"]
        self.units = [one for one in units if one != "to-van-phong"]
        roles = [re.search(r"nguoi: ([\w-]+), vai-tro: [\w-]+, don-vi: ([\w-]+)", line) for line in lines]
        office = {found[1] for found in roles if found and found[2] not in self.units}
        self.people = sorted({found[1] for found in roles if found and found[2] in self.units} - office)
        self.mail = dict(re.findall(r"- \{id: ([\w-]+), ten: [^,]+, email: \[([^\]]+)\]", self.text))
        self.names = dict(re.findall(r"- \{id: ([\w-]+), ten: ([^,]+), email", self.text))
        self.unit_names = re.compile(r"((?:Lớp mẫu giáo \d|Nhóm trẻ 24–36 tháng)(?: tuổi)? [AB])\b")
        self.ids = re.compile(r"(?<![\w-])(" + "|".join(sorted(self.units + self.people, key=len, reverse=True)) + r")(?![\w.-])")
        self.lines = [new for line in lines for new in self.line(line, wings, years)]

    def rename(self, text: str, wing: int) -> str:
        return self.ids.sub(rf"\1-w{wing}", self.unit_names.sub(rf"\1 ({wing + 1})", text)) if wing else text

    def widen(self, text: str, wings: int) -> str:
        """The whole school's lists of people and classes, with the people and classes of every wing."""

        def entry(found: re.Match) -> str:
            return "".join(self.rename(found[0], wing) for wing in range(wings))

        return re.sub(rf"^( +)- \{{?(?:nguoi|ma): {self.ids.pattern}.*\n(?:\1  .*\n)*", entry, text, flags=re.M)

    def line(self, line: str, wings: int, years: int) -> list[str]:
        line = re.sub(r", chung-thu: \[[^\]]*\]", "", line)
        # A teacher on leave in the sample's year would be on leave in every year: none is.
        if re.search(r"to-pho, .*den: 2024-09-15|mg-4a.*tu: 2025-03-16", line):
            return []
        line = re.sub(r"(dang-thi-minh-nguyet.*), tu: 2025-03-16", r"\1, tu: 2024-08-01", line)
        line = re.sub(r"(to-thi-thuy-duong.*), den: 2025-03-15", r"\1", line)
        line = re.sub(r"(dang-thi-minh-nguyet.*), den: 2024-09-15", r"\1, den: 2025-05-31", line)
        line = re.sub(r"(mai-thi-dieu-hien.*don-vi: to-mau-giao.*), tu: 2024-09-16", r"\1, tu: 2024-08-01", line)
        line = re.sub(r"(- \{id: .*loai: lop.*), den: 2025-05-31", r"\1", line)
        if re.search(r"mai-thi-dieu-hien, vai-tro: giao-vien, don-vi: to-mau-giao", line):
            return []
        if re.search(r"^  - \{(tu: 2024-09-01, den: 2024-09-30|day: van-ban-\w+, nam: 202[56])", line):
            return []
        if line.startswith("  - {sha256: "):
            return []
        new = [line]
        if self.ids.search(line):
            new += [self.of_wing(line, wing) for wing in range(1, wings)]
        if "den: 2025-05-31" in line or "ly-do:" in line or "het-hoc-ky-1" in line:
            new += [shift_years(one, year) for year in range(1, years) for one in new]
        return new

    def of_wing(self, line: str, wing: int) -> str:
        line = re.sub(r"email: \[([\w.-]+)@", lambda found: f"email: [{found[1]}-w{wing}@", line)
        line = re.sub(r"(loai: to, ten: [^,]+)", rf"\1 ({wing + 1})", line)
        return self.rename(line, wing)

    def yaml(self) -> str:
        text = "\n".join(self.lines) + "\n"
        # What had only lines that are left out.
        for empty in ("dau", "theo-doi"):
            text = re.sub(rf"^{empty}:\n(?:  #.*\n|\n)*(?=\S)", "", text, flags=re.M)
        return text

    def enrol(self, digests: dict[str, str]) -> None:
        """Enters the digests of people's certificates."""
        for at, line in enumerate(self.lines):
            found = re.match(r"  - \{id: ([\w-]+), ten: ", line)
            if found and found[1] in digests:
                self.lines[at] = line[:-1] + f", chung-thu: [{{sha256: {digests[found[1]]}, tu: {BASE_YEAR}-08-01}}]}}"

    def author(self, text: str) -> tuple[str, str]:
        found = re.search(r"^(?:nguoi-\w+|giao-vien|thu-ky): \[?([\w-]+)", text, re.M)
        person = found[1] if found else "do-thi-huong-giang"
        base = re.sub(r"-w\d+$", "", person)
        suffix = person[len(base) :]
        if base not in self.names:
            return self.author("")
        return self.names[base], self.mail[base].replace("@", suffix + "@")


def shift_years(text: str, years: int) -> str:
    """A line of the roster some years on: whole weeks for days off, the same days for everything else."""
    if "ly-do:" in text:
        delta = first_monday(BASE_YEAR + years, 9) - BASE_MONDAY
        return re.sub(r"\d{4}-\d{2}-\d{2}", lambda found: str(dt.date.fromisoformat(found[0]) + delta), text)
    return re.sub(r"\b(202\d)(?=-)|(?<=-)(202\d)\b", lambda found: str(int(found[0]) + years), text)


def first_monday(year: int, month: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=-first.weekday() % 7)


class Month:
    """A month to come: how days, months, years, codes and numbers of the sample are to be read in it."""

    def __init__(self, year: int, at: int, wings: int) -> None:
        later, self.number = MONTHS[at]
        self.school_year, self.at, self.wings = year, at, wings
        self.year = BASE_YEAR + year + later
        self.delta = first_monday(self.year, self.number) - BASE_MONDAY
        following = dt.date(self.year + self.number // 12, self.number % 12 + 1, 1)
        self.last = following - dt.timedelta(days=1)

    def day(self, day: dt.date) -> dt.date:
        return day + self.delta

    def letter(self, register: str, number: int) -> int:
        """The number of a letter: counted from the start of the calendar year, which in the first year is the sample's."""
        # Months with letters before this one in its calendar year: September to December, January to May before them.
        before = self.at if self.year == BASE_YEAR else (self.number - 1 if self.number < 9 else self.number - 4)
        start = FIRST[register] if self.year == BASE_YEAR else 1
        # Two numbers of the letters are those of the plans made in August.
        plans = 2 if register == "van-ban-di" and self.year > BASE_YEAR and self.number >= 9 else 0
        return start + before * COUNT[register] + plans + number - FIRST[register]

    def months_on(self, text: str) -> str:
        """`2024-09` and its neighbours, as months."""

        def shifted(found: re.Match) -> str:
            ahead = int(found[1]) * 12 + int(found[2]) - (BASE_YEAR * 12 + 9)
            months = self.year * 12 + self.number - 1 + ahead
            return f"{months // 12}-{months % 12 + 1:02}"

        return re.sub(r"\b(202[45])-(0[1-9]|1[0-2])(?![\d-])", shifted, text)

    def read(self, one: Template, text: str, wing: int, clamp: bool) -> str:
        """The text with everything that depends on the month and the wing renamed."""

        def moved(date: dt.date) -> dt.date:
            if date < dt.date(BASE_YEAR, 8, 1) or date > dt.date(BASE_YEAR + 2, 1, 1):
                day = 28 if (date.month, date.day) == (2, 29) else date.day
                return dt.date(date.year + self.school_year, date.month, day)
            later = self.day(date)
            return min(later, self.last) if clamp and later.month != self.number and date.month == 9 else later

        def day(found: re.Match) -> str:
            return str(moved(dt.date.fromisoformat(found[0])))

        def words(found: re.Match) -> str:
            try:
                date = moved(dt.date(int(found[3]), int(found[2]), int(found[1])))
            except ValueError:
                return found[0]
            if "/" in found[0]:
                return f"{date:%d/%m/%Y}" if date.month < 3 or date.month > 9 else f"{date:%d}/{date.month}/{date.year}"
            return f"{date:%d} tháng {date.month} năm {date.year}" if date.month > 2 else f"{date:%d tháng %m năm %Y}"

        text = re.sub(r"\b(\d{1,2})(?:/| tháng )(\d{1,2})(?:/| năm )(202[45])\b", words, text)
        text = re.sub(r"(?<![\d-])(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-[0-3]\d(?!\d|-\d)", day, text)
        text = self.months_on(text)
        if self.school_year:
            text = re.sub(r"\b(20[12]\d)-(20[12]\d)\b", lambda f: f"{int(f[1]) + self.school_year}-{int(f[2]) + self.school_year}", text)
            text = re.sub(r'^(nam: "?)(20\d\d)\b', lambda f: f"{f[1]}{int(f[2]) + self.school_year}", text, flags=re.M)
        copy = wing + self.wings * self.school_year
        if copy:
            text = re.sub(r"\b27(19|20|21|22)\d{6}\b", lambda found: str(int(found[0]) + copy * 10_000_000), text)
            text = re.sub(r"\b(0\d\d[0-9])(\d\d)(\d{6})\b", lambda f: f"{f[1]}{(int(f[2]) + self.school_year) % 100:02}{(int(f[3]) + copy) % 1_000_000:06}", text)
        return text


class Mixer:
    """Sentences of the sample's lesson plans, to be put together anew."""

    def __init__(self, templates: list[Template]) -> None:
        self.items: dict[str, list[str]] = {}
        self.names: list[str] = sorted(set(re.findall(r"stt: \d+, ten: ([^,]+), ngay-sinh", "".join(one.text for one in templates))))
        for one in templates:
            if one.kind == "giao-an":
                for key, line in self.lines(one.text):
                    if key:
                        self.items.setdefault(key, []).append(line)

    def lines(self, text: str):
        """Each line, with the list or block that it may be exchanged within."""
        key = ""
        for line in text.splitlines():
            if found := re.match(r"\s*(?:- )?([\w-]+):(?: \|-)?$", line):
                key = found[1]
            elif not re.match(r"    - [^\"'\[{!|>&*:#]|      [^\s\"'\[{!|>&*:#-]", line) or re.search(r": |:$| #|^\s+\w+:", line):
                yield "", line
                continue
            else:
                yield key, line
                continue
            yield "", line

    def mix(self, text: str, rng: random.Random) -> str:
        lines = []
        for key, line in self.lines(text):
            if key:
                line = rng.choice(self.items[key]) if rng.random() < 0.5 else line
                if line.startswith("      ") and rng.random() < 0.5:
                    line += f" Cô mời cháu {rng.choice(self.names)} và cháu {rng.choice(self.names)} làm thử."
            lines.append(line)
        return "\n".join(lines) + "\n"


def photo(bytes_: bytes, mark: str) -> bytes:
    """A picture with a comment of its own in it, so that no two are the same file."""
    body = b"tEXt" + b"Comment\0" + mark.encode()
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return bytes_[:33] + chunk + bytes_[33:]


class School:
    def __init__(self, records: int, classes: int, seed: int) -> None:
        self.wings, self.records, self.seed = max(1, classes // WING), records, seed
        # The form has room for a hundred classes.
        self.templates = [one for one in sample() if one.kind != "phan-cong" or self.wings * WING <= 100]
        # A wing writes more than a thousand records in a year.
        self.roster = Roster(self.wings, records // (1000 * self.wings) + 2)
        self.mixer = Mixer(self.templates)
        self.digests: dict[str, str] = {}

    def write(self):
        """Each record in the order of days: (day, path, text, pictures, may be corrected later)."""
        left = self.records
        for year in range(12):
            for at in range(len(MONTHS)):
                month = Month(year, at, self.wings)
                batch = [made for one in self.templates for made in self.copies(one, month, year, at)]
                # What others name comes first, so that a school may stop anywhere.
                batch.sort(key=lambda made: ("/danh-sach-tre/" not in made[1], made[0], made[1]))
                for made in batch[:left]:
                    yield made
                left -= len(batch[:left])
                if not left:
                    return

    def copies(self, one: Template, month: Month, year: int, at: int):
        if at and not one.monthly or year and one.kind in ONCE:
            return
        # Days typed into the certificates of the class that leaves; with all nine months they would have to add up.
        if one.kind == "so-theo-doi-tre" and one.unit == "mg-5a" and at == len(MONTHS) - 1:
            return
        for wing in range(self.wings if one.unit in self.roster.units or one.kind in OF_CHILDREN else 1):
            made = self.copy(one, month, wing)
            if made:
                yield made

    def copy(self, one: Template, month: Month, wing: int):
        rng = random.Random(f"{self.seed} {one.unit} {one.kind} {one.stem} {month.school_year} {month.at} {wing}")
        text, clamp = one.text, one.kind in CLAMPED
        day = month.day(one.day)
        if one.monthly and not clamp and one.day.month == 9 and day.month != month.number:
            return None
        day = min(day, month.last) if clamp and one.day.month == 9 else day
        if one.kind == "giao-an":
            text = self.mixer.mix(text, rng)
        text = self.roster.rename(month.read(one, text, wing, clamp), wing)
        stem = self.roster.rename(month.read(one, one.stem, wing, clamp), wing)
        if one.kind == "phan-cong" and month.school_year:
            # Whoever came in the sample's September has a duty from then on.
            text = re.sub(r"(^( +)- \{?nguoi: )dang-thi-minh-nguyet(.*\n(?:\2  .*\n)*)", r"\g<0>\1to-thi-thuy-duong\3", text, flags=re.M)
        if one.kind in WIDE:
            text = self.roster.widen(text, self.wings)
        if one.kind in NUMBERED:
            text = self.numbers(text, month)
        if one.kind == "bien-ban-sinh-hoat-to":
            text = re.sub(r"^lan: (\d+)", lambda f: f"lan: {int(f[1]) + 2 * month.at}", text, flags=re.M)
        if one.kind == "ban-giao-tai-san":
            text = re.sub(r"^so: (\d+)", lambda f: f"so: {int(f[1]) + 2 * wing}", text, flags=re.M)
        text = re.sub(r"\b0([12])/BBBG", lambda f: f"{int(f[1]) + 2 * wing:02}/BBBG", text)
        if one.kind in FIRST:
            number, slug = one.stem.split("-", 1)
            stem = f"{month.letter(one.kind, int(number)):03}-{slug}"
        if one.kind == "phieu-dieu-tra":
            number = int(one.stem) + 14 * wing
            stem, text = f"{number:03}", re.sub(r"^so-phieu: \d+", f"so-phieu: {number}", text, flags=re.M)
            text = re.sub(r"(  - ho-dem: \S+ )((?:(?!  - ho-dem|    ma:).*\n)+(?=  - ho|---))", rf"\1{middle(wing)}\2", text)
        if one.kind == "so-theo-doi-tre":
            # Days that the month does not have.
            text = re.sub(r"^  - \{ngay: (\d{4}-\d{2})-.*\n", lambda f: f[0] if f[1] == f"{month.year}-{month.number:02}" else "", text, flags=re.M)
        school_year = f"{BASE_YEAR + month.school_year}-{BASE_YEAR + month.school_year + 1}"
        folder = f"content/{school_year}/{self.roster.rename(one.unit, wing)}/{one.kind}"
        pictures = {}
        for name in re.findall(r"\]\((anh/[\w.-]+)\)", text):
            mine = name.replace(".", f"-{month.number:02}.")
            text = text.replace(name, mine)
            pictures[f"{folder}/{mine}"] = photo((CONTENT / one.year / one.unit / one.kind / name).read_bytes(), folder + mine)
        text = re.sub(r"\{id: ([^,]+), sha256: \"\w+\"\}", lambda f: f'{{id: {f[1]}, sha256: "{self.digests.get(f[1], "0" * 64)}"}}', text)
        path = f"{folder}/{stem}.md"
        self.digests[path[len("content/") : -len(".md")]] = hashlib.sha256(text.encode()).hexdigest()
        return day, path, text, pictures, one.kind == "giao-an"

    def numbers(self, text: str, month: Month) -> str:
        for field, register in (("so", "van-ban-di"), ("so-den", "van-ban-den")):
            text = re.sub(rf"^{field}: (\d+)$", lambda f, r=register: f"{f[0].split(':')[0]}: {month.letter(r, int(f[1]))}", text, flags=re.M)
        low, high = FIRST["van-ban-di"] - 2, FIRST["van-ban-di"] + COUNT["van-ban-di"]
        letter = lambda f: f"{month.letter('van-ban-di', int(f[1])):02}" if low <= int(f[1]) < high else f[1]  # noqa: E731
        text = re.sub(r"\b(\d{3})(?=/(?:[\w]+-)?MNHS)", letter, text)
        return re.sub(r"(?<=/van-ban-di/)(\d{3})(?=-)", lambda f: f"{month.letter('van-ban-di', int(f[1])):03}", text)


class History:
    """Commits, as a stream for `git fast-import`."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
        self.git = subprocess.Popen(["git", "-C", folder, "fast-import", "--quiet", "--force"], stdin=subprocess.PIPE)
        self.at, self.commits = 0, 0

    def commit(self, who: tuple[str, str], day: dt.date, message: str, changes: list[tuple[str, str, bytes | str]]) -> None:
        at = int(dt.datetime.combine(day, dt.time(9), dt.timezone.utc).timestamp())
        self.at = max(self.at + 60, at)
        self.commits += 1
        out = [f"commit refs/heads/main\ncommitter {who[0]} <{who[1]}> {self.at} +0700\n".encode(), data(message.encode())]
        for verb, path, content in changes:
            if verb == "R":
                out.append(f"R {path} {content}\n".encode())
            else:
                out.append(f"M 100644 inline {path}\n".encode() + data(content if isinstance(content, bytes) else content.encode()))
        self.git.stdin.write(b"".join(out) + b"\n")

    def close(self, folder: Path) -> None:
        self.git.stdin.close()
        if self.git.wait():
            sys.exit("git fast-import failed")
        subprocess.run(["git", "-C", folder, "reset", "-q", "--hard"], check=True)


def data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"


# Who signs: a teacher who heads her team, and the head of the school.
SIGNERS = ("ngo-thi-tuong-vi", "nguyen-thi-an-khe")
CERTIFICATE = "basicConstraints = critical,CA:false\nkeyUsage = critical,digitalSignature,nonRepudiation\nextendedKeyUsage = emailProtection\n"


def authority(at: Path) -> dict[str, str]:
    """Makes keys and certificates with openssl; answers each person's certificate's SHA-256."""
    at.mkdir()
    openssl = lambda *command: subprocess.run(["openssl", *command], cwd=at, check=True, stderr=subprocess.DEVNULL)  # noqa: E731
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key", "-out", "root.pem",
            "-subj", "/C=VN/O=bench/CN=Bench Root", "-days", "4000", "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    (at / "leaf.cnf").write_text(CERTIFICATE)
    (at / "pin").write_text("271828\n")
    digests = {}
    for who in SIGNERS:
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{who}.key", "-out", f"{who}.csr", "-subj", f"/C=VN/O=bench/CN={who}")
        openssl("x509", "-req", "-in", f"{who}.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "3900",
                "-extfile", "leaf.cnf", "-out", f"{who}.pem")  # fmt: skip
        openssl("x509", "-in", f"{who}.pem", "-outform", "DER", "-out", f"{who}.der")
        openssl("pkcs12", "-export", "-inkey", f"{who}.key", "-in", f"{who}.pem", "-passout", "file:pin", "-out", f"{who}.p12")
        digests[who] = hashlib.sha256((at / f"{who}.der").read_bytes()).hexdigest()
    return digests


def sign(folder: Path, keys: Path, hoso: Path) -> int:
    """Each signs what waits for them; answers how many signatures there are."""
    for who in SIGNERS:
        # Twice: what she wrote, and then what waits for the head of the team.
        for _ in range(2 if who == SIGNERS[0] else 1):
            command = [hoso, "-C", folder, "sign", "--key", keys / f"{who}.p12", "--password-file", keys / "pin", "--all", "--as-signed"]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode not in (0, 4):
                sys.exit(f"hoso sign: exit {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
    return len(list((folder / "signatures").rglob("*.p7s")))


def make(folder: Path, records: int, classes: int, seed: int, keys: Path | None = None) -> int:
    """Makes the school; answers how many commits it has."""
    school, rng, history = School(records, classes, seed), random.Random(seed), History(folder)
    anchors = []
    if keys:
        school.roster.enrol(authority(keys))
        anchors = [("M", "signatures/anchors/bench.pem", (keys / "root.pem").read_bytes())]
    files = [("M", str(path.relative_to(PROJECT)), path.read_bytes()) for path in sorted((PROJECT / "layouts").rglob("*")) if path.is_file()]
    files += [("M", f"content/chu-ky/{path.name}", path.read_bytes()) for path in sorted((CONTENT / "chu-ky").iterdir())]
    files += [("M", "content/school.yaml", school.roster.yaml())]
    files += [("M", ".gitignore", "out/\n"), ("M", ".gitattributes", (PROJECT / ".gitattributes").read_bytes())]
    history.commit(school.roster.author(""), dt.date(BASE_YEAR, 8, 1), "the school and its layouts", files + anchors)
    waiting, later = [], []
    flush = lambda: waiting and history.commit(waiting[0][0], waiting[-1][1], waiting[0][2], [c for one in waiting for c in one[3]])  # noqa: E731
    for day, path, text, pictures, correctable in school.write():
        who, first, name = school.roster.author(text), text, path
        if correctable and rng.random() < 0.2:
            first = re.sub(r"^(de-tai: [^\"'\n]+)$", r"\1 (nháp)", text, count=1, flags=re.M)
        if correctable and rng.random() < 0.02:
            name = path.replace(".md", "-nhap.md")
        if first != text or name != path:
            later.append((who, day, path, name, text))
        waiting.append((who, day, f"records of {day}", [("M", name, first)] + [("M", at, bytes_) for at, bytes_ in pictures.items()]))
        if len(waiting) == 5:
            flush()
            waiting = []
        if len(later) >= 25:
            amend(history, later[:5])
            later = later[5:]
    flush()
    while later:
        amend(history, later[:5])
        later = later[5:]
    history.close(folder)
    return history.commits


def amend(history: History, several: list) -> None:
    changes = []
    for _, _, path, name, text in several:
        if name != path:
            changes.append(("R", name, path))
        changes.append(("M", path, text))
    history.commit(several[0][0], several[-1][1], "corrections", changes)


def classes_for(records: int) -> int:
    """So many that two school years hold the records: from the third on, some days of the sample fall into another month."""
    return max(20, records // 450)


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("folder", type=Path)
    args.add_argument("--records", type=int, default=1000)
    args.add_argument("--classes", type=int)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--signed", type=Path, metavar="HOSO")
    given = args.parse_args()
    keys = given.folder.resolve().with_name(given.folder.name + "-keys") if given.signed else None
    if given.folder.exists():
        sys.exit(f"{given.folder} is there already")
    commits = make(given.folder, given.records, given.classes or classes_for(given.records), given.seed, keys)
    print(f"{given.records} records, {commits} commits")
    if keys:
        print(f"{sign(given.folder, keys, given.signed.resolve())} signatures")


if __name__ == "__main__":
    main()
