// samples/vectors: small files, each with a JSON twin that says what any reader must give. They are made here, word by word, without the writer: what it
// never writes is among them. Frozen: BLESS=1 makes those that are not there yet, and rewrites the twins. README.md there tells how to use them.
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <sstream>

#include "traces/note_format.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

const std::filesystem::path kVectors = "traces/samples/vectors";

// ---- What a reader must give, as JSON. Numbers of 64 bits are strings. ----

std::string hexOf(std::string_view bytes) {
  std::string hex;
  for (unsigned char byte : bytes) hex += "0123456789abcdef"[byte >> 4], hex += "0123456789abcdef"[byte & 15];
  return hex;
}
template <class Number> std::string text64(Number n) { return '"' + std::to_string(n) + '"'; }

std::string twinValue(const ValueView& value) {
  static const char* const names[] = {"missing", "number", "stored", "null", "object", "foreignObject", "unchanged", "zeroed", "raw", "unreadable", "noPointer", "absent"};
  auto kind = static_cast<unsigned>(value.kind);
  std::string name = kind < std::size(names) ? names[kind] : "kind " + std::to_string(kind);
  if (value.kind == ValueKind::stored || value.kind == ValueKind::raw) return "[\"" + name + "\", \"" + hexOf(value.bytes) + "\"]";
  return "[\"" + name + "\"" + (value.number || kind == 1 ? ", " + text64(value.number) : "") + "]";
}

std::string twinOf(const std::filesystem::path& path) try {
  TraceReader reader(path);
  const auto& h = reader.header();
  std::ostringstream out;
  out << "{\n\"header\": {\"format\": " << h.format << ", \"semantics\": " << h.semantics << ", \"origin\": " << static_cast<unsigned>(h.origin) << ", \"wordSize\": " << h.wordSize
      << ", \"tool\": " << jsonString(h.tool) << ", \"platform\": " << jsonString(h.platform) << ", \"process\": " << jsonString(h.process) << ", \"processId\": " << h.processId
      << ", \"target\": " << jsonString(h.target) << ", \"ticksPerSecond\": " << text64(h.ticksPerSecond) << ", \"startTick\": " << text64(h.startTick) << ", \"startTime\": " << text64(h.startTime) << "},\n";
  out << "\"notes\": [";
  const char* separator = "\n";
  while (const NoteView* note = reader.next()) {
    out << separator << "  {\"order\": " << text64(note->order) << ", \"tick\": " << text64(note->tick) << ", \"thread\": " << note->thread;
    separator = ",\n";
    if (note->type == NoteType::remark) {
      out << ", \"remark\": " << static_cast<unsigned>(note->remarkKind) << ", \"about\": " << text64(note->call) << ", \"last\": " << text64(note->last) << ", \"text\": " << jsonString(note->text) << "}";
      continue;
    }
    out << ", \"" << (note->type == NoteType::enter ? "enter" : "leave") << "\": " << jsonString(note->signature->text) << ", \"object\": " << note->object;
    if (note->type == NoteType::enter) out << ", \"nulls\": " << note->nulls;
    else out << ", \"result\": " << note->result << ", \"call\": " << text64(note->call);
    out << ", \"values\": [";
    for (std::size_t v = 0; v < note->values.size(); ++v) out << (v ? ", " : "") << twinValue(note->values[v]);
    out << "]}";
  }
  out << "\n],\n\"footer\": ";
  if (const auto& f = reader.footer())
    out << "{\"calls\": " << text64(f->calls) << ", \"notes\": " << text64(f->notes) << ", \"objects\": " << f->objects << ", \"threads\": " << f->threads << ", \"endTick\": " << text64(f->endTick)
        << ", \"endTime\": " << text64(f->endTime) << "}";
  else out << "null";
  out << ",\n\"lost\": " << text64(reader.lostNotes()) << ", \"unfinished\": " << reader.unfinishedNotes() << ", \"unknownNotes\": " << reader.unknownNotes() << ", \"unknownBlocks\": " << reader.unknownBlocks()
      << ",\n\"damage\": [";
  std::set<std::uint64_t> places;
  for (const auto& problem : reader.problems()) places.insert(problem.offset);
  separator = "";
  for (auto place : places) out << separator << place, separator = ", ";
  out << "]\n}\n";
  return out.str();
} catch (const TraceError&) {
  return "{\"refused\": true}\n";
}

// ---- Files, word by word. ----

void putU64(std::string& bytes, std::uint64_t word) { bytes.append(reinterpret_cast<const char*>(&word), 8); }
void setU64(std::string& bytes, std::size_t at, std::uint64_t word) { bytes.replace(at, 8, reinterpret_cast<const char*>(&word), 8); }
void setU32(std::string& bytes, std::size_t at, std::uint32_t word) { bytes.replace(at, 4, reinterpret_cast<const char*>(&word), 4); }

struct Forged {
  std::uint64_t order = 0, tick = 0;
  std::uint16_t kind = 0, small = 0;               // small: a signature's index, a remark's kind
  std::uint32_t first = 0, second = 0;             // object and nulls or result; a remark's `about`
  std::uint64_t call = 0;
  unsigned list = 0;                               // 0: none, 2: bytes, 5: words
  std::string payload;
};
Forged signature(std::string text) { return {.kind = 1, .list = 2, .payload = text + '\0'}; }
Forged stored(std::string_view bytes) { return {.kind = 2, .list = 2, .payload = std::string(bytes)}; }
Forged stored16(std::u16string_view text) { return stored({reinterpret_cast<const char*>(text.data()), text.size() * 2}); }
std::string words(const std::vector<std::uint64_t>& values) {
  std::string bytes;
  for (auto value : values) putU64(bytes, value);
  return bytes;
}
Forged enter(std::uint64_t order, unsigned signature, std::uint32_t object, const std::vector<std::uint64_t>& values, std::uint32_t nulls = 0) {
  return {order, 1000 + order, 3, static_cast<std::uint16_t>(signature), object, nulls, 0, values.empty() ? 0u : 5u, words(values)};
}
Forged leave(std::uint64_t order, std::uint64_t call, unsigned signature, std::uint32_t object, std::uint32_t result, const std::vector<std::uint64_t>& values) {
  return {order, 1000 + order, 4, static_cast<std::uint16_t>(signature), object, result, call, values.empty() ? 0u : 5u, words(values)};
}
Forged remark(std::uint64_t order, std::uint16_t kind, std::string text, std::uint64_t about = 0, std::uint64_t last = 0) {
  return {order, 1000 + order, 5, kind, static_cast<std::uint32_t>(about), static_cast<std::uint32_t>(about >> 32), last, 2, text + '\0'};
}
std::uint64_t value(unsigned kind, std::int64_t payload = 0) { return packValue(static_cast<ValueKind>(kind), payload); }

struct Shape {
  unsigned noteData = 5, chunkData = 3;            // words; greater: as a newer writer may have them
  unsigned holes = 0;                              // behind the notes
};
std::string chunk(std::uint32_t thread, std::uint64_t firstOrder, const std::vector<Forged>& notes, Shape shape = {}) {
  std::string bytes, payloads;
  putU64(bytes, 0);                                // the frame: below
  putU64(bytes, 0x0001000100000000);               // a Block
  putU64(bytes, 1);                                // chunk
  putU64(bytes, std::uint64_t{shape.chunkData} << 32 | 1ull << 48);
  std::size_t head = bytes.size();
  putU64(bytes, thread);
  putU64(bytes, 4000 + thread);                    // the system's number
  putU64(bytes, firstOrder);
  for (unsigned n = 3; n < shape.chunkData; ++n) putU64(bytes, 0x1111111111111111u * n);
  setU32(bytes, head + 4, crc32c(bytes.data() + head, 8 * shape.chunkData));
  std::size_t count = notes.size() + shape.holes, noteWords = shape.noteData + 1;
  putU64(bytes, 1 | (7ull | count * noteWords << 3) << 32);
  putU64(bytes, count << 2 | std::uint64_t{shape.noteData} << 32 | 1ull << 48);
  std::size_t list = bytes.size(), behind = list + count * noteWords * 8;
  for (const auto& note : notes) {
    std::size_t at = bytes.size();
    putU64(bytes, note.order);
    putU64(bytes, note.tick);
    putU64(bytes, std::uint64_t{note.kind} << 32 | std::uint64_t{note.small} << 48);
    putU64(bytes, note.first | std::uint64_t{note.second} << 32);
    putU64(bytes, note.call);
    for (unsigned n = 5; n < shape.noteData; ++n) putU64(bytes, 0x2222222222222222u * n);
    std::uint64_t pointer = 0;
    if (note.list) {
      std::size_t elements = note.list == 5 ? note.payload.size() / 8 : note.payload.size();
      pointer = (behind + payloads.size() - (at + 8 * shape.noteData) - 8) / 8 << 2 | 1 | (std::uint64_t{note.list} | elements << 3) << 32;
      payloads += note.payload;
      payloads.resize((payloads.size() + 7) / 8 * 8);
    }
    putU64(bytes, pointer);
    if (!note.kind) continue;
    Crc32c crc;
    crc.add(bytes.data() + at, 8 * shape.noteData);
    crc.add(note.payload.data(), note.payload.size());
    if (note.kind == 5 && !note.list) crc.addByte(0);  // no text is an empty one
    setU32(bytes, at + 16, crc.value());
  }
  bytes.resize(behind);
  bytes += payloads;
  setU32(bytes, 4, static_cast<std::uint32_t>(bytes.size() / 8 - 1));
  return bytes;
}

class File {
 public:
  explicit File(TraceHeader header = {.format = 1, .semantics = 1, .origin = Origin::model, .tool = "vectors", .platform = "none", .process = "p", .target = "t",
                                      .processId = 77, .wordSize = 8, .ticksPerSecond = 1000, .startTick = 1000, .startTime = 1'700'000'000'000'000'000})
      : bytes(headerBytes(header)) {}
  // At a multiple of 4096. Returns where.
  std::size_t add(const std::string& block, std::uint32_t thread = 0, std::uint64_t firstOrder = 0, std::uint32_t notes = 0) {
    bytes.resize((bytes.size() + 4095) / 4096 * 4096);
    std::size_t at = bytes.size();
    places.push_back({at, static_cast<std::uint32_t>(block.size() / 8 - 1), thread, firstOrder, notes});
    bytes += block;
    return at;
  }
  std::size_t chunk(std::uint32_t thread, std::uint64_t firstOrder, const std::vector<Forged>& notes, Shape shape = {}) {
    for (const auto& note : notes) {
      calls += note.kind == 3;
      if (note.order) last = std::max({last, note.order, note.kind == 5 ? note.call : 0});
    }
    return add(vss::chunk(thread, firstOrder, notes, shape), thread, firstOrder, static_cast<std::uint32_t>(notes.size()));
  }
  std::size_t footer(std::uint32_t threads = 1) {
    capnp::MallocMessageBuilder message;
    auto f = message.initRoot<format::Block>().initFooter();
    f.setCalls(calls);
    f.setNotes(last);
    f.setObjects(1);
    f.setThreads(threads);
    f.setEndTick(3000);
    f.setEndTime(1'700'000'002'000'000'000);
    auto chunks = f.initChunks(static_cast<unsigned>(places.size()));
    for (unsigned n = 0; n < places.size(); ++n) {
      chunks[n].setOffset(places[n].offset), chunks[n].setWords(places[n].words), chunks[n].setThread(places[n].thread);
      chunks[n].setFirstOrder(places[n].firstOrder), chunks[n].setNotes(places[n].notes);
    }
    f.initMethods(0);
    f.setCrc(footerCrc(f.asReader()));
    capnp::MallocMessageBuilder flat(static_cast<unsigned>(message.sizeInWords() + 8));
    flat.setRoot(message.getRoot<format::Block>().asReader());
    auto array = capnp::messageToFlatArray(flat);
    std::size_t at = bytes.size();
    bytes.append(reinterpret_cast<const char*>(array.asBytes().begin()), array.asBytes().size());
    return at;
  }
  struct Place { std::uint64_t offset; std::uint32_t words, thread; std::uint64_t firstOrder; std::uint32_t notes; };
  std::string bytes;
  std::vector<Place> places;
  std::uint64_t calls = 0, last = 0;
};

// Note n of the first chunk, where its notes are of the usual size.
std::size_t noteAt(unsigned n) { return 4096 + 72 + 48 * n; }

const char kCount[] = "IVssBackupComponents::GetWriterStatusCount@17(out u32 pcWriters) hresult";
const char kStatus[] = "IVssBackupComponents::GetWriterStatus@19(in u32 iWriter, out guid pidInstance, out guid pidWriter, out bstr pbstrWriter, out enum VSS_WRITER_STATE pnStatus, out hresult phResultFailure) hresult";
const std::string kGuid = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";

// One GetWriterStatusCount: two notes with an order, three in all.
std::vector<Forged> oneCall(std::uint64_t from = 1) { return {signature(kCount), enter(from, 0, 1, {}), leave(from + 1, from, 0, 1, 0, {value(1, 9)})}; }
// GetWriterStatus with a text: notes 0 signature, 1 enter, 2 and 3 texts, 4 leave.
std::vector<Forged> statusCall(const Forged& name = stored16(u"System Writer")) {
  return {signature(kStatus), enter(1, 0, 1, {value(1, 0)}), stored(kGuid), name, leave(2, 1, 0, 1, 0, {value(2, 2), value(2, 2), value(2, 3), value(1, 1), value(1, 0)})};
}
File closed(const std::vector<Forged>& notes, Shape shape = {}) {
  File file;
  file.chunk(1, 1, notes, shape);
  file.footer();
  return file;
}

struct Vector {
  const char* name;
  const char* about;
  std::function<std::string()> make;
};

const std::vector<Vector> kAll = {
    {"one-call", "a call with both notes, closed", [] { return closed(oneCall()).bytes; }},
    {"no-calls", "closed, without one chunk", [] { File f; f.footer(); return f.bytes; }},
    {"imported", "calls that were never made: no clock", [] {
       File f({.format = 1, .semantics = 1, .origin = Origin::imported, .tool = "vectors", .platform = "none", .process = "", .target = "listing", .wordSize = 8, .ticksPerSecond = 1});
       f.chunk(1, 1, {remark(1, 4, "Writer name: 'x'\n"), signature(kCount), enter(2, 1, 1, {}), leave(3, 2, 1, 1, 0x80042301, {value(6)}), remark(4, 3, "Fehler: \xC3\xA4\n", 2)});
       f.footer();
       return f.bytes; }},
    {"exported-function", "a function of no object, and AddRef, which returns a count", [] {
       return closed({signature("CreateVssBackupComponents(out object IVssBackupComponents ppBackup) hresult"), signature("IUnknown::AddRef@1() count"), enter(1, 0, 0, {}), leave(2, 1, 0, 0, 0, {value(4, 1)}), enter(3, 1, 1, {}), leave(4, 3, 1, 1, 2, {})}).bytes; }},
    {"every-value-kind", "each kind of value, and one that is not known yet", [] {
       return closed({signature(kStatus), stored(kGuid), enter(1, 0, 1, {value(0), value(1, -5), value(2, 1), value(3), value(4, 7), value(5), value(6), value(7), value(8, 1), value(9), value(10), value(11), value(12, 345)}, 0x80000001)}).bytes; }},
    {"texts", "null, empty, with a NUL, half a surrogate pair, the same text twice", [] {
       return closed({signature(kStatus), stored(""), stored16({u"a\0b", 3}), stored16(u"\xD83D."), enter(1, 0, 1, {value(3), value(2, 1), value(2, 2), value(2, 3), value(2, 2)})}).bytes; }},
    {"numbers", "the greatest and least that fit into a word, and those that do not: eight bytes in a text", [] {
       return closed({signature(kCount), stored(words({0x8000000000000000})), stored(words({0x7FFFFFFFFFFFFFFF})),
                      enter(1, 0, 1, {value(1, (std::int64_t{1} << 55) - 1), value(1, -(std::int64_t{1} << 55)), value(1, 0xFFFFFFFF), value(1, -2147212544), value(2, 1), value(2, 2), value(1, 9007199254740993)})}).bytes; }},
    {"array-of-structures", "a call that fills an array: its length, then each field of each element; what is not of the union's type is absent", [] {
       std::string next = signatureOf(*methodNamed("IVssEnumObject", "Next"));
       return closed({signature(next), stored16(u"C:\\"), enter(1, 0, 3, {value(1, 2)}), leave(2, 1, 0, 3, 1, {value(1, 2), value(1, 2), value(1, 3), value(11), value(2, 1), value(1, 4), value(3), value(11)})}).bytes; }},
    {"failed-call", "outputs of a failed call: left, zeroed, written, no pointer", [] {
       return closed({signature(kStatus), stored(std::string("\1\2\3\4")), enter(1, 0, 1, {value(1, 99)}, 0x10), leave(2, 1, 0, 1, 0x80042308, {value(6), value(7), value(7), value(8, 1), value(10)})}).bytes; }},
    {"never-came-back", "closed while a call was under way", [] { auto notes = oneCall(); notes.pop_back(); return closed(notes).bytes; }},
    {"every-remark-kind", "remarks of each kind, one of a kind that is not known yet, one without a word", [] {
       return closed({remark(1, 0, "information"), remark(2, 1, "warning"), remark(3, 2, "stopped"), remark(4, 3, "listingError", 1), remark(5, 4, "listing"), remark(6, 77, "of a newer kind", 0xFFFFFFFFFFFF), remark(7, 0, "")}).bytes; }},
    {"environment", "facts about the machine: remarks of no thread, in a chunk of thread 0 behind the calls", [] {
       File f;
       f.chunk(1, 1, oneCall());
       f.chunk(0, 3, {remark(3, 6, "os.name=Windows Server 2022 Standard"), remark(4, 6, "volume=C:\\\t1000\t4000\tNTFS")});
       f.footer();
       return f.bytes; }},
    {"two-threads", "notes of two threads, each in its chunk, merged by their order", [] {
       File f;
       f.chunk(1, 1, {signature(kCount), enter(1, 0, 1, {}), leave(4, 1, 0, 1, 0, {value(1, 1)}), enter(5, 0, 1, {})});
       f.chunk(2, 2, {signature(kCount), enter(2, 0, 1, {}), enter(3, 0, 2, {}), leave(6, 3, 0, 2, 0, {value(1, 2)}), leave(7, 5, 0, 1, 0, {value(1, 3)})});
       f.footer(2);
       return f.bytes; }},
    {"two-chunks-of-a-thread", "each chunk has its own signatures; the later one lies first in the file", [] {
       File f;
       f.chunk(1, 3, oneCall(3));
       f.chunk(1, 1, oneCall(1));
       f.footer();
       return f.bytes; }},
    {"holes", "room for notes that was not used, between and behind them", [] {
       auto notes = oneCall();
       notes.insert(notes.begin() + 1, Forged{});
       return closed(notes, {.holes = 3}).bytes; }},
    {"unfinished", "a note that was begun and not sealed: not given, counted, no damage", [] {
       auto f = closed({signature(kCount), enter(1, 0, 1, {}), leave(2, 1, 0, 1, 0, {value(1, 9)}), remark(3, 0, "last")});
       setU32(f.bytes, noteAt(2) + 16, 0);
       return f.bytes; }},
    {"newer-notes", "notes of a kind that is not known yet: with an order and without, with a list of bytes, of words, and none", [] {
       return closed({signature(kCount), {.order = 1, .tick = 5, .kind = 6, .small = 1, .first = 2, .list = 5, .payload = words({1, 2})}, {.kind = 700, .list = 2, .payload = "abc"}, {.order = 2, .kind = 9, .payload = ""},
                      enter(3, 0, 1, {}), leave(4, 3, 0, 1, 0, {value(1, 9)})}).bytes; }},
    {"newer-block", "a block of a kind that is not known yet", [] {
       File f;
       f.chunk(1, 1, oneCall());
       std::string block = vss::chunk(9, 9, {});
       setU64(block, 16, 3);
       f.add(block);
       f.places.pop_back();
       f.chunk(1, 3, oneCall(3));
       f.footer();
       return f.bytes; }},
    {"newer-fields", "data sections of notes and chunks are longer than they are today: read, and checked with all they have", [] {
       return closed({signature(kStatus), stored(kGuid), stored16(u"Writer"), enter(1, 0, 1, {value(1, 0)}), leave(2, 1, 0, 1, 0, {value(2, 1), value(2, 1), value(2, 2), value(12, 1), value(1, 0)}),
                      {.order = 3, .kind = 8, .list = 2, .payload = "new"}, remark(4, 99, "new")}, {.noteData = 7, .chunkData = 5}).bytes; }},
    {"newer-format", "refused: a greater format", [] {
       return File({.format = 2, .semantics = 1, .tool = "vectors 2", .platform = "", .process = "", .target = "", .wordSize = 8, .ticksPerSecond = 1}).bytes + vss::chunk(1, 1, oneCall()); }},
    {"newer-semantics", "not refused", [] {
       File f({.format = 1, .semantics = 65535, .tool = "vectors", .platform = "", .process = "", .target = "", .wordSize = 4, .ticksPerSecond = 1});
       f.chunk(1, 1, oneCall());
       f.footer();
       return f.bytes; }},
    {"odd-signature", "a signature in a form that is not known: calls with it are skipped and told", [] {
       return closed({signature("IVss::Odd@4{new form}"), signature(kCount), enter(1, 0, 1, {}), leave(2, 1, 0, 1, 0, {}), enter(3, 1, 1, {}), leave(4, 3, 1, 1, 0, {value(1, 9)})}).bytes; }},
    {"no-footer", "cut off: every note is there", [] { File f; f.chunk(1, 1, oneCall(), {.holes = 5}); return f.bytes + std::string(8192, '\0'); }},
    {"footer-damaged", "a bit of the footer", [] { File f; f.chunk(1, 1, oneCall()); auto at = f.footer(); f.bytes[at + 33] ^= 1; return f.bytes; }},
    {"footer-names-more", "a chunk of the footer is not there", [] {
       File f;
       f.chunk(1, 1, oneCall());
       f.places.push_back({8192, 100, 2, 3, 4});
       f.footer(2);
       return f.bytes; }},
    {"footer-counts-more", "the last notes are lost", [] { File f; f.chunk(1, 1, oneCall()); f.last = 5; f.footer(); return f.bytes; }},
    {"behind-the-footer", "a chunk where nothing should be", [] { auto f = closed(oneCall()); f.bytes.resize(8192); return f.bytes + vss::chunk(1, 3, oneCall(3)); }},
    {"zeros-behind-the-footer", "as Windows leaves a file that somebody reads", [] { return closed(oneCall()).bytes + std::string(5000, '\0'); }},
    {"note-damaged", "the end of a call", [] { auto f = closed(oneCall()); f.bytes[noteAt(2) + 28] ^= 4; return f.bytes; }},
    {"order-damaged", "a note whose checksum fails and whose order is great", [] { auto f = closed(oneCall()); f.bytes[noteAt(1) + 6] ^= 4; return f.bytes; }},
    {"text-damaged", "a value is lost with its text; the call is given without it", [] { auto f = closed(statusCall()); f.bytes[f.bytes.find("S\0y\0s", 4096, 5)] ^= 1; return f.bytes; }},
    {"signature-damaged", "calls without their signature are skipped", [] {
       auto f = closed({signature(kCount), enter(1, 0, 1, {}), leave(2, 1, 0, 1, 0, {value(1, 9)}), remark(3, 0, "still here")});
       f.bytes[f.bytes.find("GetWriter", 4096)] ^= 1;
       return f.bytes; }},
    {"forward-reference", "a value may not be in a later text, nor a signature in a later note", [] {
       return closed({signature(kStatus), enter(1, 0, 1, {value(2, 2)}), stored16(u"later"), enter(2, 4, 1, {}), signature(kCount)}).bytes; }},
    {"pointer-damaged", "a list that would lie outside of the chunk", [] { auto f = closed(statusCall()); f.bytes[noteAt(1) + 40 + 2] ^= 0x40; return f.bytes; }},
    {"chunk-head-damaged", "one of two chunks", [] { File f; f.chunk(1, 1, oneCall()); f.chunk(1, 3, oneCall(3)); f.footer(); f.bytes[4096 + 33] ^= 1; return f.bytes; }},
    {"frame-damaged", "a block that is none: looked for again at each multiple of 4096", [] { File f; f.chunk(1, 1, oneCall()); f.chunk(1, 3, oneCall(3)); f.footer(); f.bytes[4096] = 7; return f.bytes; }},
    {"zeroed-page", "a page without anything, where a chunk was", [] { File f; f.chunk(1, 1, oneCall()); f.chunk(1, 3, oneCall(3)); f.footer(); return f.bytes.replace(4096, 4096, 4096, '\0'); }},
    {"garbage", "bytes of something else between two chunks", [] {
       File f;
       f.chunk(1, 1, oneCall());
       f.bytes.resize(8192);
       for (int n = 0; n < 4096; ++n) f.bytes += static_cast<char>(n * 7 + n / 256);
       f.places.push_back({f.bytes.size(), 0, 1, 3, 3});
       f.places[1].words = static_cast<std::uint32_t>(vss::chunk(1, 3, oneCall(3)).size() / 8 - 1);
       f.bytes += vss::chunk(1, 3, oneCall(3));
       f.calls = 2, f.last = 4;
       f.footer();
       return f.bytes; }},
    {"begun-chunk", "its frame was not made when the process ended: no damage", [] {
       File f;
       f.chunk(1, 1, oneCall());
       auto empty = vss::chunk(2, 3, {});
       f.bytes.resize(8192);
       setU64(empty, 0, 0);
       return f.bytes + empty + std::string(4096 - empty.size(), '\0'); }},
    {"header-damaged", "a bit of its texts: told, and used all the same", [] { auto f = closed(oneCall()); f.bytes[f.bytes.find("vectors")] ^= 1; return f.bytes; }},
    {"header-frame-damaged", "told; the header takes 4096 bytes whatever its frame says", [] { auto f = closed(oneCall()); f.bytes[4] ^= 1; return f.bytes; }},
    {"cut-in-a-text", "the end of the file cuts a text: the call that needs it is not whole, and no damage", [] { File f; f.chunk(1, 1, statusCall()); return f.bytes.substr(0, f.bytes.find("S\0y\0s", 4096, 5) + 5); }},
    {"cut-in-a-note", "the end of the file cuts a note", [] { File f; f.chunk(1, 1, {{.order = 1, .tick = 7, .kind = 5, .payload = ""}, {.order = 2, .tick = 8, .kind = 5, .payload = ""}}); return f.bytes.substr(0, noteAt(1) + 20); }},
    {"cut-in-the-footer", "told as damage", [] { File f; f.chunk(1, 1, oneCall()); auto at = f.footer(); return f.bytes.substr(0, at + 64); }},
    {"cut-in-the-header", "refused", [] { return File().bytes.substr(0, 100); }},
    {"header-alone", "refused: not one readable note, and no footer", [] { return File().bytes; }},
    {"nothing", "refused", [] { return std::string(); }},
    {"no-trace", "refused: no SHADTAPE", [] { return "Writer name: 'System Writer'\n" + std::string(100, ' '); }},
    {"lost-numbers", "numbers that no note has", [] { return closed({remark(3, 0, "third"), remark(9, 0, "ninth")}).bytes; }},
    {"beyond-53-bits", "orders and ticks that a double cannot hold", [] {
       auto first = remark(9007199254740993, 0, "odd"), second = remark(9007199254740995, 0, "odd", 9007199254740993);
       first.tick = 0xFFFFFFFFFFFFFFFF, second.tick = 9007199254740993;
       return closed({first, second}).bytes; }},
    {"order-twice", "a block that is there twice: its notes are given once, each of the others told", [] {
       File f;
       f.chunk(1, 1, oneCall());
       f.chunk(1, 1, oneCall());
       f.footer();
       return f.bytes; }},
    {"recovered", "what `shadowtape recover` writes: a remark of thread 0 stands for the notes that are lost", [] {
       File f;
       f.chunk(1, 1, {signature(kCount), enter(1, 0, 1, {}), leave(7, 6, 0, 1, 0, {value(1, 9)})});
       f.chunk(0, 2, {remark(2, 5, "notes 2 to 6 are not in the damaged trace", 0, 6)});
       f.footer();
       return f.bytes; }},
};

class TestVector : public testing::TestWithParam<Vector> {};

TEST_P(TestVector, IsReadAsItsTwinSays) {
  auto path = kVectors / (std::string(GetParam().name) + ".vsst"), twin = kVectors / (std::string(GetParam().name) + ".json");
  std::string bytes = GetParam().make();
  if (environmentVariable("BLESS")) {
    std::filesystem::create_directories(kVectors);
    if (!std::filesystem::exists(path)) writeBytes(path, bytes);
    writeBytes(twin, twinOf(path));
  }
  EXPECT_TRUE(bytesOf(path) == bytes) << "a vector is frozen: make another one";
  EXPECT_LE(bytes.size(), 20000u);
  EXPECT_EQ(bytesOf(twin), twinOf(path));
}

INSTANTIATE_TEST_SUITE_P(Samples, TestVector, testing::ValuesIn(kAll), [](auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// Golden traces have such twins too; and the table of the vectors is that of this file.
TEST(TestVectors, GoldenTracesAreReadAsTheirTwinsSay) {
  for (const auto& file : std::filesystem::directory_iterator("traces/samples/golden")) {
    if (file.path().extension() != ".vsst") continue;
    auto twin = file.path();
    twin.replace_extension(".json");
    if (environmentVariable("BLESS")) writeBytes(twin, twinOf(file.path()));
    EXPECT_EQ(bytesOf(twin), twinOf(file.path())) << file.path();
  }
}

TEST(TestVectors, AreAllInTheirTable) {
  std::string begin = "| file | is |\n|---|---|\n", table = begin, readme = std::filesystem::exists(kVectors / "README.md") ? bytesOf(kVectors / "README.md") : "";
  for (const auto& vector : kAll) table += "| `" + std::string(vector.name) + "` | " + vector.about + " |\n";
  if (environmentVariable("BLESS") && readme.find(begin) != readme.npos) writeBytes(kVectors / "README.md", readme = readme.substr(0, readme.find(begin)) + table);
  EXPECT_NE(readme.find(table), readme.npos);
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(kVectors)) files += file.path().extension() == ".vsst";
  EXPECT_EQ(files, kAll.size()) << "files that no test makes";
}

}  // namespace
}  // namespace vss
