#include "redact/key.h"

#include <sodium.h>

#include <fstream>
#include <iterator>

#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss::redact {
namespace {

constexpr std::string_view kFirstLine = "shadowtape key 1\n";
constexpr std::string_view kRedactedBy = "; redacted by key ";

void startSodium() {
  if (sodium_init() < 0) throw TraceError("the system gives no random numbers");
}

std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
  std::string text(2 * size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, size);
  text.pop_back();
  return text;
}

}  // namespace

Key Key::random() {
  startSodium();
  Key key;
  randombytes_buf(key.bytes_.data(), key.bytes_.size());
  return key;
}

Key Key::read(const std::filesystem::path& path) {
  startSodium();
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) throw TraceError(shownPath(path) + ": the key cannot be read; make one by `shadowtape redact --new-key`");
  std::string text(200, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (auto cr = text.find("\r\n"); cr != text.npos) text.erase(cr, 1);  // an editor of Windows has been at it
  Key key;
  std::size_t size = 0;
  const char* end = nullptr;
  const char* digits = text.c_str() + std::min(kFirstLine.size(), text.size());
  bool right = text.starts_with(kFirstLine) && !sodium_hex2bin(key.bytes_.data(), key.bytes_.size(), digits, text.size() - kFirstLine.size(), nullptr, &size, &end) &&
               size == key.bytes_.size() && end == text.c_str() + text.size();
  if (!right) throw TraceError(shownPath(path) + ": is no key: a key is a line `shadowtape key 1` and a line of 64 hexadecimal digits");
  return key;
}

void Key::write(const std::filesystem::path& path) const {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) throw TraceError(shownPath(path) + ": exists; a new key takes the place of no file");
  std::ofstream out(path, std::ios::binary);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  if (!(out << kFirstLine << hexadecimal(bytes_.data(), bytes_.size()) << "\n" << std::flush)) throw TraceError(shownPath(path) + ": the key cannot be written");
}

void Key::hash(char use, std::string_view bytes, unsigned char* to, std::size_t size) const {
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes_.data(), bytes_.size(), size);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&use), 1);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  crypto_generichash_final(&state, to, size);
}

std::string Key::id() const {
  unsigned char made[16];
  hash('k', "", made, sizeof made);
  return hexadecimal(made, 8);
}

std::string toolOfRedacted(std::string tool, const Key& key) {
  if (auto at = tool.find(kRedactedBy); at != tool.npos) tool.resize(at);  // redacted again: what the first made is not the second's to tell
  if (auto nul = tool.find('\0'); nul != tool.npos) tool.resize(nul);                      // a header's texts are written up to it
  return tool + std::string(kRedactedBy) + key.id();
}

std::optional<std::string> keyIdOf(std::string_view tool) {
  auto at = tool.find(kRedactedBy);
  return at == tool.npos ? std::nullopt : std::optional(std::string(tool.substr(at + kRedactedBy.size())));
}

}  // namespace vss::redact
