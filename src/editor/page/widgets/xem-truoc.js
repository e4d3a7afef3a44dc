// The official form and what `check` finds, beside the form that is being written. Asked of the server that also keeps the
// records; a field at the head of each form watches what is written, a pane (a dialog on a phone) shows the pages.
import { plain, stored, withLists } from './data.js';

const h = (...all) => window.h(...all);
const WAIT = 900;

/** What was answered last, and who wants to know of it. */
const shown = { state: 'chua', pages: [], findings: [], error: '' };
const watchers = new Set();

function tell(change) {
  Object.assign(shown, change);
  watchers.forEach((watcher) => watcher());
}

const watching = {
  componentDidMount() { this.watcher = () => this.forceUpdate(); watchers.add(this.watcher); },
  componentWillUnmount() { watchers.delete(this.watcher); },
};

/** The token by which Sveltia signs in; both are one person's. */
function token() {
  try {
    return JSON.parse(localStorage.getItem('sveltia-cms.user') ?? '{}').token ?? '';
  } catch {
    return '';
  }
}

/** What is asked, from the record as it stands; fields in the order of the form. */
export function question(entry, { folder, order, lists }) {
  const { body, 'xem-truoc': _, ...fields } = plain(entry.get('data')) ?? {};
  const whole = lists.reduce((value, path) => withLists(value, path.split('/')), stored(fields) ?? {});
  const keys = [...order.filter((key) => key in whole), ...Object.keys(whole).filter((key) => !order.includes(key))];
  const data = Object.fromEntries(keys.map((key) => [key, whole[key]]));
  return { folder, name: entry.get('slug') || null, data, body: body ?? '' };
}

let asked = '';
let timer;
let running;

/** Asks again, a moment after the last change. */
function look(entry, shelf) {
  if (!entry || !shelf) return;
  const text = JSON.stringify(question(entry, shelf));
  if (text === asked) return;
  asked = text;
  clearTimeout(timer);
  timer = setTimeout(() => ask(text), WAIT);
}

async function ask(text) {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  tell({ state: 'dang' });
  try {
    const answer = await fetch('/xem-truoc', {
      method: 'POST', credentials: 'same-origin', signal, body: text,
      headers: { 'Content-Type': 'application/json', Authorization: `token ${token()}` },
    });
    if (!answer.ok) {
      const told = await answer.json().catch(() => ({}));
      throw new Error(told.message ?? `máy chủ trả lời ${answer.status}`);
    }
    const { pages = [], findings = [] } = await answer.json();
    tell({ state: 'xong', pages, findings, error: '' });
    mark(findings);
  } catch (error) {
    if (!signal.aborted) tell({ state: 'hong', error: error.message });
  }
}

/** The part of the form that a JSON pointer leads to, or the nearest around it. */
export function place(pointer) {
  const keys = String(pointer ?? '').split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (; keys.length; keys.pop()) {
    const found = document.querySelector(`section[data-key-path="${CSS.escape(keys.join('.'))}"]`);
    if (found) return found;
  }
  return undefined;
}

/** Puts the findings beside their fields, in elements of our own that Sveltia does not look at. */
function mark(findings) {
  document.querySelectorAll('.hoso-ben-truong').forEach((old) => old.remove());
  for (const finding of findings) {
    const section = finding.field && place(finding.field);
    if (!section) continue;
    const note = document.createElement('p');
    note.className = `hoso-ben-truong hoso-${finding.severity === 'error' ? 'loi' : 'nhac'}`;
    note.textContent = finding.hint ? `${finding.message} – ${finding.hint}` : finding.message;
    section.append(note);
  }
}

function focus(pointer) {
  const section = place(pointer);
  section?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  section?.querySelector('input, textarea, select, [contenteditable=true], [role=combobox], button:not([disabled])')?.focus({ preventScroll: true });
}

const saying = () => {
  const errors = shown.findings.filter((finding) => finding.severity === 'error').length;
  const notes = shown.findings.length - errors;
  if (shown.state === 'dang') return 'Đang dựng bản in…';
  if (shown.state === 'hong') return `Chưa xem được bản in: ${shown.error}.`;
  if (shown.state === 'chua') return 'Bản in hiện ra sau giây lát.';
  if (!shown.findings.length) return 'Không có lỗi.';
  return [errors && `${errors} lỗi`, notes && `${notes} điều cần xem`].filter(Boolean).join(', ');
};

const findings = () => (shown.findings.length
  ? h('ul', { className: 'hoso-ds-loi' }, ...shown.findings.map((finding, index) => h('li', { key: index },
    h('button', { type: 'button', disabled: !finding.field, className: `hoso-${finding.severity === 'error' ? 'loi' : 'nhac'}`, onClick: () => focus(finding.field) },
      h('strong', null, finding.severity === 'error' ? 'Lỗi: ' : 'Xem lại: '), finding.message, finding.hint ? h('span', { className: 'hoso-sua' }, finding.hint) : null))))
  : null);

const pages = () => shown.pages.map((address, index) =>
  h('img', { key: index, src: address, alt: `Bản in, trang ${index + 1}`, className: 'hoso-trang' }));

/** The field at the head of a form. */
const watch = (shelves) => window.createClass({
  displayName: 'HosoXemTruoc',
  mixins: [watching],
  componentDidMount() {
    tell({ state: 'chua', pages: [], findings: [], error: '' });
    asked = '';
    this.look();
  },
  componentDidUpdate() { this.look(); },
  componentWillUnmount() {
    clearTimeout(timer);
    running?.abort();
    sheet?.close();
    thumb.hidden = true;
  },
  look() {
    look(this.props.entry, shelves.get(this.props.entry?.get('collection')));
  },
  render: () => h('div', { className: 'hoso-xem' },
    h('p', { role: 'status' }, saying()),
    findings(),
    h('button', { type: 'button', className: 'hoso-xem-nut', disabled: !shown.pages.length, onClick: open }, 'Xem bản in')),
});

/** The pages over the whole screen, and the button that is always within reach on a phone: outside of Sveltia's form,
    whose parts lie over each other. */
let sheet;
let thumb;
function furnish() {
  const button = (className, text, act) => {
    const made = document.createElement('button');
    Object.assign(made, { type: 'button', className, textContent: text, onclick: act });
    return made;
  };
  sheet = document.createElement('dialog');
  sheet.className = 'hoso-ban-in';
  sheet.setAttribute('aria-label', 'Bản in');
  thumb = button('hoso-ngon-tay', 'Xem bản in', open);
  thumb.hidden = true;
  document.body.append(thumb, sheet);
  const close = button('hoso-dong', 'Đóng', () => sheet.close());
  watchers.add(() => {
    thumb.hidden = !shown.pages.length;
    sheet.replaceChildren(close, ...shown.pages.map((address, index) =>
      Object.assign(document.createElement('img'), { src: address, alt: `Bản in, trang ${index + 1}`, className: 'hoso-trang' })));
  });
}

function open() {
  if (shown.pages.length && !sheet.open) sheet.showModal();
}

/** The pane beside the form. */
const pane = () => window.createClass({
  displayName: 'HosoBanIn',
  mixins: [watching],
  render: () => h('main', { className: 'hoso-pane' }, h('p', { role: 'status' }, saying()), ...pages()),
});

/** Switches the preview on. */
export function preview(CMS, cms, lists) {
  const shelf = ({ name, folder, fields }) => [name, { folder, order: fields.map((field) => field.name), lists: lists[name] ?? [] }];
  CMS.registerFieldType('xem-truoc', watch(new Map(cms.collections.map(shelf))));
  furnish();
  const component = pane();
  CMS.registerPreviewStyle(new URL('../preview.css', import.meta.url).href);
  for (const collection of cms.collections) CMS.registerPreviewTemplate(collection.name, component);
}
