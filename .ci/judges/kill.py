#!/usr/bin/env python3
"""Kills builds at many instants and looks at what a reader would then find.

    kill.py [REPOSITORY] [HOSO] [KILLS]

Works on a small school, two years of the repository's, with two revisions whose archives differ. A build is measured first; then builds of the other
revision into the same folder are killed (SIGKILL) at instants spread over its whole run and, closer together,
over the time in which it writes, and some at the very moment when the archive is exchanged. After each kill the
archive must be one of the two, whole: every listed file right, no file besides. It must never be absent, not for
an instant. A build after that must succeed and leave nothing beside the archive.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Archive:
    """The folder under fire, and what is known of it."""

    def __init__(self, school: Path, hoso: Path) -> None:
        self.school, self.hoso, self.out = school, hoso, school / "out"
        self.revisions: list[str] = []
        self.whole: dict[str, str] = {}  # revision -> digest of its tag manifest
        self.faults: list[str] = []

    def checkout(self, revision: str) -> None:
        git(self.school, "checkout", "-q", revision)

    def start(self) -> subprocess.Popen:
        return subprocess.Popen(
            [self.hoso, "-C", self.school, "build"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def build(self, why: str) -> None:
        process = self.start()
        said = process.communicate()[1].decode(errors="replace")
        if process.returncode != 0:
            self.faults.append(f"{why}: build ends with {process.returncode}: {said[-500:]}")

    def identity(self) -> str:
        return hashlib.sha256((self.out / "tagmanifest-sha256.txt").read_bytes()).hexdigest()

    def inspect(self, why: str) -> None:
        """The archive must be one of the two and whole."""
        if not self.out.is_dir():
            self.faults.append(f"{why}: there is no archive")
            return
        listed = set()
        for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            check = subprocess.run(
                ["sha256sum", "--check", "--strict", "--quiet", manifest], cwd=self.out, capture_output=True, text=True
            )
            if check.returncode != 0:
                self.faults.append(f"{why}: {manifest}: {(check.stdout + check.stderr)[:500]}")
                return
            listed |= {line.split("  ", 1)[1] for line in (self.out / manifest).read_text().splitlines()}
        there = {str(p.relative_to(self.out)) for p in self.out.rglob("*") if p.is_file()}
        besides = {p for p in there - listed if p.startswith("data/")}
        if besides:
            self.faults.append(f"{why}: not in the manifest: {sorted(besides)[:5]}")
        if self.identity() not in self.whole.values():
            self.faults.append(f"{why}: neither the old archive nor the new one")


def git(at: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Judge", "-c", "user.email=judge@school.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, "-C", at, *arguments], check=True, capture_output=True, text=True).stdout


def small_school(repository: Path, school: Path) -> None:
    """The two smallest years of the repository as one commit: a build takes seconds and yet writes all there is."""
    git(repository, "clone", "-q", str(repository), str(school))
    years = sorted((school / "content").glob("20*"), key=lambda year: sum(1 for _ in year.rglob("*")))
    for year in years[2:]:
        shutil.rmtree(year)
        shutil.rmtree(school / "signatures" / year.name, ignore_errors=True)
    # A history of its own: what is left out was not deleted.
    shutil.rmtree(school / ".git")
    git(repository, "init", "-q", str(school))
    git(school, "add", "-A")
    git(school, "commit", "-qm", "sample: two years")


def second_revision(school: Path) -> None:
    """Commits a change of one record that nobody has signed and that has a body to add to."""
    for record in sorted((school / "content").rglob("*.md")):
        text = record.read_text()
        signed = school / "signatures" / record.relative_to(school / "content").with_suffix("")
        if not signed.exists() and text.count("\n---\n") and text.split("\n---\n", 1)[1].strip():
            record.write_text(text.rstrip() + "\n\nĐã xem lại.\n")
            git(school, "commit", "-qam", "sample: a second revision")
            return
    sys.exit("kill: no unsigned record with a body")


def watched(archive: Archive, process: subprocess.Popen, until: float, stop_at_exchange: bool) -> tuple[float | None, bool]:
    """Watches a build till it ends or is to be killed: when did it begin to write, was the archive ever absent?"""
    start, at_first = time.monotonic(), archive.out.stat().st_ino
    beside, writes, absent = set(os.listdir(archive.school)), None, False
    while process.poll() is None and time.monotonic() - start < until:
        if writes is None and set(os.listdir(archive.school)) != beside:
            writes = time.monotonic() - start
        try:
            if archive.out.stat().st_ino != at_first and stop_at_exchange:
                break
        except FileNotFoundError:
            absent = True
            if stop_at_exchange:
                break
        time.sleep(0.0002)
    return writes, absent


def main() -> None:
    here = Path(__file__).resolve().parent
    repository = Path(sys.argv[1] if len(sys.argv) > 1 else here.parent.parent)
    hoso = Path(sys.argv[2] if len(sys.argv) > 2 else here.parent.parent / "target/release/hoso").resolve()
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 25
    scratch = Path(tempfile.mkdtemp())
    try:
        small_school(repository.resolve(), scratch / "school")
        archive = Archive(scratch / "school", hoso)
        done, span = fire(archive, kills)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    for fault in archive.faults:
        print(fault)
    print(f"kill: {done} builds killed, one takes {span:.2f} s, {len(archive.faults)} failed")
    sys.exit(1 if archive.faults or done < kills // 2 else 0)


def fire(archive: Archive, kills: int) -> tuple[int, float]:
    school = archive.school
    archive.revisions.append(git(school, "rev-parse", "HEAD").strip())
    second_revision(school)
    archive.revisions.append(git(school, "rev-parse", "HEAD").strip())
    for revision in archive.revisions:
        archive.checkout(revision)
        archive.build(revision)
        if archive.faults:
            return 0, 0.0
        archive.whole[revision] = archive.identity()
        archive.inspect("before any kill")
    if len(set(archive.whole.values())) != 2:
        sys.exit("kill: the two archives are equal, so nothing could be told")
    clean = set(os.listdir(school))

    archive.checkout(archive.revisions[0])
    start = time.monotonic()
    process = archive.start()
    writes, absent = watched(archive, process, 600, False)
    process.communicate()
    span = time.monotonic() - start
    if absent:
        archive.faults.append("while building: for an instant there is no archive")
    writes = writes or span * 2 / 3

    third = kills // 3
    instants = [(span * (n + 0.5) / third, False) for n in range(third)]
    instants += [(writes + (span * 1.02 - writes) * n / third, False) for n in range(third)]
    instants += [(600, True)] * (kills - len(instants))
    done = 0
    for number, (instant, at_exchange) in enumerate(instants):
        # The other revision than the one that stands, so that an exchange is seen.
        stands = next((r for r, digest in archive.whole.items() if digest == archive.identity()), archive.revisions[1])
        archive.checkout(next(r for r in archive.revisions if r != stands))
        why = "killed at the exchange" if at_exchange else f"killed after {instant:.3f} s"
        process = archive.start()
        _, absent = watched(archive, process, instant, at_exchange)
        done += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        archive.inspect(why)
        if absent:
            archive.faults.append(f"{why}: for an instant there is no archive")
        if archive.faults:
            break
        if number % 4 == 3 or number == len(instants) - 1:
            archive.build(f"after {why}")
            archive.inspect(f"built again after {why}")
            litter = set(os.listdir(school)) ^ clean
            if litter:
                archive.faults.append(f"built again after {why}: left beside the archive: {sorted(litter)}")
    return done, span


main()
