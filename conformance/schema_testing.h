// For tests: JSON read back, and held against a published schema.
#pragma once
#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

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
    } else if (word == "maxItems") EXPECT_LE(value.getArray().size(), static_cast<unsigned>(rule.getNumber())) << where;
    else if (word == "minimum") EXPECT_GE(value.getNumber(), rule.getNumber()) << where;
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

}  // namespace vss::test
