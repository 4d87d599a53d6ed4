/* test_canvas.c - drawing onto an image: coverage by clipped polygons and by samples, blending by its
   formula, clips, hostile paths, errors, memory. */

typedef struct canvas_world {
    pika_image image;
    pika_canvas canvas;
    uint8_t pixels[64 * 64 * 4 + 64];
} canvas_world;
static canvas_world canvas_one, canvas_two;

static void canvas_open(canvas_world *w, pika_ctx *ctx, int width, int height, int format, uint32_t ground)
{
    memset(w, 0, sizeof *w);
    w->image.width = width;
    w->image.height = height;
    w->image.format = format;
    w->image.pixels = w->pixels;
    w->image.bytes = sizeof w->pixels;
    CHECK_OK(pika_canvas_init(ctx, &w->canvas, &w->image));
    CHECK_OK(pika_canvas_clear(&w->canvas, ground));
}

static double canvas_fraction(uint64_t *random) { return (double)(test_random(random) >> 40) / 16777216.0; }

/* The part of a polygon with a x + b y <= c. */
static int canvas_cut(double (*p)[2], int n, double a, double b, double c, double (*out)[2])
{
    int i, m = 0;
    for (i = 0; i < n; i++) {
        const double *from = p[i], *to = p[(i + 1) % n];
        const double f = a * from[0] + b * from[1] - c, g = a * to[0] + b * to[1] - c;
        if (f <= 0) {
            out[m][0] = from[0];
            out[m++][1] = from[1];
        }
        if ((f < 0 && g > 0) || (f > 0 && g < 0)) {
            out[m][0] = from[0] + f / (f - g) * (to[0] - from[0]);
            out[m++][1] = from[1] + f / (f - g) * (to[1] - from[1]);
        }
    }
    return m;
}

#define CANVAS_CORNERS 4096
/* Of a polygon that does not cross itself in a pixel: its area. */
static double canvas_area(double (*corners)[2], int n, int x, int y)
{
    static double p[CANVAS_CORNERS][2], q[CANVAS_CORNERS][2];
    double sum = 0;
    int i;
    n = canvas_cut(corners, n, -1, 0, -x, q);
    n = canvas_cut(q, n, 1, 0, x + 1, p);
    n = canvas_cut(p, n, 0, -1, -y, q);
    n = canvas_cut(q, n, 0, 1, y + 1, p);
    for (i = 0; i < n; i++) sum += p[i][0] * p[(i + 1) % n][1] - p[(i + 1) % n][0] * p[i][1];
    return fabs(sum) / 2;
}

static int canvas_red(const canvas_world *w, int x, int y) { return w->pixels[(y * w->image.width + x) * 4]; }

TEST(canvas_fills_by_area)
{
    uint64_t random = 5;
    int round, i, x, y;
    for (round = 0; round < 60; round++) {
        double v[3][2], worst = 0;
        canvas_open(&canvas_one, NULL, 40, 30, PIKA_RGBA8, 0x000000FF);
        for (i = 0; i < 3; i++) { /* a triangle on the lattice, now and then far outside */
            v[i][0] = (test_between(&random, -2560, 12800) * (round % 5 == 4 ? 20 : 1)) / 256.0;
            v[i][1] = (test_between(&random, -2560, 10240) * (round % 5 == 4 ? 20 : 1)) / 256.0;
            pika_canvas_line_to(&canvas_one.canvas, v[i][0], v[i][1]);
        }
        CHECK_OK(pika_canvas_fill(&canvas_one.canvas, 0xFFFFFFFF, PIKA_NONZERO));
        for (y = 0; y < 30; y++)
            for (x = 0; x < 40; x++) {
                const double off = fabs(canvas_red(&canvas_one, x, y) - 255 * canvas_area(v, 3, x, y));
                if (off > worst) worst = off;
            }
        if (!CHECK(worst <= 1)) printf("        %g off in round %d\n", worst, round);
        pika_canvas_free(&canvas_one.canvas);
    }
}

TEST(canvas_rules_and_curves)
{
    pika_canvas *canvas = &canvas_one.canvas;
    double sum = 0;
    int i, x, y;
    canvas_open(&canvas_one, NULL, 60, 60, PIKA_RGBA8, 0x000000FF);
    for (i = 0; i < 2; i++)
        CHECK_OK(pika_canvas_rect(canvas, 4 + 8 * i, 4 + 8 * i, 40 - 16 * i, 40 - 16 * i));
    CHECK_OK(pika_canvas_fill(canvas, 0xFF0000FF, PIKA_NONZERO));
    CHECK_EQ(canvas_red(&canvas_one, 20, 20), 255);
    CHECK_OK(pika_canvas_clear(canvas, 0x000000FF));
    CHECK_OK(pika_canvas_fill(canvas, 0xFF0000FF, PIKA_EVEN_ODD));
    CHECK_EQ(canvas_red(&canvas_one, 20, 20), 0);
    CHECK_EQ(canvas_red(&canvas_one, 6, 20), 255);
    for (i = 0; i < 3; i++) { /* an arc, cubics, quadratics: areas of the whole */
        const double expected = i == 0   ? 3.14159265358979 * 400
                                : i == 1 ? 3.14159265358979 * 400
                                         : 20.0 * 40 * 4 / 3;
        CHECK_OK(pika_canvas_begin(canvas));
        CHECK_OK(pika_canvas_clear(canvas, 0x000000FF));
        if (i == 0) {
            CHECK_OK(pika_canvas_arc(canvas, 30, 30, 20, 1, 20));
        } else if (i == 1) {
            const double k = 20 * 0.55228474983;
            pika_canvas_move_to(canvas, 50, 30);
            pika_canvas_cubic_to(canvas, 50, 30 + k, 30 + k, 50, 30, 50);
            pika_canvas_cubic_to(canvas, 30 - k, 50, 10, 30 + k, 10, 30);
            pika_canvas_cubic_to(canvas, 10, 30 - k, 30 - k, 10, 30, 10);
            pika_canvas_cubic_to(canvas, 30 + k, 10, 50, 30 - k, 50, 30);
        } else {
            pika_canvas_move_to(canvas, 10, 30);
            pika_canvas_quadratic_to(canvas, 30, 70, 50, 30);
            pika_canvas_quadratic_to(canvas, 30, -10, 10, 30);
        }
        CHECK_OK(pika_canvas_close(canvas));
        CHECK_OK(pika_canvas_fill(canvas, 0xFFFFFFFF, PIKA_NONZERO));
        for (sum = 0, y = 0; y < 60; y++)
            for (x = 0; x < 60; x++) sum += canvas_red(&canvas_one, x, y) / 255.0;
        if (!CHECK(fabs(sum - expected) < 0.6)) printf("        %d: %g, not %g\n", i, sum, expected);
    }
    pika_canvas_free(canvas);
}

typedef struct canvas_outline {
    double left[CANVAS_CORNERS][2], right[CANVAS_CORNERS / 2][2];
    int n, m;
} canvas_outline;

static void canvas_put(canvas_outline *o, int side, double x, double y)
{
    double *to = side > 0 ? o->left[o->n++] : o->right[o->m++];
    to[0] = x;
    to[1] = y;
}

/* Around p from p + (x, y) on, so far. */
static void canvas_around(canvas_outline *o, int side, const double *p, double x, double y, double angle)
{
    int i;
    for (i = 0; i <= 100; i++) {
        const double c = cos(angle * i / 100), s = sin(angle * i / 100);
        canvas_put(o, side, p[0] + c * x - s * y, p[1] + s * x + c * y);
    }
}

/* Of a stroke through v, by its definition: a line whose turns are sharp, or smooth ones of a curve; last: the
   third of its four points. */
static void canvas_outline_of(
    canvas_outline *o, const double (*v)[2], int n, const double *last, int curve, const pika_stroke *s)
{
    const double half = s->width < 1 ? 0.5 : s->width / 2;
    double ux = 0, uy = 0;
    int i, side;
    o->n = o->m = 0;
    for (i = 0; i < n; i++) {
        const double *a = v[i], *b = i + 1 < n ? v[i + 1] : a, *c = i == 0 && curve ? last - 2 : b;
        const double size = sqrt((c[0] - a[0]) * (c[0] - a[0]) + (c[1] - a[1]) * (c[1] - a[1]));
        double wx = ux, wy = uy, cross, dot;
        if (i + 1 < n) wx = (c[0] - a[0]) / size, wy = (c[1] - a[1]) / size;
        if (i + 1 == n && curve) { /* from the last but one of its points */
            const double rest =
                sqrt((a[0] - last[0]) * (a[0] - last[0]) + (a[1] - last[1]) * (a[1] - last[1]));
            wx = (a[0] - last[0]) / rest, wy = (a[1] - last[1]) / rest;
        }
        cross = ux * wy - uy * wx;
        dot = 1 + ux * wx + uy * wy;
        if (i == 0 || i + 1 == n) {
            const double out = i == 0 ? -half : half;
            if (s->cap == PIKA_CAP_ROUND) {
                canvas_around(o, 1, a, -wy * out, wx * out, -3.14159265358979323846);
            } else {
                const double more = s->cap == PIKA_CAP_SQUARE ? out : 0;
                canvas_put(o, 1, a[0] + more * wx - wy * out, a[1] + more * wy + wx * out);
                canvas_put(o, 1, a[0] + more * wx + wy * out, a[1] + more * wy - wx * out);
            }
        } else {
            for (side = -1; side < 2; side += 2) {
                const double h = half * side;
                if (curve || cross * side > 0 || (s->join == PIKA_JOIN_MITER && dot >= 2.0 / 16)) {
                    canvas_put(o, side, a[0] - h * (uy + wy) / dot, a[1] + h * (ux + wx) / dot);
                } else if (s->join == PIKA_JOIN_ROUND) {
                    canvas_around(o, side, a, -uy * h, ux * h, atan2(cross, dot - 1));
                } else {
                    canvas_put(o, side, a[0] - h * uy, a[1] + h * ux);
                    canvas_put(o, side, a[0] - h * wy, a[1] + h * wx);
                }
            }
        }
        ux = wx;
        uy = wy;
    }
    while (o->m > 0) {
        o->m--;
        canvas_put(o, 1, o->right[o->m][0], o->right[o->m][1]);
    }
}

static int canvas_is_plain(const double (*v)[2], double width)
{
    const double ax = v[1][0] - v[0][0], ay = v[1][1] - v[0][1], bx = v[2][0] - v[1][0],
                 by = v[2][1] - v[1][1];
    const double a = sqrt(ax * ax + ay * ay), b = sqrt(bx * bx + by * by),
                 dot = (ax * bx + ay * by) / (a * b);
    const double shorter = a < b ? a : b;
    return shorter > 2 * width && dot > -0.9 && dot < 0.95 &&
           sqrt((1 - dot) / (1 + dot)) * width < shorter - width && shorter * sqrt(1 - dot * dot) > 2 * width;
}

/* Does a curve bend less than its stroke is wide, and keep away from itself? */
static int canvas_is_smooth(const double (*v)[2], int n, double half)
{
    int i, k;
    for (i = 1; i + 1 < n; i += 11)
        for (k = 0; k < n; k += 13) {
            const double dx = v[k][0] - v[i][0], dy = v[k][1] - v[i][1];
            const double tx = v[i + 1][0] - v[i - 1][0], ty = v[i + 1][1] - v[i - 1][1];
            const double d = dx * dx + dy * dy, aside = fabs(dx * ty - dy * tx) / sqrt(tx * tx + ty * ty);
            if (k != i && 2 * aside * (half + 1) >= d)
                return 0; /* a circle that touches it at i and passes k */
        }
    return 1;
}

TEST(canvas_strokes_by_area)
{
    static canvas_outline outline;
    static double line[1201][2], row[CANVAS_CORNERS][2], strip[CANVAS_CORNERS][2];
    uint64_t random = 11;
    int round, i, n, x, y;
    for (round = 0; round < (test_now.quick ? 36 : 360); round++) {
        const int curve = round / 9 % 2;
        double v[4][2], worst = 0;
        pika_stroke s;
        memset(&s, 0, sizeof s);
        s.cap = round % 3;
        s.join = round / 3 % 3;
        canvas_open(&canvas_one, NULL, 40, 40, PIKA_RGBA8, 0x000000FF);
        do {
            s.width = round % 5 == 0 ? 0.5 : (round % 4 == 0 ? 20 : 6) * canvas_fraction(&random) + 0.5;
            for (i = 0; i < 4; i++) {
                v[i][0] = -4 + test_between(&random, 0, 48 * 256) / 256.0;
                v[i][1] = -4 + test_between(&random, 0, 48 * 256) / 256.0;
            }
            for (i = 0; curve && i <= 1200; i++) {
                const double t = i / 1200.0, w = 1 - t;
                for (n = 0; n < 2; n++)
                    line[i][n] = w * w * w * v[0][n] + 3 * w * w * t * v[1][n] + 3 * w * t * t * v[2][n] +
                                 t * t * t * v[3][n];
            }
            /* both long enough for the inner sides to meet, and no other overlap */
        } while (curve ? !canvas_is_smooth((const double(*)[2])line, 1201, s.width / 2)
                       : !canvas_is_plain((const double(*)[2])v, s.width));
        pika_canvas_move_to(&canvas_one.canvas, v[0][0], v[0][1]);
        if (curve) {
            pika_canvas_cubic_to(&canvas_one.canvas, v[1][0], v[1][1], v[2][0], v[2][1], v[3][0], v[3][1]);
            canvas_outline_of(&outline, (const double(*)[2])line, 1201, v[2], 1, &s);
        } else {
            for (i = 1; i < 3; i++) pika_canvas_line_to(&canvas_one.canvas, v[i][0], v[i][1]);
            canvas_outline_of(&outline, (const double(*)[2])v, 3, v[2], 0, &s);
        }
        CHECK_OK(pika_canvas_stroke(&canvas_one.canvas, 0xFFFFFFFF, &s));
        for (y = 0; y < 40; y++) {
            n = canvas_cut(outline.left, outline.n, 0, -1, -y, strip);
            n = canvas_cut(strip, n, 0, 1, y + 1, row);
            for (x = 0; x < 40; x++) {
                const double share = s.width < 1 ? s.width : 1;
                const double off =
                    fabs(canvas_red(&canvas_one, x, y) - 255 * share * canvas_area(row, n, x, y));
                if (off > worst) worst = off;
            }
        }
        if (!CHECK(worst <= 3)) printf("        %g off in round %d: width %g\n", worst, round, s.width);
        pika_canvas_free(&canvas_one.canvas);
    }
}

/* Strokes as the union of convex pieces: what is covered of each pixel, by 256 lines of it. */
#define CANVAS_PIECES 40
typedef struct canvas_union {
    double corners[CANVAS_PIECES][200][2], covers[48][48];
    int counts[CANVAS_PIECES], n;
} canvas_union;

static void canvas_piece(canvas_union *u, int count, const double (*corners)[2])
{
    memcpy(u->corners[u->n], corners, (size_t)count * sizeof *corners);
    u->counts[u->n++] = count;
}

static void canvas_disc(canvas_union *u, const double *p, double half)
{
    double corners[200][2];
    int i;
    for (i = 0; i < 200; i++) {
        corners[i][0] = p[0] + half * cos(i * 3.14159265358979323846 / 100);
        corners[i][1] = p[1] + half * sin(i * 3.14159265358979323846 / 100);
    }
    canvas_piece(u, 200, (const double(*)[2])corners);
}

static void canvas_bar(
    canvas_union *u, const double *a, const double *b, double half, double before, double after)
{
    const double size = sqrt((b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1]));
    const double ux = (b[0] - a[0]) / size, uy = (b[1] - a[1]) / size;
    double corners[4][2];
    int i;
    for (i = 0; i < 4; i++) {
        const double *p = i < 2 ? a : b, along = i < 2 ? -before : after,
                     aside = i == 0 || i == 3 ? -half : half;
        corners[i][0] = p[0] + along * ux - aside * uy;
        corners[i][1] = p[1] + along * uy + aside * ux;
    }
    canvas_piece(u, 4, (const double(*)[2])corners);
}

static void canvas_joint(
    canvas_union *u, const double *a, const double *p, const double *b, double half, int join)
{
    const double in = sqrt((p[0] - a[0]) * (p[0] - a[0]) + (p[1] - a[1]) * (p[1] - a[1]));
    const double out = sqrt((b[0] - p[0]) * (b[0] - p[0]) + (b[1] - p[1]) * (b[1] - p[1]));
    const double ux = (p[0] - a[0]) / in, uy = (p[1] - a[1]) / in, wx = (b[0] - p[0]) / out,
                 wy = (b[1] - p[1]) / out;
    const double h = ux * wy - uy * wx > 0 ? -half : half, dot = 1 + ux * wx + uy * wy;
    const int miter = join == PIKA_JOIN_MITER && dot >= 2.0 / 16;
    double corners[4][2];
    if (join == PIKA_JOIN_ROUND) {
        canvas_disc(u, p, half);
        return;
    }
    corners[0][0] = p[0], corners[0][1] = p[1];
    corners[1][0] = p[0] - h * uy, corners[1][1] = p[1] + h * ux;
    corners[2][0] = p[0] - h * (uy + wy) / dot, corners[2][1] = p[1] + h * (ux + wx) / dot;
    corners[miter ? 3 : 2][0] = p[0] - h * wy, corners[miter ? 3 : 2][1] = p[1] + h * wx;
    canvas_piece(u, miter ? 4 : 3, (const double(*)[2])corners);
}

static void canvas_unite(canvas_union *u)
{
    int y, i, k, x;
    memset(u->covers, 0, sizeof u->covers);
    for (y = 0; y < 48 * 256; y++) {
        const double at = (y + 0.5) / 256;
        double from[CANVAS_PIECES], to[CANVAS_PIECES], done = 0;
        int n = 0;
        for (i = 0; i < u->n; i++) {
            double low = 1e9, high = -1e9;
            for (k = 0; k < u->counts[i]; k++) {
                const double *a = u->corners[i][k], *b = u->corners[i][(k + 1) % u->counts[i]];
                const double c = a[0] + (at - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
                if ((a[1] <= at) == (b[1] <= at)) continue;
                if (c < low) low = c;
                if (c > high) high = c;
            }
            if (low > high) continue;
            for (k = n++; k > 0 && from[k - 1] > low; k--) from[k] = from[k - 1], to[k] = to[k - 1];
            from[k] = low, to[k] = high;
        }
        for (i = 0; i < n; i++) {
            const double begin = from[i] > done ? from[i] : done, end = to[i] < 48 ? to[i] : 48;
            if (begin >= end) continue; /* inside another piece */
            for (x = (int)begin; x < end; x++)
                u->covers[y / 256][x] += ((end < x + 1 ? end : x + 1) - (begin > x ? begin : x)) / 256;
            done = end;
        }
    }
}

static int canvas_cross(const double *a, const double *b, const double *c, const double *d)
{
    const double abx = b[0] - a[0], aby = b[1] - a[1], cdx = d[0] - c[0], cdy = d[1] - c[1];
    return (abx * (c[1] - a[1]) - aby * (c[0] - a[0]) > 0) !=
               (abx * (d[1] - a[1]) - aby * (d[0] - a[0]) > 0) &&
           (cdx * (a[1] - c[1]) - cdy * (a[0] - c[0]) > 0) != (cdx * (b[1] - c[1]) - cdy * (b[0] - c[0]) > 0);
}

/* Are its turns plain, and the rest of it nowhere near itself? */
static int canvas_is_apart(const double (*v)[2], int n, int closed, double width)
{
    const int segments = closed ? n : n - 1;
    int i, k;
    for (i = 0; i < (closed ? n : n - 2); i++) {
        double three[3][2];
        for (k = 0; k < 6; k++) three[k / 2][k % 2] = v[(i + k / 2) % n][k % 2];
        if (!canvas_is_plain((const double(*)[2])three, width)) return 0;
    }
    for (i = 0; i < segments; i++)
        for (k = i + 2; k < segments - (closed && i == 0); k++) {
            const double *a = v[i], *b = v[i + 1], *c = v[k], *d = v[(k + 1) % n], least = 3 * width + 3;
            if (canvas_cross(a, b, c, d) || segment_distance(a[0], a[1], c[0], c[1], d[0], d[1]) < least ||
                segment_distance(b[0], b[1], c[0], c[1], d[0], d[1]) < least ||
                segment_distance(c[0], c[1], a[0], a[1], b[0], b[1]) < least ||
                segment_distance(d[0], d[1], a[0], a[1], b[0], b[1]) < least)
                return 0;
        }
    return 1;
}

TEST(canvas_strokes_of_many_turns)
{
    static canvas_union u;
    uint64_t random = 17;
    int round, i, k, x, y, turns = 0;
    for (round = 0; round < (test_now.quick ? 24 : 120); round++) {
        const int closed = round % 2, n = 4 + round % 3;
        double v[6][2], worst = 0, half;
        pika_stroke s;
        memset(&s, 0, sizeof s);
        s.join = round / 6 % 3;
        s.cap = round / 2 % 3;
        do { /* vertices around the middle, so that some are far enough apart */
            s.width = round % 7 == 0 ? 0.5 : 0.5 + 3 * canvas_fraction(&random);
            for (i = 0; i < n; i++) {
                const double angle =
                    (i + canvas_fraction(&random)) * (closed ? 2 : 1.8) * 3.14159265358979 / n;
                const double away = 7 + 14 * canvas_fraction(&random);
                v[i][0] = floor((24 + away * cos(angle)) * 256) / 256;
                v[i][1] = floor((24 + away * sin(angle)) * 256) / 256;
            }
        } while (!canvas_is_apart((const double(*)[2])v, n, closed, s.width));
        half = s.width < 1 ? 0.5 : s.width / 2;
        u.n = 0;
        for (i = 0; i < (closed ? n : n - 1); i++) {
            const double more = !closed && s.cap == PIKA_CAP_SQUARE ? half : 0;
            canvas_bar(&u, v[i], v[(i + 1) % n], half, i == 0 ? more : 0, i == n - 2 ? more : 0);
        }
        for (i = closed ? 0 : 1; i < (closed ? n : n - 1); i++, turns++)
            canvas_joint(&u, v[(i + n - 1) % n], v[i], v[(i + 1) % n], half, s.join);
        for (i = 0; i < n; i += n - 1)
            if (!closed && s.cap == PIKA_CAP_ROUND) canvas_disc(&u, v[i], half);
        canvas_unite(&u);
        canvas_open(&canvas_one, NULL, 48, 48, PIKA_RGBA8, 0x000000FF);
        for (k = 0; k < n; k++) pika_canvas_line_to(&canvas_one.canvas, v[k][0], v[k][1]);
        if (closed) CHECK_OK(pika_canvas_close(&canvas_one.canvas));
        CHECK_OK(pika_canvas_stroke(&canvas_one.canvas, 0xFFFFFFFF, &s));
        for (y = 0; y < 48; y++)
            for (x = 0; x < 48; x++) {
                const double share = s.width < 1 ? s.width : 1;
                const double off = fabs(canvas_red(&canvas_one, x, y) - 255 * share * u.covers[y][x]);
                if (off > worst) worst = off;
            }
        if (!CHECK(worst <= 3)) printf("        %g off in round %d: width %g\n", worst, round, s.width);
        pika_canvas_free(&canvas_one.canvas);
    }
    CHECK(turns > 60);
}

TEST(canvas_strokes_that_are_closed)
{
    /* a frame: nothing is covered twice, no notch at its start; nor with dashes longer than it */
    static const double dashes[2] = {1000, 1};
    pika_canvas *canvas = &canvas_one.canvas;
    pika_stroke s;
    int x, y, turn;
    memset(&s, 0, sizeof s);
    s.width = 3;
    for (turn = 0; turn < 3; turn++) {
        canvas_open(&canvas_one, NULL, 40, 40, PIKA_RGBA8, 0x000000FF);
        s.dashes = turn == 1 ? dashes : NULL;
        s.dash_count = 2;
        if (turn == 2) CHECK_OK(pika_canvas_set_clip(canvas, 0, 0, 40, 25)); /* cut: the rest is the same */
        CHECK_OK(pika_canvas_rect(canvas, 10.5, 10.5, 20, 20));
        CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFF80, &s));
        for (y = 0; y < 40; y++)
            for (x = 0; x < 40; x++) {
                const int outer = x >= 9 && x < 32 && y >= 9 && y < 32,
                          inner = x >= 12 && x < 29 && y >= 12 && y < 29;
                CHECK_EQ(canvas_red(&canvas_one, x, y), outer && !inner && (turn < 2 || y < 25) ? 128 : 0);
            }
        pika_canvas_free(canvas);
    }
}

TEST(canvas_dashes)
{
    static const double dashes[3] = {2, 1, 3}, tiny[2] = {1e-30, 1e-30}, dots[2] = {0, 4}, none[2] = {0, 0};
    pika_canvas *canvas = &canvas_one.canvas;
    pika_stroke s;
    int x, turn;
    memset(&s, 0, sizeof s);
    s.width = 2;
    for (turn = 0; turn < 4;
         turn++) { /* an odd list twice: 2 on, 1 off, 3 on, 2 off, 1 on, 3 off; from afar the same */
        const double from = turn == 0 ? 0 : turn == 1 ? -120000.0 : turn == 2 ? -12e9 : 0;
        canvas_open(&canvas_one, NULL, 48, 4, PIKA_RGBA8, 0x000000FF);
        s.dashes = dashes;
        s.dash_count = 3;
        s.dash_offset = turn == 3 ? -12e6 : 0;
        pika_canvas_move_to(canvas, from, 2);
        pika_canvas_line_to(canvas, 1e12, 2);
        CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFFFF, &s));
        for (x = 0; x < 48; x++) {
            const int at = x % 12;
            CHECK_EQ(canvas_red(&canvas_one, x, 1), at < 2 || (at >= 3 && at < 6) || at == 8 ? 255 : 0);
        }
        pika_canvas_free(canvas);
    }
    canvas_open(&canvas_one, NULL, 48, 8, PIKA_RGBA8, 0x000000FF);
    pika_canvas_move_to(canvas, -1e30, 2);
    pika_canvas_line_to(canvas, 1e30, 2);
    s.dashes = tiny;
    s.dash_count = 2;
    CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFFFF, &s));
    CHECK_EQ(canvas_red(&canvas_one, 20, 1), 128); /* half of it is on */
    s.dashes = none;
    CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFFFF, &s));
    CHECK_EQ(canvas_red(&canvas_one, 20, 1), 255);
    CHECK_OK(pika_canvas_clear(canvas, 0x000000FF));
    CHECK_OK(pika_canvas_begin(canvas));
    pika_canvas_move_to(canvas, 4, 4);
    pika_canvas_line_to(canvas, 14, 4);
    s.dashes = dots;
    s.cap = PIKA_CAP_SQUARE;
    CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFFFF, &s));
    for (x = 0; x < 20; x++)
        CHECK_EQ(canvas_red(&canvas_one, x, 4),
            x == 3 || x == 4 || x == 7 || x == 8 || x == 11 || x == 12 ? 255 : 0);
    pika_canvas_free(canvas);
}

TEST(canvas_dots_and_thin_lines)
{
    pika_canvas *canvas = &canvas_one.canvas;
    pika_stroke s;
    double sum = 0;
    int cap, x, y;
    memset(&s, 0, sizeof s);
    s.width = 8;
    for (cap = 0; cap < 3; cap++) { /* a path that leads nowhere is its caps */
        const double expected = cap == 0 ? 0 : cap == 1 ? 3.14159265358979 * 16 : 64;
        canvas_open(&canvas_one, NULL, 20, 20, PIKA_RGBA8, 0x000000FF);
        s.cap = cap;
        pika_canvas_move_to(canvas, 10, 10);
        if (cap == 1) pika_canvas_close(canvas);
        else pika_canvas_line_to(canvas, 10, 10);
        CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFFFF, &s));
        for (sum = 0, y = 0; y < 20; y++)
            for (x = 0; x < 20; x++) sum += canvas_red(&canvas_one, x, y) / 255.0;
        CHECK(fabs(sum - expected) < 0.15);
        pika_canvas_free(canvas);
    }
    s.width = 0.25;
    s.cap = 0;
    canvas_open(&canvas_one, NULL, 20, 20, PIKA_RGBA8, 0x000000FF);
    pika_canvas_move_to(canvas, 2, 10.5);
    pika_canvas_line_to(canvas, 18, 10.5);
    CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFFFF, &s));
    CHECK_EQ(canvas_red(&canvas_one, 9, 10), 64);
    CHECK_EQ(canvas_red(&canvas_one, 9, 9), 0);
    pika_canvas_free(canvas);
}

TEST(canvas_blends_every_format)
{
    static const int formats[5] = {PIKA_RGBA8, PIKA_BGRA8, PIKA_RGBA8_PREMULTIPLIED, PIKA_RGB565, PIKA_GREY8};
    uint64_t random = 3;
    int f, round, k;
    for (f = 0; f < 5; f++)
        for (round = 0; round < 300; round++) {
            const uint32_t a = (uint32_t)test_random(&random),
                           b = (uint32_t)test_random(&random) | (round % 2 ? 255u : 0);
            const double aa = (a & 255u) / 255.0, ba = (b & 255u) / 255.0, out = aa + ba * (1 - aa);
            pika_canvas *canvas = &canvas_one.canvas;
            uint8_t before[4], *at = canvas_one.pixels + (round % 7) * (f == 3 ? 2 : f == 4 ? 1 : 4);
            canvas_open(&canvas_one, NULL, 9, 1, formats[f], b);
            memcpy(before, at, 4);
            CHECK_OK(pika_canvas_rect(canvas, round % 7, 0, 1, 1));
            CHECK_OK(pika_canvas_fill(canvas, a, PIKA_NONZERO));
            if (f < 3) {
                for (k = 0; k < 4; k++) {
                    const int shift = k == 3 ? 0 : f == 1 ? 8 + 8 * k : 24 - 8 * k;
                    const double s = (a >> shift & 255u), d = (b >> shift & 255u);
                    double expected = k == 3 ? 255 * out : out > 0 ? (s * aa + d * ba * (1 - aa)) / out : 0;
                    if (f == 2) expected = (k == 3 ? 255 : s) * aa + before[k] * (1 - aa);
                    if (out == 0) expected = before[k];
                    if (!CHECK(fabs(at[k] - expected) <= 0.501))
                        printf("        %08lx over %08lx: %d is %d, not %g\n", (unsigned long)a,
                            (unsigned long)b, k, at[k], expected);
                }
            } else if (f == 4) {
                const double luma = 0.2126 * (a >> 24) + 0.7152 * (a >> 16 & 255u) + 0.0722 * (a >> 8 & 255u);
                CHECK(fabs(at[0] - (luma * aa + before[0] * (1 - aa))) <= 1.01); /* luma is rounded before */
            } else {
                uint16_t was, is;
                memcpy(&was, before, 2);
                memcpy(&is, at, 2);
                CHECK(fabs((is >> 5 & 63) -
                           ((a >> 16 & 255u) / 255.0 * 63 * aa + (was >> 5 & 63) * (1 - aa))) <= 0.501);
                CHECK(fabs((is & 31) - ((a >> 8 & 255u) / 255.0 * 31 * aa + (was & 31) * (1 - aa))) <= 0.501);
                CHECK(fabs((is >> 11) - ((a >> 24) / 255.0 * 31 * aa + (was >> 11) * (1 - aa))) <= 0.501);
            }
            pika_canvas_free(canvas);
        }
}

TEST(canvas_segments_by_area)
{
    uint64_t random = 9;
    int round, x, y;
    for (round = 0; round < (test_now.quick ? 40 : 400); round++) {
        const double width = round % 3 == 0 ? 1 : 1 + 4 * canvas_fraction(&random),
                     turn = 6.2831853 * canvas_fraction(&random);
        const double length = (round % 2 ? 12.0 : 2.5) * canvas_fraction(&random);
        double x0 = 8 + 16 * canvas_fraction(&random), y0 = 8 + 16 * canvas_fraction(&random);
        double x1 = x0 + length * cos(turn), y1 = round % 7 == 0 ? y0 : y0 + length * sin(turn), worst = 0,
               q[4][2];
        const double size = sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0));
        const double nx = -(y1 - y0) / size * width / 2, ny = (x1 - x0) / size * width / 2;
        const pika_points points = pika_xy_f64(&x0, &y0, 1);
        const pika_column to_x = pika_f64(&x1), to_y = pika_f64(&y1);
        canvas_open(&canvas_one, NULL, 32, 32, PIKA_RGBA8, 0x000000FF);
        CHECK_OK(pika_canvas_segments(&canvas_one.canvas, &points, &to_x, &to_y, width, 0xFFFFFFFF));
        q[0][0] = x0 + nx, q[0][1] = y0 + ny, q[1][0] = x1 + nx, q[1][1] = y1 + ny;
        q[2][0] = x1 - nx, q[2][1] = y1 - ny, q[3][0] = x0 - nx, q[3][1] = y0 - ny;
        for (y = 0; y < 32; y++)
            for (x = 0; x < 32; x++) {
                const double off = fabs(canvas_red(&canvas_one, x, y) - 255 * canvas_area(q, 4, x, y));
                if (off > worst) worst = off;
            }
        if (!CHECK(worst <= 3)) printf("        %g off in round %d\n", worst, round);
        pika_canvas_free(&canvas_one.canvas);
    }
}

/* All that draws, from numbers of a generator; `wild` also NaN and huge ones. */
static void canvas_scene(pika_canvas *canvas, uint64_t seed, int wild)
{
    static const double odd[8] = {0, 1e30, -1e30, 1e300, -1e300, 65536, -40000, 1e-30};
    uint64_t random = seed;
    double v[24], dashes[4];
    float sizes[6];
    uint32_t colors[6];
    pika_points points;
    pika_column to_x, to_y;
    pika_markers markers;
    pika_stroke s;
    int i, kind;
    for (i = 0; i < 24; i++) {
        v[i] = -20 + 100 * canvas_fraction(&random);
        if (wild && test_below(&random, 3) == 0) v[i] = odd[test_below(&random, 8)];
        if (wild && test_below(&random, 9) == 0)
            v[i] = v[i] > 1e200 ? v[i] * 1e300 : (v[i] * 1e300 * 1e300) * 0;
    }
    for (i = 0; i < 4; i++) dashes[i] = wild && i % 2 ? 1e-20 : 6 * canvas_fraction(&random);
    for (i = 0; i < 6; i++) {
        sizes[i] = wild && i == 3 ? 1e30f : (float)(20 * canvas_fraction(&random));
        colors[i] = (uint32_t)test_random(&random);
    }
    pika_canvas_begin(canvas);
    for (i = 0; i < 4; i++) {
        kind = test_below(&random, 6);
        if (kind == 0) pika_canvas_move_to(canvas, v[i], v[i + 1]);
        else if (kind == 1)
            pika_canvas_cubic_to(canvas, v[i], v[i + 1], v[i + 2], v[i + 3], v[i + 4], v[i + 5]);
        else if (kind == 2) pika_canvas_quadratic_to(canvas, v[i], v[i + 1], v[i + 2], v[i + 3]);
        else if (kind == 3) pika_canvas_close(canvas);
        else if (kind == 4) pika_canvas_arc(canvas, v[i], v[i + 1], fabs(v[i + 2]), v[i + 3], v[i + 4]);
        else pika_canvas_line_to(canvas, v[i + 3], v[i + 2]);
    }
    pika_canvas_fill(canvas, colors[0], (int)(seed % 2));
    memset(&s, 0, sizeof s);
    s.width = wild ? fabs(v[8]) : 5 * canvas_fraction(&random);
    s.cap = (int)(seed % 3);
    s.join = (int)(seed / 3 % 3);
    if (seed % 4 == 0) {
        s.dashes = dashes;
        s.dash_count = 1 + (int)(seed / 4 % 4);
        s.dash_offset = v[9];
    }
    pika_canvas_stroke(canvas, colors[1], &s);
    points = pika_xy_f64(v, v + 6, 6);
    to_x = pika_f64(v + 12);
    to_y = pika_f64(v + 18);
    pika_canvas_segments(canvas, &points, &to_x, &to_y, s.width, colors[2]);
    memset(&markers, 0, sizeof markers);
    markers.points = points;
    markers.shape = test_below(&random, 14);
    markers.size = 9;
    markers.color = colors[3];
    if (seed % 3 == 0) markers.sizes = sizes;
    if (seed % 5 == 0) markers.colors = colors;
    pika_canvas_markers(canvas, &markers);
    pika_canvas_image(
        canvas, &canvas_two.image, v[20], v[21], fabs(v[22]), fabs(v[23]), 0.7, (int)(seed % 2));
}

/* In tiles, some of one column: the same picture, but for a few steps where strokes are cut; and nothing is
   written outside of a clip. Rows are bottom up, with a gap. */
TEST(canvas_clips)
{
    static uint8_t whole[4000], tiled[4000], back[4000];
    uint64_t seed;
    int wild, i, differ = 0, bad = 0;
    canvas_open(&canvas_two, NULL, 8, 8, PIKA_RGBA8, 0x40C08090);
    for (wild = 0; wild < 2; wild++)
        for (seed = 1; seed < (test_now.quick ? 20u : 150u); seed++) {
            const int format = (int)(seed % 5), bytes = format == 3 ? 2 : format == 4 ? 1 : 4;
            pika_canvas canvas;
            pika_image image;
            int x, y, tile;
            memset(&image, 0, sizeof image);
            image.width = 22;
            image.height = 17;
            image.format = format;
            image.stride = -(22 * bytes + 12);
            for (i = 0; i < 4000; i++)
                whole[i] = tiled[i] = (uint8_t)(format < 3 && i % 4 == 3 && seed % 3 ? 255 : 7 * i);
            memcpy(back, whole, sizeof back);
            image.pixels = whole + 20 * -image.stride;
            CHECK_OK(pika_canvas_init(NULL, &canvas, &image));
            canvas_scene(&canvas, seed, wild);
            pika_canvas_free(&canvas);
            image.pixels = tiled + 20 * -image.stride;
            CHECK_OK(pika_canvas_init(NULL, &canvas, &image));
            for (tile = 0, x = 0; x < 22; x += tile % 3 == 0 ? 1 : 6, tile++)
                for (y = 0; y < 17; y += 5) {
                    CHECK_OK(pika_canvas_set_clip(&canvas, x, y, tile % 3 == 0 ? 1 : 6, 5));
                    canvas_scene(&canvas, seed, wild);
                }
            pika_canvas_free(&canvas);
            for (i = 0; i < 4000; i++) {
                const int row = 20 - i / (22 * bytes + 12),
                          inside = row >= 0 && row < 17 && i % (22 * bytes + 12) < 22 * bytes;
                const int off = whole[i] > tiled[i] ? whole[i] - tiled[i] : tiled[i] - whole[i];
                if (!inside) bad += whole[i] != back[i] || tiled[i] != back[i];
                else if (!wild && format != 3 && seed % 3) differ += off > 3;
            }
        }
    CHECK_EQ(bad, 0);
    if (!CHECK(differ <= 2)) printf("        %d differ\n", differ);
    pika_canvas_free(&canvas_two.canvas);
}

TEST(canvas_breaks)
{
    const double nan = pika__nan();
    double x[7] = {2, 10, 10, 0, 14, 18, 18}, y[7] = {2, 2, 10, 0, 4, 4, 12};
    uint8_t valid = 0x77;
    pika_canvas *canvas = &canvas_one.canvas;
    pika_points points = pika_xy_f64(x, y, 7);
    int turn;
    for (turn = 0; turn < 2; turn++) {
        canvas_open(&canvas_one, NULL, 24, 16, PIKA_RGBA8, 0x000000FF);
        if (turn == 0) {
            x[3] = nan;
            points.x.valid = NULL;
        } else {
            x[3] = 0;
            points.x.valid = &valid; /* bit 3 is 0, and bit 7 */
        }
        CHECK_OK(pika_canvas_polyline(canvas, &points));
        CHECK_OK(pika_canvas_fill(canvas, 0xFFFFFFFF, PIKA_NONZERO));
        CHECK_EQ(canvas_red(&canvas_one, 8, 3), 255);
        CHECK_EQ(canvas_red(&canvas_one, 17, 6), 255);
        CHECK_EQ(canvas_red(&canvas_one, 12, 8), 0);
        CHECK_EQ(canvas_red(&canvas_one, 3, 1), 0);
        pika_canvas_free(canvas);
    }
    canvas_open(&canvas_one, NULL, 24, 16, PIKA_RGBA8, 0x000000FF);
    pika_canvas_move_to(canvas, 2, 2);
    pika_canvas_line_to(canvas, 10, 2);
    pika_canvas_line_to(canvas, nan, 2);
    pika_canvas_line_to(canvas, 10, 12);
    pika_canvas_line_to(canvas, 2, 12);
    CHECK_OK(pika_canvas_close(canvas)); /* of what is broken: it does nothing */
    CHECK_OK(pika_canvas_stroke(canvas, 0xFFFFFFFF, NULL));
    CHECK_EQ(canvas_red(&canvas_one, 5, 1), 128);
    CHECK_EQ(canvas_red(&canvas_one, 5, 12), 128);
    CHECK_EQ(canvas_red(&canvas_one, 2, 6), 0);
    CHECK_EQ(canvas_red(&canvas_one, 10, 6), 0);
    pika_canvas_free(canvas);
}

TEST(canvas_transforms)
{
    static const double turn[6] = {0, 2, -2, 0, 20, 4};
    pika_canvas *canvas = &canvas_one.canvas;
    int x, y;
    canvas_open(&canvas_one, NULL, 24, 24, PIKA_RGBA8, 0x000000FF);
    CHECK_OK(pika_canvas_set_transform(canvas, turn));
    CHECK_OK(pika_canvas_rect(canvas, 1, 2, 3, 4)); /* x' = 20 - 2 y, y' = 4 + 2 x */
    CHECK_OK(pika_canvas_set_transform(canvas, NULL));
    CHECK_OK(pika_canvas_fill(canvas, 0xFFFFFFFF, PIKA_NONZERO));
    for (y = 0; y < 24; y++)
        for (x = 0; x < 24; x++)
            CHECK_EQ(canvas_red(&canvas_one, x, y), x >= 8 && x < 16 && y >= 6 && y < 12 ? 255 : 0);
    pika_canvas_free(canvas);
}

TEST(canvas_markers)
{
    static const double areas[14] = {0.785398, 1, 0.5, 0.324760, 0.324760, 0.324760, 0.324760, 0.594410,
        0.649519, 0.280677, 0.305556, 0.305556, 0.436332, 0.555556};
    double x = 20.5, y = 19.75;
    float size = 24;
    uint32_t color = 0xFFFFFFFF;
    pika_markers markers;
    int which, turn, px, py;
    for (which = 0; which < 14; which++) {
        uint64_t hash = 0;
        for (turn = 0; turn < 3;
             turn++) { /* the same by columns, and far larger than a mask: by its own edges */
            double sum = 0;
            uint64_t now = 0;
            canvas_open(&canvas_one, NULL, 40, 40, PIKA_RGBA8, 0x000000FF);
            memset(&markers, 0, sizeof markers);
            markers.points = pika_xy_f64(&x, &y, 1);
            markers.shape = which;
            markers.size = turn == 2 ? 1e6 : 24;
            markers.color = color;
            if (turn == 1) {
                markers.sizes = &size;
                markers.colors = &color;
            }
            CHECK_OK(pika_canvas_markers(&canvas_one.canvas, &markers));
            for (py = 0; py < 40; py++)
                for (px = 0; px < 40; px++) {
                    sum += canvas_red(&canvas_one, px, py) / 255.0;
                    now = now * 31 + (uint64_t)canvas_red(&canvas_one, px, py);
                }
            if (turn < 2 && !CHECK(fabs(sum - areas[which] * 576) < 1))
                printf("        which %d: %g\n", which, sum / 576);
            if (turn == 1) CHECK(now == hash);
            if (turn == 2) CHECK_EQ(canvas_red(&canvas_one, 20, 20), which < PIKA_MARKER_RING ? 255 : 0);
            hash = now;
            pika_canvas_free(&canvas_one.canvas);
        }
    }
}

TEST(canvas_images)
{
    pika_canvas *canvas = &canvas_one.canvas;
    int x, y;
    canvas_open(&canvas_two, NULL, 4, 4, PIKA_RGBA8, 0x00000000);
    for (x = 0; x < 16; x++)
        canvas_two.pixels[4 * x] = (uint8_t)(10 * x), canvas_two.pixels[4 * x + 3] = x % 4 < 2 ? 255 : 0;
    canvas_open(&canvas_one, NULL, 16, 16, PIKA_RGBA8, 0x646464FF);
    CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 2, 3, 4, 4, 1, 0)); /* pixel by pixel */
    for (y = 0; y < 4; y++)
        for (x = 0; x < 4; x++)
            CHECK_EQ(canvas_red(&canvas_one, 2 + x, 3 + y), x < 2 ? 10 * (4 * y + x) : 100);
    CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 8, 3, 4, 4, 1, 1)); /* smooth, 1 : 1: the same */
    for (y = 0; y < 4; y++)
        for (x = 0; x < 4; x++)
            CHECK_EQ(canvas_red(&canvas_one, 8 + x, 3 + y), x < 2 ? 10 * (4 * y + x) : 100);
    CHECK_OK(
        pika_canvas_image(canvas, &canvas_two.image, 1, 10, 1, 1, 1, 1)); /* all in one: what is seen, half */
    CHECK_EQ(canvas_red(&canvas_one, 1, 10), 82);                         /* 65 and 100 by 128 : 127 */
    CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 4, 10, 8, 4, 1, 1)); /* enlarged: no dark seams */
    CHECK_EQ(canvas_red(&canvas_one, 4, 10), 0);
    CHECK_EQ(canvas_red(&canvas_one, 5, 10), 3); /* a quarter of the way to 10 */
    CHECK_OK(pika_canvas_clear(canvas, 0));
    CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0.5, 0, 4, 4, 0.5, 0));
    CHECK_EQ(canvas_one.pixels[3], 64);  /* half of a pixel, half seen */
    CHECK_EQ(canvas_one.pixels[7], 128); /* transparent ground: the colour is not mixed with it */
    CHECK_EQ(canvas_one.pixels[4 + 64 * 3], 130);
    CHECK_OK(pika_canvas_clear(canvas, 0x646464FF));
    for (x = 0; x < 4; x++) { /* so small that a pixel is more source pixels than a double can say */
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, 0, x & 1 ? 1e-310 : 4, 1e-310, 1, x / 2));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, 0, 1e-310, x & 1 ? 1e-310 : 4, 1, x / 2));
    }
    for (x = 0; x < 64; x++) CHECK_EQ(canvas_red(&canvas_one, x % 16, x / 16), 100);
    pika_canvas_free(canvas);
    pika_canvas_free(&canvas_two.canvas);
}

TEST(canvas_errors)
{
    pika_ctx ctx;
    pika_canvas zero, *canvas = &canvas_one.canvas;
    pika_stroke s;
    pika_markers m;
    pika_points points;
    pika_column column;
    double v[2] = {1, 2}, bad[6] = {1, 0, 0, 1, 0, 0};
    const double nan = pika__nan();
    way_init(&ctx, -1, 1, -1);
    memset(&zero, 0, sizeof zero);
    memset(&s, 0, sizeof s);
    memset(&m, 0, sizeof m);
    canvas_open(&canvas_one, &ctx, 8, 8, PIKA_RGBA8, 0x000000FF);
#define CANVAS_BAD(call, text) \
    do { \
        CHECK_RESULT(call, PIKA_ERR_INVALID); \
        CHECK_HAS(pika_last_error(&ctx), text); \
    } while (0)
    CHECK_RESULT(pika_canvas_begin(NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_canvas_fill(&zero, 255, 0), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_canvas_markers(&zero, &m), PIKA_ERR_INVALID);
    pika_canvas_free(&zero);
    pika_canvas_free(NULL);
    CANVAS_BAD(pika_canvas_init(&ctx, NULL, &canvas_one.image), "pika_canvas_init: canvas is NULL");
    CANVAS_BAD(pika_canvas_init(&ctx, &zero, NULL), "pika_canvas_init: image is NULL");
    CANVAS_BAD(pika_canvas_set_clip(canvas, 0, 0, -1, 2), "pika_canvas_set_clip: width, height are -1, 2");
    bad[3] = nan;
    CANVAS_BAD(pika_canvas_set_transform(canvas, bad), "transform has nan");
    CANVAS_BAD(pika_canvas_fill(canvas, 255, 7), "pika_canvas_fill: rule is 7");
    CANVAS_BAD(pika_canvas_arc(canvas, 1, 1, -2, 0, 1), "radius is -2");
    s.width = -1;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "pika_canvas_stroke: stroke.width is -1");
    s.width = nan;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "stroke.width is nan");
    s.width = 1;
    s.join = 3;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "stroke.cap, join are 0, 3");
    s.join = 0;
    s.miter_limit = 0.5;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "stroke.miter_limit is 0.5");
    s.miter_limit = 0;
    s.dashes = v;
    s.dash_count = 17;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "stroke.dash_count is 17");
    s.dash_count = 2;
    v[1] = -3;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "stroke.dashes has -3");
    s.dash_count = 1; /* an odd list is taken twice: so is its sum, the period */
    v[0] = 1e308;
    s.dash_offset = -1e308;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "stroke.dashes add up to inf, need 1e300 at most");
    s.dash_count = 2;
    v[0] = 1;
    v[1] = 3;
    s.dash_offset = nan;
    CANVAS_BAD(pika_canvas_stroke(canvas, 255, &s), "stroke.dash_offset is nan");
    points = pika_xy_f64(v, v, 2);
    column = pika_f64(v);
    CANVAS_BAD(pika_canvas_polyline(canvas, NULL), "pika_canvas_polyline: points is NULL");
    CANVAS_BAD(pika_canvas_segments(canvas, &points, &column, NULL, 1, 255), "x1 or y1 is NULL");
    CANVAS_BAD(pika_canvas_segments(canvas, &points, &column, &column, -1, 255), "width is -1");
    column.data = NULL;
    CANVAS_BAD(pika_canvas_segments(canvas, &points, &column, &column, 1, 255), "x1.data is NULL");
    CANVAS_BAD(pika_canvas_markers(canvas, NULL), "markers is NULL");
    m.shape = 14;
    CANVAS_BAD(pika_canvas_markers(canvas, &m), "shape is 14");
    m.shape = 0;
    m.size = -1;
    CANVAS_BAD(pika_canvas_markers(canvas, &m), "size, outline are -1, 0");
    CANVAS_BAD(pika_canvas_image(canvas, NULL, 0, 0, 1, 1, 1, 0), "pika_canvas_image: image is NULL");
    CANVAS_BAD(pika_canvas_image(canvas, &canvas_one.image, 0, 0, nan, 1, 1, 0), "width, height are nan, 1");
    CANVAS_BAD(pika_canvas_image(canvas, &canvas_one.image, 0, 0, 1, 1, 2, 0), "opacity is 2");
#undef CANVAS_BAD
    pika_canvas_free(canvas);
    pika_ctx_free(&ctx);
}

/* Each allocation fails in turn: an error and no pixel drawn, or the picture; nothing leaks. */
TEST(canvas_without_memory)
{
    test_heap heap;
    pika_ctx_desc desc;
    pika_ctx ctx;
    long fail;
    canvas_open(&canvas_two, NULL, 8, 8, PIKA_RGBA8, 0x40C08090);
    for (fail = -1; fail < 12; fail++) {
        pika_stroke s;
        pika_result result = PIKA_OK;
        int i;
        desc = heap_desc(&heap, 1);
        CHECK_OK(pika_ctx_init(&ctx, &desc));
        canvas_open(&canvas_one, &ctx, 40, 40, PIKA_RGBA8, 0x000000FF);
        heap.fail_at = fail;
        memset(&s, 0, sizeof s);
        s.join = s.cap = PIKA_CAP_ROUND;
        s.width = 4;
        for (i = 0; i < 3000 && result == PIKA_OK; i++)
            result = pika_canvas_line_to(&canvas_one.canvas, 20 + 15 * cos(i), 20 + 15 * sin(i * 1.1));
        if (result == PIKA_OK) result = pika_canvas_stroke(&canvas_one.canvas, 0xFFFFFFFF, &s);
        if (result != PIKA_OK) {
            CHECK_RESULT(result, PIKA_ERR_MEMORY);
            for (i = 0; i < 1600; i++) CHECK(canvas_one.pixels[4 * i] == 0);
        } else {
            CHECK_EQ(canvas_red(&canvas_one, 20, 20), 255);
        }
        canvas_scene(&canvas_one.canvas, 30, 0);
        pika_canvas_free(&canvas_one.canvas);
        pika_ctx_free(&ctx);
        CHECK_EQ(heap.live, 0);
        CHECK_EQ(heap.bad, 0);
    }
    pika_canvas_free(&canvas_two.canvas);
}

/* The same bytes everywhere. */
TEST(canvas_golden)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325), seed;
    int i;
    canvas_open(&canvas_two, NULL, 8, 8, PIKA_RGBA8, 0x40C08090);
    for (seed = 1; seed < 40; seed++) {
        const int format = (int)(seed % 5);
        if (format == 3) continue; /* 16 bits as the machine has them */
        canvas_open(&canvas_one, NULL, 60, 60, format, seed % 2 ? 0xFFFFFFFFu : 0x80404080u);
        canvas_scene(&canvas_one.canvas, seed, 0);
        for (i = 0; i < 60 * 60 * (format == 4 ? 1 : 4); i++)
            hash = (hash ^ canvas_one.pixels[i]) * UINT64_C(0x100000001B3);
        pika_canvas_free(&canvas_one.canvas);
    }
    pika_canvas_free(&canvas_two.canvas);
    if (!CHECK(hash == UINT64_C(0xC9B5F1BC420E243E)))
        printf("        0x%08lX%08lX\n", (unsigned long)(hash >> 32), (unsigned long)(hash & 0xFFFFFFFFu));
}

/* Each field beyond each end of its range, each call without a canvas. */
TEST(canvas_errors_at_both_ends)
{
    static const struct {
        int field;
        double value; /* 1e99: NaN, 1e98: infinite */
        const char *text;
    } bad[] = {{0, 1e98, "stroke.width is inf"}, {1, -1, "stroke.cap, join are -1, 0, need 0..2"},
        {1, 3, "stroke.cap, join are 3, 0"}, {2, -1, "stroke.cap, join are 0, -1"},
        {3, -2, "stroke.miter_limit is -2"}, {3, 1001, "stroke.miter_limit is 1001"},
        {3, 1e99, "stroke.miter_limit is nan"}, {4, -1, "stroke.dash_count is -1"},
        {5, 1e98, "stroke.dashes has"}, {5, 1e99, "stroke.dashes has"},
        {6, 1e98, "stroke.dash_offset is inf"}, {7, -1, "shape is -1, needs 0..13"},
        {8, 1e99, "size, outline are nan, 0"}, {8, 1e98, "size, outline are inf, 0"},
        {9, -1, "size, outline are 0, -1"}, {9, 1e98, "size, outline are 0, inf"}, {10, 1e99, "width is nan"},
        {10, 1e98, "width is inf"}, {11, 1e99, "and x, y finite"}, {12, 1e98, "and x, y finite"},
        {13, -1, "width, height are -1, 4"}, {13, 2e9, "width, height are 2e9, 4"},
        {14, -1, "width, height are 4, -1"}, {14, 2e9, "width, height are 4, 2e9"},
        {15, -0.5, "opacity is -0.5, needs 0..1"}, {15, 1e99, "opacity is nan"},
        {16, -1, "width, height are -1, 4, need 0 or more"},
        {17, -1, "width, height are 4, -1, need 0 or more"}, {18, -1, "rule is -1"}};
    pika_ctx ctx, dead;
    pika_canvas none, *canvas = &canvas_one.canvas;
    double v[2] = {1, 2}, dashes[2] = {1, 2};
    pika_points points = pika_xy_f64(v, v, 2);
    pika_column column = pika_f64(v);
    int i;
    way_init(&ctx, -1, 1, -1);
    canvas_open(&canvas_one, &ctx, 8, 8, PIKA_RGBA8, 0x000000FF);
    canvas_open(&canvas_two, &ctx, 8, 8, PIKA_RGBA8, 0xFFFFFFFF);
    CHECK_OK(pika_canvas_rect(canvas, 1, 1, 4, 4));
    for (i = 0; i < (int)(sizeof bad / sizeof bad[0]); i++) {
        const double nan = pika__nan(), infinite = pika__from_bits64(PIKA__INF64);
        const double x = bad[i].value > 9e98 ? nan : bad[i].value > 9e97 ? infinite : bad[i].value;
        const int n = bad[i].value > 1e30 ? 0 : (int)bad[i].value;
        double at[5] = {1, 1, 4, 4, 1};
        pika_stroke s;
        pika_markers m;
        pika_result result;
        memset(&s, 0, sizeof s);
        memset(&m, 0, sizeof m);
        m.points = points;
        s.dashes = dashes;
        s.dash_count = 2;
        dashes[0] = 1;
        switch (bad[i].field) {
        case 0: s.width = x; break;
        case 1: s.cap = n; break;
        case 2: s.join = n; break;
        case 3: s.miter_limit = x; break;
        case 4: s.dash_count = n; break;
        case 5: dashes[0] = x; break;
        case 6: s.dash_offset = x; break;
        case 7: m.shape = n; break;
        case 8: m.size = x; break;
        case 9: m.outline = x; break;
        case 11: at[0] = x; break;
        case 12: at[1] = x; break;
        case 13: at[2] = x; break;
        case 14: at[3] = x; break;
        case 15: at[4] = x; break;
        default: break;
        }
        ctx.error[0] = 0;
        result = bad[i].field < 7     ? pika_canvas_stroke(canvas, 0xFFFFFFFF, &s)
                 : bad[i].field < 10  ? pika_canvas_markers(canvas, &m)
                 : bad[i].field == 10 ? pika_canvas_segments(canvas, &points, &column, &column, x, 255)
                 : bad[i].field < 16
                     ? pika_canvas_image(canvas, &canvas_two.image, at[0], at[1], at[2], at[3], at[4], 0)
                 : bad[i].field < 18 ? pika_canvas_set_clip(canvas, 1, 1, bad[i].field == 16 ? n : 4,
                                           bad[i].field == 17 ? n : 4)
                                     : pika_canvas_fill(canvas, 0xFFFFFFFF, n);
        CHECK_RESULT(result, PIKA_ERR_INVALID);
        CHECK_HAS(pika_last_error(&ctx), bad[i].text);
    }
    for (i = 0; i < 64; i++) CHECK_EQ(canvas_one.pixels[4 * i], 0); /* none of them drew */
    column.data = NULL;
    CHECK_RESULT(pika_canvas_segments(canvas, &points, NULL, &points.y, 1, 255), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "x1 or y1 is NULL");
    CHECK_RESULT(pika_canvas_segments(canvas, &points, &points.x, &column, 1, 255), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "y1.data is NULL");
    points.y.data = NULL;
    CHECK_RESULT(pika_canvas_polyline(canvas, &points), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "pika_canvas_polyline: y.data is NULL");
    points.x.data = NULL;
    CHECK_RESULT(pika_canvas_polyline(canvas, &points), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "pika_canvas_polyline: x.data is NULL");
    memset(&none, 0, sizeof none);
    memset(&dead, 0, sizeof dead);
    for (i = 0; i < 3; i++) { /* no canvas, one of no context, one that was never initialised */
        pika_canvas *const where = i == 0 ? NULL : &none;
        pika_markers m;
        memset(&m, 0, sizeof m);
        none.ctx = i == 2 ? &ctx : &dead;
#define CANVAS_NONE(name, arguments) \
    do { \
        ctx.error[0] = 0; \
        ctx.status = PIKA_OK; \
        CHECK_RESULT(name arguments, PIKA_ERR_INVALID); \
        CHECK_STR( \
            pika_last_error(&ctx), i < 2 ? "" : #name ": canvas is not initialised (pika_canvas_init)"); \
    } while (0)
        CANVAS_NONE(pika_canvas_clear, (where, 255));
        CANVAS_NONE(pika_canvas_set_clip, (where, 0, 0, 1, 1));
        CANVAS_NONE(pika_canvas_set_transform, (where, NULL));
        CANVAS_NONE(pika_canvas_begin, (where));
        CANVAS_NONE(pika_canvas_move_to, (where, 1, 1));
        CANVAS_NONE(pika_canvas_line_to, (where, 1, 1));
        CANVAS_NONE(pika_canvas_quadratic_to, (where, 1, 1, 2, 2));
        CANVAS_NONE(pika_canvas_cubic_to, (where, 1, 1, 2, 2, 3, 3));
        CANVAS_NONE(pika_canvas_close, (where));
        CANVAS_NONE(pika_canvas_arc, (where, 1, 1, 1, 0, 1));
        CANVAS_NONE(pika_canvas_rect, (where, 1, 1, 1, 1));
        CANVAS_NONE(pika_canvas_polyline, (where, &points));
        CANVAS_NONE(pika_canvas_fill, (where, 255, 0));
        CANVAS_NONE(pika_canvas_stroke, (where, 255, NULL));
        CANVAS_NONE(pika_canvas_segments, (where, &points, NULL, NULL, 1, 255));
        CANVAS_NONE(pika_canvas_markers, (where, &m));
        CANVAS_NONE(pika_canvas_image, (where, &canvas_two.image, 0, 0, 1, 1, 1, 0));
#undef CANVAS_NONE
    }
    none.ctx = &dead;
    none.path = dashes; /* of a context that is no more: forgotten, not freed */
    pika_canvas_free(&none);
    CHECK(none.path == NULL);
    pika_canvas_free(canvas);
    pika_canvas_free(&canvas_two.canvas);
    pika_ctx_free(&ctx);
    CHECK_RESULT(pika_canvas_init(&ctx, canvas, &canvas_two.image), PIKA_ERR_INVALID);
}

/* What is nothing leaves the canvas as it is: no width, no colour, no clip, no rows, out of sight. */
TEST(canvas_nothing_to_draw)
{
    static const double x[2] = {1, 30}, y[2] = {1, 30};
    const pika_points points = pika_xy_f64(x, y, 2);
    const pika_column back_x = pika_strided(&x[1], PIKA_F64, -8), back_y = pika_strided(&y[1], PIKA_F64, -8);
    pika_canvas *canvas = &canvas_one.canvas;
    pika_points no_points = points;
    pika_markers m;
    int turn, i, inked;
    no_points.count = 0;
    canvas_open(&canvas_two, NULL, 4, 4, PIKA_RGBA8, 0xFFFFFFFF);
    memset(&m, 0, sizeof m);
    m.points = points;
    m.size = 9;
    for (turn = 0; turn < 9; turn++) {
        const uint32_t color = turn == 2 ? 0xFFFFFF00u : 0xFFFFFFFFu;
        const int width = turn == 0 || turn == 3 ? 0 : 40, height = turn == 1 || turn == 3 ? 0 : 40;
        const pika_points *p = turn == 4 ? &no_points : &points;
        pika_stroke s;
        canvas_open(&canvas_one, NULL, 40, 40, PIKA_RGBA8, 0x000000FF);
        memset(&s, 0, sizeof s);
        s.width = 3;
        m.points = *p;
        m.color = color;
        if (turn < 4) CHECK_OK(pika_canvas_set_clip(canvas, 0, 0, width, height));
        if (turn == 5) CHECK_OK(pika_canvas_set_clip(canvas, 50, 0, 10, 10));
        if (turn == 6) CHECK_OK(pika_canvas_set_clip(canvas, 0, -20, 10, 10));
        if (turn == 7) CHECK_OK(pika_canvas_set_clip(canvas, 2147483647, 3, 2147483647, 10));
        CHECK_OK(pika_canvas_polyline(canvas, p));
        CHECK_OK(pika_canvas_fill(canvas, color, PIKA_NONZERO));
        CHECK_OK(pika_canvas_stroke(canvas, color, &s));
        CHECK_OK(pika_canvas_segments(canvas, p, &back_x, &back_y, 3, color));
        CHECK_OK(pika_canvas_markers(canvas, &m));
        if (turn != 2 && turn != 4 && turn != 8)
            CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, 0, 30, 30, 1, 1));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, 0, 0, 30, 1, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, 0, 30, 0, 1, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, 0, 30, 30, 0, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, -40, 0, 30, 30, 1, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, -40, 30, 30, 1, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 40, 0, 30, 30, 1, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 0, 40, 30, 30, 1, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 3, 4, 1e-300, 30, 1, 0));
        CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 3, 4, 30, 1e-300, 1, 0));
        for (inked = 0, i = 0; i < 1600; i++) inked += canvas_one.pixels[4 * i] != 0;
        if (turn < 8) CHECK_EQ(inked, 0);
        else CHECK(inked > 100); /* and the same with none of these is something */
        pika_canvas_free(canvas);
    }
    pika_canvas_free(&canvas_two.canvas);
}

/* A picture in each format, onto each format, copied, reduced and enlarged: its colour and its alpha. */
TEST(canvas_images_of_every_format)
{
    pika_canvas *canvas = &canvas_one.canvas;
    int from, to, i, way;
    for (from = 0; from < 5; from++)
        for (to = 0; to < 5; to++)
            for (way = 0; way < 4; way++) {
                const int bytes = from == PIKA_RGB565 ? 2 : from == PIKA_GREY8 ? 1 : 4;
                const int sure = to != PIKA_RGB565 && to != PIKA_GREY8 && from != PIKA_GREY8;
                const uint32_t color = 0x4080C0FFu;
                uint32_t seen;
                canvas_open(&canvas_two, NULL, 8, 8, from, color);
                if (from == PIKA_RGBA8_PREMULTIPLIED) { /* more than its alpha is as much; none is none */
                    memset(canvas_two.pixels + 4 * 8 * bytes, 255, 4 * 8 * 4);
                    for (i = 32; i < 64; i++) canvas_two.pixels[4 * i + 3] = way % 2 == 0 ? 0 : 100;
                }
                canvas_open(&canvas_one, NULL, 20, 20, to, 0x000000FF);
                CHECK_OK(pika_canvas_image(canvas, &canvas_two.image, 2, 2,
                    way < 2    ? 8
                    : way == 2 ? 4
                               : 16,
                    way < 2    ? 8
                    : way == 2 ? 4
                               : 16,
                    1, way > 0));
                seen = pika__image_color(&canvas_one.image, 3, 3);
                if (sure) {
                    for (i = 8; i < 32; i += 8)
                        if (!CHECK(abs((int)(seen >> i & 255u) - (int)(color >> i & 255u)) <=
                                   (from == PIKA_RGB565 ? 9 : 1)))
                            printf("        %d to %d, %d: 0x%08lX\n", from, to, way, (unsigned long)seen);
                } else {
                    CHECK((seen >> 8 & 255u) > 60);
                }
                CHECK_EQ(seen & 255u, 255);
                if (from == PIKA_RGBA8_PREMULTIPLIED) { /* white at 100 of 255, or nothing */
                    seen = pika__image_color(&canvas_one.image, 3, way < 2 ? 8 : way == 2 ? 5 : 15);
                    if (to != PIKA_RGB565) CHECK_EQ(seen >> 16 & 255u, way % 2 == 0 ? 0 : 100);
                }
                CHECK_EQ(pika__image_color(&canvas_one.image, 1, 3), 0x000000FFu);
                pika_canvas_free(canvas);
            }
    pika_canvas_free(&canvas_two.canvas);
}

/* Far away, far too wide, mirrored, turned: segments are the same as by strokes. */
TEST(canvas_segments_anywhere)
{
    static const double ways[9][6] = {{1, 0, 0, 1, 0, 0}, {1, 0.25, 0, 1, 0, 0}, {1, 0, 0.25, 1, 0, 0},
        {2, 0, 0, 1, 0, 0}, {1, 0, 0, 0.5, 0, 0}, {1, 0, 0, 1, 3, 0}, {1, 0, 0, 1, 0, 2},
        {0, 1, -1, 0, 30, 0}, {-1, 0, 0, -1, 36, 36}};
    static const double wide[8] = {0, 0.5, 1, 3, 30, 60, 3e9, 1};
    static const double lines[13][4] = {{4, 5, 30, 20}, {-2e9, 8, 2e9, 8}, {8, -2e9, 8, 2e9}, {5, 5, 5, 5},
        {-5e8, 12, 40, 12}, {12, -5e8, 12, 40}, {5e8, 14, 2, 14}, {14, 5e8, 14, 2}, {3, 20, 2e9, 20},
        {20, 3, 20, 2e9}, {3, 20, 3.125, 20.25}, {-40000, -40000, -39000, -39000}, {5, 30, 60000, 30}};
    pika_canvas *const by_segment = &canvas_one.canvas, *const by_stroke = &canvas_two.canvas;
    int way, line, i, inked = 0;
    for (way = 0; way < 9; way++)
        for (line = 0; line < 13; line++) {
            const double *v = lines[line];
            const pika_points points = pika_xy_f64(v, v + 1, 1);
            const pika_column x1 = pika_f64(v + 2), y1 = pika_f64(v + 3);
            pika_stroke s;
            int worst = 0;
            memset(&s, 0, sizeof s);
            s.width = wide[(way + line) % 8];
            canvas_open(&canvas_one, NULL, 40, 40, PIKA_RGBA8, 0x000000FF);
            canvas_open(&canvas_two, NULL, 40, 40, PIKA_RGBA8, 0x000000FF);
            CHECK_OK(pika_canvas_set_transform(by_segment, ways[way]));
            CHECK_OK(pika_canvas_set_transform(by_stroke, ways[way]));
            CHECK_OK(pika_canvas_segments(by_segment, &points, &x1, &y1, s.width, 0xFFFFFFFF));
            CHECK_OK(pika_canvas_move_to(by_stroke, v[0], v[1]));
            CHECK_OK(pika_canvas_line_to(by_stroke, v[2], v[3]));
            CHECK_OK(pika_canvas_stroke(by_stroke, 0xFFFFFFFF, &s));
            for (i = 0; i < 1600; i++) {
                const int off = abs((int)canvas_one.pixels[4 * i] - (int)canvas_two.pixels[4 * i]);
                if (off > worst) worst = off;
                inked += canvas_one.pixels[4 * i] != 0;
            }
            if (!CHECK(worst <= 6)) printf("        way %d, line %d: %d off\n", way, line, worst);
            pika_canvas_free(by_segment);
            pika_canvas_free(by_stroke);
        }
    CHECK(inked > 10000);
}

#ifndef PIKA_NO_PROFILER
/* Each call that draws is a zone, once. */
TEST(canvas_calls_are_zones)
{
    static const char *const names[6] = {"pika_canvas_clear", "pika_canvas_polyline", "pika_canvas_fill",
        "pika_canvas_segments", "pika_canvas_markers", "pika_canvas_image"};
    static pika_zone_stats zones[64];
    static const double v[2] = {3, 9};
    const pika_points points = pika_xy_f64(v, v, 2);
    pika_ctx ctx;
    pika_markers m;
    size_t n = 0, k;
    int i;
    way_init(&ctx, -1, 1, -1);
    canvas_open(&canvas_one, &ctx, 20, 20, PIKA_RGBA8, 0x000000FF);
    canvas_open(&canvas_two, &ctx, 4, 4, PIKA_RGBA8, 0xFF0000FF);
    CHECK_OK(pika_profile_start(&ctx, NULL));
    memset(&m, 0, sizeof m);
    m.points = points;
    m.size = 5;
    m.color = 0x00FF00FF;
    CHECK_OK(pika_canvas_clear(&canvas_one.canvas, 0x000000FF));
    CHECK_OK(pika_canvas_polyline(&canvas_one.canvas, &points));
    CHECK_OK(pika_canvas_fill(&canvas_one.canvas, 0xFFFFFFFF, PIKA_NONZERO));
    CHECK_OK(pika_canvas_stroke(&canvas_one.canvas, 0xFFFFFFFF, NULL));
    CHECK_OK(pika_canvas_segments(&canvas_one.canvas, &points, &points.y, &points.x, 2, 0xFFFFFFFF));
    CHECK_OK(pika_canvas_markers(&canvas_one.canvas, &m));
    CHECK_OK(pika_canvas_image(&canvas_one.canvas, &canvas_two.image, 8, 12, 4, 4, 1, 0));
    CHECK_OK(pika_profile_zones(&ctx, zones, 64, &n));
    for (i = 0; i < 6; i++) {
        int found = 0;
        for (k = 0; k < n && k < 64; k++)
            if (strcmp(zones[k].name, names[i]) == 0) {
                CHECK_EQ(zones[k].calls, 1);
                found++;
            }
        if (!CHECK_EQ(found, 1)) printf("        %s\n", names[i]);
    }
    CHECK_EQ(canvas_red(&canvas_one, 9, 13), 255);
    pika_canvas_free(&canvas_one.canvas);
    pika_canvas_free(&canvas_two.canvas);
    pika_ctx_free(&ctx);
}
#else
TEST(canvas_calls_are_zones) { SKIP("no profiler in this build"); }
#endif

AREA(canvas, LISTED(canvas_fills_by_area), LISTED(canvas_rules_and_curves), LISTED(canvas_strokes_by_area),
    LISTED(canvas_strokes_of_many_turns), LISTED(canvas_strokes_that_are_closed), LISTED(canvas_dashes),
    LISTED(canvas_dots_and_thin_lines), LISTED(canvas_blends_every_format), LISTED(canvas_segments_by_area),
    LISTED_SAFE(canvas_clips), LISTED(canvas_breaks), LISTED(canvas_transforms), LISTED(canvas_markers),
    LISTED(canvas_images), LISTED_SAFE(canvas_errors), LISTED_SAFE(canvas_without_memory),
    LISTED(canvas_golden), LISTED(canvas_errors_at_both_ends), LISTED_SAFE(canvas_nothing_to_draw),
    LISTED(canvas_images_of_every_format), LISTED(canvas_segments_anywhere),
    LISTED_SAFE(canvas_calls_are_zones), LISTED_SAFE(canvas_calls_are_zones));
