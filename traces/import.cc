#include "traces/import.h"

#include <fstream>
#include <iterator>
#include <map>
#include <ostream>

#include "traces/listing.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/statuses.h"
#include "traces/trace_writer.h"
#include "traces/vss/api.h"
#include "traces/vss/text.h"
#include "traces/vssadmin.h"
#include "traces/vssadmin_words.h"

namespace vss {
namespace {

// Notes calls that were never made, as the recorder would have noted them.
class Session {
 public:
  explicit Session(TraceWriter& trace) : trace_(trace) {}

  std::uint64_t call(std::uint32_t object, const char* interface_, const char* method, std::initializer_list<ValueView> inputs,
                     std::initializer_list<ValueView> outputs, std::uint32_t result = S_OK, std::uint32_t nulls = 0) {
    const MethodInfo& info = *methodNamed(interface_, method);
    auto order = trace_.enter(info, object, nulls, {inputs.begin(), inputs.size()});
    trace_.leave(order, info, object, result, {outputs.begin(), outputs.size()});
    return order;
  }
  // A method that starts an operation, which is waited for, asked and released.
  void operation(std::uint32_t object, const char* method) {
    std::uint32_t started = trace_.newObject();
    call(object, "IVssBackupComponents", method, {}, {ValueView::ofObject(started)});
    call(started, "IVssAsync", "Wait", {ValueView::ofNumber(kInfinite)}, {});
    call(started, "IVssAsync", "QueryStatus", {}, {ValueView::ofNumber(VSS_S_ASYNC_FINISHED), ValueView::of(ValueKind::noPointer)}, S_OK, 0b10);
    call(started, "IUnknown", "Release", {}, {}, 0);
  }

 private:
  TraceWriter& trace_;
};

// What a listing may not say of a writer, the output that it is of GetWriterStatus, and what stands in its place.
struct MarkedField { const char *words, *output, *instead; };
constexpr MarkedField kFields[] = {{"writer id", "pidWriter", "a null id"}, {"writer instance id", "pidInstance", "a null id"},
                             {"state", "pnStatus", "VSS_WS_UNKNOWN"}, {"last error", "phResultFailure", "VSS_E_WRITER_STATUS_NOT_AVAILABLE"}};
std::string gapText(const MarkedField& field) {
  return std::string("the listing has no ") + field.words + " for this writer; " + field.instead + " stands in its place";
}

// The calls of recorder/status.cc, in its order; an end-to-end test replays the one against the other.
void writeSession(TraceWriter& trace, const Listing& listing) {
  Session session(trace);
  std::uint32_t backup = trace.newObject();
  const char* self = "IVssBackupComponents";
  session.call(0, "", "CreateVssBackupComponents", {}, {ValueView::ofObject(backup)});
  session.call(backup, self, "InitializeForBackup", {ValueView::of(ValueKind::null)}, {});
  session.operation(backup, "GatherWriterMetadata");
  session.operation(backup, "GatherWriterStatus");
  session.call(backup, self, "GetWriterStatusCount", {}, {ValueView::ofNumber(static_cast<std::int64_t>(listing.writers.size()))});
  for (std::size_t i = 0; i < listing.writers.size(); ++i) {
    const auto& w = listing.writers[i];
    Guid instance = w.instanceId.value_or(Guid{}), writer = w.classId.value_or(Guid{});
    auto order = session.call(backup, self, "GetWriterStatus", {ValueView::ofNumber(static_cast<std::int64_t>(i))},
                              {ValueView::ofGuid(instance), ValueView::ofGuid(writer), ValueView::ofText(w.name),
                               ValueView::ofNumber(w.state.value_or(VSS_WS_UNKNOWN)),
                               ValueView::ofNumber(w.failure.value_or(VSS_E_WRITER_STATUS_NOT_AVAILABLE))});
    const bool absent[] = {!w.classId, !w.instanceId, !w.state, !w.failure};
    for (std::size_t field = 0; field < std::size(kFields); ++field)
      if (absent[field]) trace.remark(RemarkKind::warning, order, gapText(kFields[field]));
    if (w.errorText && toUtf8(*w.errorText) != failureText(*w.failure)) trace.remark(RemarkKind::listingError, order, toUtf8(*w.errorText));
  }
  session.call(backup, self, "FreeWriterStatus", {}, {});
  session.call(backup, self, "FreeWriterMetadata", {}, {});
  session.call(backup, "IUnknown", "Release", {}, {}, 0);
}

}  // namespace

int importListing(const std::string& file, const std::string& trace, const std::string& from, std::ostream& out, std::ostream& err) {
  std::error_code ignored;
  auto source = pathFromUtf8(file);
  if (std::filesystem::is_directory(source, ignored)) return err << "shadowtape: " << file << ": is a folder, not a listing\n", 2;
  std::ifstream input(source, std::ios::binary);
  if (!input) return err << "shadowtape: " << file << ": cannot be opened; is the name right?\n", 2;
  std::string bytes((std::istreambuf_iterator<char>(input)), {});
  Listing listing;
  try {
    listing = parseListing(bytes, from);
  } catch (const ListingError& e) {
    return err << "shadowtape: " << file << ": " << e.what() << "\n", 2;
  }
  auto path = pathFromUtf8(trace);
  prepareOutput(path);
  try {
    TraceWriter writer(path, {Origin::imported, "", listing.takenFor + " " + shownPath(source.filename()), false});
    for (const auto& remark : listing.remarks) {
      err << file << ":" << remark.line << ": " << remark.text << "\n";
      writer.remark(RemarkKind::warning, 0, "line " + std::to_string(remark.line) + ": " + remark.text);
    }
    writer.remark(RemarkKind::listing, 0, ListingText(bytes).text);  // as text, so that the lines are those that remarks name
    writeSession(writer, listing);
    if (writer.stopped() || !writer.finish(TraceWriter::Ending::threadsDone)) throw TraceError(trace + ": cannot be written to its end; is the disk full?");
  } catch (...) {
    std::filesystem::remove(path, ignored);  // half an import helps nobody
    throw;
  }
  out << "imported " << listing.writers.size() << (listing.writers.size() == 1 ? " writer" : " writers") << " from " << file << " (" << listing.takenFor;
  if (!listing.remarks.empty()) out << ", " << listing.remarks.size() << (listing.remarks.size() == 1 ? " remark" : " remarks");
  out << ") into " << trace << "\n";
  return 0;
}

bool mayBeUnreadError(const Call& call) {
  const Value* failure = call.output("phResultFailure");
  return failure && failure->kind == ValueKind::number && static_cast<HRESULT>(failure->number) == E_UNEXPECTED;
}

ListingGaps::ListingGaps(TraceReader& reader) {
  if (reader.header().origin != Origin::imported) return;
  CallReader calls(reader);
  while (calls.next()) {}
  for (const auto& remark : calls.takeRemarks()) {
    if (remark.kind == RemarkKind::listingError) errorTexts_.insert(remark.about);
    for (const auto& field : kFields)
      if (remark.kind == RemarkKind::warning && remark.text == gapText(field)) outputs_[remark.about].push_back(field.output);
  }
}

std::optional<Call> ListingGaps::marked(const Call& call) const {
  auto gaps = outputs_.find(call.enterOrder);
  bool unreadError = errorTexts_.count(call.enterOrder) && mayBeUnreadError(call);
  if (gaps == outputs_.end() && !unreadError) return std::nullopt;
  Call copy = call;
  auto clear = [&](std::string_view output) {
    for (std::size_t i = 0; i < copy.outputs.size() && i < copy.signature->outputs.size(); ++i)
      if (copy.signature->outputs[i].name == output) copy.outputs[i] = ValueView::of(ValueKind::missing);
  };
  if (gaps != outputs_.end())
    for (auto output : gaps->second) clear(output);
  if (unreadError) clear("phResultFailure");
  return copy;
}

int exportVssadmin(const std::string& trace, const std::string& output, std::ostream& out, std::ostream& err) {
  TraceReader reader(pathFromUtf8(trace));
  CallReader calls(reader);
  StatusCollector statuses;
  std::map<std::uint64_t, std::string> errorTexts;          // by the call's order
  std::multimap<std::uint64_t, std::string> warnings;       // likewise: what the listing did not say
  while (auto call = calls.next()) statuses.add(*call);
  for (auto& remark : calls.takeRemarks()) {
    if (remark.kind == RemarkKind::listingError) errorTexts[remark.about] = remark.text;
    else if (remark.kind == RemarkKind::warning) warnings.emplace(remark.about, remark.text);
  }
  const Gather* gather = statuses.last();
  if (!gather) return err << "shadowtape: " << trace << ": no writer statuses were gathered in it, so there is no listing\n", 2;
  if (statuses.gathers() > 1) err << "shadowtape: " << trace << ": the last of " << statuses.gathers() << " gathers\n";
  std::vector<PrintedWriter> writers;
  for (const auto& row : gather->rows) {
    PrintedWriter writer{row.name.value_or(u""), row.instanceId, row.classId, static_cast<std::uint32_t>(row.state), row.failure, {}};
    if (auto text = errorTexts.find(row.enterOrder); text != errorTexts.end()) writer.errorText = toUtf16(text->second);
    for (auto [at, end] = warnings.equal_range(row.enterOrder); at != end; ++at) {
      err << "shadowtape: " << trace << ": " << vss::quoted(writer.name) << ": " << at->second << "\n";
    }
    writers.push_back(std::move(writer));
  }
  std::string text = printVssadmin(writers);
  if (output.empty()) {
    out << text;
    return 0;
  }
  keepTrace(pathFromUtf8(output));
  if (!(std::ofstream(pathFromUtf8(output), std::ios::binary) << text << std::flush)) return err << "shadowtape: " << output << ": cannot be written\n", 2;
  return 0;
}

}  // namespace vss
