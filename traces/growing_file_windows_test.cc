// Where a trace may lie on Windows, and who may open it meanwhile.
#include <gtest/gtest.h>
#include <windows.h>

#include "traces/growing_file.h"
#include "traces/trace_testing.h"

namespace {
UINT pretendedDrive = 0;       // what GetDriveTypeW says; 0: the truth
DWORD pretendedAttribute = 0;  // that every file has besides its own
template <class F> F* kernel32(const char* name) {
  return reinterpret_cast<F*>(reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"kernel32.dll"), name)));
}
UINT WINAPI driveType(const wchar_t* root) { return pretendedDrive ? pretendedDrive : kernel32<UINT WINAPI(const wchar_t*)>("GetDriveTypeW")(root); }
BOOL WINAPI fileInformation(HANDLE file, BY_HANDLE_FILE_INFORMATION* information) {
  if (!kernel32<BOOL WINAPI(HANDLE, BY_HANDLE_FILE_INFORMATION*)>("GetFileInformationByHandle")(file, information)) return FALSE;
  information->dwFileAttributes |= pretendedAttribute;
  return TRUE;
}
}  // namespace

// In place of the imports.
extern "C" auto* const __imp_GetDriveTypeW = &driveType;
extern "C" auto* const __imp_GetFileInformationByHandle = &fileInformation;

namespace vss {
namespace {

using namespace testing_traces;

bool writtenPlainly() {
  TemporaryTrace at;
  return GrowingFile(at.path).plain();
}

TEST(GrowingFileOnWindows, IsWrittenPlainlyWhereAPageOfAMappingCouldVanish) {
  for (UINT drive : {DRIVE_REMOTE, DRIVE_REMOVABLE, DRIVE_CDROM, DRIVE_FIXED, DRIVE_RAMDISK}) {
    pretendedDrive = drive;
    bool plain = writtenPlainly();
    pretendedDrive = 0;
    EXPECT_EQ(plain, drive != DRIVE_FIXED && drive != DRIVE_RAMDISK) << drive;
  }
}

TEST(GrowingFileOnWindows, IsWrittenPlainlyWhereItsClustersCannotBeHadInAdvance) {
  for (DWORD attribute : {FILE_ATTRIBUTE_COMPRESSED, FILE_ATTRIBUTE_SPARSE_FILE, FILE_ATTRIBUTE_ARCHIVE}) {
    pretendedAttribute = attribute;
    bool plain = writtenPlainly();
    pretendedAttribute = 0;
    EXPECT_EQ(plain, attribute != FILE_ATTRIBUTE_ARCHIVE) << attribute;
  }
}

TEST(GrowingFileOnWindows, MayBeOpenedByAnybodyForAnythingMeanwhile) {
  for (bool plain : {false, true}) {
    TemporaryTrace at;
    GrowingFile file(at.path, plain);
    ASSERT_TRUE(file.write("x", 0));
    char* window = file.openWindow(4096, 4096);
    ASSERT_TRUE(window);
    for (DWORD access : {DWORD{GENERIC_READ}, DWORD{GENERIC_WRITE}, DWORD{DELETE}}) {
      HANDLE other = ::CreateFileW(at.path.c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING, 0, nullptr);
      EXPECT_NE(other, INVALID_HANDLE_VALUE) << std::hex << access << ": system error " << ::GetLastError();
      if (other != INVALID_HANDLE_VALUE) ::CloseHandle(other);
    }
    file.closeWindow(window, 4096, 4096);
  }
}

}  // namespace
}  // namespace vss
