/* table.h - the figures to reach: few, each a ratio within one run. Included by bench.c alone. */

#define FILLING 5 /* the distributions that fill the view: uniform, gaussian, clustered, walk, series */
static const int widths[] = {256, 1024, 4096, 1000, 1920};

typedef struct table {
    bench *bench;
    size_t points;
    int kinds; /* of threads: one; or one and all */
    cell_times counts[2][FILLING][3];
} table;

static double larger(double a, double b) { return a > b ? a : b; }
static double smaller(double a, double b) { return a < b ? a : b; }

/* One line: with one thread, with all; target 0 = none is set. */
static void print_figure(
    const table *t, const char *name, const char *relation, const double values[2], double one, double all)
{
    const double targets[2] = {one, all};
    progress("");
    printf("%-78s", name);
    for (int i = 0; i < 2; i++) {
        int pad = i ? 0 : 9, reached = relation[0] == '>' ? values[i] >= targets[i] : values[i] <= targets[i];
        if (i >= t->kinds || values[i] <= 0) printf(" | %17s %-9s", "-", "");
        else if (targets[i] <= 0) printf(" | %17.2f %-9s", values[i], "");
        else
            printf(" | %s %-4g %9.2f %-*s", relation, targets[i], values[i], pad,
                reached ? "reached" : "NOT YET");
    }
    printf("\n");
    fflush(stdout);
}

static cell table_cell(const table *t, int distribution, int width, int all)
{
    cell c;
    c.points = t->points;
    c.distribution = distribution;
    c.width = width;
    c.layout = F32;
    c.reduction = COUNT;
    c.threads = all ? t->bench->threads : 1;
    return c;
}

static cell_times time_count(const table *t, int distribution, int width, int all)
{
    cell c = table_cell(t, distribution, width, all);
    return run_cell(t->bench, &c);
}

static void count_figures(table *t)
{
    double mean[2] = {0, 0}, worst[2] = {1e9, 1e9}, over_read[2] = {0, 0};
    for (int d = 0; d < FILLING; d++) {
        for (int w = 0; w < 3; w++) {
            for (int all = 0; all < t->kinds; all++) {
                cell_times times = t->counts[all][d][w] = time_count(t, d, widths[w], all);
                mean[all] += log(times.plain / times.pika) / (FILLING * 3);
                worst[all] = smaller(worst[all], times.plain / times.pika);
                if (w == 1) over_read[all] += log(times.pika / times.read) / FILLING;
            }
        }
    }
    for (int all = 0; all < 2; all++) mean[all] = exp(mean[all]), over_read[all] = exp(over_read[all]);
    print_figure(t, "f32 count over the plain loop: geometric mean of 5 distributions x 3 grids", ">=", mean,
        4.5, 4.2);
    print_figure(t, "the worst of those 15", ">=", worst, 2.4, 2.0);
    print_figure(t, "1024 x 1024, ns/point over the memory read limit: geometric mean of 5", "<=", over_read,
        2.8, 2.0);
}

static void series_figures(const table *t)
{
    double power[2] = {0, 0}, other[2] = {1e9, 1e9};
    for (int all = 0; all < t->kinds; all++) {
        const cell_times *times = t->counts[all][SERIES];
        power[all] = smaller(times[1].plain / times[1].pika, times[2].plain / times[2].pika);
        for (int w = 3; w < 5; w++) {
            cell_times measured = time_count(t, SERIES, widths[w], all);
            other[all] = smaller(other[all], measured.plain / measured.pika);
        }
    }
    print_figure(t, "time series over the plain loop: the worse of 1024 and 4096 wide", ">=", power, 14, 10);
    print_figure(t, "time series over the plain loop: the worse of 1000 and 1920 wide", ">=", other, 2.4, 0);
}

static void zoomed_figure(const table *t)
{
    double worst[2] = {1e9, 1e9};
    for (int all = 0; all < t->kinds; all++) {
        for (int w = 0; w < 3; w++) {
            cell_times times = time_count(t, ZOOMED, widths[w], all);
            worst[all] = smaller(worst[all], smaller(times.plain, times.branch_free) / times.pika);
        }
    }
    print_figure(t, "zoomed, 9 % in view, over the faster of two plain loops: the worst of 3 grids",
        ">=", worst, 5, 5);
}

static void small_figure(const table *t)
{
    double worst[2] = {1e9, 0};
    for (int d = 0; d < FILLING; d++) {
        cell c = table_cell(t, d, 256, 0);
        c.points = 10000;
        cell_times times = run_cell(t->bench, &c);
        worst[0] = smaller(worst[0], times.plain / times.pika);
    }
    print_figure(t, "10,000 points into 256 x 256 over the plain loop: the worst of 5", ">=", worst, 1, 0);
}

/* ---- shading ----------------------------------------------------------------------------------------- */

typedef struct shade_run {
    pika_ctx *ctx;
    const pika_grid *grid;
    pika_image *image;
    int transfer;
} shade_run;

static double run_shade(void *argument)
{
    const shade_run *run = (const shade_run *)argument;
    pika_shade_desc desc = {0};
    desc.transfer = run->transfer;
    if (pika_shade(run->ctx, run->image, run->grid, &desc) != PIKA_OK)
        die("pika: ", pika_last_error(run->ctx));
    return 0;
}

/* As many bytes as a shade reads and writes: 4 of each a cell. */
static double run_copy(void *argument)
{
    const shade_run *run = (const shade_run *)argument;
    memcpy(run->image->pixels, pika_grid_counts(run->grid), run->image->bytes);
    return 0;
}

static void shade_figures(const table *t)
{
    static const char *const names[5] = {
        "copy", "log 1-thread", "log all-threads", "eq_hist 1-thread", "eq_hist all-threads"};
    bench *b = t->bench;
    cell c = table_cell(t, GAUSSIAN, 4096, 0);
    int rounds = rounds_of(b, 0);
    shade_run runs[5];
    contender list[5];
    job j;
    pika_image image = {0};
    open_job(&j, b, &c);
    run_pika(&j);
    check_pika(&j);
    if (pika_image_alloc(j.ctx, &image, c.width, c.width) != PIKA_OK) die("pika: ", pika_last_error(j.ctx));
    for (int i = 0; i < 5; i++) {
        runs[i].ctx = &b->ctx[i == 2 || i == 4];
        runs[i].grid = &j.grid;
        runs[i].image = &image;
        runs[i].transfer = i < 3 ? PIKA_SHADE_LOG : PIKA_SHADE_EQ_HIST;
        list[i] = new_contender(names[i], i ? run_shade : run_copy, &runs[i], (double)j.cells);
        list[i].run(list[i].argument);
    }
    progress("shade 4096");
    measure(list, 5, rounds, 1);
    for (int i = 0; i < 5; i++)
        add_row(&b->report, "shade 4096", &list[i], rounds, i == 2 || i == 4 ? b->threads : 1, "ns/pixel");
    const double log_over[2] = {list[1].median / list[0].median, list[2].median / list[0].median};
    const double eq_hist_over[2] = {list[3].median / list[0].median, list[4].median / list[0].median};
    pika_image_free(j.ctx, &image);
    close_job(&j);
    print_figure(
        t, "shade 4096 x 4096, log, over a copy of the same bytes (1 thread)", "<=", log_over, 2.2, 1.1);
    print_figure(
        t, "shade 4096 x 4096, eq_hist, over a copy of the same bytes (1 thread)", "<=", eq_hist_over, 4, 2);
}

/* ---- cold start -------------------------------------------------------------------------------------- */

/* The program run by itself, with this: makes points, then times the first thing that pika does in the
   process, from the context to the file. Prints the seconds. */
static int cold_start(int threads, size_t points, const char *path)
{
    dataset data;
    pika_ctx ctx;
    pika_ctx_desc desc = {0};
    memset(&data, 0, sizeof data);
    dataset_make(&data, GAUSSIAN, points);
    pika_points rows = dataset_points(&data, F32);
    double start = seconds();
    desc.threads = threads;
    pika_ctx_init(&ctx, &desc);
    if (pika_points_to_png(&ctx, path, &rows, 1024, 1024) != PIKA_OK) die("pika: ", pika_last_error(&ctx));
    printf("%.9f\n", seconds() - start);
    pika_ctx_free(&ctx);
    dataset_free(&data);
    return 0;
}

typedef struct cold_run {
    const bench *bench;
    int threads;
    size_t points;
} cold_run;

static double run_cold(void *argument)
{
    const cold_run *run = (const cold_run *)argument;
    char command[1000];
    snprintf(command, sizeof command, "\"%s\" --cold-start %d %.0f \"%sbench_cold.png\"", run->bench->program,
        run->threads, (double)run->points, run->bench->folder);
    double time = number_of(command);
    if (time <= 0) die("failed: ", command);
    return time;
}

static void cold_figure(const table *t)
{
    bench *b = t->bench;
    size_t points = t->points < 1000000 ? t->points : 1000000;
    cold_run runs[2] = {{b, 1, points}, {b, b->threads, points}};
    contender list[2];
    int rounds = rounds_of(b, 0);
    for (int i = 0; i < 2; i++)
        list[i] = new_contender(i ? "all-threads" : "1-thread", run_cold, &runs[i], 1e6);
    progress("cold start");
    measure(list, t->kinds, rounds, 1); /* ns by 1e6 items: ms */
    for (int i = 0; i < t->kinds; i++)
        add_row(&b->report, "cold start", &list[i], rounds, runs[i].threads, "ms");
    remove_beside(b, "bench_cold.png");
    const double times[2] = {list[0].median, list[1].median};
    print_figure(
        t, "cold start: context, first 1M points, 1024 x 1024 picture as PNG, in ms", "<=", times, 100, 0);
}

/* ---- other claims ------------------------------------------------------------------------------------ */

/* pika in several cells, in the same rounds: how many times as long as the first the slowest other takes. */
static double slowest_of(bench *b, const char *group, const cell *cells, int count)
{
    job *jobs = (job *)allocate((size_t)count * sizeof *jobs);
    contender list[REDUCTIONS];
    int rounds = rounds_of(b, cells[0].points);
    double slowest = 0;
    for (int i = 0; i < count; i++) {
        open_job(&jobs[i], b, &cells[i]);
        progress(jobs[i].name);
        run_pika(&jobs[i]);
        check_pika(&jobs[i]);
        list[i] = new_contender(group, run_pika, &jobs[i], (double)cells[i].points);
    }
    measure(list, count, rounds, repeats_of(&cells[0]));
    for (int i = 0; i < count; i++) {
        add_row(&b->report, jobs[i].name, &list[i], rounds, cells[i].threads, "ns/point");
        slowest = larger(slowest, i ? list[i].median / list[0].median : 0);
        close_job(&jobs[i]);
    }
    free(jobs);
    return slowest;
}

/* Layouts, or reductions, first to last, over the f32 count of the same points. */
typedef struct claim {
    const char *name, *group;
    int width, of_layouts, first, last;
    double most;
} claim;
static const claim claims[3] = {
    {"f64 and interleaved over f32, 256 x 256: the worst of 5 distributions", "pika-beside-wide", 256, 1, F64,
        XY, 1.5},
    {"i8 u8 i16 u16 i32 over f32, 256 x 256: the worst of 5 distributions", "pika-beside-integers", 256, 1,
        I8, I32, 1},
    {"sum mean min max first last categories over count, 1024 x 1024: the worst", "pika-beside-reductions",
        1024, 0, SUM, CATEGORY, 2.5},
};

static void claim_figure(const table *t, const claim *k)
{
    double worst[2] = {0, 0};
    for (int d = 0; d < FILLING; d++) {
        for (int all = 0; all < t->kinds; all++) {
            cell cells[REDUCTIONS];
            cells[0] = table_cell(t, d, k->width, all);
            for (int i = k->first; i <= k->last; i++) {
                cell *c = &cells[i - k->first + 1];
                *c = cells[0];
                *(k->of_layouts ? &c->layout : &c->reduction) = i;
            }
            worst[all] = larger(worst[all], slowest_of(t->bench, k->group, cells, k->last - k->first + 2));
        }
    }
    print_figure(t, k->name, "<=", worst, k->most, k->most);
}

static void thread_figure(const table *t)
{
    double least[2] = {0, 1e9};
    for (int d = 0; d < FILLING; d++)
        for (int w = 0; w < 2; w++)
            least[1] = smaller(least[1], t->counts[0][d][w].pika / t->counts[1][d][w].pika);
    print_figure(
        t, "all threads over one: the least of 5 distributions, 256 and 1024 wide", ">=", least, 0, 1.7);
}

/* ---- what the profiler and the memory pool cost -------------------------------------------------------- */

typedef struct frame_run {
    job *job;
    pika_ctx *ctx;
    pika_image *image;
} frame_run;

static double run_frame(void *argument)
{
    const frame_run *run = (const frame_run *)argument;
    pika_grid_clear(run->ctx, &run->job->grid);
    pika_add_points(run->ctx, &run->job->grid, &run->job->points);
    pika_shade(run->ctx, run->image, &run->job->grid, NULL);
    if (pika_status(run->ctx) != PIKA_OK) die("pika: ", pika_last_error(run->ctx));
    return 0;
}

/* Frames of 1M points, with a profile and without. The difference is small: many rounds. */
static void profiler_figure(const table *t)
{
    static const char *const names[2] = {"profiler-off", "profiler-on"};
    bench *b = t->bench;
    const int rounds = b->quick || b->rounds ? rounds_of(b, 0) : 45;
    double over[2] = {0, 0};
    for (int all = 0; all < t->kinds; all++) {
        cell c = table_cell(t, GAUSSIAN, 1024, all);
        pika_ctx ctx[2];
        frame_run runs[2];
        contender list[2];
        job j;
        char name[107];
        pika_image image = {0};
        if (c.points > 1000000) c.points = 1000000;
        open_job(&j, b, &c);
        snprintf(name, sizeof name, "frame %s", j.name);
        progress(name);
        if (pika_image_alloc(j.ctx, &image, c.width, c.width) != PIKA_OK)
            die("pika: ", pika_last_error(j.ctx));
        for (int on = 0; on < 2; on++) {
            pika_ctx_desc desc = {0};
            desc.threads = c.threads;
            if (pika_ctx_init(&ctx[on], &desc) != PIKA_OK) die("pika_ctx_init failed", "");
            if (on && pika_profile_start(&ctx[on], NULL) != PIKA_OK) die("pika: ", pika_last_error(&ctx[on]));
            runs[on].job = &j;
            runs[on].ctx = &ctx[on];
            runs[on].image = &image;
            list[on] = new_contender(names[on], run_frame, &runs[on], 1e6);
            run_frame(&runs[on]);
            check_pika(&j);
        }
        measure(list, 2, rounds, repeats_of(&c) * 4);
        for (int on = 0; on < 2; on++) { /* ns by 1e6: ms a frame */
            add_row(&b->report, name, &list[on], rounds, c.threads, "ms");
            pika_ctx_free(&ctx[on]);
        }
        over[all] = list[1].median / list[0].median;
        pika_image_free(j.ctx, &image);
        close_job(&j);
    }
    print_figure(t, "profiler on, over off: clear, add 1M points, shade 1024 x 1024", "<=", over, 1.02, 1.02);
}

/* Takes a block that the context keeps, and gives it back. */
#define POOL_HITS 1000000
static double run_pool(void *argument)
{
    pika_ctx *ctx = (pika_ctx *)argument;
    pika_image image = {0};
    for (int i = 0; i < POOL_HITS; i++) {
        if (pika_image_alloc(ctx, &image, 8, 8) != PIKA_OK) die("pika: ", pika_last_error(ctx));
        pika_image_free(ctx, &image);
    }
    return 0;
}

static void pool_figure(const table *t)
{
    bench *b = t->bench;
    const int rounds = rounds_of(b, 0);
    pika_ctx *ctx = &b->ctx[0];
    pika_memory_stats before = {0}, after = {0};
    contender pool = new_contender("hit", run_pool, ctx, POOL_HITS);
    progress("memory pool");
    run_pool(ctx);
    pika_memory_get_stats(ctx, &before);
    measure(&pool, 1, rounds, 1);
    pika_memory_get_stats(ctx, &after);
    if (after.misses != before.misses) die("memory pool: the allocator was called", "");
    add_row(&b->report, "memory pool", &pool, rounds, 1, "ns/hit");
    const double time[2] = {pool.median, 0};
    print_figure(t, "memory pool: a hit, with the image around it: alloc and free, in ns", "<=", time, 50, 0);
}

/* ---- marks ------------------------------------------------------------------------------------------- */

typedef struct mark_figure {
    const char *shape, *way, *name; /* after the number of vertices */
    double one, all;                /* ms at most; 0 = no target */
    int over; /* a second line: how many times as long 1 the plain loop, 2 cairo takes */
} mark_figure;
static const mark_figure mark_figures[] = {
    {"line-walk", "aliased", "samples of a random walk, a line that counts", 60, 35, 1},
    {"line-walk", "aa", "samples, a line of width 1, anti-aliased", 150, 0, 2},
    {"line-walk", "m4", "samples, each cell once, by M4 and the pyramid", 2, 0, 1},
    {"line-walk", "pyramid", "samples, the pyramid, made once", 0, 0, 0},
    {"polygon-star", "aliased", "vertices, a polygon that counts", 1.5, 0, 1},
    {"polygon-star", "aa", "vertices, a polygon, anti-aliased", 2.5, 0, 2},
};

static void mark_figure_lines(const table *t, const mark_figure *f)
{
    static const char *const others[3] = {"", "the plain loop", "cairo"};
    const mark *m = marks;
    double times[2] = {0, 0}, over[2] = {0, 0};
    char name[100], count[24];
    while (strcmp(m->shape, f->shape) != 0 || strcmp(m->way, f->way) != 0) m++;
    for (int all = 0; all < t->kinds; all++) {
        const mark_times measured = run_mark(t->bench, m, all ? t->bench->threads : 1);
        times[all] = measured.pika;
        over[all] = (f->over == 1 ? measured.plain : measured.cairo) / measured.pika;
    }
    snprintf(name, sizeof name, "%s %s, in ms", points_text((double)mark_count(t->bench, m), count), f->name);
    print_figure(t, name, "<=", times, f->one, f->all);
    if (f->over == 0) return;
    snprintf(name, sizeof name, "    %s takes so many times as long", others[f->over]);
    print_figure(t, name, ">=", over, 0, 0);
}

/* ---- the canvas -------------------------------------------------------------------------------------- */

typedef struct canvas_figure {
    const char *shape, *name; /* the name follows their number, where they are many */
    double unit, most, over;  /* us that are 1 in the figure; at most; cairo over it. 0 = no target */
} canvas_figure;
static const canvas_figure canvas_figures[] = {
    {"segments-20px", "segments of 20 pixels, of width 1, in us each", 1, 0.3, 9},
    {"polygon-star", "vertices, a polygon, in ms", 1000, 2.5, 20},
    {"markers-8px", "markers of 8 pixels, in us each", 1, 0, 10},
    {"line-walk", "samples of a random walk, a stroke of width 1, in us each", 1, 0, 0},
    {"labels-11px", "labels of 11 pixels, in us each", 1, 0, 0},
    {"picture-1200x800", "a picture of 1200 x 800 as it is, in ms", 1000, 0, 0},
    {"plot-1200x800", "a plot of 1200 x 800 around a shaded grid, in ms", 1000, 3, 0},
    {"overlay-400x240", "the profiler's overlay, 400 x 240, in ms", 1000, 0.3, 0},
};

static void canvas_figure_lines(const table *t, const canvas_figure *f)
{
    const drawing *d = drawings;
    char name[120], count[24];
    while (strcmp(d->shape, f->shape) != 0) d++;
    const canvas_times times = run_drawing(t->bench, d);
    const double is[2] = {times.pika / f->unit, 0}, over[2] = {times.cairo / times.pika, 0};
    if (d->count == 1) snprintf(name, sizeof name, "%s", f->name);
    else
        snprintf(name, sizeof name, "%s %s", points_text((double)scaled_count(t->bench, d->count), count),
            f->name);
    print_figure(t, name, "<=", is, f->most, 0);
    if (d->cairo) print_figure(t, "    cairo takes so many times as long", ">=", over, f->over, 0);
}

static void run_table(bench *b)
{
    table t;
    char points[24];
    const int no_peers = b->no_peers;
    memset(&t, 0, sizeof t);
    t.bench = b;
    t.points = b->points > 0 ? (size_t)b->points : 50000000;
    t.kinds = b->threads > 1 ? 2 : 1;
    b->report.silent = b->no_peers = 1;
    points_text((double)t.points, points);
    printf("figures to reach: %4s points, medians of %2d rounds%29s | %-27s | %d threads\n", points,
        rounds_of(b, t.points), "", "1 thread", b->threads);
    count_figures(&t);
    series_figures(&t);
    zoomed_figure(&t);
    small_figure(&t);
    shade_figures(&t);
    cold_figure(&t);
    printf("other claims\n");
    for (int i = 0; i < 3; i++) claim_figure(&t, &claims[i]);
    thread_figure(&t);
    profiler_figure(&t);
    pool_figure(&t);
    printf("marks into %d x %d\n", MARK_COLUMNS, MARK_ROWS);
    b->no_peers = no_peers;
    for (size_t i = 0; i < sizeof mark_figures / sizeof *mark_figures; i++)
        mark_figure_lines(&t, &mark_figures[i]);
    printf("canvas of %d x %d\n", MARK_COLUMNS, MARK_ROWS);
    for (size_t i = 0; i < sizeof canvas_figures / sizeof *canvas_figures; i++)
        canvas_figure_lines(&t, &canvas_figures[i]);
    end_peers(b);
}
