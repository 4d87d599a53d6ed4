/* series.c - 20,000 series in one picture: a density line chart (Moritz and Fisher, 2018). Each line shares 1
   among its cells of a column, so that steep parts weigh no more than flat ones: a cell's colour tells how many
   series pass. With a count for every cell that a line touches, noise and jumps would outshine the rest.
   Build: cc -O2 examples/series.c -o series -pthread      Run: ./series [series.png [series]] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 289, WIDTH = 1200, HEIGHT = 800 }; /* a day, every five minutes */

static double uniform(uint64_t *state) /* 0 to 1 */
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 40) / 16777216;
}

static double bump(double t, double center, double width) /* a bell without libm */
{
    double d = (t - center) / width, falling = 1 / (1 + d * d);
    return falling * falling;
}

static double step(double t, double at, double length) /* from 0 to 1 */
{
    double s = (t - at) / length + 0.5;
    return s < 0 ? 0 : s > 1 ? 1 : s * s * (3 - 2 * s);
}

/* The power that a household, a shop, a heater that runs by night or a roof with solar panels takes, in kW */
static void fill(float *y, uint64_t *state)
{
    double kind = uniform(state), size = (uniform(state) + uniform(state)) / 2,
           base = 0.15 + 0.35 * uniform(state), walk = 0;
    double shift = uniform(state) - uniform(state), other = uniform(state) - uniform(state);
    for (int i = 0; i < SAMPLES; i++) {
        double t = i / 12.0, v = base;
        walk = 0.9 * walk + uniform(state) - 0.5;
        if (kind < 0.55) {
            v += (0.5 + size) * (0.9 * bump(t, 7 + shift, 1.4) + 1.5 * bump(t, 19.3 + other, 2));
        } else if (kind < 0.75) {
            double open = step(t, 8 + shift, 1), closed = step(t, 18.5 + other, 1.5);
            v += (1 + 1.6 * size) * (open - closed) * (0.85 + 0.25 * bump(t, 13, 3));
        } else if (kind < 0.87) {
            v += (2.2 + 1.3 * size) * (1 - step(t, 5.5 + 0.7 * shift, 0.5) + step(t, 22 + 0.4 * other, 0.5));
        } else {
            v -= (1 + 3 * size) * bump(t, 12.8 + 0.3 * shift, 5.5) * (step(t, 8, 5) - step(t, 18, 5));
            v += bump(t, 19.5 + other, 2) * (0.5 + 0.5 * size);
        }
        y[i] = (float)(v + 0.07 * walk);
    }
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "series.png";
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    float x[SAMPLES], *y = (float *)malloc(count * SAMPLES * sizeof *y);
    uint64_t state = 1;
    if (y == NULL) return fprintf(stderr, "series: no memory\n"), 1;
    for (int i = 0; i < SAMPLES; i++) x[i] = (float)i / 12;
    for (size_t i = 0; i < count; i++) fill(y + i * SAMPLES, &state);

    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);
    pika_grid grid = {0};
    pika_grid_desc desc = {0};
    desc.planes = PIKA_COVERAGE; /* the shares */
    desc.view.width = WIDTH;
    desc.view.height = HEIGHT;
    desc.view.x.hi = 24;
    desc.view.y.lo = -4.2;
    desc.view.y.hi = 4.2;
    pika_grid_alloc(&ctx, &grid, &desc);

    pika_lines lines = {0};
    lines.points = pika_xy_f32(x, y, count * SAMPLES);
    lines.shared_x = SAMPLES; /* x is that of every line */
    lines.line_count = count;
    lines.flags = PIKA_LINE_NORMALIZED;
    pika_add_lines(&ctx, &grid, &lines);

    pika_color_scale scale = {0};
    pika_shade_desc shade = {0};
    shade.plane = PIKA_COVERAGE;
    shade.colormap = pika_colormap_find("inferno");
    shade.background = PIKA_RGBA(0, 0, 4, 255);
    shade.scale_out = &scale;
    pika_image image = {0};
    pika_image_alloc(&ctx, &image, WIDTH, HEIGHT);
    pika_shade(&ctx, &image, &grid, &shade);
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "series: %s\n", pika_last_error(&ctx));
    else
        printf("%.0f series of %d samples; up to %.1f pass through one cell\n%s\n", (double)count, SAMPLES,
            scale.hi, path);
    pika_image_free(&ctx, &image);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    free(y);
    return failed;
}
