// Records GetWriterStatus calls as lines of a log, with spdlog into a file: usage spdlog_record FILE CALLS. Not kept when the process is killed.
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "peer.h"

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  long calls = std::atol(argv[2]);
  auto log = spdlog::basic_logger_st("calls", argv[1], true);
  std::string names[8];
  for (int i = 0; i < 8; ++i) names[i].assign(kWriterNames[i], kWriterNames[i] + kNameLengths[i]);
  double start = now();
  for (long i = 0; i < calls; ++i) {
    auto w = static_cast<unsigned>(i % 8);
    log->info("{} object 1 GetWriterStatus({})", 2 * i + 1, w);
    log->info("{} call {} = {:#x}, {:08x}-0000-0000-0000-000000000000, {:08x}-0000-0000-0000-000000000000, {}, {}, {:#x}", 2 * i + 2, 2 * i + 1, 0, w, w, names[w], 1, 0);
  }
  log->flush();
  tell(start, calls);
}
