"""Looks for what an edition must not say: every text of every hidden field of every record, in all that the edition
shows: pages, search index, catalogue, PDFs, texts, names of files beside documents.

    audience.py HOSO [WORK]      (run with the Python that has bagit and PyYAML)

Builds the public and the school's edition of the sample school in WORK and has `sha256sum -c`, bagit-python and
`hoso verify` agree to them; then a document that was left out is proved from the edition alone. Names of staff and
ids that other records show rightfully are not looked for, but on the extract's own page they are.
"""

import html
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

import bagit
import yaml

hoso = Path(sys.argv[1]).resolve()
root = Path(__file__).resolve().parents[2]
failed = 0


def fail(text: str) -> None:
    global failed
    failed += 1
    print(text)


def leaves(value) -> list[str]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def header(path: Path) -> tuple[dict, str]:
    text = path.read_text(encoding="utf-8")
    found = re.match(r"---\n(.*?)\n---\n?(.*)", text, re.S)
    return (yaml.load(found[1], yaml.BaseLoader), found[2]) if found else ({}, text)


kinds = {path.parent.name: yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) for path in root.glob("layouts/*/kind.yaml")}
staff = set(map(plain, leaves(yaml.load((root / "content/school.yaml").read_text(encoding="utf-8"), yaml.BaseLoader))))
records = {}
for path in sorted((root / "content").glob("*/*/*/*.md")):
    fields, body = header(path)
    records["/".join(path.relative_to(root / "content").parts)[:-3]] = (path.parent.name, fields, body)


def marks(kind: str, audience: str) -> list[str]:
    sensitive = kinds[kind].get("nhay-cam") or []
    return sensitive if audience == "school" else sensitive + (kinds[kind].get("ca-nhan") or [])


def hidden(audience: str, one: tuple) -> tuple[set[str], set[str]]:
    """The texts that are hidden in a record, and those that are not."""
    kind, fields, body = one
    names = marks(kind, audience)
    away = {plain(leaf) for key in names for leaf in leaves(fields.get(key))}
    seen = {plain(leaf) for key, value in fields.items() if key not in names for leaf in leaves(value)}
    if "than" in names:
        away |= {plain(line.strip("-*# ")) for line in body.splitlines()}
    else:
        seen.add(plain(body))
    return away, seen


def telling(text: str) -> bool:
    """Whether a text by itself says something of somebody: a number of a person, three words or more."""
    return bool(re.fullmatch(r"\d{9,}", text)) or len(text.split()) >= 3 and not re.fullmatch(r"[\d ./:,-]+", text)


def children(value) -> set[str]:
    """The names of children, whole and as they are called."""
    if isinstance(value, list):
        return {name for one in value for name in children(one)}
    if not isinstance(value, dict):
        return set()
    names = {name for one in value.values() for name in children(one)}
    if "ho-dem" in value and "ten" in value:
        last = f"{value['ho-dem'].split()[-1]} {value['ten']}"
        names |= {f"{value['ho-dem']} {value['ten']}", f"cháu {last}", f"bé {last}", f"Bé {last}"}
    return names


def shown(path: Path) -> str:
    if path.suffix == ".pdf":
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
        return plain(text)
    if path.suffix in (".html", ".js", ".json", ".md", ".svg", ".css"):
        return plain(html.unescape(path.read_text(encoding="utf-8")))
    return ""


work = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp())
total = Counter()
for audience in ("public", "school"):
    out = work / audience
    done = subprocess.run([hoso, "build", "--audience", audience, "--out", out], cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"{audience}: build: {done.stderr[-600:]}")
        continue
    texts = {path.relative_to(out).as_posix(): shown(path) for path in sorted((out / "data").rglob("*")) if path.is_file()}
    everything = "\n".join(texts.values()) + "\n".join(texts)
    catalogue = json.loads((out / "data/ban-trich.json").read_text(encoding="utf-8"))
    shapes = {one["id"]: one["shape"] for one in catalogue["records"] if one["id"]}
    total.update(one["shape"] for one in catalogue["records"])

    # What is hidden in one record and shown by no other may stand nowhere at all.
    free = set(staff)
    for one in records.values():
        free |= hidden(audience, one)[1]
    secret = {text for one in records.values() for text in hidden(audience, one)[0]} - free
    secret = {text for text in secret if telling(text)}
    flat = "\n".join(free)
    secret = {text for text in secret if text not in flat}
    if audience == "public":
        secret |= {name for one in records.values() for name in children(one[1])}
    total[f"{audience} secrets"] = len(secret)
    found = {text for text in secret if text in everything}
    for text in sorted(found)[:20]:
        where = [name for name, there in texts.items() if text in there or text in name]
        fail(f"{audience}: {text!r} stands in {where[:3]}")

    # On its own page, nothing at all of it may stand.
    for name, one in records.items():
        kind = shapes.get(name)
        page = f"data/ho-so/{name}/index.html"
        if kind == "whole":
            if hidden(audience, one)[0] - {""}:
                fail(f"{audience}: {name} hides something and is there whole")
        elif kind == "extract":
            away, seen = hidden(audience, one)
            body = re.sub(r"<[^>]*>", " ", texts[page].split("<main", 1)[1].split("</main>", 1)[0])
            rest = plain(" ".join(seen))
            for text in sorted(text for text in away if telling(text) and text in body and text not in rest):
                fail(f"{audience}: {page} says {text!r}")
            if (out / f"data/ho-so/{name}/form.pdf").exists():
                fail(f"{audience}: {name}: the form is there")
        elif (out / f"data/ho-so/{name}").exists():
            fail(f"{audience}: {name} is only counted and has a folder")
    for gone in ("kho", "nguoi", "ngay", "archives"):
        if (out / "data" / gone).exists():
            fail(f"{audience}: data/{gone} is there")

    # Judges.
    bagit.Bag(str(out)).validate()
    for command in (
        "sha256sum --quiet -c tagmanifest-sha256.txt && sha256sum --quiet -c manifest-sha256.txt",
        "cd goc && grep ' manifest-sha256.txt' tagmanifest-sha256.txt | sha256sum --quiet -c",
    ):
        if subprocess.run(["bash", "-c", command], cwd=out).returncode != 0:
            fail(f"{audience}: {command}")
    manifest = (out / "goc/manifest-sha256.txt").read_text(encoding="utf-8")
    for one in catalogue["records"]:
        if f"{one['sha256']}  " not in manifest:
            fail(f"{audience}: the form {one['sha256']} of {one['kind']} is not in the archive's manifest")
    said = subprocess.run([hoso, "verify", out], cwd=root, capture_output=True, text=True)
    if said.returncode not in (0, 4):
        fail(f"{audience}: hoso verify: exit {said.returncode}: {said.stdout[-300:]}{said.stderr[-300:]}")

    looked = subprocess.run(["node", root / ".ci/judges/edition.mjs", out], capture_output=True, text=True)
    if looked.returncode != 0:
        fail(f"{audience}: {looked.stdout[-2000:]}{looked.stderr[-600:]}")

    # A document that was changed, and one that was put in.
    form = next(path for path in sorted((out / "data/ho-so").rglob("form.pdf")))
    kept = form.read_bytes()
    form.chmod(0o644)
    form.write_bytes(kept[:-9] + bytes([kept[-9] ^ 1]) + kept[-8:])
    if subprocess.run([hoso, "verify", out], cwd=root, capture_output=True).returncode != 1:
        fail(f"{audience}: a form was changed and `hoso verify` says nothing")
    form.write_bytes(kept)

print(f"audience: {total['whole']} documents whole, {total['extract']} in part, {total['counted']} only counted; "
      f"{total['public secrets']} and {total['school secrets']} hidden texts looked for, {failed} failed")
sys.exit(failed > 0 or total["public secrets"] < 100 or total["school secrets"] < 50)
