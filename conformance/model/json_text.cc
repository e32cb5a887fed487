#include "json_text.h"

#include <cmath>
#include <set>

#include "scenario.h"
#include "traces/vss/text.h"

namespace vss::model {
namespace {

std::string kindOf(capnp::JsonValue::Reader value) {
  switch (value.which()) {
    case capnp::JsonValue::NULL_: return "null";
    case capnp::JsonValue::BOOLEAN: return value.getBoolean() ? "true" : "false";
    case capnp::JsonValue::NUMBER: return "a number";
    case capnp::JsonValue::STRING: return "a text";
    case capnp::JsonValue::ARRAY: return "a list";
    default: return "an object";
  }
}

void checkStruct(capnp::JsonValue::Reader value, capnp::StructSchema schema, const Place& place) {
  if (!value.isObject()) place.wrong("is " + kindOf(value) + "; expected an object { }");
  std::set<std::string> seen;
  for (auto field : value.getObject()) {
    std::string key(field.getName().begin(), field.getName().end());
    KJ_IF_MAYBE(known, schema.findFieldByName(field.getName())) {
      if (!seen.insert(key).second) place.at(key).wrong("is given twice");
      checkAgainst(field.getValue(), known->getType(), place.at(key));
    } else {
      place.at(key).wrong("unknown key; known: " + listed(schema.getFields(), [](auto f) { return f.getProto().getName().cStr(); }));
    }
  }
}

}  // namespace

Place Place::at(std::string_view key) const {
  bool plain = !key.empty();
  for (char c : key) plain &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  return {file, path + (path.empty() ? "" : ".") + (plain ? std::string(key) : vss::quoted(toUtf16(key)))};
}

Place Place::at(std::size_t index) const { return {file, path + "[" + std::to_string(index) + "]"}; }

void Place::wrong(const std::string& what) const {
  throw ScenarioError(std::string(file) + ": " + (path.empty() ? "the scenario" : path) + ": " + what);
}

void checkAgainst(capnp::JsonValue::Reader value, capnp::Type type, const Place& place) {
  if (type.isStruct()) {
    if (type.asStruct().getProto().getId() != capnp::typeId<capnp::JsonValue>()) checkStruct(value, type.asStruct(), place);
  } else if (type.isList()) {
    if (!value.isArray()) place.wrong("is " + kindOf(value) + "; expected a list [ ]");
    std::size_t index = 0;
    for (auto item : value.getArray()) checkAgainst(item, type.asList().getElementType(), place.at(index++));
  } else if (type.isText()) {
    if (!value.isString()) place.wrong("is " + kindOf(value) + "; expected a text in double quotes");
  } else if (type.isBool()) {
    if (!value.isBoolean()) place.wrong("is " + kindOf(value) + "; expected true or false");
  } else if (type.isUInt16()) {
    double n = value.isNumber() ? value.getNumber() : -1;
    if (n < 0 || n > 0xFFFF || n != std::floor(n)) place.wrong("expected a code unit: a whole number from 0 to 65535");
  } else {
    place.wrong("the scenario's schema has a type that its reader does not know");
  }
}

}  // namespace vss::model
