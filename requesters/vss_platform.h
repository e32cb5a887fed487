// What a requester includes: Windows' own headers there, the installed header of this project on Linux. Sources below are the same.
#pragma once
#if defined(_WIN32)
#include <windows.h>

#include <vss.h>
#include <vswriter.h>

#include <vsbackup.h>
#else
#include <shadowtape/vsbackup.h>
#include <unistd.h>
#endif

#include <cstdio>
#include <string>

#if defined(_WIN32)
#define W(text) L##text
#else
#define W(text) u##text
#endif

using Character = std::remove_pointer_t<BSTR>;
using Text = std::basic_string<Character>;

// UTF-8 for the tests to compare; unpaired surrogates come out as they would in WTF-8.
inline std::string toUtf8(const Text& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned c = static_cast<unsigned short>(text[i]);
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < text.size() && (static_cast<unsigned short>(text[i + 1]) & 0xFC00) == 0xDC00)
      c = 0x10000 + ((c - 0xD800) << 10) + (static_cast<unsigned short>(text[++i]) - 0xDC00);
    if (c < 0x80) out += static_cast<char>(c);
    else if (c < 0x800) out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    else if (c < 0x10000) out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    else out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }
  return out;
}

inline void startCom() {
#if defined(_WIN32)
  CoInitializeEx(nullptr, COINIT_MULTITHREADED);
#endif
}
inline void endCom() {
#if defined(_WIN32)
  CoUninitialize();
#endif
}
