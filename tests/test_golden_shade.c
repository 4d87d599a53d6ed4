/* The golden table's pictures: grids of the golden data to pixels; spreading, PPM, and the library's own
 * PNGs. */

typedef struct golden_shade {
    const char *name;
    unsigned plane;
    int transfer;
    double lo, hi;
    int format;
    uint32_t background;
    int categories, category;
    double alpha_floor;
    int spread; /* 1 = disc of 2, 2 = square of 1, 3 = dynspread; 4 = PPM; 5 = the scale instead of pixels */
} golden_shade;

static const golden_shade golden_shades[] = {{"shade_linear_count", PIKA_COUNT, 1, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_log_count", PIKA_COUNT, 2, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_cbrt_count", PIKA_COUNT, 3, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_eq_hist_count", PIKA_COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_linear_fixed", PIKA_COUNT, 1, 2, 9, 0, 0, 0, 0, 0, 0},
    {"shade_log_fixed", PIKA_COUNT, 2, 0, 30, 0, 0, 0, 0, 0, 0},
    {"shade_log_fixed_positive", PIKA_COUNT, 2, 1.5, 40, 0, 0, 0, 0, 0, 0},
    {"shade_cbrt_fixed", PIKA_COUNT, 3, -1, 30, 0, 0, 0, 0, 0, 0},
    {"shade_eq_hist_fixed", PIKA_COUNT, 0, 2, 6, 0, 0, 0, 0, 0, 0},
    {"shade_linear_mean", PIKA_MEAN, 1, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_log_mean", PIKA_MEAN, 2, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_cbrt_mean", PIKA_MEAN, 3, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_eq_hist_mean", PIKA_MEAN, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_eq_hist_sum", PIKA_SUM, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_log_std", PIKA_STD, 2, 0, 0, 0, 0, 0, 0, 0, 0},
    {"shade_background", PIKA_COUNT, 0, 0, 0, 0, 0x203040C0u, 0, 0, 0, 0},
    {"shade_bgra", PIKA_COUNT, 0, 0, 0, PIKA_BGRA8, 0, 0, 0, 0, 0},
    {"shade_premultiplied", PIKA_COUNT, 0, 0, 0, PIKA_RGBA8_PREMULTIPLIED, 0, 0, 0, 0, 0},
    {"shade_rgb565", PIKA_COUNT, 0, 0, 0, PIKA_RGB565, 0, 0, 0, 0, 0},
    {"shade_grey", PIKA_COUNT, 0, 0, 0, PIKA_GREY8, 0, 0, 0, 0, 0},
    {"shade_mixed_count", PIKA_COUNT, 0, 0, 0, 0, 0, 4, 0, 0, 0},
    {"shade_mixed_sum", PIKA_SUM, 1, 0, 0, 0, 0xFFFFFFFFu, 4, 0, 0, 0},
    {"shade_mixed_mean", PIKA_MEAN, 2, 0, 0, 0, 0, 3, 0, 0.5, 0},
    {"shade_category", PIKA_COUNT, 0, 0, 0, 0, 0, 4, 3, 0, 0},
    {"spread_disc", PIKA_COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 1},
    {"spread_square", PIKA_COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 2},
    {"spread_dynamic", PIKA_COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 3}, {"ppm", PIKA_COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 4},
    {"scale_linear", PIKA_COUNT, 1, 0.1, 0.7, 0, 0, 0, 0, 0, 5},
    {"scale_log", PIKA_COUNT, 2, 0.001, 5000, 0, 0, 0, 0, 0, 5},
    {"scale_log1p", PIKA_COUNT, 2, -3, 1e6, 0, 0, 0, 0, 0, 5},
    {"scale_cbrt", PIKA_COUNT, 3, -0.3, 2, 0, 0, 0, 0, 0, 5},
    {"scale_eq_hist", PIKA_MEAN, 0, -3, 5, 0, 0, 0, 0, 0, 5}};
enum { GOLDEN_SHADES = sizeof golden_shades / sizeof golden_shades[0] };

static const uint32_t golden_stops[5] = {0x102030FFu, 0x8010F0C0u, 0x20F04080u, 0xF0E010FFu, 0xFFFFFFFFu};
static const uint32_t golden_category_colors[4] = {0xE41A1CFFu, 0x377EB8FFu, 0x4DAF4AFFu, 0xFFFF33FFu};

typedef struct golden_bytes {
    uint64_t hash;
    size_t size;
} golden_bytes;
static int golden_write(void *user, const void *data, size_t size)
{
    golden_bytes *to = (golden_bytes *)user;
    to->hash = hash_bytes(to->hash, (const uint8_t *)data, size);
    to->size += size;
    return 0;
}

/* The grid of a picture: 64 x 48, or sparse (every 40th row) for spreading. */
static void golden_picture(pika_ctx *ctx, pika_grid *grid, int categories, int sparse)
{
    pika_points points = golden_points(PIKA_F32, PIKA_F32, PIKA_F64, 1);
    pika_grid_desc desc;
    pika_result result;
    memset(grid, 0, sizeof *grid);
    memset(&desc, 0, sizeof desc);
    desc.view.width = 64, desc.view.height = 48;
    desc.view.x.lo = -8, desc.view.x.hi = 8, desc.view.y.lo = -4, desc.view.y.hi = 12;
    desc.planes = PIKA_COUNT | PIKA_SUM | PIKA_MEAN | PIKA_STD;
    desc.categories = categories;
    if (sparse) points.count = 500;
    enter();
    result = pika_grid_alloc(ctx, grid, &desc);
    result = result == PIKA_OK ? pika_add_points(ctx, grid, &points) : result;
    leave();
    CHECK_OK(result);
}

static uint64_t golden_pixels_hash(const pika_image *image)
{
    uint64_t h = HASH_START;
    int x, y;
    for (y = 0; y < image->height; y++) {
        const uint8_t *row = image->pixels + y * image->stride;
        if (image->format != PIKA_RGB565) {
            h = hash_bytes(h, row, (size_t)image->width * (image->format == PIKA_GREY8 ? 1u : 4u));
            continue;
        }
        for (x = 0; x < image->width; x++) {
            uint16_t v;
            memcpy(&v, row + 2 * x, 2);
            h = hash_word(h, v);
        }
    }
    return h;
}

static uint64_t golden_shade_hash(pika_ctx *ctx, int which)
{
    const golden_shade *c = &golden_shades[which];
    static uint32_t pixels[64 * 48], spread_pixels[64 * 48];
    pika_colormap map;
    pika_grid grid;
    pika_image image, spread;
    pika_shade_desc desc;
    pika_color_scale scale;
    pika_result result;
    uint64_t h = HASH_START;
    int i;
    golden_picture(ctx, &grid, c->categories, c->spread != 0 && c->spread < 5);
    memset(&map, 0, sizeof map);
    memset(&image, 0, sizeof image);
    memset(&desc, 0, sizeof desc);
    map.colors = golden_stops, map.count = 5;
    image.width = 64, image.height = 48;
    image.format = c->format;
    image.stride = 64 * (c->format == PIKA_RGB565 ? 2 : c->format == PIKA_GREY8 ? 1 : 4);
    image.pixels = (uint8_t *)pixels;
    image.bytes = sizeof pixels;
    spread = image;
    spread.pixels = (uint8_t *)spread_pixels;
    desc.plane = c->plane, desc.transfer = c->transfer, desc.colormap = &map;
    desc.lo = c->lo, desc.hi = c->hi, desc.background = c->background;
    desc.scale_out = &scale;
    desc.category = c->category, desc.alpha_floor = c->alpha_floor,
    desc.category_colors = golden_category_colors;
    enter();
    result = pika_shade(ctx, &image, &grid, &desc);
    if (result == PIKA_OK && c->spread == 1) result = pika_spread(ctx, &spread, &image, 2, PIKA_SPREAD_DISC);
    if (result == PIKA_OK && c->spread == 2)
        result = pika_spread(ctx, &spread, &image, 1, PIKA_SPREAD_SQUARE);
    if (result == PIKA_OK && c->spread == 3) result = pika_dynspread(ctx, &spread, &image, 0.95, 5, 0, &i);
    leave();
    CHECK_OK(result);
    if (c->spread == 0) {
        h = golden_pixels_hash(&image);
    } else if (c->spread <= 3) {
        h = golden_pixels_hash(&spread);
        if (c->spread == 3) h = hash_word(h, (uint64_t)i);
    } else if (c->spread == 4) {
        golden_bytes sink = {HASH_START, 0};
        enter();
        result = pika_encode_ppm(ctx, &image, golden_write, &sink);
        leave();
        CHECK_OK(result);
        h = sink.hash;
    } else {
        double values[65];
        int levels[65];
        enter();
        for (i = 0; i < 65; i++) values[i] = pika_color_scale_value(&scale, i / 64.0);
        for (i = 0; i < 65; i++) levels[i] = pika_color_scale_level(&scale, values[i]);
        leave();
        for (i = 0; i < 257; i++) h = hash_double(h, scale.edge[i]);
        for (i = 0; i < 65; i++) h = hash_double(h, values[i]), h = hash_word(h, (uint64_t)levels[i]);
    }
    pika_grid_free(ctx, &grid);
    return h;
}

/* ---- the library's own: colormaps, PNG at each level, the short way ---------------------------------- */

static const char *const golden_self_names[] = {"self_colormaps", "self_png_stored", "self_png_1",
    "self_png_2", "self_png_6", "self_png_9", "self_png_palette", "self_png_opaque", "self_png_grey",
    "self_to_image"};
enum { GOLDEN_SELVES = sizeof golden_self_names / sizeof golden_self_names[0] };

static uint64_t golden_self_hash(pika_ctx *ctx, int which)
{
    static const int levels[] = {0, PIKA_PNG_STORED, 1, 2, 6, 9, 9, 9, 9};
    static uint32_t pixels[64 * 48];
    golden_bytes sink = {HASH_START, 0};
    uint64_t h = HASH_START;
    pika_result result = PIKA_OK;
    pika_image image;
    memset(&image, 0, sizeof image);
    if (which == 0) {
        uint32_t table[256];
        int map, i;
#ifdef PIKA_NO_COLORMAP_DATA
        return golden_expected(golden_self_names[0]);
#endif
        for (map = 0; map < pika_colormap_count(); map++) {
            enter();
            result = pika_colormap_table(pika_colormap_get(map), table);
            leave();
            CHECK_OK(result);
            for (i = 0; i < 256; i++) h = hash_word(h, table[i]);
        }
        return h;
    }
    if (which == 9) {
        pika_points points = golden_points(PIKA_F32, PIKA_F64, PIKA_F64, 1);
        enter();
        result = pika_points_to_image(ctx, &image, &points, 61, 47);
        leave();
        CHECK_OK(result);
        if (result != PIKA_OK) return 0;
        h = golden_pixels_hash(&image);
        pika_image_free(ctx, &image);
        return h;
    } else {
        pika_grid grid;
        pika_shade_desc desc;
        pika_png_desc png;
        memset(&desc, 0, sizeof desc);
        golden_picture(ctx, &grid, 0, which == 6);
        desc.plane = which == 6 ? PIKA_COUNT : PIKA_MEAN;
        desc.transfer = PIKA_SHADE_LINEAR;
        if (which == 7) desc.background = 0x000000FFu;
        if (which == 8) desc.background = 0xFFFFFFFFu, desc.colormap = pika_colormap_find("grey");
        png.level = levels[which];
        image.width = 64, image.height = 48;
        image.pixels = (uint8_t *)pixels;
        image.bytes = sizeof pixels;
        enter();
        result = pika_shade(ctx, &image, &grid, &desc);
        result = result == PIKA_OK ? pika_encode_png(ctx, &image, &png, golden_write, &sink) : result;
        leave();
        CHECK_OK(result);
        pika_grid_free(ctx, &grid);
    }
    return hash_word(sink.hash, sink.size);
}

static const char *golden_shade_name(int i) { return golden_shades[i].name; }
