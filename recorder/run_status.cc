#include <memory>
#include <ostream>

#include "recorder/com.h"
#include "recorder/environment.h"
#include "recorder/launch/path.h"
#include "recorder/record.h"
#include "recorder/recorder.h"
#include "recorder/rights.h"
#include "recorder/status.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/vss/text.h"
#include "traces/vssadmin.h"

namespace vss {
namespace {

void printText(const std::vector<WriterStatus>& statuses, std::ostream& out) {
  std::size_t width = 0, failed = 0;
  for (const auto& s : statuses) width = std::max(width, s.name.size());
  for (const auto& s : statuses) {
    bool bad = s.failure != S_OK || (s.state >= VSS_WS_FAILED_AT_IDENTIFY && s.state < VSS_WS_COUNT) || s.state == VSS_WS_UNKNOWN;
    failed += bad;
    std::string name = s.named ? quoted(s.name) : "null";
    out << (bad ? "! " : "  ") << name << std::string(name.size() < width + 2 ? width + 2 - name.size() : 0, ' ') << "  "
        << enumeratorName("VSS_WRITER_STATE", s.state) << "  " << nameOf(s.failure);
    if (s.failure != S_OK && !meaningOf(s.failure).empty()) out << " (" << meaningOf(s.failure) << ")";
    out << "\n    class " << toString(s.classId) << " instance " << toString(s.instanceId) << "\n";
  }
  out << statuses.size() << (statuses.size() == 1 ? " writer, " : " writers, ") << failed << " failed or unknown\n";
}

void printVssadminText(const std::vector<WriterStatus>& statuses, std::ostream& out) {
  std::vector<PrintedWriter> writers;
  for (const auto& s : statuses) writers.push_back({s.name, s.instanceId, s.classId, static_cast<std::uint32_t>(s.state), s.failure, {}});
  out << printVssadmin(writers);
}

void printJson(const std::vector<WriterStatus>& statuses, std::ostream& out) {
  out << "{\"writers\": [";
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const auto& s = statuses[i];
    out << (i ? ",\n " : "\n ") << "{\"name\": " << (s.named ? jsonString(std::u16string_view(s.name)) : "null") << ", \"classId\": \"" << toString(s.classId)
        << "\", \"instanceId\": \"" << toString(s.instanceId) << "\", \"state\": " << s.state << ", \"stateName\": \""
        << enumeratorName("VSS_WRITER_STATE", s.state) << "\", \"failure\": \"" << nameOf(s.failure) << "\"}";
  }
  out << "\n]}\n";
}

}  // namespace

int runStatus(const StatusOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err) {
  std::vector<WriterStatus> statuses;
  try {
    if (auto line = rightsMissing(options.target, ownRights()); !line.empty()) err << "shadowtape: " << line << std::endl;
    ComSession com;
    Target target = openTarget(options.target);
    if (options.output) {
      auto key = options.key.made();
      auto output = pathFromUtf8(*options.output);
      prepareOutput(output, {options.target});
      options.key.keep(key);
      auto redaction = key ? redact::redactionBy(redact::Pseudonyms(*key)) : nullptr;
      struct Noted {  // also where a call of VSS failed
        Environment environment;
        const std::filesystem::path& trace;
        std::ostream& err;
        ~Noted() { environment.addTo(trace, err); }
      } noted{Environment(options.environment, {shownPath(launch::ownExecutable())}, redaction.get(), com.security()), output, err};
      TraceWriter trace(output, {target.origin, launch::processName(), target.name, true, redaction.get()});
      Recorder recorder(trace);
      statuses = gatherWriterStatuses([&](IVssBackupComponents** backup) { return recorder.create(target.factory, backup); });
    } else statuses = gatherWriterStatuses(target.create);
  } catch (const CallFailed& e) {
    err << "shadowtape: status: " << e.call << (e.asynchronous ? " ended with " : " returned ") << nameOf(e.hresult);
    if (!meaningOf(e.hresult).empty()) err << " (" << meaningOf(e.hresult) << ")";
    if (e.hresult == E_ACCESSDENIED) err << "; run it as an administrator or backup operator";
    err << "\n";
    return 1;
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
  if (options.format == "vssadmin") printVssadminText(statuses, out);
  else if (options.format == "json") printJson(statuses, out);
  else printText(statuses, out);
  return 0;
}

}  // namespace vss
