#include "redact/redact.h"

#include <ostream>

#include "redact/search.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/trace_copy.h"
#include "traces/trace_error.h"

namespace vss::redact {
namespace {

class Redaction final : public TraceChange {
 public:
  explicit Redaction(const Pseudonyms& pseudonyms) : pseudonyms_(pseudonyms) {}

  void header(TraceHeader& header) override {
    header.process = pseudonyms_.program(header.process);
    header.target = pseudonyms_.target(header.target);
    header.platform = header.platform.substr(0, 500);  // a header has room for so much of a hostile one
    header.tool = toolOfRedacted(header.tool.substr(0, 500), pseudonyms_.key());
  }
  std::string remark(RemarkKind kind, std::string_view text) override {
    if (kind == RemarkKind::environment) return pseudonyms_.fact(std::string(text));
    return pseudonyms_.remark(kind == RemarkKind::listing || kind == RemarkKind::listingError ? Named::listing : Named::remark, std::string(text));
  }
  std::optional<std::string> value(const SignatureParam* param, const Signature& signature, const ValueView& value) override {
    if (value.kind == ValueKind::raw || (value.kind == ValueKind::stored && !param)) return pseudonyms_.raw(value.bytes);
    if (value.kind != ValueKind::stored) return std::nullopt;
    return pseudonyms_.stored(named(signature.interface_, signature.method, param->name), param->kind, value.bytes);
  }

 private:
  const Pseudonyms& pseudonyms_;
};

std::string plural(std::uint64_t n, const char* one, const char* more) { return std::to_string(n) + " " + (n == 1 ? one : more); }

}  // namespace

void redactTrace(TraceReader& from, const std::filesystem::path& to, const Pseudonyms& pseudonyms) {
  Redaction redaction(pseudonyms);
  copyTrace(from, to, &redaction);
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
