#include "replayer/options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "replayer/fault.h"
#include "traces/vss/api.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

constexpr std::string_view kMatches[] = {"strict", "object", "state"};

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(&text[i + 1], &text[i + 3], byte, 16).ptr == &text[i + 3]) out += static_cast<char>(byte), i += 2;
    else out += text[i];
  }
  return out;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c != '%' && c != ';') {
      out += c;
      continue;
    }
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
    out += code;
  }
  return out;
}

// fast, recorded, x10. nullopt: none of them.
std::optional<double> speedOf(const std::string& text) {
  if (text == "fast") return 0;
  if (text == "recorded") return 1;
  double speed = 0;
  if (!text.starts_with('x') || std::from_chars(text.data() + 1, text.data() + text.size(), speed).ptr != text.data() + text.size()) return std::nullopt;
  return speed >= 0.001 && speed <= 1e6 ? std::optional(speed) : std::nullopt;
}

std::string nameOfSpeed(double speed) {
  char text[32];
  std::snprintf(text, sizeof text, "x%g", speed);
  return speed == 0 ? "fast" : speed == 1 ? "recorded" : text;
}

const MethodInfo* anyMethodNamed(const std::string& name) {
  if (auto colons = name.find("::"); colons != std::string::npos) return methodNamed(name.substr(0, colons), name.substr(colons + 2));
  for (const auto* interface_ : interfaces())
    for (const auto* method : interface_->methods)
      if (method->name == name) return method;
  return methodNamed("", name);
}

// "SetBackupState.bPartialFileSupport", or with the interface before it.
IgnoredParam ignoredParam(const std::string& text) {
  auto wrong = [&](const std::string& why) { return OptionError("ignore=" + text + ": " + why); };
  auto dot = text.rfind('.');
  if (dot == std::string::npos) throw wrong("ignore is METHOD.PARAM, for example AddToSnapshotSet.ProviderId");
  std::string name = text.substr(0, dot), param = text.substr(dot + 1);
  const MethodInfo* method = anyMethodNamed(name);
  if (!method) throw wrong("there is no method " + name);
  std::string all;
  for (const auto& p : method->params) {
    if (p.name == param) return {method, static_cast<std::size_t>(&p - method->params.data())};
    all += (all.empty() ? "" : ", ") + std::string(p.name);
  }
  throw wrong(name + " has no parameter " + param + (all.empty() ? "; it has none" : "; it has " + all));
}

}  // namespace

void setReplayOption(ReplayOptions& options, const std::string& key, const std::string& value) {
  auto wrong = [&](const char* allowed) { return OptionError(key + "=" + value + ": " + key + " is " + allowed); };
  if (key == "trace") {
    if (value.empty()) throw wrong("a trace's path");
    options.trace = value;
  } else if (key == "match") {
    auto found = std::find(std::begin(kMatches), std::end(kMatches), value);
    if (found == std::end(kMatches)) throw wrong("strict, object or state");
    options.match = static_cast<Match>(found - std::begin(kMatches));
  } else if (key == "time") {
    auto speed = speedOf(value);
    if (!speed) throw wrong("fast, recorded, or x and how many times as fast as recorded: x10");
    options.speed = *speed;
  } else if (key == "map") {
    auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0) throw wrong("FROM=TO: a part of recorded texts, and what the program gets in its place");
    options.maps.emplace_back(toUtf16(value.substr(0, equals)), toUtf16(value.substr(equals + 1)));
  } else if (key == "ignore") {
    options.ignored.push_back(ignoredParam(value));
  } else if (key == "on-divergence") {
    if (value != "go" && value != "stop") throw wrong("go or stop");
    options.stopOnDivergence = value == "stop";
  } else if (key == "hang-limit") {
    options.hangLimit = parseDuration(value);
    if (!options.hangLimit) throw wrong("a time such as 500ms, 30s or 5m");
  } else if (key == "key") {
    if (value.empty()) throw wrong("the path of a key's file");
    options.key = value;
  } else if (key == "fault") {
    options.fault = toText(parseFault(value));
    options.match = Match::state;
  } else throw OptionError(key + ": no such option; there are trace, match, time, map, ignore, on-divergence, hang-limit, key and fault");
}

ReplayOptions parseReplayOptions(const std::string& text) {
  ReplayOptions options;
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = std::min(text.find(';', start), text.size());
    std::string option = text.substr(start, end - start);
    start = end + 1;
    if (option.empty()) continue;
    std::size_t equals = option.find('=');
    setReplayOption(options, option.substr(0, equals), equals == std::string::npos ? "" : unescaped(option.substr(equals + 1)));
  }
  return options;
}

std::string toText(const ReplayOptions& options) {
  std::string text = "match=" + std::string(kMatches[static_cast<std::size_t>(options.match)]) + ";time=" + nameOfSpeed(options.speed) +
                     ";on-divergence=" + (options.stopOnDivergence ? "stop" : "go");
  for (const auto& [from, to] : options.maps) text += ";map=" + escaped(toUtf8(from) + "=" + toUtf8(to));
  for (const auto& [method, param] : options.ignored)
    text += ";ignore=" + (method->interface_.empty() ? "" : std::string(method->interface_) + "::") + std::string(method->name) + "." + std::string(method->params[param].name);
  if (options.trace) text += ";trace=" + escaped(*options.trace);
  if (options.hangLimit) text += ";hang-limit=" + std::to_string(options.hangLimit->count()) + "ms";
  if (options.key) text += ";key=" + escaped(*options.key);
  if (!options.fault.empty()) text += ";fault=" + escaped(options.fault);
  return text;
}

}  // namespace vss
