/* test_gl: the application's OpenGL state is after every call what it was. */

enum { INTEGER, FLOAT, ENABLED };
enum { ANYWHERE, GL_ONLY, COMPUTE_ONLY };
static const struct {
    const char *name;
    gl_enum query;
    int count, kind, where;
} state_queries[] = {
    {"program", 0x8B8D, 1, INTEGER, ANYWHERE},
    {"array buffer", 0x8894, 1, INTEGER, ANYWHERE},
    {"pixel pack buffer", 0x88ED, 1, INTEGER, ANYWHERE},
    {"pixel unpack buffer", 0x88EF, 1, INTEGER, ANYWHERE},
    {"uniform buffer", 0x8A28, 1, INTEGER, ANYWHERE},
    {"copy read buffer", 0x8F36, 1, INTEGER, ANYWHERE},
    {"copy write buffer", 0x8F37, 1, INTEGER, ANYWHERE},
    {"transform feedback buffer", 0x8C8F, 1, INTEGER, ANYWHERE},
    {"storage buffer", 0x90D3, 1, INTEGER, COMPUTE_ONLY},
    {"atomic counter buffer", 0x92C1, 1, INTEGER, COMPUTE_ONLY},
    {"draw indirect buffer", 0x8F43, 1, INTEGER, COMPUTE_ONLY},
    {"dispatch indirect buffer", 0x90EF, 1, INTEGER, COMPUTE_ONLY},
    {"program pipeline", 0x825A, 1, INTEGER, COMPUTE_ONLY},
    {"vertex array", 0x85B5, 1, INTEGER, ANYWHERE},
    {"active texture", 0x84E0, 1, INTEGER, ANYWHERE},
    {"draw framebuffer", 0x8CA6, 1, INTEGER, ANYWHERE},
    {"read framebuffer", 0x8CAA, 1, INTEGER, ANYWHERE},
    {"renderbuffer", 0x8CA7, 1, INTEGER, ANYWHERE},
    {"read buffer", 0x0C02, 1, INTEGER, ANYWHERE},
    {"viewport", 0x0BA2, 4, INTEGER, ANYWHERE},
    {"scissor box", 0x0C10, 4, INTEGER, ANYWHERE},
    {"blend source", 0x80C9, 1, INTEGER, ANYWHERE},
    {"blend destination", 0x80C8, 1, INTEGER, ANYWHERE},
    {"blend source alpha", 0x80CB, 1, INTEGER, ANYWHERE},
    {"blend destination alpha", 0x80CA, 1, INTEGER, ANYWHERE},
    {"blend equation", 0x8009, 1, INTEGER, ANYWHERE},
    {"blend equation alpha", 0x883D, 1, INTEGER, ANYWHERE},
    {"color mask", 0x0C23, 4, INTEGER, ANYWHERE},
    {"depth mask", 0x0B72, 1, INTEGER, ANYWHERE},
    {"stencil mask", 0x0B98, 1, INTEGER, ANYWHERE},
    {"unpack alignment", 0x0CF5, 1, INTEGER, ANYWHERE},
    {"unpack row length", 0x0CF2, 1, INTEGER, ANYWHERE},
    {"unpack skip rows", 0x0CF3, 1, INTEGER, ANYWHERE},
    {"unpack skip pixels", 0x0CF4, 1, INTEGER, ANYWHERE},
    {"pack alignment", 0x0D05, 1, INTEGER, ANYWHERE},
    {"pack row length", 0x0D02, 1, INTEGER, ANYWHERE},
    {"pack skip rows", 0x0D03, 1, INTEGER, ANYWHERE},
    {"pack skip pixels", 0x0D04, 1, INTEGER, ANYWHERE},
    {"clear color", 0x0C22, 4, FLOAT, ANYWHERE},
    {"blend color", 0x8005, 4, FLOAT, ANYWHERE},
    {"blend", 0x0BE2, 1, ENABLED, ANYWHERE},
    {"depth test", 0x0B71, 1, ENABLED, ANYWHERE},
    {"stencil test", 0x0B90, 1, ENABLED, ANYWHERE},
    {"scissor test", 0x0C11, 1, ENABLED, ANYWHERE},
    {"cull face", 0x0B44, 1, ENABLED, ANYWHERE},
    {"dither", 0x0BD0, 1, ENABLED, ANYWHERE},
    {"rasterizer discard", 0x8C89, 1, ENABLED, ANYWHERE},
    {"alpha to coverage", 0x809E, 1, ENABLED, ANYWHERE},
    {"sample coverage", 0x80A0, 1, ENABLED, ANYWHERE},
    {"sample mask", 0x8E51, 1, ENABLED, COMPUTE_ONLY},
    {"polygon offset", 0x8037, 1, ENABLED, ANYWHERE},
    {"primitive restart, fixed", 0x8D69, 1, ENABLED, ANYWHERE},
    {"primitive restart", 0x8F9D, 1, ENABLED, GL_ONLY},
    {"sRGB framebuffer", 0x8DB9, 1, ENABLED, GL_ONLY},
    {"logic op", 0x0BF2, 1, ENABLED, GL_ONLY},
    {"program point size", 0x8642, 1, ENABLED, GL_ONLY},
    {"multisample", 0x809D, 1, ENABLED, GL_ONLY},
    {"clamped reading", 0x891C, 1, INTEGER, GL_ONLY},
};

typedef struct snapshot {
    int64_t values[256];
    char names[256][32];
    int count;
} snapshot;

static void snapshot_add(snapshot *state, const char *name, int index, int64_t value)
{
    if (state->count == 256) return;
    snprintf(state->names[state->count], sizeof state->names[0], "%s %d", name, index);
    state->values[state->count++] = value;
}

static void snapshot_take(snapshot *state)
{
    static const gl_enum textures[] = {0x8069, 0x8C1D, 0x8514, 0x806A, 0x8919}; /* the last: sampler */
    static const gl_enum images[] = {0x8F3A, 0x8F3B, 0x8F3C, 0x8F3D, 0x8F3E, 0x906E};
    size_t i;
    int k, j, unit_before = 0;
    memset(state, 0, sizeof *state);
    for (i = 0; i < sizeof state_queries / sizeof state_queries[0]; i++) {
        int values[4] = {0, 0, 0, 0};
        float floats[4] = {0, 0, 0, 0};
        if (state_queries[i].where == GL_ONLY && way.es) continue;
        if (state_queries[i].where == COMPUTE_ONLY && !way.compute) continue;
        if (state_queries[i].kind == INTEGER) gl.GetIntegerv(state_queries[i].query, values);
        else if (state_queries[i].kind == FLOAT) gl.GetFloatv(state_queries[i].query, floats);
        else values[0] = gl.IsEnabled(state_queries[i].query);
        if (state_queries[i].kind == FLOAT) memcpy(values, floats, sizeof values);
        for (k = 0; k < state_queries[i].count; k++) snapshot_add(state, state_queries[i].name, k, values[k]);
    }
    gl.GetIntegerv(0x84E0, &unit_before);
    for (k = 0; k < 4; k++) {
        gl.ActiveTexture(GL__TEXTURE0 + (gl_enum)k);
        for (j = 0; j < 5; j++) {
            int value = 0;
            gl.GetIntegerv(textures[j], &value);
            snapshot_add(state, j == 4 ? "sampler of unit" : "texture of unit", k, value);
        }
    }
    gl.ActiveTexture((gl_enum)unit_before);
    for (k = 0; k < 8; k++) {
        static const gl_enum storage[] = {0x90D3, 0x90D4, 0x90D5}, uniform[] = {0x8A28, 0x8A29, 0x8A2A};
        for (j = 0; j < 3; j++) {
            int value = 0;
            int64_t wide = 0;
            if (way.compute) {
                if (j == 0) gl.GetIntegeri_v(storage[j], (unsigned)k, &value), wide = value;
                else gl.GetInteger64i_v(storage[j], (unsigned)k, &wide);
                snapshot_add(state, "storage buffer at", k, wide);
            }
            if (j == 0) gl.GetIntegeri_v(uniform[j], (unsigned)k, &value), wide = value;
            else gl.GetInteger64i_v(uniform[j], (unsigned)k, &wide);
            snapshot_add(state, "uniform buffer at", k, wide);
        }
        for (j = 0; j < 6 && way.compute && k < 4; j++) {
            int value = 0;
            gl.GetIntegeri_v(images[j], (unsigned)k, &value);
            snapshot_add(state, "image unit", k, value);
        }
    }
    CHECK_EQ(gl.GetError(), 0);
}

/* Objects and settings of an application that leaves nothing at its default. */
typedef struct hostile_state {
    unsigned buffers[12], textures[4], samplers[2], framebuffer, vertex_array, program;
} hostile_state;

static unsigned hostile_program(void)
{
    static const char *const gl_text = "#version 150\nvoid main() { gl_Position = vec4(0.0); }\n";
    static const char *const es_text = "#version 300 es\nvoid main() { gl_Position = vec4(0.0); }\n";
    static const char *const gl_color = "#version 150\nout vec4 c;\nvoid main() { c = vec4(1.0); }\n";
    static const char *const es_color = "#version 300 es\nout lowp vec4 c;\nvoid main() { c = vec4(1.0); }\n";
    const unsigned program = gl.CreateProgram();
    int k;
    for (k = 0; k < 2; k++) {
        const unsigned shader = gl.CreateShader(k == 0 ? GL__VERTEX_SHADER : GL__FRAGMENT_SHADER);
        gl.ShaderSource(shader, 1,
            k == 0   ? way.es ? &es_text : &gl_text
            : way.es ? &es_color
                     : &gl_color,
            NULL);
        gl.CompileShader(shader);
        gl.AttachShader(program, shader);
        gl.DeleteShader(shader);
    }
    gl.LinkProgram(program);
    return program;
}

static void hostile_begin(hostile_state *h)
{
    static const gl_enum targets[] = {GL__ARRAY_BUFFER, GL__PIXEL_PACK_BUFFER, GL__PIXEL_UNPACK_BUFFER,
        GL__COPY_READ_BUFFER, GL__COPY_WRITE_BUFFER, GL__UNIFORM_BUFFER};
    static const gl_enum enables[] = {
        0x0C11, 0x0B71, 0x0B90, 0x8C89, 0x0B44, 0x0BE2, 0x809E, 0x80A0, 0x8037, 0x8D69};
    static const gl_enum gl_enables[] = {0x8DB9, 0x0BF2};
    unsigned i;
    memset(h, 0, sizeof *h);
    gl.GenBuffers(12, h->buffers);
    gl.GenVertexArrays(1, &h->vertex_array);
    gl.BindVertexArray(h->vertex_array);
    for (i = 0; i < 12; i++) {
        gl.BindBuffer(GL__COPY_WRITE_BUFFER, h->buffers[i]);
        gl.BufferData(GL__COPY_WRITE_BUFFER, 8192, NULL, GL__STATIC_DRAW);
    }
    for (i = 0; i < 4; i++) gl.BindBufferRange(GL__UNIFORM_BUFFER, i, h->buffers[i], 256, 512);
    if (way.compute) {
        for (i = 0; i < 6; i++)
            gl.BindBufferRange(
                GL__STORAGE_BUFFER, i, h->buffers[i], 256 * (ptrdiff_t)(i & 1), 512 + 16 * (ptrdiff_t)i);
        gl.BindBuffer(GL__STORAGE_BUFFER, h->buffers[11]);
    }
    for (i = 0; i < 6; i++) gl.BindBuffer(targets[i], h->buffers[5 + i]);
    gl.GenTextures(4, h->textures);
    gl.GenSamplers(2, h->samplers);
    gl.GenFramebuffers(1, &h->framebuffer);
    for (i = 0; i < 3; i++) {
        gl.ActiveTexture(GL__TEXTURE0 + i);
        gl.BindTexture(GL__TEXTURE_2D, h->textures[i]);
        gl.TexStorage2D(GL__TEXTURE_2D, 1, GL__RGBA8, 32, 32);
        gl.BindSampler(i, h->samplers[i % 2]);
    }
    gl.BindFramebuffer(GL__FRAMEBUFFER, h->framebuffer);
    gl.FramebufferTexture2D(GL__FRAMEBUFFER, GL__COLOR_ATTACHMENT0, GL__TEXTURE_2D, h->textures[2], 0);
    if (way.compute) gl.BindImageTexture(0, h->textures[0], 0, 0, 0, 0x88B8 /* read only */, GL__RGBA8);
    h->program = hostile_program();
    gl.UseProgram(h->program);
    gl.Viewport(3, 5, 17, 9);
    gl.Scissor(1, 1, 2, 2);
    for (i = 0; i < sizeof enables / sizeof enables[0]; i++) gl.Enable(enables[i]);
    for (i = 0; i < 2 && !way.es; i++) gl.Enable(gl_enables[i]);
    gl.BlendFuncSeparate(0x0302, 0x0303, 0, GL__ONE);
    gl.BlendEquationSeparate(0x800A, 0x800B);
    gl.ColorMask(0, 1, 0, 1);
    gl.ClearColor(0.1f, 0.2f, 0.3f, 0.4f);
    gl.PixelStorei(0x0D05, 8);
    gl.PixelStorei(0x0D02, 77);
    gl.PixelStorei(0x0D03, 3);
    gl.PixelStorei(0x0CF5, 2);
    gl.PixelStorei(0x0CF2, 99);
    gl.PixelStorei(0x0CF4, 5);
    if (!way.es) gl.ClampColor(0x891C, 1);
    CHECK_EQ(gl.GetError(), 0);
}

/* Its objects are alive; then all is as at the start. */
static void hostile_end(hostile_state *h)
{
    static const gl_enum targets[] = {GL__ARRAY_BUFFER, GL__PIXEL_PACK_BUFFER, GL__PIXEL_UNPACK_BUFFER,
        GL__COPY_READ_BUFFER, GL__COPY_WRITE_BUFFER, GL__UNIFORM_BUFFER};
    static const gl_enum enables[] = {
        0x0C11, 0x0B71, 0x0B90, 0x8C89, 0x0B44, 0x0BE2, 0x809E, 0x80A0, 0x8037, 0x8D69};
    static const gl_enum gl_enables[] = {0x8DB9, 0x0BF2};
    unsigned i;
    for (i = 0; i < 12; i++) CHECK(gl.IsBuffer(h->buffers[i]));
    for (i = 0; i < 3; i++) CHECK(gl.IsTexture(h->textures[i]));
    CHECK(gl.IsProgram(h->program));
    for (i = 0; i < sizeof enables / sizeof enables[0]; i++) gl.Disable(enables[i]);
    for (i = 0; i < 2 && !way.es; i++) gl.Disable(gl_enables[i]);
    for (i = 0; i < 6; i++) gl.BindBuffer(targets[i], 0);
    for (i = 0; i < 3; i++) {
        gl.ActiveTexture(GL__TEXTURE0 + i);
        gl.BindTexture(GL__TEXTURE_2D, 0);
        gl.BindSampler(i, 0);
    }
    gl.ActiveTexture(GL__TEXTURE0);
    gl.BindFramebuffer(GL__FRAMEBUFFER, 0);
    gl.UseProgram(0);
    gl.BindVertexArray(0);
    if (!way.es) gl.ClampColor(0x891C, 0x891D); /* fixed point only */
    gl.BlendFuncSeparate(GL__ONE, 0, GL__ONE, 0);
    gl.BlendEquationSeparate(0x8006, 0x8006);
    gl.ColorMask(1, 1, 1, 1);
    gl.PixelStorei(0x0D05, 4), gl.PixelStorei(0x0D02, 0), gl.PixelStorei(0x0D03, 0);
    gl.PixelStorei(0x0CF5, 4), gl.PixelStorei(0x0CF2, 0), gl.PixelStorei(0x0CF4, 0);
    gl.DeleteBuffers(12, h->buffers);
    gl.DeleteTextures(4, h->textures);
    gl.DeleteSamplers(2, h->samplers);
    gl.DeleteFramebuffers(1, &h->framebuffer);
    gl.DeleteVertexArrays(1, &h->vertex_array);
    gl.DeleteProgram(h->program);
    CHECK_EQ(gl.GetError(), 0);
}

static void snapshots_equal(const snapshot *before, const char *call)
{
    static snapshot after;
    int i, differing = 0;
    if (!CHECK_EQ(gl.GetError(), 0)) say(call);
    snapshot_take(&after);
    for (i = 0; i < before->count; i++)
        if (before->values[i] != after.values[i] && differing++ < 4)
            printf("    %s: %s was %.0f, is %.0f\n", call, before->names[i], (double)before->values[i],
                (double)after.values[i]);
    CHECK_EQ(differing, 0);
}

/* A call, between two snapshots. */
#define CLEAN(call) \
    do { \
        snapshot_take(&state); \
        call; \
        snapshots_equal(&state, #call); \
    } while (0)
#define CLEAN_OK(call) CLEAN(CHECK_OK(call))

/* Every public call leaves the state as it was; profile: by compute shaders, and by blending. */
static void state_of_profile(int profile)
{
    static session s;
    static snapshot state;
    uint64_t random = test_now.seed + 20;
    hostile_state hostile;
    pika_gl_desc gl_desc;
    pika_dataset dataset, import;
    pika_grid_desc desc;
    pika_grid grid, want;
    pika_gl_grid on_gpu;
    pika_gl_points import_points;
    pika_points part;
    pika_memory_estimate estimate;
    pika_caps caps;
    unsigned texture, buffers[COLUMNS];
    size_t cells = 0;
    int strategy, planes;
    table t;
    const int compute = profile != PIKA_GL_PROFILE_RASTER;
    plain_table(&t, 4000, &random);
    texture = texture_new(30, 20);
    import_of(&import_points, &t, SEPARATE, buffers);
    hostile_begin(&hostile);
    for (strategy = 0; strategy < (compute ? STRATEGIES : 1); strategy++) {
        desc_of(&gl_desc, &main_context);
        gl_desc.strategy = strategy;
        gl_desc.profile = profile;
        gl_desc.cache_load = cache_load, gl_desc.cache_save = cache_save, gl_desc.cache_user = &shared_cache;
        gl_desc.flags = strategy == 1 ? PIKA_GL_TUNE : 0;
        memset(&s, 0, sizeof s);
        CHECK_OK(pika_ctx_init(&s.ctx, NULL));
        CLEAN_OK(pika_gl_init(&s.gl, &s.ctx, &gl_desc));
        CLEAN_OK(pika_backend_caps(&s.ctx, pika_gl_backend(&s.gl), &caps));
        for (planes = 0; planes < (compute ? 3 : 1); planes++) {
            memset(&dataset, 0, sizeof dataset), memset(&import, 0, sizeof import);
            memset(&grid, 0, sizeof grid), memset(&on_gpu, 0, sizeof on_gpu);
            unit_desc(&desc, 30, 20);
            desc.planes = planes == 0 ? PIKA_ANY : planes == 1 ? PIKA_MIN | PIKA_MAX : PIKA_MEAN;
            desc.categories = planes == 1 ? 3 : 0;
            CHECK_OK(cpu_grid(&want, &desc, &t.points));
            CLEAN_OK(
                pika_backend_estimate(&s.ctx, pika_gl_backend(&s.gl), &t.points, NULL, &desc, &estimate));
            part = rows_from(&t.points, 0, 3000);
            CLEAN_OK(pika_dataset_create(&s.ctx, pika_gl_backend(&s.gl), &dataset, &part, NULL));
            part = rows_from(&t.points, 3000, 1000);
            CLEAN_OK(pika_dataset_update(&s.ctx, &dataset, 3000, &part));
            CHECK_OK(pika_grid_alloc(&s.ctx, &grid, &desc));
            CLEAN_OK(pika_aggregate(&s.ctx, &dataset, &grid));
            grid_equals(&s, &grid, &want, SAME_BITS, "hostile state");
            CLEAN_OK(pika_validate(&s.ctx, &dataset, &grid, NULL));
            CLEAN(cpu_made(&s, &none, 0, "hostile state"));
            if (compute) {
                CLEAN_OK(pika_gl_grid_init(&s.gl, &on_gpu, &desc));
                CLEAN_OK(pika_gl_aggregate(&s.gl, &dataset, &on_gpu, NULL));
                CLEAN_OK(pika_gl_read_begin(&s.gl, &on_gpu));
                CLEAN(pika_gl_read_ready(&s.gl, &on_gpu));
                CLEAN_OK(pika_gl_read(&s.gl, &on_gpu, &grid));
                grid_equals(&s, &grid, &want, SAME_BITS, "hostile state, read");
                CLEAN_OK(pika_gl_compact(&s.gl, &on_gpu, NULL, 0, &cells));
                if (planes == 1) CLEAN(pika_gl_shade(&s.gl, texture, &on_gpu, NULL)); /* refused: mixed */
                else CLEAN_OK(pika_gl_shade(&s.gl, texture, &on_gpu, NULL));
                CLEAN_OK(pika_gl_dataset_import(&s.gl, &import, &import_points));
                CLEAN_OK(pika_gl_aggregate(&s.gl, &import, &on_gpu, NULL));
                CLEAN_OK(pika_gl_read(&s.gl, &on_gpu, &grid));
                grid_equals(&s, &grid, &want, SAME_BITS, "hostile state, import");
                CLEAN(pika_gl_grid_free(&s.gl, &on_gpu));
                CLEAN(pika_dataset_free(&s.ctx, &import));
                import_points.x.offset += 2; /* an error on the way */
                CLEAN(CHECK_RESULT(pika_gl_dataset_import(&s.gl, &import, &import_points), PIKA_ERR_INVALID));
                import_points.x.offset -= 2;
            }
            CLEAN(pika_dataset_free(&s.ctx, &dataset));
            pika_grid_free(&s.ctx, &grid);
            pika_grid_free(NULL, &want);
        }
        CLEAN_OK(pika_gl_reinit(&s.gl, NULL));
        CLEAN(pika_gl_free(&s.gl));
        pika_ctx_free(&s.ctx);
    }
    hostile_end(&hostile);
    for (planes = 0; planes < COLUMNS; planes++) CHECK(gl.IsBuffer(buffers[planes]));
    gl.DeleteBuffers(COLUMNS, buffers);
    gl.DeleteTextures(1, &texture);
    table_free(&t);
}

TEST(state_is_kept) { state_of_profile(PIKA_GL_PROFILE_FULL); }
TEST(state_is_kept_by_blending) { state_of_profile(PIKA_GL_PROFILE_RASTER); }

/* An error that the application left is told, and is not pika's. */
TEST(errors_left_in_the_queue)
{
    static const float x[] = {0.5f, 0.25f};
    const pika_points points = pika_xy_f32(x, x, 2);
    session *s = session_of(PIKA_GL_AUTO);
    pika_grid_desc desc;
    pika_grid want;
    unit_desc(&desc, 4, 4);
    CHECK_OK(cpu_grid(&want, &desc, &points));
    gl.Enable(GL__NO_SUCH_ENUM);
    session_equals(s, &points, &want, "with an error in the queue");
    CHECK_EQ(s->warnings, 1);
    CHECK_HAS(s->log, "0x500");
    CHECK_EQ(gl.GetError(), 0);
    session_forget_log(s);
    session_equals(s, &points, &want, "without one");
    CHECK_EQ(s->warnings, 0);
    pika_grid_free(NULL, &want);
}

/* A program that was deleted while in use cannot be put back after another: no error, and the right grid. */
TEST(program_deleted_in_use)
{
    static const float x[] = {0.5f, 0.25f};
    const pika_points points = pika_xy_f32(x, x, 2);
    session *s = session_of(PIKA_GL_ATOMIC);
    const unsigned program = hostile_program();
    pika_grid_desc desc;
    pika_grid want;
    unit_desc(&desc, 4, 4);
    CHECK_OK(cpu_grid(&want, &desc, &points));
    gl.UseProgram(program);
    gl.DeleteProgram(program);
    session_equals(s, &points, &want, "program deleted in use");
    CHECK_EQ(gl.GetError(), 0);
    CHECK_EQ(s->warnings, 0);
    gl.UseProgram(0);
    pika_grid_free(NULL, &want);
}

AREA(gl_state, LISTED(state_is_kept), LISTED(state_is_kept_by_blending), LISTED(errors_left_in_the_queue),
    LISTED(program_deleted_in_use));
