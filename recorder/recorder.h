// Stands in front of an implementation and notes every call. What a requester sees through it is what the implementation answers:
// results, values, identities, counts, exceptions. If it cannot note any more it goes on passing calls through.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "traces/trace_writer.h"
#include "traces/vss/api.h"

namespace vss {

class Recorder final : public Handler {
 public:
  // Borrows the writer, which must outlive every object that came through here.
  explicit Recorder(TraceWriter& trace);
  ~Recorder();

  // Calls the implementation's factory, notes that, and hands out the new object wrapped. Any thread.
  HRESULT create(CreateVssBackupComponentsFunction factory, IVssBackupComponents** ppBackup);
  // The same for any of functions(). implementation: the function of that type that answers.
  HRESULT call(const MethodInfo& function, void* implementation, void* const* args);
  HRESULT call(const MethodInfo& function, const std::function<HRESULT(const MethodInfo& function, void* const* args)>& implementation, void* const* args);

  HRESULT handle(const MethodInfo& method, Object& self, void* const* args) override;

  // Around fork(): the child gets the table of objects whole, and unlocked.
  void lockForFork() noexcept { mutex_.lock(); }
  void unlockAfterFork() noexcept { mutex_.unlock(); }

  // Objects that the requester still holds references to.
  std::size_t liveObjects() const;

 private:
  struct Wrapper;
  struct Before;

  template <class Answer> HRESULT pass(const MethodInfo& method, const Answer& answer, Wrapper* self, void* const* args);
  HRESULT queryInterface(const MethodInfo& method, Wrapper& self, void* const* args);
  HRESULT addRef(const MethodInfo& method, Wrapper& self, void* const* args);
  HRESULT release(const MethodInfo& method, Wrapper& self, void* const* args);
  std::uint64_t noteEnter(const MethodInfo& method, std::uint32_t object, void* const* args, Before* before);
  void noteLeave(std::uint64_t call, const MethodInfo& method, std::uint32_t object, HRESULT result, void* const* args, const Before* before);
  // The wrapper for an object that the implementation handed out with a reference for the requester. number 0: a new object.
  Wrapper* wrap(void* real, const InterfaceInfo& described, std::uint32_t number);
  ValueView wrapOutput(const InterfaceInfo* described, void* variable, bool unchanged, Wrapper* sameAs = nullptr);
  Wrapper* ours(void* object) const noexcept;
  void watchOperation(const MethodInfo& method, HRESULT result, void* const* args, Wrapper* self);
  void endHold(Wrapper& operation) noexcept;
  void stopAt(const char* when, const MethodInfo& method) noexcept;
  void warnAboutVolume(void* const* args) noexcept;

  TraceWriter& trace_;
  mutable std::mutex mutex_;
  std::unordered_map<void*, std::unique_ptr<Wrapper>> wrappers_;  // by the implementation's pointer
  // Wrappers that the requester has given back. They are kept for a while and go on passing calls through, so that a requester
  // that releases once too often meets what it would meet without us.
  std::vector<std::unique_ptr<Wrapper>> buried_;
  std::size_t nextGrave_ = 0;
};

}  // namespace vss
