// Searches an archive as its readers do: in Chromium, from file://, with no network.
//
//     node .ci/judges/search.mjs [OUT]
//
// First the index itself: every script is 64 kB at most, and the words, pairs and dates that search.js finds in the
// stored texts are, one for one, those that the index holds: so what a reader types is folded as the index is.
// Then the page: words with and without marks, exact marks first, numbers, dates, phrases, filters, the keyboard, the
// snippet, nothing found, hostile text, an index with a file missing, under a server's strict policy; axe-core on the page
// with results, wide, on a phone, in dark colours. Screenshots go to target/judges/screens.

import fs from "node:fs";
import http from "node:http";
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

const site = fs.realpathSync(path.resolve(process.argv[2] ?? "out", "data"));
const screens = path.join(tools, "screens");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const MAX_SCRIPT = 64 * 1024;
// As .github and docs/archive.md tell a school to serve an archive.
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

const faults = [];
let asked = 0;

function hold(what, is) {
  asked++;
  if (!is) faults.push(what);
}

function same(what, is, should) {
  hold(`${what}: ${JSON.stringify(is)?.slice(0, 300)}, not ${JSON.stringify(should)?.slice(0, 300)}`, JSON.stringify(is) === JSON.stringify(should));
}

// ---- The index ----

const sandbox = vm.createContext({ atob });
vm.runInContext(fs.readFileSync(path.join(site, "search.js"), "utf8"), sandbox);
const { fold, spell, words, dates, each } = sandbox.hosoSearch;

function readIndex() {
  const sets = {};
  const folder = path.join(site, "tim");
  for (const name of fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"))) {
    const bytes = fs.readFileSync(path.join(folder, name));
    hold(`tim/${name}: ${bytes.length} bytes`, bytes.length <= MAX_SCRIPT);
    vm.runInNewContext(bytes.toString(), { hosoTim: (set, number, data) => ((sets[set] ??= [])[number] = data) }, { filename: name });
  }
  const dir = sets["muc-luc"][0];
  const documents = [];
  dir.khoi.forEach((count, at) => {
    const rows = sets.khoi[at + 1];
    if (count === 0) documents.at(-1).text += rows[0];
    else for (const row of rows) documents.push({ id: row[0], title: row[1], kind: row[2], unit: row[3], date: row[4], state: row[5], author: row[8], text: row[10] });
    if (count) same(`khoi/${at + 1}`, rows.length, count);
  });
  same("documents", documents.length, dir.documents);
  return { sets, dir, documents };
}

/** Terms of the texts, as search.js sees them, against those of the index. */
function compare({ sets, documents }) {
  const should = new Set();
  const add = (set, folded, spelled, number, title) => should.add([set, folded, spelled, number, title].join("\t"));
  documents.forEach(({ title, text, date }, number) => {
    [title, ...text.split("\n")].forEach((raw, at) => {
      const line = raw.normalize("NFC");
      const list = words(line);
      let before = null;
      const put = (set, folded, spelled) => {
        add(set, folded, spelled, number, false);
        if (at === 0) add(set, folded, spelled, number, true);
      };
      for (const word of list.filter((word) => word.fold)) {
        put("tu", word.fold, word.spell);
        if (before) put("cap", `${before.fold} ${word.fold}`, `${before.spell} ${word.spell}`);
        before = word;
      }
      for (const { keys } of dates(line, list)) for (const key of keys) put("tu", key, key);
    });
    // A record's own day counts as one in its title.
    const [y, m, d] = date.split("-");
    for (const key of [`d${y}${m}`, `d${y}${m}${d}`]) for (const title of [false, true]) add("tu", key, key, number, title);
  });
  let terms = 0;
  for (const set of ["tu", "cap"]) {
    let last = "";
    for (const list of sets[set].slice(1)) {
      for (const [folded, ...pieces] of list) {
        if (folded < last) faults.push(`${set}: ${folded} stands behind ${last}`);
        last = folded;
        for (const [spelled, span, all, titles] of pieces) {
          for (const [text, title] of [[all, false], [titles, true]]) {
            each(text, span, (number) => {
              terms++;
              const key = [set, folded, spelled || folded, number, title].join("\t");
              if (!should.delete(key) && faults.length < 40) faults.push(`index only: ${key}`);
            });
          }
        }
      }
    }
  }
  for (const key of [...should].slice(0, 20)) faults.push(`text only: ${key}`);
  hold("the index has terms", terms > 1000);
  return terms;
}

function folding() {
  for (const [word, folded] of [["Đường", "duong"], ["ÐƯỜNG", "duong"], ["hoà", "hoa"], ["hòa", "hoa"], ["be\u0301", "be"], ["09", "9"], ["5A", "5a"], ["m²", "m2"]]) same(`fold ${word}`, fold(word), folded);
  for (const [one, other] of [["hoà", "hòa"], ["thuỷ", "thủy"], ["ĐÓ", "đo\u0301"], ["ế", "e\u0301\u0302"]]) same(`spell ${one}`, spell(one), spell(other));
}

// ---- The page ----

function watch(page, say) {
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && say(`console: ${message.text()}`));
  page.on("pageerror", (error) => say(`script: ${error.message}`));
  page.on("requestfailed", (request) => left(request) || say(`not loaded: ${request.url()} (${request.failure()?.errorText})`));
  page.on("dialog", (dialog) => {
    say(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
}

/** Types a query and waits for its end; gives what is shown. */
async function find(page, query, filters = {}) {
  await page.evaluate(() => (document.getElementById("find-status").textContent = "?"));
  for (const select of await page.$$("#find select")) await select.selectOption(filters[await select.getAttribute("name")] ?? "");
  await page.evaluate(() => (document.getElementById("find-status").textContent = "?"));
  await page.fill("#q", "");
  await page.locator("#q").pressSequentially(query);
  // Longer than the page waits after the last key.
  await page.waitForTimeout(200);
  await page.evaluate(() => (document.getElementById("find-status").textContent = "?"));
  await page.dispatchEvent("#q", "input");
  await page.waitForFunction(() => document.getElementById("find-status").textContent !== "?");
  return shown(page);
}

const shown = (page) =>
  page.evaluate(() => ({
    status: document.getElementById("find-status").textContent,
    count: Number.parseInt(document.getElementById("find-status").textContent, 10) || 0,
    hidden: document.getElementById("found").hidden,
    rows: Array.from(document.querySelectorAll("#found-rows tr"), (row) => ({
      href: row.querySelector("a").getAttribute("href"),
      title: row.querySelector("a").textContent,
      snippet: row.querySelector(".r-snippet").textContent,
      marks: Array.from(row.querySelectorAll("mark"), (mark) => mark.textContent),
      state: row.querySelector(".badge")?.textContent.trim(),
      date: row.querySelector("time").dateTime,
    })),
  }));

/** A phrase of two or more marked words that few records hold, with the number of the records that hold its folding. */
function phrases(documents) {
  const holders = new Map();
  documents.forEach(({ text }, number) => {
    for (const line of text.split("\n").slice(1)) {
      const list = words(line.normalize("NFC"));
      for (let at = 0; at + 4 <= list.length; at++) {
        const four = list.slice(at, at + 4);
        if (four.some((word) => word.fold.length < 2 || word.fold === word.spell || /[0-9]/.test(word.fold))) continue;
        if (/[^\p{L}\p{M} ]/u.test(line.slice(four[0].start, four[3].end))) continue;
        const key = four.map((word) => word.fold).join(" ");
        if (!holders.has(key)) holders.set(key, { typed: four.map((word) => word.text).join(" "), numbers: new Set() });
        holders.get(key).numbers.add(number);
      }
    }
  });
  return [...holders].filter(([, { numbers }]) => numbers.size === 1).map(([folded, { typed, numbers }]) => ({ folded, typed, number: [...numbers][0] }));
}

/** A pair of one folding and two spellings, each in records where the other is not. */
function rivals({ sets, documents }) {
  for (const list of sets.cap.slice(1)) {
    for (const [folded, ...pieces] of list) {
      if (pieces.length !== 2 || /[0-9]/.test(folded)) continue;
      const [one, other] = pieces.map(([, span, all]) => {
        const numbers = [];
        each(all, span, (number) => numbers.push(number));
        return numbers;
      });
      const spelled = pieces.map(([spelled]) => (spelled || folded).split(" "));
      const marked = spelled.every((pair) => pair.every((word, at) => word !== folded.split(" ")[at]));
      if (!marked || one.some((number) => other.includes(number))) continue;
      // The older one, which would stand behind the newer if marks did not count.
      const [mine, yours, which] = one[0] > other.at(-1) ? [one, other, 0] : [other, one, 1];
      if (mine[0] <= yours[0]) continue;
      const typed = typedAs(documents[mine[0]], spelled[which].join(" "));
      if (typed) return { folded, typed, mine, yours };
    }
  }
  return null;
}

function typedAs({ title, text }, spelled) {
  for (const line of [title, ...text.split("\n")]) {
    const list = words(line.normalize("NFC"));
    const at = list.findIndex((word, i) => list[i + 1] && `${word.spell} ${list[i + 1].spell}` === spelled);
    if (at >= 0) return `${list[at].text} ${list[at + 1].text}`;
  }
  return null;
}

async function morning(page, index) {
  const { documents, dir } = index;
  const href = (number) => `ho-so/${documents[number].id}/index.html`;

  const some = phrases(documents);
  hold("phrases to look for", some.length > 20);
  for (const { folded, typed, number } of some.filter((_, at) => at % Math.ceil(some.length / 8) === 0)) {
    for (const query of [folded, typed, typed.normalize("NFD"), typed.toUpperCase()]) {
      const { rows } = await find(page, query);
      same(`"${query}" is found first`, rows[0]?.href, href(number));
      hold(`"${query}" is marked in context: ${rows[0]?.snippet}`, rows[0]?.marks.some((mark) => words(mark).map((word) => word.fold).join(" ").includes(folded)));
    }
    const { count } = await find(page, `"${folded}"`);
    same(`"${folded}" as a phrase`, count, 1);
  }

  const rival = rivals(index);
  hold("two spellings to tell apart", rival);
  if (rival) {
    const { count, rows } = await find(page, `${rival.typed} `);
    hold(`${rival.typed}: both are found`, count >= rival.mine.length + rival.yours.length);
    const mine = new Set(rival.mine.map(href));
    const expected = Math.min(rows.length, rival.mine.length);
    hold(`${rival.typed}: exact marks first: ${rows.map((row) => row.href).join(" ")}`, rows.slice(0, expected).every((row) => mine.has(row.href)));
  }

  same("hòa and hoà are one", (await find(page, "hòa ")).rows, (await find(page, "hoà ")).rows);
  const day = documents.find(({ date }) => !date.endsWith("-01")).date;
  const [y, m, d] = day.split("-").map(Number);
  const written = [`${d}/${m}/${y}`, `${String(d).padStart(2, "0")}/${m}/${y}`, day, `ngày ${d} tháng ${m} năm ${y}`];
  const counts = [];
  for (const query of written) {
    const { count, rows } = await find(page, query);
    counts.push(count);
    hold(`${query}: a record of the day is among the first`, rows.some((row) => row.date === day));
    hold(`${query}: every result names the day: ${JSON.stringify(rows[0])}`, rows.every((row) => row.marks.length > 0));
  }
  same(`${day} however written`, new Set(counts).size, 1);
  const month = await find(page, day.slice(0, 7));
  same(`${day.slice(0, 7)} and ${m}/${y}`, (await find(page, `${m}/${y}`)).count, month.count);
  hold(`a month holds its days`, month.count >= counts[0] && month.count >= documents.filter(({ date }) => date.startsWith(day.slice(0, 7))).length);

  const numbers = documents.map(({ text }, number) => [text.split("\n")[0].match(/ · ([0-9]+\/[A-ZĐ][A-ZĐa-z-]+) · /u)?.[1], number]).filter(([number]) => number);
  hold("numbers to look for", numbers.length > 0);
  for (const [number, at] of numbers.slice(0, 5)) {
    const { rows } = await find(page, number);
    hold(`${number} is found: ${rows.map((row) => row.href)}`, rows.some((row) => row.href === href(at)));
    hold(`${number} is marked`, rows.some((row) => row.marks.join("").includes(number.split("/")[0])));
  }

  for (const [name, value, of] of [
    ["nam", documents[0].id.split("/")[0], (document) => document.id.startsWith(documents[0].id.split("/")[0] + "/")],
    ["don-vi", dir.units[0][0], (document) => document.unit === 0],
    ["loai", dir.kinds[0][0], (document) => document.kind === 0],
    ["trang-thai", dir.states[0][0], (document) => document.state === 0],
  ]) {
    const { count, rows } = await find(page, "", { [name]: value });
    same(`${name}=${value}`, count, documents.filter(of).length);
    hold(`${name}=${value}: rows`, rows.length === Math.min(10, count) && rows.every((row) => of(documents.find(({ id }) => row.href === `ho-so/${id}/index.html`))));
  }
  const people = await page.$$eval("#f-nguoi option", (options) => options.slice(1).map((option) => [option.value, option.textContent]));
  hold("people to choose", people.length > 2);
  const [person, label] = people[1];
  const theirs = await find(page, "", { nguoi: person });
  same(`nguoi=${person}`, theirs.count, Number(label.match(/\(([0-9]+)\)$/)[1]));
  const name = label.replace(/ \([0-9]+\)$/, "");
  hold(`${name} is found by name`, (await find(page, `"${name}"`)).count >= theirs.count);
  const both = await find(page, "trẻ", { "don-vi": dir.units[1][0], nguoi: person });
  hold("filters and words together", both.rows.every((row) => documents.find(({ id }) => row.href.includes(id)).unit === 1));

  // What the page tells a reader to try.
  const example = (await page.textContent("#find-help")).match(/số \((.+?)\), ngày \((.+?)\)/);
  hold("an example of a number and a day", example);
  for (const query of example?.slice(1) ?? []) hold(`${query} is found`, (await find(page, query)).count > 0);

  const none = await find(page, "zzqqxx");
  hold(`nothing found is said: ${none.status}`, none.hidden && none.status.startsWith("Không thấy"));
  for (const hostile of ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', "__proto__ constructor", "\\u2028 ${1}", "𝕬𝖇", "'".repeat(50), "a".repeat(300)]) {
    const { status, hidden } = await find(page, hostile);
    hold(`${hostile}: ${status}`, hidden || status.includes("hồ sơ"));
    same(`${hostile}: no element of it`, await page.$$eval("main img[src=x], main script", (found) => found.length), 0);
  }

  // The keyboard alone. From any page Alt+/ leads here, though no script may run there.
  await page.goto(pathToFileURL(path.join(site, "nam/index.html")).href, { waitUntil: "networkidle" });
  const keys = await page.context().newCDPSession(page);
  // Playwright leaves out the text of a key that is pressed with Alt, by which Chromium finds an access key.
  const slash = { modifiers: 1, key: "/", code: "Slash", windowsVirtualKeyCode: 191, text: "/", unmodifiedText: "/" };
  await Promise.all([page.waitForURL(/\/tim\.html$/), keys.send("Input.dispatchKeyEvent", { type: "keyDown", ...slash })]);
  await page.waitForFunction(() => document.activeElement.id === "q");
  asked++;
  const { rows } = await find(page, "tre");
  await page.locator("h1").click();
  await page.keyboard.press("/");
  same("/ goes to the box", await page.evaluate(() => document.activeElement.id), "q");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  same("two down is the second", await page.evaluate(() => document.activeElement.getAttribute("href")), rows[1].href);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  same("up again is the box", await page.evaluate(() => document.activeElement.id), "q");
  await page.keyboard.press("Enter");
  await page.waitForFunction((href) => document.activeElement.getAttribute("href") === href, rows[0].href);
  await page.locator("#find-more button").click();
  await page.waitForFunction(() => document.querySelectorAll("#found-rows tr").length > 10);
  same("more shows more, and goes there", await page.evaluate(() => document.activeElement === document.querySelectorAll("#found-rows a")[10]), true);
  await page.locator("#found-rows a").first().focus();
  await Promise.all([page.waitForURL(/\/ho-so\/.*index\.html$/), page.keyboard.press("Enter")]);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll("#found-rows tr").length >= 10);
  same("back gives the same results", (await shown(page)).rows[0].href, rows[0].href);

}

async function accessibility(page) {
  await page.evaluate(axe);
  const result = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values }, preload: false }), RULES);
  if (result.passes.length === 0) return ["axe: looked at nothing"];
  return result.violations.flatMap((rule) => rule.nodes.slice(0, 5).map((node) => `axe ${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`));
}

/** The archive as a server hands it out; what a policy forbids shows on the console. */
function serve() {
  const kinds = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png" };
  const server = http.createServer((request, response) => {
    const file = path.join(site, path.normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)));
    const there = file.startsWith(site + path.sep) && fs.existsSync(file) && fs.statSync(file).isFile();
    response.writeHead(there ? 200 : 404, { "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Content-Type": kinds[path.extname(file)] ?? "application/octet-stream" });
    response.end(there ? fs.readFileSync(file) : "");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function browserOnPath() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = names.flatMap((name) => process.env.PATH.split(":").map((folder) => path.join(folder, name))).find((place) => fs.existsSync(place));
  if (!found) throw new Error(`none of ${names.join(", ")} is on the PATH`);
  return found;
}

async function main() {
  fs.mkdirSync(screens, { recursive: true });
  folding();
  const index = readIndex();
  const terms = compare(index);
  const browser = await chromium.launch({ executablePath: browserOnPath(), args: ["--no-sandbox"] });
  const home = pathToFileURL(path.join(site, "tim.html")).href;

  const context = await browser.newContext({ offline: true, locale: "vi-VN", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  watch(page, (fault) => faults.push(fault));
  page.on("request", (request) => {
    if (!request.url().startsWith(pathToFileURL(site).href + "/")) faults.push(`asks for ${request.url()}`);
  });
  await page.goto(home);
  await morning(page, index);
  await context.close();

  const views = {
    wide: { viewport: { width: 1280, height: 900 } },
    phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
    dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  };
  for (const [view, options] of Object.entries(views)) {
    const context = await browser.newContext({ offline: true, locale: "vi-VN", ...options });
    const page = await context.newPage();
    watch(page, (fault) => faults.push(`[${view}] ${fault}`));
    await page.goto(`${home}#q=be+ban+tay`);
    await page.waitForFunction(() => document.querySelectorAll("#found-rows tr").length > 0);
    for (const fault of await accessibility(page)) faults.push(`[${view}] ${fault}`);
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth);
    hold(`[${view}] scrolls sideways by ${wide} px`, wide <= 0);
    await page.screenshot({ path: path.join(screens, `tim-results.${view}.png`), fullPage: view !== "dark" });
    asked++;
    await context.close();
  }

  // Scripts off: one sentence and the lists.
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(home);
  hold("says so with scripts off", (await still.innerText("main")).includes("đang tắt JavaScript"));
  hold("leads to the lists with scripts off", (await still.$$("main noscript a, main .notice a")).length >= 3);
  await plain.close();

  // From a server that allows nothing but its own files.
  const server = await serve();
  const online = await browser.newContext({ locale: "vi-VN" });
  const served = await online.newPage();
  watch(served, (fault) => faults.push(`[served] ${fault}`));
  await served.goto(`http://127.0.0.1:${server.address().port}/tim.html#q=be+ban+tay`);
  await served.waitForFunction(() => document.querySelectorAll("#found-rows tr").length > 0);
  asked++;

  // A file of the index is missing: said, not passed over.
  const broken = await online.newPage();
  await broken.route("**/tim/tu/*.js", (route) => route.abort());
  await broken.goto(`http://127.0.0.1:${server.address().port}/tim.html#q=tre`);
  await broken.waitForFunction(() => document.getElementById("find-status").textContent.includes("Không đọc được"));
  asked++;
  await browser.close();
  server.close();

  for (const fault of faults.slice(0, 60)) console.log(fault);
  console.log(`search: ${index.documents.length} records, ${terms} terms of documents compared, ${asked} questions, ${faults.length} failed`);
  process.exit(faults.length ? 1 : 0);
}

await main();
