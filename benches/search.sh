#!/usr/bin/env bash
# The archive's search at 50,000 records, in Chromium: bytes read, time to the first result, memory; beside MiniSearch
# and Pagefind over the same texts. The index is made by the program's own code (search.rs), the records by search.mjs
# out of the sentences of an archive that is there. Needs cargo, node, npm, chromium and a built archive.
#
#     bash benches/search.sh [OUT] [RECORDS]     # prints the tables of docs/search.md
#
# HOSO_BENCH_CARGO: more arguments for cargo, as `--config …`. What is made stays in target/bench.
# HOSO_BENCH_ENGINES=hoso,MiniSearch leaves Pagefind out, which takes 7 GB of memory and longest of all to index 50,000 texts.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
out=$(realpath "${1:-$root/out}")
work=$root/target/bench
mkdir -p "$work"
npm install --prefix "$work" --no-save --no-audit --no-fund --silent \
    minisearch@7.2.0 pagefind@1.6.0 playwright-core@1.65.1 >&2
cd "$root"
# shellcheck disable=SC2086 # several arguments
index=$(cargo build --release --locked ${HOSO_BENCH_CARGO:-} --bench search --message-format=json 2>/dev/null |
    sed -n 's/.*"name":"search".*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$index" ] || { echo "search: the bench was not built" >&2; exit 1; }
# A whole index of 50,000 texts as one JSON does not fit into Node's usual heap.
exec node --max-old-space-size=12000 "$here/search.mjs" "$out/data" "$work" "$index" "${2:-50000}"
