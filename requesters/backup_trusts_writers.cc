// The same with one mistake: it asks every writer for its status, and does not read whether the writer has failed.
#include "backup_habits.h"

int main() { return backUp({.readsFailures = false}); }
