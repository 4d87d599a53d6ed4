/* axes.c - eight axes drawn with the pieces: pika_make_ticks says where and what, the canvas draws.
   Build: cc -O2 examples/axes.c -o axes -pthread      Run: ./axes [axes.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { WIDTH = 900, ROW = 74, LEFT = 40, LENGTH = 760, INK = 0x202428 };
#define COLOR(rgb) (((uint32_t)(rgb) << 8) | 255u)

typedef struct example {
    const char *title;
    double lo, hi;
    int64_t origin;
    int scale, format;
    double unit;
} example;

static const example examples[8] = {
    {"Numbers", -0.3, 1.1, 0, PIKA_LINEAR, PIKA_TICKS_NUMBER, 0},
    {"Large numbers that differ little", 1700000000, 1700000010, 0, PIKA_LINEAR, PIKA_TICKS_NUMBER, 0},
    {"Hertz, with SI prefixes", 0, 48000, 0, PIKA_LINEAR, PIKA_TICKS_SI, 0},
    {"Shares", 0, 0.35, 0, PIKA_LINEAR, PIKA_TICKS_PERCENT, 0},
    {"Logarithmic", 2e-4, 3e6, 0, PIKA_LOG10, PIKA_TICKS_NUMBER, 0},
    {"Both sides of zero (symlog)", -2e4, 1e6, 0, PIKA_SYMLOG, PIKA_TICKS_NUMBER, 0},
    {"A night, in seconds since 1970", 1795201200, 1795255200, 0, PIKA_LINEAR, PIKA_TICKS_TIME, 1},
    {"Nanoseconds since 1970, in 64 bits", 0, 45000, INT64_C(1795212907250000000), PIKA_LINEAR,
        PIKA_TICKS_TIME, 1e-9},
};

static void line(pika_canvas *canvas, double x0, double y0, double x1, double y1)
{
    pika_canvas_begin(canvas);
    pika_canvas_move_to(canvas, x0, y0);
    pika_canvas_line_to(canvas, x1, y1);
    pika_canvas_stroke(canvas, COLOR(INK), NULL);
}

static double pixel(double x) { return (double)(int)x + 0.5; } /* sharp lines */

static void draw(pika_ctx *ctx, pika_canvas *canvas, const example *e, double y)
{
    pika_axis axis = {0};
    axis.lo = e->lo;
    axis.hi = e->hi;
    axis.origin = e->origin;
    axis.scale = e->scale;

    pika_ticks_desc desc = {0};
    desc.length = LENGTH;
    desc.text = 12;
    desc.format = e->format;
    desc.unit = e->unit;

    static pika_ticks ticks;
    if (pika_make_ticks(ctx, &axis, &desc, &ticks) != PIKA_OK) return;

    pika_text text = {0};
    text.size = 12;
    text.color = COLOR(INK);
    text.weight = 1;
    pika_canvas_text(canvas, LEFT, y - 12, e->title, &text);
    text.weight = 0;
    line(canvas, LEFT, pixel(y), LEFT + LENGTH, pixel(y));
    for (int i = 0; i < ticks.minor_count; i++) {
        double x = pixel((double)LEFT + ticks.minor[i] * (double)LENGTH);
        line(canvas, x, y, x, y + 4);
    }
    text.align = PIKA_ALIGN_CENTER;
    text.baseline = PIKA_TOP;
    for (int i = 0; i < ticks.count; i++) {
        double x = pixel((double)LEFT + ticks.at[i] * (double)LENGTH);
        line(canvas, x, y, x, y + 8);
        pika_canvas_text(canvas, x, y + 11, ticks.label[i], &text);
    }
    text.align = PIKA_ALIGN_END; /* what the labels have in common */
    text.color = COLOR(0x707880);
    text.baseline = PIKA_BASELINE;
    pika_canvas_text(canvas, LEFT + LENGTH, y - 12, ticks.offset, &text);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "axes.png";
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);
    pika_image image = {0};
    pika_image_alloc(&ctx, &image, WIDTH, 8 * ROW);
    pika_canvas canvas = {0};
    pika_canvas_init(&ctx, &canvas, &image);
    pika_canvas_clear(&canvas, COLOR(0xFFFFFF));
    for (int i = 0; i < 8; i++) draw(&ctx, &canvas, &examples[i], i * ROW + 34);
    pika_write_png(&ctx, path, &image);
    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "axes: %s\n", pika_last_error(&ctx));
    else printf("%s\n", path);
    pika_canvas_free(&canvas);
    pika_image_free(&ctx, &image);
    pika_ctx_free(&ctx);
    return failed;
}
