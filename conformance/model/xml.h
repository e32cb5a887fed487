// The two documents as XML. One description of a structure's fields serves reading and writing: a template over xml::Reader and xml::Writer.
// XML cannot hold a NUL: a text with one stands under its name with "Utf16" behind it, as code units in hexadecimal, so nothing is lost.
#pragma once
#include <pugixml.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/vss/results.h"
#include "writer_metadata.h"

namespace vss::model::xml {

struct Invalid {};  // thrown by what reads

// The document's one element, beside which there may be nothing but comments. Reads up to the NUL; text must not be null. Throws Invalid
// and bad_alloc.
pugi::xml_node load(pugi::xml_document& document, const char16_t* text, std::string_view rootName);
std::u16string save(const pugi::xml_document& document);  // throws bad_alloc

// Throw bad_alloc.
pugi::xml_node add(pugi::xml_node parent, const char* name);
void set(pugi::xml_node node, const char* name, const char* value);
void set(pugi::xml_node node, const char* name, std::u16string_view value);
void set(pugi::xml_node node, const char* name, const Guid& value);
// Nothing: there is no such attribute. Throw Invalid and bad_alloc.
MaybeText textOf(pugi::xml_node node, const char* name);
Guid idOf(pugi::xml_node node, const char* name);  // there must be one
std::int64_t numberOf(pugi::xml_node node, const char* name, std::int64_t least, std::int64_t most);  // 0 where there is none

// What a field is by itself needs no attribute: a null text, 0, false, VSS_…_UNDEFINED.
class Writer {
 public:
  explicit Writer(pugi::xml_node node) : node(node) {}
  void text(const char* name, const MaybeText& value) { if (value) set(node, name, *value); }
  void text(const char* name, const std::u16string& value) { if (!value.empty()) set(node, name, value); }
  void id(const char* name, const Guid& value) { if (!(value == Guid())) set(node, name, value); }
  void flag(const char* name, bool value) { if (value) set(node, name, "yes"); }
  void flag(const char* name, const std::optional<bool>& value) { if (value) set(node, name, *value ? "yes" : "no"); }
  void number(const char* name, std::int64_t value) { if (value) set(node, name, std::to_string(value).c_str()); }
  void bytes(const char* name, const std::vector<std::uint8_t>& value);
  template <class E> void enumeration(const char* name, std::string_view type, E value) {
    if (value) set(node, name, enumeratorName(type, value).c_str());
  }
  template <class T, class Fields> void list(const char* name, const std::vector<T>& items, Fields&& fields) {
    for (const T& item : items) one(name, item, fields);
  }
  template <class T, class Fields> void one(const char* name, const T& item, Fields&& fields) {
    Writer child(add(node, name));
    fields(child, item);
  }
  template <class T, class Fields> void one(const char* name, const std::optional<T>& item, Fields&& fields) {
    if (item) one(name, *item, fields);
  }

 private:
  pugi::xml_node node;
};

class Reader {
 public:
  explicit Reader(pugi::xml_node node) : node(node) {}
  void text(const char* name, MaybeText& value) { value = textOf(node, name); }
  void text(const char* name, std::u16string& value) { value = textOf(node, name).value_or(u""); }
  void id(const char* name, Guid& value) { if (node.attribute(name)) value = idOf(node, name); }
  void flag(const char* name, bool& value);
  void flag(const char* name, std::optional<bool>& value);
  template <class N> void number(const char* name, N& value) {
    constexpr bool wide = sizeof(N) == 8;
    value = static_cast<N>(numberOf(node, name, wide || N(-1) > N(0) ? 0 : INT32_MIN, wide ? INT64_MAX : N(-1) > N(0) ? UINT32_MAX : INT32_MAX));
  }
  void bytes(const char* name, std::vector<std::uint8_t>& value);
  template <class E> void enumeration(const char* name, std::string_view type, E& value) {
    value = {};
    if (!node.attribute(name)) return;
    auto known = enumeratorNamed(type, node.attribute(name).as_string());
    if (!known) throw Invalid();
    value = static_cast<E>(*known);
  }
  template <class T, class Fields> void list(const char* name, std::vector<T>& items, Fields&& fields) {
    for (pugi::xml_node child : node.children(name)) {
      Reader reader(child);
      fields(reader, items.emplace_back());
    }
  }
  // There must be one, and no other.
  template <class T, class Fields> void one(const char* name, T& item, Fields&& fields) {
    pugi::xml_node child = node.child(name);
    if (!child || child.next_sibling(name)) throw Invalid();
    Reader reader(child);
    fields(reader, item);
  }
  template <class T, class Fields> void one(const char* name, std::optional<T>& item, Fields&& fields) {
    if (node.child(name)) one(name, item.emplace(), fields);
  }

 private:
  pugi::xml_node node;
};

// IVssWMFiledesc's, wherever one stands.
inline constexpr auto fileSet = [](auto& xml, auto& set) {
  xml.text("path", set.path);
  xml.text("filespec", set.filespec);
  xml.flag("recursive", set.recursive);
  xml.text("alternatePath", set.alternateLocation);
  xml.number("filespecBackupType", set.backupTypeMask);
};

}  // namespace vss::model::xml
