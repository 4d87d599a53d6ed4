/* The edge tables of log10 and symlog axes: against tables made by mpmath (golden/edges_golden.py), and in
 * themselves. */
#include "golden/edges_golden.h"

static double edges_double(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Orders doubles by their bits, so that no flushing of denormals can hide a difference. */
static int64_t edges_key(double v)
{
    int64_t bits = (int64_t)(test_bits(v) & INT64_MAX);
    return test_bits(v) >> 63 ? -bits : bits;
}

static void edges_table(uint64_t lo, uint64_t hi, uint64_t c, int n, int first, int count, double *out)
{
    if (c == 0)
        pika__edges_log(edges_double(lo), edges_double(hi), n, first, count, out);
    else
        pika__edges_symlog(edges_double(lo), edges_double(hi), edges_double(c), n, first, count, out);
}

static uint64_t edges_hash(const double *edges, int count)
{
    uint64_t state = UINT64_C(14695981039346656037);
    int i, shift;
    for (i = 0; i < count; i++)
        for (shift = 0; shift < 64; shift += 8)
            state = (state ^ (test_bits(edges[i]) >> shift & 255)) * UINT64_C(1099511628211);
    return state;
}

TEST(edges_golden)
{
    static const int sevenths[5] = {1, 2, 3, 5, 6};
    static double edges[1024 + 1];
    size_t i;
    int k;
    for (i = 0; i < sizeof k_edges_golden / sizeof k_edges_golden[0]; i++) {
        const struct edges_golden *g = &k_edges_golden[i];
        int good = 1;
        edges_table(g->lo, g->hi, g->c, g->n, g->first, g->count, edges);
        for (k = 0; k < 5; k++)
            good &= CHECK_BITS(edges[g->count * sevenths[k] / 7], edges_double(g->sample[k]));
        good &= CHECK(edges_hash(edges, g->count + 1) == g->hash);
        if (g->first == 0) good &= CHECK_BITS(edges[0], edges_double(g->lo));
        if (g->first + g->count == g->n) good &= CHECK_BITS(edges[g->count], edges_double(g->hi));
        if (!good) printf("        in case %d\n", (int)i);
    }
}

/* A tile is that part of the whole, edges neither fall nor leave the axis, and a mirrored axis has mirrored
   edges. */
TEST(edges_tiles_order_mirror)
{
    static double whole[300 + 1], part[300 + 1];
    uint64_t seed = test_now.seed;
    int trial, k;
    for (trial = 0; trial < (test_now.quick ? 20 : 300); trial++) {
        const uint64_t sign = UINT64_C(1) << 63, infinity = UINT64_C(0x7FF0000000000000);
        uint64_t a = 1 + test_random(&seed) % (infinity - 1), b = 1 + test_random(&seed) % (infinity - 1),
                 c = 0, swap;
        int n = test_between(&seed, 1, 300), first = test_below(&seed, n),
            count = test_between(&seed, 1, n - first);
        int good = 1;
        if (a == b) continue;
        if (trial % 3 > 0) {
            c = 1 + test_random(&seed) % (infinity - 1);
            if (test_below(&seed, 2)) c = test_bits(1.0);
            a |= test_below(&seed, 2) ? sign : 0;
            b |= test_below(&seed, 2) ? sign : 0;
        }
        if (edges_key(edges_double(a)) > edges_key(edges_double(b))) swap = a, a = b, b = swap;
        edges_table(a, b, c, n, 0, n, whole);
        edges_table(a, b, c, n, first, count, part);
        for (k = 0; k <= count; k++) good &= CHECK_BITS(part[k], whole[first + k]);
        good &= CHECK_BITS(whole[0], edges_double(a));
        good &= CHECK_BITS(whole[n], edges_double(b));
        for (k = 0; k < n; k++) good &= CHECK(edges_key(whole[k]) <= edges_key(whole[k + 1]));
        if (c != 0) {
            edges_table(b ^ sign, a ^ sign, c, n, n - first - count, count, part);
            for (k = 0; k <= count; k++)
                good &= CHECK_EQ(edges_key(part[count - k]), -edges_key(whole[first + k]));
        }
        if (!good) printf("        in trial %d\n", trial);
    }
}

AREA(edges, LISTED(edges_golden), LISTED(edges_tiles_order_mirror));
