#include "redact/redact.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "conformance/judge.h"
#include "redact/search.h"
#include "traces/diff.h"
#include "traces/import.h"
#include "traces/packed_trace.h"
#include "traces/show.h"
#include "traces/test_trace.h"
#include "traces/trace_error.h"
#include "traces/vss/text.h"

namespace vss::redact {
namespace {

struct Run { int code; std::string out, err; };
Run redacted(const std::string& trace, const std::string& to, std::optional<std::string> key = {}, std::optional<std::string> newKey = {}) {
  std::ostringstream out, err;
  int code = 2;
  try {
    code = runRedact({trace, to, key, newKey}, out, err);
  } catch (const TraceError& e) {
    err << e.what() << "\n";
  }
  return {code, out.str(), err.str()};
}

// What redaction must not touch: everything but bytes.
std::string skeletonOf(const std::string& path) {
  TraceReader reader(pathFromUtf8(path));
  std::ostringstream out;
  const auto& h = reader.header();
  out << static_cast<int>(h.origin) << " " << h.platform << " " << h.processId << " " << h.startTick << " " << h.startTime << " " << h.ticksPerSecond << "\n";
  while (const NoteView* note = reader.next()) {
    out << static_cast<int>(note->type) << " " << note->order << " " << note->tick << " " << note->thread << " " << note->object << " " << note->nulls << " " << note->result << " " << note->call << " "
        << static_cast<int>(note->remarkKind) << " " << note->last << (note->signature ? " " + note->signature->text : "");
    if (note->text.starts_with("the listing has no")) out << " " << note->text;  // `check` and `export` go by it
    for (const auto& value : note->values) out << " " << static_cast<int>(value.kind) << ":" << (value.kind == ValueKind::number || value.kind == ValueKind::object ? value.number : 0) << (value.bytes.empty() ? "" : "+");
    out << "\n";
  }
  out << static_cast<int>(reader.end()) << "\n";
  if (const auto& f = reader.footer()) {
    out << f->calls << " " << f->notes << " " << f->objects << " " << f->threads << " " << f->endTick << " " << f->endTime << "\n";
    std::map<std::string, std::string> methods;
    for (const auto& m : f->methods) methods[m.signature] = std::to_string(m.calls) + " " + std::to_string(m.failed);
    for (const auto& [signature, counts] : methods) out << signature << " " << counts << "\n";
  }
  return out.str();
}

std::string findingsIn(const std::string& path) {
  TraceReader reader(pathFromUtf8(path));
  std::ostringstream out;
  auto judgement = conformance::judge(reader, conformance::Catalogue::builtIn(), {});
  for (const auto& finding : judgement.findings) out << finding.rule->id << " at " << finding.calls.back() << "\n";
  return out.str();
}

std::vector<std::string> samples(const test::Folder& folder) {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/listings")) {
    if (entry.path().extension() != ".txt") continue;
    std::string trace = folder / (shownPath(entry.path().stem()) + ".vsst").c_str();
    std::ostringstream out, err;
    if (importListing(shownPath(entry.path()), trace, "auto", out, err) == 0) all.push_back(trace);
  }
  for (const char* from : {"traces/samples/golden", "traces/samples/vectors", "traces/samples/hostile/trace"})
    for (const auto& entry : std::filesystem::directory_iterator(from))
      if (entry.path().extension() == ".vsst") all.push_back(shownPath(entry.path()));
  std::sort(all.begin(), all.end());
  return all;
}

// Numbers that no note has, or one that this version does not know: such are left out.
bool hasEveryNumber(const std::string& path) {
  TraceReader reader(pathFromUtf8(path));
  while (reader.next()) {}
  return !reader.lostNotes() && !reader.unfinishedNotes() && !reader.unknownNotes();
}

// That a sample is refused has its reason in the sample.
bool mayBeRefused(const std::string& said) {
  for (const char* reason : {"is damaged at byte", "describes it, and this version does not", "not one readable note", "not a trace", "is empty", "newer", "cannot be read", "no header", "damaged"})
    if (said.find(reason) != said.npos) return true;
  return false;
}

TEST(Redact, OfEverySampleChangesNoNumberNoFindingAndNoDifference) {
  test::Folder folder;
  Key::random().write(pathFromUtf8(folder / "key"));
  std::size_t done = 0;
  std::string before, beforeRedacted;
  for (const auto& trace : samples(folder)) {
    SCOPED_TRACE(trace);
    std::string to = folder / ("r" + std::to_string(done) + ".vsst").c_str();
    auto run = redacted(trace, to, folder / "key");
    if (run.code == 2) {
      EXPECT_TRUE(mayBeRefused(run.err)) << run.err;
      EXPECT_EQ(trace.find("/golden/"), trace.npos) << run.err;
      EXPECT_EQ(trace.find(folder / ""), trace.npos) << run.err;
      continue;
    }
    ASSERT_EQ(run.code, 0) << run.err;
    ++done;
    EXPECT_EQ(skeletonOf(to), skeletonOf(trace));
    EXPECT_EQ(hasEveryNumber(to), hasEveryNumber(trace));
    EXPECT_EQ(findingsIn(to), findingsIn(trace));
    std::ostringstream verified, none;
    EXPECT_EQ(verifyTraces({{trace}}, "text", none, none), verifyTraces({{to}}, "text", verified, verified)) << verified.str();
    if (!before.empty()) {
      std::ostringstream err;
      auto were = differencesOf(before, trace, err), are = differencesOf(beforeRedacted, to, err);
      ASSERT_EQ(were.size(), are.size());
      for (std::size_t i = 0; i < were.size(); ++i) EXPECT_TRUE(were[i].a == are[i].a && were[i].b == are[i].b) << were[i].words << " / " << are[i].words;
    }
    before = trace, beforeRedacted = to;
  }
  EXPECT_GT(done, 150u);
}

TEST(Redact, OfATraceThatIsRedactedByThatKeyChangesNothing) {
  test::Folder folder;
  ASSERT_EQ(redacted("traces/samples/golden/two_threads.vsst", folder / "a.vsst", {}, folder / "key").code, 0);
  ASSERT_EQ(redacted(folder / "a.vsst", folder / "b.vsst", folder / "key").code, 0);
  EXPECT_TRUE(test::contents(folder / "a.vsst") == test::contents(folder / "b.vsst"));
  ASSERT_EQ(redacted(folder / "a.vsst", folder / "c.vsst").code, 0) << "by another key: of all";
}

TEST(Redact, TakesPackedAndCutOffTraces) {
  test::Folder folder;
  std::ostringstream out;
  const std::string sample = "traces/samples/golden/two_threads.vsst";
  packTrace(sample, folder / "packed.vsst.zst", false, out);
  ASSERT_EQ(redacted(sample, folder / "a.vsst", {}, folder / "key").code, 0);
  ASSERT_EQ(redacted(folder / "packed.vsst.zst", folder / "b.vsst", folder / "key").code, 0);
  EXPECT_TRUE(test::contents(folder / "a.vsst") == test::contents(folder / "b.vsst"));
  test::put(folder / "cut.vsst", test::contents(sample).substr(0, 20000));
  auto run = redacted(folder / "cut.vsst", folder / "c.vsst", folder / "key");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.err.find("was cut off, and so is"), run.err.npos) << run.err;
  EXPECT_EQ(skeletonOf(folder / "c.vsst"), skeletonOf(folder / "cut.vsst"));
}

// A secret of its own in every text, id and icon of every method, one in each header text and kind of remark, and in raw values.
class Planted {
 public:
  explicit Planted(const std::filesystem::path& path) {
    TraceWriter trace(path, {Origin::live, utf8("program") + ".exe", utf8("target")});
    for (auto kind : {RemarkKind::information, RemarkKind::warning, RemarkKind::listingError, RemarkKind::listing}) trace.remark(kind, 0, utf8("remark"));
    auto each = [&](const MethodInfo& method) {
      std::vector<ValueView> in, out, raw;
      for (const auto& param : method.params) {
        auto& side = param.isInput() ? in : out;
        if (param.role == Role::outArray) side.push_back(ValueView::ofNumber(1)), raw.push_back(ValueView::of(ValueKind::zeroed));
        else if (param.isStructure())
          for (const auto& field : param.fields) {
            side.push_back(valueOf(field.kind, std::string(field.name)));
            if (!param.isInput()) raw.push_back(rawValue());
          }
        else {
          side.push_back(valueOf(param.kind, std::string(param.name)));
          if (!param.isInput()) raw.push_back(rawValue());
        }
      }
      for (const auto& param : method.params)
        if (param.role == Role::outArray)
          for (const auto& field : param.fields) out.push_back(valueOf(field.kind, std::string(field.name)));
      trace.leave(trace.enter(method, 1, 0, in), method, 1, 0, out);
      trace.leave(trace.enter(method, 1, 0, in), method, 1, 0x80042301, raw);
    };
    for (const auto* described : interfaces())
      for (const auto* method : described->methods) each(*method);
    for (const auto* function : functions()) each(*function);
  }
  std::vector<std::string> secrets;  // as they stand in the file

 private:
  std::string utf8(const std::string& of) {
    std::string made = "secret " + of + " " + std::to_string(++n_);
    secrets.push_back(made);
    return made;
  }
  ValueView stored(std::string bytes) {
    secrets.push_back(std::move(bytes));
    kept_.push_back(std::make_unique<std::string>(secrets.back()));
    return ValueView::ofBytes(*kept_.back());
  }
  ValueView rawValue() {
    auto value = stored("raw bytes " + std::to_string(++n_));
    value.kind = ValueKind::raw;
    return value;
  }
  ValueView valueOf(Kind kind, const std::string& name) {
    std::string plain = name + " " + std::to_string(++n_);
    if (kind == Kind::guid) return stored("id" + std::to_string(1000000 + n_) + "abcdefg");
    if (kind == Kind::bytes) return stored("icon " + plain);
    if (kind == Kind::bstr || kind == Kind::wstr || kind == Kind::coString) {
      auto wide = toUtf16(plain);
      std::string bytes(reinterpret_cast<const char*>(wide.data()), wide.size() * 2);
      if (name.find("XML") == name.npos) return stored(bytes);
      secrets.push_back(bytes);
      auto document = toUtf16("<BACKUP_COMPONENTS><COMPONENT componentName=\"" + plain + "\"/></BACKUP_COMPONENTS>");
      kept_.push_back(std::make_unique<std::string>(reinterpret_cast<const char*>(document.data()), document.size() * 2));
      return ValueView::ofBytes(*kept_.back());
    }
    return kind == Kind::object ? ValueView::of(ValueKind::null) : ValueView::ofNumber(1);
  }
  std::vector<std::unique_ptr<std::string>> kept_;
  int n_ = 0;
};

TEST(Redact, LeavesNoSecretInAnyKindOfField) {
  test::Folder folder;
  Planted planted(pathFromUtf8(folder / "t.vsst"));
  ASSERT_GT(planted.secrets.size(), 500u);
  std::string original = test::contents(folder / "t.vsst");
  for (const auto& secret : planted.secrets) ASSERT_NE(original.find(secret), original.npos) << secret;
  auto run = redacted(folder / "t.vsst", folder / "r.vsst");
  ASSERT_EQ(run.code, 0) << run.err;
  std::string result = test::contents(folder / "r.vsst");
  for (const auto& secret : planted.secrets) EXPECT_EQ(result.find(secret), result.npos) << secret;
  EXPECT_EQ(skeletonOf(folder / "r.vsst"), skeletonOf(folder / "t.vsst"));
  for (std::size_t i = 0; i < kNamed; ++i)
    EXPECT_EQ(run.out.find(std::string(nameOf(static_cast<Named>(i))) + ": ") == run.out.npos, static_cast<Named>(i) == Named::unknown) << nameOf(static_cast<Named>(i));
}

TEST(Redact, IsToldWhereAResultLeaks) {
  test::Folder folder;
  Planted planted(pathFromUtf8(folder / "t.vsst"));
  Replaced replaced;
  TraceReader from(pathFromUtf8(folder / "t.vsst"));
  redactTrace(from, pathFromUtf8(folder / "r.vsst"), Pseudonyms(Key::random(), &replaced));
  EXPECT_FALSE(findLeak(*std::make_unique<TraceReader>(pathFromUtf8(folder / "r.vsst")), replaced));
  EXPECT_TRUE(findLeak(from, replaced)) << "the original is the leakiest of results";
}

TEST(Redact, RefusesWhatItCannotRead) {
  test::Folder folder;
  std::string bytes = test::contents("traces/samples/golden/status.vsst");
  bytes[bytes.size() / 2] ^= 1;
  test::put(folder / "damaged.vsst", bytes);
  auto run = redacted("traces/samples/vectors/note-damaged.vsst", folder / "r.vsst");
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("what cannot be read cannot be redacted: `shadowtape recover` it first"), run.err.npos) << run.err;
  EXPECT_FALSE(std::filesystem::exists(pathFromUtf8(folder / "r.vsst")));
  test::put(folder / "bad.key", "secret\n");
  EXPECT_EQ(redacted("traces/samples/golden/status.vsst", folder / "r.vsst", folder / "bad.key").code, 2);
  EXPECT_EQ(redacted("traces/samples/golden/status.vsst", folder / "r.vsst", {}, folder / "bad.key").code, 2) << "a new key takes the place of no file";
  EXPECT_EQ(redacted("traces/samples/golden/status.vsst", "traces/samples/golden/status.vsst").code, 2);
  EXPECT_FALSE(std::filesystem::exists(pathFromUtf8(folder / "r.vsst")));
}

}  // namespace
}  // namespace vss::redact
