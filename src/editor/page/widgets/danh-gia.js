// The assessment grid: children by goals. Stored are the children, each with the goals not reached and those not assessed.
import { table } from './bang.js';
import { field, list } from './data.js';

const MARKS = [
  { code: '', sign: '+', key: ['+', 'x', '='], name: 'đạt' },
  { code: '−', sign: '−', key: ['-', 'c'], name: 'chưa đạt', list: 'chua-dat' },
  { code: '0', sign: '0', key: ['0', 'k'], name: 'không đánh giá', list: 'khong-danh-gia' },
];

/** The stored children with one mark changed; goals in the order of the table. */
export function put(children, stt, goal, code, order) {
  return children.map((child) => {
    if (child.stt !== stt) return child;
    const changed = { ...child };
    for (const mark of MARKS.slice(1)) {
      const others = list(child[mark.list]).filter((one) => one !== goal);
      const all = mark.code === code ? [...others, goal].sort((a, b) => order.indexOf(a) - order.indexOf(b)) : others;
      if (all.length) changed[mark.list] = all; else delete changed[mark.list];
    }
    return changed;
  });
}

/** What the table shows of a record. */
export function read(props) {
  const children = list(props.value);
  const goals = list(field(props.entry, props.field.get('columns'))).filter((goal) => goal?.ma);
  const order = goals.map((goal) => goal.ma);
  return {
    name: 'Đánh giá trẻ theo mục tiêu', row: 'Họ và tên', column: 'Mục tiêu', marks: MARKS,
    empty: 'Ghi mục tiêu ở trên, rồi đánh giá từng trẻ ở đây.',
    columns: goals.map((goal) => ({ id: goal.ma, short: goal.ma, over: '', name: `${goal.ma} ${goal['noi-dung'] ?? ''}` })),
    rows: children.filter((child) => Number.isInteger(child?.stt))
      .map((child) => ({ id: child.stt, name: child.ten ?? `số ${child.stt}`, label: `${child.stt}. ${child.ten ?? ''}` })),
    get(stt, goal) {
      const child = children.find((one) => one.stt === stt);
      return MARKS.slice(1).find((mark) => list(child?.[mark.list]).includes(goal))?.code ?? '';
    },
    put: (stt, goal, code) => put(children, stt, goal, code, order),
    all: (goal) => children.reduce((all, child) => put(all, child.stt, goal, '', order), children),
  };
}

export const assessment = table(read);
