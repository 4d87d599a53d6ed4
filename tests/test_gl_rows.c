/* test_gl: where rows come from. Datasets that grow, stream and come back, video memory and its pool, several
   contexts and lost ones, buffers of the application's. */

/* ---- datasets ---------------------------------------------------------------------------------------- */

/* A table of floats on the unit square with f32 values and u8 categories, all plain. */
static void plain_table(table *t, size_t n, uint64_t *random)
{
    size_t i;
    memset(t, 0, sizeof *t);
    t->points.count = n;
    table_add(t, X, PIKA_F32, PACKED);
    table_add(t, Y, PIKA_F32, PACKED);
    table_add(t, VALUE, PIKA_F32, PACKED);
    table_add(t, CATEGORY, PIKA_U8, PACKED);
    for (i = 0; i < n; i++) {
        put_number(PIKA_F32, 0.5 + 0.2 * bell(random), row_of(&t->points.x, i));
        put_number(PIKA_F32, 0.5 + 0.2 * bell(random), row_of(&t->points.y, i));
        *row_of(&t->points.category, i) = (unsigned char)test_below(random, 5);
    }
    fill_values(t, VALUE, 1, random);
}

/* The rows from first on, as points of their own. */
static pika_points rows_from(const pika_points *points, size_t first, size_t count)
{
    pika_points part = *points;
    pika_column *columns[COLUMNS];
    int k;
    columns[X] = &part.x, columns[Y] = &part.y, columns[VALUE] = &part.value,
    columns[CATEGORY] = &part.category;
    for (k = 0; k < COLUMNS; k++) {
        if (columns[k]->data == NULL) continue;
        columns[k]->data = row_of(columns[k], first);
        columns[k]->valid_offset += first;
    }
    part.count = count;
    return part;
}

static void dataset_equals(
    session *s, pika_dataset *dataset, const pika_points *rows, int cpu_calls, const char *what)
{
    const pika_backend_stats before = session_stats(s);
    pika_grid_desc desc;
    pika_grid want, grid;
    memset(&grid, 0, sizeof grid);
    unit_desc(&desc, 83, 41);
    desc.planes = PIKA_MIN;
    desc.categories = 3;
    CHECK_OK(cpu_grid(&want, &desc, rows));
    CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
    if (CHECK_OK(pika_aggregate(&s->ctx, dataset, &grid))) grid_equals(s, &grid, &want, SAME_BITS, what);
    else say(what), say(pika_last_error(&s->ctx));
    cpu_made(s, &before, cpu_calls, what);
    pika_grid_free(&s->ctx, &grid);
    pika_grid_free(NULL, &want);
}

/* Planes that GL leaves to the CPU: its grid to the bit, and counted. On the device alone there is no CPU. */
TEST(planes_of_the_cpu)
{
    static const unsigned planes[] = {
        PIKA_VAR, PIKA_STD, PIKA_FIRST, PIKA_LAST, PIKA_ARGMIN, PIKA_ARGMAX, PIKA_SUM | PIKA_STD};
    uint64_t random = test_now.seed + 8;
    session *s = session_of(PIKA_GL_AUTO);
    pika_dataset borrowed, device;
    pika_dataset_desc device_only;
    pika_caps caps;
    table t;
    size_t i;
    memset(&borrowed, 0, sizeof borrowed), memset(&device, 0, sizeof device);
    device_only.flags = PIKA_DATASET_DEVICE_ONLY;
    plain_table(&t, 3000, &random);
    CHECK_OK(pika_backend_caps(&s->ctx, pika_gl_backend(&s->gl), &caps));
    CHECK_STR(caps.backend, "gl");
    CHECK_EQ(caps.planes, PIKA_COUNT | PIKA_ANY | PIKA_SUM | PIKA_MEAN | PIKA_MIN | PIKA_MAX);
    CHECK_HAS(caps.device, way.renderer);
    CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &borrowed, &t.points, NULL));
    CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &device, &t.points, &device_only));
    for (i = 0; i < sizeof planes / sizeof planes[0]; i++) {
        const pika_backend_stats before = session_stats(s);
        pika_backend_stats after;
        pika_grid_desc desc;
        pika_grid want, grid;
        pika_gl_grid on_gpu;
        memset(&grid, 0, sizeof grid), memset(&on_gpu, 0, sizeof on_gpu);
        unit_desc(&desc, 20, 20);
        desc.planes = planes[i];
        CHECK_OK(cpu_grid(&want, &desc, &t.points));
        CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
        CHECK_OK(pika_aggregate(&s->ctx, &borrowed, &grid));
        grid_equals(s, &grid, &want, 2 * PIKA_ARGMAX - 1, "by the CPU");
        after = session_stats(s);
        cpu_made(s, &before, 1, "a plane of the CPU");
        CHECK(after.reason != NULL && after.reason[0] != 0);
        CHECK_RESULT(pika_aggregate(&s->ctx, &device, &grid), PIKA_ERR_UNSUPPORTED);
        CHECK_RESULT(pika_gl_grid_init(&s->gl, &on_gpu, &desc), PIKA_ERR_UNSUPPORTED);
        pika_grid_free(&s->ctx, &grid);
        pika_grid_free(NULL, &want);
    }
    dataset_equals(s, &device, &t.points, 0, "device only");
    CHECK_EQ(s->gl.off, 0);
    pika_dataset_free(&s->ctx, &borrowed);
    pika_dataset_free(&s->ctx, &device);
    table_free(&t);
}

/* Overwritten rows and appended ones, of borrowed, copied and uploaded rows. */
TEST(dataset_updates)
{
    static const unsigned flags[] = {0, PIKA_DATASET_COPY, PIKA_DATASET_DEVICE_ONLY};
    uint64_t random = test_now.seed + 9;
    size_t k;
    for (k = 0; k < 3; k++) {
        session *s = session_of(PIKA_GL_AUTO);
        const size_t n = 5000, start = 2000;
        pika_dataset dataset;
        pika_dataset_desc desc;
        pika_points part;
        table t, other;
        int round;
        memset(&dataset, 0, sizeof dataset);
        desc.flags = flags[k];
        plain_table(&t, n, &random);
        plain_table(&other, n, &random);
        table_nulls(&t, VALUE, 5, &random);
        part = rows_from(&t.points, 0, start);
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &part, &desc));
        dataset_equals(s, &dataset, &part, 0, "as created");
        for (round = 0; round < 4; round++) { /* append 1, 31, 700, the rest */
            static const size_t ends[] = {2001, 2032, 2732, 5000};
            const size_t first = dataset.points.count;
            const pika_points rows = rows_from(&t.points, first, ends[round] - first);
            part = rows_from(&t.points, 0, ends[round]);
            CHECK_OK(pika_dataset_update(&s->ctx, &dataset, first, &rows));
            CHECK_EQ(dataset.points.count, ends[round]);
            dataset_equals(s, &dataset, &part, 0, "appended");
        }
        for (round = 0; round < 3; round++) { /* overwrite: the first, some in the middle, all */
            const size_t first = round == 1 ? 1777 : 0, count = round == 0 ? 1 : round == 1 ? 900 : n;
            const pika_points rows = rows_from(&t.points, first, count);
            int c;
            for (c = 0; c < COLUMNS; c++) {
                const pika_column *to = table_column(&t, c);
                memcpy(
                    row_of(to, first), row_of(table_column(&other, c), first), count * type_bytes[to->type]);
            }
            CHECK_OK(pika_dataset_update(&s->ctx, &dataset, first, &rows));
            dataset_equals(s, &dataset, &t.points, 0, "overwritten");
        }
        part = rows_from(&t.points, 0, 1);
        CHECK_RESULT(pika_dataset_update(&s->ctx, &dataset, n + 1, &part), PIKA_ERR_INVALID);
        part.x.type = PIKA_I32;
        CHECK_RESULT(pika_dataset_update(&s->ctx, &dataset, 0, &part), PIKA_ERR_INVALID);
        dataset_equals(s, &dataset, &t.points, 0, "after errors");
        if (flags[k] == PIKA_DATASET_COPY) memset(t.memory[X], 0, n * 4); /* the caller's rows may go */
        if (flags[k] == PIKA_DATASET_COPY) {
            float *x = (float *)t.memory[X];
            size_t i;
            for (i = 0; i < n; i++) memcpy(&x[i], row_of(&other.points.x, i), 4);
            dataset_equals(s, &dataset, &t.points, 0, "of the copy");
        }
        pika_dataset_free(&s->ctx, &dataset);
        table_free(&t), table_free(&other);
    }
}

static size_t used_bytes(session *s)
{
    pika_gl_memory_stats stats;
    memset(&stats, 0, sizeof stats);
    CHECK_OK(pika_gl_get_memory_stats(&s->gl, &stats));
    return stats.used;
}

/* Rows that do not fit are uploaded again for each call: the same grid. What fits stays. */
TEST(streaming)
{
    uint64_t random = test_now.seed + 10;
    const size_t n = way.quick || way.slow ? 300000 : 1500000;
    int strategy;
    table t;
    plain_table(&t, n, &random); /* 13 bytes a row */
    table_nulls(&t, VALUE, 5, &random);
    for (strategy = 0; strategy < STRATEGIES; strategy++) {
        static session s;
        pika_gl_desc gl_desc;
        pika_grid_desc desc;
        pika_memory_estimate estimate;
        pika_backend_stats stats;
        pika_dataset dataset;
        int pass;
        if ((way.quick || way.slow) && strategy != 1) continue;
        memset(&gl_desc, 0, sizeof gl_desc), memset(&dataset, 0, sizeof dataset);
        gl_desc.strategy = strategy;
        gl_desc.vram_limit = (size_t)(n > 300000 ? 8 : 3) << 20;
        unit_desc(&desc, 83, 41);
        desc.planes = PIKA_MIN;
        desc.categories = 3;
        if (!session_begin(&s, &gl_desc)) return;
        memset(&estimate, 0, sizeof estimate);
        CHECK_OK(pika_backend_estimate(&s.ctx, pika_gl_backend(&s.gl), &t.points, NULL, &desc, &estimate));
        CHECK_EQ(estimate.streams, 1);
        CHECK_EQ(estimate.budget, gl_desc.vram_limit);
        CHECK_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &dataset, &t.points, NULL));
        for (pass = 0; pass < 2; pass++) {
            dataset_equals(&s, &dataset, &t.points, 0, "streamed");
            stats = session_stats(&s);
            CHECK(stats.upload_bytes >= (uint64_t)(pass + 1) * n * 8); /* every call anew */
            CHECK(used_bytes(&s) <= gl_desc.vram_limit);
        }
        pika_dataset_free(&s.ctx, &dataset);
        session_end(&s);
    }
    table_free(&t);
}

/* What is told before is what is then allocated, to 1 %: the rows, then the grid and what a call needs. */
TEST(estimates)
{
    static const int sizes[][2] = {{61, 37}, {1000, 777}, {2048, 1536}};
    uint64_t random = test_now.seed + 11;
    int strategy, size, kind;
    for (strategy = 0; strategy < STRATEGIES; strategy++)
        for (size = 0; size < 3; size++)
            for (kind = 0; kind < 3; kind++) {
                static session s;
                pika_gl_desc gl_desc;
                pika_grid_desc desc;
                pika_memory_estimate estimate;
                pika_dataset dataset;
                pika_grid grid;
                table t;
                size_t before, rows, all;
                if (way.slow && size == 2) continue;
                if (way.quick && (size == 2 || (strategy + size + kind) % 6 != 3)) continue;
                memset(&gl_desc, 0, sizeof gl_desc), memset(&dataset, 0, sizeof dataset);
                memset(&grid, 0, sizeof grid), memset(&estimate, 0, sizeof estimate);
                gl_desc.strategy = strategy;
                unit_desc(&desc, sizes[size][0], sizes[size][1]);
                desc.planes = kind == 0 ? PIKA_COUNT : kind == 1 ? PIKA_MIN | PIKA_MAX : PIKA_MEAN;
                desc.categories = kind == 1 && size < 2 ? 3 : 0;
                if (!session_begin(&s, &gl_desc)) return;
                plain_table(&t, way.slow ? 40000 : 200000, &random);
                if (kind == 2) table_nulls(&t, VALUE, 3, &random);
                CHECK_OK(
                    pika_backend_estimate(&s.ctx, pika_gl_backend(&s.gl), &t.points, NULL, &desc, &estimate));
                CHECK_EQ(estimate.streams, 0);
                CHECK(estimate.budget > 0);
                before = used_bytes(&s);
                CHECK_EQ(before, 0);
                CHECK_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &dataset, &t.points, NULL));
                CHECK_OK(pika_grid_alloc(&s.ctx, &grid, &desc));
                CHECK_OK(pika_aggregate(&s.ctx, &dataset, &grid));
                all = used_bytes(&s);
                rows = estimate.dataset + estimate.grid + estimate.scratch;
                if (!CHECK(fabs((double)all - (double)rows) <= 0.01 * (double)all)) {
                    printf(
                        "        strategy %d, %dx%d, planes 0x%x: estimated %.0f + %.0f + %.0f, used %.0f\n",
                        strategy, sizes[size][0], sizes[size][1], desc.planes, (double)estimate.dataset,
                        (double)estimate.grid, (double)estimate.scratch, (double)all);
                }
                cpu_made(&s, &none, 0, "estimates");
                pika_dataset_free(&s.ctx, &dataset);
                pika_grid_free(&s.ctx, &grid);
                table_free(&t);
                session_end(&s);
            }
}

/* The second frame makes no buffer. */
TEST(pool)
{
    uint64_t random = test_now.seed + 12;
    int strategy;
    table t;
    plain_table(&t, way.slow ? 5000 : 50000, &random);
    for (strategy = 0; strategy < STRATEGIES; strategy++) {
        session *s = session_of(strategy);
        pika_gl_memory_stats warm, after;
        pika_dataset dataset;
        memset(&dataset, 0, sizeof dataset);
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
        dataset_equals(s, &dataset, &t.points, 0, "first frame");
        CHECK_OK(pika_gl_get_memory_stats(&s->gl, &warm));
        dataset_equals(s, &dataset, &t.points, 0, "second frame");
        CHECK_OK(pika_gl_get_memory_stats(&s->gl, &after));
        CHECK_EQ(after.misses, warm.misses);
        pika_dataset_free(&s->ctx, &dataset); /* its buffers wait for the next of that size */
        CHECK_OK(pika_gl_get_memory_stats(&s->gl, &after));
        CHECK(after.held > warm.held);
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
        dataset_equals(s, &dataset, &t.points, 0, "third frame");
        CHECK_OK(pika_gl_get_memory_stats(&s->gl, &after));
        CHECK_EQ(after.misses, warm.misses);
        CHECK(after.hits > warm.hits);
        CHECK_EQ(after.used, warm.used);
        CHECK_EQ(after.programs_compiled, warm.programs_compiled);
        CHECK(after.held <= after.used);
        pika_dataset_free(&s->ctx, &dataset);
    }
    table_free(&t);
}

/* ---- contexts ---------------------------------------------------------------------------------------- */

static int open_like(egl_context *egl, const egl_context *first)
{
    if (CHECK(egl_open(egl, first->es, first->es ? 3 : 4, first->es ? 1 : 3, NULL))) return 1;
    say(egl->error);
    return 0;
}

static void desc_of(pika_gl_desc *desc, egl_context *egl)
{
    memset(desc, 0, sizeof *desc);
    desc->load_proc = test_load;
    desc->context_current = egl_is_current;
    desc->load_user = desc->context_user = egl;
}

/* Three at once, each in a context of its own, in turn. In another context they refuse to work. */
TEST(several_contexts)
{
    static session s[3];
    static egl_context egl[3];
    uint64_t random = test_now.seed + 13;
    pika_dataset datasets[3];
    table t[3];
    pika_gl_desc desc;
    pika_grid_desc grid_desc;
    pika_grid grid;
    int i, round;
    for (i = 0; i < 3; i++) {
        memset(&datasets[i], 0, sizeof datasets[i]);
        if (!open_like(&egl[i], &main_context)) return;
        desc_of(&desc, &egl[i]);
        if (!session_begin(&s[i], &desc)) return;
        plain_table(&t[i], 1000 + 500 * (size_t)i, &random);
        CHECK_OK(pika_dataset_create(&s[i].ctx, pika_gl_backend(&s[i].gl), &datasets[i], &t[i].points, NULL));
    }
    for (round = 0; round < 2; round++)
        for (i = 0; i < 3; i++) {
            CHECK(egl_make_current(&egl[i]));
            dataset_equals(&s[i], &datasets[i], &t[i].points, 0, "in its own context");
        }
    unit_desc(&grid_desc, 10, 10);
    memset(&grid, 0, sizeof grid);
    CHECK_OK(pika_grid_alloc(&s[0].ctx, &grid, &grid_desc));
    CHECK_RESULT(
        pika_aggregate(&s[0].ctx, &datasets[0], &grid), PIKA_ERR_MISMATCH); /* the third is current */
    CHECK_EQ(s[0].gl.off, 0);
    pika_grid_free(&s[0].ctx, &grid);
    for (i = 0; i < 3; i++) {
        CHECK(egl_make_current(&egl[i]));
        dataset_equals(&s[i], &datasets[i], &t[i].points, 0, "once more");
        pika_dataset_free(&s[i].ctx, &datasets[i]);
        session_end(&s[i]);
        egl_close(&egl[i]);
        table_free(&t[i]);
    }
    CHECK(egl_make_current(&main_context));
}

/* The context is destroyed under pika: the CPU works on, then a new context takes over. */
TEST(abandon_and_reinit)
{
    static session s;
    static egl_context egl;
    uint64_t random = test_now.seed + 14;
    pika_backend_stats stats;
    pika_gl_grid on_gpu;
    pika_dataset borrowed, copied, device;
    pika_dataset_desc flags;
    pika_gl_desc desc;
    pika_grid_desc grid_desc;
    pika_grid grid;
    table t;
    memset(&borrowed, 0, sizeof borrowed), memset(&copied, 0, sizeof copied);
    memset(&device, 0, sizeof device), memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
    if (!open_like(&egl, &main_context)) return;
    desc_of(&desc, &egl);
    if (!session_begin(&s, &desc)) return;
    plain_table(&t, 4000, &random);
    flags.flags = PIKA_DATASET_COPY;
    CHECK_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &borrowed, &t.points, NULL));
    CHECK_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &copied, &t.points, &flags));
    flags.flags = PIKA_DATASET_DEVICE_ONLY;
    CHECK_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &device, &t.points, &flags));
    dataset_equals(&s, &borrowed, &t.points, 0, "before");
    dataset_equals(&s, &device, &t.points, 0, "before");
    unit_desc(&grid_desc, 30, 20);
    CHECK_OK(pika_gl_grid_init(&s.gl, &on_gpu, &grid_desc));
    CHECK_OK(pika_gl_aggregate(&s.gl, &borrowed, &on_gpu, NULL));

    egl_close(&egl); /* first the context, then the news */
    pika_gl_abandon(&s.gl);
    CHECK_EQ(s.gl.off, 1);
    dataset_equals(&s, &borrowed, &t.points, 1, "abandoned");
    dataset_equals(&s, &copied, &t.points, 1, "abandoned, a copy");
    stats = session_stats(&s);
    CHECK(stats.reason != NULL && stats.reason[0] != 0);
    CHECK_OK(pika_grid_alloc(&s.ctx, &grid, &grid_desc));
    CHECK_RESULT(pika_aggregate(&s.ctx, &device, &grid), PIKA_ERR_GPU);
    CHECK_OK(pika_gl_read(&s.gl, &on_gpu, &grid)); /* what was on the way, from the host's rows */
    {
        pika_grid want;
        CHECK_OK(cpu_grid(&want, &grid_desc, &t.points));
        grid_equals(&s, &grid, &want, SAME_BITS, "read after abandon");
        pika_grid_free(NULL, &want);
    }
    pika_gl_grid_free(&s.gl, &on_gpu);
    CHECK_RESULT(pika_gl_grid_init(&s.gl, &on_gpu, &grid_desc), PIKA_ERR_GPU);

    if (!open_like(&egl, &main_context)) return;
    CHECK_OK(pika_gl_reinit(&s.gl, NULL));
    CHECK_EQ(s.gl.off, 0);
    dataset_equals(&s, &borrowed, &t.points, 0, "in the new context");
    dataset_equals(&s, &copied, &t.points, 0, "in the new context, a copy");
    CHECK_RESULT(pika_aggregate(&s.ctx, &device, &grid), PIKA_ERR_GPU); /* its rows are gone */
    dataset_equals(&s, &borrowed, &t.points, 0, "after that");

    CHECK_OK(pika_gl_reinit(&s.gl, NULL)); /* nothing was lost: once more in the same context */
    dataset_equals(&s, &borrowed, &t.points, 0, "again");
    pika_dataset_free(&s.ctx, &borrowed);
    pika_dataset_free(&s.ctx, &copied);
    pika_dataset_free(&s.ctx, &device);
    pika_grid_free(&s.ctx, &grid);
    session_end(&s);
    egl_close(&egl);
    CHECK(egl_make_current(&main_context));
    table_free(&t);
}

/* What init refuses, and what zeroed objects do. */
TEST(init_errors)
{
    static session s;
    static pika_gl zeroed;
    pika_gl_desc desc;
    pika_gl_memory_stats stats;
    int i;
    CHECK_OK(pika_ctx_init(&s.ctx, NULL));
    for (i = 0; i < 6; i++) {
        desc_of(&desc, &main_context);
        if (i == 0) desc.load_proc = NULL;
        if (i == 1) desc.strategy = PIKA_GL_SORT + 1;
        if (i == 2) desc.profile = PIKA_GL_PROFILE_RASTER + 1;
        if (i == 3) desc.workgroup = 100;
        if (i == 4) desc.cache_load = cache_load;
        if (i == 5) desc.cache_save = cache_save;
        CHECK_RESULT(pika_gl_init(&zeroed, &s.ctx, &desc), PIKA_ERR_INVALID);
        CHECK(pika_last_error(&s.ctx)[0] != 0);
        CHECK_EQ(zeroed.ready, 0);
    }
    egl_release(&main_context);
    desc_of(&desc, &main_context);
    CHECK_RESULT(pika_gl_init(&zeroed, &s.ctx, &desc), PIKA_ERR_MISMATCH);
    CHECK(egl_make_current(&main_context));
    CHECK(pika_gl_get_caps(&zeroed) == NULL);
    CHECK(pika_gl_backend(&zeroed) == NULL);
    CHECK_RESULT(pika_gl_get_memory_stats(&zeroed, &stats), PIKA_ERR_INVALID);
    pika_gl_free(&zeroed);
    pika_gl_abandon(&zeroed);
    CHECK_STR(pika_gl_strategy_string(PIKA_GL_TILED), "tiled");
    CHECK_STR(pika_gl_strategy_string(99), "?");
    pika_ctx_free(&s.ctx);
}

/* ---- imports ----------------------------------------------------------------------------------------- */

static unsigned buffer_new(const void *data, size_t bytes)
{
    unsigned buffer = 0;
    gl.GenBuffers(1, &buffer);
    gl.BindBuffer(GL__COPY_WRITE_BUFFER, buffer);
    gl.BufferData(GL__COPY_WRITE_BUFFER, (ptrdiff_t)bytes, data, GL__STATIC_DRAW);
    gl.BindBuffer(GL__COPY_WRITE_BUFFER, 0);
    return buffer;
}

static pika_gl_column gl_column(unsigned buffer, size_t offset, ptrdiff_t stride, int type)
{
    pika_gl_column column;
    column.buffer = buffer;
    column.offset = offset;
    column.stride = stride;
    column.type = type;
    return column;
}

/* The rows of the table as an import in one of these shapes; buffers holds what was made, 0 where nothing. */
enum { INTERLEAVED, PLANAR, SEPARATE, SEPARATE_WIDE, SHAPES };
static void import_of(pika_gl_points *points, table *t, int shape, unsigned *buffers)
{
    const size_t n = t->points.count;
    size_t offsets[COLUMNS], steps[COLUMNS], bytes = 16, k, i;
    pika_gl_column *columns[COLUMNS];
    unsigned char *memory;
    memset(points, 0, sizeof *points);
    points->count = n;
    columns[X] = &points->x, columns[Y] = &points->y, columns[VALUE] = &points->value,
    columns[CATEGORY] = &points->category;
    for (k = 0; k < COLUMNS; k++) {
        const size_t size = type_bytes[table_column(t, (int)k)->type];
        offsets[k] = bytes;
        steps[k] = shape == SEPARATE_WIDE ? (size + 7) / 4 * 4 : size;
        if (shape == INTERLEAVED) bytes += (size + 3) / 4 * 4;
        else if (shape == PLANAR) bytes += (size * n + 3) / 4 * 4 + 20;
        else offsets[k] = 8 * k;
        buffers[k] = 0;
    }
    if (shape == INTERLEAVED)
        for (k = 0; k < COLUMNS; k++) steps[k] = bytes - 12;
    memory = (unsigned char *)calloc(bytes * (n + 1) + 64, 1);
    for (k = 0; k < COLUMNS; k++) {
        const pika_column *column = table_column(t, (int)k);
        const int packed = shape == PLANAR || shape == SEPARATE;
        if (shape >= SEPARATE) memset(memory, 0xEE, bytes * (n + 1) + 64);
        for (i = 0; i < n; i++)
            memcpy(memory + offsets[k] + i * steps[k], row_of(column, i), type_bytes[column->type]);
        if (shape >= SEPARATE) buffers[k] = buffer_new(memory, (offsets[k] + n * steps[k] + 3) / 4 * 4);
        *columns[k] = gl_column(buffers[k], offsets[k], packed ? 0 : (ptrdiff_t)steps[k], column->type);
    }
    if (shape < SEPARATE) {
        buffers[0] = buffer_new(memory, shape == PLANAR ? bytes : 16 + n * steps[0]);
        for (k = 0; k < COLUMNS; k++) columns[k]->buffer = buffers[0];
    }
    free(memory);
}

/* Buffers of the application, in each shape, of all types. */
TEST(imports)
{
    uint64_t random = test_now.seed + 18;
    int type, shape;
    for (type = 0; type < 10; type++)
        for (shape = 0; shape < SHAPES; shape++) {
            session *s = session_of((type + shape) % STRATEGIES);
            pika_grid_desc desc;
            pika_gl_points import;
            pika_dataset dataset;
            pika_grid grid, want;
            pika_backend_stats before;
            unsigned buffers[COLUMNS];
            char what[80];
            table t;
            int k;
            if (way.quick && type != PIKA_F32) continue;
            memset(&t, 0, sizeof t), memset(&dataset, 0, sizeof dataset), memset(&grid, 0, sizeof grid);
            unit_desc(&desc, 50, 40);
            desc.view.x.hi = desc.view.y.hi = 90;
            desc.planes = shape % 2 == 0 ? PIKA_MIN | PIKA_MAX : PIKA_SUM | PIKA_MAX;
            desc.categories = shape % 2 == 0 ? 3 : 0;
            t.points.count = 3001;
            table_add(&t, X, type, PACKED);
            table_add(&t, Y, way.quick ? PIKA_F32 : (type + 3) % 10, PACKED);
            table_add(&t, VALUE, way.quick ? PIKA_F32 : (type + 6) % 10, PACKED);
            table_add(&t, CATEGORY, 2 + type % 8, PACKED);
            fill_hard(&t, X, &desc.view, &random);
            fill_hard(&t, Y, &desc.view, &random);
            fill_values(&t, VALUE, 0, &random);
            fill_categories(&t, 3, &random);
            snprintf(what, sizeof what, "import of %s, shape %d", type_names[type], shape);
            CHECK_OK(cpu_grid(&want, &desc, &t.points));
            import_of(&import, &t, shape, buffers);
            before = session_stats(s);
            if (!CHECK_OK(pika_gl_dataset_import(&s->gl, &dataset, &import)))
                say(what), say(pika_last_error(&s->ctx));
            CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
            CHECK_OK(pika_aggregate(&s->ctx, &dataset, &grid));
            grid_equals(s, &grid, &want, SAME_BITS, what);
            cpu_made(s, &before, 0, what);
            if (desc.planes & PIKA_SUM) sums_hold(s, &t.points, &grid, what);
            CHECK_OK(pika_validate(&s->ctx, &dataset, &grid, NULL)); /* rows read back from the buffers */
            pika_dataset_free(&s->ctx, &dataset);
            for (k = 0; k < COLUMNS; k++)
                if (buffers[k] != 0) {
                    CHECK(gl.IsBuffer(buffers[k]));
                    gl.DeleteBuffers(1, &buffers[k]);
                }
            CHECK_EQ(gl.GetError(), 0);
            pika_grid_free(&s->ctx, &grid);
            pika_grid_free(NULL, &want);
            table_free(&t);
        }
}

/* The application writes into its buffer between two aggregates: the second sees it. */
TEST(import_sees_new_rows)
{
    static const float rows[] = {0.5f, 0.5f, 0.5f, 0.5f};
    static const float others[] = {0.1f, 0.1f, 2, 2};
    session *s = session_of(PIKA_GL_AUTO);
    pika_gl_points import;
    pika_dataset dataset;
    pika_grid_desc desc;
    pika_grid grid;
    unsigned buffer = buffer_new(rows, sizeof rows);
    memset(&import, 0, sizeof import), memset(&dataset, 0, sizeof dataset), memset(&grid, 0, sizeof grid);
    import.count = 2;
    import.x = gl_column(buffer, 0, 8, PIKA_F32);
    import.y = gl_column(buffer, 4, 8, PIKA_F32);
    unit_desc(&desc, 10, 10);
    CHECK_OK(pika_gl_dataset_import(&s->gl, &dataset, &import));
    CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
    CHECK_OK(pika_aggregate(&s->ctx, &dataset, &grid));
    CHECK_EQ(pika_grid_counts(&grid)[55], 2);
    gl.BindBuffer(GL__COPY_WRITE_BUFFER, buffer);
    gl.BufferData(GL__COPY_WRITE_BUFFER, sizeof others, others, GL__STATIC_DRAW);
    gl.BindBuffer(GL__COPY_WRITE_BUFFER, 0);
    CHECK_OK(pika_aggregate(&s->ctx, &dataset, &grid));
    CHECK_EQ(pika_grid_counts(&grid)[55], 0);
    CHECK_EQ(pika_grid_counts(&grid)[11], 1);
    CHECK_EQ(grid.outside, 1);
    pika_dataset_free(&s->ctx, &dataset);
    pika_grid_free(&s->ctx, &grid);
    gl.DeleteBuffers(1, &buffer);
}

/* The host's rows beside do what GL does not; without them that is PIKA_ERR_UNSUPPORTED. */
TEST(import_with_host_rows)
{
    uint64_t random = test_now.seed + 19;
    session *s = session_of(PIKA_GL_AUTO);
    int host;
    for (host = 0; host < 2; host++) {
        pika_gl_points import;
        pika_dataset dataset;
        pika_grid_desc desc;
        pika_grid grid, want;
        unsigned buffers[COLUMNS];
        const pika_backend_stats before = session_stats(s);
        table t;
        memset(&dataset, 0, sizeof dataset), memset(&grid, 0, sizeof grid);
        plain_table(&t, 2000, &random);
        import_of(&import, &t, INTERLEAVED, buffers);
        if (host) import.host = &t.points;
        unit_desc(&desc, 10, 10);
        desc.planes = PIKA_VAR;
        CHECK_OK(cpu_grid(&want, &desc, &t.points));
        CHECK_OK(pika_gl_dataset_import(&s->gl, &dataset, &import));
        CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
        CHECK_RESULT(pika_aggregate(&s->ctx, &dataset, &grid), host ? PIKA_OK : PIKA_ERR_UNSUPPORTED);
        if (host) grid_equals(s, &grid, &want, PIKA_VAR, "var of an import");
        cpu_made(s, &before, host, "var of an import");
        dataset_equals(s, &dataset, &t.points, 0, "count of the same");
        pika_dataset_free(&s->ctx, &dataset);
        pika_grid_free(&s->ctx, &grid);
        pika_grid_free(NULL, &want);
        gl.DeleteBuffers(1, buffers);
        table_free(&t);
    }
}

TEST(import_errors)
{
    static const float rows[64] = {0};
    session *s = session_of(PIKA_GL_AUTO);
    const unsigned buffer = buffer_new(rows, sizeof rows), gone = buffer_new(rows, sizeof rows);
    pika_dataset dataset;
    int i;
    memset(&dataset, 0, sizeof dataset);
    gl.DeleteBuffers(1, &gone);
    for (i = 0; i < 12; i++) {
        pika_gl_points import;
        memset(&import, 0, sizeof import);
        import.count = 32;
        import.x = gl_column(buffer, 0, 0, PIKA_F32);
        import.y = gl_column(buffer, 128, 0, PIKA_F32);
        if (i == 0) import.count = 33; /* past the end of the second */
        if (i == 1) import.x.buffer = gone;
        if (i == 2) import.y.buffer = 0x7FFFFFF0u; /* never was one */
        if (i == 3) import.x.offset = 2;
        if (i == 4) import.x.stride = 6;
        if (i == 5) import.x.stride = -4;
        if (i == 6) import.x.type = PIKA_F64, import.x.stride = 4; /* less than the element */
        if (i == 7) import.x.type = 10;
        if (i == 8) import.y.buffer = 0; /* required */
        if (i == 9) import.x.offset = (size_t)-4;
        if (i == 10) import.x.stride = PTRDIFF_MAX / 4 * 4;
        if (i == 11) import.category = gl_column(buffer, 0, 0, PIKA_F32);
        if (!CHECK_RESULT(pika_gl_dataset_import(&s->gl, &dataset, &import), PIKA_ERR_INVALID))
            printf("        import %d\n", i);
        CHECK(dataset.backend == NULL);
        CHECK_EQ(gl.GetError(), 0);
    }
    CHECK_EQ(s->gl.off, 0);
    gl.DeleteBuffers(1, &buffer);
}

AREA(gl_rows, LISTED(planes_of_the_cpu), LISTED(dataset_updates), LISTED(streaming), LISTED(estimates),
    LISTED(pool), LISTED(several_contexts), LISTED(abandon_and_reinit), LISTED(init_errors), LISTED(imports),
    LISTED(import_sees_new_rows), LISTED(import_with_host_rows), LISTED(import_errors));
