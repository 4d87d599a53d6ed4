/* fuzz_points.c - any columns, view, planes and way to compute: never a bad access, every row accounted for,
   and the same bits from every instruction set, strategy, number of tasks and division into chunks. On linear
   axes the counts are those of the rule as it is written. */
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "fuzz.h"

enum { MAX_ROWS = 8192, MAX_CELLS = 64 * 64 * 3 };

/* The reference, as a whole. */
typedef struct outcome {
    pika_result result;
    pika_stats stats;
    uint32_t counts[MAX_CELLS];
    double planes[13][MAX_CELLS];
} outcome;

static outcome reference, other;

static int element_bytes(int type)
{
    static const int bytes[10] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8};
    return bytes[type];
}

static void serial(void *user, int count, void (*fn)(void *arg, int i), void *arg)
{
    (void)user;
    while (count-- > 0) fn(arg, count);
}

/* A column in blocks of exactly its size, filled with the input over and over; *block and *bits are to be
   freed. */
static pika_column make_column(fuzz_input *input, size_t rows, int integer, uint8_t **block, uint8_t **bits)
{
    pika_column column;
    int how = fuzz_below(input, 256), element;
    size_t step, bytes, i, shift = (size_t)(how >> 4 & 3);
    column.type = integer ? 2 + fuzz_below(input, 8) : fuzz_below(input, 10);
    element = element_bytes(column.type);
    step = (size_t)element + (size_t)(how & 3) * (size_t)((how & 4) != 0 ? 1 : element);
    bytes = rows > 0 ? (rows - 1) * step + (size_t)element : 0;
    *block = (uint8_t *)malloc(bytes + shift + 1);
    FUZZ_CHECK(*block != NULL);
    for (i = 0; i < bytes; i++)
        (*block)[shift + i] = input->left > 0 ? input->at[i % input->left] : (uint8_t)i;
    if (input->left > 7) input->at += 7, input->left -= 7; /* the next column sees other bytes */
    column.data = *block + shift;
    column.stride = (how & 3) == 0 && (how & 8) == 0 ? 0 : (ptrdiff_t)step;
    if ((how & 8) != 0 && rows > 0) {
        column.data = *block + shift + (rows - 1) * step;
        column.stride = -(ptrdiff_t)step;
    }
    column.valid = NULL;
    column.valid_offset = 0;
    *bits = NULL;
    if (how >= 192) {
        column.valid_offset = (size_t)fuzz_below(input, 40);
        bytes = (column.valid_offset + rows + 7) / 8;
        *bits = (uint8_t *)malloc(bytes + 1);
        FUZZ_CHECK(*bits != NULL);
        for (i = 0; i < bytes; i++) (*bits)[i] = (uint8_t)(fuzz_take(input, 1) | (uint64_t)(how & 64));
        column.valid = *bits;
    }
    return column;
}

static pika_axis make_axis(fuzz_input *input)
{
    pika_axis axis;
    uint64_t bits;
    memset(&axis, 0, sizeof axis);
    axis.scale = fuzz_below(input, 16);
    axis.scale = axis.scale < 10   ? PIKA_LINEAR
                 : axis.scale < 13 ? PIKA_LOG10
                 : axis.scale < 15 ? PIKA_SYMLOG
                                   : 7;
    switch (fuzz_below(input, 4)) {
    case 0:
        axis.lo = (double)fuzz_below(input, 256) - 128;
        axis.hi = axis.lo + (double)fuzz_below(input, 1000);
        break;
    case 1:
        bits = fuzz_take(input, 8);
        memcpy(&axis.lo, &bits, 8);
        bits = fuzz_take(input, 8);
        memcpy(&axis.hi, &bits, 8);
        break;
    case 2:
        axis.lo = (double)fuzz_below(input, 256) / 256;
        axis.hi = (double)fuzz_take(input, 4);
        break;
    default: axis.lo = -1e30; axis.hi = 1e30;
    }
    if (fuzz_below(input, 4) == 0) axis.origin = (int64_t)fuzz_take(input, 8);
    if (fuzz_below(input, 4) == 0) axis.linear = (double)fuzz_below(input, 100) / 8;
    return axis;
}

static void run(const pika_ctx_desc *ctx_desc, const pika_grid_desc *desc, const pika_points *points,
    size_t first_chunk, outcome *out)
{
    pika_ctx ctx;
    pika_grid grid;
    int plane, all = PIKA_ALL_CATEGORIES;
    memset(&grid, 0, sizeof grid);
    FUZZ_CHECK(pika_ctx_init(&ctx, ctx_desc) == PIKA_OK);
    out->result = pika_grid_alloc(&ctx, &grid, desc);
    if (out->result == PIKA_OK) {
        size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
        size_t all_cells = cells * (size_t)(desc->categories > 0 ? desc->categories : 1);
        pika_points part = *points;
        part.count = first_chunk;
        out->result = pika_add_points(&ctx, &grid, &part);
        if (out->result == PIKA_OK && first_chunk < points->count) {
            pika_column *columns[4];
            int i;
            columns[0] = &part.x, columns[1] = &part.y, columns[2] = &part.value, columns[3] = &part.category;
            for (i = 0; i < 4; i++) {
                ptrdiff_t stride =
                    columns[i]->stride != 0 ? columns[i]->stride : element_bytes(columns[i]->type);
                if (columns[i]->data != NULL)
                    columns[i]->data = (const uint8_t *)columns[i]->data + stride * (ptrdiff_t)first_chunk;
                columns[i]->valid_offset += first_chunk;
            }
            part.count = points->count - first_chunk;
            out->result = pika_add_points(&ctx, &grid, &part);
        }
        FUZZ_CHECK((out->result == PIKA_OK) == (pika_last_error(&ctx)[0] == 0));
        FUZZ_CHECK(pika_grid_stats(&ctx, &grid, &out->stats) == PIKA_OK);
        FUZZ_CHECK(out->stats.inside + out->stats.outside + out->stats.invalid == out->stats.total);
        FUZZ_CHECK(out->stats.hits == out->stats.inside);
        FUZZ_CHECK(out->stats.total == (out->result == PIKA_OK ? points->count : 0));
        memcpy(out->counts, pika_grid_counts(&grid), all_cells * sizeof(uint32_t));
        for (plane = 0; plane < 13; plane++)
            if (((desc->planes | PIKA_COUNT) >> plane & 1u) != 0)
                FUZZ_CHECK(pika_grid_read(&ctx, &grid, 1u << plane, all, out->planes[plane]) == PIKA_OK);
    }
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    FUZZ_CHECK(ctx.live_bytes == 0);
}

static void compare(const pika_grid_desc *desc)
{
    size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    int plane;
    FUZZ_CHECK(other.result == reference.result);
    if (reference.result != PIKA_OK) return;
    FUZZ_CHECK(memcmp(&other.stats, &reference.stats, sizeof other.stats) == 0);
    FUZZ_CHECK(memcmp(other.counts, reference.counts,
                   cells * (size_t)(desc->categories > 0 ? desc->categories : 1) * 4) == 0);
    for (plane = 0; plane < 13; plane++)
        if (((desc->planes | PIKA_COUNT) >> plane & 1u) != 0)
            FUZZ_CHECK(memcmp(other.planes[plane], reference.planes[plane], cells * sizeof(double)) == 0);
}

/* A value of a column as the rule reads it, and whether the class is float. i64 and u64 are not asked for. */
static double value_of(const pika_column *column, size_t row, int *is_float)
{
    ptrdiff_t stride = column->stride != 0 ? column->stride : element_bytes(column->type);
    const uint8_t *p = (const uint8_t *)column->data + stride * (ptrdiff_t)row;
    float f;
    double d;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    *is_float = column->type == PIKA_F32 || (column->type >= PIKA_I8 && column->type <= PIKA_U16);
    switch (column->type) {
    case PIKA_F32: return memcpy(&f, p, 4), (double)f;
    case PIKA_F64: return memcpy(&d, p, 8), d;
    case PIKA_I8: return (double)(int8_t)*p;
    case PIKA_U8: return (double)*p;
    case PIKA_I16: return memcpy(&i16, p, 2), (double)i16;
    case PIKA_U16: return memcpy(&u16, p, 2), (double)u16;
    case PIKA_I32: return memcpy(&i32, p, 4), (double)i32;
    default: return memcpy(&u32, p, 4), (double)u32;
    }
}

/* The cell, -1 outside, -2 invalid. */
static int cell_of(const pika_column *column, size_t row, const pika_axis *axis, int n, int half_open)
{
    int is_float, cell;
    double v = value_of(column, row, &is_float), s = (double)n / (axis->hi - axis->lo);
    if (column->valid != NULL) {
        size_t bit = column->valid_offset + row;
        if ((column->valid[bit / 8] >> (bit % 8) & 1) == 0) return -2;
    }
    if (v != v) return -2;
    if (is_float) {
        float f = (float)v, lo = (float)axis->lo, hi = (float)axis->hi, scale = (float)s, difference;
        if (!(f >= lo && (half_open ? f < hi : f <= hi))) return -1;
        difference = f - lo;
        cell = (int)(difference * scale);
    } else {
        double difference;
        if (!(v >= axis->lo && (half_open ? v < axis->hi : v <= axis->hi))) return -1;
        difference = v - axis->lo;
        cell = (int)(difference * s);
    }
    return cell < n ? cell : n - 1;
}

static void check_rule(const pika_grid_desc *desc, const pika_points *points)
{
    static uint32_t counts[MAX_CELLS];
    const pika_view *view = &desc->view;
    uint64_t outside = 0, invalid = 0;
    size_t row;
    if (desc->categories > 0 || (view->flags & PIKA_EXACT_EDGES) != 0 || view->total_width > 0) return;
    if (view->x.scale != PIKA_LINEAR || view->y.scale != PIKA_LINEAR) return;
    if (points->x.type >= PIKA_I64 || points->y.type >= PIKA_I64) return;
    memset(counts, 0, sizeof counts);
    for (row = 0; row < points->count; row++) {
        int x = cell_of(&points->x, row, &view->x, view->width, (view->flags & PIKA_HALF_OPEN_X) != 0);
        int y = cell_of(&points->y, row, &view->y, view->height, (view->flags & PIKA_HALF_OPEN_Y) != 0);
        if (x == -2 || y == -2) invalid++;
        else if (x == -1 || y == -1) outside++;
        else counts[y * view->width + x]++;
    }
    FUZZ_CHECK(outside == reference.stats.outside && invalid == reference.stats.invalid);
    FUZZ_CHECK(memcmp(counts, reference.counts, (size_t)view->width * (size_t)view->height * 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input;
    pika_grid_desc desc;
    pika_ctx_desc ctx_desc;
    pika_points points;
    uint8_t *blocks[4] = {NULL, NULL, NULL, NULL}, *bits[4] = {NULL, NULL, NULL, NULL};
    size_t rows, chunk;
    int i, isa, flags;
    input.at = data;
    input.left = size;
    memset(&desc, 0, sizeof desc);
    memset(&ctx_desc, 0, sizeof ctx_desc);
    memset(&points, 0, sizeof points);
    rows = (size_t)fuzz_take(&input, 2) % MAX_ROWS;
    if (rows % 3 != 0) rows %= 200;
    chunk = rows > 0 ? (size_t)fuzz_take(&input, 2) % (rows + 1) : 0;
    desc.view.width = 1 + fuzz_below(&input, 64);
    desc.view.height = 1 + fuzz_below(&input, 64);
    desc.view.flags = (unsigned)fuzz_below(&input, 8);
    desc.view.x = make_axis(&input);
    desc.view.y = make_axis(&input);
    flags = fuzz_below(&input, 256);
    if ((flags & 7) == 0) { /* a tile, now and then a bad one */
        desc.view.first_x = fuzz_below(&input, 80);
        desc.view.first_y = fuzz_below(&input, 80);
        desc.view.total_width = desc.view.first_x + desc.view.width + fuzz_below(&input, 40) - 3;
        desc.view.total_height = desc.view.first_y + desc.view.height + fuzz_below(&input, 40) - 3;
    }
    if ((flags & 8) != 0) desc.planes = (unsigned)fuzz_take(&input, 2) & 0x1fffu;
    if ((flags & 0x30) == 0) desc.categories = fuzz_below(&input, 4);
    points.count = rows;
    points.x = make_column(&input, rows, 0, &blocks[0], &bits[0]);
    points.y = make_column(&input, rows, 0, &blocks[1], &bits[1]);
    if (desc.planes > 1 || (flags & 0x40) != 0)
        points.value = make_column(&input, rows, 0, &blocks[2], &bits[2]);
    if (desc.categories > 0) points.category = make_column(&input, rows, 1, &blocks[3], &bits[3]);
    if ((flags & 0x80) != 0) (void)pika_fit(NULL, &points, &desc.view);

    ctx_desc.threads = 1;
    ctx_desc.isa = PIKA_ISA_SCALAR;
    ctx_desc.strategy = PIKA_STRATEGY_DIRECT;
    run(&ctx_desc, &desc, &points, rows, &reference);
    if (reference.result == PIKA_OK) check_rule(&desc, &points);
    for (isa = PIKA_ISA_SCALAR; isa <= PIKA_ISA_WASM128; isa++) {
        pika_ctx ctx;
        ctx_desc.isa = isa;
        ctx_desc.threads = 1;
        ctx_desc.parallel_for = NULL;
        ctx_desc.strategy = PIKA_STRATEGY_DIRECT;
        if (pika_ctx_init(&ctx, &ctx_desc) != PIKA_OK) continue;
        pika_ctx_free(&ctx);
        run(&ctx_desc, &desc, &points, rows, &other);
        compare(&desc);
    }
    ctx_desc.isa = PIKA_ISA_AUTO;
    ctx_desc.threads = 2 + (flags & 3);
    ctx_desc.parallel_for = serial;
    for (i = PIKA_STRATEGY_AUTO; i <= PIKA_STRATEGY_TILES; i++) {
        ctx_desc.strategy = i;
        run(&ctx_desc, &desc, &points, chunk, &other);
        compare(&desc);
    }
    for (i = 0; i < 4; i++) {
        free(blocks[i]);
        free(bits[i]);
    }
    return 0;
}
