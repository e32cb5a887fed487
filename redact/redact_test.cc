#include "redact/redact.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "conformance/judge.h"
#include "redact/search.h"
#include "replayer/drive.h"
#include "replayer/replayer.h"
#include "traces/diff.h"
#include "traces/environment.h"
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
  for (const char* from : {"traces/samples/golden", "traces/samples/vectors", "traces/samples/hostile/trace", "exports/samples"})
    for (const auto& entry : std::filesystem::directory_iterator(from))
      if (entry.path().extension() == ".vsst" || entry.path().extension() == ".zst") all.push_back(shownPath(entry.path()));
  for (const char* golden : {"status", "two_threads", "never_came_back", "imported"}) {
    std::ostringstream out;
    all.push_back(folder / ("packed-" + std::string(golden) + ".vsst.zst").c_str());
    packTrace("traces/samples/golden/" + std::string(golden) + ".vsst", all.back(), false, out);
  }
  std::sort(all.begin(), all.end());
  return all;
}

// How it goes when the calls of `calls`, with their own arguments, are served from `script`.
std::string playedFrom(const std::string& script, const std::string& calls, const std::string& options, const test::Folder& folder) {
  struct Served {
    Script script;
    Report report;
    Replayer replayer;
    Served(const std::string& trace, const std::string& report, const ReplayOptions& options)
        : script(pathFromUtf8(trace), options), report(trace, pathFromUtf8(report), script.matching()), replayer(script, this->report, options, [] {}) {}
  };
  std::filesystem::remove(pathFromUtf8(folder / "report.txt"));
  Served served(script, folder / "report.txt", parseReplayOptions(options + "hang-limit=1ms"));
  TraceReader reader(pathFromUtf8(calls));
  auto driven = drive(reader, [&](const MethodInfo& function, void* const* args) { return served.replayer.call(function, args); }, std::chrono::seconds(5));
  served.replayer.finish();
  return std::to_string(driven.calls) + " calls, " + std::to_string(driven.notMade.size()) + " not made, " + std::to_string(driven.hung.size()) + " hung, " +
         std::to_string(served.report.divergences()) + " divergences";
}

// Texts that are gone, but stand in what stays: they are to be found.
bool staysElsewhere(const std::u16string& text, const Replaced& replaced, const std::string& stays) {
  for (const auto& left : replaced.left)
    if (left.find(text) != left.npos) return true;
  return stays.find(toUtf8(text)) != stays.npos;
}

// An original that stands in the bytes of the file: by another way than the search goes, so that the two are held against each other.
std::string anOriginalIn(const std::string& path, const Replaced& replaced) {
  std::string bytes = test::contents(path), stays;
  TraceReader reader(pathFromUtf8(path));
  stays = reader.header().tool + reader.header().platform;
  while (const NoteView* note = reader.next())
    if (note->signature && stays.find(note->signature->text) == stays.npos) stays += note->signature->text;
  for (const auto& [text, kind] : replaced.texts) {
    if (text.size() < 6 || staysElsewhere(text, replaced, stays)) continue;
    std::string wide(reinterpret_cast<const char*>(text.data()), text.size() * 2);
    if (bytes.find(wide) != bytes.npos || bytes.find(toUtf8(text)) != bytes.npos) return toUtf8(text);
  }
  for (const auto& [original, kind] : replaced.bytes)
    if (kind == Named::id && bytes.find(original) != bytes.npos) return "an id";
  return "";
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

// Of the trace redacted once more, so that what was replaced is known; how many originals there were.
std::size_t expectNoOriginal(const std::string& trace, const test::Folder& folder) {
  Replaced replaced;
  std::string to = folder / "known.vsst";
  std::filesystem::remove(pathFromUtf8(to));
  TraceReader from(pathFromUtf8(trace));
  redactTrace(from, pathFromUtf8(to), Pseudonyms(Key::read(pathFromUtf8(folder / "key")), &replaced));
  EXPECT_EQ(anOriginalIn(to, replaced), "");
  return replaced.texts.size() + replaced.bytes.size();
}

TEST(Redact, OfEverySampleReplaysAndChangesNoNumberNoFindingAndNoDifference) {
  test::Folder folder;
  Key::random().write(pathFromUtf8(folder / "key"));
  std::size_t done = 0, originals = 0;
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
    EXPECT_EQ(playedFrom(to, trace, "key=" + std::string(folder / "key") + ";", folder), playedFrom(trace, trace, "", folder));
    originals += expectNoOriginal(trace, folder);
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
  EXPECT_GT(originals, 1000u);
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
  explicit Planted(const std::filesystem::path& path, const TraceChange* change = nullptr) {
    TraceWriter trace(path, {Origin::live, utf8("program") + ".exe", utf8("target"), true, change});
    for (auto kind : {RemarkKind::information, RemarkKind::warning, RemarkKind::listingError, RemarkKind::listing}) trace.remark(kind, 0, utf8("remark"));
    for (std::string fact : {"command.program=C:\\@\\@.exe", "command.argument=--@=@", "command.argument=@\t@", "service=@\trunning\tauto", "service=VSS\trunning\tmanual\t@", "provider={#}\t2\t@\t@",
                             "volume=C:\\@\\\t1000\t4000\tNTFS\t@", "event=2026-12-01T10:00:00.000Z\t@\t@\t12289\t2\t@", "newer.key=@", "@"}) {
      for (std::size_t at; (at = fact.find_first_of("@#")) != fact.npos;) fact.replace(at, 1, fact[at] == '@' ? utf8("fact") : id());
      trace.remark(RemarkKind::environment, 0, fact);
    }
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
  std::string id() {
    secrets.push_back("0a1b2c3d-4e5f-6071-8293-" + std::to_string(100'000'000'000 + ++n_));
    return secrets.back();
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

// Everything that redaction may change.
std::string textsOf(const std::string& path) {
  TraceReader reader(pathFromUtf8(path));
  std::string all = reader.header().process + "\n" + reader.header().target + "\n" + reader.header().tool + "\n";
  while (const NoteView* note = reader.next()) {
    all += std::to_string(note->order) + " " + std::string(note->text);
    for (const auto& value : note->values) all += " " + std::to_string(static_cast<int>(value.kind)) + ":" + std::string(value.bytes);
    all += "\n";
  }
  return all;
}

TEST(Redact, WhileATraceIsWrittenMakesOfItWhatItMakesBehind) {
  test::Folder folder;
  Key key = Key::random();
  key.write(pathFromUtf8(folder / "key"));
  Planted behind(pathFromUtf8(folder / "t.vsst"));
  ASSERT_EQ(redacted(folder / "t.vsst", folder / "behind.vsst", folder / "key").code, 0);
  auto change = redactionOf(shownPath(std::filesystem::absolute(pathFromUtf8(folder / "key"))));
  Planted planted(pathFromUtf8(folder / "at-once.vsst"), change.get());
  ASSERT_EQ(planted.secrets, behind.secrets);
  EXPECT_EQ(textsOf(folder / "at-once.vsst"), textsOf(folder / "behind.vsst"));
  std::string bytes = test::contents(folder / "at-once.vsst");
  for (const auto& secret : planted.secrets) EXPECT_EQ(bytes.find(secret), bytes.npos) << secret;
}

TEST(Redact, WhileATraceIsWrittenEndsTheRecordingRatherThanLeaveAnOriginal) {
  struct Failing : TraceChange {
    void header(TraceHeader&) const override {}
    std::string remark(RemarkKind, std::string_view) const override { throw std::bad_alloc(); }
    std::optional<std::string> value(const MethodInfo&, bool output, std::size_t, const ValueView&) const override {
      if (output) throw std::bad_alloc();
      return "instead of it";
    }
  } failing;
  test::Folder folder;
  const auto& method = *methodNamed("IVssBackupComponents", "GetWriterStatus");
  {
    TraceWriter trace(pathFromUtf8(folder / "t.vsst"), {Origin::live, "p", "t", true, &failing});
    std::vector<ValueView> in{ValueView::ofNumber(0)}, out(5, ValueView::ofText(u"a secret name"));
    auto call = trace.enter(method, 1, 0, in);
    trace.leave(call, method, 1, 0, out);
    EXPECT_TRUE(trace.stopped());
    EXPECT_EQ(trace.enter(method, 1, 0, in), 0u);
  }
  TraceReader reader(pathFromUtf8(folder / "t.vsst"));
  ASSERT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(test::contents(folder / "t.vsst").find(std::string("s\0e\0c\0r\0e\0t", 11)), std::string::npos);
}

TEST(Redact, OfFactsLeavesWhatSaysNothingOfTheCustomer) {
  Pseudonyms pseudonyms(Key::random());
  for (const auto& info : factTable()) EXPECT_TRUE(pseudonyms.fact(std::string(info.key) + "=x").starts_with(std::string(info.key) + "=")) << info.key << " is not in facts.def";
  for (std::string fact : {"os.name=Windows Server 2022 Standard", "os.version=10.0.20348.2031", "vssapi.version=10.0.20348.1", "vssvc.version=10.0.20348.1", "rights.elevated=yes", "rights.backup=no",
                           "com.security=RPC_E_TOO_LATE", "com.default.authentication=2", "locale.name=de-DE", "locale.codepage=1252", "timezone.name=W. Europe Standard Time", "timezone.minutes=-60",
                           "service=SQLWriter\tstopped\tmanual", "provider={b5946137-7b9f-4925-af80-51abd60b20d5}\t1\t1.0.0.7\tMicrosoft Software Shadow Copy provider 1.0",
                           "volume=C:\\\t107374182400\t214748364800\tNTFS", "event=2026-12-01T10:00:00.000Z\tApplication\tVSS\t8193\t2\t"})
    EXPECT_EQ(pseudonyms.fact(fact), fact);
  std::string made = pseudonyms.fact("volume=D:\\mounts\\Acme\\\t1\t2\tReFS");
  EXPECT_TRUE(made.starts_with("volume=D:\\") && made.ends_with("\\\t1\t2\tReFS")) << made;
  EXPECT_EQ(made.find("Acme"), made.npos);
  EXPECT_EQ(pseudonyms.fact(made), made) << "a pseudonym is its own";
  EXPECT_NE(made.find(pseudonyms.program("Acme")), made.npos) << "the same name as elsewhere";
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
