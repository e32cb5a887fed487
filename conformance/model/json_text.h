// What is read around Cap'n Proto's JSON codec, for messages that name a place.
#pragma once
#include <capnp/compat/json.h>
#include <capnp/schema.h>

#include <string>
#include <string_view>

namespace vss::model {

// Where in a scenario something stands. A value; file is borrowed.
struct Place {
  std::string_view file;
  std::string path;

  Place at(std::string_view key) const;
  Place at(std::size_t index) const;
  // Throws ScenarioError "file: path: what".
  [[noreturn]] void wrong(const std::string& what) const;
};

// Holds a JSON value against a schema before the codec decodes it: unknown and repeated keys, wrong types, numbers out of range
// are thrown as ScenarioError with their path. A field of type Json.Value takes anything.
void checkAgainst(capnp::JsonValue::Reader value, capnp::Type type, const Place& place);

// "a, b, c".
template <class List, class Name> std::string listed(const List& list, Name&& name) {
  std::string text;
  for (const auto& item : list) (text += text.empty() ? "" : ", ") += name(item);
  return text;
}

}  // namespace vss::model
