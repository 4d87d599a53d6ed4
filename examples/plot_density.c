/* plot_density.c - ten million points as a figure: axes, and a colour bar that reads the equalised counts.
   Build: cc -O2 examples/plot_density.c -o plot_density -pthread   Run: ./plot_density [plot_density.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

#define COUNT 10000000
static float x[COUNT], y[COUNT];

/* Clifford's attractor with a sine of its own: no libm is needed. */
static double sine(double v)
{
    double turns = v * 0.15915494309189535, s;
    turns -= (double)(long)(turns + (turns < 0 ? -0.5 : 0.5));
    v = turns * 6.283185307179586;
    s = v * v;
    return v * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110 * (1 - s / 156))))));
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "plot_density.png";
    double u = 0.1, v = 0.1;
    for (int i = 0; i < COUNT; i++) {
        double next = sine(-1.4 * v) + sine(-1.4 * u + 1.5707963267948966); /* a cosine */
        v = sine(1.6 * u) + 0.7 * sine(1.6 * v + 1.5707963267948966);
        u = next;
        x[i] = (float)u;
        y[i] = (float)v;
    }
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_layer layer = {0}; /* PIKA_LAYER_DENSITY: a cell is a pixel of the panel */
    layer.points = pika_xy_f32(x, y, COUNT);
    layer.value_label = "points per pixel";

    pika_plot_desc desc = {0};
    desc.title = "A strange attractor";
    desc.subtitle = "Ten million steps of Clifford's map";
    desc.x.label = "x";
    desc.y.label = "y";
    desc.layers = &layer;
    desc.layer_count = 1;
    pika_plot_to_png(&ctx, path, &desc, 900, 560);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "plot_density: %s\n", pika_last_error(&ctx));
    else printf("%s\n", path);
    pika_ctx_free(&ctx);
    return failed;
}
