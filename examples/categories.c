/* categories.c - four kinds of points in one picture: colours mixed by share, brightness by the total.
   Build: cc -O2 examples/categories.c -o categories -pthread      Run: ./categories [categories.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

#define CHUNK 1000000
#define CHUNKS 20
#define KINDS 4
typedef struct record {
    float x, y;
    uint8_t kind;
} record; /* columns need not be arrays of their own */
static record records[CHUNK];

/* A function system: each step applies one of four maps at random, and which one is the kind of the point. */
static void next_chunk(double *x, double *y)
{
    static const double map[KINDS][6] = {{0.14, 0.47, 0.16, -0.69, 0.72, -0.23},
        {0.32, 0.41, 0.99, 1.10, -0.57, 0.79}, {1.05, 0.08, -0.80, 0.59, 0.20, -0.01},
        {0.30, -0.74, -0.84, -0.77, 0.32, -0.55}};
    static const int inverted[KINDS] = {0, 1, 1, 0}; /* in the unit circle */
    static uint64_t state = 8;
    for (int i = 0; i < CHUNK; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int kind = (int)(state >> 62);
        const double *m = map[kind];
        double u = m[0] * *x + m[1] * *y + m[2], v = m[3] * *x + m[4] * *y + m[5];
        double scale = inverted[kind] ? 1 / (u * u + v * v + 1e-9) : 1;
        *x = u * scale;
        *y = v * scale;
        records[i].x = (float)*x;
        records[i].y = (float)*y;
        records[i].kind = (uint8_t)kind;
    }
}

int main(int argc, char **argv)
{
    static const uint32_t colors[KINDS] = {0x2090ffff, 0xff5010ff, 0x20d080ff, 0xffc020ff};
    const char *path = argc > 1 ? argv[1] : "categories.png";
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_points points = pika_xy(pika_strided(&records[0].x, PIKA_F32, sizeof(record)),
        pika_strided(&records[0].y, PIKA_F32, sizeof(record)), CHUNK);
    points.category = pika_strided(&records[0].kind, PIKA_U8, sizeof(record));

    pika_grid_desc desc = {0};
    desc.categories = KINDS; /* every plane four times */
    desc.view.width = 750;
    desc.view.height = 500;
    desc.view.x.lo = -2.85;
    desc.view.x.hi = 2.25;
    desc.view.y.lo = -1.65;
    desc.view.y.hi = 1.75;
    pika_grid grid = {0};
    pika_grid_alloc(&ctx, &grid, &desc);
    double x = 0.1, y = 0.1;
    for (int i = 0; i < CHUNKS; i++) {
        next_chunk(&x, &y);
        pika_add_points(&ctx, &grid, &points);
    }
    pika_stats stats = {0};
    pika_grid_stats(&ctx, &grid, &stats);

    pika_shade_desc shade = {0};
    shade.transfer = PIKA_SHADE_LOG;
    shade.category_colors = colors; /* without: the palette "category" */
    shade.alpha_floor = 0.01;
    shade.lo = 1; /* from one point to 1000 and more */
    shade.hi = 1000;
    shade.background = PIKA_RGBA(0, 0, 0, 255);
    pika_image image = {0};
    pika_image_alloc(&ctx, &image, 750, 500);
    pika_shade(&ctx, &image, &grid, &shade);
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "categories: %s\n", pika_last_error(&ctx));
    else
        printf("%llu points, %llu inside, %llu outside\n%s\n", (unsigned long long)stats.total,
            (unsigned long long)stats.inside, (unsigned long long)stats.outside, path);
    pika_image_free(&ctx, &image);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return failed;
}
