#include "xml.h"

#include <charconv>
#include <new>

#include "traces/vss/text.h"

namespace vss::model::xml {
namespace {

struct IntoString final : pugi::xml_writer {
  std::string text;
  void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
};

template <class T> std::string hexOf(const T& units, std::size_t digits) {
  std::string text;
  for (unsigned unit : units)
    for (std::size_t i = digits; i-- > 0;) text += "0123456789abcdef"[unit >> 4 * i & 15];
  return text;
}

template <class T> T unhex(std::string_view text, std::size_t digits) {
  if (text.size() % digits) throw Invalid();
  T units;
  for (std::size_t at = 0; at < text.size(); at += digits) {
    unsigned unit = 0;
    auto [end, problem] = std::from_chars(text.data() + at, text.data() + at + digits, unit, 16);
    if (problem != std::errc() || end != text.data() + at + digits) throw Invalid();
    units.push_back(static_cast<typename T::value_type>(unit));
  }
  return units;
}

std::string asCodeUnits(const char* name) { return std::string(name) + "Utf16"; }

}  // namespace

pugi::xml_node load(pugi::xml_document& document, const char16_t* text, std::string_view rootName) {
  std::string utf8 = toUtf8(text);
  auto flags = pugi::parse_default | pugi::parse_fragment;  // so that text beside the element is seen
  auto read = document.load_buffer(utf8.data(), utf8.size(), flags, pugi::encoding_utf8);
  if (read.status == pugi::status_out_of_memory) throw std::bad_alloc();
  if (!read) throw Invalid();
  pugi::xml_node root;
  for (pugi::xml_node node : document) {
    if (root || node.type() != pugi::node_element) throw Invalid();
    root = node;
  }
  if (root.name() != rootName) throw Invalid();
  return root;
}

std::u16string save(const pugi::xml_document& document) {
  IntoString out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return toUtf16(out.text);
}

// pugixml says by an empty handle that memory ran out.
pugi::xml_node add(pugi::xml_node parent, const char* name) {
  pugi::xml_node node = parent.append_child(name);
  if (!node) throw std::bad_alloc();
  return node;
}

void set(pugi::xml_node node, const char* name, const char* value) {
  pugi::xml_attribute attribute = node.append_attribute(name);
  if (!attribute || !attribute.set_value(value)) throw std::bad_alloc();
}
void set(pugi::xml_node node, const char* name, std::u16string_view value) {
  if (value.find(u'\0') == value.npos) set(node, name, toUtf8(value).c_str());
  else set(node, asCodeUnits(name).c_str(), hexOf(value, 4).c_str());
}
void set(pugi::xml_node node, const char* name, const Guid& value) { set(node, name, toString(value).substr(1, 36).c_str()); }

MaybeText textOf(pugi::xml_node node, const char* name) {
  if (auto attribute = node.attribute(name)) return toUtf16(attribute.as_string());
  if (auto attribute = node.attribute(asCodeUnits(name).c_str())) return unhex<std::u16string>(attribute.as_string(), 4);
  return std::nullopt;
}

Guid idOf(pugi::xml_node node, const char* name) {
  auto id = parseGuid(node.attribute(name).as_string());
  if (!id) throw Invalid();
  return *id;
}

std::int64_t numberOf(pugi::xml_node node, const char* name, std::int64_t least, std::int64_t most) {
  std::string_view text = node.attribute(name).as_string("0");
  std::int64_t value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || value < least || value > most) throw Invalid();
  return value;
}

void Writer::bytes(const char* name, const std::vector<std::uint8_t>& value) {
  if (!value.empty()) set(node, name, hexOf(value, 2).c_str());
}
void Reader::bytes(const char* name, std::vector<std::uint8_t>& value) {
  value = unhex<std::vector<std::uint8_t>>(node.attribute(name).as_string(), 2);
}

void Reader::flag(const char* name, bool& value) {
  std::optional<bool> given;
  flag(name, given);
  value = given.value_or(false);
}
void Reader::flag(const char* name, std::optional<bool>& value) {
  value.reset();
  auto attribute = node.attribute(name);
  if (!attribute) return;
  std::string_view word = attribute.as_string();
  if (word != "yes" && word != "no") throw Invalid();
  value = word == "yes";
}

}  // namespace vss::model::xml
