// A teacher's day at the school's own server (`hoso serve --edit`), on a PC and on a phone.
//
//     node .ci/judges/writing.mjs HOSO
//
// The sample school in a fresh repository, on 22 September 2024. At 1366 and at 390 px: a wrong password, the first password that is
// changed, the first page; a lesson plan with a fault that the server finds while it is written, mended where the finding leads, its
// official form looked at, saved; a month's attendance marked and saved; a record that a colleague changed meanwhile, which is
// not overwritten; a session that ends while she writes. Every commit is the teacher's own, `hoso check` takes what was written, the archive is built and shows it. No request
// leaves the origin, the console stays empty, nothing scrolls sideways, axe-core finds nothing. Screenshots: target/judges/screens/writing.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { VIEWS, browserOnPath, chromium, conflict, eyes, faults, field, judge, look, openMonth, planHead, planStep, save, saved, school, signIn, told, write } from "./editor/hand.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const hoso = path.resolve(process.argv[2] ?? path.join(root, "target/release/hoso"));
const NOW = "2024-09-22T08:00:00+07:00";
const environment = { ...process.env, SOURCE_DATE_EPOCH: String(Date.parse(NOW) / 1000), HOSO_LANG: "vi" };
const PLANS = "content/2024-2025/mg-5a/giao-an";
const PEOPLE = { pc: "ngo-thi-tuong-vi", phone: "trinh-thi-hong-nhan" };
const OWN = "bốn từ không liên quan";
const FIRST = "Việc của tôi";

look("writing");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hoso-writing-"));
const repo = path.join(folder, "repo");
const git = school(repo, ["content", "layouts", "signatures"]);
const run = (...args) => execFileSync(hoso, ["-C", repo, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] }).toString();
const passwords = Object.fromEntries(run("account", "invite", ...Object.values(PEOPLE)).trim().split("\n").map((line) => line.split("\t").slice(0, 2)));

const server = spawn(hoso, ["-C", repo, "serve", "--edit", "--port", "0"], { env: environment, stdio: ["ignore", "pipe", "ignore"] });
const address = await new Promise((resolve) => server.stdout.once("data", (text) => resolve(text.toString().trim().replace(/\/$/, ""))));

async function firstTime(page, view) {
  const person = PEOPLE[view];
  await page.goto(`${address}/`);
  await judge(page, `${view}-sign-in`);
  const enter = async (password) => {
    await page.getByLabel("Tên đăng nhập hoặc thư điện tử").fill(person);
    await page.getByLabel("Mật khẩu").fill(password);
    await page.getByRole("button", { name: "Đăng nhập" }).click();
  };
  await enter("không phải mật khẩu");
  await page.getByRole("alert").getByText("tên hoặc mật khẩu không đúng").waitFor();
  await judge(page, `${view}-wrong`);
  await enter(passwords[person]);
  await page.getByRole("heading", { name: "Đổi mật khẩu" }).waitFor();
  await judge(page, `${view}-password`);
  await page.getByLabel("Mật khẩu đang dùng").fill(passwords[person]);
  await page.getByLabel("Mật khẩu mới", { exact: true }).fill(OWN);
  await page.getByLabel("Gõ lại mật khẩu mới").fill(OWN);
  await page.getByRole("button", { name: "Đổi mật khẩu" }).click();
  await page.getByRole("heading", { name: FIRST }).waitFor();
  await judge(page, `${view}-first-page`);
  await page.getByRole("link", { name: "Viết hồ sơ" }).click();
  await page.getByText("Kế hoạch bài dạy (giáo án)").first().waitFor({ timeout: 40000 });
  await judge(page, `${view}-books`);
}

async function lessonPlan(page, view) {
  const day = view === "pc" ? "2024-11-04" : "2024-11-05";
  await page.goto(`${address}/bien-tap/#/collections/mg-5a_giao-an/new`);
  await field(page, "de-tai").waitFor();
  await planHead(page, view, day, "Trẻ đọc thuộc, ngắt nhịp đúng.");
  // Nothing is written of the steps yet: the server says so, and leads there.
  await field(page, "xem-truoc").scrollIntoViewIfNeeded();
  const finding = page.getByRole("button", { name: /tien-hanh/ }).first();
  await finding.waitFor({ timeout: 30000 });
  await judge(page, `${view}-finding`);
  await finding.click();
  await planStep(page, "Cô hát cùng trẻ.");
  const pages = page.getByRole("button", { name: "Xem bản in" });
  await pages.scrollIntoViewIfNeeded();
  await page.getByText("Không có lỗi.").first().waitFor({ timeout: 30000 });
  await pages.click();
  const first = page.locator("dialog[open]").getByRole("img", { name: "Bản in, trang 1" });
  await first.waitFor();
  const width = await first.evaluate((image) => image.naturalWidth);
  if (width < 800) told(`${view} preview`, `the form is ${width} px wide`);
  await judge(page, `${view}-form`);
  await page.locator("dialog[open]").getByRole("button", { name: "Đóng" }).click();
  await save(page, `${view} lesson plan`);
  return day;
}

async function attendance(page, view) {
  const month = view === "pc" ? "2024-10" : "2024-11";
  const grid = await openMonth(page, `${address}/bien-tap/#/collections`, month);
  if (view === "pc") {
    await grid.getByRole("gridcell", { name: "Đinh Phương Anh, thứ Ba 1/10: có mặt" }).click();
    await page.keyboard.press("p");
  } else {
    await grid.getByLabel("Ngày", { exact: true }).selectOption(`${month}-01`);
    await grid.locator("li").nth(1).getByRole("button", { name: "nghỉ có phép" }).click();
  }
  await judge(page, `${view}-month`);
  await save(page, `${view} attendance`);
  return month;
}

/** The session ends while she writes: nothing is lost, she signs in on another page and saves. */
async function ended(page, view, day) {
  const name = fs.readdirSync(path.join(repo, PLANS)).find((file) => file.startsWith(day));
  await page.goto(`${address}/bien-tap/#/collections/mg-5a_giao-an`);
  // The editor that is left lets its draft go a moment later: of whichever record is open then.
  await field(page, "thoi-luong").waitFor({ state: "hidden" });
  await page.waitForTimeout(1000);
  await page.goto(`${address}/bien-tap/#/collections/mg-5a_giao-an/entries/${name.replace(".md", "")}`);
  await field(page, "thoi-luong").waitFor();
  await write(page, "thoi-luong", "20");
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  const box = page.getByRole("dialog", { name: "Phiên làm việc đã hết" });
  await box.waitFor();
  await judge(page, `${view}-ended`);
  const [other] = await Promise.all([page.waitForEvent("popup"), box.getByRole("link", { name: /Đăng nhập lại/ }).click()]);
  await signIn(other, PEOPLE[view], OWN);
  await other.close();
  await page.bringToFront();
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await box.waitFor({ state: "hidden" });
  // What waited goes on by itself.
  await saved(page, `${view} after the session ended`);
  if (!git("show", `HEAD:${PLANS}/${name}`).includes("thoi-luong: 20")) told(view, "what was written when the session ended is lost");
}

/** Sveltia's own sign-in button, should it ever come up, leads to the server's page. */
async function ownButton(page) {
  await page.route("**/api/v1/**", (route) => route.fulfill({ status: 401, json: {} }));
  await page.goto(`${address}/dang-xuat`);
  await page.goto(`${address}/bien-tap/`);
  const button = page.getByRole("button", { name: "Đăng nhập", exact: true });
  await button.waitFor();
  await page.unroute("**/api/v1/**");
  await page.context().clearCookies();
  await button.click();
  await page.getByRole("heading", { name: "Đăng nhập" }).waitFor();
}

const browser = await chromium.launch({ executablePath: browserOnPath(), args: ["--no-sandbox"] });
const days = [];
for (const [view, options] of Object.entries(VIEWS)) {
  const context = await browser.newContext({ ...options, locale: "en-US", timezoneId: "Asia/Ho_Chi_Minh" });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  await page.clock.install({ time: new Date(NOW) });
  await page.clock.resume();
  page.on("pageerror", (error) => told(view, `script: ${error.message}`));
  page.on("console", (message) => {
    // Sveltia's own frame around the preview, and a word of its framework to its makers; what the server refuses on purpose.
    const known = /allow-scripts and allow-same-origin|status of (401|409|422)|last commit hash|status: 401|svelte\.dev\/e\/derived_inert|status: 409/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !known) told(view, `console: ${message.text().slice(0, 200)} ${message.location().url}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !/^(data|blob|about):/.test(request.url())) told(view, `asks ${request.url()}`);
  });
  try {
    await firstTime(page, view);
    const day = await lessonPlan(page, view);
    days.push(day);
    await attendance(page, view);
    const name = fs.readdirSync(path.join(repo, PLANS)).find((file) => file.startsWith(day));
    if (name) await conflict(page, view, { repo, git, file: `${PLANS}/${name}`, entry: `${address}/bien-tap/#/collections/mg-5a_giao-an/entries/${name.replace(".md", "")}` });
    else told(`${view} lesson plan`, "was not committed");
    if (view === "pc") await ended(page, view, day);
    await page.goto(`${address}/dang-xuat`);
    await page.getByRole("button", { name: "Đăng xuất" }).click();
    await page.getByRole("heading", { name: "Đăng nhập" }).waitFor();
    if (view === "phone") {
      await signIn(page, PEOPLE[view], OWN);
      await ownButton(page);
    }
  } catch (error) {
    await page.screenshot({ path: path.join(eyes.screens, `${view}-stopped.png`) });
    told(view, error.message.split("\n").slice(0, 4).join(" "));
  }
  await context.close();
}
await browser.close();
server.kill();

const log = git("log", "--format=%an <%ae> %s");
for (const [who, what] of [
  ["Ngô Thị Tường Vi <tuong-vi@mamnonhoasen.example>", "Kế hoạch bài dạy (giáo án): thêm 2024-2025/mg-5a/giao-an/2024-11-04"],
  ["Ngô Thị Tường Vi <tuong-vi@mamnonhoasen.example>", "Sổ theo dõi trẻ em (điểm danh tháng): thêm 2024-2025/mg-5a/so-theo-doi-tre/2024-10"],
  ["Trịnh Thị Hồng Nhạn <hong-nhan@mamnonhoasen.example>", "Kế hoạch bài dạy (giáo án): thêm 2024-2025/mg-5a/giao-an/2024-11-05"],
]) if (!log.includes(`${who} ${what}`)) told("history", `no commit “${what}” of ${who}: ${log.split("\n").slice(0, 8).join(" | ")}`);
if (git("status", "--porcelain") !== "") told("history", "the folder is not as committed");
try {
  run("check");
} catch (error) {
  told("hoso check", `${error.stdout}${error.stderr}`.slice(0, 1500));
}
fs.rmSync(folder, { recursive: true, force: true });
for (const fault of faults) console.log(fault);
console.log(`writing: ${eyes.looks} looks, ${days.length} teachers' days, ${faults.length} faults`);
process.exit(faults.length || days.length < 2 ? 1 : 0);
