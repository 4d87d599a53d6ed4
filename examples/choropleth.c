/* choropleth.c - an island of counties, each a polygon with a value. Neighbours have the vertices of a border in
   common, so that their anti-aliased shares of a cell add up to exactly one: there are no seams.
   Build: cc -O2 examples/choropleth.c -o choropleth -pthread      Run: ./choropleth [choropleth.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { WIDTH = 1200, HEIGHT = 800, ROWS = 44, COLUMNS = 58, EDGE = 16, RING = 6 * EDGE };
static double x[ROWS * COLUMNS * RING], y[ROWS * COLUMNS * RING], values[ROWS * COLUMNS];
static size_t rings[ROWS * COLUMNS + 1];
static double covered[HEIGHT][WIDTH];

static double random_at(int i, int j, int seed) /* -1 to 1, for the same place always the same */
{
    uint64_t z =
        ((uint64_t)i * 8191 + (uint64_t)j + (uint64_t)seed * 10000000) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)(z >> 40) / 8388608 - 1;
}

static double noise(double u, double v, int seed) /* smooth, about -1 to 1; u, v >= 0 */
{
    double sum = 0;
    for (double weight = 0.6; weight > 0.05; weight /= 2, u *= 2, v *= 2, seed++) {
        int i = (int)u, j = (int)v;
        double s = u - i, t = v - j;
        s = s * s * (3 - 2 * s), t = t * t * (3 - 2 * t);
        sum += weight * (1 - t) * ((1 - s) * random_at(i, j, seed) + s * random_at(i + 1, j, seed));
        sum += weight * t * ((1 - s) * random_at(i, j + 1, seed) + s * random_at(i + 1, j + 1, seed));
    }
    return sum;
}

/* From a corner of a honeycomb, all of them moved at random, up to the next: the middle of the line is moved
   aside, then those of both halves, and so on. From the other end it is the same line. */
static void border(const int *a, const int *b, double *out_x, double *out_y)
{
    int turned = a[0] * 1000 + a[1] > b[0] * 1000 + b[1];
    double line[EDGE + 1][2];
    for (int end = 0; end < 2; end++) {
        const int *at = end == turned ? a : b;
        line[end * EDGE][0] = at[0] + 0.38 * random_at(at[0], at[1], 1);
        line[end * EDGE][1] =
            1.73 * (at[1] + ((at[0] + at[1]) % 2 ? -0.16 : 0.16) + 0.2 * random_at(at[0], at[1], 2));
    }
    for (int step = EDGE / 2; step > 0; step /= 2)
        for (int k = step; k < EDGE; k += 2 * step) {
            double aside = 0.13 * random_at((a[0] + b[0]) * 1000 + a[1] + b[1], k, 3);
            double *p = line[k - step], *q = line[k + step];
            line[k][0] = (p[0] + q[0]) / 2 + aside * (q[1] - p[1]);
            line[k][1] = (p[1] + q[1]) / 2 - aside * (q[0] - p[0]);
        }
    for (int k = 0; k < EDGE; k++) {
        out_x[k] = line[turned ? EDGE - k : k][0];
        out_y[k] = line[turned ? EDGE - k : k][1];
    }
}

int main(int argc, char **argv)
{
    static const int around[7][2] = {{0, 0}, {1, 0}, {2, 0}, {2, 1}, {1, 1}, {0, 1}, {0, 0}};
    static const uint8_t sea[4] = {214, 226, 236, 255};
    const char *path = argc > 1 ? argv[1] : "choropleth.png";
    size_t count = 0;
    for (int j = 0; j < ROWS; j++)
        for (int i = j % 2; i < 2 * COLUMNS; i += 2) { /* a county: three corners below, three above */
            double u = (i + 1 - COLUMNS) / (double)COLUMNS, v = (2 * j + 1 - ROWS) / (double)ROWS;
            if (u * u + v * v + 0.6 * noise(i * 0.07, j * 0.12, 13) > 0.66) continue; /* the sea */
            for (int k = 0; k < 6; k++) {
                int a[2] = {i + around[k][0], j + around[k][1]};
                int b[2] = {i + around[k + 1][0], j + around[k + 1][1]};
                border(a, b, x + count * RING + k * EDGE, y + count * RING + k * EDGE);
            }
            values[count++] = noise(i * 0.045, j * 0.078, 213) + 0.12 * random_at(i, j, 30);
            rings[count] = count * RING;
        }

    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);
    pika_grid grid = {0};
    pika_grid_desc desc = {0};
    desc.planes = PIKA_MEAN | PIKA_COVERAGE;
    desc.view.width = WIDTH;
    desc.view.height = HEIGHT;
    desc.view.x.hi = 2 * COLUMNS + 2;
    desc.view.y.hi = desc.view.x.hi * (double)HEIGHT / (double)WIDTH;
    pika_grid_alloc(&ctx, &grid, &desc);
    pika_polygons counties = {0};
    counties.points = pika_xy_f64(x, y, count * RING);
    counties.points.value = pika_f64(values); /* one for each */
    counties.ring_offsets = rings;
    counties.ring_count = counties.polygon_count = count;
    counties.flags = PIKA_FILL_AA;
    pika_add_polygons(&ctx, &grid, &counties);

    pika_shade_desc shade = {0};
    shade.plane = PIKA_MEAN; /* by share of the cell */
    shade.transfer = PIKA_SHADE_LINEAR;
    shade.colormap = pika_colormap_find("spectral");
    pika_image image = {0};
    pika_image_alloc(&ctx, &image, WIDTH, HEIGHT);
    pika_shade(&ctx, &image, &grid, &shade);
    pika_grid_read(&ctx, &grid, PIKA_COVERAGE, 0, covered[0]);
    int cells[3] = {0, 0, 0}, failed = pika_status(&ctx) != PIKA_OK;
    for (int k = 0; k < WIDTH * HEIGHT && !failed; k++) {
        double share = covered[HEIGHT - 1 - k / WIDTH][k % WIDTH], land = share < 1 ? share : 1;
        uint8_t *pixel = image.pixels + 4 * k;
        for (int c = 0; c < 4; c++) pixel[c] = (uint8_t)(land * pixel[c] + (1 - land) * sea[c] + 0.5);
        if (share > 0) cells[share < 1 ? 0 : share == 1 ? 1 : 2]++;
    }
    pika_write_png(&ctx, path, &image);
    failed |= pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "choropleth: %s\n", pika_last_error(&ctx));
    else printf("%d counties: %d cells of the coast, %d within", (int)count, cells[0], cells[1]);
    if (!failed) printf(", and %d that are covered more than once\n%s\n", cells[2], path);
    pika_image_free(&ctx, &image);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return failed;
}
