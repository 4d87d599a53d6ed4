/* before_windows.c - <windows.h> after the implementation: nothing of it may be lost. Windows compilers only.
   */
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include <windows.h>
#include "smoke.h"

int main(void) { return GetTickCount() == 0 && GetCurrentProcessId() == 0 ? 2 : smoke(); }
