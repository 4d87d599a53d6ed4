/* half_malloc.c - PIKA_MALLOC without PIKA_FREE: must not compile. */
#include <stdlib.h>
#define PIKA_MALLOC(size) malloc(size)
#define PIKA_IMPLEMENTATION
#include "pika.h"

int main(void) { return 0; }
