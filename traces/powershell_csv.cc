// What ConvertTo-Csv and Export-Csv print, with any of their usual delimiters.
#include <utility>

#include "traces/powershell_objects.h"

namespace vss {
namespace {

constexpr int mostLines = 8;  // of a record: names may hold line breaks

struct Cell {
  std::string value;
  bool closed = true;  // or it had no quotes
  bool quoted = false;
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : lines_(text) {}
  PastedObjects read();

 private:
  bool takeHead(std::string_view line);
  bool takeRecord(std::string_view line);
  std::string_view withoutMark(std::string_view line) const;
  std::vector<Cell> cellsOf(std::string_view line, char delimiter, bool overLines);

  Lines lines_;
  PastedObjects read_;
  std::string_view mark_;                       // before each line, as `> `
  char delimiter_ = 0;                          // 0: no head was seen
  std::vector<std::optional<Part>> parts_;      // of the cells
};

PastedObjects CsvReader::read() {
  for (std::string_view line; lines_.next(line);) {
    if (withoutSpace(line).empty() || takeHead(line)) continue;
    if (delimiter_ && !takeRecord(line)) delimiter_ = 0;
  }
  return std::move(read_);
}

bool CsvReader::takeHead(std::string_view line) {
  if (line.size() > 1000) return false;
  std::string_view text = withoutPrefix(line);
  for (char delimiter : {',', ';', '\t'}) {
    if (text.find(delimiter) == text.npos) continue;
    PartLabels labels;
    std::vector<std::optional<Part>> parts;
    for (const Cell& cell : cellsOf(text, delimiter, false)) parts.push_back(labels.add(withoutSpace(cell.value)));
    if (parts.size() < 3 || !labels.describeWriter()) continue;
    delimiter_ = delimiter;
    parts_ = std::move(parts);
    mark_ = line.substr(0, static_cast<std::size_t>(text.data() - line.data()));
    read_.heads.push_back(line);
    return true;
  }
  return false;
}

std::string_view CsvReader::withoutMark(std::string_view line) const {
  return line.starts_with(mark_) ? line.substr(mark_.size()) : line;
}

// A line that has not as many cells is no record, unless the text ends in it.
bool CsvReader::takeRecord(std::string_view line) {
  PastedObject object;
  object.line = lines_.number();
  auto cells = cellsOf(withoutMark(line), delimiter_, true);
  bool last = lines_.cut();
  object.whole = cells.size() == parts_.size() && cells.back().closed;
  if (cells.size() > parts_.size() || (!object.whole && !last)) return false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    bool mayBeCut = last && i + 1 == cells.size() && !(cells[i].quoted && cells[i].closed);
    if (!parts_[i] || !cells[i].closed) continue;
    object.properties.push_back({*parts_[i], std::move(cells[i].value), object.line, false, false, mayBeCut});
  }
  object.text = {line.data(), lines_.rest().data()};
  if (likenessOf(object) == Likeness::none) return !last;
  read_.objects.push_back(std::move(object));
  return true;
}

// In quotes a delimiter is text, a quotation mark stands twice, and the cell goes on over lines.
std::vector<Cell> CsvReader::cellsOf(std::string_view line, char delimiter, bool overLines) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<Cell> cells(1);
  bool inside = false;
  for (int n = 1;; ++n) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      Cell& cell = cells.back();
      bool quote = line[i] == '"';
      if (inside && quote && i + 1 < line.size() && line[i + 1] == '"') cell.value += line[i++];
      else if (inside && quote) inside = false, cell.closed = true;
      else if (!inside && quote && cell.value.empty() && !cell.quoted) inside = true, cell.quoted = true, cell.closed = false;
      else if (!inside && line[i] == delimiter) cells.emplace_back();
      else cell.value += line[i];
    }
    Lines ahead = lines_;
    if (!inside || !overLines || n == mostLines || !ahead.next(line)) return cells;
    lines_ = ahead;
    cells.back().value += '\n';
    line = withoutMark(line);
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
}

}  // namespace

PastedObjects csvIn(std::string_view text) { return CsvReader(text).read(); }

}  // namespace vss
