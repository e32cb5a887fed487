// A light look at a Backup Components Document; its content comes with a later part of the model.
#pragma once

namespace vss::model {

// Whether the text is one XML element with balanced tags inside. Reads up to the NUL: requesters pass plain strings where a
// BSTR is declared. text must not be null.
bool looksLikeXml(const char16_t* text);

}  // namespace vss::model
