/* pika_test.h - what every test file uses: TEST, CHECK..., SKIP, AREA. One translation unit (test_main.c).

   TEST(name) { ... }                  defines a test: a static function
   AREA(points, LISTED(a), LISTED(b))  lists an area's tests; a test that is not listed is an unused function,
   an area that is not in test_main.c an unused variable: both are warnings A test passes when it made at
   least one check and none failed. SKIP(reason) leaves the test and is told aloud. */
#ifndef PIKA_TEST_H
#define PIKA_TEST_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct test_case {
    const char *name;
    void (*run)(void);
    int safe; /* holds without IEEE arithmetic too: memory safety and the account */
} test_case;

static struct {
    const char *name;        /* of the test that runs */
    long checks, failures;   /* in it */
    const char *skip_reason; /* NULL = not skipped */
    uint64_t seed;           /* --seed */
    int quick;               /* --quick: fewer random rounds, for emulators and sanitizers */
    int subset;              /* --subset: safe tests alone */
} test_now;

#define TEST(name) static void test_##name(void)
#define LISTED(name) \
    { \
        #name, test_##name, 0 \
    }
#define LISTED_SAFE(name) \
    { \
        #name, test_##name, 1 \
    } /* see test_case */
#define AREA(area, ...) static test_case area_##area[] = {__VA_ARGS__}

/* Only the first failures of a test are printed: a broken kernel would fail a million times. */
static int test_failed(const char *file, int line, const char *what)
{
    const char *base = file, *at;
    for (at = file; *at != 0; at++)
        if (*at == '/' || *at == '\\') base = at + 1;
    test_now.failures++;
    if (test_now.failures > 8) return 0;
    printf("    %s:%d: in %s: %s\n", base, line, test_now.name, what);
    return 1;
}

static int test_equal(int64_t a, int64_t b, const char *what, const char *file, int line)
{
    test_now.checks++;
    if (a == b) return 1;
    if (test_failed(file, line, what)) printf("        %.0f is not %.0f\n", (double)a, (double)b);
    return 0;
}

static int test_equal_text(const char *a, const char *b, const char *what, const char *file, int line)
{
    test_now.checks++;
    if (strcmp(a, b) == 0) return 1;
    if (test_failed(file, line, what)) printf("        \"%s\" is not \"%s\"\n", a, b);
    return 0;
}

static int test_contains(const char *text, const char *part, const char *what, const char *file, int line)
{
    test_now.checks++;
    if (strstr(text, part) != NULL) return 1;
    if (test_failed(file, line, what)) printf("        \"%s\" does not hold \"%s\"\n", text, part);
    return 0;
}

static uint64_t test_bits(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static int test_equal_bits(double a, double b, const char *what, const char *file, int line)
{
    uint64_t p = test_bits(a), q = test_bits(b);
    test_now.checks++;
    if (p == q) return 1;
    if (test_failed(file, line, what))
        printf("        %.17g (%08lx%08lx) is not %.17g (%08lx%08lx)\n", a, (unsigned long)(p >> 32),
            (unsigned long)(p & 0xffffffffu), b, (unsigned long)(q >> 32), (unsigned long)(q & 0xffffffffu));
    return 0;
}

/* All return 1 when they hold, so that a test can say more about a failure. */
#define CHECK(cond) (test_now.checks++, (cond) ? 1 : (test_failed(__FILE__, __LINE__, #cond), 0))
#define CHECK_EQ(a, b) test_equal((int64_t)(a), (int64_t)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_STR(a, b) test_equal_text((a), (b), #a, __FILE__, __LINE__)
#define CHECK_HAS(text, part) test_contains((text), (part), #text, __FILE__, __LINE__)
#define CHECK_BITS(a, b) test_equal_bits((a), (b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_RESULT(call, result) \
    test_equal_text(pika_result_string(call), pika_result_string(result), #call, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_RESULT(call, PIKA_OK)
#define SKIP(reason) \
    do { \
        test_now.skip_reason = (reason); \
        return; \
    } while (0)

/* Numbers for data: an integer generator (splitmix64), so that no rounding can differ between builds. */
static uint64_t test_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
static int test_below(uint64_t *state, int n)
{
    return (int)(test_random(state) % (uint64_t)n);
} /* 0..n - 1 */
static int test_between(uint64_t *state, int a, int b) { return a + test_below(state, b - a + 1); }

#endif
