/* Marks, second part: polygons, areas, rectangles, triangles, quads and rasters, by an oracle of one cell at a
   time: the winding number of its centre, or the integral of it over the cell. */

/* ---- shapes on the lattice -------------------------------------------------------------------------------- */

enum { SHAPE_VERTICES = 11000, SHAPE_RINGS = 100 };
typedef struct fill_shape {
    int valid, aa, even_odd, interpolate, layer, has_value;
    int loose; /* vertices from here on are of no ring: they may count for the box, or not */
    double value, corner[3];
    int count, rings, ends[SHAPE_RINGS];          /* ring r = vertices ends[r - 1] .. ends[r] - 1 */
    int64_t x[SHAPE_VERTICES], y[SHAPE_VERTICES]; /* 1/256 cell of the whole picture */
} fill_shape;
static fill_shape shape;

static void shape_begin(void) { memset(&shape, 0, offsetof(fill_shape, x)), shape.valid = 1; }
static void shape_end_ring(void) { shape.ends[shape.rings++] = shape.count; }

/* Exact for the views and numbers that are used here; the far ones are only asked where it does not matter. */
static int64_t lattice_of(const oracle_axis *a, double v)
{
    double t = floor((v - a->axis.lo) * (a->whole / (a->axis.hi - a->axis.lo)) * 256 + 0.5);
    return t < -5e8 ? -500000000 : t > 5e8 ? 500000000 : (int64_t)t;
}
static void shape_vertex(const mark_want *want, double x, double y)
{
    shape.x[shape.count] = lattice_of(&want->grid.x, x);
    shape.y[shape.count++] = lattice_of(&want->grid.y, y);
}
/* NaN where there is none. */
static double column_value(const pika_column *column, size_t row)
{
    oracle_value v;
    if (oracle_get(column, row, &v) != VALUE_OK) return double_of_bits(UINT64_C(0x7FF8000000000000));
    return v.number;
}
static void shape_row(
    const mark_want *want, const pika_column *x, size_t x_row, const pika_column *y, size_t y_row)
{
    double vx = column_value(x, x_row), vy = column_value(y, y_row);
    if (vx != vx || vy != vy) shape.valid = 0;
    else shape_vertex(want, vx, vy);
}

/* The winding number of a cell's centre: edges that span it and lie at or left of it. */
static int shape_winding(int64_t cx, int64_t cy)
{
    const int64_t px = cx * 256 + 128, py = cy * 256 + 128;
    int r, i, first = 0, winding = 0;
    for (r = 0; r < shape.rings; first = shape.ends[r++])
        for (i = first; i < shape.ends[r]; i++) {
            int k = i + 1 < shape.ends[r] ? i + 1 : first, up = shape.y[i] < shape.y[k];
            int low = up ? i : k, high = up ? k : i;
            if (!(shape.y[low] <= py && py < shape.y[high])) continue;
            if ((py - shape.y[low]) * (shape.x[high] - shape.x[low]) <=
                (px - shape.x[low]) * (shape.y[high] - shape.y[low]))
                winding += up ? 1 : -1;
        }
    return winding;
}

/* The integral of clamp(1 - u, 0, 1) up to u. */
static double cut_integral(double u) { return u < 0 ? u : u > 1 ? 0.5 : u - u * u / 2; }

/* The integral of the winding number over the cell: each edge turns what lies right of it. */
static double shape_signed_area(int64_t cx, int64_t cy)
{
    int r, i, first = 0;
    double area = 0;
    for (r = 0; r < shape.rings; first = shape.ends[r++])
        for (i = first; i < shape.ends[r]; i++) {
            int k = i + 1 < shape.ends[r] ? i + 1 : first, up = shape.y[i] < shape.y[k];
            int low = up ? i : k, high = up ? k : i;
            double x0 = (double)(shape.x[low] - cx * 256) / 256, y0 = (double)(shape.y[low] - cy * 256) / 256,
                   x1 = (double)(shape.x[high] - cx * 256) / 256,
                   y1 = (double)(shape.y[high] - cy * 256) / 256;
            double from = y0 > 0 ? y0 : 0, to = y1 < 1 ? y1 : 1, a, b, mean;
            if (!(from < to)) continue;
            a = x0 + (x1 - x0) * ((from - y0) / (y1 - y0)), b = x0 + (x1 - x0) * ((to - y0) / (y1 - y0));
            if (fabs(a - b) < 1e-9) mean = a < 0 ? 1 : a > 1 ? 0 : 1 - a;
            else mean = (cut_integral(b) - cut_integral(a)) / (b - a);
            area += (to - from) * (up ? mean : -mean);
        }
    return area;
}

/* Within the corners' values, of the first three vertices. */
static double shape_value(int64_t cx, int64_t cy)
{
    const double px = (double)(cx * 256 + 128), py = (double)(cy * 256 + 128);
    const double x0 = (double)shape.x[0], y0 = (double)shape.y[0], x1 = (double)shape.x[1] - x0,
                 y1 = (double)shape.y[1] - y0, x2 = (double)shape.x[2] - x0, y2 = (double)shape.y[2] - y0;
    const double all = x1 * y2 - x2 * y1, b = ((px - x0) * y2 - x2 * (py - y0)) / all,
                 c = (x1 * (py - y0) - (px - x0) * y1) / all;
    const double *v = shape.corner;
    double value = v[0] + b * (v[1] - v[0]) + c * (v[2] - v[0]);
    double least = v[0] < v[1] ? v[0] : v[1], most = v[0] > v[1] ? v[0] : v[1];
    if (!shape.interpolate) return shape.value;
    least = v[2] < least ? v[2] : least, most = v[2] > most ? v[2] : most;
    return value < least ? least : value > most ? most : value;
}

/* Adds the shape to what is wanted, the account too. */
static void shape_fill(mark_want *want)
{
    const oracle_grid *grid = &want->grid;
    const int64_t left = (int64_t)grid->x.first * 256, right = left + grid->x.cells * 256,
                  bottom = (int64_t)grid->y.first * 256, top = bottom + grid->y.cells * 256;
    const int64_t number = (int64_t)want->grid.total++;
    int64_t x_low = INT32_MAX, x_high = INT32_MIN, y_low = INT32_MAX, y_high = INT32_MIN, cx, cy;
    int i, met = 0, no_value = want_keeps_values(want) && !shape.has_value;
    if (!shape.valid) {
        want->grid.invalid++;
        return;
    }
    for (i = 0; i <= shape.count + shape.loose; i++) {
        if (i == shape.count) {
            met = x_low < right && x_high > left && y_low < top && y_high > bottom;
            want->grid.inside += (uint64_t)met;
            if (met && shape.interpolate) want->doubtful_no_value += (uint64_t)no_value;
            else if (met) want->grid.no_value += (uint64_t)no_value;
        }
        if (i == shape.count + shape.loose) break;
        x_low = shape.x[i] < x_low ? shape.x[i] : x_low, x_high = shape.x[i] > x_high ? shape.x[i] : x_high;
        y_low = shape.y[i] < y_low ? shape.y[i] : y_low, y_high = shape.y[i] > y_high ? shape.y[i] : y_high;
    }
    if (!met && x_low <= right && x_high >= left && y_low <= top && y_high >= bottom) {
        want->doubtful++;
        want->doubtful_no_value += (uint64_t)no_value;
    }
    for (cy = grid->y.first; cy < grid->y.first + grid->y.cells; cy++)
        for (cx = grid->x.first; cx < grid->x.first + grid->x.cells; cx++) {
            int64_t index = want_index(want, cx, cy, shape.layer);
            if ((cx + 1) * 256 < x_low || cx * 256 > x_high || (cy + 1) * 256 < y_low || cy * 256 > y_high)
                continue;
            if (!shape.aa) {
                int winding = shape_winding(cx, cy);
                if (shape.even_odd ? winding % 2 != 0 : winding != 0)
                    want_count(want, index, shape.has_value, shape_value(cx, cy), number);
            } else {
                double area = fabs(shape_signed_area(cx, cy));
                if (shape.even_odd) {
                    area -= 2 * floor(area / 2);
                    area = area > 1 ? 2 - area : area;
                } else if (area > 1) area = 1;
                if (area > 0) want_cover(want, index, area, shape.has_value, shape_value(cx, cy));
            }
        }
}

/* The value and category of mark i. */
static void shape_values(const mark_want *want, const pika_points *points, size_t i)
{
    if (want_keeps_values(want) && points->value.data != NULL) {
        shape.value = column_value(&points->value, i);
        shape.has_value = shape.value == shape.value;
    }
    if (want->grid.desc.categories > 0) {
        double category = column_value(&points->category, i);
        if (!(category >= 0 && category < want->grid.desc.categories)) shape.valid = 0;
        else shape.layer = (int)category;
    }
}

static void polygons_oracle(mark_want *want, const pika_polygons *p)
{
    size_t i, r, row,
        count = p->ring_offsets == NULL    ? p->points.count > 0
                : p->polygon_rings != NULL ? p->polygon_count
                                           : p->ring_count;
    for (i = 0; i < count; i++) {
        size_t first = p->polygon_rings != NULL ? p->polygon_rings[i] : i,
               end = p->polygon_rings != NULL ? p->polygon_rings[i + 1] : i + 1;
        shape_begin();
        shape.aa = (p->flags & PIKA_FILL_AA) != 0;
        shape.even_odd = p->fill == PIKA_EVEN_ODD;
        shape_values(want, &p->points, i);
        for (r = first; r < end; r++) {
            size_t stop = p->ring_offsets != NULL ? p->ring_offsets[r + 1] : p->points.count;
            for (row = p->ring_offsets != NULL ? p->ring_offsets[r] : 0; row < stop; row++)
                shape_row(want, &p->points.x, row, &p->points.y, row);
            shape_end_ring();
        }
        shape_fill(want);
    }
}

static void rects_oracle(mark_want *want, const pika_rects *r)
{
    size_t i;
    for (i = 0; i < r->points.count; i++) {
        shape_begin();
        shape.aa = (r->flags & PIKA_FILL_AA) != 0;
        shape_values(want, &r->points, i);
        shape_row(want, &r->points.x, i, &r->points.y, i);
        shape_row(want, &r->x1, i, &r->points.y, i);
        shape_row(want, &r->x1, i, &r->y1, i);
        shape_row(want, &r->points.x, i, &r->y1, i);
        shape_end_ring();
        shape_fill(want);
    }
}

static void triangles_oracle(mark_want *want, const pika_triangles *t)
{
    size_t i, k;
    for (i = 0; i < t->triangle_count; i++) {
        shape_begin();
        shape.aa = (t->flags & PIKA_FILL_AA) != 0;
        shape_values(want, &t->points, i);
        shape.has_value = shape.has_value || t->interpolate;
        for (k = 0; k < 3; k++) {
            size_t row = t->indices != NULL ? t->indices[3 * i + k] : 3 * i + k;
            shape_row(want, &t->points.x, row, &t->points.y, row);
            if (!t->interpolate) continue;
            shape.interpolate = 1;
            shape.corner[k] = column_value(&t->points.value, row);
            shape.has_value &= shape.corner[k] == shape.corner[k];
        }
        shape_end_ring();
        shape_fill(want);
    }
}

static void quads_oracle(mark_want *want, const pika_quads *q)
{
    size_t i, k;
    for (i = 0; i < q->columns * q->rows; i++) {
        shape_begin();
        shape.aa = (q->flags & PIKA_FILL_AA) != 0;
        shape_values(want, &q->points, i);
        for (k = 0; k < 4; k++) {
            size_t column = i % q->columns + (k == 1 || k == 2), row = i / q->columns + (k >= 2),
                   at = row * (q->columns + 1) + column;
            shape_row(
                want, &q->points.x, q->curvilinear ? at : column, &q->points.y, q->curvilinear ? at : row);
        }
        shape_end_ring();
        shape_fill(want);
    }
}

/* Each piece is a ring: along the upper curve, back along the lower. */
static void areas_oracle(mark_want *want, const pika_areas *a)
{
    const size_t count = a->offsets != NULL || a->shared_x > 0 ? a->area_count : 1;
    double *heights = (double *)calloc(a->shared_x + 1, sizeof *heights);
    size_t i, row, begin, end, from, back, lonely[64];
    for (i = 0; i < count; i++) {
        int alone = 0, k; /* samples between two gaps */
        shape_begin();
        shape.aa = (a->flags & PIKA_FILL_AA) != 0;
        begin = a->shared_x > 0 ? i * a->shared_x : a->offsets != NULL ? a->offsets[i] : 0;
        end = a->shared_x > 0      ? begin + a->shared_x
              : a->offsets != NULL ? a->offsets[i + 1]
                                   : a->points.count;
        for (row = from = begin; row <= end; row++) {
            double x = 0, y = 0, low = a->baseline;
            int gap = row == end;
            if (!gap) {
                x = column_value(&a->points.x, a->shared_x > 0 ? row - begin : row);
                y = column_value(&a->points.y, row);
                if (a->stacked && y != y) y = 0;
                if (a->base.data != NULL) low = column_value(&a->base, row);
                gap = x != x || y != y || low != low;
            }
            if (!gap) continue;
            if (row - from >= 2) {
                for (back = from; back < row; back++)
                    shape_vertex(want, column_value(&a->points.x, a->shared_x > 0 ? back - begin : back),
                        a->stacked ? a->baseline +
                                         (heights[back - begin] + (column_value(&a->points.y, back) ==
                                                                              column_value(&a->points.y, back)
                                                                          ? column_value(&a->points.y, back)
                                                                          : 0))
                                   : column_value(&a->points.y, back));
                for (back = row; back-- > from;)
                    shape_vertex(want, column_value(&a->points.x, a->shared_x > 0 ? back - begin : back),
                        a->stacked             ? a->baseline + heights[back - begin]
                        : a->base.data != NULL ? column_value(&a->base, back)
                                               : a->baseline);
                shape_end_ring();
            } else if (row - from == 1 && alone < 64) {
                lonely[alone++] = from;
            }
            from = row + 1;
        }
        for (row = begin; row < end && a->stacked; row++) {
            double y = column_value(&a->points.y, row);
            heights[row - begin] += y == y ? y : 0;
        }
        if (shape.rings == 0) shape.valid = 0;
        for (k = 0; k < alone; k++) {
            double x = column_value(&a->points.x, a->shared_x > 0 ? lonely[k] - begin : lonely[k]);
            shape_vertex(want, x, column_value(&a->points.y, lonely[k]));
            shape_vertex(want, x, a->base.data != NULL ? column_value(&a->base, lonely[k]) : a->baseline);
        }
        shape.count -= 2 * alone, shape.loose = 2 * alone;
        shape_values(want, &a->points, i);
        shape_fill(want);
    }
    free(heights);
}

static void fills_oracle(mark_want *want, const mark *m)
{
    if (m->kind == MARK_POLYGONS) polygons_oracle(want, &m->as.polygons);
    if (m->kind == MARK_AREAS) areas_oracle(want, &m->as.areas);
    if (m->kind == MARK_RECTS) rects_oracle(want, &m->as.rects);
    if (m->kind == MARK_TRIANGLES) triangles_oracle(want, &m->as.triangles);
    if (m->kind == MARK_QUADS) quads_oracle(want, &m->as.quads);
}

/* Counts exactly, sums nearly: interpolated values. */
static int want_nearly(const pika_grid *grid, mark_want *want, const char *what)
{
    double *read = (double *)malloc(want->grid.cells * sizeof *read);
    size_t i, bad = 0;
    int layer, good = want_account(grid, want, what);
    for (layer = 0; layer < want->grid.layers; layer++) {
        const oracle_sums *sums = want->grid.sums + (size_t)layer * want->grid.cells;
        good &= CHECK_OK(pika_grid_read(NULL, grid, PIKA_SUM, layer, read));
        for (i = 0; i < want->grid.cells; i++) {
            bad += pika_grid_counts(grid)[(size_t)layer * want->grid.cells + i] != sums[i].count;
            bad += !(fabs(read[i] - sums[i].sum) <= 1e-6);
        }
    }
    free(read);
    good &= CHECK_EQ(bad, 0);
    if (!good && test_now.failures <= 8) printf("    %s, %s\n", what, way_name);
    return good;
}

/* Adds in a random way and compares with the oracle. */
static int fills_match(
    const pika_grid_desc *desc, const mark *m, int aa, int interpolate, uint64_t *random, const char *what)
{
    mark_want want;
    pika_grid grid;
    pika_ctx ctx;
    int good;
    want_init(&want, desc);
    fills_oracle(&want, m);
    memset(&grid, 0, sizeof grid);
    mark_random_way(&ctx, random);
    CHECK_OK(pika_grid_alloc(&ctx, &grid, desc));
    if (!CHECK_OK(mark_add(&ctx, &grid, m))) printf("        %s\n", pika_last_error(&ctx));
    if (aa) {
        good = want_account(&grid, &want, what);
        good &= want_covers(&grid, &want, 1 / 1024.0 * (double)(want.grid.total + 1), what);
    } else {
        good = interpolate ? want_nearly(&grid, &want, what) : want_equals(&grid, &want, what);
    }
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    want_free(&want);
    return good;
}

/* ---- data: on the lattice, so that the oracle is exact ------------------------------------------------------- */

static struct {
    double x[6000], y[6000], x1[6000], y1[6000], value[6000];
    float xf[6000], yf[6000];
    int8_t category[6000];
    size_t rings[400], polygons[100];
    uint32_t indices[6000];
} fill;

/* Steps of a cell that are powers of two; sometimes a tile. */
static void fill_desc(pika_grid_desc *desc, uint64_t *random)
{
    static const double cells[] = {1, 1, 0.5, 4};
    pika_view *view = &desc->view;
    int width = test_between(random, 1, 32), height = test_between(random, 1, 24);
    double step = cells[test_below(random, 4)];
    cells_desc(desc, width, height);
    if (test_below(random, 3) == 0) {
        view->first_x = test_below(random, 20), view->first_y = test_below(random, 20);
        view->total_width = width += view->first_x + test_below(random, 20);
        view->total_height = height += view->first_y + test_below(random, 20);
    }
    view->x.lo = test_between(random, -3, 3), view->x.hi = view->x.lo + width * step;
    view->y.lo = test_between(random, -3, 3), view->y.hi = view->y.lo + height * step;
    if (test_below(random, 4) == 0) desc->categories = test_between(random, 1, 3);
    if (test_below(random, 2) == 0) desc->planes = (unsigned)test_random(random) & ALL_PLANES;
}

static double fill_at(const pika_axis *axis, int whole, double cells)
{
    return axis->lo + cells * ((axis->hi - axis->lo) / whole);
}
static int fill_whole(const pika_view *view, int which)
{
    if (view->total_width > 0) return which == 0 ? view->total_width : view->total_height;
    return which == 0 ? view->width : view->height;
}
/* Row i lies at these cells. */
static void fill_put(const pika_view *view, size_t i, double x, double y)
{
    fill.x[i] = fill_at(&view->x, fill_whole(view, 0), x);
    fill.y[i] = fill_at(&view->y, fill_whole(view, 1), y);
    fill.xf[i] = (float)fill.x[i], fill.yf[i] = (float)fill.y[i];
}
/* A place in or around the tile: anywhere, or on corners and centres of cells. */
static double fill_random_cell(int first, int cells, int coarse, uint64_t *random)
{
    int low = (first - 3) * 256, high = (first + cells + 3) * 256, at = test_between(random, low, high);
    if (coarse > 0) at = (int)floor_divide(at, coarse) * coarse;
    return at / 256.0;
}

static void fill_values(mark *m, size_t count, uint64_t *random)
{
    pika_points *points = mark_points(m);
    size_t i;
    for (i = 0; i < count; i++) {
        fill.value[i] = test_between(random, -800, 800) / 8.0;
        fill.category[i] = (int8_t)test_between(random, test_below(random, 20) ? 0 : -1, 2);
        if (test_below(random, 15) == 0) fill.value[i] = double_of_bits(UINT64_C(0x7FF8000000000000));
    }
    points->value = pika_f64(fill.value);
    points->category = pika_strided(fill.category, PIKA_I8, 0);
}

/* Planes that anti-aliased marks can fill. */
static void fill_aa(pika_grid_desc *desc, unsigned *flags, uint64_t *random)
{
    *flags = PIKA_FILL_AA;
    desc->planes = PIKA_COVERAGE | (test_below(random, 2) ? (unsigned)PIKA_SUM | PIKA_MEAN : 0);
}

/* ---- polygons --------------------------------------------------------------------------------------------- */

/* One ring: a star, a tangle, a sliver, few vertices, corners of cells alone, or far away. */
static size_t fill_ring(const pika_view *view, size_t at, int kind, uint64_t *random)
{
    int n = kind == 3 ? test_below(random, 4) : 3 + test_below(random, kind == 1 ? 6 : 10), i, coarse = 0;
    double cx = view->first_x + view->width * 0.5, cy = view->first_y + view->height * 0.5;
    if (kind == 4) coarse = 128;
    if (kind == 5) coarse = 256;
    for (i = 0; i < n; i++) {
        double x = fill_random_cell(view->first_x, view->width, coarse, random),
               y = fill_random_cell(view->first_y, view->height, coarse, random);
        if (kind == 0) { /* around the middle */
            double radius = test_between(random, 20, 100) / 100.0, turn = 6.283185307179586 * i / n;
            x = floor((cx + cos(turn) * radius * view->width) * 256) / 256;
            y = floor((cy + sin(turn) * radius * view->height) * 256) / 256;
        }
        if (kind == 2 && i > 1) { /* a little off the line of the first two */
            double t = test_below(random, 257) / 256.0;
            x = fill.x[at], y = fill.y[at]; /* replaced below */
            x = floor((t * 20 + view->first_x) * 256) / 256 + test_between(random, -2, 2) / 256.0;
            y = floor((t * 13 + view->first_y) * 256) / 256 + test_between(random, -2, 2) / 256.0;
        }
        if (kind == 6) {
            x += test_between(random, -1, 1) * test_below(random, 200000);
            y += test_between(random, -1, 1) * test_below(random, 200000);
        }
        if (i > 0 && test_below(random, 12) == 0) fill.x[at] = fill.x[at - 1], fill.y[at] = fill.y[at - 1];
        else fill_put(view, at, x, y);
        at++;
    }
    return at;
}

TEST(fills_polygons_random)
{
    uint64_t random = test_now.seed + 200;
    int round, rounds = test_now.quick ? 150 : 700;
    for (round = 0; round < rounds; round++) {
        pika_grid_desc desc;
        int aa = round % 2, rings = 1 + test_below(&random, 5), polygons = 0, r;
        size_t at = 0;
        mark m;
        fill_desc(&desc, &random);
        mark_init(&m, MARK_POLYGONS);
        fill.rings[0] = 0;
        for (r = 0; r < rings; r++) {
            at = fill_ring(&desc.view, at, test_below(&random, 7), &random);
            fill.rings[r + 1] = at;
        }
        if (at == 0) continue;
        if (test_below(&random, 10) == 0)
            fill.x[(size_t)test_below(&random, (int)at)] = double_of_bits(UINT64_C(0x7FF8000000000000));
        for (r = polygons = 0; r < rings; r += 1 + test_below(&random, 3))
            fill.polygons[polygons++] = (size_t)r;
        fill.polygons[polygons] = (size_t)rings;
        m.as.polygons.points = pika_xy_f64(fill.x, fill.y, at);
        if (round % 5 > 0) {
            m.as.polygons.ring_offsets = fill.rings;
            m.as.polygons.ring_count = (size_t)rings;
            if (round % 5 > 1) {
                m.as.polygons.polygon_rings = fill.polygons;
                m.as.polygons.polygon_count = (size_t)polygons;
            }
        }
        /* a polygon without a vertex has no box */
        for (r = 0; r < rings && m.as.polygons.polygon_rings == NULL; r++)
            if (fill.rings[r] == fill.rings[r + 1] && m.as.polygons.ring_offsets != NULL) break;
        if (r < rings && m.as.polygons.polygon_rings == NULL) continue;
        for (r = 0; r < polygons; r++)
            if (fill.rings[fill.polygons[r]] == fill.rings[fill.polygons[r + 1]]) break;
        if (r < polygons && m.as.polygons.polygon_rings != NULL) continue;
        fill_values(&m, 10, &random);
        m.as.polygons.fill = test_below(&random, 2);
        if (aa) fill_aa(&desc, &m.as.polygons.flags, &random);
        if (!fills_match(&desc, &m, aa, 0, &random, "polygons")) {
            printf(
                "    round %d: %d rings, %d polygons, fill %d\n", round, rings, polygons, m.as.polygons.fill);
            return;
        }
    }
}

/* Rings and areas of more vertices than a batch has rows, between small ones. */
TEST(fills_large_rings)
{
    uint64_t random = test_now.seed + 213;
    int round, kind, aa;
    for (round = 0; round < 4; round++) {
        enum { LARGE = 5200, SMALL = 40 };
        mark_want want;
        pika_grid_desc desc;
        pika_grid grid;
        pika_ctx ctx;
        size_t at = 0;
        int i, good;
        mark m;
        kind = round % 2, aa = round / 2;
        cells_desc(&desc, 22, 17);
        fill.rings[0] = 0;
        for (i = 0; i < SMALL + LARGE; i++) {
            int within = i - SMALL / 2, in_large = within >= 0 && within < LARGE;
            double turn = 6.283185307179586 * within / (int)LARGE,
                   radius = 6 + test_below(&random, 300) / 256.0;
            double x = in_large ? 11 + radius * 1.4 * cos(turn) : test_below(&random, 22 * 256) / 256.0,
                   y = in_large ? 8.5 + radius * sin(turn) : test_below(&random, 17 * 256) / 256.0;
            if (kind == 1 && in_large) x = within * 24.0 / (int)LARGE - 1, y = 4 + radius;
            fill_put(&desc.view, at++, floor(x * 256) / 256, floor(y * 256) / 256);
            if (kind == 1 && aa) fill.y1[i] = 1;
            else if (kind == 1) fill.y1[i] = floor((9 + 5 * sin(i * 0.01)) * 256) / 256;
        }
        for (i = 1; i <= SMALL / 4 + 1; i++)
            fill.rings[i] = fill.rings[i - 1] + (i == SMALL / 8 + 1 ? (size_t)LARGE : 4);
        mark_init(&m, kind == 0 ? MARK_POLYGONS : MARK_AREAS);
        *mark_points(&m) = pika_xy_f64(fill.x, fill.y, at);
        if (kind == 0) m.as.polygons.ring_offsets = fill.rings, m.as.polygons.ring_count = SMALL / 4 + 1;
        else
            m.as.areas.offsets = fill.rings, m.as.areas.area_count = SMALL / 4 + 1,
            m.as.areas.base = pika_f64(fill.y1);
        fill_values(&m, SMALL, &random);
        desc.planes = aa ? PIKA_COVERAGE : PIKA_SUM | PIKA_LAST;
        *(kind == 0 ? &m.as.polygons.flags : &m.as.areas.flags) = aa ? PIKA_FILL_AA : 0;
        if (aa && kind == 1) /* the small ones cross themselves there */
            fill.rings[0] = SMALL / 2, fill.rings[1] = SMALL / 2 + LARGE, m.as.areas.area_count = 1;
        want_init(&want, &desc);
        fills_oracle(&want, &m);
        memset(&grid, 0, sizeof grid);
        mark_random_way(&ctx, &random);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(mark_add(&ctx, &grid, &m));
        if (aa) good = want_covers(&grid, &want, 2 / 255.0, "large rings");
        else good = want_equals(&grid, &want, "large rings");
        if (!good) printf("    round %d\n", round);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        want_free(&want);
    }
}

/* Grids that are filled in strips: tall, and wide. */
TEST(fills_in_strips)
{
    uint64_t random = test_now.seed + 215;
    int round;
    for (round = 0; round < (test_now.quick ? 4 : 8); round++) {
        pika_grid_desc desc;
        size_t at = 0;
        int aa = round / 2 % 2, r, i;
        mark m;
        if (round % 2 == 0) cells_desc(&desc, 7, 1400);
        else cells_desc(&desc, 2100, 77);
        fill.rings[0] = 0;
        for (r = 0; r < 5; r++) {
            for (i = 0; i < 4 + r; i++)
                fill_put(&desc.view, at++, test_between(&random, -500, desc.view.width * 256 + 500) / 256.0,
                    test_between(&random, -500, desc.view.height * 256 + 500) / 256.0);
            fill.rings[r + 1] = at;
        }
        mark_init(&m, MARK_POLYGONS);
        m.as.polygons.points = pika_xy_f64(fill.x, fill.y, at);
        m.as.polygons.ring_offsets = fill.rings;
        m.as.polygons.ring_count = 5;
        m.as.polygons.fill = round / 4;
        if (aa) m.as.polygons.flags = PIKA_FILL_AA;
        desc.planes = aa ? PIKA_COVERAGE : PIKA_COUNT;
        if (!fills_match(&desc, &m, aa, 0, &random, "strips")) {
            printf("    round %d\n", round);
            return;
        }
        if (!aa) m.as.polygons.flags = PIKA_FILL_TOUCH;
        mark_one_tile(&desc, &m, &random, "strips");
    }
}

/* Points, lines and rectangles into one grid: values in the order of the calls, rows counted on. */
TEST(fills_with_points_and_lines)
{
    uint64_t random = test_now.seed + 214;
    int round, i;
    for (round = 0; round < (test_now.quick ? 6 : 20); round++) {
        enum { N = 60 };
        mark_want want;
        pika_grid_desc desc;
        pika_grid grid;
        pika_points points;
        pika_ctx ctx;
        mark lines, rects;
        fill_desc(&desc, &random);
        desc.planes = ALL_PLANES;
        for (i = 0; i < N; i++) {
            fill_put(&desc.view, (size_t)i, fill_random_cell(desc.view.first_x, desc.view.width, 0, &random),
                fill_random_cell(desc.view.first_y, desc.view.height, 0, &random));
            fill.x1[i] = fill.y[N - 1 - i], fill.y1[i] = fill.x[i / 2];
        }
        mark_init(&lines, MARK_LINES);
        mark_init(&rects, MARK_RECTS);
        *mark_points(&lines) = pika_xy_f64(fill.x, fill.y, N);
        *mark_points(&rects) = pika_xy_f64(fill.x, fill.y, 7);
        fill_values(&lines, N, &random);
        fill_values(&rects, N, &random);
        rects.as.rects.x1 = pika_f64(fill.x1), rects.as.rects.y1 = pika_f64(fill.y1);
        points = *mark_points(&lines);
        want_init(&want, &desc);
        memset(&grid, 0, sizeof grid);
        mark_random_way(&ctx, &random);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        for (i = 0; i < 4; i++) {
            uint64_t before = want.grid.inside;
            if (i == 0 || i == 3) {
                CHECK_OK(pika_add_points(&ctx, &grid, &points));
                oracle_add(&want.grid, &points, 0, N);
                want.hits += want.grid.inside - before;
            } else {
                CHECK_OK(mark_add(&ctx, &grid, i == 1 ? &lines : &rects));
                if (i == 1) lines_oracle(&want, &lines.as.lines);
                else fills_oracle(&want, &rects);
            }
        }
        i = want_equals(&grid, &want, "points, lines, rectangles, points");
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        want_free(&want);
        if (!i) return;
    }
}

/* The figures of the rule: centres on edges, holes, a ring around twice. */
TEST(fills_polygons_by_hand)
{
    /* two squares beside and above each other, edges through centres: each centre is in one of them */
    static const double left[] = {0.5, 2.5, 2.5, 0.5, 2.5, 4.5, 4.5, 2.5},
                        low[] = {0.5, 0.5, 2.5, 2.5, 0.5, 0.5, 2.5, 2.5};
    static const double twice_x[] = {0, 6, 6, 0, 1, 5, 5, 1}, twice_y[] = {0, 0, 6, 6, 1, 1, 5, 5};
    static const double hole_x[] = {0, 6, 6, 0, 1, 1, 5, 5}, hole_y[] = {0, 0, 6, 6, 1, 5, 5, 1};
    static const size_t squares[] = {0, 4, 8}, both[] = {0, 2};
    pika_grid_desc desc;
    pika_grid grid;
    int x, y, k;
    cells_desc(&desc, 6, 6);
    desc.planes = PIKA_COVERAGE;
    memset(&grid, 0, sizeof grid);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    for (k = 0; k < 5; k++) {
        double read[36];
        pika_polygons p;
        memset(&p, 0, sizeof p);
        p.points = k == 0  ? pika_xy_f64(left, low, 8)
                   : k < 3 ? pika_xy_f64(twice_x, twice_y, 8)
                           : pika_xy_f64(hole_x, hole_y, 8);
        p.ring_offsets = squares;
        p.ring_count = 2;
        if (k > 0) p.polygon_rings = both, p.polygon_count = 1;
        p.fill = k == 2 || k == 4 ? PIKA_EVEN_ODD : PIKA_NONZERO;
        pika_grid_clear(NULL, &grid);
        CHECK_OK(pika_add_polygons(NULL, &grid, &p));
        CHECK_EQ(grid.total, k == 0 ? 2 : 1);
        CHECK_EQ(grid.inside, grid.total);
        p.flags = PIKA_FILL_AA;
        CHECK_OK(pika_add_polygons(NULL, &grid, &p));
        CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, read));
        for (y = 0; y < 6; y++)
            for (x = 0; x < 6; x++) {
                int inner = x >= 1 && x < 5 && y >= 1 && y < 5;
                int want = k == 0 ? x < 4 && y < 2 : k == 1 ? 1 : !inner;
                double share =
                    k > 0 ? want : (x == 0 || x == 4 ? 0.5 : x < 4) * (y == 0 || y == 2 ? 0.5 : y < 2);
                CHECK_EQ(pika_grid_counts(&grid)[y * 6 + x], want);
                CHECK(read[y * 6 + x] == share);
            }
    }
    pika_grid_free(NULL, &grid);
}

/* Edges that begin on the border of the cells around them, at the height of a centre: where they pass just
   beside a centre further up. */
TEST(fills_centres_on_borders)
{
    uint64_t random = test_now.seed + 211;
    int round, rounds = test_now.quick ? 300 : 2000;
    for (round = 0; round < rounds; round++) {
        pika_grid_desc desc;
        mark m;
        int i, column = test_below(&random, 10) * 256, row = test_below(&random, 6) * 256 + 128, flip;
        cells_desc(&desc, 24, 20);
        fill.x[0] = column, fill.y[0] = row;
        /* through a point as near to a centre as the lattice lets it */
        fill.x[1] = column + test_between(&random, 1, 4000), fill.y[1] = row + test_between(&random, 1, 4000);
        fill.x[2] = column + test_between(&random, 1, 4000), fill.y[2] = row + test_between(&random, 1, 4000);
        flip = test_below(&random, 8);
        for (i = 0; i < 3; i++) {
            double keep;
            fill.x[i] = (flip & 1 ? 24 * 256 - fill.x[i] : fill.x[i]) / 256;
            fill.y[i] = (flip & 2 ? 20 * 256 - fill.y[i] : fill.y[i]) / 256;
            keep = fill.x[i];
            if (flip & 4) fill.x[i] = fill.y[i] + 4, fill.y[i] = keep - 4;
        }
        mark_init(&m, MARK_TRIANGLES);
        m.as.triangles.points = pika_xy_f64(fill.x, fill.y, 3);
        m.as.triangles.triangle_count = 1;
        if (!fills_match(&desc, &m, 0, 0, &random, "triangles from a border")) {
            printf("    round %d\n", round);
            return;
        }
    }
}

/* TOUCH: what the centres have, every cell that an edge goes through, and no cell that none touches. */
TEST(fills_touch)
{
    uint64_t random = test_now.seed + 201;
    int round, rounds = test_now.quick ? 60 : 300;
    for (round = 0; round < rounds; round++) {
        pika_grid_desc desc;
        pika_grid centres, touched;
        mark_want want;
        size_t count;
        int64_t cx, cy;
        int bad = 0;
        pika_ctx ctx;
        mark m;
        fill_desc(&desc, &random);
        desc.planes = 0, desc.categories = 0;
        mark_init(&m, round % 3 == 2 ? MARK_RECTS : MARK_POLYGONS);
        count = fill_ring(&desc.view, 0, test_below(&random, 7), &random);
        if (count < 2) continue;
        m.as.polygons.points = pika_xy_f64(fill.x, fill.y, count);
        m.as.polygons.fill = test_below(&random, 2);
        if (m.kind == MARK_RECTS) {
            mark_init(&m, MARK_RECTS);
            m.as.rects.points = pika_xy_f64(fill.x, fill.y, 1);
            m.as.rects.x1 = pika_f64(fill.x + 1), m.as.rects.y1 = pika_f64(fill.y + 1);
        }
        want_init(&want, &desc);
        fills_oracle(&want, &m); /* leaves the shape */
        mark_random_way(&ctx, &random);
        memset(&centres, 0, sizeof centres);
        memset(&touched, 0, sizeof touched);
        CHECK_OK(pika_grid_alloc(&ctx, &centres, &desc));
        CHECK_OK(pika_grid_alloc(&ctx, &touched, &desc));
        CHECK_OK(mark_add(&ctx, &centres, &m));
        if (m.kind == MARK_RECTS) m.as.rects.flags = PIKA_FILL_TOUCH;
        else m.as.polygons.flags = PIKA_FILL_TOUCH;
        CHECK_OK(mark_add(&ctx, &touched, &m));
        for (cy = want.grid.y.first; cy < want.grid.y.first + want.grid.y.cells; cy++)
            for (cx = want.grid.x.first; cx < want.grid.x.first + want.grid.x.cells; cx++) {
                int64_t index = want_index(&want, cx, cy, 0), x0 = cx * 256, y0 = cy * 256;
                int i, k, through = 0, along = 0;
                uint32_t got = pika_grid_counts(&touched)[index];
                for (i = 0; i < shape.count; i++) {
                    int64_t px = shape.x[i], py = shape.y[i], qx = shape.x[(i + 1) % shape.count],
                            qy = shape.y[(i + 1) % shape.count];
                    int64_t left = px < qx ? px : qx, right = px < qx ? qx : px, low = py < qy ? py : qy,
                            high = py < qy ? qy : py;
                    int above = 0, below = 0;
                    for (k = 0; k < 4; k++) { /* on which side of the edge the corners are */
                        int64_t x = x0 + (k & 1) * 256, y = y0 + (k >> 1) * 256,
                                side = (qx - px) * (y - py) - (qy - py) * (x - px);
                        above += side > 0, below += side < 0;
                    }
                    if (px == qx && py == qy) above = below = 1; /* a dot */
                    through |= left < x0 + 256 && right > x0 && low < y0 + 256 && high > y0 && above > 0 &&
                               below > 0;
                    along |= left <= x0 + 256 && right >= x0 && low <= y0 + 256 && high >= y0 && above < 4 &&
                             below < 4;
                }
                bad += got > 1;
                bad += pika_grid_counts(&centres)[index] > got;
                bad += through && got == 0;
                bad += got == 1 && pika_grid_counts(&centres)[index] == 0 && !along;
                if (bad == 1 && test_now.failures < 4)
                    printf("    round %d, cell %d, %d: %d, by its centre %d; an edge goes %s\n", round,
                        (int)cx, (int)cy, (int)got, (int)pika_grid_counts(&centres)[index],
                        through ? "through"
                        : along ? "along"
                                : "elsewhere"),
                        bad++;
            }
        CHECK_EQ(bad, 0);
        CHECK_EQ(touched.inside, centres.inside);
        pika_grid_free(&ctx, &centres);
        pika_grid_free(&ctx, &touched);
        pika_ctx_free(&ctx);
        want_free(&want);
        if (bad) return;
    }
}

/* ---- partitions ----------------------------------------------------------------------------------------------- */

/* Every cell is counted once and covered by exactly 1, where the tolerance is 0. */
static int check_partition(
    pika_grid_desc *desc, mark *m, unsigned *flags, double tolerance, uint64_t *random, const char *what)
{
    int k, good = 1;
    for (k = 0; k < 2 && good; k++) {
        mark_cells cells;
        pika_ctx ctx;
        size_t i, bad = 0;
        desc->planes = k == 0 ? PIKA_COUNT : PIKA_COVERAGE;
        *flags = k == 0 ? 0 : PIKA_FILL_AA;
        mark_random_way(&ctx, random);
        cells = mark_take(&ctx, desc, m);
        for (i = cells.count - cells.cells; i < cells.count; i++) {
            if (!(fabs(cells.values[i] - 1) <= k * tolerance) && bad++ == 0 && test_now.failures < 8)
                printf("    %s, %s: cell %d of %d x %d has %.9g\n", what, way_name,
                    (int)(i + cells.cells - cells.count), desc->view.width, desc->view.height,
                    cells.values[i]);
        }
        good = CHECK_EQ(bad, 0);
        CHECK_EQ(cells.stats.invalid, 0);
        free(cells.values);
        pika_ctx_free(&ctx);
    }
    return good;
}

/* A triangle with heights of a quarter of the lattice's step at least, which crossings to 1/4096 do not turn. */
static int stands_clear(const int64_t *x, const int64_t *y, uint32_t a, uint32_t b, int64_t px, int64_t py)
{
    const double area = (double)((x[b] - x[a]) * (py - y[a]) - (y[b] - y[a]) * (px - x[a]));
    double ab = hypot((double)(x[b] - x[a]), (double)(y[b] - y[a])),
           bp = hypot((double)(px - x[b]), (double)(py - y[b])),
           pa = hypot((double)(px - x[a]), (double)(py - y[a]));
    ab = bp > ab ? bp : ab;
    ab = pa > ab ? pa : ab;
    return area >= ab / 4;
}

static int64_t turn_of(int64_t ax, int64_t ay, int64_t bx, int64_t by, int64_t cx, int64_t cy)
{
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

/* A square of triangles, split at random points of the lattice: thin ones, and vertices of many triangles. In
   every fourth round slivers, too thin for crossings to 1/4096: there the sum is 1 to 2^-11. */
TEST(fills_partition_of_triangles)
{
    uint64_t random = test_now.seed + 202;
    int round, rounds = test_now.quick ? 20 : 80;
    for (round = 0; round < rounds; round++) {
        static int64_t px[300], py[300];
        int points = 4, triangles = 2, i, k, splits = 5 + test_below(&random, 200), side;
        static const uint32_t square[] = {0, 1, 2, 0, 2, 3};
        pika_grid_desc desc;
        mark m;
        cells_desc(&desc, 1 + test_below(&random, 32), 1 + test_below(&random, 24));
        side = (desc.view.width > desc.view.height ? desc.view.width : desc.view.height) * 256 + 600;
        px[0] = -300, py[0] = -300, px[1] = side, py[1] = -300 - test_below(&random, 200);
        px[2] = side + 9, py[2] = side, px[3] = -500, py[3] = side + 100;
        memcpy(fill.indices, square, sizeof square);
        for (i = 0; i < splits; i++) {
            int coarse = i % 3 == 0 ? 128 : 1;
            int64_t x = test_between(&random, -256, side) / coarse * coarse,
                    y = test_between(&random, -256, side) / coarse * coarse;
            for (k = 0; k < triangles; k++) {
                uint32_t *t = fill.indices + 3 * k;
                uint32_t a = t[0], b = t[1], c = t[2], p = (uint32_t)points;
                if (turn_of(px[a], py[a], px[b], py[b], x, y) <= 0) continue;
                if (turn_of(px[b], py[b], px[c], py[c], x, y) <= 0) continue;
                if (turn_of(px[c], py[c], px[a], py[a], x, y) <= 0) continue;
                if (round % 4 != 3 &&
                    !(stands_clear(px, py, a, b, x, y) && stands_clear(px, py, b, c, x, y) &&
                        stands_clear(px, py, c, a, x, y)))
                    break;
                px[points] = x, py[points] = y;
                t[2] = p; /* a b p, b c p, c a p */
                t = fill.indices + 3 * triangles;
                t[0] = b, t[1] = c, t[2] = p;
                t[3] = c, t[4] = a, t[5] = p;
                triangles += 2, points++;
                break;
            }
        }
        for (i = 0; i < triangles; i++) /* in any order, turning either way, from any corner */
            if (test_below(&random, 2)) {
                uint32_t keep = fill.indices[3 * i];
                fill.indices[3 * i] = fill.indices[3 * i + 1], fill.indices[3 * i + 1] = keep;
            }
        for (i = 0; i < points; i++) fill.x[i] = (double)px[i] / 256, fill.y[i] = (double)py[i] / 256;
        mark_init(&m, MARK_TRIANGLES);
        m.as.triangles.points = pika_xy_f64(fill.x, fill.y, (size_t)points);
        m.as.triangles.indices = fill.indices;
        m.as.triangles.triangle_count = (size_t)triangles;
        if (!check_partition(
                &desc, &m, &m.as.triangles.flags, round % 4 == 3 ? 1 / 2048.0 : 0, &random, "triangles"))
            return;
    }
}

/* Quads with moved corners: as quads, as polygons of one vertex list each, as pairs of triangles. */
TEST(fills_partition_of_quads)
{
    uint64_t random = test_now.seed + 203;
    int round, rounds = test_now.quick ? 20 : 60;
    for (round = 0; round < rounds; round++) {
        int columns = 1 + test_below(&random, 12), rows = 1 + test_below(&random, 12), i, k, x, y, n, good;
        double wide, high;
        pika_grid_desc desc;
        mark m;
        cells_desc(&desc, 1 + test_below(&random, 32), 1 + test_below(&random, 24));
        wide = (desc.view.width + 2.0) / columns, high = (desc.view.height + 2.0) / rows;
        for (y = 0; y <= rows; y++)
            for (x = 0; x <= columns; x++) {
                int rim = x == 0 || y == 0 || x == columns || y == rows;
                i = y * (columns + 1) + x;
                fill.x[i] = x * wide - 1 + (rim ? 0 : wide * test_between(&random, -20, 20) / 100);
                fill.y[i] = y * high - 1 + (rim ? 0 : high * test_between(&random, -20, 20) / 100);
            }
        mark_init(&m, MARK_QUADS);
        m.as.quads.points = pika_xy_f64(fill.x, fill.y, 0);
        m.as.quads.columns = (size_t)columns, m.as.quads.rows = (size_t)rows;
        m.as.quads.curvilinear = 1;
        good = check_partition(&desc, &m, &m.as.quads.flags, 0, &random, "curvilinear quads");
        for (i = n = 0; i < columns * rows; i++) {
            int at = i / columns * (columns + 1) + i % columns, up = at + columns + 1;
            int corners[6];
            corners[0] = at, corners[1] = at + 1, corners[2] = up + 1, corners[3] = up;
            for (k = 0; k < 4; k++)
                fill.x1[4 * i + k] = fill.x[corners[k]], fill.y1[4 * i + k] = fill.y[corners[k]];
            fill.rings[i] = 4 * (size_t)i;
            fill.indices[n++] = (uint32_t)at, fill.indices[n++] = (uint32_t)(at + 1);
            fill.indices[n++] = (uint32_t)(i % 2 ? up : up + 1);
            fill.indices[n++] = (uint32_t)(i % 2 ? at + 1 : at), fill.indices[n++] = (uint32_t)(up + 1);
            fill.indices[n++] = (uint32_t)up;
        }
        fill.rings[columns * rows] = 4 * (size_t)(columns * rows);
        mark_init(&m, MARK_POLYGONS);
        m.as.polygons.points = pika_xy_f64(fill.x1, fill.y1, 4 * (size_t)(columns * rows));
        m.as.polygons.ring_offsets = fill.rings;
        m.as.polygons.ring_count = (size_t)(columns * rows);
        m.as.polygons.fill = round % 2;
        good &= check_partition(&desc, &m, &m.as.polygons.flags, 0, &random, "polygons");
        mark_init(&m, MARK_TRIANGLES);
        m.as.triangles.points = pika_xy_f64(fill.x, fill.y, (size_t)((columns + 1) * (rows + 1)));
        m.as.triangles.indices = fill.indices;
        m.as.triangles.triangle_count = 2 * (size_t)(columns * rows);
        good &= check_partition(&desc, &m, &m.as.triangles.flags, 0, &random, "halves of quads");
        mark_init(&m, MARK_QUADS); /* rectilinear: uneven columns and rows, in either direction */
        fill.x[0] = fill.y[0] = -1;
        for (i = 1; i <= columns; i++)
            fill.x[i] = fill.x[i - 1] + wide * test_between(&random, 20, 100) / 100;
        for (i = 1; i <= rows; i++) fill.y[i] = fill.y[i - 1] + high * test_between(&random, 20, 100) / 100;
        fill.x[columns] = desc.view.width + 0.25, fill.y[rows] = desc.view.height + 1;
        m.as.quads.points = pika_xy_f64(fill.x, fill.y, 0);
        if (round % 2) m.as.quads.points.x = pika_strided(fill.x + columns, PIKA_F64, -8);
        m.as.quads.columns = (size_t)columns, m.as.quads.rows = (size_t)rows;
        good &= check_partition(&desc, &m, &m.as.quads.flags, 0, &random, "rectilinear quads");
        if (!good) return;
    }
}

/* ---- rectangles, triangles, quads by the oracle ----------------------------------------------------------------- */

TEST(fills_random_meshes)
{
    uint64_t random = test_now.seed + 204;
    int round, rounds = test_now.quick ? 150 : 600;
    for (round = 0; round < rounds; round++) {
        static const char *const names[] = {
            "rects", "triangles", "interpolated triangles", "quads", "rectilinear quads"};
        int kind = round % 5, aa = round / 5 % 2, count = 1 + test_below(&random, 12), i,
            interpolate = kind == 2;
        int coarse = test_below(&random, 3) * 128;
        unsigned *flags;
        pika_grid_desc desc;
        mark m;
        fill_desc(&desc, &random);
        mark_init(&m, kind == 0 ? MARK_RECTS : kind < 3 ? MARK_TRIANGLES : MARK_QUADS);
        flags = kind == 0 ? &m.as.rects.flags : kind < 3 ? &m.as.triangles.flags : &m.as.quads.flags;
        for (i = 0; i < 60; i++) {
            fill_put(&desc.view, (size_t)i,
                fill_random_cell(desc.view.first_x, desc.view.width, coarse, &random),
                fill_random_cell(desc.view.first_y, desc.view.height, coarse, &random));
            fill.x1[i] = fill.x[i], fill.y1[i] = fill.y[i];
        }
        if (test_below(&random, 8) == 0) fill.y[3] = double_of_bits(UINT64_C(0x7FF8000000000000));
        *mark_points(&m) = pika_xy_f64(fill.x, fill.y, (size_t)count);
        fill_values(&m, 60, &random);
        if (kind == 0) m.as.rects.x1 = pika_f64(fill.x1 + 20), m.as.rects.y1 = pika_f64(fill.y1 + 20);
        if (kind == 1 || kind == 2) {
            m.as.triangles.points.count = 60;
            m.as.triangles.triangle_count = (size_t)count;
            m.as.triangles.interpolate = interpolate;
            if (test_below(&random, 2)) {
                for (i = 0; i < 3 * count; i++) fill.indices[i] = (uint32_t)test_below(&random, 20);
                m.as.triangles.indices = fill.indices;
            }
        }
        if (kind >= 3) {
            m.as.quads.columns = 1 + (size_t)test_below(&random, 4),
            m.as.quads.rows = 1 + (size_t)test_below(&random, 3);
            m.as.quads.curvilinear = kind == 3;
        }
        if (aa) fill_aa(&desc, flags, &random);
        if (aa && kind == 3)
            continue; /* quads that cross themselves: signed areas are tested with polygons */
        if (interpolate) desc.categories = 0;
        if (interpolate && !aa) desc.planes = PIKA_SUM;
        if (interpolate && aa && desc.planes == PIKA_COVERAGE) desc.planes |= PIKA_SUM;
        if (!fills_match(&desc, &m, aa, interpolate, &random, names[kind])) {
            printf("    round %d\n", round);
            return;
        }
    }
}

/* ---- areas ---------------------------------------------------------------------------------------------------- */

TEST(fills_areas)
{
    uint64_t random = test_now.seed + 205;
    int round, rounds = test_now.quick ? 100 : 500;
    for (round = 0; round < rounds; round++) {
        int kind = round % 5, count = 2 + test_below(&random, 12), areas = 1, i, k, aa = round / 5 % 2,
            shared;
        pika_grid_desc desc;
        mark m;
        fill_desc(&desc, &random);
        mark_init(&m, MARK_AREAS);
        shared = kind >= 3;
        if (kind >= 2) areas = 1 + test_below(&random, 4);
        for (k = 0; k < areas; k++) {
            double x = fill_random_cell(desc.view.first_x, 2, 0, &random) - 2;
            for (i = 0; i < count; i++) {
                x += test_below(&random, 2 * (desc.view.width + 6) * 256 / count) / 256.0;
                fill_put(&desc.view, (size_t)(k * count + i), x,
                    fill_random_cell(desc.view.first_y, desc.view.height, 0, &random));
                fill.y1[k * count + i] = fill_at(&desc.view.y, fill_whole(&desc.view, 1),
                    fill_random_cell(desc.view.first_y, desc.view.height, 0, &random));
                if (aa) fill.y1[k * count + i] = desc.view.y.lo; /* curves that cross: see below */
                if (kind == 4)                                   /* heights */
                    fill.y[k * count + i] = (fill.y1[k * count + i] - desc.view.y.lo) / (aa ? 2 : 4);
                if (kind == 4 && aa)
                    fill.y[k * count + i] =
                        (desc.view.y.hi - desc.view.y.lo) * test_below(&random, 100) / 256;
                if (test_below(&random, 9) == 0)
                    fill.y[k * count + i] = double_of_bits(UINT64_C(0x7FF8000000000000));
            }
        }
        m.as.areas.points = pika_xy_f64(fill.x, fill.y, (size_t)(count * areas));
        m.as.areas.baseline = desc.view.y.lo + (aa ? -1 : 1);
        if (kind == 1) m.as.areas.base = pika_f64(fill.y1);
        if (kind == 2) {
            for (k = 0; k <= areas; k++) fill.rings[k] = (size_t)(k * count);
            m.as.areas.offsets = fill.rings;
            m.as.areas.area_count = (size_t)areas;
        }
        if (shared) m.as.areas.shared_x = (size_t)count, m.as.areas.area_count = (size_t)areas;
        m.as.areas.stacked = kind == 4;
        fill_values(&m, 10, &random);
        if (aa) {
            fill_aa(&desc, &m.as.areas.flags, &random);
            for (i = 0; i < count * areas && kind != 4; i++) /* above the lower curve */
                if (fill.y[i] < desc.view.y.lo) fill.y[i] = desc.view.y.lo;
        }
        if (!fills_match(&desc, &m, aa, 0, &random, "areas")) {
            printf("    round %d, kind %d, %d areas of %d\n", round, kind, areas, count);
            return;
        }
    }
}

/* Where two curves cross, both sides are filled: the area of |difference|, but in the cell of the crossing. */
TEST(fills_areas_that_cross)
{
    static const double x[] = {0, 8}, up[] = {1, 5}, down[] = {5, 1};
    pika_grid_desc desc;
    pika_grid grid;
    pika_areas a;
    double read[64];
    int cx, cy;
    cells_desc(&desc, 8, 8);
    desc.planes = PIKA_COVERAGE;
    memset(&grid, 0, sizeof grid);
    memset(&a, 0, sizeof a);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    a.points = pika_xy_f64(x, up, 2);
    a.base = pika_f64(down);
    CHECK_OK(pika_add_areas(NULL, &grid, &a));
    a.flags = PIKA_FILL_AA;
    CHECK_OK(pika_add_areas(NULL, &grid, &a));
    CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, read));
    for (cy = 0; cy < 8; cy++)
        for (cx = 0; cx < 8; cx++) {
            double middle = fabs(cx + 0.5 - 4) / 2, least, most, from = 3 - middle, to = 3 + middle, share;
            CHECK_EQ(pika_grid_counts(&grid)[cy * 8 + cx], cy + 0.5 > from && cy + 0.5 < to);
            if (cx == 3 || cx == 4) continue;
            least = middle - 0.25, most = middle + 0.25; /* at the cell's two sides */
            share = read[cy * 8 + cx];
            if (cy >= 3 - least && cy + 1 <= 3 + least) CHECK(share == 1);
            if (cy >= 3 + most || cy + 1 <= 3 - most) CHECK(share == 0);
        }
    CHECK_EQ(grid.inside, 2);
    pika_grid_free(NULL, &grid);
}

/* A stack of heights is a partition of what lies under the last. */
TEST(fills_areas_stacked_partition)
{
    uint64_t random = test_now.seed + 206;
    int round, rounds = test_now.quick ? 15 : 60;
    for (round = 0; round < rounds; round++) {
        enum { AREAS = 6 };
        int count = 2 + test_below(&random, 30), i, k, bad = 0;
        pika_grid_desc desc;
        mark m;
        cells_desc(&desc, 1 + test_below(&random, 32), 1 + test_below(&random, 24));
        for (i = 0; i < count; i++) {
            fill.x[i] = -1 + (desc.view.width + 2.0) * i / (count - 1);
            for (k = 0; k < AREAS; k++)
                fill.y[k * count + i] = test_below(&random, 1000) * desc.view.height / 3000.0;
            if (test_below(&random, 4) == 0) fill.y[count + i] = double_of_bits(UINT64_C(0x7FF8000000000000));
            fill.y[(AREAS - 1) * count + i] += desc.view.height * 2; /* past the top */
        }
        mark_init(&m, MARK_AREAS);
        m.as.areas.points = pika_xy_f64(fill.x, fill.y, (size_t)(count * AREAS));
        m.as.areas.shared_x = (size_t)count;
        m.as.areas.area_count = AREAS;
        m.as.areas.stacked = 1;
        m.as.areas.baseline = -0.5;
        bad = !check_partition(&desc, &m, &m.as.areas.flags, 0, &random, "stacked areas");
        if (bad) return;
    }
}

/* ---- rasters ------------------------------------------------------------------------------------------------- */

/* The pixels' edges lie on the lattice, none on a centre, so that every cell has one answer. */
TEST(fills_raster)
{
    uint64_t random = test_now.seed + 207;
    int round, rounds = test_now.quick ? 60 : 300;
    for (round = 0; round < rounds; round++) {
        int kind = round % 3, columns = 1 + test_below(&random, 9), rows = 1 + test_below(&random, 9), i, x,
            y;
        int step_x = test_between(&random, 1, 900), step_y = test_between(&random, 1, 900),
            flip = test_below(&random, 4);
        int from_x = test_between(&random, -600, 2000), from_y = test_between(&random, -600, 2000), bad = 0;
        pika_grid_desc desc;
        pika_grid grid;
        pika_raster raster;
        pika_stats stats;
        pika_ctx ctx;
        double *sum, *share, *mean;
        size_t n;
        if (kind == 2) step_x += step_x % 2, step_y += step_y % 2; /* the pixels' centres too */
        cells_desc(&desc, 1 + test_below(&random, 24), 1 + test_below(&random, 16));
        n = (size_t)(desc.view.width * desc.view.height);
        desc.planes = kind == 1 ? PIKA_COVERAGE | PIKA_SUM | PIKA_MEAN : PIKA_SUM | PIKA_MEAN | PIKA_LAST;
        for (i = 0; i < columns * rows; i++) fill.value[i] = test_between(&random, -800, 800) / 8.0;
        memset(&raster, 0, sizeof raster);
        memset(&grid, 0, sizeof grid);
        raster.value = pika_f64(fill.value);
        raster.columns = (size_t)columns, raster.rows = (size_t)rows;
        raster.x0 = from_x / 256.0, raster.x1 = (from_x + columns * step_x) / 256.0;
        raster.y0 = from_y / 256.0, raster.y1 = (from_y + rows * step_y) / 256.0;
        if (flip & 1) raster.x0 = raster.x1, raster.x1 = from_x / 256.0;
        if (flip & 2) raster.y0 = raster.y1, raster.y1 = from_y / 256.0;
        raster.interpolate = kind == 2;
        raster.flags = kind == 1 ? PIKA_FILL_AA : 0;
        mark_random_way(&ctx, &random);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        if (!CHECK_OK(pika_add_raster(&ctx, &grid, &raster))) printf("        %s\n", pika_last_error(&ctx));
        sum = (double *)malloc(3 * n * sizeof *sum), share = sum + n, mean = share + n;
        CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_SUM, 0, sum));
        CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_MEAN, 0, mean));
        if (kind == 1) CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_COVERAGE, 0, share));
        for (y = 0; y < desc.view.height; y++)
            for (x = 0; x < desc.view.width; x++) {
                const int at = y * desc.view.width + x;
                const uint32_t count = pika_grid_counts(&grid)[at];
                double u = (x * 256 + 128 - from_x) / (double)step_x,
                       v = (y * 256 + 128 - from_y) / (double)step_y;
                int in = u > 0 && u < columns && v > 0 && v < rows, was = bad;
                if (kind == 1) {
                    double all = 0, weighted = 0;
                    for (i = 0; i < columns * rows; i++) {
                        int left = from_x + i % columns * step_x, low = from_y + i / columns * step_y;
                        int a = left > x * 256 ? left : x * 256, c = low > y * 256 ? low : y * 256,
                            b = left + step_x < x * 256 + 256 ? left + step_x : x * 256 + 256,
                            d = low + step_y < y * 256 + 256 ? low + step_y : y * 256 + 256;
                        int column = flip & 1 ? columns - 1 - i % columns : i % columns,
                            row = flip & 2 ? rows - 1 - i / columns : i / columns;
                        if (a >= b || c >= d) continue;
                        all += (b - a) * (d - c) / 65536.0;
                        weighted += (b - a) * (d - c) / 65536.0 * fill.value[row * columns + column];
                    }
                    bad += !(fabs(share[at] - all) <= 1e-6) + !(fabs(sum[at] - weighted) <= 1e-3);
                    bad += all > 0.01 && !(fabs(mean[at] - weighted / all) <= 0.01);
                    bad += count != 0;
                } else if (u == 0 || v == 0 || u == columns || v == rows ||
                           (kind == 0 && (u == floor(u) || v == floor(v)))) {
                    continue; /* on an edge of pixels */
                } else if (!in) {
                    bad += count != 0;
                } else {
                    double value;
                    if (flip & 1) u = columns - u;
                    if (flip & 2) v = rows - v;
                    if (kind == 0) {
                        value = fill.value[(int)v * columns + (int)u];
                    } else {
                        int left, low, right, high;
                        u = u < 0.5 ? 0 : u > columns - 0.5 ? columns - 1 : u - 0.5;
                        v = v < 0.5 ? 0 : v > rows - 0.5 ? rows - 1 : v - 0.5;
                        left = (int)u, low = (int)v;
                        right = left + 1 < columns ? left + 1 : left, high = low + 1 < rows ? low + 1 : low;
                        u -= left, v -= low;
                        value = (fill.value[low * columns + left] * (1 - u) +
                                    fill.value[low * columns + right] * u) *
                                    (1 - v) +
                                (fill.value[high * columns + left] * (1 - u) +
                                    fill.value[high * columns + right] * u) *
                                    v;
                    }
                    bad += count != 1 || !(fabs(sum[at] - value) <= (kind == 0 ? 0 : 1e-4));
                    bad += mean[at] != sum[at];
                }
                if (bad > was && was == 0 && test_now.failures < 8)
                    printf("    round %d, cell %d, %d: count %d, sum %.9g, coverage %.9g\n", round, x, y,
                        (int)count, sum[at], kind == 1 ? share[at] : 0);
            }
        if (!CHECK_EQ(bad, 0))
            printf("    kind %d, %d x %d pixels, flip %d, %s\n", kind, columns, rows, flip, way_name);
        CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
        CHECK_EQ(stats.total,
            (uint64_t)((columns + (kind == 2)) * (rows + (kind == 2)))); /* kind 2: interpolated */
        CHECK_EQ(stats.inside + stats.outside, stats.total);
        free(sum);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        if (bad) return;
    }
}

/* A raster is its quads. */
TEST(fills_raster_is_quads)
{
    uint64_t random = test_now.seed + 208;
    int round, rounds = test_now.quick ? 15 : 60;
    for (round = 0; round < rounds; round++) {
        int columns = 1 + test_below(&random, 12), rows = 1 + test_below(&random, 12), i, aa = round % 2;
        mark_cells a, b;
        pika_grid_desc desc;
        mark raster, quads;
        size_t k;
        fill_desc(&desc, &random);
        desc.categories = 0;
        desc.planes = aa ? PIKA_COVERAGE : PIKA_SUM | PIKA_ARGMAX | PIKA_FIRST | PIKA_MIN;
        mark_init(&raster, MARK_RASTER);
        mark_init(&quads, MARK_QUADS);
        for (i = 0; i < columns * rows; i++) fill.value[i] = test_between(&random, -800, 800) / 8.0;
        fill.value[test_below(&random, columns * rows)] = double_of_bits(UINT64_C(0x7FF8000000000000));
        for (i = 0; i <= columns; i++)
            fill_put(&desc.view, (size_t)i, i * 1.75 - 3, 0), fill.x1[i] = fill.x[i];
        for (i = 0; i <= rows; i++) fill_put(&desc.view, (size_t)i, 0, i * 2.25 - 2), fill.y1[i] = fill.y[i];
        raster.as.raster.value = pika_f64(fill.value);
        raster.as.raster.columns = quads.as.quads.columns = (size_t)columns;
        raster.as.raster.rows = quads.as.quads.rows = (size_t)rows;
        raster.as.raster.x0 = fill.x1[0], raster.as.raster.x1 = fill.x1[columns];
        raster.as.raster.y0 = fill.y1[0], raster.as.raster.y1 = fill.y1[rows];
        raster.as.raster.flags = quads.as.quads.flags = aa ? PIKA_FILL_AA : 0;
        quads.as.quads.points = pika_xy_f64(fill.x1, fill.y1, 0);
        quads.as.quads.points.value = pika_f64(fill.value);
        a = mark_take(NULL, &desc, &quads);
        b = mark_take(NULL, &desc, &raster);
        sprintf(way_name, "round %d", round);
        for (k = 0; k < a.count && aa; k++) /* areas may be rounded once more */
            if (fabs(a.values[k] - b.values[k]) <= 1e-6) b.values[k] = a.values[k];
        mark_same(&b, &a, "raster and quads");
        free(a.values);
        free(b.values);
        if (test_now.failures > 0) return;
    }
}

/* ---- axes ------------------------------------------------------------------------------------------------------ */

/* By an edge table places within a cell are even between its edges: rectangles from edge to edge fill whole
   cells exactly, from middle to middle half cells. */
TEST(fills_on_edge_tables)
{
    int scale, exact, k;
    for (scale = 0; scale < 3; scale++)
        for (exact = scale == 0; exact < 2; exact++) {
            pika_grid_desc desc;
            pika_grid grid;
            pika_rects r;
            double x_edges[31], y_edges[21], x, y, x1, y1, read[30 * 20];
            memset(&desc, 0, sizeof desc);
            desc.view.width = 30, desc.view.height = 20;
            desc.view.flags = exact ? PIKA_EXACT_EDGES : 0;
            desc.view.x.scale = scale, desc.view.y.scale = scale;
            desc.view.x.lo = 0.7, desc.view.x.hi = 1234.5, desc.view.y.lo = 0.1, desc.view.y.hi = 3.3;
            desc.planes = PIKA_COVERAGE;
            CHECK_OK(pika_view_edges(NULL, &desc.view, 0, PIKA_F64, x_edges));
            CHECK_OK(pika_view_edges(NULL, &desc.view, 1, PIKA_F64, y_edges));
            for (k = 0; k < 2; k++) {
                int cx, cy, bad = 0;
                x = k == 0 ? x_edges[3] : x_edges[3] + (x_edges[4] - x_edges[3]) / 2;
                x1 = k == 0 ? x_edges[20] : x_edges[20] + (x_edges[21] - x_edges[20]) / 2;
                y = k == 0 ? y_edges[5] : y_edges[5] + (y_edges[6] - y_edges[5]) / 2;
                y1 = k == 0 ? y_edges[11] : y_edges[11] + (y_edges[12] - y_edges[11]) / 2;
                memset(&grid, 0, sizeof grid);
                memset(&r, 0, sizeof r);
                r.points = pika_xy_f64(&x, &y, 1);
                r.x1 = pika_f64(&x1), r.y1 = pika_f64(&y1);
                r.flags = PIKA_FILL_AA;
                CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
                CHECK_OK(pika_add_rects(NULL, &grid, &r));
                CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, read));
                for (cy = 0; cy < 20; cy++)
                    for (cx = 0; cx < 30; cx++) {
                        double wide = cx < 3 || cx > 20 ? 0
                                      : cx == 3         ? 1 - k * 0.5
                                      : cx == 20        ? k * 0.5
                                                        : 1,
                               high = cy < 5 || cy > 11 ? 0
                                      : cy == 5         ? 1 - k * 0.5
                                      : cy == 11        ? k * 0.5
                                                        : 1;
                        bad += !(fabs(read[cy * 30 + cx] - wide * high) <= k / 128.0);
                    }
                if (!CHECK_EQ(bad, 0)) printf("    scale %d, exact %d, middle %d\n", scale, exact, k);
                pika_grid_free(NULL, &grid);
            }
        }
}

/* Places past all numbers are an end of the picture. */
TEST(fills_to_infinity)
{
    const double ends[] = {1e30, 3e9, 1e300, HUGE_VAL};
    int i, aa;
    for (i = 0; i < 4; i++)
        for (aa = 0; aa < 2; aa++) {
            double x = -ends[i], y = 2.5, x1 = 4.25, y1 = ends[i], read[70];
            pika_grid_desc desc;
            pika_grid grid;
            pika_rects r;
            int cx, cy, bad = 0;
            cells_desc(&desc, 10, 7);
            desc.planes = PIKA_COVERAGE;
            memset(&r, 0, sizeof r);
            memset(&grid, 0, sizeof grid);
            r.points = pika_xy_f64(&x, &y, 1);
            r.x1 = pika_f64(&x1), r.y1 = pika_f64(&y1);
            r.flags = aa ? PIKA_FILL_AA : 0;
            CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
            CHECK_OK(pika_add_rects(NULL, &grid, &r));
            CHECK_OK(pika_grid_read(NULL, &grid, PIKA_COVERAGE, 0, read));
            for (cy = 0; cy < 7; cy++)
                for (cx = 0; cx < 10; cx++) {
                    double share = (cx < 4 ? 1 : cx == 4 ? 0.25 : 0) * (cy > 2 ? 1 : cy == 2 ? 0.5 : 0);
                    if (aa) bad += read[cy * 10 + cx] != share;
                    else bad += pika_grid_counts(&grid)[cy * 10 + cx] != (cx < 4 && cy >= 2);
                }
            CHECK_EQ(bad, 0);
            CHECK_EQ(grid.inside, 1);
            pika_grid_free(NULL, &grid);
        }
}

/* ---- scenes ---------------------------------------------------------------------------------------------------- */

enum { FILL_SCENES = 14, FILL_SCENE_ROWS = 60000 };
static const char *const fill_scene_names[FILL_SCENES] = {"polygons_values", "polygons_even_odd",
    "polygons_aa", "polygons_touch", "areas_stacked", "areas_aa", "rects_values", "rects_aa",
    "triangles_interpolated", "triangles_aa", "quads_curvilinear", "raster_nearest", "raster_aa",
    "raster_bilinear"};

/* Some `marks` marks over [0, 1]^2 and around, of integers, in the memory of the lines' scenes. */
static void fill_scene(int which, size_t marks, int width, int height, pika_grid_desc *desc, mark *m)
{
    static uint32_t indices[3 * FILL_SCENE_ROWS];
    uint64_t state = 77;
    size_t i, per = which < 4 ? 8 : 1, rows = marks * per;
    int from_x = 0, from_y = 0;
    size_t thinner = 1;
    pika_points points;
    cells_desc(desc, width, height);
    desc->view.x.hi = desc->view.y.hi = 1;
    for (i = 0; i < rows || i < 2000; i++) {
        uint64_t r = test_random(&state);
        int x = (int)(r & 0xFFFF), y = (int)(r >> 16 & 0xFFFF), across = (int)(r >> 32 & 0xFFF) - 1024,
            up = (int)(r >> 48 & 0xFFF) - 1024;
        if (i % per == 0) from_x = x, from_y = y;
        else x = from_x + across * 4, y = from_y + up * 4; /* around the ring's first */
        scene.x[i] = (float)x / 65536.0f, scene.y[i] = (float)y / 65536.0f;
        scene.x1[i] = (float)(x + 2 * across) / 65536.0f;
        scene.value[i] = (float)((int)(r >> 44 & 1023) - 512) / 16.0f;
        scene.category[i] = (int8_t)(r >> 60 & 1);
        if (i % 97 == 50) scene.y[i] = float_of_bits(0x7FC00000u);
    }
    points = scene_points(marks);
    if (which < 4) {
        mark_init(m, MARK_POLYGONS);
        for (i = 0; i <= marks; i++) scene.offsets[i] = i * per;
        points.count = rows;
        m->as.polygons.ring_offsets = scene.offsets;
        m->as.polygons.ring_count = marks;
        m->as.polygons.fill = which == 1 ? PIKA_EVEN_ODD : PIKA_NONZERO;
        m->as.polygons.flags = which == 2 ? PIKA_FILL_AA : which == 3 ? PIKA_FILL_TOUCH : 0;
        if (which == 0) desc->planes = ALL_PLANES, desc->categories = 2;
        if (which == 2) desc->planes = PIKA_COVERAGE | PIKA_SUM | PIKA_MEAN;
    } else if (which < 6) {
        mark_init(m, MARK_AREAS);
        if (which == 4) {
            m->as.areas.shared_x = 50;
            m->as.areas.area_count = marks / 50;
            m->as.areas.stacked = 1;
            for (i = 0; i < 50; i++) scene.x[i] = (float)(i * 43) / 2048.0f;
            while (marks / 50 > thinner) thinner *= 2;
            for (i = 0; i < marks; i++) scene.y[i] = (scene.y[i] - 0.25f) * 2 / (float)thinner;
            points.count = marks / 50 * 50;
            desc->planes = PIKA_LAST | PIKA_MAX;
        } else {
            for (i = 0; i <= marks / 20; i++) scene.offsets[i] = i * 20;
            for (i = 0; i < marks; i++) scene.x[i] = (float)(i % 20) / 20.0f + scene.x[i] / 20.0f;
            m->as.areas.offsets = scene.offsets;
            m->as.areas.area_count = marks / 20;
            m->as.areas.base = pika_f32(scene.x1);
            m->as.areas.flags = PIKA_FILL_AA;
            desc->planes = PIKA_COVERAGE | PIKA_MEAN;
        }
    } else if (which < 8) {
        mark_init(m, MARK_RECTS);
        m->as.rects.x1 = pika_f32(scene.x1);
        m->as.rects.y1 = pika_strided(scene.value, PIKA_F32, 0);
        for (i = 0; i < marks; i++)
            scene.value[i] = scene.y[i] + (float)((int)(i * 7919 % 4096) - 2048) / 65536.0f;
        desc->planes = which == 6 ? PIKA_SUM | PIKA_ARGMIN | PIKA_STD : PIKA_COVERAGE | PIKA_SUM;
        m->as.rects.flags = which == 7 ? PIKA_FILL_AA : 0;
    } else if (which < 10) {
        mark_init(m, MARK_TRIANGLES);
        for (i = 0; i < 3 * marks; i++)
            indices[i] = (uint32_t)(i % 3 == 0 ? i / 3 : (i / 3 * 31 + i % 3 * 7) % marks);
        for (i = 0; i < marks; i++) scene.x[i] = scene.x[i] * 0.25f + (float)(i * 31 % 4) * 0.25f;
        m->as.triangles.indices = indices;
        m->as.triangles.triangle_count = marks;
        m->as.triangles.interpolate = 1;
        m->as.triangles.flags = which == 9 ? PIKA_FILL_AA : 0;
        desc->planes = which == 9 ? PIKA_COVERAGE | PIKA_SUM | PIKA_MEAN : PIKA_SUM | PIKA_MIN | PIKA_LAST;
    } else if (which == 10) {
        size_t side = 2;
        while ((side + 1) * (side + 1) <= marks) side++;
        mark_init(m, MARK_QUADS);
        for (i = 0; i < side * side; i++) {
            scene.x[i] = ((float)(i % side) + scene.x[i] * 0.5f) / (float)(side - 1);
            scene.y[i] = ((float)(i / side) + scene.y[i] * 0.5f) / (float)(side - 1);
        }
        m->as.quads.columns = m->as.quads.rows = side - 1;
        m->as.quads.curvilinear = 1;
        desc->planes = PIKA_SUM | PIKA_FIRST;
    } else {
        mark_init(m, MARK_RASTER);
        m->as.raster.value = pika_f32(scene.value);
        m->as.raster.columns = 40;
        m->as.raster.rows = marks / 40;
        m->as.raster.x0 = 0.91, m->as.raster.x1 = 0.07, m->as.raster.y0 = -0.3, m->as.raster.y1 = 0.83;
        m->as.raster.interpolate = which == 13;
        m->as.raster.flags = which == 12 ? PIKA_FILL_AA : 0;
        desc->planes = which == 12 ? PIKA_COVERAGE | PIKA_SUM | PIKA_MEAN : PIKA_SUM | PIKA_MAX;
    }
    if (m->kind != MARK_RASTER) *mark_points(m) = points;
}

TEST(fills_every_way)
{
    scenes_every_way(fill_scene, fill_scene_names, FILL_SCENES, test_now.quick ? 600 : 1500);
}

TEST(fills_large_every_way)
{
    static const int scenes[] = {2, 6, 8, 10};
    pika_grid_desc desc;
    mark m;
    int k;
    for (k = 0; k < 4; k++) {
        fill_scene(scenes[k], k == 0 ? 2000 : test_now.quick ? 6000 : 20000, 90, 70, &desc, &m);
        scene_on_threads(&desc, &m, fill_scene_names[scenes[k]]);
    }
}

TEST(fills_tiles) { scenes_tiles(fill_scene, fill_scene_names, FILL_SCENES, 300, 209); }

/* Triangles whose edges pass corners of cells closely, by one tile each. */
TEST(fills_tiles_of_one)
{
    uint64_t random = test_now.seed + 212;
    int round, rounds = test_now.quick ? 1000 : 6000;
    for (round = 0; round < rounds; round++) {
        static const unsigned flags[] = {PIKA_FILL_AA, PIKA_FILL_AA, PIKA_FILL_AA, 0, PIKA_FILL_TOUCH};
        pika_grid_desc desc;
        int i, k;
        mark m;
        cells_desc(&desc, 20, 16);
        for (i = 0; i < 3; i++) {
            fill.x[i] = test_between(&random, -1000, 21 * 256),
            fill.y[i] = test_between(&random, -1000, 17 * 256);
            if (test_below(&random, 6) == 0) fill.x[i] += test_between(&random, -50000, 50000);
            if (test_below(&random, 12) == 0) fill.y[i] += test_between(&random, -50000, 50000);
        }
        for (k = 0; k < 200; k++) { /* the second vertex so that the first edge passes a corner */
            double cx = test_below(&random, 21) * 256, cy = test_below(&random, 17) * 256,
                   t = test_between(&random, 2, 9) / 4.0;
            double x = floor(fill.x[0] + (cx - fill.x[0]) * t + 0.5),
                   y = floor(fill.y[0] + (cy - fill.y[0]) * t + 0.5),
                   off = fabs((x - fill.x[0]) * (cy - fill.y[0]) - (y - fill.y[0]) * (cx - fill.x[0]));
            if (off > hypot(x - fill.x[0], y - fill.y[0]) / 8) continue;
            fill.x[1] = x, fill.y[1] = y;
            break;
        }
        for (i = 0; i < 3; i++) fill.x[i] /= 256, fill.y[i] /= 256;
        mark_init(&m, MARK_TRIANGLES);
        m.as.triangles.points = pika_xy_f64(fill.x, fill.y, 3);
        m.as.triangles.triangle_count = 1;
        m.as.triangles.flags = flags[round % 5];
        desc.planes = m.as.triangles.flags == PIKA_FILL_AA ? PIKA_COVERAGE : PIKA_COUNT;
        if (mark_one_tile(&desc, &m, &random, "a triangle")) continue;
        for (i = 0; i < 3; i++) printf("    (%.0f, %.0f)", fill.x[i] * 256, fill.y[i] * 256);
        printf(" / 256, flags %u, round %d\n", m.as.triangles.flags, round);
        return;
    }
}

TEST(fills_allocations_fail) { scenes_memory(fill_scene, fill_scene_names, FILL_SCENES, 200); }

TEST(fills_cancel_and_go_on)
{
    static const int scenes[] = {0, 6, 8};
    pika_grid_desc desc;
    mark m;
    int k;
    for (k = test_now.quick ? 1 : 0; k < (test_now.quick ? 2 : 3); k++) {
        size_t marks = k == 0 ? 9000 : 20000;
        fill_scene(scenes[k], marks, 40, 30, &desc, &m);
        CHECK(mark_cancel(&desc, &m, marks, fill_scene_names[scenes[k]]) >= 1);
    }
}

/* Of a stack the first areas, when it is cancelled. */
TEST(fills_cancel_a_stack)
{
    enum { AREAS = 9000, N = 2 };
    int stop, i, k, midway = 0;
    fill.x[0] = -1, fill.x[1] = 13;
    for (i = 0; i < N * AREAS; i++) scene.y[i] = (float)(i % 7) / 4096.0f;
    for (stop = 0; stop < 3; stop++) {
        pika_ctx_desc ctx_desc = way_desc(-1, stop == 1 ? 3 : 1, -1);
        mark_cells now, part;
        pika_grid_desc desc;
        pika_grid grid;
        void *memory;
        pika_ctx ctx;
        mark m;
        pika_result result;
        cells_desc(&desc, 12, 10);
        memory = mark_grid_init(&grid, &desc);
        mark_init(&m, MARK_AREAS);
        m.as.areas.points = pika_xy(pika_f64(fill.x), pika_f32(scene.y), N * AREAS);
        m.as.areas.shared_x = N, m.as.areas.area_count = AREAS, m.as.areas.stacked = 1;
        progress_watch(&ctx_desc, stop);
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        result = mark_add(&ctx, &grid, &m);
        CHECK_EQ(progress.bad, 0);
        CHECK(progress.calls > 0);
        CHECK_EQ(progress.total, AREAS);
        k = (int)grid.total;
        if (k < AREAS) CHECK_RESULT(result, PIKA_ERR_CANCELLED);
        else CHECK(result == PIKA_OK || progress.last == AREAS);
        midway += k < AREAS;
        m.as.areas.points.count = (size_t)(N * k), m.as.areas.area_count = (size_t)k;
        now = mark_read(&grid);
        part = mark_take(NULL, &desc, &m);
        sprintf(way_name, "cancelled at call %d", stop);
        mark_same(&now, &part, "a stack");
        free(now.values);
        free(part.values);
        free(memory);
        pika_ctx_free(&ctx);
    }
    CHECK(midway >= 1);
}

/* Rectangles over a cell that has little room. */
TEST(fills_cell_full_and_go_on)
{
    static const int rooms[] = {0, 1, 3, 250, 2000};
    enum { N = 30000, FULL_X = 2, FULL_Y = 1 };
    uint64_t random = 6;
    int i, room, threads;
    for (i = 0; i < N; i++) {
        scene.x[i] = (float)test_below(&random, 5), scene.y[i] = (float)test_below(&random, 3);
        scene.x1[i] = scene.x[i] + (float)test_below(&random, 3),
        scene.value[i] = scene.y[i] + 1 + (float)test_below(&random, 2);
    }
    for (room = 0; room < 5; room++)
        for (threads = 1; threads <= 3; threads += 2) {
            uint32_t want[5 * 3], base = 0xFFFFFFFFu - (uint32_t)rooms[room];
            pika_grid_desc desc;
            pika_grid full;
            uint64_t before;
            pika_ctx ctx;
            mark m, part;
            cells_desc(&desc, 5, 3);
            mark_nearly_full(&full, &desc, FULL_X, FULL_Y, (uint32_t)rooms[room]);
            before = full.total;
            way_init(&ctx, -1, threads, -1);
            mark_init(&m, MARK_RECTS);
            m.as.rects.points = pika_xy_f32(scene.x, scene.y, N);
            m.as.rects.x1 = pika_f32(scene.x1), m.as.rects.y1 = pika_f32(scene.value);
            CHECK_RESULT(mark_add(&ctx, &full, &m), PIKA_ERR_SIZE);
            CHECK_HAS(pika_last_error(&ctx), "pika_add_rects");
            for (;;) {
                size_t k = (size_t)(full.total - before), row;
                int x, y, bad = 0;
                memset(want, 0, sizeof want);
                for (row = 0; row < k; row++)
                    for (y = (int)scene.y[row]; y < (int)scene.value[row] && y < 3; y++)
                        for (x = (int)scene.x[row]; x < (int)scene.x1[row] && x < 5; x++) want[y * 5 + x]++;
                want[FULL_Y * 5 + FULL_X] += base;
                for (i = 0; i < 15; i++) bad += pika_grid_counts(&full)[i] != want[i];
                if (!CHECK_EQ(bad, 0))
                    printf("    room %d, %d threads, mark %d\n", rooms[room], threads, (int)k);
                if (bad || k >= N || rooms[room] > 300) break;
                part = mark_rest(&m, k);
                part.as.rects.points.count = 1;
                y = (int)scene.y[k] <= FULL_Y && (int)scene.value[k] > FULL_Y;
                x = (int)scene.x[k] <= FULL_X && (int)scene.x1[k] > FULL_X;
                if (x && y && want[FULL_Y * 5 + FULL_X] == 0xFFFFFFFFu) {
                    CHECK_RESULT(mark_add(&ctx, &full, &part), PIKA_ERR_SIZE);
                    CHECK_EQ(full.total, before + k);
                    break;
                }
                if (!CHECK_OK(mark_add(&ctx, &full, &part))) break;
            }
            pika_grid_free(NULL, &full);
            pika_ctx_free(&ctx);
        }
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

static void complete_rects(mark *m)
{
    m->as.rects.x1 = pika_f64(bad_rows.y);
    m->as.rects.y1 = pika_f64(bad_rows.x);
}
static void complete_triangles(mark *m) { m->as.triangles.triangle_count = 2; }
static void complete_quads(mark *m) { m->as.quads.columns = m->as.quads.rows = 1; }
static void complete_raster(mark *m)
{
    m->as.raster.value = pika_f64(bad_rows.value);
    m->as.raster.columns = 3, m->as.raster.rows = 2;
    m->as.raster.x1 = 9, m->as.raster.y1 = 8;
}

TEST(fills_errors)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    size_t falling[3] = {0, 4, 3}, past[3] = {0, 3, 7}, rings[3] = {0, 2, 3}, back[3] = {0, 2, 1};
    static const uint32_t indices[] = {0, 1, 6, 0, 1, 2};
    pika_grid grid, zero;
    mark m;
    error_begin();
    memset(&zero, 0, sizeof zero);
    refuse_points_of(MARK_POLYGONS, complete_nothing, "pika_add_polygons");
    refuse_points_of(MARK_AREAS, complete_nothing, "pika_add_areas");
    refuse_points_of(MARK_RECTS, complete_rects, "pika_add_rects");
    refuse_points_of(MARK_TRIANGLES, complete_triangles, "pika_add_triangles");
    refuse_points_of(MARK_QUADS, complete_quads, "pika_add_quads");
#define BAD_FILL(kind, change, parts) BAD_MARK(kind, PIKA_COVERAGE, 0, change, PIKA_ERR_INVALID, parts)
    BAD_FILL(MARK_POLYGONS, m.as.polygons.fill = 2, "pika_add_polygons|fill|2");
    BAD_FILL(MARK_POLYGONS, m.as.polygons.fill = -1, "pika_add_polygons|fill|-1");
    BAD_FILL(
        MARK_POLYGONS, m.as.polygons.flags = PIKA_FILL_AA | PIKA_FILL_TOUCH, "pika_add_polygons|flags|24");
    BAD_FILL(MARK_POLYGONS, m.as.polygons.flags = PIKA_LINE_ONCE, "pika_add_polygons|flags|1");
    BAD_FILL(MARK_POLYGONS, m.as.polygons.flags = 1u << 20, "pika_add_polygons|flags|1048576");
    BAD_FILL(MARK_POLYGONS, (m.as.polygons.ring_offsets = falling, m.as.polygons.ring_count = 2),
        "pika_add_polygons|ring_offsets");
    BAD_FILL(MARK_POLYGONS, (m.as.polygons.ring_offsets = past, m.as.polygons.ring_count = 2),
        "pika_add_polygons|ring_offsets");
    falling[2] = 5;
    BAD_FILL(MARK_POLYGONS,
        (m.as.polygons.ring_offsets = falling, m.as.polygons.ring_count = 2,
            m.as.polygons.polygon_rings = rings, m.as.polygons.polygon_count = 2),
        "pika_add_polygons|polygon_rings");
    BAD_FILL(MARK_POLYGONS,
        (m.as.polygons.ring_offsets = falling, m.as.polygons.ring_count = 2,
            m.as.polygons.polygon_rings = back, m.as.polygons.polygon_count = 2),
        "pika_add_polygons|polygon_rings");
    falling[2] = 3;
    BAD_FILL(MARK_AREAS, (m.as.areas.offsets = falling, m.as.areas.area_count = 2), "pika_add_areas|offsets");
    BAD_FILL(MARK_AREAS, (m.as.areas.offsets = past, m.as.areas.area_count = 2), "pika_add_areas|offsets");
    BAD_FILL(MARK_AREAS, m.as.areas.baseline = nan, "pika_add_areas|baseline");
    BAD_FILL(MARK_AREAS, m.as.areas.stacked = 1, "pika_add_areas|stacked");
    BAD_FILL(MARK_AREAS, (m.as.areas.base = pika_f64(bad_rows.x), m.as.areas.base.type = 12),
        "pika_add_areas|base.type|12");
    BAD_FILL(MARK_AREAS, (m.as.areas.shared_x = 4, m.as.areas.area_count = 2), "pika_add_areas|shared_x");
    BAD_FILL(MARK_AREAS, m.as.areas.flags = 64, "pika_add_areas|flags|64");
    BAD_FILL(MARK_RECTS, (complete_rects(&m), m.as.rects.x1.data = NULL), "pika_add_rects|x1.data");
    BAD_FILL(MARK_RECTS, (complete_rects(&m), m.as.rects.y1.type = -3), "pika_add_rects|y1.type|-3");
    BAD_FILL(MARK_RECTS, (complete_rects(&m), m.as.rects.flags = 64), "pika_add_rects|flags|64");
    BAD_FILL(MARK_TRIANGLES, (complete_triangles(&m), m.as.triangles.indices = indices),
        "pika_add_triangles|indices|6");
    BAD_FILL(MARK_TRIANGLES, m.as.triangles.triangle_count = 3, "pika_add_triangles|triangle_count|3");
    BAD_FILL(
        MARK_TRIANGLES, (complete_triangles(&m), m.as.triangles.flags = 64), "pika_add_triangles|flags|64");
    BAD_FILL(MARK_QUADS, (complete_quads(&m), m.as.quads.flags = 64), "pika_add_quads|flags|64");
    BAD_FILL(MARK_QUADS, (complete_quads(&m), m.as.quads.columns = (size_t)-1 / 2, m.as.quads.rows = 9),
        "pika_add_quads|columns");
    BAD_MARK(MARK_RASTER, PIKA_SUM, 0, (complete_raster(&m), m.as.raster.value.data = NULL), PIKA_ERR_INVALID,
        "pika_add_raster|value");
    BAD_MARK(MARK_RASTER, PIKA_SUM, 0, (complete_raster(&m), m.as.raster.value.type = 10), PIKA_ERR_INVALID,
        "pika_add_raster|value.type|10");
    BAD_MARK(
        MARK_RASTER, PIKA_COUNT, 2, complete_raster(&m), PIKA_ERR_UNSUPPORTED, "pika_add_raster|category");
    BAD_MARK(MARK_TRIANGLES, PIKA_SUM, 2, (complete_triangles(&m), m.as.triangles.interpolate = 1),
        PIKA_ERR_UNSUPPORTED, "pika_add_triangles|interpolate|categories");
    BAD_FILL(MARK_RASTER, (complete_raster(&m), m.as.raster.x0 = nan), "pika_add_raster|x0");
    BAD_FILL(MARK_RASTER, (complete_raster(&m), m.as.raster.y1 = HUGE_VAL), "pika_add_raster|y1");
    BAD_FILL(
        MARK_RASTER, (complete_raster(&m), m.as.raster.columns = (size_t)-1 / 2), "pika_add_raster|columns");
    BAD_FILL(MARK_RASTER, (complete_raster(&m), m.as.raster.flags = 64), "pika_add_raster|flags|64");
#undef BAD_FILL
#define BAD_AA(kind, planes, change, parts) BAD_MARK(kind, planes, 0, change, PIKA_ERR_UNSUPPORTED, parts)
    BAD_MARK(MARK_POLYGONS, PIKA_COUNT, 0, m.as.polygons.flags = PIKA_FILL_AA, PIKA_ERR_INVALID,
        "pika_add_polygons|COVERAGE");
    BAD_AA(MARK_POLYGONS, PIKA_COVERAGE | PIKA_VAR, m.as.polygons.flags = PIKA_FILL_AA,
        "pika_add_polygons|planes");
    BAD_AA(MARK_AREAS, PIKA_COVERAGE | PIKA_FIRST, m.as.areas.flags = PIKA_FILL_AA, "pika_add_areas|planes");
    BAD_AA(MARK_RECTS, PIKA_COVERAGE | PIKA_MAX, (complete_rects(&m), m.as.rects.flags = PIKA_FILL_AA),
        "pika_add_rects|planes");
    BAD_AA(MARK_TRIANGLES, PIKA_COVERAGE | PIKA_ARGMIN,
        (complete_triangles(&m), m.as.triangles.flags = PIKA_FILL_AA), "pika_add_triangles|planes");
    BAD_AA(MARK_QUADS, PIKA_COVERAGE | PIKA_STD, (complete_quads(&m), m.as.quads.flags = PIKA_FILL_AA),
        "pika_add_quads|planes");
    BAD_AA(MARK_RASTER, PIKA_COVERAGE | PIKA_LAST, (complete_raster(&m), m.as.raster.flags = PIKA_FILL_AA),
        "pika_add_raster|planes");
#undef BAD_AA
    bad_begin(&grid, &m, MARK_POLYGONS, 0, 0);
    for (m.kind = MARK_POLYGONS; m.kind <= MARK_RASTER; m.kind++) {
        mark nothing;
        CHECK_RESULT(mark_add(NULL, NULL, &m), PIKA_ERR_INVALID);
        CHECK_RESULT(mark_add(NULL, &zero, &m), PIKA_ERR_INVALID);
        mark_init(&nothing, m.kind);
        CHECK_OK(mark_add(NULL, &grid, &nothing));
    }
    CHECK_RESULT(pika_add_polygons(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_areas(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_rects(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_triangles(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_quads(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_add_raster(NULL, &grid, NULL), PIKA_ERR_INVALID);
    CHECK_EQ(grid.total, 6);
    pika_grid_free(NULL, &grid);
    pika_ctx_free(&error_ctx);
}

/* ---- numbers that hurt --------------------------------------------------------------------------------------------- */

TEST(fills_fuzz)
{
    uint64_t random = test_now.seed + 210;
    int round, rounds = test_now.quick ? 400 : 2000;
    for (round = 0; round < rounds; round++) {
        static const unsigned kinds_of_flags[] = {0, PIKA_FILL_AA, PIKA_FILL_TOUCH};
        unsigned flags = kinds_of_flags[test_below(&random, 3)];
        int count = 1 + test_below(&random, 150), i, w, h;
        pika_points points;
        pika_grid_desc desc;
        mark m;
        random_desc(&desc, PIKA_F64, PIKA_F64, &random);
        desc.view.width = w = 1 + desc.view.width % 40, desc.view.height = h = 1 + desc.view.height % 30;
        desc.view.total_width = desc.view.total_height = desc.view.first_x = desc.view.first_y = 0;
        if (test_below(&random, 5) == 0 && desc.view.x.scale + desc.view.y.scale == 0) {
            desc.view.total_width = desc.view.total_height = 1 << 30;
            desc.view.first_x = test_below(&random, 2) * ((1 << 30) - w);
            desc.view.first_y = test_below(&random, 2) * ((1 << 30) - h);
            desc.view.flags = 0;
        }
        if (round % 40 == 0 && desc.view.total_width == 0) desc.view.width = 32768, desc.view.height = 1;
        if (round % 40 == 20 && desc.view.total_width == 0) desc.view.width = 1, desc.view.height = 32768;
        if (flags == PIKA_FILL_AA) desc.planes = PIKA_COVERAGE | (desc.planes & (PIKA_SUM | PIKA_MEAN));
        for (i = 0; i < 200; i++) {
            fill.x[i] = mark_hostile(desc.view.x.lo, desc.view.x.hi, w, &random);
            fill.y[i] = mark_hostile(desc.view.y.lo, desc.view.y.hi, h, &random);
            fill.x1[i] = mark_hostile(desc.view.x.lo, desc.view.x.hi, w, &random);
            fill.y1[i] = mark_hostile(desc.view.y.lo, desc.view.y.hi, h, &random);
            fill.indices[i] = (uint32_t)test_below(&random, count);
        }
        if (test_below(&random, 2)) /* fewer NaNs, or no ring is valid */
            for (i = 0; i < 200; i++) {
                if (fill.x[i] != fill.x[i]) fill.x[i] = HUGE_VAL;
                if (fill.y[i] != fill.y[i]) fill.y[i] = -1e30;
            }
        points = pika_xy_f64(fill.x, fill.y, (size_t)count);
        points.value = pika_f64(fill.x1);
        points.category = pika_strided(fill.y1, PIKA_I8, 8);
        mark_init(&m, MARK_POLYGONS + round % 6);
        if (m.kind != MARK_RASTER) *mark_points(&m) = points;
        fill.rings[0] = fill.polygons[0] = 0;
        for (i = 1; i < 12; i++) {
            fill.rings[i] =
                fill.rings[i - 1] + (size_t)test_below(&random, count + 1 - (int)fill.rings[i - 1]);
            fill.polygons[i] =
                fill.polygons[i - 1] + (size_t)test_below(&random, 12 - (int)fill.polygons[i - 1]);
        }
        if (m.kind == MARK_POLYGONS) {
            m.as.polygons.flags = flags, m.as.polygons.fill = test_below(&random, 2);
            if (test_below(&random, 3))
                m.as.polygons.ring_offsets = fill.rings, m.as.polygons.ring_count = 11;
            if (m.as.polygons.ring_offsets != NULL && test_below(&random, 2))
                m.as.polygons.polygon_rings = fill.polygons, m.as.polygons.polygon_count = 11;
        } else if (m.kind == MARK_AREAS) {
            m.as.areas.flags = flags, m.as.areas.baseline = fill.y1[7] == fill.y1[7] ? fill.y1[7] : 0;
            if (test_below(&random, 2)) m.as.areas.base = pika_f64(fill.y1);
            if (test_below(&random, 2)) m.as.areas.offsets = fill.rings, m.as.areas.area_count = 11;
            else if (test_below(&random, 2)) {
                m.as.areas.shared_x = (size_t)(count / 5), m.as.areas.area_count = 5;
                m.as.areas.stacked = test_below(&random, 2);
            }
        } else if (m.kind == MARK_RECTS) {
            m.as.rects.flags = flags, m.as.rects.x1 = pika_f64(fill.x1), m.as.rects.y1 = pika_f64(fill.y1);
        } else if (m.kind == MARK_TRIANGLES) {
            m.as.triangles.flags = flags, m.as.triangles.interpolate = test_below(&random, 2);
            m.as.triangles.triangle_count = (size_t)(count / 3);
            if (test_below(&random, 2))
                m.as.triangles.indices = fill.indices, m.as.triangles.triangle_count = 60;
        } else if (m.kind == MARK_QUADS) {
            m.as.quads.flags = flags, m.as.quads.columns = (size_t)test_below(&random, 10);
            m.as.quads.rows = (size_t)test_below(&random, 10),
            m.as.quads.curvilinear = test_below(&random, 2);
        } else {
            m.as.raster.flags = flags, m.as.raster.value = pika_f64(fill.x),
            m.as.raster.columns = (size_t)test_below(&random, 14);
            m.as.raster.rows = (size_t)test_below(&random, 14),
            m.as.raster.interpolate = test_below(&random, 2);
            m.as.raster.x0 = fill.x[0], m.as.raster.x1 = fill.x[1], m.as.raster.y0 = fill.y[0],
            m.as.raster.y1 = fill.y[1];
        }
        mark_survives(&desc, &m, &random);
        if (test_now.failures > 0) {
            printf("    round %d: kind %d, flags %u\n", round, m.kind, flags);
            return;
        }
    }
}

/* The library's own results, kept against change. */
TEST(fills_golden)
{
    static const struct {
        int scene;
        uint64_t hash;
    } golden[] = {{0, UINT64_C(0xa10d6bf9a6d0c0df)}, {2, UINT64_C(0xa6c89a6cc0d0192f)},
        {4, UINT64_C(0x9199d84466bb361e)}, {8, UINT64_C(0x26f571f32f859c2c)},
        {12, UINT64_C(0xba547cf6ddb358ab)}};
    pika_grid_desc desc;
    mark m;
    int i;
    uint64_t random = 1;
    for (i = 0; i < 5; i++) {
        fill_scene(golden[i].scene, 800, 64, 48, &desc, &m);
        mark_golden(fill_scene_names[golden[i].scene], &desc, &m, golden[i].hash);
        if (golden[i].scene % 4 == 0 && golden[i].scene < 8) /* aliased ones by the oracle, too */
            fills_match(&desc, &m, 0, 0, &random, fill_scene_names[golden[i].scene]);
    }
}

AREA(fills, LISTED(fills_polygons_random), LISTED(fills_large_rings), LISTED(fills_in_strips),
    LISTED(fills_with_points_and_lines), LISTED(fills_polygons_by_hand), LISTED(fills_centres_on_borders),
    LISTED(fills_touch), LISTED(fills_partition_of_triangles), LISTED(fills_partition_of_quads),
    LISTED(fills_random_meshes), LISTED(fills_areas), LISTED(fills_areas_that_cross),
    LISTED(fills_areas_stacked_partition), LISTED(fills_raster), LISTED(fills_raster_is_quads),
    LISTED(fills_on_edge_tables), LISTED(fills_to_infinity), LISTED(fills_every_way),
    LISTED(fills_large_every_way), LISTED(fills_tiles), LISTED(fills_tiles_of_one),
    LISTED(fills_allocations_fail), LISTED(fills_cancel_and_go_on), LISTED(fills_cancel_a_stack),
    LISTED(fills_cell_full_and_go_on), LISTED(fills_errors), LISTED_SAFE(fills_fuzz), LISTED(fills_golden));
