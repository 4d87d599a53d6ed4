/* Text: what is drawn against what is measured, boxes of known size as a user's font, strict UTF-8 against a
   decoder that encodes again, crisp rows, and golden pictures. */

#define TEXT_WIDE 200
#define TEXT_HIGH 120

static uint8_t text_pixels[TEXT_WIDE * TEXT_HIGH * 4];
#ifndef PIKA_NO_FONT
static uint8_t text_other[TEXT_WIDE * TEXT_HIGH * 4];
#endif

static pika_image text_image(uint8_t *pixels)
{
    pika_image image;
    memset(&image, 0, sizeof image);
    image.pixels = pixels;
    image.width = TEXT_WIDE;
    image.height = TEXT_HIGH;
    image.stride = TEXT_WIDE * 4;
    image.bytes = TEXT_WIDE * TEXT_HIGH * 4;
    image.format = PIKA_RGBA8;
    return image;
}

static void text_open(pika_ctx *ctx, pika_canvas *canvas, uint8_t *pixels)
{
    pika_image image = text_image(pixels);
    memset(pixels, 0xFF, TEXT_WIDE * TEXT_HIGH * 4);
    CHECK_OK(pika_canvas_init(ctx, canvas, &image));
}

static pika_text text_desc(double size)
{
    pika_text desc;
    memset(&desc, 0, sizeof desc);
    desc.size = size;
    desc.color = 0x000000FFu;
    return desc;
}

static int text_dark(const uint8_t *pixels, int x, int y) /* 0 .. 255 */
{
    return 255 - pixels[(y * TEXT_WIDE + x) * 4];
}

typedef struct text_box {
    int x0, y0, x1, y1; /* x1, y1: beyond; empty: x0 > x1 */
} text_box;

static text_box text_ink(const uint8_t *pixels)
{
    text_box box = {TEXT_WIDE, TEXT_HIGH, -1, -1};
    int x, y;
    for (y = 0; y < TEXT_HIGH; y++)
        for (x = 0; x < TEXT_WIDE; x++)
            if (text_dark(pixels, x, y) > 0) {
                if (x < box.x0) box.x0 = x;
                if (y < box.y0) box.y0 = y;
                if (x + 1 > box.x1) box.x1 = x + 1;
                if (y + 1 > box.y1) box.y1 = y + 1;
            }
    return box;
}

static void text_is_box(const uint8_t *pixels, int x0, int y0, int x1, int y1, const char *what)
{
    const text_box box = text_ink(pixels);
    if (!CHECK(box.x0 == x0 && box.y0 == y0 && box.x1 == x1 && box.y1 == y1) && test_now.failures <= 8)
        printf("    %s: %d %d .. %d %d, not %d %d .. %d %d\n", what, box.x0, box.y0, box.x1, box.y1, x0, y0,
            x1, y1);
}

static double text_width(const char *text, const pika_text *desc)
{
    pika_text_size size;
    CHECK_OK(pika_text_measure(NULL, text, desc, &size));
    return size.width;
}

static int text_encode(uint32_t code, char *out) /* the textbook's way */
{
    int n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;
    static const int lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (i = n - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)((uint32_t)lead[n] | code);
    out[n] = 0;
    return n;
}

/* A user's font: every glyph a box from 0 to 0.5 em and 0 to 0.75 em up. Records what it was asked. */
typedef struct text_font {
    uint32_t asked[4096], next[4096];
    int measured, drawn;
    uint32_t missing;
    double advance;
} text_font;

static double text_font_glyph(void *user, pika_canvas *canvas, uint32_t code, uint32_t next)
{
    text_font *font = (text_font *)user;
    if (code == font->missing) return -1;
    if (canvas == NULL) {
        if (font->measured < 4096) {
            font->asked[font->measured] = code;
            font->next[font->measured] = next;
        }
        font->measured++;
    } else {
        font->drawn++;
        pika_canvas_rect(canvas, 0, 0, 0.5, 0.75);
    }
    return font->advance;
}

static text_font text_boxes;

static pika_text text_box_desc(double size)
{
    pika_text desc = text_desc(size);
    memset(&text_boxes, 0, sizeof text_boxes);
    text_boxes.advance = 0.5;
    text_boxes.missing = 0xFFFFFFF0u;
    desc.glyph_fn = text_font_glyph;
    desc.glyph_user = &text_boxes;
    return desc;
}

TEST(text_utf8_is_strict)
{
    static const struct {
        const char *bytes;
        int glyphs, frames;
    } cases[] = {{"", 0, 0}, {"a\x7f", 2, 0},
        {"\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 6, 0},
        {"\xC0\x80", 0, 2}, /* overlong */
        {"\xC1\xBF", 0, 2}, {"\xE0\x9F\xBF", 0, 3}, {"\xF0\x8F\xBF\xBF", 0, 4},
        {"\xED\xA0\x80\xED\xBF\xBF", 0, 6},                             /* surrogates */
        {"\xED\x9F\xBF\xEE\x80\x80", 2, 0}, {"\xF4\x90\x80\x80", 0, 4}, /* beyond 10FFFF */
        {"\xF5\x80\x80\x80", 0, 4}, {"\xE2\x82", 0, 2},                 /* cut */
        {"\xF0\x90\x80", 0, 3}, {"\xE2\x82\xE2\x82\xAC", 1, 2},
        {"\x80\xBF"
         "a\xFF\xFE",
            1, 4}};
    pika_text desc = text_box_desc(8);
    int i, n, round, rounds = test_now.quick ? 200 : 2000;
    uint64_t random = test_now.seed;
    for (i = 0; i < (int)(sizeof cases / sizeof cases[0]); i++) {
        text_boxes.measured = 0;
        CHECK(text_width(cases[i].bytes, &desc) == 4.0 * (cases[i].glyphs + cases[i].frames));
        CHECK_EQ(text_boxes.measured, cases[i].glyphs);
    }
    for (round = 0; round < rounds; round++) { /* bytes, mostly of long sequences */
        char bytes[48], again[8];
        uint32_t want[48];
        int wants = 0, length = test_below(&random, 40), at = 0;
        double frames = 0;
        for (i = 0; i < length; i++) {
            static const uint8_t often[] = {
                0xE2, 0x82, 0xAC, 0xC2, 0xB5, 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xA0, 0xE0, 0x41};
            int pick = test_below(&random, 20);
            bytes[i] = pick < 13 ? (char)often[pick] : (char)test_between(&random, 11, 255);
        }
        bytes[length] = 0;
        while (at < length) {
            int found = 0;
            for (n = 1; n <= 4 && at + n <= length && !found; n++) { /* what it would be, encoded again */
                const uint8_t *b = (const uint8_t *)bytes + at;
                uint32_t code = n == 1 ? b[0] : b[0] & (0x7Fu >> n);
                for (i = 1; i < n; i++) code = code << 6 | (b[i] & 0x3Fu);
                if ((n == 1 && b[0] > 127) || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) continue;
                if (text_encode(code, again) == n && memcmp(again, b, (size_t)n) == 0) {
                    want[wants++] = code;
                    found = n;
                }
            }
            if (!found) frames++;
            at += found ? found : 1;
        }
        text_boxes.measured = 0;
        CHECK(text_width(bytes, &desc) == 4 * (wants + frames));
        CHECK_EQ(text_boxes.measured, wants);
        CHECK(memcmp(text_boxes.asked, want, (size_t)wants * sizeof *want) == 0);
    }
}

TEST(text_callback_sees_the_next)
{
    pika_text desc = text_box_desc(10);
    text_width("ab\nc\xFF"
               "d",
        &desc);
    CHECK_EQ(text_boxes.next[0], 'b');
    CHECK_EQ(text_boxes.next[1], 0);
    CHECK_EQ(text_boxes.next[2], 0);
    CHECK_EQ(text_boxes.next[3], 0);
    CHECK_EQ(text_boxes.measured, 4);
}

/* Boxes of 16 pixels: 8 wide, 12 high; a capital is taken to be 0.72 em, 11.52. */
TEST(text_places_boxes)
{
    pika_text desc = text_box_desc(16);
    pika_canvas canvas;
    pika_text_size size;
    text_open(NULL, &canvas, text_pixels);
    CHECK_OK(pika_canvas_text(&canvas, 20, 50, "abc", &desc));
    text_is_box(text_pixels, 20, 38, 44, 50, "start, baseline");
    CHECK_EQ(text_boxes.drawn, 3);
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.align = PIKA_ALIGN_CENTER;
    CHECK_OK(pika_canvas_text(&canvas, 60, 50, "abcd", &desc));
    text_is_box(text_pixels, 44, 38, 76, 50, "centre");
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.align = PIKA_ALIGN_END;
    CHECK_OK(pika_canvas_text(&canvas, 60, 50, "abcd\nef", &desc)); /* lines: 1.3 * 16 = 20.8, whole: 21 */
    text_is_box(text_pixels, 28, 38, 60, 71, "end, two lines");
    CHECK_EQ(text_dark(text_pixels, 43, 60), 0);
    CHECK_EQ(text_dark(text_pixels, 44, 60), 255);
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    CHECK_OK(pika_text_measure(NULL, "abcd\nef", &desc, &size));
    CHECK(size.width == 32 && size.lines == 2 && size.ascent >= 12 && size.descent > 0);
    CHECK(size.ascent + size.descent <= 1.3 * 16);
    desc.align = PIKA_ALIGN_START;
    desc.baseline = PIKA_TOP;
    CHECK_OK(pika_canvas_text(&canvas, 8, 20, "a\nb", &desc));
    text_is_box(
        text_pixels, 8, 20 + (int)(size.ascent + 0.5) - 12, 16, 20 + (int)(size.ascent + 0.5) + 21, "top");
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.baseline = PIKA_BOTTOM;
    CHECK_OK(pika_canvas_text(&canvas, 8, 80, "a\nb", &desc));
    text_is_box(text_pixels, 8, 80 - (int)(size.descent + 0.5) - 21 - 12, 16, 80 - (int)(size.descent + 0.5),
        "bottom");
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.baseline = PIKA_MIDDLE;
    CHECK_OK(pika_canvas_text(&canvas, 8, 80, "a", &desc)); /* 5.76 below: 6 */
    text_is_box(text_pixels, 8, 74, 16, 86, "middle");
    desc.baseline = PIKA_BASELINE;
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.angle = 1.5707963267948966; /* upwards */
    CHECK_OK(pika_canvas_text(&canvas, 60, 80, "abc", &desc));
    text_is_box(text_pixels, 48, 56, 60, 80, "upwards");
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.angle = -1.5707963267948966 + 6.283185307179586 * 10;
    CHECK_OK(pika_canvas_text(&canvas, 60, 20, "abc", &desc));
    text_is_box(text_pixels, 60, 20, 72, 44, "downwards");
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.angle = 3.141592653589793;
    CHECK_OK(pika_canvas_text(&canvas, 60, 20, "abc", &desc));
    text_is_box(text_pixels, 36, 20, 60, 32, "head down");
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    desc.angle = 0;
    { /* the transform moves the anchor, not the letters */
        static const double twice[6] = {2, 0, 0, 3, 10, 1};
        CHECK_OK(pika_canvas_set_transform(&canvas, twice));
        CHECK_OK(pika_canvas_text(&canvas, 20, 15, "a", &desc));
        text_is_box(text_pixels, 50, 34, 58, 46, "transformed");
        CHECK(canvas.transform[0] == 2 && canvas.transform[3] == 3 && canvas.transform[5] == 1);
    }
    pika_canvas_free(&canvas);
}

#ifndef PIKA_NO_FONT
TEST(text_missing_is_a_frame)
{
    pika_text desc = text_box_desc(20), plain = text_desc(20);
    pika_canvas canvas;
    text_boxes.missing = 'x';
    CHECK(text_width("x", &desc) == 10);
    text_open(NULL, &canvas, text_pixels);
    CHECK_OK(pika_canvas_text(&canvas, 20, 50, "x", &desc));
    CHECK_EQ(text_dark(text_pixels, 25, 43), 0); /* hollow */
    CHECK(text_dark(text_pixels, 22, 43) > 200);
    text_boxes.advance = 1e300; /* no advance at all */
    CHECK(text_width("ab", &desc) == 20);
    text_boxes.advance = pika__nan();
    CHECK(text_width("ab", &desc) == 20);
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    CHECK_OK(pika_canvas_text(&canvas, 20, 50, "\xFF", &plain));
    memcpy(text_other, text_pixels, sizeof text_other);
    pika_canvas_clear(&canvas, 0xFFFFFFFFu);
    CHECK_OK(pika_canvas_text(&canvas, 20, 50, "\xE4\xB8\xAD", &plain)); /* a Han character */
    CHECK(memcmp(text_other, text_pixels, sizeof text_other) == 0);
    pika_canvas_free(&canvas);
}

/* What a plot needs; each has ink, but spaces, and none is the frame. */
TEST(text_font_has_the_signs)
{
    static const uint32_t ranges[][2] = {{0x20, 0x7E}, {0xA0, 0xFF}, {0x391, 0x3A1}, {0x3A3, 0x3A9},
        {0x3B1, 0x3C9}, {0x2010, 0x2014}, {0x2018, 0x2019}, {0x201C, 0x201E}, {0x2022, 0x2022},
        {0x2026, 0x2026}, {0x2030, 0x2030}, {0x2032, 0x2033}, {0x2070, 0x2071}, {0x2074, 0x208B},
        {0x20AC, 0x20AC}, {0x2190, 0x2193}, {0x2202, 0x2202}, {0x2206, 0x2206}, {0x2211, 0x2212},
        {0x221A, 0x221A}, {0x221D, 0x221E}, {0x2248, 0x2248}, {0x2260, 0x2260}, {0x2264, 0x2265}};
    static const double sizes[] = {9, 11, 13, 31};
    pika_canvas canvas;
    uint32_t code;
    int i, k, bold, bad = 0;
    text_open(NULL, &canvas, text_pixels);
    for (i = 0; i < (int)(sizeof ranges / sizeof ranges[0]); i++)
        for (code = ranges[i][0]; code <= ranges[i][1]; code++)
            for (k = 0; k < (test_now.quick ? 1 : 4); k++)
                for (bold = 0; bold < 2; bold++) {
                    pika_text desc = text_desc(sizes[k]);
                    char text[8];
                    pika_text_size size;
                    text_box box;
                    int good;
                    desc.weight = bold;
                    text_encode(code, text);
                    CHECK_OK(pika_text_measure(NULL, text, &desc, &size));
                    memset(text_pixels, 0xFF, sizeof text_pixels);
                    CHECK_OK(pika_canvas_text(&canvas, 60, 60, text, &desc));
                    box = text_ink(text_pixels);
                    good = size.width > 0 &&
                           pika__font_find(code) != NULL; /* ink within what is measured, to a pixel */
                    if (code == 0x20 || code == 0xA0) good &= box.x1 < 0;
                    else
                        good &= box.x1 > 0 && box.x0 >= 59 && box.x1 <= 60 + size.width + 1 &&
                                box.y0 >= 60 - size.ascent - 0.5 && box.y1 <= 60 + size.descent + 0.5;
                    if (!CHECK(good) && bad++ < 8)
                        printf("    U+%04X, size %g%s: ink %d %d .. %d %d in %g %g %g\n", (unsigned)code,
                            sizes[k], bold ? ", bold" : "", box.x0 - 60, 60 - box.y0, box.x1 - 60,
                            60 - box.y1, size.width, size.ascent, size.descent);
                }
    pika_canvas_free(&canvas);
}

TEST(text_advances_add_up)
{
    pika_text desc = text_desc(11);
    pika_text_size size;
    int i;
    double digit = text_width("0", &desc), near_zero;
    char one[2] = {0, 0};
    for (i = '1'; i <= '9'; i++) {
        one[0] = (char)i;
        CHECK(text_width(one, &desc) == digit);
    }
    near_zero = text_width("Hello", &desc) - text_width("H", &desc) - text_width("e", &desc) -
                2 * text_width("l", &desc) - text_width("o", &desc);
    CHECK(near_zero < 1e-9 && near_zero > -1e-9);
    CHECK(text_width("AV", &desc) < text_width("A", &desc) + text_width("V", &desc) - 0.3);
    CHECK(text_width("A\nV", &desc) == text_width("V", &desc) ||
          text_width("A\nV", &desc) == text_width("A", &desc));
    CHECK_OK(pika_text_measure(NULL, "\n\nab\n", &desc, &size));
    CHECK_EQ(size.lines, 4);
    CHECK(size.width == text_width("ab", &desc));
    CHECK_OK(pika_text_measure(NULL, "", &desc, &size));
    CHECK(size.lines == 1 && size.width == 0);
    desc.size = 0;
    CHECK(text_width("abc", &desc) == (desc.size = 13, text_width("abc", &desc)));
    desc.weight = 1;
    near_zero = text_width("abc", &desc);
    desc.weight = 0;
    CHECK(near_zero > text_width("abc", &desc));
}

/* E: rows of full ink at the base line and at the height of capitals, none beside; whatever y is given. */
TEST(text_rows_are_crisp)
{
    int size, k;
    for (size = 9; size <= 24; size++)
        for (k = 0; k < 3; k++) {
            pika_text desc = text_desc(size);
            pika_canvas canvas;
            text_box box;
            int middle;
            text_open(NULL, &canvas, text_pixels);
            CHECK_OK(pika_canvas_text(&canvas, 40.3, 59.6 + 0.4 * k, "E", &desc));
            box = text_ink(text_pixels);
            middle = (box.x0 + box.x1) / 2;
            CHECK_EQ(box.y1, 60);
            CHECK_EQ(text_dark(text_pixels, middle, box.y1 - 1), 255);
            CHECK_EQ(text_dark(text_pixels, middle, box.y0), 255);
            CHECK(60 - box.y0 >= 0.72 * size - 0.51 && 60 - box.y0 <= 0.72 * size + 0.8);
            memset(text_pixels, 0xFF, sizeof text_pixels);
            CHECK_OK(pika_canvas_text(&canvas, 40.3, 60, "z", &desc));
            box = text_ink(text_pixels);
            CHECK_EQ(text_dark(text_pixels, (box.x0 + box.x1) / 2, 59), 255);
            CHECK_EQ(text_dark(text_pixels, (box.x0 + box.x1) / 2, box.y0), 255);
            CHECK(60 - box.y0 >= 0.53 * size - 0.51 && 60 - box.y0 <= 0.53 * size + 0.51);
            pika_canvas_free(&canvas);
        }
}

/* Upright text is level text, turned: pixel by pixel, but for the rounding of coverage. */
TEST(text_quarter_turns)
{
    pika_text desc = text_desc(12);
    pika_canvas canvas;
    int turn, x, y, worst;
    text_open(NULL, &canvas, text_pixels);
    CHECK_OK(pika_canvas_text(&canvas, 60, 60, "Rag\xC2\xB5 0.25", &desc));
    memcpy(text_other, text_pixels, sizeof text_other);
    for (turn = 1; turn < 4; turn++) {
        desc.angle = turn * 1.5707963267948966;
        memset(text_pixels, 0xFF, sizeof text_pixels);
        CHECK_OK(pika_canvas_text(&canvas, 60, 60, "Rag\xC2\xB5 0.25", &desc));
        for (worst = 0, y = 2; y < 118; y++)
            for (x = 2; x < 118; x++) {
                const int right = x - 60, down = y - 60; /* of the level one; the pixel at its lower right */
                const int tx = turn == 1 ? down : turn == 2 ? -1 - right : -1 - down;
                const int ty = turn == 1 ? -1 - right : turn == 2 ? -1 - down : right;
                const int off = text_dark(text_other, x, y) - text_dark(text_pixels, 60 + tx, 60 + ty);
                if (off > worst || -off > worst) worst = off < 0 ? -off : off;
            }
        if (!CHECK(worst <= 3)) printf("    turn %d: off by %d\n", turn, worst);
    }
    pika_canvas_free(&canvas);
}

/* The weight of ink hardly depends on where text stands and how it is turned. */
TEST(text_ink_is_even)
{
    static const double angles[] = {0, 0.01, 0.3, 0.7853981633974483, 1.2, 1.5707963267948966, 2.5, 4};
    double least = 1e9, most = 0;
    int i, k, x;
    for (i = 0; i < 8; i++)
        for (k = 0; k < 3; k++) {
            pika_text desc = text_desc(11);
            pika_canvas canvas;
            double sum = 0;
            text_open(NULL, &canvas, text_pixels);
            desc.angle = angles[i];
            desc.align = PIKA_ALIGN_CENTER;
            CHECK_OK(pika_canvas_text(&canvas, 100 + 0.3 * k, 60 + 0.3 * k, "Temperature", &desc));
            for (x = 0; x < TEXT_WIDE * TEXT_HIGH; x++)
                sum += text_dark(text_pixels, x % TEXT_WIDE, x / TEXT_WIDE);
            if (sum < least) least = sum;
            if (sum > most) most = sum;
            pika_canvas_free(&canvas);
        }
    if (!CHECK(most < 1.08 * least)) printf("    %g .. %g\n", least, most);
}

TEST(text_overlaps_count_once)
{
    pika_text desc = text_desc(40);
    pika_canvas canvas;
    int x, darkest = 0;
    text_open(NULL, &canvas, text_pixels);
    desc.color = 0x00000080u;
    CHECK_OK(pika_canvas_text(&canvas, 10, 60, "AbBkx\xC3\x85\xCF\x86#", &desc));
    for (x = 0; x < TEXT_WIDE * TEXT_HIGH; x++)
        if (text_dark(text_pixels, x % TEXT_WIDE, x / TEXT_WIDE) > darkest)
            darkest = text_dark(text_pixels, x % TEXT_WIDE, x / TEXT_WIDE);
    CHECK_EQ(darkest, 128);
    pika_canvas_free(&canvas);
}

TEST(text_leaves_the_path)
{
    pika_text desc = text_desc(14);
    pika_canvas canvas;
    text_open(NULL, &canvas, text_pixels);
    CHECK_OK(pika_canvas_rect(&canvas, 150, 80, 20, 10));
    CHECK_OK(pika_canvas_fill(&canvas, 0xFF, PIKA_NONZERO));
    CHECK_OK(pika_canvas_move_to(&canvas, 150, 100));
    CHECK_OK(pika_canvas_line_to(&canvas, 170, 100));
    memcpy(text_other, text_pixels, sizeof text_other);
    memset(text_pixels, 0xFF, sizeof text_pixels);
    CHECK_OK(pika_canvas_text(&canvas, 20, 40, "words", &desc));
    CHECK(text_ink(text_pixels).x1 < 100);
    CHECK(text_ink(text_pixels).x1 > 20);
    memset(text_pixels, 0xFF, sizeof text_pixels);
    CHECK_OK(pika_canvas_line_to(&canvas, 170, 110)); /* the open subpath goes on */
    CHECK_OK(pika_canvas_close(&canvas));
    CHECK_OK(pika_canvas_fill(&canvas, 0xFF, PIKA_NONZERO));
    text_is_box(text_pixels, 150, 80, 170, 110, "path");
    pika_canvas_free(&canvas);
}

TEST(text_keeps_to_the_clip)
{
    pika_text desc = text_desc(30);
    pika_canvas canvas;
    int x, y, outside = 0, different = 0;
    text_open(NULL, &canvas, text_other);
    CHECK_OK(pika_canvas_text(&canvas, -20, 60, "clipped here and there", &desc));
    pika_canvas_free(&canvas);
    text_open(NULL, &canvas, text_pixels);
    CHECK_OK(pika_canvas_set_clip(&canvas, 31, 40, 77, 25));
    CHECK_OK(pika_canvas_text(&canvas, -20, 60, "clipped here and there", &desc));
    for (y = 0; y < TEXT_HIGH; y++)
        for (x = 0; x < TEXT_WIDE; x++) {
            if (x < 31 || x >= 108 || y < 40 || y >= 65) outside += text_dark(text_pixels, x, y) != 0;
            else different += text_dark(text_pixels, x, y) != text_dark(text_other, x, y);
        }
    CHECK_EQ(outside, 0);
    CHECK_EQ(different, 0);
    CHECK(text_ink(text_pixels).x1 > 100);
    pika_canvas_free(&canvas);
}
#endif

TEST(text_cost_ends_at_the_clip)
{
    static char text[30001];
    pika_text desc = text_box_desc(16);
    pika_canvas canvas;
    memset(text, 'm', 30000);
    text_open(NULL, &canvas, text_pixels);
    CHECK_OK(pika_canvas_text(&canvas, -1000, 60, text, &desc));
    CHECK_EQ(text_boxes.measured, 30000);
    CHECK(text_boxes.drawn >= 25 && text_boxes.drawn <= 38);
    text_boxes.drawn = 0;
    CHECK_OK(pika_canvas_text(&canvas, 0, 500, text, &desc));
    CHECK_OK(pika_canvas_text(&canvas, 1e300, 50, text, &desc));
    CHECK_EQ(text_boxes.drawn, 0);
    desc.size = 1e-3; /* all of it in one place: several paths */
    CHECK_OK(pika_canvas_text(&canvas, 20, 50, text, &desc));
    CHECK(canvas.path_bytes <= 4u << 20);
    pika_canvas_free(&canvas);
}

TEST(text_errors)
{
    pika_ctx ctx;
    pika_canvas canvas, none;
    pika_text desc = text_desc(12);
    pika_text_size size;
    const double nan = pika__nan();
    pika_ctx_init(&ctx, NULL);
    text_open(&ctx, &canvas, text_pixels);
    memset(&none, 0, sizeof none);
    CHECK_RESULT(pika_canvas_text(NULL, 0, 0, "a", &desc), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_canvas_text(&none, 0, 0, "a", &desc), PIKA_ERR_INVALID);
#define TEXT_BAD(field, value, part) \
    desc = text_desc(12); \
    desc.field = (value); \
    ctx.error[0] = 0; \
    CHECK_RESULT(pika_canvas_text(&canvas, 20, 40, "a", &desc), PIKA_ERR_INVALID); \
    CHECK_HAS(pika_last_error(&ctx), "pika_canvas_text: " part); \
    ctx.error[0] = 0; \
    CHECK_RESULT(pika_text_measure(&ctx, "a", &desc, &size), PIKA_ERR_INVALID); \
    CHECK_HAS(pika_last_error(&ctx), "pika_text_measure: " part)
    TEXT_BAD(size, -1, "desc.size, angle are -1, 0");
    TEXT_BAD(size, 1.5e6, "desc.size, angle are 1500000, 0");
    TEXT_BAD(size, nan, "desc.size, angle are nan, 0");
    TEXT_BAD(angle, nan, "desc.size, angle are 12, nan");
    TEXT_BAD(angle, 1e300, "desc.size, angle are 12, 1e300");
    TEXT_BAD(align, 3, "desc.align, baseline are 3, 0: unknown");
    TEXT_BAD(baseline, -1, "desc.align, baseline are 0, -1: unknown");
    TEXT_BAD(weight, 2, "desc.weight is 2, needs 0 or 1");
#undef TEXT_BAD
    desc = text_desc(12);
    CHECK_RESULT(pika_canvas_text(&canvas, 0, 0, NULL, &desc), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "text is NULL");
    CHECK_RESULT(pika_canvas_text(&canvas, 0, 0, "a", NULL), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "desc is NULL");
    CHECK_RESULT(pika_text_measure(&ctx, "a", &desc, NULL), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "size is NULL");
    CHECK(text_ink(text_pixels).x1 < 0);
#ifdef PIKA_NO_FONT
    CHECK_RESULT(pika_canvas_text(&canvas, 20, 40, "a", &desc), PIKA_ERR_UNSUPPORTED);
    CHECK_HAS(pika_last_error(&ctx), "PIKA_NO_FONT");
#else
    CHECK_OK(pika_canvas_text(&canvas, nan, 40, "a", &desc)); /* nowhere */
    CHECK_OK(pika_canvas_text(&canvas, 40, -1e300 * 1e300, "a", &desc));
    CHECK(text_ink(text_pixels).x1 < 0);
    desc.size = 1e6; /* the canvas is within a stem, or between two */
    CHECK_OK(pika_canvas_text(&canvas, -100000, 400000, "HHO", &desc));
    desc.angle = 1;
    CHECK_OK(pika_canvas_text(&canvas, -100000, 400000, "HHO\nq", &desc));
    desc.size = 1e-300;
    CHECK_OK(pika_canvas_text(&canvas, 50, 50, "HHO\nq", &desc));
#endif
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
}

TEST(text_errors_at_both_ends)
{
    static const double bad[8][5] = {{1e7, 0, 0, 0, 0}, {12, -1e7, 0, 0, 0}, {12, 1e7, 0, 0, 0},
        {12, 0, -1, 0, 0}, {12, 0, 3, 0, 0}, {12, 0, 0, 4, 0}, {12, 0, 0, -1, 0}, {12, 0, 0, 0, -1}};
    static const char *const parts[8] = {"desc.size, angle are 10000000, 0",
        "desc.size, angle are 12, -10000000", "desc.size, angle are 12, 10000000",
        "desc.align, baseline are -1, 0: unknown", "desc.align, baseline are 3, 0",
        "desc.align, baseline are 0, 4", "desc.align, baseline are 0, -1", "desc.weight is -1, needs 0 or 1"};
    pika_ctx ctx;
    pika_canvas canvas;
    pika_text desc = text_box_desc(20);
    pika_text_size size;
    int i;
    CHECK_OK(pika_ctx_init(&ctx, NULL));
    text_open(&ctx, &canvas, text_pixels);
    for (i = 0; i < 8; i++) {
        desc = text_box_desc(20);
        desc.size = bad[i][0];
        desc.angle = bad[i][1];
        desc.align = (int)bad[i][2];
        desc.baseline = (int)bad[i][3];
        desc.weight = (int)bad[i][4];
        size.width = 77;
        CHECK_RESULT(pika_canvas_text(&canvas, 20, 40, "a", &desc), PIKA_ERR_INVALID);
        CHECK_HAS(pika_last_error(&ctx), parts[i]);
        CHECK_RESULT(pika_text_measure(&ctx, "a", &desc, &size), PIKA_ERR_INVALID);
        CHECK_HAS(pika_last_error(&ctx), parts[i]);
        CHECK(size.width > 76 && size.width < 78);
    }
    CHECK(text_ink(text_pixels).x1 < 0);
    desc = text_box_desc(20); /* far beside, above and below the clip: nothing, no error */
    for (i = 0; i < 6; i++)
        CHECK_OK(pika_canvas_text(&canvas,
            i == 0   ? -1e9
            : i == 1 ? 1e9
            : i == 4 ? -500
                     : 20,
            i == 2   ? -1e9
            : i == 3 ? 1e9
            : i == 5 ? -500
                     : 20,
            "ab\nc", &desc));
    CHECK(text_ink(text_pixels).x1 < 0);
    CHECK_OK(pika_canvas_text(&canvas, 30, 60, "ab\nc", &desc));
    CHECK(text_ink(text_pixels).x1 > 30);
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
    CHECK_RESULT(pika_text_measure(&ctx, "a", &desc, &size), PIKA_ERR_INVALID);
}

#ifndef PIKA_NO_FONT
static struct {
    int calls, fail_at;
    long live;
} text_heap;

static void *text_alloc(size_t bytes, size_t align, void *user)
{
    void *memory;
    (void)align;
    (void)user;
    if (text_heap.calls++ == text_heap.fail_at) return NULL;
    memory = malloc(bytes);
    if (memory != NULL) text_heap.live++;
    return memory;
}

static void text_release(void *memory, size_t bytes, void *user)
{
    (void)bytes;
    (void)user;
    if (memory != NULL) text_heap.live--;
    free(memory);
}

TEST(text_allocations_fail)
{
    int k, failed = 1, with_path;
    for (with_path = 0; with_path < 2; with_path++)
        for (k = 0, failed = 1; failed && k < 20; k++) {
            pika_ctx_desc ctx_desc;
            pika_ctx ctx;
            pika_canvas canvas;
            pika_text desc = text_desc(40);
            pika_result result;
            size_t used;
            memset(&ctx_desc, 0, sizeof ctx_desc);
            ctx_desc.alloc_fn = text_alloc;
            ctx_desc.free_fn = text_release;
            memset(&text_heap, 0, sizeof text_heap);
            text_heap.fail_at = -1;
            CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
            text_open(&ctx, &canvas, text_pixels);
            if (with_path) CHECK_OK(pika_canvas_rect(&canvas, 1, 1, 5, 5));
            used = canvas.path_used;
            text_heap.fail_at = text_heap.calls + k;
            result = pika_canvas_text(&canvas, 10, 60, "A few words\nof some length", &desc);
            failed = text_heap.calls > text_heap.fail_at;
            if (failed) { /* or drawn without what failed */
                if (result != PIKA_OK) CHECK_RESULT(result, PIKA_ERR_MEMORY);
                if (result != PIKA_OK) CHECK(text_ink(text_pixels).x1 < 0);
            } else {
                CHECK_OK(result);
                CHECK(k > 1);
            }
            CHECK_EQ(canvas.path_used, used);
            text_heap.fail_at = -1;
            CHECK_OK(pika_canvas_text(&canvas, 10, 60, "again", &desc));
            pika_canvas_free(&canvas);
            pika_ctx_free(&ctx);
            CHECK_EQ(text_heap.live, 0);
        }
    CHECK(!failed);
}

TEST(text_fuzz)
{
    uint64_t random = test_now.seed;
    int round, rounds = test_now.quick ? 100 : 1000, i;
    pika_canvas canvas;
    text_open(NULL, &canvas, text_pixels);
    for (round = 0; round < rounds; round++) {
        static const double odd[] = {0, 1e-9, 0.5, 3, 9, 13, 100, 4000, 1e6, 1e7, -1, 1e300};
        char text[40];
        pika_text desc = text_desc(odd[test_below(&random, 12)]);
        pika_text_size size;
        int length = test_below(&random, 39);
        pika_result drawn, measured;
        for (i = 0; i < length; i++)
            text[i] = (char)test_between(&random, test_below(&random, 3) ? 9 : 128, 255);
        text[length] = 0;
        desc.angle = (double)test_between(&random, -1000000, 1000000) * (test_below(&random, 2) ? 1e-3 : 2);
        desc.align = test_between(&random, -1, 3);
        desc.baseline = test_between(&random, 0, 4);
        desc.weight = test_below(&random, 2);
        desc.color = (uint32_t)test_random(&random);
        CHECK_OK(pika_canvas_set_clip(&canvas, test_between(&random, -50, 150),
            test_between(&random, -50, 100), test_below(&random, 200), test_below(&random, 200)));
        drawn = pika_canvas_text(&canvas, (double)test_between(&random, -300, 300),
            (double)test_between(&random, -300, 300), text, &desc);
        measured = pika_text_measure(NULL, text, &desc, &size);
        CHECK(drawn == measured);
        if (measured == PIKA_OK)
            CHECK(size.width >= 0 && size.width < 1e9 && size.lines >= 1 && size.lines <= 40);
    }
    pika_canvas_free(&canvas);
}

TEST(text_golden)
{
    static const struct {
        const char *text;
        double size, angle;
        int weight;
        uint64_t hash;
    } golden[] = {{"Temperature (\xC2\xB0"
                   "C)",
                      11, 0, 0, UINT64_C(0xb32fa56e093e7de9)},
        {"\xE2\x88\x92"
         "1.5e-3 \xC2\xB5s",
            13, 1.5707963267948966, 1, UINT64_C(0x1009ccc4ecc59e7b)},
        {"\xCF\x83\xC2\xB2 \xE2\x89\xA4 10\xE2\x81\xBB\xC2\xB3", 24, 0.4, 0, UINT64_C(0x2c0fc09cfa4c44d6)},
        {"\xC3\x85g\xC3\xA9&@", 48, 0, 1, UINT64_C(0x3109e656098403c2)}};
    int i;
    size_t k;
    for (i = 0; i < 4; i++) {
        pika_text desc = text_desc(golden[i].size);
        pika_canvas canvas;
        uint64_t h = UINT64_C(0xcbf29ce484222325);
        text_open(NULL, &canvas, text_pixels);
        desc.angle = golden[i].angle;
        desc.weight = golden[i].weight;
        CHECK_OK(pika_canvas_text(&canvas, 40, 90, golden[i].text, &desc));
        for (k = 0; k < sizeof text_pixels; k++) h = (h ^ text_pixels[k]) * UINT64_C(0x100000001b3);
        if (!CHECK(h == golden[i].hash))
            printf("    %d: 0x%08lx%08lx\n", i, (unsigned long)(h >> 32), (unsigned long)(h & 0xffffffffu));
        pika_canvas_free(&canvas);
    }
}

AREA(text, LISTED(text_utf8_is_strict), LISTED(text_callback_sees_the_next), LISTED(text_places_boxes),
    LISTED(text_missing_is_a_frame), LISTED(text_font_has_the_signs), LISTED(text_advances_add_up),
    LISTED(text_rows_are_crisp), LISTED(text_quarter_turns), LISTED(text_ink_is_even),
    LISTED(text_overlaps_count_once), LISTED(text_leaves_the_path), LISTED(text_keeps_to_the_clip),
    LISTED(text_cost_ends_at_the_clip), LISTED(text_errors), LISTED_SAFE(text_errors_at_both_ends),
    LISTED(text_allocations_fail), LISTED_SAFE(text_fuzz), LISTED(text_golden));
#else
AREA(text, LISTED(text_utf8_is_strict), LISTED(text_callback_sees_the_next), LISTED(text_places_boxes),
    LISTED(text_cost_ends_at_the_clip), LISTED(text_errors), LISTED_SAFE(text_errors_at_both_ends));
#endif
