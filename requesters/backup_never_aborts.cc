// The same with one mistake: when something fails, it goes away without AbortBackup.
#include "backup_habits.h"

int main() { return backUp({.aborts = false}); }
