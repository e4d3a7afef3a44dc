/* "Kiểm tra ngay trong trình duyệt" on a record's page: hands the chosen PDF and the record's signatures to the verifier.
   The verifier (verifier.js) and its inputs (trust.js, proof.js) are plain scripts, loaded when a file is chosen: nothing is
   fetched, so it works on file://. Whatever comes from a file is put into the page as text, never as markup. */
"use strict";
(() => {
  const section = document.getElementById("verify");
  const input = document.getElementById("tep-kiem-tra");
  if (!section || !input || typeof WebAssembly !== "object") return;
  const drop = section.querySelector(".verify-drop");
  const said = section.querySelector(".verify-said");
  const found = section.querySelector(".verify-found");

  /* The scripts */

  const given = {};
  globalThis.hosoTrust = (trust) => { given.trust = trust; };
  globalThis.hosoProof = (proof) => { given.proof = proof; };

  const load = (src) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = resolve;
    script.onerror = () => reject(new Error("không mở được " + src.split("/").pop()));
    document.head.append(script);
  });

  const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

  let opening = null;
  /** The verifier, filled with what `hoso` itself examined against. */
  const open = () => {
    opening = opening ?? (async () => {
      await Promise.all([section.dataset.verifier, section.dataset.trust, section.dataset.proof].map(load));
      if (!given.trust || !given.proof) throw new Error("dữ liệu kiểm tra bị hỏng");
      const { Verifier, digest } = await globalThis.hosoVerifier.load();
      const verifier = new Verifier();
      const { signers, stampers, crls, ocsps, archives } = given.trust;
      const taken = [
        ...signers.map(([list, der]) => verifier.signers(list, bytesOf(der))),
        ...stampers.map(([list, der]) => verifier.stampers(list, bytesOf(der))),
        ...crls.map((der) => verifier.crl(bytesOf(der))),
        ...ocsps.map((der) => verifier.ocsp(bytesOf(der))),
      ];
      // What a sealed archive lists existed when it was sealed, if its seal holds today; the latest helps those before.
      const listed = [...given.trust.existed, ...given.proof.existed];
      for (const { number, tags, seal } of archives) {
        const at = verifier.sealed(bytesOf(tags), bytesOf(seal), new Date().toISOString());
        if (at) taken.push(...listed.filter((one) => one[1] === number).map(([sha256]) => verifier.existed(sha256, at)));
      }
      if (taken.includes(false)) throw new Error("dữ liệu kiểm tra bị hỏng");
      return { verifier, digest };
    })();
    return opening;
  };

  /* What is examined */

  /** The chosen files → what there is to say: {digest, version, results}. */
  const examine = async (pdf, chosen) => {
    const { verifier, digest } = await open();
    const content = new Uint8Array(await pdf.arrayBuffer());
    const sha256 = digest(content);
    const versions = given.proof.versions;
    const version = versions.find((one) => one.sha256 === sha256) ?? null;
    const files = chosen.length
      ? await Promise.all(chosen.map(async (file) => ({ file: file.name, label: "Tệp đã chọn", der: new Uint8Array(await file.arrayBuffer()) })))
      : (version ?? versions[0]).signatures.map((one) => ({ ...one, der: bytesOf(one.der) }));
    const results = [];
    for (const { file, label, der } of files) {
      // The page stays alive between two signatures.
      await new Promise((resolve) => setTimeout(resolve));
      const told = verifier.verify(content, der, new Date().toISOString());
      if (!told) throw new Error("đồng hồ của máy này không đọc được");
      results.push({ file, label, ...JSON.parse(told) });
    }
    return { sha256, version, results, expected: versions[0].sha256 };
  };

  /* What is shown */

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };
  const SVG = "http://www.w3.org/2000/svg";
  const icon = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", "#i-" + name);
    svg.append(use);
    return svg;
  };
  const digestOf = (sha256) => element("code", "digest", ...sha256.match(/.{8}/g).flatMap((part) => [element("span", "", part), document.createElement("wbr")]));

  /** 09/9/2024 07:30, in Vietnam, as the rest of the page writes it. */
  const instant = (text) => {
    if (!text) return null;
    const local = new Date(Date.parse(text) + 7 * 3600 * 1000);
    const two = (number) => String(number).padStart(2, "0");
    const month = local.getUTCMonth() + 1;
    return `${two(local.getUTCDate())}/${month < 3 ? two(month) : month}/${local.getUTCFullYear()} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
  };
  const sentence = (text) => text.charAt(0).toLocaleUpperCase("vi") + text.slice(1);

  const BADGES = { "TOTAL-PASSED": ["v-passed", "yes", "Hợp lệ"], "TOTAL-FAILED": ["v-failed", "no", "Không hợp lệ"] };
  const badge = (indication) => {
    const [look, sign, word] = BADGES[indication] ?? ["v-unknown", "unknown", "Chưa kết luận được"];
    return element("span", "badge " + look, icon(sign), word);
  };
  const ANSWERS = { yes: "Có", no: "Không" };
  const answer = (question, value) =>
    element("li", "answer a-" + (ANSWERS[value] ? value : "unknown"), icon(ANSWERS[value] ? value : "unknown"),
      element("span", "", question + ": ", element("b", "", ANSWERS[value] ?? "Chưa rõ")));
  const fact = (term, ...what) => element("div", "", element("dt", "", term), element("dd", "", ...what));
  const STAMPS = { archive: "Dấu thời gian lưu trữ", content: "Dấu thời gian của nội dung", signature: "Dấu thời gian" };
  const REVOCATION = { good: "không bị thu hồi, theo dữ liệu có trong kho", revoked: "đã bị thu hồi", unknown: "chưa rõ: không có dữ liệu mới hơn" };

  const signature = (one) => {
    const article = element("article", "sig",
      element("div", "sig-head", element("h3", "", `${one.label} · ${one.name ?? "—"}`), badge(one.indication)),
      element("p", "sig-role", one.signed_at ? `Ghi giờ ký ${instant(one.signed_at)} (lời của người ký)` : "Không ghi giờ ký"),
      element("p", "sig-sentence", sentence(one.sentence)),
      one.faults.length ? element("ul", "faults", ...one.faults.map((fault) => element("li", "", element("code", "", fault.code), " ", fault.sentence))) : null,
      element("ul", "answers",
        answer("Tệp PDF còn nguyên", one.intact), answer("Chữ ký đúng với khóa", one.valid), answer("Chứng thư được tin", one.trusted)),
      element("dl", "facts",
        fact("Kết luận (EN 319 102-1)", element("code", "", one.indication), one.sub_indication ? " " : null, one.sub_indication ? element("code", "", one.sub_indication) : null),
        fact("Mức chữ ký", one.level + ": " + (one.proven_at ? `chứng minh được là đã có từ ${instant(one.proven_at)}` : "giờ ký là lời của người ký")),
        ...one.time_stamps.map((stamp) => fact(STAMPS[stamp.kind] ?? stamp.kind, `${instant(stamp.at)}, ${stamp.by ?? "—"}`, stamp.holds ? null : element("b", "", " (không đúng)"))),
        fact("Thu hồi", REVOCATION[one.revocation] ?? one.revocation),
        one.subject && one.subject !== given.proof.record ? fact("Ký cho hồ sơ khác", element("b", "", one.subject)) : null,
        fact("Tệp chữ ký", one.file)));
    article.dataset.file = one.file;
    article.dataset.verdict = JSON.stringify([one.indication, one.sub_indication, one.intact, one.valid, one.trusted, one.level, one.proven_at]);
    return article;
  };

  const about = ({ sha256, version, expected }) => {
    const [look, sign, words] = version?.present
      ? ["", "yes", "Tệp này đúng là bản in của hồ sơ: SHA-256 trùng từng chữ số."]
      : version
        ? ["n-warn", "edit", "Tệp này là một bản cũ đã ký của hồ sơ, không phải bản hiện tại."]
        : ["n-warn", "no", "Tệp này KHÔNG phải bản in của hồ sơ này: SHA-256 khác. Tệp đã bị sửa, hoặc là của hồ sơ khác."];
    return element("div", ("notice " + look).trim(), element("span", "", icon(sign)),
      element("div", "", element("p", "", element("b", "", words)),
        element("p", "", "SHA-256 vừa tính: ", digestOf(sha256)),
        version?.present ? null : element("p", "", "SHA-256 của bản in: ", digestOf(expected))));
  };

  const summary = ({ version, results }) => {
    const count = (indication) => results.filter((one) => one.indication === indication).length;
    const [passed, failed] = [count("TOTAL-PASSED"), count("TOTAL-FAILED")];
    const file = version?.present ? "Tệp đúng bản in." : version ? "Tệp là bản cũ." : "Tệp không phải bản in của hồ sơ này.";
    return results.length === 0
      ? `${file} Không có chữ ký nào để kiểm tra.`
      : `${file} ${results.length} chữ ký: ${passed} hợp lệ, ${failed} không hợp lệ, ${results.length - passed - failed} chưa kết luận được.`;
  };

  let turn = 0;
  const run = async (files) => {
    const mine = ++turn;
    const all = [...files];
    const pdfs = all.filter((file) => !/\.p7s$/i.test(file.name));
    found.replaceChildren();
    if (pdfs.length !== 1) {
      said.textContent = "Hãy chọn đúng một tệp PDF (kèm các tệp .p7s nếu muốn).";
      return;
    }
    said.textContent = "Đang kiểm tra…";
    try {
      const result = await examine(pdfs[0], all.filter((file) => file !== pdfs[0]));
      if (mine !== turn) return;
      found.replaceChildren(about(result), ...result.results.map(signature));
      said.textContent = summary(result);
    } catch (error) {
      if (mine !== turn) return;
      // A verifier that stopped in the middle of something is not asked again.
      input.disabled = true;
      said.textContent = `Không kiểm tra được, nên chưa kết luận được gì: ${error.message}. Tải lại trang để thử lại.`;
    }
  };

  input.disabled = false;
  input.addEventListener("change", () => run(input.files));
  const over = (on) => (event) => {
    event.preventDefault();
    drop.classList.toggle("over", on);
  };
  section.addEventListener("dragover", over(true));
  section.addEventListener("dragleave", over(false));
  section.addEventListener("drop", (event) => {
    over(false)(event);
    if (!input.disabled) run(event.dataTransfer.files);
  });
})();
