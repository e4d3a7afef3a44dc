// A table of marks: rows are children, columns are days or goals. On a wide screen a grid for the keyboard, on a narrow one
// column after column with large buttons; either can be chosen on both. Written for React as Sveltia hands it out.
//
// What is shown comes from `read(props)`:
//   { name, row, column, rows: [{ id, name, label }], columns: [{ id, short, over, name, closed }], marks: [{ code, key, name }],
//     get(row, column) → code, or undefined where there is nothing to mark,
//     put(row, column, code) → the whole value with it, all(column) → the whole value with the first mark everywhere }
// The first mark is the usual one: it is not stored and its cells stay empty.

import { field } from './data.js';

const h = (...all) => window.h(...all);
const NARROW = '(max-width: 767px)';

export function table(read) {
  return () => window.createClass({
    displayName: 'HosoBang',

    getInitialState() {
      this.narrow = window.matchMedia(NARROW);
      return { view: this.narrow.matches ? 'cot' : 'bang', column: undefined, at: [0, 0] };
    },

    componentDidMount() {
      this.resized = () => this.setState({ view: this.narrow.matches ? 'cot' : 'bang' });
      this.narrow.addEventListener('change', this.resized);
    },

    componentWillUnmount() {
      this.narrow.removeEventListener('change', this.resized);
    },

    componentDidUpdate() {
      if (!this.refocus) return;
      this.refocus = false;
      this.grid?.querySelector('[role=gridcell][tabindex="0"]')?.focus();
    },

    // The whole record has the list as it is; the value that is handed over is empty once a list of groups has changed
    // (Sveltia 0.221). Two keys may come before Sveltia has taken over the first: the newest is kept until it has.
    given() {
      return field(this.props.entry, this.props.field.get('name')) ?? this.props.value;
    },

    model() {
      const value = this.given();
      const text = JSON.stringify(value);
      if (text !== this.seen) { this.seen = text; this.newest = undefined; }
      return read({ ...this.props, value: this.newest ?? value });
    },

    change(value) {
      this.newest = value;
      this.seen = JSON.stringify(this.given());
      this.props.onChange(value);
      this.forceUpdate();
    },

    mark(row, column, code) {
      const model = this.model();
      if (model.get(row, column) !== undefined) this.change(model.put(row, column, code));
    },

    next(model, row, column) {
      const at = model.marks.findIndex((mark) => mark.code === model.get(row, column));
      this.mark(row, column, model.marks[(at + 1) % model.marks.length].code);
    },

    move(model, [row, column], by, across) {
      const open = model.columns.map((c, index) => (c.closed ? -1 : index)).filter((index) => index >= 0);
      const place = Math.max(0, open.indexOf(column));
      const clamp = (value, most) => Math.min(Math.max(value, 0), most);
      const to = across ? [row, open[clamp(place + by, open.length - 1)] ?? 0] : [clamp(row + by, model.rows.length - 1), column];
      this.refocus = true;
      this.setState({ at: to });
    },

    keyed(event, model, row, column) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = [row, column];
      const ids = [model.rows[row].id, model.columns[column].id];
      const moves = { ArrowUp: [-1, false], ArrowDown: [1, false], ArrowLeft: [-1, true], ArrowRight: [1, true],
        Home: [-99, true], End: [99, true], PageUp: [-10, false], PageDown: [10, false], Enter: [event.shiftKey ? -1 : 1, false] };
      const found = model.marks.find((mark) => mark.key.includes(event.key.toLowerCase()));
      if (moves[event.key]) this.move(model, at, ...moves[event.key]);
      else if (event.key === ' ') this.next(model, ...ids);
      else if (event.key === 'Delete' || event.key === 'Backspace') this.mark(...ids, model.marks[0].code);
      else if (found) { this.mark(...ids, found.code); this.move(model, at, 1, false); }
      else return;
      event.preventDefault();
      event.stopPropagation();
    },

    wide(model) {
      const open = model.columns.findIndex((column) => !column.closed);
      const row = Math.min(this.state.at[0], model.rows.length - 1);
      const column = model.columns[this.state.at[1]]?.closed === undefined && model.columns[this.state.at[1]] ? this.state.at[1] : open;
      const usual = model.marks[0].code;
      const others = model.marks.slice(1);
      const count = (codes, code) => codes.filter((c) => c === code).length;
      const codes = (child) => model.columns.map((c) => (c.closed ? undefined : model.get(child.id, c.id)));
      return h('div', { className: 'hoso-cuon' },
        h('table', { role: 'grid', className: 'hoso-bang', 'aria-label': model.name, 'aria-rowcount': model.rows.length + 1, ref: (node) => { this.grid = node; } },
          h('thead', null, h('tr', { role: 'row' },
            h('th', { role: 'columnheader', scope: 'col', className: 'hoso-ten' }, model.row),
            ...model.columns.map((c) => h('th', { key: c.id, role: 'columnheader', scope: 'col', title: c.closed ? `${c.name}: ${c.closed}` : c.name, className: c.closed ? 'hoso-nghi' : undefined },
              h('span', { className: 'hoso-tren' }, c.over), c.short)),
            ...others.map((mark) => h('th', { key: mark.code, role: 'columnheader', scope: 'col', className: 'hoso-cong', title: `Số lần: ${mark.name}` }, mark.code)))),
          h('tbody', null, ...model.rows.map((child, r) => {
            const own = codes(child);
            return h('tr', { key: child.id, role: 'row' },
              h('th', { role: 'rowheader', scope: 'row', className: 'hoso-ten' }, child.label),
              ...model.columns.map((c, i) => {
                const code = own[i];
                const off = code === undefined;
                const mark = model.marks.find((m) => m.code === code);
                return h('td', {
                  key: c.id, role: 'gridcell', 'aria-disabled': off || undefined,
                  className: off ? 'hoso-nghi' : code === usual ? undefined : `hoso-dau hoso-dau-${model.marks.indexOf(mark)}`,
                  tabIndex: off ? undefined : r === row && i === column ? 0 : -1,
                  'aria-label': off ? undefined : `${child.name}, ${c.name}: ${mark?.name ?? code}`,
                  onClick: off ? undefined : () => { this.setState({ at: [r, i] }); this.next(model, child.id, c.id); },
                  onFocus: off ? undefined : () => { if (r !== row || i !== column) this.setState({ at: [r, i] }); },
                  onKeyDown: off ? undefined : (event) => this.keyed(event, model, r, i),
                }, off || code === usual ? '' : code);
              }),
              ...others.map((mark) => h('td', { key: mark.code, role: 'gridcell', className: 'hoso-cong' }, count(own, mark.code) || '')));
          })),
          h('tfoot', null, ...others.map((mark) => h('tr', { key: mark.code, role: 'row' },
            h('th', { role: 'rowheader', scope: 'row', className: 'hoso-ten' }, `Tổng: ${mark.name}`),
            ...model.columns.map((c) => h('td', { key: c.id, role: 'gridcell', className: c.closed ? 'hoso-nghi' : 'hoso-cong' },
              (c.closed ? 0 : model.rows.filter((child) => model.get(child.id, c.id) === mark.code).length) || '')),
            ...others.map((other) => h('td', { key: other.code, role: 'gridcell', className: 'hoso-cong' },
              other === mark ? model.rows.reduce((sum, child) => sum + count(codes(child), mark.code), 0) || '' : '')))))));
    },

    single(model) {
      const open = model.columns.filter((column) => !column.closed);
      const now = new Date();
      const today = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
      const wanted = this.state.column ?? today;
      const at = Math.max(0, open.findIndex((column) => column.id === wanted));
      const column = open[at];
      if (!column) return h('p', null, 'Không có cột nào để đánh dấu.');
      const rows = model.rows.filter((child) => model.get(child.id, column.id) !== undefined);
      const tally = model.marks.map((mark) => `${mark.name}: ${rows.filter((child) => model.get(child.id, column.id) === mark.code).length}`);
      const go = (by) => this.setState({ column: open[at + by]?.id ?? column.id });
      const id = `${this.props.forID}-cot`;
      return h('div', { className: 'hoso-cot' },
        h('div', { className: 'hoso-dieu-huong' },
          h('button', { type: 'button', 'aria-label': `${model.column} trước`, disabled: at === 0, onClick: () => go(-1) }, '‹'),
          h('label', { htmlFor: id, className: 'hoso-an' }, model.column),
          h('select', { id, value: column.id, onChange: (event) => this.setState({ column: event.target.value }) },
            ...open.map((c) => h('option', { key: c.id, value: c.id }, c.name))),
          h('button', { type: 'button', 'aria-label': `${model.column} sau`, disabled: at === open.length - 1, onClick: () => go(1) }, '›')),
        h('button', { type: 'button', className: 'hoso-tat-ca', onClick: () => this.change(model.all(column.id)) }, `Tất cả ${model.marks[0].name}`),
        h('p', { className: 'hoso-dem', role: 'status' }, tally.join(' · ')),
        h('ul', { className: 'hoso-ds' }, ...rows.map((child) => h('li', { key: child.id },
          h('span', { id: `${id}-${child.id}` }, child.label),
          h('span', { role: 'group', 'aria-labelledby': `${id}-${child.id}`, className: 'hoso-nut' },
            ...model.marks.map((mark, index) => h('button', {
              key: mark.key, type: 'button', 'aria-pressed': model.get(child.id, column.id) === mark.code, 'aria-label': mark.name, title: mark.name,
              className: `hoso-nut-${index}`, onClick: () => this.mark(child.id, column.id, mark.code),
            }, mark.sign)))))));
    },

    render() {
      const model = this.model();
      if (!model.rows.length || !model.columns.length) return h('p', { className: 'hoso-trong' }, model.empty);
      const view = (name, label) => h('button', { type: 'button', 'aria-pressed': this.state.view === name, onClick: () => this.setState({ view: name }) }, label);
      return h('div', { className: 'hoso-luoi' },
        h('div', { className: 'hoso-cach', role: 'group', 'aria-label': 'Cách xem' }, view('bang', 'Cả bảng'), view('cot', `Theo ${model.column.toLowerCase()}`)),
        this.state.view === 'bang'
          ? h('p', { className: 'hoso-phim' }, `Phím: ${model.marks.map((mark) => `${mark.key[0]} ${mark.name}`).join(', ')}; phím cách đổi dấu; mũi tên, Enter đi tiếp.`)
          : null,
        this.state.view === 'bang' ? this.wide(model) : this.single(model));
    },
  });
}
