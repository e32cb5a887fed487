// A call and its parts as text: one line, the API's own words.
#pragma once
#include <string>

#include "traces/call.h"

namespace vss {

// "System Writer", {e8132975-…}, VSS_WS_STABLE, INFINITE, #2, null, or what became of an output of a failed call.
std::string printValue(const Value& value, const SignatureParam& param);
// IVssBackupComponents::GetWriterStatus; an exported function without its interface.
std::string methodName(const Signature& signature);
// iWriter=0, …; empty without inputs.
std::string printInputs(const Call& call);
// #1 IVssBackupComponents::GetWriterStatus(iWriter=0); an exported function without object.
std::string printCall(const Call& call);
// S_OK, VSS_E_BAD_STATE, 2 (a count), or that the call never came back.
std::string printResult(const Call& call);
// pidInstance={…} pnStatus=VSS_WS_STABLE …; empty without outputs.
std::string printOutputs(const Call& call);

// A JSON string of UTF-16 text; an unpaired surrogate becomes \udXXX, so that nothing is lost.
std::string jsonString(std::u16string_view text);
std::string jsonString(std::string_view utf8);

// As text in XML or HTML, in attributes too; a control character that XML has no way to say becomes ?, what is no text U+FFFD.
std::string markupString(std::string_view text);

// 2026-11-23T01:20:12.345Z; with microseconds, 2026-11-23T01:20:12.345678Z.
std::string printTime(std::int64_t nanosecondsSince1970);
std::string printTimeExactly(std::int64_t nanosecondsSince1970);
// 0.4 ms, 812 ms, 1204 ms, 12.3 s
std::string printDuration(double seconds);

}  // namespace vss
