// Listings in, listings out.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "traces/call.h"

namespace vss {

// Writes the trace of the session that `shadowtape status` would have had where the listing was taken. What the listing does not say is
// marked by remarks. Damage goes to err, a line each. `from` is parseListing's. 0, or 2 if FILE is no listing or TRACE cannot be written.
int importListing(const std::string& file, const std::string& trace, const std::string& from, std::ostream& out, std::ostream& err);

// Whether the call's error is the one that stands for a text which no table knows. Only a remark of the kind listingError about it says so for sure.
bool mayBeUnreadError(const Call& call);

// What the listing of an imported trace did not say: there, other values stand in the calls, and remarks tell of it.
class ListingGaps {
 public:
  // Reads the trace through. It may be one that is not imported: then there are none.
  explicit ListingGaps(TraceReader& reader);
  // The call with ValueKind::missing where the listing said nothing; nullopt: it said everything.
  std::optional<Call> marked(const Call& call) const;

 private:
  std::map<std::uint64_t, std::vector<std::string_view>> outputs_;  // parameters by the call's order
  std::set<std::uint64_t> errorTexts_;  // the orders of calls whose error is a text of the listing
};

// Prints the statuses of a trace's last gather as vssadmin prints them, to `output` or, if that is empty, to out. 0, or 2 if no
// gather is in it.
int exportVssadmin(const std::string& trace, const std::string& output, std::ostream& out, std::ostream& err);

}  // namespace vss
