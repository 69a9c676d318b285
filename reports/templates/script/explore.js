// The account of one region, the ranking by one indicator, and the search.

const data = JSON.parse(document.getElementById('page-data').textContent);
const texts = data.texts;
const byId = (id) => document.getElementById(id);
const regions = new Map(data.regions.map(([code, name, parent]) => [code, { code, name, parent }]));
const items = new Map(data.items.map(([id, title, kind]) => [id, { id, title, kind }]));
const chosen = { county: '', by: 'gep' };

/** Fills the `{name}` places of a text. */
function fill(text, places) {
  return text.replace(/\{(\w+)\}/g, (_, name) => places[name]);
}

/** A number of the GEP table as an object; nothing if there is no row. */
function gepOf(code, item) {
  const row = (data.gep[code] || {})[item];
  if (!row) return null;
  const [value, id, state, coverage, partial, reason, lacking, status] = row;
  return { value, id, state, coverage, partial, reason, lacking, status };
}

function isComplete(own) {
  return own !== null && own.value !== null && !own.partial;
}

/** An amount as the page shows it: digits with the id, or the state in words. */
function amount(own, unit) {
  if (own === null) return make('span', { class: 'n none' }, '—');
  if (own.value === null) {
    const word = own.state === 'withheld' ? fill(texts.withheld, { coverage: own.coverage || '—' }) : texts.missing;
    return make('span', { class: `n ${own.state}`, 'data-number-id': own.id }, own.reason ? `${word} ${own.reason}` : word);
  }
  const span = make('span', { class: 'n number', 'data-number-id': own.id, 'data-value': own.value, title: own.id }, grouped(own.value));
  if (unit) span.append(` ${unit}`);
  if (own.partial) span.append(make('sup', { class: 'part' }, texts.partial));
  return span;
}

/** Complete regions by an item, the largest first; equal amounts share a rank. */
function ranked(item) {
  const own = [...regions.keys()].map((code) => ({ code, own: gepOf(code, item) }));
  const complete = own.filter((entry) => isComplete(entry.own));
  const order = (a, b) => compareDecimals(b.own.value, a.own.value) || (a.code < b.code ? -1 : 1);
  complete.sort(order);
  complete.forEach((entry, at) => {
    const before = complete[at - 1];
    entry.rank = before && before.own.value === entry.own.value ? before.rank : at + 1;
  });
  const bounds = [];
  const rising = complete.map((entry) => entry.own.value).reverse();
  const classes = Math.min(5, rising.length);
  for (let at = 1; at < classes; at += 1) bounds.push(rising[Math.floor((at * rising.length) / classes)]);
  for (const entry of complete) entry.class = bounds.filter((bound) => compareDecimals(bound, entry.own.value) <= 0).length;
  return { complete, apart: own.filter((entry) => !isComplete(entry.own)), classes };
}

function head(...titles) {
  const cell = ([title, right]) => make('th', right ? { scope: 'col', class: 'r' } : { scope: 'col' }, title);
  return make('thead', {}, make('tr', {}, ...titles.map(cell)));
}

function wide(table, label) {
  return make('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': label }, table);
}

function regionLink(code) {
  const link = make('button', { type: 'button', class: 'link', 'data-open': code }, regions.get(code).name);
  link.addEventListener('click', () => choose(code, true));
  return link;
}

function showRanking() {
  const { complete, apart } = ranked(chosen.by);
  const title = fill(texts.ranking_by, { item: items.get(chosen.by).title });
  const body = make('tbody');
  for (const { code, own, rank } of [...complete, ...apart]) {
    body.append(make('tr', {},
      make('td', { class: 'r' }, rank === undefined ? '—' : String(rank)),
      make('th', { scope: 'row' }, regionLink(code), make('small', { class: 'code' }, ` ${code}`)),
      make('td', {}, regions.get(code).parent),
      make('td', { class: 'r' }, amount(own)),
      make('td', { class: 'r' }, own && own.coverage ? own.coverage : '—')));
  }
  const table = make('table', { class: 'grid' }, make('caption', {}, title),
    head([texts.rank, true], [texts.region], [texts.parent], [`${texts.value} (${texts.yuan})`, true], [texts.coverage, true]), body);
  byId('order').replaceChildren(wide(table, title));
  enhanceTable(table);
}

/** Colours the map by the chosen item, with the same five classes as the printed one. */
function colourMap() {
  const { complete, classes } = ranked(chosen.by);
  const found = new Map(complete.map((entry) => [entry.code, entry]));
  for (const path of document.querySelectorAll('.counties path')) {
    const code = path.dataset.region;
    const own = gepOf(code, chosen.by);
    const entry = found.get(code);
    const style = entry ? `q${entry.class}` : own && own.value !== null ? 'partial' : 'withheld';
    path.setAttribute('class', code === chosen.county ? `${style} chosen` : style);
    path.setAttribute('aria-label', `${regions.get(code).name} ${amount(own, texts.yuan).textContent}`);
    path.querySelector('title').textContent = path.getAttribute('aria-label');
  }
  const legend = byId('map-legend');
  const line = (style, text) => {
    const swatch = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const block = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    swatch.setAttribute('viewBox', style[0] === 'q' ? '0 0 40 20' : '0 0 160 80');
    swatch.setAttribute('aria-hidden', 'true');
    for (const [name, value] of [['class', style], ['width', '160'], ['height', '80']]) block.setAttribute(name, value);
    swatch.append(block);
    return make('li', {}, swatch, ` ${text}`);
  };
  const lines = [];
  for (let at = 0; at < classes; at += 1) {
    const own = complete.filter((entry) => entry.class === at);
    if (own.length) {
      const [from, to] = [own[own.length - 1], own[0]].map((entry) => grouped(entry.own.value));
      lines.push(line(`q${at}`, `${from} – ${to} ${texts.yuan} (${own.length})`));
    }
  }
  for (const style of ['partial', 'withheld']) {
    const count = document.querySelectorAll(`.counties path.${style}`).length;
    if (count) lines.push(line(style, `${texts[`map_${style}`]} (${count})`));
  }
  legend.replaceChildren(...lines);
  const title = fill(texts.map_by, { region: data.region, item: items.get(chosen.by).title });
  byId('map-title').textContent = title;
  byId('map-caption').textContent = title;
}

/** Puts what a formula reads in the place of its names, as far as it is one number. */
function withNumbers(formula, method, rows) {
  const of = (name) => {
    const set = (data.parameters[method] || []).filter(([own]) => own === name);
    if (set.length === 1 && set[0][1] === '' && set[0][2] !== '') return `${set[0][2]} [${set[0][3]}]`;
    const found = rows.filter((row) => row.output === name && row.class === 'all');
    return found.length === 1 && found[0].value !== null ? `${found[0].value} [${found[0].code_unit}]` : name;
  };
  return formula.replace(/\[[^\]]*\]|[A-Za-z_]\w*/g, (piece) => (piece[0] === '[' ? piece : of(piece)));
}

function methodTree(id, rows) {
  const method = data.methods[id];
  const lines = make('ul', { class: 'tree' });
  for (const [name, formula, unit] of method.lines) {
    const filled = withNumbers(formula, id, rows);
    // One row for each item, a pollutant say: never one in the place of all.
    const results = rows.filter((row) => row.method === id && row.output === name && row.class === 'all');
    lines.append(make('li', {}, make('code', {}, `${name} = ${formula}`), unit ? make('small', {}, ` [${unit}]`) : null,
      filled !== formula ? make('div', { class: 'filled' }, make('code', {}, `= ${filled}`)) : null,
      ...results.map((own) => make('div', {}, results.length > 1 ? `${own.title} = ` : '= ', amount(own, own.unit), ' ',
        make('small', {}, `${texts.number_id} `, make('code', {}, own.id))))));
  }
  const own = data.parameters[id] || [];
  const inside = [make('p', { class: 'small' }, `${texts.source}: ${method.document} ${method.clause}`), lines];
  if (own.length) {
    const body = make('tbody', {}, ...own.map(([name, key, value, unit, status, source, clause, place]) => make('tr', {},
      make('th', { scope: 'row' }, make('code', {}, name), key ? make('small', {}, key) : null),
      make('td', { class: 'r' }, value === '' ? texts.missing : value), make('td', {}, make('code', {}, unit)), make('td', {}, status),
      make('td', {}, source, clause ? make('small', {}, clause) : null), make('td', {}, make('code', {}, place)))));
    const table = make('table', { class: 'list' }, make('caption', {}, texts.parameters),
      head([texts.name], [texts.value, true], [texts.unit], [texts.status], [texts.source], [texts.place]), body);
    inside.push(make('details', {}, make('summary', {}, `${texts.parameters} (${own.length})`), wide(table, texts.parameters)));
  }
  return make('details', { open: '' }, make('summary', {}, `${method.title} `, make('code', {}, id)), ...inside);
}

function explain(code, item) {
  const rows = (data.rows[code] || []).filter((row) => row[1] === item).map((row) => {
    const [cls, , output, title, unit, plainUnit, value, id, state, coverage, method, reason] = row;
    return { class: cls, output, title, unit, code_unit: plainUnit, value, id, state, coverage, method, reason };
  });
  if (!rows.length) return make('p', { class: 'small' }, items.get(item).kind === 'indicator' ? texts.no_tree : texts.sum_of);
  const methods = [...new Set(rows.map((row) => row.method))].filter((id) => data.methods[id]);
  const parts = rows.filter((row) => row.class !== 'all');
  const inside = methods.map((id) => methodTree(id, rows));
  if (parts.length) {
    const body = make('tbody', {}, ...parts.map((row) => make('tr', {},
      make('th', { scope: 'row' }, data.classes[row.class] || row.class), make('td', {}, row.title),
      make('td', { class: 'r' }, amount(row)), make('td', {}, row.unit), make('td', {}, make('code', {}, row.id)))));
    const table = make('table', { class: 'list' }, make('caption', {}, texts.by_class),
      head([texts.class], [texts.output], [texts.value, true], [texts.unit], [texts.number_id]), body);
    inside.push(make('details', {}, make('summary', {}, `${texts.by_class} (${parts.length})`), wide(table, texts.by_class)));
  }
  return make('div', { class: 'explained' }, ...inside);
}

function accountRows(code) {
  const heading = [texts.item, `${texts.value} (${texts.yuan})`, texts.rank, texts.coverage, texts.status, texts.number_id];
  const lines = [...items.keys()].filter((item) => gepOf(code, item)).map((item) => {
    const own = gepOf(code, item);
    const place = ranked(item).complete.find((entry) => entry.code === code);
    const value = own.value === null ? amount(own).textContent : { number: own.value };
    return [items.get(item).title, value, place ? { number: String(place.rank) } : '', own.coverage || '', own.status, own.id];
  });
  return [heading, ...lines];
}

function showAccount() {
  const place = byId('account');
  const region = regions.get(chosen.county);
  if (!region) {
    place.replaceChildren(make('p', { class: 'text' }, texts.choose));
    return;
  }
  const title = fill(texts.account_of, { region: region.name });
  const body = make('tbody');
  for (const [item, { title: name, kind }] of items) {
    const own = gepOf(region.code, item);
    if (!own) continue;
    const { complete } = ranked(item);
    const found = complete.find((entry) => entry.code === region.code);
    const button = make('button', { type: 'button', class: 'link', 'aria-expanded': 'false', 'data-item': item }, name);
    const more = make('tr', { class: 'more', hidden: '' }, make('td', { colspan: '6' }));
    button.addEventListener('click', () => {
      const open = more.hidden;
      more.hidden = !open;
      button.setAttribute('aria-expanded', String(open));
      if (open && !more.cells[0].firstChild) more.cells[0].append(explain(region.code, item));
    });
    body.append(make('tr', kind === 'indicator' ? {} : { class: 'sum' }, make('th', { scope: 'row' }, button),
      make('td', { class: 'r' }, amount(own), own.partial && own.lacking ? make('small', { class: 'why' }, fill(texts.lacking, { lacking: own.lacking })) : null),
      make('td', { class: 'r' }, found ? `${found.rank} / ${complete.length}` : '—'),
      make('td', { class: 'r' }, found ? String(found.class + 1) : '—'),
      make('td', { class: 'r' }, own.coverage || '—'),
      make('td', {}, own.status, make('small', { class: 'code' }, own.id))), more);
  }
  const table = make('table', { class: 'grid account' }, make('caption', {}, title),
    head([texts.item], [`${texts.value} (${texts.yuan})`, true], [texts.rank, true], [texts.quantile, true], [texts.coverage, true], [`${texts.status} · ${texts.number_id}`]), body);
  place.replaceChildren(make('h3', {}, title, ' ', make('small', { class: 'code' }, `${region.code} · ${region.parent}`)),
    make('p', { class: 'small' }, texts.open_line), saveButtons(title, () => accountRows(region.code)), wide(table, title));
}

/** Remembers the choice in the address and in the link to the other language. */
function remember() {
  const hash = chosen.county || chosen.by !== 'gep' ? `#county=${chosen.county}&by=${chosen.by}` : '';
  if (hash) history.replaceState(null, '', hash);
  const link = byId('other-language');
  link.href = link.getAttribute('href').split('#')[0] + hash;
}

function choose(code, move) {
  chosen.county = code;
  showAccount();
  colourMap();
  remember();
  const path = document.querySelector(`.counties path[data-region="${code}"]`);
  if (path) focusPath(path, false);
  if (move) {
    byId('account').focus({ preventScroll: true });
    byId('account').scrollIntoView({ block: 'start' });
  }
}

function chooseItem(item) {
  chosen.by = item;
  byId('by').value = item;
  showRanking();
  colourMap();
  remember();
}

/** One region of the map is a stop of the Tab key; arrows walk to the others. */
function focusPath(path, move) {
  for (const own of document.querySelectorAll('.counties path')) own.setAttribute('tabindex', own === path ? '0' : '-1');
  if (move) path.focus();
}

function enhanceMap() {
  const paths = [...document.querySelectorAll('.counties path')];
  if (!paths.length) return;
  document.querySelector('svg.map').setAttribute('role', 'group');
  paths.forEach((path, at) => {
    path.setAttribute('role', 'button');
    path.addEventListener('click', () => choose(path.dataset.region, true));
    path.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === 'Enter' || event.key === ' ') choose(path.dataset.region, true);
      else if (step) focusPath(paths[(at + step + paths.length) % paths.length], true);
      else return;
      event.preventDefault();
    });
  });
  focusPath(paths[0], false);
}

const MOST_FOUND = 12;

/** What a search finds: regions, indicators, ids of numbers. */
function search(words) {
  const word = words.trim().toLowerCase();
  if (!word) return [];
  const fits = (...own) => own.some((text) => text.toLowerCase().includes(word));
  const found = [];
  for (const own of regions.values()) if (fits(own.name, own.code)) found.push([`${own.name} ${own.code}`, () => choose(own.code, true)]);
  for (const own of items.values()) if (fits(own.title, own.id)) found.push([fill(texts.ranking_by, { item: own.title }), () => showItem(own.id)]);
  if (word.length >= 4) {
    for (const [code, own] of Object.entries(data.gep)) {
      for (const [item, row] of Object.entries(own)) if (items.has(item) && row[1].startsWith(word)) found.push([`${row[1]} ${regions.get(code).name} ${items.get(item).title}`, () => openItem(code, item)]);
    }
    for (const [code, rows] of Object.entries(data.rows)) {
      for (const row of rows) if (row[7].startsWith(word)) found.push([`${row[7]} ${regions.get(code).name} ${row[3]}`, () => openItem(code, row[1])]);
    }
  }
  return found;
}

function showItem(item) {
  chooseItem(item);
  byId('by').focus();
}

function openItem(code, item) {
  choose(code, true);
  const button = document.querySelector(`#account [data-item="${item}"]`);
  if (button && button.getAttribute('aria-expanded') === 'false') button.click();
  if (button) button.focus();
}

function enhanceSearch() {
  const box = byId('find');
  const list = byId('found');
  const show = () => {
    const found = search(box.value);
    const lines = found.slice(0, MOST_FOUND).map(([text, act]) => {
      const button = make('button', { type: 'button', class: 'link' }, text);
      button.addEventListener('click', () => { list.replaceChildren(); box.value = ''; act(); });
      return make('li', {}, button);
    });
    if (box.value.trim()) lines.push(make('li', { class: 'small' }, fill(texts.found, { count: found.length })));
    list.replaceChildren(...lines);
  };
  box.addEventListener('input', show);
  box.addEventListener('keydown', (event) => {
    const first = list.querySelector('button');
    if (event.key === 'Escape') { box.value = ''; show(); }
    if (event.key === 'Enter' && first) first.click();
    if (event.key === 'ArrowDown' && first) { first.focus(); event.preventDefault(); }
  });
}

function start() {
  const select = byId('by');
  select.append(...[...items.values()].map((own) => make('option', { value: own.id }, own.title)));
  select.addEventListener('change', () => chooseItem(select.value));
  document.querySelectorAll('main table').forEach(enhanceTable);
  enhanceMap();
  enhanceSearch();
  const asked = new URLSearchParams(location.hash.slice(1));
  if (items.has(asked.get('by'))) chosen.by = asked.get('by');
  for (const id of ['explore', 'explore-link']) byId(id).hidden = false;
  chooseItem(chosen.by);
  if (regions.has(asked.get('county'))) choose(asked.get('county'), false);
  else showAccount();
}

start();
