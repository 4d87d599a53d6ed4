/* plot_subplots.c - four densities side by side, on shared axes, with one layout call.
   Build: cc -O2 examples/plot_subplots.c -o plot_subplots -pthread
   Run: ./plot_subplots [plot_subplots.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { COUNT = 400000, PLOTS = 4, WIDTH = 900, HEIGHT = 640 };
static float x[PLOTS][COUNT], y[PLOTS][COUNT];

static double normal(void) /* about: a sum of twelve */
{
    static uint64_t state = 3;
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(state >> 11) / 9007199254740992.0;
    }
    return sum;
}

int main(int argc, char **argv)
{
    static const char *const titles[PLOTS] = {"north", "east", "south", "west"};
    static pika_plot plots[PLOTS];
    const char *path = argc > 1 ? argv[1] : "plot_subplots.png";
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_layer layers[PLOTS] = {{0}};
    pika_plot_desc descs[PLOTS] = {{0}};
    for (int k = 0; k < PLOTS; k++) {
        for (int i = 0; i < COUNT; i++) {
            double u = normal(), v = normal();
            x[k][i] = (float)(u * (1 + 0.2 * k) + 0.1 * k * v * v);
            y[k][i] = (float)(v + (k - 1.5) * 0.5 * u);
        }
        layers[k].points = pika_xy_f32(x[k], y[k], COUNT);
        descs[k].title = titles[k];
        descs[k].x.label = "error across (mm)";
        descs[k].y.label = "error along (mm)";
        descs[k].layers = &layers[k];
        descs[k].layer_count = 1;
        descs[k].flags = PIKA_PLOT_NO_COLORBAR;
    }
    pika_image image = {0};
    pika_canvas canvas = {0};
    pika_image_alloc(&ctx, &image, WIDTH, HEIGHT);
    pika_canvas_init(&ctx, &canvas, &image);
    pika_plots_layout(&ctx, plots, descs, 2, 2, PIKA_PLOT_SHARE_X | PIKA_PLOT_SHARE_Y, WIDTH, HEIGHT);
    for (int k = 0; k < PLOTS; k++) pika_plot_draw(&canvas, &plots[k]);
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "plot_subplots: %s\n", pika_last_error(&ctx));
    else printf("%s\n", path);
    pika_canvas_free(&canvas);
    pika_image_free(&ctx, &image);
    pika_ctx_free(&ctx);
    return failed;
}
