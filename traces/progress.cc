#include "traces/progress.h"

#include <ostream>

namespace vss {

// Spaces and not an escape sequence: every console knows them. The last column stays free, or some would go to the next line.
void ProgressLine::show(const std::string& text) {
  if (width_ < 2) return;
  std::string line = text.substr(0, width_ - 1);
  std::size_t before = shown_;
  shown_ = line.size();
  if (before > line.size()) line.resize(before, ' ');
  err_ << '\r' << line << std::flush;
}

void ProgressLine::clear() {
  if (shown_) err_ << '\r' << std::string(shown_, ' ') << '\r' << std::flush;
  shown_ = 0;
}

std::string progressInWords(std::size_t done, std::size_t all, std::size_t red, std::chrono::milliseconds spent, const std::string& now) {
  std::string text = std::to_string(done) + " of " + std::to_string(all) + ", " + std::to_string(red) + " red";
  if (done >= 5) {  // fewer tell little
    auto left = (spent.count() * static_cast<long long>(all - done) / static_cast<long long>(done) + 999) / 1000;
    text += ", about " + (left < 120 ? std::to_string(left) + " s" : std::to_string((left + 59) / 60) + " min") + " left";
  }
  return text + ": " + now;
}

}  // namespace vss
