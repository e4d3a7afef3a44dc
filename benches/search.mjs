// Makes records, indexes them three ways, asks the same of each in Chromium. Started by search.sh.
//
// - hoso: tim.html and search.js of a built archive, with the index that search.rs writes; from file://.
// - MiniSearch: its whole index as one script (all that file:// allows), titles kept, texts not; from file://. Words are
//   folded as ours are, so that both find the same.
// - Pagefind: its own files and its own JavaScript, over HTTP on this machine, since file:// refuses fetch.
//
// Records: one to three kB of sentences of the archive, cut and put together anew, with other names, numbers and days;
// the same for the same seed.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import vm from "node:vm";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [data, work, indexer, count] = [process.argv[2], process.argv[3], process.argv[4], Number(process.argv[5])];
const require = createRequire(path.join(work, "package.json"));
const { chromium } = require("playwright-core");
const MiniSearch = require("minisearch");
const QUERIES = ["be bang ban tay", "bé bằng bàn tay", "185/MNTH", "09/9/2024", "nguyen thi an", "tre"];
const sites = path.join(work, "sites");
const say = (text) => process.stderr.write(`${text}\n`);
const cpu = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

// ---- Records ----

function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

/** Documents of the archive, out of its own index. */
function sample() {
  const rows = [];
  const folder = path.join(data, "tim/khoi");
  const names = fs.readdirSync(folder).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  for (const name of names) {
    const hosoTim = (set, number, block) => {
      for (const row of block) {
        if (typeof row === "string") rows.at(-1)[10] += row;
        else rows.push(row);
      }
    };
    vm.runInNewContext(fs.readFileSync(path.join(folder, name), "utf8"), { hosoTim });
  }
  return rows.map((row) => ({ id: row[0], title: row[1], year: row[0].split("/")[0], date: row[4], author: row[8], text: row[10] }));
}

function records(documents, number) {
  const next = random(5);
  const one = (list) => list[next(list.length)];
  const lines = [...new Set(documents.flatMap(({ text }) => text.split("\n").slice(2, -1)))].filter((line) => line.length > 30 && line.length < 400);
  const titles = documents.map(({ title }) => title);
  const people = [...new Set(documents.map(({ author }) => author))];
  const names = people.flatMap((name) => name.split(" "));
  const kinds = ["giao-an", "van-ban-di", "bien-ban", "du-gio", "ke-hoach-tuan"];
  // The head of one sentence and the tail of another, so that words meet that met in none.
  const cut = (line, from, to) => {
    const list = line.split(" ");
    return list.slice(Math.floor(list.length * from), Math.ceil(list.length * to)).join(" ");
  };
  return Array.from({ length: number }, (_, at) => {
    const [y, m, d] = [2016 + next(10), 1 + next(12), 1 + next(28)];
    const date = `${y}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
    const year = m >= 8 ? `${y}-${y + 1}` : `${y - 1}-${y}`;
    const author = `${one(names)} ${one(names)} ${one(names)} ${one(names)}`;
    const texts = [`${one(titles)} · ${year} · ${d}/${m}/${y} · ${1 + next(400)}/${one(["KH", "QĐ", "TB", "MNTH", "BC"])}`, author];
    const length = 1000 + next(2000);
    for (let size = 0; size < length; ) {
      const kind = next(4);
      const line = kind === 0 ? one(lines) : kind === 1 ? `${cut(one(lines), 0, 0.5)} ${cut(one(lines), 0.5, 1)}` : `${cut(one(lines), 0, 0.6)} ${one(names)} ${1 + next(60)} ${cut(one(lines), 0.4, 0.9)}`;
      texts.push(line);
      size += Buffer.byteLength(line);
    }
    const title = `${cut(one(titles), 0, 0.7)} ${cut(one(titles), 0.5, 1)}`;
    return { id: `${year}/lop-${next(20)}/${one(kinds)}/${date}-${at}`, title, year, date, author, text: texts.join("\n") };
  });
}

// ---- Three indexes ----

function files(folder) {
  const all = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return { files: all.length, bytes: all.reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size, 0) };
}

function hoso(folder, documents) {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of ["tim.html", "search.js", "style.css", "favicon.svg"]) fs.copyFileSync(path.join(data, name), path.join(folder, name));
  for (const file of fs.readdirSync(folder)) fs.chmodSync(path.join(folder, file), 0o644);
  const list = path.join(work, "records.jsonl");
  const to = fs.openSync(list, "w");
  for (const document of documents) fs.writeSync(to, `${JSON.stringify(document)}\n`);
  fs.closeSync(to);
  const run = spawnSync(indexer, [folder], { stdio: [fs.openSync(list, "r"), "pipe", "inherit"], maxBuffer: 1e8 });
  const told = JSON.parse(run.stdout.toString());
  return { seconds: told.seconds, told };
}

const { fold } = (() => {
  const sandbox = vm.createContext({ atob });
  vm.runInContext(fs.readFileSync(path.join(data, "search.js"), "utf8"), sandbox);
  return sandbox.hosoSearch;
})();
const known = new Map();
const folded = (word) => known.get(word) ?? (known.set(word, fold(word)), known.get(word));

/** The index as scripts that hold pieces of its JSON: one string must not be longer than 512 MB. */
function miniSearch(folder, documents) {
  fs.mkdirSync(folder, { recursive: true });
  const before = cpu();
  const index = new MiniSearch({ fields: ["title", "text"], storeFields: ["title", "path"], processTerm: folded });
  index.addAll(documents.map(({ id, title, text }, at) => ({ id: at, path: id, title, text })));
  const json = JSON.stringify(index);
  const seconds = cpu() - before;
  fs.writeFileSync(path.join(folder, "index.js"), `globalThis.indexJson = ${JSON.stringify(json)};\n`);
  const umd = path.join(path.dirname(require.resolve("minisearch")), "../umd/index.js");
  fs.copyFileSync(umd, path.join(folder, "minisearch.js"));
  fs.writeFileSync(path.join(folder, "fold.js"), fs.readFileSync(path.join(data, "search.js"), "utf8").replace('typeof document === "undefined"', "true"));
  fs.writeFileSync(
    path.join(folder, "index.html"),
    `<!DOCTYPE html><meta charset="utf-8"><ol id="rows"></ol><script src="minisearch.js"></script><script src="fold.js"></script><script src="index.js"></script><script src="page.js"></script>`,
  );
  fs.writeFileSync(
    path.join(folder, "page.js"),
    `const processTerm = hosoSearch.fold;
const index = MiniSearch.loadJSON(indexJson, { fields: ["title", "text"], storeFields: ["title", "path"], processTerm });
globalThis.indexJson = null;
globalThis.ask = async (query) => {
  const found = index.search(query, { combineWith: "AND", prefix: (term, i, terms) => i === terms.length - 1 && term.length > 1 });
  document.getElementById("rows").replaceChildren(...found.slice(0, 10).map(({ title }) => Object.assign(document.createElement("li"), { textContent: title })));
  return found.length;
};`,
  );
  return { seconds };
}

async function pagefind(folder, documents) {
  fs.mkdirSync(folder, { recursive: true });
  const started = process.hrtime.bigint();
  const { createIndex, close } = await import(pathToFileURL(path.join(work, "node_modules/pagefind/lib/index.js")).href);
  const { index } = await createIndex({ forceLanguage: "vi" });
  const chunk = 200;
  for (let at = 0; at < documents.length; at += chunk) {
    const some = documents.slice(at, at + chunk);
    await Promise.all(some.map(({ id, title, text }) => index.addCustomRecord({ url: `/${id}/`, content: `${title}\n${text}`, language: "vi", meta: { title } })));
  }
  await index.writeFiles({ outputPath: path.join(folder, "pagefind") });
  await close();
  fs.writeFileSync(path.join(folder, "index.html"), `<!DOCTYPE html><meta charset="utf-8"><ol id="rows"></ol><script type="module" src="page.js"></script>`);
  fs.writeFileSync(
    path.join(folder, "page.js"),
    `const pagefind = await import("./pagefind/pagefind.js");
globalThis.ask = async (query) => {
  const { results } = await pagefind.search(query);
  const rows = await Promise.all(results.slice(0, 10).map((result) => result.data()));
  document.getElementById("rows").replaceChildren(...rows.map(({ meta }) => Object.assign(document.createElement("li"), { textContent: meta.title })));
  return results.length;
};`,
  );
  return { wall: Number(process.hrtime.bigint() - started) / 1e9 };
}

// ---- The same questions of each ----

function serve(folder) {
  const kinds = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };
  const server = http.createServer((request, response) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url, "http://x").pathname));
    if (!file.startsWith(folder) || !fs.existsSync(file) || !fs.statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": kinds[path.extname(file)] ?? "application/octet-stream" });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Asks one question of a page that has just been opened. */
async function ask(launch, folder, home, query) {
  const browser = await launch();
  const page = await browser.newPage();
  const asked = new Set();
  page.on("request", (request) => asked.add(request.url()));
  const start = performance.now();
  let results;
  if (home.endsWith("tim.html")) {
    await page.goto(`${home}#${new URLSearchParams({ q: query })}`);
    await page.waitForFunction(() => /^(?!\?)./.test(document.getElementById("find-status").textContent), null, { timeout: 300000 });
    results = Number.parseInt((await page.textContent("#find-status")).replace(/^\D+/, ""), 10) || 0;
  } else {
    await page.goto(home, { timeout: 300000 });
    await page.waitForFunction(() => globalThis.ask, null, { timeout: 300000 });
    results = await page.evaluate((query) => globalThis.ask(query), query);
  }
  const first = performance.now() - start;
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await (await session.send("Performance.enable"), session.send("Performance.getMetrics"));
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize").value;
  await page.waitForTimeout(200);
  let bytes = 0;
  for (const url of asked) {
    const name = decodeURIComponent(new URL(url).pathname);
    const file = url.startsWith("file:") ? name : path.join(folder, name);
    if (file.startsWith(folder) && fs.existsSync(file)) bytes += fs.statSync(file).size;
  }
  await browser.close();
  return { query, results, first, heap, bytes, requests: asked.size };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const kB = (bytes) => Math.round(bytes / 1000).toLocaleString("en");
const MB = (bytes) => (bytes / 1e6).toFixed(1);

async function main() {
  fs.rmSync(sites, { recursive: true, force: true });
  const real = sample();
  const own = hoso(path.join(sites, "own"), real);
  say(`the archive's own ${real.length} documents: index ${own.seconds.toFixed(2)} s CPU`);
  const documents = records(real, count);
  const raw = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  say(`${count} records, ${MB(raw)} MB of text`);
  const makers = { hoso, MiniSearch: miniSearch, Pagefind: pagefind };
  const engines = (process.env.HOSO_BENCH_ENGINES ?? Object.keys(makers).join(",")).split(",");
  const made = {};
  for (const engine of engines) {
    const folder = path.join(sites, engine);
    made[engine] = { folder, ...(await makers[engine](folder, documents)) };
    const index = engine === "hoso" ? path.join(folder, "tim") : engine === "Pagefind" ? path.join(folder, "pagefind") : folder;
    Object.assign(made[engine], files(index));
    const spent = made[engine].seconds ? `${made[engine].seconds.toFixed(1)} s CPU` : `${made[engine].wall.toFixed(1)} s wall`;
    say(`${engine}: ${made[engine].files} files, ${MB(made[engine].bytes)} MB, ${spent}`);
  }
  const executablePath = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => process.env.PATH.split(":").map((folder) => path.join(folder, name))).find((file) => fs.existsSync(file));
  const launch = () => chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const answers = {};
  for (const engine of engines) {
    const { folder } = made[engine];
    const server = engine === "Pagefind" ? await serve(folder) : null;
    const home = server ? `http://127.0.0.1:${server.address().port}/index.html` : pathToFileURL(path.join(folder, engine === "hoso" ? "tim.html" : "index.html")).href;
    answers[engine] = [];
    for (const query of QUERIES) {
      const one = await ask(launch, folder, home, query);
      answers[engine].push(one);
      say(`${engine} "${query}": ${one.results} found, ${Math.round(one.first)} ms, ${kB(one.bytes)} kB in ${one.requests} files, heap ${MB(one.heap)} MB`);
    }
    server?.close();
  }

  console.log(`${count} records, ${MB(raw)} MB of text; ${new Date().toISOString().slice(0, 10)}\n`);
  console.log(`The archive's own ${real.length} documents: index ${own.seconds.toFixed(2)} s CPU\n`);
  console.log("| | index, MB | files | making it, s | read for a query, kB | first result, ms | heap, MB |\n|---|--:|--:|--:|--:|--:|--:|");
  const row = (engine) => {
    const of = (key) => median(answers[engine].map((one) => one[key]));
    return { of, made: made[engine] };
  };
  for (const engine of engines) {
    const { of, made } = row(engine);
    console.log(`| ${engine} | ${MB(made.bytes)} | ${made.files} | ${(made.seconds ?? made.wall).toFixed(1)}${made.seconds ? " CPU" : " wall"} | ${kB(of("bytes"))} | ${Math.round(of("first"))} | ${MB(of("heap"))} |`);
  }
  for (const engine of engines.slice(1)) {
    const [one, other] = [row("hoso"), row(engine)];
    const ratio = (key) => (other.of(key) / one.of(key)).toFixed(2);
    console.log(`| ${engine} ÷ hoso | ${(other.made.bytes / one.made.bytes).toFixed(2)} | | | ${ratio("bytes")} | ${ratio("first")} | ${ratio("heap")} |`);
  }
  console.log(`\n| query | ${engines.map((engine) => `${engine}: found, kB, ms, heap MB`).join(" | ")} |\n|---|${engines.map(() => "--:|").join("")}`);
  QUERIES.forEach((query, at) => {
    const cells = engines.map((engine) => {
      const one = answers[engine][at];
      return `${one.results.toLocaleString("en")}, ${kB(one.bytes)}, ${Math.round(one.first)}, ${MB(one.heap)}`;
    });
    console.log(`| \`${query}\` | ${cells.join(" | ")} |`);
  });
  if (made.hoso) console.log(`\nLongest script ${made.hoso.told.longest} bytes.`);
}

await main();
