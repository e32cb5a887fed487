#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>

#include "recorder/environment.h"
#include "traces/platform.h"

namespace vss {
namespace {

// PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
std::optional<std::string> distribution() {
  for (const char* file : {"/etc/os-release", "/usr/lib/os-release"}) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      constexpr std::string_view name = "PRETTY_NAME=";
      if (!line.starts_with(name)) continue;
      line.erase(0, name.size());
      if (line.size() >= 2 && line.front() == line.back() && (line[0] == '"' || line[0] == '\'')) line = line.substr(1, line.size() - 2);
      return line;
    }
  }
  return std::nullopt;
}

// A place in /proc/mounts: blanks and the like are octal numbers there.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool octal = text[i] == '\\' && i + 3 < text.size() && text.substr(i + 1, 3).find_first_not_of("01234567") == std::string::npos;
    if (octal) plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8)), i += 3;
    else plain += text[i];
  }
  return plain;
}

void addVolumes(Facts& facts) {
  std::set<std::string> devices;
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, place, type;
    words >> device >> place >> type;
    place = unescaped(place);
    struct statvfs status;
    if ((!device.starts_with("/dev/") && place != "/") || !devices.insert(device).second || ::statvfs(place.c_str(), &status)) continue;
    facts.add("volume", {place, std::to_string(std::uint64_t{status.f_bavail} * status.f_frsize), std::to_string(std::uint64_t{status.f_blocks} * status.f_frsize), type});
  }
}

}  // namespace

void addMachineFacts(Facts& facts) {
  utsname kernel;
  facts.add("os.name", distribution());
  if (::uname(&kernel) == 0) facts.add("os.version", std::string(kernel.release));
  facts.add("rights.elevated", ::geteuid() == 0 ? "yes" : "no");
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (auto value = environmentVariable(name)) {
      facts.add("locale.name", value);
      break;
    }
  std::time_t now = std::time(nullptr);
  std::tm local{};
  if (::localtime_r(&now, &local)) {
    facts.add("timezone.name", std::string(local.tm_zone));
    facts.add("timezone.minutes", std::to_string(local.tm_gmtoff / 60));
  }
  if (facts.wants("volumes")) addVolumes(facts);
}

void addEventFacts(Facts&, std::int64_t, std::int64_t) {}

}  // namespace vss
