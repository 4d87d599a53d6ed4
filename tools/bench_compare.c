/* bench_compare.c - two runs of a benchmark, row by row, and whether the second is slower
   Public domain or MIT, at your choice: see the end of pika.h.

   Build:  cc -O2 tools/bench_compare.c -o bench_compare
   Use:    bench_compare --help

   Reads what `./build.sh bench --json` and bench/instructions.sh write:
      {"machine": {"compiler": "gcc 12.2", ...},
       "rows": [{"name": "count f32", "unit": "ns/point", "median": 1.25, "rounds": [1.2, 1.25, 1.4]}, ...]}
   Other members are skipped. Numbers are read by strtod in the locale "C", which every C program starts in
   and this one never leaves. */

#ifdef _MSC_VER
    #define _CRT_SECURE_NO_WARNINGS
#endif
#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT ((size_t)64 << 20)
#define ROW_LIMIT 20000 /* every row is looked for among all */
#define MEMBER_LIMIT 32 /* of the machine; more are not read */
#define DEPTH_LIMIT 64  /* of arrays and objects in each other: skipping a value recurses */

static const char help_text[] =
    "usage: bench_compare [options] BASELINE CURRENT\n"
    "Prints two runs of a benchmark, JSON files, as a table with the change of every row.\n"
    "  --threshold PCT  a change past PCT percent counts (default 5)\n"
    "  --same KEY       judge only where KEY of both files' \"machine\" is the same, as compiler\n"
    "  --report         the table alone: a regression is named, the exit code stays 0\n"
    "  --markdown       the table in Markdown\n"
    "Lower is better; higher where the unit is x or ends in /s. A regression is a change for the worse past "
    "the\n"
    "threshold and outside the noise. Noise: half the distance between the quartiles of a row's rounds "
    "(half\n"
    "their range where there are fewer than 5), of both files together, in percent of the baseline's "
    "median.\n"
    "Rows in instructions have no noise; other rows with fewer than 2 rounds are not judged, nor is a median "
    "of\n"
    "0 or less. A row is known by its name and unit; what is in one file alone is no regression.\n"
    "Exit code: 0, 1 a regression, 2 wrong usage or a file that cannot be read.\n";

typedef struct row {
    const char *name, *unit;
    double median, spread; /* spread: of the rounds, see help_text */
    size_t rounds;
    char *start; /* in the file */
} row;

typedef struct member {
    const char *key, *value;
    size_t length; /* of the value */
} member;

typedef struct run { /* one file */
    char *text;
    row *rows;
    size_t count, capacity, members;
    member machine[MEMBER_LIMIT];
} run;

/* ---- failing and memory: all of it is kept to the end ------------------------------------------------ */

static void fail(const char *path, const char *what)
{
    fprintf(stderr, "bench_compare: %s: %s\n", path, what);
    exit(2);
}

/* The array with room for one more element. */
static void *grown(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) return array;
    *capacity = *capacity * 2 + 16; /* a file of FILE_LIMIT has too few elements to overflow this */
    array = realloc(array, *capacity * size);
    if (array == NULL) fail("memory", strerror(ENOMEM));
    return array;
}

/* ---- JSON -------------------------------------------------------------------------------------------- */

typedef struct reader {
    const char *path;
    char *begin, *at, *end; /* *end is 0 */
    int depth;
} reader;

static void fail_at(const reader *r, const char *what)
{
    const char *c, *line = r->begin;
    int number = 1;
    for (c = r->begin; c < r->at; c++)
        if (*c == '\n') line = c + 1, number++;
    fprintf(stderr, "bench_compare: %s:%d:%d: %s%s\n", r->path, number, (int)(r->at - line) + 1, what,
        r->at == r->end ? "; the file ends here" : "");
    exit(2);
}

/* The next character that is no blank; 0 at the end, where `at` stays. */
static char peek(reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
    return *r->at;
}

static void expect(reader *r, char c, const char *what)
{
    if (peek(r) != c) fail_at(r, what);
    r->at++;
}

/* Where it stands in the file, ended by a 0. An escape other than of " \ / stays as it is written: names are
   compared and shown, no more. */
static char *read_string(reader *r)
{
    char *text, *out;
    expect(r, '"', "expected a string");
    for (text = out = r->at; *r->at != '"'; r->at++) {
        if ((unsigned char)*r->at < 0x20 || *r->at == 0x7F) fail_at(r, "expected the end of the string");
        if (*r->at == '\\') {
            r->at++;
            if (*r->at == 0 || strchr("\"\\/bfnrtu", *r->at) == NULL) fail_at(r, "no such escape");
            if (strchr("\"\\/", *r->at) == NULL) *out++ = '\\';
        }
        *out++ = *r->at;
    }
    *out = 0;
    r->at++;
    return text;
}

static double read_number(reader *r)
{
    char *end;
    double value;
    const char c = peek(r);
    const size_t length = strspn(r->at, "+-.0123456789eE"); /* strtod also takes nan, inf and 0x1p3 */
    if (c != '-' && (c < '0' || c > '9')) fail_at(r, "expected a number");
    value = strtod(r->at, &end);
    if (end != r->at + length) fail_at(r, "not a number");
    if (value > DBL_MAX || value < -DBL_MAX) fail_at(r, "the number is too large");
    r->at = end;
    return value;
}

static void enter(reader *r, char open)
{
    expect(r, open, open == '[' ? "expected [" : "expected {");
    if (++r->depth > DEPTH_LIMIT) fail_at(r, "nested too deeply");
}

/* 1: at the next element; 0: the array or object has ended. `first` is 1 before the first call. */
static int next(reader *r, char close, int *first)
{
    const char c = peek(r);
    if (c != close && c != ',' && !*first) fail_at(r, close == ']' ? "expected , or ]" : "expected , or }");
    if (c == close || !*first) r->at++;
    *first = 0;
    r->depth -= c == close;
    return c != close;
}

static char *read_key(reader *r)
{
    char *key = read_string(r);
    expect(r, ':', "expected :");
    return key;
}

static void skip_value(reader *r)
{
    const char c = peek(r);
    int first = 1;
    if (c == '"') {
        read_string(r);
    } else if (c == '{') {
        enter(r, '{');
        while (next(r, '}', &first)) {
            read_key(r);
            skip_value(r);
        }
    } else if (c == '[') {
        enter(r, '[');
        while (next(r, ']', &first)) skip_value(r);
    } else if (strncmp(r->at, "true", 4) == 0 || strncmp(r->at, "null", 4) == 0) {
        r->at += 4;
    } else if (strncmp(r->at, "false", 5) == 0) {
        r->at += 5;
    } else {
        read_number(r);
    }
}

/* ---- the file's meaning ------------------------------------------------------------------------------ */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two sorted values around it. */
static double quantile(const double *sorted, size_t count, double q)
{
    const double at = q * (double)(count - 1);
    const size_t i = (size_t)at, j = i + 1 < count ? i + 1 : i;
    return sorted[i] + (sorted[j] - sorted[i]) * (at - (double)i);
}

static void read_rounds(reader *r, row *to)
{
    double *rounds = NULL;
    size_t count = 0, capacity = 0;
    int first = 1;
    enter(r, '[');
    while (next(r, ']', &first)) {
        rounds = (double *)grown(rounds, count, &capacity, sizeof *rounds);
        rounds[count++] = read_number(r);
    }
    to->rounds = count;
    if (count > 0) {
        const double q = count < 5 ? 0 : 0.25;
        qsort(rounds, count, sizeof *rounds, compare_doubles);
        to->spread = (quantile(rounds, count, 1 - q) - quantile(rounds, count, q)) / 2;
    }
    free(rounds);
}

static void read_row(reader *r, run *to)
{
    row *now;
    int first = 1, has_median = 0;
    if (to->count == ROW_LIMIT) fail_at(r, "too many rows");
    to->rows = (row *)grown(to->rows, to->count, &to->capacity, sizeof *to->rows);
    now = &to->rows[to->count++];
    memset(now, 0, sizeof *now);
    enter(r, '{');
    now->start = r->at - 1;
    while (next(r, '}', &first)) {
        const char *key = read_key(r);
        if (strcmp(key, "name") == 0) now->name = read_string(r);
        else if (strcmp(key, "unit") == 0) now->unit = read_string(r);
        else if (strcmp(key, "median") == 0) now->median = read_number(r), has_median = 1;
        else if (strcmp(key, "rounds") == 0) read_rounds(r, now);
        else skip_value(r);
    }
    r->at = now->name != NULL && now->unit != NULL && has_median ? r->at : now->start;
    if (r->at == now->start) fail_at(r, "a row without name, unit or median");
}

static void read_machine(reader *r, run *to)
{
    int first = 1;
    enter(r, '{');
    while (next(r, '}', &first)) {
        member *now = &to->machine[to->members];
        now->key = read_key(r);
        if (peek(r) == '"') {
            now->value = read_string(r);
            now->length = strlen(now->value);
        } else { /* as it stands there */
            now->value = r->at;
            skip_value(r);
            now->length = (size_t)(r->at - now->value);
        }
        to->members += to->members + 1 < MEMBER_LIMIT;
    }
}

static void read_file(reader *r)
{
    size_t capacity = 0, length = 0, got;
    FILE *file = fopen(r->path, "rb");
    if (file == NULL) fail(r->path, strerror(errno));
    do {
        r->begin = (char *)grown(r->begin, length + 1, &capacity, 1); /* room for the 0 at the end too */
        got = fread(r->begin + length, 1, capacity - length - 1, file);
        length += got;
    } while (got > 0 && length <= FILE_LIMIT);
    if (ferror(file)) fail(r->path, strerror(errno));
    fclose(file);
    if (length > FILE_LIMIT) fail(r->path, "larger than 64 MiB");
    r->at = r->begin;
    r->end = r->begin + length;
    *r->end = 0;
}

/* The row of the same name and unit among the first `count`. */
static const row *find(const run *in, size_t count, const row *wanted)
{
    const row *at;
    for (at = in->rows; at < in->rows + count; at++)
        if (strcmp(at->name, wanted->name) == 0 && strcmp(at->unit, wanted->unit) == 0) return at;
    return NULL;
}

static void read_run(const char *path, run *to)
{
    reader r = {NULL, NULL, NULL, NULL, 0};
    size_t i;
    int first = 1, first_row = 1;
    r.path = path;
    read_file(&r);
    to->text = r.begin;
    if (strncmp(r.at, "\xEF\xBB\xBF", 3) == 0) r.at += 3;
    enter(&r, '{');
    while (next(&r, '}', &first)) {
        const char *key = read_key(&r);
        if (strcmp(key, "machine") == 0) {
            read_machine(&r, to);
        } else if (strcmp(key, "rows") == 0) {
            enter(&r, '[');
            while (next(&r, ']', &first_row)) read_row(&r, to);
        } else {
            skip_value(&r);
        }
    }
    peek(&r);
    if (r.at != r.end) fail_at(&r, "more text after the end");
    if (to->count == 0) fail(path, "there are no \"rows\" in it");
    for (i = 1; i < to->count; i++)
        if (find(to, i, &to->rows[i]) != NULL) {
            r.at = to->rows[i].start;
            fail_at(&r, "a second row of this name and unit");
        }
}

/* ---- the table --------------------------------------------------------------------------------------- */

typedef struct options {
    double threshold;
    const char *same;
    int markdown, report;
} options;

typedef enum verdict { SAME, WORSE, BETTER, NOISE, UNJUDGED, ADDED, REMOVED, VERDICTS } verdict;

/* Whether both machines have the key, and the same value of it. */
static int same_member(const run *a, const run *b, const char *key, const member **of_a, const member **of_b)
{
    size_t i;
    *of_a = *of_b = NULL;
    for (i = 0; i < a->members; i++)
        if (strcmp(a->machine[i].key, key) == 0) *of_a = &a->machine[i];
    for (i = 0; i < b->members; i++)
        if (strcmp(b->machine[i].key, key) == 0) *of_b = &b->machine[i];
    return *of_a != NULL && *of_b != NULL && (*of_a)->length == (*of_b)->length &&
           memcmp((*of_a)->value, (*of_b)->value, (*of_a)->length) == 0;
}

static void print_member(const char *label, const member *of)
{
    printf("%s%.*s", label, of != NULL ? (int)of->length : 8, of != NULL ? of->value : "not told");
}

static void print_machines(const run *baseline, const run *current)
{
    const member *before, *after;
    size_t i;
    for (i = 0; i < baseline->members + current->members; i++) {
        const int added = i >= baseline->members;
        const char *key = added ? current->machine[i - baseline->members].key : baseline->machine[i].key;
        if (same_member(baseline, current, key, &before, &after) || (added && before != NULL)) continue;
        printf("machine: %s", key);
        print_member(" was ", before);
        print_member(", is ", after);
        printf("\n\n");
    }
}

/* The change and the noise in percent of the baseline's median. */
static verdict judge(const row *before, const row *after, double threshold, double *change, double *noise)
{
    const char *unit = before->unit;
    const size_t length = strlen(unit);
    const int rate = strcmp(unit, "x") == 0 || (length > 2 && strcmp(unit + length - 2, "/s") == 0);
    double worse;
    *change = *noise = 0;
    if (before->median <= 0 || after->median <= 0) return UNJUDGED;
    *change = (after->median - before->median) / before->median * 100;
    if (strcmp(unit, "instructions") != 0) {
        if (before->rounds < 2 || after->rounds < 2) return UNJUDGED;
        *noise = (before->spread + after->spread) / before->median * 100;
    }
    worse = rate ? -*change : *change;
    if (worse <= threshold && -worse <= threshold) return SAME;
    if (worse <= *noise && -worse <= *noise) return NOISE;
    return worse > 0 ? WORSE : BETTER;
}

static void print_name(const char *text, int width, int markdown)
{
    if (!markdown) printf("%-*s  ", width, text);
    else {
        for (; *text != 0; text++) printf(strchr("|\\`*_<", *text) != NULL ? "\\%c" : "%c", *text);
        printf(" | ");
    }
}

static void print_cell(const char *text, int markdown) { printf(markdown ? "%s | " : "%12s  ", text); }

static void print_median(const row *of, int markdown)
{
    char text[64] = "";
    if (of != NULL)
        snprintf(text, sizeof text, of->median >= 1000 && of->median < 1e15 ? "%.0f" : "%.4g", of->median);
    print_cell(text, markdown);
}

static verdict print_row(const row *before, const row *after, const options *how, const int widths[2])
{
    static const char *const words[] = {
        "", "WORSE", "better", "in the noise", "not judged", "added", "removed"};
    const row *either = before != NULL ? before : after; /* one may be absent */
    double change = 0, noise = 0;
    verdict said = before == NULL ? ADDED : REMOVED;
    char text[64] = "";
    if (before != NULL && after != NULL) said = judge(before, after, how->threshold, &change, &noise);
    if (how->markdown) printf("| ");
    print_name(either->name, widths[0], how->markdown);
    print_name(either->unit, widths[1], how->markdown);
    print_median(before, how->markdown);
    print_median(after, how->markdown);
    if (said < ADDED) snprintf(text, sizeof text, "%+.1f %%", change);
    print_cell(text, how->markdown);
    if (said < UNJUDGED) snprintf(text, sizeof text, "%.1f %%", noise);
    else text[0] = 0;
    print_cell(text, how->markdown);
    printf(how->markdown ? "%s |\n" : "%s\n", words[said]);
    return said;
}

/* Prints everything; 1 when there is a regression to be judged. */
static int compare_runs(const run *baseline, const run *current, const options *how)
{
    size_t counts[VERDICTS] = {0}, i;
    int widths[2] = {3, 4}, judged = 1;
    const member *before, *after;
    print_machines(baseline, current);
    if (how->same != NULL) judged = same_member(baseline, current, how->same, &before, &after);
    for (i = 0; i < baseline->count + current->count; i++) {
        const row *one = i < baseline->count ? &baseline->rows[i] : &current->rows[i - baseline->count];
        if ((int)strlen(one->name) > widths[0]) widths[0] = (int)strlen(one->name);
        if ((int)strlen(one->unit) > widths[1]) widths[1] = (int)strlen(one->unit);
    }
    if (how->markdown)
        printf("| row | unit | baseline | current | change | noise | |\n|---|---|---:|---:|---:|---:|---|\n");
    else
        printf("%-*s  %-*s  %12s  %12s  %12s  %12s\n", widths[0], "row", widths[1], "unit", "baseline",
            "current", "change", "noise");
    for (i = 0; i < baseline->count; i++)
        counts[print_row(
            &baseline->rows[i], find(current, current->count, &baseline->rows[i]), how, widths)]++;
    for (i = 0; i < current->count; i++)
        if (find(baseline, baseline->count, &current->rows[i]) == NULL)
            counts[print_row(NULL, &current->rows[i], how, widths)]++;
    printf("\n%d worse, %d better, %d in the noise, %d the same, %d not judged, %d added, %d removed; "
           "threshold %g %%\n",
        (int)counts[WORSE], (int)counts[BETTER], (int)counts[NOISE], (int)counts[SAME], (int)counts[UNJUDGED],
        (int)counts[ADDED], (int)counts[REMOVED], how->threshold);
    if (!judged) printf("Not the same %s: nothing is judged.\n", how->same);
    fflush(stdout);
    if (counts[ADDED] == current->count) fail("both files", "no row is in both");
    return judged && !how->report && counts[WORSE] > 0;
}

static void fail_usage(const char *what, const char *which)
{
    fprintf(stderr, "bench_compare: %s%s\ntry bench_compare --help\n", what, which);
    exit(2);
}

int main(int argc, char **argv)
{
    static run runs[2];
    const char *paths[2];
    options how = {5, NULL, 0, 0};
    int i, files = 0, regressed;
    for (i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--help") == 0) {
            fputs(help_text, stdout);
            return 0;
        } else if (strcmp(option, "--markdown") == 0) {
            how.markdown = 1;
        } else if (strcmp(option, "--report") == 0) {
            how.report = 1;
        } else if (strcmp(option, "--threshold") == 0 || strcmp(option, "--same") == 0) {
            if (++i == argc) fail_usage("a value is missing after ", option);
            if (option[2] == 's') {
                how.same = argv[i];
            } else {
                char *end;
                how.threshold = strtod(argv[i], &end);
                if (end == argv[i] || *end != 0 || !(how.threshold >= 0 && how.threshold <= DBL_MAX))
                    fail_usage("--threshold takes a percentage from 0 on, not ", argv[i]);
            }
        } else if (option[0] == '-') {
            fail_usage("unknown option ", option);
        } else if (files == 2) {
            fail_usage("a third file: ", option);
        } else {
            paths[files++] = option;
        }
    }
    if (files < 2) fail_usage("two files are needed: BASELINE CURRENT", "");
    for (i = 0; i < 2; i++) read_run(paths[i], &runs[i]);
    regressed = compare_runs(&runs[0], &runs[1], &how);
    if (ferror(stdout) || fflush(stdout) != 0) fail("standard output", strerror(errno));
    return regressed;
}
