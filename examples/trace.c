/* trace.c - a trace of 100 million samples at three zooms: whole, 1/100 and 1/10000 of it, each strip the band
   of the one above. A pyramid of extremes makes a redraw cost the width of the picture, not the length of the
   trace, and touches the very cells that all samples touch.
   Build: cc -O2 examples/trace.c -o trace -pthread      Run: ./trace [trace.png [samples]] */
#ifdef __linux__
    #define _POSIX_C_SOURCE 199309L /* clock_gettime, with -std=c99 too; before the first include */
#endif
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIDTH = 1200, STRIP = 256, STEP = 272, STRIPS = 3, HEIGHT = STEP * (STRIPS - 1) + STRIP, EVENTS = 7 };
static const uint32_t colors[1] = {PIKA_RGBA(110, 220, 205, 255)};
static const uint8_t behind[2][4] = {{14, 20, 32, 255}, {60, 66, 110, 255}};
static uint32_t pixels[HEIGHT][WIDTH], strip_pixels[STRIP][WIDTH], cells[STRIP * WIDTH];
static const double event[EVENTS][2] = {
    {0.06, 0.16}, {0.17, 0.42}, {0.3, 0.2}, {0.404, 0.95}, {0.565, 0.3}, {0.71, 0.62}, {0.9, 0.24}};

static double milliseconds(void)
{
#ifdef _WIN32
    return 1e3 * (double)clock() / CLOCKS_PER_SEC; /* there it is the time that has passed */
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
#endif
}

/* Two bells, slow and fast, struck at each event (when, how strong), in noise; and one wrong sample. */
static void fill(uint32_t *x, float *y, size_t count)
{
    const double n = (double)count, cycles[2] = {1500, 90000}, decay[2] = {45, 28}, share[2] = {0.4, 0.55};
    double bell[2][2] = {{0, 0}, {0, 0}}, noise = 0;
    uint64_t state = 3;
    int next = 0;
    for (size_t i = 0; i < count; i++) {
        int strike = next < EVENTS && (double)i >= event[next][0] * n;
        for (int k = 0; k < 2; k++) { /* turned by an angle and shrunk, without libm */
            double t = 3.14159265 * cycles[k] / n, r = (1 - decay[k] / n) / (1 + t * t), u = bell[k][0];
            bell[k][0] = r * ((1 - t * t) * u + 2 * t * bell[k][1]);
            bell[k][1] = r * ((1 - t * t) * bell[k][1] - 2 * t * u);
            if (strike) bell[k][1] += share[k] * event[next][1];
        }
        next += strike;
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        noise = 0.9 * noise + 0.006 * ((double)(state >> 40) / 8388608 - 1);
        x[i] = (uint32_t)i;
        y[i] = (float)(bell[0][0] + bell[1][0] + noise);
    }
    y[count / 4] = -0.9f;
}

/* Draws the trace, by the pyramid if there is one, and returns how long that took. */
static double draw(pika_ctx *ctx, pika_grid *grid, pika_lines *lines, const pika_pyramid *pyramid)
{
    double start = milliseconds();
    lines->pyramid = pyramid;
    pika_grid_clear(ctx, grid);
    pika_add_lines(ctx, grid, lines);
    return milliseconds() - start;
}

int main(int argc, char **argv)
{
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000000;
    uint32_t *x = (uint32_t *)malloc(count * 8); /* and y behind it */
    float *y = (float *)(void *)(x + count);
    if (count < 1000000 || x == NULL) return fprintf(stderr, "trace: too short, or no memory\n"), 1;
    fill(x, y, count);

    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);
    pika_lines lines = {0};
    lines.points = pika_xy(pika_strided(x, PIKA_U32, 0), pika_f32(y), count);
    lines.flags = PIKA_LINE_M4; /* the first, smallest, largest and last of each column */
    pika_pyramid pyramid = {0};
    double start = milliseconds();
    pika_pyramid_create(&ctx, &pyramid, &lines.points);
    printf("%11.0f samples: %8.2f ms to make the pyramid\n", (double)count, milliseconds() - start);

    const pika_colormap one_color = {NULL, colors, NULL, 1, 0};
    pika_shade_desc shade = {0, 0, &one_color, 0, 0, 0, NULL, NULL, NULL, 0, 0};
    pika_image strip = {WIDTH, STRIP, 0, (uint8_t *)strip_pixels, sizeof strip_pixels, 0, PIKA_RGBA8};
    pika_grid grid = {0};
    pika_grid_desc desc = {0, 0, {WIDTH, STRIP, 0, {0, 0, 0, 0, 0}, {-1, 1, 0, 0, 0}, 0, 0, 0, 0}};
    double lo = 0, length = desc.view.x.hi = (double)count;
    int failed = pika_grid_alloc(&ctx, &grid, &desc) != PIKA_OK, same = 1;
    for (int i = 0; i < STRIPS && !failed; i++, length /= 100) {
        pika_image part = {WIDTH, STRIP, 0, (uint8_t *)pixels[i * STEP], sizeof strip_pixels, 0, PIKA_RGBA8};
        double all = draw(&ctx, &grid, &lines, NULL);
        memcpy(cells, pika_grid_counts(&grid), sizeof cells);
        double few = draw(&ctx, &grid, &lines, &pyramid);
        printf("%11.0f samples: %8.2f ms from all, %8.3f ms from the pyramid\n", length, all, few);
        same &= memcmp(cells, pika_grid_counts(&grid), sizeof cells) == 0;
        pika_shade(&ctx, &strip, &grid, &shade);
        pika_spread(&ctx, &part, &strip, 1, PIKA_SPREAD_DISC);          /* thicker */
        desc.view.x.lo = event[3][0] * (double)count - 0.0018 * length; /* of the next strip */
        desc.view.x.hi = desc.view.x.lo + 0.01 * length;
        pika_grid_set_view(&ctx, &grid, &desc.view);
        int band = i + 1 < STRIPS ? (int)((desc.view.x.lo - lo) / length * (double)WIDTH) : WIDTH;
        for (int k = 0; k < STRIP * WIDTH; k++)
            if (part.pixels[4 * k + 3] == 0)
                memcpy(part.pixels + 4 * k, behind[k % WIDTH >= band && k % WIDTH < band + WIDTH / 100], 4);
        lo = desc.view.x.lo;
    }
    pika_image picture = {WIDTH, HEIGHT, 0, (uint8_t *)pixels, sizeof pixels, 0, PIKA_RGBA8};
    pika_write_png(&ctx, argc > 1 ? argv[1] : "trace.png", &picture);
    failed = pika_status(&ctx) != PIKA_OK || !same;
    if (failed) fprintf(stderr, "trace: %s\n", same ? pika_last_error(&ctx) : "the pyramid has other cells");
    pika_grid_free(&ctx, &grid);
    pika_pyramid_free(&ctx, &pyramid);
    pika_ctx_free(&ctx);
    free(x);
    return failed;
}
