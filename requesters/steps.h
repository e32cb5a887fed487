// What the backup programs below have in common: they say what they do, and stop at the first call that fails.
#pragma once
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "vss_platform.h"

inline std::string toUtf8(BSTR text) { return text ? "'" + toUtf8(Text(text, SysStringLen(text))) + "'" : "null"; }

inline void say(const char* what, HRESULT result) {
  std::printf("%s: 0x%08x\n", what, static_cast<unsigned>(result));
  std::fflush(stdout);
}

// Ends the program if a call is not answered as it must be.
inline void must(const char* what, HRESULT result) {
  say(what, result);
  if (result < 0) std::exit(1);
}

// Waits for an operation and tells how it ended.
inline HRESULT finish(const char* what, IVssAsync* operation) {
  HRESULT status = S_OK;
  must(what, operation->Wait(INFINITE));
  must(what, operation->QueryStatus(&status, nullptr));
  say("  ended", status);
  operation->Release();
  return status;
}

// A BSTR of the program's own.
struct OwnText {
  BSTR text = nullptr;
  ~OwnText() { SysFreeString(text); }
  std::string utf8() const { return toUtf8(text); }
};

inline std::string toText(const VSS_ID& id) {
  char text[40];
  const auto* bytes = reinterpret_cast<const unsigned char*>(&id);
  for (int i = 0; i < 16; ++i) std::snprintf(text + 2 * i, 3, "%02x", bytes[i]);
  return text;
}

// The second base of IVssWriterComponentsExt is IUnknown. mingw's header leaves it out, but it is there.
inline ULONG release(IVssWriterComponentsExt* components) {
#if defined(_WIN32)
  return reinterpret_cast<IUnknown*>(reinterpret_cast<void**>(components) + 1)->Release();
#else
  return components->Release();
#endif
}

// The document as the files of the tests keep it: UTF-16, as Windows has it.
inline void saveDocument(const std::string& file, BSTR document) {
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(document), static_cast<std::streamsize>(SysStringLen(document) * sizeof(Character)));
}
inline BSTR loadDocument(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  return SysAllocStringLen(reinterpret_cast<const Character*>(bytes.data()), static_cast<UINT>(bytes.size() / sizeof(Character)));
}

// Every writer as GetWriterStatus tells it.
inline void printStatus(IVssBackupComponents* backup) {
  IVssAsync* operation = nullptr;
  UINT count = 0;
  must("GatherWriterStatus", backup->GatherWriterStatus(&operation));
  finish("GatherWriterStatus", operation);
  must("GetWriterStatusCount", backup->GetWriterStatusCount(&count));
  for (UINT i = 0; i < count; ++i) {
    VSS_ID instance, writer;
    OwnText name;
    VSS_WRITER_STATE state;
    HRESULT failure;
    if (backup->GetWriterStatus(i, &instance, &writer, &name.text, &state, &failure) == S_OK)
      std::printf("  %s %d 0x%08x\n", name.utf8().c_str(), static_cast<int>(state), static_cast<unsigned>(failure));
  }
  must("FreeWriterStatus", backup->FreeWriterStatus());
}
