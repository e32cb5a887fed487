const {runs, verdicts, texts} = data;
const groups = new Map(Object.entries(data.groups));
const several = runs.length > 1;
const signs = {PASS: '✓', FAIL: '✗', XFAIL: '~', XPASS: '‼', ERROR: '!', NOT_TESTABLE: '?', NOT_APPLICABLE: '–', INFO: 'i'};
const meanings = {
  PASS: 'the rule was kept', FAIL: 'it was broken, or the call that is judged never came back', XFAIL: 'it fails, and the expectation file says why',
  XPASS: 'it passes although the file expects it to fail: the file is out of date', ERROR: 'the target crashed or hung; nothing excuses that',
  NOT_TESTABLE: 'the recipe could not come to its last call, or the trace does not prove the state; red for a must',
  NOT_APPLICABLE: 'the target refuses the interface that the rule is about', INFO: 'an ambiguous rule: what the target does',
};
const words = (verdict) => verdict.replace('_', ' ');
const wordsOf = (cell) => words(cell.verdict) + (cell.notScored ? ', not scored' : '');
const classOf = (cell) => `v-${cell.verdict}${cell.red ? ' red' : ''}${cell.notScored ? ' not-scored' : ''}`;

// ---- The data, by name: page.cc writes it as lists, and each text once ----

const cellTexts = ['recipe', 'subject', 'expected', 'state', 'cause', 'reason', 'advice', 'source', 'trace', 'notScored'];
function cellOf(list) {
  if (!list) return null;
  const cell = {verdict: verdicts[list[0]], red: list[1] === 1, list};
  cellTexts.forEach((name, i) => { cell[name] = texts[list[2 + i]]; });
  return cell;
}
function callsOf(cell) {
  const list = cell.list[2 + cellTexts.length], calls = [];
  for (let i = 0; i < list.length; i += 4) calls.push({call: texts[list[i]], answer: texts[list[i + 1]], state: texts[list[i + 2]], judged: list[i + 3] === 1});
  return calls;
}
const rows = data.rows.map(([name, rule, level, ...cells]) => {
  const row = {name, rule, level, group: name.split('-')[0], cells: cells.map(cellOf)};
  row.any = row.cells.find((cell) => cell);
  row.red = row.cells.some((cell) => cell && cell.red);
  row.differs = row.cells.some((cell) => (cell && cell.verdict) !== (row.cells[0] && row.cells[0].verdict));
  return row;
});
const runName = (i) => (several ? runs[i].letter : runs[i].target);

// ---- The summary ----

function verdictMark(verdict) { return element('span', {class: 'mark', 'aria-hidden': 'true'}, signs[verdict]); }

function runCard(run, i) {
  const all = rows.map((row) => row.cells[i]).filter((cell) => cell), cells = all.filter((cell) => !cell.notScored);
  const of = (verdict) => cells.filter((cell) => cell.verdict === verdict).length;
  const red = cells.filter((cell) => cell.red).length + run.stale.length;
  const rate = run.mustsRun ? (100 * run.mustsKept / run.mustsRun).toFixed(1) + ' %' : '–';
  const card = element('section', {class: 'run'});
  if (several) card.append(element('h2', {}, element('span', {class: 'letter'}, run.letter), run.target));
  const when = run.started ? run.started.replace('T', ' ').replace(/\.\d+Z$/, ' UTC') : '';
  card.append(element('p', {class: 'where'}, [run.folder, when, run.seconds ? `${run.seconds.toFixed(1)} s` : '', run.platform, run.revision ? `requirements of ${run.revision}` : ''].filter((part) => part).join(' · ')));
  card.append(element('p', {class: 'rate'}, element('b', {}, rate), `${run.mustsKept} of ${run.mustsRun} executed MUSTs kept`,
    red ? element('b', {class: 'v-FAIL'}, `${red} red`) : element('span', {class: 'v-PASS'}, 'nothing is red')));
  const bar = element('div', {class: 'bar', 'aria-hidden': 'true'}), counts = element('ul', {class: 'counts', 'aria-label': 'recipes by verdict'});
  for (const verdict of ['FAIL', 'ERROR', 'XPASS', 'XFAIL', 'NOT_TESTABLE', 'NOT_APPLICABLE', 'INFO', 'PASS']) {
    if (!of(verdict)) continue;
    const part = element('i', {class: `v-${verdict}`});
    part.style.flexGrow = of(verdict);
    bar.append(part);
    counts.append(element('li', {class: `v-${verdict}`}, verdictMark(verdict), `${of(verdict)} ${words(verdict)}`));
  }
  card.append(bar, counts);
  if (all.length !== cells.length) card.append(element('p', {class: 'where'}, `${all.length - cells.length} recipes are not scored by the requirements of ${run.revision}`));
  if (run.ran !== run.recipes) card.append(element('p', {class: 'where'}, `${run.ran} of ${run.recipes} chosen recipes ran`));
  return card;
}

function summarize() {
  const title = several ? `${runs.length} runs side by side` : runs[0].target;
  document.title = `${title} · shadowtape conform`;
  byId('title').textContent = title;
  byId('made').textContent = [...new Set(runs.map((run) => run.tool))].join(', ');
  const differing = rows.filter((row) => row.differs).length;
  const notJudged = [...new Set(runs.map((run) => run.notJudged))].join(' or ');
  byId('lead').textContent = (several ? `${differing} of ${rows.length} recipes ${differing === 1 ? 'differs in its verdict' : 'differ in their verdicts'}. ` : `${rows.length} recipes of the catalogue's rules ran. `) +
    `${notJudged} rules are not judged by calls.`;
  byId('runs').classList.toggle('single', !several);
  byId('runs').append(...runs.map(runCard));
  for (const [i, run] of runs.entries()) for (const line of run.stale) byId('stale').append(element('li', {}, `${several ? runName(i) + ': ' : ''}STALE ${line}`));
  byId('stale').hidden = !byId('stale').childElementCount;
  for (const verdict of verdicts) byId('legend').append(element('dt', {class: `v-${verdict}`}, verdictMark(verdict), words(verdict)), element('dd', {}, meanings[verdict]));
}

// ---- The matrix ----

function cellOfMatrix(row, i) {
  const cell = row.cells[i];
  if (!cell) return element('td', {}, element('span', {class: 'not-run'}, 'not run'));
  const button = element('button', {type: 'button', class: `cell ${classOf(cell)}`, 'aria-expanded': 'false', tabindex: '-1',
    'aria-label': `${wordsOf(cell)}: ${row.name}${several ? ', run ' + runName(i) : ''}`}, verdictMark(cell.verdict), wordsOf(cell));
  button.row = row;
  button.run = i;
  return element('td', {}, button);
}

function rowOfMatrix(row) {
  row.head = element('th', {scope: 'row'}, element('div', {}, element('a', {class: 'id', href: `#${row.name}`}, row.name), element('span', {class: 'level'}, row.level),
    element('span', {class: 'situation', title: row.any.recipe}, row.any.recipe), element('span', {class: 'expected', title: row.any.expected}, row.any.expected)));
  row.line = element('tr', {class: 'row', id: row.name}, row.head, ...runs.map((run, i) => cellOfMatrix(row, i)));
  row.buttons = [...row.line.querySelectorAll('.cell')];
  return row.line;
}

const bodies = [];
function buildMatrix() {
  const head = byId('head'), table = head.closest('table');
  head.append(element('th', {scope: 'col'}, 'Recipe'));
  byId('matrix').classList.toggle('roomy', runs.length <= 3);
  if (runs.length > 6) {  // wider than a screen
    byId('matrix').classList.add('scrolls');
    table.style.minWidth = `${24 + 9.75 * runs.length}rem`;
  }
  const ending = (target) => target.split(/(?<=[\\/])/).slice(-2).join('');
  for (const run of runs) head.append(element('th', {scope: 'col', class: 'target', title: `${run.folder} ${run.target}`.trim()}, several ? run.letter : 'Verdict',
    ...(several ? [element('span', {class: 'name'}, ending(run.target))] : [])));
  for (const row of rows) {
    if (!bodies.length || bodies[bodies.length - 1].group !== row.group) {
      const of = element('span', {class: 'of'});
      const body = element('tbody', {}, element('tr', {class: 'group'}, element('th', {colspan: runs.length + 1, scope: 'rowgroup'}, `${row.group} ${groups.get(row.group) || ''} `, of)));
      bodies.push({group: row.group, body, of, rows: []});
      byId('group').append(element('option', {value: row.group}, `${row.group} ${groups.get(row.group) || ''}`));
    }
    const last = bodies[bodies.length - 1];
    last.rows.push(row);
    last.body.append(rowOfMatrix(row));
  }
  table.append(...bodies.map((one) => one.body));
}

// ---- The evidence ----

// A line may end after :: and ( too.
function breakable(call) { return call.split(/(?<=::|\()/).flatMap((part, i) => (i ? [element('wbr'), part] : [part])); }

function callItems(calls) {
  return calls.map((one) => {
    const [result, ...outputs] = one.answer.split('  ');
    return element('li', {class: one.judged ? 'judged' : undefined}, one.state ? element('span', {class: 'state'}, one.state) : '', ...breakable(one.call),
      element('span', {class: 'answer'}, ' → ', element('b', {}, result), outputs.length ? ' ' + outputs.join('  ') : ''), one.judged ? element('span', {class: 'tag'}, ' ◂ judged') : '');
  });
}

function panelOf(row, i, button) {
  const cell = row.cells[i], list = element('dl');
  const say = (term, text, how = {}) => { if (text) list.append(element('dt', {}, term), element('dd', how, text)); };
  say('expected', cell.expected, {class: 'mono'});
  say(cell.verdict === 'NOT_TESTABLE' || cell.verdict === 'NOT_APPLICABLE' ? 'because' : 'seen', cell.cause || (cell.verdict === 'PASS' || cell.verdict === 'XPASS' ? 'as expected' : ''), {class: cell.cause ? 'mono' : ''});
  say('not scored', cell.notScored);
  say('state', cell.state);
  say('known', cell.reason);
  say('advice', cell.advice);
  say('recipe', cell.recipe, {class: 'mono'});
  say('source', cell.source);
  const folder = runs[i].folder ? runs[i].folder.replace(/[\\/]+$/, '') + '/' : '';
  say('evidence', cell.trace && `shadowtape show --state ${folder}${cell.trace}`, {class: 'mono'});
  const calls = callsOf(cell);
  if (calls.length) list.append(element('dt', {}, 'calls'), element('dd', {}, element('ol', {class: 'calls'}, ...callItems(calls))));
  else say('calls', 'the trace has none that can be read');
  const close = element('button', {type: 'button'}, 'Close');
  close.addEventListener('click', () => { toggle(button); button.focus(); });
  return element('section', {class: 'panel', 'aria-label': `Evidence of ${row.name}${several ? ', run ' + runName(i) : ''}`},
    element('h3', {}, element('span', {class: classOf(cell)}, verdictMark(cell.verdict), wordsOf(cell)),
      element('span', {}, `${row.name}${several ? ` · ${runName(i)} ${runs[i].target}` : ` · ${row.level}`}`), close), list);
}

// Opens or closes the evidence of a cell; those of one row stand side by side.
function toggle(button) {
  const {row, run} = button, open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  row.panels = row.panels || [];
  if (open) row.panels[run] = panelOf(row, run, button);
  else delete row.panels[run];
  const shown = row.panels.filter((panel) => panel);
  if (!shown.length) {
    if (row.evidence) row.evidence.remove();
  } else {
    if (!row.evidence) row.evidence = element('tr', {class: 'evidence'}, element('td', {colspan: runs.length + 1}, element('div', {class: 'panels'})));
    row.evidence.firstChild.firstChild.replaceChildren(...shown);
    row.line.after(row.evidence);
  }
  row.line.classList.toggle('open', shown.length > 0);
}

// ---- The filters ----

const chosen = new Set();
const kinds = [['red', 'red', (row) => row.red], ...(several ? [['differs', 'differs', (row) => row.differs]] : []),
  ...verdicts.map((verdict) => [verdict, words(verdict), (row) => row.cells.some((cell) => cell && cell.verdict === verdict && !cell.notScored)]),
  ['not-scored', 'not scored', (row) => row.cells.some((cell) => cell && cell.notScored)]];

function hay(row) {
  if (!row.hay) row.hay = [row.name, ...row.cells.flatMap((cell) => (cell ? cellTexts.map((name) => cell[name]) : []))].join('\n').toLowerCase();
  return row.hay;
}

function filter() {
  const sought = byId('text').value.trim().toLowerCase().split(/\s+/).filter((word) => word), group = byId('group').value, level = byId('level').value;
  const tests = kinds.filter(([name]) => chosen.has(name)).map(([, , test]) => test);
  let shown = 0;
  for (const one of bodies) {
    let here = 0;
    for (const row of one.rows) {
      const fits = (!group || row.group === group) && (!level || row.level === level) && (!tests.length || tests.some((test) => test(row))) && sought.every((word) => hay(row).includes(word));
      row.line.hidden = !fits;
      if (row.evidence) row.evidence.hidden = !fits;
      here += fits;
    }
    one.body.hidden = !here;
    one.of.textContent = here === one.rows.length ? `${here}` : `${here} of ${one.rows.length}`;
    shown += here;
  }
  byId('shown').textContent = shown === rows.length ? `${shown} recipes` : `${shown} of ${rows.length} recipes`;
  byId('none').hidden = shown > 0;
  for (const button of byId('verdicts').querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.value ? chosen.has(button.value) : !chosen.size));
  keepOneTabStop();
}

function buildFilters() {
  const add = (value, label, count) => byId('verdicts').append(element('button', {type: 'button', value, class: value ? `v-${value}` : undefined},
    ...(signs[value] ? [verdictMark(value)] : []), `${label} ${count}`));
  add('', 'all', rows.length);
  for (const [name, label, test] of kinds) {
    const count = rows.filter(test).length;
    if (count) add(name, label, count);
  }
  byId('verdicts').addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    if (!button.value) chosen.clear();
    else if (!chosen.delete(button.value)) chosen.add(button.value);
    filter();
  });
  byId('filters').addEventListener('submit', (event) => event.preventDefault());
  for (const id of ['text', 'group', 'level']) byId(id).addEventListener('input', filter);
  byId('reset').addEventListener('click', showAll);
  const measure = () => {
    const style = document.documentElement.style;
    style.setProperty('--filters', `${byId('filters').offsetHeight}px`);
    style.setProperty('--head', `${byId('head').offsetHeight}px`);
  };
  new ResizeObserver(measure).observe(byId('filters'));
}

function showAll() {
  chosen.clear();
  for (const id of ['text', 'group', 'level']) byId(id).value = '';
  filter();
}

// ---- The keyboard: the matrix is one stop of Tab; in it the arrows move ----

let stop = null;
function keepOneTabStop(button) {
  const next = button || (stop && !stop.row.line.hidden ? stop : rows.filter((row) => !row.line.hidden && row.buttons.length).map((row) => row.buttons[0])[0]);
  if (stop) stop.tabIndex = -1;
  stop = next || null;
  if (stop) stop.tabIndex = 0;
}

function goTo(button) {
  if (!button) return;
  keepOneTabStop(button);
  button.focus({preventScroll: true});
  button.row.line.scrollIntoView({block: 'nearest'});
}

function inColumn(list, run) {
  for (const row of list) {
    const button = !row.line.hidden && row.buttons.find((one) => one.run === run);
    if (button) return button;
  }
  return null;
}

function onKey(event) {
  const button = event.target.closest('.cell');
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === '/' && !event.target.closest('input, select')) {
    byId('text').focus();
    event.preventDefault();
    return;
  }
  if (event.key === 'Escape') {
    const panels = event.target.closest('.evidence'), row = button ? button.row : panels && rows.find((one) => one.evidence === panels);
    if (!row) return;
    const open = row.buttons.filter((one) => one.getAttribute('aria-expanded') === 'true');
    open.forEach(toggle);
    if (!button) goTo(open[0]);
    return;
  }
  if (!button) return;
  const {row, run} = button, at = rows.indexOf(row), beside = row.buttons.indexOf(button);
  const moves = {
    ArrowDown: () => inColumn(rows.slice(at + 1), run), ArrowUp: () => inColumn(rows.slice(0, at).reverse(), run), ArrowRight: () => row.buttons[beside + 1],
    ArrowLeft: () => row.buttons[beside - 1], Home: () => inColumn(rows, run), End: () => inColumn([...rows].reverse(), run),
  };
  if (!moves[event.key]) return;
  event.preventDefault();
  goTo(moves[event.key]());
}

// #WS-049.2 opens that recipe.
function openHash() {
  const hash = location.hash.slice(1), row = rows.find((one) => one.name === hash || encodeURIComponent(one.name) === hash);
  if (!row) return;
  if (row.line.hidden) showAll();
  for (const button of row.buttons) if (button.getAttribute('aria-expanded') !== 'true') toggle(button);
  row.line.scrollIntoView({block: 'start'});
  if (row.buttons.length) keepOneTabStop(row.buttons[0]);
}

summarize();
buildMatrix();
buildFilters();
filter();
document.addEventListener('keydown', onKey);
byId('matrix').addEventListener('click', (event) => {
  const button = event.target.closest('.cell');
  if (!button) return;
  keepOneTabStop(button);
  toggle(button);
});
window.addEventListener('hashchange', openHash);
openHash();
