/* plot_log.c - logarithmic axes, a logarithmic colour bar, and a limit; the dark theme.
   Build: cc -O2 examples/plot_log.c -o plot_log -pthread      Run: ./plot_log [plot_log.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { COUNT = 3000000 };
static float size[COUNT], took[COUNT];

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
    while (factors--) product *= uniform() < 0.5 ? 1 / (1 + uniform()) : 1 + uniform();
    return product;
}

int main(int argc, char **argv)
{
    static const double dashes[2] = {5, 4};
    const char *path = argc > 1 ? argv[1] : "plot_log.png";
    for (int i = 0; i < COUNT; i++) {
        double kib = 8 * scatter(uniform() < 0.7 ? 12 : 40);
        size[i] = (float)kib;
        took[i] = (float)((0.4 + kib / 100) * scatter(6) + (uniform() < 0.02 ? 200 * scatter(3) : 0));
    }
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_shade_desc shade = {0};
    shade.transfer = PIKA_SHADE_LOG;
    shade.colormap = pika_colormap_find("inferno");
    pika_layer layers[2] = {{0}};
    layers[0].points = pika_xy_f32(size, took, COUNT);
    layers[0].shade = &shade;
    layers[0].value_label = "requests per pixel";
    layers[1].kind = PIKA_LAYER_RULE_Y;
    layers[1].at = 250;
    layers[1].name = "promised: 250 ms";
    layers[1].dashes = dashes;
    layers[1].dash_count = 2;

    pika_plot_desc desc = {0};
    desc.title = "Answer times";
    desc.subtitle = "Three million requests; some wait for a retry";
    desc.x.label = "size of the answer (KiB)";
    desc.y.label = "time (ms)";
    desc.x.axis.scale = PIKA_LOG10;
    desc.y.axis.scale = PIKA_LOG10;
    desc.layers = layers;
    desc.layer_count = 2;
    desc.theme = pika_theme_dark();
    pika_plot_to_png(&ctx, path, &desc, 900, 560);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "plot_log: %s\n", pika_last_error(&ctx));
    else printf("%s\n", path);
    pika_ctx_free(&ctx);
    return failed;
}
