/* peers.h - other libraries: a program each, built where the library is installed. They get the same points
   in a file, in the same rounds, and their counts are checked too. Included by bench.c alone. */

typedef struct peer {
    const char *name, *program, *package; /* of Debian */
    size_t points;                        /* at most: the slow ones get the first of them */
    uint32_t most;                        /* what a cell of theirs can hold */
} peer;
#define PEERS 3
#define CAIRO 2 /* its place: of the peers, it alone has marks */
static const peer peers[PEERS] = {
    {"boost-histogram", "peer_boost", "libboost-dev", 10000000, UINT32_MAX},
    {"gsl", "peer_gsl", "libgsl-dev", 10000000, UINT32_MAX},
    {"cairo", "peer_cairo", "libcairo2-dev", 200000, 255},
};

typedef struct peer_run {
    job *job;
    const peer *peer;
} peer_run;

static FILE *open_beside(const bench *b, const char *name, const char *mode)
{
    char path[400];
    snprintf(path, sizeof path, "%s%s", b->folder, name);
    return fopen(path, mode);
}

static void remove_beside(const bench *b, const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s%s", b->folder, name);
    remove(path);
}

static int peer_is_there(const bench *b, const peer *p)
{
#ifdef _WIN32
    (void)b, (void)p;
    return 0; /* build.bat builds none */
#else
    FILE *file = open_beside(b, p->program, "rb");
    if (file) fclose(file);
    return file != NULL;
#endif
}

/* Runs a command and reads the number that it prints; below 0 where there is none. */
static double number_of(const char *command)
{
    double number = -1;
#ifdef _WIN32
    char quoted[1300];
    snprintf(quoted, sizeof quoted, "\"%s\"", command); /* its shell takes the outer quotes away */
    command = quoted;
#endif
    FILE *output = popen(command, "r");
    if (output == NULL) return -1;
    if (fscanf(output, "%lf", &number) != 1) number = -1;
    if (pclose(output) != 0) number = -1;
    return number;
}

static size_t peer_points(const peer_run *run)
{
    return run->job->what.points < run->peer->points ? run->job->what.points : run->peer->points;
}

/* 0 where it fails: then the whole benchmark has failed. */
static double run_peer(void *argument)
{
    const peer_run *run = (const peer_run *)argument;
    const char *folder = run->job->bench->folder;
    char command[1200];
    snprintf(command, sizeof command, "\"%s%s\" \"%sbench_points\" %.0f %.0f %d \"%sbench_counts\"", folder,
        run->peer->program, folder, (double)run->job->what.points, (double)peer_points(run),
        run->job->what.width, folder);
    double time = number_of(command);
    if (time > 0) return time;
    fprintf(stderr, "bench: failed: %s\n", command);
    run->job->bench->failures++;
    return 0;
}

static void write_points(job *j)
{
    bench *b = j->bench;
    size_t n = j->what.points;
    if (b->file_count == n && b->file_distribution == b->data.distribution) return;
    FILE *file = open_beside(b, "bench_points", "wb");
    if (file == NULL || fwrite(b->data.x, 4, n, file) != n || fwrite(b->data.y, 4, n, file) != n ||
        fclose(file) != 0)
        die("can't write bench_points into ", b->folder);
    b->file_count = n;
    b->file_distribution = b->data.distribution;
}

static void check_peer(const peer_run *run)
{
    job *j = run->job;
    bench *b = j->bench;
    const reduction *r = &reductions[COUNT];
    plain_job rows = j->rows;
    uint32_t *counts = (uint32_t *)allocate(4 * j->cells);
    FILE *file = open_beside(b, "bench_counts", "rb");
    if (file == NULL || fread(counts, 4, j->cells, file) != j->cells)
        die("no counts from ", run->peer->program);
    fclose(file);
    rows.end = peer_points(run);
    rows.grid = plain_alloc(r, j->cells);
    plain_clear(&rows.grid, COUNT, j->cells);
    plain_loops[F32][COUNT](&rows);
    for (size_t i = 0; i < j->cells; i++) {
        uint32_t should = rows.grid.counts[i] < run->peer->most ? rows.grid.counts[i] : run->peer->most;
        if (counts[i] == should) continue;
        differs(j, run->peer->name, i, counts[i], should);
        break;
    }
    plain_free(&rows.grid);
    free(counts);
}

/* Their edges are ours where the width is a power of two. */
static int peers_take(const cell *c)
{
    return c->layout == F32 && c->reduction == COUNT && c->threads == 1 && c->distribution != ZOOMED &&
           (c->width & (c->width - 1)) == 0 && c->points <= 10000000;
}

/* Adds those that are there to the contenders of a job, each run once and checked. */
static int add_peers(job *j, contender *contenders, peer_run runs[PEERS])
{
    int count = 0;
    for (int i = 0; i < PEERS && !j->bench->no_peers && peers_take(&j->what); i++) {
        if (!peer_is_there(j->bench, &peers[i])) continue;
        peer_run *run = &runs[count];
        run->job = j;
        run->peer = &peers[i];
        write_points(j);
        if (run_peer(run) <= 0) continue;
        check_peer(run);
        contenders[count++] = new_contender(peers[i].name, run_peer, run, (double)peer_points(run));
    }
    return count;
}

/* Says who is absent, and takes the files away. */
static void end_peers(const bench *b)
{
    remove_beside(b, "bench_points");
    remove_beside(b, "bench_counts");
    remove_beside(b, "bench_marks");
    for (int i = 0; i < PEERS && !b->no_peers; i++) /* the table's marks are beside cairo alone */
        if ((i == CAIRO || !b->table) && !peer_is_there(b, &peers[i]))
            printf("absent, not measured: %s (Debian package %s, then ./build.sh bench)\n", peers[i].name,
                peers[i].package);
}
