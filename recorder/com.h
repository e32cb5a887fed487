#pragma once

namespace vss {

// COM as a requester must initialize it (multithreaded, security set so that writers may call back); nothing on Linux.
// Page: "Security Considerations for Requesters".
class ComSession {
 public:
  ComSession();
  ~ComSession();
  ComSession(const ComSession&) = delete;
  ComSession& operator=(const ComSession&) = delete;

 private:
  bool initialized_ = false;
};

}  // namespace vss
