// An inspector's morning with an archive: find, read, print, count what is missing, prove. From file://, and by
// serving/judge.mjs through nginx.
//
//     node .ci/judges/morning.mjs [OUT [HOSO [REPOSITORY]]]
//
// What is counted is held to `hoso status` of the repository (the one here), and what is proven to the digests of the files.

import childProcess from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const tools = path.join(root, "target/judges");

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
const words = async (locator) => (await locator.innerText()).replace(/\s+/g, " ").trim();

/** What `hoso status` says of the newest year that the archive shows, as of the archive's day. */
function ledger(hoso, repository, on) {
  const run = childProcess.spawnSync(hoso, ["status", "--all", "--on", on, "--format", "json"], { cwd: repository, encoding: "utf8", maxBuffer: 1 << 30 });
  return run.stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** The morning, in `page`, from `base` on; `data` is the archive's folder behind it. */
export async function morning(page, base, data, hoso, expect, repository = root) {
  const said = [];
  page.on("console", (message) => { if (message.type() === "error") said.push(message.text()); });
  page.on("pageerror", (error) => said.push(String(error)));

  // Find: from the first page, by keyboard alone, without marks.
  const catalogue = JSON.parse(fs.readFileSync(path.join(data, "muc-luc.json"), "utf8"));
  const signed = catalogue.records.filter((one) => one.state === "da-ky" && one.kind === "giao-an");
  // In a big school several classes have the same lesson on the same day: one that there is once, if there is one.
  const name = (one) => `${one.title} ${one.date}`;
  const times = new Map();
  for (const one of catalogue.records) times.set(name(one), (times.get(name(one)) ?? 0) + 1);
  const wanted = signed.find((one) => times.get(name(one)) === 1) ?? signed[0];
  await page.goto(`${base}/index.html`);
  await page.keyboard.press("Alt+/");
  await page.waitForURL(/tim\.html/, { timeout: 5000 }).catch(async () => page.getByRole("link", { name: "Tìm kiếm" }).first().click());
  await page.locator("#q:enabled").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(`${plain(wanted.title)} ${wanted.date}`);
  await page.locator("#found-rows tr").first().waitFor();
  await page.waitForFunction((title) => document.querySelector("#found-rows a")?.textContent.includes(title), wanted.title, { timeout: 10000 })
    .then(() => expect("the lesson is found first, by its words without marks and its day", true), async () => expect("the lesson is found first", false, await words(page.locator("#found-rows"))));
  const places = await page.locator("#found-rows a").evaluateAll((links) => links.map((link) => decodeURIComponent(link.href)));
  const place = places.findIndex((href) => href.includes(`/ho-so/${wanted.id}/`));
  expect("and by its class", place >= 0 && place < times.get(name(wanted)), `${place} of ${places.length}`);
  for (let row = 0; row <= Math.max(place, 0); row++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/ho-so/);

  // Read: the form as pictures, every field, who signed.
  expect("Enter opens it", (await words(page.locator("h1"))) === wanted.title, await words(page.locator("h1")));
  const sheet = page.locator(".sheets img").first();
  expect("its form can be read", await sheet.evaluate(async (image) => { await image.decode(); return image.naturalWidth > 700; }));
  expect("every step shows its signature", (await page.locator(".sig-step").count()) === (await page.locator(".sig-step:has(.sig)").count()));

  // Print: without navigation and buttons, whole.
  await page.emulateMedia({ media: "print" });
  expect("no navigation is printed", !(await page.locator(".site-nav").isVisible()) && !(await page.locator(".jump").first().isVisible()));
  const printed = await page.pdf({ format: "A4" });
  expect("it prints", printed.length > 20000 && printed.subarray(0, 5).toString() === "%PDF-", printed.length);
  await page.emulateMedia({ media: "screen" });

  // Prove: the form from the folder, and one with a byte changed.
  const form = path.join(data, "ho-so", wanted.id, "form.pdf");
  const bytes = fs.readFileSync(form);
  const verdict = page.locator(".verify-said:not(:empty)", { hasNotText: "Đang kiểm tra" });
  await page.locator("#tep-kiem-tra:enabled").setInputFiles(form);
  await verdict.waitFor({ timeout: 60000 });
  expect("the form is proven", (await words(verdict)).startsWith("Tệp đúng bản in.") && (await words(verdict)).includes(" 0 không hợp lệ"), await words(verdict));
  expect("its digest is on the page", (await words(page.locator("main"))).replace(/\s/g, "").includes(crypto.createHash("sha256").update(bytes).digest("hex")));
  bytes[bytes.length >> 1] ^= 1;
  await page.locator("#tep-kiem-tra").setInputFiles({ name: "form.pdf", mimeType: "application/pdf", buffer: bytes });
  await page.waitForFunction(() => { const text = document.querySelector(".verify-said").textContent; return text !== "" && !text.startsWith("Đang") && !text.startsWith("Tệp đúng bản in."); }, null, { timeout: 60000 })
    .then(() => expect("a changed form is refused", true), async () => expect("a changed form is refused", false, await words(page.locator(".verify-said"))));
  expect("each link of the proof chain holds or says what it does not know", (await page.locator(".chain .l-no").count()) === 0 && (await page.locator(".chain .link").count()) >= 6);

  // Count: what is missing, as the program counts it.
  await page.getByRole("link", { name: "Tiến độ" }).first().click();
  const lead = await words(page.locator(".lead"));
  const [, day, month, year] = lead.match(/ngày (\d+)\/(\d+)\/(\d+)/);
  const on = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const shown = (await words(page.locator("h1"))).match(/\d{4}-\d{4}/)[0];
  const entries = ledger(hoso, repository, on).filter((one) => one.year === shown && one.due <= on);
  const legend = await words(page.locator(".legend"));
  for (const [label, states] of [["Đã ký đủ", ["da-ky", "da-khoa"]], ["Chờ ký", ["cho-ky"]], ["Thiếu", ["thieu"]]]) {
    const count = entries.filter((one) => states.includes(one.state)).length;
    expect(`${label} is what \`hoso status\` counts`, legend.includes(`${label}: ${count}`), `${legend}; ${count}`);
  }
  const missing = entries.filter((one) => one.state === "thieu");
  const unit = missing.find((one) => one.unit !== "truong")?.unit ?? missing[0].unit;
  await page.goto(`${base}/tien-do/${shown}/${unit}.html`);
  const rows = page.locator("table.todo tr:has(.s-thieu)");
  const own = missing.filter((one) => one.unit === unit);
  expect("each missing thing of a unit is named", (await rows.count()) === own.length, `${await rows.count()}, not ${own.length}`);
  const due = own[0].due.split("-").map(Number);
  expect("with the day it was due", (await words(page.locator("main"))).includes(`/${due[1]}/${due[0]}`));
  const colour = await rows.first().locator(".badge").evaluate((badge) => getComputedStyle(badge).color);
  const [red, green, blue] = colour.match(/\d+/g).map(Number);
  expect("in red, with a sign and a word", red > green + 50 && red > blue + 50 && (await rows.first().locator(".badge svg").count()) === 1 && (await words(rows.first().locator(".badge"))) !== "", colour);

  // Look around: by criterion, by person, by day, each leading to a record.
  for (const [start, steps] of [["minh-chung/index.html", 1], ["nguoi/index.html", 2], ["ngay/index.html", 3]]) {
    await page.goto(`${base}/${start}`);
    for (let step = 0; step < steps && !page.url().includes("/ho-so/"); step++) {
      const record = page.locator('main a[href*="ho-so/"]').first();
      const inner = page.locator(`main a[href*="${start.split("/")[0]}/"]:not([href$="index.html"])`).first();
      await ((await record.count()) > 0 ? record : inner).click();
      await page.waitForLoadState();
    }
    expect(`${start} leads to a record`, page.url().includes("/ho-so/"), page.url());
  }
  expect("nothing was refused or broken on the way", said.length === 0, said.join(" | "));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { chromium } = createRequire(path.join(tools, "package.json"))("playwright-core");
  const out = fs.realpathSync(path.resolve(process.argv[2] ?? "out"));
  const hoso = path.resolve(process.argv[3] ?? path.join(root, "target/release/hoso"));
  const repository = path.resolve(process.argv[4] ?? root);
  const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"].find((name) => fs.existsSync(name));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  let asked = 0;
  const faults = [];
  const expect = (what, holds, found = "") => { asked += 1; if (!holds) faults.push(`${what}: ${found}`); };
  for (const scheme of ["light", "dark"]) {
    const context = await browser.newContext({ colorScheme: scheme, offline: true, locale: "vi-VN" });
    const data = path.join(out, "data");
    await morning(await context.newPage(), pathToFileURL(data).href, data, hoso, expect, repository);
    await context.close();
  }
  await browser.close();
  for (const fault of faults) console.log(fault);
  const { records } = JSON.parse(fs.readFileSync(path.join(out, "data/muc-luc.json"), "utf8"));
  console.log(`morning: ${records.length} records on ${os.platform()}, ${asked} questions, ${faults.length} failed`);
  process.exitCode = faults.length > 0 || asked < 40 ? 1 : 0;
}
