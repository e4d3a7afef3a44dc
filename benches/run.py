"""The measurements of run.sh. CPU time is user and system time of a process and its children, all threads; the machine may be busy,
so ratios are taken pair by pair: ours, the peer's, ours, the peer's; the median counts. Wall time is told, and means little."""

import argparse
import json
import math
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import school

PROJECT = Path(__file__).resolve().parent.parent
WORK = PROJECT / "target/bench"
BIN = Path(sys.executable).parent
# What a user would do without hoso: the same text and header as a page, with the commit it comes from.
HUGO = {
    "hugo.yaml": "title: school\nbaseURL: 'https://example.org/'\nenableGitInfo: true\nlayoutDir: hugo-layouts\npublishDir: hugo-out\n"
    "disableKinds: [taxonomy, term, RSS, sitemap]\nignoreLogs: [warning-goldmark-raw-html]\n",
    "hugo-layouts/_default/single.html": "<!doctype html><html lang=vi><title>{{ .File.LogicalName }}</title><h1>{{ .File.LogicalName }}</h1>"
    "{{ with .GitInfo }}<p>{{ .AbbreviatedHash }} {{ .AuthorName }} {{ .AuthorDate }} {{ .Subject }}</p>{{ end }}"
    "<dl>{{ range $k, $v := .Params }}<dt>{{ $k }}<dd>{{ $v }}{{ end }}</dl>{{ .Content }}</html>",
    "hugo-layouts/_default/list.html": "<!doctype html><html lang=vi><title>{{ .Title }}</title><ul>{{ range .Pages }}"
    "<li><a href='{{ .RelPermalink }}'>{{ .RelPermalink }}</a>{{ end }}</ul></html>",
    "hugo-layouts/index.html": "<!doctype html><html lang=vi><ul>{{ range .Site.RegularPages }}"
    "<li><a href='{{ .RelPermalink }}'>{{ .RelPermalink }}</a>{{ end }}</ul></html>",
}
# Many documents in one loop, and each one's bytes; Typst lets go of what it remembers as it likes.
LOOP = """
import sys, typst
for root in sys.stdin.read().split():
    pdf = typst.compile(f"{root}/main.typ", root=root, font_paths=[sys.argv[1]], ignore_system_fonts=True, pdf_standards=["a-3a", "ua-1"])
    open(f"{root}/out.pdf", "wb").write(pdf)
"""


@dataclass
class Took:
    cpu: float
    wall: float
    peak: float  # MB

    def __add__(self, other: "Took") -> "Took":
        return Took(self.cpu + other.cpu, self.wall + other.wall, max(self.peak, other.peak))


def run(*command, at: Path, given: str = "", codes: tuple = (0,)) -> Took:
    """Runs a program to its end and tells what it and its children took."""
    before = time.monotonic()
    environment = {key: value for key, value in os.environ.items() if key != "HOSO_CACHE"}
    environment |= {"HOSO_LANG": "en", "GIT_CONFIG_GLOBAL": "/dev/null"}
    log = WORK / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([str(part) for part in command], cwd=at, env=environment, stdin=subprocess.PIPE, stdout=out, stderr=out)
        process.stdin.write(given.encode())
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"{shlex.join(map(str, command))}: exit {process.returncode}\n{log.read_text(errors='replace')[-2000:]}")
    return Took(usage.ru_utime + usage.ru_stime, time.monotonic() - before, usage.ru_maxrss / 1024)


class School:
    """A school of one size, with copies in which programs may write."""

    def __init__(self, size: int, args: argparse.Namespace) -> None:
        self.size, self.args, self.hoso = size, args, args.hoso
        self.origin = WORK / f"school-{size}"
        if not self.origin.exists():
            school.make(self.origin, size, args.classes or school.classes_for(size), 1)
        self.out = WORK / f"out-{size}"
        self.plan = sorted(self.origin.glob("content/*/mg-5a/giao-an/*.md"))[0].relative_to(self.origin)

    def copy(self, name: str, origin: Path | None = None) -> Path:
        folder = WORK / name
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["git", "clone", "-q", origin or self.origin, folder], check=True)
        return folder

    def change(self, at: Path, number: int) -> None:
        path = at / self.plan
        path.write_text(path.read_text() + f"\nNhận xét thêm lần {number}.\n")
        subprocess.run(["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-qam", f"change {number}"], cwd=at, check=True)

    def build(self, at: Path, out: Path) -> Took:
        return run(self.hoso, "-C", at, "build", "--out", out, at=at, codes=(0, 1, 4))

    def hugo_site(self, name: str) -> Path:
        at = self.copy(name)
        for path, text in HUGO.items():
            (at / path).parent.mkdir(parents=True, exist_ok=True)
            (at / path).write_text(text)
        return at

    def hugo(self, at: Path) -> Took:
        return run(BIN / "hugo", "--quiet", at=at)


# Each verb answers pairs: what hoso took, what the peer took (or none).


def version(here: School):
    return lambda: (run(here.hoso, "--version", at=here.origin), run("git", "--version", at=here.origin))


def new(here: School):
    at = here.copy("new")
    asked = ("giao-an", "--don-vi", "mg-5a", "--ngay", "2024-10-04", "--ten", "do", "--dat", "de-tai=Bé đo")

    def pair():
        run("git", "clean", "-fdq", at=at)
        return run(here.hoso, "-C", at, "new", *asked, at=at), run("git", "status", "--short", at=at)

    return pair


def check(here: School):
    return lambda: (run(here.hoso, "-C", here.origin, "check", at=here.origin), None)


def verify(here: School):
    return lambda: (run(here.hoso, "-C", here.origin, "verify", at=here.origin, codes=(0, 4)), None)


def trace(here: School):
    record = str(here.plan.with_suffix("")).removeprefix("content/")
    return lambda: (run(here.hoso, "-C", here.origin, "log", record, at=here.origin), run("git", "log", "--name-status", "-M", at=here.origin))


def build(here: School):
    at, site = here.copy("cold"), here.hugo_site("hugo")

    def pair():
        # Where hoso keeps what it made.
        shutil.rmtree(at / ".git/hoso", ignore_errors=True)
        shutil.rmtree(here.out, ignore_errors=True)
        shutil.rmtree(site / "hugo-out", ignore_errors=True)
        return here.build(at, here.out), here.hugo(site)

    return pair


def again(here: School):
    at, site = here.copy("again"), here.hugo_site("hugo")
    out = WORK / "out-again"
    shutil.rmtree(out, ignore_errors=True)
    here.build(at, out)
    here.hugo(site)
    return lambda: (here.build(at, out), here.hugo(site))


def one(here: School):
    at, site = here.copy("again"), here.hugo_site("hugo")
    out = WORK / "out-again"
    here.build(at, out)
    here.hugo(site)
    changes = iter(range(100))

    def pair():
        number = next(changes)
        here.change(at, number)
        here.change(site, number)
        return here.build(at, out), here.hugo(site)

    return pair


def forms(here: School):
    """hoso builds the whole archive; Typst alone sets the same forms in one loop."""
    build_only = build(here)
    roots = [str(root) for root in typst_roots(here)]
    fonts = here.origin / "layouts/fonts"
    return lambda: (build_only()[0], run(sys.executable, "-c", LOOP, fonts, at=here.origin, given="\n".join(roots)))


def typst_roots(here: School) -> list[Path]:
    folder = WORK / f"forms-{here.size}"
    if not folder.exists():
        built = subprocess.run(["cargo", "build", "--release", "--locked", *shlex.split(os.environ.get("HOSO_BENCH_CARGO", "")), "--bench", "forms",
                                "--message-format=json"], cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)  # fmt: skip
        [program] = re.findall(r'"name":"forms".*"executable":"([^"]+)"', built.stdout)[-1:]
        run(program, here.origin, folder, at=here.origin)
    return sorted((path.parent for path in folder.glob("*/main.typ")), key=lambda path: int(path.name))


def single(here: School):
    """One process a document, as a user of other programs would: 20 lesson plans."""
    roots = [root for root in typst_roots(here) if "giao-an" in (root / "kind").read_text()][:20]
    fonts = here.origin / "layouts/fonts"
    loop = lambda several: run(sys.executable, "-c", LOOP, fonts, at=here.origin, given="\n".join(map(str, several)))  # noqa: E731

    def pair():
        # Starting Python is not Typst's.
        python = run(sys.executable, "-c", "import typst", at=here.origin)
        each = [loop([root]) for root in roots]
        return loop(roots), Took(sum(one.cpu for one in each) - len(roots) * python.cpu, 0, 0)

    return pair


def bag(here: School):
    out = built(here)
    return lambda: (run(here.hoso, "verify", out, at=out, codes=(0, 1, 4)), run(BIN / "python", BIN / "bagit.py", "--quiet", "--validate", out, at=out))


def digest(here: School):
    out = built(here)
    names = "\0".join(str(path) for path in sorted(out.rglob("*")) if path.is_file())
    return lambda: (run(here.hoso, "verify", out, at=out, codes=(0, 1, 4)), run("xargs", "-0", "sha256sum", at=out, given=names))


def sign(here: School):
    """What waits for one teacher who heads her team, and openssl over the same forms."""
    origin, keys, who = WORK / f"signing-{here.size}", WORK / f"signing-{here.size}-keys", school.SIGNERS[0]
    if not origin.exists():
        school.make(origin, here.size, here.args.classes or school.classes_for(here.size), 1, keys)

    def pair():
        at = here.copy("signing", origin)
        key = ("--key", keys / f"{who}.p12", "--password-file", keys / "pin")
        ours = run(here.hoso, "-C", at, "sign", *key, "--all", "--as-signed", at=at, codes=(0, 4))
        theirs = Took(0, 0, 0)
        for form in sorted((at / "signatures").rglob("form.pdf")):
            theirs += run("openssl", "cms", "-sign", "-binary", "-md", "sha256", "-cades", "-signer", keys / f"{who}.pem",
                          "-inkey", keys / f"{who}.key", "-outform", "DER", "-in", form, "-out", "one.p7s", at=at)  # fmt: skip
        return ours, theirs

    return pair


def built(here: School) -> Path:
    if not here.out.exists():
        here.build(here.copy("cold"), here.out)
    return here.out


VERBS = {
    "version": (version, "`hoso --version`", "`git --version`"),
    "new": (new, "`hoso new`", "`git status`"),
    "check": (check, "`hoso check`", ""),
    "verify": (verify, "`hoso verify`, nothing signed", ""),
    "trace": (trace, "`hoso log`, one record", "`git log --name-status -M`"),
    "sign": (sign, "`hoso sign --all`, one person, forms set too", "`openssl cms -sign`, a process each"),
    "build": (build, "`hoso build`, cold", "Hugo, git info"),
    "again": (again, "`hoso build`, nothing changed", "Hugo, git info"),
    "one": (one, "`hoso build`, one record changed", "Hugo, git info"),
    "forms": (forms, "`hoso build`, cold", "Typst alone, the same forms in one loop"),
    "single": (single, "Typst, 20 lesson plans in one loop", "Typst, a process each"),
    "bag": (bag, "`hoso verify OUT`", "`bagit.py --validate`"),
    "digest": (digest, "`hoso verify OUT`", "`sha256sum`"),
}


def measure(verb: str, size: int, args: argparse.Namespace) -> dict:
    make, what, peer = VERBS[verb]
    pair = make(School(size, args))
    pairs = [pair() for _ in range(args.repeat)]
    median = lambda values: statistics.median(values)  # noqa: E731
    row = {"verb": verb, "size": size, "what": what, "peer": peer,
           "cpu": round(median(ours.cpu for ours, _ in pairs), 3), "wall": round(median(ours.wall for ours, _ in pairs), 2),
           "peak": round(max(ours.peak for ours, _ in pairs))}  # fmt: skip
    if all(theirs for _, theirs in pairs):
        row["peer cpu"] = round(median(theirs.cpu for _, theirs in pairs), 3)
        row["peer peak"] = round(max(theirs.peak for _, theirs in pairs))
        row["ratio"] = round(median(ours.cpu / max(theirs.cpu, 1e-3) for ours, theirs in pairs), 2)
    return row


def growth(rows: list[dict]) -> float | None:
    """The exponent that fits the CPU times best: 1 is proportional to the number of records."""
    points = [(math.log(row["size"]), math.log(max(row["cpu"], 1e-3))) for row in rows]
    return statistics.linear_regression(*zip(*points)).slope if len(points) > 1 else None


def table(rows: list[dict]) -> str:
    lines = ["| what | records | CPU, s | peak, MB | beside | CPU, s | peak, MB | ratio | growth |", "|---|--:|--:|--:|---|--:|--:|--:|--:|"]
    for verb in VERBS:
        mine = sorted((row for row in rows if row["verb"] == verb), key=lambda row: row["size"])
        for row in mine:
            exponent = growth(mine) if row is mine[-1] else None
            cells = [row["what"], f"{row['size']:,}", row["cpu"], row["peak"], row["peer"], row.get("peer cpu", ""), row.get("peer peak") or "",
                     f"{row['ratio']} ×" if "ratio" in row else "", f"{exponent:.2f}" if exponent is not None else ""]  # fmt: skip
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def picture(rows: list[dict], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "hoso"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for verb, (_, what, peer) in VERBS.items():
        mine = sorted((row for row in rows if row["verb"] == verb), key=lambda row: row["size"])
        if not mine or verb in ("forms", "digest", "single"):
            continue
        [line] = axes.loglog([row["size"] for row in mine], [max(row["cpu"], 1e-3) for row in mine], "o-", label=what.replace("`", ""))
        if all("peer cpu" in row for row in mine) and verb in ("build", "trace", "bag"):
            axes.loglog([row["size"] for row in mine], [max(row["peer cpu"], 1e-3) for row in mine], "x:", color=line.get_color(), label=peer.replace("`", ""))
    axes.set(xlabel="records", ylabel="CPU seconds")
    axes.grid(True, which="both", alpha=0.2)
    axes.legend(fontsize=7)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1000")
    parser.add_argument("--verbs", default=" ".join(VERBS))
    parser.add_argument("--classes", type=int)
    parser.add_argument("--hoso", type=lambda text: Path(text).resolve(), default=PROJECT / "target/release/hoso")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    kept = (PROJECT / "docs/speed" if args.write else WORK) / "measured.json"
    kept.parent.mkdir(exist_ok=True)
    # Rows of other sizes and verbs stay: big ones are not measured every time.
    rows = {(row["verb"], row["size"]): row for row in (json.loads(kept.read_text()) if kept.exists() else [])}
    for size in map(int, args.sizes.split()):
        for verb in args.verbs.split():
            row = rows[verb, size] = measure(verb, size, args)
            print(json.dumps(row, ensure_ascii=False), file=sys.stderr, flush=True)
            kept.write_text(json.dumps([rows[key] for key in sorted(rows)], ensure_ascii=False, indent=1) + "\n")
    text = table(list(rows.values()))
    print(text)
    picture(list(rows.values()), kept.parent / "growth.svg")
    if args.write:
        page = PROJECT / "docs/speed.md"
        old = page.read_text()
        begin, end = "<!-- benches/run.sh -->\n", "<!-- /benches/run.sh -->"
        page.write_text(old[: old.index(begin) + len(begin)] + "\n" + text + "\n\n" + old[old.index(end) :])


if __name__ == "__main__":
    main()
