// Writes a trace for apitrace's reader, after its docs/FORMAT.markdown (version 5, snappy): usage apitrace_write FILE CALLS. The writing is not measured:
// apitrace's own recorder is generated for graphics APIs.
#include <snappy.h>

#include <cstring>
#include <string>

#include "peer.h"

namespace {
std::string out;
FILE* file;

void number(std::uint64_t n) {
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(0x80 | (n & 0x7F));
  out += static_cast<char>(n);
}
void text(const char* s) { number(std::strlen(s)), out += s; }
void flush() {
  std::string packed;
  snappy::Compress(out.data(), out.size(), &packed);
  auto size = static_cast<std::uint32_t>(packed.size());
  std::fwrite(&size, 4, 1, file), std::fwrite(packed.data(), 1, packed.size(), file);
  out.clear();
}
void blob(const void* bytes, std::size_t size) { out += '\x08', number(size), out.append(static_cast<const char*>(bytes), size); }
void argument(unsigned index) { out += '\x01', number(index); }
void integer(std::uint64_t n) { out += '\x04', number(n); }
}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || !(file = std::fopen(argv[1], "wb"))) return 64;
  std::fwrite("at", 1, 2, file);
  number(5);
  for (long i = 0, calls = std::atol(argv[2]); i < calls; ++i) {
    auto w = static_cast<unsigned>(i % 8);
    out += '\0', number(1), number(0);   // enter, thread, signature
    if (i == 0) {
      text("IVssBackupComponents::GetWriterStatus"), number(7);
      for (const char* name : {"this", "iWriter", "pidInstance", "pidWriter", "pbstrWriter", "pnStatus", "phResultFailure"}) text(name);
    }
    argument(0), integer(1), argument(1), integer(w), out += '\0';
    char id[16] = {static_cast<char>(w)};
    out += '\x01', number(static_cast<std::uint64_t>(i));   // leave
    argument(2), blob(id, 16), argument(3), blob(id, 16), argument(4), blob(kWriterNames[w], 2 * kNameLengths[w]), argument(5), integer(1), argument(6), integer(0);
    out += '\x02', integer(0), out += '\0';
    if (out.size() > (1 << 20)) flush();
  }
  flush();
  std::fclose(file);
}
