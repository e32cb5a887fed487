// A backup program that does what the documentation asks for, whatever fails.
#include "backup_habits.h"

int main() { return backUp({}); }
