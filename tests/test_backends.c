/* Backends: the rule as keys, datasets, the CPU's backend, what another backend may do wrong, the reference
   that finds it, and what a backend puts into grids and scales. */

/* ---- keys, written from their definition alone ------------------------------------------------------- */

static uint64_t key_of(int type, const uint8_t *at)
{
    pika_column column = pika_strided(at, type, 0);
    oracle_value v;
    uint64_t bits = 0;
    uint32_t narrow = 0;
    memcpy(&narrow, at, type_sizes[type] == 4 ? 4 : 0);
    memcpy(&bits, at, type_sizes[type] == 8 ? 8 : 0);
    switch (type) {
    case PIKA_F32: return narrow >> 31 != 0 ? 0xFFFFFFFFu - narrow : narrow + 0x80000000u;
    case PIKA_F64:
    case PIKA_I64:
        if (type == PIKA_F64 && bits >> 63 != 0) return UINT64_MAX - bits;
        return bits + (UINT64_C(1) << 63);
    case PIKA_U64: return bits;
    default: oracle_get(&column, 0, &v);
    }
    if (type == PIKA_U8 || type == PIKA_U16 || type == PIKA_U32) return (uint64_t)v.number;
    return (uint64_t)(v.number + 2147483648.0);
}

/* Writes the value of a key; returns 0 where the type has none. */
static int put_key(uint8_t *at, int type, uint64_t key)
{
    const uint64_t half = UINT64_C(1) << 63;
    uint64_t bits = key;
    uint32_t narrow;
    if (type_sizes[type] == 8) {
        if (type == PIKA_F64) bits = key >= half ? key - half : UINT64_MAX - key;
        if (type == PIKA_I64) bits = key - half;
        memcpy(at, &bits, 8);
        return 1;
    }
    if (key > 0xFFFFFFFFu) return 0;
    if (type == PIKA_F32) {
        narrow = (uint32_t)(key >= 0x80000000u ? key - 0x80000000u : 0xFFFFFFFFu - key);
        memcpy(at, &narrow, 4);
        return 1;
    }
    put_integer(at, type,
        type == PIKA_U8 || type == PIKA_U16 || type == PIKA_U32 ? (double)key : (double)key - 2147483648.0, 0,
        0);
    return key_of(type, at) == key; /* beyond the type it was clamped */
}

/* What the keys say: the cell, -1 outside, -2 invalid; -3: they leave it to pika_axis_cell. */
static int cell_by_keys(const uint64_t *keys, int n, int type, int scale, const uint8_t *at)
{
    pika_column column = pika_strided(at, type, 0);
    const uint64_t key = key_of(type, at);
    oracle_value v;
    int i;
    if (oracle_get(&column, 0, &v) != VALUE_OK || (scale == PIKA_LOG10 && !(v.number > 0))) return -2;
    if (key == UINT64_MAX && keys[n] == UINT64_MAX) return -3;
    if (key < keys[0] || key >= keys[n]) return -1;
    for (i = n - 1; keys[i] > key; i--) {}
    return i;
}

enum { KEY_VALUES = 6000 };
static struct {
    uint64_t keys[514];
    uint64_t values[KEY_VALUES]; /* of 8 bytes each, or packed ones of fewer */
    int n;
} key_work;

static void key_value_add(int type, uint64_t key)
{
    uint8_t *at = (uint8_t *)key_work.values + key_work.n * type_sizes[type];
    if (key_work.n < KEY_VALUES && put_key(at, type, key)) key_work.n++;
}

/* One axis and type: keys, the oracle, pika_axis_cell and the library's grid say the same of every value. */
static int keys_decide(const pika_view *view, int axis, int type, uint64_t *random)
{
    static const double zero[1] = {0.5};
    const int n = axis == 0 ? view->width : view->height, scale = axis == 0 ? view->x.scale : view->y.scale;
    const int tables = scale != PIKA_LINEAR; /* asking for one cell is slow there */
    uint32_t expected[514];
    uint8_t *bytes = (uint8_t *)key_work.values;
    pika_column column = pika_strided(bytes, type, 0), other = pika_strided(zero, PIKA_F64, 0);
    pika_points points;
    pika_grid_desc desc;
    pika_grid grid;
    oracle_axis oracle;
    uint64_t outside = 0, invalid = 0;
    int i, k, good = 1;
    oracle_axis_init(&oracle, view, axis);
    if (pika_axis_keys(NULL, view, axis, type, key_work.keys) != PIKA_OK) {
        good &= CHECK(oracle_refuses(&oracle, type) || (oracle.axis.origin != 0 && type < PIKA_I64));
        good &= CHECK_EQ(pika_axis_cell(view, axis, type, zero), -2);
        oracle_axis_free(&oracle);
        return good;
    }
    good &= CHECK(!oracle_refuses(&oracle, type));
    key_work.n = 0;
    for (i = 0; i <= n; i++) {
        if (i > 0) good &= CHECK(key_work.keys[i - 1] <= key_work.keys[i]);
        for (k = -2; k <= 1; k++) key_value_add(type, key_work.keys[i] + (uint64_t)(int64_t)k);
    }
    for (i = 0; i < 3; i++) { /* both zeros, the ends of the type, infinities */
        key_value_add(type, UINT64_C(0x7FFFFFFFFFFFFFFF) + (uint64_t)i);
        key_value_add(type, 0x7FFFFFFFu + (uint64_t)i);
        key_value_add(type, UINT64_MAX - (uint64_t)i);
        key_value_add(type, 0xFFFFFFFFu - (uint64_t)i);
        key_value_add(type, (uint64_t)i);
        key_value_add(type, 0xFF800000u + (uint64_t)i);
        key_value_add(type, UINT64_C(0xFFF0000000000000) + (uint64_t)i);
    }
    for (i = 0; i < 100 && key_work.n < KEY_VALUES; i++, key_work.n++) {
        uint8_t *at = bytes + key_work.n * type_sizes[type];
        memset(at, 0, (size_t)type_sizes[type]);
        if (i % 4 == 0) put_special(at, type, random);
        else put_for_axis(at, type, &oracle, random);
    }
    memset(expected, 0, sizeof expected);
    for (i = 0; i < key_work.n && good; i++) {
        const uint8_t *at = bytes + i * type_sizes[type];
        const int by_keys = cell_by_keys(key_work.keys, n, type, scale, at);
        int cell = 0, state = oracle_cell(&oracle, &column, (size_t)i, &cell);
        int want = state == ROW_INSIDE ? cell : state == ROW_OUTSIDE ? -1 : -2;
        if (by_keys != -3) good &= CHECK_EQ(by_keys, want);
        if (!tables || i % 97 == 0 || (i > key_work.n - 20 && !test_now.quick))
            good &= CHECK_EQ(pika_axis_cell(view, axis, type, at), want);
        if (want >= 0) expected[want]++;
        outside += want == -1;
        invalid += want == -2;
        if (!good) printf("        value %d, key %.0f\n", i, (double)key_of(type, at));
    }
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    desc.view = *view;
    other.stride = 0;
    points = pika_xy(axis == 0 ? column : other, axis == 0 ? other : column, 1);
    if (good && CHECK_OK(pika_grid_alloc(NULL, &grid, &desc))) {
        for (i = 0; i < key_work.n; i++) { /* one row at a time: the other column has but one */
            if (axis == 0) points.x.data = bytes + i * type_sizes[type];
            else points.y.data = bytes + i * type_sizes[type];
            if (pika_add_points(NULL, &grid, &points) != PIKA_OK) break;
        }
        good &= CHECK_EQ(i, key_work.n);
        good &= CHECK_EQ(memcmp(pika_grid_counts(&grid), expected, (size_t)n * sizeof expected[0]), 0);
        good &= CHECK_EQ(grid.outside, outside);
        good &= CHECK_EQ(grid.invalid, invalid);
    }
    pika_grid_free(NULL, &grid);
    oracle_axis_free(&oracle);
    return good;
}

TEST(backends_keys_decide)
{
    static const char *const variants[] = {
        "plain", "half open", "exact edges", "tile", "open tile", "exact tile"};
    uint64_t random = test_now.seed + 60;
    int type, scale, variant, round, rounds = test_now.quick ? 1 : 5, axis;
    for (type = 0; type < 10; type++)
        for (scale = 0; scale < 3; scale++)
            for (variant = 0; variant < 6; variant++)
                for (round = 0; round < rounds; round++) {
                    static const int sides[] = {1, 2, 7, 64, 100, 255, 257, 513};
                    const int n = sides[test_below(&random, 8)];
                    pika_view view;
                    pika_axis *a;
                    memset(&view, 0, sizeof view);
                    axis = test_below(&random, 2);
                    a = axis == 0 ? &view.x : &view.y;
                    view.x.hi = view.y.hi = 1;
                    view.width = view.height = 1;
                    *(axis == 0 ? &view.width : &view.height) = n;
                    random_axis(a, type, scale, n, &random);
                    if (variant == 1 || variant == 4) view.flags |= PIKA_HALF_OPEN;
                    if (variant == 2 || variant == 5) view.flags |= PIKA_EXACT_EDGES;
                    if (variant >= 3) {
                        int first = test_below(&random, 300), more = test_below(&random, 3) * 50;
                        view.total_width = view.total_height = 1;
                        *(axis == 0 ? &view.first_x : &view.first_y) = first;
                        *(axis == 0 ? &view.total_width : &view.total_height) = first + n + more;
                    }
                    if (!(a->hi - a->lo <= DBL_MAX)) view.flags &= ~(unsigned)PIKA_EXACT_EDGES;
                    if (keys_decide(&view, axis, type, &random)) continue;
                    printf("    %s, scale %d, %s, axis %d [%.17g, %.17g], %d cells of %d from %d on\n",
                        type_names[type], scale, variants[variant], axis, a->lo, a->hi, n,
                        axis == 0 ? view.total_width : view.total_height,
                        axis == 0 ? view.first_x : view.first_y);
                    return;
                }
}

/* Ranges where something ends: a zero at either end, the last integers, all finite numbers. */
TEST(backends_keys_at_the_ends)
{
    static const struct {
        int type;
        double lo, hi;
        int64_t origin;
        int half_open_too;
    } cases[] = {{PIKA_F32, 0, 1, 0, 1}, {PIKA_F32, -1, 0, 0, 1}, {PIKA_F64, 0, 1, 0, 1},
        {PIKA_F64, -1, 0, 0, 1}, {PIKA_F32, -0.0, 1, 0, 1}, {PIKA_F64, -1, -0.0, 0, 1},
        {PIKA_F32, -1, 1, 0, 1}, {PIKA_F32, -1.7e38, 1.7e38, 0, 1}, {PIKA_F64, -8.9e307, 8.9e307, 0, 1},
        {PIKA_I8, -128, 127, 0, 1}, {PIKA_I8, -1e6, 1e6, 0, 1}, {PIKA_U8, 300, 400, 0, 1},
        {PIKA_U16, 0, 65535, 0, 1}, {PIKA_I32, -2147483648.0, 2147483647.0, 0, 1},
        {PIKA_U32, 0, 4294967295.0, 0, 1}, {PIKA_U32, -1e10, 1e10, 0, 1},
        {PIKA_I64, -9223372036854775808.0, 9223372036854775808.0, 0, 1},
        {PIKA_I64, 0, 18446744073709551616.0, INT64_MIN, 1},
        {PIKA_I64, -18446744073709551616.0, 0, INT64_MAX, 1}, {PIKA_I64, 0, 1000, INT64_MAX - 500, 1},
        {PIKA_I64, -1000, 1000, INT64_MIN, 1}, {PIKA_U64, 0, 18446744073709551616.0, 0, 1},
        {PIKA_U64, 0, 36893488147419103232.0, INT64_MIN, 1},
        {PIKA_U64, 9223372036854775808.0, 27670116110564327424.0, INT64_MIN, 1},
        {PIKA_U64, 0, 9223372036854775808.0, INT64_MAX, 1},
        {PIKA_U64, -9223372036854775808.0, 0, INT64_MAX, 1},
        {PIKA_U64, 18446744073709549568.0, 18446744073709551616.0, 0, 1}};
    static const int sides[] = {1, 2, 3, 100, 512};
    uint64_t random = test_now.seed + 61, last = UINT64_MAX, least = 0;
    pika_view view;
    size_t c;
    double zero[3];
    int i, open, told = 0;
    for (c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (i = 0; i < 5; i++)
            for (open = 0; open < 2; open++) {
                one_value_view(&view, cases[c].lo, cases[c].hi, sides[i]);
                view.x.origin = cases[c].origin;
                if (open) view.flags = PIKA_HALF_OPEN_X;
                told += pika_axis_keys(NULL, &view, 0, cases[c].type, key_work.keys) == PIKA_OK;
                if (keys_decide(&view, 0, cases[c].type, &random)) continue;
                printf("    case %d, %d cells, %s\n", (int)c, sides[i], open ? "open" : "closed");
                return;
            }
    one_value_view(&view, -1, 1, 2);
    view.flags = PIKA_EXACT_EDGES;
    CHECK_OK(pika_view_edges(NULL, &view, 0, PIKA_F64, zero));
    CHECK_BITS(zero[1], 0.0); /* -0 is there too, but an edge is told as 0 */
    CHECK(told > 250);        /* of 270: 1.7e38 times two is too wide for few cells */
    /* the last integer is inside, where the range reaches it: the one value that the keys cannot tell */
    one_value_view(&view, 0, 18446744073709551616.0, 10);
    CHECK_OK(pika_axis_keys(NULL, &view, 0, PIKA_U64, key_work.keys));
    CHECK(key_work.keys[10] == UINT64_MAX && key_work.keys[0] == 0 && key_work.keys[9] < UINT64_MAX);
    CHECK_EQ(pika_axis_cell(&view, 0, PIKA_U64, &last), 9);
    CHECK_EQ(pika_axis_cell(&view, 0, PIKA_U64, &least), 0);
    view.flags = PIKA_HALF_OPEN;
    CHECK_EQ(pika_axis_cell(&view, 0, PIKA_U64, &last), -1);
    view.flags = 0;
    view.x.hi = 100; /* cells that no value reaches begin where the keys end */
    view.x.lo = -100;
    CHECK_OK(pika_axis_keys(NULL, &view, 0, PIKA_U8, key_work.keys));
    CHECK(
        key_work.keys[0] == 0 && key_work.keys[5] == 0 && key_work.keys[6] == 20 && key_work.keys[10] == 101);
    CHECK_OK(pika_axis_keys(NULL, &view, 0, PIKA_I8, key_work.keys));
    CHECK(key_work.keys[0] == 0x80000000u - 100 && key_work.keys[5] == 0x80000000u);
    view.x.lo = 1000, view.x.hi = 2000;
    CHECK_OK(pika_axis_keys(NULL, &view, 0, PIKA_U8, key_work.keys));
    CHECK(key_work.keys[0] == 256 && key_work.keys[10] == 256);
}

/* A probe of an axis with a wide table, of which blocks are made: against keys, which are made of it all. */
TEST(backends_cells_of_wide_tables)
{
    static uint64_t keys[32769];
    static const double ranges[][3] = {
        {1, 2, 0}, {1e-300, 1e300, 0}, {1e-3, 7e5, 0}, {-1e5, 3e7, 0.01}, {-1, 1, 1e9}, {2, 3, 1e-9}};
    uint64_t random = test_now.seed + 62;
    int c, i, n, k;
    for (c = 0; c < 6; c++)
        for (n = 1000; n <= 32768; n = n == 1000 ? 32768 : 40000) {
            pika_view view;
            one_value_view(&view, ranges[c][0], ranges[c][1], n);
            view.x.scale = c < 3 ? PIKA_LOG10 : PIKA_SYMLOG;
            view.x.linear = ranges[c][2];
            if (n > 1000) {
                view.total_width = 100000, view.total_height = 1;
                view.first_x = 30000;
            }
            CHECK_OK(pika_axis_keys(NULL, &view, 0, PIKA_F64, keys));
            for (i = 0; i < (test_now.quick ? 10 : 100); i++) {
                const int at = test_below(&random, n + 1);
                for (k = -1; k <= 0; k++) {
                    uint64_t value;
                    int want;
                    put_key((uint8_t *)&value, PIKA_F64, keys[at] + (uint64_t)(int64_t)k);
                    want = cell_by_keys(keys, n, PIKA_F64, view.x.scale, (const uint8_t *)&value);
                    if (!CHECK_EQ(pika_axis_cell(&view, 0, PIKA_F64, &value), want))
                        printf("        range %d, %d cells, edge %d%+d\n", c, n, at, k);
                }
            }
        }
}

TEST(backends_keys_refuse)
{
    uint64_t keys[11];
    const double v = 1;
    pika_view view, zero;
    memset(&zero, 0, sizeof zero);
    memset(keys, 0xA5, sizeof keys);
    one_value_view(&view, 0, 10, 10);
    error_begin();
    REFUSED(pika_axis_keys(&error_ctx, NULL, 0, 0, keys), PIKA_ERR_INVALID, "pika_axis_keys|view");
    REFUSED(pika_axis_keys(&error_ctx, &view, 0, 0, NULL), PIKA_ERR_INVALID, "pika_axis_keys|keys");
    REFUSED(pika_axis_keys(&error_ctx, &view, 2, 0, keys), PIKA_ERR_INVALID, "axis|2");
    REFUSED(pika_axis_keys(&error_ctx, &view, -1, 0, keys), PIKA_ERR_INVALID, "axis|-1");
    REFUSED(pika_axis_keys(&error_ctx, &view, 0, 10, keys), PIKA_ERR_INVALID, "type|10");
    REFUSED(pika_axis_keys(&error_ctx, &zero, 0, 0, keys), PIKA_ERR_INVALID, "width|0");
    CHECK_EQ(pika_axis_cell(NULL, 0, PIKA_F64, &v), -2);
    CHECK_EQ(pika_axis_cell(&view, 0, PIKA_F64, NULL), -2);
    CHECK_EQ(pika_axis_cell(&view, 2, PIKA_F64, &v), -2);
    CHECK_EQ(pika_axis_cell(&view, 0, 10, &v), -2);
    CHECK_EQ(pika_axis_cell(&zero, 0, PIKA_F64, &v), -2);
    CHECK_EQ(pika_axis_cell(&view, 0, PIKA_F64, &v), 1);
    CHECK_EQ(pika_axis_cell(&view, 1, PIKA_F64, &v), 0);
    view.x.origin = 5;
    REFUSED(pika_axis_keys(&error_ctx, &view, 0, PIKA_F64, keys), PIKA_ERR_INVALID, "origin|5");
    CHECK_EQ(pika_axis_cell(&view, 0, PIKA_F64, &v), -2);
    view.x.origin = 0;
    view.x.lo = 1e10, view.x.hi = 1e10 + 1;
    REFUSED(pika_axis_keys(&error_ctx, &view, 0, PIKA_F32, keys), PIKA_ERR_INVALID, "f32|lo|hi");
    CHECK_EQ(keys[0], UINT64_C(0xA5A5A5A5A5A5A5A5));
    pika_ctx_free(&error_ctx);
}

/* ---- a backend that fails where it is told to -------------------------------------------------------- */

typedef struct fake_state {
    int fail;         /* FAKE_CREATE, ...: this call returns PIKA_ERR_GPU */
    int calls[8];     /* of each */
    int living;       /* datasets that were created and not destroyed */
    int wrong;        /* what aggregate does wrong: 0 = nothing, else add_wrong's case */
    double bound;     /* sum_bound for each value */
    double off;       /* what it adds to every sum */
    pika_points rows; /* device-only ones: the fake reads the caller's, which the tests keep */
    size_t count;     /* as update saw it */
} fake_state;
enum { FAKE_CAPS = 1, FAKE_ESTIMATE, FAKE_STATS, FAKE_CREATE, FAKE_UPDATE, FAKE_AGGREGATE, FAKE_FETCH };

static pika_result fake_call(pika_ctx *ctx, const pika_backend *backend, int call)
{
    fake_state *fake = (fake_state *)backend->self;
    fake->calls[call]++;
    if (fake->fail != call) return PIKA_OK;
    return pika_ctx_fail(ctx, PIKA_ERR_GPU, "fake: failed at 100% of $1");
}
static pika_result fake_caps(pika_ctx *ctx, const pika_backend *backend, pika_caps *caps)
{
    CHECK(caps->planes == 0 && caps->backend[0] == 0 && caps->memory == 0); /* zeroed */
    strcpy(caps->backend, "fake");
    strcpy(caps->device, "a device of the tests");
    return fake_call(ctx, backend, FAKE_CAPS);
}
static pika_result fake_estimate(pika_ctx *ctx, const pika_backend *backend, const pika_points *points,
    const pika_dataset_desc *dataset_desc, const pika_grid_desc *grid_desc, pika_memory_estimate *estimate)
{
    CHECK(estimate->dataset == 0 && estimate->streams == 0);
    estimate->dataset = points->count * (size_t)(points->x.stride + points->y.stride + points->value.stride);
    estimate->grid = (size_t)grid_desc->view.width;
    estimate->scratch = dataset_desc->flags;
    return fake_call(ctx, backend, FAKE_ESTIMATE);
}
static pika_result fake_stats(pika_ctx *ctx, const pika_backend *backend, pika_backend_stats *stats)
{
    stats->strategy = 7;
    return fake_call(ctx, backend, FAKE_STATS);
}
static pika_result fake_create(pika_ctx *ctx, pika_dataset *dataset)
{
    fake_state *fake = (fake_state *)dataset->backend->self;
    pika_result result = fake_call(ctx, dataset->backend, FAKE_CREATE);
    if (dataset->points.count > 0) CHECK(dataset->points.x.data != NULL); /* there to be uploaded */
    if (result != PIKA_OK) return result;
    fake->rows = dataset->points;
    fake->living++;
    dataset->device = fake;
    return PIKA_OK;
}
static pika_result fake_update(pika_ctx *ctx, pika_dataset *dataset, size_t first, const pika_points *points)
{
    fake_state *fake = (fake_state *)dataset->backend->self;
    CHECK(dataset->device == fake);
    CHECK(points->count > 0 && points->x.data != NULL && first <= dataset->points.count);
    fake->count = dataset->points.count;
    return fake_call(ctx, dataset->backend, FAKE_UPDATE);
}
static void fake_destroy(pika_ctx *ctx, pika_dataset *dataset)
{
    fake_state *fake = (fake_state *)dataset->backend->self;
    (void)ctx;
    CHECK(dataset->device == fake);
    fake->living--;
}

/* One change to a grid that the reference must find. */
static void add_wrong(pika_grid *grid, int wrong)
{
    const size_t cell = pika__cells_of(&grid->desc) + 2; /* 2, 0 of category 1 */
    if (wrong == 1) ((uint32_t *)grid->planes[PIKA__COUNTS])[cell]++;
    if (wrong == 2) ((double *)grid->planes[PIKA__SUMS])[cell] += 1e-9;
    if (wrong == 3) ((double *)grid->planes[PIKA__MINS])[cell] -= 1;
    if (wrong == 4) ((double *)grid->planes[PIKA__MAXS])[cell] = double_of_bits(UINT64_C(0x7FF8000000000001));
    if (wrong == 5) ((double *)grid->planes[PIKA__M2])[cell] += 1;
    if (wrong == 6) ((double *)grid->planes[PIKA__FIRSTS])[cell] += 1;
    if (wrong == 7) ((double *)grid->planes[PIKA__LASTS])[cell] += 1;
    if (wrong == 8) ((int64_t *)grid->planes[PIKA__ARGMINS])[cell]++;
    if (wrong == 9) ((int64_t *)grid->planes[PIKA__ARGMAXS])[cell]++;
    if (wrong == 10) ((uint32_t *)grid->planes[PIKA__PRESENT])[cell]++;
    if (wrong == 11) grid->total++;
    if (wrong == 12) grid->inside++;
    if (wrong == 13) grid->outside++;
    if (wrong == 14) grid->invalid++;
    if (wrong == 15) grid->no_value++;
    if (wrong == 16) grid->hits++;
}
static pika_result fake_aggregate(pika_ctx *ctx, pika_dataset *dataset, pika_grid *grid)
{
    fake_state *fake = (fake_state *)dataset->backend->self;
    const pika_points *rows = dataset->points.x.data != NULL ? &dataset->points : &fake->rows;
    pika_result result;
    size_t i;
    result = fake_call(ctx, dataset->backend, FAKE_AGGREGATE);
    if (result != PIKA_OK) return result;
    pika_grid_clear(ctx, grid);
    result = pika_add_points(ctx, grid, rows);
    for (i = 0; i < pika__all_cells(&grid->desc) && fake->off != 0; i++)
        if (((uint32_t *)grid->planes[PIKA__PRESENT])[i] > 0)
            ((double *)grid->planes[PIKA__SUMS])[i] += fake->off;
    add_wrong(grid, fake->wrong);
    return result;
}
static pika_result fake_fetch(
    pika_ctx *ctx, pika_dataset *dataset, pika_points *points, void **memory, size_t *bytes)
{
    fake_state *fake = (fake_state *)dataset->backend->self;
    const pika_result result = fake_call(ctx, dataset->backend, FAKE_FETCH);
    if (result != PIKA_OK) return result;
    CHECK(points->x.data == NULL && points->count == fake->rows.count);
    *points = fake->rows;
    *bytes = 100;
    *memory = pika_ctx_alloc(ctx, *bytes, 8);
    return *memory != NULL ? PIKA_OK : PIKA_ERR_MEMORY;
}
static double fake_bound(const pika_dataset *dataset, double values)
{
    return ((fake_state *)dataset->backend->self)->bound * values;
}

static void fake_init(pika_backend *backend, fake_state *fake)
{
    memset(fake, 0, sizeof *fake);
    memset(backend, 0, sizeof *backend);
    backend->self = fake;
    backend->caps = fake_caps;
    backend->estimate = fake_estimate;
    backend->stats = fake_stats;
    backend->create = fake_create;
    backend->update = fake_update;
    backend->destroy = fake_destroy;
    backend->aggregate = fake_aggregate;
}

/* ---- datasets ---------------------------------------------------------------------------------------- */

/* Rows first, first + 1, ... of some points. */
static pika_points slice(const pika_points *points, size_t first, size_t count)
{
    pika_points part = *points;
    pika_column *columns[4];
    int i;
    columns[0] = &part.x, columns[1] = &part.y, columns[2] = &part.value, columns[3] = &part.category;
    part.count = count;
    for (i = 0; i < 4; i++) {
        if (columns[i]->data == NULL) continue;
        columns[i]->data = oracle_at(columns[i], first);
        columns[i]->valid_offset += first;
    }
    return part;
}

static int aggregate_equals(pika_ctx *ctx, pika_dataset *dataset, oracle_grid *want, const char *what)
{
    pika_grid grid;
    pika_validation found;
    int good;
    memset(&grid, 0, sizeof grid);
    if (!CHECK_OK(pika_grid_alloc(ctx, &grid, &want->desc))) return 0;
    good = CHECK_OK(pika_aggregate(ctx, dataset, &grid)) && grid_equals(&grid, want, what);
    good &= CHECK_OK(pika_aggregate(ctx, dataset, &grid)) && grid_equals(&grid, want, what);
    if (!test_now.subset) {
        memset(&found, 0xA5, sizeof found);
        good &= CHECK_OK(pika_validate(ctx, dataset, &grid, &found)) && CHECK_EQ(found.differing, 0);
        good &=
            CHECK(found.cells >= want->cells && found.cells % want->cells == 0 && found.largest_error == 0);
    }
    pika_grid_free(ctx, &grid);
    return good;
}

/* Any columns and layouts: borrowed, copied, overwritten and appended, with bitmaps that come later. */
TEST(backends_datasets_random)
{
    uint64_t random = test_now.seed + 63;
    int round, rounds = test_now.quick ? 60 : 600, done = 0;
    for (round = 0; round < rounds && test_now.failures == 0; round++) {
        const int x_type = test_below(&random, 10), y_type = test_below(&random, 10);
        const int flags = test_below(&random, 3) == 0 ? 0 : PIKA_DATASET_COPY;
        size_t count = (size_t)test_below(&random, 400), first, k, at;
        pika_grid_desc desc;
        oracle_grid want;
        test_data data;
        pika_dataset dataset;
        pika_dataset_desc dataset_desc;
        pika_points part;
        pika_ctx ctx;
        memset(&dataset, 0, sizeof dataset);
        dataset_desc.flags = (unsigned)flags;
        random_desc(&desc, x_type, y_type, &random);
        oracle_init(&want, &desc);
        if (oracle_refuses(&want.x, x_type) || oracle_refuses(&want.y, y_type) ||
            (desc.view.x.origin != 0 && x_type < PIKA_I64) ||
            (desc.view.y.origin != 0 && y_type < PIKA_I64)) {
            oracle_free(&want);
            continue;
        }
        data_init(&data, &want, x_type, y_type, count, &random);
        way_init(&ctx, -1, -1, -1);
        first = count > 0 ? (size_t)test_below(&random, (int)count + 1) : 0;
        part = slice(&data.points, 0, first);
        if (test_below(&random, 3) == 0) part.x.valid = NULL; /* its bitmap comes with the update */
        if (test_below(&random, 3) == 0) part.value.valid = NULL;
        if (flags == 0) part = slice(&data.points, 0, first);
        CHECK_OK(pika_dataset_create(&ctx, pika_cpu_backend(), &dataset, &part, &dataset_desc));
        CHECK_EQ(dataset.points.count, first);
        oracle_add(&want, &part, 0, first);
        aggregate_equals(&ctx, &dataset, &want, "created");
        for (at = first; at < count;) { /* appended bit by bit */
            k = (size_t)test_between(&random, 1, (int)(count - at));
            part = slice(&data.points, at, k);
            if (CHECK_OK(pika_dataset_update(&ctx, &dataset, at, &part))) oracle_add(&want, &part, 0, k);
            at += k;
            CHECK_EQ(dataset.points.count, at);
        }
        aggregate_equals(&ctx, &dataset, &want, "appended");
        if (flags != 0 && count > 1) { /* rows from the middle, over others and past the end */
            const size_t from = (size_t)test_below(&random, (int)count),
                         to = (size_t)test_below(&random, (int)count);
            pika_points other;
            k = (size_t)test_between(&random, 1, (int)(count - from));
            other = slice(&data.points, from, k);
            CHECK_OK(pika_dataset_update(&ctx, &dataset, to, &other));
            CHECK_EQ(dataset.points.count, to + k > count ? to + k : count);
            part = slice(&dataset.points, 0, to); /* which are as they were: compared above */
            oracle_clear(&want);
            oracle_add(&want, &part, 0, to);
            oracle_add(&want, &other, 0, k);
            if (to + k < count) {
                part = slice(&dataset.points, to + k, count - to - k);
                oracle_add(&want, &part, 0, part.count);
            }
            aggregate_equals(&ctx, &dataset, &want, "overwritten");
        }
        if (flags != 0) { /* the copy is no longer the caller's memory */
            data_free(&data);
            aggregate_equals(&ctx, &dataset, &want, "without the rows");
            CHECK(dataset.bytes == 0 || dataset.capacity >= dataset.points.count);
        }
        if (test_now.failures > 0)
            printf("    round %d: %s x %s, %d rows, flags %d\n", round, type_names[x_type],
                type_names[y_type], (int)count, flags);
        pika_dataset_free(&ctx, &dataset);
        CHECK(dataset.backend == NULL && dataset.memory == NULL && dataset.points.count == 0);
        CHECK_EQ(ctx.live_bytes - ctx.held_bytes, 0);
        pika_ctx_free(&ctx);
        data_free(&data);
        oracle_free(&want);
        done++;
    }
    CHECK(done > rounds / 3);
}

/* Nulls among rows that are overwritten in a copy that had none: there was no bitmap for them. */
TEST(backends_copies_get_bitmaps)
{
    static const uint8_t bits[1] = {0x5}; /* of rows 0 and 2 */
    float x[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    pika_points points = pika_xy_f32(x, x, 8), part;
    pika_dataset_desc desc;
    pika_dataset dataset;
    pika_grid_desc grid_desc;
    pika_grid grid;
    desc.flags = PIKA_DATASET_COPY;
    memset(&dataset, 0, sizeof dataset);
    memset(&grid, 0, sizeof grid);
    good_desc(&grid_desc);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &grid_desc));
    CHECK_OK(pika_dataset_create(NULL, pika_cpu_backend(), &dataset, &points, &desc));
    part = slice(&points, 0, 3);
    part.y.valid = bits;
    CHECK_OK(pika_dataset_update(NULL, &dataset, 4, &part));
    CHECK(dataset.capacity == 8 && dataset.points.x.valid == NULL && dataset.points.y.valid != NULL);
    CHECK_OK(pika_aggregate(NULL, &dataset, &grid));
    CHECK(grid.inside == 7 && grid.invalid == 1);
    part.y.valid = NULL;
    CHECK_OK(pika_dataset_update(NULL, &dataset, 4, &part)); /* and without one all have values again */
    CHECK_OK(pika_aggregate(NULL, &dataset, &grid));
    CHECK(grid.inside == 8 && grid.invalid == 0);
    pika_dataset_free(NULL, &dataset);
    pika_grid_free(NULL, &grid);
}

static pika_dataset dataset_before;
static void dataset_keep(const pika_dataset *dataset) { dataset_before = *dataset; }
static int column_kept(const pika_column *a, const pika_column *b) /* field by field: padding may differ */
{
    return a->data == b->data && a->stride == b->stride && a->type == b->type && a->valid == b->valid &&
           a->valid_offset == b->valid_offset;
}
static int dataset_kept(const pika_dataset *dataset)
{
    const pika_dataset *a = &dataset_before, *b = dataset;
    return a->backend == b->backend && a->points.count == b->points.count && a->flags == b->flags &&
           a->memory == b->memory && a->bytes == b->bytes && a->capacity == b->capacity &&
           a->device == b->device && column_kept(&a->points.x, &b->points.x) &&
           column_kept(&a->points.y, &b->points.y) && column_kept(&a->points.value, &b->points.value) &&
           column_kept(&a->points.category, &b->points.category);
}

TEST(backends_borrowed_rows)
{
    float x[20], y[20], moved[20];
    const uint8_t bits[4] = {255, 255, 255, 255}, other_bits[4] = {255, 255, 255, 255};
    pika_points points = pika_xy_f32(x, y, 10), part;
    pika_grid_desc desc;
    pika_grid grid;
    pika_dataset dataset;
    pika_backend backend;
    fake_state fake;
    int i;
    for (i = 0; i < 20; i++) x[i] = y[i] = moved[i] = (float)(i % 10);
    memset(&dataset, 0, sizeof dataset);
    memset(&grid, 0, sizeof grid);
    error_begin();
    good_desc(&desc);
    fake_init(&backend, &fake);
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc));
    points.x.valid = bits, points.x.valid_offset = 5;
    CHECK_OK(pika_dataset_create(&error_ctx, &backend, &dataset, &points, NULL));
    CHECK(dataset.points.x.data == x && dataset.memory == NULL && dataset.flags == 0);
    part = slice(&points, 4, 3);
    CHECK_OK(pika_dataset_update(&error_ctx, &dataset, 4, &part)); /* they changed */
    CHECK_EQ(fake.calls[FAKE_UPDATE], 1);
    part.x.valid = bits + 1, part.x.valid_offset -= 8; /* the same bit, told in another way */
    part.x.stride = 4;
    CHECK_OK(pika_dataset_update(&error_ctx, &dataset, 4, &part));
    dataset_keep(&dataset);
    part = slice(&points, 4, 3);
    part.y.data = moved + 4;
    REFUSED(pika_dataset_update(&error_ctx, &dataset, 4, &part), PIKA_ERR_INVALID, "rows from 4|elsewhere");
    part = slice(&points, 4, 3);
    part.x.valid_offset++;
    REFUSED(pika_dataset_update(&error_ctx, &dataset, 4, &part), PIKA_ERR_INVALID, "rows from 4");
    part.x.valid_offset--, part.x.valid = other_bits;
    REFUSED(pika_dataset_update(&error_ctx, &dataset, 4, &part), PIKA_ERR_INVALID, "rows from 4");
    part.x.valid = NULL;
    REFUSED(pika_dataset_update(&error_ctx, &dataset, 4, &part), PIKA_ERR_INVALID, "rows from 4");
    part = slice(&points, 4, 3);
    part.x.stride = -4;
    REFUSED(pika_dataset_update(&error_ctx, &dataset, 4, &part), PIKA_ERR_INVALID, "rows from 4");
    points.y.data = moved;
    points.count = 9;
    REFUSED(
        pika_dataset_update(&error_ctx, &dataset, 0, &points), PIKA_ERR_INVALID, "count is 9|all 10 rows");
    CHECK(dataset_kept(&dataset) && fake.calls[FAKE_UPDATE] == 2);
    points.count = 12;
    CHECK_OK(pika_dataset_update(&error_ctx, &dataset, 0, &points)); /* all of them elsewhere, and two more */
    CHECK(dataset.points.y.data == moved && dataset.points.count == 12 && fake.count == 10);
    part = slice(&points, 12, 5);
    CHECK_OK(pika_dataset_update(&error_ctx, &dataset, 12, &part)); /* appended where they lie */
    CHECK_EQ(dataset.points.count, 17);
    part = slice(&points, 0, 2);
    CHECK_OK(pika_dataset_update(&error_ctx, &dataset, 0, &part));
    CHECK_EQ(dataset.points.count, 17);
    CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
    CHECK_EQ(grid.total, 17);
    pika_dataset_free(&error_ctx, &dataset);
    CHECK_EQ(fake.living, 0);
    points.count = 0; /* an empty one gets its rows, and their memory, later */
    points.x.data = points.y.data = NULL;
    points.x.valid = NULL;
    CHECK_OK(pika_dataset_create(&error_ctx, &backend, &dataset, &points, NULL));
    CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
    CHECK_EQ(grid.total, 0);
    points = pika_xy_f32(x, y, 10);
    CHECK_OK(pika_dataset_update(&error_ctx, &dataset, 0, &points));
    CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
    CHECK_EQ(grid.total, 10);
    pika_dataset_free(&error_ctx, &dataset);
    pika_dataset_free(&error_ctx, &dataset);
    pika_dataset_free(&error_ctx, NULL);
    CHECK_EQ(fake.living, 0);
    pika_grid_free(&error_ctx, &grid);
    pika_ctx_free(&error_ctx);
}

TEST(backends_datasets_refuse)
{
    double x[10] = {0}, v[10] = {0};
    uint8_t category[10] = {0};
    pika_points points = pika_xy_f64(x, x, 10), bad;
    pika_dataset dataset, zero;
    pika_dataset_desc desc;
    pika_grid_desc grid_desc;
    pika_memory_estimate estimate;
    pika_grid grid;
    pika_backend backend;
    fake_state fake;
    memset(&dataset, 0, sizeof dataset);
    memset(&zero, 0, sizeof zero);
    memset(&grid, 0, sizeof grid);
    memset(&backend, 0, sizeof backend);
    points.value = pika_f64(v);
    points.category = pika_strided(category, PIKA_U8, 0);
    error_begin();
    desc.flags = 4;
    dataset_keep(&dataset);
#define CREATE(backend, points, desc) pika_dataset_create(&error_ctx, backend, &dataset, points, desc)
    REFUSED(CREATE(NULL, &points, NULL), PIKA_ERR_INVALID, "pika_dataset_create|backend");
    REFUSED(CREATE(&backend, &points, NULL), PIKA_ERR_INVALID, "backend is not initialised");
    REFUSED(CREATE(pika_cpu_backend(), NULL, NULL), PIKA_ERR_INVALID, "points");
    REFUSED(CREATE(pika_cpu_backend(), &points, &desc), PIKA_ERR_INVALID, "flags|4");
    desc.flags = PIKA_DATASET_COPY | PIKA_DATASET_DEVICE_ONLY;
    REFUSED(CREATE(pika_cpu_backend(), &points, &desc), PIKA_ERR_INVALID, "flags|3");
    desc.flags = PIKA_DATASET_DEVICE_ONLY;
    REFUSED(CREATE(pika_cpu_backend(), &points, &desc), PIKA_ERR_UNSUPPORTED, "DEVICE_ONLY");
    bad = points, bad.y.data = NULL;
    REFUSED(CREATE(pika_cpu_backend(), &bad, NULL), PIKA_ERR_INVALID, "y.data");
    bad = points, bad.x.type = 10;
    REFUSED(CREATE(pika_cpu_backend(), &bad, NULL), PIKA_ERR_INVALID, "x.type|10");
    bad.count = 0;
    REFUSED(CREATE(pika_cpu_backend(), &bad, NULL), PIKA_ERR_INVALID, "x.type|10");
    bad = points, bad.value.stride = 7;
    REFUSED(CREATE(pika_cpu_backend(), &bad, NULL), PIKA_ERR_INVALID, "value.stride|7");
    bad = points, bad.category.type = PIKA_F32;
    REFUSED(CREATE(pika_cpu_backend(), &bad, NULL), PIKA_ERR_INVALID, "category.type|integer");
    bad = points, bad.count = (size_t)-1 / 16 + 1, bad.x.stride = bad.y.stride = 8;
    desc.flags = PIKA_DATASET_COPY;
    REFUSED(CREATE(pika_cpu_backend(), &bad, &desc), PIKA_ERR_INVALID, "leave the address space");
    bad = points, bad.count = (size_t)-1 / 2 / 8; /* each column fits, all do not; nothing is read */
    REFUSED(CREATE(pika_cpu_backend(), &bad, &desc), PIKA_ERR_MEMORY, "a copy of|rows");
    good_desc(&grid_desc);
    REFUSED(pika_backend_estimate(&error_ctx, pika_cpu_backend(), &bad, &desc, &grid_desc, &estimate),
        PIKA_ERR_MEMORY, "pika_backend_estimate|a copy of");
    CHECK(dataset_kept(&dataset));
    REFUSED(pika_dataset_create(&error_ctx, pika_cpu_backend(), NULL, &points, NULL), PIKA_ERR_INVALID,
        "dataset");
    CHECK_OK(CREATE(pika_cpu_backend(), &points, &desc));
    dataset_keep(&dataset);
    REFUSED(CREATE(pika_cpu_backend(), &points, &desc), PIKA_ERR_INVALID, "in use");
#undef CREATE
#define UPDATE(first, points) pika_dataset_update(&error_ctx, &dataset, first, points)
    REFUSED(
        pika_dataset_update(&error_ctx, NULL, 0, &points), PIKA_ERR_INVALID, "pika_dataset_update|dataset");
    REFUSED(pika_dataset_update(&error_ctx, &zero, 0, &points), PIKA_ERR_INVALID, "not created");
    REFUSED(UPDATE(0, NULL), PIKA_ERR_INVALID, "points");
    REFUSED(UPDATE(11, &points), PIKA_ERR_INVALID, "first is 11|10 rows");
    bad = points, bad.count = 0;
    REFUSED(UPDATE(11, &bad), PIKA_ERR_INVALID, "first is 11|10 rows");
    CHECK_OK(UPDATE(10, &bad)); /* no rows */
    bad = points, bad.value.data = NULL;
    REFUSED(UPDATE(0, &bad), PIKA_ERR_INVALID, "value is absent");
    bad = points, bad.x.type = PIKA_I64;
    REFUSED(UPDATE(0, &bad), PIKA_ERR_INVALID, "x.type is 8|dataset's is 1");
    bad = points, bad.x.stride = 3;
    REFUSED(UPDATE(0, &bad), PIKA_ERR_INVALID, "x.stride");
    CHECK(dataset_kept(&dataset));
    pika_dataset_free(&error_ctx, &dataset);
    bad = points, bad.value.data = NULL;
    CHECK_OK(pika_dataset_create(&error_ctx, pika_cpu_backend(), &dataset, &bad, NULL));
    bad.category.data = NULL;
    REFUSED(UPDATE(0, &bad), PIKA_ERR_INVALID, "category is absent");
    REFUSED(UPDATE(0, &points), PIKA_ERR_INVALID, "value is there");
#undef UPDATE
    /* a grid that this dataset cannot fill is cleared, and the message names the column */
    good_desc(&grid_desc);
    grid_desc.planes = PIKA_MIN;
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &grid_desc));
    CHECK_OK(pika_add_points(&error_ctx, &grid, &points));
    REFUSED(pika_aggregate(&error_ctx, &dataset, &grid), PIKA_ERR_INVALID, "pika_aggregate|no value column");
    CHECK(grid.total == 0 && pika_grid_counts(&grid)[0] == 0);
    REFUSED(
        pika_validate(&error_ctx, &dataset, &grid, NULL), PIKA_ERR_INVALID, "pika_validate|no value column");
    REFUSED(pika_aggregate(&error_ctx, NULL, &grid), PIKA_ERR_INVALID, "dataset");
    REFUSED(pika_aggregate(&error_ctx, &zero, &grid), PIKA_ERR_INVALID, "dataset is not created");
    REFUSED(pika_aggregate(&error_ctx, &dataset, NULL), PIKA_ERR_INVALID, "grid");
    REFUSED(pika_validate(&error_ctx, &dataset, NULL, NULL), PIKA_ERR_INVALID, "grid");
    REFUSED(pika_validate(&error_ctx, &zero, &grid, NULL), PIKA_ERR_INVALID, "dataset");
    pika_grid_free(&error_ctx, &grid);
    REFUSED(pika_aggregate(&error_ctx, &dataset, &grid), PIKA_ERR_INVALID, "grid is not initialised");
    grid_desc.planes = 0;
    grid_desc.categories = 2;
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &grid_desc));
    CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
    CHECK_EQ(grid.inside, 10);
    pika_dataset_free(&error_ctx, &dataset);
    bad.category.data = NULL;
    CHECK_OK(pika_dataset_create(&error_ctx, pika_cpu_backend(), &dataset, &bad, NULL));
    REFUSED(pika_aggregate(&error_ctx, &dataset, &grid), PIKA_ERR_INVALID, "no category column|2 categories");
    CHECK_EQ(grid.inside, 0);
    pika_dataset_free(&error_ctx, &dataset);
    pika_grid_free(&error_ctx, &grid);
    /* nor is a range that the type cannot have the backend's affair */
    fake_init(&backend, &fake);
    good_desc(&grid_desc);
    grid_desc.view.y.lo = 1e9, grid_desc.view.y.hi = 1e9 + 1;
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &grid_desc));
    bad = points, bad.y = pika_f32((const float *)(const void *)x);
    CHECK_OK(pika_dataset_create(&error_ctx, &backend, &dataset, &bad, NULL));
    REFUSED(pika_aggregate(&error_ctx, &dataset, &grid), PIKA_ERR_INVALID, "pika_aggregate|view.y|f32");
    CHECK_EQ(fake.calls[FAKE_AGGREGATE], 0);
    pika_dataset_free(&error_ctx, &dataset);
    pika_grid_free(&error_ctx, &grid);
    pika_ctx_free(&error_ctx);
}

/* Each allocation of create, update and validate fails in turn: MEMORY, nothing changed, nothing lost. */
TEST(backends_every_allocation_fails_in_turn)
{
    float *memory;
    uint8_t *category;
    pika_points points = alloc_points(&memory, &category), part;
    pika_dataset_desc dataset_desc;
    pika_grid_desc desc;
    test_heap heap;
    pika_ctx_desc ctx_desc = heap_desc(&heap, 1);
    pika_dataset dataset;
    pika_grid grid, before;
    pika_backend backend;
    fake_state fake;
    pika_ctx ctx;
    size_t live;
    int step, device, k;
    ctx_desc.strategy = PIKA_STRATEGY_DIRECT; /* the others' scratch may fail without an error */
    for (device = 0; device < 2; device++) {
        memset(&dataset, 0, sizeof dataset);
        memset(&grid, 0, sizeof grid);
        fake_init(&backend, &fake);
        backend.fetch = fake_fetch;
        dataset_desc.flags = device ? PIKA_DATASET_DEVICE_ONLY : PIKA_DATASET_COPY;
        busy_desc(&desc, PIKA_MEAN);
        desc.view.width = 40, desc.view.height = 30;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        for (step = 0; step < 4; step++) {
            for (k = 0; k < 10; k++) {
                pika_result result;
                long calls = heap.calls;
                heap.fail_at = heap.calls + k;
                live = heap.live;
                dataset_keep(&dataset);
                before = grid;
                part = slice(&points, 0, 1000);
                if (step == 0) result = pika_dataset_create(&ctx, &backend, &dataset, &part, &dataset_desc);
                else if (step == 1) {
                    part.count = device ? 1000 : 900;
                    result = pika_dataset_update(&ctx, &dataset, device ? 0 : 700, &part);
                } else if (step == 2) result = pika_aggregate(&ctx, &dataset, &grid);
                else result = pika_validate(&ctx, &dataset, &grid, NULL);
                heap.fail_at = -1;
                if (result == PIKA_OK && heap.calls <= calls + k) break;
                CHECK_RESULT(result, PIKA_ERR_MEMORY);
                CHECK_EQ(heap.live, live);
                CHECK(dataset_kept(&dataset));
                CHECK_EQ(memcmp(&before, &grid, sizeof grid), 0);
                CHECK_RESULT(pika_status(&ctx), PIKA_ERR_MEMORY);
            }
            CHECK_EQ(k, step == 3 ? 1 + device : device || step == 2 ? 0 : 1);
        }
        CHECK_EQ(dataset.points.count, device ? 1000 : 1600);
        if (!device) CHECK_EQ(dataset.capacity, 1600); /* more than half again of 1000 */
        part = slice(&points, 0, 10);
        if (!device) {
            CHECK_OK(pika_dataset_update(&ctx, &dataset, 1600, &part));
            CHECK_EQ(dataset.capacity, 2400);
            live = (size_t)heap.calls;
            CHECK_OK(pika_dataset_update(&ctx, &dataset, 1610, &part)); /* in what there is */
            CHECK_EQ(heap.calls, live);
        }
        pika_dataset_free(&ctx, &dataset);
        pika_grid_free(&ctx, &grid);
        CHECK_EQ(heap.blocks, 0);
        CHECK_EQ(heap.bad, 0);
        CHECK_EQ(fake.living, 0);
        pika_ctx_free(&ctx);
    }
    free(memory);
    free(category);
}

/* A backend that fails in any of its calls: its error comes back, and all is as it was. */
TEST(backends_that_fail)
{
    static const int flags[] = {0, PIKA_DATASET_COPY, PIKA_DATASET_DEVICE_ONLY};
    double x[12], v[12];
    pika_points points = pika_xy_f64(x, x, 6), more;
    pika_dataset_desc dataset_desc;
    pika_dataset dataset;
    pika_memory_estimate estimate;
    pika_backend_stats stats;
    pika_caps caps;
    pika_grid_desc desc;
    pika_grid before, grid;
    pika_backend backend;
    fake_state fake;
    size_t live;
    int i;
    for (i = 0; i < 12; i++) x[i] = v[i] = i;
    points.value = pika_f64(v);
    memset(&dataset, 0, sizeof dataset);
    memset(&grid, 0, sizeof grid);
    error_begin();
    fake_init(&backend, &fake);
    good_desc(&desc);
    desc.planes = PIKA_SUM | PIKA_MEAN;
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc));
#define FAILS(call) REFUSED(call, PIKA_ERR_GPU, "fake: failed at 100% of $1")
    fake.fail = FAKE_CAPS;
    FAILS(pika_backend_caps(&error_ctx, &backend, &caps));
    fake.fail = FAKE_STATS;
    FAILS(pika_backend_get_stats(&error_ctx, &backend, &stats));
    CHECK_STR(stats.reason, "");
    fake.fail = FAKE_ESTIMATE;
    FAILS(pika_backend_estimate(&error_ctx, &backend, &points, NULL, &desc, &estimate));
    fake.fail = 0;
    dataset_desc.flags = PIKA_DATASET_DEVICE_ONLY;
    CHECK_OK(pika_backend_estimate(&error_ctx, &backend, &points, &dataset_desc, &desc, &estimate));
    CHECK(estimate.dataset == 6 * 24 && estimate.grid == 4 && estimate.scratch == 2);
    for (i = 0; i < 3; i++) {
        dataset_desc.flags = (unsigned)flags[i];
        live = error_ctx.live_bytes - error_ctx.held_bytes;
        dataset_keep(&dataset);
        fake.fail = FAKE_CREATE;
        FAILS(pika_dataset_create(&error_ctx, &backend, &dataset, &points, &dataset_desc));
        CHECK(dataset_kept(&dataset) && fake.living == 0);
        CHECK_EQ(error_ctx.live_bytes - error_ctx.held_bytes, live);
        fake.fail = 0;
        CHECK_OK(pika_dataset_create(&error_ctx, &backend, &dataset, &points, &dataset_desc));
        if (flags[i] == PIKA_DATASET_DEVICE_ONLY) { /* what is not here is not pointed at; strides tell */
            CHECK(dataset.points.x.data == NULL && dataset.points.value.data == NULL);
            CHECK(dataset.points.x.stride == 8 && dataset.points.value.stride == 8);
            CHECK(dataset.points.category.stride == 0 && dataset.points.x.type == PIKA_F64);
        }
        dataset_keep(&dataset);
        fake.fail = FAKE_UPDATE;
        more = slice(&points, i == 0 ? 6 : 0, 6);
        FAILS(pika_dataset_update(&error_ctx, &dataset, 6, &more));
        FAILS(pika_dataset_update(&error_ctx, &dataset, 0, &points));
        CHECK(dataset_kept(&dataset));
        CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
        before = grid;
        CHECK(before.total > 0);
        fake.fail = FAKE_AGGREGATE;
        FAILS(pika_aggregate(&error_ctx, &dataset, &grid));
        CHECK(grid.total == before.total && grid.hits == before.hits); /* PIKA_ERR_GPU: as it was */
        fake.fail = 0;
        CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
        CHECK_EQ(grid.inside, 6);
        if (flags[i] == PIKA_DATASET_DEVICE_ONLY) {
            pika_validation found;
            backend.fetch = NULL;
            REFUSED(pika_validate(&error_ctx, &dataset, &grid, NULL), PIKA_ERR_UNSUPPORTED, "device");
            backend.fetch = fake_fetch;
            fake.fail = FAKE_FETCH;
            FAILS(pika_validate(&error_ctx, &dataset, &grid, NULL));
            fake.fail = 0;
            CHECK_OK(pika_validate(&error_ctx, &dataset, &grid, &found));
            CHECK(found.cells == 36 && found.differing == 0);
            CHECK_OK(pika_dataset_update(&error_ctx, &dataset, 6, &points));
            CHECK(dataset.points.count == 12 && dataset.points.x.data == NULL);
        }
        pika_dataset_free(&error_ctx, &dataset);
        CHECK_EQ(fake.living, 0);
        CHECK_EQ(error_ctx.live_bytes - error_ctx.held_bytes, live);
    }
#undef FAILS
    pika_grid_free(&error_ctx, &grid);
    pika_ctx_free(&error_ctx);
}

static int cancel_at_once(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    return done < total;
}

TEST(backends_the_cpu)
{
    const pika_backend *cpu = pika_cpu_backend();
    static float x[100], v[400];
    pika_points points = pika_xy_f32(x, x, 100);
    pika_dataset_desc copy;
    pika_grid_desc desc;
    pika_memory_estimate estimate;
    pika_backend_stats stats;
    pika_caps caps;
    pika_dataset dataset;
    pika_grid grid;
    pika_ctx_desc ctx_desc = way_desc(-1, 3, -1);
    pika_ctx ctx;
    char device[80];
    memset(&dataset, 0, sizeof dataset);
    memset(&grid, 0, sizeof grid);
    ctx_desc.memory_limit = 1 << 20;
    points.value = pika_strided(v, PIKA_F32, 16);
    CHECK(cpu != NULL && cpu == pika_cpu_backend());
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    CHECK_OK(pika_backend_caps(&ctx, cpu, &caps));
    CHECK_STR(caps.backend, "cpu");
    sprintf(device, " %s, %d thread%s", pika_isa_string(ctx.isa), ctx.threads, ctx.threads == 1 ? "" : "s");
    CHECK_HAS(caps.device, device);
    CHECK(caps.planes == 0x1FFF && caps.software == 0 && caps.memory == 1 << 20 && caps.largest == 0);
    CHECK_OK(pika_backend_caps(NULL, cpu, &caps));
    CHECK_HAS(caps.device, ", 1 thread");
    CHECK_EQ(caps.memory, 0);
    memset(&stats, 0xA5, sizeof stats);
    CHECK_OK(pika_backend_get_stats(&ctx, cpu, &stats));
    CHECK(stats.gpu_calls == 0 && stats.cpu_calls == 0 && stats.upload_bytes == 0 && stats.strategy == 0);
    CHECK_STR(stats.reason, "");
    /* the copy's size is known before, and no data is read: there is none */
    good_desc(&desc);
    copy.flags = PIKA_DATASET_COPY;
    CHECK_OK(pika_backend_estimate(&ctx, cpu, &points, NULL, &desc, &estimate));
    CHECK(estimate.host == 0 && estimate.dataset == 0 && estimate.budget == 0 && estimate.streams == 0);
    CHECK_OK(pika_dataset_create(&ctx, cpu, &dataset, &points, &copy));
    points.x.data = points.y.data = NULL;
    CHECK_OK(pika_backend_estimate(&ctx, cpu, &points, &copy, &desc, &estimate));
    CHECK_EQ(estimate.host, dataset.bytes);
    CHECK_EQ(estimate.host, 3 * 448); /* 100 floats, in whole lines */
    copy.flags = PIKA_DATASET_DEVICE_ONLY;
    CHECK_RESULT(pika_backend_estimate(&ctx, cpu, &points, &copy, &desc, &estimate), PIKA_ERR_UNSUPPORTED);
    points.x.type = 11;
    CHECK_RESULT(pika_backend_estimate(&ctx, cpu, &points, NULL, &desc, &estimate), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "x.type");
    points.x.type = 0;
    CHECK_RESULT(pika_backend_estimate(&ctx, cpu, &points, NULL, NULL, &estimate), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_estimate(&ctx, cpu, &points, NULL, &desc, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_estimate(&ctx, cpu, NULL, NULL, &desc, &estimate), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_estimate(&ctx, NULL, &points, NULL, &desc, &estimate), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_caps(&ctx, NULL, &caps), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_caps(&ctx, cpu, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_get_stats(&ctx, NULL, &stats), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_get_stats(&ctx, cpu, NULL), PIKA_ERR_INVALID);
    /* cancelled: cleared, and not the first rows alone */
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    CHECK_OK(pika_aggregate(&ctx, &dataset, &grid));
    CHECK_EQ(grid.inside, 100);
    pika_dataset_free(&ctx, &dataset);
    {
        const size_t many = 2000000;
        uint8_t *bytes = (uint8_t *)calloc(many, 1);
        points = pika_xy(pika_strided(bytes, PIKA_U8, 0), pika_strided(bytes, PIKA_U8, 0), many);
        ctx.desc.progress_fn = cancel_at_once;
        CHECK_OK(pika_dataset_create(&ctx, cpu, &dataset, &points, NULL));
        CHECK_RESULT(pika_aggregate(&ctx, &dataset, &grid), PIKA_ERR_CANCELLED);
        CHECK(grid.total == 0 && grid.inside == 0 && pika_grid_counts(&grid)[0] == 0);
        pika_dataset_free(&ctx, &dataset);
        free(bytes);
    }
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
}

/* ---- the reference ----------------------------------------------------------------------------------- */

/* Data and a grid of it with every plane and two categories; some cells are empty, one has infinities. */
static void reference_init(pika_points *points, pika_grid_desc *desc, float *x, double *v, uint8_t *category)
{
    uint64_t random = 5;
    int i;
    for (i = 0; i < 400; i++) {
        x[i] = (float)test_below(&random, 11);
        v[i] = test_between(&random, -500, 500) / 7.0;
        category[i] = (uint8_t)(i & 1);
        if (i >= 398) x[i] = 9, v[i] = i == 398 ? (double)INFINITY : -(double)INFINITY, category[i] = 0;
        if (i % 50 == 49) v[i] = (double)NAN;
    }
    x[3] = 6, category[3] = 1; /* cell 2, 0 has a row; the second of two, as 3 is odd */
    *points = pika_xy_f32(x, x + 400, 400);
    for (i = 0; i < 400; i++) x[400 + i] = (float)(i % 3 == 0 ? 1 : i % 14);
    points->value = pika_f64(v);
    points->category = pika_strided(category, PIKA_U8, 0);
    good_desc(desc);
    desc->planes = ALL_PLANES | PIKA_COVERAGE;
    desc->categories = 2;
}

TEST(backends_validate_finds_it)
{
    static const char *const says[] = {"", "count of cell", "sum of cell", "min of cell", "max of cell",
        "var of cell", "first of cell", "last of cell", "argmin of cell", "argmax of cell", "mean of cell",
        "total is 401, the CPU's 400", "inside is", "outside is", "invalid is", "no_value is", "hits is"};
    static const unsigned planes[] = {0, PIKA_COUNT, PIKA_SUM, PIKA_MIN, PIKA_MAX, PIKA_VAR, PIKA_FIRST,
        PIKA_LAST, PIKA_ARGMIN, PIKA_ARGMAX, PIKA_MEAN};
    float x[800];
    double v[400];
    uint8_t category[400];
    pika_points points;
    pika_grid_desc desc;
    pika_grid grid;
    pika_dataset dataset;
    pika_validation found;
    pika_backend backend;
    fake_state fake;
    int wrong;
    memset(&dataset, 0, sizeof dataset);
    memset(&grid, 0, sizeof grid);
    reference_init(&points, &desc, x, v, category);
    error_begin();
    fake_init(&backend, &fake);
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc));
    CHECK_OK(pika_dataset_create(&error_ctx, &backend, &dataset, &points, NULL));
    for (wrong = 0; wrong <= 16; wrong++) {
        pika_result result;
        fake.wrong = wrong;
        CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
        memset(&found, 0xA5, sizeof found);
        result = pika_validate(&error_ctx, &dataset, &grid, &found);
        CHECK_EQ(found.cells, 13 * 2 * 12); /* planes, categories, cells: NaN and infinities are equal */
        CHECK_EQ(found.largest_error, 0);
        if (wrong == 0) {
            CHECK_OK(result);
            CHECK_EQ(found.differing, 0);
            continue;
        }
        REFUSED(result, PIKA_ERR_MISMATCH, says[wrong]);
        CHECK_HAS(pika_last_error(&error_ctx), "pika_validate: ");
        CHECK_HAS(pika_last_error(&error_ctx), "; fake, strategy 7, a device of the tests");
        if (wrong <= 10) {
            CHECK_EQ(found.plane, planes[wrong]);
            CHECK(found.category == 1 && found.x == 2 && found.y == 0);
            CHECK_HAS(pika_last_error(&error_ctx), " of cell 2, 0, category 1, is ");
            CHECK(test_bits(found.expected) != test_bits(found.actual));
            /* a wrong number of values is a wrong mean, var and std; var is std */
            CHECK_EQ(found.differing, wrong == 10 ? 3 : wrong == 2 || wrong == 5 ? 2 : 1);
        } else {
            CHECK(found.differing == 0 && found.plane == 0);
        }
        if (wrong == 1) CHECK_EQ(found.actual, found.expected + 1);
        CHECK_RESULT(pika_validate(NULL, &dataset, &grid, NULL), PIKA_ERR_MISMATCH);
    }
    pika_dataset_free(&error_ctx, &dataset);
    pika_grid_free(&error_ctx, &grid);
    pika_ctx_free(&error_ctx);
}

TEST(backends_validate_bounds)
{
    float x[800];
    double v[400];
    uint8_t category[400];
    pika_points points;
    pika_grid_desc desc;
    pika_grid grid;
    pika_dataset dataset;
    pika_validation found;
    pika_backend backend;
    fake_state fake;
    int i, planes;
    memset(&dataset, 0, sizeof dataset);
    error_begin();
    fake_init(&backend, &fake);
    backend.sum_bound = fake_bound;
    reference_init(&points, &desc, x, v, category);
    for (i = 0; i < 400; i++)
        if (!(v[i] >= -1e9 && v[i] <= 1e9)) v[i] = 1;
    CHECK_OK(pika_dataset_create(&error_ctx, &backend, &dataset, &points, NULL));
    for (planes = 0; planes < 2; planes++) {
        memset(&grid, 0, sizeof grid);
        desc.planes = planes == 0 ? PIKA_MEAN : PIKA_SUM | PIKA_MEAN | PIKA_MAX;
        CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc));
        fake.bound = 1e-6;
        fake.off = 0;
        CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
        CHECK_OK(pika_validate(&error_ctx, &dataset, &grid, &found));
        CHECK_EQ(found.largest_error, 0);
        fake.off = 0.75e-6; /* of at least one value: where there is one, most of the bound */
        CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
        CHECK_OK(pika_validate(&error_ctx, &dataset, &grid, &found));
        CHECK(found.largest_error > 0 && found.largest_error < 0.7501 && found.differing == 0);
        fake.bound = 1e-10;
        REFUSED(pika_validate(&error_ctx, &dataset, &grid, &found), PIKA_ERR_MISMATCH,
            planes == 0 ? "mean of cell" : "sum of cell");
        CHECK(found.largest_error > 1 && found.differing > 0);
        fake.off = 0;
        fake.bound = 0; /* what the CPU's own additions may be off remains */
        CHECK_OK(pika_aggregate(&error_ctx, &dataset, &grid));
        for (i = 0; i < 24; i++) {
            double *sum = (double *)grid.planes[PIKA__SUMS] + i;
            if (((uint32_t *)grid.planes[PIKA__PRESENT])[i] > 2) *sum = step_double(*sum, 1);
        }
        CHECK_OK(pika_validate(&error_ctx, &dataset, &grid, &found));
        /* infinities and NaNs are right or wrong */
        ((double *)grid.planes[PIKA__SUMS])[14] = (double)INFINITY;
        fake.bound = 1e300;
        REFUSED(pika_validate(&error_ctx, &dataset, &grid, &found), PIKA_ERR_MISMATCH,
            "of cell 2, 0, category 1, is inf");
        CHECK(found.differing == (planes == 0 ? 1 : 2) && found.actual == (double)INFINITY);
        pika_grid_free(&error_ctx, &grid);
    }
    pika_dataset_free(&error_ctx, &dataset);
    pika_ctx_free(&error_ctx);
}

/* ---- what a backend puts into grids ------------------------------------------------------------------ */

TEST(backends_store_round_trip)
{
    static const unsigned stored[] = {PIKA_COUNT, PIKA_MEAN, PIKA_SUM, PIKA_MIN, PIKA_MAX};
    static const int stores[] = {PIKA__COUNTS, PIKA__PRESENT, PIKA__SUMS, PIKA__MINS, PIKA__MAXS};
    float x[800];
    double v[400], cells[12];
    uint8_t category[400];
    pika_points points;
    pika_grid_desc desc;
    pika_grid from, to;
    pika_stats stats;
    int i, k, planes;
    reference_init(&points, &desc, x, v, category);
    error_begin();
    for (planes = 0; planes < 3; planes++)
        for (desc.categories = 0; desc.categories < 3; desc.categories += 2) {
            memset(&from, 0, sizeof from);
            memset(&to, 0, sizeof to);
            desc.planes = planes == 0   ? 0
                          : planes == 1 ? PIKA_SUM
                                        : PIKA_MEAN | PIKA_MIN | PIKA_MAX | PIKA_ANY;
            CHECK_OK(pika_grid_alloc(&error_ctx, &from, &desc));
            CHECK_OK(pika_grid_alloc(&error_ctx, &to, &desc));
            CHECK_OK(pika_add_points(&error_ctx, &from, &points));
            CHECK_OK(pika_grid_stats(&error_ctx, &from, &stats));
            for (i = 0; i < 5; i++)
                for (k = 0; k < (desc.categories > 0 ? 2 : 1); k++) {
                    const size_t size = i < 2 ? 4 : 8;
                    if (from.planes[stores[i]] == NULL) {
                        REFUSED(pika_grid_store(&error_ctx, &to, stored[i], k, cells), PIKA_ERR_INVALID,
                            "pika_grid_store|plane|does not have");
                        continue;
                    }
                    CHECK_OK(pika_grid_store(&error_ctx, &to, stored[i], k,
                        (uint8_t *)from.planes[stores[i]] + (size_t)k * 12 * size));
                }
            REFUSED(
                pika_grid_store(&error_ctx, &to, PIKA_COUNT, 2, cells), PIKA_ERR_INVALID, "category is 2");
            REFUSED(
                pika_grid_store(&error_ctx, &to, PIKA_COUNT, -1, cells), PIKA_ERR_INVALID, "category is -1");
            if (desc.categories == 0)
                REFUSED(pika_grid_store(&error_ctx, &to, PIKA_COUNT, 1, cells), PIKA_ERR_INVALID, "category");
            CHECK_EQ(
                to.hits, from.hits); /* the counts tell; the rest of the account is still that of before */
            CHECK_EQ(to.total, 0);
            stats.hits++;
            REFUSED(pika_grid_set_account(&error_ctx, &to, &stats), PIKA_ERR_INVALID, "hits is");
            stats.hits--, stats.total++;
            REFUSED(pika_grid_set_account(&error_ctx, &to, &stats), PIKA_ERR_INVALID, "total is 401");
            stats.outside = UINT64_MAX;
            REFUSED(pika_grid_set_account(&error_ctx, &to, &stats), PIKA_ERR_INVALID, "total is 401");
            stats.outside = from.outside, stats.total--;
            stats.no_value = stats.inside + 1;
            REFUSED(pika_grid_set_account(&error_ctx, &to, &stats), PIKA_ERR_INVALID, "no_value is");
            stats.no_value = from.no_value;
            CHECK(to.total == 0 && to.inside == 0);
            CHECK_OK(pika_grid_set_account(&error_ctx, &to, &stats));
            CHECK(to.total == from.total && to.inside == from.inside && to.outside == from.outside);
            CHECK(to.invalid == from.invalid && to.no_value == from.no_value && to.hits == from.hits);
            for (i = 0; i < PIKA__STORES; i++)
                if (from.planes[i] != NULL)
                    CHECK_EQ(
                        memcmp(from.planes[i], to.planes[i], pika__all_cells(&desc) * pika__store_bytes(i)),
                        0);
            CHECK_OK(pika_grid_store(&error_ctx, &to, PIKA_COUNT, 0, from.planes[PIKA__COUNTS])); /* twice */
            CHECK_EQ(to.hits, from.hits);
            CHECK_OK(pika_add_points(&error_ctx, &to, &points)); /* and rows may follow */
            CHECK_EQ(to.total, 800);
            pika_grid_free(&error_ctx, &from);
            pika_grid_free(&error_ctx, &to);
        }
    desc.planes = ALL_PLANES, desc.categories = 0;
    memset(&to, 0, sizeof to);
    CHECK_OK(pika_grid_alloc(&error_ctx, &to, &desc));
    for (i = 0; i < 12; i++) {
        const unsigned plane = 1u << i;
        for (k = 0; k < 5 && stored[k] != plane; k++) {}
        if (k == 5)
            REFUSED(pika_grid_store(&error_ctx, &to, plane, 0, cells), PIKA_ERR_UNSUPPORTED,
                "pika_grid_store|plane");
    }
    for (i = 0; i < 12; i++) cells[i] = i % 2 == 0 ? -0.0 : (double)NAN;
    CHECK_OK(pika_grid_store(&error_ctx, &to, PIKA_MIN, 0, cells));
    CHECK_OK(pika_grid_read(&error_ctx, &to, PIKA_MIN, 0, cells));
    CHECK_BITS(cells[0], 0.0);
    CHECK_BITS(cells[1], double_of_bits(UINT64_C(0x7FF8000000000000)));
    REFUSED(pika_grid_store(&error_ctx, &to, PIKA_COUNT, 0, NULL), PIKA_ERR_INVALID, "cells is NULL");
    REFUSED(pika_grid_store(&error_ctx, &to, 3, 0, cells), PIKA_ERR_INVALID, "plane is 3");
    REFUSED(pika_grid_store(&error_ctx, NULL, PIKA_COUNT, 0, cells), PIKA_ERR_INVALID, "grid is NULL");
    REFUSED(pika_grid_set_account(&error_ctx, NULL, &stats), PIKA_ERR_INVALID, "grid is NULL");
    REFUSED(pika_grid_set_account(&error_ctx, &to, NULL), PIKA_ERR_INVALID, "stats is NULL");
    pika_grid_free(&error_ctx, &to);
    REFUSED(pika_grid_store(&error_ctx, &to, PIKA_SUM, 0, cells), PIKA_ERR_INVALID, "grid is not");
    REFUSED(pika_grid_set_account(&error_ctx, &to, &stats), PIKA_ERR_INVALID, "grid is not");
    pika_ctx_free(&error_ctx);
}

/* ---- scales from values and how many cells have them ------------------------------------------------- */

/* Of a grid: the values of its cells, rising, those that are equal once or more often. */
static size_t scale_values(const pika_grid *grid, unsigned plane, int merge, double *values, uint64_t *cells)
{
    const size_t n = (size_t)grid->desc.view.width * (size_t)grid->desc.view.height;
    size_t i, k = 0, kept = 0;
    CHECK_OK(pika_grid_read(NULL, grid, plane, 0, values));
    for (i = 0; i < n; i++)
        if (values[i] - values[i] == 0 && pika_grid_counts(grid)[i] > 0) values[k++] = values[i];
    qsort(values, k, sizeof *values, compare_doubles);
    for (i = 0; i < k; i++) {
        if (merge && kept > 0 && values[kept - 1] == values[i]) {
            cells[kept - 1]++;
            continue;
        }
        values[kept] = values[i];
        cells[kept++] = 1;
    }
    return kept;
}

TEST(backends_scales_fit)
{
    static const unsigned planes[] = {PIKA_COUNT, PIKA_MIN, PIKA_SUM, PIKA_ANY};
    static const double ranges[][2] = {{0, 0}, {1, 20}, {-3, 5.5}, {2.5, 2.75}, {100000, 200000}, {0, 0.5}};
    enum { SIDE = 120, CELLS = SIDE * SIDE };
    static uint32_t counts[CELLS], pixels[CELLS];
    static double values[CELLS];
    static uint64_t cells[CELLS];
    uint64_t random = test_now.seed + 64;
    pika_grid_desc desc;
    pika_grid grid;
    pika_image image;
    pika_color_scale want, got;
    pika_shade_desc shade;
    size_t n, i;
    int data, plane, transfer, range, merge;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    desc.view.width = desc.view.height = SIDE;
    desc.view.x.hi = desc.view.y.hi = 1;
    desc.planes = PIKA_MIN | PIKA_SUM;
    image.width = image.height = SIDE;
    image.pixels = (uint8_t *)pixels;
    image.bytes = sizeof pixels;
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    for (data = 0; data < 4; data++) {
        for (i = 0; i < CELLS; i++) { /* few values, many, one alone, and counts past the shader's tables */
            const int r = test_below(&random, 1 << 20);
            counts[i] = (uint32_t)(data == 0   ? r % 7
                                   : data == 1 ? r % 300 * (r % 3)
                                   : data == 2 ? 5
                                               : (i % 5 == 0 ? (int64_t)r * 3000 : r % 1000));
            values[i] = data == 0 ? r % 5 - 2.0 : data == 2 ? -0.0 : (r - 400000) / 1024.0;
            if (data == 3 && r % 7 == 0) values[i] = 4e-310 * r;
        }
        CHECK_OK(pika_grid_store(NULL, &grid, PIKA_COUNT, 0, counts));
        CHECK_OK(pika_grid_store(NULL, &grid, PIKA_MIN, 0, values));
        CHECK_OK(pika_grid_store(NULL, &grid, PIKA_SUM, 0, values));
        for (i = 0; i < CELLS; i++) /* a cell without rows has no smallest value */
            if (counts[i] == 0) ((double *)grid.planes[PIKA__MINS])[i] = (double)NAN;
        for (plane = 0; plane < 4; plane++)
            for (merge = 0; merge < 2; merge++) {
                n = scale_values(&grid, planes[plane], merge, values, cells);
                for (transfer = 0; transfer < 4; transfer++)
                    for (range = 0; range < 6; range++) {
                        memset(&shade, 0, sizeof shade);
                        memset(&got, 0xA5, sizeof got);
                        shade.plane = planes[plane];
                        shade.transfer = transfer;
                        shade.lo = ranges[range][0], shade.hi = ranges[range][1];
                        shade.scale_out = &want;
                        CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
                        shade.scale_out = NULL;
                        CHECK_OK(pika_color_scale_fit(NULL, &shade, values, cells, n, &got));
                        if (!CHECK_EQ(memcmp(&want, &got, sizeof want), 0))
                            printf("    data %d, plane %u, transfer %d, range %d\n", data, planes[plane],
                                transfer, range);
                    }
            }
    }
    for (i = 0; i < 20; i++) values[i] = (double)i + 1, cells[i] = i; /* values of no cell change nothing */
    memset(&shade, 0, sizeof shade);
    CHECK_OK(pika_color_scale_fit(NULL, NULL, values + 5, cells + 5, 10, &want));
    for (i = 0; i < 5; i++) cells[i] = cells[15 + i] = 0;
    CHECK_OK(pika_color_scale_fit(NULL, &shade, values, cells, 20, &got));
    CHECK_EQ(memcmp(&want, &got, sizeof want), 0);
    pika_grid_free(NULL, &grid);
}

TEST(backends_scales_refuse)
{
    double values[4] = {1, 2, 2, 3};
    uint64_t cells[4] = {1, 1, 1, 1};
    pika_color_scale scale, before;
    pika_shade_desc desc;
    memset(&desc, 0, sizeof desc);
    memset(&scale, 0xA5, sizeof scale);
    before = scale;
    error_begin();
#define FIT pika_color_scale_fit(&error_ctx, &desc, values, cells, 4, &scale)
    REFUSED(pika_color_scale_fit(&error_ctx, &desc, NULL, cells, 4, &scale), PIKA_ERR_INVALID,
        "pika_color_scale_fit|values");
    REFUSED(pika_color_scale_fit(&error_ctx, &desc, values, NULL, 4, &scale), PIKA_ERR_INVALID, "cells");
    REFUSED(pika_color_scale_fit(&error_ctx, &desc, values, cells, 4, NULL), PIKA_ERR_INVALID, "scale");
    REFUSED(
        pika_color_scale_fit(&error_ctx, &desc, values, cells, 0, &scale), PIKA_ERR_INVALID, "count is 0");
    values[2] = 1;
    REFUSED(FIT, PIKA_ERR_INVALID, "values[2] is 1|rising");
    values[2] = (double)NAN;
    REFUSED(FIT, PIKA_ERR_INVALID, "values[2] is nan");
    values[2] = 3, values[3] = (double)INFINITY;
    REFUSED(FIT, PIKA_ERR_INVALID, "values[3] is inf");
    values[3] = 3.5;
    REFUSED(FIT, PIKA_ERR_INVALID, "values[3] is 3.5|whole");
    desc.plane = PIKA_MEAN;
    CHECK_OK(FIT);
    desc.plane = 0;
    values[3] = 4, values[0] = 0;
    scale = before;
    REFUSED(FIT, PIKA_ERR_INVALID, "values[0] is 0|whole");
    values[0] = 1, cells[1] = 0xFFFFFFFEu;
    REFUSED(FIT, PIKA_ERR_INVALID, "cells[0..2]|2^32");
    cells[1] = 1, desc.plane = 3;
    REFUSED(FIT, PIKA_ERR_INVALID, "plane is 3");
    desc.plane = 0, desc.transfer = 4;
    REFUSED(FIT, PIKA_ERR_INVALID, "transfer is 4");
    desc.transfer = 0, desc.lo = 2, desc.hi = 1;
    REFUSED(FIT, PIKA_ERR_INVALID, "lo, hi are 2, 1");
    CHECK_EQ(memcmp(&scale, &before, sizeof scale), 0);
#undef FIT
    pika_ctx_free(&error_ctx);
}

/* ---- what a backend has of the context --------------------------------------------------------------- */

TEST(backends_context)
{
    test_heap heap;
    pika_ctx_desc desc = heap_desc(&heap, 1);
    pika_ctx ctx, zero;
    char text[400];
    void *a;
    CHECK_OK(pika_ctx_init(&ctx, &desc));
    a = pika_ctx_alloc(&ctx, 100, 64);
    CHECK(a != NULL && (uintptr_t)a % 64 == 0);
    CHECK_EQ(ctx.live_bytes, 100);
    pika_ctx_release(&ctx, a, 100);
    CHECK_EQ(heap.blocks, 0);
    pika_ctx_release(&ctx, NULL, 100);
    a = pika_ctx_alloc(&ctx, 1, 0);
    CHECK(a != NULL);
    pika_ctx_release(&ctx, a, 1);
    heap.fail_at = heap.calls;
    CHECK(pika_ctx_alloc(&ctx, 77, 8) == NULL);
    CHECK_HAS(pika_last_error(&ctx), "pika_ctx_alloc: no memory: 77 bytes");
    CHECK_RESULT(pika_status(&ctx), PIKA_ERR_MEMORY);
    CHECK(pika_ctx_alloc(&ctx, 0, 8) == NULL);
    CHECK_HAS(pika_last_error(&ctx), "bytes is 0");
    CHECK(pika_ctx_alloc(&ctx, 8, 128) == NULL);
    CHECK_HAS(pika_last_error(&ctx), "align is 128");
    CHECK(pika_ctx_alloc(&ctx, 8, 24) == NULL);
    CHECK_RESULT(pika_status(&ctx), PIKA_ERR_INVALID);
    CHECK_EQ(heap.bad, 0);
    pika_ctx_free(&ctx);
    memset(&zero, 0, sizeof zero);
    CHECK(pika_ctx_alloc(&zero, 8, 8) == NULL);
    pika_ctx_release(&zero, text, 8);
    pika_ctx_log(&zero, 1, "text");
    pika_ctx_log(NULL, 1, "text");
    a = pika_ctx_alloc(NULL, 8, 8);
    CHECK(a != NULL);
    pika_ctx_release(NULL, a, 8);
    error_begin();
    REFUSED(pika_ctx_fail(&error_ctx, PIKA_ERR_GPU, "gl: 5% of $x"), PIKA_ERR_GPU, "gl: 5% of $x");
    REFUSED(pika_ctx_fail(&error_ctx, PIKA_ERR_IO, pika_last_error(&error_ctx) + 4), PIKA_ERR_IO, "5% of $x");
    CHECK_STR(pika_last_error(&error_ctx), "5% of $x");
    memset(text, 'x', sizeof text);
    text[399] = 0;
    REFUSED(pika_ctx_fail(&error_ctx, PIKA_ERR_GPU, text), PIKA_ERR_GPU, "xxxxx");
    CHECK_EQ(strlen(pika_last_error(&error_ctx)), 199);
    REFUSED(pika_ctx_fail(&error_ctx, PIKA_ERR_GPU, NULL), PIKA_ERR_GPU, "");
    CHECK_RESULT(pika_ctx_fail(NULL, PIKA_ERR_GPU, "text"), PIKA_ERR_GPU);
    CHECK_OK(pika_ctx_fail(&error_ctx, PIKA_OK, "nothing"));
    CHECK_OK(pika_status(&error_ctx));
    pika_ctx_log(&error_ctx, 1, "a warning");
    CHECK(error_log.calls == 1 && error_log.level == 1 && error_log.id == 0);
    CHECK_STR(error_log.text, "a warning");
    pika_ctx_log(&error_ctx, 1, NULL);
    CHECK_EQ(error_log.calls, 1);
    pika_ctx_free(&error_ctx);
}

/* A context that was never made, and NULL, with everything else in order. */
TEST(backends_without_a_context)
{
    const pika_backend *cpu = pika_cpu_backend();
    float x[4] = {1, 2, 3, 4};
    const double values[1] = {1};
    const uint64_t cells[1] = {1};
    uint32_t counts[12] = {0};
    uint64_t keys[5];
    pika_points points = pika_xy_f32(x, x, 4);
    pika_memory_estimate estimate;
    pika_backend_stats stats;
    pika_color_scale scale;
    pika_stats account;
    pika_caps caps;
    pika_grid_desc desc;
    pika_grid grid;
    pika_dataset dataset, other;
    pika_ctx zero;
    memset(&zero, 0, sizeof zero);
    memset(&dataset, 0, sizeof dataset);
    memset(&other, 0, sizeof other);
    memset(&grid, 0, sizeof grid);
    memset(&account, 0, sizeof account);
    good_desc(&desc);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_dataset_create(NULL, cpu, &dataset, &points, NULL));
    CHECK_OK(pika_aggregate(NULL, &dataset, &grid));
    CHECK_OK(pika_validate(NULL, &dataset, &grid, NULL));
    CHECK_OK(pika_dataset_update(NULL, &dataset, 0, &points));
    CHECK_OK(pika_backend_estimate(NULL, cpu, &points, NULL, &desc, &estimate));
    CHECK_OK(pika_backend_get_stats(NULL, cpu, &stats));
    CHECK_RESULT(pika_backend_caps(&zero, cpu, &caps), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&zero), "ctx is not initialised");
    CHECK_RESULT(pika_backend_get_stats(&zero, cpu, &stats), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_backend_estimate(&zero, cpu, &points, NULL, &desc, &estimate), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_dataset_create(&zero, cpu, &other, &points, NULL), PIKA_ERR_INVALID);
    CHECK(other.backend == NULL);
    CHECK_RESULT(pika_dataset_update(&zero, &dataset, 0, &points), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_aggregate(&zero, &dataset, &grid), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_validate(&zero, &dataset, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_axis_keys(&zero, &desc.view, 0, 0, keys), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_grid_store(&zero, &grid, PIKA_COUNT, 0, counts), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_grid_set_account(&zero, &grid, &account), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_color_scale_fit(&zero, NULL, values, cells, 1, &scale), PIKA_ERR_INVALID);
    CHECK_EQ(grid.inside, 4); /* not even the context is there: the grid is as it was */
    pika_dataset_free(&zero, &dataset);
    CHECK(dataset.backend == NULL);
    pika_grid_free(NULL, &grid);
}

/* Keys, cells, scales and aggregates are the same in any floating-point environment, which is left alone. */
TEST(backends_environment)
{
#ifdef TEST_CONTROL_WORD
    static const double values[] = {1e-310, 0.1, 0.3, 7, 1e10};
    static const uint64_t cells[] = {3, 1, 4, 1, 5};
    uint64_t keys[2][101];
    pika_color_scale scales[2];
    int found[2][20], scale, k;
    size_t i;
    for (i = 0; i < sizeof control_words / sizeof control_words[0]; i++)
        for (scale = 0; scale < 3; scale++) {
            pika_view view;
            pika_shade_desc shade;
            one_value_view(&view, scale == 1 ? 1e-300 : -0.37, 123.4, 100);
            view.x.scale = scale;
            memset(&shade, 0, sizeof shade);
            shade.plane = PIKA_MIN, shade.transfer = scale + 1;
            control_word = control_words[i];
            control_broken = 0;
            for (k = 0; k < 2; k++) {
                int v;
                if (k == 1) control_enter();
                pika_axis_keys(NULL, &view, 0, PIKA_F64, keys[k]);
                for (v = 0; v < 20; v++) {
                    uint64_t value = keys[0][v * 5] - (uint64_t)(v & 1);
                    uint8_t bytes[8];
                    put_key(bytes, PIKA_F64, value);
                    found[k][v] = pika_axis_cell(&view, 0, PIKA_F64, bytes);
                }
                pika_color_scale_fit(NULL, &shade, values, cells, 5, &scales[k]);
                if (k == 1) control_leave();
            }
            CHECK_EQ(control_broken, 0);
            CHECK_EQ(memcmp(keys[0], keys[1], sizeof keys[0]), 0);
            CHECK_EQ(memcmp(found[0], found[1], sizeof found[0]), 0);
            CHECK_EQ(memcmp(&scales[0], &scales[1], sizeof scales[0]), 0);
        }
#else
    SKIP("no way to set the floating-point control word here");
#endif
}

AREA(backends, LISTED(backends_keys_decide), LISTED(backends_keys_at_the_ends),
    LISTED(backends_cells_of_wide_tables), LISTED_SAFE(backends_keys_refuse),
    LISTED_SAFE(backends_datasets_random), LISTED_SAFE(backends_copies_get_bitmaps),
    LISTED_SAFE(backends_borrowed_rows), LISTED_SAFE(backends_datasets_refuse),
    LISTED_SAFE(backends_every_allocation_fails_in_turn), LISTED_SAFE(backends_that_fail),
    LISTED_SAFE(backends_the_cpu), LISTED(backends_validate_finds_it), LISTED(backends_validate_bounds),
    LISTED(backends_store_round_trip), LISTED(backends_scales_fit), LISTED_SAFE(backends_scales_refuse),
    LISTED_SAFE(backends_context), LISTED_SAFE(backends_without_a_context), LISTED(backends_environment));
