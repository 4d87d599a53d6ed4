/* The oracle: what the rules of the cells and the values say, row by row, written without looking at the
   library's code, plus the data that it is asked about. Nothing here is fast; volatile keeps compilers from
   fusing or widening what the rules round. */

/* ---- reading a column -------------------------------------------------------------------------------- */

enum { CLASS_FLOAT, CLASS_DOUBLE, CLASS_INT64 };
enum { VALUE_OK, VALUE_NAN, VALUE_NULL };
enum { ROW_INSIDE, ROW_OUTSIDE, ROW_INVALID };

static const char *const type_names[] = {"f32", "f64", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"};
static const int type_sizes[] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8};

typedef struct oracle_value {
    double number; /* rounded once to double */
    uint64_t bits; /* i64 and u64: the value itself */
} oracle_value;

static int oracle_class(int type)
{
    if (type == PIKA_I64 || type == PIKA_U64) return CLASS_INT64;
    if (type == PIKA_F64 || type == PIKA_I32 || type == PIKA_U32) return CLASS_DOUBLE;
    return CLASS_FLOAT;
}

static float float_of_bits(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
static double double_of_bits(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
static uint32_t bits_of_float(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}
static int is_nan_double(double v)
{
    return (test_bits(v) & ~(UINT64_C(1) << 63)) > UINT64_C(0x7FF0000000000000);
}

static double rounded(double v)
{
    volatile double r = v;
    return r;
}
static float rounded_float(double v)
{
    volatile float r = (float)v;
    return r;
}

static const uint8_t *oracle_at(const pika_column *column, size_t row)
{
    ptrdiff_t stride = column->stride != 0 ? column->stride : type_sizes[column->type];
    return (const uint8_t *)column->data + (ptrdiff_t)row * stride;
}

static int oracle_get(const pika_column *column, size_t row, oracle_value *out)
{
    const uint8_t *at = oracle_at(column, row);
    size_t bit = column->valid_offset + row;
    union {
        uint8_t u8;
        int8_t i8;
        uint16_t u16;
        int16_t i16;
        uint32_t u32;
        int32_t i32;
        uint64_t u64;
        int64_t i64;
    } as;
    out->number = 0;
    out->bits = 0;
    if (column->valid != NULL && (column->valid[bit / 8] >> (bit % 8) & 1) == 0) return VALUE_NULL;
    memcpy(&as, at, (size_t)type_sizes[column->type]);
    switch (column->type) {
    case PIKA_F32:
        if ((as.u32 & 0x7FFFFFFFu) > 0x7F800000u) return VALUE_NAN;
        out->number = (double)float_of_bits(as.u32);
        break;
    case PIKA_F64:
        if ((as.u64 & ~(UINT64_C(1) << 63)) > UINT64_C(0x7FF0000000000000)) return VALUE_NAN;
        out->number = double_of_bits(as.u64);
        break;
    case PIKA_I8: out->number = as.i8; break;
    case PIKA_U8: out->number = as.u8; break;
    case PIKA_I16: out->number = as.i16; break;
    case PIKA_U16: out->number = as.u16; break;
    case PIKA_I32: out->number = as.i32; break;
    case PIKA_U32: out->number = as.u32; break;
    case PIKA_I64: out->number = rounded((double)as.i64), out->bits = as.u64; break;
    default: out->number = rounded((double)as.u64), out->bits = as.u64; break;
    }
    return VALUE_OK;
}

/* ---- which cell -------------------------------------------------------------------------------------- */

typedef struct oracle_axis {
    pika_axis axis;
    int whole, first, cells; /* cells of the whole picture; the tile's first and number */
    int half_open;
    double *edges; /* whole + 1, log10, symlog and exact edges; else NULL */
} oracle_axis;

/* Log and symlog tables are asked of the library: test_edges.c and the golden table prove those. */
static void oracle_axis_init(oracle_axis *out, const pika_view *view, int which)
{
    int i;
    memset(out, 0, sizeof *out);
    out->axis = which == 0 ? view->x : view->y;
    out->cells = which == 0 ? view->width : view->height;
    out->whole = out->cells;
    if (view->total_width != 0) {
        out->whole = which == 0 ? view->total_width : view->total_height;
        out->first = which == 0 ? view->first_x : view->first_y;
    }
    out->half_open = (view->flags & (which == 0 ? PIKA_HALF_OPEN_X : PIKA_HALF_OPEN_Y)) != 0;
    if (out->axis.scale == PIKA_LINEAR && (view->flags & PIKA_EXACT_EDGES) == 0) return;
    out->edges = (double *)malloc(((size_t)out->whole + 1) * sizeof(double));
    if (out->axis.scale == PIKA_LINEAR) {
        double step = rounded(rounded(out->axis.hi - out->axis.lo) / out->whole);
        for (i = 0; i < out->whole; i++) {
            out->edges[i] = rounded(rounded(i * step) + out->axis.lo);
            if (out->edges[i] > out->axis.hi) out->edges[i] = out->axis.hi;
        }
        out->edges[out->whole] = out->axis.hi;
    } else {
        pika_view whole;
        memset(&whole, 0, sizeof whole);
        whole.width = out->whole, whole.height = 1;
        whole.x = out->axis;
        whole.y.hi = 1;
        whole.flags = PIKA_HALF_OPEN_X; /* the last edge as it is: hi */
        CHECK_OK(pika_view_edges(NULL, &whole, 0, PIKA_F64, out->edges));
    }
}
static void oracle_axis_free(oracle_axis *axis) { free(axis->edges); }

/* What the rules refuse once a column's class is known. */
static int oracle_refuses(const oracle_axis *a, int type)
{
    double s = rounded(a->whole / rounded(a->axis.hi - a->axis.lo));
    if (oracle_class(type) == CLASS_FLOAT) {
        float lo = rounded_float(a->axis.lo), hi = rounded_float(a->axis.hi), sf;
        volatile float range = hi - lo;
        if (a->edges != NULL) return lo == hi;
        if (s > 1e39 || s < 1e-39) return 1;
        sf = rounded_float(s);
        return lo == hi || !(range <= FLT_MAX) || !(sf >= FLT_MIN && sf <= FLT_MAX);
    }
    if (a->edges != NULL) return 0;
    return !(rounded(a->axis.hi - a->axis.lo) <= DBL_MAX) || !(s >= DBL_MIN && s <= DBL_MAX);
}

static int oracle_cell(const oracle_axis *a, const pika_column *column, size_t row, int *cell)
{
    oracle_value v;
    int type = column->type, n = a->whole, at, state = oracle_get(column, row, &v);
    double d = v.number;
    if (state != VALUE_OK) return ROW_INVALID;
    if (a->axis.scale == PIKA_LOG10 && !(d > 0)) return ROW_INVALID;
    if (oracle_class(type) == CLASS_INT64 && a->axis.scale == PIKA_LINEAR) { /* exact, then rounded once */
        uint64_t origin = (uint64_t)a->axis.origin, up = v.bits - origin;
        int below =
            type == PIKA_I64 ? (int64_t)v.bits < a->axis.origin : a->axis.origin > 0 && v.bits < origin;
        d = below ? -rounded((double)(origin - v.bits)) : rounded((double)up);
        if (type == PIKA_U64 && a->axis.origin < 0 &&
            up < v.bits) /* 65 bits: 2^64 + up, the last bit kept sticky */
            d = rounded((double)(up >> 1 | UINT64_C(1) << 63 | (up & 1))) * 2;
    }
    if (a->edges != NULL) {
        if (d < a->edges[0] || d > a->edges[n] || (a->half_open && d == a->edges[n])) return ROW_OUTSIDE;
        for (at = n - 1; a->edges[at] > d;) /* the last i with edge[i] <= v, by halving where that is sure */
            at = at >= 2 && a->edges[at / 2] > d ? at / 2 : at - 1;
    } else if (oracle_class(type) == CLASS_FLOAT) {
        volatile float lo = rounded_float(a->axis.lo), hi = rounded_float(a->axis.hi), f = (float)d, t;
        volatile float s = rounded_float(rounded(n / rounded(a->axis.hi - a->axis.lo)));
        if (f < lo || f > hi || (a->half_open && f == hi)) return ROW_OUTSIDE;
        t = f - lo;
        t = t * s;
        at = (int)t < n ? (int)t : n - 1;
    } else {
        double s = rounded(n / rounded(a->axis.hi - a->axis.lo)), t;
        if (d < a->axis.lo || d > a->axis.hi || (a->half_open && d == a->axis.hi)) return ROW_OUTSIDE;
        t = rounded(rounded(d - a->axis.lo) * s);
        at = (int)t < n ? (int)t : n - 1;
    }
    *cell = at - a->first;
    return *cell >= 0 && *cell < a->cells ? ROW_INSIDE : ROW_OUTSIDE;
}

/* ---- the grid ---------------------------------------------------------------------------------------- */

typedef struct oracle_sums {
    uint32_t count, values;
    double sum, lowest, highest, mean, m2, first, last;
    int64_t row_lowest, row_highest;
} oracle_sums;

typedef struct oracle_grid {
    pika_grid_desc desc;
    int layers;
    size_t cells; /* of one layer */
    uint64_t total, inside, outside, invalid, no_value;
    oracle_axis x, y;
    oracle_sums *sums;
    int told; /* what follows is of these sums: whoever changes them but by oracle_add clears it */
    uint32_t *counts, fullest;
    size_t nonempty;
    double *planes; /* those of the descriptor, layer by layer */
} oracle_grid;

static void oracle_init(oracle_grid *grid, const pika_grid_desc *desc)
{
    memset(grid, 0, sizeof *grid);
    grid->desc = *desc;
    grid->layers = desc->categories > 0 ? desc->categories : 1;
    grid->cells = (size_t)desc->view.width * (size_t)desc->view.height;
    oracle_axis_init(&grid->x, &desc->view, 0);
    oracle_axis_init(&grid->y, &desc->view, 1);
    grid->sums = (oracle_sums *)calloc(grid->cells * (size_t)grid->layers, sizeof *grid->sums);
}
static void oracle_clear(oracle_grid *grid)
{
    memset(grid->sums, 0, grid->cells * (size_t)grid->layers * sizeof *grid->sums);
    grid->total = grid->inside = grid->outside = grid->invalid = grid->no_value = 0;
    grid->told = 0;
}
static void oracle_free(oracle_grid *grid)
{
    oracle_axis_free(&grid->x);
    oracle_axis_free(&grid->y);
    free(grid->sums);
    free(grid->counts);
    free(grid->planes);
}

static void oracle_add_value(oracle_sums *s, double v, int64_t row)
{
    double d, plain = v == 0 ? 0 : v; /* -0 as +0 */
    s->values++;
    s->sum = rounded(s->sum + v);
    d = rounded(v - s->mean);
    s->mean = rounded(s->mean + rounded(d / s->values));
    s->m2 = rounded(s->m2 + rounded(d * rounded(v - s->mean)));
    if (s->values == 1 || plain < s->lowest) s->lowest = plain, s->row_lowest = row;
    if (s->values == 1 || plain > s->highest) s->highest = plain, s->row_highest = row;
    if (s->values == 1) s->first = v;
    s->last = v;
}

static void oracle_add(oracle_grid *grid, const pika_points *points, size_t first, size_t count)
{
    size_t row;
    grid->told = 0;
    for (row = first; row < first + count; row++) {
        int64_t number = (int64_t)grid->total++;
        int x = 0, y = 0, state, other, layer = 0;
        oracle_value v;
        oracle_sums *s;
        state = oracle_cell(&grid->x, &points->x, row, &x);
        other = oracle_cell(&grid->y, &points->y, row, &y);
        if (other > state) state = other; /* invalid wins */
        if (grid->desc.categories > 0) {
            int negative;
            if (oracle_get(&points->category, row, &v) != VALUE_OK) state = ROW_INVALID;
            negative = v.number < 0;
            if (negative || v.number >= grid->desc.categories) state = ROW_INVALID;
            else layer = (int)v.number;
        }
        if (state == ROW_INVALID) grid->invalid++;
        if (state == ROW_OUTSIDE) grid->outside++;
        if (state != ROW_INSIDE) continue;
        grid->inside++;
        s = &grid->sums[(size_t)layer * grid->cells + (size_t)y * (size_t)grid->desc.view.width + (size_t)x];
        s->count++;
        if ((grid->desc.planes & ~(unsigned)(PIKA_COUNT | PIKA_ANY | PIKA_COVERAGE)) == 0) continue;
        if (oracle_get(&points->value, row, &v) != VALUE_OK) grid->no_value++;
        else oracle_add_value(s, v.number, number);
    }
}

static double oracle_plane(const oracle_sums *s, unsigned plane)
{
    double nan = double_of_bits(UINT64_C(0x7FF8000000000000)), v = nan;
    if (plane == PIKA_COUNT) return s->count;
    if (plane == PIKA_ANY) return s->count > 0;
    if (plane == PIKA_COVERAGE) return 0;
    if (plane == PIKA_SUM) v = s->sum;
    if (s->values > 0) {
        if (plane == PIKA_MEAN) v = s->sum / s->values;
        if (plane == PIKA_MIN) v = s->lowest;
        if (plane == PIKA_MAX) v = s->highest;
        if (plane == PIKA_VAR) v = s->m2 / s->values;
        if (plane == PIKA_STD) v = sqrt(rounded(s->m2 / s->values));
        if (plane == PIKA_FIRST) v = s->first;
        if (plane == PIKA_LAST) v = s->last;
    }
    if (plane == PIKA_ARGMIN || plane == PIKA_ARGMAX) {
        if (s->values == 0) return -1;
        return (double)(plane == PIKA_ARGMIN ? s->row_lowest : s->row_highest);
    }
    return is_nan_double(v) ? nan : v;
}

enum {
    ALL_PLANES = PIKA_COUNT | PIKA_ANY | PIKA_SUM | PIKA_MEAN | PIKA_MIN | PIKA_MAX | PIKA_VAR | PIKA_STD |
                 PIKA_FIRST | PIKA_LAST | PIKA_ARGMIN | PIKA_ARGMAX
};
static const char *const plane_names[] = {"count", "any", "sum", "mean", "min", "max", "var", "std", "first",
    "last", "argmin", "argmax", "coverage"};

static int oracle_has_plane(const oracle_grid *grid, int plane)
{
    return ((grid->desc.planes | PIKA_COUNT) >> plane & 1) != 0;
}

/* Makes counts and planes of the sums, once for all the grids that are compared with them. */
static void oracle_tell(oracle_grid *grid)
{
    const size_t n = grid->cells * (size_t)grid->layers;
    size_t i, planes = 0;
    int layer, plane;
    double *out;
    if (grid->told) return;
    for (plane = 0; plane < 12; plane++) planes += (size_t)oracle_has_plane(grid, plane);
    if (grid->counts == NULL) {
        grid->counts = (uint32_t *)malloc(n * sizeof *grid->counts);
        grid->planes = (double *)malloc(planes * n * sizeof *grid->planes);
    }
    grid->fullest = 0;
    grid->nonempty = 0;
    for (i = 0; i < n; i++) {
        grid->counts[i] = grid->sums[i].count;
        grid->nonempty += grid->counts[i] > 0;
        if (grid->counts[i] > grid->fullest) grid->fullest = grid->counts[i];
    }
    out = grid->planes;
    for (layer = 0; layer < grid->layers; layer++)
        for (plane = 0; plane < 12; plane++)
            for (i = 0; i < grid->cells && oracle_has_plane(grid, plane); i++)
                *out++ = oracle_plane(&grid->sums[(size_t)layer * grid->cells + i], 1u << plane);
    grid->told = 1;
}

/* Every plane of every category, the account and the counts. Returns 1 when all is equal. */
static int grid_equals(const pika_grid *grid, oracle_grid *want, const char *what)
{
    pika_stats stats;
    int layer, plane, good = 1, in_list = 0;
    size_t i, n = want->cells * (size_t)want->layers, bad;
    const uint32_t *counts = pika_grid_counts(grid);
    const double *expected;
    double *read;
    CHECK_OK(pika_grid_stats(NULL, grid, &stats));
    if (test_now.subset) { /* the account alone */
        uint64_t hits = 0;
        for (i = 0; i < n; i++) hits += counts[i];
        good &= CHECK_EQ(stats.total, want->total);
        good &= CHECK_EQ(stats.inside + stats.outside + stats.invalid, stats.total);
        good &= CHECK_EQ(stats.hits, hits);
        good &= CHECK_EQ(stats.inside, hits);
        return good;
    }
    oracle_tell(want);
    good &= CHECK_EQ(memcmp(counts, want->counts, n * sizeof *counts), 0);
    good &= CHECK_EQ(stats.total, want->total);
    good &= CHECK_EQ(stats.inside, want->inside);
    good &= CHECK_EQ(stats.outside, want->outside);
    good &= CHECK_EQ(stats.invalid, want->invalid);
    good &= CHECK_EQ(stats.no_value, want->no_value);
    good &= CHECK_EQ(stats.hits, want->inside);
    good &= CHECK_EQ(stats.nonempty, want->nonempty);
    good &= CHECK_EQ(stats.max_count, want->fullest);
    read = (double *)malloc(want->cells * sizeof *read);
    expected = want->planes;
    for (layer = 0; layer < want->layers; layer++)
        for (plane = 0; plane < 12 && good; plane++) {
            if (!oracle_has_plane(want, plane)) continue;
            good &= CHECK_OK(pika_grid_read(NULL, grid, 1u << plane, layer, read));
            for (i = 0, bad = 0; i < want->cells; i++) {
                if (test_bits(read[i]) == test_bits(expected[i])) continue;
                if (bad++ == 0 && test_now.failures < 8)
                    printf("    %s, category %d, cell %d: %.17g is not %.17g\n", plane_names[plane], layer,
                        (int)i, read[i], expected[i]);
            }
            good &= CHECK_EQ(bad, 0);
            expected += want->cells;
        }
    free(read);
    in_list = test_now.failures <= 8;
    if (!good && in_list) printf("    in %s: %s\n", test_now.name, what);
    return good;
}

/* ---- contexts: the ways that all must give the same bits --------------------------------------------- */

static struct {
    int isa, threads, strategy; /* from the command line; -1 = not given */
    int ran[PIKA_ISA_WASM128 + 1];
} test_way = {-1, -1, -1, {0}};

/* -1 = whatever the command line says, or the library's default (one thread). */
static pika_ctx_desc way_desc(int isa, int threads, int strategy)
{
    pika_ctx_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.isa = isa >= 0 ? isa : test_way.isa > 0 ? test_way.isa : 0;
    desc.threads = threads >= 0 ? threads : test_way.threads >= 0 ? test_way.threads : 1;
    desc.strategy = strategy >= 0 ? strategy : test_way.strategy >= 0 ? test_way.strategy : 0;
    return desc;
}

static void way_init(pika_ctx *ctx, int isa, int threads, int strategy)
{
    pika_ctx_desc desc = way_desc(isa, threads, strategy);
    if (CHECK_OK(pika_ctx_init(ctx, &desc)) && ctx->isa >= 0 && ctx->isa <= PIKA_ISA_WASM128)
        test_way.ran[ctx->isa] = 1;
}

static int isa_is_here(int isa)
{
    pika_ctx ctx;
    pika_ctx_desc desc = way_desc(isa, 1, 0);
    pika_result result = pika_ctx_init(&ctx, &desc);
    if (result == PIKA_OK) pika_ctx_free(&ctx);
    return result == PIKA_OK;
}

/* for (way = 0; way_next(&way, all, &ctx); pika_ctx_free(&ctx)): every instruction set, or (1) also every
   number of threads and strategy. The name of the way stands in way_name. */
static char way_name[80];
static int way_next(int *way, int all, pika_ctx *ctx)
{
    static const int threads[] = {1, 2, 3, 7};
    for (; *way < 6 * 16; (*way)++) {
        int isa = *way / 16 + 1, t = threads[*way / 4 % 4], strategy = *way % 4;
        if (test_way.isa > 0 && isa != test_way.isa) continue;
        if (test_way.threads >= 0 && t != test_way.threads && !(test_way.threads > 7 && t == 7)) continue;
        if (test_way.strategy >= 0 && strategy != test_way.strategy) continue;
        if (!all && *way % 16 != (test_way.strategy > 0 ? test_way.strategy : 0)) continue;
        if (all == 2 && (isa + *way / 4 + *way) % 2 != 0) continue; /* half of them, in a chequer */
        if (!isa_is_here(isa)) continue;
        (*way)++;
        way_init(ctx, isa, t, strategy);
        sprintf(way_name, "isa %s, threads %d, strategy %d", pika_isa_string(isa), t, strategy);
        return 1;
    }
    return 0;
}

/* ---- data that hurts --------------------------------------------------------------------------------- */

typedef struct test_data {
    pika_points points;
    uint8_t *blocks[8]; /* exactly as long as needed: a sanitizer sees the first byte past the end */
    int used;
} test_data;

static uint8_t *data_block(test_data *data, size_t size)
{
    uint8_t *block = (uint8_t *)malloc(size > 0 ? size : 1);
    if (block == NULL) abort();
    memset(block, 0xA5, size);
    data->blocks[data->used++] = block;
    return block;
}
static void data_free(test_data *data)
{
    while (data->used > 0) free(data->blocks[--data->used]);
}

static uint64_t step_bits(uint64_t bits, int width, int64_t steps)
{
    uint64_t sign = UINT64_C(1) << (width - 1), key = bits & sign ? sign - (bits & (sign - 1)) : sign + bits;
    key += (uint64_t)steps;
    return key >= sign ? key - sign : sign | (sign - key);
}
/* The neighbour `steps` representable values away; bits as keys, so -0 and +0 are one. */
static double step_double(double v, int64_t steps)
{
    return double_of_bits(step_bits(test_bits(v), 64, steps));
}
static float step_float(float v, int64_t steps)
{
    return float_of_bits((uint32_t)step_bits(bits_of_float(v), 32, steps));
}

static void put_integer(uint8_t *at, int type, double d, int64_t origin, int64_t steps)
{
    static const double lowest[] = {0, 0, -128, 0, -32768, 0, -2147483648.0, 0};
    static const double highest[] = {0, 0, 127, 255, 32767, 65535, 2147483647.0, 4294967295.0};
    if (type >= PIKA_I64) { /* modulo 2^64: past the end it wraps, which is as good a value as any */
        int64_t whole = d > 9e18 ? INT64_MAX : d < -9e18 ? INT64_MIN : (int64_t)d;
        uint64_t v = (uint64_t)whole + (uint64_t)origin + (uint64_t)steps;
        memcpy(at, &v, 8);
    } else {
        int64_t v;
        d = d < lowest[type] ? lowest[type] : d > highest[type] ? highest[type] : d;
        v = (int64_t)d + steps;
        v = v < (int64_t)lowest[type]    ? (int64_t)lowest[type]
            : v > (int64_t)highest[type] ? (int64_t)highest[type]
                                         : v;
        if (type_sizes[type] == 1) *at = (uint8_t)((uint64_t)v & 255);
        if (type_sizes[type] == 2) {
            uint16_t w = (uint16_t)((uint64_t)v & 65535);
            memcpy(at, &w, 2);
        }
        if (type_sizes[type] == 4) {
            uint32_t w = (uint32_t)((uint64_t)v & 0xFFFFFFFFu);
            memcpy(at, &w, 4);
        }
    }
}

/* Writes d, or its neighbour so many steps away, as the column's type has it. */
static void put_value(uint8_t *at, int type, double d, int64_t origin, int64_t steps)
{
    if (type == PIKA_F32) {
        uint32_t bits = d > 3.4e38 ? 0x7F800000u : d < -3.4e38 ? 0xFF800000u : bits_of_float((float)d);
        bits = steps == 0 ? bits : (uint32_t)step_bits(bits, 32, steps);
        memcpy(at, &bits, 4);
    } else if (type == PIKA_F64) {
        uint64_t bits = steps == 0 ? test_bits(d) : step_bits(test_bits(d), 64, steps);
        memcpy(at, &bits, 8);
    } else {
        put_integer(at, type, d, origin, steps);
    }
}

static void put_special(uint8_t *at, int type, uint64_t *random)
{
    static const uint64_t doubles[] = {UINT64_C(0x7FF8000000000000), UINT64_C(0xFFF8000000000000),
        UINT64_C(0x7FF0000000000001), UINT64_C(0xFFF0000000000001), UINT64_C(0x7FFFFFFFFFFFFFFF),
        UINT64_C(0x7FF0000000000000), UINT64_C(0xFFF0000000000000), UINT64_C(0), UINT64_C(0x8000000000000000),
        UINT64_C(1), UINT64_C(0x8000000000000001), UINT64_C(0x000FFFFFFFFFFFFF), UINT64_C(0x7FEFFFFFFFFFFFFF),
        UINT64_C(0xFFEFFFFFFFFFFFFF), UINT64_C(0x0010000000000000)};
    static const uint32_t floats[] = {0x7FC00000u, 0xFFC00000u, 0x7F800001u, 0xFF800001u, 0x7FFFFFFFu,
        0x7F800000u, 0xFF800000u, 0, 0x80000000u, 1, 0x80000001u, 0x007FFFFFu, 0x7F7FFFFFu, 0xFF7FFFFFu,
        0x00800000u};
    uint64_t bits = test_random(random); /* random bits are the rest */
    int which = test_below(random, 20);
    if (type == PIKA_F32) {
        uint32_t narrow = which < 15 ? floats[which] : (uint32_t)(bits & 0xFFFFFFFFu);
        memcpy(at, &narrow, 4);
    } else if (type == PIKA_F64) {
        if (which < 15) bits = doubles[which];
        memcpy(at, &bits, 8);
    } else {
        static const double ends[] = {-1e19, 1e19, 0, -1, 1, 127, 128, 255, 256, 32768, 65536, 2147483648.0};
        if (which < 12) put_integer(at, type, ends[which], 0, 0);
        else put_integer(at, type, (double)(int64_t)bits, 0, 0);
    }
}

/* One value for this axis: in or around the range, on and next to an edge, or special. */
static void put_for_axis(uint8_t *at, int type, const oracle_axis *axis, uint64_t *random)
{
    int kind = test_below(random, 16), n = axis->whole;
    double lo = axis->axis.lo, hi = axis->axis.hi,
           u = (double)(test_random(random) >> 11) / 9007199254740992.0;
    if (kind >= 14) {
        put_special(at, type, random);
    } else if (kind >= 8) {
        int i = test_below(random, 3) == 0 ? (test_below(random, 2) ? n : 0) : test_below(random, n + 1);
        double edge = axis->edges != NULL ? axis->edges[i] : lo + (hi - lo) / n * i;
        put_value(at, type, edge, axis->axis.origin, test_between(random, -2, 2));
    } else if (axis->edges != NULL) { /* near any edge in its own measure */
        int i = test_below(random, n);
        put_value(at, type, axis->edges[i] + (axis->edges[i + 1] - axis->edges[i]) * u, axis->axis.origin, 0);
    } else {
        put_value(at, type, lo + (hi - lo) * (u * 1.125 - 0.0625), axis->axis.origin, 0);
    }
}

/* A column of this type with a random layout: packed, wide, odd, negative; at any address; with nulls or
 * none. */
static pika_column data_column(test_data *data, int type, size_t count, uint64_t *random)
{
    pika_column column;
    int size = type_sizes[type], layout = test_below(random, 6),
        skew = layout == 0 ? 0 : test_below(random, 9);
    ptrdiff_t stride = layout <= 1 ? 0 : size + (layout == 2 ? size : test_below(random, 14));
    size_t step = (size_t)(stride == 0 ? size : stride), i;
    uint8_t *block = data_block(data, (size_t)skew + (count > 0 ? (count - 1) * step + (size_t)size : 0));
    column = pika_strided(block + skew, type, stride);
    if (layout == 5 && count > 0) {
        column.data = block + (size_t)skew + (count - 1) * step;
        column.stride = -stride;
    }
    if (test_below(random, 3) == 0) {
        int dense = test_below(random, 3);
        column.valid_offset = (size_t)test_below(random, 70);
        block = data_block(data, (column.valid_offset + count + 7) / 8);
        for (i = 0; i < (column.valid_offset + count + 7) / 8; i++)
            block[i] = (uint8_t)(test_random(random) >> 56 | (dense == 0 ? 0 : test_random(random) >> 56) |
                                 (dense == 2 ? (uint64_t)255 : 0));
        if (dense == 2 && count > 0) block[(column.valid_offset + count / 2) / 8] = 0;
        column.valid = block;
    }
    return column;
}

static void data_init(
    test_data *data, const oracle_grid *grid, int x_type, int y_type, size_t count, uint64_t *random)
{
    size_t row;
    memset(data, 0, sizeof *data);
    data->points.count = count;
    data->points.x = data_column(data, x_type, count, random);
    data->points.y = data_column(data, y_type, count, random);
    data->points.value = data_column(data, test_below(random, 10), count, random);
    data->points.category = data_column(data, test_between(random, PIKA_I8, PIKA_U64), count, random);
    for (row = 0; row < count; row++) {
        uint8_t *value = (uint8_t *)(uintptr_t)oracle_at(&data->points.value, row);
        put_for_axis((uint8_t *)(uintptr_t)oracle_at(&data->points.x, row), x_type, &grid->x, random);
        put_for_axis((uint8_t *)(uintptr_t)oracle_at(&data->points.y, row), y_type, &grid->y, random);
        put_value(value, data->points.value.type, test_between(random, -1000, 1000) / 16.0, 0, 0);
        if (test_below(random, 40) == 0) put_special(value, data->points.value.type, random);
        put_integer((uint8_t *)(uintptr_t)oracle_at(&data->points.category, row), data->points.category.type,
            test_between(random, 0, 40) == 0 ? -1e19 : test_between(random, -1, grid->layers), 0, 0);
    }
}

/* A range that this type meets: ordinary, at the end of its precision, or one that must be refused. */
static void random_axis(pika_axis *axis, int type, int scale, int n, uint64_t *random)
{
    static const double ranges[][2] = {{0, 1}, {-1, 1}, {-3.5, 7.25}, {0, 255}, {-128, 127}, {0, 100},
        {0.1, 0.3}, {-0.5, 9.5}, {1e-30, 3e-30}, {-1e6, 0}, {16777216, 16777220}, {3, 3.0000005},
        {-1e30, 1e30}, {1000, 60000}, {-3e38, 3e38}, {0, 1e-42}, {-1e308, 1e308}, {1e300, 1.5e300},
        {5, 5.0000001}, {0, 4.9e-324}, {0, 7e10}};
    static const double positive[][2] = {{1, 10}, {0.001, 1e6}, {1e-300, 1e300}, {1, 255}, {0.5, 3},
        {100, 101}, {4.9e-324, 1.7e308}, {2, 9e18}, {1e-40, 1e-38}, {1, 65536}};
    static const double signed_ranges[][2] = {{-100, 100}, {-1e10, 1e12}, {0, 50}, {5, 60}, {-128, 127},
        {-1e-3, 1e-3}, {-1e300, 1e300}, {-60000, 0}};
    const double *range = ranges[test_below(random, type == PIKA_F32 || type == PIKA_F64 ? 21 : 14)];
    memset(axis, 0, sizeof *axis);
    axis->scale = scale;
    if (scale == PIKA_LOG10) range = positive[test_below(random, 10)];
    if (scale == PIKA_SYMLOG) {
        static const double widths[] = {0, 1, 0.01, 100};
        range = signed_ranges[test_below(random, 8)];
        axis->linear = widths[test_below(random, 4)];
    }
    axis->lo = range[0];
    axis->hi = range[1];
    if (scale != PIKA_LINEAR) return;
    if (test_below(random, 8) == 0) axis->lo = 0, axis->hi = n;
    if (type >= PIKA_I64 && test_below(random, 2) == 0) {
        static const int64_t origins[] = {INT64_C(1700000000000000000), INT64_C(-5), INT64_MIN, INT64_MAX, 1};
        axis->origin = origins[test_below(random, 5)];
    }
}

static void random_desc(pika_grid_desc *desc, int x_type, int y_type, uint64_t *random)
{
    static const int sides[] = {1, 2, 3, 7, 16, 31, 64, 100, 127, 128, 129, 255, 256, 257, 300, 513};
    pika_view *view = &desc->view;
    memset(desc, 0, sizeof *desc);
    view->width = sides[test_below(random, 16)];
    view->height = sides[test_below(random, view->width > 128 ? 8 : 16)];
    view->flags = (unsigned)test_below(random, 3) == 0 ? (unsigned)test_below(random, 8) : 0;
    random_axis(
        &view->x, x_type, test_below(random, 2) ? PIKA_LINEAR : test_below(random, 3), view->width, random);
    random_axis(
        &view->y, y_type, test_below(random, 2) ? PIKA_LINEAR : test_below(random, 3), view->height, random);
    if (!(view->x.hi - view->x.lo <= DBL_MAX && view->y.hi - view->y.lo <= DBL_MAX))
        view->flags &= ~(unsigned)PIKA_EXACT_EDGES; /* refused with the descriptor already */
    if (test_below(random, 4) == 0) {
        view->first_x = test_below(random, 3) * test_below(random, 40);
        view->first_y = test_below(random, 3) * test_below(random, 40);
        view->total_width = view->first_x + view->width + test_below(random, 2) * test_below(random, 100);
        view->total_height = view->first_y + view->height + test_below(random, 2) * test_below(random, 100);
    }
    if (test_below(random, 3) == 0) desc->categories = test_between(random, 1, 5);
    if (test_below(random, 2) == 0) desc->planes = (unsigned)test_random(random) & ALL_PLANES;
}
