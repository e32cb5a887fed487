// How far a run is, on a terminal: one line on standard error that is written over, and is gone at the end.
#pragma once
#include <chrono>
#include <iosfwd>
#include <string>

namespace vss {

class ProgressLine {
 public:
  // width: of the terminal; 0: there is none, and nothing is written.
  ProgressLine(std::ostream& err, unsigned width) : err_(err), width_(width) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const std::string& text);  // cut to the width
  void clear();                        // before anything else is written to the terminal

 private:
  std::ostream& err_;
  unsigned width_;
  std::size_t shown_ = 0;
};

// "412 of 683, 3 red, about 12 s left: WS-049.2": `done` of `all` took `spent` so far.
std::string progressInWords(std::size_t done, std::size_t all, std::size_t red, std::chrono::milliseconds spent, const std::string& now);

}  // namespace vss
