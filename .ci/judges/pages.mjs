// Looks at an archive as its readers do: in Chromium, from file://, with no network.
//
//     node .ci/judges/pages.mjs [OUT]
//
// Looks at the home page, kiem-tra.html, every overview, a few lists of each sort (of a person, a day, a unit's progress, an
// evidence code …), the versions of one record, one record page of every kind, and one of every
// state. Each is opened at 1280 and 360 px, in dark colours, with scripts off, and for print; of the record pages that
// differ by their kind alone only the first two are asked for. Asked of each:
// no console message of error, no failed request, nothing fetched from outside the archive; axe-core finds nothing
// (WCAG 2.1 A and AA, best practice); no scrolling sideways; the same text with scripts off; text on paper.
// Screenshots of all go to target/judges/screens.

import fs from "node:fs";
import path from "node:path";
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
const LISTS_PER_SECTION = 2;
// Where a record stands in a row with its state, and not with what was done to it.
const SORTED = ["nam", "don-vi", "loai", "trang-thai"];
const VIEWS = {
  wide: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  scriptless: { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
};

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

const faults = [];
let looks = 0;

function browserOnPath() {
  const places = BROWSERS.flatMap((name) => process.env.PATH.split(":").map((folder) => path.join(folder, name)));
  const found = places.find((place) => fs.existsSync(place));
  if (!found) throw new Error(`none of ${BROWSERS.join(", ")} is on the PATH`);
  return found;
}

function pagesBelow(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) return path.relative(site, at) === "ho-so" ? [] : pagesBelow(at);
    return entry.name.endsWith(".html") ? [path.relative(site, at)] : [];
  });
}

/** The page that compares the versions of a record, of the first record that has one. */
function versionsOfOne(folder) {
  const found = fs.readdirSync(folder, { recursive: true }).filter((at) => path.basename(at) === "thay-doi.html");
  return found.length ? path.relative(site, path.join(folder, found.sort()[0])) : undefined;
}

/** The first record of each kind and the first of each state, found as a reader finds them: in the lists. */
async function recordsOfEachSort(browser, lists) {
  const page = await browser.newPage();
  const found = { state: new Map(), kind: new Map() };
  for (const list of lists) {
    await page.goto(pathToFileURL(path.join(site, list)).href);
    const links = await page.$$eval("main a[href]", (anchors) =>
      anchors.map((a) => ({
        href: a.href,
        // Of the whole row, the badge says the state; a list without badges sorts by kind alone.
        state: a.closest("tr, li")?.querySelector(".badge, [data-state]")?.textContent.trim() ?? "",
      })),
    );
    for (const { href, state } of links) {
      const at = path.relative(site, fileURLToPath(href.split("#")[0]));
      const [section, , , kind] = at.split(path.sep);
      if (section !== "ho-so" || !at.endsWith("index.html")) continue;
      for (const [by, sort] of Object.entries({ kind, state })) if (sort && !found[by].has(sort)) found[by].set(sort, at);
    }
  }
  await page.close();
  return found;
}

function watch(page, say) {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) say(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => say(`script: ${error.message}`));
  page.on("requestfailed", (request) => left(request) || say(`not loaded: ${request.url()} (${request.failure()?.errorText})`));
  page.on("request", (request) => {
    const inside = request.url().startsWith(pathToFileURL(site).href + "/");
    if (!inside && !request.url().startsWith("data:")) say(`asks for ${request.url()}`);
  });
}

/** Words that a reader sees in the page's main part. */
const words = (page) =>
  page.evaluate(() => {
    const main = document.querySelector("main");
    // noscript is shown in one case only, by its nature.
    for (const element of main?.querySelectorAll("noscript") ?? []) element.remove();
    return (main?.innerText ?? "").replace(/\s+/g, " ").trim();
  });

async function look(contexts, at, views) {
  const texts = {};
  for (const view of views) {
    const context = contexts[view];
    const say = (fault) => faults.push(`${at} [${view}]: ${fault}`);
    const page = await context.newPage();
    watch(page, say);
    await page.goto(pathToFileURL(path.join(site, at)).href, { waitUntil: "load" });
    looks++;
    const { scroll, width, height } = await page.evaluate(() => ({
      scroll: document.scrollingElement.scrollWidth,
      width: document.documentElement.clientWidth,
      height: document.scrollingElement.scrollHeight,
    }));
    if (scroll > width) say(`scrolls sideways: ${scroll} px in ${width}`);
    const name = at.replace(/\.html$/, "").replaceAll(path.sep, "_");
    if (view !== "scriptless") await page.screenshot({ path: path.join(screens, `${name}.${view}.png`), fullPage: view !== "dark", scale: height > 4000 ? "css" : "device" });
    texts[view] = await words(page);
    if (!texts[view]) say("no text in main");
    if (view !== "scriptless") for (const fault of await accessibility(page)) say(fault);
    // Records of one kind differ in their content only, which stays as it is.
    if (view === "phone" && views.length > 2) {
      // The same page in English: other words, as narrow, nothing that a reader with other eyes would miss.
      await page.check("#en");
      const english = await page.evaluate(() => ({ nav: document.querySelector("nav").innerText, scroll: document.scrollingElement.scrollWidth }));
      if (!/Home/.test(english.nav) || /Trang chủ/.test(english.nav)) say(`English: ${english.nav.replace(/\s+/g, " ")}`);
      if (english.scroll > width) say(`scrolls sideways in English: ${english.scroll} px in ${width}`);
      for (const fault of await accessibility(page)) say(`English: ${fault}`);
    }
    if (view === "wide") {
      await page.emulateMedia({ media: "print" });
      if (!(await words(page))) say("nothing of main is printed");
    }
    await page.close();
  }
  if ("scriptless" in texts && texts.scriptless !== texts.wide) faults.push(`${at}: another text with scripts off`);
}

async function accessibility(page) {
  await page.evaluate(axe);
  // Not preloading: axe would fetch the style sheet anew, which file:// forbids.
  const result = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values }, preload: false }), RULES);
  if (result.passes.length === 0) return ["axe: looked at nothing"];
  return result.violations.flatMap((rule) =>
    rule.nodes.slice(0, 5).map((node) => `axe ${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`),
  );
}

/** Negative control: the judge must see what is wrong with a page that is wrong. */
async function control(context) {
  const seen = [];
  const page = await context.newPage();
  watch(page, (fault) => seen.push(fault));
  await page.setContent(
    `<html><body><main><p style="color:#ccc;width:900px">chữ nhạt</p><img src="https://elsewhere.example/a.png">
     <script>console.error("kêu")</script></main></body></html>`,
  );
  seen.push(...(await accessibility(page)));
  for (const what of ["axe image-alt", "axe color-contrast", "axe html-has-lang", "asks for https:", "not loaded:", "console: kêu"]) {
    if (!seen.some((fault) => fault.startsWith(what))) faults.push(`control: not noticed: ${what}`);
  }
  await page.close();
}

async function main() {
  fs.rmSync(screens, { recursive: true, force: true });
  fs.mkdirSync(screens, { recursive: true });
  const browser = await chromium.launch({ executablePath: browserOnPath(), args: ["--no-sandbox"] });
  const pages = pagesBelow(site).sort();
  const overviews = pages.filter((at) => !at.includes(path.sep) || at.endsWith("index.html"));
  const lists = pages.filter((at) => !overviews.includes(at));
  // nguoi/ has a folder for each person, ngay/ one for each month: such folders are one sort.
  const sections = groupBy(lists, (at) => `${at.split(path.sep)[0]} ${at.split(path.sep).length}`);
  const someLists = [...sections.values()].flatMap((section) => section.slice(0, LISTS_PER_SECTION));
  const sorted = [...overviews, ...lists].filter((at) => SORTED.includes(at.split(path.sep)[0]));
  const records = await recordsOfEachSort(browser, sorted);
  const versions = versionsOfOne(path.join(site, "ho-so"));
  if (!versions) faults.push("no record has a page of its versions");

  const contexts = {};
  for (const [view, options] of Object.entries(VIEWS)) {
    contexts[view] = await browser.newContext({ offline: true, locale: "vi-VN", ...options });
  }
  await control(contexts.phone);
  const thorough = new Set([...overviews, ...someLists, ...(versions ? [versions] : []), ...records.state.values()]);
  const kinds = [...records.kind.values()].filter((at) => !thorough.has(at));
  const chosen = [...thorough, ...kinds];
  // Two at a time: the machine has two cores, and a page waits for its pictures.
  const queue = [...chosen];
  await Promise.all([1, 2].map(async () => {
    for (let at = queue.shift(); at; at = queue.shift()) await look(contexts, at, thorough.has(at) ? Object.keys(VIEWS) : ["phone"]);
  }));
  await browser.close();

  const sorts = [...records.state, ...records.kind];
  for (const [sort, at] of sorts) console.log(`${sort}: ${at}`);
  if (sorts.length === 0) faults.push("no record page was found in any list");
  for (const fault of faults) console.log(fault);
  console.log(`pages: ${chosen.length} pages (${sorts.length} sorts of record) in ${looks} looks, ${faults.length} failed`);
  process.exit(faults.length ? 1 : 0);
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

await main();
