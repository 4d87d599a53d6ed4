/* plot_overlay.c - a renderer's frames with the profiler's overlay in a corner of the last one.
   Build: cc -O2 examples/plot_overlay.c -o plot_overlay -pthread   Run: ./plot_overlay [plot_overlay.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { COUNT = 300000, FRAMES = 120, WIDTH = 900, HEIGHT = 560 };
static float x[COUNT], y[COUNT];

static double uniform(void)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "plot_overlay.png";
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);
    pika_profile_start(&ctx, NULL);

    pika_grid_desc desc = {0};
    desc.view.width = WIDTH;
    desc.view.height = HEIGHT;
    desc.view.x.lo = desc.view.y.lo = -2;
    desc.view.x.hi = desc.view.y.hi = 2;
    pika_grid grid = {0};
    pika_image image = {0};
    pika_canvas canvas = {0};
    pika_shade_desc shade = {0};
    shade.background = PIKA_RGBA(0, 0, 0, 255);
    pika_grid_alloc(&ctx, &grid, &desc);
    pika_image_alloc(&ctx, &image, WIDTH, HEIGHT);
    pika_canvas_init(&ctx, &canvas, &image);

    pika_points points = pika_xy_f32(x, y, COUNT);
    for (int frame = 0; frame < FRAMES; frame++) {
        PIKA_ZONE(&ctx, "frame")
        {
            PIKA_ZONE(&ctx, "simulate")
            {
                points.count = COUNT / 3 + (size_t)(uniform() * (double)COUNT / 2);
                for (size_t i = 0; i < points.count; i++) {
                    double turn = 2 * uniform() - 1, side = 2 * uniform() - 1;
                    x[i] = (float)(turn * (1 + side * side) + 0.05 * frame / (double)FRAMES);
                    y[i] = (float)(side * (1 - turn * turn) * 1.8);
                }
            }
            PIKA_ZONE(&ctx, "draw")
            {
                pika_grid_clear(&ctx, &grid);
                pika_add_points(&ctx, &grid, &points);
                pika_shade(&ctx, &image, &grid, &shade);
            }
        }
    }
    pika_canvas_set_clip(&canvas, WIDTH - 412, 12, 400, 240); /* where the overlay goes */
    pika_draw_overlay(&canvas, &ctx);
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "plot_overlay: %s\n", pika_last_error(&ctx));
    else printf("%s\n", path);
    pika_canvas_free(&canvas);
    pika_image_free(&ctx, &image);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return failed;
}
