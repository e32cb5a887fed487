// The rule: what becomes of a value. It depends on the key and the value alone, so that equal values become equal ones in every trace, and a
// pseudonym becomes itself: what a program was told by a redacted trace it may hand in again.
#pragma once
#include <string>
#include <string_view>

#include "redact/key.h"
#include "redact/replaced.h"
#include "traces/signature.h"
#include "traces/value.h"
#include "traces/vss/guid.h"

namespace vss::redact {

// What the values of this parameter or field name; Named::unknown: it is not in fields.def.
Named named(std::string_view interface_, std::string_view method, std::string_view param);

// Any thread. `replaced` is told of everything, if it is given.
class Pseudonyms {
 public:
  explicit Pseudonyms(const Key& key, Replaced* replaced = nullptr) : key_(key), replaced_(replaced) {}
  const Key& key() const { return key_; }

  // A value of a note, as its bytes are stored: of a text UTF-16. Numbers are left as they are.
  std::string stored(Named named, Kind kind, std::string_view bytes) const;
  std::string raw(std::string_view bytes) const;
  // Texts in UTF-8.
  std::string program(const std::string& name) const;
  std::string target(const std::string& name) const;
  std::string remark(Named named, const std::string& text) const;
  std::string fact(const std::string& text) const;   // of a remark of the kind `environment`

 private:
  std::u16string replacedText(Named named, std::u16string_view text) const;
  std::u16string word(std::u16string_view text, Named named) const;
  bool isWord(std::u16string_view text) const;
  std::u16string part(std::u16string_view text, Named named) const;
  std::u16string fileName(std::u16string_view text, Named named) const;
  std::u16string path(std::u16string_view text, Named named) const;
  std::u16string document(std::u16string_view text) const;
  Guid id(const Guid& id) const;
  bool isMade(const unsigned char* id) const;
  std::string run(std::string_view bytes, Named named) const;
  void count(Named named, std::string_view original) const;
  void gone(std::u16string_view original, Named named) const;
  void left(std::u16string_view text) const;
  friend class DocumentRedactor;

  Key key_;
  Replaced* replaced_;
};

}  // namespace vss::redact
