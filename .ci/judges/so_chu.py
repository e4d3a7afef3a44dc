#!/usr/bin/env python3
"""Judges layouts/chung/so.typ: numbers in figures and in words.

    target/judges/venv/bin/python .ci/judges/so_chu.py [FOLDER]     (default: layouts/chung)

Three oracles, none of which shares code with so.typ:
1. a parser written here reads the Vietnamese words back; it must return the number;
2. num2words, lang vi, after its known habits are turned into ours ("lẻ" -> "linh", "không trăm" after a
   higher group); where it differs otherwise the difference is printed and counted by class;
3. Python's decimal for figures, decimals and percentages.
"""
import json, os, random, re, subprocess, sys, tempfile, shutil
from decimal import Decimal, ROUND_HALF_UP
from pathlib import Path
import typst
from num2words import num2words

here = Path(__file__).resolve()
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else next(
    (p / "layouts/chung" for p in here.parents if (p / "layouts/chung/so.typ").exists()), Path("layouts/chung"))

D = dict(zip("không một hai ba bốn năm sáu bảy tám chín".split(), range(10))) | {"mốt": 1, "tư": 4, "lăm": 5}


def read_back(text):
    """Number that the words say; raises on words or an order that Vietnamese does not have."""
    if text.startswith("âm "):
        return -read_back(text[3:])
    if text == "không":
        return 0
    total, last = 0, None
    block = 0          # below one tỷ block
    w = text.split()
    i = 0
    first = True
    while i < len(w):
        n, seen = 0, False
        if i + 1 < len(w) and w[i + 1] == "trăm":
            assert w[i] in D and w[i] not in ("mốt", "tư", "lăm"), text
            if w[i] == "không":
                assert not first, text
            n = D[w[i]] * 100
            i += 2
            seen = True
        elif not first:
            raise AssertionError("hundreds not read: " + text)
        if i < len(w) and w[i] == "linh":
            assert seen and w[i + 1] in D and w[i + 1] not in ("không", "mốt", "tư", "lăm"), text
            n += D[w[i + 1]]
            i += 2
        elif i < len(w) and w[i] == "mười":
            n += 10
            i += 1
            if i < len(w) and w[i] in D:
                assert w[i] not in ("không", "mốt", "tư", "năm"), text
                n += D[w[i]]
                i += 1
        elif i + 1 < len(w) and w[i + 1] == "mươi":
            assert 2 <= D[w[i]] <= 9 and w[i] not in ("tư", "lăm"), text
            n += D[w[i]] * 10
            i += 2
            if i < len(w) and w[i] in D:
                assert w[i] not in ("không", "một", "bốn", "năm"), text
                n += D[w[i]]
                i += 1
        elif not seen:
            assert w[i] in D and w[i] not in ("không", "mốt", "tư", "lăm"), text
            n += D[w[i]]
            i += 1
        scale = 1
        if i < len(w) and w[i] in ("nghìn", "triệu"):
            scale = {"nghìn": 10**3, "triệu": 10**6}[w[i]]
            i += 1
        block += n * scale
        k = 0
        while i < len(w) and w[i] == "tỷ":
            k += 1
            i += 1
        if k or i == len(w):
            total += block * 10 ** (9 * k)
            block = 0
        first = False
    return total


def group(n):
    return f"{n:,}".replace(",", ".")


def dec(x, n):
    q = Decimal(x).quantize(Decimal(1).scaleb(-n), ROUND_HALF_UP)
    s = f"{q:,.{n}f}".replace(",", "_").replace(".", ",").replace("_", ".")
    return s.lstrip("-") if q == 0 else s


random.seed(52)
nums = list(range(0, 2500)) + [10**k + d for k in range(1, 21) for d in (-1, 0, 1, 5, 15, 24, 105)]
nums += [m * 10**k for m in (1, 4, 5, 10, 11, 14, 15, 21, 24, 25, 104, 105, 999) for k in range(0, 19)]
nums += [10**18 + 10**9, 999 * 10**18, 10**21 - 1, 9223372036854775807, 10**15 + 10**9 + 1]
nums += [random.randrange(10 ** random.randint(1, 21)) for _ in range(4000)]
nums += [int("".join(random.choice("0001459") for _ in range(random.randint(1, 21)))) for _ in range(4000)]
nums += [-n for n in (1, 15, 1000, 1250000)]
nums = [n for n in dict.fromkeys(nums) if n < 10**21]
lim = 2**63
decs = [(str(Decimal(random.randrange(-10**9, 10**9)).scaleb(-random.randint(0, 6))), random.randint(0, 3)) for _ in range(2000)]
pcts = [(random.randrange(0, 2000), random.randrange(0, 2000)) for _ in range(2000)] + [(1, 3), (1, 8), (0, 5), (5, 0)]

with tempfile.TemporaryDirectory() as t:
    shutil.copy(folder / "so.typ", t)
    Path(t, "in.json").write_text(json.dumps({"n": [n if -lim < n < lim else str(n) for n in nums], "d": decs, "p": pcts}))
    Path(t, "m.typ").write_text('#import "so.typ": *\n#let v = json("in.json")\n#metadata((n: v.n.map(n => (so-nhom(n), so-chu(n), tien-chu(n))),'
                                ' d: v.d.map(((x, n)) => (so-le(x, n), so-le(decimal(x), n), so-le(float(x), n))), p: v.p.map(((a, b)) => phan-tram(a, b))))<r>')
    got = json.loads(typst.query(str(Path(t, "m.typ")), "<r>", field="value"))[0]

bad = 0


def fault(*a):
    global bad
    bad += 1
    if bad < 20:
        print("FAULT", *a)


habit = {}
for n, (figures, words, money) in zip(nums, got["n"]):
    if figures != group(n):
        fault(n, figures)
    if money != words[0].upper() + words[1:] + " đồng":
        fault(n, money)
    try:
        if read_back(words) != n:
            fault(n, words, "reads back as", read_back(words))
    except (AssertionError, KeyError, IndexError) as e:
        fault(n, words, "is not read:", repr(e))
    if n < 0:
        continue
    theirs = num2words(n, lang="vi")
    if theirs == words:
        kind = "same"
    else:
        t2 = re.sub(r"\blẻ\b", "linh", theirs)
        t2 = re.sub(r"\bngàn\b", "nghìn", t2).replace("tỉ", "tỷ")
        bare = lambda v: re.sub(r"\b(không trăm|linh) ", "", v).replace("mươi tư", "mươi bốn")
        if t2 == words:
            kind = "same but lẻ for linh"
        elif t2.replace("mươi bốn", "mươi tư") == words:
            kind = "same but bốn for tư"
        elif bare(t2) == bare(words):
            kind = "same but không trăm is left out (it says 'lẻ mười' for 1010)"
        elif n >= 10**12:
            kind = "above 999 tỷ it has no tỷ tỷ, repeats tỷ and counts in floats"
        else:
            kind = "other"
            fault(n, words, theirs)
    habit.setdefault(kind, []).append((n, words, theirs))
for (x, n), r in zip(decs, got["d"]):
    want = dec(x, n)
    # A text is cut at n decimals, not rounded: only decimals and floats are judged.
    for v in r[1:]:
        if v != want:
            fault(x, n, v, want)
for (a, b), r in zip(pcts, got["p"]):
    want = "–" if b == 0 else dec(Decimal(a) * 100 / b, 1) + "%"
    if r != want:
        fault(a, b, r, want)

print(len(nums), "numbers,", len(decs), "decimals,", len(pcts), "shares;", bad, "faults")
for k, v in habit.items():
    print(f"num2words: {k}: {len(v)}; e.g. {v[0][0]}: {v[0][1]!r} / {v[0][2]!r}")
    if k == "other":
        for x in random.sample(v, min(12, len(v))):
            print("   ", *x, sep=" | ")
sys.exit(bad > 0)
