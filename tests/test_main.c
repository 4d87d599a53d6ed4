/* test_main.c - the unit tests of pika.h, one translation unit.
   cc -O2 tests/test_main.c -o test -pthread -lm && ./test      (-lm: the oracle's sqrt; pika.h needs none)
   ./test [--list] [--isa NAME] [--threads N] [--strategy auto|direct|private|tiles] [--seed N] [--quick]
          [--subset] [--hashes] [--huge] [--without PART]... [part of a name...]
   --subset: for builds without IEEE arithmetic (-ffast-math, x87): memory safety and the account alone.
   --quick: fewer random rounds, for emulators and sanitizers.   --hashes: prints the golden table here.
   --huge: instead of the others, those that map 20 GiB of addresses and take half a minute. */

#if defined(__unix__) || defined(__APPLE__) || defined(__wasi__)
    #if !defined(__wasi__) && !defined(__wasm__)
        #define TEST_POSIX 1
    #endif
    #ifndef _DEFAULT_SOURCE
        #define _DEFAULT_SOURCE 1 /* mmap's MAP_ANONYMOUS under -std=c99 */
    #endif
    #ifdef __APPLE__
        #define _DARWIN_C_SOURCE 1
    #endif
#endif
#ifdef _MSC_VER
    #define _CRT_SECURE_NO_WARNINGS
#endif
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include "pika_test.h"

/* The implementation asks this before it starts a thread. Not counted by default: contexts on several threads
   would race for the count. */
static int test_thread_counted, test_thread_fail_at = -1, test_threads_started;
static int pika__test_thread_start(void) /* nonzero = this start fails */
{
    if (!test_thread_counted) return 0;
    if (test_threads_started == test_thread_fail_at) return 1;
    test_threads_started++;
    return 0;
}
#define PIKA__TEST_THREAD_START !pika__test_thread_start()

/* --strategy: what every context does that names none. */
static int test_strategy;
#define PIKA__TEST_STRATEGY(asked) ((asked) != PIKA_STRATEGY_AUTO ? (asked) : test_strategy)

#define PIKA_IMPLEMENTATION
#include "../pika.h"

#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
    #pragma GCC optimize("O1") /* from here on: the tests compile in half the time */
#endif
#ifdef _WIN32
    #include <windows.h>
#endif
#ifdef TEST_POSIX
    #include <pthread.h>
    #include <sys/mman.h>
    #include <unistd.h>
#endif

#include "test_oracle.c"
#include "test_points.c"
#include "test_threads.c"
#include "test_alloc.c"
#include "test_guard.c"
#include "test_errors.c"
#include "test_views.c"
#include "test_grid.c"
#include "test_golden.c"
#include "test_shade.c"
#include "test_environment.c"
#include "test_image.c"
#include "test_edges.c"
#include "test_png.c"
#include "test_profile.c"
#include "test_fixed.c"
#include "test_strategies.c"
#include "test_backends.c"
#include "test_gl_stub.c"
#include "test_lines.c"
#include "test_fills.c"
#include "test_stamps.c"
#include "test_marks.c"
#include "test_canvas.c"
#include "test_text.c"
#include "test_ticks.c"
#include "test_plot.c"
#include "test_huge.c"

static const struct {
    const char *name;
    const test_case *tests;
    int count;
} areas[] = {
#define TEST_AREA(area) \
    { \
        #area, area_##area, (int)(sizeof area_##area / sizeof area_##area[0]) \
    }
    TEST_AREA(points),     TEST_AREA(threads),  TEST_AREA(alloc),   TEST_AREA(guard),       TEST_AREA(errors),
    TEST_AREA(views),      TEST_AREA(grid),     TEST_AREA(golden),  TEST_AREA(environment), TEST_AREA(shade),
    TEST_AREA(image),      TEST_AREA(edges),    TEST_AREA(png),     TEST_AREA(profile),     TEST_AREA(fixed),
    TEST_AREA(strategies), TEST_AREA(backends), TEST_AREA(gl_stub), TEST_AREA(huge),
    TEST_AREA(lines),      TEST_AREA(fills),    TEST_AREA(stamps),      TEST_AREA(marks),
    TEST_AREA(canvas),     TEST_AREA(text),     TEST_AREA(ticks),   TEST_AREA(plot),
};

static const char *compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__TINYC__)
    return "tcc";
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#elif defined(_MSC_VER)
    return "cl";
#else
    return "unknown compiler";
#endif
}

/* What this CPU has, asked of the compiler, not of pika; -1 = no way to know. */
static int machine_has(int isa)
{
    if (isa == PIKA_ISA_SCALAR) return 1;
#if defined(PIKA_NO_SIMD) || defined(__TINYC__)
    return 0;
#elif (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__) && !defined(_WIN32)
    __builtin_cpu_init();
    #ifdef __SSE2__
    if (isa == PIKA_ISA_SSE2) return __builtin_cpu_supports("sse2") != 0;
    #endif
    #ifndef PIKA_NO_AVX2
    if (isa == PIKA_ISA_AVX2) return __builtin_cpu_supports("avx2") != 0;
    #endif
    #if !defined(PIKA_NO_AVX512) && !defined(PIKA_NO_AVX2)
    if (isa == PIKA_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
               __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    #endif
#elif defined(__aarch64__) && !defined(PIKA_NO_NEON)
    if (isa == PIKA_ISA_NEON) return 1;
#elif defined(__wasm_simd128__)
    if (isa == PIKA_ISA_WASM128) return 1;
#endif
    return isa_is_here(isa);
}

static double seconds(void)
{
#ifdef __wasi__ /* has no processor time */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
#else
    return (double)clock() / CLOCKS_PER_SEC;
#endif
}

static int usage(void)
{
    fprintf(
        stderr,
        "usage: test [--list] [--isa NAME] [--threads N] [--strategy NAME] [--seed N] [--quick] [--subset] "
        "[--hashes] [--huge] [--without PART]... [part of a name...]\n");
    return 2;
}

/* Is one of the parts in it? None are asked for: all are. */
static int is_asked(const char *name, const char *const *parts, int n)
{
    int i;
    for (i = 0; i < n; i++)
        if (strstr(name, parts[i]) != NULL) return 1;
    return n == 0;
}

int main(int argc, char **argv)
{
    static const char *const strategies[] = {"auto", "direct", "private", "tiles"};
    const char *parts[32], *without[8];
    int i, k, n_parts = 0, n_without = 0, list = 0, hashes = 0, huge_alone = 0, passed = 0, failed = 0, skipped = 0;
    test_now.seed = 1;
    for (i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(option, "--list") == 0) list = 1;
        else if (strcmp(option, "--quick") == 0) test_now.quick = 1;
        else if (strcmp(option, "--subset") == 0) test_now.subset = 1;
        else if (strcmp(option, "--hashes") == 0) hashes = 1;
        else if (strcmp(option, "--huge") == 0) huge_alone = 1;
        else if (option[0] != '-' && n_parts < 32) parts[n_parts++] = option;
        else if (i + 1 == argc) return usage();
        else if (strcmp(option, "--without") == 0 && n_without < 8) without[n_without++] = value, i++;
        else if (strcmp(option, "--threads") == 0) test_way.threads = atoi(value), i++;
        else if (strcmp(option, "--seed") == 0) test_now.seed = strtoul(value, NULL, 0), i++;
        else if (strcmp(option, "--isa") == 0 || strcmp(option, "--strategy") == 0) {
            int isa = strcmp(option, "--isa") == 0, *to = isa ? &test_way.isa : &test_way.strategy,
                n = isa ? 7 : 4;
            for (k = 0; k < n; k++)
                if (strcmp(value, isa ? pika_isa_string(k) : strategies[k]) == 0) *to = k;
            if (*to < 0) return usage();
            if (!isa) test_strategy = *to;
            if (isa && !isa_is_here(*to)) {
                fprintf(stderr, "test: this build or CPU has no %s\n", value);
                return 2;
            }
            i++;
        } else return usage();
    }
    setvbuf(stdout, NULL, _IONBF, 0); /* a crash must not swallow what was said before it */
    if (hashes) {
        golden_print();
        return 0;
    }
    if (!list) printf("%s\n%s\n", compiler(), pika_build_info());
    for (i = 0; i < (int)(sizeof areas / sizeof areas[0]); i++) {
        int ran = 0, bad = failed, was_skipped = skipped;
        long checks = 0;
        double begin = seconds();
        if ((areas[i].tests == area_huge) != huge_alone) continue;
        for (k = 0; k < areas[i].count; k++) {
            const test_case *test = &areas[i].tests[k];
            if (!is_asked(test->name, parts, n_parts) || (test_now.subset && !test->safe)) continue;
            if (n_without > 0 && is_asked(test->name, without, n_without)) continue;
            if (list) {
                printf("%s\n", test->name);
                continue;
            }
            test_now.name = test->name;
            test_now.checks = test_now.failures = 0;
            test_now.skip_reason = NULL;
            test_thread_counted = 0;
            test->run();
            ran++;
            checks += test_now.checks;
            if (test_now.failures == 0 && test_now.skip_reason != NULL) {
                printf("skipped: %s: %s\n", test->name, test_now.skip_reason);
                skipped++;
            } else if (test_now.failures > 0 || test_now.checks == 0) {
                printf("FAILED: %s: %ld of %ld checks\n", test->name, test_now.failures, test_now.checks);
                failed++;
            } else {
                passed++;
            }
        }
        if (ran > 0)
            printf("%-12s %3d tests, %10ld checks, %3d failed, %2d skipped, %6.2f s\n", areas[i].name, ran,
                   checks, failed - bad, skipped - was_skipped, seconds() - begin);
    }
    if (list) return 0;
    printf("instruction sets that ran:");
    for (i = 1; i <= PIKA_ISA_WASM128; i++)
        if (test_way.ran[i]) printf(" %s", pika_isa_string(i));
    printf("\n");
    for (i = 1; i <= PIKA_ISA_WASM128 && n_parts == 0 && !test_now.subset && !huge_alone; i++)
        if (machine_has(i) && !test_way.ran[i] && (test_way.isa <= 0 || test_way.isa == i)) {
            printf("FAILED: this machine has %s, and it did not run\n", pika_isa_string(i));
            failed++;
        }
    if (passed + failed + skipped == 0) {
        printf("FAILED: no test has such a name\n");
        failed++;
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed > 0;
}
