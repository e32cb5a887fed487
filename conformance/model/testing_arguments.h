// Calls through the description's own tables, with arguments that are made from it.
#pragma once
#include <array>
#include <cstring>

#include "testing.h"

namespace vss::model {

// Arguments for one call: every input zero, every output either NULL or a place filled with 0xAA.
struct Arguments {
  static constexpr unsigned char kOld = 0xAA;
  std::array<std::array<unsigned char, 256>, 12> inputs{}, outputs;
  std::array<void*, 12> pointers{};
  std::array<void*, 13> args{};
  const MethodInfo& method;

  explicit Arguments(const MethodInfo& method, bool nullOutputs) : method(method) {
    for (auto& output : outputs) output.fill(kOld);
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      pointers[i] = nullOutputs ? nullptr : outputs[i].data();
      args[i] = method.params[i].isInput() ? static_cast<void*>(inputs[i].data()) : &pointers[i];
    }
  }
  // Every output is as `expected` says, and nothing behind it was written.
  void expectOutputs(unsigned char expected) const {
    for (std::size_t i = 0; i < method.params.size(); ++i)
      for (std::size_t k = 0; k < outputs[i].size(); ++k) {
        bool inside = !method.params[i].isInput() && k < method.params[i].size;
        if (inside && isPadding(method.params[i], k)) continue;
        ASSERT_EQ(outputs[i][k], inside ? expected : kOld) << method.name << "." << method.params[i].name << " byte " << k;
      }
  }
  // Of a structure only the first four bytes of each field are looked at; no field is smaller.
  static bool isPadding(const ParamInfo& param, std::size_t byte) {
    if (param.kind != Kind::structure) return false;
    for (const FieldInfo& field : param.fields)
      if (byte >= field.offset && byte < field.offset + 4) return false;
    return true;
  }
};

}  // namespace vss::model
