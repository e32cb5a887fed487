#include "replayer/report.h"

#include <cstdio>
#include <fstream>

#include "traces/platform.h"
#include "traces/print.h"

namespace vss {
namespace {

constexpr int kPrinted = 100;
constexpr std::size_t kListed = 20;

std::string numbered(const Call& call) { return "call " + std::to_string(call.number) + ": " + printCall(call) + " → " + printResult(call); }

std::string names(const std::vector<const Call*>& calls, std::size_t most) {
  std::string out;
  std::size_t skip = calls.size() > most ? calls.size() - most : 0;
  if (skip) out = "… ";
  for (std::size_t i = skip; i < calls.size(); ++i) out += (i > skip ? ", " : "") + calls[i]->signature->method;
  return out;
}

}  // namespace

Report::Report(const std::filesystem::path& trace, std::optional<std::filesystem::path> file) : trace_(shownPath(trace)), file_(std::move(file)) { write(""); }

void Report::write(const std::string& text) noexcept {
  try {
    if (file_) std::ofstream(*file_, std::ios::binary | std::ios::app) << text << std::flush;
    else std::fwrite(text.data(), 1, text.size(), stderr);
  } catch (...) {
  }
}

void Report::tell(const std::string& line) noexcept { write("shadowtape replay: " + line + "\n"); }

void Report::diverged(const Divergence& d) noexcept {
  try {
    std::lock_guard lock(mutex_);
    if (++count_ > kPrinted) return;
    std::string text;
    if (count_ == 1) text = "shadowtape replay: the program went another way than " + trace_ + "\n";
    text += "divergence " + std::to_string(count_) + ": the program's call " + std::to_string(d.live.number) + ": " + printCall(d.live) + "\n";
    if (d.heldAgainst) text += "  recorded     " + numbered(*d.heldAgainst) + "\n";
    else text += "  recorded     no such call is left on this object\n";
    text += "  difference   " + d.difference + "\n";
    text += "  so far       " + (d.played.empty() ? "nothing was called on this object" : names(d.played, 8)) + "\n";
    if (d.next.empty()) text += "  goes on with nothing more on this object\n";
    for (std::size_t i = 0; i < d.next.size() && i < 3; ++i) text += (i ? "               " : "  goes on with ") + numbered(*d.next[i]) + "\n";
    text += "  answered     " + d.answer + "\n";
    if (count_ == kPrinted) text += "divergence: further ones are not printed\n";
    write(text);
  } catch (...) {
  }
}

void Report::notAskedFor(const std::vector<const Call*>& calls) noexcept {
  try {
    if (calls.empty()) return;
    std::string text = "shadowtape replay: " + std::to_string(calls.size()) + (calls.size() == 1 ? " recorded call was" : " recorded calls were") +
                       " never asked for:\n";
    for (std::size_t i = 0; i < calls.size() && i < kListed; ++i) text += "  " + numbered(*calls[i]) + "\n";
    if (calls.size() > kListed) text += "  and " + std::to_string(calls.size() - kListed) + " more\n";
    write(text);
  } catch (...) {
  }
}

}  // namespace vss
