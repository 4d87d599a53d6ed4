// cpp20.cpp - designated initialisers, in the order of the fields, without a warning; linked with a C object
// that has the implementation.
#include "pika.h"
#include "smoke.h"

int main()
{
    static const float x[] = {0.25f, 0.75f}, y[] = {0.25f, 0.75f}, v[] = {3.0f, 4.0f};
    pika_grid grid = {};
    double sums[4] = {};
    const pika_points points{
        .count = 2, .x = pika_f32(x), .y = pika_f32(y), .value = pika_f32(v), .category = {}};
    const pika_grid_desc desc{
        .planes = PIKA_SUM,
        .categories = 0,
        .view = {.width = 2,
                 .height = 2,
                 .flags = 0,
                 .x = {.lo = 0, .hi = 1, .origin = 0, .scale = PIKA_LINEAR, .linear = 0},
                 .y = {.lo = 0, .hi = 1, .origin = 0, .scale = PIKA_LINEAR, .linear = 0},
                 .first_x = 0,
                 .first_y = 0,
                 .total_width = 0,
                 .total_height = 0}};
    SMOKE(pika_grid_alloc(nullptr, &grid, desc) == PIKA_OK);
    SMOKE(pika_add_points(nullptr, &grid, points) == PIKA_OK);
    SMOKE(pika_grid_read(nullptr, &grid, PIKA_SUM, 0, sums) == PIKA_OK);
    SMOKE(sums[0] >= 3.0 && sums[0] <= 3.0 && sums[3] >= 4.0 && sums[3] <= 4.0);
    pika_grid_free(nullptr, &grid);
    return smoke();
}
