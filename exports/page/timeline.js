const {texts, meanings} = data;
const pairs = (list) => { const out = []; for (let i = 0; i < list.length; i += 2) out.push([texts[list[i]], texts[list[i + 1]]]); return out; };
const findings = data.findings;
const findingsOf = new Map();  // by call
for (const finding of findings) for (const number of finding.calls) findingsOf.set(number, [...(findingsOf.get(number) || []), finding]);

// ---- The data, by name: html.cc writes it as lists, and each text once ----

const calls = data.calls.map(([number, thread, depth, start, end, object, method, result, red, session, after, inputs, outputs]) =>
  ({kind: 'call', number, thread, row: depth, start, end, object, method: texts[method], result: texts[result], failed: red === 1, lost: red === 2, session, after: texts[after], inputs, outputs}));
calls.sort((a, b) => a.number - b.number);
const callOf = new Map(calls.map((call) => [call.number, call]));
const operations = data.operations.map(([object, session, start, end, starter, outcome, startedBy, endedBy]) =>
  ({kind: 'operation', object, session, start, end, starter: texts[starter], outcome: texts[outcome], startedBy, endedBy}));
const writers = new Map(Object.entries(data.writers).map(([number, [name, instanceId, classId]]) =>
  [Number(number), {number: Number(number), name, shown: name === null ? '(no name)' : name === '' ? '(empty name)' : name, instanceId: texts[instanceId], classId: texts[classId]}]));
const states = data.states.map(([writer, start, end, letter, state, failure, call, after, answers]) =>
  ({kind: 'state', writer: writers.get(writer), start, end, row: 0, letter, state: texts[state], failure: texts[failure], call, after: texts[after], answers}));
const isBad = (item) => (item.kind === 'state' ? item.letter === 'F' || item.letter === 'E' : item.kind === 'operation' ? item.outcome.startsWith('failed') : item.failed || item.lost);
const total = Math.max(data.end, 1);

// ---- Words ----

function duration(ns) {
  if (ns >= 100e9) return `${(ns / 1e9).toFixed(0)} s`;
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(1)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(ns >= 100e6 ? 0 : 1)} ms`;
  if (ns >= 1e3) return `${(ns / 1e3).toFixed(1)} µs`;
  return `${ns} ns`;
}
const took = (item) => (data.timed ? duration(item.end - item.start) : '');
// A moment, as exact as `step` (nanoseconds) asks for.
function moment(ns, step = total >= 1e9 ? 1e6 : total >= 1e6 ? 1e3 : 1) {
  if (!data.timed) return `note ${Math.round(ns / 1000)}`;
  const [unit, name] = total < 1e6 ? [3, 'µs'] : total < 1e9 ? [6, 'ms'] : [9, 's'], digits = Math.min(Math.max(unit - Math.floor(Math.log10(step)), 0), unit), count = ns / 10 ** unit;
  if (total < 600e9) return `${count.toFixed(digits)} ${name}`;
  const tens = (n, width) => String(n).padStart(width, '0');
  return `${Math.floor(count / 3600)}:${tens(Math.floor(count / 60) % 60, 2)}:${tens((Math.floor(count % 60 * 10 ** digits) / 10 ** digits).toFixed(digits), digits ? digits + 3 : 2)}`;
}
function timeOfDay(ns) {
  if (!data.start) return '';
  const micros = Number(data.start.slice(20, 26)) + Math.floor(ns / 1000), whole = new Date(Date.parse(data.start.slice(0, 19) + 'Z') + Math.floor(micros / 1e6) * 1000);
  return `${whole.toISOString().slice(0, 19).replace('T', ' ')}.${String(micros % 1e6).padStart(6, '0')} UTC`;
}
const stateWords = (state) => state.replace(/^VSS_WS_/, '').toLowerCase().replaceAll('_', ' ');
const shortMethod = (method) => method.split('::').pop();
const stateText = (item) => `${item.letter === 'S' ? '' : item.letter + ' '}${item.letter === 'S' ? 'S ' : ''}${stateWords(item.state)}${['S_OK', 'not told'].includes(item.failure) ? '' : ' · ' + item.failure}`;
const callText = (call) => `${call.object ? '#' + call.object + ' ' : ''}${call.method}(${pairs(call.inputs).map(([name, value]) => `${name}=${value}`).join(', ')})`;
const outputText = (call) => pairs(call.outputs).map(([name, value]) => `${name}=${value}`).join(' ');
function label(item) {
  if (item.kind === 'state') return stateText(item);
  const time = took(item) ? ' ' + took(item) : '';
  if (item.kind === 'operation') return `#${item.object} ${shortMethod(item.starter)}${time}${['finished', 'ended'].includes(item.outcome) ? '' : ' · ' + item.outcome}`;
  return `${item.lost ? '… ' : item.failed ? '✗ ' : ''}${findingsOf.has(item.number) ? '◆ ' : ''}${shortMethod(item.method)}${time}${item.lost ? ' never came back' : item.failed ? ' ' + item.result : ''}`;
}
const plural = (n, one, many = one + 's') => `${n} ${n === 1 ? one : many}`;

// ---- Lanes ----

// Slices that overlap go into rows below each other; `most` of them, and what does not fit into one is told.
function intoRows(items, most) {
  const ends = [];
  let left = 0;
  for (const item of items) {
    let row = ends.findIndex((end) => end <= item.start);
    if (row < 0) row = ends.length;
    if (row >= most) { item.row = -1; left += 1; continue; }
    item.row = row;
    ends[row] = item.end;
  }
  return left;
}

const lanes = [];
function addLane(group, name, title, items, bad) {
  const rows = [];
  for (const item of items) if (item.row >= 0) (rows[item.row] = rows[item.row] || []).push(item);
  for (let i = 0; i < rows.length; ++i) (rows[i] = rows[i] || []).sort((a, b) => a.start - b.start || a.end - b.end);
  lanes.push({group, name, title, rows, bad});
  for (const row of rows) for (const item of row) { item.lane = lanes.length - 1; item.line = row; }
}
function buildLanes() {
  const byWriter = new Map(), byThread = new Map();
  for (const state of states) {
    if (!byWriter.has(state.writer)) byWriter.set(state.writer, []);
    byWriter.get(state.writer).push(state);
  }
  const list = [...byWriter].map(([writer, items]) => ({writer, items, first: items.reduce((first, item) => (isBad(item) ? Math.min(first, item.start) : first), Infinity)}));
  list.sort((a, b) => (a.first === b.first ? a.writer.number - b.writer.number : a.first - b.first));
  operations.sort((a, b) => a.start - b.start);
  const left = intoRows(operations, 8);
  if (left) data.notices.push(`${plural(left, 'asynchronous operation')} of those that overlap more than 7 others ${left === 1 ? 'is' : 'are'} not drawn.`);
  if (operations.length) addLane('asynchronous operations', 'IVssAsync', 'from the call that began one until an answer told that it had ended', operations, '');
  const most = 300;
  for (const {writer, items, first} of list.slice(0, most)) addLane('writers, as they answered', writer.shown, `instance ${writer.instanceId}, class ${writer.classId}`, items, first === Infinity ? '' : items.some((item) => item.letter === 'F') ? 'bad' : 'warn');
  if (list.length > most) data.notices.push(`Of ${list.length} writers the first ${most} have a lane, those with failures before others; search finds the answers of all.`);
  for (const call of calls) {
    if (!byThread.has(call.thread)) byThread.set(call.thread, []);
    byThread.get(call.thread).push(call);
    call.row = Math.min(call.row, 7);
  }
  for (const [thread, items] of [...byThread].sort((a, b) => a[0] - b[0]).slice(0, most)) addLane('calls', `thread ${thread}`, plural(items.length, 'call'), items, '');
  if (byThread.size > most) data.notices.push(`Of ${byThread.size} threads the first ${most} have a lane; search finds the calls of all.`);
}

let tracks = [];
function buildTracks() {
  let group = '';
  for (const lane of lanes) {
    if (lane.group !== group) byId('lanes').append(element('div', {class: 'group'}, group = lane.group));
    lane.track = element('div', {class: 'track'});
    lane.track.style.height = `${1.7 * lane.rows.length}rem`;
    lane.track.lane = lane;
    byId('lanes').append(element('div', {class: `lane ${lane.bad}`}, element('span', {title: `${lane.name}: ${lane.title}`}, {bad: '✗ ', warn: '! ', '': ''}[lane.bad] + lane.name), lane.track));
  }
  tracks = lanes.map((lane) => lane.track);
}

// ---- The window: what is drawn ----

let from = 0, to = total, chosen = null, found = new Set(), searching = false;
const px = (time, width) => (time - from) / (to - from) * width;

function look(newFrom, newTo) {
  const span = Math.min(Math.max(newTo - newFrom, 20), total * 1.02), middle = (newFrom + newTo) / 2;
  from = Math.max(Math.min(middle - span / 2, total * 1.01 - span), -total * 0.01);
  to = from + span;
  draw();
}
const zoom = (factor, at = (from + to) / 2) => look(at - (at - from) * factor, at + (to - at) * factor);
const move = (part) => look(from + part * (to - from), to + part * (to - from));
const showAll = () => look(0, total);
// Brings an item into sight: as it is if it can be seen, else around it.
function bring(item, closely = false) {
  const length = item.end - item.start, width = tracks.length ? tracks[0].clientWidth : 1, wide = length / (to - from) * width;
  if (!closely && item.start >= from && item.start <= to && wide >= 4) return;
  const span = Math.max(length * 1.6, Math.min(to - from, Math.max(length * 40, 1000)));
  look((item.start + Math.min(item.end, item.start + span)) / 2 - span / 2, (item.start + Math.min(item.end, item.start + span)) / 2 + span / 2);
}

// The first item of a row that ends behind `time`: items of a row do not overlap.
function firstBehind(row, time) {
  let low = 0, high = row.length;
  while (low < high) { const middle = (low + high) >> 1; if (row[middle].end < time) low = middle + 1; else high = middle; }
  return low;
}

function sliceFor(block, width, rowAt) {
  const {item} = block, one = block.count === 1;
  const right = Math.min(px(block.end, width), width + 2), wide = Math.max(right - Math.max(px(block.start, width), -2), isBad(item) ? 12 : 2);  // what is bad is seen, however short
  const left = Math.min(Math.max(px(block.start, width), -2), width - wide + 2);
  const made = element('button', {type: 'button', tabindex: item === chosen ? '0' : '-1', 'aria-label': one ? label(item) : `${block.count} slices, press to come closer`});
  made.className = `slice ${item.kind === 'state' ? 's-' + item.letter : item.kind[0]}${item.kind !== 'state' && isBad(item) ? (item.lost ? ' lost' : ' bad') : ''}${block.judged ? ' judged' : ''}` +
    `${block.chosen ? ' chosen' : ''}${block.found ? ' found' : ''}${wide < 14 ? ' thin' : ''}`;
  made.style.left = `${left}px`;
  made.style.width = `${wide}px`;
  made.style.top = `${rowAt * 1.7 + 0.15}rem`;
  if (wide >= 9) made.textContent = one ? label(item) : `${!isBad(item) ? '' : item.kind === 'state' ? item.letter + ' ' : item.lost ? '… ' : '✗ '}×${block.count}`;
  if (one && wide >= 9 && wide < 30) made.textContent = item.kind === 'state' ? item.letter : item.lost ? '…' : item.failed ? '✗' : '';
  made.title = one ? label(item) : plural(block.count, 'slice');
  made.block = block;
  return made;
}

// What is narrower than two pixels is drawn together with its neighbours; of them the worst gives the colour.
function drawLane(lane, width) {
  const drawn = [];
  lane.rows.forEach((row, rowAt) => {
    let block = null;
    const flush = () => { if (block) drawn.push(sliceFor(block, width, rowAt)); block = null; };
    const perPixel = (to - from) / width;
    for (let i = firstBehind(row, from); i < row.length && row[i].start <= to; ++i) {
      const item = row[i], thin = (item.end - item.start) / perPixel < 3;
      if (block && block.thin && thin && (item.start - block.end) / perPixel < 2) {
        block.end = Math.max(block.end, item.end);
        block.count += 1;
        if (isBad(item) && !isBad(block.item)) block.item = item;
      } else {
        flush();
        block = {item, thin, start: item.start, end: item.end, count: 1, judged: false, found: false, chosen: false};
      }
      block.judged = block.judged || (item.kind === 'call' && findingsOf.has(item.number));
      block.found = block.found || found.has(item);
      block.chosen = block.chosen || item === chosen;
    }
    flush();
  });
  lane.track.replaceChildren(...drawn);
}

function drawAxis(width) {
  const span = to - from, rough = span / Math.max(width / 110, 1);
  let step = 10 ** Math.floor(Math.log10(rough));
  step *= [1, 2, 5, 10].find((times) => step * times >= rough);
  if (!data.timed) step = Math.max(step, 1000);
  const marks = [];
  for (let time = Math.ceil(Math.max(from, 0) / step) * step; time <= to && marks.length < 100; time += step) {
    const mark = element('span', {}, moment(time, step));
    mark.style.left = `${px(time, width)}px`;
    marks.push(mark);
  }
  byId('axis').replaceChildren(...marks);
  byId('grid').replaceChildren(...marks.map((mark) => { const line = element('i'); line.style.left = mark.style.left; return line; }));
}

let waiting = false;
function draw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; drawNow(); });
}
let drawnWidth = 0;
function drawNow() {
  const width = drawnWidth = byId('axis').clientWidth, focused = document.activeElement && document.activeElement.closest('.slice');
  for (const lane of lanes) drawLane(lane, width);
  drawAxis(width);
  byId('view').style.left = `${Math.max(from, 0) / total * 100}%`;
  byId('view').style.width = `${Math.min(to - from, total) / total * 100}%`;
  byId('window').textContent = data.timed ? `${duration(Math.min(to - from, total))} of ${duration(total)}` : '';
  byId('lanes').classList.toggle('searching', searching);
  if (focused || wantsFocus) focusChosen();
  if (!byId('lanes').querySelector('.slice[tabindex="0"]')) { const first = byId('lanes').querySelector('.slice'); if (first) first.tabIndex = 0; }
}
let wantsFocus = false;
function focusChosen() {
  wantsFocus = false;
  const slice = byId('lanes').querySelector('.slice.chosen');
  if (slice) slice.focus({preventScroll: true});
}

function buildOverview() {
  const columns = 240, marks = Array.from({length: columns}, () => ({busy: 0, bad: 0, warn: 0}));
  const put = (item, how) => {
    const first = Math.max(0, Math.min(columns - 1, Math.floor(item.start / total * columns))), last = Math.max(first, Math.min(columns - 1, Math.ceil(item.end / total * columns) - 1));
    for (let i = first; i <= last; ++i) marks[i][how] += 1;
  };
  for (const item of calls) put(item, isBad(item) ? 'bad' : 'busy');
  for (const item of states) if (isBad(item)) put(item, item.letter === 'F' ? 'bad' : 'warn');
  marks.forEach((mark, i) => {
    if (!mark.busy && !mark.bad && !mark.warn) return;
    const made = element('i', {class: mark.bad ? 'bad' : mark.warn ? 'warn' : undefined});
    made.style.left = `${i / columns * 100}%`;
    made.style.width = `${100 / columns}%`;
    made.style.height = mark.bad || mark.warn ? '100%' : `${Math.min(100, 25 + 20 * Math.log2(1 + mark.busy))}%`;
    byId('marks').append(made);
  });
}

// ---- Details ----

const jump = (number) => {
  const made = element('button', {type: 'button', class: 'jump'}, `call ${number}`);
  if (callOf.has(number)) made.addEventListener('click', () => choose(callOf.get(number), true));
  else { made.disabled = true; made.title = 'this page leaves it out'; }
  return made;
};
function listOf(rows) {
  const list = element('dl');
  for (const [term, value, look] of rows) {
    if (value === '' || value === undefined) continue;
    const text = typeof value === 'string';
    list.append(element('dt', {}, term), element('dd', {class: [look, text && value.length > 400 ? 'long' : ''].filter((part) => part).join(' ') || undefined}, ...(Array.isArray(value) ? value : [value])));
  }
  return list;
}
const withMeaning = (code) => code + (meanings[code] ? `: ${meanings[code]}` : '');
const when = (item) => [['began', `${moment(item.start, 1)}${data.start ? ' · ' + timeOfDay(item.start) : ''}`], ['took', data.timed ? `${duration(item.end - item.start)} (${(item.end - item.start).toLocaleString('en')} ns)` : '']];

function detailsOf(item) {
  if (item.kind === 'call') {
    const about = listOf([['object', item.object ? `#${item.object}${item.session && item.session !== item.object ? ` of session #${item.session}` : ''}` : 'none: an exported function'], ['thread', String(item.thread)],
      ...(item.lost ? [['began', `${moment(item.start, 1)} · ${timeOfDay(item.start)}`], ['took', 'never came back', 'red']] : when(item)),
      ['result', withMeaning(item.result), item.failed || item.lost ? 'red' : ''], ['after', item.after && `the session's last writer event: ${item.after}`]]);
    const made = [about], told = findingsOf.get(item.number) || [];
    for (const [title, values] of [['in', pairs(item.inputs)], ['out', pairs(item.outputs)]])
      if (values.length) made.push(element('h4', {}, title), listOf(values.map(([name, value]) => [name, value, 'mono'])));
    if (told.length) made.push(element('h4', {}, 'findings'), listOf(told.map((finding) => [finding.rule, `expected ${finding.expected}; seen ${finding.seen}`, 'mono'])));
    return [`call ${item.number} · ${item.method}`, made];
  }
  if (item.kind === 'operation')
    return [`#${item.object} · ${item.starter}`, [listOf([['outcome', item.outcome, isBad(item) ? 'red' : ''], ...when(item), ['session', item.session ? `#${item.session}` : 'not known'], ['begun by', [jump(item.startedBy)]],
      ['ended by', item.endedBy ? [jump(item.endedBy)] : 'nothing in the trace tells that it ended']])]];
  return [item.writer.shown, [listOf([['state', withMeaning(item.state), item.letter === 'F' ? 'red' : ''], ['failure', withMeaning(item.failure), isBad(item) ? 'red' : ''],
    ['after', item.after ? `the session's last writer event: ${item.after}` : ''],
    ['told at', `${moment(item.start, 1)}${data.start ? ' · ' + timeOfDay(item.start) : ''}`], ['until', item.end >= total ? 'the end of the trace: nobody asked again' : `${moment(item.end, 1)}, the next answer that says otherwise`],
    ['answers', item.answers > 1 ? `${item.answers} that say the same` : ''], ['told by', [jump(item.call)]], ['instance id', item.writer.instanceId, 'mono'], ['class id', item.writer.classId, 'mono']])]];
}

function choose(item, closely = false, focus = false) {
  chosen = item;
  const [title, content] = detailsOf(item), close = element('button', {type: 'button'}, 'Close');
  close.addEventListener('click', unchoose);
  byId('details').replaceChildren(element('h3', {}, title, close), ...content);
  byId('details').classList.add('open');
  byId('details').scrollTop = 0;
  wantsFocus = focus;
  bring(item, closely);
  draw();
  byId('details').scrollIntoView({block: 'nearest'});
  if (item.lane !== undefined) lanes[item.lane].track.parentElement.scrollIntoView({block: 'nearest'});
}
function unchoose() {
  const slice = byId('lanes').querySelector('.slice.chosen');
  chosen = null;
  byId('details').replaceChildren(element('p', {class: 'hint'}, 'Nothing is chosen.'));
  byId('details').classList.remove('open');
  if (slice) slice.focus({preventScroll: true});
  draw();
}

// ---- What stands out ----

function outstanding() {
  const add = (look, time, title, words, item) => {
    const inside = [element('b', {}, time), element('span', {}, title, element('span', {class: 'soft'}, words))];
    const made = item ? element('button', {type: 'button', class: look}, ...inside) : element('p', {class: look}, ...inside);
    if (item) made.addEventListener('click', () => choose(item, item.kind !== 'state'));
    byId('outstanding').append(element('li', {}, made));
  };
  const bad = lanes.filter((lane) => lane.bad && lane.rows[0][0].kind === 'state').map((lane) => lane.rows[0].find(isBad));
  for (const item of bad.slice(0, 6)) {
    const later = item.line.slice(item.line.indexOf(item) + 1).find((next) => !isBad(next));
    add(item.letter === 'F' ? 'bad' : 'warn', data.timed ? moment(item.start, 1e8) : 'failed', `${item.letter === 'F' ? '✗' : '!'} ${item.writer.shown}: ${stateWords(item.state)}`,
      `${item.failure}${item.after ? `, after ${item.after}` : ''}${later ? `; ${stateWords(later.state)} again at ${moment(later.start, 1e8)}` : ''}`, item);
  }
  if (bad.length > 6) add('bad', `+ ${bad.length - 6}`, `more writers failed`, 'their lanes come first, in red');
  const lost = calls.filter((call) => call.lost), failed = calls.filter((call) => call.failed);
  for (const call of lost.slice(0, 2)) add('bad', data.timed ? moment(call.start, 1e8) : 'lost', `… ${shortMethod(call.method)} never came back`, `call ${call.number}, thread ${call.thread}${data.cutOff ? '; the trace is cut off' : ''}`, call);
  if (data.timed) {
    const long = calls.filter((call) => !call.lost && call.end - call.start >= Math.max(total / 50, 1e8)).sort((a, b) => b.end - b.start - (a.end - a.start)).slice(0, 3);
    for (const call of long) {
      const operation = operations.find((one) => one.object === call.object);
      add('long', took(call), `${shortMethod(call.method)}${operation ? ` for ${shortMethod(operation.starter)}` : ''}`, `call ${call.number} at ${moment(call.start, 1e8)}, ${Math.round(100 * (call.end - call.start) / total)} % of the recording`, call);
    }
  }
  for (const call of failed.slice(0, 2)) add('bad', data.timed ? moment(call.start, 1e8) : 'failed', `✗ ${shortMethod(call.method)} → ${call.result}`, `call ${call.number}${failed.length > 1 ? `, the ${failed.indexOf(call) ? 'second' : 'first'} of ${failed.length} that failed` : ''}`, call);
  const broken = findings.filter((finding) => finding.violates);
  if (broken.length) {
    const call = broken.flatMap((finding) => [...finding.calls].reverse()).map((number) => callOf.get(number)).find((one) => one);
    add('warn', `◆ ${broken.length}`, broken.length === 1 ? 'finding of shadowtape check' : 'findings of shadowtape check', [...new Set(broken.map((finding) => finding.rule))].slice(0, 6).join(', '), call);
  }
  if (!byId('outstanding').childElementCount) add('good', '✓', 'Nothing stands out', states.length ? 'no writer failed, no call failed, none is missing, no rule is broken' : 'no call failed, none is missing, no rule is broken; no writer was asked');
}

function head() {
  const name = data.trace.split(/[\\/]/).pop();
  document.title = `${name} · shadowtape timeline`;
  byId('title').textContent = name;
  byId('made').textContent = `by ${data.by.replace('shadowtape ', '')} of ${data.trace}`;
  byId('lead').textContent = [data.start && `${timeOfDay(0).slice(0, 19)} UTC`, data.timed && `${duration(total)}`, plural(data.count, 'call'), plural(writers.size, 'writer'), data.process && `${data.process} (${data.processId})`,
    `${data.origin}${data.target ? ', answered by ' + data.target : ''}`, data.platform, data.cutOff && 'cut off'].filter((part) => part).join(' · ');
  for (const [text, time] of data.remarks) data.notices.push(`${data.timed ? moment(time) + ': ' : ''}${text}`);
  byId('machine').hidden = !data.environment.length;
  byId('machine').append(listOf(data.environment.map(([key, value]) => [key, value.replaceAll('\t', ', '), 'mono'])));
  byId('notices').append(...data.notices.map((notice) => element('li', {}, notice)));
  byId('notices').hidden = !data.notices.length;
  for (const [look, sign, words] of [['s-S', 'S', 'stable'], ['s-W', 'W', 'waiting'], ['s-F', 'F', 'failed'], ['s-E', 'E', 'not failed, with an error'], ['s-U', 'U', 'unknown'], ['c', ' ', 'call'], ['c bad', '✗', 'call failed'],
    ['c lost', '…', 'never came back'], ['c judged', '◆', 'has a finding'], ['o', '#', 'operation'], ['c', '×9', 'too close to tell apart: press it']])
    byId('legend').append(element('div', {}, element('dt', {}, element('span', {class: `slice ${look}`}, sign)), element('dd', {}, words)));
}

function showFindings() {
  byId('judged').textContent = findings.length ? `${plural(findings.length, 'finding')} of shadowtape check` : 'No finding of shadowtape check';
  if (data.note) byId('findings').append(element('p', {class: 'soft'}, data.note));
  for (const finding of findings)
    byId('findings').append(element('article', {class: 'finding'}, element('h3', {}, element('span', {class: finding.violates ? 'amber' : 'soft'}, `◆ ${finding.rule}`), element('span', {class: 'soft'}, finding.violates ? finding.level : `${finding.level}, for information`)),
      listOf([['calls', finding.calls.length ? finding.calls.slice(0, 20).map(jump) : 'none'], ['call', finding.call, 'mono'], ['state', finding.state], ['expected', finding.expected, 'mono'], ['seen', finding.seen, 'mono'], ['advice', finding.advice === '-' ? '' : finding.advice],
        ['not scored', finding.notScored], ['source', finding.source]])));
}

// ---- Find ----

const hay = (item) => {
  if (!item.hay) item.hay = (item.kind === 'call' ? `${item.number} ${callText(item)} ${item.result} ${outputText(item)} ${(findingsOf.get(item.number) || []).map((finding) => finding.rule).join(' ')}`
    : item.kind === 'state' ? `${item.writer.shown} ${item.state} ${item.failure} ${item.writer.instanceId} ${item.writer.classId} ${item.after}` : `#${item.object} ${item.starter} ${item.outcome}`).toLowerCase();
  return item.hay;
};
let order = [], listed = calls, page = 0;
function find() {
  const sought = byId('text').value.trim().toLowerCase().split(/\s+/).filter((word) => word);
  searching = sought.length > 0;
  const fits = (item) => sought.every((word) => hay(item).includes(word));
  order = searching ? [...states, ...operations, ...calls].filter(fits).sort((a, b) => a.start - b.start || a.end - b.end) : [];
  found = new Set(order);
  listed = searching ? calls.filter((call) => found.has(call)) : calls;
  byId('found').textContent = searching ? `${order.length} found` : '';
  page = 0;
  list();
  draw();
}
function walk(step) {
  if (!order.length) return;
  const at = order.indexOf(chosen);
  const next = order[(at < 0 ? (step > 0 ? 0 : order.length - 1) : at + step + order.length) % order.length];
  choose(next);
  byId('found').textContent = `${order.indexOf(next) + 1} of ${order.length} found`;
}

// ---- The list ----

const pageSize = 100;
function list() {
  const shown = listed.slice(page * pageSize, (page + 1) * pageSize);
  byId('rows').replaceChildren(...shown.map((call) => {
    const open = element('button', {type: 'button', class: 'jump'}, String(call.number));
    open.addEventListener('click', () => choose(call, true));
    const output = outputText(call);
    return element('tr', {}, element('td', {}, open), element('td', {}, data.timed ? moment(call.start) : ''), element('td', {}, call.lost ? '' : took(call)), element('td', {}, String(call.thread)),
      element('td', {class: 'what'}, callText(call).slice(0, 300), element('span', {class: 'soft'}, output ? ' → ' + output.slice(0, 300) + (output.length > 300 ? '…' : '') : '')), element('td', {class: call.failed || call.lost ? 'red' : undefined}, call.result));
  }));
  byId('listed').textContent = listed.length ? `${page * pageSize + 1} to ${page * pageSize + shown.length} of ${listed.length}${searching ? ' found' : ''}` : 'none';
  byId('earlier').disabled = page === 0;
  byId('later').disabled = (page + 1) * pageSize >= listed.length;
}
const turn = (step) => { page += step; list(); };

// ---- Pointer and keyboard ----

function press(slice) {
  const {block} = slice;
  if (performance.now() - dragged < 100) return undefined;
  if (block.count === 1) return choose(block.item, false, true);
  const span = Math.max(block.end - block.start, 20);
  look(block.start - span * 0.1, block.end + span * 0.1);
}
let drag = null, dragged = -Infinity;  // when the last one ended: the click behind it is none
function startDrag(event) {
  const track = event.target.closest('.track');
  if (!track || event.button !== 0) return;
  drag = {x: event.clientX, from, to, moved: false, track, pointer: event.pointerId};
}
function goOnDrag(event) {
  if (!drag) return;
  const shift = event.clientX - drag.x;
  if (!drag.moved && Math.abs(shift) < 5) return;
  if (!drag.moved) drag.track.setPointerCapture(drag.pointer);
  drag.moved = true;
  drag.track.classList.add('moving');
  const time = shift / drag.track.clientWidth * (drag.to - drag.from);
  look(drag.from - time, drag.to - time);
}
function endDrag() {
  if (!drag) return;
  drag.track.classList.remove('moving');
  if (drag.moved) dragged = performance.now();
  drag = null;
}
function onWheel(event) {
  const track = event.target.closest('.track');
  if (!track) return;
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
  if (event.ctrlKey) {
    event.preventDefault();
    const at = from + (event.clientX - track.getBoundingClientRect().left) / track.clientWidth * (to - from);
    zoom(Math.exp(event.deltaY / 300), at);
  } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    event.preventDefault();
    move(sideways / track.clientWidth);
  }
}
function jumpOverview(event) {
  const box = byId('overview').getBoundingClientRect(), at = (event.clientX - box.left) / box.width * total;
  look(at - (to - from) / 2, at + (to - from) / 2);
}

// The neighbour of an item in its row; in another lane the one nearest in time.
function neighbour(item, step) {
  if (!item.line) return null;
  return item.line[item.line.indexOf(item) + step] || null;
}
function inLane(item, step) {
  const all = lanes.flatMap((lane) => lane.rows.filter((row) => row && row.length)), at = all.indexOf(item.line) + step;
  const row = all[at];
  if (!row) return null;
  const i = Math.min(firstBehind(row, item.start), row.length - 1);
  return row[i];
}
function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const typing = event.target.closest('input');
  if (event.key === 'Escape' && chosen) return void unchoose();
  if (typing) {
    if (event.key === 'Enter') { event.preventDefault(); walk(event.shiftKey ? -1 : 1); }
    return;
  }
  const simple = {'/': () => byId('text').focus(), '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), 0: showAll, n: () => walk(1), N: () => walk(-1)};
  if (simple[event.key]) { event.preventDefault(); simple[event.key](); return; }
  const slice = event.target.closest('.slice');
  if (!slice || !slice.block) return;
  if (event.shiftKey && event.key.startsWith('Arrow')) {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') { event.preventDefault(); move(event.key === 'ArrowLeft' ? -0.25 : 0.25); }
    return;
  }
  const {item} = slice.block;
  const moves = {ArrowRight: () => neighbour(item, 1), ArrowLeft: () => neighbour(item, -1), ArrowDown: () => inLane(item, 1), ArrowUp: () => inLane(item, -1),
    Home: () => item.line[0], End: () => item.line[item.line.length - 1]};
  if (!moves[event.key]) return;
  event.preventDefault();
  const next = moves[event.key]();
  if (next) choose(next, false, true);
}

buildLanes();
head();
buildTracks();
outstanding();
showFindings();
buildOverview();
list();
drawNow();
byId('text').addEventListener('input', find);
byId('tools').addEventListener('submit', (event) => event.preventDefault());
for (const [id, act] of [['in', () => zoom(0.5)], ['out', () => zoom(2)], ['fit', showAll], ['previous', () => walk(-1)], ['next', () => walk(1)], ['earlier', () => turn(-1)], ['later', () => turn(1)]]) byId(id).addEventListener('click', act);
byId('lanes').addEventListener('click', (event) => { const slice = event.target.closest('.slice'); if (slice) press(slice); });
byId('lanes').addEventListener('pointerdown', startDrag);
window.addEventListener('pointermove', goOnDrag);
window.addEventListener('pointerup', endDrag);
window.addEventListener('pointercancel', endDrag);
byId('lanes').addEventListener('wheel', onWheel, {passive: false});
byId('overview').addEventListener('pointerdown', jumpOverview);
byId('overview').addEventListener('pointermove', (event) => { if (event.buttons) jumpOverview(event); });
document.addEventListener('keydown', onKey);
new ResizeObserver(() => { if (byId('axis').clientWidth !== drawnWidth) draw(); }).observe(byId('axis'));
new ResizeObserver(() => document.documentElement.style.setProperty('--tools', `${byId('tools').offsetHeight}px`)).observe(byId('tools'));
