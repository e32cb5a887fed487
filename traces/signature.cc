#include "traces/signature.h"

#include <algorithm>
#include <charconv>

#include "traces/vss/api.h"

namespace vss {
namespace {

// Words separated by spaces; takes one off the front.
std::string_view takeWord(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  auto end = std::min(text.find(' '), text.size());
  auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::optional<Kind> kindNamed(std::string_view name) {
  constexpr std::string_view names[] = {"i32", "u32", "i64", "bool", "hresult", "enum", "guid", "bstr", "wstr", "costr", "object", "struct", "bytes"};
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (names[i] == name) return static_cast<Kind>(i);
  return std::nullopt;
}

// Names come from a file: they must not break a line, speak to a terminal, or be markup.
bool isName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool hasType(Kind kind) { return kind == Kind::enumeration || kind == Kind::object || kind == Kind::structure; }

// "kind [type] name" of a field or the rest of a parameter.
bool parseValue(std::string_view text, SignatureParam& param) {
  auto kind = kindNamed(takeWord(text));
  if (!kind) return false;
  param.kind = *kind;
  if (hasType(*kind)) param.type = takeWord(text);
  param.name = takeWord(text);
  if (auto bracket = param.name.find('['); bracket != std::string::npos) param.name.resize(bracket);
  return isName(param.name) && (param.type.empty() || isName(param.type)) && text.empty();
}

bool parseParam(std::string_view text, Signature& signature) {
  SignatureParam param;
  auto direction = takeWord(text);
  if (direction != "in" && direction != "out") return false;
  param.input = direction == "in";
  for (auto rest = text;; text = rest) {
    auto word = takeWord(rest);
    if (word == "array") param.array = true;
    else if (word == "optional") param.optional = true;
    else if (word == "always") param.always = true;
    else if (word == "fresh") param.fresh = true;
    else if (word == "held") continue;  // where a structure lies is the caller's and the callee's affair
    else break;
  }
  auto brace = text.find('{'), close = text.find('}');
  auto& values = param.input ? signature.inputs : signature.outputs;
  if (brace == std::string_view::npos) {
    if (!parseValue(text, param)) return false;
    values.push_back(param);
  } else {
    if (close == std::string_view::npos || close < brace) return false;
    if (!parseValue(std::string(text.substr(0, brace)) + std::string(text.substr(close + 1)), param)) return false;
    if (param.array && (param.input || !signature.elements.empty())) return false;
    auto& fieldsOf = param.array ? signature.elements : values;
    if (param.array) values.push_back(param);
    for (auto fields = text.substr(brace + 1, close - brace - 1); !fields.empty();) {
      auto end = std::min(fields.find(", "), fields.size());
      SignatureParam field = param;
      field.type.clear();
      field.array = false;
      if (!parseValue(fields.substr(0, end), field)) return false;
      fieldsOf.push_back(field);
      fields.remove_prefix(std::min(end + 2, fields.size()));
    }
  }
  signature.params.push_back(param);
  return true;
}

}  // namespace

std::string Signature::outputName(std::size_t n) const {
  if (n < outputs.size() || elements.empty()) return outputs.at(n).name;
  std::size_t at = n - outputs.size();
  std::string array;
  for (const auto& output : outputs)
    if (output.array) array = output.name;
  return array + "[" + std::to_string(at / elements.size()) + "]." + elements[at % elements.size()].name;
}

std::size_t Signature::wholeOutputs(std::size_t values) const {
  std::size_t behind = values > outputs.size() && !elements.empty() ? values - outputs.size() : 0;
  return outputs.size() + behind / std::max<std::size_t>(elements.size(), 1) * elements.size();
}

std::optional<Signature> parseSignature(std::string_view text) {
  Signature signature;
  signature.text = text;
  auto open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  auto head = text.substr(0, open);
  if (auto at = head.find('@'); at != std::string_view::npos) {
    auto digits = head.substr(at + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), signature.slot);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    head = head.substr(0, at);
  }
  if (auto colons = head.find("::"); colons != std::string_view::npos) {
    signature.interface_ = head.substr(0, colons);
    head = head.substr(colons + 2);
  }
  signature.method = head;
  auto returns = text.substr(close + 1);
  if (!isName(head) || (!signature.interface_.empty() && !isName(signature.interface_)) || (returns != " hresult" && returns != " count" && returns != " nothing")) return std::nullopt;
  signature.returns = returns == " hresult" ? Returns::hresult : returns == " count" ? Returns::count : Returns::nothing;

  auto params = text.substr(open + 1, close - open - 1);
  while (!params.empty()) {
    int depth = 0;
    std::size_t end = 0;
    for (; end < params.size(); ++end) {
      if (params[end] == '{') ++depth;
      else if (params[end] == '}') --depth;
      else if (params[end] == ',' && depth == 0) break;
    }
    if (signature.params.size() >= 64 || !parseParam(params.substr(0, end), signature)) return std::nullopt;
    params.remove_prefix(std::min(end + 2, params.size()));
  }
  const MethodInfo* known = methodNamed(signature.interface_, signature.method);
  if (known && signatureOf(*known) == text) signature.known = known;
  return signature;
}

}  // namespace vss
