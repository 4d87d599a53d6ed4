/* embedded.c - for a small device: no malloc, no threads, no stdio in the library. Grid, framebuffer and
   scratch are static: 160 x 120 in RGB565, 126 KiB. An oscilloscope in XY mode from 16-bit samples.
   Build: cc -O2 examples/embedded.c -o embedded      Run: ./embedded [embedded.png] */
#define PIKA_NO_MALLOC
#define PIKA_NO_STDIO
#define PIKA_NO_THREADS
#define PIKA_NO_COLORMAP_DATA
#define PIKA_IMPLEMENTATION
#include "../pika.h"

#define WIDTH 160
#define HEIGHT 120
typedef struct sample {
    int16_t x, y;
} sample;

static uint64_t grid_memory[(WIDTH * HEIGHT * 4 + 4096) / 8]; /* pika_grid_bytes, checked by pika_grid_init */
static uint64_t scratch[8192 / 8];
static uint16_t framebuffer[WIDTH * HEIGHT];
static sample samples[256]; /* what a DMA buffer would hold */

/* A colormap of one's own: a green phosphor that fades to white. */
static const uint32_t phosphor_stops[] = {0x00180cff, 0x006432ff, 0x12c060ff, 0x8cffaaff, 0xf4fff4ff};
static const pika_colormap phosphor = {"phosphor", phosphor_stops, NULL, 5, 0};

/* Stands in for the converter: two oscillators at 3 : 4 that drift a little (Minsky's circles), and noise. */
static void read_samples(void)
{
    static int32_t a = 192000, b, c = 170000, d = 90000;
    static uint32_t noise = 1;
    for (int i = 0; i < 256; i++) {
        a += b / 64 * 150 / 64;
        b -= a / 64 * 150 / 64;
        c += d / 64 * 200 / 64;
        d -= c / 64 * 200 / 64;
        noise = noise * 1664525u + 1013904223u;
        samples[i].x = (int16_t)(a / 8 + (int32_t)(noise >> 23) - 256);
        samples[i].y = (int16_t)(c / 8 + (int32_t)(noise >> 12 & 511) - 256);
    }
}

/* Everything that runs on the device. */
static pika_result draw(pika_ctx *ctx, pika_image *screen)
{
    pika_ctx_desc ctx_desc = {0};
    ctx_desc.scratch = scratch;
    ctx_desc.scratch_bytes = sizeof scratch;
    pika_ctx_init(ctx, &ctx_desc);

    pika_grid_desc desc = {0};
    desc.view.width = WIDTH;
    desc.view.height = HEIGHT;
    desc.view.x.lo = desc.view.y.lo = -28000;
    desc.view.x.hi = desc.view.y.hi = 28000;
    pika_grid grid = {0};
    pika_result result = pika_grid_init(&grid, &desc, grid_memory, sizeof grid_memory);
    if (result != PIKA_OK) return result;

    pika_points points = pika_xy(pika_strided(&samples[0].x, PIKA_I16, sizeof samples[0]),
        pika_strided(&samples[0].y, PIKA_I16, sizeof samples[0]), 256);
    for (int i = 0; i < 250; i++) {
        read_samples();
        pika_add_points(ctx, &grid, &points);
    }

    screen->width = WIDTH;
    screen->height = HEIGHT;
    screen->pixels = (uint8_t *)framebuffer;
    screen->bytes = sizeof framebuffer;
    screen->format = PIKA_RGB565;
    pika_shade_desc shade = {0};
    shade.transfer = PIKA_SHADE_LOG;
    shade.colormap = &phosphor;
    shade.background = PIKA_RGBA(0, 12, 6, 255);
    pika_shade(ctx, screen, &grid, &shade);
    return pika_status(ctx);
}

/* ---- from here on for the demonstration only: what the screen would show, as a file ---- */
#include <stdio.h>

static int write_bytes(void *user, const void *data, size_t size)
{
    return fwrite(data, 1, size, (FILE *)user) != size;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "embedded.png";
    static pika_ctx ctx;
    pika_image screen = {0};
    pika_png_desc png = {PIKA_PNG_STORED}; /* not compressed: needs no memory */
    if (draw(&ctx, &screen) != PIKA_OK) {
        fprintf(stderr, "embedded: %s\n", pika_last_error(&ctx));
        return 1;
    }
    FILE *file = fopen(path, "wb");
    int failed = !file || pika_encode_png(&ctx, &screen, &png, write_bytes, file) != PIKA_OK;
    if (file && fclose(file)) failed = 1;
    if (failed) fprintf(stderr, "embedded: %s cannot be written\n", path);
    else printf("%s\n", path);
    pika_ctx_free(&ctx);
    return failed;
}
