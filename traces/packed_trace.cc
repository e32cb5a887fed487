#include "traces/packed_trace.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <ostream>

#include "traces/growing_file.h"
#include "traces/note_format.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/trace.capnp.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

// Beyond it the file takes twice the time for a hundredth less; frames of whole chunks want no larger window.
constexpr int kPackLevel = 9;
constexpr std::uint64_t kLargestFrame = 16 << 20;   // what is longer, a value of many megabytes, takes several
constexpr std::uint64_t kUsualFrame = 256 << 10;
constexpr std::uint64_t kMostOfAByte = 32 << 10;    // a block of zstd makes at most 128 KB, and takes at least 4 bytes

// The table of zstd's seekable format (contrib/seekable_format in its sources): a frame that zstd skips, at the end of the file.
constexpr std::uint32_t kSkipped = 0x184D2A5E, kTableEnd = 0x8F92EAB1;
constexpr std::size_t kSkippedHead = 8, kTableEntry = 8, kTableFoot = 9;

std::uint32_t u32At(std::string_view bytes, std::size_t at) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}
void addU32(std::string& bytes, std::uint32_t value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }

// The size of the block that a frame of Cap'n Proto at this place claims; 0: there is none.
std::uint64_t claimedBlock(std::string_view trace, std::uint64_t offset) {
  if (offset + 8 > trace.size() || u32At(trace, offset)) return 0;
  std::uint64_t size = 8 + 8 * std::uint64_t{u32At(trace, offset + 4)};
  return size >= 40 && size <= trace.size() - offset ? size : 0;
}
// Where the frame ends that begins here: behind a block and the room behind it. Any place would do; with these a block is one frame.
std::uint64_t endOfFrame(std::string_view trace, std::uint64_t offset) {
  std::uint64_t end = offset + claimedBlock(trace, offset);
  while (end == offset || (end < trace.size() && !claimedBlock(trace, end) && end - offset < kUsualFrame)) end = end / kWindowUnit * kWindowUnit + kWindowUnit;
  return std::min<std::uint64_t>({end, trace.size(), offset + kLargestFrame});
}

// A file that is written whole or not at all.
class NewFile {
 public:
  NewFile(const std::string& path, const std::string& read) : path_(pathFromUtf8(path)) {
    prepareOutput(path_, {read});
    file_.open(path_, std::ios::binary);
    check();
  }
  ~NewFile() {
    if (done_) return;
    file_.close();
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  void write(std::string_view bytes) { file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())), check(); }
  void close() { file_.close(), check(); }
  void keep() { done_ = true; }

 private:
  void check() const {
    if (!file_) throw TraceError(shownPath(path_) + ": cannot be written; is there room on the disk?");
  }
  const std::filesystem::path path_;
  std::ofstream file_;
  bool done_ = false;
};

struct Compressor {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ~Compressor() { ZSTD_freeCCtx(context); }
};
struct Decompressor {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~Decompressor() { ZSTD_freeDCtx(context); }
};

// What can be had of a frame that is damaged or cut: zstd compresses 128 KB at a time, and those before can be unpacked. Some bytes may be wrong: the notes
// in them have checksums.
std::size_t unpackPrefix(ZSTD_DCtx* zstd, std::string_view frame, std::string& into) {
  ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
  ZSTD_outBuffer out{into.data(), into.size(), 0};
  // In pieces: of a frame that is there at once zstd gives all or nothing.
  const std::size_t piece = std::min<std::size_t>(4096, frame.size() / 2 + 1);
  for (std::size_t at = 0; at < frame.size(); at += piece) {
    ZSTD_inBuffer in{frame.data() + at, std::min(piece, frame.size() - at), 0};
    while (in.pos < in.size)
      if (std::size_t left = ZSTD_decompressStream(zstd, &out, &in); left == 0 || ZSTD_isError(left)) return out.pos;
  }
  return out.pos;
}

// Whether a frame may be so large as it, or a table, says: else a small file of lies would fill a disk with zeros.
bool mayHold(std::uint64_t packed, std::uint64_t size) { return size <= kLargestFrame && size / kMostOfAByte <= packed; }

struct PackedFrame { std::uint32_t packed, size; };
std::optional<std::vector<PackedFrame>> tableOf(std::string_view file) {
  if (file.size() < kSkippedHead + kTableFoot || u32At(file, file.size() - 4) != kTableEnd) return std::nullopt;
  const std::uint64_t count = u32At(file, file.size() - kTableFoot), entry = kTableEntry + (file[file.size() - 5] & 0x80 ? 4 : 0);   // some have checksums
  const std::uint64_t length = count * entry + kTableFoot;
  if (length + kSkippedHead > file.size()) return std::nullopt;
  const std::uint64_t end = file.size() - length - kSkippedHead;
  if (u32At(file, end) != kSkipped || u32At(file, end + 4) != length) return std::nullopt;
  std::vector<PackedFrame> frames;
  std::uint64_t all = 0;
  for (std::uint64_t at = end + kSkippedHead; frames.size() < count; at += entry) {
    frames.push_back({u32At(file, at), u32At(file, at + 4)});
    all += frames.back().packed;
    if (!mayHold(frames.back().packed, frames.back().size)) return std::nullopt;
  }
  return all == end ? std::optional(frames) : std::nullopt;
}

}  // namespace

bool isPacked(std::string_view file) { return file.size() >= 4 && u32At(file, 0) == ZSTD_MAGICNUMBER; }

bool beginsAsTrace(std::string_view head) {
  char unpacked[40] = {};
  if (isPacked(head)) {
    Decompressor zstd;
    ZSTD_inBuffer in{head.data(), head.size(), 0};
    ZSTD_outBuffer out{unpacked, sizeof unpacked, 0};
    while (out.pos < out.size && !ZSTD_isError(ZSTD_decompressStream(zstd.context, &out, &in)) && in.pos < in.size) {}
    head = {unpacked, out.pos};
  }
  std::uint64_t magic = 0;
  if (head.size() >= 40) std::memcpy(&magic, head.data() + 32, 8);
  return magic == format::MAGIC;
}

std::vector<PackedDamage> unpackTrace(std::string_view file, const std::function<void(std::string_view)>& write) {
  std::vector<PackedDamage> damage;
  Decompressor zstd;
  std::string bytes;
  std::uint64_t offset = 0;
  auto place = [&](std::string_view frame) { return "byte " + std::to_string(frame.data() - file.data()) + " of the packed file: "; };
  auto unpack = [&](std::string_view frame, std::uint64_t size) {
    // A frame that is whole knows its size better than a table does.
    std::uint64_t own = ZSTD_getFrameContentSize(frame.data(), frame.size());
    std::string why = mayHold(frame.size(), own) ? "" : "not as long as it should be";
    if (why.empty()) {
      bytes.resize(own);
      std::size_t made = ZSTD_decompressDCtx(zstd.context, bytes.data(), own, frame.data(), frame.size());
      if (ZSTD_isError(made)) why = ZSTD_getErrorName(made);
      else if (made != own) why = "shorter than it says";
    }
    if (!why.empty()) {
      bytes.assign(size, '\0');
      std::size_t had = unpackPrefix(zstd.context, frame, bytes);
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(had), bytes.end(), '\0');
      damage.push_back({offset, size, place(frame) + "a frame cannot be unpacked whole: " + why});
    }
    write(bytes);
    offset += bytes.size();
  };
  std::string_view rest = file;
  if (auto table = tableOf(file)) {
    for (auto [packed, size] : *table) unpack(rest.substr(0, packed), size), rest.remove_prefix(packed);
    return damage;
  }
  while (!rest.empty()) {
    std::size_t packed = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    auto size = ZSTD_getFrameContentSize(rest.data(), rest.size());
    if (rest.size() >= 4 && u32At(rest, 0) == kSkipped) break;
    if (ZSTD_isError(packed) || !mayHold(packed, size)) {   // also if it does not say how long it is
      // Of a frame that the end cuts its part is there.
      bytes.assign(mayHold(rest.size(), size) ? size : 0, '\0');
      bytes.resize(unpackPrefix(zstd.context, rest, bytes));
      if (!bytes.empty()) write(bytes);
      damage.push_back({offset, 0, place(rest) + "no whole frame from here on"});
      break;
    }
    unpack(rest.substr(0, packed), size);
    rest.remove_prefix(packed);
  }
  return damage;
}

int packTrace(const std::string& trace, const std::string& output, bool unpack, std::ostream& out) {
  MappedFile file(pathFromUtf8(trace));
  std::string_view bytes = file.bytes();
  if (unpack && !isPacked(bytes)) throw TraceError(trace + ": is not packed");
  if (!unpack && isPacked(bytes)) throw TraceError(trace + ": is packed already; --unpack makes the trace of it");
  if (unpack) {
    if (!beginsAsTrace(bytes)) throw TraceError(trace + ": what is compressed in it is no trace");
    NewFile made(output, trace);
    std::uint64_t size = 0;
    auto damage = unpackTrace(bytes, [&](std::string_view piece) { made.write(piece), size += piece.size(); });
    if (!damage.empty()) throw TraceError(trace + ": " + damage[0].why + "; `shadowtape recover` saves what is whole");
    made.close(), made.keep();
    out << output << ": " << size << " bytes\n";
    return 0;
  }
  if (!beginsAsTrace(bytes)) throw TraceError(trace + ": is not a trace (no SHADTAPE at byte 32)");

  NewFile made(output, trace);
  Compressor zstd;
  ZSTD_CCtx_setParameter(zstd.context, ZSTD_c_compressionLevel, kPackLevel);
  ZSTD_CCtx_setParameter(zstd.context, ZSTD_c_checksumFlag, 1);
  std::string frame, table;
  std::uint32_t frames = 0;
  for (std::uint64_t at = 0; at < bytes.size(); ++frames) {
    std::string_view piece = bytes.substr(at, endOfFrame(bytes, at) - at);
    frame.resize(ZSTD_compressBound(piece.size()));
    std::size_t size = ZSTD_compress2(zstd.context, frame.data(), frame.size(), piece.data(), piece.size());
    if (ZSTD_isError(size)) throw TraceError(trace + ": " + ZSTD_getErrorName(size));
    made.write(std::string_view(frame).substr(0, size));
    addU32(table, static_cast<std::uint32_t>(size)), addU32(table, static_cast<std::uint32_t>(piece.size()));
    at += piece.size();
  }
  addU32(table, frames);
  table += '\0';   // no checksums here: each frame has its own
  addU32(table, kTableEnd);
  std::string head;
  addU32(head, kSkipped), addU32(head, static_cast<std::uint32_t>(table.size()));
  made.write(head), made.write(table), made.close();

  MappedFile again(pathFromUtf8(output));
  std::uint64_t read = 0;
  bool same = true;
  auto damage = unpackTrace(again.bytes(), [&](std::string_view piece) { same = same && piece == bytes.substr(std::min(read, bytes.size()), piece.size()), read += piece.size(); });
  if (!same || read != bytes.size() || !damage.empty()) throw TraceError(output + ": reads otherwise than it was written; is the disk sound, or was the trace still being recorded?");
  made.keep();
  out << output << ": " << again.bytes().size() << " bytes of " << bytes.size() << "; read again, it is the same\n";
  return 0;
}

}  // namespace vss
