// What cmake/embed_texts.cmake makes tables of.
#pragma once
#include <span>
#include <string_view>
struct EmbeddedText { std::string_view name, text; };
