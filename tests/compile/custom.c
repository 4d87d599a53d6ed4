/* custom.c - the user's assert and allocator: the assert compiles wherever it stands and never fires, every
   block comes from PIKA_MALLOC and goes back to PIKA_FREE. */
#include <stddef.h>
#include <stdlib.h>
static int custom_asserts, custom_failures, custom_live, custom_mallocs;

static void custom_assert(int condition)
{
    custom_asserts++;
    if (!condition) custom_failures++;
}
static void *custom_malloc(size_t size)
{
    custom_live++;
    custom_mallocs++;
    return malloc(size);
}
static void custom_free(void *p)
{
    if (p != NULL) custom_live--;
    free(p);
}

#define PIKA_ASSERT(c) custom_assert((c) != 0)
#define PIKA_MALLOC(size) custom_malloc(size)
#define PIKA_FREE(p) custom_free(p)
#define PIKA_NO_THREADS /* the counters above are plain */
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int main(void)
{
    int failures = smoke();
    SMOKE(custom_failures == 0);
    SMOKE(custom_mallocs > 0);
    SMOKE(custom_live == 0);
    return failures | smoke_failures;
}
