// Goes to a served archive as a reader, with a browser, and as somebody who means ill, with raw requests.
//
//     node judge.mjs OUT BASIC-PORT OAUTH-PORT     (started by ../serving.sh)

import crypto from "node:crypto";
import fs from "node:fs";
import https from "node:https";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const tools = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../target/judges");
const require = createRequire(path.join(tools, "package.json"));
const { chromium } = require("playwright-core");

const { morning } = await import("../morning.mjs");

const NAME = "hoso.truong.example";
const [out, basic, oauth] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const data = path.join(out, "data");
const login = { username: "thanh-tra", password: "mật khẩu dài" };
const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;

let asked = 0;
const faults = [];
function expect(what, holds, found = "") {
  asked += 1;
  if (!holds) faults.push(`${what}${found === "" ? "" : `: ${found}`}`);
}

/** One request whose path is sent as it is written. */
function get(port, target, headers = {}, method = "GET") {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, servername: NAME, path: target, method, rejectUnauthorized: false };
    const request = https.request({ ...options, headers: { Host: NAME, ...headers } }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
    request.on("error", reject);
    request.end();
  });
}

const sha256 = (file) => crypto.createHash("sha256").update(fs.readFileSync(file)).digest("hex");
const files = fs.readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const paths = files.map((entry) => path.relative(data, path.join(entry.parentPath ?? entry.path, entry.name)));
const record = paths.find((file) => file.startsWith("ho-so/") && file.endsWith(".p7s"));
const folder = path.dirname(record);

// Who is let in.
for (const [port, refusal] of [[basic, 401], [oauth, 302]]) {
  for (const target of ["/", `/${folder}/form.pdf`, "/muc-luc.json", "/khong-co", "/kho/content/school.yaml"]) {
    const answer = await get(port, target);
    expect(`${port} ${target} without login`, answer.status === refusal, answer.status);
    expect(`${port} ${target} without login tells nothing`, !answer.headers.etag && answer.body.length < 1000);
  }
  // Who holds a file's digest is not told whether it still stands.
  const known = await get(port, "/index.html", { "If-None-Match": `"${sha256(path.join(data, "index.html"))}"` });
  expect(`${port} without login, with the digest`, known.status === refusal, known.status);
}
for (const wrong of ["thanh-tra:", "thanh-tra:sai", ":", "x:mật khẩu dài"]) {
  const answer = await get(basic, "/", { Authorization: `Basic ${Buffer.from(wrong).toString("base64")}` });
  expect(`password ${wrong}`, answer.status === 401, answer.status);
}
const forged = await get(oauth, "/", { Cookie: "__Host-hoso=eyJhIjoxfQ|1700000000|AAAA", "X-Forwarded-User": "inspector", "X-Auth-Request-User": "inspector" });
expect("a made-up session", forged.status === 302, forged.status);
const inside = await get(oauth, "/oauth2/auth");
expect("the question of nginx to the proxy is nobody else's", inside.status === 404 || inside.status === 401, inside.status);

// What is sent, and how.
const one = await get(basic, "/index.html", { Authorization: authorization });
const tag = `"${sha256(path.join(data, "index.html"))}"`;
expect("a page", one.status === 200 && one.body.equals(fs.readFileSync(path.join(data, "index.html"))));
expect("the entity tag is the digest", one.headers.etag === tag, one.headers.etag);
expect("kept by nobody between", one.headers["cache-control"] === "private, no-cache");
for (const said of [tag, `W/${tag}`, `"0", ${tag}`, "*"]) {
  const again = await get(basic, "/index.html", { Authorization: authorization, "If-None-Match": said });
  expect(`unchanged, ${said}`, again.status === 304 && again.body.length === 0 && again.headers.etag === tag, again.status);
}
for (const said of ['"0"', `x${tag}`, tag.slice(0, -2)]) {
  const again = await get(basic, "/index.html", { Authorization: authorization, "If-None-Match": said });
  expect(`not known to be unchanged, ${said}`, again.status === 200, again.status);
}
const zipped = await get(basic, "/index.html", { Authorization: authorization, "Accept-Encoding": "gzip" });
expect("compressed", zipped.headers["content-encoding"] === "gzip" && zipped.headers.etag.includes(tag));
let tagged = 0;
for (const file of paths.filter((_, index) => index % Math.ceil(paths.length / 200) === 0)) {
  const answer = await get(basic, `/${file.split("/").map(encodeURIComponent).join("/")}`, { Authorization: authorization });
  const digest = crypto.createHash("sha256").update(answer.body).digest("hex");
  tagged += answer.headers.etag === `"${digest}"` ? 1 : 0;
  expect(`${file} arrives whole`, answer.status === 200 && digest === sha256(path.join(data, file)), answer.status);
  expect(`${file} is not sniffed`, answer.headers["x-content-type-options"] === "nosniff");
}
expect("every file has its digest as its tag", tagged > 100, tagged);
const slash = await get(basic, `/${folder}/`, { Authorization: authorization });
expect("a folder is its page", slash.status === 200 && slash.headers.etag === `"${sha256(path.join(data, folder, "index.html"))}"`, slash.status);
const bare = await get(basic, `/${folder}`, { Authorization: authorization });
expect("a folder without its stroke", bare.status === 301, bare.status);

// Ways out and ways to write.
for (const target of ["/../bag-info.txt", "/..%2fbag-info.txt", "/%2e%2e/bag-info.txt", "/kho/..%2f..%2fmanifest-sha256.txt", "//etc/passwd", "/ho-so/..%5c..%5cx", "/.git/config", "/%00"]) {
  const answer = await get(basic, target, { Authorization: authorization });
  expect(`${target} leads nowhere`, [400, 403, 404].includes(answer.status), answer.status);
}
for (const method of ["POST", "PUT", "DELETE", "PROPFIND", "OPTIONS", "TRACE"]) {
  const answer = await get(basic, "/index.html", { Authorization: authorization }, method);
  expect(`${method} is refused`, answer.status === 405 || answer.status === 400, answer.status);
}
const kept = await get(basic, `/${paths.find((file) => file.startsWith("kho/"))}`, { Authorization: authorization });
expect("what came along can do nothing", kept.status === 200 && kept.headers["content-security-policy"].startsWith("sandbox; default-src 'none'"), kept.status);
for (const [target, may] of [["/index.html", false], ["/tim.html", false], ["/verifier.js", false], [`/${folder}/index.html`, true]]) {
  const policy = (await get(basic, target, { Authorization: authorization })).headers["content-security-policy"];
  expect(`WebAssembly on ${target}: ${may}`, policy.includes("'wasm-unsafe-eval'") === may && !policy.includes("'unsafe-"), policy);
}
const pdf = await get(basic, `/${folder}/form.pdf`, { Authorization: authorization });
expect("a form arrives as PDF", pdf.headers["content-type"] === "application/pdf", pdf.headers["content-type"]);

// As a reader.
const browsers = ["chromium", "chromium-browser", "google-chrome"];
const found = browsers.flatMap((name) => process.env.PATH.split(":").map((at) => path.join(at, name))).find((at) => fs.existsSync(at));
const browser = await chromium.launch({ executablePath: found, args: ["--no-sandbox", `--host-resolver-rules=MAP ${NAME} 127.0.0.1`] });

async function look(context, port, who) {
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => { if (message.type() === "error") said.push(message.text()); });
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("requestfailed", (request) => {
    // Turning a page leaves behind what was on its way.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") said.push(`${request.url()} ${request.failure()?.errorText}`);
  });
  page.on("request", (request) => { if (!request.url().startsWith(`https://${NAME}:${port}/`) && !request.url().startsWith("data:")) said.push(`outside: ${request.url()}`); });
  const pages = ["index.html", "kiem-tra.html", "niem-phong.html", "tim.html", "nam/index.html", `${folder}/index.html`, ...paths.filter((file) => /^(loai|don-vi|nguoi|ngay|minh-chung|trang-thai|tien-do)\/[^/]+\.html$/.test(file)).slice(0, 12)];
  for (const at of pages.filter((file) => paths.includes(file))) {
    said.length = 0;
    const answer = await page.goto(`https://${NAME}:${port}/${at}`);
    expect(`${who} opens ${at}`, answer.status() === 200 && (await page.locator("h1").count()) === 1, answer.status());
    const unstyled = await page.evaluate(() => getComputedStyle(document.body).fontFamily === "");
    const blank = await page.$$eval("img", (images) => images.filter((image) => image.complete && image.naturalWidth === 0).length);
    expect(`${who} sees ${at} whole`, !unstyled && blank === 0, blank);
    expect(`${at} breaks no rule of the server`, said.length === 0, said.join(" | "));
  }
  return page;
}

// Searches as a morning's work does, under the server's policy; every script of the index comes through it.
async function search(context, port, who) {
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => { if (message.type() === "error") said.push(message.text()); });
  page.on("pageerror", (error) => said.push(String(error)));
  const policies = new Set();
  page.on("response", (response) => { if (new URL(response.url()).pathname.startsWith("/tim")) policies.add(response.headers()["content-security-policy"] ?? "none"); });
  await page.goto(`https://${NAME}:${port}/tim.html`);
  const status = () => page.locator("#find-status").textContent();
  for (const query of ["be bang ban tay", "Bé bằng", "09/9/2024", "2024-09", "nguyen thi an khe"]) {
    await page.fill("#q", "zzqqxx");
    await page.waitForFunction(() => document.getElementById("find-status").textContent.startsWith("Không thấy"));
    await page.fill("#q", "");
    await page.locator("#q").pressSequentially(query);
    const found = await page.waitForFunction(() => /^[0-9]+ hồ sơ/.test(document.getElementById("find-status").textContent), null, { timeout: 10000 }).then(() => true, () => false);
    expect(`${who} finds ${query}`, found && (await page.locator("#found-rows tr").count()) > 0, await status());
    expect(`${who} sees the words of ${query} marked`, (await page.locator("#found-rows mark").count()) > 0);
  }
  await page.fill("#q", "<img src=x onerror=alert(1)>");
  await page.waitForTimeout(400);
  expect(`${who} gets text for text`, (await page.$$eval("main img[src=x], main script", (all) => all.length)) === 0);
  expect(`${who}: searching breaks no rule of the server`, said.length === 0, said.join(" | "));
  expect(`${who}: one strict policy for all of it`, policies.size === 1 && [...policies][0].startsWith("default-src 'none'; script-src 'self';"), [...policies].join(" | "));
  await page.close();
}

/** A record's form is verified on its page: WebAssembly runs there, behind these headers. */
async function verify(page, port, who) {
  const said = [];
  page.on("console", (message) => { if (message.type() === "error") said.push(message.text()); });
  await page.goto(`https://${NAME}:${port}/${folder}/index.html`);
  await page.locator("#tep-kiem-tra:enabled").setInputFiles(path.join(data, folder, "form.pdf"));
  const verdict = page.locator(".verify-said:not(:empty)", { hasNotText: "Đang kiểm tra" });
  await verdict.waitFor({ timeout: 60000 });
  const words = await verdict.textContent();
  const signatures = await page.locator(".verify-found .sig").count();
  expect(`${who} verifies in the browser`, words.startsWith("Tệp đúng bản in.") && words.includes(" 0 không hợp lệ") && signatures > 0, words);
  expect(`${who} breaks no rule of the server in doing so`, said.length === 0, said.join(" | "));
}

const reader = await browser.newContext({ ignoreHTTPSErrors: true, httpCredentials: login });
await verify(await look(reader, basic, "a reader with a password"), basic, "a reader with a password");
await search(reader, basic, "a reader with a password");
const whole = await reader.newPage();
await morning(whole, `https://${NAME}:${basic}`, data, path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../target/release/hoso"), (what, holds, found) => expect(`a morning through nginx: ${what}`, holds, found));
await whole.close();
await reader.close();

// Through the forge: back at the page that was asked for, and only for the group.
const asked_for = `https://${NAME}:${oauth}/${folder}/index.html`;
for (const who of ["inspector", "stranger"]) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(asked_for);
  await page.click(`#${who}`);
  await page.waitForLoadState();
  if (who === "inspector") {
    expect("the inspector is where she wanted to be", page.url() === asked_for, page.url());
    const cookies = (await context.cookies()).filter((cookie) => cookie.name.startsWith("__Host-hoso"));
    expect("the session is out of reach of scripts", cookies.length > 0 && cookies.every((c) => c.httpOnly && c.secure && c.sameSite === "Lax"));
    await page.close();
    await verify(await look(context, oauth, "the inspector"), oauth, "the inspector");
    await search(context, oauth, "the inspector");
  } else {
    const answer = await page.goto(asked_for);
    expect("a stranger of the forge sees no record", !(await page.content()).includes("ban-in") && answer.url() !== asked_for, page.url());
  }
  await context.close();
}
await browser.close();

for (const fault of faults) console.log(fault);
console.log(`serving: ${asked} answers looked at, ${faults.length} failed`);
process.exit(faults.length === 0 ? 0 : 1);
