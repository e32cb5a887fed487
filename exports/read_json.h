// For tests: JSON as Cap'n Proto's codec reads it.
#pragma once
#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "traces/vss/plain_json.h"

namespace vss::exports::testing_exports {

class ReadJson {
 public:
  explicit ReadJson(std::string_view text) : message_(std::make_shared<capnp::MallocMessageBuilder>()) {
    std::string plain = plainJson(text, "exported");
    auto root = message_->initRoot<capnp::JsonValue>();
    capnp::JsonCodec codec;
    codec.setMaxNestingDepth(100);
    codec.decodeRaw({plain.data(), plain.size()}, root);
    value_ = root.asReader();
  }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  ReadJson operator[](std::string_view key) const {
    auto* found = find(key);
    EXPECT_TRUE(found) << "no " << key;
    return found ? ReadJson(message_, found->second) : *this;
  }
  std::vector<ReadJson> list() const {
    std::vector<ReadJson> all;
    EXPECT_TRUE(value_.isArray());
    if (value_.isArray()) for (auto one : value_.getArray()) all.push_back({message_, one});
    return all;
  }
  std::vector<std::pair<std::string, ReadJson>> members() const {
    std::vector<std::pair<std::string, ReadJson>> all;
    EXPECT_TRUE(value_.isObject());
    if (value_.isObject()) for (auto one : value_.getObject()) all.emplace_back(std::string(one.getName().begin(), one.getName().end()), ReadJson(message_, one.getValue()));
    return all;
  }
  bool isString() const { return value_.isString(); }
  bool isNull() const { return value_.isNull(); }
  bool isNumber() const { return value_.isNumber(); }
  bool isBool() const { return value_.isBoolean(); }
  bool isObject() const { return value_.isObject(); }
  bool boolean() const { return value_.getBoolean(); }
  double number() const {
    EXPECT_TRUE(value_.isNumber());
    return value_.isNumber() ? value_.getNumber() : 0;
  }
  std::int64_t whole() const { return isString() ? std::stoll(text()) : static_cast<std::int64_t>(number()); }
  std::string text() const {  // WTF-8
    EXPECT_TRUE(value_.isString());
    return value_.isString() ? std::string(value_.getString().begin(), value_.getString().end()) : "";
  }

 private:
  using Message = std::shared_ptr<capnp::MallocMessageBuilder>;
  ReadJson(Message message, capnp::JsonValue::Reader value) : message_(std::move(message)), value_(value) {}
  const std::pair<std::string, capnp::JsonValue::Reader>* find(std::string_view key) const {
    if (!value_.isObject()) return nullptr;
    for (auto one : value_.getObject())
      if (std::string_view(one.getName().begin(), one.getName().size()) == key) {
        found_ = {std::string(key), one.getValue()};
        return &found_;
      }
    return nullptr;
  }
  Message message_;
  capnp::JsonValue::Reader value_;
  mutable std::pair<std::string, capnp::JsonValue::Reader> found_;
};

inline std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    EXPECT_NE(end, text.npos) << "the last line has no end";
    lines.push_back(text.substr(at, end - at));
    at = end == text.npos ? text.size() : end + 1;
  }
  return lines;
}

}  // namespace vss::exports::testing_exports
