/* timestamps.c - a day of answer times: int64 nanoseconds on x, kept exact by an origin, and log10 on y.
   Build: cc -O2 examples/timestamps.c -o timestamps -pthread      Run: ./timestamps [timestamps.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

#define PER_MINUTE 4000
#define MINUTE INT64_C(60000000000)
#define MIDNIGHT INT64_C(1767225600000000000) /* 2026-01-01 00:00 UTC; a double ends at 2^53 */

static int64_t when[PER_MINUTE]; /* nanoseconds */
static float took[PER_MINUTE];   /* milliseconds */

static double uniform(void)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

/* About log-normal, median 1: a product of factors. */
static double scatter(int factors)
{
    double product = 1;
    while (factors--) product *= uniform() < 0.5 ? 1 / (1 + 0.5 * uniform()) : 1 + 0.5 * uniform();
    return product;
}

/* A made-up server: cache hits and disk reads, busier by day, retries after whole seconds, a pause every
   eight minutes that some wait for, a queue from 14:20 to 14:50. Returns the number of rows. */
static size_t one_minute(int minute)
{
    double noon = (minute - 780) / 720.0, load = 1.25 - noon * noon;
    size_t count = 0;
    for (int i = 0; i < PER_MINUTE; i++) {
        double second = 60 * (i + uniform()) / PER_MINUTE, since = minute % 8 * 60 + second;
        double kind = uniform(), ms;
        if (uniform() > 0.2 + 0.7 * load) continue;
        if (kind < 0.7) ms = 1.6 * scatter(6) * (0.7 + 0.5 * load);
        else if (kind < 0.97) ms = 28 * scatter(8);
        else ms = 9 * scatter(16);
        if (kind > 0.99) ms += 1000 * (1 + (int)(2.3 * uniform() * uniform()));
        double pause = 12 - 3 * (minute / 8 % 4); /* seconds */
        if (since < pause && uniform() < 0.3) ms += 1000 * (pause - since);
        double queue = minute >= 860 && minute < 890 ? minute - 860 + second / 60 : 0;
        if (uniform() < 0.8) ms += 2.2 * queue * queue * scatter(4);
        when[count] = MIDNIGHT + minute * MINUTE + (int64_t)(second * 1e9);
        took[count++] = (float)ms;
    }
    return count;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "timestamps.png";
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_grid_desc desc = {0};
    desc.view.width = 1440; /* a column a minute */
    desc.view.height = 600;
    desc.view.flags = PIKA_HALF_OPEN_X; /* the next midnight belongs to the next day */
    desc.view.x.origin = MIDNIGHT;
    desc.view.x.lo = 0;
    desc.view.x.hi = 1440.0 * (double)MINUTE;
    desc.view.y.scale = PIKA_LOG10;
    desc.view.y.lo = 0.3;
    desc.view.y.hi = 20000;
    pika_grid grid = {0};
    pika_grid_alloc(&ctx, &grid, &desc);
    for (int minute = 0; minute < 1440; minute++) {
        pika_points points = pika_xy(pika_i64(when), pika_f32(took), one_minute(minute));
        pika_add_points(&ctx, &grid, &points);
    }
    pika_stats stats = {0};
    pika_grid_stats(&ctx, &grid, &stats);

    pika_shade_desc shade = {0};
    shade.colormap = pika_colormap_find("ice");
    shade.transfer = PIKA_SHADE_LOG;
    shade.lo = 0; /* black, the lowest colour, is for none */
    shade.hi = stats.max_count;
    shade.background = PIKA_RGBA(0, 0, 0, 255);
    pika_image image = {0};
    pika_image_alloc(&ctx, &image, 1440, 600);
    pika_shade(&ctx, &image, &grid, &shade);
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "timestamps: %s\n", pika_last_error(&ctx));
    else
        printf("%llu answers, %llu inside, %llu outside\n%s\n", (unsigned long long)stats.total,
            (unsigned long long)stats.inside, (unsigned long long)stats.outside, path);
    pika_image_free(&ctx, &image);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return failed;
}
