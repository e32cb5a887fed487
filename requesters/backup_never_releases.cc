// The same with one mistake: when something fails, it gives the backup up, and keeps its IVssBackupComponents.
#include "backup_habits.h"

int main() { return backUp({.releases = false}); }
