/* twice.c - declarations first, then the implementation, then both again: every later include is harmless. */
#include "pika.h"
#include "pika.h"
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "pika.h"
#undef PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int main(void) { return smoke(); }
