// A requester in C++: asks for every writer's status, again and again, from one or more threads.
// Usage: status_loop [-t THREADS] [-n ROUNDS (0: for ever)] [-p: tell each finished round on stdout] [-q: print no writers]
//                    [-w MILLISECONDS: so long between two rounds]
//                    [-a TIMES: ask for the statuses of a gather so often; tell on stderr what a call took]
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "vss_platform.h"

namespace {

int threads = 1, rounds = 1, times = 0, between = 0;
bool progress = false, quiet = false;
std::atomic<int> failures{0};

bool wait(IVssAsync* operation) {
  HRESULT result = S_OK;
  bool finished = operation->Wait() == S_OK && operation->QueryStatus(&result, nullptr) == S_OK && result == VSS_S_ASYNC_FINISHED;
  operation->Release();
  return finished;
}

bool askAgain(IVssBackupComponents* backup, UINT count) {
  bool good = true;
  auto start = std::chrono::steady_clock::now();
  for (int n = 0; n < times; ++n)
    for (UINT i = 0; i < count; ++i) {
      VSS_ID instance, writer;
      BSTR name = nullptr;
      VSS_WRITER_STATE state;
      HRESULT failure;
      good = backup->GetWriterStatus(i, &instance, &writer, &name, &state, &failure) == S_OK && good;
      SysFreeString(name);
    }
  double nanoseconds = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
  std::fprintf(stderr, "%.1f ns a call, of %.0f\n", nanoseconds / (static_cast<double>(times) * count), static_cast<double>(times) * count);
  return good;
}

// One session; the text that it prints.
std::string session() {
  std::string out;
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  UINT count = 0;
  if (CreateVssBackupComponents(&backup) != S_OK) return ++failures, "create failed\n";
  bool good = backup->InitializeForBackup(nullptr) == S_OK && backup->SetBackupState(true, false, VSS_BT_FULL, false) == S_OK &&
              backup->GatherWriterMetadata(&operation) == S_OK && wait(operation) && backup->GatherWriterStatus(&operation) == S_OK &&
              wait(operation) && backup->GetWriterStatusCount(&count) == S_OK;
  for (UINT i = 0; good && i < count; ++i) {
    VSS_ID instance, writer;
    BSTR name = nullptr;
    VSS_WRITER_STATE state;
    HRESULT failure;
    good = backup->GetWriterStatus(i, &instance, &writer, &name, &state, &failure) == S_OK;
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, " %d 0x%08x ", static_cast<int>(state), static_cast<unsigned>(failure));
    out += std::to_string(i) + numbers + (name ? "'" + toUtf8(Text(name, SysStringLen(name))) + "'" : "null") + "\n";
    SysFreeString(name);
  }
  if (good && times) good = askAgain(backup, count);
  good = good && backup->FreeWriterStatus() == S_OK;
  if (!good) ++failures, out += "a call failed\n";
  backup->Release();
  return out;
}

void work(int number) {
  startCom();
  for (int i = 1; rounds == 0 || i <= rounds; ++i) {
    std::string text = session();
    static std::mutex mutex;
    std::lock_guard lock(mutex);
    if (!quiet) std::fwrite(text.data(), 1, text.size(), stdout);
    if (progress) std::printf("thread %d round %d\n", number, i), std::fflush(stdout);
    if (between) std::this_thread::sleep_for(std::chrono::milliseconds(between));
  }
  endCom();
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "-t") && i + 1 < argc) threads = std::atoi(argv[++i]);
    else if (!std::strcmp(argv[i], "-n") && i + 1 < argc) rounds = std::atoi(argv[++i]);
    else if (!std::strcmp(argv[i], "-w") && i + 1 < argc) between = std::atoi(argv[++i]);
    else if (!std::strcmp(argv[i], "-a") && i + 1 < argc) times = std::atoi(argv[++i]);
    else if (!std::strcmp(argv[i], "-p")) progress = true;
    else if (!std::strcmp(argv[i], "-q")) quiet = true;
    else return 64;
  }
  std::vector<std::thread> others;
  for (int t = 2; t <= threads; ++t) others.emplace_back(work, t);
  work(1);
  for (auto& other : others) other.join();
  return failures ? 1 : 0;
}
