/* after_windows.c - <windows.h> first, whole and with its macros; Windows compilers only. */
#include <windows.h>
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int main(void)
{
    /* what pika set for itself must not take windows.h away from the file that includes it */
    return GetTickCount() == 0 && max(1, 2) != 2 ? 2 : smoke();
}
