/* static_a.c - a private copy here and another one in static_b.c; linked together nothing collides. */
#define PIKA_STATIC
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int smoke_of_b(void);

int main(void) { return smoke() | smoke_of_b(); }
