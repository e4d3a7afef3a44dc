// Verifies signatures in the browser and holds every answer to that of `hoso verify`.
//
//     node .ci/judges/browser.mjs [OUT [HOSO]]
//
// 1. What is carried: trust.js and each proof.js hold the bytes of the files beside them, and those only.
// 2. verifier.js, in Node: every signature of the archive as of three instants, and every signature again with one byte of it
//    changed, is told as `hoso verify --format json` tells it, word for word.
// 3. The page, in Chromium, from file://, with no network: signed, raised, returned, changed, unsigned; a form with a byte
//    changed, a signature with a byte changed, another record's form, files of one's own, scripts that are missing or broken,
//    hostile names; the keyboard; axe-core on what is shown, wide, on a phone, in dark colours; scripts off.
// 4. The same behind the policy of docs/serving/common.conf, and behind one that forbids WebAssembly.
// Screenshots go to target/judges/screens.

import childProcess from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import vm from "node:vm";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

import { left } from "./left.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const tools = path.join(root, "target/judges");
const require = createRequire(path.join(tools, "package.json"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const out = fs.realpathSync(path.resolve(process.argv[2] ?? "out"));
const hoso = path.resolve(process.argv[3] ?? path.join(root, "target/release/hoso"));
const site = path.join(out, "data");
const screens = path.join(tools, "screens");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
// Before most of the sample was signed; now; after its certificates have ended.
const NOW = new Date().toISOString().replace(/\.\d+Z$/, "Z");
const INSTANTS = ["2024-09-20T00:00:00Z", NOW, "2046-01-01T00:00:00Z"];

const faults = [];
let asked = 0;

function hold(what, is) {
  asked++;
  if (!is && faults.length < 200) faults.push(what);
}

function same(what, is, should) {
  hold(`${what}: ${JSON.stringify(is)?.slice(0, 400)}, not ${JSON.stringify(should)?.slice(0, 400)}`, JSON.stringify(is) === JSON.stringify(should));
}

const sha256 = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");
const bytesOf = (base64) => Uint8Array.from(Buffer.from(base64, "base64"));
const filesBelow = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)).filter((file) => fs.statSync(file).isFile()) : []);

/** A byte changed where the fixed draw says. */
let state = 185;
const draw = (below) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
function flipped(bytes, at = draw(bytes.length)) {
  const copy = Uint8Array.from(bytes);
  copy[at] ^= 1 + draw(255);
  return copy;
}

// ---- 1. What is carried ----

/** The argument of the one call that the script is. */
function argumentOf(file, name) {
  let given;
  vm.runInNewContext(fs.readFileSync(file, "utf8"), { [name]: (value) => (given = JSON.parse(JSON.stringify(value))) }, { filename: file });
  return given;
}

function carried() {
  const trust = argumentOf(path.join(site, "trust.js"), "hosoTrust");
  const pem = (file) => [...fs.readFileSync(file, "utf8").matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g)].map((found) => sha256(Buffer.from(found[1], "base64")));
  const digests = (list) => list.map((one) => sha256(bytesOf(Array.isArray(one) ? one[1] : one))).sort();
  same("trust.js: signers", digests(trust.signers), filesBelow(path.join(site, "anchors")).flatMap(pem).sort());
  same("trust.js: stampers", digests(trust.stampers), filesBelow(path.join(site, "tsa")).flatMap(pem).sort());
  const kept = (ending) => filesBelow(path.join(site, "revocation")).filter((file) => file.endsWith(ending)).map((file) => sha256(fs.readFileSync(file))).sort();
  same("trust.js: CRLs", digests(trust.crls), kept(".crl"));
  same("trust.js: OCSP responses", digests(trust.ocsps), kept(".ocsp"));

  const records = [];
  for (const script of filesBelow(path.join(site, "ho-so")).filter((file) => path.basename(file) === "proof.js").sort()) {
    const folder = path.dirname(script);
    const proof = argumentOf(script, "hosoProof");
    same(`${script}: record`, proof.record, path.relative(path.join(site, "ho-so"), folder).split(path.sep).join("/"));
    const beside = filesBelow(folder).filter((file) => file.endsWith(".p7s")).map((file) => sha256(fs.readFileSync(file))).sort();
    same(`${script}: signatures`, proof.versions.flatMap(({ signatures }) => signatures.map(({ der }) => sha256(bytesOf(der)))).sort(), beside);
    const versions = proof.versions.map((version) => ({
      ...version,
      form: version.present ? path.join(folder, "form.pdf") : path.join(folder, "cu", version.sha256.slice(0, 16), "form.pdf"),
    }));
    for (const { sha256: digest, form } of versions) same(`${form}`, sha256(fs.readFileSync(form)), digest);
    records.push({ id: proof.record, folder, versions, existed: proof.existed, page: path.join(folder, "index.html") });
  }
  hold("records with proof.js", records.length > 0 && records.length === filesBelow(path.join(site, "ho-so")).filter((file) => path.basename(file) === "index.html").length);
  return { trust, records };
}

// ---- 2. The verifier, in Node ----

/** What `hoso verify` says of an archive: {SHA-256 of the form's folder and of the signature → object}, {record → object}. */
function told(archive, at) {
  const run = childProcess.spawnSync(hoso, ["verify", archive, "--at", at, "--format", "json"], { maxBuffer: 1 << 28, encoding: "utf8", env: { ...process.env, HOSO_LANG: "vi" } });
  if (run.error || ![0, 1, 4].includes(run.status)) throw new Error(`hoso verify: ${run.error ?? run.stderr}`);
  const signatures = new Map();
  const records = new Map();
  for (const line of run.stdout.trim().split("\n")) {
    const one = JSON.parse(line);
    if (one.schema !== "hoso/verification/2") continue;
    records.set(one.record, one);
    const lists = [one.signatures, one.acts, one.superseded, one.superseded_acts].flat(2);
    for (const signature of lists) signatures.set(key(path.basename(path.dirname(signature.file)), signature.sha256), signature);
  }
  return { signatures, records };
}
const key = (form, signature) => `${form.slice(0, 16)} ${signature}`;

// What the page cannot know (docs/browser.md), and the path within the school's repository. `hoso verify` tells the step that
// the record asks for, the page the one that the signer states.
const BEYOND = ["file", "order", "roster", "role", "step"];
/** Where two objects differ. `subject` is for the page; elsewhere the record is known. */
const differences = (is, should) =>
  [...new Set([...Object.keys(is), ...Object.keys(should)])]
    .filter((name) => !BEYOND.includes(name) && name !== "subject" && sorted(is[name]) !== sorted(should[name]))
    .map((name) => `${name} ${sorted(is[name])}, not ${sorted(should[name])}`);
const sorted = (value) => JSON.stringify(value, (_, one) => (one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one));

async function verifierOf(trust) {
  vm.runInThisContext(fs.readFileSync(path.join(site, "verifier.js"), "utf8"), { filename: "verifier.js" });
  const { Verifier, digest } = await globalThis.hosoVerifier.load();
  same("digest of nothing", digest(new Uint8Array()), sha256(""));
  const filled = (existed, at) => {
    const verifier = new Verifier();
    const taken = [
      ...trust.signers.map(([list, der]) => verifier.signers(list, bytesOf(der))),
      ...trust.stampers.map(([list, der]) => verifier.stampers(list, bytesOf(der))),
      ...trust.crls.map((der) => verifier.crl(bytesOf(der))),
      ...trust.ocsps.map((der) => verifier.ocsp(bytesOf(der))),
    ];
    // As verify.js does.
    for (const { number, tags, seal } of trust.archives) {
      const proven = verifier.sealed(bytesOf(tags), bytesOf(seal), at);
      if (proven) taken.push(...[...trust.existed, ...existed].filter((one) => one[1] === number).map(([digest]) => verifier.existed(digest, proven)));
    }
    hold("everything of trust.js is taken", !taken.includes(false));
    return verifier;
  };
  return { filled, empty: () => new Verifier() };
}

async function differential({ trust, records }) {
  const { filled, empty } = await verifierOf(trust);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "hoso-browser-"));
  let compared = 0;
  const seen = new Set();
  const compare = (what, object, should) => {
    compared++;
    hold(`${what}: not told by hoso`, should);
    if (!should) return;
    seen.add(`${should.indication} ${should.sub_indication} ${should.level}`);
    same(what, differences(object, should), []);
  };
  const each = (at, expected, der) => {
    for (const { id, versions, existed } of records) {
      const verifier = filled(existed, at);
      for (const { sha256: digest, form, signatures } of versions) {
        const content = Uint8Array.from(fs.readFileSync(form));
        for (const one of signatures) {
          const bytes = der(id, digest, one);
          const object = JSON.parse(verifier.verify(content, bytes, at));
          compare(`${id} ${one.file} as of ${at}`, object, expected.get(key(digest, sha256(bytes))));
        }
      }
      verifier.free();
    }
  };
  let now;
  for (const at of INSTANTS) {
    const { signatures, records } = told(out, at);
    if (at === NOW) now = { signatures, records };
    each(at, signatures, (_, __, { der }) => bytesOf(der));
  }
  hold("hoso knows no signature that the pages do not carry", now.signatures.size === new Set(records.flatMap(({ versions }) => versions.flatMap((version) => version.signatures.map(({ der }) => key(version.sha256, sha256(bytesOf(der))))))).size);

  // One byte of each signature changed, twice.
  for (const round of [1, 2]) {
    const copy = path.join(scratch, String(round));
    fs.cpSync(out, copy, { recursive: true, verbatimSymlinks: true });
    const changed = new Map();
    for (const { id, folder, versions } of records) {
      for (const { sha256: digest, form, signatures } of versions) {
        for (const { file, der } of signatures) {
          const bytes = flipped(bytesOf(der));
          changed.set(`${id} ${digest} ${file}`, bytes);
          const at = path.join(copy, path.relative(out, path.dirname(form)), file);
          fs.chmodSync(at, 0o644);
          fs.writeFileSync(at, bytes);
        }
      }
    }
    const { signatures } = told(copy, NOW);
    each(NOW, signatures, (id, digest, { file }) => changed.get(`${id} ${digest} ${file}`));
    fs.rmSync(copy, { recursive: true });
  }
  fs.rmSync(scratch, { recursive: true });
  hold(`more than one sort of verdict: ${[...seen].join(", ")}`, seen.size >= 3);

  // Bytes that are nothing at all, and an instant that is none.
  const verifier = empty();
  for (const bytes of [[], [0x30], [0x30, 0x80], [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], new Array(5000).fill(0x30)]) {
    same(`${bytes.length} bytes of nonsense`, JSON.parse(verifier.verify(new Uint8Array(), Uint8Array.from(bytes), NOW)).indication, "TOTAL-FAILED");
    same(`${bytes.length} bytes as an anchor`, verifier.signers("x", Uint8Array.from(bytes)), false);
    same(`${bytes.length} bytes as a CRL`, verifier.crl(Uint8Array.from(bytes)), false);
  }
  same("no instant", verifier.verify(new Uint8Array(), new Uint8Array(), "yesterday") ?? null, null);
  console.log(`differential: ${compared} verdicts compared; ${[...seen].sort().join(" | ")}`);
  return { ...now, compared };
}

// ---- 3. The page ----

function watch(page, say) {
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && say(`console: ${message.text()}`));
  page.on("pageerror", (error) => say(`script: ${error.message}`));
  page.on("requestfailed", (request) => left(request) || say(`not loaded: ${request.url()} (${request.failure()?.errorText})`));
  page.on("dialog", (dialog) => {
    say(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
}

const ended = (page) => page.waitForFunction(() => !["", "Đang kiểm tra…"].includes(document.querySelector(".verify-said").textContent), null, { timeout: 60000 });

const shown = (page) =>
  page.evaluate(() => ({
    said: document.querySelector(".verify-said").textContent,
    notice: document.querySelector(".verify-found .notice")?.textContent ?? "",
    wrong: document.querySelector(".verify-found .n-warn") !== null,
    signatures: Array.from(document.querySelectorAll(".verify-found .sig"), (one) => ({
      file: one.dataset.file,
      verdict: JSON.parse(one.dataset.verdict),
      sentence: one.querySelector(".sig-sentence").textContent,
      name: one.querySelector("h3").textContent,
      answers: Array.from(one.querySelectorAll(".answer b"), (word) => word.textContent),
      stamps: Array.from(one.querySelectorAll("dt"), (term) => term.textContent).filter((term) => term.startsWith("Dấu thời gian")).length,
    })),
  }));

const file = (name, bytes) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });

async function choose(page, ...files) {
  await page.setInputFiles("#tep-kiem-tra", []);
  await page.evaluate(() => (document.querySelector(".verify-said").textContent = ""));
  await page.setInputFiles("#tep-kiem-tra", files);
  await ended(page);
  return shown(page);
}

const verdictOf = (one) => [one.indication, one.sub_indication, one.intact, one.valid, one.trusted, one.level, one.proven_at];
const WORDS = { yes: "Có", no: "Không", unknown: "Chưa rõ" };

/** What the page shows of a version's form, against what hoso says of the same files. */
function match(what, seen, version, signatures) {
  same(`${what}: files`, seen.signatures.map(({ file }) => file), version.signatures.map(({ file }) => file));
  for (const [at, one] of version.signatures.entries()) {
    const should = signatures.get(key(version.sha256, sha256(bytesOf(one.der))));
    const is = seen.signatures[at];
    if (!is || !should) continue;
    same(`${what} ${one.file}: verdict`, is.verdict, verdictOf(should));
    same(`${what} ${one.file}: sentence`, is.sentence.toLocaleLowerCase("vi"), should.sentence.toLocaleLowerCase("vi"));
    same(`${what} ${one.file}: answers`, is.answers.slice(0, 3), [should.intact, should.valid, should.trusted].map((answer) => WORDS[answer]));
    same(`${what} ${one.file}: time-stamps`, is.stamps, should.time_stamps.length);
    hold(`${what} ${one.file}: ${is.name} names the signer`, is.name.includes(should.name));
  }
}

/** One record of each sort: [sort, record]. */
function sorts(records, told) {
  const found = new Map();
  const put = (sort, record) => found.has(sort) || found.set(sort, record);
  for (const record of records) {
    const object = told.records.get(record.id);
    const [present] = record.versions;
    put(`state ${object?.state}`, record);
    for (const { level, indication } of object?.signatures ?? []) put(`${level} ${indication}`, record);
    if (record.versions.length > 1) put("older version", record);
    if (present.signatures.length === 0) put("unsigned", record);
    if (object?.acts.length) put("act", record);
  }
  for (const sort of ["B-B INDETERMINATE", "B-LTA TOTAL-PASSED", "state tra-lai", "older version", "unsigned", "act"]) hold(`a record: ${sort}`, found.has(sort));
  return found;
}

async function onPages(browser, { records }, now) {
  const found = sorts(records, now);
  const context = await browser.newContext({ offline: true, locale: "vi-VN" });
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  const loaded = [];
  watch(page, (fault) => faults.push(fault));
  page.on("request", (request) => {
    loaded.push(path.basename(request.url()));
    if (!request.url().startsWith(pathToFileURL(site).href + "/")) faults.push(`asks for ${request.url()}`);
  });
  const open = async (record) => {
    loaded.length = 0;
    await page.goto(pathToFileURL(record.page).href);
    await page.waitForFunction(() => !document.getElementById("tep-kiem-tra").disabled);
  };

  for (const [sort, record] of found) {
    await open(record);
    hold(`${sort}: the verifier is not loaded before it is asked`, !loaded.includes("verifier.js") && !loaded.includes("proof.js"));
    for (const version of record.versions) {
      const seen = await choose(page, file("form.pdf", fs.readFileSync(version.form)));
      match(`${sort} ${record.id}`, seen, version, now.signatures);
      hold(`${sort}: ${seen.notice}`, seen.notice.includes(version.present ? "trùng từng chữ số" : "bản cũ đã ký") && seen.wrong === !version.present);
      hold(`${sort}: ${seen.said}`, version.signatures.length ? seen.said.includes(`${version.signatures.length} chữ ký`) : seen.said.includes("Không có chữ ký nào"));
    }
    hold(`${sort}: the verifier is loaded once`, loaded.filter((name) => name === "verifier.js").length === 1);
  }

  // A form with a byte changed, and one that is another record's.
  const raised = found.get("B-LTA TOTAL-PASSED");
  const [present] = raised.versions;
  const form = fs.readFileSync(present.form);
  await open(raised);
  for (const [what, bytes] of [["flipped", flipped(form)], ["cut", form.subarray(0, -1)], ["foreign", fs.readFileSync(found.get("act").versions[0].form)], ["empty", []]]) {
    const seen = await choose(page, file("form.pdf", bytes));
    hold(`${what}: ${seen.notice}`, seen.wrong && seen.notice.includes("KHÔNG phải bản in"));
    same(`${what}: files`, seen.signatures.length, present.signatures.length);
    for (const one of seen.signatures) same(`${what}: ${one.file}`, one.verdict.slice(0, 3), ["TOTAL-FAILED", "HASH_FAILURE", "no"]);
    hold(`${what}: ${seen.said}`, seen.said.includes("0 hợp lệ"));
  }

  // Files of one's own: the same signature, one with a byte changed, nonsense, a hostile name; none or two forms.
  const own = present.signatures[0];
  const der = bytesOf(own.der);
  const first = await choose(page, file("form.pdf", form), file(own.file, der));
  same("a chosen signature", first.signatures.map(({ verdict }) => verdict), [verdictOf(now.signatures.get(key(present.sha256, sha256(der))))]);
  const hostile = '<img src=x onerror=alert(1)>.p7s';
  const second = await choose(page, file('<b>.pdf', form), file(hostile, der.slice(0, 100)));
  same("nonsense by a hostile name", second.signatures.map(({ file, verdict }) => [file, verdict[0]]), [[hostile, "TOTAL-FAILED"]]);
  same("no element of a name", await page.$$eval(".verify-found img, .verify-found script", (all) => all.length), 0);
  for (const files of [[file(own.file, der)], [file("a.pdf", form), file("b.pdf", form)]]) {
    const seen = await choose(page, ...files);
    hold(`not one form: ${seen.said}`, seen.said.includes("đúng một tệp PDF") && seen.signatures.length === 0);
  }

  // By drag and drop, and by the keyboard.
  await open(raised);
  await page.evaluate((base64) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], "keo-tha.pdf"));
    const event = (name) => new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true });
    const drop = document.querySelector(".verify-drop");
    if (drop.dispatchEvent(event("dragover"))) throw new Error("a dropped file would be opened");
    drop.dispatchEvent(event("drop"));
  }, form.toString("base64"));
  await ended(page);
  match("dropped", await shown(page), present, now.signatures);
  // Intercepted before the key is pressed: the two go to Chromium by different ways, and may overtake each other.
  const choosers = [];
  page.on("filechooser", (chooser) => choosers.push(chooser));
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 200))));
  for (let press = 0; press < 3 && choosers.length === 0; press += 1) {
    await page.focus("#tep-kiem-tra");
    await page.keyboard.press("Enter");
    for (let wait = 0; wait < 50 && choosers.length === 0; wait += 1) await page.waitForTimeout(100);
  }
  hold("the keyboard opens the choice", choosers[0]?.isMultiple() === true);
  await context.close();
  return { found, raised, present, form };
}

/** What lies beside the page is wrong or missing: said, and nothing passes. */
async function broken(browser, { raised, present, form }) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "hoso-browser-"));
  const at = (name) => path.join(scratch, name);
  const shared = ["style.css", "favicon.svg", "verify.js", "verifier.js", "trust.js"];
  const folder = path.relative(site, raised.folder);
  const names = [...shared, path.join(folder, "index.html"), path.join(folder, "proof.js"), path.join(folder, "form.pdf")];
  const proof = path.join(folder, "proof.js");
  const reset = () => {
    for (const name of names) {
      fs.mkdirSync(path.dirname(at(name)), { recursive: true });
      fs.rmSync(at(name), { force: true });
      fs.writeFileSync(at(name), fs.readFileSync(path.join(site, name)));
    }
  };
  const edit = (name, change) => fs.writeFileSync(at(name), change(fs.readFileSync(at(name), "utf8")));
  const context = await browser.newContext({ offline: true, locale: "vi-VN" });
  const ask = async () => {
    const page = await context.newPage();
    await page.goto(pathToFileURL(at(path.join(folder, "index.html"))).href);
    await page.waitForFunction(() => !document.getElementById("tep-kiem-tra").disabled);
    const seen = await choose(page, file("form.pdf", form));
    await page.close();
    return seen;
  };
  reset();
  same("a copy of the page", (await ask()).signatures.map(({ verdict }) => verdict[0]), present.signatures.map(() => "TOTAL-PASSED"));

  // A byte changed in every part of the file: never more than the signature says, mostly less.
  const [one] = present.signatures;
  const bytes = bytesOf(one.der);
  // The SignerInfo of the signer: what is signed, and the signature itself.
  const digest = Buffer.from(present.sha256, "hex");
  const signed = Buffer.from(bytes).indexOf(digest);
  hold("the form's digest stands in the signature", signed > 0);
  for (const place of [4, signed, signed + 31, signed + 60]) {
    reset();
    edit(proof, (text) => text.replace(one.der, Buffer.from(flipped(bytes, place)).toString("base64")));
    const { signatures } = await ask();
    same(`byte ${place} of a signature in proof.js`, signatures[0]?.verdict[0], "TOTAL-FAILED");
    same(`byte ${place}: the other signature stands`, signatures[1]?.verdict[3], "yes");
  }
  reset();
  edit("trust.js", (text) => text.replace(/"signers":\[.*?\]\]/, '"signers":[]'));
  const alone = await ask();
  hold("nobody is trusted: nothing passes", alone.signatures.length > 0 && alone.signatures.every(({ verdict }) => verdict[0] !== "TOTAL-PASSED" && verdict[4] !== "yes"));
  for (const [what, change] of [
    ["verifier.js is missing", () => fs.rmSync(at("verifier.js"))],
    ["trust.js is missing", () => fs.rmSync(at("trust.js"))],
    ["proof.js is missing", () => fs.rmSync(at(proof))],
    ["proof.js is cut", () => edit(proof, (text) => text.slice(0, -40))],
    ["trust.js holds no certificate", () => edit("trust.js", (text) => text.replace(/"(MII[^"]{20})/, '"AAAA'))],
    ["the WebAssembly is cut", () => edit("verifier.js", (text) => text.replace(/("[A-Za-z0-9+\/]{4000}",\n){20}/, ""))],
  ]) {
    reset();
    change();
    const { said, signatures } = await ask();
    hold(`${what}: ${said}`, said.startsWith("Không kiểm tra được") && signatures.length === 0);
  }
  await context.close();
  fs.rmSync(scratch, { recursive: true });
}

async function accessibility(page) {
  await page.evaluate(axe);
  const result = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values }, preload: false }), RULES);
  if (result.passes.length === 0) return ["axe: looked at nothing"];
  return result.violations.flatMap((rule) => rule.nodes.slice(0, 5).map((node) => `axe ${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`));
}

async function looks(browser, { found, raised, form }) {
  const views = {
    wide: { viewport: { width: 1280, height: 900 } },
    phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
    dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  };
  const plain = found.get("B-B INDETERMINATE");
  const shots = [
    ["passed", raised, form],
    ["failed", raised, flipped(form, 1000)],
    ["unknown", plain, fs.readFileSync(plain.versions[0].form)],
  ];
  for (const [view, options] of Object.entries(views)) {
    const context = await browser.newContext({ offline: true, locale: "vi-VN", ...options });
    for (const [name, record, bytes] of shots) {
      const page = await context.newPage();
      watch(page, (fault) => faults.push(`[${view}] ${fault}`));
      await page.goto(pathToFileURL(record.page).href);
      await page.waitForFunction(() => !document.getElementById("tep-kiem-tra").disabled);
      await choose(page, file("form.pdf", bytes));
      for (const fault of await accessibility(page)) faults.push(`[${view}] ${name}: ${fault}`);
      const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth);
      hold(`[${view}] ${name}: scrolls sideways by ${wide} px`, wide <= 0);
      await page.locator("#verify").screenshot({ path: path.join(screens, `kiem-tra-ngay-${name}.${view}.png`) });
      await page.close();
    }
    await context.close();
  }
  const scriptless = await browser.newContext({ javaScriptEnabled: false });
  const page = await scriptless.newPage();
  await page.goto(pathToFileURL(raised.page).href);
  hold("scripts off: the field is closed and it is said why", (await page.isDisabled("#tep-kiem-tra")) && (await page.innerText("#verify")).includes("cần JavaScript"));
  await scriptless.close();
}

// ---- 4. Behind a server's policy ----

function serve(policy) {
  const kinds = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png" };
  const server = http.createServer((request, response) => {
    const name = path.join(site, path.normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)));
    const there = name.startsWith(site + path.sep) && fs.existsSync(name) && fs.statSync(name).isFile();
    response.writeHead(there ? 200 : 404, { "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Content-Type": kinds[path.extname(name)] ?? "application/octet-stream" });
    response.end(there ? fs.readFileSync(name) : "");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function served(browser, { raised, present, form }, now) {
  const conf = fs.readFileSync(path.join(root, "docs/serving/common.conf"), "utf8");
  const policy = /"~\^\/ho-so\/"\s+"([^"]+)"/.exec(conf)?.[1];
  hold("docs/serving/common.conf has a policy for record pages", policy?.includes("'wasm-unsafe-eval'"));
  for (const strict of [false, true]) {
    const server = await serve(strict ? policy.replace(" 'wasm-unsafe-eval'", "") : policy);
    const context = await browser.newContext({ locale: "vi-VN" });
    const page = await context.newPage();
    await page.clock.setFixedTime(NOW);
    if (!strict) watch(page, (fault) => faults.push(`[served] ${fault}`));
    const at = path.relative(site, raised.page).split(path.sep).map(encodeURIComponent).join("/");
    await page.goto(`http://127.0.0.1:${server.address().port}/${at}`);
    await page.waitForFunction(() => !document.getElementById("tep-kiem-tra").disabled);
    const seen = await choose(page, file("form.pdf", form));
    if (strict) hold(`WebAssembly forbidden: ${seen.said}`, seen.said.startsWith("Không kiểm tra được") && seen.signatures.length === 0);
    else match("served", seen, present, now.signatures);
    await context.close();
    server.close();
  }
}

function browserOnPath() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = names.flatMap((name) => process.env.PATH.split(":").map((folder) => path.join(folder, name))).find((place) => fs.existsSync(place));
  if (!found) throw new Error(`none of ${names.join(", ")} is on the PATH`);
  return found;
}

async function main() {
  fs.mkdirSync(screens, { recursive: true });
  const kit = carried();
  const now = await differential(kit);
  const browser = await chromium.launch({ executablePath: browserOnPath(), args: ["--no-sandbox"] });
  const samples = await onPages(browser, kit, now);
  await broken(browser, samples);
  await looks(browser, samples);
  await served(browser, samples, now);
  await browser.close();
  for (const fault of faults.slice(0, 60)) console.log(fault);
  console.log(`browser: ${now.compared} verdicts as hoso verify gives them, ${samples.found.size} sorts of record in the browser, ${asked} questions, ${faults.length} failed`);
  process.exit(faults.length ? 1 : 0);
}

await main();
