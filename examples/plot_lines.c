/* plot_lines.c - lines with a legend that keeps out of their way, a level, and a note.
   Build: cc -O2 examples/plot_lines.c -o plot_lines -pthread      Run: ./plot_lines [plot_lines.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { COUNT = 600, KINDS = 4 };
static double t[COUNT], y[KINDS][COUNT];

int main(int argc, char **argv)
{
    static const char *const names[KINDS] = {"damping 0.1", "damping 0.3", "damping 0.6", "damping 1.2"};
    static const double damping[KINDS] = {0.1, 0.3, 0.6, 1.2}, dashes[2] = {5, 4};
    const char *path = argc > 1 ? argv[1] : "plot_lines.png";
    for (int k = 0; k < KINDS; k++) { /* a mass on a spring, step by step */
        double place = 1, speed = 0;
        for (int i = 0; i < COUNT; i++) {
            t[i] = i / 30.0;
            y[k][i] = place;
            for (int step = 0; step < 100; step++) {
                speed -= (place + damping[k] * speed) / 3000;
                place += speed / 3000;
            }
        }
    }
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_layer layers[KINDS + 2] = {{0}};
    for (int k = 0; k < KINDS; k++) {
        layers[k].kind = PIKA_LAYER_LINE; /* colours are the palette's, in turn */
        layers[k].points = pika_xy_f64(t, y[k], COUNT);
        layers[k].name = names[k];
    }
    layers[KINDS].kind = PIKA_LAYER_RULE_Y;
    layers[KINDS].dashes = dashes;
    layers[KINDS].dash_count = 2;
    double note_x = 12, note_y = 0.55;
    layers[KINDS + 1].kind = PIKA_LAYER_TEXT;
    layers[KINDS + 1].points = pika_xy_f64(&note_x, &note_y, 1);
    layers[KINDS + 1].name = "little damping: it still swings";
    layers[KINDS + 1].baseline = PIKA_BOTTOM;

    pika_plot_desc desc = {0};
    desc.title = "A mass on a spring";
    desc.x.label = "time (s)";
    desc.y.label = "displacement (mm)";
    desc.x.axis.hi = 20; /* from 0; y is fitted */
    desc.layers = layers;
    desc.layer_count = KINDS + 2;
    pika_plot_to_png(&ctx, path, &desc, 900, 560);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "plot_lines: %s\n", pika_last_error(&ctx));
    else printf("%s\n", path);
    pika_ctx_free(&ctx);
    return failed;
}
