// cpp11.cpp - the implementation in a C++11 file, used as C++ does: {} for zero, references for descriptors.
#include <algorithm>
#include <complex>
#include <cstdio>
#include <cstring>
#include <vector>
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int main()
{
    std::vector<double> x{0.0, 0.5, 1.0}, y{0.0, 0.5, 1.0};
    pika_ctx ctx = {};
    pika_grid grid = {};
    pika_grid_desc desc = {};
    pika_image image = {};
    desc.view.width = desc.view.height = 4;
    pika_points points = pika_xy_f64(x.data(), y.data(), x.size());
    SMOKE(pika_ctx_init(&ctx, nullptr) == PIKA_OK);
    SMOKE(pika_fit(&ctx, points, &desc.view) == PIKA_OK);
    SMOKE(pika_grid_alloc(&ctx, &grid, desc) == PIKA_OK);
    SMOKE(pika_add_points(&ctx, &grid, points) == PIKA_OK);
    SMOKE(pika_grid_counts(&grid)[0] == 1 && pika_grid_counts(&grid)[15] == 1);
    SMOKE(pika_image_alloc(&ctx, &image, 4, 4) == PIKA_OK);
    pika_shade_desc shade = {};
    shade.transfer = PIKA_SHADE_LOG;
    SMOKE(pika_shade(&ctx, &image, &grid, shade) == PIKA_OK);
    pika_image_free(&ctx, &image);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    SMOKE(ctx.live_bytes == 0);
    return smoke();
}
