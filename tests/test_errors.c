/* Every refusal: its code, its text (function, field, value), and that nothing has changed. */

static pika_ctx error_ctx;
static struct {
    int calls, level, id;
    char text[256];
} error_log;
static void error_logged(void *user, int level, int id, const char *text)
{
    if (user != &error_log || level == 2) return; /* information */
    error_log.calls++;
    error_log.level = level;
    error_log.id = id;
    strncpy(error_log.text, text, sizeof error_log.text - 1);
}
static void error_begin(void)
{
    pika_ctx_desc desc = way_desc(-1, -1, -1);
    memset(&error_log, 0, sizeof error_log);
    desc.log_fn = error_logged;
    desc.log_user = &error_log;
    CHECK_OK(pika_ctx_init(&error_ctx, &desc));
    CHECK_STR(pika_last_error(&error_ctx), "");
}

/* part may be several words, separated by |, that the text must hold. */
static void refused(pika_result got, pika_result want, const char *parts, const char *file, int line)
{
    const char *text = pika_last_error(&error_ctx);
    char part[100];
    int i = 0;
    if (!test_equal_text(pika_result_string(got), pika_result_string(want), parts, file, line))
        printf("        last error: %s\n", text);
    for (; *parts != 0 || i > 0; parts++) {
        if (*parts != '|' && *parts != 0) {
            part[i++] = *parts;
            continue;
        }
        part[i] = 0;
        test_contains(text, part, "pika_last_error", file, line);
        i = 0;
        if (*parts == 0) break;
    }
    test_equal_text(
        pika_result_string(pika_status(&error_ctx)), pika_result_string(want), "pika_status", file, line);
    test_equal_text(pika_result_string(pika_status(&error_ctx)), "PIKA_OK", "pika_status again", file, line);
    test_equal_text(error_log.text, text, "the log", file, line);
    test_equal(error_log.level, 0, "the log's level", file, line);
    test_equal(error_log.id, want, "the log's id", file, line);
    test_equal(error_log.calls, 1, "calls of the log", file, line);
    error_log.calls = 0;
}
#define REFUSED(call, result, parts) refused(call, result, parts, __FILE__, __LINE__)

TEST(errors_names)
{
    static const char *const names[] = {"PIKA_OK", "PIKA_ERR_INVALID", "PIKA_ERR_MEMORY", "PIKA_ERR_SIZE",
        "PIKA_ERR_MISMATCH", "PIKA_ERR_IO", "PIKA_ERR_UNSUPPORTED", "PIKA_ERR_VERSION", "PIKA_ERR_GPU",
        "PIKA_ERR_CANCELLED"};
    int i;
    for (i = 0; i < 10; i++) CHECK_STR(pika_result_string((pika_result)-i), names[i]);
    CHECK_STR(pika_result_string((pika_result)-10), "?");
    CHECK_STR(pika_result_string((pika_result)1), "?");
    CHECK_EQ(pika_version(), PIKA_VERSION);
    CHECK_HAS(pika_build_info(), PIKA_VERSION_STRING);
    CHECK(strchr(pika_build_info(), '\n') == NULL);
    CHECK_STR(pika_isa_string(PIKA_ISA_AUTO), "auto");
    CHECK_STR(pika_isa_string(PIKA_ISA_SCALAR), "scalar");
    CHECK_STR(pika_isa_string(PIKA_ISA_SSE2), "sse2");
    CHECK_STR(pika_isa_string(PIKA_ISA_AVX2), "avx2");
    CHECK_STR(pika_isa_string(PIKA_ISA_AVX512), "avx512");
    CHECK_STR(pika_isa_string(PIKA_ISA_NEON), "neon");
    CHECK_STR(pika_isa_string(PIKA_ISA_WASM128), "wasm128");
    CHECK_STR(pika_isa_string(7), "?");
    CHECK_STR(pika_isa_string(-1), "?");
    CHECK(isa_is_here(pika_cpu_isa()));
    CHECK(isa_is_here(PIKA_ISA_SCALAR));
    CHECK_STR(pika_last_error(NULL), "");
    CHECK_RESULT(pika_status(NULL), PIKA_OK);
}

TEST(errors_ctx_init)
{
    pika_ctx ctx;
    pika_ctx_desc desc;
    char scratch[8];
    int isa;
    memset(&desc, 0, sizeof desc);
    CHECK_OK(pika_ctx_init(&ctx, NULL));
    CHECK_EQ(ctx.ready, PIKA_VERSION);
    CHECK(ctx.threads >= 1);
    CHECK_EQ(ctx.isa, pika_cpu_isa());
    CHECK_STR(pika_last_error(&ctx), "");
    pika_ctx_free(&ctx);
    CHECK_EQ(ctx.ready, 0);
    CHECK_OK(pika_ctx_init(&ctx, &desc));
    pika_ctx_free(&ctx);
    CHECK_RESULT(pika_ctx_init(NULL, &desc), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_ctx_init_version(&ctx, NULL, PIKA_VERSION + 1, sizeof ctx), PIKA_ERR_VERSION);
    CHECK_RESULT(pika_ctx_init_version(&ctx, NULL, PIKA_VERSION, sizeof ctx + 8), PIKA_ERR_VERSION);
    desc.threads = -1;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "threads");
    CHECK_HAS(pika_last_error(&ctx), "-1");
    desc.threads = 1 << 20; /* capped, not refused */
    CHECK_OK(pika_ctx_init(&ctx, &desc));
    CHECK(ctx.threads <= 4096);
    pika_ctx_free(&ctx);
    desc.threads = 0;
    desc.isa = 7;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "isa");
    desc.isa = -1;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    for (isa = 1; isa <= PIKA_ISA_WASM128; isa++) {
        desc.isa = isa;
        if (isa_is_here(isa)) continue;
        CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_UNSUPPORTED);
        CHECK_HAS(pika_last_error(&ctx), "isa");
    }
    desc.isa = 0;
    desc.strategy = 4;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "strategy");
    desc.strategy = -1;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    desc.strategy = 0;
    desc.alloc_fn = heap_alloc;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "free_fn");
    desc.alloc_fn = NULL;
    desc.free_fn = heap_free;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "alloc_fn");
    desc.free_fn = NULL;
    desc.scratch_bytes = 8;
    CHECK_RESULT(pika_ctx_init(&ctx, &desc), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "scratch");
    desc.scratch = scratch;
    CHECK_OK(pika_ctx_init(&ctx, &desc));
    pika_ctx_free(&ctx);
}

/* ---- descriptors ------------------------------------------------------------------------------------- */

static void good_desc(pika_grid_desc *desc)
{
    memset(desc, 0, sizeof *desc);
    desc->view.width = 4, desc->view.height = 3;
    desc->view.x.hi = desc->view.y.hi = 10;
}

/* What refuses a descriptor refuses it everywhere: check, alloc, init, bytes. */
static void refuse_desc(const pika_grid_desc *desc, pika_result want, const char *parts, int line)
{
    static uint64_t memory[512];
    pika_grid grid, before;
    char all[128];
    memset(&grid, 0, sizeof grid);
    memset(&before, 0, sizeof before);
    sprintf(all, "pika_grid_check|%s", parts);
    refused(pika_grid_check(&error_ctx, desc), want, all, __FILE__, line);
    sprintf(all, "pika_grid_alloc|%s", parts);
    refused(pika_grid_alloc(&error_ctx, &grid, desc), want, all, __FILE__, line);
    test_equal(memcmp(&grid, &before, sizeof grid), 0, "the grid is unchanged", __FILE__, line);
    test_equal_text(pika_result_string(pika_grid_init(&grid, desc, memory, sizeof memory)),
        pika_result_string(want), parts, __FILE__, line);
    test_equal(memcmp(&grid, &before, sizeof grid), 0, "the grid is unchanged", __FILE__, line);
    test_equal((int64_t)pika_grid_bytes(desc), 0, "pika_grid_bytes", __FILE__, line);
    CHECK_RESULT(pika_grid_check(NULL, desc), want);
}
#define BAD(change, parts) \
    do { \
        good_desc(&desc); \
        change; \
        refuse_desc(&desc, PIKA_ERR_INVALID, parts, __LINE__); \
    } while (0)

TEST(errors_grid_desc)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000)), inf = HUGE_VAL;
    pika_grid_desc desc;
    error_begin();
    good_desc(&desc);
    CHECK_OK(pika_grid_check(&error_ctx, &desc));
    BAD(desc.view.width = 0, "width|0");
    BAD(desc.view.width = -5, "width|-5");
    BAD(desc.view.width = 32769, "width|32769");
    BAD(desc.view.height = 0, "height|0");
    BAD(desc.view.height = 32769, "height|32769");
    BAD(desc.view.height = INT32_MIN, "height|-2147483648");
    BAD(desc.view.x.lo = nan, "view.x");
    BAD(desc.view.x.hi = nan, "view.x");
    BAD(desc.view.x.lo = -inf, "view.x");
    BAD(desc.view.x.hi = inf, "view.x");
    BAD(desc.view.y.lo = nan, "view.y");
    BAD(desc.view.y.hi = inf, "view.y");
    BAD(desc.view.x.lo = 10, "x|10");
    BAD(desc.view.y.lo = 11.5, "y|11.5");
    BAD((desc.view.x.lo = -1, desc.view.x.hi = -1), "x|-1");
    BAD(desc.view.x.scale = PIKA_LOG10, "x.lo|0");
    BAD((desc.view.y.scale = PIKA_LOG10, desc.view.y.lo = -3), "y.lo|-3");
    BAD(desc.view.x.scale = 3, "x.scale|3");
    BAD(desc.view.y.scale = -1, "y.scale|-1");
    BAD((desc.view.x.scale = PIKA_SYMLOG, desc.view.x.linear = -1), "x.linear|-1");
    BAD((desc.view.y.scale = PIKA_SYMLOG, desc.view.y.linear = nan), "y.linear");
    BAD((desc.view.y.scale = PIKA_SYMLOG, desc.view.y.linear = inf), "y.linear");
    BAD((desc.view.y.scale = PIKA_SYMLOG, desc.view.y.origin = 1), "y.origin|1");
    BAD((desc.view.x.scale = PIKA_LOG10, desc.view.x.lo = 1, desc.view.x.origin = -7), "x.origin|-7");
    BAD(desc.view.flags = 16, "flags|16");
    BAD(desc.planes = 1u << 13, "planes|8192");
    BAD(desc.planes = 0x80000001u, "planes");
    BAD(desc.categories = -1, "categories|-1");
    BAD(desc.view.first_x = 1, "first_x|1");
    BAD(desc.view.first_y = 2, "first_y|2");
    BAD(desc.view.total_width = 100, "total_height|0");
    BAD(desc.view.total_height = 100, "total_width|0");
    BAD((desc.view.total_width = 100, desc.view.total_height = 100, desc.view.first_x = -1), "first_x|-1");
    BAD((desc.view.total_width = 100, desc.view.total_height = 100, desc.view.first_x = 97), "first_x|97");
    BAD((desc.view.total_width = 100, desc.view.total_height = 100, desc.view.first_y = 98), "first_y|98");
    BAD((desc.view.total_width = 100, desc.view.total_height = 100, desc.view.first_y = INT32_MAX),
        "first_y");
    BAD((desc.view.total_width = 3, desc.view.total_height = 100), "total_width|3");
    BAD((desc.view.total_width = -1, desc.view.total_height = 100), "total_width|-1");
    BAD((desc.view.total_width = (1 << 30) + 1, desc.view.total_height = 100), "total_width|1073741825");
    good_desc(&desc); /* 2^32 cells and more */
    desc.view.width = desc.view.height = 32768;
    desc.categories = 4;
    refuse_desc(&desc, PIKA_ERR_SIZE, "", __LINE__);
    desc.categories = INT32_MAX;
    refuse_desc(&desc, PIKA_ERR_SIZE, "", __LINE__);
    desc.view.width = 32767, desc.categories = 4; /* just under */
    if (sizeof(size_t) == 8) {
        CHECK_OK(pika_grid_check(&error_ctx, &desc));
        CHECK(pika_grid_bytes(&desc) >= (size_t)32768 * 32767 * 4 * 4 / 1);
    }
    CHECK_RESULT(pika_grid_check(&error_ctx, NULL), PIKA_ERR_INVALID);
    CHECK_EQ(pika_grid_bytes(NULL), 0);
    pika_ctx_free(&error_ctx);
}

/* ---- points ------------------------------------------------------------------------------------------ */

typedef struct error_world {
    uint64_t memory[2000], before[2000];
    pika_grid grid, grid_before;
    double x[4], y[4];
    int32_t category[4];
    pika_points points;
} error_world;
static error_world ew;

static void error_world_init(unsigned planes, int categories)
{
    static const double x[] = {1, 2, 3, 4}, y[] = {5, 6, 7, 8};
    pika_grid_desc desc;
    good_desc(&desc);
    desc.planes = planes;
    desc.categories = categories;
    memset(&ew, 0, sizeof ew);
    memcpy(ew.x, x, sizeof x);
    memcpy(ew.y, y, sizeof y);
    ew.points = pika_xy_f64(ew.x, ew.y, 4);
    ew.points.value = pika_f64(ew.y);
    ew.points.category = pika_strided(ew.category, PIKA_I32, 0);
    CHECK_OK(pika_grid_init(&ew.grid, &desc, ew.memory, sizeof ew.memory));
    CHECK_OK(pika_add_points(&error_ctx, &ew.grid, &ew.points));
    memcpy(ew.before, ew.memory, sizeof ew.memory);
    ew.grid_before = ew.grid;
}
static void refuse_points(pika_result want, const char *parts, int line)
{
    char all[128];
    sprintf(all, "pika_add_points|%s", parts);
    refused(pika_add_points(&error_ctx, &ew.grid, &ew.points), want, all, __FILE__, line);
    test_equal_text(pika_result_string(pika_add_points(NULL, &ew.grid, &ew.points)), pika_result_string(want),
        parts, __FILE__, line);
    test_equal(memcmp(ew.before, ew.memory, sizeof ew.memory), 0, "the cells are unchanged", __FILE__, line);
    test_equal(memcmp(&ew.grid, &ew.grid_before, sizeof ew.grid), 0, "the grid is unchanged", __FILE__, line);
}
#define BAD_POINTS(planes, categories, change, parts) \
    do { \
        error_world_init(planes, categories); \
        change; \
        refuse_points(PIKA_ERR_INVALID, parts, __LINE__); \
    } while (0)

TEST(errors_points)
{
    error_begin();
    BAD_POINTS(0, 0, ew.points.x.data = NULL, "x.data");
    BAD_POINTS(0, 0, ew.points.y.data = NULL, "y.data");
    BAD_POINTS(0, 0, ew.points.x.type = 10, "x.type|10");
    BAD_POINTS(0, 0, ew.points.y.type = -1, "y.type|-1");
    BAD_POINTS(0, 0, ew.points.x.stride = 7, "x.stride|7|8");
    BAD_POINTS(0, 0, ew.points.y.stride = -7, "y.stride|-7");
    BAD_POINTS(0, 0, (ew.points.y.type = PIKA_F32, ew.points.y.stride = 3), "y.stride|3|4");
    BAD_POINTS(0, 0, ew.points.x.stride = PTRDIFF_MIN, "x");
    BAD_POINTS(0, 0, (ew.points.count = (size_t)-1 / 4, ew.points.x.stride = 64), "x|64");
    BAD_POINTS(0, 0, (ew.points.y.valid = (const uint8_t *)ew.x, ew.points.y.valid_offset = (size_t)-2),
        "y.valid_offset");
    BAD_POINTS(PIKA_SUM, 0, ew.points.value.data = NULL, "value");
    BAD_POINTS(PIKA_MIN | PIKA_COUNT, 0, ew.points.value.type = 11, "value.type|11");
    BAD_POINTS(PIKA_FIRST, 0, ew.points.value.stride = 1, "value.stride|1");
    BAD_POINTS(PIKA_ARGMAX, 0, ew.points.value.data = NULL, "value");
    BAD_POINTS(0, 2, ew.points.category.data = NULL, "category");
    BAD_POINTS(0, 2, ew.points.category.type = PIKA_F32, "category.type");
    BAD_POINTS(0, 2, ew.points.category.type = PIKA_F64, "category.type");
    BAD_POINTS(0, 2, ew.points.category.stride = 3, "category.stride|3");
    /* not read, so not looked at */
    error_world_init(0, 0);
    ew.points.value.type = 99;
    ew.points.category.stride = 1;
    CHECK_OK(pika_add_points(&error_ctx, &ew.grid, &ew.points));
    /* nothing to do is never an error */
    error_world_init(PIKA_SUM, 2);
    memset(&ew.points, 0, sizeof ew.points);
    CHECK_OK(pika_add_points(&error_ctx, &ew.grid, &ew.points));
    CHECK_EQ(memcmp(ew.before, ew.memory, sizeof ew.memory), 0);
    CHECK_EQ(ew.grid.total, 4);
    CHECK_RESULT(pika_status(&error_ctx), PIKA_OK);
    pika_ctx_free(&error_ctx);
}

/* What only shows when the column comes: too narrow or wide for its type, an origin that it cannot have. */
TEST(errors_range_and_type)
{
    static const struct {
        double lo, hi;
        int64_t origin;
        int type, ok;
    } cases[] = {{1, 1 + 1e-9, 0, PIKA_F32, 0}, {1, 1 + 1e-9, 0, PIKA_F64, 1}, {1, 1 + 1e-9, 0, PIKA_I8, 0},
        {1, 1 + 1e-9, 0, PIKA_I32, 1}, {-3e38, 3e38, 0, PIKA_F32, 0}, {-3e38, 3e38, 0, PIKA_F64, 1},
        {-1e308, 1e308, 0, PIKA_F64, 0}, {0, 1e-40, 0, PIKA_F32, 0}, {0, 1e-40, 0, PIKA_F64, 1},
        {0, 1e-308, 0, PIKA_F64, 0}, {1e39, 1e40, 0, PIKA_F32, 0}, {0, 1e308, 0, PIKA_F64, 1},
        {0, 1e39, 0, PIKA_F32, 0}, {0, 1e38, 0, PIKA_F32, 1}, {0, 10, 5, PIKA_F32, 0},
        {0, 10, 5, PIKA_F64, 0}, {0, 10, 5, PIKA_I32, 0}, {0, 10, 5, PIKA_U8, 0}, {0, 10, 5, PIKA_I64, 1},
        {0, 10, 5, PIKA_U64, 1}, {0, 10, -5, PIKA_I64, 1}};
    static const uint64_t zeros[4] = {0, 0, 0, 0};
    int i, y;
    error_begin();
    for (i = 0; i < (int)(sizeof cases / sizeof cases[0]); i++)
        for (y = 0; y < 2; y++) {
            static uint64_t memory[64], before[64];
            pika_points points =
                pika_xy(pika_strided(zeros, PIKA_F64, 0), pika_strided(zeros, PIKA_F64, 0), 4);
            pika_grid_desc desc;
            pika_grid grid, grid_before;
            pika_axis *axis = y ? &desc.view.y : &desc.view.x;
            pika_result result;
            memset(&grid, 0, sizeof grid);
            memset(memory, 0, sizeof memory);
            good_desc(&desc);
            *(y ? &points.y : &points.x) = pika_strided(zeros, cases[i].type, 0);
            axis->lo = cases[i].lo, axis->hi = cases[i].hi, axis->origin = cases[i].origin;
            if (!CHECK_OK(pika_grid_init(&grid, &desc, memory, sizeof memory))) printf("    case %d\n", i);
            memcpy(before, memory, sizeof memory);
            grid_before = grid;
            result = pika_add_points(&error_ctx, &grid, &points);
            if (cases[i].ok) {
                if (!CHECK_OK(result)) printf("    case %d: %s\n", i, pika_last_error(&error_ctx));
                continue;
            }
            if (test_now.failures < 5 && result == PIKA_OK) printf("    case %d is not refused\n", i);
            REFUSED(result, PIKA_ERR_INVALID, y ? "pika_add_points|y|" : "pika_add_points|x|");
            CHECK_EQ(memcmp(memory, before, sizeof memory), 0);
            CHECK_EQ(memcmp(&grid, &grid_before, sizeof grid), 0);
        }
    pika_ctx_free(&error_ctx);
}

/* ---- zeroed objects and NULL everywhere -------------------------------------------------------------- */

static int null_write(void *user, const void *data, size_t size)
{
    (void)user, (void)data, (void)size;
    return 0;
}

TEST(errors_zeroed_objects_and_null)
{
    pika_ctx zero_ctx, *ctxs[3];
    pika_grid zero_grid, grid;
    pika_image zero_image, image, image2;
    pika_points points;
    pika_grid_desc desc, zero_desc;
    pika_view view, zero_view;
    pika_stats stats;
    pika_color_scale scale;
    pika_colormap map;
    pika_shade_desc shade;
    const double xs[4] = {1, 2, 3, 4};
    double out[16];
    uint32_t index[16], count[16], table[256];
    size_t cells = 99;
    int i, radius;
    memset(&zero_ctx, 0, sizeof zero_ctx);
    memset(&zero_grid, 0, sizeof zero_grid);
    memset(&zero_image, 0, sizeof zero_image);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    memset(&image2, 0, sizeof image2);
    memset(&zero_desc, 0, sizeof zero_desc);
    memset(&zero_view, 0, sizeof zero_view);
    memset(&scale, 0, sizeof scale);
    memset(&map, 0, sizeof map);
    memset(&shade, 0, sizeof shade);
    error_begin();
    good_desc(&desc);
    view = desc.view;
    points = pika_xy_f64(xs, xs, 4);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_image_alloc(NULL, &image, 4, 3));
    CHECK_OK(pika_image_alloc(NULL, &image2, 4, 3));
    ctxs[0] = NULL, ctxs[1] = &error_ctx, ctxs[2] = &zero_ctx;
    for (i = 0; i < 3; i++) {
        pika_ctx *ctx = ctxs[i];
        CHECK_RESULT(pika_fit(ctx, NULL, &view), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_fit(ctx, &points, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_view_edges(ctx, NULL, 0, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_view_edges(ctx, &zero_view, 0, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_view_edges(ctx, &view, 0, 0, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_view_edges(ctx, &view, 2, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_view_edges(ctx, &view, -1, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_view_edges(ctx, &view, 0, 10, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_view_edges(ctx, &view, 0, -1, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_check(ctx, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_check(ctx, &zero_desc), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_alloc(ctx, NULL, &desc), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_alloc(ctx, &zero_grid, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_alloc(ctx, &zero_grid, &zero_desc), PIKA_ERR_INVALID);
        pika_grid_clear(ctx, NULL);
        pika_grid_clear(ctx, &zero_grid);
        CHECK_RESULT(pika_grid_set_view(ctx, NULL, &view), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_set_view(ctx, &zero_grid, &view), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_set_view(ctx, &grid, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_merge(ctx, NULL, &grid), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_merge(ctx, &grid, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_merge(ctx, &zero_grid, &grid), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_merge(ctx, &grid, &zero_grid), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, NULL, PIKA_COUNT, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, &zero_grid, PIKA_COUNT, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, &grid, PIKA_COUNT, 0, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, &grid, PIKA_SUM, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, &grid, 0, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, &grid, PIKA_COUNT | PIKA_ANY, 0, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, &grid, PIKA_COUNT, 1, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_read(ctx, &grid, PIKA_COUNT, -2, out), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_stats(ctx, NULL, &stats), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_stats(ctx, &zero_grid, &stats), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_stats(ctx, &grid, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_nonempty(ctx, NULL, index, count, 16, &cells), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_nonempty(ctx, &zero_grid, index, count, 16, &cells), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_grid_nonempty(ctx, &grid, index, count, 16, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_add_points(ctx, NULL, &points), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_add_points(ctx, &zero_grid, &points), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_add_points(ctx, &grid, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_shade(ctx, NULL, &grid, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_shade(ctx, &zero_image, &grid, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_shade(ctx, &image, NULL, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_shade(ctx, &image, &zero_grid, NULL), PIKA_ERR_INVALID);
        shade.scale = &scale; /* never computed */
        CHECK_RESULT(pika_shade(ctx, &image, &grid, &shade), PIKA_ERR_INVALID);
        shade.scale = NULL;
        shade.colormap = &map;
        CHECK_RESULT(pika_shade(ctx, &image, &grid, &shade), PIKA_ERR_INVALID);
        shade.colormap = NULL;
        CHECK_RESULT(pika_image_alloc(ctx, NULL, 4, 3), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_image_alloc(ctx, &zero_image, 0, 3), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_image_alloc(ctx, &zero_image, 3, 32769), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_spread(ctx, NULL, &image, 1, 0), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_spread(ctx, &image, NULL, 1, 0), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_spread(ctx, &zero_image, &image, 1, 0), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_spread(ctx, &image, &zero_image, 1, 0), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_spread(ctx, &image, &image, 1, 0), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_spread(ctx, &image2, &image, -1, 0), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_spread(ctx, &image2, &image, 1, 2), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_dynspread(ctx, NULL, &image, 0.5, 3, 0, &radius), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_dynspread(ctx, &image, NULL, 0.5, 3, 0, &radius), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_dynspread(ctx, &zero_image, &image, 0.5, 3, 0, &radius), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_dynspread(ctx, &image, &image, 0.5, 3, 0, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_dynspread(ctx, &image2, &image, 0.5, -1, 0, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_encode_png(ctx, NULL, NULL, null_write, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_encode_png(ctx, &zero_image, NULL, null_write, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_encode_png(ctx, &image, NULL, NULL, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_encode_ppm(ctx, NULL, null_write, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_encode_ppm(ctx, &zero_image, null_write, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_encode_ppm(ctx, &image, NULL, NULL), PIKA_ERR_INVALID);
#ifndef PIKA_NO_STDIO
        CHECK_RESULT(pika_write_png(ctx, NULL, &image), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_write_png(ctx, "x.png", NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_write_png(ctx, "x.png", &zero_image), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_write_ppm(ctx, NULL, &image), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_write_ppm(ctx, "x.ppm", NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_points_to_png(ctx, NULL, &points, 4, 3), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_points_to_png(ctx, "x.png", NULL, 4, 3), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_points_to_png(ctx, "x.png", &points, 0, 3), PIKA_ERR_INVALID);
#endif
        CHECK_RESULT(pika_points_to_image(ctx, NULL, &points, 4, 3), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_points_to_image(ctx, &zero_image, NULL, 4, 3), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_points_to_image(ctx, &zero_image, &points, 4, -3), PIKA_ERR_INVALID);
        if (ctx == &zero_ctx) { /* good arguments, and a context that was never initialised */
            CHECK_RESULT(pika_fit(ctx, &points, &view), PIKA_ERR_INVALID);
            CHECK_RESULT(pika_grid_check(ctx, &desc), PIKA_ERR_INVALID);
            CHECK_RESULT(pika_grid_alloc(ctx, &zero_grid, &desc), PIKA_ERR_INVALID);
            CHECK_RESULT(pika_add_points(ctx, &grid, &points), PIKA_ERR_INVALID);
            CHECK_RESULT(pika_shade(ctx, &image, &grid, NULL), PIKA_ERR_INVALID);
            CHECK_RESULT(pika_image_alloc(ctx, &zero_image, 4, 3), PIKA_ERR_INVALID);
            CHECK_RESULT(pika_encode_png(ctx, &image, NULL, null_write, NULL), PIKA_ERR_INVALID);
            CHECK_RESULT(pika_status(ctx), PIKA_ERR_INVALID);
            pika_last_error(ctx);
        }
        CHECK(zero_grid.ready == 0 && zero_image.pixels == NULL && cells == 99);
    }
    CHECK_RESULT(pika_grid_init(NULL, &desc, out, sizeof out), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_grid_init(&zero_grid, NULL, out, sizeof out), PIKA_ERR_INVALID);
    CHECK(pika_scratch_bytes(NULL, NULL) < (size_t)-1 / 2); /* no crash; a number that means something */
    pika_scratch_bytes(NULL, &desc);
    pika_scratch_bytes(NULL, &zero_desc);
    CHECK(pika_grid_counts(NULL) == NULL);
    CHECK(pika_grid_counts(&zero_grid) == NULL);
    CHECK(pika_grid_get_desc(NULL) == NULL);
    CHECK(pika_grid_get_desc(&zero_grid) == NULL);
    CHECK(pika_colormap_find(NULL) == NULL);
    CHECK(pika_colormap_find("no such map") == NULL);
    CHECK(pika_colormap_get(-1) == NULL);
    CHECK(pika_colormap_get(pika_colormap_count()) == NULL);
    CHECK_RESULT(pika_colormap_table(NULL, table), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_colormap_table(&map, table), PIKA_ERR_INVALID);
    CHECK_RESULT(pika_colormap_table(pika_colormap_get(0), NULL), PIKA_ERR_INVALID);
    CHECK_EQ(pika_color_scale_level(NULL, 1), -1);
    pika_color_scale_level(&scale, 1);
    pika_color_scale_value(&scale, 0.5);
    CHECK(is_nan_double(pika_color_scale_value(NULL, 0.5)));
    pika_grid_free(NULL, &grid);
    pika_image_free(NULL, &image);
    pika_image_free(NULL, &image2);
    pika_ctx_free(&error_ctx);
}

/* ---- status ------------------------------------------------------------------------------------------ */

TEST(errors_status_keeps_the_first)
{
    pika_grid_desc desc;
    pika_grid grid;
    memset(&grid, 0, sizeof grid);
    error_begin();
    good_desc(&desc);
    desc.view.width = 32768, desc.view.height = 32768, desc.categories = 5;
    CHECK_RESULT(pika_grid_alloc(&error_ctx, &grid, &desc), PIKA_ERR_SIZE);
    CHECK_RESULT(pika_grid_alloc(&error_ctx, &grid, NULL), PIKA_ERR_INVALID);
    good_desc(&desc);
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc)); /* success does not clear it */
    CHECK_RESULT(pika_status(&error_ctx), PIKA_ERR_SIZE);
    CHECK_RESULT(pika_status(&error_ctx), PIKA_OK);
    CHECK_EQ(error_log.calls, 2);
    pika_grid_free(&error_ctx, &grid);
    pika_ctx_free(&error_ctx);
}

/* Threads without scratch are told as a warning, which is no error. */
TEST(errors_warning_without_scratch)
{
    float *memory;
    pika_points points = busy_points(&memory);
    pika_ctx_desc desc = way_desc(-1, 3, PIKA_STRATEGY_TILES);
    uint64_t *cells;
    pika_grid_desc grid_desc;
    pika_grid grid;
    memset(&error_log, 0, sizeof error_log);
    memset(&grid, 0, sizeof grid);
    desc.log_fn = error_logged;
    desc.log_user = &error_log;
    desc.memory_limit = 1;
    CHECK_OK(pika_ctx_init(&error_ctx, &desc));
    busy_desc(&grid_desc, 0);
    cells = (uint64_t *)malloc(pika_grid_bytes(&grid_desc));
    CHECK_OK(pika_grid_init(&grid, &grid_desc, cells, pika_grid_bytes(&grid_desc)));
    CHECK_OK(pika_add_points(&error_ctx, &grid, &points));
    CHECK_EQ(grid.total, points.count);
    if (error_ctx.threads > 1) {
        CHECK_EQ(error_log.calls, 1);
        CHECK_EQ(error_log.level, 1);
        CHECK_EQ(error_log.id, 0);
        CHECK_HAS(error_log.text, "pika_add_points");
    }
    CHECK_STR(pika_last_error(&error_ctx), "");
    CHECK_RESULT(pika_status(&error_ctx), PIKA_OK);
    pika_ctx_free(&error_ctx);
    free(cells);
    free(memory);
}

/* A message is cut, never overrun: the longest path there is. */
TEST(errors_long_messages_are_cut)
{
#ifdef PIKA_NO_STDIO
    SKIP("PIKA_NO_STDIO");
#else
    char path[4000];
    pika_image image;
    memset(&image, 0, sizeof image);
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[1999] = '/';
    path[sizeof path - 1] = 0;
    error_begin();
    CHECK_OK(pika_image_alloc(&error_ctx, &image, 2, 2));
    REFUSED(pika_write_png(&error_ctx, path, &image), PIKA_ERR_IO, "pika_write_png|/aaaa");
    CHECK(strlen(pika_last_error(&error_ctx)) < sizeof error_ctx.error);
    pika_image_free(&error_ctx, &image);
    pika_ctx_free(&error_ctx);
#endif
}

/* ---- grids, images, shading -------------------------------------------------------------------------- */

TEST(errors_mismatch)
{
    pika_grid_desc desc;
    pika_grid grid, other;
    pika_image image;
    pika_view view;
    int i;
    error_begin();
    good_desc(&desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc));
    for (i = 0; i < 9; i++) { /* whatever differs */
        memset(&other, 0, sizeof other);
        good_desc(&desc);
        if (i == 0) desc.view.width = 5;
        if (i == 1) desc.view.height = 5;
        if (i == 2) desc.view.x.lo = 1;
        if (i == 3) desc.view.y.hi = 11;
        if (i == 4) desc.view.y.scale = PIKA_SYMLOG;
        if (i == 5) desc.view.flags = PIKA_HALF_OPEN_X;
        if (i == 6) desc.planes = PIKA_COUNT | PIKA_SUM;
        if (i == 7) desc.categories = 1;
        if (i == 8) desc.view.total_width = 10, desc.view.total_height = 10;
        CHECK_OK(pika_grid_alloc(&error_ctx, &other, &desc));
        REFUSED(pika_grid_merge(&error_ctx, &grid, &other), PIKA_ERR_MISMATCH, "pika_grid_merge");
        pika_grid_free(&error_ctx, &other);
    }
    good_desc(&desc);
    view = desc.view;
    view.width = 5;
    REFUSED(pika_grid_set_view(&error_ctx, &grid, &view), PIKA_ERR_MISMATCH, "pika_grid_set_view|5|3");
    view = desc.view;
    view.x.hi = 0;
    REFUSED(pika_grid_set_view(&error_ctx, &grid, &view), PIKA_ERR_INVALID, "pika_grid_set_view|x");
    CHECK_EQ(grid.desc.view.x.hi == 10, 1);
    CHECK_OK(pika_image_alloc(&error_ctx, &image, 4, 4));
    REFUSED(pika_shade(&error_ctx, &image, &grid, NULL), PIKA_ERR_MISMATCH, "pika_shade|4");
    pika_image_free(&error_ctx, &image);
    pika_grid_free(&error_ctx, &grid);
    pika_ctx_free(&error_ctx);
}

static void refuse_shade(const pika_grid *grid, pika_image image, const pika_shade_desc *desc,
    pika_result want, const char *parts, int line)
{
    uint8_t before[4 * 3 * 4];
    char all[128];
    memcpy(before, image.pixels != NULL ? image.pixels : (uint8_t *)before,
        image.pixels != NULL ? sizeof before : 0);
    sprintf(all, "pika_shade|%s", parts);
    refused(pika_shade(&error_ctx, &image, grid, desc), want, all, __FILE__, line);
    if (image.pixels != NULL)
        test_equal(memcmp(before, image.pixels, sizeof before), 0, "the image is unchanged", __FILE__, line);
}
#define BAD_SHADE(change, parts) \
    do { \
        memset(&shade, 0, sizeof shade); \
        image = whole; \
        change; \
        refuse_shade(&grid, image, &shade, PIKA_ERR_INVALID, parts, __LINE__); \
    } while (0)

TEST(errors_shade)
{
    const double nan = double_of_bits(UINT64_C(0x7FF8000000000000));
    static const uint32_t colors[3] = {1, 2, 3};
    static const double falling[3] = {0, 0.7, 0.5}, strange[3] = {0, 2, 3};
    double unknown[3];
    pika_colormap map;
    pika_grid_desc desc;
    pika_grid grid;
    pika_image whole, image;
    pika_shade_desc shade;
    pika_color_scale scale;
    const double xs[4] = {1, 2, 3, 4};
    pika_points points = pika_xy_f64(xs, xs, 4);
    error_begin();
    good_desc(&desc);
    memset(&grid, 0, sizeof grid);
    memset(&whole, 0, sizeof whole);
    memset(&shade, 0, sizeof shade);
    memset(&map, 0, sizeof map);
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc));
    CHECK_OK(pika_add_points(&error_ctx, &grid, &points));
    CHECK_OK(pika_image_alloc(&error_ctx, &whole, 4, 3));
    image = whole;
    shade.scale_out = &scale;
    CHECK_OK(pika_shade(&error_ctx, &image, &grid, &shade));
    unknown[0] = 0, unknown[1] = nan, unknown[2] = 1;
    BAD_SHADE(shade.plane = PIKA_SUM, "plane");
    BAD_SHADE(shade.plane = PIKA_COUNT | PIKA_ANY, "plane");
    BAD_SHADE(shade.plane = 1u << 20, "plane");
    BAD_SHADE(shade.transfer = 4, "transfer|4");
    BAD_SHADE(shade.transfer = -1, "transfer|-1");
    BAD_SHADE((shade.lo = 2, shade.hi = 1), "lo|2");
    BAD_SHADE(shade.lo = nan, "lo");
    BAD_SHADE(shade.hi = HUGE_VAL, "hi");
    BAD_SHADE(shade.category = 1, "category|1");
    BAD_SHADE(shade.category = -1, "category|-1");
    BAD_SHADE(shade.alpha_floor = -0.5, "alpha_floor");
    BAD_SHADE(shade.alpha_floor = 1.5, "alpha_floor|1.5");
#ifndef __FAST_MATH__ /* compilers then assume that there is no NaN */
    BAD_SHADE(shade.alpha_floor = nan, "alpha_floor");
#endif
    map.colors = colors, map.count = 0;
    BAD_SHADE(shade.colormap = &map, "colormap|0");
    map.count = 257;
    BAD_SHADE(shade.colormap = &map, "colormap|257");
    map.count = 3, map.positions = falling;
    BAD_SHADE(shade.colormap = &map, "position");
#ifndef __FAST_MATH__
    map.positions = unknown;
    BAD_SHADE(shade.colormap = &map, "position");
#endif
    map.positions = strange;
    BAD_SHADE(shade.colormap = &map, "position");
    map.positions = NULL, map.colors = NULL;
    BAD_SHADE(shade.colormap = &map, "colors");
    scale.levels = 255;
    BAD_SHADE(shade.scale = &scale, "scale");
    scale.levels = 256;
    scale.edge[100] = scale.edge[99] - 1;
    BAD_SHADE(shade.scale = &scale, "scale");
    BAD_SHADE(image.format = 5, "format|5");
    BAD_SHADE(image.format = -1, "format|-1");
    BAD_SHADE(image.stride = 15, "stride|15");
    BAD_SHADE(image.stride = -15, "stride|-15");
    BAD_SHADE(image.pixels = NULL, "pixels");
    memset(&shade, 0, sizeof shade);
    image = whole;
    image.bytes = 4 * 3 * 4 - 1;
    refuse_shade(&grid, image, &shade, PIKA_ERR_SIZE, "bytes|47|48", __LINE__);
    image.stride = 17, image.bytes = 2 * 17 + 15;
    refuse_shade(&grid, image, &shade, PIKA_ERR_SIZE, "bytes|49|50", __LINE__);
    image = whole;
    image.height = 0;
    refuse_shade(&grid, image, NULL, PIKA_ERR_INVALID, "image|4 x 0", __LINE__);
    pika_grid_free(&error_ctx, &grid);
    pika_image_free(&error_ctx, &whole);
    pika_ctx_free(&error_ctx);
}

TEST(errors_images)
{
    pika_image a, b, c;
    pika_png_desc png;
    pika_points points;
    pika_view view, before;
    int i;
    const double xs[2] = {1, 2}, bad[3] = {HUGE_VAL, -HUGE_VAL, double_of_bits(UINT64_C(0x7FF8000000000000))};
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    error_begin();
    CHECK_OK(pika_image_alloc(&error_ctx, &a, 4, 3));
    CHECK_OK(pika_image_alloc(&error_ctx, &b, 3, 4));
    c = b;
    REFUSED(pika_image_alloc(&error_ctx, &c, 0, 4), PIKA_ERR_INVALID, "pika_image_alloc|width|0");
    CHECK_EQ(memcmp(&c, &b, sizeof c), 0);
    REFUSED(pika_image_alloc(&error_ctx, &c, 4, 40000), PIKA_ERR_INVALID, "pika_image_alloc|height|40000");
    REFUSED(pika_spread(&error_ctx, &b, &a, 1, 0), PIKA_ERR_MISMATCH, "pika_spread");
    REFUSED(pika_dynspread(&error_ctx, &b, &a, 0.5, 1, 0, NULL), PIKA_ERR_MISMATCH, "pika_dynspread");
    c = a;
    c.format = PIKA_BGRA8;
    REFUSED(pika_spread(&error_ctx, &c, &a, 1, 0), PIKA_ERR_MISMATCH, "pika_spread|format");
    REFUSED(pika_spread(&error_ctx, &a, &c, 1, 0), PIKA_ERR_MISMATCH, "pika_spread|format");
    pika_image_free(&error_ctx, &b);
    CHECK_OK(pika_image_alloc(&error_ctx, &b, 4, 3));
    REFUSED(pika_spread(&error_ctx, &a, &b, -2, 0), PIKA_ERR_INVALID, "pika_spread|radius|-2");
    REFUSED(pika_spread(&error_ctx, &a, &b, 1, 7), PIKA_ERR_INVALID, "pika_spread|shape|7");
    REFUSED(
        pika_dynspread(&error_ctx, &a, &b, 0.5, -3, 0, NULL), PIKA_ERR_INVALID, "pika_dynspread|radius|-3");
#ifndef __FAST_MATH__
    REFUSED(
        pika_dynspread(&error_ctx, &a, &b, bad[2], 3, 0, NULL), PIKA_ERR_INVALID, "pika_dynspread|threshold");
#endif
    REFUSED(pika_spread(&error_ctx, &a, &b, 65, 0), PIKA_ERR_INVALID, "pika_spread|radius|65");
    REFUSED(pika_spread(&error_ctx, &a, &b, 1, -1), PIKA_ERR_INVALID, "pika_spread|shape|-1");
    REFUSED(pika_dynspread(&error_ctx, &a, &b, 1.5, 3, 0, NULL), PIKA_ERR_INVALID,
        "pika_dynspread|threshold|1.5");
    REFUSED(pika_dynspread(&error_ctx, &a, &b, -0.25, 3, 0, NULL), PIKA_ERR_INVALID,
        "pika_dynspread|threshold|-0.25");
    for (i = 0; i < 6; i++) { /* an image of no size, or too large a one */
        static const int sizes[6][2] = {{0, 3}, {-4, 3}, {32769, 3}, {4, 0}, {4, -3}, {4, 32769}};
        c = a;
        c.width = sizes[i][0], c.height = sizes[i][1];
        REFUSED(pika_encode_ppm(&error_ctx, &c, null_write, NULL), PIKA_ERR_INVALID, "pika_encode_ppm|image");
        c.stride = PTRDIFF_MIN, c.width = 4, c.height = 3; /* its rows do not fit the address space */
        REFUSED(pika_encode_ppm(&error_ctx, &c, null_write, NULL), PIKA_ERR_SIZE, "pika_encode_ppm|image");
    }
    png.level = 10;
    REFUSED(pika_encode_png(&error_ctx, &a, &png, null_write, NULL), PIKA_ERR_INVALID,
        "pika_encode_png|level|10");
    png.level = -2;
    REFUSED(pika_encode_png(&error_ctx, &a, &png, null_write, NULL), PIKA_ERR_INVALID,
        "pika_encode_png|level|-2");
    c = a;
    c.stride = 3;
    REFUSED(pika_encode_png(&error_ctx, &c, NULL, null_write, NULL), PIKA_ERR_INVALID,
        "pika_encode_png|stride|3");
    REFUSED(pika_encode_ppm(&error_ctx, &c, null_write, NULL), PIKA_ERR_INVALID, "pika_encode_ppm|stride|3");
#ifndef PIKA_NO_STDIO
    REFUSED(pika_write_png(&error_ctx, "no/such/folder/x.png", &a), PIKA_ERR_IO,
        "pika_write_png|no/such/folder/x.png");
    REFUSED(pika_write_ppm(&error_ctx, "no/such/folder/x.ppm", &a), PIKA_ERR_IO,
        "pika_write_ppm|no/such/folder/x.ppm");
#endif
    /* pika_fit: the view is unchanged */
    memset(&view, 0, sizeof view);
    view.width = 7, view.height = 8, view.x.lo = 3, view.y.hi = 4, view.flags = PIKA_HALF_OPEN;
    before = view;
    points = pika_xy_f64(bad, bad, 3);
    REFUSED(pika_fit(&error_ctx, &points, &view), PIKA_ERR_INVALID, "pika_fit");
    c = a; /* the short way changes and leaves nothing either */
    REFUSED(pika_points_to_image(&error_ctx, &c, &points, 5, 5), PIKA_ERR_INVALID, "pika_|valid");
    CHECK_EQ(memcmp(&c, &a, sizeof c), 0);
#if !defined(PIKA_NO_STDIO) && !defined(PIKA_NO_PNG)
    remove("pika_test_none.tmp");
    REFUSED(
        pika_points_to_png(&error_ctx, "pika_test_none.tmp", &points, 5, 5), PIKA_ERR_INVALID, "pika_|valid");
    CHECK(remove("pika_test_none.tmp") != 0);
#endif
    points = pika_xy_f64(xs, xs, 0);
    REFUSED(pika_fit(&error_ctx, &points, &view), PIKA_ERR_INVALID, "pika_fit");
    points = pika_xy_f64(xs, NULL, 2);
    REFUSED(pika_fit(&error_ctx, &points, &view), PIKA_ERR_INVALID, "pika_fit|y.data");
    points = pika_xy_f64(xs, xs, 2);
    points.x.stride = 5;
    REFUSED(pika_fit(&error_ctx, &points, &view), PIKA_ERR_INVALID, "pika_fit|x.stride|5");
    CHECK_EQ(memcmp(&view, &before, sizeof view), 0);
    points = pika_xy_f64(xs, xs, 2);
    view.x.scale = 3, before = view;
    REFUSED(pika_fit(&error_ctx, &points, &view), PIKA_ERR_INVALID, "pika_fit|x.scale|3");
    CHECK_EQ(memcmp(&view, &before, sizeof view), 0);
    pika_image_free(&error_ctx, &a);
    pika_image_free(&error_ctx, &b);
    pika_ctx_free(&error_ctx);
}

/* ---- writing ----------------------------------------------------------------------------------------- */

typedef struct write_sink {
    uint8_t *bytes;
    size_t size, room;
    int calls, fail_at, after;
} write_sink;
static int sink_write(void *user, const void *data, size_t size)
{
    write_sink *sink = (write_sink *)user;
    if (sink->fail_at >= 0 && sink->calls > sink->fail_at) sink->after++;
    if (sink->calls++ == sink->fail_at) return 1;
    if (sink->size + size > sink->room) {
        sink->room = (sink->size + size) * 2;
        sink->bytes = (uint8_t *)realloc(sink->bytes, sink->room);
        if (sink->bytes == NULL) abort();
    }
    memcpy(sink->bytes + sink->size, data, size);
    sink->size += size;
    return 0;
}

/* The k-th write fails: told, not asked again, and what came is the beginning of the file. */
TEST(errors_kth_write_fails)
{
    static const int levels[] = {PIKA_PNG_STORED, 1, 0, 6, 9, 100};
    uint64_t random = 1;
    pika_image image;
    int i, k;
    memset(&image, 0, sizeof image);
    error_begin();
    CHECK_OK(pika_image_alloc(&error_ctx, &image, 300, 200));
    for (i = 0; i < 300 * 200 * 4; i++)
        image.pixels[i] = (uint8_t)(test_random(&random) & (i % 1200 < 600 ? 255 : 3));
    for (i = 0; i < 6; i++) {
        write_sink good;
        pika_png_desc png;
        png.level = levels[i];
        memset(&good, 0, sizeof good);
        good.fail_at = -1;
        if (levels[i] == 100) CHECK_OK(pika_encode_ppm(&error_ctx, &image, sink_write, &good));
        else CHECK_OK(pika_encode_png(&error_ctx, &image, &png, sink_write, &good));
        CHECK(good.calls > 0);
        for (k = 0; k < good.calls; k += k < 40 ? 1 : 1 + good.calls / 10) {
            write_sink sink;
            memset(&sink, 0, sizeof sink);
            sink.fail_at = k;
            if (levels[i] == 100)
                REFUSED(
                    pika_encode_ppm(&error_ctx, &image, sink_write, &sink), PIKA_ERR_IO, "pika_encode_ppm");
            else
                REFUSED(pika_encode_png(&error_ctx, &image, &png, sink_write, &sink), PIKA_ERR_IO,
                    "pika_encode_png");
            CHECK_EQ(sink.after, 0);
            CHECK(sink.size < good.size || k == good.calls - 1);
            CHECK(sink.size == 0 || memcmp(sink.bytes, good.bytes, sink.size) == 0);
            free(sink.bytes);
        }
        free(good.bytes);
    }
    pika_image_free(&error_ctx, &image);
    pika_ctx_free(&error_ctx);
}

/* An instruction set that this processor has not, or no build for it can have, is refused. */
TEST(errors_isa_of_another_processor)
{
    const int best = pika_cpu_isa(), is_x86 = best >= PIKA_ISA_SSE2 && best <= PIKA_ISA_AVX512;
    int isa;
    for (isa = PIKA_ISA_SCALAR; isa <= PIKA_ISA_WASM128; isa++) {
        const int runs = isa == PIKA_ISA_SCALAR || isa == best || (is_x86 && isa < best);
        pika_ctx_desc desc;
        pika_ctx ctx;
        memset(&desc, 0, sizeof desc);
        desc.isa = isa;
        CHECK_RESULT(pika_ctx_init(&ctx, &desc), runs ? PIKA_OK : PIKA_ERR_UNSUPPORTED);
        if (runs) CHECK_EQ(ctx.isa, isa);
        else CHECK_HAS(pika_last_error(&ctx), pika_isa_string(isa));
        if (runs) pika_ctx_free(&ctx);
    }
}

/* A scale that falls, or ends in no number, is refused wherever that is: the last edge is one too. */
TEST(errors_every_edge_of_a_scale)
{
    const double ends[3] = {1, 2, 3};
    pika_points points = pika_xy_f64(ends, ends, 3);
    pika_color_scale scale, bad;
    pika_shade_desc shade;
    pika_grid_desc desc;
    pika_image image;
    pika_grid grid;
    char parts[40];
    int i;
    error_begin();
    good_desc(&desc);
    memset(&grid, 0, sizeof grid);
    memset(&image, 0, sizeof image);
    memset(&shade, 0, sizeof shade);
    CHECK_OK(pika_grid_alloc(&error_ctx, &grid, &desc));
    CHECK_OK(pika_add_points(&error_ctx, &grid, &points));
    CHECK_OK(pika_image_alloc(&error_ctx, &image, 4, 3));
    shade.scale_out = &scale;
    CHECK_OK(pika_shade(&error_ctx, &image, &grid, &shade));
    shade.scale_out = NULL;
    shade.scale = &bad;
    for (i = 0; i <= 256; i++) {
        sprintf(parts, "pika_shade|scale.edge[%d]", i);
        bad = scale;
        bad.edge[i] = i == 0 ? -HUGE_VAL : scale.edge[i - 1] - 1;
        REFUSED(pika_shade(&error_ctx, &image, &grid, &shade), PIKA_ERR_INVALID, parts);
        bad.edge[i] = i == 0 ? double_of_bits(UINT64_C(0x7FF8000000000000)) : HUGE_VAL;
        REFUSED(pika_shade(&error_ctx, &image, &grid, &shade), PIKA_ERR_INVALID, parts);
    }
    bad = scale;
    CHECK_OK(pika_shade(&error_ctx, &image, &grid, &shade));
    pika_grid_free(&error_ctx, &grid);
    pika_image_free(&error_ctx, &image);
    pika_ctx_free(&error_ctx);
}

/* One thread misses no scratch, so it is not told of any. */
TEST(errors_no_warning_on_one_thread)
{
    static const float zero[2] = {0, 0};
    static uint64_t cells[64];
    pika_points points = pika_xy_f32(zero, zero, 2);
    int strategy;
    for (strategy = 0; strategy < 4; strategy++) {
        pika_ctx_desc ctx_desc = way_desc(-1, 1, strategy);
        pika_grid_desc desc;
        pika_grid grid;
        memset(&error_log, 0, sizeof error_log);
        memset(&grid, 0, sizeof grid);
        good_desc(&desc);
        ctx_desc.log_fn = error_logged;
        ctx_desc.log_user = &error_log;
        ctx_desc.memory_limit = 1;
        CHECK_OK(pika_ctx_init(&error_ctx, &ctx_desc));
        CHECK_OK(pika_grid_init(&grid, &desc, cells, sizeof cells));
        CHECK_OK(pika_add_points(&error_ctx, &grid, &points));
        CHECK_EQ(pika_grid_counts(&grid)[0], 2);
        CHECK_EQ(error_log.calls, 0);
        pika_ctx_free(&error_ctx);
    }
}

/* Rows that reach over half of the addresses are as many as may be; a byte more is refused. */
TEST(errors_image_of_half_the_addresses)
{
    static uint8_t pixel[1];
    pika_image image;
    memset(&image, 0, sizeof image);
    image.width = 1, image.height = 2;
    image.format = PIKA_GREY8;
    image.pixels = pixel;
    image.bytes = (size_t)-1;
    image.stride = PTRDIFF_MAX - 1; /* and one byte of the last row */
    CHECK_OK(pika__check_image(NULL, "test", &image));
    image.stride = PTRDIFF_MAX;
    CHECK_RESULT(pika__check_image(NULL, "test", &image), PIKA_ERR_SIZE);
    image.stride = -(PTRDIFF_MAX - 1);
    CHECK_OK(pika__check_image(NULL, "test", &image));
    image.stride = -PTRDIFF_MAX;
    CHECK_RESULT(pika__check_image(NULL, "test", &image), PIKA_ERR_SIZE);
}

AREA(errors, LISTED_SAFE(errors_names), LISTED_SAFE(errors_ctx_init), LISTED_SAFE(errors_grid_desc),
    LISTED_SAFE(errors_points), LISTED_SAFE(errors_range_and_type),
    LISTED_SAFE(errors_zeroed_objects_and_null), LISTED_SAFE(errors_status_keeps_the_first),
    LISTED_SAFE(errors_warning_without_scratch), LISTED_SAFE(errors_long_messages_are_cut),
    LISTED_SAFE(errors_mismatch), LISTED_SAFE(errors_shade), LISTED_SAFE(errors_images),
    LISTED_SAFE(errors_kth_write_fails), LISTED_SAFE(errors_isa_of_another_processor),
    LISTED(errors_every_edge_of_a_scale), LISTED_SAFE(errors_no_warning_on_one_thread),
    LISTED_SAFE(errors_image_of_half_the_addresses));
