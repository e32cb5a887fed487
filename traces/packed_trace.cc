#include "traces/packed_trace.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <ostream>
#include <utility>

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
constexpr std::size_t kKeptUnpacked = 4;

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

}  // namespace

struct PackedTrace::Context {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~Context() { ZSTD_freeDCtx(context); }
};

bool isPacked(std::string_view file) { return file.size() >= 4 && u32At(file, 0) == ZSTD_MAGICNUMBER; }

bool beginsAsTrace(std::string_view head) {
  char unpacked[40] = {};
  if (isPacked(head)) {
    PackedTrace::Context zstd;
    ZSTD_inBuffer in{head.data(), head.size(), 0};
    ZSTD_outBuffer out{unpacked, sizeof unpacked, 0};
    while (out.pos < out.size && !ZSTD_isError(ZSTD_decompressStream(zstd.context, &out, &in)) && in.pos < in.size) {}
    head = {unpacked, out.pos};
  }
  std::uint64_t magic = 0;
  if (head.size() >= 40) std::memcpy(&magic, head.data() + 32, 8);
  return magic == format::MAGIC;
}

PackedTrace::PackedTrace(std::string_view file) : file_(file), context_(std::make_unique<Context>()) {
  if (!readTable()) walkFrames();
}
PackedTrace::~PackedTrace() = default;

bool PackedTrace::readTable() {
  if (file_.size() < kSkippedHead + kTableFoot || u32At(file_, file_.size() - 4) != kTableEnd) return false;
  const std::uint64_t count = u32At(file_, file_.size() - kTableFoot), checksums = file_[file_.size() - 5] & 0x80 ? 4 : 0;
  const std::uint64_t table = count * (kTableEntry + checksums) + kTableFoot;
  if (table + kSkippedHead > file_.size()) return false;
  const std::uint64_t end = file_.size() - table - kSkippedHead;
  if (u32At(file_, end) != kSkipped || u32At(file_, end + 4) != table) return false;
  std::uint64_t packedAt = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t entry = end + kSkippedHead + i * (kTableEntry + checksums);
    std::uint32_t packed = u32At(file_, entry);
    if (packed > end - packedAt) return frames_.clear(), size_ = 0, false;
    frames_.push_back({packedAt, size_, packed, false});
    packedAt += packed, size_ += u32At(file_, entry + 4);
  }
  if (packedAt != end) return frames_.clear(), size_ = 0, false;
  return true;
}

void PackedTrace::walkFrames() {
  for (std::uint64_t at = 0; at < file_.size();) {
    std::string_view rest = file_.substr(at);
    std::size_t packed = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    auto size = ZSTD_getFrameContentSize(rest.data(), rest.size());
    if (ZSTD_isError(packed) || size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > UINT32_MAX) {
      if (rest.size() < 4 || u32At(rest, 0) != kSkipped) damage_.push_back({size_, 0, "byte " + std::to_string(at) + " of the packed file: no whole frame of zstd from here on"});
      return;
    }
    frames_.push_back({at, size_, static_cast<std::uint32_t>(packed), false});
    at += packed, size_ += size;
  }
}

std::uint64_t PackedTrace::endOf(std::size_t frame) const { return frame + 1 < frames_.size() ? frames_[frame + 1].offset : size_; }

std::shared_ptr<const std::string> PackedTrace::unpack(std::size_t index) {
  auto known = std::find_if(recent_.begin(), recent_.end(), [&](const Unpacked& one) { return one.frame == index; });
  if (known != recent_.end()) return known->bytes;
  Frame& frame = frames_[index];
  const std::uint64_t size = endOf(index) - frame.offset;
  std::string_view packed = file_.substr(frame.packedAt, frame.packed);
  // What a table claims costs nothing until the frame itself says the same.
  std::string why = ZSTD_getFrameContentSize(packed.data(), packed.size()) != size ? "not as long as the table says" : size > kLargestFrame ? "too long" : "";
  auto bytes = std::make_shared<std::string>(std::min(size, kLargestFrame), '\0');
  if (why.empty()) {
    std::size_t made = ZSTD_decompressDCtx(context_->context, bytes->data(), bytes->size(), packed.data(), packed.size());
    if (ZSTD_isError(made)) why = ZSTD_getErrorName(made);
    else if (made != size) why = "shorter than it says";
    if (!why.empty()) bytes->assign(bytes->size(), '\0');
  }
  if (!why.empty() && !std::exchange(frame.told, true)) damage_.push_back({frame.offset, size, "byte " + std::to_string(frame.packedAt) + " of the packed file: a frame cannot be unpacked: " + why});
  if (recent_.size() == kKeptUnpacked) recent_.erase(recent_.begin());
  recent_.push_back({index, bytes});
  return bytes;
}

TracePiece PackedTrace::at(std::uint64_t offset, std::uint64_t size) {
  if (offset >= size_) return {};
  size = std::min(size, size_ - offset);
  auto frame = static_cast<std::size_t>(std::upper_bound(frames_.begin(), frames_.end(), offset, [](std::uint64_t at, const Frame& one) { return at < one.offset; }) - frames_.begin() - 1);
  std::uint64_t from = offset - frames_[frame].offset;
  auto bytes = unpack(frame);
  if (from % 8 == offset % 8 && from + size <= bytes->size()) return {std::string_view(*bytes).substr(from, size), bytes};
  auto joined = std::make_shared<std::string>();
  joined->reserve(offset % 8 + size);
  joined->assign(offset % 8, '\0');   // so that the bytes lie as they do in the trace
  for (std::uint64_t left = size; left; ++frame, from = 0) {
    bytes = unpack(frame);
    std::uint64_t length = std::min(endOf(frame) - frames_[frame].offset - from, left);
    joined->append(from < bytes->size() ? std::string_view(*bytes).substr(from, length) : std::string_view());
    joined->resize(offset % 8 + size - (left -= length));   // of a frame that is too long to be unpacked
  }
  return {std::string_view(*joined).substr(offset % 8), joined};
}

int packTrace(const std::string& trace, const std::string& output, bool unpack, std::ostream& out) {
  MappedFile file(pathFromUtf8(trace));
  std::string_view bytes = file.bytes();
  if (unpack && !isPacked(bytes)) throw TraceError(trace + ": is not packed");
  if (!unpack && isPacked(bytes)) throw TraceError(trace + ": is packed already; --unpack makes the trace of it");
  if (unpack) {
    PackedTrace packed(bytes);
    if (!beginsAsTrace(packed.at(0, 40).bytes)) throw TraceError(trace + ": what is compressed in it is no trace");
    NewFile made(output, trace);
    for (std::uint64_t at = 0; at < packed.size();) {
      TracePiece piece = packed.at(at, kUsualFrame);
      made.write(piece.bytes), at += piece.bytes.size();
    }
    for (const auto& damage : packed.damage()) throw TraceError(trace + ": " + damage.why + "; `shadowtape recover` saves what is whole");
    made.close(), made.keep();
    out << output << ": " << std::to_string(packed.size()) << " bytes\n";
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
  PackedTrace packed(again.bytes());
  bool same = packed.size() == bytes.size();
  for (std::uint64_t at = 0; same && at < bytes.size();) {
    TracePiece piece = packed.at(at, kUsualFrame);
    same = piece.bytes == bytes.substr(at, piece.bytes.size()), at += piece.bytes.size();
  }
  if (!same || !packed.damage().empty()) throw TraceError(output + ": reads otherwise than it was written; is the disk sound, or was the trace still being recorded?");
  made.keep();
  out << output << ": " << std::to_string(again.bytes().size()) << " bytes of " << std::to_string(bytes.size()) << "; read again, it is the same\n";
  return 0;
}

}  // namespace vss
