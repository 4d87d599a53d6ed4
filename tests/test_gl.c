/* test_gl.c - pika_gl.h on the OpenGL driver of this machine, a program of its own: contexts by egl.h.
   cc -O2 -I. tests/test_gl.c -o test_gl -pthread -ldl -lm && ./test_gl
   ./test_gl [--api gl|gles] [--rows N] [--seed N] [--quick] [--list] [--dump FOLDER] [part of a name]
   Default: OpenGL, and OpenGL ES where the driver has no other. Needs no GPU; another driver by Mesa's
   variables: GALLIUM_DRIVER=softpipe. Grids are compared with pika_add_points.
   --rows: of all cases that compare cells, together; 10,000,000, on softpipe 300,000.
   --quick: 100,000 (30,000), and fewer cases.   --dump: every shader as a file there. */

#ifndef _DEFAULT_SOURCE
    #define _DEFAULT_SOURCE 1
#endif
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "pika_test.h"

#define PIKA_IMPLEMENTATION
#include "../pika.h"
#define PIKA_GL_IMPLEMENTATION
#include "../pika_gl.h"
#include "egl.h"

/* ---- the driver -------------------------------------------------------------------------------------- */

typedef unsigned gl_enum;
typedef unsigned char gl_boolean;

/* What the tests call themselves: an application with state of its own. */
#define GL_CALLS(X) \
    X(gl_enum, GetError, (void)) \
    X(const unsigned char *, GetString, (gl_enum)) \
    X(void, GetIntegerv, (gl_enum, int *)) \
    X(void, GetIntegeri_v, (gl_enum, unsigned, int *)) \
    X(void, GetInteger64i_v, (gl_enum, unsigned, int64_t *)) \
    X(void, GetFloatv, (gl_enum, float *)) \
    X(gl_boolean, IsEnabled, (gl_enum)) \
    X(void, Enable, (gl_enum)) \
    X(void, Disable, (gl_enum)) \
    X(void, GenBuffers, (int, unsigned *)) \
    X(void, DeleteBuffers, (int, const unsigned *)) \
    X(gl_boolean, IsBuffer, (unsigned)) \
    X(void, BindBuffer, (gl_enum, unsigned)) \
    X(void, BindBufferRange, (gl_enum, unsigned, unsigned, ptrdiff_t, ptrdiff_t)) \
    X(void, BufferData, (gl_enum, ptrdiff_t, const void *, gl_enum)) \
    X(void *, MapBufferRange, (gl_enum, ptrdiff_t, ptrdiff_t, unsigned)) \
    X(gl_boolean, UnmapBuffer, (gl_enum)) \
    X(void, GenTextures, (int, unsigned *)) \
    X(void, DeleteTextures, (int, const unsigned *)) \
    X(gl_boolean, IsTexture, (unsigned)) \
    X(void, BindTexture, (gl_enum, unsigned)) \
    X(void, ActiveTexture, (gl_enum)) \
    X(void, TexStorage2D, (gl_enum, int, gl_enum, int, int)) \
    X(void, BindImageTexture, (unsigned, unsigned, int, gl_boolean, int, gl_enum, gl_enum)) \
    X(void, GenSamplers, (int, unsigned *)) \
    X(void, BindSampler, (unsigned, unsigned)) \
    X(void, DeleteSamplers, (int, const unsigned *)) \
    X(void, GenFramebuffers, (int, unsigned *)) \
    X(void, DeleteFramebuffers, (int, const unsigned *)) \
    X(void, BindFramebuffer, (gl_enum, unsigned)) \
    X(void, FramebufferTexture2D, (gl_enum, gl_enum, gl_enum, unsigned, int)) \
    X(void, ReadPixels, (int, int, int, int, gl_enum, gl_enum, void *)) \
    X(void, GenVertexArrays, (int, unsigned *)) \
    X(void, BindVertexArray, (unsigned)) \
    X(void, DeleteVertexArrays, (int, const unsigned *)) \
    X(unsigned, CreateShader, (gl_enum)) \
    X(void, ShaderSource, (unsigned, int, const char *const *, const int *)) \
    X(void, CompileShader, (unsigned)) \
    X(void, DeleteShader, (unsigned)) \
    X(unsigned, CreateProgram, (void)) \
    X(void, AttachShader, (unsigned, unsigned)) \
    X(void, LinkProgram, (unsigned)) \
    X(void, UseProgram, (unsigned)) \
    X(void, DeleteProgram, (unsigned)) \
    X(gl_boolean, IsProgram, (unsigned)) \
    X(void, Viewport, (int, int, int, int)) \
    X(void, Scissor, (int, int, int, int)) \
    X(void, BlendFuncSeparate, (gl_enum, gl_enum, gl_enum, gl_enum)) \
    X(void, BlendEquationSeparate, (gl_enum, gl_enum)) \
    X(void, ColorMask, (gl_boolean, gl_boolean, gl_boolean, gl_boolean)) \
    X(void, ClearColor, (float, float, float, float)) \
    X(void, PixelStorei, (gl_enum, int)) \
    X(void, ClampColor, (gl_enum, gl_enum)) \
    X(void, Finish, (void))

typedef struct gl_calls {
#define GL_POINTER(result, name, arguments) result(*name) arguments;
    GL_CALLS(GL_POINTER)
#undef GL_POINTER
} gl_calls;

enum {
    GL__NO_SUCH_ENUM = 0xDEAD,
    GL__ONE = 1,
    GL__TEXTURE_2D = 0x0DE1,
    GL__UNSIGNED_BYTE = 0x1401,
    GL__RGBA = 0x1908,
    GL__RENDERER = 0x1F01,
    GL__VERSION = 0x1F02,
    GL__RGBA8 = 0x8058,
    GL__TEXTURE0 = 0x84C0,
    GL__ARRAY_BUFFER = 0x8892,
    GL__STATIC_DRAW = 0x88E4,
    GL__PIXEL_PACK_BUFFER = 0x88EB,
    GL__PIXEL_UNPACK_BUFFER = 0x88EC,
    GL__COLOR_ATTACHMENT0 = 0x8CE0,
    GL__FRAMEBUFFER = 0x8D40,
    GL__UNIFORM_BUFFER = 0x8A11,
    GL__COPY_READ_BUFFER = 0x8F36,
    GL__COPY_WRITE_BUFFER = 0x8F37,
    GL__STORAGE_BUFFER = 0x90D2,
    GL__VERTEX_SHADER = 0x8B31,
    GL__FRAGMENT_SHADER = 0x8B30
};

static egl_context main_context; /* of most tests */
static gl_calls gl;
static struct {
    int es, quick;
    int compute; /* the context has compute shaders */
    int slow;    /* softpipe: a thousand times slower than llvmpipe */
    uint64_t rows;
    char renderer[128];
} way;

static void load_calls(egl_context *context)
{
    void *address;
#define GL_LOAD(result, name, arguments) \
    address = egl_load_proc("gl" #name, context); \
    memcpy(&gl.name, &address, sizeof address);
    GL_CALLS(GL_LOAD)
#undef GL_LOAD
}

/* --dump: the text of every shader that pika compiles goes into a file of that folder. */
static struct {
    const char *folder; /* NULL = none */
    int files;
    gl_enum kinds[4096]; /* by name */
    unsigned (*create)(gl_enum);
    void (*source)(unsigned, int, const char *const *, const int *);
} dump;

static unsigned dump_create(gl_enum kind)
{
    const unsigned shader = dump.create(kind);
    dump.kinds[shader % 4096] = kind;
    return shader;
}

static void dump_source(unsigned shader, int count, const char *const *texts, const int *lengths)
{
    const gl_enum kind = dump.kinds[shader % 4096];
    char path[512];
    FILE *file;
    int i;
    snprintf(path, sizeof path, "%s/%04d.%s", dump.folder, dump.files++,
        kind == GL__VERTEX_SHADER     ? "vert"
        : kind == GL__FRAGMENT_SHADER ? "frag"
                                      : "comp");
    file = fopen(path, "w");
    if (!CHECK(file != NULL)) return;
    for (i = 0; i < count; i++)
        fwrite(texts[i], 1, lengths != NULL && lengths[i] >= 0 ? (size_t)lengths[i] : strlen(texts[i]), file);
    fclose(file);
    dump.source(shader, count, texts, lengths);
}

/* The loader of all sessions. */
static void *test_load(const char *name, void *egl)
{
    void *address = egl_load_proc(name, egl);
    unsigned (*create)(gl_enum) = dump_create;
    void (*source)(unsigned, int, const char *const *, const int *) = dump_source;
    if (dump.folder != NULL && strcmp(name, "glCreateShader") == 0) {
        memcpy(&dump.create, &address, sizeof address);
        memcpy(&address, &create, sizeof create);
    } else if (dump.folder != NULL && strcmp(name, "glShaderSource") == 0) {
        memcpy(&dump.source, &address, sizeof address);
        memcpy(&address, &source, sizeof source);
    }
    return address;
}

/* The rows of one of `cases` cases of a test that takes so many percent of --rows. */
static size_t rows_of(int percent, int cases)
{
    const uint64_t rows = way.rows * (uint64_t)percent / 100 / (uint64_t)cases;
    return rows < 600 ? 600 : (size_t)rows;
}

/* ---- sessions: a context of pika and one of pika_gl -------------------------------------------------- */

/* Programs by key, as a user's callbacks would keep them. */
typedef struct memory_cache {
    struct {
        uint64_t key;
        size_t size;
        unsigned char *data;
    } entries[512];
    int count, loads, hits, saves;
} memory_cache;

static size_t cache_load(void *user, uint64_t key, void *data, size_t capacity)
{
    memory_cache *cache = (memory_cache *)user;
    int i;
    cache->loads++;
    for (i = 0; i < cache->count; i++)
        if (cache->entries[i].key == key) {
            cache->hits++;
            if (data == NULL) return cache->entries[i].size;
            if (capacity > cache->entries[i].size) capacity = cache->entries[i].size;
            memcpy(data, cache->entries[i].data, capacity);
            return capacity;
        }
    return 0;
}

static void cache_save(void *user, uint64_t key, const void *data, size_t size)
{
    memory_cache *cache = (memory_cache *)user;
    int i = 0;
    cache->saves++;
    while (i < cache->count && cache->entries[i].key != key) i++;
    if (i == 512) return;
    if (i == cache->count) cache->count++;
    free(cache->entries[i].data);
    cache->entries[i].key = key;
    cache->entries[i].size = size;
    cache->entries[i].data = (unsigned char *)malloc(size);
    memcpy(cache->entries[i].data, data, size);
}

static void cache_free(memory_cache *cache)
{
    while (cache->count > 0) free(cache->entries[--cache->count].data);
}

typedef struct session {
    pika_ctx ctx;
    pika_gl gl;
    char log[8192]; /* all that was logged, a line each */
    int warnings;   /* of level 0 and 1 */
    long blocks;    /* of the allocator */
} session;

static void *session_alloc(size_t size, size_t align, void *user)
{
    void *block = NULL;
    if (posix_memalign(&block, align, size) != 0) return NULL;
    ((session *)user)->blocks++;
    return block;
}

static void session_release(void *block, size_t size, void *user)
{
    (void)size;
    ((session *)user)->blocks--;
    free(block);
}

static void session_log(void *user, int level, int id, const char *text)
{
    session *s = (session *)user;
    const size_t used = strlen(s->log);
    (void)id;
    if (level < 2) s->warnings++;
    snprintf(s->log + used, sizeof s->log - used, "%s\n", text);
}

static void session_forget_log(session *s) { s->log[0] = 0, s->warnings = 0; }

/* desc NULL = the defaults; the loader is the main context's where there is none. */
static int session_begin(session *s, const pika_gl_desc *desc)
{
    pika_ctx_desc ctx_desc;
    pika_gl_desc gl_desc;
    memset(s, 0, sizeof *s);
    memset(&ctx_desc, 0, sizeof ctx_desc);
    memset(&gl_desc, 0, sizeof gl_desc);
    ctx_desc.log_fn = session_log;
    ctx_desc.alloc_fn = session_alloc;
    ctx_desc.free_fn = session_release;
    ctx_desc.log_user = ctx_desc.alloc_user = s;
    if (desc != NULL) gl_desc = *desc;
    if (gl_desc.load_proc == NULL) {
        gl_desc.load_proc = test_load;
        gl_desc.load_user = &main_context;
        gl_desc.context_current = egl_is_current;
        gl_desc.context_user = &main_context;
    }
    return CHECK_OK(pika_ctx_init(&s->ctx, &ctx_desc)) && CHECK_OK(pika_gl_init(&s->gl, &s->ctx, &gl_desc));
}

static void session_end(session *s)
{
    pika_gl_free(&s->gl);
    pika_ctx_free(&s->ctx);
    CHECK_EQ(s->blocks, 0);
}

static pika_backend_stats session_stats(session *s)
{
    pika_backend_stats stats;
    memset(&stats, 0, sizeof stats);
    CHECK_OK(pika_backend_get_stats(&s->ctx, pika_gl_backend(&s->gl), &stats));
    return stats;
}

static void say(const char *what)
{
    if (test_now.failures > 0 && test_now.failures <= 8) printf("        %s\n", what);
}

/* Since then the CPU made so many results instead of GL. */
static int cpu_made(session *s, const pika_backend_stats *before, int calls, const char *what)
{
    const pika_backend_stats now = session_stats(s);
    if (CHECK_EQ(now.cpu_calls - before->cpu_calls, calls)) return 1;
    say(what);
    say(now.reason != NULL ? now.reason : "no reason");
    return 0;
}

enum { STRATEGIES = 4 };
static const pika_backend_stats none; /* of a session that has just begun */
static session shared[STRATEGIES];    /* one per strategy, for all tests that do not configure */
static memory_cache shared_cache;

static session *session_of(int strategy)
{
    session *s = &shared[strategy];
    pika_gl_desc desc;
    if (s->gl.ready == 0) {
        memset(&desc, 0, sizeof desc);
        desc.strategy = strategy;
        desc.load_proc = test_load;
        desc.load_user = &main_context;
        desc.cache_load = cache_load;
        desc.cache_save = cache_save;
        desc.cache_user = &shared_cache;
        session_begin(s, &desc);
    } else if (s->gl.off) { /* a test failed: the next ones have a chance */
        CHECK_OK(pika_gl_reinit(&s->gl, NULL));
    }
    session_forget_log(s);
    return s;
}

static int shared_count(void)
{
    int i, count = 0;
    for (i = 0; i < STRATEGIES; i++) count += shared[i].gl.ready != 0;
    return count;
}

/* The last test: nothing is left in them, and no error in the queue. */
TEST(shared_sessions_end)
{
    int i;
    for (i = 0; i < STRATEGIES; i++)
        if (shared[i].gl.ready != 0) session_end(&shared[i]);
    cache_free(&shared_cache);
    CHECK_EQ(gl.GetError(), 0);
}

/* ---- tables: columns of any layout ------------------------------------------------------------------- */

enum { X, Y, VALUE, CATEGORY, COLUMNS };
enum { PACKED, WIDE, ODD, BACKWARDS, UNALIGNED, WIDE_BACKWARDS, LAYOUTS };

typedef struct table {
    pika_points points;
    void *memory[COLUMNS];
    uint8_t *valid[COLUMNS];
} table;

static const size_t type_bytes[] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8};
static const char *const type_names[] = {"f32", "f64", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"};

static pika_column *table_column(table *t, int which)
{
    return which == X       ? &t->points.x
           : which == Y     ? &t->points.y
           : which == VALUE ? &t->points.value
                            : &t->points.category;
}

static unsigned char *row_of(const pika_column *column, size_t row)
{
    const ptrdiff_t stride = column->stride != 0 ? column->stride : (ptrdiff_t)type_bytes[column->type];
    return (unsigned char *)(uintptr_t)column->data + (ptrdiff_t)row * stride;
}

/* Memory for a column, to the byte, so that a sanitizer sees every read outside. */
static void table_add(table *t, int which, int type, int layout)
{
    pika_column *column = table_column(t, which);
    const size_t size = type_bytes[type], n = t->points.count;
    const size_t step = layout == WIDE || layout == WIDE_BACKWARDS ? 2 * size + 4
                        : layout == ODD                            ? size + 3
                                                                   : size;
    const size_t start = layout == UNALIGNED || layout == WIDE_BACKWARDS ? 1 : 0;
    const size_t bytes = n == 0 ? 0 : start + (n - 1) * step + size;
    unsigned char *memory = (unsigned char *)calloc(bytes + 1, 1); /* + 1: of no row, too */
    free(t->memory[which]);
    t->memory[which] = memory;
    column->type = type;
    column->stride = layout == PACKED || layout == UNALIGNED ? 0 : (ptrdiff_t)step;
    column->data = memory + start;
    if (layout == BACKWARDS || layout == WIDE_BACKWARDS) {
        column->stride = -(ptrdiff_t)step;
        column->data = memory + start + (n == 0 ? 0 : (n - 1) * step);
    }
}

/* Nulls: about one row in `one_in`. The bitmap begins at any bit. */
static void table_nulls(table *t, int which, int one_in, uint64_t *random)
{
    pika_column *column = table_column(t, which);
    const size_t offset = (size_t)test_below(random, 30), n = t->points.count;
    uint8_t *valid = (uint8_t *)calloc((offset + n + 7) / 8, 1);
    size_t i;
    for (i = 0; i < n; i++)
        if (test_below(random, one_in) != 0) valid[(offset + i) / 8] |= (uint8_t)(1u << (offset + i) % 8);
    free(t->valid[which]);
    t->valid[which] = valid;
    column->valid = valid;
    column->valid_offset = offset;
}

static void table_free(table *t)
{
    int i;
    for (i = 0; i < COLUMNS; i++) free(t->memory[i]), free(t->valid[i]);
    memset(t, 0, sizeof *t);
}

static int row_is_valid(const pika_column *column, size_t row)
{
    const size_t bit = column->valid_offset + row;
    return column->valid == NULL || (column->valid[bit / 8] >> bit % 8 & 1) != 0;
}

/* ---- rows that are hard: near edges, and not numbers ------------------------------------------------- */

/* The value of an ordered key, see pika_axis_keys; of narrow types the key's low bits. */
static void put_key(int type, uint64_t key, unsigned char *to)
{
    const uint32_t low = (uint32_t)key, f32 = low >> 31 ? low ^ 0x80000000u : ~low, i32 = low ^ 0x80000000u;
    const uint64_t top = (uint64_t)1 << 63, f64 = key & top ? key ^ top : ~key, i64 = key ^ top;
    const uint16_t u16 = (uint16_t)low;
    const uint8_t u8 = (uint8_t)low;
    switch (type) {
    case PIKA_F32: memcpy(to, &f32, 4); break;
    case PIKA_F64: memcpy(to, &f64, 8); break;
    case PIKA_I8:
    case PIKA_U8: memcpy(to, &u8, 1); break;
    case PIKA_I16:
    case PIKA_U16: memcpy(to, &u16, 2); break;
    case PIKA_I32: memcpy(to, &i32, 4); break;
    case PIKA_U32: memcpy(to, &low, 4); break;
    case PIKA_I64: memcpy(to, &i64, 8); break;
    default: memcpy(to, &key, 8); break;
    }
}

/* Floats alone: what is not a plain number. */
static void put_special(int type, int kind, uint64_t random, unsigned char *to)
{
    const uint32_t sign32 = (uint32_t)(random >> 63) << 31, any32 = (uint32_t)random;
    const uint64_t sign64 = random >> 63 << 63;
    uint32_t f32;
    uint64_t f64;
    switch (kind) {
    case 0: f32 = sign32, f64 = sign64; break;                                               /* zeros */
    case 1: f32 = (any32 & 0x807FFFFFu), f64 = random & UINT64_C(0x800FFFFFFFFFFFFF); break; /* denormals */
    case 2: f32 = sign32 | 1, f64 = sign64 | 1; break;
    case 3: f32 = sign32 | 0x7F800000u, f64 = sign64 | UINT64_C(0x7FF0000000000000); break; /* infinities */
    case 4: f32 = sign32 | 0x7FC00000u, f64 = sign64 | UINT64_C(0x7FF8000000000000); break; /* NaN */
    case 5: /* NaN, signalling too */
        f32 = (any32 & 0x803FFFFFu) | 0x7F800001u;
        f64 = (random & UINT64_C(0x8007FFFFFFFFFFFF)) | UINT64_C(0x7FF0000000000001);
        break;
    default: /* huge */
        f32 = sign32 | (0x7F7FFFFFu - (any32 & 3));
        f64 = sign64 | (UINT64_C(0x7FEFFFFFFFFFFFFF) - (random & 3));
        break;
    }
    if (type == PIKA_F32) memcpy(to, &f32, 4);
    else memcpy(to, &f64, 8);
}

static void put_number(int type, double value, unsigned char *to)
{
    const float f32 = (float)value;
    if (type == PIKA_F32) memcpy(to, &f32, 4);
    else memcpy(to, &value, 8);
}

/* 0: the axis refuses this type. Half of the rows lie within three keys of an edge. */
static int fill_hard(table *t, int which, const pika_view *view, uint64_t *random)
{
    const pika_column *column = table_column(t, which);
    const pika_axis *axis = which == X ? &view->x : &view->y;
    const int n = which == X ? view->width : view->height, type = column->type, is_float = type <= PIKA_F64;
    uint64_t *keys = (uint64_t *)malloc(((size_t)n + 1) * sizeof *keys);
    size_t i;
    if (pika_axis_keys(NULL, view, which == Y, type, keys) != PIKA_OK) {
        free(keys);
        return 0;
    }
    for (i = 0; i < t->points.count; i++) {
        unsigned char *to = row_of(column, i);
        const uint64_t bits = test_random(random), span = keys[n] - keys[0];
        const int kind = (int)(bits >> 40) % 100;
        const uint64_t key = keys[(bits >> 8) % ((uint64_t)n + 1)];
        if (kind < 50) put_key(type, key + bits % 7 - 3, to);
        else if (kind < 70) put_key(type, keys[0] + (span == 0 ? 0 : test_random(random) % span), to);
        else if (!is_float && kind < 90) put_key(type, kind < 80 ? bits : (bits >> 8) % 5 - 2, to);
        else if (kind < 85 && is_float) /* edges computed another way, and what lies between */
            put_number(type,
                axis->lo + (axis->hi - axis->lo) * (kind < 75 ? (double)(bits % ((uint64_t)n + 1)) / n
                                                              : (double)(bits >> 11) / 9007199254740992.0),
                to);
        else if (is_float && kind < 95) put_special(type, (int)(bits % 7), bits, to);
        else put_key(type, bits, to);
    }
    free(keys);
    return 1;
}

/* Values: any bits, numbers of all sizes, few distinct ones, what is no number; only plain ones if asked. */
static void fill_values(table *t, int which, int plain, uint64_t *random)
{
    const pika_column *column = table_column(t, which);
    const int type = column->type, is_float = type <= PIKA_F64;
    size_t i;
    for (i = 0; i < t->points.count; i++) {
        unsigned char *to = row_of(column, i);
        const uint64_t bits = test_random(random);
        const int kind = (int)(bits >> 40) % 100;
        if (is_float && (plain || kind < 60))
            put_number(type, ((double)(bits >> 11) / 9007199254740992.0 - 0.5) * (plain ? 2e3 : 1e6), to);
        else if (is_float && kind < 80) put_special(type, (int)(bits % 7), bits, to);
        else put_key(type, kind < 30 ? bits % 4 : bits, to);
    }
}

static void fill_categories(table *t, int categories, uint64_t *random)
{
    const pika_column *column = table_column(t, CATEGORY);
    const size_t size = type_bytes[column->type];
    const uint16_t one = 1;
    unsigned char first; /* byte of it: 1 where the low end comes first */
    size_t i;
    memcpy(&first, &one, 1);
    for (i = 0; i < t->points.count; i++) {
        const uint64_t bits = test_random(random);
        int64_t k = (int64_t)(bits >> 8) % (categories + 2) - (bits % 16 == 0);
        unsigned char bytes[8];
        int b;
        if (bits % 64 == 1) k = (int64_t)bits;                              /* any */
        if (bits % 64 == 2) k = ((int64_t)1 << 32) + (int64_t)(bits >> 60); /* wrong if cut to 32 bits */
        for (b = 0; b < 8; b++) bytes[b] = (unsigned char)((uint64_t)k >> 8 * b);
        if (first == 1) memcpy(row_of(column, i), bytes, size);
        else
            for (b = 0; b < (int)size; b++) row_of(column, i)[b] = bytes[size - 1 - (size_t)b];
    }
}

/* ---- comparing --------------------------------------------------------------------------------------- */

static int account_equals(session *s, const pika_grid *got, const pika_grid *want, const char *what)
{
    pika_stats a, b;
    memset(&a, 0, sizeof a), memset(&b, 0, sizeof b);
    if (!CHECK_OK(pika_grid_stats(&s->ctx, got, &a)) || !CHECK_OK(pika_grid_stats(&s->ctx, want, &b)))
        return 0;
    if (CHECK(a.total == b.total && a.inside == b.inside && a.outside == b.outside &&
              a.invalid == b.invalid && a.max_count == b.max_count && a.nonempty == b.nonempty &&
              a.no_value == b.no_value && a.hits == b.hits))
        return 1;
    say(what);
    if (test_now.failures <= 8)
        printf("        total %.0f %.0f, inside %.0f %.0f, outside %.0f %.0f, invalid %.0f %.0f, no value "
               "%.0f %.0f, hits %.0f %.0f\n",
            (double)a.total, (double)b.total, (double)a.inside, (double)b.inside, (double)a.outside,
            (double)b.outside, (double)a.invalid, (double)b.invalid, (double)a.no_value, (double)b.no_value,
            (double)a.hits, (double)b.hits);
    return 0;
}

#define SAME_BITS (PIKA_COUNT | PIKA_ANY | PIKA_MIN | PIKA_MAX)

/* Every cell of these planes, to the bit, and the account. */
static int grid_equals(
    session *s, const pika_grid *got, const pika_grid *want, unsigned planes, const char *what)
{
    const pika_grid_desc *desc = pika_grid_get_desc(want);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    const int layers = desc->categories > 0 ? desc->categories : 1;
    const uint32_t *a = pika_grid_counts(got), *b = pika_grid_counts(want);
    double *p, *q;
    unsigned plane;
    int k, ok = account_equals(s, got, want, what);
    size_t i;
    planes &= desc->planes | PIKA_COUNT;
    if (!CHECK(memcmp(a, b, cells * (size_t)layers * sizeof *a) == 0)) {
        size_t differing = 0, first = 0;
        for (i = cells * (size_t)layers; i-- > 0;)
            if (a[i] != b[i]) differing++, first = i;
        say(what);
        printf("        count: %.0f cells differ; the first is %.0f, %.0f of category %.0f: %.0f, not %.0f\n",
            (double)differing, (double)(first % (size_t)desc->view.width),
            (double)(first % cells / (size_t)desc->view.width), (double)(first / cells), (double)a[first],
            (double)b[first]);
        ok = 0;
    }
    p = (double *)malloc(cells * sizeof *p), q = (double *)malloc(cells * sizeof *q);
    for (plane = PIKA_ANY; plane <= PIKA_ARGMAX; plane <<= 1) {
        if ((planes & plane) == 0) continue;
        for (k = 0; k < layers; k++) {
            if (!CHECK_OK(pika_grid_read(&s->ctx, got, plane, k, p)) ||
                !CHECK_OK(pika_grid_read(&s->ctx, want, plane, k, q)))
                continue;
            for (i = 0; i < cells && test_bits(p[i]) == test_bits(q[i]); i++) {}
            if (CHECK(i == cells)) continue;
            say(what);
            printf("        plane 0x%x, category %d, cell %.0f, %.0f: %.17g, not %.17g\n", plane, k,
                (double)(i % (size_t)desc->view.width), (double)(i / (size_t)desc->view.width), p[i], q[i]);
            ok = 0;
        }
    }
    free(p), free(q);
    return ok;
}

static pika_result cpu_grid(pika_grid *grid, const pika_grid_desc *desc, const pika_points *points)
{
    memset(grid, 0, sizeof *grid);
    if (!CHECK_OK(pika_grid_alloc(NULL, grid, desc))) return PIKA_ERR_MEMORY;
    return pika_add_points(NULL, grid, points);
}

/* The rows as a dataset on this session: the grid equals, and GL made it. */
static int session_equals(session *s, const pika_points *points, const pika_grid *want, const char *what)
{
    const pika_grid_desc *desc = pika_grid_get_desc(want);
    const pika_backend_stats before = session_stats(s);
    pika_dataset dataset;
    pika_grid grid;
    int ok;
    memset(&dataset, 0, sizeof dataset);
    memset(&grid, 0, sizeof grid);
    ok = CHECK_OK(pika_grid_alloc(&s->ctx, &grid, desc)) &&
         CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, points, NULL)) &&
         CHECK_OK(pika_aggregate(&s->ctx, &dataset, &grid)) && grid_equals(s, &grid, want, SAME_BITS, what);
    ok &= cpu_made(s, &before, 0, what);
    ok &= CHECK_EQ(session_stats(s).gpu_calls - before.gpu_calls, points->count > 0);
    if (!ok) say(pika_last_error(&s->ctx));
    pika_dataset_free(&s->ctx, &dataset);
    pika_grid_free(&s->ctx, &grid);
    return ok;
}

/* By one strategy or ALL of them. 0: the CPU refuses these rows, and nothing was compared. */
enum { ALL = -1 };
static int equal_by(int one, const pika_points *points, const pika_grid_desc *desc, const char *what)
{
    pika_grid want;
    char text[200];
    int strategy, refused = cpu_grid(&want, desc, points) != PIKA_OK;
    for (strategy = 0; strategy < STRATEGIES && !refused; strategy++) {
        if (one != ALL && strategy != one) continue;
        snprintf(text, sizeof text, "%s, strategy %s", what, pika_gl_strategy_string(strategy));
        session_equals(session_of(strategy), points, &want, text);
    }
    pika_grid_free(NULL, &want);
    return !refused;
}

/* ALL, with --quick one after another: a strategy compiles programs of its own for each pair of types, and
   that takes most of the time. */
static int all_equal(const pika_points *points, const pika_grid_desc *desc, const char *what)
{
    static int turn;
    return equal_by(way.quick ? turn++ % STRATEGIES : ALL, points, desc, what);
}

/* ---- the program ------------------------------------------------------------------------------------- */

#include "test_gl_exact.c"
#include "test_gl_rows.c"
#include "test_gl_results.c"
#include "test_gl_state.c"
#include "test_gl_driver.c"

static const struct {
    const test_case *tests;
    int count;
} areas[] = {
#define TEST_AREA(area) \
    { \
        area_##area, (int)(sizeof area_##area / sizeof area_##area[0]) \
    }
    TEST_AREA(gl_exact),
    TEST_AREA(gl_rows),
    TEST_AREA(gl_results),
    TEST_AREA(gl_state),
    TEST_AREA(gl_driver),
};

static int usage(void)
{
    fprintf(stderr, "usage: test_gl [--api gl|gles] [--rows N] [--seed N] [--quick] [--list] [--dump FOLDER] "
                    "[part of a name]\n");
    return 2;
}

/* The newest of an API; api NULL: OpenGL with compute shaders, else OpenGL ES. */
static int open_main(const char *api)
{
    static const int versions[][3] = {{0, 4, 3}, {1, 3, 1}, {0, 3, 3}, {0, 3, 1}, {1, 3, 0}, {1, 2, 0}};
    char error[200] = "";
    size_t i;
    for (i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        if (api != NULL && (strcmp(api, "gles") == 0) != versions[i][0]) continue;
        if (egl_open(&main_context, versions[i][0], versions[i][1], versions[i][2], NULL)) return 1;
        if (error[0] == 0) memcpy(error, main_context.error, sizeof error);
    }
    memcpy(main_context.error, error, sizeof error);
    return 0;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Opens the main context and says what it is. */
static int begin(const char *api, uint64_t rows)
{
    int major = 0, minor = 0;
    if (!open_main(api)) return 0;
    load_calls(&main_context);
    snprintf(way.renderer, sizeof way.renderer, "%s", (const char *)gl.GetString(GL__RENDERER));
    gl.GetIntegerv(0x821B, &major), gl.GetIntegerv(0x821C, &minor);
    while (gl.GetError() != 0) {} /* OpenGL ES 2.0 has no such query */
    way.es = main_context.es;
    way.compute = major * 10 + minor >= (way.es ? 31 : 43);
    way.slow = strstr(way.renderer, "softpipe") != NULL;
    way.rows = way.slow ? 300000 : 10000000;
    if (way.quick) way.rows = way.slow ? 30000 : 100000;
    if (rows != 0) way.rows = rows;
    printf("%s\n%s | %s | %s%s\n", pika_build_info(), (const char *)gl.GetString(GL__VERSION), way.renderer,
        main_context.platform, main_context.robust ? ", robust" : "");
    return 1;
}

static struct {
    int passed, failed, skipped;
} total;

static void run(const test_case *test, const char *skip_reason)
{
    const double start = seconds();
    test_now.name = test->name;
    test_now.checks = test_now.failures = 0;
    test_now.skip_reason = skip_reason;
    if (skip_reason == NULL) test->run();
    if (test_now.failures == 0 && test_now.skip_reason != NULL) {
        printf("skipped: %s: %s\n", test->name, test_now.skip_reason);
        total.skipped++;
    } else if (test_now.failures > 0 || test_now.checks == 0) {
        printf("FAILED: %s: %ld of %ld checks\n", test->name, test_now.failures, test_now.checks);
        total.failed++;
    } else {
        printf("%-28s %10ld checks, %6.2f s\n", test->name, test_now.checks, seconds() - start);
        total.passed++;
    }
}

int main(int argc, char **argv)
{
    static const test_case ends = LISTED(shared_sessions_end);
    const char *filter = "", *api = NULL, *skip_reason = NULL;
    int i, k, list = 0, probing = 0;
    uint64_t rows = 0;
    own_path = argv[0];
    test_now.seed = 1;
    for (i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(option, "--list") == 0) list = 1;
        else if (strcmp(option, "--quick") == 0) way.quick = 1;
        else if (strcmp(option, "--probe") == 0) probing = 1; /* by the ladder */
        else if (option[0] != '-') filter = option;
        else if (i + 1 == argc) return usage();
        else if (strcmp(option, "--seed") == 0) test_now.seed = strtoul(value, NULL, 0), i++;
        else if (strcmp(option, "--dump") == 0) dump.folder = value, i++;
        else if (strcmp(option, "--rows") == 0) {
            rows = strtoul(value, NULL, 10), i++;
            if (rows == 0) return usage();
        } else if (strcmp(option, "--api") == 0) {
            api = value, i++;
            if (strcmp(api, "gl") != 0 && strcmp(api, "gles") != 0) return usage();
        } else return usage();
    }
    setvbuf(stdout, NULL, _IONBF, 0); /* a crash must not swallow what was said before it */
    if (!list && !begin(api, rows)) skip_reason = main_context.error;
    else if (!way.compute) skip_reason = "the context has no compute shaders";
    if (probing) {
        if (way.rows != 0) return probe();
        printf("probe: %s\n", main_context.error);
        return 1;
    }
    for (i = 0; i < (int)(sizeof areas / sizeof areas[0]); i++)
        for (k = 0; k < areas[i].count; k++) {
            const test_case *test = &areas[i].tests[k];
            if (strstr(test->name, filter) == NULL) continue;
            if (list) printf("%s\n", test->name);
            else run(test, skip_reason);
        }
    if (list) return 0;
    if (shared_count() > 0) run(&ends, NULL);
    egl_close(&main_context);
    if (total.passed + total.failed + total.skipped == 0) {
        printf("FAILED: no test has '%s' in its name\n", filter);
        total.failed++;
    }
    printf("%d passed, %d failed, %d skipped\n", total.passed, total.failed, total.skipped);
    return total.failed > 0;
}
