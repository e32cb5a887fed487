// Listings in, listings out.
#pragma once
#include <iosfwd>
#include <string>

namespace vss {

// Writes the trace of the session that `shadowtape status` would have had where the listing was taken. What the listing does not say is
// marked by remarks. Damage goes to err, a line each. `from` is parseListing's. 0, or 2 if FILE is no listing or TRACE cannot be written.
int importListing(const std::string& file, const std::string& trace, const std::string& from, std::ostream& out, std::ostream& err);

// Prints the statuses of a trace's last gather as vssadmin prints them, to `output` or, if that is empty, to out. 0, or 2 if no
// gather is in it.
int exportVssadmin(const std::string& trace, const std::string& output, std::ostream& out, std::ostream& err);

}  // namespace vss
