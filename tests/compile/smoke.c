/* smoke.c - the smoke test; configuration macros come from the command line. Compiled as C and as C++. */
#ifndef PIKA_IMPLEMENTATION
    #define PIKA_IMPLEMENTATION
#endif
#include "pika.h"
#include "smoke.h"

int main(void) { return smoke(); }
