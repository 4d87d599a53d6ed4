/* density.c - the long form: a context, a grid, points in chunks, the account, logarithmic shading on black.
   Build: cc -O2 examples/density.c -o density -pthread      Run: ./density [density.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

#define CHUNK 1000000
#define CHUNKS 20
static float x[CHUNK], y[CHUNK];

/* A parabola in place of a sine, so that no libm is needed: period 4, for t in -6..6. */
static double wave(double t)
{
    if (t > 2) t -= 4;
    if (t < -2) t += 4;
    return t < 0 ? t * (2 + t) : t * (2 - t);
}

/* The next points of an attractor in the manner of Clifford Pickover's. */
static void next_chunk(double *u, double *v)
{
    for (int i = 0; i < CHUNK; i++) {
        double next = wave(-0.681 * *v) - 1.439 * wave(-0.681 * *u + 1);
        *v = wave(-0.914 * *u) + 1.752 * wave(-0.914 * *v + 1);
        *u = next;
        x[i] = (float)*u;
        y[i] = (float)*v;
    }
}

static void widen(pika_axis *axis)
{
    double margin = 0.04 * (axis->hi - axis->lo);
    axis->lo -= margin;
    axis->hi += margin;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "density.png";
    pika_points points = pika_xy_f32(x, y, CHUNK);
    double u = 0.1, v = 0.1;
    next_chunk(&u, &v);

    /* No call is checked: pika_status at the end has the first error, and the calls after it do no harm. */
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_grid_desc desc = {0}; /* all zero is the default of every descriptor */
    desc.view.width = 1200;
    desc.view.height = 800;
    pika_fit(&ctx, &points, &desc.view); /* the range of the first chunk, and 4 % around it */
    widen(&desc.view.x);
    widen(&desc.view.y);

    pika_grid grid = {0};
    pika_grid_alloc(&ctx, &grid, &desc);
    for (int i = 0; i < CHUNKS; i++) {
        if (i > 0) next_chunk(&u, &v);
        pika_add_points(&ctx, &grid, &points);
    }
    pika_stats stats = {0};
    pika_grid_stats(&ctx, &grid, &stats);

    pika_shade_desc shade = {0};
    shade.transfer = PIKA_SHADE_LOG;
    shade.colormap = pika_colormap_find("inferno");
    shade.background = PIKA_RGBA(0, 0, 4, 255);
    pika_image image = {0};
    pika_image_alloc(&ctx, &image, 1200, 800);
    pika_shade(&ctx, &image, &grid, &shade);
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) {
        fprintf(stderr, "density: %s\n", pika_last_error(&ctx));
    } else {
        printf("%llu total, %llu inside, %llu outside, %llu invalid\n", (unsigned long long)stats.total,
            (unsigned long long)stats.inside, (unsigned long long)stats.outside,
            (unsigned long long)stats.invalid);
        printf("%llu cells with points, at most %lu in one\n%s\n", (unsigned long long)stats.nonempty,
            (unsigned long)stats.max_count, path);
    }
    pika_image_free(&ctx, &image); /* of a zeroed image: nothing */
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return failed;
}
