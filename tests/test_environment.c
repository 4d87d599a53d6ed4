/* Pika inside a game or an audio host: other rounding modes, denormals flushed, exceptions unmasked, flags
   set. Every call that computes gives the golden hashes, and leaves control and flags as they were. */

#if defined(__SSE2__) || defined(_M_X64)
    #include <xmmintrin.h>
    #define TEST_CONTROL_WORD 1
    #if defined(__i386__) && defined(__GNUC__) /* and the x87's, in the high half */
static uint64_t control_get(void)
{
    uint16_t word;
    __asm__ volatile("fnstcw %0" : "=m"(word));
    return _mm_getcsr() | (uint64_t)word << 32;
}
static void control_set(uint64_t word)
{
    /* as MXCSR says: rounding, and single precision with it; all else as it starts */
    uint16_t x87 = word >> 32 != 0
                       ? (uint16_t)(word >> 32)
                       : (uint16_t)(0x37F & ~(word & 0x2000 ? 0x300u : 0u)) | (uint16_t)(word >> 3 & 0xC00);
    _mm_setcsr((unsigned)(word & 0xFFFFFFFFu));
    __asm__ volatile("fldcw %0" : : "m"(x87));
}
    #else
static uint64_t control_get(void) { return _mm_getcsr(); }
static void control_set(uint64_t word) { _mm_setcsr((unsigned)word); }
    #endif
/* rounding (bits 13, 14), FTZ (15), DAZ (6), masks (7..12), flags (0..5) */
static const uint64_t control_words[] = {0x1F80, 0x3F80, 0x5F80, 0x7F80, 0x1F80 | 0x8040, 0x3FA1 | 0x8040,
    0x5FBF | 0x8040, 0x7F80 | 0x0040, 0x0000, 0x2000, 0x4000 | 0x8040, 0x6021};
#elif defined(__aarch64__) && defined(__GNUC__)
    #define TEST_CONTROL_WORD 1
/* fpcr in the low half: rounding (22, 23), FZ (24), DN (25), traps (8..12, where there are any); fpsr above
 */
static uint64_t control_get(void)
{
    uint64_t fpcr, fpsr;
    __asm__ volatile("mrs %0, fpcr\n\tmrs %1, fpsr" : "=r"(fpcr), "=r"(fpsr));
    return fpcr | fpsr << 32;
}
static void control_set(uint64_t word)
{
    __asm__ volatile("msr fpcr, %0\n\tmsr fpsr, %1" : : "r"(word & 0xFFFFFFFFu), "r"(word >> 32));
}
static const uint64_t control_words[] = {0, 1u << 22, 2u << 22, 3u << 22, 1u << 24, (1u << 24) | (1u << 22),
    (1u << 25) | (3u << 22), UINT64_C(0x1F00000000) | (1u << 24), 0x1F00};
#elif defined(__TINYC__) && defined(__x86_64__)
    #define TEST_CONTROL_WORD 1
static uint64_t control_get(void)
{
    uint32_t word;
    __asm__ volatile(".byte 0x0f, 0xae, 0x18" : : "a"(&word) : "memory");
    return word;
}
static void control_set(uint64_t all)
{
    uint32_t word = (uint32_t)all;
    __asm__ volatile(".byte 0x0f, 0xae, 0x10" : : "a"(&word) : "memory");
}
static const uint64_t control_words[] = {
    0x1F80, 0x3F80, 0x5F80, 0x7F80, 0x1F80 | 0x8040, 0x3FA1 | 0x8040, 0x6021};
#elif defined(__s390x__) && defined(__GNUC__)
    #define TEST_CONTROL_WORD 1
static uint64_t control_get(void)
{
    uint32_t word;
    __asm__ volatile("efpc %0" : "=d"(word));
    return word;
}
static void control_set(uint64_t word) { __asm__ volatile("sfpc %0" : : "d"((uint32_t)word)); }
/* traps (27..31), flags (19..23), rounding (0, 1) */
static const uint64_t control_words[] = {0, 1, 2, 3, 0x00880001, 0xF8000002u, 0xF8080003u};
#elif defined(__riscv) && defined(__riscv_flen) && defined(__GNUC__)
    #define TEST_CONTROL_WORD 1
static uint64_t control_get(void)
{
    uint64_t word;
    __asm__ volatile("frcsr %0" : "=r"(word));
    return word;
}
static void control_set(uint64_t word) { __asm__ volatile("fscsr %0" : : "r"(word)); }
static const uint64_t control_words[] = {0, 1 << 5, 2 << 5, 3 << 5, 4 << 5, 31 | 3 << 5};
#elif defined(__arm__) && defined(__GNUC__) && defined(__VFP_FP__) && !defined(__SOFTFP__)
    #define TEST_CONTROL_WORD 1
static uint64_t control_get(void)
{
    uint32_t word;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(word));
    return word & ~0xF0000000u; /* less the flags of the last comparison */
}
static void control_set(uint64_t word) { __asm__ volatile("vmsr fpscr, %0" : : "r"((uint32_t)word)); }
static const uint64_t control_words[] = {0, 1u << 22, 2u << 22, 3u << 22, 1u << 24, (1u << 24) | (1u << 22),
    (1u << 25) | (3u << 22), 0x1F | (1u << 24)};
#endif

#ifdef TEST_CONTROL_WORD
static uint64_t control_word, control_saved;
static int control_broken;
static void control_enter(void)
{
    control_saved = control_get();
    control_set(control_word);
    control_word = control_get(); /* as this machine has it: traps may not exist */
}
static void control_leave(void)
{
    control_broken += control_get() != control_word;
    control_set(control_saved);
}

static void check_control_words(int threads, int strategy, int isa, int groups)
{
    size_t i;
    for (i = 0; i < sizeof control_words / sizeof control_words[0]; i++) {
        pika_ctx ctx;
        char how[80];
        if ((test_now.quick || threads > 1 || groups == 1) && i % 3 != (size_t)isa % 3) continue;
        control_word = control_words[i];
        control_broken = 0;
        sprintf(how, "control word %08lx, %d threads, isa %s", (unsigned long)control_word, threads,
            pika_isa_string(isa));
        way_init(&ctx, isa, threads, strategy);
        environment_enter = control_enter;
        environment_leave = control_leave;
        golden_check(&ctx, groups, how);
        environment_enter = environment_leave = NULL;
        if (!CHECK_EQ(control_broken, 0)) printf("    %s\n", how);
        pika_ctx_free(&ctx);
        if (test_now.failures > 0) return;
    }
}
#endif

TEST(environment_rounding_flushing_exceptions)
{
#ifdef TEST_CONTROL_WORD
    int isa;
    for (isa = 1; isa <= PIKA_ISA_WASM128; isa++)
        if (isa_is_here(isa) && (test_way.isa <= 0 || isa == test_way.isa))
            check_control_words(1, 0, isa, isa == pika_cpu_isa() ? GOLDEN_GROUPS : 1);
#else
    SKIP("no way to set the floating-point control word here");
#endif
}

/* Workers inherit the caller's environment when they start, and keep their own later. */
TEST(environment_on_workers)
{
#ifdef TEST_CONTROL_WORD
    check_control_words(3, PIKA_STRATEGY_TILES, pika_cpu_isa(), 1);
    if (!test_now.quick) check_control_words(2, PIKA_STRATEGY_PRIVATE, PIKA_ISA_SCALAR, 1);
#else
    SKIP("no way to set the floating-point control word here");
#endif
}

/* Denormal data: flushing would move them to zero, another cell, or out of a log axis. */
TEST(environment_denormal_data)
{
#ifdef TEST_CONTROL_WORD
    double x[200], y[200];
    pika_points points = pika_xy_f64(x, y, 200);
    oracle_grid want;
    pika_grid_desc desc;
    pika_ctx ctx;
    int i, way;
    memset(&desc, 0, sizeof desc);
    for (i = 0; i < 200; i++) {
        x[i] = double_of_bits((uint64_t)i * 3);
        y[i] = double_of_bits((uint64_t)(200 - i));
    }
    desc.view.width = 100, desc.view.height = 50;
    desc.view.x.scale = desc.view.y.scale = PIKA_LOG10;
    desc.view.x.lo = desc.view.y.lo = double_of_bits(1);
    desc.view.x.hi = desc.view.y.hi = double_of_bits(600);
    desc.planes = ALL_PLANES;
    points.value = pika_f64(y);
    oracle_init(&want, &desc);
    oracle_add(&want, &points, 0, 200);
    CHECK_EQ(want.invalid, 1);
    CHECK_EQ(want.inside, 199);
    for (way = 0; way_next(&way, 0, &ctx); pika_ctx_free(&ctx))
        for (i = 0; i < (int)(sizeof control_words / sizeof control_words[0]); i++) {
            pika_grid grid;
            pika_result result;
            memset(&grid, 0, sizeof grid);
            control_word = control_words[i];
            control_enter();
            result = pika_grid_alloc(&ctx, &grid, &desc);
            result = result == PIKA_OK ? pika_add_points(&ctx, &grid, &points) : result;
            control_leave();
            CHECK_OK(result);
            grid_equals(&grid, &want, way_name);
            pika_grid_free(&ctx, &grid);
        }
    oracle_free(&want);
#else
    SKIP("no way to set the floating-point control word here");
#endif
}

/* The caller's own workers have an environment too: each task leaves it as it was. */
#ifdef TEST_CONTROL_WORD
static void control_for(void *user, int count, void (*fn)(void *arg, int i), void *arg)
{
    int i;
    for (i = 0; i < count; i++) {
        uint64_t before = control_get(), word;
        control_set(control_words[i % (int)(sizeof control_words / sizeof control_words[0])]);
        word = control_get();
        fn(arg, i);
        *(int *)user += control_get() != word;
        control_set(before);
    }
}
#endif
TEST(environment_of_the_callers_workers)
{
#ifdef TEST_CONTROL_WORD
    int strategy, broken = 0;
    for (strategy = 0; strategy < 4; strategy++) {
        pika_ctx_desc desc = way_desc(-1, 5, strategy);
        pika_ctx ctx;
        desc.parallel_for = control_for;
        desc.parallel_user = &broken;
        CHECK_OK(pika_ctx_init(&ctx, &desc));
        golden_check(&ctx, 1, "the caller's workers");
        pika_ctx_free(&ctx);
    }
    CHECK_EQ(broken, 0);
#else
    SKIP("no way to set the floating-point control word here");
#endif
}

/* Infinities, ranges that overflow, denormals, refusals and their messages: no call may trap or round
 * otherwise. */
TEST(environment_extremes)
{
#ifdef TEST_CONTROL_WORD
    static uint32_t pixels[2][48 * 31];
    static double values[2][48 * 31];
    uint64_t random = 17;
    size_t i;
    int kind, transfer, plane;
    for (kind = 0; kind < 7; kind++)
        for (transfer = 0; transfer < 4; transfer++) {
            pika_grid grid;
            shade_grid(&grid, 48, 31, kind, transfer == 3 ? 2 : 0, &random);
            for (i = 0; i <= sizeof control_words / sizeof control_words[0]; i += i == 0 ? 1 : 2) {
                pika_image image;
                pika_shade_desc shade;
                pika_result result;
                int to = i > 0;
                control_word = i == 0 ? control_words[0] : control_words[i - 1];
                control_broken = 0;
                memset(&image, 0, sizeof image);
                memset(&shade, 0, sizeof shade);
                image.width = 48, image.height = 31;
                image.pixels = (uint8_t *)pixels[to], image.bytes = sizeof pixels[to];
                shade.plane = kind % 2 ? PIKA_MEAN : PIKA_SUM, shade.transfer = transfer;
                if (i > 0) control_enter();
                result = pika_shade(NULL, &image, &grid, &shade);
                if (i > 0) control_leave();
                CHECK_OK(result);
                plane = 1 << (2 + (kind + transfer) % 10);
                if (i > 0) control_enter();
                result = pika_grid_read(NULL, &grid, (unsigned)plane, PIKA_ALL_CATEGORIES, values[to]);
                if (i > 0) control_leave();
                CHECK_OK(result);
                CHECK_EQ(memcmp(pixels[0], pixels[to], sizeof pixels[0]), 0);
                CHECK_EQ(memcmp(values[0], values[to], sizeof values[0]), 0);
                CHECK_EQ(control_broken, 0);
            }
            pika_grid_free(NULL, &grid);
        }
    for (i = 0; i < sizeof control_words / sizeof control_words[0]; i += 2) {
        static const double ends[] = {1e308, -1.7e308, 4.9e-324, 0.1, 0, 3e-310};
        int a, b, scale;
        for (a = 0; a < 6; a++)
            for (b = 0; b < 6; b++)
                for (scale = 0; scale < 3; scale++) {
                    double x[3], edges[8];
                    pika_points points = pika_xy_f64(x, x, 3);
                    pika_view fitted;
                    pika_grid_desc desc;
                    pika_grid grid;
                    pika_ctx ctx;
                    size_t bytes, same;
                    memset(&desc, 0, sizeof desc);
                    memset(&grid, 0, sizeof grid);
                    x[0] = ends[a], x[1] = ends[b];
                    x[2] = double_of_bits(UINT64_C(0x7FF0000000000001)); /* a signalling NaN */
                    desc.view.width = desc.view.height = 7;
                    desc.view.flags = (unsigned)(a & 7);
                    desc.view.x.lo = ends[a], desc.view.x.hi = ends[b], desc.view.x.scale = scale;
                    desc.view.y.hi = 1;
                    fitted = desc.view;
                    bytes = pika_grid_bytes(&desc);
                    way_init(&ctx, -1, 1, -1);
                    control_word = control_words[i];
                    control_broken = 0;
                    control_enter();
                    same = pika_grid_bytes(&desc);
                    pika_grid_check(&ctx, &desc);
                    pika_fit(&ctx, &points, &fitted);
                    pika_view_edges(&ctx, &desc.view, 0, PIKA_F32, edges);
                    if (pika_grid_alloc(&ctx, &grid, &desc) == PIKA_OK) {
                        pika_add_points(&ctx, &grid, &points);
                        points.x.type = PIKA_I8; /* refused, with the range in the message */
                        pika_add_points(&ctx, &grid, &points);
                        pika_grid_set_view(&ctx, &grid, &fitted);
                        pika_grid_merge(&ctx, &grid, &grid);
                    }
                    pika_grid_free(&ctx, &grid);
                    control_leave();
                    CHECK_EQ(control_broken, 0);
                    CHECK_EQ(same, bytes);
                    pika_ctx_free(&ctx);
                }
    }
#else
    SKIP("no way to set the floating-point control word here");
#endif
}

AREA(environment, LISTED(environment_rounding_flushing_exceptions), LISTED(environment_on_workers),
    LISTED(environment_denormal_data), LISTED(environment_of_the_callers_workers),
    LISTED(environment_extremes));
