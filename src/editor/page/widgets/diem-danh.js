// The month grid of attendance. Stored are the absent only, by day: [{ ngay, co-phep: [stt], khong-phep: [stt] }].
import { table } from './bang.js';
import { days, field, list } from './data.js';

const MARKS = [
  { code: '', sign: '✓', key: ['x', '+', '.'], name: 'có mặt' },
  { code: 'P', sign: 'P', key: ['p'], name: 'nghỉ có phép', list: 'co-phep' },
  { code: 'K', sign: 'K', key: ['k'], name: 'nghỉ không phép', list: 'khong-phep' },
];

/** The stored list with one child's mark of one day changed; days without absentees are not stored. */
export function put(absent, child, day, code) {
  const rest = absent.filter((entry) => entry.ngay !== day);
  const old = absent.find((entry) => entry.ngay === day) ?? { ngay: day };
  const changed = { ...old };
  for (const mark of MARKS.slice(1)) {
    const others = list(old[mark.list]).filter((number) => number !== child);
    const all = mark.code === code ? [...others, child].sort((a, b) => a - b) : others;
    if (all.length) changed[mark.list] = all; else delete changed[mark.list];
  }
  const empty = MARKS.slice(1).every((mark) => !changed[mark.list]);
  return (empty ? rest : [...rest, changed]).sort((a, b) => String(a.ngay).localeCompare(String(b.ngay)));
}

/** What the table shows of a record. */
export function read(props) {
  const absent = list(props.value);
  const children = list(field(props.entry, props.field.get('rows'))).filter((child) => Number.isInteger(child?.stt));
  const off = props.field.get('off');
  const columns = days(field(props.entry, props.field.get('month')), off && off.toJS ? off.toJS() : off);
  const byDay = new Map(absent.map((entry) => [entry.ngay, entry]));
  const child = new Map(children.map((one) => [one.stt, one]));
  return {
    name: 'Điểm danh', row: 'Họ và tên', column: 'Ngày', marks: MARKS, columns,
    empty: 'Chọn tháng và ghi danh sách trẻ ở trên, rồi điểm danh ở đây.',
    rows: children.map((one) => ({ id: one.stt, name: one.ten ?? `số ${one.stt}`, label: `${one.stt}. ${one.ten ?? ''}` })),
    get(stt, day) {
      const one = child.get(stt);
      // Not there yet, or no longer.
      if (!one || (one.vao && day < one.vao) || (one.thoi && day >= one.thoi)) return undefined;
      const entry = byDay.get(day);
      return MARKS.slice(1).find((mark) => list(entry?.[mark.list]).includes(stt))?.code ?? '';
    },
    put: (stt, day, code) => put(absent, stt, day, code),
    all: (day) => absent.filter((entry) => entry.ngay !== day),
  };
}

export const attendance = table(read);
