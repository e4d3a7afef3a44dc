#!/usr/bin/env bash
# Builds the verifier for browsers again and compares it with layouts/site/verifier.js: what is carried in the
# archive is what the sources say.
#
#     .ci/judges/wasm.sh [--write]
#
# 1. src/browser compiled for wasm32-unknown-unknown; 2. wasm-bindgen writes the JavaScript beside it, wasm-opt makes it
# small; 3. .ci/judges/wasm.mjs puts both into one plain script. The same compiler must give the same bytes, on any
# machine and in any folder; with another compiler the bytes are told, not compared. --write puts the result in its place.
set -euo pipefail
cd "$(dirname "$0")/../.."
judges=$PWD/target/judges
work=$judges/wasm
script=layouts/site/verifier.js
mkdir -p "$work"
export CARGO_TARGET_DIR=${WASM_TARGET_DIR:-$work/target}
# No randomness is needed to verify, and a browser's is not asked for; no path of this machine stays in the file.
export RUSTFLAGS="--cfg getrandom_backend=\"unsupported\" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/hoso"
(cd src/browser && cargo build --release --locked --target wasm32-unknown-unknown)
rm -rf "$work/bound"
"$judges/wasm/bindgen/release/bindgen" "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/hoso_browser.wasm" "$work/bound"
# What the compiler itself uses, and every browser since 2021 knows; nothing newer.
features=(bulk-memory bulk-memory-opt multivalue mutable-globals nontrapping-float-to-int reference-types call-indirect-overlong sign-ext)
"$judges/node_modules/.bin/wasm-opt" -Oz --mvp-features "${features[@]/#/--enable-}" "$work/bound/verifier_bg.wasm" -o "$work/verifier.wasm"
node .ci/judges/wasm.mjs "$work/bound/verifier.js" "$work/verifier.wasm" "$(rustc --version)" >"$work/verifier.js"
if [ "${1:-}" = --write ]; then
    cp "$work/verifier.js" "$script"
elif ! grep -qF "$(rustc --version)" "$script"; then
    echo "wasm: $script was made by another compiler than $(rustc --version | cut -d' ' -f1,2); not compared"
elif ! cmp "$work/verifier.js" "$script"; then
    echo "wasm: $script is not what src/browser gives; bash .ci/judges/wasm.sh --write"
    exit 1
fi
echo "wasm: $(stat -c %s "$work/verifier.wasm") bytes, $(stat -c %s "$script") as a script, made again by $(rustc --version | cut -d' ' -f1,2)"
