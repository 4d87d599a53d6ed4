/* Threads: the pool, the caller's parallel_for, thread starts that fail, stacks, cancelling and resuming. */

enum { THREAD_ROWS = 140000, BUSY_TASKS = 128 }; /* AUTO wakes threads from 131,072 on */

static pika_points busy_points(float **memory)
{
    uint64_t random = 11;
    float *x = (float *)malloc(2 * THREAD_ROWS * sizeof *x);
    pika_points points = pika_xy_f32(x, x + THREAD_ROWS, THREAD_ROWS);
    int i;
    for (i = 0; i < 2 * THREAD_ROWS; i++)
        x[i] = (float)(test_random(&random) >> 44) / 1048576.0f * 1.5f - 0.25f;
    points.value = pika_f32(x + THREAD_ROWS / 2);
    *memory = x;
    return points;
}
static void busy_desc(pika_grid_desc *desc, unsigned planes)
{
    memset(desc, 0, sizeof *desc);
    desc->view.width = 700, desc->view.height = 500;
    desc->view.x.hi = desc->view.y.hi = 1;
    desc->planes = planes;
}

static struct {
    int mode, calls, bad;
    uint64_t random;
} loop;

#ifdef TEST_POSIX
typedef struct loop_task {
    void (*fn)(void *arg, int i);
    void *arg;
    int i;
} loop_task;
static void *loop_thread(void *arg)
{
    loop_task *task = (loop_task *)arg;
    task->fn(task->arg, task->i);
    return NULL;
}
/* 64 KiB is what musl gave a thread for years; sanitizers need more for themselves. */
static size_t small_stack(void)
{
    #if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 1u << 20;
    #elif defined(__has_feature)
        #if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
            __has_feature(memory_sanitizer)
    return 1u << 20;
        #else
    return 65536;
        #endif
    #else
    return 65536;
    #endif
}
#endif

static void loop_for(void *user, int count, void (*fn)(void *arg, int i), void *arg)
{
    int order[BUSY_TASKS], i;
    loop.calls++;
    if (user != &loop || count < 0 || count > BUSY_TASKS) {
        loop.bad++;
        return;
    }
    for (i = 0; i < count; i++) order[i] = loop.mode == 1 ? count - 1 - i : i;
    for (i = count - 1; i > 0 && loop.mode == 2; i--) {
        int k = test_below(&loop.random, i + 1), keep = order[i];
        order[i] = order[k];
        order[k] = keep;
    }
#ifdef TEST_POSIX
    if (loop.mode == 3) {
        pthread_t threads[BUSY_TASKS];
        loop_task tasks[BUSY_TASKS];
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        {
            size_t size = small_stack(); /* some systems want more at least */
            while (pthread_attr_setstacksize(&attr, size) != 0 && size < (1u << 20)) size *= 2;
        }
        for (i = 0; i < count; i++) {
            tasks[i].fn = fn, tasks[i].arg = arg, tasks[i].i = i;
            if (pthread_create(&threads[i], &attr, loop_thread, &tasks[i]) != 0) abort();
        }
        for (i = 0; i < count; i++) pthread_join(threads[i], NULL);
        pthread_attr_destroy(&attr);
        return;
    }
#endif
    for (i = 0; i < count; i++) fn(arg, order[i]);
}

static void check_loops(int mode)
{
    static const unsigned planes[] = {PIKA_COUNT, ALL_PLANES};
    float *memory;
    pika_points points = busy_points(&memory);
    int k, strategy, isa;
    test_thread_counted = 1;
    for (k = 0; k < 2; k++) {
        oracle_grid want;
        pika_grid_desc desc;
        busy_desc(&desc, planes[k]);
        if (k > 0) desc.view.width = 90; /* what reads planes is slow, not what makes them */
        oracle_init(&want, &desc);
        oracle_add(&want, &points, 0, points.count);
        for (strategy = 0; strategy < 4; strategy++)
            for (isa = 0; isa < 2; isa++) {
                pika_ctx_desc ctx_desc =
                    way_desc(isa == 0 ? PIKA_ISA_SCALAR : -1, isa == 0 ? 7 : 3, strategy);
                pika_ctx ctx;
                if (test_now.quick ? isa == 0 || strategy == 2 : isa == 0 && (strategy != 3 || k == 0))
                    continue;
                memset(&loop, 0, sizeof loop);
                loop.mode = mode;
                loop.random = 3;
                ctx_desc.parallel_for = loop_for;
                ctx_desc.parallel_user = &loop;
                test_threads_started = 0;
                CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                sprintf(way_name, "parallel_for %d, strategy %d", mode, strategy);
                grid_matches(&ctx, &want, &points, 1);
                pika_ctx_free(&ctx);
                CHECK_EQ(loop.bad, 0);
                CHECK_EQ(test_threads_started, 0); /* your job system: pika starts no thread */
                if (strategy != PIKA_STRATEGY_AUTO && k == 0) CHECK(loop.calls > 0);
            }
        oracle_free(&want);
    }
    free(memory);
}
TEST(threads_parallel_for_plain_loop) { check_loops(0); }
TEST(threads_parallel_for_reversed) { check_loops(1); }
TEST(threads_parallel_for_random_order) { check_loops(2); }
TEST(threads_parallel_for_64k_stacks)
{
#ifdef TEST_POSIX
    check_loops(3);
#else
    SKIP("needs POSIX threads");
#endif
}

/* Starting fewer threads than asked for, or none, gives the same grid. */
TEST(threads_kth_start_fails)
{
    float *memory;
    pika_points points = busy_points(&memory);
    int k, strategy, asked = 0;
    oracle_grid want;
    pika_grid_desc desc;
    test_thread_counted = 1;
    busy_desc(&desc, PIKA_COUNT | PIKA_SUM);
    oracle_init(&want, &desc);
    oracle_add(&want, &points, 0, points.count);
    for (strategy = 0; strategy < 4; strategy++)
        for (k = 0; k < 7; k++) {
            pika_ctx ctx;
            if (test_now.quick ? k > 1 : k % 3 == 2 || strategy == 1) continue;
            test_threads_started = 0;
            test_thread_fail_at = k;
            way_init(&ctx, -1, 7, strategy);
            sprintf(way_name, "start %d fails, strategy %d", k, strategy);
            grid_matches(&ctx, &want, &points, 1);
            grid_matches(&ctx, &want, &points, 2); /* and the pool that came up short goes on working */
            CHECK(test_threads_started <= k);
            if (strategy >= 2 && ctx.threads > 1)
                CHECK_EQ(test_threads_started, k < ctx.threads - 1 ? k : ctx.threads - 1);
            asked |= test_threads_started > 0;
            pika_ctx_free(&ctx);
        }
    test_thread_fail_at = -1;
    oracle_free(&want);
    free(memory);
    CHECK_EQ(pika__test_thread_start(), 0); /* the hook itself */
#if defined(TEST_POSIX) && !defined(PIKA_NO_THREADS)
    CHECK(asked); /* else it is not called and the test is empty */
#else
    (void)asked;
#endif
}

/* Init starts nothing, little work starts nothing, 1 thread never starts one; free joins and can be repeated.
 */
TEST(threads_start_when_worth_it)
{
    static const float few[4] = {0.1f, 0.2f, 0.3f, 0.4f};
    float *memory;
    pika_points points = busy_points(&memory), small = pika_xy_f32(few, few, 4);
    int round;
    test_thread_counted = 1;
    for (round = 0; round < 3; round++) {
        pika_ctx ctx;
        pika_grid grid;
        pika_grid_desc desc;
        memset(&grid, 0, sizeof grid);
        test_threads_started = 0;
        way_init(&ctx, -1, round == 0 ? 1 : 3, round == 2 ? PIKA_STRATEGY_PRIVATE : 0);
        CHECK_EQ(test_threads_started, 0);
        busy_desc(&desc, PIKA_COUNT);
        CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
        CHECK_EQ(test_threads_started, 0);
        if (round == 1) {
            CHECK_OK(pika_add_points(&ctx, &grid, &small));
            if (test_way.strategy <= 0) CHECK_EQ(test_threads_started, 0); /* a forced one wakes them */
        }
        CHECK_OK(pika_add_points(&ctx, &grid, &points));
        if (round == 0) CHECK_EQ(test_threads_started, 0);
        CHECK(test_threads_started <= 2); /* the caller is the third */
        pika_grid_free(&ctx, &grid);
        pika_ctx_free(&ctx);
        pika_ctx_free(&ctx);
    }
    free(memory);
}

/* ---- cancelling and resuming ------------------------------------------------------------------------- */

static struct {
    int calls, stop_at, bad;
    uint64_t last, total;
#ifdef TEST_POSIX
    pthread_t caller;
#endif
} progress;
static int progress_stops(void *user, uint64_t done, uint64_t total)
{
    if (user != &progress || done > total || done < progress.last) progress.bad++;
#ifdef TEST_POSIX
    if (!pthread_equal(progress.caller, pthread_self())) progress.bad++;
#endif
    progress.last = done;
    progress.total = total;
    return progress.calls++ == progress.stop_at;
}

/* From here on the progress of contexts so described is watched; `stop` calls are let pass. */
static void progress_watch(pika_ctx_desc *desc, int stop)
{
    memset(&progress, 0, sizeof progress);
    progress.stop_at = stop;
#ifdef TEST_POSIX
    progress.caller = pthread_self();
#endif
    desc->progress_fn = progress_stops;
    desc->progress_user = &progress;
}

static pika_points points_from(const pika_points *points, size_t row)
{
    pika_points rest = *points;
    rest.count -= row;
    rest.x.data = oracle_at(&points->x, row);
    rest.y.data = oracle_at(&points->y, row);
    if (points->value.data != NULL) rest.value.data = oracle_at(&points->value, row);
    if (points->category.data != NULL) rest.category.data = oracle_at(&points->category, row);
    return rest;
}

TEST(threads_cancel_and_resume)
{
    float *memory;
    pika_points points = busy_points(&memory);
    int threads, strategy, stop, k;
    for (k = 0; k < 2; k++) {
        oracle_grid whole, part;
        pika_grid_desc desc;
        busy_desc(&desc, k == 0 ? PIKA_COUNT : PIKA_SUM | PIKA_VAR | PIKA_FIRST | PIKA_ARGMAX);
        desc.view.width = 90;
        oracle_init(&whole, &desc);
        oracle_init(&part, &desc);
        oracle_add(&whole, &points, 0, points.count);
        for (threads = 1; threads <= 3; threads += 2)
            for (strategy = 0; strategy < 4; strategy++)
                for (stop = 0; stop < 40; stop = stop < 3 ? stop + 1 : stop * 3) {
                    pika_ctx_desc ctx_desc = way_desc(-1, threads, strategy);
                    pika_ctx ctx;
                    pika_grid grid;
                    pika_result result;
                    pika_points rest;
                    if (test_now.quick && (stop > 1 || strategy == 2)) continue;
                    memset(&grid, 0, sizeof grid);
                    progress_watch(&ctx_desc, stop);
                    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
                    result = pika_add_points(&ctx, &grid, &points);
                    CHECK_EQ(progress.bad, 0);
                    CHECK(progress.calls > 0); /* so many rows without a word are too many */
                    CHECK_EQ(progress.total, points.count);
                    if (result == PIKA_ERR_CANCELLED) {
                        CHECK_EQ(progress.calls, stop + 1); /* not asked again */
                        CHECK(grid.total < points.count || progress.last == points.count);
                        CHECK_HAS(pika_last_error(&ctx), "pika_add_points");
                        CHECK_RESULT(pika_status(&ctx), PIKA_ERR_CANCELLED);
                        oracle_clear(&part);
                        oracle_add(&part, &points, 0, (size_t)grid.total);
                        grid_equals(&grid, &part, "the first rows after cancelling");
                        rest = points_from(&points, (size_t)grid.total);
                        progress.stop_at = -1;
                        progress.last = 0;
                        CHECK_OK(pika_add_points(&ctx, &grid, &rest));
                    } else {
                        CHECK_OK(result);
                        CHECK(
                            progress.calls <= stop || progress.last == points.count); /* too late to cancel */
                    }
                    grid_equals(&grid, &whole, "resumed");
                    pika_grid_free(&ctx, &grid);
                    pika_ctx_free(&ctx);
                }
        oracle_free(&whole);
        oracle_free(&part);
    }
    free(memory);
}

/* So many rows that every way reports on the way: the grid holds exactly the rows before the cancelling, by a
   count as plain as can be (the cells are the values themselves). */
TEST(threads_cancel_midway_and_resume)
{
    enum { N = 1500001 };
    static uint32_t want[256 * 256];
    static double sums[256 * 256], read[256 * 256];
    uint8_t *x = (uint8_t *)malloc(2 * N);
    uint64_t random = 12;
    int i, k, threads, strategy, stop, midway = 0;
    pika_points points = pika_xy(pika_strided(x, PIKA_U8, 0), pika_strided(x + N, PIKA_U8, 0), N);
    for (i = 0; i < 2 * N; i += 8) {
        uint64_t r = test_random(&random) & test_random(&random);
        memcpy(x + i, &r, i + 8 <= 2 * N ? 8 : (size_t)(2 * N - i));
    }
    points.value = points.y;
    for (k = 0; k < 2; k++)
        for (threads = 1; threads <= 3; threads += 2)
            for (strategy = 0; strategy < 4; strategy++)
                for (stop = 0; stop < 2; stop++) {
                    pika_ctx_desc ctx_desc = way_desc(-1, threads, strategy);
                    pika_ctx ctx;
                    pika_grid grid;
                    pika_grid_desc desc;
                    pika_points rest;
                    pika_result result;
                    if ((test_now.quick || k > 0) && (stop == 0) == (strategy == 3)) continue;
                    memset(&desc, 0, sizeof desc);
                    memset(&grid, 0, sizeof grid);
                    memset(&progress, 0, sizeof progress);
                    progress.stop_at = stop;
#ifdef TEST_POSIX
                    progress.caller = pthread_self();
#endif
                    desc.view.width = desc.view.height = 256;
                    desc.view.x.hi = desc.view.y.hi = 256;
                    desc.planes = k == 0 ? PIKA_COUNT : PIKA_SUM;
                    ctx_desc.progress_fn = progress_stops;
                    ctx_desc.progress_user = &progress;
                    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
                    CHECK_OK(pika_grid_alloc(&ctx, &grid, &desc));
                    result = pika_add_points(&ctx, &grid, &points);
                    midway += result == PIKA_ERR_CANCELLED;
                    CHECK_EQ(progress.last, grid.total);
                    for (;;) {
                        memset(want, 0, sizeof want);
                        memset(sums, 0, sizeof sums);
                        for (i = 0; i < (int)grid.total; i++) {
                            want[x[N + i] * 256 + x[i]]++;
                            sums[x[N + i] * 256 + x[i]] += x[N + i];
                        }
                        CHECK_EQ(memcmp(want, pika_grid_counts(&grid), sizeof want), 0);
                        CHECK_EQ(grid.inside, grid.total);
                        if (k == 1) {
                            CHECK_OK(pika_grid_read(&ctx, &grid, PIKA_SUM, 0, read));
                            CHECK_EQ(memcmp(sums, read, sizeof sums), 0);
                        }
                        if (grid.total == N) break;
                        CHECK_RESULT(result, PIKA_ERR_CANCELLED);
                        rest = points_from(&points, (size_t)grid.total);
                        progress.stop_at = -1;
                        progress.last = 0;
                        result = pika_add_points(&ctx, &grid, &rest);
                        if (!CHECK_OK(result)) break;
                    }
                    CHECK_EQ(progress.bad, 0);
                    pika_grid_free(&ctx, &grid);
                    pika_ctx_free(&ctx);
                }
    CHECK(midway >= (test_now.quick ? 2 : 6));
    free(x);
}

/* A cell near 2^32 - 1, made by merging doublings: exactly the first rows arrive, and others can go on. */
TEST(threads_cell_full_and_resume)
{
    static const int rooms[] = {0, 1, 3, 1024, 5000, 66000, 110000};
    enum { N = 300000 };
    float *x = (float *)malloc(N * sizeof *x), *y = (float *)malloc(N * sizeof *y);
    int i, room, strategy, threads;
    for (i = 0; i < N; i++) x[i] = i % 3 == 0 ? 0.25f : 0.75f, y[i] = 0.5f; /* every third row into cell 0 */
    for (room = 0; room < 7; room++)
        for (strategy = 0; strategy < 4; strategy++)
            for (threads = 1; threads <= 3; threads += 2) {
                pika_grid_desc desc;
                pika_grid doubled, full;
                pika_points one = pika_xy_f32(x, y, 1), points = pika_xy_f32(x, y, N);
                uint32_t target = 0xFFFFFFFFu - (uint32_t)rooms[room];
                pika_ctx ctx;
                pika_stats stats;
                uint64_t before;
                size_t k, in_first = 0;
                int bit;
                memset(&desc, 0, sizeof desc);
                memset(&doubled, 0, sizeof doubled);
                memset(&full, 0, sizeof full);
                one_value_view(&desc.view, 0, 1, 2);
                way_init(&ctx, -1, threads, strategy);
                CHECK_OK(pika_grid_alloc(&ctx, &doubled, &desc));
                CHECK_OK(pika_grid_alloc(&ctx, &full, &desc));
                CHECK_OK(pika_add_points(&ctx, &doubled, &one));
                for (bit = 0; bit < 32; bit++) {
                    pika_grid copy;
                    if (target >> bit & 1) CHECK_OK(pika_grid_merge(&ctx, &full, &doubled));
                    if (bit == 31) break;
                    memset(&copy, 0, sizeof copy);
                    CHECK_OK(pika_grid_alloc(&ctx, &copy, &desc));
                    CHECK_OK(pika_grid_merge(&ctx, &copy, &doubled));
                    CHECK_OK(pika_grid_merge(&ctx, &doubled, &copy));
                    pika_grid_free(&ctx, &copy);
                }
                CHECK_EQ(pika_grid_counts(&full)[0], target);
                CHECK_EQ(full.total, target);
                /* merging past the end is refused and changes nothing */
                CHECK_RESULT(pika_grid_merge(&ctx, &full, &doubled), PIKA_ERR_SIZE);
                CHECK_HAS(pika_last_error(&ctx), "pika_grid_merge");
                CHECK_EQ(pika_grid_counts(&full)[0], target);
                CHECK_EQ(full.total, target);
                before = full.total;
                CHECK_RESULT(
                    pika_add_points(&ctx, &full, &points), rooms[room] < N / 3 ? PIKA_ERR_SIZE : PIKA_OK);
                k = (size_t)(full.total - before);
                CHECK(k <= N);
                for (i = 0; i < (int)k; i++) in_first += i % 3 == 0;
                CHECK(in_first <= (size_t)rooms[room]);
                CHECK_EQ(pika_grid_counts(&full)[0], target + in_first);
                CHECK_EQ(pika_grid_counts(&full)[1], k - in_first);
                /* going on row by row: as many as there is room for, then the error for that row alone */
                while (in_first < (size_t)rooms[room] && k < N && test_now.failures == 0 &&
                       rooms[room] <= 1024) {
                    pika_points row = points_from(&points, k);
                    row.count = 1;
                    CHECK_OK(pika_add_points(&ctx, &full, &row));
                    in_first += k % 3 == 0;
                    k++;
                }
                if (rooms[room] <= 1024) {
                    CHECK_EQ(pika_grid_counts(&full)[0], 0xFFFFFFFFu);
                    one = pika_xy_f32(x, y, 1);
                    CHECK_RESULT(pika_add_points(&ctx, &full, &one), PIKA_ERR_SIZE);
                    CHECK_HAS(pika_last_error(&ctx), "pika_add_points");
                    CHECK_EQ(full.total, before + k);
                    one = pika_xy_f32(x + 1, y, 1); /* the other cell has room */
                    CHECK_OK(pika_add_points(&ctx, &full, &one));
                    CHECK_EQ(pika_grid_counts(&full)[1], k - in_first + 1);
                    CHECK_OK(pika_grid_stats(&ctx, &full, &stats));
                    CHECK_EQ(stats.max_count, 0xFFFFFFFFu);
                    CHECK_EQ(stats.inside + stats.outside + stats.invalid, stats.total);
                    CHECK_EQ(stats.hits, stats.inside);
                }
                pika_grid_free(&ctx, &doubled);
                pika_grid_free(&ctx, &full);
                pika_ctx_free(&ctx);
            }
    free(x);
    free(y);
}

/* ---- concurrency and the stack ----------------------------------------------------------------------- */

#ifdef TEST_POSIX
typedef struct stack_job {
    void (*run)(void *arg);
    void *arg;
} stack_job;
static void *stack_thread(void *arg)
{
    stack_job *job = (stack_job *)arg;
    job->run(job->arg);
    return NULL;
}
/* How many bytes of stack run(arg) touches, on a thread of its own; 0 = could not be measured. */
static size_t stack_used(void (*run)(void *arg), void *arg)
{
    enum { SIZE = 1 << 20 };
    stack_job job;
    pthread_t thread;
    pthread_attr_t attr;
    size_t untouched = 0;
    uint8_t *stack = (uint8_t *)mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == (uint8_t *)MAP_FAILED) return 0;
    job.run = run, job.arg = arg;
    memset(stack, 0xC3, SIZE);
    pthread_attr_init(&attr);
    if (pthread_attr_setstack(&attr, stack, SIZE) == 0 &&
        pthread_create(&thread, &attr, stack_thread, &job) == 0) {
        pthread_join(thread, NULL);
        while (untouched < SIZE && stack[untouched] == 0xC3) untouched++;
        untouched = SIZE - untouched;
    }
    pthread_attr_destroy(&attr);
    munmap(stack, SIZE);
    return untouched;
}

typedef struct pipeline {
    pika_points points;
    pika_ctx ctx;
    uint8_t file[1 << 20];
    size_t size;
    int bad;
} pipeline;
static int pipeline_write(void *user, const void *data, size_t size)
{
    pipeline *p = (pipeline *)user;
    if (p->size + size > sizeof p->file) return 1;
    memcpy(p->file + p->size, data, size);
    p->size += size;
    return 0;
}
static void run_nothing(void *arg) { (void)arg; }
static void run_pipeline(void *arg)
{
    pipeline *p = (pipeline *)arg;
    static const unsigned planes[] = {PIKA_COUNT, ALL_PLANES};
    pika_grid_desc desc;
    int k, categories;
    for (k = 0; k < 2; k++)
        for (categories = 0; categories <= 3; categories += 3) {
            pika_grid grid;
            pika_image image, spread;
            pika_shade_desc shade;
            memset(&desc, 0, sizeof desc);
            memset(&grid, 0, sizeof grid);
            memset(&image, 0, sizeof image);
            memset(&spread, 0, sizeof spread);
            memset(&shade, 0, sizeof shade);
            desc.planes = planes[k];
            desc.categories = categories;
            desc.view.width = 100, desc.view.height = 80;
            desc.view.x.scale = k ? PIKA_SYMLOG : PIKA_LINEAR;
            p->bad += pika_fit(&p->ctx, &p->points, &desc.view) != PIKA_OK;
            p->bad += pika_grid_alloc(&p->ctx, &grid, &desc) != PIKA_OK;
            p->bad += pika_add_points(&p->ctx, &grid, &p->points) != PIKA_OK;
            p->bad += pika_image_alloc(&p->ctx, &image, 100, 80) != PIKA_OK;
            p->bad += pika_image_alloc(&p->ctx, &spread, 100, 80) != PIKA_OK;
            for (shade.transfer = 0; shade.transfer < 4; shade.transfer++)
                p->bad += pika_shade(&p->ctx, &image, &grid, &shade) != PIKA_OK;
            p->bad += pika_dynspread(&p->ctx, &spread, &image, 0.5, 3, 0, NULL) != PIKA_OK;
            p->size = 0;
            p->bad += pika_encode_png(&p->ctx, &spread, NULL, pipeline_write, p) != PIKA_OK;
            pika_image_free(&p->ctx, &image);
            pika_image_free(&p->ctx, &spread);
            pika_grid_free(&p->ctx, &grid);
        }
}
#endif

TEST(threads_stack_is_small)
{
#ifdef TEST_POSIX
    static pipeline p;
    uint8_t *category = (uint8_t *)calloc(THREAD_ROWS, 1);
    float *memory;
    size_t nothing, used;
    int threads;
    for (threads = 1; threads <= 3; threads += 2) {
        memset(&p, 0, sizeof p);
        p.points = busy_points(&memory);
        p.points.category = pika_strided(category, PIKA_U8, 0);
        way_init(&p.ctx, -1, threads, -1);
        nothing = stack_used(run_nothing, NULL);
        used = stack_used(run_pipeline, &p);
        CHECK_EQ(p.bad, 0);
        if (p.bad) printf("    %s\n", pika_last_error(&p.ctx));
    #if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
        !defined(__has_feature)
        if (used != 0 && !CHECK(used - nothing <= 16384))
            printf("    %d bytes of stack\n", (int)(used - nothing));
    #else
        CHECK(used != 1); /* sanitizers and -O0 need more; measured only where it is promised */
    #endif
        pika_ctx_free(&p.ctx);
        free(memory);
    }
    (void)nothing;
    free(category);
#else
    SKIP("needs POSIX threads");
#endif
}

/* Different contexts at the same time, and several reading one grid. */
#ifdef TEST_POSIX
typedef struct shared_job {
    const pika_grid *grid;
    const pika_points *points;
    int bad;
    uint32_t pixels[700 * 500];
} shared_job;
static void *shared_thread(void *arg)
{
    shared_job *job = (shared_job *)arg;
    pika_ctx_desc ctx_desc = way_desc(-1, 2, -1);
    pika_ctx ctx;
    pika_grid own;
    pika_image image;
    pika_stats stats;
    memset(&own, 0, sizeof own);
    memset(&image, 0, sizeof image);
    image.width = 700, image.height = 500;
    image.pixels = (uint8_t *)job->pixels;
    image.bytes = sizeof job->pixels;
    job->bad += pika_ctx_init(&ctx, &ctx_desc) != PIKA_OK;
    job->bad += pika_grid_alloc(&ctx, &own, pika_grid_get_desc(job->grid)) != PIKA_OK;
    job->bad += pika_add_points(&ctx, &own, job->points) != PIKA_OK;
    job->bad += memcmp(pika_grid_counts(&own), pika_grid_counts(job->grid), 700 * 500 * 4) != 0;
    job->bad += pika_shade(&ctx, &image, job->grid, NULL) != PIKA_OK;
    job->bad += pika_grid_stats(&ctx, job->grid, &stats) != PIKA_OK || stats.total != THREAD_ROWS;
    pika_grid_free(&ctx, &own);
    pika_ctx_free(&ctx);
    return NULL;
}
#endif
TEST(threads_contexts_at_the_same_time)
{
#ifdef TEST_POSIX
    static shared_job jobs[3];
    pthread_t threads[3];
    float *memory;
    pika_points points = busy_points(&memory);
    pika_grid grid;
    pika_grid_desc desc;
    int i;
    busy_desc(&desc, 0);
    memset(&grid, 0, sizeof grid);
    memset(jobs, 0, sizeof jobs);
    CHECK_OK(pika_grid_alloc(NULL, &grid, &desc));
    CHECK_OK(pika_add_points(NULL, &grid, &points));
    for (i = 0; i < 3; i++) {
        jobs[i].grid = &grid, jobs[i].points = &points;
        if (pthread_create(&threads[i], NULL, shared_thread, &jobs[i]) != 0) abort();
    }
    for (i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(jobs[i].bad, 0);
        CHECK(memcmp(jobs[i].pixels, jobs[0].pixels, sizeof jobs[0].pixels) == 0);
    }
    pika_grid_free(NULL, &grid);
    free(memory);
#else
    SKIP("needs POSIX threads");
#endif
}

AREA(threads, LISTED(threads_parallel_for_plain_loop), LISTED(threads_parallel_for_reversed),
    LISTED(threads_parallel_for_random_order), LISTED(threads_parallel_for_64k_stacks),
    LISTED(threads_kth_start_fails), LISTED(threads_start_when_worth_it), LISTED(threads_cancel_and_resume),
    LISTED(threads_cancel_midway_and_resume), LISTED(threads_cell_full_and_resume),
    LISTED(threads_stack_is_small), LISTED(threads_contexts_at_the_same_time));
