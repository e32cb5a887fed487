#include "replayer/progress.h"

#include <algorithm>

namespace vss {
namespace {

bool startsOperation(const Call& call) {
  for (std::size_t i = 0; i < call.outputs.size(); ++i)
    if (call.outputs[i].kind == ValueKind::object && call.signature->outputs[i].type == "IVssAsync") return true;
  return false;
}
bool changesState(const Call& call) {
  return startsOperation(call) || (call.hresult() && succeeded(*call.hresult()) && (call.signature->method.starts_with("Initialize") || call.is("AbortBackup")));
}
bool frees(const Call& call) { return call.hresult() && succeeded(*call.hresult()) && call.signature->method.starts_with("Free"); }

bool tellsState(const MethodInfo& method) { return method.name.starts_with("Get") || method.name == "Query" || method.name == "SaveAsXML"; }

}  // namespace

Progress::Progress(const RecordedObject& object) : object_(&object), played_(object.calls.size()) {
  for (std::size_t i = 0; i < object.calls.size(); ++i) {
    bool changes = changesState(*object.calls[i]);
    if (changes) changes_.push_back(i);
    if (changes || frees(*object.calls[i])) changesOrFrees_.push_back(i);
  }
}

const Call* Progress::find(const MethodInfo& method, const std::function<bool(const Call&)>& same) const {
  auto found = object_->byMethod.find(&method);
  if (found == object_->byMethod.end()) return nullptr;
  const auto& places = found->second;
  std::size_t from = 0, to = played_.size();
  if (bool tells = tellsState(method); tells || method.name.starts_with("Free")) {
    from = tells ? behindChangeOrFree_ : behindChange_;
    const auto& bounds = tells ? changesOrFrees_ : changes_;
    if (auto bound = std::lower_bound(bounds.begin(), bounds.end(), from); bound != bounds.end()) to = *bound;
  }
  auto search = [&](std::size_t begin, std::size_t end) -> const Call* {
    for (auto place = std::lower_bound(places.begin(), places.end(), begin); place != places.end() && *place < end; ++place)
      if (!played_[*place] && same(*object_->calls[*place])) return object_->calls[*place];
    return nullptr;
  };
  const Call* call = search(std::max(from, cursor_), to);
  return call ? call : search(from, std::min(to, cursor_));
}

void Progress::play(const Call& call) {
  // The calls of an object lie in memory in the order in which they were made.
  std::size_t place = static_cast<std::size_t>(std::lower_bound(object_->calls.begin(), object_->calls.end(), &call) - object_->calls.begin());
  played_[place] = true;
  order_.push_back(&call);
  cursor_ = place + 1;
  if (std::binary_search(changes_.begin(), changes_.end(), place)) behindChange_ = std::max(behindChange_, cursor_);
  if (std::binary_search(changesOrFrees_.begin(), changesOrFrees_.end(), place)) behindChangeOrFree_ = std::max(behindChangeOrFree_, cursor_);
}

std::vector<const Call*> Progress::notPlayed() const {
  std::vector<const Call*> rest;
  for (std::size_t i = 0; i < played_.size(); ++i)
    if (!played_[i]) rest.push_back(object_->calls[i]);
  return rest;
}

std::vector<const Call*> Progress::next(std::size_t most) const {
  std::vector<const Call*> next;
  for (std::size_t i = cursor_; i < played_.size() && next.size() < most; ++i)
    if (!played_[i]) next.push_back(object_->calls[i]);
  return next;
}

}  // namespace vss
