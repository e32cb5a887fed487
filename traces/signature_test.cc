#include "traces/signature.h"

#include <gtest/gtest.h>

#include "traces/vss/api.h"

namespace vss {
namespace {

TEST(Signature, IsReadBackForEveryMethodThatIsDescribed) {
  std::size_t methods = 0;
  auto check = [&](const MethodInfo& method) {
    std::string text = signatureOf(method);
    auto signature = parseSignature(text);
    ASSERT_TRUE(signature) << text;
    EXPECT_EQ(signature->text, text);
    EXPECT_EQ(signature->interface_, method.interface_);
    EXPECT_EQ(signature->method, method.name);
    EXPECT_EQ(signature->slot, method.slot);
    EXPECT_EQ(signature->returns, method.returns);
    EXPECT_EQ(signature->known, &method);
    ASSERT_EQ(signature->params.size(), method.params.size()) << text;
    std::size_t inputs = 0, outputs = 0;
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      const auto& param = method.params[i];
      EXPECT_EQ(signature->params[i].name, param.name);
      EXPECT_EQ(signature->params[i].kind, param.kind) << text;
      EXPECT_EQ(signature->params[i].type, param.type);
      EXPECT_EQ(signature->params[i].input, param.isInput());
      EXPECT_EQ(signature->params[i].array, param.role == Role::inArray || param.role == Role::outArray);
      EXPECT_EQ(signature->params[i].optional, param.role == Role::outOptional);
      EXPECT_EQ(signature->params[i].always, param.role == Role::outAlways);
      EXPECT_EQ(signature->params[i].fresh, param.fresh);
      (param.isInput() ? inputs : outputs) += param.values();
      if (param.role == Role::outArray) {
        EXPECT_EQ(signature->elements.size(), param.fields.size());
      }
    }
    EXPECT_EQ(signature->inputs.size(), inputs);
    EXPECT_EQ(signature->outputs.size(), outputs);
    ++methods;
  };
  for (const auto* interface_ : interfaces())
    for (const auto* method : interface_->methods)
      if (method->interface_ == interface_->name) check(*method);
  for (const auto* function : functions()) check(*function);
  EXPECT_EQ(methods, 148u + 3 + functions().size());
}

TEST(Signature, TakesAStructureApartIntoItsFields) {
  auto signature = parseSignature(signatureOf(*methodNamed("IVssBackupComponents", "GetSnapshotProperties")));
  ASSERT_TRUE(signature);
  ASSERT_EQ(signature->outputs.size(), 13u);
  EXPECT_EQ(signature->outputs[0].name, "m_SnapshotId");
  EXPECT_EQ(signature->outputs[3].kind, Kind::coString);
  EXPECT_EQ(signature->outputs[12].name, "m_eStatus");
}

TEST(Signature, NamesTheElementsOfAnArray) {
  auto signature = parseSignature(signatureOf(*methodNamed("IVssEnumObject", "Next")));
  ASSERT_TRUE(signature);
  ASSERT_EQ(signature->outputs.size(), 2u);
  ASSERT_EQ(signature->elements.size(), 20u);
  EXPECT_EQ(signature->outputName(0), "rgelt");
  EXPECT_EQ(signature->outputName(2), "rgelt[0].Type");
  EXPECT_EQ(signature->outputName(2 + 20 + 1), "rgelt[1].m_SnapshotId");
  EXPECT_EQ(signature->output(2 + 20 + 1).kind, Kind::guid);
  EXPECT_EQ(signature->wholeOutputs(2), 2u);
  EXPECT_EQ(signature->wholeOutputs(2 + 25), 22u) << "a damaged note";
  EXPECT_EQ(signature->wholeOutputs(0), 2u);
}

TEST(Signature, OfAMethodThatIsDescribedOtherwiseOrNotAtAllIsReadAndNotKnown) {
  auto other = parseSignature("IVssAsync::Wait@4(in u32 dwMilliseconds, in bool bAlertable) hresult");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->known, nullptr);
  EXPECT_EQ(other->inputs.size(), 2u);
  auto future = parseSignature("IVssFuture::Ask@99(in array guid ids[count], in u32 count, out optional struct S{i32 a, bstr b} answer) count");
  ASSERT_TRUE(future);
  EXPECT_EQ(future->known, nullptr);
  EXPECT_EQ(future->slot, 99);
  EXPECT_EQ(future->returns, Returns::count);
  EXPECT_EQ(future->inputs[0].name, "ids");
  EXPECT_TRUE(future->inputs[0].array);
  ASSERT_EQ(future->outputs.size(), 2u);
  EXPECT_TRUE(future->outputs[1].optional);
  auto exported = parseSignature("VssFunction() hresult");
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->slot, kNoSlot);
  EXPECT_EQ(exported->interface_, "");
}

TEST(Signature, InAnotherFormIsNone) {
  for (const char* text : {"", "Wait", "Wait(", "Wait)(", "()", "() hresult", "I::M@4()", "I::M@4() void", "I::M@x() hresult", "I::M@70000() hresult", "I::M@4(u32 a) hresult",
                           "I::M@4(in u32) hresult", "I::M@4(in float a) hresult", "I::M@4(in u32 a b) hresult", "I::M@4(inout u32 a) hresult",
                           "I::M@4(out struct S{i32 a p) hresult", "I::M@4(out struct S}i32 a{ p) hresult", "I::M@4(in) hresult", "I::M@4(,) hresult"})
    EXPECT_FALSE(parseSignature(text)) << text;
  std::string many = "I::M@4(in u32 a";
  for (int i = 0; i < 100; ++i) many += ", in u32 a";
  EXPECT_FALSE(parseSignature(many + ") hresult")) << "more parameters than a note has values";
}

}  // namespace
}  // namespace vss
