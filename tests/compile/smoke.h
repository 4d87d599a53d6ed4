/* smoke.h - the same small work for every configuration: points to grid to pixels to PNG, each result checked
   against the plainest way to get it. Include after pika.h; main returns smoke(). C99 and C++11. */
#ifndef SMOKE_H
#define SMOKE_H
#include <stdio.h>
#include <string.h>

enum { SMOKE_WIDTH = 64, SMOKE_HEIGHT = 48, SMOKE_ROWS = 3000000 };

static int smoke_failures;
static uint8_t smoke_x[SMOKE_ROWS], smoke_y[SMOKE_ROWS];
static uint32_t smoke_counts[SMOKE_WIDTH * SMOKE_HEIGHT];
static uint8_t smoke_pixels[SMOKE_WIDTH * SMOKE_HEIGHT * 4];
static double smoke_memory[65536], smoke_scratch[262144];
static size_t smoke_written;
static int smoke_calls;

#define SMOKE(condition) smoke_expect((condition) != 0, #condition, __LINE__)

static void smoke_expect(int ok, const char *what, int line)
{
    if (ok) return;
    smoke_failures++;
    printf("smoke.h:%d: %s\n", line, what);
}

static int smoke_write(void *user, const void *data, size_t size)
{
    static const unsigned char signature[8] = {137, 80, 78, 71, 13, 10, 26, 10};
    if (smoke_written == 0 && size >= 8) *(int *)user = memcmp(data, signature, 8) == 0;
    smoke_written += size;
    return 0;
}

static void smoke_parallel_for(void *user, int count, void (*fn)(void *arg, int i), void *arg)
{
    int i;
    (void)user;
    smoke_calls++;
    for (i = count - 1; i >= 0; i--) fn(arg, i);
}

/* Values 0..99 on axes 0..63 and 0..47: a value is its cell, the last edge included; the rest is outside. */
static void smoke_grid(const pika_ctx_desc *ctx_desc, const char *what)
{
    pika_ctx ctx;
    pika_grid grid;
    pika_grid_desc desc;
    pika_points points =
        pika_xy(pika_strided(smoke_x, PIKA_U8, 0), pika_strided(smoke_y, PIKA_U8, 0), SMOKE_ROWS);
    pika_stats stats;
    memset(&desc, 0, sizeof desc);
    memset(&stats, 0, sizeof stats);
    desc.view.width = SMOKE_WIDTH;
    desc.view.height = SMOKE_HEIGHT;
    desc.view.x.hi = SMOKE_WIDTH;
    desc.view.y.hi = SMOKE_HEIGHT;
    SMOKE(pika_ctx_init(&ctx, ctx_desc) == PIKA_OK);
    SMOKE(pika_grid_bytes(&desc) <= sizeof smoke_memory);
    SMOKE(pika_grid_init(&grid, &desc, smoke_memory, pika_grid_bytes(&desc)) == PIKA_OK);
    SMOKE(pika_add_points(&ctx, &grid, &points) == PIKA_OK);
    SMOKE(pika_grid_stats(&ctx, &grid, &stats) == PIKA_OK);
    SMOKE(stats.total == SMOKE_ROWS && stats.invalid == 0 && stats.inside + stats.outside == stats.total);
    if (memcmp(pika_grid_counts(&grid), smoke_counts, sizeof smoke_counts) != 0) {
        smoke_failures++;
        printf("smoke.h: the counts of %s differ from those of the plain loop\n", what);
    }
    SMOKE(pika_status(&ctx) == PIKA_OK);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    SMOKE(ctx.live_bytes == 0);
}

static void smoke_instruction_sets(void)
{
    pika_ctx_desc desc;
    pika_ctx ctx;
    int isa;
    memset(&desc, 0, sizeof desc);
    desc.threads = 1;
    for (isa = PIKA_ISA_SCALAR; isa <= PIKA_ISA_WASM128; isa++) {
        pika_result result;
        desc.isa = isa;
        result = pika_ctx_init(&ctx, &desc);
        SMOKE(result == PIKA_OK || (result == PIKA_ERR_UNSUPPORTED && isa != pika_cpu_isa()));
        pika_ctx_free(&ctx);
        if (result == PIKA_OK) smoke_grid(&desc, pika_isa_string(isa));
#ifdef PIKA_NO_SIMD
        SMOKE(result == PIKA_OK ? isa == PIKA_ISA_SCALAR : 1);
#endif
#ifdef PIKA_NO_AVX2
        SMOKE(isa != PIKA_ISA_AVX2 || result == PIKA_ERR_UNSUPPORTED);
#endif
#ifdef PIKA_NO_AVX512
        SMOKE(isa != PIKA_ISA_AVX512 || result == PIKA_ERR_UNSUPPORTED);
#endif
#ifdef PIKA_NO_NEON
        SMOKE(isa != PIKA_ISA_NEON || result == PIKA_ERR_UNSUPPORTED);
#endif
    }
    SMOKE(strcmp(pika_isa_string(pika_cpu_isa()), "?") != 0);
}

static void smoke_threads(void)
{
    pika_ctx_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.scratch = smoke_scratch;
    desc.scratch_bytes = sizeof smoke_scratch;
    desc.threads = 5; /* the pool, or with PIKA_NO_THREADS none */
    smoke_grid(&desc, "five threads");
    desc.parallel_for = smoke_parallel_for;
    smoke_grid(&desc, "the caller's parallel_for");
    SMOKE(smoke_calls > 0);
}

static void smoke_picture(void)
{
    pika_ctx ctx;
    pika_grid grid;
    pika_grid_desc desc;
    pika_image image;
    pika_png_desc png;
    pika_points points = pika_xy(pika_strided(smoke_x, PIKA_U8, 0), pika_strided(smoke_y, PIKA_U8, 0), 500);
    pika_ctx_desc ctx_desc;
    pika_result result;
    const uint32_t *counts;
    int i, wrong = 0, signature = 0;
    memset(&ctx_desc, 0, sizeof ctx_desc);
    memset(&desc, 0, sizeof desc);
    memset(&image, 0, sizeof image);
    memset(&png, 0, sizeof png);
    ctx_desc.threads = 1;
    ctx_desc.scratch = smoke_scratch;
    ctx_desc.scratch_bytes = sizeof smoke_scratch;
    desc.view.width = image.width = SMOKE_WIDTH;
    desc.view.height = image.height = SMOKE_HEIGHT;
    image.pixels = smoke_pixels;
    image.bytes = sizeof smoke_pixels;
    SMOKE(pika_ctx_init(&ctx, &ctx_desc) == PIKA_OK);
    SMOKE(pika_fit(&ctx, &points, &desc.view) == PIKA_OK);
    SMOKE(pika_grid_init(&grid, &desc, smoke_memory, sizeof smoke_memory) == PIKA_OK);
    SMOKE(pika_add_points(&ctx, &grid, &points) == PIKA_OK);
    SMOKE(pika_shade(&ctx, &image, &grid, NULL) == PIKA_OK);
    counts = pika_grid_counts(&grid);
    for (i = 0; i < SMOKE_WIDTH * SMOKE_HEIGHT; i++) {
        int x = i % SMOKE_WIDTH, row = SMOKE_HEIGHT - 1 - i / SMOKE_WIDTH;
        wrong += (smoke_pixels[4 * i + 3] == 255) != (counts[row * SMOKE_WIDTH + x] > 0);
    }
    SMOKE(wrong == 0); /* a pixel is opaque where there is a row, and only there */
    result = pika_encode_png(&ctx, &image, &png, smoke_write, &signature);
#ifdef PIKA_NO_PNG
    SMOKE(result == PIKA_ERR_UNSUPPORTED);
    SMOKE(pika_status(&ctx) == PIKA_ERR_UNSUPPORTED);
#else
    SMOKE(result == PIKA_OK && signature && smoke_written > 100);
#endif
    smoke_written = 0;
    SMOKE(pika_encode_ppm(&ctx, &image, smoke_write, &signature) == PIKA_OK);
    SMOKE(smoke_written == 13 + 3 * SMOKE_WIDTH * SMOKE_HEIGHT);
    result = pika_write_ppm(&ctx, "smoke.ppm", &image);
#ifdef PIKA_NO_STDIO
    SMOKE(result == PIKA_ERR_UNSUPPORTED);
    SMOKE(strstr(pika_last_error(&ctx), "PIKA_NO_STDIO") != NULL);
    SMOKE(pika_status(&ctx) == PIKA_ERR_UNSUPPORTED);
#else
    SMOKE(result == PIKA_OK && remove("smoke.ppm") == 0);
#endif
    SMOKE(pika_status(&ctx) == PIKA_OK);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
}

#ifndef PIKA_NO_CANVAS
/* A line and a word, or that there is no font. */
static void smoke_canvas(void)
{
    pika_canvas canvas;
    pika_image image;
    pika_text text;
    pika_ctx ctx;
    pika_result result;
    int i, inked[2] = {0, 0};
    memset(&image, 0, sizeof image);
    memset(&text, 0, sizeof text);
    image.width = SMOKE_WIDTH;
    image.height = SMOKE_HEIGHT;
    image.pixels = smoke_pixels;
    image.bytes = sizeof smoke_pixels;
    text.size = 11;
    text.color = 0xFFFFFFFFu;
    SMOKE(pika_ctx_init(&ctx, NULL) == PIKA_OK);
    SMOKE(pika_canvas_init(&ctx, &canvas, &image) == PIKA_OK);
    SMOKE(pika_canvas_clear(&canvas, 0x000000FFu) == PIKA_OK);
    result = pika_canvas_rect(&canvas, 1, 1, 6, 3);
    if (result == PIKA_OK) result = pika_canvas_fill(&canvas, 0xFFFFFFFFu, PIKA_NONZERO);
    for (i = 0; i < SMOKE_WIDTH * SMOKE_HEIGHT; i++) inked[0] += smoke_pixels[4 * i] != 0;
    #ifdef PIKA_NO_MALLOC
    SMOKE(result == PIKA_ERR_MEMORY && inked[0] == 0);
    #else
    SMOKE(result == PIKA_OK && inked[0] == 18);
    #endif
    result = pika_canvas_text(&canvas, 1, 12, "pika", &text);
    for (i = 0; i < SMOKE_WIDTH * SMOKE_HEIGHT; i++) inked[1] += smoke_pixels[4 * i] != 0;
    #if defined(PIKA_NO_FONT)
    SMOKE(result == PIKA_ERR_UNSUPPORTED && inked[1] == inked[0]);
    #elif defined(PIKA_NO_MALLOC)
    SMOKE(result == PIKA_ERR_MEMORY && inked[1] == 0);
    #else
    SMOKE(result == PIKA_OK && inked[1] > inked[0] + 10);
    #endif
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
}
#endif

/* pika's own zones inside one of the caller's, or the word that there are none. */
static void smoke_profile(void)
{
    pika_ctx ctx;
    pika_ctx_desc ctx_desc;
    pika_profile_desc desc;
    pika_view view;
    pika_zone_stats zones[8];
    pika_points points = pika_xy(pika_strided(smoke_x, PIKA_U8, 0), pika_strided(smoke_y, PIKA_U8, 0), 500);
    pika_result result;
    size_t count = 0;
    memset(&ctx_desc, 0, sizeof ctx_desc);
    memset(&desc, 0, sizeof desc);
    memset(&view, 0, sizeof view);
    memset(zones, 0, sizeof zones);
    ctx_desc.threads = 1;
    desc.events = 64;
    desc.memory = smoke_memory;
    desc.bytes = sizeof smoke_memory;
    SMOKE(pika_ctx_init(&ctx, &ctx_desc) == PIKA_OK);
    result = pika_profile_start(&ctx, &desc);
    pika_zone_begin(&ctx, "smoke");
    SMOKE(pika_fit(&ctx, &points, &view) == PIKA_OK);
    pika_zone_end(&ctx, 0, 0);
#ifdef PIKA_NO_PROFILER
    SMOKE(result == PIKA_ERR_UNSUPPORTED);
    SMOKE(strstr(pika_last_error(&ctx), "PIKA_NO_PROFILER") != NULL);
    SMOKE(pika_profile_zones(&ctx, zones, 8, &count) == PIKA_ERR_UNSUPPORTED && count == 0);
#else
    SMOKE(result == PIKA_OK);
    SMOKE(pika_profile_zones(&ctx, zones, 8, &count) == PIKA_OK && count >= 2);
    SMOKE(zones[0].calls == 1 && zones[0].total >= zones[1].total);
    SMOKE(pika_status(&ctx) == PIKA_OK);
#endif
    pika_profile_stop(&ctx);
    pika_ctx_free(&ctx);
}

static void smoke_memory_of_pika(void)
{
    pika_image image;
    pika_points points = pika_xy(pika_strided(smoke_x, PIKA_U8, 0), pika_strided(smoke_y, PIKA_U8, 0), 500);
    pika_result result = pika_points_to_image(NULL, &image, &points, SMOKE_WIDTH, SMOKE_HEIGHT);
#ifdef PIKA_NO_MALLOC
    SMOKE(result == PIKA_ERR_MEMORY);
#else
    SMOKE(result == PIKA_OK && image.width == SMOKE_WIDTH && image.owned);
    if (result == PIKA_OK) pika_image_free(NULL, &image);
#endif
}

static void smoke_colormaps(void)
{
    uint32_t table[256];
    SMOKE(pika_colormap_find("viridis") != NULL && pika_colormap_find("grey") != NULL);
    SMOKE(pika_colormap_table(pika_colormap_find("grey"), table) == PIKA_OK);
    SMOKE(table[0] == PIKA_RGBA(0, 0, 0, 255) && table[255] == PIKA_RGBA(255, 255, 255, 255));
#ifdef PIKA_NO_COLORMAP_DATA
    SMOKE(pika_colormap_find("magma") == NULL);
#else
    SMOKE(pika_colormap_find("magma") != NULL && pika_colormap_count() >= 12);
#endif
}

static int smoke(void)
{
    uint32_t state = 1;
    int i;
    for (i = 0; i < SMOKE_ROWS; i++) {
        state = state * 1664525u + 1013904223u;
        smoke_x[i] = (uint8_t)((state >> 24) % 100u);
        smoke_y[i] = (uint8_t)((state >> 16) % 100u);
        if (smoke_x[i] <= SMOKE_WIDTH && smoke_y[i] <= SMOKE_HEIGHT) {
            int x = smoke_x[i] < SMOKE_WIDTH ? smoke_x[i] : SMOKE_WIDTH - 1;
            int y = smoke_y[i] < SMOKE_HEIGHT ? smoke_y[i] : SMOKE_HEIGHT - 1;
            smoke_counts[y * SMOKE_WIDTH + x]++;
        }
    }
    SMOKE(pika_version() == PIKA_VERSION);
    SMOKE(strstr(pika_build_info(), PIKA_VERSION_STRING) != NULL);
    smoke_instruction_sets();
    smoke_threads();
    smoke_picture();
#ifndef PIKA_NO_CANVAS
    smoke_canvas();
#endif
    smoke_profile();
    smoke_memory_of_pika();
    smoke_colormaps();
    printf("%s: %s\n", pika_build_info(), smoke_failures > 0 ? "FAILED" : "all as it should be");
    return smoke_failures > 0;
}
#endif
