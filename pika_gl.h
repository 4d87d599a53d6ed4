/* pika_gl.h - v0.5.0 - pika's grids from OpenGL compute shaders: the same counts, to the last bit
   Public domain or MIT, at your choice: see the end of the file.

   DO THIS
      In ONE C or C++ file, after pika.h's own:   #define PIKA_GL_IMPLEMENTATION
                                                  #include "pika_gl.h"
      Everywhere else:                            #include "pika_gl.h"
      No GL header and no GL library are needed: the functions come through your load_proc.

   USE (examples/gl_offscreen.c)
      pika_gl gl;                       pika_gl_desc desc = {0};
                                        desc.load_proc = load;                  SDL's, GLFW's, EGL's, glad's
                                        pika_gl_init(&gl, &ctx, &desc);         in your current context
      pika_dataset rows = {0};          pika_dataset_create(&ctx, pika_gl_backend(&gl), &rows,
                                                            &points, NULL);
      each frame                        pika_grid_set_view(&ctx, &grid, &view);
                                        pika_aggregate(&ctx, &rows, &grid);     the grid of pika.h, exact
      or without leaving the GPU        pika_gl_aggregate(&gl, &rows, &frame, &view);
                                        pika_gl_shade(&gl, texture, &frame, NULL);
      at the end                        pika_dataset_free, pika_gl_grid_free, pika_gl_free, pika_ctx_free

   THE RULES
      Same bits     count, any, min and max are those of pika.h, for every driver and strategy: cells are
                    guessed in floating point and certified by comparing integers. Sum and mean are exact sums
                    of values cut to 63 bits below the dataset's largest magnitude, 2^e (e >= -1000):
                    |sum - real sum| <= values * 2^(e - 63) + |sum| * 2^-53, the same on every driver.
                    var, std, first, last and row indices come from the CPU.
      Never wrong   Before a program's first result counts it must reproduce the CPU on adversarial points. If
                    a driver fails, runs out of memory or is reset, the CPU makes the grid from the host's
                    rows; the log and pika_backend_get_stats say why; the GPU stays off until pika_gl_reinit.
      Needs         OpenGL 4.3; or older with ARB_compute_shader and ARB_shader_storage_buffer_object; or
                    OpenGL ES 3.1. OpenGL ES 3.0 and OpenGL 3.3 count by blending (count and any). Below
                    that the CPU does all; pika_gl_get_caps tells which and why, in words.
      Context       A pika_gl belongs to the context that is current at init, and every call that reaches
                    OpenGL needs it current on the calling thread. Create it with LOSE_CONTEXT_ON_RESET to be
                    told of resets. Free datasets and GL grids first, then gl, then ctx.
      Your state    is as it was after every call: program, storage buffers 0..3, copy buffers (and for the
                    blending path what drawing touches). Errors that you left in the queue go to the log.
                    Not allowed: calls inside conditional rendering or unpaused transform feedback.
      Memory        70 % of the video memory that the driver tells of, or vram_limit. Rows that do not fit are
                    uploaded again for each call, in pieces.
      Errors        as in pika.h. PIKA_ERR_GPU: the GPU failed and the rows are nowhere else.

   CONTENTS (search for the tag)
      public           >>gl_types >>gl_object >>gl_results >>gl_import
      implementation   >>gl_impl >>gl_api >>gl_state >>gl_buffers >>gl_programs >>gl_shaders >>gl_caps
                       >>gl_rows >>gl_views >>gl_passes >>gl_jobs >>gl_grids >>gl_tests >>gl_choice
                       >>gl_fetch >>gl_raster >>gl_aggregate >>gl_backend >>gl_calls >>gl_shade
                       >>gl_end

   CHANGES
      0.5.0  with pika.h 0.5.0; nothing else
      0.4.0  with pika.h 0.4.0; nothing else
      0.3.0  first version */

#ifndef PIKA_GL_H_INCLUDED
#define PIKA_GL_H_INCLUDED
#ifndef PIKA_H_INCLUDED
    #include "pika.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- >>gl_types: what to ask for, what was found --------------------------------------------------- */

/* How rows are counted. All give the same grid; AUTO measures on the first rows and remembers. */
enum {
    PIKA_GL_AUTO = 0,
    PIKA_GL_ATOMIC, /* an atomic add per run of equal cells */
    PIKA_GL_TILED,  /* work groups count in shared memory first: many rows in few cells */
    PIKA_GL_SORT    /* a partition by tiles of the grid, then counts in shared memory: large grids */
};
enum {
    PIKA_GL_PROFILE_FULL = 0, /* all that the driver has */
    PIKA_GL_PROFILE_DX11,     /* as Direct3D 11: 32 KiB shared, buffers of 128 MiB, groups of 1024 */
    PIKA_GL_PROFILE_ES31,     /* the least of OpenGL ES 3.1: 16 KiB shared, 4 buffers, groups of 128 */
    PIKA_GL_PROFILE_RASTER    /* no compute: by blending, as on OpenGL ES 3.0 and WebGL 2 */
};
enum { /* pika_gl_desc.flags */
    PIKA_GL_KEEP_NO_STATE = 1, /* the context is pika's alone: do not save and restore its state */
    PIKA_GL_TUNE = 2           /* measure work-group sizes and rows per group; kept by cache_save */
};
enum { /* pika_gl_caps.level */
    PIKA_GL_LEVEL_NONE = 0, /* the CPU does all */
    PIKA_GL_LEVEL_RASTER,
    PIKA_GL_LEVEL_COMPUTE
};

/* All zero but load_proc is good. */
typedef struct pika_gl_desc {
    void *(*load_proc)(const char *name, void *user); /* the address of a GL function; NULL = there is none */
    void *load_user;
    int strategy;      /* PIKA_GL_AUTO, ... */
    size_t vram_limit; /* bytes; 0 = 70 % of what the driver reports, else of 512 MiB (ES: 256 MiB) */
    int workgroup;     /* 64, 128, 256, 512 or 1024; 0 = 128, or what PIKA_GL_TUNE found */
    int validate;      /* 0 = a program's first use, 1 = also 65,536 rows of each call, 2 = each call */
    int (*context_current)(void *user); /* optional; 0: not current here: PIKA_ERR_MISMATCH, no GL call */
    void *context_user;
    int profile;
    unsigned flags;
    /* Compiled programs and what was tuned, by key. load returns the bytes it has, 0 = none, and is
       asked for the size with data NULL first. save keeps a copy. Both or neither. */
    size_t (*cache_load)(void *user, uint64_t key, void *data, size_t capacity);
    void (*cache_save)(void *user, uint64_t key, const void *data, size_t size);
    void *cache_user;
} pika_gl_desc;

typedef struct pika_gl_caps {
    int level;            /* PIKA_GL_LEVEL_NONE, ... */
    int es, major, minor; /* OpenGL ES or OpenGL, and its version */
    int software;         /* the driver computes on the CPU */
    char vendor[64], renderer[128], version[128];
    int invocations, group_count, shared_bytes, storage_blocks; /* of a compute work group; of the driver */
    size_t block_bytes;                                         /* of one storage buffer */
    size_t video_memory, budget; /* bytes; of the first, what the driver says or the stated guess */
    int memory_known;            /* 1: the driver said it */
    int binaries, resets; /* formats of program binaries; 1: resets are told */
    char text[1200];             /* all of it in words, for a bug report */
} pika_gl_caps;

/* ---- >>gl_object: the backend ---------------------------------------------------------------------- */

typedef struct pika_gl__program {
    uint64_t key;
    unsigned name;
    int checked; /* its first result was the CPU's */
    int uniforms[2];
} pika_gl__program;
typedef struct pika_gl__buffer {
    unsigned name;
    int use; /* shaders', written by the host, read by it */
    size_t bytes;
} pika_gl__buffer;
typedef struct pika_gl__staging {
    pika_gl__buffer buffer;
    void *fence;
} pika_gl__staging;
typedef struct pika_gl__axis { /* an axis of a view, for a column's type */
    int type, guess, positive;
    uint32_t cells, top;          /* top: the cell of the key that is all ones */
    uint64_t first_key, last_key; /* inside; first > last: nothing is */
    float f[2][4];
} pika_gl__axis;
typedef struct pika_gl__choice {
    uint64_t key;
    int strategy;
} pika_gl__choice;

/* Private but for reading; not copied or moved once initialised. */
typedef struct pika_gl {
    pika_backend backend; /* first */
    int ready;            /* PIKA_VERSION between init and free */
    int off;              /* 1: the GPU is not used; reason says why */
    int lost;             /* 1: the context is gone: no GL call */
    int depth;            /* calls inside a saved state */
    int testing;          /* 1: a self-test or measurement runs */
    unsigned generation;  /* names of older ones are stale */
    uint64_t serial;      /* of the newest rows */
    pika_ctx *ctx;
    pika_gl_desc desc;
    pika_gl_caps caps;
    pika_backend_stats stats;
    char reason[200], cpu_reason[200]; /* why it is off; why the CPU made the last of its grids */
    void (*proc[112])(void);
    pika_gl__program programs[128];
    int program_count;
    pika_gl__buffer pool[64]; /* buffers that wait for reuse */
    int pooled;
    uint64_t pool_hits, pool_misses, cached_programs, compiled_programs;
    size_t used, held;        /* bytes of video memory: all of pika's, of it in the pool */
    pika_gl__staging ring[3]; /* for uploads */
    pika_gl__buffer partition; /* of PIKA_GL_SORT, kept: drivers take milliseconds to make one */
    int ring_next;
    size_t upload_chunk;      /* bytes of a staging buffer: 1 to 16 MiB */
    double upload_rate[3];    /* measured, bytes per ns: of 1, 4 and 16 MiB */
    uint32_t rows_per_dispatch;
    int workgroup, rows_per_thread;
    pika_gl__choice choices[32];
    int choice_count;
    void *frame;   /* the pika_gl_grid of pika_aggregate */
    int tuned, paced; /* 1: workgroup, rows_per_dispatch come from a measurement */
    int saved[40]; /* the caller's state */
    int64_t saved_range[8];
    float saved_reals[8];              /* clear colour, viewport */
    unsigned framebuffer, textures[2]; /* of the blending path: its target; the keys */
    uint32_t target_width, target_height;
    const char *unsupported;           /* why it could not do the last grid that it refused */
    void (*reset_proc)(void);           /* tells of resets, or NULL */
    void (*storage_proc)(void);         /* makes buffers that stay where they are, or NULL */
} pika_gl;

/* Reads the driver's limits; allocates nothing on the GPU, compiles nothing. A context that can do nothing is
   no error: caps.level is then PIKA_GL_LEVEL_NONE and the CPU does all. desc is copied; ctx has to stay.
   PIKA_ERR_INVALID: no load_proc, an unknown strategy, profile or work-group size, one of cache_load and
   cache_save. PIKA_ERR_MISMATCH: context_current says no. */
PIKA_API pika_result pika_gl_init(pika_gl *gl, pika_ctx *ctx, const pika_gl_desc *desc);
PIKA_API void pika_gl_free(pika_gl *gl); /* of a zeroed one: nothing */
/* The context was destroyed or lost: forgets all names, no GL call. Until pika_gl_reinit the CPU does all. */
PIKA_API void pika_gl_abandon(pika_gl *gl);
/* Starts anew in the context that is current now; datasets upload again at their next use. desc NULL = the
   one before. Errors as pika_gl_init. */
PIKA_API pika_result pika_gl_reinit(pika_gl *gl, const pika_gl_desc *desc);
PIKA_API const pika_gl_caps *pika_gl_get_caps(const pika_gl *gl); /* NULL of a zeroed one */
PIKA_API const pika_backend *pika_gl_backend(pika_gl *gl);        /* NULL of a zeroed one */
/* Buffers that were kept and taken again: the pool of scratch, staging and grids up to 16 MiB. */
typedef struct pika_gl_memory_stats {
    size_t used, held;                 /* bytes in buffers; of them waiting for reuse */
    uint64_t hits, misses;             /* buffers taken from the pool; made */
    uint64_t programs_compiled, programs_cached;
} pika_gl_memory_stats;
PIKA_API pika_result pika_gl_get_memory_stats(const pika_gl *gl, pika_gl_memory_stats *stats);
PIKA_API const char *pika_gl_strategy_string(int strategy); /* "atomic"; "?" for anything else */

/* ---- >>gl_results: grids, pictures and lists that stay on the GPU ---------------------------------- */

/* A grid in video memory. Private; start from a zeroed one. */
typedef struct pika_gl_grid {
    pika_gl *gl;
    int ready;
    unsigned generation;
    pika_grid_desc desc;
    pika_gl__buffer planes[5]; /* count, present, min, max, sum */
    pika_gl__buffer tables, counters, reading;
    int prepared; /* 1: tables holds the keys of the view in desc, for columns of axes' types */
    pika_gl__axis axes[2];
    pika_dataset *dataset; /* of the last aggregate: it has to live until the grid was read */
    uint64_t rows;
    int filled;   /* 1: the planes hold a result */
    int suspect;  /* 1: the counts that were read do not add up */
    int failed;   /* 1: the CPU has to make it */
    int strategy;
    int exponent; /* of the sums */
    void *fence;
    int value_type, is_present;
} pika_gl_grid;

/* Takes video memory: 4 bytes a cell and category for count, 4 where values may be missing, 4 or 8 for each
   of min and max, 16 for sum and mean. PIKA_ERR_UNSUPPORTED: a plane that GL does not compute.
   PIKA_ERR_MEMORY: it does not fit. PIKA_ERR_GPU: the GPU is off. */
PIKA_API pika_result pika_gl_grid_init(pika_gl *gl, pika_gl_grid *grid, const pika_grid_desc *desc);
PIKA_API void pika_gl_grid_free(pika_gl *gl, pika_gl_grid *grid);
/* Submits the work and does not wait (streamed rows wait for their uploads). view: of the grid's size, NULL =
   as before. The dataset has to live until the grid is read or filled again. A failure of the GPU shows when
   the grid is read: the CPU then makes it. */
PIKA_API pika_result pika_gl_aggregate(pika_gl *gl, pika_dataset *dataset, pika_gl_grid *grid,
                                       const pika_view *view);
/* Colours the grid into a texture of its size, immutable GL_RGBA8 (glTexStorage2D), texel row 0 = lowest y.
   Nothing of the grid is read back, but for automatic ranges a few numbers, for eq_hist a table.
   count, any, min and max: the bytes of pika_shade; sum and mean at most one level of the colormap off.
   PIKA_ERR_UNSUPPORTED: categories to be mixed, the blending path. PIKA_ERR_GPU: the grid is not there. */
PIKA_API pika_result pika_gl_shade(pika_gl *gl, unsigned texture, const pika_gl_grid *grid,
                                   const pika_shade_desc *desc);
/* Waits and copies the grid into one of pika.h of the same descriptor; the view is set. PIKA_ERR_GPU: it was
   lost, and the rows are nowhere else; out is as it was. */
PIKA_API pika_result pika_gl_read(pika_gl *gl, pika_gl_grid *grid, pika_grid *out);
/* The same without waiting: begin, then ask until it is ready, then pika_gl_read returns at once. */
PIKA_API pika_result pika_gl_read_begin(pika_gl *gl, pika_gl_grid *grid);
PIKA_API int pika_gl_read_ready(pika_gl *gl, pika_gl_grid *grid); /* 1 ready, 0 not yet, < 0 a pika_result */
/* The cells with a row as pairs (index, count), sorted by index; *cells is their number. Made on the GPU, and
   waits. pairs NULL: only the number. PIKA_ERR_SIZE: capacity is less; nothing written but *cells. */
PIKA_API pika_result pika_gl_compact(pika_gl *gl, pika_gl_grid *grid, uint32_t *index_count_pairs,
                                     size_t capacity, size_t *cells);

/* ---- >>gl_import: points that are already on the GPU ----------------------------------------------- */

typedef struct pika_gl_column {
    unsigned buffer; /* 0 = absent. A buffer object of yours, never deleted or changed */
    size_t offset;   /* bytes; offset and stride are multiples of 4 */
    ptrdiff_t stride; /* 0 = packed, else at least the element, positive */
    int type;
} pika_gl_column;
typedef struct pika_gl_points {
    size_t count;
    pika_gl_column x, y, value, category;
    const pika_points *host; /* the same rows on the host, for what the GPU cannot do; or NULL */
} pika_gl_points;
/* A dataset of buffers of yours, read where they are at each aggregate (what wrote them needs your barrier:
   GL_SHADER_STORAGE_BARRIER_BIT). Columns in different buffers are copied together first. PIKA_ERR_INVALID: a
   buffer that is no buffer or too small, an offset or stride. PIKA_ERR_GPU: the GPU is off. */
PIKA_API pika_result pika_gl_dataset_import(pika_gl *gl, pika_dataset *dataset, const pika_gl_points *points);

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* PIKA_GL_H_INCLUDED */

#if defined(PIKA_GL_IMPLEMENTATION) && !defined(PIKA_GL__IMPLEMENTED)
#define PIKA_GL__IMPLEMENTED

/* ---- >>gl_impl: configuration, includes ---------------------------------------------------------------
   From here on nothing private is declared before it is defined: a section may use those above it alone. Of
   pika.h only public calls are used. */

#include <string.h>
#include <time.h>
#if !defined(_WIN32) && (defined(__unix__) || defined(__APPLE__) || defined(__HAIKU__) || defined(__wasi__))
    #include <sys/time.h>
    #define PIKA_GL__POSIX_TIME
#endif
#if defined(_MSC_VER)
    #pragma warning(push)
    #pragma warning(disable : 4127 4324 4505 4996) /* constant conditions, padding, unused statics */
#endif
#define PIKA_GL__PRIV PIKA_UNUSED static
#ifdef _WIN32
    #define PIKA_GL__CALL __stdcall
#else
    #define PIKA_GL__CALL
#endif

PIKA_GL__PRIV size_t pika_gl__least(size_t a, size_t b) { return a < b ? a : b; }
PIKA_GL__PRIV size_t pika_gl__most(size_t a, size_t b) { return a > b ? a : b; }
PIKA_GL__PRIV size_t pika_gl__round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

PIKA_GL__PRIV double pika_gl__seconds(void) /* since some moment; coarse on Windows */
{
#if defined(PIKA_GL__POSIX_TIME) && defined(CLOCK_MONOTONIC) && !defined(__wasi__)
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#elif defined(PIKA_GL__POSIX_TIME)
    struct timeval now;
    gettimeofday(&now, NULL);
    return (double)now.tv_sec + 1e-6 * (double)now.tv_usec;
#else
    return (double)clock() / (double)CLOCKS_PER_SEC; /* the wall's there */
#endif
}

/* Text that is cut where it does not fit. */
typedef struct pika_gl__text {
    char *data;
    size_t size, used; /* used < size */
} pika_gl__text;
PIKA_GL__PRIV pika_gl__text pika_gl__text_in(char *data, size_t size)
{
    pika_gl__text text;
    text.data = data;
    text.size = size;
    text.used = 0;
    data[0] = 0;
    return text;
}
PIKA_GL__PRIV void pika_gl__say(pika_gl__text *text, const char *more)
{
    while (*more != 0 && text->used + 1 < text->size) text->data[text->used++] = *more++;
    text->data[text->used] = 0;
}
PIKA_GL__PRIV void pika_gl__say_int(pika_gl__text *text, int64_t value)
{
    char digits[24];
    int at = 23;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (value < 0) digits[--at] = '-';
    pika_gl__say(text, digits + at);
}
PIKA_GL__PRIV void pika_gl__say_hex(pika_gl__text *text, unsigned value)
{
    static const char digits[] = "0123456789ABCDEF";
    char out[2] = {0, 0};
    int shift = 12;
    pika_gl__say(text, "0x");
    while (shift > 0 && value >> shift == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) {
        out[0] = digits[(value >> shift) & 15];
        pika_gl__say(text, out);
    }
}
PIKA_GL__PRIV void pika_gl__define(pika_gl__text *text, const char *name, int64_t value)
{
    pika_gl__say(text, "#define ");
    pika_gl__say(text, name);
    pika_gl__say(text, " ");
    pika_gl__say_int(text, value);
    pika_gl__say(text, "\n");
}
PIKA_GL__PRIV void pika_gl__copy_text(char *out, size_t size, const char *from) /* from may be NULL */
{
    pika_gl__text text = pika_gl__text_in(out, size);
    pika_gl__say(&text, from != NULL ? from : "");
}

PIKA_GL__PRIV uint64_t pika_gl__hash(uint64_t hash, const void *data, size_t size) /* FNV-1a, 64 bits */
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t i;
    for (i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001B3u;
    return hash;
}
#define PIKA_GL__HASH_START 0xCBF29CE484222325u

/* ---- >>gl_api: the functions and names of OpenGL ------------------------------------------------------
   Names and values from the registry of Khronos. A pointer that is there says nothing about a feature (some
   loaders make stubs for any name): versions and extension strings decide, a NULL only forbids. */

/* clang-format off */
#define PIKA_GL__FUNCTIONS(F) \
    F(const unsigned char *, GetString, (unsigned)) \
    F(const unsigned char *, GetStringi, (unsigned, unsigned)) \
    F(unsigned, GetError, (void)) \
    F(void, GetIntegerv, (unsigned, int *)) \
    F(void, GetInteger64v, (unsigned, int64_t *)) \
    F(void, GetIntegeri_v, (unsigned, unsigned, int *)) \
    F(void, GetInteger64i_v, (unsigned, unsigned, int64_t *)) \
    F(unsigned, CreateShader, (unsigned)) \
    F(void, ShaderSource, (unsigned, int, const char *const *, const int *)) \
    F(void, CompileShader, (unsigned)) \
    F(void, GetShaderiv, (unsigned, unsigned, int *)) \
    F(void, GetShaderInfoLog, (unsigned, int, int *, char *)) \
    F(void, DeleteShader, (unsigned)) \
    F(unsigned, CreateProgram, (void)) \
    F(void, AttachShader, (unsigned, unsigned)) \
    F(void, LinkProgram, (unsigned)) \
    F(void, UseProgram, (unsigned)) \
    F(unsigned char, IsProgram, (unsigned)) \
    F(void, GetProgramiv, (unsigned, unsigned, int *)) \
    F(void, GetProgramInfoLog, (unsigned, int, int *, char *)) \
    F(void, DeleteProgram, (unsigned)) \
    F(int, GetUniformLocation, (unsigned, const char *)) \
    F(void, Uniform4uiv, (int, int, const uint32_t *)) \
    F(void, Uniform4fv, (int, int, const float *)) \
    F(void, GenBuffers, (int, unsigned *)) \
    F(void, DeleteBuffers, (int, const unsigned *)) \
    F(unsigned char, IsBuffer, (unsigned)) \
    F(void, BindBuffer, (unsigned, unsigned)) \
    F(void, BindBufferBase, (unsigned, unsigned, unsigned)) \
    F(void, BindBufferRange, (unsigned, unsigned, unsigned, ptrdiff_t, ptrdiff_t)) \
    F(void, BufferData, (unsigned, ptrdiff_t, const void *, unsigned)) \
    F(void, BufferSubData, (unsigned, ptrdiff_t, ptrdiff_t, const void *)) \
    F(void, GetBufferParameteri64v, (unsigned, unsigned, int64_t *)) \
    F(void, CopyBufferSubData, (unsigned, unsigned, ptrdiff_t, ptrdiff_t, ptrdiff_t)) \
    F(void *, MapBufferRange, (unsigned, ptrdiff_t, ptrdiff_t, unsigned)) \
    F(unsigned char, UnmapBuffer, (unsigned)) \
    F(void *, FenceSync, (unsigned, unsigned)) \
    F(unsigned, ClientWaitSync, (void *, unsigned, uint64_t)) \
    F(void, DeleteSync, (void *)) \
    F(void, Flush, (void)) \
    F(void, DispatchCompute, (unsigned, unsigned, unsigned)) \
    F(void, MemoryBarrier, (unsigned)) \
    F(void, BindImageTexture, (unsigned, unsigned, int, unsigned char, int, unsigned, unsigned)) \
    F(void, ProgramParameteri, (unsigned, unsigned, int)) \
    F(void, GetProgramBinary, (unsigned, int, int *, unsigned *, void *)) \
    F(void, ProgramBinary, (unsigned, unsigned, const void *, int)) \
    F(unsigned char, IsTexture, (unsigned)) \
    F(void, GetTexParameteriv, (unsigned, unsigned, int *)) \
    F(void, GetTexLevelParameteriv, (unsigned, int, unsigned, int *)) \
    F(void, TexStorage2D, (unsigned, int, unsigned, int, int)) \
    F(unsigned, GetGraphicsResetStatus, (void)) \
    F(unsigned, GetGraphicsResetStatusKHR, (void)) \
    F(unsigned, GetGraphicsResetStatusARB, (void)) \
    F(unsigned, GetGraphicsResetStatusEXT, (void)) \
    F(void, GetFloatv, (unsigned, float *)) \
    F(unsigned char, IsEnabled, (unsigned)) \
    F(void, Enable, (unsigned)) \
    F(void, Disable, (unsigned)) \
    F(void, Viewport, (int, int, int, int)) \
    F(void, BlendEquationSeparate, (unsigned, unsigned)) \
    F(void, BlendFuncSeparate, (unsigned, unsigned, unsigned, unsigned)) \
    F(void, ColorMask, (unsigned char, unsigned char, unsigned char, unsigned char)) \
    F(void, ClearColor, (float, float, float, float)) \
    F(void, Clear, (unsigned)) \
    F(void, PixelStorei, (unsigned, int)) \
    F(void, ReadPixels, (int, int, int, int, unsigned, unsigned, void *)) \
    F(void, GenTextures, (int, unsigned *)) \
    F(void, DeleteTextures, (int, const unsigned *)) \
    F(void, BindTexture, (unsigned, unsigned)) \
    F(void, ActiveTexture, (unsigned)) \
    F(void, BindSampler, (unsigned, unsigned)) \
    F(void, TexParameteri, (unsigned, unsigned, int)) \
    F(void, TexImage2D, (unsigned, int, int, int, int, int, unsigned, unsigned, const void *)) \
    F(void, GenFramebuffers, (int, unsigned *)) \
    F(void, DeleteFramebuffers, (int, const unsigned *)) \
    F(void, BindFramebuffer, (unsigned, unsigned)) \
    F(void, FramebufferTexture2D, (unsigned, unsigned, unsigned, unsigned, int)) \
    F(unsigned, CheckFramebufferStatus, (unsigned)) \
    F(void, GenVertexArrays, (int, unsigned *)) \
    F(void, DeleteVertexArrays, (int, const unsigned *)) \
    F(void, BindVertexArray, (unsigned)) \
    F(void, VertexAttribIPointer, (unsigned, int, unsigned, int, const void *)) \
    F(void, EnableVertexAttribArray, (unsigned)) \
    F(void, BindAttribLocation, (unsigned, unsigned, const char *)) \
    F(void, DrawArrays, (unsigned, int, int)) \
    F(unsigned char, IsEnabledi, (unsigned, unsigned)) \
    F(void, Enablei, (unsigned, unsigned)) \
    F(void, Disablei, (unsigned, unsigned)) \
    F(void, ColorMaski, (unsigned, unsigned char, unsigned char, unsigned char, unsigned char)) \
    F(void, BlendEquationSeparatei, (unsigned, unsigned, unsigned)) \
    F(void, BlendFuncSeparatei, (unsigned, unsigned, unsigned, unsigned, unsigned)) \
    F(void, ViewportIndexedf, (unsigned, float, float, float, float)) \
    F(void, ClampColor, (unsigned, unsigned)) \
    F(void, BufferStorage, (unsigned, ptrdiff_t, const void *, unsigned)) \
    F(void, BufferStorageEXT, (unsigned, ptrdiff_t, const void *, unsigned))
/* clang-format on */

#define PIKA_GL__TYPE(result, name, arguments) typedef result(PIKA_GL__CALL *pika_gl__##name) arguments;
PIKA_GL__FUNCTIONS(PIKA_GL__TYPE)
#undef PIKA_GL__TYPE
enum {
#define PIKA_GL__INDEX(result, name, arguments) PIKA_GL__AT_##name,
    PIKA_GL__FUNCTIONS(PIKA_GL__INDEX)
#undef PIKA_GL__INDEX
        PIKA_GL__PROCS
};
typedef char pika_gl__sa_procs[PIKA_GL__PROCS <= 112 ? 1 : -1];
#define PIKA_GL__NAME(result, name, arguments) "gl" #name,
PIKA_GL__PRIV const char *const pika_gl__names[] = {PIKA_GL__FUNCTIONS(PIKA_GL__NAME)};
#undef PIKA_GL__NAME
/* PIKA_GL__(BindBuffer)(...): the function of the pika_gl that the variable gl points to */
#define PIKA_GL__(name) ((pika_gl__##name)gl->proc[PIKA_GL__AT_##name])

enum {
    PIKA_GL__OUT_OF_MEMORY = 0x0505,
    PIKA_GL__CONTEXT_LOST = 0x0507,
    PIKA_GL__VENDOR = 0x1F00,
    PIKA_GL__RENDERER = 0x1F01,
    PIKA_GL__VERSION = 0x1F02,
    PIKA_GL__EXTENSIONS = 0x1F03,
    PIKA_GL__NUM_EXTENSIONS = 0x821D,
    PIKA_GL__MAJOR_VERSION = 0x821B,
    PIKA_GL__MINOR_VERSION = 0x821C,
    PIKA_GL__COMPUTE_SHADER = 0x91B9,
    PIKA_GL__COMPILE_STATUS = 0x8B81,
    PIKA_GL__LINK_STATUS = 0x8B82,
    PIKA_GL__CURRENT_PROGRAM = 0x8B8D,
    PIKA_GL__PROGRAM_BINARY_RETRIEVABLE_HINT = 0x8257,
    PIKA_GL__PROGRAM_BINARY_LENGTH = 0x8741,
    PIKA_GL__NUM_PROGRAM_BINARY_FORMATS = 0x87FE,
    PIKA_GL__STORAGE_BUFFER = 0x90D2,
    PIKA_GL__STORAGE_BUFFER_BINDING = 0x90D3,
    PIKA_GL__STORAGE_BUFFER_START = 0x90D4,
    PIKA_GL__STORAGE_BUFFER_SIZE = 0x90D5,
    PIKA_GL__COPY_READ = 0x8F36,
    PIKA_GL__COPY_WRITE = 0x8F37,
    PIKA_GL__BUFFER_SIZE = 0x8764,
    PIKA_GL__STREAM_DRAW = 0x88E0,
    PIKA_GL__STREAM_READ = 0x88E1,
    PIKA_GL__DYNAMIC_COPY = 0x88EA,
    PIKA_GL__MAP_READ = 1,
    PIKA_GL__MAP_WRITE = 2,
    PIKA_GL__MAP_INVALIDATE_BUFFER = 8,
    PIKA_GL__MAP_UNSYNCHRONIZED = 0x20,
    PIKA_GL__DYNAMIC_STORAGE = 0x100,
    PIKA_GL__BARRIER_BUFFER_UPDATE = 0x200,
    PIKA_GL__BARRIER_STORAGE = 0x2000,
    PIKA_GL__BARRIER_ALL_TEXTURE = 0x0528, /* fetch, image, texture update, framebuffer */
    PIKA_GL__SYNC_COMPLETE = 0x9117,
    PIKA_GL__SYNC_FLUSH = 1,
    PIKA_GL__TIMEOUT_EXPIRED = 0x911B,
    PIKA_GL__WAIT_FAILED = 0x911D,
    PIKA_GL__MAX_GROUP_COUNT = 0x91BE,
    PIKA_GL__MAX_GROUP_SIZE = 0x91BF,
    PIKA_GL__MAX_GROUP_INVOCATIONS = 0x90EB,
    PIKA_GL__MAX_SHARED = 0x8262,
    PIKA_GL__MAX_COMPUTE_BLOCKS = 0x90DB,
    PIKA_GL__MAX_BLOCK_SIZE = 0x90DE,
    PIKA_GL__MAX_STORAGE_BINDINGS = 0x90DD,
    PIKA_GL__MAX_TEXTURE_SIZE = 0x0D33,
    PIKA_GL__RESET_STRATEGY = 0x8256,
    PIKA_GL__LOSE_CONTEXT = 0x8252,
    PIKA_GL__NVX_TOTAL = 0x9047,
    PIKA_GL__NVX_AVAILABLE = 0x9049,
    PIKA_GL__ATI_VBO_FREE = 0x87FB,
    PIKA_GL__TEXTURE_WIDTH = 0x1000,
    PIKA_GL__TEXTURE_HEIGHT = 0x1001,
    PIKA_GL__TEXTURE_FORMAT = 0x1003,
    PIKA_GL__TEXTURE_IMMUTABLE = 0x912F,
    PIKA_GL__READ_ONLY = 0x88B8,
    PIKA_GL__WRITE_ONLY = 0x88B9,
    PIKA_GL__RGBA8 = 0x8058,
    PIKA_GL__IMAGE_NAME = 0x8F3A,
    PIKA_GL__IMAGE_FORMAT = 0x906E,
    PIKA_GL__VERTEX_SHADER = 0x8B31,
    PIKA_GL__FRAGMENT_SHADER = 0x8B30,
    PIKA_GL__ARRAY = 0x8892,
    PIKA_GL__ARRAY_BINDING = 0x8894,
    PIKA_GL__VERTEX_ARRAY_BINDING = 0x85B5,
    PIKA_GL__PIXEL_PACK = 0x88EB,
    PIKA_GL__PIXEL_PACK_BINDING = 0x88ED,
    PIKA_GL__PIXEL_UNPACK = 0x88EC,
    PIKA_GL__PIXEL_UNPACK_BINDING = 0x88EF,
    PIKA_GL__FRAMEBUFFER = 0x8D40,
    PIKA_GL__DRAW_FRAMEBUFFER = 0x8CA9,
    PIKA_GL__READ_FRAMEBUFFER = 0x8CA8,
    PIKA_GL__DRAW_FRAMEBUFFER_BINDING = 0x8CA6,
    PIKA_GL__READ_FRAMEBUFFER_BINDING = 0x8CAA,
    PIKA_GL__COLOR_ATTACHMENT0 = 0x8CE0,
    PIKA_GL__FRAMEBUFFER_COMPLETE = 0x8CD5,
    PIKA_GL__TEXTURE0 = 0x84C0,
    PIKA_GL__ACTIVE_TEXTURE = 0x84E0,
    PIKA_GL__TEXTURE_2D = 0x0DE1,
    PIKA_GL__TEXTURE_2D_BINDING = 0x8069,
    PIKA_GL__SAMPLER_BINDING = 0x8919,
    PIKA_GL__MIN_FILTER = 0x2801,
    PIKA_GL__MAG_FILTER = 0x2800,
    PIKA_GL__NEAREST = 0x2600,
    PIKA_GL__R32F = 0x822E,
    PIKA_GL__R32UI = 0x8236,
    PIKA_GL__RED = 0x1903,
    PIKA_GL__RGBA = 0x1908,
    PIKA_GL__RED_INTEGER = 0x8D94,
    PIKA_GL__FLOAT = 0x1406,
    PIKA_GL__UNSIGNED_BYTE = 0x1401,
    PIKA_GL__UNSIGNED_SHORT = 0x1403,
    PIKA_GL__UNSIGNED_INT = 0x1405,
    PIKA_GL__COLOR_READ_FORMAT = 0x8B9B,
    PIKA_GL__COLOR_READ_TYPE = 0x8B9A,
    PIKA_GL__VIEWPORT = 0x0BA2,
    PIKA_GL__MAX_VIEWPORT_DIMS = 0x0D3A,
    PIKA_GL__CLEAR_COLOR = 0x0C22,
    PIKA_GL__COLOR_BIT = 0x4000,
    PIKA_GL__COLOR_MASK = 0x0C23,
    PIKA_GL__POINTS = 0,
    PIKA_GL__ONE = 1,
    PIKA_GL__FUNC_ADD = 0x8006,
    PIKA_GL__BLEND = 0x0BE2,
    PIKA_GL__BLEND_SOURCE = 0x80C9,
    PIKA_GL__BLEND_TARGET = 0x80C8,
    PIKA_GL__BLEND_SOURCE_ALPHA = 0x80CB,
    PIKA_GL__BLEND_TARGET_ALPHA = 0x80CA,
    PIKA_GL__BLEND_EQUATION = 0x8009,
    PIKA_GL__BLEND_EQUATION_ALPHA = 0x883D,
    PIKA_GL__SCISSOR_TEST = 0x0C11,
    PIKA_GL__PACK_ALIGNMENT = 0x0D05,
    PIKA_GL__UNPACK_ALIGNMENT = 0x0CF5,
    PIKA_GL__CLAMP_READ_COLOR = 0x891C,
    PIKA_GL__FIXED_ONLY = 0x891D,
    PIKA_GL__PROFILE_MASK = 0x9126
};

/* ---- >>gl_state: entering, leaving, errors ------------------------------------------------------------
   Every public call that reaches OpenGL is between pika_gl__enter and pika_gl__leave: what the caller had
   bound is back afterwards, and no error of ours stays in the queue. */

PIKA_GL__PRIV void pika_gl__turn_off(pika_gl *gl, const char *why, const char *detail)
{
    char message[320];
    pika_gl__text text = pika_gl__text_in(message, sizeof message);
    if (gl->off) return; /* the first reason is the cause */
    gl->off = 1;
    pika_gl__say(&text, why);
    pika_gl__say(&text, detail);
    pika_gl__copy_text(gl->reason, sizeof gl->reason, message);
    text = pika_gl__text_in(message, sizeof message);
    pika_gl__say(&text, "pika_gl: the GPU is off until pika_gl_reinit: ");
    pika_gl__say(&text, gl->reason);
    pika_ctx_log(gl->ctx, 1, message);
}

/* Broken drivers return junk: only the values of the specification are a reset. */
PIKA_GL__PRIV int pika_gl__is_reset(pika_gl *gl)
{
    unsigned status = 0;
    if (gl->lost) return 1;
    if (gl->reset_proc != NULL) status = ((pika_gl__GetGraphicsResetStatus)gl->reset_proc)();
    if ((status >= 0x8253 && status <= 0x8255) || status == 0x92BB) {
        gl->lost = 1;
        pika_gl__turn_off(gl, "the driver reported a graphics reset", "");
    }
    return gl->lost;
}

/* Empties the error queue. PIKA_OK; PIKA_ERR_MEMORY: there was only that, and it may pass; PIKA_ERR_GPU: the
   GPU is off now. */
PIKA_GL__PRIV pika_result pika_gl__status(pika_gl *gl, const char *after)
{
    unsigned error, first = 0;
    int count = 0, memory = 0;
    if (gl->lost) return PIKA_ERR_GPU;
    while ((error = PIKA_GL__(GetError)()) != 0 && count++ < 16) {
        if (error == PIKA_GL__CONTEXT_LOST) {
            gl->lost = 1;
            pika_gl__turn_off(gl, "the OpenGL context was lost, seen after ", after);
            return PIKA_ERR_GPU;
        }
        if (error == PIKA_GL__OUT_OF_MEMORY) memory = 1;
        else if (first == 0) first = error;
    }
    if (count >= 16) {
        pika_gl__turn_off(gl, "glGetError never ends, after ", after);
        return PIKA_ERR_GPU;
    }
    if (first != 0) {
        char text[96];
        pika_gl__text say = pika_gl__text_in(text, sizeof text);
        pika_gl__say(&say, after);
        pika_gl__say(&say, ": OpenGL error ");
        pika_gl__say_hex(&say, first);
        pika_gl__turn_off(gl, "", text);
        return PIKA_ERR_GPU;
    }
    if (pika_gl__is_reset(gl)) return PIKA_ERR_GPU;
    if (gl->off) return PIKA_ERR_GPU;
    return memory ? PIKA_ERR_MEMORY : PIKA_OK;
}

/* What drawing depends on, and the blending path sets: off, but for those with on = 1. Versions: from which
   they are there. */
enum { PIKA_GL__NEVER = 99 };
typedef struct pika_gl__switch {
    unsigned name;
    int on, gl, es;
} pika_gl__switch;
PIKA_GL__PRIV const pika_gl__switch pika_gl__switches[] = {
    {PIKA_GL__BLEND, 1, 30, 30}, {PIKA_GL__SCISSOR_TEST, 0, 30, 30}, {0x0B71, 0, 30, 30}, /* depth test */
    {0x0B90, 0, 30, 30},                                                                  /* stencil test */
    {0x0B44, 0, 30, 30},                                                                  /* cull face */
    {0x0BD0, 0, 30, 30},                                                                  /* dither */
    {0x8C89, 0, 30, 30},                                              /* rasterizer discard */
    {0x809E, 0, 30, 30},                                              /* sample alpha to coverage */
    {0x80A0, 0, 30, 30},                                              /* sample coverage */
    {0x8E51, 0, 32, 31},                                              /* sample mask */
    {0x8642, 1, 32, PIKA_GL__NEVER},                                  /* program point size */
    {0x8DB9, 0, 30, PIKA_GL__NEVER},                                  /* sRGB framebuffer */
    {0x0BF2, 0, 30, PIKA_GL__NEVER},                                  /* logic op */
    {0x3000, 0, 30, PIKA_GL__NEVER}, {0x3001, 0, 30, PIKA_GL__NEVER}, /* clip distances */
    {0x3002, 0, 30, PIKA_GL__NEVER}, {0x3003, 0, 30, PIKA_GL__NEVER}, {0x3004, 0, 30, PIKA_GL__NEVER},
    {0x3005, 0, 30, PIKA_GL__NEVER}, {0x3006, 0, 30, PIKA_GL__NEVER}, {0x3007, 0, 30, PIKA_GL__NEVER},
    {0x0BC0, 0, 30, PIKA_GL__NEVER},
    {0x0B10, 0, 30, PIKA_GL__NEVER} /* alpha test, point smooth: compatibility */
};
/* Alignments (4), then row lengths, skips and, on OpenGL alone, swaps of bytes (0). */
PIKA_GL__PRIV const unsigned pika_gl__stores[] = {PIKA_GL__PACK_ALIGNMENT, PIKA_GL__UNPACK_ALIGNMENT, 0x0D02,
    0x0D03, 0x0D04, 0x0CF2, 0x0CF3, 0x0CF4, 0x0D00, 0x0CF0};
PIKA_GL__PRIV const unsigned pika_gl__integers[] = {/* in the order of gl->saved, from 3 on */
    PIKA_GL__ARRAY_BINDING, PIKA_GL__VERTEX_ARRAY_BINDING, PIKA_GL__PIXEL_PACK_BINDING,
    PIKA_GL__PIXEL_UNPACK_BINDING, PIKA_GL__DRAW_FRAMEBUFFER_BINDING, PIKA_GL__READ_FRAMEBUFFER_BINDING,
    PIKA_GL__BLEND_SOURCE, PIKA_GL__BLEND_TARGET, PIKA_GL__BLEND_SOURCE_ALPHA, PIKA_GL__BLEND_TARGET_ALPHA,
    PIKA_GL__BLEND_EQUATION, PIKA_GL__BLEND_EQUATION_ALPHA, PIKA_GL__ACTIVE_TEXTURE};
enum { /* and behind them */
    PIKA_GL__SAVED_TEXTURE = 16,
    PIKA_GL__SAVED_SAMPLER,
    PIKA_GL__SAVED_CLAMP,
    PIKA_GL__SAVED_SWITCHES,
    PIKA_GL__SAVED_MASK,
    PIKA_GL__SAVED_STORES = 24,
    PIKA_GL__SAVED_SCISSORS = 34
};

PIKA_GL__PRIV int pika_gl__at_least(const pika_gl *gl, int version_gl, int version_es)
{
    return gl->caps.major * 10 + gl->caps.minor >= (gl->caps.es ? version_es : version_gl);
}
PIKA_GL__PRIV int pika_gl__count_stores(const pika_gl *gl) { return gl->caps.es ? 8 : 10; }
PIKA_GL__PRIV int pika_gl__count_switches(pika_gl *gl)
{
    const int all = (int)(sizeof pika_gl__switches / sizeof pika_gl__switches[0]);
    int mask = 0;
    if (pika_gl__at_least(gl, 32, PIKA_GL__NEVER)) PIKA_GL__(GetIntegerv)(PIKA_GL__PROFILE_MASK, &mask);
    return (mask & 2) != 0 ? all : all - 2;
}
PIKA_GL__PRIV int pika_gl__has_switch(const pika_gl *gl, int i)
{
    return pika_gl__at_least(gl, pika_gl__switches[i].gl, pika_gl__switches[i].es);
}
/* Blending and its mask are on or off for each draw buffer, the scissor test for each viewport. Of blending
   and the viewport place 0 alone is changed; the scissor test is turned off for all (turned off for one, Mesa
   22 clips by the box of another) and each comes back. */
PIKA_GL__PRIV int pika_gl__has_places(const pika_gl *gl, int version_gl, int version_es)
{
    return pika_gl__at_least(gl, version_gl, version_es) && gl->proc[PIKA_GL__AT_IsEnabledi] != NULL &&
           gl->proc[PIKA_GL__AT_Enablei] != NULL && gl->proc[PIKA_GL__AT_Disablei] != NULL;
}
PIKA_GL__PRIV void pika_gl__turn_place(pika_gl *gl, unsigned name, unsigned place, int on)
{
    if (on) PIKA_GL__(Enablei)(name, place);
    else PIKA_GL__(Disablei)(name, place);
}
PIKA_GL__PRIV void pika_gl__turn(pika_gl *gl, int i, int on)
{
    const unsigned name = pika_gl__switches[i].name;
    if (name == PIKA_GL__BLEND && pika_gl__has_places(gl, 30, 32)) pika_gl__turn_place(gl, name, 0, on);
    else if (on) PIKA_GL__(Enable)(name);
    else PIKA_GL__(Disable)(name);
}
PIKA_GL__PRIV void pika_gl__set_blend(
    pika_gl *gl, int source, int target, int source_alpha, int target_alpha, int equation, int equation_alpha)
{
    const unsigned s = (unsigned)source, t = (unsigned)target, e = (unsigned)equation;
    if (pika_gl__at_least(gl, 40, 32) && gl->proc[PIKA_GL__AT_BlendFuncSeparatei] != NULL &&
        gl->proc[PIKA_GL__AT_BlendEquationSeparatei] != NULL) {
        PIKA_GL__(BlendFuncSeparatei)(0, s, t, (unsigned)source_alpha, (unsigned)target_alpha);
        PIKA_GL__(BlendEquationSeparatei)(0, e, (unsigned)equation_alpha);
    } else {
        PIKA_GL__(BlendFuncSeparate)(s, t, (unsigned)source_alpha, (unsigned)target_alpha);
        PIKA_GL__(BlendEquationSeparate)(e, (unsigned)equation_alpha);
    }
}
PIKA_GL__PRIV void pika_gl__set_mask(pika_gl *gl, int red, int green, int blue, int alpha)
{
    const unsigned char r = red != 0, g = green != 0, b = blue != 0, a = alpha != 0;
    if (pika_gl__at_least(gl, 30, 32) && gl->proc[PIKA_GL__AT_ColorMaski] != NULL)
        PIKA_GL__(ColorMaski)(0, r, g, b, a);
    else PIKA_GL__(ColorMask)(r, g, b, a);
}
PIKA_GL__PRIV void pika_gl__set_viewport(pika_gl *gl, const float *v)
{
    if (pika_gl__at_least(gl, 41, PIKA_GL__NEVER) && gl->proc[PIKA_GL__AT_ViewportIndexedf] != NULL)
        PIKA_GL__(ViewportIndexedf)(0, v[0], v[1], v[2], v[3]);
    else PIKA_GL__(Viewport)((int)v[0], (int)v[1], (int)v[2], (int)v[3]);
}
PIKA_GL__PRIV void pika_gl__clamp_reading(pika_gl *gl, int how)
{
    if (!gl->caps.es && gl->proc[PIKA_GL__AT_ClampColor] != NULL)
        PIKA_GL__(ClampColor)(PIKA_GL__CLAMP_READ_COLOR, (unsigned)how);
}

PIKA_GL__PRIV void pika_gl__save_drawing(pika_gl *gl)
{
    int i;
    for (i = 0; i < (int)(sizeof pika_gl__integers / sizeof pika_gl__integers[0]); i++)
        PIKA_GL__(GetIntegerv)(pika_gl__integers[i], &gl->saved[3 + i]);
    PIKA_GL__(ActiveTexture)(PIKA_GL__TEXTURE0);
    PIKA_GL__(GetIntegerv)(PIKA_GL__TEXTURE_2D_BINDING, &gl->saved[PIKA_GL__SAVED_TEXTURE]);
    PIKA_GL__(GetIntegerv)(PIKA_GL__SAMPLER_BINDING, &gl->saved[PIKA_GL__SAVED_SAMPLER]);
    if (!gl->caps.es) PIKA_GL__(GetIntegerv)(PIKA_GL__CLAMP_READ_COLOR, &gl->saved[PIKA_GL__SAVED_CLAMP]);
    PIKA_GL__(GetIntegerv)(PIKA_GL__COLOR_MASK, &gl->saved[PIKA_GL__SAVED_MASK]);
    for (i = 0; i < pika_gl__count_stores(gl); i++)
        PIKA_GL__(GetIntegerv)(pika_gl__stores[i], &gl->saved[PIKA_GL__SAVED_STORES + i]);
    gl->saved[PIKA_GL__SAVED_SWITCHES] = 0;
    for (i = 0; i < pika_gl__count_switches(gl); i++)
        if (pika_gl__has_switch(gl, i) && PIKA_GL__(IsEnabled)(pika_gl__switches[i].name))
            gl->saved[PIKA_GL__SAVED_SWITCHES] |= 1 << i;
    gl->saved[PIKA_GL__SAVED_SCISSORS] = 0;
    for (i = 0; i < 16 && pika_gl__has_places(gl, 41, PIKA_GL__NEVER); i++) /* viewports: 16 at least */
        if (PIKA_GL__(IsEnabledi)(PIKA_GL__SCISSOR_TEST, (unsigned)i))
            gl->saved[PIKA_GL__SAVED_SCISSORS] |= 1 << i;
    PIKA_GL__(GetFloatv)(PIKA_GL__CLEAR_COLOR, gl->saved_reals);
    PIKA_GL__(GetFloatv)(PIKA_GL__VIEWPORT, gl->saved_reals + 4);
}
PIKA_GL__PRIV void pika_gl__restore_drawing(pika_gl *gl)
{
    const int *saved = gl->saved + 3, *mask = gl->saved + PIKA_GL__SAVED_MASK;
    const float *color = gl->saved_reals;
    int i;
    for (i = 0; i < pika_gl__count_switches(gl); i++)
        if (pika_gl__has_switch(gl, i)) pika_gl__turn(gl, i, gl->saved[PIKA_GL__SAVED_SWITCHES] >> i & 1);
    for (i = 0; i < 16 && pika_gl__has_places(gl, 41, PIKA_GL__NEVER); i++) {
        const int on = gl->saved[PIKA_GL__SAVED_SCISSORS] >> i & 1;
        if (on != (gl->saved[PIKA_GL__SAVED_SCISSORS] & 1))
            pika_gl__turn_place(gl, PIKA_GL__SCISSOR_TEST, (unsigned)i, on);
    }
    for (i = 0; i < pika_gl__count_stores(gl); i++)
        PIKA_GL__(PixelStorei)(pika_gl__stores[i], gl->saved[PIKA_GL__SAVED_STORES + i]);
    pika_gl__clamp_reading(gl, gl->saved[PIKA_GL__SAVED_CLAMP]);
    pika_gl__set_mask(gl, mask[0], mask[1], mask[2], mask[3]);
    pika_gl__set_viewport(gl, gl->saved_reals + 4);
    PIKA_GL__(ClearColor)(color[0], color[1], color[2], color[3]);
    PIKA_GL__(BindSampler)(0, (unsigned)gl->saved[PIKA_GL__SAVED_SAMPLER]);
    PIKA_GL__(BindTexture)
    (PIKA_GL__TEXTURE_2D, (unsigned)gl->saved[PIKA_GL__SAVED_TEXTURE]); /* unit 0 is active */
    PIKA_GL__(BindVertexArray)((unsigned)saved[1]);
    PIKA_GL__(BindBuffer)(PIKA_GL__ARRAY, (unsigned)saved[0]);
    PIKA_GL__(BindBuffer)(PIKA_GL__PIXEL_PACK, (unsigned)saved[2]);
    PIKA_GL__(BindBuffer)(PIKA_GL__PIXEL_UNPACK, (unsigned)saved[3]);
    PIKA_GL__(BindFramebuffer)(PIKA_GL__DRAW_FRAMEBUFFER, (unsigned)saved[4]);
    PIKA_GL__(BindFramebuffer)(PIKA_GL__READ_FRAMEBUFFER, (unsigned)saved[5]);
    pika_gl__set_blend(gl, saved[6], saved[7], saved[8], saved[9], saved[10], saved[11]);
    PIKA_GL__(ActiveTexture)((unsigned)saved[12]);
}

PIKA_GL__PRIV void pika_gl__save(pika_gl *gl)
{
    unsigned i;
    PIKA_GL__(GetIntegerv)(PIKA_GL__CURRENT_PROGRAM, &gl->saved[0]);
    PIKA_GL__(GetIntegerv)(PIKA_GL__COPY_READ, &gl->saved[1]);
    PIKA_GL__(GetIntegerv)(PIKA_GL__COPY_WRITE, &gl->saved[2]);
    if (gl->caps.level == PIKA_GL_LEVEL_RASTER) pika_gl__save_drawing(gl);
    if (gl->caps.level != PIKA_GL_LEVEL_COMPUTE) return;
    PIKA_GL__(GetIntegerv)(PIKA_GL__STORAGE_BUFFER_BINDING, &gl->saved[3]);
    for (i = 0; i < 4; i++) {
        PIKA_GL__(GetIntegeri_v)(PIKA_GL__STORAGE_BUFFER_BINDING, i, &gl->saved[4 + i]);
        PIKA_GL__(GetInteger64i_v)(PIKA_GL__STORAGE_BUFFER_START, i, &gl->saved_range[2 * i]);
        PIKA_GL__(GetInteger64i_v)(PIKA_GL__STORAGE_BUFFER_SIZE, i, &gl->saved_range[2 * i + 1]);
    }
}
PIKA_GL__PRIV void pika_gl__restore(pika_gl *gl)
{
    unsigned i, program = (unsigned)gl->saved[0];
    if (gl->caps.level == PIKA_GL_LEVEL_RASTER) pika_gl__restore_drawing(gl);
    if (gl->caps.level == PIKA_GL_LEVEL_COMPUTE) {
        for (i = 0; i < 4; i++) { /* these change the generic binding, which follows */
            const unsigned name = (unsigned)gl->saved[4 + i];
            if (name != 0 && gl->saved_range[2 * i + 1] > 0) PIKA_GL__(BindBufferRange)
            (PIKA_GL__STORAGE_BUFFER, i, name, (ptrdiff_t)gl->saved_range[2 * i],
                (ptrdiff_t)gl->saved_range[2 * i + 1]);
            else PIKA_GL__(BindBufferBase)(PIKA_GL__STORAGE_BUFFER, i, name); }
        PIKA_GL__(BindBuffer)(PIKA_GL__STORAGE_BUFFER, (unsigned)gl->saved[3]);
    }
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, (unsigned)gl->saved[1]);
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, (unsigned)gl->saved[2]);
    if (program == 0 || PIKA_GL__(IsProgram)(program))
        PIKA_GL__(UseProgram)(program); /* it may wait to be deleted */
}

/* PIKA_OK: OpenGL may be called until pika_gl__leave, which has to follow. */
PIKA_GL__PRIV pika_result pika_gl__enter(pika_gl *gl, pika_ctx *ctx, const char *who)
{
    if (gl->depth > 0) {
        gl->depth++;
        return PIKA_OK;
    }
    if (gl->desc.context_current != NULL && !gl->lost && !gl->desc.context_current(gl->desc.context_user)) {
        char message[160];
        pika_gl__text text = pika_gl__text_in(message, sizeof message);
        pika_gl__say(&text, who);
        pika_gl__say(&text, ": the OpenGL context of this pika_gl is not current on this thread");
        return pika_ctx_fail(ctx, PIKA_ERR_MISMATCH, message);
    }
    if (gl->lost || gl->caps.level == PIKA_GL_LEVEL_NONE) return PIKA_ERR_GPU;
    if (pika_gl__is_reset(gl)) return PIKA_ERR_GPU;
    {
        unsigned error;
        int count = 0;
        while ((error = PIKA_GL__(GetError)()) != 0 && count++ < 16) {
            char message[160];
            pika_gl__text text = pika_gl__text_in(message, sizeof message);
            if (error == PIKA_GL__CONTEXT_LOST) {
                gl->lost = 1;
                pika_gl__turn_off(gl, "the OpenGL context was lost", "");
                return PIKA_ERR_GPU;
            }
            pika_gl__say(&text, who);
            pika_gl__say(&text, ": the caller had left an OpenGL error in the queue: ");
            pika_gl__say_hex(&text, error);
            pika_ctx_log(ctx, 1, message);
        }
    }
    gl->depth = 1;
    if ((gl->desc.flags & PIKA_GL_KEEP_NO_STATE) == 0) pika_gl__save(gl);
    return PIKA_OK;
}
PIKA_GL__PRIV void pika_gl__leave(pika_gl *gl)
{
    int count = 0;
    if (--gl->depth > 0 || gl->lost) return;
    if ((gl->desc.flags & PIKA_GL_KEEP_NO_STATE) == 0) pika_gl__restore(gl);
    while (PIKA_GL__(GetError)() != 0 && count++ < 16) {}
}

/* Waits for all that was submitted, in slices, and gives up on a driver that hangs. rows: of that work. */
PIKA_GL__PRIV pika_result pika_gl__wait(pika_gl *gl, void *fence, uint64_t rows)
{
    const double start = pika_gl__seconds(), most = 2.0 + 4e-6 * (double)rows;
    for (;;) {
        const unsigned status = PIKA_GL__(ClientWaitSync)(fence, PIKA_GL__SYNC_FLUSH, 2000000);
        if (pika_gl__is_reset(gl)) return PIKA_ERR_GPU;
        if (status == PIKA_GL__WAIT_FAILED) {
            pika_gl__turn_off(gl, "glClientWaitSync failed", "");
            return PIKA_ERR_GPU;
        }
        if (status != PIKA_GL__TIMEOUT_EXPIRED) return pika_gl__status(gl, "a wait");
        if (pika_gl__seconds() - start > most) {
            pika_gl__turn_off(gl, "the GPU does not answer: a fence was not signalled in time", "");
            return PIKA_ERR_GPU;
        }
    }
}
PIKA_GL__PRIV pika_result pika_gl__finish(pika_gl *gl, uint64_t rows)
{
    void *fence = PIKA_GL__(FenceSync)(PIKA_GL__SYNC_COMPLETE, 0);
    pika_result result;
    if (fence == NULL) {
        result = pika_gl__status(gl, "glFenceSync");
        if (result != PIKA_ERR_GPU) pika_gl__turn_off(gl, "glFenceSync returned nothing", "");
        return PIKA_ERR_GPU;
    }
    result = pika_gl__wait(gl, fence, rows);
    if (!gl->lost) PIKA_GL__(DeleteSync)(fence);
    return result;
}

/* ---- >>gl_buffers: video memory -----------------------------------------------------------------------
   Buffers up to 16 MiB come in powers of two and wait for reuse in gl->pool; larger ones are exact and go
   back to the driver. gl->used counts them all and stays below caps.budget. A buffer keeps its use: drivers
   move one that the host reads to the host's memory, and atomics there are five times slower (NVIDIA 580
   does so after a few copies of it were read). Immutable storage stays in video memory. */

enum { PIKA_GL__FOR_SHADERS, PIKA_GL__FOR_WRITING, PIKA_GL__FOR_READING };

#define PIKA_GL__POOLED ((size_t)16 << 20)

PIKA_GL__PRIV void pika_gl__delete_buffer(pika_gl *gl, pika_gl__buffer *buffer)
{
    if (buffer->name != 0) {
        if (!gl->lost) PIKA_GL__(DeleteBuffers)(1, &buffer->name);
        gl->used -= buffer->bytes;
    }
    buffer->name = 0;
    buffer->bytes = 0;
}
PIKA_GL__PRIV void pika_gl__trim(pika_gl *gl)
{
    while (gl->pooled > 0) {
        gl->held -= gl->pool[--gl->pooled].bytes;
        pika_gl__delete_buffer(gl, &gl->pool[gl->pooled]);
    }
}
PIKA_GL__PRIV size_t pika_gl__buffer_bytes(size_t bytes) /* what asking for so many takes */
{
    size_t size = 4096;
    if (bytes > PIKA_GL__POOLED) return pika_gl__round_up(bytes, 16);
    while (size < bytes) size *= 2;
    return size;
}
/* PIKA_ERR_MEMORY: past the budget, or the driver has no more. */
PIKA_GL__PRIV pika_result pika_gl__take_for(pika_gl *gl, pika_gl__buffer *out, size_t bytes, int use)
{
    static const unsigned hints[] = {PIKA_GL__DYNAMIC_COPY, PIKA_GL__STREAM_DRAW, PIKA_GL__STREAM_READ};
    const size_t size = pika_gl__buffer_bytes(bytes);
    pika_result result;
    int i;
    out->name = 0;
    out->bytes = 0;
    out->use = use;
    for (i = 0; i < gl->pooled; i++) {
        if (gl->pool[i].bytes != size || gl->pool[i].use != use) continue;
        *out = gl->pool[i];
        gl->pool[i] = gl->pool[--gl->pooled];
        gl->held -= size;
        gl->pool_hits++;
        return PIKA_OK;
    }
    gl->pool_misses++;
    if (size > gl->caps.budget || gl->used > gl->caps.budget - size) pika_gl__trim(gl);
    if (size > gl->caps.budget || gl->used > gl->caps.budget - size) return PIKA_ERR_MEMORY;
    PIKA_GL__(GenBuffers)(1, &out->name);
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, out->name);
    if (use == PIKA_GL__FOR_SHADERS && gl->storage_proc != NULL)
        ((pika_gl__BufferStorage)gl->storage_proc)(
            PIKA_GL__COPY_WRITE, (ptrdiff_t)size, NULL, PIKA_GL__DYNAMIC_STORAGE);
    else PIKA_GL__(BufferData)(PIKA_GL__COPY_WRITE, (ptrdiff_t)size, NULL, hints[use]);
    out->bytes = size;
    gl->used += size;
    result = pika_gl__status(gl, "glBufferData");
    if (result == PIKA_OK && out->name == 0) {
        pika_gl__turn_off(gl, "glGenBuffers returned no name", "");
        result = PIKA_ERR_GPU;
    }
    if (result != PIKA_OK) {
        if (out->name == 0) gl->used -= size;
        pika_gl__delete_buffer(gl, out);
    }
    return result;
}
PIKA_GL__PRIV pika_result pika_gl__take(pika_gl *gl, pika_gl__buffer *out, size_t bytes)
{
    return pika_gl__take_for(gl, out, bytes, PIKA_GL__FOR_SHADERS);
}
PIKA_GL__PRIV void pika_gl__give(pika_gl *gl, pika_gl__buffer *buffer)
{
    if (buffer->name != 0 && buffer->bytes <= PIKA_GL__POOLED && gl->pooled < 64 && !gl->lost) {
        gl->pool[gl->pooled++] = *buffer;
        gl->held += buffer->bytes;
        buffer->name = 0;
        buffer->bytes = 0;
    }
    pika_gl__delete_buffer(gl, buffer);
}
PIKA_GL__PRIV void pika_gl__bind(pika_gl *gl, unsigned binding, unsigned name)
{
    PIKA_GL__(BindBufferBase)(PIKA_GL__STORAGE_BUFFER, binding, name);
}

/* A few words up, a few down; the latter waits. */
PIKA_GL__PRIV void pika_gl__write(pika_gl *gl, unsigned name, size_t at, size_t bytes, const void *data)
{
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, name);
    PIKA_GL__(BufferSubData)(PIKA_GL__COPY_WRITE, (ptrdiff_t)at, (ptrdiff_t)bytes, data);
}
/* What a buffer for reading holds; waits. */
PIKA_GL__PRIV pika_result pika_gl__read_mapped(pika_gl *gl, unsigned name, size_t at, size_t bytes, void *out)
{
    int attempt;
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, name);
    for (attempt = 0; attempt < 2; attempt++) {
        const void *mapped =
            PIKA_GL__(MapBufferRange)(PIKA_GL__COPY_READ, (ptrdiff_t)at, (ptrdiff_t)bytes, PIKA_GL__MAP_READ);
        if (mapped == NULL) {
            const pika_result result = pika_gl__status(gl, "glMapBufferRange");
            if (result == PIKA_OK) pika_gl__turn_off(gl, "glMapBufferRange returned nothing", "");
            return result == PIKA_OK ? PIKA_ERR_GPU : result;
        }
        memcpy(out, mapped, bytes);
        if (PIKA_GL__(UnmapBuffer)(PIKA_GL__COPY_READ)) return pika_gl__status(gl, "reading a buffer");
    } /* the contents were lost while mapped, twice */
    if (pika_gl__status(gl, "glUnmapBuffer") != PIKA_ERR_GPU)
        pika_gl__turn_off(gl, "glUnmapBuffer said twice that the contents were lost", "");
    return PIKA_ERR_GPU;
}
/* Any buffer's, through one for reading of at most 4 MiB; waits. */
PIKA_GL__PRIV pika_result pika_gl__download(pika_gl *gl, unsigned name, size_t at, size_t bytes, void *out)
{
    const size_t most = pika_gl__least(bytes, (size_t)4 << 20);
    pika_gl__buffer reading;
    pika_result result = pika_gl__take_for(gl, &reading, most, PIKA_GL__FOR_READING);
    size_t done;
    if (result != PIKA_OK) return result;
    PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_BUFFER_UPDATE);
    for (done = 0; result == PIKA_OK && done < bytes; done += most) {
        const size_t n = pika_gl__least(bytes - done, most);
        PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, name);
        PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, reading.name);
        PIKA_GL__(CopyBufferSubData)
        (PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, (ptrdiff_t)(at + done), 0, (ptrdiff_t)n);
        result = pika_gl__read_mapped(gl, reading.name, 0, n, (char *)out + done);
    }
    pika_gl__give(gl, &reading);
    return result;
}

/* ---- >>gl_programs: sources to programs ---------------------------------------------------------------
   A program is known by the hash of its driver and whole source. The table forgets the oldest. */

#define PIKA_GL__PARTS 12
typedef struct pika_gl__source {
    char head[1400];                   /* version, extensions, #defines */
    const char *parts[PIKA_GL__PARTS]; /* parts[0] is head */
    const char *fragment[2];           /* NULL: a compute shader; else parts are the vertex shader */
    int count;
} pika_gl__source;

PIKA_GL__PRIV void pika_gl__add_part(pika_gl__source *source, const char *part)
{
    if (source->count < PIKA_GL__PARTS) source->parts[source->count++] = part;
}
PIKA_GL__PRIV void pika_gl__version_lines(const pika_gl *gl, pika_gl__text *text, int compute)
{
    const int version = gl->caps.major * 10 + gl->caps.minor;
    if (gl->caps.es) {
        pika_gl__say(text, compute ? "#version 310 es\n" : "#version 300 es\n");
    } else if (version >= 43) {
        pika_gl__say(text, "#version 430 core\n");
    } else {
        pika_gl__say(text, version >= 42 ? "#version 420 core\n" : "#version 330 core\n");
        if (compute)
            pika_gl__say(text, "#extension GL_ARB_compute_shader : require\n"
                               "#extension GL_ARB_shader_storage_buffer_object : require\n");
        if (compute && version < 42)
            pika_gl__say(text, "#extension GL_ARB_shading_language_420pack : require\n"
                               "#extension GL_ARB_shader_image_load_store : enable\n");
    }
    pika_gl__say(text, "precision highp float;\nprecision highp int;\n");
}

/* One stage compiled; 0: the reason is in gl->reason. */
PIKA_GL__PRIV unsigned pika_gl__compile(pika_gl *gl, unsigned stage, const char *const *parts, int count)
{
    char log[160];
    int compiled = 0;
    const unsigned shader = PIKA_GL__(CreateShader)(stage);
    if (shader == 0) {
        if (pika_gl__status(gl, "glCreateShader") != PIKA_ERR_GPU)
            pika_gl__turn_off(gl, "glCreateShader returned 0", "");
        return 0;
    }
    PIKA_GL__(ShaderSource)(shader, count, parts, NULL);
    PIKA_GL__(CompileShader)(shader);
    PIKA_GL__(GetShaderiv)(shader, PIKA_GL__COMPILE_STATUS, &compiled);
    if (compiled) return shader;
    memset(log, 0, sizeof log);
    PIKA_GL__(GetShaderInfoLog)(shader, (int)sizeof log - 1, NULL, log);
    if (!pika_gl__is_reset(gl)) {
        PIKA_GL__(DeleteShader)(shader);
        pika_gl__turn_off(gl, "a shader does not compile: ", log);
    }
    return 0;
}
PIKA_GL__PRIV int pika_gl__link(pika_gl *gl, unsigned program)
{
    char log[160];
    int linked = 0;
    PIKA_GL__(LinkProgram)(program);
    PIKA_GL__(GetProgramiv)(program, PIKA_GL__LINK_STATUS, &linked);
    if (linked) return 1;
    memset(log, 0, sizeof log);
    PIKA_GL__(GetProgramInfoLog)(program, (int)sizeof log - 1, NULL, log);
    if (!pika_gl__is_reset(gl)) pika_gl__turn_off(gl, "a program does not link: ", log);
    return 0;
}

typedef struct pika_gl__blob { /* before a program's binary in the cache */
    uint32_t magic, format;
    uint64_t size, checksum; /* of the binary */
} pika_gl__blob;
#define PIKA_GL__MAGIC 0x6B704C47u

PIKA_GL__PRIV unsigned pika_gl__load_program(pika_gl *gl, uint64_t key) /* 0: not in the cache, or stale */
{
    size_t size;
    char *data;
    pika_gl__blob blob;
    unsigned program = 0;
    if (gl->desc.cache_load == NULL || gl->caps.binaries <= 0) return 0;
    size = gl->desc.cache_load(gl->desc.cache_user, key, NULL, 0);
    if (size <= sizeof blob || size > ((size_t)64 << 20)) return 0;
    data = (char *)pika_ctx_alloc(gl->ctx, size, 16);
    if (data == NULL) return 0;
    if (gl->desc.cache_load(gl->desc.cache_user, key, data, size) == size) {
        memcpy(&blob, data, sizeof blob);
        if (blob.magic == PIKA_GL__MAGIC && blob.size == size - sizeof blob &&
            blob.checksum == pika_gl__hash(key, data + sizeof blob, (size_t)blob.size))
            program = PIKA_GL__(CreateProgram)();
        if (program != 0) {
            int linked = 0;
            PIKA_GL__(ProgramBinary)(program, blob.format, data + sizeof blob, (int)blob.size);
            PIKA_GL__(GetProgramiv)(program, PIKA_GL__LINK_STATUS, &linked);
            if (!linked && !gl->lost) { /* another driver's: its error is expected */
                int count = 0;
                while (PIKA_GL__(GetError)() != 0 && count++ < 16) {}
                PIKA_GL__(DeleteProgram)(program);
                program = 0;
            }
        }
    }
    pika_ctx_release(gl->ctx, data, size);
    if (program != 0) gl->cached_programs++;
    return program;
}
PIKA_GL__PRIV void pika_gl__keep_program(pika_gl *gl, uint64_t key, unsigned program)
{
    int length = 0;
    size_t room;
    pika_gl__blob blob;
    char *data;
    if (gl->desc.cache_save == NULL || gl->caps.binaries <= 0) return;
    PIKA_GL__(GetProgramiv)(program, PIKA_GL__PROGRAM_BINARY_LENGTH, &length);
    if (length <= 0) return;
    room = sizeof blob + (size_t)length;
    data = (char *)pika_ctx_alloc(gl->ctx, room, 16);
    if (data == NULL) return;
    memset(&blob, 0, sizeof blob);
    PIKA_GL__(GetProgramBinary)(program, length, &length, &blob.format, data + sizeof blob);
    if (pika_gl__status(gl, "glGetProgramBinary") == PIKA_OK && length > 0) {
        blob.magic = PIKA_GL__MAGIC;
        blob.size = (uint64_t)length;
        blob.checksum = pika_gl__hash(key, data + sizeof blob, (size_t)length);
        memcpy(data, &blob, sizeof blob);
        gl->desc.cache_save(gl->desc.cache_user, key, data, sizeof blob + (size_t)length);
    }
    pika_ctx_release(gl->ctx, data, room);
}

/* The program of this source: known, from the cache, or compiled. PIKA_ERR_GPU: the GPU is off. */
PIKA_GL__PRIV pika_result pika_gl__program_of(
    pika_gl *gl, const pika_gl__source *source, pika_gl__program *out)
{
    const int most = (int)(sizeof gl->programs / sizeof gl->programs[0]);
    uint64_t key = pika_gl__hash(PIKA_GL__HASH_START, gl->caps.renderer, strlen(gl->caps.renderer));
    unsigned program, shader, fragment = 0;
    int i;
    key = pika_gl__hash(key, gl->caps.version, strlen(gl->caps.version));
    for (i = 0; i < source->count; i++) key = pika_gl__hash(key, source->parts[i], strlen(source->parts[i]));
    for (i = 0; i < gl->program_count; i++) {
        if (gl->programs[i].key != key) continue;
        *out = gl->programs[i]; /* to the end: the first is the one to forget */
        memmove(gl->programs + i, gl->programs + i + 1, (size_t)(gl->program_count - 1 - i) * sizeof *out);
        gl->programs[gl->program_count - 1] = *out;
        return PIKA_OK;
    }
    program = pika_gl__load_program(gl, key);
    if (program == 0) {
        if (gl->off) return PIKA_ERR_GPU;
        shader = pika_gl__compile(gl,
            source->fragment[0] != NULL ? PIKA_GL__VERTEX_SHADER : PIKA_GL__COMPUTE_SHADER, source->parts,
            source->count);
        if (shader == 0) return PIKA_ERR_GPU;
        if (source->fragment[0] != NULL) {
            fragment = pika_gl__compile(gl, PIKA_GL__FRAGMENT_SHADER, source->fragment, 2);
            if (fragment == 0) {
                if (!gl->lost) PIKA_GL__(DeleteShader)(shader);
                return PIKA_ERR_GPU;
            }
        }
        program = PIKA_GL__(CreateProgram)();
        if (program == 0) {
            PIKA_GL__(DeleteShader)(shader);
            if (fragment != 0) PIKA_GL__(DeleteShader)(fragment);
            pika_gl__turn_off(gl, "glCreateProgram returned 0", "");
            return PIKA_ERR_GPU;
        }
        if (gl->desc.cache_save != NULL && gl->caps.binaries > 0)
            PIKA_GL__(ProgramParameteri)(program, PIKA_GL__PROGRAM_BINARY_RETRIEVABLE_HINT, 1);
        PIKA_GL__(AttachShader)(program, shader);
        PIKA_GL__(DeleteShader)(shader);
        if (fragment != 0) {
            PIKA_GL__(AttachShader)(program, fragment);
            PIKA_GL__(DeleteShader)(fragment);
            PIKA_GL__(BindAttribLocation)(program, 0, "row_x");
            PIKA_GL__(BindAttribLocation)(program, 1, "row_y");
            PIKA_GL__(BindAttribLocation)(program, 2, "row_category");
        }
        if (!pika_gl__link(gl, program)) {
            if (!gl->lost) PIKA_GL__(DeleteProgram)(program);
            return PIKA_ERR_GPU;
        }
        gl->compiled_programs++;
        pika_gl__keep_program(gl, key, program);
    }
    if (gl->program_count == most) {
        PIKA_GL__(DeleteProgram)(gl->programs[0].name);
        memmove(gl->programs, gl->programs + 1, (size_t)(most - 1) * sizeof *out);
        gl->program_count--;
    }
    out->key = key;
    out->name = program;
    out->checked = 0;
    out->uniforms[0] = PIKA_GL__(GetUniformLocation)(program, "u");
    out->uniforms[1] = PIKA_GL__(GetUniformLocation)(program, "f");
    gl->programs[gl->program_count++] = *out;
    return PIKA_OK;
}

#define PIKA_GL__WORDS 16 /* of uvec4 u[] */
#define PIKA_GL__REALS 8  /* of vec4 f[] */
typedef struct pika_gl__parameters {
    uint32_t u[PIKA_GL__WORDS][4];
    float f[PIKA_GL__REALS][4];
} pika_gl__parameters;

/* groups: past 65,535 they are dispatched in two dimensions, so a few too many may run. */
PIKA_GL__PRIV void pika_gl__dispatch(
    pika_gl *gl, const pika_gl__program *program, const pika_gl__parameters *parameters, uint32_t groups)
{
    const uint32_t most = (uint32_t)(gl->caps.group_count < 65535 ? gl->caps.group_count : 65535);
    const uint32_t down = (groups + most - 1) / most;
    if (groups == 0) return;
    PIKA_GL__(UseProgram)(program->name);
    if (program->uniforms[0] >= 0)
        PIKA_GL__(Uniform4uiv)(program->uniforms[0], PIKA_GL__WORDS, &parameters->u[0][0]);
    if (program->uniforms[1] >= 0)
        PIKA_GL__(Uniform4fv)(program->uniforms[1], PIKA_GL__REALS, &parameters->f[0][0]);
    PIKA_GL__(DispatchCompute)((groups + down - 1) / down, down, 1);
    PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_STORAGE);
    if (!gl->testing) gl->stats.dispatches++;
}

/* ---- >>gl_shaders: the kernels, in GLSL 4.30 and GLSL ES 3.10 alike -----------------------------------
   Map: axis_x and axis_y guess a cell in floating point, any garbage will do, and certify it with the keys of
   pika_axis_keys: integers, which every driver compares alike. Reduce: atomics on 32-bit words. Storage is
   declared as uint, so no float unit ever sees a payload.
      u[0] first row, end row, rows per group, word of the nulls     f[0] x: origin, its rest, slope, first
      u[1] width, cells, categories, height                          f[1] x: certain past this, log2(c), -, -
      u[2] x: byte, stride, word of the keys, cells                  f[2], f[3] y
      u[3] x: first key (high, low), last key inside (high, low)
      u[4], u[5] y      u[6] value: byte, stride, shift, -      u[7] category: byte, stride, -, -
      u[8] the cells of the key that is all ones: x, y           u[9].. of the kernel
   The host writes #defines for types (of pika_type), guesses and the kernel. */

PIKA_GL__PRIV const char *const pika_gl__common =
    "#ifdef LX\n"
    "layout(local_size_x = LX) in;\n"
    "layout(std430, binding = 0) readonly buffer Points { uint points[]; };\n"
    "layout(std430, binding = 1) buffer Planes { uint planes[]; };\n"
    "layout(std430, binding = 2) readonly buffer Tables { uint tables[]; };\n"
    "layout(std430, binding = 3) buffer Scratch { uint scratch[]; };\n"
    "#define KEY_WORD(i) tables[i]\n"
    "#endif\n"
    "uniform uvec4 u[16];\n"
    "uniform vec4 f[8];\n"
    "#define OUTSIDE 0xFFFFFFFEu\n"
    "#define INVALID 0xFFFFFFFFu\n"
    "#define HEIGHT u[1].w\n"
    "#ifndef LX\n" /* a vertex shader: a row is attributes, and a the axis */
    "#ifdef GL_ES\n"
    "uniform highp usampler2D keys;\n"
    "#else\n"
    "uniform usampler2D keys;\n"
    "#endif\n"
    "#define KEY_WORD(i) texelFetch(keys, ivec2(int((i) & 2047u), int((i) >> 11)), 0).x\n"
    "in uvec2 row_x, row_y;\n"
    "in uint row_category;\n"
    "uvec2 row_bits(uint a) { return a == 0u ? row_x : row_y; }\n"
    "#define byte_at(a) row_bits(a).x\n"
    "#define half_at(a) row_bits(a).x\n"
    "#define word_at(a) row_bits(a).x\n"
    "#ifdef BIG_ENDIAN\n"
    "#define pair_at(a) row_bits(a)\n"
    "#else\n"
    "#define pair_at(a) row_bits(a).yx\n"
    "#endif\n"
    "#else\n"
    "uint group_index() { return gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x; }\n"
    "#ifdef BIG_ENDIAN\n"
    "uint byte_at(uint a) { return (points[a >> 2] >> ((3u - (a & 3u)) << 3)) & 0xFFu; }\n"
    "uint half_at(uint a) { return (points[a >> 2] >> ((2u - (a & 2u)) << 3)) & 0xFFFFu; }\n"
    "uvec2 pair_at(uint a) { return uvec2(points[a >> 2], points[(a >> 2) + 1u]); }\n"
    "#else\n"
    "uint byte_at(uint a) { return (points[a >> 2] >> ((a & 3u) << 3)) & 0xFFu; }\n"
    "uint half_at(uint a) { return (points[a >> 2] >> ((a & 2u) << 3)) & 0xFFFFu; }\n"
    "uvec2 pair_at(uint a) { return uvec2(points[(a >> 2) + 1u], points[a >> 2]); }\n"
    "#endif\n"
    "uint word_at(uint a) { return points[a >> 2]; }\n"
    "#endif\n"
    "bool not_above(uvec2 a, uvec2 b) { return a.x < b.x || (a.x == b.x && a.y <= b.y); }\n"
    "uint turned(uint bits) { return bits ^ (uint(int(bits) >> 31) | 0x80000000u); }\n"
    "uvec2 turned(uvec2 bits) {\n"
    "    uint sign = uint(int(bits.x) >> 31);\n"
    "    return uvec2(bits.x ^ (sign | 0x80000000u), bits.y ^ sign);\n"
    "}\n"
    "uint extended(uint bits, uint unused) { return uint(int(bits << unused) >> int(unused)); }\n";

/* Once an axis, between its own #defines: AXIS, TYPE, GUESS, C (its u), R (its ranges), P (its f), TOP. */
PIKA_GL__PRIV const char *const pika_gl__axis_kinds =
    "#if TYPE == 1 || TYPE >= 8\n"
    "#define KEY uvec2\n"
    "#define BITS pair_at(a)\n"
    "#else\n"
    "#define KEY uint\n"
    "#endif\n"
    "#if TYPE == 0\n"
    "#define BITS word_at(a)\n"
    "#define TURN(b) turned(b)\n"
    "#define NAN(b) ((b & 0x7FFFFFFFu) > 0x7F800000u)\n"
    "#define ZERO 0x80000000u\n"
    "#define REAL(b) uintBitsToFloat(b)\n"
    "#elif TYPE == 1\n"
    "#define TURN(b) turned(b)\n"
    "#define NAN(b) ((b.x & 0x7FFFFFFFu) > 0x7FF00000u || ((b.x & 0x7FFFFFFFu) == 0x7FF00000u && b.y != "
    "0u))\n"
    "#define ZERO uvec2(0x80000000u, 0u)\n"
    "#elif TYPE == 2\n"
    "#define BITS extended(byte_at(a), 24u)\n"
    "#elif TYPE == 3\n"
    "#define BITS byte_at(a)\n"
    "#elif TYPE == 4\n"
    "#define BITS extended(half_at(a), 16u)\n"
    "#elif TYPE == 5\n"
    "#define BITS half_at(a)\n"
    "#elif TYPE == 6 || TYPE == 7\n"
    "#define BITS word_at(a)\n"
    "#elif TYPE == 8\n"
    "#define TURN(b) uvec2(b.x ^ 0x80000000u, b.y)\n"
    "#define ZERO uvec2(0x80000000u, 0u)\n"
    "#define REAL(b) (float(int(b.x)) * 4294967296.0 + float(b.y))\n"
    "#elif TYPE == 9\n"
    "#define TURN(b) (b)\n"
    "#define ZERO uvec2(0u)\n"
    "#define REAL(b) (float(b.x) * 4294967296.0 + float(b.y))\n"
    "#endif\n"
    "#if TYPE == 2 || TYPE == 4 || TYPE == 6\n"
    "#define TURN(b) (b ^ 0x80000000u)\n"
    "#define ZERO 0x80000000u\n"
    "#define REAL(b) float(int(b))\n"
    "#elif TYPE == 3 || TYPE == 5 || TYPE == 7\n"
    "#define TURN(b) (b)\n"
    "#define ZERO 0u\n"
    "#define REAL(b) float(b)\n"
    "#endif\n";

PIKA_GL__PRIV const char *const pika_gl__axis_guess =
    "uint AXIS(uint row) {\n"
    "    uint a = u[C].x + row * u[C].y;\n"
    "    KEY bits = BITS, k = TURN(bits);\n"
    "    uint n = u[C].w, at = u[C].z;\n"
    "#if TYPE == 1 || TYPE >= 8\n"
    "    bool inside = not_above(u[R].xy, k) && not_above(k, u[R].zw);\n"
    "#define BELOW(i) (!not_above(uvec2(KEY_WORD(at + 2u * (i)), KEY_WORD(at + 2u * (i) + 1u)), k))\n"
    "#else\n"
    "    bool inside = u[R].y <= k && k <= u[R].w;\n"
    "#define BELOW(i) (k < KEY_WORD(at + (i)))\n"
    "#endif\n"
    "    if (!inside) {\n"
    "#ifdef NAN\n"
    "        if (NAN(bits)) return INVALID;\n"
    "#endif\n"
    "#ifdef POSITIVE\n"
    "#if TYPE == 1 || TYPE >= 8\n"
    "        if (not_above(k, ZERO)) return INVALID;\n"
    "#else\n"
    "        if (k <= ZERO) return INVALID;\n"
    "#endif\n"
    "#endif\n"
    "        return OUTSIDE;\n"
    "    }\n"
    "#if TYPE == 6 || TYPE == 7\n"
    "    if (k == 0xFFFFFFFFu) return u[8].TOP;\n"
    "#elif TYPE >= 8\n"
    "    if (k == uvec2(0xFFFFFFFFu)) return u[8].TOP;\n"
    "#endif\n"
    "    uint g = 0u;\n"
    "    float t;\n"
    "#if TYPE == 1\n" /* a double as the sum of two floats, or by its exponent */
    "    int exponent = int((bits.x >> 20) & 0x7FFu) - 1023;\n"
    "    float part = uintBitsToFloat(0x3F800000u | ((bits.x & 0xFFFFFu) << 3) | (bits.y >> 29));\n"
    "#endif\n"
    "#if GUESS == 1\n"
    "#if TYPE == 1\n"
    "    if (exponent > -126 && exponent < 127) {\n"
    "        float scale = uintBitsToFloat(uint(exponent + 127) << 23 | (bits.x & 0x80000000u));\n"
    "        float rest = float(bits.y & 0x1FFFFFFFu) * 2.220446049250313e-16;\n"
    "        t = ((part * scale - f[P].x) + (rest * scale - f[P].y)) * f[P].z - f[P].w;\n"
    "    } else {\n"
    "        t = (0.0 - f[P].x) * f[P].z - f[P].w;\n"
    "    }\n"
    "#elif TYPE >= 8\n"
    "    uvec2 over = uvec2(k.x - u[R].x - (k.y < u[R].y ? 1u : 0u), k.y - u[R].y);\n"
    "    t = (float(over.x) * 4294967296.0 + float(over.y)) * f[P].z + f[P].x;\n"
    "#elif TYPE >= 6\n"
    "    t = float(k - u[R].y) * f[P].z + f[P].x;\n"
    "#else\n"
    "    t = (REAL(bits) - f[P].x) * f[P].z - f[P].w;\n"
    "#endif\n"
    "    float whole = floor(t), over_edge = t - whole;\n" /* far from an edge nothing is left to certify */
    "    if (over_edge > f[P + 1].x && over_edge < 1.0 - f[P + 1].x) {\n"
    "        g = uint(max(whole, 0.0));\n"
    "        if (g < n) return g;\n"
    "    }\n"
    "#else\n"
    "#if TYPE == 1\n"
    "    float power = float(exponent) + log2(part);\n"
    "#else\n"
    "    float power = log2(abs(REAL(bits)));\n"
    "#endif\n"
    "#if GUESS == 2\n"
    "    t = (power - f[P].x) * f[P].z - f[P].w;\n"
    "#else\n" /* symlog: log2(1 + |v| / c) */
    "    power -= f[P + 1].y;\n"
    "    float small_part = exp2(min(power, 20.0));\n"
    "    float steps = power > 20.0 ? power : small_part < 0.0001 ? small_part * 1.442695 : "
    "log2(1.0 + small_part);\n"
    "#if TYPE == 1 || TYPE >= 8\n"
    "    if (not_above(k, ZERO)) steps = -steps;\n"
    "#else\n"
    "    if (k <= ZERO) steps = -steps;\n"
    "#endif\n"
    "    t = (steps - f[P].x) * f[P].z - f[P].w;\n"
    "#endif\n"
    "#endif\n"
    "    g = min(uint(clamp(t, 0.0, float(n - 1u))), n - 1u);\n"
    "    for (int i = 0; i < 4; i++) {\n"
    "        if (BELOW(g)) { if (g == 0u) break; g--; }\n"
    "        else if (g + 1u < n && !BELOW(g + 1u)) g++;\n"
    "        else return g;\n"
    "    }\n"
    "    uint high = n;\n" /* key 0 <= k < key n */
    "    g = 0u;\n"
    "    while (high - g > 1u && high > g) {\n"
    "        uint middle = (g + high) >> 1;\n"
    "        if (BELOW(middle)) high = middle; else g = middle;\n"
    "    }\n"
    "    return g;\n"
    "}\n"
    "#undef AXIS\n#undef TYPE\n#undef GUESS\n#undef C\n#undef R\n#undef P\n#undef TOP\n#undef POSITIVE\n"
    "#undef KEY\n#undef BITS\n#undef TURN\n#undef NAN\n#undef ZERO\n#undef REAL\n#undef BELOW\n";

/* A row's cell, or OUTSIDE, or INVALID; where it has none the larger says why. */
PIKA_GL__PRIV const char *const pika_gl__row =
    "uint row_nulls(uint i) { return (points[u[0].w + (i >> 3)] >> ((i & 7u) << 2)) & 15u; }\n"
    "uint cell_x, cell_y;\n"
    "uint row_cell(uint i) {\n"
    "#ifdef NULLS\n"
    "#ifdef CATEGORY\n"
    "    if ((row_nulls(i) & 5u) != 0u) return INVALID;\n"
    "#else\n"
    "    if ((row_nulls(i) & 1u) != 0u) return INVALID;\n"
    "#endif\n"
    "#endif\n"
    "    uint c = 0u, worst;\n"
    "    cell_x = axis_x(i);\n"
    "    cell_y = axis_y(i);\n"
    "    worst = max(cell_x, cell_y);\n"
    "#ifdef CATEGORY\n"
    "    uint a = u[7].x + i * u[7].y;\n"
    "#if CATEGORY >= 8\n"
    "    uvec2 wide = pair_at(a);\n"
    "    c = wide.x == 0u ? wide.y : INVALID;\n"
    "#elif CATEGORY >= 6\n"
    "    c = word_at(a);\n"
    "#elif CATEGORY >= 4\n"
    "    c = half_at(a);\n"
    "#else\n"
    "    c = byte_at(a);\n"
    "#endif\n"
    "#if CATEGORY == 2\n"
    "    if (c >= 0x80u) c = INVALID;\n"
    "#elif CATEGORY == 4\n"
    "    if (c >= 0x8000u) c = INVALID;\n"
    "#elif CATEGORY == 6\n"
    "    if (c >= 0x80000000u) c = INVALID;\n"
    "#endif\n"
    "    if (c >= u[1].z) return INVALID;\n"
    "#endif\n"
    "    if (worst >= OUTSIDE) return worst;\n"
    "#ifdef CATEGORY\n"
    "    cell_y += c * HEIGHT;\n"
    "#endif\n"
    "    return cell_y * u[1].x + cell_x;\n"
    "}\n";

/* The value of a row, as an ordered key (high, low; a narrow type has high alone). false: it has none. */
PIKA_GL__PRIV const char *const pika_gl__value =
    "#ifdef VALUE\n"
    "bool value_bits(uint i, out uvec2 b) {\n"
    "    uint a = u[6].x + i * u[6].y;\n"
    "    b = uvec2(0u);\n"
    "#ifdef NULLS\n"
    "    if ((row_nulls(i) & 2u) != 0u) return false;\n"
    "#endif\n"
    "#if VALUE == 1 || VALUE >= 8\n"
    "    b = pair_at(a);\n"
    "#elif VALUE == 0 || VALUE >= 6\n"
    "    b.x = word_at(a);\n"
    "#elif VALUE == 5\n"
    "    b.x = half_at(a);\n"
    "#elif VALUE == 4\n"
    "    b.x = extended(half_at(a), 16u);\n"
    "#elif VALUE == 3\n"
    "    b.x = byte_at(a);\n"
    "#else\n"
    "    b.x = extended(byte_at(a), 24u);\n"
    "#endif\n"
    "#if VALUE == 0\n"
    "    if (b.x == 0x80000000u) b.x = 0u;\n" /* -0 counts as +0 */
    "    return (b.x & 0x7FFFFFFFu) <= 0x7F800000u;\n"
    "#elif VALUE == 1\n"
    "    if (b == uvec2(0x80000000u, 0u)) b.x = 0u;\n"
    "    return not_above(uvec2(b.x & 0x7FFFFFFFu, b.y), uvec2(0x7FF00000u, 0u));\n"
    "#else\n"
    "    return true;\n"
    "#endif\n"
    "}\n"
    "uvec2 value_key(uvec2 b) {\n"
    "#if VALUE == 0\n"
    "    return uvec2(turned(b.x), 0u);\n"
    "#elif VALUE == 1\n"
    "    return turned(b);\n"
    "#elif VALUE == 2 || VALUE == 4 || VALUE == 6 || VALUE == 8\n"
    "    return uvec2(b.x ^ 0x80000000u, b.y);\n"
    "#else\n"
    "    return b;\n"
    "#endif\n"
    "}\n"
    "#endif\n";

/* Rows that have no cell are told in scratch[0..3]: outside, invalid, 64 bits each. */
PIKA_GL__PRIV const char *const pika_gl__tally =
    "shared uint tally[2];\n"
    "void tally_begin(uint id) { if (id < 2u) tally[id] = 0u; }\n"
    "void tally_end(uint id, uint outside, uint invalid) {\n"
    "    if (outside != 0u) atomicAdd(tally[0], outside);\n"
    "    if (invalid != 0u) atomicAdd(tally[1], invalid);\n"
    "    memoryBarrierShared(); barrier();\n"
    "    if (id < 2u && tally[id] != 0u) {\n"
    "        uint old = atomicAdd(scratch[2u * id], tally[id]);\n"
    "        if (old + tally[id] < old) atomicAdd(scratch[2u * id + 1u], 1u);\n"
    "    }\n"
    "}\n";

PIKA_GL__PRIV const char *const pika_gl__fill = /* u[9]: value, first word, end */
    "void main() {\n"
    "    uint i = u[9].y + group_index() * uint(LX * 16) + gl_LocalInvocationID.x;\n"
    "    for (uint j = 0u; j < 16u; j++, i += uint(LX)) if (i < u[9].z) planes[i] = u[9].x;\n"
    "}\n";

/* PRESENT: only rows that have a value, and no tally. */
PIKA_GL__PRIV const char *const pika_gl__count =
    "void add(uint cell, uint n) { if (n != 0u) atomicAdd(planes[cell], n); }\n"
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x, outside = 0u, invalid = 0u;\n"
    "    uint begin = u[0].x + group_index() * u[0].z, end = min(begin + u[0].z, u[0].y);\n"
    "    tally_begin(id);\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint i = begin + id * uint(RUN); i < end; i += uint(LX * RUN)) {\n"
    "        uint last = 0u, n = 0u, stop = min(i + uint(RUN), end);\n"
    "        for (uint j = i; j < stop; j++) {\n"
    "            uint c = row_cell(j);\n"
    "            if (c >= OUTSIDE) { outside += c & 1u ^ 1u; invalid += c & 1u; continue; }\n"
    "#ifdef PRESENT\n"
    "            uvec2 b;\n"
    "            if (!value_bits(j, b)) continue;\n"
    "#endif\n"
    "            if (c == last) { n++; continue; }\n"
    "            add(last, n);\n"
    "            last = c;\n"
    "            n = 1u;\n"
    "        }\n"
    "        add(last, n);\n"
    "    }\n"
    "#ifndef PRESENT\n"
    "    tally_end(id, outside, invalid);\n"
    "#endif\n"
    "}\n";

/* A cache of cells in shared memory. A slot belongs to the first cell that claims it until the end: a word is
   probe : 1 | tag | count, 0 = free; two slots are tried. u[9]: bits of a tag's x, of a count, and 1 where
   the grid has no more cells than there are slots: each is its own then. */
PIKA_GL__PRIV const char *const pika_gl__tiled =
    "shared uint slots[SLOTS];\n"
    "uint other(uint slot, uint tag) { return slot ^ (((tag * 2654435761u) >> 16 | 1u) & uint(SLOTS - 1)); "
    "}\n"
    "bool claim(uint slot, uint tag, uint n) {\n"
    "    uint word = slots[slot];\n"
    "    if (word == 0u) {\n"
    "        word = atomicCompSwap(slots[slot], 0u, tag << u[9].y | n);\n"
    "        if (word == 0u) return true;\n"
    "    }\n"
    "    if (word >> u[9].y != tag) return false;\n"
    "    atomicAdd(slots[slot], n);\n"
    "    return true;\n"
    "}\n"
    "void add(uint x, uint y, uint n) {\n"
    "    if (n == 0u) return;\n"
    "    if (u[9].z != 0u) { atomicAdd(slots[y * u[1].x + x], n); return; }\n"
    "    uint slot = (x & 63u) | ((y & uint(SLOTS / 64 - 1)) << 6);\n"
    "    uint tag = (x >> 6) | (y / uint(SLOTS / 64)) << u[9].x;\n"
    "    if (claim(slot, tag, n)) return;\n"
    "    if (claim(other(slot, tag), tag | 1u << (31u - u[9].y), n)) return;\n"
    "    atomicAdd(planes[y * u[1].x + x], n);\n"
    "}\n"
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x, outside = 0u, invalid = 0u;\n"
    "    uint begin = u[0].x + group_index() * u[0].z, end = min(begin + u[0].z, u[0].y);\n"
    "    tally_begin(id);\n"
    "    for (uint s = id; s < uint(SLOTS); s += uint(LX)) slots[s] = 0u;\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint i = begin + id * uint(RUN); i < end; i += uint(LX * RUN)) {\n"
    "        uint x = 0u, y = 0u, n = 0u, stop = min(i + uint(RUN), end);\n"
    "        for (uint j = i; j < stop; j++) {\n"
    "            uint c = row_cell(j);\n"
    "            if (c >= OUTSIDE) { outside += c & 1u ^ 1u; invalid += c & 1u; continue; }\n"
    "            if (cell_x == x && cell_y == y) { n++; continue; }\n"
    "            add(x, y, n);\n"
    "            x = cell_x;\n"
    "            y = cell_y;\n"
    "            n = 1u;\n"
    "        }\n"
    "        add(x, y, n);\n"
    "    }\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint s = id; s < uint(SLOTS); s += uint(LX)) {\n"
    "        uint word = slots[s];\n"
    "        if (word == 0u) continue;\n"
    "        if (u[9].z != 0u) { atomicAdd(planes[s], word); continue; }\n"
    "        uint tag = word << 1 >> (u[9].y + 1u), slot = word >> 31 != 0u ? other(s, tag) : s;\n"
    "        uint x = (tag & ((1u << u[9].x) - 1u)) << 6 | (slot & 63u);\n"
    "        uint y = (tag >> u[9].x) * uint(SLOTS / 64) + (slot >> 6);\n"
    "        atomicAdd(planes[y * u[1].x + x], word & ((1u << u[9].y) - 1u));\n"
    "    }\n"
    "    tally_end(id, outside, invalid);\n"
    "}\n";

/* Partition by tiles of 2^TILE cells, then count a tile at a time in shared memory. u[9]: rows of a slice,
   tiles (up to TILES). scratch: 16 words of tallies, then for each tile its end (first its count), for each
   tile its cursor, then the cells of the rows. STEP 1 counts the rows of tiles, 2 adds them up, 3 writes the
   cells, 4 counts slices of them. llvmpipe ends loops after 65,535 iterations in all: stay below. */
PIKA_GL__PRIV const char *const pika_gl__sort =
    "#define ENDS 16u\n"
    "#define CURSORS (16u + u[9].y)\n"
    "#define CELLS (16u + 2u * u[9].y)\n"
    "#if STEP == 1 || STEP == 3\n"
    "shared uint tiles[TILES];\n"
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x, outside = 0u, invalid = 0u;\n"
    "    uint begin = u[0].x + group_index() * u[0].z, end = min(begin + u[0].z, u[0].y);\n"
    "    tally_begin(id);\n"
    "    for (uint t = id; t < u[9].y; t += uint(LX)) tiles[t] = 0u;\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint i = begin + id; i < end; i += uint(LX)) {\n"
    "        uint c = row_cell(i);\n"
    "        if (c >= OUTSIDE) { outside += c & 1u ^ 1u; invalid += c & 1u; continue; }\n"
    "        atomicAdd(tiles[c >> TILE], 1u);\n"
    "    }\n"
    "    memoryBarrierShared(); barrier();\n"
    "#if STEP == 1\n"
    "    for (uint t = id; t < u[9].y; t += uint(LX))\n"
    "        if (tiles[t] != 0u) atomicAdd(scratch[ENDS + t], tiles[t]);\n"
    "    tally_end(id, outside, invalid);\n"
    "#else\n"
    "    for (uint t = id; t < u[9].y; t += uint(LX))\n"
    "        if (tiles[t] != 0u) tiles[t] = atomicAdd(scratch[CURSORS + t], tiles[t]);\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint i = begin + id; i < end; i += uint(LX)) {\n"
    "        uint c = row_cell(i);\n"
    "        if (c < OUTSIDE) scratch[CELLS + atomicAdd(tiles[c >> TILE], 1u)] = c;\n"
    "    }\n"
    "#endif\n"
    "}\n"
    "#elif STEP == 2\n"
    "shared uint sums[LX];\n"
    "void main() {\n" /* one group; a thread adds up a stretch of tiles */
    "    uint id = gl_LocalInvocationID.x, each = (u[9].y + uint(LX) - 1u) / uint(LX);\n"
    "    uint first = min(id * each, u[9].y), last = min(first + each, u[9].y), sum = 0u;\n"
    "    for (uint t = first; t < last; t++) sum += scratch[ENDS + t];\n"
    "    sums[id] = sum;\n"
    "    memoryBarrierShared(); barrier();\n"
    "    uint before = 0u;\n"
    "    for (uint t = 0u; t < id; t++) before += sums[t];\n"
    "    for (uint t = first; t < last; t++) {\n"
    "        uint n = scratch[ENDS + t];\n"
    "        scratch[CURSORS + t] = before;\n"
    "        before += n;\n"
    "        scratch[ENDS + t] = before;\n"
    "    }\n"
    "}\n"
    "#else\n"
    "shared uint cells[1 << TILE];\n"
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x, total = scratch[ENDS + u[9].y - 1u];\n"
    "    uint at = min(group_index() * u[9].x, total), end = min(at + u[9].x, total);\n"
    "    uint tile = 0u, high = u[9].y;\n" /* the first tile that ends past at */
    "    while (tile < high) { uint middle = (tile + high) >> 1; if (scratch[ENDS + middle] > at) "
    "high = middle; else tile = middle + 1u; }\n"
    "    while (at < end && tile < u[9].y) {\n"
    "        uint stop = min(scratch[ENDS + tile], end), n;\n"
    "        if (stop > at && stop - at <= uint((1 << TILE) / 8)) {\n" /* clearing would cost more */
    "            for (uint i = at + id; i < stop; i += uint(LX)) atomicAdd(planes[scratch[CELLS + i]], 1u);\n"
    "        } else if (stop > at) {\n"
    "            for (uint c = id; c < uint(1 << TILE); c += uint(LX)) cells[c] = 0u;\n"
    "            memoryBarrierShared(); barrier();\n"
    "            for (uint i = at + id; i < stop; i += uint(LX))\n"
    "                atomicAdd(cells[scratch[CELLS + i] & uint((1 << TILE) - 1)], 1u);\n"
    "            memoryBarrierShared(); barrier();\n"
    "            for (uint c = id; c < uint(1 << TILE); c += uint(LX))\n"
    "                if ((n = cells[c]) != 0u) atomicAdd(planes[(tile << TILE) + c], n);\n"
    "            memoryBarrierShared(); barrier();\n"
    "        }\n"
    "        at = max(stop, at);\n"
    "        tile++;\n"
    "    }\n"
    "}\n"
    "#endif\n";

/* min and max: one word a cell, or two in two passes (STEP 1, 2): the low word among rows of the high one. */
PIKA_GL__PRIV const char *const pika_gl__extreme =
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x;\n"
    "    uint begin = u[0].x + group_index() * u[0].z, end = min(begin + u[0].z, u[0].y);\n"
    "    for (uint i = begin + id; i < end; i += uint(LX)) {\n"
    "        uint c = row_cell(i);\n"
    "        uvec2 b, k;\n"
    "        if (c >= OUTSIDE || !value_bits(i, b)) continue;\n"
    "        k = value_key(b);\n"
    "#if VALUE == 1 || VALUE >= 8\n"
    "        c *= 2u;\n"
    "#endif\n"
    "#if STEP == 2\n"
    "        if (planes[c] != k.x) continue;\n"
    "        c++;\n"
    "        k.x = k.y;\n"
    "#endif\n"
    "#ifdef MAXIMUM\n"
    "        if (k.x > planes[c]) atomicMax(planes[c], k.x);\n"
    "#else\n"
    "        if (k.x < planes[c]) atomicMin(planes[c], k.x);\n"
    "#endif\n"
    "    }\n"
    "}\n";

/* sum: the value in units of 2^(e - 63), towards zero, as 64 bits with a sign, into 96 bits of three words;
   each carry is seen by the add that made it. A fourth word: 1 = +infinity, 2 = -infinity. u[6].z: the shift
   to the left that brings a value's integer to these units, as an int. */
PIKA_GL__PRIV const char *const pika_gl__sum =
    "uvec2 shifted(uvec2 v, int by) {\n"
    "    if (by >= 64 || by <= -64) return uvec2(0u);\n"
    "    if (by >= 32) return uvec2(v.y << uint(by - 32), 0u);\n"
    "    if (by > 0) return uvec2(v.x << uint(by) | v.y >> uint(32 - by), v.y << uint(by));\n"
    "    if (by == 0) return v;\n"
    "    if (by > -32) return uvec2(v.x >> uint(-by), v.y >> uint(-by) | v.x << uint(32 + by));\n"
    "    return uvec2(0u, v.x >> uint(-by - 32));\n"
    "}\n"
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x;\n"
    "    uint begin = u[0].x + group_index() * u[0].z, end = min(begin + u[0].z, u[0].y);\n"
    "    for (uint i = begin + id; i < end; i += uint(LX)) {\n"
    "        uint c = row_cell(i);\n"
    "        uvec2 b, v;\n"
    "        bool negative = false;\n"
    "        int by = int(u[6].z);\n"
    "        if (c >= OUTSIDE || !value_bits(i, b)) continue;\n"
    "        c *= 4u;\n"
    "#if VALUE == 0\n"
    "        uint e = (b.x >> 23) & 0xFFu;\n"
    "        negative = b.x >> 31 != 0u;\n"
    "        if (e == 0xFFu) { atomicOr(planes[c + 3u], negative ? 2u : 1u); continue; }\n"
    "        v = uvec2(0u, (b.x & 0x7FFFFFu) | (e != 0u ? 0x800000u : 0u));\n"
    "        by += int(max(e, 1u));\n"
    "#elif VALUE == 1\n"
    "        uint e = (b.x >> 20) & 0x7FFu;\n"
    "        negative = b.x >> 31 != 0u;\n"
    "        if (e == 0x7FFu) { atomicOr(planes[c + 3u], negative ? 2u : 1u); continue; }\n"
    "        v = uvec2((b.x & 0xFFFFFu) | (e != 0u ? 0x100000u : 0u), b.y);\n"
    "        by += int(max(e, 1u));\n"
    "#elif VALUE == 8\n"
    "        negative = b.x >> 31 != 0u;\n"
    "        v = negative ? uvec2(~b.x + (b.y == 0u ? 1u : 0u), 0u - b.y) : b;\n"
    "#elif VALUE == 9\n"
    "        v = b;\n"
    "#elif VALUE == 2 || VALUE == 4 || VALUE == 6\n"
    "        negative = b.x >> 31 != 0u;\n"
    "        v = uvec2(0u, negative ? 0u - b.x : b.x);\n"
    "#else\n"
    "        v = uvec2(0u, b.x);\n"
    "#endif\n"
    "        v = shifted(v, by);\n"
    "        uint top = 0u;\n"
    "        if (negative && (v.x | v.y) != 0u) {\n"
    "            v = uvec2(~v.x + (v.y == 0u ? 1u : 0u), 0u - v.y);\n"
    "            top = 0xFFFFFFFFu;\n"
    "        }\n"
    "        uint carry = 0u, old;\n"
    "        if (v.y != 0u) { old = atomicAdd(planes[c], v.y); carry = old + v.y < old ? 1u : 0u; }\n"
    "        if (v.x == 0xFFFFFFFFu && carry == 1u) { top += 1u; }\n"
    "        else if (v.x + carry != 0u) {\n"
    "            uint more = v.x + carry;\n"
    "            old = atomicAdd(planes[c + 1u], more);\n"
    "            top += old + more < old ? 1u : 0u;\n"
    "        }\n"
    "        if (top != 0u) atomicAdd(planes[c + 2u], top);\n"
    "    }\n"
    "}\n";

/* The largest finite magnitude of imported floats, by its (high) bits, to scratch[8]. */
PIKA_GL__PRIV const char *const pika_gl__survey_kernel =
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x, most = 0u;\n"
    "    uint begin = u[0].x + group_index() * u[0].z, end = min(begin + u[0].z, u[0].y);\n"
    "    for (uint i = begin + id; i < end; i += uint(LX)) {\n"
    "        uvec2 b;\n"
    "        if (!value_bits(i, b)) continue;\n"
    "        b.x &= 0x7FFFFFFFu;\n"
    "#if VALUE == 0\n"
    "        if (b.x < 0x7F800000u) most = max(most, b.x);\n"
    "#else\n"
    "        if (b.x < 0x7FF00000u) most = max(most, b.x);\n"
    "#endif\n"
    "    }\n"
    "    if (most != 0u) atomicMax(scratch[8], most);\n"
    "}\n";

/* The list of cells that have rows, in order. planes: counts (STEP 1, 3); scratch: STEP 1 counts the cells of
   blocks of u[9].x, 2 adds them up (u[9].y blocks; the sum goes to word u[9].y), 3 writes pairs from word
   u[9].z on. u[1].y: cells. */
PIKA_GL__PRIV const char *const pika_gl__compact_kernel =
    "shared uint sums[LX];\n"
    "uint before(uint id, uint n) {\n" /* the sum of n of the threads below */
    "    sums[id] = n;\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint d = 1u; d < uint(LX); d <<= 1) {\n"
    "        uint more = id >= d ? sums[id - d] : 0u;\n"
    "        memoryBarrierShared(); barrier();\n"
    "        sums[id] += more;\n"
    "        memoryBarrierShared(); barrier();\n"
    "    }\n"
    "    return sums[id] - n;\n"
    "}\n"
    "void main() {\n"
    "    uint id = gl_LocalInvocationID.x, block = group_index();\n"
    "#if STEP == 2\n"
    "    uint each = (u[9].y + uint(LX) - 1u) / uint(LX), n = 0u;\n"
    "    uint first = min(id * each, u[9].y), last = min(first + each, u[9].y);\n"
    "    for (uint b = first; b < last; b++) n += scratch[b];\n"
    "    uint at = before(id, n);\n"
    "    for (uint b = first; b < last; b++) { n = scratch[b]; scratch[b] = at; at += n; }\n"
    "    if (id == uint(LX) - 1u) scratch[u[9].y] = at;\n"
    "#else\n"
    "    uint each = u[9].x / uint(LX), n = 0u;\n"
    "    uint first = min(block * u[9].x + id * each, u[1].y), last = min(first + each, u[1].y);\n"
    "    for (uint c = first; c < last; c++) if (planes[c] != 0u) n++;\n"
    "    uint at = before(id, n);\n"
    "#if STEP == 1\n"
    "    if (id == uint(LX) - 1u && block < u[9].y) scratch[block] = at + n;\n"
    "#else\n"
    "    if (block < u[9].y) at = u[9].z + 2u * (at + scratch[block]);\n"
    "    for (uint c = first; c < last; c++) {\n"
    "        if (planes[c] == 0u) continue;\n"
    "        scratch[at] = c;\n"
    "        scratch[at + 1u] = planes[c];\n"
    "        at += 2u;\n"
    "    }\n"
    "#endif\n"
    "#endif\n"
    "}\n";

/* ---- >>gl_caps: what this driver can do ---------------------------------------------------------------
   Every limit is asked for; a value that was not written counts as absent. */

PIKA_GL__PRIV int pika_gl__has(pika_gl *gl, const char *extension)
{
    int i, count = 0;
    PIKA_GL__(GetIntegerv)(PIKA_GL__NUM_EXTENSIONS, &count);
    for (i = 0; i < count; i++) {
        const char *name = (const char *)PIKA_GL__(GetStringi)(PIKA_GL__EXTENSIONS, (unsigned)i);
        if (name != NULL && strcmp(name, extension) == 0) return 1;
    }
    return 0;
}
PIKA_GL__PRIV int pika_gl__limit(pika_gl *gl, unsigned name)
{
    int value = 0;
    PIKA_GL__(GetIntegerv)(name, &value);
    return value > 0 ? value : 0;
}

/* The first of the functions that a level needs and the loader does not have; NULL: all are there. */
PIKA_GL__PRIV const char *pika_gl__missing(const pika_gl *gl, int level)
{
    int i;
    for (i = 0; i < PIKA_GL__PROCS; i++) {
        if (gl->proc[i] != NULL) continue;
        if (i >= PIKA_GL__AT_ProgramParameteri && i <= PIKA_GL__AT_GetGraphicsResetStatusEXT) continue;
        if (i > PIKA_GL__AT_DrawArrays) continue; /* of later versions: used where they are there */
        if (level == PIKA_GL_LEVEL_COMPUTE && i > PIKA_GL__AT_GetGraphicsResetStatusEXT) continue;
        if (level == PIKA_GL_LEVEL_RASTER &&
            (i == PIKA_GL__AT_DispatchCompute || i == PIKA_GL__AT_MemoryBarrier ||
                i == PIKA_GL__AT_BindImageTexture || i == PIKA_GL__AT_MapBufferRange ||
                i == PIKA_GL__AT_UnmapBuffer)) /* WebGL maps nothing */
            continue;
        return pika_gl__names[i];
    }
    return NULL;
}

PIKA_GL__PRIV void pika_gl__clamp_profile(pika_gl *gl)
{
    pika_gl_caps *caps = &gl->caps;
    int shared = caps->shared_bytes, invocations = caps->invocations, blocks = caps->storage_blocks;
    if (gl->desc.profile == PIKA_GL_PROFILE_DX11) {
        shared = 32768;
        invocations = 1024;
        blocks = 8;
        caps->block_bytes = pika_gl__least(caps->block_bytes, (size_t)128 << 20);
    } else if (gl->desc.profile == PIKA_GL_PROFILE_ES31) {
        shared = 16384;
        invocations = 128;
        blocks = 4;
        caps->block_bytes = pika_gl__least(caps->block_bytes, (size_t)128 << 20);
    }
    if (caps->shared_bytes > shared) caps->shared_bytes = shared;
    if (caps->invocations > invocations) caps->invocations = invocations;
    if (caps->storage_blocks > blocks) caps->storage_blocks = blocks;
}

PIKA_GL__PRIV void pika_gl__find_memory(pika_gl *gl)
{
    pika_gl_caps *caps = &gl->caps;
    int kib[4] = {0, 0, 0, 0}, available = 0;
    uint64_t bytes = 0, budget;
    if (pika_gl__has(gl, "GL_NVX_gpu_memory_info")) {
        PIKA_GL__(GetIntegerv)(PIKA_GL__NVX_TOTAL, kib);
        PIKA_GL__(GetIntegerv)(PIKA_GL__NVX_AVAILABLE, &available);
    } else if (pika_gl__has(gl, "GL_ATI_meminfo")) {
        PIKA_GL__(GetIntegerv)(PIKA_GL__ATI_VBO_FREE, kib);
    }
    caps->memory_known = kib[0] > 0;
    bytes = kib[0] > 0 ? (uint64_t)(unsigned)kib[0] << 10 : (uint64_t)(caps->es ? 256 : 512) << 20;
    budget = bytes / 10 * 7;
    if (available > 0 && budget > ((uint64_t)(unsigned)available << 10) / 10 * 9)
        budget = ((uint64_t)(unsigned)available << 10) / 10 * 9;
    if (gl->desc.vram_limit != 0) budget = gl->desc.vram_limit;
    caps->video_memory = bytes > (uint64_t)(size_t)-1 ? (size_t)-1 : (size_t)bytes;
    caps->budget = budget > (uint64_t)(size_t)-1 ? (size_t)-1 : (size_t)budget;
}

PIKA_GL__PRIV void pika_gl__describe(pika_gl *gl, const char *why)
{
    static const char *const levels[] = {"none: the CPU does all", "blending (count and any)", "compute"};
    const pika_gl_caps *caps = &gl->caps;
    pika_gl__text text = pika_gl__text_in(gl->caps.text, sizeof gl->caps.text);
    pika_gl__say(&text, caps->es ? "OpenGL ES " : "OpenGL ");
    pika_gl__say_int(&text, caps->major);
    pika_gl__say(&text, ".");
    pika_gl__say_int(&text, caps->minor);
    pika_gl__say(&text, ", ");
    pika_gl__say(&text, caps->renderer);
    pika_gl__say(&text, ", ");
    pika_gl__say(&text, caps->version);
    pika_gl__say(&text, caps->software ? " (software)\nlevel: " : "\nlevel: ");
    pika_gl__say(&text, levels[caps->level]);
    if (*why != 0) {
        pika_gl__say(&text, ", because ");
        pika_gl__say(&text, why);
    }
    if (caps->level == PIKA_GL_LEVEL_COMPUTE) {
        pika_gl__say(&text, "\nwork group: ");
        pika_gl__say_int(&text, caps->invocations);
        pika_gl__say(&text, " invocations, ");
        pika_gl__say_int(&text, caps->shared_bytes);
        pika_gl__say(&text, " bytes shared, ");
        pika_gl__say_int(&text, caps->group_count);
        pika_gl__say(&text, " groups; storage: ");
        pika_gl__say_int(&text, caps->storage_blocks);
        pika_gl__say(&text, " blocks of ");
        pika_gl__say_int(&text, (int64_t)caps->block_bytes);
        pika_gl__say(&text, " bytes");
    }
    pika_gl__say(&text, "\nmemory: ");
    pika_gl__say_int(&text, (int64_t)(caps->video_memory >> 20));
    pika_gl__say(
        &text, caps->memory_known ? " MiB, budget " : " MiB (a guess, the driver does not say), budget ");
    pika_gl__say_int(&text, (int64_t)(caps->budget >> 20));
    pika_gl__say(&text, " MiB\nprogram binaries: ");
    pika_gl__say(&text, caps->binaries > 0 ? "yes" : "no");
    pika_gl__say(&text, ", resets are told: ");
    pika_gl__say(&text, caps->resets ? "yes" : "no (make the context with LOSE_CONTEXT_ON_RESET)");
}

PIKA_GL__PRIV void pika_gl__find_caps(pika_gl *gl)
{
    pika_gl_caps *caps = &gl->caps;
    const char *version, *why = "", *missing;
    int at43, compute = 0, raster = 0, i;
    memset(caps, 0, sizeof *caps);
    memset((void *)gl->proc, 0, sizeof gl->proc);
    gl->reset_proc = NULL;
    for (i = 0; i < PIKA_GL__PROCS; i++) {
        void *address = gl->desc.load_proc(pika_gl__names[i], gl->desc.load_user);
        memcpy((void *)&gl->proc[i], (const void *)&address, sizeof address);
    }
    if (gl->proc[PIKA_GL__AT_GetString] == NULL || gl->proc[PIKA_GL__AT_GetIntegerv] == NULL ||
        gl->proc[PIKA_GL__AT_GetStringi] == NULL || gl->proc[PIKA_GL__AT_GetError] == NULL) {
        pika_gl__describe(gl, "glGetString, glGetStringi, glGetIntegerv or glGetError is missing");
        return;
    }
    version = (const char *)PIKA_GL__(GetString)(PIKA_GL__VERSION);
    if (version == NULL) {
        pika_gl__describe(gl, "no OpenGL context is current: glGetString(GL_VERSION) is NULL");
        return;
    }
    pika_gl__copy_text(caps->version, sizeof caps->version, version);
    pika_gl__copy_text(
        caps->vendor, sizeof caps->vendor, (const char *)PIKA_GL__(GetString)(PIKA_GL__VENDOR));
    pika_gl__copy_text(
        caps->renderer, sizeof caps->renderer, (const char *)PIKA_GL__(GetString)(PIKA_GL__RENDERER));
    caps->es = strncmp(version, "OpenGL ES", 9) == 0;
    caps->major = pika_gl__limit(gl, PIKA_GL__MAJOR_VERSION);
    caps->minor = pika_gl__limit(gl, PIKA_GL__MINOR_VERSION);
    if (caps->major == 0) { /* before OpenGL 3.0 only the text says it: "2.1 ...", "OpenGL ES 2.0 ..." */
        const char *digit = version;
        while (*digit != 0 && (*digit < '0' || *digit > '9')) digit++;
        if (*digit != 0 && digit[1] == '.') {
            caps->major = *digit - '0';
            caps->minor = digit[2] >= '0' && digit[2] <= '9' ? digit[2] - '0' : 0;
        }
        i = 0;
        while (PIKA_GL__(GetError)() != 0 && i++ < 16) {}
    }
    caps->software = strstr(caps->renderer, "llvmpipe") != NULL ||
                     strstr(caps->renderer, "softpipe") != NULL ||
                     strstr(caps->renderer, "SwiftShader") != NULL ||
                     strstr(caps->renderer, "Software Rasterizer") != NULL ||
                     strstr(caps->renderer, "Microsoft Basic Render") != NULL;
    if (caps->major < 3) {
        pika_gl__describe(gl, "OpenGL 3.3 or OpenGL ES 3.0 is the least");
        return;
    }
    at43 = caps->major * 10 + caps->minor;
    compute = caps->es ? at43 >= 31
                       : at43 >= 43 || (at43 >= 33 && pika_gl__has(gl, "GL_ARB_compute_shader") &&
                                           pika_gl__has(gl, "GL_ARB_shader_storage_buffer_object"));
    raster = caps->es
                 ? pika_gl__has(gl, "GL_EXT_color_buffer_float") && pika_gl__has(gl, "GL_EXT_float_blend")
                 : at43 >= 33;
    if (!compute) why = "the version has no compute shaders";
    if (gl->desc.profile == PIKA_GL_PROFILE_RASTER && compute) {
        compute = 0;
        why = "PIKA_GL_PROFILE_RASTER was asked for";
    }
    if (compute && (missing = pika_gl__missing(gl, PIKA_GL_LEVEL_COMPUTE)) != NULL) {
        compute = 0;
        why = missing;
    }
    if (compute) {
        int64_t block = 0;
        caps->invocations = pika_gl__limit(gl, PIKA_GL__MAX_GROUP_INVOCATIONS);
        caps->shared_bytes = pika_gl__limit(gl, PIKA_GL__MAX_SHARED);
        caps->storage_blocks = pika_gl__limit(gl, PIKA_GL__MAX_COMPUTE_BLOCKS);
        PIKA_GL__(GetIntegeri_v)(PIKA_GL__MAX_GROUP_COUNT, 0, &caps->group_count);
        PIKA_GL__(GetInteger64v)(PIKA_GL__MAX_BLOCK_SIZE, &block);
        caps->block_bytes = block > 0 ? (size_t)pika_gl__least((size_t)block, (size_t)1 << 30) : 0;
        if (block > ((int64_t)1 << 30)) caps->block_bytes = (size_t)1 << 30; /* byte addresses have 32 bits */
        i = 0;
        PIKA_GL__(GetIntegeri_v)(PIKA_GL__MAX_GROUP_SIZE, 0, &i);
        if (i < caps->invocations) caps->invocations = i > 0 ? i : 0;
        pika_gl__clamp_profile(gl);
        if (caps->invocations < 64 || caps->storage_blocks < 4 || caps->block_bytes < ((size_t)1 << 20) ||
            caps->group_count < 1 || pika_gl__limit(gl, PIKA_GL__MAX_STORAGE_BINDINGS) < 4) {
            compute = 0;
            why = "a compute limit is below 64 invocations, 4 storage buffers or 1 MiB of one";
        }
    }
    if (raster && (missing = pika_gl__missing(gl, PIKA_GL_LEVEL_RASTER)) != NULL) {
        raster = 0;
        if (!compute) why = missing;
    }
    if (!compute && !raster && *why == 0) why = "there is neither compute nor blending of 32-bit floats";
    caps->level = compute ? PIKA_GL_LEVEL_COMPUTE : raster ? PIKA_GL_LEVEL_RASTER : PIKA_GL_LEVEL_NONE;
    if (pika_gl__has(gl, "GL_KHR_robustness") || pika_gl__has(gl, "GL_ARB_robustness") ||
        pika_gl__has(gl, "GL_EXT_robustness") || (!caps->es && at43 >= 45) || (caps->es && at43 >= 32)) {
        i = 0;
        PIKA_GL__(GetIntegerv)(PIKA_GL__RESET_STRATEGY, &i);
        if (i == PIKA_GL__LOSE_CONTEXT) {
            const int khr = pika_gl__has(gl, "GL_KHR_robustness"); /* its names have a suffix on ES alone */
            if (caps->es ? at43 >= 32 : at43 >= 45 || khr)
                gl->reset_proc = gl->proc[PIKA_GL__AT_GetGraphicsResetStatus];
            else if (khr) gl->reset_proc = gl->proc[PIKA_GL__AT_GetGraphicsResetStatusKHR];
            else if (pika_gl__has(gl, "GL_ARB_robustness"))
                gl->reset_proc = gl->proc[PIKA_GL__AT_GetGraphicsResetStatusARB];
            else gl->reset_proc = gl->proc[PIKA_GL__AT_GetGraphicsResetStatusEXT];
        }
    }
    caps->resets = gl->reset_proc != NULL;
    gl->storage_proc = NULL;
    if (!caps->es && (at43 >= 44 || pika_gl__has(gl, "GL_ARB_buffer_storage")))
        gl->storage_proc = gl->proc[PIKA_GL__AT_BufferStorage];
    if (caps->es && pika_gl__has(gl, "GL_EXT_buffer_storage"))
        gl->storage_proc = gl->proc[PIKA_GL__AT_BufferStorageEXT];
    if ((caps->es || at43 >= 41 || pika_gl__has(gl, "GL_ARB_get_program_binary")) &&
        gl->proc[PIKA_GL__AT_ProgramParameteri] != NULL && gl->proc[PIKA_GL__AT_GetProgramBinary] != NULL &&
        gl->proc[PIKA_GL__AT_ProgramBinary] != NULL)
        caps->binaries = pika_gl__limit(gl, PIKA_GL__NUM_PROGRAM_BINARY_FORMATS);
    pika_gl__find_memory(gl);
    i = 0;
    while (PIKA_GL__(GetError)() != 0 && i++ < 16) {} /* names that this version does not know */
    pika_gl__describe(gl, why);
}

/* ---- >>gl_rows: columns into buffers ------------------------------------------------------------------
   A dataset on the GPU is a list of pieces, each one buffer: its columns packed one after the other, raw,
   then four bits a row where there are nulls (1: x or y, 2: value, 4: category). Uploads go through a ring of
   staging buffers, so that packing and copying overlap. */

PIKA_GL__PRIV size_t pika_gl__element(int type)
{
    static const unsigned char bytes[10] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8};
    return bytes[type];
}
PIKA_GL__PRIV int pika_gl__is_wide(int type) { return type == PIKA_F64 || type >= PIKA_I64; }

enum { PIKA_GL__X, PIKA_GL__Y, PIKA_GL__VALUE, PIKA_GL__CATEGORY, PIKA_GL__COLUMNS };

typedef struct pika_gl__piece {
    pika_gl__buffer buffer;
    size_t first, rows, capacity; /* of the dataset; in it now; room */
    uint32_t *nulls;              /* the host's copy, capacity / 8 words, or NULL */
} pika_gl__piece;

typedef struct pika_gl__set {
    pika_gl *gl;
    unsigned generation;         /* of the names; another than gl's: upload again */
    int resident;                /* 0: each call uploads the rows */
    int types[PIKA_GL__COLUMNS]; /* -1 = absent */
    int has_nulls;
    int may_miss;            /* some value may be NaN or null */
    int exponent;            /* every finite |value| < 2^exponent */
    size_t rows, piece_rows; /* in all; in a piece at most */
    pika_gl__piece *pieces;
    size_t piece_count, piece_room;
    int imported;
    pika_gl_points import;
    uint64_t serial; /* of these rows, for what was measured on them */
} pika_gl__set;

typedef struct pika_gl__layout {
    size_t at[PIKA_GL__COLUMNS], nulls, bytes;
} pika_gl__layout;

PIKA_GL__PRIV const pika_column *pika_gl__column_of(const pika_points *points, int column)
{
    return column == PIKA_GL__X       ? &points->x
           : column == PIKA_GL__Y     ? &points->y
           : column == PIKA_GL__VALUE ? &points->value
                                      : &points->category;
}
PIKA_GL__PRIV pika_column *pika_gl__own_column(pika_points *points, int column)
{
    return column == PIKA_GL__X       ? &points->x
           : column == PIKA_GL__Y     ? &points->y
           : column == PIKA_GL__VALUE ? &points->value
                                      : &points->category;
}
PIKA_GL__PRIV void pika_gl__lay(const pika_gl__set *set, size_t capacity, pika_gl__layout *out)
{
    size_t at = 0;
    int c;
    for (c = 0; c < PIKA_GL__COLUMNS; c++) {
        out->at[c] = at;
        if (set->types[c] >= 0) at += pika_gl__round_up(capacity * pika_gl__element(set->types[c]), 16);
    }
    out->nulls = at;
    if (set->has_nulls) at += (capacity + 7) / 8 * 4;
    out->bytes = pika_gl__round_up(at, 16);
}
/* The most rows whose piece fits in so many bytes; a multiple of 16. */
PIKA_GL__PRIV size_t pika_gl__rows_in(const pika_gl__set *set, size_t bytes)
{
    size_t row = set->has_nulls ? 1 : 0; /* a half, in truth */
    int c;
    for (c = 0; c < PIKA_GL__COLUMNS; c++)
        if (set->types[c] >= 0) row += pika_gl__element(set->types[c]);
    bytes = bytes > 128 ? bytes - 128 : 0;
    return bytes / row / 16 * 16;
}

/* count rows of a column from `first` on, packed, to out */
PIKA_GL__PRIV void pika_gl__pack(const pika_column *column, size_t first, size_t count, char *out)
{
    const size_t bytes = pika_gl__element(column->type);
    const ptrdiff_t stride = column->stride != 0 ? column->stride : (ptrdiff_t)bytes;
    const char *from = (const char *)column->data + (ptrdiff_t)first * stride;
    size_t i;
    if (stride == (ptrdiff_t)bytes) {
        memcpy(out, from, count * bytes);
    } else if (bytes == 4) {
        for (i = 0; i < count; i++, from += stride) memcpy(out + i * 4, from, 4);
    } else if (bytes == 8) {
        for (i = 0; i < count; i++, from += stride) memcpy(out + i * 8, from, 8);
    } else {
        for (i = 0; i < count; i++, from += stride) memcpy(out + i * bytes, from, bytes);
    }
}
PIKA_GL__PRIV int pika_gl__is_null(const pika_column *column, size_t row)
{
    const size_t bit = column->valid_offset + row;
    return column->data != NULL && column->valid != NULL && (column->valid[bit >> 3] >> (bit & 7) & 1) == 0;
}

PIKA_GL__PRIV double pika_gl__real(const pika_column *column, size_t row)
{
    const size_t bytes = pika_gl__element(column->type);
    const ptrdiff_t stride = column->stride != 0 ? column->stride : (ptrdiff_t)bytes;
    const char *at = (const char *)column->data + (ptrdiff_t)row * stride;
    union {
        float f32;
        double f64;
        int8_t i8;
        uint8_t u8;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
    } v;
    memcpy(&v, at, bytes);
    switch (column->type) {
    case PIKA_F32: return (double)v.f32;
    case PIKA_F64: return v.f64;
    case PIKA_I8: return v.i8;
    case PIKA_U8: return v.u8;
    case PIKA_I16: return v.i16;
    case PIKA_U16: return v.u16;
    case PIKA_I32: return v.i32;
    case PIKA_U32: return v.u32;
    case PIKA_I64: return (double)v.i64;
    default: return (double)v.u64;
    }
}
/* Widens the set's exponent and may_miss by these rows. */
PIKA_GL__PRIV void pika_gl__survey(pika_gl__set *set, const pika_points *points, size_t first, size_t count)
{
    const pika_column *value = &points->value;
    uint64_t most = 0; /* bits of the largest finite magnitude */
    size_t i;
    int exponent;
    if (value->data == NULL) return;
    if (value->valid != NULL) set->may_miss = 1;
    for (i = 0; i < count; i++) {
        const double v = pika_gl__real(value, first + i);
        uint64_t bits;
        memcpy(&bits, &v, sizeof bits);
        bits &= 0x7FFFFFFFFFFFFFFFu;
        if (bits > 0x7FF0000000000000u) set->may_miss = 1;
        if (bits < 0x7FF0000000000000u && bits > most) most = bits;
    }
    exponent = (int)(most >> 52) - 1022;
    if (exponent < -1000) exponent = -1000;
    if (exponent > set->exponent) set->exponent = exponent;
}

PIKA_GL__PRIV void pika_gl__drop_ring(pika_gl *gl)
{
    int i;
    for (i = 0; i < 3; i++) {
        if (gl->ring[i].fence != NULL && !gl->lost) PIKA_GL__(DeleteSync)(gl->ring[i].fence);
        gl->ring[i].fence = NULL;
        pika_gl__delete_buffer(gl, &gl->ring[i].buffer);
    }
}
/* A staging buffer of bytes that the GPU is done with, mapped. NULL: *result says why. */
PIKA_GL__PRIV char *pika_gl__stage(pika_gl *gl, size_t bytes, pika_gl__staging **out, pika_result *result)
{
    pika_gl__staging *staging = &gl->ring[gl->ring_next];
    char *mapped;
    int idle;
    gl->ring_next = (gl->ring_next + 1) % 3;
    *out = staging;
    idle = staging->fence != NULL; /* else it came from the pool, and the driver has to wait for it */
    if (staging->fence != NULL) {
        *result = pika_gl__wait(gl, staging->fence, 0);
        if (!gl->lost) PIKA_GL__(DeleteSync)(staging->fence);
        staging->fence = NULL;
        if (*result != PIKA_OK) return NULL;
    }
    if (staging->buffer.bytes < bytes) {
        idle = 0;
        pika_gl__give(gl, &staging->buffer);
        *result = pika_gl__take_for(gl, &staging->buffer, bytes, PIKA_GL__FOR_WRITING);
        if (*result != PIKA_OK) return NULL;
    }
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, staging->buffer.name);
    mapped = (char *)PIKA_GL__(MapBufferRange)(PIKA_GL__COPY_READ, 0, (ptrdiff_t)bytes,
        PIKA_GL__MAP_WRITE | PIKA_GL__MAP_INVALIDATE_BUFFER | (idle ? PIKA_GL__MAP_UNSYNCHRONIZED : 0));
    if (mapped == NULL) {
        *result = pika_gl__status(gl, "mapping a staging buffer");
        if (*result == PIKA_OK) {
            pika_gl__turn_off(gl, "glMapBufferRange returned nothing for a staging buffer", "");
            *result = PIKA_ERR_GPU;
        }
    }
    return mapped;
}
/* The staged bytes into a buffer. */
PIKA_GL__PRIV pika_result pika_gl__unstage(
    pika_gl *gl, pika_gl__staging *staging, unsigned name, size_t at, size_t bytes)
{
    if (!PIKA_GL__(UnmapBuffer)(PIKA_GL__COPY_READ)) return PIKA_ERR_IO; /* contents lost: write them again */
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, name);
    PIKA_GL__(CopyBufferSubData)(PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, 0, (ptrdiff_t)at, (ptrdiff_t)bytes);
    staging->fence = PIKA_GL__(FenceSync)(PIKA_GL__SYNC_COMPLETE, 0);
    if (!gl->testing) gl->stats.upload_bytes += bytes;
    return PIKA_OK;
}
/* count elements of one column into a buffer, by chunks of at most `chunk` bytes: a multiple of 8 */
PIKA_GL__PRIV pika_result pika_gl__upload_column(pika_gl *gl, const pika_column *column, size_t first,
    size_t count, unsigned name, size_t at, size_t chunk)
{
    const size_t bytes = pika_gl__element(column->type);
    size_t done = 0;
    int tries = 0;
    while (done < count) {
        const size_t n = pika_gl__least(count - done, chunk / bytes);
        pika_gl__staging *staging;
        pika_result result;
        char *to = pika_gl__stage(gl, chunk, &staging, &result);
        if (to == NULL) return result;
        pika_gl__pack(column, first + done, n, to);
        result = pika_gl__unstage(gl, staging, name, at + done * bytes, n * bytes);
        if (result != PIKA_OK) {
            if (++tries > 2) {
                pika_gl__turn_off(gl, "glUnmapBuffer said that the contents were lost, three times", "");
                return PIKA_ERR_GPU;
            }
            continue;
        }
        done += n;
    }
    return pika_gl__status(gl, "an upload");
}

/* Bytes of each staging buffer for rows whose widest column has so many bytes. */
PIKA_GL__PRIV size_t pika_gl__stage_bytes(const pika_gl *gl, size_t rows, size_t widest)
{
    const size_t most = gl->upload_chunk != 0 ? gl->upload_chunk : (size_t)4 << 20;
    const size_t chunk = pika_gl__least(most, pika_gl__most(gl->caps.budget / 128 * 8, 65536)); /* a 16th */
    return pika_gl__least(pika_gl__round_up(rows * widest, 8), chunk);
}
/* The most bytes of a staging buffer: of 1, 4 and 16 MiB what uploads the first large column fastest. */
PIKA_GL__PRIV pika_result pika_gl__upload_measured(pika_gl *gl, const pika_column *column, size_t first,
    size_t count, unsigned name, size_t at, size_t widest)
{
    const size_t bytes = pika_gl__element(column->type);
    size_t done = 0;
    int i, best = 1;
    if (gl->upload_chunk == 0 && count * bytes >= (size_t)128 << 20) {
        for (i = 0; i < 3; i++) { /* 32 MiB of each */
            const size_t n = ((size_t)32 << 20) / bytes;
            const double start = pika_gl__seconds();
            pika_result result = pika_gl__upload_column(
                gl, column, first + done, n, name, at + done * bytes, (size_t)1 << (20 + 2 * i));
            double seconds;
            if (result == PIKA_OK) result = pika_gl__finish(gl, 0);
            if (result != PIKA_OK) return result;
            seconds = pika_gl__seconds() - start;
            gl->upload_rate[i] = seconds > 0 ? (double)(n * bytes) / seconds * 1e-9 : 0;
            done += n;
        }
        for (i = 0; i < 3; i++)
            if (gl->upload_rate[i] > gl->upload_rate[best] * 1.05) best = i;
        gl->upload_chunk = (size_t)1 << (20 + 2 * best);
        pika_gl__drop_ring(gl);
    }
    return pika_gl__upload_column(gl, column, first + done, count - done, name, at + done * bytes,
        pika_gl__stage_bytes(gl, count - done, widest));
}

/* Rows first.. of points to row `row` of a piece; the piece has room. */
PIKA_GL__PRIV pika_result pika_gl__upload(pika_gl *gl, const pika_gl__set *set, pika_gl__piece *piece,
    size_t row, const pika_points *points, size_t first, size_t count)
{
    pika_gl__layout layout;
    size_t i, widest = 0;
    int c;
    pika_gl__lay(set, piece->capacity, &layout);
    for (c = 0; c < PIKA_GL__COLUMNS; c++)
        if (set->types[c] >= 0) widest = pika_gl__most(widest, pika_gl__element(set->types[c]));
    for (c = 0; c < PIKA_GL__COLUMNS; c++) {
        pika_result result;
        if (set->types[c] < 0) continue;
        result = pika_gl__upload_measured(gl, pika_gl__column_of(points, c), first, count, piece->buffer.name,
            layout.at[c] + row * pika_gl__element(set->types[c]), widest);
        if (result != PIKA_OK) return result;
    }
    if (set->has_nulls) {
        const size_t word = row / 8, words = (row + count + 7) / 8 - word;
        for (i = 0; i < count; i++) {
            const unsigned shift = (unsigned)((row + i) % 8) * 4;
            uint32_t code = 0;
            if (pika_gl__is_null(&points->x, first + i) || pika_gl__is_null(&points->y, first + i)) code = 1;
            if (pika_gl__is_null(&points->value, first + i)) code |= 2;
            if (pika_gl__is_null(&points->category, first + i)) code |= 4;
            piece->nulls[(row + i) / 8] =
                (piece->nulls[(row + i) / 8] & ~((uint32_t)15 << shift)) | code << shift;
        }
        pika_gl__write(gl, piece->buffer.name, layout.nulls + word * 4, words * 4, piece->nulls + word);
        if (!gl->testing) gl->stats.upload_bytes += words * 4;
    }
    return pika_gl__status(gl, "an upload");
}

PIKA_GL__PRIV void pika_gl__drop_piece(pika_gl *gl, pika_ctx *ctx, pika_gl__piece *piece, int stale)
{
    if (stale) {
        piece->buffer.name = 0;
        piece->buffer.bytes = 0;
    } else {
        pika_gl__give(gl, &piece->buffer);
    }
    pika_ctx_release(ctx, piece->nulls, (piece->capacity + 7) / 8 * 4);
    piece->nulls = NULL;
    piece->rows = piece->capacity = 0;
}
PIKA_GL__PRIV void pika_gl__drop_pieces(pika_gl *gl, pika_ctx *ctx, pika_gl__set *set)
{
    const int stale = set->generation != gl->generation || gl->lost;
    size_t i;
    for (i = 0; i < set->piece_count; i++) pika_gl__drop_piece(gl, ctx, &set->pieces[i], stale);
    set->piece_count = 0;
}
PIKA_GL__PRIV pika_result pika_gl__make_piece(
    pika_gl *gl, pika_ctx *ctx, const pika_gl__set *set, pika_gl__piece *piece, size_t capacity)
{
    pika_gl__layout layout;
    pika_result result;
    memset(piece, 0, sizeof *piece);
    pika_gl__lay(set, capacity, &layout);
    if (set->has_nulls) {
        piece->nulls = (uint32_t *)pika_ctx_alloc(ctx, (capacity + 7) / 8 * 4, 16);
        if (piece->nulls == NULL) return PIKA_ERR_MEMORY;
        memset(piece->nulls, 0, (capacity + 7) / 8 * 4);
    }
    piece->capacity = capacity;
    result = pika_gl__take(gl, &piece->buffer, layout.bytes);
    if (result != PIKA_OK) pika_gl__drop_piece(gl, ctx, piece, 0);
    return result;
}
/* Appends rows first.. of points: into the last piece's room, then into new pieces. */
PIKA_GL__PRIV pika_result pika_gl__append(
    pika_gl *gl, pika_ctx *ctx, pika_gl__set *set, const pika_points *points, size_t first, size_t count)
{
    while (count > 0) {
        pika_gl__piece *piece = set->piece_count > 0 ? &set->pieces[set->piece_count - 1] : NULL;
        pika_result result;
        size_t n;
        if (piece == NULL || piece->rows == piece->capacity) {
            size_t capacity = pika_gl__least(count, set->piece_rows);
            if (set->rows > 0) /* small appends share pieces that grow with the dataset */
                capacity = pika_gl__least(
                    pika_gl__most(capacity, pika_gl__most(set->rows / 2, 65536)), set->piece_rows);
            if (set->piece_count == set->piece_room) {
                const size_t room = set->piece_room != 0 ? set->piece_room * 2 : 8;
                pika_gl__piece *more =
                    (pika_gl__piece *)pika_ctx_alloc(ctx, room * sizeof *more, sizeof(void *));
                if (more == NULL) return PIKA_ERR_MEMORY;
                if (set->piece_count > 0) memcpy(more, set->pieces, set->piece_count * sizeof *more);
                pika_ctx_release(ctx, set->pieces, set->piece_room * sizeof *more);
                set->pieces = more;
                set->piece_room = room;
            }
            piece = &set->pieces[set->piece_count];
            result = pika_gl__make_piece(gl, ctx, set, piece, capacity);
            if (result != PIKA_OK) return result;
            piece->first = set->rows;
            set->piece_count++;
        }
        n = pika_gl__least(count, piece->capacity - piece->rows);
        result = pika_gl__upload(gl, set, piece, piece->rows, points, first, n);
        if (result != PIKA_OK) return result;
        piece->rows += n;
        set->rows += n;
        first += n;
        count -= n;
    }
    return PIKA_OK;
}

/* All rows of the host, anew: at create, after pika_gl_reinit, after an update that changes the layout. Rows
   that do not fit stay on the host, and the set is not resident. */
PIKA_GL__PRIV pika_result pika_gl__load(
    pika_gl *gl, pika_ctx *ctx, pika_gl__set *set, const pika_points *points)
{
    pika_result result;
    int c;
    pika_gl__drop_pieces(gl, ctx, set);
    set->generation = gl->generation;
    set->serial = ++gl->serial;
    set->rows = 0;
    set->has_nulls = 0;
    for (c = 0; c < PIKA_GL__COLUMNS; c++) {
        const pika_column *column = pika_gl__column_of(points, c);
        set->types[c] = column->data != NULL ? column->type : -1;
        if (column->data != NULL && column->valid != NULL) set->has_nulls = 1;
    }
    set->exponent = -1000;
    set->may_miss = 0;
    pika_gl__survey(set, points, 0, points->count);
    set->piece_rows = pika_gl__rows_in(set, gl->caps.block_bytes);
    set->resident = 1;
    result = pika_gl__append(gl, ctx, set, points, 0, points->count);
    if (result == PIKA_ERR_MEMORY) {
        pika_gl__drop_pieces(gl, ctx, set);
        pika_gl__trim(gl);
        set->rows = points->count;
        set->resident = 0;
        result = PIKA_OK;
    }
    return result;
}

/* ---- >>gl_views: a view's axes as keys and guesses ----------------------------------------------------
   The keys decide. The guess is float arithmetic on the host's constants; `certain` is how far from a cell's
   edges, in cells, a guess is right whatever the rounding: then the keys need not be read. */

PIKA_GL__PRIV double pika_gl__log2(double v) /* v > 0, normal or not; to about 1e-12 */
{
    uint64_t bits;
    double m, s, s2;
    int e = 0;
    if (v < 1e-300) {
        v *= 1.8446744073709552e19;
        e = -64;
    }
    memcpy(&bits, &v, sizeof bits);
    e += (int)(bits >> 52) - 1023;
    bits = (bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        e++;
    }
    s = (m - 1) / (m + 1);
    s2 = s * s;
    return e +
           2.8853900817779268 * s *
               (1 + s2 * (1 / 3. + s2 * (1 / 5. + s2 * (1 / 7. + s2 * (1 / 9. + s2 * (1 / 11. + s2 / 13))))));
}
PIKA_GL__PRIV double pika_gl__symlog(double v, double c)
{
    const double q = (v < 0 ? -v : v) / c;
    const double steps = q > 1e300 ? pika_gl__log2(v < 0 ? -v : v) - pika_gl__log2(c) : pika_gl__log2(1 + q);
    return v < 0 ? -steps : steps;
}

enum { PIKA_GL__BY_LINE = 1, PIKA_GL__BY_LOG, PIKA_GL__BY_SYMLOG };

PIKA_GL__PRIV double pika_gl__size(double v) { return v < 0 ? -v : v; }

/* words: receives the n keys of the cells, 1 or 2 words each. keys: n + 1, scratch. */
PIKA_GL__PRIV pika_result pika_gl__prepare(pika_ctx *ctx, const pika_view *view, int axis, int type,
    uint64_t *keys, uint32_t *words, pika_gl__axis *out)
{
    const pika_axis *a = axis == 0 ? &view->x : &view->y;
    const int whole = view->total_width != 0 || view->total_height != 0;
    const int n = axis == 0 ? view->width : view->height;
    const double total = !whole ? n : axis == 0 ? view->total_width : view->total_height;
    const double first = !whole ? 0 : axis == 0 ? view->first_x : view->first_y;
    const int wide = pika_gl__is_wide(type);
    double s = total / (a->hi - a->lo), size, certain = 2, slack;
    pika_result result = pika_axis_keys(ctx, view, axis, type, keys);
    int i, is_moderate, top = -1;
    if (result != PIKA_OK) return result;
    memset(out, 0, sizeof *out);
    out->type = type;
    out->cells = (uint32_t)n;
    out->positive = a->scale == PIKA_LOG10;
    if (type >= PIKA_I32) { /* where the last key of the type may be inside */
        static const uint32_t u32 = 0xFFFFFFFFu;
        static const int32_t i32 = 0x7FFFFFFF;
        static const uint64_t u64 = ~(uint64_t)0;
        static const int64_t i64 = (int64_t)(~(uint64_t)0 >> 1);
        top = pika_axis_cell(view, axis, type,
            type == PIKA_I32   ? (const void *)&i32
            : type == PIKA_U32 ? (const void *)&u32
            : type == PIKA_I64 ? (const void *)&i64
                               : (const void *)&u64);
    }
    out->top = top >= 0 ? (uint32_t)top : 0xFFFFFFFEu;
    out->first_key = keys[0];
    out->last_key = keys[n] - 1;
    if (keys[0] >= keys[n]) {
        out->first_key = wide ? ~(uint64_t)0 : 0xFFFFFFFFu;
        out->last_key = 0;
    }
    if (wide && top >= 0) {
        if (keys[0] >= keys[n]) out->first_key = keys[0];
        out->last_key = ~(uint64_t)0;
    }
    for (i = 0; i < n; i++) {
        if (wide) {
            words[2 * i] = (uint32_t)(keys[i] >> 32);
            words[2 * i + 1] = (uint32_t)keys[i];
        } else {
            words[i] = keys[i] > 0xFFFFFFFFu ? 0xFFFFFFFFu : (uint32_t)keys[i];
        }
    }
    size = pika_gl__size(a->lo) > pika_gl__size(a->hi) ? pika_gl__size(a->lo) : pika_gl__size(a->hi);
    slack = total + size * s; /* in cells; what rounding can be relative to */
    is_moderate =
        s < 1e18 && s > 1e-30 && size < 1e30; /* else a float would not do: any guess, none certain */
    out->guess = a->scale == PIKA_LINEAR  ? PIKA_GL__BY_LINE
                 : a->scale == PIKA_LOG10 ? PIKA_GL__BY_LOG
                                          : PIKA_GL__BY_SYMLOG;
    if (out->guess == PIKA_GL__BY_LOG) {
        const double from = pika_gl__log2(a->lo);
        out->f[0][0] = (float)from;
        out->f[0][2] = (float)(total / (pika_gl__log2(a->hi) - from));
        out->f[0][3] = (float)first;
    } else if (out->guess == PIKA_GL__BY_SYMLOG) {
        const double c = a->linear != 0 ? a->linear : 1, from = pika_gl__symlog(a->lo, c);
        out->f[0][0] = (float)from;
        out->f[0][2] = (float)(total / (pika_gl__symlog(a->hi, c) - from));
        out->f[0][3] = (float)first;
        out->f[1][1] = (float)pika_gl__log2(c);
    } else if (is_moderate && type >= PIKA_I32) { /* counted from the first key inside, in integers */
        double from;
        if (type == PIKA_I32) from = (double)(int32_t)((uint32_t)out->first_key ^ 0x80000000u);
        else if (type == PIKA_U32) from = (double)(uint32_t)out->first_key;
        else {
            const uint64_t bits = type == PIKA_I64 ? out->first_key ^ ((uint64_t)1 << 63) : out->first_key;
            const uint64_t over = bits - (uint64_t)a->origin;
            from = over >> 63 == 0 ? (double)over : -(double)(0 - over);
            if (type == PIKA_U64) from = over >> 63 == 0 || a->origin >= 0 ? (double)over : 0;
        }
        out->f[0][0] = (float)((from - a->lo) * s - first);
        out->f[0][2] = (float)s;
        certain = (n + 1 + pika_gl__size((from - a->lo) * s - first)) * 1e-6 + slack * 1e-15;
        if (out->first_key > out->last_key || (type == PIKA_U64 && a->origin < 0)) certain = 2;
    } else if (is_moderate) {
        const float high = (float)a->lo;
        out->f[0][0] = high;
        out->f[0][1] = type == PIKA_F64 ? (float)(a->lo - (double)high) : 0;
        out->f[0][2] = (float)s;
        out->f[0][3] = (float)first;
        certain = slack * 1e-6; /* 2^-20: eight roundings, in any order */
    }
    out->f[1][0] = certain < 0.45 ? (float)certain : 2;
    return PIKA_OK;
}

/* ---- >>gl_passes: kernels over pieces -----------------------------------------------------------------
   A job is a dataset in a view: what programs need to be told. A pass is one kernel over all rows, into one
   buffer of the grid: counts, counts of values, least, greatest, sums. */

enum { PIKA_GL__COUNTS, PIKA_GL__PRESENT, PIKA_GL__LEAST, PIKA_GL__GREATEST, PIKA_GL__SUMS, PIKA_GL__PASSES };

typedef struct pika_gl__job {
    pika_gl__axis axes[2];
    const pika_gl__set *set;
    int columns[PIKA_GL__COLUMNS];             /* types; -1 = not read */
    int strategy;                              /* of the counting passes */
    uint32_t width, height, categories, cells; /* cells: with categories */
    uint32_t tile_room;                        /* of PIKA_GL_SORT */
    size_t keys_y;                             /* the word where y's keys start */
} pika_gl__job;

/* A kernel's place in a job: which rows of which buffer, how. */
typedef struct pika_gl__rows {
    unsigned buffer;
    uint32_t at[PIKA_GL__COLUMNS], stride[PIKA_GL__COLUMNS], nulls;
    uint32_t first, end;
} pika_gl__rows;

PIKA_GL__PRIV int pika_gl__big_endian(void)
{
    const uint16_t one = 1;
    unsigned char bytes[2];
    memcpy(bytes, &one, 2);
    return bytes[0] == 0;
}

PIKA_GL__PRIV void pika_gl__begin_source(
    const pika_gl *gl, pika_gl__source *source, pika_gl__text *text, const char *kernel)
{
    source->count = 0;
    source->fragment[0] = NULL;
    *text = pika_gl__text_in(source->head, sizeof source->head);
    pika_gl__version_lines(gl, text, 1);
    pika_gl__define(text, "LX", gl->workgroup);
    pika_gl__define(text, kernel, 1);
    pika_gl__add_part(source, source->head);
}
PIKA_GL__PRIV void pika_gl__axis_lines(pika_gl__text *text, const pika_gl__axis *axis, int is_y)
{
    pika_gl__say(text, is_y ? "#define AXIS axis_y\n#define C 4\n#define R 5\n#define P 2\n#define TOP y\n"
                            : "#define AXIS axis_x\n#define C 2\n#define R 3\n#define P 0\n#define TOP x\n");
    pika_gl__define(text, "TYPE", axis->type);
    pika_gl__define(text, "GUESS", axis->guess);
    if (axis->positive) pika_gl__say(text, "#define POSITIVE\n");
}

/* A work group's cells in shared memory: a power of two, 64 rows of them at least 32. */
PIKA_GL__PRIV int pika_gl__slots(const pika_gl *gl) { return gl->caps.shared_bytes >= 32768 ? 4096 : 2048; }
PIKA_GL__PRIV int pika_gl__bits(uint32_t n) /* the least b with n <= 2^b */
{
    int bits = 0;
    while (bits < 32 && ((uint64_t)1 << bits) < n) bits++;
    return bits;
}
/* Bits of a count in a slot of the cache: 0 where the grid is too large for it. */
PIKA_GL__PRIV int pika_gl__count_bits(const pika_gl *gl, const pika_gl__job *job)
{
    const uint32_t down = (uint32_t)(pika_gl__slots(gl) / 64);
    const uint64_t rows = (uint64_t)job->height * (job->categories != 0 ? job->categories : 1);
    const int bits = 31 - pika_gl__bits((job->width + 63) / 64) -
                     pika_gl__bits((uint32_t)pika_gl__least((size_t)((rows + down - 1) / down), 0xFFFFFFFFu));
    return bits < 14 ? 0 : bits > 30 ? 30 : bits;
}
/* The partition: tiles of 2^bits cells, at most so many of them; both have to fit in shared memory. */
PIKA_GL__PRIV int pika_gl__tile_bits(const pika_gl *gl)
{
    return gl->caps.shared_bytes >= 49152 ? 13 : gl->caps.shared_bytes >= 32768 ? 12 : 11;
}
PIKA_GL__PRIV uint32_t pika_gl__tiles_most(const pika_gl *gl)
{
    return gl->caps.shared_bytes >= 32768 ? 6144 : 3072;
}
/* The size of the tables of tiles in shared memory, by classes: small ones leave room for more groups. */
PIKA_GL__PRIV uint32_t pika_gl__tile_room(const pika_gl *gl, uint32_t cells)
{
    const uint64_t tiles = ((uint64_t)cells >> pika_gl__tile_bits(gl)) + 1;
    return tiles <= 256 ? 256 : tiles <= 1024 ? 1024 : pika_gl__tiles_most(gl);
}
PIKA_GL__PRIV uint32_t pika_gl__tiles(const pika_gl *gl, const pika_gl__job *job) /* 0: too many */
{
    const int bits = pika_gl__tile_bits(gl);
    const uint64_t tiles = ((uint64_t)job->cells + ((uint64_t)1 << bits) - 1) >> bits;
    return tiles > pika_gl__tiles_most(gl) ? 0 : (uint32_t)tiles;
}

PIKA_GL__PRIV pika_result pika_gl__pass_program(
    pika_gl *gl, const pika_gl__job *job, int pass, int step, pika_gl__program *out)
{
    static const char *const kernels[] = {
        "KERNEL_COUNT", "KERNEL_COUNT", "KERNEL_EXTREME", "KERNEL_EXTREME", "KERNEL_SUM"};
    const int counting = pass == PIKA_GL__COUNTS || pass == PIKA_GL__PRESENT;
    const int strategy = pass == PIKA_GL__COUNTS ? job->strategy : PIKA_GL_ATOMIC;
    const int cells_alone = strategy == PIKA_GL_SORT && (step == 2 || step == 4); /* whatever the rows are */
    pika_gl__source source;
    pika_gl__text text;
    char axis_y[200];
    pika_gl__begin_source(gl, &source, &text,
        !counting || strategy == PIKA_GL_ATOMIC ? kernels[pass]
        : strategy == PIKA_GL_TILED             ? "KERNEL_TILED"
                                                : "KERNEL_SORT");
    if (pika_gl__big_endian()) pika_gl__say(&text, "#define BIG_ENDIAN\n");
    if (job->set->has_nulls && !cells_alone) pika_gl__say(&text, "#define NULLS\n");
    if (job->columns[PIKA_GL__CATEGORY] >= 0 && !cells_alone)
        pika_gl__define(&text, "CATEGORY", job->columns[PIKA_GL__CATEGORY]);
    if (pass != PIKA_GL__COUNTS) pika_gl__define(&text, "VALUE", job->columns[PIKA_GL__VALUE]);
    if (pass == PIKA_GL__PRESENT) pika_gl__say(&text, "#define PRESENT\n");
    if (pass == PIKA_GL__GREATEST) pika_gl__say(&text, "#define MAXIMUM\n");
    pika_gl__define(&text, "STEP", step);
    if (counting) pika_gl__define(&text, "RUN", gl->caps.software ? 1 : 4);
    if (counting && strategy == PIKA_GL_TILED) {
        pika_gl__define(&text, "SLOTS", pika_gl__slots(gl));
    }
    if (counting && strategy == PIKA_GL_SORT) {
        pika_gl__define(&text, "TILES", job->tile_room);
        pika_gl__define(&text, "TILE", pika_gl__tile_bits(gl));
    }
    pika_gl__add_part(&source, pika_gl__common);
    if (!cells_alone) {
        pika_gl__axis_lines(&text, &job->axes[0], 0);
        text = pika_gl__text_in(axis_y, sizeof axis_y);
        pika_gl__axis_lines(&text, &job->axes[1], 1);
        pika_gl__add_part(&source, pika_gl__axis_kinds);
        pika_gl__add_part(&source, pika_gl__axis_guess);
        pika_gl__add_part(&source, axis_y);
        pika_gl__add_part(&source, pika_gl__axis_kinds);
        pika_gl__add_part(&source, pika_gl__axis_guess);
        pika_gl__add_part(&source, pika_gl__row);
        pika_gl__add_part(&source, pika_gl__value);
    }
    if (counting) {
        pika_gl__add_part(&source, pika_gl__tally);
        pika_gl__add_part(&source, strategy == PIKA_GL_ATOMIC  ? pika_gl__count
                                   : strategy == PIKA_GL_TILED ? pika_gl__tiled
                                                               : pika_gl__sort);
    } else {
        pika_gl__add_part(&source, pass == PIKA_GL__SUMS ? pika_gl__sum : pika_gl__extreme);
    }
    return pika_gl__program_of(gl, &source, out);
}

PIKA_GL__PRIV void pika_gl__set_parameters(
    const pika_gl__job *job, const pika_gl__rows *rows, pika_gl__parameters *p)
{
    int axis, i, j;
    memset(p, 0, sizeof *p);
    p->u[0][0] = rows->first;
    p->u[0][1] = rows->end;
    p->u[0][3] = rows->nulls;
    p->u[1][0] = job->width;
    p->u[1][1] = job->width * job->height;
    p->u[1][2] = job->categories;
    p->u[1][3] = job->height;
    for (axis = 0; axis < 2; axis++) {
        const pika_gl__axis *a = &job->axes[axis];
        uint32_t(*u)[4] = &p->u[2 + 2 * axis];
        u[0][0] = rows->at[axis];
        u[0][1] = rows->stride[axis];
        u[0][2] = axis == 0 ? 0 : (uint32_t)job->keys_y;
        u[0][3] = a->cells;
        u[1][0] = (uint32_t)(a->first_key >> 32);
        u[1][1] = (uint32_t)a->first_key;
        u[1][2] = (uint32_t)(a->last_key >> 32);
        u[1][3] = (uint32_t)a->last_key;
        p->u[8][axis] = a->top;
        for (i = 0; i < 2; i++)
            for (j = 0; j < 4; j++) p->f[2 * axis + i][j] = a->f[i][j];
    }
    p->u[6][0] = rows->at[PIKA_GL__VALUE];
    p->u[6][1] = rows->stride[PIKA_GL__VALUE];
    p->u[7][0] = rows->at[PIKA_GL__CATEGORY];
    p->u[7][1] = rows->stride[PIKA_GL__CATEGORY];
    { /* a value's integer times 2^by is in units of 2^(exponent - 63) */
        const int type = job->columns[PIKA_GL__VALUE];
        const int by = type == PIKA_F32 ? -150 : type == PIKA_F64 ? -1075 : 0;
        p->u[6][2] = (uint32_t)(by - (job->set->exponent - 63));
    }
}

/* Words of a cell in a pass's buffer. */
PIKA_GL__PRIV size_t pika_gl__pass_words(int pass, int value_type)
{
    if (pass == PIKA_GL__SUMS) return 4;
    return pass == PIKA_GL__LEAST || pass == PIKA_GL__GREATEST ? (pika_gl__is_wide(value_type) ? 2 : 1) : 1;
}

PIKA_GL__PRIV pika_result pika_gl__fill_words(pika_gl *gl, unsigned name, uint32_t value, size_t words)
{
    const size_t each = (size_t)gl->workgroup * 16;
    pika_gl__source source;
    pika_gl__text text;
    pika_gl__parameters p;
    pika_gl__program program;
    pika_result result;
    pika_gl__begin_source(gl, &source, &text, "KERNEL_FILL");
    pika_gl__add_part(&source, pika_gl__common);
    pika_gl__add_part(&source, pika_gl__fill);
    result = pika_gl__program_of(gl, &source, &program);
    if (result != PIKA_OK) return result;
    memset(&p, 0, sizeof p);
    p.u[9][0] = value;
    p.u[9][2] = (uint32_t)words;
    pika_gl__bind(gl, 1, name);
    pika_gl__dispatch(gl, &program, &p, (uint32_t)((words + each - 1) / each));
    return PIKA_OK;
}

/* Rows that a work group takes: enough groups to fill the device, enough rows to pay for starting one. */
PIKA_GL__PRIV uint32_t pika_gl__group_rows(const pika_gl *gl, uint32_t rows, uint32_t least, uint32_t most)
{
    const uint32_t unit = (uint32_t)gl->workgroup * 4;
    uint32_t each = rows / 4096;
    if (each < least) each = least;
    if (each > most) each = most;
    return (each + unit - 1) / unit * unit;
}

/* Words of the partition buffer for so many rows: fewer than 2^22 at a time would not share tiles. */
PIKA_GL__PRIV size_t pika_gl__partition_words(const pika_gl *gl, const pika_gl__job *job, size_t rows)
{
    const size_t head = 16 + 2 * (size_t)pika_gl__tiles(gl, job);
    const size_t most = pika_gl__most(gl->rows_per_dispatch, (size_t)1 << 22);
    return head + pika_gl__least(pika_gl__least(rows, most), gl->caps.block_bytes / 4 - head);
}

/* The cells of rows into the partition buffer, and from there into planes; the tallies come from counters and
   go back there. */
PIKA_GL__PRIV pika_result pika_gl__run_sort(
    pika_gl *gl, const pika_gl__job *job, const pika_gl__rows *all, unsigned planes, unsigned counters)
{
    const uint32_t tiles = pika_gl__tiles(gl, job), slice = (uint32_t)gl->workgroup * 512;
    const size_t head = 16 + 2 * (size_t)tiles,
                 words = pika_gl__partition_words(gl, job, all->end - all->first);
    const uint32_t most = (uint32_t)(words - head);
    uint32_t at;
    pika_gl__program programs[4];
    pika_gl__buffer *partition = &gl->partition;
    pika_result result = PIKA_OK;
    int step;
    if (tiles == 0 || most == 0) return PIKA_OK;
    for (step = 0; step < 4; step++) {
        result = pika_gl__pass_program(gl, job, PIKA_GL__COUNTS, step + 1, &programs[step]);
        if (result != PIKA_OK) return result;
    }
    if (partition->bytes < words * 4) {
        pika_gl__give(gl, partition);
        result = pika_gl__take(gl, partition, words * 4);
    }
    for (at = all->first; result == PIKA_OK && at < all->end;) {
        const uint32_t n = all->end - at < most ? all->end - at : most;
        const uint32_t each = pika_gl__group_rows(
            gl, n, (uint32_t)pika_gl__most((size_t)gl->workgroup * 16, (size_t)tiles * 4), (uint32_t)1 << 18);
        pika_gl__rows rows = *all;
        pika_gl__parameters p;
        rows.first = at;
        rows.end = at + n;
        at += n;
        result = pika_gl__fill_words(gl, partition->name, 0, head);
        if (result != PIKA_OK) break;
        PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_BUFFER_UPDATE);
        PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, counters);
        PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, partition->name);
        PIKA_GL__(CopyBufferSubData)(PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, 0, 0, 16);
        pika_gl__set_parameters(job, &rows, &p);
        p.u[0][2] = each;
        p.u[9][0] = slice;
        p.u[9][1] = tiles;
        pika_gl__bind(gl, 0, rows.buffer);
        pika_gl__bind(gl, 1, planes);
        pika_gl__bind(gl, 3, partition->name);
        for (step = 0; step < 4; step++)
            pika_gl__dispatch(gl, &programs[step], &p,
                step == 1   ? 1
                : step == 3 ? (n + slice - 1) / slice
                            : (n + each - 1) / each);
        PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_BUFFER_UPDATE);
        PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, partition->name);
        PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, counters);
        PIKA_GL__(CopyBufferSubData)(PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, 0, 0, 16);
    }
    return result;
}

/* One pass, or a step of one, over rows of one buffer, in dispatches of gl->rows_per_dispatch; binding 2 is
   bound. step: 0, or 1 and 2 of the extremes of wide values. */
PIKA_GL__PRIV pika_result pika_gl__run_rows(pika_gl *gl, const pika_gl__job *job, int pass, int step,
    const pika_gl__rows *all, unsigned planes, unsigned counters)
{
    const int tiled = pass == PIKA_GL__COUNTS && job->strategy == PIKA_GL_TILED;
    const int bits = tiled ? pika_gl__count_bits(gl, job) : 0;
    pika_gl__program program;
    pika_result result;
    uint32_t at;
    if (pass == PIKA_GL__COUNTS && job->strategy == PIKA_GL_SORT)
        return pika_gl__run_sort(gl, job, all, planes, counters);
    result = pika_gl__pass_program(gl, job, pass, step, &program);
    if (result != PIKA_OK) return result;
    for (at = all->first; at < all->end;) {
        const uint32_t n = all->end - at < gl->rows_per_dispatch ? all->end - at : gl->rows_per_dispatch;
        uint32_t each =
            pika_gl__group_rows(gl, n, tiled ? 4096 : (uint32_t)(gl->workgroup * gl->rows_per_thread), 65536);
        pika_gl__rows rows = *all;
        pika_gl__parameters p;
        rows.first = at;
        rows.end = at + n;
        at += n;
        pika_gl__set_parameters(job, &rows, &p);
        if (tiled) {
            const uint32_t unit = (uint32_t)gl->workgroup * 4;
            if (each >= (uint32_t)1 << bits) each = (((uint32_t)1 << bits) - 1) / unit * unit;
            p.u[9][0] = (uint32_t)pika_gl__bits((job->width + 63) / 64);
            p.u[9][1] = (uint32_t)bits;
            p.u[9][2] = job->cells <= (uint32_t)pika_gl__slots(gl);
        }
        p.u[0][2] = each;
        pika_gl__bind(gl, 0, rows.buffer);
        pika_gl__bind(gl, 1, planes);
        pika_gl__bind(gl, 3, counters);
        pika_gl__dispatch(gl, &program, &p, (n + each - 1) / each);
    }
    return PIKA_OK;
}

/* ---- >>gl_jobs: a dataset into a grid -----------------------------------------------------------------
   Rows come in batches: pieces that are resident, host rows through one piece of scratch, or buffers of the
   caller. */

typedef struct pika_gl__source_rows {
    const pika_points *host; /* where the set is not resident */
    pika_gl__piece scratch;
    size_t batch_rows, batches; /* of scratch */
    int direct;                 /* an import that is read where it is */
} pika_gl__source_rows;

PIKA_GL__PRIV const pika_gl_column *pika_gl__imported_column(const pika_gl__set *set, int column)
{
    return column == PIKA_GL__X       ? &set->import.x
           : column == PIKA_GL__Y     ? &set->import.y
           : column == PIKA_GL__VALUE ? &set->import.value
                                      : &set->import.category;
}
PIKA_GL__PRIV size_t pika_gl__imported_stride(const pika_gl_column *column)
{
    return column->stride != 0 ? (size_t)column->stride : pika_gl__element(column->type);
}
PIKA_GL__PRIV size_t pika_gl__buffer_size(pika_gl *gl, unsigned name)
{
    int64_t bytes = 0;
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, name);
    PIKA_GL__(GetBufferParameteri64v)(PIKA_GL__COPY_READ, PIKA_GL__BUFFER_SIZE, &bytes);
    return bytes > 0 ? (size_t)bytes : 0;
}
PIKA_GL__PRIV size_t pika_gl__stream_bytes(const pika_gl *gl) /* of a piece of scratch */
{
    size_t bytes = pika_gl__least(gl->caps.block_bytes, (size_t)64 << 20);
    bytes = pika_gl__least(bytes, gl->caps.budget / 4);
    return pika_gl__most(bytes, 65536);
}

PIKA_GL__PRIV pika_result pika_gl__open_rows(
    pika_gl *gl, pika_ctx *ctx, const pika_gl__set *set, const pika_points *host, pika_gl__source_rows *rows)
{
    memset(rows, 0, sizeof *rows);
    rows->host = host;
    if (set->imported) {
        size_t row = 0, bytes = 0;
        int c;
        rows->direct = 1;
        for (c = 0; c < PIKA_GL__COLUMNS; c++) {
            const pika_gl_column *column = pika_gl__imported_column(set, c);
            if (set->types[c] < 0) continue;
            if (column->buffer != set->import.x.buffer) rows->direct = 0;
            row += pika_gl__imported_stride(column);
        }
        if (rows->direct && pika_gl__buffer_size(gl, set->import.x.buffer) > gl->caps.block_bytes)
            rows->direct = 0;
        if (rows->direct) {
            rows->batches = 1;
            return PIKA_OK;
        }
        bytes = pika_gl__stream_bytes(gl);
        rows->batch_rows =
            pika_gl__least(pika_gl__most(bytes / row / 16 * 16, 16), pika_gl__round_up(set->rows, 16));
        rows->batches = (set->rows + rows->batch_rows - 1) / rows->batch_rows;
        return pika_gl__take(gl, &rows->scratch.buffer, rows->batch_rows * row + 64);
    }
    if (set->resident) {
        rows->batches = set->piece_count;
        return PIKA_OK;
    }
    rows->batch_rows =
        pika_gl__least(pika_gl__rows_in(set, pika_gl__stream_bytes(gl)), pika_gl__round_up(set->rows, 16));
    rows->batches = (set->rows + rows->batch_rows - 1) / rows->batch_rows;
    return pika_gl__make_piece(gl, ctx, set, &rows->scratch, rows->batch_rows);
}
PIKA_GL__PRIV void pika_gl__close_rows(pika_gl *gl, pika_ctx *ctx, pika_gl__source_rows *rows)
{
    pika_gl__drop_piece(gl, ctx, &rows->scratch, 0);
}

PIKA_GL__PRIV pika_result pika_gl__batch(
    pika_gl *gl, const pika_gl__set *set, pika_gl__source_rows *rows, size_t index, pika_gl__rows *out)
{
    const pika_gl__piece *piece;
    pika_gl__layout layout;
    int c;
    memset(out, 0, sizeof *out);
    if (set->imported) {
        const size_t first = rows->direct ? 0 : index * rows->batch_rows;
        const size_t count = rows->direct ? set->rows : pika_gl__least(rows->batch_rows, set->rows - first);
        size_t to = 0;
        out->buffer = rows->direct ? set->import.x.buffer : rows->scratch.buffer.name;
        out->end = (uint32_t)count;
        if (!rows->direct) PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_BUFFER_UPDATE);
        for (c = 0; c < PIKA_GL__COLUMNS; c++) {
            const pika_gl_column *column = pika_gl__imported_column(set, c);
            size_t stride, bytes;
            if (set->types[c] < 0) continue;
            stride = pika_gl__imported_stride(column);
            out->stride[c] = (uint32_t)stride;
            out->at[c] = (uint32_t)column->offset;
            if (rows->direct) continue;
            bytes = (count - 1) * stride + pika_gl__element(column->type);
            PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, column->buffer);
            PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, rows->scratch.buffer.name);
            PIKA_GL__(CopyBufferSubData)
            (PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, (ptrdiff_t)(column->offset + first * stride),
                (ptrdiff_t)to, (ptrdiff_t)bytes);
            out->at[c] = (uint32_t)to;
            to += pika_gl__round_up(bytes, 16);
        }
        return pika_gl__status(gl, "reading imported buffers");
    }
    piece = &rows->scratch;
    if (set->resident) {
        piece = &set->pieces[index];
        out->end = (uint32_t)piece->rows;
    } else {
        const size_t first = index * rows->batch_rows;
        const size_t count = pika_gl__least(rows->batch_rows, set->rows - first);
        const pika_result result = pika_gl__upload(gl, set, &rows->scratch, 0, rows->host, first, count);
        if (result != PIKA_OK) return result;
        out->end = (uint32_t)count;
    }
    pika_gl__lay(set, piece->capacity, &layout);
    out->buffer = piece->buffer.name;
    for (c = 0; c < PIKA_GL__COLUMNS; c++) {
        out->at[c] = (uint32_t)layout.at[c];
        out->stride[c] = set->types[c] >= 0 ? (uint32_t)pika_gl__element(set->types[c]) : 0;
    }
    out->nulls = (uint32_t)(layout.nulls / 4);
    return PIKA_OK;
}

#define PIKA_GL__VALUE_PLANES (PIKA_SUM | PIKA_MEAN | PIKA_MIN | PIKA_MAX)
#define PIKA_GL__OWN_PLANES (PIKA_COUNT | PIKA_ANY | PIKA_GL__VALUE_PLANES)

PIKA_GL__PRIV unsigned pika_gl__planes_of(int pass) /* the planes that need it */
{
    static const unsigned planes[PIKA_GL__PASSES] = {
        PIKA_GL__OWN_PLANES, PIKA_GL__VALUE_PLANES, PIKA_MIN, PIKA_MAX, PIKA_SUM | PIKA_MEAN};
    return planes[pass];
}
PIKA_GL__PRIV uint32_t pika_gl__cells_of(const pika_grid_desc *desc)
{
    return (uint32_t)desc->view.width * (uint32_t)desc->view.height *
           (uint32_t)(desc->categories > 0 ? desc->categories : 1);
}
PIKA_GL__PRIV int pika_gl__same_axis(const pika_axis *a, const pika_axis *b)
{
    return a->lo == b->lo && a->hi == b->hi && a->origin == b->origin && a->scale == b->scale &&
           a->linear == b->linear;
}
PIKA_GL__PRIV int pika_gl__same_view(const pika_view *a, const pika_view *b)
{
    return a->width == b->width && a->height == b->height && a->flags == b->flags &&
           a->first_x == b->first_x && a->first_y == b->first_y && a->total_width == b->total_width &&
           a->total_height == b->total_height && pika_gl__same_axis(&a->x, &b->x) &&
           pika_gl__same_axis(&a->y, &b->y);
}
/* Is this pass run for the dataset and the planes? */
PIKA_GL__PRIV int pika_gl__wants(const pika_gl__set *set, unsigned planes, int pass)
{
    if (pass == PIKA_GL__PRESENT && !set->may_miss) return 0; /* it would be the counts */
    return ((planes | PIKA_COUNT) & pika_gl__planes_of(pass)) != 0;
}

PIKA_GL__PRIV pika_result pika_gl__make_job(
    pika_gl *gl, pika_ctx *ctx, const pika_gl__set *set, pika_gl_grid *grid, int strategy, pika_gl__job *job)
{
    const pika_view *view = &grid->desc.view;
    const size_t w = (size_t)view->width, h = (size_t)view->height, most = pika_gl__most(w, h) + 1;
    const size_t bytes = most * 8 + (w + h) * 8;
    uint64_t *keys;
    uint32_t *words;
    pika_result result;
    memset(job, 0, sizeof *job);
    job->set = set;
    job->strategy = strategy;
    job->width = (uint32_t)w;
    job->height = (uint32_t)h;
    job->categories = (uint32_t)grid->desc.categories;
    job->cells = pika_gl__cells_of(&grid->desc);
    job->tile_room = pika_gl__tile_room(gl, job->cells);
    job->columns[PIKA_GL__X] = set->types[PIKA_GL__X];
    job->columns[PIKA_GL__Y] = set->types[PIKA_GL__Y];
    job->columns[PIKA_GL__VALUE] =
        (grid->desc.planes & PIKA_GL__VALUE_PLANES) != 0 ? set->types[PIKA_GL__VALUE] : -1;
    job->columns[PIKA_GL__CATEGORY] = grid->desc.categories > 0 ? set->types[PIKA_GL__CATEGORY] : -1;
    job->keys_y = w * (pika_gl__is_wide(job->columns[PIKA_GL__X]) ? 2 : 1);
    if (grid->prepared && grid->axes[0].type == job->columns[PIKA_GL__X] &&
        grid->axes[1].type == job->columns[PIKA_GL__Y]) {
        memcpy(job->axes, grid->axes, sizeof job->axes);
        return PIKA_OK;
    }
    grid->prepared = 0;
    keys = (uint64_t *)pika_ctx_alloc(ctx, bytes, 16);
    if (keys == NULL) return PIKA_ERR_MEMORY;
    words = (uint32_t *)(void *)(keys + most);
    result = pika_gl__prepare(ctx, view, 0, job->columns[PIKA_GL__X], keys, words, &job->axes[0]);
    if (result == PIKA_OK)
        result = pika_gl__prepare(
            ctx, view, 1, job->columns[PIKA_GL__Y], keys, words + job->keys_y, &job->axes[1]);
    if (result == PIKA_OK)
        pika_gl__write(gl, grid->tables.name, 0,
            (job->keys_y + h * (pika_gl__is_wide(job->columns[PIKA_GL__Y]) ? 2 : 1)) * 4, words);
    if (result == PIKA_OK) {
        memcpy(grid->axes, job->axes, sizeof job->axes);
        grid->prepared = 1;
    }
    pika_ctx_release(ctx, keys, bytes);
    return result;
}

/* What the grid has to know of its result. */
PIKA_GL__PRIV void pika_gl__fill_in(pika_gl_grid *grid, pika_dataset *dataset, const pika_gl__job *job)
{
    grid->dataset = dataset;
    grid->rows = job->set->rows;
    grid->exponent = job->set->exponent;
    grid->value_type = job->columns[PIKA_GL__VALUE] >= 0 ? job->columns[PIKA_GL__VALUE] : PIKA_F32;
    grid->is_present = pika_gl__wants(job->set, grid->desc.planes, PIKA_GL__PRESENT);
    grid->strategy = job->strategy;
}

/* Clears the buffers of the grid and runs every pass over all rows. */
PIKA_GL__PRIV pika_result pika_gl__run(
    pika_gl *gl, pika_ctx *ctx, const pika_gl__job *job, pika_gl_grid *grid, const pika_points *host)
{
    static const uint32_t empty[PIKA_GL__PASSES] = {0, 0, 0xFFFFFFFFu, 0, 0};
    const pika_gl__set *set = job->set;
    const int wide =
        pika_gl__is_wide(job->columns[PIKA_GL__VALUE] < 0 ? PIKA_F32 : job->columns[PIKA_GL__VALUE]);
    const int extremes = (grid->desc.planes & (PIKA_MIN | PIKA_MAX)) != 0;
    pika_gl__source_rows source;
    pika_result result;
    int pass, phase;
    size_t i;
    for (pass = 0; pass < PIKA_GL__PASSES; pass++) {
        if (!pika_gl__wants(set, grid->desc.planes, pass)) continue;
        result = pika_gl__fill_words(gl, grid->planes[pass].name, empty[pass],
            (size_t)job->cells * pika_gl__pass_words(pass, job->columns[PIKA_GL__VALUE]));
        if (result != PIKA_OK) return result;
    }
    result = pika_gl__fill_words(gl, grid->counters.name, 0, 16);
    if (result != PIKA_OK || set->rows == 0) return result;
    result = pika_gl__open_rows(gl, ctx, set, host, &source);
    for (phase = 0; result == PIKA_OK && phase < (wide && extremes ? 2 : 1); phase++) {
        for (i = 0; result == PIKA_OK && i < source.batches; i++) {
            pika_gl__rows rows;
            result = pika_gl__batch(gl, set, &source, i, &rows);
            pika_gl__bind(gl, 2, grid->tables.name);
            for (pass = 0; result == PIKA_OK && pass < PIKA_GL__PASSES; pass++) {
                const int two = wide && (pass == PIKA_GL__LEAST || pass == PIKA_GL__GREATEST);
                if (!pika_gl__wants(set, grid->desc.planes, pass) || (phase == 1 && !two)) continue;
                result = pika_gl__run_rows(
                    gl, job, pass, two ? phase + 1 : 0, &rows, grid->planes[pass].name, grid->counters.name);
            }
        }
    }
    pika_gl__close_rows(gl, ctx, &source);
    return result != PIKA_OK ? result : pika_gl__status(gl, "dispatching");
}

/* ---- >>gl_grids: grids in video memory, and back --------------------------------------------------- */

PIKA_GL__PRIV size_t pika_gl__plane_bytes(const pika_grid_desc *desc, int pass)
{
    const size_t words = pass == PIKA_GL__SUMS ? 4 : pass >= PIKA_GL__LEAST ? 2 : 1;
    if (((desc->planes | PIKA_COUNT) & pika_gl__planes_of(pass)) == 0) return 0;
    return (size_t)pika_gl__cells_of(desc) * words * 4;
}
PIKA_GL__PRIV size_t pika_gl__tables_bytes(const pika_grid_desc *desc)
{
    return ((size_t)desc->view.width + (size_t)desc->view.height) * 8;
}
PIKA_GL__PRIV size_t pika_gl__grid_bytes(const pika_grid_desc *desc, size_t *largest)
{
    size_t sum = pika_gl__buffer_bytes(pika_gl__tables_bytes(desc)) + pika_gl__buffer_bytes(64);
    int pass;
    *largest = 0;
    for (pass = 0; pass < PIKA_GL__PASSES; pass++) {
        const size_t bytes = pika_gl__plane_bytes(desc, pass);
        *largest = pika_gl__most(*largest, bytes);
        if (bytes != 0) sum += pika_gl__buffer_bytes(bytes);
    }
    return sum;
}
PIKA_GL__PRIV void pika_gl__free_grid(pika_gl *gl, pika_gl_grid *grid)
{
    const int stale = grid->generation != gl->generation;
    int pass;
    if (!stale) {
        for (pass = 0; pass < PIKA_GL__PASSES; pass++) pika_gl__give(gl, &grid->planes[pass]);
        pika_gl__give(gl, &grid->tables);
        pika_gl__give(gl, &grid->counters);
        pika_gl__give(gl, &grid->reading);
        if (grid->fence != NULL && !gl->lost) PIKA_GL__(DeleteSync)(grid->fence);
    }
    memset(grid, 0, sizeof *grid);
}
PIKA_GL__PRIV pika_result pika_gl__make_grid(pika_gl *gl, pika_gl_grid *grid, const pika_grid_desc *desc)
{
    pika_result result = PIKA_OK;
    size_t largest;
    int pass;
    memset(grid, 0, sizeof *grid);
    pika_gl__grid_bytes(desc, &largest);
    if (largest > gl->caps.block_bytes) return PIKA_ERR_MEMORY;
    grid->gl = gl;
    grid->generation = gl->generation;
    grid->desc = *desc;
    grid->ready = 1;
    for (pass = 0; result == PIKA_OK && pass < PIKA_GL__PASSES; pass++) {
        const size_t bytes = pika_gl__plane_bytes(desc, pass);
        if (bytes != 0) result = pika_gl__take(gl, &grid->planes[pass], bytes);
    }
    if (result == PIKA_OK) result = pika_gl__take(gl, &grid->tables, pika_gl__tables_bytes(desc));
    if (result == PIKA_OK) result = pika_gl__take(gl, &grid->counters, 64);
    if (result != PIKA_OK) pika_gl__free_grid(gl, grid);
    return result;
}

/* What is read: where each pass's words are, and their sum. set NULL: the room for any rows. */
PIKA_GL__PRIV size_t pika_gl__reading_bytes(
    const pika_gl_grid *grid, const pika_gl__set *set, size_t at[PIKA_GL__PASSES])
{
    size_t sum = 64;
    int pass;
    for (pass = 0; pass < PIKA_GL__PASSES; pass++) {
        at[pass] = sum;
        if (set != NULL ? pika_gl__wants(set, grid->desc.planes, pass)
                        : pika_gl__plane_bytes(&grid->desc, pass) != 0)
            sum += (size_t)pika_gl__cells_of(&grid->desc) * pika_gl__pass_words(pass, grid->value_type) * 4;
    }
    return sum;
}
/* Copies what is to be read into one buffer, behind a fence. */
PIKA_GL__PRIV pika_result pika_gl__start_reading(pika_gl *gl, pika_gl_grid *grid)
{
    const pika_gl__set *set = (const pika_gl__set *)grid->dataset->device;
    size_t at[PIKA_GL__PASSES];
    const size_t room = pika_gl__reading_bytes(grid, NULL, at), bytes = pika_gl__reading_bytes(grid, set, at);
    pika_result result;
    int pass;
    if (grid->fence != NULL) return PIKA_OK;
    if (grid->reading.bytes < room) {
        pika_gl__give(gl, &grid->reading);
        result = pika_gl__take_for(gl, &grid->reading, room, PIKA_GL__FOR_READING);
        if (result != PIKA_OK) return result;
    }
    PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_BUFFER_UPDATE);
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, grid->reading.name);
    PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, grid->counters.name);
    PIKA_GL__(CopyBufferSubData)(PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, 0, 0, 64);
    for (pass = 0; pass < PIKA_GL__PASSES; pass++) {
        const size_t end = pass + 1 < PIKA_GL__PASSES ? at[pass + 1] : bytes;
        if (end == at[pass]) continue;
        PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, grid->planes[pass].name);
        PIKA_GL__(CopyBufferSubData)
        (PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, 0, (ptrdiff_t)at[pass], (ptrdiff_t)(end - at[pass]));
    }
    grid->fence = PIKA_GL__(FenceSync)(PIKA_GL__SYNC_COMPLETE, 0);
    PIKA_GL__(Flush)();
    result = pika_gl__status(gl, "reading a grid");
    if (result == PIKA_OK && grid->fence == NULL) {
        pika_gl__turn_off(gl, "glFenceSync returned nothing", "");
        result = PIKA_ERR_GPU;
    }
    return result;
}

PIKA_GL__PRIV double pika_gl__power(int e) /* 2^e, e in -1022..1023 */
{
    const uint64_t bits = (uint64_t)(e + 1023) << 52;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
/* The sum in a cell's four words, in units of 2^(exponent - 63), to the nearest double. */
PIKA_GL__PRIV double pika_gl__total(const uint32_t *words, int exponent)
{
    uint32_t top = words[2], middle = words[1], low = words[0];
    const int negative = top >> 31 != 0;
    int e = exponent - 63 + 32;
    uint64_t high;
    double v;
    if (words[3] != 0) {
        const uint64_t bits = words[3] == 1   ? 0x7FF0000000000000u
                              : words[3] == 2 ? 0xFFF0000000000000u
                                              : 0x7FF8000000000000u;
        memcpy(&v, &bits, sizeof v);
        return v;
    }
    if (negative) {
        low = 0 - low;
        middle = ~middle + (low == 0);
        top = ~top + (low == 0 && middle == 0);
    }
    if ((top | middle | low) == 0) return 0;
    while (top >> 31 == 0) { /* at most 95 steps */
        top = top << 1 | middle >> 31;
        middle = middle << 1 | low >> 31;
        low <<= 1;
        e--;
    }
    high = (uint64_t)top << 32 | middle | (low != 0); /* 64 bits hold 53 and what rounding needs */
    v = (double)high;
    for (; e > 900; e -= 900) v *= pika_gl__power(900);
    for (; e < -900; e += 900) v *= pika_gl__power(-900);
    v *= pika_gl__power(e);
    return negative ? -v : v;
}
PIKA_GL__PRIV double pika_gl__extreme_value(const uint32_t *words, int type)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t wide;
    double f64;
    float f32;
    uint32_t bits = words[0];
    if (pika_gl__is_wide(type)) {
        wide = (uint64_t)words[0] << 32 | words[1];
        if (type == PIKA_U64) return (double)wide;
        if (type == PIKA_I64) {
            wide ^= sign;
            return wide >> 63 != 0 ? -(double)(0 - wide) : (double)wide;
        }
        wide = (wide & sign) != 0 ? wide ^ sign : ~wide;
        memcpy(&f64, &wide, sizeof f64);
        return f64;
    }
    if (type == PIKA_F32) {
        bits = (bits & 0x80000000u) != 0 ? bits ^ 0x80000000u : ~bits;
        memcpy(&f32, &bits, sizeof f32);
        return (double)f32;
    }
    if (type == PIKA_I8 || type == PIKA_I16 || type == PIKA_I32) return (double)bits - 2147483648.0;
    return (double)bits;
}

/* Waits for the copy, then writes the host's grid, which is not touched before all is known to be right. */
PIKA_GL__PRIV pika_result pika_gl__finish_reading(
    pika_gl *gl, pika_ctx *ctx, pika_gl_grid *grid, pika_grid *out)
{
    const pika_gl__set *set = (const pika_gl__set *)grid->dataset->device;
    const size_t cells = pika_gl__cells_of(&grid->desc);
    const size_t each = (size_t)grid->desc.view.width * (size_t)grid->desc.view.height;
    const int value_planes = (grid->desc.planes & PIKA_GL__VALUE_PLANES) != 0;
    size_t at[PIKA_GL__PASSES], i, c;
    const size_t bytes = pika_gl__reading_bytes(grid, set, at);
    uint32_t *words, *counts, *present;
    double *values = NULL;
    uint64_t hits = 0, with_value = 0;
    pika_stats stats;
    pika_result result = pika_gl__wait(gl, grid->fence, grid->rows);
    if (!gl->lost) PIKA_GL__(DeleteSync)(grid->fence);
    grid->fence = NULL;
    if (result != PIKA_OK) return result;
    words = (uint32_t *)pika_ctx_alloc(ctx, bytes, 64);
    if (words == NULL) return PIKA_ERR_MEMORY;
    if (value_planes) {
        values = (double *)pika_ctx_alloc(ctx, each * 8, 64);
        if (values == NULL) {
            pika_ctx_release(ctx, words, bytes);
            return PIKA_ERR_MEMORY;
        }
    }
    result = pika_gl__read_mapped(gl, grid->reading.name, 0, bytes, words);
    counts = words + at[PIKA_GL__COUNTS] / 4;
    present =
        pika_gl__wants(set, grid->desc.planes, PIKA_GL__PRESENT) ? words + at[PIKA_GL__PRESENT] / 4 : counts;
    if (result == PIKA_OK) {
        memset(&stats, 0, sizeof stats);
        for (i = 0; i < cells; i++) hits += counts[i];
        for (i = 0; i < cells && value_planes; i++) with_value += present[i];
        stats.total = grid->rows;
        stats.outside = words[0] | (uint64_t)words[1] << 32;
        stats.invalid = words[2] | (uint64_t)words[3] << 32;
        stats.inside = stats.total - stats.outside - stats.invalid;
        stats.hits = hits;
        stats.no_value = value_planes ? hits - with_value : 0;
        grid->suspect = hits != stats.inside;
        if (grid->suspect &&
            (gl->desc.validate == 0 || gl->testing)) { /* else pika_validate names the cell */
            if (grid->rows <= 0xFFFFFFFFu) pika_gl__turn_off(gl, "the counts do not add up to the rows", "");
            result = PIKA_ERR_GPU; /* or a count passed 2^32 - 1, which the CPU will tell */
        }
    }
    if (result == PIKA_OK) result = pika_grid_set_view(ctx, out, &grid->desc.view); /* clears it */
    for (c = 0; result == PIKA_OK && c < cells / each; c++) {
        const uint32_t *n = present + c * each;
        const int category = (int)c;
        pika_grid_store(ctx, out, PIKA_COUNT, category, counts + c * each);
        if ((grid->desc.planes & PIKA_MEAN) != 0) pika_grid_store(ctx, out, PIKA_MEAN, category, n);
        if ((grid->desc.planes & (PIKA_SUM | PIKA_MEAN)) != 0) {
            const uint32_t *from = words + at[PIKA_GL__SUMS] / 4 + c * each * 4;
            for (i = 0; i < each; i++) values[i] = pika_gl__total(from + 4 * i, grid->exponent);
            pika_grid_store(ctx, out, PIKA_SUM, category, values);
        }
        for (i = 0; i < 2; i++) {
            const unsigned plane = i == 0 ? PIKA_MIN : PIKA_MAX;
            const int pass = i == 0 ? PIKA_GL__LEAST : PIKA_GL__GREATEST;
            const size_t step = pika_gl__pass_words(pass, grid->value_type);
            const uint32_t *from = words + at[pass] / 4 + c * each * step;
            const uint64_t nan_bits = 0x7FF8000000000000u;
            size_t k;
            if ((grid->desc.planes & plane) == 0) continue;
            for (k = 0; k < each; k++) {
                if (n[k] == 0) memcpy(&values[k], &nan_bits, 8);
                else values[k] = pika_gl__extreme_value(from + k * step, grid->value_type);
            }
            pika_grid_store(ctx, out, plane, category, values);
        }
    }
    if (result == PIKA_OK) result = pika_grid_set_account(ctx, out, &stats);
    pika_ctx_release(ctx, values, values != NULL ? each * 8 : 0);
    pika_ctx_release(ctx, words, bytes);
    return result;
}

/* ---- >>gl_tests: a program's first result -------------------------------------------------------------
   Points on and beside the edges of a small view, infinities, NaNs, random bits: a program counts only after
   its grid was the CPU's. The view has the scales and flags of the real one, so the programs are the same. */

enum { PIKA_GL__TEST_ROWS = 3000 };

PIKA_GL__PRIV uint32_t pika_gl__random(uint32_t *state) /* xorshift, Marsaglia 2003 */
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
PIKA_GL__PRIV void pika_gl__from_key(int type, uint64_t key, void *out)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint32_t k = (uint32_t)key;
    uint8_t u8;
    uint16_t u16;
    switch (type) {
    case PIKA_F32:
        k = (k & 0x80000000u) != 0 ? k ^ 0x80000000u : ~k;
        memcpy(out, &k, 4);
        return;
    case PIKA_F64:
        key = (key & sign) != 0 ? key ^ sign : ~key;
        memcpy(out, &key, 8);
        return;
    case PIKA_I64: key ^= sign; /* fall through */
    case PIKA_U64: memcpy(out, &key, 8); return;
    case PIKA_I8:
    case PIKA_I16:
    case PIKA_I32: k ^= 0x80000000u; break;
    default: break;
    }
    u8 = (uint8_t)k;
    u16 = (uint16_t)k;
    if (pika_gl__element(type) == 1) memcpy(out, &u8, 1);
    else if (pika_gl__element(type) == 2) memcpy(out, &u16, 2);
    else memcpy(out, &k, 4);
}
PIKA_GL__PRIV void pika_gl__test_axis(pika_axis *axis, int type)
{
    const int whole = type >= PIKA_I8;
    if (axis->scale == PIKA_LOG10) {
        axis->lo = whole ? 1 : 0.015625;
        axis->hi = whole ? 100 : 777;
    } else if (axis->scale == PIKA_SYMLOG) {
        axis->lo = -50;
        axis->hi = 99;
        axis->linear = 1;
    } else {
        axis->lo = type == PIKA_U8 ? 3 : whole ? -100 : -1.5;
        axis->hi = whole ? 120 : 2.53;
        axis->linear = 0;
    }
    axis->origin = 0;
}
/* Fills a column of rows: keys around the view's edges (NULL: any values), specials, random bits. */
PIKA_GL__PRIV void pika_gl__test_column(int type, const uint64_t *keys, int n, char *out, uint32_t *seed)
{
    static const uint32_t f32[] = {0, 0x80000000u, 1, 0x80000001u, 0x7F800000u, 0xFF800000u, 0x7FC00000u,
        0xFF812345u, 0x7F7FFFFFu, 0x3F800000u};
    static const uint64_t f64[] = {0, (uint64_t)1 << 63, 1, 0x7FF0000000000000u, 0xFFF0000000000000u,
        0x7FF8000000000000u, 0xFFF0000000000001u, 0x7FEFFFFFFFFFFFFFu};
    const size_t bytes = pika_gl__element(type);
    int i;
    for (i = 0; i < PIKA_GL__TEST_ROWS; i++, out += bytes) {
        const uint32_t r = pika_gl__random(seed), way = r % 16;
        const uint64_t wide = (uint64_t)pika_gl__random(seed) << 32 | pika_gl__random(seed);
        if (way == 0 && type == PIKA_F32) memcpy(out, &f32[wide % (sizeof f32 / sizeof f32[0])], 4);
        else if (way == 0 && type == PIKA_F64) memcpy(out, &f64[wide % (sizeof f64 / sizeof f64[0])], 8);
        else if (way == 1 && keys == NULL && type == PIKA_F64) { /* below 2^64: the CPU's sums stay finite */
            const uint64_t tame = (wide & 0x83FFFFFFFFFFFFFFu) | (uint64_t)0x3C << 56;
            memcpy(out, &tame, 8);
        } else if (way == 1) memcpy(out, &wide, bytes);
        else if (keys != NULL) {
            const int edge = (int)((r >> 8) % (uint32_t)(n + 1));
            pika_gl__from_key(type, keys[edge] + (wide >> 32) % 7 - 3, out);
        } else {
            const int value = (int)(wide % 2001) - 1000;
            const float small_value = (float)value * 0.37f;
            const double real = value * 0.37;
            const int64_t integer = value % 120;
            if (type == PIKA_F32) memcpy(out, &small_value, 4);
            else if (type == PIKA_F64) memcpy(out, &real, 8);
            else
                pika_gl__from_key(type,
                    (uint64_t)integer ^
                        (type == PIKA_I64 ? (uint64_t)1 << 63
                            : type == PIKA_U64 || type == PIKA_U8 || type == PIKA_U16 || type == PIKA_U32
                                ? 0
                                : 0x80000000u),
                    out);
        }
    }
}

/* PIKA_ERR_GPU: the driver's grid is another; the GPU is off. */
PIKA_GL__PRIV pika_result pika_gl__compare(
    pika_gl *gl, pika_ctx *ctx, const pika_grid *a, const pika_grid *b, const pika_gl__set *set)
{
    static const unsigned planes[] = {PIKA_COUNT, PIKA_MIN, PIKA_MAX, PIKA_SUM};
    const pika_grid_desc *desc = pika_grid_get_desc(a);
    const size_t cells = (size_t)desc->view.width * (size_t)desc->view.height;
    double *values = (double *)pika_ctx_alloc(ctx, cells * 16, 64),
           scale = pika_gl__power(set->exponent < -900  ? -900
                                  : set->exponent > 900 ? 900
                                                        : set->exponent);
    pika_stats left, right;
    pika_result result = values != NULL ? PIKA_OK : PIKA_ERR_MEMORY;
    int p, category;
    size_t i;
    for (category = 0; result == PIKA_OK && category < (desc->categories > 0 ? desc->categories : 1);
         category++) {
        for (p = 0; result == PIKA_OK && p < 4; p++) {
            if (((desc->planes | PIKA_COUNT) & planes[p]) == 0) continue;
            result = pika_grid_read(ctx, a, planes[p], category, values);
            if (result == PIKA_OK) result = pika_grid_read(ctx, b, planes[p], category, values + cells);
            for (i = 0; result == PIKA_OK && i < cells; i++) {
                const double u = values[i], v = values[cells + i];
                uint64_t u_bits, v_bits;
                int same;
                memcpy(&u_bits, &u, 8);
                memcpy(&v_bits, &v, 8);
                same = u_bits == v_bits;
                if (!same && planes[p] == PIKA_SUM) same = u - v <= 1e-9 * scale && v - u <= 1e-9 * scale;
                if (!same) {
                    char detail[120];
                    pika_gl__text text = pika_gl__text_in(detail, sizeof detail);
                    pika_gl__say(&text, planes[p] == PIKA_COUNT ? "count"
                                        : planes[p] == PIKA_SUM ? "sum"
                                        : planes[p] == PIKA_MIN ? "min"
                                                                : "max");
                    pika_gl__say(&text, " of cell ");
                    pika_gl__say_int(&text, (int64_t)(i % (size_t)desc->view.width));
                    pika_gl__say(&text, ", ");
                    pika_gl__say_int(&text, (int64_t)(i / (size_t)desc->view.width));
                    pika_gl__turn_off(gl, "this driver fails the self-test: ", detail);
                    result = PIKA_ERR_GPU;
                }
            }
        }
    }
    pika_ctx_release(ctx, values, cells * 16);
    if (result != PIKA_OK) return result;
    result = pika_grid_stats(ctx, a, &left);
    if (result == PIKA_OK) result = pika_grid_stats(ctx, b, &right);
    if (result == PIKA_OK &&
        (left.outside != right.outside || left.invalid != right.invalid || left.no_value != right.no_value)) {
        pika_gl__turn_off(gl, "this driver fails the self-test: ", "the account of rows outside and invalid");
        result = PIKA_ERR_GPU;
    }
    return result;
}

/* Host points through the GPU into a host grid, by a set and a GL grid that are gone afterwards. tile_room
   and may_miss: of the real job, so that the programs are the same. set: receives what the rows were like. */
PIKA_GL__PRIV pika_result pika_gl__through(pika_gl *gl, pika_ctx *ctx, const pika_points *points,
    int strategy, uint32_t tile_room, int may_miss, pika_gl__set *set, pika_grid *made)
{
    pika_gl_grid grid;
    pika_gl__job job;
    pika_dataset dataset;
    pika_result result;
    memset(&grid, 0, sizeof grid);
    memset(set, 0, sizeof *set);
    memset(&dataset, 0, sizeof dataset);
    set->gl = gl;
    set->generation = gl->generation;
    dataset.device = set;
    dataset.points = *points;
    result = pika_gl__load(gl, ctx, set, points);
    set->may_miss |= may_miss;
    if (result == PIKA_OK) result = pika_gl__make_grid(gl, &grid, pika_grid_get_desc(made));
    if (result == PIKA_OK) result = pika_gl__make_job(gl, ctx, set, &grid, strategy, &job);
    if (result == PIKA_OK) {
        job.tile_room = tile_room;
        result = pika_gl__run(gl, ctx, &job, &grid, points);
    }
    if (result == PIKA_OK) {
        pika_gl__fill_in(&grid, &dataset, &job);
        result = pika_gl__start_reading(gl, &grid);
    }
    if (result == PIKA_OK) result = pika_gl__finish_reading(gl, ctx, &grid, made);
    if (grid.ready) pika_gl__free_grid(gl, &grid);
    pika_gl__drop_pieces(gl, ctx, set);
    pika_ctx_release(ctx, set->pieces, set->piece_room * sizeof *set->pieces);
    return result;
}

PIKA_GL__PRIV pika_result pika_gl__self_test(pika_gl *gl, pika_ctx *ctx, const pika_gl__set *like,
    const pika_grid_desc *real, int strategy, int width, int height)
{
    const size_t rows = PIKA_GL__TEST_ROWS, bytes = rows * 8 * PIKA_GL__COLUMNS + 512 + 8 * 400;
    char *memory = (char *)pika_ctx_alloc(ctx, bytes, 64), *at = memory;
    pika_grid_desc desc = *real;
    pika_grid host, made;
    pika_gl__set set;
    pika_points points;
    uint32_t seed = 2463534242u;
    pika_result result = PIKA_OK;
    uint64_t *keys;
    uint8_t *valid;
    int c;
    if (memory == NULL) return PIKA_ERR_MEMORY;
    memset(&host, 0, sizeof host);
    memset(&made, 0, sizeof made);
    memset(&points, 0, sizeof points);
    gl->ring_next = 0; /* the slots that the dataset's columns made */
    gl->testing++;
    desc.view.width = width;
    desc.view.height = height;
    desc.view.first_x = desc.view.first_y = desc.view.total_width = desc.view.total_height = 0;
    if (desc.categories > 3) desc.categories = 3;
    pika_gl__test_axis(&desc.view.x, like->types[PIKA_GL__X]);
    pika_gl__test_axis(&desc.view.y, like->types[PIKA_GL__Y]);
    keys = (uint64_t *)(void *)at;
    at += 8 * 400;
    valid = (uint8_t *)at;
    at += 512;
    points.count = rows;
    for (c = 0; c < 512; c++) valid[c] = (uint8_t)(pika_gl__random(&seed) | 0x6D);
    for (c = 0; result == PIKA_OK && c < PIKA_GL__COLUMNS; c++) {
        pika_column *column = pika_gl__own_column(&points, c);
        if (like->types[c] < 0) continue;
        column->data = at;
        column->type = like->types[c];
        if (like->has_nulls) {
            column->valid = valid;
            column->valid_offset = (size_t)(c * 5);
        }
        if (c < 2) {
            result = pika_axis_keys(ctx, &desc.view, c, like->types[c], keys);
            pika_gl__test_column(like->types[c], keys, c == 0 ? width : height, at, &seed);
        } else {
            pika_gl__test_column(like->types[c], NULL, 0, at, &seed);
        }
        if (c == PIKA_GL__CATEGORY) {
            size_t i;
            for (i = 0; i < rows; i += 2) { /* half of them valid */
                const uint32_t category = (uint32_t)(i / 2 % 3);
                memset(at + i * pika_gl__element(like->types[c]), 0, pika_gl__element(like->types[c]));
                pika_gl__from_key(like->types[c],
                    (like->types[c] == PIKA_I64 ? (uint64_t)1 << 63
                        : like->types[c] == PIKA_I8 || like->types[c] == PIKA_I16 ||
                                like->types[c] == PIKA_I32
                            ? 0x80000000u
                            : 0) +
                        category,
                    at + i * pika_gl__element(like->types[c]));
            }
        }
        at += rows * 8;
    }
    if (result == PIKA_OK) result = pika_grid_alloc(ctx, &host, &desc);
    if (result == PIKA_OK) result = pika_grid_alloc(ctx, &made, &desc);
    if (result == PIKA_OK) result = pika_add_points(ctx, &host, &points);
    if (result == PIKA_OK)
        result = pika_gl__through(gl, ctx, &points, strategy, pika_gl__tile_room(gl, pika_gl__cells_of(real)),
            like->may_miss, &set, &made);
    if (result == PIKA_OK) result = pika_gl__compare(gl, ctx, &host, &made, &set);
    pika_grid_free(ctx, &made);
    pika_grid_free(ctx, &host);
    pika_ctx_release(ctx, memory, bytes);
    pika_gl__give(gl, &gl->partition);
    pika_gl__trim(gl);
    gl->testing--;
    return result;
}

/* Compiles what the job runs, and tests what is new. */
PIKA_GL__PRIV pika_result pika_gl__check_programs(
    pika_gl *gl, pika_ctx *ctx, const pika_gl__job *job, const pika_grid_desc *desc)
{
    const int wide =
        pika_gl__is_wide(job->columns[PIKA_GL__VALUE] < 0 ? PIKA_F32 : job->columns[PIKA_GL__VALUE]);
    int round, pass, step, fresh = 0;
    if (gl->testing) return PIKA_OK;
    for (round = 0; round < 2; round++) {
        for (pass = 0; pass < PIKA_GL__PASSES; pass++) {
            const int sort = pass == PIKA_GL__COUNTS && job->strategy == PIKA_GL_SORT;
            const int two = wide && (pass == PIKA_GL__LEAST || pass == PIKA_GL__GREATEST);
            if (!pika_gl__wants(job->set, desc->planes, pass)) continue;
            for (step = two || sort ? 1 : 0; step <= (sort ? 4 : two ? 2 : 0); step++) {
                pika_gl__program program;
                const pika_result result = pika_gl__pass_program(gl, job, pass, step, &program);
                if (result != PIKA_OK) return result;
                if (!program.checked) fresh = 1;
                if (round == 1) gl->programs[gl->program_count - 1].checked = 1;
            }
        }
        if (round == 0) {
            pika_result result = PIKA_OK;
            if (!fresh) return PIKA_OK;
            result = pika_gl__self_test(gl, ctx, job->set, desc, job->strategy, 137, 91);
            if (result == PIKA_OK &&
                job->strategy == PIKA_GL_TILED) /* and a grid that fits in shared memory */
                result = pika_gl__self_test(gl, ctx, job->set, desc, job->strategy, 23, 19);
            if (result != PIKA_OK) return result;
        }
    }
    return PIKA_OK;
}

/* ---- >>gl_choice: which strategy, how many rows a dispatch --------------------------------------------
   By a measurement on the first resident rows, remembered for the dataset, the grid's size and the zoom. */

PIKA_API const char *pika_gl_strategy_string(int strategy)
{
    static const char *const names[] = {"auto", "atomic", "tiled", "sort"};
    return strategy >= PIKA_GL_AUTO && strategy <= PIKA_GL_SORT ? names[strategy] : "?";
}

PIKA_GL__PRIV uint64_t pika_gl__choice_key(const pika_gl__set *set, const pika_grid_desc *desc)
{
    const pika_axis *axes[2];
    uint64_t key = PIKA_GL__HASH_START;
    int64_t part[8];
    int i;
    axes[0] = &desc->view.x;
    axes[1] = &desc->view.y;
    part[0] = (int64_t)set->serial;
    part[1] = desc->view.width;
    part[2] = desc->view.height;
    part[3] = desc->categories;
    for (i = 0; i < 2; i++) { /* another choice after zooming by 4 */
        const double range = axes[i]->hi - axes[i]->lo;
        part[4 + i] = range > 0 && range < 1e300 ? (int64_t)(pika_gl__log2(range) / 2 + 4096) : 0;
    }
    part[6] = pika_gl__bits((uint32_t)pika_gl__least(set->rows, 0xFFFFFFFFu));
    part[7] = set->rows == 0;
    return pika_gl__hash(key, part, sizeof part);
}
PIKA_GL__PRIV int pika_gl__can(const pika_gl *gl, const pika_gl__job *job, int strategy)
{
    if (strategy == PIKA_GL_TILED) return pika_gl__count_bits(gl, job) != 0;
    if (strategy == PIKA_GL_SORT) return pika_gl__tiles(gl, job) != 0;
    return 1;
}
/* Seconds that counting the rows takes; < 0: an error. */
PIKA_GL__PRIV double pika_gl__time_rows(
    pika_gl *gl, const pika_gl__job *job, const pika_gl_grid *grid, const pika_gl__rows *rows, int repeats)
{
    double best = -1;
    int i;
    for (i = 0; i < repeats + 1; i++) { /* the first warms up */
        double start, seconds;
        if (pika_gl__finish(gl, rows->end) != PIKA_OK) return -1;
        start = pika_gl__seconds();
        pika_gl__bind(gl, 2, grid->tables.name);
        if (pika_gl__run_rows(gl, job, PIKA_GL__COUNTS, 0, rows, grid->planes[0].name, grid->counters.name) !=
            PIKA_OK)
            return -1;
        if (pika_gl__finish(gl, rows->end) != PIKA_OK) return -1;
        seconds = pika_gl__seconds() - start;
        if (i > 0 && (best < 0 || seconds < best)) best = seconds;
    }
    return best;
}
PIKA_GL__PRIV uint64_t pika_gl__tuned_key(const pika_gl *gl)
{
    uint64_t key = pika_gl__hash(PIKA_GL__HASH_START, "tuned", 5);
    key = pika_gl__hash(key, gl->caps.renderer, strlen(gl->caps.renderer));
    return pika_gl__hash(key, gl->caps.version, strlen(gl->caps.version));
}
/* PIKA_GL_TUNE: the work-group size and the rows a thread takes at least that count these rows fastest. */
PIKA_GL__PRIV pika_result pika_gl__tune(
    pika_gl *gl, pika_ctx *ctx, pika_gl__job *job, const pika_gl_grid *grid, const pika_gl__rows *rows)
{
    static const int threads[] = {8, 16, 64};
    int size, best_size = gl->workgroup, best_rows = gl->rows_per_thread;
    uint32_t tuned[2];
    double least = -1;
    size_t i;
    gl->tuned = 1;
    job->strategy = PIKA_GL_ATOMIC;
    for (size = 64; size <= gl->caps.invocations && size <= 1024; size *= 2) {
        for (i = 0; i < sizeof threads / sizeof threads[0]; i++) {
            double seconds;
            pika_result result;
            gl->workgroup = size;
            gl->rows_per_thread = threads[i];
            result = pika_gl__check_programs(gl, ctx, job, &grid->desc);
            if (result != PIKA_OK) return result;
            seconds = pika_gl__time_rows(gl, job, grid, rows, 3);
            if (seconds < 0) return gl->off ? PIKA_ERR_GPU : PIKA_ERR_MEMORY;
            if (least >= 0 && seconds >= least * 0.98) continue;
            least = seconds;
            best_size = size;
            best_rows = threads[i];
        }
    }
    gl->workgroup = best_size;
    gl->rows_per_thread = best_rows;
    tuned[0] = (uint32_t)best_size;
    tuned[1] = (uint32_t)best_rows;
    if (gl->desc.cache_save != NULL)
        gl->desc.cache_save(gl->desc.cache_user, pika_gl__tuned_key(gl), tuned, sizeof tuned);
    return PIKA_OK;
}
PIKA_GL__PRIV pika_result pika_gl__choose(
    pika_gl *gl, pika_ctx *ctx, pika_gl__job *job, const pika_gl_grid *grid)
{
    const int most = (int)(sizeof gl->choices / sizeof gl->choices[0]);
    const pika_gl__set *set = job->set;
    const uint64_t key = pika_gl__choice_key(set, &grid->desc);
    const int asked = gl->desc.strategy;
    const int tunes = (gl->desc.flags & PIKA_GL_TUNE) != 0 && !gl->tuned && gl->desc.workgroup == 0;
    int strategy, i, chosen, best = PIKA_GL_ATOMIC;
    double least = -1, pace;
    pika_gl__rows rows;
    pika_gl__source_rows source;
    pika_result result;
    char message[160];
    pika_gl__text text;
    job->strategy = asked != PIKA_GL_AUTO && pika_gl__can(gl, job, asked) ? asked : PIKA_GL_ATOMIC;
    if (asked != PIKA_GL_AUTO && gl->paced && !tunes) return PIKA_OK;
    for (i = 0; i < gl->choice_count; i++) {
        if (gl->choices[i].key != key || tunes) continue;
        job->strategy = gl->choices[i].strategy;
        return PIKA_OK;
    }
    if (set->imported || !set->resident || set->piece_count == 0 || set->pieces[0].rows < ((size_t)1 << 18))
        return PIKA_OK; /* nothing to gain that a measurement would not cost */
    memset(&source, 0, sizeof source);
    result = pika_gl__batch(gl, set, &source, 0, &rows);
    if (result != PIKA_OK) return result;
    chosen = job->strategy;
    rows.end = (uint32_t)pika_gl__least(rows.end, gl->caps.software ? (size_t)1 << 18 : (size_t)1 << 23);
    if (tunes) {
        result = pika_gl__tune(gl, ctx, job, grid, &rows);
        if (result != PIKA_OK) return result;
    }
    for (strategy = PIKA_GL_ATOMIC; strategy <= PIKA_GL_SORT; strategy++) {
        double seconds;
        if (!pika_gl__can(gl, job, strategy) || (asked != PIKA_GL_AUTO && strategy != chosen)) continue;
        if (asked == PIKA_GL_AUTO && strategy == PIKA_GL_SORT &&
            (job->cells < (1u << 20) || set->rows / 4 < job->cells))
            continue;
        job->strategy = strategy;
        result = pika_gl__check_programs(gl, ctx, job, &grid->desc);
        if (result != PIKA_OK) return result;
        seconds = pika_gl__time_rows(gl, job, grid, &rows, 2);
        if (seconds < 0) return gl->off ? PIKA_ERR_GPU : PIKA_ERR_MEMORY;
        if (least < 0 || seconds < least) {
            least = seconds;
            best = strategy;
        }
    }
    pace = least > 0 ? (double)rows.end / least * 0.010 : 1e9; /* rows in 10 ms */
    gl->rows_per_dispatch = pace > 1e9 ? (uint32_t)1 << 30 : pace < 65536 ? 65536 : (uint32_t)pace;
    gl->paced = 1;
    if (gl->choice_count == most) {
        memmove(gl->choices, gl->choices + 1, (size_t)(most - 1) * sizeof gl->choices[0]);
        gl->choice_count--;
    }
    gl->choices[gl->choice_count].key = key;
    gl->choices[gl->choice_count++].strategy = best;
    job->strategy = best;
    text = pika_gl__text_in(message, sizeof message);
    pika_gl__say(&text, "pika_gl: strategy ");
    pika_gl__say(&text, pika_gl_strategy_string(best));
    pika_gl__say(&text, ", the fastest of those that fit on the first ");
    pika_gl__say_int(&text, (int64_t)rows.end);
    pika_gl__say(&text, " rows");
    pika_ctx_log(ctx, 2, message);
    return PIKA_OK;
}

/* ---- >>gl_fetch: rows of the device back to the host ----------------------------------------------- */

/* The exponent of imported floats, which may have changed since the last call: waits for a word. */
PIKA_GL__PRIV pika_result pika_gl__survey_import(pika_gl *gl, pika_ctx *ctx, pika_gl__set *set)
{
    const int type = set->types[PIKA_GL__VALUE];
    pika_gl__source source;
    pika_gl__source_rows rows;
    pika_gl__text text;
    pika_gl__program program;
    pika_gl__job job;
    pika_gl__buffer counters;
    uint32_t most = 0;
    pika_result result;
    size_t i;
    if (type != PIKA_F32 && type != PIKA_F64) return PIKA_OK;
    memset(&job, 0, sizeof job);
    job.set = set;
    job.columns[PIKA_GL__VALUE] = type;
    pika_gl__begin_source(gl, &source, &text, "KERNEL_SURVEY");
    if (pika_gl__big_endian()) pika_gl__say(&text, "#define BIG_ENDIAN\n");
    pika_gl__define(&text, "VALUE", type);
    pika_gl__add_part(&source, pika_gl__common);
    pika_gl__add_part(&source, pika_gl__value);
    pika_gl__add_part(&source, pika_gl__survey_kernel);
    result = pika_gl__program_of(gl, &source, &program);
    if (result == PIKA_OK) result = pika_gl__take(gl, &counters, 64);
    if (result != PIKA_OK) return result;
    result = pika_gl__fill_words(gl, counters.name, 0, 16);
    if (result == PIKA_OK) result = pika_gl__open_rows(gl, ctx, set, NULL, &rows);
    for (i = 0; result == PIKA_OK && i < rows.batches; i++) {
        pika_gl__rows batch;
        pika_gl__parameters p;
        result = pika_gl__batch(gl, set, &rows, i, &batch);
        if (result != PIKA_OK) break;
        pika_gl__set_parameters(&job, &batch, &p);
        p.u[0][2] = pika_gl__group_rows(gl, batch.end, (uint32_t)gl->workgroup * 16, 65536);
        pika_gl__bind(gl, 0, batch.buffer);
        pika_gl__bind(gl, 3, counters.name);
        pika_gl__dispatch(gl, &program, &p, (batch.end + p.u[0][2] - 1) / p.u[0][2]);
    }
    pika_gl__close_rows(gl, ctx, &rows);
    if (result == PIKA_OK) result = pika_gl__download(gl, counters.name, 32, 4, &most);
    pika_gl__give(gl, &counters);
    set->exponent = type == PIKA_F32 ? (int)(most >> 23) - 126 : (int)(most >> 20) - 1022;
    if (set->exponent < -1000) set->exponent = -1000;
    return result;
}

/* Rows into packed columns on the host, in one block. The GPU has to be there still. */
PIKA_GL__PRIV pika_result pika_gl__fetch(
    pika_ctx *ctx, pika_dataset *dataset, pika_points *out, void **memory, size_t *bytes)
{
    pika_gl__set *set = (pika_gl__set *)dataset->device;
    pika_gl *gl = set->gl;
    const size_t bitmap = pika_gl__round_up(set->rows / 8 + 1, 64);
    uint8_t *valid[3];
    size_t sum = 3 * bitmap, most = 0, i, k;
    char *block, *strided = NULL;
    pika_result result;
    int c, off;
    char reason[sizeof gl->reason];
    *memory = NULL;
    *bytes = 0;
    memset(out, 0, sizeof *out);
    if (set->generation != gl->generation || gl->lost || (!set->imported && !set->resident))
        return pika_ctx_fail(ctx, PIKA_ERR_GPU, "the GPU was lost, and these rows were on it alone");
    for (c = 0; c < PIKA_GL__COLUMNS; c++) {
        if (set->types[c] < 0) continue;
        sum += pika_gl__round_up(set->rows * pika_gl__element(set->types[c]), 64);
        if (set->imported)
            most =
                pika_gl__most(most, set->rows * pika_gl__imported_stride(pika_gl__imported_column(set, c)));
    }
    result = pika_gl__enter(gl, ctx, "reading back a dataset");
    if (result != PIKA_OK)
        return result == PIKA_ERR_GPU
                   ? pika_ctx_fail(ctx, result, "the GPU was lost, and these rows were on it alone")
                   : result;
    block = (char *)pika_ctx_alloc(ctx, sum, 64);
    if (block != NULL && most > 0) strided = (char *)pika_ctx_alloc(ctx, most, 64);
    if (block == NULL || (most > 0 && strided == NULL)) {
        pika_ctx_release(ctx, block, sum);
        pika_gl__leave(gl);
        return PIKA_ERR_MEMORY;
    }
    off = gl->off; /* for other reasons than that the context is gone */
    gl->off = 0;
    memcpy(reason, gl->reason, sizeof reason);
    *memory = block;
    *bytes = sum;
    out->count = set->rows;
    valid[0] = (uint8_t *)block;
    valid[1] = valid[0] + bitmap;
    valid[2] = valid[1] + bitmap;
    block += 3 * bitmap;
    memset(valid[0], 0xFF, 3 * bitmap);
    for (c = 0; result == PIKA_OK && c < PIKA_GL__COLUMNS; c++) {
        const size_t element = set->types[c] >= 0 ? pika_gl__element(set->types[c]) : 0;
        pika_column *to = pika_gl__own_column(out, c);
        if (set->types[c] < 0) continue;
        to->data = block;
        to->type = set->types[c];
        if (set->imported) {
            const pika_gl_column *from = pika_gl__imported_column(set, c);
            pika_column column = pika_strided(strided, from->type, (ptrdiff_t)pika_gl__imported_stride(from));
            result = pika_gl__download(
                gl, from->buffer, from->offset, (set->rows - 1) * (size_t)column.stride + element, strided);
            if (result == PIKA_OK) pika_gl__pack(&column, 0, set->rows, block);
        }
        for (i = 0; result == PIKA_OK && !set->imported && i < set->piece_count; i++) {
            const pika_gl__piece *piece = &set->pieces[i];
            pika_gl__layout layout;
            pika_gl__lay(set, piece->capacity, &layout);
            result = pika_gl__download(
                gl, piece->buffer.name, layout.at[c], piece->rows * element, block + piece->first * element);
        }
        if (set->has_nulls) to->valid = valid[c < 2 ? 0 : c - 1];
        block += pika_gl__round_up(set->rows * element, 64);
    }
    for (i = 0; set->has_nulls && i < set->piece_count; i++)
        for (k = 0; k < set->pieces[i].rows; k++) {
            const size_t row = set->pieces[i].first + k;
            const uint32_t code = set->pieces[i].nulls[k / 8] >> (k % 8 * 4);
            for (c = 0; c < 3; c++)
                if ((code >> c & 1) != 0) valid[c][row / 8] &= (uint8_t) ~(1u << (row % 8));
        }
    pika_ctx_release(ctx, strided, most);
    if (off) {
        gl->off = 1;
        memcpy(gl->reason, reason, sizeof reason);
    }
    pika_gl__leave(gl);
    if (result == PIKA_OK) return PIKA_OK;
    pika_ctx_release(ctx, *memory, sum);
    *memory = NULL;
    *bytes = 0;
    memset(out, 0, sizeof *out);
    return pika_ctx_fail(ctx, PIKA_ERR_GPU, "the rows could not be read back from the GPU");
}

/* ---- >>gl_raster: counting by blending, without compute shaders ---------------------------------------
   A row is a vertex, its cell a pixel that holds a 32-bit float, and blending adds 1. Whole numbers are
   exact there up to 2^24: after so many rows the pixels are read and added up on the host. A line below
   the cells takes the rows that have none, in thirds: outside, invalid, in another tile of the grid. What
   is read has to add up to the rows that were drawn. Rows with nulls, or without a category, are counted
   on the host. No fences and no mapped buffers: WebGL 2 has neither. */

#define PIKA_GL__BLEND_MOST ((uint32_t)1 << 24)

/* u[9]: the tile's first column and line, its columns and lines; u[10]: the target's width and height, a
   third of its width */
PIKA_GL__PRIV const char *const pika_gl__vertex =
    "void main() {\n"
    "    uint x = axis_x(0u), y = axis_y(0u), worst = max(x, y), spread = uint(gl_VertexID) % u[10].z;\n"
    "    uvec2 pixel;\n"
    "    if (worst >= OUTSIDE) {\n"
    "        pixel = uvec2((worst & 1u) * u[10].z + spread, u[10].y - 1u);\n"
    "    } else {\n"
    "#ifdef CATEGORY\n"
    "        y += row_category * HEIGHT;\n"
    "#endif\n"
    "        pixel = uvec2(x, y) - u[9].xy;\n"
    "        if (pixel.x >= u[9].z || pixel.y >= u[9].w) pixel = uvec2(2u * u[10].z + spread, u[10].y - "
    "1u);\n"
    "    }\n"
    "    gl_PointSize = 1.0;\n"
    "    gl_Position = vec4((vec2(pixel) * 2.0 + 1.0) / vec2(u[10].xy) - 1.0, 0.0, 1.0);\n"
    "}\n";
PIKA_GL__PRIV const char *const pika_gl__fragment = "out highp vec4 color;\n"
                                                    "void main() { color = vec4(1.0); }\n";

typedef struct pika_gl__blend { /* one grid */
    const pika_points *points;
    pika_gl__set set; /* has no rows: what a job asks it */
    pika_gl__job job;
    pika_gl__program program;
    pika_gl__parameters p;
    uint32_t lines;                       /* of all categories */
    uint32_t tile_width, tile_height;     /* at most */
    uint32_t target_width, target_height; /* with the line below */
    int filter;                           /* rows have to be looked at on the host */
    uint32_t chunk;                       /* rows of an upload */
    size_t at[3], bytes;                  /* of x, y, category in it; all */
    pika_gl__buffer buffer;
    char *staging;
    float *pixels;
    uint32_t band; /* lines of pixels that are read at once */
    int channels;
    uint32_t *counts;
    uint64_t drawn, outside, invalid;
} pika_gl__blend;

PIKA_GL__PRIV void pika_gl__drop_target(pika_gl *gl)
{
    if (!gl->lost) {
        if (gl->framebuffer != 0) PIKA_GL__(DeleteFramebuffers)(1, &gl->framebuffer);
        PIKA_GL__(DeleteTextures)(2, gl->textures); /* 0 is ignored */
    }
    gl->used -= (size_t)gl->target_width * gl->target_height * 4;
    gl->framebuffer = gl->textures[0] = gl->textures[1] = 0;
    gl->target_width = gl->target_height = 0;
}
PIKA_GL__PRIV pika_result pika_gl__cannot_blend(pika_gl *gl, const char *why)
{
    gl->unsupported = why;
    return PIKA_ERR_UNSUPPORTED;
}

PIKA_GL__PRIV void pika_gl__bind_texture(pika_gl *gl, unsigned name)
{
    PIKA_GL__(BindTexture)(PIKA_GL__TEXTURE_2D, name);
    PIKA_GL__(TexParameteri)(PIKA_GL__TEXTURE_2D, PIKA_GL__MIN_FILTER, PIKA_GL__NEAREST);
    PIKA_GL__(TexParameteri)(PIKA_GL__TEXTURE_2D, PIKA_GL__MAG_FILTER, PIKA_GL__NEAREST);
}
/* What drawing needs, whatever the caller had: see >>gl_state. */
PIKA_GL__PRIV void pika_gl__draw_state(pika_gl *gl)
{
    int i;
    for (i = 0; i < pika_gl__count_switches(gl); i++)
        if (pika_gl__has_switch(gl, i)) pika_gl__turn(gl, i, pika_gl__switches[i].on);
    for (i = 0; i < pika_gl__count_stores(gl); i++) PIKA_GL__(PixelStorei)
    (pika_gl__stores[i],
        pika_gl__stores[i] == PIKA_GL__PACK_ALIGNMENT || pika_gl__stores[i] == PIKA_GL__UNPACK_ALIGNMENT ? 4
                                                                                                         : 0);
    PIKA_GL__(BindBuffer)(PIKA_GL__PIXEL_PACK, 0);
    PIKA_GL__(BindBuffer)(PIKA_GL__PIXEL_UNPACK, 0);
    PIKA_GL__(ActiveTexture)(PIKA_GL__TEXTURE0);
    PIKA_GL__(BindSampler)(0, 0);
    PIKA_GL__(ClearColor)(0, 0, 0, 0);
    pika_gl__set_blend(
        gl, PIKA_GL__ONE, PIKA_GL__ONE, PIKA_GL__ONE, PIKA_GL__ONE, PIKA_GL__FUNC_ADD, PIKA_GL__FUNC_ADD);
    pika_gl__set_mask(gl, 1, 1, 1, 1);
    pika_gl__clamp_reading(gl, PIKA_GL__FIXED_ONLY);
}

/* The keys of both axes into a texture, 2,048 to a line. */
PIKA_GL__PRIV pika_result pika_gl__blend_keys(
    pika_gl *gl, pika_ctx *ctx, const pika_view *view, pika_gl__blend *blend)
{
    pika_gl__job *job = &blend->job;
    const size_t w = job->width, h = job->height, most = pika_gl__most(w, h) + 1;
    const size_t words_x = w * (pika_gl__is_wide(job->columns[PIKA_GL__X]) ? 2 : 1);
    const size_t words_y = h * (pika_gl__is_wide(job->columns[PIKA_GL__Y]) ? 2 : 1);
    const size_t lines = (words_x + words_y + 2047) / 2048, bytes = most * 8 + lines * 8192;
    uint64_t *keys = (uint64_t *)pika_ctx_alloc(ctx, bytes, 16);
    uint32_t *words;
    pika_result result;
    if (keys == NULL) return PIKA_ERR_MEMORY;
    words = (uint32_t *)(void *)(keys + most);
    memset(words, 0, lines * 8192);
    job->keys_y = words_x;
    result = pika_gl__prepare(ctx, view, 0, job->columns[PIKA_GL__X], keys, words, &job->axes[0]);
    if (result == PIKA_OK)
        result =
            pika_gl__prepare(ctx, view, 1, job->columns[PIKA_GL__Y], keys, words + words_x, &job->axes[1]);
    if (result == PIKA_OK) {
        if (gl->textures[1] == 0) PIKA_GL__(GenTextures)(1, &gl->textures[1]);
        pika_gl__bind_texture(gl, gl->textures[1]);
        PIKA_GL__(TexImage2D)
        (PIKA_GL__TEXTURE_2D, 0, PIKA_GL__R32UI, 2048, (int)lines, 0, PIKA_GL__RED_INTEGER,
            PIKA_GL__UNSIGNED_INT, words);
        result = pika_gl__status(gl, "uploading keys");
    }
    pika_ctx_release(ctx, keys, bytes);
    return result;
}

PIKA_GL__PRIV pika_result pika_gl__blend_program(pika_gl *gl, pika_gl__blend *blend)
{
    pika_gl__source source;
    pika_gl__text text;
    char axis_y[200], head[400];
    source.count = 0;
    text = pika_gl__text_in(head, sizeof head);
    pika_gl__version_lines(gl, &text, 0);
    source.fragment[0] = head;
    source.fragment[1] = pika_gl__fragment;
    text = pika_gl__text_in(source.head, sizeof source.head);
    pika_gl__version_lines(gl, &text, 0);
    if (pika_gl__big_endian()) pika_gl__say(&text, "#define BIG_ENDIAN\n");
    if (blend->job.columns[PIKA_GL__CATEGORY] >= 0) pika_gl__say(&text, "#define CATEGORY\n");
    pika_gl__axis_lines(&text, &blend->job.axes[0], 0);
    text = pika_gl__text_in(axis_y, sizeof axis_y);
    pika_gl__axis_lines(&text, &blend->job.axes[1], 1);
    pika_gl__add_part(&source, source.head);
    pika_gl__add_part(&source, pika_gl__common);
    pika_gl__add_part(&source, pika_gl__axis_kinds);
    pika_gl__add_part(&source, pika_gl__axis_guess);
    pika_gl__add_part(&source, axis_y);
    pika_gl__add_part(&source, pika_gl__axis_kinds);
    pika_gl__add_part(&source, pika_gl__axis_guess);
    pika_gl__add_part(&source, pika_gl__vertex);
    return pika_gl__program_of(gl, &source, &blend->program);
}

/* The largest tile of the grid that a target may hold. */
PIKA_GL__PRIV pika_result pika_gl__blend_tile(pika_gl *gl, pika_gl__blend *blend, uint32_t most)
{
    const uint32_t texture = (uint32_t)pika_gl__limit(gl, PIKA_GL__MAX_TEXTURE_SIZE);
    int viewport[2] = {0, 0};
    uint32_t across, down, budget;
    PIKA_GL__(GetIntegerv)(PIKA_GL__MAX_VIEWPORT_DIMS, viewport);
    across = viewport[0] > 0 && (uint32_t)viewport[0] < texture ? (uint32_t)viewport[0] : texture;
    down = viewport[1] > 0 && (uint32_t)viewport[1] < texture ? (uint32_t)viewport[1] : texture;
    if (across > most) across = most;
    if (down > most) down = most;
    if (across < 3 || down < 2) return pika_gl__cannot_blend(gl, "textures of this driver are too small");
    blend->tile_width = blend->job.width < across ? blend->job.width : across;
    blend->target_width = blend->tile_width < 3 ? 3 : blend->tile_width;
    budget = (uint32_t)pika_gl__least(gl->caps.budget / 2 / ((size_t)blend->target_width * 4), 0x7FFFFFFFu);
    if (down > budget) down = budget;
    if (down < 2) return PIKA_ERR_MEMORY;
    blend->tile_height = blend->lines < down - 1 ? blend->lines : down - 1;
    blend->target_height = blend->tile_height + 1;
    return PIKA_OK;
}
/* Binds the framebuffer with a target of the blend's size. */
PIKA_GL__PRIV pika_result pika_gl__blend_target(pika_gl *gl, const pika_gl__blend *blend)
{
    float viewport[4] = {0, 0, 0, 0};
    const size_t bytes = (size_t)blend->target_width * blend->target_height * 4;
    pika_result result;
    unsigned status;
    if (gl->target_width != blend->target_width || gl->target_height != blend->target_height) {
        pika_gl__drop_target(gl);
        if (bytes > gl->caps.budget || gl->used > gl->caps.budget - bytes) pika_gl__trim(gl);
        if (bytes > gl->caps.budget || gl->used > gl->caps.budget - bytes) return PIKA_ERR_MEMORY;
        gl->target_width = blend->target_width;
        gl->target_height = blend->target_height;
        gl->used += bytes;
        PIKA_GL__(GenTextures)(1, &gl->textures[0]);
        PIKA_GL__(GenFramebuffers)(1, &gl->framebuffer);
        pika_gl__bind_texture(gl, gl->textures[0]);
        PIKA_GL__(TexImage2D)
        (PIKA_GL__TEXTURE_2D, 0, PIKA_GL__R32F, (int)blend->target_width, (int)blend->target_height, 0,
            PIKA_GL__RED, PIKA_GL__FLOAT, NULL);
        PIKA_GL__(BindFramebuffer)(PIKA_GL__FRAMEBUFFER, gl->framebuffer);
        PIKA_GL__(FramebufferTexture2D)
        (PIKA_GL__FRAMEBUFFER, PIKA_GL__COLOR_ATTACHMENT0, PIKA_GL__TEXTURE_2D, gl->textures[0], 0);
        result = pika_gl__status(gl, "making a target");
        if (result != PIKA_OK) {
            pika_gl__drop_target(gl);
            return result;
        }
    }
    PIKA_GL__(BindFramebuffer)(PIKA_GL__FRAMEBUFFER, gl->framebuffer);
    status = PIKA_GL__(CheckFramebufferStatus)(PIKA_GL__FRAMEBUFFER);
    result = pika_gl__status(gl, "glCheckFramebufferStatus");
    if (result == PIKA_OK && status != PIKA_GL__FRAMEBUFFER_COMPLETE)
        result = pika_gl__cannot_blend(gl, "a framebuffer of 32-bit floats is not complete on this driver");
    if (result != PIKA_OK) {
        pika_gl__drop_target(gl);
        return result;
    }
    viewport[2] = (float)blend->target_width;
    viewport[3] = (float)blend->target_height;
    pika_gl__set_viewport(gl, viewport);
    return PIKA_OK;
}

/* Host memory, the buffer of vertices, and where columns are in it. */
PIKA_GL__PRIV pika_result pika_gl__blend_memory(pika_gl *gl, pika_ctx *ctx, pika_gl__blend *blend)
{
    static const unsigned types[9] = {0, PIKA_GL__UNSIGNED_BYTE, PIKA_GL__UNSIGNED_SHORT, 0,
        PIKA_GL__UNSIGNED_INT, 0, 0, 0, PIKA_GL__UNSIGNED_INT};
    const size_t cells = (size_t)blend->job.width * blend->lines;
    pika_result result = PIKA_ERR_MEMORY;
    size_t bytes[3];
    int c, format = 0, type = 0;
    bytes[0] = pika_gl__element(blend->job.columns[PIKA_GL__X]);
    bytes[1] = pika_gl__element(blend->job.columns[PIKA_GL__Y]);
    bytes[2] = blend->job.columns[PIKA_GL__CATEGORY] >= 0 ? 4 : 0;
    blend->chunk = (uint32_t)pika_gl__least(pika_gl__round_up(blend->points->count, 64), (size_t)1 << 18);
    for (;; blend->chunk = blend->chunk / 4 / 64 * 64) {
        blend->bytes = 0;
        for (c = 0; c < 3; c++) {
            blend->at[c] = blend->bytes;
            blend->bytes += blend->chunk * bytes[c];
        }
        result = pika_gl__take_for(gl, &blend->buffer, blend->bytes, PIKA_GL__FOR_WRITING);
        if (result != PIKA_ERR_MEMORY || blend->chunk < 16384) break;
    }
    if (result != PIKA_OK) return result;
    PIKA_GL__(BindBuffer)(PIKA_GL__ARRAY, blend->buffer.name);
    for (c = 0; c < 3; c++) {
        if (bytes[c] == 0) continue;
        PIKA_GL__(VertexAttribIPointer)
        ((unsigned)c, bytes[c] == 8 ? 2 : 1, types[bytes[c]], (int)bytes[c], (const void *)blend->at[c]);
        PIKA_GL__(EnableVertexAttribArray)((unsigned)c);
    }
    blend->channels = 1;
    if (gl->caps.es) { /* there red alone may be read only where the driver says so */
        PIKA_GL__(GetIntegerv)(PIKA_GL__COLOR_READ_FORMAT, &format);
        PIKA_GL__(GetIntegerv)(PIKA_GL__COLOR_READ_TYPE, &type);
        if (format != PIKA_GL__RED || type != PIKA_GL__FLOAT) blend->channels = 4;
    }
    blend->band =
        (uint32_t)pika_gl__most(((size_t)1 << 20) / (blend->target_width * (size_t)blend->channels), 1);
    if (blend->band > blend->target_height) blend->band = blend->target_height;
    blend->staging = (char *)pika_ctx_alloc(ctx, blend->bytes, 64);
    blend->pixels = (float *)pika_ctx_alloc(
        ctx, (size_t)blend->band * blend->target_width * (size_t)blend->channels * 4, 64);
    blend->counts = (uint32_t *)pika_ctx_alloc(ctx, cells * 4, 64);
    if (blend->staging == NULL || blend->pixels == NULL || blend->counts == NULL) return PIKA_ERR_MEMORY;
    memset(blend->counts, 0, cells * 4);
    return PIKA_OK;
}
PIKA_GL__PRIV void pika_gl__drop_blend(pika_gl *gl, pika_ctx *ctx, pika_gl__blend *blend)
{
    pika_ctx_release(ctx, blend->counts, (size_t)blend->job.width * blend->lines * 4);
    pika_ctx_release(
        ctx, blend->pixels, (size_t)blend->band * blend->target_width * (size_t)blend->channels * 4);
    pika_ctx_release(ctx, blend->staging, blend->bytes);
    pika_gl__give(gl, &blend->buffer);
}

/* Rows first.. that are neither null nor without a category, column by column into the staging memory; how
   many. The others are added to *invalid. */
PIKA_GL__PRIV uint32_t pika_gl__blend_filter(
    const pika_gl__blend *blend, size_t first, uint32_t count, uint64_t *invalid)
{
    const pika_points *points = blend->points;
    const size_t bytes_x = pika_gl__element(points->x.type), bytes_y = pika_gl__element(points->y.type);
    const int categories = blend->job.columns[PIKA_GL__CATEGORY] >= 0;
    char *x = blend->staging + blend->at[0], *y = blend->staging + blend->at[1];
    char *category = blend->staging + blend->at[2];
    uint32_t kept = 0, i;
    for (i = 0; i < count; i++) {
        const size_t row = first + i;
        int is_valid = !pika_gl__is_null(&points->x, row) && !pika_gl__is_null(&points->y, row);
        if (is_valid && categories) {
            const double c = pika_gl__real(&points->category, row);
            const uint32_t whole = c >= 0 && c < blend->job.categories ? (uint32_t)c : 0xFFFFFFFFu;
            is_valid = whole != 0xFFFFFFFFu && !pika_gl__is_null(&points->category, row);
            memcpy(category + (size_t)kept * 4, &whole, 4);
        }
        if (!is_valid) {
            ++*invalid;
            continue;
        }
        pika_gl__pack(&points->x, row, 1, x + kept * bytes_x);
        pika_gl__pack(&points->y, row, 1, y + kept * bytes_y);
        kept++;
    }
    return kept;
}

/* Uploads and draws rows first..; blend->drawn counts those that were. */
PIKA_GL__PRIV void pika_gl__blend_rows(
    pika_gl *gl, pika_gl__blend *blend, size_t first, uint32_t count, uint64_t *invalid)
{
    uint32_t kept = count;
    size_t uploaded = 0;
    int c;
    if (blend->filter) kept = pika_gl__blend_filter(blend, first, count, invalid);
    if (kept == 0) return;
    /* a new store each time: the driver may still read the one before */
    PIKA_GL__(BufferData)(PIKA_GL__ARRAY, (ptrdiff_t)blend->buffer.bytes, NULL, PIKA_GL__STREAM_DRAW);
    for (c = 0; c < (blend->job.columns[PIKA_GL__CATEGORY] >= 0 ? 3 : 2); c++) {
        const pika_column *column = c == 0 ? &blend->points->x : &blend->points->y;
        const size_t element = c == 2 ? 4 : pika_gl__element(column->type);
        const char *from = blend->staging + blend->at[c];
        if (!blend->filter) {
            if (column->stride == (ptrdiff_t)element || column->stride == 0)
                from = (const char *)column->data + first * element;
            else pika_gl__pack(column, first, count, blend->staging + blend->at[c]);
        }
        PIKA_GL__(BufferSubData)(PIKA_GL__ARRAY, (ptrdiff_t)blend->at[c], (ptrdiff_t)(kept * element), from);
        uploaded += kept * element;
    }
    PIKA_GL__(DrawArrays)(PIKA_GL__POINTS, 0, (int)kept);
    blend->drawn += kept;
    if (gl->testing) return;
    gl->stats.dispatches++;
    gl->stats.upload_bytes += uploaded;
}

/* One line or more of the target to blend->pixels. */
PIKA_GL__PRIV pika_result pika_gl__blend_pixels(
    pika_gl *gl, pika_gl__blend *blend, uint32_t y, uint32_t width, uint32_t height)
{
    PIKA_GL__(ReadPixels)
    (0, (int)y, (int)width, (int)height, blend->channels == 1 ? PIKA_GL__RED : PIKA_GL__RGBA, PIKA_GL__FLOAT,
        blend->pixels);
    return pika_gl__status(gl, "glReadPixels");
}
/* A pixel's whole number; past PIKA_GL__BLEND_MOST it is none. */
PIKA_GL__PRIV uint32_t pika_gl__pixel(const pika_gl__blend *blend, size_t index)
{
    const float v = blend->pixels[index * (size_t)blend->channels];
    const uint32_t n = v >= 0 && v <= (float)PIKA_GL__BLEND_MOST ? (uint32_t)v : 0xFFFFFFFFu;
    return (float)n == v ? n : 0xFFFFFFFFu;
}
/* Adds what was drawn since the last Clear to the counts of the tile, and to the account if it is the
   first. */
PIKA_GL__PRIV pika_result pika_gl__blend_read(pika_gl *gl, pika_gl__blend *blend, int is_first)
{
    const uint32_t x = blend->p.u[9][0], y = blend->p.u[9][1], width = blend->p.u[9][2];
    const uint32_t height = blend->p.u[9][3], third = blend->p.u[10][2];
    uint64_t sum = 0;
    uint32_t line, i, k, n;
    pika_result result;
    int is_whole = 1;
    for (line = 0; line < height; line += n) {
        n = height - line < blend->band ? height - line : blend->band;
        result = pika_gl__blend_pixels(gl, blend, line, width, n);
        if (result != PIKA_OK) return result;
        for (k = 0; k < n; k++) {
            uint32_t *counts = blend->counts + (size_t)(y + line + k) * blend->job.width + x;
            for (i = 0; i < width; i++) {
                const uint32_t more = pika_gl__pixel(blend, (size_t)k * width + i);
                if (more > PIKA_GL__BLEND_MOST) {
                    is_whole = 0;
                } else if (counts[i] > 0xFFFFFFFFu - more) {
                    return pika_gl__cannot_blend(gl, "a count would pass 2^32 - 1");
                } else {
                    counts[i] += more;
                    sum += more;
                }
            }
        }
    }
    result = pika_gl__blend_pixels(gl, blend, blend->target_height - 1, 3 * third, 1);
    if (result != PIKA_OK) return result;
    for (i = 0; i < 3 * third; i++) {
        const uint32_t more = pika_gl__pixel(blend, i);
        if (more > PIKA_GL__BLEND_MOST) is_whole = 0;
        else sum += more;
        if (is_first && i < third) blend->outside += more;
        else if (is_first && i < 2 * third) blend->invalid += more;
    }
    if (is_whole && sum == blend->drawn) return PIKA_OK;
    pika_gl__turn_off(gl, gl->testing ? "this driver fails the self-test: " : "",
        "what was blended does not add up to the rows");
    return PIKA_ERR_GPU;
}

/* All rows into the tile that blend->p tells of. */
PIKA_GL__PRIV pika_result pika_gl__blend_one(pika_gl *gl, pika_gl__blend *blend, int is_first)
{
    const size_t count = blend->points->count;
    uint64_t not_counted = 0, *invalid = is_first ? &blend->invalid : &not_counted;
    pika_result result = PIKA_OK;
    size_t done = 0;
    if (blend->program.uniforms[0] >= 0)
        PIKA_GL__(Uniform4uiv)(blend->program.uniforms[0], PIKA_GL__WORDS, &blend->p.u[0][0]);
    if (blend->program.uniforms[1] >= 0)
        PIKA_GL__(Uniform4fv)(blend->program.uniforms[1], PIKA_GL__REALS, &blend->p.f[0][0]);
    while (result == PIKA_OK && done < count) {
        uint64_t waited = 0;
        blend->drawn = 0;
        PIKA_GL__(Clear)(PIKA_GL__COLOR_BIT);
        while (result == PIKA_OK && done < count && blend->drawn + blend->chunk <= PIKA_GL__BLEND_MOST) {
            const uint32_t n = (uint32_t)pika_gl__least(count - done, blend->chunk);
            pika_gl__blend_rows(gl, blend, done, n, invalid);
            done += n;
            if (blend->drawn - waited < ((uint32_t)1 << 22)) continue;
            waited = blend->drawn; /* reading a pixel waits: uploads do not pile up in the driver */
            result = pika_gl__blend_pixels(gl, blend, 0, 1, 1);
        }
        if (result == PIKA_OK) result = pika_gl__blend_read(gl, blend, is_first);
    }
    return result;
}

/* The counts of points, tile by tile; a tile has at most so many cells a side. fresh, if not NULL, receives 1
   where the program was not tested yet: then nothing is drawn. */
PIKA_GL__PRIV pika_result pika_gl__blend_points(
    pika_gl *gl, pika_ctx *ctx, const pika_points *points, pika_grid *out, uint32_t most, int *fresh)
{
    const pika_grid_desc *desc = pika_grid_get_desc(out);
    const pika_gl__rows attributes = {0, {0, 1, 0, 0}, {0, 0, 0, 0}, 0, 0, 0}; /* axis i reads attribute i */
    const int categories = desc->categories > 0 ? desc->categories : 1;
    unsigned vertex_array = 0;
    uint32_t x, y, part;
    size_t i, each;
    pika_gl__blend blend;
    pika_stats stats;
    pika_result result;
    int c, is_drawn;
    memset(&blend, 0, sizeof blend);
    blend.points = points;
    blend.job.set = &blend.set;
    blend.job.width = (uint32_t)desc->view.width;
    blend.job.height = (uint32_t)desc->view.height;
    blend.job.categories = (uint32_t)desc->categories;
    blend.job.columns[PIKA_GL__X] = points->x.type;
    blend.job.columns[PIKA_GL__Y] = points->y.type;
    blend.job.columns[PIKA_GL__VALUE] = -1;
    blend.job.columns[PIKA_GL__CATEGORY] = desc->categories > 0 ? points->category.type : -1;
    blend.filter = points->x.valid != NULL || points->y.valid != NULL || desc->categories > 0;
    blend.lines = blend.job.height * (uint32_t)categories;
    each = (size_t)blend.job.width * blend.job.height;
    pika_gl__draw_state(gl);
    PIKA_GL__(GenVertexArrays)(1, &vertex_array); /* a new one knows no buffer that is gone */
    PIKA_GL__(BindVertexArray)(vertex_array);
    result = pika_gl__blend_tile(gl, &blend, most);
    if (result == PIKA_OK) result = pika_gl__blend_target(gl, &blend);
    if (result == PIKA_OK) result = pika_gl__blend_keys(gl, ctx, &desc->view, &blend);
    if (result == PIKA_OK) result = pika_gl__blend_program(gl, &blend);
    if (fresh != NULL) *fresh = result == PIKA_OK && !blend.program.checked;
    is_drawn = result == PIKA_OK && (fresh == NULL || !*fresh);
    if (is_drawn) result = pika_gl__blend_memory(gl, ctx, &blend);
    if (is_drawn && result == PIKA_OK) {
        part = blend.target_width / 3;
        PIKA_GL__(UseProgram)(blend.program.name);
        pika_gl__set_parameters(&blend.job, &attributes, &blend.p);
        blend.p.u[10][0] = blend.target_width;
        blend.p.u[10][1] = blend.target_height;
        blend.p.u[10][2] = part;
        for (y = 0; result == PIKA_OK && y < blend.lines; y += blend.p.u[9][3])
            for (x = 0; result == PIKA_OK && x < blend.job.width; x += blend.p.u[9][2]) {
                blend.p.u[9][0] = x;
                blend.p.u[9][1] = y;
                blend.p.u[9][2] = (uint32_t)pika_gl__least(blend.tile_width, blend.job.width - x);
                blend.p.u[9][3] = (uint32_t)pika_gl__least(blend.tile_height, blend.lines - y);
                result = pika_gl__blend_one(gl, &blend, x == 0 && y == 0);
            }
        memset(&stats, 0, sizeof stats);
        for (i = 0; result == PIKA_OK && i < each * (size_t)categories; i++) stats.hits += blend.counts[i];
        stats.total = points->count;
        stats.outside = blend.outside;
        stats.invalid = blend.invalid;
        stats.inside = stats.hits;
        if (result == PIKA_OK && stats.hits + stats.outside + stats.invalid != stats.total) {
            pika_gl__turn_off(gl, "the tiles of the grid do not add up to the rows", "");
            result = PIKA_ERR_GPU;
        }
        for (c = 0; result == PIKA_OK && c < categories; c++)
            result = pika_grid_store(ctx, out, PIKA_COUNT, c, blend.counts + (size_t)c * each);
        if (result == PIKA_OK) result = pika_grid_set_account(ctx, out, &stats);
    }
    pika_gl__drop_blend(gl, ctx, &blend);
    if (!gl->lost) PIKA_GL__(DeleteVertexArrays)(1, &vertex_array);
    return result;
}

/* A program's first rows, as in >>gl_tests, and then more on one cell than half precision can count;
   whole, and in tiles. */
PIKA_GL__PRIV pika_result pika_gl__blend_test(
    pika_gl *gl, pika_ctx *ctx, const pika_points *like, const pika_grid_desc *real)
{
    enum { WIDTH = 137, HEIGHT = 91, MANY = 2100 };
    const size_t rows = (size_t)PIKA_GL__TEST_ROWS + (size_t)MANY, bytes = rows * 8 * 3 + 8 * (WIDTH + 1);
    char *memory = (char *)pika_ctx_alloc(ctx, bytes, 64);
    uint64_t *keys = (uint64_t *)(void *)memory;
    pika_grid_desc desc = *real;
    pika_grid host, made;
    pika_gl__set set;
    pika_points points;
    uint32_t seed = 2463534242u;
    pika_result result = PIKA_OK;
    int axis, i;
    if (memory == NULL) return PIKA_ERR_MEMORY;
    memset(&host, 0, sizeof host);
    memset(&made, 0, sizeof made);
    memset(&set, 0, sizeof set);
    memset(&points, 0, sizeof points);
    gl->testing++;
    desc.view.width = WIDTH;
    desc.view.height = HEIGHT;
    desc.view.first_x = desc.view.first_y = desc.view.total_width = desc.view.total_height = 0;
    if (desc.categories > 3) desc.categories = 3;
    pika_gl__test_axis(&desc.view.x, like->x.type);
    pika_gl__test_axis(&desc.view.y, like->y.type);
    points.count = rows;
    for (axis = 0; result == PIKA_OK && axis < 2; axis++) {
        pika_column *column = axis == 0 ? &points.x : &points.y;
        const int type = axis == 0 ? like->x.type : like->y.type, n = axis == 0 ? WIDTH : HEIGHT;
        const size_t element = pika_gl__element(type);
        char *at = memory + 8 * (WIDTH + 1) + (size_t)axis * rows * 8;
        column->data = at;
        column->type = type;
        column->stride = (ptrdiff_t)element;
        result = pika_axis_keys(ctx, &desc.view, axis, type, keys);
        if (result != PIKA_OK) break;
        pika_gl__test_column(type, keys, n, at, &seed);
        for (i = 0; i < MANY; i++)
            pika_gl__from_key(type, keys[n / 2], at + ((size_t)PIKA_GL__TEST_ROWS + (size_t)i) * element);
    }
    if (desc.categories > 0) { /* drawn as 32 bits, whatever they were */
        uint32_t *at = (uint32_t *)(void *)(memory + 8 * (WIDTH + 1) + 2 * rows * 8);
        points.category.data = at;
        points.category.type = PIKA_U32;
        points.category.stride = 4;
        for (i = 0; i < (int)rows; i++) at[i] = i < PIKA_GL__TEST_ROWS ? pika_gl__random(&seed) % 4 : 0;
    }
    if (result == PIKA_OK) result = pika_grid_alloc(ctx, &host, &desc);
    if (result == PIKA_OK) result = pika_grid_alloc(ctx, &made, &desc);
    if (result == PIKA_OK) result = pika_add_points(ctx, &host, &points);
    for (i = 0; result == PIKA_OK && i < 2; i++) {
        pika_grid_clear(ctx, &made);
        result = pika_gl__blend_points(gl, ctx, &points, &made, i == 0 ? 0xFFFFFFFFu : 50, NULL);
        if (result == PIKA_OK) result = pika_gl__compare(gl, ctx, &host, &made, &set);
    }
    pika_grid_free(ctx, &made);
    pika_grid_free(ctx, &host);
    pika_ctx_release(ctx, memory, bytes);
    gl->testing--;
    return result;
}

/* PIKA_ERR_UNSUPPORTED: gl->unsupported says why. Nothing of out is written then, nor on other errors. */
PIKA_GL__PRIV pika_result pika_gl__raster(pika_gl *gl, pika_ctx *ctx, pika_dataset *dataset, pika_grid *out)
{
    const pika_grid_desc *desc = pika_grid_get_desc(out);
    pika_result result;
    int fresh;
    if (gl->off || dataset->points.x.data == NULL) return PIKA_ERR_GPU;
    if ((desc->planes & ~(unsigned)(PIKA_COUNT | PIKA_ANY)) != 0)
        return pika_gl__cannot_blend(gl, "without compute shaders blending counts, and no more");
    gl->stats.strategy = PIKA_GL_AUTO;
    result = pika_gl__blend_points(gl, ctx, &dataset->points, out, 0xFFFFFFFFu, &fresh);
    if (result != PIKA_OK || !fresh) return result;
    result = pika_gl__blend_test(gl, ctx, &dataset->points, desc);
    if (result == PIKA_OK) result = pika_gl__blend_points(gl, ctx, &dataset->points, out, 0xFFFFFFFFu, NULL);
    if (result == PIKA_OK) gl->programs[gl->program_count - 1].checked = 1; /* it was asked for last */
    return result;
}

/* ---- >>gl_aggregate: the calls that fill grids ----------------------------------------------------- */

/* Ends when the work is submitted. PIKA_ERR_GPU and PIKA_ERR_MEMORY: the CPU may do it. */
PIKA_GL__PRIV pika_result pika_gl__submit(
    pika_gl *gl, pika_ctx *ctx, pika_dataset *dataset, pika_gl_grid *grid)
{
    pika_gl__set *set = (pika_gl__set *)dataset->device;
    pika_gl__job job;
    pika_result result;
    if (gl->off) return PIKA_ERR_GPU;
    if (!set->imported && set->generation != gl->generation) {
        if (dataset->points.x.data == NULL && set->rows > 0) return PIKA_ERR_GPU;
        result = pika_gl__load(gl, ctx, set, &dataset->points);
        if (result != PIKA_OK) return result;
    }
    if (set->imported && set->generation != gl->generation) return PIKA_ERR_GPU;
    if (grid->fence != NULL) {
        PIKA_GL__(DeleteSync)(grid->fence);
        grid->fence = NULL;
    }
    result = pika_gl__make_job(gl, ctx, set, grid, PIKA_GL_ATOMIC, &job);
    if (result == PIKA_OK && set->imported && (grid->desc.planes & (PIKA_SUM | PIKA_MEAN)) != 0)
        result = pika_gl__survey_import(gl, ctx, set);
    if (result == PIKA_OK) result = pika_gl__choose(gl, ctx, &job, grid);
    if (result == PIKA_OK) result = pika_gl__check_programs(gl, ctx, &job, &grid->desc);
    if (result == PIKA_OK) result = pika_gl__run(gl, ctx, &job, grid, &dataset->points);
    if (result == PIKA_ERR_MEMORY && job.strategy == PIKA_GL_SORT) { /* the partition did not fit */
        job.strategy = PIKA_GL_ATOMIC;
        result = pika_gl__check_programs(gl, ctx, &job, &grid->desc);
        if (result == PIKA_OK) result = pika_gl__run(gl, ctx, &job, grid, &dataset->points);
    }
    pika_gl__fill_in(grid, dataset, &job);
    grid->filled = result == PIKA_OK;
    gl->stats.strategy = job.strategy;
    return result;
}

/* The CPU makes the grid: from the host's rows, or from those that the device gives back. It is not touched
   before they are there. view: NULL = the grid's. */
PIKA_GL__PRIV pika_result pika_gl__by_cpu(
    pika_gl *gl, pika_ctx *ctx, pika_dataset *dataset, pika_grid *out, const pika_view *view, const char *why)
{
    pika_points rows = dataset->points;
    void *memory = NULL;
    size_t bytes = 0;
    pika_result result = PIKA_OK;
    pika_gl__copy_text(gl->cpu_reason, sizeof gl->cpu_reason, why);
    gl->stats.cpu_calls++;
    if (!gl->off) { /* else it was told when it went off */
        char message[260];
        pika_gl__text text = pika_gl__text_in(message, sizeof message);
        pika_gl__say(&text, "pika_gl: the CPU makes this grid: ");
        pika_gl__say(&text, why);
        pika_ctx_log(ctx, 1, message);
    }
    if (rows.count > 0 && rows.x.data == NULL) result = pika_gl__fetch(ctx, dataset, &rows, &memory, &bytes);
    if (result == PIKA_OK) {
        if (view == NULL) pika_grid_clear(ctx, out);
        else result = pika_grid_set_view(ctx, out, view);
        if (result == PIKA_OK) result = pika_add_points(ctx, out, &rows);
    }
    pika_ctx_release(ctx, memory, bytes);
    return result;
}
PIKA_GL__PRIV const char *pika_gl__why(const pika_gl *gl, pika_result result)
{
    if (gl->off) return gl->reason;
    if (result == PIKA_ERR_UNSUPPORTED && gl->unsupported != NULL) return gl->unsupported;
    if (gl->caps.level == PIKA_GL_LEVEL_NONE)
        return "this context can neither compute nor blend, see pika_gl_get_caps";
    return result == PIKA_ERR_MEMORY ? "video memory does not suffice" : "the GPU failed";
}

/* Keeps one grid in video memory for pika_aggregate, of the last descriptor. */
PIKA_GL__PRIV pika_result pika_gl__frame(pika_gl *gl, const pika_grid_desc *desc, pika_gl_grid **out)
{
    pika_gl_grid *frame = (pika_gl_grid *)gl->frame;
    if (frame == NULL) {
        frame = (pika_gl_grid *)pika_ctx_alloc(gl->ctx, sizeof *frame, 16);
        if (frame == NULL) return PIKA_ERR_MEMORY;
        memset(frame, 0, sizeof *frame);
        gl->frame = frame;
    }
    *out = frame;
    if (frame->ready && frame->generation == gl->generation && frame->desc.planes == desc->planes &&
        frame->desc.categories == desc->categories && frame->desc.view.width == desc->view.width &&
        frame->desc.view.height == desc->view.height) {
        if (!pika_gl__same_view(&frame->desc.view, &desc->view)) frame->prepared = 0;
        frame->desc = *desc;
        return PIKA_OK;
    }
    if (frame->ready) pika_gl__free_grid(gl, frame);
    return pika_gl__make_grid(gl, frame, desc);
}

/* Do its buffers all go back to the pool? Larger ones cost more to make than to keep. */
PIKA_GL__PRIV int pika_gl__is_pooled(const pika_gl_grid *grid)
{
    size_t most = grid->reading.bytes;
    int pass;
    for (pass = 0; pass < PIKA_GL__PASSES; pass++) most = pika_gl__most(most, grid->planes[pass].bytes);
    return most <= PIKA_GL__POOLED;
}

/* Rows that a dispatch takes: 5 to 20 ms. */
PIKA_GL__PRIV void pika_gl__pace(pika_gl *gl, uint64_t rows, uint64_t dispatches, double seconds)
{
    const double each = dispatches > 0 ? seconds / (double)dispatches : 0;
    if (each > 0.020 && gl->rows_per_dispatch > 65536) gl->rows_per_dispatch /= each > 0.080 ? 4 : 2;
    else if (each < 0.005 && rows > gl->rows_per_dispatch && gl->rows_per_dispatch < ((uint32_t)1 << 30))
        gl->rows_per_dispatch *= each < 0.00125 ? 4 : 2;
}

/* desc.validate: against the CPU, 65,536 rows, other ones each time, or all. suspect: there is something to
   be found. */
PIKA_GL__PRIV pika_result pika_gl__check_result(
    pika_gl *gl, pika_ctx *ctx, pika_dataset *dataset, const pika_grid *grid, int suspect)
{
    const size_t most = 65536;
    pika_dataset part = *dataset;
    pika_gl__set set;
    pika_grid made;
    pika_result result = PIKA_OK;
    uint32_t seed = (uint32_t)(gl->stats.gpu_calls * 2654435761u) | 1u;
    void *memory = NULL;
    size_t first, bytes = 0;
    int c;
    memset(&made, 0, sizeof made);
    if (gl->desc.validate == 1 && !suspect && dataset->points.count > most) {
        if (part.points.x.data == NULL) result = pika_gl__fetch(ctx, dataset, &part.points, &memory, &bytes);
        first = (size_t)(((uint64_t)pika_gl__random(&seed) << 20) % (part.points.count - most));
        part.points.count = most;
        for (c = 0; result == PIKA_OK && c < PIKA_GL__COLUMNS; c++) {
            pika_column *column = pika_gl__own_column(&part.points, c);
            if (column->data == NULL) continue;
            if (column->stride == 0) column->stride = (ptrdiff_t)pika_gl__element(column->type);
            column->data = (const char *)column->data + (ptrdiff_t)first * column->stride;
            column->valid_offset += first;
        }
        gl->testing++;
        if (result == PIKA_OK) result = pika_grid_alloc(ctx, &made, pika_grid_get_desc(grid));
        if (result == PIKA_OK && gl->caps.level == PIKA_GL_LEVEL_RASTER)
            result = pika_gl__blend_points(gl, ctx, &part.points, &made, 0xFFFFFFFFu, NULL);
        else if (result == PIKA_OK)
            result = pika_gl__through(gl, ctx, &part.points, gl->stats.strategy,
                pika_gl__tile_room(gl, pika_gl__cells_of(pika_grid_get_desc(grid))), 0, &set, &made);
        gl->testing--;
        part.device = &set; /* for its bound of sums */
        if (gl->caps.level == PIKA_GL_LEVEL_RASTER) part.device = dataset->device;
        grid = &made;
    }
    if (result == PIKA_OK) result = pika_validate(ctx, &part, grid, NULL);
    if (result == PIKA_ERR_MISMATCH) {
        pika_gl__turn_off(gl, "the GPU's grid is not the CPU's: ", pika_last_error(ctx));
        result = PIKA_ERR_GPU;
    }
    pika_grid_free(ctx, &made);
    pika_ctx_release(ctx, memory, bytes);
    return result;
}

PIKA_GL__PRIV pika_result pika_gl__aggregate(pika_ctx *ctx, pika_dataset *dataset, pika_grid *out)
{
    pika_gl__set *set = (pika_gl__set *)dataset->device;
    pika_gl *gl = set->gl;
    const pika_grid_desc *desc = pika_grid_get_desc(out);
    pika_gl_grid *frame = NULL;
    pika_result result;
    int suspect = 0;
    if ((desc->planes & ~(unsigned)PIKA_GL__OWN_PLANES) != 0) {
        if (dataset->points.x.data == NULL && dataset->points.count > 0)
            return pika_ctx_fail(ctx, PIKA_ERR_UNSUPPORTED,
                "pika_aggregate: var, std, first, last and rows need the rows on the host");
        return pika_gl__by_cpu(
            gl, ctx, dataset, out, NULL, "var, std, first, last, rows and coverage come from the CPU");
    }
    result = pika_gl__enter(gl, ctx, "pika_aggregate");
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result == PIKA_OK) {
        const double start = pika_gl__seconds();
        const uint64_t dispatches = gl->stats.dispatches;
        if (gl->caps.level == PIKA_GL_LEVEL_RASTER) {
            result = pika_gl__raster(gl, ctx, dataset, out);
        } else {
            result = pika_gl__frame(gl, desc, &frame);
            if (result == PIKA_OK) result = pika_gl__submit(gl, ctx, dataset, frame);
            if (result == PIKA_OK) result = pika_gl__start_reading(gl, frame);
            if (result == PIKA_OK) result = pika_gl__finish_reading(gl, ctx, frame, out);
            suspect = frame != NULL && frame->suspect;
            if (frame != NULL && frame->ready && pika_gl__is_pooled(frame)) pika_gl__free_grid(gl, frame);
            if (result == PIKA_OK)
                pika_gl__pace(gl, set->rows, gl->stats.dispatches - dispatches, pika_gl__seconds() - start);
        }
        if (result == PIKA_OK && gl->desc.validate != 0 && !gl->testing) {
            result = pika_gl__check_result(gl, ctx, dataset, out, suspect);
        }
        pika_gl__leave(gl);
        if (result == PIKA_OK) {
            gl->stats.gpu_calls++;
            return PIKA_OK;
        }
        if (result == PIKA_ERR_MEMORY && !gl->lost) pika_gl__trim(gl);
    }
    if (result != PIKA_ERR_GPU && result != PIKA_ERR_MEMORY && result != PIKA_ERR_UNSUPPORTED) return result;
    return pika_gl__by_cpu(gl, ctx, dataset, out, NULL, pika_gl__why(gl, result));
}

/* ---- >>gl_backend: what pika.h calls --------------------------------------------------------------- */

PIKA_GL__PRIV pika_result pika_gl__backend_caps(pika_ctx *ctx, const pika_backend *backend, pika_caps *out)
{
    const pika_gl *gl = (const pika_gl *)backend->self;
    (void)ctx;
    pika_gl__copy_text(out->backend, sizeof out->backend, "gl");
    pika_gl__copy_text(out->device, sizeof out->device, gl->caps.renderer);
    if (gl->caps.level == PIKA_GL_LEVEL_COMPUTE) out->planes = PIKA_GL__OWN_PLANES;
    if (gl->caps.level == PIKA_GL_LEVEL_RASTER) out->planes = PIKA_COUNT | PIKA_ANY;
    out->software = gl->caps.software;
    out->memory = gl->caps.budget;
    out->largest = gl->caps.block_bytes;
    return PIKA_OK;
}
PIKA_GL__PRIV pika_result pika_gl__backend_stats(
    pika_ctx *ctx, const pika_backend *backend, pika_backend_stats *out)
{
    const pika_gl *gl = (const pika_gl *)backend->self;
    (void)ctx;
    *out = gl->stats;
    out->reason = gl->cpu_reason;
    return PIKA_OK;
}
PIKA_GL__PRIV double pika_gl__sum_bound(const pika_dataset *dataset, double values)
{
    const pika_gl__set *set = (const pika_gl__set *)dataset->device;
    return values * pika_gl__power(set->exponent - 63 < -1022 ? -1022 : set->exponent - 63);
}

/* What the ring of staging buffers takes to upload so many rows at a time. */
PIKA_GL__PRIV size_t pika_gl__ring_bytes(const pika_gl *gl, const pika_gl__set *set, size_t rows)
{
    size_t widest = 0, stages = 0, each;
    int c;
    for (c = 0; c < PIKA_GL__COLUMNS; c++)
        if (set->types[c] >= 0) widest = pika_gl__most(widest, pika_gl__element(set->types[c]));
    each = pika_gl__stage_bytes(gl, rows, widest);
    for (c = 0; c < PIKA_GL__COLUMNS && each > 0; c++)
        if (set->types[c] >= 0) stages += (rows * pika_gl__element(set->types[c]) + each - 1) / each;
    return pika_gl__least(stages, 3) * pika_gl__buffer_bytes(each);
}

PIKA_GL__PRIV pika_result pika_gl__estimate(pika_ctx *ctx, const pika_backend *backend,
    const pika_points *points, const pika_dataset_desc *dataset_desc, const pika_grid_desc *grid_desc,
    pika_memory_estimate *out)
{
    const pika_gl *gl = (const pika_gl *)backend->self;
    size_t largest = 0, rows, row = 0, staging;
    int c;
    (void)ctx;
    out->budget = gl->caps.budget;
    for (c = 0; c < PIKA_GL__COLUMNS; c++) {
        const pika_column *column = pika_gl__column_of(points, c);
        if (c >= 2 && column->data == NULL) continue;
        row += pika_gl__element(column->type);
    }
    if (dataset_desc != NULL && (dataset_desc->flags & PIKA_DATASET_COPY) != 0)
        out->host = points->count * row;
    if (gl->caps.level == PIKA_GL_LEVEL_COMPUTE) {
        pika_gl__set set;
        pika_gl__layout layout;
        memset(&set, 0, sizeof set);
        for (c = 0; c < PIKA_GL__COLUMNS; c++) {
            const pika_column *column = pika_gl__column_of(points, c);
            set.types[c] = c < 2 || column->data != NULL ? column->type : -1;
            if (set.types[c] >= 0 && column->valid != NULL) set.has_nulls = 1;
        }
        set.piece_rows = pika_gl__rows_in(&set, gl->caps.block_bytes);
        staging = pika_gl__ring_bytes(gl, &set, pika_gl__least(points->count, set.piece_rows));
        out->scratch = staging;
        for (rows = points->count; rows > 0;) {
            const size_t n = pika_gl__least(rows, set.piece_rows);
            size_t capacity = n;
            if (rows != points->count) /* as pika_gl__append makes them */
                capacity = pika_gl__least(
                    pika_gl__most(n, pika_gl__most((points->count - rows) / 2, 65536)), set.piece_rows);
            pika_gl__lay(&set, capacity, &layout);
            out->dataset += pika_gl__buffer_bytes(layout.bytes);
            rows -= n;
        }
        if (grid_desc != NULL) {
            size_t at[PIKA_GL__PASSES];
            pika_gl_grid grid;
            memset(&grid, 0, sizeof grid);
            grid.desc = *grid_desc;
            grid.value_type = set.types[PIKA_GL__VALUE] >= 0 ? set.types[PIKA_GL__VALUE] : PIKA_F32;
            out->grid = pika_gl__grid_bytes(grid_desc, &largest);
            out->scratch += pika_gl__buffer_bytes(pika_gl__reading_bytes(&grid, NULL, at));
        }
        rows = pika_gl__least(points->count, set.piece_rows); /* at a time */
        if (out->dataset + out->grid + out->scratch > out->budget) {
            rows = pika_gl__least(
                pika_gl__rows_in(&set, pika_gl__stream_bytes(gl)), pika_gl__round_up(points->count, 16));
            pika_gl__lay(&set, rows, &layout);
            out->streams = 1;
            out->dataset = 0;
            out->scratch -= staging;
            out->scratch += pika_gl__buffer_bytes(layout.bytes) + pika_gl__ring_bytes(gl, &set, rows);
        }
        if (grid_desc != NULL && gl->desc.strategy == PIKA_GL_SORT) {
            pika_gl__job job;
            memset(&job, 0, sizeof job);
            job.cells = pika_gl__cells_of(grid_desc);
            out->scratch += pika_gl__buffer_bytes(pika_gl__partition_words(gl, &job, rows) * 4);
        }
    }
    return PIKA_OK;
}

PIKA_GL__PRIV pika_result pika_gl__create(pika_ctx *ctx, pika_dataset *dataset)
{
    pika_gl *gl = (pika_gl *)dataset->backend->self;
    const int device_only = (dataset->flags & PIKA_DATASET_DEVICE_ONLY) != 0;
    pika_gl__set *set;
    pika_result result = pika_gl__enter(gl, ctx, "pika_dataset_create");
    int c;
    if (result == PIKA_ERR_MISMATCH) return result;
    set = (pika_gl__set *)pika_ctx_alloc(ctx, sizeof *set, 16);
    if (set == NULL) {
        if (result == PIKA_OK) pika_gl__leave(gl);
        return PIKA_ERR_MEMORY;
    }
    memset(set, 0, sizeof *set);
    set->gl = gl;
    set->rows = dataset->points.count;
    for (c = 0; c < PIKA_GL__COLUMNS; c++) {
        const pika_column *column = pika_gl__column_of(&dataset->points, c);
        set->types[c] = column->data != NULL ? column->type : -1;
    }
    if (result == PIKA_OK) {
        if (gl->off || gl->caps.level != PIKA_GL_LEVEL_COMPUTE) {
            result = PIKA_ERR_GPU;
        } else {
            result = pika_gl__load(gl, ctx, set, &dataset->points);
            if (result == PIKA_OK && device_only && !set->resident) result = PIKA_ERR_MEMORY;
        }
        if (result != PIKA_OK) {
            pika_gl__drop_pieces(gl, ctx, set);
            set->generation = 0;
        }
        pika_gl__leave(gl);
    }
    if (result != PIKA_OK && device_only) {
        pika_ctx_release(ctx, set->pieces, set->piece_room * sizeof *set->pieces);
        pika_ctx_release(ctx, set, sizeof *set);
        return pika_ctx_fail(ctx, result,
            result == PIKA_ERR_MEMORY
                ? "pika_dataset_create: the rows do not fit into video memory"
                : "pika_dataset_create: the GPU is off or lost, and the rows were for it alone");
    }
    dataset->device = set;
    return PIKA_OK;
}

PIKA_GL__PRIV void pika_gl__destroy(pika_ctx *ctx, pika_dataset *dataset)
{
    pika_gl__set *set = (pika_gl__set *)dataset->device;
    pika_gl *gl;
    int entered;
    if (set == NULL) return;
    gl = set->gl;
    entered = gl->ready && !gl->lost && pika_gl__enter(gl, ctx, "pika_dataset_free") == PIKA_OK;
    if (!entered) set->generation = 0; /* the names are forgotten */
    pika_gl__drop_pieces(gl, ctx, set);
    if (entered) pika_gl__leave(gl);
    pika_ctx_release(ctx, set->pieces, set->piece_room * sizeof *set->pieces);
    pika_ctx_release(ctx, set, sizeof *set);
    dataset->device = NULL;
}

PIKA_GL__PRIV pika_result pika_gl__update(
    pika_ctx *ctx, pika_dataset *dataset, size_t first, const pika_points *points)
{
    pika_gl__set *set = (pika_gl__set *)dataset->device;
    pika_gl *gl = set->gl;
    const int device_only = (dataset->flags & PIKA_DATASET_DEVICE_ONLY) != 0;
    const size_t old_rows = set->rows,
                 inside = first < old_rows ? pika_gl__least(points->count, old_rows - first) : 0;
    const size_t old_count = set->piece_count;
    const size_t old_last = old_count > 0 ? set->pieces[old_count - 1].rows : 0;
    size_t i;
    int c, nulls = 0;
    pika_result result;
    if (set->imported)
        return pika_ctx_fail(
            ctx, PIKA_ERR_UNSUPPORTED, "pika_dataset_update: the buffers of an import are yours to write");
    for (c = 0; c < PIKA_GL__COLUMNS; c++)
        if (set->types[c] >= 0 && pika_gl__column_of(points, c)->valid != NULL) nulls = 1;
    result = pika_gl__enter(gl, ctx, "pika_dataset_update");
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result == PIKA_OK && (gl->off || set->generation != gl->generation)) {
        pika_gl__leave(gl);
        result = PIKA_ERR_GPU;
    }
    if (result != PIKA_OK || !set->resident || (nulls && !set->has_nulls)) {
        if (result == PIKA_OK) {
            if (!device_only) pika_gl__drop_pieces(gl, ctx, set);
            pika_gl__leave(gl);
        }
        if (device_only)
            return result == PIKA_OK
                       ? pika_ctx_fail(ctx, PIKA_ERR_UNSUPPORTED,
                             "pika_dataset_update: nulls came to rows on the device that were made without")
                       : pika_ctx_fail(ctx, PIKA_ERR_GPU, "pika_dataset_update: the GPU is off or lost");
        set->generation = 0; /* uploads anew at the next use */
        set->rows = first + points->count > old_rows ? first + points->count : old_rows;
        return PIKA_OK;
    }
    pika_gl__survey(set, points, 0, points->count);
    result = pika_gl__append(gl, ctx, set, points, inside, points->count - inside);
    for (i = 0; result == PIKA_OK && inside > 0 && i < set->piece_count; i++) {
        pika_gl__piece *piece = &set->pieces[i];
        const size_t from = pika_gl__most(first, piece->first),
                     end = pika_gl__least(first + inside, piece->first + piece->rows);
        if (from < end)
            result = pika_gl__upload(gl, set, piece, from - piece->first, points, from - first, end - from);
    }
    if (result != PIKA_OK) { /* as it was, or read anew from the host */
        while (set->piece_count > old_count)
            pika_gl__drop_piece(gl, ctx, &set->pieces[--set->piece_count], gl->lost);
        if (old_count > 0) set->pieces[old_count - 1].rows = old_last;
        set->rows = old_rows;
        if (!device_only) {
            pika_gl__drop_pieces(gl, ctx, set);
            set->generation = 0;
            set->rows = first + points->count > old_rows ? first + points->count : old_rows;
            result = PIKA_OK;
        }
    }
    pika_gl__leave(gl);
    if (result != PIKA_OK)
        return pika_ctx_fail(ctx, result, "pika_dataset_update: the rows could not be uploaded");
    return PIKA_OK;
}

/* ---- >>gl_calls: the public calls ------------------------------------------------------------------ */

PIKA_GL__PRIV void pika_gl__start(pika_gl *gl)
{
    char message[1300];
    pika_gl__text text = pika_gl__text_in(message, sizeof message);
    uint32_t tuned[2];
    gl->off = gl->lost = gl->depth = gl->testing = gl->tuned = gl->paced = 0;
    gl->reason[0] = gl->cpu_reason[0] = 0;
    gl->generation++;
    gl->program_count = gl->pooled = gl->choice_count = gl->ring_next = 0;
    gl->used = gl->held = 0;
    memset(gl->ring, 0, sizeof gl->ring);
    memset(&gl->partition, 0, sizeof gl->partition);
    gl->framebuffer = gl->textures[0] = gl->textures[1] = 0;
    gl->target_width = gl->target_height = 0;
    gl->unsupported = NULL;
    if (gl->frame != NULL) memset(gl->frame, 0, sizeof(pika_gl_grid));
    pika_gl__find_caps(gl);
    gl->upload_chunk = 0;
    gl->rows_per_dispatch = gl->caps.software ? (uint32_t)1 << 18 : (uint32_t)1 << 20;
    gl->workgroup = gl->desc.workgroup != 0 ? gl->desc.workgroup : 128;
    gl->rows_per_thread = 16;
    if (gl->desc.workgroup == 0 && gl->desc.cache_load != NULL &&
        gl->desc.cache_load(gl->desc.cache_user, pika_gl__tuned_key(gl), tuned, sizeof tuned) ==
            sizeof tuned &&
        (tuned[0] == 64 || tuned[0] == 128 || tuned[0] == 256 || tuned[0] == 512 || tuned[0] == 1024)) {
        gl->workgroup = (int)tuned[0];
        gl->rows_per_thread = tuned[1] >= 1 && tuned[1] <= 1024 ? (int)tuned[1] : 16;
        gl->tuned = 1;
    }
    while (gl->workgroup > 64 && gl->workgroup > gl->caps.invocations) gl->workgroup /= 2;
    pika_gl__say(&text, "pika_gl: ");
    pika_gl__say(&text, gl->caps.text);
    pika_ctx_log(gl->ctx, gl->caps.level == PIKA_GL_LEVEL_NONE ? 1 : 2, message);
}
PIKA_GL__PRIV pika_result pika_gl__check_desc(pika_ctx *ctx, const pika_gl_desc *desc)
{
    const int lx = desc->workgroup;
    if (desc->load_proc == NULL)
        return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_init: desc.load_proc is NULL");
    if (desc->strategy < PIKA_GL_AUTO || desc->strategy > PIKA_GL_SORT)
        return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_init: desc.strategy is unknown, needs 0..3");
    if (desc->profile < PIKA_GL_PROFILE_FULL || desc->profile > PIKA_GL_PROFILE_RASTER)
        return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_init: desc.profile is unknown, needs 0..3");
    if (desc->validate < 0 || desc->validate > 2)
        return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_init: desc.validate is unknown, needs 0..2");
    if ((desc->flags & ~(unsigned)(PIKA_GL_KEEP_NO_STATE | PIKA_GL_TUNE)) != 0)
        return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_init: desc.flags has an unknown bit");
    if (lx != 0 && lx != 64 && lx != 128 && lx != 256 && lx != 512 && lx != 1024)
        return pika_ctx_fail(
            ctx, PIKA_ERR_INVALID, "pika_gl_init: desc.workgroup needs 0, 64, 128, 256, 512 or 1024");
    if ((desc->cache_load == NULL) != (desc->cache_save == NULL))
        return pika_ctx_fail(
            ctx, PIKA_ERR_INVALID, "pika_gl_init: desc.cache_load and cache_save: both or neither");
    if (desc->context_current != NULL && !desc->context_current(desc->context_user))
        return pika_ctx_fail(
            ctx, PIKA_ERR_MISMATCH, "pika_gl_init: the OpenGL context is not current on this thread");
    return PIKA_OK;
}

PIKA_API pika_result pika_gl_init(pika_gl *gl, pika_ctx *ctx, const pika_gl_desc *desc)
{
    pika_result result;
    if (gl == NULL || ctx == NULL || desc == NULL)
        return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_init: gl, ctx or desc is NULL");
    result = pika_gl__check_desc(ctx, desc);
    if (result != PIKA_OK) return result;
    memset(gl, 0, sizeof *gl);
    gl->ctx = ctx;
    gl->desc = *desc;
    gl->ready = PIKA_VERSION;
    gl->backend.self = gl;
    gl->backend.caps = pika_gl__backend_caps;
    gl->backend.estimate = pika_gl__estimate;
    gl->backend.stats = pika_gl__backend_stats;
    gl->backend.create = pika_gl__create;
    gl->backend.update = pika_gl__update;
    gl->backend.destroy = pika_gl__destroy;
    gl->backend.aggregate = pika_gl__aggregate;
    gl->backend.fetch = pika_gl__fetch;
    gl->backend.sum_bound = pika_gl__sum_bound;
    pika_gl__start(gl);
    return PIKA_OK;
}
PIKA_API void pika_gl_free(pika_gl *gl)
{
    if (gl == NULL || !gl->ready) return;
    if (!gl->lost && gl->caps.level != PIKA_GL_LEVEL_NONE &&
        pika_gl__enter(gl, gl->ctx, "pika_gl_free") == PIKA_OK) {
        int i;
        if (gl->frame != NULL && ((pika_gl_grid *)gl->frame)->ready)
            pika_gl__free_grid(gl, (pika_gl_grid *)gl->frame);
        pika_gl__drop_ring(gl);
        pika_gl__give(gl, &gl->partition);
        pika_gl__trim(gl);
        if (gl->caps.level == PIKA_GL_LEVEL_RASTER) pika_gl__drop_target(gl);
        PIKA_GL__(UseProgram)(0); /* so that none of ours is current when it is deleted */
        for (i = 0; i < gl->program_count; i++) PIKA_GL__(DeleteProgram)(gl->programs[i].name);
        pika_gl__leave(gl);
    }
    pika_ctx_release(gl->ctx, gl->frame, gl->frame != NULL ? sizeof(pika_gl_grid) : 0);
    memset(gl, 0, sizeof *gl);
}
PIKA_API void pika_gl_abandon(pika_gl *gl)
{
    if (gl == NULL || !gl->ready) return;
    gl->lost = 1;
    pika_gl__turn_off(gl, "pika_gl_abandon was called", "");
    gl->generation++;
    gl->program_count = gl->pooled = 0;
    gl->used = gl->held = 0;
    gl->framebuffer = gl->textures[0] = gl->textures[1] = 0;
    gl->target_width = gl->target_height = 0;
    memset(gl->ring, 0, sizeof gl->ring);
    memset(&gl->partition, 0, sizeof gl->partition);
    if (gl->frame != NULL) memset(gl->frame, 0, sizeof(pika_gl_grid));
}
PIKA_API pika_result pika_gl_reinit(pika_gl *gl, const pika_gl_desc *desc)
{
    pika_result result;
    if (gl == NULL || !gl->ready) return PIKA_ERR_INVALID;
    result = pika_gl__check_desc(gl->ctx, desc != NULL ? desc : &gl->desc);
    if (result != PIKA_OK) return result;
    if (desc != NULL) gl->desc = *desc;
    pika_gl__start(gl);
    return PIKA_OK;
}
PIKA_API const pika_gl_caps *pika_gl_get_caps(const pika_gl *gl)
{
    return gl != NULL && gl->ready ? &gl->caps : NULL;
}
PIKA_API const pika_backend *pika_gl_backend(pika_gl *gl)
{
    return gl != NULL && gl->ready ? &gl->backend : NULL;
}
PIKA_API pika_result pika_gl_get_memory_stats(const pika_gl *gl, pika_gl_memory_stats *stats)
{
    if (gl == NULL || !gl->ready || stats == NULL) return PIKA_ERR_INVALID;
    stats->used = gl->used;
    stats->held = gl->held;
    stats->hits = gl->pool_hits;
    stats->misses = gl->pool_misses;
    stats->programs_compiled = gl->compiled_programs;
    stats->programs_cached = gl->cached_programs;
    return PIKA_OK;
}

PIKA_API pika_result pika_gl_grid_init(pika_gl *gl, pika_gl_grid *grid, const pika_grid_desc *desc)
{
    pika_result result;
    if (gl == NULL || !gl->ready || grid == NULL) return PIKA_ERR_INVALID;
    if (grid->ready)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_INVALID, "pika_gl_grid_init: the grid is in use: free it first");
    result = pika_grid_check(gl->ctx, desc);
    if (result != PIKA_OK) return result;
    if ((desc->planes & ~(unsigned)PIKA_GL__OWN_PLANES) != 0)
        return pika_ctx_fail(gl->ctx, PIKA_ERR_UNSUPPORTED,
            "pika_gl_grid_init: desc.planes: OpenGL computes count, any, sum, mean, min and max alone");
    result = pika_gl__enter(gl, gl->ctx, "pika_gl_grid_init");
    if (result == PIKA_OK) {
        result = gl->off || gl->caps.level != PIKA_GL_LEVEL_COMPUTE ? PIKA_ERR_GPU
                                                                    : pika_gl__make_grid(gl, grid, desc);
        pika_gl__leave(gl);
    }
    if (result == PIKA_OK || result == PIKA_ERR_MISMATCH) return result;
    return pika_ctx_fail(gl->ctx, result,
        result == PIKA_ERR_MEMORY ? "pika_gl_grid_init: the planes do not fit into video memory or one buffer"
                                  : "pika_gl_grid_init: the GPU is off, or has no compute shaders");
}
PIKA_API void pika_gl_grid_free(pika_gl *gl, pika_gl_grid *grid)
{
    if (grid == NULL || !grid->ready) return;
    if (gl != NULL && gl->ready && !gl->lost && grid->generation == gl->generation &&
        pika_gl__enter(gl, gl->ctx, "pika_gl_grid_free") == PIKA_OK) {
        pika_gl__free_grid(gl, grid);
        pika_gl__leave(gl);
    }
    memset(grid, 0, sizeof *grid);
}

PIKA_GL__PRIV pika_result pika_gl__check_grid(pika_gl *gl, const pika_gl_grid *grid)
{
    if (gl == NULL || !gl->ready) return PIKA_ERR_INVALID;
    if (grid == NULL || !grid->ready || grid->gl != gl)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_INVALID, "the GL grid is not initialised, or another pika_gl's");
    return PIKA_OK;
}

PIKA_API pika_result pika_gl_aggregate(
    pika_gl *gl, pika_dataset *dataset, pika_gl_grid *grid, const pika_view *view)
{
    pika_result result = pika_gl__check_grid(gl, grid);
    if (result != PIKA_OK) return result;
    if (dataset == NULL || dataset->backend != &gl->backend || dataset->device == NULL)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_INVALID, "pika_gl_aggregate: the dataset is not one of this pika_gl");
    if (view != NULL) {
        pika_grid_desc desc = grid->desc;
        if (view->width != desc.view.width || view->height != desc.view.height)
            return pika_ctx_fail(
                gl->ctx, PIKA_ERR_MISMATCH, "pika_gl_aggregate: view.width and height are not the grid's");
        desc.view = *view;
        result = pika_grid_check(gl->ctx, &desc);
        if (result != PIKA_OK) return result;
        if (!pika_gl__same_view(&grid->desc.view, view)) grid->prepared = 0;
        grid->desc.view = *view;
    }
    {
        const pika_gl__set *set = (const pika_gl__set *)dataset->device;
        if ((grid->desc.planes & PIKA_GL__VALUE_PLANES) != 0 && set->types[PIKA_GL__VALUE] < 0 &&
            set->rows > 0)
            return pika_ctx_fail(gl->ctx, PIKA_ERR_INVALID,
                "pika_gl_aggregate: the grid has value planes and the dataset no value column");
        if (grid->desc.categories > 0 && set->types[PIKA_GL__CATEGORY] < 0 && set->rows > 0)
            return pika_ctx_fail(gl->ctx, PIKA_ERR_INVALID,
                "pika_gl_aggregate: the grid has categories and the dataset no category column");
    }
    grid->filled = grid->failed = 0;
    grid->dataset = dataset;
    result = pika_gl__enter(gl, gl->ctx, "pika_gl_aggregate");
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result == PIKA_OK) {
        result =
            grid->generation != gl->generation ? PIKA_ERR_GPU : pika_gl__submit(gl, gl->ctx, dataset, grid);
        if (result == PIKA_OK) PIKA_GL__(Flush)();
        pika_gl__leave(gl);
    }
    if (result == PIKA_ERR_GPU || result == PIKA_ERR_MEMORY) {
        if (dataset->points.x.data == NULL && dataset->points.count > 0)
            return pika_ctx_fail(
                gl->ctx, PIKA_ERR_GPU, "pika_gl_aggregate: the GPU failed, and the rows are nowhere else");
        grid->failed = 1; /* pika_gl_read lets the CPU do it */
        return PIKA_OK;
    }
    return result;
}

PIKA_API pika_result pika_gl_read_begin(pika_gl *gl, pika_gl_grid *grid)
{
    pika_result result = pika_gl__check_grid(gl, grid);
    if (result != PIKA_OK) return result;
    if (!grid->filled && !grid->failed)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_INVALID, "pika_gl_read_begin: the GL grid holds no result yet");
    if (grid->failed) return PIKA_OK;
    result = pika_gl__enter(gl, gl->ctx, "pika_gl_read_begin");
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result == PIKA_OK) {
        result =
            gl->off || grid->generation != gl->generation ? PIKA_ERR_GPU : pika_gl__start_reading(gl, grid);
        pika_gl__leave(gl);
    }
    if (result != PIKA_OK) grid->failed = 1;
    return PIKA_OK;
}
PIKA_API int pika_gl_read_ready(pika_gl *gl, pika_gl_grid *grid)
{
    pika_result result = pika_gl__check_grid(gl, grid);
    int ready = 1;
    if (result != PIKA_OK) return result;
    if (grid->failed || gl->lost || grid->generation != gl->generation)
        return 1; /* the CPU is always ready */
    if (grid->fence == NULL)
        return pika_ctx_fail(gl->ctx, PIKA_ERR_INVALID, "pika_gl_read_ready: pika_gl_read_begin comes first");
    result = pika_gl__enter(gl, gl->ctx, "pika_gl_read_ready");
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result == PIKA_OK) {
        ready = PIKA_GL__(ClientWaitSync)(grid->fence, PIKA_GL__SYNC_FLUSH, 0) != PIKA_GL__TIMEOUT_EXPIRED;
        pika_gl__leave(gl);
    }
    return ready;
}
PIKA_API pika_result pika_gl_read(pika_gl *gl, pika_gl_grid *grid, pika_grid *out)
{
    const pika_grid_desc *desc = pika_grid_get_desc(out);
    pika_result result = pika_gl__check_grid(gl, grid);
    if (result != PIKA_OK) return result;
    if (desc == NULL)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_INVALID, "pika_gl_read: the grid to read into is not initialised");
    if ((desc->planes | PIKA_COUNT) != (grid->desc.planes | PIKA_COUNT) ||
        desc->categories != grid->desc.categories || desc->view.width != grid->desc.view.width ||
        desc->view.height != grid->desc.view.height)
        return pika_ctx_fail(gl->ctx, PIKA_ERR_MISMATCH,
            "pika_gl_read: planes, categories, width or height are not the GL grid's");
    result = pika_gl_read_begin(gl, grid);
    if (result != PIKA_OK) return result;
    if (!grid->failed) {
        result = pika_gl__enter(gl, gl->ctx, "pika_gl_read");
        if (result == PIKA_ERR_MISMATCH) return result;
        if (result == PIKA_OK) {
            result = gl->off || grid->generation != gl->generation
                         ? PIKA_ERR_GPU
                         : pika_gl__finish_reading(gl, gl->ctx, grid, out);
            pika_gl__leave(gl);
        }
        if (result == PIKA_OK) {
            gl->stats.gpu_calls++;
            return PIKA_OK;
        }
        if (result != PIKA_ERR_GPU && result != PIKA_ERR_MEMORY) return result;
    }
    result = pika_gl__by_cpu(gl, gl->ctx, grid->dataset, out, &grid->desc.view, pika_gl__why(gl, result));
    if (result != PIKA_OK && result != PIKA_ERR_GPU) pika_grid_clear(gl->ctx, out);
    return result;
}

PIKA_GL__PRIV pika_result pika_gl__compact(
    pika_gl *gl, pika_ctx *ctx, pika_gl_grid *grid, uint32_t *pairs, size_t capacity, size_t *cells)
{
    const uint32_t block = (uint32_t)gl->workgroup * 32, all = pika_gl__cells_of(&grid->desc);
    const uint32_t blocks = (all + block - 1) / block;
    pika_gl__program programs[3];
    pika_gl__buffer scratch, list;
    pika_gl__parameters p;
    pika_result result = PIKA_OK;
    uint32_t total = 0;
    int step;
    (void)ctx;
    memset(&list, 0, sizeof list);
    for (step = 0; result == PIKA_OK && step < 3; step++) {
        pika_gl__source source;
        pika_gl__text text;
        pika_gl__begin_source(gl, &source, &text, "KERNEL_COMPACT");
        pika_gl__define(&text, "STEP", step + 1);
        pika_gl__add_part(&source, pika_gl__common);
        pika_gl__add_part(&source, pika_gl__compact_kernel);
        result = pika_gl__program_of(gl, &source, &programs[step]);
    }
    if (result == PIKA_OK) result = pika_gl__take(gl, &scratch, ((size_t)blocks + 1) * 4);
    if (result != PIKA_OK) return result;
    memset(&p, 0, sizeof p);
    p.u[1][1] = all;
    p.u[9][0] = block;
    p.u[9][1] = blocks;
    p.u[9][2] = blocks + 1;
    pika_gl__bind(gl, 1, grid->planes[PIKA_GL__COUNTS].name);
    pika_gl__bind(gl, 3, scratch.name);
    pika_gl__dispatch(gl, &programs[0], &p, blocks);
    pika_gl__dispatch(gl, &programs[1], &p, 1);
    result = pika_gl__download(gl, scratch.name, (size_t)blocks * 4, 4, &total);
    if (result == PIKA_OK && pairs != NULL && total > 0 && total <= capacity) {
        const size_t head = ((size_t)blocks + 1) * 4;
        result = pika_gl__take(gl, &list, head + (size_t)total * 8);
        if (result == PIKA_OK && head + (size_t)total * 8 > gl->caps.block_bytes) result = PIKA_ERR_MEMORY;
        if (result == PIKA_OK) {
            PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_BUFFER_UPDATE);
            PIKA_GL__(BindBuffer)(PIKA_GL__COPY_READ, scratch.name);
            PIKA_GL__(BindBuffer)(PIKA_GL__COPY_WRITE, list.name);
            PIKA_GL__(CopyBufferSubData)(PIKA_GL__COPY_READ, PIKA_GL__COPY_WRITE, 0, 0, (ptrdiff_t)head);
            pika_gl__bind(gl, 3, list.name);
            pika_gl__dispatch(gl, &programs[2], &p, blocks);
            result = pika_gl__download(gl, list.name, head, (size_t)total * 8, pairs);
        }
    }
    *cells = total;
    pika_gl__give(gl, &list);
    pika_gl__give(gl, &scratch);
    return result;
}
PIKA_API pika_result pika_gl_compact(
    pika_gl *gl, pika_gl_grid *grid, uint32_t *index_count_pairs, size_t capacity, size_t *cells)
{
    pika_result result = pika_gl__check_grid(gl, grid);
    if (result != PIKA_OK) return result;
    if (cells == NULL) return pika_ctx_fail(gl->ctx, PIKA_ERR_INVALID, "pika_gl_compact: cells is NULL");
    if (!grid->filled)
        return pika_ctx_fail(gl->ctx, grid->failed ? PIKA_ERR_GPU : PIKA_ERR_INVALID,
            "pika_gl_compact: the GL grid holds no result");
    result = pika_gl__enter(gl, gl->ctx, "pika_gl_compact");
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result == PIKA_OK) {
        result = gl->off || grid->generation != gl->generation
                     ? PIKA_ERR_GPU
                     : pika_gl__compact(gl, gl->ctx, grid, index_count_pairs, capacity, cells);
        pika_gl__leave(gl);
    }
    if (result != PIKA_OK)
        return pika_ctx_fail(
            gl->ctx, result, "pika_gl_compact: the GPU failed or its memory does not suffice");
    if (index_count_pairs != NULL && *cells > capacity)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_SIZE, "pika_gl_compact: capacity is less than the cells that have rows");
    return PIKA_OK;
}

PIKA_API pika_result pika_gl_dataset_import(pika_gl *gl, pika_dataset *dataset, const pika_gl_points *points)
{
    static const char *const names[] = {"x", "y", "value", "category"};
    pika_gl__set *set;
    pika_gl__set probe;
    pika_result result;
    char message[200];
    int c;
    if (gl == NULL || !gl->ready) return PIKA_ERR_INVALID;
    if (dataset == NULL || dataset->backend != NULL || points == NULL)
        return pika_ctx_fail(gl->ctx, PIKA_ERR_INVALID,
            "pika_gl_dataset_import: dataset or points is NULL, or the dataset is in use");
    memset(&probe, 0, sizeof probe);
    probe.import = *points;
    if (points->host != NULL && points->host->count != points->count)
        return pika_ctx_fail(gl->ctx, PIKA_ERR_INVALID, "pika_gl_dataset_import: host.count is not count");
    if (points->count > ((size_t)1 << 31))
        return pika_ctx_fail(gl->ctx, PIKA_ERR_SIZE, "pika_gl_dataset_import: count is more than 2^31");
    result = pika_gl__enter(gl, gl->ctx, "pika_gl_dataset_import");
    if (result == PIKA_OK && (gl->off || gl->caps.level != PIKA_GL_LEVEL_COMPUTE)) {
        pika_gl__leave(gl);
        result = PIKA_ERR_GPU;
    }
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result != PIKA_OK)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_GPU, "pika_gl_dataset_import: the GPU is off, or has no compute shaders");
    for (c = 0; result == PIKA_OK && c < PIKA_GL__COLUMNS; c++) {
        const pika_gl_column *column = pika_gl__imported_column(&probe, c);
        const char *wrong = NULL;
        if (column->buffer == 0) {
            if (c < 2 && points->count > 0) wrong = ".buffer is 0, and the column is needed";
        } else if (column->type < PIKA_F32 || column->type > PIKA_U64) wrong = ".type is unknown";
        else if (c == PIKA_GL__CATEGORY && column->type < PIKA_I8) wrong = ".type needs an integer type";
        else if (!PIKA_GL__(IsBuffer)(column->buffer)) wrong = ".buffer is no buffer object";
        else if (column->offset % 4 != 0 || column->stride % 4 != 0)
            wrong = ".offset and .stride need multiples of 4";
        else if (column->stride != 0 &&
                 (column->stride < 0 || (size_t)column->stride < pika_gl__element(column->type)))
            wrong = ".stride is less than an element";
        else if (points->count > 0) {
            const size_t size = pika_gl__buffer_size(gl, column->buffer),
                         stride = pika_gl__imported_stride(column);
            const size_t element = pika_gl__element(column->type);
            if (column->offset > size || size - column->offset < element ||
                (points->count - 1) > (size - column->offset - element) / stride)
                wrong = ".buffer is too small for count rows";
        }
        if (wrong == NULL && points->host != NULL && column->buffer != 0) {
            const pika_column *host = pika_gl__column_of(points->host, c);
            if (host->data == NULL && points->count > 0) wrong = " is absent in host";
            else if (host->type != column->type) wrong = ".type is not that of host";
        }
        if (wrong != NULL) {
            pika_gl__text text = pika_gl__text_in(message, sizeof message);
            pika_gl__say(&text, "pika_gl_dataset_import: ");
            pika_gl__say(&text, names[c]);
            pika_gl__say(&text, wrong);
            result = PIKA_ERR_INVALID;
        }
        probe.types[c] = column->buffer != 0 ? column->type : -1;
    }
    pika_gl__leave(gl);
    if (result != PIKA_OK) return pika_ctx_fail(gl->ctx, result, message);
    set = (pika_gl__set *)pika_ctx_alloc(gl->ctx, sizeof *set, 16);
    if (set == NULL) return PIKA_ERR_MEMORY;
    *set = probe;
    set->gl = gl;
    set->generation = gl->generation;
    set->imported = 1;
    set->serial = ++gl->serial;
    set->rows = points->count;
    set->import.host = NULL;
    set->may_miss = set->types[PIKA_GL__VALUE] == PIKA_F32 || set->types[PIKA_GL__VALUE] == PIKA_F64;
    set->exponent =
        set->types[PIKA_GL__VALUE] < 0 ? 0 : (int)pika_gl__element(set->types[PIKA_GL__VALUE]) * 8;
    memset(dataset, 0, sizeof *dataset);
    dataset->backend = &gl->backend;
    dataset->device = set;
    if (points->host != NULL) dataset->points = *points->host;
    else dataset->flags = PIKA_DATASET_DEVICE_ONLY;
    dataset->points.count = points->count;
    for (c = 0; c < PIKA_GL__COLUMNS; c++) { /* a stride tells pika.h that a column is there */
        pika_column *column = pika_gl__own_column(&dataset->points, c);
        if (points->host == NULL && set->types[c] >= 0) column->type = set->types[c];
        if (column->stride == 0 && (points->host != NULL ? column->data != NULL : set->types[c] >= 0))
            column->stride = (ptrdiff_t)pika_gl__element(column->type);
    }
    return PIKA_OK;
}

/* ---- >>gl_shade: colours ------------------------------------------------------------------------------
   What a cell shows is an ordered key of its plane's type: the count, the key of an extreme, or the double
   that a sum or a mean rounds to, computed in integers. The scale's edges become the least keys that are not
   below them, so a level is found by comparing integers, and is the one of pika_shade. */

enum {
    PIKA_GL__EXTENT = 1,
    PIKA_GL__EXTENT_LOW,
    PIKA_GL__TABLE,
    PIKA_GL__LIST,
    PIKA_GL__COLORS,
    PIKA_GL__TEXELS,
    PIKA_GL__COLORS_AT = 512, /* in the tables: the edges' keys come before */
    PIKA_GL__FEW = 65536      /* counts below have a place in the table */
};

/* points: rows of cells, or their values where some may miss; planes: the plane's words. u[0] first cell and
   end within the category; u[1] width, -, the category's first cell, exponent of the sums; u[9] of the STEP.
   KIND 0: count, 1: any, 2: min or max, 3: sum, 4: mean. */
PIKA_GL__PRIV const char *const pika_gl__paint_keys =
    "#if KIND == 3 || KIND == 4\n"
    "#define INFINITE uvec2(0x7FF00000u, 0u)\n"
    "uvec2 rounded(uvec2 v) {\n" /* 64 bits to 53, to nearest, ties to even */
    "    uint up = (v.y & 0x7FFu) + ((v.y >> 11) & 1u) > 0x400u ? 1u : 0u;\n"
    "    uvec2 m = uvec2(v.x >> 11, (v.x << 21 | v.y >> 11) + up);\n"
    "    if (up != 0u && m.y == 0u) m.x++;\n"
    "    return m;\n"
    "}\n"
    "uvec2 real_bits(uvec2 v, int power) {\n" /* of v * 2^(power - 63); the highest bit of v is set */
    "    if (power > 1023) return INFINITE;\n"
    "    for (; power < -1022; power++) v = uvec2(v.x >> 1, v.x << 31 | v.y >> 1 | (v.y & 1u));\n"
    "    uvec2 m = rounded(v);\n"
    "    m.x += uint(power + 1022) << 20;\n"
    "    return m.x >= 0x7FF00000u ? INFINITE : m;\n"
    "}\n"
    "uvec2 total_bits(uvec3 w, uint n) {\n" /* w > 0, highest word first; n: values */
    "    int power = 32 + int(u[1].w);\n"
    "    for (int i = 0; i < 2; i++) if (w.x == 0u) { w = uvec3(w.y, w.z, 0u); power -= 32; }\n"
    "    for (; (w.x >> 31) == 0u; power--)\n"
    "        w = uvec3(w.x << 1 | w.y >> 31, w.y << 1 | w.z >> 31, w.z << 1);\n"
    "    uvec2 v = uvec2(w.x, w.y | (w.z != 0u ? 1u : 0u));\n"
    "#if KIND == 4\n"
    "    uvec2 m = rounded(v);\n"
    "    if ((m.x >> 21) != 0u) { m = uvec2(0x100000u, 0u); power++; }\n"
    "    if (power > 1023) return INFINITE;\n"
    "    uvec2 q = uvec2(0u, m.x / n);\n" /* long division, until 54 bits of the quotient are known */
    "    uint rest = m.x % n;\n"
    "    power += 33;\n"
    "    while (q.x < 0x200000u) {\n"
    "        bool more = (rest >> 31) != 0u;\n"
    "        rest = rest << 1 | m.y >> 31;\n"
    "        m.y <<= 1;\n"
    "        more = more || rest >= n;\n"
    "        if (more) rest -= n;\n"
    "        q = uvec2(q.x << 1 | q.y >> 31, q.y << 1 | (more ? 1u : 0u));\n"
    "        power--;\n"
    "    }\n"
    "    v = uvec2(q.x << 10 | q.y >> 22, q.y << 10 | (rest != 0u ? 1u : 0u));\n"
    "#endif\n"
    "    return real_bits(v, power);\n"
    "}\n"
    "#endif\n"
    "bool cell_key(uint cell, out uvec2 k) {\n" /* false: the cell is empty */
    "    uint i = u[1].z + cell, n = points[i];\n"
    "    k = uvec2(0u);\n"
    "    if (n == 0u) return false;\n"
    "#if KIND == 3 || KIND == 4\n"
    "    uvec3 w = uvec3(planes[4u * i + 2u], planes[4u * i + 1u], planes[4u * i]);\n"
    "    uint infinities = planes[4u * i + 3u];\n"
    "    bool negative = (w.x >> 31) != 0u;\n"
    "    if (infinities == 3u) return false;\n"
    "    if (infinities != 0u) {\n"
    "        negative = infinities == 2u;\n"
    "        k = INFINITE;\n"
    "    } else {\n"
    "        if (negative) {\n"
    "            w = uvec3(~w.x, ~w.y, 0u - w.z);\n"
    "            if (w.z == 0u) { w.y++; if (w.y == 0u) w.x++; }\n"
    "        }\n"
    "        if ((w.x | w.y | w.z) != 0u) k = total_bits(w, n);\n"
    "    }\n"
    "    if (negative && (k.x | k.y) != 0u) k.x |= 0x80000000u;\n" /* there is no -0 */
    "    k = turned(k);\n"
    "#elif KIND == 2\n"
    "#ifdef WIDE\n"
    "    k = uvec2(planes[2u * i], planes[2u * i + 1u]);\n"
    "#else\n"
    "    k.x = planes[i];\n"
    "#endif\n"
    "#elif KIND == 1\n"
    "    k.x = 1u;\n"
    "#else\n"
    "    k.x = n;\n"
    "#endif\n"
    "    return true;\n"
    "}\n"
    "bool within(uvec2 k) {\n" /* u[9]: the least and the greatest key to look at */
    "#ifdef WIDE\n"
    "    return not_above(u[9].xy, k) && not_above(k, u[9].zw);\n"
    "#else\n"
    "    return u[9].y <= k.x && k.x <= u[9].w;\n"
    "#endif\n"
    "}\n"
    "uint first_cell(uint each) {\n"
    "    return u[0].x + group_index() * uint(LX) * each + gl_LocalInvocationID.x;\n"
    "}\n";

/* 1, 2: the least and the greatest key, and of wide ones the low words among those with that high word, to
   scratch[0..3]. 3: from scratch[16] on how many cells have each count, to scratch[0] how many a larger one.
   4: to scratch[0] how many cells have a key, the keys from scratch[16] on, in any order. */
PIKA_GL__PRIV const char *const pika_gl__paint_ranks =
    "#if STEP == 1 || STEP == 2\n"
    "shared uint least, most;\n"
    "void main() {\n"
    "    uint cell = first_cell(8u), id = gl_LocalInvocationID.x;\n"
    "    uvec2 k;\n"
    "    if (id == 0u) { least = 0xFFFFFFFFu; most = 0u; }\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint j = 0u; j < 8u; j++, cell += uint(LX)) {\n"
    "        if (cell >= u[0].y || !cell_key(cell, k) || !within(k)) continue;\n"
    "#if STEP == 1\n"
    "        atomicMin(least, k.x);\n"
    "        atomicMax(most, k.x);\n"
    "#else\n"
    "        if (k.x == scratch[0]) atomicMin(least, k.y);\n"
    "        if (k.x == scratch[1]) atomicMax(most, k.y);\n"
    "#endif\n"
    "    }\n"
    "    memoryBarrierShared(); barrier();\n"
    "    if (id == 0u) {\n"
    "        atomicMin(scratch[2 * STEP - 2], least);\n"
    "        atomicMax(scratch[2 * STEP - 1], most);\n"
    "    }\n"
    "}\n"
    "#elif STEP == 3\n"
    "shared uint lowest[1024];\n"
    "void main() {\n"
    "    uint cell = first_cell(32u), id = gl_LocalInvocationID.x;\n"
    "    for (uint n = id; n < 1024u; n += uint(LX)) lowest[n] = 0u;\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint j = 0u; j < 32u; j++, cell += uint(LX)) {\n"
    "        uvec2 k;\n"
    "        if (cell >= u[0].y || !cell_key(cell, k)) continue;\n"
    "        if (k.x < 1024u) atomicAdd(lowest[k.x], 1u);\n"
    "        else if (k.x < 65536u) atomicAdd(scratch[16u + k.x], 1u);\n"
    "        else atomicAdd(scratch[0], 1u);\n"
    "    }\n"
    "    memoryBarrierShared(); barrier();\n"
    "    for (uint n = id; n < 1024u; n += uint(LX))\n"
    "        if (lowest[n] != 0u) atomicAdd(scratch[16u + n], lowest[n]);\n"
    "}\n"
    "#elif STEP == 4\n"
    "shared uint listed, start;\n"
    "void main() {\n"
    "    uint cell = first_cell(1u), id = gl_LocalInvocationID.x, at = 0u;\n"
    "    uvec2 k = uvec2(0u);\n"
    "    if (id == 0u) listed = 0u;\n"
    "    memoryBarrierShared(); barrier();\n"
    "    bool has = cell < u[0].y;\n"
    "    if (has) has = cell_key(cell, k);\n"
    "    if (has) has = within(k);\n"
    "    if (has) at = atomicAdd(listed, 1u);\n"
    "    memoryBarrierShared(); barrier();\n"
    "    if (id == 0u) start = atomicAdd(scratch[0], listed);\n"
    "    memoryBarrierShared(); barrier();\n"
    "    if (!has) return;\n"
    "#ifdef WIDE\n"
    "    at = 16u + 2u * (start + at);\n"
    "    scratch[at + 1u] = k.y;\n"
    "#else\n"
    "    at = 16u + start + at;\n"
    "#endif\n"
    "    scratch[at] = k.x;\n"
    "}\n"
    "#endif\n";

/* 5: the picture; u[9].x: edges that have a key. 6: its texels as 0xRRGGBBAA, to scratch. */
PIKA_GL__PRIV const char *const pika_gl__paint_colors =
    "#ifdef GL_ES\n"
    "precision highp image2D;\n"
    "#endif\n"
    "#if STEP == 5\n"
    "layout(rgba8, binding = 0) writeonly uniform image2D picture;\n"
    "#ifdef WIDE\n"
    "#define BELOW(j) (!not_above(uvec2(tables[2u * (j)], tables[2u * (j) + 1u]), k))\n"
    "#else\n"
    "#define BELOW(j) (k.x < tables[j])\n"
    "#endif\n"
    "void main() {\n"
    "    uint cell = first_cell(1u), level = 256u;\n" /* of empty cells: the background */
    "    uvec2 k;\n"
    "    if (cell >= u[0].y) return;\n"
    "    if (cell_key(cell, k)) {\n"
    "        uint high = u[9].x;\n"
    "        level = 0u;\n"
    "        while (high > level + 1u) {\n"
    "            uint middle = (level + high) >> 1;\n"
    "            if (BELOW(middle)) high = middle; else level = middle;\n"
    "        }\n"
    "    }\n"
    "    uint color = tables[512u + level];\n"
    "    uvec4 bytes = uvec4(color >> 24, (color >> 16) & 255u, (color >> 8) & 255u, color & 255u);\n"
    "    imageStore(picture, ivec2(int(cell % u[1].x), int(cell / u[1].x)), vec4(bytes) / 255.0);\n"
    "}\n"
    "#elif STEP == 6\n"
    "layout(rgba8, binding = 0) readonly uniform image2D picture;\n"
    "void main() {\n"
    "    uint cell = first_cell(1u);\n"
    "    if (cell >= u[0].y) return;\n"
    "    vec4 texel = imageLoad(picture, ivec2(int(cell % u[1].x), int(cell / u[1].x)));\n"
    "    uvec4 bytes = uvec4(texel * 255.0 + 0.5);\n"
    "    scratch[cell] = bytes.x << 24 | bytes.y << 16 | bytes.z << 8 | bytes.w;\n"
    "}\n"
    "#endif\n";

/* One category of one plane, as the kernels read it. */
typedef struct pika_gl__paint {
    unsigned plane, occupied, words; /* buffers: rows or values of cells, words of the plane */
    int type;                        /* whose keys they are */
    int exponent;
    uint32_t width, first, cells; /* first: of the category */
} pika_gl__paint;

PIKA_GL__PRIV void pika_gl__paint_of(
    const pika_gl_grid *grid, const pika_shade_desc *desc, pika_gl__paint *out)
{
    const unsigned plane = desc->plane;
    const int present = (plane & (PIKA_MIN | PIKA_MAX | PIKA_MEAN)) != 0 && grid->is_present;
    out->plane = plane;
    out->occupied = grid->planes[present ? PIKA_GL__PRESENT : PIKA_GL__COUNTS].name;
    out->words = grid->planes[plane == PIKA_MIN                       ? PIKA_GL__LEAST
                              : plane == PIKA_MAX                     ? PIKA_GL__GREATEST
                              : (plane & (PIKA_SUM | PIKA_MEAN)) != 0 ? PIKA_GL__SUMS
                                                                      : PIKA_GL__COUNTS]
                     .name;
    out->type = (plane & (PIKA_MIN | PIKA_MAX)) != 0    ? grid->value_type
                : (plane & (PIKA_SUM | PIKA_MEAN)) != 0 ? PIKA_F64
                                                        : PIKA_U32;
    out->exponent = grid->exponent;
    out->width = (uint32_t)grid->desc.view.width;
    out->cells = out->width * (uint32_t)grid->desc.view.height;
    out->first = desc->category > 0 ? (uint32_t)(desc->category - 1) * out->cells : 0;
}

PIKA_GL__PRIV double pika_gl__key_value(int type, uint64_t key)
{
    uint32_t words[2];
    words[0] = pika_gl__is_wide(type) ? (uint32_t)(key >> 32) : (uint32_t)key;
    words[1] = (uint32_t)key;
    return pika_gl__extreme_value(words, type);
}
PIKA_GL__PRIV uint64_t pika_gl__real_key(double v) /* in the order of the values; -0 is 0 */
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    if (bits == sign) bits = 0;
    return (bits & sign) != 0 ? ~bits : bits ^ sign;
}
/* The greatest key of a value that is a number; of floats infinity's. */
PIKA_GL__PRIV uint64_t pika_gl__last_key(int type)
{
    if (type == PIKA_F32) return 0xFF800000u;
    if (type == PIKA_F64) return (uint64_t)0xFFF00000u << 32;
    return pika_gl__is_wide(type) ? ~(uint64_t)0 : 0xFFFFFFFFu;
}
/* The least key whose value is not below the edge. 0: there is none. */
PIKA_GL__PRIV int pika_gl__edge_key(int type, double edge, uint64_t *key)
{
    const uint64_t wanted = pika_gl__real_key(edge);
    uint64_t low = 0, high = pika_gl__last_key(type);
    if (pika_gl__real_key(pika_gl__key_value(type, high)) < wanted) return 0;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (pika_gl__real_key(pika_gl__key_value(type, middle)) < wanted) low = middle + 1;
        else high = middle;
    }
    *key = low;
    return 1;
}

PIKA_GL__PRIV pika_result pika_gl__paint_program(
    pika_gl *gl, const pika_gl__paint *paint, int step, pika_gl__program *out)
{
    const int kind = paint->plane == PIKA_COUNT  ? 0
                     : paint->plane == PIKA_ANY  ? 1
                     : paint->plane == PIKA_SUM  ? 3
                     : paint->plane == PIKA_MEAN ? 4
                                                 : 2;
    pika_gl__source source;
    pika_gl__text text;
    pika_gl__begin_source(gl, &source, &text, "KERNEL_SHADE");
    pika_gl__define(&text, "STEP", step);
    pika_gl__define(&text, "KIND", kind);
    if (pika_gl__is_wide(paint->type)) pika_gl__say(&text, "#define WIDE\n");
    pika_gl__add_part(&source, pika_gl__common);
    pika_gl__add_part(&source, pika_gl__paint_keys);
    pika_gl__add_part(&source, step >= PIKA_GL__COLORS ? pika_gl__paint_colors : pika_gl__paint_ranks);
    return pika_gl__program_of(gl, &source, out);
}

/* One step over cells first..end of the category; tables and scratch are bound. special: its u[9]. */
PIKA_GL__PRIV pika_result pika_gl__paint_run(pika_gl *gl, const pika_gl__paint *paint, int step,
    const uint32_t special[4], uint32_t first, uint32_t end)
{
    const uint32_t each = step <= PIKA_GL__EXTENT_LOW ? 8 : step == PIKA_GL__TABLE ? 32 : 1;
    const uint32_t group = (uint32_t)gl->workgroup * each, most = (uint32_t)1 << 22; /* of a dispatch */
    pika_gl__program program;
    pika_gl__parameters p;
    const pika_result result = pika_gl__paint_program(gl, paint, step, &program);
    if (result != PIKA_OK) return result;
    memset(&p, 0, sizeof p);
    memcpy(p.u[9], special, sizeof p.u[9]);
    p.u[1][0] = paint->width;
    p.u[1][2] = paint->first;
    p.u[1][3] = (uint32_t)paint->exponent;
    pika_gl__bind(gl, 0, paint->occupied);
    pika_gl__bind(gl, 1, paint->words);
    while (first < end) {
        const uint32_t n = end - first < most ? end - first : most;
        p.u[0][0] = first;
        p.u[0][1] = first + n;
        pika_gl__dispatch(gl, &program, &p, (n + group - 1) / group);
        first += n;
    }
    return PIKA_OK;
}

/* The keys of finite values, as u[9]. */
PIKA_GL__PRIV void pika_gl__finite_keys(int type, uint32_t range[4])
{
    const double most = 1.7976931348623157e308;
    uint64_t first = 0, last = pika_gl__last_key(type);
    if (type == PIKA_F32 || type == PIKA_F64) {
        pika_gl__edge_key(type, -most, &first);
        last--;
    }
    range[0] = (uint32_t)(first >> 32);
    range[1] = (uint32_t)first;
    range[2] = (uint32_t)(last >> 32);
    range[3] = (uint32_t)last;
}

/* The scale of the least and the greatest finite value: a few words are read back. */
PIKA_GL__PRIV pika_result pika_gl__fit_extent(pika_gl *gl, pika_ctx *ctx, const pika_gl__paint *paint,
    const pika_shade_desc *desc, pika_color_scale *scale)
{
    const int wide = pika_gl__is_wide(paint->type);
    const uint32_t nothing[4] = {0xFFFFFFFFu, 0, 0xFFFFFFFFu, 0};
    uint32_t range[4], found[4];
    double values[2] = {1, 1};
    uint64_t cells[2] = {0, 0};
    pika_gl__buffer scratch;
    pika_result result = pika_gl__take(gl, &scratch, 64);
    if (result != PIKA_OK) return result;
    pika_gl__finite_keys(paint->type, range);
    pika_gl__write(gl, scratch.name, 0, sizeof nothing, nothing);
    pika_gl__bind(gl, 3, scratch.name);
    result = pika_gl__paint_run(gl, paint, PIKA_GL__EXTENT, range, 0, paint->cells);
    if (result == PIKA_OK && wide)
        result = pika_gl__paint_run(gl, paint, PIKA_GL__EXTENT_LOW, range, 0, paint->cells);
    if (result == PIKA_OK) result = pika_gl__download(gl, scratch.name, 0, sizeof found, found);
    pika_gl__give(gl, &scratch);
    if (result != PIKA_OK) return result;
    if (found[0] <= found[1]) {
        int i;
        for (i = 0; i < 2; i++) {
            values[i] =
                pika_gl__key_value(paint->type, wide ? (uint64_t)found[i] << 32 | found[2 + i] : found[i]);
            cells[i] = 1;
        }
    }
    return pika_color_scale_fit(ctx, desc, values, cells, 2, scale);
}

/* By bytes from the lowest on. other: as many, scratch. */
PIKA_GL__PRIV void pika_gl__sort_keys(uint64_t *keys, uint64_t *other, size_t count)
{
    uint64_t *from = keys, *to = other;
    int shift;
    for (shift = 0; shift < 64; shift += 8) {
        size_t ends[257], i;
        memset(ends, 0, sizeof ends);
        for (i = 0; i < count; i++) ends[(from[i] >> shift & 255) + 1]++;
        if (count == 0 || ends[(from[0] >> shift & 255) + 1] == count) continue; /* all are alike */
        for (i = 0; i < 256; i++) ends[i + 1] += ends[i];
        for (i = 0; i < count; i++) to[ends[from[i] >> shift & 255]++] = from[i];
        to = from;
        from = from == keys ? other : keys;
    }
    if (from != keys) memcpy(keys, from, count * sizeof *keys);
}

/* The keys within range, sorted. keys and other have room for `most` of them. */
PIKA_GL__PRIV pika_result pika_gl__list_keys(pika_gl *gl, const pika_gl__paint *paint,
    const uint32_t range[4], uint64_t *keys, uint64_t *other, size_t most, size_t *count)
{
    const size_t words = pika_gl__is_wide(paint->type) ? 2 : 1;
    const uint32_t slice = (uint32_t)pika_gl__least(paint->cells, (size_t)1 << 20); /* cells at a time */
    pika_gl__buffer scratch;
    pika_result result = pika_gl__take(gl, &scratch, 64 + (size_t)slice * words * 4);
    uint32_t first;
    *count = 0;
    for (first = 0; result == PIKA_OK && first < paint->cells; first += slice) {
        const uint32_t n = paint->cells - first < slice ? paint->cells - first : slice;
        uint32_t listed = 0, word[2];
        const char *from = (const char *)(keys + *count);
        size_t i;
        result = pika_gl__fill_words(gl, scratch.name, 0, 16);
        if (result != PIKA_OK) break;
        pika_gl__bind(gl, 3, scratch.name);
        result = pika_gl__paint_run(gl, paint, PIKA_GL__LIST, range, first, first + n);
        if (result == PIKA_OK) result = pika_gl__download(gl, scratch.name, 0, 4, &listed);
        if (result != PIKA_OK || listed == 0) continue;
        if (listed > n || listed > most - *count) {
            pika_gl__turn_off(gl, "a list of cells is longer than the cells", "");
            result = PIKA_ERR_GPU;
            break;
        }
        result = pika_gl__download(gl, scratch.name, 64, listed * words * 4, keys + *count);
        for (i = listed; i-- > 0;) { /* in place, from the last: a narrow key is half of its room */
            memcpy(word, from + i * words * 4, words * 4);
            keys[*count + i] = words == 2 ? (uint64_t)word[0] << 32 | word[1] : word[0];
        }
        *count += listed;
    }
    pika_gl__give(gl, &scratch);
    if (result == PIKA_OK) pika_gl__sort_keys(keys, other, *count);
    return result;
}

/* The scale by ranks of all values but counts: their keys are read back. */
PIKA_GL__PRIV pika_result pika_gl__fit_values(pika_gl *gl, pika_ctx *ctx, const pika_gl__paint *paint,
    const pika_shade_desc *desc, pika_color_scale *scale)
{
    const size_t bytes = (size_t)paint->cells * 16;
    uint64_t *keys = (uint64_t *)pika_ctx_alloc(ctx, bytes, 64), *other;
    double *values;
    uint32_t range[4];
    size_t count, i;
    pika_result result;
    if (keys == NULL) return PIKA_ERR_MEMORY;
    other = keys + paint->cells;
    values = (double *)(void *)other;
    pika_gl__finite_keys(paint->type, range);
    result = pika_gl__list_keys(gl, paint, range, keys, other, paint->cells, &count);
    for (i = 0; result == PIKA_OK && i < count; i++) {
        values[i] = pika_gl__key_value(paint->type, keys[i]);
        keys[i] = 1; /* from here on, cells of the value */
    }
    if (count == 0) {
        values[0] = 1;
        keys[0] = 0;
        count = 1;
    }
    if (result == PIKA_OK) result = pika_color_scale_fit(ctx, desc, values, keys, count, scale);
    pika_ctx_release(ctx, keys, bytes);
    return result;
}

/* The scale by ranks of counts: a table is read back, and the rare counts that it has no place for. */
PIKA_GL__PRIV pika_result pika_gl__fit_counts(pika_gl *gl, pika_ctx *ctx, const pika_gl__paint *paint,
    const pika_shade_desc *desc, pika_color_scale *scale)
{
    const size_t table_words = 16 + PIKA_GL__FEW, table_bytes = table_words * 4;
    const uint32_t nothing[4] = {0, 0, 0, 0}, large[4] = {0, PIKA_GL__FEW, 0, 0xFFFFFFFFu};
    uint32_t *table = (uint32_t *)pika_ctx_alloc(ctx, table_bytes, 64);
    uint64_t *cells = NULL;
    double *values = NULL;
    pika_gl__buffer scratch;
    size_t few = 1, listed = 0, bytes = 0, i, n;
    pika_result result;
    if (table == NULL) return PIKA_ERR_MEMORY;
    result = pika_gl__take(gl, &scratch, table_bytes);
    if (result == PIKA_OK) result = pika_gl__fill_words(gl, scratch.name, 0, table_words);
    if (result == PIKA_OK) {
        pika_gl__bind(gl, 3, scratch.name);
        result = pika_gl__paint_run(gl, paint, PIKA_GL__TABLE, nothing, 0, paint->cells);
    }
    if (result == PIKA_OK) result = pika_gl__download(gl, scratch.name, 0, table_bytes, table);
    pika_gl__give(gl, &scratch);
    if (result == PIKA_OK && table[0] > paint->cells) {
        pika_gl__turn_off(gl, "more cells have a large count than there are", "");
        result = PIKA_ERR_GPU;
    }
    if (result == PIKA_OK) {
        for (i = 1; i < PIKA_GL__FEW; i++) few += table[16 + i] != 0;
        bytes = (few + table[0]) * 16;
        cells = (uint64_t *)pika_ctx_alloc(ctx, bytes, 64);
        if (cells == NULL) result = PIKA_ERR_MEMORY;
        else values = (double *)(void *)(cells + few + table[0]);
    }
    if (result == PIKA_OK && table[0] > 0)
        result = pika_gl__list_keys(
            gl, paint, large, cells + few, (uint64_t *)(void *)(values + few), table[0], &listed);
    if (result == PIKA_OK) {
        values[0] = 1; /* so that there is one, of no cells */
        cells[0] = 0;
        for (i = n = 1; i < PIKA_GL__FEW; i++) {
            if (table[16 + i] == 0) continue;
            values[n] = (double)i;
            cells[n++] = table[16 + i];
        }
        for (i = 0; i < listed; i++) {
            values[n] = (double)cells[n];
            cells[n++] = 1;
        }
        result = pika_color_scale_fit(ctx, desc, values, cells, n, scale);
    }
    pika_ctx_release(ctx, cells, bytes);
    pika_ctx_release(ctx, table, table_bytes);
    return result;
}

/* Bits 1 << step of the kernels that the descriptor needs. */
PIKA_GL__PRIV unsigned pika_gl__paint_steps(const pika_gl__paint *paint, const pika_shade_desc *desc)
{
    const unsigned colors = 1u << PIKA_GL__COLORS;
    if (desc->scale != NULL) return colors;
    if (desc->transfer == PIKA_SHADE_EQ_HIST && paint->plane != PIKA_ANY)
        return colors | 1u << PIKA_GL__LIST | (paint->plane == PIKA_COUNT ? 1u << PIKA_GL__TABLE : 0);
    if (desc->transfer != PIKA_SHADE_EQ_HIST && desc->lo < desc->hi) return colors;
    return colors | 1u << PIKA_GL__EXTENT | (pika_gl__is_wide(paint->type) ? 1u << PIKA_GL__EXTENT_LOW : 0);
}
PIKA_GL__PRIV pika_result pika_gl__paint_scale(pika_gl *gl, pika_ctx *ctx, const pika_gl__paint *paint,
    const pika_shade_desc *desc, pika_color_scale *scale)
{
    const unsigned steps = pika_gl__paint_steps(paint, desc);
    const double value = 1;
    const uint64_t none = 0;
    if ((steps & 1u << PIKA_GL__TABLE) != 0) return pika_gl__fit_counts(gl, ctx, paint, desc, scale);
    if ((steps & 1u << PIKA_GL__LIST) != 0) return pika_gl__fit_values(gl, ctx, paint, desc, scale);
    if ((steps & 1u << PIKA_GL__EXTENT) != 0) return pika_gl__fit_extent(gl, ctx, paint, desc, scale);
    if (desc->scale == NULL) return pika_color_scale_fit(ctx, desc, &value, &none, 1, scale);
    *scale = *desc->scale;
    return PIKA_OK;
}

/* a over b, straight alpha, each byte rounded to nearest */
PIKA_GL__PRIV uint32_t pika_gl__over(uint32_t a, uint32_t b)
{
    const uint32_t of_a = (a & 255) * 255, of_b = (b & 255) * (255 - (a & 255)), alpha = of_a + of_b;
    uint32_t over = (alpha + 127) / 255;
    int shift;
    if ((a & 255) == 255 || (b & 255) == 0) return a;
    if ((a & 255) == 0) return b;
    for (shift = 8; shift < 32; shift += 8)
        over |= ((a >> shift & 255) * of_a + (b >> shift & 255) * of_b + alpha / 2) / alpha << shift;
    return over;
}

/* Colours a texture that was found fit for it. */
PIKA_GL__PRIV pika_result pika_gl__paint_texture(
    pika_gl *gl, pika_ctx *ctx, unsigned texture, const pika_gl__paint *paint, const pika_shade_desc *desc)
{
    const int wide = pika_gl__is_wide(paint->type);
    uint32_t colors[256], tables[PIKA_GL__COLORS_AT + 257], edges[4] = {1, 0, 0, 0};
    pika_color_scale scale;
    pika_gl__buffer buffer;
    int i;
    pika_result result =
        pika_colormap_table(desc->colormap != NULL ? desc->colormap : pika_colormap_find("viridis"), colors);
    if (result != PIKA_OK)
        return pika_ctx_fail(ctx, result,
            "pika_gl_shade: colormap needs 1..256 stops with colors and rising "
            "positions in 0..1");
    result = pika_gl__paint_scale(gl, ctx, paint, desc, &scale);
    if (result != PIKA_OK) return result;
    memset(tables, 0, sizeof tables);
    for (i = 1; i < 256; i++) { /* level 0 is all that lies below */
        uint64_t key;
        if (!pika_gl__edge_key(paint->type, scale.edge[i], &key)) break;
        tables[wide ? 2 * i : i] = wide ? (uint32_t)(key >> 32) : (uint32_t)key;
        if (wide) tables[2 * i + 1] = (uint32_t)key;
        edges[0] = (uint32_t)i + 1;
    }
    for (i = 0; i < 256; i++) tables[PIKA_GL__COLORS_AT + i] = pika_gl__over(colors[i], desc->background);
    tables[PIKA_GL__COLORS_AT + 256] = desc->background;
    result = pika_gl__take(gl, &buffer, sizeof tables);
    if (result != PIKA_OK) return result;
    pika_gl__write(gl, buffer.name, 0, sizeof tables, tables);
    pika_gl__bind(gl, 2, buffer.name);
    PIKA_GL__(BindImageTexture)(0, texture, 0, 0, 0, PIKA_GL__WRITE_ONLY, PIKA_GL__RGBA8);
    result = pika_gl__status(gl, "binding the texture");
    if (result == PIKA_OK) result = pika_gl__paint_run(gl, paint, PIKA_GL__COLORS, edges, 0, paint->cells);
    PIKA_GL__(MemoryBarrier)(PIKA_GL__BARRIER_ALL_TEXTURE);
    pika_gl__give(gl, &buffer);
    if (result == PIKA_OK) result = pika_gl__status(gl, "shading");
    if (result == PIKA_OK && desc->scale_out != NULL) *desc->scale_out = scale;
    return result;
}

enum { PIKA_GL__TEST_WIDTH = 61, PIKA_GL__TEST_HEIGHT = 13, PIKA_GL__TEST_CELLS = 61 * 13 };

typedef struct pika_gl__paint_test { /* on the host: a grid of random cells, and its pictures */
    uint32_t rows[PIKA_GL__TEST_CELLS], present[PIKA_GL__TEST_CELLS], words[PIKA_GL__TEST_CELLS * 4];
    uint32_t texels[PIKA_GL__TEST_CELLS];
    double values[PIKA_GL__TEST_CELLS];
    uint8_t pixels[PIKA_GL__TEST_CELLS * 4];
} pika_gl__paint_test;

/* Cells of the paint's kind: empty ones, without a value, equal, infinite, of any bits. */
PIKA_GL__PRIV void pika_gl__paint_cells(pika_gl__paint_test *test, const pika_gl__paint *paint)
{
    const uint64_t last = pika_gl__last_key(paint->type), nan_bits = 0x7FF8000000000000u;
    const int sums = (paint->plane & (PIKA_SUM | PIKA_MEAN)) != 0, wide = pika_gl__is_wide(paint->type);
    uint64_t first = 0, key;
    uint32_t seed = 88675123u;
    size_t i;
    if (paint->type == PIKA_F64) first = ~last;
    if (paint->type == PIKA_F32) first = 0xFFFFFFFFu - last;
    memset(test, 0, sizeof *test);
    for (i = 0; i < PIKA_GL__TEST_CELLS; i++) {
        const uint32_t r = pika_gl__random(&seed), way = r % 16, more = pika_gl__random(&seed);
        uint32_t *words = test->words + i * (sums ? 4 : wide ? 2 : 1);
        if (way < 4) continue;
        test->rows[i] = way == 4 ? r >> 4 | 1 : 1 + (r >> 4) % (way == 5 ? 200000 : 40);
        test->present[i] = way == 6 ? 0 : 1 + more % test->rows[i];
        key = first + ((uint64_t)pika_gl__random(&seed) << 32 | more) % (last - first);
        if (way >= 10) key = first + (last - first) / 16 * (9 + more % 3) + more % 5;
        if (way == 7) key = (more & 1) != 0 ? first : last;
        if (sums && test->present[i] != 0) {
            words[0] = pika_gl__random(&seed) << (way >= 12 ? 29 : 0);
            words[1] = way >= 8 ? more % 3 : more;
            words[2] = way >= 9 ? 0 : (uint32_t)((int32_t)r >> 12);
            if (way == 15) words[1] = words[2] = 0xFFFFFFFFu;
            words[3] = way == 7 ? more % 4 : 0;
            test->values[i] = pika_gl__total(words, paint->exponent);
        } else if (!sums) {
            words[0] = wide ? (uint32_t)(key >> 32) : (uint32_t)key;
            if (wide) words[1] = (uint32_t)key;
            test->values[i] = pika_gl__key_value(paint->type, key);
        }
    }
    for (i = 0; i < PIKA_GL__TEST_CELLS && !sums; i++)
        if (test->present[i] == 0) memcpy(&test->values[i], &nan_bits, 8);
}

/* Shades cells of the paint's kind both ways. PIKA_ERR_GPU: the driver's picture is another; it is off. */
PIKA_GL__PRIV pika_result pika_gl__test_paint(pika_gl *gl, pika_ctx *ctx, const pika_gl__paint *real,
    const pika_gl_grid *like, const pika_shade_desc *real_shade)
{
    pika_gl__paint_test *test = (pika_gl__paint_test *)pika_ctx_alloc(ctx, sizeof *test, 64);
    const int value_plane = (real->plane & PIKA_GL__VALUE_PLANES) != 0;
    const int sums = (real->plane & (PIKA_SUM | PIKA_MEAN)) != 0;
    const size_t words = sums ? 4 : pika_gl__is_wide(real->type) ? 2 : 1;
    const uint32_t nothing[4] = {0, 0, 0, 0};
    pika_color_scale kept;
    pika_shade_desc shade = *real_shade;
    pika_grid_desc desc;
    pika_grid host;
    pika_gl_grid grid;
    pika_gl__paint paint;
    pika_gl__buffer texels;
    pika_image image;
    unsigned texture = 0;
    pika_result result = PIKA_OK;
    size_t i;
    if (test == NULL) return PIKA_ERR_MEMORY;
    memset(&desc, 0, sizeof desc);
    memset(&host, 0, sizeof host);
    memset(&grid, 0, sizeof grid);
    memset(&texels, 0, sizeof texels);
    memset(&image, 0, sizeof image);
    memset(&kept, 0, sizeof kept);
    gl->testing++;
    desc.planes = real->plane;
    desc.view.width = PIKA_GL__TEST_WIDTH;
    desc.view.height = PIKA_GL__TEST_HEIGHT;
    desc.view.x.hi = desc.view.y.hi = 1;
    image.width = PIKA_GL__TEST_WIDTH;
    image.height = PIKA_GL__TEST_HEIGHT;
    image.pixels = test->pixels;
    image.bytes = sizeof test->pixels;
    shade.category = 0;
    shade.background = 0x40C02080u;
    shade.colormap = NULL;
    shade.scale_out = NULL;
    pika_gl__paint_cells(test, real);
    kept.levels = 256;
    for (i = 0; i <= 256; i++) kept.edge[i] = (double)i;
    if (shade.scale != NULL) shade.scale = &kept;
    result = pika_grid_alloc(ctx, &host, &desc);
    if (result == PIKA_OK) result = pika_grid_store(ctx, &host, PIKA_COUNT, 0, test->rows);
    if (result == PIKA_OK && real->plane == PIKA_MEAN)
        result = pika_grid_store(ctx, &host, PIKA_MEAN, 0, test->present);
    if (result == PIKA_OK && value_plane)
        result = pika_grid_store(ctx, &host, sums ? (unsigned)PIKA_SUM : real->plane, 0, test->values);
    if (result == PIKA_OK) result = pika_shade(ctx, &image, &host, &shade);
    if (result == PIKA_OK) result = pika_gl__make_grid(gl, &grid, &desc);
    if (result == PIKA_OK) result = pika_gl__take(gl, &texels, sizeof test->texels);
    if (result == PIKA_OK) {
        grid.value_type = like->value_type;
        grid.exponent = like->exponent;
        grid.is_present = value_plane;
        pika_gl__paint_of(&grid, &shade, &paint);
        pika_gl__write(gl, grid.planes[PIKA_GL__COUNTS].name, 0, sizeof test->rows, test->rows);
        if (value_plane) {
            pika_gl__write(gl, grid.planes[PIKA_GL__PRESENT].name, 0, sizeof test->present, test->present);
            pika_gl__write(gl, paint.words, 0, PIKA_GL__TEST_CELLS * words * 4, test->words);
        }
        PIKA_GL__(GenTextures)(1, &texture);
        PIKA_GL__(BindTexture)(PIKA_GL__TEXTURE_2D, texture);
        PIKA_GL__(TexStorage2D)(PIKA_GL__TEXTURE_2D, 1, PIKA_GL__RGBA8, image.width, image.height);
        result = pika_gl__status(gl, "making a texture");
        if (result == PIKA_OK) result = pika_gl__paint_texture(gl, ctx, texture, &paint, &shade);
    }
    if (result == PIKA_OK) {
        pika_gl__bind(gl, 3, texels.name);
        PIKA_GL__(BindImageTexture)(0, texture, 0, 0, 0, PIKA_GL__READ_ONLY, PIKA_GL__RGBA8);
        result = pika_gl__paint_run(gl, &paint, PIKA_GL__TEXELS, nothing, 0, PIKA_GL__TEST_CELLS);
        if (result == PIKA_OK)
            result = pika_gl__download(gl, texels.name, 0, sizeof test->texels, test->texels);
    }
    for (i = 0; result == PIKA_OK && i < PIKA_GL__TEST_CELLS; i++) {
        const size_t x = i % PIKA_GL__TEST_WIDTH, y = PIKA_GL__TEST_HEIGHT - 1 - i / PIKA_GL__TEST_WIDTH;
        const uint8_t *pixel = test->pixels + (y * PIKA_GL__TEST_WIDTH + x) * 4;
        if (test->texels[i] != PIKA_RGBA(pixel[0], pixel[1], pixel[2], pixel[3])) {
            pika_gl__turn_off(gl, "this driver fails the self-test: ", "the colours of a grid");
            result = PIKA_ERR_GPU;
        }
    }
    if (texture != 0 && !gl->lost) PIKA_GL__(DeleteTextures)(1, &texture);
    if (grid.ready) pika_gl__free_grid(gl, &grid);
    pika_gl__give(gl, &texels);
    pika_grid_free(ctx, &host);
    pika_ctx_release(ctx, test, sizeof *test);
    gl->testing--;
    return result;
}

/* Compiles what the descriptor needs, and tests what is new. */
PIKA_GL__PRIV pika_result pika_gl__check_paint(pika_gl *gl, pika_ctx *ctx, const pika_gl__paint *paint,
    const pika_gl_grid *grid, const pika_shade_desc *desc)
{
    const unsigned steps = pika_gl__paint_steps(paint, desc);
    int round, step, fresh = 0;
    for (round = 0; round < 2; round++) {
        for (step = PIKA_GL__EXTENT; step <= PIKA_GL__COLORS; step++) {
            pika_gl__program program;
            pika_result result;
            if ((steps & 1u << step) == 0) continue;
            result = pika_gl__paint_program(gl, paint, step, &program);
            if (result != PIKA_OK) return result;
            if (!program.checked) fresh = 1;
            if (round == 1) gl->programs[gl->program_count - 1].checked = 1;
        }
        if (!fresh) return PIKA_OK;
        if (round == 0) {
            const pika_result result = pika_gl__test_paint(gl, ctx, paint, grid, desc);
            if (result != PIKA_OK) return result;
        }
    }
    return PIKA_OK;
}

/* What shading touches beside what pika_gl__save keeps: image unit 0, and the texture of the active unit. */
typedef struct pika_gl__image_state {
    int texture, image[6];
} pika_gl__image_state;
PIKA_GL__PRIV void pika_gl__save_image(pika_gl *gl, pika_gl__image_state *state)
{
    unsigned i;
    memset(state, 0, sizeof *state);
    PIKA_GL__(GetIntegerv)(PIKA_GL__TEXTURE_2D_BINDING, &state->texture);
    for (i = 0; i < 5; i++) PIKA_GL__(GetIntegeri_v)(PIKA_GL__IMAGE_NAME + i, 0, &state->image[i]);
    PIKA_GL__(GetIntegeri_v)(PIKA_GL__IMAGE_FORMAT, 0, &state->image[5]);
}
PIKA_GL__PRIV void pika_gl__restore_image(pika_gl *gl, const pika_gl__image_state *state)
{
    const int *image = state->image;
    if (gl->lost) return;
    PIKA_GL__(BindTexture)(PIKA_GL__TEXTURE_2D, (unsigned)state->texture);
    PIKA_GL__(BindImageTexture)
    (0, (unsigned)image[0], image[1], (unsigned char)(image[2] != 0), image[3], (unsigned)image[4],
        (unsigned)image[5]);
}

/* Is it a texture that the grid can be shaded into? */
PIKA_GL__PRIV pika_result pika_gl__check_texture(
    pika_gl *gl, pika_ctx *ctx, unsigned texture, const pika_view *view)
{
    const int is_texture = texture != 0 && PIKA_GL__(IsTexture)(texture);
    int width = 0, height = 0, format = 0, immutable = 0;
    unsigned error;
    pika_result result = pika_gl__status(gl, "glIsTexture");
    char message[160];
    pika_gl__text text = pika_gl__text_in(message, sizeof message);
    if (result != PIKA_OK) return result;
    if (!is_texture)
        return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_shade: texture is no texture object");
    PIKA_GL__(BindTexture)(PIKA_GL__TEXTURE_2D, texture);
    error = PIKA_GL__(GetError)();
    if (error == PIKA_GL__CONTEXT_LOST) {
        gl->lost = 1;
        pika_gl__turn_off(gl, "the OpenGL context was lost", "");
        return PIKA_ERR_GPU;
    }
    if (error == PIKA_GL__OUT_OF_MEMORY) return PIKA_ERR_MEMORY;
    if (error != 0) return pika_ctx_fail(ctx, PIKA_ERR_INVALID, "pika_gl_shade: texture is no GL_TEXTURE_2D");
    PIKA_GL__(GetTexParameteriv)(PIKA_GL__TEXTURE_2D, PIKA_GL__TEXTURE_IMMUTABLE, &immutable);
    PIKA_GL__(GetTexLevelParameteriv)(PIKA_GL__TEXTURE_2D, 0, PIKA_GL__TEXTURE_WIDTH, &width);
    PIKA_GL__(GetTexLevelParameteriv)(PIKA_GL__TEXTURE_2D, 0, PIKA_GL__TEXTURE_HEIGHT, &height);
    PIKA_GL__(GetTexLevelParameteriv)(PIKA_GL__TEXTURE_2D, 0, PIKA_GL__TEXTURE_FORMAT, &format);
    result = pika_gl__status(gl, "glGetTexLevelParameteriv");
    if (result != PIKA_OK) return result;
    if (immutable == 0 || format != PIKA_GL__RGBA8)
        return pika_ctx_fail(
            ctx, PIKA_ERR_INVALID, "pika_gl_shade: texture is no immutable GL_RGBA8 (glTexStorage2D)");
    if (width == view->width && height == view->height) return PIKA_OK;
    pika_gl__say(&text, "pika_gl_shade: texture is ");
    pika_gl__say_int(&text, width);
    pika_gl__say(&text, " x ");
    pika_gl__say_int(&text, height);
    pika_gl__say(&text, ", the grid ");
    pika_gl__say_int(&text, view->width);
    pika_gl__say(&text, " x ");
    pika_gl__say_int(&text, view->height);
    return pika_ctx_fail(ctx, PIKA_ERR_MISMATCH, message);
}

PIKA_GL__PRIV int pika_gl__is_finite(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return (bits >> 52 & 0x7FF) != 0x7FF;
}
/* What pika_shade refuses, in that order. */
PIKA_GL__PRIV pika_result pika_gl__check_shade(
    pika_ctx *ctx, const pika_gl_grid *grid, const pika_shade_desc *desc)
{
    const unsigned planes = grid->desc.planes | PIKA_COUNT | PIKA_ANY;
    const char *wrong = NULL;
    int i;
    if ((desc->plane & (desc->plane - 1)) != 0 || (desc->plane & ~planes) != 0)
        wrong = "pika_gl_shade: plane needs one plane that the grid has";
    else if (desc->transfer < PIKA_SHADE_EQ_HIST || desc->transfer > PIKA_SHADE_CBRT)
        wrong = "pika_gl_shade: transfer is unknown, needs 0..3";
    else if (!pika_gl__is_finite(desc->lo) || !pika_gl__is_finite(desc->hi) || desc->lo > desc->hi)
        wrong = "pika_gl_shade: lo, hi need finite lo <= hi";
    else if (!(desc->alpha_floor >= 0 && desc->alpha_floor <= 1))
        wrong = "pika_gl_shade: alpha_floor needs 0..1";
    else if (desc->category < 0 || desc->category > grid->desc.categories)
        wrong = "pika_gl_shade: category needs 0, or 1 to the grid's categories";
    else if (desc->scale != NULL && desc->scale->levels != 256)
        wrong = "pika_gl_shade: scale.levels needs 256";
    for (i = 0; wrong == NULL && desc->scale != NULL && i <= 256; i++)
        if (!pika_gl__is_finite(desc->scale->edge[i]) ||
            (i > 0 && !(desc->scale->edge[i] >= desc->scale->edge[i - 1])))
            wrong = "pika_gl_shade: scale.edge needs rising finite values";
    if (wrong != NULL) return pika_ctx_fail(ctx, PIKA_ERR_INVALID, wrong);
    if (grid->desc.categories > 0 && desc->category == 0)
        return pika_ctx_fail(ctx, PIKA_ERR_UNSUPPORTED,
            "pika_gl_shade: category is 0, but OpenGL mixes no categories: needs 1 or more");
    return PIKA_OK;
}

PIKA_GL__PRIV int pika_gl__has_images(pika_gl *gl)
{
    static const int needed[] = {PIKA_GL__AT_BindImageTexture, PIKA_GL__AT_GenTextures,
        PIKA_GL__AT_DeleteTextures, PIKA_GL__AT_BindTexture, PIKA_GL__AT_IsTexture, PIKA_GL__AT_TexStorage2D,
        PIKA_GL__AT_GetTexParameteriv, PIKA_GL__AT_GetTexLevelParameteriv};
    size_t i;
    for (i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (gl->proc[needed[i]] == NULL) return 0;
    return gl->caps.es || gl->caps.major * 10 + gl->caps.minor >= 42 ||
           (pika_gl__has(gl, "GL_ARB_shader_image_load_store") && pika_gl__has(gl, "GL_ARB_texture_storage"));
}

PIKA_API pika_result pika_gl_shade(
    pika_gl *gl, unsigned texture, const pika_gl_grid *grid, const pika_shade_desc *desc)
{
    const int state_is_ours = gl != NULL && (gl->desc.flags & PIKA_GL_KEEP_NO_STATE) != 0;
    pika_shade_desc shade;
    pika_gl__image_state state;
    pika_gl__paint paint;
    pika_result result;
    if (gl != NULL && gl->ready && gl->caps.level == PIKA_GL_LEVEL_RASTER)
        return pika_ctx_fail(
            gl->ctx, PIKA_ERR_UNSUPPORTED, "pika_gl_shade: this context has no compute shaders");
    result = pika_gl__check_grid(gl, grid);
    if (result != PIKA_OK) return result;
    memset(&shade, 0, sizeof shade);
    if (desc != NULL) shade = *desc;
    if (shade.plane == 0) shade.plane = PIKA_COUNT;
    result = pika_gl__check_shade(gl->ctx, grid, &shade);
    if (result != PIKA_OK) return result;
    if (!grid->filled)
        return pika_ctx_fail(gl->ctx, grid->failed ? PIKA_ERR_GPU : PIKA_ERR_INVALID,
            "pika_gl_shade: the GL grid holds no result");
    result = pika_gl__enter(gl, gl->ctx, "pika_gl_shade");
    if (result == PIKA_ERR_MISMATCH) return result;
    if (result == PIKA_OK) {
        if (gl->off || grid->generation != gl->generation) {
            result = PIKA_ERR_GPU;
        } else if (!pika_gl__has_images(gl)) {
            result = PIKA_ERR_UNSUPPORTED;
        } else {
            if (!state_is_ours) pika_gl__save_image(gl, &state);
            result = pika_gl__status(gl, "reading the state");
            if (result == PIKA_OK) {
                result = pika_gl__check_texture(gl, gl->ctx, texture, &grid->desc.view);
                if (result == PIKA_OK) {
                    pika_gl__paint_of(grid, &shade, &paint);
                    result = pika_gl__check_paint(gl, gl->ctx, &paint, grid, &shade);
                }
                if (result == PIKA_OK) result = pika_gl__paint_texture(gl, gl->ctx, texture, &paint, &shade);
                if (!state_is_ours) pika_gl__restore_image(gl, &state);
            }
        }
        pika_gl__leave(gl);
    }
    if (result == PIKA_ERR_UNSUPPORTED)
        return pika_ctx_fail(gl->ctx, result, "pika_gl_shade: this context cannot write to images");
    if (result == PIKA_ERR_GPU || result == PIKA_ERR_MEMORY)
        return pika_ctx_fail(gl->ctx, result,
            result == PIKA_ERR_GPU ? "pika_gl_shade: the GPU is off, or failed"
                                   : "pika_gl_shade: memory does not suffice");
    return result;
}

#ifdef _MSC_VER
    #pragma warning(pop)
#endif
#endif /* PIKA_GL_IMPLEMENTATION */

/* ---- >>gl_end: licence ----------------------------------------------------------------------------------
   Public domain or MIT, whichever you prefer.

   ALTERNATIVE A - Public Domain (www.unlicense.org)
   This is free and unencumbered software released into the public domain. Anyone is free to copy, modify,
   publish, use, compile, sell, or distribute this software, either in source code form or as a compiled
   binary, for any purpose, commercial or non-commercial, and by any means. In jurisdictions that recognize
   copyright laws, the author or authors of this software dedicate any and all copyright interest in the
   software to the public domain. We make this dedication for the benefit of the public at large and to the
   detriment of our heirs and successors. We intend this dedication to be an overt act of relinquishment in
   perpetuity of all present and future rights to this software under copyright law. THE SOFTWARE IS
   PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
   WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL
   THE AUTHORS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT
   OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
   THE SOFTWARE.

   ALTERNATIVE B - MIT License, Copyright (c) 2026 the pika authors
   Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
   associated documentation files (the "Software"), to deal in the Software without restriction, including
   without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
   copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
   following conditions: The above copyright notice and this permission notice shall be included in all
   copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF
   ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
   FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
   LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
   ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

   All changes: 0.3.0 first version; 0.4.0, 0.5.0 with pika.h of that version. */
