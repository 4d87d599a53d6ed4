/* gsl.c - the GNU Scientific Library's two-dimensional histogram, with even bins. See peer.h. */
#define _POSIX_C_SOURCE 199309L
#include "peer.h"
#include <gsl/gsl_histogram2d.h>

static gsl_histogram2d *histogram;

static void peer_open(size_t width)
{
    histogram = gsl_histogram2d_alloc(width, width);
    if (histogram == NULL) exit(1);
    gsl_histogram2d_set_ranges_uniform(histogram, 0, 1, 0, 1);
}

static void peer_clear(void) { gsl_histogram2d_reset(histogram); }

static void peer_fill(const float *x, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) gsl_histogram2d_increment(histogram, (double)x[i], (double)y[i]);
}

static uint32_t peer_count(size_t column, size_t row)
{
    return (uint32_t)gsl_histogram2d_get(histogram, column, row);
}
