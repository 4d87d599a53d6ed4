/* Views: pika_fit, and the edges that decide. */

/* ---- pika_fit ---------------------------------------------------------------------------------------- */

static int usable(const pika_column *column, size_t row, int log, oracle_value *v)
{
    if (oracle_get(column, row, v) != VALUE_OK) return 0;
    if (v->number > DBL_MAX || v->number < -DBL_MAX) return 0;
    return !log || v->number > 0;
}

/* The range by the words of pika.h; 0 = no usable row. */
static int oracle_fit(const pika_points *points, pika_view *view)
{
    int found = 0, which;
    size_t row;
    pika_view out = *view;
    double lo[2] = {0, 0}, hi[2] = {0, 0};
    uint64_t low_bits[2] = {0, 0}, high_bits[2] = {0, 0};
    for (row = 0; row < points->count; row++) {
        oracle_value v[2];
        if (!usable(&points->x, row, view->x.scale == PIKA_LOG10, &v[0])) continue;
        if (!usable(&points->y, row, view->y.scale == PIKA_LOG10, &v[1])) continue;
        for (which = 0; which < 2; which++) {
            int type = which == 0 ? points->x.type : points->y.type;
            int below = v[which].number<lo[which], above = v[which].number> hi[which];
            if (type == PIKA_I64) {
                below = (int64_t)v[which].bits < (int64_t)low_bits[which];
                above = (int64_t)v[which].bits > (int64_t)high_bits[which];
            }
            if (type == PIKA_U64)
                below = v[which].bits<low_bits[which], above = v[which].bits> high_bits[which];
            if (!found || below) lo[which] = v[which].number, low_bits[which] = v[which].bits;
            if (!found || above) hi[which] = v[which].number, high_bits[which] = v[which].bits;
        }
        found = 1;
    }
    if (!found) return 0;
    for (which = 0; which < 2; which++) {
        pika_axis *axis = which == 0 ? &out.x : &out.y;
        int type = which == 0 ? points->x.type : points->y.type;
        axis->origin = 0;
        axis->lo = lo[which] == 0 ? 0 : lo[which];
        axis->hi = hi[which] == 0 ? 0 : hi[which];
        if (type >= PIKA_I64 && axis->scale == PIKA_LINEAR) {
            uint64_t from = low_bits[which]; /* the origin is signed, and INT64_MAX its end */
            if (type == PIKA_U64 && from > (uint64_t)INT64_MAX) from = (uint64_t)INT64_MAX;
            memcpy(&axis->origin, &from, 8);
            axis->lo = (double)(low_bits[which] - from);
            axis->hi = (double)(high_bits[which] - from);
        }
    }
    *view = out;
    return 1;
}

TEST(views_fit_random)
{
    uint64_t random = test_now.seed + 20;
    int round, rounds = test_now.quick ? 100 : 1500, used = 0;
    for (round = 0; round < rounds; round++) {
        int x_type = test_below(&random, 10), y_type = test_below(&random, 10);
        pika_grid_desc desc;
        oracle_grid shape;
        test_data data;
        pika_view want, got;
        pika_result result;
        int found;
        random_desc(&desc, x_type, y_type, &random);
        desc.view.total_width = desc.view.total_height = desc.view.first_x = desc.view.first_y = 0;
        oracle_init(&shape, &desc);
        data_init(&data, &shape, x_type, y_type, (size_t)test_below(&random, 60), &random);
        want = got = desc.view;
        found = oracle_fit(&data.points, &want);
        result = pika_fit(NULL, &data.points, &got);
        if (!found) {
            CHECK_RESULT(result, PIKA_ERR_INVALID);
            CHECK_EQ(memcmp(&got, &desc.view, sizeof got), 0);
        } else if (CHECK_OK(result)) {
            CHECK_EQ(got.width, desc.view.width);
            CHECK_EQ(got.flags, desc.view.flags);
            CHECK_EQ(got.x.scale, desc.view.x.scale);
            CHECK(got.x.lo < got.x.hi && got.y.lo < got.y.hi);
            if (want.x.lo < want.x.hi) {
                CHECK_BITS(got.x.lo, want.x.lo);
                CHECK_BITS(got.x.hi, want.x.hi);
                CHECK_EQ(got.x.origin, want.x.origin);
            }
            if (want.y.lo < want.y.hi) {
                CHECK_BITS(got.y.lo, want.y.lo);
                CHECK_BITS(got.y.hi, want.y.hi);
                CHECK_EQ(got.y.origin, want.y.origin);
            }
            used++;
        }
        data_free(&data);
        oracle_free(&shape);
        if (test_now.failures > 0) {
            printf("    round %d: %s x %s, scales %d %d\n", round, type_names[x_type], type_names[y_type],
                desc.view.x.scale, desc.view.y.scale);
            return;
        }
    }
    CHECK(used > rounds / 2);
}

/* What fit found is inside: every finite row, unless the range is one that the type cannot have. */
TEST(views_fit_then_add_loses_nothing)
{
    uint64_t random = test_now.seed + 21;
    int round, rounds = test_now.quick ? 100 : 1500, added = 0;
    for (round = 0; round < rounds; round++) {
        int x_type = test_below(&random, 10), y_type = test_below(&random, 10);
        pika_grid_desc desc;
        oracle_grid shape;
        test_data data;
        pika_grid grid;
        size_t row, expected = 0, count = (size_t)test_between(&random, 1, 50);
        pika_result result;
        memset(&grid, 0, sizeof grid);
        random_desc(&desc, x_type, y_type, &random);
        desc.view.total_width = desc.view.total_height = desc.view.first_x = desc.view.first_y = 0;
        desc.planes = 0, desc.categories = 0;
        desc.view.flags =
            desc.view.x.hi < 1e299 && desc.view.y.hi < 1e299 ? desc.view.flags & PIKA_EXACT_EDGES : 0;
        oracle_init(&shape, &desc);
        data_init(&data, &shape, x_type, y_type, count, &random);
        for (row = 0; row < count; row++) {
            oracle_value v;
            expected += usable(&data.points.x, row, desc.view.x.scale == PIKA_LOG10, &v) &&
                        usable(&data.points.y, row, desc.view.y.scale == PIKA_LOG10, &v);
        }
        if (expected > 0 && CHECK_OK(pika_fit(NULL, &data.points, &desc.view))) {
            if (!(desc.view.x.hi - desc.view.x.lo <= DBL_MAX && desc.view.y.hi - desc.view.y.lo <= DBL_MAX))
                desc.view.flags = 0; /* refused when the column comes */
            CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
            result = pika_add_points(NULL, &grid, &data.points);
            if (result == PIKA_OK) {
                if (!CHECK_EQ(grid.inside, expected))
                    printf("    round %d: %s x %s, scales %d %d, x [%.17g, %.17g], y [%.17g, %.17g]\n", round,
                        type_names[x_type], type_names[y_type], desc.view.x.scale, desc.view.y.scale,
                        desc.view.x.lo, desc.view.x.hi, desc.view.y.lo, desc.view.y.hi);
                added++;
            } else {
                CHECK_RESULT(result, PIKA_ERR_INVALID);
            }
            pika_grid_free(NULL, &grid);
        }
        data_free(&data);
        oracle_free(&shape);
    }
    CHECK(added > rounds / 3);
}

/* One value alone, and what GROW widens. */
TEST(views_fit_one_value_and_grow)
{
    static const double alone[] = {0, 1, -3.5, 1000, -5000, 1e300, 1e-300, 123456789};
    pika_view view;
    int i;
    for (i = 0; i < 8; i++) {
        double v[3], half = fabs(alone[i]) / 1024 > 0.5 ? fabs(alone[i]) / 1024 : 0.5;
        pika_points points = pika_xy_f64(v, v, 3);
        v[0] = v[1] = v[2] = alone[i];
        memset(&view, 0, sizeof view);
        view.width = view.height = 3;
        CHECK_OK(pika_fit(NULL, &points, &view));
        CHECK_BITS(view.x.lo, rounded(alone[i] - half));
        CHECK_BITS(view.x.hi, rounded(alone[i] + half));
        CHECK_BITS(view.y.hi, rounded(alone[i] + half));
        if (alone[i] <= 0) continue;
        view.x.scale = PIKA_LOG10;
        CHECK_OK(pika_fit(NULL, &points, &view));
        CHECK_BITS(view.x.lo, alone[i] / 2);
        CHECK_BITS(view.x.hi, alone[i] * 2);
    }
    {
        int64_t t[2] = {INT64_C(1700000000000000001), INT64_C(1700000000000000001)};
        pika_points points = pika_xy(pika_i64(t), pika_i64(t), 2);
        pika_grid_desc desc;
        pika_grid grid;
        memset(&grid, 0, sizeof grid);
        good_desc(&desc);
        CHECK_OK(pika_fit(NULL, &points, &desc.view));
        CHECK(desc.view.x.lo < desc.view.x.hi);
        CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
        CHECK_OK(pika_add_points(NULL, &grid, &points));
        CHECK_EQ(grid.inside, 2);
        pika_grid_free(NULL, &grid);
    }
    {
        const double a[] = {2, 3}, b[] = {-1, 2.5}, c[] = {2.25, 2.75};
        pika_points pa = pika_xy_f64(a, a, 2), pb = pika_xy_f64(b, c, 2);
        memset(&view, 0, sizeof view);
        view.width = view.height = 3;
        view.flags = PIKA_FIT_GROW; /* lo == hi: nothing there yet */
        CHECK_OK(pika_fit(NULL, &pa, &view));
        CHECK(view.x.lo == 2 && view.x.hi == 3 && view.y.lo == 2 && view.y.hi == 3);
        CHECK_OK(pika_fit(NULL, &pb, &view));
        CHECK(view.x.lo == -1 && view.x.hi == 3 && view.y.lo == 2 && view.y.hi == 3);
        CHECK_EQ(view.flags, PIKA_FIT_GROW);
        view.flags = 0;
        CHECK_OK(pika_fit(NULL, &pb, &view));
        CHECK(view.x.lo == -1 && view.x.hi == 2.5 && view.y.lo == 2.25 && view.y.hi == 2.75);
    }
    { /* timestamps in chunks: the origin may move, no row may be lost */
        int64_t late[2] = {INT64_C(1700000000000001000), INT64_C(1700000000000005000)};
        int64_t early[2] = {INT64_C(1700000000000000000), INT64_C(1700000000000002000)};
        pika_points pa = pika_xy(pika_i64(late), pika_i64(late), 2),
                    pb = pika_xy(pika_i64(early), pika_i64(early), 2);
        pika_grid_desc desc;
        pika_grid grid;
        memset(&grid, 0, sizeof grid);
        good_desc(&desc);
        desc.view.x.hi = desc.view.y.hi = 0;
        desc.view.flags = PIKA_FIT_GROW;
        CHECK_OK(pika_fit(NULL, &pa, &desc.view));
        CHECK_OK(pika_fit(NULL, &pb, &desc.view));
        CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
        CHECK_OK(pika_add_points(NULL, &grid, &pa));
        CHECK_OK(pika_add_points(NULL, &grid, &pb));
        CHECK_EQ(grid.inside, 4);
        CHECK(desc.view.x.hi - desc.view.x.lo == 5000);
        pika_grid_free(NULL, &grid);
    }
}

/* ---- the edges that decide --------------------------------------------------------------------------- */

static void put_double(uint8_t *at, int type, double v)
{
    float f = (float)v;
    if (type == PIKA_F32) memcpy(at, &f, 4);
    else memcpy(at, &v, 8);
}
static double next_of(int type, double v, int steps)
{
    return type == PIKA_F32 ? (double)step_float((float)v, steps) : step_double(v, steps);
}

/* One value's cell as the library sees it: -1 = outside. */
static int library_cell(pika_ctx *ctx, pika_grid *grid, int type, double v)
{
    uint8_t x[8];
    static const double zero[1] = {0.5};
    pika_points points;
    uint32_t index, count;
    size_t cells;
    put_double(x, type, v);
    points = pika_xy(pika_strided(x, type, 0), pika_f64(zero), 1);
    pika_grid_clear(ctx, grid);
    CHECK_OK(pika_add_points(ctx, grid, &points));
    CHECK_OK(pika_grid_nonempty(ctx, grid, &index, &count, 1, &cells));
    return cells == 0 ? -1 : (int)index;
}

/* Edge i is the smallest value of cell i: it maps there (or further, where cell i has no value of this type),
   the value before it to an earlier cell or outside. So for both float types, all scales, tiles, half open.
 */
TEST(views_edges_decide)
{
    uint64_t random = test_now.seed + 22;
    int round, rounds = test_now.quick ? 60 : 500, done = 0;
    for (round = 0; round < rounds && test_now.failures == 0; round++) {
        int type = test_below(&random, 2), i, n;
        pika_grid_desc desc;
        pika_grid grid;
        pika_ctx ctx;
        double *edges;
        memset(&grid, 0, sizeof grid);
        random_desc(&desc, type, PIKA_F64, &random);
        desc.planes = 0, desc.categories = 0;
        desc.view.height = 1;
        memset(&desc.view.y, 0, sizeof desc.view.y);
        desc.view.y.hi = 1;
        desc.view.first_y = 0;
        if (desc.view.total_height > 0) desc.view.total_height = 1;
        n = desc.view.width;
        edges = (double *)malloc((size_t)(n + 1) * sizeof *edges);
        way_init(&ctx, -1, -1, -1);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        if (pika_view_edges(&ctx, &desc.view, 0, type, edges) == PIKA_OK) {
            int open = (desc.view.flags & PIKA_HALF_OPEN_X) != 0;
            int last = desc.view.total_width == 0 || desc.view.first_x + n == desc.view.total_width;
            int first = desc.view.first_x == 0, cell;
            done++;
            for (i = 0; i<n; i += n> 40 ? 1 + test_below(&random, 5) : 1) {
                CHECK(edges[i] <= edges[i + 1] ||
                      edges[i] > edges[n]); /* past the end: no value reaches cell i */
                cell = library_cell(&ctx, &grid, type, edges[i]);
                if (edges[i] >= edges[i + 1]) continue; /* no value of this type in cell i */
                if (!CHECK_EQ(cell, i)) break;
                cell = library_cell(&ctx, &grid, type, next_of(type, edges[i], -1));
                if (!CHECK(cell < i)) break;
                if (i == 0 && first) CHECK_EQ(cell, -1);
            }
            if (edges[0] < edges[n]) { /* the end: the largest inside, or the first that is not */
                cell = library_cell(&ctx, &grid, type, edges[n]);
                if (open || (!last && cell < 0)) CHECK_EQ(cell, -1);
                else CHECK(cell >= 0);
                if (open) CHECK(library_cell(&ctx, &grid, type, next_of(type, edges[n], -1)) >= 0);
                else CHECK_EQ(library_cell(&ctx, &grid, type, next_of(type, edges[n], 1)), -1);
            }
            if (test_now.failures > 0)
                printf("    round %d: %s, x [%.17g, %.17g] scale %d linear %g, %d cells, flags %u, tile %d "
                       "of %d, "
                       "edge %d\n",
                    round, type_names[type], desc.view.x.lo, desc.view.x.hi, desc.view.x.scale,
                    desc.view.x.linear, n, desc.view.flags, desc.view.first_x, desc.view.total_width, i);
        }
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        free(edges);
    }
    CHECK(done > rounds / 2);
}

/* The last exact edge is hi itself, also where n * step + lo falls short of it: numpy's linspace says so. */
TEST(views_last_exact_edge_is_hi)
{
    static const double ranges[][2] = {{0, 1}, {0.1, 0.7}, {-3.3, 1e6}};
    static double edges[401];
    int n, k, shorter = 0;
    for (n = 1; n <= 400; n++)
        for (k = 0; k < 3; k++) {
            double lo = ranges[k][0], hi = ranges[k][1], step = rounded(rounded(hi - lo) / n);
            const double x[1] = {hi}, y[1] = {0};
            pika_points points = pika_xy_f64(x, y, 1);
            pika_grid_desc desc;
            pika_grid grid;
            int i;
            memset(&desc, 0, sizeof desc);
            memset(&grid, 0, sizeof grid);
            one_value_view(&desc.view, lo, hi, n);
            desc.view.flags = PIKA_EXACT_EDGES;
            CHECK_OK(pika_view_edges(NULL, &desc.view, 0, PIKA_F64, edges));
            for (i = 0; i < n; i++)
                if (!CHECK_BITS(edges[i], rounded(rounded(i * step) + lo))) break;
            CHECK_BITS(edges[n], hi);
            shorter += rounded(rounded(n * step) + lo) < hi;
            CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
            CHECK_OK(pika_add_points(NULL, &grid, &points));
            CHECK_EQ(pika_grid_counts(&grid)[n - 1], 1);
            pika_grid_free(NULL, &grid);
        }
    CHECK(shorter > 10);
}

/* Fixed: hi == +0 half open took the key before it, which is -0, and so counted zeros inside. */
TEST(views_half_open_at_zero)
{
    static const double x[] = {-1, -0.5, -4.9e-324, -0.0, 0, 4.9e-324}, y[] = {0, 0, 0, 0, 0, 0};
    static const float x32[] = {-1, -0.5f, -1.4e-45f, -0.0f, 0, 1.4e-45f};
    int zero, exact, way, wide;
    pika_ctx ctx;
    for (zero = 0; zero < 2; zero++)
        for (exact = 0; exact < 2; exact++)
            for (wide = 0; wide < 2; wide++)
                for (way = 0; way_next(&way, 0, &ctx); pika_ctx_free(&ctx)) {
                    pika_points points = pika_xy(wide ? pika_f64(x) : pika_f32(x32), pika_f64(y), 6);
                    pika_grid_desc desc;
                    pika_grid grid;
                    double edges[3];
                    memset(&desc, 0, sizeof desc);
                    memset(&grid, 0, sizeof grid);
                    one_value_view(&desc.view, -1, zero ? -0.0 : 0.0, 2);
                    desc.view.flags = PIKA_HALF_OPEN_X | (exact ? (unsigned)PIKA_EXACT_EDGES : 0u);
                    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
                    CHECK_OK(pika_add_points(&ctx, &grid, &points));
                    CHECK_EQ(grid.inside, 3);
                    CHECK_EQ(grid.outside, 3);
                    CHECK_OK(pika_view_edges(&ctx, &desc.view, 0, wide ? PIKA_F64 : PIKA_F32, edges));
                    CHECK(edges[2] == 0);
                    pika_grid_free(&ctx, &grid);
                }
}

/* The same for the cells of integers: the smallest integer not below edge i is the first in cell i or later.
 */
TEST(views_edges_of_integers)
{
    static const struct {
        int type;
        double lo, hi;
        int n, scale;
    } cases[] = {{PIKA_I8, -128, 127, 100, 0}, {PIKA_U8, 0, 255, 37, 0}, {PIKA_I16, -3000.5, 3001, 700, 0},
        {PIKA_U16, 1, 65535, 90, 1}, {PIKA_I32, -1e6, 1e6, 777, 0}, {PIKA_U32, 5, 4e9, 33, 1},
        {PIKA_I16, -32768, 32767, 99, 2}, {PIKA_U8, 0, 20, 64, 0}};
    static double edges[800];
    int c, i;
    for (c = 0; c < 8; c++) {
        pika_grid_desc desc;
        oracle_grid want;
        memset(&desc, 0, sizeof desc);
        one_value_view(&desc.view, cases[c].lo, cases[c].hi, cases[c].n);
        desc.view.x.scale = cases[c].scale;
        CHECK_OK(pika_view_edges(NULL, &desc.view, 0, cases[c].type, edges));
        oracle_init(&want, &desc);
        for (i = 1; i < cases[c].n; i++) {
            uint8_t bytes[8];
            int above = -1, below = -1;
            pika_column column = pika_strided(bytes, cases[c].type, 0);
            double up = ceil(edges[i]);
            put_integer(bytes, cases[c].type, up, 0, 0);
            if (oracle_cell(&want.x, &column, 0, &above) != ROW_INSIDE || !CHECK(above >= i)) break;
            put_integer(bytes, cases[c].type, up - 1, 0, 0);
            if (oracle_cell(&want.x, &column, 0, &below) == ROW_INSIDE && !CHECK(below < i)) break;
        }
        CHECK_EQ(i, cases[c].n);
        oracle_free(&want);
    }
}

/* A tile of a whole of 2^30 cells: no table that long is made, and cells beyond float's integers are found.
 */
TEST(views_tile_of_a_billion)
{
    const double x[] = {0, 0.5, 0.50000001, 0.5000000149, 1};
    const double y[] = {0.5, 0.5, 0.5, 0.5, 0.5};
    pika_points points = pika_xy_f64(x, y, 5);
    int scale;
    for (scale = 0; scale < 3; scale++) {
        pika_grid_desc desc;
        pika_grid grid;
        memset(&grid, 0, sizeof grid);
        good_desc(&desc);
        desc.view.width = 64, desc.view.height = 4;
        desc.view.x.lo = scale == 0 ? 0 : 0.25;
        desc.view.x.hi = 1, desc.view.y.lo = 0.25, desc.view.y.hi = 1;
        desc.view.x.scale = scale;
        desc.view.total_width = 1 << 30, desc.view.total_height = 4;
        desc.view.first_x = 1 << 29;
        CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
        CHECK_OK(pika_add_points(NULL, &grid, &points));
        if (scale == 0) {
            CHECK_EQ(grid.inside, 3);
            CHECK_EQ(pika_grid_counts(&grid)[64 + 0], 1); /* y 0.5 is in row 1 of 4 */
            CHECK_EQ(pika_grid_counts(&grid)[64 + 10], 1);
            CHECK_EQ(pika_grid_counts(&grid)[64 + 15], 1);
        }
        CHECK_EQ(grid.inside + grid.outside + grid.invalid, 5);
        pika_grid_free(NULL, &grid);
    }
}

/* Half-open neighbours count every row once; tiles put together are the whole. */
TEST(views_neighbours_and_tiles_make_the_whole)
{
    uint64_t random = test_now.seed + 23;
    int round;
    for (round = 0; round < (test_now.quick ? 6 : 40); round++) {
        int type = test_below(&random, 10), tw, th, x, y;
        pika_grid_desc desc;
        oracle_grid whole;
        test_data data;
        uint64_t inside = 0;
        size_t bad = 0;
        memset(&desc, 0, sizeof desc);
        random_axis(&desc.view.x, type, test_below(&random, 3), 60, &random);
        random_axis(&desc.view.y, PIKA_F64, test_below(&random, 3), 45, &random);
        desc.view.width = 60, desc.view.height = 45;
        desc.view.flags =
            (unsigned)test_below(&random, desc.view.x.hi < 1e307 && desc.view.y.hi < 1e307 ? 8 : 4);
        oracle_init(&whole, &desc);
        data_init(&data, &whole, type, PIKA_F64, 2000, &random);
        if (!oracle_refuses(&whole.x, type) && !oracle_refuses(&whole.y, PIKA_F64)) {
            oracle_add(&whole, &data.points, 0, 2000);
            tw = 1 + test_below(&random, 60), th = 1 + test_below(&random, 45);
            for (y = 0; y < 45; y += th)
                for (x = 0; x < 60; x += tw) {
                    pika_grid grid;
                    int i, k;
                    memset(&grid, 0, sizeof grid);
                    desc.view.width = 60 - x < tw ? 60 - x : tw;
                    desc.view.height = 45 - y < th ? 45 - y : th;
                    desc.view.first_x = x, desc.view.first_y = y;
                    desc.view.total_width = 60, desc.view.total_height = 45;
                    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
                    CHECK_OK(pika_add_points(NULL, &grid, &data.points));
                    inside += grid.inside;
                    CHECK_EQ(grid.invalid, whole.invalid);
                    for (k = 0; k < desc.view.height; k++)
                        for (i = 0; i < desc.view.width; i++)
                            bad += pika_grid_counts(&grid)[k * desc.view.width + i] !=
                                   whole.sums[(y + k) * 60 + x + i].count;
                    pika_grid_free(NULL, &grid);
                }
            CHECK_EQ(bad, 0);
            CHECK_EQ(inside, whole.inside);
        }
        data_free(&data);
        oracle_free(&whole);
    }
}

AREA(views, LISTED(views_fit_random), LISTED(views_fit_then_add_loses_nothing),
    LISTED(views_fit_one_value_and_grow), LISTED(views_edges_decide), LISTED(views_last_exact_edge_is_hi),
    LISTED(views_half_open_at_zero), LISTED(views_edges_of_integers), LISTED(views_tile_of_a_billion),
    LISTED(views_neighbours_and_tiles_make_the_whole));
