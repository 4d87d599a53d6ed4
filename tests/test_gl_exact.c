/* test_gl: cells, extremes and sums. Every kind of axis, type, layout, category, distribution and strategy
   gives the grid of pika_add_points to the bit; sums and means keep the bound that pika_gl.h states. */

/* ---- exactness --------------------------------------------------------------------------------------- */

enum { FLOATS = 3, F64_ALONE = 2, LONGS = 0x300, INTEGERS = 0x3FC, ALL_TYPES = 0x3FF };

typedef struct axis_case {
    const char *name;
    pika_axis axis;
    int cells;
    unsigned types, flags; /* PIKA_HALF_OPEN: this axis; PIKA_EXACT_EDGES */
    int first, total;      /* a tile */
} axis_case;

static const axis_case axis_cases[] = {
    {"unit", {0, 1, 0, 0, 0}, 1024, FLOATS, 0, 0, 0},
    {"unit, half open", {0, 1, 0, 0, 0}, 1000, FLOATS, PIKA_HALF_OPEN, 0, 0},
    {"decimal", {0.1, 0.3, 0, 0, 0}, 1023, FLOATS, 0, 0, 0},
    {"around 0", {-1, 1, 0, 0, 0}, 777, FLOATS, 0, 0, 0},
    {"one cell", {-1, 1, 0, 0, 0}, 1, FLOATS, PIKA_HALF_OPEN, 0, 0},
    {"1e6 + 1", {1e6, 1e6 + 1, 0, 0, 0}, 512, FLOATS, 0, 0, 0},
    {"1.7e9 +- 1", {1.7e9 - 1, 1.7e9 + 1, 0, 0, 0}, 700, F64_ALONE, 0, 0, 0},
    {"1.7e9 +- 1, open", {1.7e9 - 1, 1.7e9 + 1, 0, 0, 0}, 997, F64_ALONE, PIKA_HALF_OPEN, 0, 0},
    {"four ulps of f32", {1, 1.000000476837158203125, 0, 0, 0}, 100, FLOATS, 0, 0, 0},
    {"four ulps of f64", {1, 1.0000000000000008881784197001252, 0, 0, 0}, 9, F64_ALONE, 0, 0, 0},
    {"near 0", {0, 1e-36, 0, 0, 0}, 100, FLOATS, 0, 0, 0},
    {"denormals of f64", {-1e-310, 1e-306, 0, 0, 0}, 90, F64_ALONE, 0, 0, 0},
    {"huge", {-1.5e38, 1.5e38, 0, 0, 0}, 1000, FLOATS, 0, 0, 0},
    {"huge f64", {-8e307, 8e307, 0, 0, 0}, 333, F64_ALONE, 0, 0, 0},
    {"exact edges", {0, 1, 0, 0, 0}, 1000, FLOATS, PIKA_EXACT_EDGES, 0, 0},
    {"exact edges, open", {-0.7, 1e4, 0, 0, 0}, 641, FLOATS, PIKA_EXACT_EDGES | PIKA_HALF_OPEN, 0, 0},
    {"exact edges, 1.7e9", {1.7e9 - 1, 1.7e9 + 1, 0, 0, 0}, 700, F64_ALONE, PIKA_EXACT_EDGES, 0, 0},
    {"log", {1e-3, 1e5, 0, PIKA_LOG10, 0}, 800, ALL_TYPES, 0, 0, 0},
    {"log of all f64", {1e-300, 1e300, 0, PIKA_LOG10, 0}, 1024, F64_ALONE, 0, 0, 0},
    {"log of all f32", {1e-38, 1e38, 0, PIKA_LOG10, 0}, 1024, FLOATS, PIKA_HALF_OPEN, 0, 0},
    {"log of denormals", {1e-44, 1e-38, 0, PIKA_LOG10, 0}, 60, FLOATS, 0, 0, 0},
    {"log, narrow", {1, 1.0001, 0, PIKA_LOG10, 0}, 500, FLOATS, 0, 0, 0},
    {"symlog", {-1e6, 1e6, 0, PIKA_SYMLOG, 0}, 901, ALL_TYPES, 0, 0, 0},
    {"symlog, steep", {-1e300, 1e300, 0, PIKA_SYMLOG, 1e-300}, 512, F64_ALONE, 0, 0, 0},
    {"symlog, one side", {5, 1e4, 0, PIKA_SYMLOG, 1e-3}, 256, ALL_TYPES, PIKA_HALF_OPEN, 0, 0},
    {"tile", {0, 1, 0, 0, 0}, 300, FLOATS, 0, 1234, 5000},
    {"last tile", {-3, 11, 0, 0, 0}, 256, FLOATS, PIKA_HALF_OPEN, 744, 1000},
    {"tile of log", {1e-5, 1e5, 0, PIKA_LOG10, 0}, 200, FLOATS, 0, 400, 1000},
    {"tile of exact edges", {0, 7, 0, 0, 0}, 128, FLOATS, PIKA_EXACT_EDGES, 256, 1024},
    {"bytes", {-128, 255, 0, 0, 0}, 383, ALL_TYPES, 0, 0, 0},
    {"bytes, few cells", {0, 100, 0, 0, 0}, 7, ALL_TYPES, PIKA_HALF_OPEN, 0, 0},
    {"bytes, many cells", {-5, 5, 0, 0, 0}, 1000, ALL_TYPES, 0, 0, 0},
    {"words", {-32768, 65535, 0, 0, 0}, 999, ALL_TYPES, 0, 0, 0},
    {"words, exact edges", {-1000.5, 1000.25, 0, 0, 0}, 77, ALL_TYPES, PIKA_EXACT_EDGES, 0, 0},
    {"32 bits", {-2147483648.0, 4294967295.0, 0, 0, 0}, 1013, ALL_TYPES, 0, 0, 0},
    {"32 bits, close", {2147483000.0, 2147483647.0, 0, 0, 0}, 100, INTEGERS, PIKA_HALF_OPEN, 0, 0},
    {"64 bits", {-9.2e18, 1.8e19, 0, 0, 0}, 1000, FLOATS | LONGS, 0, 0, 0},
    {"nanoseconds", {0, 1e9, INT64_C(1700000000000000000), 0, 0}, 1000, LONGS, 0, 0, 0},
    {"few nanoseconds", {-3, 17, INT64_C(1700000000000000000), 0, 0}, 64, LONGS, PIKA_HALF_OPEN, 0, 0},
    {"from the lowest i64", {0, 1000, INT64_MIN, 0, 0}, 10, LONGS, 0, 0, 0},
    {"to the highest u64", {9.2e18, 9223372036854775808.0, INT64_MAX, 0, 0}, 300, LONGS, 0, 0, 0},
};
enum { AXIS_CASES = (int)(sizeof axis_cases / sizeof axis_cases[0]) };

static void view_of(pika_view *view, const axis_case *x, const axis_case *y)
{
    memset(view, 0, sizeof *view);
    view->x = x->axis, view->y = y->axis;
    view->width = x->cells, view->height = y->cells;
    if (x->flags & PIKA_HALF_OPEN) view->flags |= PIKA_HALF_OPEN_X;
    if (y->flags & PIKA_HALF_OPEN) view->flags |= PIKA_HALF_OPEN_Y;
    view->flags |= (x->flags | y->flags) & PIKA_EXACT_EDGES;
    if (x->total == 0 && y->total == 0) return;
    view->first_x = x->first, view->total_width = x->total != 0 ? x->total : x->cells;
    view->first_y = y->first, view->total_height = y->total != 0 ? y->total : y->cells;
}

static int type_among(unsigned types, uint64_t *random)
{
    int type = test_below(random, 10);
    while ((types >> type & 1) == 0) type = (type + 1) % 10;
    return type;
}

/* Each kind of axis with each type, as x beside another as y and the other way round. */
TEST(exact_axes)
{
    uint64_t random = test_now.seed + 1;
    int i, type, cases = 0, compared = 0, at = 0;
    for (i = 0; i < AXIS_CASES; i++)
        for (type = 0; type < 10; type++) cases += (int)(axis_cases[i].types >> type & 1);
    for (i = 0; i < AXIS_CASES; i++)
        for (type = 0; type < 10; type++) {
            const axis_case *a = &axis_cases[i], *b;
            pika_grid_desc desc;
            table t;
            char what[200];
            int other, swap;
            if ((a->types >> type & 1) == 0) continue;
            at++;
            if (way.quick && at % 20 != (int)(test_now.seed % 20)) continue;
            memset(&t, 0, sizeof t);
            memset(&desc, 0, sizeof desc);
            b = &axis_cases[(i * 7 + type * 3 + 1) % AXIS_CASES];
            other = type_among(b->types, &random);
            swap = at % 2;
            desc.planes = at % 3 == 0 ? PIKA_ANY : 0;
            view_of(&desc.view, swap ? b : a, swap ? a : b);
            t.points.count = rows_of(50, way.quick ? cases / 20 : cases);
            table_add(&t, X, swap ? other : type, PACKED);
            table_add(&t, Y, swap ? type : other, PACKED);
            snprintf(what, sizeof what, "%s %s and %s %s%s, %dx%d", a->name, type_names[type], b->name,
                type_names[other], swap ? ", swapped" : "", desc.view.width, desc.view.height);
            if (fill_hard(&t, X, &desc.view, &random) && fill_hard(&t, Y, &desc.view, &random))
                compared += all_equal(&t.points, &desc, what);
            table_free(&t);
        }
    CHECK(compared * 2 > (way.quick ? cases / 20 : cases)); /* a type may be refused: a range too narrow */
}

/* All pairs of types on one view, by one strategy each: every type is x and y of every strategy. */
TEST(exact_types)
{
    uint64_t random = test_now.seed + 2;
    int x, y;
    for (x = 0; x < 10; x++)
        for (y = 0; y < 10; y++) {
            pika_grid_desc desc;
            table t;
            char what[80];
            if (way.quick && (x * 3 + y) % 29 != (int)(test_now.seed % 29)) continue;
            memset(&t, 0, sizeof t);
            memset(&desc, 0, sizeof desc);
            desc.view.width = 90, desc.view.height = 90;
            desc.view.x.lo = -20, desc.view.x.hi = 107;
            desc.view.y.lo = 3, desc.view.y.hi = 99.5;
            t.points.count = rows_of(10, way.quick ? 4 : 100);
            table_add(&t, X, x, PACKED);
            table_add(&t, Y, y, PACKED);
            snprintf(what, sizeof what, "%s x, %s y", type_names[x], type_names[y]);
            CHECK(fill_hard(&t, X, &desc.view, &random) && fill_hard(&t, Y, &desc.view, &random));
            CHECK(equal_by((x + 2 * y + y / 5) % STRATEGIES, &t.points, &desc, what));
            table_free(&t);
        }
}

/* Strides of any size and sign, addresses of any alignment, row counts that fill no group. */
TEST(exact_columns)
{
    static const size_t counts[] = {0, 1, 2, 3, 127, 128, 129, 1023, 4097};
    uint64_t random = test_now.seed + 3;
    int round, rounds = way.quick ? 9 : 60;
    for (round = 0; round < rounds; round++) {
        const int few = way.quick; /* types: each has programs of its own */
        const int types[] = {few ? PIKA_F32 : test_below(&random, 10),
            few ? PIKA_F32 : test_below(&random, 10), few ? PIKA_F32 : test_below(&random, 10)};
        pika_grid_desc desc;
        table t;
        char what[120];
        int k, layouts[3];
        memset(&t, 0, sizeof t);
        memset(&desc, 0, sizeof desc);
        desc.view.width = 61, desc.view.height = 37;
        desc.view.x.hi = desc.view.y.hi = 100;
        desc.planes = round % 2 == 0 ? 0 : PIKA_MIN | PIKA_MAX;
        t.points.count = round < 9 ? counts[round] : rows_of(5, rounds);
        for (k = 0; k < 3; k++) {
            layouts[k] = (round + k * (1 + round / LAYOUTS)) % LAYOUTS;
            table_add(&t, k, types[k], layouts[k]);
            if (k < VALUE) fill_hard(&t, k, &desc.view, &random);
            else fill_values(&t, k, 0, &random);
        }
        snprintf(what, sizeof what, "%.0f rows, %s %d, %s %d, value %s %d", (double)t.points.count,
            type_names[types[0]], layouts[0], type_names[types[1]], layouts[1], type_names[types[2]],
            layouts[2]);
        CHECK(all_equal(&t.points, &desc, what));
        table_free(&t);
    }
}

/* Validity bitmaps that begin at any bit, on any columns; categories of all integer types. */
TEST(exact_nulls_and_categories)
{
    uint64_t random = test_now.seed + 4;
    int round, rounds = way.quick ? 4 : 48;
    for (round = 0; round < rounds; round++) {
        pika_grid_desc desc;
        table t;
        char what[120];
        const int few = way.quick, nulls = round % 16;
        const int category =
            few ? round % 2 == 0 ? PIKA_U8 : PIKA_I64 : test_between(&random, PIKA_I8, PIKA_U64);
        int k;
        memset(&t, 0, sizeof t);
        memset(&desc, 0, sizeof desc);
        desc.view.width = 40 + round, desc.view.height = 33;
        desc.view.x.hi = desc.view.y.hi = 1;
        desc.categories = round % 4 == 3 ? 0 : 1 + test_below(&random, 6);
        desc.planes = round % 3 == 0 ? 0 : round % 3 == 1 ? PIKA_MIN : PIKA_MAX | PIKA_ANY;
        t.points.count = rows_of(5, rounds);
        table_add(&t, X, few ? PIKA_F32 : round % 2, PACKED);
        table_add(&t, Y, few ? PIKA_F32 : round / 2 % 2, ODD);
        table_add(&t, VALUE, few ? PIKA_F32 : test_below(&random, 10), PACKED);
        table_add(&t, CATEGORY, category, test_below(&random, LAYOUTS));
        fill_hard(&t, X, &desc.view, &random);
        fill_hard(&t, Y, &desc.view, &random);
        fill_values(&t, VALUE, 0, &random);
        fill_categories(&t, desc.categories, &random);
        for (k = 0; k < COLUMNS; k++)
            if (nulls >> k & 1) table_nulls(&t, k, 2 + test_below(&random, 20), &random);
        snprintf(what, sizeof what, "%d categories of %s, nulls in 0x%x, planes 0x%x", desc.categories,
            type_names[category], (unsigned)nulls, desc.planes);
        CHECK(all_equal(&t.points, &desc, what));
        table_free(&t);
    }
}

/* Extremes of all ten types, with what is no number, beside an account of rows without a value. */
TEST(exact_extremes)
{
    uint64_t random = test_now.seed + 5;
    int type, round;
    for (type = 0; type < 10; type++)
        for (round = 0; round < 3; round++) {
            pika_grid_desc desc;
            table t;
            char what[80];
            if (way.quick && type * 3 + round != 5 && type * 3 + round != 24) continue; /* f64, i64 */
            memset(&t, 0, sizeof t);
            memset(&desc, 0, sizeof desc);
            desc.view.width = 101, desc.view.height = 50;
            desc.view.x.hi = desc.view.y.hi = 1;
            desc.planes = round == 0 ? PIKA_MIN : round == 1 ? PIKA_MAX : PIKA_MIN | PIKA_MAX | PIKA_ANY;
            desc.categories = round == 2 ? 3 : 0;
            t.points.count = rows_of(10, way.quick ? 2 : 30);
            table_add(&t, X, PIKA_F32, PACKED);
            table_add(&t, Y, PIKA_F64, PACKED);
            table_add(&t, VALUE, type, PACKED);
            table_add(&t, CATEGORY, PIKA_U8, PACKED);
            fill_hard(&t, X, &desc.view, &random);
            fill_hard(&t, Y, &desc.view, &random);
            fill_values(&t, VALUE, 0, &random);
            fill_categories(&t, 3, &random);
            if (type % 2 != 0) table_nulls(&t, VALUE, 7, &random);
            snprintf(what, sizeof what, "extremes of %s, planes 0x%x", type_names[type], desc.planes);
            CHECK(all_equal(&t.points, &desc, what));
            table_free(&t);
        }
}

enum { UNIFORM, GAUSSIAN, CLUSTERS, ONE_CELL, WALK, SERIES, DISTRIBUTIONS };
static const char *const distribution_names[] = {
    "uniform", "gaussian", "clusters", "one cell", "walk", "series"};

static double unit(uint64_t *random) { return (double)(test_random(random) >> 11) / 9007199254740992.0; }
static double bell(uint64_t *random)
{
    return (unit(random) + unit(random) + unit(random) + unit(random) - 2) * 1.7320508; /* of variance 1 */
}

static void fill_distribution(float *x, float *y, size_t n, int distribution, uint64_t *random)
{
    double wx = 0.5, wy = 0.5;
    size_t i;
    for (i = 0; i < n; i++) {
        double a, b;
        switch (distribution) {
        case UNIFORM: a = unit(random), b = unit(random); break;
        case GAUSSIAN: a = 0.5 + 0.15 * bell(random), b = 0.5 + 0.15 * bell(random); break;
        case CLUSTERS: {
            const int k = test_below(random, 16);
            a = 0.06 * k + 0.003 * bell(random), b = 0.5 + 0.03 * ((k * 7) % 16) + 0.003 * bell(random);
            break;
        }
        case ONE_CELL: a = 0.3 + 1e-6 * unit(random), b = 0.7; break;
        case WALK:
            wx += 0.002 * bell(random), wy += 0.002 * bell(random);
            if (wx < 0 || wx > 1) wx = 0.5;
            if (wy < 0 || wy > 1) wy = 0.5;
            a = wx, b = wy;
            break;
        default: a = (double)i / (double)n, b = 0.5 + 0.4 * bell(random) * a; break;
        }
        x[i] = (float)a, y[i] = (float)b;
    }
}

static void unit_desc(pika_grid_desc *desc, int width, int height)
{
    memset(desc, 0, sizeof *desc);
    desc->view.width = width, desc->view.height = height;
    desc->view.x.hi = desc->view.y.hi = 1;
}

/* What strategies are chosen by, on grids that fit in shared memory, just do not, and outgrow caches. */
TEST(distributions)
{
    static const int sizes[][2] = {
        {1, 1}, {7, 5}, {61, 37}, {90, 90}, {256, 256}, {1000, 777}, {1024, 1024}, {2048, 2048}, {8192, 64}};
    uint64_t random = test_now.seed + 6;
    const int cases = 9 * DISTRIBUTIONS;
    const size_t n = rows_of(15, way.quick ? cases / 9 : cases);
    float *x = (float *)malloc(2 * n * sizeof *x), *y = x + n;
    int size, k;
    for (size = 0; size < 9; size++)
        for (k = 0; k < DISTRIBUTIONS; k++) {
            const pika_points points = pika_xy_f32(x, y, n);
            pika_grid_desc desc;
            char what[80];
            if (way.quick && ((size * DISTRIBUTIONS + k) % 9 != 4 || size == 7)) continue;
            fill_distribution(x, y, n, k, &random);
            unit_desc(&desc, sizes[size][0], sizes[size][1]);
            snprintf(what, sizeof what, "%s, %dx%d", distribution_names[k], sizes[size][0], sizes[size][1]);
            CHECK(all_equal(&points, &desc, what));
        }
    free(x);
}

/* ---- sums -------------------------------------------------------------------------------------------- */

/* The real sum of a cell is high + low: the error is below 2^-100 of the sum of magnitudes. */
typedef struct real_sum {
    double high, low, count; /* of values that are finite */
    int plus, minus;         /* infinities */
} real_sum;

static void real_add(real_sum *sum, double v)
{
    const double total = sum->high + v, part = total - sum->high;
    sum->low += (sum->high - (total - part)) + (v - part);
    sum->high = total + sum->low;
    sum->low -= sum->high - total;
}

/* A value in two parts: 64 bits do not fit one double. */
static void value_parts(const pika_column *column, size_t row, double *high, double *low)
{
    const unsigned char *from = row_of(column, row);
    uint64_t u64;
    int64_t i64;
    float f32;
    *low = 0;
    switch (column->type) {
    case PIKA_F32:
        memcpy(&f32, from, 4);
        *high = (double)f32;
        break;
    case PIKA_F64: memcpy(high, from, 8); break;
    case PIKA_I64:
        memcpy(&i64, from, 8);
        *low = (double)(i64 & 0xFFFFFFFF);
        *high = (double)(i64 - (i64 & 0xFFFFFFFF));
        break;
    case PIKA_U64:
        memcpy(&u64, from, 8);
        *low = (double)(u64 & 0xFFFFFFFFu);
        *high = (double)(u64 - (u64 & 0xFFFFFFFFu));
        break;
    case PIKA_I8: *high = *(const signed char *)from; break;
    case PIKA_U8: *high = *from; break;
    case PIKA_I16: {
        int16_t v;
        memcpy(&v, from, 2);
        *high = v;
        break;
    }
    case PIKA_U16: {
        uint16_t v;
        memcpy(&v, from, 2);
        *high = v;
        break;
    }
    case PIKA_I32: {
        int32_t v;
        memcpy(&v, from, 4);
        *high = v;
        break;
    }
    default: {
        uint32_t v;
        memcpy(&v, from, 4);
        *high = v;
        break;
    }
    }
}

/* Compares sum and mean with the real ones, in units of the bound that pika_gl.h states; 1 = within. */
static int sums_hold(session *s, const pika_points *points, const pika_grid *grid, const char *what)
{
    const pika_grid_desc *desc = pika_grid_get_desc(grid);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    real_sum *sums = (real_sum *)calloc(cells, sizeof *sums);
    double *got = (double *)malloc(cells * sizeof *got), largest = 0, scale;
    int exponent = 0, ok, all = 1;
    unsigned plane;
    size_t i;
    for (i = 0; i < points->count; i++) {
        double high, low;
        value_parts(&points->value, i, &high, &low);
        if (row_is_valid(&points->value, i) && isfinite(high) && fabs(high + low) > largest)
            largest = fabs(high + low);
    }
    frexp(largest, &exponent); /* largest < 2^exponent */
    if (exponent < -1000) exponent = -1000;
    scale = ldexp(1, exponent > 900 ? -200 : 0);
    for (i = 0; i < points->count; i++) {
        const int x = pika_axis_cell(&desc->view, 0, points->x.type, row_of(&points->x, i));
        const int y = pika_axis_cell(&desc->view, 1, points->y.type, row_of(&points->y, i));
        double high, low;
        real_sum *sum;
        if (x < 0 || y < 0 || !row_is_valid(&points->value, i)) continue;
        value_parts(&points->value, i, &high, &low);
        sum = &sums[(size_t)y * (size_t)desc->view.width + (size_t)x];
        if (isnan(high)) continue;
        sum->count++;
        if (isinf(high)) {
            if (high > 0) sum->plus = 1;
            else sum->minus = 1;
            continue;
        }
        real_add(sum, high * scale);
        real_add(sum, low * scale);
    }
    for (plane = PIKA_SUM; plane <= PIKA_MEAN; plane <<= 1) {
        if ((desc->planes & plane) == 0 || !CHECK_OK(pika_grid_read(&s->ctx, grid, plane, 0, got))) continue;
        ok = 1;
        for (i = 0; i < cells; i++) {
            const real_sum *sum = &sums[i];
            const double divisor = plane == PIKA_MEAN ? sum->count : 1, v = got[i] * scale;
            const double real = (sum->high + sum->low) / divisor;
            double bound, error;
            if (sum->count == 0) ok &= plane == PIKA_SUM ? got[i] == 0 : isnan(got[i]);
            else if (sum->plus && sum->minus) ok &= isnan(got[i]);
            else if (sum->plus || sum->minus) ok &= isinf(got[i]) && (got[i] > 0) == sum->plus;
            else if (isinf(got[i])) /* of a mean: its sum did */
                ok &= (got[i] > 0) == (real > 0) && fabs(real * divisor) >= DBL_MAX * scale;
            else {
                bound = sum->count * ldexp(1, exponent - 63) * scale + fabs(v * divisor) * ldexp(1, -53);
                if (plane == PIKA_MEAN) bound += fabs(v * divisor) * ldexp(1, -52); /* its division */
                error = fabs((sum->high - v * divisor) + sum->low);
                ok &= error <= bound;
            }
            if (ok) continue;
            if (!CHECK(ok)) say(what); /* this sum or mean */
            if (test_now.failures <= 8)
                printf("        plane 0x%x, cell %.0f: %.17g, really %.17g of %.0f values\n", plane,
                    (double)i, got[i], real / scale, sum->count);
            all = 0;
            break;
        }
        CHECK(ok);
    }
    free(sums), free(got);
    return all;
}

/* Aggregates into a new grid. */
static void gl_grid_of(session *s, pika_grid *grid, const pika_grid_desc *desc, const pika_points *points)
{
    pika_dataset dataset;
    memset(&dataset, 0, sizeof dataset);
    memset(grid, 0, sizeof *grid);
    CHECK_OK(pika_grid_alloc(&s->ctx, grid, desc));
    CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, points, NULL));
    CHECK_OK(pika_aggregate(&s->ctx, &dataset, grid));
    pika_dataset_free(&s->ctx, &dataset);
}

static int doubles_equal(session *s, const pika_grid *a, const pika_grid *b, unsigned plane)
{
    const pika_grid_desc *desc = pika_grid_get_desc(a);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    double *p = (double *)malloc(2 * cells * sizeof *p), *q = p + cells;
    int same;
    CHECK_OK(pika_grid_read(&s->ctx, a, plane, 0, p));
    CHECK_OK(pika_grid_read(&s->ctx, b, plane, 0, q));
    same = memcmp(p, q, cells * sizeof *p) == 0;
    free(p);
    return same;
}

enum {
    VALUES_PLAIN,
    VALUES_INFINITE,
    VALUES_OVERFLOW,
    VALUES_MIXED_SIZES,
    VALUES_DENORMAL,
    VALUES_BITS,
    VALUE_KINDS
};

static void fill_sum_values(table *t, int kind, uint64_t *random)
{
    const int type = t->points.value.type;
    size_t i;
    fill_values(t, VALUE, kind < VALUES_DENORMAL, random);
    if (type > PIKA_F64) return;
    for (i = 0; i < t->points.count; i++) {
        unsigned char *to = row_of(&t->points.value, i);
        const uint64_t bits = test_random(random);
        switch (kind) {
        case VALUES_INFINITE:
            if (bits % 200 == 0) put_special(type, 3 + (int)(bits >> 20) % 2, bits, to);
            break;
        case VALUES_OVERFLOW:
            put_number(type, type == PIKA_F32 ? 3e38 : bits % 16 == 0 ? -1.5e308 : 1.7e308, to);
            break;
        case VALUES_MIXED_SIZES:
            put_number(type,
                ldexp(unit(random) - 0.5,
                    (int)(bits % (type == PIKA_F32 ? 240 : 600)) - (type == PIKA_F32 ? 120 : 300)),
                to);
            break;
        case VALUES_DENORMAL: put_special(type, 1, bits, to); break;
        default: break;
        }
    }
}

/* Sum and mean within the stated bound, the same bits by every strategy and in any order of the rows. */
TEST(sums)
{
    uint64_t random = test_now.seed + 7;
    int type, kind;
    for (type = 0; type < 10; type++)
        for (kind = 0; kind < VALUE_KINDS; kind++) {
            pika_grid_desc desc;
            pika_grid grids[STRATEGIES], want, permuted;
            table t;
            char what[120];
            int strategy;
            size_t i;
            if (type > PIKA_F64 && kind != VALUES_PLAIN && kind != VALUES_BITS) continue;
            if (way.quick && type * 10 + kind != VALUES_INFINITE && type * 10 + kind != PIKA_I64 * 10)
                continue;
            memset(&t, 0, sizeof t);
            unit_desc(&desc, kind == VALUES_OVERFLOW ? 9 : 40, 13);
            desc.planes = kind % 3 == 0   ? PIKA_SUM
                          : kind % 3 == 1 ? PIKA_MEAN
                                          : PIKA_SUM | PIKA_MEAN | PIKA_MIN;
            t.points.count = rows_of(4, way.quick ? 4 : 28);
            table_add(&t, X, PIKA_F32, PACKED);
            table_add(&t, Y, PIKA_F32, PACKED);
            table_add(&t, VALUE, type, PACKED);
            fill_hard(&t, X, &desc.view, &random);
            fill_hard(&t, Y, &desc.view, &random);
            fill_sum_values(&t, kind, &random);
            if (kind % 2 != 0) table_nulls(&t, VALUE, 9, &random);
            CHECK_OK(cpu_grid(&want, &desc, &t.points));
            for (strategy = 0; strategy < STRATEGIES; strategy++) {
                session *s = session_of(strategy);
                const pika_backend_stats before = session_stats(s);
                snprintf(what, sizeof what, "sums of %s, values of kind %d, strategy %s", type_names[type],
                    kind, pika_gl_strategy_string(strategy));
                gl_grid_of(s, &grids[strategy], &desc, &t.points);
                cpu_made(s, &before, 0, what);
                grid_equals(s, &grids[strategy], &want, SAME_BITS, what);
                sums_hold(s, &t.points, &grids[strategy], what);
                if (strategy == 0) continue;
                if (!CHECK(doubles_equal(
                        s, &grids[0], &grids[strategy], desc.planes & PIKA_MEAN ? PIKA_MEAN : PIKA_SUM)))
                    say(what);
            }
            for (i = 0; i < t.points.count; i++) { /* the rows in another order */
                const size_t j = i + (size_t)(test_random(&random) % (t.points.count - i));
                int k;
                for (k = X; k <= VALUE; k++) {
                    pika_column *column = table_column(&t, k);
                    unsigned char bytes[8];
                    memcpy(bytes, row_of(column, i), type_bytes[column->type]);
                    memcpy(row_of(column, i), row_of(column, j), type_bytes[column->type]);
                    memcpy(row_of(column, j), bytes, type_bytes[column->type]);
                }
                if (t.valid[VALUE] != NULL &&
                    row_is_valid(&t.points.value, i) != row_is_valid(&t.points.value, j)) {
                    const size_t a = t.points.value.valid_offset + i, b = t.points.value.valid_offset + j;
                    t.valid[VALUE][a / 8] ^= (uint8_t)(1u << a % 8);
                    t.valid[VALUE][b / 8] ^= (uint8_t)(1u << b % 8);
                }
            }
            gl_grid_of(session_of(PIKA_GL_ATOMIC), &permuted, &desc, &t.points);
            snprintf(what, sizeof what, "sums of %s, values of kind %d, permuted", type_names[type], kind);
            if (!CHECK(doubles_equal(&shared[PIKA_GL_ATOMIC], &grids[0], &permuted,
                    desc.planes & PIKA_MEAN ? PIKA_MEAN : PIKA_SUM)))
                say(what);
            pika_grid_free(&shared[PIKA_GL_ATOMIC].ctx, &permuted);
            for (strategy = 0; strategy < STRATEGIES; strategy++)
                pika_grid_free(&shared[strategy].ctx, &grids[strategy]);
            pika_grid_free(NULL, &want);
            table_free(&t);
        }
}

/* A sum that passes the largest double on the way and comes back: the integers do not mind. */
TEST(sums_that_come_back)
{
    static const float x[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    static const double values[] = {1.5e308, 1.5e308, -1.5e308, -1.5e308, 3e300};
    pika_points points = pika_xy_f32(x, x, 5);
    pika_grid_desc desc;
    int strategy;
    unit_desc(&desc, 1, 1);
    desc.planes = PIKA_SUM;
    points.value = pika_f64(values);
    for (strategy = 0; strategy < STRATEGIES; strategy++) {
        session *s = session_of(strategy);
        pika_grid grid;
        double sum = 0;
        gl_grid_of(s, &grid, &desc, &points);
        CHECK_OK(pika_grid_read(&s->ctx, &grid, PIKA_SUM, 0, &sum));
        CHECK(fabs(sum - 3e300) <= 5 * ldexp(1, 1024 - 63) + 3e300 * ldexp(1, -53));
        pika_grid_free(&s->ctx, &grid);
    }
}

/* 2^66 + 2^13 + 1 lies above the middle of two doubles by its last bit, which 64 bits do not hold. */
TEST(sums_round_once)
{
    static float x[17];
    static int64_t values[17];
    pika_points points = pika_xy_f32(x, x, 17);
    pika_grid_desc desc;
    int strategy, i;
    for (i = 0; i < 17; i++) values[i] = i < 16 ? (int64_t)1 << 62 : 8193;
    unit_desc(&desc, 1, 1);
    desc.planes = PIKA_SUM;
    points.value = pika_i64(values);
    for (strategy = 0; strategy < STRATEGIES; strategy++) {
        session *s = session_of(strategy);
        pika_grid grid;
        double sum = 0;
        gl_grid_of(s, &grid, &desc, &points);
        CHECK_OK(pika_grid_read(&s->ctx, &grid, PIKA_SUM, 0, &sum));
        CHECK_BITS(sum, ldexp(1, 66) + ldexp(1, 14));
        pika_grid_free(&s->ctx, &grid);
    }
}

AREA(gl_exact, LISTED(exact_axes), LISTED(exact_types), LISTED(exact_columns),
    LISTED(exact_nulls_and_categories), LISTED(exact_extremes), LISTED(distributions), LISTED(sums),
    LISTED(sums_that_come_back), LISTED(sums_round_once));
