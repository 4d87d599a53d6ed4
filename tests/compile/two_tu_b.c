/* two_tu_b.c - includes the declarations alone, with other configuration macros than two_tu_a.c: they change
   nothing here. Uses an object that the other file made. Also linked against the shared library of api.c. */
#define PIKA_NO_STDIO
#define PIKA_NO_THREADS
#include "pika.h"
#include "smoke.h"
#undef PIKA_NO_STDIO /* the implementation, elsewhere, has files */

int grid_of_a(pika_grid *grid, void *memory, size_t bytes);

int main(void)
{
    static const float x[3] = {0.25f, 0.75f, 2.0f}, y[3] = {0.25f, 0.75f, 0.5f};
    pika_points points = pika_xy_f32(x, y, 3);
    pika_grid grid;
    const uint32_t *counts;
    SMOKE(grid_of_a(&grid, smoke_memory, sizeof smoke_memory));
    SMOKE(pika_add_points(NULL, &grid, &points) == PIKA_OK);
    counts = pika_grid_counts(&grid);
    SMOKE(counts[0] == 1 && counts[1] == 0 && counts[2] == 0 && counts[3] == 1);
    pika_grid_free(NULL, &grid);
    return smoke_failures > 0;
}
