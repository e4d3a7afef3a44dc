// Puts a WebAssembly file and the JavaScript that wasm-bindgen wrote for it into one plain script.
//
//     node .ci/judges/wasm.mjs GLUE.js FILE.wasm RUSTC-VERSION >verifier.js
//
// Plain: no module, nothing fetched, nothing evaluated; a page on file:// may load it.

import crypto from "node:crypto";
import fs from "node:fs";

const [glue, file, compiler] = process.argv.slice(2);
const wasm = fs.readFileSync(file);
const sha256 = crypto.createHash("sha256").update(wasm).digest("hex");
const lines = wasm.toString("base64").match(/.{1,4000}/g).map((line) => `"${line}"`);

process.stdout.write(`/*! The verifier of hoso, compiled to WebAssembly: the examination that \`hoso verify\` makes.
    Written by .ci/judges/wasm.sh from src/browser.rs; not to be changed by hand. docs/browser.md says how to make it again.
    Licence: MIT OR Apache-2.0, as are the crates in it (some also BSD-3-Clause, MIT-0 or Unlicense: docs/browser.md).
    Compiler: ${compiler}
    SHA-256 of the WebAssembly: ${sha256} */
"use strict";
(() => {
${fs.readFileSync(glue, "utf8").trim()}
const base64 = [
${lines.join(",\n")}
].join("");
const text = atob(base64);
const bytes = new Uint8Array(text.length);
for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
globalThis.hosoVerifier = {
  sha256: "${sha256}",
  /** Resolves to {Verifier, digest}. After a trap nothing of it is to be used again. */
  load: () => wasm_bindgen({ module_or_path: bytes }).then(() => ({ Verifier: wasm_bindgen.Verifier, digest: wasm_bindgen.digest })),
};
})();
`);
