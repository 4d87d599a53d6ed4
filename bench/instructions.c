/* instructions.c - what pika executes for given work, in instructions: the same number on a busy machine and
   on an idle one, so that a check can compare it with a committed one.
   Build:  gcc -O2 -I. bench/instructions.c -o instructions -pthread
   Run:    bench/instructions.sh, which runs it under `valgrind --tool=callgrind --instr-atstart=no`

   One thread. Every case prepares its data unseen, turns counting on for one call of pika, and has callgrind
   write a file whose trigger is the case's name. All memory comes from one block with the same addresses in
   every run: where an array begins decides how many steps a loop takes at its ends. Times are measured by
   bench.c: instructions know nothing of caches. */

#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>
#include <string.h>

#ifdef __has_include
    #if __has_include(<valgrind/callgrind.h>)
        #include <valgrind/callgrind.h>
    #endif
#endif
#ifndef CALLGRIND_DUMP_STATS_AT
    #define CALLGRIND_START_INSTRUMENTATION (void)0
    #define CALLGRIND_STOP_INSTRUMENTATION (void)0
    #define CALLGRIND_DUMP_STATS_AT(text) (void)(text)
    #define RUNNING_ON_VALGRIND 0
#endif

enum { POINTS = 200000, STAR_POINTS = 4000, PAGE = 4096, BLOCK = 160 << 20 };

typedef enum work {
    ADD,
    FIT,
    MERGE,
    SHADE,
    PNG,
    LINE, /* marks into a grid from here on */
    LINE_AA,
    POLYGON,
    POLYGON_AA,
    FILL, /* drawn on a canvas from here on */
    STROKE,
    SEGMENTS,
    MARKERS,
    LABELS,
    PLOT
} work;
typedef enum data { UNIFORM, WALK, ZOOM, STAR } data; /* STAR: a polygon, its rays of random lengths */
typedef enum form {
    F32,
    F64,
    PAIRS,
    I16,
    I64,
    LOG
} form; /* PAIRS: x and y in turn; LOG: f32, two log axes */

typedef struct task {
    const char *name;
    work work;
    form form;
    data data;
    int side; /* of the grid, in cells */
    unsigned planes;
    int categories, strategy, isa; /* isa: 0 = that of --isa */
    int transfer;                  /* of SHADE */
} task;

#define COUNT 0, 0
static const task tasks[] = {
    {"count-f32-256-uniform", ADD, F32, UNIFORM, 256, COUNT, 0, 0, 0},
    {"count-f32-1000-uniform", ADD, F32, UNIFORM, 1000, COUNT, 0, 0, 0},
    {"count-f32-1024-uniform", ADD, F32, UNIFORM, 1024, COUNT, 0, 0, 0},
    {"count-f32-256-walk", ADD, F32, WALK, 256, COUNT, 0, 0, 0},
    {"count-f32-256-zoom", ADD, F32, ZOOM, 256, COUNT, 0, 0, 0},
    {"count-f64-256-uniform", ADD, F64, UNIFORM, 256, COUNT, 0, 0, 0},
    {"count-pairs-256-uniform", ADD, PAIRS, UNIFORM, 256, COUNT, 0, 0, 0},
    {"count-i16-256-uniform", ADD, I16, UNIFORM, 256, COUNT, 0, 0, 0},
    {"count-i64-256-uniform", ADD, I64, UNIFORM, 256, COUNT, 0, 0, 0},
    {"count-log-256-uniform", ADD, LOG, UNIFORM, 256, COUNT, 0, 0, 0},
    {"count-f32-256-uniform-direct", ADD, F32, UNIFORM, 256, COUNT, PIKA_STRATEGY_DIRECT, 0, 0},
    {"count-f32-256-uniform-private", ADD, F32, UNIFORM, 256, COUNT, PIKA_STRATEGY_PRIVATE, 0, 0},
    {"count-f32-256-uniform-tiles", ADD, F32, UNIFORM, 256, COUNT, PIKA_STRATEGY_TILES, 0, 0},
    {"count-f32-1024-uniform-private", ADD, F32, UNIFORM, 1024, COUNT, PIKA_STRATEGY_PRIVATE, 0, 0},
    {"count-f32-256-walk-private", ADD, F32, WALK, 256, COUNT, PIKA_STRATEGY_PRIVATE, 0, 0},
    {"count-f32-256-uniform-sse2", ADD, F32, UNIFORM, 256, COUNT, 0, PIKA_ISA_SSE2, 0},
    {"count-f32-256-uniform-scalar", ADD, F32, UNIFORM, 256, COUNT, 0, PIKA_ISA_SCALAR, 0},
    {"sum-f32-256-uniform", ADD, F32, UNIFORM, 256, PIKA_SUM, 0, 0, 0, 0},
    {"mean-f32-256-walk", ADD, F32, WALK, 256, PIKA_MEAN, 0, 0, 0, 0},
    {"mean-f32-256-uniform-tiles", ADD, F32, UNIFORM, 256, PIKA_MEAN, 0, PIKA_STRATEGY_TILES, 0, 0},
    {"min-f32-256-uniform", ADD, F32, UNIFORM, 256, PIKA_MIN, 0, 0, 0, 0},
    {"first-f64-256-uniform", ADD, F64, UNIFORM, 256, PIKA_FIRST, 0, 0, 0, 0},
    {"category-f32-256-uniform", ADD, F32, UNIFORM, 256, 0, 4, 0, 0, 0},
    {"fit-f32", FIT, F32, UNIFORM, 256, COUNT, 0, 0, 0},
    {"fit-f64", FIT, F64, UNIFORM, 256, COUNT, 0, 0, 0},
    {"merge-mean-512", MERGE, F32, UNIFORM, 512, PIKA_MEAN, 0, 0, 0, 0},
    {"shade-log-512", SHADE, F32, UNIFORM, 512, COUNT, 0, 0, PIKA_SHADE_LOG},
    {"shade-eq_hist-512", SHADE, F32, WALK, 512, COUNT, 0, 0, PIKA_SHADE_EQ_HIST},
    {"shade-mean-512", SHADE, F32, UNIFORM, 512, PIKA_MEAN, 0, 0, 0, PIKA_SHADE_LINEAR},
    {"shade-category-256", SHADE, F32, UNIFORM, 256, 0, 4, 0, 0, PIKA_SHADE_LOG},
    {"png-walk-512", PNG, F32, WALK, 512, COUNT, 0, 0, PIKA_SHADE_EQ_HIST},
    {"png-uniform-512", PNG, F32, UNIFORM, 512, COUNT, 0, 0, PIKA_SHADE_EQ_HIST},
    {"line-f32-1024-walk", LINE, F32, WALK, 1024, COUNT, 0, 0, 0},
    {"line-aa-f32-1024-walk", LINE_AA, F32, WALK, 1024, PIKA_COVERAGE, 0, 0, 0, 0},
    {"polygon-f32-1024-star", POLYGON, F32, STAR, 1024, COUNT, 0, 0, 0},
    {"polygon-aa-f32-1024-star", POLYGON_AA, F32, STAR, 1024, PIKA_COVERAGE, 0, 0, 0, 0},
    {"canvas-fill-1024-star", FILL, F32, STAR, 1024, COUNT, 0, 0, 0},
    {"canvas-stroke-1024-star", STROKE, F32, STAR, 1024, COUNT, 0, 0, 0},
    {"canvas-segments-1024-walk", SEGMENTS, F32, WALK, 1024, COUNT, 0, 0, 0},
    {"canvas-markers-1024-uniform", MARKERS, F32, UNIFORM, 1024, COUNT, 0, 0, 0},
    {"canvas-labels-1024", LABELS, F32, UNIFORM, 1024, COUNT, 0, 0, 0},
    {"plot-markers-1024-uniform", PLOT, F32, UNIFORM, 1024, COUNT, 0, 0, 0},
};
enum { TASKS = (int)(sizeof tasks / sizeof tasks[0]) };

/* ---- memory: from the front of the block, given back when it was the last ----------------------------- */

static unsigned char block[BLOCK + PAGE];
static size_t used, before_last;

static void *take(size_t size, size_t align, void *user)
{
    const size_t page = (PAGE - (uintptr_t)block % PAGE) % PAGE, at = (used + align - 1) / align * align;
    (void)user;
    if (align > PAGE || at > BLOCK || size > BLOCK - at) return NULL;
    before_last = used;
    used = at + size;
    return block + page + at;
}

static void give(void *memory, size_t size, void *user)
{
    const size_t page = (PAGE - (uintptr_t)block % PAGE) % PAGE;
    (void)user;
    if ((unsigned char *)memory + size == block + page + used) used = before_last;
}

/* ---- data: from integers, so that no libm can differ --------------------------------------------------- */

static uint64_t random_state;

static uint32_t random_bits(int bits)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> (64 - bits));
}

/* The next coordinate in 0..2^24 - 1, by the distribution. */
static int32_t next_place(data kind, int32_t *at)
{
    const int32_t end = 1 << 24;
    if (kind != WALK) return (int32_t)random_bits(24);
    *at += (int32_t)random_bits(13) - (1 << 12); /* steps of up to a 4096th of the picture */
    if (*at < 0) *at = -*at;
    if (*at >= end) *at = 2 * end - 1 - *at;
    return *at;
}

static void *take_array(size_t element) { return take(POINTS * element, PAGE, NULL); }

static void put(void *array, form how, size_t i, int32_t place)
{
    const double unit = (double)place / (1 << 24);
    if (how == F64) ((double *)array)[i] = unit;
    else if (how == I16) ((int16_t *)array)[i] = (int16_t)(place / 256 - 32768);
    else if (how == I64) ((int64_t *)array)[i] = INT64_C(1700000000000000000) + (int64_t)place * 4096;
    else if (how == LOG) ((float *)array)[i] = (float)(1 + 999 * unit);
    else ((float *)array)[i] = (float)unit;
}

/* A polygon around the middle of the picture: rays to the edges of a square, cut to random lengths of a half
   and more. */
static void make_star(form how, unsigned char *x, unsigned char *y)
{
    const int32_t middle = 1 << 23, side = STAR_POINTS / 4;
    int32_t i, k;
    for (i = 0; i < STAR_POINTS; i++) {
        const int64_t length = (1 << 15) + (int64_t)random_bits(15); /* of 2^16 */
        int32_t u = (i % side * 2 - side) * (middle / side), v = 1 - middle;
        for (k = 0; k < i / side; k++) { /* the square's sides, each a quarter turn further */
            const int32_t turned = -v;
            v = u;
            u = turned;
        }
        put(x, how, (size_t)i, middle + (int32_t)(u * length / 65536));
        put(y, how, (size_t)i, middle + (int32_t)(v * length / 65536));
    }
}

static pika_points make_points(const task *now)
{
    static const int types[] = {PIKA_F32, PIKA_F64, PIKA_F32, PIKA_I16, PIKA_I64, PIKA_F32};
    static const size_t sizes[] = {4, 8, 4, 2, 8, 4};
    const size_t size = sizes[now->form], step = now->form == PAIRS ? 2 : 1;
    unsigned char *x = (unsigned char *)take_array(size * step);
    unsigned char *y = now->form == PAIRS ? x + size : (unsigned char *)take_array(size);
    float *value = (float *)take_array(4);
    unsigned char *category = (unsigned char *)take_array(1);
    int32_t at_x = 1 << 23, at_y = 1 << 23;
    pika_points points;
    size_t i;
    random_state = 1;
    for (i = 0; i < POINTS; i++) {
        put(x, now->form, i * step, next_place(now->data, &at_x));
        put(y, now->form, i * step, next_place(now->data, &at_y));
        value[i] = (float)random_bits(16);
        category[i] = (unsigned char)random_bits(2);
    }
    points = pika_xy(pika_strided(x, types[now->form], (ptrdiff_t)(size * step)),
        pika_strided(y, types[now->form], (ptrdiff_t)(size * step)), POINTS);
    points.value = pika_f32(value);
    points.category = pika_strided(category, PIKA_U8, 0);
    if (now->data == STAR) {
        make_star(now->form, x, y);
        points.count = STAR_POINTS;
    }
    return points;
}

static pika_axis make_axis(const task *now)
{
    pika_axis axis = {0, 1, 0, PIKA_LINEAR, 0};
    if (now->form == I16) axis.lo = -32768, axis.hi = 32767;
    if (now->form == I64) axis.origin = INT64_C(1700000000000000000), axis.hi = 68719476736.0;
    if (now->form == LOG) axis.lo = 1, axis.hi = 1000, axis.scale = PIKA_LOG10;
    if (now->data == ZOOM) axis.lo = 0.3, axis.hi = 0.6;
    return axis;
}

/* ---- one case ----------------------------------------------------------------------------------------- */

static int count_bytes(void *user, const void *bytes, size_t size)
{
    (void)bytes;
    *(size_t *)user += size;
    return 0;
}

static void add_marks(pika_ctx *ctx, pika_grid *grid, const pika_points *points, work kind)
{
    pika_lines line = {0};
    pika_polygons polygon = {0};
    line.points = polygon.points = *points;
    line.line_count = polygon.ring_count = polygon.polygon_count = 1;
    line.width = kind == LINE_AA;
    polygon.flags = kind == POLYGON_AA ? PIKA_FILL_AA : 0;
    if (kind == LINE || kind == LINE_AA) pika_add_lines(ctx, grid, &line);
    else pika_add_polygons(ctx, grid, &polygon);
}

/* Onto a white picture as wide as 1 is here. */
static void draw(pika_ctx *ctx, const pika_image *image, const pika_points *points, work kind)
{
    const double side = image->width, transform[6] = {side, 0, 0, side, 0, 0};
    const uint32_t ink = PIKA_RGBA(32, 64, 128, 255);
    pika_points from = *points;
    pika_canvas canvas;
    pika_canvas_init(ctx, &canvas, image);
    pika_canvas_clear(&canvas, PIKA_RGBA(255, 255, 255, 255));
    if (kind == PLOT) {
        pika_layer layer = {0};
        pika_plot_desc desc = {0};
        pika_plot plot;
        layer.kind = PIKA_LAYER_MARKERS;
        layer.points = pika_xy(points->x, points->y, points->count);
        desc.layers = &layer;
        desc.layer_count = 1;
        desc.title = "Uniform";
        pika_plot_layout(ctx, &plot, &desc, image->width, image->height);
        pika_plot_draw(&canvas, &plot);
    } else if (kind == LABELS) {
        pika_text text = {0};
        int i;
        text.size = 11;
        text.color = ink;
        for (i = 0; i < 500; i++) pika_canvas_text(&canvas, i % 20 * 50, i / 20 * 40, "-12.5 ms", &text);
    } else {
        pika_canvas_set_transform(&canvas, transform);
        pika_canvas_begin(&canvas);
        if (kind == FILL || kind == STROKE) pika_canvas_polyline(&canvas, points);
        if (kind == FILL) pika_canvas_fill(&canvas, ink, PIKA_NONZERO);
        if (kind == STROKE) pika_canvas_stroke(&canvas, ink, NULL);
        if (kind == SEGMENTS) { /* from each row to the next */
            const pika_column x1 = pika_f32((const float *)points->x.data + 1);
            const pika_column y1 = pika_f32((const float *)points->y.data + 1);
            from.count--;
            pika_canvas_segments(&canvas, &from, &x1, &y1, 1, ink);
        }
        if (kind == MARKERS) {
            pika_markers markers = {0};
            markers.points = from;
            markers.size = 6;
            markers.color = ink;
            pika_canvas_markers(&canvas, &markers);
        }
    }
    pika_canvas_free(&canvas);
}

/* 1 = done; pika's error is told */
static int run_task(const task *now, int isa)
{
    pika_ctx_desc how = {0};
    pika_ctx ctx = {0};
    pika_grid_desc desc = {0};
    pika_grid grid = {0}, other = {0};
    pika_image image = {0};
    pika_shade_desc shade = {0};
    pika_stats stats = {0};
    pika_points points;
    size_t bytes = 0;
    used = before_last = 0;
    how.threads = 1;
    how.isa = now->isa != 0 ? now->isa : isa;
    how.strategy = now->strategy;
    how.alloc_fn = take;
    how.free_fn = give;
    desc.planes = now->planes;
    desc.categories = now->categories;
    desc.view.width = desc.view.height = now->side;
    desc.view.x = desc.view.y = make_axis(now);
    shade.plane = now->planes & ~(unsigned)PIKA_COUNT;
    shade.transfer = now->transfer;
    points = make_points(now);

    /* the first error stays, and the calls after it do no harm */
    if (pika_ctx_init(&ctx, &how) != PIKA_OK) {
        fprintf(stderr, "instructions: %s: no context with %s here\n", now->name, pika_isa_string(how.isa));
        return 0;
    }
    pika_grid_alloc(&ctx, &grid, &desc);
    if (now->work == MERGE) {
        pika_grid_alloc(&ctx, &other, &desc);
        pika_add_points(&ctx, &other, &points);
    }
    if (now->work != ADD && now->work < LINE) pika_add_points(&ctx, &grid, &points);
    if (now->work == SHADE || now->work == PNG || now->work >= FILL)
        pika_image_alloc(&ctx, &image, now->side, now->side);
    if (now->work == PNG) pika_shade(&ctx, &image, &grid, &shade);

    CALLGRIND_START_INSTRUMENTATION;
    if (now->work == ADD) pika_add_points(&ctx, &grid, &points);
    else if (now->work == FIT) pika_fit(&ctx, &points, &desc.view);
    else if (now->work == MERGE) pika_grid_merge(&ctx, &grid, &other);
    else if (now->work == SHADE) pika_shade(&ctx, &image, &grid, &shade);
    else if (now->work >= FILL) draw(&ctx, &image, &points, now->work);
    else if (now->work >= LINE) add_marks(&ctx, &grid, &points, now->work);
    else pika_encode_png(&ctx, &image, NULL, count_bytes, &bytes);
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(now->name);

    if (now->work >= FILL) { /* what is drawn is counted by a grid's numbers */
        size_t i;
        for (i = 0; i < image.bytes; i++) stats.inside += image.pixels[i] != 255;
        stats.total = stats.inside;
    } else pika_grid_stats(&ctx, &grid, &stats);
    if (pika_status(&ctx) != PIKA_OK || stats.total < (now->work < POLYGON ? POINTS : 1) ||
        stats.inside == 0 || (now->work == PNG && bytes == 0)) {
        fprintf(stderr, "instructions: %s: %s\n", now->name, pika_last_error(&ctx));
        return 0;
    }
    pika_image_free(&ctx, &image);
    pika_grid_free(&ctx, &other);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return 1;
}

static const char *compiler(void)
{
    static char text[64];
#if defined(__clang__)
    snprintf(text, sizeof text, "clang %d.%d", __clang_major__, __clang_minor__);
#elif defined(__GNUC__) && !defined(__TINYC__)
    snprintf(text, sizeof text, "gcc %d.%d", __GNUC__, __GNUC_MINOR__);
#else
    snprintf(text, sizeof text, "unknown");
#endif
    return text;
}

int main(int argc, char **argv)
{
    int isa = PIKA_ISA_AVX2, i, k, named = 0, ran = 0, done = 0, wanted[TASKS] = {0};
    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            for (k = 0; k < TASKS; k++) printf("%s\n", tasks[k].name);
            return 0;
        } else if (strcmp(argv[i], "--compiler") == 0) {
            printf("%s\n", compiler());
            return 0;
        } else if (strcmp(argv[i], "--isa") == 0 && i + 1 < argc) {
            for (isa = PIKA_ISA_SCALAR, i++; isa <= PIKA_ISA_WASM128; isa++)
                if (strcmp(pika_isa_string(isa), argv[i]) == 0) break;
        } else if (argv[i][0] == '-') {
            fprintf(stderr, "usage: instructions [--list] [--compiler] [--isa NAME] [CASE...]\n");
            return 2;
        } else {
            for (k = 0; k < TASKS && strcmp(argv[i], tasks[k].name) != 0;) k++;
            if (k == TASKS) {
                fprintf(stderr, "instructions: no case %s; see --list\n", argv[i]);
                return 2;
            }
            named = wanted[k] = 1;
        }
    }
    for (k = 0; k < TASKS; k++) {
        if (named && !wanted[k]) continue;
        ran++;
        done += run_task(&tasks[k], isa);
    }
    if (!RUNNING_ON_VALGRIND)
        fprintf(stderr, "instructions: not under valgrind: %d cases ran, nothing was counted\n", done);
    return done < ran;
}
