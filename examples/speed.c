/* speed.c - how fast this machine is: 20 million points into 1200 x 800 cells, by a plain loop and by pika.
   Build: cc -O3 examples/speed.c -o speed -pthread      Run: ./speed [speed.png] */
#ifdef __linux__
    #define _POSIX_C_SOURCE 199309L /* clock_gettime, with -std=c99 too; before the first include */
#endif
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COUNT 20000000
#define WIDTH 1200
#define HEIGHT 800
static float x[COUNT], y[COUNT];
static uint32_t cells[WIDTH * HEIGHT];

static double seconds(void)
{
#ifdef _WIN32
    return (double)clock() / CLOCKS_PER_SEC; /* there it is the time that has passed */
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#endif
}

/* Three overlapping clouds, each coordinate a sum of uniform numbers: bell-shaped, without libm. */
static void fill(void)
{
    static const float center[4][2] = {{-1.1f, -0.3f}, {0.9f, -0.5f}, {0.1f, 0.8f}, {-1.1f, -0.3f}};
    uint64_t state = 7;
    for (int i = 0; i < COUNT; i++) {
        int32_t sum_x = -4 * 32768, sum_y = sum_x;
        for (int k = 0; k < 4; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            sum_x += (int32_t)(state >> 48);
            sum_y += (int32_t)(state >> 32 & 0xffff);
        }
        x[i] = center[i % 4][0] + (float)sum_x / 60000;
        y[i] = center[i % 4][1] + (float)sum_y / 60000;
    }
}

/* What one would write without a library; it keeps no account of what is outside or not a number. */
static void plain_loop(const pika_view *view)
{
    float x0 = (float)view->x.lo, x1 = (float)view->x.hi, y0 = (float)view->y.lo, y1 = (float)view->y.hi;
    float sx = (float)(WIDTH / (view->x.hi - view->x.lo)), sy = (float)(HEIGHT / (view->y.hi - view->y.lo));
    for (int i = 0; i < COUNT; i++) {
        if (!(x[i] >= x0 && x[i] <= x1 && y[i] >= y0 && y[i] <= y1)) continue;
        int column = (int)((x[i] - x0) * sx), row = (int)((y[i] - y0) * sy);
        if (column > WIDTH - 1) column = WIDTH - 1;
        if (row > HEIGHT - 1) row = HEIGHT - 1;
        cells[row * WIDTH + column]++;
    }
}

/* What the memory gives: every word is read, next to nothing is done with it. */
static uint64_t read_all(const float *column)
{
    uint64_t word[4], sum[4] = {0};
    for (size_t i = 0; i < COUNT; i += 8) {
        memcpy(word, column + i, sizeof word);
        for (int k = 0; k < 4; k++) sum[k] += word[k];
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

int main(int argc, char **argv)
{
    static const char *ways[4] = {"plain loop", "pika, 1 thread", "pika, 1 per core", "reading alone"};
    double best[4] = {1e9, 1e9, 1e9, 1e9};
    volatile uint64_t sink = 0;
    fill();
    pika_points points = pika_xy_f32(x, y, COUNT);
    pika_ctx_desc one_thread = {0};
    one_thread.threads = 1;
    pika_ctx single, all;
    pika_ctx_init(&single, &one_thread);
    pika_ctx_init(&all, NULL);
    pika_grid_desc desc = {0};
    desc.view.width = WIDTH;
    desc.view.height = HEIGHT;
    pika_fit(&all, &points, &desc.view);
    pika_grid grid = {0};
    pika_grid_alloc(&all, &grid, &desc);
    for (int i = 0; i < 4 * 5; i++) { /* five rounds, the best of each way */
        if (i % 4 == 0) memset(cells, 0, sizeof cells);
        pika_grid_clear(&all, &grid);
        double start = seconds();
        if (i % 4 == 0) plain_loop(&desc.view);
        if (i % 4 == 1) pika_add_points(&single, &grid, &points);
        if (i % 4 == 2) pika_add_points(&all, &grid, &points);
        if (i % 4 == 3) sink = sink + read_all(x) + read_all(y);
        double time = seconds() - start;
        if (time < best[i % 4]) best[i % 4] = time;
    }
    pika_add_points(&all, &grid, &points);
    int failed = pika_status(&single) != PIKA_OK || pika_status(&all) != PIKA_OK;
    printf("%s\n", pika_build_info());
    for (int i = 0; i < 4; i++)
        printf("%-17s %7.1f ms %7.0f million points/s %6.1f GB/s %6.2f x the plain loop\n", ways[i],
            1e3 * best[i], COUNT / best[i] / 1e6, 2 * sizeof x / best[i] / 1e9, best[0] / best[i]);
    if (!failed && memcmp(cells, pika_grid_counts(&grid), sizeof cells) != 0)
        printf("other cells: the plain loop is compiled without IEEE arithmetic\n");
    pika_image image = {0};
    pika_image_alloc(&all, &image, WIDTH, HEIGHT);
    pika_shade(&all, &image, &grid, NULL);
    pika_write_png(&all, argc > 1 ? argv[1] : "speed.png", &image);
    failed |= pika_status(&all) != PIKA_OK;
    if (failed) fprintf(stderr, "speed: %s%s\n", pika_last_error(&single), pika_last_error(&all));
    pika_image_free(&all, &image);
    pika_grid_free(&all, &grid);
    pika_ctx_free(&all);
    pika_ctx_free(&single);
    return failed;
}
