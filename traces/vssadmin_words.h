// The words of `vssadmin list writers`: what is known of its labels, states and error texts, in each language of which that is known.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vss {

// A text as it is compared: without white space, apostrophes and hyphens, in lower case (Latin letters), entities resolved.
std::string comparable(std::string_view text);

// What a line of a writer's block tells.
enum class LabelRole { none, name, classId, instanceId, state, error };

// By a comparable label; none: the label is of no language that we know.
LabelRole roleOfLabel(std::string_view label);
// Whether a comparable text is the beginning of a known label: what a cut leaves of a line.
bool beginsLabel(std::string_view text);

// One word stands for several states in every language seen, so words are compared by kind.
enum class StateKind { unknown, stable, waiting, failed };
std::optional<StateKind> kindOfStateWord(std::string_view comparableWord);
std::optional<StateKind> kindOfState(std::uint32_t state);  // nullopt: no VSS_WRITER_STATE

// The HRESULT of a comparable error text; nullopt: the text is in no confirmed table.
std::optional<std::int32_t> failureOfText(std::string_view comparableText);
// An error text of which only the HRESULT is unconfirmed: it surely does not say "no error".
bool isFailureText(std::string_view comparableText);
bool beginsErrorText(std::string_view comparableText);

// "Stable", "Waiting for completion", "Failed"; "Unknown" for what is no VSS_WRITER_STATE.
// "Unknown" and the words for 2, 3 and 4 were never seen in English: they are inferred from the set of words in other languages.
std::string stateWord(std::uint32_t state);
// "No error", "Timed out" and so on; "Unexpected error" for any HRESULT that has no text of its own.
std::string failureText(std::int32_t failure);

}  // namespace vss
