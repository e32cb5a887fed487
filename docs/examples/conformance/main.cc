#include <shadowtape/conformance.h>

// The implementation that is judged: here the model, in which nothing is wrong. Yours has a factory like this one.
static HRESULT SHADOWTAPE_CALL create(IVssBackupComponents** ppBackup) { return CreateVssBackupComponents(ppBackup); }

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  shadowtape::registerConformanceTests({&create});
  return RUN_ALL_TESTS();
}
