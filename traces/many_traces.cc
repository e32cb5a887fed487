#include "traces/many_traces.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "traces/find_traces.h"
#include "traces/is_trace.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/progress.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

using namespace std::chrono;

// Of a file that nobody named. One that has the name of a trace, or cannot be read, is not passed over: something may be wrong with it.
bool isMeant(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::string name = shownPath(path.filename());
  return isTrace(path) || name.ends_with(".vsst") || name.ends_with(".vsst.zst") || !std::ifstream(path, std::ios::binary);
}

// Calls make(0) … make(n - 1), several at once, and take() for each result, in that order and in this thread, until that returns false. What is thrown comes
// out here, in the place of a result. No more than some dozens of results are held.
template <class Result> void inOrder(std::size_t n, unsigned threads, const std::function<Result(std::size_t)>& make, const std::function<bool(std::size_t, Result)>& take) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  if (threads == 1 || n <= 1) {
    for (std::size_t i = 0; i < n && take(i, make(i));) ++i;
    return;
  }
  struct Made { std::optional<Result> result; std::exception_ptr thrown; };
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Made> made;
  std::size_t next = 0, taken = 0;
  bool stopped = false;
  const std::size_t most = 16 * threads;
  auto work = [&] {
    for (std::unique_lock lock(mutex);;) {
      changed.wait(lock, [&] { return stopped || next == n || next < taken + most; });
      if (stopped || next == n) return;
      std::size_t i = next++;
      lock.unlock();
      Made one;
      try {
        one.result = make(i);
      } catch (...) {
        one.thrown = std::current_exception();
      }
      lock.lock();
      made.emplace(i, std::move(one));
      changed.notify_all();
    }
  };
  struct Workers {
    std::vector<std::thread> threads;
    std::function<void()> stop;
    ~Workers() {
      stop();
      for (auto& thread : threads) thread.join();
    }
  } workers{{}, [&] {
    std::lock_guard lock(mutex);
    stopped = true;
    changed.notify_all();
  }};
  while (workers.threads.size() < std::min<std::size_t>(threads, n)) workers.threads.emplace_back(work);
  for (std::size_t i = 0; i < n; ++i) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return made.count(i); });
    Made one = std::move(made.extract(i).mapped());
    taken = i + 1;
    changed.notify_all();
    lock.unlock();
    if (one.thrown) std::rethrow_exception(one.thrown);
    if (!take(i, std::move(*one.result))) return;
  }
}

// Half a surrogate pair is escaped by jsonString(); strict readers refuse the whole file for it.
void replaceHalfPairs(std::string& json) {
  for (std::size_t at = 0; (at = json.find('\\', at)) != json.npos; at += 2)
    if (json.compare(at, 3, "\\ud") == 0 && json.compare(at + 3, 1, "8") >= 0) json.replace(at + 2, 4, "fffd");
}

std::string noTraceIn(const std::string& name, std::size_t files) {
  std::string line = "shadowtape: " + name + ": ";
  if (name == "-") return line + "standard input names no trace; it has to be a list, a file or a folder in each line\n";
  if (files) return line + "none of its " + std::to_string(files) + (files == 1 ? " file" : " files") + " is a trace; name one to be told why it is none\n";
  bool folder = std::filesystem::is_directory(pathFromUtf8(name));
  return line + (folder ? "is a folder with no file in it" : "no file fits this pattern") + "; is the name right?\n";
}

}  // namespace

int forEachTrace(const ManyTraces& traces, const std::string& format, std::ostream& out, std::ostream& err, const std::function<Told(const OneOfMany&)>& tell) {
  auto found = findFiles(traces.names, traces.nulls, traces.list ? *traces.list : std::cin);
  const auto& files = found.files;
  struct Counts { std::size_t files = 0, traces = 0; };
  std::vector<Counts> counts(traces.names.size());
  int exitCode = 0;
  std::size_t red = 0;
  ProgressLine progress(err, files.size() > 1 ? traces.width : 0);
  auto start = steady_clock::now();
  std::optional<steady_clock::time_point> shown;

  inOrder<std::optional<Told>>(files.size(), traces.jobs, [&](std::size_t i) -> std::optional<Told> {
    const auto& file = files[i];
    try {
      if (!file.trouble.empty()) throw TraceError(file.path + ": " + file.trouble);
      if (!file.named && !isMeant(pathFromUtf8(file.path))) return std::nullopt;
      return tell({file.path, i, files.size()});
    } catch (const TraceError& e) {
      std::string line = format == "jsonl" ? "{\"file\": " + jsonString(file.path) + ", \"exit\": 2, \"error\": " + jsonString(std::string_view(e.what())) + "}\n" : "";
      return Told{line, "shadowtape: " + std::string(e.what()) + "\n", 2};
    }
  }, [&](std::size_t i, std::optional<Told> told) {
    auto& count = counts[files[i].argument];
    ++count.files;
    if (told) {
      ++count.traces;
      exitCode = std::max(exitCode, told->exitCode);
      red += told->exitCode != 0;
      if (format == "jsonl") replaceHalfPairs(told->out);
      if (!told->out.empty() || !told->err.empty()) progress.clear();
      if (!told->err.empty()) out.flush();  // in the order in which it is told, where both go to one place
      err << told->err;
      out << told->out;
    }
    if (auto now = steady_clock::now(); !shown || now - *shown > milliseconds(50)) {
      shown = now;
      out.flush();
      progress.show(progressInWords(i + 1, files.size(), red, duration_cast<milliseconds>(now - start), files[i].path));
    }
    return bool(out);  // nobody reads any more
  });

  progress.clear();
  if (!out.flush()) return exitCode;
  std::size_t skipped = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (!counts[i].traces) err << noTraceIn(traces.names[i], counts[i].files), exitCode = 2;
    else skipped += counts[i].files - counts[i].traces;
  }
  if (skipped) err << "shadowtape: " << skipped << (skipped == 1 ? " file is no trace and was" : " files are no traces and were") << " skipped\n";
  for (const auto& link : found.linksNotFollowed) err << "shadowtape: " << link << ": is a link to a folder and was not followed; name it to look into it\n";
  return exitCode;
}

}  // namespace vss
