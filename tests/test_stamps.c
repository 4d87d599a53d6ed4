/* Marks, third part: discs, Gaussian bells and the caller's stamps, by their formulas in double. */

/* ---- the oracle ---------------------------------------------------------------------------------------------- */

/* NaN where the point's radius is none. */
static double stamp_radius(const pika_stamps *s, size_t i)
{
    double radius = s->radii.data != NULL ? column_value(&s->radii, i) : s->radius;
    return radius >= 0 && radius <= 1024 ? radius : double_of_bits(UINT64_C(0x7FF8000000000000));
}

/* doubtful[i] = 1 where a bell is cut: the last bit decides. */
static void stamps_oracle(mark_want *want, const pika_stamps *s, uint8_t *doubtful)
{
    const oracle_grid *grid = &want->grid;
    size_t i;
    for (i = 0; i < s->points.count; i++) {
        double x = column_value(&s->points.x, i), y = column_value(&s->points.y, i), value = 0, reach;
        double radius = s->kernel == PIKA_STAMP ? 0 : stamp_radius(s, i), box_x, box_y, left, low;
        int cx, cy, layer = 0, has_value = 0, no_value, valid = x == x && y == y && radius == radius;
        int64_t cell_x = 0, cell_y = 0;
        want->grid.total++;
        if (want_keeps_values(want)) {
            value = column_value(&s->points.value, i);
            has_value = value == value;
        }
        no_value = want_keeps_values(want) && !has_value;
        if (grid->desc.categories > 0) {
            double category = column_value(&s->points.category, i);
            if (!(category >= 0 && category < grid->desc.categories)) valid = 0;
            else layer = (int)category;
        }
        if (!valid) {
            want->grid.invalid++;
            continue;
        }
        x = vertex_place(&grid->desc.view.x, grid->x.whole, x) - grid->x.first;
        y = vertex_place(&grid->desc.view.y, grid->y.whole, y) - grid->y.first;
        reach = s->kernel == PIKA_DISC ? radius + 0.5 : 4 * radius;
        box_x = box_y = 2 * reach, left = x - reach, low = y - reach;
        if (s->kernel == PIKA_STAMP) {
            vertex_cell(&grid->x, &s->points.x, i, &cell_x);
            vertex_cell(&grid->y, &s->points.y, i, &cell_y);
            cell_x -= grid->x.first + s->stamp_width / 2, cell_y -= grid->y.first + s->stamp_height / 2;
            left = (double)cell_x, low = (double)cell_y, box_x = s->stamp_width, box_y = s->stamp_height;
        }
        /* the reach may be counted in lattice steps, or in cells with a centre in it */
        if (left + 1.01 < grid->x.cells && left + box_x > 1.01 && low + 1.01 < grid->y.cells &&
            low + box_y > 1.01) {
            want->grid.inside++;
            want->grid.no_value += (uint64_t)no_value;
        } else if (left - 0.51 <= grid->x.cells && left + box_x >= -0.51 && low - 0.51 <= grid->y.cells &&
                   low + box_y >= -0.51) {
            want->doubtful++;
            want->doubtful_no_value += (uint64_t)no_value;
        }
        for (cy = 0; cy < grid->y.cells; cy++)
            for (cx = 0; cx < grid->x.cells; cx++) {
                double d = sqrt((cx + 0.5 - x) * (cx + 0.5 - x) + (cy + 0.5 - y) * (cy + 0.5 - y)), share = 0;
                int64_t index = (int64_t)grid->cells * layer + cy * grid->x.cells + cx;
                if (s->kernel == PIKA_DISC) {
                    share = radius + 0.5 - d;
                    share = share < 0 ? 0 : share > 1 ? 1 : share;
                } else if (s->kernel == PIKA_GAUSSIAN) {
                    if (fabs(d - 4 * radius) < 0.01 + radius * 0.01) doubtful[index] = 1;
                    if (radius > 0) share = d <= 4 * radius ? exp(-d * d / (2 * radius * radius)) : 0;
                    else share = d == 0;
                    if (radius < 0.01) doubtful[index] = 1;
                } else if (cx >= cell_x && cx < cell_x + s->stamp_width && cy >= cell_y &&
                           cy < cell_y + s->stamp_height) {
                    share = (double)s->stamp[(cy - cell_y) * s->stamp_width + (cx - cell_x)];
                }
                if (share > 0) want_cover(want, index, share, has_value, value);
            }
    }
}

static struct {
    double x[3000], y[3000], value[3000], radii[3000];
    int8_t category[3000];
    float kernel[64 * 64];
} stamp;

TEST(stamps_random)
{
    static const double radii[] = {0, 0.25, 0.5, 1, 2.5, 7, 40, 1024};
    static const double sigmas[] = {0.3, 0.5, 1, 1.75, 3, 6, 25, 200};
    uint64_t random = test_now.seed + 300;
    int round, rounds = test_now.quick ? 60 : 240;
    for (round = 0; round < rounds; round++) {
        int count = 1 + test_below(&random, 6), i, good;
        pika_grid_desc desc;
        pika_grid grid;
        mark_want want;
        uint8_t *doubtful;
        pika_stamps s;
        pika_ctx ctx;
        double tolerance;
        size_t k, n;
        fill_desc(&desc, &random);
        desc.planes = PIKA_COVERAGE | (test_below(&random, 2) ? (unsigned)PIKA_SUM | PIKA_MEAN : 0);
        memset(&s, 0, sizeof s);
        s.kernel = round % 3;
        for (i = 0; i < count; i++) {
            double reach = 10 + test_below(&random, 3) * 10;
            stamp.x[i] = fill_at(&desc.view.x, fill_whole(&desc.view, 0),
                floor((desc.view.first_x +
                          test_between(&random, -400, 1400) / 1000.0 * (desc.view.width + reach)) *
                      512) /
                    512);
            stamp.y[i] = fill_at(&desc.view.y, fill_whole(&desc.view, 1),
                floor((desc.view.first_y +
                          test_between(&random, -400, 1400) / 1000.0 * (desc.view.height + reach)) *
                      512) /
                    512);
            stamp.value[i] = test_below(&random, 9) ? test_between(&random, -800, 800) / 8.0
                                                    : double_of_bits(UINT64_C(0x7FF8000000000000));
            stamp.category[i] = (int8_t)test_between(&random, test_below(&random, 20) ? 0 : -1, 2);
            stamp.radii[i] = (s.kernel == PIKA_DISC ? radii : sigmas)[test_below(&random, 7)];
            if (test_below(&random, 12) == 0)
                stamp.radii[i] = i % 2 ? -1 : i % 3 ? 1025 : double_of_bits(UINT64_C(0x7FF8000000000000));
            if (test_below(&random, 20) == 0) stamp.y[i] = double_of_bits(UINT64_C(0x7FF8000000000000));
        }
        s.points = pika_xy_f64(stamp.x, stamp.y, (size_t)count);
        s.points.value = pika_f64(stamp.value);
        s.points.category = pika_strided(stamp.category, PIKA_I8, 0);
        s.radius = (s.kernel == PIKA_DISC ? radii : sigmas)[test_below(&random, 8)];
        if (test_below(&random, 2) && s.kernel != PIKA_STAMP) s.radii = pika_f64(stamp.radii);
        if (s.kernel == PIKA_STAMP) {
            s.stamp = stamp.kernel;
            s.stamp_width = 1 + test_below(&random, 12), s.stamp_height = 1 + test_below(&random, 12);
            for (i = 0; i < s.stamp_width * s.stamp_height; i++)
                stamp.kernel[i] = (float)test_below(&random, 1025) / 1024.0f;
        }
        want_init(&want, &desc);
        n = want.grid.cells * (size_t)want.grid.layers;
        doubtful = (uint8_t *)calloc(n, 1);
        stamps_oracle(&want, &s, doubtful);
        memset(&grid, 0, sizeof grid);
        mark_random_way(&ctx, &random);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        if (!CHECK_OK(pika_add_stamps(&ctx, &grid, &s))) printf("        %s\n", pika_last_error(&ctx));
        good = want_account(&grid, &want, "stamps");
        { /* what the cut decides is not compared closely: exp(-8) = 0.0003 */
            double *read = (double *)malloc(want.grid.cells * sizeof *read);
            int layer;
            for (layer = 0; layer < want.grid.layers; layer++) {
                CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_COVERAGE, layer, read));
                for (k = 0; k < want.grid.cells; k++) {
                    size_t at = (size_t)layer * want.grid.cells + k;
                    if (doubtful[at] && fabs(read[k] - want.coverage[at]) < 0.0004 * count)
                        want.coverage[at] = read[k];
                }
            }
            free(read);
        }
        tolerance = s.kernel == PIKA_DISC ? 1 / 2048.0 : s.kernel == PIKA_GAUSSIAN ? 1.5 / 65536 : 1e-7;
        if (s.kernel == PIKA_GAUSSIAN && desc.planes != PIKA_COVERAGE) tolerance = 1 / 2048.0;
        good &= want_covers(&grid, &want, tolerance * (count + 1), "stamps");
        if (!good)
            printf("    round %d, kernel %d, radius %g, %d points\n", round, s.kernel, s.radius, count);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        want_free(&want);
        free(doubtful);
        if (!good) return;
    }
}

/* Where the stamp lies, its first row lowest; a bell and a disc in the middle of a cell. */
TEST(stamps_by_hand)
{
    static const float two[] = {0.125f, 0.25f, 0.5f, 1}, three[] = {0.25f, 0.5f, 0.75f};
    double x = 3.9, y = 2.1, read[7 * 5];
    pika_grid_desc desc;
    pika_grid grid;
    pika_stamps s;
    int k, cx, cy;
    cells_desc(&desc, 7, 5);
    desc.planes = PIKA_COVERAGE;
    memset(&grid, 0, sizeof grid);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    for (k = 0; k < 4; k++) {
        memset(&s, 0, sizeof s);
        pika_grid_clear(NULL, &grid);
        s.points = pika_xy_f64(&x, &y, 1);
        s.kernel = PIKA_STAMP;
        s.stamp = k == 0 ? two : three;
        s.stamp_width = k == 0 ? 2 : k == 1 ? 3 : 1, s.stamp_height = k == 0 ? 2 : k == 1 ? 1 : 3;
        if (k == 3) {
            s.kernel = PIKA_DISC, s.radius = 1.5;
            x = 3.5, y = 2.5;
        }
        CHECK_OK(pika_add_stamps(NULL, &grid, &s));
        CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, read));
        for (cy = 0; cy < 5; cy++)
            for (cx = 0; cx < 7; cx++) {
                double want = 0;
                int dx = cx - 3, dy = cy - 2;
                if (k == 0 && dx >= -1 && dx <= 0 && dy >= -1 && dy <= 0)
                    want = (double)two[(dy + 1) * 2 + dx + 1];
                if (k == 1 && dy == 0 && dx >= -1 && dx <= 1) want = (double)three[dx + 1];
                if (k == 2 && dx == 0 && dy >= -1 && dy <= 1) want = (double)three[dy + 1];
                if (k == 3 && dx * dx + dy * dy <= 1) want = 1;
                if (k == 3 && dx * dx + dy * dy > 1) continue;
                CHECK(read[cy * 7 + cx] == want);
            }
        CHECK_EQ(grid.total, 1);
        CHECK_EQ(grid.inside, 1);
        CHECK_EQ(grid.hits, 0);
    }
    pika_grid_free(NULL, &grid);
}

/* Shares past 0 .. 1 are cut there, a NaN is none. */
TEST(stamps_odd_shares)
{
    const float odd[] = {
        -0.5f, 1.5f, (float)HUGE_VAL, -(float)HUGE_VAL, float_of_bits(0x7FC00000u), 1e30f, 0.5f};
    static const double want[] = {0, 1, 1, 0, 0, 1, 0.5};
    double x = 3.5, y = 0.5, read[7];
    pika_grid_desc desc;
    pika_grid grid;
    pika_stamps s;
    int i;
    cells_desc(&desc, 7, 1);
    desc.planes = PIKA_COVERAGE;
    memset(&s, 0, sizeof s);
    memset(&grid, 0, sizeof grid);
    s.points = pika_xy_f64(&x, &y, 1);
    s.kernel = PIKA_STAMP;
    s.stamp = odd;
    s.stamp_width = 7, s.stamp_height = 1;
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_stamps(NULL, &grid, &s));
    CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, read));
    for (i = 0; i < 7; i++) CHECK(read[i] == want[i]);
    pika_grid_free(NULL, &grid);
}

/* ---- scenes ------------------------------------------------------------------------------------------------------- */

enum { STAMP_SCENES = 4 };
static const char *const stamp_scene_names[STAMP_SCENES] = {"discs_values", "bells", "bells_radii", "stamps"};

static void stamp_scene(int which, size_t count, int width, int height, pika_grid_desc *desc, mark *m)
{
    size_t i;
    cells_desc(desc, width, height);
    desc->view.x.hi = desc->view.y.hi = 1;
    desc->planes = PIKA_COVERAGE | (which % 2 == 0 ? (unsigned)PIKA_SUM | PIKA_MEAN : 0);
    desc->categories = which == 3 ? 2 : 0;
    scene_walk(count, 20000, 50, 13);
    mark_init(m, MARK_STAMPS);
    m->as.stamps.points = scene_points(count);
    m->as.stamps.kernel = which == 0 ? PIKA_DISC : which == 3 ? PIKA_STAMP : PIKA_GAUSSIAN;
    m->as.stamps.radius = which == 0 ? 2.75 : 1.25;
    for (i = 0; i < count; i++) scene.x1[i] = (float)((i * 7919) % 64) / 32.0f - 0.03125f;
    if (which == 2) m->as.stamps.radii = pika_f32(scene.x1);
    for (i = 0; i < 25; i++) stamp.kernel[i] = (float)(i % 7) / 8.0f;
    m->as.stamps.stamp = stamp.kernel;
    m->as.stamps.stamp_width = 5, m->as.stamps.stamp_height = 4;
}

TEST(stamps_every_way)
{
    pika_grid_desc desc;
    mark m;
    scenes_every_way(stamp_scene, stamp_scene_names, STAMP_SCENES, test_now.quick ? 2000 : 6000);
    stamp_scene(1, test_now.quick ? 20000 : 100000, 90, 70, &desc, &m);
    m.as.stamps.radius = 0.5;
    scene_on_threads(&desc, &m, "bells");
}

TEST(stamps_tiles) { scenes_tiles(stamp_scene, stamp_scene_names, STAMP_SCENES, 400, 301); }

TEST(stamps_allocations_fail) { scenes_memory(stamp_scene, stamp_scene_names, STAMP_SCENES, 500); }

TEST(stamps_cancel_and_go_on)
{
    pika_grid_desc desc;
    mark m;
    stamp_scene(0, 60000, 30, 20, &desc, &m);
    m.as.stamps.radius = 0.5;
    desc.planes = PIKA_COVERAGE;
    CHECK(mark_cancel(&desc, &m, 60000, "discs") >= 1);
}

/* ---- refusals ------------------------------------------------------------------------------------------------------ */

static void complete_stamps(mark *m) { m->as.stamps.radius = 2; }

TEST(stamps_errors)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    static const float kernel[4] = {0, 0.5f, 1, 0.25f};
    pika_grid grid, zero;
    mark m;
    error_begin();
    memset(&zero, 0, sizeof zero);
#define BAD_STAMPS(change, parts) \
    BAD_MARK(MARK_STAMPS, PIKA_COVERAGE, 0, (complete_stamps(&m), change), PIKA_ERR_INVALID, \
        "pika_add_stamps|" parts)
#define BAD_KERNEL(change, parts) \
    BAD_STAMPS((m.as.stamps.kernel = PIKA_STAMP, m.as.stamps.stamp = kernel, m.as.stamps.stamp_width = 2, \
                   m.as.stamps.stamp_height = 2, change), \
        parts)
    BAD_STAMPS(m.as.stamps.points.x.data = NULL, "x.data");
    BAD_STAMPS(m.as.stamps.points.y.type = 10, "y.type|10");
    BAD_STAMPS(m.as.stamps.points.y.stride = 7, "y.stride|7|8");
    BAD_STAMPS(m.as.stamps.kernel = 3, "kernel|3");
    BAD_STAMPS(m.as.stamps.kernel = -1, "kernel|-1");
    BAD_STAMPS(m.as.stamps.radius = -1, "radius|-1");
    BAD_STAMPS(m.as.stamps.radius = 1025, "radius|1025");
    BAD_STAMPS(m.as.stamps.radius = nan, "radius");
    BAD_STAMPS((m.as.stamps.radii = pika_f64(bad_rows.x), m.as.stamps.radii.type = 10), "radii.type|10");
    BAD_STAMPS((m.as.stamps.radii = pika_f64(bad_rows.x), m.as.stamps.radii.stride = 3), "radii.stride|3|8");
    BAD_STAMPS(m.as.stamps.flags = PIKA_FILL_AA, "flags|8");
    BAD_STAMPS(m.as.stamps.flags = 1, "flags|1");
    BAD_KERNEL(m.as.stamps.stamp = NULL, "stamp");
    BAD_KERNEL(m.as.stamps.stamp_width = 0, "stamp_width|0");
    BAD_KERNEL(m.as.stamps.stamp_height = 1025, "stamp_height|1025");
    BAD_KERNEL(m.as.stamps.stamp_height = -2, "stamp_height|-2");
#undef BAD_STAMPS
    BAD_MARK(MARK_STAMPS, PIKA_COUNT, 0, complete_stamps(&m), PIKA_ERR_INVALID, "pika_add_stamps|COVERAGE");
    BAD_MARK(MARK_STAMPS, PIKA_COVERAGE | PIKA_MIN, 0, complete_stamps(&m), PIKA_ERR_UNSUPPORTED,
        "pika_add_stamps|planes");
    BAD_MARK(MARK_STAMPS, PIKA_COVERAGE | PIKA_SUM, 0,
        (complete_stamps(&m), mark_points(&m)->value.data = NULL), PIKA_ERR_INVALID, "pika_add_stamps|value");
    BAD_MARK(MARK_STAMPS, PIKA_COVERAGE, 2, (complete_stamps(&m), mark_points(&m)->category.type = PIKA_F32),
        PIKA_ERR_INVALID, "pika_add_stamps|category.type");
    bad_begin(&grid, &m, MARK_STAMPS, PIKA_COVERAGE, 0);
    CHECK_RESULT(pika_add_stamps(NULL, NULL, &m.as.stamps), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_stamps(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_stamps(NULL, &zero, &m.as.stamps), PIKA_ERR_INVALID);
    m.as.stamps.points.count = 0;
    CHECK_OK(pika_add_stamps(NULL, &grid, &m.as.stamps));
    CHECK_EQ(grid.total, 6);
    pika_grid_free(NULL, &grid);
    pika_ctx_free(&error_ctx);
}

/* ---- numbers that hurt ----------------------------------------------------------------------------------------------- */

TEST(stamps_fuzz)
{
    uint64_t random = test_now.seed + 302;
    int round, rounds = test_now.quick ? 100 : 500;
    for (round = 0; round < rounds; round++) {
        static const double radii[] = {0, 1e-300, 0.01, 1, 30, 255.5, 1024};
        int count = 1 + test_below(&random, 40), i, w, h;
        pika_grid_desc desc;
        mark m;
        random_desc(&desc, PIKA_F64, PIKA_F64, &random);
        desc.view.width = w = 1 + desc.view.width % 40, desc.view.height = h = 1 + desc.view.height % 30;
        desc.view.total_width = desc.view.total_height = desc.view.first_x = desc.view.first_y = 0;
        if (test_below(&random, 5) == 0 && desc.view.x.scale + desc.view.y.scale == 0) {
            desc.view.total_width = desc.view.total_height = 1 << 30;
            desc.view.first_x = test_below(&random, 2) * ((1 << 30) - w);
            desc.view.flags = 0;
        }
        if (round % 40 == 0 && desc.view.total_width == 0) desc.view.width = 32768, desc.view.height = 1;
        desc.planes = PIKA_COVERAGE | (desc.planes & (PIKA_SUM | PIKA_MEAN));
        for (i = 0; i < count; i++) {
            stamp.x[i] = mark_hostile(desc.view.x.lo, desc.view.x.hi, w, &random);
            stamp.y[i] = mark_hostile(desc.view.y.lo, desc.view.y.hi, h, &random);
            stamp.value[i] = mark_hostile(-100, 100, h, &random);
            stamp.radii[i] =
                test_below(&random, 2) ? radii[test_below(&random, 7)] : mark_hostile(0, 50, 50, &random);
        }
        mark_init(&m, MARK_STAMPS);
        m.as.stamps.points = pika_xy_f64(stamp.x, stamp.y, (size_t)count);
        m.as.stamps.points.value = pika_f64(stamp.value);
        m.as.stamps.points.category = pika_strided(stamp.radii, PIKA_I8, 8);
        m.as.stamps.kernel = test_below(&random, 3);
        m.as.stamps.radius = radii[test_below(&random, 7)];
        if (test_below(&random, 2)) m.as.stamps.radii = pika_f64(stamp.radii);
        m.as.stamps.stamp = stamp.kernel;
        m.as.stamps.stamp_width = 1 + test_below(&random, 64),
        m.as.stamps.stamp_height = 1 + test_below(&random, 64);
        for (i = 0; i < 4096; i++) stamp.kernel[i] = (float)(test_random(&random) >> 44) / 1048576.0f;
        mark_survives(&desc, &m, &random);
        if (test_now.failures > 0) {
            printf("    round %d: kernel %d\n", round, m.as.stamps.kernel);
            return;
        }
    }
}

/* The library's own results, kept against change. */
TEST(stamps_golden)
{
    static const struct {
        int scene;
        uint64_t hash;
    } golden[] = {{0, UINT64_C(0x6f91d04655095dfe)}, {2, UINT64_C(0x1d47dd9db6a9f2af)}};
    pika_grid_desc desc;
    mark m;
    int i;
    for (i = 0; i < 2; i++) {
        stamp_scene(golden[i].scene, 2000, 64, 48, &desc, &m);
        mark_golden(stamp_scene_names[golden[i].scene], &desc, &m, golden[i].hash);
    }
}

AREA(stamps, LISTED(stamps_random), LISTED(stamps_by_hand), LISTED(stamps_odd_shares),
    LISTED(stamps_every_way), LISTED(stamps_tiles), LISTED(stamps_allocations_fail),
    LISTED(stamps_cancel_and_go_on), LISTED(stamps_errors), LISTED_SAFE(stamps_fuzz), LISTED(stamps_golden));
