/* api.c - PIKA_API as the user's export macro: a shared library that exports what carries it, and nothing
   else. */
#define PIKA_API __attribute__((__visibility__("default"))) extern
#define PIKA_IMPLEMENTATION
#include "pika.h"

PIKA_API int grid_of_a(pika_grid *grid, void *memory, size_t bytes);

int grid_of_a(pika_grid *grid, void *memory, size_t bytes)
{
    pika_grid_desc desc = {0, 0, {2, 2, 0, {0, 1, 0, 0, 0}, {0, 1, 0, 0, 0}, 0, 0, 0, 0}};
    return pika_grid_init(grid, &desc, memory, bytes) == PIKA_OK;
}
