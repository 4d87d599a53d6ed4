/* measure.h - the clock, a team of threads, rounds and rows: how everything is timed and told. Included by
   bench.c and gl.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
    #include <windows.h>
    #include <io.h>
    #define popen _popen
    #define pclose _pclose
#else
    #include <pthread.h>
    #include <time.h>
    #include <unistd.h>
#endif

#define MAX_ROUNDS 99
#define MAX_THREADS 64

static void die(const char *what, const char *name)
{
    fprintf(stderr, "bench: %s%s\n", what, name);
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes + 64);
    if (memory == NULL) die("out of memory; try fewer points: --points", "");
    return memory;
}

static double seconds(void)
{
#ifdef _WIN32
    LARGE_INTEGER now, rate;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&rate);
    return (double)now.QuadPart / (double)rate.QuadPart;
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#endif
}

/* ---- a team: the caller and its workers, for what is compared with pika's threads -------------------- */

#ifdef _WIN32
typedef SRWLOCK team_lock;
typedef CONDITION_VARIABLE team_signal;
typedef HANDLE team_thread;
    #define TEAM_FUNCTION DWORD WINAPI
static void lock(team_lock *l) { AcquireSRWLockExclusive(l); }
static void unlock(team_lock *l) { ReleaseSRWLockExclusive(l); }
static void wait_for(team_signal *s, team_lock *l) { SleepConditionVariableSRW(s, l, INFINITE, 0); }
static void wake(team_signal *s) { WakeAllConditionVariable(s); }
#else
typedef pthread_mutex_t team_lock;
typedef pthread_cond_t team_signal;
typedef pthread_t team_thread;
    #define TEAM_FUNCTION void *
static void lock(team_lock *l) { pthread_mutex_lock(l); }
static void unlock(team_lock *l) { pthread_mutex_unlock(l); }
static void wait_for(team_signal *s, team_lock *l) { pthread_cond_wait(s, l); }
static void wake(team_signal *s) { pthread_cond_broadcast(s); }
#endif

typedef void team_task(void *argument, int index, int count); /* index: which of count threads this is */
struct team;
typedef struct team_worker {
    struct team *team;
    int index;
    team_thread thread;
} team_worker;
typedef struct team {
    int threads; /* the caller included */
    team_lock lock;
    team_signal start, end;
    unsigned runs; /* begun so far: what a worker waits for a change of */
    int running, quit;
    team_task *task;
    void *argument;
    team_worker workers[MAX_THREADS];
} team;

static TEAM_FUNCTION team_work(void *argument)
{
    team_worker *worker = (team_worker *)argument;
    team *t = worker->team;
    unsigned runs = 0;
    for (;;) {
        lock(&t->lock);
        while (t->runs == runs && !t->quit) wait_for(&t->start, &t->lock);
        runs = t->runs;
        int quit = t->quit;
        unlock(&t->lock);
        if (quit) return 0;
        t->task(t->argument, worker->index, t->threads);
        lock(&t->lock);
        if (--t->running == 0) wake(&t->end);
        unlock(&t->lock);
    }
}

static void team_init(team *t, int threads)
{
    memset(t, 0, sizeof *t);
    t->threads = threads;
#ifndef _WIN32
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->start, NULL);
    pthread_cond_init(&t->end, NULL);
#endif
    for (int i = 1; i < threads; i++) {
        team_worker *worker = &t->workers[i];
        worker->team = t;
        worker->index = i;
#ifdef _WIN32
        worker->thread = CreateThread(NULL, 0, team_work, worker, 0, NULL);
        if (worker->thread == NULL) die("a thread can't be started", "");
#else
        if (pthread_create(&worker->thread, NULL, team_work, worker) != 0)
            die("a thread can't be started", "");
#endif
    }
}

static void team_free(team *t)
{
    lock(&t->lock);
    t->quit = 1;
    wake(&t->start);
    unlock(&t->lock);
    for (int i = 1; i < t->threads; i++) {
#ifdef _WIN32
        WaitForSingleObject(t->workers[i].thread, INFINITE);
        CloseHandle(t->workers[i].thread);
#else
        pthread_join(t->workers[i].thread, NULL);
#endif
    }
}

/* Runs the task once on each of the team's threads, or on the caller alone. */
static void team_run(team *t, int threads, team_task *task, void *argument)
{
    if (threads == 1) {
        task(argument, 0, 1);
        return;
    }
    lock(&t->lock);
    t->task = task;
    t->argument = argument;
    t->running = t->threads - 1;
    t->runs++;
    wake(&t->start);
    unlock(&t->lock);
    task(argument, 0, t->threads);
    lock(&t->lock);
    while (t->running > 0) wait_for(&t->end, &t->lock);
    unlock(&t->lock);
}

/* ---- rounds ------------------------------------------------------------------------------------------ */

/* Something that is measured. run returns 0, or the seconds where it knows better: from another process. */
typedef struct contender {
    const char *name;
    double (*run)(void *argument);
    void *argument;
    double items;              /* the time is told per item: per point, in most rows */
    double rounds[MAX_ROUNDS]; /* ns an item */
    double median;
} contender;

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(const double *values, int count)
{
    double sorted[MAX_ROUNDS];
    memcpy(sorted, values, (size_t)count * sizeof *values);
    qsort(sorted, (size_t)count, sizeof *sorted, ascending);
    return count % 2 ? sorted[count / 2] : 0.5 * (sorted[count / 2 - 1] + sorted[count / 2]);
}

static contender new_contender(const char *name, double (*run)(void *), void *argument, double items)
{
    contender c;
    memset(&c, 0, sizeof c);
    c.name = name;
    c.run = run;
    c.argument = argument;
    c.items = items;
    return c;
}

/* Rounds of A B C A B C ...: what disturbs the machine for a while disturbs all of them. The short ones are
   repeated within a round, so that it's long for the clock. Everyone has run once before. */
static void measure(contender *contenders, int count, int rounds, int repeats)
{
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            contender *c = &contenders[i];
            double start = seconds(), told = c->run(c->argument);
            for (int k = 1; k < repeats && told <= 0; k++) c->run(c->argument);
            c->rounds[round] = 1e9 / c->items * (told > 0 ? told : (seconds() - start) / repeats);
        }
    }
    for (int i = 0; i < count; i++) contenders[i].median = median(contenders[i].rounds, rounds);
}

/* ---- rows -------------------------------------------------------------------------------------------- */

typedef struct row {
    char name[120], strategy[160];
    const char *unit;
    contender measured;
    double ratio_plain, ratio_cairo, ratio_read; /* 0 = there is none */
    int round_count, threads;
} row;
typedef struct report {
    row *rows;
    int count, room;
    int silent; /* rows go to the JSON file alone */
} report;

static row *add_row(
    report *r, const char *name, const contender *c, int rounds, int threads, const char *unit)
{
    if (r->count == r->room) {
        r->room = 2 * r->room + 64;
        r->rows = (row *)realloc(r->rows, (size_t)r->room * sizeof *r->rows);
        if (r->rows == NULL) die("out of memory", "");
    }
    row *added = &r->rows[r->count++];
    memset(added, 0, sizeof *added);
    snprintf(added->name, sizeof added->name, "%s%s%s", name, *name ? " " : "", c->name);
    added->unit = unit;
    added->measured = *c;
    added->round_count = rounds;
    added->threads = threads;
    return added;
}

/* Half the spread of the rounds, in percent of their median. */
static double spread(const row *r)
{
    double sorted[MAX_ROUNDS];
    memcpy(sorted, r->measured.rounds, sizeof sorted);
    qsort(sorted, (size_t)r->round_count, sizeof *sorted, ascending);
    return 50 * (sorted[r->round_count - 1] - sorted[0]) / r->measured.median;
}

static void show_row(const report *all, const row *r)
{
    const double others = r->ratio_plain > 0 ? r->ratio_plain : r->ratio_cairo;
    char plain[24] = "-", reading[24] = "-";
    if (all->silent) return;
    if (others > 0) snprintf(plain, sizeof plain, "%.2f", others);
    if (r->ratio_read > 0) snprintf(reading, sizeof reading, "%.2f", r->ratio_read);
    printf("%-66s %9.3f %8s %8s %4.0f %%\n", r->name, r->measured.median, plain, reading, spread(r));
    fflush(stdout);
}

static void json_text(FILE *file, const char *key, const char *text)
{
    fprintf(file, "\"%s\": \"", key);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', file);
        if ((unsigned char)*text >= ' ') fputc(*text, file);
    }
    fputc('"', file);
}

static void json_row(FILE *file, const row *r)
{
    fputc('{', file);
    json_text(file, "name", r->name);
    fprintf(file, ", \"unit\": \"%s\", \"points\": %.0f, \"threads\": %d, \"median\": %.6g", r->unit,
        r->measured.items, r->threads, r->measured.median);
    if (r->ratio_plain > 0) fprintf(file, ", \"ratio_plain\": %.4f", r->ratio_plain);
    if (r->ratio_cairo > 0) fprintf(file, ", \"ratio_cairo\": %.4f", r->ratio_cairo);
    if (r->ratio_read > 0) fprintf(file, ", \"ratio_read\": %.4f", r->ratio_read);
    if (r->strategy[0]) {
        fprintf(file, ", ");
        json_text(file, "strategy", r->strategy);
    }
    fprintf(file, ", \"rounds\": [");
    for (int i = 0; i < r->round_count; i++) fprintf(file, "%s%.6g", i ? ", " : "", r->measured.rounds[i]);
    fprintf(file, "]}");
}

/* ---- the machine ------------------------------------------------------------------------------------- */

static int core_count(void)
{
#ifdef _WIN32
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    int cores = (int)info.dwNumberOfProcessors;
#else
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return cores < 1 ? 1 : cores > MAX_THREADS ? MAX_THREADS : cores;
}

static const char *cpu_name(char *text, size_t room)
{
    char line[256];
    const char *told = getenv("PROCESSOR_IDENTIFIER"); /* Windows */
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(text, room, "%s", told ? told : "unknown");
    while (file && fgets(line, sizeof line, file)) {
        char *name = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || name == NULL) continue;
        name[strcspn(name, "\n")] = 0;
        snprintf(text, room, "%.100s", name + 1 + strspn(name + 1, " "));
        break;
    }
    if (file) fclose(file);
    return text;
}

static int is_terminal(FILE *file)
{
#ifdef _WIN32
    return _isatty(_fileno(file));
#else
    return isatty(fileno(file));
#endif
}

/* ---- what the programs say and are told ------------------------------------------------------------- */

static void progress(const char *text)
{
    if (is_terminal(stderr)) fprintf(stderr, "\r%-100.100s\r%.100s", text, text);
}

/* 10M, 20k, 1234 */
static const char *points_text(double points, char text[24])
{
    if (fmod(points, 1e6) == 0) snprintf(text, 24, "%.0fM", points / 1e6);
    else if (fmod(points, 1e3) == 0) snprintf(text, 24, "%.0fk", points / 1e3);
    else snprintf(text, 24, "%.0f", points);
    return text;
}

static const char *compiler_name(void)
{
#if defined(__clang__) || !defined(__GNUC__)
    const char *at = strchr(pika_build_info(), ','); /* pika says so too */
    return at ? at + 2 : "unknown";
#else
    return "gcc " __VERSION__;
#endif
}

/* The value of an option of this program: a whole number from 1 to most; else the program ends. */
static double number_option(const char *program, const char *option, const char *text, double most)
{
    char *end;
    double number = strtod(text, &end);
    if (*text == 0 || *end != 0 || number < 1 || number > most || number != floor(number)) {
        fprintf(stderr, "%s: %s %s: needs a whole number from 1 to %.0f\n", program, option, text, most);
        exit(2);
    }
    return number;
}
