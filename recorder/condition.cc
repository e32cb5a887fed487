#include "recorder/condition.h"

#include <algorithm>
#include <charconv>

#include "traces/vss/api.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss {

class ConditionParser {
 public:
  explicit ConditionParser(Condition& condition) : condition_(condition), text_(condition.text_) {
    if (text_.size() > kLongest) throw ConditionError(kLongest + 1, "a condition has at most " + std::to_string(kLongest) + " characters");
    if (auto odd = std::find_if(text_.begin(), text_.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; }); odd != text_.end())
      throw ConditionError(static_cast<std::size_t>(odd - text_.begin()) + 1, "a control character; a condition is one line");
    readWord();
    either(0);
    if (kind_ != Kind::end) fail("and, or, or the end of the condition");
  }

 private:
  static constexpr std::size_t kLongest = 4000;
  static constexpr int kDeepest = 100;
  enum class Kind { end, word, sign, quoted };

  // The next word: letters, digits and . _ - :, a comparison's sign, a parenthesis, or what stands between quotes.
  void readWord() {
    std::size_t at = text_.find_first_not_of(" \t", next_);
    start_ = next_ = std::min(at, text_.size());
    if (start_ == text_.size()) {
      kind_ = Kind::end;
      word_ = {};
      return;
    }
    char first = text_[start_];
    if (first == '"' || first == '\'') {
      std::size_t close = text_.find(first, start_ + 1);
      if (close == text_.npos) throw ConditionError(start_ + 1, std::string("there is no second ") + first + " behind this one");
      kind_ = Kind::quoted;
      word_ = text_.substr(start_ + 1, close - start_ - 1);
      next_ = close + 1;
      return;
    }
    auto ofWord = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == ':'; };
    auto ofSign = [](char c) { return c == '=' || c == '!' || c == '<' || c == '>'; };
    kind_ = ofWord(first) ? Kind::word : Kind::sign;
    while (next_ < text_.size() && (ofWord(first) ? ofWord(text_[next_]) : ofSign(first) && ofSign(text_[next_]))) ++next_;
    if (next_ == start_)   // a parenthesis, or what no condition has: as a whole character
      for (++next_; next_ < text_.size() && (static_cast<unsigned char>(text_[next_]) & 0xC0) == 0x80;) ++next_;
    word_ = text_.substr(start_, next_ - start_);
  }

  [[noreturn]] void fail(const std::string& expected) const {
    throw ConditionError(start_ + 1, (kind_ == Kind::end ? "the condition ends here" : "\"" + std::string(word_) + "\" does not fit here") + "; here could stand " + expected);
  }
  bool take(Kind kind, std::string_view word) {
    if (kind_ != kind || word_ != word) return false;
    readWord();
    return true;
  }
  void step(Condition::Step::What what, std::size_t comparison = 0) { condition_.steps_.push_back({what, comparison}); }

  void either(int depth) {
    for (both(depth); take(Kind::word, "or"); step(Condition::Step::What::either)) both(depth);
  }
  void both(int depth) {
    for (one(depth); take(Kind::word, "and"); step(Condition::Step::What::both)) one(depth);
  }
  void one(int depth) {
    if (depth > kDeepest) throw ConditionError(start_ + 1, "more than " + std::to_string(kDeepest) + " parentheses and nots inside each other");
    if (take(Kind::word, "not")) {
      one(depth + 1);
      step(Condition::Step::What::negate);
    } else if (take(Kind::sign, "(")) {
      either(depth + 1);
      if (!take(Kind::sign, ")")) fail("and, or, or )");
    } else comparison();
  }

  static constexpr const char* kSubjects =
      "not, (, writer.state, writer.failure, writer.name, call.method, call.hresult, call.duration, or an operation: "
      "metadata, prepare, snapshot, gather, backup-complete, pre-restore, post-restore";

  void comparison() {
    using S = Condition::Subject;
    static constexpr std::pair<std::string_view, S> kNames[] = {{"writer.state", S::writerState}, {"writer.failure", S::writerFailure}, {"writer.name", S::writerName},
                                                                {"call.method", S::callMethod},   {"call.hresult", S::callHresult},     {"call.duration", S::callDuration}};
    Condition::Comparison comparison{};
    auto named = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& name) { return name.first == word_; });
    auto operation = std::find_if(kTimedOperations.begin(), kTimedOperations.end(), [&](const auto& timed) { return timed.name == word_; });
    if (kind_ != Kind::word || (named == std::end(kNames) && operation == kTimedOperations.end())) fail(kSubjects);
    comparison.subject = named != std::end(kNames) ? named->second : S::operation;
    if (operation != kTimedOperations.end()) comparison.operation = static_cast<std::size_t>(operation - kTimedOperations.begin());
    readWord();
    bool ordered = comparison.subject == S::writerFailure || comparison.subject == S::callHresult || comparison.subject == S::callDuration || comparison.subject == S::operation;
    static constexpr std::string_view kSigns[] = {"=", "!=", "<", "<=", ">", ">="};
    auto sign = std::find(std::begin(kSigns), std::end(kSigns), word_);
    if (kind_ != Kind::sign || sign == std::end(kSigns) || (!ordered && sign - kSigns > 1)) fail(ordered ? "=, !=, <, <=, > or >=" : "= or !=");
    comparison.op = static_cast<Condition::Operator>(sign - kSigns);
    readWord();
    value(comparison);
    readWord();
    condition_.comparisons_.push_back(std::move(comparison));
    step(Condition::Step::What::compare, condition_.comparisons_.size() - 1);
  }

  void value(Condition::Comparison& comparison) {
    bool isWord = kind_ == Kind::word;
    switch (comparison.subject) {
      case Condition::Subject::writerState:
        comparison.states = statesNamed(isWord ? word_ : "");
        if (comparison.states.empty()) fail("a writer's state, as VSS_WS_STABLE or STABLE, or one of the groups failed and waiting");
        return;
      case Condition::Subject::writerFailure:
      case Condition::Subject::callHresult: {
        auto result = isWord ? resultOf(word_) : std::nullopt;
        if (!result) fail("an HRESULT by its name, as VSS_E_BAD_STATE, by its code, as 0x80042301, or a number, as 0");
        comparison.number = *result;
        return;
      }
      case Condition::Subject::writerName:
        if (kind_ != Kind::quoted) fail("a writer's name in quotes, as \"SqlServerWriter\"");
        comparison.name = toUtf16(std::string(word_));
        return;
      case Condition::Subject::callMethod:
        if ((!isWord && kind_ != Kind::quoted) || !isMethod(word_)) fail("a method of the requester's API, as GatherWriterStatus");
        comparison.method = word_;
        return;
      case Condition::Subject::callDuration:
      case Condition::Subject::operation: {
        auto milliseconds = isWord ? millisecondsIn(word_) : std::nullopt;
        if (!milliseconds) fail("a time of at most 1000 hours: a whole number and ms, s, min or h, as 500ms or 30s");
        comparison.number = *milliseconds;
      }
    }
  }

  // A state by its name, with or without VSS_WS_, or all of a group; empty: there is none.
  static std::vector<std::int32_t> statesNamed(std::string_view word) {
    constexpr std::string_view kPrefix = "VSS_WS_";
    if (word.starts_with(kPrefix)) word.remove_prefix(kPrefix.size());
    std::string group = word == "failed" ? "FAILED_AT_" : word == "waiting" ? "WAITING_FOR_" : "";
    std::vector<std::int32_t> states;
    for (std::int32_t state = 0; state < 64; ++state) {
      std::string name = enumeratorName("VSS_WRITER_STATE", state);
      if (!name.starts_with(kPrefix)) continue;
      auto own = std::string_view(name).substr(kPrefix.size());
      if (group.empty() ? own == word : own.starts_with(group)) states.push_back(state);
    }
    return states;
  }
  static std::optional<std::int32_t> resultOf(std::string_view word) {
    std::int32_t number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (!word.empty() && error == std::errc() && end == word.data() + word.size()) return number;
    return resultNamed(word);
  }
  static bool isMethod(std::string_view word) {
    auto isIt = [&](const MethodInfo* method) { return method->name == word; };
    for (const auto* described : interfaces())
      for (const auto* method : described->methods)
        if (isIt(method)) return true;
    return std::any_of(functions().begin(), functions().end(), isIt);
  }
  static std::optional<std::int64_t> millisecondsIn(std::string_view word) {
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
    std::uint64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "min" ? 60'000 : unit == "h" ? 3'600'000 : 0;
    if (error != std::errc() || !factor || number > 3'600'000'000 / factor) return std::nullopt;
    return static_cast<std::int64_t>(number * factor);
  }

  Condition& condition_;
  const std::string_view text_;
  std::size_t start_ = 0, next_ = 0;   // of the word; behind it
  Kind kind_ = Kind::end;
  std::string_view word_;
};

Condition::Condition(std::string_view text) : text_(text) { ConditionParser parser(*this); }

bool Condition::holds(const Comparison& comparison, const Moment& moment) {
  auto compare = [&](auto left, auto right) {
    switch (comparison.op) {
      case Operator::equal: return left == right;
      case Operator::notEqual: return left != right;
      case Operator::less: return left < right;
      case Operator::lessEqual: return left <= right;
      case Operator::greater: return left > right;
      case Operator::greaterEqual: return left >= right;
    }
    return false;
  };
  bool equal = comparison.op == Operator::equal;
  double seconds = static_cast<double>(comparison.number) / 1000;
  switch (comparison.subject) {
    case Subject::writerState:
      return moment.writer && (std::find(comparison.states.begin(), comparison.states.end(), moment.writer->state) != comparison.states.end()) == equal;
    case Subject::writerFailure: return moment.writer && compare(std::int64_t{moment.writer->failure}, comparison.number);
    case Subject::writerName: return moment.writer && (moment.writer->name == comparison.name) == equal;
    case Subject::callMethod: return !moment.method.empty() && (moment.method == comparison.method) == equal;
    case Subject::callHresult: return moment.hresult && compare(std::int64_t{*moment.hresult}, comparison.number);
    case Subject::callDuration: return moment.callSeconds && compare(*moment.callSeconds, seconds);
    case Subject::operation: return moment.seconds[comparison.operation] && compare(*moment.seconds[comparison.operation], seconds);
  }
  return false;
}

void Condition::renameWriters(const std::function<std::u16string(const std::u16string&)>& renamed) {
  for (auto& comparison : comparisons_)
    if (comparison.subject == Subject::writerName) comparison.name = renamed(comparison.name);
}

bool Condition::holds(const Moment& moment) const {
  std::vector<char> known;
  for (const auto& step : steps_) {
    if (step.what == Step::What::compare) {
      known.push_back(holds(comparisons_[step.comparison], moment));
      continue;
    }
    char last = known.back();
    if (step.what == Step::What::negate) {
      known.back() = !last;
      continue;
    }
    known.pop_back();
    known.back() = step.what == Step::What::both ? known.back() && last : known.back() || last;
  }
  return known.back();
}

}  // namespace vss
