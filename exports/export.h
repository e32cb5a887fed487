// `shadowtape export`: a trace in another form, for other tools and for eyes. docs/export.md tells what is in which.
#pragma once
#include <iosfwd>
#include <string>

#include "traces/trace_reader.h"

namespace vss::exports {

struct ExportOptions {
  std::string trace, to;   // to: jsonl, csv, perfetto, html, vssadmin
  std::string output = {}; // a file; empty: standard output
};
// 0, also for a trace that was cut off or damaged (told on err); 2: the file cannot be written. Throws TraceError: the trace cannot be used.
int runExport(const ExportOptions& options, std::ostream& out, std::ostream& err);

// Each goes through the trace, which it then has no more to be asked about but its troubles: those are told on err. `name`: as the user gave it.

// A line each: the header, the methods as they first occur, the calls in the order in which they came back, remarks, what is lost. Memory does not grow with the trace.
void exportJsonl(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err);
// A row each call, with the columns of kCsvColumns. Memory does not grow with the calls.
void exportCsv(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err);
inline constexpr const char kCsvColumns[] =
    "trace,origin,platform,process,process_id,target,call,thread,object,session,interface,method,start_time,end_time,start_ns,end_ns,duration_ns,"
    "hresult,hresult_name,result,after,writer_name,writer_instance_id,writer_class_id,writer_state,writer_failure,writer_failure_name,inputs,outputs,build";
// Trace Event JSON, for ui.perfetto.dev and others. Memory does not grow with the calls.
void exportPerfetto(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err);
// One self-contained page. Holds at most kMostCalls calls; what it leaves out it says.
void exportHtml(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err);
inline constexpr std::size_t kMostCalls = 20'000;

}  // namespace vss::exports
