// What Format-Table prints: columns, cut with an ellipsis or wrapped where they are too narrow.
#include <algorithm>
#include <utility>

#include "traces/listing_fields.h"
#include "traces/powershell_objects.h"
#include "traces/vssadmin_words.h"

namespace vss {
namespace {

constexpr std::size_t mostHeadLines = 3, longestLine = 4000;

struct Column {
  std::size_t start = 0;  // of the dashes, in characters
  std::optional<Part> part;
};

std::size_t charactersIn(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool isEllipsis(std::string_view text) { return text.ends_with("...") || text.ends_with("\u2026"); }

// name {class id} {instance id} [state] word error, where there are no columns or the row keeps to none: what is left if a page
// made one space of many.
std::optional<PastedObject> rowByStructure(std::string_view line, std::size_t number) {
  std::size_t open[2], close[2], from = 0;
  for (int i = 0; i < 2; ++i) {
    open[i] = line.find('{', from);
    close[i] = open[i] == line.npos ? open[i] : line.find('}', open[i]);
    if (close[i] == line.npos) return std::nullopt;
    from = close[i] + 1;
  }
  std::string_view name = trimmed(line.substr(0, open[0])), state = trimmed(line.substr(from)), error;
  auto bracket = bracketAtFront(state);
  if (!bracket || name.empty()) return std::nullopt;
  std::string_view words = trimmed(state.substr(bracket->end));
  for (std::size_t space = words.find(' '); space != words.npos && space < 100; space = words.find(' ', space + 1)) {
    if (!kindOfStateWord(comparable(words.substr(0, space)))) continue;
    error = trimmed(words.substr(space));
    state = state.substr(0, static_cast<std::size_t>(words.data() - state.data()) + space);
    break;
  }
  PastedObject row;
  row.line = number;
  for (auto [part, value] : {std::pair(Part::name, name), {Part::classId, line.substr(open[0], close[0] + 1 - open[0])},
                             {Part::instanceId, line.substr(open[1], close[1] + 1 - open[1])}, {Part::state, state}, {Part::error, error}}) {
    if (!value.empty()) row.properties.push_back({part, std::string(value), number});
  }
  return row;
}

// nullopt: the line does not keep to the columns.
std::optional<std::vector<std::string_view>> cellsOf(std::string_view line, const std::vector<Column>& columns) {
  std::vector<std::size_t> starts;
  std::size_t column = 0;
  for (std::size_t byte = 0; byte < line.size() && starts.size() < columns.size(); ++byte) {
    if ((line[byte] & 0xC0) == 0x80 || column++ != columns[starts.size()].start) continue;
    if (!starts.empty() && line[byte - 1] != ' ') return std::nullopt;
    starts.push_back(byte);
  }
  std::vector<std::string_view> cells(columns.size());
  for (std::size_t i = 0; i < starts.size(); ++i) {
    std::size_t end = i + 1 < starts.size() ? starts[i + 1] : line.size();
    cells[i] = withoutSpace(line.substr(starts[i], end - starts[i]));
  }
  return cells;
}

class TableReader {
 public:
  explicit TableReader(std::string_view text) : lines_(text) {}
  PastedObjects read();

 private:
  void takeLine(std::string_view line);
  bool takeRule(std::string_view line);
  bool takeHead(std::vector<Column>& columns, std::size_t lines);
  PastedObject rowOf(const std::vector<std::string_view>& cells);
  bool goesOn(const std::vector<std::string_view>& cells) const;
  bool goesOnIn(std::size_t column, std::string_view cell) const;
  void goOn(const std::vector<std::string_view>& cells, std::string_view line);
  std::string_view joint(std::size_t column) const;
  std::size_t widthOf(std::size_t column) const { return columns_[column + 1].start - columns_[column].start - 1; }
  void keep(PastedObject row, std::string_view line);
  void doubtLastRow();

  Lines lines_;
  PastedObjects read_;
  std::vector<Column> columns_;                // empty: no head was seen
  std::vector<std::string_view> head_;         // the lines before, that may be a table's head
  std::size_t rowEnd_ = 0;                     // the last row's last line
  bool wraps_ = false;
  std::vector<std::string> cells_;             // of the row that the line before was part of, its last lines; empty: it was none
};

PastedObjects TableReader::read() {
  for (std::string_view line; lines_.next(line);) {
    if (line.find_first_not_of("> |\t\r") == line.npos || withoutSpace(line).empty()) {
      cells_.clear();
      continue;
    }
    if (line.size() <= longestLine) takeLine(line);
    if (head_.size() == mostHeadLines) head_.erase(head_.begin());
    head_.push_back(line);
  }
  bool textEnds = rowEnd_ + (lines_.cut() ? 1 : 0) >= lines_.number();
  if (rowEnd_ && textEnds) doubtLastRow();
  return std::move(read_);
}

void TableReader::takeLine(std::string_view line) {
  if (takeRule(line)) return;
  auto cells = columns_.empty() ? std::nullopt : cellsOf(line, columns_);
  if (cells) {
    PastedObject row = rowOf(*cells);
    Likeness likeness = likenessOf(row);
    if (likeness == Likeness::sure) {
      keep(std::move(row), line);
      cells_.assign(cells->begin(), cells->end());
      return;
    }
    if (goesOn(*cells)) return goOn(*cells, line);
    if (likeness == Likeness::word && row.find(Part::name)) {
      keep(std::move(row), line);
      cells_.assign(cells->begin(), cells->end());
      return;
    }
  }
  cells_.clear();
  auto field = fieldOf(line, [](const Field& f) { return f.shape != Shape::text || roleOfLabel(f.label) != LabelRole::none; });
  if (field && (field->shape != Shape::text || roleOfLabel(field->label) != LabelRole::none)) return;
  if (auto row = rowByStructure(line, lines_.number())) {
    row->properties.back().last = lines_.cut();
    keep(std::move(*row), line);
  }
}

// The dashes under the head tell where the columns are.
bool TableReader::takeRule(std::string_view line) {
  std::size_t from = std::min(line.find_first_not_of("> |\t"), line.size());
  std::string_view text = withoutSpace(line);
  if (line[from] != '-' || text.substr(static_cast<std::size_t>(line.data() + from - text.data())).find_first_not_of("- ") != text.npos) return false;
  std::vector<Column> columns;
  for (std::size_t at = from; at < line.size() && line[at] == '-';) {
    std::size_t end = std::min(line.find_first_not_of('-', at), line.size());
    columns.push_back({at, {}});
    at = std::min(line.find_first_not_of(' ', end), line.size());
  }
  if (columns.size() < 2) return false;
  for (std::size_t n = 1; n <= head_.size(); ++n) {
    if (!takeHead(columns, n)) continue;
    read_.heads.insert(read_.heads.end(), head_.end() - static_cast<std::ptrdiff_t>(n), head_.end());
    read_.heads.push_back(line);
    columns_ = std::move(columns);
    return true;
  }
  return false;
}

// The labels stand over the dashes, in one line or wrapped.
bool TableReader::takeHead(std::vector<Column>& columns, std::size_t lines) {
  std::vector<std::string> texts(columns.size());
  for (std::size_t n = head_.size() - lines; n < head_.size(); ++n) {
    auto cells = cellsOf(head_[n], columns);
    if (!cells) return false;
    for (std::size_t i = 0; i < columns.size(); ++i) texts[i] += (*cells)[i];
  }
  PartLabels labels;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::string_view label = texts[i];
    bool cut = isEllipsis(label);  // three bytes, both kinds
    columns[i].part = cut ? labels.addBegun(label.substr(0, label.size() - 3)) : labels.add(label);
  }
  return labels.describeWriter();
}

PastedObject TableReader::rowOf(const std::vector<std::string_view>& cells) {
  PastedObject row;
  row.line = lines_.number();
  std::size_t lastCell = cells.size();
  while (lastCell > 0 && cells[lastCell - 1].empty()) --lastCell;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!columns_[i].part || cells[i].empty()) continue;
    bool full = i + 1 == cells.size() || charactersIn(cells[i]) >= widthOf(i);
    bool last = lines_.cut() && i + 1 == lastCell;
    bool cut = full && (isEllipsis(cells[i]) || (last && cells[i].ends_with('.')));  // the text may end inside the ellipsis
    row.properties.push_back({*columns_[i].part, std::string(cells[i]), row.line, cut, false, last});
  }
  return row;
}

// Whether the line's cells are what did not fit into the line before: each under one that has no room for its first word.
bool TableReader::goesOn(const std::vector<std::string_view>& cells) const {
  if (cells_.empty() || read_.objects.empty()) return false;
  bool nameAlone = true, something = false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    if (!goesOnIn(i, cells[i])) return false;
    something = true;
    if (columns_[i].part != Part::name) nameAlone = false;
  }
  return something && !(nameAlone && lines_.cut());  // it could be the next writer's
}

bool TableReader::goesOnIn(std::size_t column, std::string_view cell) const {
  std::string_view before = cells_[column];
  if (before.empty() || isEllipsis(before) || cell.find(":\\") != cell.npos) return false;
  if (column + 1 == columns_.size()) return true;
  std::size_t word = std::min(cell.find(' '), cell.size()), hyphen = cell.find('-');
  if (hyphen < word) word = hyphen + 1;
  return charactersIn(before) + joint(column).size() + charactersIn(cell.substr(0, word)) > widthOf(column);
}

// What stood between a cell's last line and the next: nothing in an id, behind a hyphen, and in a word that fills the column.
std::string_view TableReader::joint(std::size_t column) const {
  std::string_view before = cells_[column];
  auto part = columns_[column].part;
  bool hyphen = before.ends_with('-') && !before.ends_with(" -");
  bool inWord = column + 1 < columns_.size() && charactersIn(before) >= widthOf(column) && before.find(' ') == before.npos;
  return part == Part::classId || part == Part::instanceId || hyphen || inWord ? "" : " ";
}

void TableReader::goOn(const std::vector<std::string_view>& cells, std::string_view line) {
  PastedObject& row = read_.objects.back();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    for (Property& property : row.properties) {
      if (property.part != columns_[i].part) continue;
      (property.value += joint(i)) += cells[i];
      property.wrapped = true;
      property.last = lines_.cut();
    }
    cells_[i] = cells[i];
  }
  row.text = {row.text.data(), line.data() + line.size()};
  wraps_ = true;
  rowEnd_ = lines_.number();
}

void TableReader::keep(PastedObject row, std::string_view line) {
  row.text = line;
  rowEnd_ = lines_.number();
  row.whole = !lines_.cut() || row.find(Part::error);
  read_.objects.push_back(std::move(row));
}

// Nothing follows the last row. In a table that wraps, its cells may lack lines.
void TableReader::doubtLastRow() {
  PastedObject& row = read_.objects.back();
  auto isPiece = [](const Property& p) { return (p.part == Part::classId || p.part == Part::instanceId) && !p.cut && !p.last && !p.value.ends_with('}'); };
  if (!wraps_ && std::none_of(row.properties.begin(), row.properties.end(), isPiece)) return;
  for (Property& property : row.properties) property.last = true;
}

}  // namespace

PastedObjects tablesIn(std::string_view text) { return TableReader(text).read(); }

}  // namespace vss
