/* Strategies: direct, private and tiles are ways to one grid. Carries of narrow counters, lengths around the
   thresholds, cells full to the last, the distributions that strategies are chosen by, and job systems. */

typedef struct strategy_way {
    int at, strategy, threads, isa;
} strategy_way;

/* for (memset(&way, 0, sizeof way); strategy_next(&way, every, &ctx); pika_ctx_free(&ctx)): each strategy
   with 1 to 4 threads on the best instruction set; the others (every = 1) have each with one of those. */
static int strategy_next(strategy_way *way, int every, pika_ctx *ctx)
{
    int best = PIKA_ISA_WASM128;
    while (best > PIKA_ISA_SCALAR && (!isa_is_here(best) || (test_way.isa > 0 && best != test_way.isa)))
        best--;
    for (; way->at < (PIKA_ISA_WASM128 + 1) * 16; way->at++) {
        int k = way->at / 16;
        way->isa = k == 0 ? best : k;
        way->threads = way->at / 4 % 4 + 1;
        way->strategy = way->at % 4;
        if (k > 0 && (!every || k == best || !isa_is_here(k))) continue;
        if (k > 0 && (way->strategy + way->threads + k) % 4 != 0) continue;
        if (test_way.isa > 0 && way->isa != test_way.isa) continue;
        if (test_way.strategy >= 0 && way->strategy != test_way.strategy) continue;
        if (test_way.threads > 0 && way->threads != test_way.threads &&
            (test_way.threads <= 4 || way->threads != 4))
            continue;
        if (test_now.quick && (way->strategy + way->threads) % 3 != 0 && test_way.strategy < 0) continue;
        way->at++;
        way_init(ctx, way->isa, test_way.threads > 4 ? test_way.threads : way->threads, way->strategy);
        sprintf(way_name, "isa %s, threads %d, strategy %d", pika_isa_string(way->isa), ctx->threads,
            way->strategy);
        return 1;
    }
    return 0;
}

/* Axes [0, n] of n cells: a row's cell is known without arithmetic, its coordinate is the cell and a half. */
static void cells_desc(pika_grid_desc *desc, int width, int height)
{
    memset(desc, 0, sizeof *desc);
    desc->view.width = width, desc->view.height = height;
    desc->view.x.hi = width, desc->view.y.hi = height;
}

/* The middle of a cell of cells_desc's grid; outside for -1. */
static void cell_middle(int cell, int width, float *x, float *y)
{
    *x = cell < 0 ? -1.0f : (float)(cell % width) + 0.5f;
    *y = cell < 0 ? -1.0f : (float)(cell / width) + 0.5f;
}

/* Adds the points, compares counts and account, and says by what way they differ. */
static int counts_match(pika_ctx *ctx, const pika_grid_desc *desc, const pika_points *points,
    const uint32_t *want, uint64_t outside, uint64_t invalid, const char *what)
{
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    pika_grid grid;
    int good;
    memset(&grid, 0, sizeof grid);
    if (!CHECK_OK(pika_grid_alloc(ctx, &grid, desc))) return 0;
    good = CHECK_OK(pika_add_points(ctx, &grid, points));
    good &= CHECK_EQ(memcmp(pika_grid_counts(&grid), want, cells * sizeof *want), 0);
    good &= CHECK_EQ(grid.total, points->count);
    good &= CHECK_EQ(grid.outside, outside);
    good &= CHECK_EQ(grid.invalid, invalid);
    good &= CHECK_EQ(grid.inside, points->count - outside - invalid);
    good &= CHECK_EQ(grid.hits, grid.inside);
    pika_grid_free(ctx, &grid);
    if (!good && test_now.failures < 20) printf("    %s; %s\n", what, way_name);
    return good;
}

/* ---- carries ----------------------------------------------------------------------------------------- */

/* A counter of a byte or of 16 bits carries between these. */
static const int carry_hits[] = {254, 255, 256, 257, 65534, 65535, 65536, 65537};

enum { CARRY_RUN, CARRY_PAIR, CARRY_FAR_PAIR, CARRY_AMONG_OTHERS, CARRY_TRIPLES, CARRY_PATTERNS };

/* Rows in which every hot cell has `hits` hits in each of so many parts. A part is at least `stretch` rows:
   what is left of them misses the hot cells. Returns the number of rows. */
static size_t carry_rows(float *x, float *y, uint32_t *want, int width, int height, int pattern, int hits,
    int parts, size_t stretch)
{
    static const int hot_cells[CARRY_PATTERNS] = {1, 2, 2, 1, 1};
    const int hot = width * (height / 2) + width / 2, others = width * height;
    const int second = pattern == CARRY_PAIR ? hot + 1 : pattern == CARRY_FAR_PAIR ? others - 1 : hot;
    uint64_t random = (uint64_t)(hits + pattern);
    size_t n = 0, end = 0;
    int part, i;
    memset(want, 0, (size_t)others * sizeof *want);
    for (part = 0; part < parts; part++) {
        for (i = 0; i < hits * hot_cells[pattern]; i++) {
            int cell = i % 2 == 0 ? hot : second, extra = pattern == CARRY_AMONG_OTHERS ? 1 + i % 2
                                                          : pattern == CARRY_TRIPLES    ? i % 3 == 2
                                                                                        : 0;
            for (;; extra--) {
                cell_middle(cell, width, &x[n], &y[n]);
                want[cell]++;
                n++;
                if (extra == 0) break;
                do cell = test_below(&random, others);
                while (cell == hot);
            }
        }
        for (end += stretch; n < end; n++) { /* the rest: outside, and cells that are not hot */
            int cell = n % 5 == 0 ? -1 : (int)(n % (size_t)hot);
            cell_middle(cell, width, &x[n], &y[n]);
            if (cell >= 0) want[cell]++;
        }
    }
    return n;
}

static uint64_t hits_of(const uint32_t *counts, size_t cells)
{
    uint64_t hits = 0;
    while (cells > 0) hits += counts[--cells];
    return hits;
}

enum { PER_CALL, PER_BLOCK, PER_CHUNK }; /* what has so many hits in one cell; of a call, a thread's share */
static void check_carries(int first, int last, int per)
{
    static const int sizes[][2] = {{37, 29}, {300, 11}, {64, 64}};
    static uint32_t want[64 * 64];
    const size_t most = per == PER_CALL ? 4 * 3 * (size_t)carry_hits[last] : (size_t)8 * PIKA__CHUNK;
    float *x = (float *)malloc(2 * most * sizeof *x), *y = x + most;
    int h, pattern;
    for (h = first; h <= last; h++)
        for (pattern = 0; pattern < CARRY_PATTERNS; pattern++) {
            const int *size = sizes[(h + pattern) % 3];
            int threads;
            for (threads = 1; threads <= 4; threads++) { /* the data of so many threads, by all ways */
                pika_grid_desc desc;
                pika_points points;
                pika_ctx ctx;
                strategy_way way;
                char what[80];
                size_t n;
                uint64_t outside;
                const int parts = per == PER_BLOCK ? 2 * threads : threads;
                const size_t stretch = per == PER_CALL ? 0 : per == PER_BLOCK ? PIKA__BLOCK : PIKA__CHUNK;
                if ((first > 3 || per == PER_CHUNK) && (h + pattern + threads) % 2 != 0) continue; /* long */
                if (test_now.quick && (h + pattern + threads) % 4 != 0) continue;
                n = carry_rows(x, y, want, size[0], size[1], pattern, carry_hits[h], parts, stretch);
                CHECK(n <= most);
                points = pika_xy_f32(x, y, n);
                cells_desc(&desc, size[0], size[1]);
                outside = n - hits_of(want, (size_t)size[0] * (size_t)size[1]);
                sprintf(what, "%d hits, pattern %d, %d parts, per %d", carry_hits[h], pattern, parts, per);
                for (memset(&way, 0, sizeof way); strategy_next(&way, first < 4 || pattern % 3 == 0, &ctx);
                     pika_ctx_free(&ctx)) {
                    /* as many threads as parts, or one that has all */
                    if (way.threads != threads && (way.threads != 1 || threads % 2 == 0)) continue;
                    counts_match(&ctx, &desc, &points, want, outside, 0, what);
                }
            }
        }
    free(x);
}
TEST(strategies_carry_of_a_byte_by_call) { check_carries(0, 3, PER_CALL); }
TEST(strategies_carry_of_a_byte_by_block) { check_carries(0, 3, PER_BLOCK); }
TEST(strategies_carry_of_a_byte_by_chunk) { check_carries(0, 3, PER_CHUNK); }
TEST(strategies_carry_of_16_bits_by_call) { check_carries(4, 7, PER_CALL); }

/* Cells of 1, 2, 3 .. 257 hits in one row of cells and 257 .. 1 in the next: what every byte folds to. */
TEST(strategies_every_count_of_a_byte)
{
    enum { WIDTH = 257, STEP = 5 };
    static uint32_t want[WIDTH * 2];
    const size_t n = (size_t)WIDTH * (WIDTH + 1) / 2 * 2;
    uint8_t *rows = (uint8_t *)malloc(n * STEP);
    uint16_t *x = (uint16_t *)malloc(n * sizeof *x);
    uint8_t *y = (uint8_t *)malloc(n);
    pika_points packed = pika_xy(pika_strided(x, PIKA_U16, 0), pika_strided(y, PIKA_U8, 0), n), strided;
    pika_grid_desc desc;
    pika_ctx ctx;
    strategy_way way;
    size_t at = 0, i;
    int round, cell;
    memset(want, 0, sizeof want);
    for (round = 0; round < WIDTH; round++)
        for (cell = round; cell < WIDTH; cell++) {
            x[at] = (uint16_t)cell, y[at++] = 0;
            x[at] = (uint16_t)(WIDTH - 1 - round), y[at++] = 1;
            want[cell]++;
            want[WIDTH + WIDTH - 1 - round]++;
        }
    CHECK_EQ(at, n);
    for (i = 0; i < n; i++) {
        memcpy(rows + i * STEP, &x[i], 2);
        rows[i * STEP + 2] = y[i];
    }
    strided = pika_xy(pika_strided(rows, PIKA_U16, STEP), pika_strided(rows + 2, PIKA_U8, STEP), n);
    cells_desc(&desc, WIDTH, 2);
    for (memset(&way, 0, sizeof way); strategy_next(&way, 1, &ctx); pika_ctx_free(&ctx)) {
        counts_match(&ctx, &desc, &packed, want, 0, 0, "packed integers");
        counts_match(&ctx, &desc, &strided, want, 0, 0, "strided integers");
    }
    free(rows);
    free(x);
    free(y);
}

/* Rows all over the grid but for one cell, whose hits come in a burst or one in three, where a look at eight
   places sees none of them: no sample tells that a byte will wrap. */
TEST(strategies_carry_where_no_sample_sees_it)
{
    enum { WIDTH = 60, HEIGHT = 50, N = 3 * PIKA__CHUNK + 1001, HOT = 20 * WIDTH + 30 };
    static const int hits[] = {200, 254, 255, 256, 257, 511, 512, 513, 1000};
    static uint32_t want[WIDTH * HEIGHT];
    float *x = (float *)malloc(2 * N * sizeof *x), *y = x + N;
    int *cells = (int *)malloc(N * sizeof *cells);
    uint64_t random = 30;
    int h, bursts, i, k;
    for (h = 0; h < (int)(sizeof hits / sizeof hits[0]); h++)
        for (bursts = 1; bursts <= 5; bursts += 4) {
            const int step = h % 2 == 0 ? 1 : 3;
            pika_points points = pika_xy_f32(x, y, N);
            pika_grid_desc desc;
            pika_ctx ctx;
            strategy_way way;
            char what[80];
            if (test_now.quick && h % 4 != 0) continue;
            for (i = 0; i < N; i++) do
                    cells[i] = test_below(&random, WIDTH * HEIGHT);
                while (cells[i] == HOT);
            for (k = 0; k < bursts;
                 k++) /* a seventh of the rows from one to the next, and not at the seams */
                for (i = 0; i < hits[h]; i++) cells[N / 7 * k + N / 14 + i * step] = HOT;
            memset(want, 0, sizeof want);
            for (i = 0; i < N; i++) {
                x[i] = (float)(cells[i] % WIDTH) + 0.5f, y[i] = (float)(cells[i] / WIDTH) + 0.5f;
                want[cells[i]]++;
            }
            CHECK_EQ(want[HOT], hits[h] * bursts);
            cells_desc(&desc, WIDTH, HEIGHT);
            sprintf(what, "%d hits in %d bursts, one row in %d", hits[h], bursts, step);
            for (memset(&way, 0, sizeof way); strategy_next(&way, bursts == 1, &ctx); pika_ctx_free(&ctx))
                counts_match(&ctx, &desc, &points, want, 0, 0, what);
        }
    free(x);
    free(cells);
}

/* So many rows that narrow counters are added up more than once: bytes nearly full the first time, some that
   wrap later, then a cell that takes every row. */
TEST(strategies_carry_after_millions_of_rows)
{
    enum { N = (17 << 18) + 3 };
    static const int starts[] = {400000, 1300000, 1700000, 4300000}, hits[] = {200, 257, 300, 100000};
    static uint32_t want[65536];
    uint8_t *x = (uint8_t *)malloc(2 * N), *y = x + N;
    uint64_t random = 31;
    pika_points points = pika_xy(pika_strided(x, PIKA_U8, 0), pika_strided(y, PIKA_U8, 0), N);
    pika_grid_desc desc;
    pika_ctx ctx;
    strategy_way way;
    int i, k;
    for (i = 0; i + 8 <= 2 * N; i += 8) {
        uint64_t bits = test_random(&random);
        memcpy(x + i, &bits, 8);
    }
    memset(x + 2 * N - 8, 1, 8);
    for (k = 0; k < 4; k++)
        memset(x + starts[k], 77 + k, (size_t)hits[k]), memset(y + starts[k], 5, (size_t)hits[k]);
    memset(want, 0, sizeof want);
    for (i = 0; i < N; i++) want[y[i] * 256 + x[i]]++;
    cells_desc(&desc, 256, 256);
    desc.view.flags = PIKA_HALF_OPEN;
    for (memset(&way, 0, sizeof way); strategy_next(&way, 0, &ctx); pika_ctx_free(&ctx)) {
        if (way.threads > 1 && (way.strategy + way.threads) % 2 == 0) continue;
        counts_match(&ctx, &desc, &points, want, 0, 0, "millions of rows");
    }
    free(x);
}

/* Rows spread over more cells than a cache holds, whose bytes are fetched ahead; and a cell that carries. */
TEST(strategies_carry_of_fetched_bytes)
{
    enum { WIDTH = 2300, HEIGHT = 2000, N = 70000, HITS = 300 };
    float *x = (float *)malloc(2 * N * sizeof *x), *y = x + N;
    uint32_t *want = (uint32_t *)calloc((size_t)WIDTH * HEIGHT, sizeof *want);
    pika_points points = pika_xy_f32(x, y, N);
    uint64_t random = 35;
    pika_grid_desc desc;
    pika_ctx ctx;
    strategy_way way;
    int i;
    if (!CHECK(x != NULL && want != NULL)) return;
    for (i = 0; i < N; i++) {
        const int hit = i >= N / 14 && i < N / 14 + HITS; /* where no sample looks */
        const int cell = hit ? 77 * WIDTH + 55 : test_below(&random, WIDTH * HEIGHT);
        cell_middle(cell, WIDTH, &x[i], &y[i]);
        want[cell]++;
    }
    CHECK(want[77 * WIDTH + 55] >= HITS);
    cells_desc(&desc, WIDTH, HEIGHT);
    for (memset(&way, 0, sizeof way); strategy_next(&way, 1, &ctx); pika_ctx_free(&ctx))
        counts_match(&ctx, &desc, &points, want, 0, 0, "fetched");
    free(want);
    free(x);
}

/* A tenth of the rows is outside: blocks are filled up with rows that count nowhere, more often than a byte
   holds, and nothing behind the grid changes. Then the same where neighbours share cells. */
TEST(strategies_carry_nowhere)
{
    enum { WIDTH = 150, HEIGHT = 131, N = 10 * PIKA__CHUNK + 77, CELLS = WIDTH * HEIGHT, BEHIND = 1024 };
    static uint32_t want[CELLS];
    static uint64_t memory[CELLS / 2 + 2 * BEHIND], before[BEHIND];
    float *x = (float *)malloc(2 * N * sizeof *x), *y = x + N;
    pika_points points = pika_xy_f32(x, y, N);
    uint64_t random = 34, outside;
    pika_grid_desc desc;
    pika_grid grid;
    pika_ctx ctx;
    strategy_way way;
    size_t bytes;
    int i, stays;
    cells_desc(&desc, WIDTH, HEIGHT);
    bytes = pika_grid_bytes(&desc);
    CHECK(bytes + sizeof before <= sizeof memory);
    for (stays = 1; stays <= 12; stays += 11) {
        int cell = 0;
        memset(want, 0, sizeof want);
        for (i = 0, outside = 0; i < N; i++) {
            if (i % stays == 0) cell = test_below(&random, CELLS);
            cell_middle(cell, WIDTH, &x[i], &y[i]);
            if (i % 10 == 3) x[i] = -7, outside++;
            else want[cell]++;
        }
        for (memset(&way, 0, sizeof way); strategy_next(&way, stays == 1, &ctx); pika_ctx_free(&ctx)) {
            memset(memory, 0x5A, sizeof memory);
            if (!CHECK_OK(pika_grid_init(&grid, &desc, memory, bytes))) continue;
            memcpy(before, pika_grid_counts(&grid) + CELLS, sizeof before);
            CHECK_OK(pika_add_points(&ctx, &grid, &points));
            CHECK_EQ(memcmp(pika_grid_counts(&grid), want, sizeof want), 0);
            CHECK_EQ(memcmp(pika_grid_counts(&grid) + CELLS, before, sizeof before), 0);
            CHECK_EQ(grid.outside, outside);
        }
    }
    free(x);
}

/* ---- lengths around every threshold ------------------------------------------------------------------ */

static const size_t thresholds[] = {16, 64, 256, 4096, PIKA__WIDE_BLOCK, PIKA__BYTE_BLOCK, PIKA__BLOCK,
    PIKA__SAMPLED, PIKA__WORTH, PIKA__CHUNK, PIKA__SUPERBLOCK, 4 * PIKA__SUPERBLOCK};
enum { THRESHOLDS = sizeof thresholds / sizeof thresholds[0], LENGTHS = 128 };

/* The thresholds, those that go by cells or threads, and one off each; ascending, each once. */
static int length_list(size_t *out, size_t cells, size_t most)
{
    int n = 0, i, k;
    for (i = 0; i < THRESHOLDS + 8; i++) {
        size_t at = i < THRESHOLDS ? thresholds[i]
                    : i < THRESHOLDS + 4
                        ? cells / 2 * (size_t)(i - THRESHOLDS + 1)    /* AUTO by points a cell */
                        : (size_t)(i - THRESHOLDS - 2) * PIKA__CHUNK; /* a chunk for each */
        int step;
        for (step = -1; step <= 1; step++)
            if (at <= most) out[n++] = at + (size_t)step;
    }
    for (i = 1; i < n; i++) /* by insertion */
        for (k = i; k > 0 && out[k - 1] > out[k]; k--) {
            size_t keep = out[k];
            out[k] = out[k - 1];
            out[k - 1] = keep;
        }
    for (i = k = 0; i < n; i++)
        if (k == 0 || out[k - 1] != out[i]) out[k++] = out[i];
    return k;
}

/* One coordinate: runs, jumps and every cell in turn; some outside, some NaN. */
static void length_row(uint8_t *at, int type, size_t row, int which, int cells, uint64_t *random)
{
    size_t part = row / 300 % 3;
    double v = part == 0   ? (double)(row / 7 % (size_t)(cells + 2))
               : part == 1 ? (double)test_below(random, cells + 2)
                           : (double)(which == 0 ? row % (size_t)cells : (size_t)cells / 3);
    if (row % 97 == 13 && type == PIKA_F32) v = (double)float_of_bits(0x7FC00000u);
    put_value(at, type, v, 0, 0);
}

static void check_lengths(int type, unsigned planes, size_t most)
{
    enum { WIDTH = 61, HEIGHT = 47 };
    const size_t size = (size_t)type_sizes[type];
    uint8_t *x = (uint8_t *)malloc(2 * size * (most + 2)), *y = x + size * (most + 2);
    float *values = (float *)malloc((most + 2) * sizeof *values); /* rising, and sums of them round */
    size_t lengths[LENGTHS], row, done = 0;
    int n, i;
    uint64_t random = test_now.seed + 90;
    pika_grid_desc desc;
    oracle_grid want;
    cells_desc(&desc, WIDTH, HEIGHT);
    desc.planes = planes;
    for (row = 0; row < most + 2; row++) {
        length_row(x + row * size, type, row, 0, WIDTH, &random);
        length_row(y + row * size, type, row + 50, 1, HEIGHT, &random);
        values[row] = (float)row / 7;
    }
    n = length_list(lengths, WIDTH * HEIGHT, most);
    CHECK(n > 20 && n < LENGTHS);
    oracle_init(&want, &desc);
    for (i = 0; i < n; i++) {
        pika_points points = pika_xy(pika_strided(x, type, 0), pika_strided(y, type, 0), lengths[i]);
        pika_ctx ctx;
        strategy_way way;
        const int long_one = lengths[i] > 2 * PIKA__CHUNK, longest = lengths[i] > PIKA__SUPERBLOCK + 1;
        if (test_now.quick && long_one && i % 3 != 0) continue;
        points.value = pika_f32(values);
        oracle_add(&want, &points, done, lengths[i] - done);
        done = lengths[i];
        for (memset(&way, 0, sizeof way); strategy_next(&way, !long_one, &ctx); pika_ctx_free(&ctx)) {
            /* values make what is long slow, and PRIVATE counts alone */
            if (long_one && planes != 0 && (way.strategy != PIKA_STRATEGY_TILES || way.threads % 2 == 0))
                continue;
            if (longest && way.threads != 3 && test_way.threads < 0) continue;
            if (!grid_matches(&ctx, &want, &points, 1)) {
                printf("    %.0f rows; %s\n", (double)lengths[i], way_name);
                break;
            }
        }
    }
    oracle_free(&want);
    free(x);
    free(values);
}
TEST(strategies_lengths_of_counts) { check_lengths(PIKA_F32, PIKA_COUNT, 4 * PIKA__SUPERBLOCK); }
TEST(strategies_lengths_of_values)
{
    check_lengths(PIKA_F32, PIKA_SUM | PIKA_FIRST | PIKA_LAST | PIKA_ARGMAX, PIKA__SUPERBLOCK);
}
TEST(strategies_lengths_of_doubles) { check_lengths(PIKA_F64, PIKA_COUNT | PIKA_LAST, PIKA__WORTH); }
TEST(strategies_lengths_of_bytes) { check_lengths(PIKA_U8, PIKA_COUNT, PIKA__WORTH); }

/* Many calls of one length, so that every call but the first finds a grid in use. */
TEST(strategies_chunks_of_one_length)
{
    enum { WIDTH = 300, HEIGHT = 7, ROWS = 3 };
    static const int lengths[] = {
        1, 15, 16, 17, 63, 64, 65, PIKA__BLOCK - 1, PIKA__BLOCK, PIKA__BLOCK + 1, 4097};
    static uint8_t x[ROWS * 4097 * 4], y[ROWS * 4097 * 4];
    uint64_t random = test_now.seed + 91;
    int i, k;
    size_t row;
    for (row = 0; row < ROWS * 4097; row++) {
        length_row(x + row * 4, PIKA_F32, row, 0, WIDTH, &random);
        length_row(y + row * 4, PIKA_F32, row + 50, 1, HEIGHT, &random);
    }
    for (i = 0; i < (int)(sizeof lengths / sizeof lengths[0]); i++)
        for (k = 0; k < 2; k++) {
            const size_t length = (size_t)lengths[i];
            pika_points all = pika_xy_f32((const float *)(const void *)x, (const float *)(const void *)y, 0);
            pika_grid_desc desc;
            oracle_grid want;
            pika_ctx ctx;
            strategy_way way;
            cells_desc(&desc, WIDTH, HEIGHT);
            desc.planes = k == 0 ? PIKA_COUNT : PIKA_SUM | PIKA_VAR | PIKA_ARGMIN | PIKA_LAST;
            all.value = all.y;
            all.count = ROWS * length;
            oracle_init(&want, &desc);
            oracle_add(&want, &all, 0, all.count);
            for (memset(&way, 0, sizeof way); strategy_next(&way, k == 0, &ctx); pika_ctx_free(&ctx)) {
                pika_grid grid;
                int part;
                memset(&grid, 0, sizeof grid);
                CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
                for (part = 0; part < ROWS; part++) {
                    pika_points rows = points_from(&all, (size_t)part * length);
                    rows.count = length;
                    CHECK_OK(pika_add_points(&ctx, &grid, &rows));
                }
                grid_equals(&grid, &want, way_name);
                pika_grid_free(&ctx, &grid);
            }
            oracle_free(&want);
        }
}

/* ---- records, values and categories in blocks -------------------------------------------------------- */

/* Whoever looks at a grid while it fills finds no more values than rows in a cell. */
static int look_at_values(void *user, uint64_t done, uint64_t total)
{
    const pika_grid *grid = (const pika_grid *)user;
    const uint32_t *present = (const uint32_t *)grid->planes[PIKA__PRESENT];
    size_t cell = present == NULL ? 0 : (size_t)grid->desc.view.width * (size_t)grid->desc.view.height;
    CHECK(done <= total);
    while (cell-- > 0)
        if (!CHECK(present[cell] <= pika_grid_counts(grid)[cell])) return 1;
    return 0;
}

/* Adds the first `count` rows of the points by every way, seven alone and then the others, and compares; every
   other way is looked at meanwhile. Returns the number of ways. */
static int check_rows(const pika_grid_desc *desc, const pika_points *all, size_t count, const char *what)
{
    const size_t before = count > 7 ? 7 : 0;
    oracle_grid want;
    strategy_way way;
    pika_ctx ctx;
    int ways = 0;
    oracle_init(&want, desc);
    oracle_add(&want, all, 0, count);
    for (memset(&way, 0, sizeof way); strategy_next(&way, 0, &ctx); pika_ctx_free(&ctx), ways++) {
        pika_points rows = *all;
        pika_grid grid;
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, desc));
        rows.count = before;
        CHECK_OK(pika_add_points(&ctx, &grid, &rows));
        rows = points_from(all, before);
        rows.count = count - before;
        if (ways % 2 == 1 && desc->categories == 0) {
            ctx.desc.progress_fn = look_at_values;
            ctx.desc.progress_user = &grid;
        }
        CHECK_OK(pika_add_points(&ctx, &grid, &rows));
        if (!grid_equals(&grid, &want, what)) printf("    %.0f rows; %s\n", (double)count, way_name);
        pika_grid_free(&ctx, &grid);
    }
    oracle_free(&want);
    return ways;
}

/* A band's records end one before, at and one behind the end of a piece, of a thread's first and of later ones. */
TEST(strategies_full_pieces)
{
    enum { MOST = 4 * PIKA__PIECE / 4 + 8 };
    static const unsigned planes[] = {PIKA_COUNT, PIKA_SUM | PIKA_FIRST, PIKA_SUM | PIKA_ARGMAX};
    static const size_t records[] = {4, 8, 16};
    static float x[MOST], y[MOST], v[MOST];
    pika_points points = pika_xy_f32(x, y, MOST);
    pika_grid_desc desc;
    int kind, pieces, step, i;
    cells_desc(&desc, 200, 90);
    points.value = pika_f32(v);
    for (i = 0; i < MOST; i++) x[i] = 77.5f, y[i] = i < 7 ? 3.5f : 70.5f, v[i] = (float)i / 3;
    for (kind = 0; kind < 3; kind++)
        for (pieces = 1; pieces <= 4; pieces++)
            for (step = -1; step <= 1; step++) { /* 7 are of the call before */
                const size_t full = (size_t)pieces * PIKA__PIECE / records[kind];
                desc.planes = planes[kind];
                CHECK(check_rows(&desc, &points, 7 + full + (size_t)(step + 1) - 1, "pieces") > 0);
            }
}

/* Means are counted by what they lack, from two rows a cell on: with values that are absent, in one call or
   after others, and where somebody looks at the grid meanwhile. */
TEST(strategies_means_of_absent_values)
{
    enum { WIDTH = 16, HEIGHT = 9, MOST = 80000 };
    static const size_t lengths[] = {7 + 2 * WIDTH * HEIGHT - 1, 7 + 2 * WIDTH * HEIGHT, 3001, MOST};
    static float x[MOST], y[MOST], v[MOST];
    pika_points points = pika_xy_f32(x, y, MOST);
    uint64_t random = test_now.seed + 92;
    pika_grid_desc desc;
    int i, k;
    points.value = pika_f32(v);
    for (k = 0; k < 2; k++) { /* the second passes a near cache: its cells are fetched ahead */
        const int width = k ? 512 : WIDTH, height = k ? 300 : HEIGHT;
        cells_desc(&desc, width, height);
        for (i = 0; i < MOST; i++) {
            x[i] = (float)test_below(&random, width + 1) + 0.5f;
            y[i] = (float)test_below(&random, height) + 0.5f;
            v[i] = i % 11 == 5 ? float_of_bits(0xFFC00001u) : (float)i / 7;
        }
        for (i = k ? 3 : 0; i < 4; i++) {
            desc.planes = PIKA_MEAN;
            CHECK(check_rows(&desc, &points, lengths[i], "means") > 0);
            desc.planes = PIKA_MEAN | PIKA_MIN | PIKA_MAX | PIKA_FIRST | PIKA_LAST;
            CHECK(check_rows(&desc, &points, lengths[i], "means and more") > 0);
            desc.planes = PIKA_MEAN | PIKA_VAR | PIKA_ARGMIN;
            CHECK(check_rows(&desc, &points, lengths[i], "means and moments") > 0);
        }
    }
}

/* Blocks whose rows are all inside, with and without one that has no category, and blocks that have both. */
TEST(strategies_categories_of_blocks)
{
    enum { WIDTH = 40, HEIGHT = 30, KINDS = 6, MOST = 3 * KINDS * PIKA__BLOCK + 77 };
    static float x[MOST], y[MOST], v[MOST];
    static uint8_t narrow[MOST];
    static int32_t wide[MOST];
    pika_points points = pika_xy_f32(x, y, MOST);
    uint64_t random = test_now.seed + 93;
    pika_grid_desc desc;
    int i, k;
    for (i = 0; i < MOST; i++) {
        const int kind = i / PIKA__BLOCK % KINDS, rare = i % 200 == 57;
        x[i] = (float)test_below(&random, WIDTH) + 0.5f;
        y[i] = (float)test_below(&random, HEIGHT) + 0.5f;
        v[i] = (float)i / 7;
        wide[i] = test_below(&random, 5);
        if (kind % 3 == 1 && i % 9 == 2) x[i] = -3; /* outside */
        if (kind % 3 == 2 && i % 300 == 57) y[i] = float_of_bits(0x7FC00000u);
        if (kind >= 3 && rare) wide[i] = i % 400 < 200 ? 5 : 255; /* and in a row that is outside, too */
        if (kind >= 3 && i % 9 == 2 && i % 5 == 0) wide[i] = 77;
        narrow[i] = (uint8_t)wide[i];
        if (kind >= 3 && rare && i % 3 == 0) wide[i] = -1;
    }
    points.value = pika_f32(v);
    for (k = 0; k < 4; k++) {
        cells_desc(&desc, WIDTH, HEIGHT);
        desc.categories = 5;
        desc.planes = k / 2 ? PIKA_SUM | PIKA_LAST : PIKA_COUNT;
        points.category = k % 2 ? pika_strided(wide, PIKA_I32, 0) : pika_strided(narrow, PIKA_U8, 0);
        CHECK(check_rows(&desc, &points, MOST, k % 2 ? "categories of 32 bits" : "categories") > 0);
    }
}

/* ---- a cell that is full ----------------------------------------------------------------------------- */

/* A cell of 2^32 - 1, by merging the grid into itself and one row more, 31 times: the next row is refused
   alone and behind others, of which the first are added. */
TEST(strategies_one_more_than_a_cell_holds)
{
    static const int threads[] = {1, 2, 4};
    enum { N = 2 * PIKA__BLOCK + 5 };
    static float x[N], y[N];
    static const double values[2] = {-3, 5};
    int strategy, t, k, i;
    for (i = 0; i < N; i++) { /* row 5 outside, row 7 invalid, and row `hit`, below, in cell 0 */
        x[i] = i == 5 ? -1.0f : i == 7 ? float_of_bits(0x7FC00000u) : 1.5f;
        y[i] = 0.5f;
    }
    for (strategy = 0; strategy < 4; strategy++)
        for (t = 0; t < 3; t++)
            for (k = 0; k < 4; k++) {
                const int hit = k == 0 ? 0 : k == 1 ? PIKA__BLOCK - 1 : k == 2 ? PIKA__BLOCK : N - 1;
                const uint64_t full = 0xFFFFFFFFu;
                pika_points one, points = pika_xy_f32(x, y, N);
                pika_grid_desc desc;
                pika_grid grid;
                pika_stats stats;
                pika_ctx ctx;
                double out[2];
                uint64_t done;
                size_t row;
                if (test_way.strategy >= 0 && strategy != test_way.strategy) continue;
                way_init(&ctx, -1, threads[t], strategy);
                sprintf(way_name, "threads %d, strategy %d, row %d", threads[t], strategy, hit);
                cells_desc(&desc, 2, 1);
                desc.planes = k % 2 == 0 ? PIKA_COUNT : PIKA_COUNT | PIKA_ARGMAX | PIKA_LAST;
                memset(&grid, 0, sizeof grid);
                CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
                x[hit] = 0.5f;
                one = points_from(&points, (size_t)hit);
                one.count = 1;
                one.value = pika_f64(&values[0]);
                points.value = pika_strided(&x[0], PIKA_F32, 0);
                CHECK_OK(pika_add_points(&ctx, &grid, &one));
                for (i = 1; i < 32; i++) {
                    CHECK_OK(pika_grid_merge(&ctx, &grid, &grid));
                    CHECK_OK(pika_add_points(&ctx, &grid, &one));
                }
                CHECK_EQ(pika_grid_counts(&grid)[0], full);
                CHECK_EQ(grid.total, full);
                /* one more alone */
                CHECK_RESULT(pika_add_points(&ctx, &grid, &one), PIKA_ERR_SIZE);
                CHECK_HAS(pika_last_error(&ctx), "pika_add_points");
                CHECK_EQ(pika_grid_counts(&grid)[0], full);
                CHECK_EQ(grid.total, full);
                /* behind others */
                CHECK_RESULT(pika_add_points(&ctx, &grid, &points), PIKA_ERR_SIZE);
                done = grid.total - full;
                if (!CHECK(done <= (uint64_t)hit)) printf("    %s\n", way_name);
                CHECK_EQ(pika_grid_counts(&grid)[0], full);
                CHECK_EQ(pika_grid_counts(&grid)[1], done - (done > 5) - (done > 7));
                CHECK_EQ(grid.outside, done > 5);
                CHECK_EQ(grid.invalid, done > 7);
                /* going on from there to that row */
                for (row = (size_t)done; row <= (size_t)hit; row++) {
                    pika_points next = points_from(&points, row);
                    next.count = 1;
                    CHECK_RESULT(
                        pika_add_points(&ctx, &grid, &next), row == (size_t)hit ? PIKA_ERR_SIZE : PIKA_OK);
                }
                CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
                CHECK_EQ(stats.total, full + (uint64_t)hit);
                CHECK_EQ(stats.inside + stats.outside + stats.invalid, stats.total);
                CHECK_EQ(stats.hits, stats.inside);
                CHECK_EQ(stats.max_count, full);
                if (k % 2 != 0) { /* rows past 2^32; the refused row left no value behind */
                    CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_ARGMAX, 0, out));
                    CHECK_BITS(out[0], 0.0);
                    CHECK_BITS(out[1], 4294967295.0);
                    CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_LAST, 0, out));
                    CHECK_BITS(out[0], values[0]);
                    CHECK_BITS(out[1], 1.5);
                }
                x[hit] = 1.5f;
                pika_grid_free(&ctx, &grid);
                pika_ctx_free(&ctx);
            }
}

/* ---- distributions ----------------------------------------------------------------------------------- */

enum { UNIFORM, GAUSSIAN, CLUSTERED, WALK, SERIES, ONE_CELL, ZOOMED, DISTRIBUTIONS, SPREAD_ROWS = 70000 };
static const char *const distribution_names[] = {
    "uniform", "gaussian", "clustered", "random walk", "time series", "one cell", "zoomed"};

/* The sum of four uniform numbers, near a normal one: -2..2 by 2^-16, so exact as a float. */
static float bell(uint64_t *random)
{
    uint64_t r = test_random(random);
    int64_t sum = (int64_t)(r & 0xFFFF) + (int64_t)(r >> 16 & 0xFFFF) + (int64_t)(r >> 32 & 0xFFFF);
    return (float)(sum + (int64_t)(r >> 48) - 131072) / 65536.0f;
}

/* Integers and single float operations on them, so that all builds agree. View: [-1, 1] both ways. */
static void spread_rows(float *x, float *y, int distribution)
{
    uint64_t random = 1000 + (uint64_t)distribution;
    int i, at_x = 0, at_y = 0;
    for (i = 0; i < SPREAD_ROWS; i++) {
        uint64_t r = test_random(&random);
        int step_x = (int)(r & 255) - 128, step_y = (int)(r >> 8 & 255) - 128;
        switch (distribution) {
        case UNIFORM:
            x[i] = (float)((int)(r & 0xFFFFF) - 524288) / 524288.0f;
            y[i] = (float)((int)(r >> 20 & 0xFFFFF) - 524288) / 524288.0f;
            break;
        case GAUSSIAN: /* a few outside */
        case ZOOMED:   /* some 9 % inside */
            x[i] = bell(&random) * (distribution == GAUSSIAN ? 0.75f : 4.375f);
            y[i] = bell(&random) * (distribution == GAUSSIAN ? 0.75f : 4.375f);
            break;
        case CLUSTERED:
            x[i] = (float)((int)(r >> 60) - 8) / 9.0f + bell(&random) / 64.0f;
            y[i] = (float)((int)(r >> 56 & 15) - 8) / 9.0f + bell(&random) / 64.0f;
            break;
        case WALK:
            at_x += at_x + step_x > 65536 || at_x + step_x < -65536 ? -step_x : step_x;
            at_y += at_y + step_y > 65536 || at_y + step_y < -65536 ? -step_y : step_y;
            x[i] = (float)at_x / 65536.0f;
            y[i] = (float)at_y / 65536.0f;
            break;
        case SERIES: /* ascending; a column of cells at a time */
            at_y += at_y + step_y > 32768 || at_y + step_y < -32768 ? -step_y : step_y;
            x[i] = (float)(2 * i - SPREAD_ROWS) / (float)SPREAD_ROWS;
            y[i] = (float)(at_y + step_x * 64) / 65536.0f;
            break;
        default: x[i] = 0.25f, y[i] = -0.5f;
        }
        if (i % 1009 == 77 && distribution != ONE_CELL) y[i] = float_of_bits(0xFFC00000u);
    }
}

/* The rule as it is written, for [-1, 1] and floats. Returns the cell, or -1: outside. */
static int spread_cell(float v, int n)
{
    volatile float d = v + 1.0f, scaled;
    if (!(v >= -1.0f && v <= 1.0f)) return -1;
    scaled = d * ((float)n / 2);
    return (int)scaled < n ? (int)scaled : n - 1;
}

enum { PACKED, PAIRS, DOUBLES, LAYOUTS };
static pika_points spread_points(void *memory, const float *x, const float *y, int layout)
{
    float *pairs = (float *)memory;
    double *doubles = (double *)memory;
    int i;
    if (layout == PACKED) return pika_xy_f32(x, y, SPREAD_ROWS);
    for (i = 0; i < SPREAD_ROWS; i++)
        if (layout == PAIRS) pairs[2 * i] = x[i], pairs[2 * i + 1] = y[i];
        else doubles[i] = (double)x[i], doubles[SPREAD_ROWS + i] = (double)y[i];
    if (layout == DOUBLES) return pika_xy_f64(doubles, doubles + SPREAD_ROWS, SPREAD_ROWS);
    return pika_xy(pika_strided(pairs, PIKA_F32, 8), pika_strided(pairs + 1, PIKA_F32, 8), SPREAD_ROWS);
}

/* As doubles the same numbers are subtracted and scaled without rounding, so that some fall elsewhere. */
static int spread_cell_wide(float v, int n)
{
    if (!(v >= -1.0f && v <= 1.0f)) return -1;
    return v < 1.0f ? (int)(((double)v + 1.0) * ((double)n / 2)) : n - 1;
}

TEST(strategies_agree_on_every_distribution)
{
    static const int sizes[][2] = {{256, 256}, {1000, 300}, {1024, 512}, {1920, 270}};
    float *x = (float *)malloc(2 * SPREAD_ROWS * sizeof *x), *y = x + SPREAD_ROWS;
    void *memory = malloc(2 * SPREAD_ROWS * sizeof(double));
    uint32_t *want = (uint32_t *)malloc(1024 * 512 * sizeof *want);
    int distribution, s, i;
    for (distribution = 0; distribution < DISTRIBUTIONS; distribution++) {
        spread_rows(x, y, distribution);
        for (s = 0; s < 4; s++) {
            const int width = sizes[s][0], height = sizes[s][1], layout = (s + distribution) % LAYOUTS;
            pika_points points = spread_points(memory, x, y, layout);
            uint64_t outside = 0, invalid = 0;
            pika_grid_desc desc;
            pika_ctx ctx;
            strategy_way way;
            char what[80];
            cells_desc(&desc, width, height);
            desc.view.x.lo = desc.view.y.lo = -1;
            desc.view.x.hi = desc.view.y.hi = 1;
            memset(want, 0, (size_t)width * (size_t)height * sizeof *want);
            for (i = 0; i < SPREAD_ROWS; i++) {
                int column = layout == DOUBLES ? spread_cell_wide(x[i], width) : spread_cell(x[i], width);
                int row = layout == DOUBLES ? spread_cell_wide(y[i], height) : spread_cell(y[i], height);
                if ((bits_of_float(y[i]) & 0x7FFFFFFFu) > 0x7F800000u) invalid++;
                else if (column < 0 || row < 0) outside++;
                else want[row * width + column]++;
            }
            sprintf(what, "%s, %d x %d, layout %d", distribution_names[distribution], width, height, layout);
            if (distribution == ZOOMED)
                CHECK(outside > SPREAD_ROWS / 100 * 88 && outside < SPREAD_ROWS / 100 * 94);
            else CHECK(outside < SPREAD_ROWS / 20);
            for (memset(&way, 0, sizeof way); strategy_next(&way, s == 1, &ctx); pika_ctx_free(&ctx)) {
                if (way.threads > 2 && (way.threads + s) % 2 != 0) continue;
                if (!counts_match(&ctx, &desc, &points, want, outside, invalid, what)) break;
            }
            if (test_now.quick && distribution % 2 != 0) s++;
        }
    }
    free(x);
    free(memory);
    free(want);
}

/* ---- job systems ------------------------------------------------------------------------------------- */

#ifdef TEST_POSIX
/* One of several that use the library at the same time, each with a job system: `workers` threads take tasks
   in a random order; with `nested` some tasks call the library again, in a context of their own. */
typedef struct job_system {
    const pika_points *points;
    const pika_grid *want; /* of the same points */
    int workers, strategy, nested, bad, calls;
    uint64_t random;
} job_system;

typedef struct job_worker {
    job_system *system;
    const int *order;
    int first, step, count, bad;
    void (*fn)(void *arg, int i);
    void *arg;
} job_worker;

static int nested_call(const pika_points *points, int strategy)
{
    pika_points few = *points;
    pika_ctx_desc ctx_desc = way_desc(-1, 2, strategy);
    pika_grid_desc desc;
    pika_grid grid;
    pika_ctx ctx;
    int bad = pika_ctx_init(&ctx, &ctx_desc) != PIKA_OK;
    few.count = 3000;
    cells_desc(&desc, 20, 10);
    memset(&grid, 0, sizeof grid);
    bad += pika_grid_alloc(&ctx, &grid, &desc) != PIKA_OK;
    bad += pika_add_points(&ctx, &grid, &few) != PIKA_OK;
    bad += grid.total != 3000 || grid.inside + grid.outside + grid.invalid != 3000;
    bad += hits_of(pika_grid_counts(&grid), 200) != grid.inside;
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return bad;
}

static void *job_thread(void *arg)
{
    job_worker *worker = (job_worker *)arg;
    int i;
    for (i = worker->first; i < worker->count; i += worker->step) {
        if (worker->system->nested && i % 16 == 0)
            worker->bad += nested_call(worker->system->points, i / 16 % 4);
        worker->fn(worker->arg, worker->order[i]);
    }
    return NULL;
}

static void job_for(void *user, int count, void (*fn)(void *arg, int i), void *arg)
{
    job_system *system = (job_system *)user;
    pthread_t threads[4];
    job_worker workers[4];
    int *order = (int *)malloc(((size_t)count + 1) * sizeof *order), i;
    if (order == NULL) abort();
    system->calls++;
    for (i = 0; i < count; i++) { /* a shuffle */
        int k = test_below(&system->random, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (i = 0; i < system->workers; i++) {
        workers[i].system = system, workers[i].order = order;
        workers[i].first = i, workers[i].step = system->workers, workers[i].count = count;
        workers[i].fn = fn, workers[i].arg = arg, workers[i].bad = 0;
        if (i > 0 && pthread_create(&threads[i], NULL, job_thread, &workers[i]) != 0) abort();
    }
    job_thread(&workers[0]); /* the caller works too */
    for (i = 0; i < system->workers; i++) {
        if (i > 0) pthread_join(threads[i], NULL);
        system->bad += workers[i].bad;
    }
    free(order);
}

static void *job_user(void *arg)
{
    job_system *system = (job_system *)arg;
    const pika_grid_desc *desc = pika_grid_get_desc(system->want);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    pika_ctx_desc ctx_desc = way_desc(-1, 3, system->strategy);
    const unsigned plane = desc->planes & PIKA_SUM ? PIKA_SUM : PIKA_COUNT;
    double *read = (double *)malloc(2 * cells * sizeof *read);
    pika_grid grid;
    pika_ctx ctx;
    int round;
    ctx_desc.parallel_for = system->workers > 0 ? job_for : NULL; /* 0: the library's own pool */
    ctx_desc.parallel_user = system;
    memset(&grid, 0, sizeof grid);
    system->bad += pika_ctx_init(&ctx, &ctx_desc) != PIKA_OK;
    system->bad += pika_grid_alloc(&ctx, &grid, desc) != PIKA_OK;
    system->bad += pika_grid_read(NULL, system->want, plane, 0, read) != PIKA_OK;
    for (round = 0; round < 2; round++) {
        pika_grid_clear(&ctx, &grid);
        system->bad += pika_add_points(&ctx, &grid, system->points) != PIKA_OK;
        system->bad += memcmp(pika_grid_counts(&grid), pika_grid_counts(system->want), cells * 4) != 0;
        system->bad += pika_grid_read(&ctx, &grid, plane, 0, read + cells) != PIKA_OK;
        system->bad += memcmp(read, read + cells, cells * sizeof *read) != 0;
    }
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    free(read);
    return NULL;
}

/* Four at once, each by another strategy, then each by the next; the first has the library's own threads. */
static void check_job_systems(int nested, unsigned planes)
{
    job_system systems[4];
    pthread_t threads[4];
    float *memory;
    pika_points points = busy_points(&memory);
    pika_grid_desc desc;
    pika_grid want;
    int shift, i;
    busy_desc(&desc, planes);
    desc.view.width = 120, desc.view.height = 90;
    memset(&want, 0, sizeof want);
    CHECK_OK(pika_grid_alloc(NULL, &want, &desc));
    CHECK_OK(pika_add_points(NULL, &want, &points));
    for (shift = 0; shift < (test_now.quick ? 2 : 4); shift++) {
        for (i = 0; i < 4; i++) {
            memset(&systems[i], 0, sizeof systems[i]);
            systems[i].points = &points, systems[i].want = &want;
            systems[i].workers = i, systems[i].nested = nested;
            systems[i].strategy = test_way.strategy >= 0 ? test_way.strategy : (i + shift) % 4;
            systems[i].random = (uint64_t)(i + 4 * shift);
            if (pthread_create(&threads[i], NULL, job_user, &systems[i]) != 0) abort();
        }
        for (i = 0; i < 4; i++) {
            pthread_join(threads[i], NULL);
            if (!CHECK_EQ(systems[i].bad, 0)) printf("    user %d, strategy %d\n", i, systems[i].strategy);
            if (i > 0 && systems[i].strategy == PIKA_STRATEGY_TILES) CHECK(systems[i].calls > 0);
        }
    }
    pika_grid_free(NULL, &want);
    free(memory);
}
#endif
TEST(strategies_of_job_systems_at_the_same_time)
{
#ifdef TEST_POSIX
    check_job_systems(0, PIKA_COUNT);
    check_job_systems(0, PIKA_SUM);
#else
    SKIP("needs POSIX threads");
#endif
}
TEST(strategies_of_nested_contexts)
{
#ifdef TEST_POSIX
    check_job_systems(1, PIKA_COUNT);
    check_job_systems(1, PIKA_SUM);
#else
    SKIP("needs POSIX threads");
#endif
}

static int padded_told;
static void padded_log(void *user, int level, int id, const char *text)
{
    (void)user, (void)id;
    if (level == 2 && strstr(text, "padded") != NULL) padded_told++;
}

/* A time series into a grid whose columns crowd the cache is added in planes of its own and comes back whole. */
TEST(strategies_padded_series)
{
    const size_t n = 300000;
    float *x = (float *)malloc(n * 4), *y = (float *)malloc(n * 4);
    double *value = (double *)malloc(n * 8), *got, *want;
    uint64_t random = test_now.seed + 77;
    size_t i;
    int round;
    pika_points points = pika_xy_f32(x, y, n);
    pika_grid_desc desc;
    for (i = 0; i < n; i++) {
        x[i] = (float)i / (float)n;
        y[i] = (float)test_below(&random, 4096) / 4096;
        value[i] = i % 1000 == 7 ? (double)NAN : test_below(&random, 2000) * 0.001 - 1;
    }
    points.value = pika_f64(value);
    memset(&desc, 0, sizeof desc);
    desc.planes = PIKA_SUM | PIKA_MEAN | PIKA_MIN | PIKA_MAX | PIKA_VAR | PIKA_FIRST | PIKA_LAST |
                  PIKA_ARGMIN | PIKA_ARGMAX;
    desc.view.width = 256, desc.view.height = 512;
    desc.view.x.hi = desc.view.y.hi = 1;
    got = (double *)malloc(256 * 512 * 8);
    want = (double *)malloc(256 * 512 * 8);
    /* as it comes, twice into one grid, without memory for it; into few rows, by three threads */
    for (round = 0; round < 4; round++) {
        pika_ctx_desc ctx_desc;
        pika_grid a, b;
        pika_ctx ctx, direct;
        pika_stats stats, same;
        unsigned plane;
        int k;
        memset(&ctx_desc, 0, sizeof ctx_desc);
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        ctx_desc.threads = 1;
        ctx_desc.strategy = PIKA_STRATEGY_DIRECT;
        for (i = 0; round == 3 && i < n; i++) y[i] = y[i] / 4 + 0.375f;
        CHECK_OK(pika_ctx_init(&direct, &ctx_desc));
        if (round == 3) ctx_desc.threads = 3;
        CHECK_OK(pika_grid_alloc(&direct, &b, &desc));
        ctx_desc.strategy = PIKA_STRATEGY_AUTO;
        ctx_desc.log_fn = padded_log;
        ctx_desc.memory_limit = round == 2 ? pika_grid_bytes(&desc) + 65536 : 0;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_grid_alloc(&ctx, &a, &desc));
        padded_told = 0;
        for (k = 0; k < (round == 1 ? 2 : 1); k++) {
            CHECK_OK(pika_add_points(&ctx, &a, &points));
            CHECK_OK(pika_add_points(&direct, &b, &points));
        }
        if (test_way.strategy <= 0) CHECK_EQ(padded_told, round == 1 ? 2 : 1);
        CHECK_OK(pika_grid_stats(&ctx, &a, &stats));
        CHECK_OK(pika_grid_stats(&ctx, &b, &same));
        CHECK(stats.inside == same.inside && stats.outside == same.outside && stats.invalid == same.invalid);
        CHECK(
            stats.hits == same.hits && stats.max_count == same.max_count && stats.no_value == same.no_value);
        CHECK(stats.no_value > 0 && stats.total == stats.inside);
        for (plane = PIKA_COUNT; plane <= PIKA_ARGMAX; plane <<= 1) {
            if (plane == PIKA_ANY || plane == PIKA_STD) continue;
            CHECK_OK(pika_grid_read(&ctx, &a, plane, 0, got));
            CHECK_OK(pika_grid_read(&ctx, &b, plane, 0, want));
            CHECK(memcmp(got, want, 256 * 512 * 8) == 0);
        }
        pika_grid_free(&ctx, &a);
        pika_grid_free(&direct, &b);
        if (round < 3) CHECK_EQ(ctx.live_bytes, ctx.held_bytes); /* later there are threads */
        pika_ctx_free(&ctx);
        pika_ctx_free(&direct);
    }
    free(got);
    free(want);
    free(value);
    free(y);
    free(x);
}

/* Threads that each have some of the grid's rows, where those are fewer than threads, most of them empty, or all
   points lie in one. */
TEST(strategies_rows_of_threads)
{
    static const int heights[] = {1, 2, 5, 300};
    const size_t n = 20000;
    float *x = (float *)malloc(n * 4), *y = (float *)malloc(n * 4);
    double *got = (double *)malloc(3 * 40 * 300 * 8), *want = (double *)malloc(3 * 40 * 300 * 8);
    uint8_t *kind = (uint8_t *)malloc(n);
    int h, where, scale, threads;
    for (where = 0; where < 5; where++) {
        uint64_t random = test_now.seed + 3;
        pika_points points = pika_xy_f32(x, y, n);
        size_t i;
        for (i = 0; i < n; i++) {
            x[i] = (float)test_below(&random, 1100) / 1000;
            y[i] = where == 0   ? 0.01f
                   : where == 1 ? 1
                   : where == 2 ? (float)test_below(&random, 4096) / 4000
                   : where == 3 ? 0.5f + (float)test_below(&random, 64) / 65536
                                : (float)NAN;
            if (i % 97 == 5) y[i] = i % 2 ? (float)NAN : -1.0f; /* below 0: invalid on a log axis */
            kind[i] = (uint8_t)test_below(&random, 4);
        }
        points.value = points.x;
        points.category.data = kind;
        points.category.type = PIKA_U8;
        for (h = 0; h < 4; h++)
            for (scale = 0; scale < 3; scale++) {
                pika_grid one;
                pika_grid_desc desc;
                pika_stats a, b;
                memset(&desc, 0, sizeof desc);
                memset(&one, 0, sizeof one);
                desc.planes = PIKA_SUM | PIKA_FIRST | PIKA_ARGMAX;
                desc.categories = scale == 2 ? 3 : 0;
                desc.view.width = 40, desc.view.height = heights[h];
                desc.view.x.hi = desc.view.y.hi = 1;
                desc.view.y.lo = 0.01;
                desc.view.y.scale = scale == 1 ? PIKA_LOG10 : PIKA_LINEAR;
                desc.view.flags = scale == 2 ? PIKA_HALF_OPEN_Y : 0;
                for (threads = 1; threads <= 7; threads += 3) {
                    pika_ctx_desc ctx_desc;
                    pika_grid grid;
                    pika_ctx ctx;
                    unsigned plane;
                    memset(&ctx_desc, 0, sizeof ctx_desc);
                    memset(&grid, 0, sizeof grid);
                    ctx_desc.threads = threads;
                    ctx_desc.strategy = PIKA_STRATEGY_DIRECT;
                    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                    CHECK_OK(pika_grid_alloc(NULL, threads == 1 ? &one : &grid, &desc));
                    CHECK_OK(pika_add_points(&ctx, threads == 1 ? &one : &grid, &points));
                    if (threads > 1) {
                        CHECK_OK(pika_grid_stats(&ctx, &one, &a));
                        CHECK_OK(pika_grid_stats(&ctx, &grid, &b));
                        CHECK_EQ(b.inside, a.inside);
                        CHECK_EQ(b.outside, a.outside);
                        CHECK_EQ(b.invalid, a.invalid);
                        CHECK_EQ(b.no_value, a.no_value);
                        CHECK_EQ(b.hits, a.hits);
                        for (plane = PIKA_COUNT; plane <= PIKA_ARGMAX; plane <<= 1) {
                            const int category = desc.categories > 0 ? PIKA_ALL_CATEGORIES : 0;
                            if (plane != PIKA_COUNT && (desc.planes & plane) == 0) continue;
                            CHECK_OK(pika_grid_read(&ctx, &one, plane, category, want));
                            CHECK_OK(pika_grid_read(&ctx, &grid, plane, category, got));
                            CHECK(memcmp(got, want, (size_t)(40 * heights[h]) * 8) == 0);
                        }
                        pika_grid_free(NULL, &grid);
                    }
                    pika_ctx_free(&ctx);
                }
                pika_grid_free(NULL, &one);
            }
    }
    free(kind);
    free(want);
    free(got);
    free(y);
    free(x);
}

static char told_text[256];
static void told_log(void *user, int level, int id, const char *text)
{
    (void)user, (void)id;
    if (level != 2) return;
    strncpy(told_text, text, sizeof told_text - 1);
}

/* What was chosen for what: many rows in few cells, spread rows, few rows, values; and why. */
TEST(strategies_are_told)
{
    static const struct {
        int width, n, threads;
        unsigned planes;
        int hot; /* cells that take all rows; 0 = spread */
        const char *says, *why;
    } cases[] = {
        {300, 70000, 1, PIKA_COUNT, 0, "PRIVATE bytes on 1 thread",
            "70000 rows, 90000 cells; of 4096 sampled"},
        {300, 70000, 1, PIKA_COUNT, 40, "PRIVATE words on 1 thread", "in one cell"},
        {300, 30000, 1, PIKA_COUNT, 0, "DIRECT on 1 thread", "30000 rows, 90000 cells"},
        {100, 30000, 1, PIKA_COUNT, 0, "PRIVATE bytes on 1 thread", "30000 rows, 10000 cells"},
        {300, 140000, 3, PIKA_COUNT, 0, "PRIVATE bytes on 3 threads", "140000 rows"},
        {900, 140000, 3, PIKA_COUNT, 0, "TILES on 3 threads", "140000 rows, 810000 cells"},
        {300, 140000, 3, PIKA_SUM, 0, "TILES on 3 threads", "140000 rows"},
        {300, 140000, 3, PIKA_SUM, 40, "DIRECT on 3 threads", "in one cell"},
        {300, 140000, 9, PIKA_SUM, 40, "TILES on 9 threads", "in one cell"},
        {300, 140000, 1, PIKA_SUM, 0, "DIRECT on 1 thread", "140000 rows"},
        {1000, 505000, 1, PIKA_SUM, 0, "TILES on 1 thread", "1000000 cells"},
        {1000, 500000, 1, PIKA_SUM, 40, "DIRECT on 1 thread", "in one cell"},
        {1000, 499000, 1, PIKA_SUM, 0, "DIRECT on 1 thread", "499000 rows"},
        {900, 500000, 1, PIKA_SUM, 0, "DIRECT on 1 thread", "810000 cells"},
        {900, 500000, 1, PIKA_SUM | PIKA_MIN, 0, "TILES on 1 thread", "810000 cells"},
        {800, 500000, 1, PIKA_SUM | PIKA_ARGMIN, 0, "DIRECT on 1 thread", "640000 cells"},
    };
    const size_t most = 505000;
    float *x = (float *)malloc(most * 4), *y = (float *)malloc(most * 4);
    const int forced = test_strategy;
    int k;
    test_strategy = PIKA_STRATEGY_AUTO;
    for (k = 0; k < (int)(sizeof cases / sizeof cases[0]); k++) {
        uint64_t random = test_now.seed + 5;
        pika_points points = pika_xy_f32(x, y, (size_t)cases[k].n);
        pika_ctx_desc ctx_desc;
        pika_grid_desc desc;
        pika_grid grid;
        pika_ctx ctx;
        int i;
        for (i = 0; i < cases[k].n; i++) {
            const int cells = cases[k].hot > 0 ? cases[k].hot : 1 << 20;
            x[i] = (float)test_below(&random, cells) / (float)cells;
            y[i] = cases[k].hot > 0 ? 0.5f : (float)test_below(&random, cells) / (float)cells;
        }
        points.value = points.x;
        memset(&ctx_desc, 0, sizeof ctx_desc);
        memset(&desc, 0, sizeof desc);
        memset(&grid, 0, sizeof grid);
        ctx_desc.threads = cases[k].threads;
        ctx_desc.log_fn = told_log;
        desc.planes = cases[k].planes;
        desc.view.width = desc.view.height = cases[k].width;
        desc.view.x.hi = desc.view.y.hi = 1;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        if (ctx.threads == cases[k].threads) { /* a build without threads has one */
            CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
            CHECK_OK(pika_add_points(&ctx, &grid, &points));
            CHECK_HAS(told_text, cases[k].says);
            CHECK_HAS(told_text, cases[k].why);
            pika_grid_free(&ctx, &grid);
        }
        pika_ctx_free(&ctx);
    }
    test_strategy = forced;
    free(x);
    free(y);
}

/* An infinite value is a value, in every lane and whatever way it takes. */
TEST(strategies_infinite_values)
{
    static const int counts[] = {1, 3, 4, 7, 483, 961};
    float floats[961];
    double doubles[961];
    int c, way, at;
    for (c = 0; c < 6; c++)
        for (way = 0; way < 4; way++)
            for (at = 0; at < (counts[c] < 8 ? counts[c] : 8); at++) {
                const int n = counts[c], i = n - 1 - at;
                static float x[961], y[961];
                pika_points points = pika_xy_f32(x, y, (size_t)n);
                pika_ctx_desc ctx_desc;
                pika_grid_desc desc;
                pika_grid grid;
                pika_stats stats;
                pika_ctx ctx;
                double v[3];
                int k;
                for (k = 0; k < n; k++) floats[k] = 1, doubles[k] = 1;
                floats[i] = way % 2 ? INFINITY : -INFINITY;
                doubles[i] = (double)floats[i];
                points.value = way < 2 ? pika_f32(floats) : pika_f64(doubles);
                memset(&ctx_desc, 0, sizeof ctx_desc);
                memset(&desc, 0, sizeof desc);
                memset(&grid, 0, sizeof grid);
                ctx_desc.threads = at % 2 ? 3 : 1;
                ctx_desc.strategy = at % 2 ? PIKA_STRATEGY_TILES : PIKA_STRATEGY_DIRECT;
                desc.planes = PIKA_SUM | PIKA_MIN | PIKA_MAX;
                desc.view.width = desc.view.height = 2;
                desc.view.x.hi = desc.view.y.hi = 1;
                CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
                CHECK_OK(pika_add_points(&ctx, &grid, &points));
                CHECK_OK(pika_grid_stats(&ctx, &grid, &stats));
                CHECK_EQ(stats.no_value, 0);
                for (k = 0; k < 3; k++) {
                    double cells[4];
                    static const unsigned planes[] = {PIKA_SUM, PIKA_MIN, PIKA_MAX};
                    CHECK_OK(pika_grid_read(&ctx, &grid, planes[k], 0, cells));
                    v[k] = cells[0];
                }
                CHECK(v[0] == doubles[i]);
                CHECK(v[1] == (way % 2 ? n == 1 ? (double)INFINITY : 1.0 : (double)-INFINITY));
                CHECK(v[2] == (way % 2 ? (double)INFINITY : n == 1 ? (double)-INFINITY : 1.0));
                pika_grid_free(&ctx, &grid);
                pika_ctx_free(&ctx);
            }
}

/* The sample that chooses ends with the rows: the one after them, here outside, is not looked at. */
TEST(strategies_sample_ends_with_the_rows)
{
    enum { MOST = PIKA__SAMPLED + 8 };
    static float x[MOST + 1], y[MOST + 1];
    const int forced = test_strategy;
    size_t n, i;
    test_strategy = PIKA_STRATEGY_AUTO;
    for (n = PIKA__SAMPLED; n <= MOST; n++) {
        pika_points points = pika_xy_f32(x, y, n);
        pika_ctx_desc ctx_desc;
        pika_grid_desc desc;
        pika_grid grid;
        pika_ctx ctx;
        for (i = 0; i < n; i++) x[i] = 0.5f;
        x[n] = 7;
        memset(&ctx_desc, 0, sizeof ctx_desc);
        memset(&grid, 0, sizeof grid);
        ctx_desc.threads = 1;
        ctx_desc.log_fn = told_log;
        cells_desc(&desc, 1, 1);
        memset(told_text, 0, sizeof told_text);
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        CHECK_HAS(told_text, "of 4096 sampled inside 4088 as their neighbour");
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
    test_strategy = forced;
}

/* Rows down a column crowd the cache where the lines of values fall into few sets of it; those that stay in the
   same few lines, or walk, do not, and a few rows are not worth the copy. */
TEST(strategies_padded_where_lines_crowd)
{
    enum { N = 70000, DOWN, WANDER, FEW };
    static const struct {
        int width, height, pattern, padded;
    } cases[] = {{512, 64, DOWN, 1}, {768, 64, DOWN, 1}, {512, 64, FEW, 0}, {512, 64, WANDER, 0},
        {520, 64, DOWN, 0}, {504, 64, DOWN, 0}, {512, 705, DOWN, 1}, {512, 708, DOWN, 0}};
    static float x[N], y[N];
    pika_points points = pika_xy_f32(x, y, N);
    const int forced = test_strategy;
    int k, i;
    test_strategy = PIKA_STRATEGY_AUTO;
    points.value = points.x;
    for (k = 0; k < (int)(sizeof cases / sizeof cases[0]); k++) {
        const int pattern = cases[k].pattern;
        pika_ctx_desc ctx_desc;
        pika_grid_desc desc;
        pika_grid grid;
        pika_ctx ctx;
        for (i = 0; i < N; i++) {
            x[i] = 0.5f;
            y[i] = (float)(pattern == DOWN ? i % 64 : pattern == WANDER ? i / 4 % 64 : i % 3) + 0.5f;
        }
        memset(&ctx_desc, 0, sizeof ctx_desc);
        memset(&grid, 0, sizeof grid);
        ctx_desc.threads = 1;
        ctx_desc.log_fn = padded_log;
        cells_desc(&desc, cases[k].width, cases[k].height);
        desc.planes = PIKA_SUM;
        padded_told = 0;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        if (!CHECK_EQ(padded_told, cases[k].padded)) printf("    case %d\n", k);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
    test_strategy = forced;
}

/* Scattered values in a grid of more than a cache: one thread partitions them, in superblocks of fewer rows than
   there are, or with memory for none of it, and every plane is the same to the last bit. */
TEST(strategies_scattered_values)
{
    enum { WIDTH = 700, HEIGHT = 600, N = 1100000, CELLS = WIDTH * HEIGHT };
    float *x = (float *)malloc(N * 4), *y = (float *)malloc(N * 4), *v = (float *)malloc(N * 4);
    double *got = (double *)malloc(CELLS * 8), *want = (double *)malloc(CELLS * 8);
    pika_points points = pika_xy_f32(x, y, N);
    uint64_t random = test_now.seed + 93;
    const int forced = test_strategy;
    int i, k;
    test_strategy = PIKA_STRATEGY_AUTO;
    points.value = pika_f32(v);
    for (i = 0; i < N; i++) {
        x[i] = (float)test_below(&random, 4 * WIDTH + 4) / 4;
        y[i] = (float)test_below(&random, 4 * HEIGHT + 4) / 4;
        v[i] = i % 77 == 5 ? (float)NAN : (float)test_below(&random, 2000) / 8 - 100;
    }
    for (k = 0; k < 3; k++) {
        pika_ctx_desc ctx_desc;
        pika_grid_desc desc;
        pika_grid a, b;
        pika_ctx ctx, direct;
        unsigned plane;
        memset(&ctx_desc, 0, sizeof ctx_desc);
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        cells_desc(&desc, WIDTH, HEIGHT);
        desc.planes = PIKA_SUM | PIKA_MEAN | PIKA_MIN | PIKA_MAX | PIKA_FIRST | PIKA_LAST;
        if (k == 1) desc.planes |= PIKA_VAR | PIKA_ARGMIN | PIKA_ARGMAX;
        ctx_desc.threads = 1;
        ctx_desc.strategy = PIKA_STRATEGY_DIRECT;
        CHECK_OK(pika_ctx_init(&direct, &ctx_desc));
        ctx_desc.strategy = PIKA_STRATEGY_AUTO;
        ctx_desc.log_fn = told_log;
        ctx_desc.memory_limit = k == 2 ? pika_grid_bytes(&desc) + 1024 : 0;
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_grid_alloc(&ctx, &a, &desc));
        CHECK_OK(pika_grid_alloc(&direct, &b, &desc));
        CHECK_OK(pika_add_points(&ctx, &a, &points));
        CHECK_HAS(told_text, k == 2 ? "DIRECT on 1 thread" : "TILES on 1 thread");
        CHECK_OK(pika_add_points(&direct, &b, &points));
        CHECK(a.inside == b.inside && a.no_value == b.no_value && a.outside == b.outside && a.no_value > 0);
        for (plane = PIKA_COUNT; plane <= PIKA_ARGMAX; plane <<= 1) {
            if ((plane & (desc.planes | PIKA_COUNT)) == 0) continue;
            CHECK_OK(pika_grid_read(&ctx, &a, plane, 0, got));
            CHECK_OK(pika_grid_read(&direct, &b, plane, 0, want));
            CHECK(memcmp(got, want, CELLS * 8) == 0);
        }
        pika_grid_free(&ctx, &a);
        pika_grid_free(&direct, &b);
        pika_ctx_free(&ctx);
        pika_ctx_free(&direct);
    }
    test_strategy = forced;
    free(want);
    free(got);
    free(v);
    free(y);
    free(x);
}

/* A cell with room for 65,536 rows, where counting row by row begins, takes them all. */
TEST(strategies_room_for_the_last_rows)
{
    enum { ROOM = 65536, N = ROOM + PIKA__BLOCK };
    static float x[N], y[N];
    static const size_t parts[] = {1, ROOM - 1, ROOM, ROOM + 1};
    pika_points points = pika_xy_f32(x, y, N), one = pika_xy_f32(x, y, 1);
    pika_grid_desc desc;
    pika_grid grid, full;
    int i, k;
    cells_desc(&desc, 1, 1);
    memset(&full, 0, sizeof full);
    CHECK_OK(pika_grid_alloc(NULL, &full, &desc));
    CHECK_OK(pika_add_points(NULL, &full, &one));
    for (i = 31; i > 0; i--) { /* to 2^32 - 1 - ROOM, bit by bit */
        CHECK_OK(pika_grid_merge(NULL, &full, &full));
        if (i - 1 != 16) CHECK_OK(pika_add_points(NULL, &full, &one));
    }
    CHECK_EQ(pika_grid_counts(&full)[0], 0xFFFFFFFFu - ROOM);
    for (k = 0; k < 4; k++) {
        pika_ctx ctx;
        way_init(&ctx, -1, -1, -1);
        memset(&grid, 0, sizeof grid);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_OK(pika_grid_merge(&ctx, &grid, &full));
        points.count = parts[k];
        CHECK_RESULT(pika_add_points(&ctx, &grid, &points), parts[k] > ROOM ? PIKA_ERR_SIZE : PIKA_OK);
        CHECK_EQ(pika_grid_counts(&grid)[0], 0xFFFFFFFFu - ROOM + (parts[k] < ROOM ? parts[k] : ROOM));
        CHECK_EQ(grid.total, pika_grid_counts(&grid)[0]);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
    pika_grid_free(NULL, &full);
}

/* Bytes are fetched ahead where rows reach more cells than a cache holds, and the core does not look so far. */
TEST(strategies_fetch_what_is_spread)
{
    pika__sample sample;
    pika__plan plan;
    int k, deep, clusters;
    for (clusters = 0; clusters < 2; clusters++)
        for (deep = 0; deep < 2; deep++) {
            memset(&sample, 0, sizeof sample);
            memset(&plan, 0, sizeof plan);
            sample.asked = sample.inside = 4096;
            sample.hottest = 9;
            for (k = 0; k < 256; k++)
                sample.heights[k] = (uint16_t)(!clusters ? 16 : k % 5 == 0 ? 76 : k % 3);
            plan.slots = 1;
            pika__choose_strategy(&plan, PIKA_STRATEGY_AUTO, 0, 0, deep, 1 << 24, 1 << 26, &sample);
            CHECK_EQ(plan.fetch, !clusters && !deep);
            CHECK_EQ(plan.kind, PIKA__CELLS_BYTES);
        }
    for (k = 0; k < 256; k++) sample.heights[k] = k % 4 != 0; /* few are in view: each of them counts */
    sample.inside = 192;
    sample.hottest = 2;
    pika__choose_strategy(&plan, PIKA_STRATEGY_AUTO, 0, 0, 0, 1 << 24, 1 << 26, &sample);
    CHECK_EQ(plan.fetch, 1);
    pika__choose_strategy(&plan, PIKA_STRATEGY_AUTO, 0, 0, 0, 1 << 22, 1 << 26, &sample);
    CHECK_EQ(plan.fetch, 0);
}

/* One thread counts clusters in a large grid in place, if the sample's stretches see the same few patches. */
TEST(strategies_clusters_in_place)
{
    pika__sample sample;
    pika__plan plan;
    int k, patches, revisited, slots;
    for (patches = 16; patches <= 64; patches *= 2)
        for (revisited = 0; revisited < 2; revisited++)
            for (slots = 1; slots <= 2; slots++) {
                const int once = revisited ? patches / 4 : patches / 4 + 1;
                memset(&sample, 0, sizeof sample);
                memset(&plan, 0, sizeof plan);
                sample.asked = sample.inside = 4096;
                sample.hottest = 9;
                for (k = 0; k < patches; k++) sample.patches[k * 7] = k % 2 ? 0x21 : 0xFF;
                for (k = 0; k < once; k++) sample.patches[1023 - k] = (uint8_t)(1 << k % 8);
                plan.slots = slots;
                pika__choose_strategy(&plan, PIKA_STRATEGY_AUTO, 0, 0, 0, 1 << 24, 1 << 26, &sample);
                CHECK_EQ(plan.strategy,
                    slots == 1 && revisited && patches <= 32 ? PIKA_STRATEGY_DIRECT : PIKA_STRATEGY_PRIVATE);
            }
    memset(sample.patches, 0, sizeof sample.patches);
    plan.slots = 1;
    pika__choose_strategy(&plan, PIKA_STRATEGY_AUTO, 0, 0, 0, 1 << 24, 1 << 26, &sample);
    CHECK_EQ(plan.strategy, PIKA_STRATEGY_PRIVATE);
}

/* One thread partitions values that are scattered over more than a cache, where there are rows enough; those of a
   raster or of sorted rows, whose stretches stay in a few patches, it adds in place. */
TEST(strategies_local_values_in_place)
{
    pika__sample sample;
    pika__plan plan;
    int k, patches, slots, wide, enough;
    for (patches = 95; patches <= 97; patches++)
        for (slots = 1; slots <= 2; slots++)
            for (wide = 0; wide < 2; wide++)
                for (enough = 0; enough < 2; enough++) {
                    const size_t rows = (1 << 21) - (enough ? 0 : 4096);
                    memset(&sample, 0, sizeof sample);
                    memset(&plan, 0, sizeof plan);
                    sample.asked = sample.inside = 4096;
                    sample.hottest = 9;
                    for (k = 0; k < 8 * patches; k++) sample.patches[k] |= (uint8_t)(1 << k % 8);
                    plan.slots = slots;
                    pika__choose_strategy(&plan, PIKA_STRATEGY_AUTO, 1, wide, 0, 1 << 22, rows, &sample);
                    CHECK_EQ(plan.strategy, slots == 2 || (wide && enough && patches > 96)
                                                ? PIKA_STRATEGY_TILES
                                                : PIKA_STRATEGY_DIRECT);
                }
}

/* What is partitioned at a time is no larger than what the pool keeps beside a picture's scratch. */
TEST(strategies_partitions_fit_the_pool)
{
    static const int widths[] = {300, 1023, 1024, 1920, 4096, 8192};
    int i, record, threads, least = 0, most = 0;
    for (i = 0; i < 6; i++)
        for (record = 4; record <= 16; record *= 2)
            for (threads = 1; threads <= 64; threads++) {
                pika__tiles_layout layout;
                pika_grid_desc desc;
                size_t rows;
                cells_desc(&desc, widths[i], widths[i]);
                rows = pika__tiles_rows(&desc, threads, (size_t)record, (size_t)-1 / 2);
                pika__tiles_layout_init(&layout, &desc, threads, (size_t)record, rows);
                least += rows == PIKA__SUPERBLOCK;
                most += rows > 3 * PIKA__SUPERBLOCK;
                CHECK(rows >= PIKA__SUPERBLOCK && rows <= (size_t)(1 << 24));
                CHECK(layout.bytes <= PIKA__PARTITION || rows == PIKA__SUPERBLOCK);
                if (threads <= 32) CHECK(layout.bytes <= PIKA__PARTITION);
                CHECK_EQ(pika__tiles_rows(&desc, threads, (size_t)record, 1000), 1000);
            }
    CHECK(least > 0 && most > 0);
}

/* What fills up a block with a few rows outside is counted twice and taken back in place, and nowhere in cells
   of a task's own. */
TEST(strategies_overlap_with_rows_outside)
{
    enum { WIDTH = 64, ROWS = 64 * PIKA__BLOCK * 2 + 7 };
    static float x[ROWS], y[ROWS];
    static uint32_t counts[WIDTH * WIDTH];
    static const int strategies[] = {PIKA_STRATEGY_DIRECT, PIKA_STRATEGY_PRIVATE};
    static const int outside[] = {
        0, 1, 2, PIKA__BYTE_BLOCK / 8, PIKA__BYTE_BLOCK / 8 + 1, PIKA__BLOCK / 8, PIKA__BLOCK / 8 + 1};
    enum { OUTSIDE = sizeof outside / sizeof outside[0] };
    int variant;
    for (variant = 0; variant < 2 * OUTSIDE; variant++) {
        pika_ctx ctx;
        pika_ctx_desc desc;
        pika_grid grid;
        pika_grid_desc wanted;
        pika_points points;
        uint64_t state = 7, inside = 0;
        size_t i, wrong = 0;
        memset(counts, 0, sizeof counts);
        for (i = 0; i < ROWS; i++) {
            const int out = (int)(i % PIKA__BLOCK) < outside[variant / 2];
            const int column = test_below(&state, WIDTH), row = test_below(&state, WIDTH);
            x[i] = ((float)column + 0.5f) / (float)WIDTH;
            y[i] = out ? 2.0f : ((float)row + 0.5f) / (float)WIDTH;
            if (out) continue;
            counts[row * WIDTH + column]++;
            inside++;
        }
        memset(&desc, 0, sizeof desc);
        desc.threads = 1;
        desc.strategy = strategies[variant % 2];
        CHECK_OK(pika_ctx_init(&ctx, &desc));
        memset(&wanted, 0, sizeof wanted);
        wanted.view.width = wanted.view.height = WIDTH;
        wanted.view.x.hi = wanted.view.y.hi = 1;
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &wanted));
        points = pika_xy_f32(x, y, ROWS);
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        for (i = 0; i < WIDTH * WIDTH; i++) wrong += pika_grid_counts(&grid)[i] != counts[i];
        CHECK_EQ(wrong, 0);
        CHECK_EQ(grid.inside, inside);
        CHECK_EQ(grid.outside, ROWS - inside);
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
    }
}

AREA(strategies, LISTED(strategies_clusters_in_place), LISTED(strategies_overlap_with_rows_outside),
    LISTED(strategies_fetch_what_is_spread), LISTED(strategies_padded_series),
    LISTED(strategies_rows_of_threads), LISTED(strategies_infinite_values), LISTED(strategies_are_told),
    LISTED_SAFE(strategies_carry_of_a_byte_by_call), LISTED_SAFE(strategies_carry_of_a_byte_by_block),
    LISTED_SAFE(strategies_carry_of_a_byte_by_chunk), LISTED_SAFE(strategies_carry_of_16_bits_by_call),
    LISTED_SAFE(strategies_carry_where_no_sample_sees_it), LISTED_SAFE(strategies_carry_nowhere),
    LISTED_SAFE(strategies_carry_of_fetched_bytes), LISTED_SAFE(strategies_carry_after_millions_of_rows),
    LISTED_SAFE(strategies_every_count_of_a_byte), LISTED_SAFE(strategies_lengths_of_counts),
    LISTED_SAFE(strategies_lengths_of_values), LISTED_SAFE(strategies_lengths_of_doubles),
    LISTED_SAFE(strategies_lengths_of_bytes), LISTED(strategies_chunks_of_one_length),
    LISTED(strategies_full_pieces), LISTED(strategies_means_of_absent_values),
    LISTED(strategies_categories_of_blocks), LISTED(strategies_one_more_than_a_cell_holds),
    LISTED(strategies_agree_on_every_distribution), LISTED(strategies_of_job_systems_at_the_same_time),
    LISTED(strategies_of_nested_contexts), LISTED(strategies_sample_ends_with_the_rows),
    LISTED(strategies_padded_where_lines_crowd), LISTED(strategies_scattered_values),
    LISTED_SAFE(strategies_local_values_in_place), LISTED_SAFE(strategies_partitions_fit_the_pool),
    LISTED_SAFE(strategies_room_for_the_last_rows));
