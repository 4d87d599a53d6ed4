/* bench.c - how fast pika is on this machine: beside reading memory, random increments, and the loops one
   would write without a library. Every grid is checked against theirs.
   Build and run: ./build.sh bench      Options: ./build.sh bench --help */
/* clock_gettime, popen, fileno, with -std=c99 too; before the first include */
#ifdef __linux__
    #define _POSIX_C_SOURCE 200809L
#endif
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include "measure.h"
#include "data.h"
#include "plain.h"
#include "limits.h"
#include "cell.h"
#include "peers.h"

static const char usage[] =
    "usage: bench [options]\n"
    "  --table        the figures to reach, and whether they are\n"
    "  --full         the whole matrix, for hours: 1M 10M 100M points x 7 distributions x 5 widths x\n"
    "                 3 layouts x 8 reductions x 1 and all threads. Else: all distributions at all widths,\n"
    "                 and one row for every other number of points, layout and reduction\n"
    "  --filter TEXT  only the rows in whose names all of these words are: \"gaussian 1024 count\"\n"
    "  --list         the names of the rows, and nothing else\n"
    "  --points N     this number of points instead of 1M, 10M and 100M (--table: of 50M); fewer marks in\n"
    "                 the same proportion, where this is below 10M\n"
    "  --rounds N     default 5, with 100M points 3; at most 99\n"
    "  --threads N    what all threads are; default one per core\n"
    "  --quick        one round of 1M points: whether it works, not what it measures\n"
    "  --no-peers     without the other libraries\n"
    "  --json FILE    writes the machine and all rows, with every round\n"
    "Columns: ns/point, the median of the rounds. How many times as fast as the faster plain loop of the\n"
    "same cell. ns/point over that of reading the same columns and no more. Half the spread of the rounds.\n"
    "Marks (--filter marks), into 1920 x 1080: ms of adding all of them; clearing is a row of its own.\n"
    "Canvas (--filter canvas), onto 1920 x 1080 opaque pixels: us each, a polygon or plot being one; how "
    "many\n"
    "times as fast as cairo.\n";

/* ---- a cell, run ------------------------------------------------------------------------------------- */

/* Small ones are repeated until a round is long enough for the clock. */
static int repeats_of(const cell *c)
{
    return 1 + (int)(2e6 / ((double)c->points + (double)c->width * c->width / 4));
}

/* Private grids of this size are not what anyone would write. */
static int plain_fits(const cell *c)
{
    double bytes = (double)plain_bytes(&reductions[c->reduction], (size_t)c->width * (size_t)c->width);
    return bytes * c->threads <= 8e9;
}

static cell_times run_cell(bench *b, const cell *c)
{
    static const char *const plain_names[2] = {"plain", "plain-branch-free"};
    job j;
    plain_run plain[2];
    peer_run peer_runs[PEERS];
    contender list[4 + PEERS];
    cell_times times = {0, 0, 0, 0};
    char strategy[sizeof((row *)0)->strategy];
    const double points = (double)c->points;
    const int rounds = rounds_of(b, c->points);
    int count = 0, loops = c->reduction == COUNT ? 2 : 1; /* plain ones */
    if (!plain_fits(c)) loops = 0;
    open_job(&j, b, c);
    progress(j.name);
    list[count++] = new_contender("read", run_read, &j, points);
    run_read(&j);
    for (int i = 0; i < c->threads && loops > 0; i++)
        j.grids[i] = plain_alloc(&reductions[c->reduction], j.cells);
    for (int i = 0; i < loops; i++) {
        plain[i].job = &j;
        plain[i].loop = plain_loops[c->layout][i ? REDUCTIONS : c->reduction];
        list[count++] = new_contender(plain_names[i], run_plain, &plain[i], points);
        run_plain(&plain[i]);
        check_plain(&j, plain_names[i]);
    }
    list[count++] = new_contender("pika", run_pika, &j, points);
    try_pika(&j, strategy);
    count += add_peers(&j, list + count, peer_runs);
    measure(list, count, rounds, repeats_of(c));
    times.read = list[0].median;
    times.plain = loops > 0 ? list[1].median : 0;
    times.branch_free = loops > 1 ? list[2].median : times.plain;
    times.pika = list[loops + 1].median;
    for (int i = 0; i < count; i++) {
        row *added = add_row(&b->report, j.name, &list[i], rounds, c->threads, "ns/point");
        added->ratio_plain = fmin(times.plain, times.branch_free) / list[i].median;
        added->ratio_read = list[i].median / times.read;
        if (i == loops + 1) snprintf(added->strategy, sizeof added->strategy, "%s", strategy);
        progress("");
        show_row(&b->report, added);
    }
    close_job(&j);
    return times;
}

#include "marks.h"
#include "canvas.h"
#include "table.h"

/* ---- sections: what a run without --table shows, in this order --------------------------------------- */

/* Whether every word of the filter begins a word of the name. */
static int wanted(const bench *b, const char *name)
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

/* Every distribution at every width; every other number of points, layout and reduction once. */
static int in_short_matrix(const bench *b, const cell *c)
{
    int others = (b->points <= 0 && c->points != 10000000) + (c->layout != F32) + (c->reduction != COUNT);
    return others + (c->distribution != UNIFORM || c->width != 1024) <= 1;
}

static int in_matrix(const bench *b, const cell *c)
{
    char name[100];
    cell_name(c, name);
    return wanted(b, name) && (in_short_matrix(b, c) || (b->full && c->layout <= XY));
}

/* Lists the matrix, ordered so that points are made as rarely as can be. Returns how many there are. */
static int list_matrix(const bench *b, cell *cells)
{
    static const double sizes[3] = {1e6, 1e7, 1e8};
    static const int size_count = 3, width_count = (int)(sizeof widths / sizeof *widths);
    int count = 0, threads = b->threads > 1 ? 2 : 1;
    const int whole =
        (b->points > 0 ? 1 : size_count) * DISTRIBUTIONS * LAYOUTS * REDUCTIONS * width_count * threads;
    for (int i = 0; i < whole; i++) {
        int rest = i;
        cell c;
        c.threads = rest % threads ? b->threads : 1, rest /= threads;
        c.width = widths[rest % width_count], rest /= width_count;
        c.reduction = rest % REDUCTIONS, rest /= REDUCTIONS;
        c.layout = rest % LAYOUTS, rest /= LAYOUTS;
        c.distribution = rest % DISTRIBUTIONS, rest /= DISTRIBUTIONS;
        c.points = (size_t)(b->points > 0 ? b->points : sizes[rest]);
        if (!in_matrix(b, &c)) continue;
        if (cells) cells[count] = c;
        count++;
    }
    return count;
}

/* Measures something alone. */
static void limit_row(bench *b, contender *c, int threads, const char *unit)
{
    int rounds = rounds_of(b, 0);
    progress(c->name);
    c->run(c->argument);
    measure(c, 1, rounds, 1);
    progress("");
    show_row(&b->report, add_row(&b->report, "", c, rounds, threads, unit));
}

/* Whether the row is to be run; with --list its name is all there is of it. */
static int runs(const bench *b, const char *name)
{
    if (!wanted(b, name)) return 0;
    if (b->list) printf("%s\n", name);
    return !b->list;
}

/* Reading memory, with one thread and all: two streams, as points are. */
static void read_section(bench *b)
{
    cell c = {50000000, UNIFORM, 256, F32, COUNT, 1};
    char points[24], name[100];
    if (b->points > 0) c.points = (size_t)b->points;
    for (int all = 0; all < (b->threads > 1 ? 2 : 1); all++) {
        job j;
        c.threads = all ? b->threads : 1;
        snprintf(name, sizeof name, "%s read %d-thread%s", points_text((double)c.points, points), c.threads,
            all ? "s" : "");
        if (!runs(b, name)) continue;
        open_job(&j, b, &c);
        contender reading = new_contender(name, run_read, &j, (double)c.points);
        limit_row(b, &reading, c.threads, "ns/point");
        printf("%-66s %9.1f GB/s\n", "", 8 / reading.median);
        close_job(&j);
    }
}

/* A random increment a point, whatever it takes to know which: the floor of a loop that counts one by one. */
static void floor_section(bench *b)
{
    const double increments = b->points > 0 ? b->points : 2e7;
    for (int i = 0; i < 6; i++) {
        floor_job adding;
        char name[100];
        snprintf(name, sizeof name, "floor %d %s 1-thread", widths[i / 2], i % 2 ? "u8" : "u32");
        if (!runs(b, name)) continue;
        adding.increments = ((size_t)increments / FLOOR_BLOCK + 1) * FLOOR_BLOCK;
        adding.count = (uint32_t)(widths[i / 2] * widths[i / 2]);
        adding.cells = calloc(adding.count, i % 2 ? 1 : 4);
        if (adding.cells == NULL) die("out of memory", "");
        contender c = new_contender(name, i % 2 ? floor_u8 : floor_u32, &adding, (double)adding.increments);
        limit_row(b, &c, 1, "ns/increment");
        free(adding.cells);
    }
}

static void matrix_section(bench *b)
{
    int count = list_matrix(b, NULL);
    cell *cells = (cell *)allocate((size_t)count * sizeof *cells);
    list_matrix(b, cells);
    for (int i = 0; i < count; i++) {
        char name[100];
        cell_name(&cells[i], name);
        if (runs(b, name)) run_cell(b, &cells[i]);
    }
    free(cells);
}

/* Lines, polygons, ...: each with one thread and with all. */
static void mark_section(bench *b)
{
    int shown = 0;
    for (int i = 0; i < MARKS; i++) {
        for (int all = 0; all < (b->threads > 1 ? 2 : 1); all++) {
            const int threads = all ? b->threads : 1;
            char name[100];
            mark_name(b, &marks[i], threads, name);
            if (!runs(b, name)) continue;
            if (!shown++) printf("%-66s %9s %8s %8s %6s\n", "row", "ms", "x plain", "/ read", "+-");
            run_mark(b, &marks[i], threads);
        }
    }
}

/* Drawing, with one thread. */
static void canvas_section(bench *b)
{
    int shown = 0;
    for (int i = 0; i < DRAWINGS; i++) {
        char name[100];
        drawing_name(b, &drawings[i], name);
        if (!runs(b, name)) continue;
        if (!shown++) printf("%-66s %9s %8s %8s %6s\n", "row", "us each", "x cairo", "", "+-");
        run_drawing(b, &drawings[i]);
    }
}

/* What a run without --table shows, in this order. A new section is a function here that ends in show_row. */
static void (*const sections[])(bench *b) = {
    read_section, floor_section, matrix_section, mark_section, canvas_section};

static void run_sections(bench *b)
{
    if (!b->list) printf("%-66s %9s %8s %8s %6s\n", "row", "ns/point", "x plain", "/ read", "+-");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) sections[i](b);
    if (!b->list) end_peers(b);
}

/* ---- the JSON file ----------------------------------------------------------------------------------- */

static void write_json(const bench *b, FILE *file)
{
    char text[120];
    const char *flags = getenv("PIKA_BENCH_FLAGS"); /* set by build.sh, which chose them */
    fprintf(file, "{\"machine\": {");
    json_text(file, "cpu", cpu_name(text, sizeof text));
    fprintf(file, ", \"cores\": %d, ", core_count());
    json_text(file, "compiler", compiler_name());
    fprintf(file, ", ");
    json_text(file, "flags", flags ? flags : "unknown");
    fprintf(file, ", ");
    json_text(file, "pika", pika_build_info());
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
    fprintf(stderr, "bench: %s%s\n%s", what, option, usage);
    exit(2);
}

static void read_options(bench *b, char **argv)
{
    for (int i = 1; argv[i] != NULL; i++) {
        const char *option = argv[i], *value = argv[i + 1];
        const char *const flags[5] = {"--table", "--full", "--list", "--quick", "--no-peers"};
        int *const fields[5] = {&b->table, &b->full, &b->list, &b->quick, &b->no_peers}, known = 0;
        for (int k = 0; k < 5; k++)
            if (strcmp(option, flags[k]) == 0) known = *fields[k] = 1;
        if (known) continue;
        if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (value == NULL) wrong_usage("no such option, or its value is missing: ", option);
        if (strcmp(option, "--filter") == 0) b->filter = value;
        else if (strcmp(option, "--json") == 0) b->json = value;
        else if (strcmp(option, "--points") == 0) b->points = number_option("bench", option, value, 4e9);
        else if (strcmp(option, "--rounds") == 0)
            b->rounds = (int)number_option("bench", option, value, MAX_ROUNDS);
        else if (strcmp(option, "--threads") == 0)
            b->threads = (int)number_option("bench", option, value, MAX_THREADS);
        else wrong_usage("no such option: ", option);
        i++;
    }
    if (b->quick && b->points <= 0) b->points = 1e6;
}

/* The folder of the program, where the peers are and files go. A shell reads it: names that mean something
   to it are refused. */
static void find_folder(bench *b, const char *program)
{
    size_t length = 0;
    for (size_t i = 0; program[i]; i++)
        if (program[i] == '/' || program[i] == '\\') length = i + 1;
    if (length >= sizeof b->folder || strpbrk(program, "\"$`"))
        die("can't be run from a folder named ", program);
    b->program = program;
    memcpy(b->folder, program, length);
}

int main(int argc, char **argv)
{
    static bench b;
    FILE *json = NULL;
    if (argc == 5 && strcmp(argv[1], "--cold-start") == 0)
        return cold_start(atoi(argv[2]), (size_t)atof(argv[3]), argv[4]);
    b.filter = "";
    b.threads = core_count();
    read_options(&b, argv);
    find_folder(&b, argv[0]);
    if (b.json && (json = fopen(b.json, "w")) == NULL) die("can't write ", b.json);
    for (int all = 0; all < 2; all++) {
        pika_ctx_desc desc = {0};
        desc.threads = all ? b.threads : 1;
        if (pika_ctx_init(&b.ctx[all], &desc) != PIKA_OK) die("pika_ctx_init failed", "");
    }
    team_init(&b.team, b.threads);
    if (b.table) run_table(&b);
    else run_sections(&b);
    if (!b.list && b.report.count == 0)
        die("no row has all of these words, --full has more rows: ", b.filter);
    if (json) write_json(&b, json);
    if (json && fclose(json) != 0) die("can't write ", b.json);
    team_free(&b.team);
    dataset_free(&b.data);
    free(b.report.rows);
    for (int all = 0; all < 2; all++) pika_ctx_free(&b.ctx[all]);
    if (b.failures) fprintf(stderr, "bench: %d failures\n", b.failures);
    return b.failures != 0;
}
