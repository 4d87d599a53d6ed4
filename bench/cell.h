/* cell.h - one cell of the matrix: the same points read and no more, and into the same grid by the plain
   loops and by pika, each checked. Included by bench.c alone. */

typedef struct bench {
    int rounds, quick, table, full, list, no_peers; /* options; 0 = default */
    double points;
    const char *filter, *json;
    int threads;     /* "all": one per core */
    pika_ctx ctx[2]; /* of one thread, of all */
    team team;
    dataset data;
    report report;
    int failures;        /* grids that differ from the plain loop's */
    const char *program; /* the path of this one */
    char folder[300];    /* of its folder, with the last slash, or empty */
    size_t file_count;   /* the points that are in the peers' file: how many, of what distribution */
    int file_distribution;
} bench;

typedef struct cell {
    size_t points;
    int distribution, width, layout, reduction, threads;
} cell;

typedef struct job { /* a cell and its memory */
    bench *bench;
    cell what;
    char name[100];
    pika_points points;
    pika_ctx *ctx;
    pika_grid grid;
    size_t cells;
    plain_job rows;       /* all of them, into the reference */
    plain_grid reference; /* what every grid must be */
    plain_grid grids[MAX_THREADS];
} job;
typedef struct plain_run {
    job *job;
    plain_loop *loop;
} plain_run;

typedef struct cell_times { /* medians, ns/point */
    double read, plain, branch_free, pika;
} cell_times;

static int rounds_of(const bench *b, size_t points)
{
    if (b->rounds) return b->rounds;
    return b->quick ? 1 : points >= 100000000 ? 3 : 5;
}

static void cell_name(const cell *c, char name[100])
{
    char points[24];
    snprintf(name, 100, "%s %s %d %s %s %d-thread%s", points_text((double)c->points, points),
        distribution_names[c->distribution], c->width, layouts[c->layout].name, reductions[c->reduction].name,
        c->threads, c->threads == 1 ? "" : "s");
}

/* ---- those that are compared ------------------------------------------------------------------------- */

static void read_task(void *argument, int index, int count)
{
    const job *j = (const job *)argument;
    const layout *l = &layouts[j->what.layout];
    size_t n = j->what.points;
    volatile uint64_t sum = read_share(j->points.x.data, l->step == 2 ? NULL : j->points.y.data,
        n * l->bytes * (size_t)l->step, index, count);
    if (reductions[j->what.reduction].values)
        sum += read_share(j->points.value.data, NULL, 4 * n, index, count);
    if (j->what.reduction == CATEGORY) sum += read_share(j->points.category.data, NULL, n, index, count);
    (void)sum;
}

static double run_read(void *argument)
{
    job *j = (job *)argument;
    team_run(&j->bench->team, j->what.threads, read_task, j);
    return 0;
}

static void plain_task(void *argument, int index, int count)
{
    const plain_run *run = (const plain_run *)argument;
    const job *j = run->job;
    plain_job rows = j->rows;
    rows.grid = j->grids[index];
    rows.first = j->what.points * (size_t)index / (size_t)count;
    rows.end = j->what.points * ((size_t)index + 1) / (size_t)count;
    plain_clear(&rows.grid, j->what.reduction, j->cells);
    run->loop(&rows);
}

static void fold_task(void *argument, int index, int count)
{
    const job *j = ((const plain_run *)argument)->job;
    for (int i = 1; i < count; i++)
        plain_fold(&j->grids[0], &j->grids[i], j->what.reduction, j->cells, index, count);
}

/* With threads: a private grid each, and their sum. */
static double run_plain(void *argument)
{
    plain_run *run = (plain_run *)argument;
    team *t = &run->job->bench->team;
    team_run(t, run->job->what.threads, plain_task, run);
    if (run->job->what.threads > 1) team_run(t, run->job->what.threads, fold_task, run);
    return 0;
}

static double run_pika(void *argument)
{
    job *j = (job *)argument;
    pika_grid_clear(j->ctx, &j->grid);
    pika_add_points(j->ctx, &j->grid, &j->points);
    return 0;
}

/* ---- checks: every grid is the reference's ----------------------------------------------------------- */

static void differs(const job *j, const char *who, size_t at, double is, double should)
{
    fprintf(stderr, "bench: %s: %s: cell %.0f holds %g, the plain loop has %g\n", j->name, who, (double)at,
        is, should);
    j->bench->failures++;
}

static void check(const job *j, const char *who, const uint32_t *counts, const double *values)
{
    const reduction *r = &reductions[j->what.reduction];
    const plain_grid *should = &j->reference;
    size_t i, n = (size_t)r->counts * j->cells;
    if (memcmp(counts, should->counts, 4 * n) != 0) {
        for (i = 0; counts[i] == should->counts[i];) i++;
        differs(j, who, i, counts[i], should->counts[i]);
    }
    for (i = 0; i < plain_values(r, j->cells); i++) {
        double a = values[i], b = should->values[i];
        if (a == b || (a != a && b != b)) continue;
        differs(j, who, i, a, b);
        return;
    }
}

static void check_plain(const job *j, const char *who)
{
    plain_finish(&j->grids[0], j->what.reduction, j->cells);
    check(j, who, j->grids[0].counts, j->grids[0].values);
}

static void check_pika(job *j)
{
    const reduction *r = &reductions[j->what.reduction];
    double *values = r->values ? (double *)allocate(8 * j->cells) : NULL;
    if (values) pika_grid_read(j->ctx, &j->grid, r->plane, 0, values);
    if (pika_status(j->ctx) != PIKA_OK) die("pika: ", pika_last_error(j->ctx));
    check(j, "pika", pika_grid_counts(&j->grid), values);
    free(values);
}

/* ---- a job ------------------------------------------------------------------------------------------- */

static void open_job(job *j, bench *b, const cell *c)
{
    const reduction *r = &reductions[c->reduction];
    pika_grid_desc desc = {0};
    memset(j, 0, sizeof *j);
    j->bench = b;
    j->what = *c;
    cell_name(c, j->name);
    dataset_make(&b->data, c->distribution, c->points);
    dataset_arrange(&b->data, c->layout);
    if (c->reduction != COUNT) dataset_add_values(&b->data);
    j->points = dataset_points(&b->data, c->layout);
    j->ctx = &b->ctx[c->threads > 1];
    j->cells = (size_t)c->width * (size_t)c->width;
    desc.planes = r->plane;
    desc.categories = c->reduction == CATEGORY ? CATEGORIES : 0;
    desc.view.width = desc.view.height = c->width;
    desc.view.x = desc.view.y = dataset_axis(&b->data, c->layout);
    if (pika_grid_alloc(j->ctx, &j->grid, &desc) != PIKA_OK) die("pika: ", pika_last_error(j->ctx));
    plain_job *rows = &j->rows;
    rows->x = j->points.x.data;
    rows->y = j->points.y.data;
    rows->value = b->data.value;
    rows->category = b->data.category;
    rows->end = c->points;
    rows->x_lo = desc.view.x.lo;
    rows->y_lo = desc.view.y.lo;
    rows->x_scale = c->width / (desc.view.x.hi - desc.view.x.lo);
    rows->y_scale = c->width / (desc.view.y.hi - desc.view.y.lo);
    rows->width = rows->height = (uint32_t)c->width;
    rows->grid = j->reference = plain_alloc(r, j->cells);
    plain_clear(&j->reference, c->reduction, j->cells);
    plain_loops[c->layout][c->reduction](rows);
    plain_finish(&j->reference, c->reduction, j->cells);
}

static void close_job(job *j)
{
    plain_free(&j->reference);
    for (int i = 0; i < MAX_THREADS; i++) plain_free(&j->grids[i]);
    pika_grid_free(j->ctx, &j->grid);
}

static void keep_text(void *user, int level, int id, const char *text)
{
    (void)id;
    if (level == 2) snprintf((char *)user, sizeof((row *)0)->strategy, "%s", text);
}

/* Runs pika and checks the grid; first with a context that keeps what the log says of the strategy. */
static void try_pika(job *j, char *strategy)
{
    pika_ctx ctx, *usual = j->ctx;
    pika_ctx_desc desc = {0};
    strategy[0] = 0;
    desc.threads = j->what.threads;
    desc.log_fn = keep_text;
    desc.log_user = strategy;
    if (pika_ctx_init(&ctx, &desc) != PIKA_OK) die("pika_ctx_init failed", "");
    j->ctx = &ctx;
    run_pika(j);
    check_pika(j);
    j->ctx = usual;
    pika_ctx_free(&ctx);
    run_pika(j);
    check_pika(j);
}
