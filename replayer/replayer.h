// Answers a requester from a trace. Each object that it hands out stands for a recorded one; a call is answered as the same call of the
// same object was answered when it was recorded. What depends on timing or on counts - AddRef, Release, QueryInterface, the polls of an
// operation - is computed from how it went, not held against single recorded calls.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

#include "replayer/fault.h"
#include "replayer/options.h"
#include "replayer/progress.h"
#include "replayer/report.h"
#include "replayer/script.h"

namespace vss {

class Replayer final : public Handler {
 public:
  // Borrows the script and the report. stop: what ends the program where the options ask for it; everything is reported before.
  Replayer(const Script& script, Report& report, ReplayOptions options, std::function<void()> stop);
  ~Replayer();

  // The factory. Any thread, as every method of the objects.
  HRESULT create(IVssBackupComponents** ppBackup);
  // Any of functions(). args: the addresses of the arguments.
  HRESULT call(const MethodInfo& function, void* const* args);
  HRESULT handle(const MethodInfo& method, Object& self, void* const* args) override;

  // Reports what was never asked for. Waits for nobody: a thread that was ended while it was in here is not waited for.
  void finish() noexcept;

 private:
  struct Live;         // an object that the requester holds
  struct Session;      // a root object and everything that came from it
  class Binding;

  using Lock = std::unique_lock<std::mutex>;

  HRESULT serve(const MethodInfo& method, Live& self, void* const* args, Lock& lock);
  HRESULT serveFactory(void* const* args, Lock& lock);
  HRESULT guarded(const MethodInfo& method, void* const* args, const std::function<HRESULT(Lock&)>& answer);

  HRESULT computed(const MethodInfo& method, Live& self, void* const* args, Lock& lock);
  HRESULT queryInterface(Live& self, void* const* args);
  HRESULT queryStatus(const MethodInfo& method, Live& self, void* const* args);
  HRESULT wait(Live& self, DWORD milliseconds, Lock& lock);
  HRESULT waitForTheUnended(Live& self, DWORD milliseconds, Lock& lock);
  HRESULT cancel(Live& self);
  bool limitIsOver(Live& self);

  void hang(CallNumber number, Lock& lock);
  HRESULT give(const MethodInfo& method, CallNumber number, Live* self, void* const* args, Lock& lock);
  // A recorded call, or behind them one that was invented. Valid until the next is asked for, or the lock is let go.
  const Call& callOf(CallNumber number);
  bool isInvented(CallNumber number) const { return number > script_.calls(); }
  // Where a failure is put in; in replayer_fault.cc.
  bool faultComes(const MethodInfo& method);
  HRESULT putIn(const MethodInfo& method, Live* self, void* const* args, Lock& lock);
  HRESULT serveBehindFault(const Wanted& wanted, Live& self, void* const* args, Lock& lock);
  CallNumber findInAnySession(const Wanted& wanted, Live& self);
  std::set<std::string> copiesNotMade(Live& self);
  CallNumber findBehindNotMade(const Wanted& wanted, Live& self, CallNumber found);
  HRESULT invent(const MethodInfo& method, Live* self, void* const* args, HRESULT result, Live* made = nullptr);
  HRESULT inventOperation(const MethodInfo& method, Live& self, void* const* args);
  bool beginAgain(void* const* args, std::uint32_t nulls);
  bool mayBeCalled(const MethodInfo& method, const Live& self, const SessionState& state) const;
  void tellOfWriter(const MethodInfo& method, const Live& self, void* const* args) const;

  static const OperationFacts& factsOf(const Live& self);
  static Stage stageTold(const Live& made);
  void addPlayed(Live& self, CallNumber call);
  const SessionState* stateOf(const Live& self);
  void pause(double seconds, Lock& lock);
  bool stillRuns(const Live& self) const;
  HRESULT diverged(const MethodInfo& method, Live* self, void* const* args, const Nearest& nearest, std::string difference = {});
  std::optional<Binding> rebind(Session& session, std::uint32_t root);
  std::optional<Binding> tryBinding(Session& session, std::uint32_t root);
  CallNumber findElsewhere(const Wanted& wanted, Live& self);
  bool moveAway(Session& other, std::uint32_t root);
  void take(Session& session, Binding&& binding);
  Live& liveObject(std::uint32_t number, const ParamInfo& param, Session* session);
  Session* newSession();
  Live& newLive(const InterfaceInfo& described, Session& session);
  void addReference(Live& self);
  void release(Live& self);
  void forgetOldest();
  void forgetObject(Live& self);
  void addMade(Session& session, Live& live);
  void noteAsked(const Session& session);
  Live& functions();
  const Signature& signatureFor(const MethodInfo& method);
  void reportRest();

  const Script& script_;
  Report& report_;
  const ReplayOptions options_;
  const std::function<void()> stop_;
  std::mutex mutex_;                      // everything below
  std::condition_variable changed_;
  std::unordered_map<const Session*, std::unique_ptr<Session>> sessions_;
  // Sessions whose every object was released; what is known of the oldest is forgotten some time later, but for what it was asked. Its objects are used
  // again: their memory is never given back while the program can still call.
  std::deque<Session*> over_;
  std::size_t overCalls_ = 0;                      // that are remembered of them
  std::deque<Live*> released_;                     // of other sessions, likewise
  std::vector<std::unique_ptr<Live>> spare_;
  FileArray<bool> asked_;                          // by recorded call: of sessions that are forgotten
  std::unordered_map<std::uint32_t, Session*> bound_;  // recorded root → who stands for it
  std::vector<bool> born_;                         // as Script::births()
  std::size_t nextBirth_ = 0;                      // all before it are born
  Live* functions_ = nullptr;                      // stands for Script::functionCalls()
  std::map<const MethodInfo*, std::unique_ptr<Signature>> signatures_;
  Call scratch_;                                   // for recorded calls, which Script reads into it
  std::uint64_t calls_ = 0, stepsInVain_ = 0;
  bool stopping_ = false, finished_ = false;

  std::optional<Fault> fault_;
  std::uint32_t faultyCalls_ = 0;                  // the program's calls of its method
  bool faultPutIn_ = false;
  std::uint32_t faultyRoot_ = 0;                   // the recorded session in which it was
  struct WriterFailed { const Session* session; Guid instance; };
  std::optional<WriterFailed> writerFailed_;
  std::deque<Call> invented_;                      // what was answered by itself behind it
  std::uint32_t inventedOperations_ = 0;
};

}  // namespace vss
