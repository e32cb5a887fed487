// `shadowtape explain`: what went wrong in a trace, for whom, and the documented remedy.
#pragma once
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "explain/diagnosis.h"

namespace vss::explain {

// The one line that a ticket needs.
std::string headline(const Diagnosis& diagnosis);

// For the texts: parts of sentences in the past tense, which fits one writer and many.
std::string namesOf(std::span<const Writer* const> writers, std::size_t most);  // "A", "B" and 3 more
std::string whatItDid(const Reading& reading);                    // "failed at Freeze (VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT)"; of a bad one
std::string howOften(const Diagnosis& diagnosis, const Writer& writer);  // ", in 2 of 3 gathers, first seen 12.3 s after the start"; of one that failed
std::string inWords(const Diagnosis& diagnosis, const Failure& failure);  // "DoSnapshotSet (call 41) failed with VSS_E_BAD_STATE"
std::string inWords(const States& states);                        // "8 stable, "System Writer" waiting for BackupComplete"
std::string statusInWords(const Diagnosis& diagnosis);            // the same of the decisive status, and of how many it does not tell
// Those that failed; together those whose last failure was the same, the most first.
std::vector<std::vector<const Writer*>> failedWriters(const Diagnosis& diagnosis);

// What a requester would decide on a status, and why in about three words.
struct Decision { std::string_view requester, decides, why; };
std::vector<Decision> decisions(const Diagnosis& diagnosis);

void printText(const Diagnosis& diagnosis, std::ostream& out);
void printJson(const Diagnosis& diagnosis, const std::string& path, std::ostream& out);

// format: text or json. 0 nothing failed; 1 a writer, a call or an operation did; 2 the trace cannot be used.
int runExplain(const std::string& path, const std::string& format, std::ostream& out, std::ostream& err);

}  // namespace vss::explain
