// `export --to jsonl` is read back and held against the trace: every value of every call, every remark, what is lost. For every golden trace and every test vector.
#include <gtest/gtest.h>

#include <optional>
#include <sstream>

#include "exports/export.h"
#include "exports/read_json.h"
#include "exports/sample.h"
#include "traces/call.h"
#include "traces/print.h"
#include "traces/show.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::exports {
namespace {

using namespace testing_exports;

std::string bytesFromHex(const std::string& words) {  // "bytes 01ff"
  std::string bytes;
  EXPECT_TRUE(words.starts_with("bytes ")) << words;
  for (std::size_t at = 6; at + 1 < words.size(); at += 2) bytes += static_cast<char>(std::stoi(words.substr(at, 2), nullptr, 16));
  return bytes;
}

std::string bytesOfNumber(std::int64_t number) { return {reinterpret_cast<const char*>(&number), 8}; }

// The value that the JSON stands for, made from the JSON and the signature alone; `like`: whether a number that is stored in eight bytes is meant.
Value readValue(const ReadJson& json, const SignatureParam& param, bool stored) {
  auto numberValue = [&](std::int64_t n) { return stored ? Value(ValueView::ofBytes(bytesOfNumber(n))) : number(n); };
  if (json.isNull()) return is(ValueKind::null);
  if (json.isBool()) return number(json.boolean());
  if (json.isNumber()) return numberValue(json.whole());
  if (json.isString()) {
    std::string text = json.text();
    bool isText = param.kind == Kind::bstr || param.kind == Kind::wstr || param.kind == Kind::coString;
    if (isText) {
      auto wide = toUtf16(text);
      return ValueView::ofText(wide);
    }
    if (param.kind == Kind::guid)
      if (auto guid = parseGuid(text)) return ValueView::ofGuid(*guid);
    if (param.kind == Kind::hresult)
      if (auto hresult = resultNamed(text)) return number(*hresult);
    if (param.kind == Kind::enumeration)
      if (auto value = enumeratorNamed(param.type, text)) return number(*value);
    return numberValue(std::stoll(text));
  }
  if (!json.isObject()) {
    std::string ids;
    for (const auto& one : json.list()) {
      auto guid = parseGuid(one.text());
      EXPECT_TRUE(guid);
      if (guid) ids.append(reinterpret_cast<const char*>(&*guid), sizeof *guid);
    }
    return ValueView::ofBytes(ids);
  }
  if (json.has("object")) return object(static_cast<std::uint32_t>(json["object"].whole()));
  std::string what = json["is"].text();
  if (json.has("stored")) return ValueView::ofBytes(bytesFromHex(what));
  if (what.starts_with("bytes ")) return ValueView{ValueKind::raw, 0, bytesFromHex(what)};
  std::int64_t n = json.has("number") ? json["number"].whole() : 0;
  if (json.has("kind")) return ValueView{static_cast<ValueKind>(json["kind"].whole()), n, {}};
  static const std::map<std::string, ValueKind> kinds{{"unknown", ValueKind::missing},     {"an object that is not recorded", ValueKind::foreignObject}, {"unchanged", ValueKind::unchanged},
                                                      {"zeroed", ValueKind::zeroed},       {"unreadable", ValueKind::unreadable},                        {"no pointer", ValueKind::noPointer},
                                                      {"absent", ValueKind::absent}};
  auto kind = kinds.find(what);
  EXPECT_NE(kind, kinds.end()) << what;
  return kind == kinds.end() ? Value() : Value(ValueView{kind->second, n, {}});
}

// Holds the object's members against the values, absent ones left out.
void expectValues(const ReadJson& json, std::span<const Value> values, std::span<const SignatureParam> params, std::span<const Value> elements, std::span<const SignatureParam> fields) {
  auto members = json.members();
  std::size_t at = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].kind == ValueKind::absent) continue;
    ASSERT_LT(at, members.size());
    const auto& [name, member] = members[at++];
    ASSERT_EQ(name, params[i].name);
    if (params[i].array && values[i].kind == ValueKind::number) {
      auto list = member.list();
      ASSERT_EQ(list.size(), fields.empty() ? 0 : (elements.size() + fields.size() - 1) / fields.size());
      for (std::size_t e = 0; e < list.size(); ++e) expectValues(list[e], elements.subspan(e * fields.size(), std::min(fields.size(), elements.size() - e * fields.size())), fields, {}, {});
      continue;
    }
    EXPECT_EQ(readValue(member, params[i], values[i].kind == ValueKind::stored), values[i]) << name;
  }
  EXPECT_EQ(at, members.size());
}

// A damaged or hostile trace may have more values than the method has parameters.
void expectMore(const ReadJson& line, const char* key, std::span<const Value> values) {
  ASSERT_EQ(line.has(key), !values.empty());
  if (values.empty()) return;
  auto list = line[key].list();
  ASSERT_EQ(list.size(), values.size());
  for (std::size_t i = 0; i < list.size(); ++i) EXPECT_EQ(readValue(list[i], {}, values[i].kind == ValueKind::stored), values[i]) << key;
}

void expectWholeTrace(const std::filesystem::path& path) {
  SCOPED_TRACE(shownPath(path));
  std::ostringstream out, err;
  std::vector<std::string> lines;
  {
    TraceReader reader(path);
    exportJsonl(reader, "given.vsst", out, err);
    lines = linesOf(out.str());
  }
  TraceReader reader(path);
  CallReader calls(reader);
  std::size_t at = 0;
  std::map<std::int64_t, std::string> signatures;
  auto next = [&] { return ReadJson(at < lines.size() ? lines[at++] : "{}"); };
  const auto& h = reader.header();
  ReadJson header = next();
  EXPECT_EQ(header["trace"].text(), "given.vsst");
  EXPECT_EQ(header["origin"].text(), originName(h.origin));
  for (const auto& [key, text] : {std::pair("tool", h.tool), {"platform", h.platform}, {"process", h.process}, {"target", h.target}}) EXPECT_EQ(header[key].text(), text);
  EXPECT_EQ(header["ticksPerSecond"].text() + header["startTick"].text() + header["startTime"].text(), std::to_string(h.ticksPerSecond) + std::to_string(h.startTick) + std::to_string(h.startTime));
  EXPECT_EQ(header["processId"].whole(), h.processId);
  for (bool more = true; more;) {
    const Call* call = calls.next();
    more = call;
    for (const auto& remark : calls.takeRemarks()) {
      ReadJson line = next();
      EXPECT_EQ(toUtf16(line["text"].text()), toUtf16(remark.text));
      EXPECT_EQ(line["kind"].whole(), static_cast<int>(remark.kind));
      EXPECT_EQ(line["thread"].whole(), remark.thread);
      for (const auto& [key, number] : {std::pair("about", remark.about), {"order", remark.order}, {"tick", remark.tick}, {"last", remark.last}}) EXPECT_EQ(line[key].text(), std::to_string(number)) << key;
    }
    if (!call) break;
    ReadJson line = next();
    if (line.has("text")) {
      EXPECT_TRUE(signatures.emplace(line["signature"].whole(), line["text"].text()).second) << "told twice";
      line = next();
    }
    SCOPED_TRACE("call " + std::to_string(call->number));
    ASSERT_TRUE(line.has("call")) << lines[at - 1];
    EXPECT_EQ(signatures[line["signature"].whole()], call->signature->text);
    EXPECT_EQ(line["call"].whole(), static_cast<std::int64_t>(call->number));
    EXPECT_EQ(line["thread"].whole(), call->thread);
    EXPECT_EQ(line["object"].whole(), call->object);
    EXPECT_EQ(line["nulls"].whole(), call->nulls);
    EXPECT_EQ(line["interface"].text() + "::" + line["method"].text(), call->signature->interface_ + "::" + call->signature->method);
    EXPECT_EQ(line["enterOrder"].text() + " " + line["enterTick"].text(), std::to_string(call->enterOrder) + " " + std::to_string(call->enterTick));
    auto start = reader.timeOf(call->enterTick);
    ASSERT_EQ(line.has("startNs"), start.has_value());
    EXPECT_EQ(start ? line["startNs"].whole() : 0, start ? *start - h.startTime : 0);
    std::span<const Value> inputs = call->inputs;
    std::size_t known = std::min(inputs.size(), call->signature->inputs.size());
    expectValues(line["inputs"], inputs.first(known), call->signature->inputs, {}, {});
    expectMore(line, "moreInputs", inputs.subspan(known));
    ASSERT_EQ(line.has("leaveOrder"), call->result.has_value());
    if (!call->result) {
      EXPECT_TRUE(line["result"].isNull());
      continue;
    }
    EXPECT_EQ(line["leaveOrder"].text() + " " + line["leaveTick"].text(), std::to_string(call->leaveOrder) + " " + std::to_string(call->leaveTick));
    EXPECT_EQ(line["resultCode"].whole(), *call->result);
    EXPECT_EQ(call->hresult() ? resultNamed(line["result"].text()) : std::nullopt, call->hresult());
    std::span<const Value> all = call->outputs;
    std::size_t plain = std::min(all.size(), call->signature->outputs.size());
    auto behind = all.subspan(plain);
    bool elements = !call->signature->elements.empty();
    expectValues(line["outputs"], all.first(plain), call->signature->outputs, elements ? behind : behind.first(0), call->signature->elements);
    expectMore(line, "moreOutputs", elements ? behind.first(0) : behind);
  }
  for (const auto& problem : reader.problems()) {
    ReadJson line = next();
    EXPECT_EQ(line["damage"].text(), problem.text);
    EXPECT_EQ(line["byte"].text(), std::to_string(problem.offset));
  }
  ReadJson end = next();
  EXPECT_EQ(end["end"].text(), reader.end() == TraceEnd::complete ? "complete" : "cut off");
  for (const auto& [key, number] : {std::pair("calls", calls.calls()), {"lastOrder", reader.lastOrder()}, {"lostNotes", reader.lostNotes()}, {"unfinishedNotes", reader.unfinishedNotes()}, {"callsWithoutStart", calls.orphans()},
                                    {"unknownNotes", reader.unknownNotes()}, {"unknownBlocks", reader.unknownBlocks()}})
    EXPECT_EQ(end[key].text(), std::to_string(number)) << key;
  EXPECT_EQ(at, lines.size());
  std::ostringstream told;
  tellTroubles(reader, calls, told);
  EXPECT_EQ(err.str(), told.str());
}

TEST(ExportJsonl, HasEverythingOfEveryTrace) {
  std::size_t traces = 0;
  for (const char* folder : {"traces/samples/golden", "traces/samples/vectors", "exports/samples"})
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() != ".vsst" && file.path().extension() != ".zst") continue;
      try {
        TraceReader reader(file.path());
      } catch (const TraceError&) {
        continue;  // refused by every command
      }
      expectWholeTrace(file.path());
      ++traces;
    }
  EXPECT_GE(traces, 45u);
}

// Values that no recorder of today makes, and those at the edges of what JSON can say.
TEST(ExportJsonl, LosesNoValueHoweverOdd) {
  Folder folder;
  std::string path = folder / "odd.vsst";
  const char raw[] = "a\0b";
  std::vector<std::vector<Value>> rows = {
      {text({u"\0\xD800\xDC00\xDC00 \"\\\n\x7f", 9}), number((1ll << 53) + 1), number(-(1ll << 53) - 1)},
      {ValueView::ofBytes({raw, 3}), number(1ll << 40), number(0x7FFFFFFF)},
      {text(u""), number(77), number(S_OK)},
      {is(ValueKind::null), ValueView::ofBytes("12345678"), ValueView::ofBytes("123")},
      {is(ValueKind::foreignObject), ValueView{static_cast<ValueKind>(99), -5, {}}, is(ValueKind::absent)},
      {ValueView{ValueKind::raw, 0, {raw, 3}}, is(ValueKind::unreadable), object(1)},
  };
  {
    Trace trace(path);
    trace.call(create(1));
    for (const auto& row : rows) {
      Made made = status(1, 0, u"");
      made.outputs = {ValueView::ofBytes(std::string(15, 'g')), id(1), row[0], row[1], row[2]};
      trace.call(made);
    }
    trace.call({1, kBackup, "DisableWriterClasses", {ValueView::ofBytes(std::string(33, 'x')), number(2)}, {}});
    trace.call({1, kBackup, "DisableWriterClasses", {ValueView::ofBytes(std::string(32, 'x')), number(2)}, {}});
  }
  expectWholeTrace(pathFromUtf8(path));
}

TEST(ExportJsonl, TellsWhereADamagedOrCutTraceEnds) {
  Folder folder;
  std::string path = folder / "cut.vsst";
  Planned trace;
  nightBackup(trace);
  trace.write(path, false);
  expectWholeTrace(pathFromUtf8(path));
  auto bytes = contents(path);
  bytes[bytes.size() / 2] ^= 4;
  put(path, bytes);
  expectWholeTrace(pathFromUtf8(path));
}

}  // namespace
}  // namespace vss::exports
