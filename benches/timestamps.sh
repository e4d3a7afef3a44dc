#!/usr/bin/env bash
# Time-stamps over 200 signatures from an authority that is 100 ms away: asked one after the other, and as `hoso renew` asks.
# Needs openssl, curl and python3.
#
#     bash benches/timestamps.sh [HOSO] [SIGNATURES]     # prints the table of docs/speed.md
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$here/timestamps.py" "${1:-$here/../target/release/hoso}" "${2:-200}"
