/* plot_markers.c - markers by category with a legend outside, and which of them lie under a pixel.
   Build: cc -O2 examples/plot_markers.c -o plot_markers -pthread   Run: ./plot_markers [plot_markers.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { COUNT = 450, WIDTH = 900, HEIGHT = 560 };
static float x[COUNT], y[COUNT];
static uint8_t kind[COUNT];

static double normal(void) /* about: a sum of twelve */
{
    static uint64_t state = 11;
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(state >> 11) / 9007199254740992.0;
    }
    return sum;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "plot_markers.png";
    for (int i = 0; i < COUNT; i++) {
        kind[i] = (uint8_t)(i % 3);
        x[i] = (float)(180 + 15 * kind[i] + 5 * normal());
        y[i] = (float)(3.2 + 0.7 * kind[i] + 0.05 * (double)(x[i] - 180) + 0.3 * normal());
    }
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_layer layer = {0};
    layer.kind = PIKA_LAYER_MARKERS;
    layer.points = pika_xy_f32(x, y, COUNT);
    layer.points.category = pika_strided(kind, PIKA_U8, 0);
    layer.name = "Adelie\nChinstrap\nGentoo"; /* a line for each category */
    layer.size = 7;

    pika_plot_desc desc = {0};
    desc.title = "Flippers and weights";
    desc.subtitle = "Made-up penguins of three kinds";
    desc.x.label = "length of a flipper (mm)";
    desc.y.label = "weight (kg)";
    desc.layers = &layer;
    desc.layer_count = 1;
    desc.legend = PIKA_LEGEND_OUTSIDE;

    static pika_plot plot; /* the layout stays: for hits and coordinates */
    pika_image image = {0};
    pika_canvas canvas = {0};
    pika_image_alloc(&ctx, &image, WIDTH, HEIGHT);
    pika_canvas_init(&ctx, &canvas, &image);
    pika_plot_layout(&ctx, &plot, &desc, WIDTH, HEIGHT);
    pika_plot_draw(&canvas, &plot);
    pika_write_png(&ctx, path, &image);

    double pixel_x = 0, pixel_y = 0;
    uint64_t rows[8];
    size_t found = 0;
    pika_plot_to_pixel(&plot, (double)x[100], (double)y[100], &pixel_x, &pixel_y);
    pika_plot_pick(&ctx, &plot, &layer.points, pixel_x, pixel_y, 3, rows, 8, &found);
    printf("within 3 pixels of row 100:");
    for (size_t i = 0; i < found && i < 8; i++) printf(" %d", (int)rows[i]);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "\nplot_markers: %s\n", pika_last_error(&ctx));
    else printf("\n%s\n", path);
    pika_canvas_free(&canvas);
    pika_image_free(&ctx, &image);
    pika_ctx_free(&ctx);
    return failed;
}
