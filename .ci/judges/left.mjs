// Whether a request failed only because its page was left before: Chromium asks for a page's icon late. What is missing or
// forbidden fails with another word.

import fs from "node:fs";
import { fileURLToPath } from "node:url";

const ICON = /\/favicon\.svg$/;

export function left(request) {
  const url = request.url();
  const there = url.startsWith("file:") ? fs.existsSync(fileURLToPath(url)) : true;
  return ICON.test(url) && there && request.failure()?.errorText === "net::ERR_ABORTED";
}
