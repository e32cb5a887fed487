// What all objects have in common that the model hands out: references, identity, what is offered on which system, arguments, and the
// failures that their pages list.
#include <sstream>

#include "testing_arguments.h"
#include "testing_readers.h"

namespace vss::model {
namespace {

// One object of each interface, of a restore that has come to PreRestore.
struct EachObject {
  explicit EachObject(const std::string& scenario) : r(scenario) {
    r.r2();
    EXPECT_EQ(r->SetRestoreOptions(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"options"), S_OK);
    VSS_ID id;
    EXPECT_EQ(r->GetWriterMetadata(0, &id, &metadata.object), S_OK);
    EXPECT_EQ(metadata->GetComponent(0, &offered.object), S_OK);
    EXPECT_EQ(offered->GetFile(0, &filedesc.object), S_OK);
    EXPECT_EQ(offered->GetDependency(0, &dependency.object), S_OK);
    EXPECT_EQ(r->GetWriterComponents(0, &components.object), S_OK);
    EXPECT_EQ(components->GetComponent(0, &component.object), S_OK);
  }
  void* of(std::string_view interface_) const {
    if (interface_ == "IVssWMComponent") return offered.object;
    if (interface_ == "IVssWMFiledesc") return filedesc.object;
    if (interface_ == "IVssWMDependency") return dependency.object;
    if (interface_ == "IVssWriterComponents") return components.object;
    return interface_.starts_with("IVssComponent") ? static_cast<void*>(component.object) : metadata.object;
  }
  Requester r;
  Released<IVssExamineWriterMetadata> metadata;
  Released<IVssWMComponent> offered;
  Released<IVssWMFiledesc> filedesc;
  Released<IVssWMDependency> dependency;
  Released<IVssWriterComponentsExt> components;
  Released<IVssComponent> component;
};

struct ObjectMethod {
  const MethodRow& row;
  const MethodInfo& info;
};
std::vector<ObjectMethod> objectMethods() {
  std::vector<ObjectMethod> list;
  for (int i = 0; i <= static_cast<int>(Method::queryStatus); ++i) {
    const MethodRow& row = rowOf(static_cast<Method>(i));
    std::size_t colons = row.name.find("::");
    if (colons == row.name.npos || row.failures.empty()) continue;  // FreeComponentInfo cannot fail
    if (row.name.starts_with("IVssEnumObject::")) continue;         // has codes of its own: query_test.cc, failures_test.cc
    const MethodInfo* info = methodNamed(row.name.substr(0, colons), row.name.substr(colons + 2));
    if (info) list.push_back({row, *info});
    else ADD_FAILURE() << row.name;
  }
  return list;
}

TEST(HandedOutObjects, RefuseEachNullPointerAndTouchNothing) {
  EachObject objects(rich());
  int tried = 0;
  for (const auto& [row, info] : objectMethods())
    for (std::size_t i = 0; i < info.params.size(); ++i) {
      if (info.params[i].isInput()) continue;
      Arguments given(info, false);
      given.pointers[i] = nullptr;
      EXPECT_EQ(info.invoke(objects.of(info.interface_), given.args.data()), E_INVALIDARG) << row.name << " " << info.params[i].name;
      given.expectOutputs(Arguments::kOld);
      ++tried;
    }
  EXPECT_EQ(tried, 98);
}
TEST(HandedOutObjects, AnswerEveryDocumentedFailureAndLeaveZeroes) {
  int tried = 0;
  for (const auto& [row, info] : objectMethods()) {
    bool made = info.name == "GetComponent" || info.name == "GetFile" || info.name == "GetDependency";  // EachObject has called it once
    std::istringstream codes{std::string(row.failures)};
    for (std::string code; codes >> code; ++tried) {
      EachObject objects(rich(R"("calls": [{"method": ")" + std::string(row.name) + R"(", "result": ")" + code + R"(", "onCall": )" + (made ? "2" : "1") + "}]"));
      Arguments given(info, false);
      char16_t text[] = u"";
      if (info.name == "LoadFromXML") given.args[0] = &(given.pointers[0] = text);
      EXPECT_EQ(nameOf(info.invoke(objects.of(info.interface_), given.args.data())), code) << row.name;
      given.expectOutputs(code == "E_INVALIDARG" ? Arguments::kOld : 0);
    }
  }
  EXPECT_GT(tried, 200);
}
TEST(HandedOutObjects, LeaveTheirOutputsAloneWhereTheScenarioSaysSo) {
  EachObject objects(rich(R"("choices": {"failedCallOutputs": "untouched"})"));
  Arguments file(*methodNamed("IVssExamineWriterMetadata", "GetExcludeFile"), false);
  file.inputs[0].fill(0x7F);
  EXPECT_EQ(file.method.invoke(objects.metadata.object, file.args.data()), N);
  file.expectOutputs(Arguments::kOld);
}
TEST(HandedOutObjects, CountTheirReferencesAndKnowNoForeignInterface) {
  EachObject objects(rich());
  for (IUnknown* object : {static_cast<IUnknown*>(objects.metadata.object), static_cast<IUnknown*>(objects.offered.object),
                           static_cast<IUnknown*>(objects.filedesc.object), static_cast<IUnknown*>(objects.dependency.object),
                           static_cast<IUnknown*>(objects.components.object), static_cast<IUnknown*>(objects.component.object)}) {
    EXPECT_EQ(object->AddRef(), 2u);
    EXPECT_EQ(object->Release(), 1u);
    void* got = nullptr;
    EXPECT_EQ(object->QueryInterface(IUnknown::iid, &got), S_OK);
    EXPECT_EQ(got, object);
    EXPECT_EQ(object->Release(), 1u);
    for (const Guid& foreign : {IVssAsync::iid, Guid()}) {  // Guid(): the interfaces without a published id
      got = object;
      EXPECT_EQ(object->QueryInterface(foreign, &got), E_NOINTERFACE);
      EXPECT_EQ(got, nullptr);
    }
    EXPECT_EQ(object->QueryInterface(IUnknown::iid, nullptr), E_POINTER);
  }
}
TEST(HandedOutObjects, OfferOnEachSystemWhatThatSystemHas) {
  for (const Profile& os : profiles()) {
    EachObject objects(rich(R"("os": ")" + std::string(os.name) + "\""));
    auto knows = [](IUnknown* object, const Guid& iid) {
      void* got = nullptr;
      HRESULT hresult = object->QueryInterface(iid, &got);
      EXPECT_EQ(got, hresult == S_OK ? object : nullptr);
      if (got) object->Release();
      return hresult == S_OK;
    };
    EXPECT_TRUE(knows(objects.metadata.object, IVssExamineWriterMetadata::iid));
    EXPECT_EQ(knows(objects.metadata.object, IVssExamineWriterMetadataEx::iid), os.newestInterface >= 1) << os.name;   // Vista, Server 2003 SP1
    EXPECT_EQ(knows(objects.metadata.object, IVssExamineWriterMetadataEx2::iid), os.newestInterface >= 2) << os.name;  // Vista, Server 2008
    EXPECT_TRUE(knows(objects.component.object, IVssComponent::iid));
    EXPECT_EQ(knows(objects.component.object, IVssComponentEx::iid), os.newestInterface >= 2) << os.name;   // Vista, Server 2008
    EXPECT_EQ(knows(objects.component.object, IVssComponentEx2::iid), os.newestInterface >= 3) << os.name;  // Windows 7, Server 2008 R2
  }
}
TEST(HandedOutObjects, OutliveWhatTheyCameFrom) {
  EachObject objects(rich());
  for (IUnknown* object : {static_cast<IUnknown*>(objects.metadata.object), static_cast<IUnknown*>(objects.offered.object),
                           static_cast<IUnknown*>(objects.components.object)})
    EXPECT_EQ(object->Release(), 0u);
  objects.metadata.object = nullptr;
  objects.offered.object = nullptr;
  objects.components.object = nullptr;
  EXPECT_EQ(objects.r->FreeWriterMetadata(), S_OK);
  EXPECT_EQ(objects.r.release(), 0u);
  objects.r.service.reset();
  EXPECT_EQ(textOf(objects.filedesc.object, &IVssWMFiledesc::GetPath), u"F:\\");
  EXPECT_EQ(textOf(objects.dependency.object, &IVssWMDependency::GetComponentName), u"D");
  EXPECT_EQ(textOf(objects.component.object, &IVssComponent::GetRestoreOptions), u"options");
}

}  // namespace
}  // namespace vss::model
