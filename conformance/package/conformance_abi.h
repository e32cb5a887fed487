// What <shadowtape/conformance.h> calls: the C functions of the library shadowtape_conformance. Plain types alone, so that program and library may
// come from different compilers. For anything but that header and the library these are no interface.
#pragma once
#include <cstddef>

#if defined(_WIN32) && defined(SHADOWTAPE_BUILDS_CONFORMANCE)
#define SHADOWTAPE_API __declspec(dllexport)
#elif defined(_WIN32)
#define SHADOWTAPE_API __declspec(dllimport)
#else
#define SHADOWTAPE_API __attribute__((visibility("default")))
#endif

namespace shadowtape::abi {

inline constexpr unsigned kVersion = 1;  // of this file: a library takes a program that was compiled with another one for a mistake

enum Outcome : int { passed, failed, skipped };

struct Setup {
  unsigned version;
  void* create;                           // HRESULT(IVssBackupComponents**), with Windows' calling convention
  void* (*exported)(const char* name);    // or nullptr
  const char *revision, *expect, *report;
  unsigned hangLimit;                     // ms
};

struct Result {
  Outcome outcome;
  const char* verdict;                    // as `conform` prints it: PASS, NOT_TESTABLE
  const char* text;                       // lines; good until the next call with the suite
};

struct Suite;

extern "C" {
// nullptr: *problem is one line that says why. It, and names, stay good as long as the process.
SHADOWTAPE_API Suite* ShadowtapeOpenSuite(const Setup* setup, const char** problem);
SHADOWTAPE_API std::size_t ShadowtapeRecipes(const Suite* suite);
SHADOWTAPE_API const char* ShadowtapeRecipeName(const Suite* suite, std::size_t recipe);  // WS-049.2
// filter: GoogleTest's name of the test that calls. In the process that was started for it, does not return.
SHADOWTAPE_API Result ShadowtapeRunRecipe(Suite* suite, std::size_t recipe, const char* filter);
// After the last recipe: the summary that `conform` prints; failed if the file of expectations is out of date or a report cannot be written. Evidence is kept if something is red
// or the folder was chosen.
SHADOWTAPE_API Result ShadowtapeEndRun(Suite* suite);
}

}  // namespace shadowtape::abi
