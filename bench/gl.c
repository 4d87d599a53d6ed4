/* gl.c - how fast pika_gl.h is on this machine's GPU: beside what the device gives, pika on the CPU, and
   plain CUDA where nvcc was found. Every grid is compared with the CPU's.
   Build and run: bench/gl.sh      Options: bench/gl.sh --help      Linux, EGL, no window */
#define _POSIX_C_SOURCE \
    200809L /* clock_gettime, popen, setenv, with -std=c99 too; before the first include */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#define PIKA_GL_IMPLEMENTATION
#include "../pika_gl.h"
#include <signal.h>
#include "measure.h"
#include "data.h"
#include "limits.h"
#include "gl_device.h"

static const char usage[] =
    "usage: bench_gl [options]\n"
    "  --table        the figures to reach, and whether they are\n"
    "  --full         the whole matrix: 1M 10M 50M 100M points x 6 distributions x 3 widths x 4 strategies "
    "x\n"
    "                 4 sizes of a work group. Else: of each distribution and strategy the row of 50M "
    "points,\n"
    "                 1024 wide, groups of 128, and those that differ from it in one of the three\n"
    "  --filter TEXT  only the rows in whose names all of these words are: \"clustered 1024 auto\"\n"
    "  --points N     this number of points instead of 1M, 10M, 50M and 100M (--table: of 50M)\n"
    "  --rounds N     default 20, on the CPU 5; at most 99\n"
    "  --threads N    what all threads of the CPU are; default one per core\n"
    "  --quick        two rounds of 100,000 points: whether it works, not what it measures\n"
    "  --api NAME     gl (default) or gles\n"
    "  --seed N       moves all points by as much, round the edges: other cells are full\n"
    "  --no-peers     without CUDA\n"
    "  --json FILE    writes the machine and all rows, with every round\n"
    "Columns: microseconds, or the unit told; the median of the rounds. How many times as fast as pika on "
    "all\n"
    "threads of the CPU. The time over that of reading as many points and no more. Half the spread of the\n"
    "rounds. The points are on the GPU, clearing the grid is part of the time; readback, frame and call are\n"
    "what one waits for: the grid copied to the host; aggregated and shaded into a texture; both in one "
    "call.\n";

enum { STRATEGIES = 4, GROUPS = 4, WIDTHS = 3, SIZES = 4, GL_DISTRIBUTIONS = 6 };
static const int strategies[STRATEGIES] = {PIKA_GL_AUTO, PIKA_GL_ATOMIC, PIKA_GL_TILED, PIKA_GL_SORT};
static const int groups[GROUPS] = {128, 64, 256, 512}; /* the first: the usual one */
static const int widths[WIDTHS] = {1024, 256, 4096};   /* here too */
static const double sizes[SIZES] = {5e7, 1e6, 1e7, 1e8};

typedef struct config { /* a backend and the points in it */
    int strategy, group;
    pika_gl gl;
    pika_dataset rows;
} config;

typedef struct reference { /* what every grid of the points must be, and what it took the CPU */
    pika_grid grid;
    pika_stats stats;
    double time; /* microseconds; 0: not made */
} reference;

typedef struct bench {
    int rounds, quick, table, full, no_peers, es; /* options; 0 = default */
    double points, seed;
    size_t memory; /* of the device, where the driver does not tell; else 0 */
    const char *filter, *json;
    int threads;
    pika_ctx ctx;
    team team;
    device device;
    dataset data;
    report report;
    int failures;
    char folder[300]; /* of the program, with the last slash, or empty: where the peer is */
    double read_time, atomic_time, floor_points; /* the floors, microseconds, and of how many points */
    reference references[WIDTHS];
    config configs[STRATEGIES][GROUPS];
} bench;

static int rounds_of(const bench *b)
{
    if (b->rounds) return b->rounds;
    return b->quick ? 2 : 20;
}

static int cpu_rounds_of(const bench *b) { return !b->rounds && !b->quick ? 5 : rounds_of(b); }

/* ---- rows -------------------------------------------------------------------------------------------- */

/* The times of c are there, in this unit; about so many points. show comes next, after its other columns. */
static row *new_row(bench *b, const char *name, contender *c, int rounds, double points, const char *unit)
{
    c->items = points;
    return add_row(&b->report, name, c, rounds, 0, unit);
}

static void show(const bench *b, const row *r)
{
    row with_unit = *r;
    size_t length = strlen(r->name);
    if (strcmp(r->unit, "us") != 0) /* which the header says */
        snprintf(with_unit.name + length, sizeof with_unit.name - length, "  (%s)", r->unit);
    progress("");
    show_row(&b->report, &with_unit);
}

/* How many times as fast as pika on the CPU, where that is told; over the time of reading the points. */
static void compare(const bench *b, row *r, double cpu_time)
{
    r->ratio_plain = cpu_time > 0 ? cpu_time / r->measured.median : 0;
    r->ratio_read = r->measured.median / (b->read_time * r->measured.items / b->floor_points);
}

/* Wall-clock microseconds of run, each with what it waits for. */
static void time_calls(contender *c, int rounds)
{
    c->items = 1e3;
    c->run(c->argument);
    measure(c, 1, rounds, 1);
}

/* From microseconds a round to GB/s. */
static void as_rate(contender *c, int rounds, double bytes)
{
    for (int i = 0; i < rounds; i++) c->rounds[i] = 1e-3 * bytes / c->rounds[i];
    c->median = median(c->rounds, rounds);
}

static void failed(bench *b, const char *name, const char *what)
{
    progress("");
    fprintf(stderr, "bench: %s: %s\n", name, what);
    b->failures++;
}

/* ---- points ------------------------------------------------------------------------------------------ */

/* Every coordinate is k / 2^23, and still is when it was moved. */
static void move_points(float *values, size_t count, int by)
{
    for (size_t i = 0; i < count; i++) {
        const int k = ((int)(values[i] * UNIT) + by) & (UNIT - 1);
        values[i] = (float)k / UNIT;
    }
}

static void make_data(bench *b, int distribution, size_t count)
{
    dataset *data = &b->data;
    const int by = (int)(fmod(b->seed, 1e6) * 7919) & (UNIT - 1);
    if (data->x != NULL && data->distribution == distribution && data->count == count) return;
    progress("making points");
    dataset_make(data, distribution, count);
    if (b->seed <= 0) return;
    move_points(data->x, count, by);
    move_points(data->y, count, by / 2);
}

static pika_grid_desc grid_desc(const bench *b, int width, int kind, unsigned plane)
{
    pika_grid_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.planes = plane;
    desc.view.width = desc.view.height = width;
    desc.view.x = desc.view.y = dataset_axis(&b->data, kind);
    return desc;
}

/* ---- the CPU ----------------------------------------------------------------------------------------- */

typedef struct cpu_run {
    pika_ctx *ctx;
    pika_grid *grid;
    pika_points points;
} cpu_run;

static double run_cpu(void *argument)
{
    const cpu_run *run = (const cpu_run *)argument;
    pika_grid_clear(run->ctx, run->grid);
    pika_add_points(run->ctx, run->grid, &run->points);
    return 0;
}

static double time_cpu(bench *b, const char *name, pika_grid *grid, int kind)
{
    cpu_run run;
    const int rounds = cpu_rounds_of(b);
    run.ctx = &b->ctx;
    run.grid = grid;
    run.points = dataset_points(&b->data, kind);
    contender c = new_contender("cpu", run_cpu, &run, 1e3);
    progress(name);
    time_calls(&c, rounds);
    if (pika_status(&b->ctx) != PIKA_OK) die("pika: ", pika_last_error(&b->ctx));
    row *added = new_row(b, name, &c, rounds, (double)b->data.count, "us");
    added->threads = b->threads;
    compare(b, added, 0);
    show(b, added);
    return c.median;
}

static const reference *find_reference(bench *b, int w, const char *points)
{
    reference *r = &b->references[w];
    char name[100];
    if (r->time > 0) return r;
    const pika_grid_desc desc = grid_desc(b, widths[w], F32, PIKA_COUNT);
    snprintf(name, sizeof name, "%s %s %d", points, distribution_names[b->data.distribution], widths[w]);
    if (pika_grid_alloc(&b->ctx, &r->grid, &desc) != PIKA_OK) die("pika: ", pika_last_error(&b->ctx));
    r->time = time_cpu(b, name, &r->grid, F32);
    if (pika_grid_stats(&b->ctx, &r->grid, &r->stats) != PIKA_OK) die("pika: ", pika_last_error(&b->ctx));
    return r;
}

static void forget_references(bench *b)
{
    for (int w = 0; w < WIDTHS; w++) {
        pika_grid_free(&b->ctx, &b->references[w].grid);
        b->references[w].time = 0;
    }
}

/* ---- a cell of the matrix ---------------------------------------------------------------------------- */

typedef struct gl_run {
    bench *bench;
    config *config;
    pika_gl_grid grid;
    pika_grid out; /* on the host */
    pika_dataset *rows;
    pika_points points;
    unsigned texture;
} gl_run;

static double run_aggregate(void *argument)
{
    gl_run *run = (gl_run *)argument;
    pika_gl_aggregate(&run->config->gl, run->rows, &run->grid, NULL);
    return 0;
}

/* What is told is the time of the copy alone. */
static double run_readback(void *argument)
{
    gl_run *run = (gl_run *)argument;
    run_aggregate(run);
    run->bench->device.Finish();
    const double start = seconds();
    pika_gl_read(&run->config->gl, &run->grid, &run->out);
    return seconds() - start;
}

static double run_frame(void *argument)
{
    gl_run *run = (gl_run *)argument;
    run_aggregate(run);
    pika_gl_shade(&run->config->gl, run->texture, &run->grid, NULL);
    run->bench->device.Finish();
    return 0;
}

/* Frames as they come, none waited for but the last: what the CPU and the GPU together can sustain. */
static double run_back_to_back(void *argument)
{
    gl_run *run = (gl_run *)argument;
    const double start = seconds();
    for (int i = 0; i < 20; i++) run_aggregate(run);
    run->bench->device.Finish();
    return (seconds() - start) / 20;
}

static double run_call(void *argument)
{
    gl_run *run = (gl_run *)argument;
    pika_aggregate(&run->bench->ctx, run->rows, &run->out);
    return 0;
}

static double run_upload(void *argument)
{
    gl_run *run = (gl_run *)argument;
    pika_dataset_free(&run->bench->ctx, run->rows);
    pika_dataset_create(&run->bench->ctx, pika_gl_backend(&run->config->gl), run->rows, &run->points, NULL);
    run->bench->device.Finish();
    return 0;
}

static pika_backend_stats stats_of(bench *b, config *k)
{
    pika_backend_stats stats;
    memset(&stats, 0, sizeof stats);
    pika_backend_get_stats(&b->ctx, pika_gl_backend(&k->gl), &stats);
    return stats;
}

/* A failure of a call shows at the end of what was timed. cpu_calls before it, to see whether it was the GPU
   at all. */
static int went_well(bench *b, config *k, const char *name, uint64_t cpu_calls)
{
    const pika_result result = pika_status(&b->ctx);
    const pika_backend_stats stats = stats_of(b, k);
    if (result != PIKA_OK) failed(b, name, pika_last_error(&b->ctx));
    else if (stats.cpu_calls != cpu_calls) failed(b, name, stats.reason);
    return result == PIKA_OK && stats.cpu_calls == cpu_calls;
}

static void check_grid(gl_run *run, const reference *should, const char *name)
{
    bench *b = run->bench;
    const pika_grid_desc *desc = pika_grid_get_desc(&run->out);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    const uint32_t *is = pika_grid_counts(&run->out), *counts = pika_grid_counts(&should->grid);
    pika_stats stats;
    char text[100];
    if (memcmp(is, counts, 4 * cells) != 0) {
        size_t at = 0;
        while (is[at] == counts[at]) at++;
        snprintf(text, sizeof text, "cell %.0f holds %.0f, the CPU has %.0f", (double)at, (double)is[at],
            (double)counts[at]);
        failed(b, name, text);
    }
    if (pika_grid_stats(&b->ctx, &run->out, &stats) != PIKA_OK || stats.inside != should->stats.inside ||
        stats.outside != should->stats.outside || stats.invalid != should->stats.invalid)
        failed(b, name, "the account of the rows is not the CPU's");
}

static void open_config(bench *b, config *k)
{
    pika_gl_desc desc;
    if (pika_gl_backend(&k->gl) != NULL) return;
    memset(&desc, 0, sizeof desc);
    desc.load_proc = egl_load_proc;
    desc.load_user = &b->device.egl;
    desc.strategy = k->strategy;
    desc.workgroup = k->group;
    desc.vram_limit = b->memory;
    if (pika_gl_init(&k->gl, &b->ctx, &desc) != PIKA_OK) die("pika_gl: ", pika_last_error(&b->ctx));
}

/* Grids on the device and the host, and one result, which is checked. */
static int open_run(gl_run *run, const char *name, const pika_grid_desc *desc, const reference *should)
{
    bench *b = run->bench;
    pika_gl *gl = &run->config->gl;
    const uint64_t cpu_calls = stats_of(b, run->config).cpu_calls;
    if (pika_gl_grid_init(gl, &run->grid, desc) != PIKA_OK ||
        pika_grid_alloc(&b->ctx, &run->out, desc) != PIKA_OK) {
        went_well(b, run->config, name, cpu_calls);
        return 0;
    }
    progress(name);
    pika_gl_aggregate(gl, run->rows, &run->grid, &desc->view);
    pika_gl_read(gl, &run->grid, &run->out);
    if (!went_well(b, run->config, name, cpu_calls)) return 0;
    if (should) check_grid(run, should, name);
    else if (pika_validate(&b->ctx, run->rows, &run->out, NULL) != PIKA_OK)
        went_well(b, run->config, name, 0);
    return 1;
}

static void close_run(gl_run *run)
{
    pika_grid_free(&run->bench->ctx, &run->out);
    pika_gl_grid_free(&run->config->gl, &run->grid);
}

/* The row of the time on the GPU. Returns its median, 0 where it failed. */
static double time_run(gl_run *run, const char *name, double cpu_time)
{
    bench *b = run->bench;
    const uint64_t cpu_calls = stats_of(b, run->config).cpu_calls;
    contender c = new_contender("dispatch", run_aggregate, run, 0);
    const int rounds = rounds_of(b);
    const char *by = time_gpu(&b->device, &c, rounds);
    pika_gl_read(&run->config->gl, &run->grid, &run->out); /* tells of a failure before it, too */
    if (!went_well(b, run->config, name, cpu_calls)) return 0;
    row *added = new_row(b, name, &c, rounds, (double)b->data.count, "us");
    compare(b, added, cpu_time);
    snprintf(added->strategy, sizeof added->strategy, "%s, by %s",
        pika_gl_strategy_string(stats_of(b, run->config).strategy), by);
    show(b, added);
    return c.median;
}

/* The row of something that is waited for. */
static double time_wait(
    gl_run *run, const char *name, const char *what, double (*function)(void *), double cpu_time)
{
    bench *b = run->bench;
    const uint64_t cpu_calls = stats_of(b, run->config).cpu_calls;
    contender c = new_contender(what, function, run, 0);
    const int rounds = rounds_of(b);
    time_calls(&c, rounds);
    if (!went_well(b, run->config, name, cpu_calls)) return 0;
    row *added = new_row(b, name, &c, rounds, (double)b->data.count, "us");
    if (cpu_time > 0) compare(b, added, cpu_time);
    show(b, added);
    return c.median;
}

typedef struct cell_times { /* medians in microseconds; 0: not measured */
    double dispatch, sustained, readback, frame, call;
    int strategy; /* that AUTO took */
} cell_times;

static int is_usual(const config *k) { return k->strategy == PIKA_GL_AUTO && k->group == groups[0]; }

/* One row; with the usual configuration also what is waited for. */
static cell_times run_cell(bench *b, config *k, int w, const char *name, const reference *should)
{
    const device *d = &b->device;
    const pika_grid_desc desc = grid_desc(b, widths[w], F32, PIKA_COUNT);
    cell_times times = {0, 0, 0, 0, 0, 0};
    gl_run run;
    memset(&run, 0, sizeof run);
    run.bench = b;
    run.config = k;
    run.rows = &k->rows;
    if (open_run(&run, name, &desc, should)) {
        times.dispatch = time_run(&run, name, should->time);
        times.strategy = stats_of(b, k).strategy;
    }
    if (times.dispatch > 0) check_grid(&run, should, name);
    if (times.dispatch > 0 && is_usual(k)) {
        times.sustained = time_wait(&run, name, "back-to-back", run_back_to_back, should->time);
        times.readback = time_wait(&run, name, "readback", run_readback, 0);
        check_grid(&run, should, name);
        times.call = time_wait(&run, name, "call", run_call, should->time);
        check_grid(&run, should, name);
        d->GenTextures(1, &run.texture);
        d->BindTexture(GL_TEXTURE_2D, run.texture);
        d->TexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, widths[w], widths[w]);
        times.frame = time_wait(&run, name, "frame", run_frame, 0);
        d->DeleteTextures(1, &run.texture);
    }
    close_run(&run);
    return times;
}

/* The row of the upload, which leaves the points on the device. Returns GB/s. */
static double time_upload(bench *b, config *k, const char *name)
{
    gl_run run;
    const int rounds = cpu_rounds_of(b);
    const double bytes = 8 * (double)b->data.count;
    memset(&run, 0, sizeof run);
    run.bench = b;
    run.config = k;
    run.rows = &k->rows;
    run.points = dataset_points(&b->data, F32);
    contender c = new_contender("upload", run_upload, &run, 0);
    const uint64_t before = stats_of(b, k).upload_bytes;
    time_calls(&c, rounds);
    if (!went_well(b, k, name, stats_of(b, k).cpu_calls)) return 0;
    if ((double)(stats_of(b, k).upload_bytes - before) < bytes * (rounds + 1)) {
        failed(b, name, "the points were not uploaded when the dataset was created");
        return 0;
    }
    as_rate(&c, rounds, bytes);
    show(b, new_row(b, name, &c, rounds, (double)b->data.count, "GB/s"));
    return c.median;
}

static int create_rows(bench *b, config *k, const char *name)
{
    const pika_points points = dataset_points(&b->data, F32);
    open_config(b, k);
    pika_dataset_create(&b->ctx, pika_gl_backend(&k->gl), &k->rows, &points, NULL);
    return went_well(b, k, name, stats_of(b, k).cpu_calls);
}

/* ---- CUDA, a program of its own ---------------------------------------------------------------------- */

/* FNV-1a of the counts, a word at a time: the peer tells its own. */
static uint64_t hash_of(const uint32_t *counts, size_t cells)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < cells; i++) hash = (hash ^ counts[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Gives it the points, and it writes its rows: NAME WIDTH HASH and the microseconds of each round. */
static int run_peer(bench *b, const char *points)
{
    const size_t n = b->data.count;
    char command[800], width[20];
    int length = snprintf(command, sizeof command, "\"%speer_cuda\" %.0f %d \"%speer_cuda.out\"", b->folder,
        (double)n, rounds_of(b), b->folder);
    for (int w = 0; w < WIDTHS; w++) {
        snprintf(width, sizeof width, " %d", widths[w]);
        if (b->references[w].time > 0)
            length += snprintf(command + length, sizeof command - (size_t)length, "%s", width);
    }
    progress("CUDA");
    FILE *peer = popen(command, "w");
    if (peer == NULL) return 0;
    const int given = fwrite(b->data.x, 4, n, peer) == n && fwrite(b->data.y, 4, n, peer) == n;
    const int status = pclose(peer);
    if (status != 0 || !given) failed(b, points, "the CUDA program failed; it is measured no more");
    return status == 0 && given;
}

static void peer_row(bench *b, const char *points, FILE *file, const char *peer, int width, uint64_t hash)
{
    contender c = new_contender(peer, NULL, NULL, 0);
    char name[100];
    int rounds = 0, w = 0;
    while (rounds < MAX_ROUNDS && fscanf(file, "%lf", &c.rounds[rounds]) == 1) rounds++;
    while (w < WIDTHS && widths[w] != width) w++;
    if (rounds == 0 || w == WIDTHS || b->references[w].time <= 0) return; /* said by the program */
    snprintf(name, sizeof name, "%s %s %d", points, distribution_names[b->data.distribution], width);
    if (hash != hash_of(pika_grid_counts(&b->references[w].grid), (size_t)width * (size_t)width))
        failed(b, name, "the grid of the CUDA program is not the CPU's");
    c.median = median(c.rounds, rounds);
    row *added = new_row(b, name, &c, rounds, (double)b->data.count, "us");
    compare(b, added, b->references[w].time);
    show(b, added);
}

static void time_peers(bench *b, const char *points)
{
    char path[400], peer[30];
    int width, wanted = 0;
    unsigned long long hash;
    for (int w = 0; w < WIDTHS; w++) wanted += b->references[w].time > 0;
    if (b->no_peers || wanted == 0) return;
    snprintf(path, sizeof path, "%speer_cuda.out", b->folder);
    if (!run_peer(b, points)) b->no_peers = 1;
    FILE *file = b->no_peers ? NULL : fopen(path, "r");
    while (file && fscanf(file, " %29[a-z-] %d %llx", peer, &width, &hash) == 3)
        peer_row(b, points, file, peer, width, (uint64_t)hash);
    if (file) fclose(file);
    remove(path);
}

/* Says aloud when there is none. */
static void find_peer(bench *b)
{
    char command[400];
    if (b->no_peers) return;
    snprintf(command, sizeof command, "%speer_cuda", b->folder);
    FILE *file = fopen(command, "rb");
    if (file) fclose(file);
    snprintf(command, sizeof command, "\"%speer_cuda\" --device", b->folder); /* prints its name */
    fflush(stdout);
    b->no_peers = file == NULL || system(command) != 0;
    if (file == NULL) printf("absent, not measured: CUDA (bench/gl.sh builds it where nvcc is)\n");
    else if (b->no_peers) printf("absent, not measured: CUDA, no device\n");
}

/* ---- the matrix -------------------------------------------------------------------------------------- */

/* Whether every word of the filter begins a word of the name. */
static int is_wanted(const bench *b, const char *name)
{
    char words[200];
    snprintf(words, sizeof words, "%s", b->filter);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        const char *found = strstr(name, word);
        while (found != NULL && found != name && found[-1] != ' ') found = strstr(found + 1, word);
        if (found == NULL) return 0;
    }
    return 1;
}

static void cell_name(const char *points, int distribution, int width, const config *k, char name[100])
{
    snprintf(name, 100, "%s %s %d %s wg%d", points, distribution_names[distribution], width,
        pika_gl_strategy_string(k->strategy), k->group);
}

/* departs: 1 = not the usual number of points. */
static int in_matrix(const bench *b, const config *k, int w, int departs, const char *name)
{
    if (k->group > b->device.largest_group) return 0;
    return is_wanted(b, name) && (b->full || departs + (w > 0) + (k->group != groups[0]) <= 1);
}

/* All rows of one set of points. They are made, and uploaded, if a row is wanted. */
static void run_points(bench *b, int distribution, double count, int departs)
{
    char points[24], name[100];
    points_text(count, points);
    for (int i = 0; i < STRATEGIES * GROUPS; i++) {
        config *k = &b->configs[i / GROUPS][i % GROUPS];
        int created = 0;
        for (int w = 0; w < WIDTHS; w++) {
            cell_name(points, distribution, widths[w], k, name);
            if (!in_matrix(b, k, w, departs, name)) continue;
            make_data(b, distribution, (size_t)count);
            const reference *should = find_reference(b, w, points);
            if (!created && !create_rows(b, k, name)) continue;
            created = 1;
            run_cell(b, k, w, name, should);
        }
        if (created && is_usual(k)) {
            snprintf(name, sizeof name, "%s %s", points, distribution_names[distribution]);
            time_upload(b, k, name);
        }
        pika_dataset_free(&b->ctx, &k->rows);
    }
    time_peers(b, points);
    forget_references(b);
}

static void matrix_section(bench *b)
{
    static const int order[GL_DISTRIBUTIONS] = {UNIFORM, GAUSSIAN, CLUSTERED, ONE_CELL, WALK, SERIES};
    for (int d = 0; d < GL_DISTRIBUTIONS; d++)
        for (int i = 0; i < (b->points > 0 ? 1 : SIZES); i++)
            run_points(b, order[d], b->points > 0 ? b->points : sizes[i], i > 0);
}

/* ---- what the machine gives -------------------------------------------------------------------------- */

static void read_task(void *argument, int index, int count)
{
    const dataset *data = (const dataset *)argument;
    volatile uint64_t sum = read_share(data->x, data->y, 4 * data->count, index, count);
    (void)sum;
}

static double run_cpu_read(void *argument)
{
    bench *b = (bench *)argument;
    team_run(&b->team, b->threads, read_task, &b->data);
    return 0;
}

/* Of the CPU, for what its rows are worth: reading the points, adding one to random cells. */
static void cpu_floors(bench *b, const char *points)
{
    const int rounds = cpu_rounds_of(b);
    floor_job adding;
    char name[60];
    snprintf(name, sizeof name, "floor %s %d-threads", points, b->threads);
    contender c = new_contender("cpu-read", run_cpu_read, b, 0);
    progress(name);
    time_calls(&c, rounds);
    as_rate(&c, rounds, 8 * (double)b->data.count);
    show(b, new_row(b, name, &c, rounds, (double)b->data.count, "GB/s"));
    adding.increments = b->data.count / FLOOR_BLOCK * FLOOR_BLOCK + FLOOR_BLOCK;
    adding.count = FLOOR_CELLS;
    adding.cells = calloc(FLOOR_CELLS, 4);
    if (adding.cells == NULL) die("out of memory", "");
    for (int u8 = 0; u8 < 2; u8++) {
        snprintf(name, sizeof name, "floor %s 1-thread", points);
        c = new_contender(u8 ? "cpu-increment-u8" : "cpu-increment", u8 ? floor_u8 : floor_u32, &adding, 0);
        progress(name);
        time_calls(&c, rounds);
        show(b, new_row(b, name, &c, rounds, (double)adding.increments, "us"));
    }
    free(adding.cells);
}

typedef struct upload_work {
    const floor_work *floor;
    const dataset *data;
} upload_work;

static double run_plain_upload(void *argument)
{
    const upload_work *w = (const upload_work *)argument;
    const device *d = w->floor->device;
    const ptrdiff_t bytes = (ptrdiff_t)(w->floor->bytes / 2);
    d->BindBuffer(GL_COPY_WRITE, w->floor->source);
    d->BufferSubData(GL_COPY_WRITE, 0, bytes, w->data->x);
    d->BufferSubData(GL_COPY_WRITE, bytes, bytes, w->data->y);
    d->Finish();
    return 0;
}

/* A row of the GPU alone. */
static double floor_row(bench *b, const char *name, contender *c, double rate_bytes)
{
    const int rounds = rounds_of(b);
    if (rate_bytes > 0) as_rate(c, rounds, rate_bytes);
    show(b, new_row(b, name, c, rounds, b->floor_points, rate_bytes > 0 ? "GB/s" : "us"));
    return c->median;
}

/* R and A: reading the points, and an atomic add for each. And copying, and uploading by calls of OpenGL. */
static void measure_floors(bench *b)
{
    const device *d = &b->device;
    const int rounds = rounds_of(b);
    floor_work w;
    upload_work upload;
    uint32_t sum = 0;
    char points[24], name[60];
    b->floor_points = b->points > 0 ? b->points : 5e7;
    make_data(b, UNIFORM, (size_t)b->floor_points);
    snprintf(name, sizeof name, "floor %s", points_text(b->floor_points, points));
    memset(&w, 0, sizeof w);
    w.device = d;
    w.count = b->data.count;
    w.bytes = 8 * w.count;
    uint32_t *zero = (uint32_t *)calloc(FLOOR_CELLS, 4);
    if (zero == NULL) die("out of memory", "");
    w.source = new_device_buffer(d, w.bytes, NULL);
    w.target = new_device_buffer(d, 4 * FLOOR_CELLS, zero);
    free(zero);
    upload.floor = &w;
    upload.data = &b->data;
    contender c = new_contender("upload", run_plain_upload, &upload, 0);
    time_calls(&c, rounds);
    floor_row(b, name, &c, (double)w.bytes);
    for (size_t i = 0; i < w.bytes / 16 * 4; i++) {
        uint32_t word;
        memcpy(&word, i < w.count ? &b->data.x[i] : &b->data.y[i - w.count], 4);
        sum += word;
    }
    progress(name);
    c = new_contender("read", run_device_read, &w, 0);
    measure_floor(&w, &c, read_source, 256, sum, rounds);
    b->read_time = floor_row(b, name, &c, 0);
    c = new_contender("atomic", run_device_atomic, &w, 0);
    measure_floor(&w, &c, atomic_source, FLOOR_CELLS, (uint32_t)w.count, rounds);
    b->atomic_time = floor_row(b, name, &c, 0);
    d->DeleteBuffers(1, &w.target);
    w.target = new_device_buffer(d, w.bytes, NULL);
    c = new_contender("copy", run_device_copy, &w, 0);
    time_gpu(d, &c, rounds);
    floor_row(b, name, &c, 2 * (double)w.bytes); /* each byte is read and written */
    d->DeleteBuffers(1, &w.target);
    d->DeleteBuffers(1, &w.source);
    d->UseProgram(0);
    check_gl(d, "the floors");
    if (is_wanted(b, "floor cpu")) cpu_floors(b, points);
}

/* ---- programs: compiled, and from the cache ---------------------------------------------------------- */

enum { CACHE_ENTRIES = 400 };
typedef struct cache_entry {
    uint64_t key;
    size_t size;
    void *data;
} cache_entry;
typedef struct cache {
    cache_entry entries[CACHE_ENTRIES];
    int count;
} cache;

static cache_entry *find_entry(cache *c, uint64_t key)
{
    for (int i = 0; i < c->count; i++)
        if (c->entries[i].key == key) return &c->entries[i];
    return NULL;
}

static size_t load_entry(void *user, uint64_t key, void *data, size_t capacity)
{
    const cache_entry *entry = find_entry((cache *)user, key);
    if (entry == NULL) return 0;
    if (data) memcpy(data, entry->data, entry->size < capacity ? entry->size : capacity);
    return data && entry->size > capacity ? capacity : entry->size;
}

static void save_entry(void *user, uint64_t key, const void *data, size_t size)
{
    cache *c = (cache *)user;
    cache_entry *entry = find_entry(c, key);
    if (entry == NULL && c->count == CACHE_ENTRIES) return;
    if (entry == NULL) entry = &c->entries[c->count++];
    else free(entry->data);
    entry->key = key;
    entry->size = size;
    entry->data = allocate(size);
    memcpy(entry->data, data, size);
}

static void cache_clear(cache *c)
{
    for (int i = 0; i < c->count; i++) free(c->entries[i].data);
    c->count = 0;
}

/* The driver's functions that make programs, with a clock round them. What OpenGL calls has no argument of
   ours, so this alone is global. */
static struct driver_clock {
    double time; /* seconds */
    unsigned sources;
    void (*shader_source)(unsigned, int, const char *const *, const int *);
    void (*compile_shader)(unsigned);
    void (*get_shader)(unsigned, unsigned, int *);
    void (*link_program)(unsigned);
    void (*get_program)(unsigned, unsigned, int *);
    void (*program_binary)(unsigned, unsigned, const void *, int);
} driver;

/* Drivers remember sources, some on the disk: every one gets a line that none had before. */
static void timed_shader_source(unsigned shader, int count, const char *const *parts, const int *lengths)
{
    const char *list[9];
    char line[80];
    if (count > 8 || lengths != NULL) {
        driver.shader_source(shader, count, parts, lengths);
        return;
    }
    memcpy(list, parts, (size_t)count * sizeof *list);
    snprintf(line, sizeof line, "\nconst uint unused_%.0f_%u = 0u;\n", 1e9 * seconds(), driver.sources++);
    list[count] = line;
    driver.shader_source(shader, count + 1, list, NULL);
}

static void timed_compile_shader(unsigned shader)
{
    const double start = seconds();
    driver.compile_shader(shader);
    driver.time += seconds() - start;
}

static void timed_get_shader(unsigned shader, unsigned what, int *value)
{
    const double start = seconds();
    driver.get_shader(shader, what, value);
    driver.time += seconds() - start;
}

static void timed_link_program(unsigned program)
{
    const double start = seconds();
    driver.link_program(program);
    driver.time += seconds() - start;
}

static void timed_get_program(unsigned program, unsigned what, int *value)
{
    const double start = seconds();
    driver.get_program(program, what, value);
    driver.time += seconds() - start;
}

static void timed_program_binary(unsigned program, unsigned format, const void *data, int size)
{
    const double start = seconds();
    driver.program_binary(program, format, data, size);
    driver.time += seconds() - start;
}

typedef struct timed_function {
    const char *name;
    void *real; /* where the driver's goes */
    void (*timed)(void);
} timed_function;
static const timed_function timed_functions[] = {
    {"glShaderSource", &driver.shader_source, (void (*)(void))timed_shader_source},
    {"glCompileShader", &driver.compile_shader, (void (*)(void))timed_compile_shader},
    {"glGetShaderiv", &driver.get_shader, (void (*)(void))timed_get_shader},
    {"glLinkProgram", &driver.link_program, (void (*)(void))timed_link_program},
    {"glGetProgramiv", &driver.get_program, (void (*)(void))timed_get_program},
    {"glProgramBinary", &driver.program_binary, (void (*)(void))timed_program_binary},
};

static void *load_timed(const char *name, void *user)
{
    void *address = egl_load_proc(name, user);
    for (size_t i = 0; i < sizeof timed_functions / sizeof *timed_functions && address != NULL; i++) {
        const timed_function *t = &timed_functions[i];
        if (strcmp(name, t->name) != 0) continue;
        memcpy(t->real, &address, sizeof address);
        memcpy(&address, &t->timed, sizeof address);
    }
    return address;
}

/* From nothing to the first grid on the host with each strategy: what the driver takes for a program, and how
   many there were. Returns the microseconds of all. */
static double start_once(bench *b, cache *store, double *of_program, int *compiled, int *cached)
{
    double start = seconds();
    driver.time = 0;
    *compiled = *cached = 0;
    for (int i = 0; i < STRATEGIES; i++) {
        config k;
        gl_run run;
        pika_gl_desc desc;
        pika_gl_memory_stats memory;
        const pika_grid_desc grid = grid_desc(b, 1024, F32, PIKA_COUNT);
        if (strategies[i] == PIKA_GL_AUTO) continue; /* one of the others */
        memset(&k, 0, sizeof k);
        memset(&run, 0, sizeof run);
        memset(&desc, 0, sizeof desc);
        desc.load_proc = load_timed;
        desc.load_user = &b->device.egl;
        desc.strategy = strategies[i];
        desc.cache_load = load_entry;
        desc.cache_save = save_entry;
        desc.cache_user = store;
        run.bench = b;
        run.config = &k;
        run.rows = &k.rows;
        run.points = dataset_points(&b->data, F32);
        pika_gl_init(&k.gl, &b->ctx, &desc);
        pika_dataset_create(&b->ctx, pika_gl_backend(&k.gl), &k.rows, &run.points, NULL);
        pika_gl_grid_init(&k.gl, &run.grid, &grid);
        pika_grid_alloc(&b->ctx, &run.out, &grid);
        pika_gl_aggregate(&k.gl, &k.rows, &run.grid, NULL);
        pika_gl_read(&k.gl, &run.grid, &run.out);
        went_well(b, &k, "start", 0);
        memset(&memory, 0, sizeof memory);
        pika_gl_get_memory_stats(&k.gl, &memory);
        *compiled += (int)memory.programs_compiled;
        *cached += (int)memory.programs_cached;
        close_run(&run);
        pika_dataset_free(&b->ctx, &k.rows);
        pika_gl_free(&k.gl);
    }
    *of_program = 1e6 * driver.time / (*compiled + *cached > 0 ? *compiled + *cached : 1);
    return 1e6 * (seconds() - start);
}

/* Returns the microseconds of a program out of the cache; 0 where the driver has no binaries. */
static double start_section(bench *b)
{
    static cache store;
    static const char *const names[4] = {
        "compile-a-program", "cached-a-program", "first-grids", "first-grids-cached"};
    contender list[4];
    const int rounds = cpu_rounds_of(b);
    int compiled = 0, from_cache = 0, missed = 0, none;
    for (int i = 0; i < 4; i++) list[i] = new_contender(names[i], NULL, NULL, 0);
    make_data(b, UNIFORM, 100000);
    progress("start");
    for (int round = 0; round < rounds; round++) {
        cache_clear(&store);
        list[2].rounds[round] = start_once(b, &store, &list[0].rounds[round], &compiled, &none);
        list[3].rounds[round] = start_once(b, &store, &list[1].rounds[round], &missed, &from_cache);
    }
    cache_clear(&store);
    const int has_binaries = missed == 0 && from_cache > 0;
    if (!has_binaries)
        printf("absent, not measured: programs from the cache, %d of %d came out of it\n", from_cache,
            from_cache + missed);
    for (int i = 0; i < 4; i++) {
        if (i % 2 && !has_binaries) continue;
        list[i].median = median(list[i].rounds, rounds);
        row *added = new_row(b, "start", &list[i], rounds, 0, "us");
        snprintf(added->strategy, sizeof added->strategy, "%d programs", compiled);
        show(b, added);
    }
    return has_binaries ? list[1].median : 0;
}

/* ---- other columns and planes ------------------------------------------------------------------------ */

typedef struct other {
    int layout;
    const char *name;
    unsigned plane;
    int categories;
} other;
static const other others[] = {
    {F64, "count", PIKA_COUNT, 0},
    {XY, "count", PIKA_COUNT, 0},
    {I8, "count", PIKA_COUNT, 0},
    {U8, "count", PIKA_COUNT, 0},
    {I16, "count", PIKA_COUNT, 0},
    {U16, "count", PIKA_COUNT, 0},
    {I32, "count", PIKA_COUNT, 0},
    {F32, "any", PIKA_ANY, 0},
    {F32, "sum", PIKA_SUM, 0},
    {F32, "mean", PIKA_MEAN, 0},
    {F32, "min", PIKA_MIN, 0},
    {F32, "max", PIKA_MAX, 0},
    {F32, "categories", PIKA_COUNT, CATEGORIES},
};

static void others_section(bench *b)
{
    config *k = &b->configs[0][0];
    const double count = b->points > 0 ? b->points : 1e7;
    char points[24], name[100];
    points_text(count, points);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const other *o = &others[i];
        gl_run run;
        snprintf(
            name, sizeof name, "%s uniform 1024 auto wg128 %s %s", points, layouts[o->layout].name, o->name);
        if (!is_wanted(b, name)) continue;
        make_data(b, UNIFORM, (size_t)count);
        dataset_arrange(&b->data, o->layout);
        if (o->layout == F32) dataset_add_values(&b->data);
        open_config(b, k);
        memset(&run, 0, sizeof run);
        run.bench = b;
        run.config = k;
        run.rows = &k->rows;
        run.points = dataset_points(&b->data, o->layout);
        pika_grid_desc desc = grid_desc(b, 1024, o->layout, o->plane);
        desc.categories = o->categories;
        pika_dataset_create(&b->ctx, pika_gl_backend(&k->gl), &k->rows, &run.points, NULL);
        if (open_run(&run, name, &desc, NULL)) time_run(&run, name, time_cpu(b, name, &run.out, o->layout));
        close_run(&run);
        pika_dataset_free(&b->ctx, &k->rows);
    }
}

static void run_sections(bench *b)
{
    printf("%-66s %9s %8s %8s %6s\n", "row", "us", "x cpu", "/ read", "+-");
    measure_floors(b);
    if (is_wanted(b, "start")) start_section(b);
    const int none = b->report.count;
    matrix_section(b);
    others_section(b);
    if (b->report.count == none && !is_wanted(b, "start") && !is_wanted(b, "floor cpu"))
        die("no row has all of these words, --full has more rows: ", b->filter);
}

/* ---- the figures to reach ---------------------------------------------------------------------------- */

/* One line, in ms. limit 0 = none is set. A software driver is no GPU: its numbers reach nothing. */
static void print_figure(const bench *b, const char *name, double microseconds, double limit)
{
    const double ms = 1e-3 * microseconds;
    const char *said = b->configs[0][0].gl.caps.software ? "(software)" : ms <= limit ? "reached" : "NOT YET";
    char most[30] = "";
    progress("");
    if (limit > 0) snprintf(most, sizeof most, "<= %.3f", limit);
    if (microseconds > 0) printf("%-76s | %10s %10.3f %s\n", name, most, ms, limit > 0 ? said : "");
    else printf("%-76s | %10s %10s\n", name, most, "-");
    fflush(stdout);
}

static void print_rate(const bench *b, const char *name, const char *row_name)
{
    for (int i = 0; i < b->report.count; i++)
        if (strcmp(b->report.rows[i].name, row_name) == 0)
            printf("%-76s | %21.1f GB/s\n", name, b->report.rows[i].measured.median);
}

/* What the rows of the peer took with these points. */
static void print_peers(const bench *b, const char *prefix)
{
    for (int i = 0; i < b->report.count; i++) {
        const row *r = &b->report.rows[i];
        if (strncmp(r->name, prefix, strlen(prefix)) == 0 && strstr(r->name, " cuda-"))
            print_figure(b, r->name, r->measured.median, 0);
    }
}

/* All strategies with one distribution, the usual group; AUTO's times. */
static cell_times distribution_figures(bench *b, int distribution, const char *points, double limit)
{
    const char *of = distribution_names[distribution];
    cell_times times = {0, 0, 0, 0, 0, 0};
    double taken[STRATEGIES];
    char name[100], line[160];
    make_data(b, distribution, (size_t)(b->points > 0 ? b->points : 5e7));
    const reference *should = find_reference(b, 0, points);
    for (int i = 0; i < STRATEGIES; i++) {
        config *k = &b->configs[i][0];
        cell_name(points, distribution, widths[0], k, name);
        cell_times now = {0, 0, 0, 0, 0, 0};
        if (create_rows(b, k, name)) now = run_cell(b, k, 0, name, should);
        taken[i] = now.dispatch;
        if (i == 0) times = now;
        if (i == 0 && distribution == UNIFORM) time_upload(b, k, "upload");
        pika_dataset_free(&b->ctx, &k->rows);
    }
    snprintf(line, sizeof line, "%s (auto: %s; atomic %.3f, tiled %.3f, sort %.3f; the CPU %.1f)", of,
        pika_gl_strategy_string(times.strategy), 1e-3 * taken[1], 1e-3 * taken[2], 1e-3 * taken[3],
        1e-3 * should->time);
    print_figure(b, line, times.dispatch, limit);
    time_peers(b, points);
    snprintf(name, sizeof name, "%s %s", points, of);
    print_peers(b, name);
    forget_references(b);
    return times;
}

static void run_table(bench *b)
{
    char points[24], name[120];
    const double count = b->points > 0 ? b->points : 5e7;
    b->report.silent = 1;
    points_text(count, points);
    printf("figures to reach: %s points, 1024 x 1024, ms, medians of %d dispatches\n", points, rounds_of(b));
    measure_floors(b);
    const double most = b->read_time > b->atomic_time ? b->read_time : b->atomic_time;
    snprintf(name, sizeof name, "floor R: reading the points, %.0f MB", 8e-6 * count);
    print_figure(b, name, b->read_time, 0);
    print_figure(b, "floor A: as many atomic adds, at hashed addresses", b->atomic_time, 0);
    snprintf(name, sizeof name, "floor %s copy", points);
    print_rate(b, "copying on the device, bytes read and written", name);
    const cell_times uniform = distribution_figures(b, UNIFORM, points, 1.3e-3 * most + 0.02);
    print_figure(b, "  1.3 x max(R, A) + 0.02 is the limit above; that stretched: 3 R", uniform.dispatch,
        3e-3 * b->read_time);
    print_figure(b, "  20 of them back to back, on the wall's clock, by 20", uniform.sustained, 0);
    print_figure(b, "  copying the grid to the host", uniform.readback, 0);
    print_figure(b, "  a frame: aggregated and shaded on the GPU, and waited for", uniform.frame, 0);
    print_rate(b, "  uploading the points", "upload upload");
    snprintf(name, sizeof name, "floor %s upload", points);
    print_rate(b, "  uploading by one call of OpenGL", name);
    distribution_figures(b, CLUSTERED, points, 1.5e-3 * uniform.dispatch);
    distribution_figures(b, ONE_CELL, points, 1.5e-3 * uniform.dispatch);
    distribution_figures(b, GAUSSIAN, points, 0);
    distribution_figures(b, WALK, points, 0);
    distribution_figures(b, SERIES, points, 0);
    print_figure(b, "a program out of the cache", start_section(b), 0.1);
}

/* ---- the JSON file ----------------------------------------------------------------------------------- */

static void write_json(const bench *b, FILE *file)
{
    char text[120];
    const char *flags = getenv("PIKA_BENCH_FLAGS"); /* set by gl.sh, which chose them */
    fprintf(file, "{\"machine\": {");
    json_text(file, "cpu", cpu_name(text, sizeof text));
    fprintf(file, ", \"cores\": %d, ", core_count());
    json_text(file, "compiler", compiler_name());
    fprintf(file, ", ");
    json_text(file, "flags", flags ? flags : "unknown");
    fprintf(file, ", ");
    json_text(file, "pika", pika_build_info());
    fprintf(file, ", ");
    json_text(file, "gpu", b->device.renderer);
    fprintf(file, ", ");
    json_text(file, "driver", b->device.version);
    fprintf(file, "},\n\"rows\": [");
    for (int i = 0; i < b->report.count; i++) {
        fprintf(file, i ? ",\n" : "\n");
        json_row(file, &b->report.rows[i]);
    }
    fprintf(file, "]}\n");
}

/* ---- options ----------------------------------------------------------------------------------------- */

static void wrong_usage(const char *what, const char *option)
{
    fprintf(stderr, "bench_gl: %s%s\n%s", what, option, usage);
    exit(2);
}

static void read_options(bench *b, char **argv)
{
    for (int i = 1; argv[i] != NULL; i++) {
        const char *option = argv[i], *value = argv[i + 1];
        const char *const flags[4] = {"--table", "--full", "--quick", "--no-peers"};
        int *const fields[4] = {&b->table, &b->full, &b->quick, &b->no_peers}, known = 0;
        for (int k = 0; k < 4; k++)
            if (strcmp(option, flags[k]) == 0) known = *fields[k] = 1;
        if (known) continue;
        if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (value == NULL) wrong_usage("no such option, or its value is missing: ", option);
        if (strcmp(option, "--filter") == 0) b->filter = value;
        else if (strcmp(option, "--json") == 0) b->json = value;
        else if (strcmp(option, "--points") == 0) b->points = number_option("bench_gl", option, value, 1e9);
        else if (strcmp(option, "--rounds") == 0)
            b->rounds = (int)number_option("bench_gl", option, value, MAX_ROUNDS);
        else if (strcmp(option, "--seed") == 0) b->seed = number_option("bench_gl", option, value, 1e9);
        else if (strcmp(option, "--threads") == 0)
            b->threads = (int)number_option("bench_gl", option, value, MAX_THREADS);
        else if (strcmp(option, "--api") != 0) wrong_usage("no such option: ", option);
        else if (strcmp(value, "gl") == 0 || strcmp(value, "gles") == 0) b->es = strcmp(value, "gles") == 0;
        else wrong_usage("--api is gl or gles, not ", value);
        i++;
    }
    if (b->quick && b->points <= 0) b->points = 1e5;
}

/* The folder of the program, where the peer is and files go. A shell reads it: names that mean something to
   it are refused. */
static void find_folder(bench *b, const char *program)
{
    size_t length = 0;
    for (size_t i = 0; program[i]; i++)
        if (program[i] == '/') length = i + 1;
    if (length >= sizeof b->folder || strpbrk(program, "\"$`"))
        die("can't be run from a folder named ", program);
    memcpy(b->folder, program, length);
}

/* What goes wrong on the GPU and is made good by the CPU. */
static void print_warning(void *user, int level, int id, const char *text)
{
    (void)user, (void)id;
    if (level <= 1) fprintf(stderr, "bench: pika: %s\n", text);
}

static void open_all(bench *b)
{
    pika_ctx_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.threads = b->threads;
    desc.log_fn = print_warning;
    if (pika_ctx_init(&b->ctx, &desc) != PIKA_OK) die("pika_ctx_init failed", "");
    /* NVIDIA's files of compiled programs. Without Mesa's it has no binaries either, so those stay. */
    setenv("__GL_SHADER_DISK_CACHE", "0", 1);
    device_open(&b->device, b->es);
    for (int i = 0; i < STRATEGIES * GROUPS; i++) {
        b->configs[i / GROUPS][i % GROUPS].strategy = strategies[i / GROUPS];
        b->configs[i / GROUPS][i % GROUPS].group = groups[i % GROUPS];
    }
    open_config(b, &b->configs[0][0]);
    if (!pika_gl_get_caps(&b->configs[0][0].gl)
             ->memory_known) { /* its guess is careful: points would stream */
        b->memory = (size_t)3 << 30;
        pika_gl_free(&b->configs[0][0].gl);
        open_config(b, &b->configs[0][0]);
    }
    printf("%s\n%s", b->device.renderer, b->device.version);
    printf("; by EGL, platform %s%s%s\n", b->device.egl.platform,
        b->device.egl.robust ? ", told of resets" : "", b->device.timers ? "" : ", no timestamps");
    if (b->memory) printf("the driver does not tell how much memory there is: 3 GiB are used\n");
    if (pika_gl_get_caps(&b->configs[0][0].gl)->level != PIKA_GL_LEVEL_COMPUTE)
        die("there are no compute shaders: ", pika_gl_get_caps(&b->configs[0][0].gl)->text);
    if (pika_gl_get_caps(&b->configs[0][0].gl)->software && b->points <= 0)
        die("a driver that computes on the CPU would take hours, give --quick or --points N: ",
            b->device.renderer);
    for (int i = 0; i < GROUPS; i++)
        if (groups[i] > b->device.largest_group)
            printf("absent, not measured: groups of %d, the driver has %d at most\n", groups[i],
                b->device.largest_group);
}

int main(int argc, char **argv)
{
    static bench b;
    FILE *json = NULL;
    (void)argc;
    b.filter = "";
    b.threads = core_count();
    read_options(&b, argv);
    find_folder(&b, argv[0]);
    signal(SIGPIPE, SIG_IGN); /* a peer that ends early is told of */
    if (b.json && (json = fopen(b.json, "w")) == NULL) die("can't write ", b.json);
    open_all(&b);
    find_peer(&b);
    team_init(&b.team, b.threads);
    if (b.table) run_table(&b);
    else run_sections(&b);
    if (json) write_json(&b, json);
    if (json && fclose(json) != 0) die("can't write ", b.json);
    team_free(&b.team);
    for (int i = 0; i < STRATEGIES * GROUPS; i++) pika_gl_free(&b.configs[i / GROUPS][i % GROUPS].gl);
    dataset_free(&b.data);
    free(b.report.rows);
    pika_ctx_free(&b.ctx);
    egl_close(&b.device.egl);
    if (b.failures) fprintf(stderr, "bench: %d failures\n", b.failures);
    return b.failures != 0;
}
