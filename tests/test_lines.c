/* Marks, first part: what the tests of all marks share, then lines and segments. The oracles here and in
   test_fills.c and test_stamps.c are slow and plain: integers for aliased marks, doubles with a stated
   tolerance for coverage. */

/* ---- any mark ---------------------------------------------------------------------------------------- */

enum {
    MARK_LINES,
    MARK_SEGMENTS,
    MARK_POLYGONS,
    MARK_AREAS,
    MARK_RECTS,
    MARK_TRIANGLES,
    MARK_QUADS,
    MARK_RASTER,
    MARK_STAMPS
};
typedef struct mark {
    int kind;
    union {
        pika_lines lines;
        pika_segments segments;
        pika_polygons polygons;
        pika_areas areas;
        pika_rects rects;
        pika_triangles triangles;
        pika_quads quads;
        pika_raster raster;
        pika_stamps stamps;
    } as;
} mark;

static void mark_init(mark *m, int kind)
{
    memset(m, 0, sizeof *m);
    m->kind = kind;
}

static pika_result mark_add(pika_ctx *ctx, pika_grid *grid, const mark *m)
{
    switch (m->kind) {
    case MARK_LINES: return pika_add_lines(ctx, grid, &m->as.lines);
    case MARK_SEGMENTS: return pika_add_segments(ctx, grid, &m->as.segments);
    case MARK_POLYGONS: return pika_add_polygons(ctx, grid, &m->as.polygons);
    case MARK_AREAS: return pika_add_areas(ctx, grid, &m->as.areas);
    case MARK_RECTS: return pika_add_rects(ctx, grid, &m->as.rects);
    case MARK_TRIANGLES: return pika_add_triangles(ctx, grid, &m->as.triangles);
    case MARK_QUADS: return pika_add_quads(ctx, grid, &m->as.quads);
    case MARK_RASTER: return pika_add_raster(ctx, grid, &m->as.raster);
    default: return pika_add_stamps(ctx, grid, &m->as.stamps);
    }
}

/* NULL of a raster, which has none. */
static pika_points *mark_points(mark *m)
{
    switch (m->kind) {
    case MARK_LINES: return &m->as.lines.points;
    case MARK_SEGMENTS: return &m->as.segments.points;
    case MARK_POLYGONS: return &m->as.polygons.points;
    case MARK_AREAS: return &m->as.areas.points;
    case MARK_RECTS: return &m->as.rects.points;
    case MARK_TRIANGLES: return &m->as.triangles.points;
    case MARK_QUADS: return &m->as.quads.points;
    case MARK_RASTER: return NULL;
    default: return &m->as.stamps.points;
    }
}

static pika_column column_from(const pika_column *column, size_t row)
{
    pika_column rest = *column;
    if (column->data != NULL) rest.data = oracle_at(column, row);
    rest.valid_offset += row;
    return rest;
}

/* The first k rows or marks of the call; of lines those that are one line. */
static mark mark_first(const mark *m, size_t k)
{
    mark first = *m;
    if (m->kind == MARK_SEGMENTS) first.as.segments.points.count = k / 2;
    else if (m->kind == MARK_TRIANGLES) first.as.triangles.triangle_count = k;
    else if (m->kind == MARK_POLYGONS) first.as.polygons.ring_count = k;
    else mark_points(&first)->count = k;
    return first;
}
/* What is left after them. */
static mark mark_rest(const mark *m, size_t k)
{
    mark rest = *m;
    pika_points *points = mark_points(&rest);
    size_t row = m->kind == MARK_SEGMENTS ? k / 2 : m->kind == MARK_LINES && k > 0 ? k - 1 : k;
    if (m->kind != MARK_TRIANGLES || !m->as.triangles.interpolate)
        points->value = column_from(&points->value, row);
    points->category = column_from(&points->category, row);
    if (m->kind == MARK_TRIANGLES) {
        rest.as.triangles.indices += 3 * k;
        rest.as.triangles.triangle_count -= k;
        return rest;
    }
    if (m->kind == MARK_POLYGONS) {
        rest.as.polygons.ring_offsets += k;
        rest.as.polygons.ring_count -= k;
        return rest;
    }
    points->x = column_from(&points->x, row);
    points->y = column_from(&points->y, row);
    points->count -= row;
    if (m->kind == MARK_LINES && k > 0) rest.as.lines.flags |= PIKA_LINE_CONTINUE;
    if (m->kind == MARK_SEGMENTS) {
        rest.as.segments.x1 = column_from(&m->as.segments.x1, row);
        rest.as.segments.y1 = column_from(&m->as.segments.y1, row);
    }
    if (m->kind == MARK_RECTS) {
        rest.as.rects.x1 = column_from(&m->as.rects.x1, row);
        rest.as.rects.y1 = column_from(&m->as.rects.y1, row);
    }
    if (m->kind == MARK_STAMPS) rest.as.stamps.radii = column_from(&m->as.stamps.radii, row);
    return rest;
}

/* ---- what a grid holds ------------------------------------------------------------------------------- */

typedef struct mark_cells {
    double *values; /* every plane of every category, one after the other */
    size_t count, cells;
    pika_stats stats;
} mark_cells;

static mark_cells mark_read(const pika_grid *grid)
{
    const pika_grid_desc *desc = pika_grid_get_desc(grid);
    const int layers = desc->categories > 0 ? desc->categories : 1;
    mark_cells out;
    int layer, plane;
    out.cells = (size_t)desc->view.width * (size_t)desc->view.height;
    out.count = 0;
    out.values = (double *)malloc(13 * (size_t)layers * out.cells * sizeof(double));
    if (out.values == NULL) abort();
    for (layer = 0; layer < layers; layer++)
        for (plane = 0; plane < 13; plane++)
            if (((desc->planes | PIKA_COUNT) >> plane & 1) != 0) {
                CHECK_OK(pika_grid_read(NULL, grid, 1u << plane, layer, out.values + out.count));
                out.count += out.cells;
            }
    CHECK_OK(pika_grid_stats(NULL, grid, &out.stats));
    return out;
}

static int mark_account_same(const pika_stats *a, const pika_stats *b)
{
    int good = CHECK_EQ(a->total, b->total);
    good &= CHECK_EQ(a->inside, b->inside);
    good &= CHECK_EQ(a->outside, b->outside);
    good &= CHECK_EQ(a->invalid, b->invalid);
    good &= CHECK_EQ(a->no_value, b->no_value);
    good &= CHECK_EQ(a->hits, b->hits);
    good &= CHECK_EQ(a->nonempty, b->nonempty);
    return good & CHECK_EQ(a->max_count, b->max_count);
}

static int mark_values_same(const mark_cells *a, const mark_cells *b, const char *what)
{
    size_t i = 0;
    if (CHECK(a->count == b->count && memcmp(a->values, b->values, a->count * sizeof *a->values) == 0))
        return 1;
    while (i < a->count && test_bits(a->values[i]) == test_bits(b->values[i])) i++;
    if (i < a->count && test_now.failures <= 8)
        printf("    %s, %s: of plane number %d cell %d: %.17g is not %.17g\n", what, way_name,
            (int)(i / a->cells), (int)(i % a->cells), a->values[i], b->values[i]);
    return 0;
}

static int mark_same(const mark_cells *a, const mark_cells *b, const char *what)
{
    int good = mark_account_same(&a->stats, &b->stats);
    if (!good && test_now.failures <= 8) printf("    %s, %s\n", what, way_name);
    return good & mark_values_same(a, b, what);
}

/* A grid with the mark alone. */
static mark_cells mark_take(pika_ctx *ctx, const pika_grid_desc *desc, const mark *m)
{
    mark_cells out;
    pika_grid grid;
    memset(&grid, 0, sizeof grid);
    CHECK_OK(pika_grid_alloc(ctx, &grid, desc));
    if (!CHECK_OK(mark_add(ctx, &grid, m)) && ctx != NULL) printf("        %s\n", pika_last_error(ctx));
    out = mark_read(&grid);
    pika_grid_free(ctx, &grid);
    return out;
}

/* ---- the same bits every way, by tiles, without memory, after cancelling -------------------------------- */

/* for (way = 0; mark_way(&way, &ctx); pika_ctx_free(&ctx)): every instruction set, then 2, 3 and 8 threads. */
static int mark_way(int *way, pika_ctx *ctx)
{
    static const int threads[] = {2, 3, 8};
    while (*way < 9) {
        int isa = *way < 6 ? *way + 1 : -1, count = *way < 6 ? 1 : threads[*way - 6];
        (*way)++;
        if (isa > 0 && test_way.isa > 0 && isa != test_way.isa) continue;
        if (isa > 0 && !isa_is_here(isa)) continue;
        way_init(ctx, isa, count, -1);
        sprintf(way_name, "isa %s, threads %d", pika_isa_string(ctx->isa), count);
        return 1;
    }
    return 0;
}

/* One of them. */
static void mark_random_way(pika_ctx *ctx, uint64_t *random)
{
    static const int threads[] = {1, 1, 1, 2, 3, 8};
    int isa = test_below(random, 7), count = threads[test_below(random, 6)];
    if (isa == 0 || (test_way.isa > 0 && isa != test_way.isa) || !isa_is_here(isa)) isa = -1;
    way_init(ctx, isa, count, -1);
    sprintf(way_name, "isa %s, threads %d", pika_isa_string(ctx->isa), count);
}

static void mark_every_way(const pika_grid_desc *desc, const mark *m, const char *what)
{
    mark_cells first, now;
    pika_ctx ctx;
    int way = 0;
    first.values = NULL;
    for (; mark_way(&way, &ctx); pika_ctx_free(&ctx)) {
        now = mark_take(&ctx, desc, m);
        if (first.values != NULL) {
            mark_same(&now, &first, what);
            free(now.values);
        } else {
            first = now;
        }
    }
    free(first.values);
}

/* Tiles of one picture, joined, are the picture. */
static void mark_tiles(const pika_grid_desc *desc, const mark *m, uint64_t *random, const char *what)
{
    mark_cells whole = mark_take(NULL, desc, m), joined = whole;
    const int width = desc->view.width, height = desc->view.height;
    int x0, y0, columns, rows, y;
    joined.values = (double *)malloc(whole.count * sizeof *joined.values);
    memset(joined.values, 0xA5, whole.count * sizeof *joined.values);
    for (y0 = 0; y0 < height; y0 += rows) {
        rows = 1 + test_below(random, height - y0);
        for (x0 = 0; x0 < width; x0 += columns) {
            pika_grid_desc part = *desc;
            mark_cells tile;
            size_t slot;
            columns = 1 + test_below(random, width - x0);
            part.view.first_x = x0, part.view.first_y = y0;
            part.view.total_width = width, part.view.total_height = height;
            part.view.width = columns, part.view.height = rows;
            tile = mark_take(NULL, &part, m);
            CHECK_EQ(tile.stats.total, whole.stats.total);
            CHECK_EQ(tile.stats.invalid, whole.stats.invalid);
            for (slot = 0; slot < whole.count / whole.cells; slot++)
                for (y = 0; y < rows; y++)
                    memcpy(joined.values + slot * whole.cells + (size_t)((y0 + y) * width + x0),
                        tile.values + slot * tile.cells + (size_t)(y * columns),
                        (size_t)columns * sizeof(double));
            free(tile.values);
        }
    }
    sprintf(way_name, "tiles");
    mark_values_same(&joined, &whole, what);
    free(joined.values);
    free(whole.values);
}

/* One tile at random is that part of the picture. */
static int mark_one_tile(const pika_grid_desc *desc, const mark *m, uint64_t *random, const char *what)
{
    const pika_view *view = &desc->view;
    mark_cells whole = mark_take(NULL, desc, m), tile;
    pika_grid_desc part = *desc;
    size_t slot;
    int y, bad = 0;
    part.view.total_width = view->width, part.view.total_height = view->height;
    part.view.first_x = test_below(random, view->width), part.view.first_y = test_below(random, view->height);
    part.view.width = 1 + test_below(random, view->width - part.view.first_x);
    part.view.height = 1 + test_below(random, view->height - part.view.first_y);
    tile = mark_take(NULL, &part, m);
    for (slot = 0; slot < whole.count / whole.cells; slot++)
        for (y = 0; y < part.view.height; y++)
            bad += memcmp(whole.values + slot * whole.cells +
                              (size_t)((part.view.first_y + y) * view->width + part.view.first_x),
                       tile.values + slot * tile.cells + (size_t)(y * part.view.width),
                       (size_t)part.view.width * sizeof(double)) != 0;
    free(whole.values);
    free(tile.values);
    if (CHECK_EQ(bad, 0)) return 1;
    printf("    %s: tile %d, %d, %d x %d\n", what, part.view.first_x, part.view.first_y, part.view.width,
        part.view.height);
    return 0;
}

/* A grid in memory that the caller frees. */
static void *mark_grid_init(pika_grid *grid, const pika_grid_desc *desc)
{
    void *memory = malloc(pika_grid_bytes(desc) + 1);
    memset(grid, 0, sizeof *grid);
    CHECK_OK(pika_grid_init(grid, desc, memory, pika_grid_bytes(desc)));
    return memory;
}

/* Each allocation fails in turn, alone or with all after it: MEMORY and nothing changed, or the same grid by a
   slower way; nothing is kept. */
static void mark_memory(const pika_grid_desc *desc, const mark *m, const char *what)
{
    int threads, all, k, failed;
    for (threads = 1; threads <= 3; threads += 2)
        for (all = 0; all < 2; all++)
            for (k = 0, failed = 1; failed; k++) {
                pika_ctx ctx;
                pika_grid grid;
                test_heap heap;
                pika_ctx_desc ctx_desc = heap_desc(&heap, threads);
                mark_cells before, after, once_more;
                pika_result result;
                void *memory = mark_grid_init(&grid, desc);
                size_t live;
                long calls;
                CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                CHECK_OK(mark_add(&ctx, &grid, m));
                before = mark_read(&grid);
                live = heap.live;
                calls = heap.calls;
                heap.fail_at = heap.calls + k;
                heap.fail_all = all;
                result = mark_add(&ctx, &grid, m);
                failed = heap.calls > calls + k;
                heap.fail_at = -1;
                CHECK_EQ(heap.live, live);
                after = mark_read(&grid);
                sprintf(way_name, "allocation %d%s fails, %d threads", k, all ? " and all after it" : "",
                    threads);
                if (result != PIKA_OK) {
                    CHECK(failed);
                    CHECK_RESULT(result, PIKA_ERR_MEMORY);
                    CHECK_HAS(pika_last_error(&ctx), "pika_add_");
                    CHECK_RESULT(pika_status(&ctx), PIKA_ERR_MEMORY);
                    mark_same(&after, &before, what);
                    CHECK_OK(mark_add(&ctx, &grid, m));
                    free(after.values);
                    after = mark_read(&grid);
                }
                {
                    pika_grid twice;
                    void *others = mark_grid_init(&twice, desc);
                    CHECK_OK(mark_add(NULL, &twice, m));
                    CHECK_OK(mark_add(NULL, &twice, m));
                    once_more = mark_read(&twice);
                    free(others);
                }
                mark_same(&after, &once_more, what);
                free(before.values);
                free(after.values);
                free(once_more.values);
                free(memory);
                pika_ctx_free(&ctx);
                if (!CHECK_EQ(heap.blocks, 0)) printf("    %s: %s: leaks\n", what, way_name);
                CHECK_EQ(heap.bad, 0);
                if (!CHECK(k < 60) || test_now.failures > 8) return;
            }
}

/* Cancelled at every call of progress_fn: the first rows, and the rest makes the whole. Returns how often it
   was cancelled on the way. */
static int mark_cancel(const pika_grid_desc *desc, const mark *m, uint64_t rows, const char *what)
{
    mark_cells whole = mark_take(NULL, desc, m);
    int threads, stop, midway = 0;
    for (threads = 1; threads <= 3; threads += 2)
        for (stop = 0; stop < 10; stop = stop < 1 ? stop + 1 : stop * 9) {
            pika_ctx_desc ctx_desc = way_desc(-1, threads, -1);
            mark_cells now, part;
            pika_grid grid;
            void *memory = mark_grid_init(&grid, desc);
            pika_ctx ctx;
            pika_result result;
            size_t k;
            progress_watch(&ctx_desc, stop);
            CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
            result = mark_add(&ctx, &grid, m);
            sprintf(way_name, "cancelled at call %d, %d threads", stop, threads);
            CHECK_EQ(progress.bad, 0);
            CHECK(progress.calls > 0);
            CHECK_EQ(progress.total, rows);
            k = (size_t)grid.total;
            if (result == PIKA_ERR_CANCELLED) {
                mark first = mark_first(m, k), rest = mark_rest(m, k);
                CHECK_EQ(progress.calls, stop + 1);
                CHECK(k <= rows);
                midway += k > 0 && k < rows;
                CHECK_HAS(pika_last_error(&ctx), "pika_add_");
                CHECK_RESULT(pika_status(&ctx), PIKA_ERR_CANCELLED);
                now = mark_read(&grid);
                part = mark_take(NULL, desc, &first);
                mark_same(&now, &part, what);
                free(now.values);
                free(part.values);
                progress.stop_at = -1;
                progress.last = 0;
                CHECK_OK(mark_add(&ctx, &grid, &rest));
            } else {
                CHECK_OK(result);
                CHECK(progress.calls <= stop || progress.last == rows);
            }
            now = mark_read(&grid);
            mark_same(&now, &whole, what);
            free(now.values);
            free(memory);
            pika_ctx_free(&ctx);
        }
    free(whole.values);
    return midway;
}

/* A grid of counts with room for so many more in one cell, made by merging doublings. */
static void mark_nearly_full(
    pika_grid *full, const pika_grid_desc *desc, int cell_x, int cell_y, uint32_t room)
{
    const pika_view *view = &desc->view;
    const uint32_t target = 0xFFFFFFFFu - room;
    double x = view->x.lo + (view->x.hi - view->x.lo) * (cell_x + 0.5) / view->width,
           y = view->y.lo + (view->y.hi - view->y.lo) * (cell_y + 0.5) / view->height;
    pika_points one = pika_xy_f64(&x, &y, 1);
    pika_grid doubled, copy;
    int bit;
    memset(full, 0, sizeof *full);
    memset(&doubled, 0, sizeof doubled);
    memset(&copy, 0, sizeof copy);
    CHECK_OK(pika_grid_alloc(NULL, full, desc));
    CHECK_OK(pika_grid_alloc(NULL, &doubled, desc));
    CHECK_OK(pika_grid_alloc(NULL, &copy, desc));
    CHECK_OK(pika_add_points(NULL, &doubled, &one));
    for (bit = 0; bit < 32; bit++) {
        if (target >> bit & 1) CHECK_OK(pika_grid_merge(NULL, full, &doubled));
        if (bit == 31) break;
        pika_grid_clear(NULL, &copy);
        CHECK_OK(pika_grid_merge(NULL, &copy, &doubled));
        CHECK_OK(pika_grid_merge(NULL, &doubled, &copy));
    }
    CHECK_EQ(pika_grid_counts(full)[cell_y * view->width + cell_x], target);
    pika_grid_free(NULL, &doubled);
    pika_grid_free(NULL, &copy);
}

/* Whatever the numbers are: accepted or refused, nothing written outside, and the account holds. */
static void mark_survives(const pika_grid_desc *desc, const mark *m, uint64_t *random)
{
    const size_t n = (size_t)desc->view.width * (size_t)desc->view.height *
                     (size_t)(desc->categories > 0 ? desc->categories : 1),
                 bytes = (pika_grid_bytes(desc) + 7) / 8 * 8;
    pika_grid grid;
    pika_stats stats;
    pika_result result;
    pika_ctx ctx;
    uint64_t hits = 0;
    size_t i;
    if (pika_grid_bytes(desc) == 0) return;
    memset(&grid, 0, sizeof grid);
    {
#ifdef TEST_GUARD
        guarded cells = guard_init(bytes);
        void *memory = test_below(random, 4) > 0 ? cells.end - bytes : cells.begin;
#else
        void *memory = malloc(bytes);
#endif
        mark_random_way(&ctx, random);
        CHECK_OK(pika_grid_init(&grid, desc, memory, pika_grid_bytes(desc)));
        result = mark_add(&ctx, &grid, m);
        if (!CHECK(result == PIKA_OK || result == PIKA_ERR_INVALID || result == PIKA_ERR_UNSUPPORTED))
            printf("        %s\n", pika_last_error(&ctx));
        CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
        for (i = 0; i < n; i++) hits += pika_grid_counts(&grid)[i];
        CHECK_EQ(stats.inside + stats.outside + stats.invalid, stats.total);
        CHECK_EQ(stats.hits, hits);
        CHECK(stats.no_value <= stats.inside);
        if (result != PIKA_OK) CHECK_EQ(stats.total + hits, 0);
        if (desc->planes & PIKA_COVERAGE) {
            double *read = (double *)malloc(n * sizeof *read), sum = 0, most = 0;
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_COVERAGE, PIKA_ALL_CATEGORIES, read));
            for (i = 0; i < (size_t)desc->view.width * (size_t)desc->view.height; i++) {
                sum += read[i] < 0 ? 1e9 : 0;
                most = read[i] > most ? read[i] : most;
            }
            CHECK(sum == 0);
            CHECK(most <= (double)stats.total + 1);
            free(read);
        }
        pika_ctx_free(&ctx);
#ifdef TEST_GUARD
        guard_free(&cells);
#else
        free(memory);
#endif
    }
}

/* Numbers that hurt. */
static double mark_hostile(double lo, double hi, int n, uint64_t *random)
{
    static const double far_away[] = {1e30, -1e30, 1e19, -1e19, 4294967296.0, -4294967296.0, 2147483648.0,
        -2147483648.0, 1e300, -1e300, 1e-310, 0};
    const double cell = (hi - lo) / n, u = (double)(test_random(random) >> 11) / 9007199254740992.0;
    switch (test_below(random, 16)) {
    case 0: return double_of_bits(UINT64_C(0x7FF8000000000000));
    case 1: return test_below(random, 2) ? HUGE_VAL : -HUGE_VAL;
    case 2: return far_away[test_below(random, 12)];
    case 3: return lo + cell * (u - 0.5) * 4194304.0; /* about as far as the lattice goes */
    case 4: return lo + cell * (u - 0.5) * 4294967296.0;
    case 5: return double_of_bits(test_random(random));
    case 6: return (test_below(random, 2) ? lo : hi) + cell * test_between(random, -2, 2);
    case 7: return lo + cell * (test_below(random, n) + 0.5);
    case 8: return lo + cell * test_below(random, n);
    default: return lo + (hi - lo) * (u * 1.5 - 0.25);
    }
}

/* ---- what a grid should hold -------------------------------------------------------------------------- */

typedef struct mark_want {
    oracle_grid grid;
    uint64_t hits;
    uint64_t doubtful, doubtful_no_value; /* marks whose box just touches the grid's: inside or outside */
    double *coverage, *weight, *weighted; /* weight: of shares with a value */
} mark_want;

static void want_init(mark_want *want, const pika_grid_desc *desc)
{
    size_t n;
    memset(want, 0, sizeof *want);
    oracle_init(&want->grid, desc);
    n = want->grid.cells * (size_t)want->grid.layers;
    want->coverage = (double *)calloc(3 * n, sizeof(double));
    if (want->coverage == NULL) abort();
    want->weight = want->coverage + n;
    want->weighted = want->weight + n;
}
static void want_clear(mark_want *want)
{
    oracle_clear(&want->grid);
    want->hits = want->doubtful = want->doubtful_no_value = 0;
    memset(want->coverage, 0, 3 * want->grid.cells * (size_t)want->grid.layers * sizeof(double));
}
static void want_free(mark_want *want)
{
    oracle_free(&want->grid);
    free(want->coverage);
}
static int want_keeps_values(const mark_want *want)
{
    return (want->grid.desc.planes & ~(unsigned)(PIKA_COUNT | PIKA_ANY | PIKA_COVERAGE)) != 0;
}

/* The index of a cell of the whole picture; -1 = not in the grid. */
static int64_t want_index(const mark_want *want, int64_t x, int64_t y, int layer)
{
    x -= want->grid.x.first, y -= want->grid.y.first;
    if (x < 0 || y < 0 || x >= want->grid.x.cells || y >= want->grid.y.cells) return -1;
    return (int64_t)want->grid.cells * layer + y * want->grid.x.cells + x;
}
static void want_count(mark_want *want, int64_t index, int has_value, double value, int64_t row)
{
    oracle_sums *s = &want->grid.sums[index];
    want->grid.told = 0;
    want->hits++;
    s->count++;
    if (want_keeps_values(want) && has_value) oracle_add_value(s, value, row);
}
static void want_cover(mark_want *want, int64_t index, double share, int has_value, double value)
{
    want->coverage[index] += share;
    if (!has_value) return;
    want->weight[index] += share;
    want->weighted[index] += share * value;
}

/* The account of which the doubtful marks are taken as the grid has them, if it can be so. */
static void want_stats(const mark_want *want, const pika_stats *got, pika_stats *out)
{
    const oracle_grid *grid = &want->grid;
    uint64_t more = got->inside - grid->inside, without = got->no_value - grid->no_value;
    out->total = grid->total, out->invalid = grid->invalid, out->hits = want->hits;
    out->inside = grid->inside + (got->inside >= grid->inside && more <= want->doubtful ? more : 0);
    out->no_value = grid->no_value +
                    (got->no_value >= grid->no_value && without <= want->doubtful_no_value ? without : 0);
    out->outside = grid->total - grid->invalid - out->inside;
}

/* Everything, to the bit: aliased marks. */
static int want_equals(const pika_grid *grid, mark_want *want, const char *what)
{
    const size_t n = want->grid.cells * (size_t)want->grid.layers;
    mark_cells got = mark_read(grid), expected = got;
    int layer, plane;
    size_t i, at = 0;
    int good;
    expected.values = (double *)malloc(got.count * sizeof(double));
    want_stats(want, &got.stats, &expected.stats);
    expected.stats.nonempty = expected.stats.max_count = 0;
    for (i = 0; i < n; i++) {
        expected.stats.nonempty += want->grid.sums[i].count > 0;
        if (want->grid.sums[i].count > expected.stats.max_count)
            expected.stats.max_count = want->grid.sums[i].count;
    }
    for (layer = 0; layer < want->grid.layers; layer++)
        for (plane = 0; plane < 13; plane++)
            for (i = 0; i < want->grid.cells && oracle_has_plane(&want->grid, plane); i++)
                expected.values[at++] =
                    oracle_plane(&want->grid.sums[(size_t)layer * want->grid.cells + i], 1u << plane);
    CHECK_EQ(at, got.count);
    good = mark_same(&got, &expected, what);
    free(got.values);
    free(expected.values);
    return good;
}

/* Coverage to the tolerance, sum and mean to that of their shares, with values up to 100; counts stay 0. */
static int want_covers(const pika_grid *grid, const mark_want *want, double tolerance, const char *what)
{
    double *read = (double *)malloc(2 * want->grid.cells * sizeof *read), *covered = read + want->grid.cells;
    double worst = 0;
    size_t i, at, bad = 0;
    int layer, good = 1;
    for (i = 0; i < want->grid.cells * (size_t)want->grid.layers; i++) bad += pika_grid_counts(grid)[i] != 0;
    good &= CHECK_EQ(bad, 0);
    for (layer = 0; layer < want->grid.layers; layer++) {
        good &= CHECK_OK(pika_grid_read(NULL, grid, PIKA_COVERAGE, layer, read));
        memcpy(covered, read, want->grid.cells * sizeof *read);
        for (i = bad = 0; i < want->grid.cells; i++) {
            double d;
            at = (size_t)layer * want->grid.cells + i;
            d = fabs(read[i] - want->coverage[at]);
            worst = d > worst ? d : worst;
            if (d <= tolerance) continue;
            if (bad++ == 0 && test_now.failures < 8)
                printf("    %s, %s: coverage of cell %d, %d: %.9g is not %.9g\n", what, way_name,
                    (int)i % want->grid.x.cells, (int)i / want->grid.x.cells, read[i], want->coverage[at]);
        }
        good &= CHECK_EQ(bad, 0);
        if (oracle_has_plane(&want->grid, 2)) {
            good &= CHECK_OK(pika_grid_read(NULL, grid, PIKA_SUM, layer, read));
            for (i = bad = 0; i < want->grid.cells; i++) {
                at = (size_t)layer * want->grid.cells + i;
                /* slivers leave the value between corners open: then only that it is between them */
                bad += strstr(what, "interpolated") != NULL
                           ? !(fabs(read[i]) <= 100 * covered[i] + 100 * tolerance)
                           : !(fabs(read[i] - want->weighted[at]) <= 100 * tolerance);
            }
            good &= CHECK_EQ(bad, 0);
        }
        if (oracle_has_plane(&want->grid, 3)) {
            good &= CHECK_OK(pika_grid_read(NULL, grid, PIKA_MEAN, layer, read));
            for (i = bad = 0; i < want->grid.cells; i++) {
                at = (size_t)layer * want->grid.cells + i;
                if (covered[i] == 0) bad += read[i] == read[i]; /* NaN where there is no share */
                if (want->weight[at] < 0.1 || strstr(what, "interpolated") != NULL) continue;
                bad += !(fabs(read[i] - want->weighted[at] / want->weight[at]) <=
                         200 * tolerance / want->weight[at]);
            }
            good &= CHECK_EQ(bad, 0);
        }
    }
    free(read);
    if (!good && test_now.failures <= 8) printf("    %s, %s: off by %.3g at most\n", what, way_name, worst);
    return good;
}

static int want_account(const pika_grid *grid, const mark_want *want, const char *what)
{
    pika_stats stats, expected;
    int good = CHECK_OK(pika_grid_stats(NULL, grid, &stats));
    expected = stats;
    want_stats(want, &stats, &expected);
    good &= mark_account_same(&stats, &expected);
    if (!good && test_now.failures <= 8) printf("    %s, %s\n", what, way_name);
    return good;
}

/* ---- vertices, by the rule continued outside -------------------------------------------------------------- */

enum { CELL_FAR = INT32_MAX };

static double axis_measure(const pika_axis *axis, double v)
{
    double linear = axis->linear != 0 ? axis->linear : 1;
    if (axis->scale == PIKA_LOG10) return log(v);
    return v < 0 ? -log(1 + -v / linear) : log(1 + v / linear);
}

/* Returns ROW_..., and but for invalid ones the cell of the whole picture. */
static int vertex_cell(const oracle_axis *a, const pika_column *column, size_t row, int64_t *cell)
{
    int at = INT32_MIN, state = oracle_cell(a, column, row, &at), n = a->whole;
    double lo = a->axis.lo, hi = a->axis.hi, t;
    oracle_value v;
    if (state == ROW_INVALID) return state;
    if (at != INT32_MIN) { /* in the whole picture */
        *cell = (int64_t)at + a->first;
        return state;
    }
    oracle_get(column, row, &v);
    if (oracle_class(column->type) == CLASS_INT64 && a->axis.scale == PIKA_LINEAR)
        v.number = rounded((double)(int64_t)(v.bits - (uint64_t)a->axis.origin)); /* near the origin */
    if (a->axis.scale != PIKA_LINEAR) {
        double from = axis_measure(&a->axis, lo), to = axis_measure(&a->axis, hi);
        t = floor((axis_measure(&a->axis, v.number) - from) / (to - from) * n);
    } else if (a->edges != NULL) {
        double step = rounded(rounded(hi - lo) / n);
        t = floor((v.number - lo) / step);
        while (rounded(rounded(t * step) + lo) > v.number) t--;
        while (rounded(rounded((t + 1) * step) + lo) <= v.number) t++;
    } else if (oracle_class(column->type) == CLASS_FLOAT) {
        volatile float f = (float)v.number, from = rounded_float(lo), d = f - from,
                       s = rounded_float(rounded(n / rounded(hi - lo))), product = d * s;
        t = floor((double)product);
        lo = (double)from;
    } else {
        t = floor(rounded(rounded(v.number - lo) * rounded(n / rounded(hi - lo))));
    }
    if (v.number < lo) *cell = t < -(double)CELL_FAR ? -(int64_t)CELL_FAR : t < -1 ? (int64_t)t : -1;
    else *cell = t > (double)CELL_FAR ? (int64_t)CELL_FAR : t > n ? (int64_t)t : n;
    return state;
}

static int64_t floor_divide(int64_t a, int64_t b) /* b > 0 */ { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/* ---- aliased lines ------------------------------------------------------------------------------------------ */

typedef struct line_vertex {
    int valid, layer, has_value;
    int64_t x, y, number;
    double value;
} line_vertex;

static void line_put(mark_want *want, uint8_t *seen, int64_t x, int64_t y, const line_vertex *from)
{
    int64_t index = want_index(want, x, y, from->layer), cell = want_index(want, x, y, 0);
    if (index < 0) return;
    if (seen != NULL && seen[cell]) return; /* by this polyline, of whatever category */
    if (seen != NULL) seen[cell] = 1;
    want_count(want, index, from->has_value, from->value, from->number);
}

/* The cells between the two ends. */
static void line_between(mark_want *want, uint8_t *seen, const line_vertex *from, const line_vertex *to)
{
    int64_t dx = to->x - from->x, dy = to->y - from->y;
    int64_t length = dx < 0 ? -dx : dx, other = dy < 0 ? -dy : dy, major, minor, drift, k, low, high;
    int steep = other > length;
    const line_vertex *start, *end;
    if (steep) length = other;
    if (steep) start = from->y <= to->y ? from : to;
    else start = from->x <= to->x ? from : to;
    end = start == from ? to : from;
    major = steep ? start->y : start->x;
    minor = steep ? start->x : start->y;
    drift = steep ? end->x - start->x : end->y - start->y;
    low = (steep ? want->grid.y.first : want->grid.x.first) - major; /* no others are in the grid */
    high = low + (steep ? want->grid.y.cells : want->grid.x.cells);
    for (k = low > 1 ? low : 1; k < length && k <= high; k++) {
        int64_t at = minor + floor_divide(2 * k * drift + length, 2 * length);
        if (steep) line_put(want, seen, at, major + k, from);
        else line_put(want, seen, major + k, at, from);
    }
}

/* One row into the account; the vertex that it is. */
static line_vertex line_row(mark_want *want, const pika_points *points, size_t x_row, size_t row, int counts)
{
    line_vertex v;
    oracle_value value;
    int state, other;
    memset(&v, 0, sizeof v);
    state = vertex_cell(&want->grid.x, &points->x, x_row, &v.x);
    other = vertex_cell(&want->grid.y, &points->y, row, &v.y);
    if (other > state) state = other;
    if (want->grid.desc.categories > 0) {
        if (oracle_get(&points->category, row, &value) != VALUE_OK || value.number < 0 ||
            value.number >= want->grid.desc.categories)
            state = ROW_INVALID;
        else v.layer = (int)value.number;
    }
    v.number = (int64_t)want->grid.total - 1;
    if (counts) {
        v.number++;
        want->grid.total++;
        want->grid.inside += state == ROW_INSIDE;
        want->grid.outside += state == ROW_OUTSIDE;
        want->grid.invalid += state == ROW_INVALID;
    }
    v.valid = state != ROW_INVALID;
    if (want_keeps_values(want)) {
        v.has_value = oracle_get(&points->value, row, &value) == VALUE_OK;
        v.value = value.number;
        if (counts && state == ROW_INSIDE && !v.has_value) want->grid.no_value++;
    }
    return v;
}

static size_t line_begin(const pika_lines *lines, size_t i)
{
    if (lines->shared_x > 0) return i * lines->shared_x;
    return lines->offsets != NULL ? lines->offsets[i] : i * lines->points.count;
}
static size_t line_total(const pika_lines *lines)
{
    return lines->shared_x > 0 || lines->offsets != NULL ? lines->line_count : 1;
}

static void lines_oracle(mark_want *want, const pika_lines *lines)
{
    const int once = (lines->flags & (PIKA_LINE_ONCE | PIKA_LINE_M4)) != 0;
    uint8_t *seen = once ? (uint8_t *)malloc(want->grid.cells) : NULL;
    size_t i, row;
    for (i = 0; i < line_total(lines); i++) {
        line_vertex last, now;
        memset(&last, 0, sizeof last);
        if (once) memset(seen, 0, want->grid.cells);
        for (row = line_begin(lines, i); row < line_begin(lines, i + 1); row++) {
            size_t x_row = lines->shared_x > 0 ? row - line_begin(lines, i) : row;
            int earlier = (lines->flags & PIKA_LINE_CONTINUE) != 0 && i == 0 && row == line_begin(lines, 0);
            now = line_row(want, &lines->points, x_row, row, !earlier);
            if (now.valid && last.valid) line_between(want, seen, &last, &now);
            if (now.valid && !earlier) line_put(want, seen, now.x, now.y, &now);
            last = now;
        }
    }
    free(seen);
}

/* Axes whose vertices outside have cells that fit: no range at the end of a type's precision. */
static void line_axis(pika_axis *axis, int type, int scale, int n, uint64_t *random)
{
    static const double ranges[][2] = {
        {0, 1}, {-1, 1}, {-3.5, 7.25}, {0, 0}, {-128, 127}, {0, 100}, {0.1, 0.3}, {-1e6, 0}, {1000, 60000}};
    static const double positive[][2] = {{1, 10}, {0.001, 1e6}, {1, 255}, {0.5, 3}, {100, 200}};
    static const double both[][2] = {{-100, 100}, {-1e6, 1e5}, {0, 50}, {5, 60}, {-128, 127}};
    const double *range = ranges[test_below(random, 9)];
    memset(axis, 0, sizeof *axis);
    axis->scale = scale;
    if (scale == PIKA_LOG10) range = positive[test_below(random, 5)];
    if (scale == PIKA_SYMLOG) {
        range = both[test_below(random, 5)];
        axis->linear = test_below(random, 2) ? 1 : 0.25;
    }
    axis->lo = range[0], axis->hi = range[1] == 0 && range[0] == 0 ? n : range[1];
    if (scale == PIKA_LINEAR && type >= PIKA_I64 && (type == PIKA_U64 || test_below(random, 2)))
        axis->origin = INT64_C(1700000000000000000);
}

static void line_desc(pika_grid_desc *desc, int x_type, int y_type, uint64_t *random)
{
    static const int sides[] = {1, 2, 3, 7, 16, 31, 40, 64};
    pika_view *view = &desc->view;
    memset(desc, 0, sizeof *desc);
    view->width = sides[test_below(random, 8)];
    view->height = sides[test_below(random, 8)];
    if (test_below(random, 3) == 0) view->flags = (unsigned)test_below(random, 8);
    line_axis(
        &view->x, x_type, test_below(random, 2) ? PIKA_LINEAR : test_below(random, 3), view->width, random);
    line_axis(
        &view->y, y_type, test_below(random, 2) ? PIKA_LINEAR : test_below(random, 3), view->height, random);
    if (test_below(random, 4) == 0) {
        view->first_x = test_below(random, 30), view->first_y = test_below(random, 30);
        view->total_width = view->first_x + view->width + test_below(random, 30);
        view->total_height = view->first_y + view->height + test_below(random, 30);
    }
    if (test_below(random, 4) == 0) desc->categories = test_between(random, 1, 3);
    if (test_below(random, 2) == 0) desc->planes = (unsigned)test_random(random) & ALL_PLANES;
}

/* Inside, on an edge, outside, a million cells away, or NaN. By an edge table: inside, as the cells outside are
   asked in a test of their own. */
static void put_vertex(uint8_t *at, int type, const oracle_axis *axis, uint64_t *random)
{
    const int kind = test_below(random, 16), n = axis->whole;
    const double lo = axis->axis.lo, hi = axis->axis.hi,
                 u = (double)(test_random(random) >> 11) / 9007199254740992.0;
    double d;
    if (kind == 15 && (type == PIKA_F32 || type == PIKA_F64)) {
        put_value(at, type, 0, 0, 0);
        if (type == PIKA_F32) memcpy(at, "\x00\x00\xC0\x7F", 4), put_special(at, type, random);
        else put_special(at, type, random);
        {
            pika_column one = pika_strided(at, type, 0);
            oracle_value v;
            double cells;
            if (oracle_get(&one, 0, &v) != VALUE_OK) return; /* a NaN; else only what is not too far */
            cells = fabs((v.number - lo) / (hi - lo) * n);
            if (axis->edges == NULL && cells < 1e8) return;
        }
    }
    if (axis->edges != NULL) {
        int i = test_below(random, n);
        d = axis->edges[i] + (axis->edges[i + 1] - axis->edges[i]) * (kind < 10 ? u : 0);
        d = d < lo ? lo : d > hi ? hi : d;
    } else if (kind < 8) d = lo + (hi - lo) * u;
    else if (kind < 11) d = lo + (hi - lo) / n * test_between(random, -1, n + 1);
    else if (kind < 14) d = lo + (hi - lo) * (3 * u - 1);
    else d = lo + (hi - lo) / n * (u - 0.5) * 2097152.0;
    put_value(at, type, d, axis->axis.origin,
        kind >= 8 && kind < 11 && axis->edges == NULL ? test_between(random, -2, 2) : 0);
}

/* x has its own number of rows; value and category as in data_init. */
static void line_data(test_data *data, const mark_want *want, int x_type, int y_type, size_t x_count,
    size_t count, uint64_t *random)
{
    const oracle_grid *grid = &want->grid;
    size_t row;
    int repeat = test_below(random, 3) == 0;
    memset(data, 0, sizeof *data);
    data->points.count = count;
    data->points.x = data_column(data, x_type, x_count, random);
    data->points.y = data_column(data, y_type, count, random);
    data->points.value = data_column(data, test_below(random, 10), count, random);
    data->points.category = data_column(data, test_between(random, PIKA_I8, PIKA_U64), count, random);
    for (row = 0; row < x_count; row++)
        put_vertex((uint8_t *)(uintptr_t)oracle_at(&data->points.x, row), x_type, &grid->x, random);
    for (row = 0; row < count; row++) {
        uint8_t *value = (uint8_t *)(uintptr_t)oracle_at(&data->points.value, row);
        put_vertex((uint8_t *)(uintptr_t)oracle_at(&data->points.y, row), y_type, &grid->y, random);
        if (repeat && row > 0 && x_count == count && test_below(random, 3) == 0) {
            memcpy((uint8_t *)(uintptr_t)oracle_at(&data->points.x, row), oracle_at(&data->points.x, row - 1),
                (size_t)type_sizes[x_type]);
            memcpy((uint8_t *)(uintptr_t)oracle_at(&data->points.y, row), oracle_at(&data->points.y, row - 1),
                (size_t)type_sizes[y_type]);
        }
        put_value(value, data->points.value.type, test_between(random, -1000, 1000) / 16.0, 0, 0);
        if (test_below(random, 40) == 0) put_special(value, data->points.value.type, random);
        put_integer((uint8_t *)(uintptr_t)oracle_at(&data->points.category, row), data->points.category.type,
            test_below(random, 30) == 0 ? -1 : test_below(random, grid->layers), 0, 0);
    }
}

/* Adds in a random way and compares with the oracle, which has the lines already. */
static int lines_match(mark_want *want, const pika_lines *lines, uint64_t *random, const char *what)
{
    pika_grid grid;
    pika_ctx ctx;
    int good;
    memset(&grid, 0, sizeof grid);
    mark_random_way(&ctx, random);
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &want->grid.desc));
    if (!CHECK_OK(pika_add_lines(&ctx, &grid, lines))) printf("        %s\n", pika_last_error(&ctx));
    good = want_equals(&grid, want, what);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return good;
}

/* Pictures made by hand, top row first: the figure of a cell is its count. */
static void check_picture(const pika_lines *lines, const char *const *rows, int height)
{
    pika_grid_desc desc;
    pika_grid grid;
    char text[64];
    int x, y, width = (int)strlen(rows[0]);
    memset(&grid, 0, sizeof grid);
    cells_desc(&desc, width, height);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_lines(NULL, &grid, lines));
    for (y = 0; y < height; y++) {
        for (x = 0; x < width; x++) {
            uint32_t count = pika_grid_counts(&grid)[(height - 1 - y) * width + x];
            text[x] = count == 0 ? '.' : (char)('0' + (int)count);
        }
        text[width] = 0;
        CHECK_STR(text, rows[y]);
    }
    pika_grid_free(NULL, &grid);
}

TEST(lines_by_hand)
{
    /* half steps go up: minor = m0 + floor((2 k d + L) / (2 L)), from the left or the lower end */
    static const char *const flat[] = {".....1.1", "...1111.", ".11.....", "1......."};
    static const char *const steep[] = {"...1", "..1.", "..1.", ".1..", ".1..", "1..."};
    static const char *const diagonal[] = {"1...", ".1..", "..1.", "...2"};
    static const char *const dots[] = {"2.1.", "....", "..3."};
    double x[8] = {0.5, 7.5}, y[8] = {0.5, 3.5};
    pika_lines lines;
    int turn;
    (void)flat;
    memset(&lines, 0, sizeof lines);
    for (turn = 0; turn < 2; turn++) { /* the same from both ends */
        static const char *const seven[] = {"......11", "....11..", "..11....", "11......"};
        static const char *const two[] = {"..1", ".1.", "1.."};
        static const char *const half[] = {".11", "1.."}; /* k = 1 of 2, d = 1: floor((2 + 2) / 4) = 1 */
        static const char *const fall[] = {"11.", "..1"}; /* d = -1: floor((-2 + 2) / 4) = 0 */
        lines.points = pika_xy_f64(x, y, 2);
        x[turn] = 0.5, x[1 - turn] = 7.5, y[turn] = 0.5, y[1 - turn] = 3.5;
        check_picture(&lines, seven, 4);
        x[1 - turn] = 2.5, y[1 - turn] = 2.5;
        check_picture(&lines, two, 3);
        y[1 - turn] = 1.5;
        check_picture(&lines, half, 2);
        y[turn] = 1.5, y[1 - turn] = 0.5;
        check_picture(&lines, fall, 2);
        y[turn] = 0.5, x[1 - turn] = 3.5, y[1 - turn] = 5.5;
        check_picture(&lines, steep, 6);
    }
    x[0] = 0.5, y[0] = 3.5, x[1] = 3.5, y[1] = 0.5, x[2] = 3.75, y[2] = 0.25; /* a step inside of a cell */
    lines.points = pika_xy_f64(x, y, 3);
    check_picture(&lines, diagonal, 4);
    x[0] = 2.5, y[0] = 0.5, x[1] = 2.6, y[1] = 0.4, x[2] = 2.5, y[2] = 0.5; /* three vertices, one cell */
    x[3] = double_of_bits(UINT64_C(0x7FF8000000000000)), y[3] = 1;
    x[4] = 0.5, y[4] = 2.5, x[5] = 0.5, y[5] = 2.5;
    x[6] = 0.5, y[6] = -y[3], x[7] = 2.5, y[7] = 2.5;
    y[6] = x[3];
    lines.points = pika_xy_f64(x, y, 8);
    check_picture(&lines, dots, 3);
}

/* Random polylines of every type, layout, plane and category; one line, many, or with a common x. */
TEST(lines_random)
{
    uint64_t random = test_now.seed + 100;
    int round, rounds = test_now.quick ? 250 : 900;
    for (round = 0; round < rounds; round++) {
        int x_type = test_below(&random, 10), y_type = test_below(&random, 10), mode = round % 4;
        size_t count = (size_t)(round % 50 == 9 ? 4000 + test_below(&random, 5000) : test_below(&random, 80)),
               i;
        size_t offsets[12], x_count = count;
        pika_grid_desc desc;
        pika_lines lines;
        mark_want want;
        test_data data;
        line_desc(&desc, x_type, y_type, &random);
        want_init(&want, &desc);
        if (count > 0 && (oracle_refuses(&want.grid.x, x_type) || oracle_refuses(&want.grid.y, y_type))) {
            want_free(&want);
            continue;
        }
        memset(&lines, 0, sizeof lines);
        if (mode == 1) {
            offsets[0] = 0;
            for (i = 1; i < 12; i++)
                offsets[i] =
                    offsets[i - 1] + (size_t)test_below(&random, (int)(count - offsets[i - 1]) / 2 + 1);
            offsets[11] = count;
            lines.offsets = offsets;
            lines.line_count = 11;
        }
        if (mode == 2) {
            lines.shared_x = x_count = 1 + count / 7;
            lines.line_count = 7;
            count = 7 * x_count;
        }
        line_data(&data, &want, x_type, y_type, x_count, count, &random);
        lines.points = data.points;
        if (test_below(&random, 3) == 0) lines.flags = PIKA_LINE_ONCE;
        lines_oracle(&want, &lines);
        i = (size_t)lines_match(&want, &lines, &random, "random lines");
        if (!i)
            printf("    round %d: %s, %s, %d rows, mode %d, flags %u\n", round, type_names[x_type],
                type_names[y_type], (int)count, mode, lines.flags);
        data_free(&data);
        want_free(&want);
        if (!i) return;
    }
}

/* Offsets that begin and end within the rows: the others are of no line and not counted. */
TEST(lines_offsets_within_the_rows)
{
    static const double x[] = {0.5, 3.5, 0.5, 3.5, 2.5, 1.5}, y[] = {2.5, 2.5, 0.5, 0.5, 1.5, 1.5};
    static const size_t offsets[] = {2, 4, 4, 5};
    pika_grid_desc desc;
    pika_grid grid;
    pika_lines lines;
    mark_want want;
    cells_desc(&desc, 4, 3);
    memset(&lines, 0, sizeof lines);
    memset(&grid, 0, sizeof grid);
    lines.points = pika_xy_f64(x, y, 6);
    lines.offsets = offsets;
    lines.line_count = 3;
    want_init(&want, &desc);
    lines_oracle(&want, &lines);
    CHECK_EQ(want.grid.total, 3);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_lines(NULL, &grid, &lines));
    want_equals(&grid, &want, "rows 2 to 4");
    lines.line_count = 0; /* nothing to do */
    CHECK_OK(pika_add_lines(NULL, &grid, &lines));
    want_equals(&grid, &want, "no lines");
    pika_grid_free(NULL, &grid);
    want_free(&want);
}

/* Vertices past the ends of edge tables: the formula of the edges goes on. */
TEST(lines_outside_edge_tables)
{
    uint64_t random = test_now.seed + 101;
    int round, rounds = test_now.quick ? 40 : 150;
    for (round = 0; round < rounds; round++) {
        enum { N = 40 };
        double xy[2][N];
        pika_grid_desc desc;
        pika_lines lines;
        mark_want want;
        int i, k, good;
        memset(&desc, 0, sizeof desc);
        desc.view.width = 1 + test_below(&random, 40), desc.view.height = 1 + test_below(&random, 40);
        line_axis(&desc.view.x, PIKA_F64, round % 3, desc.view.width, &random);
        line_axis(&desc.view.y, PIKA_F64, round / 3 % 3, desc.view.height, &random);
        desc.view.flags = PIKA_EXACT_EDGES;
        for (k = 0; k < 2; k++)
            for (i = 0; i < N; i++) {
                const pika_axis *axis = k == 0 ? &desc.view.x : &desc.view.y;
                int n = k == 0 ? desc.view.width : desc.view.height;
                /* clear of the edges, which the oracle does not know so well */
                double cell = test_between(&random, -n, 2 * n) + 0.1 + test_below(&random, 9) * 0.1;
                if (axis->scale == PIKA_LINEAR) {
                    xy[k][i] = axis->lo + (axis->hi - axis->lo) * cell / n;
                } else {
                    double from = axis_measure(axis, axis->lo), to = axis_measure(axis, axis->hi),
                           u = from + (to - from) * cell / n, linear = axis->linear != 0 ? axis->linear : 1;
                    xy[k][i] = axis->scale == PIKA_LOG10 ? exp(u)
                               : u < 0                   ? -linear * (exp(-u) - 1)
                                                         : linear * (exp(u) - 1);
                }
            }
        memset(&lines, 0, sizeof lines);
        lines.points = pika_xy_f64(xy[0], xy[1], N);
        want_init(&want, &desc);
        lines_oracle(&want, &lines);
        good = lines_match(&want, &lines, &random, "outside edge tables");
        want_free(&want);
        if (!good) return;
    }
}

/* Infinite and enormous vertices: an end of the picture in that direction. */
TEST(lines_to_infinity)
{
    const double ends[] = {1e30, 3e9, 1e300, HUGE_VAL};
    int i, k;
    for (i = 0; i < 4; i++)
        for (k = 0; k < 4; k++) {
            double x[2] = {3.5, 3.5}, y[2] = {2.5, 2.5};
            pika_grid_desc desc;
            pika_grid grid;
            pika_lines lines;
            int cx, cy;
            *(k % 2 ? &y[1] : &x[1]) = k < 2 ? ends[i] : -ends[i];
            cells_desc(&desc, 9, 7);
            memset(&grid, 0, sizeof grid);
            memset(&lines, 0, sizeof lines);
            lines.points = pika_xy_f64(x, y, 2);
            CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
            CHECK_OK(pika_add_lines(NULL, &grid, &lines));
            for (cy = 0; cy < 7; cy++)
                for (cx = 0; cx < 9; cx++) {
                    int on = k == 0   ? cy == 2 && cx >= 3
                             : k == 1 ? cx == 3 && cy >= 2
                             : k == 2 ? cy == 2 && cx <= 3
                                      : cx == 3 && cy <= 2;
                    CHECK_EQ(pika_grid_counts(&grid)[cy * 9 + cx], on);
                }
            CHECK_EQ(grid.inside, 1);
            CHECK_EQ(grid.outside, 1);
            pika_grid_free(NULL, &grid);
        }
}

/* Chunks with PIKA_LINE_CONTINUE are the whole: rows, values, account. */
TEST(lines_continue)
{
    uint64_t random = test_now.seed + 102;
    int round, rounds = test_now.quick ? 60 : 200;
    for (round = 0; round < rounds; round++) {
        int x_type = test_below(&random, 10), y_type = test_below(&random, 10), good;
        size_t count = (size_t)(2 + test_below(&random, round % 20 == 3 ? 9000 : 60)), done = 0;
        pika_grid_desc desc;
        pika_grid grid;
        mark_want want;
        test_data data;
        pika_ctx ctx;
        mark m;
        line_desc(&desc, x_type, y_type, &random);
        want_init(&want, &desc);
        if (oracle_refuses(&want.grid.x, x_type) || oracle_refuses(&want.grid.y, y_type)) {
            want_free(&want);
            continue;
        }
        line_data(&data, &want, x_type, y_type, count, count, &random);
        mark_init(&m, MARK_LINES);
        m.as.lines.points = data.points;
        lines_oracle(&want, &m.as.lines);
        mark_random_way(&ctx, &random);
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        while (done < count) {
            mark part = mark_rest(&m, done);
            size_t more = 1 + (size_t)test_below(&random, (int)(count - done)), again = done > 0;
            mark_points(&part)->count = again + more;
            CHECK_OK(mark_add(&ctx, &grid, &part));
            done += more;
            if (test_below(&random, 4) == 0) { /* nothing new */
                part = mark_rest(&m, done);
                mark_points(&part)->count = 1;
                CHECK_OK(mark_add(&ctx, &grid, &part));
            }
        }
        good = want_equals(&grid, &want, "continued");
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        data_free(&data);
        want_free(&want);
        if (!good) return;
    }
}

/* ---- scenes: what ways, tiles and failing allocators are shown --------------------------------------------- */

static struct {
    float x[330000], y[330000], value[330000], x1[330000];
    int8_t category[330000];
    size_t offsets[40001];
} scene;

/* A walk over [-0.2, 1.2]^2 in steps of up to `step`, made of integers; one NaN in `gaps` rows. */
static void scene_walk(size_t count, int step, int gaps, uint64_t state)
{
    int x = 32768, y = 32768;
    size_t i;
    for (i = 0; i < count; i++) {
        uint64_t r = test_random(&state);
        x += (int)(r & 0xFFFF) * step / 65536 - step / 2;
        y += (int)(r >> 16 & 0xFFFF) * step / 65536 - step / 2;
        x = x < -13000 ? -13000 : x > 78500 ? 78500 : x;
        y = y < -13000 ? -13000 : y > 78500 ? 78500 : y;
        scene.x[i] = (float)x / 65536.0f;
        scene.y[i] = (float)y / 65536.0f;
        scene.x1[i] = (float)(x + (int)(r >> 52) - 2048) / 65536.0f;
        scene.value[i] = (float)((int)(r >> 32 & 1023) - 512) / 16.0f;
        scene.category[i] = (int8_t)(r >> 48 & 1);
        if (gaps > 0 && r % (unsigned)gaps == 0) scene.y[i] = float_of_bits(0x7FC00000u);
    }
}
static pika_points scene_points(size_t count)
{
    pika_points points = pika_xy_f32(scene.x, scene.y, count);
    points.value = pika_f32(scene.value);
    points.category = pika_strided(scene.category, PIKA_I8, 0);
    return points;
}

/* What holds for the scenes of every kind of mark: `count` rows or marks on a grid of that size. */
typedef void scene_fn(int which, size_t count, int width, int height, pika_grid_desc *desc, mark *m);

static void scenes_every_way(scene_fn *scene_of, const char *const *names, int scenes, size_t count)
{
    pika_grid_desc desc;
    mark m;
    int which;
    for (which = 0; which < scenes; which++) {
        scene_of(which, count, 130, 90, &desc, &m);
        mark_every_way(&desc, &m, names[which]);
    }
}

/* Large enough for threads of their own. */
static void scene_on_threads(const pika_grid_desc *desc, const mark *m, const char *name)
{
    mark_cells one = mark_take(NULL, desc, m), now;
    pika_ctx ctx;
    way_init(&ctx, -1, 3, -1);
    now = mark_take(&ctx, desc, m);
    sprintf(way_name, "3 threads, large");
    mark_same(&now, &one, name);
    pika_ctx_free(&ctx);
    free(one.values);
    free(now.values);
}

static void scenes_tiles(
    scene_fn *scene_of, const char *const *names, int scenes, size_t count, uint64_t seed)
{
    uint64_t random = test_now.seed + seed;
    pika_grid_desc desc;
    mark m;
    int which, round;
    for (which = 0; which < scenes; which++)
        for (round = 0; round < 2; round++) {
            scene_of(which, count, 61, 47, &desc, &m);
            if (round == 1) desc.view.flags = PIKA_EXACT_EDGES | PIKA_HALF_OPEN_X;
            if (round == 1) desc.view.x.scale = PIKA_SYMLOG, desc.view.x.lo = -0.125;
            mark_tiles(&desc, &m, &random, names[which]);
        }
}

static void scenes_memory(scene_fn *scene_of, const char *const *names, int scenes, size_t count)
{
    pika_grid_desc desc;
    mark m;
    int which;
    for (which = 0; which < scenes; which++) {
        scene_of(which, count, 40, 30, &desc, &m);
        mark_memory(&desc, &m, names[which]);
    }
}

enum { LINE_SCENES = 10 };
static const char *const line_scene_names[LINE_SCENES] = {"lines_count", "lines_values", "lines_once",
    "lines_many", "lines_shared_x", "lines_m4", "lines_aa", "lines_aa_thin", "lines_normalized",
    "segments_values"};

static void line_scene(int which, size_t count, int width, int height, pika_grid_desc *desc, mark *m)
{
    size_t i;
    cells_desc(desc, width, height);
    desc->view.x.hi = desc->view.y.hi = 1;
    scene_walk(count, which == 3 ? 1500 : which == 8 ? 20000 : 5000, 50, 7);
    mark_init(m, which == 9 ? MARK_SEGMENTS : MARK_LINES);
    *mark_points(m) = scene_points(count);
    if (which == 1) {
        desc->planes = ALL_PLANES;
        desc->categories = 2;
    }
    if (which == 2) m->as.lines.flags = PIKA_LINE_ONCE, desc->planes = PIKA_SUM | PIKA_FIRST;
    if (which == 3 || which == 6 || which == 8) {
        for (i = 0; i <= 1000 && i * (count / 1000) <= count; i++) scene.offsets[i] = i * (count / 1000);
        scene.offsets[1000] = count;
        m->as.lines.offsets = scene.offsets;
        m->as.lines.line_count = 1000;
        if (which == 3) desc->planes = PIKA_MAX | PIKA_LAST | PIKA_ARGMIN;
    }
    if (which == 4) {
        m->as.lines.shared_x = count / 100;
        m->as.lines.line_count = 100;
        m->as.lines.points.count = count / 100 * 100;
    }
    if (which == 5) m->as.lines.flags = PIKA_LINE_M4, desc->planes = PIKA_ANY;
    if (which == 6 || which == 7) {
        desc->planes = PIKA_COVERAGE | PIKA_SUM | PIKA_MEAN;
        m->as.lines.width = which == 6 ? 2.5 : 0.5;
    }
    if (which == 8) m->as.lines.flags = PIKA_LINE_NORMALIZED, desc->planes = PIKA_COVERAGE;
    if (which == 9) {
        desc->planes = PIKA_SUM | PIKA_VAR | PIKA_LAST;
        m->as.segments.x1 = pika_f32(scene.x1);
        m->as.segments.y1 = pika_strided(scene.y, PIKA_F32, 0);
    }
}

TEST(lines_every_way)
{
    scenes_every_way(line_scene, line_scene_names, LINE_SCENES, test_now.quick ? 9000 : 20000);
}

/* As many vertices as several batches of threads have. */
TEST(lines_large_every_way)
{
    static const int scenes[] = {0, 1, 3, 6, 9};
    pika_grid_desc desc;
    mark m;
    int k;
    for (k = 0; k < 5; k++) {
        line_scene(scenes[k], test_now.quick ? 66000 : 300000, 120, 80, &desc, &m);
        scene_on_threads(&desc, &m, line_scene_names[scenes[k]]);
    }
}

TEST(lines_tiles) { scenes_tiles(line_scene, line_scene_names, LINE_SCENES, 3000, 103); }

TEST(lines_allocations_fail) { scenes_memory(line_scene, line_scene_names, LINE_SCENES, 5000); }

TEST(lines_cancel_and_continue)
{
    pika_grid_desc desc;
    const size_t count = 330000; /* told of after 2^18 */
    mark m;
    line_scene(0, count, 90, 60, &desc, &m);
    CHECK(mark_cancel(&desc, &m, count, "lines") >= 2);
    if (test_now.quick) return;
    desc.planes = PIKA_SUM | PIKA_ARGMAX | PIKA_FIRST;
    desc.categories = 2;
    CHECK(mark_cancel(&desc, &m, count, "lines with values") >= 2);
    line_scene(9, count / 2, 90, 60, &desc, &m);
    CHECK(mark_cancel(&desc, &m, count / 2 * 2, "segments") >= 2);
}

/* A cell near 2^32 - 1 in the middle of a zigzag: the first rows and what connects them, and others go on. */
TEST(lines_cell_full_and_continue)
{
    static const int rooms[] = {0, 1, 2, 7, 300, 30000};
    enum { N = 120000, COLUMNS = 9, FULL = 4 };
    uint64_t random = 5;
    float *x = scene.x, *y = scene.y;
    int i, room, threads;
    for (i = 0; i < N; i++) x[i] = (float)test_below(&random, COLUMNS) + 0.5f, y[i] = 0.5f;
    for (room = 0; room < 6; room++)
        for (threads = 1; threads <= 3; threads += 2) {
            pika_grid_desc desc;
            pika_grid full;
            mark_want want;
            pika_ctx ctx;
            mark m, first;
            uint64_t before;
            size_t k;
            cells_desc(&desc, COLUMNS, 1);
            mark_nearly_full(&full, &desc, FULL, 0, (uint32_t)rooms[room]);
            before = full.total;
            way_init(&ctx, -1, threads, -1);
            want_init(&want, &desc);
            mark_init(&m, MARK_LINES);
            m.as.lines.points = pika_xy_f32(x, y, N);
            CHECK_RESULT(mark_add(&ctx, &full, &m), PIKA_ERR_SIZE);
            CHECK_HAS(pika_last_error(&ctx), "pika_add_lines");
            for (;;) {
                int bad = 0;
                k = (size_t)(full.total - before);
                want_clear(&want);
                first = mark_first(&m, k);
                lines_oracle(&want, &first.as.lines);
                for (i = 0; i < COLUMNS; i++)
                    bad += pika_grid_counts(&full)[i] !=
                           want.grid.sums[i].count + (i == FULL ? 0xFFFFFFFFu - (uint32_t)rooms[room] : 0u);
                if (!CHECK_EQ(bad, 0))
                    printf("    room %d, %d threads, row %d\n", rooms[room], threads, (int)k);
                CHECK_EQ(full.inside, full.total);
                CHECK_EQ(full.hits, want.hits + (0xFFFFFFFFu - (uint32_t)rooms[room]));
                if (bad || k >= N || rooms[room] > 300) break;
                first = mark_first(&m, k + 1); /* would the next row have gone in? */
                want_clear(&want);
                lines_oracle(&want, &first.as.lines);
                first = mark_rest(&m, k);
                mark_points(&first)->count = k > 0 ? 2 : 1;
                if (want.grid.sums[FULL].count > (uint32_t)rooms[room]) {
                    CHECK_RESULT(mark_add(&ctx, &full, &first), PIKA_ERR_SIZE);
                    CHECK_EQ(full.total, before + k);
                    break;
                }
                if (!CHECK_OK(mark_add(&ctx, &full, &first))) break;
            }
            pika_grid_free(NULL, &full);
            want_free(&want);
            pika_ctx_free(&ctx);
        }
}

/* ---- segments -------------------------------------------------------------------------------------------- */

/* Lines of two vertices each, value and category of the segment for both. */
TEST(segments_are_lines_of_two)
{
    enum { N = 900 };
    static float x[2 * N], y[2 * N], value[2 * N];
    static int8_t category[2 * N];
    static size_t offsets[N + 1];
    int i, k;
    scene_walk(N, 30000, 20, 3);
    scene.x1[5] = float_of_bits(0x7FC00000u);
    for (i = 0; i < N; i++) {
        x[2 * i] = scene.x[i], x[2 * i + 1] = scene.x1[i];
        y[2 * i] = scene.y[i], y[2 * i + 1] = scene.y[N - 1 - i];
        value[2 * i] = value[2 * i + 1] = scene.value[i];
        category[2 * i] = category[2 * i + 1] = scene.category[i];
        offsets[i] = 2 * (size_t)i;
    }
    offsets[N] = 2 * N;
    for (k = 0; k < 4; k++) {
        mark_cells a, b;
        pika_grid_desc desc;
        mark lines, segments;
        line_scene(1, 1, 50, 40, &desc, &lines); /* for its descriptor */
        scene_walk(N, 30000, 20, 3);
        scene.x1[5] = float_of_bits(0x7FC00000u);
        mark_init(&lines, MARK_LINES);
        lines.as.lines.points = pika_xy_f32(x, y, 2 * N);
        lines.as.lines.points.value = pika_f32(value);
        lines.as.lines.points.category = pika_strided(category, PIKA_I8, 0);
        lines.as.lines.offsets = offsets;
        lines.as.lines.line_count = N;
        mark_init(&segments, MARK_SEGMENTS);
        segments.as.segments.points = scene_points(N);
        segments.as.segments.x1 = pika_f32(scene.x1);
        segments.as.segments.y1 = pika_strided(scene.y + N - 1, PIKA_F32, -4);
        if (k == 1) lines.as.lines.flags = segments.as.segments.flags = PIKA_LINE_ONCE;
        if (k >= 2) {
            desc.planes = PIKA_COVERAGE | PIKA_SUM | PIKA_MEAN;
            lines.as.lines.width = segments.as.segments.width = k == 2 ? 1.25 : 0;
            if (k == 3) lines.as.lines.flags = segments.as.segments.flags = PIKA_LINE_NORMALIZED;
            if (k == 3) desc.planes = PIKA_COVERAGE;
        }
        a = mark_take(NULL, &desc, &lines);
        b = mark_take(NULL, &desc, &segments);
        sprintf(way_name, "kind %d", k);
        mark_same(&b, &a, "segments");
        free(a.values);
        free(b.values);
    }
}

/* Both ends in one cell add 2 to it: with room for one the segment does not go in. */
TEST(segments_cell_full)
{
    static const double x[] = {2.25, 0.5}, x1[] = {2.75, 4.5}, y[] = {0.5, 0.5};
    int room, which, threads;
    for (room = 0; room < 4; room++)
        for (which = 0; which < 2; which++)
            for (threads = 1; threads <= 3; threads += 2) {
                const int adds = which == 0 ? 2 : 1;
                pika_grid_desc desc;
                pika_segments segments;
                pika_grid full;
                pika_ctx ctx;
                uint64_t before;
                cells_desc(&desc, 5, 1);
                mark_nearly_full(&full, &desc, 2, 0, (uint32_t)room);
                before = full.total;
                way_init(&ctx, -1, threads, -1);
                memset(&segments, 0, sizeof segments);
                segments.points = pika_xy_f64(x + which, y, 1);
                segments.x1 = pika_f64(x1 + which), segments.y1 = pika_f64(y);
                CHECK_RESULT(
                    pika_add_segments(&ctx, &full, &segments), adds <= room ? PIKA_OK : PIKA_ERR_SIZE);
                CHECK_EQ(full.total - before, adds <= room ? 2 : 0);
                CHECK_EQ(pika_grid_counts(&full)[2],
                    0xFFFFFFFFu - (uint32_t)room + (uint32_t)(adds <= room ? adds : 0));
                CHECK_EQ(pika_grid_counts(&full)[1], which == 1 && room > 0);
                pika_grid_free(NULL, &full);
                pika_ctx_free(&ctx);
            }
}

/* ---- M4 -------------------------------------------------------------------------------------------------- */

typedef struct m4_trace {
    int count, sorted;
    double x[9000], y[9000];
} m4_trace;

/* Noise, steps, constants, spikes to infinity, columns' edges, runs of NaN; x rising, repeated, falling, at
   random or with jumps out of the view. */
static void m4_make(m4_trace *t, int count, int width, int height, uint64_t *random)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    int i, x_kind = test_below(random, 10), y_kind = test_below(random, 8), run = 0;
    double y = height / 2.0, x = -2;
    t->count = count;
    t->sorted = x_kind < 6;
    for (i = 0; i < count; i++) {
        double u = (double)(test_random(random) >> 11) / 9007199254740992.0;
        if (x_kind <= 1) x = (i + 0.25) * (width + 4) / count - 2;
        if (x_kind == 2) x += u < 0.1 ? u * 40 * width / count : 0;          /* repeated, jumps */
        if (x_kind == 3) x = floor((i * (width + 2.0) / count - 1) * 4) / 4; /* on the edges of columns */
        if (x_kind == 4) x = width * 0.5;
        if (x_kind == 5) x = i < count / 3 ? -1e30 : i < count / 2 ? 0.5 : i < count - 3 ? 1.5 + i : 1e30;
        if (x_kind == 6) x = u * (width + 2) - 1;
        if (x_kind == 7) x = (width + 2) - i * (width + 4.0) / count;
        if (x_kind == 8) x = x + (u - 0.5) * 3, x = x < -3 ? -3 : x > width + 3 ? width + 3 : x;
        if (x_kind == 9) x = mark_hostile(0, width, width, random);
        u = (double)(test_random(random) >> 11) / 9007199254740992.0;
        if (y_kind == 0) y = u * (height + 2) - 1;
        if (y_kind == 1) y += (u - 0.5) * height / 4;
        if (y_kind == 2) y = i % 2 ? height - 0.5 : 0.5;
        if (y_kind == 3) y = u < 0.05 ? (u < 0.025 ? HUGE_VAL : -1e30) : height * 0.4;
        if (y_kind == 4) y = floor(u * (height + 1));
        if (y_kind == 5) y = height + 5 - (i % 7 == 0) * (height + 10.0) * (i % 2);
        if (y_kind == 6) y = mark_hostile(0, height, height, random);
        if (y_kind == 7) y = (double)(i % 50) / 50 * height;
        if (run == 0 && test_below(random, 40) == 0) run = test_below(random, y_kind % 2 ? 3 : 200);
        t->x[i] = x;
        t->y[i] = run > 0 ? nan : y;
        run -= run > 0;
    }
}

/* The cells of first, min, max and last of each column are those of all segments. */
TEST(lines_m4_equals_once)
{
    static m4_trace t;
    uint64_t random = test_now.seed + 104;
    int round, rounds = test_now.quick ? 1500 : 20000, pyramids = 0, failures = 0;
    for (round = 0; round < rounds && failures < 3; round++) {
        int width = 1 + test_below(&random, 40), height = 1 + test_below(&random, 30), way;
        int count = round % 100 == 7 ? 3000 + test_below(&random, 6000) : 1 + test_below(&random, 100);
        pika_grid_desc desc;
        pika_pyramid pyramid;
        pika_grid grids[3];
        pika_ctx ctx;
        void *memory[3];
        float small[2][100];
        cells_desc(&desc, width, height);
        m4_make(&t, count, width, height, &random);
        if (test_below(&random, 3) == 0) { /* a part of it */
            desc.view.x.lo = width * 0.25, desc.view.x.hi = width * (test_below(&random, 2) ? 0.375 : 0.75);
            desc.view.y.lo = height * 0.125, desc.view.y.hi = height * 0.875;
        }
        if (test_below(&random, 8) == 0) {
            desc.view.total_width = width + 9, desc.view.total_height = height + 9;
            desc.view.first_x = 5, desc.view.first_y = 3;
        }
        if (test_below(&random, 8) == 0) desc.view.flags = PIKA_EXACT_EDGES | PIKA_HALF_OPEN;
        if (round % 64 == 0) mark_random_way(&ctx, &random);
        else way_init(&ctx, -1, 1, -1);
        memset(&pyramid, 0, sizeof pyramid);
        for (way = 0; way < 3; way++) {
            pika_lines lines;
            memset(&lines, 0, sizeof lines);
            lines.points = pika_xy_f64(t.x, t.y, (size_t)count);
            if (count <= 100 && round % 5 == 0) { /* also in float */
                int i;
                for (i = 0; i < count && way == 0; i++)
                    small[0][i] = (float)(t.x[i] > 3e38    ? HUGE_VAL
                                          : t.x[i] < -3e38 ? -HUGE_VAL
                                                           : t.x[i]),
                    small[1][i] = (float)(t.y[i] > 3e38    ? HUGE_VAL
                                          : t.y[i] < -3e38 ? -HUGE_VAL
                                                           : t.y[i]);
                lines.points = pika_xy_f32(small[0], small[1], (size_t)count);
            }
            lines.flags = way == 0 ? PIKA_LINE_ONCE : PIKA_LINE_M4;
            if (way == 2) {
                pika_result result =
                    t.sorted ? pika_pyramid_create(&ctx, &pyramid, &lines.points) : PIKA_ERR_INVALID;
                if (t.sorted && !CHECK_OK(result)) printf("        %s\n", pika_last_error(&ctx));
                if (result != PIKA_OK) {
                    memory[way] = NULL;
                    continue;
                }
                lines.pyramid = &pyramid;
                pyramids++;
            }
            memory[way] = mark_grid_init(&grids[way], &desc);
            CHECK_OK(pika_add_lines(&ctx, &grids[way], &lines));
            if (way > 0) {
                size_t n = (size_t)width * (size_t)height, i;
                int same = memcmp(pika_grid_counts(&grids[0]), pika_grid_counts(&grids[way]), n * 4) == 0;
                int account = grids[0].total == grids[way].total && grids[0].inside == grids[way].inside &&
                              grids[0].outside == grids[way].outside &&
                              grids[0].invalid == grids[way].invalid && grids[0].hits == grids[way].hits;
                CHECK(account);
                if ((!CHECK(same) || !account) && failures++ < 3) {
                    for (i = 0; i < n; i++)
                        if (pika_grid_counts(&grids[0])[i] != pika_grid_counts(&grids[way])[i]) break;
                    printf("    round %d%s, %d rows into %d x %d: first cell %d\n", round,
                        way == 2 ? " with a pyramid" : "", count, width, height, (int)i);
                    printf("    inside %d and %d, outside %d and %d, invalid %d and %d\n",
                        (int)grids[0].inside, (int)grids[way].inside, (int)grids[0].outside,
                        (int)grids[way].outside, (int)grids[0].invalid, (int)grids[way].invalid);
                }
            }
        }
        for (way = 0; way < 3; way++) free(memory[way]);
        pika_pyramid_free(&ctx, &pyramid);
        pika_ctx_free(&ctx);
    }
    CHECK(pyramids > rounds / 3);
}

/* A pyramid is of one set of columns, and x does not decrease. */
TEST(lines_pyramid)
{
    static double x[70000], y[70000];
    pika_points points = pika_xy_f64(x, y, 70000);
    pika_pyramid pyramid;
    pika_grid_desc desc;
    pika_lines lines;
    pika_grid grid;
    test_heap heap;
    pika_ctx_desc ctx_desc = heap_desc(&heap, 1);
    uint64_t random = 9;
    long k;
    int i;
    for (i = 0; i < 70000; i++) x[i] = i, y[i] = test_below(&random, 1000);
    CHECK_OK(pika_ctx_init(&error_ctx, &ctx_desc));
    memset(&pyramid, 0, sizeof pyramid);
    memset(&grid, 0, sizeof grid);
    memset(&lines, 0, sizeof lines);
    pika_pyramid_free(&error_ctx, &pyramid); /* of a zeroed one: nothing */
    x[4711] = 3;
    CHECK_RESULT(pika_pyramid_create(&error_ctx, &pyramid, &points), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&error_ctx), "pika_pyramid_create");
    CHECK_HAS(pika_last_error(&error_ctx), "4711");
    CHECK_EQ(heap.blocks, 0);
    x[4711] = 4711;
    for (k = 0; k < 10; k++) { /* its allocations fail in turn */
        heap.fail_at = heap.calls + k;
        if (pika_pyramid_create(&error_ctx, &pyramid, &points) == PIKA_OK) break;
        CHECK_RESULT(pika_status(&error_ctx), k == 0 ? PIKA_ERR_INVALID : PIKA_ERR_MEMORY);
        CHECK_EQ(heap.blocks, 0);
    }
    heap.fail_at = -1;
    CHECK(k >= 1 && k < 10);
    CHECK(heap.live <= sizeof y / 4); /* 0.2 bytes a byte of y */
    cells_desc(&desc, 100, 50);
    desc.view.x.hi = 70000, desc.view.y.hi = 1000;
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    lines.points = points;
    lines.pyramid = &pyramid;
    lines.flags = PIKA_LINE_M4;
    CHECK_OK(pika_add_lines(&error_ctx, &grid, &lines));
    CHECK_EQ(grid.total, 70000);
    CHECK_EQ(grid.inside, 70000);
    lines.points.count = 69999; /* other rows than it was made of */
    CHECK_RESULT(pika_add_lines(&error_ctx, &grid, &lines), PIKA_ERR_MISMATCH);
    CHECK_HAS(pika_last_error(&error_ctx), "pyramid");
    lines.points = points;
    lines.points.y.data = x;
    CHECK_RESULT(pika_add_lines(&error_ctx, &grid, &lines), PIKA_ERR_MISMATCH);
    CHECK_HAS(pika_last_error(&error_ctx), "pyramid");
    lines.points = points;
    lines.flags = PIKA_LINE_ONCE; /* only M4 uses one */
    CHECK_RESULT(pika_add_lines(&error_ctx, &grid, &lines), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&error_ctx), "pyramid");
    CHECK_EQ(grid.total, 70000);
    pika_grid_free(NULL, &grid);
    pika_pyramid_free(&error_ctx, &pyramid);
    pika_pyramid_free(&error_ctx, &pyramid);
    CHECK_RESULT(pika_pyramid_create(&error_ctx, NULL, &points), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_pyramid_create(&error_ctx, &pyramid, NULL), PIKA_ERR_INVALID);
    CHECK_EQ(pyramid.ready, 0);
    pika_ctx_free(&error_ctx);
    CHECK_EQ(heap.blocks, 0);
    CHECK_EQ(heap.bad, 0);
}

/* ---- NORMALIZED -------------------------------------------------------------------------------------------- */

/* A line's share of a column is 1 in all, split evenly, to a unit of 2^-25, among the cells that it touches
   there in the picture's height; with the value and category of its first valid vertex. */
TEST(lines_normalized)
{
    const double unit = 33554432.0, nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    uint64_t random = test_now.seed + 105;
    int round, rounds = test_now.quick ? 60 : 300;
    for (round = 0; round < rounds; round++) {
        enum { LINES = 5 };
        int width = 1 + test_below(&random, 40), height = 1 + test_below(&random, 30), i, x, y, bad = 0;
        int per_line = 2 + test_below(&random, 20), layers = round % 3 == 0 ? 2 : 1, layer;
        double xy[2][LINES * 21], value[LINES * 21], *read;
        int8_t category[LINES * 21];
        size_t offsets[LINES + 1];
        mark_want want, once;
        pika_grid_desc desc, counting;
        pika_grid grid;
        pika_lines lines;
        pika_ctx ctx;
        cells_desc(&desc, width, height);
        for (i = 0; i < LINES * per_line; i++) {
            xy[0][i] = test_between(&random, -400, (width + 2) * 256) / 256.0;
            xy[1][i] = test_between(&random, round % 2 ? -700 : 0, (height + round % 2) * 256 - 1) / 256.0;
            value[i] = test_below(&random, 6) == 0 ? nan : test_between(&random, -800, 800) / 8.0;
            category[i] = (int8_t)test_between(&random, test_below(&random, 20) ? 0 : -1, 1);
            if (test_below(&random, 20) == 0) xy[1][i] = nan;
        }
        for (i = 0; i <= LINES; i++) offsets[i] = (size_t)(i * per_line);
        desc.categories = layers == 2 ? 2 : 0;
        counting = desc;
        desc.planes = PIKA_COVERAGE | (round % 2 == 0 ? (unsigned)PIKA_SUM | PIKA_MEAN : 0);
        memset(&lines, 0, sizeof lines);
        memset(&grid, 0, sizeof grid);
        lines.points = pika_xy_f64(xy[0], xy[1], (size_t)(LINES * per_line));
        lines.points.value = pika_f64(value);
        lines.points.category = pika_strided(category, PIKA_I8, 0);
        lines.offsets = offsets;
        want_init(&want, &desc);
        want_init(&once, &counting);
        for (i = 0; i < LINES; i++) { /* one line at a time: its cells, then its shares */
            pika_lines one = lines;
            double name = nan;
            int first;
            one.offsets = offsets + i;
            one.line_count = 1;
            one.flags = PIKA_LINE_ONCE;
            want_clear(&once);
            lines_oracle(&once, &one);
            for (first = i * per_line; first < (i + 1) * per_line; first++)
                if (xy[1][first] == xy[1][first] && (layers == 1 || category[first] >= 0)) break;
            if (first < (i + 1) * per_line) name = value[first];
            layer = first < (i + 1) * per_line && layers == 2 ? category[first] : 0;
            for (x = 0; x < width; x++) {
                const oracle_sums *a = once.grid.sums + x, *b = a + (layers == 2 ? once.grid.cells : 0);
                int touched = 0;
                for (y = 0; y < height; y++) touched += a[y * width].count > 0 || b[y * width].count > 0;
                for (y = 0; y < height; y++)
                    if (a[y * width].count > 0 || b[y * width].count > 0)
                        want_cover(&want, (int64_t)want.grid.cells * layer + y * width + x, 1.0 / touched,
                            name == name, name);
            }
            for (first = i * per_line; first < (i + 1) * per_line; first++)
                line_row(&want, &lines.points, (size_t)first, (size_t)first, 1);
        }
        lines.line_count = LINES;
        lines.flags = PIKA_LINE_NORMALIZED;
        mark_random_way(&ctx, &random);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        if (!CHECK_OK(pika_add_lines(&ctx, &grid, &lines))) printf("        %s\n", pika_last_error(&ctx));
        bad += !want_covers(&grid, &want, (int)LINES * 1.01 / unit, "normalized lines");
        bad += !want_account(&grid, &want, "normalized lines");
        read = (double *)malloc(want.grid.cells * sizeof *read);
        for (layer = 0; layer < layers; layer++) {
            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_COVERAGE, layer, read));
            for (x = 0; x < width; x++) {
                double sum = 0, all = 0;
                for (y = 0; y < height; y++) {
                    sum += read[y * width + x];
                    all += want.coverage[want.grid.cells * (size_t)layer + (size_t)(y * width + x)];
                }
                bad += sum != floor(all + 0.5); /* units of 2^-25: exact in double */
            }
        }
        if (!CHECK_EQ(bad, 0)) printf("    round %d, %s\n", round, way_name);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        want_free(&want);
        want_free(&once);
        free(read);
        if (bad) return;
    }
}

/* ---- anti-aliased lines --------------------------------------------------------------------------------------- */

/* In cells of the whole picture, to the nearest 1/256, ties up; exact for the views and numbers used here. */
static double vertex_place(const pika_axis *axis, int whole, double v)
{
    return floor((v - axis->lo) * (whole / (axis->hi - axis->lo)) * 256 + 0.5) / 256;
}

static double segment_distance(double px, double py, double x0, double y0, double x1, double y1)
{
    double dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy, t;
    if (length == 0) return sqrt((px - x0) * (px - x0) + (py - y0) * (py - y0));
    t = ((px - x0) * dx + (py - y0) * dy) / length;
    if (t <= 0) return sqrt((px - x0) * (px - x0) + (py - y0) * (py - y0));
    if (t >= 1) return sqrt((px - x1) * (px - x1) + (py - y1) * (py - y1));
    return fabs((px - x0) * dy - (py - y0) * dx) / sqrt(length);
}

/* f64 columns without nulls. */
static void lines_aa_oracle(mark_want *want, const pika_lines *lines)
{
    const pika_view *view = &want->grid.desc.view;
    const double *x = (const double *)lines->points.x.data, *y = (const double *)lines->points.y.data,
                 *value = (const double *)lines->points.value.data;
    const double width = lines->width < 1 ? 1 : lines->width, scale = lines->width < 1 ? lines->width : 1;
    double *line = (double *)malloc(want->grid.cells * sizeof *line);
    size_t i, row;
    for (i = 0; i < line_total(lines); i++) {
        double name = double_of_bits(UINT64_C(0x7FF8000000000000));
        memset(line, 0, want->grid.cells * sizeof *line);
        for (row = line_begin(lines, i); row < line_begin(lines, i + 1); row++) {
            size_t from = row > line_begin(lines, i) && x[row - 1] == x[row - 1] && y[row - 1] == y[row - 1]
                              ? row - 1
                              : row;
            double x0, y0, x1, y1;
            int cx, cy;
            line_row(want, &lines->points, row, row, 1);
            if (x[row] != x[row] || y[row] != y[row]) continue;
            if (value != NULL && name != name) name = value[row]; /* of the first valid vertex */
            x0 = vertex_place(&view->x, want->grid.x.whole, x[from]) - want->grid.x.first;
            y0 = vertex_place(&view->y, want->grid.y.whole, y[from]) - want->grid.y.first;
            x1 = vertex_place(&view->x, want->grid.x.whole, x[row]) - want->grid.x.first;
            y1 = vertex_place(&view->y, want->grid.y.whole, y[row]) - want->grid.y.first;
            for (cy = 0; cy < view->height; cy++)
                for (cx = 0; cx < view->width; cx++) {
                    double share = width / 2 + 0.5 - segment_distance(cx + 0.5, cy + 0.5, x0, y0, x1, y1);
                    share = share < 0 ? 0 : share > 1 ? 1 : share;
                    if (share > line[cy * view->width + cx]) line[cy * view->width + cx] = share;
                }
        }
        for (row = 0; row < want->grid.cells; row++)
            if (line[row] > 0) want_cover(want, (int64_t)row, line[row] * scale, value != NULL, name);
    }
    free(line);
}

TEST(lines_aa_profile)
{
    static const double widths[] = {1, 0.25, 3.7, 1.5, 40, 2, 0.5, 9};
    uint64_t random = test_now.seed + 106;
    int round, rounds = test_now.quick ? 60 : 240;
    for (round = 0; round < rounds; round++) {
        enum { N = 24 };
        double x[N], y[N], value[N];
        size_t offsets[4];
        pika_grid_desc desc;
        pika_grid grid;
        pika_lines lines;
        mark_want want;
        pika_ctx ctx;
        int i, good, count = 1 + test_below(&random, round % 2 ? 4 : N);
        cells_desc(&desc, 8 + test_below(&random, 30), 8 + test_below(&random, 20));
        desc.planes = PIKA_COVERAGE | (round % 3 == 0 ? (unsigned)PIKA_SUM | PIKA_MEAN : 0);
        if (round % 4 == 0) { /* twice as fine; a tile */
            desc.view.x.lo = -3, desc.view.x.hi = -3 + desc.view.width / 2.0;
        } else if (round % 4 == 1) {
            desc.view.total_width = 64, desc.view.total_height = 64;
            desc.view.x.hi = desc.view.y.hi = 64;
            desc.view.first_x = test_below(&random, 20), desc.view.first_y = test_below(&random, 20);
        }
        for (i = 0; i < count; i++) {
            int reach = i % 7 == 3 ? 100000 : 40;
            x[i] = test_between(&random, -reach * 512, reach * 512) / 1024.0;
            y[i] = test_between(&random, -reach * 512, reach * 512) / 1024.0;
            if (reach == 40) x[i] = fabs(x[i]) * 1.5 - 4, y[i] = fabs(y[i]) * 1.5 - 4;
            x[i] = floor(x[i] * 1024) / 1024, y[i] = floor(y[i] * 1024) / 1024;
            value[i] = test_between(&random, -800, 800) / 8.0;
            if (i > 0 && test_below(&random, 8) == 0) y[i] = y[i - 1];
            if (i > 0 && test_below(&random, 12) == 0) x[i] = x[i - 1], y[i] = y[i - 1];
            if (test_below(&random, 12) == 0 && i % (count / 3 + 1) != 0)
                x[i] = double_of_bits(UINT64_C(0x7FF8000000000000));
        }
        memset(&lines, 0, sizeof lines);
        memset(&grid, 0, sizeof grid);
        lines.points = pika_xy_f64(x, y, (size_t)count);
        lines.points.value = pika_f64(value);
        lines.width = widths[test_below(&random, 8)];
        if (round % 3 == 0) {
            for (i = 0; i <= 3; i++) offsets[i] = (size_t)(i * count / 3);
            lines.offsets = offsets;
            lines.line_count = 3;
        }
        want_init(&want, &desc);
        lines_aa_oracle(&want, &lines);
        mark_random_way(&ctx, &random);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        if (!CHECK_OK(pika_add_lines(&ctx, &grid, &lines))) printf("        %s\n", pika_last_error(&ctx));
        good = want_covers(&grid, &want, (round % 3 == 0 ? 3 : 1) / 2048.0, "anti-aliased lines");
        good &= want_account(&grid, &want, "anti-aliased lines");
        if (!good) printf("    round %d, width %g, %d vertices\n", round, lines.width, count);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        want_free(&want);
        if (!good) return;
    }
}

/* Long segments, almost level, almost upright and between, thin and wide: the profile where they pass. */
TEST(lines_aa_long)
{
    static const double widths[] = {1, 3.75, 9, 40, 300};
    static const double rises[] = {0, 0.00390625, 0.5, 3.1796875, 40};
    int log, w, r, turn;
    for (log = 5; log < 20; log++)
        for (w = 0; w < 5; w++)
            for (r = 0; r < 5; r++)
                for (turn = 0; turn < 4; turn++) {
                    double far_away = ldexp(1.375, log) + 0.25, near_x = turn & 1 ? -3.5 : 12.59375;
                    double x[2], y[2], keep;
                    pika_grid_desc desc;
                    pika_grid grid;
                    pika_lines lines;
                    mark_want want;
                    int good;
                    if (test_now.quick && (log + w + r + turn) % 4 != 0) continue;
                    x[0] = near_x, y[0] = 10.125, x[1] = far_away, y[1] = 10.125 + rises[r];
                    if (turn & 1) y[0] -= rises[r] / 2, y[1] -= rises[r] / 2;
                    if (turn & 2) {
                        keep = x[0], x[0] = y[0], y[0] = keep;
                        keep = x[1], x[1] = y[1], y[1] = keep;
                    }
                    cells_desc(&desc, 30, 24);
                    desc.planes = PIKA_COVERAGE;
                    memset(&lines, 0, sizeof lines);
                    memset(&grid, 0, sizeof grid);
                    lines.points = pika_xy_f64(x, y, 2);
                    lines.width = widths[w];
                    want_init(&want, &desc);
                    lines_aa_oracle(&want, &lines);
                    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
                    CHECK_OK(pika_add_lines(NULL, &grid, &lines));
                    sprintf(way_name, "one thread");
                    good = want_covers(&grid, &want, 1 / 2048.0, "a long line");
                    if (!good)
                        printf("    from %g, %g to %g, %g, width %g\n", x[0], y[0], x[1], y[1], widths[w]);
                    pika_grid_free(NULL, &grid);
                    want_free(&want);
                    if (!good) return;
                }
}

/* Lines of many vertices just outside of the view reach into it, from each side. */
TEST(lines_aa_beside_the_view)
{
    enum { N = 700 };
    static double x[N], y[N];
    uint64_t random = test_now.seed + 109;
    int side, i;
    for (side = 0; side < 4; side++) {
        pika_grid_desc desc;
        pika_grid grid;
        pika_lines lines;
        mark_want want;
        pika_ctx ctx;
        cells_desc(&desc, 26, 17);
        for (i = 0; i < N; i++) {
            double along = i * 26.0 / (int)N, out = 0.25 + test_below(&random, 200) / 256.0;
            along = floor(along * 256) / 256;
            if (side < 2) x[i] = along, y[i] = side == 0 ? -out : 17 + out;
            else x[i] = side == 2 ? -out : 26 + out, y[i] = along;
        }
        desc.planes = PIKA_COVERAGE;
        memset(&lines, 0, sizeof lines);
        memset(&grid, 0, sizeof grid);
        lines.points = pika_xy_f64(x, y, N);
        lines.width = 5;
        want_init(&want, &desc);
        lines_aa_oracle(&want, &lines);
        mark_random_way(&ctx, &random);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_add_lines(&ctx, &grid, &lines));
        want_covers(&grid, &want, 1 / 2048.0, "beside the view");
        want_account(&grid, &want, "beside the view");
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        want_free(&want);
    }
}

/* Single lines, by tiles and (at width 0 and not) by the profile of two vertices. */
TEST(lines_aa_short)
{
    static const double widths[] = {1, 0.5, 2, 3.7, 5, 9, 40};
    uint64_t random = test_now.seed + 110;
    int round, rounds = test_now.quick ? 1000 : 6000;
    for (round = 0; round < rounds; round++) {
        int reach = 1 << test_below(&random, 14), good = 1, i;
        double x[2], y[2];
        pika_grid_desc desc;
        pika_grid grid;
        mark_want want;
        mark m;
        cells_desc(&desc, 14, 12);
        x[0] = test_between(&random, -3 * 256, 17 * 256) / 256.0;
        y[0] = test_between(&random, -3 * 256, 15 * 256) / 256.0;
        x[1] = x[0] + test_between(&random, -reach, reach) / 256.0;
        y[1] = y[0] + test_between(&random, -reach, reach) / 256.0;
        for (i = 0; i < 2 && test_below(&random, 4) == 0; i++) x[i] = floor(x[i]), y[i] = floor(y[i]);
        desc.planes = PIKA_COVERAGE;
        mark_init(&m, MARK_LINES);
        m.as.lines.points = pika_xy_f64(x, y, 2);
        m.as.lines.width = widths[test_below(&random, 7)];
        if (round % 4 == 0) {
            good = mark_one_tile(&desc, &m, &random, "a line");
        } else {
            want_init(&want, &desc);
            lines_aa_oracle(&want, &m.as.lines);
            memset(&grid, 0, sizeof grid);
            CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
            CHECK_OK(mark_add(NULL, &grid, &m));
            sprintf(way_name, "one thread");
            good = want_covers(&grid, &want, 1 / 2048.0, "a line");
            pika_grid_free(NULL, &grid);
            want_free(&want);
        }
        if (good) continue;
        printf("    round %d, width %g from %.0f, %.0f to %.0f, %.0f / 256\n", round, m.as.lines.width,
            x[0] * 256, y[0] * 256, x[1] * 256, y[1] * 256);
        return;
    }
}

/* Within a polyline the largest share counts, polylines add up. */
TEST(lines_aa_max_and_sum)
{
    static const double x[] = {1, 9, 1, 1, 9}, y[] = {3.5, 3.5, 3.5, 3.5, 3.5};
    static const size_t apart[] = {0, 2, 3, 5};
    double read[70];
    pika_grid_desc desc;
    pika_grid grid;
    pika_lines lines;
    int k;
    cells_desc(&desc, 10, 7);
    desc.planes = PIKA_COVERAGE;
    memset(&lines, 0, sizeof lines);
    memset(&grid, 0, sizeof grid);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    for (k = 0; k < 3; k++) {
        pika_grid_clear(NULL, &grid);
        lines.points = pika_xy_f64(x, y, 5);
        lines.width = k == 1 ? 0.25 : 1;
        lines.offsets = k == 0 ? NULL : apart;
        lines.line_count = k == 0 ? 0 : 3;
        CHECK_OK(pika_add_lines(NULL, &grid, &lines));
        CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, read));
        CHECK(read[3 * 10 + 5] == (k == 0 ? 1 : k == 1 ? 0.5 : 2));
        CHECK(read[1 * 10 + 5] == 0 && read[5 * 10 + 5] == 0);
    }
    pika_grid_free(NULL, &grid);
}

/* Coverage is merged, cleared and shown like any plane. */
TEST(lines_coverage_merge_and_clear)
{
    pika_grid_desc desc;
    pika_grid a, b;
    mark_cells twice, merged;
    mark m;
    line_scene(6, 3000, 30, 20, &desc, &m);
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    CHECK_OK(pika_grid_alloc(NULL, &a, &desc));
    CHECK_OK(pika_grid_alloc(NULL, &b, &desc));
    CHECK_OK(mark_add(NULL, &a, &m));
    CHECK_OK(pika_grid_merge(NULL, &b, &a));
    merged = mark_read(&b);
    twice = mark_read(&a);
    sprintf(way_name, "one thread");
    mark_same(&merged, &twice, "merged into an empty grid");
    free(merged.values);
    free(twice.values);
    CHECK_OK(pika_grid_merge(NULL, &b, &a));
    CHECK_OK(mark_add(NULL, &a, &m));
    merged = mark_read(&b);
    twice = mark_read(&a);
    CHECK_EQ(memcmp(merged.values + 2 * merged.cells, twice.values + 2 * twice.cells, 8), 0);
    {
        size_t i, at = merged.count - merged.cells, bad = 0; /* coverage comes last */
        for (i = at; i < merged.count; i++) bad += merged.values[i] != twice.values[i];
        CHECK_EQ(bad, 0);
        CHECK_EQ(merged.stats.total, twice.stats.total);
    }
    free(merged.values);
    free(twice.values);
    pika_grid_clear(NULL, &a);
    {
        pika_grid empty;
        memset(&empty, 0, sizeof empty);
        CHECK_OK(pika_grid_alloc(NULL, &empty, &desc));
        merged = mark_read(&a);
        twice = mark_read(&empty);
        mark_same(&merged, &twice, "cleared");
        free(merged.values);
        free(twice.values);
        pika_grid_free(NULL, &empty);
    }
    pika_grid_free(NULL, &a);
    pika_grid_free(NULL, &b);
}

/* ---- refusals --------------------------------------------------------------------------------------------- */

/* Refused with these words, by any context, and the grid is as it was. */
static void refuse_mark(pika_grid *grid, const mark *m, pika_result want, const char *parts, int line)
{
    mark_cells before = mark_read(grid), after;
    refused(mark_add(&error_ctx, grid, m), want, parts, __FILE__, line);
    test_equal_text(
        pika_result_string(mark_add(NULL, grid, m)), pika_result_string(want), parts, __FILE__, line);
    after = mark_read(grid);
    sprintf(way_name, "line %d", line);
    mark_same(&after, &before, parts);
    free(before.values);
    free(after.values);
}

static struct {
    double x[6], y[6], value[6];
    int32_t category[6];
    size_t offsets[3];
} bad_rows = {{1, 2, 3, 1, 2, 3}, {1, 3, 1, 2, 2, 1}, {1, 2, 3, 4, 5, 6}, {0, 1, 0, 1, 0, 1}, {0, 3, 6}};

/* A grid with something in it, and six rows. */
static void bad_begin(pika_grid *grid, mark *m, int kind, unsigned planes, int categories)
{
    pika_grid_desc desc;
    pika_points points = pika_xy_f64(bad_rows.x, bad_rows.y, 6);
    good_desc(&desc);
    desc.planes = planes;
    desc.categories = categories;
    points.value = pika_f64(bad_rows.value);
    points.category = pika_strided(bad_rows.category, PIKA_I32, 0);
    memset(grid, 0, sizeof *grid);
    CHECK_OK(pika_grid_alloc(NULL, grid, &desc));
    CHECK_OK(pika_add_points(NULL, grid, &points));
    mark_init(m, kind);
    if (mark_points(m) != NULL) *mark_points(m) = points;
}
#define BAD_MARK(kind, planes, categories, change, result, parts) \
    do { \
        bad_begin(&grid, &m, kind, planes, categories); \
        change; \
        refuse_mark(&grid, &m, result, parts, __LINE__); \
        pika_grid_free(NULL, &grid); \
    } while (0)

/* What every mark with points refuses. */
static void refuse_points_of(int kind, void (*complete)(mark *m), const char *name)
{
    static const char *const fields[] = {"x.data", "y.data", "x.type|10", "y.type|-1", "x.stride|7|8",
        "y.stride|-7", "value", "category", "category.type", "value.type|11"};
    pika_grid grid;
    mark m;
    int i;
    for (i = 0; i < 10; i++) {
        pika_points *points;
        char parts[128];
        bad_begin(&grid, &m, kind, PIKA_SUM, 2);
        complete(&m);
        points = mark_points(&m);
        if (i == 0) points->x.data = NULL;
        if (i == 1) points->y.data = NULL;
        if (i == 2) points->x.type = 10;
        if (i == 3) points->y.type = -1;
        if (i == 4) points->x.stride = 7;
        if (i == 5) points->y.stride = -7;
        if (i == 6) points->value.data = NULL;
        if (i == 7) points->category.data = NULL;
        if (i == 8) points->category.type = PIKA_F32;
        if (i == 9) points->value.type = 11;
        sprintf(parts, "%s|%s", name, fields[i]);
        refuse_mark(&grid, &m, PIKA_ERR_INVALID, parts, __LINE__);
        pika_grid_free(NULL, &grid);
    }
    bad_begin(&grid, &m, kind, PIKA_SUM, 2); /* a range too narrow for its type */
    pika_grid_free(NULL, &grid);
}

static void complete_nothing(mark *m) { (void)m; }
static void complete_segments(mark *m)
{
    m->as.segments.x1 = pika_f64(bad_rows.y);
    m->as.segments.y1 = pika_f64(bad_rows.x);
}

TEST(lines_errors)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    size_t falling[3] = {0, 4, 3}, past[3] = {0, 3, 7};
    pika_grid grid, zero;
    pika_pyramid none;
    mark m;
    error_begin();
    memset(&zero, 0, sizeof zero);
    memset(&none, 0, sizeof none);
    refuse_points_of(MARK_LINES, complete_nothing, "pika_add_lines");
    refuse_points_of(MARK_SEGMENTS, complete_segments, "pika_add_segments");
#define BAD_LINES(change, parts) \
    BAD_MARK(MARK_LINES, PIKA_COVERAGE, 0, change, PIKA_ERR_INVALID, "pika_add_lines|" parts)
    BAD_LINES(m.as.lines.width = -1, "width|-1");
    BAD_LINES(m.as.lines.width = nan, "width");
    BAD_LINES(m.as.lines.width = HUGE_VAL, "width");
    BAD_LINES(m.as.lines.width = 1025, "width|1025");
    BAD_LINES(m.as.lines.flags = 1u << 6, "flags|64");
    BAD_LINES(m.as.lines.flags = 0x80000000u, "flags");
    BAD_LINES(m.as.lines.flags = PIKA_FILL_AA, "flags|8");
    BAD_LINES(m.as.lines.flags = PIKA_LINE_M4 | PIKA_LINE_NORMALIZED, "flags|6");
    BAD_LINES((m.as.lines.flags = PIKA_LINE_NORMALIZED, m.as.lines.width = 2), "flags");
    BAD_LINES((m.as.lines.flags = PIKA_LINE_M4, m.as.lines.width = 2), "flags");
    BAD_LINES((m.as.lines.offsets = falling, m.as.lines.line_count = 2), "offsets|3");
    BAD_LINES((m.as.lines.offsets = past, m.as.lines.line_count = 2), "offsets|7");
    past[2] = (size_t)-1;
    BAD_LINES((m.as.lines.offsets = past, m.as.lines.line_count = 2), "offsets");
    past[2] = 7;
    BAD_LINES((m.as.lines.shared_x = 4, m.as.lines.line_count = 2), "shared_x");
    BAD_LINES((m.as.lines.shared_x = (size_t)-1 / 2, m.as.lines.line_count = 4), "shared_x");
    BAD_LINES((m.as.lines.flags = PIKA_LINE_M4, m.as.lines.pyramid = &none), "pyramid");
#undef BAD_LINES
#define BAD_SEGMENTS(change, parts) \
    BAD_MARK(MARK_SEGMENTS, PIKA_COVERAGE, 0, (complete_segments(&m), change), PIKA_ERR_INVALID, \
        "pika_add_segments|" parts)
    BAD_SEGMENTS(m.as.segments.x1.data = NULL, "x1.data");
    BAD_SEGMENTS(m.as.segments.y1.data = NULL, "y1.data");
    BAD_SEGMENTS(m.as.segments.x1.type = 10, "x1.type|10");
    BAD_SEGMENTS(m.as.segments.y1.stride = 7, "y1.stride|7|8");
    BAD_SEGMENTS(m.as.segments.width = 2000, "width|2000");
    BAD_SEGMENTS(m.as.segments.flags = 1u << 6, "flags|64");
#undef BAD_SEGMENTS
    /* anti-aliased: coverage is there, and no plane that it cannot fill */
    BAD_MARK(MARK_LINES, PIKA_COUNT, 0, m.as.lines.width = 1, PIKA_ERR_INVALID, "pika_add_lines|COVERAGE");
    BAD_MARK(MARK_LINES, PIKA_COVERAGE | PIKA_MIN, 0, m.as.lines.width = 1, PIKA_ERR_UNSUPPORTED,
        "pika_add_lines|planes");
    BAD_MARK(MARK_LINES, PIKA_COVERAGE | PIKA_STD, 0, m.as.lines.width = 1, PIKA_ERR_UNSUPPORTED,
        "pika_add_lines|planes");
    BAD_MARK(MARK_LINES, PIKA_COUNT, 0, m.as.lines.flags = PIKA_LINE_NORMALIZED, PIKA_ERR_INVALID,
        "pika_add_lines|COVERAGE");
    BAD_MARK(MARK_SEGMENTS, PIKA_COVERAGE | PIKA_LAST, 0, (complete_segments(&m), m.as.segments.width = 1),
        PIKA_ERR_UNSUPPORTED, "pika_add_segments|planes");
    BAD_MARK(MARK_LINES, PIKA_SUM, 0, m.as.lines.flags = PIKA_LINE_M4, PIKA_ERR_UNSUPPORTED,
        "pika_add_lines|planes");
    bad_begin(&grid, &m, MARK_LINES, 0, 0);
    CHECK_RESULT(pika_add_lines(NULL, NULL, &m.as.lines), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_lines(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_lines(NULL, &zero, &m.as.lines), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_segments(NULL, NULL, &m.as.segments), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_segments(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_segments(NULL, &zero, &m.as.segments), PIKA_ERR_INVALID);
    memset(&m, 0, sizeof m); /* no rows are no error */
    CHECK_OK(pika_add_lines(NULL, &grid, &m.as.lines));
    CHECK_OK(pika_add_segments(NULL, &grid, &m.as.segments));
    CHECK_EQ(grid.total, 6);
    pika_grid_free(NULL, &grid);
    pika_ctx_free(&error_ctx);
}

/* ---- numbers that hurt ---------------------------------------------------------------------------------------- */

TEST(lines_fuzz)
{
    uint64_t random = test_now.seed + 107;
    int round, rounds = test_now.quick ? 300 : 1500;
    for (round = 0; round < rounds; round++) {
        static const double widths[] = {0, 0, 0, 1, 0.001, 3.7, 1024, 60};
        static double x[200], y[200], x1[200], y1[200];
        int count = test_below(&random, 200), i, w, h;
        size_t offsets[8];
        pika_grid_desc desc;
        mark m;
        random_desc(&desc, PIKA_F64, PIKA_F64, &random);
        desc.view.width = w = 1 + desc.view.width % 40, desc.view.height = h = 1 + desc.view.height % 30;
        desc.view.total_width = desc.view.total_height = desc.view.first_x = desc.view.first_y = 0;
        if (test_below(&random, 5) == 0) desc.view.total_width = desc.view.total_height = 1 << 30;
        if (desc.view.total_width > 0) desc.view.first_x = test_below(&random, 2) * ((1 << 30) - w);
        if (desc.view.total_width > 0 && desc.view.x.scale + desc.view.y.scale > 0)
            continue; /* slow tables */
        if (desc.view.total_width > 0) desc.view.flags = 0;
        if (round % 40 == 0) desc.view.width = 32768, desc.view.height = 1;
        mark_init(&m, round % 4 == 3 ? MARK_SEGMENTS : MARK_LINES);
        for (i = 0; i < count; i++) {
            x[i] = mark_hostile(desc.view.x.lo, desc.view.x.hi, w, &random);
            y[i] = mark_hostile(desc.view.y.lo, desc.view.y.hi, h, &random);
            x1[i] = mark_hostile(desc.view.x.lo, desc.view.x.hi, w, &random);
            y1[i] = mark_hostile(desc.view.y.lo, desc.view.y.hi, h, &random);
        }
        *mark_points(&m) = pika_xy_f64(x, y, (size_t)count);
        mark_points(&m)->value = pika_f64(x1);
        mark_points(&m)->category = pika_strided(y1, PIKA_I64, 0);
        if (desc.categories > 0 && test_below(&random, 2))
            mark_points(&m)->category = pika_strided(x, PIKA_I8, 8);
        if (m.kind == MARK_SEGMENTS) {
            m.as.segments.x1 = pika_f64(x1), m.as.segments.y1 = pika_f64(y1);
            m.as.segments.width = widths[test_below(&random, 8)];
            m.as.segments.flags = test_below(&random, 3) == 0 ? (unsigned)test_below(&random, 8) : 0;
        } else {
            m.as.lines.width = widths[test_below(&random, 8)];
            m.as.lines.flags = test_below(&random, 2) ? (unsigned)test_below(&random, 8) : 0;
            if (test_below(&random, 2)) {
                offsets[0] = 0;
                for (i = 1; i < 8; i++)
                    offsets[i] =
                        offsets[i - 1] + (size_t)test_below(&random, count + 1 - (int)offsets[i - 1]);
                m.as.lines.offsets = offsets, m.as.lines.line_count = 7;
            }
        }
        if (test_below(&random, 2)) desc.planes = PIKA_COVERAGE | (desc.planes & (PIKA_SUM | PIKA_MEAN));
        if (desc.view.total_width > 0) /* asks for memory by the picture's height */
            *(m.kind == MARK_LINES ? &m.as.lines.flags : &m.as.segments.flags) &=
                ~(unsigned)PIKA_LINE_NORMALIZED;
        mark_survives(&desc, &m, &random);
        if (test_now.failures > 0) {
            printf("    round %d: width %g, flags %u\n", round, m.as.lines.width, m.as.lines.flags);
            return;
        }
    }
}

/* ---- golden hashes ------------------------------------------------------------------------------------------ */

static uint64_t mark_hash(const mark_cells *cells)
{
    uint64_t h = HASH_START;
    size_t i;
    h = hash_word(h, cells->stats.total);
    h = hash_word(h, cells->stats.inside);
    h = hash_word(h, cells->stats.outside);
    h = hash_word(h, cells->stats.invalid);
    h = hash_word(h, cells->stats.no_value);
    h = hash_word(h, cells->stats.hits);
    for (i = 0; i < cells->count; i++) h = hash_double(h, cells->values[i]);
    return h;
}
/* expected 0 = not known yet: is told. */
static void mark_golden(const char *name, const pika_grid_desc *desc, const mark *m, uint64_t expected)
{
    mark_cells cells = mark_take(NULL, desc, m);
    uint64_t h = mark_hash(&cells);
    if (!CHECK(h == expected)) print_hash(name, h);
    test_now.checks++;
    free(cells.values);
}

/* The library's own results, kept against change. */
TEST(lines_golden)
{
    static const struct {
        int scene;
        uint64_t hash;
    } golden[] = {{1, UINT64_C(0xfe9381c2ef18fc97)}, {3, UINT64_C(0xa7fd0b1d0df1ed14)},
        {6, UINT64_C(0xff6dd5e1fabc9fde)}, {8, UINT64_C(0x0e843dbdb938fc45)}};
    pika_grid_desc desc;
    uint64_t random = 1;
    mark_want want;
    mark m;
    int i;
    for (i = 0; i < 4; i++) {
        line_scene(golden[i].scene, 20000, 64, 48, &desc, &m);
        mark_golden(line_scene_names[golden[i].scene], &desc, &m, golden[i].hash);
        if (golden[i].scene > 3) continue;
        want_init(&want, &desc); /* aliased ones by the oracle, too */
        lines_oracle(&want, &m.as.lines);
        lines_match(&want, &m.as.lines, &random, line_scene_names[golden[i].scene]);
        want_free(&want);
    }
}

AREA(lines, LISTED(lines_by_hand), LISTED(lines_random), LISTED(lines_offsets_within_the_rows),
    LISTED(lines_outside_edge_tables), LISTED(lines_to_infinity), LISTED(lines_continue),
    LISTED(lines_every_way), LISTED(lines_large_every_way), LISTED(lines_tiles),
    LISTED(lines_allocations_fail), LISTED(lines_cancel_and_continue), LISTED(lines_cell_full_and_continue),
    LISTED(segments_are_lines_of_two), LISTED(segments_cell_full), LISTED(lines_m4_equals_once),
    LISTED(lines_pyramid), LISTED(lines_normalized), LISTED(lines_aa_profile), LISTED(lines_aa_long),
    LISTED(lines_aa_short), LISTED(lines_aa_beside_the_view), LISTED(lines_aa_max_and_sum),
    LISTED(lines_coverage_merge_and_clear), LISTED(lines_errors), LISTED_SAFE(lines_fuzz),
    LISTED(lines_golden));
