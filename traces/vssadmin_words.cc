#include "traces/vssadmin_words.h"

#include <algorithm>

#include "traces/listing_text.h"

namespace vss {
namespace {

constexpr std::int32_t hresult(std::uint32_t bits) { return static_cast<std::int32_t>(bits); }

struct KnownLabel { std::string_view text; LabelRole role; };
struct StateWord { std::string_view text; StateKind kind; };
struct ErrorText { std::string_view english; std::string_view text; std::int32_t failure; };

// English and French from listings, German from a script that reads them.
constexpr KnownLabel labels[] = {
    {"writername", LabelRole::name}, {"writerid", LabelRole::classId}, {"writerinstanceid", LabelRole::instanceId},
    {"state", LabelRole::state}, {"lasterror", LabelRole::error},
    {"nomdurédacteur", LabelRole::name}, {"iddurédacteur", LabelRole::classId}, {"iddelinstancedurédacteur", LabelRole::instanceId},
    {"état", LabelRole::state}, {"dernièreerreur", LabelRole::error},
    {"verfassername", LabelRole::name}, {"verfasserkennung", LabelRole::classId}, {"verfasserinstanzkennung", LabelRole::instanceId},
    {"status", LabelRole::state}, {"letzterfehler", LabelRole::error},
};

// The French words but "Stable", and the German ones, are unconfirmed: enough to remark a contradiction, not to decide a state.
constexpr StateWord stateWords[] = {
    {"unknown", StateKind::unknown}, {"stable", StateKind::stable}, {"failed", StateKind::failed},
    {"frozen", StateKind::waiting}, {"waitingforcompletion", StateKind::waiting}, {"waitingforfreeze", StateKind::waiting},
    {"waitingforshadowcopiestofinish", StateKind::waiting},
    {"inconnu", StateKind::unknown}, {"échec", StateKind::failed}, {"enattentepourfiger", StateKind::waiting},
    {"gelé", StateKind::waiting}, {"enattentedelaconclusion", StateKind::waiting},
    {"attentedelafindesclichésinstantanés", StateKind::waiting},
    {"stabil", StateKind::stable}, {"fehlgeschlagen", StateKind::failed}, {"wartenaufabschluss", StateKind::waiting},
    {"安定", StateKind::stable},
};

constexpr ErrorText errorTexts[] = {
    {"No error", "noerror", 0},
    {"Inconsistent shadow copy", "inconsistentshadowcopy", hresult(0x800423F0)},
    {"Out of resources", "outofresources", hresult(0x800423F1)},
    {"Timed out", "timedout", hresult(0x800423F2)},
    {"Retryable error", "retryableerror", hresult(0x800423F3)},
    {"Non-retryable error", "nonretryableerror", hresult(0x800423F4)},
    {"Not responding", "notresponding", hresult(0x80042319)},
    {"Unexpected error", "unexpectederror", hresult(0x8000FFFF)},
    {"", "aucuneerreur", 0},
    {"", "keinfehler", 0},
};

// From an unconfirmed list of French texts and a made German listing. They must not pass for "no error" where a lone writer has one.
constexpr std::string_view failureTexts[] = {
    "clichéinstantanéincohérent", "ressourcesinsuffisantes", "délaidépassé", "erreurrécupérable", "erreurnonrécupérable",
    "erreurinattendue", "pasderéponse", "wiederholbarerfehler",
};

}  // namespace

std::string comparable(std::string_view text) {
  std::string resolved;
  if (text.find_first_of("&\\") != text.npos) text = resolved = plain(text);
  std::string out;
  out.reserve(text.size());
  auto follows = [&](std::size_t i, std::string_view what) { return text[i] == what[0] && text.substr(i, what.size()) == what; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    else if (c == ' ' || c == '\t' || c == '\r' || c == '\'' || c == '-' || c == '*' || c == '`') continue;
    else if (follows(i, "\u00A0")) ++i;
    else if (follows(i, "\u2019") || follows(i, "\u202F") || follows(i, "\u2011")) i += 2;
    else if (c == '\xC3' && i + 1 < text.size() && (text[i + 1] & 0xC0) == 0x80 && (text[i + 1] & 0x3F) <= 0x1E) {
      (out += c) += static_cast<char>(text[++i] + 0x20);  // À to Þ
    } else out += c;
  }
  return out;
}

LabelRole roleOfLabel(std::string_view label) {
  const auto* found = std::find_if(std::begin(labels), std::end(labels), [&](const KnownLabel& l) { return l.text == label; });
  return found == std::end(labels) ? LabelRole::none : found->role;
}

bool beginsLabel(std::string_view text) {
  return std::any_of(std::begin(labels), std::end(labels), [&](const KnownLabel& l) { return l.text.starts_with(text); });
}

std::optional<StateKind> kindOfStateWord(std::string_view word) {
  for (const StateWord& known : stateWords) {
    if (known.text == word) return known.kind;
  }
  return std::nullopt;
}

std::optional<StateKind> kindOfState(std::uint32_t state) {
  if (state > 15) return std::nullopt;
  return state == 0 ? StateKind::unknown : state == 1 ? StateKind::stable : state <= 5 ? StateKind::waiting : StateKind::failed;
}

std::optional<std::int32_t> failureOfText(std::string_view text) {
  for (const ErrorText& known : errorTexts) {
    if (known.text == text) return known.failure;
  }
  return std::nullopt;
}

bool isFailureText(std::string_view text) {
  return std::find(std::begin(failureTexts), std::end(failureTexts), text) != std::end(failureTexts);
}

bool beginsErrorText(std::string_view text) {
  auto begins = [&](std::string_view known) { return known.starts_with(text) && known != text; };
  return std::any_of(std::begin(errorTexts), std::end(errorTexts), [&](const ErrorText& e) { return begins(e.text); }) ||
         std::any_of(std::begin(failureTexts), std::end(failureTexts), begins);
}

std::string stateWord(std::uint32_t state) {
  static constexpr const char* waiting[] = {"Waiting for freeze", "Frozen", "Waiting for shadow copies to finish",
                                            "Waiting for completion"};
  if (state == 1) return "Stable";
  if (state >= 2 && state <= 5) return waiting[state - 2];
  return state >= 6 && state <= 15 ? "Failed" : "Unknown";
}

std::string failureText(std::int32_t failure) {
  for (const ErrorText& known : errorTexts) {
    if (known.failure == failure) return std::string(known.english);
  }
  return "Unexpected error";
}

}  // namespace vss
