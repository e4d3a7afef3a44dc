// What the widgets share: plain data out of Sveltia's, and words for days.

/** An Immutable value, or one that is plain already, as plain data. */
export const plain = (value) => (value && typeof value.toJS === 'function' ? value.toJS() : value);

/** A field of the record being written, as plain data. */
export const field = (entry, name) => plain(entry?.getIn(['data', name]));

/** The list that a widget is given. Sveltia has an empty text where nothing is stored yet. */
export const list = (value) => (Array.isArray(plain(value)) ? plain(value) : []);

/** What is stored of a record: nothing that is empty, and nothing of Sveltia's own (`__sc_…`, the marks of list items). */
export function stored(value) {
  if (Array.isArray(value)) {
    const kept = value.map(stored).filter((item) => item !== undefined);
    return kept.length ? kept : undefined;
  }
  if (value && typeof value === 'object') {
    const own = Object.entries(value).filter(([key]) => !key.startsWith('__sc_'));
    const kept = own.map(([key, inner]) => [key, stored(inner)]).filter(([, inner]) => inner !== undefined);
    return kept.length ? Object.fromEntries(kept) : undefined;
  }
  return value === '' || value === null ? undefined : value;
}

/** Puts `[]` where a path of lists, such as `tre/*\/chua-dat`, leads to nothing. */
export function withLists(value, [key, ...rest]) {
  if (!value || typeof value !== 'object') return value;
  if (key === '*') return Array.isArray(value) ? value.map((item) => withLists(item, rest)) : value;
  if (rest.length) return value[key] ? { ...value, [key]: withLists(value[key], rest) } : value;
  return value[key] === undefined || value[key] === null || value[key] === '' ? { ...value, [key]: [] } : value;
}

const NAMES = ['Chủ nhật', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy'];
const SHORT = ['CN', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7'];

/** The days of a month such as `2024-09`; `off` says on which days the school is closed, and why. */
export function days(month, off) {
  const [year, number] = String(month ?? '').split('-').map(Number);
  if (!year || !number) return [];
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length: count }, (_, index) => {
    const iso = `${month}-${String(index + 1).padStart(2, '0')}`;
    const weekday = new Date(`${iso}T00:00:00Z`).getUTCDay();
    const closed = off?.[iso] ?? (weekday === 0 || weekday === 6 ? 'Ngày nghỉ cuối tuần' : undefined);
    return { id: iso, short: String(index + 1), over: SHORT[weekday], name: `${NAMES[weekday]} ${index + 1}/${number}`, closed };
  });
}
