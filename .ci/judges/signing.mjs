// Two people sign through `hoso sign --page`, each with a token (SoftHSM 2), on a phone and on a PC.
//
//     node .ci/judges/signing.mjs [HOSO [PICTURES]]
//
// 1. A teacher, 390 px: the door, the list, a form; a wrong PIN, which is tried once; the right one; sent.
// 2. The same form sent twice, and twice at once: the token is asked once.
// 3. Other names, other pages, nobody's cookie: refused, and the token is not asked.
// 4. The head of team, 1366 px: returns one; killed while signing, taken up again without scripts.
// 5. `openssl cms -verify` and `hoso verify` accept every signature; nothing on a page is at fault for axe-core.

import childProcess from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const tools = process.env.JUDGES ?? path.join(root, "target/judges");
const hoso = path.resolve(process.argv[2] ?? path.join(root, "target/release/hoso"));
const pictures = process.argv[3];
const require = createRequire(path.join(tools, "package.json"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const PLANS = 4;
const top = fs.mkdtempSync(path.join(os.tmpdir(), "hoso-signing-"));
const faults = [];
let asked = 0;
const expect = (what, holds, found = "") => { asked += 1; if (!holds) faults.push(`${what}: ${String(found).slice(0, 1500)}`); };

const made = childProcess.spawnSync("python3", [path.join(root, ".ci/judges/signing_lab.py"), top, hoso, String(PLANS)], { encoding: "utf8" });
if (made.status !== 0) throw new Error(made.stderr + made.stdout);
const lab = JSON.parse(made.stdout);
const environment = { ...process.env, ...lab.environment };
const run = (command, args, more = {}) => childProcess.spawnSync(command, args, { encoding: "utf8", env: environment, ...more });
const git = (folder, ...args) => run("git", ["-C", folder, ...args]).stdout.trim();
const calls = () => {
  const lines = fs.existsSync(lab.calls) ? fs.readFileSync(lab.calls, "utf8").split("\n").filter(Boolean) : [];
  fs.rmSync(lab.calls, { force: true });
  return lines;
};
const signatures = () => git(lab.shared, "ls-tree", "-r", "--name-only", lab.branch, "signatures").split("\n").filter((name) => name.endsWith(".p7s"));

/** The program with its page; its link. */
async function start(person, more = {}) {
  const process = childProcess.spawn(hoso, ["-C", lab.school, "sign", "--page", "--port", "0", "--key", lab.keys[person], "--chain", lab.chain], { env: { ...environment, ...more }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  process.stderr.on("data", (text) => { said += text; });
  const ended = new Promise((done) => process.on("exit", (code) => done(code)));
  const link = await new Promise((found, failed) => {
    let out = "";
    process.stdout.on("data", (text) => { out += text; if (out.includes("\n")) found(out.trim()); });
    process.on("exit", () => failed(new Error(`the page did not start: ${said}`)));
  });
  return { process, link, base: new URL(link).origin, ended, said: () => said };
}

const words = async (page, where = "main") => (await page.locator(where).innerText()).replace(/\s+/g, " ").trim();
const fetched = async (page) => { await page.waitForFunction(() => !document.querySelector("[data-wait]") && document.querySelector("h1") && document.querySelector("h1").textContent !== "Đang mở…", null, { timeout: 120000 }); };

async function looked(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  expect(`${name}: axe-core`, violations.length === 0, JSON.stringify(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html).slice(0, 3)])));
  const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  expect(`${name}: fits`, scroll <= inner, `${scroll} in ${inner}`);
  if (pictures) {
    fs.mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
  }
}

/** A request as anything on this machine could send it. */
function bare(base, method, where, headers = {}, body = "") {
  const { hostname, port } = new URL(base);
  return new Promise((done, failed) => {
    const request = http.request({ host: hostname, port, method, path: where, headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": Buffer.byteLength(body), ...headers } }, (answer) => {
      let text = "";
      answer.on("data", (part) => { text += part; });
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on("error", failed);
    request.end(body);
  });
}

const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"].find((name) => fs.existsSync(name));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const said = [];
async function opened(width, height, more = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: "vi-VN", ...more });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("403")) said.push(message.text()); });
  page.on("pageerror", (error) => said.push(String(error)));
  return { context, page };
}

try {
  // 1. The teacher.
  let server = await start("trinh-thi-hong-nhan");
  let { context, page } = await opened(390, 844);
  const refused = await page.goto(`${server.base}/`);
  expect("without the link nobody is let in", refused.status() === 403 && (await words(page)).includes("Cần mở từ liên kết"), await words(page));
  await looked(page, "phone-door");
  await page.goto(server.link);
  await fetched(page);
  const heading = await words(page, "h1");
  const waiting = Number(heading.match(/\((\d+)\)/)?.[1]);
  expect("the list says how many wait", heading.startsWith("Hồ sơ chờ tôi ký (") && waiting >= PLANS, heading);
  expect("it says for whom", (await words(page)).includes("Hồng Nhan") || (await words(page)).includes("Trịnh"), await words(page));
  expect("no PIN was asked of the token yet", calls().length === 0);
  await page.locator(".cover img").first().evaluate(async (image) => { await image.decode(); });
  await looked(page, "phone-list");
  const archive = path.join(top, "archive.html");
  fs.writeFileSync(archive, `<a href="${server.base}/">Ký</a>`);
  await page.goto(`file://${archive}`);
  await page.getByRole("link", { name: "Ký" }).click();
  await fetched(page);
  expect("an ordinary link of an archive leads to the list", (await words(page, "h1")) === heading, await words(page));
  const again = await (await opened(390, 844)).page.goto(server.link);
  expect("the link opens once", again.status() === 403);
  await page.getByRole("link", { name: "Xem bản in" }).first().click();
  const sheet = page.locator(".sheets img").first();
  expect("the form can be read", await sheet.evaluate(async (image) => { await image.decode(); return image.naturalWidth > 800; }));
  await looked(page, "phone-form");
  const pdf = await page.request.get(new URL(await page.getByRole("link", { name: "Mở tệp PDF" }).getAttribute("href"), server.base).href);
  expect("the whole PDF can be had", (await pdf.body()).subarray(0, 5).toString() === "%PDF-");
  await page.getByRole("link", { name: "Về danh sách" }).first().click();
  await fetched(page);

  const ticks = page.locator("input[name=ky]");
  await ticks.first().uncheck();
  const button = page.locator("[data-count]");
  expect("the button counts", (await button.innerText()) === `Ký ${waiting - 1} hồ sơ`, await button.innerText());
  await page.getByLabel("PIN của token").fill("314159");
  await button.click();
  await page.waitForURL(/viec/);
  await fetched(page);
  expect("a wrong PIN is said", (await words(page)).includes("PIN sai; đã thử một lần và không thử lại"), await words(page));
  await looked(page, "phone-wrong");
  await page.reload();
  await page.goBack();
  await page.goForward();
  expect("it was tried once", calls().join() === "login wrong");
  expect("nothing was entered", signatures().length === 0);
  await page.goto(`${server.base}/?moi`);
  await fetched(page);
  expect("few tries are left, it says", (await words(page)).includes("còn ít lần thử"), await words(page));
  await looked(page, "phone-few");
  await page.locator("input[name=ky]").first().uncheck();
  await page.getByLabel("PIN của token").fill(lab.pin);
  await page.locator("[data-count]").click();
  await page.waitForURL(/viec/);
  await fetched(page);
  expect("signed", (await words(page, "h1")) === `Đã ký ${waiting - 1} hồ sơ`, await words(page));
  expect("and sent", (await words(page)).includes("Đã gửi về kho chung") && git(lab.shared, "rev-parse", lab.branch) === git(lab.school, "rev-parse", "HEAD"), await words(page));
  expect("as one commit", git(lab.school, "log", "-1", "--format=%s") === `ký số: ${waiting - 1} hồ sơ (trinh-thi-hong-nhan)`, git(lab.school, "log", "-1", "--format=%s"));
  const made = calls();
  expect("with one PIN", made.filter((one) => one.startsWith("login")).join() === "login right" && made.filter((one) => one === "sign").length === waiting - 1, made.join());
  await looked(page, "phone-done");

  // 2. The same form, three times.
  await page.goto(`${server.base}/?moi`);
  await fetched(page);
  const nonce = await page.locator("form.sign input[name=nonce]").inputValue();
  const id = await page.locator("input[name=ky]").first().inputValue();
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const all = await context.cookies();
  expect("the cookie is no script's and stays here", all.length === 1 && all[0].httpOnly && all[0].sameSite === "Strict", JSON.stringify(all));
  const body = new URLSearchParams({ nonce, ky: id, pin: "000000" }).toString();
  const own = { Cookie: cookie, Origin: server.base };
  for (const [what, headers, status] of [
    ["another name (DNS rebinding)", { ...own, Host: "evil.example", Origin: "http://evil.example" }, 421],
    ["another page", { ...own, Origin: "http://evil.example" }, 403],
    ["another page, by the browser's word", { ...own, "Sec-Fetch-Site": "cross-site" }, 403],
    ["no page at all", { Cookie: cookie }, 403],
    ["nobody's cookie", { Origin: server.base }, 403],
    ["a guessed cookie", { Origin: server.base, Cookie: `hoso-ky=${"0".repeat(64)}` }, 403],
  ]) {
    const answer = await bare(server.base, "POST", "/ky", headers, body);
    expect(`${what} is refused`, answer.status === status, answer.status);
    expect(`${what}: nothing for other pages`, !Object.keys(answer.headers).some((name) => name.startsWith("access-control")) && answer.headers["content-security-policy"]?.startsWith("default-src 'none'"));
  }
  expect("no attack reached the token", calls().length === 0);
  const right = new URLSearchParams({ nonce, ky: id, pin: lab.pin }).toString();
  const both = await Promise.all([bare(server.base, "POST", "/ky", own, right), bare(server.base, "POST", "/ky", own, right)]);
  const third = await bare(server.base, "POST", "/ky", own, right);
  expect("a form that comes again has the same answer", [...both, third].every((one) => one.status === 303 && one.headers.location === `/viec/${nonce}`), JSON.stringify([...both, third].map((one) => [one.status, one.headers.location])));
  await page.goto(`${server.base}/viec/${nonce}`);
  await fetched(page);
  const twice = calls();
  expect("and one PIN, one signature", twice.join() === "login right,sign", twice.join());
  await page.goto(`${server.base}/`);
  await fetched(page);
  await looked(page, "phone-nothing");
  await page.getByRole("button", { name: "Xong" }).click();
  expect("it closes", (await server.ended) === 0 && (await words(page, "h1")) === "Đã xong", await words(page));
  expect("no PIN in what it said", !server.said().includes(lab.pin) && !server.said().includes("314159"));
  await context.close();

  // 4. The head of team.
  server = await start("ngo-thi-tuong-vi", { TOKEN_SLEEP: "700000" });
  ({ context, page } = await opened(1366, 768));
  await page.goto(server.link);
  await fetched(page);
  const second = Number((await words(page, "h1")).match(/\((\d+)\)/)?.[1]);
  expect("who signed before is shown", second >= PLANS && (await page.locator(".before").count()) >= PLANS, await words(page));
  const card = page.locator(".card").first();
  const returned = await card.locator("input[name=ky]").inputValue();
  await card.locator("summary").click();
  await card.getByLabel("Lý do trả lại").fill("Thiếu mục tiêu ngôn ngữ");
  expect("a reason unticks", !(await card.locator("input[name=ky]").isChecked()) && (await page.locator("[data-count]").innerText()) === `Ký ${second - 1} hồ sơ, trả lại 1`, await page.locator("[data-count]").innerText());
  await looked(page, "pc-list");
  const before = git(lab.school, "rev-parse", "HEAD");
  await page.getByLabel("PIN của token").fill(lab.pin);
  await page.locator("[data-count]").click();
  await page.waitForURL(/viec/);
  const journal = path.join(lab.school, ".git/hoso/journal");
  for (let look = 0; look < 400 && fs.readdirSync(journal).filter((name) => name.endsWith(".p7s")).length < 1; look++) await new Promise((go) => setTimeout(go, 25));
  await looked(page, "pc-progress");
  server.process.kill("SIGKILL");
  await server.ended;
  const kept = fs.readdirSync(journal).filter((name) => name.endsWith(".p7s")).length;
  expect("killed in the middle, nothing entered", kept >= 1 && git(lab.school, "rev-parse", "HEAD") === before, `${kept} kept`);
  await context.close();

  // Others enter something meanwhile.
  const other = path.join(top, "other");
  run("git", ["clone", "-q", lab.shared, other]);
  fs.writeFileSync(path.join(other, "GHI-CHU.md"), "x\n");
  git(other, "add", "-A");
  git(other, "commit", "-qm", "others");

  server = await start("ngo-thi-tuong-vi");
  ({ context, page } = await opened(1366, 768, { javaScriptEnabled: false }));
  const wait = async () => { for (let look = 0; look < 60 && (await page.locator("[data-wait]").count()) > 0; look++) { await new Promise((go) => setTimeout(go, 500)); await page.reload(); } };
  await page.goto(server.link);
  await wait();
  git(other, "push", "-q", "origin", lab.branch);
  const first = page.locator(`.card:has(input[value="${returned}"])`);
  await first.locator("summary").click();
  await first.getByLabel("Lý do trả lại").fill("Thiếu mục tiêu ngôn ngữ");
  await page.getByLabel("PIN của token").fill(lab.pin);
  await page.locator("[data-count]").click();
  await wait();
  expect("taken up again, without scripts", (await words(page, "h1")) === `Đã ký ${second - 1}, trả lại 1 hồ sơ`, await words(page));
  expect("what was signed is not signed again", (await words(page)).includes("chữ ký đã có từ lần chạy bị ngắt"), await words(page));
  const asks = calls().filter((one) => one === "sign").length;
  expect("the token is asked for what is missing", asks <= second + 2, `${asks} for ${second}`);
  expect("signatures follow what others entered", git(lab.shared, "log", "--format=%s", "-3", lab.branch).split("\n").includes("others") && git(lab.shared, "rev-parse", lab.branch) === git(lab.school, "rev-parse", "HEAD"), git(lab.shared, "log", "--format=%s", "-3", lab.branch) + (await words(page)));
  expect("the tree is clean", git(lab.school, "status", "--porcelain") === "", git(lab.school, "status", "--porcelain"));
  expect("nothing is rewritten: a merge joins both", git(lab.shared, "log", "-1", "--format=%P", lab.branch).split(" ").length === 2);
  if (pictures) await page.screenshot({ path: path.join(pictures, "pc-done.png"), fullPage: true });
  await page.getByRole("button", { name: "Xong" }).click();
  expect("it closes again", (await server.ended) === 0);
  await context.close();

  // 5. Others judge.
  const files = signatures();
  let accepted = 0;
  for (const name of files) {
    const file = path.join(lab.school, name);
    const done = run("openssl", ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", file, "-content", path.join(path.dirname(file), "form.pdf"), "-CAfile", lab.root, "-out", os.devNull]);
    if (done.status === 0) accepted += 1;
    else expect(`openssl accepts ${name}`, false, done.stderr);
  }
  expect("openssl accepts every signature", accepted === files.length && accepted === waiting + second, `${accepted} of ${files.length}, ${waiting} + ${second}`);
  const verify = run(hoso, ["-C", lab.school, "verify"]);
  expect("hoso verify finds nothing wrong", verify.status === 4, `${verify.status} ${verify.stdout}${verify.stderr}`);
  expect("the record is returned", run(hoso, ["-C", lab.school, "log", returned]).stdout.includes("trả lại"), run(hoso, ["-C", lab.school, "log", returned]).stdout);
  expect("no page had a fault of its own", said.length === 0, said.join(" | "));
  for (const fault of faults) console.log(fault);
  console.log(`signing: ${files.length} signatures by two people, ${accepted} accepted by openssl, ${asked} questions, ${faults.length} failed`);
} catch (error) {
  for (const fault of faults) console.log(fault);
  console.log(`signing: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  if (faults.length === 0 && process.exitCode !== 1) fs.rmSync(top, { recursive: true, force: true });
}
if (faults.length > 0 || asked < 40) process.exitCode = 1;
