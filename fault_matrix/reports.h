// What `faults` prints, and its page.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "fault_matrix/faults.h"

namespace vss::fault_matrix {

void printVariations(const std::vector<Variation>& variations, const std::string& format, std::ostream& out);
// Runs in which the program did the same after the same call are one entry.
void printMatrix(const Matrix& matrix, std::ostream& out);
// After docs/schemas/faults.schema.json.
void printMatrixJson(const Matrix& matrix, std::ostream& out);
// faults.html in the folder: one table with a row for runs that are alike, those with a mistake first, everything in the file but the traces, to which it links. Throws where it cannot be written.
void writePage(const Matrix& matrix, const std::filesystem::path& folder);

}  // namespace vss::fault_matrix
