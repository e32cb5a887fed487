// drive passes on what this run was given where the recorded program passed on what it had been given.
#include "recorder/fake_vss.h"
#include "replayer/drive.h"
#include "replayer/testing.h"

namespace vss {
namespace {

using DriveRenames = ReplayTest;

TEST_F(DriveRenames, IdsAloneAndInArraysAndTexts) {
  const Guid then{100}, now{0xABC};
  created(1);
  initialized(1);
  recorded(1, "StartSnapshotSet", {}, S_OK, {id(100)});
  recorded(1, "DeleteSnapshots", {id(100), number(VSS_OBJECT_SNAPSHOT_SET), number(0)}, S_OK, {number(1), id(0)});
  std::string two = std::string(reinterpret_cast<const char*>(&then), sizeof then) + std::string(sizeof(Guid), '\x07');
  recorded(1, "DisableWriterInstances", {Value(ValueView::ofBytes(two)), number(2)});
  recorded(1, "SaveAsXML", {}, S_OK, {text(u"<then/>")});
  recorded(1, "InitializeForRestore", {text(u"<then/>")});
  recorded(1, "SetRestoreName", {id(100), number(1), kind(ValueKind::null), text(u"other"), text(u"<then/>")});
  writer.reset();

  FakeVss vss;
  std::vector<Guid> deleted, disabled;
  std::vector<std::u16string> texts;
  vss["StartSnapshotSet"] = [&](void* const* args) { return *argument<Guid*>(args, 0) = now, S_OK; };
  vss["DeleteSnapshots"] = [&](void* const* args) { return deleted.push_back(argument<Guid>(args, 0)), S_OK; };
  vss["DisableWriterInstances"] = [&](void* const* args) {
    auto* at = argument<const Guid*>(args, 0);
    return disabled.assign(at, at + argument<UINT>(args, 1)), S_OK;
  };
  vss["SaveAsXML"] = [&](void* const* args) { return *argument<char16_t**>(args, 0) = sysAllocStringLen(u"<now/>", 6), S_OK; };
  vss["InitializeForRestore"] = [&](void* const* args) { return texts.push_back(argument<char16_t*>(args, 0)), S_OK; };
  vss["SetRestoreName"] = [&](void* const* args) {
    deleted.push_back(argument<Guid>(args, 0));
    EXPECT_EQ(argument<char16_t*>(args, 2), nullptr) << "null stays null";
    return texts.push_back(argument<char16_t*>(args, 3)), texts.push_back(argument<char16_t*>(args, 4)), S_OK;
  };
  TraceReader reader(path(".vsst"));
  Driven driven = drive(reader, [&](const MethodInfo&, void* const* args) { return vss.create(load<IVssBackupComponents**>(args[0])); }, std::chrono::seconds(10));
  EXPECT_EQ(driven.calls, 8u);
  for (const auto& line : driven.notMade) ADD_FAILURE() << line;
  Guid sevens;
  std::memset(static_cast<void*>(&sevens), 7, sizeof sevens);
  EXPECT_EQ(deleted, (std::vector<Guid>{now, now}));
  EXPECT_EQ(disabled, (std::vector<Guid>{now, sevens})) << "an id from elsewhere stays what it is";
  EXPECT_EQ(texts, (std::vector<std::u16string>{u"<now/>", u"other", u"<now/>"}));
  EXPECT_EQ(vss.alive(), 0u) << "what the recorded program left is given back";
}

}  // namespace
}  // namespace vss
