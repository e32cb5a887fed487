#include <dlfcn.h>

#include "recorder/target.h"

namespace vss {

Target loadTarget(const std::filesystem::path& library, const std::string& name) {
  bool bare = !library.has_parent_path() && !std::filesystem::exists(library);
  auto path = bare ? library : std::filesystem::absolute(library);
  if (!bare && !std::filesystem::exists(path))
    throw TargetError(path.string() + ": no such file; --target takes a libvssapi.so, model, model:SCENARIO.json, or a trace");
  // Its own symbols first: two libvssapi.so live in one process when one records the other.
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) throw TargetError(path.string() + ": is no library that can be loaded here: " + ::dlerror());
  for (const char* symbol : {"CreateVssBackupComponentsInternal", "CreateVssBackupComponents"})
    if (void* factory = ::dlsym(handle, symbol)) {
      Target target;
      target.name = name;
      target.factory = reinterpret_cast<CreateVssBackupComponentsFunction>(factory);
      target.origin = Origin::model;
      if (auto asked = reinterpret_cast<OriginFunction>(::dlsym(handle, "ShadowtapeOrigin"))) target.origin = static_cast<Origin>(asked()), target.ours = true;
      target.call = callsOf([handle](const char* export_) { return ::dlsym(handle, export_); });
      target.create = [f = target.factory](IVssBackupComponents** out) { return f(out); };
      return target;
    }
  ::dlclose(handle);
  throw TargetError(path.string() + ": exports no CreateVssBackupComponents, so it is no implementation of VSS");
}

Target systemTarget() { throw TargetError("system: Linux has no VSS of its own; --target takes a libvssapi.so, model, model:SCENARIO.json, or a trace"); }

void* exportOf(const std::filesystem::path& library, const char* name) {
  if (library.empty()) return nullptr;  // to dlopen() that is the program itself, and so the shim
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  if (!handle) return nullptr;
  void* found = ::dlsym(handle, name);
  ::dlclose(handle);
  return found;
}

}  // namespace vss
