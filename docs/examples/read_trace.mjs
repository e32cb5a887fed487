// Reads Shadowtape traces (.vsst): a reader in another language, written from FORMAT.md alone. Needs Node.js and nothing else.
//   node read_trace.mjs TRACE            prints what is in it, as JSON (traces/samples/vectors/README.md says in what form)
//   node read_trace.mjs --check FOLDER…  holds every .vsst there against the .json beside it
import { readFileSync, readdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { pathToFileURL } from "node:url";

const UNIT = 4096, LARGEST = 2 ** 30, MAGIC = 0x4550415444414853n;  // "SHADTAPE"
const VALUE_KINDS = ["missing", "number", "stored", "null", "object", "foreignObject", "unchanged", "zeroed", "raw", "unreadable", "noPointer", "absent"];
const [STORED, RAW] = [2, 8];

// ---- CRC-32C (§5) ----
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; ++bit) byte = (byte >>> 1) ^ (byte & 1 ? 0x82f63b78 : 0);
  return byte >>> 0;
});
function crc32c(...parts) {
  let state = 0xffffffff;
  for (const part of parts) for (const byte of part) state = crcTable[(state ^ byte) & 255] ^ (state >>> 8);
  return (~state >>> 0) || 1;
}
const NUL = Uint8Array.of(0);

class Damage extends Error {}
class Refused extends Error {}

// ---- Cap'n Proto: as much of it as a trace has. One segment; places are bytes in it; what lies behind the end of the file is zero. ----
class Segment {
  constructor(file, start, words) {
    this.start = start;                                        // byte of the file
    this.size = words * 8;
    const there = file.subarray(start, Math.min(file.length, start + this.size));
    this.cut = there.length < this.size;
    this.bytes = there;
    this.budget = (words * 4 + 1024) * 8;                      // bytes that may be followed (§7)
  }
  slice(at, size) {
    if (at < 0 || size < 0 || at + size > this.size) throw new Damage("leads out of the message");
    if (at + size <= this.bytes.length) return this.bytes.subarray(at, at + size);
    const padded = new Uint8Array(size);
    padded.set(this.bytes.subarray(at, Math.min(this.bytes.length, at + size)));
    return padded;
  }
  view(at, size) {
    const part = this.slice(at, size);
    return new DataView(part.buffer, part.byteOffset, size);
  }
  u16(at) { return this.view(at, 2).getUint16(0, true); }
  u32(at) { return this.view(at, 4).getUint32(0, true); }
  u64(at) { return this.view(at, 8).getBigUint64(0, true); }
  spend(size) {
    if ((this.budget -= size) < 0) throw new Damage("leads around and around");
  }
  // Where a pointer leads: 0 a struct, 1 a list. null: nowhere.
  follow(at, kind) {
    const low = this.view(at, 8).getInt32(0, true), high = this.u32(at + 4);
    if (low === 0 && high === 0) return null;
    if ((low & 3) !== kind) throw new Damage("a pointer of another kind");
    return { at: at + 8 + (low >> 2) * 8, high };
  }
  struct(at) {
    const to = this.follow(at, 0);
    if (!to) return new Struct(this, 0, 0, 0);                 // all its fields are 0
    const data = (to.high & 0xffff) * 8, pointers = to.high >>> 16;
    this.slice(to.at, data + pointers * 8);
    this.spend(data + pointers * 8);
    return new Struct(this, to.at, data, pointers);
  }
  // The elements' bytes of a flat list; null where there is none.
  list(at, only) {
    const to = this.follow(at, 1);
    if (!to) return null;
    const size = to.high & 7, count = to.high >>> 3;
    if (size > 5 || (only !== undefined && size !== only)) throw new Damage("a list of another kind");
    const bytes = Math.ceil((count * [0, 1, 8, 16, 32, 64][size]) / 8);
    const part = this.slice(to.at, bytes);
    this.spend(bytes);
    return part;
  }
  // A list of structs: a tag before the first says how many there are, and how large.
  structs(at) {
    const to = this.follow(at, 1);
    if (!to) return [];
    if ((to.high & 7) !== 7) throw new Damage("no list of structs");
    const words = to.high >>> 3;
    this.slice(to.at, 8 + words * 8);
    this.spend(8 + words * 8);
    const count = this.u32(to.at) >>> 2, data = this.u16(to.at + 4) * 8, pointers = this.u16(to.at + 6);
    if (count * (data / 8 + pointers) > words) throw new Damage("more structs than there is room");
    return { length: count, get: (n) => new Struct(this, to.at + 8 + n * (data + pointers * 8), data, pointers) };
  }
}

class Struct {
  constructor(segment, at, data, pointers) {
    Object.assign(this, { segment, at, dataSize: data, pointers });
  }
  get place() { return this.segment.start + this.at; }
  data() { return this.segment.slice(this.at, this.dataSize); }
  // Fields behind the end of an older writer's data section are 0.
  u8(at) { return at + 1 <= this.dataSize ? this.segment.slice(this.at + at, 1)[0] : 0; }
  u16(at) { return at + 2 <= this.dataSize ? this.segment.u16(this.at + at) : 0; }
  u32(at) { return at + 4 <= this.dataSize ? this.segment.u32(this.at + at) : 0; }
  u64(at) { return at + 8 <= this.dataSize ? this.segment.u64(this.at + at) : 0n; }
  struct(n) { return n < this.pointers ? this.segment.struct(this.at + this.dataSize + n * 8) : new Struct(this.segment, 0, 0, 0); }
  structs(n) { return n < this.pointers ? this.segment.structs(this.at + this.dataSize + n * 8) : []; }
  list(n, only) { return n < this.pointers ? this.segment.list(this.at + this.dataSize + n * 8, only) : null; }
  // With the NUL at its end, which counts for checksums; no text is an empty one.
  text(n) {
    const bytes = this.list(n, 2) ?? NUL;
    if (bytes.length === 0 || bytes[bytes.length - 1] !== 0) throw new Damage("a text without its end");
    return bytes;
  }
  // The data section as its checksum counts it: with zeros for the checksum.
  dataWithout(crcAt) {
    const copy = Uint8Array.from(this.data());
    copy.fill(0, crcAt, crcAt + 4);
    return copy;
  }
}

const utf8 = (bytes) => Buffer.from(bytes.subarray(0, bytes.length - 1)).toString("utf8");
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const isZero = (bytes) => bytes.every((byte) => byte === 0);
const signed = (n) => BigInt.asIntN(64, n);

// Whether a signature is in the form that is known (§3): what is not, is skipped with the calls that need it.
function isSignature(text) {
  const param = String.raw`(?:in|out) (?:(?:array|optional|always|fresh|held) )*[a-z0-9]+ (?:[A-Za-z_]\w* ?)?(?:\{[^{}]*\} ?)?\w+(?:\[\d+\])?`;
  return new RegExp(String.raw`^(?:\w+::)?\w+(?:@\d+)?\((?:${param}(?:, ${param})*)?\) (?:hresult|count|nothing)$`).test(text);
}

export function readTrace(file) {
  if (file.length === 0) throw new Refused("empty");
  if (file.length < 40 || Buffer.from(file.buffer, file.byteOffset).readBigUInt64LE(32) !== MAGIC) throw new Refused("no SHADTAPE at byte 32");
  const found = { header: null, notes: [], footer: null, lost: 0n, unfinished: 0, unknownNotes: 0, unknownBlocks: 0 };
  const damage = new Set(), chunks = [];
  let footer = null, indexed = [];

  // One block; returns its size, 0: none is there.
  function readBlock(at) {
    const frame = new DataView(file.buffer, file.byteOffset + at, 8);
    let first = frame.getUint32(0, true), words = frame.getUint32(4, true);
    if (at === 0 && (first !== 0 || words !== UNIT / 8 - 1)) damage.add(0), (first = 0), (words = UNIT / 8 - 1);
    const size = 8 + words * 8;
    if (first !== 0 || words < 4 || size > LARGEST) return 0;
    try {
      const segment = new Segment(file, at + 8, words), block = segment.struct(0);
      switch (block.u16(0)) {
        case 0: {
          const h = block.struct(0);
          if (at !== 0 || h.u64(0) !== MAGIC) return 0;
          const texts = [0, 1, 2, 3].map((n) => h.text(n));
          if (h.u16(8) <= 1 && h.u32(20) !== crc32c(h.dataWithout(20), ...texts)) damage.add(0);
          const [tool, platform, process, target] = texts.map(utf8);
          found.header = { format: h.u16(8), semantics: h.u16(10), origin: h.u16(12), wordSize: h.u8(14), tool, platform, process, processId: h.u32(16), target,
            ticksPerSecond: String(h.u64(24)), startTick: String(h.u64(32)), startTime: String(signed(h.u64(40))) };
          break;
        }
        case 1: {
          const c = block.struct(0);
          if (c.u32(4) !== crc32c(c.dataWithout(4))) return damage.add(at), size;
          chunks.push({ at, words, thread: c.u32(0), firstOrder: c.u64(16) });
          break;
        }
        case 2: {
          const f = block.struct(0), parts = [f.dataWithout(40)], places = f.structs(0), methods = f.structs(1);
          for (let n = 0; n < places.length; ++n) parts.push(places.get(n).data());
          for (let n = 0; n < methods.length; ++n) parts.push(methods.get(n).text(0), methods.get(n).data().subarray(0, 16));
          if (segment.cut || f.u32(40) !== crc32c(...parts)) return damage.add(at), size;
          footer = { calls: f.u64(0), notes: f.u64(8), objects: f.u32(16), threads: f.u32(20), endTick: f.u64(24), endTime: signed(f.u64(32)) };
          let missing = false;
          for (let n = 0; n < places.length; ++n) {
            const place = places.get(n), chunk = chunks.find((c) => BigInt(c.at) === place.u64(0));
            if (!chunk) missing = true;
            else if (chunk.words !== place.u32(8)) damage.add(chunk.at);
          }
          if (missing) damage.add(at);
          break;
        }
        default: ++found.unknownBlocks;
      }
      return size;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      return damage.add(at), 0;
    }
  }

  let nothingSince = 0;                                        // where a stretch without blocks starts
  for (let at = 0; at + 16 <= file.length; ) {
    const ended = footer !== null, size = readBlock(at);
    if (size) {
      if (ended) damage.add(at);
      if (nothingSince) damage.add(nothingSince), (nothingSince = 0);
      at += size;
      continue;
    }
    const page = file.subarray(at, at + UNIT);
    const begun = isZero(page.subarray(0, 8)) && isZero(page.subarray(72));
    if (!nothingSince && !isZero(page.subarray(0, 16)) && !begun) nothingSince = at;
    at = Math.floor(at / UNIT) * UNIT + UNIT;
  }
  if (nothingSince) damage.add(nothingSince);
  if (!found.header) throw new Refused("the header cannot be read");
  if (found.header.format > 1) throw new Refused("a newer format");

  // ---- Notes (§3) ----
  const all = [];                                              // those with an order, of all threads
  for (const chunk of chunks) {
    const segment = new Segment(file, chunk.at + 8, chunk.words);
    const tell = (place) => segment.cut || damage.add(place);  // what the end of the file cuts is not whole, and no damage
    let notes;
    try {
      notes = segment.struct(0).struct(0).structs(0);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      damage.add(chunk.at);
      continue;
    }
    const texts = [], signatures = [];
    for (let n = 0; n < notes.length; ++n) {
      const note = notes.get(n), place = note.place;
      if (place >= file.length) break;
      if (note.dataSize < 40) { tell(place); break; }
      const seal = note.u32(16), kind = note.u16(20), order = note.u64(0);
      if (kind === 0) {
        if (seal) tell(place);
        else if (order) ++found.unfinished;
        continue;
      }
      if (!seal) { ++found.unfinished; continue; }
      try {
        const list = kind === 1 || kind === 5 ? note.text(0) : kind === 2 ? note.list(0, 2) ?? new Uint8Array(0) : note.list(0, kind <= 4 ? 5 : undefined) ?? new Uint8Array(0);
        if (crc32c(note.dataWithout(16), list) !== seal) { tell(place); continue; }
        const given = { order, tick: note.u64(8), thread: chunk.thread, chunk: chunk.at };
        if (kind === 1) {
          if (isSignature(utf8(list))) signatures[n] = utf8(list);
          else tell(place);
        } else if (kind === 2) {
          texts[n] = list;
        } else if (kind === 5) {
          all.push({ ...given, remark: note.u16(22), about: note.u64(24), last: note.u64(32), text: utf8(list) });
        } else if (kind > 5) {
          if (order) all.push({ ...given, unknown: true });
          else ++found.unknownNotes;
        } else {
          const signature = signatures[note.u16(22)];          // of an earlier note, if any
          let whole = true;
          const values = [];
          const view = new DataView(list.buffer, list.byteOffset, list.length);
          for (let at = 0; at < list.length; at += 8) {
            const word = view.getBigUint64(at, true), valueKind = Number(word & 255n), payload = signed(word) >> 8n;
            const name = VALUE_KINDS[valueKind] ?? `kind ${valueKind}`;
            if (valueKind === STORED || valueKind === RAW) {
              const text = texts[Number(payload)];
              values.push(text ? [name, hex(text)] : ["missing"]);
              whole &&= text !== undefined;
            } else values.push(payload !== 0n || valueKind === 1 ? [name, String(payload)] : [name]);
          }
          if (signature === undefined || !whole) tell(place);
          if (signature === undefined || (!whole && segment.cut)) continue;
          const call = { ...given, [kind === 3 ? "enter" : "leave"]: signature, object: note.u32(24), values };
          if (kind === 3) call.nulls = note.u32(28);
          else (call.result = note.u32(28)), (call.call = note.u64(32));
          all.push(call);
        }
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        tell(place);
      }
    }
  }
  if (all.length === 0 && !footer) throw new Refused("not one readable note");

  // ---- By order; a number that stands before is told and skipped. Sorting is stable: the first in the file is given. ----
  all.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  let last = 0n;
  for (const { chunk, unknown, ...note } of all) {
    if (note.order <= last) { damage.add(chunk); continue; }
    found.lost += note.order - last - 1n;
    last = note.order;
    if (note.remark === 5) {                                   // lost: stands for the numbers up to `last`
      const until = note.last > note.order ? note.last : note.order;
      found.lost += until - note.order + 1n;
      last = until;
    }
    if (unknown) ++found.unknownNotes;
    else found.notes.push(note);
  }
  if (footer && footer.notes > last) found.lost += footer.notes - last;
  const unfinished = BigInt(found.unfinished);
  found.lost = found.lost > unfinished ? found.lost - unfinished : 0n;
  found.footer = footer;
  found.damage = [...damage].sort((a, b) => a - b);
  return found;
}

const print = (found) => JSON.stringify(found, (_, value) => (typeof value === "bigint" ? String(value) : value), 1);
const read = (path) => {
  try {
    return readTrace(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: true };
  }
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "--check") {
    let bad = 0, good = 0;
    for (const folder of rest)
      for (const name of readdirSync(folder).filter((name) => name.endsWith(".vsst"))) {
        const got = JSON.parse(print(read(`${folder}/${name}`)));
        if (isDeepStrictEqual(got, JSON.parse(readFileSync(`${folder}/${name.replace(/vsst$/, "json")}`)))) ++good;
        else ++bad, console.error(`${folder}/${name}: is read as\n${JSON.stringify(got, null, 1)}`);
      }
    console.log(`${good} traces are read as their twins say, ${bad} are not`);
    process.exitCode = bad || !good ? 1 : 0;
  } else if (first) console.log(print(read(first)));
  else console.error("usage: node read_trace.mjs TRACE | --check FOLDER…"), (process.exitCode = 2);
}
