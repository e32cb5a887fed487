// A recorded session as a C++ test that makes the same calls: for GoogleTest, with Windows' own headers or those of this project on Linux.
#pragma once
#include <string>
#include <vector>

#include "conformance/notation.h"
#include "traces/call.h"

namespace vss::conformance {

struct SessionTest {
  std::string name;                        // of the test: letters, digits, _
  std::vector<std::string> comment;        // what it is about; the first lines of the file
  std::vector<Call> calls;                 // the session. Those before the judged one have to return what is recorded
  std::size_t judged = 0;                  // the place of the call that goes red; what comes behind it is left out
  bool variablesWereFilled = false;        // the caller had put something into them before: what was left as it was has to be left again
  const Expectation* expectation = nullptr;  // of a rule; nullptr: it has to answer as recorded
  std::vector<std::string> answers = {};     // outputs of the judged call that it is about, by their names in the trace: the test looks at them, or there is none
};
// The file's text. Throws std::runtime_error where the session cannot be told as a test: it begins with an object that nothing in it made, or an input is
// not in the trace.
std::string printGoogleTest(const SessionTest& test);

}  // namespace vss::conformance
