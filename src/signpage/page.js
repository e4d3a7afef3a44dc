// The signing page without this does all it must; with it, the button counts, a reason unticks, one
// press is one press, and waiting moves.
"use strict";
(() => {
  const form = document.querySelector("form.sign");
  if (form) follow(form);
  const waiting = document.querySelector("[data-wait]");
  if (waiting) wait(waiting);

  function follow(form) {
    const button = form.querySelector("[data-count]");
    if (!button) return;
    const ticks = [...form.querySelectorAll("input[name=ky]")];
    const reasons = [...form.querySelectorAll("textarea")];
    const count = () => {
      const returned = reasons.filter((one) => one.value.trim() !== "").length;
      const signed = ticks.filter((one) => one.checked).length;
      const words = [];
      if (signed > 0 || returned === 0) words.push(`Ký ${signed} hồ sơ`);
      if (returned > 0) words.push(`${signed > 0 ? "trả" : "Trả"} lại ${returned}`);
      button.textContent = words.join(", ");
      button.disabled = signed + returned === 0;
    };
    for (const reason of reasons) {
      const tick = reason.closest(".card").querySelector("input[name=ky]");
      reason.addEventListener("input", () => {
        if (reason.value.trim() !== "") tick.checked = false;
      });
      tick.addEventListener("change", () => {
        if (tick.checked) reason.value = "";
      });
    }
    form.addEventListener("input", count);
    form.addEventListener("change", count);
    // After the browser has taken the fields: a disabled button sends nothing.
    form.addEventListener("submit", () => setTimeout(() => { button.disabled = true; }));
    addEventListener("pageshow", count);
    count();
  }

  async function wait(box) {
    const bar = box.querySelector("progress");
    for (;;) {
      await new Promise((go) => setTimeout(go, 700));
      if (!box.dataset.wait) return location.reload();
      try {
        const answer = await fetch(box.dataset.wait, { cache: "no-store" });
        const { over, done, total, words } = await answer.json();
        if (over) return location.reload();
        box.querySelector(".wait-words").textContent = words;
        box.querySelector(".wait-count").textContent = total > 0 ? `${done}/${total}` : "";
        if (total > 0) {
          bar.max = total;
          bar.value = done;
        } else {
          bar.removeAttribute("value");
        }
      } catch {
        box.querySelector(".wait-words").textContent = "Không thấy chương trình trả lời; đang thử lại…";
      }
    }
  }
})();
