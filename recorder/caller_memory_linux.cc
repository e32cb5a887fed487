#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "recorder/caller_memory.h"

namespace vss {
namespace {

struct Stack { std::uintptr_t low = 0, high = 0; };

// A function of its own: see traces/trace_writer.cc on thread_local.
[[gnu::noinline]] const Stack& ownStack() {
  static thread_local Stack stack = [] {
    Stack s;
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
      void* low = nullptr;
      std::size_t size = 0;
      if (::pthread_attr_getstack(&attributes, &low, &size) == 0) {
        s.low = reinterpret_cast<std::uintptr_t>(low);
        s.high = s.low + size;
      }
      ::pthread_attr_destroy(&attributes);
    }
    return s;
  }();
  return stack;
}

// Where the system forbids process_vm_readv (a sandbox), a pipe can tell just as well what is readable.
bool copyThroughPipe(const void* from, void* to, std::size_t size) {
  int ends[2];
  if (::pipe(ends)) return false;
  bool good = true;
  for (std::size_t done = 0; good && done < size;) {
    std::size_t part = size - done < 4096 ? size - done : 4096;
    ssize_t written = ::write(ends[1], static_cast<const char*>(from) + done, part);
    good = written > 0 && ::read(ends[0], static_cast<char*>(to) + done, static_cast<std::size_t>(written)) == written;
    if (good) done += static_cast<std::size_t>(written);
  }
  ::close(ends[0]);
  ::close(ends[1]);
  return good;
}

}  // namespace

bool copyFrom(const void* from, void* to, std::size_t size) noexcept {
  if (!size) return true;
  iovec local{to, size}, remote{const_cast<void*>(from), size};
  ssize_t copied = ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0);
  if (copied == static_cast<ssize_t>(size)) return true;
  return copied < 0 && (errno == ENOSYS || errno == EPERM) && copyThroughPipe(from, to, size);
}

bool onOwnStack(const void* p, std::size_t size) noexcept {
  const Stack& stack = ownStack();
  auto at = reinterpret_cast<std::uintptr_t>(p);
  return at >= reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) && at >= stack.low && at + size <= stack.high;
}

}  // namespace vss
