#include "redact/redact.h"

#include <ostream>
#include <unordered_map>

#include "redact/search.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/trace_copy.h"
#include "traces/trace_error.h"
#include "traces/vss/api.h"

namespace vss::redact {
namespace {

class Redaction final : public TraceChange {
 public:
  explicit Redaction(const Pseudonyms& pseudonyms) : pseudonyms_(pseudonyms) {
    for (const auto* described : interfaces())
      for (const auto* method : described->methods) add(*method);
    for (const auto* function : functions()) add(*function);
  }

  void header(TraceHeader& header) const override {
    header.process = pseudonyms_.program(header.process.substr(0, 500));
    header.target = pseudonyms_.target(header.target.substr(0, 1500));
    header.platform = header.platform.substr(0, 500);  // a header has room for so much of a hostile one
    header.tool = toolOfRedacted(header.tool.substr(0, 500), pseudonyms_.key());
  }
  std::string remark(RemarkKind kind, std::string_view text) const override {
    if (kind == RemarkKind::environment) return pseudonyms_.fact(std::string(text));
    return pseudonyms_.remark(kind == RemarkKind::listing || kind == RemarkKind::listingError ? Named::listing : Named::remark, std::string(text));
  }
  std::optional<std::string> value(const MethodInfo& method, bool output, std::size_t n, const ValueView& value) const override {
    const Rule* rule = ruleOf(method, output, n);
    if (value.kind == ValueKind::raw || (value.kind == ValueKind::stored && !rule)) return pseudonyms_.raw(value.bytes);
    if (value.kind != ValueKind::stored) return std::nullopt;
    return pseudonyms_.stored(rule->named, rule->kind, value.bytes);
  }

 private:
  struct Rule { Named named; Kind kind; };
  struct Rules { std::vector<Rule> inputs, outputs, elements; };

  void add(const MethodInfo& method) {
    auto signature = parseSignature(signatureOf(method));
    VSS_ASSERT(signature);
    auto& rules = rules_[&method];
    for (const auto& [params, to] : {std::pair(&signature->inputs, &rules.inputs), std::pair(&signature->outputs, &rules.outputs), std::pair(&signature->elements, &rules.elements)})
      for (const auto& param : *params) to->push_back({named(method.interface_, method.name, param.name), param.kind});
  }
  // nullptr: the method has no such value.
  const Rule* ruleOf(const MethodInfo& method, bool output, std::size_t n) const {
    const auto& rules = rules_.at(&method);
    const auto& all = output ? rules.outputs : rules.inputs;
    if (n < all.size()) return &all[n];
    return output && !rules.elements.empty() ? &rules.elements[(n - all.size()) % rules.elements.size()] : nullptr;
  }

  const Pseudonyms pseudonyms_;
  std::unordered_map<const MethodInfo*, Rules> rules_;  // of every method, made beforehand: any thread may ask
};

constexpr std::string_view kRandomKey = "random";   // no path, for such are absolute

std::string plural(std::uint64_t n, const char* one, const char* more) { return std::to_string(n) + " " + (n == 1 ? one : more); }

}  // namespace

void redactTrace(TraceReader& from, const std::filesystem::path& to, const Pseudonyms& pseudonyms) {
  copyTrace(from, to, redactionBy(pseudonyms).get());
}

std::unique_ptr<TraceChange> redactionBy(const Pseudonyms& pseudonyms) { return std::make_unique<Redaction>(pseudonyms); }

std::optional<Key> RecordingKey::made() const {
  if (!redact) return std::nullopt;
  return key ? Key::read(pathFromUtf8(*key)) : Key::random();
}

void RecordingKey::keep(const std::optional<Key>& made) const {
  if (made && newKey) made->write(pathFromUtf8(*newKey));
}

std::string RecordingKey::forShim() const {
  if (!redact) return "";
  return isKept() ? shownPath(std::filesystem::absolute(pathFromUtf8(key ? *key : *newKey))) : std::string(kRandomKey);
}

std::unique_ptr<TraceChange> redactionOf(const std::string& forShim) {
  if (forShim.empty()) return nullptr;
  return redactionBy(Pseudonyms(forShim == kRandomKey ? Key::random() : Key::read(pathFromUtf8(forShim))));
}

std::optional<Key> keyFor(const TraceHeader& header, const std::optional<std::string>& file) {
  if (!file) return std::nullopt;
  Key key = Key::read(pathFromUtf8(*file));
  auto id = keyIdOf(header.tool);
  if (!id) throw TraceError(*file + ": the trace is not redacted; it is served without a key");
  if (*id != key.id()) throw TraceError(*file + ": this is key " + key.id() + ", and the trace was redacted by key " + *id);
  return key;
}

int runRedact(const RedactCommand& command, std::ostream& out, std::ostream& err) {
  auto path = pathFromUtf8(command.output);
  checkOutput(path, {command.trace});
  Key key = command.key ? Key::read(pathFromUtf8(*command.key)) : Key::random();
  TraceReader from(pathFromUtf8(command.trace));
  while (from.next()) {}
  if (!from.problems().empty())
    throw TraceError(command.trace + ": is damaged at byte " + std::to_string(from.problems()[0].offset) + ": " + from.problems()[0].text + "; what cannot be read cannot be redacted: `shadowtape recover` it first");
  if (command.newKey) key.write(pathFromUtf8(*command.newKey));
  prepareOutput(path, {command.trace});
  Replaced replaced;
  std::optional<Leak> leak;
  auto drop = [&] {  // nobody must take it for redacted; nor is a key kept for it
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    if (command.newKey) std::filesystem::remove(pathFromUtf8(*command.newKey), ignored);
  };
  try {
    redactTrace(from, path, Pseudonyms(key, &replaced));
    TraceReader result(path);
    leak = findLeak(result, replaced);
  } catch (...) {
    drop();
    throw;
  }
  if (leak) {
    drop();
    err << "shadowtape: " << command.output << ": an original value is left, one of the " << nameOf(leak->named) << ": " << leak->place << "; the file was removed\n";
    return 1;
  }
  for (std::size_t i = 0; i < kNamed; ++i) {
    const auto& count = replaced.counts[i];
    if (count.values) out << nameOf(static_cast<Named>(i)) << ": " << plural(count.values, "value", "values") << ", " << count.different.size() << " different\n";
  }
  if (from.end() == TraceEnd::cutOff) err << "shadowtape: " << command.trace << ": was cut off, and so is " << command.output << "\n";
  if (from.unknownNotes() || from.unknownBlocks())
    err << "shadowtape: " << command.trace << ": " << plural(from.unknownNotes() + from.unknownBlocks(), "note or block", "notes or blocks") << " of a kind that this version does not know: left out\n";
  out << "searched " << command.output << " for " << plural(replaced.texts.size() + replaced.bytes.size(), "original", "originals") << ": none is left; key " << key.id()
      << (command.key || command.newKey ? "" : ", thrown away") << "\n";
  return 0;
}

}  // namespace vss::redact
