#include <ostream>
#include <vector>

#include "exports/export.h"
#include "exports/sessions.h"
#include "exports/visible.h"
#include "traces/environment.h"
#include "traces/import.h"
#include "traces/print.h"
#include "traces/show.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::exports {
namespace {

// RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe, and so that this can be undone, so does one that begins with one.
std::string cell(const std::string& text) {
  std::string out = !text.empty() && std::string_view("=+-@'").find(text[0]) != std::string_view::npos ? "'" : "";
  out += text;
  if (out.find_first_of(",\"\r\n") == out.npos && !out.empty()) return out;
  std::string quotedCell = "\"";
  for (char c : out) quotedCell += c == '"' ? "\"\"" : std::string(1, c);
  return quotedCell + '"';
}

std::string textCell(const std::string& utf8) { return utf8.empty() ? "" : cell(visible(toUtf16(utf8))); }

class Rows {
 public:
  Rows(TraceReader& reader, const std::string& name, std::ostream& out) : reader_(reader), out_(out) {
    suffix_ = "," + textCell(buildOf(reader));
    const auto& h = reader.header();
    out << kCsvColumns << "\r\n";
    prefix_ = textCell(name) + "," + originName(h.origin) + "," + textCell(h.platform) + "," + textCell(h.process) + "," + (h.startTime ? std::to_string(h.processId) : "") + "," + textCell(h.target);
  }

  void add(const Call& call, const Sessions::Place& place) {
    const Signature& signature = *call.signature;
    row_ = prefix_;
    number(call.number), number(call.thread);
    if (call.object) number(call.object);
    else empty();
    if (place.session) number(place.session);
    else empty();
    text(signature.interface_), text(signature.method);
    times(call);
    if (auto hresult = call.hresult()) number(*hresult), text(nameOf(*hresult));
    else empty(2);
    if (call.result && signature.returns == Returns::count) number(*call.result);
    else empty();
    text(std::string(place.after));
    status(call);
    text(printInputs(call)), text(printOutputs(call));
    out_ << row_ << suffix_ << "\r\n";
  }

 private:
  template <class Number> void number(Number n) { (row_ += ',') += std::to_string(n); }
  void text(const std::string& utf8) { (row_ += ',') += utf8.empty() ? "" : cell(utf8); }
  void empty(int cells = 1) { row_.append(static_cast<std::size_t>(cells), ','); }

  void times(const Call& call) {
    auto start = sinceStart(reader_, call.enterTick), end = call.result ? sinceStart(reader_, call.leaveTick) : std::nullopt;
    for (auto at : {start, end})
      if (at) text(printTimeExactly(reader_.header().startTime + *at));
      else empty();
    for (auto at : {start, end, start && end ? std::optional(*end - *start) : std::nullopt})
      if (at) number(*at);
      else empty();
  }
  void status(const Call& call) {
    auto status = writerStatus(call);
    if (!status) return empty(6);
    (row_ += ',') += status->name ? cell(visible(*status->name)) : "";  // an empty name has quotation marks, a null string has not
    text(status->instanceId ? toString(*status->instanceId) : "");
    text(status->classId ? toString(*status->classId) : "");
    text(status->state ? enumeratorName("VSS_WRITER_STATE", *status->state) : "");
    if (status->failure) number(*status->failure), text(nameOf(*status->failure));
    else empty(2);
  }

  const TraceReader& reader_;
  std::ostream& out_;
  std::string prefix_, suffix_, row_;
};

}  // namespace

void exportCsv(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err) {
  ListingGaps gaps(reader);
  Rows rows(reader, name, out);
  CallReader calls(reader);
  Sessions sessions;
  std::uint64_t remarks = 0;
  auto takeRemarks = [&] {
    for (const auto& remark : calls.takeRemarks()) remarks += remark.kind != RemarkKind::environment;
  };
  while (const Call* call = out ? calls.next() : nullptr) {
    takeRemarks();
    auto place = sessions.add(*call);
    auto marked = gaps.marked(*call);
    rows.add(marked ? *marked : *call, place);
  }
  if (!out) return;
  takeRemarks();
  tellTroubles(reader, calls, err);
  if (remarks) err << name << ": " << remarks << (remarks == 1 ? " remark has" : " remarks have") << " no row; --to jsonl has " << (remarks == 1 ? "it" : "them") << "\n";
}

}  // namespace vss::exports
