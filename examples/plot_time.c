/* plot_time.c - a time series with its band: int64 nanoseconds on x, exact and labelled as dates, at 2 pixels
   a unit for a dense screen.
   Build: cc -O2 examples/plot_time.c -o plot_time -pthread      Run: ./plot_time [plot_time.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { COUNT = 2016 }; /* six weeks, every half hour */
static int64_t when[COUNT];
static float mean[COUNT], low[COUNT], high[COUNT];

static double uniform(void)
{
    static uint64_t state = 5;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

int main(int argc, char **argv)
{
    static const double dashes[2] = {6, 4};
    const char *path = argc > 1 ? argv[1] : "plot_time.png";
    double walk = 0;
    for (int i = 0; i < COUNT; i++) {
        double hour = i % 48 / 2.0, day = hour < 15 ? hour / 15 : (24 - hour) / 9;
        walk += 0.6 * (uniform() - 0.5) - 0.01 * walk;
        when[i] = INT64_C(1788220800000000000) + i * INT64_C(1800000000000);
        mean[i] = (float)(15 + 8 * day * day * (3 - 2 * day) + 2 * walk);
        low[i] = mean[i] - (float)(2 + uniform());
        high[i] = mean[i] + (float)(2 + 2 * day + uniform());
    }
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_layer layers[3] = {{0}};
    layers[0].kind = PIKA_LAYER_AREA;
    layers[0].name = "range of the sensors";
    layers[0].points = pika_xy(pika_i64(when), pika_f32(high), COUNT);
    layers[0].y1 = pika_f32(low);
    layers[0].color = PIKA_RGBA(0x56, 0xB4, 0xE9, 0x48);
    layers[1].kind = PIKA_LAYER_LINE;
    layers[1].name = "mean";
    layers[1].points = pika_xy(pika_i64(when), pika_f32(mean), COUNT);
    layers[1].color = PIKA_RGBA(0x56, 0xB4, 0xE9, 0xFF);
    layers[2].kind = PIKA_LAYER_RULE_Y;
    layers[2].name = "alarm";
    layers[2].at = 26;
    layers[2].color = PIKA_RGBA(0xF0, 0x84, 0x3C, 0xFF);
    layers[2].dashes = dashes;
    layers[2].dash_count = 2;

    pika_plot_desc desc = {0};
    desc.title = "Temperature in the hall";
    desc.subtitle = "Half-hourly mean and range of 40 sensors";
    desc.x.format = PIKA_TICKS_TIME;
    desc.x.unit = 1e-9;
    desc.y.label = "\xC2\xB0"
                   "C"; /* degrees */
    desc.layers = layers;
    desc.layer_count = 3;
    desc.theme = pika_theme_dark();
    desc.scale = 2;
    pika_plot_to_png(&ctx, path, &desc, 1800, 840);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "plot_time: %s\n", pika_last_error(&ctx));
    else printf("%s\n", path);
    pika_ctx_free(&ctx);
    return failed;
}
