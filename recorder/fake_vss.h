// A stand-in VSS for tests: each method answers what a test says. It is a Handler like the recorder, so it has every slot.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "traces/vss/api.h"
#include "traces/vss/memory.h"

namespace vss {

inline const Guid kInstance{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};  // what its writers are called in tests

class FakeVss final : public Handler {
 public:
  using Answer = std::function<HRESULT(void* const* args)>;

  struct Fake : Object {
    using Object::Object;
    std::uint32_t references = 1;
    bool asynchronous = false;
  };

  // What `method` does from now on; by default it returns S_OK and touches nothing.
  Answer& operator[](const std::string& method) { return answers_[method]; }

  // Told when a call comes in and when it is answered, for tests of what the recorder does around it.
  void (*inside)(bool) = nullptr;

  HRESULT create(IVssBackupComponents** out) {
    Inside here(inside);
    *out = reinterpret_cast<IVssBackupComponents*>(static_cast<Object*>(make(interfaceOf<IVssBackupComponentsEx4>(), false)));
    return S_OK;
  }
  // A factory as an exported function: of the fake that was made last.
  static HRESULT VSS_CALL factory(Out<IVssBackupComponents*> out) { return latest()->create(out.at); }

  IVssAsync* newOperation() { return reinterpret_cast<IVssAsync*>(static_cast<Object*>(make(interfaceOf<IVssAsync>(), true))); }

  HRESULT handle(const MethodInfo& method, Object& self, void* const* args) override {
    Inside here(inside);
    auto& fake = static_cast<Fake&>(self);
    if (method.name == "AddRef") return static_cast<HRESULT>(++fake.references);
    if (method.name == "Release") return static_cast<HRESULT>(--fake.references);
    auto answer = answers_.find(std::string(method.name));
    if (answer != answers_.end()) return answer->second(args);
    if (method.name == "QueryInterface") {
      void** out = *static_cast<void***>(args[1]);
      *out = interfaceWithId(*static_cast<Guid*>(args[0])) ? &self : nullptr;
      if (*out) ++fake.references;
      return *out ? S_OK : E_NOINTERFACE;
    }
    return S_OK;
  }

  FakeVss() { latest() = this; }

  Fake* newest() { return objects_.back().get(); }

  // Objects with references left.
  std::size_t alive() const {
    std::size_t count = 0;
    for (auto& object : objects_) count += object->references > 0;
    return count;
  }

 private:
  struct Inside {
    void (*tell)(bool);
    explicit Inside(void (*t)(bool)) : tell(t) { if (tell) tell(true); }
    ~Inside() { if (tell) tell(false); }
  };
  static FakeVss*& latest() {
    static FakeVss* fake;
    return fake;
  }
  Object* make(const InterfaceInfo& type, bool asynchronous) {
    objects_.push_back(std::make_unique<Fake>(type, this, nullptr));
    auto& object = *objects_.back();
    object.asynchronous = asynchronous;
    return &object;
  }
  std::map<std::string, Answer> answers_;
  std::vector<std::unique_ptr<Fake>> objects_;
};

// The n-th argument as its type, in an Answer.
template <class T> T& argument(void* const* args, int n) { return *static_cast<T*>(args[n]); }

}  // namespace vss
