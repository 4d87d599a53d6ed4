/* canvas.h - drawing onto 1920 x 1080 opaque pixels with one thread: shapes, beside cairo; labels, a picture,
   a plot, the overlay. What is timed is drawing, not clearing. The shapes are those of marks.h. Included by
   bench.c alone. */

#define CANVAS_INK 0x204080FFu /* as in peers/cairo.c */
#define CANVAS_GROUND 0xFFFFFFFFu

struct drawing;
typedef struct canvas_job {
    bench *bench;
    const struct drawing *what;
    char name[100];
    size_t count;
    int repeats;
    shapes shapes;
    pika_ctx ctx;
    pika_image image;
    pika_canvas canvas;
    pika_grid grid;         /* of the plot; what the overlay's frames fill */
    pika_image picture;     /* the grid, shaded */
    pika_color_scale scale; /* the plot, from here on */
    pika_layer layers[4];
    pika_plot_desc plot_desc;
    pika_plot plot;
} canvas_job;

typedef struct drawing {
    const char *shape;
    size_t count; /* with --points in proportion, as of 10M; 1 is 1 */
    void (*make)(shapes *s, size_t count);
    pika_result (*open)(canvas_job *j);
    pika_result (*before)(canvas_job *j); /* each time, not measured */
    pika_result (*draw)(canvas_job *j, size_t count);
    double width; /* of cairo's lines, or the radius */
    const char *cairo;
    size_t most;      /* cairo draws the first of them */
    double tolerance; /* its picture differs by so much of the ink at most */
} drawing;

static uint8_t *pixels_of(const pika_image *image, int y) { return image->pixels + y * image->stride; }

/* ---- what is drawn ----------------------------------------------------------------------------------- */

static pika_result draw_segments(canvas_job *j, size_t count)
{
    const pika_points from = pika_xy_f32(j->shapes.x, j->shapes.y, count);
    const pika_column x1 = pika_f32(j->shapes.x1), y1 = pika_f32(j->shapes.y1);
    return pika_canvas_segments(&j->canvas, &from, &x1, &y1, j->what->width, CANVAS_INK);
}

static pika_result begin_outline(canvas_job *j)
{
    const pika_points points = vertices_of(&j->shapes);
    const pika_result result = pika_canvas_begin(&j->canvas);
    return result == PIKA_OK ? pika_canvas_polyline(&j->canvas, &points) : result;
}

static pika_result draw_polygon(canvas_job *j, size_t count)
{
    const pika_result result = begin_outline(j);
    (void)count;
    return result == PIKA_OK ? pika_canvas_fill(&j->canvas, CANVAS_INK, PIKA_NONZERO) : result;
}

static pika_result draw_stroke(canvas_job *j, size_t count)
{
    const pika_result result = begin_outline(j);
    (void)count;
    return result == PIKA_OK ? pika_canvas_stroke(&j->canvas, CANVAS_INK, NULL) : result;
}

static pika_result draw_markers(canvas_job *j, size_t count)
{
    pika_markers markers = {0};
    markers.points = pika_xy_f32(j->shapes.x, j->shapes.y, count);
    markers.size = 2 * j->what->width;
    markers.color = CANVAS_INK;
    return pika_canvas_markers(&j->canvas, &markers);
}

/* As they stand at axes and beside data. */
static pika_result draw_labels(canvas_job *j, size_t count)
{
    static const char *const labels[8] = {
        "0", "2.5", "-1.25", "10k", "12:30", "2024-02-29", "mean", "1.6e-19"};
    pika_text text = {0};
    pika_result result = PIKA_OK;
    text.size = 11;
    text.color = CANVAS_INK;
    for (size_t i = 0; i < count && result == PIKA_OK; i++)
        result = pika_canvas_text(
            &j->canvas, (double)j->shapes.x[i], (double)j->shapes.y[i], labels[i % 8], &text);
    return result;
}

/* ---- a picture, and a plot around one: 1200 x 800 in the middle -------------------------------------- */

#define PLOT_WIDTH 1200
#define PLOT_HEIGHT 800
#define PLOT_LEFT ((MARK_COLUMNS - PLOT_WIDTH) / 2)
#define PLOT_TOP ((MARK_ROWS - PLOT_HEIGHT) / 2)
#define PLOT_POINTS 100000
#define PLOT_SAMPLES 200

/* The grid, of points in a bell of 1 by 40, and its picture. */
static pika_result shade_points(
    canvas_job *j, int width, int height, const pika_axis *x_axis, const pika_axis *y_axis)
{
    static float x[PLOT_POINTS], y[PLOT_POINTS];
    const pika_points points = pika_xy_f32(x, y, PLOT_POINTS);
    pika_grid_desc desc = {0};
    pika_shade_desc shade = {0};
    for (size_t i = 0; i < PLOT_POINTS; i++) {
        x[i] = (float)bell(&j->shapes.random, UNIT) / UNIT;
        y[i] = (float)bell(&j->shapes.random, UNIT) / UNIT * 40;
    }
    desc.view.width = width;
    desc.view.height = height;
    desc.view.x = *x_axis;
    desc.view.y = *y_axis;
    shade.background = PIKA_RGBA(255, 255, 255, 255);
    shade.scale_out = &j->scale;
    pika_result result = pika_grid_alloc(&j->ctx, &j->grid, &desc);
    if (result == PIKA_OK) result = pika_add_points(&j->ctx, &j->grid, &points);
    if (result == PIKA_OK) result = pika_image_alloc(&j->ctx, &j->picture, width, height);
    return result == PIKA_OK ? pika_shade(&j->ctx, &j->picture, &j->grid, &shade) : result;
}

static pika_axis axis_of(double reach)
{
    pika_axis axis = {0};
    axis.lo = -reach;
    axis.hi = reach;
    return axis;
}

static pika_result open_picture(canvas_job *j)
{
    const pika_axis x = axis_of(4), y = axis_of(160);
    return shade_points(j, PLOT_WIDTH, PLOT_HEIGHT, &x, &y);
}

static pika_result draw_picture(canvas_job *j, size_t count)
{
    (void)count;
    return pika_canvas_image(&j->canvas, &j->picture, PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT, 1, 0);
}

enum { PLOT_DENSITY, PLOT_LINE, PLOT_RULE_X, PLOT_RULE_Y, PLOT_LAYERS };
static pika_result lay_plot_out(canvas_job *j)
{
    return pika_plot_layout(&j->ctx, &j->plot, &j->plot_desc, MARK_COLUMNS, MARK_ROWS);
}

/* The grid gets the panel's size. */
static pika_result open_plot(canvas_job *j)
{
    static const int kinds[PLOT_LAYERS] = {
        PIKA_LAYER_DENSITY, PIKA_LAYER_LINE, PIKA_LAYER_RULE_X, PIKA_LAYER_RULE_Y};
    static const char *const names[PLOT_LAYERS] = {NULL, "running mean", "mean of x", "mean of y"};
    static float x[PLOT_SAMPLES], y[PLOT_SAMPLES];
    pika_plot_desc *desc = &j->plot_desc;
    for (int i = 0; i < PLOT_LAYERS; i++) {
        j->layers[i].kind = kinds[i];
        j->layers[i].name = names[i];
    }
    for (int i = 0; i < PLOT_SAMPLES; i++) {
        x[i] = (float)(8.0 * i / PLOT_SAMPLES - 4);
        y[i] = (float)bell(&j->shapes.random, UNIT) / UNIT * 3;
    }
    j->layers[PLOT_DENSITY].value_label = "points a pixel";
    j->layers[PLOT_DENSITY].points = j->layers[PLOT_LINE].points = pika_xy_f32(x, y, PLOT_SAMPLES);
    desc->title = "A plot around a grid";
    desc->subtitle = "100,000 points";
    desc->x.label = "distance in km";
    desc->y.label = "speed in m/s";
    desc->x.axis = axis_of(4);
    desc->y.axis = axis_of(160);
    desc->layers = j->layers;
    desc->layer_count = PLOT_LAYERS;
    desc->left = PLOT_LEFT;
    desc->top = PLOT_TOP;
    desc->width = PLOT_WIDTH;
    desc->height = PLOT_HEIGHT;
    const pika_result result = lay_plot_out(j);
    if (result != PIKA_OK) return result;
    j->layers[PLOT_DENSITY].grid = &j->grid;
    return shade_points(j, j->plot.width, j->plot.height, &desc->x.axis, &desc->y.axis);
}

/* Layout and all of the pieces. */
static pika_result draw_plot(canvas_job *j, size_t count)
{
    pika_canvas *canvas = &j->canvas;
    const pika_plot *plot = &j->plot;
    pika_result result = lay_plot_out(j);
    (void)count;
    if (result == PIKA_OK) result = pika_draw_panel(canvas, plot);
    if (result == PIKA_OK)
        result = pika_canvas_image(canvas, &j->picture, plot->x, plot->y, plot->width, plot->height, 1, 0);
    for (int i = PLOT_LINE; i < PLOT_LAYERS && result == PIKA_OK; i++)
        result = pika_draw_layer(canvas, plot, i);
    if (result == PIKA_OK) result = pika_draw_axes(canvas, plot);
    if (result == PIKA_OK) result = pika_draw_legend(canvas, plot);
    if (result == PIKA_OK)
        result = pika_draw_colorbar(canvas, plot, &j->scale, NULL, j->layers[PLOT_DENSITY].value_label);
    return result;
}

/* ---- the overlay, in a corner ------------------------------------------------------------------------ */

/* A frame for the profile. */
static pika_result frame_before(canvas_job *j)
{
    static float x[1000], y[1000];
    pika_points points = pika_xy_f32(x, y, 1000);
    PIKA_ZONE(&j->ctx, "frame")
    {
        PIKA_ZONE(&j->ctx, "simulate")
        {
            for (int i = 0; i < 1000; i++) {
                x[i] = (float)fraction(&j->shapes);
                y[i] = (float)fraction(&j->shapes);
            }
        }
        PIKA_ZONE(&j->ctx, "draw")
        {
            pika_grid_clear(&j->ctx, &j->grid);
            pika_add_points(&j->ctx, &j->grid, &points);
            pika_shade(&j->ctx, &j->picture, &j->grid, NULL);
        }
    }
    return pika_status(&j->ctx);
}

static pika_result draw_overlay(canvas_job *j, size_t count)
{
    (void)count;
    return pika_draw_overlay(&j->canvas, &j->ctx);
}

/* More frames than it shows, with the zones of the overlay itself. */
static pika_result open_overlay(canvas_job *j)
{
    pika_grid_desc grid = {0};
    grid.view.width = grid.view.height = 64;
    grid.view.x.hi = grid.view.y.hi = 1;
    pika_result result = pika_profile_start(&j->ctx, NULL);
    if (result == PIKA_OK) result = pika_grid_alloc(&j->ctx, &j->grid, &grid);
    if (result == PIKA_OK) result = pika_image_alloc(&j->ctx, &j->picture, 64, 64);
    if (result == PIKA_OK) result = pika_canvas_set_clip(&j->canvas, MARK_COLUMNS - 400, 0, 400, 240);
    for (int i = 0; i < 300 && result == PIKA_OK; i++) {
        result = frame_before(j);
        if (result == PIKA_OK) result = draw_overlay(j, 1);
    }
    return result;
}

/* The walk: a stroke that crosses itself fills cells on its border more than cairo's does, as pika.h says. */
#define ALL SIZE_MAX
static const drawing drawings[] = {
    {"segments-20px", 1000000, make_segments, NULL, NULL, draw_segments, 1, "stroke", 100000, 0.03},
    {"polygon-star", 10000, make_star, NULL, NULL, draw_polygon, 0, "fill", ALL, 0.03},
    {"markers-8px", 1000000, make_discs, NULL, NULL, draw_markers, 4, "disc", 100000, 0.03},
    {"line-walk", 100000, make_line_walk, NULL, NULL, draw_stroke, 1, "stroke", ALL, 0.25},
    {"labels-11px", 1000, make_discs, NULL, NULL, draw_labels, 0, NULL, 0, 0},
    {"picture-1200x800", 1, NULL, open_picture, NULL, draw_picture, 0, NULL, 0, 0},
    {"plot-1200x800", 1, NULL, open_plot, NULL, draw_plot, 0, NULL, 0, 0},
    {"overlay-400x240", 1, NULL, open_overlay, frame_before, draw_overlay, 0, NULL, 0, 0},
};
#define DRAWINGS (int)(sizeof drawings / sizeof *drawings)

static void drawing_name(const bench *b, const drawing *d, char name[100])
{
    char count[24];
    points_text((double)scaled_count(b, d->count), count);
    snprintf(
        name, 100, "canvas %s%s%s 1-thread", d->count == 1 ? "" : count, d->count == 1 ? "" : " ", d->shape);
}

/* ---- those that are compared ------------------------------------------------------------------------- */

static void need(const canvas_job *j, pika_result result)
{
    if (result != PIKA_OK) die("pika: ", pika_last_error(&j->ctx));
}

static double draw_some(canvas_job *j, size_t count)
{
    need(j, pika_canvas_clear(&j->canvas, CANVAS_GROUND));
    if (j->what->before) need(j, j->what->before(j));
    const double start = seconds();
    need(j, j->what->draw(j, count));
    return seconds() - start;
}

static double run_canvas(void *argument)
{
    canvas_job *j = (canvas_job *)argument;
    double time = 0;
    for (int i = 0; i < j->repeats; i++) time += draw_some(j, j->count);
    return time / j->repeats;
}

/* What a time is divided by: a polygon is one, whatever it has of vertices. */
static double items_of(const canvas_job *j, size_t count)
{
    return j->shapes.kind == POLYGONS ? 1 : (double)count;
}

static size_t cairo_count(const canvas_job *j) { return j->count < j->what->most ? j->count : j->what->most; }

static double run_canvas_cairo(void *argument)
{
    const canvas_job *j = (const canvas_job *)argument;
    return cairo_time(j->bench, j->what->cairo, j->what->width, 2);
}

/* pika's picture of what cairo draws, beside cairo's, both in 255 less green: that there is ink, and where
   cairo has it. */
static void check_canvas(canvas_job *j, int beside_cairo)
{
    uint8_t *levels = (uint8_t *)allocate(MARK_CELLS);
    double ink = 0, difference = 0;
    memset(levels, 0, MARK_CELLS);
    if (beside_cairo) read_levels(j->bench, levels);
    draw_some(j, beside_cairo ? cairo_count(j) : j->count);
    for (size_t i = 0; i < MARK_CELLS; i++) {
        const int level = 255 - pixels_of(&j->image, (int)(i / MARK_COLUMNS))[4 * (i % MARK_COLUMNS) + 1];
        ink += level;
        difference += abs(level - levels[i]);
    }
    if (ink <= 0 || (beside_cairo && difference > j->what->tolerance * ink)) {
        fprintf(stderr, "bench: %s: pika has %.0f pixels of ink, cairo %.0f of it elsewhere\n", j->name,
            ink / 255, difference / 255);
        j->bench->failures++;
    }
    free(levels);
}

/* ---- a row's job ------------------------------------------------------------------------------------- */

static void open_canvas(canvas_job *j, bench *b, const drawing *d)
{
    pika_ctx_desc desc = {0};
    memset(j, 0, sizeof *j);
    j->bench = b;
    j->what = d;
    j->count = scaled_count(b, d->count);
    j->repeats = 1;
    j->shapes.random = 3;
    drawing_name(b, d, j->name);
    desc.threads = 1;
    if (pika_ctx_init(&j->ctx, &desc) != PIKA_OK) die("pika_ctx_init failed", "");
    need(j, pika_image_alloc(&j->ctx, &j->image, MARK_COLUMNS, MARK_ROWS));
    need(j, pika_canvas_init(&j->ctx, &j->canvas, &j->image));
    need(j, pika_canvas_clear(&j->canvas, CANVAS_GROUND));
    if (d->make) d->make(&j->shapes, j->count);
    if (d->open) need(j, d->open(j));
}

static void close_canvas(canvas_job *j)
{
    pika_canvas_free(&j->canvas);
    pika_image_free(&j->ctx, &j->image);
    pika_image_free(&j->ctx, &j->picture);
    pika_grid_free(&j->ctx, &j->grid);
    pika_ctx_free(&j->ctx);
    free_shapes(&j->shapes);
}

typedef struct canvas_times { /* medians, us an item; 0 = not measured */
    double pika, cairo;
} canvas_times;

static canvas_times run_drawing(bench *b, const drawing *d)
{
    contender list[2];
    const int rounds = rounds_of(b, 0);
    canvas_times times = {0, 0};
    canvas_job j;
    int count = 0, beside_cairo = d->cairo != NULL && !b->no_peers && peer_is_there(b, &peers[CAIRO]);
    open_canvas(&j, b, d);
    progress(j.name);
    run_canvas(&j);
    const double once = run_canvas(&j);
    j.repeats = once < 5e-3 ? (int)(10e-3 / (once + 2e-4)) : 1;
    run_canvas(&j);
    list[count++] = new_contender("pika", run_canvas, &j, 1e3 * items_of(&j, j.count)); /* ns by 1e3: us */
    if (beside_cairo) {
        write_marks(b, &j.shapes, cairo_count(&j));
        beside_cairo = run_canvas_cairo(&j) > 0;
    }
    check_canvas(&j, beside_cairo);
    if (beside_cairo)
        list[count++] = new_contender("cairo", run_canvas_cairo, &j, 1e3 * items_of(&j, cairo_count(&j)));
    measure(list, count, rounds, 1);
    times.pika = list[0].median;
    if (beside_cairo) times.cairo = list[1].median;
    progress("");
    for (int i = 0; i < count; i++) {
        row *added = add_row(&b->report, j.name, &list[i], rounds, 1, "us");
        added->measured.items = list[i].items / 1e3;
        added->ratio_cairo = times.cairo / list[i].median;
        show_row(&b->report, added);
    }
    if (d->cairo != NULL && !b->no_peers && !peer_is_there(b, &peers[CAIRO]) && !b->report.silent)
        printf("%s %-*s %9s\n", j.name, 65 - (int)strlen(j.name), "cairo", "absent");
    close_canvas(&j);
    return times;
}
