/* small.c - count + shade + PNG and nothing else, for the budget of code on a small device
   (tests/check/check.sh). */
#define PIKA_IMPLEMENTATION
#include "pika.h"

static int discard(void *user, const void *data, size_t size)
{
    *(size_t *)user += size + *(const unsigned char *)data;
    return 0;
}

int main(void)
{
    static float x[100], y[100];
    static double memory[8192], scratch[131072];
    static uint8_t pixels[64 * 64 * 4];
    pika_ctx ctx;
    pika_ctx_desc ctx_desc = {0};
    pika_grid grid;
    pika_grid_desc desc = {0};
    pika_image image = {64, 64, 0, NULL, sizeof pixels, 0, PIKA_RGBA8};
    pika_points points = pika_xy_f32(x, y, 100);
    size_t size = 0;
    image.pixels = pixels;
    ctx_desc.threads = 1;
    ctx_desc.scratch = scratch;
    ctx_desc.scratch_bytes = sizeof scratch;
    desc.view.width = desc.view.height = 64;
    pika_ctx_init(&ctx, &ctx_desc);
    pika_fit(&ctx, &points, &desc.view);
    pika_grid_init(&grid, &desc, memory, sizeof memory);
    pika_add_points(&ctx, &grid, &points);
    pika_shade(&ctx, &image, &grid, NULL);
    pika_encode_png(&ctx, &image, NULL, discard, &size);
    return pika_status(&ctx) != PIKA_OK || size == 0;
}
