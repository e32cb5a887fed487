// A packed trace: the bytes of a trace in zstd's seekable format, a frame for each chunk, so that one chunk can be read without the others. `zstd -d` makes
// the trace again, byte for byte. FORMAT.md §12.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vss {

// Whether a file with these bytes is compressed by zstd.
bool isPacked(std::string_view file);
// Whether a file that begins with these bytes begins as a trace does, packed or not. 4096 bytes are enough.
bool beginsAsTrace(std::string_view head);

// Bytes of a trace, and what has to live as long as they are looked at.
struct TracePiece {
  std::string_view bytes;
  std::shared_ptr<const void> held;
};

// Reads a packed trace. Holds the table of its frames, 24 bytes each, and the frames that were unpacked last. For one thread at a time.
class PackedTrace {
 public:
  // file: a whole file, which has to outlive this. A table that is damaged or missing is made again from the frames, up to the first that is none.
  explicit PackedTrace(std::string_view file);
  ~PackedTrace();

  std::uint64_t size() const { return size_; }   // of the trace, in bytes
  // The bytes from offset on, fewer than size where the trace ends. They lie at a multiple of eight if offset does. What cannot be unpacked reads as
  // zeros, and is in damage() from then on.
  TracePiece at(std::uint64_t offset, std::uint64_t size);

  struct Context;   // of zstd
  struct Damage { std::uint64_t offset, size; std::string why; };   // bytes of the trace
  const std::vector<Damage>& damage() const { return damage_; }

 private:
  struct Frame { std::uint64_t packedAt, offset; std::uint32_t packed; bool told; };
  struct Unpacked { std::size_t frame; std::shared_ptr<const std::string> bytes; };

  bool readTable();
  void walkFrames();
  std::uint64_t endOf(std::size_t frame) const;
  std::shared_ptr<const std::string> unpack(std::size_t frame);

  std::string_view file_;
  std::vector<Frame> frames_;
  std::uint64_t size_ = 0;
  std::vector<Unpacked> recent_;
  std::vector<Damage> damage_;
  std::unique_ptr<Context> context_;
};

// `shadowtape pack`: compresses the bytes of a trace as they are, damage too, and reads them again before it says so; unpack: the way back. Returns
// the exit code; throws TraceError for a file that cannot be read or written, is no trace, or is packed (unpacked) already.
int packTrace(const std::string& trace, const std::string& output, bool unpack, std::ostream& out);

}  // namespace vss
