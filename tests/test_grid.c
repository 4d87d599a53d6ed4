/* Grids: reading planes, all categories together, merging, stats, the list of cells, other views. */

/* Pools b's values into a, whose rows are `rows` earlier (-1: the rows count alike, as categories do). */
static void oracle_pool(oracle_sums *a, const oracle_sums *b, int64_t rows)
{
    int64_t shift = rows > 0 ? rows : 0;
    a->count += b->count;
    a->sum = rounded(a->sum + b->sum);
    if (b->values == 0) return;
    if (a->values == 0) {
        uint32_t count = a->count;
        double sum = a->sum;
        *a = *b;
        a->count = count;
        a->sum = sum;
        a->row_lowest += shift;
        a->row_highest += shift;
        return;
    } else {
        double na = a->values, nb = b->values, n = na + nb, d = rounded(b->mean - a->mean);
        double ab = rounded(rounded(na * nb) / n);
        a->mean = rounded(a->mean + rounded(d * rounded(nb / n)));
        a->m2 = rounded(rounded(a->m2 + b->m2) + rounded(rounded(d * d) * ab));
    }
    a->values += b->values;
    if (b->lowest < a->lowest || (b->lowest == a->lowest && b->row_lowest + shift < a->row_lowest))
        a->lowest = b->lowest, a->row_lowest = b->row_lowest + shift;
    if (b->highest > a->highest || (b->highest == a->highest && b->row_highest + shift < a->row_highest))
        a->highest = b->highest, a->row_highest = b->row_highest + shift;
    if (rows >= 0) a->last = b->last;
}

static void planes_desc(pika_grid_desc *desc, int categories)
{
    memset(desc, 0, sizeof *desc);
    desc->view.width = 13, desc->view.height = 9;
    desc->view.x.hi = desc->view.y.hi = 1;
    desc->planes = ALL_PLANES;
    desc->categories = categories;
}

/* Two grids merged are what the oracle pools; counts and order as if the rows had come one after the other.
 */
TEST(grid_merge)
{
    uint64_t random = test_now.seed + 30;
    int round;
    for (round = 0; round < (test_now.quick ? 20 : 200); round++) {
        int type = test_below(&random, 10), n_a = test_below(&random, 3) ? test_below(&random, 900) : 0;
        int n_b = test_below(&random, 3) ? test_below(&random, 900) : 0;
        pika_grid_desc desc;
        pika_grid a, b;
        oracle_grid whole, part, tail;
        test_data data_a, data_b;
        size_t i;
        uint64_t hits;
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        planes_desc(&desc, test_below(&random, 3));
        if (type != PIKA_F32 && type != PIKA_F64) desc.view.x.hi = 100;
        oracle_init(&whole, &desc);
        oracle_init(&part, &desc);
        oracle_init(&tail, &desc);
        data_init(&data_a, &whole, type, PIKA_F64, (size_t)n_a, &random);
        data_init(&data_b, &whole, type, PIKA_F64, (size_t)n_b, &random);
        oracle_add(&whole, &data_a.points, 0, (size_t)n_a);
        oracle_add(&whole, &data_b.points, 0, (size_t)n_b);
        oracle_add(&part, &data_a.points, 0, (size_t)n_a);
        oracle_add(&tail, &data_b.points, 0, (size_t)n_b);
        for (i = 0; i < part.cells * (size_t)part.layers; i++)
            oracle_pool(&part.sums[i], &tail.sums[i], (int64_t)part.total);
        part.total += tail.total, part.inside += tail.inside, part.outside += tail.outside;
        part.invalid += tail.invalid, part.no_value += tail.no_value;
        part.told = 0;
        CHECK_OK(pika_grid_alloc(NULL, &a, &desc));
        CHECK_OK(pika_grid_alloc(NULL, &b, &desc));
        CHECK_OK(pika_add_points(NULL, &a, &data_a.points));
        CHECK_OK(pika_add_points(NULL, &b, &data_b.points));
        CHECK_OK(pika_grid_merge(NULL, &a, &b));
        grid_equals(&a, &part, "merged");
        CHECK_EQ(part.total, whole.total);
        for (i = 0; i < part.cells * (size_t)part.layers; i++) { /* what merging does not round differently */
            CHECK_EQ(part.sums[i].count, whole.sums[i].count);
            CHECK_EQ(part.sums[i].values, whole.sums[i].values);
            CHECK_EQ(part.sums[i].row_lowest, whole.sums[i].row_lowest);
            CHECK_EQ(part.sums[i].row_highest, whole.sums[i].row_highest);
            CHECK(test_bits(part.sums[i].first) == test_bits(whole.sums[i].first));
            CHECK(test_bits(part.sums[i].last) == test_bits(whole.sums[i].last));
        }
        { /* all categories together: the extremes, first and last of the rows one after the other */
            static const unsigned planes[] = {
                PIKA_COUNT, PIKA_MIN, PIKA_MAX, PIKA_FIRST, PIKA_ARGMIN, PIKA_ARGMAX, PIKA_LAST, PIKA_ANY};
            pika_grid both;
            double p[13 * 9], q[13 * 9];
            memset(&both, 0, sizeof both);
            CHECK_OK(pika_grid_alloc(NULL, &both, &desc));
            CHECK_OK(pika_add_points(NULL, &both, &data_a.points));
            CHECK_OK(pika_add_points(NULL, &both, &data_b.points));
            for (i = 0; i < 8; i++) {
                CHECK_OK(pika_grid_read(NULL, &a, planes[i], PIKA_ALL_CATEGORIES, p));
                CHECK_OK(pika_grid_read(NULL, &both, planes[i], PIKA_ALL_CATEGORIES, q));
                CHECK_EQ(memcmp(p, q, sizeof p), 0);
            }
            pika_grid_free(NULL, &both);
        }
        hits = a.hits; /* a grid merged into itself: twice the rows, no harm */
        CHECK_OK(pika_grid_merge(NULL, &a, &a));
        CHECK_EQ(a.hits, 2 * hits);
        pika_grid_free(NULL, &a);
        pika_grid_free(NULL, &b);
        oracle_free(&whole);
        oracle_free(&part);
        oracle_free(&tail);
        data_free(&data_a);
        data_free(&data_b);
        if (test_now.failures > 0) return;
    }
}

/* PIKA_ALL_CATEGORIES: what adds up adds up in the order of the categories; extremes, first and last by row.
 */
TEST(grid_read_all_categories)
{
    uint64_t random = test_now.seed + 31;
    int round, plane, categories;
    for (round = 0; round < (test_now.quick ? 10 : 60); round++)
        for (categories = 0; categories <= 4; categories++) {
            pika_grid_desc desc;
            pika_grid grid;
            oracle_grid want, together;
            test_data data;
            double all[13 * 9];
            size_t i, k, bad = 0;
            memset(&grid, 0, sizeof grid);
            planes_desc(&desc, categories);
            oracle_init(&want, &desc);
            data_init(&data, &want, PIKA_F32, PIKA_F64, 700, &random);
            oracle_add(&want, &data.points, 0, 700);
            desc.categories = 0;
            oracle_init(&together, &desc);
            desc.categories = categories;
            CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
            for (k = 0; k < 700; k += 300) { /* in chunks: rows count from the clear */
                pika_points part = points_from(&data.points, k);
                part.x.valid_offset += k, part.y.valid_offset += k;
                part.value.valid_offset += k, part.category.valid_offset += k;
                if (part.count > 300) part.count = 300;
                CHECK_OK(pika_add_points(NULL, &grid, &part));
            }
            for (i = 0; i < want.cells; i++) {
                oracle_sums sums;
                memset(&sums, 0, sizeof sums);
                for (k = 0; k < (size_t)want.layers; k++)
                    oracle_pool(&sums, &want.sums[k * want.cells + i], -1);
                together.sums[i] = sums;
            }
            for (plane = 0; plane < 12; plane++) {
                if (plane == 8 || plane == 9) continue; /* first and last: below, they need the rows */
                CHECK_OK(pika_grid_read(NULL, &grid, 1u << plane, PIKA_ALL_CATEGORIES, all));
                for (i = 0; i < want.cells; i++)
                    bad += test_bits(all[i]) != test_bits(oracle_plane(&together.sums[i], 1u << plane));
                if (!CHECK_EQ(bad, 0)) {
                    printf("    %s, %d categories\n", plane_names[plane], categories);
                    break;
                }
            }
            /* first and last of all rows that are in a category: as a grid with that category alone has them
             */
            oracle_clear(&together);
            for (i = 0; i < 700; i++) {
                int x = 0, y = 0;
                oracle_value v;
                oracle_sums *s;
                if (oracle_cell(&want.x, &data.points.x, i, &x) != ROW_INSIDE) continue;
                if (oracle_cell(&want.y, &data.points.y, i, &y) != ROW_INSIDE) continue;
                if (categories > 0 && (oracle_get(&data.points.category, i, &v) != VALUE_OK || v.number < 0 ||
                                          v.number >= categories))
                    continue;
                s = &together.sums[y * 13 + x];
                s->count++;
                if (oracle_get(&data.points.value, i, &v) == VALUE_OK)
                    oracle_add_value(s, v.number, (int64_t)i);
            }
            for (plane = 8; plane <= 9; plane++) {
                CHECK_OK(pika_grid_read(NULL, &grid, 1u << plane, PIKA_ALL_CATEGORIES, all));
                for (i = 0; i < want.cells; i++)
                    bad += test_bits(all[i]) != test_bits(oracle_plane(&together.sums[i], 1u << plane));
                if (!CHECK_EQ(bad, 0)) printf("    %s, %d categories\n", plane_names[plane], categories);
            }
            pika_grid_free(NULL, &grid);
            oracle_free(&want);
            oracle_free(&together);
            data_free(&data);
            if (test_now.failures > 0) return;
        }
}

/* By hand: -0 orders as +0, ties go to the first row, NaN and nulls are no value, rows count from the clear.
 */
TEST(grid_values_by_hand)
{
    const double nan = double_of_bits(UINT64_C(0x7FF0000000000123)), inf = HUGE_VAL;
    const double x[8] = {0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 5}, y[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    const double v[8] = {-0.0, 0, -0.0, nan, inf, -inf, nan, 7};
    const uint8_t valid[1] = {0xFD};
    double out[2];
    pika_points points = pika_xy_f64(x, y, 8);
    pika_grid_desc desc;
    pika_grid grid;
    pika_stats stats;
    pika_ctx ctx;
    int way, round;
    memset(&desc, 0, sizeof desc);
    one_value_view(&desc.view, 0, 1, 2);
    desc.planes = ALL_PLANES | PIKA_COVERAGE;
    points.value = pika_f64(v);
    for (way = 0; way_next(&way, 1, &ctx); pika_ctx_free(&ctx))
        for (round = 0; round < 2; round++) {
            memset(&grid, 0, sizeof grid);
            points.value.valid = NULL;
            CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
            if (round == 1) { /* the same after other rows and a clear */
                CHECK_OK(pika_add_points(&ctx, &grid, &points));
                pika_grid_clear(&ctx, &grid);
            }
            CHECK_OK(pika_add_points(&ctx, &grid, &points));
            CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
            CHECK_EQ(stats.no_value, 2);
            CHECK_EQ(stats.inside, 7);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_MIN, 0, out));
            CHECK_BITS(out[0], 0.0);
            CHECK_BITS(out[1], -inf);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_MAX, 0, out));
            CHECK_BITS(out[0], 0.0);
            CHECK_BITS(out[1], inf);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_ARGMIN, 0, out));
            CHECK_BITS(out[0], 0.0);
            CHECK_BITS(out[1], 5.0);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_ARGMAX, 0, out));
            CHECK_BITS(out[0], 0.0);
            CHECK_BITS(out[1], 4.0);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_SUM, 0, out));
            CHECK_BITS(out[0], 0.0); /* from +0 */
            CHECK_BITS(out[1], double_of_bits(UINT64_C(0x7FF8000000000000)));
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_FIRST, 0, out));
            CHECK_BITS(out[0], -0.0);
            CHECK_BITS(out[1], inf);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_LAST, 0, out));
            CHECK_BITS(out[0], -0.0);
            CHECK_BITS(out[1], -inf);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_VAR, 0, out));
            CHECK_BITS(out[0], 0.0);
            CHECK_BITS(out[1], double_of_bits(UINT64_C(0x7FF8000000000000)));
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_COVERAGE, 0, out));
            CHECK_BITS(out[0], 0.0);
            points.value.valid = valid; /* the second row's value is null */
            CHECK_OK(pika_add_points(&ctx, &grid, &points));
            CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
            CHECK_EQ(stats.no_value, 5);
            CHECK_EQ(stats.total, 16);
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_ARGMIN, 0, out));
            CHECK_BITS(out[0], 0.0);
            pika_grid_free(&ctx, &grid);
        }
    desc.planes = ALL_PLANES | PIKA_COVERAGE; /* an empty grid of everything, in three categories */
    desc.categories = 3;
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    for (round = -1; round < 3; round++)
        for (way = 0; way < 13; way++) {
            CHECK_OK(pika_grid_read(NULL, &grid, 1u << way, round, out));
            if (way == 0 || way == 1 || way == 2 || way == 12) CHECK_BITS(out[1], 0.0);
            else if (way == 10 || way == 11) CHECK_BITS(out[1], -1.0);
            else CHECK_BITS(out[1], double_of_bits(UINT64_C(0x7FF8000000000000)));
        }
    pika_grid_free(NULL, &grid);
}

TEST(grid_nonempty_list)
{
    uint64_t random = test_now.seed + 32;
    pika_grid_desc desc;
    pika_grid grid;
    oracle_grid want;
    test_data data;
    uint32_t index[400], count[400];
    size_t cells = 0, capacity, i, k;
    memset(&grid, 0, sizeof grid);
    planes_desc(&desc, 3);
    desc.planes = 0;
    oracle_init(&want, &desc);
    data_init(&data, &want, PIKA_F32, PIKA_F32, 150, &random);
    oracle_add(&want, &data.points, 0, 150);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_grid_nonempty(NULL, &grid, NULL, NULL, 0, &cells));
    CHECK_EQ(cells, 0);
    CHECK_OK(pika_grid_nonempty(NULL, &grid, index, count, 0, &cells)); /* nothing fits into nothing */
    CHECK_OK(pika_add_points(NULL, &grid, &data.points));
    CHECK_OK(pika_grid_nonempty(NULL, &grid, NULL, NULL, 0, &cells));
    CHECK(cells > 3 && cells < 351);
    error_begin();
    for (capacity = 0; capacity <= cells + 1; capacity++) {
        size_t told = 0;
        memset(index, 0xEE, sizeof index);
        memset(count, 0xEE, sizeof count);
        if (capacity < cells) {
            REFUSED(pika_grid_nonempty(&error_ctx, &grid, index, count, capacity, &told), PIKA_ERR_SIZE,
                "pika_grid_nonempty|capacity");
            CHECK_EQ(index[0], 0xEEEEEEEEu);
            CHECK_EQ(count[0], 0xEEEEEEEEu);
        } else {
            CHECK_OK(pika_grid_nonempty(&error_ctx, &grid, index, count, capacity, &told));
            for (i = k = 0; i < want.cells * 3; i++) {
                if (want.sums[i].count == 0) continue;
                CHECK_EQ(index[k], i);
                CHECK_EQ(count[k], want.sums[i].count);
                k++;
            }
            CHECK_EQ(k, cells);
            CHECK_EQ(index[cells], 0xEEEEEEEEu);
        }
        CHECK_EQ(told, cells);
    }
    REFUSED(pika_grid_nonempty(&error_ctx, &grid, index, NULL, 400, &cells), PIKA_ERR_INVALID,
        "pika_grid_nonempty|count");
    pika_ctx_free(&error_ctx);
    pika_grid_free(NULL, &grid);
    oracle_free(&want);
    data_free(&data);
}

/* Looking elsewhere clears and gives what a new grid gives, whatever scale came before. */
TEST(grid_set_view)
{
    uint64_t random = test_now.seed + 33;
    int round;
    pika_grid grid;
    pika_grid_desc desc;
    memset(&grid, 0, sizeof grid);
    memset(&desc, 0, sizeof desc);
    desc.view.width = 64, desc.view.height = 31;
    desc.view.x.hi = desc.view.y.hi = 1;
    desc.planes = PIKA_COUNT | PIKA_MIN | PIKA_ARGMAX;
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    for (round = 0; round < 60; round++) {
        oracle_grid want;
        test_data data;
        pika_grid_desc other;
        random_desc(&other, PIKA_F64, PIKA_F32, &random);
        other.view.width = 64, other.view.height = 31;
        if (other.view.total_width > 0) other.view.total_width = other.view.total_height = 300;
        desc.view = other.view;
        CHECK_OK(pika_grid_set_view(NULL, &grid, &desc.view));
        if (pika_grid_get_desc(&grid) == NULL) return;
        CHECK_EQ(memcmp(&pika_grid_get_desc(&grid)->view, &desc.view, sizeof desc.view), 0);
        CHECK_EQ(pika_grid_get_desc(&grid)->planes, PIKA_COUNT | PIKA_MIN | PIKA_ARGMAX);
        oracle_init(&want, &desc);
        grid_equals(&grid, &want, "set_view clears");
        data_init(&data, &want, PIKA_F64, PIKA_F32, 500, &random);
        if (pika_add_points(NULL, &grid, &data.points) == PIKA_OK) {
            oracle_add(&want, &data.points, 0, 500);
            grid_equals(&grid, &want, "after set_view");
        }
        oracle_free(&want);
        data_free(&data);
    }
    pika_grid_free(NULL, &grid);
}

/* Each plane to its last cell. */
TEST(grid_clear_of_all_planes)
{
    pika_grid_desc desc;
    pika_grid want, grid;
    int store;
    planes_desc(&desc, 0);
    memset(&want, 0, sizeof want);
    memset(&grid, 0, sizeof grid);
    CHECK_OK(pika_grid_alloc(NULL, &want, &desc));
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    for (store = 0; store < PIKA__STORES; store++) {
        const size_t size = pika__store_bytes(store) * 13 * 9;
        if (grid.planes[store] == NULL) continue;
        CHECK_EQ(memcmp(grid.planes[store], want.planes[store], size), 0);
        memset(grid.planes[store], 0x77, size);
        pika_grid_clear(NULL, &grid);
        CHECK_EQ(memcmp(grid.planes[store], want.planes[store], size), 0);
    }
    pika_grid_free(NULL, &grid);
    pika_grid_free(NULL, &want);
}

/* Rows past 2^32 in all: their indices, the account and merging do not wrap. */
TEST(grid_more_than_four_billion_rows)
{
    static const double x[4] = {0.1, 0.3, 0.6, 0.9}, y[4] = {0, 0, 0, 0}, v[4] = {4, 3, 2, 1}, low[1] = {0.5};
    pika_points points = pika_xy_f64(x, y, 4), one = pika_xy_f64(x + 3, y, 1);
    pika_grid_desc desc;
    pika_grid grid;
    pika_stats stats;
    double out[4];
    int i;
    memset(&grid, 0, sizeof grid);
    memset(&desc, 0, sizeof desc);
    one_value_view(&desc.view, 0, 1, 4);
    desc.planes = PIKA_ARGMIN | PIKA_SUM | PIKA_COUNT;
    points.value = pika_f64(v);
    one.value = pika_f64(low);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    for (i = 0; i < 31; i++) CHECK_OK(pika_grid_merge(NULL, &grid, &grid));
    CHECK_EQ(grid.total, INT64_C(8589934592));
    CHECK_OK(pika_add_points(NULL, &grid, &one));
    CHECK_OK(pika_grid_read(NULL, &grid, PIKA_ARGMIN, 0, out));
    CHECK_BITS(out[0], 0.0);
    CHECK_BITS(out[3], 8589934592.0);
    CHECK_OK(pika_grid_read(NULL, &grid, PIKA_SUM, 0, out));
    CHECK_BITS(out[0], 8589934592.0);
    CHECK_OK(pika_grid_stats(NULL, &grid, &stats));
    CHECK_EQ(stats.hits, INT64_C(8589934593));
    CHECK_EQ(stats.total, INT64_C(8589934593));
    CHECK_EQ(stats.max_count, 2147483649u);
    CHECK_RESULT(pika_grid_merge(NULL, &grid, &grid), PIKA_ERR_SIZE);
    CHECK_EQ(grid.total, INT64_C(8589934593));
    pika_grid_free(NULL, &grid);
}

AREA(grid, LISTED(grid_merge), LISTED(grid_read_all_categories), LISTED(grid_values_by_hand),
    LISTED(grid_nonempty_list), LISTED(grid_set_view), LISTED(grid_clear_of_all_planes),
    LISTED(grid_more_than_four_billion_rows));
