/* test_plot.c - layout, layers, legend, colour bar, picking and the overlay. */

enum { PLOT_ROWS = 4000 };
static float plot_x[PLOT_ROWS], plot_y[PLOT_ROWS];
static double plot_wide_x[PLOT_ROWS], plot_wide_y[PLOT_ROWS];
static int64_t plot_when[PLOT_ROWS];
static uint8_t plot_kind[PLOT_ROWS];
static pika_plot plot_plots[6];
static uint8_t plot_pixels[2][900 * 600 * 4];

/* 0..1 in 18 bits, so that no product below is rounded: a compiler may fuse it with a sum. */
static double plot_uniform(uint64_t *state) { return (double)(test_random(state) >> 46) / 262144; }

static void plot_fill(uint64_t seed)
{
    int i;
    for (i = 0; i < PLOT_ROWS; i++) {
        const double a = plot_uniform(&seed), b = plot_uniform(&seed);
        plot_x[i] = (float)(a * 20 - 5);
        plot_y[i] = (float)(b * b * 100 + 0.5);
        plot_wide_x[i] = a * a * 1e6 + 1;
        plot_wide_y[i] = b * b * 1000 + 0.25;
        plot_when[i] = INT64_C(1790000000000000000) + (int64_t)(a * 4e15);
        plot_kind[i] = (uint8_t)(test_random(&seed) % 3);
    }
}

static void plot_image(pika_image *image, int which, int width, int height)
{
    memset(image, 0, sizeof *image);
    image->width = width;
    image->height = height;
    image->pixels = plot_pixels[which];
    image->bytes = sizeof plot_pixels[which];
}

static uint32_t plot_pixel(const pika_image *image, int x, int y)
{
    const uint8_t *p = image->pixels + ((size_t)y * (size_t)image->width + (size_t)x) * 4;
    return PIKA_RGBA(p[0], p[1], p[2], p[3]);
}

static void plot_desc(pika_plot_desc *desc, pika_layer *layers, int count)
{
    memset(desc, 0, sizeof *desc);
    memset(layers, 0, (size_t)count * sizeof *layers);
    layers[0].points = pika_xy_f32(plot_x, plot_y, PLOT_ROWS);
    desc->layers = layers;
    desc->layer_count = count;
}

/* Lays out and draws onto one of the images. */
static pika_result plot_made(
    pika_ctx *ctx, pika_image *image, int which, const pika_plot_desc *desc, int width, int height)
{
    pika_canvas canvas;
    pika_result result = pika_plot_layout(ctx, &plot_plots[0], desc, width, height);
    plot_image(image, which, width, height);
    memset(image->pixels, 0x5A, (size_t)width * (size_t)height * 4);
    if (result == PIKA_OK) result = pika_canvas_init(ctx, &canvas, image);
    if (result != PIKA_OK) return result;
    result = pika_plot_draw(&canvas, &plot_plots[0]);
    pika_canvas_free(&canvas);
    return result;
}

TEST(plot_pixels_and_back)
{
    static const double ranges[7][4] = {{0, -5, 15, 0}, {0, 1000, 1001, 0}, {1, 0.001, 1e7, 0},
        {2, -1000, 1e5, 1}, {2, -3, 3, 0.01}, {1, 2, 3, 0}, {0, -1e12, 2e12, 0}};
    pika_plot *plot = &plot_plots[0];
    uint64_t state = 4;
    int i, k, j;
    for (i = 0; i < 7; i++)
        for (k = 0; k < 7; k++) {
            pika_plot_desc desc;
            memset(&desc, 0, sizeof desc);
            desc.x.axis.scale = (int)ranges[i][0];
            desc.x.axis.lo = ranges[i][1];
            desc.x.axis.hi = ranges[i][2];
            desc.x.axis.linear = ranges[i][3];
            desc.y.axis.scale = (int)ranges[k][0];
            desc.y.axis.lo = ranges[k][1];
            desc.y.axis.hi = ranges[k][2];
            desc.y.axis.linear = ranges[k][3];
            if (!CHECK_OK(pika_plot_layout(NULL, plot, &desc, 640, 480))) continue;
            for (j = 0; j < 50; j++) {
                const double px = plot->x + plot_uniform(&state) * plot->width;
                const double py = plot->y + plot_uniform(&state) * plot->height;
                double x, y, back_x, back_y;
                CHECK_EQ(pika_plot_to_data(plot, px, py, &x, &y), 1);
                pika_plot_to_pixel(plot, x, y, &back_x, &back_y);
                CHECK(fabs(back_x - px) <= 1e-9 && fabs(back_y - py) <= 1e-9);
            }
            {
                double x, y;
                CHECK_EQ(pika_plot_to_data(plot, plot->x - 1, plot->y + 5, &x, &y), 0);
                CHECK(x < ranges[i][1]);
                CHECK_EQ(pika_plot_to_pixel(plot, ranges[i][1], ranges[k][2], &x, &y), 1);
                CHECK(fabs(x - plot->x) < 1e-9 && fabs(y - plot->y) < 1e-9);
            }
        }
    CHECK_EQ(pika_plot_to_data(NULL, 0, 0, NULL, NULL), 0);
    CHECK_EQ(pika_plot_to_pixel(NULL, 0, 0, NULL, NULL), 0);
}

/* A pixel's rows are the grid's: every cell's count, for four types and three scales. */
TEST(plot_picks_what_the_grid_counts)
{
    static uint64_t rows[PLOT_ROWS];
    pika_ctx ctx;
    int kind;
    way_init(&ctx, -1, 1, -1);
    plot_fill(1);
    for (kind = 0; kind < 4; kind++) {
        pika_points points = pika_xy_f32(plot_x, plot_y, PLOT_ROWS);
        pika_plot *plot = &plot_plots[0];
        pika_layer layer;
        pika_plot_desc desc;
        pika_grid_desc grid_desc;
        pika_grid grid;
        const uint32_t *counts;
        size_t found, total = 0;
        int x, y;
        plot_desc(&desc, &layer, 1);
        if (kind == 1) points = pika_xy_f64(plot_wide_x, plot_wide_y, PLOT_ROWS);
        if (kind == 2) points = pika_xy(pika_i64(plot_when), pika_f64(plot_wide_y), PLOT_ROWS);
        if (kind == 3) points.x = pika_f64(plot_wide_x);
        layer.points = points;
        desc.x.axis.scale = kind == 1 ? PIKA_LOG10 : kind == 3 ? PIKA_SYMLOG : PIKA_LINEAR;
        desc.y.axis.scale = kind == 2 ? PIKA_LOG10 : PIKA_LINEAR;
        CHECK_OK(pika_plot_layout(&ctx, plot, &desc, 150, 130));
        memset(&grid_desc, 0, sizeof grid_desc);
        memset(&grid, 0, sizeof grid);
        grid_desc.view.width = plot->width;
        grid_desc.view.height = plot->height;
        grid_desc.view.x = plot->desc.x.axis;
        grid_desc.view.y = plot->desc.y.axis;
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &grid_desc));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        counts = pika_grid_counts(&grid);
        CHECK_EQ(grid.inside, PLOT_ROWS);
        for (y = 0; y < plot->height; y += 1 + 2 * test_now.quick)
            for (x = y % 3; x < plot->width; x += 3) {
                const uint32_t count =
                    counts[(size_t)(plot->height - 1 - y) * (size_t)plot->width + (size_t)x];
                pika_plot_pick(
                    &ctx, plot, &points, plot->x + x + 0.999, plot->y + y, 0, rows, PLOT_ROWS, &found);
                if (!CHECK_EQ(found, count)) x = plot->width, y = plot->height;
                total += found;
            }
        CHECK(total > 0);
        for (y = -3; y < plot->height; y += 17) { /* with a radius: a sum of cells, cut at the panel */
            const int radius = 5;
            uint32_t sum = 0;
            size_t k;
            int dx, dy;
            for (dy = -radius; dy <= radius; dy++)
                for (dx = -radius; dx <= radius; dx++)
                    if (y >= 0 && y + dy >= 0 && y + dy < plot->height && 20 + dx < plot->width)
                        sum += counts[(size_t)(plot->height - 1 - y - dy) * (size_t)plot->width +
                                      (size_t)(20 + dx)];
            CHECK_OK(pika_plot_pick(
                &ctx, plot, &points, plot->x + 20.5, plot->y + y + 0.5, radius, rows, 4, &found));
            CHECK_EQ(found, sum);
            for (k = 1; k < found && k < 4; k++) CHECK(rows[k] > rows[k - 1]);
        }
        pika_grid_free(&ctx, &grid);
    }
    pika_ctx_free(&ctx);
}

/* Nothing is cut: the border of the picture has only the ground's colour, and the panel is inside it. */
TEST(plot_margins_hold_all_labels)
{
    static const char *const titles[4] = {NULL, "A title",
        "A title that is much longer than the panel is wide, so that it"
        " has to begin further to the left or to become smaller than it was",
        "Ty\xC3\xA9"};
    pika_ctx ctx;
    int i;
    way_init(&ctx, -1, 1, -1);
    plot_fill(2);
    for (i = 0; i < 48; i++) {
        static const int sizes[3][2] = {{300, 240}, {640, 400}, {900, 600}};
        const int width = sizes[i % 3][0], height = sizes[i % 3][1];
        pika_plot_desc desc;
        pika_layer layers[2];
        pika_image image;
        const pika_plot *plot = &plot_plots[0];
        int k, dirty = 0;
        plot_desc(&desc, layers, 2);
        if ((i & 1) != 0) layers[0].points = pika_xy_f64(plot_wide_x, plot_wide_y, PLOT_ROWS);
        if (i % 5 == 0) layers[0].points.x = pika_i64(plot_when);
        layers[0].value_label = (i & 2) != 0 ? "points" : NULL;
        layers[1].kind = PIKA_LAYER_RULE_Y;
        layers[1].at = 3;
        layers[1].name = "a level";
        desc.title = titles[i % 4];
        desc.subtitle = i % 3 == 1 ? "smaller below" : NULL;
        desc.x.label = (i & 4) != 0 ? "across" : NULL;
        desc.y.label = (i & 8) != 0 ? "along" : NULL;
        desc.x.format = i % 5 == 0 ? PIKA_TICKS_TIME : PIKA_TICKS_NUMBER;
        desc.x.unit = 1e-9;
        desc.y.axis.scale = i % 7 == 0 ? PIKA_LOG10 : PIKA_LINEAR;
        desc.theme = (i & 16) != 0 ? pika_theme_dark() : NULL;
        desc.scale = width == 900 ? 2 : 1;
        desc.legend = i % PIKA_LEGEND_OUTSIDE + 1;
        desc.flags = i % 6 == 0 ? (unsigned)PIKA_PLOT_NO_COLORBAR : 0;
        if (!CHECK_OK(plot_made(&ctx, &image, 0, &desc, width, height)))
            printf("    %s\n", pika_last_error(&ctx));
        for (k = 0; k < width; k++)
            dirty += plot_pixel(&image, k, 0) != plot_pixel(&image, 0, 0) ||
                     plot_pixel(&image, k, height - 1) != plot_pixel(&image, 0, 0);
        for (k = 0; k < height; k++)
            dirty += plot_pixel(&image, 0, k) != plot_pixel(&image, 0, 0) ||
                     plot_pixel(&image, width - 1, k) != plot_pixel(&image, 0, 0);
        if (!CHECK_EQ(dirty, 0)) printf("    picture %d\n", i);
        CHECK(plot->x > 0 && plot->y > 0 && plot->x + plot->width < width && plot->y + plot->height < height);
        CHECK(plot_pixel(&image, 0, 0) == (desc.theme != NULL ? desc.theme : pika_theme_light())->ground);
    }
    pika_ctx_free(&ctx);
}

TEST(plot_fits_its_axes)
{
    pika_plot *plot = &plot_plots[0];
    pika_layer layers[4];
    pika_plot_desc desc;
    double x[3] = {1, 3, 2}, y[3] = {10, 20, 30}, low[3] = {-5, 0, 0};
    double margin;
    plot_fill(3);
    plot_desc(&desc, layers, 4);
    desc.layer_count = 1;
    layers[0].points = pika_xy_f64(x, y, 3);
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300)); /* density alone: no margin */
    CHECK_BITS(plot->desc.x.axis.lo, 1.0);
    CHECK_BITS(plot->desc.x.axis.hi, 3.0);
    CHECK_BITS(plot->desc.y.axis.hi, 30.0);
    layers[0].kind = PIKA_LAYER_LINE;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(fabs(plot->desc.x.axis.lo - 0.92) < 1e-12 && fabs(plot->desc.y.axis.hi - 30.8) < 1e-12);
    layers[0].kind = PIKA_LAYER_AREA; /* stands on its baseline */
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK_BITS(plot->desc.y.axis.lo, 0.0);
    layers[0].y1 = pika_f64(low);
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(fabs(plot->desc.y.axis.lo + 6.4) < 1e-12);
    memset(&layers[0].y1, 0, sizeof layers[0].y1);
    layers[0].kind = PIKA_LAYER_LINE;
    desc.layer_count = 3;
    layers[1].kind = PIKA_LAYER_RULE_X;
    layers[1].at = 11;
    layers[2].kind = PIKA_LAYER_RULE_Y;
    layers[2].at = -20;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(fabs(plot->desc.x.axis.hi - 11.4) < 1e-12 && fabs(plot->desc.y.axis.lo + 22) < 1e-12);
    desc.x.axis.lo = 0; /* given ranges stay */
    desc.x.axis.hi = 2;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK_BITS(plot->desc.x.axis.lo, 0.0);
    CHECK_BITS(plot->desc.x.axis.hi, 2.0);
    desc.x.axis.hi = 0;
    desc.layer_count = 1;
    y[0] = y[1] = y[2] = 7; /* one value */
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK_BITS(plot->desc.y.axis.lo, 6.5);
    CHECK_BITS(plot->desc.y.axis.hi, 7.5);
    desc.y.axis.scale = PIKA_LOG10;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK_BITS(plot->desc.y.axis.lo, 3.5);
    y[0] = -1; /* not on a log axis; x = 1 goes with it */
    y[1] = 1;
    y[2] = 100;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(plot->desc.y.axis.lo > 0.8 && plot->desc.y.axis.lo < 0.84 && plot->desc.x.axis.lo > 1.9);
    y[0] = y[1] = y[2] = pika__nan(); /* nothing at all: an empty plot */
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK_BITS(plot->desc.y.axis.lo, 1.0);
    CHECK_BITS(plot->desc.x.axis.hi, 1.0);
    memset(&desc.y, 0, sizeof desc.y);
    layers[0].points = pika_xy(pika_i64(plot_when), pika_f32(plot_y), PLOT_ROWS);
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(plot->desc.x.axis.origin > INT64_C(1700000000000000000) && plot->desc.x.axis.hi < 1e16);
    memset(&desc.y, 0, sizeof desc.y);
    layers[0].points = pika_xy_f32(plot_x, plot_y, PLOT_ROWS);
    desc.flags = PIKA_PLOT_EQUAL;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 700, 500));
    margin = (plot->desc.x.axis.hi - plot->desc.x.axis.lo) / plot->width;
    CHECK(fabs((plot->desc.y.axis.hi - plot->desc.y.axis.lo) / plot->height / margin - 1) < 1e-12);
    CHECK(plot->width < 200 && plot->height > 400);
}

TEST(plot_grids_are_aligned)
{
    pika_layer layers[6];
    pika_plot_desc descs[6];
    pika_plot *p = plot_plots;
    int i, turn;
    plot_fill(4);
    for (turn = 0; turn < 4; turn++) {
        const unsigned share = (unsigned)((turn & 1) * PIKA_PLOT_SHARE_X + (turn >> 1) * PIKA_PLOT_SHARE_Y);
        for (i = 0; i < 6; i++) {
            plot_desc(&descs[i], &layers[i], 1);
            layers[i].kind = PIKA_LAYER_MARKERS;
            layers[i].points.count = (size_t)(30 + 700 * i);
            if (i % 2 == 1) descs[i].title = "odd ones alone have a title";
            descs[i].x.label = "x";
            descs[i].y.label = "y";
        }
        CHECK_OK(pika_plots_layout(NULL, p, descs, 3, 2, share, 900, 600));
        for (i = 0; i < 6; i++) {
            CHECK_EQ(p[i].width, p[0].width);
            CHECK_EQ(p[i].height, p[0].height);
            CHECK_EQ(p[i].x, p[i % 3].x);
            CHECK_EQ(p[i].y, p[i - i % 3].y);
            CHECK_EQ(p[i].desc.left + p[i].desc.width, i % 3 == 2 ? 900 : p[i + 1].desc.left);
            CHECK_EQ(p[i].desc.top + p[i].desc.height, i < 3 ? p[i + 3].desc.top : 600);
            if ((turn & 1) != 0) {
                CHECK_BITS(p[i].desc.x.axis.lo, p[0].desc.x.axis.lo);
                CHECK_EQ(p[i].desc.x.label == NULL, i < 3);
                CHECK_EQ(p[i].x_ticks.label[0][0] == 0, i < 3);
                CHECK(p[i].x_ticks.count > 1);
            } else CHECK(p[i].desc.x.label != NULL && p[i].x_ticks.label[0][0] != 0);
            if ((turn & 2) != 0) {
                CHECK_BITS(p[i].desc.y.axis.hi, p[5].desc.y.axis.hi);
                CHECK_EQ(p[i].y_ticks.label[0][0] == 0, i % 3 != 0);
            }
        }
    }
    descs[4].y.axis.scale = PIKA_LOG10;
    CHECK_RESULT(pika_plots_layout(NULL, p, descs, 3, 2, PIKA_PLOT_SHARE_Y, 900, 600), PIKA_ERR_MISMATCH);
    CHECK_EQ(p[0].width, 0);
}

TEST(plot_errors_name_the_field)
{
    static const char *const parts[] = {"desc is NULL", "plot is NULL", "width, height are 0, 100",
        "scale is -1", "legend is 9", "flags is 64", "layer_count is 3, needs 0 or more, and layers",
        "layers[1].kind is 17", "layers[0].points.y.data is NULL",
        "layers[0].points.category.type is 0, needs an integer type", "layers[1].dash_count is 17",
        "layers[1].width and size need 0..1024", "layers[0].grid is not ready",
        "view.x.lo is 5, needs to be below hi", "view.y.lo is 0, needs > 0 on a log axis",
        "width is 90: labels leave", "height is 50: labels leave",
        "flags is 4: an unknown bit, or PIKA_PLOT_EQUAL", "leave the canvas of 400 x 300",
        "theme.text, title are 0", "layers[0].y1.type is 12"};
    static pika_grid no_grid;
    static pika_theme theme;
    pika_ctx ctx;
    int i;
    way_init(&ctx, -1, 1, -1);
    for (i = 0; i < (int)(sizeof parts / sizeof parts[0]); i++) {
        pika_layer layers[2];
        pika_plot_desc desc;
        int width = 400, height = 300;
        plot_desc(&desc, layers, 2);
        layers[1].kind = PIKA_LAYER_RULE_X;
        switch (i) {
        case 2: width = 0, height = 100; break;
        case 3: desc.scale = -1; break;
        case 4: desc.legend = 9; break;
        case 5: desc.flags = 64; break;
        case 6: desc.layers = NULL, desc.layer_count = 3; break;
        case 7: layers[1].kind = 17; break;
        case 8: layers[0].points.y.data = NULL; break;
        case 9: layers[0].points.category = pika_f32(plot_x); break;
        case 10: layers[1].dash_count = 17; break;
        case 11: layers[1].width = pika__nan(); break;
        case 12: layers[0].grid = &no_grid; break;
        case 13: desc.x.axis.lo = 5; break;
        case 14: desc.y.axis.hi = 5, desc.y.axis.scale = PIKA_LOG10; break;
        case 15: width = 90; break;
        case 16: height = 50; break;
        case 17: desc.flags = PIKA_PLOT_EQUAL, desc.y.axis.scale = PIKA_SYMLOG; break;
        case 18: desc.left = 390, desc.width = 20, desc.height = 200; break;
        case 19: desc.theme = &theme; break;
        case 20: layers[0].kind = PIKA_LAYER_AREA, layers[0].y1 = pika_strided(plot_x, 12, 0); break;
        default: break;
        }
        CHECK_RESULT(
            pika_plot_layout(&ctx, i == 1 ? NULL : &plot_plots[0], i == 0 ? NULL : &desc, width, height),
            PIKA_ERR_INVALID);
        CHECK_HAS(pika_last_error(&ctx), "pika_plot_layout: ");
        CHECK_HAS(pika_last_error(&ctx), parts[i]);
    }
    pika_ctx_free(&ctx);
}

TEST(plot_refuses_what_is_not_ready)
{
    static pika_plot none;
    static pika_color_scale scale;
    static pika_canvas empty;
    pika_canvas canvas;
    pika_image image;
    pika_layer layer;
    pika_plot_desc desc;
    pika_ctx ctx;
    uint64_t rows[2];
    size_t found = 9;
    pika_points points = pika_xy_f32(plot_x, plot_y, 10);
    way_init(&ctx, -1, 1, -1);
    plot_image(&image, 0, 300, 200);
    plot_desc(&desc, &layer, 1);
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
    CHECK_OK(pika_plot_layout(&ctx, &plot_plots[0], &desc, 300, 200));
    CHECK_RESULT(pika_plot_draw(NULL, &plot_plots[0]), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_draw(&empty, &plot_plots[0]), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_draw(&canvas, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_panel(&canvas, &none), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_axes(&canvas, &none), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_legend(&canvas, &none), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_layer(&canvas, &plot_plots[0], 1), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_layer(&canvas, &plot_plots[0], -1), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_colorbar(&canvas, &plot_plots[0], NULL, NULL, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_colorbar(&canvas, &plot_plots[0], &scale, NULL, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_colorbar(NULL, &plot_plots[0], &scale, NULL, NULL), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_pick(&ctx, &none, &points, 0, 0, 0, rows, 2, &found), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_pick(&ctx, &plot_plots[0], NULL, 0, 0, 0, rows, 2, &found), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_pick(&ctx, &plot_plots[0], &points, 0, 0, 0, NULL, 2, &found), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_pick(&ctx, &plot_plots[0], &points, 0, 0, -1, rows, 2, &found), PIKA_ERR_INVALID);
    CHECK_OK(pika_plot_pick(&ctx, &plot_plots[0], &points, pika__nan(), 1e300, 0, rows, 2, &found));
    CHECK_EQ(found, 0);
    CHECK_RESULT(pika_plot_to_png(&ctx, NULL, &desc, 300, 200), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_to_png(&ctx, "x.png", NULL, 300, 200), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_overlay(NULL, &ctx), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_overlay(&empty, &ctx), PIKA_ERR_INVALID);
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
    CHECK_RESULT(pika_plot_layout(&ctx, &plot_plots[0], &desc, 300, 200), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_draw_overlay(&canvas, &ctx), PIKA_ERR_INVALID);
}

/* Layers stay in the panel and in the caller's clip, which is his again afterwards, as is his transform. */
TEST(plot_layers_are_clipped)
{
    static const double turned[6] = {0, 1, -1, 0, 30, 40};
    pika_layer layers[6];
    pika_plot_desc desc;
    pika_canvas canvas;
    pika_image image;
    pika_ctx ctx;
    pika_plot *plot = &plot_plots[0];
    int i, x, y, wrong, inked;
    way_init(&ctx, -1, 1, -1);
    plot_fill(5);
    plot_desc(&desc, layers, 6);
    for (i = 0; i < 6; i++) {
        layers[i].kind = i == 5 ? PIKA_LAYER_TEXT : i;
        layers[i].points = layers[0].points;
        layers[i].points.count = 300;
        layers[i].size = i == 5 ? 30 : 20;
        layers[i].width = 9;
        layers[i].name = "words that are wide enough to leave it";
    }
    layers[4].at = -3;
    desc.x.axis.lo = -4;
    desc.x.axis.hi = 2;
    desc.y.axis.lo = 10;
    desc.y.axis.hi = 60;
    CHECK_OK(pika_plot_layout(&ctx, plot, &desc, 400, 300));
    plot_image(&image, 0, 400, 300);
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
    for (i = 0; i < 12; i++) {
        const int cut = i >= 6 ? 150 : 400;
        memset(image.pixels, 0x33, 400 * 300 * 4);
        CHECK_OK(pika_canvas_set_transform(&canvas, turned));
        CHECK_OK(pika_canvas_set_clip(&canvas, 0, 0, cut, 300));
        CHECK_OK(pika_draw_layer(&canvas, plot, i % 6));
        CHECK_EQ(canvas.clip_width, cut);
        CHECK_EQ(canvas.clip_height, 300);
        CHECK_EQ(memcmp(canvas.transform, turned, sizeof turned), 0);
        wrong = inked = 0;
        for (y = 0; y < 300; y++)
            for (x = 0; x < 400; x++) {
                const int in = x >= plot->x && x < plot->x + plot->width && y >= plot->y &&
                               y < plot->y + plot->height && x < cut;
                inked += plot_pixel(&image, x, y) != 0x33333333u;
                wrong += !in && plot_pixel(&image, x, y) != 0x33333333u;
            }
        CHECK_EQ(wrong, 0);
        if (!CHECK(inked > 10)) printf("    layer %d: %d\n", i, inked);
    }
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
}

/* Of a long line few vertices are left, and what is drawn reaches in every column as far up and down. */
TEST(plot_lines_are_thinned_faithfully)
{
    enum { LONG = 60000 };
    static float x[LONG], y[LONG];
    pika_image image, other;
    pika_layer layer;
    pika_plot_desc desc;
    pika_canvas canvas;
    pika_plot *plot = &plot_plots[0];
    pika_ctx ctx;
    pika_stroke stroke;
    uint64_t state = 6;
    double walk = 0;
    int i, k, differ = 0;
    way_init(&ctx, -1, 1, -1);
    for (i = 0; i < LONG; i++) {
        walk += plot_uniform(&state) - 0.5;
        x[i] = (float)i;
        y[i] = (float)(walk + (i % 4000 == 17 ? 40 : 0)); /* single spikes are not lost */
        if (i % 9000 == 8999) y[i] = (float)pika__nan();
    }
    plot_desc(&desc, &layer, 1);
    layer.kind = PIKA_LAYER_LINE;
    layer.points = pika_xy_f32(x, y, LONG);
    layer.width = 1;
    layer.color = 0xFFu;
    CHECK_OK(pika_plot_layout(&ctx, plot, &desc, 400, 300));
    plot_image(&image, 0, 400, 300);
    plot_image(&other, 1, 400, 300);
    memset(image.pixels, 0xFF, 400 * 300 * 4);
    memset(other.pixels, 0xFF, 400 * 300 * 4);
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
    CHECK_OK(pika_draw_layer(&canvas, plot, 0));
    CHECK(canvas.path_used < LONG * 8); /* bytes: a vertex has more */
    pika_canvas_free(&canvas);
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &other)); /* every row */
    CHECK_OK(pika_canvas_begin(&canvas));
    CHECK_OK(pika_canvas_set_clip(&canvas, plot->x, plot->y, plot->width, plot->height));
    for (i = 0, k = 0; i < LONG; i++) {
        double px, py;
        pika_plot_to_pixel(plot, (double)x[i], (double)y[i], &px, &py);
        if (py != py) k = 0;
        else if (k++ == 0) pika_canvas_move_to(&canvas, px, py);
        else pika_canvas_line_to(&canvas, px, py);
    }
    memset(&stroke, 0, sizeof stroke);
    stroke.width = 1;
    stroke.join = PIKA_JOIN_BEVEL;
    CHECK_OK(pika_canvas_stroke(&canvas, 0xFFu, &stroke));
    for (i = plot->x; i < plot->x + plot->width; i++) {
        int ends[2][2] = {{-1, -1}, {-1, -1}}, row, which;
        for (which = 0; which < 2; which++)
            for (row = 0; row < 300; row++)
                if (plot_pixel(which == 0 ? &image : &other, i, row) != 0xFFFFFFFFu) {
                    if (ends[which][0] < 0) ends[which][0] = row;
                    ends[which][1] = row;
                }
        for (k = 0; k < 2; k++) differ += abs(ends[0][k] - ends[1][k]) > 1;
    }
    if (!CHECK(differ <= plot->width / 50)) printf("    %d ends of columns differ\n", differ);
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
}

/* An area's pixels are those between the curves: a slow look at each column, but for its border. */
TEST(plot_areas_lie_between_their_curves)
{
    double x[5] = {0, 25, 50, 75, 100}, y[5] = {10, 90, 50, 80, 60}, low[5] = {5, 40, 60, 20, 10};
    pika_plot *plot = &plot_plots[0];
    pika_layer layer;
    pika_plot_desc desc;
    pika_image image;
    pika_ctx ctx;
    int turn, i, wrong;
    way_init(&ctx, -1, 1, -1);
    for (turn = 0; turn < 3; turn++) {
        plot_desc(&desc, &layer, 1);
        layer.kind = PIKA_LAYER_AREA;
        layer.points = pika_xy_f64(x, y, 5);
        layer.color = 0x102030FFu;
        layer.at = 30;
        if (turn > 0) layer.y1 = pika_f64(low);
        y[2] = turn == 2 ? pika__nan() : 50;
        desc.x.axis.hi = desc.y.axis.hi = 100;
        desc.flags = PIKA_PLOT_NO_GRID;
        CHECK_OK(plot_made(&ctx, &image, 0, &desc, 400, 300));
        for (i = wrong = 0; i < 20000; i++) {
            const int px = plot->x + i * 7919 % plot->width, py = plot->y + i * 104729 % plot->height;
            double v, w, upper, lower, part, edge;
            int k, in;
            pika_plot_to_data(plot, px + 0.5, py + 0.5, &v, &w);
            k = (int)(v / 25);
            if (k > 3) k = 3;
            part = v / 25 - k;
            upper = y[k] + part * (y[k + 1] - y[k]);
            lower = turn == 0 ? 30 : low[k] + part * (low[k + 1] - low[k]);
            in = (w > lower && w < upper) || (w < lower && w > upper);
            edge = fabs(w - upper) < fabs(w - lower) ? fabs(w - upper) : fabs(w - lower);
            if (edge < 3 || fabs(v / 25 - (int)(v / 25 + 0.5)) < 0.05) continue; /* near a border */
            wrong += (plot_pixel(&image, px, py) == 0x102030FFu) != in;
        }
        CHECK_EQ(wrong, 0);
    }
    pika_ctx_free(&ctx);
}

/* At each tick the bar has the colour that the value has in the picture, and none are too near. */
TEST(plot_colour_bars_read_backwards)
{
    pika_color_scale scale;
    pika_shade_desc shade;
    pika_layer layer;
    pika_plot_desc desc;
    pika_image image;
    pika__bar bar;
    pika_ctx ctx;
    uint32_t table[256];
    int transfer, i, k;
    way_init(&ctx, -1, 1, -1);
    plot_fill(8);
    for (i = 0; i < PLOT_ROWS; i++) { /* crowded in a corner: counts over three decades */
        plot_x[i] = (float)(i % 4 != 0 ? 0.001 * (i % 11) * (i % 7) : (double)plot_x[i]);
        plot_y[i] = (float)(i % 4 != 0 ? 0.01 * (i % 5) : (double)plot_y[i]);
    }
    CHECK_OK(pika_colormap_table(pika_colormap_find("viridis"), table));
    for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++) {
        const pika_plot *plot = &plot_plots[0];
        plot_desc(&desc, &layer, 1);
        memset(&shade, 0, sizeof shade);
        shade.transfer = transfer;
        shade.scale_out = &scale;
        layer.shade = &shade;
        CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
        CHECK_EQ(scale.levels, 256);
        bar.scale = &scale;
        bar.gap = 24.0 / plot->height;
        pika__bar_choose(&bar);
        CHECK(bar.count >= 2);
        for (i = 0; i < bar.count; i++) {
            const int level = pika_color_scale_level(&scale, bar.value[i]);
            const double back = pika_color_scale_value(&scale, bar.at[i]);
            const int y = plot->y + (int)((1 - bar.at[i]) * plot->height);
            int near_by = 0;
            CHECK(fabs(back - bar.value[i]) <= 1e-9 * (1 + fabs(back)));
            for (k = -3; k <= 3; k++) { /* a level is about a pixel and a half */
                const int at = y + k < plot->y                   ? plot->y
                               : y + k >= plot->y + plot->height ? plot->y + plot->height - 1
                                                                 : y + k;
                near_by |= plot_pixel(&image, plot->bar_x + 3, at) == table[level];
            }
            CHECK(near_by);
            for (k = 0; k < i; k++) CHECK(fabs(bar.at[i] - bar.at[k]) >= bar.gap);
        }
    }
    scale.edge[0] = scale.edge[256] = 3; /* one value, a range that is too wide, one below 0 */
    for (i = 0; i <= 256; i++) scale.edge[i] = 3;
    pika__bar_choose(&bar);
    CHECK_EQ(bar.count, 1);
    for (i = 0; i <= 256; i++) scale.edge[i] = (i - 128) * 1e306;
    pika__bar_choose(&bar);
    for (i = 0; i <= 256; i++) scale.edge[i] = -5 + i / 256.0;
    scale.transfer = PIKA_SHADE_LINEAR;
    pika__bar_choose(&bar);
    CHECK(bar.count >= 4);
    pika_ctx_free(&ctx);
}

static double plot_luminance(uint32_t color) /* WCAG 2 */
{
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    int i;
    for (i = 0; i < 3; i++) {
        const double c = (double)((color >> (24 - 8 * i)) & 255u) / 255;
        sum += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double plot_contrast(uint32_t a, uint32_t b)
{
    const double p = plot_luminance(a) + 0.05, q = plot_luminance(b) + 0.05;
    return p > q ? p / q : q / p;
}

TEST(plot_themes_can_be_read)
{
    const pika_theme *themes[2];
    int i, k, j;
    themes[0] = pika_theme_light();
    themes[1] = pika_theme_dark();
    for (i = 0; i < 2; i++) {
        const pika_theme *t = themes[i];
        CHECK(plot_contrast(t->ink, t->ground) >= 7 && plot_contrast(t->ink, t->panel) >= 7);
        CHECK(plot_contrast(t->muted, t->ground) >= 4.5 && plot_contrast(t->muted, t->panel) >= 4.5);
        CHECK(plot_contrast(t->faint, t->panel) < 1.5); /* quiet */
        CHECK_EQ(t->palette_count, 8);
        for (k = 0; k < 8; k++) {
            CHECK(plot_contrast(t->palette[k], t->panel) >= 2);
            for (j = 0; j < k; j++) CHECK(t->palette[j] != t->palette[k]);
        }
    }
}

/* The legend goes where the data are not. */
TEST(plot_legends_find_room)
{
    pika_layer layers[2];
    pika_plot_desc desc;
    pika_image image, other;
    pika_ctx ctx;
    int i, k;
    way_init(&ctx, -1, 1, -1);
    plot_fill(9);
    for (i = 0; i < 4; i++) { /* all of it but in one corner, in the order of PIKA_LEGEND_TOP_LEFT.. */
        size_t kept = 0;
        for (k = 0; k < PLOT_ROWS; k++) {
            const double u = plot_wide_x[k] / 1e6, v = (plot_wide_y[k] - 0.25) / 1000;
            if ((i % 2 == 0 ? u < 0.5 : u > 0.5) && (i < 2 ? v > 0.5 : v < 0.5)) continue;
            plot_x[kept] = (float)u;
            plot_y[kept++] = (float)v;
        }
        plot_desc(&desc, layers, 2);
        layers[0].kind = PIKA_LAYER_MARKERS;
        layers[0].points.count = kept;
        layers[0].name = "markers";
        layers[1].kind = PIKA_LAYER_LINE;
        layers[1].name = "nothing";
        desc.x.axis.hi = desc.y.axis.hi = 1;
        CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
        desc.legend = PIKA_LEGEND_TOP_LEFT + i;
        CHECK_OK(plot_made(&ctx, &other, 1, &desc, 500, 400));
        CHECK_EQ(memcmp(image.pixels, other.pixels, 500 * 400 * 4), 0);
        desc.legend = PIKA_LEGEND_NONE;
        CHECK_OK(plot_made(&ctx, &other, 1, &desc, 500, 400));
        CHECK(memcmp(image.pixels, other.pixels, 500 * 400 * 4) != 0);
    }
    pika_ctx_free(&ctx);
}

TEST(plot_names_are_lines)
{
    char out[6];
    pika_layer layer;
    pika_plot_desc desc;
    pika_plot *plot = &plot_plots[0];
    double one;
    CHECK_EQ(pika__name_line("ab\ncd\n", 0, out, sizeof out), 1);
    CHECK_STR(out, "ab");
    CHECK_EQ(pika__name_line("ab\ncd\n", 1, out, sizeof out), 1);
    CHECK_STR(out, "cd");
    CHECK_EQ(pika__name_line("ab\ncd", 2, out, sizeof out), 0);
    CHECK_EQ(pika__name_line("abcd\xC3\xA9", 0, out, sizeof out), 1); /* no half of it */
    CHECK_STR(out, "abcd");
    CHECK_EQ(pika__name_line("abc\xC3\xA9", 0, out, sizeof out), 1);
    CHECK_STR(out, "abc\xC3\xA9");
    plot_fill(10);
    plot_desc(&desc, &layer, 1);
    layer.kind = PIKA_LAYER_MARKERS;
    layer.name = "one\ntwo\nthree";
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    one = plot->legend_height;
    layer.points.category = pika_strided(plot_kind, PIKA_U8, 0);
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(plot->legend_height > one + 20 && one > 0);
}

static uint32_t plot_category_color(const pika_image *image, const pika_plot *plot, double x, double y)
{
    double px, py;
    pika_plot_to_pixel(plot, x, y, &px, &py);
    return plot_pixel(image, (int)px, (int)py);
}

TEST(plot_markers_have_their_colours)
{
    double x[4] = {1, 2, 3, 4}, y[4] = {1, 2, 3, 4}, value[4] = {0, 10, 5, 0};
    uint8_t kind[4] = {2, 0, 1, 7};
    uint32_t table[256];
    pika_layer layer;
    pika_plot_desc desc;
    pika_image image;
    pika_ctx ctx;
    const pika_plot *plot = &plot_plots[0];
    const pika_theme *theme = pika_theme_light();
    way_init(&ctx, -1, 1, -1);
    plot_desc(&desc, &layer, 1);
    layer.kind = PIKA_LAYER_MARKERS;
    layer.points = pika_xy_f64(x, y, 4);
    layer.size = 15;
    layer.name = "a\nb\nc";
    layer.points.category = pika_strided(kind, PIKA_U8, 0);
    desc.legend = PIKA_LEGEND_NONE;
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    CHECK_EQ(plot_category_color(&image, plot, 1, 1), theme->palette[2]);
    CHECK_EQ(plot_category_color(&image, plot, 2, 2), theme->palette[0]);
    CHECK_EQ(plot_category_color(&image, plot, 3, 3), theme->palette[1]);
    CHECK(plot_category_color(&image, plot, 4, 4) != theme->palette[0]); /* out of range: not drawn */
    layer.points.category.data = NULL;
    layer.points.value = pika_f64(value);
    value[3] = pika__nan();
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    CHECK_OK(pika_colormap_table(pika_colormap_find("viridis"), table));
    CHECK_EQ(plot_category_color(&image, plot, 1, 1), table[0]);
    CHECK_EQ(plot_category_color(&image, plot, 2, 2), table[255]);
    CHECK_EQ(plot_category_color(&image, plot, 3, 3), table[128]);
    CHECK(plot_category_color(&image, plot, 4, 4) != table[0]);
    layer.points.value.data = NULL;
    layer.color = 0x123456FFu;
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    CHECK_EQ(plot_category_color(&image, plot, 4, 4), 0x123456FFu);
    pika_ctx_free(&ctx);
}

/* A grid that is ready gives the same picture as its points do. */
TEST(plot_densities_are_the_grid)
{
    pika_layer layer;
    pika_plot_desc desc;
    pika_image image, other;
    pika_grid_desc grid_desc;
    pika_grid grid;
    pika_ctx ctx;
    const pika_plot *plot = &plot_plots[0];
    way_init(&ctx, -1, 1, -1);
    plot_fill(12);
    plot_desc(&desc, &layer, 1);
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    memset(&grid_desc, 0, sizeof grid_desc);
    memset(&grid, 0, sizeof grid);
    grid_desc.view.width = plot->width;
    grid_desc.view.height = plot->height;
    grid_desc.view.x = plot->desc.x.axis;
    grid_desc.view.y = plot->desc.y.axis;
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &grid_desc));
    CHECK_OK(pika_add_points(&ctx, &grid, &layer.points));
    layer.grid = &grid;
    layer.points.count = 0;
    {
        pika_layer layers[2]; /* other layers do not widen the axes that a grid has */
        layers[0] = layer;
        memset(&layers[1], 0, sizeof layers[1]);
        layers[1].kind = PIKA_LAYER_RULE_Y;
        layers[1].at = 1000;
        desc.layers = layers;
        desc.layer_count = 2;
        CHECK_OK(pika_plot_layout(&ctx, &plot_plots[1], &desc, 500, 400));
        CHECK_BITS(plot_plots[1].desc.y.axis.hi, grid_desc.view.y.hi);
        CHECK_BITS(plot_plots[1].desc.x.axis.lo, grid_desc.view.x.lo);
        desc.layers = &layer;
        desc.layer_count = 1;
    }
    CHECK_OK(plot_made(&ctx, &other, 1, &desc, 500, 400));
    CHECK_EQ(memcmp(image.pixels, other.pixels, 500 * 400 * 4), 0);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
}

TEST(plot_without_memory)
{
    test_heap heap;
    pika_ctx_desc ctx_desc = heap_desc(&heap, 1);
    pika_layer layers[4];
    pika_plot_desc desc;
    pika_image image;
    pika_ctx ctx;
    int k, done = 0;
    plot_fill(13);
    plot_desc(&desc, layers, 4);
    for (k = 1; k < 4; k++) {
        layers[k] = layers[0];
        layers[k].kind = k;
        layers[k].points.count = 50;
        layers[k].name = "n";
    }
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    for (k = 0; k < 200 && !done; k++) {
        pika_result result;
        heap.calls = 0;
        heap.fail_at = k;
        heap.fail_all = 0;
        result = plot_made(&ctx, &image, 0, &desc, 300, 200);
        done = heap.calls <= k;
        if (done) CHECK_OK(result);
        else CHECK(result == PIKA_ERR_MEMORY || result == PIKA_OK); /* a slower way may do without */
        CHECK_EQ(heap.blocks, 0);
        CHECK_EQ(heap.bad, 0);
    }
    CHECK(done && k > 4);
    pika_ctx_free(&ctx);
    CHECK_EQ(heap.live, 0);
}

#ifndef PIKA_NO_PROFILER
/* Until the clock says another time: coarse ones put what follows each other at one. */
static void plot_tick(void)
{
    const uint64_t now = pika__clock();
    while (pika__clock() == now) continue;
}
#endif

TEST(plot_overlay_tells)
{
    pika_image image;
    pika_canvas canvas;
    pika_ctx ctx;
    uint32_t ground;
    int i, x, y, inked = 0, outside = 0;
    way_init(&ctx, -1, 1, -1);
    plot_image(&image, 0, 500, 300);
    memset(image.pixels, 0x44, 500 * 300 * 4);
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
    CHECK_OK(pika_canvas_set_clip(&canvas, 50, 20, 400, 240));
    CHECK_OK(pika_draw_overlay(&canvas, NULL)); /* off */
    CHECK_OK(pika_draw_overlay(&canvas, &ctx));
    ground = plot_pixel(&image, 51, 21);
    for (y = 0; y < 300; y++)
        for (x = 0; x < 500; x++) {
            const int in = x >= 50 && x < 450 && y >= 20 && y < 260;
            inked += in && plot_pixel(&image, x, y) != ground;
            outside += !in && plot_pixel(&image, x, y) != 0x44444444u;
        }
    CHECK(inked > 20 && inked < 2000);
    CHECK_EQ(outside, 0);
#ifndef PIKA_NO_PROFILER
    CHECK_OK(pika_profile_start(&ctx, NULL));
    CHECK_OK(pika_draw_overlay(&canvas, &ctx)); /* no frame yet */
    pika_profile_clear(&ctx);
    for (i = 0; i < 300; i++) {
        PIKA_ZONE(&ctx, "frame")
        {
            PIKA_ZONE(&ctx, "first")
            {
                if (i == 299) plot_tick();
                PIKA_ZONE(&ctx, "inner")
                {
                    if (i == 299) plot_tick();
                }
            }
            if (i == 299) plot_tick();
            PIKA_ZONE(&ctx, "second")
            {
                if (i == 299) plot_tick();
            }
        }
    }
    {
        static pika__overlay overlay;
        pika__profile *profile = pika__profile_of(&ctx);
        pika__overlay_read(profile, &overlay);
        CHECK_EQ(overlay.n, PIKA__FRAMES);
        CHECK_STR(overlay.span[0].name, "frame");
        CHECK_EQ(overlay.span[0].depth, 0);
        CHECK(overlay.spans >= 1 && overlay.spans <= 4);
        for (i = 1; i < overlay.spans; i++) {
            CHECK_EQ(overlay.span[i].depth, strcmp(overlay.span[i].name, "inner") == 0 ? 2 : 1);
            CHECK(overlay.span[i].begin + overlay.span[i].length <= overlay.span[0].length);
        }
    }
    for (i = 400; i >= 0; i -= 7) { /* no size is too small */
        CHECK_OK(pika_canvas_set_clip(&canvas, 50, 20, i, i * 3 / 5));
        CHECK_OK(pika_draw_overlay(&canvas, &ctx));
    }
#else
    (void)i;
#endif
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
}

/* Hostile descriptors: a result, no crash; the clip is the caller's after any. */
TEST(plot_fuzz)
{
    static const double odd[12] = {0, 1, -1, 1e300, -1e300, 1e-300, 5e-324, 1e15, 0.1, 3, 100, -7};
    static const char *const words[6] = {
        "", "plain", "two\nlines", "\xC3", "\xF0\x9F\x98\x80 \xE2\x82", "\n\n\n"};
    uint64_t state = test_now.seed + 77;
    pika_ctx ctx;
    int round, right = 0;
    way_init(&ctx, -1, 1, -1);
    for (round = 0; round < (test_now.quick ? 60 : 300); round++) {
        pika_layer layers[4];
        pika_plot_desc desc;
        pika_image image;
        const int width = test_between(&state, 1, 500), height = test_between(&state, 1, 400);
        int i, k;
        plot_fill(state);
        plot_desc(&desc, layers, 4);
        for (i = 0; i < 200; i++) {
            plot_wide_x[i] = odd[test_below(&state, 12)] * (i % 3 == 0 ? 1e10 : 1);
            plot_wide_y[i] = i % 9 == 0   ? pika__nan()
                             : i % 7 == 0 ? pika__from_bits64(PIKA__INF64)
                                          : odd[i % 12];
        }
        for (i = 0; i < 4; i++) {
            pika_layer *l = &layers[i];
            l->kind = test_between(&state, -(round % 50 == 0), 6);
            l->points = pika_xy_f64(plot_wide_x, plot_wide_y, (size_t)test_below(&state, 200));
            if (test_below(&state, 3) == 0) l->points = pika_xy_f32(plot_x, plot_y, 100);
            if (test_below(&state, 4) == 0) l->y1 = pika_f64(plot_wide_x);
            if (test_below(&state, 3) == 0) l->points.category = pika_strided(plot_kind, PIKA_U8, 0);
            if (test_below(&state, 3) == 0) l->points.value = pika_f64(plot_wide_y);
            l->at = odd[test_below(&state, 12)];
            l->size = test_below(&state, 4) * 5;
            l->width = test_below(&state, 3);
            l->marker = test_below(&state, 14);
            l->name = words[test_below(&state, 6)];
            l->value_label = words[test_below(&state, 6)];
            l->align = test_below(&state, 3);
            l->baseline = test_below(&state, 4);
        }
        for (k = 0; k < 2; k++) {
            pika_plot_axis *axis = k == 0 ? &desc.x : &desc.y;
            axis->label = words[test_below(&state, 6)];
            axis->axis.scale = test_below(&state, 3);
            axis->format = test_below(&state, 4);
            if (test_below(&state, 2) == 0) {
                axis->axis.lo = odd[test_below(&state, 12)];
                axis->axis.hi = odd[test_below(&state, 12)];
            }
        }
        desc.title = words[test_below(&state, 6)];
        desc.subtitle = words[test_below(&state, 6)];
        desc.scale = test_below(&state, 3);
        desc.legend = test_below(&state, 7);
        desc.flags = (unsigned)test_below(&state, 8);
        desc.theme = test_below(&state, 2) ? pika_theme_dark() : NULL;
        right += plot_made(&ctx, &image, 0, &desc, width, height) == PIKA_OK;
    }
    CHECK(right >= 2); /* most of them are refused */
    pika_ctx_free(&ctx);
}

/* Whole pictures, byte for byte. */
TEST(plot_golden)
{
    static const struct {
        int kind, scale, density;
        uint64_t hash;
    } golden[3] = {{0, 0, 1, UINT64_C(0xAD543AC889CD67A2)}, {1, 1, 2, UINT64_C(0x1B2EDF068689601C)},
        {3, 2, 1, UINT64_C(0x573D1C673F73AC1E)}};
    pika_ctx ctx;
    int i;
    size_t k;
    way_init(&ctx, -1, 1, -1);
    for (i = 0; i < 3; i++) {
        pika_layer layers[2];
        pika_plot_desc desc;
        pika_image image;
        uint64_t hash = UINT64_C(0xCBF29CE484222325);
        plot_fill(20);
        plot_desc(&desc, layers, 2);
        layers[0].kind = golden[i].kind;
        layers[0].points.count = golden[i].kind == 0 ? PLOT_ROWS : 200;
        layers[0].name = "data";
        layers[1].kind = PIKA_LAYER_RULE_Y;
        layers[1].at = 20;
        layers[1].name = "a level";
        desc.title = "A title";
        desc.x.label = "across";
        desc.y.label = "along";
        desc.x.axis.scale = golden[i].scale == PIKA_LOG10 ? PIKA_LINEAR : golden[i].scale;
        desc.y.axis.scale = golden[i].scale;
        desc.theme = i == 1 ? pika_theme_dark() : NULL;
        desc.scale = golden[i].density;
        CHECK_OK(plot_made(&ctx, &image, 0, &desc, 450, 300));
        for (k = 0; k < 450 * 300 * 4; k++) hash = (hash ^ image.pixels[k]) * UINT64_C(0x100000001B3);
        if (!CHECK(hash == golden[i].hash))
            printf("    plot %d: 0x%08lX%08lX\n", i, (unsigned long)(hash >> 32),
                (unsigned long)(hash & 0xFFFFFFFFu));
    }
    pika_ctx_free(&ctx);
}

/* Each field beyond each end of its range is refused by its name, and the plot is as it was. */
TEST(plot_errors_at_both_ends)
{
    static const struct {
        int field;
        double value; /* 1e99: NaN */
        const char *text;
    } bad[] = {{0, -1, "layers[1].kind is -1, needs 0..6"}, {0, 7, "layers[1].kind is 7, needs 0..6"},
        {1, -1, "layers[0].width and size need 0..1024"}, {1, 1025, "layers[0].width and size need 0..1024"},
        {1, 1e99, "layers[0].width and size need 0..1024"}, {2, -1, "layers[0].width and size need 0..1024"},
        {2, 1025, "layers[0].width and size need 0..1024"},
        {2, 1e99, "layers[0].width and size need 0..1024"}, {3, -1, "layers[0].dash_count is -1"},
        {3, 1, "layers[0].dash_count is 1, needs 0..16, and dashes"}, {4, 17, "layers[0].dash_count is 17"},
        {5, 0.5, "theme.text, title are 0.5, 15, need 1..256"}, {5, 257, "theme.text, title are 257, 15"},
        {5, 1e99, "theme.text, title are nan, 15"}, {6, 0, "theme.text, title are 12, 0"},
        {6, 300, "theme.text, title are 12, 300"}, {7, -1, "legend is -1, needs 0..6"},
        {8, 65, "scale is 65, needs 0..64"}, {8, 1e99, "scale is nan"},
        {9, 0, "columns, rows are 0, 1, need 1..64"}, {9, 65, "columns, rows are 65, 1"},
        {10, 0, "columns, rows are 1, 0"}, {10, 65, "columns, rows are 1, 65"},
        {11, 32769, "width, height are 32769, 300, need 1..32768"}, {12, 0, "width, height are 400, 0"},
        {12, 32769, "width, height are 400, 32769"},
        {13, -1, "desc.left, top, width, height leave the canvas of 400 x 300"},
        {13, 401, "leave the canvas of 400 x 300"}, {13, 0, "leave the canvas of 400 x 300"},
        {14, -1, "leave the canvas of 400 x 300"}, {14, 301, "leave the canvas of 400 x 300"},
        {14, 0, "leave the canvas of 400 x 300"}, {15, -1, "leave the canvas of 400 x 300"},
        {15, 400, "leave the canvas of 400 x 300"}, {16, -1, "leave the canvas of 400 x 300"},
        {16, 300, "leave the canvas of 400 x 300"}, {17, -1, "layer_count is -1, needs 0 or more"},
        {18, 1, "PIKA_PLOT_EQUAL without linear axes"}};
    static const double dashes[17] = {1};
    pika_ctx ctx;
    pika_plot before;
    int i;
    way_init(&ctx, -1, 1, -1);
    memset(&plot_plots[0], 0x33, sizeof plot_plots[0]);
    before = plot_plots[0];
    for (i = 0; i < (int)(sizeof bad / sizeof bad[0]); i++) {
        const double v = bad[i].value > 1e30 ? pika__nan() : bad[i].value;
        const int n = bad[i].value > 1e30 ? 0 : (int)bad[i].value;
        pika_theme theme = *pika_theme_light();
        pika_layer layers[2];
        pika_plot_desc desc;
        int columns = 1, rows = 1, width = 400, height = 300;
        plot_desc(&desc, layers, 2);
        layers[1].kind = PIKA_LAYER_RULE_X;
        desc.theme = &theme;
        switch (bad[i].field) {
        case 0: layers[1].kind = n; break;
        case 1: layers[0].width = v; break;
        case 2: layers[0].size = v; break;
        case 3: layers[0].dash_count = n; break;
        case 4: layers[0].dash_count = n, layers[0].dashes = dashes; break;
        case 5: theme.text = v; break;
        case 6: theme.title = v; break;
        case 7: desc.legend = n; break;
        case 8: desc.scale = v; break;
        case 9: columns = n; break;
        case 10: rows = n; break;
        case 11: width = n; break;
        case 12: height = n; break;
        case 13: desc.width = n, desc.height = 300; break;
        case 14: desc.height = n, desc.width = 400; break;
        case 15: desc.left = n; break;
        case 16: desc.top = n; break;
        case 17: desc.layer_count = n; break;
        default: desc.flags = PIKA_PLOT_EQUAL, desc.x.axis.scale = PIKA_LOG10; break;
        }
        CHECK_RESULT(
            pika_plots_layout(&ctx, plot_plots, &desc, columns, rows, 0, width, height), PIKA_ERR_INVALID);
        CHECK_HAS(pika_last_error(&ctx), "pika_plots_layout: ");
        CHECK_HAS(pika_last_error(&ctx), bad[i].text);
    }
    CHECK(memcmp(&before, &plot_plots[0], sizeof before) == 0);
    pika_ctx_free(&ctx);
}

TEST(plot_errors_of_calls)
{
    pika_canvas canvas;
    pika_color_scale scale;
    pika_colormap map;
    pika_shade_desc shade;
    pika_image image;
    pika_layer layers[2];
    pika_plot_desc desc;
    pika_plot *plot = &plot_plots[0], flat;
    pika_ctx ctx;
    pika_points points = pika_xy_f32(plot_x, plot_y, 10), none;
    uint64_t rows[2];
    size_t found = 9;
    double x = 3, y = 4;
    int i;
    way_init(&ctx, -1, 1, -1);
    plot_image(&image, 0, 300, 200);
    plot_fill(2);
    plot_desc(&desc, layers, 2);
    layers[1].kind = PIKA_LAYER_RULE_X;
    desc.x.axis.hi = desc.y.axis.hi = 10;
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
    CHECK_OK(pika_plot_layout(&ctx, plot, &desc, 300, 200));
    flat = *plot;
    flat.height = 0;
#define PLOT_BAD(call, text) \
    do { \
        ctx.error[0] = 0; \
        ctx.status = PIKA_OK; \
        CHECK_RESULT(call, PIKA_ERR_INVALID); \
        CHECK_HAS(pika_last_error(&ctx), text); \
    } while (0)
    PLOT_BAD(pika_plots_layout(&ctx, NULL, &desc, 1, 1, 0, 300, 200), "pika_plots_layout: plot is NULL");
    PLOT_BAD(pika_plot_draw(&canvas, &flat), "pika_plot_draw: plot has no layout (pika_plot_layout)");
    PLOT_BAD(pika_draw_layer(&canvas, plot, 2), "pika_draw_layer: layer is 2, the plot has 2");
    PLOT_BAD(pika_draw_layer(&canvas, plot, -7), "pika_draw_layer: layer is -2, the plot has 2");
    PLOT_BAD(pika_draw_colorbar(&canvas, plot, NULL, NULL, NULL), "pika_draw_colorbar: scale is NULL");
    memset(&scale, 0, sizeof scale);
    memset(&map, 0, sizeof map);
    memset(&shade, 0, sizeof shade);
    scale.levels = 256;
    PLOT_BAD(
        pika_draw_colorbar(&canvas, plot, &scale, &map, NULL), "pika_draw_colorbar: colormap has 0 stops");
    layers[0].kind = PIKA_LAYER_MARKERS;
    layers[0].points.value = layers[0].points.y;
    layers[0].shade = &shade;
    shade.colormap = &map;
    PLOT_BAD(pika_draw_layer(&canvas, plot, 0), "pika_draw_layer: colormap has 0 stops");
    plot_desc(&desc, layers, 2);
    layers[1].kind = PIKA_LAYER_RULE_X;
    desc.x.axis.hi = desc.y.axis.hi = 10;
    PLOT_BAD(
        pika_plot_pick(&ctx, NULL, &points, 0, 0, 0, rows, 2, &found), "pika_plot_pick: plot has no layout");
    PLOT_BAD(pika_plot_pick(&ctx, plot, NULL, 0, 0, 0, rows, 2, &found), "points is NULL");
    PLOT_BAD(pika_plot_pick(&ctx, plot, &points, 0, 0, 0, rows, 2, NULL), "found is NULL");
    PLOT_BAD(pika_plot_pick(&ctx, plot, &points, 0, 0, 0, NULL, 2, &found), "rows is NULL");
    PLOT_BAD(
        pika_plot_pick(&ctx, plot, &points, 0, 0, 1025, rows, 2, &found), "radius is 1025, needs 0..1024");
    none = points;
    none.x.data = NULL;
    PLOT_BAD(pika_plot_pick(&ctx, plot, &none, plot->x + 1, plot->y + 1, 0, rows, 2, &found),
        "pika_plot_pick: x.data is NULL");
    none = points;
    none.y.type = 99;
    PLOT_BAD(pika_plot_pick(&ctx, plot, &none, plot->x + 1, plot->y + 1, 0, rows, 2, &found),
        "pika_plot_pick: y.type is 99");
    PLOT_BAD(pika_plot_to_png(&ctx, NULL, &desc, 300, 200), "pika_plot_to_png: path is NULL");
    PLOT_BAD(pika_plot_to_png(&ctx, "x.png", &desc, 40000, 200), "width, height are 40000, 200");
#undef PLOT_BAD
    CHECK(pika_plot_to_png(&ctx, "no such directory/x/y.png", &desc, 200, 150) != PIKA_OK);
    CHECK_HAS(pika_last_error(&ctx), "no such directory");
    for (i = 0; i < 4; i++) { /* beside the panel, on each side: no rows; counted without room for them */
        const double at_x = i == 0 ? plot->x - 0.5 : i == 1 ? plot->x + plot->width : plot->x + 3;
        const double at_y = i == 2 ? plot->y - 0.5 : i == 3 ? plot->y + plot->height : plot->y + 3;
        found = 9;
        CHECK_OK(pika_plot_pick(&ctx, plot, &points, at_x, at_y, 1000, rows, 2, &found));
        CHECK_EQ(found, 0);
    }
    {
        size_t inside = 0, k;
        for (k = 0; k < 10; k++)
            inside += plot_x[k] >= 0 && plot_x[k] <= 10 && plot_y[k] >= 0 && plot_y[k] <= 10;
        CHECK_OK(pika_plot_pick(&ctx, plot, &points, plot->x + 3, plot->y + 3, 1000, NULL, 0, &found));
        CHECK_EQ(found, inside);
        points.count = 0;
        CHECK_OK(pika_plot_pick(&ctx, plot, &points, plot->x + 3, plot->y + 3, 1000, rows, 2, &found));
        CHECK_EQ(found, 0);
    }
    CHECK_EQ(pika_plot_to_pixel(plot, 5, 5, &x, &y), 1);
    CHECK_EQ(pika_plot_to_pixel(plot, -1, 5, &x, &y), 0);
    CHECK_EQ(pika_plot_to_pixel(plot, 11, 5, &x, &y), 0);
    CHECK_EQ(pika_plot_to_pixel(plot, 5, -1, &x, &y), 0);
    CHECK_EQ(pika_plot_to_pixel(plot, 5, 11, &x, &y), 0);
    CHECK_EQ(pika_plot_to_data(plot, plot->x + 5, plot->y + 5, &x, &y), 1);
    CHECK_EQ(pika_plot_to_data(plot, plot->x + plot->width + 5, plot->y + 5, &x, &y), 0);
    CHECK_EQ(pika_plot_to_data(plot, plot->x + 5, plot->y - 5, &x, &y), 0);
    CHECK(y > 10);
    CHECK_EQ(pika_plot_to_data(plot, plot->x + 5, plot->y + plot->height + 5, &x, &y), 0);
    CHECK(y < 0);
    x = y = 77;
    CHECK_EQ(pika_plot_to_pixel(plot, 5, 5, NULL, &y), 0);
    CHECK_EQ(pika_plot_to_pixel(plot, 5, 5, &x, NULL), 0);
    CHECK_EQ(pika_plot_to_data(plot, plot->x + 5, plot->y + 5, NULL, &y), 0);
    CHECK_EQ(pika_plot_to_data(plot, plot->x + 5, plot->y + 5, &x, NULL), 0);
    CHECK(x > 76 && x < 78 && y > 76 && y < 78);
    memset(&scale, 0, sizeof scale);
    CHECK_RESULT(pika_draw_colorbar(NULL, plot, NULL, NULL, NULL), PIKA_ERR_INVALID);
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
    CHECK_RESULT(pika_plot_to_png(&ctx, "x.png", &desc, 300, 200), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_plot_pick(&ctx, plot, &points, 0, 0, 0, rows, 2, &found), PIKA_ERR_INVALID);
}

/* Pixels of a colour in a box. */
static int plot_count(const pika_image *image, int x, int y, int width, int height, uint32_t color)
{
    int i, k, n = 0;
    for (k = y; k < y + height; k++)
        for (i = x; i < x + width; i++)
            if (i >= 0 && k >= 0 && i < image->width && k < image->height)
                n += plot_pixel(image, i, k) == color;
    return n;
}

/* Nulls are no rows, 64-bit columns count from the first row that is one, others from there too. */
TEST(plot_columns_have_origins)
{
    static const int64_t when[6] = {
        5, 6, 7, INT64_C(1000000000000), INT64_C(1000000000010), INT64_C(1000000000004)};
    static const double heights[6] = {900, 1, 2, 1, 5, 3};
    static const double late[3] = {1000000000020.0, 1000000000020.0, 7}, low[3] = {2, 4, -50};
    static const uint8_t after_three[1] = {0x38}, two[1] = {0x03};
    uint64_t far_off[3] = {UINT64_C(0xFFFFFFFFFFFF0000), 3, UINT64_C(0xFFFFFFFFFFFF8000)};
    pika_layer layers[3];
    pika_plot_desc desc;
    pika_image image;
    pika_ctx ctx;
    const pika_plot *plot = &plot_plots[0];
    int i;
    way_init(&ctx, -1, 1, -1);
    plot_desc(&desc, layers, 3);
    for (i = 0; i < 3; i++) {
        layers[i].kind = PIKA_LAYER_MARKERS;
        layers[i].size = 15;
        layers[i].color = 0x102030FFu + (uint32_t)i * 0x40404000u;
    }
    layers[0].points = pika_xy(pika_i64(when), pika_f64(heights), 6);
    layers[0].points.x.valid = layers[0].points.y.valid = after_three;
    layers[1].points = pika_xy(pika_f64(late), pika_f64(low), 3);
    layers[1].points.x.valid = two;
    layers[2].points.count = 0;
    desc.legend = PIKA_LEGEND_NONE;
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    CHECK(plot->desc.x.axis.origin == INT64_C(1000000000000));
    CHECK(fabs(plot->desc.x.axis.lo + 0.8) < 1e-9 && fabs(plot->desc.x.axis.hi - 20.8) < 1e-9);
    CHECK(fabs(plot->desc.y.axis.lo - 0.84) < 1e-9 && fabs(plot->desc.y.axis.hi - 5.16) < 1e-9);
    CHECK_EQ(plot_category_color(&image, plot, 0, 1), 0x102030FFu);
    CHECK_EQ(plot_category_color(&image, plot, 10, 5), 0x102030FFu);
    CHECK_EQ(plot_category_color(&image, plot, 20, 2), layers[1].color);
    CHECK_EQ(plot_category_color(&image, plot, 20, 4), layers[1].color);
    layers[0].points = pika_xy(pika_strided(far_off, PIKA_U64, 0), pika_f64(heights), 3);
    desc.layer_count = 1;
    CHECK_OK(pika_plot_layout(&ctx, &plot_plots[0], &desc, 500, 400));
    CHECK(plot->desc.x.axis.origin == INT64_MAX); /* as far as it goes */
    far_off[0] = 10;
    far_off[2] = 30;
    CHECK_OK(pika_plot_layout(&ctx, &plot_plots[0], &desc, 500, 400));
    CHECK_EQ(plot->desc.x.axis.origin, 10);
    CHECK(fabs(plot->desc.x.axis.lo + 8.08) < 1e-9 && fabs(plot->desc.x.axis.hi - 21.08) < 1e-9);
    layers[0].points.x.valid = layers[0].points.y.valid = after_three; /* none of the three is one */
    CHECK_OK(pika_plot_layout(&ctx, &plot_plots[0], &desc, 500, 400));
    CHECK_EQ(plot->desc.x.axis.origin, 30);
    CHECK_BITS(plot->desc.y.axis.lo, 0.0);
    CHECK_BITS(plot->desc.y.axis.hi, 1.0);
    pika_ctx_free(&ctx);
}

/* A layer's colour: its own, its categories', the theme's; the legend says the same. */
TEST(plot_colours_of_layers)
{
    static const double x[3] = {1, 2, 3}, y[3] = {1, 2, 3};
    static const uint8_t kind[3] = {0, 1, 1};
    static const uint32_t own[2] = {0x112233FFu, 0x445566FFu};
    const pika_colormap *category = pika_colormap_find("category");
    pika_theme theme = *pika_theme_light();
    pika_layer layers[2];
    pika_plot_desc desc;
    pika_shade_desc shade;
    pika_image image;
    pika_grid_desc grid_desc;
    pika_grid grid;
    pika_ctx ctx;
    const pika_plot *plot = &plot_plots[0];
    int i, wide;
    double tall;
    way_init(&ctx, -1, 1, -1);
    memset(&shade, 0, sizeof shade);
    plot_desc(&desc, layers, 2);
    desc.layer_count = 1;
    layers[0].kind = PIKA_LAYER_MARKERS;
    layers[0].points = pika_xy_f64(x, y, 3);
    layers[0].points.category = pika_strided(kind, PIKA_U8, 0);
    layers[0].name = "a\nb";
    layers[0].size = 15;
    layers[0].shade = &shade;
    desc.legend = PIKA_LEGEND_TOP_LEFT;
    for (i = 0; i < 3; i++) { /* given colours; a colour that is not used for categories; no palette */
        const uint32_t first = i == 0 ? own[0] : i == 1 ? theme.palette[0] : theme.ink;
        shade.category_colors = i == 0 ? own : NULL;
        layers[0].color = i == 1 ? 0x99AA11FFu : 0;
        if (i == 2) {
            theme.palette_count = 0;
            desc.theme = &theme;
        }
        CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
        CHECK_EQ(plot_category_color(&image, plot, 1, 1), first);
        CHECK_EQ(plot_category_color(&image, plot, 3, 3), i == 0   ? own[1]
                                                          : i == 1 ? pika_theme_light()->palette[1]
                                                                   : theme.ink);
        CHECK(plot_count(&image, plot->x + 8, plot->y + 8, (int)plot->legend_width, (int)plot->legend_height,
                  first) > 50);
    }
    theme.palette = NULL;
    theme.palette_count = 3;
    layers[0].points.category.data = NULL;
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    CHECK_EQ(plot_category_color(&image, plot, 1, 1), theme.ink);
    desc.theme = NULL;
    layers[0].kind = PIKA_LAYER_DENSITY; /* categories of counts, no colour bar */
    layers[0].points.category = pika_strided(kind, PIKA_U8, 0);
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    tall = plot->legend_height;
    wide = plot->width;
    for (i = 0; i < 2; i++)
        CHECK(plot_count(&image, plot->x + 8, plot->y + 8, (int)plot->legend_width, (int)plot->legend_height,
                  category->colors[i]) > 50);
    memset(&grid_desc, 0, sizeof grid_desc);
    memset(&grid, 0, sizeof grid);
    grid_desc.view.width = plot->width;
    grid_desc.view.height = plot->height;
    grid_desc.view.x = plot->desc.x.axis;
    grid_desc.view.y = plot->desc.y.axis;
    grid_desc.categories = 5; /* more than the name has lines */
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &grid_desc));
    CHECK_OK(pika_add_points(&ctx, &grid, &layers[0].points));
    layers[0].grid = &grid;
    layers[1].kind = PIKA_LAYER_RULE_X;
    layers[1].at = 2.5;
    layers[1].name = "c";
    desc.layer_count = 2;
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    CHECK_EQ(plot->width, wide);
    CHECK(plot->legend_height > tall + 10 && plot->legend_height < tall + 30); /* three lines */
    CHECK(plot_count(&image, plot->x + 8, plot->y + 8, (int)plot->legend_width, (int)plot->legend_height,
              pika_theme_light()->muted) > 5);
    shade.category = 2; /* one of them, by the colour map: a bar */
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
    CHECK(plot->width < wide - 20);
    CHECK_EQ(plot->legend_height, tall);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
}

/* Words in the panel: where asked, moved so that all of them are in it, in their colour. */
TEST(plot_notes_stay_inside)
{
    static const double places[5][2] = {{5, 5}, {0, 0}, {10, 10}, {0, 10}, {10, 0}};
    pika_layer layer;
    pika_plot_desc desc;
    pika_image image;
    pika_ctx ctx;
    const pika_plot *plot = &plot_plots[0];
    double at[2] = {0, 0};
    int i, align, baseline, plain = -1;
    way_init(&ctx, -1, 1, -1);
    plot_desc(&desc, &layer, 1);
    layer.kind = PIKA_LAYER_TEXT;
    layer.points = pika_xy_f64(&at[0], &at[1], 1);
    desc.x.axis.hi = desc.y.axis.hi = 10;
    desc.flags = PIKA_PLOT_NO_GRID;
    for (i = 0; i < 5; i++)
        for (align = PIKA_ALIGN_START; align <= PIKA_ALIGN_END; align++)
            for (baseline = PIKA_BASELINE; baseline <= PIKA_BOTTOM; baseline++) {
                int left = 999, right = -1, top = 999, bottom = -1, x, y;
                at[0] = places[i][0];
                at[1] = places[i][1];
                layer.name = "HHH\nHH";
                layer.align = align;
                layer.baseline = baseline;
                layer.size = i % 2 == 0 ? 20 : 0;
                layer.color = i == 0 ? 0xCC0000FFu : 0;
                CHECK_OK(plot_made(&ctx, &image, 0, &desc, 300, 200));
                for (y = plot->y; y < plot->y + plot->height; y++)
                    for (x = plot->x; x < plot->x + plot->width; x++)
                        if (plot_pixel(&image, x, y) != pika_theme_light()->panel) {
                            left = x < left ? x : left;
                            right = x > right ? x : right;
                            top = y < top ? y : top;
                            bottom = y > bottom ? y : bottom;
                        }
                CHECK(right > left + 20 && bottom > top + 15);
                CHECK(left > plot->x && right + 1 < plot->x + plot->width && top > plot->y &&
                      bottom + 1 < plot->y + plot->height);
                CHECK((plot_count(&image, left, top, right - left + 1, bottom - top + 1, 0xCC0000FFu) > 20) ==
                      (i == 0));
                if (i == 0) { /* it has room: the row's place is at its side, above or below it */
                    const int middle_x = plot->x + plot->width / 2, middle_y = plot->y + plot->height / 2;
                    CHECK(align == PIKA_ALIGN_START ? left >= middle_x - 1
                          : align == PIKA_ALIGN_END ? right <= middle_x + 1
                                                    : abs(left + right - 2 * middle_x) < 6);
                    CHECK(baseline == PIKA_TOP      ? top >= middle_y
                          : baseline == PIKA_BOTTOM ? bottom <= middle_y
                                                    : top < middle_y && bottom > middle_y - 2);
                }
            }
    for (i = 0; i < 5; i++) { /* nothing to say, or nowhere */
        int inked, x, y;
        layer.name = i == 0 ? NULL : i == 1 ? "" : "HHH";
        at[0] = i == 2 ? pika__nan() : 5;
        at[1] = i == 3 ? pika__from_bits64(PIKA__INF64) : 5;
        layer.points.count = i == 4 ? 0 : 1;
        CHECK_OK(plot_made(&ctx, &image, 0, &desc, 300, 200));
        for (inked = 0, y = plot->y; y < plot->y + plot->height; y++)
            for (x = plot->x; x < plot->x + plot->width; x++)
                inked += plot_pixel(&image, x, y) != pika_theme_light()->panel;
        if (plain < 0) plain = inked;
        CHECK_EQ(inked, plain);
        CHECK_EQ(plain, 0);
    }
    pika_ctx_free(&ctx);
}

/* Legends that are wider or higher than their panel, beside it, in each corner, on each format. */
/* Where there is no room for all of its lines the legend's last one says how many are left out. */
TEST(plot_legends_say_what_is_left_out)
{
    pika_layer layers[12];
    pika_plot_desc desc;
    pika_image image[2];
    pika_ctx ctx;
    static uint8_t seven[300 * 170 * 4];
    int i, k, n, differ;
    way_init(&ctx, -1, 1, -1);
    plot_fill(31);
    for (n = 3; n <= 12; n++) {
        for (k = 0; k < 2; k++) { /* with a name of its own for the last, and without */
            plot_desc(&desc, layers, 12);
            desc.layer_count = n;
            for (i = 0; i < n; i++) {
                layers[i].kind = PIKA_LAYER_RULE_X;
                layers[i].at = 1e9; /* not in view */
                layers[i].color = PIKA_RGBA(20u * (uint32_t)(i + 1), 0, 0, 255);
                layers[i].name = k == 1 && i == n - 1 ? "last" : "name";
            }
            desc.x.axis.hi = desc.y.axis.hi = 10;
            desc.legend = PIKA_LEGEND_TOP_LEFT;
            CHECK_OK(plot_made(&ctx, &image[k], k, &desc, 300, 170));
            for (i = 0; i < n; i++) /* six fit, or five and how many more there are */
                CHECK_EQ(plot_count(&image[k], 0, 0, 300, 170, layers[i].color) > 10, i < 5 || n == 6);
        }
        differ = memcmp(image[0].pixels, image[1].pixels, sizeof seven) != 0;
        CHECK_EQ(differ, n <= 6); /* a name that is left out does not matter, */
        if (n > 7) CHECK(memcmp(image[0].pixels, seven, sizeof seven) != 0); /* but how many are */
        if (n == 7) memcpy(seven, image[0].pixels, sizeof seven);
    }
    pika_ctx_free(&ctx);
}

TEST(plot_legends_anywhere)
{
    static char long_name[200], many[400];
    static uint8_t kinds[PLOT_ROWS];
    pika_layer layers[3];
    pika_plot_desc desc;
    pika_image image;
    pika_ctx ctx;
    pika_plot *plot = &plot_plots[0];
    const pika_theme *theme = pika_theme_light();
    int place, i, format, size;
    way_init(&ctx, -1, 1, -1);
    plot_fill(31);
    memset(long_name, 'm', sizeof long_name - 1);
    for (i = 0; i < 199; i++) many[2 * i] = 'n', many[2 * i + 1] = '\n';
    for (i = 0; i < PLOT_ROWS; i++) kinds[i] = 0;
    for (size = 0; size < 3; size++) /* small, as wide as the legend, of as many lines as pixels */
        for (place = PIKA_LEGEND_AUTO; place <= PIKA_LEGEND_BOTTOM_RIGHT; place++) {
            int ink;
            plot_desc(&desc, layers, 3);
            layers[0].kind = PIKA_LAYER_MARKERS;
            layers[0].points.count = 0;
            layers[0].color = 0xDD1144FFu;
            layers[0].points.category = pika_strided(kinds, PIKA_U8, 0);
            layers[0].name = size == 0 ? "n" : size == 1 ? long_name : many;
            layers[1].kind = PIKA_LAYER_AREA;
            layers[1].name = "area";
            layers[2].kind = PIKA_LAYER_TEXT;
            layers[2].name = "no entry";
            desc.x.axis.hi = desc.y.axis.hi = 10;
            desc.flags = PIKA_PLOT_NO_GRID;
            desc.legend = place;
            CHECK_OK(plot_made(&ctx, &image, 0, &desc, 300, 200));
            ink = plot_count(&image, plot->x, plot->y, plot->width, plot->height, theme->faint);
            CHECK(place == PIKA_LEGEND_NONE ? ink == 0 : ink > 20); /* its frame */
            if (size == 0) {
                const int right = place == PIKA_LEGEND_AUTO || place == PIKA_LEGEND_TOP_RIGHT ||
                                  place == PIKA_LEGEND_BOTTOM_RIGHT;
                const int below = place == PIKA_LEGEND_BOTTOM_LEFT || place == PIKA_LEGEND_BOTTOM_RIGHT;
                CHECK_EQ(plot_count(&image, plot->x + (right ? plot->width / 2 : 0),
                             plot->y + (below ? plot->height / 2 : 0), plot->width / 2, plot->height / 2,
                             theme->faint),
                    ink);
            }
            CHECK_EQ(plot_count(&image, 0, 0, 300, plot->y - 9, theme->ground), 300 * (plot->y - 9));
        }
    plot_desc(&desc, layers, 3);
    desc.layer_count = 2;
    layers[0].kind = PIKA_LAYER_LINE;
    layers[0].points.count = 200;
    layers[0].name = "line";
    layers[1].kind = PIKA_LAYER_DENSITY;
    layers[1].points = pika_xy_f32(plot_x, plot_y, 500);
    layers[1].name = "density";
    desc.legend = PIKA_LEGEND_OUTSIDE;
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 300));
    place = plot->width;
    CHECK(plot_count(&image, plot->x + plot->width + 60, plot->y, 500, 60, theme->palette[0]) > 10);
    layers[0].name = layers[1].name = NULL; /* no room for nothing */
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 300));
    CHECK(plot->width > place + 40);
    layers[0].name = "line";
    desc.legend = PIKA_LEGEND_AUTO;
    for (format = PIKA_RGBA8; format <= PIKA_GREY8; format++) {
        pika_canvas canvas;
        uint32_t corner;
        CHECK_OK(pika_plot_layout(&ctx, plot, &desc, 300, 200));
        plot_image(&image, 1, 300, 200);
        image.format = format;
        CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
        CHECK_OK(pika_plot_draw(&canvas, plot));
        corner = pika__image_color(&image, 0, 0);
        CHECK_EQ(corner, 0xFFFFFFFFu);
        for (place = 0, i = 0; i < plot->width; i++)
            place += pika__image_color(&image, plot->x + i, plot->y + plot->height / 2) != corner;
        CHECK(place > 5);
        pika_canvas_free(&canvas);
    }
    pika_ctx_free(&ctx);
}

/* Whatever allocation fails, of whatever call: an error or the whole; nothing leaks. */
TEST(plot_pieces_without_memory)
{
    static const double dashes[2] = {3, 2};
    test_heap heap;
    pika_ctx_desc ctx_desc = heap_desc(&heap, 1);
    pika_shade_desc shade;
    pika_color_scale scale;
    pika_layer layers[7];
    pika_plot_desc descs[2], *desc = &descs[0];
    pika_image image;
    pika_ctx ctx;
    uint64_t rows[4];
    size_t found;
    int piece, k, i;
    plot_fill(14);
    plot_desc(desc, layers, 7);
    for (k = 0; k < 7; k++) {
        layers[k] = layers[0];
        layers[k].kind = k;
        layers[k].points.count = k == 0 ? 500 : 60;
        layers[k].name = "nm";
    }
    memset(&shade, 0, sizeof shade);
    memset(&scale, 0, sizeof scale);
    shade.scale_out = &scale;
    layers[0].shade = &shade;
    layers[0].value_label = "v";
    layers[1].dashes = dashes;
    layers[1].dash_count = 2;
    layers[3].points.value = pika_f64(plot_wide_y);
    desc->title = "A title";
    desc->x.label = desc->y.label = "label";
    descs[1] = descs[0];
    CHECK_OK(plot_made(NULL, &image, 0, desc, 300, 200));
    CHECK_EQ(scale.levels, 256);
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    for (piece = 0; piece < 16; piece++) {
        int done = 0, failed = 0;
        for (k = 0; k < 60 && !done; k++) {
            pika_plot *plot = &plot_plots[0];
            pika_result result;
            pika_canvas canvas;
            heap.fail_at = -1;
            CHECK_OK(pika_plot_layout(&ctx, plot, desc, 300, 200));
            plot_image(&image, 0, 300, 200);
            CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
            heap.calls = 0;
            heap.fail_at = k;
            heap.fail_all = piece % 2 == 1;
            if (piece < 7) {
                heap.fail_all = 1;
                result = pika_draw_layer(&canvas, plot, piece);
            } else if (piece == 7) {
                result = pika_draw_panel(&canvas, plot);
            } else if (piece == 8 || piece == 9) {
                result = pika_draw_axes(&canvas, plot);
            } else if (piece == 10 || piece == 11) {
                result = pika_draw_legend(&canvas, plot);
            } else if (piece == 12) {
                result = pika_draw_colorbar(&canvas, plot, &scale, NULL, "label");
            } else if (piece == 13) {
                result = pika_plot_draw(&canvas, plot);
            } else if (piece == 14) {
                result = pika_plots_layout(&ctx, &plot_plots[1], descs, 2, 1, 0, 600, 300);
            } else {
                found = 0;
                result = pika_plot_pick(
                    &ctx, plot, &layers[0].points, plot->x + 9, plot->y + 9, 900, rows, 4, &found);
            }
            done = heap.calls <= k;
            if (done) CHECK_OK(result);
            else CHECK(result == PIKA_ERR_MEMORY || result == PIKA_OK);
            failed += result == PIKA_ERR_MEMORY;
            heap.fail_at = -1;
            heap.fail_all = 0;
            for (i = 0; i < 6; i++) CHECK(canvas.transform[i] == (i == 0 || i == 3 ? 1 : 0));
            CHECK(canvas.clip_x == 0 && canvas.clip_width == 300 && canvas.clip_height == 200);
            pika_canvas_free(&canvas);
            CHECK_EQ(heap.blocks, 0);
            CHECK_EQ(heap.bad, 0);
        }
        if (!CHECK(done)) printf("        piece %d\n", piece);
        if (piece != 7 && !CHECK(failed > 0)) printf("        piece %d\n", piece);
    }
    CHECK(found > 0);
    for (k = 0, i = 0; k < 60 && !i; k++) { /* and of a file: no call before the last one may write it */
        pika_result result;
        heap.calls = 0;
        heap.fail_at = k;
        heap.fail_all = 1;
        result = pika_plot_to_png(&ctx, "no such directory/x/y.png", desc, 300, 200);
        i = heap.calls <= k;
        CHECK(result != PIKA_OK);
        if (k < 3) CHECK_RESULT(result, PIKA_ERR_MEMORY);
        CHECK_EQ(heap.blocks, 0);
    }
    CHECK(i && k > 4);
    pika_ctx_free(&ctx);
    CHECK_EQ(heap.live, 0);
}

/* Markers by value: the whole range, a fixed one, one that is given, none at all; ranks are linear. */
TEST(plot_colour_scales_of_markers)
{
    static const double x[5] = {1, 2, 3, 4, 5}, y[5] = {1, 2, 3, 4, 5};
    double value[5] = {0, 10, 5, 20, -20};
    uint32_t table[256];
    pika_layer layer;
    pika_plot_desc desc;
    pika_shade_desc shade;
    pika_color_scale scale;
    pika_image image;
    pika_ctx ctx;
    pika_canvas canvas;
    const pika_plot *plot = &plot_plots[0];
    int turn, i;
    way_init(&ctx, -1, 1, -1);
    memset(&shade, 0, sizeof shade);
    memset(&scale, 0, sizeof scale);
    scale.transfer = PIKA_SHADE_LINEAR;
    scale.levels = 256;
    scale.hi = 40;
    for (i = 0; i <= 256; i++) scale.edge[i] = i * 40.0 / 256;
    plot_desc(&desc, &layer, 1);
    layer.kind = PIKA_LAYER_MARKERS;
    layer.points = pika_xy_f64(x, y, 5);
    layer.points.value = pika_f64(value);
    layer.size = 15;
    layer.shade = &shade;
    layer.value_label = "label";
    desc.legend = PIKA_LEGEND_NONE;
    for (turn = 0; turn < 5; turn++) {
        static const int32_t levels[5][5] = {{0, 127, 63, 255, 0}, {0, 255, 128, 255, 0}, {0, 64, 32, 128, 0},
            {-1, -1, -1, -1, -1}, {128, 192, 160, 255, 0}};
        shade.transfer = turn == 0 ? PIKA_SHADE_EQ_HIST : PIKA_SHADE_LINEAR;
        shade.lo = 0;
        shade.hi = turn == 1 ? 10 : turn == 0 ? 20 : 0;
        shade.scale = turn == 2 ? &scale : NULL;
        shade.colormap = turn == 4 ? pika_colormap_find("magma") : NULL;
        for (i = 0; i < 5 && turn == 3; i++) value[i] = pika__nan();
        CHECK_OK(pika_colormap_table(pika_colormap_find(turn == 4 ? "magma" : "viridis"), table));
        if (turn == 4) value[0] = 0, value[1] = 10, value[2] = 5, value[3] = 20, value[4] = -20;
        CHECK_OK(plot_made(&ctx, &image, 0, &desc, 500, 400));
        for (i = 0; i < 5; i++) {
            const uint32_t seen = plot_category_color(&image, plot, x[i], y[i]);
            const int32_t level = levels[turn][i];
            int near_by = level < 0 ? seen == pika_theme_light()->panel || seen == pika_theme_light()->faint
                                    : seen == table[level] || seen == table[level + (level < 255)] ||
                                          seen == table[level - (level > 0)];
            if (!CHECK(near_by))
                printf("        turn %d, marker %d: 0x%08lX\n", turn, i, (unsigned long)seen);
        }
        CHECK(plot->width < 430); /* there is a bar, with its colours from the lowest to the highest */
        CHECK_EQ(plot_pixel(&image, plot->bar_x + 3, plot->y), table[255]);
        CHECK_EQ(plot_pixel(&image, plot->bar_x + 3, plot->y + plot->height - 1), table[0]);
    }
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &image)); /* a bar of one's own: the scale's, the map's */
    CHECK_OK(pika_canvas_clear(&canvas, 0xFFFFFFFFu));
    CHECK_OK(pika_draw_colorbar(&canvas, plot, &scale, pika_colormap_find("magma"), "label"));
    CHECK_EQ(plot_pixel(&image, plot->bar_x + 3, plot->y), table[255]);
    CHECK_EQ(plot_pixel(&image, plot->x + 5, plot->y + 5), 0xFFFFFFFFu);
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
}

/* Ticks of any scale: within it, in order of its edges, never nearer than asked, never too many. */
TEST(plot_colour_bars_of_odd_scales)
{
    static const double ranges[14][2] = {{1, 1000}, {-1000, -1}, {-5, 5}, {1e-300, 1e300}, {0, 5e-324},
        {1e15, 1.0000001e15}, {3e15, 3e15}, {1, 1 + 1e-15}, {-1e299, 1e299}, {0, 1e300}, {0.001, 0.01},
        {999, 1001}, {-1e-3, 1e300}, {4e299, 4.0001e299}};
    pika_color_scale scale;
    pika__bar bar;
    int transfer, r, i, k, turn, full = 0;
    bar.scale = &scale;
    for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++)
        for (r = 0; r < 14; r++)
            for (turn = 0; turn < 4; turn++) {
                const double lo = ranges[r][0], hi = ranges[r][1];
                memset(&scale, 0, sizeof scale);
                scale.transfer = transfer;
                scale.levels = 256;
                scale.lo = lo;
                scale.hi = hi;
                for (i = 0; i <= 256; i++) { /* even; two values alone; the upper half one value */
                    const double t = turn == 1   ? (i > 100)
                                     : turn == 2 ? (i > 128 ? 1 : i / 128.0)
                                                 : i / 256.0;
                    scale.edge[i] = i == 0 ? lo : i == 256 ? hi : lo * (1 - t) + hi * t;
                }
                bar.gap = turn == 3 ? 0.015 : 0.05;
                bar.count = -1;
                pika__bar_choose(&bar);
                CHECK(bar.count >= 0 && bar.count <= 24);
                full += bar.count == 24;
                for (i = 0; i < bar.count; i++) {
                    CHECK(bar.value[i] >= lo && bar.value[i] <= hi && bar.at[i] >= 0 && bar.at[i] <= 1);
                    for (k = 0; k < i; k++) {
                        CHECK(fabs(bar.at[i] - bar.at[k]) >= bar.gap);
                        if (bar.value[i] > bar.value[k]) CHECK(bar.at[i] > bar.at[k]);
                    }
                }
                if (r == 6) CHECK_EQ(bar.count, 1);
            }
    CHECK(full > 3);
}

/* Ranges that a margin would leave the doubles for keep what they have; a log axis stays positive. */
TEST(plot_ranges_at_the_end)
{
    double x[2] = {-1.7e308, 1.7e308}, y[2] = {1e-320, 1.5e308};
    pika_layer layers[4];
    pika_plot_desc desc;
    pika_plot *plot = &plot_plots[0];
    int k;
    plot_desc(&desc, layers, 4);
    for (k = 0; k < 3; k++) layers[k].kind = PIKA_LAYER_LINE, layers[k].points.count = 0;
    layers[0].points = pika_xy_f64(x, y, 2);
    layers[1].kind = PIKA_LAYER_RULE_X;
    layers[2].kind = PIKA_LAYER_RULE_Y;
    layers[2].at = pika__nan();
    layers[3].kind = PIKA_LAYER_TEXT; /* its first row alone counts */
    layers[3].points = pika_xy_f64(x, y, 2);
    desc.y.axis.scale = PIKA_LOG10;
    if (pika_plot_layout(NULL, plot, &desc, 400, 300) == PIKA_OK) {
        CHECK(plot->desc.x.axis.lo <= x[0] && plot->desc.x.axis.hi >= x[1]);
        CHECK(plot->desc.y.axis.lo > 0 && plot->desc.y.axis.hi >= 1.5e308);
    } else {
        CHECK(plot->width == 0);
    }
    x[0] = 0;
    x[1] = 10;
    y[0] = 1;
    y[1] = 100;
    layers[2].at = -4; /* not on a log axis */
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(plot->desc.y.axis.lo > 0.8 && plot->desc.y.axis.lo < 0.84);
    CHECK(fabs(plot->desc.x.axis.lo + 0.4) < 1e-12 && fabs(plot->desc.x.axis.hi - 10.4) < 1e-12);
    layers[0].kind = PIKA_LAYER_AREA; /* its level is not on it either: from the axis's end */
    layers[0].at = 0;
    layers[0].points.count = 2;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(plot->desc.y.axis.lo > 0.8 && plot->desc.y.axis.lo < 0.84);
    {
        pika_image image;
        CHECK_OK(plot_made(NULL, &image, 0, &desc, 400, 300));
        CHECK(plot_pixel(&image, plot->x + plot->width / 2, plot->y + plot->height - 3) !=
              pika_theme_light()->panel);
        CHECK_EQ(plot_pixel(&image, plot->x + 30, plot->y + 30) == pika_theme_light()->panel, 1);
    }
    desc.layer_count = 1;
    layers[0].points.count = 0; /* an area of no rows */
    desc.y.axis.scale = PIKA_LINEAR;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK_BITS(plot->desc.y.axis.hi, 1.0);
    layers[0].points.count = 2;
    layers[0].kind = PIKA_LAYER_LINE;
    desc.flags = PIKA_PLOT_EQUAL;
    x[0] = -1.7e308;
    x[1] = 1.7e308;
    if (pika_plot_layout(NULL, plot, &desc, 400, 300) == PIKA_OK)
        CHECK(plot->desc.x.axis.lo < plot->desc.x.axis.hi);
    desc.y.axis.hi = 1; /* a range that is given, one that is as large as there are rows */
    x[0] = -3;
    x[1] = 3;
    CHECK_OK(pika_plot_layout(NULL, plot, &desc, 400, 300));
    CHECK(fabs((plot->desc.x.axis.hi - plot->desc.x.axis.lo) / plot->width -
               (plot->desc.y.axis.hi - plot->desc.y.axis.lo) / plot->height) < 1e-12);
}

#ifndef PIKA_NO_PROFILER
/* The last frame's zones to any depth, as many as there is room for; those of other frames not. */
TEST(plot_overlay_of_deep_frames)
{
    static pika__overlay overlay;
    static pika_zone_stats zones[80];
    pika_image image;
    pika_canvas canvas;
    pika_layer layer;
    pika_plot_desc desc;
    pika_color_scale scale;
    pika_ctx ctx;
    size_t n = 0, k;
    int i, deepest = 0, drawn = 0;
    way_init(&ctx, -1, 1, -1);
    memset(&scale, 0, sizeof scale);
    scale.levels = 256;
    for (i = 0; i <= 256; i++) scale.edge[i] = i;
    plot_image(&image, 0, 500, 300);
    CHECK_OK(pika_canvas_init(&ctx, &canvas, &image));
    CHECK_OK(pika_profile_start(&ctx, NULL));
    PIKA_ZONE(&ctx, "before") continue;
    PIKA_ZONE(&ctx, "frame")
    {
        for (i = 0; i < 300; i++) PIKA_ZONE(&ctx, "one of many") continue;
    }
    pika__overlay_read(pika__profile_of(&ctx), &overlay);
    CHECK_EQ(overlay.n, 1);
    CHECK(overlay.spans >= 1 && overlay.spans <= PIKA__SPANS);
    CHECK_STR(overlay.span[0].name, "frame");
    pika_profile_clear(&ctx);
    PIKA_ZONE(&ctx, "frame")
    {
        for (i = 0; i < PIKA__DEPTH + 20; i++) pika_zone_begin(&ctx, "deeper");
        for (i = 0; i < PIKA__DEPTH + 20; i++) pika_zone_end(&ctx, 0, 0);
    }
    CHECK_OK(pika_draw_overlay(&canvas, &ctx));
    pika__overlay_read(pika__profile_of(&ctx), &overlay);
    for (i = 0; i < overlay.spans; i++)
        deepest = overlay.span[i].depth > deepest ? overlay.span[i].depth : deepest;
    CHECK_EQ(overlay.span[0].depth, 0);
    CHECK(deepest < PIKA__DEPTH);
    pika_profile_clear(&ctx);
    plot_fill(3);
    plot_desc(&desc, &layer, 1);
    CHECK_OK(plot_made(&ctx, &image, 0, &desc, 400, 300));
    CHECK_OK(pika_draw_colorbar(&canvas, &plot_plots[0], &scale, NULL, NULL));
    CHECK_OK(pika_profile_zones(&ctx, zones, 80, &n));
    for (k = 0; k < n && k < 80; k++)
        drawn += strcmp(zones[k].name, "pika_plot_draw") == 0 ||
                 strcmp(zones[k].name, "pika_draw_colorbar") == 0 ||
                 strcmp(zones[k].name, "pika_make_ticks") == 0;
    CHECK_EQ(drawn, 3);
    pika_canvas_free(&canvas);
    pika_ctx_free(&ctx);
}
#else
TEST(plot_overlay_of_deep_frames) { SKIP("no profiler in this build"); }
#endif

AREA(plot, LISTED(plot_pixels_and_back), LISTED(plot_picks_what_the_grid_counts),
    LISTED_SAFE(plot_margins_hold_all_labels), LISTED(plot_fits_its_axes), LISTED(plot_grids_are_aligned),
    LISTED_SAFE(plot_errors_name_the_field), LISTED_SAFE(plot_refuses_what_is_not_ready),
    LISTED(plot_layers_are_clipped), LISTED(plot_lines_are_thinned_faithfully),
    LISTED(plot_areas_lie_between_their_curves), LISTED(plot_colour_bars_read_backwards),
    LISTED(plot_themes_can_be_read), LISTED(plot_legends_find_room), LISTED_SAFE(plot_names_are_lines),
    LISTED(plot_markers_have_their_colours), LISTED(plot_densities_are_the_grid),
    LISTED_SAFE(plot_without_memory), LISTED(plot_overlay_tells), LISTED_SAFE(plot_fuzz), LISTED(plot_golden),
    LISTED_SAFE(plot_errors_at_both_ends), LISTED_SAFE(plot_errors_of_calls),
    LISTED(plot_columns_have_origins), LISTED(plot_colours_of_layers), LISTED_SAFE(plot_notes_stay_inside),
    LISTED_SAFE(plot_legends_anywhere), LISTED(plot_legends_say_what_is_left_out),
    LISTED_SAFE(plot_pieces_without_memory), LISTED(plot_colour_scales_of_markers),
    LISTED(plot_colour_bars_of_odd_scales), LISTED(plot_ranges_at_the_end),
    LISTED_SAFE(plot_overlay_of_deep_frames), LISTED_SAFE(plot_overlay_of_deep_frames));
