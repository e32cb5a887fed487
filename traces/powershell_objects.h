// PowerShell objects as they were pasted: the properties that tell of a writer, whatever form they have.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/listing_text.h"

namespace vss {

enum class Part { name, classId, instanceId, state, stateNumber, stateText, error };

struct Property {
  Part part;
  std::string value;      // UTF-8; of a name not a character is changed
  std::size_t line = 0;
  bool cut = false;       // the form cut it off
  bool wrapped = false;   // it was put together from several lines
  bool last = false;      // the text ends behind it, perhaps too early
};

struct PastedObject {
  std::vector<Property> properties;  // each part once at most
  std::size_t line = 0;
  bool whole = true;
  std::string_view text;             // where it stands

  const Property* find(Part part) const;
};

struct PastedObjects {
  std::vector<PastedObject> objects;
  std::vector<ListingRemark> remarks;
  std::vector<std::string_view> heads;  // of tables: read, but no object
};

// The labels of one object, or of a table's columns.
class PartLabels {
 public:
  // What the label names; nullopt: nothing that we know, or what an earlier label named.
  std::optional<Part> add(std::string_view label);
  // A label that a table cut off, if only one part's label begins so.
  std::optional<Part> addBegun(std::string_view label);
  bool describeWriter() const;

 private:
  std::optional<Part> add(Part part, bool ofWriter);
  unsigned seen_ = 0;
  bool ofWriter_ = false;
};

// How sure it is that the properties are a writer's: an id or a state's number is there, or only a word for a state.
enum class Likeness { none, word, sure };
Likeness likenessOf(const PastedObject& object);

PastedObjects tablesIn(std::string_view text);
PastedObjects listsIn(std::string_view text);
PastedObjects jsonIn(std::string_view text);
PastedObjects csvIn(std::string_view text);

}  // namespace vss
