#include "exports/export.h"

#include <cstring>
#include <fstream>
#include <ostream>

#include "traces/import.h"
#include "traces/output_file.h"
#include "traces/platform.h"

namespace vss::exports {

int runExport(const ExportOptions& options, std::ostream& out, std::ostream& err) {
  if (options.to == "vssadmin") return exportVssadmin(options.trace, options.output, out, err);
  TraceReader reader(pathFromUtf8(options.trace));
  auto print = options.to == "jsonl" ? exportJsonl : options.to == "csv" ? exportCsv : options.to == "perfetto" ? exportPerfetto : exportHtml;
  if (options.output.empty()) return print(reader, options.trace, out, err), 0;
  keepTrace(pathFromUtf8(options.output));
  std::ofstream file(pathFromUtf8(options.output), std::ios::binary);
  if (file) print(reader, options.trace, file, err);
  if (!file.flush()) return err << "shadowtape: " << options.output << ": cannot be written\n", 2;
  return 0;
}

}  // namespace vss::exports
