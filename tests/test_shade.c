/* Shading: colormaps, the scale and the pixels agree, exact ranks, kept scales, mixed categories. */

/* ---- colormaps --------------------------------------------------------------------------------------- */

TEST(shade_colormaps_that_people_expect)
{
    static const struct {
        const char *name;
        uint32_t first, last; /* as their authors published them */
    } known[] = {{"viridis", 0x440154FFu, 0xFDE725FFu}, {"grey", 0x000000FFu, 0xFFFFFFFFu},
        {"magma", 0x000004FFu, 0xFCFDBFFFu}, {"inferno", 0x000004FFu, 0xFCFFA4FFu},
        {"plasma", 0x0D0887FFu, 0xF0F921FFu}, {"cividis", 0x00224EFFu, 0xFEE838FFu},
        {"turbo", 0x30123BFFu, 0x7A0403FFu}, {"fire", 0, 0}, {"ice", 0, 0},
        {"coolwarm", 0x3B4CC0FFu, 0xB40426FFu}, {"spectral", 0x5E4FA2FFu, 0x9E0142FFu}, {"category", 0, 0}};
    uint32_t table[256];
    int i, k, n = pika_colormap_count();
#ifdef PIKA_NO_COLORMAP_DATA
    CHECK_EQ(n, 2);
    CHECK(pika_colormap_find("magma") == NULL);
#else
    CHECK_EQ(n, 12);
#endif
    for (i = 0; i < 12; i++) {
        const pika_colormap *map = pika_colormap_find(known[i].name);
        if (map == NULL) {
            CHECK(n == 2 && i >= 2);
            continue;
        }
        CHECK_STR(map->name, known[i].name);
        CHECK_OK(pika_colormap_table(map, table));
        for (k = 0; k < 256; k++) CHECK_EQ(table[k] & 255, 255);
        if (known[i].first == 0) continue;
        CHECK_EQ(table[0], known[i].first);
        CHECK_EQ(table[255], known[i].last);
    }
    for (i = 0; i < n; i++)
        for (k = 0; k < n; k++)
            CHECK((strcmp(pika_colormap_get(i)->name, pika_colormap_get(k)->name) == 0) == (i == k));
}

/* The user's stops: evenly spaced, placed, stepped, one alone; ends and stops exactly, between within 1. */
TEST(shade_colormaps_of_your_own)
{
    static const uint32_t colors[4] = {0x00000000u, 0x10FF8040u, 0x20000080u, 0xFFFFFFFFu};
    static const double placed[4] = {0, 0.25, 0.25, 0.75}, inner[2] = {0.4, 0.6};
    pika_colormap map;
    uint32_t table[256];
    int i, c;
    memset(&map, 0, sizeof map);
    map.colors = colors, map.count = 4;
    CHECK_OK(pika_colormap_table(&map, table));
    for (i = 0; i < 256; i++)
        for (c = 0; c < 32; c += 8) {
            double at = i * 3 / 255.0;
            int k = (int)at < 2 ? (int)at : 2;
            double a = (double)(colors[k] >> c & 255), b = (double)(colors[k + 1] >> c & 255);
            CHECK(fabs((double)(table[i] >> c & 255) - (a + (b - a) * (at - k))) <= 0.5 + 1e-9);
        }
    for (i = 0; i < 4; i++) CHECK_EQ(table[i * 85], colors[i]);
    map.stepped = 1;
    CHECK_OK(pika_colormap_table(&map, table));
    for (i = 0; i < 256; i++) CHECK_EQ(table[i], colors[i / 64]);
    map.stepped = 0, map.positions = placed; /* two stops at one place: a jump */
    CHECK_OK(pika_colormap_table(&map, table));
    CHECK_EQ(table[0], colors[0]);
    CHECK_EQ(table[255], colors[3]);
    for (i = 192; i < 256; i++) CHECK_EQ(table[i], colors[3]);
    CHECK((table[63] >> 16 & 255) > 250 && (table[64] >> 16 & 255) < 10);
    map.positions = inner, map.count = 2;
    CHECK_OK(pika_colormap_table(&map, table));
    for (i = 0; i < 102; i++) CHECK_EQ(table[i], colors[0]);
    for (i = 153; i < 256; i++) CHECK_EQ(table[i], colors[1]);
    map.positions = NULL, map.count = 1;
    CHECK_OK(pika_colormap_table(&map, table));
    for (i = 0; i < 256; i++) CHECK_EQ(table[i], colors[0]);
}

/* ---- the scale and the pixels ------------------------------------------------------------------------ */

/* 256 colours that are all different, so that a pixel tells its level. */
static void level_colormap(pika_colormap *map)
{
    static uint32_t colors[256];
    int i;
    for (i = 0; i < 256; i++) colors[i] = PIKA_RGBA(i, 255 - i, 77, 255);
    memset(map, 0, sizeof *map);
    map->colors = colors, map->count = 256;
}
static uint32_t pixel_at(const pika_image *image, int x, int y)
{
    const uint8_t *p = image->pixels + y * image->stride + 4 * x;
    return PIKA_RGBA(p[0], p[1], p[2], p[3]);
}

/* A grid with this plane and value data of a kind: small counts, ties, huge, denormal, infinite, negative,
 * one. */
static void shade_grid(pika_grid *grid, int w, int h, int kind, int categories, uint64_t *random)
{
    int n = w * h * 3, i;
    double *x = (double *)malloc((size_t)n * 3 * sizeof *x), *y = x + n, *v = y + n;
    uint8_t *category = (uint8_t *)malloc((size_t)n);
    pika_points points = pika_xy_f64(x, y, (size_t)n);
    pika_grid_desc desc;
    memset(&desc, 0, sizeof desc);
    memset(grid, 0, sizeof *grid);
    desc.view.width = w, desc.view.height = h;
    desc.view.x.hi = w, desc.view.y.hi = h;
    desc.planes = ALL_PLANES;
    desc.categories = categories;
    for (i = 0; i < n; i++) {
        double u = (double)(test_random(random) >> 11) / 9007199254740992.0;
        x[i] = u * u * w;
        y[i] = (double)(test_random(random) >> 11) / 9007199254740992.0 * h;
        u = (double)(test_random(random) >> 11) / 9007199254740992.0 - 0.5;
        v[i] = kind == 0   ? floor(u * 10)
               : kind == 1 ? u * 1e308
               : kind == 2 ? u * 1e-310
               : kind == 3 ? u * u + 3
                           : u;
        if (kind == 4) {
            if (test_below(random, 9) == 0) v[i] = test_below(random, 2) ? HUGE_VAL : -HUGE_VAL;
            if (test_below(random, 5) == 0) put_special((uint8_t *)&v[i], PIKA_F64, random);
        }
        if (kind == 5) v[i] = 7;
        if (kind == 6) v[i] = i % 2 ? 1.7e308 : -1.7e308; /* a range that is not finite */
        category[i] = (uint8_t)test_below(random, categories + 1);
    }
    points.value = pika_f64(v);
    points.category = pika_strided(category, PIKA_U8, 0);
    CHECK_OK(pika_grid_alloc(NULL, grid, &desc));
    CHECK_OK(pika_add_points(NULL, grid, &points));
    free(x);
    free(category);
}

/* Every pixel has the colour of pika_color_scale_level of the value that pika_grid_read gives; edges rise. */
TEST(shade_pixels_follow_the_scale)
{
    uint64_t random = test_now.seed + 40;
    pika_colormap map;
    int kind, plane, transfer, fixed, i, x, y;
    level_colormap(&map);
    for (kind = 0; kind < 7; kind++) {
        int w = 40 + kind, h = 23;
        pika_grid grid;
        pika_image image;
        double *values = (double *)malloc((size_t)w * (size_t)h * sizeof *values);
        memset(&image, 0, sizeof image);
        shade_grid(&grid, w, h, kind, 0, &random);
        CHECK_OK(pika_image_alloc(NULL, &image, w, h));
        for (plane = 0; plane < 12; plane++)
            for (transfer = 0; transfer < 4; transfer++)
                for (fixed = 0; fixed < 4; fixed++) {
                    pika_shade_desc desc;
                    pika_color_scale scale;
                    int bad = 0;
                    if ((kind + plane + transfer + fixed) % (test_now.quick ? 4 : 2) != 0) continue;
                    memset(&desc, 0, sizeof desc);
                    memset(&scale, 0xEE, sizeof scale);
                    desc.plane = 1u << plane, desc.transfer = transfer, desc.colormap = &map;
                    desc.scale_out = &scale;
                    desc.background = 0x01020304u;
                    if (fixed == 1) desc.lo = -2, desc.hi = 3;
                    if (fixed == 2) desc.lo = 0.5, desc.hi = 1e9;
                    if (fixed == 3) desc.lo = -1e308, desc.hi = 1.5e308;
                    CHECK_OK(pika_shade(NULL, &image, &grid, &desc));
                    CHECK_EQ(scale.levels, 256);
                    CHECK_EQ(scale.transfer, transfer);
                    if (fixed > 0) CHECK(test_bits(scale.lo) == test_bits(desc.lo) && scale.hi == desc.hi);
                    for (i = 0; i < 256; i++) bad += !(scale.edge[i] <= scale.edge[i + 1]);
                    for (i = 0; i < 257; i++)
                        bad += !(scale.edge[i] >= scale.lo && scale.edge[i] <= scale.hi);
                    if (transfer != 0 && scale.lo < scale.hi)
                        CHECK(scale.edge[0] == scale.lo && scale.edge[256] == scale.hi);
                    CHECK_EQ(bad, 0);
                    CHECK_OK(pika_grid_read(NULL, &grid, 1u << plane, 0, values));
                    for (y = 0; y < h; y++)
                        for (x = 0; x < w; x++) {
                            int cell = (h - 1 - y) * w + x, level;
                            uint32_t want = 0x01020304u;
                            double v = values[cell];
                            int empty = pika_grid_counts(&grid)[cell] == 0 || is_nan_double(v) ||
                                        ((plane == 10 || plane == 11) && v < 0);
                            level = empty ? -1 : pika_color_scale_level(&scale, v);
                            if (!empty) want = PIKA_RGBA(level, 255 - level, 77, 255);
                            bad += pixel_at(&image, x, y) != want;
                        }
                    if (!CHECK_EQ(bad, 0))
                        printf("    data %d, plane %s, transfer %d, range %d\n", kind, plane_names[plane],
                            transfer, fixed);
                }
        pika_grid_free(NULL, &grid);
        pika_image_free(NULL, &image);
        free(values);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double p, q;
    memcpy(&p, a, sizeof p);
    memcpy(&q, b, sizeof q);
    return p < q ? -1 : p > q;
}

/* eq_hist by sorting: equal numbers of cells a level, exact at any size, with scratch and without. */
TEST(shade_eq_hist_is_exact)
{
    uint64_t random = test_now.seed + 41;
    int round, memory, k;
    for (round = 0; round < (test_now.quick ? 4 : 14); round++) {
        int w = round < 10 ? 3 + round * 17 : 300, h = round < 10 ? 11 : 200;
        unsigned plane = round % 3 == 0 ? PIKA_COUNT : round % 3 == 1 ? PIKA_MEAN : PIKA_SUM;
        double lo = round % 4 == 3 ? -1 : 0, hi = round % 4 == 3 ? 2.5 : 0;
        pika_grid grid;
        pika_image image;
        size_t i, n = 0, lowest = 1;
        double *values = (double *)malloc((size_t)w * (size_t)h * sizeof *values);
        memset(&image, 0, sizeof image);
        shade_grid(&grid, w, h, round % 5, 0, &random);
        CHECK_OK(pika_image_alloc(NULL, &image, w, h));
        CHECK_OK(pika_grid_read(NULL, &grid, plane, 0, values));
        for (i = 0; i < (size_t)w * (size_t)h; i++) {
            double v = values[i] == 0 ? 0 : values[i];
            if (pika_grid_counts(&grid)[i] == 0 || !(v <= DBL_MAX && v >= -DBL_MAX)) continue;
            if (lo < hi && (v < lo || v > hi)) continue;
            values[n++] = v;
        }
        qsort(values, n, sizeof *values, compare_doubles);
        while (lowest < n && values[lowest] == values[0]) lowest++;
        for (memory = 0; memory < 2 && n > 1 && lowest < n; memory++) {
            pika_ctx_desc ctx_desc = way_desc(-1, 1, -1);
            pika_ctx ctx;
            pika_shade_desc desc;
            pika_color_scale scale;
            memset(&desc, 0, sizeof desc);
            ctx_desc.memory_limit = memory ? 0 : 1;
            desc.plane = plane, desc.lo = lo, desc.hi = hi, desc.scale_out = &scale;
            CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
            CHECK_OK(pika_shade(&ctx, &image, &grid, &desc));
            CHECK_BITS(scale.edge[0], values[0]);
            CHECK_BITS(scale.edge[256], values[n - 1]);
            for (k = 1; k < 256; k++)
                if (!CHECK_BITS(scale.edge[k], values[lowest + ((n - lowest) * (size_t)k + 254) / 255 - 1]))
                    break;
            pika_ctx_free(&ctx);
        }
        pika_grid_free(NULL, &grid);
        pika_image_free(NULL, &image);
        free(values);
    }
}

/* Counts of any size, and grids large enough for the table by count, with scratch and without: the same
 * pixels. */
TEST(shade_counts_past_the_table)
{
    enum { W = 260, H = 260 };
    static uint32_t pixels[2][W * H];
    static double x[W * H], y[W * H];
    pika_points points = pika_xy_f64(x, y, W * H);
    pika_grid_desc desc;
    pika_grid grid;
    int i, transfer, memory;
    uint64_t random = 6;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    desc.view.width = W, desc.view.height = H;
    desc.view.x.hi = desc.view.y.hi = W;
    for (i = 0; i < W * H; i++) x[i] = test_below(&random, W) * 0.5, y[i] = test_below(&random, H);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    for (i = 0; i < 17; i++) CHECK_OK(pika_grid_merge(NULL, &grid, &grid)); /* counts to some 2^20 */
    points.count = 3000;
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    for (transfer = 0; transfer < 4; transfer++) {
        for (memory = 0; memory < 2; memory++) {
            pika_ctx_desc ctx_desc = way_desc(-1, 1, -1);
            pika_ctx ctx;
            pika_image image;
            pika_shade_desc shade;
            memset(&shade, 0, sizeof shade);
            memset(&image, 0, sizeof image);
            shade.transfer = transfer;
            image.width = W, image.height = H, image.pixels = (uint8_t *)pixels[memory],
            image.bytes = sizeof pixels[0];
            ctx_desc.memory_limit = memory ? 0 : 1;
            CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
            CHECK_OK(pika_shade(&ctx, &image, &grid, &shade));
            pika_ctx_free(&ctx);
        }
        CHECK_EQ(memcmp(pixels[0], pixels[1], sizeof pixels[0]), 0);
    }
    pika_grid_free(NULL, &grid);
}

/* A kept scale: while zooming, the same value has the same colour, and the scale comes out as it went in. */
TEST(shade_kept_scale)
{
    uint64_t random = test_now.seed + 42;
    pika_colormap map;
    pika_grid grid, other;
    pika_image image;
    pika_color_scale scale, again;
    int transfer, x, y, bad = 0;
    memset(&image, 0, sizeof image);
    level_colormap(&map);
    shade_grid(&grid, 30, 20, 0, 0, &random);
    shade_grid(&other, 30, 20, 3, 0, &random);
    CHECK_OK(pika_image_alloc(NULL, &image, 30, 20));
    for (transfer = 0; transfer < 4; transfer++) {
        pika_shade_desc desc;
        memset(&desc, 0, sizeof desc);
        desc.transfer = transfer, desc.colormap = &map, desc.scale_out = &scale;
        CHECK_OK(pika_shade(NULL, &image, &grid, &desc));
        desc.scale = &scale, desc.scale_out = &again;
        desc.lo = 1e6, desc.hi = 2e6; /* a scale goes before a range */
        CHECK_OK(pika_shade(NULL, &image, &other, &desc));
        CHECK_EQ(memcmp(&scale, &again, sizeof scale), 0);
        for (y = 0; y < 20; y++)
            for (x = 0; x < 30; x++) {
                uint32_t count = pika_grid_counts(&other)[(19 - y) * 30 + x];
                int level = pika_color_scale_level(&scale, count);
                bad += pixel_at(&image, x, y) != (count == 0 ? 0 : PIKA_RGBA(level, 255 - level, 77, 255));
            }
        desc.scale_out = &scale; /* in place */
        CHECK_OK(pika_shade(NULL, &image, &other, &desc));
        CHECK_EQ(memcmp(&scale, &again, sizeof scale), 0);
    }
    CHECK_EQ(bad, 0);
    pika_grid_free(NULL, &grid);
    pika_grid_free(NULL, &other);
    pika_image_free(NULL, &image);
}

/* The colour bar: value() rises from lo to hi, level(value(t)) is 256 t where the edges differ. */
TEST(shade_scale_reads_backwards)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    uint64_t random = test_now.seed + 43;
    pika_grid grid;
    pika_image image;
    int transfer, i;
    memset(&image, 0, sizeof image);
    shade_grid(&grid, 50, 40, 3, 0, &random);
    CHECK_OK(pika_image_alloc(NULL, &image, 50, 40));
    for (transfer = 0; transfer < 4; transfer++) {
        pika_shade_desc desc;
        pika_color_scale scale;
        double before = -HUGE_VAL;
        memset(&desc, 0, sizeof desc);
        desc.plane = PIKA_MEAN, desc.transfer = transfer, desc.scale_out = &scale;
        CHECK_OK(pika_shade(NULL, &image, &grid, &desc));
        CHECK_BITS(pika_color_scale_value(&scale, 0), scale.edge[0]);
        CHECK_BITS(pika_color_scale_value(&scale, 1), scale.edge[256]);
        CHECK_BITS(pika_color_scale_value(&scale, -5), scale.edge[0]);
        CHECK_BITS(pika_color_scale_value(&scale, 5), scale.edge[256]);
        CHECK_BITS(pika_color_scale_value(&scale, HUGE_VAL), scale.edge[256]);
        CHECK(is_nan_double(pika_color_scale_value(&scale, nan)));
        CHECK_EQ(pika_color_scale_level(&scale, nan), -1);
        CHECK_EQ(pika_color_scale_level(&scale, -HUGE_VAL), 0);
        CHECK_EQ(pika_color_scale_level(&scale, HUGE_VAL), 255);
        for (i = 0; i <= 1024; i++) {
            double v = pika_color_scale_value(&scale, i / 1024.0);
            int level = i / 4 < 255 ? i / 4 : 255;
            CHECK(v >= before);
            before = v;
            if (i % 4 == 0) CHECK_BITS(v, scale.edge[i / 4]);
            if (scale.edge[level] < scale.edge[level + 1] && i % 4 != 3)
                CHECK_EQ(pika_color_scale_level(&scale, v), level);
        }
    }
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
}

/* The grid's row 0 is the picture's last; an empty grid is background; one value everywhere has the top
 * colour. */
TEST(shade_flips_and_simple_grids)
{
    const double x[2] = {0.1, 0.9}, y[2] = {0.1, 0.9};
    pika_points points = pika_xy_f64(x, y, 1);
    pika_grid_desc desc;
    pika_grid grid;
    pika_image image;
    pika_shade_desc shade;
    pika_color_scale scale;
    int transfer;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    memset(&shade, 0, sizeof shade);
    desc.view.width = desc.view.height = 2;
    desc.view.x.hi = desc.view.y.hi = 1;
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_image_alloc(NULL, &image, 2, 2));
    shade.scale_out = &scale;
    for (transfer = 0; transfer < 4; transfer++) {
        shade.transfer = transfer;
        pika_grid_clear(NULL, &grid);
        shade.background = 0xABCDEF12u;
        CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
        CHECK(scale.lo == 0 && scale.hi == 1);
        CHECK_EQ(pixel_at(&image, 0, 0), 0xABCDEF12u);
        CHECK_EQ(pixel_at(&image, 1, 1), 0xABCDEF12u);
        shade.background = 0;
        CHECK_OK(pika_add_points(NULL, &grid, &points));
        CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
        CHECK_EQ(pixel_at(&image, 0, 1), 0xFDE725FFu);
        CHECK_EQ(pixel_at(&image, 0, 0), 0);
        CHECK_EQ(pixel_at(&image, 1, 1), 0);
        CHECK_OK(pika_shade(NULL, &image, &grid, NULL));
        CHECK_EQ(pixel_at(&image, 0, 1), 0xFDE725FFu);
    }
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
}

/* Categories: alone they have their colour, two alike its mean; alpha goes from alpha_floor to 1 by the
 * total. */
TEST(shade_mixed_categories)
{
    static const double x[8] = {0.5, 1.5, 1.5, 2.5, 2.5, 2.5, 2.5, 4.5}, y[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t category[8] = {0, 0, 1, 1, 1, 1, 1, 2};
    static const uint32_t colors[3] = {
        0xFF000000u, 0x00FF0011u, 0x0000FFFFu}; /* their alpha does not matter */
    pika_points points = pika_xy_f64(x, y, 8);
    pika_grid_desc desc;
    pika_grid grid;
    pika_image image;
    pika_shade_desc shade;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    memset(&shade, 0, sizeof shade);
    one_value_view(&desc.view, 0, 5, 5);
    desc.categories = 3;
    points.category = pika_strided(category, PIKA_U8, 0);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    CHECK_OK(pika_image_alloc(NULL, &image, 5, 1));
    shade.transfer = PIKA_SHADE_LINEAR;
    shade.category_colors = colors;
    CHECK_OK(pika_shade(NULL, &image, &grid, &shade)); /* totals 1, 2, 4, 0, 1 */
    CHECK_EQ(pixel_at(&image, 0, 0), 0xFF000028u);
    CHECK_EQ(pixel_at(&image, 1, 0) >> 8, 0x808000u);
    CHECK_EQ(pixel_at(&image, 2, 0), 0x00FF00FFu);
    CHECK_EQ(pixel_at(&image, 3, 0), 0);
    CHECK_EQ(pixel_at(&image, 4, 0), 0x0000FF28u);
    CHECK((pixel_at(&image, 1, 0) & 255) > 0x28 && (pixel_at(&image, 1, 0) & 255) < 0x90);
    shade.alpha_floor = 1;
    CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
    CHECK_EQ(pixel_at(&image, 0, 0), 0xFF0000FFu);
    CHECK_EQ(pixel_at(&image, 1, 0), 0x808000FFu);
    shade.category_colors = NULL; /* the palette */
    CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
#ifndef PIKA_NO_COLORMAP_DATA
    CHECK_EQ(pixel_at(&image, 0, 0), pika_colormap_find("category")->colors[0]);
    CHECK_EQ(pixel_at(&image, 4, 0), pika_colormap_find("category")->colors[2]);
#endif
    shade.category = 2; /* the second alone, through the colormap */
    CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
    CHECK_EQ(pixel_at(&image, 0, 0), 0);
    CHECK_EQ(pixel_at(&image, 1, 0), 0x440154FFu);
    CHECK_EQ(pixel_at(&image, 2, 0), 0xFDE725FFu);
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
}

/* Huge weights, infinities and rows of no category value: any colour is one of the categories' mixes. */
TEST(shade_mixed_weights_do_not_overflow)
{
    static const double x[4] = {0.5, 0.5, 1.5, 1.5}, y[4] = {0, 0, 0, 0}, v[4] = {1.6e308, 1.6e308, 8e307, 1};
    static const uint8_t category[4] = {0, 1, 1, 1};
    static const uint32_t colors[2] = {0xFF0000FFu, 0x0000FFFFu};
    pika_points points = pika_xy_f64(x, y, 4);
    pika_grid_desc desc;
    pika_grid grid;
    pika_image image;
    pika_shade_desc shade;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    memset(&shade, 0, sizeof shade);
    one_value_view(&desc.view, 0, 2, 2);
    desc.categories = 2;
    desc.planes = PIKA_SUM;
    points.category = pika_strided(category, PIKA_U8, 0);
    points.value = pika_f64(v);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    CHECK_OK(pika_image_alloc(NULL, &image, 2, 1));
    shade.plane = PIKA_SUM;
    shade.alpha_floor = 1;
    shade.category_colors = colors;
    CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
    CHECK_EQ(pixel_at(&image, 0, 0) & 0x00FF00FFu, 0x000000FFu);
    CHECK((pixel_at(&image, 0, 0) >> 24) - 127u <= 1 && (pixel_at(&image, 0, 0) >> 8 & 255) - 127u <= 1);
    CHECK_EQ(pixel_at(&image, 1, 0), 0x0000FFFFu);
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
}

/* Weights of row indices count from the smallest there is, not from the -1 of empty cells. */
TEST(shade_mixed_rows_of_extremes)
{
    static const uint32_t colors[2] = {0xFF0000FFu, 0x0000FFFFu};
    double x[21], y[21], v[21];
    uint8_t category[21];
    pika_points points = pika_xy_f64(x, y, 21);
    pika_grid_desc desc;
    pika_grid grid;
    pika_image image;
    pika_shade_desc shade;
    int i;
    for (i = 0; i < 21; i++) x[i] = 9, y[i] = 0, v[i] = 1, category[i] = 0; /* outside but for three rows */
    x[0] = 0.5, x[10] = x[20] = 1.5, category[20] = 1;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    memset(&shade, 0, sizeof shade);
    one_value_view(&desc.view, 0, 3, 3);
    desc.categories = 2;
    desc.planes = PIKA_ARGMIN;
    points.value = pika_f64(v);
    points.category = pika_strided(category, PIKA_U8, 0);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    CHECK_OK(pika_image_alloc(NULL, &image, 3, 1));
    shade.plane = PIKA_ARGMIN, shade.alpha_floor = 1, shade.category_colors = colors;
    CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
    CHECK_EQ(pixel_at(&image, 1, 0), 0x5500AAFFu); /* rows 10 and 20: one to two */
    CHECK_EQ(pixel_at(&image, 0, 0), 0xFF0000FFu);
    CHECK_EQ(pixel_at(&image, 2, 0), 0);
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
}

/* ---- threads, scratch and instruction sets change no pixel --------------------------------------------- */

/* A grid of counts: about one cell in `rare` has a point, and 40 in the upper rows 2^doublings. */
static void count_grid(pika_grid *grid, int w, int h, int rare, int doublings, uint64_t *random)
{
    int i, n = w * h / rare + 40;
    double *x = (double *)malloc((size_t)n * 2 * sizeof *x), *y = x + n;
    pika_points points = pika_xy_f64(x, y, (size_t)n);
    pika_grid_desc desc;
    memset(&desc, 0, sizeof desc);
    memset(grid, 0, sizeof *grid);
    desc.view.width = w, desc.view.height = h;
    desc.view.x.hi = w, desc.view.y.hi = h;
    for (i = 0; i < n; i++) {
        int some = test_below(random, w);
        x[i] = some * 0.999;
        y[i] = i < 40 ? h - 1 - i * h / 90 : test_below(random, 1 + some % h);
    }
    CHECK_OK(pika_grid_alloc(NULL, grid, &desc));
    points.count = 40; /* these alone are doubled */
    CHECK_OK(pika_add_points(NULL, grid, &points));
    for (i = 0; i < doublings; i++) CHECK_OK(pika_grid_merge(NULL, grid, grid));
    points.count = (size_t)n;
    CHECK_OK(pika_add_points(NULL, grid, &points));
    free(x);
}

static void shade_backwards(void *user, int count, void (*fn)(void *arg, int i), void *arg)
{
    int i;
    ++*(int *)user;
    for (i = count - 1; i >= 0; i--) fn(arg, i);
}

/* One thread, no scratch and scalar code against everything else. Sizes on both sides of those from which on
   tasks are made (2^19 counts, 2^15 other cells) and large pictures are written past the caches (2^22). */
TEST(shade_threads_and_scratch_change_nothing)
{
    static const struct {
        int w, h, rare, doublings, skew; /* skew: bytes that the pixels lie off a multiple of 64 */
    } cases[] = {{1024, 511, 2, 0, 0}, {1024, 512, 30, 12, 4}, {1023, 513, 2, 17, 1}, {181, 181, 1, 9, 0},
        {182, 181, 3, 10, 12}, {2047, 2049, 9, 3, 0}, {2048, 2048, 2, 14, 8}, {2049, 2048, 40, 17, 2}};
    static const int threads[] = {1, 2, 3, 5, 8};
    static const int formats[] = {PIKA_RGBA8, PIKA_BGRA8, PIKA_RGBA8_PREMULTIPLIED, PIKA_RGB565, PIKA_GREY8};
    static uint8_t scratch[2000000];
    uint64_t random = test_now.seed + 44;
    int c, isa, k, part, seen = 0;
    for (c = 0; c < (int)(sizeof cases / sizeof cases[0]); c++) {
        const int w = cases[c].w, h = cases[c].h, large = w * h >= 4000000;
        const size_t bytes = (size_t)w * (size_t)h * 4;
        uint8_t *memory = (uint8_t *)malloc(bytes * 2 + 256), *want, *got;
        pika_grid grid;
        if (test_now.quick && large && c != 6) {
            free(memory);
            continue;
        }
        if (memory == NULL) abort();
        want = memory + (64 - (uintptr_t)memory % 64);
        got = want + bytes + 64 - bytes % 64 + cases[c].skew;
        count_grid(&grid, w, h, cases[c].rare, cases[c].doublings, &random);
        for (part = 0; part < 4; part++) {
            pika_shade_desc desc;
            pika_color_scale scale, again;
            pika_image image;
            pika_ctx ctx;
            pika_ctx_desc ctx_desc = way_desc(PIKA_ISA_SCALAR, 1, -1);
            if (test_now.quick && (c + part) % 2 != 0) continue;
            memset(&desc, 0, sizeof desc);
            memset(&image, 0, sizeof image);
            desc.transfer = part % 3; /* eq_hist, linear, log, and eq_hist of what is in a range */
            if (part == 3) desc.lo = 2, desc.hi = c % 2 == 0 ? 70000 : 3;
            desc.background = part % 2 == 0 ? 0x11223344u : 0;
            desc.scale_out = &scale;
            image.width = w, image.height = h;
            image.format = formats[large ? 0 : (c + part) % 5];
            image.pixels = want, image.bytes = bytes;
            memset(want, 0, bytes);
            ctx_desc.memory_limit = 1;
            CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
            CHECK_OK(pika_shade(&ctx, &image, &grid, &desc));
            pika_ctx_free(&ctx);
            image.pixels = got;
            desc.scale_out = &again;
            for (isa = PIKA_ISA_SCALAR; isa <= PIKA_ISA_WASM128; isa++)
                for (k = 0; k < 5 && isa_is_here(isa); k++) {
                    int calls = 0;
                    if (large && k != isa % 5) continue;
                    ctx_desc = way_desc(isa, threads[k], -1);
                    if ((isa + k) % 3 == 0) ctx_desc.memory_limit = 700000; /* room for two tables */
                    if ((isa + k) % 3 == 1) { /* for seven, and nothing is as malloc gives it */
                        memset(scratch, 0xA5, sizeof scratch);
                        ctx_desc.scratch = scratch, ctx_desc.scratch_bytes = sizeof scratch;
                    }
                    if ((isa + k) % 2 == 0) {
                        ctx_desc.parallel_for = shade_backwards;
                        ctx_desc.parallel_user = &calls;
                    }
                    memset(got, 0, bytes);
                    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                    CHECK_OK(pika_shade(&ctx, &image, &grid, &desc));
                    CHECK_EQ(memcmp(&scale, &again, sizeof scale), 0);
                    if (!CHECK(memcmp(want, got, bytes) == 0))
                        printf("    %d x %d, part %d, %s, %d threads\n", w, h, part, pika_isa_string(isa),
                            ctx.threads);
                    if (ctx_desc.parallel_for != NULL && ctx.threads > 1)
                        CHECK_EQ(calls > 0, w * h >= 524288); /* below, no one else is woken */
                    seen += calls;
                    pika_ctx_free(&ctx);
                }
        }
        pika_grid_free(NULL, &grid);
        free(memory);
    }
    CHECK(seen > 0 || test_way.threads == 1);
}

/* The same of planes that are read as doubles, and of mixed categories. */
TEST(shade_threads_and_other_planes)
{
    static const int threads[] = {2, 3, 8};
    static const unsigned planes[] = {PIKA_MEAN, PIKA_SUM, PIKA_ANY, PIKA_COUNT, PIKA_ARGMIN};
    uint64_t random = test_now.seed + 45;
    static uint32_t want[260 * 256], got[260 * 256];
    int size, p, k, transfer, category, calls;
    for (size = 127; size <= 256; size += size == 127 ? 1 : 128)
        for (category = 0; category < 3; category++) { /* none, all, one */
            pika_grid grid;
            pika_image image;
            memset(&image, 0, sizeof image);
            image.width = size == 256 ? 260 : 256, image.height = size;
            image.pixels = (uint8_t *)want, image.bytes = sizeof want;
            shade_grid(&grid, image.width, size, category, category > 0 ? 3 : 0, &random);
            for (p = 0; p < 5; p++)
                for (transfer = 0; transfer < 4; transfer += 2) {
                    pika_shade_desc desc;
                    if (test_now.quick && (size + category + p + transfer / 2) % 3 != 0) continue;
                    memset(&desc, 0, sizeof desc);
                    desc.plane = planes[p], desc.transfer = transfer, desc.category = category == 2 ? 2 : 0;
                    image.pixels = (uint8_t *)want;
                    image.format = p % 2 == 0 ? PIKA_RGBA8 : PIKA_BGRA8;
                    CHECK_OK(pika_shade(NULL, &image, &grid, &desc));
                    image.pixels = (uint8_t *)got;
                    for (k = 0; k < 3; k++) {
                        pika_ctx ctx;
                        pika_ctx_desc ctx_desc = way_desc(-1, threads[k], -1);
                        calls = 0;
                        if (k == 1) ctx_desc.parallel_for = shade_backwards, ctx_desc.parallel_user = &calls;
                        memset(got, 0, sizeof got);
                        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                        CHECK_OK(pika_shade(&ctx, &image, &grid, &desc));
                        CHECK_EQ(memcmp(want, got, (size_t)image.width * (size_t)size * 4), 0);
                        if (k == 1 && ctx.threads > 1 && planes[p] == PIKA_MEAN)
                            CHECK_EQ(calls > 0, image.width * size >= 32768);
                        pika_ctx_free(&ctx);
                    }
                }
            pika_grid_free(NULL, &grid);
        }
}

/* Stops at one place that is a level's own: the last is its colour, the first ends what is below. */
TEST(shade_colormap_jumps_at_a_level)
{
    static const uint32_t colors[5] = {0x000000FFu, 0x646464FFu, 0x112233FFu, 0xC8C8C8FFu, 0xFFFFFFFFu};
    double placed[5] = {0, 0, 0, 0, 1};
    pika_colormap map;
    uint32_t table[256];
    int level;
    memset(&map, 0, sizeof map);
    map.colors = colors, map.count = 5, map.positions = placed;
    for (level = 1; level < 255; level++) {
        placed[1] = placed[2] = placed[3] = level / 255.0;
        CHECK_OK(pika_colormap_table(&map, table));
        CHECK_EQ(table[level], 0xC8C8C8FFu);
        CHECK((table[level - 1] >> 24) <= 0x64u);
        CHECK((table[level + 1] >> 24) >= 0xC8u);
    }
}

/* `over` as its formula says, for every pair of alphas: transparent on transparent is what is on top. */
TEST(shade_colours_over_a_background)
{
    static const int alphas[] = {0, 1, 2, 100, 254, 255};
    const double zero[1] = {0};
    pika_points points = pika_xy_f64(zero, zero, 1);
    pika_grid_desc desc;
    pika_grid grid;
    int i, k, c;
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    desc.view.width = desc.view.height = 1;
    desc.view.x.hi = desc.view.y.hi = 1;
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    for (i = 0; i < 6; i++)
        for (k = 0; k < 6; k++) {
            const int a = alphas[i], b = alphas[k], alpha = a * 255 + b * (255 - a);
            const uint32_t above = PIKA_RGBA(200, 17, 91, a), below = PIKA_RGBA(3, 240, 90, b);
            uint8_t pixel[4];
            pika_shade_desc shade;
            pika_colormap map;
            pika_image image;
            memset(&shade, 0, sizeof shade);
            memset(&image, 0, sizeof image);
            memset(&map, 0, sizeof map);
            map.colors = &above, map.count = 1;
            image.width = image.height = 1;
            image.pixels = pixel, image.bytes = 4;
            shade.colormap = &map, shade.background = below;
            CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
            for (c = 0; c < 3; c++) {
                const int top = (int)(above >> (24 - 8 * c) & 255), base = (int)(below >> (24 - 8 * c) & 255);
                const int sum = top * a * 255 + base * b * (255 - a);
                CHECK_EQ(pixel[c], alpha == 0 ? top : (sum + alpha / 2) / alpha);
            }
            CHECK_EQ(pixel[3], (alpha + 127) / 255);
        }
    pika_grid_free(NULL, &grid);
}

/* One category through the colormap has the scale that it would have alone, whatever the next one holds. */
TEST(shade_one_category_as_if_alone)
{
    static double x[400], y[400]; /* y: zeros */
    static uint8_t category[400];
    int width, i, transfer;
    for (width = 9; width <= 17; width++) {
        pika_grid grid, alone;
        pika_grid_desc desc;
        pika_points points = pika_xy_f64(x, y, 0);
        size_t n = 0;
        memset(&desc, 0, sizeof desc);
        memset(&grid, 0, sizeof grid);
        memset(&alone, 0, sizeof alone);
        desc.view.width = width, desc.view.height = 1;
        desc.view.x.hi = width, desc.view.y.hi = 1;
        for (i = 0; i < width * (width + 1) / 2; i++) { /* cell k: k + 1 rows */
            int k = 0;
            while ((k + 1) * (k + 2) / 2 <= i) k++;
            x[n++] = k + 0.5;
        }
        points.count = n;
        CHECK_OK(pika_grid_alloc(NULL, &alone, &desc));
        CHECK_OK(pika_add_points(NULL, &alone, &points));
        for (i = 0; i < 200; i++) x[n] = 0.5, category[n++] = 1;
        desc.categories = 2;
        points.count = n;
        points.category = pika_strided(category, PIKA_U8, 0);
        CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
        CHECK_OK(pika_add_points(NULL, &grid, &points));
        for (transfer = 0; transfer < 4; transfer++) {
            pika_color_scale got, want;
            pika_shade_desc shade;
            pika_image image;
            uint8_t pixels[17 * 4], same[17 * 4];
            memset(&shade, 0, sizeof shade);
            memset(&image, 0, sizeof image);
            memset(pixels, 1, sizeof pixels);
            memset(same, 1, sizeof same);
            image.width = width, image.height = 1, image.bytes = sizeof pixels;
            shade.transfer = transfer;
            image.pixels = same, shade.scale_out = &want;
            CHECK_OK(pika_shade(NULL, &image, &alone, &shade));
            image.pixels = pixels, shade.scale_out = &got, shade.category = 1;
            CHECK_OK(pika_shade(NULL, &image, &grid, &shade));
            CHECK(got.edge[256] == width);
            CHECK_EQ(memcmp(&got, &want, sizeof got), 0);
            CHECK_EQ(memcmp(pixels, same, sizeof pixels), 0);
        }
        pika_grid_free(NULL, &grid);
        pika_grid_free(NULL, &alone);
        memset(category, 0, sizeof category);
    }
}

AREA(shade, LISTED(shade_colormaps_that_people_expect), LISTED(shade_colormaps_of_your_own),
    LISTED(shade_pixels_follow_the_scale), LISTED(shade_eq_hist_is_exact),
    LISTED(shade_counts_past_the_table), LISTED(shade_kept_scale), LISTED(shade_scale_reads_backwards),
    LISTED(shade_flips_and_simple_grids), LISTED(shade_mixed_categories),
    LISTED(shade_mixed_rows_of_extremes), LISTED(shade_mixed_weights_do_not_overflow),
    LISTED(shade_threads_and_scratch_change_nothing), LISTED(shade_threads_and_other_planes),
    LISTED(shade_colormap_jumps_at_a_level), LISTED(shade_colours_over_a_background),
    LISTED(shade_one_category_as_if_alone));
