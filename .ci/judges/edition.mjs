// Looks at an edition's pages as its readers do: the first page, a list, a record that is there whole and one that is not,
// the search; wide, on a phone, in dark colours, in English. Started by audience.py.
//
//     node edition.mjs EDITION

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

import { left } from "./left.mjs";

const tools = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../target/judges");
const require = createRequire(path.join(tools, "package.json"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const data = path.join(fs.realpathSync(process.argv[2]), "data");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const VIEWS = { wide: { width: 1280, height: 900 }, phone: { width: 360, height: 780 }, dark: { width: 1280, height: 900 } };

const { records } = JSON.parse(fs.readFileSync(path.join(data, "ban-trich.json"), "utf8"));
const of = (shape) => records.filter((one) => one.shape === shape).map((one) => `ho-so/${one.id}/index.html`);
const year = fs.readdirSync(path.join(data, "danh-sach")).sort()[0];
const list = `danh-sach/${year}/${fs.readdirSync(path.join(data, "danh-sach", year)).sort()[0]}`;
const pages = ["index.html", "tim.html", list, of("whole")[0], of("extract")[0]];

const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"].find((name) => fs.existsSync(name));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const faults = [];
let looks = 0;
for (const [view, viewport] of Object.entries(VIEWS)) {
  const context = await browser.newContext({ viewport, colorScheme: view === "dark" ? "dark" : "light", offline: true, bypassCSP: true });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") faults.push(`${page.url()}: ${message.text()}`); });
  page.on("requestfailed", (request) => left(request) || faults.push(`not loaded: ${request.url()}`));
  for (const at of pages) {
    await page.goto(pathToFileURL(path.join(data, at)).href);
    for (const english of [false, true]) {
      if (english) await page.check("#en");
      looks += 1;
      const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) faults.push(`${at} [${view}]: ${wide} px too wide`);
      await page.evaluate(axe);
      const result = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values }, preload: false }), RULES);
      for (const rule of result.violations) faults.push(`${at} [${view}]: axe ${rule.id}: ${rule.nodes[0].html}`);
    }
  }
  // What is left can be found.
  await page.goto(pathToFileURL(path.join(data, "tim.html")).href);
  await page.locator("#q:enabled").fill(records.find((one) => one.shape === "extract").title);
  await page.locator("#found-rows tr").first().waitFor({ timeout: 10000 }).catch(() => faults.push(`[${view}]: nothing is found`));
  await context.close();
}
await browser.close();
// Every link leads somewhere.
let links = 0;
for (const at of fs.readdirSync(data, { recursive: true }).filter((name) => name.endsWith(".html"))) {
  const html = fs.readFileSync(path.join(data, at), "utf8");
  for (const [, , href] of html.matchAll(/(href|src)="([^"#]+)(?:#[^"]*)?"/g)) {
    links += 1;
    if (!fs.existsSync(path.join(data, path.dirname(at), decodeURIComponent(href.replaceAll("&amp;", "&"))))) faults.push(`${at}: ${href} leads nowhere`);
  }
}
for (const fault of faults.slice(0, 40)) console.log(fault);
console.log(`edition: ${looks} looks, ${links} links, ${faults.length} failed`);
process.exitCode = faults.length > 0 || looks < 30 ? 1 : 0;
