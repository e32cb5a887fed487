// The options of `record` and `replay` for a program that runs already, or that somebody else will start.
#pragma once
#include <CLI/CLI.hpp>
#include <initializer_list>
#include <string>

#include "recorder/launch/launch.h"

namespace vss::launch {

// verb: "record". others: what --detach makes no sense with.
inline void addRunningOptions(CLI::App& command, Running& running, const std::string& verb, CLI::Option* program, std::initializer_list<CLI::Option*> others) {
  CLI::Range number(1ul, 4294967295ul);
  auto* pid = command.add_option("--pid", running.process, "Windows: " + verb + " the process of this number, which runs; Ctrl-C leaves it, and it goes on")
                  ->check(number)->excludes(program);
  auto* image = command.add_option("--wait-for", running.waitFor, "Windows: " + verb + " the first process whose program has this file name, running or to come")
                    ->excludes(program)->excludes(pid);
  auto* detach = command.add_option("--detach", running.detach, "Windows: leave the process of this number, which goes on")
                     ->check(number)->excludes(program)->excludes(pid)->excludes(image);
  for (auto* other : others) detach->excludes(other);
#if !defined(_WIN32)
  for (auto* option : {pid, image, detach})
    option->check([](const std::string&) { return std::string("is for Windows programs: use shadowtape.exe; here, give the program to be started, after --"); });
#endif
}

}  // namespace vss::launch
