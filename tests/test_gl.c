/* test_gl.c - pika_gl.h on the OpenGL driver of this machine, a program of its own: contexts by egl.h.
   cc -O2 -I. tests/test_gl.c -o test_gl -pthread -ldl -lm && ./test_gl
   ./test_gl [--api gl|gles] [--rows N] [--seed N] [--quick] [--list] [--dump FOLDER] [part of a name]
   Default: OpenGL, OpenGL ES where the driver has no other. --rows: of all cases that compare cells, together;
   10,000,000, on softpipe 300,000. --quick: 100,000, and fewer cases. Other drivers by Mesa's variables:
   GALLIUM_DRIVER=softpipe. --dump: every shader as a file there. Needs no GPU. Every grid is compared with pika_add_points. */

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

/* ---- the driver ----------------------------------------------------------------------------------------- */

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

/* ---- sessions: a context of pika and one of pika_gl ------------------------------------------------------ */

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
} session;

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
    ctx_desc.log_user = s;
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
    CHECK_EQ(s->ctx.live_bytes - s->ctx.held_bytes, 0);
    pika_ctx_free(&s->ctx);
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

static void sessions_end(void)
{
    int i;
    for (i = 0; i < STRATEGIES; i++)
        if (shared[i].gl.ready != 0) session_end(&shared[i]);
    cache_free(&shared_cache);
}

/* ---- tables: columns of any layout ---------------------------------------------------------------------- */

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

/* ---- rows that are hard: near edges, and not numbers ----------------------------------------------------- */

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

/* 0: the axis refuses this type. Half of the rows lie within three keys of an edge; 1 in `plain` is made to lie
   inside, so that both coordinates do often enough. */
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
                       axis->lo + (axis->hi - axis->lo) * (kind < 75
                                                               ? (double)(bits % ((uint64_t)n + 1)) / n
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
    size_t i;
    for (i = 0; i < t->points.count; i++) {
        const uint64_t bits = test_random(random);
        int64_t k = (int64_t)(bits >> 8) % (categories + 2) - (bits % 16 == 0);
        unsigned char bytes[8];
        int b;
        if (bits % 64 == 1) k = (int64_t)bits;                              /* any */
        if (bits % 64 == 2) k = ((int64_t)1 << 32) + (int64_t)(bits >> 60); /* wrong if cut to 32 bits */
        for (b = 0; b < 8; b++) bytes[b] = (unsigned char)((uint64_t)k >> 8 * b);
        if (*(const uint16_t *)"\1\0" == 1) memcpy(row_of(column, i), bytes, size);
        else
            for (b = 0; b < (int)size; b++) row_of(column, i)[b] = bytes[size - 1 - (size_t)b];
    }
}

/* ---- comparing ------------------------------------------------------------------------------------------ */

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
               (double)b.outside, (double)a.invalid, (double)b.invalid, (double)a.no_value,
               (double)b.no_value, (double)a.hits, (double)b.hits);
    return 0;
}

#define SAME_BITS (PIKA_COUNT | PIKA_ANY | PIKA_MIN | PIKA_MAX)

/* Every cell of these planes, to the bit, and the account. */
static int grid_equals(session *s, const pika_grid *got, const pika_grid *want, unsigned planes,
                       const char *what)
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
                   (double)(i % (size_t)desc->view.width), (double)(i / (size_t)desc->view.width), p[i],
                   q[i]);
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

/* By all strategies, with --quick by one after another; 0: the CPU refuses these rows, and nothing was compared.
   Programs are compiled for each strategy and pair of types: that takes most of the time. */
static int all_equal(const pika_points *points, const pika_grid_desc *desc, const char *what)
{
    static int turn;
    const int quick = way.quick ? turn++ % STRATEGIES : -1;
    pika_grid want;
    char text[200];
    int strategy, refused = cpu_grid(&want, desc, points) != PIKA_OK;
    for (strategy = 0; strategy < STRATEGIES && !refused; strategy++) {
        if (quick >= 0 && strategy != quick) continue;
        snprintf(text, sizeof text, "%s, strategy %s", what, pika_gl_strategy_string(strategy));
        session_equals(session_of(strategy), points, &want, text);
    }
    pika_grid_free(NULL, &want);
    return !refused;
}

/* ---- exactness ------------------------------------------------------------------------------------------ */

enum { FLOATS = 3, F64_ALONE = 2, LONGS = 0x300, INTEGERS = 0x3FC, ALL_TYPES = 0x3FF };

typedef struct axis_case {
    const char *name;
    pika_axis axis;
    int cells;
    unsigned types, flags; /* PIKA_HALF_OPEN: this axis; PIKA_EXACT_EDGES */
    int first, total;      /* a tile */
} axis_case;

static const axis_case axis_cases[] = {
    {"unit", {0, 1, 0, 0, 0}, 1024, FLOATS, 0, 0, 0},
    {"unit, half open", {0, 1, 0, 0, 0}, 1000, FLOATS, PIKA_HALF_OPEN, 0, 0},
    {"decimal", {0.1, 0.3, 0, 0, 0}, 1023, FLOATS, 0, 0, 0},
    {"around 0", {-1, 1, 0, 0, 0}, 777, FLOATS, 0, 0, 0},
    {"one cell", {-1, 1, 0, 0, 0}, 1, FLOATS, PIKA_HALF_OPEN, 0, 0},
    {"1e6 + 1", {1e6, 1e6 + 1, 0, 0, 0}, 512, FLOATS, 0, 0, 0},
    {"1.7e9 +- 1", {1.7e9 - 1, 1.7e9 + 1, 0, 0, 0}, 700, F64_ALONE, 0, 0, 0},
    {"1.7e9 +- 1, open", {1.7e9 - 1, 1.7e9 + 1, 0, 0, 0}, 997, F64_ALONE, PIKA_HALF_OPEN, 0, 0},
    {"four ulps of f32", {1, 1.000000476837158203125, 0, 0, 0}, 100, FLOATS, 0, 0, 0},
    {"four ulps of f64", {1, 1.0000000000000008881784197001252, 0, 0, 0}, 9, F64_ALONE, 0, 0, 0},
    {"near 0", {0, 1e-36, 0, 0, 0}, 100, FLOATS, 0, 0, 0},
    {"denormals of f64", {-1e-310, 1e-306, 0, 0, 0}, 90, F64_ALONE, 0, 0, 0},
    {"huge", {-1.5e38, 1.5e38, 0, 0, 0}, 1000, FLOATS, 0, 0, 0},
    {"huge f64", {-8e307, 8e307, 0, 0, 0}, 333, F64_ALONE, 0, 0, 0},
    {"exact edges", {0, 1, 0, 0, 0}, 1000, FLOATS, PIKA_EXACT_EDGES, 0, 0},
    {"exact edges, open", {-0.7, 1e4, 0, 0, 0}, 641, FLOATS, PIKA_EXACT_EDGES | PIKA_HALF_OPEN, 0, 0},
    {"exact edges, 1.7e9", {1.7e9 - 1, 1.7e9 + 1, 0, 0, 0}, 700, F64_ALONE, PIKA_EXACT_EDGES, 0, 0},
    {"log", {1e-3, 1e5, 0, PIKA_LOG10, 0}, 800, ALL_TYPES, 0, 0, 0},
    {"log of all f64", {1e-300, 1e300, 0, PIKA_LOG10, 0}, 1024, F64_ALONE, 0, 0, 0},
    {"log of all f32", {1e-38, 1e38, 0, PIKA_LOG10, 0}, 1024, FLOATS, PIKA_HALF_OPEN, 0, 0},
    {"log of denormals", {1e-44, 1e-38, 0, PIKA_LOG10, 0}, 60, FLOATS, 0, 0, 0},
    {"log, narrow", {1, 1.0001, 0, PIKA_LOG10, 0}, 500, FLOATS, 0, 0, 0},
    {"symlog", {-1e6, 1e6, 0, PIKA_SYMLOG, 0}, 901, ALL_TYPES, 0, 0, 0},
    {"symlog, steep", {-1e300, 1e300, 0, PIKA_SYMLOG, 1e-300}, 512, F64_ALONE, 0, 0, 0},
    {"symlog, one side", {5, 1e4, 0, PIKA_SYMLOG, 1e-3}, 256, ALL_TYPES, PIKA_HALF_OPEN, 0, 0},
    {"tile", {0, 1, 0, 0, 0}, 300, FLOATS, 0, 1234, 5000},
    {"last tile", {-3, 11, 0, 0, 0}, 256, FLOATS, PIKA_HALF_OPEN, 744, 1000},
    {"tile of log", {1e-5, 1e5, 0, PIKA_LOG10, 0}, 200, FLOATS, 0, 400, 1000},
    {"tile of exact edges", {0, 7, 0, 0, 0}, 128, FLOATS, PIKA_EXACT_EDGES, 256, 1024},
    {"bytes", {-128, 255, 0, 0, 0}, 383, ALL_TYPES, 0, 0, 0},
    {"bytes, few cells", {0, 100, 0, 0, 0}, 7, ALL_TYPES, PIKA_HALF_OPEN, 0, 0},
    {"bytes, many cells", {-5, 5, 0, 0, 0}, 1000, ALL_TYPES, 0, 0, 0},
    {"words", {-32768, 65535, 0, 0, 0}, 999, ALL_TYPES, 0, 0, 0},
    {"words, exact edges", {-1000.5, 1000.25, 0, 0, 0}, 77, ALL_TYPES, PIKA_EXACT_EDGES, 0, 0},
    {"32 bits", {-2147483648.0, 4294967295.0, 0, 0, 0}, 1013, ALL_TYPES, 0, 0, 0},
    {"32 bits, close", {2147483000.0, 2147483647.0, 0, 0, 0}, 100, INTEGERS, PIKA_HALF_OPEN, 0, 0},
    {"64 bits", {-9.2e18, 1.8e19, 0, 0, 0}, 1000, FLOATS | LONGS, 0, 0, 0},
    {"nanoseconds", {0, 1e9, INT64_C(1700000000000000000), 0, 0}, 1000, LONGS, 0, 0, 0},
    {"few nanoseconds", {-3, 17, INT64_C(1700000000000000000), 0, 0}, 64, LONGS, PIKA_HALF_OPEN, 0, 0},
    {"from the lowest i64", {0, 1000, INT64_MIN, 0, 0}, 10, LONGS, 0, 0, 0},
    {"to the highest u64", {9.2e18, 9223372036854775808.0, INT64_MAX, 0, 0}, 300, LONGS, 0, 0, 0},
};
enum { AXIS_CASES = (int)(sizeof axis_cases / sizeof axis_cases[0]) };

static void view_of(pika_view *view, const axis_case *x, const axis_case *y)
{
    memset(view, 0, sizeof *view);
    view->x = x->axis, view->y = y->axis;
    view->width = x->cells, view->height = y->cells;
    if (x->flags & PIKA_HALF_OPEN) view->flags |= PIKA_HALF_OPEN_X;
    if (y->flags & PIKA_HALF_OPEN) view->flags |= PIKA_HALF_OPEN_Y;
    view->flags |= (x->flags | y->flags) & PIKA_EXACT_EDGES;
    if (x->total == 0 && y->total == 0) return;
    view->first_x = x->first, view->total_width = x->total != 0 ? x->total : x->cells;
    view->first_y = y->first, view->total_height = y->total != 0 ? y->total : y->cells;
}

static int type_among(unsigned types, uint64_t *random)
{
    int type = test_below(random, 10);
    while ((types >> type & 1) == 0) type = (type + 1) % 10;
    return type;
}

/* Each kind of axis with each type, as x beside another as y and the other way round. */
TEST(exact_axes)
{
    uint64_t random = test_now.seed + 1;
    int i, type, cases = 0, compared = 0, at = 0;
    for (i = 0; i < AXIS_CASES; i++)
        for (type = 0; type < 10; type++) cases += (int)(axis_cases[i].types >> type & 1);
    for (i = 0; i < AXIS_CASES; i++)
        for (type = 0; type < 10; type++) {
            const axis_case *a = &axis_cases[i], *b;
            pika_grid_desc desc;
            table t;
            char what[200];
            int other, swap;
            if ((a->types >> type & 1) == 0) continue;
            at++;
            if (way.quick && at % 20 != (int)(test_now.seed % 20)) continue;
            memset(&t, 0, sizeof t);
            memset(&desc, 0, sizeof desc);
            b = &axis_cases[(i * 7 + type * 3 + 1) % AXIS_CASES];
            other = type_among(b->types, &random);
            swap = at % 2;
            desc.planes = at % 3 == 0 ? PIKA_ANY : 0;
            view_of(&desc.view, swap ? b : a, swap ? a : b);
            t.points.count = rows_of(50, way.quick ? cases / 20 : cases);
            table_add(&t, X, swap ? other : type, PACKED);
            table_add(&t, Y, swap ? type : other, PACKED);
            snprintf(what, sizeof what, "%s %s and %s %s%s, %dx%d", a->name, type_names[type], b->name,
                     type_names[other], swap ? ", swapped" : "", desc.view.width, desc.view.height);
            if (fill_hard(&t, X, &desc.view, &random) && fill_hard(&t, Y, &desc.view, &random))
                compared += all_equal(&t.points, &desc, what);
            table_free(&t);
        }
    CHECK(compared * 2 > (way.quick ? cases / 20 : cases)); /* a type may be refused: a range too narrow */
}

/* All pairs of types on one view. */
TEST(exact_types)
{
    uint64_t random = test_now.seed + 2;
    int x, y;
    for (x = 0; x < 10; x++)
        for (y = 0; y < 10; y++) {
            pika_grid_desc desc;
            table t;
            char what[80];
            if (way.quick && (x * 3 + y) % 29 != (int)(test_now.seed % 29)) continue;
            memset(&t, 0, sizeof t);
            memset(&desc, 0, sizeof desc);
            desc.view.width = 90, desc.view.height = 90;
            desc.view.x.lo = -20, desc.view.x.hi = 107;
            desc.view.y.lo = 3, desc.view.y.hi = 99.5;
            t.points.count = rows_of(10, way.quick ? 4 : 100);
            table_add(&t, X, x, PACKED);
            table_add(&t, Y, y, PACKED);
            snprintf(what, sizeof what, "%s x, %s y", type_names[x], type_names[y]);
            CHECK(fill_hard(&t, X, &desc.view, &random) && fill_hard(&t, Y, &desc.view, &random));
            CHECK(all_equal(&t.points, &desc, what));
            table_free(&t);
        }
}

/* Strides of any size and sign, addresses of any alignment, row counts that fill no group. */
TEST(exact_columns)
{
    static const size_t counts[] = {0, 1, 2, 3, 127, 128, 129, 1023, 4097};
    uint64_t random = test_now.seed + 3;
    int round, rounds = way.quick ? 9 : 60;
    for (round = 0; round < rounds; round++) {
        const int few = way.quick; /* types: programs for them */
        const int types[] = {few ? PIKA_F32 : test_below(&random, 10),
                             few ? PIKA_F32 : test_below(&random, 10), test_below(&random, few ? 2 : 10)};
        pika_grid_desc desc;
        table t;
        char what[120];
        int k, layouts[3];
        memset(&t, 0, sizeof t);
        memset(&desc, 0, sizeof desc);
        desc.view.width = 61, desc.view.height = 37;
        desc.view.x.hi = desc.view.y.hi = 100;
        desc.planes = round % 2 == 0 ? 0 : PIKA_MIN | PIKA_MAX;
        t.points.count = round < 9 ? counts[round] : rows_of(5, rounds);
        for (k = 0; k < 3; k++) {
            layouts[k] = (round + k * (1 + round / LAYOUTS)) % LAYOUTS;
            table_add(&t, k, types[k], layouts[k]);
            if (k < VALUE) fill_hard(&t, k, &desc.view, &random);
            else fill_values(&t, k, 0, &random);
        }
        snprintf(what, sizeof what, "%.0f rows, %s %d, %s %d, value %s %d", (double)t.points.count,
                 type_names[types[0]], layouts[0], type_names[types[1]], layouts[1], type_names[types[2]],
                 layouts[2]);
        CHECK(all_equal(&t.points, &desc, what));
        table_free(&t);
    }
}

/* Validity bitmaps that begin at any bit, on any columns; categories of all integer types. */
TEST(exact_nulls_and_categories)
{
    uint64_t random = test_now.seed + 4;
    int round, rounds = way.quick ? 4 : 48;
    for (round = 0; round < rounds; round++) {
        pika_grid_desc desc;
        table t;
        char what[120];
        const int category = test_between(&random, PIKA_I8, PIKA_U64), nulls = round % 16;
        int k;
        memset(&t, 0, sizeof t);
        memset(&desc, 0, sizeof desc);
        desc.view.width = 40 + round, desc.view.height = 33;
        desc.view.x.hi = desc.view.y.hi = 1;
        desc.categories = round % 4 == 3 ? 0 : 1 + test_below(&random, 6);
        desc.planes = round % 3 == 0 ? 0 : round % 3 == 1 ? PIKA_MIN : PIKA_MAX | PIKA_ANY;
        t.points.count = rows_of(5, rounds);
        table_add(&t, X, round % 2, PACKED);
        table_add(&t, Y, round / 2 % 2, ODD);
        table_add(&t, VALUE, test_below(&random, 10), PACKED);
        table_add(&t, CATEGORY, category, test_below(&random, LAYOUTS));
        fill_hard(&t, X, &desc.view, &random);
        fill_hard(&t, Y, &desc.view, &random);
        fill_values(&t, VALUE, 0, &random);
        fill_categories(&t, desc.categories, &random);
        for (k = 0; k < COLUMNS; k++)
            if (nulls >> k & 1) table_nulls(&t, k, 2 + test_below(&random, 20), &random);
        snprintf(what, sizeof what, "%d categories of %s, nulls in 0x%x, planes 0x%x", desc.categories,
                 type_names[category], (unsigned)nulls, desc.planes);
        CHECK(all_equal(&t.points, &desc, what));
        table_free(&t);
    }
}

/* Extremes of all ten types, with what is no number, beside an account of rows without a value. */
TEST(exact_extremes)
{
    uint64_t random = test_now.seed + 5;
    int type, round;
    for (type = 0; type < 10; type++)
        for (round = 0; round < 3; round++) {
            pika_grid_desc desc;
            table t;
            char what[80];
            if (way.quick && (type + round) % 9 != (int)(test_now.seed % 9)) continue;
            memset(&t, 0, sizeof t);
            memset(&desc, 0, sizeof desc);
            desc.view.width = 101, desc.view.height = 50;
            desc.view.x.hi = desc.view.y.hi = 1;
            desc.planes = round == 0 ? PIKA_MIN : round == 1 ? PIKA_MAX : PIKA_MIN | PIKA_MAX | PIKA_ANY;
            desc.categories = round == 2 ? 3 : 0;
            t.points.count = rows_of(10, way.quick ? 4 : 30);
            table_add(&t, X, PIKA_F32, PACKED);
            table_add(&t, Y, PIKA_F64, PACKED);
            table_add(&t, VALUE, type, PACKED);
            table_add(&t, CATEGORY, PIKA_U8, PACKED);
            fill_hard(&t, X, &desc.view, &random);
            fill_hard(&t, Y, &desc.view, &random);
            fill_values(&t, VALUE, 0, &random);
            fill_categories(&t, 3, &random);
            if (type % 2 != 0) table_nulls(&t, VALUE, 7, &random);
            snprintf(what, sizeof what, "extremes of %s, planes 0x%x", type_names[type], desc.planes);
            CHECK(all_equal(&t.points, &desc, what));
            table_free(&t);
        }
}

enum { UNIFORM, GAUSSIAN, CLUSTERS, ONE_CELL, WALK, SERIES, DISTRIBUTIONS };
static const char *const distribution_names[] = {"uniform",  "gaussian", "clusters",
                                                 "one cell", "walk",     "series"};

static double unit(uint64_t *random) { return (double)(test_random(random) >> 11) / 9007199254740992.0; }
static double bell(uint64_t *random)
{
    return (unit(random) + unit(random) + unit(random) + unit(random) - 2) * 1.7320508; /* of variance 1 */
}

static void fill_distribution(float *x, float *y, size_t n, int distribution, uint64_t *random)
{
    double wx = 0.5, wy = 0.5;
    size_t i;
    for (i = 0; i < n; i++) {
        double a, b;
        switch (distribution) {
        case UNIFORM: a = unit(random), b = unit(random); break;
        case GAUSSIAN: a = 0.5 + 0.15 * bell(random), b = 0.5 + 0.15 * bell(random); break;
        case CLUSTERS: {
            const int k = test_below(random, 16);
            a = 0.06 * k + 0.003 * bell(random), b = 0.5 + 0.03 * ((k * 7) % 16) + 0.003 * bell(random);
            break;
        }
        case ONE_CELL: a = 0.3 + 1e-6 * unit(random), b = 0.7; break;
        case WALK:
            wx += 0.002 * bell(random), wy += 0.002 * bell(random);
            if (wx < 0 || wx > 1) wx = 0.5;
            if (wy < 0 || wy > 1) wy = 0.5;
            a = wx, b = wy;
            break;
        default: a = (double)i / (double)n, b = 0.5 + 0.4 * bell(random) * a; break;
        }
        x[i] = (float)a, y[i] = (float)b;
    }
}

static void unit_desc(pika_grid_desc *desc, int width, int height)
{
    memset(desc, 0, sizeof *desc);
    desc->view.width = width, desc->view.height = height;
    desc->view.x.hi = desc->view.y.hi = 1;
}

/* What strategies are chosen by, on grids that fit in shared memory, just do not, and outgrow caches. */
TEST(distributions)
{
    static const int sizes[][2] = {{1, 1},      {7, 5},       {61, 37},     {90, 90},  {256, 256},
                                   {1000, 777}, {1024, 1024}, {2048, 2048}, {8192, 64}};
    uint64_t random = test_now.seed + 6;
    const int cases = 9 * DISTRIBUTIONS;
    const size_t n = rows_of(15, way.quick ? cases / 9 : cases);
    float *x = (float *)malloc(2 * n * sizeof *x), *y = x + n;
    int size, k;
    for (size = 0; size < 9; size++)
        for (k = 0; k < DISTRIBUTIONS; k++) {
            const pika_points points = pika_xy_f32(x, y, n);
            pika_grid_desc desc;
            char what[80];
            if (way.quick && ((size * DISTRIBUTIONS + k) % 9 != 4 || size == 7)) continue;
            fill_distribution(x, y, n, k, &random);
            unit_desc(&desc, sizes[size][0], sizes[size][1]);
            snprintf(what, sizeof what, "%s, %dx%d", distribution_names[k], sizes[size][0], sizes[size][1]);
            CHECK(all_equal(&points, &desc, what));
        }
    free(x);
}

/* ---- sums ----------------------------------------------------------------------------------------------- */

/* The real sum of each cell, as high + low, times scale: the error is below 2^-100 of the sum of magnitudes. */
typedef struct real_sum {
    double high, low, count; /* of values that are finite */
    int plus, minus;         /* infinities */
} real_sum;

static void real_add(real_sum *sum, double v)
{
    const double total = sum->high + v, part = total - sum->high;
    sum->low += (sum->high - (total - part)) + (v - part);
    sum->high = total + sum->low;
    sum->low -= sum->high - total;
}

/* A value in two parts: 64 bits do not fit one double. */
static void value_parts(const pika_column *column, size_t row, double *high, double *low)
{
    const unsigned char *from = row_of(column, row);
    uint64_t u64;
    int64_t i64;
    float f32;
    *low = 0;
    switch (column->type) {
    case PIKA_F32:
        memcpy(&f32, from, 4);
        *high = (double)f32;
        break;
    case PIKA_F64: memcpy(high, from, 8); break;
    case PIKA_I64:
        memcpy(&i64, from, 8);
        *low = (double)(i64 & 0xFFFFFFFF);
        *high = (double)(i64 - (i64 & 0xFFFFFFFF));
        break;
    case PIKA_U64:
        memcpy(&u64, from, 8);
        *low = (double)(u64 & 0xFFFFFFFFu);
        *high = (double)(u64 - (u64 & 0xFFFFFFFFu));
        break;
    case PIKA_I8: *high = *(const signed char *)from; break;
    case PIKA_U8: *high = *from; break;
    case PIKA_I16: {
        int16_t v;
        memcpy(&v, from, 2);
        *high = v;
        break;
    }
    case PIKA_U16: {
        uint16_t v;
        memcpy(&v, from, 2);
        *high = v;
        break;
    }
    case PIKA_I32: {
        int32_t v;
        memcpy(&v, from, 4);
        *high = v;
        break;
    }
    default: {
        uint32_t v;
        memcpy(&v, from, 4);
        *high = v;
        break;
    }
    }
}

/* Compares sum and mean with the real ones, in units of the bound that pika_gl.h states; 1 = within. */
static int sums_hold(session *s, const pika_points *points, const pika_grid *grid, const char *what)
{
    const pika_grid_desc *desc = pika_grid_get_desc(grid);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    real_sum *sums = (real_sum *)calloc(cells, sizeof *sums);
    double *got = (double *)malloc(cells * sizeof *got), largest = 0, scale;
    int exponent = 0, ok, all = 1;
    unsigned plane;
    size_t i;
    for (i = 0; i < points->count; i++) {
        double high, low;
        value_parts(&points->value, i, &high, &low);
        if (row_is_valid(&points->value, i) && isfinite(high) && fabs(high + low) > largest)
            largest = fabs(high + low);
    }
    frexp(largest, &exponent); /* largest < 2^exponent */
    scale = ldexp(1, exponent > 900 ? -200 : 0);
    for (i = 0; i < points->count; i++) {
        const int x = pika_axis_cell(&desc->view, 0, points->x.type, row_of(&points->x, i));
        const int y = pika_axis_cell(&desc->view, 1, points->y.type, row_of(&points->y, i));
        double high, low;
        real_sum *sum;
        if (x < 0 || y < 0 || !row_is_valid(&points->value, i)) continue;
        value_parts(&points->value, i, &high, &low);
        sum = &sums[(size_t)y * (size_t)desc->view.width + (size_t)x];
        if (isnan(high)) continue;
        sum->count++;
        if (isinf(high)) {
            if (high > 0) sum->plus = 1;
            else sum->minus = 1;
            continue;
        }
        real_add(sum, high * scale);
        real_add(sum, low * scale);
    }
    for (plane = PIKA_SUM; plane <= PIKA_MEAN; plane <<= 1) {
        if ((desc->planes & plane) == 0 || !CHECK_OK(pika_grid_read(&s->ctx, grid, plane, 0, got))) continue;
        ok = 1;
        for (i = 0; i < cells; i++) {
            const real_sum *sum = &sums[i];
            const double divisor = plane == PIKA_MEAN ? sum->count : 1, v = got[i] * scale;
            const double real = (sum->high + sum->low) / divisor;
            double bound, error;
            if (sum->count == 0) ok &= plane == PIKA_SUM ? got[i] == 0 : isnan(got[i]);
            else if (sum->plus && sum->minus) ok &= isnan(got[i]);
            else if (sum->plus || sum->minus) ok &= isinf(got[i]) && (got[i] > 0) == sum->plus;
            else if (isinf(got[i])) ok &= (got[i] > 0) == (real > 0) && fabs(real) >= DBL_MAX * scale;
            else {
                bound = sum->count * ldexp(1, exponent - 63) * scale + fabs(v * divisor) * ldexp(1, -53);
                if (plane == PIKA_MEAN) bound += fabs(v * divisor) * ldexp(1, -52); /* its division */
                error = fabs((sum->high - v * divisor) + sum->low);
                ok &= error <= bound;
            }
            if (ok) continue;
            if (!CHECK(ok)) say(what); /* this sum or mean */
            if (test_now.failures <= 8)
                printf("        plane 0x%x, cell %.0f: %.17g, really %.17g of %.0f values\n", plane,
                       (double)i, got[i], real / scale, sum->count);
            all = 0;
            break;
        }
        CHECK(ok);
    }
    free(sums), free(got);
    return all;
}

/* Aggregates into a new grid. */
static void gl_grid_of(session *s, pika_grid *grid, const pika_grid_desc *desc, const pika_points *points)
{
    pika_dataset dataset;
    memset(&dataset, 0, sizeof dataset);
    memset(grid, 0, sizeof *grid);
    CHECK_OK(pika_grid_alloc(&s->ctx, grid, desc));
    CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, points, NULL));
    CHECK_OK(pika_aggregate(&s->ctx, &dataset, grid));
    pika_dataset_free(&s->ctx, &dataset);
}

static int doubles_equal(session *s, const pika_grid *a, const pika_grid *b, unsigned plane)
{
    const pika_grid_desc *desc = pika_grid_get_desc(a);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    double *p = (double *)malloc(2 * cells * sizeof *p), *q = p + cells;
    int same;
    CHECK_OK(pika_grid_read(&s->ctx, a, plane, 0, p));
    CHECK_OK(pika_grid_read(&s->ctx, b, plane, 0, q));
    same = memcmp(p, q, cells * sizeof *p) == 0;
    free(p);
    return same;
}

enum {
    VALUES_PLAIN,
    VALUES_INFINITE,
    VALUES_OVERFLOW,
    VALUES_MIXED_SIZES,
    VALUES_DENORMAL,
    VALUES_BITS,
    VALUE_KINDS
};

static void fill_sum_values(table *t, int kind, uint64_t *random)
{
    const int type = t->points.value.type;
    size_t i;
    fill_values(t, VALUE, kind < VALUES_DENORMAL, random);
    if (type > PIKA_F64) return;
    for (i = 0; i < t->points.count; i++) {
        unsigned char *to = row_of(&t->points.value, i);
        const uint64_t bits = test_random(random);
        switch (kind) {
        case VALUES_INFINITE:
            if (bits % 200 == 0) put_special(type, 3 + (int)(bits >> 20) % 2, bits, to);
            break;
        case VALUES_OVERFLOW:
            put_number(type, type == PIKA_F32 ? 3e38 : bits % 16 == 0 ? -1.5e308 : 1.7e308, to);
            break;
        case VALUES_MIXED_SIZES:
            put_number(type,
                       ldexp(unit(random) - 0.5,
                             (int)(bits % (type == PIKA_F32 ? 240 : 600)) - (type == PIKA_F32 ? 120 : 300)),
                       to);
            break;
        case VALUES_DENORMAL: put_special(type, 1, bits, to); break;
        default: break;
        }
    }
}

/* Sum and mean within the stated bound, the same bits by every strategy and in any order of the rows. */
TEST(sums)
{
    uint64_t random = test_now.seed + 7;
    int type, kind;
    for (type = 0; type < 10; type++)
        for (kind = 0; kind < VALUE_KINDS; kind++) {
            pika_grid_desc desc;
            pika_grid grids[STRATEGIES], want, permuted;
            table t;
            char what[120];
            int strategy;
            size_t i;
            if (type > PIKA_F64 && kind != VALUES_PLAIN && kind != VALUES_BITS) continue;
            if (way.quick && (type + kind) % 7 != (int)(test_now.seed % 7)) continue;
            memset(&t, 0, sizeof t);
            unit_desc(&desc, kind == VALUES_OVERFLOW ? 9 : 40, 13);
            desc.planes = kind % 3 == 0   ? PIKA_SUM
                          : kind % 3 == 1 ? PIKA_MEAN
                                          : PIKA_SUM | PIKA_MEAN | PIKA_MIN;
            t.points.count = rows_of(4, way.quick ? 4 : 28);
            table_add(&t, X, PIKA_F32, PACKED);
            table_add(&t, Y, PIKA_F32, PACKED);
            table_add(&t, VALUE, type, PACKED);
            fill_hard(&t, X, &desc.view, &random);
            fill_hard(&t, Y, &desc.view, &random);
            fill_sum_values(&t, kind, &random);
            if (kind % 2 != 0) table_nulls(&t, VALUE, 9, &random);
            CHECK_OK(cpu_grid(&want, &desc, &t.points));
            for (strategy = 0; strategy < STRATEGIES; strategy++) {
                session *s = session_of(strategy);
                const pika_backend_stats before = session_stats(s);
                snprintf(what, sizeof what, "sums of %s, values of kind %d, strategy %s", type_names[type],
                         kind, pika_gl_strategy_string(strategy));
                gl_grid_of(s, &grids[strategy], &desc, &t.points);
                cpu_made(s, &before, 0, what);
                grid_equals(s, &grids[strategy], &want, SAME_BITS, what);
                sums_hold(s, &t.points, &grids[strategy], what);
                if (strategy == 0) continue;
                if (!CHECK(doubles_equal(s, &grids[0], &grids[strategy],
                                         desc.planes & PIKA_MEAN ? PIKA_MEAN : PIKA_SUM)))
                    say(what);
            }
            for (i = 0; i < t.points.count; i++) { /* the rows in another order */
                const size_t j = i + (size_t)(test_random(&random) % (t.points.count - i));
                int k;
                for (k = X; k <= VALUE; k++) {
                    pika_column *column = table_column(&t, k);
                    unsigned char bytes[8];
                    memcpy(bytes, row_of(column, i), type_bytes[column->type]);
                    memcpy(row_of(column, i), row_of(column, j), type_bytes[column->type]);
                    memcpy(row_of(column, j), bytes, type_bytes[column->type]);
                }
                if (t.valid[VALUE] != NULL &&
                    row_is_valid(&t.points.value, i) != row_is_valid(&t.points.value, j)) {
                    const size_t a = t.points.value.valid_offset + i, b = t.points.value.valid_offset + j;
                    t.valid[VALUE][a / 8] ^= (uint8_t)(1u << a % 8);
                    t.valid[VALUE][b / 8] ^= (uint8_t)(1u << b % 8);
                }
            }
            gl_grid_of(session_of(PIKA_GL_ATOMIC), &permuted, &desc, &t.points);
            snprintf(what, sizeof what, "sums of %s, values of kind %d, permuted", type_names[type], kind);
            if (!CHECK(doubles_equal(&shared[PIKA_GL_ATOMIC], &grids[0], &permuted,
                                     desc.planes & PIKA_MEAN ? PIKA_MEAN : PIKA_SUM)))
                say(what);
            pika_grid_free(&shared[PIKA_GL_ATOMIC].ctx, &permuted);
            for (strategy = 0; strategy < STRATEGIES; strategy++)
                pika_grid_free(&shared[strategy].ctx, &grids[strategy]);
            pika_grid_free(NULL, &want);
            table_free(&t);
        }
}

/* A sum that passes the largest double on the way and comes back: the integers do not mind. */
TEST(sums_that_come_back)
{
    static const float x[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    static const double values[] = {1.5e308, 1.5e308, -1.5e308, -1.5e308, 3e300};
    pika_points points = pika_xy_f32(x, x, 5);
    pika_grid_desc desc;
    int strategy;
    unit_desc(&desc, 1, 1);
    desc.planes = PIKA_SUM;
    points.value = pika_f64(values);
    for (strategy = 0; strategy < STRATEGIES; strategy++) {
        session *s = session_of(strategy);
        pika_grid grid;
        double sum = 0;
        gl_grid_of(s, &grid, &desc, &points);
        CHECK_OK(pika_grid_read(&s->ctx, &grid, PIKA_SUM, 0, &sum));
        CHECK(fabs(sum - 3e300) <= 5 * ldexp(1, 1024 - 63) + 3e300 * ldexp(1, -53));
        pika_grid_free(&s->ctx, &grid);
    }
}

/* ---- datasets ------------------------------------------------------------------------------------------- */

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

static void dataset_equals(session *s, pika_dataset *dataset, const pika_points *rows, int cpu_calls,
                           const char *what)
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
    static const unsigned planes[] = {PIKA_VAR,    PIKA_STD,    PIKA_FIRST,         PIKA_LAST,
                                      PIKA_ARGMIN, PIKA_ARGMAX, PIKA_SUM | PIKA_STD};
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
                memcpy(row_of(to, first), row_of(table_column(&other, c), first),
                       count * type_bytes[to->type]);
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

/* ---- contexts ------------------------------------------------------------------------------------------- */

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
    CHECK_RESULT(pika_aggregate(&s[0].ctx, &datasets[0], &grid),
                 PIKA_ERR_MISMATCH); /* the third is current */
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

/* ---- results on the GPU --------------------------------------------------------------------------------- */

/* Aggregate and read, at once and by polling, in many views; the compact list. */
TEST(grids_on_the_gpu)
{
    uint64_t random = test_now.seed + 15;
    int strategy, round;
    table t;
    plain_table(&t, rows_of(2, 1), &random);
    for (strategy = 0; strategy < STRATEGIES; strategy++) {
        session *s = session_of(strategy);
        const pika_backend_stats before = session_stats(s);
        pika_dataset dataset;
        memset(&dataset, 0, sizeof dataset);
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
        for (round = 0; round < (way.quick ? 3 : 9); round++) {
            static const int sizes[][2] = {{61, 37}, {300, 200}, {1024, 1024}};
            pika_grid_desc desc;
            pika_gl_grid on_gpu;
            pika_grid want, grid;
            uint32_t *pairs, *index, *count;
            size_t cells = 0, same = 0, i, capacity;
            int ready = 0, polls = 0;
            memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
            unit_desc(&desc, sizes[round % (way.slow ? 2 : 3)][0], sizes[round % (way.slow ? 2 : 3)][1]);
            desc.planes = round % 4 == 0 ? 0 : round % 4 == 1 ? PIKA_MIN | PIKA_ANY : PIKA_MAX;
            desc.categories = round % 2 == 0 ? 0 : 4;
            CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
            desc.view.x.lo = 0.1 * round, desc.view.y.hi = 1 - 0.05 * round; /* another view of that size */
            CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, &desc.view));
            CHECK_OK(cpu_grid(&want, &desc, &t.points));
            CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
            if (round % 3 == 0) { /* without waiting; slept for at most 20 s */
                CHECK_OK(pika_gl_read_begin(&s->gl, &on_gpu));
                while ((ready = pika_gl_read_ready(&s->gl, &on_gpu)) == 0 && polls++ < 100000) usleep(200);
                CHECK_EQ(ready, 1);
            }
            CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid));
            grid_equals(s, &grid, &want, SAME_BITS, "read");
            CHECK(memcmp(&pika_grid_get_desc(&grid)->view, &desc.view, sizeof desc.view) == 0);
            CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid)); /* as often as one likes */
            grid_equals(s, &grid, &want, SAME_BITS, "read again");

            CHECK_OK(pika_grid_nonempty(&s->ctx, &want, NULL, NULL, 0, &cells));
            capacity = cells + 3;
            pairs = (uint32_t *)malloc(4 * capacity * sizeof *pairs);
            index = pairs + 2 * capacity, count = pairs + 3 * capacity;
            CHECK_OK(pika_grid_nonempty(&s->ctx, &want, index, count, cells, &cells));
            CHECK_OK(pika_gl_compact(&s->gl, &on_gpu, NULL, 0, &same));
            CHECK_EQ(same, cells);
            memset(pairs, 0x55, 2 * capacity * sizeof *pairs);
            CHECK_RESULT(pika_gl_compact(&s->gl, &on_gpu, pairs, cells - 1, &same), PIKA_ERR_SIZE);
            CHECK_EQ(same, cells);
            CHECK_EQ(pairs[0], 0x55555555);
            CHECK_OK(pika_gl_compact(&s->gl, &on_gpu, pairs, cells, &same));
            for (i = 0; i < cells && pairs[2 * i] == index[i] && pairs[2 * i + 1] == count[i]; i++) {}
            CHECK_EQ(i, cells);
            CHECK_EQ(pairs[2 * cells], 0x55555555);
            free(pairs);
            pika_gl_grid_free(&s->gl, &on_gpu);
            pika_grid_free(&s->ctx, &grid);
            pika_grid_free(NULL, &want);
        }
        cpu_made(s, &before, 0, "grids on the GPU");
        pika_dataset_free(&s->ctx, &dataset);
    }
    table_free(&t);
}

/* An immutable texture of the size, and its texels. */
static unsigned texture_new(int width, int height)
{
    unsigned texture = 0;
    gl.GenTextures(1, &texture);
    gl.BindTexture(GL__TEXTURE_2D, texture);
    gl.TexStorage2D(GL__TEXTURE_2D, 1, GL__RGBA8, width, height);
    gl.BindTexture(GL__TEXTURE_2D, 0);
    return texture;
}

static void texture_read(unsigned texture, int width, int height, uint8_t *texels)
{
    unsigned framebuffer = 0;
    gl.GenFramebuffers(1, &framebuffer);
    gl.BindFramebuffer(GL__FRAMEBUFFER, framebuffer);
    gl.FramebufferTexture2D(GL__FRAMEBUFFER, GL__COLOR_ATTACHMENT0, GL__TEXTURE_2D, texture, 0);
    gl.ReadPixels(0, 0, width, height, GL__RGBA, GL__UNSIGNED_BYTE, texels);
    gl.BindFramebuffer(GL__FRAMEBUFFER, 0);
    gl.DeleteFramebuffers(1, &framebuffer);
    CHECK_EQ(gl.GetError(), 0);
}

/* Shades both ways; the largest difference of a byte. */
static int shades_differ(session *s, unsigned texture, const pika_gl_grid *on_gpu, const pika_grid *grid,
                         const pika_shade_desc *desc, const char *what)
{
    const pika_view *view = &pika_grid_get_desc(grid)->view;
    const size_t row = (size_t)view->width * 4;
    uint8_t *texels = (uint8_t *)malloc(2 * row * (size_t)view->height);
    pika_color_scale by_gpu, by_cpu;
    pika_shade_desc wanted = *desc;
    pika_image image;
    int y, largest = 0;
    size_t i;
    memset(&image, 0, sizeof image), memset(&by_gpu, 0, sizeof by_gpu), memset(&by_cpu, 0, sizeof by_cpu);
    image.width = view->width, image.height = view->height;
    image.pixels = texels + row * (size_t)view->height;
    image.bytes = row * (size_t)view->height;
    memset(texels, 0x5A, row * (size_t)view->height);
    if (desc->scale == NULL) wanted.scale_out = &by_gpu;
    if (!CHECK_OK(pika_gl_shade(&s->gl, texture, on_gpu, &wanted))) say(what), say(pika_last_error(&s->ctx));
    if (desc->scale == NULL) wanted.scale_out = &by_cpu;
    CHECK_OK(pika_shade(&s->ctx, &image, grid, &wanted));
    texture_read(texture, view->width, view->height, texels);
    for (y = 0; y < view->height; y++)
        for (i = 0; i < row; i++) {
            const int d =
                abs(texels[(size_t)y * row + i] - image.pixels[(size_t)(view->height - 1 - y) * row + i]);
            if (d > largest) largest = d;
        }
    if ((desc->plane & (PIKA_SUM | PIKA_MEAN)) == 0 && !CHECK(memcmp(&by_gpu, &by_cpu, sizeof by_gpu) == 0))
        say(what);
    free(texels);
    return largest;
}

/* count, any, min and max: the bytes of pika_shade, by every transfer, range, colormap and category. */
TEST(shade)
{
    static const unsigned planes[] = {0, PIKA_COUNT, PIKA_ANY, PIKA_MIN, PIKA_MAX};
    uint64_t random = test_now.seed + 16;
    const uint32_t pair[] = {0xFF0000FFu, 0x00FF0040u};
    pika_colormap own = {NULL, pair, NULL, 2, 1};
    int types, transfer, p, range, rounds = 0;
    for (types = 0; types < 3; types++) {
        static const int value_types[] = {PIKA_F32, PIKA_F64, PIKA_I64};
        session *s = session_of(PIKA_GL_AUTO);
        const pika_backend_stats before = session_stats(s);
        pika_grid_desc desc;
        pika_dataset dataset;
        pika_gl_grid on_gpu;
        pika_grid grid;
        pika_color_scale kept;
        unsigned texture;
        table t;
        if (way.quick && types == 2) continue;
        memset(&dataset, 0, sizeof dataset), memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
        plain_table(&t, types == 0 ? 60000 : 9000, &random);
        table_add(&t, VALUE, value_types[types], PACKED);
        fill_values(&t, VALUE, types == 1, &random);
        unit_desc(&desc, types == 0 ? 300 : 61, types == 0 ? 200 : 37);
        desc.planes = PIKA_ANY | PIKA_MIN | PIKA_MAX;
        desc.categories = types == 1 ? 3 : 0;
        texture = texture_new(desc.view.width, desc.view.height);
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
        CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
        CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, NULL));
        CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
        CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid));
        for (p = 0; p < 5; p++)
            for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++)
                for (range = 0; range < 4; range++) {
                    pika_shade_desc shade;
                    char what[120];
                    memset(&shade, 0, sizeof shade);
                    shade.plane = planes[p];
                    shade.transfer = transfer;
                    if (range == 1) shade.lo = 1, shade.hi = 9;
                    if (range == 2) shade.lo = -300, shade.hi = 250;
                    shade.colormap = rounds % 3 == 0   ? NULL
                                     : rounds % 3 == 1 ? pika_colormap_get(rounds % pika_colormap_count())
                                                       : &own;
                    shade.background = rounds % 2 == 0 ? 0 : 0x11223380u;
                    shade.category = desc.categories > 0 ? 1 + rounds % desc.categories : 0;
                    rounds++;
                    if (range == 3) { /* the scale of another plane, kept */
                        pika_image image;
                        pika_shade_desc other = shade;
                        memset(&image, 0, sizeof image);
                        other.plane = planes[(p + 2) % 5];
                        other.scale_out = &kept;
                        CHECK_OK(pika_image_alloc(&s->ctx, &image, desc.view.width, desc.view.height));
                        CHECK_OK(pika_shade(&s->ctx, &image, &grid, &other));
                        pika_image_free(&s->ctx, &image);
                        shade.scale = &kept;
                    }
                    snprintf(what, sizeof what, "plane 0x%x of %s values, transfer %d, range %d, category %d",
                             shade.plane, type_names[value_types[types]], transfer, range, shade.category);
                    if (!CHECK_EQ(shades_differ(s, texture, &on_gpu, &grid, &shade, what), 0)) say(what);
                }
        CHECK_EQ(shades_differ(s, texture, &on_gpu, &grid,
                               &(pika_shade_desc){.category = desc.categories > 0}, "defaults"),
                 0);
        if (desc.categories > 0)
            CHECK_RESULT(pika_gl_shade(&s->gl, texture, &on_gpu, NULL), PIKA_ERR_UNSUPPORTED);
        cpu_made(s, &before, 0, "shade");
        pika_gl_grid_free(&s->gl, &on_gpu);
        pika_dataset_free(&s->ctx, &dataset);
        pika_grid_free(&s->ctx, &grid);
        gl.DeleteTextures(1, &texture);
        table_free(&t);
    }
}

/* An empty grid, one cell, and cells that are all the same: ranges without width. */
TEST(shade_flat_grids)
{
    int rows, transfer, plane;
    session *s = session_of(PIKA_GL_AUTO);
    for (rows = 0; rows < 3; rows++) {
        static const float x[] = {0.25f, 0.75f}, v[] = {-2, -2};
        pika_points points = pika_xy_f32(x, x, (size_t)rows);
        pika_grid_desc desc;
        pika_dataset dataset;
        pika_gl_grid on_gpu;
        pika_grid grid;
        unsigned texture = texture_new(16, 8);
        points.value = pika_f32(v);
        memset(&dataset, 0, sizeof dataset), memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
        unit_desc(&desc, 16, 8);
        desc.planes = PIKA_MIN;
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &points, NULL));
        CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
        CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, NULL));
        CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
        CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid));
        for (plane = 0; plane < 2; plane++)
            for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++) {
                pika_shade_desc shade;
                memset(&shade, 0, sizeof shade);
                shade.plane = plane == 0 ? PIKA_COUNT : PIKA_MIN;
                shade.transfer = transfer;
                CHECK_EQ(shades_differ(s, texture, &on_gpu, &grid, &shade, "flat"), 0);
            }
        pika_gl_grid_free(&s->gl, &on_gpu);
        pika_dataset_free(&s->ctx, &dataset);
        pika_grid_free(&s->ctx, &grid);
        gl.DeleteTextures(1, &texture);
    }
}

/* Sums and means are doubles on the CPU: at most one level of the colormap off, here one of a ramp. */
TEST(shade_sums)
{
    uint64_t random = test_now.seed + 17;
    const uint32_t ramp[] = {0x000000FFu, 0xFFFFFFFFu};
    const pika_colormap grey = {"ramp", ramp, NULL, 2, 0};
    session *s = session_of(PIKA_GL_AUTO);
    pika_grid_desc desc;
    pika_dataset dataset;
    pika_gl_grid on_gpu;
    pika_grid grid;
    unsigned texture;
    int transfer, plane, range;
    table t;
    memset(&dataset, 0, sizeof dataset), memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
    plain_table(&t, 20000, &random);
    table_nulls(&t, VALUE, 4, &random);
    unit_desc(&desc, 120, 80);
    desc.planes = PIKA_SUM | PIKA_MEAN;
    texture = texture_new(desc.view.width, desc.view.height);
    CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
    CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
    CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, NULL));
    CHECK_OK(cpu_grid(&grid, &desc, &t.points)); /* the CPU's own sums */
    for (plane = 0; plane < 2; plane++)
        for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++)
            for (range = 0; range < 2; range++) {
                pika_shade_desc shade;
                memset(&shade, 0, sizeof shade);
                shade.plane = plane == 0 ? PIKA_SUM : PIKA_MEAN;
                shade.transfer = transfer;
                shade.colormap = &grey;
                shade.background = 0x000000FFu;
                if (range == 1) shade.lo = -500, shade.hi = 800;
                CHECK(shades_differ(s, texture, &on_gpu, &grid, &shade, "sums") <= 1);
            }
    pika_gl_grid_free(&s->gl, &on_gpu);
    pika_dataset_free(&s->ctx, &dataset);
    pika_grid_free(NULL, &grid);
    gl.DeleteTextures(1, &texture);
    table_free(&t);
}

/* ---- imports -------------------------------------------------------------------------------------------- */

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
            if (way.quick && (type * SHAPES + shape) % 5 != 2) continue;
            memset(&t, 0, sizeof t), memset(&dataset, 0, sizeof dataset), memset(&grid, 0, sizeof grid);
            unit_desc(&desc, 50, 40);
            desc.view.x.hi = desc.view.y.hi = 90;
            desc.planes = shape % 2 == 0 ? PIKA_MIN | PIKA_MAX : PIKA_SUM | PIKA_MAX;
            desc.categories = shape % 2 == 0 ? 3 : 0;
            t.points.count = 3001;
            table_add(&t, X, type, PACKED);
            table_add(&t, Y, (type + 3) % 10, PACKED);
            table_add(&t, VALUE, (type + 6) % 10, PACKED);
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

/* ---- the application's state ---------------------------------------------------------------------------- */

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
    static const gl_enum targets[] = {GL__ARRAY_BUFFER,     GL__PIXEL_PACK_BUFFER, GL__PIXEL_UNPACK_BUFFER,
                                      GL__COPY_READ_BUFFER, GL__COPY_WRITE_BUFFER, GL__UNIFORM_BUFFER};
    static const gl_enum enables[] = {0x0C11, 0x0B71, 0x0B90, 0x8C89, 0x0B44,
                                      0x0BE2, 0x809E, 0x80A0, 0x8037, 0x8D69};
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
            gl.BindBufferRange(GL__STORAGE_BUFFER, i, h->buffers[i], 256 * (ptrdiff_t)(i & 1),
                               512 + 16 * (ptrdiff_t)i);
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
    CHECK_EQ(gl.GetError(), 0);
}

/* Its objects are alive; then all is as at the start. */
static void hostile_end(hostile_state *h)
{
    static const gl_enum targets[] = {GL__ARRAY_BUFFER,     GL__PIXEL_PACK_BUFFER, GL__PIXEL_UNPACK_BUFFER,
                                      GL__COPY_READ_BUFFER, GL__COPY_WRITE_BUFFER, GL__UNIFORM_BUFFER};
    static const gl_enum enables[] = {0x0C11, 0x0B71, 0x0B90, 0x8C89, 0x0B44,
                                      0x0BE2, 0x809E, 0x80A0, 0x8037, 0x8D69};
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

/* A program that was deleted while in use cannot be put back once another was: no error, and the right grid. */
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

/* ---- capabilities --------------------------------------------------------------------------------------- */

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
    static const int levels[] = {PIKA_GL_LEVEL_COMPUTE, PIKA_GL_LEVEL_COMPUTE, PIKA_GL_LEVEL_COMPUTE,
                                 PIKA_GL_LEVEL_RASTER};
    int profile, strategy;
    for (profile = PIKA_GL_PROFILE_FULL; profile <= PIKA_GL_PROFILE_RASTER; profile++)
        for (strategy = 0; strategy < STRATEGIES; strategy++) {
            pika_gl_desc desc;
            const pika_gl_caps *caps;
            if (profile == PIKA_GL_PROFILE_RASTER && strategy > 0) continue;
            if (way.quick && (profile + strategy) % 3 != 0) continue;
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

/* ---- the program cache ---------------------------------------------------------------------------------- */

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

/* ---- validation ----------------------------------------------------------------------------------------- */

/* A driver that adds 1 to one word that is read back: the first that holds `value`. From the word behind it may
   take 1, so that the counts still add up to the rows. */
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

/* A row in the wrong cell: pika_validate names the first of the two; validate == 2 does, and the CPU's grid is
   returned. One row too many is found without. */
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

/* ---- the program ---------------------------------------------------------------------------------------- */

AREA(gl, LISTED(exact_axes), LISTED(exact_types), LISTED(exact_columns), LISTED(exact_nulls_and_categories),
     LISTED(exact_extremes), LISTED(distributions), LISTED(sums), LISTED(sums_that_come_back),
     LISTED(planes_of_the_cpu), LISTED(dataset_updates), LISTED(streaming), LISTED(estimates), LISTED(pool),
     LISTED(several_contexts), LISTED(abandon_and_reinit), LISTED(init_errors), LISTED(grids_on_the_gpu),
     LISTED(shade), LISTED(shade_flat_grids), LISTED(shade_sums), LISTED(imports),
     LISTED(import_sees_new_rows), LISTED(import_with_host_rows), LISTED(import_errors),
     LISTED(state_is_kept), LISTED(state_is_kept_by_blending), LISTED(errors_left_in_the_queue),
     LISTED(program_deleted_in_use), LISTED(ladder), LISTED(profiles), LISTED(blending),
     LISTED(program_cache), LISTED(tuning), LISTED(validation_passes), LISTED(validation_catches_one_cell));

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

int main(int argc, char **argv)
{
    const char *filter = "", *api = NULL;
    const int count = (int)(sizeof area_gl / sizeof area_gl[0]);
    int i, list = 0, probing = 0, here, passed = 0, failed = 0, skipped = 0;
    uint64_t rows = 0;
    own_path = argv[0];
    test_now.seed = 1;
    for (i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(option, "--list") == 0) list = 1;
        else if (strcmp(option, "--quick") == 0) way.quick = test_now.quick = 1;
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
    for (i = 0; i < count && list; i++)
        if (strstr(area_gl[i].name, filter) != NULL) printf("%s\n", area_gl[i].name);
    if (list) return 0;
    setvbuf(stdout, NULL, _IONBF, 0); /* a crash must not swallow what was said before it */
    here = open_main(api);
    if (here) {
        int major = 0, minor = 0;
        load_calls(&main_context);
        snprintf(way.renderer, sizeof way.renderer, "%s", (const char *)gl.GetString(GL__RENDERER));
        gl.GetIntegerv(0x821B, &major), gl.GetIntegerv(0x821C, &minor);
        while (gl.GetError() != 0) {} /* OpenGL ES 2.0 has no such query */
        way.es = main_context.es;
        way.compute = major * 10 + minor >= (way.es ? 31 : 43);
        way.slow = strstr(way.renderer, "softpipe") != NULL;
        way.rows = rows != 0 ? rows : way.slow ? 300000 : 10000000;
        if (way.quick && rows == 0) way.rows = way.slow ? 30000 : 100000;
        printf("%s\n%s | %s | %s%s\n", pika_build_info(), (const char *)gl.GetString(GL__VERSION),
               way.renderer, main_context.platform, main_context.robust ? ", robust" : "");
    }
    if (probing) {
        if (!here) printf("probe: %s\n", main_context.error);
        return here ? probe() : 1;
    }
    for (i = 0; i < count; i++) {
        const test_case *test = &area_gl[i];
        const double begin = seconds();
        if (strstr(test->name, filter) == NULL) continue;
        test_now.name = test->name;
        test_now.checks = test_now.failures = 0;
        test_now.skip_reason = NULL;
        if (!here) test_now.skip_reason = main_context.error;
        else if (!way.compute && strcmp(test->name, "init_errors") != 0)
            test_now.skip_reason = "the context has no compute shaders";
        else test->run();
        if (test_now.failures == 0 && test_now.skip_reason != NULL) {
            printf("skipped: %s: %s\n", test->name, test_now.skip_reason);
            skipped++;
            continue;
        }
        if (test_now.failures > 0 || test_now.checks == 0) {
            printf("FAILED: %s: %ld of %ld checks\n", test->name, test_now.failures, test_now.checks);
            failed++;
        } else {
            passed++;
        }
        printf("%-28s %10ld checks, %6.2f s\n", test->name, test_now.checks, seconds() - begin);
    }
    if (here) sessions_end();
    egl_close(&main_context);
    if (passed + failed + skipped == 0) {
        printf("FAILED: no test has '%s' in its name\n", filter);
        failed++;
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed > 0;
}
