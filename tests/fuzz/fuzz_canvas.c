/* fuzz_canvas.c - any calls of canvas, text, ticks and plots with any numbers, in any order, on small images
   of any format, with an allocator that fails when the input says so: never a write outside the clip, an
   error is told and leaves image and path as they were (but a plot's, of many calls), all memory comes back,
   and the picture is the same for every instruction set. */
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "fuzz.h"

enum { MAX_CALLS = 48, MAX_KEPT = 256, MAX_LAYERS = 4, LONG_COLUMN = 100 };

/* What one run of an input has. */
typedef struct scene {
    fuzz_input input;
    pika_ctx own, *ctx; /* ctx: NULL now and then */
    pika_canvas canvas;
    pika_image image;
    uint8_t *block, *before; /* the image with what is around its rows; as it was */
    size_t bytes;
    void *kept[MAX_KEPT];           /* freed after each call */
    int kept_count, gentle;         /* gentle: ordinary numbers alone */
    long calls, fail_from, fail_to; /* allocations that fail */
    size_t live;
    uint64_t hash; /* of all results and the picture */
} scene;

static void *scene_alloc(size_t size, size_t align, void *user)
{
    scene *s = (scene *)user;
    const long call = s->calls++;
    uint8_t *memory;
    size_t shift;
    if (call >= s->fail_from && call < s->fail_to) return NULL;
    memory = (uint8_t *)malloc(size + align);
    FUZZ_CHECK(memory != NULL);
    shift = align - (size_t)((uintptr_t)memory % align);
    memory[shift - 1] = (uint8_t)(shift - 1); /* align: 64 */
    s->live += size;
    return memory + shift;
}

static void scene_free(void *ptr, size_t size, void *user)
{
    scene *s = (scene *)user;
    uint8_t *memory = (uint8_t *)ptr;
    FUZZ_CHECK(s->live >= size);
    s->live -= size;
    free(memory - memory[-1] - 1);
}

static void *keep(scene *s, size_t bytes)
{
    void *memory = malloc(bytes + (bytes == 0)); /* of its exact size: what is past it is seen */
    FUZZ_CHECK(memory != NULL && s->kept_count < MAX_KEPT);
    s->kept[s->kept_count++] = memory;
    return memory;
}

static void drop(scene *s)
{
    while (s->kept_count > 0) free(s->kept[--s->kept_count]);
}

static void hash_of(scene *s, const void *data, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)data;
    size_t i;
    for (i = 0; i < bytes; i++) s->hash = (s->hash ^ at[i]) * UINT64_C(0x100000001B3);
}

static void hash_double(scene *s, double v)
{
    if (v != v) v = 0; /* what a NaN looks like is nobody's promise */
    hash_of(s, &v, sizeof v);
}

static double number(scene *s)
{
    static const uint64_t odd[] = {UINT64_C(0x0000000000000000), UINT64_C(0x8000000000000000),
        UINT64_C(0x0000000000000001), /* denormals */
        UINT64_C(0x800FFFFFFFFFFFFF), UINT64_C(0x0010000000000000), UINT64_C(0x39B4484BFEEBC2A0), /* 1e-30 */
        UINT64_C(0x3E112E0BE826D695), UINT64_C(0x3FF0000000000001), UINT64_C(0xBFE0000000000000),
        UINT64_C(0x40F0000000000000), UINT64_C(0xC1E0000000000000),
        UINT64_C(0x41DFFFFFFFC00000), /* 2^31 - 1 */
        UINT64_C(0x430C6BF526340000), UINT64_C(0x43E0000000000000), UINT64_C(0x46293E5939A08CEA), /* 1e30 */
        UINT64_C(0x54B249AD2594C37D), UINT64_C(0xD4B249AD2594C37D), UINT64_C(0x7FE1CCF385EBC8A0), /* 1e308 */
        UINT64_C(0xFFE1CCF385EBC8A0), UINT64_C(0x7FEFFFFFFFFFFFFF), UINT64_C(0x7FF0000000000000),
        UINT64_C(0xFFF0000000000000), UINT64_C(0x7FF8000000000000), UINT64_C(0xFFF8000000000001)};
    static const double powers[8] = {1e-30, 1e-9, 1e-3, 0.25, 1, 1e3, 1e9, 1e30};
    double v;
    uint64_t bits;
    const int kind = s->gentle ? 15 : fuzz_below(&s->input, 16);
    switch (kind) {
    case 0: bits = odd[fuzz_below(&s->input, (int)(sizeof odd / sizeof odd[0]))]; break;
    case 1: bits = fuzz_take(&s->input, 8); break;
    case 2:
    case 3: v = (double)fuzz_below(&s->input, 256) - 128; return v * powers[fuzz_below(&s->input, 8)];
    case 4: return (double)((int)fuzz_take(&s->input, 2) - 32768) / 64;
    case 5:
    case 6: return (double)fuzz_below(&s->input, 64) + 0.5;
    default: v = (double)fuzz_below(&s->input, 96) - 16; return v + (double)fuzz_below(&s->input, 256) / 256;
    }
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Mostly one that is allowed. */
static double size_of(scene *s)
{
    const double v = fuzz_below(&s->input, 4) == 0 ? number(s) : (double)fuzz_below(&s->input, 256) / 16;
    return v < 0 && fuzz_below(&s->input, 4) != 0 ? -v : v;
}

/* 0 .. n - 1, now and then beside it */
static int choice(scene *s, int n)
{
    const int at = fuzz_below(&s->input, 256);
    return at == 255 ? -1 : at == 254 ? n : at % n;
}

static uint32_t color(scene *s)
{
    const uint32_t v = (uint32_t)fuzz_take(&s->input, 4);
    return (v & 3u) == 0 ? v | 255u : v;
}

/* Exactly its bytes: mostly words, else anything; now and then many times over. NULL now and then. */
static const char *words(scene *s)
{
    static const char *const parts[] = {"Ab", "\n", "\xC3\xA9", "\xE2\x88\x92", "\xF0\x9F\x98\x80", "\xC3",
        "\xE2\x82", "\xED\xA0\x80", "\xF8\x88", "\xC0\x80", " ", "-12.5e3", "\t", "gW@", "\x7F"};
    char text[64], *out;
    int length = 0, times, i, n = fuzz_below(&s->input, 32);
    if (n == 31) return NULL;
    while (n-- > 0) {
        const int kind = fuzz_below(&s->input, 24);
        if (kind < 15) {
            const int bytes = (int)strlen(parts[kind]);
            if (length + bytes > (int)sizeof text) break;
            memcpy(text + length, parts[kind], (size_t)bytes);
            length += bytes;
        } else if (length < (int)sizeof text) {
            text[length] =
                (char)(kind < 20 ? 32 + fuzz_below(&s->input, 95) : 1 + fuzz_below(&s->input, 255));
            length++;
        }
    }
    times = fuzz_below(&s->input, 32) == 0 ? 1 + fuzz_below(&s->input, 60) : 1;
    out = (char *)keep(s, (size_t)(length * times) + 1);
    for (i = 0; i < times; i++) memcpy(out + i * length, text, (size_t)length);
    out[length * times] = 0;
    return out;
}

static pika_column column(scene *s, size_t rows, int integer)
{
    static const size_t bytes_of[10] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8};
    static const int types[8] = {
        PIKA_F64, PIKA_F64, PIKA_F64, PIKA_F32, PIKA_F32, PIKA_I16, PIKA_U8, PIKA_I64};
    const int how = fuzz_below(&s->input, 256);
    pika_column c = pika_strided(NULL, PIKA_F64, 0);
    size_t element, step, bytes, i, k;
    double many[8]; /* of long ones: fewer than their rows */
    uint8_t *block;
    if (how == 255) return c;
    c.type = integer ? PIKA_I8 + how % 8 : how < 16 ? how % 10 : types[how % 8];
    element = bytes_of[c.type];
    step = element + (size_t)(how >> 5 & 1) * 3;
    bytes = rows > 0 ? (rows - 1) * step + element : 0;
    block = (uint8_t *)keep(s, bytes);
    memset(block, how, bytes);
    for (i = 0; i < 8; i++) many[i] = rows > LONG_COLUMN ? number(s) : 0;
    for (i = 0; i < rows; i++) {
        uint8_t *const at = block + i * step;
        if (c.type == PIKA_F64) {
            const double v = rows > LONG_COLUMN ? many[i / 3 % 8] + (double)i / 16 : number(s);
            memcpy(at, &v, sizeof v);
        } else if (c.type == PIKA_F32) {
            const float v = (float)(rows > LONG_COLUMN ? many[i % 8] : number(s));
            memcpy(at, &v, sizeof v);
        } else {
            for (k = 0; k < element; k++)
                at[k] = (uint8_t)(!integer ? fuzz_below(&s->input, 256)
                                  : k > 0  ? 0
                                           : fuzz_below(&s->input, 6));
        }
    }
    c.data = block;
    c.stride = step == element && (how & 64) == 0 ? 0 : (ptrdiff_t)step;
    if ((how & 128) != 0 && rows > 0) {
        c.data = block + (rows - 1) * step;
        c.stride = -(ptrdiff_t)step;
    }
    if ((how & 24) == 24) {
        uint8_t *bits = (uint8_t *)keep(s, (rows + 10) / 8);
        for (i = 0; i < (rows + 10) / 8; i++) bits[i] = (uint8_t)fuzz_take(&s->input, 1);
        c.valid = bits;
        c.valid_offset = 3;
    }
    return c;
}

static pika_points points_of(scene *s, int most)
{
    const size_t rows = (size_t)fuzz_below(&s->input, most + 1);
    return pika_xy(column(s, rows, 0), column(s, rows, 0), rows);
}

/* An image in a block of its own with bytes around each row; *block is to be freed. */
static pika_image make_image(scene *s, uint8_t **block, size_t *bytes)
{
    pika_image image;
    const int how = fuzz_below(&s->input, 256), large = how >= 208;
    size_t row, i;
    memset(&image, 0, sizeof image);
    image.format = how % 5;
    image.width = large ? 64 + (int)(fuzz_take(&s->input, 2) % 250) : 1 + fuzz_below(&s->input, 64);
    image.height = large ? 64 + fuzz_below(&s->input, 180) : 1 + fuzz_below(&s->input, 64);
    row = (size_t)image.width * (image.format == PIKA_GREY8 ? 1 : image.format == PIKA_RGB565 ? 2 : 4);
    row += (size_t)(fuzz_below(&s->input, 20) * (image.format == PIKA_RGB565 ? 2 : 1));
    *bytes = row * (size_t)image.height;
    *block = (uint8_t *)malloc(*bytes);
    FUZZ_CHECK(*block != NULL);
    for (i = 0; i < *bytes; i++)
        (*block)[i] = (uint8_t)((how & 8) != 0      ? how
                                : s->input.left > 0 ? (int)s->input.at[i % s->input.left]
                                                    : 0);
    image.pixels = *block;
    image.bytes = *bytes;
    image.stride = (ptrdiff_t)row;
    if ((how & 16) != 0) {
        image.pixels += row * (size_t)(image.height - 1);
        image.stride = -(ptrdiff_t)row;
    }
    return image;
}

/* What follows an error does not tell its own unless that one was asked for. */
static void forget(scene *s)
{
    if (s->ctx == NULL) return;
    (void)pika_status(s->ctx);
    s->ctx->error[0] = 0;
}

/* Before a call. */
static void begin(scene *s)
{
    memcpy(s->before, s->block, s->bytes);
    forget(s);
}

/* Was an error told? Without a context there is nowhere to. */
static int told(const scene *s) { return s->ctx == NULL || pika_last_error(s->ctx)[0] != 0; }

/* After it: an error is told, and nothing outside the clip has changed. kept: on an error nothing at all. */
static void end(scene *s, pika_result result, int kept)
{
    const pika_canvas *c = &s->canvas;
    const size_t pixel = c->image.format == PIKA_GREY8 ? 1 : c->image.format == PIKA_RGB565 ? 2 : 4;
    int y;
    FUZZ_CHECK(result <= PIKA_OK && result >= PIKA_ERR_CANCELLED && result != PIKA_ERR_GPU);
    FUZZ_CHECK(result != PIKA_ERR_IO && result != PIKA_ERR_VERSION && result != PIKA_ERR_CANCELLED);
    FUZZ_CHECK(result == PIKA_OK || told(s));
    FUZZ_CHECK(result != PIKA_ERR_MEMORY || s->ctx != NULL); /* malloc has enough for these sizes */
    if (result == PIKA_OK || !kept)
        for (y = c->clip_y; y < c->clip_y + c->clip_height; y++) {
            const ptrdiff_t at =
                c->image.pixels + y * c->image.stride + c->clip_x * (ptrdiff_t)pixel - s->block;
            memcpy(s->before + at, s->block + at, (size_t)c->clip_width * pixel);
        }
    FUZZ_CHECK(memcmp(s->before, s->block, s->bytes) == 0);
    hash_of(s, &result, sizeof result);
    drop(s);
}

static void set_clip(scene *s)
{
    const int x = fuzz_below(&s->input, 80) - 8, y = fuzz_below(&s->input, 80) - 8;
    int v[4], i;
    pika_result result;
    v[0] = x;
    v[1] = y;
    v[2] = v[3] = 400;
    if (fuzz_below(&s->input, 2) == 0) {
        v[2] = fuzz_below(&s->input, 80) - 1;
        v[3] = fuzz_below(&s->input, 80) - 1;
    }
    for (i = 0; i < 4; i++)
        if (fuzz_below(&s->input, 16) == 0) v[i] = (int)(uint32_t)fuzz_take(&s->input, 4);
    begin(s);
    result = pika_canvas_set_clip(&s->canvas, v[0], v[1], v[2], v[3]);
    FUZZ_CHECK((result == PIKA_OK) == (v[2] >= 0 && v[3] >= 0));
    end(s, result, 1);
}

static void set_transform(scene *s)
{
    double m[6] = {1, 0, 0, 1, 0, 0};
    int i, n = fuzz_below(&s->input, 8), plain = n == 0;
    while (n-- > 1) {
        i = fuzz_below(&s->input, 6);
        m[i] = number(s);
    }
    begin(s);
    end(s, pika_canvas_set_transform(&s->canvas, plain ? NULL : m), 1);
}

/* One call that makes the path; also what a glyph_fn does. */
static pika_result path_call(scene *s, pika_canvas *c)
{
    double v[6];
    int i, n, kind = fuzz_below(&s->input, 16);
    static const uint8_t arguments[16] = {2, 2, 2, 2, 2, 4, 4, 6, 6, 0, 5, 5, 4, 4, 2, 2};
    for (n = arguments[kind], i = 0; i < n; i++) v[i] = number(s);
    switch (kind) {
    case 0:
    case 1: return pika_canvas_move_to(c, v[0], v[1]);
    case 5:
    case 6: return pika_canvas_quadratic_to(c, v[0], v[1], v[2], v[3]);
    case 7:
    case 8: return pika_canvas_cubic_to(c, v[0], v[1], v[2], v[3], v[4], v[5]);
    case 9: return pika_canvas_close(c);
    case 10:
    case 11: return pika_canvas_arc(c, v[0], v[1], v[2], v[3], v[4]);
    case 12:
    case 13: return pika_canvas_rect(c, v[0], v[1], v[2], v[3]);
    default: return pika_canvas_line_to(c, v[0], v[1]);
    }
}

static void make_path(scene *s)
{
    int n = 1 + fuzz_below(&s->input, 12);
    if (fuzz_below(&s->input, 3) == 0) end(s, (begin(s), pika_canvas_begin(&s->canvas)), 1);
    while (n-- > 0) {
        const size_t used = s->canvas.path_used;
        pika_result result;
        if (fuzz_below(&s->input, 16) == 0) {
            const pika_points points = points_of(s, fuzz_below(&s->input, 4) == 0 ? 2000 : 40);
            begin(s);
            result = pika_canvas_polyline(&s->canvas, &points);
        } else {
            begin(s);
            result = path_call(s, &s->canvas);
        }
        FUZZ_CHECK(result == PIKA_OK || s->canvas.path_used == used);
        end(s, result, 1);
    }
}

static void stroke(scene *s)
{
    const size_t used = s->canvas.path_used;
    pika_stroke stroke;
    double *dashes;
    const uint32_t with = color(s);
    pika_result result;
    int i, n, how = fuzz_below(&s->input, 8);
    memset(&stroke, 0, sizeof stroke);
    stroke.width = size_of(s);
    stroke.cap = choice(s, 3);
    stroke.join = choice(s, 3);
    if (how >= 4) stroke.miter_limit = size_of(s);
    if ((how & 1) != 0) {
        stroke.dash_count = n = choice(s, 17);
        if (n < 0) n = 0;
        stroke.dashes = dashes = (double *)keep(s, (size_t)n * sizeof *dashes);
        for (i = 0; i < n; i++) {
            dashes[i] = size_of(s);
            if (!(dashes[i] >= 0) && fuzz_below(&s->input, 8) != 0) dashes[i] = 0;
        }
        stroke.dash_offset = number(s);
    }
    begin(s);
    result = pika_canvas_stroke(&s->canvas, with, how == 2 ? NULL : &stroke);
    FUZZ_CHECK(s->canvas.path_used == used);
    end(s, result, 1);
}

static void markers(scene *s)
{
    pika_markers m;
    pika_result result;
    const size_t used = s->canvas.path_used;
    size_t i;
    const int how = fuzz_below(&s->input, 8);
    memset(&m, 0, sizeof m);
    m.points = points_of(s, 80);
    m.shape = choice(s, 14);
    m.size = size_of(s);
    m.color = color(s);
    if (how >= 6) m.outline = size_of(s);
    if ((how & 1) != 0) {
        float *sizes = (float *)keep(s, m.points.count * sizeof *sizes);
        for (i = 0; i < m.points.count; i++) sizes[i] = (float)size_of(s);
        m.sizes = sizes;
    }
    if ((how & 2) != 0) {
        uint32_t *colors = (uint32_t *)keep(s, m.points.count * sizeof *colors);
        for (i = 0; i < m.points.count; i++) colors[i] = color(s);
        m.colors = colors;
    }
    begin(s);
    result = pika_canvas_markers(&s->canvas, &m);
    FUZZ_CHECK(s->canvas.path_used == used);
    end(s, result, 1);
}

static void segments(scene *s)
{
    const pika_points points = points_of(s, 60);
    const pika_column x1 = column(s, points.count, 0), y1 = column(s, points.count, 0);
    const double width = size_of(s);
    const uint32_t with = color(s);
    begin(s);
    end(s, pika_canvas_segments(&s->canvas, &points, &x1, &y1, width, with), 1);
}

static void picture(scene *s)
{
    double v[5];
    uint8_t *block;
    size_t bytes;
    const pika_image source = make_image(s, &block, &bytes);
    const int smooth = fuzz_below(&s->input, 2);
    int i;
    for (i = 0; i < 4; i++) v[i] = i < 2 ? number(s) : size_of(s);
    v[4] = fuzz_below(&s->input, 8) == 0 ? number(s) : fuzz_below(&s->input, 257) / 256.0;
    begin(s);
    end(s, pika_canvas_image(&s->canvas, &source, v[0], v[1], v[2] * 8, v[3] * 8, v[4], smooth), 1);
    free(block);
}

/* A font that the input draws. */
static double glyph(void *user, pika_canvas *canvas, uint32_t codepoint, uint32_t next)
{
    scene *s = (scene *)user;
    int n = (int)(codepoint % 4);
    if (codepoint % 13 == 0) return -1;
    while (canvas != NULL && n-- > 0) (void)path_call(s, canvas); /* an error of it shows in the text's */
    return codepoint % 29 == 0 ? number(s) : (double)((codepoint + next) % 5) / 4;
}

static void text(scene *s)
{
    const char *string = words(s);
    const double x = number(s), y = number(s);
    const size_t used = s->canvas.path_used;
    pika_text desc;
    pika_text_size size;
    pika_result result;
    memset(&desc, 0, sizeof desc);
    desc.size = size_of(s) * (fuzz_below(&s->input, 4) == 0 ? 1000 : 1);
    if (fuzz_below(&s->input, 2) == 0) desc.angle = number(s);
    desc.align = choice(s, 3);
    desc.baseline = choice(s, 4);
    desc.weight = choice(s, 2);
    desc.tabular = fuzz_below(&s->input, 2);
    desc.color = color(s);
    if (fuzz_below(&s->input, 4) == 0) desc.glyph_fn = glyph, desc.glyph_user = s;
    begin(s);
    result = pika_text_measure(s->ctx, string, &desc, &size);
    if (result == PIKA_OK) {
        FUZZ_CHECK(size.lines >= 1);
        FUZZ_CHECK(desc.glyph_fn != NULL || (size.width >= 0 && size.width < 1e11));
        hash_double(s, size.width);
    }
    FUZZ_CHECK(result == PIKA_OK || told(s));
    begin(s);
    result = pika_canvas_text(&s->canvas, x, y, string, &desc);
    FUZZ_CHECK(s->canvas.path_used == used);
    end(s, result, 1);
}

static pika_axis axis(scene *s)
{
    pika_axis a;
    memset(&a, 0, sizeof a);
    a.scale = fuzz_below(&s->input, 2) == 0 ? PIKA_LINEAR : choice(s, 3);
    a.lo = number(s);
    a.hi = fuzz_below(&s->input, 2) == 0 ? a.lo + size_of(s) : number(s);
    if (!(a.lo < a.hi) && fuzz_below(&s->input, 8) != 0) {
        const double lo = a.hi;
        a.hi = a.lo;
        a.lo = lo;
    }
    if (a.scale == PIKA_LOG10 && a.lo < 0) a.lo = -a.lo;
    if (fuzz_below(&s->input, 6) == 0) a.origin = (int64_t)fuzz_take(&s->input, 8);
    if (fuzz_below(&s->input, 6) == 0) a.linear = size_of(s);
    return a;
}

static void ticks(scene *s)
{
    static const double units[6] = {0, 1, 1e-9, 60, 86400, 1e-3};
    static pika_ticks t;
    const pika_axis a = axis(s);
    pika_ticks_desc desc;
    pika_result result;
    int i, length;
    char *out;
    double v;
    memset(&desc, 0, sizeof desc);
    desc.length = size_of(s) * 32;
    if (fuzz_below(&s->input, 4) == 0) desc.text = size_of(s);
    desc.vertical = fuzz_below(&s->input, 2);
    desc.most = fuzz_below(&s->input, 4) == 0 ? fuzz_below(&s->input, 40) - 1 : 0;
    desc.format = choice(s, 4);
    desc.unit = fuzz_below(&s->input, 8) == 0 ? number(s) : units[fuzz_below(&s->input, 6)];
    if (fuzz_below(&s->input, 4) == 0) desc.utc_offset = number(s);
    memset(&t, 0x55, sizeof t);
    begin(s);
    result = pika_make_ticks(s->ctx, &a, &desc, &t);
    if (result == PIKA_OK) {
        FUZZ_CHECK(t.count >= 0 && t.count <= PIKA_MAX_TICKS);
        FUZZ_CHECK(t.minor_count >= 0 && t.minor_count <= PIKA_MAX_MINOR_TICKS);
        FUZZ_CHECK(memchr(t.offset, 0, sizeof t.offset) != NULL);
        for (i = 0; i < t.count; i++) {
            FUZZ_CHECK(t.at[i] >= -1e-9 && t.at[i] <= 1 + 1e-9);
            FUZZ_CHECK(i == 0 || t.at[i] > t.at[i - 1]);
            FUZZ_CHECK(memchr(t.label[i], 0, sizeof t.label[i]) != NULL);
            FUZZ_CHECK(t.value[i] == t.value[i]);
            hash_double(s, t.at[i]);
            hash_of(s, t.label[i], strlen(t.label[i]));
        }
        for (i = 0; i < t.minor_count; i++) FUZZ_CHECK(t.minor[i] >= -1e-9 && t.minor[i] <= 1 + 1e-9);
    }
    end(s, result, 1);
    v = number(s);
    length = 1 + fuzz_below(&s->input, 40);
    out = (char *)keep(s, (size_t)length);
    i = pika_format_value(out, length, v, fuzz_below(&s->input, 20) - 1, choice(s, 4));
    FUZZ_CHECK(i >= 0 && i < length && (i == 0 || out[i] == 0));
    hash_of(s, out, (size_t)i);
    hash_double(s, pika_axis_place(&a, v));
    hash_double(s, pika_axis_value(&a, number(s)));
    drop(s);
}

/* What a plot points to. */
typedef struct figure {
    pika_layer layers[MAX_LAYERS];
    pika_shade_desc shade[MAX_LAYERS];
    pika_grid grid;
    pika_plot_desc descs[4];
    pika_plot plots[4];
    pika_color_scale scale, scale_out;
    pika_colormap map;
    uint32_t colors[1024]; /* of categories */
    pika_theme theme;
} figure;

static const pika_colormap *make_map(scene *s, figure *f)
{
    double *positions;
    int i;
    if (fuzz_below(&s->input, 4) != 0) return pika_colormap_get(choice(s, 12));
    f->map.count = fuzz_below(&s->input, 5);
    f->map.colors = f->colors;
    f->map.stepped = fuzz_below(&s->input, 2);
    f->map.positions = positions = (double *)keep(s, (size_t)f->map.count * sizeof *positions);
    for (i = 0; i < f->map.count; i++) positions[i] = fuzz_below(&s->input, 4) == 0 ? number(s) : i / 4.0;
    return &f->map;
}

static void make_scale(scene *s, pika_color_scale *scale)
{
    double at = number(s), step = 0;
    int i;
    scale->transfer = fuzz_below(&s->input, 4);
    scale->levels = fuzz_below(&s->input, 16) == 0 ? fuzz_below(&s->input, 300) : 256;
    for (i = 0; i <= 256; i++) {
        if (i % 64 == 0) step = size_of(s);
        scale->edge[i] = at;
        at += step;
    }
    scale->lo = scale->edge[0];
    scale->hi = scale->edge[256];
}

static void make_shade(scene *s, figure *f, pika_shade_desc *shade)
{
    static const unsigned planes[6] = {0, PIKA_COUNT, PIKA_SUM, PIKA_MEAN, PIKA_MAX, PIKA_COVERAGE};
    const int how = fuzz_below(&s->input, 256);
    int i;
    memset(shade, 0, sizeof *shade);
    shade->plane = planes[fuzz_below(&s->input, 6)];
    shade->transfer = choice(s, 4);
    if ((how & 1) != 0) shade->colormap = make_map(s, f);
    if ((how & 2) != 0) {
        shade->lo = number(s);
        shade->hi = number(s);
    }
    shade->background = (how & 4) != 0 ? color(s) : 0;
    if ((how & 0x18) == 0x18) {
        make_scale(s, &f->scale);
        shade->scale = &f->scale;
    }
    if ((how & 0x20) != 0) shade->scale_out = &f->scale_out;
    if ((how & 0x40) != 0) {
        for (i = 0; i < 1024; i++) f->colors[i] = (uint32_t)i * 0x9E3779B9u;
        shade->category_colors = f->colors;
    }
    if ((how & 0x80) != 0) shade->alpha_floor = fuzz_below(&s->input, 4) == 0 ? number(s) : 0.5;
    if (fuzz_below(&s->input, 8) == 0) shade->category = choice(s, 4);
}

static void make_layer(scene *s, figure *f, int at)
{
    pika_layer *layer = &f->layers[at];
    const int how = fuzz_below(&s->input, 256);
    size_t rows;
    memset(layer, 0, sizeof *layer);
    layer->kind = choice(s, 7);
    if ((how & 1) != 0) layer->name = words(s);
    if ((how & 2) != 0) layer->color = color(s);
    layer->points = points_of(s, fuzz_below(&s->input, 8) == 0 ? 1000 : 24);
    rows = layer->points.count;
    if ((how & 12) == 4) layer->points.value = column(s, rows, 0);
    if ((how & 12) == 8) layer->points.category = column(s, rows, 1);
    if ((how & 16) != 0) layer->y1 = column(s, rows, 0);
    layer->at = number(s);
    layer->width = size_of(s) / 4;
    layer->size = size_of(s) / 2;
    layer->marker = choice(s, 14);
    if ((how & 0x60) == 0x60) {
        double *dashes = (double *)keep(s, 3 * sizeof *dashes);
        dashes[0] = size_of(s);
        dashes[1] = size_of(s);
        dashes[2] = size_of(s);
        layer->dashes = dashes;
        layer->dash_count = choice(s, 4);
        if (layer->dash_count > 3) layer->dash_count = 3;
    }
    if ((how & 0x60) == 0x20) {
        make_shade(s, f, &f->shade[at]);
        layer->shade = &f->shade[at];
    }
    if ((how & 0x80) != 0) layer->value_label = words(s);
    if (f->grid.ready && fuzz_below(&s->input, 2) == 0) layer->grid = &f->grid;
    layer->align = choice(s, 3);
    layer->baseline = choice(s, 4);
}

static void make_desc(scene *s, figure *f, pika_plot_desc *desc, int layers)
{
    static const double units[4] = {0, 1, 60, 1e-3};
    const int how = fuzz_below(&s->input, 256);
    pika_plot_axis *axes[2];
    int k;
    memset(desc, 0, sizeof *desc);
    axes[0] = &desc->x;
    axes[1] = &desc->y;
    if ((how & 7) == 1) desc->title = words(s);
    if ((how & 7) == 2) desc->subtitle = words(s);
    for (k = 0; k < 2; k++) {
        if (fuzz_below(&s->input, 4) == 0) axes[k]->label = words(s);
        if (fuzz_below(&s->input, 2) == 0) axes[k]->axis = axis(s);
        else axes[k]->axis.scale = fuzz_below(&s->input, 3);
        axes[k]->format = fuzz_below(&s->input, 3) == 0 ? choice(s, 4) : 0;
        axes[k]->unit = units[fuzz_below(&s->input, 4)];
        if (fuzz_below(&s->input, 16) == 0) axes[k]->utc_offset = number(s);
    }
    desc->layers = f->layers;
    desc->layer_count = layers;
    if ((how & 24) == 8) desc->theme = pika_theme_dark();
    if ((how & 24) == 16) {
        f->theme = *pika_theme_light();
        f->theme.text = fuzz_below(&s->input, 2) == 0 ? 4 : size_of(s);
        f->theme.title = fuzz_below(&s->input, 2) == 0 ? 4 : size_of(s);
        f->theme.palette_count = fuzz_below(&s->input, 2) == 0 ? f->theme.palette_count : 0;
        desc->theme = &f->theme;
    }
    if ((how & 0x60) == 0) desc->scale = fuzz_below(&s->input, 4) == 0 ? number(s) : size_of(s) / 4;
    if ((how & 0x60) == 0x20) desc->scale = 0.25;
    if (how >= 224) {
        desc->left = fuzz_below(&s->input, 64) - 1;
        desc->top = fuzz_below(&s->input, 64) - 1;
        desc->width = s->image.width - desc->left;
        desc->height = s->image.height - desc->top - fuzz_below(&s->input, 8) + 1;
    }
    desc->legend = choice(s, 7);
    desc->flags = (unsigned)fuzz_below(&s->input, 8);
}

static void make_grid(scene *s, figure *f)
{
    pika_grid_desc desc;
    pika_points points;
    const int how = fuzz_below(&s->input, 8);
    memset(&f->grid, 0, sizeof f->grid);
    if (how < 5) return;
    memset(&desc, 0, sizeof desc);
    desc.view.width = 1 + fuzz_below(&s->input, 80);
    desc.view.height = 1 + fuzz_below(&s->input, 80);
    desc.view.x = axis(s);
    desc.view.y = axis(s);
    desc.planes = how == 5 ? PIKA_COUNT | PIKA_MEAN | PIKA_SUM | PIKA_MAX : 0;
    desc.categories = how == 6 ? fuzz_below(&s->input, 5) : 0;
    points = points_of(s, 40);
    if (desc.planes != 0) points.value = column(s, points.count, 0);
    if (desc.categories > 0) points.category = column(s, points.count, 1);
    if (pika_grid_alloc(s->ctx, &f->grid, &desc) == PIKA_OK) (void)pika_add_points(s->ctx, &f->grid, &points);
}

static void probe(scene *s, const pika_plot *plot, const pika_points *points)
{
    const double px = fuzz_below(&s->input, 3) == 0 ? number(s) : plot->x + fuzz_below(&s->input, 256);
    const double py = fuzz_below(&s->input, 3) == 0 ? number(s) : plot->y + fuzz_below(&s->input, 128);
    const size_t capacity = (size_t)fuzz_below(&s->input, 9);
    uint64_t *rows = (uint64_t *)malloc(capacity * sizeof *rows + 1);
    double x = 0, y = 0;
    size_t found = 99, i;
    pika_result result;
    FUZZ_CHECK(rows != NULL);
    if (pika_plot_to_data(plot, px, py, &x, &y)) {
        FUZZ_CHECK(plot->width > 0 && x - x == 0 && y - y == 0);
        (void)pika_plot_to_pixel(plot, x, y, &x, &y);
        FUZZ_CHECK(x - x == 0 && y - y == 0);
    }
    if (pika_plot_to_pixel(plot, number(s), number(s), &x, &y)) FUZZ_CHECK(x - x == 0 && y - y == 0);
    hash_double(s, x);
    hash_double(s, y);
    forget(s);
    result =
        pika_plot_pick(s->ctx, plot, points, px, py, fuzz_below(&s->input, 32) - 1, rows, capacity, &found);
    FUZZ_CHECK(result == PIKA_OK || told(s));
    if (result == PIKA_OK) {
        FUZZ_CHECK(found <= points->count);
        for (i = 0; i < found && i < capacity; i++)
            FUZZ_CHECK(rows[i] < points->count && (i == 0 || rows[i] > rows[i - 1]));
        hash_of(s, &found, sizeof found);
    }
    free(rows);
}

static int is_zero(const void *memory, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)memory;
    while (bytes > 0 && *at == 0) at++, bytes--;
    return bytes == 0;
}

static void plot(scene *s)
{
    static figure f;
    const int layers = fuzz_below(&s->input, MAX_LAYERS + 1), how = fuzz_below(&s->input, 64);
    const int columns = how % 16 == 0 ? 2 : 1, rows = how % 8 == 0 ? 2 : 1;
    int i, width = s->image.width, height = s->image.height;
    int clip[4];
    pika_result result;
    memset(&f, 0, sizeof f);
    s->gentle = fuzz_below(&s->input, 2);
    make_grid(s, &f);
    for (i = 0; i < layers; i++) make_layer(s, &f, i);
    make_desc(s, &f, &f.descs[0], layers);
    for (i = 1; i < columns * rows; i++) f.descs[i] = f.descs[0], f.descs[i].y.axis = axis(s);
    s->gentle = 0;
    if (how == 1 || how == 2) { /* another size than the canvas */
        width = fuzz_below(&s->input, 1000) + (how == 2 ? 32000 : 0);
        height = fuzz_below(&s->input, 1000);
    }
    begin(s);
    if (columns * rows == 1) result = pika_plot_layout(s->ctx, f.plots, f.descs, width, height);
    else
        result = pika_plots_layout(s->ctx, f.plots, f.descs, columns, rows,
            (unsigned)fuzz_below(&s->input, 4) * PIKA_PLOT_SHARE_X, width, height);
    FUZZ_CHECK(result == PIKA_OK || told(s));
    hash_of(s, &result, sizeof result);
    for (i = 0; i < columns * rows; i++) {
        const pika_plot *p = &f.plots[i];
        if (result != PIKA_OK) FUZZ_CHECK(is_zero(p, sizeof *p));
        else
            FUZZ_CHECK(p->x >= 0 && p->y >= 0 && p->width >= 1 && p->height >= 1 &&
                       p->x + p->width <= width && p->y + p->height <= height);
    }
    clip[0] = s->canvas.clip_x;
    clip[1] = s->canvas.clip_y;
    clip[2] = s->canvas.clip_width;
    clip[3] = s->canvas.clip_height;
    for (i = 0; i < columns * rows; i++) {
        const pika_plot *p = &f.plots[i];
        int k;
        begin(s);
        switch (how >> 4) {
        case 0: result = pika_draw_panel(&s->canvas, p); break;
        case 1: result = pika_draw_layer(&s->canvas, p, choice(s, layers > 0 ? layers : 1)); break;
        case 2: result = pika_draw_axes(&s->canvas, p); break;
        default: result = pika_plot_draw(&s->canvas, p); break;
        }
        FUZZ_CHECK(result == PIKA_OK || told(s));
        if (result != PIKA_OK || fuzz_below(&s->input, 4) == 0) {
            forget(s);
            k = (int)pika_draw_legend(&s->canvas, p);
            FUZZ_CHECK(k == PIKA_OK || told(s));
            if (fuzz_below(&s->input, 2) == 0) make_scale(s, &f.scale);
            forget(s);
            result = pika_draw_colorbar(&s->canvas, p,
                fuzz_below(&s->input, 2) == 0 ? &f.scale : &f.scale_out, make_map(s, &f), f.descs[0].title);
        }
        FUZZ_CHECK(result == PIKA_OK || told(s));
        if (layers > 0) probe(s, p, &f.layers[0].points);
        FUZZ_CHECK(s->canvas.clip_x == clip[0] && s->canvas.clip_y == clip[1] &&
                   s->canvas.clip_width == clip[2] && s->canvas.clip_height == clip[3]);
    }
    pika_grid_free(s->ctx, &f.grid);
    end(s, PIKA_OK, 0);
}

static void call(scene *s)
{
    const size_t used = s->canvas.path_used;
    switch (fuzz_below(&s->input, 20)) {
    case 0: set_clip(s); break;
    case 1: set_transform(s); break;
    case 2:
        begin(s);
        end(s, pika_canvas_clear(&s->canvas, color(s)), 1);
        break;
    case 3:
    case 4:
    case 5: make_path(s); break;
    case 6:
    case 7:
        begin(s);
        end(s, pika_canvas_fill(&s->canvas, color(s), choice(s, 2)), 1);
        FUZZ_CHECK(s->canvas.path_used == used);
        break;
    case 8:
    case 9:
    case 10: stroke(s); break;
    case 11: markers(s); break;
    case 12: segments(s); break;
    case 13: picture(s); break;
    case 14:
    case 15: text(s); break;
    case 16: ticks(s); break;
    case 17:
        begin(s);
        end(s, pika_draw_overlay(&s->canvas, s->ctx), 0);
        break;
    default:
        if (s->ctx != NULL) plot(s);
    }
}

/* The picture and all that the calls said, as one number. */
static uint64_t run(const uint8_t *data, size_t size, int isa)
{
    static scene s;
    pika_ctx_desc desc;
    int i, how;
    memset(&s, 0, sizeof s);
    memset(&desc, 0, sizeof desc);
    s.input.at = data;
    s.input.left = size;
    s.hash = UINT64_C(0xCBF29CE484222325);
    how = fuzz_below(&s.input, 256);
    desc.threads = 1;
    desc.isa = isa;
    desc.alloc_fn = scene_alloc;
    desc.free_fn = scene_free;
    desc.alloc_user = &s;
    desc.memory_limit = (size_t)8 << 20;
    desc.pool_bytes = (how & 3) == 0 ? 0 : 1; /* without a pool more calls can fail */
    if ((how & 4) != 0) {
        s.fail_from = fuzz_below(&s.input, 48);
        s.fail_to = s.fail_from + ((how & 8) != 0 ? 1 : fuzz_below(&s.input, 16));
    }
    if ((how & 0xF0) != 0) {
        FUZZ_CHECK(pika_ctx_init(&s.own, &desc) == PIKA_OK);
        s.ctx = &s.own;
    }
    s.image = make_image(&s, &s.block, &s.bytes);
    s.before = (uint8_t *)malloc(s.bytes);
    FUZZ_CHECK(s.before != NULL);
    FUZZ_CHECK(pika_canvas_init(s.ctx, &s.canvas, &s.image) == PIKA_OK);
    for (i = 0; i < MAX_CALLS && s.input.left > 0; i++) call(&s);
    hash_of(&s, s.block, s.bytes);
    pika_canvas_free(&s.canvas);
    if (s.ctx != NULL) {
        pika_memory_trim(s.ctx);
        FUZZ_CHECK(s.own.live_bytes == s.live);
        pika_ctx_free(s.ctx);
        FUZZ_CHECK(s.own.live_bytes == 0);
    }
    FUZZ_CHECK(s.live == 0);
    free(s.block);
    free(s.before);
    return s.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint64_t hash = run(data, size, PIKA_ISA_SCALAR);
    FUZZ_CHECK(run(data, size, PIKA_ISA_AUTO) == hash);
    return 0;
}
