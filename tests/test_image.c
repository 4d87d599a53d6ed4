/* Images: every format against RGBA8, strides and guard bytes, spreading, PPM, files, the short way. */

static const int pixel_sizes[] = {4, 4, 4, 2, 1};

/* a over b in exact fractions, to the nearest byte. */
static uint32_t naive_over(uint32_t a, uint32_t b)
{
    uint32_t aa = a & 255, ba = b & 255, alpha = aa * 255 + ba * (255 - aa), out; /* alpha: of 255^2 */
    int c;
    if (alpha == 0) return b;
    if (ba == 0) return a;
    out = (2 * alpha + 255) / 510;
    for (c = 8; c < 32; c += 8) {
        uint32_t sum = (a >> c & 255) * aa * 255 + (b >> c & 255) * ba * (255 - aa);
        out |= (2 * sum + alpha) / (2 * alpha) << c;
    }
    return aa == 0 ? b : out;
}

/* What a pixel of this straight colour must be in a format, by real arithmetic. */
static uint32_t naive_pixel(uint32_t color, int format, int x, int y)
{
    static const int bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    uint32_t r = color >> 24, g = color >> 16 & 255, b = color >> 8 & 255, a = color & 255;
    if (format == PIKA_RGBA8) return color;
    if (format == PIKA_BGRA8) return PIKA_RGBA(b, g, r, a);
    if (format == PIKA_RGBA8_PREMULTIPLIED)
        return PIKA_RGBA(
            floor(r * a / 255.0 + 0.5), floor(g * a / 255.0 + 0.5), floor(b * a / 255.0 + 0.5), a);
    color = naive_over(color, 255);
    r = color >> 24, g = color >> 16 & 255, b = color >> 8 & 255;
    if (format == PIKA_GREY8) return (uint32_t)floor(r * 0.2126 + g * 0.7152 + b * 0.0722 + 0.5);
    return (uint32_t)((r * 31 * 16 + (uint32_t)bayer[y & 3][x & 3] * 255) / (255 * 16)) << 11 |
           (uint32_t)((g * 63 * 16 + (uint32_t)bayer[y & 3][x & 3] * 255) / (255 * 16)) << 5 |
           (uint32_t)((b * 31 * 16 + (uint32_t)bayer[y & 3][x & 3] * 255) / (255 * 16));
}

/* A picture of many colours and alphas, through pika_shade: colormap with alpha, over a background. */
static void image_shade(pika_image *image, const pika_grid *grid, uint32_t background)
{
    static const uint32_t colors[5] = {0x00000000u, 0xFF2010FFu, 0x10F03080u, 0x8090A007u, 0xFFFFFFE0u};
    pika_colormap map;
    pika_shade_desc desc;
    memset(&map, 0, sizeof map);
    memset(&desc, 0, sizeof desc);
    map.colors = colors, map.count = 5;
    desc.colormap = &map, desc.plane = PIKA_MEAN, desc.background = background;
    CHECK_OK(pika_shade(NULL, image, grid, &desc));
}

TEST(image_formats_strides_and_guards)
{
    enum { W = 37, H = 21 };
    static const uint32_t backgrounds[] = {0, 0x336699FFu, 0xFFEEDD40u};
    uint64_t random = test_now.seed + 50;
    pika_grid grid;
    pika_image straight;
    int format, back, layout, x, y;
    memset(&straight, 0, sizeof straight);
    shade_grid(&grid, W, H, 3, 0, &random);
    CHECK_OK(pika_image_alloc(NULL, &straight, W, H));
    for (back = 0; back < 3; back++) {
        image_shade(&straight, &grid, backgrounds[back]);
        for (format = 0; format < 5; format++)
            for (layout = 0; layout < 4; layout++) { /* packed, padded, each top-down and bottom-up */
                size_t row = (size_t)(W * pixel_sizes[format]), step = row + (layout & 1 ? 13 : 0), i;
                uint8_t *block = (uint8_t *)malloc(step * H + 32), *first = block + 16;
                pika_image image;
                int bad = 0;
                memset(block, 0xA7, step * H + 32);
                memset(&image, 0, sizeof image);
                image.width = W, image.height = H, image.format = format;
                image.stride = layout & 2 ? -(ptrdiff_t)step : layout == 0 ? 0 : (ptrdiff_t)step;
                image.pixels = layout & 2 ? first + (H - 1) * step : first;
                image.bytes = step * (H - 1) + row;
                image_shade(&image, &grid, backgrounds[back]);
                for (i = 0; i < step * H + 32; i++) { /* between and around the rows: nothing */
                    size_t at = i - 16;
                    if (i < 16 || at >= step * H || at % step >= row) bad += block[i] != 0xA7;
                }
                CHECK_EQ(bad, 0);
                for (y = 0; y < H; y++)
                    for (x = 0; x < W; x++) {
                        const uint8_t *p =
                            first + (size_t)(layout & 2 ? H - 1 - y : y) * step + x * pixel_sizes[format];
                        uint32_t want = naive_pixel(pixel_at(&straight, x, y), format, x, y), got;
                        uint16_t word;
                        memcpy(&word, p, format == PIKA_GREY8 ? 1 : 2);
                        got = format == PIKA_RGB565  ? word
                              : format == PIKA_GREY8 ? *p
                                                     : PIKA_RGBA(p[0], p[1], p[2], p[3]);
                        bad += got != want;
                    }
                if (!CHECK_EQ(bad, 0))
                    printf("    format %d, layout %d, background %d\n", format, layout, back);
                free(block);
            }
    }
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &straight);
}

/* The dither's mean over its 4 x 4 cells is the colour itself, to within half a step of a sixteenth. */
TEST(image_dither_keeps_the_mean)
{
    const double x[1] = {0.5}, y[1] = {0.5};
    int v;
    for (v = 0; v < 256; v += 5) {
        uint32_t color = PIKA_RGBA(v, v, v, 255);
        uint16_t pixels[16 * 16];
        pika_colormap map;
        pika_grid_desc desc;
        pika_grid grid;
        pika_image image;
        pika_shade_desc shade;
        pika_points points = pika_xy_f64(x, y, 1);
        double red = 0, green = 0;
        int i;
        memset(&desc, 0, sizeof desc);
        memset(&map, 0, sizeof map);
        memset(&grid, 0, sizeof grid);
        memset(&image, 0, sizeof image);
        memset(&shade, 0, sizeof shade);
        map.colors = &color, map.count = 1;
        desc.view.width = desc.view.height = 16;
        desc.view.x.hi = desc.view.y.hi = 16;
        shade.colormap = &map, shade.background = color;
        image.width = image.height = 16, image.format = PIKA_RGB565;
        image.pixels = (uint8_t *)pixels, image.bytes = sizeof pixels;
        CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
        CHECK_OK(pika_add_points(NULL, &grid, &points));
        CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
        for (i = 0; i < 256; i++) red += pixels[i] >> 11, green += pixels[i] >> 5 & 63;
        CHECK(fabs(red / 256 - v * 31 / 255.0) <= 1.0 / 16);
        CHECK(fabs(green / 256 - v * 63 / 255.0) <= 1.0 / 16);
        pika_grid_free(NULL, &grid);
    }
}

/* ---- spreading --------------------------------------------------------------------------------------- */

static void random_picture(pika_image *image, int w, int h, int sparse, uint64_t *random)
{
    int x, y;
    memset(image, 0, sizeof *image);
    CHECK_OK(pika_image_alloc(NULL, image, w, h));
    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++) {
            uint8_t *p = image->pixels + y * image->stride + 4 * x;
            uint64_t r = test_random(random);
            if ((r >> 40) % (uint64_t)sparse != 0) continue;
            p[0] = (uint8_t)(r & 255), p[1] = (uint8_t)(r >> 8 & 255), p[2] = (uint8_t)(r >> 16 & 255);
            p[3] = r >> 32 & 1 ? 255 : (uint8_t)(r >> 24 & 255);
        }
}

TEST(image_spread_is_the_naive_one)
{
    static const int sizes[][2] = {{1, 1}, {7, 5}, {33, 20}, {2, 40}};
    uint64_t random = test_now.seed + 51;
    int k, radius, shape, x, y, dx, dy, flip;
    for (k = 0; k < 4; k++)
        for (radius = 0; radius < 6; radius++)
            for (shape = 0; shape < 2; shape++)
                for (flip = 0; flip < 2; flip++) {
                    int w = sizes[k][0], h = sizes[k][1], bad = 0;
                    pika_image src, dst, from;
                    uint32_t *want = (uint32_t *)calloc((size_t)(w * h), 4);
                    random_picture(&src, w, h, radius > 2 ? 9 : 3, &random);
                    random_picture(&dst, w, h, 1, &random); /* what was there is not seen */
                    for (y = 0; y < h; y++)
                        for (x = 0; x < w; x++)
                            for (dy = -radius; dy <= radius; dy++)
                                for (dx = -radius; dx <= radius; dx++) {
                                    uint32_t c = pixel_at(&src, x, flip ? h - 1 - y : y);
                                    double d = sqrt((double)(dx * dx + dy * dy));
                                    if ((c & 255) == 0 || (shape == PIKA_SPREAD_DISC && d > radius + 0.5))
                                        continue;
                                    if (x + dx < 0 || x + dx >= w || y + dy < 0 || y + dy >= h) continue;
                                    want[(y + dy) * w + x + dx] = naive_over(c, want[(y + dy) * w + x + dx]);
                                }
                    from = src;
                    if (flip) from.pixels += (h - 1) * src.stride, from.stride = -src.stride;
                    CHECK_OK(pika_spread(NULL, &dst, &from, radius, shape));
                    for (y = 0; y < h; y++)
                        for (x = 0; x < w; x++) bad += pixel_at(&dst, x, y) != want[y * w + x];
                    if (!CHECK_EQ(bad, 0)) printf("    %d x %d, radius %d, shape %d\n", w, h, radius, shape);
                    free(want);
                    pika_image_free(NULL, &src);
                    pika_image_free(NULL, &dst);
                }
}

TEST(image_dynspread_is_the_naive_one)
{
    uint64_t random = test_now.seed + 52;
    int round, bigger = 0, smaller = 0;
    for (round = 0; round < 60; round++) {
        static const double thresholds[] = {0, 0.3, 0.5, 0.9, 1};
        int w = test_between(&random, 1, 50), h = test_between(&random, 1, 40),
            sparse = test_between(&random, 2, 400);
        int most = test_below(&random, 6), radius = -7, want, x, y, dx, dy;
        double threshold = thresholds[test_below(&random, 5)];
        pika_image src, dst, spread;
        random_picture(&src, w, h, sparse, &random);
        random_picture(&dst, w, h, 5, &random);
        random_picture(&spread, w, h, 5, &random);
        for (want = 0; want < most; want++) {
            int seen = 0, crowded = 0, reach = 2 * (want + 1);
            for (y = 0; y < h; y++)
                for (x = 0; x < w; x++) {
                    int other = 0;
                    if ((pixel_at(&src, x, y) & 255) == 0) continue;
                    for (dy = -reach; dy <= reach; dy++)
                        for (dx = -reach; dx <= reach; dx++)
                            if ((dx != 0 || dy != 0) && x + dx >= 0 && x + dx < w && y + dy >= 0 &&
                                y + dy < h)
                                other |= (pixel_at(&src, x + dx, y + dy) & 255) != 0;
                    seen++;
                    crowded += other;
                }
            if (seen == 0 || (double)crowded / seen > threshold) break;
        }
        CHECK_OK(pika_dynspread(NULL, &dst, &src, threshold, most, round % 2, &radius));
        CHECK_EQ(radius, want);
        CHECK_OK(pika_spread(NULL, &spread, &src, want, round % 2));
        CHECK_EQ(memcmp(dst.pixels, spread.pixels, (size_t)(w * h * 4)), 0);
        CHECK_OK(pika_dynspread(NULL, &spread, &src, threshold, most, round % 2, NULL));
        CHECK_EQ(memcmp(dst.pixels, spread.pixels, (size_t)(w * h * 4)), 0);
        bigger += want > 0;
        smaller += want < most;
        pika_image_free(NULL, &src);
        pika_image_free(NULL, &dst);
        pika_image_free(NULL, &spread);
    }
    CHECK(bigger > 5 && smaller > 5);
}

/* ---- PPM, files, the short way ----------------------------------------------------------------------- */

TEST(image_ppm)
{
    uint64_t random = test_now.seed + 53;
    pika_image image;
    write_sink sink;
    int x, y, c, bad = 0;
    random_picture(&image, 23, 11, 1, &random);
    memset(&sink, 0, sizeof sink);
    sink.fail_at = -1;
    CHECK_OK(pika_encode_ppm(NULL, &image, sink_write, &sink));
    CHECK_EQ(sink.size, 13 + 23 * 11 * 3);
    if (sink.size == 13 + 23 * 11 * 3) {
        CHECK_EQ(memcmp(sink.bytes, "P6\n23 11\n255\n", 13), 0);
        for (y = 0; y < 11; y++)
            for (x = 0; x < 23; x++)
                for (c = 0; c < 3; c++)
                    bad += sink.bytes[13 + (y * 23 + x) * 3 + c] !=
                           (naive_over(pixel_at(&image, x, y), 255) >> (24 - 8 * c) & 255);
        CHECK_EQ(bad, 0);
    }
    free(sink.bytes);
    pika_image_free(NULL, &image);
}

#ifndef PIKA_NO_STDIO
static int file_is(const char *path, const write_sink *want)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = (uint8_t *)malloc(want->size + 1);
    size_t n = file != NULL ? fread(bytes, 1, want->size + 1, file) : 0;
    int same = file != NULL && n == want->size && memcmp(bytes, want->bytes, n) == 0;
    if (file != NULL) fclose(file);
    free(bytes);
    return same;
}
#endif

/* The short way is the long way: fit, add, shade, write; files have the bytes of the callbacks. */
TEST(image_short_way)
{
    uint64_t random = test_now.seed + 54;
    enum { N = 5000 };
    static float x[N], y[N];
    pika_points points = pika_xy_f32(x, y, N);
    pika_grid_desc desc;
    pika_grid grid;
    pika_image image, shorter;
    write_sink sink;
    int i;
    for (i = 0; i < N; i++)
        x[i] = (float)test_below(&random, 1000), y[i] = (float)test_below(&random, 777) / 8;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    memset(&shorter, 0, sizeof shorter);
    memset(&sink, 0, sizeof sink);
    sink.fail_at = -1;
    desc.view.width = 90, desc.view.height = 70;
    CHECK_OK(pika_fit(NULL, &points, &desc.view));
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    CHECK_OK(pika_image_alloc(NULL, &image, 90, 70));
    CHECK_OK(pika_shade(NULL, &image, &grid, NULL));
    CHECK_OK(pika_points_to_image(NULL, &shorter, &points, 90, 70));
    CHECK(shorter.width == 90 && shorter.height == 70 && shorter.owned == 1 && shorter.format == PIKA_RGBA8);
    for (i = 0; i < 70; i++)
        CHECK_EQ(memcmp(image.pixels + i * image.stride, shorter.pixels + i * shorter.stride, 360), 0);
#if !defined(PIKA_NO_STDIO) && !defined(PIKA_NO_PNG)
    CHECK_OK(pika_encode_png(NULL, &image, NULL, sink_write, &sink));
    CHECK_OK(pika_points_to_png(NULL, "pika_test_short.tmp", &points, 90, 70));
    CHECK(file_is("pika_test_short.tmp", &sink));
    CHECK_OK(pika_write_png(NULL, "pika_test_short.tmp", &shorter)); /* over an older file */
    CHECK(file_is("pika_test_short.tmp", &sink));
    sink.size = 0;
    CHECK_OK(pika_encode_ppm(NULL, &image, sink_write, &sink));
    CHECK_OK(pika_write_ppm(NULL, "pika_test_short.tmp", &shorter));
    CHECK(file_is("pika_test_short.tmp", &sink));
    remove("pika_test_short.tmp");
#endif
    free(sink.bytes);
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
    pika_image_free(NULL, &shorter);
}

/* A full disk: told, the half file removed; a device that is no file stays. */
TEST(image_full_disk)
{
#if defined(TEST_POSIX) && !defined(PIKA_NO_STDIO) && !defined(PIKA_NO_PNG)
    uint64_t random = 2;
    pika_image image;
    if (access("/dev/full", W_OK) != 0) SKIP("no /dev/full");
    random_picture(&image, 300, 200, 1, &random);
    remove("pika_test_full.tmp");
    error_begin();
    if (symlink("/dev/full", "pika_test_full.tmp") == 0) {
        REFUSED(pika_write_png(&error_ctx, "pika_test_full.tmp", &image), PIKA_ERR_IO,
            "pika_write_png|pika_test_full");
        REFUSED(pika_write_ppm(&error_ctx, "pika_test_full.tmp", &image), PIKA_ERR_IO,
            "pika_write_ppm|pika_test_full");
        CHECK(access("/dev/full", W_OK) == 0);
    }
    remove("pika_test_full.tmp");
    pika_ctx_free(&error_ctx);
    pika_image_free(NULL, &image);
#else
    SKIP("needs /dev/full");
#endif
}

AREA(image, LISTED(image_formats_strides_and_guards), LISTED(image_dither_keeps_the_mean),
    LISTED(image_spread_is_the_naive_one), LISTED(image_dynspread_is_the_naive_one), LISTED(image_ppm),
    LISTED(image_short_way), LISTED(image_full_disk));
