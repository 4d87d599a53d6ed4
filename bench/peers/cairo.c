/* cairo.c - a filled pixel a point, added at 1/255 to an 8-bit surface: the picture is the counts, up to 255.
   See peer.h. */
#define _POSIX_C_SOURCE 199309L
#include "peer.h"
#include <cairo/cairo.h>
#include <string.h>

static cairo_surface_t *surface;
static cairo_t *canvas;
static size_t size;

static void peer_open(size_t width)
{
    size = width;
    surface = cairo_image_surface_create(CAIRO_FORMAT_A8, (int)width, (int)width);
    canvas = cairo_create(surface);
    if (cairo_status(canvas) != CAIRO_STATUS_SUCCESS) exit(1);
    cairo_set_antialias(canvas, CAIRO_ANTIALIAS_NONE);
    cairo_set_operator(canvas, CAIRO_OPERATOR_ADD);
    cairo_set_source_rgba(canvas, 1, 1, 1, 1.0 / 255);
}

static void peer_clear(void)
{
    memset(cairo_image_surface_get_data(surface), 0, size * (size_t)cairo_image_surface_get_stride(surface));
    cairo_surface_mark_dirty(surface);
}

static void peer_fill(const float *x, const float *y, size_t count)
{
    float scale = (float)size;
    for (size_t i = 0; i < count; i++) {
        cairo_rectangle(canvas, (int)(x[i] * scale), (int)(y[i] * scale), 1, 1);
        cairo_fill(canvas);
    }
    cairo_surface_flush(surface);
}

static uint32_t peer_count(size_t column, size_t row)
{
    return cairo_image_surface_get_data(
        surface)[row * (size_t)cairo_image_surface_get_stride(surface) + column];
}
