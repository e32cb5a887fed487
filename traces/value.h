// One value of a call as a trace holds it: a number, a string, an id, an object's number, or why there is none.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "traces/vss/guid.h"

namespace vss {

// As ValueKind in trace.capnp, which says what each means; a test holds the two against each other.
enum class ValueKind : std::uint8_t { missing, number, stored, null, object, foreignObject, unchanged, zeroed, raw, unreadable, noPointer, absent };

// Borrows its bytes: from the caller of a writer, or from the mapped file until the reader moves on.
struct ValueView {
  ValueKind kind = ValueKind::missing;
  std::int64_t number = 0;   // number, or an object's number
  std::string_view bytes;    // stored: UTF-16 text, an id, a 64-bit number or an array of ids; raw: the variable's bytes

  static ValueView ofNumber(std::int64_t n) { return {ValueKind::number, n, {}}; }
  static ValueView ofObject(std::uint32_t n) { return {ValueKind::object, n, {}}; }
  static ValueView ofBytes(std::string_view b) { return {ValueKind::stored, 0, b}; }
  static ValueView ofText(std::u16string_view t) {
    return {ValueKind::stored, 0, {reinterpret_cast<const char*>(t.data()), t.size() * sizeof(char16_t)}};
  }
  static ValueView ofGuid(const Guid& g) { return {ValueKind::stored, 0, {reinterpret_cast<const char*>(&g), sizeof g}}; }
  static ValueView of(ValueKind k) { return {k, 0, {}}; }
};

// The bytes of a value: a copy, or, where a CallReader reads them, the trace's own as long as the reader of the trace lives. (A copy of each took 90 ns
// of a call's 200.)
class Bytes {
 public:
  Bytes() = default;
  Bytes(std::string_view copied) { own(copied); }
  void borrow(std::string_view bytes) {
    if (owned_) delete[] data_, owned_ = false;
    data_ = bytes.data();
    size_ = static_cast<std::uint32_t>(bytes.size());
  }
  Bytes(const Bytes& other) : data_(other.data_), size_(other.size_) {
    if (other.owned_) own(other);
  }
  Bytes(Bytes&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), owned_(std::exchange(other.owned_, false)) {}
  Bytes& operator=(Bytes other) noexcept {
    std::swap(data_, other.data_), std::swap(size_, other.size_), std::swap(owned_, other.owned_);
    return *this;
  }
  ~Bytes() {
    if (owned_) delete[] data_;
  }

  operator std::string_view() const { return {data_, size_}; }
  std::string str() const { return std::string(std::string_view(*this)); }
  const char* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  friend bool operator==(const Bytes& a, std::string_view b) { return std::string_view(a) == b; }
  friend bool operator==(const Bytes& a, const Bytes& b) { return std::string_view(a) == std::string_view(b); }

 private:
  void own(std::string_view bytes) {
    char* copy = bytes.empty() ? nullptr : new char[bytes.size()];
    if (copy) std::memcpy(copy, bytes.data(), bytes.size());
    data_ = copy;
    size_ = static_cast<std::uint32_t>(bytes.size());
    owned_ = copy;
  }
  const char* data_ = nullptr;
  std::uint32_t size_ = 0;  // a list of Cap'n Proto has less than 2^29 bytes
  bool owned_ = false;
};

// A value of a call.
struct Value {
  ValueKind kind = ValueKind::missing;
  std::int64_t number = 0;
  Bytes bytes;

  Value() = default;
  Value(const ValueView& v) : kind(v.kind), number(v.number), bytes(v.bytes) {}
  void borrow(const ValueView& v) {
    kind = v.kind;
    number = v.number;
    bytes.borrow(v.bytes);
  }
  bool operator==(const Value&) const = default;
  Guid guid() const {
    Guid g;
    if (bytes.size() == sizeof g) std::memcpy(&g, bytes.data(), sizeof g);
    return g;
  }
  std::u16string text() const {
    std::u16string t(bytes.size() / sizeof(char16_t), u'\0');
    if (!t.empty()) std::memcpy(t.data(), bytes.data(), t.size() * sizeof(char16_t));
    return t;
  }
};

}  // namespace vss
