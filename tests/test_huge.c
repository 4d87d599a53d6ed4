/* More rows than 32 bits count: 5e9, in columns that are files of 1 MiB mapped over and over. Each pass reads
   20 GB, so they run with --huge alone. */

#if defined(__linux__) && UINTPTR_MAX > 0xFFFFFFFFu
    #define TEST_HUGE 1
#endif

#ifdef TEST_HUGE
enum { HUGE_PERIOD = 1 << 18, HUGE_FILE = 4 * HUGE_PERIOD, HUGE_PLACES = 3 };
static const size_t huge_rows = 5000000000u;
/* What is around these rows has files of its own, so that few rows are inside, also past 2^31 and 2^32. */
static const size_t huge_places[HUGE_PLACES] = {(size_t)1 << 31, (size_t)1 << 32, 5000000000u - 1};

static struct {
    uint8_t *memory; /* column x; column y is the same, one float further */
    size_t bytes;
    float *files[1 + HUGE_PLACES]; /* the common one and those of the places; what is written shows in x */
} huge;

static int huge_file_at(size_t row) /* which of them */
{
    int place;
    for (place = 0; place < HUGE_PLACES; place++)
        if (row / HUGE_PERIOD == huge_places[place] / HUGE_PERIOD ||
            row / HUGE_PERIOD == (huge_places[place] - 1) / HUGE_PERIOD)
            return 1 + place;
    return 0;
}

/* A file without a name, of zeros. Returns -1 where there can be none. */
static int huge_file(void)
{
    FILE *stream = tmpfile();
    int file = stream == NULL ? -1 : dup(fileno(stream));
    if (stream != NULL) fclose(stream);
    if (file >= 0 && ftruncate(file, HUGE_FILE) != 0) {
        close(file);
        file = -1;
    }
    return file;
}

static void huge_free(void)
{
    int i;
    if (huge.memory != NULL) munmap(huge.memory, huge.bytes);
    for (i = 0; i <= HUGE_PLACES; i++)
        if (huge.files[i] != NULL) munmap(huge.files[i], HUGE_FILE);
    memset(&huge, 0, sizeof huge);
}

/* Returns NULL, or what could not be had. */
static const char *huge_init(void)
{
    const size_t periods = huge_rows / HUGE_PERIOD + 1;
    const char *missing = NULL;
    int files[1 + HUGE_PLACES], i;
    size_t at;
    void *memory;
    memset(&huge, 0, sizeof huge);
    for (i = 0; i <= HUGE_PLACES; i++) {
        files[i] = huge_file();
        memory = mmap(NULL, HUGE_FILE, PROT_READ | PROT_WRITE, MAP_SHARED, files[i], 0);
        if (memory == MAP_FAILED) missing = "a temporary file could not be mapped";
        else huge.files[i] = (float *)memory;
    }
    memory = mmap(NULL, periods * HUGE_FILE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) missing = "20 GB of addresses could not be had";
    else huge.memory = (uint8_t *)memory, huge.bytes = periods * HUGE_FILE;
    for (at = 0; at < periods && missing == NULL; at++)
        if (mmap(huge.memory + at * HUGE_FILE, HUGE_FILE, PROT_READ, MAP_SHARED | MAP_FIXED,
                files[huge_file_at(at * HUGE_PERIOD)], 0) == MAP_FAILED)
            missing = "a file could not be mapped 19,074 times: see vm.max_map_count";
    for (i = 0; i <= HUGE_PLACES; i++)
        if (files[i] >= 0) close(files[i]);
    if (missing != NULL) huge_free();
    return missing;
}

static pika_points huge_points(void)
{
    const float *x = (const float *)(const void *)huge.memory;
    pika_points points = pika_xy_f32(x, x + 1, huge_rows);
    points.value = points.x;
    return points;
}

/* Counts of 16 x 16 cells, one of them past 2^31, and the account past 2^32. */
static void huge_check_counts(int threads, int strategy)
{
    uint64_t want[256], outside = 0, invalid = 0, hits = 0, random = 20;
    const int hot = 8 * 16 + 8;
    pika_points points = huge_points();
    pika_grid_desc desc;
    pika_grid grid;
    pika_stats stats;
    pika_ctx ctx;
    int i;
    for (i = 0; i < HUGE_PERIOD; i++) {
        int kind = i % 200;
        float v = kind < 160   ? 8.5f
                  : kind < 188 ? (float)test_below(&random, 16) + 0.25f
                  : kind < 196 ? -1.0f
                               : float_of_bits(0x7FC00000u);
        int file;
        for (file = 0; file <= HUGE_PLACES; file++) huge.files[file][i] = v;
    }
    memset(want, 0, sizeof want);
    for (i = 0; i < HUGE_PERIOD; i++) { /* the periods, and one more of the rows that the last has */
        const uint64_t times = huge_rows / HUGE_PERIOD + ((size_t)i < huge_rows % HUGE_PERIOD);
        const float x = huge.files[0][i], y = huge.files[0][(i + 1) % HUGE_PERIOD];
        if (is_nan_double((double)x) || is_nan_double((double)y)) invalid += times;
        else if (x < 0 || y < 0) outside += times;
        else want[(int)y * 16 + (int)x] += times, hits += times;
    }
    CHECK(want[hot] > UINT64_C(1) << 31 && want[hot] <= 0xFFFFFFFFu);
    CHECK(hits > UINT64_C(1) << 32);
    CHECK_EQ(hits + outside + invalid, huge_rows);
    way_init(&ctx, -1, threads, strategy);
    memset(&grid, 0, sizeof grid);
    cells_desc(&desc, 16, 16);
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    CHECK_OK(pika_add_points(&ctx, &grid, &points));
    CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
    for (i = 0; i < 256; i++) CHECK_EQ(pika_grid_counts(&grid)[i], want[i]);
    CHECK_EQ(stats.total, huge_rows);
    CHECK_EQ(stats.inside, hits);
    CHECK_EQ(stats.outside, outside);
    CHECK_EQ(stats.invalid, invalid);
    CHECK_EQ(stats.hits, hits);
    CHECK_EQ(stats.max_count, want[hot]);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
}

/* Some thousand rows around each place are inside, all others outside or (nan) invalid: planes that keep a
   row or its value, past 2^32 rows in one call and in the next. Cells 12, 13 and 14 are hit at one place
   each; in the others the lowest value comes at the last place, or at the first. */
static void huge_check_rows(int threads, int strategy, int nan)
{
    enum { AROUND = 3000, AGAIN = 2 * AROUND + 20 };
    const size_t again = huge_places[1] - AGAIN / 2;
    pika_points points = huge_points();
    pika_grid_desc desc;
    pika_grid grid;
    pika_ctx ctx;
    oracle_grid want;
    size_t first, row;
    int i, place, call;
    for (i = 0; i <= HUGE_PLACES; i++)
        for (row = 0; row < HUGE_PERIOD; row++) huge.files[i][row] = nan ? float_of_bits(0x7FC00000u) : -1.0f;
    for (place = 0; place < HUGE_PLACES; place++)
        for (row = huge_places[place] - AROUND; row < huge_places[place] + AROUND && row < huge_rows; row++) {
            const int cell = row % 13 == 12 ? 12 + place : (int)(row % 13), up = cell % 2 ? place : 2 - place;
            huge.files[1 + place][row % HUGE_PERIOD] =
                (float)(cell * 256 + up * 64 + (int)(row % 61)) / 256.0f;
        }
    cells_desc(&desc, 16, 16);
    desc.planes = PIKA_FIRST | PIKA_LAST | PIKA_ARGMIN | PIKA_ARGMAX | PIKA_SUM | PIKA_MEAN;
    oracle_init(&want, &desc);
    way_init(&ctx, -1, threads, strategy);
    memset(&grid, 0, sizeof grid);
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    CHECK_OK(pika_add_points(&ctx, &grid, &points));
    for (first = 0; first < huge_rows; first += HUGE_PERIOD) {
        const size_t rest = huge_rows - first < HUGE_PERIOD ? huge_rows - first : HUGE_PERIOD;
        if (huge_file_at(first) != 0) {
            oracle_add(&want, &points, first, rest);
        } else { /* slower than the rest of the test, and known */
            want.total += rest;
            *(nan ? &want.invalid : &want.outside) += rest;
        }
    }
    CHECK(want.inside > 5 * AROUND - 100);
    for (call = 0; call < 2; call++) {
        grid_equals(&grid, &want, way_name);
        for (row = 0; row < HUGE_PERIOD && call == 0; row++) huge.files[2][row] += 0.5f; /* the highest now */
        points = points_from(&points, call == 0 ? again : 0);
        points.count = AGAIN;
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        oracle_add(&want, &points, 0, AGAIN);
    }
    CHECK_EQ(grid.total, huge_rows + 2 * AGAIN);
    grid_equals(&grid, &want, way_name);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    oracle_free(&want);
}

/* All rows in one cell, until it is full: the first rows of the call, and the caller goes on to the last. */
static void huge_check_full(int threads, int strategy)
{
    const uint64_t full = 0xFFFFFFFFu;
    pika_points points = huge_points(), rest;
    pika_grid_desc desc;
    pika_grid grid;
    pika_ctx ctx;
    int i, file;
    for (file = 0; file <= HUGE_PLACES; file++)
        for (i = 0; i < HUGE_PERIOD; i++) huge.files[file][i] = 0.5f;
    way_init(&ctx, -1, threads, strategy);
    memset(&grid, 0, sizeof grid);
    cells_desc(&desc, 3, 2);
    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
    CHECK_RESULT(pika_add_points(&ctx, &grid, &points), PIKA_ERR_SIZE);
    CHECK(grid.total > full - 65536 && grid.total <= full);
    CHECK_EQ(pika_grid_counts(&grid)[0], grid.total);
    CHECK_EQ(grid.inside, grid.total);
    rest = points_from(&points, (size_t)grid.total);
    rest.count = (size_t)(full - grid.total);
    CHECK_OK(pika_add_points(&ctx, &grid, &rest));
    CHECK_EQ(pika_grid_counts(&grid)[0], full);
    rest.count = 1;
    CHECK_RESULT(pika_add_points(&ctx, &grid, &rest), PIKA_ERR_SIZE);
    CHECK_EQ(pika_grid_counts(&grid)[0], full);
    CHECK_EQ(grid.total, full);
    CHECK_EQ(grid.hits, full);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
}

/* which: counts, rows or a full cell */
static const char *huge_check(int which, int threads, int strategy, int nan)
{
    const char *missing = huge_init();
    if (missing != NULL) return missing;
    sprintf(way_name, "threads %d, strategy %d", threads, strategy);
    if (which == 0) huge_check_counts(threads, strategy);
    if (which == 1) huge_check_rows(threads, strategy, nan);
    if (which == 2) huge_check_full(threads, strategy);
    huge_free();
    return NULL;
}
    #define HUGE_CHECK(which, threads, strategy, nan) \
        const char *missing = huge_check(which, threads, strategy, nan); \
        if (missing != NULL) SKIP(missing)
#else
    #define HUGE_CHECK(which, threads, strategy, nan) SKIP("needs Linux and addresses of 64 bits")
#endif

TEST(huge_counts) { HUGE_CHECK(0, 0, PIKA_STRATEGY_AUTO, 0); }
TEST(huge_counts_direct) { HUGE_CHECK(0, 1, PIKA_STRATEGY_DIRECT, 0); }
TEST(huge_counts_private) { HUGE_CHECK(0, 3, PIKA_STRATEGY_PRIVATE, 0); }
TEST(huge_rows) { HUGE_CHECK(1, 1, PIKA_STRATEGY_AUTO, 0); }
TEST(huge_rows_tiles) { HUGE_CHECK(1, 2, PIKA_STRATEGY_TILES, 1); }
TEST(huge_cell_full) { HUGE_CHECK(2, 0, PIKA_STRATEGY_AUTO, 0); }

AREA(huge, LISTED(huge_counts), LISTED(huge_counts_direct), LISTED(huge_counts_private), LISTED(huge_rows),
    LISTED(huge_rows_tiles), LISTED(huge_cell_full));
