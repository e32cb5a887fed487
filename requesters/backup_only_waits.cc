// The same with one mistake: it waits for each operation, and never asks how it ended.
#include "backup_habits.h"

int main() { return backUp({.asks = false}); }
