/* marks.h - lines, polygons and other marks in 1920 x 1080 cells: beside the loops that one writes without a
   library, and beside cairo. What is timed is the adding; clearing is a row of its own. Included by bench.c
   alone. */

#define MARK_COLUMNS 1920
#define MARK_ROWS 1080
#define MARK_CELLS (MARK_COLUMNS * MARK_ROWS)

/* ---- the marks: all coordinates are in cells and within the view ------------------------------------- */

enum { LINES, SEGMENTS, POLYGONS, AREA, RECTANGLES, TRIANGLES, DISCS, RASTER };

typedef struct shapes {
    int kind;
    size_t count, vertices; /* count: of marks; of a line of its own, segments */
    float *x, *y, *x1, *y1; /* x1, y1: the other ends, the opposite corners */
    float *value;           /* of the raster's pixels */
    uint32_t *indices;      /* of the triangles */
    size_t *offsets;        /* of the polygons */
    size_t each;            /* vertices of a polygon, of a line where all of them have the same x */
    size_t stroke;          /* segments that cairo strokes at a time */
    pika_pyramid pyramid;
    uint64_t random;
} shapes;

/* 0 <= result < 1, of 24 bits */
static double fraction(shapes *s) { return (double)(random_bits(&s->random) >> 40) / 16777216; }

static void make_columns(shapes *s, int kind, size_t count, size_t vertices)
{
    s->kind = kind;
    s->count = count;
    s->vertices = vertices;
    s->x = (float *)allocate(vertices * sizeof(float));
    s->y = (float *)allocate(vertices * sizeof(float));
}

/* A random walk of n steps over the whole height. */
static void make_walk(shapes *s, float *y, size_t n)
{
    uint64_t again = s->random;
    int64_t at = 0, lowest = 0, highest = 1;
    for (int pass = 0; pass < 2; pass++) {
        s->random = again;
        at = 0;
        for (size_t i = 0; i < n; i++) {
            at += bell(&s->random, 4096);
            if (pass)
                y[i] = (float)((double)(at - lowest) / (double)(highest - lowest) * (MARK_ROWS - 0.001));
            else lowest = at < lowest ? at : lowest, highest = at > highest ? at : highest;
        }
    }
}

/* Polygons of as many vertices each. */
static void make_offsets(shapes *s, size_t each)
{
    s->each = each;
    s->offsets = (size_t *)allocate((s->count + 1) * sizeof(size_t));
    for (size_t i = 0; i <= s->count; i++) s->offsets[i] = i * each;
}

static void make_even(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = (float)((double)i * MARK_COLUMNS / (double)n);
}

static void make_line_walk(shapes *s, size_t count)
{
    make_columns(s, LINES, count, count);
    make_even(s->x, count);
    make_walk(s, s->y, count);
    s->stroke = 1000;
}

/* From the lower half to the upper and back: a segment spans half of the height. */
static void make_line_noisy(shapes *s, size_t count)
{
    make_columns(s, LINES, count, count);
    make_even(s->x, count);
    for (size_t i = 0; i < count; i++) s->y[i] = (float)((fraction(s) + (double)(i % 2)) * (MARK_ROWS / 2.0));
    s->stroke = 1; /* faster than many at a time, which it looks for crossings */
}

static void make_series(shapes *s, size_t count)
{
    const size_t each = 1000, lines = count > each ? count / each : 1;
    make_columns(s, LINES, lines, lines * each);
    s->each = each;
    make_even(s->x, each);
    for (size_t i = 0; i < lines; i++) make_walk(s, s->y + i * each, each);
}

static void make_segments(shapes *s, size_t count)
{
    const double length = 20;
    make_columns(s, SEGMENTS, count, count);
    s->x1 = (float *)allocate(count * sizeof(float));
    s->y1 = (float *)allocate(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        const double turn = 6.283185307179586 * fraction(s);
        s->x[i] = (float)(length + (MARK_COLUMNS - 2 * length) * fraction(s));
        s->y[i] = (float)(length + (MARK_ROWS - 2 * length) * fraction(s));
        s->x1[i] = (float)((double)s->x[i] + length * cos(turn));
        s->y1[i] = (float)((double)s->y[i] + length * sin(turn));
    }
}

/* Of 1 to 20 cells on each side. */
static void make_rectangles(shapes *s, size_t count)
{
    make_columns(s, RECTANGLES, count, count);
    s->x1 = (float *)allocate(count * sizeof(float));
    s->y1 = (float *)allocate(count * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        s->x[i] = (float)((MARK_COLUMNS - 20) * fraction(s));
        s->y[i] = (float)((MARK_ROWS - 20) * fraction(s));
        s->x1[i] = (float)((double)s->x[i] + 1 + 19 * fraction(s));
        s->y1[i] = (float)((double)s->y[i] + 1 + 19 * fraction(s));
    }
}

/* Nodes (columns + 1) x (rows + 1) over the whole view, the inner ones out of place by up to a third. */
static void make_nodes(shapes *s, size_t columns, size_t rows)
{
    const double width = (double)MARK_COLUMNS / (double)columns, height = (double)MARK_ROWS / (double)rows;
    for (size_t i = 0; i < (columns + 1) * (rows + 1); i++) {
        const size_t u = i % (columns + 1), v = i / (columns + 1);
        const double right = (fraction(s) - 0.5) / 1.5, up = (fraction(s) - 0.5) / 1.5;
        s->x[i] = (float)(((double)u + (u % columns ? right : 0)) * width);
        s->y[i] = (float)(((double)v + (v % rows ? up : 0)) * height);
    }
}

/* Two triangles for each quad of nodes. */
static void make_triangles(shapes *s, size_t count)
{
    const size_t rows = (size_t)sqrt((double)count / 3.2), columns = count / 2 / rows;
    make_columns(s, TRIANGLES, 2 * columns * rows, (columns + 1) * (rows + 1));
    s->indices = (uint32_t *)allocate(3 * s->count * sizeof(uint32_t));
    make_nodes(s, columns, rows);
    for (size_t i = 0; i < columns * rows; i++) {
        const size_t lower = i / columns * (columns + 1) + i % columns, upper = lower + columns + 1;
        const size_t six[6] = {lower, lower + 1, upper, lower + 1, upper + 1, upper};
        for (int k = 0; k < 6; k++) s->indices[6 * i + (size_t)k] = (uint32_t)six[k];
    }
}

/* Polygons of 50 vertices, 13 to 12 of the nodes wide and high: neighbours share theirs. */
static void make_choropleth(shapes *s, size_t count)
{
    const size_t high = (size_t)sqrt((double)count / 2), wide = count / high, across = 13, up = 12;
    const size_t line = wide * across + 1;
    shapes nodes;
    memset(&nodes, 0, sizeof nodes);
    nodes.random = s->random;
    make_columns(&nodes, POLYGONS, 0, line * (high * up + 1));
    make_nodes(&nodes, wide * across, high * up);
    make_columns(s, POLYGONS, wide * high, wide * high * 2 * (across + up));
    make_offsets(s, 2 * (across + up));
    for (size_t i = 0, to = 0; i < s->count; i++) {
        size_t from = i / wide * up * line + i % wide * across; /* its lower left corner, then around */
        for (size_t k = 0; k < s->each; k++, to++) {
            s->x[to] = nodes.x[from];
            s->y[to] = nodes.y[from];
            if (k < across) from++;
            else if (k < across + up) from += line;
            else if (k < 2 * across + up) from--;
            else from -= line;
        }
    }
    free(nodes.x);
    free(nodes.y);
}

static void make_star(shapes *s, size_t count)
{
    make_columns(s, POLYGONS, 1, count < 3 ? 3 : count);
    make_offsets(s, s->vertices);
    for (size_t i = 0; i < s->vertices; i++) {
        const double turn = 6.283185307179586 * (double)i / (double)s->vertices;
        const double radius = MARK_ROWS / 2 * (0.5 + 0.5 * fraction(s));
        s->x[i] = (float)(MARK_COLUMNS / 2 + radius * cos(turn));
        s->y[i] = (float)(MARK_ROWS / 2 + radius * sin(turn));
    }
}

/* Under a walk, down to the lowest edge. */
static void make_area(shapes *s, size_t count)
{
    make_columns(s, AREA, 1, count);
    make_even(s->x, count);
    make_walk(s, s->y, count);
}

static void make_discs(shapes *s, size_t count)
{
    make_columns(s, DISCS, count, count);
    for (size_t i = 0; i < count; i++) {
        s->x[i] = (float)(MARK_COLUMNS * fraction(s));
        s->y[i] = (float)(MARK_ROWS * fraction(s));
    }
}

/* 4096 x 4096 pixels; fewer where fewer marks are asked for. */
static void make_raster(shapes *s, size_t count)
{
    s->kind = RASTER;
    s->each = count < 4096 ? 512 : 4096;
    s->count = s->each; /* rows */
    s->vertices = s->each * s->each;
    s->value = (float *)allocate(s->vertices * sizeof(float));
    for (size_t i = 0; i < s->vertices; i++) s->value[i] = (float)(int)(random_bits(&s->random) >> 48);
}

static void free_shapes(shapes *s)
{
    free(s->x);
    free(s->y);
    free(s->x1);
    free(s->y1);
    free(s->value);
    free(s->indices);
    free(s->offsets);
}

/* In 256ths of a cell, to the nearest: where the outlines of anti-aliased marks and of polygons are. */
static int32_t lattice(float v) { return (int32_t)floor((double)v * 256 + 0.5); }

/* The most vertices of an outline. */
static size_t outline_room(const shapes *s) { return s->vertices + 4; }

/* The vertices of a polygon, of a stroke; of a disc, its centre. Returns how many. */
static size_t outline(const shapes *s, size_t i, int32_t *x, int32_t *y)
{
    size_t first = 0, n = 0;
    switch (s->kind) {
    case LINES: first = i * s->stroke, n = s->vertices - first, n = n <= s->stroke ? n : s->stroke + 1; break;
    case POLYGONS: first = i * s->each, n = s->each; break;
    case AREA: n = s->vertices; break;
    case TRIANGLES: n = 3; break;
    default: first = i, n = 1; break;
    }
    for (size_t k = 0; k < n; k++) {
        const size_t from = s->kind == TRIANGLES ? s->indices[3 * i + k] : first + k;
        x[k] = lattice(s->x[from]);
        y[k] = lattice(s->y[from]);
    }
    switch (s->kind) {
    case SEGMENTS: x[1] = lattice(s->x1[i]), y[1] = lattice(s->y1[i]); return 2;
    case AREA: x[n] = x[n - 1], x[n + 1] = x[0], y[n] = y[n + 1] = 0; return n + 2;
    case RECTANGLES:
        x[3] = x[0], x[1] = x[2] = lattice(s->x1[i]);
        y[1] = y[0], y[2] = y[3] = lattice(s->y1[i]);
        return 4;
    default: return n;
    }
}

/* ---- plain loops ------------------------------------------------------------------------------------- */

/* What they draw into: rows, or shares of a cell, or the values of a raster. */
typedef struct picture {
    uint32_t *counts;
    float *shares;
    void *scratch; /* zeros, and left as zeros */
} picture;

typedef struct plain_marks { /* marks first to end - 1 */
    const shapes *of;
    size_t first, end;
    double width; /* of a line, or the radius */
    float scale;  /* 1, which the loops do not know */
    picture to;
} plain_marks;

/* Each vertex's cell, and those of the line between two vertices' cells, by Bresenham; statement: for each. */
#define LINE_LOOP(function, arguments, statement) \
    static void function arguments \
    { \
        int u, v, next_u = 0, next_v = 0; \
        for (size_t i = first; i < end; i++) { \
            u = (int)(x[i] * scale), v = (int)(y[i] * scale); \
            LINE_CELL(statement) \
            if (i + 1 == count) break; \
            next_u = (int)(x[i + 1] * scale), next_v = (int)(y[i + 1] * scale); \
            int right = next_u - u, up = next_v - v; \
            if (abs(right) >= abs(up)) { \
                if (right < 0) u = next_u, v = next_v, right = -right, up = -up; \
                const int step = up < 0 ? -1 : 1, rise = 2 * abs(up); \
                for (int k = 1, rest = up < 0 ? right - 1 : right; k < right; k++) { \
                    u++, rest += rise; \
                    if (rest >= 2 * right) rest -= 2 * right, v += step; \
                    LINE_CELL(statement) \
                } \
            } else { \
                if (up < 0) u = next_u, v = next_v, right = -right, up = -up; \
                const int step = right < 0 ? -1 : 1, rise = 2 * abs(right); \
                for (int k = 1, rest = right < 0 ? up - 1 : up; k < up; k++) { \
                    v++, rest += rise; \
                    if (rest >= 2 * up) rest -= 2 * up, u += step; \
                    LINE_CELL(statement) \
                } \
            } \
        } \
    }
#define LINE_CELL(statement) \
    if (u >= 0 && u < MARK_COLUMNS && v >= 0 && v < MARK_ROWS) { \
        const uint32_t at = (uint32_t)v * MARK_COLUMNS + (uint32_t)u; \
        statement; \
    }
#define LINE_ARGUMENTS const float *x, const float *y, size_t count, size_t first, size_t end, float scale

LINE_LOOP(line_count, (LINE_ARGUMENTS, uint32_t *counts), counts[at]++)
LINE_LOOP(line_once, (LINE_ARGUMENTS, uint32_t *counts), counts[at] = 1)

typedef struct line_cells { /* those of one line */
    uint8_t seen[MARK_CELLS];
    uint32_t cells[MARK_CELLS], in_column[MARK_COLUMNS], count;
} line_cells;
static void list_cell(line_cells *list, uint32_t at, int u)
{
    if (list->seen[at]) return;
    list->seen[at] = 1;
    list->cells[list->count++] = at;
    list->in_column[u]++;
}
LINE_LOOP(line_list, (LINE_ARGUMENTS, line_cells *list), list_cell(list, at, u))

static void plain_line_count(const plain_marks *m)
{
    const shapes *s = m->of;
    line_count(s->x, s->y, s->vertices, m->first, m->end, m->scale, m->to.counts);
}

static void plain_line_once(const plain_marks *m)
{
    const shapes *s = m->of;
    line_once(s->x, s->y, s->vertices, m->first, m->end, m->scale, m->to.counts);
}

static void plain_line_normalized(const plain_marks *m)
{
    const shapes *s = m->of;
    line_cells *list = (line_cells *)m->to.scratch;
    for (size_t i = m->first; i < m->end; i++) {
        line_list(s->x, s->y + i * s->each, s->each, 0, s->each, m->scale, list);
        for (uint32_t k = 0; k < list->count; k++) {
            const uint32_t at = list->cells[k];
            m->to.shares[at] += 1 / (float)list->in_column[at % MARK_COLUMNS];
            list->seen[at] = 0;
        }
        list->count = 0;
        memset(list->in_column, 0, sizeof list->in_column);
    }
}

/* The distance from every cell near a segment, or a point where both ends are one. */
PIKA_INLINE void plain_distances(
    const plain_marks *m, float x0, float y0, float x1, float y1, float reach, int largest)
{
    const float right = x1 - x0, up = y1 - y0, square = right * right + up * up;
    const float inverse = square > 0 ? 1 / square : 0;
    int left = (int)((x0 < x1 ? x0 : x1) - reach), bottom = (int)((y0 < y1 ? y0 : y1) - reach);
    int end = (int)((x0 < x1 ? x1 : x0) + reach) + 1, top = (int)((y0 < y1 ? y1 : y0) + reach) + 1;
    left = left < 0 ? 0 : left, end = end > MARK_COLUMNS ? MARK_COLUMNS : end;
    bottom = bottom < 0 ? 0 : bottom, top = top > MARK_ROWS ? MARK_ROWS : top;
    for (int v = bottom; v < top; v++) {
        float *shares = m->to.shares + (size_t)v * MARK_COLUMNS;
        for (int u = left; u < end; u++) {
            const float du = (float)u + 0.5f - x0, dv = (float)v + 0.5f - y0;
            float t = (du * right + dv * up) * inverse;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            const float a = du - t * right, b = dv - t * up;
            float share = reach - sqrtf(a * a + b * b);
            share = share < 0 ? 0 : share > 1 ? 1 : share;
            if (!largest) shares[u] += share;
            else if (share > shares[u]) shares[u] = share;
        }
    }
}

static float snapped(float v) { return (float)lattice(v) / 256; }

static void plain_line_smooth(const plain_marks *m)
{
    const shapes *s = m->of;
    const float reach = (float)(m->width / 2 + 0.5);
    for (size_t i = m->first; i < m->end && i + 1 < s->vertices; i++)
        plain_distances(
            m, snapped(s->x[i]), snapped(s->y[i]), snapped(s->x[i + 1]), snapped(s->y[i + 1]), reach, 1);
}

static void plain_segments(const plain_marks *m)
{
    const shapes *s = m->of;
    const float reach = (float)(m->width / 2 + 0.5);
    for (size_t i = m->first; i < m->end; i++)
        plain_distances(
            m, snapped(s->x[i]), snapped(s->y[i]), snapped(s->x1[i]), snapped(s->y1[i]), reach, 0);
}

static void plain_discs(const plain_marks *m)
{
    const shapes *s = m->of;
    for (size_t i = m->first; i < m->end; i++) {
        const float x = snapped(s->x[i]), y = snapped(s->y[i]);
        plain_distances(m, x, y, x, y, (float)(m->width + 0.5), 0);
    }
}

/* The first cell of a row, or column, whose centre is not before this, in 256ths of a cell. */
static int from_centre(int32_t v) { return (v + 127) >> 8; }

static void plain_rectangles(const plain_marks *m)
{
    const shapes *s = m->of;
    for (size_t i = m->first; i < m->end; i++) {
        const int left = from_centre(lattice(s->x[i])), end = from_centre(lattice(s->x1[i]));
        const int top = from_centre(lattice(s->y1[i]));
        for (int v = from_centre(lattice(s->y[i])); v < top; v++)
            for (int u = left; u < end; u++) m->to.counts[v * MARK_COLUMNS + u]++;
    }
}

/* The winding number by its changes: an edge adds its direction to the first cell right of it in each row,
   and then a sum runs along each v of the box. */
#define CHANGES (MARK_COLUMNS + 2) /* in a row */
static void plain_polygons(const plain_marks *m)
{
    const shapes *s = m->of;
    const size_t room = outline_room(s);
    int32_t *x = (int32_t *)allocate(2 * room * sizeof *x), *y = x + room;
    int32_t *changes = (int32_t *)m->to.scratch;
    for (size_t i = m->first; i < m->end; i++) {
        const size_t n = outline(s, i, x, y);
        int left = MARK_COLUMNS, end = 0, bottom = MARK_ROWS, top = 0;
        for (size_t k = 0; k < n; k++) {
            const size_t next = k + 1 < n ? k + 1 : 0, a = y[k] < y[next] ? k : next, b = k + next - a;
            const int first = from_centre(y[a]), last = from_centre(y[b]);
            const double slope = (double)(x[b] - x[a]) / (double)(y[b] - y[a]);
            for (int v = first; v < last; v++) {
                const double crossing = x[a] + (v * 256 + 128 - y[a]) * slope;
                const int u =
                    (int)ceil((crossing - 128) / 256 - 1e-9); /* exact: not so near to a whole one */
                left = u < left ? u : left, end = u > end ? u : end;
                changes[v * CHANGES + u] += a == k ? 1 : -1;
            }
            bottom = first < bottom ? first : bottom, top = last > top ? last : top;
        }
        for (int v = bottom; v < top; v++) {
            int32_t *change = changes + v * CHANGES, winding = 0;
            uint32_t *counts = m->to.counts + v * MARK_COLUMNS;
            for (int u = left; u < end; u++) {
                winding += change[u];
                change[u] = 0;
                counts[u] += winding != 0;
            }
            change[end] = 0;
        }
    }
    free(x);
}

/* The share of an edge within one row in the areas right of it: of its height, what is right of it in its
   cells, and all of it from the next one on. */
static void plain_edge(float *changes, float x0, float x1, float height)
{
    const float left = x0 < x1 ? x0 : x1, right = x0 < x1 ? x1 : x0;
    const float inverse = right > left ? 1 / (right - left) : 0;
    for (int u = (int)left; (float)u <= right; u++) {
        const float a = (float)u > left ? (float)u : left;
        const float b = (float)u + 1 < right ? (float)u + 1 : right;
        const float part = right > left ? height * (b - a) * inverse : height;
        const float after = (a + b) / 2 - (float)u;
        changes[u] += part * (1 - after);
        changes[u + 1] += part * after;
        if (right == left) break;
    }
}

/* The same with areas in place of ones: anti-aliased. */
static void plain_smooth_polygons(const plain_marks *m)
{
    const shapes *s = m->of;
    const size_t room = outline_room(s);
    int32_t *x = (int32_t *)allocate(2 * room * sizeof *x), *y = x + room;
    float *changes = (float *)m->to.scratch;
    for (size_t i = m->first; i < m->end; i++) {
        const size_t n = outline(s, i, x, y);
        int left = MARK_COLUMNS * 256, right = 0, bottom = MARK_ROWS, top = 0;
        for (size_t k = 0; k < n; k++) {
            const size_t next = k + 1 < n ? k + 1 : 0, a = y[k] < y[next] ? k : next, b = k + next - a;
            const float x0 = (float)x[a] / 256, y0 = (float)y[a] / 256, y1 = (float)y[b] / 256;
            const float slope = (float)(x[b] - x[a]) / (float)(y[b] - y[a]);
            left = x[k] < left ? x[k] : left, right = x[k] > right ? x[k] : right;
            if (y[a] == y[b]) continue;
            for (int v = y[a] >> 8; v << 8 < y[b]; v++) {
                const float low = (float)v > y0 ? (float)v : y0;
                const float high = (float)v + 1 < y1 ? (float)v + 1 : y1;
                plain_edge(changes + v * CHANGES, x0 + (low - y0) * slope, x0 + (high - y0) * slope,
                    a == k ? high - low : low - high);
            }
            if (y[a] >> 8 < bottom) bottom = y[a] >> 8;
            if ((y[b] + 255) >> 8 > top) top = (y[b] + 255) >> 8;
        }
        left = left < 256 ? 0 : (left >> 8) - 1; /* a rounded crossing may lie a little off the box */
        right = right >= (MARK_COLUMNS - 1) * 256 ? CHANGES : (right >> 8) + 3;
        for (int v = bottom; v < top; v++) {
            float *change = changes + v * CHANGES, sum = 0;
            float *shares = m->to.shares + v * MARK_COLUMNS;
            for (int u = left; u < right; u++) {
                sum += change[u];
                change[u] = 0;
                const float area = sum < 0 ? -sum : sum;
                if (u < MARK_COLUMNS) shares[u] += area < 1 ? area : 1;
            }
        }
    }
    free(x);
}

/* The pixel that the centre of each cell lies in. */
static void plain_raster(const plain_marks *m)
{
    const shapes *s = m->of;
    const double x_scale = (double)s->each / MARK_COLUMNS, y_scale = (double)s->each / MARK_ROWS;
    for (size_t v = m->first; v < m->end; v++) {
        const float *from = s->value + (size_t)(((double)v + 0.5) * y_scale) * s->each;
        for (size_t u = 0; u < MARK_COLUMNS; u++)
            m->to.shares[v * MARK_COLUMNS + u] = from[(size_t)(((double)u + 0.5) * x_scale)];
    }
}

/* ---- pika, and what there is to draw ----------------------------------------------------------------- */

typedef struct mark {
    const char *shape, *way;
    size_t count; /* with --points in proportion, as of 10M */
    void (*make)(shapes *s, size_t count);
    pika_result (*add)(pika_ctx *ctx, pika_grid *grid, shapes *s, const struct mark *m);
    unsigned flags;
    double width;                        /* of a line, or the radius; 0: aliased */
    unsigned plane;                      /* PIKA_COUNT, or what it fills */
    void (*plain)(const plain_marks *m); /* NULL = there is none */
    int largest;                         /* the plain pictures of threads are folded by the largest */
    const char *cairo;                   /* what cairo does; NULL = nothing like it */
} mark;

static pika_points vertices_of(const shapes *s) { return pika_xy_f32(s->x, s->y, s->vertices); }

static pika_result add_lines(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_lines lines = {0};
    lines.points = vertices_of(s);
    lines.line_count = s->each ? s->count : 1;
    lines.shared_x = s->each;
    lines.width = m->width;
    lines.flags = m->flags;
    if (m->flags & PIKA_LINE_M4) lines.pyramid = &s->pyramid;
    return pika_add_lines(ctx, grid, &lines);
}

/* Not a mark, but what some need first. */
static pika_result make_pyramid(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_points points = vertices_of(s);
    (void)grid, (void)m;
    pika_pyramid_free(ctx, &s->pyramid);
    return pika_pyramid_create(ctx, &s->pyramid, &points);
}

static pika_result add_segments(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_segments segments = {0};
    segments.points = vertices_of(s);
    segments.x1 = pika_f32(s->x1);
    segments.y1 = pika_f32(s->y1);
    segments.width = m->width;
    return pika_add_segments(ctx, grid, &segments);
}

static pika_result add_polygons(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_polygons polygons = {0};
    polygons.points = vertices_of(s);
    polygons.ring_offsets = s->offsets;
    polygons.ring_count = polygons.polygon_count = s->count;
    polygons.flags = m->flags;
    return pika_add_polygons(ctx, grid, &polygons);
}

static pika_result add_area(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_areas areas = {0};
    areas.points = vertices_of(s);
    areas.area_count = 1;
    areas.flags = m->flags;
    return pika_add_areas(ctx, grid, &areas);
}

static pika_result add_rectangles(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_rects rects = {0};
    rects.points = vertices_of(s);
    rects.x1 = pika_f32(s->x1);
    rects.y1 = pika_f32(s->y1);
    rects.flags = m->flags;
    return pika_add_rects(ctx, grid, &rects);
}

static pika_result add_triangles(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_triangles triangles = {0};
    triangles.points = vertices_of(s);
    triangles.indices = s->indices;
    triangles.triangle_count = s->count;
    triangles.flags = m->flags;
    return pika_add_triangles(ctx, grid, &triangles);
}

static pika_result add_discs(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_stamps stamps = {0};
    stamps.points = vertices_of(s);
    stamps.kernel = PIKA_DISC;
    stamps.radius = m->width;
    return pika_add_stamps(ctx, grid, &stamps);
}

static pika_result add_raster(pika_ctx *ctx, pika_grid *grid, shapes *s, const mark *m)
{
    pika_raster raster = {0};
    raster.value = pika_f32(s->value);
    raster.columns = raster.rows = s->each;
    raster.x1 = MARK_COLUMNS;
    raster.y1 = MARK_ROWS;
    raster.interpolate = m->width > 0;
    raster.flags = m->flags;
    return pika_add_raster(ctx, grid, &raster);
}

#define MANY 10000000
enum { M4 = PIKA_LINE_ONCE | PIKA_LINE_M4, AA = PIKA_FILL_AA, SHARES = PIKA_COVERAGE };
static const mark marks[] = {
    {"line-walk", "aliased", MANY, make_line_walk, add_lines, 0, 0, PIKA_COUNT, plain_line_count, 0, NULL},
    {"line-walk", "once", MANY, make_line_walk, add_lines, PIKA_LINE_ONCE, 0, PIKA_COUNT, plain_line_once, 1,
        NULL},
    {"line-walk", "m4", MANY, make_line_walk, add_lines, M4, 0, PIKA_COUNT, plain_line_once, 1, NULL},
    {"line-walk", "pyramid", MANY, make_line_walk, make_pyramid, 0, 0, PIKA_COUNT, NULL, 0, NULL},
    {"line-walk", "aa", MANY, make_line_walk, add_lines, 0, 1, SHARES, plain_line_smooth, 1, "stroke"},
    {"line-noisy", "aliased", 100000, make_line_noisy, add_lines, 0, 0, PIKA_COUNT, plain_line_count, 0,
        NULL},
    {"line-noisy", "aa", 100000, make_line_noisy, add_lines, 0, 1, SHARES, plain_line_smooth, 1, "stroke"},
    {"lines-1k-walk", "normalized", MANY, make_series, add_lines, PIKA_LINE_NORMALIZED, 0, SHARES,
        plain_line_normalized, 0, NULL},
    {"segments-20px", "aa", 100000, make_segments, add_segments, 0, 1, SHARES, plain_segments, 0, "stroke"},
    {"polygon-star", "aliased", 10000, make_star, add_polygons, 0, 0, PIKA_COUNT, plain_polygons, 0, "fill"},
    {"polygon-star", "aa", 10000, make_star, add_polygons, AA, 0, SHARES, plain_smooth_polygons, 0, "fill"},
    {"choropleth", "aliased", 5000, make_choropleth, add_polygons, 0, 0, PIKA_COUNT, plain_polygons, 0,
        "fill"},
    {"choropleth", "aa", 5000, make_choropleth, add_polygons, AA, 0, SHARES, plain_smooth_polygons, 0,
        "fill"},
    {"area-walk", "aliased", 1000000, make_area, add_area, 0, 0, PIKA_COUNT, plain_polygons, 0, "fill"},
    {"area-walk", "aa", 1000000, make_area, add_area, AA, 0, SHARES, plain_smooth_polygons, 0, "fill"},
    {"rects", "aliased", 100000, make_rectangles, add_rectangles, 0, 0, PIKA_COUNT, plain_rectangles, 0,
        "fill"},
    {"rects", "aa", 100000, make_rectangles, add_rectangles, AA, 0, SHARES, plain_smooth_polygons, 0, "fill"},
    {"triangles", "aliased", 200000, make_triangles, add_triangles, 0, 0, PIKA_COUNT, plain_polygons, 0,
        "fill"},
    {"triangles", "aa", 200000, make_triangles, add_triangles, AA, 0, SHARES, plain_smooth_polygons, 0,
        "fill"},
    {"discs-4px", "aa", 100000, make_discs, add_discs, 0, 4, SHARES, plain_discs, 0, "disc"},
    {"raster", "nearest", 4096, make_raster, add_raster, 0, 0, PIKA_MEAN, plain_raster, 0, NULL},
    {"raster", "bilinear", 4096, make_raster, add_raster, 0, 1, PIKA_MEAN, NULL, 0, NULL},
    {"raster", "aa", 4096, make_raster, add_raster, AA, 0, PIKA_MEAN | SHARES, NULL, 0, NULL},
};
#define MARKS (int)(sizeof marks / sizeof *marks)

/* With --points in proportion; one stays one. */
static size_t scaled_count(const bench *b, size_t count)
{
    const double scaled = ceil((double)count * b->points / MANY);
    if (b->points <= 0 || b->points >= MANY || count == 1) return count;
    return scaled < 16 ? 16 : (size_t)scaled;
}

static size_t mark_count(const bench *b, const mark *m) { return scaled_count(b, m->count); }

static void mark_name(const bench *b, const mark *m, int threads, char name[100])
{
    char count[24];
    snprintf(name, 100, "marks %s %s %s %d-thread%s", points_text((double)mark_count(b, m), count), m->shape,
        m->way, threads, threads == 1 ? "" : "s");
}

/* ---- those that are compared ------------------------------------------------------------------------- */

typedef struct mark_job {
    bench *bench;
    const mark *what;
    char name[100];
    shapes shapes;
    size_t items; /* what the threads of a plain loop share: segments of a line, marks, rows of a raster */
    int threads, repeats;
    pika_ctx *ctx;
    pika_grid grid;
    picture pictures[MAX_THREADS]; /* the first is the reference */
} mark_job;

static double run_marks(void *argument)
{
    mark_job *j = (mark_job *)argument;
    double time = 0;
    for (int i = 0; i < j->repeats; i++) {
        pika_grid_clear(j->ctx, &j->grid);
        const double start = seconds();
        j->what->add(j->ctx, &j->grid, &j->shapes, j->what);
        time += seconds() - start;
    }
    return time / j->repeats;
}

static double run_clear(void *argument)
{
    mark_job *j = (mark_job *)argument;
    const double start = seconds();
    for (int i = 0; i < j->repeats; i++) pika_grid_clear(j->ctx, &j->grid);
    return (seconds() - start) / j->repeats;
}

static void read_marks_task(void *argument, int index, int count)
{
    const shapes *s = &((const mark_job *)argument)->shapes;
    volatile uint64_t sum = read_share(s->x, s->y, s->vertices * sizeof(float), index, count);
    (void)sum;
}

static double run_read_marks(void *argument)
{
    mark_job *j = (mark_job *)argument;
    team_run(&j->bench->team, j->threads, read_marks_task, j);
    return 0;
}

static void plain_marks_task(void *argument, int index, int count)
{
    const mark_job *j = (const mark_job *)argument;
    plain_marks m;
    m.of = &j->shapes;
    m.first = j->items * (size_t)index / (size_t)count;
    m.end = j->items * ((size_t)index + 1) / (size_t)count;
    m.width = j->what->width;
    m.scale = (float)(MARK_COLUMNS / pika_grid_get_desc(&j->grid)->view.x.hi);
    m.to = j->pictures[index];
    j->what->plain(&m);
}

static void fold_marks_task(void *argument, int index, int count)
{
    const mark_job *j = (const mark_job *)argument;
    const size_t first = MARK_CELLS * (size_t)index / (size_t)count;
    const size_t end = MARK_CELLS * ((size_t)index + 1) / (size_t)count;
    const int largest = j->what->largest;
    for (int k = 1; k < count; k++) {
        uint32_t *counts = j->pictures[0].counts;
        float *shares = j->pictures[0].shares;
        const uint32_t *other_counts = j->pictures[k].counts;
        const float *other_shares = j->pictures[k].shares;
        if (j->what->plane == PIKA_COUNT)
            for (size_t i = first; i < end; i++) {
                const uint32_t a = counts[i], b = other_counts[i];
                counts[i] = !largest ? a + b : a > b ? a : b;
            }
        else
            for (size_t i = first; i < end; i++) {
                const float a = shares[i], b = other_shares[i];
                shares[i] = !largest ? a + b : a > b ? a : b;
            }
    }
}

/* With threads: a picture each, and then one of them all. */
static double run_plain_marks(void *argument)
{
    mark_job *j = (mark_job *)argument;
    double time = 0;
    for (int i = 0; i < j->repeats; i++) {
        for (int k = 0; k < j->threads; k++) {
            memset(j->pictures[k].counts, 0, sizeof(uint32_t) * MARK_CELLS);
            memset(j->pictures[k].shares, 0, sizeof(float) * MARK_CELLS);
        }
        const double start = seconds();
        team_run(&j->bench->team, j->threads, plain_marks_task, j);
        if (j->threads > 1) team_run(&j->bench->team, j->threads, fold_marks_task, j);
        time += seconds() - start;
    }
    return time / j->repeats;
}

/* ---- cairo: peers/cairo.c, to which the marks go in a file ------------------------------------------- */

/* The first of them, `most` at most. */
static void write_marks(const bench *b, const shapes *s, size_t most)
{
    const size_t room = outline_room(s);
    const size_t count = s->kind == LINES ? (s->vertices - 2) / s->stroke + 1 : s->count;
    int32_t *x = (int32_t *)allocate(2 * room * sizeof *x), *y = x + room;
    FILE *file = open_beside(b, "bench_marks", "wb");
    int written = file != NULL;
    for (size_t i = 0; i < count && i < most && written; i++) {
        const uint32_t n = (uint32_t)outline(s, i, x, y);
        written = fwrite(&n, sizeof n, 1, file) == 1 && fwrite(x, sizeof *x, n, file) == n &&
                  fwrite(y, sizeof *y, n, file) == n;
    }
    if (!written || fclose(file) != 0) die("can't write bench_marks into ", b->folder);
    free(x);
}

/* The seconds that it takes; 0 where it fails. style: 0 aliased, 1 anti-aliased, 2 in colour as well */
static double cairo_time(bench *b, const char *way, double width, int style)
{
    char command[1200];
    snprintf(command, sizeof command, "\"%s%s\" marks \"%sbench_marks\" %s %g %d %d %d \"%sbench_counts\"",
        b->folder, peers[CAIRO].program, b->folder, way, width, style, MARK_COLUMNS, MARK_ROWS, b->folder);
    double time = number_of(command);
    if (time > 0) return time;
    fprintf(stderr, "bench: failed: %s\n", command);
    b->failures++;
    return 0;
}

/* Its picture, MARK_CELLS levels. */
static void read_levels(const bench *b, uint8_t *levels)
{
    FILE *file = open_beside(b, "bench_counts", "rb");
    if (file == NULL || fread(levels, 1, MARK_CELLS, file) != MARK_CELLS) die("no picture from ", "cairo");
    fclose(file);
}

static double run_cairo(void *argument)
{
    const mark_job *j = (const mark_job *)argument;
    return cairo_time(j->bench, j->what->cairo, j->what->width, j->what->plane == PIKA_COVERAGE);
}

/* Its rules are its own, and it adds up nothing: the area of one shape is what both have. */
static void check_cairo(const mark_job *j)
{
    uint8_t *levels = (uint8_t *)allocate(MARK_CELLS);
    double is = 0, should = 0;
    const int comparable = j->shapes.count == 1 && j->what->plane == PIKA_COVERAGE;
    read_levels(j->bench, levels);
    for (size_t i = 0; i < MARK_CELLS; i++) {
        is += levels[i] / 255.0;
        should += (double)j->pictures[0].counts[i] + (double)j->pictures[0].shares[i];
    }
    if (is <= 0 || (comparable && fabs(is - should) > 0.02 * should)) {
        fprintf(
            stderr, "bench: %s: cairo: %g cells are filled, the plain loop fills %g\n", j->name, is, should);
        j->bench->failures++;
    }
    free(levels);
}

/* ---- a row's job ------------------------------------------------------------------------------------- */

static void open_marks(mark_job *j, bench *b, const mark *m, int threads)
{
    pika_grid_desc desc = {0};
    shapes *s = &j->shapes;
    memset(j, 0, sizeof *j);
    j->bench = b;
    j->what = m;
    j->threads = threads;
    j->repeats = 1;
    j->ctx = &b->ctx[threads > 1];
    mark_name(b, m, threads, j->name);
    s->random = 3;
    m->make(s, mark_count(b, m));
    j->items = s->kind == RASTER ? MARK_ROWS : s->kind == LINES && s->each == 0 ? s->vertices : s->count;
    desc.planes = m->plane;
    desc.view.width = MARK_COLUMNS;
    desc.view.height = MARK_ROWS;
    desc.view.x.hi = MARK_COLUMNS;
    desc.view.y.hi = MARK_ROWS;
    if (pika_grid_alloc(j->ctx, &j->grid, &desc) != PIKA_OK) die("pika: ", pika_last_error(j->ctx));
    if (m->flags & PIKA_LINE_M4 && make_pyramid(j->ctx, NULL, s, NULL) != PIKA_OK)
        die("pika: ", pika_last_error(j->ctx));
    for (int i = 0; i < threads && m->plain; i++) {
        picture *p = &j->pictures[i];
        p->counts = (uint32_t *)calloc(MARK_CELLS, sizeof(uint32_t));
        p->shares = (float *)calloc(MARK_CELLS, sizeof(float));
        p->scratch = calloc(
            1, sizeof(line_cells) > 4 * CHANGES * MARK_ROWS ? sizeof(line_cells) : 4 * CHANGES * MARK_ROWS);
        if (!p->counts || !p->shares || !p->scratch) die("out of memory", "");
    }
}

static void close_marks(mark_job *j)
{
    for (int i = 0; i < MAX_THREADS; i++) {
        free(j->pictures[i].counts);
        free(j->pictures[i].shares);
        free(j->pictures[i].scratch);
    }
    pika_pyramid_free(j->ctx, &j->shapes.pyramid);
    pika_grid_free(j->ctx, &j->grid);
    free_shapes(&j->shapes);
}

/* Counts are the plain loop's; shares are, but for what floats round and pika cuts off. */
static void check_marks(const mark_job *j)
{
    const uint32_t *counts = pika_grid_counts(&j->grid);
    const picture *should = &j->pictures[0];
    const unsigned plane = j->what->plane;
    double *is = (double *)allocate(sizeof(double) * MARK_CELLS);
    if (plane != PIKA_COUNT && pika_grid_read(j->ctx, &j->grid, plane, 0, is) != PIKA_OK)
        die("pika: ", pika_last_error(j->ctx));
    for (size_t i = 0; i < MARK_CELLS; i++) {
        const double a = plane == PIKA_COUNT ? counts[i] : is[i];
        const double b = plane == PIKA_COUNT ? should->counts[i] : (double)should->shares[i];
        if (a == b || (plane == PIKA_COVERAGE && fabs(a - b) <= (1 + b) / 128)) continue;
        fprintf(
            stderr, "bench: %s: pika: cell %.0f holds %g, the plain loop has %g\n", j->name, (double)i, a, b);
        j->bench->failures++;
        break;
    }
    free(is);
}

typedef struct mark_times { /* medians, ms; 0 = not measured */
    double plain, pika, cairo;
} mark_times;

static mark_times run_mark(bench *b, const mark *m, int threads)
{
    enum { READ, CLEAR, PLAIN, PIKA, CAIRO_TOO, CONTENDERS };
    static const char *const names[CONTENDERS] = {"read", "clear", "plain", "pika", "cairo"};
    static double (*const run[CONTENDERS])(void *) = {
        run_read_marks, run_clear, run_plain_marks, run_marks, run_cairo};
    contender list[CONTENDERS];
    double medians[CONTENDERS] = {0, 0, 0, 0, 0};
    int kinds[CONTENDERS], count = 0;
    const int rounds = rounds_of(b, 0);
    mark_times times;
    mark_job j;
    open_marks(&j, b, m, threads);
    progress(j.name);
    run_marks(&j);
    const double once = run_marks(&j);
    j.repeats = once < 5e-3 ? (int)(10e-3 / (once + 2e-4)) : 1; /* a round is long enough for the clock */
    const int works = pika_status(j.ctx) == PIKA_OK;
    if (!works) {
        fprintf(stderr, "bench: %s: pika: %s\n", j.name, pika_last_error(j.ctx));
        b->failures++;
    }
    for (int i = 0; i < CONTENDERS && works; i++) {
        if (i == READ && (j.shapes.x == NULL || j.shapes.vertices < 1000000)) continue;
        if (i == PLAIN && m->plain == NULL) continue;
        if (i == CAIRO_TOO && (m->cairo == NULL || threads > 1 || b->no_peers)) continue;
        if (i == CAIRO_TOO && !peer_is_there(b, &peers[CAIRO])) continue;
        if (i == CAIRO_TOO) write_marks(b, &j.shapes, SIZE_MAX);
        const double told = run[i](&j);
        if (i == PIKA && m->plain) check_marks(&j);
        if (i == CAIRO_TOO && told <= 0) continue;
        if (i == CAIRO_TOO) check_cairo(&j);
        kinds[count] = i;
        list[count++] = new_contender(names[i], run[i], &j, 1e6); /* ns by 1e6: ms */
    }
    measure(list, count, rounds, 1);
    for (int i = 0; i < count; i++) medians[kinds[i]] = list[i].median;
    for (int i = 0; i < count; i++) {
        row *added = add_row(&b->report, j.name, &list[i], rounds, threads, "ms");
        added->measured.items = (double)j.shapes.vertices;
        if (kinds[i] > CLEAR) added->ratio_plain = medians[PLAIN] / list[i].median;
        if (kinds[i] > CLEAR && medians[READ] > 0) added->ratio_read = list[i].median / medians[READ];
        progress("");
        show_row(&b->report, added);
    }
    close_marks(&j);
    times.plain = medians[PLAIN];
    times.pika = medians[PIKA];
    times.cairo = medians[CAIRO_TOO];
    return times;
}
