/* text_truetype.c - words in a TrueType font of your own, by stb_truetype, beside the font that pika brings.
   A callback hands over outlines; placing, turning, filling and clipping stay the same. stb_truetype.h is in
   libstb-dev of Debian and Ubuntu; without it there is pika's font alone.
   Build: cc -O2 examples/text_truetype.c -o text_truetype -lm -pthread
   Run: ./text_truetype [text_truetype.png [font.ttf]] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_include)
    #if __has_include(<stb/stb_truetype.h>)
        #define STB_TRUETYPE_IMPLEMENTATION
        #include <stb/stb_truetype.h>
        #define HAVE_TRUETYPE
    #elif __has_include("stb_truetype.h")
        #define STB_TRUETYPE_IMPLEMENTATION
        #include "stb_truetype.h"
        #define HAVE_TRUETYPE
    #endif
#endif

#ifdef HAVE_TRUETYPE
typedef struct font {
    stbtt_fontinfo info;
    double em; /* of a unit of the font */
    unsigned char *bytes;
} font;

static double glyph(void *user, pika_canvas *canvas, uint32_t codepoint, uint32_t next)
{
    const font *f = (const font *)user;
    double em = f->em;
    int index = stbtt_FindGlyphIndex(&f->info, (int)codepoint), advance, bearing;
    if (index == 0) return -1; /* pika draws a frame */
    if (canvas != NULL) {
        stbtt_vertex *v;
        int n = stbtt_GetGlyphShape(&f->info, index, &v);
        for (int i = 0; i < n; i++) {
            double x = v[i].x * em, y = v[i].y * em;
            if (v[i].type == STBTT_vmove) pika_canvas_move_to(canvas, x, y);
            else if (v[i].type == STBTT_vline) pika_canvas_line_to(canvas, x, y);
            else if (v[i].type == STBTT_vcurve)
                pika_canvas_quadratic_to(canvas, v[i].cx * em, v[i].cy * em, x, y);
            else pika_canvas_cubic_to(canvas, v[i].cx * em, v[i].cy * em, v[i].cx1 * em, v[i].cy1 * em, x, y);
        }
        stbtt_FreeShape(&f->info, v);
    }
    stbtt_GetGlyphHMetrics(&f->info, index, &advance, &bearing);
    if (next != 0)
        advance += stbtt_GetGlyphKernAdvance(&f->info, index, stbtt_FindGlyphIndex(&f->info, (int)next));
    return advance * em;
}

static int font_open(font *f, const char *path) /* 0: it is none */
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    int good;
    if (file == NULL) return 0;
    if (fseek(file, 0, SEEK_END) == 0) size = ftell(file);
    f->bytes = size > 0 ? (unsigned char *)malloc((size_t)size) : NULL;
    rewind(file);
    good = f->bytes != NULL && fread(f->bytes, 1, (size_t)size, file) == (size_t)size &&
           stbtt_InitFont(&f->info, f->bytes, stbtt_GetFontOffsetForIndex(f->bytes, 0));
    fclose(file);
    if (good) f->em = (double)stbtt_ScaleForMappingEmToPixels(&f->info, 1);
    return good;
}
#endif

int main(int argc, char **argv)
{
    static const char *const words[] = {"Temperature (\xC2\xB0"
                                        "C)",
        "\xE2\x88\x92"
        "0.25 \xC2\xB5s, 1.5e-3",
        "Handgloves, AV To", "\xCF\x83\xC2\xB2 \xE2\x89\xA4 \xCE\xB1 + \xCE\xB2"};
    static const double sizes[] = {11, 13, 24, 40};
    pika_image image = {0};
    pika_canvas canvas;
    pika_text text = {0};
    int columns = 1;
    pika_image_alloc(NULL, &image, 800, 300);
    pika_canvas_init(NULL, &canvas, &image);
    pika_canvas_clear(&canvas, PIKA_RGBA(255, 255, 255, 255));
#ifdef HAVE_TRUETYPE
    font f = {0};
    if (font_open(&f, argc > 2 ? argv[2] : "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")) columns = 2;
    else fprintf(stderr, "text_truetype: no font file; name one\n");
#else
    fprintf(stderr, "text_truetype: built without stb_truetype.h; pika's own font alone\n");
#endif
    text.color = PIKA_RGBA(30, 34, 40, 255);
    for (int column = 0; column < columns; column++) {
        double y = 30;
#ifdef HAVE_TRUETYPE
        text.glyph_fn = column == 1 ? glyph : NULL;
        text.glyph_user = &f;
#endif
        for (int i = 0; i < 4; i++) {
            text.size = sizes[i];
            pika_canvas_text(&canvas, 20 + 390 * column, y += 1.4 * sizes[i], words[i], &text);
        }
        text.size = 18;
        text.angle = 0.3;
        pika_canvas_text(&canvas, 60 + 390 * column, 270, "turned by 0.3 radians", &text);
        text.angle = 0;
    }
    pika_result result = pika_write_png(NULL, argc > 1 ? argv[1] : "text_truetype.png", &image);
#ifdef HAVE_TRUETYPE
    free(f.bytes);
#endif
    pika_canvas_free(&canvas);
    pika_image_free(NULL, &image);
    return result != PIKA_OK;
}
