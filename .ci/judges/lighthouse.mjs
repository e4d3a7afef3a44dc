// Lighthouse over one page of each kind: accessibility and best practices must be 100, on a phone and on a desktop.
//
//     node .ci/judges/lighthouse.mjs [ARCHIVE]
//
// The pages come from a small server of this script, on this machine: Lighthouse does not open files. Its categories of
// speed are left out; nothing else of its settings is changed. axe-core sees more pages in pages.mjs.

import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const data = path.join(path.resolve(process.argv[2] ?? path.join(root, "out")), "data");
const modules = createRequire(path.join(root, "target/judges/node_modules/"));
const load = async (name) => import(pathToFileURL(modules.resolve(name)));
const { default: lighthouse, desktopConfig } = await load("lighthouse");
const { launch } = await load("chrome-launcher");

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png", ".pdf": "application/pdf" };
const server = createServer((request, response) => {
  const file = path.join(data, path.normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname)));
  if (!file.startsWith(data) || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const first = (folder, wanted = (name) => name.endsWith(".html") && name !== "index.html") => {
  const names = existsSync(path.join(data, folder)) ? readdirSync(path.join(data, folder)).sort().filter(wanted) : [];
  return names.length > 0 ? `${folder}/${names[0]}` : null;
};
const record = (() => {
  const walk = (folder, depth) => depth === 0 ? folder : walk(path.join(folder, readdirSync(path.join(data, folder)).sort()[0]), depth - 1);
  return `${walk("ho-so", 4)}/index.html`;
})();
const pages = ["index.html", "tim.html", "kiem-tra.html", "niem-phong.html", "nam/index.html", "tien-do/index.html", "nguoi/index.html", "ngay/index.html",
  "minh-chung/index.html", "ma/index.html", record, first("don-vi"), first("loai"), first("nguoi"), first("ngay"), first("minh-chung")]
  .filter((page) => page && existsSync(path.join(data, page)));

const chromePath = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"].find((name) => existsSync(name));
const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox"], logLevel: "silent" });
let failed = 0;
let looked = 0;
try {
  for (const page of pages) {
    const screens = [["phone", undefined], ...(page === "index.html" || page === record ? [["desktop", desktopConfig]] : [])];
    for (const [screen, config] of screens) {
      const url = `http://127.0.0.1:${server.address().port}/${page}`;
      const flags = { port: chrome.port, onlyCategories: ["accessibility", "best-practices"], logLevel: "silent" };
      const { lhr } = await lighthouse(url, flags, config);
      looked += 1;
      for (const category of Object.values(lhr.categories)) {
        if (category.score !== 1) {
          failed += 1;
          const why = category.auditRefs.map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 1);
          console.log(`${page} (${screen}): ${category.title} ${Math.round(category.score * 100)}: ${why.map((audit) => `${audit.id} ${JSON.stringify(audit.details?.items?.slice(0, 2) ?? "").slice(0, 400)}`).join("; ")}`);
        }
      }
    }
  }
} finally {
  chrome.kill();
  server.close();
}
console.log(`lighthouse: ${looked} looks at ${pages.length} kinds of page, ${failed} scores below 100`);
process.exitCode = failed > 0 || looked < 12 ? 1 : 0;
