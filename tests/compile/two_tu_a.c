/* two_tu_a.c - the usual project: one file has the implementation (this one), others (two_tu_b.c) include.
   Built with -DPIKA_IMPLEMENTATION for this file on the command line as well. */
#ifndef PIKA_IMPLEMENTATION
    #define PIKA_IMPLEMENTATION
#endif
#include "pika.h"

int grid_of_a(pika_grid *grid, void *memory, size_t bytes);

int grid_of_a(pika_grid *grid, void *memory, size_t bytes)
{
    pika_grid_desc desc = {0, 0, {2, 2, 0, {0, 1, 0, 0, 0}, {0, 1, 0, 0, 0}, 0, 0, 0, 0}};
    return pika_grid_init(grid, &desc, memory, bytes) == PIKA_OK;
}
