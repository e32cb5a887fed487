// For tests: what other programs do with a report. JSON is held against its published schema, TAP against its grammar.
#pragma once
#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace vss::test {

using Json = capnp::JsonValue::Reader;

class Parsed {
 public:
  explicit Parsed(const std::string& text) {
    capnp::JsonCodec codec;
    codec.decodeRaw(kj::arrayPtr(text.data(), text.size()), message_.initRoot<capnp::JsonValue>());
  }
  Json value() { return message_.getRoot<capnp::JsonValue>().asReader(); }

 private:
  capnp::MallocMessageBuilder message_;
};

inline std::optional<Json> member(Json object, std::string_view name) {
  for (auto field : object.getObject())
    if (std::string_view(field.getName().cStr()) == name) return field.getValue();
  return std::nullopt;
}
inline std::string text(Json value) { return value.getString().cStr(); }

// As much of JSON Schema as ours use; any other word of it fails the test.
inline void validate(Json value, Json schema, const std::string& where) {
  for (auto field : schema.getObject()) {
    std::string word = field.getName().cStr();
    Json rule = field.getValue();
    if (word == "$schema" || word == "title" || word == "description") continue;
    if (word == "type") {
      std::string type = text(rule);
      bool fits = type == "object" ? value.isObject() : type == "array" ? value.isArray() : type == "string" ? value.isString() : type == "boolean" ? value.isBoolean() : type == "number" ? value.isNumber()
                : type == "integer" && value.isNumber() && value.getNumber() == static_cast<double>(static_cast<std::int64_t>(value.getNumber()));
      EXPECT_TRUE(fits) << where << " is no " << type;
      if (!fits) return;
    } else if (word == "const") EXPECT_EQ(text(value), text(rule)) << where;
    else if (word == "enum") {
      std::set<std::string> allowed;
      for (auto one : rule.getArray()) allowed.insert(text(one));
      EXPECT_TRUE(allowed.count(text(value))) << where << ": " << text(value);
    } else if (word == "minimum") EXPECT_GE(value.getNumber(), rule.getNumber()) << where;
    else if (word == "required") {
      for (auto name : rule.getArray()) EXPECT_TRUE(member(value, text(name))) << where << " lacks " << text(name);
    } else if (word == "items") {
      int n = 0;
      for (auto item : value.getArray()) validate(item, rule, where + "[" + std::to_string(n++) + "]");
    } else if (word == "properties") {
      for (auto property : rule.getObject())
        if (auto found = member(value, property.getName().cStr())) validate(*found, property.getValue(), where + "." + property.getName().cStr());
    } else if (word == "additionalProperties") {
      auto known = member(schema, "properties");
      for (auto one : value.getObject()) {
        if (known && member(*known, one.getName().cStr())) continue;
        if (rule.isBoolean()) EXPECT_TRUE(rule.getBoolean()) << where << " has " << one.getName().cStr() << ", which the schema does not know";
        else validate(one.getValue(), rule, where + "." + one.getName().cStr());
      }
    } else ADD_FAILURE() << "this test does not know the schema's word " << word;
  }
}

// The lines of TAP 14, https://testanything.org/tap-version-14-specification.html, as far as a producer without subtests may write them.
struct TapPoint { bool ok; std::string description, directive, reason, yaml; };
inline std::vector<TapPoint> tapPoints(const std::string& text) {
  std::vector<TapPoint> points;
  std::istringstream lines(text);
  std::string line;
  std::smatch match;
  EXPECT_TRUE(std::getline(lines, line) && line == "TAP version 14") << line;
  EXPECT_TRUE(std::getline(lines, line) && std::regex_match(line, match, std::regex(R"(1\.\.([0-9]+)(?: # SKIP .*)?)"))) << line;
  std::size_t plan = std::stoul(match[1]);
  bool inYaml = false;
  // A # behind a backslash belongs to the text.
  static const std::regex point(R"((not )?ok ([0-9]+) - ((?:[^#\\]|\\[#\\])*?)(?: # (SKIP|TODO) ((?:[^#\\]|\\[#\\])*))?)");
  while (std::getline(lines, line)) {
    if (inYaml) {
      EXPECT_TRUE(line.starts_with("  ")) << line;
      if (line == "  ...") inYaml = false;
      else points.back().yaml += line.substr(2) + "\n";
    } else if (line == "  ---" && !points.empty()) {
      EXPECT_TRUE(points.back().yaml.empty()) << "a point has one block";
      inYaml = true;
    } else if (std::regex_match(line, match, point)) {
      points.push_back({!match[1].matched, match[3], match[4], match[5], ""});
      EXPECT_EQ(std::stoul(match[2]), points.size());
    } else ADD_FAILURE() << "no line of TAP 14: " << line;
  }
  EXPECT_FALSE(inYaml);
  EXPECT_EQ(points.size(), plan);
  return points;
}

}  // namespace vss::test
