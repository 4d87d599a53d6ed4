/* cairo.c - a filled pixel a point, added at 1/255 to an 8-bit surface: the picture is the counts, up to 255.
   See peer.h.
   PROGRAM marks FILE WAY WIDTH STYLE COLUMNS ROWS PICTURE
   FILE has for each shape the number of its vertices, uint32_t, then their x and their y, int32_t, in 256ths of a
   pixel. WAY: each is filled, stroked as wide as WIDTH, or a disc of the radius WIDTH. STYLE: 0 aliased, 1
   anti-aliased, both in white to an 8-bit surface; 2 anti-aliased in 0x204080 to an opaque white one of 32 bits.
   With cairo's defaults: butt ends and mitred joins. Twice, or once where it takes long; the seconds of the last time
   are printed, clearing not included. PICTURE is written, a byte a pixel: the surface's, or 255 less its green. */
#define _POSIX_C_SOURCE 199309L
#define PEER_MARKS
#include "peer.h"
#include <cairo/cairo.h>
#include <string.h>

static cairo_surface_t *surface;
static cairo_t *canvas;
static size_t size;
static int ground; /* of every byte */

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
    memset(cairo_image_surface_get_data(surface), ground,
        size * (size_t)cairo_image_surface_get_stride(surface));
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

/* ---- marks ------------------------------------------------------------------------------------------- */

static void draw_marks(const int32_t *marks, size_t length, char way, double width)
{
    for (size_t at = 0; at < length;) {
        const size_t n = (size_t)marks[at];
        const int32_t *x = marks + at + 1, *y = x + n;
        if (way == 'd') cairo_arc(canvas, x[0] / 256.0, y[0] / 256.0, width, 0, 6.283185307179586);
        else
            for (size_t i = 0; i < n; i++) cairo_line_to(canvas, x[i] / 256.0, y[i] / 256.0);
        if (way == 's') cairo_stroke(canvas);
        else cairo_fill(canvas);
        at += 1 + 2 * n;
    }
    cairo_surface_flush(surface);
}

static int peer_marks(int argc, char **argv)
{
    if (argc != 9) return 2;
    FILE *file = fopen(argv[2], "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return 1;
    const size_t length = (size_t)ftell(file) / sizeof(int32_t);
    int32_t *marks = (int32_t *)malloc(length * sizeof *marks);
    rewind(file);
    if (marks == NULL || fread(marks, sizeof *marks, length, file) != length) return 1;
    fclose(file);
    const double width = atof(argv[4]);
    const int columns = atoi(argv[6]), rows = atoi(argv[7]), color = argv[5][0] == '2';
    surface = cairo_image_surface_create(color ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_A8, columns, rows);
    canvas = cairo_create(surface);
    if (cairo_status(canvas) != CAIRO_STATUS_SUCCESS) return 1;
    if (argv[5][0] == '0') cairo_set_antialias(canvas, CAIRO_ANTIALIAS_NONE);
    if (color) cairo_set_source_rgb(canvas, 0x20 / 255.0, 0x40 / 255.0, 0x80 / 255.0);
    else cairo_set_source_rgba(canvas, 1, 1, 1, 1);
    ground = color ? 255 : 0;
    cairo_set_line_width(canvas, width);
    size = (size_t)rows;
    double time = 0;
    for (int i = 0; i < 2 && time < 0.3; i++) {
        peer_clear();
        const double start = seconds();
        draw_marks(marks, length, argv[3][0], width);
        time = seconds() - start;
    }
    printf("%.9f\n", time);
    file = fopen(argv[8], "wb");
    if (file == NULL) return 1;
    for (int row = 0; row < rows; row++) {
        const unsigned char *from =
            cairo_image_surface_get_data(surface) + row * cairo_image_surface_get_stride(surface);
        for (int i = 0; i < columns; i++) {
            uint32_t pixel = from[i];
            if (color) memcpy(&pixel, from + 4 * i, 4);
            if (fputc((int)(color ? 255 - (pixel >> 8 & 255) : pixel), file) == EOF) return 1;
        }
    }
    return fclose(file) != 0;
}
