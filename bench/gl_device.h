/* gl_device.h - OpenGL for the benchmark itself: its functions, the GPU's clock, and what the device gives:
   reading memory, atomic adds, copying, taking what is uploaded. Included by gl.c alone. */
#include "../tests/egl.h"

enum {
    GL_NO_MEMORY = 0x505,
    GL_RENDERER = 0x1F01,
    GL_VERSION = 0x1F02,
    GL_EXTENSIONS = 0x1F03,
    GL_EXTENSION_COUNT = 0x821D,
    GL_TEXTURE_2D = 0x0DE1,
    GL_RGBA8 = 0x8058,
    GL_COUNTER_BITS = 0x8864,
    GL_QUERY_RESULT = 0x8866,
    GL_TIMESTAMP = 0x8E28,
    GL_TIME_IS_DISJOINT = 0x8FBB,
    GL_STATIC_DRAW = 0x88E4,
    GL_COMPILE_STATUS = 0x8B81,
    GL_LINK_STATUS = 0x8B82,
    GL_COPY_READ = 0x8F36,
    GL_COPY_WRITE = 0x8F37,
    GL_LARGEST_GROUP = 0x90EB,
    GL_STORAGE = 0x90D2,
    GL_LARGEST_BLOCK = 0x90DE,
    GL_COMPUTE_SHADER = 0x91B9,
    GL_MAP_READ = 1,
    GL_DYNAMIC_STORAGE = 0x100,
    GL_ALL_BARRIERS = -1
};

/* kind, name, arguments; those with two names are an extension in OpenGL ES */
#define GL_FUNCTIONS(X) \
    X(const unsigned char *, GetString, (unsigned)) \
    X(const unsigned char *, GetStringi, (unsigned, unsigned)) \
    X(unsigned, GetError, (void)) \
    X(void, GetIntegerv, (unsigned, int *)) \
    X(void, GetInteger64v, (unsigned, int64_t *)) \
    X(void, Finish, (void)) \
    X(void, GenBuffers, (int, unsigned *)) \
    X(void, DeleteBuffers, (int, const unsigned *)) \
    X(void, BindBuffer, (unsigned, unsigned)) \
    X(void, BindBufferBase, (unsigned, unsigned, unsigned)) \
    X(void, BindBufferRange, (unsigned, unsigned, unsigned, ptrdiff_t, ptrdiff_t)) \
    X(void, BufferData, (unsigned, ptrdiff_t, const void *, unsigned)) \
    X(void, BufferSubData, (unsigned, ptrdiff_t, ptrdiff_t, const void *)) \
    X(void, CopyBufferSubData, (unsigned, unsigned, ptrdiff_t, ptrdiff_t, ptrdiff_t)) \
    X(void *, MapBufferRange, (unsigned, ptrdiff_t, ptrdiff_t, unsigned)) \
    X(unsigned char, UnmapBuffer, (unsigned)) \
    X(unsigned, CreateShader, (unsigned)) \
    X(void, ShaderSource, (unsigned, int, const char *const *, const int *)) \
    X(void, CompileShader, (unsigned)) \
    X(void, GetShaderiv, (unsigned, unsigned, int *)) \
    X(void, GetShaderInfoLog, (unsigned, int, int *, char *)) \
    X(void, DeleteShader, (unsigned)) \
    X(unsigned, CreateProgram, (void)) \
    X(void, AttachShader, (unsigned, unsigned)) \
    X(void, LinkProgram, (unsigned)) \
    X(void, GetProgramiv, (unsigned, unsigned, int *)) \
    X(void, UseProgram, (unsigned)) \
    X(void, DeleteProgram, (unsigned)) \
    X(int, GetUniformLocation, (unsigned, const char *)) \
    X(void, Uniform1ui, (int, unsigned)) \
    X(void, DispatchCompute, (unsigned, unsigned, unsigned)) \
    X(void, MemoryBarrier, (unsigned)) \
    X(void, GenQueries, (int, unsigned *)) \
    X(void, GetQueryiv, (unsigned, unsigned, int *)) \
    X(void, GenTextures, (int, unsigned *)) \
    X(void, DeleteTextures, (int, const unsigned *)) \
    X(void, BindTexture, (unsigned, unsigned)) \
    X(void, TexStorage2D, (unsigned, int, unsigned, int, int))
#define GL_TIMER_FUNCTIONS(X) \
    X(void, QueryCounter, (unsigned, unsigned)) \
    X(void, GetQueryObjectui64v, (unsigned, unsigned, uint64_t *))
#define GL_STORAGE_FUNCTIONS(X) X(void, BufferStorage, (unsigned, ptrdiff_t, const void *, unsigned))

typedef struct device {
    egl_context egl;
    int timers;    /* timestamps: 1 they are there */
    int immutable; /* buffers that stay where they are: 1 the same */
    int largest_group;
    int64_t largest_block;
    char renderer[128], version[128];
    unsigned queries[2 * MAX_ROUNDS];
#define GL_POINTER(kind, name, arguments) kind(*name) arguments;
    GL_FUNCTIONS(GL_POINTER)
    GL_TIMER_FUNCTIONS(GL_POINTER)
    GL_STORAGE_FUNCTIONS(GL_POINTER)
#undef GL_POINTER
} device;

static int has_extension(const device *d, const char *name)
{
    int count = 0;
    d->GetIntegerv(GL_EXTENSION_COUNT, &count);
    for (int i = 0; i < count; i++) {
        const char *at = (const char *)d->GetStringi(GL_EXTENSIONS, (unsigned)i);
        if (at && strcmp(at, name) == 0) return 1;
    }
    return 0;
}

static void load_function(device *d, const char *name, const char *suffix, void *function)
{
    char whole[60];
    snprintf(whole, sizeof whole, "gl%s%s", name, suffix);
    void *address = egl_load_proc(whole, &d->egl);
    if (address == NULL) die("the driver has no ", whole);
    memcpy(function, &address, sizeof address);
}

static void device_open(device *d, int es)
{
    int bits = 0;
    memset(d, 0, sizeof *d);
    if (!egl_open(&d->egl, es, es ? 3 : 4, es ? 1 : 3, NULL)) die("no OpenGL: ", d->egl.error);
#define GL_LOAD(kind, name, arguments) load_function(d, #name, "", &d->name);
#define GL_LOAD_TIMER(kind, name, arguments) load_function(d, #name, es ? "EXT" : "", &d->name);
    GL_FUNCTIONS(GL_LOAD)
    d->timers = !es || has_extension(d, "GL_EXT_disjoint_timer_query");
    if (d->timers) {
        GL_TIMER_FUNCTIONS(GL_LOAD_TIMER)
        d->GetQueryiv(GL_TIMESTAMP, GL_COUNTER_BITS, &bits);
        d->timers = bits > 0;
        d->GenQueries(2 * MAX_ROUNDS, d->queries);
    }
    d->immutable = !es && has_extension(d, "GL_ARB_buffer_storage");
    if (d->immutable) {
        GL_STORAGE_FUNCTIONS(GL_LOAD)
    }
#undef GL_LOAD
#undef GL_LOAD_TIMER
    d->GetIntegerv(GL_LARGEST_GROUP, &d->largest_group);
    d->GetInteger64v(GL_LARGEST_BLOCK, &d->largest_block);
    snprintf(d->renderer, sizeof d->renderer, "%s", (const char *)d->GetString(GL_RENDERER));
    snprintf(d->version, sizeof d->version, "%s", (const char *)d->GetString(GL_VERSION));
}

/* ---- the time on the GPU ----------------------------------------------------------------------------- */

/* Each round between two timestamps of the GPU, all submitted one after the other as frames are. The clocks
   of some drivers are wrong: they have to agree with the time on the wall. */
static int time_by_stamps(const device *d, contender *c, int rounds)
{
    double sum = 0, start = seconds();
    int disjoint = 0;
    if (d->egl.es) d->GetIntegerv(GL_TIME_IS_DISJOINT, &disjoint); /* asking forgets what was */
    for (int i = 0; i < rounds; i++) {
        d->QueryCounter(d->queries[2 * i], GL_TIMESTAMP);
        c->run(c->argument);
        d->QueryCounter(d->queries[2 * i + 1], GL_TIMESTAMP);
    }
    d->Finish();
    double wall = 1e6 * (seconds() - start);
    for (int i = 0; i < rounds; i++) {
        uint64_t from = 0, to = 0;
        d->GetQueryObjectui64v(d->queries[2 * i], GL_QUERY_RESULT, &from);
        d->GetQueryObjectui64v(d->queries[2 * i + 1], GL_QUERY_RESULT, &to);
        c->rounds[i] = to > from ? 1e-3 * (double)(to - from) : 0;
        sum += c->rounds[i];
    }
    if (d->egl.es) d->GetIntegerv(GL_TIME_IS_DISJOINT, &disjoint);
    return !disjoint && sum >= 0.2 * wall && sum <= 1.05 * wall;
}

/* A round is some frames, submitted one after the other, and the wait for the last, by their number. */
static void time_by_wall(const device *d, contender *c, int rounds)
{
    double start = seconds();
    c->run(c->argument);
    d->Finish();
    double one = seconds() - start;
    int frames = one > 4e-3 ? 1 : one > 2e-4 ? (int)(4e-3 / one) + 1 : 20;
    for (int round = 0; round < rounds; round++) {
        start = seconds();
        for (int i = 0; i < frames; i++) c->run(c->argument);
        d->Finish();
        c->rounds[round] = 1e6 * (seconds() - start) / frames;
    }
}

/* Microseconds of what run submits, on the GPU: the lowest median of three tries by each of two clocks, all
   upper bounds. On an H200 (driver 580) the same dispatch of atomics takes 0.95 ms or up to 5.6 ms, for a
   second or more after buffers were made or filled. Returns which clock it was. */
static const char *time_gpu(const device *d, contender *c, int rounds)
{
    contender lowest = *c;
    const char *by = NULL;
    for (int attempt = 0; attempt < 3; attempt++) {
        for (int i = 0; i < 2; i++) c->run(c->argument);
        d->Finish();
        for (int clock = 0; clock < 2; clock++) {
            if (clock == 0 && (!d->timers || !time_by_stamps(d, c, rounds))) continue;
            if (clock == 1) time_by_wall(d, c, rounds);
            c->median = median(c->rounds, rounds);
            if (by != NULL && c->median >= lowest.median) continue;
            lowest = *c;
            by = clock == 0 ? "timestamps" : "wall clock";
        }
    }
    *c = lowest;
    return by;
}

/* ---- floors: what the device gives ------------------------------------------------------------------- */

static void check_gl(const device *d, const char *what)
{
    const unsigned error = d->GetError();
    if (error == GL_NO_MEMORY) die("the device's memory does not suffice, try fewer points: ", what);
    if (error != 0) die("an OpenGL error: ", what);
}

static unsigned new_program(const device *d, const char *defines, const char *source)
{
    char log[1000] = "";
    const char *parts[3];
    int done = 0;
    unsigned shader = d->CreateShader(GL_COMPUTE_SHADER), program = d->CreateProgram();
    parts[0] =
        d->egl.es ? "#version 310 es\nprecision highp float;\nprecision highp int;\n" : "#version 430 core\n";
    parts[1] = defines;
    parts[2] = source;
    d->ShaderSource(shader, 3, parts, NULL);
    d->CompileShader(shader);
    d->GetShaderiv(shader, GL_COMPILE_STATUS, &done);
    if (!done) d->GetShaderInfoLog(shader, (int)sizeof log, NULL, log);
    if (!done) die("a shader of the floors does not compile: ", log);
    d->AttachShader(program, shader);
    d->LinkProgram(program);
    d->GetProgramiv(program, GL_LINK_STATUS, &done);
    if (!done) die("a shader of the floors does not link", "");
    d->DeleteShader(shader);
    return program;
}

static unsigned new_buffer(const device *d, size_t bytes, const void *data)
{
    unsigned buffer;
    d->GenBuffers(1, &buffer);
    d->BindBuffer(GL_COPY_WRITE, buffer);
    d->BufferData(GL_COPY_WRITE, (ptrdiff_t)bytes, data, GL_STATIC_DRAW);
    check_gl(d, "a buffer");
    return buffer;
}

/* One that stays in the device's memory where the driver can say so: others move to the host's when they are
   read there a few times, and atomics are five times slower then. */
static unsigned new_device_buffer(const device *d, size_t bytes, const void *data)
{
    unsigned buffer;
    if (!d->immutable) return new_buffer(d, bytes, data);
    d->GenBuffers(1, &buffer);
    d->BindBuffer(GL_COPY_WRITE, buffer);
    d->BufferStorage(GL_COPY_WRITE, (ptrdiff_t)bytes, data, GL_DYNAMIC_STORAGE);
    check_gl(d, "a buffer");
    return buffer;
}

/* A group's threads take ITEMS each, side by side. */
static const char group_source[] =
    "layout(local_size_x = GROUP) in;\n"
    "uniform uint count;\n"
    "uint first_item()\n"
    "{\n"
    "    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;\n"
    "    return group * uint(GROUP * ITEMS) + gl_LocalInvocationID.x;\n"
    "}\n";

/* Reads all words, 16 bytes at a time, and adds them up, so that none can be left out. */
static const char read_source[] =
    "layout(std430, binding = 0) readonly buffer word_buffer { uvec4 words[]; };\n"
    "layout(std430, binding = 1) buffer sum_buffer { uint sums[256]; };\n"
    "shared uint group_sum;\n"
    "void main()\n"
    "{\n"
    "    uint at = first_item(), end = min(at + uint(GROUP * ITEMS), count);\n"
    "    uvec4 sum = uvec4(0u);\n"
    "    if (gl_LocalInvocationID.x == 0u) group_sum = 0u;\n"
    "    barrier();\n"
    "    for (uint i = 0u; i < uint(ITEMS); i++, at += uint(GROUP))\n"
    "        if (at < end) sum += words[at];\n"
    "    atomicAdd(group_sum, sum.x + sum.y + sum.z + sum.w);\n"
    "    barrier();\n"
    "    if (gl_LocalInvocationID.x == 0u) atomicAdd(sums[gl_WorkGroupID.x & 255u], group_sum);\n"
    "}\n";

/* Adds one to a cell for each number up to count; which, a hash of the number decides. */
static const char atomic_source[] =
    "layout(std430, binding = 1) buffer cell_buffer { uint cells[1 << 20]; };\n"
    "void main()\n"
    "{\n"
    "    uint at = first_item();\n"
    "    for (uint i = 0u; i < uint(ITEMS); i++, at += uint(GROUP)) {\n"
    "        uint hash = (at ^ at >> 16) * 0x7feb352du;\n"
    "        hash = (hash ^ hash >> 15) * 0x846ca68bu;\n"
    "        if (at < count) atomicAdd(cells[(hash ^ hash >> 16) & 0xfffffu], 1u);\n"
    "    }\n"
    "}\n";
#define FLOOR_CELLS (1 << 20)

typedef struct floor_work {
    const device *device;
    unsigned program, source, target; /* buffers: read or copied from; added or copied to */
    int group, items;
    size_t count, bytes; /* items in all; of the source */
} floor_work;

static void dispatch_items(const floor_work *w, size_t count)
{
    const size_t of_group = (size_t)w->group * (size_t)w->items, groups = (count + of_group - 1) / of_group;
    const size_t rows = (groups + 65534) / 65535;
    const device *d = w->device;
    d->Uniform1ui(d->GetUniformLocation(w->program, "count"), (unsigned)count);
    d->DispatchCompute((unsigned)((groups + rows - 1) / rows), (unsigned)rows, 1);
}

static double run_device_read(void *argument)
{
    const floor_work *w = (const floor_work *)argument;
    const device *d = w->device;
    const size_t most = (size_t)d->largest_block / 4096 * 4096;
    d->UseProgram(w->program);
    d->BindBufferBase(GL_STORAGE, 1, w->target);
    for (size_t at = 0; at < w->bytes; at += most) {
        const size_t bytes = w->bytes - at < most ? w->bytes - at : most;
        d->BindBufferRange(GL_STORAGE, 0, w->source, (ptrdiff_t)at, (ptrdiff_t)bytes);
        dispatch_items(w, bytes / 16);
    }
    return 0;
}

static double run_device_atomic(void *argument)
{
    const floor_work *w = (const floor_work *)argument;
    w->device->UseProgram(w->program);
    w->device->BindBufferBase(GL_STORAGE, 1, w->target);
    dispatch_items(w, w->count);
    w->device->MemoryBarrier((unsigned)GL_ALL_BARRIERS); /* as every frame has it */
    return 0;
}

static double run_device_copy(void *argument)
{
    const floor_work *w = (const floor_work *)argument;
    w->device->BindBuffer(GL_COPY_READ, w->source);
    w->device->BindBuffer(GL_COPY_WRITE, w->target);
    w->device->CopyBufferSubData(GL_COPY_READ, GL_COPY_WRITE, 0, 0, (ptrdiff_t)w->bytes);
    return 0;
}

/* The sum of a buffer of words, modulo 2^32. */
static uint32_t sum_of(const device *d, unsigned buffer, size_t words)
{
    uint32_t sum = 0;
    const unsigned copy = new_buffer(d, 4 * words, NULL); /* to map: the target stays */
    d->MemoryBarrier((unsigned)GL_ALL_BARRIERS);
    d->BindBuffer(GL_COPY_READ, buffer);
    d->BindBuffer(GL_COPY_WRITE, copy);
    d->CopyBufferSubData(GL_COPY_READ, GL_COPY_WRITE, 0, 0, (ptrdiff_t)(4 * words));
    d->BindBuffer(GL_COPY_READ, copy);
    const uint32_t *at =
        (const uint32_t *)d->MapBufferRange(GL_COPY_READ, 0, (ptrdiff_t)(4 * words), GL_MAP_READ);
    if (at == NULL) die("a buffer of the floors can't be read", "");
    for (size_t i = 0; i < words; i++) sum += at[i];
    d->UnmapBuffer(GL_COPY_READ);
    d->DeleteBuffers(1, &copy);
    return sum;
}

/* The floor of a shader, measured with the work-group size and items a thread that suit it best: a floor is
   no floor if it can be gone below. So the best shape is tried again and again: the lowest counts. Each run
   must have added `expected` to the target. */
static void measure_floor(
    floor_work *w, contender *c, const char *source, size_t target_words, uint32_t expected, int rounds)
{
    static const int groups[4] = {64, 128, 256, 512}, items[4] = {1, 4, 16, 64};
    const device *d = w->device;
    unsigned programs[16];
    contender lowest = *c;
    double least = 0;
    int best = 0;
    char defines[80], both[2000];
    snprintf(both, sizeof both, "%s%s", group_source, source);
    for (int i = 0; i < 24; i++) {
        const int shape = i < 16 ? i : best;
        w->group = groups[shape / 4];
        w->items = items[shape % 4];
        if (w->group > d->largest_group) continue;
        snprintf(defines, sizeof defines, "#define GROUP %d\n#define ITEMS %d\n", w->group, w->items);
        if (i < 16) programs[i] = new_program(d, defines, both);
        w->program = programs[shape];
        const uint32_t before = sum_of(d, w->target, target_words);
        c->run(w);
        if (sum_of(d, w->target, target_words) - before != expected)
            die("the driver gives a wrong result for the shader of a floor", "");
        time_gpu(d, c, i < 16 && rounds > 3 ? 3 : rounds);
        if (least > 0 && c->median >= least) continue;
        least = c->median;
        lowest = *c;
        best = shape;
    }
    *c = lowest;
    for (int i = 0; i < 16; i++)
        if (groups[i / 4] <= d->largest_group) d->DeleteProgram(programs[i]);
}
