// Goes out with every page of `hoso serve`, and is part of no archive: asks for the next build, and
// shows it. Attributes of its own element: generation and kind of the page, whether the last build failed.
"use strict";
(() => {
  const { generation, shows, fault } = document.currentScript.dataset;
  const scrolled = "hoso-scrolled:" + location.pathname;
  const soon = 200;
  const later = 1000;
  let seen = generation;
  let lost = false;
  let timer = 0;
  let question = null;

  // A browser has six connections for one server: pages that nobody looks at must not hold them.
  document.addEventListener("visibilitychange", follow);
  addEventListener("load", comeBack);
  if (fault !== undefined && shows === "site") showFault();
  follow();

  function follow() {
    clearTimeout(timer);
    question?.abort();
    question = null;
    if (!document.hidden) ask();
  }

  async function ask() {
    const mine = new AbortController();
    question = mine;
    try {
      const answer = await fetch("/.hoso/generation?after=" + seen, { signal: mine.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const now = await answer.json();
      // A server that was away may have started again to count from the beginning.
      if (lost || String(now.generation) !== seen) {
        if (shows !== "site" || !now.fault) return reload();
        await showFault();
        seen = String(now.generation);
      }
      lost = false;
    } catch {
      if (!mine.signal.aborted) lost = true;
    }
    if (question === mine) timer = setTimeout(ask, lost ? later : soon);
  }

  function reload() {
    sessionStorage.setItem(scrolled, String(scrollY));
    location.reload();
  }

  function comeBack() {
    const y = sessionStorage.getItem(scrolled);
    sessionStorage.removeItem(scrolled);
    if (y !== null) scrollTo(0, Number(y));
  }

  async function showFault() {
    const answer = await fetch("/.hoso/fault.html");
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const what = page.querySelector("main .findings") ?? page.querySelector("main") ?? page.body;
    const link = element("a", "", "Xem trên trang riêng");
    link.href = "/.hoso/fault.html";
    // Its own scripts, had it any, would never run: a parsed document's are inert, and the policy forbids them.
    bar().replaceChildren(document.importNode(what, true), link);
  }

  function bar() {
    const there = document.querySelector(".hoso-fault .hoso-what");
    if (there) return there;
    const style = element("link", "", "");
    style.rel = "stylesheet";
    style.href = "/.hoso/reload.css";
    document.head.append(style);
    const box = element("div", "hoso-fault", "");
    const details = element("details", "", "");
    const what = element("div", "hoso-what", "");
    details.append(element("summary", "", "Bản mới chưa dựng được; đây là bản tốt gần nhất."), what);
    box.setAttribute("role", "status");
    box.append(details);
    document.body.append(box);
    return what;
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  }
})();
