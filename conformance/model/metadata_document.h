// The Writer Metadata Document as XML: what IVssExamineWriterMetadata::SaveAsXML gives and CreateVssExamineWriterMetadata takes.
#pragma once
#include <optional>
#include <string>

#include "writer_metadata.h"

namespace vss::model {

// Nothing: the text is no such document. Reads up to the NUL; text must not be null. What a document has beyond WriterMetadata is not kept.
// Throws bad_alloc.
std::optional<WriterMetadata> readMetadata(const char16_t* text);

// readMetadata gives the same value back, but for WriterNotes, which are no part of it. Throws bad_alloc.
std::u16string writeMetadata(const WriterMetadata& metadata);

}  // namespace vss::model
