"""Types what the pages tell a reader to type: every command of the proof chains of some records, in the archive's
folder, in bash; each must end well. Only the seal of an archive that is not sealed may be missing, and must be.

    proofs.py OUT [HOSO]

The records: the first of each kind and of each state, and all that carry time-stamps.
"""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

out = Path(sys.argv[1]).resolve()
root = Path(__file__).resolve().parents[2]
hoso = Path(sys.argv[2] if len(sys.argv) > 2 else root / "target/release/hoso").resolve()
LINK = re.compile(r'<li class="link l-(\w+)">.*?<h3>([^<]*?) <span class="link-state">.*?</h3>(.*?)</li>', re.S)
HOW = re.compile(r'<pre class="how"><code>(.*?)</code></pre>', re.S)
STATE = re.compile(r'class="record-state">.*?<span class="badge s-([\w-]+)', re.S)


def chosen() -> list[Path]:
    seen: set[str] = set()
    pages = []
    for page in sorted(out.glob("data/ho-so/**/index.html")):
        if not (page.parent / "form.pdf").is_file():
            continue
        text = page.read_text(encoding="utf-8")
        state = STATE.search(text)
        sorts = {f"kind {page.parts[-3]}", f"state {state and state[1]}"}
        if not sorts <= seen or ">Dấu thời gian <" in text:
            pages.append(page)
        seen |= sorts
    return pages


environment = dict(os.environ, PATH=f"{hoso.parent}:{os.environ['PATH']}")
sealed = (out / "tagmanifest-sha256.txt.p7s").exists()
typed, failed, known = 0, 0, {}
pages = chosen()
for page in pages:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    titles = [title for _, title, _ in links]
    wanted = ["Văn bản nguồn", "Lần ghi (commit)", "Bản in (PDF)", "Kho lưu trữ (bag)", "Niêm phong", "Kho niêm phong trước"]
    if [title for title in titles if title in wanted] != wanted:
        print(f"{page.relative_to(out)}: links {titles}")
        failed += 1
    for state, title, body in links:
        how = HOW.search(body)
        if how is None:
            continue
        command = html.unescape(how[1])
        if command not in known:
            typed += 1
            done = subprocess.run(["bash", "-c", f"set -e -o pipefail\n{command}"], cwd=out, env=environment, capture_output=True, text=True)
            known[command] = (done.returncode, (done.stdout + done.stderr).strip()[-300:])
        code, said = known[command]
        missing = title == "Niêm phong" and not sealed
        # 4: nothing is wrong, and revocation is not known.
        good = code != 0 if missing else code == 0 or code == 4 and command.startswith("hoso verify")
        if not good or state == "no":
            print(f"{page.relative_to(out)}: {title} ({state}): {code} {said}\n{command}")
            failed += 1
for left in out.glob("*.tmp"):
    left.unlink()
print(f"proofs: {typed} commands of {len(pages)} pages typed, {failed} failed")
sys.exit(failed > 0 or typed < 100)
