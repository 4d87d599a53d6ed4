/* static_b.c - see static_a.c; this copy has no SIMD and no threads. */
#define PIKA_STATIC
#define PIKA_NO_SIMD
#define PIKA_NO_THREADS
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int smoke_of_b(void);

int smoke_of_b(void) { return smoke(); }
