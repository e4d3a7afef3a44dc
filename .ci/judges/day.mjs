// One school day, from a lesson plan to the archive that shows it approved: `hoso serve --edit` and the signing page together.
//
//     node .ci/judges/day.mjs HOSO
//
// A small school, today. The teacher on her phone: signs in, writes a plan and corrects what the server finds in it, marks the month, meets a
// colleague's change, signs with her token. The head of team on a PC and the principal on her phone: each sees on her first page what waits for
// her, reads it in the archive behind the same login, signs with a token (SoftHSM 2) of her own. Then the archive shows the plan with
// all three signatures, and the teacher's first page that it is done. axe-core on every page that is new here, light and dark; no request leaves
// the machine. What the editor does in detail is judged by writing.mjs, the signing page by signing.mjs. Screens: target/judges/screens/day.

import childProcess from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { VIEWS, browserOnPath, chromium, conflict, eyes, faults, field, judge, look, openMonth, planHead, planStep, save, signIn, told } from "./editor/hand.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const hoso = path.resolve(process.argv[2] ?? path.join(root, "target/release/hoso"));
const PASSWORD = "bốn từ không liên quan";
const [TEACHER, HEAD, PRINCIPAL] = ["trinh-thi-hong-nhan", "ngo-thi-tuong-vi", "nguyen-thi-an-khe"];
const NAMES = ["Trịnh Thị Hồng Nhạn", "Ngô Thị Tường Vi", "Nguyễn Thị An Khê"];
const WAITS = { timeout: 240000 };

look("day");
const top = fs.mkdtempSync(path.join(os.tmpdir(), "hoso-day-"));
const made = childProcess.spawnSync("python3", [path.join(root, ".ci/judges/signing_lab.py"), top, hoso, "0"], { encoding: "utf8" });
if (made.status !== 0) throw new Error(made.stderr + made.stdout);
const lab = JSON.parse(made.stdout);
const repo = lab.school;
const environment = { ...process.env, ...lab.environment, HOSO_LANG: "vi" };
const run = (command, ...args) => childProcess.spawnSync(command, args, { encoding: "utf8", env: environment });
const git = (...args) => run("git", "-C", repo, ...args).stdout;

const today = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10);
const from = Number(today.slice(0, 4)) - (Number(today.slice(5, 7)) < 8 ? 1 : 0);
const year = `${from}-${from + 1}`;
const PLANS = `content/${year}/mg-5a/giao-an`;
/** Three children of the sample's class, as many years later. */
function children() {
  const text = fs.readFileSync(path.join(root, "content/2024-2025/mg-5a/danh-sach-tre/2024-2025.md"), "utf8");
  const [head, ...all] = text.split(/^(?= {2}- stt:)/m);
  const few = head.replace(/giao-vien: .*/, `giao-vien: [${TEACHER}]`) + all.slice(0, 3).join("");
  const later = few.replace(/\b(20[12]\d)-(?=\d\d-\d\d)/g, (_, then) => `${Number(then) + from - 2024}-`);
  const file = path.join(repo, `content/${year}/mg-5a/danh-sach-tre/${year}.md`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${later}---\n`);
  git("add", "-A");
  git("commit", "-qm", "danh sách trẻ");
}
children();
fs.writeFileSync(path.join(top, "mat-khau"), `${PASSWORD}\n`);
for (const person of [TEACHER, HEAD, PRINCIPAL]) {
  const { status, stderr } = run(hoso, "-C", repo, "account", "set", person, "--password-file", path.join(top, "mat-khau"));
  if (status !== 0) throw new Error(stderr);
}
const server = childProcess.spawn(hoso, ["-C", repo, "serve", "--edit", "--port", "0"], { env: environment, stdio: ["ignore", "pipe", "ignore"] });
const address = await new Promise((found) => server.stdout.once("data", (text) => found(text.toString().trim().replace(/\/$/, ""))));

const browser = await chromium.launch({ executablePath: browserOnPath(), args: ["--no-sandbox"] });
/** Somebody's browser, signed in, at her first page. */
async function comes(view, person) {
  const context = await browser.newContext({ ...VIEWS[view], locale: "vi-VN", timezoneId: "Asia/Ho_Chi_Minh" });
  const page = await context.newPage();
  page.setDefaultTimeout(30000);
  page.on("pageerror", (error) => told(person, `script: ${error.message}`));
  page.on("request", (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:|about:)/.test(request.url())) told(person, `asks ${request.url()}`);
  });
  await page.goto(`${address}/`);
  await signIn(page, person, PASSWORD);
  return { context, page };
}

/** A page in both its colours. */
async function looked(page, name) {
  await judge(page, name);
  await page.emulateMedia({ colorScheme: "dark" });
  await judge(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
}

const part = (page, name) => page.locator("section").filter({ has: page.getByRole("heading", { name }) });

/** Everything that waits for a person, with her token and one PIN. */
async function signs(context, person) {
  const signing = childProcess.spawn(hoso, ["-C", repo, "sign", "--page", "--port", "0", "--key", lab.keys[person], "--chain", lab.chain], { env: environment, stdio: ["ignore", "pipe", "ignore"] });
  const link = await new Promise((found, failed) => {
    signing.stdout.once("data", (text) => found(text.toString().trim()));
    signing.once("exit", () => failed(new Error(`${person}: the signing page did not start`)));
  });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole("heading", { name: /^Hồ sơ chờ tôi ký/ }).waitFor({ timeout: 120000 });
  await page.getByLabel("PIN của token").fill(lab.pin);
  await page.locator("[data-count]").click();
  await page.getByRole("heading", { name: /^Đã ký \d+ hồ sơ$/ }).waitFor({ timeout: 120000 });
  await page.getByRole("button", { name: "Xong" }).click();
  await new Promise((ended) => (signing.exitCode === null ? signing.once("exit", ended) : ended()));
  await page.close();
}

/** The archive of the newest commit is shown. */
async function upToDate(page) {
  const id = git("rev-parse", "HEAD").slice(0, 8);
  const end = Date.now() + WAITS.timeout;
  for (;;) {
    await page.goto(`${address}/`);
    if ((await page.locator("nav .viec").innerText()).includes(id)) return;
    if (Date.now() > end) throw new Error(`the archive of ${id} is not shown: ${await page.locator("nav .viec").innerText()}`);
    await page.waitForTimeout(1000);
  }
}

/** A record's page in the archive: all three steps, each with its signature and what is to be thought of it. */
async function shows(page, where, words) {
  const section = page.locator("section").filter({ has: page.getByRole("heading", { name: "Chữ ký", exact: true }) });
  const said = (await section.innerText()).replace(/\s+/g, " ");
  for (const word of words) if (!said.includes(word)) told(where, `“${word}” is missing: ${said.slice(0, 600)}`);
  // No revocation list is known of the judge's authority: not refused, and not certain.
  const verdicts = said.match(/Chưa kết luận được/g) ?? [];
  if (verdicts.length !== 3) told(where, `${verdicts.length} verdicts: ${said.slice(0, 600)}`);
}

const title = "Thơ “Giữa vòng gió thơm” (phone)";
try {
  // The teacher writes.
  const { context, page } = await comes("phone", TEACHER);
  await looked(page, "teacher-first");
  await page.goto(`${address}/bien-tap/#/collections/mg-5a_giao-an/new`);
  await field(page, "de-tai").waitFor({ timeout: 40000 });
  await planHead(page, "phone", today, "Trẻ đọc thuộc, ngắt nhịp đúng.");
  await field(page, "xem-truoc").scrollIntoViewIfNeeded();
  await page.getByRole("button", { name: /tien-hanh/ }).first().click();
  await planStep(page, "Cô hát cùng trẻ.");
  await page.getByText("Không có lỗi.").first().waitFor();
  await save(page, "the plan");
  const grid = await openMonth(page, `${address}/bien-tap/#/collections`, today.slice(0, 7));
  await grid.locator("li").nth(1).getByRole("button", { name: "nghỉ có phép" }).click();
  await save(page, "the month");
  const name = fs.readdirSync(path.join(repo, PLANS)).find((file) => file.startsWith(today)).replace(".md", "");
  const entry = `${address}/bien-tap/#/collections/mg-5a_giao-an/entries/${name}`;
  await conflict(page, "teacher", { repo, git, file: `${PLANS}/${name}.md`, entry });
  await page.goto(`${address}/`);
  const own = part(page, /^Chờ tôi ký/);
  await own.getByText(title, { exact: true }).first().waitFor();
  await looked(page, "teacher-to-sign");
  // The link on her page leads to the very record.
  await own.getByRole("link", { name: `Sửa ${title}` }).click();
  await field(page, "thoi-luong").waitFor({ timeout: 40000 });
  if (!page.url().endsWith(`/entries/${name}`)) told("teacher", `the link leads to ${page.url()}`);
  await signs(context, TEACHER);
  await page.goto(`${address}/`);
  await part(page, /^Chờ người khác ký/).getByText(`Chờ ${NAMES[1]}`).first().waitFor();
  await looked(page, "teacher-signed");

  // Who approves: the head of team, then the principal.
  const room = `${address}/kho/ho-so/${year}/mg-5a/giao-an/${name}/`;
  for (const [view, person] of [["pc", HEAD], ["phone", PRINCIPAL]]) {
    const { context: hers, page: desk } = await comes(view, person);
    await upToDate(desk);
    await looked(desk, `${person}-first`);
    await part(desk, /^Chờ tôi ký/).getByRole("link", { name: `Xem ${title}` }).click();
    await desk.getByRole("heading", { name: title, level: 1 }).waitFor();
    if (new URL(desk.url()).pathname !== `${new URL(room).pathname}index.html`) told(person, `the preview is ${desk.url()}`);
    await desk.locator("img").first().evaluate((image) => image.decode());
    await looked(desk, `${person}-record`);
    await desk.getByRole("link", { name: "Việc của tôi" }).click();
    await desk.getByRole("link", { name: "Mở trang ký" }).waitFor();
    await signs(hers, person);
    await desk.goto(`${address}/`);
    if (await part(desk, /^Chờ tôi ký/).getByText(title, { exact: true }).count()) told(person, "what she signed still waits for her");
    if (person === PRINCIPAL) {
      await upToDate(desk);
      await desk.goto(room);
      await shows(desk, "the whole archive", NAMES);
    }
    await hers.close();
  }

  // The archive shows it all, and her page that it is done.
  await upToDate(page);
  await part(page, /^Đã ký đủ/).getByRole("link", { name: `Xem ${title}` }).click();
  await shows(page, "the staff's edition", ["Giáo viên soạn bài", "Tổ chuyên môn duyệt", "Ban giám hiệu duyệt"]);
  await looked(page, "record-approved");
  await page.goto(`${address}/`);
  await looked(page, "teacher-done");
  await context.close();
  const answer = await fetch(room, { redirect: "manual" });
  if (answer.status !== 303) told("archive", `without signing in: ${answer.status}`);
  if (git("log", "--format=%an", "--", `${PLANS}/${name}.md`).trim().split("\n").at(-1) !== NAMES[0]) told("history", "the plan is not the teacher's");
  if (git("status", "--porcelain") !== "") told("history", `the folder is not as committed: ${git("status", "--porcelain")}`);
  // 4: nothing wrong, and no revocation lists of the judge's authority.
  const verify = run(hoso, "-C", repo, "verify");
  if (![0, 4].includes(verify.status)) told("hoso verify", `${verify.status} ${verify.stdout}${verify.stderr}`.slice(0, 1500));
} catch (error) {
  for (const [index, page] of browser.contexts().flatMap((one) => one.pages()).entries()) await page.screenshot({ path: path.join(eyes.screens, `stopped-${index}.png`) }).catch(() => {});
  told("day", error.stack.split("\n").slice(0, 8).join(" "));
}
await browser.close();
server.kill();
if (faults.length === 0) fs.rmSync(top, { recursive: true, force: true });
for (const fault of faults) console.log(fault);
console.log(`day: ${eyes.looks} looks, three people, ${faults.length} faults`);
process.exit(faults.length || eyes.looks < 15 ? 1 : 0);
