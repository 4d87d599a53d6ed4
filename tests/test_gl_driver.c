/* test_gl: drivers of all kinds. Versions and extensions taken away, profiles, blending, program caches,
   tuning, and one that lies. */

/* ---- capabilities ------------------------------------------------------------------------------------ */

/* A few grids of counts: whether they are exact, and so many by the CPU; -1 = any. */
static int probe_grids(session *s, int cpu_calls)
{
    static const int types[][2] = {{PIKA_F32, PIKA_F32}, {PIKA_F64, PIKA_I32}, {PIKA_U16, PIKA_I64}};
    uint64_t random = test_now.seed + 21;
    const long failures = test_now.failures;
    const pika_backend_stats before = session_stats(s);
    int i;
    for (i = 0; i < 3; i++) {
        pika_grid_desc desc;
        pika_grid want, grid;
        table t;
        memset(&t, 0, sizeof t);
        unit_desc(&desc, i == 0 ? 640 : 61, i == 0 ? 300 : 37);
        desc.view.x.hi = i == 0 ? 1 : 900, desc.view.y.hi = i == 0 ? 1 : 50;
        if (i == 1) desc.view.x.lo = 1e-3, desc.view.x.scale = PIKA_LOG10;
        desc.planes = PIKA_ANY;
        t.points.count = 20000;
        table_add(&t, X, types[i][0], PACKED);
        table_add(&t, Y, types[i][1], PACKED);
        CHECK(fill_hard(&t, X, &desc.view, &random) && fill_hard(&t, Y, &desc.view, &random));
        CHECK_OK(cpu_grid(&want, &desc, &t.points));
        gl_grid_of(s, &grid, &desc, &t.points);
        grid_equals(s, &grid, &want, SAME_BITS, "probe");
        pika_grid_free(&s->ctx, &grid);
        pika_grid_free(NULL, &want);
        table_free(&t);
    }
    if (cpu_calls >= 0) cpu_made(s, &before, cpu_calls, "probe");
    return test_now.failures == failures;
}

/* What this context can, in a line that the ladder reads. */
static int probe(void)
{
    static session s;
    const pika_gl_caps *caps;
    int exact;
    test_now.name = "probe";
    if (!session_begin(&s, NULL)) return 1;
    caps = pika_gl_get_caps(&s.gl);
    exact = probe_grids(&s, -1);
    printf("%s\nprobe: %s %d.%d level %d exact %d cpu %d\n", caps->text, caps->es ? "gles" : "gl",
        caps->major, caps->minor, caps->level, exact, (int)session_stats(&s).cpu_calls);
    session_end(&s);
    return !exact || test_now.failures > 0;
}

static const char *own_path;

/* Mesa with a version or an extension taken away, in a process of its own: the level, and the right grid. */
TEST(ladder)
{
    static const struct {
        const char *variables, *api, *expected;
    } steps[] = {
        {"MESA_GL_VERSION_OVERRIDE=4.3", "gl", "gl 4.3 level 2 exact 1 cpu 0"},
        {"MESA_GL_VERSION_OVERRIDE=4.2", "gl", "gl 4.2 level 2 exact 1 cpu 0"}, /* by the two extensions */
        {"MESA_GL_VERSION_OVERRIDE=3.3", "gl", "gl 3.3 level 2 exact 1 cpu 0"},
        {"MESA_GL_VERSION_OVERRIDE=4.2 MESA_EXTENSION_OVERRIDE=-GL_ARB_compute_shader", "gl",
            "gl 4.2 level 1 exact 1 cpu 0"},
        {"MESA_GL_VERSION_OVERRIDE=3.3 MESA_EXTENSION_OVERRIDE=-GL_ARB_shader_storage_buffer_object", "gl",
            "gl 3.3 level 1 exact 1 cpu 0"},
        {"MESA_GL_VERSION_OVERRIDE=3.1", "gl", "gl 3.1 level 0 exact 1 cpu 3"},
        {"MESA_GLES_VERSION_OVERRIDE=3.1", "gles", "gles 3.1 level 2 exact 1 cpu 0"},
        {"MESA_GLES_VERSION_OVERRIDE=3.0", "gles", "gles 3.0 level 1 exact 1 cpu 0"},
        {"MESA_GLES_VERSION_OVERRIDE=3.0 MESA_EXTENSION_OVERRIDE=-GL_EXT_float_blend", "gles",
            "gles 3.0 level 0 exact 1 cpu 3"},
        {"MESA_GLES_VERSION_OVERRIDE=3.0 MESA_EXTENSION_OVERRIDE=-GL_EXT_color_buffer_float", "gles",
            "gles 3.0 level 0 exact 1 cpu 3"},
        {"MESA_GLES_VERSION_OVERRIDE=2.0", "gles", "gles 2.0 level 0 exact 1 cpu 3"},
    };
    size_t i;
    if (strstr((const char *)gl.GetString(GL__VERSION), "Mesa") == NULL)
        SKIP("versions are taken away by Mesa's variables, and this driver is not Mesa");
    for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        char command[1024], line[1400], last[1400] = "";
        FILE *child;
        if ((strcmp(steps[i].api, "gles") == 0) != way.es) continue;
        if (way.quick && i % 2 == 0) continue;
        snprintf(command, sizeof command, "%s '%s' --api %s --probe 2>&1", steps[i].variables, own_path,
            steps[i].api);
        child = popen(command, "r");
        if (!CHECK(child != NULL)) continue;
        while (fgets(line, sizeof line, child) != NULL)
            if (strncmp(line, "probe: ", 7) == 0 || last[0] == 0) memcpy(last, line, sizeof last);
        pclose(child);
        if (!CHECK_HAS(last, steps[i].expected)) say(steps[i].variables);
    }
}

/* Profiles take away what lesser devices lack. */
TEST(profiles)
{
    static session s;
    static const int levels[] = {
        PIKA_GL_LEVEL_COMPUTE, PIKA_GL_LEVEL_COMPUTE, PIKA_GL_LEVEL_COMPUTE, PIKA_GL_LEVEL_RASTER};
    int profile, strategy;
    for (profile = PIKA_GL_PROFILE_FULL; profile <= PIKA_GL_PROFILE_RASTER; profile++)
        for (strategy = 0; strategy < STRATEGIES; strategy++) {
            pika_gl_desc desc;
            const pika_gl_caps *caps;
            if (profile == PIKA_GL_PROFILE_RASTER && strategy > 0) continue;
            if (way.quick && (profile + strategy != 3 || strategy == PIKA_GL_SORT)) continue;
            desc_of(&desc, &main_context);
            desc.profile = profile;
            desc.strategy = strategy;
            if (!session_begin(&s, &desc)) return;
            caps = pika_gl_get_caps(&s.gl);
            CHECK_EQ(caps->level, levels[profile]);
            CHECK_EQ(caps->es, way.es);
            CHECK_HAS(caps->text, caps->renderer);
            CHECK_HAS(caps->text, caps->version);
            CHECK_HAS(way.renderer, caps->renderer);
            CHECK(caps->budget > 0);
            if (caps->level == PIKA_GL_LEVEL_COMPUTE) {
                CHECK(caps->invocations >= 64 && caps->shared_bytes >= 16384 && caps->storage_blocks >= 4);
                CHECK(caps->block_bytes >= (size_t)1 << 24);
            }
            if (strstr(way.renderer, "pipe") != NULL) CHECK_EQ(caps->software, 1);
            CHECK_EQ(caps->resets, main_context.robust);
            probe_grids(&s, 0);
            session_end(&s);
        }
}

/* The blending path: more rows than the CPU's blocks, grids beyond one band, what it leaves to the CPU. */
TEST(blending)
{
    static const int sizes[][2] = {{1, 1}, {90, 90}, {1000, 777}, {8192, 64}, {3, 20000}};
    static session s;
    uint64_t random = test_now.seed + 22;
    const size_t n = rows_of(4, way.quick ? 3 : 15);
    float *x = (float *)malloc(2 * n * sizeof *x), *y = x + n;
    pika_gl_desc desc;
    pika_backend_stats before;
    pika_grid_desc grid_desc;
    pika_grid want, grid;
    pika_points points = pika_xy_f32(x, y, n);
    int size, k;
    desc_of(&desc, &main_context);
    desc.profile = PIKA_GL_PROFILE_RASTER;
    if (!session_begin(&s, &desc)) {
        free(x);
        return;
    }
    for (size = 0; size < 5; size++)
        for (k = 0; k < DISTRIBUTIONS; k += way.quick ? 5 : 2) {
            char what[80];
            if (way.quick && size % 2 != 0) continue;
            fill_distribution(x, y, n, k, &random);
            unit_desc(&grid_desc, sizes[size][0], sizes[size][1]);
            grid_desc.planes = PIKA_ANY;
            snprintf(what, sizeof what, "blending: %s, %dx%d", distribution_names[k], sizes[size][0],
                sizes[size][1]);
            CHECK_OK(cpu_grid(&want, &grid_desc, &points));
            session_equals(&s, &points, &want, what);
            pika_grid_free(NULL, &want);
        }
    before = session_stats(&s);
    unit_desc(&grid_desc, 10, 10); /* minima are not for blending */
    grid_desc.planes = PIKA_MIN;
    points.value = pika_f32(x);
    CHECK_OK(cpu_grid(&want, &grid_desc, &points));
    gl_grid_of(&s, &grid, &grid_desc, &points);
    grid_equals(&s, &grid, &want, SAME_BITS, "blending, minima");
    cpu_made(&s, &before, 1, "blending, minima");
    pika_grid_free(&s.ctx, &grid);
    pika_grid_free(NULL, &want);
    session_end(&s);
    free(x);
}

/* ---- the program cache ------------------------------------------------------------------------------- */

/* A cache in files, as an application would have it. */
typedef struct file_cache {
    char folder[64];
    int saves;
} file_cache;

static void file_cache_path(const file_cache *cache, uint64_t key, char *path, size_t size)
{
    snprintf(path, size, "%s/%08lx%08lx", cache->folder, (unsigned long)(key >> 32),
        (unsigned long)(key & 0xFFFFFFFFu));
}

static size_t file_load(void *user, uint64_t key, void *data, size_t capacity)
{
    char path[128];
    size_t size = 0;
    FILE *file;
    file_cache_path((const file_cache *)user, key, path, sizeof path);
    file = fopen(path, "rb");
    if (file == NULL) return 0;
    if (data != NULL) size = fread(data, 1, capacity, file);
    else if (fseek(file, 0, SEEK_END) == 0) size = (size_t)ftell(file);
    fclose(file);
    return size;
}

static void file_save(void *user, uint64_t key, const void *data, size_t size)
{
    file_cache *cache = (file_cache *)user;
    char path[128];
    FILE *file;
    file_cache_path(cache, key, path, sizeof path);
    file = fopen(path, "wb");
    if (file == NULL) return;
    fwrite(data, 1, size, file);
    fclose(file);
    cache->saves++;
}

/* The second start compiles nothing, where the driver has binaries; a bad entry is compiled again. */
TEST(program_cache)
{
    static session s;
    static memory_cache cache;
    file_cache files;
    int round, in_files, i;
    memset(&cache, 0, sizeof cache), memset(&files, 0, sizeof files);
    snprintf(files.folder, sizeof files.folder, "/tmp/test_gl_XXXXXX");
    if (!CHECK(mkdtemp(files.folder) != NULL)) return;
    for (in_files = 0; in_files < 2; in_files++)
        for (round = 0; round < (in_files ? 2 : 4); round++) {
            pika_gl_desc desc;
            pika_gl_memory_stats stats;
            desc_of(&desc, &main_context);
            desc.cache_load = in_files ? file_load : cache_load;
            desc.cache_save = in_files ? file_save : cache_save;
            desc.cache_user = in_files ? (void *)&files : (void *)&cache;
            if (round == 2) /* entries with a flipped bit */
                for (i = 0; i < cache.count; i++)
                    cache.entries[i].data[cache.entries[i].size * (size_t)(i % 3) / 3] ^= 4;
            if (round == 3) /* cut short */
                for (i = 0; i < cache.count; i++) cache.entries[i].size = (cache.entries[i].size + 1) / 2;
            if (!session_begin(&s, &desc)) return;
            probe_grids(&s, 0);
            CHECK_OK(pika_gl_get_memory_stats(&s.gl, &stats));
            if (pika_gl_get_caps(&s.gl)->binaries == 0 || round != 1) CHECK(stats.programs_compiled > 0);
            else CHECK_EQ(stats.programs_compiled, 0);
            if (pika_gl_get_caps(&s.gl)->binaries > 0 && round == 1) CHECK(stats.programs_cached > 0);
            if (round == 0 || round >= 2) CHECK_EQ(stats.programs_cached, 0);
            if (pika_gl_get_caps(&s.gl)->binaries > 0 && round == 0)
                CHECK((in_files ? files.saves : cache.saves) > 0);
            CHECK_EQ(gl.GetError(), 0);
            session_end(&s);
        }
    cache_free(&cache);
    {
        char command[128];
        snprintf(command, sizeof command, "rm -r '%s'", files.folder);
        CHECK_EQ(system(command), 0);
    }
}

/* Measured group sizes: the same grid, and kept by the cache. */
TEST(tuning)
{
    static session s;
    static memory_cache cache;
    uint64_t random = test_now.seed + 23;
    const size_t n = rows_of(3, 1);
    float *x = (float *)malloc(2 * n * sizeof *x), *y = x + n;
    const pika_points points = pika_xy_f32(x, y, n);
    int round, workgroup = 0, rows_per_thread = 0;
    memset(&cache, 0, sizeof cache);
    fill_distribution(x, y, n, GAUSSIAN, &random);
    for (round = 0; round < 2; round++) {
        pika_gl_desc desc;
        pika_grid_desc grid_desc;
        pika_grid want;
        desc_of(&desc, &main_context);
        desc.cache_load = cache_load, desc.cache_save = cache_save, desc.cache_user = &cache;
        desc.flags = round == 0 ? PIKA_GL_TUNE : 0;
        if (!session_begin(&s, &desc)) break;
        unit_desc(&grid_desc, 256, 256);
        CHECK_OK(cpu_grid(&want, &grid_desc, &points));
        session_equals(&s, &points, &want, round == 0 ? "tuned" : "tuned before");
        CHECK(s.gl.workgroup >= 64 && s.gl.workgroup <= 1024);
        if (round == 0) workgroup = s.gl.workgroup, rows_per_thread = s.gl.rows_per_thread;
        CHECK_EQ(s.gl.workgroup, workgroup);
        CHECK_EQ(s.gl.rows_per_thread, rows_per_thread);
        pika_grid_free(NULL, &want);
        session_end(&s);
    }
    {
        static const int sizes[] = {64, 128, 256, 512, 1024};
        size_t i;
        for (i = 0; i < 5; i++) { /* asked for: no measurement */
            pika_gl_desc desc;
            if (way.quick && i % 2 == 0) continue;
            desc_of(&desc, &main_context);
            desc.workgroup = sizes[i];
            desc.strategy = 1 + (int)i % 3;
            if (!session_begin(&s, &desc)) break;
            probe_grids(&s, 0);
            session_end(&s);
        }
    }
    cache_free(&cache);
    free(x);
}

/* ---- validation -------------------------------------------------------------------------------------- */

/* A driver that adds 1 to one word that is read back: the first that holds `value`. From the word behind it
   may take 1, so that the counts still add up to the rows. */
static struct {
    void *(*map)(gl_enum, ptrdiff_t, ptrdiff_t, unsigned);
    void (*get)(gl_enum, ptrdiff_t, ptrdiff_t, void *);
    uint32_t value; /* 0 = do nothing */
    int moves, hits;
} faulty;

static void faulty_change(void *data, ptrdiff_t bytes)
{
    unsigned char *at = (unsigned char *)data;
    ptrdiff_t i;
    for (i = 0; data != NULL && faulty.value != 0 && i + 8 <= bytes; i += 4) {
        uint32_t word;
        memcpy(&word, at + i, 4);
        if (word != faulty.value) continue;
        word++;
        memcpy(at + i, &word, 4);
        memcpy(&word, at + i + 4, 4);
        word -= faulty.moves ? 1u : 0u;
        memcpy(at + i + 4, &word, 4);
        faulty.hits++;
        return;
    }
}

static void *faulty_map(gl_enum target, ptrdiff_t offset, ptrdiff_t length, unsigned access)
{
    void *data = faulty.map(target, offset, length, access);
    if (access & 1u) faulty_change(data, length); /* GL_MAP_READ_BIT */
    return data;
}

static void faulty_get(gl_enum target, ptrdiff_t offset, ptrdiff_t length, void *data)
{
    faulty.get(target, offset, length, data);
    faulty_change(data, length);
}

static void *faulty_load(const char *name, void *user)
{
    void *address = test_load(name, user);
    void *(*map)(gl_enum, ptrdiff_t, ptrdiff_t, unsigned) = faulty_map;
    void (*get)(gl_enum, ptrdiff_t, ptrdiff_t, void *) = faulty_get;
    if (strcmp(name, "glMapBufferRange") == 0) {
        memcpy(&faulty.map, &address, sizeof address);
        memcpy(&address, &map, sizeof map);
    } else if (strcmp(name, "glGetBufferSubData") == 0 && address != NULL) {
        memcpy(&faulty.get, &address, sizeof address);
        memcpy(&address, &get, sizeof get);
    }
    return address;
}

/* 777 rows in cell 13, 7 of 40 x 30, one in every other. */
enum { FAULTY_ROWS = 777 + 40 * 30 - 1 };
static void faulty_rows(float *x, float *y)
{
    int i, cell = 0;
    for (i = 0; i < FAULTY_ROWS; i++) {
        const int at = i < 777 ? 7 * 40 + 13 : cell + (cell >= 7 * 40 + 13);
        x[i] = ((float)(at % 40) + 0.5f) / 40, y[i] = ((float)(at / 40) + 0.5f) / 30;
        cell += i >= 777;
    }
}

/* A driver in good health passes, in full and by samples. */
TEST(validation_passes)
{
    static session s;
    uint64_t random = test_now.seed + 24;
    int validate, strategy, i;
    table t;
    plain_table(&t, way.slow ? 9000 : 90000, &random);
    table_nulls(&t, VALUE, 6, &random);
    for (validate = 1; validate <= 2; validate++)
        for (strategy = 0; strategy < STRATEGIES; strategy++) {
            static const unsigned planes[] = {PIKA_COUNT, PIKA_MIN | PIKA_MAX, PIKA_SUM | PIKA_MEAN};
            pika_gl_desc desc;
            if (way.quick && (validate + strategy) % 3 != 0) continue;
            desc_of(&desc, &main_context);
            desc.validate = validate;
            desc.strategy = strategy;
            if (!session_begin(&s, &desc)) break;
            for (i = 0; i < 3; i++) {
                pika_grid_desc grid_desc;
                pika_validation validation;
                pika_dataset dataset;
                pika_grid grid;
                memset(&dataset, 0, sizeof dataset), memset(&grid, 0, sizeof grid);
                unit_desc(&grid_desc, 64, 48);
                grid_desc.planes = planes[i];
                grid_desc.categories = i == 1 ? 4 : 0;
                CHECK_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &dataset, &t.points, NULL));
                CHECK_OK(pika_grid_alloc(&s.ctx, &grid, &grid_desc));
                CHECK_OK(pika_aggregate(&s.ctx, &dataset, &grid));
                CHECK_OK(pika_validate(&s.ctx, &dataset, &grid, &validation));
                CHECK_EQ(validation.differing, 0);
                CHECK(validation.cells >= 64 * 48);
                CHECK(i != 2 || (validation.largest_error >= 0 && validation.largest_error <= 1));
                pika_dataset_free(&s.ctx, &dataset);
                pika_grid_free(&s.ctx, &grid);
            }
            cpu_made(&s, &none, 0, "validated");
            CHECK_EQ(s.warnings, 0);
            session_end(&s);
        }
    table_free(&t);
}

/* A row in the wrong cell: pika_validate names the first of the two; validate == 2 does, and the grid is the
   CPU's. One row too many is found without. */
TEST(validation_catches_one_cell)
{
    static session s;
    static float x[FAULTY_ROWS], y[FAULTY_ROWS];
    const pika_points points = pika_xy_f32(x, y, FAULTY_ROWS);
    int round;
    faulty_rows(x, y);
    for (round = 0; round < 4; round++) {
        const int validate = round % 2 == 0 ? 0 : 2, moves = round / 2;
        pika_gl_desc desc;
        pika_grid_desc grid_desc;
        pika_validation validation;
        pika_dataset dataset;
        pika_grid grid, want;
        memset(&dataset, 0, sizeof dataset), memset(&grid, 0, sizeof grid);
        memset(&faulty, 0, sizeof faulty), memset(&validation, 0, sizeof validation);
        faulty.moves = moves;
        desc_of(&desc, &main_context);
        desc.load_proc = faulty_load;
        desc.validate = validate;
        desc.strategy = PIKA_GL_ATOMIC;
        if (!session_begin(&s, &desc)) return;
        unit_desc(&grid_desc, 40, 30);
        CHECK_OK(cpu_grid(&want, &grid_desc, &points));
        CHECK_EQ(pika_grid_counts(&want)[7 * 40 + 13], 777);
        CHECK_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &dataset, &points, NULL));
        CHECK_OK(pika_grid_alloc(&s.ctx, &grid, &grid_desc));
        CHECK_OK(pika_aggregate(&s.ctx, &dataset, &grid)); /* the programs pass their first use */
        grid_equals(&s, &grid, &want, SAME_BITS, "before");
        cpu_made(&s, &none, 0, "before");
        faulty.value = 777;
        CHECK_OK(pika_aggregate(&s.ctx, &dataset, &grid));
        CHECK(faulty.hits > 0);
        faulty.value = 0;
        if (moves && validate == 0) {
            CHECK_EQ(pika_grid_counts(&grid)[7 * 40 + 13], 778);
            CHECK_RESULT(pika_validate(&s.ctx, &dataset, &grid, &validation), PIKA_ERR_MISMATCH);
            CHECK_EQ(validation.differing, 2);
            CHECK_EQ(validation.plane, PIKA_COUNT);
            CHECK_EQ(validation.x, 13);
            CHECK_EQ(validation.y, 7);
            CHECK_BITS(validation.expected, 777);
            CHECK_BITS(validation.actual, 778);
            CHECK_HAS(pika_last_error(&s.ctx), "13");
            CHECK_HAS(pika_last_error(&s.ctx), "777");
            CHECK_HAS(pika_last_error(&s.ctx), "778");
            CHECK_HAS(pika_last_error(&s.ctx), "strategy 1"); /* PIKA_GL_ATOMIC */
            CHECK_HAS(pika_last_error(&s.ctx), s.gl.caps.renderer);
        } else {
            const pika_backend_stats stats = session_stats(&s);
            grid_equals(&s, &grid, &want, SAME_BITS, "validated");
            CHECK_EQ(stats.cpu_calls, 1);
            CHECK(stats.reason[0] != 0);
            if (moves) {
                CHECK_HAS(stats.reason, "13");
                CHECK_HAS(stats.reason, "777");
                CHECK_HAS(stats.reason, "778");
            }
            CHECK_EQ(s.gl.off, 1);
            CHECK(s.warnings > 0);
            CHECK_OK(pika_aggregate(&s.ctx, &dataset, &grid)); /* it stays off */
            CHECK_EQ(session_stats(&s).cpu_calls, 2);
            CHECK_OK(pika_gl_reinit(&s.gl, NULL));
            CHECK_OK(pika_aggregate(&s.ctx, &dataset, &grid));
            grid_equals(&s, &grid, &want, SAME_BITS, "after reinit");
            CHECK_EQ(session_stats(&s).cpu_calls, 2);
        }
        pika_dataset_free(&s.ctx, &dataset);
        pika_grid_free(&s.ctx, &grid);
        pika_grid_free(NULL, &want);
        session_end(&s);
    }
}

AREA(gl_driver, LISTED(ladder), LISTED(profiles), LISTED(blending), LISTED(program_cache), LISTED(tuning),
    LISTED(validation_passes), LISTED(validation_catches_one_cell));
