#include "replayer/fault.h"

#include <algorithm>
#include <charconv>

#include "replayer/options.h"
#include "traces/vss/api.h"

namespace vss {
namespace {

constexpr std::string_view kWays[] = {"sync", "async", "late", "hang", "writer"};

std::vector<std::string> parts(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t start = 0; start <= text.size();) {
    std::size_t end = std::min(text.find('/', start), text.size());
    found.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return found;
}

const MethodInfo* methodWithName(const std::string& name) {
  if (auto colons = name.find("::"); colons != name.npos) return methodNamed(name.substr(0, colons), name.substr(colons + 2));
  for (const auto* method : widestOf(interfaceOf<IVssBackupComponents>()).methods)
    if (method->name == name && !method->isUnknown()) return method;
  return methodNamed("", name);
}

bool tellsOfWriters(const MethodInfo& method) { return method.name == "GetWriterStatus" || method.name == "GetWriterStatusEx"; }

}  // namespace

std::string nameOf(const MethodInfo& method) {
  bool alone = method.interface_.empty() || method.interface_.starts_with("IVssBackupComponents");
  return (alone ? "" : std::string(method.interface_) + "::") + std::string(method.name);
}

std::string toText(const Fault& fault) {
  std::string text = nameOf(*fault.method) + (fault.nth > 1 ? "#" + std::to_string(fault.nth) : "") + "/" + std::string(kWays[static_cast<std::size_t>(fault.way)]);
  if (fault.way == Fault::Way::writer) text += "/" + enumeratorName("VSS_WRITER_STATE", fault.state);
  if (fault.way != Fault::Way::late && fault.way != Fault::Way::hang) text += "/" + nameOf(fault.code);
  return text + (fault.always ? "/always" : "");
}

Fault parseFault(const std::string& text) {
  auto wrong = [&](const std::string& why) { return OptionError("fault=" + text + ": " + why); };
  auto words = parts(text);
  Fault fault;
  if (words.back() == "always") fault.always = true, words.pop_back();
  if (words.size() < 2) throw wrong("a fault is METHOD/WAY or METHOD/WAY/CODE, for example DoSnapshotSet/async/VSS_E_PROVIDER_VETO");
  if (auto mark = words[0].find('#'); mark != std::string::npos) {
    auto [end, error] = std::from_chars(words[0].data() + mark + 1, words[0].data() + words[0].size(), fault.nth);
    if (error != std::errc() || end != words[0].data() + words[0].size() || fault.nth == 0) throw wrong("behind # stands the number of the call, from 1");
    words[0].resize(mark);
  }
  fault.method = methodWithName(words[0]);
  if (!fault.method) throw wrong("there is no method " + words[0]);
  auto way = std::find(std::begin(kWays), std::end(kWays), words[1]);
  if (way == std::end(kWays)) throw wrong(words[1] + " is no way; there are sync, async, late, hang and writer");
  fault.way = static_cast<Fault::Way>(way - std::begin(kWays));
  bool byOperation = fault.way == Fault::Way::async || fault.way == Fault::Way::late || fault.way == Fault::Way::hang;
  if (byOperation && (fault.method->params.empty() || fault.method->params.back().type != "IVssAsync")) throw wrong(words[0] + " starts no operation");
  if (fault.way == Fault::Way::writer && !tellsOfWriters(*fault.method)) throw wrong(words[0] + " tells of no writer");
  std::size_t expected = fault.way == Fault::Way::writer ? 4 : byOperation && fault.way != Fault::Way::async ? 2 : 3;
  if (words.size() != expected) throw wrong("behind " + words[1] + (expected == 4 ? " stand a state and a code" : expected == 3 ? " stands a code" : " stands nothing"));
  if (fault.way == Fault::Way::writer) {
    auto state = enumeratorNamed("VSS_WRITER_STATE", words[2]);
    if (!state) throw wrong(words[2] + " is no state of a writer");
    fault.state = *state;
  }
  if (expected > 2) {
    auto code = resultNamed(words.back());
    if (!code) throw wrong(words.back() + " is no code");
    fault.code = *code;
  }
  return fault;
}

// Wait comes back well even then, as it may: only QueryStatus tells how an operation ended.
OperationFacts changed(OperationFacts facts, const Fault& fault) {
  facts.goesOn = false;
  facts.cancel.reset(), facts.cancelAgain.reset();
  if (fault.way == Fault::Way::late) return facts;
  facts.refused = 0;
  facts.waits.clear(), facts.anyWait.reset();
  if (fault.way == Fault::Way::hang) facts.outcome.reset(), facts.pendingSeen = true;
  else facts.outcome = fault.code;
  return facts;
}

}  // namespace vss
