/* Columns and bitmaps that end, or begin, where the memory does: a byte read too far is a crash. */

#if defined(TEST_POSIX) || defined(_WIN32)
    #define TEST_GUARD 1
typedef struct guarded {
    uint8_t *map, *begin, *end;
    size_t size;
} guarded;
/* Room for `bytes` between two pages that may not be touched. */
static guarded guard_init(size_t bytes)
{
    guarded g;
    #ifdef _WIN32
    size_t page = 65536;
    DWORD was;
    g.size = (bytes + page - 1) / page * page;
    g.map = (uint8_t *)VirtualAlloc(NULL, g.size + 2 * page, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (g.map == NULL) abort();
    VirtualProtect(g.map, page, PAGE_NOACCESS, &was);
    VirtualProtect(g.map + page + g.size, page, PAGE_NOACCESS, &was);
    #else
    size_t page = (size_t)sysconf(_SC_PAGESIZE), all;
    void *map;
    g.size = (bytes + page - 1) / page * page;
    all = g.size + 2 * page;
    map = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) abort();
    g.map = (uint8_t *)map;
    mprotect(g.map, page, PROT_NONE);
    mprotect(g.map + page + g.size, page, PROT_NONE);
    #endif
    g.begin = g.map + page;
    g.end = g.begin + g.size;
    g.size += 2 * page;
    return g;
}
static void guard_free(guarded *g)
{
    #ifdef _WIN32
    VirtualFree(g->map, 0, MEM_RELEASE);
    #else
    munmap(g->map, g->size);
    #endif
}

/* The column's bytes at this end of the guarded memory; its bitmap likewise in another. */
static void guard_column(pika_column *column, int type, ptrdiff_t stride, size_t count, int at_end,
    guarded *data, guarded *bits, size_t bit_offset, uint64_t *random)
{
    size_t step = (size_t)(stride == 0 ? type_sizes[type] : stride < 0 ? -stride : stride), i;
    size_t bytes = count > 0 ? (count - 1) * step + (size_t)type_sizes[type] : 0,
           bit_bytes = (bit_offset + count + 7) / 8;
    uint8_t *first = at_end ? data->end - bytes : data->begin,
            *valid = at_end ? bits->end - bit_bytes : bits->begin;
    if (count == 0) first = data->end, valid = bits->end; /* not even readable */
    *column = pika_strided(stride < 0 && count > 0 ? first + (count - 1) * step : first, type, stride);
    for (i = 0; i < count; i++)
        put_value((uint8_t *)(uintptr_t)oracle_at(column, i), type, test_below(random, 120), 0, 0);
    for (i = 0; i < bit_bytes && count > 0; i++)
        valid[i] = (uint8_t)(test_random(random) | test_random(random));
    if (bits->size > 0 && (type + (int)count) % 2 == 0) {
        column->valid = valid;
        column->valid_offset = bit_offset;
    }
}
#endif

TEST(guard_pages_around_columns)
{
#ifdef TEST_GUARD
    guarded data[4], bits[4];
    uint64_t random = test_now.seed;
    int type, i, at_end, layout, k;
    for (i = 0; i < 4; i++) data[i] = guard_init(2100 * 24), bits[i] = guard_init(600);
    for (type = 0; type < 10; type++)
        for (at_end = 0; at_end < 2; at_end++)
            for (layout = 0; layout < 3; layout++)
                for (k = 0; k < 78; k++) {
                    static const int sizes[] = {127, 128, 129, 1023, 1024, 1025, 2048};
                    size_t count = k <= 70 ? (size_t)k : (size_t)sizes[k - 71], bit_offset = (size_t)(k % 17);
                    ptrdiff_t size = type_sizes[type], stride = layout == 0   ? 0
                                                                : layout == 1 ? -size
                                                                              : size + k % 9;
                    pika_grid_desc desc;
                    oracle_grid want;
                    pika_points points;
                    pika_ctx ctx;
                    pika_view view;
                    int way = 0, other = (type + k) % 10;
                    if (test_now.quick ? k % 7 != 0 : k < 70 && (k + type + layout) % 2 != 0) continue;
                    points.count = count;
                    guard_column(
                        &points.x, type, stride, count, at_end, &data[0], &bits[0], bit_offset, &random);
                    guard_column(&points.y, other, layout == 1 ? -type_sizes[other] : 0, count, at_end,
                        &data[1], &bits[1], bit_offset / 2, &random);
                    guard_column(&points.value, type, stride, count, at_end, &data[2], &bits[2], 7, &random);
                    guard_column(
                        &points.category, PIKA_I8 + k % 8, 0, count, at_end, &data[3], &bits[3], 8, &random);
                    memset(&desc, 0, sizeof desc);
                    desc.view.width = 5, desc.view.height = 6;
                    desc.view.x.hi = 100, desc.view.y.hi = 90;
                    if (k % 4 == 3) desc.view.x.lo = 1, desc.view.x.scale = PIKA_LOG10;
                    desc.planes = k % 2 ? ALL_PLANES : 0;
                    desc.categories = k % 3 == 0 ? 60 : 0;
                    oracle_init(&want, &desc);
                    oracle_add(&want, &points, 0, count);
                    for (; way_next(&way, 0, &ctx); pika_ctx_free(&ctx)) {
                        if (!grid_matches(&ctx, &want, &points, 1)) break;
                        memset(&view, 0, sizeof view);
                        view.width = view.height = 4;
                        if (pika_fit(&ctx, &points, &view) == PIKA_OK) CHECK(view.x.hi > view.x.lo);
                    }
                    oracle_free(&want);
                    if (test_now.failures > 0) return;
                }
    for (i = 0; i < 4; i++) guard_free(&data[i]), guard_free(&bits[i]);
#else
    SKIP("needs pages that may not be touched");
#endif
}

/* The last rows of the last chunk of threads and partitions. */
TEST(guard_pages_every_way)
{
#ifdef TEST_GUARD
    enum { N = 66001 };
    guarded x = guard_init(N * 4), y = guard_init(N * 8), bits = guard_init(N / 8 + 10);
    uint64_t random = 4;
    pika_points points = pika_xy_f32(NULL, NULL, N);
    pika_grid_desc desc;
    oracle_grid want;
    pika_ctx ctx;
    int at_end, way;
    for (at_end = 0; at_end < 2; at_end++) {
        guard_column(&points.x, PIKA_F32, 0, N, at_end, &x, &bits, 3, &random);
        guard_column(&points.y, PIKA_F64, 0, N, at_end, &y, &bits, 3, &random);
        points.value = points.x;
        memset(&desc, 0, sizeof desc);
        desc.view.width = 300, desc.view.height = 200;
        desc.view.x.hi = 100, desc.view.y.hi = 90;
        desc.planes = at_end ? PIKA_SUM : PIKA_COUNT;
        oracle_init(&want, &desc);
        oracle_add(&want, &points, 0, N);
        for (way = 0; way_next(&way, 1, &ctx); pika_ctx_free(&ctx))
            if (!grid_matches(&ctx, &want, &points, 1)) break;
        oracle_free(&want);
    }
    guard_free(&x);
    guard_free(&y);
    guard_free(&bits);
#else
    SKIP("needs pages that may not be touched");
#endif
}

/* Grid memory, pixels of odd strides and an outgoing plane against the end of memory. */
TEST(guard_pages_around_outputs)
{
#ifdef TEST_GUARD
    static const int sizes[][2] = {{1, 1}, {2, 1}, {7, 3}, {64, 5}, {255, 3}, {33, 32}};
    static const int bytes_of[] = {4, 4, 4, 2, 1};
    uint64_t random = 8;
    float x[700], y[700];
    int i, k, format, negative, transfer;
    for (i = 0; i < 700; i++) x[i] = (float)test_below(&random, 100), y[i] = (float)test_below(&random, 100);
    for (k = 0; k < 6; k++) {
        pika_points points = pika_xy_f32(x, y, 700);
        pika_grid_desc desc;
        pika_grid grid;
        guarded cells, pixels, plane;
        size_t bytes, n = (size_t)sizes[k][0] * (size_t)sizes[k][1];
        memset(&desc, 0, sizeof desc);
        memset(&grid, 0, sizeof grid);
        desc.view.width = sizes[k][0], desc.view.height = sizes[k][1];
        desc.view.x.hi = desc.view.y.hi = 100;
        desc.planes = ALL_PLANES;
        points.value = points.x;
        bytes = (pika_grid_bytes(&desc) + 7) / 8 * 8;
        cells = guard_init(bytes);
        CHECK_OK(pika_grid_init(&grid, &desc, cells.end - bytes, pika_grid_bytes(&desc)));
        CHECK_OK(pika_add_points(NULL, &grid, &points));
        plane = guard_init(n * 8);
        for (i = 0; i < 12; i++)
            CHECK_OK(pika_grid_read(NULL, &grid, 1u << i, 0, (double *)(void *)(plane.end - n * 8)));
        for (format = 0; format < 5; format++)
            for (negative = 0; negative < 2; negative++)
                for (transfer = 0; transfer < 4; transfer++) {
                    size_t row = (size_t)sizes[k][0] * (size_t)bytes_of[format],
                           stride = row + (size_t)(k % 3) * 2;
                    size_t all = stride * (size_t)(sizes[k][1] - 1) + row;
                    pika_image image;
                    pika_shade_desc shade;
                    memset(&shade, 0, sizeof shade);
                    memset(&image, 0, sizeof image);
                    shade.transfer = transfer;
                    pixels = guard_init(all);
                    image.width = sizes[k][0], image.height = sizes[k][1];
                    image.format = format;
                    image.stride = negative ? -(ptrdiff_t)stride : (ptrdiff_t)stride;
                    image.pixels = pixels.end - all + (negative ? stride * (size_t)(sizes[k][1] - 1) : 0);
                    image.bytes = all;
                    CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
                    image.pixels = pixels.begin + (negative ? stride * (size_t)(sizes[k][1] - 1) : 0);
                    CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
                    guard_free(&pixels);
                }
        guard_free(&cells);
        guard_free(&plane);
    }
#else
    SKIP("needs pages that may not be touched");
#endif
}

AREA(guard, LISTED_SAFE(guard_pages_around_columns), LISTED_SAFE(guard_pages_every_way),
    LISTED_SAFE(guard_pages_around_outputs));
