// Search over the index in tim/*.js, which src/archive/search/shards.rs writes and describes. Scripts of the
// index are read as a query needs them, by <script>, since file:// knows no fetch. What a record says reaches
// the page as text only, never as markup.
"use strict";

(() => {
  const SPAN = 65536; // documents that one set is about
  const PAGE = 10; // results shown at once
  const MOST_SCRIPTS = 6; // read for one beginning of a word
  const MAX_WORDS = 24; // of a query
  const WINDOW = 28; // words of a snippet
  const MOST_READ = 60; // texts read through for a phrase before anything is shown
  const FILTERS = ["nam", "don-vi", "loai", "nguoi", "trang-thai"];

  // ---- Words: the same as src/archive/search/fold.rs ----

  const MAX_LETTERS = 40;
  const NO_WORD = /[^\p{Alphabetic}\p{N}]/gu;
  const MARKS = /[\u0300-\u036f]/gu;
  const NO_WORD_NOR_MARK = /[^\p{Alphabetic}\p{N}\u0300-\u036f]/gu;
  const TONES = /[\u0300\u0301\u0303\u0309\u0323]/gu;
  const first = (text, most) => Array.from(text).slice(0, most).join("");
  const apart = (word) => word.normalize("NFKD").toLowerCase().normalize("NFKD");

  function fold(word) {
    const letters = first(apart(word).replace(MARKS, "").replace(NO_WORD, "").replace(/[đðɖ]/g, "d"), MAX_LETTERS);
    return /^[0-9]+$/.test(letters) ? letters.replace(/^0+(?=.)/, "") : letters;
  }

  function spell(word) {
    const all = apart(word).replace(NO_WORD_NOR_MARK, "");
    const tones = (all.match(TONES) ?? []).sort().slice(0, 2).join("");
    return first(all.replace(TONES, "").replace(/[ðɖ]/g, "đ").normalize("NFC"), MAX_LETTERS) + tones;
  }

  const known = new Map();

  /** The words of a line: {text, start, end, fold, spell}, and those that are none left out of the second list. */
  function words(line) {
    const found = [];
    for (const match of line.matchAll(/[\p{Alphabetic}\p{N}\u0300-\u036f]+/gu)) {
      const text = match[0];
      let way = known.get(text);
      if (!way) {
        way = [fold(text), spell(text)];
        if (known.size > 50000) known.clear();
        known.set(text, way);
      }
      found.push({ text, start: match.index, end: match.index + text.length, fold: way[0], spell: way[1] });
    }
    return found;
  }

  /** The dates of a line: {from, to (words, exclusive), keys}. */
  function dates(line, list) {
    const out = [];
    for (let at = 0; at < list.length; ) {
      const found = date(line, list, at);
      if (found) out.push(found);
      at = found ? found.to : at + 1;
    }
    return out;
  }

  function date(line, list, at) {
    const between = (i) => line.slice(list[at + i].end, list[at + i + 1].start);
    const glued = (i) => at + i + 1 < list.length && ["/", "-", ".", "\u2013"].includes(between(i));
    const spaced = (i) => at + i + 1 < list.length && /^\s+$/u.test(between(i));
    const number = (i, most, low, high) => {
      const text = list[at + i]?.text ?? "";
      if (!/^[0-9]+$/.test(text) || text.length > most) return 0;
      return Number(text) >= low && Number(text) <= high ? Number(text) : 0;
    };
    const year = (i) => number(i, 4, 1900, 2199);
    const month = (i) => number(i, 2, 1, 12);
    const day = (i) => number(i, 2, 1, 31);
    const is = (i, word) => list[at + i]?.fold === word;
    const made = (used, y, m, d) => {
      const key = `d${y}${String(m).padStart(2, "0")}`;
      return { from: at, to: at + used, keys: d ? [key + String(d).padStart(2, "0"), key] : [key] };
    };
    if (glued(0) && glued(1)) {
      if (day(0) && month(1) && year(2)) return made(3, year(2), month(1), day(0));
      if (year(0) && month(1) && day(2)) return made(3, year(0), month(1), day(2));
    }
    if (glued(0) && !glued(1)) {
      if (month(0) && year(1)) return made(2, year(1), month(0));
      if (year(0) && month(1)) return made(2, year(0), month(1));
    }
    const allSpaced = (count) => Array.from({ length: count }, (_, i) => i).every(spaced);
    if (allSpaced(4) && is(1, "thang") && is(3, "nam") && day(0) && month(2) && year(4)) return made(5, year(4), month(2), day(0));
    if (allSpaced(3) && is(0, "thang") && is(2, "nam") && month(1) && year(3)) return made(4, year(3), month(1));
    return null;
  }

  // ---- The index ----

  const waiting = new Map();
  let read = new Map();
  const loaded = { scripts: 0, characters: 0 };

  globalThis.hosoTim = (set, number, data) => waiting.get(`${set}/${number}`)?.(data);

  /** Reads one script of the index, once. */
  function load(set, number) {
    const key = `${set}/${number}`;
    if (!read.has(key)) {
      const path = number ? `tim/${set}/${number}.js` : `tim/${set}.js`;
      read.set(
        key,
        new Promise((resolve, reject) => {
          const script = document.createElement("script");
          const done = (how, what) => {
            waiting.delete(key);
            script.remove();
            how(what);
          };
          waiting.set(key, (data) => done(resolve, data));
          script.onerror = () => {
            read.delete(key);
            done(reject, new Error(path));
          };
          script.onload = () => waiting.has(key) && script.onerror();
          script.src = path;
          document.head.append(script);
          loaded.scripts++;
        }),
      );
    }
    return read.get(key);
  }

  const directory = () => load("muc-luc", 0);

  /** The numbers of the scripts in which a term, or every term that begins so, stands. */
  function scriptsOf({ firsts, goes_on: goesOn }, key, isPrefix) {
    const below = (test) => {
      let [low, high] = [0, firsts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (test(firsts[middle])) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    // The first script that begins with the key or behind it; the one before may hold the key, too.
    let from = below((first) => first < key);
    if (firsts[from] !== key || goesOn.includes(from)) from = Math.max(0, from - 1);
    const to = below((first) => first <= key || (isPrefix && first.startsWith(key)));
    return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i + 1);
  }

  /** Calls back with every document number of a set written as base64. */
  function each(text, span, call) {
    if (!text) return;
    const bytes = atob(text);
    const base = span * SPAN;
    if (bytes.charCodeAt(0) === 1) {
      for (let at = 1; at < bytes.length; at++) {
        for (let byte = bytes.charCodeAt(at), bit = 0; byte; byte >>= 1, bit++) if (byte & 1) call(base + (at - 1) * 8 + bit);
      }
      return;
    }
    for (let at = 1, next = 0, gap = 0, shift = 0; at < bytes.length; at++) {
      const byte = bytes.charCodeAt(at);
      gap |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) {
        next += gap;
        call(base + next);
        next++;
        gap = shift = 0;
      }
    }
  }

  // A document has the term, or a word that begins so; it has the whole of it; with these marks; a word that begins
  // with these marks; in its title.
  const HAS = 1, WHOLE = 2, EXACT = 4, BEGUN = 8, TITLE = 16;

  /** What a term is to each document, and how rare it is, 0 to 8. Reads no more than some scripts for a prefix. */
  async function lookUp(dir, set, term) {
    let scripts = scriptsOf(dir[set], term.fold, term.prefix);
    const cut = scripts.length > MOST_SCRIPTS && term.prefix;
    if (cut) scripts = scripts.slice(0, MOST_SCRIPTS);
    const flags = new Uint8Array(dir.documents);
    for (const list of await Promise.all(scripts.map((number) => load(set, number)))) {
      for (const [folded, ...pieces] of list) {
        if (folded !== term.fold && !(term.prefix && folded.startsWith(term.fold))) continue;
        for (const [spelled, span, all, titles] of pieces) {
          const whole = folded === term.fold ? WHOLE : 0;
          const exact = fits(spelled || folded, term) ? (whole ? EXACT : BEGUN) : 0;
          each(all, span, (document) => (flags[document] |= HAS | whole | exact));
          if (whole) each(titles, span, (document) => (flags[document] |= TITLE));
        }
      }
    }
    let count = 1;
    for (const flag of flags) if (flag) count++;
    return { flags, cut, rare: Math.min(8, Math.round(Math.log2((dir.documents + 1) / count))) };
  }

  /** Whether a spelling is the one asked for; of a word not yet typed to its end, its beginning. */
  function fits(spelled, term) {
    if (spelled === term.spell) return true;
    if (!term.prefix) return false;
    // The tone stands last, so that a beginning must be compared without it; a typed tone must be there.
    const tones = (text) => (text.match(TONES) ?? []).join("");
    return spelled.replace(TONES, "").startsWith(term.spell.replace(TONES, "")) && tones(spelled).startsWith(tones(term.spell));
  }

  // ---- The query ----

  /** What is asked: terms that must be there, pairs that should, and what the snippet marks. */
  function parse(text) {
    const line = text.normalize("NFC").slice(0, 200);
    const list = words(line).slice(0, MAX_WORDS);
    const named = dates(line, list);
    const quoted = (word) => (line.slice(0, word.start).match(/["“”]/gu) ?? []).length % 2 === 1;
    const open = list.length > 0 && list.at(-1).end === line.length && !quoted(list.at(-1));
    const query = { words: [], dates: [], phrases: [], pairs: [], runs: [] };
    let before = null;
    for (let at = 0; at < list.length; at++) {
      const day = named.find((one) => one.from <= at && at < one.to);
      if (day) {
        if (day.from === at) query.dates.push({ fold: day.keys[0], spell: day.keys[0], prefix: false });
        before = null;
        continue;
      }
      const word = list[at];
      if (!word.fold) continue;
      // "ngày 9/9/2024", "tháng 9/2024" ask for the date, however it is written.
      if (["ngay", "thang"].includes(word.fold) && !quoted(word) && named.some((one) => one.from === at + 1)) {
        before = null;
        continue;
      }
      const prefix = open && at === list.length - 1 && word.fold.length > 1;
      const term = { fold: word.fold, spell: word.spell, prefix, marked: word.fold !== word.spell, number: query.words.length };
      query.words.push(term);
      if (before) {
        const between = line.slice(before.word.end, word.start);
        const glued = !/[\s"“”]/u.test(between) || (quoted(word) && quoted(before.word) && !/["“”]/u.test(between));
        const pair = {
          fold: `${before.term.fold} ${term.fold}`,
          spell: `${before.term.spell} ${term.spell}`,
          prefix,
          marked: before.term.marked || term.marked,
          first: before.term.number,
        };
        (glued ? query.phrases : query.pairs).push(pair);
        if (glued && before.run) before.run.push(term);
        else if (glued) query.runs.push((before.run = [before.term, term]));
        before = { word, term, run: glued ? before.run : null };
        continue;
      }
      before = { word, term, run: null };
    }
    // Of two words the index knows; whether more stand in one row, only the text.
    query.runs = query.runs.filter((run) => run.length > 2);
    return query;
  }

  /** Whether the words of each run stand in one row somewhere in a document. */
  function inOneRow({ row, text }, query) {
    const lines = [row[1], ...text.split("\n")].map((line) => words(line.normalize("NFC")).filter((word) => word.fold));
    const is = (word, term) => word.fold === term.fold || (term.prefix && word.fold.startsWith(term.fold));
    return query.runs.every((run) => lines.some((line) => line.some((_, at) => at + run.length <= line.length && run.every((term, i) => is(line[at + i], term)))));
  }

  /** Numbers of the documents asked for, best first. */
  async function search(query, filters) {
    const dir = await directory();
    const asked = (set, terms) => Promise.all(terms.map((term) => lookUp(dir, set, term)));
    const [wordSets, dateSets, phraseSets, pairSets, filterSets] = await Promise.all([
      asked("tu", query.words),
      asked("tu", query.dates),
      asked("cap", query.phrases),
      asked("cap", query.pairs),
      asked("loc", filters.map((key) => ({ fold: key, spell: key, prefix: false }))),
    ]);
    const must = [...wordSets, ...dateSets, ...phraseSets, ...filterSets];
    const weigh = [
      ...wordSets.map((set, i) => ({ set, has: 0, whole: 4, exact: query.words[i].marked ? 16 : 1, title: 1 + set.rare })),
      ...[...phraseSets, ...pairSets].map((set, i) => {
        const pair = [...query.phrases, ...query.pairs][i];
        return { set, has: 4, whole: 2 + set.rare, exact: pair.marked ? 32 : 1, title: 2 + set.rare };
      }),
      // A record's own date counts as one in its title.
      ...dateSets.map((set) => ({ set, has: 0, whole: 0, exact: 0, title: 16 })),
    ];
    const scores = new Int32Array(dir.documents);
    const found = [];
    for (let document = 0; document < dir.documents; document++) {
      if (!must.every(({ flags }) => flags[document] & HAS)) continue;
      let score = 0;
      for (const { set, has, whole, exact, title } of weigh) {
        const flags = set.flags[document];
        score += (flags & HAS ? has : 0) + (flags & WHOLE ? whole : 0) + (flags & TITLE ? title : 0);
        score += flags & EXACT ? exact : flags & BEGUN ? exact >> 1 : 0;
      }
      scores[document] = score;
      found.push(document);
    }
    // Documents are numbered from the newest.
    found.sort((a, b) => scores[b] - scores[a] || a - b);
    return { found, cut: [...wordSets, ...pairSets, ...phraseSets].some((set) => set.cut), dir };
  }

  let starts = null;

  /** A document: its row, and its text in whole. */
  async function documentOf(dir, number) {
    if (!starts) {
      let sum = 0;
      starts = dir.khoi.map((count) => (sum += count) - count);
    }
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= number) low = middle + 1;
      else high = middle;
    }
    // Blocks that go on with a text begin no document: back to the one that does.
    let block = low - 1;
    while (block > 0 && dir.khoi[block] === 0) block--;
    const rows = await load("khoi", block + 1);
    const place = number - starts[block];
    const row = rows[place];
    let text = row[10];
    if (place === rows.length - 1) {
      for (let next = block + 1; next < dir.khoi.length && dir.khoi[next] === 0; next++) text += (await load("khoi", next + 1))[0];
    }
    return { row, text };
  }

  // ---- Words in context ----

  /** Which words of a line the query means: for each, a list of {term: number of the query's term, weight}. */
  function hits(line, query) {
    const list = words(line);
    const marks = list.map((word) => {
      if (!word.fold) return [];
      const same = (term) => word.fold === term.fold || (term.prefix && word.fold.startsWith(term.fold));
      const weight = (term) => 2 + (word.fold === term.fold ? 2 : 0) + (term.marked && fits(word.spell, term) ? 1 : 0);
      return query.words.filter(same).map((term) => ({ term: term.number, weight: weight(term) }));
    });
    for (const { from, to, keys } of dates(line, list)) {
      const at = query.dates.findIndex((term) => keys.includes(term.fold));
      if (at < 0) continue;
      for (let word = from; word < to; word++) marks[word].push({ term: query.words.length + at, weight: 4 });
    }
    return { list, marks };
  }

  /** The best place of a text that is more than its title said again: {line, list, marks, from}, or nothing. */
  function place(text, title, query) {
    let best = null;
    for (const line of text.split("\n")) {
      if (line === title) continue;
      const { list, marks } = hits(line.normalize("NFC"), query);
      for (let from = 0; from < list.length; from++) {
        if (!marks[from].length) continue;
        const seen = new Map();
        let beside = 0;
        for (let at = from; at < Math.min(list.length, from + WINDOW - 6); at++) {
          for (const { term, weight } of marks[at]) {
            seen.set(term, Math.max(seen.get(term) ?? 0, weight));
            if (at > from && marks[at - 1].some((mark) => mark.term === term - 1)) beside++;
          }
        }
        const score = [...seen.values()].reduce((sum, one) => sum + one, 0) + Math.min(beside, query.words.length) * 2;
        if (!best || score > best.score) best = { score, line: line.normalize("NFC"), list, marks, from };
      }
    }
    return best;
  }

  /** Puts a line into an element, words from `from` to `to`, what was asked for marked. */
  function show(element, { line, list, marks }, from, to) {
    const begin = from > 0 ? list[from].start : 0;
    const end = to < list.length ? list[to - 1].end : line.length;
    let done = begin;
    if (begin > 0) element.append("… ");
    for (let at = from; at < to; at++) {
      if (!marks[at].length) continue;
      // Neighbours are marked as one.
      let last = at;
      while (last + 1 < to && marks[last + 1].length) last++;
      const mark = document.createElement("mark");
      mark.textContent = line.slice(list[at].start, list[last].end);
      element.append(line.slice(done, list[at].start), mark);
      done = list[last].end;
      at = last;
    }
    element.append(line.slice(done, end));
    if (end < line.length) element.append(" …");
  }

  // Away from a page there is only what a test asks for.
  if (typeof document === "undefined") {
    globalThis.hosoSearch = { fold, spell, words, dates, scriptsOf, each, parse };
    return;
  }

  // ---- The page ----

  const at = (id) => document.getElementById(id);
  const input = at("q");
  const status = at("find-status");
  const table = at("found");
  const body = at("found-rows");
  const more = at("find-more");
  const selects = FILTERS.map((name) => [name, at(`f-${name}`)]);
  let run = 0;
  let current = null;
  let timer = 0;

  const links = () => Array.from(body.querySelectorAll("a"));

  function official(iso) {
    const [year, month, day] = iso.split("-");
    // As the official forms write it: a day always in two digits, of the months only January and February.
    return `${day}/${Number(month) < 3 ? month : Number(month)}/${year}`;
  }

  function rowOf({ row, text }, dir, query) {
    const [id, title, kind, unit, date, state, signed, steps, author, thumb] = row;
    const element = at("found-row").content.cloneNode(true);
    const find = (selector) => element.querySelector(selector);
    const link = find("a");
    link.href = `ho-so/${id}/index.html`;
    const heading = { ...hits(title, query), line: title };
    show(link, heading, 0, heading.list.length);
    if (!title.trim()) link.textContent = id;
    find(".r-sub").textContent = [dir.kinds[kind]?.[1], author].filter(Boolean).join(" · ");
    const best = place(text, title, query);
    if (best) {
      const from = Math.max(0, best.from - 6);
      show(find(".r-snippet"), best, from, Math.min(best.list.length, from + WINDOW));
    }
    if (thumb) {
      const image = document.createElement("img");
      Object.assign(image, { src: `ho-so/${id}/nho.png`, alt: "", width: 42, height: 59, loading: "lazy", decoding: "async" });
      find(".r-nothumb").replaceWith(image);
    }
    find(".r-unit").textContent = dir.units[unit]?.[1] ?? "";
    const time = find("time");
    time.dateTime = date;
    time.textContent = official(date);
    find(".r-signed span").textContent = `${signed}/${steps}`;
    const badge = at(`state-${dir.states[state]?.[0]}`);
    if (badge) find(".r-state").append(badge.content.cloneNode(true));
    return element;
  }

  async function page(mine) {
    const { found, dir, query, isSure } = current;
    const begin = current.next === 0;
    const rows = document.createDocumentFragment();
    let next = current.next;
    for (let shown = 0; shown < PAGE && next < found.length; ) {
      const numbers = found.slice(next, next + PAGE - shown);
      const documents = await Promise.all(numbers.map((number) => documentOf(dir, number)));
      if (mine !== run) return;
      next += numbers.length;
      for (const one of documents) {
        if (!isSure && !inOneRow(one, query)) continue;
        rows.append(rowOf(one, dir, query));
        shown++;
      }
    }
    if (begin) body.replaceChildren();
    body.append(rows);
    current.next = next;
    table.hidden = body.rows.length === 0;
    more.hidden = next >= found.length;
  }

  /** Leaves out what has the words of a phrase, but not in one row; of many, only as they are shown. */
  async function sift(result, query) {
    const { found, dir } = result;
    if (query.runs.length === 0) return { ...result, isSure: true };
    if (found.length > MOST_READ) return { ...result, isSure: false };
    const kept = await Promise.all(found.map(async (number) => inOneRow(await documentOf(dir, number), query)));
    return { ...result, found: found.filter((_, i) => kept[i]), isSure: true };
  }

  function remember() {
    const state = new URLSearchParams();
    if (input.value) state.set("q", input.value);
    for (const [name, select] of selects) if (select.value) state.set(name, select.value);
    const hash = state.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  async function update() {
    const mine = ++run;
    const query = parse(input.value);
    const filters = selects.filter(([, select]) => select.value).map(([name, select]) => `${name}:${select.value}`);
    remember();
    const asked = query.words.length + query.dates.length + filters.length;
    try {
      if (asked === 0) {
        current = null;
        body.replaceChildren();
        table.hidden = more.hidden = true;
        status.textContent = input.value.trim() ? "Hãy gõ chữ hoặc số." : "";
        return;
      }
      const result = await sift(await search(query, filters), query);
      if (mine !== run) return;
      current = { ...result, query, next: 0 };
      await page(mine);
      if (mine !== run) return;
      const hint = result.cut ? " Gõ thêm chữ để tìm cho đủ." : "";
      status.textContent = body.rows.length
        ? `${result.isSure ? "" : "Nhiều nhất "}${result.found.length} hồ sơ.${hint}`
        : `Không thấy hồ sơ nào có đủ các từ này. Hãy bớt từ hoặc bớt điều kiện lọc.${hint}`;
      // Blocks of documents that no longer show need not stay.
      if (read.size > 400) read = new Map([...read].filter(([key]) => !key.startsWith("khoi/") && !key.startsWith("cap/")));
    } catch (fault) {
      if (mine === run) status.textContent = `Không đọc được tệp chỉ mục ${fault.message}. Kho có thể bị thiếu tệp.`;
    }
  }

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(update, 120);
  };

  function recall() {
    const state = new URLSearchParams(location.hash.slice(1));
    input.value = state.get("q") ?? "";
    for (const [name, select] of selects) select.value = state.get(name) ?? "";
    for (const [, select] of selects) if (select.selectedIndex < 0) select.value = "";
    update();
  }

  at("find-fields").disabled = false;
  input.addEventListener("input", soon);
  for (const [, select] of selects) select.addEventListener("change", update);
  more.querySelector("button").addEventListener("click", async () => {
    const before = body.rows.length;
    await page(run);
    links()[before]?.focus();
  });
  at("find").addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    await update();
    links()[0]?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    const typing = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      input.focus();
      input.select();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = links();
    const place = all.indexOf(target);
    if (!step || (place < 0 && target !== input)) return;
    const next = place + step;
    if (next < -1 || next >= all.length) return;
    event.preventDefault();
    (next < 0 ? input : all[next]).focus();
  });
  globalThis.addEventListener("hashchange", recall);
  recall();
  // On a phone the filters would push the results off the screen.
  at("find-narrow").open = globalThis.matchMedia("(min-width: 40rem)").matches || selects.some(([, select]) => select.value);
  if (!location.hash) input.focus();
})();
