// A real Gitea of one's own for a judge: in a folder that goes away, on loopback, with nothing of the outside.
//
//     import { gitea, site } from "./gitea/server.mjs";
//     const forge = await gitea({ folder, editor: "http://127.0.0.1:1" });   forge.user(…)   await forge.call(…)
//
// The program is what .ci/judges/setup.sh built; its own words, templates and pictures lie beside it.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".json": "application/json", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8" };

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer();
  await new Promise((ready) => { server.listen(0, "127.0.0.1", ready); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return port;
}

/** Gives out the files of `folder()` as docs/editor.md asks: with the page's policy as a header, too, and no frames; and `download` for workflows. */
export async function site(folder, download) {
  const server = createServer((request, response) => {
    const root = folder();
    const name = decodeURI(new URL(request.url, "http://x").pathname);
    if (name === "/tai/hoso") return fs.createReadStream(download).pipe(response);
    const file = path.join(root ?? "/nowhere", path.normalize(name === "/" ? "/index.html" : name));
    if (!root || !file.startsWith(root) || !fs.existsSync(file)) return response.writeHead(404).end();
    const page = fs.readFileSync(path.join(root, "index.html"), "utf8");
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)[1];
    response.writeHead(200, {
      "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
      ...(path.extname(file) === ".html" ? { "Content-Security-Policy": `${policy}; frame-ancestors 'none'` } : {}),
    });
    return response.end(fs.readFileSync(file));
  });
  await new Promise((ready) => { server.listen(0, "127.0.0.1", ready); });
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Starts it. `program` is the folder that setup.sh made, `editor` the origin that may ask its interface. */
export async function gitea({ program, folder, editor }) {
  fs.mkdirSync(folder);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const ini = path.join(folder, "app.ini");
  fs.writeFileSync(ini, `
APP_NAME = Hồ sơ
RUN_USER = ${os.userInfo().username}
RUN_MODE = prod
WORK_PATH = ${folder}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = ${address}/
LOCAL_ROOT_URL = ${address}/
STATIC_ROOT_PATH = ${program}
OFFLINE_MODE = true
DISABLE_SSH = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = ${folder}/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = ${"s".repeat(64)}
PASSWORD_HASH_ALGO = pbkdf2$1000$50
[oauth2]
JWT_SECRET = ${"q".repeat(43)}
[service]
DISABLE_REGISTRATION = true
REQUIRE_SIGNIN_VIEW = true
[openid]
ENABLE_OPENID_SIGNIN = false
ENABLE_OPENID_SIGNUP = false
[cors]
ENABLED = true
ALLOW_DOMAIN = ${editor}
[mailer]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[cron.update_checker]
ENABLED = false
[picture]
DISABLE_GRAVATAR = true
[log]
MODE = file
LEVEL = Info
ROOT_PATH = ${folder}/log
`);
  const binary = path.join(program, "gitea");
  // Gitea writes into git's global settings: into the caller's, were they named here, and in the place of a device.
  const environment = { ...process.env, HOME: folder, GITEA_WORK_DIR: folder, GIT_CONFIG_GLOBAL: path.join(folder, "gitconfig") };
  const command = (...args) => execFileSync(binary, ["--config", ini, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] }).toString();
  command("migrate");
  const tokens = {};
  /** Makes an account with a token that may do everything. */
  function user(login, { name, email, password, admin = false }) {
    const said = command("admin", "user", "create", "--username", login, "--fullname", name, "--email", email, "--password", password,
      "--must-change-password=false", "--access-token", "--access-token-name", "judge", "--access-token-scopes", "all", ...(admin ? ["--admin"] : []));
    tokens[login] = /\b[0-9a-f]{40}\b/.exec(said)[0];
  }
  /** A token with fewer rights. */
  const token = (login, scopes) => command("admin", "user", "generate-access-token", "--username", login, "--token-name", `t-${scopes.length}`, "--scopes", scopes, "--raw").trim().split("\n").at(-1);
  /** Asks the interface as somebody; the status and what was answered. */
  async function call(login, method, at, body) {
    const answer = await fetch(`${address}/api/v1${at}`, {
      method, headers: { Authorization: `token ${tokens[login] ?? login}`, ...(body ? { "Content-Type": "application/json" } : {}) }, body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    let value = text;
    try { value = JSON.parse(text); } catch { /* Not all of it is JSON. */ }
    return { status: answer.status, value };
  }
  /** What git needs to go in as somebody. */
  const credentials = (login) => ["-c", `http.extraheader=Authorization: Basic ${Buffer.from(`${login}:${tokens[login]}`).toString("base64")}`];
  let server;
  async function start() {
    server = spawn(binary, ["--config", ini, "web"], { env: environment, stdio: "ignore" });
    for (let turn = 0; turn < 300; turn += 1) {
      const up = await fetch(`${address}/api/healthz`).then((answer) => answer.ok).catch(() => false);
      if (up) return;
      if (server.exitCode !== null) break;
      await new Promise((done) => { setTimeout(done, 200); });
    }
    throw new Error(`Gitea did not start: ${log().slice(-2000)}`);
  }
  const log = () => { try { return fs.readFileSync(path.join(folder, "log/gitea.log"), "utf8"); } catch { return ""; } };
  async function stop() {
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((done) => { server.once("exit", done); });
    server.kill();
    const late = setTimeout(() => server.kill("SIGKILL"), 10000);
    await ended;
    clearTimeout(late);
  }
  return { address, user, token, registration: () => command("actions", "generate-runner-token").trim().split("\n").at(-1), call, credentials, start, stop, log };
}
