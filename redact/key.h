// The secret that pseudonyms are made with.
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace vss::redact {

class Key {
 public:
  static Key random();
  // Reads what write() writes; throws TraceError with the reason where the file is anything else.
  static Key read(const std::filesystem::path& path);
  // Makes a file that its owner alone may read; throws TraceError: there is a file, or it cannot be written.
  void write(const std::filesystem::path& path) const;
  // Sixteen hexadecimal digits that tell keys apart and tell nothing of the key.
  std::string id() const;
  // Fills `to` with what BLAKE2b makes of the bytes by this key; `use` keeps apart what is made for different ends.
  void hash(char use, std::string_view bytes, unsigned char* to, std::size_t size) const;  // size: 16 to 64

 private:
  std::array<unsigned char, 32> bytes_{};
};

// What a redacted trace's header says behind the name of its tool, and the id of the key in it; nullopt: the trace is not redacted.
std::string toolOfRedacted(std::string tool, const Key& key);
std::optional<std::string> keyIdOf(std::string_view tool);

}  // namespace vss::redact
