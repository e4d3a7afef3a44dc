#!/usr/bin/env bash
# Signing 200 lesson plans and verifying the sample school, beside openssl called once per file and beside the raw rate of
# the primitive. Needs softhsm2, opensc, openssl, a C compiler and python3 (.ci/judges/setup.sh installs them).
#
#     bash benches/signing.sh [HOSO] [PLANS]          # prints the tables of docs/speed.md
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$here/signing.py" "${1:-$here/../target/release/hoso}" "${2:-200}"
