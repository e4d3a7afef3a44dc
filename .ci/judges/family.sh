#!/usr/bin/env bash
# Renders the school's documents of the administrative family and has family.py measure every one against the
# figures of Decree 30/2020, Appendix I. Then the judge is judged: each line of `wrong` puts one figure of the
# layouts off, and family.py must name that figure on the document given.
#
#     .ci/judges/family.sh [HOSO]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${ROOT:-$(cd "$here/../.." && pwd)}
hoso=$(realpath "${1:-$root/target/release/hoso}")
python=${PYTHON:-$root/target/judges/venv/bin/python}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME="Văn thư" GIT_AUTHOR_EMAIL=van-thu@mamnon.example GIT_AUTHOR_DATE=2026-11-23T08:00:00+07:00
export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME" GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE

# The family and what its checks refer to; nothing else, so that each of the many builds is short.
mkdir -p "$scratch/school/content"
cp -r "$root/layouts" "$scratch/school/"
cp -r "$root"/content/{school.yaml,chu-ky} "$scratch/school/content/"
documents=()
for file in "$root"/content/*/truong/{van-ban-di,bien-ban,ban-sao,ke-hoach-chien-luoc,ke-hoach-nam-hoc}/*.md; do
    path=${file#"$root"/content/}
    # Outgoing documents before 2025 are of form version 1: letter.sh.
    case $path in 2024-2025/truong/van-ban-di/*) grep -q '^ngay: 2025' "$file" || continue ;; esac
    mkdir -p "$scratch/school/content/$(dirname "$path")"
    cp "$file" "$scratch/school/content/$path"
    documents+=("${path%.md}")
done
for year in 2025-2026 2026-2027; do
    [ ! -d "$root/content/$year/truong/van-ban-den" ] || cp -r "$root/content/$year/truong/van-ban-den" "$scratch/school/content/$year/truong/"
done
git -C "$scratch/school" init -q -b main

build() {
    (cd "$scratch/school" && git add -A && git commit -q --allow-empty -m "van-ban")
    "$hoso" -C "$scratch/school" build >"$scratch/log" 2>&1 || { cat "$scratch/log"; echo "family: the build failed"; exit 1; }
}
measure() { "$python" "$here/family.py" "$scratch/school/out/data/ho-so/$1/form.pdf" "$scratch/school/content/$1.md"; }

build
for id in "${documents[@]}"; do
    measure "$id" >"$scratch/out" || { echo "$id"; grep ^MISS "$scratch/out" || cat "$scratch/out"; exit 1; }
done
echo "family: ${#documents[@]} documents, every figure met"

di=2025-2026/truong/van-ban-di
van=layouts/chung/van-ban.typ
nd=layouts/chung/nd30.typ
# document | file | as it is | put off | the figure that must be named
wrong=(
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|left: 30mm|left: 26mm|I.2 left margin"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|right: 20mm|right: 12mm|I.2 right margin"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|top: 20mm|top: 17mm|I.2 page 1: top margin"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|#let thut = 10mm|#let thut = 8mm|ô 6 first-line indent"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|#let cach-doan = 6pt|#let cach-doan = 4pt|ô 6 space between paragraphs"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|#let gian-dong = 0.16em|#let gian-dong = 0.9em|ô 6 line spacing"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|#let co-noi-dung = 14pt|#let co-noi-dung = 12pt|ô 6 size"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|size: 12pt, weight: \"bold\", upper(school.heading)|size: 12pt, upper(school.heading)|ô 2 issuing body: weight"
    "$di/127-nghi-quyet-hoi-dong-truong|$van|par(text(size: 12pt, upper(d.school.heading)))|par(strong(text(size: 12pt, upper(d.school.heading))))|ô 2 parent body: weight"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|stroke: (bottom: 0.7pt), inset|stroke: none, inset|ô 1 line: length"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|line(length: w * 0.4|line(length: w * 0.8|ô 2 line: share"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|block(above: 2pt, line(length: w * 0.4|block(above: 2pt, line(length: w * 0.7|ô 5a line: share"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|if so != none { text(size: 13pt, so) }|if so != none { text(size: 14pt, so) }|ô 3 number and symbol: size"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|text(size: 13pt, style: \"italic\", ngay)|text(size: 13pt, ngay)|ô 4 place and date: weight"
    "$di/124-cho-tre-nghi-hoc-tranh-bao|$van|row-gutter: (10pt, 6pt),|row-gutter: (10pt, 12pt),|ô 5b space below"
    "$di/124-cho-tre-nghi-hoc-tranh-bao|$nd|(\"HOẢ TỐC\", 30mm)|(\"HOẢ TỐC\", 40mm)|ô 10b: width of the box"
    "$di/124-cho-tre-nghi-hoc-tranh-bao|$nd|width: w, height: 8mm|width: w, height: 10mm|ô 10b: height of the box"
    "$di/124-cho-tre-nghi-hoc-tranh-bao|$nd|rgb(\"#ff0000\")|rgb(\"#a00000\")|ô 10b bright red"
    "$di/124-cho-tre-nghi-hoc-tranh-bao|$nd|line(length: 100%, stroke: 0.7pt)|line(length: 60%, stroke: 0.7pt)|ô 13 line"
    "$di/124-cho-tre-nghi-hoc-tranh-bao|$van|let le = if ngan { 22mm } else { thut }|let le = if ngan { 22mm } else { thut }; let measure(x) = (width: 5mm)|ô 9a hyphen"
    "$di/125-thong-bao-doi-chieu-tien-an|$van|height: 8mm, inset: (x: 2.5mm), stroke: 1pt|height: 8mm, inset: (x: 2.5mm)|ô 11: box"
    "$di/125-thong-bao-doi-chieu-tien-an|$van|(\"TL. Hiệu trưởng\", chuc)|(none, chuc)|ô 7a line 1"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|set text(size: 11pt)|set text(size: 12pt)|ô 9b, 12 line 1: size"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$nd|weight: \"bold\", style: \"italic\", \"Nơi nhận:\"|weight: \"bold\", \"Nơi nhận:\"|ô 9b Nơi nhận: weight"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|pad(top: 2pt * 0.891, trai)|pad(top: 14pt, trai)|ô 9b level with ô 7a"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|v(26mm)|v(8mm)|ô 7c room"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|size: 14pt, weight: \"bold\", \"Phụ lục\"|size: 13pt, weight: \"bold\", \"Phụ lục\"|III.1b Phụ lục"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|text(size: 14pt, weight: \"bold\", upper(chu(p.ten)))|text(size: 16pt, weight: \"bold\", upper(chu(p.ten)))|III.1b its name"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|\" \" + numbering(\"I\", so)|\" \" + numbering(\"1\", so)|III.1b Phụ lục"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|size: 14pt, style: \"italic\",|size: 14pt,|III.1c what it goes with"
    "$di/122-ke-hoach-kiem-tra-noi-bo|$van|set page(flipped: ngang, header|set page(flipped: false, header|I.1 landscape annexes"
    "$di/123-quyet-dinh-quy-che-ho-so-dien-tu|$van|let n = here().page() - dau + 1|let n = here().page()|I.7 page 2: first of its part"
    "$di/123-quyet-dinh-quy-che-ho-so-dien-tu|$van|text(size: 13pt, str(n))|text(size: 11pt, str(n))|I.7 page 3: number: size"
    "$di/123-quyet-dinh-quy-che-ho-so-dien-tu|$van|d đ e g|d e f g|ô 6 words"
    "$di/123-quyet-dinh-quy-che-ho-so-dien-tu|$van|upper(chu(ten)) } }))|chu(ten) } }))|ô 6 words"
    "$di/123-quyet-dinh-quy-che-ho-so-dien-tu|$van|align(center, heading(level: cap, {|align(left, heading(level: cap, {|centred"
    "$di/123-quyet-dinh-quy-che-ho-so-dien-tu|$van|align(center, par(strong(chu(s))))|align(left, par(strong(chu(s))))|Mẫu 1.2 the word of decision: centred"
    "2026-2027/truong/van-ban-di/ke-hoach-hoi-thi-be-khoe|$van|#let cho-so = \"\\u{a0}\" * 7|#let cho-so = \"\"|ô 3 room for the number"
    "2025-2026/truong/bien-ban/01-hop-hoi-dong-su-pham|layouts/bien-ban/form.typ|par(\"THƯ KÝ\"), par(\"CHỦ TỌA\"),|par(\"CHỦ TỌA\"), par(\"THƯ KÝ\"),|Mẫu 1.9"
    "2026-2027/truong/ban-sao/02-trich-sao-nghi-quyet|layouts/ban-sao/form.typ|line(length: 100%, stroke: 0.7pt)|line(length: 50%, stroke: 0.7pt)|copy: line across"
    "2026-2027/truong/ban-sao/03-sao-luc-huong-dan-y-te|$van|dy: -8mm, tinh(text(size: 10pt|dy: -8mm, tinh(text(size: 12pt|ô 14 line: size"
)
for line in "${wrong[@]}"; do
    IFS='|' read -r id file from to figure <<<"$line"
    cp "$scratch/school/$file" "$scratch/kept"
    FROM=$from TO=$to "$python" - "$scratch/school/$file" <<'PY'
import os, sys
path, a, b = sys.argv[1], os.environ["FROM"], os.environ["TO"]
text = open(path, encoding="utf-8").read()
if a not in text:
    sys.exit(f"family: {path} has no longer: {a}")
open(path, "w", encoding="utf-8").write(text.replace(a, b))
PY
    build
    if measure "$id" >"$scratch/out" 2>&1; then
        echo "family: accepted although put off: $from => $to"
        exit 1
    fi
    grep -qF "MISS" "$scratch/out" && grep ^MISS "$scratch/out" | grep -qF "$figure" || {
        echo "family: put off ($from => $to), but “$figure” was not named:"
        grep -E "^MISS|Error" "$scratch/out" || cat "$scratch/out"
        exit 1
    }
    cp "$scratch/kept" "$scratch/school/$file"
done
echo "family: ${#wrong[@]} figures put off, each found"
