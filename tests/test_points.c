/* Rows into cells: every type, layout, count, instruction set, number of threads and strategy, by the oracle.
 */

static void one_value_view(pika_view *view, double lo, double hi, int n)
{
    memset(view, 0, sizeof *view);
    view->width = n, view->height = 1;
    view->x.lo = lo, view->x.hi = hi;
    view->y.lo = 0, view->y.hi = 1;
}

/* Adds the data in this context and compares; chunks > 1 = in so many calls. */
static int grid_matches(pika_ctx *ctx, oracle_grid *want, const pika_points *points, int chunks)
{
    pika_grid grid;
    size_t row = 0;
    int good, i;
    memset(&grid, 0, sizeof grid);
    if (!CHECK_OK(pika_grid_alloc(ctx, &grid, &want->desc))) return 0;
    for (i = 0; i < chunks; i++) {
        pika_points part = *points;
        part.count = i == chunks - 1 ? points->count - row : (points->count - row) / 2;
        if (part.count > 0) {
            part.x.data = oracle_at(&points->x, row);
            part.y.data = oracle_at(&points->y, row);
            part.x.valid_offset += row;
            part.y.valid_offset += row;
            if (points->value.data != NULL) part.value.data = oracle_at(&points->value, row);
            if (points->category.data != NULL) part.category.data = oracle_at(&points->category, row);
            part.value.valid_offset += row;
            part.category.valid_offset += row;
        }
        if (!test_now.subset) {
            if (!CHECK_OK(pika_add_points(ctx, &grid, &part))) printf("        %s\n", pika_last_error(ctx));
        } else if (pika_add_points(ctx, &grid, &part) != PIKA_OK) { /* the oracle may round another way */
            CHECK_EQ(grid.total, 0);
            pika_grid_free(ctx, &grid);
            return 1;
        }
        row += part.count;
    }
    good = grid_equals(&grid, want, way_name);
    pika_grid_free(ctx, &grid);
    return good;
}

/* One random case in every instruction set (all = every way); refusals must be refused by all. */
static int check_case(
    const pika_grid_desc *desc, int x_type, int y_type, size_t count, int all, int chunks, uint64_t *random)
{
    oracle_grid want;
    test_data data;
    pika_ctx ctx;
    int way = 0, good = 1, refused;
    oracle_init(&want, desc);
    data_init(&data, &want, x_type, y_type, count, random);
    refused = count > 0 && (oracle_refuses(&want.x, x_type) || oracle_refuses(&want.y, y_type));
    if (!refused) oracle_add(&want, &data.points, 0, count);
    while (good && way_next(&way, all, &ctx)) {
        if (refused) {
            pika_grid grid;
            memset(&grid, 0, sizeof grid);
            good &= CHECK_OK(pika_grid_alloc(&ctx, &grid, desc));
            if (!test_now.subset) {
                good &= CHECK_RESULT(pika_add_points(&ctx, &grid, &data.points), PIKA_ERR_INVALID);
                good &= good && grid_equals(&grid, &want, way_name);
            } else {
                pika_add_points(&ctx, &grid, &data.points);
            }
            pika_grid_free(&ctx, &grid);
        } else {
            good &= grid_matches(&ctx, &want, &data.points, chunks);
        }
        pika_ctx_free(&ctx);
    }
    if (!good && test_now.failures < 40)
        printf("    case: %s x %s, %d rows, %d x %d, flags %u, x [%.17g, %.17g] scale %d origin %.0f, y "
               "[%.17g, %.17g] "
               "scale %d origin %.0f, tile %d,%d of %dx%d, categories %d, planes %x\n",
            type_names[x_type], type_names[y_type], (int)count, desc->view.width, desc->view.height,
            desc->view.flags, desc->view.x.lo, desc->view.x.hi, desc->view.x.scale,
            (double)desc->view.x.origin, desc->view.y.lo, desc->view.y.hi, desc->view.y.scale,
            (double)desc->view.y.origin, desc->view.first_x, desc->view.first_y, desc->view.total_width,
            desc->view.total_height, desc->categories, desc->planes);
    data_free(&data);
    oracle_free(&want);
    return good;
}

/* The sentence of the rule, by hand: closed above, nothing below, -0 is 0, infinities outside, NaN invalid.
 */
TEST(points_rule_by_hand)
{
    const float x[] = {0, 0.25f, 0.5f, 0.75f, 1, 1.0000001f, -0.0f, -1e-30f, HUGE_VALF, -HUGE_VALF,
        0.9999999f, float_of_bits(0x7FC00000u), float_of_bits(0xFF800001u)};
    const float y[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    pika_points points = pika_xy_f32(x, y, 13);
    pika_grid_desc desc;
    pika_grid grid;
    pika_stats stats;
    pika_ctx ctx;
    int way = 0;
    memset(&desc, 0, sizeof desc);
    one_value_view(&desc.view, 0, 1, 4);
    while (way_next(&way, 1, &ctx)) {
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        CHECK_EQ(pika_grid_counts(&grid)[0], 2);
        CHECK_EQ(pika_grid_counts(&grid)[1], 1);
        CHECK_EQ(pika_grid_counts(&grid)[2], 1);
        CHECK_EQ(pika_grid_counts(&grid)[3], 3);
        CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
        CHECK_EQ(stats.total, 13);
        CHECK_EQ(stats.inside, 7);
        CHECK_EQ(stats.outside, 4);
        CHECK_EQ(stats.invalid, 2);
        CHECK_EQ(stats.hits, 7);
        CHECK_EQ(stats.max_count, 3);
        CHECK_EQ(stats.nonempty, 4);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
}

TEST(points_half_open_by_hand)
{
    const double x[] = {0, 0.5, 1, 0.9999999999999999}, y[] = {0, 0, 0, 0};
    pika_points points = pika_xy_f64(x, y, 4);
    pika_grid_desc desc;
    unsigned flags;
    memset(&desc, 0, sizeof desc);
    one_value_view(&desc.view, 0, 1, 2);
    for (flags = 0; flags < 8; flags++) {
        pika_grid grid;
        desc.view.flags = flags;
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
        CHECK_OK(pika_add_points(NULL, &grid, &points));
        CHECK_EQ(pika_grid_counts(&grid)[0], 1);
        CHECK_EQ(pika_grid_counts(&grid)[1], flags & PIKA_HALF_OPEN_X ? 2 : 3);
        pika_grid_free(NULL, &grid);
    }
}

/* A NaN in y makes a row invalid though its x is far outside, and the other way round; so does a category. */
TEST(points_invalid_wins)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    const double x[] = {5, nan, nan, 0.5, 5, 0.5}, y[] = {nan, 5, nan, 0.5, 5, 5};
    const int8_t category[] = {0, 0, 0, 3, -1, 1};
    pika_points points = pika_xy_f64(x, y, 6);
    pika_grid_desc desc;
    pika_grid grid;
    pika_stats stats;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    one_value_view(&desc.view, 0, 1, 2);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    CHECK_OK(pika_grid_stats(NULL, &grid, &stats));
    CHECK_EQ(stats.invalid, 3);
    CHECK_EQ(stats.outside, 2);
    CHECK_EQ(stats.inside, 1);
    pika_grid_free(NULL, &grid);
    desc.categories = 2;
    points.category = pika_strided(category, PIKA_I8, 0);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    CHECK_OK(pika_grid_stats(NULL, &grid, &stats));
    CHECK_EQ(stats.invalid, 5);
    CHECK_EQ(stats.outside, 1);
    CHECK_EQ(stats.inside, 0);
    pika_grid_free(NULL, &grid);
}

/* Nanoseconds since 1970, some 60 bits: cells of one nanosecond stay apart though doubles there are 256
 * apart. */
TEST(points_nanoseconds_stay_exact)
{
    const int64_t now = INT64_C(1700000000123456789);
    static int64_t x[1000], y[1000];
    pika_points points;
    pika_grid_desc desc;
    int i, way = 0;
    pika_ctx ctx;
    for (i = 0; i < 1000; i++) x[i] = now + i, y[i] = 0;
    points = pika_xy(pika_i64(x), pika_i64(y), 1000);
    memset(&desc, 0, sizeof desc);
    one_value_view(&desc.view, 0, 1000, 1000);
    desc.view.x.origin = now;
    while (way_next(&way, 0, &ctx)) {
        pika_grid grid;
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        for (i = 0; i < 1000; i++)
            if (!CHECK_EQ(pika_grid_counts(&grid)[i], 1)) break;
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
}

/* u64 less a negative origin is a number of 65 bits, rounded once: 2^64 + 2049 is nearer to 2^64 + 4096. */
TEST(points_origin_of_65_bits)
{
    static const uint64_t x[4] = {UINT64_C(1) << 63, (UINT64_C(1) << 63) + 2048, (UINT64_C(1) << 63) + 2049,
        (UINT64_C(1) << 63) + 4096};
    static const double y[4] = {0, 0, 0, 0};
    pika_points points = pika_xy(pika_strided(x, PIKA_U64, 0), pika_f64(y), 4);
    pika_grid_desc desc;
    pika_grid grid;
    pika_ctx ctx;
    int way;
    memset(&desc, 0, sizeof desc);
    one_value_view(&desc.view, 18446744073709551616.0, 18446744073709559808.0, 2);
    desc.view.x.origin = INT64_MIN;
    for (way = 0; way_next(&way, 0, &ctx); pika_ctx_free(&ctx)) {
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        CHECK_EQ(pika_grid_counts(&grid)[0], 2); /* 2^64 + 2048 is a tie: to even */
        CHECK_EQ(pika_grid_counts(&grid)[1], 2);
        pika_grid_free(&ctx, &grid);
    }
}

/* Every type for x with every type for y, at every count where a vector or a tail begins. */
TEST(points_every_pair_of_types)
{
    uint64_t random = test_now.seed;
    int x_type, y_type, count;
    for (x_type = 0; x_type < 10; x_type++)
        for (y_type = 0; y_type < 10; y_type++)
            for (count = 0; count <= 130;
                 count += test_now.quick ? 1 + test_below(&random, 40) : 1 + test_below(&random, 2)) {
                pika_grid_desc desc;
                random_desc(&desc, x_type, y_type, &random);
                desc.view.width = 1 + desc.view.width % 7;
                desc.view.height = 1 + desc.view.height % 5;
                if (desc.view.total_width > 0) desc.view.total_width += 8, desc.view.total_height += 8;
                if (count < 120) desc.view.x.scale = desc.view.y.scale = PIKA_LINEAR;
                if (!check_case(&desc, x_type, y_type, (size_t)count, 0, 1, &random)) return;
            }
}

TEST(points_random_views)
{
    uint64_t random = test_now.seed + 1;
    int round, rounds = test_now.quick ? 150 : 400;
    for (round = 0; round < rounds; round++) {
        static const int counts[] = {1, 64, 257, 1023, 1024, 1025, 2047, 2048, 2049, 3000};
        int x_type = test_below(&random, 10), y_type = test_below(&random, 10);
        pika_grid_desc desc;
        random_desc(&desc, x_type, y_type, &random);
        if (!check_case(&desc, x_type, y_type, (size_t)counts[test_below(&random, test_now.quick ? 6 : 10)],
                0, 1 + test_below(&random, 4), &random))
            return;
    }
}

/* Around the sizes of blocks and partitions, every way. */
TEST(points_every_way)
{
    static const int counts[] = {1023, 1025, 65535, 65536, 65537, 131071, 131072, 131073};
    static const int types[][2] = {{PIKA_F32, PIKA_F32}, {PIKA_F64, PIKA_F64}, {PIKA_I64, PIKA_F32},
        {PIKA_U8, PIKA_I16}, {PIKA_U64, PIKA_F64}, {PIKA_F32, PIKA_I32}};
    uint64_t random = test_now.seed + 2;
    int i, k;
    for (i = 0; i < 8; i++)
        for (k = 0; k < 2; k++) {
            const int *pair = types[(i + 3 * k) % 6];
            pika_grid_desc desc;
            if (test_now.quick && (i != 4 || k > 0)) continue;
            if (k > 0 ? i % 4 != 0 : i % 3 != 1) continue;
            do random_desc(&desc, pair[0], pair[1], &random);
            while (desc.view.width * desc.view.height < (k == 0 ? 300 : 8000));
            if (k == 0) desc.planes = 0;
            if (!check_case(&desc, pair[0], pair[1], (size_t)counts[i], 2, 1 + k, &random)) return;
        }
}

/* A grid past the caches, so that AUTO and TILES partition; count alone and one value plane. */
TEST(points_large_grids_every_way)
{
    uint64_t random = test_now.seed + 3;
    int k, n = test_now.quick ? 70000 : 140000, i, way;
    float *x = (float *)malloc((size_t)n * 4), *y = (float *)malloc((size_t)n * 4);
    for (i = 0; i < n; i++) { /* half in one row of cells as a time series, half all over */
        x[i] = (float)(test_random(&random) >> 40) / 16777216.0f;
        y[i] = i % 2 ? 0.25f : (float)(test_random(&random) >> 40) / 16777216.0f;
    }
    for (k = 0; k < 3; k++) {
        pika_points points = pika_xy_f32(x, y, (size_t)n);
        oracle_grid want;
        pika_grid_desc desc;
        pika_ctx ctx;
        memset(&desc, 0, sizeof desc);
        desc.view.width = k == 1 ? 1024 : 1100;
        desc.view.height = k == 2 ? 100 : 700;
        desc.view.x.hi = desc.view.y.hi = 1;
        desc.planes = k == 2 ? PIKA_SUM | PIKA_LAST | PIKA_ARGMIN : PIKA_COUNT;
        points.value = k == 2 ? pika_f32(y) : points.value;
        oracle_init(&want, &desc);
        oracle_add(&want, &points, 0, (size_t)n);
        for (way = 0; way_next(&way, 1, &ctx); pika_ctx_free(&ctx)) {
            if (ctx.threads == 3 ? way % 3 != k : ctx.desc.strategy != k) continue;
            if (!grid_matches(&ctx, &want, &points, 1)) break;
        }
        oracle_free(&want);
    }
    free(x);
    free(y);
}

/* Runs of one cell, sorted rows, everything outside: what run-length and compression shortcuts see. */
TEST(points_coherent_data)
{
    enum { N = 70001 };
    const unsigned without_rows = PIKA_SUM | PIKA_MEAN | PIKA_MIN | PIKA_MAX | PIKA_FIRST | PIKA_LAST;
    float *x = (float *)malloc(N * sizeof *x), *y = (float *)malloc(N * sizeof *y);
    float *v = (float *)malloc(N * sizeof *v);
    int kind, i, way;
    for (kind = 0; kind < 7; kind++) {
        pika_points points = pika_xy_f32(x, y, N);
        oracle_grid want;
        pika_grid_desc desc;
        pika_ctx ctx;
        uint64_t random = 77;
        for (i = 0; i < N; i++) {
            x[i] = kind == 0                ? 0.5f
                   : kind == 1 || kind == 6 ? (float)i / (float)N
                   : kind == 2              ? 2.0f
                                            : (float)(i % 300) / 256.0f;
            y[i] = kind == 3 ? (float)((i >> 8) & 255) / 256.0f : kind == 4 ? -1.0f : 0.25f;
            v[i] = (float)test_below(&random, 4000) / 8 - 250;
            if (kind == 6 && i % 97 == 0) v[i] = (float)NAN;
            if (kind == 5 && test_below(&random, 3) == 0) x[i] = float_of_bits(0x7FC00000u);
        }
        memset(&desc, 0, sizeof desc);
        desc.view.width = 256, desc.view.height = 64;
        desc.view.x.hi = desc.view.y.hi = 1;
        desc.planes = kind & 1 ? ALL_PLANES : kind == 6 ? without_rows : 0;
        points.value = pika_f32(v);
        oracle_init(&want, &desc);
        oracle_add(&want, &points, 0, N);
        for (way = 0; way_next(&way, test_now.quick ? 0 : 2, &ctx); pika_ctx_free(&ctx))
            if (!grid_matches(&ctx, &want, &points, 1)) break;
        oracle_free(&want);
    }
    free(x);
    free(y);
    free(v);
}

/* A private u8 cell must carry into the grid: counts past 255, 65535 and a block in one cell. */
TEST(points_one_cell_many_times)
{
    enum { N = 400000 };
    uint8_t *zeros = (uint8_t *)calloc(N, 1);
    pika_points points = pika_xy(pika_strided(zeros, PIKA_U8, 0), pika_strided(zeros, PIKA_U8, 0), N);
    pika_grid_desc desc;
    pika_ctx ctx;
    int way = 0;
    memset(&desc, 0, sizeof desc);
    desc.view.width = desc.view.height = 40;
    desc.view.x.lo = desc.view.y.lo = -4;
    desc.view.x.hi = desc.view.y.hi = 4;
    for (; way_next(&way, 2, &ctx); pika_ctx_free(&ctx)) {
        pika_grid grid;
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        CHECK_EQ(pika_grid_counts(&grid)[20 * 40 + 20], 2 * N);
        pika_grid_free(&ctx, &grid);
    }
    free(zeros);
}

/* The widest and the tallest grid, and many categories: cells at the ends of their numbers. */
TEST(points_extreme_shapes)
{
    static const int shapes[][3] = {{32768, 1, 0}, {1, 32768, 0}, {32768, 3, 2}, {3, 32767, 0}, {5, 4, 3000}};
    uint64_t random = test_now.seed + 5;
    int i, k;
    for (i = 0; i < 5; i++)
        for (k = 0; k < 3; k++) {
            static const int types[] = {PIKA_F32, PIKA_F64, PIKA_I32};
            pika_grid_desc desc;
            memset(&desc, 0, sizeof desc);
            desc.view.width = shapes[i][0], desc.view.height = shapes[i][1];
            desc.categories = shapes[i][2];
            desc.view.x.lo = k == 2 ? -2e9 : -1.25, desc.view.x.hi = k == 2 ? 2.1e9 : 7.1;
            desc.view.y.lo = 0.001, desc.view.y.hi = 100;
            desc.view.y.scale = k == 0 ? PIKA_LINEAR : PIKA_SYMLOG;
            if (!check_case(&desc, types[k], PIKA_F64, 3000, 0, 2, &random)) return;
        }
}

/* One allocation holds x, y, value and category in a struct; strides need not be a multiple of the element.
 */
TEST(points_interleaved)
{
    enum { N = 1500, STEP = 23 };
    static uint8_t rows[N * STEP + 1];
    uint64_t random = 5;
    oracle_grid want;
    pika_grid_desc desc;
    pika_points points;
    pika_ctx ctx;
    int i, way;
    points = pika_xy(pika_strided(rows + 1, PIKA_F64, STEP), pika_strided(rows + 9, PIKA_F32, STEP), N);
    points.value = pika_strided(rows + 13, PIKA_F64, STEP);
    points.category = pika_strided(rows + 21, PIKA_I16, STEP);
    memset(&desc, 0, sizeof desc);
    desc.view.width = desc.view.height = 30;
    desc.view.x.hi = desc.view.y.hi = 1;
    desc.categories = 3;
    desc.planes = ALL_PLANES;
    oracle_init(&want, &desc);
    for (i = 0; i < N; i++) {
        put_for_axis(rows + 1 + i * STEP, PIKA_F64, &want.x, &random);
        put_for_axis(rows + 9 + i * STEP, PIKA_F32, &want.y, &random);
        put_value(rows + 13 + i * STEP, PIKA_F64, (double)test_between(&random, -99, 99), 0, 0);
        put_integer(rows + 21 + i * STEP, PIKA_I16, test_between(&random, -1, 3), 0, 0);
    }
    oracle_add(&want, &points, 0, N);
    for (way = 0; way_next(&way, 0, &ctx); pika_ctx_free(&ctx)) grid_matches(&ctx, &want, &points, 1);
    points.x.data = rows + 1 + (N - 1) * STEP; /* the same backwards */
    points.x.stride = -STEP;
    points.y.data = rows + 9 + (N - 1) * STEP;
    points.y.stride = -STEP;
    points.value.data = rows + 13 + (N - 1) * STEP;
    points.value.stride = -STEP;
    points.category.data = rows + 21 + (N - 1) * STEP;
    points.category.stride = -STEP;
    oracle_clear(&want);
    oracle_add(&want, &points, 0, N);
    for (way = 0; way_next(&way, 0, &ctx); pika_ctx_free(&ctx)) grid_matches(&ctx, &want, &points, 3);
    oracle_free(&want);
}

AREA(points, LISTED(points_rule_by_hand), LISTED(points_half_open_by_hand), LISTED(points_invalid_wins),
    LISTED(points_nanoseconds_stay_exact), LISTED(points_origin_of_65_bits),
    LISTED_SAFE(points_every_pair_of_types), LISTED_SAFE(points_random_views), LISTED_SAFE(points_every_way),
    LISTED(points_large_grids_every_way), LISTED(points_coherent_data),
    LISTED_SAFE(points_one_cell_many_times), LISTED_SAFE(points_interleaved), LISTED(points_extreme_shapes));
