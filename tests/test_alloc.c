/* Memory: every allocation failing in turn, limits, scratch alone, exact sizes, nothing leaked. */

typedef struct test_heap {
    long calls, fail_at; /* fail_at -1 = never; calls counts all tries */
    int fail_all;        /* from fail_at on: all */
    size_t live, peak;
    long blocks;
    int bad;
} test_heap;

/* Every block has its size in front and is exactly as long as asked; alignment by hand. */
static void *heap_alloc(size_t size, size_t align, void *user)
{
    test_heap *heap = (test_heap *)user;
    uint8_t *raw, *at;
    if (align == 0 || (align & (align - 1)) != 0 || align > 64 || size == 0) heap->bad++;
    heap->calls++;
    if (heap->fail_at >= 0 &&
        (heap->calls == heap->fail_at + 1 || (heap->fail_all && heap->calls > heap->fail_at)))
        return NULL;
    raw = (uint8_t *)malloc(size + align + 32);
    if (raw == NULL) return NULL;
    at = raw + 32 + (align - (uintptr_t)(raw + 32) % align) % align;
    memcpy(at - 8, &size, sizeof size);
    memcpy(at - 16, &raw, sizeof raw);
    memset(at, 0xB7, size); /* never zeros by luck */
    heap->live += size;
    heap->blocks++;
    if (heap->live > heap->peak) heap->peak = heap->live;
    return at;
}
static void heap_free(void *ptr, size_t size, void *user)
{
    test_heap *heap = (test_heap *)user;
    uint8_t *at = (uint8_t *)ptr, *raw;
    size_t was;
    if (ptr == NULL) {
        heap->bad++;
        return;
    }
    memcpy(&was, at - 8, sizeof was);
    memcpy(&raw, at - 16, sizeof raw);
    if (was != size) heap->bad++;
    heap->live -= was;
    heap->blocks--;
    memset(at, 0xDD, was);
    free(raw);
}

static pika_ctx_desc heap_desc(test_heap *heap, int threads)
{
    /* AUTO would not wake threads for so few rows */
    pika_ctx_desc desc = way_desc(-1, threads, threads > 1 ? PIKA_STRATEGY_TILES : -1);
    memset(heap, 0, sizeof *heap);
    heap->fail_at = -1;
    desc.alloc_fn = heap_alloc;
    desc.free_fn = heap_free;
    desc.alloc_user = heap;
    desc.pool_bytes = 1; /* so that what is freed is gone: the tests of the pool set it */
    return desc;
}

/* ---- the calls that may allocate, as steps over one world -------------------------------------------- */

typedef struct alloc_world {
    pika_ctx ctx;
    pika_points points;
    pika_grid_desc desc;
    pika_grid grid, other;
    pika_image image, spread;
    uint64_t hash;
    size_t written;
} alloc_world;

static int world_write(void *user, const void *data, size_t size)
{
    alloc_world *w = (alloc_world *)user;
    const uint8_t *bytes = (const uint8_t *)data;
    size_t i;
    for (i = 0; i < size; i++) w->hash = (w->hash ^ bytes[i]) * UINT64_C(0x100000001B3);
    w->written += size;
    return 0;
}

static pika_result step_grid_alloc(alloc_world *w) { return pika_grid_alloc(&w->ctx, &w->grid, &w->desc); }
static pika_result step_add(alloc_world *w) { return pika_add_points(&w->ctx, &w->grid, &w->points); }
static pika_result step_image_alloc(alloc_world *w)
{
    return pika_image_alloc(&w->ctx, &w->image, w->desc.view.width, w->desc.view.height);
}
static pika_result step_shade(alloc_world *w) { return pika_shade(&w->ctx, &w->image, &w->grid, NULL); }
static pika_result step_shade_mean(alloc_world *w)
{
    pika_shade_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.plane = PIKA_MEAN;
    desc.category = 1;
    return pika_shade(&w->ctx, &w->image, &w->grid, &desc);
}
static pika_result step_spread_alloc(alloc_world *w)
{
    return pika_image_alloc(&w->ctx, &w->spread, w->desc.view.width, w->desc.view.height);
}
static pika_result step_spread(alloc_world *w) { return pika_spread(&w->ctx, &w->spread, &w->image, 2, 0); }
static pika_result step_dynspread(alloc_world *w)
{
    return pika_dynspread(&w->ctx, &w->spread, &w->image, 0.9, 3, 1, NULL);
}
static pika_result step_png(alloc_world *w)
{
    pika_png_desc desc;
    desc.level = 9;
    return pika_encode_png(&w->ctx, &w->spread, &desc, world_write, w);
}
static pika_result step_png_default(alloc_world *w)
{
    return pika_encode_png(&w->ctx, &w->spread, NULL, world_write, w);
}
static pika_result step_ppm(alloc_world *w) { return pika_encode_ppm(&w->ctx, &w->spread, world_write, w); }
static pika_result step_short_image(alloc_world *w)
{
    pika_image made;
    pika_result result;
    memset(&made, 0, sizeof made);
    result = pika_points_to_image(&w->ctx, &made, &w->points, 90, 70);
    if (result == PIKA_OK) {
        world_write(w, made.pixels, (size_t)90 * 70 * 4);
        w->written = 0;
        pika_image_free(&w->ctx, &made);
    } else {
        CHECK(made.pixels == NULL && made.width == 0); /* unchanged */
    }
    return result;
}
static pika_result step_fit(alloc_world *w)
{
    pika_view view = w->desc.view;
    return pika_fit(&w->ctx, &w->points, &view);
}
static pika_result step_other_alloc(alloc_world *w) { return pika_grid_alloc(&w->ctx, &w->other, &w->desc); }
static pika_result step_merge(alloc_world *w) { return pika_grid_merge(&w->ctx, &w->other, &w->grid); }
static pika_result step_edges(alloc_world *w)
{
    double edges[701];
    return pika_view_edges(&w->ctx, &w->desc.view, 0, PIKA_F32, edges);
}
static pika_result step_set_view(alloc_world *w)
{
    return pika_grid_set_view(&w->ctx, &w->other, &w->desc.view);
}

static const struct alloc_step {
    const char *name;
    pika_result (*run)(alloc_world *w);
    int may_allocate;
} alloc_steps[] = {{"grid_alloc", step_grid_alloc, 1}, {"add", step_add, 1}, {"add again", step_add, 1},
    {"image_alloc", step_image_alloc, 1}, {"shade", step_shade, 1}, {"shade mean", step_shade_mean, 1},
    {"spread image", step_spread_alloc, 1}, {"spread", step_spread, 0}, {"dynspread", step_dynspread, 0},
    {"png 9", step_png, 1}, {"png", step_png_default, 1}, {"ppm", step_ppm, 0},
    {"to image", step_short_image, 1}, {"fit", step_fit, 0}, {"other grid", step_other_alloc, 1},
    {"merge", step_merge, 0}, {"edges", step_edges, 0}, {"set view", step_set_view, 0}};
enum { ALLOC_STEPS = 18 };

static void world_init(alloc_world *w, const pika_ctx_desc *ctx_desc, const pika_points *points)
{
    memset(w, 0, sizeof *w);
    w->points = *points;
    busy_desc(&w->desc, PIKA_COUNT | PIKA_MEAN | PIKA_STD);
    w->desc.view.width = 120, w->desc.view.height = 80;
    w->desc.categories = 2;
    w->desc.view.y.lo = 0.01;
    w->desc.view.y.scale = PIKA_LOG10;
    CHECK_OK(pika_ctx_init(&w->ctx, ctx_desc));
}
static void world_free(alloc_world *w)
{
    pika_grid_free(&w->ctx, &w->grid);
    pika_grid_free(&w->ctx, &w->other);
    pika_image_free(&w->ctx, &w->image);
    pika_image_free(&w->ctx, &w->spread);
    pika_ctx_free(&w->ctx);
}
/* One number for all that a step may have changed. */
static uint64_t world_hash(const alloc_world *w)
{
    uint64_t h = w->hash;
    size_t i, k;
    const pika_grid *grids[2];
    const pika_image *images[2];
    grids[0] = &w->grid, grids[1] = &w->other;
    images[0] = &w->image, images[1] = &w->spread;
    for (k = 0; k < 2; k++) {
        if (grids[k]->ready != 0) {
            const uint32_t *counts = pika_grid_counts(grids[k]);
            double *mean = (double *)malloc(sizeof(double) * 120 * 80);
            for (i = 0; i < (size_t)120 * 80 * 2; i++) h = (h ^ counts[i]) * UINT64_C(0x100000001B3);
            CHECK_OK(pika_grid_read(NULL, grids[k], PIKA_STD, 1, mean));
            for (i = 0; i < (size_t)120 * 80; i++) h = (h ^ test_bits(mean[i])) * UINT64_C(0x100000001B3);
            h = (h ^ grids[k]->total) * UINT64_C(0x100000001B3);
            free(mean);
        }
        if (images[k]->pixels != NULL)
            for (i = 0; i < (size_t)120 * 80 * 4; i++)
                h = (h ^ images[k]->pixels[i]) * UINT64_C(0x100000001B3);
    }
    return h;
}

static pika_points alloc_points(float **memory, uint8_t **category)
{
    pika_points points = busy_points(memory);
    int i;
    *category = (uint8_t *)malloc(THREAD_ROWS);
    for (i = 0; i < THREAD_ROWS; i++) (*category)[i] = (uint8_t)(i & 1);
    points.category = pika_strided(*category, PIKA_U8, 0);
    points.count /= 4;
    return points;
}

/* Each step with its k-th allocation failing, for all k: MEMORY and nothing changed, or the same result by
   the slower way. All calls' own memory is back when they return; at the end nothing is left. */
TEST(alloc_every_allocation_fails_in_turn)
{
    float *memory;
    uint8_t *category;
    pika_points points = alloc_points(&memory, &category);
    uint64_t expected[ALLOC_STEPS];
    int threads, s, k, all;
    static alloc_world w;
    test_heap heap;
    for (threads = 1; threads <= 3; threads += 2) {
        pika_ctx_desc ctx_desc = heap_desc(&heap, threads);
        world_init(&w, &ctx_desc, &points);
        for (s = 0; s < ALLOC_STEPS; s++) {
            long calls = heap.calls;
            if (!CHECK_OK(alloc_steps[s].run(&w)))
                printf("    %s: %s\n", alloc_steps[s].name, pika_last_error(&w.ctx));
            expected[s] = world_hash(&w);
            if (!alloc_steps[s].may_allocate && !CHECK_EQ(heap.calls, calls))
                printf("    %s\n", alloc_steps[s].name);
            if (s == 1 && threads == 1 && test_way.strategy <= PIKA_STRATEGY_DIRECT)
                CHECK_EQ(heap.calls, calls); /* add on one thread allocates nothing */
        }
        CHECK_EQ(w.ctx.live_bytes, heap.live);
        CHECK_EQ(w.ctx.peak_bytes, heap.peak);
        world_free(&w);
        CHECK_EQ(heap.blocks, 0);
        CHECK_EQ(heap.bad, 0);
        for (all = 0; all < (threads > 1 ? 2 : 1); all++)
            for (s = 0; s < ALLOC_STEPS; s++) { /* fail in step s, with all before and after it good */
                int i, failed = alloc_steps[s].may_allocate;
                for (k = 0; failed && k < 30; k++) {
                    long before_calls;
                    size_t live;
                    ctx_desc = heap_desc(&heap, threads);
                    world_init(&w, &ctx_desc, &points);
                    for (i = 0; i < s; i++) alloc_steps[i].run(&w);
                    before_calls = heap.calls;
                    heap.fail_at = heap.calls + k;
                    heap.fail_all = all;
                    live = heap.live;
                    {
                        uint64_t hash = world_hash(&w), written = w.written;
                        pika_result result = alloc_steps[s].run(&w);
                        failed = heap.calls > before_calls + k;
                        heap.fail_at = -1;
                        if (result != PIKA_OK) {
                            CHECK(failed);
                            if (!CHECK_RESULT(result, PIKA_ERR_MEMORY))
                                printf("    %s\n", alloc_steps[s].name);
                            CHECK_HAS(pika_last_error(&w.ctx), "pika_");
                            CHECK_RESULT(pika_status(&w.ctx), PIKA_ERR_MEMORY);
                            CHECK_EQ(heap.live, live);
                            if (w.written == written &&
                                !CHECK(world_hash(&w) == hash)) /* a stream may have begun */
                                printf("    %s, allocation %d: changed\n", alloc_steps[s].name, k);
                            w.hash = w.written == written ? w.hash : 0;
                            if (w.written == written)
                                CHECK_OK(alloc_steps[s].run(&w)); /* and it works afterwards */
                        }
                        if (w.written == written || result == PIKA_OK)
                            if (!CHECK(world_hash(&w) == expected[s]))
                                printf("    %s, allocation %d, %d threads: another result\n",
                                    alloc_steps[s].name, k, threads);
                    }
                    world_free(&w);
                    if (!CHECK_EQ(heap.blocks, 0))
                        printf("    %s, allocation %d leaks\n", alloc_steps[s].name, k);
                    CHECK_EQ(heap.bad, 0);
                    if (test_now.quick) break;
                }
                CHECK(k < 30);
            }
    }
    free(memory);
    free(category);
}

/* With scratch of pika_scratch_bytes no call but the alloc ones asks the allocator for anything, with threads
   or without, at any alignment of the scratch. */
TEST(alloc_scratch_alone_is_enough)
{
    float *memory;
    uint8_t *category;
    pika_points points = alloc_points(&memory, &category);
    static alloc_world w;
    uint64_t expected = 0;
    int threads, strategy, skew;
    for (threads = 1; threads <= 7; threads += 3)
        for (strategy = 0; strategy < 4; strategy++)
            for (skew = 0; skew < 2; skew++) {
                test_heap heap;
                pika_ctx_desc ctx_desc = heap_desc(&heap, threads);
                uint8_t *scratch, *cells;
                static uint32_t pixels[2][120 * 80];
                size_t bytes;
                ctx_desc.strategy = strategy;
                world_init(&w, &ctx_desc, &points); /* for its desc */
                pika_ctx_free(&w.ctx);
                bytes = pika_scratch_bytes(&ctx_desc, &w.desc);
                scratch = (uint8_t *)malloc(bytes + 1);
                cells = (uint8_t *)malloc(pika_grid_bytes(&w.desc));
                ctx_desc.scratch = scratch + skew;
                ctx_desc.scratch_bytes = bytes;
                heap.fail_at = 0, heap.fail_all = 1;
                CHECK_OK(pika_ctx_init(&w.ctx, &ctx_desc));
                CHECK_OK(pika_grid_init(&w.grid, &w.desc, cells, pika_grid_bytes(&w.desc)));
                w.image.width = 120, w.image.height = 80;
                w.image.pixels = (uint8_t *)pixels[0];
                w.image.bytes = sizeof pixels[0];
                w.spread = w.image;
                w.spread.pixels = (uint8_t *)pixels[1];
                memset(pixels, 0, sizeof pixels);
                CHECK_OK(step_add(&w));
                CHECK_OK(step_add(&w));
                CHECK_OK(step_shade(&w));
                CHECK_OK(step_shade_mean(&w));
                CHECK_OK(step_spread(&w));
                CHECK_OK(step_png(&w));
                CHECK_OK(step_png_default(&w));
                CHECK_OK(step_ppm(&w));
                if (!CHECK_EQ(heap.calls, 0))
                    printf("    threads %d, strategy %d, skew %d\n", threads, strategy, skew);
                CHECK_EQ(w.ctx.live_bytes, 0);
                if (expected == 0) expected = world_hash(&w);
                else CHECK(world_hash(&w) == expected);
                CHECK_EQ(heap.bad, 0);
                world_free(&w);
                free(scratch);
                free(cells);
            }
    free(memory);
    free(category);
}

/* Any less scratch, and no allocator behind it: the same results by the slower way, or PIKA_ERR_MEMORY (PNG).
 */
TEST(alloc_less_scratch_is_slower_not_wrong)
{
    float *memory;
    uint8_t *category;
    pika_points points = alloc_points(&memory, &category);
    static alloc_world w;
    uint64_t expected = 0;
    int part;
    for (part = 0; part < 9; part++) {
        test_heap heap;
        pika_ctx_desc ctx_desc = heap_desc(&heap, 3);
        uint8_t *scratch, *cells;
        static uint32_t pixels[120 * 80];
        size_t bytes;
        world_init(&w, &ctx_desc, &points);
        pika_ctx_free(&w.ctx);
        bytes = pika_scratch_bytes(&ctx_desc, &w.desc) * (size_t)part / 8;
        scratch = (uint8_t *)malloc(bytes + 1);
        cells = (uint8_t *)malloc(pika_grid_bytes(&w.desc));
        ctx_desc.scratch = bytes > 0 ? scratch : NULL;
        ctx_desc.scratch_bytes = bytes;
        heap.fail_at = 0, heap.fail_all = 1;
        CHECK_OK(pika_ctx_init(&w.ctx, &ctx_desc));
        CHECK_OK(pika_grid_init(&w.grid, &w.desc, cells, pika_grid_bytes(&w.desc)));
        w.image.width = 120, w.image.height = 80;
        w.image.pixels = (uint8_t *)pixels;
        w.image.bytes = sizeof pixels;
        CHECK_OK(step_add(&w));
        CHECK_OK(step_shade(&w));
        if (expected == 0) expected = world_hash(&w);
        else CHECK(world_hash(&w) == expected);
        CHECK_OK(step_shade_mean(&w));
        CHECK_EQ(w.ctx.live_bytes, 0);
        world_free(&w);
        free(scratch);
        free(cells);
    }
    free(memory);
    free(category);
}

TEST(alloc_memory_limit)
{
    float *memory;
    uint8_t *category;
    pika_points points = alloc_points(&memory, &category);
    static alloc_world w;
    test_heap heap;
    int own;
    for (own = 0; own < 2; own++) { /* the caller's allocator, and malloc */
        pika_ctx_desc ctx_desc = heap_desc(&heap, 3);
        size_t bytes;
        if (own) ctx_desc.alloc_fn = NULL, ctx_desc.free_fn = NULL;
        world_init(&w, &ctx_desc, &points);
        bytes = pika_grid_bytes(&w.desc);
        pika_ctx_free(&w.ctx);
        ctx_desc.memory_limit = bytes - 1;
        CHECK_OK(pika_ctx_init(&w.ctx, &ctx_desc));
        CHECK_RESULT(step_grid_alloc(&w), PIKA_ERR_MEMORY);
        CHECK_EQ(w.grid.ready, 0);
        CHECK_EQ(w.ctx.live_bytes, 0);
        CHECK_HAS(pika_last_error(&w.ctx), "memory_limit");
        pika_ctx_free(&w.ctx);
        ctx_desc.memory_limit = bytes + 64;
        CHECK_OK(pika_ctx_init(&w.ctx, &ctx_desc));
        CHECK_OK(step_grid_alloc(&w));
        CHECK(w.ctx.live_bytes >= bytes && w.ctx.live_bytes <= ctx_desc.memory_limit);
        CHECK_OK(step_add(&w)); /* no room for scratch: the slower way */
        CHECK_EQ(w.grid.total, points.count);
        CHECK_RESULT(step_image_alloc(&w), PIKA_ERR_MEMORY);
        CHECK(w.image.pixels == NULL);
        CHECK(w.ctx.peak_bytes <= ctx_desc.memory_limit);
        pika_grid_free(&w.ctx, &w.grid);
        CHECK_EQ(w.ctx.live_bytes, 0);
        pika_ctx_free(&w.ctx);
        CHECK_EQ(heap.blocks, 0);
    }
    free(memory);
    free(category);
}

/* Caller memory: exactly pika_grid_bytes, at 8-byte alignment, and not a byte past it; one less is refused.
 */
TEST(alloc_exact_grid_memory)
{
    uint64_t random = test_now.seed + 9;
    int round, rounds = test_now.quick ? 30 : 400;
    for (round = 0; round < rounds; round++) {
        pika_grid_desc desc;
        pika_grid grid;
        oracle_grid want;
        test_data data;
        size_t bytes, i;
        uint8_t *memory;
        int x_type = test_below(&random, 10), y_type = test_below(&random, 10);
        random_desc(&desc, x_type, y_type, &random);
        bytes = pika_grid_bytes(&desc);
        CHECK(bytes > 0);
        memory = (uint8_t *)malloc(bytes + 24);
        memset(memory, 0xEE, bytes + 24);
        memset(&grid, 0, sizeof grid);
        CHECK_RESULT(pika_grid_init(&grid, &desc, memory + 8, bytes - 1), PIKA_ERR_SIZE);
        CHECK_EQ(grid.ready, 0);
        CHECK_RESULT(pika_grid_init(&grid, &desc, memory + 8, 0), PIKA_ERR_SIZE);
        CHECK_RESULT(pika_grid_init(&grid, &desc, memory + 9, bytes), PIKA_ERR_INVALID); /* not 8-aligned */
        CHECK_RESULT(pika_grid_init(&grid, &desc, NULL, bytes), PIKA_ERR_INVALID);
        for (i = 0; i < bytes + 24; i++)
            if (memory[i] != 0xEE) break;
        CHECK_EQ(i, bytes + 24);
        CHECK_OK(pika_grid_init(&grid, &desc, memory + 8, bytes));
        oracle_init(&want, &desc);
        data_init(&data, &want, x_type, y_type, 500, &random);
        if (pika_add_points(NULL, &grid, &data.points) == PIKA_OK) oracle_add(&want, &data.points, 0, 500);
        grid_equals(&grid, &want, "in the caller's memory");
        pika_grid_free(NULL, &grid); /* only forgets */
        for (i = 0; i < 8; i++) CHECK_EQ(memory[i], 0xEE);
        for (i = 0; i < 16; i++) CHECK_EQ(memory[8 + bytes + i], 0xEE);
        data_free(&data);
        oracle_free(&want);
        free(memory);
    }
}

TEST(alloc_free_twice_and_zeroed)
{
    pika_ctx ctx;
    pika_grid grid;
    pika_image image;
    pika_grid_desc desc;
    memset(&ctx, 0, sizeof ctx);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    pika_ctx_free(&ctx);
    pika_ctx_free(NULL);
    pika_grid_free(NULL, &grid);
    pika_grid_free(NULL, NULL);
    pika_image_free(NULL, &image);
    pika_image_free(NULL, NULL);
    busy_desc(&desc, 0);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_image_alloc(NULL, &image, 10, 10));
    CHECK_EQ(image.owned, 1);
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
    CHECK_EQ(grid.ready, 0);
    CHECK(image.pixels == NULL);
    CHECK(pika_grid_counts(&grid) == NULL);
    CHECK(pika_grid_get_desc(&grid) == NULL);
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
}

static int frame_write(void *user, const void *data, size_t size)
{
    (void)user, (void)data, (void)size;
    return 0;
}

/* Once warm, frames call the allocator not at all: clear, add, shade, encode, and grids that come and go. */
TEST(alloc_warm_frames_allocate_nothing)
{
    int threads, frame;
    const size_t n = test_now.quick ? 200000 : 400000;
    float *x = (float *)malloc(n * 4), *y = (float *)malloc(n * 4);
    uint64_t random = test_now.seed + 31;
    size_t i;
    pika_points points = pika_xy_f32(x, y, n);
    for (i = 0; i < n; i++)
        x[i] = (float)test_below(&random, 4096) / 4096, y[i] = (float)test_below(&random, 4096) / 4096;
    for (threads = 1; threads <= 3; threads += 2) {
        test_heap heap;
        pika_ctx_desc ctx_desc = heap_desc(&heap, threads);
        pika_memory_stats before, after;
        pika_grid_desc desc;
        pika_grid grid, second;
        pika_image image;
        pika_ctx ctx;
        long calls = 0;
        ctx_desc.pool_bytes = 0;
        ctx_desc.strategy = PIKA_STRATEGY_AUTO;
        memset(&desc, 0, sizeof desc);
        memset(&grid, 0, sizeof grid);
        memset(&second, 0, sizeof second);
        memset(&image, 0, sizeof image);
        desc.view.width = desc.view.height = 300;
        desc.view.x.hi = desc.view.y.hi = 1;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_image_alloc(&ctx, &image, 300, 300));
        for (frame = 0; frame < 6; frame++) {
            if (frame == 2) {
                calls = heap.calls;
                CHECK_OK(pika_memory_get_stats(&ctx, &before));
            }
            desc.view.x.hi = 1 + frame * 0.125;
            CHECK_OK(pika_grid_set_view(&ctx, &grid, &desc.view));
            CHECK_OK(pika_add_points(&ctx, &grid, &points));
            CHECK_OK(pika_shade(&ctx, &image, &grid, NULL));
#ifndef PIKA_NO_PNG
            CHECK_OK(pika_encode_png(&ctx, &image, NULL, frame_write, NULL));
#endif
            CHECK_OK(pika_grid_alloc(&ctx, &second, &desc));
            pika_grid_free(&ctx, &second);
        }
        CHECK_EQ(heap.calls, calls);
        CHECK_OK(pika_memory_get_stats(&ctx, &after));
        CHECK_EQ(after.misses, before.misses);
        CHECK(after.hits >= before.hits + 8);
        CHECK(after.held_bytes > 0 && after.held_bytes < after.live_bytes);
        CHECK_EQ(after.live_bytes, heap.live);
        CHECK_EQ(after.peak_bytes, heap.peak);
        pika_memory_trim(&ctx);
        CHECK_OK(pika_memory_get_stats(&ctx, &before));
        CHECK_EQ(before.held_bytes, 0);
        CHECK_EQ(before.live_bytes, after.live_bytes - after.held_bytes);
        pika_grid_free(&ctx, &grid);
        pika_image_free(&ctx, &image);
        pika_ctx_free(&ctx); /* and what is kept goes with the context */
        CHECK_EQ(heap.blocks, 0);
        CHECK_EQ(heap.bad, 0);
    }
    free(x);
    free(y);
}

/* What is kept makes room: for the limit, for an allocator that refuses, and for newer blocks. */
TEST(alloc_pool_makes_room)
{
    test_heap heap;
    pika_ctx_desc ctx_desc = heap_desc(&heap, 1);
    pika_memory_stats stats;
    pika_grid_desc desc;
    pika_grid grid;
    pika_ctx ctx;
    size_t bytes;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    desc.view.width = desc.view.height = 64;
    desc.view.x.hi = desc.view.y.hi = 1;
    bytes = pika_grid_bytes(&desc);
    ctx_desc.pool_bytes = 100000;
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    CHECK_RESULT(pika_memory_get_stats(&ctx, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_memory_get_stats(NULL, &stats), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_memory_reserve(&ctx, 0, 1), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_memory_reserve(&ctx, 100, 0), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_memory_reserve(&ctx, 65536, 2), PIKA_ERR_SIZE);
    CHECK_RESULT(pika_memory_reserve(&ctx, (size_t)-1, 2), PIKA_ERR_SIZE);
    CHECK_EQ(heap.calls, 0);
    CHECK_OK(pika_memory_reserve(&ctx, 40000, 1)); /* as 65536 */
    CHECK_OK(pika_memory_reserve(&ctx, 1000, 3));
    CHECK_OK(pika_memory_get_stats(&ctx, &stats));
    CHECK_EQ(stats.held_bytes, 65536 + 3 * 1024);
    CHECK_EQ(heap.blocks, 4);
    heap.fail_at = heap.calls; /* refused once: what is kept goes, and it works */
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    CHECK_EQ(heap.blocks, 1);
    CHECK_OK(pika_memory_get_stats(&ctx, &stats));
    CHECK_EQ(stats.held_bytes, 0);
    pika_grid_free(&ctx, &grid);
    CHECK_EQ(ctx.held_bytes, bytes);
    ctx.desc.memory_limit = bytes + 64; /* another size: past the limit unless what is kept goes */
    desc.view.width = 65, desc.view.height = 63;
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    CHECK_EQ(ctx.held_bytes, 0);
    CHECK_EQ(heap.blocks, 1);
    pika_grid_free(&ctx, &grid);
    ctx.desc.memory_limit = 0;
    desc.view.width = 20, desc.view.height = 1000; /* 80 KB beside 17: the older ones go */
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    bytes = pika_grid_bytes(&desc);
    CHECK_EQ(heap.blocks, 2);
    pika_grid_free(&ctx, &grid);
    CHECK_EQ(heap.blocks, 1);
    CHECK_EQ(ctx.held_bytes, bytes);
    desc.view.width = 40; /* more than pool_bytes is not kept */
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    pika_grid_free(&ctx, &grid);
    CHECK_EQ(ctx.held_bytes, bytes);
    heap.fail_at = heap.calls, heap.fail_all = 1;
    CHECK_RESULT(pika_memory_reserve(&ctx, 128, 2), PIKA_ERR_MEMORY);
    CHECK_HAS(pika_last_error(&ctx), "pika_memory_reserve");
    pika_memory_trim(NULL);
    pika_ctx_free(&ctx);
    pika_memory_trim(&ctx);
    CHECK_RESULT(pika_memory_get_stats(&ctx, &stats), PIKA_ERR_INVALID);
    CHECK_EQ(heap.blocks, 0);
    CHECK_EQ(heap.bad, 0);
}

/* What pika_scratch_bytes says is enough for rows that few cells take, which are counted in words; for values
   scattered over more than a cache; and for values that crowd it. */
TEST(alloc_scratch_for_every_way)
{
    static const struct {
        int strategy, hot, threads;
        unsigned planes;
    } cases[] = {{PIKA_STRATEGY_PRIVATE, 1, 1, PIKA_COUNT}, {PIKA_STRATEGY_PRIVATE, 1, 3, PIKA_COUNT},
        {PIKA_STRATEGY_AUTO, 0, 1, PIKA_MEAN}, {PIKA_STRATEGY_AUTO, 0, 1, PIKA_SUM | PIKA_ARGMIN},
        {PIKA_STRATEGY_AUTO, 2, 1, PIKA_MEAN | PIKA_MIN | PIKA_MAX}};
    const size_t n = 600000;
    float *x = (float *)malloc(n * 4), *y = (float *)malloc(n * 4);
    pika_points points = pika_xy_f32(x, y, n);
    uint64_t random = test_now.seed + 19;
    size_t i;
    int k;
    points.value = pika_f32(x);
    for (k = 0; k < (int)(sizeof cases / sizeof cases[0]); k++) {
        test_heap heap;
        pika_ctx_desc ctx_desc = heap_desc(&heap, cases[k].threads);
        pika_grid_desc desc;
        pika_grid grid;
        pika_ctx ctx;
        size_t bytes;
        uint8_t *scratch, *cells;
        memset(&desc, 0, sizeof desc);
        memset(&grid, 0, sizeof grid);
        for (i = 0; i < n; i++) {
            x[i] = cases[k].hot == 1 ? (float)(i % 7) / 8 : (float)test_below(&random, 4096) / 4096;
            y[i] = cases[k].hot == 1 ? (float)(i % 3) / 4 : (float)test_below(&random, 4096) / 4096;
            if (cases[k].hot == 2) x[i] = 0.5f;
        }
        desc.planes = cases[k].planes;
        desc.view.width = desc.view.height = 1024; /* the most that words count, and what takes the most */
        desc.view.x.hi = desc.view.y.hi = 1;
        ctx_desc.strategy = cases[k].strategy;
        bytes = pika_scratch_bytes(&ctx_desc, &desc);
        scratch = (uint8_t *)malloc(bytes);
        cells = (uint8_t *)malloc(pika_grid_bytes(&desc));
        ctx_desc.scratch = scratch;
        ctx_desc.scratch_bytes = bytes;
        heap.fail_at = 0, heap.fail_all = 1;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_grid_init(&grid, &desc, cells, pika_grid_bytes(&desc)));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        CHECK_EQ(grid.inside, n);
        CHECK_EQ(heap.calls, 0);
        pika_ctx_free(&ctx);
        free(scratch);
        free(cells);
    }
    free(x);
    free(y);
}

/* 2^32 - 2 cells in all categories are allowed, one more is not. */
TEST(alloc_most_cells)
{
    pika_grid_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.view.x.hi = desc.view.y.hi = 1;
    desc.view.width = 2, desc.view.height = 1, desc.categories = 2147483647;
    CHECK((pika_grid_bytes(&desc) != 0) == (sizeof(size_t) > 4));
    desc.view.width = 255, desc.view.height = 257, desc.categories = 65537;
    CHECK_EQ(pika_grid_bytes(&desc), 0);
}

/* Scratch is rounded up to a power of two as far as that is kept for the next call: half of the pool. */
TEST(alloc_sizes_that_are_kept)
{
    static const size_t limits[] = {1000, 1024, 1000000};
    pika_ctx_desc ctx_desc;
    pika_ctx ctx;
    int i;
    memset(&ctx_desc, 0, sizeof ctx_desc);
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    for (i = 0; i < 3; i++) {
        const size_t limit = limits[i];
        size_t bytes, size;
        ctx.desc.pool_bytes = limit;
        for (bytes = 60; bytes <= limit / 2; bytes += bytes + 100 < limit / 2 ? 97 : 1) {
            size = pika__scratch_size(&ctx, bytes);
            if (!CHECK(size >= bytes && size <= limit && (size & (size - 1)) == 0)) break;
        }
        CHECK_EQ(pika__scratch_size(&ctx, limit / 2 + 1), limit / 2 + 1);
    }
    pika_ctx_free(&ctx);
}

/* Scratch that is as long as what is taken of it, to the byte: for a call, and until the context is freed. */
TEST(alloc_scratch_to_the_last_byte)
{
    static uint64_t memory[40];
    uint8_t *scratch = (uint8_t *)memory;
    test_heap heap;
    pika_ctx_desc ctx_desc = heap_desc(&heap, 1);
    size_t bytes;
    pika_ctx ctx;
    scratch += (64 - (uintptr_t)scratch % 64) % 64;
    ctx_desc.scratch = scratch;
    ctx_desc.scratch_bytes = 192;
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    for (bytes = 128; bytes <= 192; bytes++) { /* aligned down: more than 128 leaves no room for the rest */
        uint8_t *at = (uint8_t *)pika__take_lasting(&ctx, bytes);
        CHECK(at == scratch + (bytes <= 128 ? 64 : 0));
        CHECK((uintptr_t)at % 64 == 0);
        ctx.desc.scratch_bytes = 192;
        at = (uint8_t *)pika__take(&ctx, bytes);
        CHECK(at == scratch);
        pika__give(&ctx, at, bytes);
    }
    CHECK(pika__take_lasting(&ctx, 192) == (void *)scratch);
    CHECK_EQ(ctx.desc.scratch_bytes, 0);
    pika__give_lasting(&ctx, scratch, 192);
    CHECK_EQ(ctx.desc.scratch_bytes, 192);
    CHECK_EQ(heap.calls, 0);
    pika_ctx_free(&ctx);
}

AREA(alloc, LISTED(alloc_every_allocation_fails_in_turn), LISTED(alloc_scratch_alone_is_enough),
    LISTED(alloc_less_scratch_is_slower_not_wrong), LISTED_SAFE(alloc_memory_limit),
    LISTED(alloc_exact_grid_memory), LISTED_SAFE(alloc_free_twice_and_zeroed),
    LISTED_SAFE(alloc_warm_frames_allocate_nothing), LISTED_SAFE(alloc_pool_makes_room),
    LISTED_SAFE(alloc_scratch_for_every_way), LISTED_SAFE(alloc_most_cells),
    LISTED_SAFE(alloc_sizes_that_are_kept), LISTED_SAFE(alloc_scratch_to_the_last_byte));
