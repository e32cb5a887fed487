#include "redact/document.h"

#include <algorithm>
#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "traces/vss/api.h"
#include "traces/vss/text.h"

namespace vss::redact {
namespace {

#define KNOWN(kind, text)
#include "redact/known.def"
#undef KNOWN

std::set<std::string, std::less<>> split(const char* words) {
  std::istringstream in(words);
  return {std::istream_iterator<std::string>(in), {}};
}

bool isValue(std::string_view name) {
  static const auto names = split(XML_VALUES);
  return names.count(name);
}
bool isName(std::string_view name) {
  static const auto names = split(XML_NAMES);
  return names.count(name) || isValue(name);
}

bool saysNothing(std::string_view value) {
  static const auto words = [] {
    auto all = split(XML_WORDS);
#define ENUMERATION(type)
#define ENUMERATOR(name, value) all.insert(#name);
#define END_ENUMERATION
#include "traces/vss/enums.def"
#undef ENUMERATION
#undef ENUMERATOR
#undef END_ENUMERATION
    return all;
  }();
  if (words.count(value)) return true;
  bool hex = value.starts_with("0x");
  auto digits = value.substr(hex ? 2 : value.starts_with("-") ? 1 : 0);
  return !digits.empty() && digits.size() <= 20 && digits.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789") == digits.npos;
}

constexpr unsigned kAsItStands = pugi::parse_full | pugi::parse_ws_pcdata;

// nullopt: not UTF-16 that XML can hold.
std::optional<std::string> utf8Of(std::u16string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool high = text[i] >= 0xD800 && text[i] < 0xDC00, low = text[i] >= 0xDC00 && text[i] < 0xE000;
    if (!text[i] || low || (high && (i + 1 == text.size() || text[i + 1] < 0xDC00 || text[i + 1] > 0xDFFF))) return std::nullopt;
    i += high;
  }
  return toUtf8(text);
}

bool load(pugi::xml_document& document, std::u16string_view text) {
  auto utf8 = utf8Of(text);
  return utf8 && document.load_buffer(utf8->data(), utf8->size(), kAsItStands, pugi::encoding_utf8) && document.document_element();
}

struct DocumentWalk {
  const DocumentRule& rule;

  std::string changed(const std::function<std::u16string(std::u16string_view)>& how, const char* text) const { return toUtf8(how(toUtf16(text))); }
  void attribute(pugi::xml_attribute attribute) const {
    std::string name = attribute.name();
    if (isValue(name) && saysNothing(attribute.value())) return rule.left(toUtf16(" " + name + "=\"" + attribute.value() + "\""));
    if (isName(name)) rule.left(toUtf16(" " + name + "=\""));
    else attribute.set_name(changed(rule.name, attribute.name()).c_str());
    attribute.set_value(changed(rule.value, attribute.value()).c_str());
  }
  void node(pugi::xml_node node) const {
    switch (node.type()) {
      case pugi::node_declaration: break;
      case pugi::node_element:
        if (isName(node.name())) rule.left(toUtf16("<" + std::string(node.name()))), rule.left(toUtf16("</" + std::string(node.name()) + ">"));
        else node.set_name(changed(rule.name, node.name()).c_str());
        break;
      case pugi::node_pi: node.set_name(changed(rule.name, node.name()).c_str()); [[fallthrough]];
      case pugi::node_comment: node.set_value(changed(rule.name, node.value()).c_str()); break;
      default:
        if (std::string_view(node.value()).find_first_not_of(" \t\r\n") != std::string_view::npos) node.set_value(changed(rule.value, node.value()).c_str());
    }
    for (auto one : node.attributes()) attribute(one);
    for (auto child : node.children()) this->node(child);
  }
};

bool hasDoctype(const pugi::xml_document& document) {
  return std::any_of(document.begin(), document.end(), [](const pugi::xml_node& node) { return node.type() == pugi::node_doctype; });
}

// pugixml's own walker has no recursion; ours has, and a document is no deeper than that.
constexpr int kDeepest = 200;
bool isDeep(const pugi::xml_document& document) {
  struct Depth : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node&) override { return depth() < kDeepest; }
  } walker;
  return !const_cast<pugi::xml_document&>(document).traverse(walker);
}

}  // namespace

std::optional<std::u16string> redactedDocument(std::u16string_view text, const DocumentRule& rule) {
  pugi::xml_document document;
  if (!load(document, text) || hasDoctype(document) || isDeep(document)) return std::nullopt;
  bool declared = document.first_child().type() == pugi::node_declaration;
  for (auto node : document.children()) DocumentWalk{rule}.node(node);
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | (declared ? 0 : pugi::format_no_declaration), pugi::encoding_utf8);
  return toUtf16(out.str());
}

bool forEachText(std::u16string_view text, const std::function<void(std::u16string_view)>& visit) {
  pugi::xml_document document;
  if (!load(document, text)) return false;
  struct Walker : pugi::xml_tree_walker {
    const std::function<void(std::u16string_view)>* visit;
    bool for_each(pugi::xml_node& node) override {
      if (node.type() != pugi::node_element || !isName(node.name())) (*visit)(toUtf16(node.name()));
      (*visit)(toUtf16(node.value()));
      for (auto attribute : node.attributes()) {
        if (isValue(attribute.name()) && saysNothing(attribute.value())) continue;
        if (!isName(attribute.name())) (*visit)(toUtf16(attribute.name()));
        (*visit)(toUtf16(attribute.value()));
      }
      return true;
    }
  } walker;
  walker.visit = &visit;
  document.traverse(walker);
  return true;
}

}  // namespace vss::redact
