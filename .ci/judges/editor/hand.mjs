// A teacher's hands and a judge's eyes in the editor, for the judges that work in it (editor.mjs, writing.mjs, day.mjs).

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const tools = process.env.JUDGES ?? path.join(root, "target/judges");
const require = createRequire(path.join(tools, "package.json"));
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
// Sveltia's own, in its list of collections on a phone: `aria-controls` names what is not shown yet.
const ALLOWED = [{ rule: "aria-valid-attr-value", part: 'role="tree"' }];

export const { chromium } = require("playwright-core");
export const VIEWS = {
  pc: { viewport: { width: 1366, height: 850 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

export const faults = [];
export const told = (where, what) => faults.push(`${where}: ${what}`);
/** How many pages were looked at. */
export const eyes = { looks: 0, screens: "" };

/** Looks at pages from now on; their pictures go to a folder of target/judges/screens. */
export function look(name) {
  eyes.screens = path.join(root, "target/judges/screens", name);
  fs.rmSync(eyes.screens, { recursive: true, force: true });
  fs.mkdirSync(eyes.screens, { recursive: true });
}

export function browserOnPath() {
  const places = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => process.env.PATH.split(":").map((folder) => path.join(folder, name)));
  const found = places.find((place) => fs.existsSync(place));
  if (!found) throw new Error("no Chromium is on the PATH");
  return found;
}

export async function judge(page, where) {
  eyes.looks += 1;
  await page.screenshot({ path: path.join(eyes.screens, `${where}.png`) });
  await page.evaluate(axe);
  const found = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
  for (const violation of found.violations) {
    for (const node of violation.nodes) {
      if (!ALLOWED.some(({ rule, part }) => rule === violation.id && node.html.includes(part))) told(where, `axe ${violation.id}: ${node.html.slice(0, 160)}`);
    }
  }
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (inner > outer) told(where, `${inner} px wide on a screen of ${outer}`);
  const beyond = await page.evaluate(() => [...document.querySelectorAll(".hoso-luoi, .hoso-xem, .sui.toolbar h2")].filter((one) => one.offsetWidth > innerWidth || one.getBoundingClientRect().left < 0).length);
  if (beyond) told(where, "a part of ours is wider than the screen");
}

export const field = (page, name) => page.locator(`section[data-key-path="${name}"]`);

/** A field, wherever it is on the page: Sveltia sets up what comes into sight, the inner after the outer. */
export async function reach(page, name) {
  const keys = name.split(".");
  for (let count = 1; count <= keys.length; count += 1) if (count === keys.length || Number.isNaN(Number(keys[count - 1]))) await field(page, keys.slice(0, count).join(".")).scrollIntoViewIfNeeded();
  return field(page, name);
}

/** Writes into a field. */
export async function write(page, name, text) {
  const section = await reach(page, name);
  await section.locator("input:not([type=radio]):not([type=checkbox]), textarea").first().fill(text);
}

/** Adds an item to a list of texts and writes it. */
export async function add(page, name, text) {
  const section = await reach(page, name);
  await section.getByRole("button", { name: /^Thêm/ }).first().click();
  await write(page, `${name}.0`, text);
}

export async function save(page, where) {
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  await saved(page, where);
}

export async function saved(page, where) {
  // Back in the list once it is saved, and not before.
  await page.waitForURL((url) => !/\/(new|entries\/)/.test(url.hash), { timeout: 60000 }).catch(() => told(where, "not saved"));
  await page.waitForTimeout(600);
}

/** A repository with the sample school, as it stands in this project; the parts named of it. */
export function school(repo, parts) {
  fs.mkdirSync(repo);
  for (const part of parts) fs.cpSync(path.join(root, part), path.join(repo, part), { recursive: true });
  const git = (...args) => execFileSync("git", ["-C", repo, "-c", "user.name=x", "-c", "user.email=x@truong.example", ...args]).toString();
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "trường mẫu");
  return git;
}

/** Writes a lesson plan but for its steps. */
export async function planHead(page, view, day, skill) {
  await write(page, "ngay", day);
  await write(page, "chu-de", "Gia đình: những người tôi yêu");
  await field(page, "linh-vuc").getByRole("radio", { name: "Phát triển ngôn ngữ" }).click();
  await write(page, "de-tai", `Thơ “Giữa vòng gió thơm” (${view})`);
  await write(page, "thoi-luong", "30");
  await add(page, "muc-dich.kien-thuc", "Trẻ nhớ tên bài thơ, tên tác giả.");
  await add(page, "muc-dich.ky-nang", skill);
  await add(page, "muc-dich.thai-do", "Trẻ yêu bà.");
  await add(page, "chuan-bi.cua-co", "Tranh minh họa");
  await add(page, "chuan-bi.cua-tre", "Chiếu ngồi");
}

/** Writes its one step. */
export async function planStep(page, teacher) {
  const steps = field(page, "tien-hanh");
  await steps.scrollIntoViewIfNeeded();
  await steps.getByRole("button", { name: /^Thêm/ }).first().click();
  await write(page, "tien-hanh.0.buoc", "1. Ổn định: hát “Cháu yêu bà”");
  await write(page, "tien-hanh.0.co", teacher);
  await write(page, "tien-hanh.0.tre", "Trẻ hát.");
}

/** Signs in at the server's own page, with a password that is hers already. */
export async function signIn(page, person, password) {
  await page.getByLabel("Tên đăng nhập hoặc thư điện tử").fill(person);
  await page.getByLabel("Mật khẩu").fill(password);
  await page.getByRole("button", { name: "Đăng nhập" }).click();
  await page.getByRole("heading", { name: "Việc của tôi" }).waitFor();
}

/** A colleague saves `file` while it is written at `entry`: the later one is told, and nothing is overwritten. */
export async function conflict(page, where, { repo, git, file, entry }) {
  const full = path.join(repo, file);
  await page.goto(entry);
  await field(page, "thoi-luong").waitFor();
  fs.writeFileSync(full, fs.readFileSync(full, "utf8").replace("thoi-luong: 30", "thoi-luong: 35"));
  git("commit", "-qam", "đồng nghiệp sửa");
  const theirs = fs.readFileSync(full, "utf8");
  await write(page, "thoi-luong", "25");
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  // Sveltia sees it before it sends, or the server says so.
  await page.getByText(/Có người khác đã sửa hồ sơ này|người khác vừa sửa/).first().waitFor({ timeout: 60000 }).catch(() => told(where, "a conflict is not told"));
  await judge(page, `${where}-conflict`);
  // Whoever saves all the same has been told, and both texts are in the history; here she does not.
  const cancel = page.getByRole("button", { name: "Hủy", exact: true });
  if (await cancel.count()) await cancel.click();
  await page.waitForTimeout(1500);
  if (fs.readFileSync(full, "utf8") !== theirs || git("show", `HEAD:${file}`) !== theirs) told(where, "a colleague's text is gone");
}

/** Opens a new month of attendance at `collections`; its grid. */
export async function openMonth(page, collections, month) {
  await page.goto(`${collections}/mg-5a_so-theo-doi-tre/new`);
  await field(page, "thang").getByRole("combobox").first().click();
  await page.getByRole("option", { name: `Tháng ${Number(month.slice(5))} năm ${month.slice(0, 4)}` }).click();
  const grid = field(page, "vang");
  await grid.scrollIntoViewIfNeeded();
  return grid;
}
