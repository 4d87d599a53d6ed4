/* One table of hashes: what every operation gives on fixed data, on every compiler and machine. Made by an
   independent program, golden/make_golden.py (Python's integers, numpy's float32 and float64, mpmath), from
   the rules; names that begin with self_ are the library's own results, kept against change. */
#include "golden/golden.h"

enum { GOLDEN_ROWS = 20000 };

/* ---- the environment that pika may be called in; see test_environment.c ------------------------------ */

static void (*environment_enter)(void), (*environment_leave)(void);
static void enter(void)
{
    if (environment_enter != NULL) environment_enter();
}
static void leave(void)
{
    if (environment_leave != NULL) environment_leave();
}

static uint64_t hash_word(
    uint64_t h, uint64_t word) /* FNV-1a by words, folded: doubles differ in high bits */
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 32;
}
static uint64_t hash_double(uint64_t h, double v) { return hash_word(h, test_bits(v)); }
static uint64_t hash_bytes(uint64_t h, const uint8_t *bytes, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++) h = hash_word(h, bytes[i]);
    return h;
}
/* 0 = not in the table. */
static uint64_t golden_expected(const char *name)
{
    size_t i;
    for (i = 0; i < sizeof golden_table / sizeof golden_table[0]; i++)
        if (strcmp(golden_table[i].name, name) == 0) return golden_table[i].hash;
    return 0;
}
#define HASH_START UINT64_C(0xCBF29CE484222325)

/* ---- data: integers, so that no build can round them differently ------------------------------------- */

static void golden_put(uint8_t *at, int type, int k, int row)
{
    int special = row % 101;
    if (type == PIKA_F32) {
        float v = (float)k / 4096.0f;
        uint32_t bits = bits_of_float(v);
        bits = special == 3    ? 0x7FC00000u
               : special == 5  ? 0x7F800000u
               : special == 7  ? 0xFF800000u
               : special == 9  ? 0x80000000u
               : special == 11 ? 1u
               : special == 13 ? 0xFF800001u
                               : bits;
        memcpy(at, &bits, 4);
    } else if (type == PIKA_F64) {
        double v = (double)((int64_t)k * 65536 + row) / 268435456.0;
        uint64_t bits = test_bits(v);
        bits = special == 3    ? UINT64_C(0x7FF8000000000000)
               : special == 5  ? UINT64_C(0x7FF0000000000000)
               : special == 7  ? UINT64_C(0xFFF0000000000000)
               : special == 9  ? UINT64_C(0x8000000000000000)
               : special == 11 ? UINT64_C(1)
               : special == 13 ? UINT64_C(0xFFF0000000000001)
                               : bits;
        memcpy(at, &bits, 8);
    } else {
        uint32_t up = (uint32_t)(k + 32768);
        uint64_t wide = (uint64_t)(int64_t)k * 1000003u + (uint64_t)row;
        if (type == PIKA_I8) *at = (uint8_t)((up >> 8) ^ 128u);
        if (type == PIKA_U8) *at = (uint8_t)(up >> 8);
        if (type == PIKA_I16) {
            uint16_t v = (uint16_t)(up ^ 32768u);
            memcpy(at, &v, 2);
        }
        if (type == PIKA_U16) {
            uint16_t v = (uint16_t)up;
            memcpy(at, &v, 2);
        }
        if (type == PIKA_I32) {
            uint32_t v = ((up << 16) + (uint32_t)row) ^ 0x80000000u;
            memcpy(at, &v, 4);
        }
        if (type == PIKA_U32) {
            uint32_t v = (up << 16) + (uint32_t)row;
            memcpy(at, &v, 4);
        }
        if (type == PIKA_I64) {
            wide += UINT64_C(1700000000000000000);
            memcpy(at, &wide, 8);
        }
        if (type == PIKA_U64) {
            wide += UINT64_C(9223372036854775808);
            memcpy(at, &wide, 8);
        }
    }
}

static struct {
    uint8_t x[GOLDEN_ROWS * 8], y[GOLDEN_ROWS * 8], value[GOLDEN_ROWS * 8], category[GOLDEN_ROWS];
    uint8_t valid[4][GOLDEN_ROWS / 8 + 8];
} golden_data;

static pika_points golden_points(int x_type, int y_type, int value_type, int nulls)
{
    static const size_t offsets[4] = {3, 0, 13, 8};
    static int made[3] = {-1, -1, -1}; /* of these types already */
    uint64_t state = 42;
    pika_points points;
    pika_column *columns[4];
    int row, i, again = made[0] == x_type && made[1] == y_type && made[2] == value_type;
    if (!again) memset(golden_data.valid, 0, sizeof golden_data.valid);
    for (row = 0; row < GOLDEN_ROWS && !again; row++) {
        uint64_t r = test_random(&state);
        uint32_t a = (uint32_t)(r & 0xFFFF), b = (uint32_t)(r >> 16 & 0xFFFF);
        uint32_t c = (uint32_t)(r >> 32 & 0xFFFF), d = (uint32_t)(r >> 48);
        int present[4];
        golden_put(golden_data.x + row * type_sizes[x_type], x_type, (int)a - 32768, row);
        golden_put(golden_data.y + row * type_sizes[y_type], y_type, (int)((b * c) >> 16) - 32768, row + 50);
        golden_put(
            golden_data.value + row * type_sizes[value_type], value_type, (int)(b ^ d) - 32768, row + 70);
        golden_data.category[row] = (uint8_t)(d % 6 - 1); /* as i8: -1 to 4 */
        present[0] = (row * 7 + row / 11) % 5 != 0;
        present[1] = row % 9 != 4;
        present[2] = row % 4 != 1;
        present[3] = row % 31 != 30;
        for (i = 0; i < 4; i++) {
            size_t bit = offsets[i] + (size_t)row;
            golden_data.valid[i][bit / 8] |= (uint8_t)(present[i] << (bit % 8));
        }
    }
    made[0] = x_type, made[1] = y_type, made[2] = value_type;
    points =
        pika_xy(pika_strided(golden_data.x, x_type, 0), pika_strided(golden_data.y, y_type, 0), GOLDEN_ROWS);
    points.value = pika_strided(golden_data.value, value_type, 0);
    points.category = pika_strided(golden_data.category, PIKA_I8, 0);
    columns[0] = &points.x, columns[1] = &points.y, columns[2] = &points.value, columns[3] = &points.category;
    for (i = 0; i < 4 && nulls; i++) {
        columns[i]->valid = golden_data.valid[i];
        columns[i]->valid_offset = offsets[i];
    }
    return points;
}

/* ---- the table of grids ------------------------------------------------------------------------------ */

typedef struct golden_case {
    const char *name;
    int x_type, y_type, value_type, nulls;
    unsigned planes, read;  /* planes of the grid; the one that is hashed, 0 = all of them */
    int categories, merged; /* merged: rows 0..7000 and the rest as two grids */
    int width, height;
    unsigned flags;
    double x_lo, x_hi, y_lo, y_hi;
    int x_scale, y_scale;
    double x_linear;
    int64_t x_origin;
    int tile[4];
} golden_case;

/* clang-format off */
#define PLAIN 64, 48, 0, -8, 8, -4, 12, 0, 0, 0, 0, {0, 0, 0, 0}
#define ODD(flags) 100, 75, flags, -2.3, 3.7, -3.9, 0.9, 0, 0, 0, 0, {0, 0, 0, 0}
static const golden_case golden_cases[] = {
    {"count_f32", 0, 0, 0, 0, PIKA_COUNT, 0, 0, 0, PLAIN},
    {"count_f64", 1, 1, 0, 0, PIKA_COUNT, 0, 0, 0, PLAIN},
    {"count_f32_odd_range", 0, 0, 0, 0, PIKA_COUNT, 0, 0, 0, ODD(0)},
    {"count_f64_odd_range", 1, 1, 0, 0, PIKA_COUNT, 0, 0, 0, ODD(0)},
    {"count_f32_f64", 0, 1, 0, 0, PIKA_COUNT, 0, 0, 0, ODD(0)},
    {"count_half_open", 0, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 64, 48, PIKA_HALF_OPEN, -7, 2, -4, 5, 0, 0, 0, 0,
     {0}},
    {"count_half_open_i8", 2, 3, 0, 0, PIKA_COUNT, 0, 0, 0, 30, 20, PIKA_HALF_OPEN_Y, -90, 90, 70, 200, 0,
     0, 0, 0, {0}},
    {"count_i8_u8", 2, 3, 0, 0, PIKA_COUNT, 0, 0, 0, 33, 21, 0, -100.5, 99, 3, 200.25, 0, 0, 0, 0, {0}},
    {"count_i16_u16", 4, 5, 0, 0, PIKA_COUNT, 0, 0, 0, 333, 210, 0, -30000.3, 29000, 1000, 50000, 0, 0, 0,
     0, {0}},
    {"count_i32_u32", 6, 7, 0, 0, PIKA_COUNT, 0, 0, 0, 333, 210, 0, -2e9, 1.9e9, 1e8, 4e9, 0, 0, 0, 0, {0}},
    {"count_i64", 8, 0, 0, 0, PIKA_COUNT, 0, 0, 0, 100, 75, 0, -2e10, 3e10, -4, 12, 0, 0, 0,
     INT64_C(1700000000000000000), {0}},
    {"count_u64", 9, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 100, 75, 0, 9.2233720200e18, 9.2233720600e18, -4, 12, 0,
     0, 0, 0, {0}},
    {"count_nulls", 0, 4, 0, 1, PIKA_COUNT, 0, 0, 0, 64, 48, 0, -8, 8, -20000, 20000, 0, 0, 0, 0, {0}},
    {"count_exact_edges_f64", 1, 1, 0, 0, PIKA_COUNT, 0, 0, 0, ODD(PIKA_EXACT_EDGES)},
    {"count_exact_edges_f32", 0, 0, 0, 0, PIKA_COUNT, 0, 0, 0, ODD(PIKA_EXACT_EDGES)},
    {"count_exact_edges_half_open", 0, 0, 0, 0, PIKA_COUNT, 0, 0, 0, ODD(PIKA_EXACT_EDGES | PIKA_HALF_OPEN)},
    {"count_exact_edges_i16", 4, 4, 0, 0, PIKA_COUNT, 0, 0, 0, 77, 91, PIKA_EXACT_EDGES, -30000, 20000,
     -9000, 30000, 0,
     0, 0, 0, {0}},
    {"count_log_f64", 1, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 90, 70, 0, 0.001, 8, 0.01, 10, 1, 1, 0, 0, {0}},
    {"count_log_f32", 0, 0, 0, 0, PIKA_COUNT, 0, 0, 0, 90, 70, 0, 0.001, 8, 0.01, 10, 1, 1, 0, 0, {0}},
    {"count_log_u16_i32", 5, 6, 0, 0, PIKA_COUNT, 0, 0, 0, 200, 100, PIKA_HALF_OPEN, 3, 65535, 1000, 2e9,
     1, 1, 0, 0, {0}},
    {"count_symlog_f64", 1, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 90, 70, 0, -7.5, 8, -4, 10, 2, 2, 0.01, 0, {0}},
    {"count_symlog_f32", 0, 0, 0, 0, PIKA_COUNT, 0, 0, 0, 91, 70, 0, -7.5, 8, -4, 10, 2, 0, 0.5, 0, {0}},
    {"count_symlog_i16", 4, 2, 0, 0, PIKA_COUNT, 0, 0, 0, 91, 70, 0, -32768, 32767, -100, 100, 2, 2, 100,
     0, {0}},
    {"count_tile", 0, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 64, 48, 0, -8, 8, -4, 12, 0, 0, 0, 0, {100, 37, 301,
     257}},
    {"count_tile_last", 0, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 64, 48, PIKA_HALF_OPEN_X, -5.5, 7.25, -4, 11, 0,
     0, 0, 0,
     {237, 209, 301, 257}},
    {"count_tile_log", 0, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 64, 48, 0, 0.001, 8, 0.01, 10, 1, 1, 0, 0, {100,
     37, 301, 257}},
    {"count_tile_exact", 1, 1, 0, 0, PIKA_COUNT, 0, 0, 0, 64, 48, PIKA_EXACT_EDGES, -8, 7.9, -4, 12, 0, 0,
     0, 0,
     {100, 37, 301, 257}},
    {"any", 0, 0, 0, 0, PIKA_ANY, PIKA_ANY, 0, 0, PLAIN},
    {"sum_f32", 0, 0, 0, 0, PIKA_SUM, PIKA_SUM, 0, 0, PLAIN},
    {"sum_f64", 0, 0, 1, 0, PIKA_SUM, PIKA_SUM, 0, 0, PLAIN},
    {"sum_u64", 0, 0, 9, 0, PIKA_SUM, PIKA_SUM, 0, 0, PLAIN},
    {"mean", 0, 0, 1, 0, PIKA_MEAN, PIKA_MEAN, 0, 0, PLAIN},
    {"min", 0, 0, 1, 0, PIKA_MIN, PIKA_MIN, 0, 0, PLAIN},
    {"max", 0, 0, 0, 0, PIKA_MAX, PIKA_MAX, 0, 0, PLAIN},
    {"var", 0, 0, 4, 0, PIKA_VAR, PIKA_VAR, 0, 0, PLAIN},
    {"std", 0, 0, 8, 0, PIKA_STD, PIKA_STD, 0, 0, PLAIN},
    {"first", 0, 0, 1, 1, PIKA_FIRST, PIKA_FIRST, 0, 0, PLAIN},
    {"last", 0, 0, 0, 1, PIKA_LAST, PIKA_LAST, 0, 0, PLAIN},
    {"argmin", 0, 0, 2, 0, PIKA_ARGMIN, PIKA_ARGMIN, 0, 0, PLAIN},
    {"argmax", 0, 0, 3, 0, PIKA_ARGMAX, PIKA_ARGMAX, 0, 0, PLAIN},
    {"all_planes", 0, 0, 1, 1, ALL_PLANES, 0, 0, 0, PLAIN},
    {"categories_count", 0, 0, 0, 1, PIKA_COUNT, 0, 4, 0, PLAIN},
    {"categories_planes", 1, 0, 0, 1, ALL_PLANES, 0, 3, 0, PLAIN},
    {"merge_count", 0, 0, 0, 0, PIKA_COUNT, 0, 0, 1, PLAIN},
    {"merge_planes", 0, 0, 1, 1, ALL_PLANES, 0, 2, 1, PLAIN}};
/* clang-format on */
enum { GOLDEN_CASES = sizeof golden_cases / sizeof golden_cases[0] };

static void golden_desc(pika_grid_desc *desc, const golden_case *c)
{
    memset(desc, 0, sizeof *desc);
    desc->planes = c->planes;
    desc->categories = c->categories;
    desc->view.width = c->width, desc->view.height = c->height;
    desc->view.flags = c->flags;
    desc->view.x.lo = c->x_lo, desc->view.x.hi = c->x_hi, desc->view.x.scale = c->x_scale;
    desc->view.y.lo = c->y_lo, desc->view.y.hi = c->y_hi, desc->view.y.scale = c->y_scale;
    desc->view.x.linear = c->x_linear;
    desc->view.x.origin = c->x_origin;
    desc->view.first_x = c->tile[0], desc->view.first_y = c->tile[1];
    desc->view.total_width = c->tile[2], desc->view.total_height = c->tile[3];
}

static uint64_t golden_grid_hash(pika_ctx *ctx, const pika_grid *grid, const golden_case *c)
{
    uint64_t h = HASH_START;
    size_t i, n = (size_t)c->width * (size_t)c->height;
    double *read = (double *)malloc(n * sizeof *read);
    pika_stats stats;
    int layer, plane;
    enter();
    pika_result result = pika_grid_stats(ctx, grid, &stats);
    leave();
    CHECK_OK(result);
    h = hash_word(h, stats.total);
    h = hash_word(h, stats.inside);
    h = hash_word(h, stats.outside);
    h = hash_word(h, stats.invalid);
    h = hash_word(h, stats.no_value);
    for (layer = 0; layer < (c->categories > 0 ? c->categories : 1); layer++)
        for (plane = 0; plane < 12; plane++) {
            if (((c->read != 0 ? c->read : c->planes) >> plane & 1) == 0) continue;
            enter();
            result = pika_grid_read(ctx, grid, 1u << plane, layer, read);
            leave();
            CHECK_OK(result);
            for (i = 0; i < n; i++) h = hash_double(h, read[i]);
        }
    free(read);
    return h;
}

static uint64_t golden_case_hash(pika_ctx *ctx, const golden_case *c)
{
    pika_points points = golden_points(c->x_type, c->y_type, c->value_type, c->nulls), part = points;
    pika_grid_desc desc;
    pika_grid grid, other;
    pika_result result;
    uint64_t h;
    golden_desc(&desc, c);
    memset(&grid, 0, sizeof grid);
    memset(&other, 0, sizeof other);
    enter();
    result = pika_grid_alloc(ctx, &grid, &desc);
    leave();
    CHECK_OK(result);
    if (c->merged) {
        part.count = 7000;
        enter();
        result = pika_add_points(ctx, &grid, &part);
        leave();
        CHECK_OK(result);
        part = points_from(&points, 7000);
        part.x.valid_offset += 7000, part.y.valid_offset += 7000;
        part.value.valid_offset += 7000, part.category.valid_offset += 7000;
        enter();
        result = pika_grid_alloc(ctx, &other, &desc);
        result = result == PIKA_OK ? pika_add_points(ctx, &other, &part) : result;
        result = result == PIKA_OK ? pika_grid_merge(ctx, &grid, &other) : result;
        leave();
        pika_grid_free(ctx, &other);
    } else {
        enter();
        result = pika_add_points(ctx, &grid, &points);
        leave();
    }
    CHECK_OK(result);
    h = golden_grid_hash(ctx, &grid, c);
    pika_grid_free(ctx, &grid);
    return h;
}

/* ---- edges and fit ----------------------------------------------------------------------------------- */

static uint64_t golden_edges_hash(pika_ctx *ctx, int which)
{
    static const golden_case cases[] = {
        {"edges_log", 1, 1, 0, 0, 0, 0, 0, 0, 513, 300, 0, 1e-3, 12345.678, 1e-300, 1e300, 1, 1, 0, 0, {0}},
        {"edges_symlog", 1, 1, 0, 0, 0, 0, 0, 0, 513, 300, 0, -1e5, 3e7, -2, 1e10, 2, 2, 0.037, 0, {0}},
        {"edges_linear_f32", 0, 0, 0, 0, 0, 0, 0, 0, 513, 300, 0, -2.3, 3.7, 0.1, 1e7, 0, 0, 0, 0, {0}},
        {"edges_linear_f64", 1, 1, 0, 0, 0, 0, 0, 0, 513, 300, PIKA_HALF_OPEN, -2.3, 3.7, 0.1, 1e7, 0, 0, 0,
            0, {0}},
        {"edges_exact_f32", 0, 0, 0, 0, 0, 0, 0, 0, 513, 300, PIKA_EXACT_EDGES, -2.3, 3.7, 0.1, 1e7, 0, 0, 0,
            0, {0}},
        {"edges_log_f32", 0, 0, 0, 0, 0, 0, 0, 0, 513, 300, PIKA_HALF_OPEN_X, 1e-3, 12345.678, 1e-30, 1e30, 1,
            1, 0, 0, {0}}};
    pika_grid_desc desc;
    double x[514], y[301];
    uint64_t h = HASH_START;
    pika_result result, other;
    int i;
    golden_desc(&desc, &cases[which]);
    enter();
    result = pika_view_edges(ctx, &desc.view, 0, cases[which].x_type, x);
    other = pika_view_edges(ctx, &desc.view, 1, cases[which].y_type, y);
    leave();
    CHECK_OK(result);
    CHECK_OK(other);
    for (i = 0; i <= 513; i++) h = hash_double(h, x[i]);
    for (i = 0; i <= 300; i++) h = hash_double(h, y[i]);
    return h;
}

static uint64_t golden_fit_hash(pika_ctx *ctx, int which)
{
    static const int types[][2] = {{0, 1}, {4, 7}, {8, 3}};
    pika_points points = golden_points(types[which][0], types[which][1], 0, 1);
    uint64_t h = HASH_START;
    int log;
    for (log = 0; log < 2; log++) {
        pika_view view;
        pika_result result;
        memset(&view, 0, sizeof view);
        view.width = 10, view.height = 10;
        view.y.scale = log ? PIKA_LOG10 : PIKA_LINEAR;
        enter();
        result = pika_fit(ctx, &points, &view);
        leave();
        CHECK_OK(result);
        h = hash_double(h, view.x.lo);
        h = hash_double(h, view.x.hi);
        h = hash_word(h, (uint64_t)view.x.origin);
        h = hash_double(h, view.y.lo);
        h = hash_double(h, view.y.hi);
        h = hash_word(h, (uint64_t)view.y.origin);
    }
    return h;
}

/* ---- everything by number ---------------------------------------------------------------------------- */

#include "test_golden_shade.c"

typedef struct golden_group {
    const char *const *names; /* NULL: in the tables of cases and shades */
    int count;
    uint64_t (*hash)(pika_ctx *ctx, int which);
} golden_group;
static uint64_t golden_grids_hash(pika_ctx *ctx, int which)
{
    return golden_case_hash(ctx, &golden_cases[which]);
}
static const char *const golden_edges_names[] = {
    "edges_log", "edges_symlog", "edges_linear_f32", "edges_linear_f64", "edges_exact_f32", "edges_log_f32"};
static const char *const golden_fit_names[] = {"fit_f32_f64", "fit_i16_u32", "fit_i64_u8"};
static const golden_group golden_groups[] = {{NULL, GOLDEN_CASES, golden_grids_hash},
    {golden_edges_names, 6, golden_edges_hash}, {golden_fit_names, 3, golden_fit_hash},
    {NULL, GOLDEN_SHADES, golden_shade_hash}, {golden_self_names, GOLDEN_SELVES, golden_self_hash}};
enum { GOLDEN_GROUPS = sizeof golden_groups / sizeof golden_groups[0] };

static const char *golden_name(int group, int i)
{
    if (golden_groups[group].names != NULL) return golden_groups[group].names[i];
    return group == 0 ? golden_cases[i].name : golden_shade_name(i);
}
static void print_hash(const char *name, uint64_t h)
{
    printf("%s %08lx%08lx\n", name, (unsigned long)(h >> 32), (unsigned long)(h & 0xFFFFFFFFu));
}

/* Compares the first groups with the table (1: grids alone); how = what is said of a difference. */
static void golden_check(pika_ctx *ctx, int groups, const char *how)
{
    int group, i;
    for (group = 0; group < groups; group++)
        for (i = 0; i < golden_groups[group].count; i++) {
            const char *name = golden_name(group, i);
            uint64_t h = golden_groups[group].hash(ctx, i);
            if (!CHECK(h == golden_expected(name)) && test_now.failures < 8) {
                printf("    %s: is ", how);
                print_hash(name, h);
            }
        }
}

static void golden_print(void)
{
    pika_ctx ctx;
    int group, i;
    way_init(&ctx, -1, -1, -1);
    for (group = 0; group < GOLDEN_GROUPS; group++)
        for (i = 0; i < golden_groups[group].count; i++)
            print_hash(golden_name(group, i), golden_groups[group].hash(&ctx, i));
    pika_ctx_free(&ctx);
}

TEST(golden_hashes)
{
    pika_ctx ctx;
    way_init(&ctx, -1, -1, -1);
    golden_check(&ctx, GOLDEN_GROUPS, "here");
    pika_ctx_free(&ctx);
}

TEST(golden_hashes_every_way)
{
    pika_ctx ctx;
    int way = 0;
    for (; way_next(&way, !test_now.quick, &ctx); pika_ctx_free(&ctx)) {
        if (ctx.threads > 1 && (ctx.threads != 3 || ctx.desc.strategy < 2)) continue; /* 6 of 16 ways each */
        if (ctx.threads == 1 && ctx.desc.strategy == 1) continue;                     /* as AUTO */
        golden_check(&ctx, 1, way_name);
    }
}

AREA(golden, LISTED(golden_hashes), LISTED(golden_hashes_every_way));
