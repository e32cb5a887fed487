#include "conformance/shrink/structures.h"

#include <algorithm>

namespace vss::conformance {

std::size_t elementsAt(const MethodInfo& method) {
  std::size_t at = 0;
  for (const auto& param : method.params)
    if (!param.isInput()) at += param.values();
  return at;
}

std::vector<RecordedStructure> structuresHandedOut(const Call& call) {
  std::vector<RecordedStructure> all;
  const MethodInfo* method = call.signature->known;
  if (!method) return all;
  auto values = [&](std::size_t from, std::size_t count) {
    return std::vector<Value>(call.outputs.begin() + static_cast<std::ptrdiff_t>(from), call.outputs.begin() + static_cast<std::ptrdiff_t>(from + count));
  };
  std::size_t at = 0;
  for (const auto& param : method->params) {
    if (param.isInput()) continue;
    if (param.isStructure() && at + param.values() <= call.outputs.size()) {
      auto kind = call.outputs[at].kind;   // of a failed call there is none
      if (kind == ValueKind::number || kind == ValueKind::stored) all.push_back({&param, 0, param.type, values(at, param.values()), ""});
    } else if (param.role == Role::outArray && !param.fields.empty()) {
      std::size_t fields = param.fields.size(), element = 0;
      for (std::size_t from = elementsAt(*method); from + fields <= call.outputs.size(); from += fields, ++element) {
        all.push_back({&param, element, param.type, values(from, fields), ""});
        if (param.type != "VSS_OBJECT_PROP" || call.outputs[from].number != VSS_OBJECT_SNAPSHOT) continue;
        RecordedStructure inside{&param, element, "VSS_SNAPSHOT_PROP", {}, ".Obj.Snap"};
        for (std::size_t i = 0; i < fields; ++i)
          if (param.fields[i].when == VSS_OBJECT_SNAPSHOT) inside.values.push_back(call.outputs[from + i]);
        all.push_back(std::move(inside));
      }
    }
    at += param.values();
  }
  return all;
}

std::optional<RecordedStructure> structureTaken(const Call& call) {
  const MethodInfo* method = call.signature->known;
  if (!method) return std::nullopt;
  std::size_t at = 0;
  for (const auto& param : method->params) {
    if (!param.isInput()) continue;
    if (param.isStructure() && at + param.values() <= call.inputs.size() && call.inputs[at].kind != ValueKind::null)
      return RecordedStructure{&param, 0, param.type, {call.inputs.begin() + static_cast<std::ptrdiff_t>(at), call.inputs.begin() + static_cast<std::ptrdiff_t>(at + param.values())}, ""};
    at += param.values();
  }
  return std::nullopt;
}

bool isTheSame(const RecordedStructure& taken, const RecordedStructure& handedOut) {
  if (taken.type != handedOut.type) return false;
  const Value &first = taken.values.at(0), &other = handedOut.values.at(0);
  return taken.values == handedOut.values || (taken.param->fields[0].kind == Kind::guid && first.kind == ValueKind::stored && first == other);
}

bool isEmpty(const RecordedStructure& taken) {
  for (std::size_t i = 0; i < taken.values.size(); ++i) {
    Kind kind = taken.param->fields[i].kind;
    bool owned = kind == Kind::bstr || kind == Kind::coString || kind == Kind::bytes;
    if (owned && taken.values[i].kind != ValueKind::null) return false;
  }
  return true;
}

}  // namespace vss::conformance
