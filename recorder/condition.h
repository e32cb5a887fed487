// The language of `record --until`: when a flight recorder writes out what it kept. docs/flight-recorder.md has its table.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vss {

// Operations that a condition may ask the duration of; of each the method that begins it.
struct TimedOperation { std::string_view name, method; };
inline constexpr std::array<TimedOperation, 7> kTimedOperations{{{"metadata", "GatherWriterMetadata"},
                                                                {"prepare", "PrepareForBackup"},
                                                                {"snapshot", "DoSnapshotSet"},
                                                                {"gather", "GatherWriterStatus"},
                                                                {"backup-complete", "BackupComplete"},
                                                                {"pre-restore", "PreRestore"},
                                                                {"post-restore", "PostRestore"}}};

// What a condition is held against: a call as it came back or as long as it is under way, or a moment in which nothing but time has passed. What is absent
// is not there: each comparison about it is false.
struct Moment {
  std::string_view method;                                                // empty: no call
  std::optional<std::int32_t> hresult;
  std::optional<double> callSeconds;
  struct Writer { std::u16string_view name; std::int32_t state, failure; };
  std::optional<Writer> writer{};                                         // of a call that told a writer's status
  std::array<std::optional<double>, kTimedOperations.size()> seconds{};   // of the session's last operation of each kind, until now or its end
};

// Its message is one line, with the column and the word, and what could stand there. column: from 1, in bytes.
struct ConditionError : std::runtime_error {
  ConditionError(std::size_t column, const std::string& text) : std::runtime_error("column " + std::to_string(column) + ": " + text), column(column) {}
  std::size_t column;
};

class Condition {
 public:
  // Throws ConditionError.
  explicit Condition(std::string_view text);
  // Any thread.
  bool holds(const Moment& moment) const;
  // Before it is held against a trace whose writers have other names.
  void renameWriters(const std::function<std::u16string(const std::u16string&)>& renamed);
  const std::string& text() const { return text_; }

 private:
  friend class ConditionParser;
  enum class Subject : std::uint8_t { writerState, writerFailure, writerName, callMethod, callHresult, callDuration, operation };
  enum class Operator : std::uint8_t { equal, notEqual, less, lessEqual, greater, greaterEqual };
  struct Comparison {
    Subject subject;
    Operator op;
    std::size_t operation = 0;          // of kTimedOperations
    std::int64_t number = 0;            // an HRESULT; of a duration milliseconds
    std::vector<std::int32_t> states;   // one, or a group
    std::string method;
    std::u16string name;
  };
  // In the order in which it is computed: `a b and` for `a and b`.
  struct Step { enum class What : std::uint8_t { compare, negate, both, either } what; std::size_t comparison; };

  static bool holds(const Comparison& comparison, const Moment& moment);

  std::string text_;
  std::vector<Comparison> comparisons_;
  std::vector<Step> steps_;
};

}  // namespace vss
