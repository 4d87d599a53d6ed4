/* test_marks.c - what all marks share: profiles, threads, types, scratch, stack, and the rare cases of each. */

static float marks_x[300000], marks_y[300000];

static void marks_view(pika_grid_desc *desc, int width, int height, unsigned planes)
{
    memset(desc, 0, sizeof *desc);
    desc->planes = planes;
    desc->view.width = width;
    desc->view.height = height;
    desc->view.x.hi = width;
    desc->view.y.hi = height;
}

/* All eleven calls, each once right and once wrong; returns how many were right. */
static int marks_all(pika_ctx *ctx, pika_grid *grid, unsigned flags, size_t n)
{
    pika_points points = pika_xy_f32(marks_x, marks_y, n);
    pika_lines lines;
    pika_segments segments;
    pika_polygons polygons;
    pika_areas areas;
    pika_rects rects;
    pika_triangles triangles;
    pika_quads quads;
    pika_raster raster;
    pika_stamps stamps;
    pika_pyramid pyramid;
    int right = 0, turn;
    memset(&pyramid, 0, sizeof pyramid);
    points.value = pika_f32(marks_y);
    for (turn = 0; turn < 2; turn++) { /* the second time without columns */
        if (turn) points.x.data = points.y.data = NULL;
        memset(&lines, 0, sizeof lines);
        lines.points = points;
        lines.width = flags != 0;
        right += pika_add_lines(ctx, grid, &lines) == PIKA_OK;
        memset(&segments, 0, sizeof segments);
        segments.points = points;
        segments.x1 = points.y;
        segments.y1 = points.x;
        segments.width = flags != 0;
        right += pika_add_segments(ctx, grid, &segments) == PIKA_OK;
        memset(&polygons, 0, sizeof polygons);
        polygons.points = points;
        polygons.flags = flags;
        right += pika_add_polygons(ctx, grid, &polygons) == PIKA_OK;
        memset(&areas, 0, sizeof areas);
        areas.points = points;
        areas.flags = flags;
        right += pika_add_areas(ctx, grid, &areas) == PIKA_OK;
        memset(&rects, 0, sizeof rects);
        rects.points = points;
        rects.x1 = points.y;
        rects.y1 = points.x;
        rects.flags = flags;
        right += pika_add_rects(ctx, grid, &rects) == PIKA_OK;
        memset(&triangles, 0, sizeof triangles);
        triangles.points = points;
        triangles.triangle_count = n / 3;
        triangles.flags = flags;
        right += pika_add_triangles(ctx, grid, &triangles) == PIKA_OK;
        memset(&quads, 0, sizeof quads);
        quads.points = points;
        quads.columns = quads.rows = 5;
        quads.curvilinear = 1;
        quads.flags = flags;
        right += pika_add_quads(ctx, grid, &quads) == PIKA_OK;
        memset(&raster, 0, sizeof raster);
        raster.value = pika_f32(marks_y);
        raster.columns = raster.rows = 5;
        raster.x1 = turn ? pika__nan() : 20;
        raster.y1 = 20;
        raster.flags = flags;
        right += pika_add_raster(ctx, grid, &raster) == PIKA_OK;
        if (flags != 0) {
            memset(&stamps, 0, sizeof stamps);
            stamps.points = points;
            stamps.radius = 2;
            right += pika_add_stamps(ctx, grid, &stamps) == PIKA_OK;
        }
        right += pika_pyramid_create(ctx, &pyramid, &points) == PIKA_OK;
        pika_pyramid_free(ctx, &pyramid);
    }
    pika_pyramid_free(ctx, NULL);
    return right;
}

static void marks_fill(size_t n)
{
    uint64_t random = 7;
    size_t i;
    for (i = 0; i < n; i++) {
        marks_x[i] = (float)(40.0 * (double)i / (double)n);
        marks_y[i] = (float)test_between(&random, 0, 3000) / 100.0f;
    }
}

TEST(marks_in_profiles)
{
    int aa;
    marks_fill(300);
    for (aa = 0; aa < 2; aa++) {
        pika_ctx ctx;
        pika_grid grid;
        pika_grid_desc desc;
        pika_zone_stats zones[64];
        size_t n = 0;
        way_init(&ctx, -1, 1, -1);
        memset(&grid, 0, sizeof grid);
        marks_view(&desc, 40, 30, aa ? PIKA_COVERAGE | PIKA_SUM | PIKA_MEAN : PIKA_COUNT);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        if (pika_profile_start(&ctx, NULL) == PIKA_ERR_UNSUPPORTED) {
            pika_grid_free(&ctx, &grid);
            pika_ctx_free(&ctx);
            SKIP("no profiler");
        }
        CHECK_EQ(marks_all(&ctx, &grid, aa ? PIKA_FILL_AA : 0, 300), aa ? 10 : 9);
        CHECK_OK(pika_profile_zones(&ctx, zones, 64, &n));
        CHECK(n > 10);
        pika_profile_stop(&ctx);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
}

/* A trace whose batches reach few columns, none, or rows alone: the same grid from any number of threads. */
TEST(marks_shared_among_threads)
{
    int kind, threads;
    for (kind = 0; kind < 5; kind++) {
        uint32_t *first = NULL;
        size_t cells = 600 * 50, i;
        marks_fill(300000);
        for (i = 0; i < 300000; i++) {
            if (kind == 1) marks_x[i] = -5;
            if (kind == 2) marks_x[i] = (float)(i % 600);
            if (kind == 3) marks_x[i] = 17.5f;
            if (kind == 4) marks_y[i] = (float)(100 + i % 7);
        }
        for (threads = 1; threads <= 8; threads += threads) {
            pika_ctx ctx;
            pika_grid grid;
            pika_grid_desc desc;
            pika_lines lines;
            way_init(&ctx, -1, threads, -1);
            memset(&grid, 0, sizeof grid);
            memset(&lines, 0, sizeof lines);
            marks_view(&desc, 600, 50, 0);
            CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
            lines.points = pika_xy_f32(marks_x, marks_y, 300000);
            CHECK_OK(pika_add_lines(&ctx, &grid, &lines));
            if (first == NULL) {
                first = (uint32_t *)malloc(cells * sizeof *first);
                memcpy(first, pika_grid_counts(&grid), cells * sizeof *first);
            } else CHECK(memcmp(first, pika_grid_counts(&grid), cells * sizeof *first) == 0);
            pika_grid_free(&ctx, &grid);
            pika_ctx_free(&ctx);
        }
        free(first);
    }
}

/* Each type of both columns, with nulls: the pyramid's picture is that of all rows. */
TEST(marks_pyramid_types)
{
    static const int sizes[10] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8};
    static uint8_t data[2][1000 * 8], valid[2][126];
    int type, nulls, k, i;
    for (type = PIKA_F32; type <= PIKA_U64; type++)
        for (nulls = 0; nulls < 4; nulls++) {
            pika_grid grid[2];
            pika_grid_desc desc;
            pika_lines lines;
            pika_pyramid pyramid;
            uint64_t random = (uint64_t)(type * 4 + nulls + 1);
            memset(&lines, 0, sizeof lines);
            memset(&pyramid, 0, sizeof pyramid);
            memset(valid, 0xFF, sizeof valid);
            for (i = 0; i < 1000; i++)
                for (k = 0; k < 2; k++) {
                    const int v = k == 0 ? i / 8 : (int)test_below(&random, 120);
                    const float f = (float)v;
                    const double d = v;
                    const int64_t w = v;
                    uint8_t *to = data[k] + i * sizes[type];
                    if (type == PIKA_F32) memcpy(to, &f, 4);
                    else if (type == PIKA_F64) memcpy(to, &d, 8);
                    else { /* of either byte order */ const int8_t a = (int8_t)v;
                        const int16_t b = (int16_t)v;
                        const int32_t c = v;
                        memcpy(to,
                            sizes[type] == 1   ? (const void *)&a
                            : sizes[type] == 2 ? (const void *)&b
                            : sizes[type] == 4 ? (const void *)&c
                                               : (const void *)&w,
                            (size_t)sizes[type]);
                    }
                    if (test_below(&random, 40) == 0) valid[k][i / 8] &= (uint8_t) ~(1u << i % 8);
                }
            lines.points = pika_xy(pika_strided(data[0], type, 0), pika_strided(data[1], type, 0), 1000);
            if (nulls & 1) lines.points.x.valid = valid[0];
            if (nulls & 2) lines.points.y.valid = valid[1];
            lines.flags = PIKA_LINE_M4;
            marks_view(&desc, 50, 40, 0);
            desc.view.x.lo = 10;
            desc.view.x.hi = 110;
            desc.view.y.lo = nulls < 2 ? 0 : 30;
            desc.view.y.hi = 121;
            memset(grid, 0, sizeof grid);
            CHECK_OK(pika_pyramid_create(NULL, &pyramid, &lines.points));
            for (k = 0; k < 2; k++) {
                CHECK_OK(pika_grid_alloc(NULL, &grid[k], &desc));
                CHECK_OK(pika_add_lines(NULL, &grid[k], &lines));
                lines.pyramid = &pyramid;
            }
            CHECK(memcmp(pika_grid_counts(&grid[0]), pika_grid_counts(&grid[1]), 50 * 40 * 4) == 0);
            CHECK_EQ(grid[0].inside, grid[1].inside);
            CHECK_EQ(grid[0].outside, grid[1].outside);
            CHECK_EQ(grid[0].invalid, grid[1].invalid);
            for (k = 0; k < 2; k++) pika_grid_free(NULL, &grid[k]);
            pika_pyramid_free(NULL, &pyramid);
        }
}

TEST(marks_pyramid_refuses)
{
    pika_ctx ctx;
    pika_grid grid;
    pika_grid_desc desc;
    pika_lines lines;
    pika_pyramid pyramid;
    pika_points points;
    const size_t offsets[2] = {0, 1000};
    int i;
    marks_fill(1000);
    way_init(&ctx, -1, 1, -1);
    memset(&grid, 0, sizeof grid);
    memset(&pyramid, 0, sizeof pyramid);
    marks_view(&desc, 40, 30, 0);
    desc.view.x.scale = desc.view.y.scale = PIKA_LOG10;
    desc.view.x.lo = desc.view.y.lo = 0.5;
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    points = pika_xy_f32(marks_x, marks_y, 0);
    CHECK_RESULT(pika_pyramid_create(&ctx, &pyramid, &points), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_pyramid_create(&ctx, NULL, &points), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_pyramid_create(&ctx, &pyramid, NULL), PIKA_ERR_INVALID);
    points.count = 1000;
    points.y.type = 99;
    CHECK_RESULT(pika_pyramid_create(&ctx, &pyramid, &points), PIKA_ERR_INVALID);
    points.y.type = PIKA_F32;
    CHECK_OK(pika_pyramid_create(&ctx, &pyramid, &points)); /* holds 0: on a log axis all rows are read */
    for (i = 0; i < 12; i++) {
        memset(&lines, 0, sizeof lines);
        lines.points = points;
        lines.flags = PIKA_LINE_M4;
        lines.pyramid = &pyramid;
        if (i == 1) lines.flags = 0;
        if (i == 2) lines.offsets = offsets, lines.line_count = 1;
        if (i == 3) lines.shared_x = 1000;
        if (i == 4) lines.flags |= PIKA_LINE_CONTINUE;
        if (i == 5) lines.points.count = 999;
        if (i == 6) lines.points.x.data = marks_y;
        if (i == 7) lines.points.y.type = PIKA_U32;
        if (i == 8) lines.points.y.stride = 8, lines.points.y.data = marks_y;
        if (i == 9) lines.points.x.valid = (const uint8_t *)marks_y;
        if (i == 10) lines.points.y.data = marks_x;
        if (i == 11) pika_pyramid_free(&ctx, &pyramid);
        CHECK_RESULT(pika_add_lines(&ctx, &grid, &lines), i == 0             ? PIKA_OK
                                                          : i < 5 || i == 11 ? PIKA_ERR_INVALID
                                                                             : PIKA_ERR_MISMATCH);
    }
    CHECK_EQ(grid.total, 1000);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
}

/* A ring that runs round and round: winding numbers, and sums of areas, that no 32 bits hold. */
TEST(marks_many_turns)
{
    pika_grid grid;
    pika_grid_desc desc;
    pika_polygons polygons;
    double out[40 * 30];
    int rule, turns, i;
    for (turns = 3; turns <= 1003; turns += 500)
        for (rule = 0; rule < 2; rule++) {
            for (i = 0; i < 4 * turns; i++) {
                marks_x[i] = i % 4 == 1 || i % 4 == 2 ? 30.25f : 5.5f;
                marks_y[i] = i % 4 > 1 ? 20.75f : 3.5f;
            }
            memset(&grid, 0, sizeof grid);
            memset(&polygons, 0, sizeof polygons);
            marks_view(&desc, 40, 30, PIKA_COVERAGE);
            CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
            polygons.points = pika_xy_f32(marks_x, marks_y, (size_t)(4 * turns));
            polygons.fill = rule;
            polygons.flags = PIKA_FILL_AA;
            CHECK_OK(pika_add_polygons(NULL, &grid, &polygons));
            CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, out));
            CHECK(out[10 * 40 + 10] == 1 &&
                  out[10 * 40 + 30] == (rule || turns > 3 ? out[10 * 40 + 30] : 0.75));
            CHECK(out[10 * 40 + 2] == 0 && out[25 * 40 + 10] == 0 && out[10 * 40 + 35] == 0);
            pika_grid_free(NULL, &grid);
        }
}

/* Less scratch: one thread instead of several (where there are threads), small batches, then PIKA_ERR_MEMORY;
   the grid is the same. */
TEST(marks_with_less_memory)
{
    size_t limit, needed = 0;
    int ways = 0;
    marks_fill(300000);
    for (limit = 1 << 14; limit <= (size_t)1 << 24; limit += limit / 4) {
        pika_ctx ctx;
        pika_ctx_desc ctx_desc;
        pika_grid grid;
        pika_grid_desc desc;
        pika_lines lines;
        pika_result result;
        memset(&ctx_desc, 0, sizeof ctx_desc);
        memset(&grid, 0, sizeof grid);
        memset(&lines, 0, sizeof lines);
        ctx_desc.threads = 4;
        ctx_desc.memory_limit = limit;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        marks_view(&desc, 40, 30, 0);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        lines.points = pika_xy_f32(marks_x, marks_y, 300000);
        lines.flags = PIKA_LINE_ONCE;
        result = pika_add_lines(&ctx, &grid, &lines);
        CHECK(result == PIKA_OK || result == PIKA_ERR_MEMORY);
        CHECK_EQ(grid.total, result == PIKA_OK ? 300000 : 0);
        if (result == PIKA_OK && ctx.peak_bytes != needed) ways++, needed = ctx.peak_bytes;
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
    CHECK_EQ(ways, strstr(pika_build_info(), "no threads") != NULL ? 2 : 3);
}

/* Fields that only one kind of mark has. */
TEST(marks_odd_fields)
{
    static const int64_t wide[4] = {1000, 1010, 1020, 1030}, up[4] = {1005, 1015, 1010, 1007};
    const size_t offsets[2] = {0, 4};
    pika_ctx ctx;
    pika_grid grid, log_grid;
    pika_grid_desc desc;
    pika_areas areas;
    pika_segments segments;
    pika_quads quads;
    pika_raster raster;
    pika_triangles triangles;
    pika_stamps stamps;
    way_init(&ctx, -1, 1, -1);
    memset(&grid, 0, sizeof grid);
    memset(&log_grid, 0, sizeof log_grid);
    marks_view(&desc, 30, 20, 0);
    desc.view.x.origin = desc.view.y.origin = 1000;
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    memset(&areas, 0, sizeof areas);
    areas.points = pika_xy(pika_i64(wide), pika_i64(up), 4);
    areas.baseline = 1002;
    CHECK_OK(pika_add_areas(&ctx, &grid, &areas));
    CHECK_EQ(pika_grid_counts(&grid)[3 * 30 + 5], 1);
    CHECK_EQ(pika_grid_counts(&grid)[1 * 30 + 5], 0);
    areas.offsets = offsets;
    areas.area_count = 1;
    areas.shared_x = 4;
    CHECK_RESULT(pika_add_areas(&ctx, &grid, &areas), PIKA_ERR_INVALID);
    areas.offsets = NULL;
    areas.points.count = 0;
    CHECK_OK(pika_add_areas(&ctx, &grid, &areas));
    marks_view(&desc, 30, 20, 0);
    desc.view.y.scale = PIKA_LOG10;
    desc.view.y.lo = 0.25;
    CHECK_OK(pika_grid_alloc(&ctx, &log_grid, &desc));
    marks_fill(100);
    memset(&areas, 0, sizeof areas);
    areas.points = pika_xy_f32(marks_x, marks_x + 50, 50);
    CHECK_OK(pika_add_areas(&ctx, &log_grid, &areas)); /* down to 0: there is no such place */
    CHECK_EQ(log_grid.invalid, 1);
    areas.baseline = 0.5;
    CHECK_OK(pika_add_areas(&ctx, &log_grid, &areas));
    areas.baseline = 0.001;
    CHECK_OK(pika_add_areas(&ctx, &log_grid, &areas));
    CHECK_EQ(log_grid.inside, 2);
    memset(&segments, 0, sizeof segments);
    segments.points = pika_xy_f32(marks_x, marks_y, 50);
    segments.flags = PIKA_LINE_CONTINUE;
    CHECK_RESULT(pika_add_segments(&ctx, &log_grid, &segments), PIKA_ERR_INVALID);
    segments.flags = 0;
    CHECK_RESULT(pika_add_segments(&ctx, &log_grid, &segments), PIKA_ERR_INVALID);
    segments.points.count = (size_t)-1;
    CHECK_RESULT(pika_add_segments(&ctx, &log_grid, &segments), PIKA_ERR_INVALID);
    memset(&quads, 0, sizeof quads);
    quads.points = pika_xy_f32(marks_x, marks_y, 0);
    quads.columns = (size_t)-1;
    quads.rows = 3;
    CHECK_RESULT(pika_add_quads(&ctx, &log_grid, &quads), PIKA_ERR_INVALID);
    quads.columns = quads.rows = (size_t)-1 / 100;
    CHECK_RESULT(pika_add_quads(&ctx, &log_grid, &quads), PIKA_ERR_INVALID);
    quads.rows = (size_t)-1;
    CHECK_RESULT(pika_add_quads(&ctx, &log_grid, &quads), PIKA_ERR_INVALID);
    memset(&raster, 0, sizeof raster);
    raster.x1 = raster.y1 = 10;
    raster.rows = 1;
    CHECK_OK(pika_add_raster(&ctx, &log_grid, &raster));
    raster.columns = (size_t)-1 / 2;
    CHECK_RESULT(pika_add_raster(&ctx, &log_grid, &raster), PIKA_ERR_INVALID);
    raster.columns = 1;
    raster.rows = (size_t)-1 / 2;
    CHECK_RESULT(pika_add_raster(&ctx, &log_grid, &raster), PIKA_ERR_INVALID);
    memset(&triangles, 0, sizeof triangles);
    triangles.points = pika_xy_f32(marks_x, marks_y, 3);
    triangles.triangle_count = (size_t)-1;
    CHECK_RESULT(pika_add_triangles(&ctx, &log_grid, &triangles), PIKA_ERR_INVALID);
    triangles.triangle_count = 0;
    CHECK_OK(pika_add_triangles(&ctx, &log_grid, &triangles));
    memset(&stamps, 0, sizeof stamps);
    stamps.points = pika_xy_f32(marks_x, marks_y, 3);
    stamps.kernel = PIKA_STAMP;
    stamps.stamp = marks_x;
    stamps.stamp_width = 3;
    stamps.stamp_height = 2000;
    CHECK_RESULT(pika_add_stamps(&ctx, &log_grid, &stamps), PIKA_ERR_INVALID);
    stamps.stamp_width = 2000;
    CHECK_RESULT(pika_add_stamps(&ctx, &log_grid, &stamps), PIKA_ERR_INVALID);
    pika_grid_free(&ctx, &grid);
    pika_grid_free(&ctx, &log_grid);
    pika_ctx_free(&ctx);
}

#ifdef TEST_POSIX
typedef struct marks_work {
    pika_ctx ctx;
    pika_grid counts, covers;
    int right;
} marks_work;

static void run_marks(void *arg)
{
    marks_work *work = (marks_work *)arg;
    work->right = marks_all(&work->ctx, &work->counts, 0, 300);
    work->right += marks_all(&work->ctx, &work->covers, PIKA_FILL_AA, 300);
}
#endif

TEST(marks_stack_is_small)
{
#ifdef TEST_POSIX
    static marks_work work;
    pika_grid_desc desc;
    size_t nothing, used;
    marks_fill(300);
    memset(&work, 0, sizeof work);
    way_init(&work.ctx, -1, 1, -1);
    marks_view(&desc, 40, 30, PIKA_SUM);
    CHECK_OK(pika_grid_alloc(&work.ctx, &work.counts, &desc));
    desc.planes = PIKA_COVERAGE | PIKA_SUM;
    CHECK_OK(pika_grid_alloc(&work.ctx, &work.covers, &desc));
    nothing = stack_used(run_nothing, NULL);
    used = stack_used(run_marks, &work);
    CHECK_EQ(work.right, 19);
    #if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
        !defined(__has_feature)
    if (used != 0 && !CHECK(used - nothing <= 20480))
        printf("    %d bytes of stack\n", (int)(used - nothing));
    #else
    CHECK(used != 1);
    #endif
    (void)nothing;
    pika_grid_free(&work.ctx, &work.counts);
    pika_grid_free(&work.ctx, &work.covers);
    pika_ctx_free(&work.ctx);
#else
    SKIP("needs POSIX threads");
#endif
}

AREA(marks, LISTED(marks_in_profiles), LISTED(marks_shared_among_threads), LISTED(marks_pyramid_types),
    LISTED(marks_pyramid_refuses), LISTED(marks_many_turns), LISTED(marks_with_less_memory),
    LISTED(marks_odd_fields), LISTED(marks_stack_is_small));
