// Tables that sort and are saved. Missing is not zero and stands last either way.

/** Makes an element; text is always text, never markup. */
function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside.filter((own) => own !== null && own !== undefined));
  return element;
}

function cellNumber(cell) {
  const number = cell.querySelector('.n');
  if (number && !number.classList.contains('number') && number.classList.length > 1) return null;
  if (number && number.dataset.value) return number.dataset.value;
  return cell.classList.contains('r') ? decimalOf((number || cell).textContent) : null;
}

function cellText(cell) {
  const copy = cell.cloneNode(true);
  copy.querySelectorAll('small, sup, .mark').forEach((own) => own.remove());
  return copy.textContent.trim().replace(/\s+/g, ' ');
}

function sortTable(table, column, way) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const totals = rows.filter((row) => row.classList.contains('total'));
  const own = rows.filter((row) => !row.classList.contains('total')).map((row) => {
    const cell = row.cells[column];
    const isAmount = cell && cell.classList.contains('r');
    return { row, amount: cell ? cellNumber(cell) : null, text: cell && !isAmount ? cellText(cell) : null };
  });
  const words = new Intl.Collator(document.documentElement.lang);
  own.sort((a, b) => {
    if (a.amount !== null && b.amount !== null) return way * compareDecimals(a.amount, b.amount);
    if (a.text !== null && b.text !== null) return way * words.compare(a.text, b.text);
    return (a.amount === null && a.text === null) - (b.amount === null && b.text === null);
  });
  body.append(...own.map((entry) => entry.row), ...totals);
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    if (at === column) head.setAttribute('aria-sort', way > 0 ? 'ascending' : 'descending');
    else head.removeAttribute('aria-sort');
  });
}

/** Returns the rows of a table for a file; a column of amounts with units has two. */
function tableRows(table) {
  const heads = [...table.tHead.rows[0].cells];
  const bodies = [...table.tBodies[0].rows];
  const hasUnit = heads.map((_, at) => bodies.some((row) => row.cells[at] && row.cells[at].querySelector('[data-unit]')));
  const hasId = heads.map((_, at) => bodies.some((row) => row.cells[at] && row.cells[at].querySelector('[data-number-id]')));
  // A file holds the digits alone, so the head says that they are percentages.
  const isPercent = heads.map((_, at) => bodies.some((row) => row.cells[at] && cellNumber(row.cells[at]) !== null && /%\s*$/.test(cellText(row.cells[at]))));
  const spread = (at, cell, unit, id) => [cell, ...(hasUnit[at] ? [unit] : []), ...(hasId[at] ? [id] : [])];
  const head = heads.flatMap((cell, at) => {
    const unit = cell.querySelector('small');
    const title = cellText(cell) + (unit ? ` (${unit.textContent})` : '') + (isPercent[at] ? ' (%)' : '');
    return spread(at, title, `${title} · ${texts.unit}`, `${title} · ${texts.number_id}`);
  });
  const rows = bodies.map((row) => [...row.cells].flatMap((cell, at) => {
    const number = cellNumber(cell);
    const measured = cell.querySelector('[data-number-id]');
    const unit = cell.querySelector('[data-unit]');
    const own = number === null ? cellText(cell) : { number };
    return spread(at, own, unit ? unit.dataset.unit : '', measured ? measured.dataset.numberId : '');
  }));
  return [head, ...rows];
}

function fileStem(title) {
  return `${data.region}-${data.year}-${title}`.replace(/[\\/:*?"<>|\s]+/g, '-');
}

/** Buttons that save what `rows` gives. */
function saveButtons(title, rows) {
  const csv = make('button', { type: 'button', 'data-save': 'csv', 'aria-label': `${texts.save_csv}: ${title}` }, texts.save_csv);
  const excel = make('button', { type: 'button', 'data-save': 'xlsx', 'aria-label': `${texts.save_xlsx}: ${title}` }, texts.save_xlsx);
  csv.addEventListener('click', () => save(`${fileStem(title)}.csv`, 'text/csv', csvBytes(rows())));
  const kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  excel.addEventListener('click', () => save(`${fileStem(title)}.xlsx`, kind, workbookBytes(title, rows())));
  return make('p', { class: 'save' }, csv, excel);
}

function enhanceTable(table) {
  if (!table.tHead || !table.caption) return;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = make('button', { type: 'button', class: 'sort' });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort');
      const first = head.classList.contains('r') ? -1 : 1;
      sortTable(table, column, before === null ? first : before === 'ascending' ? -1 : 1);
    });
  });
  const title = table.caption.textContent.trim().replace(/\s+/g, ' ');
  const holder = table.closest('.wide') || table;
  holder.before(saveButtons(title, () => tableRows(table)));
}
