// A packed trace: the bytes of a trace in zstd's seekable format, a frame for each chunk. `zstd -d` makes the trace again, byte for byte. FORMAT.md §12.
#pragma once
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace vss {

// Whether a file with these bytes is compressed by zstd.
bool isPacked(std::string_view file);
// Whether a file that begins with these bytes begins as a trace does, packed or not. 4096 bytes are enough.
bool beginsAsTrace(std::string_view head);

// Bytes of the trace, a frame, that could not be unpacked whole. size 0: how many is not known, it is all that came behind.
struct PackedDamage { std::uint64_t offset, size; std::string why; };

// Hands the trace's bytes to `write`, at most 16 MB at a time: as they are in the packed file, with zeros for what
// cannot be unpacked; in a frame of PackedDamage they may also be wrong. Where frames lie tells
// the table at the file's end; if it is damaged or missing the frames do, up to the first that is none. Throws what `write` throws.
std::vector<PackedDamage> unpackTrace(std::string_view file, const std::function<void(std::string_view)>& write);

// `shadowtape pack`: compresses the bytes of a trace as they are, damage too, and reads them again before it says so; unpack: the way back. Returns
// the exit code; throws TraceError for a file that cannot be read or written, is no trace, or is packed (unpacked) already.
int packTrace(const std::string& trace, const std::string& output, bool unpack, std::ostream& out);

}  // namespace vss
