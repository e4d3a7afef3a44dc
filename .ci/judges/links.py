#!/usr/bin/env python3
"""Reads every page of an archive and follows every reference in it.

    links.py [OUT]

Each link and each loaded file must be relative, stay inside data/ (or the bag, for the manifests), and
exist, fragment included; nothing may be loaded from elsewhere, though text may link to https and mailto.
Each page must be reachable from index.html, have a language, a title, one h1, no id twice, an alt on each image.
"""

import re
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, as against what a reader may click on.
LOADED = {
    ("img", "src"), ("img", "srcset"), ("source", "src"), ("source", "srcset"), ("link", "href"), ("script", "src"),
    ("iframe", "src"), ("object", "data"), ("embed", "src"), ("video", "src"), ("video", "poster"), ("audio", "src"),
    ("track", "src"), ("use", "href"), ("use", "xlink:href"), ("image", "href"), ("image", "xlink:href"),
    ("input", "src"), ("body", "background"),
}  # fmt: skip
CLICKED = {("a", "href"), ("area", "href"), ("form", "action"), ("button", "formaction"), ("a", "ping")}
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


class Page(HTMLParser):
    """One page: its references, its ids, and what every page must have."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.references: list[tuple[str, bool]] = []  # target, is it loaded
        self.ids: Counter[str] = Counter()
        self.faults: list[str] = []
        self.seen: Counter[str] = Counter()
        self.title, self.inside = "", ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attributes}
        self.seen[tag] += 1
        self.inside = tag
        if "id" in named:
            self.ids[named["id"]] += 1
        if tag == "html" and not named.get("lang"):
            self.faults.append("no language")
        if tag == "img" and "alt" not in named:
            self.faults.append(f"no alt: {named.get('src')}")
        if tag == "base":
            self.faults.append("a base element")
        for name, value in named.items():
            if name.startswith("on"):
                self.faults.append(f"a script in {name}")
            if name == "style":
                self.style(value)
            if name == "srcset":
                self.references += [(part.split()[0], True) for part in value.split(",") if part.strip()]
            elif (tag, name) in LOADED:
                self.references.append((value, True))
            elif (tag, name) in CLICKED:
                self.references.append((value, False))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self.inside = ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.style(data)
        if self.inside == "title" and self.seen["title"] == 1:
            self.title += data

    def style(self, text: str) -> None:
        self.references += [(a or b, True) for a, b in CSS_URL.findall(text)]


class Archive:
    def __init__(self, out: Path) -> None:
        self.bag = out.resolve()
        self.site = self.bag / "data"
        self.files = {p for p in self.bag.rglob("*") if p.is_file()}
        self.pages = {
            p: Page(p.read_text(encoding="utf-8")) for p in sorted(self.files) if p.suffix == ".html" and self.site in p.parents
        }
        self.faults: list[str] = []
        self.references = 0

    def say(self, page: Path, fault: str) -> None:
        self.faults.append(f"{page.relative_to(self.bag)}: {fault}")

    def follow(self, page: Path, target: str, loaded: bool) -> Path | None:
        """The page that a reference leads to, when it is one of ours."""
        self.references += 1
        parts = urlsplit(target)
        if parts.scheme == "data" and loaded:
            return None
        if parts.scheme or parts.netloc:
            if loaded or parts.scheme not in ("http", "https", "mailto", "tel"):
                self.say(page, f"leads outside: {target}")
            return None
        if parts.path.startswith("/") or "\\" in target or parts.query:
            self.say(page, f"not a plain relative path: {target}")
            return None
        # Not through the disk: `a/../b` must work where `a` is missing, and case must match on any disk.
        at = page
        if parts.path:
            steps = list(page.parent.parts)
            for step in unquote(parts.path, errors="strict").split("/"):
                if step == "..":
                    steps.pop()
                elif step not in ("", "."):
                    steps.append(step)
            at = Path(*steps)
        if at not in self.files:
            self.say(page, f"leads nowhere: {target}" + (" (a folder: name its index.html)" if at.is_dir() else ""))
            return None
        there = self.pages.get(at)
        if parts.fragment and (there is None or unquote(parts.fragment) not in there.ids) and at.suffix != ".pdf":
            self.say(page, f"no such place on that page: {target}")
        return at if there else None

    def check(self) -> None:
        ways: dict[Path, set[Path]] = {}
        for path, page in self.pages.items():
            for fault in page.faults:
                self.say(path, fault)
            for name, times in page.ids.items():
                if times > 1:
                    self.say(path, f"id {name} is there {times} times")
            if not page.title.strip():
                self.say(path, "no title")
            if page.seen["h1"] != 1:
                self.say(path, f"{page.seen['h1']} h1")
            ways[path] = {there for there in (self.follow(path, *r) for r in page.references) if there}
        for path in self.files:
            if path.suffix in (".css", ".svg"):
                sheet = Page("")
                sheet.style(path.read_text(encoding="utf-8"))
                for reference in sheet.references:
                    if not reference[0].startswith("#"):
                        self.follow(path, *reference)
        home = self.site / "index.html"
        reached, border = {home}, [home]
        while border:
            for there in ways.get(border.pop(), set()) - reached:
                reached.add(there)
                border.append(there)
        for path in self.pages.keys() - reached:
            self.say(path, "no way leads here from index.html")


def main() -> None:
    archive = Archive(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
    if not archive.pages:
        sys.exit("links: no page at all")
    archive.check()
    for fault in sorted(archive.faults):
        print(fault)
    print(f"links: {len(archive.pages)} pages, {archive.references} references, {len(archive.faults)} failed")
    sys.exit(1 if archive.faults else 0)


main()
