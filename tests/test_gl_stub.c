/* pika_gl.h on a driver that is a C file (gl_stub.h): the same on every target, and every failure that a
   driver may have at every place. Whatever happens, pika_aggregate gives the exact grid. */

#define PIKA_GL_IMPLEMENTATION
#include "../pika_gl.h"
#include "gl_stub.h"

static gl_stub driver;

typedef struct gl_world {
    test_heap heap;
    pika_ctx ctx;
    pika_gl gl;
    pika_gl_desc desc;
    pika_dataset rows;
    pika_dataset_desc rows_desc;
    pika_grid_desc grid_desc;
    pika_points points;
    pika_grid grid, want;
    int told, current;                 /* warnings and errors; what context_current says */
    char text[200];                    /* the last of them */
    unsigned buffer, texture, program; /* the application's own */
    stub_state before;
    int lost; /* the objects went with the context */
} gl_world;

static gl_world world;

enum { GL_ROWS = 600, GL_WIDTH = 29, GL_HEIGHT = 17 };
static float gl_x[GL_ROWS], gl_y[GL_ROWS], gl_value[GL_ROWS];
static uint8_t gl_category[GL_ROWS];

static void gl_rows_init(void)
{
    uint64_t random = 77;
    int i;
    for (i = 0; i < GL_ROWS; i++) {
        gl_x[i] = (float)test_between(&random, -3, 131) / 128.0f;
        gl_y[i] = (float)test_between(&random, -3, 1027) / 1024.0f;
        gl_value[i] = (float)test_between(&random, -400, 400) / 16.0f;
        gl_category[i] = (uint8_t)test_below(&random, 4); /* of three: a quarter is invalid */
        if (i % 50 == 3) gl_x[i] = float_of_bits(0x7FC00000u);
        if (i % 50 == 4) gl_y[i] = float_of_bits(0xFF800000u);
        if (i % 40 == 5) gl_value[i] = float_of_bits(0x7FC00001u);
    }
}

static void gl_log(void *user, int level, int id, const char *text)
{
    gl_world *w = (gl_world *)user;
    (void)id;
    if (level > 1) return;
    w->told++;
    snprintf(w->text, sizeof w->text, "%s", text);
}

static int gl_current(void *user) { return ((gl_world *)user)->current; }

/* What an application has when pika comes: a program in use, buffers bound everywhere, images. */
static void gl_application(gl_world *w)
{
    static const char *const source = "#version 430 core\nlayout(local_size_x = 1) in;\n"
                                      "layout(std430, binding = 0) buffer block { uint data[]; };\n"
                                      "void main() { data[0] = 1u; }\n";
    static const char *const source_es = "#version 310 es\nlayout(local_size_x = 1) in;\n"
                                         "layout(std430, binding = 0) buffer block { uint data[]; };\n"
                                         "void main() { data[0] = 1u; }\n";
    const int compute = stub_version(43, 31);
    unsigned shader;
    int linked = 0, i;
    if (driver.limits.version == NULL || driver.limits.major < 3) return;
    stub_GenBuffers(1, &w->buffer);
    stub_BindBuffer(0x8892, w->buffer);
    stub_BufferData(0x8892, 4096, NULL, 0x88E4);
    stub_BindBuffer(0x8F36, w->buffer);
    stub_BindBuffer(0x8F37, w->buffer);
    stub_GenTextures(1, &w->texture);
    stub_ActiveTexture(0x84C1);
    stub_BindTexture(0x0DE1, w->texture);
    stub_Viewport(1, 2, 3, 4);
    stub_Enable(0x0C11); /* all that keeps pixels from being written */
    stub_Enable(0x8C89);
    stub_Enable(0x0B71);
    stub_ColorMask(0, 1, 0, 1);
    stub_ClearColor(0.5f, 1, 2, 3);
    stub_BlendFuncSeparate(0x0302, 0x0303, 1, 0);
    stub_PixelStorei(0x0D02, 100);
    stub_PixelStorei(0x0CF2, 100);
    if (compute) {
        stub_TexStorage2D(0x0DE1, 1, 0x8058, GL_WIDTH, GL_HEIGHT);
        stub_BindImageTexture(0, w->texture, 0, 0, 0, 0x88B9, 0x8058);
        shader = stub_CreateShader(0x91B9);
        stub_ShaderSource(shader, 1, driver.limits.es ? &source_es : &source, NULL);
        stub_CompileShader(shader);
        w->program = stub_CreateProgram();
        stub_AttachShader(w->program, shader);
        stub_DeleteShader(shader);
        stub_LinkProgram(w->program);
        stub_GetProgramiv(w->program, 0x8B82, &linked);
        CHECK(linked);
        stub_UseProgram(w->program);
        for (i = 0; i < 4; i++) stub_BindBufferRange(0x90D2, (unsigned)i, w->buffer, 256 * i, 256);
        stub_BindBufferBase(0x90D2, 1, w->buffer);
        stub_BindBufferBase(0x90D2, 2, 0);
        stub_BindBuffer(0x90D2, w->buffer);
    }
}

static void gl_open_limits(gl_world *w, unsigned planes, int categories)
{
    pika_ctx_desc ctx_desc;
    memset(w, 0, sizeof *w);
    gl_rows_init();
    ctx_desc = heap_desc(&w->heap, 1);
    ctx_desc.log_fn = gl_log;
    ctx_desc.log_user = w;
    CHECK_OK(pika_ctx_init(&w->ctx, &ctx_desc));
    w->points = pika_xy_f32(gl_x, gl_y, GL_ROWS);
    w->points.value = pika_f32(gl_value);
    w->points.category = pika_strided(gl_category, PIKA_U8, 0);
    w->grid_desc.planes = planes;
    w->grid_desc.categories = categories;
    w->grid_desc.view.width = GL_WIDTH;
    w->grid_desc.view.height = GL_HEIGHT;
    w->grid_desc.view.x.hi = w->grid_desc.view.y.hi = 1;
    CHECK_OK(pika_grid_alloc(&w->ctx, &w->want, &w->grid_desc));
    CHECK_OK(pika_add_points(&w->ctx, &w->want, &w->points));
    CHECK_OK(pika_grid_alloc(&w->ctx, &w->grid, &w->grid_desc));
    gl_application(w);
    CHECK_STR(driver.misuse, "");
    CHECK_EQ(driver.error_count, 0);
    w->before = driver.state;
    w->current = 1;
    w->desc.load_proc = stub_load;
    w->told = 0;
}

static void gl_open(gl_world *w, int kind, unsigned planes, int categories)
{
    stub_open(&driver, kind);
    gl_open_limits(w, planes, categories);
}

/* Init and create; 0: one of them failed, and that was told as a failure of the test. */
static int gl_begin(gl_world *w)
{
    return CHECK_OK(pika_gl_init(&w->gl, &w->ctx, &w->desc)) &&
           CHECK_OK(
               pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &w->rows, &w->points, &w->rows_desc));
}

static pika_backend_stats gl_stats(gl_world *w)
{
    pika_backend_stats stats;
    memset(&stats, 0, sizeof stats);
    CHECK_OK(pika_backend_get_stats(&w->ctx, pika_gl_backend(&w->gl), &stats));
    return stats;
}

static int gl_same(gl_world *w, const pika_grid *a, const pika_grid *b)
{
    static double p[GL_WIDTH * GL_HEIGHT], q[GL_WIDTH * GL_HEIGHT];
    const int layers = w->grid_desc.categories > 0 ? w->grid_desc.categories : 1;
    const unsigned planes = w->grid_desc.planes | PIKA_COUNT;
    unsigned plane;
    int k, good = 1;
    good &= CHECK_EQ(a->total, b->total);
    good &= CHECK_EQ(a->inside, b->inside);
    good &= CHECK_EQ(a->outside, b->outside);
    good &= CHECK_EQ(a->invalid, b->invalid);
    good &= CHECK_EQ(a->no_value, b->no_value);
    good &= CHECK_EQ(a->hits, b->hits);
    for (plane = 1; plane <= PIKA_ARGMAX; plane <<= 1)
        for (k = 0; (planes & plane) != 0 && k < layers; k++) {
            CHECK_OK(pika_grid_read(&w->ctx, a, plane, k, p));
            CHECK_OK(pika_grid_read(&w->ctx, b, plane, k, q));
            if (!CHECK(memcmp(p, q, sizeof p) == 0)) {
                printf("        plane 0x%x, category %d\n", plane, k);
                good = 0;
            }
        }
    return good;
}

/* Fills the grid with other rows' remains, aggregates, and compares with the CPU's. */
static int gl_exact(gl_world *w)
{
    pika_result result;
    pika_grid_clear(&w->ctx, &w->grid);
    result = pika_aggregate(&w->ctx, &w->rows, &w->grid);
    if (!CHECK_OK(result)) {
        printf("        %s\n", pika_last_error(&w->ctx));
        return 0;
    }
    return gl_same(w, &w->grid, &w->want);
}

static void gl_say(const gl_world *w, const char *what)
{
    if (test_now.failures > 0 && test_now.failures < 12)
        printf("        at: %s (call %ld of the driver; told: %s)\n", what, driver.calls, w->text);
}

/* Frees all in the order of the contract: nothing of pika's is left, all of the application's. */
static int gl_close(gl_world *w)
{
    const long failures = test_now.failures;
    pika_dataset_free(&w->ctx, &w->rows);
    pika_gl_free(&w->gl);
    pika_gl_free(&w->gl); /* of a freed one: nothing */
    if (!w->lost && !driver.lost && driver.limits.version != NULL && driver.limits.major >= 3) {
        CHECK_EQ(stub_live(&driver, STUB_BUFFER), 1);
        CHECK(stub_object_of(STUB_BUFFER, w->buffer) != NULL);
        CHECK_EQ(stub_live(&driver, STUB_TEXTURE), 1);
        CHECK(stub_object_of(STUB_TEXTURE, w->texture) != NULL);
        CHECK_EQ(stub_live(&driver, STUB_PROGRAM), w->program != 0 ? 1 : 0);
        CHECK(w->program == 0 || stub_object_of(STUB_PROGRAM, w->program) != NULL);
        CHECK_EQ(stub_live(&driver, STUB_SHADER), w->program != 0 ? 1 : 0);
        CHECK_EQ(stub_live(&driver, STUB_FRAMEBUFFER), 0);
        CHECK_EQ(stub_live(&driver, STUB_VERTEX_ARRAY), 0);
        CHECK_EQ(stub_live(&driver, STUB_QUERY), 0);
        CHECK_EQ(stub_live(&driver, STUB_SYNC), 0);
    }
    CHECK_STR(driver.misuse, "");
    pika_grid_free(&w->ctx, &w->grid);
    pika_grid_free(&w->ctx, &w->want);
    pika_ctx_free(&w->ctx);
    CHECK_EQ(w->heap.live, 0);
    CHECK_EQ(w->heap.blocks, 0);
    CHECK_EQ(w->heap.bad, 0);
    stub_close(&driver);
    return test_now.failures == failures;
}

/* After every call: the state as it was, no error in the queue. */
static int gl_clean(const gl_world *w)
{
    const int good = CHECK(memcmp(&w->before, &driver.state, sizeof w->before) == 0);
    return CHECK_EQ(driver.error_count, 0) && CHECK_STR(driver.misuse, "") && good;
}

enum { GL_PLANES = PIKA_COUNT | PIKA_ANY | PIKA_MIN | PIKA_MAX };

/* ---- without a fault --------------------------------------------------------------------------------- */

TEST(gl_stub_counts)
{
    static const int kinds[] = {STUB_GL43, STUB_GL42, STUB_ES31};
    int i, strategy, categories, backwards;
    for (i = 0; i < 3; i++)
        for (strategy = PIKA_GL_AUTO; strategy <= PIKA_GL_SORT; strategy++)
            for (categories = 0; categories <= 3; categories += 3)
                for (backwards = 0; backwards < 2; backwards++) {
                    gl_world *w = &world;
                    pika_backend_stats stats;
                    if (test_now.quick && backwards == 1 && categories == 0) continue;
                    gl_open(w, kinds[i], GL_PLANES, categories);
                    driver.backwards = backwards;
                    w->desc.strategy = strategy;
                    if (!gl_begin(w)) return;
                    CHECK_EQ(pika_gl_get_caps(&w->gl)->level, PIKA_GL_LEVEL_COMPUTE);
                    gl_clean(w);
                    gl_exact(w);
                    gl_clean(w);
                    gl_exact(w);
                    stats = gl_stats(w);
                    CHECK_EQ(stats.gpu_calls, 2);
                    CHECK_EQ(stats.cpu_calls, 0);
                    CHECK_STR(stats.reason, "");
                    CHECK(stats.dispatches > 0 && stats.dispatches <= (uint64_t)driver.dispatches);
                    CHECK(stats.upload_bytes >= GL_ROWS * 12);
                    CHECK(stats.strategy >= PIKA_GL_ATOMIC && stats.strategy <= PIKA_GL_SORT);
                    if (strategy != PIKA_GL_AUTO) CHECK_EQ(stats.strategy, strategy);
                    CHECK_EQ(w->told, 0);
                    if (!gl_close(w)) gl_say(w, pika_gl_strategy_string(strategy));
                }
}

/* Every type and scale, ranges at the end of their precision, tiles, categories, nulls, strides. */
TEST(gl_stub_types)
{
    uint64_t random = test_now.seed * 31 + 5;
    int round, rounds = test_now.quick ? 24 : 48;
    for (round = 0; round < rounds && test_now.failures == 0; round++) {
        const int x_type = round % 10, y_type = (round / 10 + round) % 10;
        gl_world *w = &world;
        pika_grid_desc desc;
        oracle_grid want;
        test_data data;
        pika_dataset rows;
        pika_grid grid;
        int refused;
        stub_open(&driver, round % 4 == 3 ? STUB_ES31 : STUB_GL43);
        gl_open_limits(w, PIKA_COUNT, 0);
        memset(&rows, 0, sizeof rows);
        memset(&grid, 0, sizeof grid);
        random_desc(&desc, x_type, y_type, &random);
        desc.planes &= (unsigned)GL_PLANES;
        if (desc.view.width > 128) desc.view.width = 100, desc.view.total_width = desc.view.total_height = 0;
        if (desc.view.height > 128)
            desc.view.height = 100, desc.view.total_width = desc.view.total_height = 0;
        if (desc.view.total_width == 0) desc.view.first_x = desc.view.first_y = 0;
        oracle_init(&want, &desc);
        data_init(&data, &want, x_type, y_type, (size_t)test_between(&random, 1, 400), &random);
        refused = oracle_refuses(&want.x, x_type) || oracle_refuses(&want.y, y_type);
        if (!refused) oracle_add(&want, &data.points, 0, data.points.count);
        w->desc.strategy = PIKA_GL_ATOMIC + round % 3;
        CHECK_OK(pika_gl_init(&w->gl, &w->ctx, &w->desc));
        CHECK_OK(pika_grid_alloc(&w->ctx, &grid, &desc));
        if (CHECK_OK(pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &rows, &data.points, NULL))) {
            CHECK_RESULT(pika_aggregate(&w->ctx, &rows, &grid), refused ? PIKA_ERR_INVALID : PIKA_OK);
            if (!grid_equals(&grid, &want, pika_gl_strategy_string(w->desc.strategy)) ||
                !CHECK_EQ(gl_stats(w).cpu_calls, 0))
                printf("        round %d: %s x %s, flags %u, scales %d %d, cpu_calls %d: %s\n", round,
                    type_names[x_type], type_names[y_type], desc.view.flags, desc.view.x.scale,
                    desc.view.y.scale, (int)gl_stats(w).cpu_calls, gl_stats(w).reason);
            gl_clean(w);
        }
        pika_dataset_free(&w->ctx, &rows);
        pika_grid_free(&w->ctx, &grid);
        gl_close(w);
        oracle_free(&want);
        data_free(&data);
    }
}

/* Sums of multiples of 1/16 need no rounding: then the GPU's are the CPU's. */
TEST(gl_stub_sums)
{
    gl_world *w = &world;
    pika_validation validation;
    gl_open(w, STUB_GL43, PIKA_COUNT | PIKA_SUM | PIKA_MEAN | PIKA_MIN, 3);
    if (!gl_begin(w)) return;
    gl_exact(w);
    CHECK_EQ(gl_stats(w).cpu_calls, 0);
    CHECK_OK(pika_validate(&w->ctx, &w->rows, &w->grid, &validation));
    CHECK_EQ(validation.differing, 0);
    gl_clean(w);
    gl_close(w);
}

/* var, std, first, last and rows are the CPU's, on every backend. */
TEST(gl_stub_planes_of_the_cpu)
{
    gl_world *w = &world;
    gl_open(w, STUB_GL43, PIKA_COUNT | PIKA_STD | PIKA_FIRST | PIKA_LAST | PIKA_ARGMAX, 0);
    if (!gl_begin(w)) return;
    gl_exact(w);
    CHECK_EQ(gl_stats(w).cpu_calls, 1);
    CHECK(gl_stats(w).reason[0] != 0);
    gl_clean(w);
    gl_close(w);
    /* with no rows on the host there is nobody to make them */
    gl_open(w, STUB_GL43, PIKA_COUNT | PIKA_STD, 0);
    w->rows_desc.flags = PIKA_DATASET_DEVICE_ONLY;
    if (!gl_begin(w)) return;
    CHECK_RESULT(pika_aggregate(&w->ctx, &w->rows, &w->grid), PIKA_ERR_UNSUPPORTED);
    CHECK_EQ(w->grid.total, 0);
    gl_close(w);
}

/* What a context without compute shaders counts by drawing: count and any, the rest is the CPU's. */
static void gl_blend_round(int kind, int x_type, int y_type, uint64_t *random)
{
    gl_world *w = &world;
    pika_grid_desc desc;
    oracle_grid want;
    test_data data;
    pika_dataset rows;
    pika_grid grid;
    int refused;
    gl_open(w, kind, PIKA_COUNT, 0);
    memset(&rows, 0, sizeof rows);
    memset(&grid, 0, sizeof grid);
    random_desc(&desc, x_type, y_type, random);
    desc.planes &= (unsigned)(PIKA_COUNT | PIKA_ANY);
    if (desc.view.width > 128 || desc.view.height > 128) {
        desc.view.width = desc.view.height = 90;
        desc.view.total_width = desc.view.total_height = desc.view.first_x = desc.view.first_y = 0;
    }
    oracle_init(&want, &desc);
    data_init(&data, &want, x_type, y_type, (size_t)test_between(random, 1, 400), random);
    refused = oracle_refuses(&want.x, x_type) || oracle_refuses(&want.y, y_type);
    if (!refused) oracle_add(&want, &data.points, 0, data.points.count);
    CHECK_OK(pika_gl_init(&w->gl, &w->ctx, &w->desc));
    CHECK_EQ(pika_gl_get_caps(&w->gl)->level, PIKA_GL_LEVEL_RASTER);
    CHECK_OK(pika_grid_alloc(&w->ctx, &grid, &desc));
    if (CHECK_OK(pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &rows, &data.points, NULL))) {
        CHECK_RESULT(pika_aggregate(&w->ctx, &rows, &grid), refused ? PIKA_ERR_INVALID : PIKA_OK);
        if (!grid_equals(&grid, &want, "blending") || !CHECK_EQ(gl_stats(w).cpu_calls, 0))
            printf("        %s x %s, scales %d %d: %s\n", type_names[x_type], type_names[y_type],
                desc.view.x.scale, desc.view.y.scale, gl_stats(w).reason);
        gl_clean(w);
    }
    pika_dataset_free(&w->ctx, &rows);
    pika_grid_free(&w->ctx, &grid);
    gl_close(w);
    oracle_free(&want);
    data_free(&data);
}

TEST(gl_stub_blending)
{
    uint64_t random = test_now.seed * 7 + 3;
    int round, rounds = test_now.quick ? 20 : 60;
    for (round = 0; round < rounds && test_now.failures == 0; round++)
        gl_blend_round(
            round % 2 ? STUB_ES30_BLEND : STUB_GL41, round % 10, (round / 10 + round) % 10, &random);
}

/* A driver that blends in half precision stops at 2,048 rows a cell; others add to a cell, or break. */
TEST(gl_stub_blending_fails)
{
    static const struct {
        int fault;
        const char *function;
    } cases[] = {{STUB_NO_FAULT, NULL}, {STUB_ADD_ONE, "glDrawArrays"}, {STUB_INVALID, "glDrawArrays"},
        {STUB_LOSE, "glDrawArrays"}, {STUB_OUT_OF_MEMORY, "glTexImage2D"},
        {STUB_OUT_OF_MEMORY, "glBufferData"}, {STUB_ZERO, "glCheckFramebufferStatus"},
        {STUB_INVALID, "glReadPixels"}, {STUB_BAD_STATUS, "glCompileShader"},
        {STUB_BAD_STATUS, "glLinkProgram"}};
    int i;
    for (i = 0; i < (int)(sizeof cases / sizeof cases[0]); i++) {
        gl_world *w = &world;
        gl_open(w, STUB_ES30_BLEND, PIKA_COUNT | PIKA_ANY, 3);
        driver.limits.half_blending = i == 0;
        if (!gl_begin(w)) return;
        stub_set_fault(&driver, cases[i].fault, cases[i].function, 1, -1);
        gl_exact(w);
        CHECK(gl_stats(w).reason[0] != 0);
        CHECK(w->told > 0);
        if (!CHECK_EQ(gl_stats(w).cpu_calls, 1)) printf("        case %d\n", i);
        CHECK(i == 0 || driver.fault.hit);
        gl_exact(w);
        CHECK_EQ(gl_stats(w).cpu_calls, 2);
        gl_close(w);
    }
}

/* ---- faults ------------------------------------------------------------------------------------------ */

enum { GL_FALLS, GL_STAYS, GL_EITHER };

typedef struct gl_fault_case {
    int kind;
    const char *function;
    long at, count;
    int outcome;   /* of the call in which it happens */
    int transient; /* once it is over, so is the fall back */
} gl_fault_case;

static const gl_fault_case gl_faults[] = {{STUB_OUT_OF_MEMORY, "glBufferData", 1, 1, GL_EITHER, 1},
    {STUB_OUT_OF_MEMORY, "glBufferData", 2, 1, GL_EITHER, 1},
    {STUB_OUT_OF_MEMORY, "glBufferData", 3, 1, GL_EITHER, 1},
    {STUB_OUT_OF_MEMORY, "glBufferData", 4, 1, GL_EITHER, 1},
    {STUB_OUT_OF_MEMORY, "glBufferData", 5, 1, GL_EITHER, 1},
    {STUB_OUT_OF_MEMORY, "glBufferData", 1, -1, GL_FALLS, 1},
    {STUB_OUT_OF_MEMORY, "glBufferData", 2, -1, GL_FALLS, 1},
    {STUB_OUT_OF_MEMORY, "glDispatchCompute", 1, 1, GL_EITHER, 1},
    {STUB_LOSE, "glDispatchCompute", 1, 1, GL_FALLS, 0}, {STUB_LOSE, "glDispatchCompute", 2, 1, GL_FALLS, 0},
    {STUB_LOSE, "glDispatchCompute", 3, 1, GL_EITHER, 0}, {STUB_LOSE, "glClientWaitSync", 1, 1, GL_FALLS, 0},
    {STUB_LOSE, "glMapBufferRange", 1, 1, GL_FALLS, 0}, {STUB_LOSE, "glUnmapBuffer", 1, 1, GL_FALLS, 0},
    {STUB_LOSE, "glLinkProgram", 1, 1, GL_FALLS, 0}, {STUB_LOSE, "glBufferData", 1, 1, GL_FALLS, 0},
    {STUB_LOSE, "glUseProgram", 1, 1, GL_FALLS, 0}, {STUB_LOSE, "glGetError", 2, 1, GL_FALLS, 0},
    {STUB_JUNK_RESET, "glGetGraphicsResetStatus", 1, -1, GL_STAYS, 0},
    {STUB_INVALID, "glDispatchCompute", 1, 1, GL_FALLS, 0},
    {STUB_INVALID, "glDispatchCompute", 2, 1, GL_FALLS, 0}, {STUB_INVALID, "glUseProgram", 1, 1, GL_FALLS, 0},
    {STUB_INVALID, "glMapBufferRange", 1, -1, GL_FALLS, 0},
    {STUB_BAD_STATUS, "glCompileShader", 1, -1, GL_FALLS, 0},
    {STUB_BAD_STATUS, "glLinkProgram", 1, -1, GL_FALLS, 0}, {STUB_ZERO, "glCreateShader", 1, -1, GL_FALLS, 0},
    {STUB_ZERO, "glCreateProgram", 1, -1, GL_FALLS, 0}, {STUB_ZERO, "glGenBuffers", 1, -1, GL_FALLS, 0},
    {STUB_ZERO, "glFenceSync", 1, -1, GL_FALLS, 0}, {STUB_ZERO, "glMapBufferRange", 1, -1, GL_FALLS, 0},
    {STUB_TIMEOUT, "glClientWaitSync", 1, -1, GL_FALLS, 0},
    {STUB_WAIT_FAILED, "glClientWaitSync", 1, -1, GL_FALLS, 0},
    {STUB_UNMAP_FALSE, "glUnmapBuffer", 1, 1, GL_EITHER, 0},
    {STUB_UNMAP_FALSE, "glUnmapBuffer", 1, -1, GL_FALLS, 0},
    {STUB_ENDLESS_ERROR, "glGetError", 1, -1, GL_FALLS, 0},
    {STUB_ADD_ONE, "glDispatchCompute", 1, -1, GL_FALLS, 0},
    {STUB_DROP_ATOMIC, "glDispatchCompute", 1, -1, GL_FALLS, 0}};
enum { GL_FAULTS = (int)(sizeof gl_faults / sizeof gl_faults[0]) };
enum { GL_BEFORE_INIT, GL_BEFORE_CREATE, GL_BEFORE_FIRST, GL_BEFORE_SECOND, GL_PLACES };

/* 1: the fault happened. */
static int gl_fault_round(const gl_fault_case *fault, int place, int strategy)
{
    gl_world *w = &world;
    pika_backend_stats stats, before;
    int hit, hit_before, off;
    /* a wrong result is found by the self-test, and after it by `validate` alone */
    const int wrong = fault->kind == STUB_ADD_ONE || fault->kind == STUB_DROP_ATOMIC;
    if (wrong && place == GL_BEFORE_SECOND) return 0;
    if (fault->kind == STUB_TIMEOUT && place != GL_BEFORE_FIRST) return 0; /* two seconds each */
    gl_open(w, STUB_GL43, GL_PLANES, 0);
    w->desc.strategy = strategy;
    if (place == GL_BEFORE_INIT)
        stub_set_fault(&driver, fault->kind, fault->function, fault->at, fault->count);
    CHECK_OK(pika_gl_init(&w->gl, &w->ctx, &w->desc));
    if (place == GL_BEFORE_CREATE)
        stub_set_fault(&driver, fault->kind, fault->function, fault->at, fault->count);
    CHECK_OK(pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &w->rows, &w->points, NULL));
    if (place == GL_BEFORE_SECOND) {
        gl_exact(w);
        CHECK_EQ(gl_stats(w).gpu_calls, 1);
    }
    if (place >= GL_BEFORE_FIRST)
        stub_set_fault(&driver, fault->kind, fault->function, fault->at, fault->count);
    before = gl_stats(w);
    hit_before = driver.fault.hit;
    gl_exact(w);
    stats = gl_stats(w);
    hit = driver.fault.hit;
    CHECK_EQ(stats.gpu_calls + stats.cpu_calls, before.gpu_calls + before.cpu_calls + 1);
    /* one that hit before and is over may have been outlived: another try, a binding that was restored */
    if (hit && fault->outcome == GL_FALLS && (!hit_before || fault->count < 0 || fault->kind == STUB_LOSE))
        CHECK_EQ(stats.cpu_calls, 1);
    if (!hit || fault->outcome == GL_STAYS) CHECK_EQ(stats.cpu_calls, 0);
    if (stats.cpu_calls > 0) {
        CHECK(stats.reason[0] != 0);
        CHECK(w->told > 0);
    } else {
        CHECK_STR(stats.reason, "");
    }
    CHECK_STR(driver.misuse, "");
    gl_exact(w); /* again */
    CHECK_EQ(gl_stats(w).gpu_calls + gl_stats(w).cpu_calls, stats.gpu_calls + stats.cpu_calls + 1);
    /* it is over: what was transient comes back by itself, the rest with reinit */
    off = gl_stats(w).cpu_calls > stats.cpu_calls;
    if (driver.lost) {
        pika_gl_abandon(&w->gl);
        stub_renew(&driver);
        w->lost = 1;
        w->buffer = w->texture = w->program = 0;
        CHECK_OK(pika_gl_reinit(&w->gl, NULL));
    } else {
        stub_set_fault(&driver, STUB_NO_FAULT, NULL, 0, 0);
        driver.error_count = 0;
        if (off && !fault->transient) {
            before = gl_stats(w);
            gl_exact(w);
            CHECK_EQ(gl_stats(w).cpu_calls, before.cpu_calls + 1); /* off until reinit */
            CHECK_OK(pika_gl_reinit(&w->gl, NULL));
            w->lost = 1; /* what the old one had is forgotten, as reinit says */
        }
    }
    before = gl_stats(w);
    gl_exact(w);
    CHECK_EQ(gl_stats(w).gpu_calls, before.gpu_calls + 1);
    CHECK_EQ(driver.error_count, 0);
    gl_close(w);
    return hit;
}

TEST(gl_stub_faults)
{
    int i, place;
    for (i = 0; i < GL_FAULTS; i++) {
        int hits = 0;
        for (place = 0; place < GL_PLACES; place++) {
            const long failures = test_now.failures;
            char what[120];
            if (test_now.quick && place == GL_BEFORE_CREATE) continue;
            hits += gl_fault_round(&gl_faults[i], place, PIKA_GL_ATOMIC);
            snprintf(what, sizeof what, "fault %d at %s %ld, %ld times, place %d", gl_faults[i].kind,
                gl_faults[i].function, gl_faults[i].at, gl_faults[i].count, place);
            if (test_now.failures > failures) gl_say(&world, what);
        }
        if (!CHECK(hits > 0)) printf("        %s is never called: fault %d\n", gl_faults[i].function, i);
    }
}

/* The nth call of all fails, for every n: init, create, aggregate twice, free. */
static void gl_sweep(int kind, int strategy)
{
    long n, step = test_now.quick ? 7 : 1, hit = 1;
    for (n = 1; hit && n < 20000; n += step) {
        gl_world *w = &world;
        const long failures = test_now.failures;
        long calls;
        gl_open(w, STUB_GL43, PIKA_COUNT | PIKA_MAX, 0);
        w->desc.strategy = strategy;
        stub_set_fault(&driver, kind, NULL, n, 1);
        if (CHECK_OK(pika_gl_init(&w->gl, &w->ctx, &w->desc)) &&
            CHECK_OK(pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &w->rows, &w->points, NULL))) {
            gl_exact(w);
            gl_exact(w);
            CHECK_EQ(gl_stats(w).gpu_calls + gl_stats(w).cpu_calls, 2);
        }
        hit = driver.fault.hit;
        w->lost = driver.lost;
        if (driver.lost && w->gl.lost) { /* the last call may have been the one that was lost */
            calls = driver.calls;
            pika_dataset_free(&w->ctx, &w->rows);
            pika_gl_free(&w->gl);
            CHECK_EQ(driver.calls, calls); /* no call into a context that is gone */
        }
        gl_close(w);
        if (test_now.failures > failures) {
            printf("        the %ldth call of the driver\n", n);
            break;
        }
    }
    CHECK(n > 50);
    CHECK(!hit);
}

TEST(gl_stub_sweep_memory) { gl_sweep(STUB_OUT_OF_MEMORY, PIKA_GL_ATOMIC); }
TEST(gl_stub_sweep_invalid) { gl_sweep(STUB_INVALID, PIKA_GL_TILED); }
TEST(gl_stub_sweep_loss) { gl_sweep(STUB_LOSE, PIKA_GL_SORT); }

/* load_proc has not this one: what needs it is done by others, and the text says its name. */
TEST(gl_stub_missing_functions)
{
    int i, gone = 0;
    for (i = 0; i < STUB_FUNCTION_COUNT; i++) {
        gl_world *w = &world;
        const long failures = test_now.failures;
        gl_open(w, STUB_GL43, GL_PLANES, 0);
        driver.missing = stub_functions[i].name;
        if (!gl_begin(w)) return;
        gl_exact(w);
        if (pika_gl_get_caps(&w->gl)->level != PIKA_GL_LEVEL_COMPUTE) {
            CHECK_HAS(pika_gl_get_caps(&w->gl)->text, stub_functions[i].name);
            CHECK_EQ(gl_stats(w).cpu_calls, 1);
            gone++;
        } else if (gl_stats(w).cpu_calls == 1) {
            CHECK_HAS(gl_stats(w).reason, stub_functions[i].name);
            gone++;
        }
        gl_close(w);
        if (test_now.failures > failures) printf("        without %s\n", stub_functions[i].name);
    }
    CHECK(gone > 15);
}

/* ---- losing and coming back -------------------------------------------------------------------------- */

TEST(gl_stub_abandon)
{
    gl_world *w = &world;
    uint64_t gpu_calls;
    long calls;
    pika_gl_grid frame;
    memset(&frame, 0, sizeof frame);
    gl_open(w, STUB_GL43, PIKA_COUNT, 0);
    if (!gl_begin(w)) return;
    gl_exact(w);
    CHECK_OK(pika_gl_grid_init(&w->gl, &frame, &w->grid_desc));
    CHECK_OK(pika_gl_aggregate(&w->gl, &w->rows, &frame, NULL));
    calls = driver.calls;
    driver.current = 0;
    pika_gl_abandon(&w->gl);
    gl_exact(w); /* by the CPU */
    CHECK_EQ(gl_stats(w).cpu_calls, 1);
    CHECK(gl_stats(w).reason[0] != 0);
    CHECK_RESULT(pika_gl_grid_init(&w->gl, &frame, &w->grid_desc), PIKA_ERR_INVALID); /* in use */
    pika_gl_grid_free(&w->gl, &frame);
    CHECK_RESULT(pika_gl_grid_init(&w->gl, &frame, &w->grid_desc), PIKA_ERR_GPU);
    CHECK_EQ(driver.calls, calls);
    /* another context: the rows go there by themselves */
    stub_renew(&driver);
    CHECK_OK(pika_gl_reinit(&w->gl, NULL));
    w->lost = 1;
    gpu_calls = gl_stats(w).gpu_calls;
    gl_exact(w);
    CHECK_EQ(gl_stats(w).cpu_calls, 1);
    CHECK_EQ(gl_stats(w).gpu_calls, gpu_calls + 1);
    pika_dataset_free(&w->ctx, &w->rows);
    pika_gl_abandon(&w->gl);
    calls = driver.calls;
    driver.current = 0;
    pika_gl_free(&w->gl);
    CHECK_EQ(driver.calls, calls);
    gl_close(w);
}

TEST(gl_stub_device_only)
{
    gl_world *w = &world;
    pika_validation validation;
    uint64_t total;
    uint32_t count;
    gl_open(w, STUB_GL43, GL_PLANES, 0);
    w->rows_desc.flags = PIKA_DATASET_DEVICE_ONLY;
    if (!gl_begin(w)) return;
    CHECK(w->rows.points.x.data == NULL);
    gl_exact(w);
    CHECK_OK(pika_validate(&w->ctx, &w->rows, &w->grid, &validation)); /* by reading them back */
    CHECK_EQ(validation.differing, 0);
    gl_clean(w);
    total = w->grid.total;
    count = pika_grid_counts(&w->grid)[GL_WIDTH];
    CHECK(total > 0);
    stub_set_fault(&driver, STUB_LOSE, "glDispatchCompute", 1, 1);
    CHECK_RESULT(pika_aggregate(&w->ctx, &w->rows, &w->grid), PIKA_ERR_GPU);
    CHECK_EQ(w->grid.total, total); /* as it was */
    CHECK_EQ(pika_grid_counts(&w->grid)[GL_WIDTH], count);
    CHECK_RESULT(pika_aggregate(&w->ctx, &w->rows, &w->grid), PIKA_ERR_GPU);
    CHECK_RESULT(pika_validate(&w->ctx, &w->rows, &w->want, NULL), PIKA_ERR_GPU);
    pika_gl_abandon(&w->gl);
    stub_renew(&driver);
    w->lost = 1;
    CHECK_OK(pika_gl_reinit(&w->gl, NULL));
    CHECK_RESULT(pika_aggregate(&w->ctx, &w->rows, &w->grid), PIKA_ERR_GPU); /* the rows are gone */
    pika_dataset_free(&w->ctx, &w->rows);
    CHECK_OK(pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &w->rows, &w->points, NULL));
    gl_exact(w);
    gl_close(w);
}

/* While the context lives, a failure is made good from what is read back. */
TEST(gl_stub_device_only_lives)
{
    gl_world *w = &world;
    gl_open(w, STUB_GL43, GL_PLANES, 0);
    w->rows_desc.flags = PIKA_DATASET_DEVICE_ONLY;
    if (!gl_begin(w)) return;
    stub_set_fault(&driver, STUB_INVALID, "glDispatchCompute", 1, 1);
    gl_exact(w);
    CHECK_EQ(gl_stats(w).cpu_calls, 1);
    gl_clean(w);
    gl_close(w);
}

TEST(gl_stub_copied_rows)
{
    gl_world *w = &world;
    gl_open(w, STUB_GL43, GL_PLANES, 0);
    w->rows_desc.flags = PIKA_DATASET_COPY;
    if (!gl_begin(w)) return;
    memset(gl_x, 0, sizeof gl_x);
    memset(gl_value, 0, sizeof gl_value);
    gl_exact(w);
    stub_set_fault(&driver, STUB_LOSE, "glDispatchCompute", 1, 1);
    gl_exact(w); /* from the copy on the host */
    CHECK_EQ(gl_stats(w).cpu_calls, 1);
    w->lost = 1;
    gl_close(w);
}

TEST(gl_stub_not_current)
{
    gl_world *w = &world;
    long calls;
    gl_open(w, STUB_GL43, PIKA_COUNT, 0);
    w->desc.context_current = gl_current;
    w->desc.context_user = w;
    w->current = 0;
    calls = driver.calls;
    driver.current = 0;
    CHECK_RESULT(pika_gl_init(&w->gl, &w->ctx, &w->desc), PIKA_ERR_MISMATCH);
    CHECK_EQ(driver.calls, calls);
    w->current = driver.current = 1;
    if (!gl_begin(w)) return;
    gl_exact(w);
    w->current = driver.current = 0;
    calls = driver.calls;
    CHECK_RESULT(pika_aggregate(&w->ctx, &w->rows, &w->grid), PIKA_ERR_MISMATCH);
    CHECK_EQ(w->grid.total, 0);
    CHECK_RESULT(pika_dataset_update(&w->ctx, &w->rows, 0, &w->points), PIKA_ERR_MISMATCH);
    CHECK_EQ(driver.calls, calls);
    w->current = driver.current = 1;
    gl_exact(w);
    gl_clean(w);
    gl_close(w);
}

/* ---- what a context can do --------------------------------------------------------------------------- */

TEST(gl_stub_levels)
{
    static const struct {
        int kind, level;
        const char *text; /* that the description has */
    } cases[] = {{STUB_GL43, PIKA_GL_LEVEL_COMPUTE, "4.3"}, {STUB_GL42, PIKA_GL_LEVEL_COMPUTE, "4.2"},
        {STUB_ES31, PIKA_GL_LEVEL_COMPUTE, "3.1"}, {STUB_GL21, PIKA_GL_LEVEL_NONE, "2.1"},
        {STUB_ES30, PIKA_GL_LEVEL_NONE, "compute"}, {STUB_GL41, PIKA_GL_LEVEL_RASTER, "4.1"},
        {STUB_ES30_BLEND, PIKA_GL_LEVEL_RASTER, "3.0"}, {STUB_NONE, PIKA_GL_LEVEL_NONE, "GL_VERSION"}};
    int i;
    for (i = 0; i < (int)(sizeof cases / sizeof cases[0]); i++) {
        gl_world *w = &world;
        const pika_gl_caps *caps;
        pika_caps common;
        gl_open(w, cases[i].kind, PIKA_COUNT, 0);
        if (!gl_begin(w)) return;
        caps = pika_gl_get_caps(&w->gl);
        CHECK_HAS(caps->text, cases[i].text);
        if (!CHECK_EQ(caps->level, cases[i].level))
            printf("        context %d: %s\n", cases[i].kind, caps->text);
        if (cases[i].kind != STUB_NONE) {
            CHECK_EQ(caps->es, driver.limits.es);
            CHECK_EQ(caps->major, driver.limits.major);
            CHECK_EQ(caps->minor, driver.limits.minor);
            CHECK_STR(caps->vendor, driver.limits.vendor);
            CHECK_STR(caps->renderer, driver.limits.renderer);
        }
        CHECK_OK(pika_backend_caps(&w->ctx, pika_gl_backend(&w->gl), &common));
        CHECK_STR(common.backend, "gl");
        gl_exact(w);
        CHECK_EQ(gl_stats(w).cpu_calls, cases[i].level == PIKA_GL_LEVEL_NONE);
        if (cases[i].level == PIKA_GL_LEVEL_NONE) CHECK(gl_stats(w).reason[0] != 0);
        gl_clean(w);
        gl_close(w);
    }
}

/* One limit after the other below what compute needs; 0 and -1 are what broken drivers say. */
TEST(gl_stub_limits)
{
    int i, k;
    for (i = 0; i < 8; i++)
        for (k = 0; k < 3; k++) {
            gl_world *w = &world;
            stub_limits *limits = &driver.limits;
            const int value = k == 0 ? 0 : k == 1 ? -1 : i == 3 ? 2 : 32;
            gl_open(w, STUB_GL43, PIKA_COUNT | PIKA_MIN, 0);
            if (i == 0) limits->invocations = value;
            if (i == 1) limits->group_size = value;
            if (i == 2) limits->shared_bytes = k == 2 ? 1024 : value;
            if (i == 3) limits->blocks = value;
            if (i == 4) limits->block_bytes = k == 2 ? 4096 : value;
            if (i == 5) limits->group_count = k == 2 ? 4 : value;
            if (i == 6) limits->texture_size = k == 2 ? 64 : value;
            if (i == 7) limits->binary_formats = k == 1 ? 0 : 1;
            w->desc.strategy = PIKA_GL_TILED;
            if (!gl_begin(w)) return;
            gl_exact(w);
            CHECK_EQ(gl_stats(w).gpu_calls + gl_stats(w).cpu_calls, 1);
            if (i == 3) CHECK(pika_gl_get_caps(&w->gl)->level != PIKA_GL_LEVEL_COMPUTE);
            if (i == 0 && k < 2) CHECK(pika_gl_get_caps(&w->gl)->level != PIKA_GL_LEVEL_COMPUTE);
            gl_clean(w);
            if (!gl_close(w)) printf("        limit %d is %d: %s\n", i, value, w->gl.caps.text);
        }
}

/* What does not fit is uploaded in pieces. */
TEST(gl_stub_little_memory)
{
    long budget;
    for (budget = 2048; budget <= 1 << 20; budget *= 2) {
        gl_world *w = &world;
        gl_open(w, STUB_GL43, PIKA_COUNT, 0);
        driver.limits.buffer_bytes = (size_t)budget + 4096; /* the application's */
        w->desc.vram_limit = (size_t)budget;
        if (!gl_begin(w)) return;
        gl_exact(w);
        gl_exact(w);
        CHECK(driver.peak_bytes <= (size_t)budget + 4096);
        gl_clean(w);
        gl_close(w);
    }
}

/* Rows past the budget go up in pieces at every call, through the ring and its fences. */
TEST(gl_stub_streams)
{
    enum { N = 300000 };
    static const struct {
        size_t limit;
        int streams;
    } cases[] = {{(size_t)64 << 20, 0}, {(size_t)3 << 20, 1}, {(size_t)1 << 22, 1}, {(size_t)3 << 20, 1}};
    float *x = (float *)malloc(N * sizeof *x), *y = (float *)malloc(N * sizeof *y);
    uint64_t random = 9;
    int i, k;
    if (x == NULL || y == NULL) abort();
    for (i = 0; i < N; i++) {
        x[i] = (float)test_between(&random, -30, 1100) / 1024.0f;
        y[i] = (float)test_between(&random, -30, 1100) / 1024.0f;
    }
    for (k = 0; k < 4; k++) {
        gl_world *w = &world;
        pika_memory_estimate estimate;
        pika_backend_stats stats;
        size_t base;
        if (test_now.quick && k != 1) continue;
        gl_open(w, STUB_GL43, PIKA_COUNT, 0);
        w->points = pika_xy_f32(x, y, N);
        pika_grid_clear(&w->ctx, &w->want);
        CHECK_OK(pika_add_points(&w->ctx, &w->want, &w->points));
        w->desc.vram_limit = cases[k].limit;
        w->desc.strategy = PIKA_GL_ATOMIC + k % 3;
        base = driver.live_bytes;
        if (!gl_begin(w)) break;
        CHECK_OK(pika_backend_estimate(
            &w->ctx, pika_gl_backend(&w->gl), &w->points, NULL, &w->grid_desc, &estimate));
        CHECK_EQ(estimate.streams, cases[k].streams);
        if (!cases[k].streams) /* the rows are there; to within 1 % */
            CHECK(driver.live_bytes - base <= estimate.dataset + estimate.scratch &&
                  driver.live_bytes - base >= estimate.dataset - estimate.dataset / 100);
        gl_exact(w);
        gl_exact(w);
        stats = gl_stats(w);
        CHECK_EQ(stats.gpu_calls, 2);
        CHECK_EQ(stats.cpu_calls, 0);
        CHECK_STR(stats.reason, "");
        CHECK(stats.upload_bytes >= (uint64_t)N * 8 * (cases[k].streams ? 2 : 1));
        if (!CHECK(driver.peak_bytes - base <= cases[k].limit))
            printf("        %ld of %ld bytes\n", (long)(driver.peak_bytes - base), (long)cases[k].limit);
        gl_clean(w);
        if (cases[k].streams) { /* in the middle of it */
            stub_set_fault(&driver, STUB_LOSE, "glCopyBufferSubData", 2, 1);
            gl_exact(w);
            CHECK_EQ(gl_stats(w).cpu_calls, driver.fault.hit);
        }
        gl_close(w);
    }
    free(x);
    free(y);
}

/* ---- the program cache ------------------------------------------------------------------------------- */

typedef struct gl_cache {
    struct {
        uint64_t key;
        uint8_t *data;
        size_t size;
    } entry[64];
    int count, loads, saves, hits, keys_of_zero;
} gl_cache;

static size_t gl_cache_load(void *user, uint64_t key, void *data, size_t capacity)
{
    gl_cache *cache = (gl_cache *)user;
    int i;
    cache->loads++;
    for (i = 0; i < cache->count; i++)
        if (cache->entry[i].key == key) {
            size_t n = cache->entry[i].size;
            cache->hits++;
            if (data == NULL) return n;
            if (n > capacity) n = capacity;
            memcpy(data, cache->entry[i].data, n);
            return n;
        }
    return 0;
}

static void gl_cache_save(void *user, uint64_t key, const void *data, size_t size)
{
    gl_cache *cache = (gl_cache *)user;
    int i;
    cache->saves++;
    for (i = 0; i < cache->count && cache->entry[i].key != key; i++) {}
    if (i == 64) return;
    if (i < cache->count) free(cache->entry[i].data);
    else cache->count++;
    cache->entry[i].key = key;
    cache->entry[i].size = size;
    cache->entry[i].data = (uint8_t *)malloc(size + 1);
    if (cache->entry[i].data == NULL) abort();
    memcpy(cache->entry[i].data, data, size);
}

static void gl_cache_free(gl_cache *cache)
{
    int i;
    for (i = 0; i < cache->count; i++) free(cache->entry[i].data);
    memset(cache, 0, sizeof *cache);
}

/* One start with this cache: the compilations and binaries that the driver saw. */
static void gl_cached_start(gl_cache *cache, long *compiles, long *binaries)
{
    gl_world *w = &world;
    long before;
    gl_open(w, STUB_GL43, PIKA_COUNT | PIKA_MAX, 0);
    before = driver.compiles;
    w->desc.cache_load = gl_cache_load;
    w->desc.cache_save = gl_cache_save;
    w->desc.cache_user = cache;
    w->desc.strategy = PIKA_GL_ATOMIC;
    if (gl_begin(w)) {
        gl_exact(w);
        CHECK_EQ(gl_stats(w).cpu_calls, 0);
        gl_clean(w);
    }
    *compiles = driver.compiles - before;
    *binaries = driver.binaries_loaded;
    gl_close(w);
}

TEST(gl_stub_cache)
{
    static gl_cache cache;
    long first, compiles, binaries;
    int i, k;
    memset(&cache, 0, sizeof cache);
    gl_cached_start(&cache, &first, &binaries);
    CHECK(first > 0);
    CHECK_EQ(binaries, 0);
    CHECK_EQ(cache.saves, first);
    CHECK_EQ(cache.count, first);
    gl_cached_start(&cache, &compiles, &binaries);
    CHECK_EQ(compiles, 0);
    CHECK_EQ(binaries, first);
    CHECK_EQ(cache.saves, first);
    for (k = 0; k < 6; k++) { /* whatever is wrong with them: compiled again, and saved */
        const int saves = cache.saves;
        for (i = 0; i < cache.count; i++) {
            uint8_t *data = cache.entry[i].data;
            const size_t size = cache.entry[i].size;
            if (k == 0) data[size / 2] ^= 1;
            if (k == 1) data[0] ^= 0x80;
            if (k == 2) cache.entry[i].size = size / 2;
            if (k == 3) cache.entry[i].size = 1;
            if (k == 4) data[size - 1] ^= 0xFF;
            if (k == 5 && i + 1 < cache.count)
                cache.entry[i].key = cache.entry[i + 1].key ^ 0; /* another's */
        }
        gl_cached_start(&cache, &compiles, &binaries);
        if (k < 5) {
            CHECK_EQ(compiles, first);
            CHECK_EQ(binaries, 0);
            CHECK_EQ(cache.saves, saves + first);
        }
    }
    gl_cache_free(&cache);
    /* a driver that refuses its own binaries, and one without any */
    gl_cached_start(&cache, &compiles, &binaries);
    CHECK_EQ(cache.count, first);
    {
        gl_world *w = &world;
        long before;
        gl_open(w, STUB_GL43, PIKA_COUNT | PIKA_MAX, 0);
        before = driver.compiles;
        w->desc.cache_load = gl_cache_load;
        w->desc.cache_save = gl_cache_save;
        w->desc.cache_user = &cache;
        w->desc.strategy = PIKA_GL_ATOMIC;
        stub_set_fault(&driver, STUB_BAD_STATUS, "glProgramBinary", 1, -1);
        if (gl_begin(w)) gl_exact(w);
        CHECK(driver.fault.hit);
        CHECK_EQ(driver.compiles - before, first);
        CHECK_EQ(gl_stats(w).cpu_calls, 0);
        gl_clean(w);
        gl_close(w);
    }
    gl_cache_free(&cache);
    {
        gl_world *w = &world;
        gl_open(w, STUB_GL43, PIKA_COUNT, 0);
        w->desc.cache_load = gl_cache_load;
        CHECK_RESULT(pika_gl_init(&w->gl, &w->ctx, &w->desc), PIKA_ERR_INVALID); /* one of the two */
        w->desc.cache_save = gl_cache_save;
        w->desc.cache_user = &cache;
        driver.limits.binary_formats = 0;
        if (gl_begin(w)) gl_exact(w);
        CHECK_EQ(cache.count, 0);
        CHECK_EQ(gl_stats(w).cpu_calls, 0);
        gl_close(w);
    }
    gl_cache_free(&cache);
}

/* ---- a driver that computes wrongly ------------------------------------------------------------------ */

TEST(gl_stub_validate)
{
    int validate, device_only;
    for (validate = 1; validate <= 2; validate++)
        for (device_only = 0; device_only < 4; device_only++) {
            gl_world *w = &world;
            const int fault = device_only < 2 ? STUB_ADD_ONE : STUB_MOVE_ONE;
            gl_open(w, STUB_GL43, PIKA_COUNT, 0);
            w->desc.validate = validate;
            w->desc.strategy = PIKA_GL_ATOMIC;
            w->rows_desc.flags = device_only % 2 == 1 ? PIKA_DATASET_DEVICE_ONLY : 0;
            if (!gl_begin(w)) return;
            gl_exact(w);
            CHECK_EQ(gl_stats(w).cpu_calls, 0);
            CHECK_EQ(w->told, 0);
            if (validate == 1 && device_only == 3) { /* its rows are read back for `validate` 2 alone */
                gl_close(w);
                continue;
            }
            stub_set_fault(&driver, fault, "glDispatchCompute", 1, -1);
            gl_exact(w);
            CHECK_EQ(gl_stats(w).cpu_calls, 1);
            CHECK(w->told > 0);
            CHECK_HAS(gl_stats(w).reason, "cell");
            gl_clean(w);
            gl_close(w);
        }
}

/* pika_validate finds it where nobody else looked, and names the cell, both values, device and strategy. */
TEST(gl_stub_validate_call)
{
    gl_world *w = &world;
    pika_validation validation;
    gl_open(w, STUB_GL43, PIKA_COUNT, 0);
    w->desc.strategy = PIKA_GL_ATOMIC;
    if (!gl_begin(w)) return;
    gl_exact(w);
    CHECK_OK(pika_validate(&w->ctx, &w->rows, &w->grid, &validation));
    CHECK_EQ(validation.differing, 0);
    CHECK_EQ(validation.cells, GL_WIDTH * GL_HEIGHT);
    stub_set_fault(&driver, STUB_MOVE_ONE, "glDispatchCompute", 1, -1);
    CHECK_OK(pika_aggregate(&w->ctx, &w->rows, &w->grid));
    CHECK_EQ(gl_stats(w).cpu_calls, 0);
    CHECK_RESULT(pika_validate(&w->ctx, &w->rows, &w->grid, &validation), PIKA_ERR_MISMATCH);
    CHECK_EQ(validation.differing, 2);
    CHECK_EQ(validation.x, 0);
    CHECK_EQ(validation.y, 0);
    CHECK_BITS(validation.expected, (double)pika_grid_counts(&w->want)[0]);
    CHECK(validation.actual > validation.expected);
    CHECK_HAS(pika_last_error(&w->ctx), "strategy 1");
    CHECK_HAS(pika_last_error(&w->ctx), "stub");
    gl_close(w);
}

/* ---- the host's memory ------------------------------------------------------------------------------- */

TEST(gl_stub_heap)
{
    long n;
    int failed = 1;
    for (n = 0; failed && n < 500; n++) {
        gl_world *w = &world;
        pika_result result;
        long base;
        gl_open(w, STUB_GL43, GL_PLANES, 0);
        w->desc.strategy = PIKA_GL_ATOMIC;
        CHECK_OK(pika_gl_init(&w->gl, &w->ctx, &w->desc));
        base = w->heap.calls;
        w->heap.fail_at = base + n;
        result = pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &w->rows, &w->points, NULL);
        CHECK(result == PIKA_OK || result == PIKA_ERR_MEMORY);
        if (result == PIKA_OK) {
            result = pika_aggregate(&w->ctx, &w->rows, &w->grid);
            CHECK(result == PIKA_OK || result == PIKA_ERR_MEMORY);
            if (result == PIKA_OK) gl_same(w, &w->grid, &w->want);
            else CHECK_EQ(w->grid.total, 0);
        } else {
            CHECK(w->rows.backend == NULL);
        }
        failed = w->heap.calls > base + n; /* it was asked for that many */
        w->heap.fail_at = -1;
        if (w->rows.backend == NULL)
            CHECK_OK(pika_dataset_create(&w->ctx, pika_gl_backend(&w->gl), &w->rows, &w->points, NULL));
        gl_exact(w);
        gl_clean(w);
        if (!gl_close(w)) printf("        without the %ldth allocation\n", n);
    }
    CHECK(n > 1 && n < 500);
}

/* ---- results that stay on the GPU -------------------------------------------------------------------- */

TEST(gl_stub_frames)
{
    gl_world *w = &world;
    static uint32_t pairs[2 * GL_WIDTH * GL_HEIGHT], index[GL_WIDTH * GL_HEIGHT], count[GL_WIDTH * GL_HEIGHT];
    pika_gl_grid frame;
    size_t cells = 0, want = 0, i;
    int ready = 0, turns;
    memset(&frame, 0, sizeof frame);
    gl_open(w, STUB_GL43, GL_PLANES, 0);
    if (!gl_begin(w)) return;
    CHECK_OK(pika_gl_grid_init(&w->gl, &frame, &w->grid_desc));
    CHECK_OK(pika_gl_aggregate(&w->gl, &w->rows, &frame, NULL));
    gl_clean(w);
    CHECK_OK(pika_gl_read_begin(&w->gl, &frame));
    for (turns = 0; turns < 100 && ready == 0; turns++) ready = pika_gl_read_ready(&w->gl, &frame);
    CHECK_EQ(ready, 1);
    CHECK_OK(pika_gl_read(&w->gl, &frame, &w->grid));
    gl_same(w, &w->grid, &w->want);
    gl_clean(w);
    CHECK_OK(pika_gl_read(&w->gl, &frame, &w->grid)); /* again, without begin */
    gl_same(w, &w->grid, &w->want);
    CHECK_OK(pika_grid_nonempty(&w->ctx, &w->want, index, count, GL_WIDTH * GL_HEIGHT, &want));
    CHECK_OK(pika_gl_compact(&w->gl, &frame, NULL, 0, &cells));
    CHECK_EQ(cells, want);
    CHECK_RESULT(pika_gl_compact(&w->gl, &frame, pairs, want - 1, &cells), PIKA_ERR_SIZE);
    CHECK_OK(pika_gl_compact(&w->gl, &frame, pairs, GL_WIDTH * GL_HEIGHT, &cells));
    CHECK_EQ(cells, want);
    for (i = 0; i < want; i++) {
        CHECK_EQ(pairs[2 * i], index[i]);
        CHECK_EQ(pairs[2 * i + 1], count[i]);
    }
    gl_clean(w);
    /* a failure shows when it is read, and the CPU makes it */
    stub_set_fault(&driver, STUB_LOSE, "glDispatchCompute", 1, 1);
    CHECK_OK(pika_gl_aggregate(&w->gl, &w->rows, &frame, NULL));
    pika_grid_clear(&w->ctx, &w->grid);
    CHECK_OK(pika_gl_read(&w->gl, &frame, &w->grid));
    gl_same(w, &w->grid, &w->want);
    CHECK_EQ(gl_stats(w).cpu_calls, 1);
    w->lost = 1;
    pika_gl_grid_free(&w->gl, &frame);
    gl_close(w);
}

/* The bytes of pika_shade for count, every transfer. */
TEST(gl_stub_shade)
{
    int transfer;
    for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++) {
        gl_world *w = &world;
        pika_gl_grid frame;
        pika_image image;
        pika_shade_desc shade;
        const stub_object *texture;
        int y, differing = 0;
        memset(&frame, 0, sizeof frame);
        memset(&image, 0, sizeof image);
        memset(&shade, 0, sizeof shade);
        shade.transfer = transfer;
        shade.background = 0x102030FF;
        gl_open(w, STUB_GL43, PIKA_COUNT, 0);
        if (!gl_begin(w)) return;
        CHECK_OK(pika_gl_grid_init(&w->gl, &frame, &w->grid_desc));
        CHECK_OK(pika_gl_aggregate(&w->gl, &w->rows, &frame, NULL));
        CHECK_OK(pika_gl_shade(&w->gl, w->texture, &frame, &shade));
        gl_clean(w);
        CHECK_OK(pika_image_alloc(&w->ctx, &image, GL_WIDTH, GL_HEIGHT));
        CHECK_OK(pika_shade(&w->ctx, &image, &w->want, &shade));
        texture = stub_object_of(STUB_TEXTURE, w->texture);
        if (CHECK(texture != NULL && texture->data != NULL))
            for (y = 0; y < GL_HEIGHT; y++)
                differing +=
                    memcmp(texture->data + (size_t)y * GL_WIDTH * 4,
                        image.pixels + (size_t)(GL_HEIGHT - 1 - y) * GL_WIDTH * 4, GL_WIDTH * 4) != 0;
        if (!CHECK_EQ(differing, 0)) printf("        transfer %d\n", transfer);
        pika_image_free(&w->ctx, &image);
        pika_gl_grid_free(&w->gl, &frame);
        gl_close(w);
    }
}

/* ---- the application's buffers ----------------------------------------------------------------------- */

TEST(gl_stub_import)
{
    gl_world *w = &world;
    pika_gl_points points;
    unsigned names[2];
    float xy[2 * GL_ROWS];
    int i;
    gl_open(w, STUB_GL43, PIKA_COUNT, 0);
    for (i = 0; i < GL_ROWS; i++) {
        xy[2 * i] = gl_x[i];
        xy[2 * i + 1] = gl_y[i];
    }
    stub_GenBuffers(2, names);
    stub_BindBuffer(0x8892, names[0]);
    stub_BufferData(0x8892, sizeof xy, xy, 0x88E4);
    stub_BindBuffer(0x8892, names[1]);
    stub_BufferData(0x8892, sizeof gl_y, gl_y, 0x88E4);
    stub_BindBuffer(0x8892, w->buffer);
    memset(&points, 0, sizeof points);
    points.count = GL_ROWS;
    points.x.buffer = points.y.buffer = names[0];
    points.y.offset = 4;
    points.x.stride = points.y.stride = 8;
    CHECK_OK(pika_gl_init(&w->gl, &w->ctx, &w->desc));
    CHECK_OK(pika_gl_dataset_import(&w->gl, &w->rows, &points));
    gl_exact(w);
    CHECK_EQ(gl_stats(w).cpu_calls, 0);
    gl_clean(w);
    pika_dataset_free(&w->ctx, &w->rows);
    points.y.buffer = names[1]; /* two buffers */
    points.y.offset = 0;
    points.y.stride = 0;
    CHECK_OK(pika_gl_dataset_import(&w->gl, &w->rows, &points));
    gl_exact(w);
    CHECK_EQ(gl_stats(w).cpu_calls, 0);
    pika_dataset_free(&w->ctx, &w->rows);
    points.y.offset = 4; /* one row too long */
    CHECK_RESULT(pika_gl_dataset_import(&w->gl, &w->rows, &points), PIKA_ERR_INVALID);
    points.y.offset = 2;
    CHECK_RESULT(pika_gl_dataset_import(&w->gl, &w->rows, &points), PIKA_ERR_INVALID);
    points.y.offset = 0;
    points.y.buffer = 900;
    CHECK_RESULT(pika_gl_dataset_import(&w->gl, &w->rows, &points), PIKA_ERR_INVALID);
    gl_clean(w);
    CHECK(stub_object_of(STUB_BUFFER, names[0]) != NULL && stub_object_of(STUB_BUFFER, names[1]) != NULL);
    stub_DeleteBuffers(2, names);
    gl_close(w);
}

/* ---- errors of the caller ---------------------------------------------------------------------------- */

TEST(gl_stub_wrong_arguments)
{
    gl_world *w = &world;
    pika_gl zero;
    pika_gl_desc desc;
    memset(&zero, 0, sizeof zero);
    gl_open(w, STUB_GL43, PIKA_COUNT, 0);
    desc = w->desc;
    desc.load_proc = NULL;
    CHECK_RESULT(pika_gl_init(&w->gl, &w->ctx, &desc), PIKA_ERR_INVALID);
    desc = w->desc;
    desc.strategy = 4;
    CHECK_RESULT(pika_gl_init(&w->gl, &w->ctx, &desc), PIKA_ERR_INVALID);
    desc = w->desc;
    desc.profile = 4;
    CHECK_RESULT(pika_gl_init(&w->gl, &w->ctx, &desc), PIKA_ERR_INVALID);
    desc = w->desc;
    desc.workgroup = 100;
    CHECK_RESULT(pika_gl_init(&w->gl, &w->ctx, &desc), PIKA_ERR_INVALID);
    CHECK_EQ(driver.error_count, 0);
    CHECK(pika_gl_get_caps(&zero) == NULL);
    CHECK(pika_gl_backend(&zero) == NULL);
    pika_gl_free(&zero);
    CHECK_STR(pika_gl_strategy_string(PIKA_GL_SORT), "sort");
    CHECK_STR(pika_gl_strategy_string(17), "?");
    gl_close(w);
}

/* An error that the application left is told, and pika's work goes on. */
TEST(gl_stub_errors_before)
{
    gl_world *w = &world;
    gl_open(w, STUB_GL43, PIKA_COUNT, 0);
    if (!gl_begin(w)) return;
    gl_exact(w);
    CHECK_EQ(w->told, 0);
    stub_error(0x500);
    stub_error(0x506);
    gl_exact(w);
    CHECK(w->told > 0);
    CHECK_EQ(gl_stats(w).cpu_calls, 0);
    gl_clean(w);
    gl_close(w);
}

AREA(gl_stub, LISTED(gl_stub_counts), LISTED(gl_stub_types), LISTED(gl_stub_sums),
    LISTED(gl_stub_planes_of_the_cpu), LISTED(gl_stub_blending), LISTED(gl_stub_blending_fails),
    LISTED(gl_stub_faults), LISTED(gl_stub_sweep_memory), LISTED(gl_stub_sweep_invalid),
    LISTED(gl_stub_sweep_loss), LISTED(gl_stub_missing_functions), LISTED(gl_stub_abandon),
    LISTED(gl_stub_device_only), LISTED(gl_stub_device_only_lives), LISTED(gl_stub_copied_rows),
    LISTED(gl_stub_not_current), LISTED(gl_stub_levels), LISTED(gl_stub_limits),
    LISTED(gl_stub_little_memory), LISTED(gl_stub_streams), LISTED(gl_stub_cache), LISTED(gl_stub_validate),
    LISTED(gl_stub_validate_call), LISTED(gl_stub_heap), LISTED(gl_stub_frames), LISTED(gl_stub_shade),
    LISTED(gl_stub_import), LISTED(gl_stub_wrong_arguments), LISTED(gl_stub_errors_before));
