/* plain.h - the loops that one writes without a library, for every layout and reduction: what pika is
   measured against, and checked against. Included by bench.c alone. */

enum { COUNT, SUM, MEAN, MINIMUM, MAXIMUM, FIRST, LAST, CATEGORY, REDUCTIONS };
typedef struct reduction {
    const char *name;
    unsigned plane;
    int counts, values; /* whether the plain loop keeps counts (how many a cell), values */
} reduction;
static const reduction reductions[REDUCTIONS] = {
    {"count", PIKA_COUNT, 1, 0},
    {"sum", PIKA_SUM, 0, 1},
    {"mean", PIKA_MEAN, 1, 1},
    {"min", PIKA_MIN, 0, 1},
    {"max", PIKA_MAX, 0, 1},
    {"first", PIKA_FIRST, 0, 1},
    {"last", PIKA_LAST, 0, 1},
    {"categories", PIKA_COUNT, CATEGORIES, 0},
};

typedef struct plain_grid {
    uint32_t *counts; /* one cell more than the grid has: where branch-free loops put what is outside */
    double *values;
} plain_grid;

typedef struct plain_job { /* rows first to end of the columns, into a grid */
    const void *x, *y;
    const float *value;
    const uint8_t *category;
    size_t first, end;
    double x_lo, y_lo, x_scale, y_scale;
    uint32_t width, height;
    plain_grid grid;
} plain_job;
typedef void plain_loop(const plain_job *job);

/* The rule of the cell is pika's: subtract, multiply, truncate. The upper edge is open: a test less. */
#define PLAIN_LOOP(function, stored, real, step, statement) \
    static void function(const plain_job *job) \
    { \
        const stored *x = (const stored *)job->x, *y = (const stored *)job->y; \
        const real x_lo = (real)job->x_lo, x_scale = (real)job->x_scale, x_end = (real)job->width; \
        const real y_lo = (real)job->y_lo, y_scale = (real)job->y_scale, y_end = (real)job->height; \
        const uint32_t width = job->width, cells = width * job->height; \
        const float *value = job->value; \
        const uint8_t *category = job->category; \
        uint32_t *counts = job->grid.counts; \
        double *values = job->grid.values; \
        (void)cells, (void)value, (void)category, (void)counts, (void)values; \
        for (size_t i = job->first; i < job->end; i++) { \
            real u = ((real)x[i * step] - x_lo) * x_scale, v = ((real)y[i * step] - y_lo) * y_scale; \
            statement \
        } \
    }
#define BRANCHY(...) \
    if (u >= 0 && u < x_end && v >= 0 && v < y_end) { \
        uint32_t cell = (uint32_t)(int)v * width + (uint32_t)(int)u; \
        __VA_ARGS__; \
    }
/* In arithmetic, as gcc makes a branch of `inside ? cell : cells`. */
#define BRANCH_FREE \
    uint32_t inside = (uint32_t)((u >= 0) & (u < x_end) & (v >= 0) & (v < y_end)); \
    uint32_t cell = (uint32_t)(int)v * width + (uint32_t)(int)u; \
    counts[cells + ((cell - cells) & (0u - inside))]++;

#define PLAIN_LAYOUT(name, stored, real, step) \
    PLAIN_LOOP(name##_branch_free, stored, real, step, BRANCH_FREE) \
    PLAIN_LOOP(name##_count, stored, real, step, BRANCHY(counts[cell]++)) \
    PLAIN_LOOP(name##_sum, stored, real, step, BRANCHY(values[cell] += (double)value[i])) \
    PLAIN_LOOP(name##_mean, stored, real, step, BRANCHY(values[cell] += (double)value[i]; counts[cell]++)) \
    PLAIN_LOOP(name##_minimum, stored, real, step, \
        BRANCHY(if ((double)value[i] < values[cell]) values[cell] = (double)value[i])) \
    PLAIN_LOOP(name##_maximum, stored, real, step, \
        BRANCHY(if ((double)value[i] > values[cell]) values[cell] = (double)value[i])) \
    PLAIN_LOOP(name##_first, stored, real, step, \
        BRANCHY(if (values[cell] != values[cell]) values[cell] = (double)value[i])) \
    PLAIN_LOOP(name##_last, stored, real, step, BRANCHY(values[cell] = (double)value[i])) \
    PLAIN_LOOP(name##_categories, stored, real, step, BRANCHY(counts[category[i] * cells + cell]++))

PLAIN_LAYOUT(f32, float, float, 1)
PLAIN_LAYOUT(f64, double, double, 1)
PLAIN_LAYOUT(xy, float, float, 2)
PLAIN_LAYOUT(i8, int8_t, float, 1)
PLAIN_LAYOUT(u8, uint8_t, float, 1)
PLAIN_LAYOUT(i16, int16_t, float, 1)
PLAIN_LAYOUT(u16, uint16_t, float, 1)
PLAIN_LAYOUT(i32, int32_t, double, 1)

#define PLAIN_NAMES(name) \
    { \
        name##_count, name##_sum, name##_mean, name##_minimum, name##_maximum, name##_first, name##_last, \
            name##_categories, name##_branch_free \
    }
/* By reduction; the last of a row is the count without branches. */
static plain_loop *const plain_loops[LAYOUTS][REDUCTIONS + 1] = {
    PLAIN_NAMES(f32),
    PLAIN_NAMES(f64),
    PLAIN_NAMES(xy),
    PLAIN_NAMES(i8),
    PLAIN_NAMES(u8),
    PLAIN_NAMES(i16),
    PLAIN_NAMES(u16),
    PLAIN_NAMES(i32),
};

/* ---- a plain grid ------------------------------------------------------------------------------------ */

static size_t plain_counts(const reduction *r, size_t cells) { return (size_t)r->counts * cells + 1; }
static size_t plain_values(const reduction *r, size_t cells) { return (size_t)r->values * cells; }
static size_t plain_bytes(const reduction *r, size_t cells)
{
    return 4 * plain_counts(r, cells) + 8 * plain_values(r, cells);
}

static plain_grid plain_alloc(const reduction *r, size_t cells)
{
    plain_grid grid;
    grid.counts = (uint32_t *)allocate(4 * plain_counts(r, cells));
    grid.values = (double *)allocate(8 * plain_values(r, cells));
    return grid;
}

static void plain_free(plain_grid *grid)
{
    free(grid->counts);
    free(grid->values);
}

static void plain_clear(const plain_grid *grid, int kind, size_t cells)
{
    const reduction *r = &reductions[kind];
    double empty = kind == MINIMUM ? HUGE_VAL : kind == MAXIMUM ? -HUGE_VAL : (double)NAN;
    memset(grid->counts, 0, 4 * plain_counts(r, cells));
    if (kind == SUM || kind == MEAN) memset(grid->values, 0, 8 * cells);
    else
        for (size_t i = 0; i < plain_values(r, cells); i++) grid->values[i] = empty;
}

/* The share of one thread in dst += src, where src has the later rows. */
static void plain_fold(
    const plain_grid *dst, const plain_grid *src, int kind, size_t cells, int index, int count)
{
    const reduction *r = &reductions[kind];
    size_t n = plain_counts(r, cells), m = plain_values(r, cells);
    size_t end = n * ((size_t)index + 1) / (size_t)count;
    for (size_t i = n * (size_t)index / (size_t)count; i < end; i++) dst->counts[i] += src->counts[i];
    end = m * ((size_t)index + 1) / (size_t)count;
    for (size_t i = m * (size_t)index / (size_t)count; i < end; i++) {
        double a = dst->values[i], b = src->values[i];
        switch (kind) {
        case MINIMUM: a = b < a ? b : a; break;
        case MAXIMUM: a = b > a ? b : a; break;
        case FIRST: a = a != a ? b : a; break;
        case LAST: a = b != b ? a : b; break;
        default: a += b; break;
        }
        dst->values[i] = a;
    }
}

/* Makes of a grid what pika reads out: means of sums, NaN where there is no row. */
static void plain_finish(const plain_grid *grid, int kind, size_t cells)
{
    const reduction *r = &reductions[kind];
    for (size_t i = 0; i < plain_values(r, cells); i++) {
        if (kind == MEAN) grid->values[i] /= grid->counts[i];
        if (isinf(grid->values[i])) grid->values[i] = (double)NAN;
    }
}
