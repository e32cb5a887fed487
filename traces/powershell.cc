#include "traces/powershell.h"

#include <algorithm>
#include <utility>

#include "traces/listing_fields.h"
#include "traces/powershell_objects.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"
#include "traces/vssadmin_words.h"

namespace vss {
namespace {

struct PropertyName { std::string_view text; Part part; bool ofWriter; };

// The first five from a listing; the others are what such scripts, and `shadowtape status --format json`, call the same things.
constexpr PropertyName propertyNames[] = {
    {"writer", Part::name, true},
    {"writerid", Part::classId, true},
    {"writerinstanceid", Part::instanceId, true},
    {"state", Part::state, false},
    {"lasterror", Part::error, false},
    {"writername", Part::name, true},
    {"name", Part::name, false},
    {"id", Part::classId, false},
    {"classid", Part::classId, false},
    {"writerclassid", Part::classId, true},
    {"instanceid", Part::instanceId, false},
    {"status", Part::state, false},
    {"writerstate", Part::state, true},
    {"stateid", Part::stateNumber, false},
    {"statecode", Part::stateNumber, false},
    {"statetext", Part::stateText, false},
    {"statedesc", Part::stateText, false},
    {"statedescription", Part::stateText, false},
    {"statename", Part::stateText, false},
    {"error", Part::error, false},
    {"failure", Part::error, false},
    {"writerfailure", Part::error, true},
};

// [1] Stable, 1, VSS_WS_STABLE or Stable.
void readState(const Property& property, ListedBlock& block, std::vector<ListingRemark>& remarks) {
  std::string_view value = trimmed(property.value);
  ListedWriter& writer = block.writer;
  if (!block.stateLine) block.stateLine = property.line;
  if (auto bracket = bracketAtFront(value)) {
    writer.state = bracket->number;
    if (!property.cut) writer.stateText = toUtf16(trimmed(value.substr(bracket->end)));
  } else if (auto number = decimalIn(value)) {
    if (property.last) remarks.push_back({property.line, "the text ends inside a state"});
    else writer.state = *number;
  } else if (property.last && value.starts_with('[')) {
    remarks.push_back({property.line, "the text ends inside a state"});
  } else if (!property.cut) {
    auto constant = enumeratorNamed("VSS_WRITER_STATE", std::string(value));
    if (constant && !writer.state) writer.state = static_cast<std::uint32_t>(*constant);
    writer.stateText = toUtf16(value);
  }
}

void readError(const Property& property, ListedBlock& block) {
  std::string_view value = trimmed(property.value);
  if (value.empty() || property.cut) return;
  block.errorLine = property.line;
  block.errorCut = property.last;
  if (auto code = resultNamed(value); code && (!property.last || value.size() == 10)) block.writer.failure = code;
  else block.writer.errorText = toUtf16(value);
}

ListedBlock blockOf(const PastedObject& object, std::vector<ListingRemark>& remarks) {
  ListedBlock block;
  ListedWriter& writer = block.writer;
  writer.line = object.line;
  block.whole = object.whole;
  for (const Property& property : object.properties) {
    bool isClass = property.part == Part::classId;
    switch (property.part) {
      case Part::name:
        writer.name = toUtf16(property.value);
        if (property.last) remarks.push_back({property.line, "the text ends behind a writer's name, which may not be whole"});
        break;
      case Part::classId:
      case Part::instanceId: {
        auto& id = isClass ? writer.classId : writer.instanceId;
        id = property.cut ? std::nullopt : guidIn(property.value);
        if (property.last && !id) remarks.push_back({property.line, "the text ends inside an id"});
        break;
      }
      case Part::state:
      case Part::stateNumber: readState(property, block, remarks); break;
      case Part::stateText: break;
      case Part::error: readError(property, block); break;
    }
  }
  const Property* text = object.find(Part::stateText);
  if (text && !text->cut && writer.stateText.empty()) writer.stateText = toUtf16(trimmed(text->value));
  return block;
}

void remarkNames(const std::vector<PastedObject>& objects, bool Property::* what, const std::string& sentence, std::vector<ListingRemark>& remarks) {
  std::size_t n = 0, first = 0;
  for (const PastedObject& object : objects) {
    const Property* name = object.find(Part::name);
    if (name && name->*what && n++ == 0) first = name->line;
  }
  if (n > 0) remarks.push_back({first, writersHave(n) + " " + sentence});
}

}  // namespace

const Property* PastedObject::find(Part part) const {
  auto found = std::find_if(properties.begin(), properties.end(), [&](const Property& p) { return p.part == part; });
  return found == properties.end() ? nullptr : &*found;
}

std::optional<Part> PartLabels::add(std::string_view label) {
  if (label.size() > 60) return std::nullopt;
  std::string key = comparable(label);
  const auto* found = std::find_if(std::begin(propertyNames), std::end(propertyNames), [&](const PropertyName& l) { return l.text == key; });
  return found == std::end(propertyNames) ? std::nullopt : add(found->part, found->ofWriter);
}

std::optional<Part> PartLabels::addBegun(std::string_view label) {
  std::string key = comparable(label);
  const PropertyName* found = nullptr;
  for (const PropertyName& known : propertyNames) {
    if (key.empty() || !known.text.starts_with(key)) continue;
    if (found && found->part != known.part) return std::nullopt;
    if (!found) found = &known;
  }
  return found ? add(found->part, found->ofWriter) : std::nullopt;
}

std::optional<Part> PartLabels::add(Part part, bool ofWriter) {
  unsigned bit = 1u << static_cast<unsigned>(part);
  if (seen_ & bit) return std::nullopt;
  seen_ |= bit;
  ofWriter_ |= ofWriter;
  return part;
}

// Many an object has a name and a state: a service, a job. A writer's says so, or has an error besides.
bool PartLabels::describeWriter() const {
  auto has = [this](Part part) { return (seen_ & 1u << static_cast<unsigned>(part)) != 0; };
  bool more = (seen_ & (seen_ - 1)) != 0;
  return has(Part::name) && more && (ofWriter_ || (has(Part::error) && (has(Part::state) || has(Part::stateNumber))));
}

Likeness likenessOf(const PastedObject& object) {
  Likeness likeness = Likeness::none;
  for (const Property& property : object.properties) {
    std::string_view value = trimmed(property.value);
    bool isId = property.part == Part::classId || property.part == Part::instanceId;
    bool isState = property.part == Part::state || property.part == Part::stateNumber;
    if (isId && (value.starts_with('{') || guidIn(value))) return Likeness::sure;
    if (isState && (value.starts_with('[') || decimalIn(value) || value.starts_with("VSS_WS_"))) return Likeness::sure;
    if (isState && kindOfStateWord(comparable(value))) likeness = Likeness::word;
  }
  return likeness;
}

ListingBlocks readPowershell(std::string_view text) {
  struct Form { PastedObjects (*in)(std::string_view); std::string_view name; };
  static constexpr Form forms[] = {{tablesIn, "PowerShell table"}, {listsIn, "PowerShell list"}, {jsonIn, "PowerShell JSON"}, {csvIn, "PowerShell CSV"}};
  ListingBlocks read;
  for (const Form& form : forms) {
    PastedObjects found = form.in(text);
    if (found.objects.empty()) continue;
    read.takenFor.push_back({form.name, "powershell", {}, found.objects.front().line});
    read.remarks.insert(read.remarks.end(), found.remarks.begin(), found.remarks.end());
    read.taken.insert(read.taken.end(), found.heads.begin(), found.heads.end());
    for (const PastedObject& object : found.objects) {
      read.taken.push_back(object.text);
      read.blocks.push_back(blockOf(object, read.remarks));
    }
    remarkNames(found.objects, &Property::cut, "a name that is cut off; what is left of it is kept as it stands", read.remarks);
    remarkNames(found.objects, &Property::wrapped, "a name that goes over several lines; a space stands where it was broken between words", read.remarks);
  }
  return read;
}

}  // namespace vss
