/* pika.h - v0.4.0 - millions of (x, y) values to an exact grid, a picture and a PNG, in one C99 file
   Public domain or MIT, at your choice: see the end of the file.

   DO THIS
      In ONE C or C++ file:   #define PIKA_IMPLEMENTATION
                              #include "pika.h"
      Everywhere else:        #include "pika.h"
      Build:                  cc -O2 app.c -pthread          cl /O2 app.c
      No other flags, no other libraries: SIMD is chosen at run time, libm is not used.

   COMPLETE PROGRAM (examples/hello.c)
      #define PIKA_IMPLEMENTATION
      #include "pika.h"

      int main(void)
      {
          static float x[1000000], y[1000000];
          ... fill x and y ...
          pika_points p = pika_xy_f32(x, y, 1000000);
          return pika_points_to_png(NULL, "hello.png", &p, 1200, 800) != PIKA_OK;
      }

   THE LONG FORM (examples/density.c)
      pika_ctx ctx;                   pika_ctx_init(&ctx, NULL);                 memory, threads, errors
      pika_grid_desc desc = {0};      desc.view.width = 1200;                    what to look at
                                      desc.view.height = 800;
                                      pika_fit(&ctx, &points, &desc.view);
      pika_grid grid = {0};           pika_grid_alloc(&ctx, &grid, &desc);       where the counts go
                                      pika_add_points(&ctx, &grid, &points);     ... as often as you like
      pika_image image = {0};         pika_image_alloc(&ctx, &image, 1200, 800);
                                      pika_shade(&ctx, &image, &grid, NULL);     numbers to colours
                                      pika_write_png(&ctx, "density.png", &image);
                                      if (pika_status(&ctx) != PIKA_OK) puts(pika_last_error(&ctx));

   WHAT IT DOES                                       WHAT IT DOES NOT
      - points of ten types, any stride, with nulls      - windows, events, interaction
      - lines, areas, polygons, meshes, rasters, discs   - reading files (tools/pika.c does)
      - linear, log10 and symlog axes, tiles             - fitting, statistics beyond the cell
      - count, sum, mean, min, max, var, std, first,     - axes and text (a later version)
        last, row of the extreme; by category            - guessing: every row is accounted for
      - eq_hist, log, linear and cbrt shading
      - PNG, PPM, RGB565 and other framebuffers
      - the same bits on every CPU, compiler and thread count

   CONTENTS (search for the tag)
      public           >>types >>context >>columns >>views >>grids >>points >>marks >>colormaps >>shading
                       >>images >>backends >>profile >>short
      implementation   >>impl >>base >>floats >>format >>platform >>zones >>memory >>pool >>simd >>loads
                       >>wide >>edges >>axes >>kernels >>layout >>reduce >>map >>add >>read >>merge >>fit
                       >>beyond >>vertices >>sink >>stroke >>fill >>lines >>pyramid >>areas >>maps >>scales
                       >>shade >>deflate >>png >>spread >>trace >>datasets >>easy >>init >>end

   CONFIGURATION (define before the implementation include; none changes the declarations)
      PIKA_STATIC              all functions static: private copies in several files
      PIKA_API                 your own export macro in place of extern (also where you only include)
      PIKA_USER_CONFIG         a file name, included first thing in the implementation
      PIKA_ASSERT(c)           internal invariants only, never user errors; default assert
      PIKA_MALLOC, PIKA_FREE   both or neither; default malloc and free
      PIKA_NO_MALLOC           no default allocator: memory comes from you, or PIKA_ERR_MEMORY
      PIKA_NO_HUGE_PAGES       no madvise on Linux for blocks of 4 MiB and more
      PIKA_NO_STDIO            calls with a path return PIKA_ERR_UNSUPPORTED
      PIKA_NO_THREADS          no pool; the caller's parallel_for still works
      PIKA_NO_SIMD             scalar code only;  PIKA_NO_AVX2, PIKA_NO_AVX512, PIKA_NO_NEON drop one level
      PIKA_FORCE_MINGW_AVX     AVX with gcc on Windows, which is off: gcc bug 54412 crashes there
      PIKA_NO_PNG              drops the PNG writer
      PIKA_NO_COLORMAP_DATA    keeps viridis and grey
      PIKA_NO_PROFILER         no zones inside; pika_profile_start returns PIKA_ERR_UNSUPPORTED
      PIKA_CLOCK_NS()          a monotonic clock of yours for the profiler: nanoseconds in a uint64_t. Default
                               the system's; gcc -std=c99 hides it on Linux and leaves one of microseconds,
                               unless _POSIX_C_SOURCE is 199309L before the first include
      PIKA_MAX_THREADS         default 64

   THE RULES
      Cells         An axis [lo, hi] with n cells: v is inside when lo <= v <= hi; its cell is
                    min((int)((v - lo) * s), n - 1) with s = n / (hi - lo). f32 and integers of up to 16 bits
                    in float, everything else in double; i64 and u64 subtract `origin` exactly first.
                    log10 and symlog by a table of edges, each the nearest double to the real number.
      Invalid       NaN, null, <= 0 on a log axis, a category out of range: counted, never drawn.
                    Outside: out of range, infinities too. inside + outside + invalid == total, always.
      Rows          Grid row 0 holds the lowest y. Image row 0 is the top. pika_shade flips.
      Memory        Only functions called alloc, start, reserve, create, update, validate or pika_points_to,
                    and scratch for adding, shading and PNG, allocate: from your allocator; each comment says
                    how much. What is freed the context keeps for reuse, up to pool_bytes: until
                    pika_memory_trim or pika_ctx_free.
      Errors        Every call returns pika_result; pika_last_error says which field and value. On error
                    nothing has changed, but for pika_aggregate, which leaves the grid cleared, and
                    PIKA_ERR_SIZE and _CANCELLED of calls that add: see there.
      Threads       Different contexts: anything at the same time. One context, one grid: one call at a time.
                    Read-only calls (shade, read, stats) on one grid: any number of contexts. ctx NULL: one
                    thread, PIKA_MALLOC, fully reentrant. Do not throw or longjmp out of a callback.
      Same bits     Grids and pictures are identical for every instruction set, thread count, compiler and
                    optimisation level that keeps IEEE arithmetic. With -ffast-math, /fp:fast or x87 they are
                    memory-safe and accounted for, no more; pika_build_info() says so.
      Limits        32768 cells per side, 2^32 - 2 cells in all with categories, 2^32 - 1 points per cell.
      Stack         16 KiB at most; calls that add marks 20 KiB.

   CHANGES
      0.4.0  lines, areas, polygons, triangles, meshes, rasters and stamps into the grid, aliased and exactly
             anti-aliased; pika_pyramid; pika_grid has a plane more. Nothing renamed
      0.3.0  datasets and backends: the same calls on the CPU and, by pika_gl.h, on a GPU. Nothing renamed
      0.2.0  counting at the speed of memory, shading and PNG on threads; profiler; freed memory is reused:
             pika_ctx_desc.pool_bytes. Nothing renamed
      0.1.0  first version: points, shading, PNG */

#ifndef PIKA_H_INCLUDED
#define PIKA_H_INCLUDED
#include <stddef.h>
#include <stdint.h>

#define PIKA_VERSION_MAJOR 0
#define PIKA_VERSION_MINOR 4
#define PIKA_VERSION_PATCH 0
#define PIKA_VERSION (PIKA_VERSION_MAJOR * 10000 + PIKA_VERSION_MINOR * 100 + PIKA_VERSION_PATCH)
#define PIKA_VERSION_STRING "0.4.0"

#if defined(__GNUC__) || defined(__clang__)
    #define PIKA_UNUSED __attribute__((__unused__))
#else
    #define PIKA_UNUSED
#endif
#ifndef PIKA_API
    #ifdef PIKA_STATIC
        #define PIKA_API PIKA_UNUSED static
    #else
        #define PIKA_API extern
    #endif
#endif
#define PIKA_INLINE PIKA_UNUSED static inline /* the small constructors below; defined here, in every file */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- >>types: results and the words that every call shares ------------------------------------------- */

typedef enum pika_result {
    PIKA_OK = 0,
    PIKA_ERR_INVALID = -1,     /* a field or pointer is wrong; pika_last_error says which */
    PIKA_ERR_MEMORY = -2,      /* the allocator returned NULL, there is none, or memory_limit is reached */
    PIKA_ERR_SIZE = -3,        /* the caller's memory is too small, a size overflows, a count is full */
    PIKA_ERR_MISMATCH = -4,    /* grids or images that must agree do not */
    PIKA_ERR_IO = -5,          /* a file or write callback failed */
    PIKA_ERR_UNSUPPORTED = -6, /* compiled out, or not on this CPU */
    PIKA_ERR_VERSION = -7,     /* header and implementation are not the same version */
    PIKA_ERR_GPU = -8,         /* pika_gl.h: OpenGL failed */
    PIKA_ERR_CANCELLED = -9    /* the progress callback said stop */
} pika_result;

PIKA_API const char *pika_result_string(pika_result result); /* "PIKA_ERR_SIZE"; "?" for anything else */
PIKA_API int pika_version(void);                             /* PIKA_VERSION of the implementation */
PIKA_API const char *pika_build_info(void); /* one line for a bug report: version, compiler, SIMD */

/* Instruction sets. All return the same bits. */
typedef enum pika_isa {
    PIKA_ISA_AUTO = 0, PIKA_ISA_SCALAR, PIKA_ISA_SSE2, PIKA_ISA_AVX2,
    PIKA_ISA_AVX512, /* F + BW + DQ + VL */
    PIKA_ISA_NEON, PIKA_ISA_WASM128
} pika_isa;
PIKA_API int pika_cpu_isa(void);               /* the best that this build has and this CPU runs */
PIKA_API const char *pika_isa_string(int isa); /* "avx2"; "?" for anything else */

/* How points reach the cells; AUTO looks at the points and the grid. All return the same bits. */
enum {
    PIKA_STRATEGY_AUTO = 0,
    PIKA_STRATEGY_DIRECT,  /* one thread, straight into the grid */
    PIKA_STRATEGY_PRIVATE, /* a grid of counts per thread, then a fold; count alone */
    PIKA_STRATEGY_TILES    /* rows are partitioned by cell first, in order; a thread owns its cells */
};

/* ---- >>context: everything that would otherwise be global -------------------------------------------- */

/* Runs fn(arg, i) once for each i in [0, count), in any order, on any threads (a plain loop is valid), and
   returns after all have finished. */
typedef void pika_parallel_for_fn(void *user, int count, void (*fn)(void *arg, int i), void *arg);
/* level: 0 error, 1 warning, 2 information. id: a pika_result for errors, else 0. Text as pika_last_error. */
typedef void pika_log_fn(void *user, int level, int id, const char *text);
/* rows done of the total of this call; nonzero = cancel */
typedef int pika_progress_fn(void *user, uint64_t done, uint64_t total);

/* All zero is a good context: one thread per core, the best instruction set, malloc. */
typedef struct pika_ctx_desc {
    int threads;                        /* tasks at a time, the caller included: 0 = one per core, 1 = none */
    int isa;                            /* pika_isa; 0 = the best this CPU has */
    pika_parallel_for_fn *parallel_for; /* your job system; pika then starts no thread */
    void *parallel_user;
    void *(*alloc_fn)(size_t size, size_t align, void *user); /* align: 64; may return NULL */
    void (*free_fn)(void *ptr, size_t size, void *user);      /* both or neither */
    void *alloc_user;
    size_t memory_limit; /* live bytes from alloc_fn or malloc; 0 = none. Past it: PIKA_ERR_MEMORY */
    pika_log_fn *log_fn;
    void *log_user; /* callbacks run on the thread that called pika, with round-to-nearest and no traps */
    pika_progress_fn *progress_fn;
    void *progress_user;
    void *scratch; /* used before alloc_fn; any alignment; kept until pika_ctx_free */
    size_t scratch_bytes;
    int strategy; /* PIKA_STRATEGY_AUTO = 0, _DIRECT, _PRIVATE, _TILES: for tests and reports */
    size_t pool_bytes; /* freed memory kept for reuse at most; 0 = 64 MiB, 1 = none */
} pika_ctx_desc;

/* Not copied or moved once initialised. Private but for reading live_bytes and peak_bytes. */
typedef struct pika_ctx {
    int ready; /* PIKA_VERSION between init and free */
    int isa, threads, status;
    pika_ctx_desc desc;
    size_t live_bytes, peak_bytes; /* from alloc_fn or malloc; with what the pool holds */
    size_t scratch_used;
    void *pool;
    char error[200];
    void *profile;
    void *held[48]; /* freed blocks, by the bits of their size */
    size_t held_bytes;
    uint64_t pool_hits, pool_misses;
} pika_ctx;

/* Checks the descriptor and chooses the instruction set. desc NULL = defaults. Allocates and starts nothing;
   the pool starts with the first call that is worth it.
   PIKA_ERR_INVALID: threads < 0, unknown isa or strategy, one of alloc_fn and free_fn, scratch_bytes without
   scratch. PIKA_ERR_UNSUPPORTED: an instruction set that this build or CPU lacks. */
PIKA_API pika_result pika_ctx_init(pika_ctx *ctx, const pika_ctx_desc *desc);
/* The same, told which version of the header the caller was compiled with: PIKA_ERR_VERSION if they differ.
   The macro below makes every pika_ctx_init this one: a stale object file is an error, not a crash. */
PIKA_API pika_result pika_ctx_init_version(pika_ctx *ctx, const pika_ctx_desc *desc, int version,
                                           size_t bytes);
#define pika_ctx_init(ctx, desc) pika_ctx_init_version((ctx), (desc), PIKA_VERSION, sizeof(pika_ctx))
/* Joins the threads and forgets all; a zeroed or freed context: nothing. Free grids and images first. */
PIKA_API void pika_ctx_free(pika_ctx *ctx);
PIKA_API const char *pika_last_error(const pika_ctx *ctx); /* never NULL; "" when there was none */
/* Memory that pika frees is kept by the context, up to pool_bytes, and taken again by what asks for that
   size: once warm, frames of the same sizes (clear, add, shade, encode) call the allocator not at all.
   Scratch is rounded up to a power of two, where there is no memory_limit. Before pika refuses for want of
   memory it lets go of all that is kept. A hit costs about 10 ns. */
typedef struct pika_memory_stats {
    size_t live_bytes, peak_bytes; /* from the allocator: now, and at most so far */
    size_t held_bytes;             /* of them kept, not in use */
    uint64_t hits, misses;         /* blocks taken from what was kept; asked of the allocator */
} pika_memory_stats;
PIKA_API pika_result pika_memory_get_stats(const pika_ctx *ctx, pika_memory_stats *stats);
/* Allocates `count` blocks that scratch of so many bytes will take, and keeps them. PIKA_ERR_MEMORY: what
   could be had is kept. PIKA_ERR_SIZE: more than pool_bytes in all. */
PIKA_API pika_result pika_memory_reserve(pika_ctx *ctx, size_t bytes, int count);
PIKA_API void pika_memory_trim(pika_ctx *ctx); /* gives back what is kept */
/* The first error since last asked, then PIKA_OK again: a caller may skip every check and ask once. */
PIKA_API pika_result pika_status(pika_ctx *ctx);

/* ---- >>columns: the caller's memory, described ------------------------------------------------------- */

typedef enum pika_type {
    PIKA_F32 = 0, PIKA_F64, PIKA_I8, PIKA_U8, PIKA_I16, PIKA_U16, PIKA_I32, PIKA_U32, PIKA_I64, PIKA_U64
} pika_type;

/* A column of values, read in place, never copied or kept. An Arrow array maps onto it. */
typedef struct pika_column {
    const void *data;     /* the first row's value; NULL = absent. Any alignment */
    ptrdiff_t stride;     /* bytes from row to row; 0 = packed, negative allowed, |stride| >= element */
    int type;             /* pika_type */
    const uint8_t *valid; /* Arrow: bit i (LSB first) set = value present; NULL = all */
    size_t valid_offset;  /* the first row's bit */
} pika_column;

typedef struct pika_points {
    size_t count;         /* 0 = nothing to do, never an error */
    pika_column x, y;     /* required when count > 0 */
    pika_column value;    /* for sum, mean, min, ... */
    pika_column category; /* an integer type; read when the grid has categories */
} pika_points;

PIKA_INLINE pika_column pika_strided(const void *data, int type, ptrdiff_t stride)
{
    pika_column column;
    column.data = data;
    column.stride = stride;
    column.type = type;
    column.valid = NULL;
    column.valid_offset = 0;
    return column;
}
PIKA_INLINE pika_column pika_f32(const float *data) { return pika_strided(data, PIKA_F32, 0); }
PIKA_INLINE pika_column pika_f64(const double *data) { return pika_strided(data, PIKA_F64, 0); }
PIKA_INLINE pika_column pika_i64(const int64_t *data) { return pika_strided(data, PIKA_I64, 0); }
PIKA_INLINE pika_points pika_xy(pika_column x, pika_column y, size_t count)
{
    pika_points points;
    points.count = count;
    points.x = x;
    points.y = y;
    points.value = pika_strided(NULL, PIKA_F32, 0);
    points.category = pika_strided(NULL, PIKA_F32, 0);
    return points;
}
PIKA_INLINE pika_points pika_xy_f32(const float *x, const float *y, size_t count)
{
    return pika_xy(pika_f32(x), pika_f32(y), count);
}
PIKA_INLINE pika_points pika_xy_f64(const double *x, const double *y, size_t count)
{
    return pika_xy(pika_f64(x), pika_f64(y), count);
}

/* ---- >>views: what to look at ------------------------------------------------------------------------ */

enum { PIKA_LINEAR = 0, PIKA_LOG10, PIKA_SYMLOG };

typedef struct pika_axis {
    double lo, hi;  /* finite, lo < hi; > 0 on a log axis */
    int64_t origin; /* i64, u64 on a linear axis: lo and hi count from here: nanoseconds stay exact. Else 0 */
    int scale;      /* PIKA_LINEAR, PIKA_LOG10, PIKA_SYMLOG */
    double linear;  /* symlog: u = sign(v) * log(1 + |v| / linear); default 1 */
} pika_axis;

enum {
    PIKA_HALF_OPEN_X = 1, /* v == hi is outside: independent neighbours count nothing twice */
    PIKA_HALF_OPEN_Y = 2,
    PIKA_HALF_OPEN = 3,
    PIKA_EXACT_EDGES = 4, /* linear axes by numpy's linspace edges: the grid equals numpy.histogram2d */
    PIKA_FIT_GROW = 8     /* pika_fit widens the ranges that are there */
};

typedef struct pika_view {
    int width, height; /* cells, 1..32768 */
    unsigned flags;    /* PIKA_HALF_OPEN_X, ..., or-ed */
    pika_axis x, y;
    int first_x, first_y;          /* a tile: the axes describe a whole of total_width x total_height cells */
    int total_width, total_height; /* (up to 2^30 each), the grid holds those from first on. 0, 0 = no tile */
} pika_view;

/* Sets both ranges of the view to those of the rows that are valid and finite on both axes (positive on a log
   axis); scale, size and flags stay. One value v alone: v +- max(0.5, |v| / 1024), on a log axis v / 2 to 2v.
   i64 and u64 on a linear axis: origin = the smallest value, lo = 0. With PIKA_FIT_GROW a range that is there
   (finite, lo < hi, > 0 on a log axis, of the same origin) is widened. hi is the largest value: with
   PIKA_HALF_OPEN its rows are outside. u64 above 2^63 - 1: origin is that, lo the rest.
   Allocates nothing. Cost: about 3 ns a row, one thread.
   PIKA_ERR_INVALID: no usable row, a bad column or scale; the view is unchanged. A range that is too narrow
   or too wide for its type is refused later, by the call that adds. */
PIKA_API pika_result pika_fit(pika_ctx *ctx, const pika_points *points, pika_view *view);
/* The edges that decide, for a column of this type, as doubles: out[i] is the smallest value of cell i of the
   grid, out[n] the largest inside or, half open, the first outside. axis 0: x, n = width; 1: y, n = height.
   n + 1 doubles are written.   i64 and u64: relative to origin. Upper cells that no value of the type reaches
   start past out[n]. Cost: about 0.1 us an edge, on log and symlog axes 0.3 us. */
PIKA_API pika_result pika_view_edges(pika_ctx *ctx, const pika_view *view, int axis, int type, double *out);

/* ---- >>grids: exact aggregates, one cell per pixel --------------------------------------------------- */

enum {
    PIKA_COUNT = 1 << 0,    /* rows; always there. u32 */
    PIKA_ANY = 1 << 1,      /* 1 where there is a row */
    PIKA_SUM = 1 << 2,      /* of the values, in double, in row order */
    PIKA_MEAN = 1 << 3,     /* sum / number of values */
    PIKA_MIN = 1 << 4, PIKA_MAX = 1 << 5,
    PIKA_VAR = 1 << 6, PIKA_STD = 1 << 7,     /* of the population: divisor n */
    PIKA_FIRST = 1 << 8, PIKA_LAST = 1 << 9,  /* by row */
    PIKA_ARGMIN = 1 << 10, PIKA_ARGMAX = 1 << 11, /* row of the smallest, largest value; first of equals */
    PIKA_COVERAGE = 1 << 12 /* of anti-aliased marks, in cells: see >>marks */
};
#define PIKA_ALL_CATEGORIES (-1)

typedef struct pika_grid_desc {
    unsigned planes; /* or-ed; 0 = PIKA_COUNT */
    int categories;  /* k > 0: every plane k times, one after the other */
    pika_view view;
} pika_grid_desc;

/* The struct is the caller's, its cells pika's (alloc) or the caller's (init). Private: read it by calls. */
typedef struct pika_grid {
    int ready, owned;
    pika_grid_desc desc;
    void *memory;
    size_t bytes;
    uint64_t total, inside, outside, invalid, no_value, hits;
    void *planes[16];
    double *edges[2];
} pika_grid;

typedef struct pika_stats {
    uint64_t total, inside, outside, invalid; /* rows: inside + outside + invalid == total */
    uint32_t max_count;                       /* the fullest cell */
    uint64_t nonempty;                        /* cells with a row */
    uint64_t no_value;                        /* rows inside whose value was NaN or null */
    uint64_t hits;                            /* the sum of all counts */
} pika_stats;

/* What alloc and init would say of the descriptor: PIKA_ERR_INVALID with the field and value, PIKA_ERR_SIZE
   past 2^32 - 2 cells or the address space. */
PIKA_API pika_result pika_grid_check(pika_ctx *ctx, const pika_grid_desc *desc);
/* An empty grid in one allocation of pika_grid_bytes: 4 bytes a cell for count, 4 for the number of values
   (mean, var, std), 8 for each value plane (var and std share 16; argmin, argmax 16) and for coverage (with
   mean 16), and the edge tables.
   On error the grid is unchanged: start from a zeroed one, and later calls and pika_grid_free are safe. */
PIKA_API pika_result pika_grid_alloc(pika_ctx *ctx, pika_grid *grid, const pika_grid_desc *desc);
PIKA_API size_t pika_grid_bytes(const pika_grid_desc *desc); /* 0 = refused, see pika_grid_check */
/* An empty grid in the caller's memory, 8-aligned; pika_grid_bytes suffice, one less is PIKA_ERR_SIZE. */
PIKA_API pika_result pika_grid_init(pika_grid *grid, const pika_grid_desc *desc, void *memory, size_t bytes);
/* What add, shade and write can use beside the grid: as ctx scratch no call allocates. With less, add and
   shade take a slower way to the same result, and PNG needs PIKA_PNG_STORED. 0 = a refused descriptor. */
PIKA_API size_t pika_scratch_bytes(const pika_ctx_desc *ctx_desc, const pika_grid_desc *desc);
PIKA_API void pika_grid_free(pika_ctx *ctx, pika_grid *grid); /* ctx: that of alloc */
PIKA_API void pika_grid_clear(pika_ctx *ctx, pika_grid *grid);
/* Looks elsewhere at the same size; clears. Allocates nothing. PIKA_ERR_MISMATCH: another size. */
PIKA_API pika_result pika_grid_set_view(pika_ctx *ctx, pika_grid *grid, const pika_view *view);
PIKA_API const pika_grid_desc *pika_grid_get_desc(const pika_grid *grid); /* NULL of a zeroed grid */
/* dst += src: same view, planes and categories (else PIKA_ERR_MISMATCH); src's rows follow dst's. Sums are
   dst + src, var by Chan, Golub and LeVeque (1979). PIKA_ERR_SIZE: a cell would pass 2^32 - 1. */
PIKA_API pika_result pika_grid_merge(pika_ctx *ctx, pika_grid *dst, const pika_grid *src);
/* width * height (* categories) counts, row 0 = lowest y; NULL of a zeroed grid. */
PIKA_API const uint32_t *pika_grid_counts(const pika_grid *grid);
/* One plane as width * height doubles. category: 0..categories - 1, or PIKA_ALL_CATEGORIES for all together
   (0 is that where there are none). Empty cells: count, any, sum and coverage 0, row indices -1, else NaN. */
PIKA_API pika_result pika_grid_read(pika_ctx *ctx, const pika_grid *grid, unsigned plane, int category,
                                    double *out);
PIKA_API pika_result pika_grid_stats(pika_ctx *ctx, const pika_grid *grid, pika_stats *stats); /* a scan */
/* The cells with a row, sorted by index (y * width + x, plus category * width * height), and their counts.
   *cells is their number. index and count NULL: only that. PIKA_ERR_SIZE: capacity is less; nothing written
   but *cells. */
PIKA_API pika_result pika_grid_nonempty(pika_ctx *ctx, const pika_grid *grid, uint32_t *index,
                                        uint32_t *count, size_t capacity, size_t *cells);

/* ---- >>points: rows into the grid -------------------------------------------------------------------- */

/* Adds rows to the grid: counts, and values to every value plane. Any number of calls (chunks) make one grid.
   Scratch, where it pays: for counts alone a byte and a half a cell and thread, up to 2^20 cells 4 bytes if
   few cells take most rows; for values with threads 14 MiB and 1 MiB a thread, on one the planes once more if
   columns crowd the cache. Without it the call takes a slower way to the same grid, at worst on one thread.
   The log tells the way and why (level 2).
   PIKA_ERR_INVALID: a column is absent or bad, or the axis range is too narrow or wide for its type; nothing
   has been added. PIKA_ERR_SIZE (a count would pass 2^32 - 1), PIKA_ERR_CANCELLED: the grid holds exactly the
   first k rows and `total` has risen by k, so the caller can go on from row k. */
PIKA_API pika_result pika_add_points(pika_ctx *ctx, pika_grid *grid, const pika_points *points);

/* ---- >>marks: lines, areas, polygons and kernels into the grid ---------------------------------------
   A vertex has a cell by the rule of the top comment, continued outside the view: linear,
   floor((v - lo) * s), at most -1 below lo, at least n above hi; by edge table, the same formula for every
   integer. An infinite coordinate is further than any other. NaN and nulls break a line; a polygon or other
   mark with one is invalid.
   Aliased marks add to count and, with the value of their row, to every plane. Anti-aliased marks and kernels
   add their share of a cell, in units of 2^-25, to PIKA_COVERAGE, which the grid must have (else
   PIKA_ERR_INVALID); sum gets share * value, mean is sum(share * value) / sum(share) over shares that have a
   value; the grid must have no other value plane (else PIKA_ERR_UNSUPPORTED). For them vertices lie on a
   lattice of 1/256 cell of the whole picture, to the nearest, ties up; by edge table, evenly between the two
   edges of the cell. What lies more than 2^21 cells off the view's block of 2^20 cells is drawn as if it lay
   there.
   Account: a line's or segment's vertices are the rows; of all other marks, the marks: inside where the box
   around the vertices (and the kernel's reach) meets the grid, more than its right or upper border alone.
   Cost: about 2 ns a vertex, 10 outside the view, and what is stated with each call. Scratch: 8 bytes a
   vertex of a batch (4,096 vertices on one thread, up to 2^20 on several; at least those of the largest
   mark, but for lines), 8 more with values, 4 with categories, and what is stated with each call; where there
   is none for threads, one does it all. Nothing stays allocated.
   PIKA_ERR_INVALID, _UNSUPPORTED, _MEMORY: nothing has been added. PIKA_ERR_SIZE (a count would pass
   2^32 - 1) and PIKA_ERR_CANCELLED: the grid holds exactly the first k rows, or marks, of the call, and what
   connects those; `total` has risen by k. */

enum {
    PIKA_LINE_ONCE = 1 << 0,       /* each polyline adds to a cell at most once: what comes first */
    PIKA_LINE_NORMALIZED = 1 << 1, /* each polyline shares 1 among its cells of each column, in coverage */
    PIKA_LINE_M4 = 1 << 2,         /* PIKA_LINE_ONCE, by first, min, max, last of each column: counts alone */
    PIKA_FILL_AA = 1 << 3,         /* anti-aliased: the exact area of each cell that is inside */
    PIKA_FILL_TOUCH = 1 << 4,      /* aliased: also every cell that an edge passes through */
    PIKA_LINE_CONTINUE = 1 << 5    /* row 0 is an earlier call's: it starts the first segment only */
};
enum { PIKA_NONZERO = 0, PIKA_EVEN_ODD };

/* The smallest and largest y of 64, 4096, ... rows of a long trace, for redraws that cost the width of the
   view and not the length of the trace. Private. */
typedef struct pika_pyramid {
    int ready;
    pika_points points;
    void *memory;
    size_t bytes;
    uint64_t invalid; /* rows */
    int positive;     /* all valid x and y are > 0 */
} pika_pyramid;

typedef struct pika_lines {
    pika_points points;    /* vertices; value and category too are one per vertex */
    const size_t *offsets; /* line i = rows offsets[i] .. offsets[i + 1] - 1; NULL = all rows are one line */
    size_t line_count;
    double width; /* cells, up to 1024; 0 = aliased. Below 1: drawn at 1 and scaled */
    unsigned flags;
    size_t shared_x; /* > 0: line i is rows i * shared_x .. of y, value, category, and of x rows 0 ..; */
                     /* points.count / shared_x lines, line_count is not read */
    const pika_pyramid *pyramid; /* of these points; with PIKA_LINE_M4 and one line */
} pika_lines;
/* Aliased: a vertex adds 1 to its cell, a segment 1 to each of its cells that is neither end's, with value,
   category and row of its first vertex. A segment is a function of its two end cells: Bresenham's line with x
   the major axis on a tie, from the end with the lower major cell, minor = m0 + floor((2 k d + L) / (2 L)).
   Cells are taken to lie within 2^31.
   Anti-aliased: coverage clamp(width / 2 + 1/2 - d, 0, 1) of the distance d from the cell's centre to the
   segment; within a polyline the largest counts, polylines add up. Values and categories are those of a
   polyline's first valid vertex, also with NORMALIZED.
   Cost: aliased 2 ns a vertex and 1 ns a cell. Scratch: for ONCE a bit a cell, for width > 0 5 bytes, for
   NORMALIZED 5 bytes a cell of its columns over the whole picture's height.
   PIKA_ERR_INVALID: offsets that fall or pass points.count, width, flags that exclude each other, a count
   that is no multiple of shared_x. PIKA_ERR_UNSUPPORTED: M4 and a value plane. PIKA_ERR_MISMATCH: a pyramid
   of other columns. */
PIKA_API pika_result pika_add_lines(pika_ctx *ctx, pika_grid *grid, const pika_lines *lines);

/* Builds the pyramid of a trace whose x does not decrease; 0.2 bytes a byte of y. It keeps the columns, which
   must stay as they are. One pass, 1 ns a row. PIKA_ERR_INVALID: x decreases, at which row. */
PIKA_API pika_result pika_pyramid_create(pika_ctx *ctx, pika_pyramid *pyramid, const pika_points *points);
PIKA_API void pika_pyramid_free(pika_ctx *ctx, pika_pyramid *pyramid);

/* Independent segments from (x, y) to (x1, y1): lines of two vertices each, two rows of the account. */
typedef struct pika_segments {
    pika_points points;
    pika_column x1, y1;
    double width; /* as of lines */
    unsigned flags;
} pika_segments;
PIKA_API pika_result pika_add_segments(pika_ctx *ctx, pika_grid *grid, const pika_segments *segments);

typedef struct pika_polygons {
    pika_points points;         /* vertices; value and category: one per polygon */
    const size_t *ring_offsets; /* ring r = rows ring_offsets[r] .. [r + 1] - 1, closed; NULL = one of all */
    size_t ring_count;
    const size_t *polygon_rings; /* polygon p = rings polygon_rings[p] .. ; NULL = one ring each */
    size_t polygon_count;
    int fill; /* PIKA_NONZERO, PIKA_EVEN_ODD */
    unsigned flags;
} pika_polygons;
/* Aliased: a cell is in by its centre; a centre on an edge belongs to the polygon at larger x, on a
   horizontal edge at larger y: polygons that share vertices partition the plane. Anti-aliased: the exact area
   of each cell inside, with edges cut where they cross borders of cells to 1/4096 cell, so that the shares of
   neighbours add up to exactly one; where a ring overlaps itself, the area is that of the summed winding
   numbers, cut at 1 (non-zero) or folded (even-odd). (A vertex within 1/4096 cell of an edge that it does not
   end may change sides with it.) Cost: 10 ns an edge, 2 to 5 ns a row that it crosses, 0.4 ns a cell of the
   box around. Scratch: 20 bytes an edge, and 0.8 MiB or 108 bytes a column. */
PIKA_API pika_result pika_add_polygons(pika_ctx *ctx, pika_grid *grid, const pika_polygons *polygons);

typedef struct pika_areas {
    pika_points points; /* the upper curve's vertices; value and category: one per area */
    pika_column base;   /* the lower curve's y at the same x; NULL data = baseline */
    double baseline;
    const size_t *offsets; /* as of lines: area i = rows offsets[i] .. offsets[i + 1] - 1; NULL = one */
    size_t area_count;
    size_t shared_x; /* as of lines */
    int stacked;     /* with shared_x: each area starts where the one before ends; NaN counts as 0 */
    unsigned flags;
} pika_areas;
/* Between a curve and a baseline, or between two curves, also where they cross. A NaN or null ends one piece
   and starts the next; an area without a piece of two vertices is invalid. Stacked: heights are added in
   double, in order; scratch 16 bytes a sample. Else as polygons. */
PIKA_API pika_result pika_add_areas(pika_ctx *ctx, pika_grid *grid, const pika_areas *areas);

typedef struct pika_rects {
    pika_points points; /* one corner */
    pika_column x1, y1; /* the opposite one */
    unsigned flags;
} pika_rects;
PIKA_API pika_result pika_add_rects(pika_ctx *ctx, pika_grid *grid, const pika_rects *rects);

typedef struct pika_triangles {
    pika_points points;      /* vertices; value: one per triangle, or with interpolate one per vertex */
    const uint32_t *indices; /* three a triangle; NULL = rows 3 i, 3 i + 1, 3 i + 2 */
    size_t triangle_count;
    int interpolate; /* a cell's value is its centre's, within the corners'; not with categories */
    unsigned flags;
} pika_triangles;
PIKA_API pika_result pika_add_triangles(pika_ctx *ctx, pika_grid *grid, const pika_triangles *triangles);

/* columns x rows quads, row by row from the first x and y. Rectilinear: x has columns + 1 values, y rows + 1.
   Curvilinear: both have (columns + 1) * (rows + 1), row by row. points.count is ignored. A quad's four
   vertices make a polygon; value and category are one per quad. */
typedef struct pika_quads {
    pika_points points;
    size_t columns, rows;
    int curvilinear;
    unsigned flags;
} pika_quads;
PIKA_API pika_result pika_add_quads(pika_ctx *ctx, pika_grid *grid, const pika_quads *quads);

/* An image of values as quads of one size: columns x rows pixels between x0, y0 and x1, y1 (its corners, in
   data coordinates; even steps in them). Aliased: each cell takes the pixel that its centre lies in; with
   PIKA_FILL_AA the mean over its area, weighted; with interpolate, bilinear between the pixels' centres, and
   the marks are the (columns + 1) * (rows + 1) rectangles between those. Not with categories. */
typedef struct pika_raster {
    pika_column value; /* columns * rows, row by row from (x0, y0) */
    size_t columns, rows;
    double x0, x1, y0, y1;
    int interpolate;
    unsigned flags;
} pika_raster;
PIKA_API pika_result pika_add_raster(pika_ctx *ctx, pika_grid *grid, const pika_raster *raster);

/* Points with an extent: anti-aliased discs, Gaussian bells or the caller's stamp. */
enum { PIKA_DISC = 0, PIKA_GAUSSIAN, PIKA_STAMP };
typedef struct pika_stamps {
    pika_points points; /* centres */
    int kernel;         /* PIKA_DISC, ... */
    double radius;      /* cells, up to 1024: of the disc; the sigma of the bell; of no meaning for a stamp */
    pika_column radii;  /* one per point instead; NULL data = radius for all. Not 0 .. 1024: invalid */
    const float *stamp; /* PIKA_STAMP: stamp_width * stamp_height shares, 0 .. 1, row 0 lowest; the middle */
    int stamp_width, stamp_height; /* one, rounded up, lies on the point's cell. 1 .. 1024 */
    unsigned flags;                /* 0 */
} pika_stamps;
/* Disc: clamp(radius + 1/2 - d, 0, 1) of the distance d to a cell's centre. Bell: exp(-d^2 / (2 sigma^2)), to
   2^-16, cut at 4 sigma: 1 at the centre. Shares of all points add up. Cost: 2 ns a cell of the reach. */
PIKA_API pika_result pika_add_stamps(pika_ctx *ctx, pika_grid *grid, const pika_stamps *stamps);

/* ---- >>colormaps: 256 colours from stops ------------------------------------------------------------- */

#define PIKA_RGBA(r, g, b, a) \
    (((uint32_t)(r) << 24) | ((uint32_t)(g) << 16) | ((uint32_t)(b) << 8) | (uint32_t)(a)) /* 0xRRGGBBAA */

/* A list of stops, straight sRGB, interpolated in sRGB bytes. Yours work as the built-in ones do. */
typedef struct pika_colormap {
    const char *name;        /* for lookup and legends; may be NULL */
    const uint32_t *colors;  /* 0xRRGGBBAA, from lowest to highest value */
    const double *positions; /* 0..1, rising; NULL = evenly spaced */
    int count;               /* 1..256 stops */
    int stepped;             /* 1 = no interpolation: bands of equal width (positions are not read) */
} pika_colormap;

/* "viridis" "grey" "magma" "inferno" "plasma" "cividis" "turbo" "fire" "ice" "coolwarm" "spectral"
   "category"; NULL when there is none of that name. */
PIKA_API const pika_colormap *pika_colormap_find(const char *name);
PIKA_API int pika_colormap_count(void);
PIKA_API const pika_colormap *pika_colormap_get(int index); /* NULL out of range */
/* Resolves to 256 colours. PIKA_ERR_INVALID: count outside 1..256, colors NULL, positions that fall. */
PIKA_API pika_result pika_colormap_table(const pika_colormap *map, uint32_t table[256]);

/* ---- >>shading: grid to image ------------------------------------------------------------------------ */

enum { PIKA_SHADE_EQ_HIST = 0, PIKA_SHADE_LINEAR, PIKA_SHADE_LOG, PIKA_SHADE_CBRT };

/* Which value has which colour: level i of 256 covers edge[i] <= v < edge[i + 1]; below is 0, above is 255.
   All transfers end up as this table, so a scale can be copied, kept for later frames and read backwards. */
typedef struct pika_color_scale {
    int transfer;
    int levels; /* 256 once computed */
    double lo, hi;
    double edge[257];
} pika_color_scale;

typedef struct pika_shade_desc {
    unsigned plane;                /* default PIKA_COUNT */
    int transfer;                  /* default PIKA_SHADE_EQ_HIST */
    const pika_colormap *colormap; /* default viridis */
    double lo, hi;                 /* fixed range, every transfer; lo == hi: from the finite data */
    uint32_t background;           /* of empty cells, 0xRRGGBBAA; 0 = transparent */
    const pika_color_scale *scale; /* use this map instead of computing one */
    pika_color_scale *scale_out;   /* the map that was used */
    const uint32_t *category_colors; /* one per category; default: the palette "category", again and again */
    double alpha_floor;              /* mixed categories: alpha of the lowest total, 0..1; default 40/255 */
    int category;                    /* 0 = mix all, k = category k - 1 alone through the colormap */
} pika_shade_desc;

typedef struct pika_image pika_image;
/* Colours the grid into an image of its size, in any format. desc NULL = all defaults.
   linear: equal steps. log: equal ratios where lo > 0, else equal steps of log(1 + v - lo). cbrt: equal steps
   of the cube root of v - lo. eq_hist: equal numbers of cells, by exact ranks of the values inside lo..hi.
   With categories and category == 0: the colours' mean weighted by the plane (count, sum: its value, at least
   0; others: value - smallest), alpha from alpha_floor to 1 by the total through the transfer.
   Empty: no row and no share, or no value in a value plane (but a sum of none is 0).   Scratch: 256 KiB,
   eq_hist of large grids 256 KiB a thread; without it the same pixels, up to 6 times slower.
   PIKA_ERR_MISMATCH: sizes differ. PIKA_ERR_INVALID: no such plane, a bad colormap, range or scale. */
PIKA_API pika_result pika_shade(pika_ctx *ctx, pika_image *image, const pika_grid *grid,
                                const pika_shade_desc *desc);
PIKA_API int pika_color_scale_level(const pika_color_scale *scale, double value); /* 0..255; NaN: -1 */
/* The value at t in 0..1 of the colour bar: the edge of level 256 t, interpolated between edges. */
PIKA_API double pika_color_scale_value(const pika_color_scale *scale, double t);

/* ---- >>images: pixels and files ---------------------------------------------------------------------- */

enum {
    PIKA_RGBA8 = 0, /* bytes R, G, B, A; straight alpha, sRGB */
    PIKA_BGRA8,
    PIKA_RGBA8_PREMULTIPLIED,
    PIKA_RGB565, /* native uint16_t; 4x4 ordered dither; transparent becomes black */
    PIKA_GREY8   /* luma of Rec. 709 in sRGB bytes */
};

/* Row 0 on top. Fill it in yourself to draw into memory of your own: a texture, a framebuffer. */
struct pika_image {
    int width, height; /* 1..32768 */
    ptrdiff_t stride;  /* bytes from row to row; 0 = packed; negative = bottom-up, pixels is the top row */
    uint8_t *pixels;
    size_t bytes; /* of the block at pixels; not read where stride is negative */
    int owned;    /* 1: pika_image_free gives the memory back */
    int format;
};

PIKA_API pika_result pika_image_alloc(pika_ctx *ctx, pika_image *image, int width, int height); /* RGBA8 */
PIKA_API void pika_image_free(pika_ctx *ctx, pika_image *image); /* ctx: that of alloc */

/* Grows every pixel that is not transparent, so that single points are seen. dst and src are different RGBA8
   images of one size; neighbours are composited `over` in row order, as datashader's spread does. radius:
   0..64 pixels. PIKA_ERR_INVALID: radius, shape, one image twice. PIKA_ERR_MISMATCH: sizes or formats differ.
   Cost: about 7 ns for each of the (2 radius + 1)^2 pixels of a visible one. */
enum { PIKA_SPREAD_DISC = 0, PIKA_SPREAD_SQUARE };
PIKA_API pika_result pika_spread(pika_ctx *ctx, pika_image *dst, const pika_image *src, int radius,
                                 int shape);
/* The radius (0..max_radius) at which the share of visible pixels with a visible neighbour first passes
   threshold, less one: datashader's dynspread with threshold 0.5 and max_radius 3. max_radius: 0..64;
   threshold: 0..1; radius_out may be NULL. */
PIKA_API pika_result pika_dynspread(pika_ctx *ctx, pika_image *dst, const pika_image *src, double threshold,
                                    int max_radius, int shape, int *radius_out);

typedef int pika_write_fn(void *user, const void *data, size_t size); /* nonzero = stop, PIKA_ERR_IO */

enum { PIKA_PNG_STORED = -1 };
typedef struct pika_png_desc {
    int level; /* 1 fastest .. 9 smallest; 0 = default, 2; PIKA_PNG_STORED = not compressed, no memory */
} pika_png_desc;

/* Writes a PNG (ISO/IEC 15948): palette where at most 256 colours are used, grey, RGB or RGBA. No copy of the
   picture is made. From 1 MiB of rows on bands of it are compressed on all threads; how many changes no byte.
   Scratch: up to 325 KiB, with threads 1.2 MiB each and at most 8, at PIKA_PNG_STORED none.
   PIKA_ERR_IO: write_fn stopped it; what it was given is the start of a PNG. */
PIKA_API pika_result pika_encode_png(pika_ctx *ctx, const pika_image *image, const pika_png_desc *desc,
                                     pika_write_fn *write_fn, void *user);
/* The same to a file (a UTF-8 path), at the default level. On error a file that was begun is removed. */
PIKA_API pika_result pika_write_png(pika_ctx *ctx, const char *path, const pika_image *image);
/* A binary PPM (P6), over black where transparent. No memory. */
PIKA_API pika_result pika_encode_ppm(pika_ctx *ctx, const pika_image *image, pika_write_fn *write_fn,
                                     void *user);
PIKA_API pika_result pika_write_ppm(pika_ctx *ctx, const char *path, const pika_image *image);

/* ---- >>backends: the same calls on the CPU and on a GPU ---------------------------------------------- */

/* Who does the work: pika_cpu_backend(), or pika_gl_backend(gl) of pika_gl.h. A dataset is a table of points
   that was given to one once and is drawn many times: on the CPU that costs nothing, a GPU uploads it. */
typedef struct pika_backend pika_backend;

enum {
    PIKA_DATASET_COPY = 1,       /* keep a copy of the rows: yours may change or go after the call */
    PIKA_DATASET_DEVICE_ONLY = 2 /* on a GPU, keep no rows on the host: if it fails, so do the calls */
};
typedef struct pika_dataset_desc {
    unsigned flags; /* or-ed; 0 = borrow: the columns stay valid and unchanged until pika_dataset_free */
} pika_dataset_desc;

/* Private but for reading points.count. Start from a zeroed one; free it before its backend and context. */
typedef struct pika_dataset {
    const pika_backend *backend; /* NULL = there is none */
    pika_points points; /* strides are not 0 but of absent columns; data NULL: on the device alone */
    unsigned flags;
    void *memory; /* of PIKA_DATASET_COPY */
    size_t bytes, capacity;
    void *device; /* the backend's own */
} pika_dataset;

typedef struct pika_caps {
    char backend[8], device[120]; /* "cpu", "x86-64 avx512, 2 threads"; "gl", the driver's renderer */
    unsigned planes;              /* that it computes itself; the others come from the CPU */
    int software;                 /* 1: a GPU's driver that computes on the CPU */
    size_t memory;                /* bytes it may take in all; 0 = no limit */
    size_t largest;               /* bytes of one buffer at most; more is split. 0 = no limit */
} pika_caps;
typedef struct pika_memory_estimate {
    size_t dataset, grid, scratch; /* on the device: the rows, the planes, what a call needs beside */
    size_t host;                   /* allocated on the host by create, and for pika_aggregate */
    size_t budget;                 /* the device's, 0 = no limit */
    int streams;                   /* 1: the rows do not stay on the device; each call uploads them anew */
} pika_memory_estimate;
typedef struct pika_backend_stats {
    uint64_t gpu_calls, cpu_calls; /* cpu_calls: results that the CPU made instead */
    uint64_t dispatches, upload_bytes;
    int strategy;       /* of the last call: PIKA_GL_ATOMIC, ... */
    const char *reason; /* why the CPU made the last of cpu_calls; "" = it made none */
} pika_backend_stats;
/* The result of pika_validate. expected is the CPU's. */
typedef struct pika_validation {
    uint64_t cells, differing; /* of planes compared; not the same (sum, mean: past the bound) */
    unsigned plane;            /* of the first that differs: its plane, category, and cell x, y */
    int category, x, y;
    double expected, actual;
    double largest_error; /* of sum and mean, in units of the bound that the backend states */
} pika_validation;

PIKA_API const pika_backend *pika_cpu_backend(void);
PIKA_API pika_result pika_backend_caps(pika_ctx *ctx, const pika_backend *backend, pika_caps *caps);
/* What create and aggregate would take. Reads types, strides and the count, no data: that of x and y may be
   NULL, a value or category without data is absent. Allocates nothing. */
PIKA_API pika_result pika_backend_estimate(pika_ctx *ctx, const pika_backend *backend,
                                           const pika_points *points, const pika_dataset_desc *dataset_desc,
                                           const pika_grid_desc *grid_desc, pika_memory_estimate *estimate);
PIKA_API pika_result pika_backend_get_stats(pika_ctx *ctx, const pika_backend *backend,
                                            pika_backend_stats *stats);
/* desc NULL = borrow. Columns: x, y, and what has data. Allocates the copy, if one is asked for, of the size
   of its rows, and what the backend needs. With count 0 only the columns and types are fixed.
   PIKA_ERR_INVALID: points as for pika_add_points, flags; the dataset is in use. PIKA_ERR_UNSUPPORTED:
   PIKA_DATASET_DEVICE_ONLY on the CPU. PIKA_ERR_MEMORY. On error the dataset is unchanged. */
PIKA_API pika_result pika_dataset_create(pika_ctx *ctx, const pika_backend *backend, pika_dataset *dataset,
                                         const pika_points *points, const pika_dataset_desc *desc);
/* Overwrites the rows from first on, and appends what goes past the last: of the dataset's columns and types.
   A copy grows by half at least. Of borrowed rows it tells that they changed: points are these rows in the
   same memory, or with first == 0 all rows in a new one.
   PIKA_ERR_INVALID: first > count, other columns or types. PIKA_ERR_MEMORY. On error nothing changes. */
PIKA_API pika_result pika_dataset_update(pika_ctx *ctx, pika_dataset *dataset, size_t first,
                                         const pika_points *points);
PIKA_API void pika_dataset_free(pika_ctx *ctx, pika_dataset *dataset); /* of a zeroed one: nothing */
/* Clears the grid and fills it with all rows for its view. On the CPU that is pika_add_points. A GPU gives
   the same count, any, min and max to the bit, sum and mean within its bound; what it cannot do the CPU does.
   PIKA_ERR_INVALID: the dataset lacks a column, or a type does not suit the view's ranges. On error the grid
   is cleared; but PIKA_ERR_GPU, of rows that were on a device alone and went with it, leaves it as it was. */
PIKA_API pika_result pika_aggregate(pika_ctx *ctx, pika_dataset *dataset, pika_grid *grid);
/* Compares the grid with what the CPU makes of the same rows, on a grid of its own: to the bit, but for sum
   and mean where the backend states a bound. Allocates that grid. out may be NULL.
   PIKA_ERR_MISMATCH: a cell or the account differs; the message names the first, both values, the backend's
   strategy and device. PIKA_ERR_UNSUPPORTED: the rows are on a device that cannot give them back. */
PIKA_API pika_result pika_validate(pika_ctx *ctx, pika_dataset *dataset, const pika_grid *grid,
                                   pika_validation *out);

/* What a backend may use of pika.h from another file, beside the calls above and below. */
struct pika_backend {
    void *self;
    /* The arguments are checked: structs to fill are zeroed, no pointer is NULL but the context's, points are
       as a dataset's. Each call is needed, if not said otherwise. */
    pika_result (*caps)(pika_ctx *, const pika_backend *, pika_caps *);
    pika_result (*estimate)(pika_ctx *, const pika_backend *, const pika_points *, const pika_dataset_desc *,
                            const pika_grid_desc *, pika_memory_estimate *);
    pika_result (*stats)(pika_ctx *, const pika_backend *, pika_backend_stats *);
    /* After the host's part: dataset->points are the rows to upload, for DEVICE_ONLY the caller's, which
       pika.h forgets after the call. Sets dataset->device. */
    pika_result (*create)(pika_ctx *, pika_dataset *);
    /* Before the host's part: dataset->points are still the rows of before; where first == 0, those of a
       borrowed one may be gone. points: the caller's, at least one row. If it fails, nothing changes. */
    pika_result (*update)(pika_ctx *, pika_dataset *, size_t first, const pika_points *);
    void (*destroy)(pika_ctx *, pika_dataset *);
    /* rows > 0. Clears the grid before it fills it; PIKA_ERR_GPU leaves it as it was. */
    pika_result (*aggregate)(pika_ctx *, pika_dataset *, pika_grid *);
    /* Rows that are on the device alone, as packed columns in one block of pika_ctx_alloc. May be NULL. */
    pika_result (*fetch)(pika_ctx *, pika_dataset *, pika_points *, void **memory, size_t *bytes);
    /* The bound of |sum - the real sum| of n values that the backend states. NULL: it is the CPU's. */
    double (*sum_bound)(const pika_dataset *, double values);
};
/* align: a power of two up to 64, or 0. NULL: pika_last_error says why. */
PIKA_API void *pika_ctx_alloc(pika_ctx *ctx, size_t bytes, size_t align);
PIKA_API void pika_ctx_release(pika_ctx *ctx, void *ptr, size_t bytes);
/* Makes the message the last error, told to log_fn, and returns result. */
PIKA_API pika_result pika_ctx_fail(pika_ctx *ctx, pika_result result, const char *message);
PIKA_API void pika_ctx_log(pika_ctx *ctx, int level, const char *message); /* to log_fn: 1 warning, 2 news */
/* The rule itself, as integers that GPUs compare exactly: a value of the type, as an ordered key, is in cell
   i of the grid where keys[i] <= key < keys[i + 1]; n + 1 keys are written, rising. Keys: f32 and f64 by
   their bits, turned so that they ascend (32 and 64 bits), signed integers with the sign bit flipped (i64 in
   64 bits, the others in 32), unsigned ones as they are. NaNs lie outside. A key past 2^64 - 1 (i64, u64) is
   2^64 - 1: the cell of that one value is pika_axis_cell's. Errors as pika_view_edges. Cost: about 0.1 us a
   key, on log and symlog axes 0.3 us. */
PIKA_API pika_result pika_axis_keys(pika_ctx *ctx, const pika_view *view, int axis, int type, uint64_t *keys);
/* The cell of one value of the type along an axis of the grid: 0..n - 1; -1: outside, -2: invalid. For
   pointers and probes; *value is read. Anything that pika_axis_keys refuses is -2. Cost: on log and symlog
   axes about 0.2 ms. */
PIKA_API int pika_axis_cell(const pika_view *view, int axis, int type, const void *value);
/* Puts a whole plane of one category (0 where there are none) into the grid. PIKA_COUNT: uint32_t rows;
   PIKA_MEAN: uint32_t, how many values each cell has; PIKA_SUM (for mean too): doubles, 0 where a cell has
   none; PIKA_MIN, PIKA_MAX: doubles, there NaN. PIKA_ERR_INVALID: the grid has no such plane.
   PIKA_ERR_UNSUPPORTED: others. */
PIKA_API pika_result pika_grid_store(pika_ctx *ctx, pika_grid *grid, unsigned plane, int category,
                                     const void *cells);
/* total, inside, outside, invalid and no_value, after the counts are stored. PIKA_ERR_INVALID: they do not
   add up, or hits is not the sum of the counts. */
PIKA_API pika_result pika_grid_set_account(pika_ctx *ctx, pika_grid *grid, const pika_stats *stats);
/* The scale that pika_shade would compute (desc: plane, transfer, lo, hi) for a grid in which cells[i] cells
   have values[i]: finite, rising, without those of empty cells; of count and any whole numbers. The sum of
   cells is below 2^32. Makes one scale for many grids, too. desc NULL = all defaults. Allocates nothing.
   PIKA_ERR_INVALID: count is 0, values that fall, plane, transfer, lo and hi as for pika_shade. */
PIKA_API pika_result pika_color_scale_fit(pika_ctx *ctx, const pika_shade_desc *desc, const double *values,
                                          const uint64_t *cells, size_t count, pika_color_scale *scale);

/* ---- >>profile: where the time goes ------------------------------------------------------------------ */

/* A zone is a stretch of time with a name: a call of pika, a stage of one, a task on a thread, or yours. A
   ring of events per thread is written without locks or allocation; totals stay exact when it wraps. Zones
   are per call and per task, never per row: on, two clock reads, about 0.1 us, each; with ctx NULL or before
   pika_profile_start, a branch. One call at a time, as ever: for threads of yours, contexts of their own.
   With your own parallel_for tasks run on threads that pika does not know: a stage is one zone of the caller.
   Names are not copied: literals, or text that outlives the profile.
   PIKA_ERR_INVALID of all that follow: ctx is NULL, or no profile is on. With PIKA_NO_PROFILER zones and
   counters vanish, and what returns a result returns PIKA_ERR_UNSUPPORTED. */
typedef struct pika_profile_desc {
    int events; /* a ring holds, 24 bytes each: a power of two up to 2^20; 0 = 4096 */
    /* For another profiler: called at every begin and end, on the zone's own thread and maybe under a lock of
       pika's, so short and without calls of pika. thread: 0 = the caller, 1.. = workers. Each may be NULL. */
    void (*begin_fn)(void *user, const char *name, int thread);
    void (*end_fn)(void *user, const char *name, int thread);
    void *user;
    void *memory; /* of pika_profile_bytes, any alignment, yours until stop; NULL = from the allocator */
    size_t bytes;
} pika_profile_desc;

/* What the profile of this context takes: about 105 KB per thread by default. 0: ctx or desc is refused. */
PIKA_API size_t pika_profile_bytes(const pika_ctx *ctx, const pika_profile_desc *desc);
/* One allocation of that size, or none; nothing is allocated after it. desc NULL = defaults.
   PIKA_ERR_INVALID: events; a profile is on already. PIKA_ERR_SIZE: bytes is too small. PIKA_ERR_MEMORY.
   PIKA_ERR_UNSUPPORTED: this system's clock is not known: PIKA_CLOCK_NS. */
PIKA_API pika_result pika_profile_start(pika_ctx *ctx, const pika_profile_desc *desc);
PIKA_API void pika_profile_stop(pika_ctx *ctx);  /* forgets all, frees the memory; so does pika_ctx_free */
PIKA_API void pika_profile_clear(pika_ctx *ctx); /* forgets what was recorded; open zones stay open */

/* Zones nest, up to 32 deep; those below are counted in too_deep alone. An end without a begin is counted in
   `unbalanced` alone, with a warning to log_fn. bytes, items: what was worked on, for rates; or 0. */
PIKA_API void pika_zone_begin(pika_ctx *ctx, const char *name);
PIKA_API void pika_zone_end(pika_ctx *ctx, uint64_t bytes, uint64_t items);
/* PIKA_ZONE(ctx, "name") { ... }: the block is a zone. Leave it at its end or by continue: break, return and
   goto would leave the zone open. ctx is evaluated twice. */
#define PIKA_ZONE(ctx, name) PIKA__ZONE_AT(ctx, name, __LINE__)
#define PIKA__ZONE_AT(ctx, name, line) PIKA__ZONE_IN(ctx, name, line) /* so that nested ones do not shadow */
#define PIKA__ZONE_IN(ctx, name, line) \
    for (int pika__zone_##line = (pika_zone_begin((ctx), (name)), 1); pika__zone_##line != 0; \
         pika__zone_##line = 0, pika_zone_end((ctx), 0, 0))

/* A number over time: count adds to it (from 0), gauge sets it. 32 names at most; double arithmetic. */
PIKA_API void pika_count(pika_ctx *ctx, const char *name, int64_t add);
PIKA_API void pika_gauge(pika_ctx *ctx, const char *name, double value);

/* All threads together. Times in nanoseconds; zones that are still open are not in them. */
typedef struct pika_zone_stats {
    const char *name; /* zones are one where the text is; "(other)": all past 63 names on a thread */
    int threads;      /* that ran it */
    uint64_t calls, bytes, items;
    uint64_t total, self;       /* self: without the zones inside; total has one inside itself twice */
    uint64_t shortest, longest; /* of all calls */
    uint64_t p50, p95, p99;     /* nearest rank, of the calls that are still in the rings; none: 0 */
    double bytes_per_second, items_per_second; /* over total: where threads work at once, per thread */
} pika_zone_stats;
typedef struct pika_counter_stats {
    const char *name;
    uint64_t updates;
    double value, lowest, highest; /* now, and since start or clear */
} pika_counter_stats;
typedef struct pika_profile_account { /* since start or clear */
    uint64_t events, overwritten;  /* recorded; gone from the rings: in the totals, not in the trace */
    uint64_t too_deep, unbalanced; /* begins below 32; ends without a begin */
    uint64_t unnamed;              /* zones that went to "(other)", and updates of a 33rd counter */
    int threads, open;             /* rings; the caller's zones that are open now */
    size_t bytes;                  /* of memory */
} pika_profile_account;
/* The longest total first. *count is their number; out NULL: only that. Allocates nothing. Cost: a dozen
   passes over the rings for each name. PIKA_ERR_SIZE: capacity is less; nothing written but *count. */
PIKA_API pika_result pika_profile_zones(pika_ctx *ctx, pika_zone_stats *out, size_t capacity, size_t *count);
PIKA_API pika_result pika_profile_counters(pika_ctx *ctx, pika_counter_stats *out, size_t capacity,
                                           size_t *count); /* the same, in order of appearance */
PIKA_API pika_result pika_profile_get_account(pika_ctx *ctx, pika_profile_account *account);
/* What is in the rings as Chrome trace JSON, which Perfetto and chrome://tracing open: complete events with a
   thread for each ring, and the counters. In pieces of at most 512 bytes; no memory. PIKA_ERR_IO as PNG. */
PIKA_API pika_result pika_profile_encode_trace(pika_ctx *ctx, pika_write_fn *write_fn, void *user);
PIKA_API pika_result pika_profile_write_trace(pika_ctx *ctx, const char *path);
/* A table to log_fn at level 2: a line for each zone, the longest total first, and counter. GB and items are
   per second of the zone. Scratch: 128 bytes a name. */
PIKA_API pika_result pika_profile_log(pika_ctx *ctx);

/* ---- >>short: the short way: fit, aggregate, shade --------------------------------------------------- */

/* ctx may be NULL. Allocates and frees a grid and an image. */
PIKA_API pika_result pika_points_to_png(pika_ctx *ctx, const char *path, const pika_points *points, int width,
                                        int height);
/* The image is allocated; pika_image_free it. On error it is unchanged. */
PIKA_API pika_result pika_points_to_image(pika_ctx *ctx, pika_image *image, const pika_points *points,
                                          int width, int height);

#ifdef __cplusplus
} /* extern "C" */
/* &(desc){...} is not C++: references instead. In C++ start from `pika_points p = {};`. */
inline pika_result pika_fit(pika_ctx *ctx, const pika_points &points, pika_view *view)
{
    return pika_fit(ctx, &points, view);
}
inline pika_result pika_grid_alloc(pika_ctx *ctx, pika_grid *grid, const pika_grid_desc &desc)
{
    return pika_grid_alloc(ctx, grid, &desc);
}
inline pika_result pika_add_points(pika_ctx *ctx, pika_grid *grid, const pika_points &points)
{
    return pika_add_points(ctx, grid, &points);
}
inline pika_result pika_shade(pika_ctx *ctx, pika_image *image, const pika_grid *grid,
                              const pika_shade_desc &desc)
{
    return pika_shade(ctx, image, grid, &desc);
}
inline pika_result pika_dataset_create(pika_ctx *ctx, const pika_backend *backend, pika_dataset *dataset,
                                       const pika_points &points, const pika_dataset_desc *desc)
{
    return pika_dataset_create(ctx, backend, dataset, &points, desc);
}
inline pika_result pika_dataset_update(pika_ctx *ctx, pika_dataset *dataset, size_t first,
                                       const pika_points &points)
{
    return pika_dataset_update(ctx, dataset, first, &points);
}
#endif
#endif /* PIKA_H_INCLUDED */

#if defined(PIKA_IMPLEMENTATION) && !defined(PIKA__IMPLEMENTED)
#define PIKA__IMPLEMENTED

/* ---- >>impl: configuration, includes, compilers ------------------------------------------------------
   Everything that depends on a macro, a compiler or a system is decided here and in >>platform and >>simd.
   From here on nothing private is declared before it is defined: a section may use those above it alone. */

#ifdef PIKA_USER_CONFIG
    #include PIKA_USER_CONFIG
#endif
#include <string.h>
#ifndef PIKA_ASSERT
    #include <assert.h>
    #define PIKA_ASSERT(c) assert(c)
#endif
#if (defined(PIKA_MALLOC) && !defined(PIKA_FREE)) || (!defined(PIKA_MALLOC) && defined(PIKA_FREE))
    #error "pika.h: define both PIKA_MALLOC and PIKA_FREE, or neither"
#endif
#if !defined(PIKA_MALLOC) && !defined(PIKA_NO_MALLOC)
    #include <stdlib.h>
    #if defined(__linux__) && !defined(PIKA_NO_HUGE_PAGES)
        #include <sys/mman.h>
        #define PIKA__HUGE_PAGES
    #endif
    #define PIKA_MALLOC(size) malloc(size)
    #define PIKA_FREE(ptr) free(ptr)
#endif
#ifndef PIKA_NO_STDIO
    #include <stdio.h>
    #if defined(__unix__) || defined(__APPLE__) || defined(__wasi__)
        #include <sys/stat.h> /* so that what a failed write removes is a file */
    #endif
#endif
#ifndef PIKA_MAX_THREADS
    #define PIKA_MAX_THREADS 64
#endif
#if defined(_WIN32) && (!defined(PIKA_NO_THREADS) || (!defined(PIKA_NO_PROFILER) && !defined(PIKA_CLOCK_NS)))
    #ifndef WIN32_LEAN_AND_MEAN
        #define WIN32_LEAN_AND_MEAN
    #endif
    #ifndef NOMINMAX
        #define NOMINMAX
    #endif
    #include <windows.h>
#endif
#ifndef PIKA_NO_THREADS
    #if defined(_WIN32)
        #define PIKA__WIN32_THREADS
    #elif (defined(__unix__) || defined(__APPLE__) || defined(__HAIKU__)) && !defined(__wasm__)
        #include <pthread.h>
        #include <unistd.h>
        #define PIKA__POSIX_THREADS
    #endif
#endif

#if !defined(PIKA_NO_PROFILER)
    #if defined(PIKA_CLOCK_NS) || defined(_WIN32)
        #define PIKA__CLOCK
    #elif defined(__unix__) || defined(__APPLE__) || defined(__HAIKU__) || defined(__wasi__)
        #include <sys/time.h>
        #include <time.h>
        #define PIKA__CLOCK
    #endif
#endif

/* 32-bit x86 counts as SIMD hardware only where plain C uses SSE too: x87 would round differently. */
#if !defined(__TINYC__) && \
    (defined(__x86_64__) || (defined(__i386__) && defined(__SSE2_MATH__)) || \
     (defined(_M_X64) && !defined(_M_ARM64EC)) || (defined(_M_IX86_FP) && _M_IX86_FP == 2))
    #define PIKA__X86
    #include <emmintrin.h>
    #ifdef _MSC_VER
        #include <intrin.h>
    #endif
#endif
#if (defined(__i386__) || defined(_M_IX86)) && !defined(PIKA__X86)
    #define PIKA__X87
#endif
#if defined(__x86_64__) || defined(_M_X64)
    #define PIKA__MACHINE "x86-64"
#elif defined(__i386__) || defined(_M_IX86)
    #define PIKA__MACHINE "x86"
#elif defined(__aarch64__) || defined(_M_ARM64)
    #define PIKA__MACHINE "arm64"
#elif defined(__arm__) || defined(_M_ARM)
    #define PIKA__MACHINE "arm"
#elif defined(__wasm__)
    #define PIKA__MACHINE "wasm"
#elif defined(__s390x__)
    #define PIKA__MACHINE "s390x"
#elif defined(__riscv)
    #define PIKA__MACHINE "riscv"
#else
    #define PIKA__MACHINE "other machine"
#endif

#if defined(_MSC_VER)
    #pragma warning(push)
    #pragma warning(disable : 4127 4324 4505 4996) /* constant conditions, padding, unused statics, fopen */
    #define PIKA__NOINLINE __declspec(noinline)
    #define PIKA__FORCED static __forceinline /* so that a constant argument makes a loop of its own */
#elif defined(__GNUC__) || defined(__clang__)
    #define PIKA__NOINLINE __attribute__((__noinline__))
    #ifdef __OPTIMIZE__ /* else every copy's variables would take stack of their own: 32 KiB */
        #define PIKA__FORCED PIKA_UNUSED static inline __attribute__((__always_inline__))
    #else
        #define PIKA__FORCED PIKA_UNUSED static
    #endif
#else
    #define PIKA__NOINLINE
    #define PIKA__FORCED PIKA_UNUSED static
#endif
/* What need not be fast is compiled soon, at -Og: checks and setting up (COLD) and all that stands between
   PLAIN and its end. No loop over rows, cells or pixels is among them. LEAN is -O2 without four passes that
   find nothing there and cost a sixth of all compiling. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
    #define PIKA__PLAIN _Pragma("GCC push_options") _Pragma("GCC optimize (\"Og\")")
    #define PIKA__PLAIN_END _Pragma("GCC pop_options")
    #define PIKA__LEAN \
        _Pragma("GCC push_options") \
            _Pragma("GCC optimize (\"no-tree-vrp\", \"no-tree-pre\", \"no-gcse\", \"no-code-hoisting\")")
    #define PIKA__LEAN_END PIKA__PLAIN_END
    #define PIKA__COLD __attribute__((__cold__, __noinline__, __optimize__("Og")))
#else
    #define PIKA__PLAIN
    #define PIKA__PLAIN_END
    #define PIKA__LEAN
    #define PIKA__LEAN_END
    #if (defined(__GNUC__) || defined(__clang__)) && !defined(__TINYC__)
        #define PIKA__COLD __attribute__((__cold__, __noinline__))
    #else
        #define PIKA__COLD PIKA__NOINLINE
    #endif
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__cplusplus)
    #pragma GCC diagnostic push
    #pragma GCC diagnostic ignored "-Wmaybe-uninitialized" /* false positive inside g++'s AVX-512 headers */
#endif
#define PIKA__PRIV PIKA_UNUSED static
#if defined(PIKA__X86)
    #define PIKA__PREFETCH(address) _mm_prefetch((const char *)(address), _MM_HINT_T0)
#elif (defined(__GNUC__) || defined(__clang__)) && !defined(__TINYC__)
    #define PIKA__PREFETCH(address) __builtin_prefetch((const void *)(address))
#else
    #define PIKA__PREFETCH(address) ((void)(address))
#endif

/* ---- >>base: sizes, bits and bytes --------------------------------------------------------------------
   Pure functions on integers. Sizes are multiplied and added with overflow checks, values are loaded and
   stored bytewise where alignment is the caller's affair. */

PIKA__PRIV int pika__mul_size(size_t a, size_t b, size_t *out) /* 0 = overflow, *out unchanged */
{
    if (a != 0 && b > (size_t)-1 / a) return 0;
    *out = a * b;
    return 1;
}

PIKA__PRIV int pika__add_size(size_t a, size_t b, size_t *out)
{
    if (b > (size_t)-1 - a) return 0;
    *out = a + b;
    return 1;
}

PIKA__PRIV size_t pika__min_size(size_t a, size_t b) { return a < b ? a : b; }
PIKA__PRIV uint64_t pika__min_u64(uint64_t a, uint64_t b) { return a < b ? a : b; }
PIKA__PRIV size_t pika__round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

PIKA__PRIV int pika__bit_length(uint64_t v) /* 0..64 */
{
    int n = 0;
    while (v != 0) {
        n++;
        v >>= 1;
    }
    return n;
}

PIKA__PRIV uint8_t pika__u8(uint32_t v) { return (uint8_t)(v & 255u); }

/* The high and low half are exact, and so is the product by 2^32: one rounding in all, contracted or not. */
PIKA__PRIV double pika__u64_to_double(uint64_t v)
{
    return (double)(uint32_t)(v >> 32) * 4294967296.0 + (double)(uint32_t)v;
}

/* ---- >>floats: IEEE numbers by their bits, and a known floating-point environment ---------------------
   NaN is tested by bits, so that -ffast-math cannot fold the test away. Keys order doubles as integers.
   Every public call that computes runs between enter and leave: round to nearest, denormals on, exceptions
   masked; the caller's control and flags come back. The work itself stands in a function that is not inlined,
   so that no compiler moves arithmetic across. */

PIKA__PRIV uint64_t pika__bits64(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

PIKA__PRIV double pika__from_bits64(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

PIKA__PRIV uint32_t pika__bits32(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

PIKA__PRIV float pika__from_bits32(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#define PIKA__SIGN64 ((uint64_t)1 << 63)
#define PIKA__INF64 ((uint64_t)0x7FF << 52)
#define PIKA__NAN64 ((uint64_t)0x7FF8 << 48)
#define PIKA__MAX64 (PIKA__INF64 - 1) /* the largest finite double */

PIKA__PRIV int pika__is_nan(double v) { return (pika__bits64(v) & ~PIKA__SIGN64) > PIKA__INF64; }
PIKA__PRIV int pika__is_finite(double v) { return (pika__bits64(v) & ~PIKA__SIGN64) < PIKA__INF64; }
PIKA__PRIV int pika__is_normal(double v)
{
    return pika__is_finite(v) && (pika__bits64(v) & PIKA__INF64) != 0;
}
PIKA__PRIV double pika__nan(void) { return pika__from_bits64(PIKA__NAN64); }

/* Monotone: -inf .. +inf become rising integers (-0 just below +0); NaNs lie outside both ends. */
PIKA__PRIV uint64_t pika__key64(double v)
{
    const uint64_t bits = pika__bits64(v);
    return (bits & PIKA__SIGN64) != 0 ? ~bits : bits | PIKA__SIGN64;
}

PIKA__PRIV double pika__from_key64(uint64_t key)
{
    return pika__from_bits64((key & PIKA__SIGN64) != 0 ? key & ~PIKA__SIGN64 : ~key);
}

PIKA__PRIV uint32_t pika__key32(float v)
{
    const uint32_t bits = pika__bits32(v);
    return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

PIKA__PRIV float pika__from_key32(uint32_t key)
{
    return pika__from_bits32((key & 0x80000000u) != 0 ? key & 0x7FFFFFFFu : ~key);
}

/* A product that is rounded before anything is added to it: no compiler may fuse across the barrier. */
PIKA__PRIV double pika__rounded(double v)
{
#if defined(__TINYC__) || defined(__wasm__)
    return v; /* nothing there fuses */
#elif defined(__GNUC__) && defined(PIKA__X86)
    __asm__("" : "+x"(v));
    return v;
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__("" : "+w"(v));
    return v;
#elif defined(__GNUC__) && (defined(__s390x__) || defined(__riscv) || defined(__powerpc64__))
    __asm__("" : "+f"(v));
    return v;
#else
    volatile double memory = v;
    return memory;
#endif
}

/* The square root, correctly rounded as IEEE 754 asks, without libm: one digit of the root a step. v >= 0. */
PIKA__PRIV double pika__sqrt(double v)
{
#if defined(PIKA__X86)
    const __m128d d = _mm_set_sd(v);
    return _mm_cvtsd_f64(_mm_sqrt_sd(d, d));
#elif defined(__GNUC__) && defined(__aarch64__)
    double root;
    __asm__("fsqrt %d0, %d1" : "=w"(root) : "w"(v));
    return root;
#else
    uint64_t bits = pika__bits64(v), mantissa, root = 0, rest = 0;
    int exponent, i;
    if (v == 0 || !pika__is_finite(v)) return v;
    exponent = (int)(bits >> 52);
    mantissa = bits & (((uint64_t)1 << 52) - 1);
    if (exponent == 0) {
        exponent = 1;
        while ((mantissa >> 52) == 0) {
            mantissa <<= 1;
            exponent--;
        }
    }
    mantissa |= (uint64_t)1 << 52;
    exponent -= 1075; /* v = mantissa * 2^exponent, 53 bits */
    if ((exponent & 1) != 0) {
        mantissa <<= 1;
        exponent--;
    }
    /* the root of mantissa * 2^54, 54 bits: two bits of the radicand enter a step, 27 + 27 pairs */
    for (i = 53; i >= 0; i--) {
        const uint64_t pair = i >= 27 ? (mantissa >> (2 * (i - 27))) & 3u : 0;
        rest = (rest << 2) | pair;
        root <<= 1;
        if (rest > root * 2) {
            rest -= root * 2 + 1;
            root++;
        }
    }
    /* 54 bits where mantissa has 53 or 54: the last is the rounding bit; a tie would need an exact root */
    root = (root >> 1) + (root & 1u);
    exponent = exponent / 2 - 27 + 1;
    return pika__from_bits64(((uint64_t)(exponent + 1075) << 52) + (root - ((uint64_t)1 << 52)));
#endif
}

typedef struct pika__float_state {
    uint64_t control, flags;
    uint32_t x87[8];
} pika__float_state;

PIKA__PRIV void pika__float_enter(pika__float_state *saved)
{
    saved->control = saved->flags = 0;
#if defined(PIKA__X86)
    saved->control = _mm_getcsr();
    _mm_setcsr(0x1F80); /* all masked, nearest, neither DAZ nor FTZ, no flags */
#elif defined(__TINYC__) && defined(__x86_64__)
    {
        uint32_t control, plain = 0x1F80; /* tcc's assembler knows neither opcode: by bytes, address in rax */
        __asm__ volatile(".byte 0x0f, 0xae, 0x18" : : "a"(&control) : "memory"); /* stmxcsr */
        __asm__ volatile(".byte 0x0f, 0xae, 0x10" : : "a"(&plain) : "memory");   /* ldmxcsr */
        saved->control = control;
    }
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__ volatile("mrs %0, fpcr\n\tmrs %1, fpsr\n\tmsr fpcr, %2"
                     : "=&r"(saved->control), "=&r"(saved->flags)
                     : "r"((uint64_t)0));
#elif defined(_M_ARM64)
    saved->control = (uint64_t)_ReadStatusReg(0x5A20);
    saved->flags = (uint64_t)_ReadStatusReg(0x5A21);
    _WriteStatusReg(0x5A20, 0);
#elif defined(__GNUC__) && defined(__arm__) && defined(__ARM_FP)
    {
        uint32_t control;
        __asm__ volatile("vmrs %0, fpscr\n\tvmsr fpscr, %1" : "=&r"(control) : "r"(0));
        saved->control = control;
    }
#elif defined(__GNUC__) && defined(__s390x__)
    {
        uint32_t control;
        __asm__ volatile("efpc %0\n\tsfpc %1" : "=&d"(control) : "d"(0));
        saved->control = control;
    }
#elif defined(__GNUC__) && defined(__riscv_flen)
    __asm__ volatile("fscsr %0, zero" : "=r"(saved->control));
#elif defined(__GNUC__) && defined(__powerpc64__)
    {
        double control;
        const double plain = 0;
        __asm__ volatile("mffs %0\n\tmtfsf 0xff, %1" : "=&f"(control) : "f"(plain));
        saved->control = pika__bits64(control);
    }
#endif
#if defined(__GNUC__) && defined(__i386__) && !defined(__TINYC__)
    {
        static const uint16_t plain = 0x037F;
        __asm__ volatile("fnstenv %0\n\tfldcw %1" : "=m"(saved->x87) : "m"(plain));
    }
#endif
}

PIKA__PRIV void pika__float_leave(const pika__float_state *saved)
{
#if defined(PIKA__X86)
    _mm_setcsr((unsigned)saved->control);
#elif defined(__TINYC__) && defined(__x86_64__)
    {
        uint32_t control = (uint32_t)saved->control;
        __asm__ volatile(".byte 0x0f, 0xae, 0x10" : : "a"(&control) : "memory");
    }
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0\n\tmsr fpsr, %1" : : "r"(saved->control), "r"(saved->flags));
#elif defined(_M_ARM64)
    _WriteStatusReg(0x5A20, (__int64)saved->control);
    _WriteStatusReg(0x5A21, (__int64)saved->flags);
#elif defined(__GNUC__) && defined(__arm__) && defined(__ARM_FP)
    __asm__ volatile("vmsr fpscr, %0" : : "r"((uint32_t)saved->control));
#elif defined(__GNUC__) && defined(__s390x__)
    __asm__ volatile("sfpc %0" : : "d"((uint32_t)saved->control));
#elif defined(__GNUC__) && defined(__riscv_flen)
    __asm__ volatile("fscsr %0" : : "r"(saved->control));
#elif defined(__GNUC__) && defined(__powerpc64__)
    {
        const double control = pika__from_bits64(saved->control);
        __asm__ volatile("mtfsf 0xff, %0" : : "f"(control));
    }
#endif
#if defined(__GNUC__) && defined(__i386__) && !defined(__TINYC__)
    { /* the control word and the flags alone: the compiler may have values of its own on the stack */
        uint32_t now[8];
        __asm__ volatile("fnstenv %0" : "=m"(now));
        now[0] = saved->x87[0];
        now[1] = (now[1] & ~(uint32_t)0x80FF) | (saved->x87[1] & 0x80FF);
        __asm__ volatile("fldenv %0" : : "m"(now));
    }
#endif
    (void)saved;
}

/* ---- >>format: numbers to text, in any locale ---------------------------------------------------------
   For messages: no printf, no locale. May use >>floats. */
PIKA__PLAIN

typedef struct pika__text {
    char *out; /* always terminated; what does not fit is cut */
    size_t length, capacity;
} pika__text;

PIKA__PRIV PIKA__COLD void pika__put_char(pika__text *text, char c)
{
    if (text->length + 1 >= text->capacity) return;
    text->out[text->length++] = c;
    text->out[text->length] = 0;
}

PIKA__PRIV PIKA__COLD void pika__put_string(pika__text *text, const char *string)
{
    while (*string != 0) pika__put_char(text, *string++);
}

PIKA__PRIV PIKA__COLD void pika__put_unsigned(pika__text *text, uint64_t v)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v != 0);
    while (n > 0) pika__put_char(text, digits[--n]);
}

PIKA__PRIV PIKA__COLD void pika__put_int(pika__text *text, int64_t v)
{
    if (v < 0) pika__put_char(text, '-');
    pika__put_unsigned(text, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
}

/* Nine significant digits, as printf's %.9g; the last may be one off, which does in a message. */
PIKA__PRIV PIKA__COLD void pika__put_number(pika__text *text, double v)
{
    int exponent = 0, i;
    uint64_t digits;
    if (pika__is_nan(v)) {
        pika__put_string(text, "nan");
        return;
    }
    if ((pika__bits64(v) & PIKA__SIGN64) != 0) {
        pika__put_char(text, '-');
        v = pika__from_bits64(pika__bits64(v) & ~PIKA__SIGN64);
    }
    if (!pika__is_finite(v)) {
        pika__put_string(text, "inf");
        return;
    }
    if (v > 0) {
        while (v >= 1e9) {
            v /= 10;
            exponent++;
        }
        while (v < 1e8) { /* denormals too: at most 332 steps */
            v *= 10;
            exponent--;
        }
    }
    digits = (uint64_t)(v + 0.5); /* 0 or 10^8..10^9 */
    for (i = 0; i < 8 && digits != 0 && digits % 10 == 0; i++) {
        digits /= 10;
        exponent++;
    }
    if (exponent >= 0 && exponent <= 6) {
        for (; exponent > 0; exponent--) digits *= 10;
        pika__put_unsigned(text, digits);
    } else { /* d.ddd with a decimal exponent, or a plain fraction where that is short */
        char reversed[24];
        int n = 0, point;
        for (; digits != 0; digits /= 10) reversed[n++] = (char)('0' + (int)(digits % 10));
        point = n + exponent; /* digits before the point */
        if (point > -4 && point <= 9) {
            if (point <= 0) pika__put_string(text, "0.");
            for (i = point; i < 0; i++) pika__put_char(text, '0');
            for (i = 0; i < n; i++) {
                if (i == point && i > 0) pika__put_char(text, '.');
                pika__put_char(text, reversed[n - 1 - i]);
            }
            for (; i < point; i++) pika__put_char(text, '0');
        } else {
            for (i = 0; i < n; i++) {
                if (i == 1) pika__put_char(text, '.');
                pika__put_char(text, reversed[n - 1 - i]);
            }
            pika__put_char(text, 'e');
            pika__put_int(text, point - 1);
        }
    }
}
PIKA__PLAIN_END

/* ---- >>platform: cores, threads, locks, a clock ---------------------------------------------------------
   The thin ring around the system, and nothing else in the header knows pthreads or Win32. */
PIKA__PLAIN

#if defined(PIKA__WIN32_THREADS)
typedef HANDLE pika__thread;
typedef CRITICAL_SECTION pika__mutex;
typedef CONDITION_VARIABLE pika__condition;
    #define PIKA__THREAD_RESULT DWORD WINAPI
PIKA__PRIV int pika__core_count(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return (int)info.dwNumberOfProcessors;
}
PIKA__PRIV int pika__mutex_init(pika__mutex *mutex)
{
    InitializeCriticalSection(mutex);
    return 1;
}
PIKA__PRIV void pika__mutex_free(pika__mutex *mutex) { DeleteCriticalSection(mutex); }
PIKA__PRIV void pika__lock(pika__mutex *mutex) { EnterCriticalSection(mutex); }
PIKA__PRIV void pika__unlock(pika__mutex *mutex) { LeaveCriticalSection(mutex); }
PIKA__PRIV int pika__condition_init(pika__condition *condition)
{
    InitializeConditionVariable(condition);
    return 1;
}
PIKA__PRIV void pika__condition_free(pika__condition *condition) { (void)condition; }
PIKA__PRIV void pika__wait(pika__condition *condition, pika__mutex *mutex)
{
    SleepConditionVariableCS(condition, mutex, INFINITE);
}
PIKA__PRIV void pika__wake_one(pika__condition *condition) { WakeConditionVariable(condition); }
PIKA__PRIV void pika__wake_all(pika__condition *condition) { WakeAllConditionVariable(condition); }
PIKA__PRIV int pika__thread_start(pika__thread *thread, LPTHREAD_START_ROUTINE function, void *arg)
{
    *thread = CreateThread(NULL, 256 * 1024, function, arg, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    return *thread != NULL;
}
PIKA__PRIV void pika__thread_join(pika__thread thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}
    #define PIKA__THREADS
#elif defined(PIKA__POSIX_THREADS)
typedef pthread_t pika__thread;
typedef pthread_mutex_t pika__mutex;
typedef pthread_cond_t pika__condition;
    #define PIKA__THREAD_RESULT void *
PIKA__PRIV int pika__core_count(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 32767 ? 32767 : (int)n;
}
PIKA__PRIV int pika__mutex_init(pika__mutex *mutex) { return pthread_mutex_init(mutex, NULL) == 0; }
PIKA__PRIV void pika__mutex_free(pika__mutex *mutex) { pthread_mutex_destroy(mutex); }
PIKA__PRIV void pika__lock(pika__mutex *mutex) { pthread_mutex_lock(mutex); }
PIKA__PRIV void pika__unlock(pika__mutex *mutex) { pthread_mutex_unlock(mutex); }
PIKA__PRIV int pika__condition_init(pika__condition *condition)
{
    return pthread_cond_init(condition, NULL) == 0;
}
PIKA__PRIV void pika__condition_free(pika__condition *condition) { pthread_cond_destroy(condition); }
PIKA__PRIV void pika__wait(pika__condition *condition, pika__mutex *mutex)
{
    pthread_cond_wait(condition, mutex);
}
PIKA__PRIV void pika__wake_one(pika__condition *condition) { pthread_cond_signal(condition); }
PIKA__PRIV void pika__wake_all(pika__condition *condition) { pthread_cond_broadcast(condition); }
PIKA__PRIV int pika__thread_start(pika__thread *thread, void *(*function)(void *), void *arg)
{
    pthread_attr_t attributes;
    int ok;
    if (pthread_attr_init(&attributes) != 0) return 0;
    pthread_attr_setstacksize(&attributes, 256 * 1024); /* musl's own is 128 KiB, glibc's 8 MiB */
    ok = pthread_create(thread, &attributes, function, arg) == 0;
    pthread_attr_destroy(&attributes);
    return ok;
}
PIKA__PRIV void pika__thread_join(pika__thread thread) { pthread_join(thread, NULL); }
    #define PIKA__THREADS
#else
PIKA__PRIV int pika__core_count(void) { return 1; }
#endif

#ifndef PIKA_NO_PROFILER
/* Nanoseconds since whenever. gettimeofday, seen under -std=c99 too, may be set back: see pika__ring_now. */
PIKA__PRIV uint64_t pika__clock(void)
{
    #if defined(PIKA_CLOCK_NS)
    return (uint64_t)PIKA_CLOCK_NS();
    #elif defined(_WIN32)
    LARGE_INTEGER ticks, second;
    uint64_t t, f;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&second);
    t = (uint64_t)ticks.QuadPart;
    f = (uint64_t)second.QuadPart;
    return t / f * 1000000000u + t % f * 1000000000u / f;
    #elif defined(CLOCK_MONOTONIC) && !(defined(__wasi__) && defined(__STRICT_ANSI__)) /* not declared */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    #elif defined(PIKA__CLOCK)
    struct timeval now;
    gettimeofday(&now, NULL);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_usec * 1000u;
    #else
    return 0; /* pika_profile_start refuses */
    #endif
}
#endif

/* Large blocks on huge pages: grids are hit all over, and a page fault costs more than its page. */
#define PIKA__HUGE_FROM ((size_t)1 << 22)
#if defined(PIKA__HUGE_PAGES) && defined(MADV_HUGEPAGE) /* not seen under -std=c99 */
    #define PIKA__HUGE_PAGE ((size_t)1 << 21)
    #define PIKA__ADVISE_HUGE(memory, bytes) ((void)madvise((memory), (bytes), MADV_HUGEPAGE))
#else
    #define PIKA__HUGE_PAGE ((size_t)64)
    #define PIKA__ADVISE_HUGE(memory, bytes) ((void)0)
#endif
PIKA__PLAIN_END

/* ---- >>zones: what a profile records -------------------------------------------------------------------
   Owns the context's profile while it is written: a ring of events, totals by name and a stack of open zones
   for each thread that pika knows. Only that thread writes them; the caller reads them when no job runs (the
   pool's mutex is between). Needs no memory and no lock; >>trace starts, reads and ends a profile. */
PIKA__PLAIN

#ifndef PIKA_NO_PROFILER
    #define PIKA__ZONES 64 /* names per thread, the last for all others: what matters fits a bit set */
    #define PIKA__DEPTH 32
    #define PIKA__COUNTERS 32

typedef struct pika__event { /* a zone that has ended, or a counter that has changed */
    uint64_t begin;
    uint64_t length; /* a counter: the bits of its value */
    uint32_t name;   /* index of the zone; PIKA__ZONES + index of the counter */
} pika__event;

typedef struct pika__frame {
    const char *name;
    uint64_t begin, inside; /* inside: the length of the zones in it */
} pika__frame;

typedef struct pika__zone {
    const char *name;
    uint64_t calls, total, self, shortest, longest, bytes, items;
} pika__zone;

typedef struct pika__ring {
    pika__event *events; /* number `written` goes to written & mask */
    uint64_t written, now, too_deep, unbalanced, unnamed;
    uint64_t match, done; /* >>trace: bit sets of zones */
    int depth, names;
    pika__frame frames[PIKA__DEPTH];
    pika__zone zones[PIKA__ZONES];
} pika__ring;

typedef struct pika__profile {
    pika_profile_desc desc; /* as resolved */
    uint64_t begin, mask, unnamed;
    size_t ring_bytes, block_bytes;
    void *block; /* as allocated or given: the profile, then the rings, each at a multiple of 64 */
    int rings, counters;
    pika_counter_stats counter[PIKA__COUNTERS];
} pika__profile;

static const char pika__k_other[] = "(other)";

PIKA__PRIV pika__profile *pika__profile_of(const pika_ctx *ctx)
{
    return ctx != NULL && ctx->ready == PIKA_VERSION ? (pika__profile *)ctx->profile : NULL;
}

PIKA__PRIV pika__ring *pika__ring_of(pika__profile *profile, int slot)
{
    uint8_t *first = (uint8_t *)profile + pika__round_up(sizeof *profile, 64);
    return (pika__ring *)(void *)(first + (size_t)slot * profile->ring_bytes);
}

/* A clock that was set back stands still. */
PIKA__PRIV uint64_t pika__ring_now(pika__ring *ring, uint64_t now)
{
    if (now > ring->now) ring->now = now;
    return ring->now;
}

PIKA__PRIV void pika__ring_put(const pika__profile *profile, pika__ring *ring, uint64_t begin,
                               uint64_t length, uint32_t name)
{
    pika__event *event = &ring->events[ring->written++ & profile->mask];
    event->begin = begin;
    event->length = length;
    event->name = name;
}

/* By address; the same text may come at several, so before the table is full for good by text too. */
PIKA__PRIV uint32_t pika__ring_zone(pika__ring *ring, const char *name)
{
    int i;
    for (i = 0; i < ring->names; i++)
        if (ring->zones[i].name == name) return (uint32_t)i;
    if (ring->names >= PIKA__ZONES - 1) {
        for (i = 0; i < PIKA__ZONES - 1; i++)
            if (strcmp(ring->zones[i].name, name) == 0) return (uint32_t)i;
        ring->unnamed++;
        if (ring->names == PIKA__ZONES) return PIKA__ZONES - 1;
        name = pika__k_other;
        i = PIKA__ZONES - 1;
    }
    memset(&ring->zones[i], 0, sizeof ring->zones[i]);
    ring->zones[i].name = name;
    ring->zones[i].shortest = (uint64_t)-1;
    ring->names = i + 1;
    return (uint32_t)i;
}

PIKA__PRIV void pika__ring_open(pika__ring *ring, const char *name, uint64_t now)
{
    pika__frame *frame = &ring->frames[ring->depth++];
    frame->name = name;
    frame->begin = pika__ring_now(ring, now);
    frame->inside = 0;
}

PIKA__PRIV void pika__ring_close(const pika__profile *profile, pika__ring *ring, uint64_t now, uint64_t bytes,
                                 uint64_t items)
{
    const pika__frame *frame = &ring->frames[--ring->depth];
    const uint64_t length = pika__ring_now(ring, now) - frame->begin;
    const uint32_t index = pika__ring_zone(ring, frame->name);
    pika__zone *zone = &ring->zones[index];
    zone->calls++;
    zone->total += length;
    zone->self += length - frame->inside;
    if (length < zone->shortest) zone->shortest = length;
    if (length > zone->longest) zone->longest = length;
    zone->bytes += bytes;
    zone->items += items;
    if (ring->depth > 0) ring->frames[ring->depth - 1].inside += length;
    pika__ring_put(profile, ring, frame->begin, length, index);
}

/* The clock is read last at a begin and first at an end: recording is not part of the zone. */
PIKA__PRIV PIKA__NOINLINE void pika__zone_open(pika__profile *profile, int slot, const char *name)
{
    pika__ring *ring = pika__ring_of(profile, slot);
    if (ring->depth >= PIKA__DEPTH) {
        ring->too_deep++;
        ring->depth++;
        return;
    }
    if (profile->desc.begin_fn != NULL) profile->desc.begin_fn(profile->desc.user, name, slot);
    pika__ring_open(ring, name, pika__clock());
}

PIKA__PRIV PIKA__NOINLINE int pika__zone_close(pika__profile *profile, int slot, uint64_t bytes,
                                               uint64_t items) /* 0 = none was open */
{
    const uint64_t now = pika__clock();
    pika__ring *ring = pika__ring_of(profile, slot);
    if (ring->depth == 0) {
        ring->unbalanced++;
        return 0;
    }
    if (ring->depth > PIKA__DEPTH) {
        ring->depth--;
        return 1;
    }
    pika__ring_close(profile, ring, now, bytes, items);
    if (profile->desc.end_fn != NULL)
        profile->desc.end_fn(profile->desc.user, ring->frames[ring->depth].name, slot);
    return 1;
}

/* Counts add to what was, gauges to 0. */
PIKA__PRIV PIKA__NOINLINE void pika__counter(pika__profile *profile, const char *name, int keep, double value)
{
    pika__ring *ring = pika__ring_of(profile, 0);
    pika_counter_stats *counter = profile->counter;
    uint64_t bits;
    int i = 0;
    while (i < profile->counters && counter[i].name != name && strcmp(counter[i].name, name) != 0) i++;
    if (i == PIKA__COUNTERS) {
        profile->unnamed++;
        return;
    }
    counter += i;
    if (i == profile->counters) {
        profile->counters++;
        memset(counter, 0, sizeof *counter);
        counter->name = name;
    }
    counter->value = keep ? counter->value + value : value;
    if (counter->updates == 0 || counter->value < counter->lowest) counter->lowest = counter->value;
    if (counter->updates == 0 || counter->value > counter->highest) counter->highest = counter->value;
    counter->updates++;
    memcpy(&bits, &counter->value, sizeof bits);
    pika__ring_put(profile, ring, pika__ring_now(ring, pika__clock()), bits, (uint32_t)(PIKA__ZONES + i));
}

    #define PIKA__ZONE_BEGIN(ctx, name) \
        do { \
            if (pika__profile_of(ctx) != NULL) pika__zone_open(pika__profile_of(ctx), 0, (name)); \
        } while (0)
    #define PIKA__ZONE_END(ctx, bytes, items) \
        do { \
            if (pika__profile_of(ctx) != NULL) pika__zone_close(pika__profile_of(ctx), 0, (bytes), (items)); \
        } while (0)
    #define PIKA__GAUGE(ctx, name, value) \
        do { \
            if (pika__profile_of(ctx) != NULL) \
                pika__counter(pika__profile_of(ctx), (name), 0, pika__u64_to_double(value)); \
        } while (0)
    #define PIKA__COUNT(ctx, name, add) \
        do { \
            if (pika__profile_of(ctx) != NULL) \
                pika__counter(pika__profile_of(ctx), (name), 1, pika__u64_to_double(add)); \
        } while (0)
#else
typedef struct pika__profile pika__profile; /* none */
    #define pika__profile_of(ctx) ((void)(ctx), (pika__profile *)NULL)
    #define pika__zone_open(profile, slot, name) ((void)(slot))
    #define pika__zone_close(profile, slot, bytes, items) ((void)(slot))
    #define PIKA__ZONE_BEGIN(ctx, name) ((void)(ctx), (void)(name))
    #define PIKA__ZONE_END(ctx, bytes, items) ((void)(ctx), (void)(bytes), (void)(items))
    #define PIKA__GAUGE(ctx, name, value) ((void)(ctx), (void)(value))
    #define PIKA__COUNT(ctx, name, add) ((void)(ctx), (void)(add))
#endif
PIKA__PLAIN_END

/* ---- >>memory: errors, the allocator and scratch ------------------------------------------------------
   Owns the context's text, status, byte counts and scratch pointer. ctx may be NULL everywhere: no text then,
   and PIKA_MALLOC. Only the thread that called pika comes here. */
PIKA__PLAIN

/* What a message's text is filled with: '$' takes the names in turn, '%' the integers or else the numbers. */
typedef struct pika__details {
    const char *names[2];
    const int64_t *integers;
    const double *numbers;
} pika__details;

/* Of the text in ctx->error. Returns result. */
PIKA__PRIV PIKA__COLD pika_result pika__tell_error(pika_ctx *ctx, pika_result result)
{
    if (ctx->status == PIKA_OK) ctx->status = (int)result;
    if (ctx->desc.log_fn != NULL) ctx->desc.log_fn(ctx->desc.log_user, 0, (int)result, ctx->error);
    return result;
}

/* The message is who, ": " and the filled text; ctx NULL: none. Returns result. */
PIKA__PRIV PIKA__COLD pika_result pika__report(pika_ctx *ctx, pika_result result, const char *who,
                                               const char *text, const pika__details *details)
{
    pika__text message;
    int name = 0, value = 0;
    if (ctx == NULL) return result;
    message.out = ctx->error;
    message.length = 0;
    message.capacity = sizeof ctx->error;
    pika__put_string(&message, who);
    pika__put_string(&message, ": ");
    for (; *text != 0; text++) {
        if (*text == '$') pika__put_string(&message, details->names[name++]);
        else if (*text != '%') pika__put_char(&message, *text);
        else if (details->integers != NULL) pika__put_int(&message, details->integers[value++]);
        else pika__put_number(&message, details->numbers[value++]);
    }
    return pika__tell_error(ctx, result);
}

PIKA__PRIV PIKA__COLD pika_result pika__error(pika_ctx *ctx, pika_result result, const char *who,
                                              const char *text)
{
    return pika__report(ctx, result, who, text, NULL); /* a text without '$' and '%' */
}

/* name, other: NULL where the text has no '$' */
PIKA__PRIV PIKA__COLD pika_result pika__error_int(pika_ctx *ctx, pika_result result, const char *who,
                                                  const char *text, const char *name, int64_t a, int64_t b)
{
    pika__details details;
    int64_t values[2];
    values[0] = a;
    values[1] = b;
    details.names[0] = details.names[1] = name;
    details.integers = values;
    details.numbers = NULL;
    return pika__report(ctx, result, who, text, &details);
}

PIKA__PRIV PIKA__COLD pika_result pika__error_number(pika_ctx *ctx, pika_result result, const char *who,
                                                     const char *text, const char *name, const char *other,
                                                     double a, double b)
{
    pika__details details;
    double values[2];
    values[0] = a;
    values[1] = b;
    details.names[0] = name;
    details.names[1] = other;
    details.integers = NULL;
    details.numbers = values;
    return pika__report(ctx, result, who, text, &details);
}

/* For what only follows from an earlier failure: a first error that is still pending keeps its text. */
PIKA__PRIV PIKA__COLD pika_result pika__error_following(pika_ctx *ctx, const char *who, const char *text)
{
    if (ctx != NULL && ctx->status != PIKA_OK) return PIKA_ERR_INVALID;
    return pika__error(ctx, PIKA_ERR_INVALID, who, text);
}

PIKA__PRIV void pika__note(pika_ctx *ctx, int level, const char *text)
{
    if (ctx != NULL && ctx->desc.log_fn != NULL) ctx->desc.log_fn(ctx->desc.log_user, level, 0, text);
}

/* NULL is a context; a zeroed or freed one is not. */
PIKA__PRIV int pika__ctx_ready(const pika_ctx *ctx) { return ctx == NULL || ctx->ready == PIKA_VERSION; }

PIKA__PRIV PIKA__COLD pika_result pika__check_ctx(pika_ctx *ctx, const char *who)
{
    if (pika__ctx_ready(ctx)) return PIKA_OK;
    return pika__error_following(ctx, who, "ctx is not initialised (pika_ctx_init)");
}

/* Straight from the allocator. Aligned to 64 where pika asks malloc or the allocator honours it. */
PIKA__PRIV void *pika__fetch(pika_ctx *ctx, size_t bytes)
{
    void *memory = NULL;
    if (ctx != NULL && ctx->desc.memory_limit != 0 &&
        (bytes > ctx->desc.memory_limit || ctx->live_bytes > ctx->desc.memory_limit - bytes))
        return NULL;
    if (ctx != NULL && ctx->desc.alloc_fn != NULL) {
        memory = ctx->desc.alloc_fn(bytes, 64, ctx->desc.alloc_user);
    } else {
#ifndef PIKA_NO_MALLOC
        const size_t align = bytes >= PIKA__HUGE_FROM ? PIKA__HUGE_PAGE : 64;
        size_t padded;
        uint8_t *block;
        if (!pika__add_size(bytes, align + 64, &padded)) return NULL;
        block = (uint8_t *)PIKA_MALLOC(padded);
        if (block != NULL) { /* what comes before the memory says how far back the block starts */
            const size_t shift = 64 + (align - ((size_t)(uintptr_t)block + 64) % align) % align;
            memory = block + shift;
            memcpy(block + shift - sizeof shift, &shift, sizeof shift);
            if (align != 64) PIKA__ADVISE_HUGE(memory, bytes);
        }
#endif
    }
    if (memory != NULL && ctx != NULL) {
        ctx->live_bytes += bytes;
        if (ctx->live_bytes > ctx->peak_bytes) ctx->peak_bytes = ctx->live_bytes;
    }
    return memory;
}

PIKA__PRIV void pika__return(pika_ctx *ctx, void *memory, size_t bytes)
{
    if (ctx != NULL)
        ctx->live_bytes -= pika__min_size(bytes, ctx->live_bytes); /* another's memory: not below 0 */
    if (ctx != NULL && ctx->desc.alloc_fn != NULL) {
        ctx->desc.free_fn(memory, bytes, ctx->desc.alloc_user);
    } else {
#ifndef PIKA_NO_MALLOC
        uint8_t *bytes_of = (uint8_t *)memory;
        size_t shift;
        memcpy(&shift, bytes_of - sizeof shift, sizeof shift);
        PIKA_FREE(bytes_of - shift);
#endif
    }
}

typedef struct pika__held { /* at the start of a block that is kept */
    struct pika__held *next;
    size_t bytes;
} pika__held;

/* Where a context keeps blocks of this size. */
PIKA__PRIV void **pika__held_list(pika_ctx *ctx, size_t bytes)
{
    const int bits = pika__bit_length(bytes);
    return &ctx->held[bits < 48 ? bits : 47];
}

PIKA__PRIV void pika__trim(pika_ctx *ctx)
{
    int i;
    for (i = 0; i < 48; i++)
        while (ctx->held[i] != NULL) {
            pika__held *block = (pika__held *)ctx->held[i];
            ctx->held[i] = block->next;
            pika__return(ctx, block, block->bytes);
        }
    ctx->held_bytes = 0;
}

PIKA__PRIV size_t pika__pool_limit(const pika_ctx *ctx)
{
    return ctx->desc.pool_bytes != 0 ? ctx->desc.pool_bytes : (size_t)1 << 26;
}

/* bytes > 0; NULL when there is none. */
PIKA__PRIV void *pika__alloc(pika_ctx *ctx, size_t bytes)
{
    void *memory;
    if (ctx == NULL) return pika__fetch(ctx, bytes);
    if (ctx->held_bytes >= bytes) {
        void **list = pika__held_list(ctx, bytes);
        pika__held *block = (pika__held *)*list, *before = NULL;
        for (; block != NULL && block->bytes != bytes; block = block->next) before = block;
        if (block != NULL) {
            if (before != NULL) before->next = block->next;
            else *list = block->next;
            ctx->held_bytes -= bytes;
            ctx->pool_hits++;
            PIKA__COUNT(ctx, "pool hits", 1);
            return block;
        }
    }
    ctx->pool_misses++;
    memory = pika__fetch(ctx, bytes);
    if (memory == NULL && ctx->held_bytes > 0) {
        pika__trim(ctx);
        memory = pika__fetch(ctx, bytes);
    }
    if (memory != NULL) PIKA__GAUGE(ctx, "live bytes", ctx->live_bytes);
    return memory;
}

PIKA__PRIV PIKA__COLD pika_result pika__no_memory(pika_ctx *ctx, const char *who, size_t bytes)
{
    if (ctx != NULL && ctx->desc.memory_limit != 0 && bytes > ctx->desc.memory_limit - ctx->live_bytes)
        return pika__error_int(ctx, PIKA_ERR_MEMORY, who, "% bytes more would pass memory_limit, %", NULL,
                               (int64_t)bytes, (int64_t)ctx->desc.memory_limit);
    return pika__error_int(ctx, PIKA_ERR_MEMORY, who, "no memory: % bytes", NULL, (int64_t)bytes, 0);
}

/* Keeps the block; where it has no room beside others, instead of them. */
PIKA__PRIV void pika__release(pika_ctx *ctx, void *memory, size_t bytes)
{
    pika__held *block = (pika__held *)memory;
    void **list;
    if (memory == NULL) return;
    if (ctx == NULL || bytes < sizeof *block || bytes > pika__pool_limit(ctx)) {
        pika__return(ctx, memory, bytes);
        return;
    }
    if (ctx->held_bytes > pika__pool_limit(ctx) - bytes) pika__trim(ctx);
    list = pika__held_list(ctx, bytes);
    block->next = (pika__held *)*list;
    block->bytes = bytes;
    *list = block;
    ctx->held_bytes += bytes;
}

/* Scratch of about the same size is of the same size, where it will be kept. */
PIKA__PRIV size_t pika__scratch_size(const pika_ctx *ctx, size_t bytes)
{
    size_t size = 64;
    if (ctx == NULL || ctx->desc.memory_limit != 0 || bytes > pika__pool_limit(ctx) / 2) return bytes;
    while (size < bytes) size *= 2;
    return size;
}

/* Memory that stays until pika_ctx_free: off the end of the caller's scratch, then the allocator's. */
PIKA__PRIV void *pika__take_lasting(pika_ctx *ctx, size_t bytes)
{
    if (ctx->desc.scratch != NULL) {
        const uintptr_t base = (uintptr_t)ctx->desc.scratch;
        const size_t left = ctx->desc.scratch_bytes - ctx->scratch_used;
        const size_t skip = (size_t)((base + ctx->desc.scratch_bytes - bytes) % 64);
        if (bytes <= left && skip <= left - bytes) {
            ctx->desc.scratch_bytes -= bytes + skip;
            return (uint8_t *)ctx->desc.scratch + ctx->desc.scratch_bytes;
        }
    }
    return pika__alloc(ctx, bytes);
}

/* Scratch for one call, 64-aligned, given back in reverse order: the caller's first, then the allocator's. */
PIKA__PRIV void *pika__take(pika_ctx *ctx, size_t bytes)
{
    if (ctx != NULL && ctx->desc.scratch != NULL) {
        const uintptr_t base = (uintptr_t)ctx->desc.scratch;
        const size_t skip = (size_t)((64 - (base + ctx->scratch_used) % 64) % 64);
        const size_t left = ctx->desc.scratch_bytes - ctx->scratch_used;
        if (skip <= left && bytes <= left - skip) {
            uint8_t *memory = (uint8_t *)ctx->desc.scratch + ctx->scratch_used + skip;
            ctx->scratch_used += skip + bytes;
            return memory;
        }
    }
    return pika__alloc(ctx, pika__scratch_size(ctx, bytes));
}

PIKA__PRIV void pika__give(pika_ctx *ctx, void *memory, size_t bytes)
{
    if (memory == NULL) return;
    if (ctx != NULL && ctx->desc.scratch != NULL) {
        const uintptr_t base = (uintptr_t)ctx->desc.scratch, at = (uintptr_t)memory;
        if (at >= base && at - base < ctx->desc.scratch_bytes) {
            ctx->scratch_used = (size_t)(at - base);
            return;
        }
    }
    pika__release(ctx, memory, pika__scratch_size(ctx, bytes));
}

PIKA__PRIV void pika__give_lasting(pika_ctx *ctx, void *memory, size_t bytes)
{
    const uintptr_t end = (uintptr_t)ctx->desc.scratch + ctx->desc.scratch_bytes;
    if (ctx->desc.scratch != NULL && (uintptr_t)memory == end) ctx->desc.scratch_bytes += bytes;
    else pika__release(ctx, memory, bytes);
}
PIKA__PLAIN_END

/* ---- >>pool: tasks on threads -------------------------------------------------------------------------
   Owns the context's pool: started by the first job, joined by pika_ctx_free. A job is fn(arg, 0..count - 1);
   the caller takes its share. Work is divided by task index alone, so results never depend on who runs what.
   Whatever fails here (memory, a thread) leaves fewer threads, and the same results. */
PIKA__PLAIN

typedef void pika__task_fn(void *arg, int i);

typedef struct pika__task { /* what a task needs wherever it runs: a known floating-point environment */
    pika__task_fn *fn;
    void *arg;
    const char *name;       /* of its zones */
    pika__profile *profile; /* NULL = none is on */
} pika__task;

PIKA__PRIV void pika__run_task(void *arg, int i)
{
    const pika__task *task = (const pika__task *)arg;
    pika__float_state saved;
    pika__float_enter(&saved);
    task->fn(task->arg, i);
    pika__float_leave(&saved);
}

/* On a thread that pika knows, where it is one zone. slot: 0 = the caller, 1.. = the pool's. */
PIKA__PRIV void pika__run_task_on(pika__task *task, int i, int slot)
{
    if (task->profile != NULL) pika__zone_open(task->profile, slot, task->name);
    pika__run_task(task, i);
    if (task->profile != NULL) pika__zone_close(task->profile, slot, 0, 0);
}

#ifndef PIKA__TEST_THREAD_START
    #define PIKA__TEST_THREAD_START 1 /* a test's way to make the k-th start fail: 0 */
#endif

#ifdef PIKA__THREADS
typedef struct pika__pool {
    pika__mutex mutex;
    pika__condition work, done;
    pika__task *task; /* the rest is guarded by mutex */
    int count, next, started, finished, stop, workers, slots;
    uint64_t taken; /* bit i: task i of the first 64 */
    pika__thread threads[PIKA_MAX_THREADS];
} pika__pool;

/* A thread takes the task of its own number if it can: what that one left in its caches stays there. */
PIKA__PRIV int pika__pool_claim(pika__pool *pool, int slot)
{
    int i = slot;
    if (slot >= 64 || slot >= pool->count || (pool->taken >> slot & 1) != 0) {
        while (pool->next < 64 && (pool->taken >> pool->next & 1) != 0) pool->next++;
        i = pool->next++;
    }
    if (i < 64) pool->taken |= (uint64_t)1 << i;
    pool->started++;
    return i;
}

/* Takes and runs tasks until none is left; called and left with the mutex held. */
PIKA__PRIV void pika__pool_drain(pika__pool *pool, int slot)
{
    while (pool->started < pool->count) {
        const int i = pika__pool_claim(pool, slot);
        pika__task *task = pool->task;
        pika__unlock(&pool->mutex);
        pika__run_task_on(task, i, slot);
        pika__lock(&pool->mutex);
        if (++pool->finished == pool->count) pika__wake_one(&pool->done);
    }
}

PIKA__PRIV PIKA__THREAD_RESULT pika__pool_worker(void *arg)
{
    pika__pool *pool = (pika__pool *)arg;
    int slot;
    pika__lock(&pool->mutex);
    slot = ++pool->slots;
    while (!pool->stop) {
        pika__pool_drain(pool, slot);
        if (!pool->stop) pika__wait(&pool->work, &pool->mutex);
    }
    pika__unlock(&pool->mutex);
    return 0;
}

PIKA__PRIV PIKA__COLD void pika__pool_stop(pika_ctx *ctx)
{
    pika__pool *pool = (pika__pool *)ctx->pool;
    int i;
    if (pool == NULL) return;
    pika__lock(&pool->mutex);
    pool->stop = 1;
    pika__wake_all(&pool->work);
    pika__unlock(&pool->mutex);
    for (i = 0; i < pool->workers; i++) pika__thread_join(pool->threads[i]);
    pika__condition_free(&pool->done);
    pika__condition_free(&pool->work);
    pika__mutex_free(&pool->mutex);
    pika__give_lasting(ctx, pool, sizeof *pool);
    ctx->pool = NULL;
}

PIKA__PRIV PIKA__COLD pika__pool *pika__pool_start(pika_ctx *ctx)
{
    pika__pool *pool = (pika__pool *)ctx->pool;
    if (pool != NULL) return pool;
    pool = (pika__pool *)pika__take_lasting(ctx, sizeof *pool);
    if (pool == NULL) return NULL;
    memset(pool, 0, sizeof *pool);
    if (!pika__mutex_init(&pool->mutex)) goto fail;
    if (!pika__condition_init(&pool->work)) goto fail_work;
    if (!pika__condition_init(&pool->done)) goto fail_done;
    while (pool->workers < ctx->threads - 1 && PIKA__TEST_THREAD_START &&
           pika__thread_start(&pool->threads[pool->workers], pika__pool_worker, pool))
        pool->workers++;
    if (pool->workers < ctx->threads - 1)
        pika__note(ctx, 1, "pika: fewer threads than asked for could be started");
    ctx->pool = pool;
    return pool;
fail_done:
    pika__condition_free(&pool->work);
fail_work:
    pika__mutex_free(&pool->mutex);
fail:
    pika__give_lasting(ctx, pool, sizeof *pool);
    return NULL;
}

PIKA__PRIV int pika__pool_run(pika_ctx *ctx, int count, pika__task *task) /* 0 = there is no pool */
{
    pika__pool *pool = pika__pool_start(ctx);
    if (pool == NULL) return 0;
    pika__lock(&pool->mutex);
    pool->task = task;
    pool->next = pool->started = pool->finished = 0;
    pool->taken = 0;
    pool->count = count;
    pika__wake_all(&pool->work);
    pika__pool_drain(pool, 0);
    if (pool->finished < pool->count) {
        PIKA__ZONE_BEGIN(ctx, "pool: wait");
        while (pool->finished < pool->count) pika__wait(&pool->done, &pool->mutex);
        PIKA__ZONE_END(ctx, 0, 0);
    }
    pool->count = pool->started = 0;
    pika__unlock(&pool->mutex);
    return 1;
}
#else
PIKA__PRIV PIKA__COLD void pika__pool_stop(pika_ctx *ctx) { (void)ctx; }
PIKA__PRIV int pika__pool_run(pika_ctx *ctx, int count, pika__task *task)
{
    (void)ctx;
    (void)count;
    (void)task;
    return 0;
}
#endif

/* Tasks at a time, 1..PIKA_MAX_THREADS, of a context made from this descriptor. NULL = defaults. */
PIKA__PRIV int pika__thread_count(const pika_ctx_desc *desc)
{
    const int threads = desc != NULL && desc->threads > 0 ? desc->threads : pika__core_count();
#ifndef PIKA__THREADS
    if (desc == NULL || desc->parallel_for == NULL) return 1;
#endif
    return threads < PIKA_MAX_THREADS ? threads : PIKA_MAX_THREADS;
}

PIKA__PRIV int pika__threads(const pika_ctx *ctx) { return ctx == NULL ? 1 : ctx->threads; }

/* Runs fn(arg, i) for every i in [0, count) and returns when all are done. name: a literal, for profiles. */
PIKA__PRIV void pika__parallel(pika_ctx *ctx, const char *name, int count, pika__task_fn *fn, void *arg)
{
    pika__task task;
    int i;
    task.fn = fn;
    task.arg = arg;
    task.name = name;
    task.profile = pika__profile_of(ctx);
    if (count > 1 && ctx != NULL && ctx->desc.parallel_for != NULL) {
        PIKA__ZONE_BEGIN(ctx, name); /* on threads that have no ring: one zone for all of them, here */
        ctx->desc.parallel_for(ctx->desc.parallel_user, count, pika__run_task, &task);
        PIKA__ZONE_END(ctx, 0, 0);
        return;
    }
    if (count > 1 && pika__threads(ctx) > 1 && pika__pool_run(ctx, count, &task)) return;
    for (i = 0; i < count; i++) pika__run_task_on(&task, i, 0);
}
PIKA__PLAIN_END

/* ---- >>simd: which instruction sets this build has, and which this CPU runs ---------------------------
   One PIKA__HAVE_x for each set with kernels. On x86 every kernel carries its target, so that no flag is
   needed; gcc on Windows does not align the stack for AVX (bug 54412), so AVX is off there unless forced. */

#ifndef PIKA_NO_SIMD
    #if defined(PIKA__X86)
        #define PIKA__HAVE_SSE2
        #if defined(__GNUC__) || defined(__clang__)
            #define PIKA__TARGET(names) __attribute__((__target__(names)))
        #else
            #define PIKA__TARGET(names) /* MSVC compiles any intrinsic without a flag */
        #endif
        #if !defined(PIKA_NO_AVX2) && \
            (!(defined(__MINGW32__) && !defined(__clang__)) || defined(PIKA_FORCE_MINGW_AVX))
            #define PIKA__HAVE_AVX2
            #ifndef PIKA_NO_AVX512
                #define PIKA__HAVE_AVX512
            #endif
            #include <immintrin.h>
            #if defined(_MSC_VER) && defined(__clang__) && __clang_major__ < 19
                #include <smmintrin.h> /* immintrin.h hides these from older clang-cl */
                #include <avxintrin.h>
                #include <avx2intrin.h>
                #include <f16cintrin.h>
                #include <fmaintrin.h>
                #include <avx512fintrin.h>
                #include <avx512vlintrin.h>
                #include <avx512bwintrin.h>
                #include <avx512dqintrin.h>
                #include <avx512vlbwintrin.h>
                #include <avx512vldqintrin.h>
            #endif
        #endif
    #elif (defined(__aarch64__) || defined(_M_ARM64)) && !defined(__TINYC__) && !defined(PIKA_NO_NEON)
        #define PIKA__HAVE_NEON /* not on ARMv7, whose NEON flushes denormals: plain C there */
        #include <arm_neon.h>
    #elif defined(__wasm_simd128__)
        #define PIKA__HAVE_WASM128
        #include <wasm_simd128.h>
    #endif
#endif

#if defined(PIKA__HAVE_AVX2) && defined(_MSC_VER)
PIKA__PRIV int pika__cpu_x86(void)
{
    int r[4], highest;
    unsigned long long states;
    __cpuid(r, 0);
    highest = r[0];
    __cpuid(r, 1);
    if (highest < 7 || (r[2] & (1 << 27)) == 0) return PIKA_ISA_SSE2; /* no OSXSAVE */
    states = _xgetbv(0);
    __cpuidex(r, 7, 0);
    #ifdef PIKA__HAVE_AVX512
    if ((states & 0xE6u) == 0xE6u && ((unsigned)r[1] & 0xC0030000u) == 0xC0030000u) return PIKA_ISA_AVX512;
    #endif
    return (states & 6u) == 6u && (r[1] & (1 << 5)) != 0 ? PIKA_ISA_AVX2 : PIKA_ISA_SSE2;
}
#elif defined(PIKA__HAVE_AVX2)
PIKA__PRIV int pika__cpu_x86(void)
{
    __builtin_cpu_init(); /* the answers include what the system saves */
    #ifdef PIKA__HAVE_AVX512
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return PIKA_ISA_AVX512;
    #endif
    return __builtin_cpu_supports("avx2") ? PIKA_ISA_AVX2 : PIKA_ISA_SSE2;
}
#endif

static const char *const pika__k_isa_names[7] = {"auto",   "scalar", "sse2",   "avx2",
                                                 "avx512", "neon",   "wasm128"};

PIKA_API int pika_cpu_isa(void)
{
#if defined(PIKA__HAVE_AVX2)
    return pika__cpu_x86();
#elif defined(PIKA__HAVE_SSE2)
    return PIKA_ISA_SSE2;
#elif defined(PIKA__HAVE_NEON)
    return PIKA_ISA_NEON;
#elif defined(PIKA__HAVE_WASM128)
    return PIKA_ISA_WASM128;
#else
    return PIKA_ISA_SCALAR;
#endif
}

/* x86 sets contain each other in the order of the enum; elsewhere there is one beside scalar. */
PIKA__PRIV int pika__isa_runs(int isa)
{
    const int best = pika_cpu_isa();
    if (isa == PIKA_ISA_SCALAR || isa == best) return 1;
    return best >= PIKA_ISA_SSE2 && best <= PIKA_ISA_AVX512 && isa >= PIKA_ISA_SSE2 && isa < best;
}

PIKA__PRIV int pika__isa(const pika_ctx *ctx) { return ctx == NULL ? pika_cpu_isa() : ctx->isa; }

/* ---- >>loads: rows of any column into packed blocks ---------------------------------------------------
   The one place that knows the ten types, strides and validity bitmaps. A class is the arithmetic a type is
   mapped in: float for f32 and integers of up to 16 bits (each exact there), double for the rest. */

#define PIKA__BLOCK 960                    /* rows a block: two u32 lists of them stay below 8 KiB of stack */
#define PIKA__LOAD_BLOCK (PIKA__BLOCK / 2) /* rows that are loaded as floats at a time: two of 2 KiB */
#define PIKA__WIDE_BLOCK (PIKA__BLOCK / 4) /* and as doubles */

typedef struct pika__type_info {
    const char *name;
    uint8_t size, is_integer, is_float_class;
} pika__type_info;

PIKA__PRIV const pika__type_info *pika__type(int type) /* NULL = no such type */
{
    static const pika__type_info types[10] = {
        {"f32", 4, 0, 1}, {"f64", 8, 0, 0}, {"i8", 1, 1, 1},  {"u8", 1, 1, 1},  {"i16", 2, 1, 1},
        {"u16", 2, 1, 1}, {"i32", 4, 1, 0}, {"u32", 4, 1, 0}, {"i64", 8, 1, 0}, {"u64", 8, 1, 0}};
    return type < 0 || type > PIKA_U64 ? NULL : &types[type];
}

/* Of the values that the rows have, for profiles. */
PIKA__PRIV uint64_t pika__points_bytes(const pika_points *points)
{
    const pika_column *const columns[4] = {&points->x, &points->y, &points->value, &points->category};
    uint64_t size = 0;
    int i;
    for (i = 0; i < 4; i++)
        if (columns[i]->data != NULL && pika__type(columns[i]->type) != NULL)
            size += pika__type(columns[i]->type)->size;
    return size * points->count;
}

PIKA__PRIV ptrdiff_t pika__stride(const pika_column *column)
{
    return column->stride != 0 ? column->stride : (ptrdiff_t)pika__type(column->type)->size;
}

PIKA__PRIV const uint8_t *pika__row(const pika_column *column, size_t row)
{
    return (const uint8_t *)column->data + (ptrdiff_t)row * pika__stride(column);
}

PIKA__PRIV int pika__is_packed(const pika_column *column,
                               const uint8_t *data) /* and aligned: an array of C */
{
    const size_t size = pika__type(column->type)->size;
    return pika__stride(column) == (ptrdiff_t)size && ((uintptr_t)data & (size - 1)) == 0;
}

PIKA__PRIV int pika__is_valid(const pika_column *column, size_t row)
{
    const size_t bit = column->valid_offset + row;
    return column->valid == NULL || ((column->valid[bit >> 3] >> (bit & 7u)) & 1u) != 0;
}

/* name: "x", "y", "value", "category" */
PIKA__PRIV PIKA__COLD pika_result pika__check_column(pika_ctx *ctx, const char *who, const char *name,
                                                     const pika_column *column, size_t count, int integer)
{
    const pika__type_info *type = pika__type(column->type);
    const size_t step = column->stride < 0 ? (size_t)0 - (size_t)column->stride : (size_t)column->stride;
    size_t span;
    if (type == NULL)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$.type is %, needs a pika_type, 0..9", name,
                               column->type, 0);
    if (column->data == NULL)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$.data is NULL", name, 0, 0);
    if (integer && !type->is_integer)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$.type is %, needs an integer type", name,
                               column->type, 0);
    if (step != 0 && step < type->size) {
        pika__details details;
        int64_t values[2];
        values[0] = (int64_t)column->stride;
        values[1] = (int64_t)type->size;
        details.names[0] = name;
        details.names[1] = type->name;
        details.integers = values;
        details.numbers = NULL;
        return pika__report(ctx, PIKA_ERR_INVALID, who,
                            "$.stride is %, needs at least % bytes either way for $", &details);
    }
    if (!pika__mul_size(count, step != 0 ? step : type->size, &span) || span > (size_t)-1 / 2)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$.stride is %: % rows leave the address space",
                               name, (int64_t)column->stride, (int64_t)count);
    if (column->valid != NULL && column->valid_offset > (size_t)-1 - count)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$.valid_offset is %, too large", name,
                               (int64_t)column->valid_offset, 0);
    return PIKA_OK;
}

/* v - origin, exact as a sign and a magnitude of up to 65 bits, then rounded once */
PIKA__PRIV double pika__from_origin_i64(int64_t v, int64_t origin)
{
    if (v >= origin) return pika__u64_to_double((uint64_t)v - (uint64_t)origin);
    return -pika__u64_to_double((uint64_t)origin - (uint64_t)v);
}

PIKA__PRIV double pika__from_origin_u64(uint64_t v, int64_t origin)
{
    if (origin >= 0) {
        const uint64_t from = (uint64_t)origin;
        return v >= from ? pika__u64_to_double(v - from) : -pika__u64_to_double(from - v);
    } else {
        const uint64_t sum = v + ((uint64_t)0 - (uint64_t)origin);
        if (sum >= v) return pika__u64_to_double(sum);
        /* 2^64 + sum: halved, with the lost bit kept so that it still rounds the same way */
        return pika__u64_to_double((sum >> 1) | ((uint64_t)1 << 63) | (sum & 1u)) * 2.0;
    }
}

/* Loads n rows from `first` on, or the rows first + rows[i]: `value` makes one element from a variable v. */
#define PIKA__LOAD(ctype, value) \
    for (i = 0; i < n; i++) { \
        ctype v; \
        memcpy(&v, base + (ptrdiff_t)(rows != NULL ? (size_t)rows[i] : i) * step, sizeof v); \
        out[i] = (value); \
    } \
    break

#ifdef PIKA__HAVE_SSE2
/* Packed integers of 8 and 16 bits as floats, eight at a time; returns how many. */
PIKA__TARGET("sse2")
PIKA__PRIV size_t pika__widen_sse2(int type, const uint8_t *data, size_t n, float *out)
{
    const __m128i zero = _mm_setzero_si128();
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m128i v, low, high;
        if (type == PIKA_I16 || type == PIKA_U16) {
            v = _mm_loadu_si128((const __m128i *)(const void *)(data + 2 * i));
        } else {
            v = _mm_loadl_epi64((const __m128i *)(const void *)(data + i));
            v = type == PIKA_U8 ? _mm_unpacklo_epi8(v, zero) : _mm_srai_epi16(_mm_unpacklo_epi8(v, v), 8);
        }
        if (type == PIKA_U16) {
            low = _mm_unpacklo_epi16(v, zero);
            high = _mm_unpackhi_epi16(v, zero);
        } else {
            low = _mm_srai_epi32(_mm_unpacklo_epi16(v, v), 16);
            high = _mm_srai_epi32(_mm_unpackhi_epi16(v, v), 16);
        }
        _mm_storeu_ps(out + i, _mm_cvtepi32_ps(low));
        _mm_storeu_ps(out + i + 4, _mm_cvtepi32_ps(high));
    }
    return i;
}
#endif

/* the float class only; rows as of PIKA__LOAD */
PIKA__PRIV void pika__load_floats(const pika_column *column, size_t first, const uint32_t *rows, size_t n,
                                  float *out)
{
    const uint8_t *base = pika__row(column, first);
    const ptrdiff_t step = pika__stride(column);
    size_t i;
#ifdef PIKA__HAVE_SSE2
    if (rows == NULL && column->type != PIKA_F32 && step == (ptrdiff_t)pika__type(column->type)->size) {
        const size_t done = pika__widen_sse2(column->type, base, n, out);
        base += (ptrdiff_t)done * step;
        out += done;
        n -= done;
    }
#endif
    switch (column->type) {
    case PIKA_F32: PIKA__LOAD(float, v);
    case PIKA_I8: PIKA__LOAD(int8_t, (float)v);
    case PIKA_U8: PIKA__LOAD(uint8_t, (float)v);
    case PIKA_I16: PIKA__LOAD(int16_t, (float)v);
    case PIKA_U16: PIKA__LOAD(uint16_t, (float)v);
    default: PIKA_ASSERT(0);
    }
}

/* Two columns of floats that lie as pairs x, y, x, y, ... Returns 0, and nothing is done, where they do
   not. */
PIKA__PRIV int pika__split_floats(const pika_column *x, const pika_column *y, size_t first, size_t n,
                                  float *out_x, float *out_y)
{
    const uint8_t *data = pika__row(x, first);
    size_t i = 0;
    if (x->type != PIKA_F32 || y->type != PIKA_F32 || x->stride != 8 || y->stride != 8 ||
        (const uint8_t *)y->data != (const uint8_t *)x->data + 4)
        return 0;
#ifdef PIKA__HAVE_SSE2
    for (; i + 4 <= n; i += 4) {
        const __m128 a = _mm_loadu_ps((const float *)(const void *)(data + 8 * i));
        const __m128 b = _mm_loadu_ps((const float *)(const void *)(data + 8 * i + 16));
        _mm_storeu_ps(out_x + i, _mm_shuffle_ps(a, b, 0x88));
        _mm_storeu_ps(out_y + i, _mm_shuffle_ps(a, b, 0xDD));
    }
#endif
    for (; i < n; i++) {
        memcpy(out_x + i, data + 8 * i, 4);
        memcpy(out_y + i, data + 8 * i + 4, 4);
    }
    return 1;
}

/* any type; i64 and u64 less origin, rounded once */
PIKA__PRIV void pika__load_doubles(const pika_column *column, int64_t origin, size_t first,
                                   const uint32_t *rows, size_t n, double *out)
{
    const uint8_t *base = pika__row(column, first);
    const ptrdiff_t step = pika__stride(column);
    size_t i;
    switch (column->type) {
    case PIKA_F32: PIKA__LOAD(float, (double)v);
    case PIKA_F64: PIKA__LOAD(double, v);
    case PIKA_I8: PIKA__LOAD(int8_t, (double)v);
    case PIKA_U8: PIKA__LOAD(uint8_t, (double)v);
    case PIKA_I16: PIKA__LOAD(int16_t, (double)v);
    case PIKA_U16: PIKA__LOAD(uint16_t, (double)v);
    case PIKA_I32: PIKA__LOAD(int32_t, (double)v);
    case PIKA_U32: PIKA__LOAD(uint32_t, (double)v);
    case PIKA_I64: PIKA__LOAD(int64_t, pika__from_origin_i64(v, origin));
    case PIKA_U64: PIKA__LOAD(uint64_t, pika__from_origin_u64(v, origin));
    default: PIKA_ASSERT(0);
    }
}

/* i64 and u64 as unsigned keys of the same order */
PIKA__PRIV void pika__load_keys(const pika_column *column, size_t first, size_t n, uint64_t *out)
{
    const uint8_t *base = pika__row(column, first);
    const ptrdiff_t step = pika__stride(column);
    const uint32_t *rows = NULL;
    size_t i;
    switch (column->type) {
    case PIKA_I64: PIKA__LOAD(uint64_t, v ^ PIKA__SIGN64);
    case PIKA_U64: PIKA__LOAD(uint64_t, v);
    default: PIKA_ASSERT(0);
    }
}

/* integers as 0..limit - 1, anything else as `other` */
#define PIKA__LOAD_BELOW(ctype) PIKA__LOAD(ctype, v >= 0 && (uint64_t)v < limit ? (uint32_t)v : other)
#define PIKA__LOAD_BELOW_U(ctype) PIKA__LOAD(ctype, (uint64_t)v < limit ? (uint32_t)v : other)
PIKA__PRIV void pika__load_below(const pika_column *column, size_t first, size_t n, uint32_t limit,
                                 uint32_t other, uint32_t *out)
{
    const uint8_t *base = pika__row(column, first);
    const ptrdiff_t step = pika__stride(column);
    const uint32_t *rows = NULL;
    size_t i;
    switch (column->type) {
    case PIKA_I8: PIKA__LOAD_BELOW(int8_t);
    case PIKA_U8: PIKA__LOAD_BELOW_U(uint8_t);
    case PIKA_I16: PIKA__LOAD_BELOW(int16_t);
    case PIKA_U16: PIKA__LOAD_BELOW_U(uint16_t);
    case PIKA_I32: PIKA__LOAD_BELOW(int32_t);
    case PIKA_U32: PIKA__LOAD_BELOW_U(uint32_t);
    case PIKA_I64: PIKA__LOAD_BELOW(int64_t);
    case PIKA_U64: PIKA__LOAD_BELOW_U(uint64_t);
    default: PIKA_ASSERT(0);
    }
}
/* ---- >>wide: floating point with 288 to 2592 bits, for tables that must be right everywhere --------------
   What it is for: log1p and expm1 with a known error, so that an axis edge can be the double nearest to the
   real number. Integers only (uint32_t limbs, uint64_t products): no libm, rounding mode, flushing of
   denormals or compiler can change a bit. A number is sign * 0.limb[0] limb[1] ... * 2^(32 exponent), limb[0]
   not 0; zero has all limbs 0 and the lowest exponent. `size` says how many limbs are in use. A sum, product
   or quotient is off by a few units of the last limb at most, relatively by a few times 2^(-32 (size - 1)),
   as limb[0] may be 1. Results may be stored over operands.
   Owns nothing. Uses nothing of pika.
   Methods: school multiplication without the columns that do not matter, Newton's iteration for the
   reciprocal, Taylor's series and doubling for expm1, Halley's iteration for log1p. */
PIKA__PLAIN

#define PIKA__WIDE_LIMBS 81
#define PIKA__WIDE_ZERO (-100000) /* exponent of zero; all others are within +-300 */

typedef struct pika__wide {
    int sign, exponent;              /* -1, 0, 1; in limbs */
    uint32_t limb[PIKA__WIDE_LIMBS]; /* the most significant first */
} pika__wide;

/* r = sign * 0.limb[0] ... limb[count - 1] * 2^(32 exponent), leading zeros removed. */
PIKA__PRIV void pika__wide_set(pika__wide *r, int size, int sign, int exponent, const uint32_t *limb,
                               int count)
{
    int i, skip = 0;

    while (skip < count && limb[skip] == 0) ++skip;
    r->sign = skip < count ? sign : 0;
    r->exponent = skip < count ? exponent - skip : PIKA__WIDE_ZERO;
    for (i = 0; i < size; ++i) r->limb[i] = skip + i < count ? limb[skip + i] : 0;
}

PIKA__PRIV void pika__wide_from_integer(pika__wide *r, int size, uint32_t value)
{
    pika__wide_set(r, size, 1, 1, &value, 1);
}

/* Exact; value is finite. */
PIKA__PRIV void pika__wide_from_double(pika__wide *r, int size, double value)
{
    uint64_t bits, upper, lower;
    uint32_t limb[3];
    int exponent, shift;

    memcpy(&bits, &value, sizeof bits);
    exponent = (int)(bits >> 52) & 2047;
    lower = bits & 0xFFFFFFFFFFFFFu;
    if (exponent > 0) lower |= (uint64_t)1 << 52;
    else exponent = 1;
    exponent += 13; /* value = lower * 2^(exponent - 1088), 1088 = 34 limbs */
    shift = exponent & 31;
    upper = (lower >> 32) << shift; /* < 2^52 */
    lower = (lower & 0xFFFFFFFFu) << shift;
    upper += lower >> 32;
    limb[0] = (uint32_t)(upper >> 32);
    limb[1] = (uint32_t)upper;
    limb[2] = (uint32_t)lower;
    pika__wide_set(r, size, bits >> 63 ? -1 : 1, exponent / 32 - 34 + 3, limb, 3);
}

/* Leading zero bits of limb[0]; a is not zero. */
PIKA__PRIV int pika__wide_leading_zeros(const pika__wide *a)
{
    uint32_t top = a->limb[0];
    int zeros = 0;

    for (; !(top >> 31); top <<= 1) ++zeros;
    return zeros;
}

/* r = a + sign * b, sign 1 or -1. The error is relative to the larger of the two. */
PIKA__PRIV void pika__wide_add(pika__wide *r, int size, const pika__wide *a, int sign, const pika__wide *b)
{
    uint32_t t[PIKA__WIDE_LIMBS + 2], flip;
    uint64_t carry;
    int result_sign = a->sign, lag = a->exponent - b->exponent, i = 0, k;

    sign *= b->sign;
    flip = result_sign * sign < 0 ? 0xFFFFFFFFu : 0; /* a - b is a + ~b + 1 */
    while (lag == 0 && i < size - 1 && a->limb[i] == b->limb[i]) ++i;
    if (lag < 0 || (lag == 0 && a->limb[i] < b->limb[i])) {
        const pika__wide *swap = a;
        a = b;
        b = swap;
        result_sign = sign;
        lag = -lag;
    }
    if (lag > size + 1) lag = size + 1;
    t[0] = t[size + 1] = 0; /* one limb for the carry, one guard limb */
    for (i = 0; i < size; ++i) t[i + 1] = a->limb[i];
    carry = flip & 1;
    i = lag > 0 ? size - lag : size - 1;
    k = i + lag + 1;
    for (; i >= 0; --i, --k) {
        carry += (uint64_t)t[k] + (b->limb[i] ^ flip);
        t[k] = (uint32_t)carry;
        carry >>= 32;
    }
    for (; k >= 0; --k) {
        carry += (uint64_t)t[k] + flip;
        t[k] = (uint32_t)carry;
        carry >>= 32;
    }
    pika__wide_set(r, size, result_sign, a->exponent + 1, t, size + 2);
}

/* r = a * b; quick when a has many zero limbs. */
PIKA__PRIV void pika__wide_mul(pika__wide *r, int size, const pika__wide *a, const pika__wide *b)
{
    uint32_t t[PIKA__WIDE_LIMBS + 2];
    uint64_t carry;
    int i, j;

    for (i = 0; i < size + 2; ++i) t[i] = 0;
    for (i = size - 1; i >= 0; --i) {
        const uint64_t factor = a->limb[i];
        uint32_t *column = t + i + 1;
        if (factor == 0) continue;
        carry = 0;
        for (j = i > 0 ? size - i : size - 1; j >= 0; --j) {
            carry += factor * b->limb[j] + column[j]; /* at most 2^64 - 1 */
            column[j] = (uint32_t)carry;
            carry >>= 32;
        }
        t[i] = (uint32_t)carry;
    }
    pika__wide_set(r, size, a->sign * b->sign, a->exponent + b->exponent, t, size + 2);
}

/* r = a / divisor, divisor > 0 */
PIKA__PRIV void pika__wide_div_integer(pika__wide *r, int size, const pika__wide *a, uint32_t divisor)
{
    uint32_t t[PIKA__WIDE_LIMBS + 1];
    uint64_t rest = 0;
    int i;

    for (i = 0; i <= size; ++i) {
        rest = rest << 32 | (i < size ? a->limb[i] : 0);
        t[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    pika__wide_set(r, size, a->sign, a->exponent, t, size + 1);
}

/* r = a / b, b > 0: from 30 bits of 1 / b every y += y (1 - b y) doubles them. */
PIKA__PRIV void pika__wide_div(pika__wide *r, int size, const pika__wide *a, const pika__wide *b)
{
    pika__wide y, error, one;
    const int zeros = pika__wide_leading_zeros(b);
    const uint64_t top = ((uint64_t)b->limb[0] << 32 | b->limb[1]) << zeros;
    const uint64_t guess = 0x7FFFFFFFFFFFFFFFu / (top >> 32) << (zeros + 1);
    uint32_t limb[2];
    int bits;

    limb[0] = (uint32_t)(guess >> 32);
    limb[1] = (uint32_t)guess;
    pika__wide_set(&y, size, 1, 1 - b->exponent, limb, 2);
    pika__wide_from_integer(&one, size, 1);
    for (bits = 29; bits < 32 * size; bits *= 2) {
        pika__wide_mul(&error, size, b, &y);
        pika__wide_add(&error, size, &one, -1, &error);
        pika__wide_mul(&error, size, &error, &y);
        pika__wide_add(&y, size, &y, 1, &error);
    }
    pika__wide_mul(r, size, a, &y);
}

/* r = exp(x) - 1 for 0 <= x < 2^32, relatively as good as x: x is divided by 2^32 until it is below 2^-32,
   then expm1(2 x) = expm1(x) (expm1(x) + 2) as often as needed. The error grows x-fold where x > 1. */
PIKA__PRIV void pika__wide_expm1(pika__wide *r, int size, const pika__wide *x)
{
    pika__wide y, sum, constant;
    const int divisions = x->exponent >= 0 ? x->exponent + 1 : 0;
    int i;

    pika__wide_set(&y, size, x->sign, x->exponent - divisions, x->limb, size);
    pika__wide_from_integer(&constant, size, 1);
    pika__wide_from_integer(&sum, size, 1);
    for (i = size / -y.exponent + 2; i >= 2; --i) { /* 1 + y/2 (1 + y/3 (1 + ...)) */
        pika__wide_mul(&sum, size, &y, &sum);
        pika__wide_div_integer(&sum, size, &sum, (uint32_t)i);
        pika__wide_add(&sum, size, &sum, 1, &constant);
    }
    pika__wide_mul(r, size, &y, &sum);
    pika__wide_from_integer(&constant, size, 2);
    for (i = 0; i < 32 * divisions; ++i) {
        pika__wide_add(&sum, size, r, 1, &constant);
        pika__wide_mul(r, size, r, &sum);
    }
}

/* r = log(1 + x) for x > 0, relatively as good as x, x < 2^2200: y += 2 (x - expm1(y)) / (x + expm1(y) + 2)
   cubes the error, which is below 0.8 at first. */
PIKA__PRIV void pika__wide_log1p(pika__wide *r, int size, const pika__wide *x)
{
    pika__wide y, step, sum, exponential;

    if (x->exponent <= 0) {
        pika__wide_set(&y, size, 1, x->exponent, x->limb, size);
    } else { /* x is about 2^(k + 1/2): (2 k + 1) * log(2) / 2 */
        const int k = 32 * x->exponent - pika__wide_leading_zeros(x) - 1;
        const uint64_t guess = (uint64_t)(2 * k + 1) * 1488522236u;
        uint32_t limb[2];
        limb[0] = (uint32_t)(guess >> 32);
        limb[1] = (uint32_t)guess;
        pika__wide_set(&y, size, 1, 1, limb, 2);
    }
    do {
        pika__wide_expm1(&exponential, size, &y);
        pika__wide_add(&step, size, x, -1, &exponential);
        pika__wide_add(&sum, size, x, 1, &exponential);
        pika__wide_from_integer(&exponential, size, 2);
        pika__wide_add(&sum, size, &sum, 1, &exponential);
        pika__wide_div(&step, size, &step, &sum);
        pika__wide_add(&step, size, &step, 1, &step);
        pika__wide_add(&y, size, &y, 1, &step);
    } while (step.exponent > y.exponent - size / 3 - 1);
    pika__wide_set(r, size, 1, y.exponent, y.limb, size);
}

/* *out = the double nearest to a (a >= 0 and below the largest double), or to -a. 0 when the first `good`
   bits, counted from the top of limb[0], leave open which one it is; *out is then what an exact tie gives.
   Zero is +0. */
PIKA__PRIV int pika__wide_round(const pika__wide *a, int good, int negative, double *out)
{
    uint64_t significand = 0, bits;
    uint32_t half;
    int zeros, unit, kept, i, decided = 0;

    *out = 0;
    if (a->sign == 0) return 1;
    zeros = pika__wide_leading_zeros(a);
    kept = 53; /* bits of the significand, fewer below 2^-1022 */
    unit = 32 * a->exponent - zeros - kept;
    if (unit < -1074) {
        kept += unit + 1074;
        unit = -1074;
    }
    if (kept < -1) return 1;        /* -1: below half of 2^-1074, but by enough? zeros is 19 there */
    kept += zeros;                  /* now the place of the bit behind the point */
    for (i = 0; i < kept / 32; ++i) /* at most three limbs; zeros leave at the top */
        significand = significand << 32 | a->limb[i];
    if (kept % 32 > 0) significand = significand << kept % 32 | a->limb[i] >> (32 - kept % 32);
    half = a->limb[kept / 32] >> (31 - kept % 32) & 1;
    for (i = kept + 1; i < good && !decided; ++i) decided = (a->limb[i / 32] >> (31 - i % 32) & 1) == half;
    if (decided ? half : significand & 1) ++significand;
    bits = ((uint64_t)(unit + 1074) << 52) + significand;
    if (negative && bits) bits |= (uint64_t)1 << 63;
    memcpy(out, &bits, sizeof bits);
    return decided;
}
PIKA__PLAIN_END

/* ---- >>edges: the edge tables of log10 and symlog axes ---------------------------------------------------
   What it is for: out[k] = the double nearest to edge first + k of n, ties to even. Both scales are one
   formula: (v + c) / (lo + c) = ((hi + c) / (lo + c))^(i / n) where v >= 0, with c = 0 on a log axis, and
   mirrored where v < 0. One log1p and two expm1 give a first edge and p = ((hi + c) / (lo + c))^(1 / n) - 1,
   then every edge follows by v += (v + c) p: all terms are positive, nothing cancels, the error grows by a
   few units an edge. Rounding is monotone, so edge 0 is lo, edge n is hi, and the edges between never
   decrease and never leave [lo, hi]: there is nothing to clamp.
   Owns nothing. Uses >>wide.
   A rounding left open repeats the table with 3 times the limbs. On a log axis none stays open: were edge i
   a tie, v^n = lo^(n - i) hi^i would make its odd part a mean of those of lo and hi, which are below 2^53,
   and its power of two a mean of theirs, at least -1074; a tie exceeds one or the other. Symlog has ties and
   exact zeros: what 2592 bits leave open is taken for one. */
PIKA__PLAIN

#define PIKA__EDGES_SIZE 9 /* limbs at first; then 27, then 81, PIKA__WIDE_LIMBS */

/* r = n u(i) = u_hi i - u_lo (n - i), where u_lo = -u(lo) > 0. Returns how many limbs cancellation took; r is
   0 when it took nearly all. */
PIKA__PRIV int pika__edges_position(pika__wide *r, int size, const pika__wide *u_lo, const pika__wide *u_hi,
                                    int32_t n, int32_t i)
{
    pika__wide up, down;
    int lost;

    pika__wide_from_integer(&up, size, (uint32_t)i);
    pika__wide_mul(&up, size, &up, u_hi);
    pika__wide_from_integer(&down, size, (uint32_t)(n - i));
    pika__wide_mul(&down, size, &down, u_lo);
    pika__wide_add(r, size, &up, -1, &down);
    lost = (up.exponent > down.exponent ? up.exponent : down.exponent) - r->exponent + 1;
    if (lost > size - 5) r->sign = 0;
    return lost;
}

/* The first edge i .. last where v >= 0, on an axis from -lo < 0 to hi > 0: *i, v, and power = p. lo and hi
   are spent. Returns the limbs lost as above, -1 where v may be 0 or nearly so, and 0 without such an edge:
   then *i > last. */
PIKA__PRIV int pika__edges_above_zero(pika__wide *v, pika__wide *power, int size, pika__wide *lo,
                                      pika__wide *hi, const pika__wide *c, int32_t n, int32_t *i,
                                      int32_t last)
{
    int32_t end = last + 1, middle;
    int lost, symmetric;

    pika__wide_add(v, size, hi, -1, lo);
    symmetric = v->sign == 0;
    pika__wide_div(lo, size, lo, c);
    pika__wide_log1p(lo, size, lo);
    pika__wide_div(hi, size, hi, c);
    pika__wide_log1p(hi, size, hi);
    while (*i < end) {
        middle = *i + (end - *i) / 2;
        pika__edges_position(v, size, lo, hi, n, middle);
        if (v->sign < 0) *i = middle + 1;
        else end = middle;
    }
    if (*i > last) return 0;
    lost = pika__edges_position(v, size, lo, hi, n, *i);
    if (v->sign == 0) {
        pika__wide_from_integer(v, size, 0);
        lost = symmetric ? 0 : -1; /* the middle, for certain */
    } else {
        pika__wide_div_integer(v, size, v, (uint32_t)n);
        pika__wide_expm1(v, size, v);
        pika__wide_mul(v, size, v, c);
    }
    pika__wide_add(power, size, hi, 1, lo);
    pika__wide_div_integer(power, size, power, (uint32_t)n);
    pika__wide_expm1(power, size, power);
    return lost;
}

/* The edges >= 0 of the tile; with `mirror` those <= 0, as edges n - i of the axis [-hi, -lo]. Returns 0 when
   one of them needs more limbs than size. */
PIKA__PRIV int pika__edges_side(int size, int mirror, double lo, double hi, double linear, int32_t n,
                                int32_t first, int32_t count, double *out)
{
    pika__wide from, to, c, v, power, step;
    int32_t i = mirror ? n - first - count : first;
    const int32_t last = i + count;
    int lost = 0, good, limit;

    pika__wide_from_double(&from, size, mirror ? hi : lo);
    pika__wide_from_double(&to, size, mirror ? lo : hi);
    pika__wide_from_double(&c, size, linear);
    if (mirror) {
        from.sign = -from.sign;
        to.sign = -to.sign;
    }
    if (to.sign <= 0) return 1;
    /* Past 2^1056 max(-lo, hi), c is of no account: the edges are equidistant but for a deviation that only
       tells to which side a tie falls, and where the equidistant edge is 0 the deviation is below 2^-1075. */
    limit = (from.exponent > to.exponent ? from.exponent : to.exponent) + 34;
    if (c.exponent > limit) c.exponent = limit;
    if (from.sign < 0) {
        from.sign = 1;
        lost = pika__edges_above_zero(&v, &power, size, &from, &to, &c, n, &i, last);
        if (lost < 0 && size < PIKA__WIDE_LIMBS) return 0;
    } else {
        pika__wide_add(&to, size, &to, -1, &from);
        pika__wide_add(&step, size, &from, 1, &c);
        pika__wide_div(&to, size, &to, &step);
        pika__wide_log1p(&to, size, &to);
        pika__wide_div_integer(&to, size, &to, (uint32_t)n);
        pika__wide_expm1(&power, size, &to);
        pika__wide_from_integer(&v, size, (uint32_t)i);
        pika__wide_mul(&v, size, &v, &to);
        pika__wide_expm1(&v, size, &v);
        pika__wide_mul(&v, size, &v, &step);
        pika__wide_add(&v, size, &from, 1, &v);
    }
    /* An operation loses less than 2^2 units, an edge 2^4, a table 2^34; the logarithm less than 2^8, which
       the exponential multiplies by 2^12 at most; 32 bits more where limb[0] is 1. What cancelled at the
       start is an absolute error, which no longer matters when v has grown by as much. */
    lost += v.exponent;
    for (; i <= last; ++i) {
        good = 32 * (size - 1 - (lost > v.exponent ? lost - v.exponent : 0)) - 40;
        if (!pika__wide_round(&v, good, mirror, &out[mirror ? last - i : i - first]) &&
            size < PIKA__WIDE_LIMBS)
            return 0;
        pika__wide_add(&step, size, &v, 1, &c);
        pika__wide_mul(&step, size, &step, &power);
        pika__wide_add(&v, size, &v, 1, &step);
    }
    return 1;
}

/* out[k], k = 0 .. count: edge first + k of the symlog axis lo < hi of n cells, where the step is even in
   u(v) = sign(v) log(1 + |v| / c). All finite, c > 0, 1 <= n <= 2^30, 0 <= first, first + count <= n. */
PIKA__PRIV void pika__edges_symlog(double lo, double hi, double c, int32_t n, int32_t first, int32_t count,
                                   double *out)
{
    int size = PIKA__EDGES_SIZE;

    while (!pika__edges_side(size, 0, lo, hi, c, n, first, count, out) ||
           !pika__edges_side(size, 1, lo, hi, c, n, first, count, out))
        size *= 3;
}

/* The same for the log axis 0 < lo < hi: edge i is lo (hi / lo)^(i / n). */
PIKA__PRIV void pika__edges_log(double lo, double hi, int32_t n, int32_t first, int32_t count, double *out)
{
    pika__edges_symlog(lo, hi, 0, n, first, count, out);
}
PIKA__PLAIN_END

/* ---- >>axes: from a view's axis and a column's class to the rule ---------------------------------------
   A pika__axis is the rule that the top comment calls Cells, and nothing else: constants for the linear
   scales, a table of edges for the others. Tables live in the grid (>>layout), made once per view. May use
   >>edges and >>loads. */
PIKA__PLAIN

#define PIKA__OUTSIDE 0xFFFFFFFEu /* in place of a cell; the larger wins, so that invalid beats outside */
#define PIKA__INVALID 0xFFFFFFFFu
#define PIKA__MAX_TOTAL (1 << 30) /* cells of a whole picture a side: (v - lo) * s stays an int */
enum { PIKA__RULE_FLOAT, PIKA__RULE_DOUBLE, PIKA__RULE_EDGES };

typedef struct pika__axis {
    int rule;
    int32_t last;          /* n - 1 of the whole picture, 0..2^30 - 1 */
    int32_t first;         /* the tile's first cell */
    int32_t width;         /* the tile's cells, 1..32768 */
    float lo32, hi32, s32; /* hi32 and hi are the largest values inside, also where the end is open */
    double lo, hi, s;
    const double *edges; /* width + 1, of the tile */
    int positive;        /* values <= 0 are invalid */
    int64_t origin;
} pika__axis;

PIKA__PRIV const pika_axis *pika__view_axis(const pika_view *view, int axis)
{
    return axis == 0 ? &view->x : &view->y;
}
PIKA__PRIV int pika__view_size(const pika_view *view, int axis)
{
    return axis == 0 ? view->width : view->height;
}
PIKA__PRIV int pika__view_first(const pika_view *view, int axis)
{
    return axis == 0 ? view->first_x : view->first_y;
}
PIKA__PRIV int pika__view_total(const pika_view *view, int axis) /* the whole picture's cells */
{
    const int total = axis == 0 ? view->total_width : view->total_height;
    return view->total_width != 0 || view->total_height != 0 ? total : pika__view_size(view, axis);
}
PIKA__PRIV int pika__view_half_open(const pika_view *view, int axis)
{
    return (view->flags & (unsigned)(axis == 0 ? PIKA_HALF_OPEN_X : PIKA_HALF_OPEN_Y)) != 0;
}
PIKA__PRIV int pika__view_has_edges(const pika_view *view, int axis)
{
    return pika__view_axis(view, axis)->scale != PIKA_LINEAR || (view->flags & PIKA_EXACT_EDGES) != 0;
}

PIKA__PRIV const char *pika__axis_name(int axis) { return axis == 0 ? "x" : "y"; }

PIKA__PRIV PIKA__COLD pika_result pika__check_axis(pika_ctx *ctx, const char *who, const pika_view *view,
                                                   int axis)
{
    const pika_axis *a = pika__view_axis(view, axis);
    const char *name = pika__axis_name(axis), *sides = axis == 0 ? "width" : "height";
    const int size = pika__view_size(view, axis), first = pika__view_first(view, axis);
    const int total = pika__view_total(view, axis);
    if (size < 1 || size > 32768)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "view.$ is %, needs 1..32768", sides, size, 0);
    if (total < size || total > PIKA__MAX_TOTAL)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "view.total_$ is %, needs the grid's own to %",
                               sides, total, PIKA__MAX_TOTAL);
    if (first < 0 || first > total - size)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "view.first_$ is %: the tile leaves the whole of % cells", name, first, total);
    if (a->scale < PIKA_LINEAR || a->scale > PIKA_SYMLOG)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "view.$.scale is %, needs 0..2", name, a->scale,
                               0);
    if (a->scale == PIKA_SYMLOG && (!pika__is_finite(a->linear) || a->linear < 0))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "view.$.linear is %, needs a finite value >= 0",
                                  name, NULL, a->linear, 0);
    if (a->scale != PIKA_LINEAR && a->origin != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "view.$.origin is %, needs 0 on a log or symlog axis", name, a->origin, 0);
    if (!pika__is_finite(a->lo))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "view.$.lo is %, needs a finite value", name,
                                  NULL, a->lo, 0);
    if (!pika__is_finite(a->hi))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "view.$.hi is %, needs a finite value", name,
                                  NULL, a->hi, 0);
    if (!(a->lo < a->hi))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who,
                                  "view.$.lo is %, needs to be below hi, which is %", name, NULL, a->lo,
                                  a->hi);
    if (a->scale == PIKA_LOG10 && !(a->lo > 0))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "view.$.lo is %, needs > 0 on a log axis", name,
                                  NULL, a->lo, 0);
    if (a->scale == PIKA_LINEAR && (view->flags & PIKA_EXACT_EDGES) != 0 && !pika__is_finite(a->hi - a->lo))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who,
                                  "view.$.hi - lo is not finite: lo is %, hi is %", name, NULL, a->lo, a->hi);
    return PIKA_OK;
}

/* What can be said without a column. */
PIKA__PRIV PIKA__COLD pika_result pika__check_view(pika_ctx *ctx, const char *who, const pika_view *view)
{
    pika_result result;
    if ((view->flags & ~(unsigned)(PIKA_HALF_OPEN | PIKA_EXACT_EDGES | PIKA_FIT_GROW)) != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "view.flags is %, has an unknown bit", NULL,
                               (int64_t)view->flags, 0);
    if (view->total_width == 0 && view->total_height == 0 && (view->first_x != 0 || view->first_y != 0))
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "view.first_x, first_y are %, %, but total_width and total_height are 0", NULL,
                               view->first_x, view->first_y);
    result = pika__check_axis(ctx, who, view, 0);
    return result != PIKA_OK ? result : pika__check_axis(ctx, who, view, 1);
}

/* The tile's edges of an axis that has a table: width + 1 doubles. */
PIKA__PRIV PIKA__NOINLINE void pika__make_edges(const pika_view *view, int axis, double *edges)
{
    const pika_axis *a = pika__view_axis(view, axis);
    const int32_t n = pika__view_total(view, axis), first = pika__view_first(view, axis);
    const int32_t count = pika__view_size(view, axis);
    if (a->scale == PIKA_LOG10) {
        pika__edges_log(a->lo, a->hi, n, first, count, edges);
    } else if (a->scale == PIKA_SYMLOG) {
        pika__edges_symlog(a->lo, a->hi, a->linear != 0 ? a->linear : 1.0, n, first, count, edges);
    } else { /* numpy.linspace */
        const double step = (a->hi - a->lo) / n;
        int32_t i;
        for (i = 0; i <= count; i++) {
            double edge = pika__rounded((double)(first + i) * step) + a->lo;
            if (first + i == n || edge > a->hi) edge = a->hi;
            edges[i] = edge;
        }
    }
}

PIKA__PRIV int pika__is_normal32(float v)
{
    const uint32_t exponent = pika__bits32(v) & 0x7F800000u;
    return exponent != 0 && exponent != 0x7F800000u;
}

/* The rule for a column of this type. edges: of the axis's table, or NULL where it has none. */
PIKA__PRIV PIKA__COLD pika_result pika__axis_init(pika_ctx *ctx, const char *who, pika__axis *out,
                                                  const pika_view *view, int axis, int type,
                                                  const double *edges)
{
    const pika_axis *a = pika__view_axis(view, axis);
    const char *name = pika__axis_name(axis), *type_name = pika__type(type)->name;
    const int float_class = pika__type(type)->is_float_class;
    const int n = pika__view_total(view, axis), half_open = pika__view_half_open(view, axis);
    memset(out, 0, sizeof *out);
    out->rule = edges != NULL ? PIKA__RULE_EDGES : float_class ? PIKA__RULE_FLOAT : PIKA__RULE_DOUBLE;
    out->last = n - 1;
    out->first = pika__view_first(view, axis);
    out->width = pika__view_size(view, axis);
    out->positive = a->scale == PIKA_LOG10;
    out->origin = a->origin;
    out->edges = edges;
    out->lo = a->lo;
    out->hi = a->hi;
    out->s = n / (a->hi - a->lo);
    out->lo32 = (float)a->lo;
    out->hi32 = (float)a->hi;
    out->s32 = (float)out->s;
    if (a->origin != 0 && type != PIKA_I64 && type != PIKA_U64)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "view.$.origin is %, needs 0 for a column that is neither i64 nor u64", name,
                               a->origin, 0);
    if (float_class && out->lo32 == out->hi32)
        return pika__error_number(
            ctx, PIKA_ERR_INVALID, who,
            "view.$.lo and hi, % and %, are the same number in the 32 bits of a column of $", name, type_name,
            a->lo, a->hi);
    if (out->rule == PIKA__RULE_FLOAT &&
        (!pika__is_finite((double)out->lo32) || !pika__is_finite((double)out->hi32) ||
         !pika__is_finite((double)(float)(out->hi32 - out->lo32)) || !pika__is_normal32(out->s32)))
        return pika__error_number(
            ctx, PIKA_ERR_INVALID, who,
            "view.$.lo to hi, % to %, is too wide or too narrow for a column of $: hi - lo and "
            "cells / (hi - lo) need to be normal 32-bit floats",
            name, type_name, a->lo, a->hi);
    if (out->rule == PIKA__RULE_DOUBLE && (!pika__is_finite(a->hi - a->lo) || !pika__is_normal(out->s)))
        return pika__error_number(
            ctx, PIKA_ERR_INVALID, who,
            "view.$.lo to hi, % to %, is too wide or too narrow for a column of $: hi - lo and "
            "cells / (hi - lo) need to be normal numbers",
            name, type_name, a->lo, a->hi);
    if (half_open) { /* below +0 comes -0, which is no smaller: step from -0 */
        out->hi32 = pika__from_key32(pika__key32(out->hi32 == 0 ? -0.0f : out->hi32) - 1);
        out->hi = pika__from_key64(pika__key64(out->hi == 0 ? -0.0 : out->hi) - 1);
    }
    return PIKA_OK;
}
PIKA__PLAIN_END

/* ---- >>kernels: values of one class to the cells of one axis, for each instruction set -----------------
   The map stage's inner loops. Every set gives the bits of the plain C above it. A lane's cell is
       min((int)((v - lo) * s), last) - first     where lo <= v <= hi and that is below width,
   PIKA__INVALID for NaN (by its bits) and PIKA__OUTSIDE for the rest. Kernels read blocks, write u32 lists,
   and keep no state. Subtract, then multiply: there is nothing to contract. */

/* COUNT for every `step`th of a list's cells: lists are counted in interleaved walks, so that neighbours
   in one cell do not wait for each other. */
#define PIKA__EIGHT(at, step, COUNT) \
    do { \
        const uint32_t *pika__at = (at); \
        COUNT(pika__at[0]); \
        COUNT(pika__at[(step)]); \
        COUNT(pika__at[2 * (step)]); \
        COUNT(pika__at[3 * (step)]); \
        COUNT(pika__at[4 * (step)]); \
        COUNT(pika__at[5 * (step)]); \
        COUNT(pika__at[6 * (step)]); \
        COUNT(pika__at[7 * (step)]); \
    } while (0)

/* The cache lines of sixteen rows: those that will be mapped next are read ahead while counting waits for its
   cells. */
typedef struct pika__ahead {
    int lines; /* 0..12 */
    uintptr_t at[12];
    ptrdiff_t step[12]; /* from row to row */
} pika__ahead;

PIKA__PRIV void pika__ahead_column(pika__ahead *ahead, const pika_column *column)
{
    const ptrdiff_t step = pika__stride(column);
    ptrdiff_t line;
    for (line = 0; step > 0 && step <= 16 && line < 16 * step; line += 64) {
        ahead->at[ahead->lines] = (uintptr_t)column->data + (uintptr_t)line;
        ahead->step[ahead->lines++] = step;
    }
}

/* Forced inline: gcc takes a function that only prefetches for one without effect, and drops its calls. */
PIKA__FORCED void pika__read_ahead(const pika__ahead *ahead, size_t row)
{
    int line;
    for (line = 0; line < ahead->lines; line++)
        PIKA__PREFETCH(ahead->at[line] + row * (uintptr_t)ahead->step[line]);
}

/* A block's cells that are counted while the next block is mapped: vectors fill the time that counting waits,
   and reading the memory goes on beneath both. */
typedef struct pika__behind {
    const uint32_t *cells; /* PIKA__BLOCK */
    size_t done;           /* rows that have been mapped meanwhile, a multiple of 16 */
    uint8_t *bytes;        /* where they are counted: these, or else words */
    uint32_t *words;
    const pika__ahead *ahead;
    size_t row; /* that is read ahead when the first is mapped */
} pika__behind;
#define PIKA__BEHIND_BYTE(cell) behind->bytes[cell]++
#define PIKA__BEHIND_WORD(cell) behind->words[cell]++
/* a walk's share for the vector at i, of 8 or 16 lanes */
#define PIKA__BEHIND(i, lanes, COUNT) \
    do { \
        PIKA__EIGHT(behind->cells + (behind->done + (i)) / (lanes), PIKA__BLOCK / (lanes), COUNT); \
        if ((lanes) == 16) \
            PIKA__EIGHT(behind->cells + (behind->done + (i)) / 16 + PIKA__BLOCK / 2, PIKA__BLOCK / 16, \
                        COUNT); \
    } while (0)
#define PIKA__BEHIND_BYTES(i, lanes) PIKA__BEHIND(i, lanes, PIKA__BEHIND_BYTE)
#define PIKA__BEHIND_WORDS(i, lanes) PIKA__BEHIND(i, lanes, PIKA__BEHIND_WORD)
#define PIKA__AHEAD 512 /* rows: as far as those that are read are ahead of those that are mapped */

PIKA__PRIV uint32_t pika__cell_float(const pika__axis *axis, float v)
{
    const float from_lo = v - axis->lo32, t = from_lo * axis->s32; /* stored: s390x computes in double else */
    int32_t cell;
    if ((pika__bits32(v) & 0x7FFFFFFFu) > 0x7F800000u) return PIKA__INVALID;
    if (!(v >= axis->lo32 && v <= axis->hi32)) return PIKA__OUTSIDE;
    cell = t < 1073741824.0f ? (int32_t)t : axis->last;
    if (cell > axis->last) cell = axis->last;
    cell -= axis->first;
    return (uint32_t)cell < (uint32_t)axis->width ? (uint32_t)cell : PIKA__OUTSIDE;
}

PIKA__PRIV uint32_t pika__cell_double(const pika__axis *axis, double v)
{
    const double t = (v - axis->lo) * axis->s;
    int32_t cell;
    if (pika__is_nan(v)) return PIKA__INVALID;
    if (!(v >= axis->lo && v <= axis->hi)) return PIKA__OUTSIDE;
    cell = t < 1073741824.0 ? (int32_t)t : axis->last;
    if (cell > axis->last) cell = axis->last;
    cell -= axis->first;
    return (uint32_t)cell < (uint32_t)axis->width ? (uint32_t)cell : PIKA__OUTSIDE;
}

PIKA__PRIV void pika__map_float_scalar(const pika__axis *axis, const float *v, size_t n, uint32_t *cells)
{
    size_t i;
    for (i = 0; i < n; i++) cells[i] = pika__cell_float(axis, v[i]);
}

PIKA__PRIV void pika__map_double_scalar(const pika__axis *axis, const double *v, size_t n, uint32_t *cells)
{
    size_t i;
    for (i = 0; i < n; i++) cells[i] = pika__cell_double(axis, v[i]);
}

/* By table, for every set: the cell is the last i with edge[i] <= v. Comparing doubles is comparing with
   edges rounded to the column's class, since that class's values are doubles too. */
PIKA__PRIV void pika__map_edges(const pika__axis *axis, const double *v, size_t n, uint32_t *cells)
{
    const double *edges = axis->edges;
    const int ends = axis->first + axis->width == axis->last + 1; /* the tile holds the last cell */
    size_t i;
    for (i = 0; i < n; i++) {
        const double value = v[i];
        uint32_t cell = 0, length = (uint32_t)axis->width;
        if (pika__is_nan(value) || (axis->positive && value <= 0)) {
            cells[i] = PIKA__INVALID;
            continue;
        }
        if (!(value >= axis->lo && value <= axis->hi) || !(value >= edges[0]) ||
            (!ends && !(value < edges[axis->width]))) {
            cells[i] = PIKA__OUTSIDE;
            continue;
        }
        while (length > 1) { /* edges[cell] <= value, and the answer lies in cell .. cell + length - 1 */
            const uint32_t half = length / 2;
            cell += edges[cell + half] <= value ? half : 0;
            length -= half;
        }
        cells[i] = cell;
    }
}

/* Both axes at once, for columns of one class: the cells of the rows inside, in order and without gaps, and
   in rows (NULL = not asked for) where they came from, counted from `from`. Returns their number; adds the
   invalid rows to *invalid. Lists have room for n. */
PIKA__PRIV size_t pika__cells_float_scalar(const pika__axis *axes, const float *x, const float *y, size_t n,
                                           uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                           uint64_t *invalid)
{
    size_t i, kept = 0;
    for (i = 0; i < n; i++) {
        const uint32_t column = pika__cell_float(&axes[0], x[i]), row = pika__cell_float(&axes[1], y[i]);
        const uint32_t larger = column > row ? column : row;
        cells[kept] = row * pitch + column;
        if (rows != NULL) rows[kept] = from + (uint32_t)i;
        kept += larger < PIKA__OUTSIDE;
        *invalid += larger == PIKA__INVALID;
    }
    return kept;
}

PIKA__PRIV size_t pika__cells_double_scalar(const pika__axis *axes, const double *x, const double *y,
                                            size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                            uint32_t from, uint64_t *invalid)
{
    size_t i, kept = 0;
    for (i = 0; i < n; i++) {
        const uint32_t column = pika__cell_double(&axes[0], x[i]), row = pika__cell_double(&axes[1], y[i]);
        const uint32_t larger = column > row ? column : row;
        cells[kept] = row * pitch + column;
        if (rows != NULL) rows[kept] = from + (uint32_t)i;
        kept += larger < PIKA__OUTSIDE;
        *invalid += larger == PIKA__INVALID;
    }
    return kept;
}

/* Cells of a whole picture do not start at 0 or end at the last. */
PIKA__PRIV int pika__is_tile(const pika__axis *axes)
{
    return axes[0].width != axes[0].last + 1 || axes[1].width != axes[1].last + 1;
}

PIKA__PRIV uint64_t pika__bits8(int mask) /* set bits of 0..255 */
{
    const int pairs = mask - (mask >> 1 & 0x55), fours = (pairs & 0x33) + (pairs >> 2 & 0x33);
    return (uint64_t)((fours + (fours >> 4)) & 15);
}

/* Appends those of four cells whose bit is set in `in`; writes up to four past `kept`. */
PIKA__FORCED size_t pika__append4(uint32_t *cells, uint32_t *rows, size_t kept, const uint32_t *cell,
                                  uint32_t from, unsigned in)
{
    uint32_t k;
    for (k = 0; k < 4; k++) {
        cells[kept] = cell[k];
        if (rows != NULL) rows[kept] = from + k;
        kept += in >> k & 1u;
    }
    return kept;
}

/* Columns and rows to cells of the grid, in place: y * pitch + x, or the larger marker. Returns the number of
   cells; adds the invalid rows to *invalid. */
PIKA__PRIV size_t pika__join_scalar(uint32_t *cells, const uint32_t *rows, size_t n, uint32_t pitch,
                                    uint64_t *invalid)
{
    size_t i, inside = 0, bad = 0;
    for (i = 0; i < n; i++) {
        const uint32_t x = cells[i], y = rows[i], larger = x > y ? x : y;
        cells[i] = larger >= PIKA__OUTSIDE ? larger : y * pitch + x;
        inside += larger < PIKA__OUTSIDE;
        bad += larger == PIKA__INVALID;
    }
    *invalid += bad;
    return inside;
}

/* Merges neighbours in one cell: cells becomes the runs' cells, ends where each run ends. Returns their
   number. n > 0; ends has room for n. The cells before i are `runs` runs already. */
PIKA__PRIV size_t pika__merge_from(uint32_t *cells, uint32_t *ends, size_t n, size_t i, size_t runs)
{
    for (; i + 1 < n; i++) {
        const uint32_t cell = cells[i];
        cells[runs] = cell;
        ends[runs] = (uint32_t)i + 1;
        runs += cell != cells[i + 1];
    }
    cells[runs] = cells[n - 1];
    ends[runs] = (uint32_t)n;
    return runs + 1;
}

PIKA__PRIV size_t pika__merge_scalar(uint32_t *cells, uint32_t *ends, size_t n)
{
    return pika__merge_from(cells, ends, n, 0, 0);
}

#ifdef PIKA__HAVE_SSE2
typedef struct pika__axis_sse2 {
    __m128 lo32, hi32, s32;
    __m128d lo, hi, s;
    __m128i last, first, width;
} pika__axis_sse2;

PIKA__TARGET("sse2")
PIKA__FORCED pika__axis_sse2 pika__axis_of_sse2(const pika__axis *axis)
{
    pika__axis_sse2 a;
    a.lo32 = _mm_set1_ps(axis->lo32);
    a.hi32 = _mm_set1_ps(axis->hi32);
    a.s32 = _mm_set1_ps(axis->s32);
    a.lo = _mm_set1_pd(axis->lo);
    a.hi = _mm_set1_pd(axis->hi);
    a.s = _mm_set1_pd(axis->s);
    a.last = _mm_set1_epi32(axis->last);
    a.first = _mm_set1_epi32(axis->first);
    a.width = _mm_set1_epi32(axis->width);
    return a;
}

/* whole: (int)((v - lo) * s); in: lo <= v <= hi. Returns the cell; *in becomes which lanes are inside. tile:
   cells do not start at 0 or end at the last. */
PIKA__TARGET("sse2")
PIKA__FORCED __m128i pika__cell_sse2(const pika__axis_sse2 *a, __m128i whole, int tile, __m128i *in)
{
    const __m128i over = _mm_cmpgt_epi32(whole, a->last);
    __m128i cell = _mm_or_si128(_mm_and_si128(over, a->last), _mm_andnot_si128(over, whole));
    if (!tile) return cell;
    cell = _mm_sub_epi32(cell, a->first);
    *in = _mm_and_si128(*in, _mm_andnot_si128(_mm_srai_epi32(cell, 31), _mm_cmpgt_epi32(a->width, cell)));
    return cell;
}

PIKA__TARGET("sse2")
PIKA__FORCED __m128i pika__cells4_float_sse2(const pika__axis_sse2 *a, __m128 v, int tile, __m128i *in)
{
    *in = _mm_castps_si128(_mm_and_ps(_mm_cmpge_ps(v, a->lo32), _mm_cmple_ps(v, a->hi32)));
    return pika__cell_sse2(a, _mm_cvttps_epi32(_mm_mul_ps(_mm_sub_ps(v, a->lo32), a->s32)), tile, in);
}

PIKA__TARGET("sse2")
PIKA__FORCED __m128i pika__nans4_float_sse2(__m128 v)
{
    return _mm_cmpgt_epi32(_mm_and_si128(_mm_castps_si128(v), _mm_set1_epi32(0x7FFFFFFF)),
                           _mm_set1_epi32(0x7F800000));
}

/* four doubles: u, v */
PIKA__TARGET("sse2")
PIKA__FORCED __m128i pika__cells4_double_sse2(const pika__axis_sse2 *a, __m128d u, __m128d v, int tile,
                                              __m128i *in)
{
    const __m128 in_u = _mm_castpd_ps(_mm_and_pd(_mm_cmpge_pd(u, a->lo), _mm_cmple_pd(u, a->hi)));
    const __m128 in_v = _mm_castpd_ps(_mm_and_pd(_mm_cmpge_pd(v, a->lo), _mm_cmple_pd(v, a->hi)));
    *in = _mm_castps_si128(_mm_shuffle_ps(in_u, in_v, 0x88));
    return pika__cell_sse2(a,
                           _mm_unpacklo_epi64(_mm_cvttpd_epi32(_mm_mul_pd(_mm_sub_pd(u, a->lo), a->s)),
                                              _mm_cvttpd_epi32(_mm_mul_pd(_mm_sub_pd(v, a->lo), a->s))),
                           tile, in);
}

PIKA__TARGET("sse2")
PIKA__FORCED __m128i pika__nans4_double_sse2(__m128d u, __m128d v)
{
    const __m128 bits_u = _mm_castpd_ps(u), bits_v = _mm_castpd_ps(v);
    const __m128i infinity = _mm_set1_epi32(0x7FF00000);
    const __m128i low = _mm_castps_si128(_mm_shuffle_ps(bits_u, bits_v, 0x88));
    const __m128i high =
        _mm_and_si128(_mm_castps_si128(_mm_shuffle_ps(bits_u, bits_v, 0xDD)), _mm_set1_epi32(0x7FFFFFFF));
    return _mm_or_si128(/* the high word is above infinity's, or equal with a low word */
                        _mm_cmpgt_epi32(high, infinity),
                        _mm_andnot_si128(_mm_cmpeq_epi32(low, _mm_setzero_si128()),
                                         _mm_cmpeq_epi32(high, infinity)));
}

PIKA__TARGET("sse2")
PIKA__FORCED void pika__store_marked_sse2(uint32_t *cells, __m128i cell, __m128i in, __m128i nan)
{
    cell = _mm_or_si128(_mm_and_si128(in, cell), _mm_andnot_si128(in, _mm_set1_epi32(-2)));
    _mm_storeu_si128((__m128i *)(void *)cells, _mm_or_si128(cell, nan));
}

PIKA__TARGET("sse2")
PIKA__PRIV void pika__map_float_sse2(const pika__axis *axis, const float *v, size_t n, uint32_t *cells)
{
    const pika__axis_sse2 a = pika__axis_of_sse2(axis);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m128 value = _mm_loadu_ps(v + i);
        __m128i in;
        const __m128i cell = pika__cells4_float_sse2(&a, value, 1, &in);
        pika__store_marked_sse2(cells + i, cell, in, pika__nans4_float_sse2(value));
    }
    for (; i < n; i++) cells[i] = pika__cell_float(axis, v[i]);
}

PIKA__TARGET("sse2")
PIKA__PRIV void pika__map_double_sse2(const pika__axis *axis, const double *v, size_t n, uint32_t *cells)
{
    const pika__axis_sse2 a = pika__axis_of_sse2(axis);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m128d value = _mm_loadu_pd(v + i), next = _mm_loadu_pd(v + i + 2);
        __m128i in;
        const __m128i cell = pika__cells4_double_sse2(&a, value, next, 1, &in);
        pika__store_marked_sse2(cells + i, cell, in, pika__nans4_double_sse2(value, next));
    }
    for (; i < n; i++) cells[i] = pika__cell_double(axis, v[i]);
}

/* y * pitch + x of four rows, those whose bit is set in `in` appended. */
PIKA__TARGET("sse2")
PIKA__FORCED size_t pika__join4_sse2(__m128i x, __m128i y, int in, __m128i step, int narrow, uint32_t *cells,
                                     uint32_t *rows, size_t kept, uint32_t from)
{
    __m128i cell;
    uint32_t lanes[4];
    if (narrow) { /* 16-bit x and y side by side, by 1 and the pitch */
        const __m128i both = _mm_or_si128(_mm_and_si128(x, _mm_set1_epi32(0xFFFF)), _mm_slli_epi32(y, 16));
        cell = _mm_madd_epi16(both, _mm_or_si128(_mm_slli_epi32(step, 16), _mm_set1_epi32(1)));
    } else {
        const __m128i even = _mm_mul_epu32(y, step), odd = _mm_mul_epu32(_mm_srli_epi64(y, 32), step);
        cell =
            _mm_add_epi32(x, _mm_unpacklo_epi32(_mm_shuffle_epi32(even, 0x88), _mm_shuffle_epi32(odd, 0x88)));
    }
    if (in == 15 && rows == NULL) {
        _mm_storeu_si128((__m128i *)(void *)(cells + kept), cell);
        return kept + 4;
    }
    if (in == 0) return kept;
    _mm_storeu_si128((__m128i *)(void *)lanes, cell);
    return pika__append4(cells, rows, kept, lanes, from, (unsigned)in);
}

PIKA__TARGET("sse2")
PIKA__FORCED size_t pika__cells_float_by_sse2(const pika__axis *axes, const float *x, const float *y,
                                              size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                              uint32_t from, uint64_t *invalid, int tile)
{
    const pika__axis_sse2 a = pika__axis_of_sse2(&axes[0]), b = pika__axis_of_sse2(&axes[1]);
    const __m128i step = _mm_set1_epi32((int)pitch);
    const int narrow = pitch <= 32767;
    size_t i = 0, kept = 0;
    for (; i + 4 <= n; i += 4) {
        const __m128 vx = _mm_loadu_ps(x + i), vy = _mm_loadu_ps(y + i);
        __m128i in_x, in_y;
        const __m128i cx = pika__cells4_float_sse2(&a, vx, tile, &in_x);
        const __m128i cy = pika__cells4_float_sse2(&b, vy, tile, &in_y);
        const int in = _mm_movemask_ps(_mm_castsi128_ps(_mm_and_si128(in_x, in_y)));
        if (in != 15) {
            const __m128i nan = _mm_or_si128(pika__nans4_float_sse2(vx), pika__nans4_float_sse2(vy));
            *invalid += pika__bits8(_mm_movemask_ps(_mm_castsi128_ps(nan)));
        }
        kept = pika__join4_sse2(cx, cy, in, step, narrow, cells, rows, kept, from + (uint32_t)i);
    }
    return kept + pika__cells_float_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                           rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}

PIKA__TARGET("sse2")
PIKA__FORCED size_t pika__cells_double_by_sse2(const pika__axis *axes, const double *x, const double *y,
                                               size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                               uint32_t from, uint64_t *invalid, int tile)
{
    const pika__axis_sse2 a = pika__axis_of_sse2(&axes[0]), b = pika__axis_of_sse2(&axes[1]);
    const __m128i step = _mm_set1_epi32((int)pitch);
    const int narrow = pitch <= 32767;
    size_t i = 0, kept = 0;
    for (; i + 4 <= n; i += 4) {
        const __m128d ux = _mm_loadu_pd(x + i), vx = _mm_loadu_pd(x + i + 2);
        const __m128d uy = _mm_loadu_pd(y + i), vy = _mm_loadu_pd(y + i + 2);
        __m128i in_x, in_y;
        const __m128i cx = pika__cells4_double_sse2(&a, ux, vx, tile, &in_x);
        const __m128i cy = pika__cells4_double_sse2(&b, uy, vy, tile, &in_y);
        const int in = _mm_movemask_ps(_mm_castsi128_ps(_mm_and_si128(in_x, in_y)));
        if (in != 15) {
            const __m128i nan =
                _mm_or_si128(pika__nans4_double_sse2(ux, vx), pika__nans4_double_sse2(uy, vy));
            *invalid += pika__bits8(_mm_movemask_ps(_mm_castsi128_ps(nan)));
        }
        kept = pika__join4_sse2(cx, cy, in, step, narrow, cells, rows, kept, from + (uint32_t)i);
    }
    return kept + pika__cells_double_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                            rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}

PIKA__TARGET("sse2")
PIKA__PRIV size_t pika__cells_float_sse2(const pika__axis *axes, const float *x, const float *y, size_t n,
                                         uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                         uint64_t *invalid)
{
    return pika__cells_float_by_sse2(axes, x, y, n, pitch, cells, rows, from, invalid, pika__is_tile(axes));
}

PIKA__TARGET("sse2")
PIKA__PRIV size_t pika__cells_double_sse2(const pika__axis *axes, const double *x, const double *y, size_t n,
                                          uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                          uint64_t *invalid)
{
    return pika__cells_double_by_sse2(axes, x, y, n, pitch, cells, rows, from, invalid, pika__is_tile(axes));
}
#endif

#ifdef PIKA__HAVE_AVX2
typedef struct pika__axis_avx2 {
    __m256 lo32, hi32, s32;
    __m256d lo, hi, s;
    __m256i last, first, widest; /* width - 1 */
} pika__axis_avx2;

PIKA__TARGET("avx2")
PIKA__FORCED pika__axis_avx2 pika__axis_of_avx2(const pika__axis *axis)
{
    pika__axis_avx2 a;
    a.lo32 = _mm256_set1_ps(axis->lo32);
    a.hi32 = _mm256_set1_ps(axis->hi32);
    a.s32 = _mm256_set1_ps(axis->s32);
    a.lo = _mm256_set1_pd(axis->lo);
    a.hi = _mm256_set1_pd(axis->hi);
    a.s = _mm256_set1_pd(axis->s);
    a.last = _mm256_set1_epi32(axis->last);
    a.first = _mm256_set1_epi32(axis->first);
    a.widest = _mm256_set1_epi32(axis->width - 1);
    return a;
}

/* tile: cells do not start at 0 or end at the last. */
PIKA__TARGET("avx2")
PIKA__FORCED __m256i pika__cells8_float_avx2(const pika__axis_avx2 *a, __m256 v, int tile, __m256i *in)
{
    const __m256 range =
        _mm256_and_ps(_mm256_cmp_ps(v, a->lo32, _CMP_GE_OQ), _mm256_cmp_ps(v, a->hi32, _CMP_LE_OQ));
    const __m256i whole = _mm256_cvttps_epi32(_mm256_mul_ps(_mm256_sub_ps(v, a->lo32), a->s32));
    __m256i cell = _mm256_min_epi32(whole, a->last);
    *in = _mm256_castps_si256(range);
    if (!tile) return cell;
    cell = _mm256_sub_epi32(cell, a->first);
    *in = _mm256_and_si256(*in, _mm256_cmpeq_epi32(_mm256_min_epu32(cell, a->widest), cell));
    return cell;
}

PIKA__TARGET("avx2")
PIKA__FORCED __m256i pika__nans8_float_avx2(__m256 v)
{
    return _mm256_cmpgt_epi32(_mm256_and_si256(_mm256_castps_si256(v), _mm256_set1_epi32(0x7FFFFFFF)),
                              _mm256_set1_epi32(0x7F800000));
}

/* the even 32 bits of 2 x 4 masks of 64 */
PIKA__TARGET("avx2")
PIKA__FORCED __m256i pika__narrow_avx2(__m256d u, __m256d v)
{
    const __m256 pairs = _mm256_shuffle_ps(_mm256_castpd_ps(u), _mm256_castpd_ps(v), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(pairs), 0xD8);
}

/* eight doubles: u, v */
PIKA__TARGET("avx2")
PIKA__FORCED __m256i pika__cells8_double_avx2(const pika__axis_avx2 *a, __m256d u, __m256d v, int tile,
                                              __m256i *in)
{
    const __m256d in_u =
        _mm256_and_pd(_mm256_cmp_pd(u, a->lo, _CMP_GE_OQ), _mm256_cmp_pd(u, a->hi, _CMP_LE_OQ));
    const __m256d in_v =
        _mm256_and_pd(_mm256_cmp_pd(v, a->lo, _CMP_GE_OQ), _mm256_cmp_pd(v, a->hi, _CMP_LE_OQ));
    const __m128i whole_u = _mm256_cvttpd_epi32(_mm256_mul_pd(_mm256_sub_pd(u, a->lo), a->s));
    const __m128i whole_v = _mm256_cvttpd_epi32(_mm256_mul_pd(_mm256_sub_pd(v, a->lo), a->s));
    const __m256i whole = _mm256_inserti128_si256(_mm256_castsi128_si256(whole_u), whole_v, 1);
    __m256i cell = _mm256_min_epi32(whole, a->last);
    *in = pika__narrow_avx2(in_u, in_v);
    if (!tile) return cell;
    cell = _mm256_sub_epi32(cell, a->first);
    *in = _mm256_and_si256(*in, _mm256_cmpeq_epi32(_mm256_min_epu32(cell, a->widest), cell));
    return cell;
}

PIKA__TARGET("avx2")
PIKA__FORCED __m256i pika__nans8_double_avx2(__m256d u, __m256d v)
{
    const __m256i magnitude = _mm256_set1_epi64x((long long)~PIKA__SIGN64);
    const __m256i infinity = _mm256_set1_epi64x((long long)PIKA__INF64);
    const __m256i nan_u = _mm256_cmpgt_epi64(_mm256_and_si256(_mm256_castpd_si256(u), magnitude), infinity);
    const __m256i nan_v = _mm256_cmpgt_epi64(_mm256_and_si256(_mm256_castpd_si256(v), magnitude), infinity);
    return pika__narrow_avx2(_mm256_castsi256_pd(nan_u), _mm256_castsi256_pd(nan_v));
}

PIKA__TARGET("avx2")
PIKA__FORCED void pika__store_marked_avx2(uint32_t *cells, __m256i cell, __m256i in, __m256i nan)
{
    cell = _mm256_blendv_epi8(_mm256_set1_epi32(-2), cell, in);
    _mm256_storeu_si256((__m256i *)(void *)cells, _mm256_or_si256(cell, nan));
}

PIKA__TARGET("avx2")
PIKA__PRIV void pika__map_float_avx2(const pika__axis *axis, const float *v, size_t n, uint32_t *cells)
{
    const pika__axis_avx2 a = pika__axis_of_avx2(axis);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 value = _mm256_loadu_ps(v + i);
        __m256i in;
        const __m256i cell = pika__cells8_float_avx2(&a, value, 1, &in);
        pika__store_marked_avx2(cells + i, cell, in, pika__nans8_float_avx2(value));
    }
    _mm256_zeroupper(); /* gcc adds it at -O2 and above only */
    for (; i < n; i++) cells[i] = pika__cell_float(axis, v[i]);
}

PIKA__TARGET("avx2")
PIKA__PRIV void pika__map_double_avx2(const pika__axis *axis, const double *v, size_t n, uint32_t *cells)
{
    const pika__axis_avx2 a = pika__axis_of_avx2(axis);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256d value = _mm256_loadu_pd(v + i), next = _mm256_loadu_pd(v + i + 4);
        __m256i in;
        const __m256i cell = pika__cells8_double_avx2(&a, value, next, 1, &in);
        pika__store_marked_avx2(cells + i, cell, in, pika__nans8_double_avx2(value, next));
    }
    _mm256_zeroupper();
    for (; i < n; i++) cells[i] = pika__cell_double(axis, v[i]);
}

/* y * pitch + x of eight rows, those whose bit is set in `in` appended. */
PIKA__TARGET("avx2")
PIKA__FORCED size_t pika__join8_avx2(__m256i x, __m256i y, int in, __m256i step, uint32_t *cells,
                                     uint32_t *rows, size_t kept, uint32_t from)
{
    const __m256i cell = _mm256_add_epi32(_mm256_mullo_epi32(y, step), x);
    static const uint32_t front[16][4] = {{0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0},
                                          {2, 0, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}, {0, 1, 2, 0},
                                          {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0},
                                          {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}};
    int half;
    if (in == 255) { /* whole vectors inside are the rule, or whole vectors outside */
        _mm256_storeu_si256((__m256i *)(void *)(cells + kept), cell);
        if (rows != NULL)
            _mm256_storeu_si256(
                (__m256i *)(void *)(rows + kept),
                _mm256_add_epi32(_mm256_set1_epi32((int)from), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
        return kept + 8;
    }
    for (half = 0; half < 2; half++) { /* four lanes: those inside to the front */
        const int four = in >> 4 * half & 15;
        const __m128i order = _mm_loadu_si128((const __m128i *)(const void *)front[four]);
        const __m128i part = half ? _mm256_extracti128_si256(cell, 1) : _mm256_castsi256_si128(cell);
        if (four == 0) continue;
        _mm_storeu_si128((__m128i *)(void *)(cells + kept),
                         _mm_castps_si128(_mm_permutevar_ps(_mm_castsi128_ps(part), order)));
        if (rows != NULL)
            _mm_storeu_si128((__m128i *)(void *)(rows + kept),
                             _mm_add_epi32(_mm_set1_epi32((int)from + 4 * half), order));
        kept += (size_t)pika__bits8(four);
    }
    return kept;
}

PIKA__TARGET("avx2")
PIKA__FORCED size_t pika__cells_float_by_avx2(const pika__axis *axes, const float *x, const float *y,
                                              size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                              uint32_t from, uint64_t *invalid, int tile,
                                              const pika__behind *behind, int bytes)
{
    const pika__axis_avx2 a = pika__axis_of_avx2(&axes[0]), b = pika__axis_of_avx2(&axes[1]);
    const __m256i step = _mm256_set1_epi32((int)pitch);
    size_t i = 0, kept = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 vx = _mm256_loadu_ps(x + i), vy = _mm256_loadu_ps(y + i);
        __m256i in_x, in_y;
        const __m256i cx = pika__cells8_float_avx2(&a, vx, tile, &in_x);
        const __m256i cy = pika__cells8_float_avx2(&b, vy, tile, &in_y);
        const int in = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_and_si256(in_x, in_y)));
        if (in != 255) {
            const __m256i nan = _mm256_or_si256(pika__nans8_float_avx2(vx), pika__nans8_float_avx2(vy));
            *invalid += pika__bits8(_mm256_movemask_ps(_mm256_castsi256_ps(nan)));
        }
        kept = pika__join8_avx2(cx, cy, in, step, cells, rows, kept, from + (uint32_t)i);
        if (behind == NULL) continue;
        if (i % 16 == 0) pika__read_ahead(behind->ahead, behind->row + i);
        if (bytes) PIKA__BEHIND_BYTES(i, 8);
        else PIKA__BEHIND_WORDS(i, 8);
    }
    _mm256_zeroupper();
    return kept + pika__cells_float_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                           rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}

PIKA__TARGET("avx2")
PIKA__FORCED size_t pika__cells_double_by_avx2(const pika__axis *axes, const double *x, const double *y,
                                               size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                               uint32_t from, uint64_t *invalid, int tile,
                                               const pika__behind *behind, int bytes)
{
    const pika__axis_avx2 a = pika__axis_of_avx2(&axes[0]), b = pika__axis_of_avx2(&axes[1]);
    const __m256i step = _mm256_set1_epi32((int)pitch);
    size_t i = 0, kept = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256d ux = _mm256_loadu_pd(x + i), vx = _mm256_loadu_pd(x + i + 4);
        const __m256d uy = _mm256_loadu_pd(y + i), vy = _mm256_loadu_pd(y + i + 4);
        __m256i in_x, in_y;
        const __m256i cx = pika__cells8_double_avx2(&a, ux, vx, tile, &in_x);
        const __m256i cy = pika__cells8_double_avx2(&b, uy, vy, tile, &in_y);
        const int in = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_and_si256(in_x, in_y)));
        if (in != 255) {
            const __m256i nan =
                _mm256_or_si256(pika__nans8_double_avx2(ux, vx), pika__nans8_double_avx2(uy, vy));
            *invalid += pika__bits8(_mm256_movemask_ps(_mm256_castsi256_ps(nan)));
        }
        kept = pika__join8_avx2(cx, cy, in, step, cells, rows, kept, from + (uint32_t)i);
        if (behind == NULL) continue;
        if (i % 16 == 0) pika__read_ahead(behind->ahead, behind->row + i);
        if (bytes) PIKA__BEHIND_BYTES(i, 8);
        else PIKA__BEHIND_WORDS(i, 8);
    }
    _mm256_zeroupper();
    return kept + pika__cells_double_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                            rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}

PIKA__TARGET("avx2")
PIKA__PRIV size_t pika__cells_float_avx2(const pika__axis *axes, const float *x, const float *y, size_t n,
                                         uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                         uint64_t *invalid)
{
    if (pika__is_tile(axes) || rows != NULL)
        return pika__cells_float_by_avx2(axes, x, y, n, pitch, cells, rows, from, invalid, 1, NULL, 0);
    return pika__cells_float_by_avx2(axes, x, y, n, pitch, cells, NULL, from, invalid, 0, NULL, 0);
}

PIKA__TARGET("avx2")
PIKA__PRIV size_t pika__cells_double_avx2(const pika__axis *axes, const double *x, const double *y, size_t n,
                                          uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                          uint64_t *invalid)
{
    return pika__cells_double_by_avx2(axes, x, y, n, pitch, cells, rows, from, invalid, pika__is_tile(axes),
                                      NULL, 0);
}

PIKA__TARGET("avx2")
PIKA__PRIV size_t pika__overlap_float_avx2(const pika__axis *axes, const float *x, const float *y, size_t n,
                                           uint32_t pitch, uint32_t *cells, uint64_t *invalid,
                                           const pika__behind *behind)
{
    return pika__cells_float_by_avx2(axes, x, y, n, pitch, cells, NULL, 0, invalid, 0, behind,
                                     behind->bytes != NULL);
}

PIKA__TARGET("avx2")
PIKA__PRIV size_t pika__overlap_double_avx2(const pika__axis *axes, const double *x, const double *y,
                                            size_t n, uint32_t pitch, uint32_t *cells, uint64_t *invalid,
                                            const pika__behind *behind)
{
    return pika__cells_double_by_avx2(axes, x, y, n, pitch, cells, NULL, 0, invalid, 0, behind,
                                      behind->bytes != NULL);
}

PIKA__TARGET("avx2")
PIKA__PRIV size_t pika__join_avx2(uint32_t *cells, const uint32_t *rows, size_t n, uint32_t pitch,
                                  uint64_t *invalid)
{
    const __m256i step = _mm256_set1_epi32((int)pitch), outside = _mm256_set1_epi32(-2);
    const __m256i all = _mm256_set1_epi32(-1);
    __m256i marked = _mm256_setzero_si256(), bad = _mm256_setzero_si256(); /* lanes count down */
    uint32_t lanes[16];
    size_t i = 0, inside = 0, k;
    for (; i + 8 <= n; i += 8) {
        const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(cells + i));
        const __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(rows + i));
        const __m256i larger = _mm256_max_epu32(x, y);
        const __m256i mark = _mm256_cmpeq_epi32(_mm256_max_epu32(larger, outside), larger);
        const __m256i cell = _mm256_add_epi32(_mm256_mullo_epi32(y, step), x);
        marked = _mm256_add_epi32(marked, mark);
        bad = _mm256_add_epi32(bad, _mm256_cmpeq_epi32(larger, all));
        _mm256_storeu_si256((__m256i *)(void *)(cells + i), _mm256_blendv_epi8(cell, larger, mark));
    }
    _mm256_storeu_si256((__m256i *)(void *)lanes, marked);
    _mm256_storeu_si256((__m256i *)(void *)(lanes + 8), bad);
    _mm256_zeroupper();
    inside = i;
    for (k = 0; k < 8; k++) {
        inside -= (uint32_t)0 - lanes[k];
        *invalid += (uint32_t)0 - lanes[8 + k];
    }
    return inside + pika__join_scalar(cells + i, rows + i, n - i, pitch, invalid);
}
#endif

#ifdef PIKA__HAVE_AVX512
    #define PIKA__TARGET_AVX512 PIKA__TARGET("avx512f,avx512bw,avx512dq,avx512vl,popcnt")
typedef struct pika__axis_avx512 {
    __m512 lo32, hi32, s32;
    __m512d lo, hi, s;
    __m512i last, first, width;
} pika__axis_avx512;

PIKA__TARGET_AVX512
PIKA__FORCED pika__axis_avx512 pika__axis_of_avx512(const pika__axis *axis)
{
    pika__axis_avx512 a;
    a.lo32 = _mm512_set1_ps(axis->lo32);
    a.hi32 = _mm512_set1_ps(axis->hi32);
    a.s32 = _mm512_set1_ps(axis->s32);
    a.lo = _mm512_set1_pd(axis->lo);
    a.hi = _mm512_set1_pd(axis->hi);
    a.s = _mm512_set1_pd(axis->s);
    a.last = _mm512_set1_epi32(axis->last);
    a.first = _mm512_set1_epi32(axis->first);
    a.width = _mm512_set1_epi32(axis->width);
    return a;
}

/* Only lanes whose bit is set in *in may come out inside. tile: cells do not start at 0 or end at the
   last. */
PIKA__TARGET_AVX512
PIKA__FORCED __m512i pika__cells16_float_avx512(const pika__axis_avx512 *a, __m512 v, int tile, __mmask16 *in)
{
    const __m512i whole = _mm512_cvttps_epi32(_mm512_mul_ps(_mm512_sub_ps(v, a->lo32), a->s32));
    __m512i cell = _mm512_min_epi32(whole, a->last);
    *in = _mm512_mask_cmp_ps_mask(*in, v, a->lo32, _CMP_GE_OQ);
    *in = _mm512_mask_cmp_ps_mask(*in, v, a->hi32, _CMP_LE_OQ);
    if (!tile) return cell;
    cell = _mm512_sub_epi32(cell, a->first);
    *in = _mm512_mask_cmp_epu32_mask(*in, cell, a->width, _MM_CMPINT_LT);
    return cell;
}

PIKA__TARGET_AVX512
PIKA__FORCED __mmask16 pika__nans16_float_avx512(__m512 v)
{
    const __m512i magnitude = _mm512_and_si512(_mm512_castps_si512(v), _mm512_set1_epi32(0x7FFFFFFF));
    return _mm512_cmpgt_epi32_mask(magnitude, _mm512_set1_epi32(0x7F800000));
}

/* sixteen doubles: u, v */
PIKA__TARGET_AVX512
PIKA__FORCED __m512i pika__cells16_double_avx512(const pika__axis_avx512 *a, __m512d u, __m512d v, int tile,
                                                 __mmask16 *in)
{
    const __m256i whole_u = _mm512_cvttpd_epi32(_mm512_mul_pd(_mm512_sub_pd(u, a->lo), a->s));
    const __m256i whole_v = _mm512_cvttpd_epi32(_mm512_mul_pd(_mm512_sub_pd(v, a->lo), a->s));
    const __m512i whole = _mm512_inserti64x4(_mm512_castsi256_si512(whole_u), whole_v, 1);
    __m512i cell = _mm512_min_epi32(whole, a->last);
    __mmask8 in_u = _mm512_mask_cmp_pd_mask((__mmask8)*in, u, a->lo, _CMP_GE_OQ);
    __mmask8 in_v = _mm512_mask_cmp_pd_mask((__mmask8)(*in >> 8), v, a->lo, _CMP_GE_OQ);
    in_u = _mm512_mask_cmp_pd_mask(in_u, u, a->hi, _CMP_LE_OQ);
    in_v = _mm512_mask_cmp_pd_mask(in_v, v, a->hi, _CMP_LE_OQ);
    *in = (__mmask16)(in_u | in_v << 8);
    if (!tile) return cell;
    cell = _mm512_sub_epi32(cell, a->first);
    *in = _mm512_mask_cmp_epu32_mask(*in, cell, a->width, _MM_CMPINT_LT);
    return cell;
}

PIKA__TARGET_AVX512
PIKA__FORCED __mmask16 pika__nans16_double_avx512(__m512d u, __m512d v)
{
    const __m512i magnitude = _mm512_set1_epi64((long long)~PIKA__SIGN64);
    const __m512i infinity = _mm512_set1_epi64((long long)PIKA__INF64);
    const __mmask8 nan_u =
        _mm512_cmpgt_epi64_mask(_mm512_and_si512(_mm512_castpd_si512(u), magnitude), infinity);
    const __mmask8 nan_v =
        _mm512_cmpgt_epi64_mask(_mm512_and_si512(_mm512_castpd_si512(v), magnitude), infinity);
    return (__mmask16)(nan_u | nan_v << 8);
}

PIKA__TARGET_AVX512
PIKA__FORCED void pika__store_marked_avx512(uint32_t *cells, __m512i cell, __mmask16 lanes, __mmask16 in,
                                            __mmask16 nan)
{
    cell = _mm512_mask_mov_epi32(_mm512_set1_epi32(-2), in, cell);
    cell = _mm512_mask_mov_epi32(cell, nan, _mm512_set1_epi32(-1));
    _mm512_mask_storeu_epi32(cells, lanes, cell);
}

PIKA__TARGET_AVX512
PIKA__FORCED __mmask16 pika__lanes_avx512(size_t left) /* the first `left` of sixteen */
{
    return left >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << left) - 1u);
}

PIKA__TARGET_AVX512
PIKA__PRIV void pika__map_float_avx512(const pika__axis *axis, const float *v, size_t n, uint32_t *cells)
{
    const pika__axis_avx512 a = pika__axis_of_avx512(axis);
    size_t i;
    for (i = 0; i < n; i += 16) {
        const __mmask16 lanes = pika__lanes_avx512(n - i);
        const __m512 value = _mm512_maskz_loadu_ps(lanes, v + i);
        __mmask16 in = lanes;
        const __m512i cell = pika__cells16_float_avx512(&a, value, 1, &in);
        pika__store_marked_avx512(cells + i, cell, lanes, in, pika__nans16_float_avx512(value));
    }
    _mm256_zeroupper();
}

PIKA__TARGET_AVX512
PIKA__PRIV void pika__map_double_avx512(const pika__axis *axis, const double *v, size_t n, uint32_t *cells)
{
    const pika__axis_avx512 a = pika__axis_of_avx512(axis);
    size_t i;
    for (i = 0; i < n; i += 16) {
        const __mmask16 lanes = pika__lanes_avx512(n - i);
        const __m512d value = _mm512_maskz_loadu_pd((__mmask8)lanes, v + i);
        const __m512d next = _mm512_maskz_loadu_pd((__mmask8)(lanes >> 8), v + i + 8);
        __mmask16 in = lanes;
        const __m512i cell = pika__cells16_double_avx512(&a, value, next, 1, &in);
        pika__store_marked_avx512(cells + i, cell, lanes, in, pika__nans16_double_avx512(value, next));
    }
    _mm256_zeroupper();
}

/* y * pitch + x of sixteen rows, those inside appended; where whole, sixteen lanes are written. */
PIKA__TARGET_AVX512
PIKA__FORCED size_t pika__join16_avx512(__m512i x, __m512i y, __mmask16 in, __m512i step, int whole,
                                        uint32_t *cells, uint32_t *rows, size_t kept, uint32_t from)
{
    const __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i cell = _mm512_add_epi32(_mm512_mullo_epi32(y, step), x);
    const __m512i row = _mm512_add_epi32(_mm512_set1_epi32((int)from), count);
    const size_t more = (size_t)_mm_popcnt_u32(in);
    if (in == 0xFFFF) {
        _mm512_storeu_si512((void *)(cells + kept), cell);
        if (rows != NULL) _mm512_storeu_si512((void *)(rows + kept), row);
    } else if (whole) { /* not compressstore, which is microcode on some CPUs */
        _mm512_storeu_si512((void *)(cells + kept), _mm512_maskz_compress_epi32(in, cell));
        if (rows != NULL) _mm512_storeu_si512((void *)(rows + kept), _mm512_maskz_compress_epi32(in, row));
    } else {
        const __mmask16 lanes = pika__lanes_avx512(more);
        _mm512_mask_storeu_epi32((void *)(cells + kept), lanes, _mm512_maskz_compress_epi32(in, cell));
        if (rows != NULL)
            _mm512_mask_storeu_epi32((void *)(rows + kept), lanes, _mm512_maskz_compress_epi32(in, row));
    }
    return kept + more;
}

PIKA__TARGET_AVX512
PIKA__FORCED size_t pika__cells_float_by_avx512(const pika__axis *axes, const float *x, const float *y,
                                                size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                                uint32_t from, uint64_t *invalid, int tile,
                                                const pika__behind *behind, int bytes)
{
    const pika__axis_avx512 a = pika__axis_of_avx512(&axes[0]), b = pika__axis_of_avx512(&axes[1]);
    const __m512i step = _mm512_set1_epi32((int)pitch);
    size_t i = 0, kept = 0, last;
    for (last = 0; last < 2; last++) { /* whole vectors, then the rest */
        for (; i + (last ? 1 : 16) <= n; i += 16) {
            const __mmask16 lanes = last ? pika__lanes_avx512(n - i) : (__mmask16)0xFFFF;
            const __m512 vx = _mm512_maskz_loadu_ps(lanes, x + i), vy = _mm512_maskz_loadu_ps(lanes, y + i);
            __mmask16 in = lanes;
            const __m512i cx = pika__cells16_float_avx512(&a, vx, tile, &in);
            const __m512i cy = pika__cells16_float_avx512(&b, vy, tile, &in);
            if (in != lanes)
                *invalid += (uint64_t)_mm_popcnt_u32(
                    (unsigned)(pika__nans16_float_avx512(vx) | pika__nans16_float_avx512(vy)));
            kept = pika__join16_avx512(cx, cy, in, step, !last, cells, rows, kept, from + (uint32_t)i);
            if (behind == NULL) continue;
            pika__read_ahead(behind->ahead, behind->row + i);
            if (bytes) PIKA__BEHIND_BYTES(i, 16);
            else PIKA__BEHIND_WORDS(i, 16);
        }
    }
    _mm256_zeroupper();
    return kept;
}

PIKA__TARGET_AVX512
PIKA__FORCED size_t pika__cells_double_by_avx512(const pika__axis *axes, const double *x, const double *y,
                                                 size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                                 uint32_t from, uint64_t *invalid, int tile,
                                                 const pika__behind *behind, int bytes)
{
    const pika__axis_avx512 a = pika__axis_of_avx512(&axes[0]), b = pika__axis_of_avx512(&axes[1]);
    const __m512i step = _mm512_set1_epi32((int)pitch);
    size_t i = 0, kept = 0, last;
    for (last = 0; last < 2; last++) {
        for (; i + (last ? 1 : 16) <= n; i += 16) {
            const __mmask16 lanes = last ? pika__lanes_avx512(n - i) : (__mmask16)0xFFFF;
            const __mmask8 low = (__mmask8)lanes, high = (__mmask8)(lanes >> 8);
            const __m512d ux = _mm512_maskz_loadu_pd(low, x + i), vx = _mm512_maskz_loadu_pd(high, x + i + 8);
            const __m512d uy = _mm512_maskz_loadu_pd(low, y + i), vy = _mm512_maskz_loadu_pd(high, y + i + 8);
            __mmask16 in = lanes;
            const __m512i cx = pika__cells16_double_avx512(&a, ux, vx, tile, &in);
            const __m512i cy = pika__cells16_double_avx512(&b, uy, vy, tile, &in);
            if (in != lanes)
                *invalid += (uint64_t)_mm_popcnt_u32(
                    (unsigned)(pika__nans16_double_avx512(ux, vx) | pika__nans16_double_avx512(uy, vy)));
            kept = pika__join16_avx512(cx, cy, in, step, !last, cells, rows, kept, from + (uint32_t)i);
            if (behind == NULL) continue;
            pika__read_ahead(behind->ahead, behind->row + i);
            if (bytes) PIKA__BEHIND_BYTES(i, 16);
            else PIKA__BEHIND_WORDS(i, 16);
        }
    }
    _mm256_zeroupper();
    return kept;
}

PIKA__TARGET_AVX512
PIKA__PRIV size_t pika__cells_float_avx512(const pika__axis *axes, const float *x, const float *y, size_t n,
                                           uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                           uint64_t *invalid)
{
    if (pika__is_tile(axes) || rows != NULL)
        return pika__cells_float_by_avx512(axes, x, y, n, pitch, cells, rows, from, invalid, 1, NULL, 0);
    return pika__cells_float_by_avx512(axes, x, y, n, pitch, cells, NULL, from, invalid, 0, NULL, 0);
}

PIKA__TARGET_AVX512
PIKA__PRIV size_t pika__cells_double_avx512(const pika__axis *axes, const double *x, const double *y,
                                            size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                            uint32_t from, uint64_t *invalid)
{
    return pika__cells_double_by_avx512(axes, x, y, n, pitch, cells, rows, from, invalid, pika__is_tile(axes),
                                        NULL, 0);
}

PIKA__TARGET_AVX512
PIKA__PRIV size_t pika__overlap_float_avx512(const pika__axis *axes, const float *x, const float *y, size_t n,
                                             uint32_t pitch, uint32_t *cells, uint64_t *invalid,
                                             const pika__behind *behind)
{
    return pika__cells_float_by_avx512(axes, x, y, n, pitch, cells, NULL, 0, invalid, 0, behind,
                                       behind->bytes != NULL);
}

PIKA__TARGET_AVX512
PIKA__PRIV size_t pika__overlap_double_avx512(const pika__axis *axes, const double *x, const double *y,
                                              size_t n, uint32_t pitch, uint32_t *cells, uint64_t *invalid,
                                              const pika__behind *behind)
{
    return pika__cells_double_by_avx512(axes, x, y, n, pitch, cells, NULL, 0, invalid, 0, behind,
                                        behind->bytes != NULL);
}

PIKA__TARGET_AVX512
PIKA__PRIV size_t pika__merge_avx512(uint32_t *cells, uint32_t *ends, size_t n)
{
    const __m512i count = _mm512_setr_epi32(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    size_t i = 0, runs = 0;
    for (; i + 17 <= n; i += 16) { /* what is stored past the runs lies before i + 16, and is read already */
        const __m512i cell = _mm512_loadu_si512((const void *)(cells + i));
        const __mmask16 last =
            _mm512_cmpneq_epi32_mask(cell, _mm512_loadu_si512((const void *)(cells + i + 1)));
        const __m512i end = _mm512_add_epi32(_mm512_set1_epi32((int)i), count);
        _mm512_storeu_si512((void *)(cells + runs), _mm512_maskz_compress_epi32(last, cell));
        _mm512_storeu_si512((void *)(ends + runs), _mm512_maskz_compress_epi32(last, end));
        runs += (size_t)_mm_popcnt_u32(last);
    }
    _mm256_zeroupper();
    return pika__merge_from(cells, ends, n, i, runs);
}

PIKA__TARGET_AVX512
PIKA__PRIV size_t pika__join_avx512(uint32_t *cells, const uint32_t *rows, size_t n, uint32_t pitch,
                                    uint64_t *invalid)
{
    const __m512i step = _mm512_set1_epi32((int)pitch), outside = _mm512_set1_epi32(-2);
    const __m512i all = _mm512_set1_epi32(-1);
    size_t i = 0, inside = 0;
    for (; i + 16 <= n; i += 16) {
        const __m512i x = _mm512_loadu_si512((const void *)(cells + i));
        const __m512i y = _mm512_loadu_si512((const void *)(rows + i));
        const __m512i larger = _mm512_max_epu32(x, y);
        const __mmask16 mark = _mm512_cmp_epu32_mask(larger, outside, _MM_CMPINT_NLT);
        const __m512i cell = _mm512_add_epi32(_mm512_mullo_epi32(y, step), x);
        inside += 16;
        if (mark != 0) { /* whole vectors inside are the rule */
            inside -= (size_t)_mm_popcnt_u32(mark);
            *invalid += (uint64_t)_mm_popcnt_u32(_mm512_cmpeq_epi32_mask(larger, all));
        }
        _mm512_storeu_si512((void *)(cells + i), _mm512_mask_mov_epi32(cell, mark, larger));
    }
    _mm256_zeroupper();
    return inside + pika__join_scalar(cells + i, rows + i, n - i, pitch, invalid);
}
#endif

#ifdef PIKA__HAVE_NEON
PIKA__FORCED uint32x4_t pika__cell_neon(const pika__axis *axis, int32x4_t whole, uint32x4_t *in)
{
    const int32x4_t cell = vsubq_s32(vminq_s32(whole, vdupq_n_s32(axis->last)), vdupq_n_s32(axis->first));
    const uint32x4_t width = vdupq_n_u32((uint32_t)axis->width);
    *in =
        vandq_u32(*in, vcltq_u32(vreinterpretq_u32_s32(cell), width)); /* NaN converts to 0, but is not in */
    return vreinterpretq_u32_s32(cell);
}

PIKA__FORCED uint32x4_t pika__cells4_float_neon(const pika__axis *axis, float32x4_t v, uint32x4_t *in)
{
    const float32x4_t lo = vdupq_n_f32(axis->lo32);
    *in = vandq_u32(vcgeq_f32(v, lo), vcleq_f32(v, vdupq_n_f32(axis->hi32)));
    return pika__cell_neon(axis, vcvtq_s32_f32(vmulq_f32(vsubq_f32(v, lo), vdupq_n_f32(axis->s32))), in);
}

PIKA__FORCED uint32x4_t pika__nans4_float_neon(float32x4_t v)
{
    return vcgtq_u32(vandq_u32(vreinterpretq_u32_f32(v), vdupq_n_u32(0x7FFFFFFFu)), vdupq_n_u32(0x7F800000u));
}

PIKA__FORCED uint32x4_t pika__cells4_double_neon(const pika__axis *axis, float64x2_t u, float64x2_t v,
                                                 uint32x4_t *in)
{
    const float64x2_t lo = vdupq_n_f64(axis->lo), hi = vdupq_n_f64(axis->hi), s = vdupq_n_f64(axis->s);
    const uint64x2_t in_u = vandq_u64(vcgeq_f64(u, lo), vcleq_f64(u, hi));
    const uint64x2_t in_v = vandq_u64(vcgeq_f64(v, lo), vcleq_f64(v, hi));
    const int32x4_t whole = vcombine_s32(vqmovn_s64(vcvtq_s64_f64(vmulq_f64(vsubq_f64(u, lo), s))),
                                         vqmovn_s64(vcvtq_s64_f64(vmulq_f64(vsubq_f64(v, lo), s))));
    *in = vcombine_u32(vmovn_u64(in_u), vmovn_u64(in_v));
    return pika__cell_neon(axis, whole, in);
}

PIKA__FORCED uint32x4_t pika__nans4_double_neon(float64x2_t u, float64x2_t v)
{
    const uint64x2_t magnitude = vdupq_n_u64(~PIKA__SIGN64), infinity = vdupq_n_u64(PIKA__INF64);
    return vcombine_u32(vmovn_u64(vcgtq_u64(vandq_u64(vreinterpretq_u64_f64(u), magnitude), infinity)),
                        vmovn_u64(vcgtq_u64(vandq_u64(vreinterpretq_u64_f64(v), magnitude), infinity)));
}

PIKA__FORCED void pika__store_marked_neon(uint32_t *cells, uint32x4_t cell, uint32x4_t in, uint32x4_t nan)
{
    vst1q_u32(cells, vorrq_u32(vbslq_u32(in, cell, vdupq_n_u32(PIKA__OUTSIDE)), nan));
}

PIKA__PRIV void pika__map_float_neon(const pika__axis *axis, const float *v, size_t n, uint32_t *cells)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const float32x4_t value = vld1q_f32(v + i);
        uint32x4_t in;
        const uint32x4_t cell = pika__cells4_float_neon(axis, value, &in);
        pika__store_marked_neon(cells + i, cell, in, pika__nans4_float_neon(value));
    }
    for (; i < n; i++) cells[i] = pika__cell_float(axis, v[i]);
}

PIKA__PRIV void pika__map_double_neon(const pika__axis *axis, const double *v, size_t n, uint32_t *cells)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const float64x2_t value = vld1q_f64(v + i), next = vld1q_f64(v + i + 2);
        uint32x4_t in;
        const uint32x4_t cell = pika__cells4_double_neon(axis, value, next, &in);
        pika__store_marked_neon(cells + i, cell, in, pika__nans4_double_neon(value, next));
    }
    for (; i < n; i++) cells[i] = pika__cell_double(axis, v[i]);
}

/* y * pitch + x of four rows, those whose lanes are inside appended. nan: of either axis. */
PIKA__FORCED size_t pika__join4_neon(uint32x4_t x, uint32x4_t y, uint32x4_t in, uint32x4_t nan,
                                     uint32_t pitch, uint32_t *cells, uint32_t *rows, size_t kept,
                                     uint32_t from, uint64_t *invalid)
{
    static const uint32_t bit[4] = {1, 2, 4, 8};
    const uint32x4_t cell = vmlaq_u32(x, y, vdupq_n_u32(pitch));
    const uint32_t bits = vaddvq_u32(vandq_u32(in, vld1q_u32(bit)));
    uint32_t lanes[4];
    if (bits == 15 && rows == NULL) {
        vst1q_u32(cells + kept, cell);
        return kept + 4;
    }
    *invalid += vaddvq_u32(vshrq_n_u32(nan, 31));
    vst1q_u32(lanes, cell);
    return pika__append4(cells, rows, kept, lanes, from, bits);
}

PIKA__PRIV size_t pika__cells_float_neon(const pika__axis *axes, const float *x, const float *y, size_t n,
                                         uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                         uint64_t *invalid)
{
    size_t i = 0, kept = 0;
    for (; i + 4 <= n; i += 4) {
        const float32x4_t vx = vld1q_f32(x + i), vy = vld1q_f32(y + i);
        const uint32x4_t nan = vorrq_u32(pika__nans4_float_neon(vx), pika__nans4_float_neon(vy));
        uint32x4_t in_x, in_y;
        const uint32x4_t cx = pika__cells4_float_neon(&axes[0], vx, &in_x);
        const uint32x4_t cy = pika__cells4_float_neon(&axes[1], vy, &in_y);
        kept = pika__join4_neon(cx, cy, vandq_u32(in_x, in_y), nan, pitch, cells, rows, kept,
                                from + (uint32_t)i, invalid);
    }
    return kept + pika__cells_float_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                           rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}

PIKA__PRIV size_t pika__cells_double_neon(const pika__axis *axes, const double *x, const double *y, size_t n,
                                          uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                          uint64_t *invalid)
{
    size_t i = 0, kept = 0;
    for (; i + 4 <= n; i += 4) {
        const float64x2_t ux = vld1q_f64(x + i), vx = vld1q_f64(x + i + 2);
        const float64x2_t uy = vld1q_f64(y + i), vy = vld1q_f64(y + i + 2);
        const uint32x4_t nan = vorrq_u32(pika__nans4_double_neon(ux, vx), pika__nans4_double_neon(uy, vy));
        uint32x4_t in_x, in_y;
        const uint32x4_t cx = pika__cells4_double_neon(&axes[0], ux, vx, &in_x);
        const uint32x4_t cy = pika__cells4_double_neon(&axes[1], uy, vy, &in_y);
        kept = pika__join4_neon(cx, cy, vandq_u32(in_x, in_y), nan, pitch, cells, rows, kept,
                                from + (uint32_t)i, invalid);
    }
    return kept + pika__cells_double_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                            rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}

PIKA__PRIV size_t pika__join_neon(uint32_t *cells, const uint32_t *rows, size_t n, uint32_t pitch,
                                  uint64_t *invalid)
{
    const uint32x4_t step = vdupq_n_u32(pitch), outside = vdupq_n_u32(PIKA__OUTSIDE);
    const uint32x4_t all = vdupq_n_u32(PIKA__INVALID);
    uint32x4_t marked = vdupq_n_u32(0), bad = vdupq_n_u32(0);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const uint32x4_t x = vld1q_u32(cells + i), y = vld1q_u32(rows + i), larger = vmaxq_u32(x, y);
        const uint32x4_t mark = vcgeq_u32(larger, outside);
        marked = vsubq_u32(marked, mark);
        bad = vsubq_u32(bad, vceqq_u32(larger, all));
        vst1q_u32(cells + i, vbslq_u32(mark, larger, vmlaq_u32(x, y, step)));
    }
    *invalid += vaddvq_u32(bad);
    return i - vaddvq_u32(marked) + pika__join_scalar(cells + i, rows + i, n - i, pitch, invalid);
}
#endif

#ifdef PIKA__HAVE_WASM128
PIKA__FORCED v128_t pika__cell_wasm128(const pika__axis *axis, v128_t whole, v128_t *in)
{
    const v128_t inner = wasm_i32x4_min(whole, wasm_i32x4_splat(axis->last));
    const v128_t cell = wasm_i32x4_sub(inner, wasm_i32x4_splat(axis->first));
    *in = wasm_v128_and(*in, wasm_u32x4_lt(cell, wasm_i32x4_splat(axis->width)));
    return cell;
}

PIKA__FORCED v128_t pika__cells4_float_wasm128(const pika__axis *axis, v128_t v, v128_t *in)
{
    const v128_t lo = wasm_f32x4_splat(axis->lo32), s = wasm_f32x4_splat(axis->s32);
    *in = wasm_v128_and(wasm_f32x4_ge(v, lo), wasm_f32x4_le(v, wasm_f32x4_splat(axis->hi32)));
    return pika__cell_wasm128(axis, wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_mul(wasm_f32x4_sub(v, lo), s)), in);
}

PIKA__FORCED v128_t pika__nans4_float_wasm128(v128_t v)
{
    return wasm_i32x4_gt(wasm_v128_and(v, wasm_i32x4_splat(0x7FFFFFFF)), wasm_i32x4_splat(0x7F800000));
}

PIKA__FORCED v128_t pika__cells4_double_wasm128(const pika__axis *axis, v128_t u, v128_t v, v128_t *in)
{
    const v128_t lo = wasm_f64x2_splat(axis->lo), hi = wasm_f64x2_splat(axis->hi);
    const v128_t s = wasm_f64x2_splat(axis->s);
    const v128_t in_u = wasm_v128_and(wasm_f64x2_ge(u, lo), wasm_f64x2_le(u, hi));
    const v128_t in_v = wasm_v128_and(wasm_f64x2_ge(v, lo), wasm_f64x2_le(v, hi));
    const v128_t whole_u = wasm_i32x4_trunc_sat_f64x2_zero(wasm_f64x2_mul(wasm_f64x2_sub(u, lo), s));
    const v128_t whole_v = wasm_i32x4_trunc_sat_f64x2_zero(wasm_f64x2_mul(wasm_f64x2_sub(v, lo), s));
    *in = wasm_i32x4_shuffle(in_u, in_v, 0, 2, 4, 6);
    return pika__cell_wasm128(axis, wasm_i32x4_shuffle(whole_u, whole_v, 0, 1, 4, 5), in);
}

PIKA__FORCED v128_t pika__nans4_double_wasm128(v128_t u, v128_t v)
{
    const v128_t magnitude = wasm_i64x2_splat((int64_t)~PIKA__SIGN64);
    const v128_t infinity = wasm_i64x2_splat((int64_t)PIKA__INF64);
    return wasm_i32x4_shuffle(wasm_i64x2_gt(wasm_v128_and(u, magnitude), infinity),
                              wasm_i64x2_gt(wasm_v128_and(v, magnitude), infinity), 0, 2, 4, 6);
}

PIKA__FORCED void pika__store_marked_wasm128(uint32_t *cells, v128_t cell, v128_t in, v128_t nan)
{
    wasm_v128_store(cells, wasm_v128_or(wasm_v128_bitselect(cell, wasm_i32x4_splat(-2), in), nan));
}

PIKA__PRIV void pika__map_float_wasm128(const pika__axis *axis, const float *v, size_t n, uint32_t *cells)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const v128_t value = wasm_v128_load(v + i);
        v128_t in;
        const v128_t cell = pika__cells4_float_wasm128(axis, value, &in);
        pika__store_marked_wasm128(cells + i, cell, in, pika__nans4_float_wasm128(value));
    }
    for (; i < n; i++) cells[i] = pika__cell_float(axis, v[i]);
}

PIKA__PRIV void pika__map_double_wasm128(const pika__axis *axis, const double *v, size_t n, uint32_t *cells)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const v128_t value = wasm_v128_load(v + i), next = wasm_v128_load(v + i + 2);
        v128_t in;
        const v128_t cell = pika__cells4_double_wasm128(axis, value, next, &in);
        pika__store_marked_wasm128(cells + i, cell, in, pika__nans4_double_wasm128(value, next));
    }
    for (; i < n; i++) cells[i] = pika__cell_double(axis, v[i]);
}

/* y * pitch + x of four rows, those whose lanes are inside appended. nan: of either axis. */
PIKA__FORCED size_t pika__join4_wasm128(v128_t x, v128_t y, v128_t in, v128_t nan, uint32_t pitch,
                                        uint32_t *cells, uint32_t *rows, size_t kept, uint32_t from,
                                        uint64_t *invalid)
{
    const v128_t cell = wasm_i32x4_add(x, wasm_i32x4_mul(y, wasm_i32x4_splat((int32_t)pitch)));
    const unsigned bits = (unsigned)wasm_i32x4_bitmask(in);
    unsigned bad;
    uint32_t lanes[4];
    if (bits == 15 && rows == NULL) {
        wasm_v128_store(cells + kept, cell);
        return kept + 4;
    }
    for (bad = (unsigned)wasm_i32x4_bitmask(nan); bad != 0; bad &= bad - 1) ++*invalid;
    wasm_v128_store(lanes, cell);
    return pika__append4(cells, rows, kept, lanes, from, bits);
}

PIKA__PRIV size_t pika__cells_float_wasm128(const pika__axis *axes, const float *x, const float *y, size_t n,
                                            uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                            uint64_t *invalid)
{
    size_t i = 0, kept = 0;
    for (; i + 4 <= n; i += 4) {
        const v128_t vx = wasm_v128_load(x + i), vy = wasm_v128_load(y + i);
        const v128_t nan = wasm_v128_or(pika__nans4_float_wasm128(vx), pika__nans4_float_wasm128(vy));
        v128_t in_x, in_y;
        const v128_t cx = pika__cells4_float_wasm128(&axes[0], vx, &in_x);
        const v128_t cy = pika__cells4_float_wasm128(&axes[1], vy, &in_y);
        kept = pika__join4_wasm128(cx, cy, wasm_v128_and(in_x, in_y), nan, pitch, cells, rows, kept,
                                   from + (uint32_t)i, invalid);
    }
    return kept + pika__cells_float_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                           rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}

PIKA__PRIV size_t pika__cells_double_wasm128(const pika__axis *axes, const double *x, const double *y,
                                             size_t n, uint32_t pitch, uint32_t *cells, uint32_t *rows,
                                             uint32_t from, uint64_t *invalid)
{
    size_t i = 0, kept = 0;
    for (; i + 4 <= n; i += 4) {
        const v128_t ux = wasm_v128_load(x + i), vx = wasm_v128_load(x + i + 2);
        const v128_t uy = wasm_v128_load(y + i), vy = wasm_v128_load(y + i + 2);
        const v128_t nan =
            wasm_v128_or(pika__nans4_double_wasm128(ux, vx), pika__nans4_double_wasm128(uy, vy));
        v128_t in_x, in_y;
        const v128_t cx = pika__cells4_double_wasm128(&axes[0], ux, vx, &in_x);
        const v128_t cy = pika__cells4_double_wasm128(&axes[1], uy, vy, &in_y);
        kept = pika__join4_wasm128(cx, cy, wasm_v128_and(in_x, in_y), nan, pitch, cells, rows, kept,
                                   from + (uint32_t)i, invalid);
    }
    return kept + pika__cells_double_scalar(axes, x + i, y + i, n - i, pitch, cells + kept,
                                            rows == NULL ? NULL : rows + kept, from + (uint32_t)i, invalid);
}
#endif

typedef size_t pika__cells_float_fn(const pika__axis *axes, const float *x, const float *y, size_t n,
                                    uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                    uint64_t *invalid);
typedef size_t pika__cells_double_fn(const pika__axis *axes, const double *x, const double *y, size_t n,
                                     uint32_t pitch, uint32_t *cells, uint32_t *rows, uint32_t from,
                                     uint64_t *invalid);

typedef struct pika__kernels {
    pika__cells_float_fn *cells_float;   /* both axes of one class, packed: the fast way */
    pika__cells_double_fn *cells_double; /* axes of mixed classes, nulls and categories go one at a time: */
    void (*map_float)(const pika__axis *axis, const float *v, size_t n, uint32_t *cells);
    void (*map_double)(const pika__axis *axis, const double *v, size_t n, uint32_t *cells);
    size_t (*join)(uint32_t *cells, const uint32_t *rows, size_t n, uint32_t pitch, uint64_t *invalid);
    size_t (*merge)(uint32_t *cells, uint32_t *ends, size_t n);
    /* n a multiple of 16; a whole picture, not a tile; NULL where the CPU gains nothing */
    size_t (*overlap_float)(const pika__axis *axes, const float *x, const float *y, size_t n, uint32_t pitch,
                            uint32_t *cells, uint64_t *invalid, const pika__behind *behind);
    size_t (*overlap_double)(const pika__axis *axes, const double *x, const double *y, size_t n,
                             uint32_t pitch, uint32_t *cells, uint64_t *invalid, const pika__behind *behind);
} pika__kernels;

/* isa: one that pika__isa_runs. A constant table and an index: nothing to race for. */
PIKA__PRIV const pika__kernels *pika__kernels_of(int isa)
{
    static const pika__kernels scalar = {pika__cells_float_scalar,
                                         pika__cells_double_scalar,
                                         pika__map_float_scalar,
                                         pika__map_double_scalar,
                                         pika__join_scalar,
                                         pika__merge_scalar,
                                         NULL,
                                         NULL};
#ifdef PIKA__HAVE_SSE2
    static const pika__kernels sse2 = {pika__cells_float_sse2,
                                       pika__cells_double_sse2,
                                       pika__map_float_sse2,
                                       pika__map_double_sse2,
                                       pika__join_scalar,
                                       pika__merge_scalar,
                                       NULL,
                                       NULL};
    if (isa == PIKA_ISA_SSE2) return &sse2;
#endif
#ifdef PIKA__HAVE_AVX2
    static const pika__kernels avx2 = {
        pika__cells_float_avx2, pika__cells_double_avx2, pika__map_float_avx2,     pika__map_double_avx2,
        pika__join_avx2,        pika__merge_scalar,      pika__overlap_float_avx2, pika__overlap_double_avx2};
    if (isa == PIKA_ISA_AVX2) return &avx2;
#endif
#ifdef PIKA__HAVE_AVX512
    static const pika__kernels avx512 = {pika__cells_float_avx512,   pika__cells_double_avx512,
                                         pika__map_float_avx512,     pika__map_double_avx512,
                                         pika__join_avx512,          pika__merge_avx512,
                                         pika__overlap_float_avx512, pika__overlap_double_avx512};
    if (isa == PIKA_ISA_AVX512) return &avx512;
#endif
#ifdef PIKA__HAVE_NEON
    static const pika__kernels neon = {pika__cells_float_neon,
                                       pika__cells_double_neon,
                                       pika__map_float_neon,
                                       pika__map_double_neon,
                                       pika__join_neon,
                                       pika__merge_scalar,
                                       NULL,
                                       NULL};
    if (isa == PIKA_ISA_NEON) return &neon;
#endif
#ifdef PIKA__HAVE_WASM128
    static const pika__kernels wasm128 = {pika__cells_float_wasm128,
                                          pika__cells_double_wasm128,
                                          pika__map_float_wasm128,
                                          pika__map_double_wasm128,
                                          pika__join_scalar,
                                          pika__merge_scalar,
                                          NULL,
                                          NULL};
    if (isa == PIKA_ISA_WASM128) return &wasm128;
#endif
    (void)isa;
    return &scalar;
}

/* ---- >>layout: planes in one block of memory ----------------------------------------------------------
   Owns the grid's memory: which stores the planes need, where each lies, and the edge tables behind them.
   Query, init and check are one function. Values start as NaN (empty), everything else as 0 or row -1. */
PIKA__PLAIN

/* clang-format off */
enum { /* stores, the index of pika_grid.planes */
    /* u32 */ PIKA__COUNTS, /* rows */ PIKA__PRESENT, /* rows with a value */
    /* double */ PIKA__SUMS, PIKA__MEANS, PIKA__M2, PIKA__MINS, PIKA__MAXS, PIKA__FIRSTS, PIKA__LASTS,
    /* int64_t */ PIKA__ARGMINS, PIKA__ARGMAXS, PIKA__FIRST_ROWS, PIKA__LAST_ROWS,
    /* u64, 2^-25 cell */ PIKA__COVERS, PIKA__WEIGHTS, /* the covers that have a value */
    PIKA__STORES
};
/* clang-format on */
typedef char pika__sa_stores[PIKA__STORES <= 16 ? 1 : -1];

#define PIKA__ALL_PLANES 0x1FFFu
#define PIKA__VALUE_PLANES 0x0FFCu /* sum .. argmax */

PIKA__PRIV unsigned pika__store_planes(int store, const pika_grid_desc *desc) /* the planes that need it */
{
    switch (store) {
    case PIKA__COUNTS: return PIKA__ALL_PLANES;
    case PIKA__PRESENT: return PIKA_MEAN | PIKA_VAR | PIKA_STD;
    case PIKA__SUMS: return PIKA_SUM | PIKA_MEAN;
    case PIKA__MEANS:
    case PIKA__M2: return PIKA_VAR | PIKA_STD;
    case PIKA__MINS: return PIKA_MIN | PIKA_ARGMIN;
    case PIKA__MAXS: return PIKA_MAX | PIKA_ARGMAX;
    case PIKA__FIRSTS: return PIKA_FIRST;
    case PIKA__LASTS: return PIKA_LAST;
    case PIKA__ARGMINS: return PIKA_ARGMIN;
    case PIKA__ARGMAXS: return PIKA_ARGMAX;
    case PIKA__FIRST_ROWS: return desc->categories > 1 ? (unsigned)PIKA_FIRST : 0; /* to read all together */
    case PIKA__LAST_ROWS: return desc->categories > 1 ? (unsigned)PIKA_LAST : 0;
    case PIKA__COVERS: return PIKA_COVERAGE;
    case PIKA__WEIGHTS: return (desc->planes & PIKA_MEAN) != 0 ? (unsigned)PIKA_COVERAGE : 0;
    default: return 0;
    }
}

PIKA__PRIV unsigned pika__planes(const pika_grid_desc *desc) { return desc->planes | (unsigned)PIKA_COUNT; }
PIKA__PRIV size_t pika__store_bytes(int store) /* of a cell */
{
    return store == PIKA__COUNTS || store == PIKA__PRESENT ? 4 : 8;
}

PIKA__PRIV size_t pika__cells_of(const pika_grid_desc *desc) /* of one category */
{
    return (size_t)desc->view.width * (size_t)desc->view.height;
}
PIKA__PRIV size_t pika__all_cells(const pika_grid_desc *desc)
{
    return pika__cells_of(desc) * (size_t)(desc->categories > 0 ? desc->categories : 1);
}

typedef struct pika__layout {
    size_t bytes, offset[PIKA__STORES], edges[2];
} pika__layout;

/* 0 = it does not fit the address space. desc has passed pika__check_desc but for that. */
PIKA__PRIV PIKA__COLD int pika__layout_init(pika__layout *layout, const pika_grid_desc *desc)
{
    size_t cells, bytes, at = 0;
    int store, axis;
    if (!pika__mul_size(pika__cells_of(desc), (size_t)(desc->categories > 0 ? desc->categories : 1), &cells))
        return 0;
    for (store = 0; store < PIKA__STORES; store++) {
        layout->offset[store] = (size_t)-1;
        if ((pika__store_planes(store, desc) & pika__planes(desc)) == 0) continue;
        layout->offset[store] = at;
        if (!pika__mul_size(cells, pika__store_bytes(store), &bytes) || !pika__add_size(bytes, 7, &bytes) ||
            !pika__add_size(at, bytes & ~(size_t)7, &at))
            return 0;
    }
    for (axis = 0; axis < 2; axis++) { /* always there, so that pika_grid_set_view can change the scale */
        layout->edges[axis] = at;
        if (!pika__add_size(at, ((size_t)pika__view_size(&desc->view, axis) + 1) * sizeof(double), &at))
            return 0;
    }
    layout->bytes = at;
    return 1;
}

PIKA__PRIV PIKA__COLD pika_result pika__check_desc(pika_ctx *ctx, const char *who, const pika_grid_desc *desc,
                                                   pika__layout *layout)
{
    pika_result result;
    if (desc == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "desc is NULL");
    if ((desc->planes & ~PIKA__ALL_PLANES) != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "planes is %, has an unknown bit", NULL,
                               (int64_t)desc->planes, 0);
    if (desc->categories < 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "categories is %, needs 0 or more", NULL,
                               desc->categories, 0);
    result = pika__check_view(ctx, who, &desc->view);
    if (result != PIKA_OK) return result;
    if ((uint64_t)pika__cells_of(desc) * (uint64_t)(desc->categories > 0 ? desc->categories : 1) >
            0xFFFFFFFEu ||
        !pika__layout_init(layout, desc))
        return pika__error_int(ctx, PIKA_ERR_SIZE, who,
                               "% cells in % categories are more than 2^32 - 2 or than memory", NULL,
                               (int64_t)pika__cells_of(desc), desc->categories);
    return PIKA_OK;
}

PIKA__PRIV void pika__clear(pika_grid *grid)
{
    const size_t cells = pika__all_cells(&grid->desc);
    int store;
    grid->total = grid->inside = grid->outside = grid->invalid = grid->no_value = grid->hits = 0;
    for (store = 0; store < PIKA__STORES; store++) {
        if (grid->planes[store] == NULL) continue;
        if (store >= PIKA__MINS && store <= PIKA__LASTS) {
            double *values = (double *)grid->planes[store];
            const double nan = pika__nan();
            size_t i;
            for (i = 0; i < cells; i++) memcpy(values + i, &nan, sizeof nan);
        } else if (store >= PIKA__ARGMINS && store <= PIKA__LAST_ROWS) {
            memset(grid->planes[store], 0xFF, cells * sizeof(int64_t));
        } else {
            memset(grid->planes[store], 0, cells * pika__store_bytes(store));
        }
    }
}

PIKA__PRIV void pika__update_edges(pika_grid *grid)
{
    int axis;
    for (axis = 0; axis < 2; axis++)
        if (pika__view_has_edges(&grid->desc.view, axis))
            pika__make_edges(&grid->desc.view, axis, grid->edges[axis]);
}

PIKA__PRIV void pika__grid_place(pika_grid *grid, const pika_grid_desc *desc, const pika__layout *layout,
                                 void *memory, int owned)
{
    const pika_grid_desc copy = *desc; /* it may be the grid's own */
    int store;
    memset(grid, 0, sizeof *grid);
    grid->ready = PIKA_VERSION;
    grid->owned = owned;
    grid->desc = copy;
    grid->desc.planes = pika__planes(&copy);
    grid->memory = memory;
    grid->bytes = layout->bytes;
    for (store = 0; store < PIKA__STORES; store++)
        if (layout->offset[store] != (size_t)-1)
            grid->planes[store] = (uint8_t *)memory + layout->offset[store];
    grid->edges[0] = (double *)(void *)((uint8_t *)memory + layout->edges[0]);
    grid->edges[1] = (double *)(void *)((uint8_t *)memory + layout->edges[1]);
    pika__clear(grid);
}

PIKA__PRIV int pika__grid_ready(const pika_grid *grid) { return grid != NULL && grid->ready == PIKA_VERSION; }

PIKA__PRIV PIKA__COLD pika_result pika__check_grid(pika_ctx *ctx, const char *who, const pika_grid *grid)
{
    const pika_result result = pika__check_ctx(ctx, who);
    if (result != PIKA_OK) return result;
    if (grid == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "grid is NULL");
    if (!pika__grid_ready(grid)) return pika__error_following(ctx, who, "grid is not initialised");
    return PIKA_OK;
}

/* The view's calls in a known floating-point environment: it computes hi - lo and edges. */
PIKA__PRIV PIKA__NOINLINE pika_result pika__grid_make(pika_ctx *ctx, const char *who, pika_grid *grid,
                                                      const pika_grid_desc *desc, void *memory, size_t bytes,
                                                      size_t *needed)
{
    pika__layout layout;
    pika_result result;
    const int owned = memory == NULL;
    memset(&layout, 0, sizeof layout);
    result = pika__check_desc(ctx, who, desc, &layout);
    if (result != PIKA_OK) return result;
    *needed = layout.bytes;
    if (grid == NULL) return PIKA_OK;
    if (owned) {
        memory = pika__alloc(ctx, layout.bytes);
        if (memory == NULL) return pika__no_memory(ctx, who, layout.bytes);
    } else if (bytes < layout.bytes) {
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "memory has % bytes, needs %", NULL, (int64_t)bytes,
                               (int64_t)layout.bytes);
    }
    pika__grid_place(grid, desc, &layout, memory, owned);
    pika__update_edges(grid);
    return PIKA_OK;
}

PIKA__PRIV pika_result pika__grid_open(pika_ctx *ctx, const char *who, pika_grid *grid,
                                       const pika_grid_desc *desc, void *memory, size_t bytes, size_t *needed)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    result = pika__grid_make(ctx, who, grid, desc, memory, bytes, needed);
    pika__float_leave(&saved);
    return result;
}

PIKA_API pika_result pika_grid_check(pika_ctx *ctx, const pika_grid_desc *desc)
{
    size_t needed;
    const pika_result result = pika__check_ctx(ctx, "pika_grid_check");
    if (result != PIKA_OK) return result;
    return pika__grid_open(ctx, "pika_grid_check", NULL, desc, NULL, 0, &needed);
}

PIKA_API pika_result pika_grid_alloc(pika_ctx *ctx, pika_grid *grid, const pika_grid_desc *desc)
{
    size_t needed;
    const pika_result result = pika__check_ctx(ctx, "pika_grid_alloc");
    pika_result made;
    if (result != PIKA_OK) return result;
    if (grid == NULL) return pika__error(ctx, PIKA_ERR_INVALID, "pika_grid_alloc", "grid is NULL");
    PIKA__ZONE_BEGIN(ctx, "pika_grid_alloc");
    made = pika__grid_open(ctx, "pika_grid_alloc", grid, desc, NULL, 0, &needed);
    PIKA__ZONE_END(ctx, made == PIKA_OK ? grid->bytes : 0, 0);
    return made;
}

PIKA_API size_t pika_grid_bytes(const pika_grid_desc *desc)
{
    size_t needed;
    return pika__grid_open(NULL, NULL, NULL, desc, NULL, 0, &needed) == PIKA_OK ? needed : 0;
}

PIKA_API pika_result pika_grid_init(pika_grid *grid, const pika_grid_desc *desc, void *memory, size_t bytes)
{
    size_t needed;
    if (grid == NULL || memory == NULL || ((uintptr_t)memory & 7) != 0) return PIKA_ERR_INVALID;
    return pika__grid_open(NULL, NULL, grid, desc, memory, bytes, &needed);
}

PIKA_API void pika_grid_free(pika_ctx *ctx, pika_grid *grid)
{
    if (grid == NULL) return;
    if (pika__grid_ready(grid) && grid->owned && pika__ctx_ready(ctx))
        pika__release(ctx, grid->memory, grid->bytes);
    memset(grid, 0, sizeof *grid);
}

PIKA_API void pika_grid_clear(pika_ctx *ctx, pika_grid *grid)
{
    if (pika__check_grid(ctx, "pika_grid_clear", grid) != PIKA_OK) return;
    PIKA__ZONE_BEGIN(ctx, "pika_grid_clear");
    pika__clear(grid);
    PIKA__ZONE_END(ctx, grid->bytes, 0);
}

PIKA__PRIV PIKA__COLD pika_result pika__grid_set_view(pika_ctx *ctx, pika_grid *grid, const pika_view *view)
{
    const char *who = "pika_grid_set_view";
    pika_result result = pika__check_grid(ctx, who, grid);
    if (result != PIKA_OK) return result;
    if (view == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "view is NULL");
    result = pika__check_view(ctx, who, view);
    if (result != PIKA_OK) return result;
    if (view->width != grid->desc.view.width || view->height != grid->desc.view.height)
        return pika__error_int(ctx, PIKA_ERR_MISMATCH, who, "view is % x % cells, not the grid's size", NULL,
                               view->width, view->height);
    grid->desc.view = *view;
    pika__update_edges(grid);
    pika__clear(grid);
    return PIKA_OK;
}

PIKA_API pika_result pika_grid_set_view(pika_ctx *ctx, pika_grid *grid, const pika_view *view)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_grid_set_view");
    result = pika__grid_set_view(ctx, grid, view);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? grid->bytes : 0, 0);
    pika__float_leave(&saved);
    return result;
}

PIKA_API const pika_grid_desc *pika_grid_get_desc(const pika_grid *grid)
{
    return pika__grid_ready(grid) ? &grid->desc : NULL;
}

PIKA_API const uint32_t *pika_grid_counts(const pika_grid *grid)
{
    return pika__grid_ready(grid) ? (const uint32_t *)grid->planes[PIKA__COUNTS] : NULL;
}
PIKA__PLAIN_END

/* ---- >>reduce: cells and values to planes -------------------------------------------------------------
   The second stage. It knows neither types nor axes: a list of cells, the rows they came from, and the values
   of those rows. Order within a cell is row order, always; the threads above it see to that. */

typedef struct pika__tally { /* of some rows; outside is the rest */
    uint64_t inside, invalid, no_value;
} pika__tally;

PIKA__PRIV void pika__tally_add(pika__tally *tally, const pika__tally *more)
{
    tally->inside += more->inside;
    tally->invalid += more->invalid;
    tally->no_value += more->no_value;
}

/* `rows` more, of points, vertices or marks. */
PIKA__PRIV void pika__grid_account(pika_grid *grid, uint64_t rows, const pika__tally *tally)
{
    grid->total += rows;
    grid->inside += tally->inside;
    grid->invalid += tally->invalid;
    grid->outside += rows - tally->inside - tally->invalid;
    grid->no_value += tally->no_value;
}

/* Do neighbours in the list mostly fall into one cell? One pair in sixteen is asked; 3 of 4 equal is where
   merging runs begins to pay. */
PIKA__PRIV int pika__is_coherent(const uint32_t *cells, size_t n)
{
    size_t i, equal = 0;
    for (i = 1; i < n; i += 16) equal += cells[i - 1] == cells[i];
    return equal * 16 * 4 > n * 3;
}

/* A macro, for the loop to be compiled once for whole blocks, where `step` is constant, and once for
   others. */
#define PIKA__WALK(cells, n, step, ahead, next, COUNT) \
    do { \
        size_t pika__k; \
        for (pika__k = 0; pika__k < (step); pika__k++) { \
            pika__read_ahead(ahead, (next) + 16 * pika__k); \
            PIKA__EIGHT((cells) + pika__k, step, COUNT); \
            PIKA__EIGHT((cells) + pika__k + 8 * (step), step, COUNT); \
        } \
        for (pika__k = 16 * (step); pika__k < (n); pika__k++) COUNT((cells)[pika__k]); \
    } while (0)
#define PIKA__WALKS(cells, n, ahead, next, COUNT) \
    if ((n) == PIKA__BLOCK) PIKA__WALK(cells, PIKA__BLOCK, (size_t)(PIKA__BLOCK / 16), ahead, next, COUNT); \
    else PIKA__WALK(cells, n, (n) / 16, ahead, next, COUNT)

/* Counts a list of cells, and reads ahead from row `next` on. rows: NULL, or as long as cells and free to
   use; then both are overwritten. */
PIKA__PRIV void pika__count(const pika__kernels *kernels, uint32_t *counts, uint32_t *cells, uint32_t *rows,
                            size_t n, const pika__ahead *ahead, size_t next)
{
    if (rows != NULL && n > 64 && pika__is_coherent(cells, n)) {
        const size_t runs = kernels->merge(cells, rows, n);
        uint32_t begin = 0;
        size_t k;
        for (k = 0; k < n / 16; k++) pika__read_ahead(ahead, next + 16 * k);
        for (k = 0; k < runs; k++) {
            counts[cells[k]] += rows[k] - begin;
            begin = rows[k];
        }
        return;
    }
#define PIKA__COUNT_WORD(cell) counts[cell]++
    PIKA__WALKS(cells, n, ahead, next, PIKA__COUNT_WORD);
#undef PIKA__COUNT_WORD
}

/* The same into bytes, modulo 256: whoever adds them up sees by their sum whether one wrapped. */
PIKA__PRIV void pika__count_bytes(uint8_t *bytes, const uint32_t *cells, size_t n, const pika__ahead *ahead,
                                  size_t next)
{
#define PIKA__COUNT_BYTE(cell) bytes[cell]++
    PIKA__WALKS(cells, n, ahead, next, PIKA__COUNT_BYTE);
#undef PIKA__COUNT_BYTE
}

/* And into bytes that carry: one that passes 255 leaves its cell in `carries`, worth 256. Returns n_carries.
   rows: as for pika__count. */
PIKA__PRIV size_t pika__carry_bytes(const pika__kernels *kernels, uint8_t *bytes, uint32_t *carries,
                                    size_t n_carries, uint32_t *cells, uint32_t *rows, size_t n,
                                    const pika__ahead *ahead, size_t next)
{
    if (n > 64 && pika__is_coherent(cells, n)) {
        const size_t runs = kernels->merge(cells, rows, n);
        uint32_t begin = 0;
        size_t k;
        for (k = 0; k < n / 16; k++) pika__read_ahead(ahead, next + 16 * k);
        for (k = 0; k < runs; k++) {
            uint32_t sum = bytes[cells[k]] + (rows[k] - begin);
            begin = rows[k];
            bytes[cells[k]] = pika__u8(sum);
            for (; sum > 255; sum -= 256) carries[n_carries++] = cells[k];
        }
        return n_carries;
    }
#define PIKA__CARRY_BYTE(cell) \
    if (++bytes[cell] == 0) carries[n_carries++] = cell
    PIKA__WALKS(cells, n, ahead, next, PIKA__CARRY_BYTE);
#undef PIKA__CARRY_BYTE
    return n_carries;
}

typedef struct pika__folded { /* of some bytes: what they add up to, and all their bits */
    uint64_t sum, seen;
} pika__folded;

#ifdef PIKA__HAVE_SSE2
PIKA__TARGET("sse2")
PIKA__FORCED void pika__add4_sse2(uint32_t *counts, __m128i four, int undo)
{
    __m128i *at = (__m128i *)(void *)counts;
    const __m128i old = _mm_loadu_si128(at);
    _mm_storeu_si128(at, undo ? _mm_sub_epi32(old, four) : _mm_add_epi32(old, four));
}

/* Whole sixteens of pika__fold_bytes; returns how far. */
PIKA__TARGET("sse2")
PIKA__FORCED size_t pika__fold_sse2(uint32_t *counts, const uint8_t *bytes, size_t n, int undo,
                                    pika__folded *folded)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i seen = zero, sum = zero;
    uint64_t pair[2];
    size_t x = 0;
    for (; x + 16 <= n; x += 16) {
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(bytes + x));
        const __m128i low = _mm_unpacklo_epi8(v, zero), high = _mm_unpackhi_epi8(v, zero);
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(v, zero)) == 0xFFFF) continue; /* most of most grids */
        seen = _mm_or_si128(seen, v);
        sum = _mm_add_epi64(sum, _mm_sad_epu8(v, zero));
        pika__add4_sse2(counts + x, _mm_unpacklo_epi16(low, zero), undo);
        pika__add4_sse2(counts + x + 4, _mm_unpackhi_epi16(low, zero), undo);
        pika__add4_sse2(counts + x + 8, _mm_unpacklo_epi16(high, zero), undo);
        pika__add4_sse2(counts + x + 12, _mm_unpackhi_epi16(high, zero), undo);
    }
    _mm_storeu_si128((__m128i *)(void *)pair, seen);
    folded->seen |= pair[0] | pair[1];
    _mm_storeu_si128((__m128i *)(void *)pair, sum);
    folded->sum += pair[0] + pair[1];
    return x;
}
#endif

/* counts += bytes; with undo counts -= bytes. */
PIKA__PRIV void pika__fold_bytes(uint32_t *counts, const uint8_t *bytes, size_t n, int undo,
                                 pika__folded *folded)
{
    size_t x = 0;
#ifdef PIKA__HAVE_SSE2
    x = undo ? pika__fold_sse2(counts, bytes, n, 1, folded) : pika__fold_sse2(counts, bytes, n, 0, folded);
#endif
    for (; x < n; x++) {
        if (bytes[x] == 0) continue;
        folded->seen |= bytes[x];
        folded->sum += bytes[x];
        counts[x] = undo ? counts[x] - bytes[x] : counts[x] + bytes[x];
    }
}

PIKA__PRIV void pika__fold_words(uint32_t *counts, const uint32_t *words, size_t n)
{
    size_t x = 0;
#ifdef PIKA__HAVE_SSE2
    for (; x + 4 <= n; x += 4)
        pika__add4_sse2(counts + x, _mm_loadu_si128((const __m128i *)(const void *)(words + x)), 0);
#endif
    for (; x < n; x++) counts[x] += words[x];
}

/* Stops before the row that would pass 2^32 - 1: 0, and the counts are as before. */
PIKA__PRIV int pika__count_checked(uint32_t *counts, const uint32_t *cells, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++) {
        if (counts[cells[i]] == 0xFFFFFFFFu) {
            while (i > 0) counts[cells[--i]]--;
            return 0;
        }
        counts[cells[i]]++;
    }
    return 1;
}

/* Each plane's loop over a block of rows that have a value; rows[i] + base is the row's index. */
PIKA__PRIV void pika__reduce_values(pika_grid *grid, const uint32_t *cells, const double *v,
                                    const uint32_t *rows, int64_t base, size_t n)
{
    uint32_t *present = (uint32_t *)grid->planes[PIKA__PRESENT];
    double *sums = (double *)grid->planes[PIKA__SUMS], *means = (double *)grid->planes[PIKA__MEANS];
    double *m2 = (double *)grid->planes[PIKA__M2];
    double *mins = (double *)grid->planes[PIKA__MINS], *maxs = (double *)grid->planes[PIKA__MAXS];
    double *firsts = (double *)grid->planes[PIKA__FIRSTS], *lasts = (double *)grid->planes[PIKA__LASTS];
    int64_t *argmins = (int64_t *)grid->planes[PIKA__ARGMINS],
            *argmaxs = (int64_t *)grid->planes[PIKA__ARGMAXS];
    int64_t *first_rows = (int64_t *)grid->planes[PIKA__FIRST_ROWS];
    int64_t *last_rows = (int64_t *)grid->planes[PIKA__LAST_ROWS];
    size_t i;
    if (sums != NULL)
        for (i = 0; i < n; i++) sums[cells[i]] += v[i];
    if (m2 != NULL) {
        for (i = 0; i < n; i++) { /* Welford's update, every operation rounded by itself */
            const uint32_t c = cells[i];
            const double d = v[i] - means[c];
            means[c] += d / (double)++present[c];
            m2[c] += pika__rounded(d * (v[i] - means[c]));
        }
    } else if (present != NULL) {
        for (i = 0; i < n; i++) present[cells[i]]++;
    }
    if (mins != NULL) {
        for (i = 0; i < n; i++) { /* an empty cell is NaN and compares false; + 0.0 makes -0 into +0 */
            const uint32_t c = cells[i];
            if (mins[c] <= v[i]) continue;
            mins[c] = v[i] + 0.0;
            if (argmins != NULL) argmins[c] = base + rows[i];
        }
    }
    if (maxs != NULL) {
        for (i = 0; i < n; i++) {
            const uint32_t c = cells[i];
            if (maxs[c] >= v[i]) continue;
            maxs[c] = v[i] + 0.0;
            if (argmaxs != NULL) argmaxs[c] = base + rows[i];
        }
    }
    if (firsts != NULL) {
        for (i = 0; i < n; i++) {
            const uint32_t c = cells[i];
            if (!pika__is_nan(firsts[c])) continue;
            firsts[c] = v[i];
            if (first_rows != NULL) first_rows[c] = base + rows[i];
        }
    }
    if (lasts != NULL) {
        for (i = 0; i < n; i++) {
            lasts[cells[i]] = v[i];
            if (last_rows != NULL) last_rows[cells[i]] = base + rows[i];
        }
    }
}

/* floats to doubles; returns whether one is NaN */
PIKA__PRIV int pika__double_floats(const float *v, size_t n, double *out)
{
    size_t i = 0;
    int nan = 0;
#ifdef PIKA__HAVE_SSE2
    __m128i nans = _mm_setzero_si128();
    for (; i + 4 <= n; i += 4) {
        const __m128 four = _mm_loadu_ps(v + i);
        nans = _mm_or_si128(nans, pika__nans4_float_sse2(four));
        _mm_storeu_pd(out + i, _mm_cvtps_pd(four));
        _mm_storeu_pd(out + i + 2, _mm_cvtps_pd(_mm_movehl_ps(four, four)));
    }
    nan = _mm_movemask_epi8(nans) != 0;
#endif
    for (; i < n; i++) {
        out[i] = (double)v[i];
        nan |= (pika__bits32(v[i]) & 0x7FFFFFFFu) > 0x7F800000u;
    }
    return nan;
}

PIKA__PRIV int pika__has_nan(const double *v, size_t n)
{
    uint64_t highest = 0;
    size_t i;
    for (i = 0; i < n; i++) {
        const uint64_t magnitude = pika__bits64(v[i]) & ~PIKA__SIGN64;
        highest = magnitude > highest ? magnitude : highest;
    }
    return highest > PIKA__INF64;
}

/* Drops what has no value, NaN; rows may be NULL. Returns how many are left. */
PIKA__PRIV size_t pika__drop_nan(uint32_t *cells, uint32_t *rows, double *v, size_t n)
{
    size_t i, kept = 0;
    for (i = 0; i < n; i++) {
        const double value = v[i];
        cells[kept] = cells[i];
        if (rows != NULL) rows[kept] = rows[i];
        v[kept] = value;
        kept += (size_t)!pika__is_nan(value);
    }
    return kept;
}

PIKA__PRIV void pika__null_values(const pika_column *value, size_t first, const uint32_t *rows, size_t n,
                                  double *v)
{
    size_t i;
    if (value->valid == NULL) return;
    for (i = 0; i < n; i++)
        if (!pika__is_valid(value, first + rows[i])) v[i] = pika__nan();
}

/* The values of a list of rows to the value planes. cells, rows: of rows inside; both are overwritten.
   `first` is the row that rows[] count from, base its index in the grid. */
PIKA__PRIV PIKA__NOINLINE void pika__reduce(pika_grid *grid, const pika_column *value, uint32_t *cells,
                                            uint32_t *rows, size_t first, int64_t base, size_t n,
                                            pika__tally *tally)
{
    double v[PIKA__LOAD_BLOCK];
    size_t at;
    for (at = 0; at < n; at += PIKA__LOAD_BLOCK) {
        const size_t length = pika__min_size(n - at, PIKA__LOAD_BLOCK);
        uint32_t *c = cells + at, *r = rows + at;
        const int gapless = r[length - 1] - r[0] == length - 1 && value->valid == NULL; /* rows rise */
        const uint8_t *data = pika__row(value, first + r[0]);
        const int in_place = gapless && pika__is_packed(value, data);
        size_t kept = length;
        int nan;
        if (in_place && value->type == PIKA_F32) {
            nan = pika__double_floats((const float *)(const void *)data, length, v);
        } else if (in_place && value->type == PIKA_F64 &&
                   !pika__has_nan((const double *)(const void *)data, length)) {
            pika__reduce_values(grid, c, (const double *)(const void *)data, r, base, length);
            continue;
        } else {
            pika__load_doubles(value, 0, gapless ? first + r[0] : first, gapless ? NULL : r, length, v);
            pika__null_values(value, first, r, length, v);
            nan = pika__has_nan(v, length);
        }
        if (nan) kept = pika__drop_nan(c, r, v, length);
        tally->no_value += length - kept;
        pika__reduce_values(grid, c, v, r, base, kept);
    }
}

/* ---- >>map: columns to cells of the grid, a block at a time --------------------------------------------
   The first stage: types, strides, validity and instruction sets end here; what goes on is a list of the
   cells of the rows inside, and where those rows stood. */

typedef struct pika__job { /* one call of pika_add_points: read-only once made */
    pika_grid *grid;
    const pika_points *points;
    const pika__kernels *kernels;
    pika__axis axes[2];
    int pairs;           /* both axes at once: PIKA__RULE_FLOAT or _DOUBLE; else PIKA__RULE_EDGES */
    int packed;          /* and both columns are arrays of float */
    uint32_t categories; /* 0 = none */
    uint32_t pitch;      /* cells from row to row: the width, or more in a task's own grid */
    size_t cells;        /* from category to category */
    int has_values;      /* the grid has a value plane */
    int64_t base;        /* the index of the points' row 0 in the grid */
    pika__ahead ahead;
} pika__job;

PIKA__PRIV int pika__pairs_of(const pika__job *job)
{
    const pika_points *points = job->points;
    const int rule = job->axes[0].rule;
    if (rule != job->axes[1].rule || job->categories > 0) return PIKA__RULE_EDGES;
    return points->x.valid == NULL && points->y.valid == NULL ? rule : PIKA__RULE_EDGES;
}

PIKA__PRIV void pika__mark_nulls(const pika_column *column, size_t first, size_t n, uint32_t *cells)
{
    size_t i;
    if (column->valid == NULL) return;
    for (i = 0; i < n; i++)
        if (!pika__is_valid(column, first + i)) cells[i] = PIKA__INVALID;
}

/* n rows as floats: where they lie if they are packed, else loaded into block. n <= PIKA__LOAD_BLOCK */
PIKA__PRIV const float *pika__floats(const pika_column *column, size_t first, size_t n, float *block)
{
    const uint8_t *data = pika__row(column, first);
    if (column->type == PIKA_F32 && pika__is_packed(column, data)) return (const float *)(const void *)data;
    pika__load_floats(column, first, NULL, n, block);
    return block;
}

/* n <= PIKA__WIDE_BLOCK */
PIKA__PRIV const double *pika__doubles(const pika_column *column, int64_t origin, size_t first, size_t n,
                                       double *block)
{
    const uint8_t *data = pika__row(column, first);
    if (column->type == PIKA_F64 && pika__is_packed(column, data)) return (const double *)(const void *)data;
    pika__load_doubles(column, origin, first, NULL, n, block);
    return block;
}

PIKA__PRIV PIKA__NOINLINE size_t pika__map_pairs_float(const pika__job *job, size_t first, size_t n,
                                                       uint32_t *cells, uint32_t *rows, uint32_t from,
                                                       uint64_t *invalid, pika__behind *behind)
{
    const pika_column *x = &job->points->x, *y = &job->points->y;
    float block_x[PIKA__LOAD_BLOCK], block_y[PIKA__LOAD_BLOCK];
    size_t at, kept = 0;
    for (at = 0; at < n; at += PIKA__LOAD_BLOCK) {
        const size_t length = pika__min_size(n - at, PIKA__LOAD_BLOCK);
        const float *at_x = block_x, *at_y = block_y;
        if (!pika__split_floats(x, y, first + at, length, block_x, block_y)) {
            at_x = pika__floats(x, first + at, length, block_x);
            at_y = pika__floats(y, first + at, length, block_y);
        }
        if (behind != NULL) {
            behind->done = at;
            behind->row = first + at + PIKA__AHEAD;
            kept += job->kernels->overlap_float(job->axes, at_x, at_y, length, job->pitch, cells + kept,
                                                invalid, behind);
            continue;
        }
        kept += job->kernels->cells_float(job->axes, at_x, at_y, length, job->pitch, cells + kept,
                                          rows == NULL ? NULL : rows + kept, from + (uint32_t)at, invalid);
    }
    return kept;
}

PIKA__PRIV PIKA__NOINLINE size_t pika__map_pairs_double(const pika__job *job, size_t first, size_t n,
                                                        uint32_t *cells, uint32_t *rows, uint32_t from,
                                                        uint64_t *invalid, pika__behind *behind)
{
    double block_x[PIKA__WIDE_BLOCK], block_y[PIKA__WIDE_BLOCK];
    size_t at, kept = 0;
    for (at = 0; at < n; at += PIKA__WIDE_BLOCK) {
        const size_t length = pika__min_size(n - at, PIKA__WIDE_BLOCK);
        const double *x = pika__doubles(&job->points->x, job->axes[0].origin, first + at, length, block_x);
        const double *y = pika__doubles(&job->points->y, job->axes[1].origin, first + at, length, block_y);
        if (behind != NULL) {
            behind->done = at;
            behind->row = first + at + PIKA__AHEAD;
            kept += job->kernels->overlap_double(job->axes, x, y, length, job->pitch, cells + kept, invalid,
                                                 behind);
            continue;
        }
        kept += job->kernels->cells_double(job->axes, x, y, length, job->pitch, cells + kept,
                                           rows == NULL ? NULL : rows + kept, from + (uint32_t)at, invalid);
    }
    return kept;
}

PIKA__PRIV PIKA__NOINLINE void pika__map_floats(const pika__job *job, int axis, size_t first, size_t n,
                                                uint32_t *cells)
{
    const pika_column *column = axis == 0 ? &job->points->x : &job->points->y;
    float block[PIKA__LOAD_BLOCK];
    size_t at;
    for (at = 0; at < n; at += PIKA__LOAD_BLOCK) {
        const size_t length = pika__min_size(n - at, PIKA__LOAD_BLOCK);
        job->kernels->map_float(&job->axes[axis], pika__floats(column, first + at, length, block), length,
                                cells + at);
    }
}

PIKA__PRIV PIKA__NOINLINE void pika__map_doubles(const pika__job *job, int axis, size_t first, size_t n,
                                                 uint32_t *cells)
{
    const pika_column *column = axis == 0 ? &job->points->x : &job->points->y;
    const pika__axis *rule = &job->axes[axis];
    double block[PIKA__WIDE_BLOCK];
    size_t at;
    for (at = 0; at < n; at += PIKA__WIDE_BLOCK) {
        const size_t length = pika__min_size(n - at, PIKA__WIDE_BLOCK);
        const double *v = pika__doubles(column, rule->origin, first + at, length, block);
        if (rule->rule == PIKA__RULE_EDGES) pika__map_edges(rule, v, length, cells + at);
        else job->kernels->map_double(rule, v, length, cells + at);
    }
}

PIKA__PRIV void pika__map_axis(const pika__job *job, int axis, size_t first, size_t n, uint32_t *cells)
{
    if (job->axes[axis].rule == PIKA__RULE_FLOAT) pika__map_floats(job, axis, first, n, cells);
    else pika__map_doubles(job, axis, first, n, cells);
    pika__mark_nulls(axis == 0 ? &job->points->x : &job->points->y, first, n, cells);
}

/* Cells from category to category; adds the invalid rows to *invalid. categories: n, overwritten. */
PIKA__PRIV size_t pika__map_categories(const pika__job *job, size_t first, size_t n, uint32_t *cells,
                                       uint32_t *categories, uint64_t *invalid)
{
    const pika_column *column = &job->points->category;
    size_t i, inside = 0, bad = 0;
    pika__load_below(column, first, n, job->categories, PIKA__INVALID, categories);
    pika__mark_nulls(column, first, n, categories);
    for (i = 0; i < n; i++) {
        if (categories[i] == PIKA__INVALID) cells[i] = PIKA__INVALID;
        else if (cells[i] < PIKA__OUTSIDE) cells[i] += (uint32_t)(categories[i] * job->cells);
        inside += cells[i] < PIKA__OUTSIDE;
        bad += cells[i] == PIKA__INVALID;
    }
    *invalid = bad;
    return inside;
}

PIKA__PRIV int pika__can_overlap(const pika__job *job)
{
    return job->pairs != PIKA__RULE_EDGES && job->kernels->overlap_float != NULL && !pika__is_tile(job->axes);
}

/* The cells of a block of PIKA__BLOCK rows, as of pika__map, while the block before is counted. */
PIKA__PRIV size_t pika__map_overlap(const pika__job *job, size_t first, uint32_t *cells, pika__behind *behind,
                                    pika__tally *tally)
{
    uint64_t invalid = 0;
    size_t kept;
    behind->done = 0;
    behind->ahead = &job->ahead;
    behind->row = first + PIKA__AHEAD;
    if (job->packed)
        kept = job->kernels->overlap_float(job->axes,
                                           (const float *)(const void *)pika__row(&job->points->x, first),
                                           (const float *)(const void *)pika__row(&job->points->y, first),
                                           PIKA__BLOCK, job->pitch, cells, &invalid, behind);
    else if (job->pairs == PIKA__RULE_FLOAT)
        kept = pika__map_pairs_float(job, first, PIKA__BLOCK, cells, NULL, 0, &invalid, behind);
    else kept = pika__map_pairs_double(job, first, PIKA__BLOCK, cells, NULL, 0, &invalid, behind);
    tally->inside += kept;
    tally->invalid += invalid;
    return kept;
}

/* n <= PIKA__BLOCK rows from `first` on: the cells of those inside, over all categories, in order, and their
   number. rows: n, overwritten; asked for, rows[k] is where cells[k] stood, counted from `from`. */
PIKA__PRIV size_t pika__map(const pika__job *job, size_t first, size_t n, uint32_t *cells, uint32_t *rows,
                            int ask_rows, uint32_t from, pika__tally *tally)
{
    uint64_t invalid = 0;
    size_t inside, kept, i;
    if (job->packed) { /* most points: no load, and half the stack */
        const float *x = (const float *)(const void *)pika__row(&job->points->x, first);
        const float *y = (const float *)(const void *)pika__row(&job->points->y, first);
        kept = job->kernels->cells_float(job->axes, x, y, n, job->pitch, cells, ask_rows ? rows : NULL, from,
                                         &invalid);
    } else if (job->pairs == PIKA__RULE_FLOAT) {
        kept = pika__map_pairs_float(job, first, n, cells, ask_rows ? rows : NULL, from, &invalid, NULL);
    } else if (job->pairs == PIKA__RULE_DOUBLE) {
        kept = pika__map_pairs_double(job, first, n, cells, ask_rows ? rows : NULL, from, &invalid, NULL);
    } else {
        pika__map_axis(job, 0, first, n, cells);
        pika__map_axis(job, 1, first, n, rows);
        inside = job->kernels->join(cells, rows, n, job->pitch, &invalid);
        if (job->categories > 0) inside = pika__map_categories(job, first, n, cells, rows, &invalid);
        for (i = kept = 0; i < n && (inside < n || ask_rows); i++) {
            const uint32_t cell = cells[i];
            cells[kept] = cell;
            rows[kept] = from + (uint32_t)i;
            kept += cell < PIKA__OUTSIDE;
        }
        kept = inside;
    }
    tally->inside += kept;
    tally->invalid += invalid;
    return kept;
}

/* ---- >>add: rows into the grid, on one thread or many -------------------------------------------------
   Three ways to the same bits. DIRECT: map a block, reduce it. PRIVATE, for counts alone: each task counts
   into cells of its own, nearer the core than the grid's; then they are added up. TILES: chunks of rows are
   mapped and stably partitioned into bands of cells, then a task takes a band and reduces its rows, chunk
   after chunk, so in row order. Cells never have two owners. */

#define PIKA__CHUNK (64 * PIKA__BLOCK)      /* rows a task maps at a time */
#define PIKA__SUPERBLOCK (16 * PIKA__CHUNK) /* rows that are partitioned at a time */
#define PIKA__BANDS 256                     /* at most; the cells of one are counted near the core */
#define PIKA__WORTH 131072 /* fewer rows than this wake no thread: 1 ns each is less than two wake-ups */
#ifndef PIKA__SAMPLED      /* fewer rows than this are added without a look at a sample of them */
    #define PIKA__SAMPLED 65536
#endif

/* Adds n rows to the grid's planes. checked: stops before the block in which a count would pass 2^32 - 1.
   Returns the rows done. */
PIKA__PRIV PIKA__NOINLINE size_t pika__add_direct(const pika__job *job, size_t first, size_t n, int checked,
                                                  pika__tally *tally)
{
    uint32_t *counts = (uint32_t *)job->grid->planes[PIKA__COUNTS];
    uint32_t cells[PIKA__BLOCK], rows[PIKA__BLOCK];
    size_t at;
    for (at = 0; at < n; at += PIKA__BLOCK) {
        const size_t length = pika__min_size(n - at, PIKA__BLOCK);
        pika__tally block = *tally;
        const size_t inside = pika__map(job, first + at, length, cells, rows, job->has_values, 0, &block);
        if (checked) {
            if (!pika__count_checked(counts, cells, inside)) return at;
        } else {
            pika__count(job->kernels, counts, cells, job->has_values ? NULL : rows, inside, &job->ahead,
                        first + at + length);
        }
        if (job->has_values)
            pika__reduce(job->grid, &job->points->value, cells, rows, first + at,
                         job->base + (int64_t)(first + at), inside, &block);
        *tally = block;
    }
    return n;
}

/* The cells of a task's own. BYTES: a quarter of the grid, counted modulo 256; if the sum says that one
   wrapped, the batch is counted again by CARRIES: bytes too, but each that passes 255 leaves its cell in a
   list. WORDS, for few cells that are hit again and again: never full. Rows that carry cost a branch each,
   where cells repeat soon up to half of the time. */
enum { PIKA__CELLS_CARRIES, PIKA__CELLS_BYTES, PIKA__CELLS_WORDS };
#define PIKA__MOST_WORDS (1 << 20) /* cells: what a second-level cache may hold */

/* Cells from row to row, an odd number of cache lines, so that a column does not fall into a few sets of the
   cache (time series at powers of two: up to 25 times as fast). size: bytes of a cell, 1 or 4. */
PIKA__PRIV size_t pika__odd_pitch(size_t width, size_t size)
{
    return ((width * size + 63) / 64 | 1) * 64 / size;
}

typedef struct pika__private_layout { /* of one task's memory: its cells, then carries, then its sums */
    size_t pitch;                     /* cells; odd from 256 bytes on */
    size_t cells;                     /* bytes of them */
    size_t rows;  /* a batch is so sized that a task takes at most these and a chunk; carries have room for
                     two */
    size_t bytes; /* of all that */
} pika__private_layout;

/* 0 = too large to count this way */
PIKA__PRIV int pika__private_layout_init(pika__private_layout *layout, const pika_grid_desc *desc, int slots,
                                         size_t rows, int kind)
{
    const size_t width = (size_t)desc->view.width, share = rows / (size_t)slots + PIKA__CHUNK;
    const size_t size = kind == PIKA__CELLS_WORDS ? 4 : 1;
    size_t cells;
    layout->pitch = width * size < 256 ? width : pika__odd_pitch(width, size);
    if (!pika__mul_size(layout->pitch * (size_t)desc->view.height, /* at most 2^30 and a little */
                        (size_t)(desc->categories > 0 ? desc->categories : 1), &cells) ||
        cells >= PIKA__OUTSIDE || cells > (size_t)-1 / 4 / size) /* so that bytes do not wrap */
        return 0;
    layout->cells = pika__round_up(cells * size, 64) + 64; /* a line more, for what is counted nowhere */
    layout->rows = share;
    layout->bytes = layout->cells + 64;
    if (kind == PIKA__CELLS_WORDS) return 1;
    if (share / 16 > layout->cells && share > (1 << 22)) /* a fold is worth 16 rows a cell, or 4 million */
        layout->rows = layout->cells > (1 << 18) ? 16 * layout->cells : 1 << 22;
    layout->bytes += pika__round_up(((layout->rows + 2 * PIKA__CHUNK) / 256 + 1) * sizeof(uint32_t), 64);
    return 1; /* one carry in 256 rows */
}

typedef struct pika__private {
    pika__job job; /* with the pitch of the private cells */
    pika__private_layout layout;
    size_t first, n;
    int slots, kind, undo;
    int merge;       /* neighbours mostly fall into one cell */
    uint8_t *memory; /* slots times layout.bytes; no two tasks write to one cache line */
} pika__private;

typedef struct pika__private_sums {
    pika__tally tally;
    size_t carries;
    pika__folded folded; /* of the share of the fold that has the slot's number */
} pika__private_sums;
enum { PIKA__SUMS_BYTES = sizeof(pika__private_sums) };
typedef char pika__sa_sums[PIKA__SUMS_BYTES <= 64 ? 1 : -1];

PIKA__PRIV uint8_t *pika__private_bytes(const pika__private *work, int slot)
{
    return work->memory + (size_t)slot * work->layout.bytes;
}
PIKA__PRIV uint32_t *pika__private_carries(const pika__private *work, int slot)
{
    return (uint32_t *)(void *)(pika__private_bytes(work, slot) + work->layout.cells);
}
PIKA__PRIV pika__private_sums *pika__private_sums_of(const pika__private *work, int slot)
{
    return (pika__private_sums *)(void *)(pika__private_bytes(work, slot) + work->layout.bytes - 64);
}

/* Counts a block's cells as the task counts; rows: as for pika__count. Returns n_carries. */
PIKA__PRIV size_t pika__private_cells(const pika__private *work, int slot, uint32_t *cells, uint32_t *rows,
                                      size_t n, size_t next, size_t n_carries)
{
    const pika__job *job = &work->job;
    uint8_t *bytes = pika__private_bytes(work, slot);
    if (work->kind == PIKA__CELLS_BYTES) pika__count_bytes(bytes, cells, n, &job->ahead, next);
    else if (work->kind == PIKA__CELLS_WORDS)
        pika__count(job->kernels, (uint32_t *)(void *)bytes, cells, rows, n, &job->ahead, next);
    else
        return pika__carry_bytes(job->kernels, bytes, pika__private_carries(work, slot), n_carries, cells,
                                 rows, n, &job->ahead, next);
    return n_carries;
}

/* The rows begin .. end - 1, each block counted while the next is mapped. */
PIKA__PRIV PIKA__NOINLINE void pika__private_overlap(const pika__private *work, int slot, size_t begin,
                                                     size_t end, pika__tally *tally)
{
    const pika__job *job = &work->job;
    uint8_t *bytes = pika__private_bytes(work, slot);
    const size_t size = work->kind == PIKA__CELLS_BYTES ? 1 : 4;
    const uint32_t nowhere = (uint32_t)((work->layout.cells - 64) / size);
    uint32_t lists[2][PIKA__BLOCK];
    pika__behind behind;
    size_t at, waiting = 0;
    int list = 0;
    behind.bytes = size == 1 ? bytes : NULL;
    behind.words = (uint32_t *)(void *)bytes;
    for (at = begin; at < end; at += PIKA__BLOCK, list = !list) {
        const size_t length = pika__min_size(end - at, PIKA__BLOCK);
        uint32_t *cells = lists[list], *before = lists[!list];
        if (waiting >= PIKA__BLOCK - PIKA__BLOCK / 8 && length == PIKA__BLOCK) {
            for (; waiting < PIKA__BLOCK; waiting++)
                before[waiting] = nowhere + (uint32_t)(waiting % (64 / size));
            behind.cells = before;
            waiting = pika__map_overlap(job, work->first + at, cells, &behind, tally);
        } else { /* few inside, or the first or last block */
            pika__private_cells(work, slot, before, NULL, waiting, work->first + at, 0);
            waiting = pika__map(job, work->first + at, length, cells, before, 0, 0, tally);
        }
    }
    pika__private_cells(work, slot, lists[!list], NULL, waiting, work->first + end, 0);
}

/* The same, block by block. Returns n_carries. */
PIKA__PRIV PIKA__NOINLINE size_t pika__private_separate(const pika__private *work, int slot, size_t begin,
                                                        size_t end, size_t n_carries, pika__tally *tally)
{
    uint32_t cells[PIKA__BLOCK], rows[PIKA__BLOCK];
    size_t at;
    for (at = begin; at < end; at += PIKA__BLOCK) {
        const size_t length = pika__min_size(end - at, PIKA__BLOCK);
        const size_t inside = pika__map(&work->job, work->first + at, length, cells, rows, 0, 0, tally);
        n_carries =
            pika__private_cells(work, slot, cells, rows, inside, work->first + at + length, n_carries);
    }
    return n_carries;
}

PIKA__PRIV void pika__private_count(void *arg, int slot)
{
    const pika__private *work = (const pika__private *)arg;
    const int overlap = !work->merge && work->kind != PIKA__CELLS_CARRIES && pika__can_overlap(&work->job);
    pika__tally tally = {0, 0, 0};
    size_t chunk, n_carries = 0;
    memset(pika__private_bytes(work, slot), 0, work->layout.cells);
    for (chunk = (size_t)slot * PIKA__CHUNK; chunk < work->n; chunk += (size_t)work->slots * PIKA__CHUNK) {
        const size_t end = pika__min_size(work->n, chunk + PIKA__CHUNK);
        if (overlap) pika__private_overlap(work, slot, chunk, end, &tally);
        else n_carries = pika__private_separate(work, slot, chunk, end, n_carries, &tally);
    }
    pika__private_sums_of(work, slot)->tally = tally;
    pika__private_sums_of(work, slot)->carries = n_carries;
}

/* A share of the grid's rows, over all categories. */
PIKA__PRIV void pika__private_fold(void *arg, int share)
{
    pika__private *work = (pika__private *)arg;
    const pika_grid *grid = work->job.grid;
    const size_t width = (size_t)grid->desc.view.width, height = pika__all_cells(&grid->desc) / width;
    const size_t begin = height * (size_t)share / (size_t)work->slots;
    const size_t end = height * ((size_t)share + 1) / (size_t)work->slots;
    pika__folded folded = {0, 0};
    size_t y;
    int slot;
    for (slot = 0; slot < work->slots; slot++)
        for (y = begin; y < end; y++) {
            const uint8_t *bytes = pika__private_bytes(work, slot);
            uint32_t *counts = (uint32_t *)grid->planes[PIKA__COUNTS] + y * width;
            if (work->kind == PIKA__CELLS_WORDS) {
                const uint32_t *words = (const uint32_t *)(const void *)bytes + y * work->layout.pitch;
                pika__fold_words(counts, words, width);
            } else pika__fold_bytes(counts, bytes + y * work->layout.pitch, width, work->undo, &folded);
        }
    pika__private_sums_of(work, share)->folded = folded;
}

/* One way of counting a batch. Returns whether no byte wrapped; *seen: all bits of the bytes. */
PIKA__PRIV int pika__private_pass(pika_ctx *ctx, pika__private *work, pika__tally *tally, uint64_t *seen)
{
    uint32_t *counts = (uint32_t *)work->job.grid->planes[PIKA__COUNTS];
    const size_t width = (size_t)work->job.grid->desc.view.width, pitch = work->layout.pitch;
    uint64_t sum = 0;
    int slot;
    memset(tally, 0, sizeof *tally);
    *seen = 0;
    work->undo = 0;
    pika__parallel(ctx, "add: count", work->slots, pika__private_count, work);
    pika__parallel(ctx, "add: fold", work->slots, pika__private_fold, work);
    for (slot = 0; slot < work->slots; slot++) {
        const pika__private_sums *sums = pika__private_sums_of(work, slot);
        const uint32_t *carries = pika__private_carries(work, slot);
        size_t i;
        for (i = 0; i < sums->carries; i++) counts[carries[i] / pitch * width + carries[i] % pitch] += 256;
        tally->inside += sums->tally.inside;
        tally->invalid += sums->tally.invalid;
        sum += sums->folded.sum;
        *seen |= sums->folded.seen;
    }
    if (work->kind != PIKA__CELLS_BYTES || sum == tally->inside) return 1;
    work->undo = 1;
    pika__parallel(ctx, "add: fold", work->slots, pika__private_fold, work);
    return 0;
}

/* What is partitioned: 4 bytes, the cell; 8, and the value as a float, where it is one and its row does not
   matter; 16, cell, row and value. */
typedef struct pika__record8 {
    uint32_t cell;
    float value; /* NaN = none */
} pika__record8;
typedef struct pika__record16 {
    uint32_t cell, row; /* from the superblock's first */
    double value;
} pika__record16;

PIKA__PRIV size_t pika__record_bytes(const pika_grid *grid, const pika_column *value)
{
    if ((grid->desc.planes & PIKA__VALUE_PLANES) == 0) return 4;
    if (grid->planes[PIKA__ARGMINS] != NULL || grid->planes[PIKA__ARGMAXS] != NULL ||
        grid->planes[PIKA__FIRST_ROWS] != NULL || grid->planes[PIKA__LAST_ROWS] != NULL)
        return 16;
    return pika__type(value->type)->is_float_class ? 8 : 16;
}

typedef struct pika__tiles {
    const pika__job *job;
    size_t first, n, record;
    int chunks, slots, bands, shift; /* a band is 2^shift cells */
    uint8_t *records;                /* of the rows inside, of a chunk by band */
    uint32_t *starts;                /* chunks x (bands + 1) into those */
    uint8_t *unsorted;               /* of one chunk, for each slot: cells, rows, values */
    uint8_t *tallies;                /* a cache line for each slot, then for each band */
} pika__tiles;

PIKA__PRIV pika__tally *pika__tiles_tally(const pika__tiles *work, int line)
{
    return (pika__tally *)(void *)(work->tallies + 64 * (size_t)line);
}

/* The values of n rows first + rows[i], rising, as floats or doubles. */
PIKA__PRIV void pika__tiles_values(const pika__tiles *work, const uint32_t *rows, size_t n, float *floats,
                                   double *doubles)
{
    const pika_column *value = &work->job->points->value;
    const int gapless = n > 0 && rows[n - 1] - rows[0] == n - 1;
    const size_t from = work->first + (gapless ? rows[0] : 0);
    size_t i;
    if (work->record == 8) {
        pika__load_floats(value, from, gapless ? NULL : rows, n, floats);
        for (i = 0; value->valid != NULL && i < n; i++)
            if (!pika__is_valid(value, work->first + rows[i])) floats[i] = (float)pika__nan();
    } else {
        pika__load_doubles(value, 0, from, gapless ? NULL : rows, n, doubles);
        pika__null_values(value, work->first, rows, n, doubles);
    }
}

PIKA__PRIV void pika__tiles_partition(pika__tiles *work, int slot, int chunk)
{
    const size_t begin = (size_t)chunk * PIKA__CHUNK, end = pika__min_size(work->n, begin + PIKA__CHUNK);
    const int has_values = work->record > 4, shift = work->shift;
    uint8_t *unsorted = work->unsorted + (size_t)slot * PIKA__CHUNK * work->record;
    uint32_t *starts = work->starts + (size_t)chunk * (size_t)(work->bands + 1);
    uint32_t *cells = (uint32_t *)(void *)unsorted, *rows = cells + PIKA__CHUNK;
    float *floats = (float *)(void *)(cells + PIKA__CHUNK);
    double *doubles = (double *)(void *)(rows + PIKA__CHUNK);
    uint32_t block_rows[PIKA__BLOCK], next[PIKA__BANDS + 1], at_row = (uint32_t)begin;
    size_t at, i, kept = 0;
    int band;
    memset(next, 0, sizeof next);
    for (at = begin; at < end; at += PIKA__BLOCK) {
        const size_t length = pika__min_size(end - at, PIKA__BLOCK);
        uint32_t *r = work->record == 16 ? rows + kept : block_rows;
        const size_t inside = pika__map(work->job, work->first + at, length, cells + kept, r, has_values,
                                        (uint32_t)at, pika__tiles_tally(work, slot));
        if (has_values) pika__tiles_values(work, r, inside, floats + kept, doubles + kept);
        for (i = kept, kept += inside; i < kept; i++) next[cells[i] >> shift]++;
    }
    for (band = 0; band <= work->bands; band++) {
        const uint32_t length = next[band];
        starts[band] = next[band] = at_row;
        at_row += length;
    }
    if (work->record == 4) {
        uint32_t *out = (uint32_t *)(void *)work->records;
        for (i = 0; i < kept; i++) out[next[cells[i] >> shift]++] = cells[i];
    } else if (work->record == 8) {
        pika__record8 *out = (pika__record8 *)(void *)work->records;
        for (i = 0; i < kept; i++) {
            pika__record8 *to = &out[next[cells[i] >> shift]++];
            to->cell = cells[i];
            to->value = floats[i];
        }
    } else {
        pika__record16 *out = (pika__record16 *)(void *)work->records;
        for (i = 0; i < kept; i++) {
            pika__record16 *to = &out[next[cells[i] >> shift]++];
            to->cell = cells[i];
            to->row = rows[i];
            to->value = doubles[i];
        }
    }
}

PIKA__PRIV void pika__tiles_partition_share(void *arg, int slot)
{
    pika__tiles *work = (pika__tiles *)arg;
    int chunk;
    for (chunk = slot; chunk < work->chunks; chunk += work->slots) pika__tiles_partition(work, slot, chunk);
}

/* n records from the k-th on */
PIKA__PRIV PIKA__NOINLINE void pika__tiles_records(const pika__tiles *work, size_t k, size_t n,
                                                   pika__tally *tally)
{
    const pika__job *job = work->job;
    const pika__record8 *narrow = (const pika__record8 *)(const void *)work->records;
    const pika__record16 *wide = (const pika__record16 *)(const void *)work->records;
    uint32_t cells[PIKA__WIDE_BLOCK], rows[PIKA__WIDE_BLOCK];
    double v[PIKA__WIDE_BLOCK];
    pika__ahead none;
    size_t at, i;
    none.lines = 0;
    for (at = k; at < k + n; at += PIKA__WIDE_BLOCK) {
        const size_t length = pika__min_size(k + n - at, PIKA__WIDE_BLOCK);
        size_t kept = length;
        if (work->record == 8) {
            for (i = 0; i < length; i++) {
                cells[i] = narrow[at + i].cell;
                v[i] = (double)narrow[at + i].value;
            }
        } else {
            for (i = 0; i < length; i++) {
                cells[i] = wide[at + i].cell;
                rows[i] = wide[at + i].row;
                v[i] = wide[at + i].value;
            }
        }
        pika__count(job->kernels, (uint32_t *)job->grid->planes[PIKA__COUNTS], cells, NULL, length, &none, 0);
        if (pika__has_nan(v, length))
            kept = pika__drop_nan(cells, work->record == 16 ? rows : NULL, v, length);
        tally->no_value += length - kept;
        pika__reduce_values(job->grid, cells, v, rows, job->base + (int64_t)work->first, kept);
    }
}

PIKA__PRIV void pika__tiles_reduce(void *arg, int band)
{
    pika__tiles *work = (pika__tiles *)arg;
    uint32_t *counts = (uint32_t *)work->job->grid->planes[PIKA__COUNTS];
    uint32_t *cells = (uint32_t *)(void *)work->records;
    pika__ahead none;
    int chunk;
    none.lines = 0;
    for (chunk = 0; chunk < work->chunks; chunk++) {
        const uint32_t *starts = work->starts + (size_t)chunk * (size_t)(work->bands + 1) + band;
        const size_t n = starts[1] - starts[0];
        if (work->record == 4) pika__count(work->job->kernels, counts, cells + starts[0], NULL, n, &none, 0);
        else pika__tiles_records(work, starts[0], n, pika__tiles_tally(work, work->slots + band));
    }
}

typedef struct pika__tiles_layout { /* of the memory, in this order */
    size_t records, starts, unsorted, tallies, bytes;
    size_t rows, record; /* of a superblock; bytes of one */
    int bands;
} pika__tiles_layout;

PIKA__PRIV void pika__tiles_layout_init(pika__tiles_layout *layout, const pika_grid_desc *desc, int slots,
                                        size_t record, size_t rows)
{
    const size_t cells = pika__all_cells(desc);
    const size_t n = pika__min_size(rows, PIKA__SUPERBLOCK), chunks = (n + PIKA__CHUNK - 1) / PIKA__CHUNK;
    layout->rows = PIKA__SUPERBLOCK;
    layout->record = record;
    layout->bands = cells >= 1 << 22 ? PIKA__BANDS : PIKA__BANDS / 4;
    layout->records = pika__round_up(n * record, 64);
    layout->starts = pika__round_up(chunks * (size_t)(layout->bands + 1) * sizeof(uint32_t), 64);
    layout->unsorted = (size_t)slots * PIKA__CHUNK * record;
    layout->tallies = 64 * (size_t)(slots + layout->bands);
    layout->bytes = layout->records + layout->starts + layout->unsorted + layout->tallies;
}

PIKA__PRIV PIKA__NOINLINE void pika__add_tiles(pika_ctx *ctx, const pika__job *job, int slots,
                                               const pika__tiles_layout *layout, uint8_t *memory,
                                               size_t first, size_t n, pika__tally *tally)
{
    const size_t cells = pika__all_cells(&job->grid->desc);
    pika__tiles work;
    size_t at;
    int i;
    work.job = job;
    work.slots = slots;
    work.record = layout->record;
    work.bands = layout->bands;
    work.shift = pika__bit_length((uint64_t)(cells - 1) / (uint64_t)layout->bands);
    work.records = memory;
    work.starts = (uint32_t *)(void *)(work.records + layout->records);
    work.unsorted = (uint8_t *)work.starts + layout->starts;
    work.tallies = work.unsorted + layout->unsorted;
    memset(work.tallies, 0, layout->tallies);
    for (at = 0; at < n; at += layout->rows) {
        work.first = first + at;
        work.n = pika__min_size(n - at, layout->rows);
        work.chunks = (int)((work.n + PIKA__CHUNK - 1) / PIKA__CHUNK);
        pika__parallel(ctx, "add: map", slots, pika__tiles_partition_share, &work);
        pika__parallel(ctx, "add: reduce", work.bands, pika__tiles_reduce, &work);
    }
    for (i = 0; i < slots + work.bands; i++) pika__tally_add(tally, pika__tiles_tally(&work, i));
}

/* What some thousand rows of a call look like, which choose how the others are added. */
typedef struct pika__sample {
    size_t asked, inside; /* rows */
    size_t equal;         /* rows inside in one cell with the row before */
    size_t hottest;       /* rows in the fullest of 2048 buckets of cells */
    size_t crowded;       /* cache lines of counts that compete for one set of a cache, within a stretch */
} pika__sample;

/* Eight stretches of 512 rows, evenly spread. */
PIKA__PRIV PIKA__NOINLINE void pika__sample_init(pika__sample *sample, const pika__job *job, size_t count)
{
    uint32_t cells[512], rows[512], seen[64];
    uint8_t hits[2048], sets[64];
    pika__tally tally = {0, 0, 0};
    int stretch;
    memset(sample, 0, sizeof *sample);
    memset(hits, 0, sizeof hits);
    for (stretch = 0; stretch < 8; stretch++) {
        const size_t n = pika__map(job, (count - 512) / 7 * (size_t)stretch, 512, cells, rows, 0, 0, &tally);
        size_t i;
        memset(seen, 0, sizeof seen);
        memset(sets, 0, sizeof sets);
        for (i = 0; i < n; i++) {
            const uint32_t line = cells[i] / 16, bit = line * 0x9E3779B1u >> 21;
            uint8_t *hit = &hits[cells[i] * 0x9E3779B1u >> 21], *set = &sets[line % 64];
            const int fresh = (seen[bit / 32] >> bit % 32 & 1) == 0;
            seen[bit / 32] |= (uint32_t)1 << bit % 32;
            if (fresh && *set < 255) *set = pika__u8(*set + 1u);
            if (*set > sample->crowded) sample->crowded = *set;
            if (*hit < 255) *hit = pika__u8(*hit + 1u);
            if (*hit > sample->hottest) sample->hottest = *hit;
            sample->equal += i > 0 && cells[i] == cells[i - 1];
        }
        sample->asked += 512;
        sample->inside += n;
    }
}

/* The planes of a grid again, of an odd pitch. */
typedef struct pika__padded {
    pika_grid grid;
    uint8_t *memory; /* NULL = not used */
    size_t pitch, bytes;
} pika__padded;

/* Copies all planes that points change, either way. */
PIKA__PRIV void pika__padded_copy(const pika__padded *padded, const pika_grid *grid, int back)
{
    const size_t width = (size_t)grid->desc.view.width, height = (size_t)grid->desc.view.height;
    int store;
    for (store = 0; store < PIKA__COVERS; store++) {
        const size_t size = pika__store_bytes(store);
        uint8_t *own = (uint8_t *)padded->grid.planes[store], *whole = (uint8_t *)grid->planes[store];
        size_t y;
        for (y = 0; whole != NULL && y < height; y++) {
            uint8_t *at = own + y * padded->pitch * size, *row = whole + y * width * size;
            memcpy(back ? row : at, back ? at : row, width * size);
        }
    }
}

/* 0 = never used: a narrow grid, categories, counts alone, or more than half of the address space. */
PIKA__PRIV size_t pika__padded_bytes(const pika_grid_desc *desc)
{
    const size_t cells = pika__odd_pitch((size_t)desc->view.width, 4) * (size_t)desc->view.height;
    size_t bytes = 0;
    int store;
    if (desc->view.width < 256 || desc->categories > 0 || (desc->planes & PIKA__VALUE_PLANES) == 0 ||
        cells > (size_t)-1 / 256)
        return 0;
    for (store = 0; store < PIKA__COVERS; store++)
        if ((pika__store_planes(store, desc) & pika__planes(desc)) != 0)
            bytes += cells * pika__store_bytes(store);
    return bytes;
}

PIKA__PRIV void pika__padded_init(pika_ctx *ctx, pika__padded *padded, const pika_grid *grid)
{
    const size_t height = (size_t)grid->desc.view.height;
    size_t at = 0;
    int store;
    padded->grid = *grid;
    padded->pitch = pika__odd_pitch((size_t)grid->desc.view.width, 4);
    padded->bytes = pika__padded_bytes(&grid->desc);
    padded->memory = (uint8_t *)pika__take(ctx, padded->bytes);
    if (padded->memory == NULL) return;
    for (store = 0; store < PIKA__COVERS; store++) {
        if (grid->planes[store] == NULL) continue;
        padded->grid.planes[store] = padded->memory + at;
        at += padded->pitch * height * pika__store_bytes(store);
    }
    pika__padded_copy(padded, grid, 0);
}

PIKA__PLAIN
typedef struct pika__plan { /* how a call's rows are added; memory: its scratch */
    int strategy, slots;
    int padded;   /* DIRECT: in planes of the call's own */
    int kind;     /* PRIVATE: PIKA__CELLS_x */
    int merge;    /* neighbours mostly fall into one cell */
    size_t epoch; /* PRIVATE, BYTES: the rows of a task until they are added up */
    pika__private_layout layout;
    pika__tiles_layout tiles;
    uint8_t *memory;
    size_t bytes;
} pika__plan;

PIKA__PRIV PIKA__COLD void pika__tell_plan(pika_ctx *ctx, const pika__plan *plan, const pika__sample *sample,
                                           size_t rows, size_t cells)
{
    static const char *const names[] = {"carrying bytes", "bytes", "words"};
    char line[200];
    pika__text text;
    if (ctx == NULL || ctx->desc.log_fn == NULL) return;
    text.out = line;
    text.length = 0;
    text.capacity = sizeof line;
    pika__put_string(&text, "pika_add_points: ");
    pika__put_string(&text, plan->strategy == PIKA_STRATEGY_DIRECT    ? "DIRECT"
                            : plan->strategy == PIKA_STRATEGY_PRIVATE ? "PRIVATE "
                                                                      : "TILES");
    if (plan->strategy == PIKA_STRATEGY_PRIVATE) pika__put_string(&text, names[plan->kind]);
    pika__put_string(&text, " on ");
    pika__put_int(&text, plan->slots);
    pika__put_string(&text, plan->padded       ? " thread, padded: "
                            : plan->slots == 1 ? " thread: "
                                               : " threads: ");
    pika__put_unsigned(&text, rows);
    pika__put_string(&text, " rows, ");
    pika__put_unsigned(&text, cells);
    pika__put_string(&text, " cells");
    if (sample->inside > 0) {
        pika__put_string(&text, "; of ");
        pika__put_unsigned(&text, sample->inside);
        pika__put_string(&text, " sampled inside ");
        pika__put_unsigned(&text, sample->equal);
        pika__put_string(&text, " as their neighbour, ");
        pika__put_unsigned(&text, sample->hottest);
        pika__put_string(&text, " in one cell");
    }
    pika__note(ctx, 2, line);
}

/* Chooses by what can be seen. Private cells pay when a task hits each about once: clearing and folding touch
   them all; as words, where few cells take most rows, or neighbours fall into one. Tiles are for threads that
   share value planes, or rows too few for a grid each. */
PIKA__PRIV void pika__choose_strategy(pika__plan *plan, int asked, int has_values, size_t cells, size_t rows,
                                      const pika__sample *sample)
{
    const int hot = sample->hottest > 8 + sample->inside / 1024; /* spread evenly: 5 to 10 */
    plan->merge = sample->equal * 4 > sample->inside * 3;
    plan->kind = PIKA__CELLS_CARRIES;
    if (sample->inside > 0 && cells <= PIKA__MOST_WORDS)
        plan->kind = hot || plan->merge ? PIKA__CELLS_WORDS : PIKA__CELLS_BYTES;
    plan->strategy = asked;
    if (asked == PIKA_STRATEGY_PRIVATE && has_values) plan->strategy = PIKA_STRATEGY_TILES;
    if (asked != PIKA_STRATEGY_AUTO) return;
    plan->strategy = plan->slots == 1 ? PIKA_STRATEGY_DIRECT : PIKA_STRATEGY_TILES;
    if (has_values || rows < 4096) return;
    if (sample->asked > 0) rows = rows / sample->asked * sample->inside; /* those inside, about */
    if (rows / (size_t)plan->slots >= cells / 2) plan->strategy = PIKA_STRATEGY_PRIVATE;
}

/* Finds the scratch, or goes on to the strategy that needs less. */
PIKA__PRIV void pika__plan_memory(pika_ctx *ctx, pika__plan *plan, const pika__job *job, size_t rows)
{
    const pika_grid_desc *desc = &job->grid->desc;
    plan->memory = NULL;
    if (plan->strategy == PIKA_STRATEGY_PRIVATE) {
        if (pika__private_layout_init(&plan->layout, desc, plan->slots, rows, plan->kind) &&
            pika__mul_size(plan->layout.bytes, (size_t)plan->slots, &plan->bytes))
            plan->memory = (uint8_t *)pika__take(ctx, plan->bytes);
        if (plan->memory != NULL) return;
        plan->strategy = plan->slots > 1 ? PIKA_STRATEGY_TILES : PIKA_STRATEGY_DIRECT;
    }
    if (plan->strategy == PIKA_STRATEGY_TILES) {
        pika__tiles_layout_init(&plan->tiles, desc, plan->slots,
                                pika__record_bytes(job->grid, &job->points->value), rows);
        plan->bytes = plan->tiles.bytes;
        plan->memory = (uint8_t *)pika__take(ctx, plan->bytes);
        if (plan->memory != NULL) return;
        plan->strategy = PIKA_STRATEGY_DIRECT;
        if (plan->slots > 1) pika__note(ctx, 1, "pika_add_points: no scratch for threads, running on one");
    }
    plan->bytes = 0;
}

#ifndef PIKA__TEST_STRATEGY
    #define PIKA__TEST_STRATEGY(asked) (asked) /* a test's way to force one on every context */
#endif

PIKA__PRIV int pika__asked_strategy(const pika_ctx_desc *desc)
{
    return PIKA__TEST_STRATEGY(desc == NULL ? PIKA_STRATEGY_AUTO : desc->strategy);
}

PIKA__PRIV void pika__plan_init(pika_ctx *ctx, pika__plan *plan, const pika__job *job, size_t rows)
{
    const size_t cells = pika__all_cells(&job->grid->desc);
    const int asked = pika__asked_strategy(ctx == NULL ? NULL : &ctx->desc);
    pika__sample sample;
    int ask; /* counts: for the kind of cells; values: for padding */
    plan->slots = rows < PIKA__WORTH && asked == PIKA_STRATEGY_AUTO ? 1 : pika__threads(ctx);
    ask = job->has_values
              ? asked == PIKA_STRATEGY_AUTO && plan->slots == 1 && pika__padded_bytes(&job->grid->desc) != 0
              : asked == PIKA_STRATEGY_AUTO || asked == PIKA_STRATEGY_PRIVATE;
    memset(&sample, 0, sizeof sample);
    if (ask && rows >= PIKA__SAMPLED) pika__sample_init(&sample, job, rows);
    pika__choose_strategy(plan, asked, job->has_values, cells, rows, &sample);
    pika__plan_memory(ctx, plan, job, rows);
    plan->padded = plan->strategy == PIKA_STRATEGY_DIRECT && job->has_values && sample.crowded >= 32 &&
                   rows >= 2 * cells && job->grid->hits + rows <= 0xFFFFFFFFu;
    plan->epoch = 4 * cells > 1 << 20 ? 4 * cells : 1 << 20;
    pika__tell_plan(ctx, plan, &sample, rows, cells);
}
PIKA__PLAIN_END

/* Counts a batch by the plan's kind of cells, and learns: bytes that were nearly full ask for shorter epochs,
   one that wrapped for another kind. */
PIKA__PRIV PIKA__NOINLINE void pika__add_private(pika_ctx *ctx, const pika__job *job, pika__plan *plan,
                                                 size_t first, size_t n, pika__tally *tally)
{
    pika__private work;
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t seen;
    work.job = *job;
    work.job.pitch = (uint32_t)plan->layout.pitch;
    work.job.cells = plan->layout.pitch * (size_t)job->grid->desc.view.height;
    work.layout = plan->layout;
    work.first = first;
    work.n = n;
    work.slots = plan->slots;
    work.kind = plan->kind;
    work.merge = plan->merge;
    work.memory = plan->memory;
    if (!pika__private_pass(ctx, &work, tally, &seen)) {
        work.kind = plan->kind = PIKA__CELLS_CARRIES;
        pika__private_pass(ctx, &work, tally, &seen);
    }
    if (plan->kind != PIKA__CELLS_BYTES) return;
    if ((seen & tops) != 0) plan->epoch -= plan->epoch / 2; /* a byte of 128 or more */
    else if ((seen & tops >> 1) == 0 && plan->epoch < (size_t)-1 / 4) plan->epoch *= 3; /* all below 64 */
}

PIKA__PRIV uint32_t pika__max_count(const uint32_t *counts, size_t n)
{
    uint32_t highest = 0;
    size_t i;
    for (i = 0; i < n; i++) highest = counts[i] > highest ? counts[i] : highest;
    return highest;
}

/* Adds `count` rows in batches: as many as the fullest cell has room for, small enough to report progress.
   grid: whose account it is, and but for padded planes the job's. */
PIKA__PRIV pika_result pika__add_batches(pika_ctx *ctx, pika_grid *grid, const pika__job *job,
                                         pika__plan *plan, size_t count)
{
    uint32_t *counts = (uint32_t *)grid->planes[PIKA__COUNTS];
    const size_t cells = pika__all_cells(&grid->desc);
    pika_progress_fn *progress = ctx == NULL ? NULL : ctx->desc.progress_fn;
    size_t done = 0;
    int checked = 0;
    while (done < count) {
        size_t batch = count - done, rows;
        pika__tally tally = {0, 0, 0};
        if (!checked && grid->hits + batch > 0xFFFFFFFFu) { /* hits bounds every count */
            const uint32_t room = 0xFFFFFFFFu - pika__max_count(counts, cells);
            if (room < 65536) checked = 1; /* row by row from here */
            else batch = pika__min_size(batch, room);
        }
        if (progress != NULL)
            batch = pika__min_size(batch, cells > PIKA__SUPERBLOCK / 4 ? 4 * cells : PIKA__SUPERBLOCK);
        if (plan->strategy == PIKA_STRATEGY_PRIVATE) {
            size_t most = plan->layout.rows - PIKA__CHUNK; /* of a task */
            if (plan->kind == PIKA__CELLS_BYTES) most = pika__min_size(most, plan->epoch);
            if (most < count / (size_t)plan->slots)
                batch = pika__min_size(batch, most * (size_t)plan->slots + PIKA__CHUNK);
        }
        rows = batch;
        if (checked || plan->strategy == PIKA_STRATEGY_DIRECT) {
            PIKA__ZONE_BEGIN(ctx, "add: direct");
            rows = pika__add_direct(job, done, batch, checked, &tally);
            PIKA__ZONE_END(ctx, 0, rows);
        } else if (plan->strategy == PIKA_STRATEGY_PRIVATE) {
            pika__add_private(ctx, job, plan, done, batch, &tally);
        } else pika__add_tiles(ctx, job, plan->slots, &plan->tiles, plan->memory, done, batch, &tally);
        pika__grid_account(grid, rows, &tally);
        grid->hits += tally.inside;
        done += rows;
        if (rows < batch)
            return pika__error_int(ctx, PIKA_ERR_SIZE, "pika_add_points",
                                   "a count would pass 2^32 - 1 within the % rows after row %", NULL,
                                   PIKA__BLOCK, (int64_t)done);
        if (progress != NULL && progress(ctx->desc.progress_user, done, count) != 0 && done < count)
            return pika__error_int(ctx, PIKA_ERR_CANCELLED, "pika_add_points", "cancelled after % of % rows",
                                   NULL, (int64_t)done, (int64_t)count);
    }
    return PIKA_OK;
}

PIKA__PLAIN
PIKA__PRIV void pika__job_init(pika_ctx *ctx, pika__job *job, pika_grid *grid, const pika_points *points)
{
    job->grid = grid;
    job->points = points;
    job->kernels = pika__kernels_of(pika__isa(ctx));
    job->categories = (uint32_t)grid->desc.categories;
    job->pitch = (uint32_t)grid->desc.view.width;
    job->cells = pika__cells_of(&grid->desc);
    job->has_values = (grid->desc.planes & PIKA__VALUE_PLANES) != 0;
    job->base = (int64_t)grid->total;
    job->packed = job->ahead.lines = 0;
}

/* Checks `rows` of x and y and makes the rules of both. */
PIKA__PRIV pika_result pika__job_axes(pika_ctx *ctx, const char *who, pika__job *job, size_t rows)
{
    const pika_points *points = job->points;
    const pika_view *view = &job->grid->desc.view;
    pika_result result = pika__check_column(ctx, who, "x", &points->x, rows, 0);
    int axis;
    if (result == PIKA_OK) result = pika__check_column(ctx, who, "y", &points->y, rows, 0);
    for (axis = 0; axis < 2 && result == PIKA_OK; axis++)
        result = pika__axis_init(ctx, who, &job->axes[axis], view, axis,
                                 axis == 0 ? points->x.type : points->y.type,
                                 pika__view_has_edges(view, axis) ? job->grid->edges[axis] : NULL);
    if (result == PIKA_OK) job->pairs = pika__pairs_of(job);
    return result;
}

/* Of `count` values and categories, where the grid wants them. */
PIKA__PRIV PIKA__COLD pika_result pika__check_names(pika_ctx *ctx, const char *who, const pika_grid *grid,
                                                    const pika_points *points, size_t count)
{
    pika_result result = PIKA_OK;
    if ((grid->desc.planes & PIKA__VALUE_PLANES) != 0)
        result = pika__check_column(ctx, who, "value", &points->value, count, 0);
    if (result == PIKA_OK && grid->desc.categories > 0)
        result = pika__check_column(ctx, who, "category", &points->category, count, 1);
    return result;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__add_points(pika_ctx *ctx, pika_grid *grid,
                                                       const pika_points *points)
{
    const char *who = "pika_add_points";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__job job;
    pika__plan plan;
    pika__padded padded;
    if (result != PIKA_OK) return result;
    if (points == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "points is NULL");
    if (points->count == 0) return PIKA_OK;
    pika__job_init(ctx, &job, grid, points);
    result = pika__job_axes(ctx, who, &job, points->count);
    if (result == PIKA_OK) result = pika__check_names(ctx, who, grid, points, points->count);
    if (result != PIKA_OK) return result;
    job.packed = job.pairs == PIKA__RULE_FLOAT && points->x.type == PIKA_F32 && points->y.type == PIKA_F32 &&
                 pika__is_packed(&points->x, (const uint8_t *)points->x.data) &&
                 pika__is_packed(&points->y, (const uint8_t *)points->y.data);
    pika__ahead_column(&job.ahead, &points->x);
    if ((uintptr_t)points->y.data - (uintptr_t)points->x.data >= 64) /* not the same lines */
        pika__ahead_column(&job.ahead, &points->y);
    if (job.has_values) pika__ahead_column(&job.ahead, &points->value);
    PIKA__ZONE_BEGIN(ctx, "add: plan");
    pika__plan_init(ctx, &plan, &job, points->count);
    PIKA__ZONE_END(ctx, 0, 0);
    padded.memory = NULL;
    if (plan.padded) pika__padded_init(ctx, &padded, grid);
    if (padded.memory != NULL) {
        job.grid = &padded.grid;
        job.pitch = (uint32_t)padded.pitch;
    }
    result = pika__add_batches(ctx, grid, &job, &plan, points->count);
    if (padded.memory != NULL) {
        pika__padded_copy(&padded, grid, 1);
        pika__give(ctx, padded.memory, padded.bytes);
    }
    pika__give(ctx, plan.memory, plan.bytes);
    return result;
}

PIKA_API pika_result pika_add_points(pika_ctx *ctx, pika_grid *grid, const pika_points *points)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_add_points");
    result = pika__add_points(ctx, grid, points);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? pika__points_bytes(points) : 0,
                   result == PIKA_OK ? points->count : 0);
    pika__float_leave(&saved);
    return result;
}
PIKA__PLAIN_END

/* ---- >>read: planes out of the stores -----------------------------------------------------------------
   Values are finished here (mean, var, std, all categories together) and nowhere else: reading and shading
   both come through pika__read_cells. Read-only. */

PIKA__PRIV double pika__cover(uint64_t units) /* in cells */
{
    return pika__u64_to_double(units) / 33554432.0;
}

PIKA__PRIV int pika__is_empty(const pika_grid *grid, size_t cell) /* neither a row nor a share */
{
    const uint64_t *covers = (const uint64_t *)grid->planes[PIKA__COVERS];
    return ((const uint32_t *)grid->planes[PIKA__COUNTS])[cell] == 0 && (covers == NULL || covers[cell] == 0);
}

/* n cells from `first` on, of one category's plane. */
PIKA__PRIV void pika__read_one(const pika_grid *grid, unsigned plane, size_t first, size_t n, double *out)
{
    const uint32_t *counts = (const uint32_t *)grid->planes[PIKA__COUNTS] + first;
    const uint32_t *present = (const uint32_t *)grid->planes[PIKA__PRESENT];
    const uint64_t *weights = (const uint64_t *)grid->planes[PIKA__WEIGHTS];
    const double *values = NULL;
    const int64_t *rows = NULL;
    size_t i;
    switch (plane) {
    case PIKA_COUNT:
        for (i = 0; i < n; i++) out[i] = (double)counts[i];
        return;
    case PIKA_ANY:
        for (i = 0; i < n; i++) out[i] = counts[i] != 0 ? 1.0 : 0.0;
        return;
    case PIKA_MEAN:
        values = (const double *)grid->planes[PIKA__SUMS] + first;
        present += first;
        for (i = 0; weights == NULL && i < n; i++)
            out[i] = present[i] != 0 ? values[i] / (double)present[i] : pika__nan();
        for (; i < n; i++) {
            const double weight = (double)present[i] + pika__cover(weights[first + i]);
            out[i] = weight > 0 ? values[i] / weight : pika__nan();
        }
        break;
    case PIKA_VAR:
    case PIKA_STD:
        values = (const double *)grid->planes[PIKA__M2] + first;
        present += first;
        for (i = 0; i < n; i++) {
            const double var = present[i] != 0 ? values[i] / (double)present[i] : pika__nan();
            out[i] = plane == PIKA_STD && var > 0 ? pika__sqrt(var) : var;
        }
        break;
    case PIKA_COVERAGE:
        for (i = 0; i < n; i++)
            out[i] = pika__cover(((const uint64_t *)grid->planes[PIKA__COVERS])[first + i]);
        return;
    case PIKA_ARGMIN:
    case PIKA_ARGMAX:
        rows = (const int64_t *)grid->planes[plane == PIKA_ARGMIN ? PIKA__ARGMINS : PIKA__ARGMAXS] + first;
        for (i = 0; i < n; i++) out[i] = (double)rows[i];
        return;
    default:
        values = (const double *)grid->planes[plane == PIKA_SUM     ? PIKA__SUMS
                                              : plane == PIKA_MIN   ? PIKA__MINS
                                              : plane == PIKA_MAX   ? PIKA__MAXS
                                              : plane == PIKA_FIRST ? PIKA__FIRSTS
                                                                    : PIKA__LASTS] +
                 first;
        memcpy(out, values, n * sizeof *out);
    }
    for (i = 0; i < n; i++) /* infinities may have met: one NaN for all */
        if (pika__is_nan(out[i])) {
            const double nan = pika__nan();
            memcpy(out + i, &nan, sizeof nan);
        }
}

/* The pooled moments of two groups (Chan, Golub, LeVeque 1979), into the first. */
PIKA__PRIV void pika__pool_moments(uint32_t *n_a, double *mean_a, double *m2_a, uint32_t n_b, double mean_b,
                                   double m2_b)
{
    if (n_b == 0) return;
    if (*n_a == 0) {
        *mean_a = mean_b;
        *m2_a = m2_b;
    } else {
        const double a = (double)*n_a, b = (double)n_b, n = a + b, d = mean_b - *mean_a;
        *mean_a += pika__rounded(d * (b / n));
        *m2_a = *m2_a + m2_b + pika__rounded(d * d * (a * b / n));
    }
    *n_a += n_b;
}

/* One cell of a plane over all categories. */
PIKA__PRIV double pika__read_all(const pika_grid *grid, unsigned plane, size_t cell)
{
    const size_t cells = pika__cells_of(&grid->desc);
    const size_t end = cells * (size_t)grid->desc.categories;
    const uint32_t *counts = (const uint32_t *)grid->planes[PIKA__COUNTS];
    const uint32_t *present = (const uint32_t *)grid->planes[PIKA__PRESENT];
    const uint64_t *weights = (const uint64_t *)grid->planes[PIKA__WEIGHTS];
    const double *means = (const double *)grid->planes[PIKA__MEANS],
                 *m2 = (const double *)grid->planes[PIKA__M2];
    double sum = 0, best = pika__nan(), mean = 0, squares = 0;
    int64_t best_row = -1;
    uint64_t n = 0, weight = 0;
    uint32_t n_moments = 0;
    size_t i;
    for (i = cell; i < end; i += cells) {
        double v;
        int64_t row = -1;
        switch (plane) {
        case PIKA_COUNT:
        case PIKA_ANY: n += counts[i]; break;
        case PIKA_MEAN:
            n += present[i];
            if (weights != NULL) weight += weights[i]; /* fall through */
        case PIKA_SUM: sum += ((const double *)grid->planes[PIKA__SUMS])[i]; break;
        case PIKA_VAR:
        case PIKA_STD: pika__pool_moments(&n_moments, &mean, &squares, present[i], means[i], m2[i]); break;
        case PIKA_COVERAGE: n += ((const uint64_t *)grid->planes[PIKA__COVERS])[i]; break;
        case PIKA_MIN:
        case PIKA_ARGMIN:
            v = ((const double *)grid->planes[PIKA__MINS])[i];
            if (plane == PIKA_ARGMIN) row = ((const int64_t *)grid->planes[PIKA__ARGMINS])[i];
            if (!pika__is_nan(v) && (pika__is_nan(best) || v < best || (v == best && row < best_row))) {
                best = v;
                best_row = row;
            }
            break;
        case PIKA_MAX:
        case PIKA_ARGMAX:
            v = ((const double *)grid->planes[PIKA__MAXS])[i];
            if (plane == PIKA_ARGMAX) row = ((const int64_t *)grid->planes[PIKA__ARGMAXS])[i];
            if (!pika__is_nan(v) && (pika__is_nan(best) || v > best || (v == best && row < best_row))) {
                best = v;
                best_row = row;
            }
            break;
        default: { /* first, last: by row */
            const int64_t *rows =
                (const int64_t *)grid->planes[plane == PIKA_FIRST ? PIKA__FIRST_ROWS : PIKA__LAST_ROWS];
            v = ((const double *)grid->planes[plane == PIKA_FIRST ? PIKA__FIRSTS : PIKA__LASTS])[i];
            row = rows != NULL ? rows[i] : 0; /* one category keeps no rows */
            if (!pika__is_nan(v) &&
                (best_row < 0 || (plane == PIKA_FIRST ? row < best_row : row > best_row))) {
                best = v;
                best_row = row;
            }
        }
        }
    }
    switch (plane) {
    case PIKA_COUNT: return pika__u64_to_double(n);
    case PIKA_ANY: return n != 0 ? 1.0 : 0.0;
    case PIKA_SUM: return pika__is_nan(sum) ? pika__nan() : sum;
    case PIKA_MEAN:
        sum = n + weight != 0 ? sum / (pika__u64_to_double(n) + pika__cover(weight)) : pika__nan();
        return pika__is_nan(sum) ? pika__nan() : sum;
    case PIKA_VAR:
    case PIKA_STD:
        squares = n_moments != 0 ? squares / (double)n_moments : pika__nan();
        if (pika__is_nan(squares)) return pika__nan();
        return plane == PIKA_STD && squares > 0 ? pika__sqrt(squares) : squares;
    case PIKA_COVERAGE: return pika__cover(n);
    case PIKA_ARGMIN:
    case PIKA_ARGMAX: return (double)best_row;
    default: return best;
    }
}

/* category: 0.., or PIKA_ALL_CATEGORIES */
PIKA__PRIV void pika__read_cells(const pika_grid *grid, unsigned plane, int category, size_t first, size_t n,
                                 double *out)
{
    size_t i;
    if (category == PIKA_ALL_CATEGORIES && grid->desc.categories > 0) {
        for (i = 0; i < n; i++) out[i] = pika__read_all(grid, plane, first + i);
        return;
    }
    if (category > 0) first += (size_t)category * pika__cells_of(&grid->desc);
    pika__read_one(grid, plane, first, n, out);
}

PIKA__PRIV PIKA__COLD pika_result pika__check_one_plane(pika_ctx *ctx, const char *who, unsigned plane)
{
    if (plane != 0 && (plane & (plane - 1)) == 0 && (plane & PIKA__ALL_PLANES) != 0) return PIKA_OK;
    return pika__error_int(ctx, PIKA_ERR_INVALID, who, "plane is %, needs one plane", NULL, (int64_t)plane,
                           0);
}

/* plane: a single bit that the grid has */
PIKA__PRIV PIKA__COLD pika_result pika__check_plane(pika_ctx *ctx, const char *who, const pika_grid *grid,
                                                    unsigned plane)
{
    const pika_result result = pika__check_one_plane(ctx, who, plane);
    if (result != PIKA_OK) return result;
    if (plane != PIKA_ANY && (grid->desc.planes & plane) == 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "plane is %, which the grid does not have", NULL,
                               (int64_t)plane, 0);
    return PIKA_OK;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__grid_read(pika_ctx *ctx, const pika_grid *grid, unsigned plane,
                                                      int category, double *out)
{
    const char *who = "pika_grid_read";
    pika_result result = pika__check_grid(ctx, who, grid);
    if (result == PIKA_OK) result = pika__check_plane(ctx, who, grid, plane);
    if (result != PIKA_OK) return result;
    if (category != PIKA_ALL_CATEGORIES && category != 0 &&
        (category < 0 || category >= grid->desc.categories))
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "category is %, the grid has %", NULL, category,
                               grid->desc.categories);
    if (out == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "out is NULL");
    pika__read_cells(grid, plane, category, 0, pika__cells_of(&grid->desc), out);
    return PIKA_OK;
}

PIKA_API pika_result pika_grid_read(pika_ctx *ctx, const pika_grid *grid, unsigned plane, int category,
                                    double *out)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_grid_read");
    result = pika__grid_read(ctx, grid, plane, category, out);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? 8 * (uint64_t)pika__cells_of(&grid->desc) : 0,
                   result == PIKA_OK ? pika__cells_of(&grid->desc) : 0);
    pika__float_leave(&saved);
    return result;
}

PIKA_API pika_result pika_grid_stats(pika_ctx *ctx, const pika_grid *grid, pika_stats *stats)
{
    const pika_result result = pika__check_grid(ctx, "pika_grid_stats", grid);
    const uint32_t *counts;
    size_t cells, i;
    if (result != PIKA_OK) return result;
    if (stats == NULL) return pika__error(ctx, PIKA_ERR_INVALID, "pika_grid_stats", "stats is NULL");
    counts = (const uint32_t *)grid->planes[PIKA__COUNTS];
    cells = pika__all_cells(&grid->desc);
    stats->total = grid->total;
    stats->inside = grid->inside;
    stats->outside = grid->outside;
    stats->invalid = grid->invalid;
    stats->no_value = grid->no_value;
    stats->hits = grid->hits;
    stats->max_count = pika__max_count(counts, cells);
    stats->nonempty = 0;
    for (i = 0; i < cells; i++) stats->nonempty += counts[i] != 0;
    return PIKA_OK;
}

PIKA_API pika_result pika_grid_nonempty(pika_ctx *ctx, const pika_grid *grid, uint32_t *index,
                                        uint32_t *count, size_t capacity, size_t *cells)
{
    const char *who = "pika_grid_nonempty";
    const pika_result result = pika__check_grid(ctx, who, grid);
    const uint32_t *counts;
    size_t all, i, n = 0;
    if (result != PIKA_OK) return result;
    if (cells == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "cells is NULL");
    if ((index == NULL) != (count == NULL))
        return pika__error(ctx, PIKA_ERR_INVALID, who, "one of index and count is NULL");
    counts = (const uint32_t *)grid->planes[PIKA__COUNTS];
    all = pika__all_cells(&grid->desc);
    for (i = 0; i < all; i++) n += counts[i] != 0;
    *cells = n;
    if (index == NULL) return PIKA_OK;
    if (capacity < n)
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "capacity is %, needs %", NULL, (int64_t)capacity,
                               (int64_t)n);
    for (i = 0, n = 0; i < all; i++) {
        if (counts[i] == 0) continue;
        index[n] = (uint32_t)i;
        count[n++] = counts[i];
    }
    return PIKA_OK;
}

/* ---- >>merge: grid += grid ----------------------------------------------------------------------------
   src's rows follow dst's. Everything of a cell is read before it is written, so that dst may be src. */

PIKA__PRIV PIKA__COLD int pika__same_axis(const pika_axis *a, const pika_axis *b)
{
    return a->lo == b->lo && a->hi == b->hi && a->origin == b->origin && a->scale == b->scale &&
           (a->scale != PIKA_SYMLOG ||
            (a->linear != 0 ? a->linear : 1.0) == (b->linear != 0 ? b->linear : 1.0));
}

PIKA__PRIV PIKA__COLD int pika__same_view(const pika_view *a, const pika_view *b)
{
    int axis;
    for (axis = 0; axis < 2; axis++)
        if (pika__view_size(a, axis) != pika__view_size(b, axis) ||
            pika__view_first(a, axis) != pika__view_first(b, axis) ||
            pika__view_total(a, axis) != pika__view_total(b, axis) ||
            !pika__same_axis(pika__view_axis(a, axis), pika__view_axis(b, axis)))
            return 0;
    return ((a->flags ^ b->flags) & ~(unsigned)PIKA_FIT_GROW) == 0;
}

/* The smaller (sign -1) or larger (+1) of two cells' values and its row; src's rows count from `base`. */
PIKA__PRIV void pika__merge_extreme(double *value, int64_t *row, double other, int64_t other_row, int sign)
{
    if (pika__is_nan(other) || (sign < 0 ? *value <= other : *value >= other)) return;
    *value = other;
    if (row != NULL) *row = other_row;
}

PIKA__PRIV void pika__merge_cell(pika_grid *dst, const pika_grid *src, size_t i, int64_t base)
{
    double *v;
    int64_t *rows;
    if (dst->planes[PIKA__M2] != NULL)
        pika__pool_moments(
            (uint32_t *)dst->planes[PIKA__PRESENT] + i, (double *)dst->planes[PIKA__MEANS] + i,
            (double *)dst->planes[PIKA__M2] + i, ((const uint32_t *)src->planes[PIKA__PRESENT])[i],
            ((const double *)src->planes[PIKA__MEANS])[i], ((const double *)src->planes[PIKA__M2])[i]);
    if (dst->planes[PIKA__MINS] != NULL) {
        rows = (int64_t *)dst->planes[PIKA__ARGMINS];
        pika__merge_extreme((double *)dst->planes[PIKA__MINS] + i, rows != NULL ? rows + i : NULL,
                            ((const double *)src->planes[PIKA__MINS])[i],
                            rows != NULL ? base + ((const int64_t *)src->planes[PIKA__ARGMINS])[i] : -1, -1);
    }
    if (dst->planes[PIKA__MAXS] != NULL) {
        rows = (int64_t *)dst->planes[PIKA__ARGMAXS];
        pika__merge_extreme((double *)dst->planes[PIKA__MAXS] + i, rows != NULL ? rows + i : NULL,
                            ((const double *)src->planes[PIKA__MAXS])[i],
                            rows != NULL ? base + ((const int64_t *)src->planes[PIKA__ARGMAXS])[i] : -1, 1);
    }
    v = (double *)dst->planes[PIKA__FIRSTS];
    if (v != NULL && pika__is_nan(v[i])) {
        rows = (int64_t *)dst->planes[PIKA__FIRST_ROWS];
        v[i] = ((const double *)src->planes[PIKA__FIRSTS])[i];
        if (rows != NULL && !pika__is_nan(v[i]))
            rows[i] = base + ((const int64_t *)src->planes[PIKA__FIRST_ROWS])[i];
    }
    v = (double *)dst->planes[PIKA__LASTS];
    if (v != NULL && !pika__is_nan(((const double *)src->planes[PIKA__LASTS])[i])) {
        rows = (int64_t *)dst->planes[PIKA__LAST_ROWS];
        v[i] = ((const double *)src->planes[PIKA__LASTS])[i];
        if (rows != NULL) rows[i] = base + ((const int64_t *)src->planes[PIKA__LAST_ROWS])[i];
    }
}

/* Planes of u64; a plane that the grid has not is NULL. */
PIKA__PRIV void pika__merge_shares(void *to, const void *from, size_t cells)
{
    size_t i;
    for (i = 0; to != NULL && i < cells; i++) ((uint64_t *)to)[i] += ((const uint64_t *)from)[i];
}

/* All planes of values. */
PIKA__PRIV void pika__merge_values(pika_grid *dst, const pika_grid *src, size_t cells, int64_t base)
{
    const unsigned ordered =
        PIKA_VAR | PIKA_STD | PIKA_MIN | PIKA_MAX | PIKA_FIRST | PIKA_LAST | PIKA_ARGMIN | PIKA_ARGMAX;
    double *sums = (double *)dst->planes[PIKA__SUMS];
    uint32_t *present = dst->planes[PIKA__M2] != NULL ? NULL : (uint32_t *)dst->planes[PIKA__PRESENT];
    size_t i;
    for (i = 0; sums != NULL && i < cells; i++) sums[i] += ((const double *)src->planes[PIKA__SUMS])[i];
    for (i = 0; present != NULL && i < cells; i++)
        present[i] += ((const uint32_t *)src->planes[PIKA__PRESENT])[i];
    pika__merge_shares(dst->planes[PIKA__COVERS], src->planes[PIKA__COVERS], cells);
    pika__merge_shares(dst->planes[PIKA__WEIGHTS], src->planes[PIKA__WEIGHTS], cells);
    for (i = 0; (dst->desc.planes & ordered) != 0 && i < cells; i++) pika__merge_cell(dst, src, i, base);
}

PIKA__PRIV pika_result pika__grid_merge(pika_ctx *ctx, pika_grid *dst, const pika_grid *src)
{
    const char *who = "pika_grid_merge";
    pika_result result = pika__check_grid(ctx, who, dst);
    uint32_t *to;
    const uint32_t *from;
    size_t cells, i;
    int64_t base;
    if (result == PIKA_OK) result = pika__check_grid(ctx, who, src);
    if (result != PIKA_OK) return result;
    if (dst->desc.planes != src->desc.planes)
        return pika__error_int(ctx, PIKA_ERR_MISMATCH, who, "planes differ: % and %", NULL,
                               (int64_t)dst->desc.planes, (int64_t)src->desc.planes);
    if (dst->desc.categories != src->desc.categories)
        return pika__error_int(ctx, PIKA_ERR_MISMATCH, who, "categories differ: % and %", NULL,
                               dst->desc.categories, src->desc.categories);
    if (!pika__same_view(&dst->desc.view, &src->desc.view))
        return pika__error(ctx, PIKA_ERR_MISMATCH, who, "the views differ");
    to = (uint32_t *)dst->planes[PIKA__COUNTS];
    from = (const uint32_t *)src->planes[PIKA__COUNTS];
    cells = pika__all_cells(&dst->desc);
    for (i = 0; i < cells; i++)
        if (from[i] > 0xFFFFFFFFu - to[i])
            return pika__error_int(ctx, PIKA_ERR_SIZE, who, "the count of cell % would pass 2^32 - 1", NULL,
                                   (int64_t)i, 0);
    base = (int64_t)dst->total;
    for (i = 0; i < cells; i++) to[i] += from[i];
    pika__merge_values(dst, src, cells, base);
    dst->total += src->total;
    dst->inside += src->inside;
    dst->outside += src->outside;
    dst->invalid += src->invalid;
    dst->no_value += src->no_value;
    dst->hits += src->hits;
    return PIKA_OK;
}

PIKA_API pika_result pika_grid_merge(pika_ctx *ctx, pika_grid *dst, const pika_grid *src)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_grid_merge");
    result = pika__grid_merge(ctx, dst, src);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? dst->bytes : 0,
                   result == PIKA_OK ? pika__all_cells(&dst->desc) : 0);
    pika__float_leave(&saved);
    return result;
}

/* ---- >>fit: ranges and edges ----------------------------------------------------------------------------
   What a view's axes should be, and what the rule makes of them. */

typedef struct pika__range { /* keys of one axis's values: which may take part, and the ends seen */
    const pika_column *column;
    int whole; /* i64 and u64 on a linear axis keep their own keys, else doubles' */
    uint64_t allowed_lo, allowed_hi, lo, hi;
} pika__range;

PIKA__PRIV void pika__range_keys(const pika__range *range, size_t first, size_t n, uint64_t *keys)
{
    if (range->whole) {
        pika__load_keys(range->column, first, n, keys);
    } else {
        double v[PIKA__WIDE_BLOCK / 2];
        size_t i;
        pika__load_doubles(range->column, 0, first, NULL, n, v);
        for (i = 0; i < n; i++) keys[i] = pika__key64(v[i]);
    }
}

PIKA__PRIV PIKA__COLD void pika__range_apply(const pika__range *range, unsigned flags, pika_axis *axis)
{
    const int grow = (flags & PIKA_FIT_GROW) != 0 && pika__is_finite(axis->lo) && pika__is_finite(axis->hi) &&
                     axis->lo < axis->hi && (axis->scale != PIKA_LOG10 || axis->lo > 0) &&
                     (axis->origin == 0 || range->whole);
    const int float_class = pika__type(range->column->type)->is_float_class;
    const double largest = float_class && axis->scale == PIKA_LINEAR ? (double)pika__from_bits32(0x7F7FFFFFu)
                                                                     : pika__from_bits64(PIKA__MAX64);
    double lo, hi;
    int64_t origin = 0;
    if (range->whole) {
        const int is_signed = range->column->type == PIKA_I64;
        const uint64_t bias = is_signed ? PIKA__SIGN64 : 0;
        uint64_t from = range->lo;
        if (!is_signed && from > (uint64_t)INT64_MAX)
            from = (uint64_t)INT64_MAX; /* the largest origin there is */
        from ^= bias;
        memcpy(&origin, &from, sizeof origin);
        if (grow) origin = axis->origin;
        lo = is_signed ? pika__from_origin_i64((int64_t)(range->lo ^ bias), origin)
                       : pika__from_origin_u64(range->lo, origin);
        hi = is_signed ? pika__from_origin_i64((int64_t)(range->hi ^ bias), origin)
                       : pika__from_origin_u64(range->hi, origin);
    } else {
        lo = pika__from_key64(range->lo) + 0.0;
        hi = pika__from_key64(range->hi) + 0.0;
    }
    if (!grow && (range->lo == range->hi || !(lo < hi))) { /* one value: shown in the middle */
        const double v = range->whole ? (range->column->type == PIKA_I64
                                             ? pika__from_origin_i64((int64_t)(range->lo ^ PIKA__SIGN64), 0)
                                             : pika__from_origin_u64(range->lo, 0))
                                      : lo;
        if (axis->scale == PIKA_LOG10) {
            if (v / 2 > 0) lo = v / 2;
            hi = v * 2;
        } else {
            const double size = (v < 0 ? -v : v) / 1024, margin = size > 0.5 ? size : 0.5;
            lo -= margin;
            hi += margin;
        }
        if (lo < -largest) lo = -largest;
        if (hi > largest) hi = largest;
    }
    if (grow) {
        if (axis->lo < lo) lo = axis->lo;
        if (axis->hi > hi) hi = axis->hi;
    }
    axis->lo = lo;
    axis->hi = hi;
    axis->origin = origin;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__fit(pika_ctx *ctx, const pika_points *points, pika_view *view)
{
    const char *who = "pika_fit";
    uint64_t keys[2][PIKA__WIDE_BLOCK / 2];
    pika__range ranges[2];
    pika_result result = pika__check_ctx(ctx, who);
    size_t first, i, usable = 0;
    int axis, nulls;
    if (result != PIKA_OK) return result;
    if (points == NULL || view == NULL)
        return pika__error(ctx, PIKA_ERR_INVALID, who, points == NULL ? "points is NULL" : "view is NULL");
    for (axis = 0; axis < 2; axis++) {
        const pika_axis *a = pika__view_axis(view, axis);
        const pika_column *column = axis == 0 ? &points->x : &points->y;
        pika__range *range = &ranges[axis];
        if (a->scale < PIKA_LINEAR || a->scale > PIKA_SYMLOG)
            return pika__error_int(ctx, PIKA_ERR_INVALID, who, "view.$.scale is %, needs 0..2",
                                   pika__axis_name(axis), a->scale, 0);
        if (points->count > 0) {
            result = pika__check_column(ctx, who, axis == 0 ? "x" : "y", column, points->count, 0);
            if (result != PIKA_OK) return result;
        }
        range->column = column;
        range->whole = a->scale == PIKA_LINEAR && (column->type == PIKA_I64 || column->type == PIKA_U64);
        range->lo = (uint64_t)-1;
        range->hi = 0;
        range->allowed_lo = range->whole ? 0 : pika__key64(pika__from_bits64(PIKA__SIGN64 | PIKA__MAX64));
        range->allowed_hi = range->whole ? (uint64_t)-1 : pika__key64(pika__from_bits64(PIKA__MAX64));
        if (a->scale == PIKA_LOG10) range->allowed_lo = pika__key64(0.0) + 1;
    }
    nulls = points->x.valid != NULL || points->y.valid != NULL;
    for (first = 0; first < points->count; first += PIKA__WIDE_BLOCK / 2) {
        const size_t n = pika__min_size(points->count - first, PIKA__WIDE_BLOCK / 2);
        for (axis = 0; axis < 2; axis++) pika__range_keys(&ranges[axis], first, n, keys[axis]);
        for (i = 0; i < n; i++) {
            const uint64_t x = keys[0][i], y = keys[1][i];
            if (x < ranges[0].allowed_lo || x > ranges[0].allowed_hi || y < ranges[1].allowed_lo ||
                y > ranges[1].allowed_hi ||
                (nulls && (!pika__is_valid(&points->x, first + i) || !pika__is_valid(&points->y, first + i))))
                continue;
            usable++;
            if (x < ranges[0].lo) ranges[0].lo = x;
            if (x > ranges[0].hi) ranges[0].hi = x;
            if (y < ranges[1].lo) ranges[1].lo = y;
            if (y > ranges[1].hi) ranges[1].hi = y;
        }
    }
    if (usable == 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "none of % rows is valid and finite on both axes",
                               NULL, (int64_t)points->count, 0);
    pika__range_apply(&ranges[0], view->flags, &view->x);
    pika__range_apply(&ranges[1], view->flags, &view->y);
    return PIKA_OK;
}

PIKA_API pika_result pika_fit(pika_ctx *ctx, const pika_points *points, pika_view *view)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_fit");
    result = pika__fit(ctx, points, view);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? pika__points_bytes(points) : 0,
                   result == PIKA_OK ? points->count : 0);
    pika__float_leave(&saved);
    return result;
}

/* A value of a type is an unsigned integer, its key, in the order of the values: see pika_axis_keys. */
PIKA__PRIV double pika__value_of_key(int type, uint64_t key, int64_t origin)
{
    switch (type) {
    case PIKA_F32: return (double)pika__from_key32((uint32_t)key);
    case PIKA_F64: return pika__from_key64(key);
    case PIKA_U8:
    case PIKA_U16:
    case PIKA_U32: return (double)(uint32_t)key;
    case PIKA_I64: return pika__from_origin_i64((int64_t)(key ^ PIKA__SIGN64), origin);
    case PIKA_U64: return pika__from_origin_u64(key, origin);
    default: return (double)(uint32_t)key - 2147483648.0;
    }
}

/* The key of about this value, wherever that is. */
PIKA__PRIV uint64_t pika__key_near(int type, double v, int64_t origin)
{
    const double size = v < 0 ? -v : v;
    uint64_t whole = size < 18446744073709551616.0 ? (uint64_t)size : (uint64_t)-1, zero = 0;
    if (type == PIKA_F32) return pika__key32((float)v);
    if (type == PIKA_F64) return pika__key64(v);
    if (type == PIKA_I8 || type == PIKA_I16 || type == PIKA_I32) zero = 0x80000000u;
    if (type == PIKA_I64 || origin > 0) zero = (uint64_t)origin ^ (type == PIKA_I64 ? PIKA__SIGN64 : 0);
    else if (origin < 0) whole -= pika__min_u64(whole, (uint64_t)0 - (uint64_t)origin);
    return v < 0 ? zero - pika__min_u64(whole, zero) : zero + pika__min_u64(whole, ~zero);
}

typedef struct pika__border { /* where keys pass from cell to cell */
    pika__axis rule;          /* of the whole picture: its cells are not the tile's */
    int type;
    uint64_t lowest, highest; /* keys of the type, but for NaNs */
} pika__border;

PIKA__PRIV PIKA__COLD void pika__border_init(pika__border *border, const pika__axis *rule, int type)
{
    const uint64_t all = (uint64_t)-1 >> (64 - 8 * pika__type(type)->size);
    border->rule = *rule;
    border->rule.first = 0;
    border->rule.width = rule->last + 1;
    border->type = type;
    border->lowest = type == PIKA_I8 || type == PIKA_I16 || type == PIKA_I32 ? 0x7FFFFFFFu - all / 2 : 0;
    border->highest = border->lowest + all;
    if (pika__type(type)->is_integer) return;
    border->highest = type == PIKA_F32 ? 0xFF800000u : PIKA__SIGN64 | PIKA__INF64;
    border->lowest = all - border->highest;
}

/* Is the key's value in this cell, or past it? That never becomes false as keys rise. */
PIKA__PRIV int pika__is_past(const pika__border *border, int32_t cell, double edge, uint64_t key)
{
    const pika__axis *rule = &border->rule;
    const double v = pika__value_of_key(border->type, key, rule->origin);
    if (rule->rule == PIKA__RULE_EDGES) return cell > rule->last ? v > rule->hi : v >= edge;
    if (rule->rule == PIKA__RULE_FLOAT)
        return v >= (double)rule->lo32 && pika__cell_float(rule, (float)v) >= (uint32_t)cell;
    return v >= rule->lo && pika__cell_double(rule, v) >= (uint32_t)cell;
}

/* The first key from `from` on that is in the cell or past it; else one past the highest, or 2^64 - 1. edge:
   where the cell begins by the axis's table, if it has one. A guess is followed by steps that grow until keys
   on both sides are known, then by halves. */
PIKA__PRIV uint64_t pika__border_key(const pika__border *border, int32_t cell, double edge, uint64_t from)
{
    const pika__axis *rule = &border->rule;
    const double near_by = rule->rule != PIKA__RULE_EDGES ? rule->lo + cell / rule->s
                           : cell > rule->last            ? rule->hi
                                                          : edge;
    uint64_t lo = from > border->lowest ? from : border->lowest, hi = border->highest, step = 1;
    uint64_t at = pika__key_near(border->type, near_by, rule->origin);
    int below = 0, above = 0;
    if (at < lo) at = lo;
    while (lo < hi) {
        if (at >= hi) at = lo + (hi - lo) / 2;
        if (pika__is_past(border, cell, edge, at)) {
            hi = at;
            above = 1;
        } else {
            lo = at + 1;
            below = 1;
        }
        if ((below && above) || (hi - lo) / 4 < step) {
            at = lo + (hi - lo) / 2;
        } else {
            at = below ? lo + step : hi - step;
            step *= 4;
        }
    }
    if (lo == border->highest && lo != (uint64_t)-1 && !pika__is_past(border, cell, edge, lo)) lo++;
    return lo;
}

/* Checks the arguments and makes the rule. edges: for the table, where the axis has one. */
PIKA__PRIV PIKA__COLD pika_result pika__open_axis(pika_ctx *ctx, const char *who, const pika_view *view,
                                                  int axis, int type, const double *edges, pika__axis *rule)
{
    pika_result result;
    if (axis != 0 && axis != 1)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "axis is %, needs 0 or 1", NULL, axis, 0);
    if (pika__type(type) == NULL)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "type is %, needs a pika_type, 0..9", NULL, type,
                               0);
    result = pika__check_view(ctx, who, view);
    if (result != PIKA_OK) return result;
    return pika__axis_init(ctx, who, rule, view, axis, type, pika__view_has_edges(view, axis) ? edges : NULL);
}

/* An edge is its key as a value, but for the end: that is a value inside where the axis is closed. */
PIKA__PRIV PIKA__NOINLINE pika_result pika__view_edges(pika_ctx *ctx, const pika_view *view, int axis,
                                                       int type, double *out)
{
    const char *who = "pika_view_edges";
    pika_result result = pika__check_ctx(ctx, who);
    pika__axis rule;
    pika__border border;
    uint64_t key = 0;
    int32_t i;
    if (result != PIKA_OK) return result;
    if (view == NULL || out == NULL)
        return pika__error(ctx, PIKA_ERR_INVALID, who, view == NULL ? "view is NULL" : "out is NULL");
    result = pika__open_axis(ctx, who, view, axis, type, out, &rule);
    if (result != PIKA_OK) return result;
    if (rule.edges != NULL) pika__make_edges(view, axis, out);
    pika__border_init(&border, &rule, pika__type(type)->is_float_class ? PIKA_F32 : PIKA_F64);
    for (i = 0; i <= rule.width; i++) {
        const int32_t cell = rule.first + i;
        const int inside = cell > rule.last && !pika__view_half_open(view, axis);
        key = pika__border_key(&border, cell, rule.edges != NULL ? out[i] : 0, key);
        out[i] = pika__value_of_key(border.type, inside ? key - 1 : key, 0) + 0.0;
    }
    return PIKA_OK;
}

PIKA_API pika_result pika_view_edges(pika_ctx *ctx, const pika_view *view, int axis, int type, double *out)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    result = pika__view_edges(ctx, view, axis, type, out);
    pika__float_leave(&saved);
    return result;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__axis_keys(pika_ctx *ctx, const pika_view *view, int axis,
                                                      int type, uint64_t *keys)
{
    const char *who = "pika_axis_keys";
    double *edges = (double *)(void *)keys; /* the table lies where its keys will */
    pika_result result = pika__check_ctx(ctx, who);
    pika__axis rule;
    pika__border border;
    uint64_t key = 0;
    int32_t i;
    if (result != PIKA_OK) return result;
    if (view == NULL || keys == NULL)
        return pika__error(ctx, PIKA_ERR_INVALID, who, view == NULL ? "view is NULL" : "keys is NULL");
    result = pika__open_axis(ctx, who, view, axis, type, edges, &rule);
    if (result != PIKA_OK) return result;
    if (rule.edges != NULL) pika__make_edges(view, axis, edges);
    pika__border_init(&border, &rule, type);
    for (i = 0; i <= rule.width; i++) {
        double edge = 0;
        if (rule.edges != NULL) memcpy(&edge, keys + i, sizeof edge);
        key = pika__border_key(&border, rule.first + i, edge, key);
        memcpy(keys + i, &key, sizeof key);
    }
    return PIKA_OK;
}

PIKA_API pika_result pika_axis_keys(pika_ctx *ctx, const pika_view *view, int axis, int type, uint64_t *keys)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    result = pika__axis_keys(ctx, view, axis, type, keys);
    pika__float_leave(&saved);
    return result;
}

/* Rises about evenly with the cells of an axis that has a table; the bits of a double are a logarithm. */
PIKA__PRIV double pika__about_even(const pika_axis *a, double v)
{
    const double size = v < 0 ? -v : v, one = pika__u64_to_double(pika__bits64(1.0));
    double steps;
    if (a->scale == PIKA_LINEAR) return v;
    if (a->scale == PIKA_LOG10) return pika__u64_to_double(pika__bits64(v));
    steps = pika__u64_to_double(pika__bits64(1.0 + size / (a->linear != 0 ? a->linear : 1.0))) - one;
    return v < 0 ? -steps : steps;
}

/* The cell of a value by the axis's table, made in blocks: first where it may be, then halfway. */
PIKA__PRIV PIKA__NOINLINE uint32_t pika__cell_by_edges(const pika_view *view, int axis,
                                                       const pika__axis *whole, double v)
{
    const pika_axis *a = pika__view_axis(view, axis);
    pika_view part = *view;
    pika__axis rule = *whole;
    double edges[PIKA__WIDE_BLOCK + 1], share;
    int32_t lo = 0, hi = whole->width, n, at = 0;
    uint32_t cell;
    part.total_width = pika__view_total(view, 0);
    part.total_height = pika__view_total(view, 1);
    if (v >= whole->lo && v <= whole->hi) {
        const double from = pika__about_even(a, a->lo);
        share = (pika__about_even(a, v) - from) / (pika__about_even(a, a->hi) - from);
        at = share >= 0 && share <= 1 ? (int32_t)(share * whole->last) - whole->first : hi / 2;
        at -= PIKA__WIDE_BLOCK / 2;
    }
    for (;;) { /* the cell is lo .. hi - 1, or the value is outside */
        n = hi - lo < PIKA__WIDE_BLOCK ? hi - lo : PIKA__WIDE_BLOCK;
        at = at < lo ? lo : at > hi - n ? hi - n : at;
        *(axis == 0 ? &part.first_x : &part.first_y) = rule.first = whole->first + at;
        *(axis == 0 ? &part.width : &part.height) = rule.width = n;
        pika__make_edges(&part, axis, edges);
        if (at > lo && v < edges[0]) hi = at;
        else if (at + n < hi && v >= edges[n]) lo = at + n;
        else break;
        at = lo + (hi - lo - PIKA__WIDE_BLOCK) / 2;
    }
    rule.edges = edges;
    pika__map_edges(&rule, &v, 1, &cell);
    return cell < PIKA__OUTSIDE ? cell + (uint32_t)at : cell;
}

PIKA__PRIV PIKA__NOINLINE int pika__axis_cell(const pika_view *view, int axis, int type, const void *value)
{
    const pika_column column = pika_strided(value, type, 0);
    pika__axis rule;
    uint32_t cell;
    double v = 0;
    float f;
    memset(&rule, 0, sizeof rule);
    if (view == NULL || value == NULL ||
        pika__open_axis(NULL, "pika_axis_cell", view, axis, type, &v, &rule) != PIKA_OK)
        return -2;
    if (rule.rule == PIKA__RULE_FLOAT) {
        pika__load_floats(&column, 0, NULL, 1, &f);
        cell = pika__cell_float(&rule, f);
    } else {
        pika__load_doubles(&column, rule.origin, 0, NULL, 1, &v);
        cell = rule.rule == PIKA__RULE_DOUBLE ? pika__cell_double(&rule, v)
                                              : pika__cell_by_edges(view, axis, &rule, v);
    }
    return cell == PIKA__OUTSIDE ? -1 : cell == PIKA__INVALID ? -2 : (int)cell;
}

PIKA_API int pika_axis_cell(const pika_view *view, int axis, int type, const void *value)
{
    pika__float_state saved;
    int cell;
    pika__float_enter(&saved);
    cell = pika__axis_cell(view, axis, type, value);
    pika__float_leave(&saved);
    return cell;
}

/* ---- >>beyond: the cell of a vertex, also outside the view ---------------------------------------------
   What it is for: marks end where they end, not at the edge of the grid or of a tile. Cells here are those of
   the whole picture, -(2^31 - 1) .. 2^31 - 1, what lies further counts as there; positions are 256 times as
   fine and agree with pika__inside_position to the bit. Both never fall as v rises.
   Methods: linear, the rule itself. By table the cell is the last i with edge[i] <= v, where edge[i] is for
   every i what >>edges and pika__make_edges write inside. On log10 and symlog axes v's place among the edges
   is first computed in doubles, off by 1e-14 of it at most; where that leaves a cell or a 256th open, the
   edges themselves decide, by >>wide. These are kept: the struct is one thread's, copies are free.
   Uses >>wide and >>axes. Cost: linear 15 ns, linspace 25, log10 and symlog 35, a position 70; where edges
   decide 7 us (a tie 4 ms), and 30 ns if they are kept. Symlog where c is 1e100 times the range: 0.2 ms. */

PIKA__LEAN

#define PIKA__BEYOND_MOST 0x7FFFFFFF
#define PIKA__BEYOND_KEPT 32 /* edges */

typedef struct pika__beyond_base { /* what logarithms are taken from: b >= 0 */
    double value, sum;             /* b, b + c */
    double mantissa;               /* of the sum, 1..2 */
    int exponent;
} pika__beyond_base;

typedef struct pika__beyond_axis { /* of one thread */
    const pika__axis *rule;
    int scale;        /* PIKA_LINEAR: linspace */
    int32_t n;        /* cells of the whole picture */
    double lo, hi, c; /* of the view; c = 0 on a log axis */
    double step;      /* linspace */

    int quick;                 /* doubles tell the place: */
    pika__beyond_base base[2]; /* |lo|, 0 */
    double lo_octaves;         /* log2(|lo| / c + 1) */
    double per_octave;         /* cells */
    double height;             /* log((e1 + c) / (e0 + c)) of a cell */
    double share;              /* 1 / (exp(height) - 1); 0 = edges decide every 256th */
    double zero;               /* the place of v = 0 */

    int exact; /* there are u(lo) and u(hi) - u(lo), PIKA__EDGES_SIZE limbs */
    pika__wide start, span;
    int32_t kept[PIKA__BEYOND_KEPT];
    double edge[PIKA__BEYOND_KEPT];
} pika__beyond_axis;

/* The largest integer <= t, within the limits. */
PIKA__PRIV int32_t pika__beyond_floor(double t)
{
    int32_t whole;
    if (!(t > -2147483647.0)) return -PIKA__BEYOND_MOST;
    if (!(t < 2147483647.0)) return PIKA__BEYOND_MOST;
    whole = (int32_t)t;
    return whole - (t < (double)whole);
}

/* v > 0: mantissa in 1..2; returns the biased exponent. */
PIKA__PRIV int pika__beyond_split(double v, double *mantissa)
{
    const int shift = v < 1e-300 ? 64 : 0; /* denormals too */
    const uint64_t bits = pika__bits64(shift ? v * 18446744073709551616.0 : v);
    *mantissa = pika__from_bits64((bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1023 << 52);
    return (int)(bits >> 52) - shift;
}

/* log2((a + c) / (b + c)) = k + 2 / log(2) * atanh(z), |z| < 0.172, for finite a >= 0. Where k = 0, z is from
   a - b, so that the error is relative: the difference, two sums and theirs, the quotient, the series (cut
   below 2^-55) and its product lose at most 2^-53 each. Next to k != 0 the result is above 1/2, and they lose
   no more. Below 2e-15 in all, or 1e-320 where z is a denormal. */
PIKA__PRIV double pika__beyond_log2(const pika__beyond_base *base, double c, double a)
{
    static const double series[11] = {2.8853900817779268,  0.9617966939259756,  0.57707801635558535,
                                      0.41219858311113240, 0.3205988979753252,  0.2623081892525388,
                                      0.22195308321368668, 0.19235933878519512, 0.1697288283398780,
                                      0.15186263588304878, 0.13739952770371080};
    const int high = a > 1e289 || c > 1e289;
    const double f = high ? 5.421010862427522170e-20 : 1.0; /* 2^-64, so that sums stay finite */
    const double s = high ? pika__rounded(a * f) + pika__rounded(c * f) : a + c;
    double m, z, z2, sum;
    int k = pika__beyond_split(s, &m) - base->exponent + (high ? 64 : 0), i;
    if (m > 1.4142135 * base->mantissa) {
        m *= 0.5;
        k++;
    } else if (1.4142135 * m < base->mantissa) {
        m *= 2;
        k--;
    }
    if (k == 0) z = (a - base->value) * f / (s + pika__rounded(base->sum * f));
    else z = (m - base->mantissa) / (m + base->mantissa);
    z2 = pika__rounded(z * z);
    sum = series[10];
    for (i = 9; i >= 0; i--) sum = pika__rounded(sum * z2) + series[i];
    return (double)k + pika__rounded(z * sum);
}

/* Octaves of v + c from lo up to v, on symlog axes through zero; below lo negative. */
PIKA__PRIV double pika__beyond_octaves(const pika__beyond_axis *beyond, double v)
{
    const int side = (v < 0) != (beyond->lo < 0);
    const double octaves =
        pika__beyond_log2(&beyond->base[side], beyond->c, v < 0 ? -v : v) + (side ? beyond->lo_octaves : 0);
    return v < 0 ? -octaves : octaves;
}

/* exp(x) - 1 for 0 <= x <= 45, off by less than 1e-13 of it: x = k log(2) + r, |r| < 0.347 */
PIKA__PRIV double pika__beyond_expm1(double x)
{
    static const double series[11] = {/* 1 / 2! ... 1 / 12! */
                                      0.5,
                                      0.16666666666666667,
                                      0.041666666666666667,
                                      0.0083333333333333333,
                                      0.0013888888888888889,
                                      1.984126984126984e-4,
                                      2.48015873015873e-5,
                                      2.755731922398589e-6,
                                      2.755731922398589e-7,
                                      2.505210838544172e-8,
                                      2.08767569878681e-9};
    const int k = (int)(pika__rounded(x * 1.4426950408889634) + 0.5);
    const double r = x - pika__rounded(k * 0.69314718055994531);
    const double power = pika__from_bits64((uint64_t)(1023 + k) << 52);
    double sum = series[10];
    int i;
    for (i = 9; i >= 0; i--) sum = pika__rounded(sum * r) + series[i];
    sum = r + pika__rounded(pika__rounded(r * r) * sum);
    return pika__rounded(power * sum) + (power - 1);
}

/* rule is kept by address. */
PIKA__PRIV PIKA__COLD void pika__beyond_init(pika__beyond_axis *out, const pika_view *view, int axis,
                                             const pika__axis *rule)
{
    const pika_axis *a = pika__view_axis(view, axis);
    const double lo_size = a->lo < 0 ? -a->lo : a->lo;
    double octaves;
    int i;
    memset(out, 0, sizeof *out);
    out->rule = rule;
    out->scale = a->scale;
    out->n = rule->last + 1;
    out->lo = a->lo;
    out->hi = a->hi;
    out->zero = -1e300;
    for (i = 0; i < PIKA__BEYOND_KEPT; i++) out->kept[i] = -PIKA__BEYOND_MOST - 1;
    if (a->scale == PIKA_LINEAR) {
        out->step = (a->hi - a->lo) / out->n;
        return;
    }
    if (a->scale == PIKA_SYMLOG) {
        out->c = a->linear != 0 ? a->linear : 1.0;
        if (!pika__is_finite(lo_size + out->c)) return;
        out->base[1].sum = out->c;
        out->base[1].exponent = pika__beyond_split(out->c, &out->base[1].mantissa);
        out->lo_octaves = pika__beyond_log2(&out->base[1], out->c, lo_size);
    }
    out->base[0].value = lo_size;
    out->base[0].sum = lo_size + out->c;
    out->base[0].exponent = pika__beyond_split(out->base[0].sum, &out->base[0].mantissa);
    octaves = pika__beyond_octaves(out, a->hi);
    if (!(octaves > 1e-100)) return;
    out->quick = 1;
    out->per_octave = out->n / octaves;
    out->height = 0.69314718055994531 / out->per_octave;
    if (out->height < 44) out->share = 1 / pika__beyond_expm1(out->height);
    if (a->scale == PIKA_SYMLOG) out->zero = pika__beyond_octaves(out, 0) * out->per_octave;
}

/* start = u(lo) and span = u(hi) - u(lo), where u is log(v) or symlog's. */
PIKA__PRIV PIKA__COLD void pika__beyond_logs(const pika__beyond_axis *beyond, int size, pika__wide *start,
                                             pika__wide *span)
{
    const int apart = beyond->lo < 0 && beyond->hi > 0; /* then both are logarithms of v / c + 1 */
    pika__wide lo, hi, c, from;
    int sign;

    pika__wide_from_double(&lo, size, beyond->lo);
    pika__wide_from_double(&hi, size, beyond->hi);
    pika__wide_from_double(&c, size, beyond->c);
    pika__wide_from_integer(start, size, 0);
    if (c.sign > 0 && lo.sign != 0) {
        sign = lo.sign;
        from = lo;
        from.sign = 1;
        pika__wide_div(&from, size, &from, &c);
        pika__wide_log1p(start, size, &from);
        start->sign = sign;
    }
    if (apart) {
        pika__wide_div(&hi, size, &hi, &c);
        pika__wide_log1p(span, size, &hi);
    } else {
        from = lo.sign < 0 ? hi : lo;
        if (from.sign < 0) from.sign = 1;
        pika__wide_add(&from, size, &from, 1, &c);
        pika__wide_add(&hi, size, &hi, -1, &lo);
        pika__wide_div(&hi, size, &hi, &from);
        pika__wide_log1p(span, size, &hi);
    }
    if (apart) pika__wide_add(span, size, span, -1, start);
}

/* Edge i by start and span of this size: u = start + span i / n back to v. 0 when it needs more limbs. What
   PIKA__WIDE_LIMBS leave open is a tie, or zero: see >>edges, also for the error. */
PIKA__PRIV PIKA__COLD int pika__beyond_edge_at(const pika__beyond_axis *beyond, int size,
                                               const pika__wide *start, const pika__wide *span, int32_t i,
                                               double *out)
{
    const double most = i < 0 && beyond->c == 0 ? 0 : pika__from_bits64(PIKA__INF64);
    pika__wide u, v, factor;
    int lost = 0, negative = 0;

    pika__wide_from_integer(&u, size, (uint32_t)(i < 0 ? -i : i));
    pika__wide_mul(&u, size, &u, span);
    pika__wide_div_integer(&u, size, &u, (uint32_t)beyond->n);
    if (beyond->c != 0) {
        if (i < 0) u.sign = -u.sign;
        pika__wide_add(&v, size, &u, 1, start);
        if (u.sign * start->sign < 0)
            lost = (u.exponent > start->exponent ? u.exponent : start->exponent) - v.exponent + 1;
        *out = 0;
        if (lost > size - 5) return size == PIKA__WIDE_LIMBS;
        u = v;
        negative = u.sign < 0;
        if (negative) u.sign = 1;
    }
    *out = negative ? -most : most;
    if (u.exponent > 1 || (u.exponent == 1 && u.limb[0] > 4095)) return 1; /* log(2^2098) is below 1455 */
    pika__wide_expm1(&v, size, &u);
    if (beyond->c != 0) {
        pika__wide_from_double(&factor, size, beyond->c);
        pika__wide_mul(&v, size, &v, &factor);
    } else {
        pika__wide_from_integer(&factor, size, 1);
        pika__wide_add(&v, size, &v, 1, &factor);
        pika__wide_from_double(&factor, size, beyond->lo);
        if (i < 0) pika__wide_div(&v, size, &factor, &v);
        else pika__wide_mul(&v, size, &v, &factor);
    }
    if (v.exponent > 32) return 1; /* 2^1024 and more */
    return pika__wide_round(&v, 32 * (size - 1 - lost) - 40, negative, out) || size == PIKA__WIDE_LIMBS;
}

/* Edge i of the axis's table, continued on both sides: +-infinity past the largest double. |i| < 2^31 */
PIKA__PRIV PIKA__COLD double pika__beyond_edge(pika__beyond_axis *beyond, int32_t i)
{
    const uint32_t slot = (uint32_t)i * 0x9E3779B1u >> 27; /* equal steps too find all of them */
    pika__wide start, span;
    double edge = 0;
    int size = PIKA__EDGES_SIZE;

    if (i == 0) return beyond->lo;
    if (i == beyond->n) return beyond->hi;
    if (beyond->scale == PIKA_LINEAR) {
        edge = pika__rounded(i * beyond->step) + beyond->lo;
        return (edge > beyond->hi) == (i > beyond->n) ? edge : beyond->hi;
    }
    if (beyond->kept[slot] == i) return beyond->edge[slot];
    if (!beyond->exact) pika__beyond_logs(beyond, size, &beyond->start, &beyond->span);
    beyond->exact = 1;
    if (beyond->lo != -beyond->hi || i != beyond->n / 2 || beyond->n % 2 != 0) { /* else 0 */
        int done = pika__beyond_edge_at(beyond, size, &beyond->start, &beyond->span, i, &edge);
        while (!done) {
            size *= 3;
            pika__beyond_logs(beyond, size, &start, &span);
            done = pika__beyond_edge_at(beyond, size, &start, &span, i, &edge);
        }
    }
    beyond->kept[slot] = i;
    beyond->edge[slot] = edge;
    return edge;
}

/* The cell by table of a finite value; and v's place among the edges, off by *off at most, where quick. */
PIKA__PRIV int32_t pika__beyond_by_table(pika__beyond_axis *beyond, double v, double *place, double *off)
{
    const double size = v < 0 ? -v : v, lo_size = beyond->lo < 0 ? -beyond->lo : beyond->lo;
    double t = 0, error = 1e10, half = 0; /* 1e10: every cell; half of v's last place, in cells */
    int32_t low, high, middle;
    if (beyond->scale == PIKA_LINEAR) { /* two roundings an edge, three of t, and that of n step to hi */
        t = (v - beyond->lo) / beyond->step;
        error = (pika__rounded((size + lo_size) * 1e-15) + 1e-320) / beyond->step +
                pika__rounded((t < 0 ? -t : t) * 1e-15);
        if (!(error < 1e10)) {
            t = 0;
            error = 1e10;
        }
    } else if (beyond->quick) {
        t = beyond->per_octave * pika__beyond_octaves(beyond, v);
        error = pika__rounded((t < 0 ? -t : t) * 1e-14) + 1e-30;
        half = beyond->per_octave * 2.3e-16;
        if (size + beyond->c < 2.3e-308)
            half += beyond->per_octave / pika__u64_to_double(pika__bits64(size + beyond->c));
    }
    *place = t;
    *off = error;
    low = pika__beyond_floor(t - error);
    high = pika__beyond_floor(t + error + half);
    while (low < high) { /* edge[low] <= v, as far as there are cells, and the answer is low .. high */
        middle = low + (int32_t)(((int64_t)high - low + 1) / 2);
        if (pika__beyond_edge(beyond, middle) <= v) low = middle;
        else high = middle - 1;
    }
    return low;
}

/* Linear: v's place, exact as the rule is. Infinite where the difference is. */
PIKA__PRIV double pika__beyond_linear(const pika__axis *rule, double v)
{
    if (rule->rule == PIKA__RULE_FLOAT) {
        const float from_lo = (float)v - rule->lo32, t = from_lo * rule->s32;
        return (double)t;
    }
    return (v - rule->lo) * rule->s;
}

/* -1 below the rule's lo, 1 above its hi, 0 inside. */
PIKA__PRIV int pika__beyond_side(const pika__axis *rule, double v)
{
    const int by_float = rule->rule == PIKA__RULE_FLOAT;
    return v < (by_float ? (double)rule->lo32 : rule->lo)   ? -1
           : v > (by_float ? (double)rule->hi32 : rule->hi) ? 1
                                                            : 0;
}

/* The cell, in the whole picture, of a value as loaded: valid, maybe infinite, inside the view or not. */
PIKA__PRIV int32_t pika__beyond_cell(pika__beyond_axis *beyond, double v, double *place, double *off)
{
    const pika__axis *rule = beyond->rule;
    const int side = pika__beyond_side(rule, v);
    int32_t cell;
    if (!pika__is_finite(v)) return side * PIKA__BEYOND_MOST;
    if (rule->rule == PIKA__RULE_EDGES) cell = pika__beyond_by_table(beyond, v, place, off);
    else cell = pika__beyond_floor(pika__beyond_linear(rule, v));
    if (side < 0) return cell < -1 ? cell : -1;
    if (side > 0) return cell > rule->last ? cell : rule->last + 1;
    return cell < rule->last ? cell : rule->last;
}

PIKA__PRIV int32_t pika__beyond(pika__beyond_axis *beyond, double v)
{
    double place = 0, off = 0;
    return pika__beyond_cell(beyond, v, &place, &off);
}

/* 256 (v - e0) / (e1 - e0) to the nearest, ties up, e0 <= v <= e1; 0 if the cell is endless or empty. */
PIKA__PRIV int32_t pika__beyond_share(double e0, double e1, double v)
{
    double part = v - e0, all = e1 - e0, share;
    if (!(all > 0) || !pika__is_finite(e0) || !pika__is_finite(e1)) return 0;
    if (!pika__is_finite(all)) {
        part = v * 0.5 - e0 * 0.5;
        all = e1 * 0.5 - e0 * 0.5;
    }
    share = part / all * 256;
    return (int32_t)share + (share - (int32_t)share >= 0.5);
}

PIKA__PRIV int64_t pika__beyond_position_linear(const pika__axis *rule, double v)
{
    const int64_t end = 256 * ((int64_t)rule->last + 1), most = 256 * (int64_t)PIKA__BEYOND_MOST;
    const int side = pika__beyond_side(rule, v);
    const double t = pika__beyond_linear(rule, v) * 256; /* exact, or infinite */
    int64_t whole;
    double rest;
    if (!(t > -549755813632.0)) return -most;
    if (!(t < 549755813632.0)) return side > 0 ? most : end;
    whole = (int64_t)t; /* towards zero: the rest is exact */
    rest = t - (double)whole;
    whole += (rest >= 0.5) - (rest < -0.5);
    if (side > 0) return whole > end ? whole : end;
    return whole < end ? whole : end;
}

/* The same in 256ths of a cell, to the nearest, ties up: by table evenly between the cell's edges. */
PIKA__PRIV int64_t pika__beyond_position(pika__beyond_axis *beyond, double v)
{
    const double size = (v < 0 ? -v : v) + beyond->c;
    double t = 0, off = 0, at, share, error;
    int32_t cell;
    if (beyond->rule->rule != PIKA__RULE_EDGES) return pika__beyond_position_linear(beyond->rule, v);
    cell = pika__beyond_cell(beyond, v, &t, &off);
    if (cell == PIKA__BEYOND_MOST || cell == -PIKA__BEYOND_MOST) return 256 * (int64_t)cell;
    if (beyond->share > 0 && size < 1e270 && size > 1e-270 &&
        (cell < beyond->zero - 1.1 || cell > beyond->zero + 0.1)) {
        /* (exp(height at) - 1) / (exp(height) - 1) from the edge that is closer to zero. d share / d at is up
           to 1 + height; the edges are rounded, half their last place; so is pika__beyond_share. */
        at = v < 0 ? cell + 1.0 - t : t - cell;
        at = at < 0 ? 0 : at > 1 ? 1 : at;
        share = pika__rounded(256 * beyond->share * pika__beyond_expm1(beyond->height * at));
        if (v < 0) share = 256 - share;
        error = 256 * (pika__rounded(off * (1 + beyond->height)) +
                       (pika__rounded(beyond->per_octave * 2e-15) + 3e-13));
        if (error < 0.25 && (int32_t)(share + 0.5 - error) == (int32_t)(share + 0.5 + error))
            return 256 * (int64_t)cell + (int32_t)(share + 0.5);
    }
    return 256 * (int64_t)cell +
           pika__beyond_share(pika__beyond_edge(beyond, cell), pika__beyond_edge(beyond, cell + 1), v);
}

/* The same of a value that a kernel or pika__map_edges has found in this cell of the tile. */
PIKA__PRIV int64_t pika__inside_position(const pika__axis *rule, uint32_t cell, double v)
{
    if (rule->rule != PIKA__RULE_EDGES) return pika__beyond_position_linear(rule, v);
    return 256 * (rule->first + (int64_t)cell) +
           pika__beyond_share(rule->edges[cell], rule->edges[cell + 1], v);
}

/* ---- >>vertices: rows of coordinates to positions on the grid -----------------------------------------
   The map stage of marks: what lies outside the view has a position too. A position is a cell, or 1/256 cell
   for what is anti-aliased or filled, counted from the grid's lower-left corner. Rows of a batch are mapped
   in boxes of 256, whose extents let what is drawn from them skip those it cannot meet. */

#define PIKA__NOWHERE ((int32_t)-2147483647 - 1) /* in place of x: an invalid row */
#define PIKA__CELL_LIMIT 2147483647              /* positions of cells are -+ this at most */
#define PIKA__LATTICE_LIMIT (1 << 29)            /* from the block's origin; from the grid's twice as much */
#define PIKA__LATTICE_BLOCK (1 << 20)            /* cells */
#define PIKA__BOX 256                            /* rows; a multiple of 16, at most PIKA__LOAD_BLOCK */

typedef struct pika__vertices {  /* how a call's columns are mapped */
    pika__job cells, fine;       /* fine: linear axes in 1/512 cell of the whole picture */
    pika__beyond_axis beyond[2]; /* these remember: a task has a copy */
    int is_fine[2];              /* by `fine`; else one value at a time */
    int lattice;                 /* 1/256 cell */
    size_t shared_x;             /* > 0: x repeats after so many rows */
} pika__vertices;

/* Of the grid of cells.job. points: of the job, checked. */
PIKA__PRIV PIKA__COLD void pika__vertices_init(pika__vertices *v, const pika_grid *grid, int lattice)
{
    const pika_view *view = &grid->desc.view;
    int axis;
    v->lattice = lattice;
    v->fine = v->cells;
    for (axis = 0; axis < 2; axis++) {
        const pika__axis *rule = &v->cells.axes[axis];
        pika__axis *fine = &v->fine.axes[axis];
        pika__beyond_init(&v->beyond[axis], view, axis, rule);
        v->is_fine[axis] = 0;
        if (rule->rule == PIKA__RULE_EDGES || rule->last >= 1 << 21) continue;
        fine->s32 = rule->s32 * 512.0f;
        fine->s = rule->s * 512.0;
        fine->last = (rule->last + 1) * 512 - 1;
        fine->first = 0;
        fine->width = fine->last + 1;
        v->is_fine[axis] =
            rule->rule == PIKA__RULE_FLOAT ? pika__is_normal32(fine->s32) : pika__is_normal(fine->s);
    }
}

/* 1/256 cell of the whole picture to the grid's */
PIKA__PRIV int32_t pika__from_block(int64_t position, int32_t first)
{
    const int64_t origin = (int64_t)(first & ~(PIKA__LATTICE_BLOCK - 1)) * 256;
    int64_t at = position - origin;
    if (at < -PIKA__LATTICE_LIMIT) at = -PIKA__LATTICE_LIMIT;
    if (at > PIKA__LATTICE_LIMIT) at = PIKA__LATTICE_LIMIT;
    return (int32_t)(at - ((int64_t)first * 256 - origin));
}

/* A value's cell on the grid that no kernel places. */
PIKA__PRIV int32_t pika__cell_beyond(pika__vertices *v, int axis, double value)
{
    const int64_t at = (int64_t)pika__beyond(&v->beyond[axis], value) - v->cells.axes[axis].first;
    return at < -PIKA__CELL_LIMIT ? -PIKA__CELL_LIMIT : (int32_t)at;
}

/* Of a value that no kernel places. cell: what the kernel says of it. */
PIKA__PRIV int32_t pika__position(pika__vertices *v, int axis, double value, uint32_t cell)
{
    const pika__axis *rule = &v->cells.axes[axis];
    if (cell == PIKA__INVALID) return PIKA__NOWHERE;
    if (!v->lattice) return pika__cell_beyond(v, axis, value);
    return pika__from_block(cell < PIKA__OUTSIDE && rule->rule == PIKA__RULE_EDGES
                                ? pika__inside_position(rule, cell, value)
                                : pika__beyond_position(&v->beyond[axis], value),
                            rule->first);
}

/* Of n rows, from the cells that a kernel has found; fine: in 1/512 of the whole picture's. */
PIKA__PRIV PIKA__NOINLINE void pika__positions_each(pika__vertices *v, int axis, size_t first, size_t n,
                                                    int fine, int32_t *out)
{
    const pika_column *column = axis == 0 ? &v->cells.points->x : &v->cells.points->y;
    const int32_t corner = v->cells.axes[axis].first;
    const uint32_t *cells = (const uint32_t *)out;
    double values[PIKA__WIDE_BLOCK];
    size_t at, i;
    for (at = 0; at < n; at += PIKA__WIDE_BLOCK) {
        const size_t length = pika__min_size(n - at, PIKA__WIDE_BLOCK);
        pika__load_doubles(column, v->cells.axes[axis].origin, first + at, NULL, length, values);
        for (i = 0; i < length; i++) {
            const uint32_t cell = cells[at + i];
            if (cell >= PIKA__OUTSIDE || (v->lattice && !fine))
                out[at + i] = pika__position(v, axis, values[i], cell);
            else if (fine) out[at + i] = pika__from_block((cell + 1) >> 1, corner);
        }
    }
}

/* n <= PIKA__LOAD_BLOCK rows of one axis. Returns whether all are inside: the grid, or for 1/256 cell the
   whole picture. */
PIKA__PRIV int pika__positions(pika__vertices *v, int axis, size_t first, size_t n, int32_t *out)
{
    const int fine = v->lattice && v->is_fine[axis];
    const pika__job *job = fine ? &v->fine : &v->cells;
    uint32_t *cells = (uint32_t *)out; /* the same memory: a signed type and its unsigned one */
    uint32_t all = 0;                  /* the bits of all cells: a cell has 30 */
    size_t i;
    int inside;
    pika__map_axis(job, axis, first, n, cells);
    for (i = 0; i < n; i++) all |= cells[i];
    inside = all >> 31 == 0;
    if (inside && fine && v->cells.axes[axis].first == 0 && v->fine.axes[axis].last < PIKA__LATTICE_LIMIT) {
        for (i = 0; i < n; i++) out[i] = (int32_t)((cells[i] + 1) >> 1); /* to the nearest 1/256, ties up */
    } else if (!inside || v->lattice) pika__positions_each(v, axis, first, n, fine, out);
    return inside;
}

typedef struct pika__box {            /* of the valid vertices among some rows; empty: left > right */
    int32_t left, right, bottom, top; /* all inclusive */
} pika__box;

typedef struct pika__batch {
    size_t first, n; /* rows of the call */
    int32_t *x, *y;  /* [-1] too: the row before the batch */
    double *values;  /* NULL = none; NaN = no value */
    uint32_t *categories;
    pika__box *boxes; /* of every PIKA__BOX rows, the last one fewer */
} pika__batch;

PIKA__PRIV void pika__box_add(pika__box *box, int32_t x, int32_t y)
{
    if (x < box->left) box->left = x;
    if (x > box->right) box->right = x;
    if (y < box->bottom) box->bottom = y;
    if (y > box->top) box->top = y;
}

PIKA__PRIV void pika__box_clear(pika__box *box)
{
    box->left = box->bottom = 2147483647;
    box->right = box->top = -2147483647;
}

PIKA__PRIV void pika__skip_rows(pika_column *column, size_t rows)
{
    if (column->data == NULL) return;
    column->data = pika__row(column, rows);
    column->valid_offset += rows;
}

/* NaN where there is no value; n values of rows from `first` on. */
PIKA__PRIV void pika__mark_values(const pika_column *column, size_t first, size_t n, double *out)
{
    size_t i;
    pika__load_doubles(column, 0, first, NULL, n, out);
    for (i = 0; column->valid != NULL && i < n; i++)
        if (!pika__is_valid(column, first + i)) out[i] = pika__nan();
}

PIKA__PRIV void pika__mark_categories(const pika_column *column, size_t first, size_t n, uint32_t limit,
                                      uint32_t *out)
{
    pika__load_below(column, first, n, limit, PIKA__INVALID, out);
    pika__mark_nulls(column, first, n, out);
}

/* The rows inside, in the account: what pika_add_points says of them. rows[i] counts from `first`. */
PIKA__PRIV size_t pika__vertices_tally(const pika__vertices *v, size_t first, size_t n, uint32_t *cells,
                                       uint32_t *rows, pika__tally *tally)
{
    pika__job job;
    pika_points points;
    if (v->shared_x == 0) return pika__map(&v->cells, first, n, cells, rows, 1, 0, tally);
    job = v->cells;
    points = *job.points;
    job.points = &points;
    pika__skip_rows(&points.y, first - first % v->shared_x);
    pika__skip_rows(&points.value, first - first % v->shared_x);
    pika__skip_rows(&points.category, first - first % v->shared_x);
    return pika__map(&job, first % v->shared_x, n, cells, rows, 1, 0, tally);
}

PIKA__PRIV void pika__extent(const int32_t *v, size_t n, int32_t *lowest, int32_t *highest)
{
    size_t i = 0, k;
    int32_t low = v[0], high = v[0];
#ifdef PIKA__HAVE_SSE2
    __m128i lows = _mm_set1_epi32(low), highs = lows;
    int32_t lanes[8];
    for (; i + 4 <= n; i += 4) {
        const __m128i four = _mm_loadu_si128((const __m128i *)(const void *)(v + i));
        const __m128i less = _mm_cmplt_epi32(four, lows), more = _mm_cmpgt_epi32(four, highs);
        lows = _mm_or_si128(_mm_and_si128(less, four), _mm_andnot_si128(less, lows));
        highs = _mm_or_si128(_mm_and_si128(more, four), _mm_andnot_si128(more, highs));
    }
    _mm_storeu_si128((__m128i *)(void *)lanes, lows);
    _mm_storeu_si128((__m128i *)(void *)(lanes + 4), highs);
    for (k = 0; k < 4; k++) {
        low = lanes[k] < low ? lanes[k] : low;
        high = lanes[k + 4] > high ? lanes[k + 4] : high;
    }
#endif
    for (k = i; k < n; k++) {
        low = v[k] < low ? v[k] : low;
        high = v[k] > high ? v[k] : high;
    }
    *lowest = low;
    *highest = high;
}

/* Rows that are not all inside: marks the invalid ones, grows the box by the others. */
PIKA__PRIV void pika__vertices_extent(const pika__batch *batch, size_t at, size_t n)
{
    const uint32_t *categories = batch->categories == NULL ? NULL : batch->categories + at;
    int32_t *x = batch->x + at;
    const int32_t *y = batch->y + at;
    pika__box box = batch->boxes[at / PIKA__BOX];
    size_t i;
    for (i = 0; i < n; i++) {
        if (y[i] == PIKA__NOWHERE || (categories != NULL && categories[i] == PIKA__INVALID))
            x[i] = PIKA__NOWHERE;
        if (x[i] != PIKA__NOWHERE) pika__box_add(&box, x[i], y[i]);
    }
    batch->boxes[at / PIKA__BOX] = box;
}

/* Maps n rows `at` .. of the batch, in one box and with shared_x in one line, and tells them in the account
   but for the first `silent`. whole: no one asks for the box where all rows are inside. */
PIKA__PRIV PIKA__NOINLINE void pika__vertices_piece(pika__vertices *v, const pika__batch *batch, size_t at,
                                                    size_t n, size_t silent, int whole, pika__tally *tally)
{
    const uint32_t width = (uint32_t)v->cells.axes[0].width, height = (uint32_t)v->cells.axes[1].width;
    const size_t first = batch->first + at;
    const int32_t *x = batch->x + at, *y = batch->y + at;
    uint32_t cells[PIKA__BOX], rows[PIKA__BOX];
    size_t i, inside;
    int all = pika__positions(v, 0, v->shared_x > 0 ? first % v->shared_x : first, n, batch->x + at);
    all &= pika__positions(v, 1, first, n, batch->y + at);
    if (batch->values != NULL) pika__mark_values(&v->cells.points->value, first, n, batch->values + at);
    if (batch->categories != NULL)
        pika__mark_categories(&v->cells.points->category, first, n, v->cells.categories,
                              batch->categories + at);
    if (all && batch->categories == NULL) {
        pika__box box = {0, (int32_t)width * 256, 0, (int32_t)height * 256};
        if (!whole) {
            pika__extent(x, n, &box.left, &box.right);
            pika__extent(y, n, &box.bottom, &box.top);
        }
        pika__box_add(&batch->boxes[at / PIKA__BOX], box.left, box.bottom);
        pika__box_add(&batch->boxes[at / PIKA__BOX], box.right, box.top);
    } else pika__vertices_extent(batch, at, n);
    if (all && batch->values == NULL && batch->categories == NULL &&
        !(v->lattice && pika__is_tile(v->cells.axes))) {
        tally->inside += n - silent;
    } else if (!v->lattice && batch->values == NULL) {
        for (i = silent; i < n; i++) {
            tally->invalid += x[i] == PIKA__NOWHERE;
            tally->inside += (uint32_t)x[i] < width && (uint32_t)y[i] < height;
        }
    } else {
        inside = pika__vertices_tally(v, first + silent, n - silent, cells, rows, tally);
        for (i = 0; batch->values != NULL && i < inside; i++)
            tally->no_value += (uint64_t)pika__is_nan(batch->values[at + silent + rows[i]]);
    }
}

/* A whole box, which starts at row `at` of the batch. */
PIKA__PRIV void pika__vertices_box(pika__vertices *v, const pika__batch *batch, size_t at, size_t silent,
                                   int whole, pika__tally *tally)
{
    const size_t end = pika__min_size(batch->n, at + PIKA__BOX);
    pika__box_clear(&batch->boxes[at / PIKA__BOX]);
    while (at < end) {
        size_t n = end - at;
        if (v->shared_x > 0) n = pika__min_size(n, v->shared_x - (batch->first + at) % v->shared_x);
        pika__vertices_piece(v, batch, at, n, pika__min_size(silent, n), whole, tally);
        silent = 0;
        at += n;
    }
}

/* What every mark asks of a grid and its columns; makes the rules. covers: the mark adds shares of cells. */
PIKA__PRIV PIKA__COLD pika_result pika__marks_init(pika_ctx *ctx, const char *who, pika__vertices *v,
                                                   pika_grid *grid, const pika_points *points, size_t rows,
                                                   int covers, int lattice)
{
    const unsigned shared = PIKA_COUNT | PIKA_ANY | PIKA_SUM | PIKA_MEAN | PIKA_COVERAGE;
    pika__job *job = &v->cells;
    pika_result result;
    pika__job_init(ctx, job, grid, points);
    v->shared_x = 0;
    if (covers && (grid->desc.planes & PIKA_COVERAGE) == 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "the grid's planes are %, need PIKA_COVERAGE, %, for shares of cells", NULL,
                               (int64_t)grid->desc.planes, PIKA_COVERAGE);
    if (covers && (grid->desc.planes & ~shared) != 0)
        return pika__error_int(ctx, PIKA_ERR_UNSUPPORTED, who,
                               "the grid's planes are %: shares of cells go to coverage, sum and mean alone",
                               NULL, (int64_t)grid->desc.planes, 0);
    result = pika__job_axes(ctx, who, job, rows);
    if (result == PIKA_OK) pika__vertices_init(v, grid, lattice);
    return result;
}

/* The rows of offsets[0] .. offsets[count], none above `rows`. */
PIKA__PRIV PIKA__COLD pika_result pika__check_offsets(pika_ctx *ctx, const char *who, const char *name,
                                                      const size_t *offsets, size_t count, size_t rows)
{
    size_t i;
    for (i = 0; i < count; i++)
        if (offsets[i] > offsets[i + 1])
            return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$[%] is above the next one, %", name,
                                   (int64_t)i, (int64_t)offsets[i + 1]);
    if (offsets[count] > rows)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$ ends at %, past the % rows", name,
                               (int64_t)offsets[count], (int64_t)rows);
    return PIKA_OK;
}

/* Rows that are several lines or areas: `count` of them by offsets; by shared_x as many as it divides the
   rows into; else one. */
PIKA__PRIV PIKA__COLD pika_result pika__check_parts(pika_ctx *ctx, const char *who, const size_t *offsets,
                                                    size_t shared_x, size_t rows, size_t *count)
{
    if (offsets != NULL && shared_x > 0)
        return pika__error(ctx, PIKA_ERR_INVALID, who, "offsets and shared_x are both set");
    if (offsets != NULL) return pika__check_offsets(ctx, who, "offsets", offsets, *count, rows);
    if (shared_x > 0 && rows % shared_x != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "points.count is %, no multiple of shared_x, %",
                               NULL, (int64_t)rows, (int64_t)shared_x);
    *count = shared_x > 0 ? rows / shared_x : 1;
    return PIKA_OK;
}

/* ---- >>sink: what marks cover, to the planes ----------------------------------------------------------
   The reduce stage of marks. A band is a part of the grid that one task owns: every task is shown every mark
   and draws what lies in its band, so that cells never have two owners and rows stay in order, whatever the
   number of threads. Cells of aliased marks are gathered into lists and end in >>reduce; shares of cells are
   added at once. */

#define PIKA__SINK 256         /* cells a list */
#define PIKA__WHOLE (1u << 25) /* the share of a cell that is covered */

typedef struct pika__sink {
    const pika__job *job; /* of the grid's planes */
    uint64_t hits;
    uint32_t offset; /* of the mark's category */
    uint32_t row;    /* the mark's, from job->base on */
    double value;    /* NaN = none */
    int testing;     /* adds nothing, and tells in `full` whether a count would pass 2^32 - 1 */
    int full;
    int corners; /* 3, 4: the value is another in every cell: of these */
    int32_t corner_x[4], corner_y[4];
    double corner_values[4];
    size_t n;
    uint32_t cells[PIKA__SINK], rows[PIKA__SINK];
    double values[PIKA__SINK];
} pika__sink;

PIKA__PRIV void pika__sink_init(pika__sink *sink, const pika__job *job)
{
    sink->job = job;
    sink->hits = 0;
    sink->offset = sink->row = 0;
    sink->value = pika__nan();
    sink->testing = sink->full = sink->corners = 0;
    sink->n = 0;
}

PIKA__PRIV PIKA__NOINLINE void pika__sink_flush(pika__sink *sink)
{
    const pika__job *job = sink->job;
    uint32_t *counts = (uint32_t *)job->grid->planes[PIKA__COUNTS];
    pika__ahead none;
    size_t i, n = sink->n;
    none.lines = 0;
    sink->n = 0;
    if (sink->testing) {
        for (i = 0; i < n; i++) { /* a segment's ends may be one cell */
            const uint32_t more = i > 0 && sink->cells[i] == sink->cells[i - 1];
            sink->full |= counts[sink->cells[i]] > 0xFFFFFFFEu - more;
        }
        return;
    }
    sink->hits += n;
    if (!job->has_values) {
        pika__count(job->kernels, counts, sink->cells, sink->rows, n, &none, 0);
        return;
    }
    pika__count(job->kernels, counts, sink->cells, NULL, n, &none, 0);
    n = pika__drop_nan(sink->cells, sink->rows, sink->values, n);
    pika__reduce_values(job->grid, sink->cells, sink->values, sink->rows, job->base, n);
}

PIKA__FORCED void pika__sink_add(pika__sink *sink, uint32_t cell)
{
    const size_t n = sink->n;
    sink->cells[n] = cell + sink->offset;
    if (sink->job->has_values) {
        sink->rows[n] = sink->row;
        sink->values[n] = sink->value;
    }
    sink->n = n + 1;
    if (n + 1 == PIKA__SINK) pika__sink_flush(sink);
}

/* Twice the area of a triangle, signed; each product is rounded by itself. */
PIKA__PRIV double pika__cross(double ax, double ay, double bx, double by)
{
    return pika__rounded(ax * by) - pika__rounded(ay * bx);
}

/* The value at a cell's centre, within those of the corners. */
PIKA__PRIV double pika__sink_value(const pika__sink *sink, uint32_t cell)
{
    const uint32_t pitch = sink->job->pitch;
    const double x = (double)(cell % pitch * 256 + 128) - (double)sink->corner_x[0];
    const double y = (double)(cell / pitch * 256 + 128) - (double)sink->corner_y[0];
    const double bx = (double)sink->corner_x[1] - (double)sink->corner_x[0];
    const double by = (double)sink->corner_y[1] - (double)sink->corner_y[0];
    const double *v = sink->corner_values;
    double lowest = v[0], highest = v[0], value;
    int i;
    for (i = 1; i < sink->corners; i++) {
        lowest = v[i] < lowest ? v[i] : lowest;
        highest = v[i] > highest ? v[i] : highest;
    }
    if (sink->corners ==
        4) { /* an upright rectangle: 0 lower left, 1 upper right, 2 lower right, 3 upper left */
        const double u = bx != 0 ? x / bx : 0, w = by != 0 ? y / by : 0;
        const double lower = v[0] + pika__rounded(u * (v[2] - v[0]));
        const double upper = v[3] + pika__rounded(u * (v[1] - v[3]));
        value = lower + pika__rounded(w * (upper - lower));
    } else {
        const double cx = (double)sink->corner_x[2] - (double)sink->corner_x[0];
        const double cy = (double)sink->corner_y[2] - (double)sink->corner_y[0];
        const double area = pika__cross(bx, by, cx, cy);
        const double b = area != 0 ? pika__cross(x, y, cx, cy) / area : 0;
        const double c = area != 0 ? pika__cross(bx, by, x, y) / area : 0;
        value = v[0] + pika__rounded(b * (v[1] - v[0])) + pika__rounded(c * (v[2] - v[0]));
    }
    return value < lowest ? lowest : value > highest ? highest : value; /* NaN stays */
}

/* Aliased: n cells of one row of the grid. */
PIKA__PRIV void pika__sink_run(pika__sink *sink, uint32_t cell, uint32_t n)
{
    uint32_t *counts = (uint32_t *)sink->job->grid->planes[PIKA__COUNTS] + cell + sink->offset;
    uint32_t i;
    if (sink->testing) {
        for (i = 0; i < n; i++) sink->full |= counts[i] == 0xFFFFFFFFu;
    } else if (!sink->job->has_values) {
        i = 0;
#ifdef PIKA__HAVE_SSE2
        for (; i + 4 <= n; i += 4) pika__add4_sse2(counts + i, _mm_set1_epi32(1), 0);
#endif
        for (; i < n; i++) counts[i]++;
        sink->hits += n;
    } else {
        for (i = 0; i < n; i++) {
            if (sink->corners != 0) sink->value = pika__sink_value(sink, cell + i);
            pika__sink_add(sink, cell + i);
        }
    }
}

/* The same where inside[i] is 1, not 0. */
PIKA__PRIV void pika__sink_cells(pika__sink *sink, uint32_t cell, const uint32_t *inside, uint32_t n)
{
    uint32_t *counts = (uint32_t *)sink->job->grid->planes[PIKA__COUNTS] + cell + sink->offset;
    uint32_t i = 0, added = 0;
    if (sink->testing || sink->job->has_values) {
        for (; i < n; i++)
            if (inside[i] != 0) pika__sink_run(sink, cell + i, 1);
        return;
    }
#ifdef PIKA__HAVE_SSE2
    {
        __m128i sum = _mm_setzero_si128();
        uint32_t lanes[4];
        for (; i + 4 <= n; i += 4) {
            const __m128i four = _mm_loadu_si128((const __m128i *)(const void *)(inside + i));
            sum = _mm_add_epi32(sum, four);
            pika__add4_sse2(counts + i, four, 0);
        }
        _mm_storeu_si128((__m128i *)(void *)lanes, sum);
        added = lanes[0] + lanes[1] + lanes[2] + lanes[3];
    }
#endif
    for (; i < n; i++) {
        counts[i] += inside[i];
        added += inside[i];
    }
    sink->hits += added;
}

/* A share of one cell, 1 .. 2^25, with the value. */
PIKA__PRIV PIKA__NOINLINE void pika__sink_weigh(pika__sink *sink, uint32_t cell, uint32_t cover)
{
    const pika_grid *grid = sink->job->grid;
    double *sums = (double *)grid->planes[PIKA__SUMS];
    uint64_t *weights = (uint64_t *)grid->planes[PIKA__WEIGHTS];
    if (sink->corners != 0) sink->value = pika__sink_value(sink, cell);
    if (pika__is_nan(sink->value)) return;
    cell += sink->offset;
    if (sums != NULL) sums[cell] += pika__rounded((double)cover / (double)PIKA__WHOLE * sink->value);
    if (weights != NULL) weights[cell] += cover;
}

/* Shares of n cells of one row of the grid, 0 .. 2^25 each. */
PIKA__PRIV void pika__sink_cover(pika__sink *sink, uint32_t cell, const uint32_t *cover, uint32_t n)
{
    uint64_t *covers = (uint64_t *)sink->job->grid->planes[PIKA__COVERS] + cell + sink->offset;
    uint32_t i = 0;
#ifdef PIKA__HAVE_SSE2
    for (; i + 4 <= n; i += 4) {
        const __m128i four = _mm_loadu_si128((const __m128i *)(const void *)(cover + i));
        __m128i *at = (__m128i *)(void *)(covers + i);
        const __m128i low = _mm_unpacklo_epi32(four, _mm_setzero_si128());
        const __m128i high = _mm_unpackhi_epi32(four, _mm_setzero_si128());
        _mm_storeu_si128(at, _mm_add_epi64(_mm_loadu_si128(at), low));
        _mm_storeu_si128(at + 1, _mm_add_epi64(_mm_loadu_si128(at + 1), high));
    }
#endif
    for (; i < n; i++) covers[i] += cover[i];
    for (i = 0; sink->job->has_values && i < n; i++)
        if (cover[i] != 0) pika__sink_weigh(sink, cell + i, cover[i]);
}

PIKA__PRIV void pika__sink_solid(pika__sink *sink, uint32_t cell, uint32_t n)
{
    uint64_t *covers = (uint64_t *)sink->job->grid->planes[PIKA__COVERS] + cell + sink->offset;
    uint32_t i = 0;
#ifdef PIKA__HAVE_SSE2
    const __m128i whole = _mm_set_epi32(0, (int)PIKA__WHOLE, 0, (int)PIKA__WHOLE);
    for (; i + 2 <= n; i += 2) {
        __m128i *at = (__m128i *)(void *)(covers + i);
        _mm_storeu_si128(at, _mm_add_epi64(_mm_loadu_si128(at), whole));
    }
#endif
    for (; i < n; i++) covers[i] += PIKA__WHOLE;
    for (i = 0; sink->job->has_values && i < n; i++) pika__sink_weigh(sink, cell + i, PIKA__WHOLE);
}

/* ---- >>stroke: anti-aliased lines, discs and bells ------------------------------------------------------
   What it is for: the coverage of one polyline at a time in a band of the grid (columns left .. right - 1,
   rows bottom .. top - 1), the largest of its segments', then taken out cell by cell. Coordinates are 1/256
   cell from the grid's lower left corner, within +-2^30; cell c's centre is 256 c + 128.
   Definition: D = floor(2^16 d), d the real distance, in cells, of a cell's centre to the segment, ends
   included (to the vertex, where there is but one). R = floor(2^15 w + 1/2) + 2^15, w the width, at least 1.
   The cell's coverage is R - D, cut to 0 .. 2^16, in 2^-16 cell: clamp(w / 2 + 1/2 - d, 0, 1), off by less
   than 2^-15. The polyline's is the largest of its segments'. Taken out is floor(coverage * S / 2^16 + 1/2)
   in 2^-25 cell, S = 2^25 or, where the width is below 1, floor(2^25 width + 1/2).
   As D is exact it does not matter how it is found: the same from either end, in every band, tile and order
   of segments, and moved by whole cells. As floor is monotone, what something else covers as well or better
   need not be painted. So a polyline is painted as its runs, all vertices of one x that follow each other and
   what is between, round at both ends (a vertex alone: a dot), and for each step from run to run the
   rectangle beside the segment, without ends; of tall ones only what the runs beside them do not cover.
   Distances are found in doubles and 2^-48 cell, with a bound of the error; what that leaves open by products
   of 128 bits. So neither rounding modes nor contraction change a bit.
   Cost: 1 ns a vertex, 30 ns a run, 50 ns a step, 4 ns a cell painted and taken.
   Owns nothing; the memory is the caller's. Uses >>base, >>floats. */

/* The root of v, relatively to 2^-50; v is 0 or a normal number. */
PIKA__PRIV double pika__root(double v)
{
#if defined(PIKA__X86) || (defined(__GNUC__) && defined(__aarch64__))
    return pika__sqrt(v);
#else /* Newton's iteration for 1 / root: from 2^-5 to 2^-9, 2^-17, 2^-34, 2^-52 */
    double y = pika__from_bits64(((uint64_t)0x5FE6EB50u << 32) - (pika__bits64(v) >> 1));
    int i;
    for (i = 0; i < 4; i++) y *= 1.5 - 0.5 * v * y * y;
    return v * y;
#endif
}

/* The root of v, rounded down, exactly; v <= 2^53. */
PIKA__PRIV int32_t pika__root_floor(int64_t v)
{
    int64_t root = (int64_t)pika__root((double)v); /* rounded, it may have reached the next whole number */
#ifndef PIKA__X86
    root += (root + 1) * (root + 1) <= v;
#endif
    return (int32_t)(root - (root * root > v));
}

PIKA__PRIV uint64_t pika__mul64(uint64_t a, uint64_t b, uint64_t *high)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t low = a0 * b0, one = a1 * b0 + (low >> 32), two = a0 * b1 + (uint32_t)one;
    *high = a1 * b1 + (one >> 32) + (two >> 32);
    return two << 32 | (uint32_t)low;
}

PIKA__PRIV int32_t pika__floor_256(int32_t v)
{
    return (int32_t)(((uint32_t)v ^ 0x80000000u) >> 8) - (1 << 23);
}

/* Of `cells` cells from `first` on, those whose centre is within from .. to: how many, and the first. */
PIKA__PRIV int32_t pika__centres(int32_t from, int32_t to, int32_t first, int32_t cells, int32_t *begin)
{
    const int32_t a = pika__floor_256(from + 127), b = pika__floor_256(to - 128);
    const int32_t last = b < first + cells - 1 ? b : first + cells - 1;
    *begin = a > first ? a : first;
    return last - *begin + 1; /* < 1: none */
}

/* Coverage by the distance to a point. */
typedef struct pika__disc {
    int32_t reach; /* 2^-16 cell: R. Coverage ends there */
    int32_t span;  /* 1/256 cell: a centre further away in x or y has none; up to 2^18 + 128 */
    int64_t full;  /* 1/256 cell, squared: up to there it is 1; -1 = nowhere */
} pika__disc;

PIKA__PRIV void pika__disc_init(pika__disc *disc, double radius) /* cells, 0 .. 1024 */
{
    const int64_t reach = (int64_t)(radius * 65536 + 0.5) + 32768, inner = reach - 65536 + 1;
    disc->reach = (int32_t)reach;
    disc->span = (int32_t)((reach - 1) >> 8);
    disc->full = inner > 0 ? (inner * inner - 1) >> 16 : -1; /* floor(root(2^16 d2)) < inner */
}

/* Coverage, 0 .. 2^16, at a distance whose square is d2 (1/256 cell, up to 2^37). */
PIKA__PRIV int32_t pika__disc_share(const pika__disc *disc, int64_t d2)
{
    int32_t share;
    if (d2 <= disc->full) return 65536;
    share = disc->reach - pika__root_floor(d2 * 65536);
    return share > 0 ? share : 0;
}

/* Coverage of n cells of a row, the first centre at (dx, dy) from the disc's; all within span in x and y. */
PIKA__PRIV void pika__disc_row(const pika__disc *disc, int32_t dx, int32_t dy, size_t n, uint32_t *cover)
{
    const int64_t dy2 = (int64_t)dy * dy;
    size_t i;
    for (i = 0; i < n; i++, dx += 256) cover[i] = (uint32_t)pika__disc_share(disc, dy2 + (int64_t)dx * dx);
}

/* exp(-i / 128) in 2^-31 */
typedef struct pika__powers {
    uint32_t power[1025];
} pika__powers;

PIKA__PRIV void pika__powers_init(pika__powers *powers) /* 3 us */
{
    uint64_t term = (uint64_t)1 << 63, step = term, power = term, low;
    int i;
    for (i = 1; term != 0; i++) { /* exp(-1/128) = 1 - 1/128 + 1/(128 256) - ... */
        term /= 128 * (uint64_t)i;
        step = i % 2 != 0 ? step - term : step + term;
    }
    for (i = 0; i <= 1024; i++) {
        powers->power[i] = (uint32_t)((power + ((uint64_t)1 << 31)) >> 32);
        low = pika__mul64(power, step, &power);
        power = power << 1 | low >> 63;
    }
}

/* exp(-d^2 / (2 sigma^2)), 0 where d > 4 sigma: off by less than 2^-17 + 2^-21. */
typedef struct pika__bell {
    int32_t span; /* as of discs; up to 2^20 */
    int shift;
    uint64_t factor; /* factor / 2^shift = 2^24 / (2 sigma^2) */
    int64_t cut;     /* 1/256 cell, squared: 16 sigma^2, rounded down */
} pika__bell;

PIKA__PRIV void pika__bell_init(pika__bell *bell, double sigma) /* cells, 0 .. 1024 */
{
    const double square = (sigma * 256) * (sigma * 256);
    double factor = 0;
    bell->cut = (int64_t)(square * 16);
    bell->span = pika__root_floor(bell->cut);
    bell->shift = 0;
    if (bell->cut > 0) factor = 8388608 / square; /* 2^-13 .. 2^27 */
    for (; factor < 4194304 && bell->cut > 0; bell->shift++) factor *= 2;
    bell->factor = (uint64_t)(factor + 0.5); /* >= 2^23 only where d2 < 16 */
}

/* Coverage, 0 .. 2^16, of n cells of a row, as for discs; |dx|, |dy| up to 2^21. */
PIKA__PRIV void pika__bell_row(const pika__bell *bell, const pika__powers *powers, int32_t dx, int32_t dy,
                               size_t n, uint32_t *cover)
{
    const int64_t dy2 = (int64_t)dy * dy;
    size_t i;
    for (i = 0; i < n; i++, dx += 256) {
        const int64_t d2 = dy2 + (int64_t)dx * dx;
        uint64_t z, f;
        cover[i] = 0;
        if (d2 > bell->cut) continue;
        z = (uint64_t)d2 * bell->factor >> bell->shift; /* 2^-24, up to 8 and 2^-19 */
        f = z & 0x1FFFF;                                /* exp(-f) = 1 - f + f^2 / 2, f < 1/128 */
        f = 16777216 - f + (f * f >> 25);
        cover[i] = (uint32_t)((powers->power[z >> 17] * f + ((uint64_t)1 << 38)) >> 39);
    }
}

/* Vertices of one x, one after another, and all between them. */
typedef struct pika__run {
    int32_t x, low, high, first, last; /* y */
} pika__run;

/* The coverage of one polyline in a band. */
typedef struct pika__stroke {
    int32_t *cover;         /* of the band's cells, row by row, in 2^-16; all 0 between polylines */
    uint64_t *boxes;        /* where it may not be 0, they may overlap: from column, rows: 16 bits each, */
    size_t capacity, count; /* columns and rows, from the top bit. count > capacity: there were more */
    size_t taken;           /* boxes that pika__stroke_take is done with, */
    uint32_t lines, passed; /* and rows of the next one, and cells of the next row */
    int32_t left, bottom, columns, rows; /* of the band, or of a window in it */
    int32_t band[4];                     /* left, bottom, columns, rows */
    size_t pitch;                        /* of cover */
    pika__disc disc;                     /* of a vertex */
    uint32_t scale;                      /* S */
    int runs;                            /* how many of these there are */
    pika__run run[3]; /* one that grows, one that waits for it to be complete, and one before, painted */
} pika__stroke;

/* Cells from row to row: an odd number of cache lines, so that a column does not fall into a few sets. */
PIKA__PRIV size_t pika__stroke_pitch(int32_t columns)
{
    const size_t n = (size_t)columns;
    return n < 64 ? n : ((n + 15) / 16 | 1) * 16;
}

/* Bytes for a band: 4.5 a cell. 0 = too large. */
PIKA__PRIV size_t pika__stroke_bytes(int32_t columns, int32_t rows)
{
    const size_t pitch = pika__stroke_pitch(columns);
    if ((size_t)rows > (size_t)-1 / 8 / pitch) return 0;
    return pitch * (size_t)rows * sizeof(int32_t) + (pitch * (size_t)rows / 16 + 64) * sizeof(uint64_t);
}

/* memory: pika__stroke_bytes, aligned for uint64_t. At most 32768 columns and rows; width 0 .. 1024. */
PIKA__PRIV void pika__stroke_init(pika__stroke *s, void *memory, int32_t left, int32_t right, int32_t bottom,
                                  int32_t top, double width)
{
    size_t cells;
    memset(s, 0, sizeof *s);
    s->band[0] = s->left = left;
    s->band[1] = s->bottom = bottom;
    s->band[2] = s->columns = right - left;
    s->band[3] = s->rows = top - bottom;
    s->pitch = pika__stroke_pitch(s->columns);
    cells = s->pitch * (size_t)s->rows;
    s->boxes = (uint64_t *)memory;
    s->capacity = cells / 16 + 64;
    s->cover = (int32_t *)(void *)(s->boxes + s->capacity);
    memset(s->cover, 0, cells * sizeof(int32_t));
    pika__disc_init(&s->disc, width > 1 ? width * 0.5 : 0.5);
    s->scale = (uint32_t)((width < 1 ? width : 1) * 33554432 + 0.5);
}

/* Between polylines: the next one lies between (x0, y0) and (x1, y1). Then the cells of a small one are the
   first of the memory, which stay in the cache. */
PIKA__PRIV void pika__stroke_window(pika__stroke *s, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    const int32_t span = s->disc.span, x = x0 < x1 ? x0 : x1, y = y0 < y1 ? y0 : y1;
    s->columns = pika__centres(x - span, (x0 < x1 ? x1 : x0) + span, s->band[0], s->band[2], &s->left);
    s->rows = pika__centres(y - span, (y0 < y1 ? y1 : y0) + span, s->band[1], s->band[3], &s->bottom);
    s->pitch = pika__stroke_pitch(s->columns > 0 ? s->columns : 0);
}

/* A box of cells of the grid that is about to be painted, not empty. Returns its first cell. */
PIKA__FORCED int32_t *pika__stroke_box(pika__stroke *s, int32_t column, int32_t line, int32_t n,
                                       int32_t lines)
{
    const uint64_t x = (uint64_t)(column - s->left), y = (uint64_t)(line - s->bottom);
    if (s->count < s->capacity) s->boxes[s->count] = x << 48 | y << 32 | (uint64_t)n << 16 | (uint64_t)lines;
    s->count++;
    return s->cover + (size_t)y * s->pitch + (size_t)x;
}

/* The cells of the box that are within reach of a run. */
PIKA__PRIV PIKA__NOINLINE void pika__stroke_capsule(pika__stroke *s, const pika__run *run, int32_t column,
                                                    int32_t line, int32_t n, int32_t lines)
{
    const pika__disc disc = s->disc;
    const int32_t x = run->x, low = run->low, high = run->high, last = 256 * (line + lines) + 128;
    int32_t *row, y, k, dx;
    if (n < 1 || lines < 1) return;
    row = pika__stroke_box(s, column, line, n, lines);
    for (y = 256 * line + 128; y < last; y += 256, row += s->pitch) {
        const int64_t dy = y < low ? low - y : y > high ? y - high : 0;
        dx = 256 * column + 128 - x;
        for (k = 0; k < n; k++, dx += 256) {
            int32_t share = disc.reach - (dx < 0 ? -dx : dx) * 256;
            if (dy != 0) share = pika__disc_share(&disc, dy * dy + (int64_t)dx * dx);
            else if (share > 65536) share = 65536;
            row[k] = row[k] > share ? row[k] : share;
        }
    }
}

/* All within reach of a run. Columns nearer to the one before or after it (or NULL) are left to that one in
   the rows beside it. */
PIKA__PRIV void pika__stroke_run(pika__stroke *s, const pika__run *run, const pika__run *before,
                                 const pika__run *after)
{
    const int32_t span = s->disc.span, x = run->x;
    const pika__run *side[2] = {NULL, NULL}; /* to the left, to the right */
    int32_t column, line, begin, i;
    int32_t n = pika__centres(x - span, x + span, s->left, s->columns, &column);
    const int32_t lines = pika__centres(run->low - span, run->high + span, s->bottom, s->rows, &line);
    if (before != NULL) side[before->x > x] = before;
    if (after != NULL) side[after->x > x] = after;
    for (i = 0; i < 2 && lines > 5; i++) { /* fewer are not worth it */
        int32_t beside, count, first;
        int64_t half; /* from there on a centre is nearer to the other */
        if (side[i] == NULL) continue;
        half = (i ? (int64_t)side[i]->x - x : (int64_t)x - side[i]->x) / 2 + 1;
        beside = pika__centres(side[i]->low, side[i]->high, line, lines, &begin);
        if (half > span || beside < 1) continue;
        if (i) count = pika__centres(x + (int32_t)half, x + span, column, n, &first);
        else count = pika__centres(x - span, x - (int32_t)half, column, n, &first);
        if (count < 1) continue;
        pika__stroke_capsule(s, run, first, line, count, begin - line);
        pika__stroke_capsule(s, run, first, begin + beside, count, line + lines - begin - beside);
        n -= count;
        if (!i) column += count;
    }
    pika__stroke_capsule(s, run, column, line, n, lines);
}

#define PIKA__STROKE_OPEN 65536 /* 2^-48 cell: the error bound of distances in that unit */

/* n cells of a row, the first one at the distance `side` from a line, the others `step` less each, in 2^-48
   cell. D may be found one too large: the result is not 0 where one is so near a whole number. */
PIKA__PRIV PIKA__NOINLINE int pika__stroke_strip(int32_t *row, int32_t n, int64_t side, int64_t step,
                                                 int32_t reach)
{
    int open = 0;
    int32_t k;
    for (k = 0; k < n; k++, side -= step) {
        const uint64_t distance = (uint64_t)(side < 0 ? -side : side) + PIKA__STROKE_OPEN;
        int32_t share = reach - (int32_t)(distance >> 32); /* may be negative */
        open |= (uint32_t)distance < 2 * PIKA__STROKE_OPEN;
        share = share < 65536 ? share : 65536;
        row[k] = row[k] > share ? row[k] : share;
    }
    return open;
}

/* Those cells once more, the open ones exactly: D = d or d - 1, and floor(2^16 |e| / (256 length)) >= d where
   (256 e)^2 >= d^2 (u^2 + v^2). e: the first one's distance times the length, in 1/256^2 cell. */
PIKA__PRIV PIKA__NOINLINE void pika__stroke_settle(int32_t *row, int32_t n, int64_t side, int64_t step,
                                                   int32_t reach, int64_t e, int64_t u, int64_t v)
{
    const uint64_t square = (uint64_t)(u * u) + (uint64_t)(v * v); /* <= 2^63 */
    int32_t k;
    for (k = 0; k < n; k++, side -= step, e -= 256 * v) {
        const uint64_t distance = (uint64_t)(side < 0 ? -side : side) + PIKA__STROKE_OPEN;
        const int64_t d = (int64_t)(distance >> 32);
        const uint64_t e256 = (uint64_t)(e < 0 ? -e : e) * 256; /* < 2^58: |e| < 2^18 2^31.5 */
        uint64_t high, d_high, low, d_low;
        int32_t share;
        if ((uint32_t)distance >= 2 * PIKA__STROKE_OPEN || d > reach) continue;
        low = pika__mul64(e256, e256, &high);
        d_low = pika__mul64((uint64_t)(d * d), square, &d_high);
        share = reach - (int32_t)d + (high < d_high || (high == d_high && low < d_low));
        share = share < 65536 ? share : 65536;
        row[k] = row[k] > share ? row[k] : share;
    }
}

/* All within reach of the segment between its ends: where the foot of the perpendicular lies on it.
   Rows are walked in the direction in which the segment goes right, so that u, v >= 0: u on - v right is the
   signed distance times the length, u right + v on the way along times the length. bottom, rows: of the grid,
   no others. */
PIKA__PRIV PIKA__NOINLINE void pika__stroke_between(pika__stroke *s, int32_t x0, int32_t y0, int32_t x1,
                                                    int32_t y1, int32_t bottom, int32_t rows)
{
    const int32_t span = s->disc.span, reach = s->disc.reach;
    const int swap = x1 < x0, way = (y1 < y0) == swap ? 1 : -1;
    const int64_t ax = swap ? x1 : x0, ay = swap ? y1 : y0, u = swap ? (int64_t)x0 - x1 : (int64_t)x1 - x0;
    const int64_t v = y1 < y0 ? (int64_t)y0 - y1 : (int64_t)y1 - y0;
    const int32_t low = y0 < y1 ? y0 : y1, high = y0 < y1 ? y1 : y0;
    double length, per_length, per_u, from, to, near_y;
    int64_t right, on, gap; /* right, on: of the first cell of a row, from an end */
    uint64_t q, step_x, step_y;
    int64_t edge = 0, slope = 0; /* 2^-32 column: where the strip begins in the row, or up to 1 before */
    int64_t inner; /* on: from there to inner + safe all of the row's strip is beside the segment */
    uint64_t safe;
    int32_t line, column, first, last, lines, most, i, *base, *row;
    ptrdiff_t to_base;
    uint64_t box, to_box;

    if (u == 0) return;
    last = pika__centres((int32_t)ax - span, (int32_t)(ax + u) + span, s->left, s->columns, &column);
    lines = pika__centres(low - span, high + span, bottom, rows, &line);
    if (last < 1 || lines < 1) return;
    /* Most steps of a dense trace pass no centre, nor come near one: further than the reach * u / length by
       which the rectangle passes the ends in y. And the same in x. */
    gap = ((int64_t)256 * pika__floor_256(low + 127) + 128) - high;
    if (gap > 0) {
        if (256 - v - gap < gap) gap = 256 - v - gap;
        if ((span + 1) * u <= gap * v) return;
    }
    gap = ((int64_t)256 * pika__floor_256((int32_t)ax + 127) + 128) - (ax + u);
    if (gap > 0) {
        if (256 - u - gap < gap) gap = 256 - u - gap;
        if ((span + 1) * v <= gap * u) return;
    }

    if (v == 0) {
        last = pika__centres((int32_t)ax, (int32_t)(ax + u), s->left, s->columns, &column);
        if (last < 1) return;
        row = pika__stroke_box(s, column, line, last, lines);
        for (; lines > 0; lines--, line++, row += s->pitch) {
            int32_t share = 256 * line + 128 - low;
            share = reach - (share < 0 ? -share : share) * 256;
            share = share < 65536 ? share : 65536;
            for (i = 0; i < last; i++) row[i] = row[i] > share ? row[i] : share;
        }
        return;
    }

    length = pika__root((double)u * (double)u + (double)v * (double)v);
    per_length = 1 / length;
    per_u = 1 / (double)u;
    near_y = (double)reach / 256 * (double)u * per_length;
    inner = (int64_t)near_y + 2;
    safe = v > 2 * inner ? (uint64_t)(v - 2 * inner) : 0;
    if (safe == 0) inner = (int64_t)1 << 40; /* none */
    right = (int64_t)256 * column + 128 - ax;
    on = way < 0 ? ay - ((int64_t)256 * (line + lines - 1) + 128) : (int64_t)256 * line + 128 - ay;
    last--;

    /* The rows where rectangle and band meet, with 1/256 cell to spare */
    from = -near_y;
    to = (double)v + near_y;
    if (right > 0 || right + 256 * last < u) {
        /* not all of its columns are there */
        const double half = (double)reach / 256 * length * per_u; /* the strip's height at one x */
        const double enters = (double)v * (double)right * per_u - half;
        const double leaves = (double)v * (double)(right + 256 * last) * per_u + half;
        from = from > enters ? from : enters;
        to = to < leaves ? to : leaves;
    }
    from = (from - 1 - (double)on) * (1.0 / 256);
    to = (to + 1 - (double)on) * (1.0 / 256);
    if (from < 0) from = 0;
    if (to > lines - 1) to = lines - 1;
    if (from > to) return;
    i = (int32_t)(from + 0.999);
    on += (int64_t)256 * i;
    line = way < 0 ? line + lines - 1 - i : line + i;
    lines = (int32_t)to + 1 - i;

    most = last + 1;
    if (u < v * 32768) { /* else it rises by less than a row in 32768 columns */
        const double e = (double)(u * on - v * right), per_v = 1 / (double)v;
        from = (double)reach / 65536 * length * per_v; /* half the strip's width in a row, in columns */
        most = (int32_t)(2 * from + 1.02);             /* < 2^26 */
        slope = (int64_t)((double)u * per_v * 4294967296.0);
        edge = (int64_t)((e * per_v * (1.0 / 256) - from + 0.99) * 4294967296.0);
    }
    per_length *= 1099511627776.0; /* 2^40: from 1/256 to 2^-48 */
    step_x = (uint64_t)(256 * (double)v * per_length + 0.5);
    step_y = (uint64_t)(256 * (double)u * per_length + 0.5);
    first = edge < 0 ? 0 : (int32_t)((uint64_t)edge >> 32);
    q = (uint64_t)(int64_t)((double)(u * on - v * (right + 256 * (int64_t)first)) * per_length);
    q += step_x * (uint64_t)first; /* of the row's first cell; modulo 2^64, as that may be far away */
    edge += (int64_t)1 << 60;
    base = s->cover + (size_t)(line - s->bottom) * s->pitch + (size_t)(column - s->left);
    box = (uint64_t)(column - s->left) << 48 | (uint64_t)(line - s->bottom) << 32 | 1;
    to_base = way < 0 ? -(ptrdiff_t)s->pitch : (ptrdiff_t)s->pitch;
    to_box = way < 0 ? 0 - ((uint64_t)1 << 32) : (uint64_t)1 << 32;
    for (; lines > 0; lines--, base += to_base, box += to_box, on += 256, edge += slope, q += step_y) {
        const int32_t start = (int32_t)((uint64_t)edge >> 32) - (1 << 28);
        int32_t k = start > 0 ? start : 0, end = start + most <= last ? start + most : last + 1;
        uint64_t side;
        if ((uint64_t)(on - inner) > safe) {
            while (k < end && u * (right + 256 * (int64_t)k) + v * on < 0) k++;
            while (k < end && u * (right + 256 * (int64_t)(end - 1) - u) + v * (on - v) > 0) end--;
        }
        end -= k;
        if (end < 1) continue;
        row = base + k;
        if (s->count < s->capacity) s->boxes[s->count] = box + ((uint64_t)k << 48) + ((uint64_t)end << 16);
        s->count++;
        side = q - step_x * (uint64_t)k;
        if (pika__stroke_strip(row, end, (int64_t)side, (int64_t)step_x, reach))
            pika__stroke_settle(row, end, (int64_t)side, (int64_t)step_x, reach,
                                u * on - v * (right + 256 * (int64_t)k), u, v);
    }
}

/* run[1], and what joins it to run[0], which is complete. Where no centre lies between their x, cells are not
   nearer to that than to one of the runs: rows that have both need nothing. */
PIKA__PRIV void pika__stroke_join(pika__stroke *s)
{
    const pika__run *a = &s->run[1], *b = &s->run[0];
    const int32_t x = a->x < b->x ? a->x : b->x, low = a->low > b->low ? a->low : b->low;
    const int32_t high = a->high < b->high ? a->high : b->high;
    int32_t begin, both;
    if (s->runs < 2) return;
    pika__stroke_run(s, a, s->runs > 2 ? &s->run[2] : NULL, b);
    if ((int64_t)high - low > 1024 && 256 * pika__floor_256(x + 128) + 128 >= (a->x < b->x ? b->x : a->x)) {
        both = pika__centres(low, high, s->bottom, s->rows, &begin);
        if (both > 0) {
            pika__stroke_between(s, a->x, a->last, b->x, b->first, s->bottom, begin - s->bottom);
            begin += both;
            pika__stroke_between(s, a->x, a->last, b->x, b->first, begin, s->bottom + s->rows - begin);
            return;
        }
    }
    pika__stroke_between(s, a->x, a->last, b->x, b->first, s->bottom, s->rows);
}

/* The polyline goes on: n vertices. */
PIKA__PRIV void pika__stroke_vertices(pika__stroke *s, const int32_t *x, const int32_t *y, size_t n)
{
    int32_t at = s->run[0].x, low = s->run[0].low, high = s->run[0].high;
    size_t i = 0;
    if (n == 0) return;
    for (i = 0; i < n; i++) {
        if (x[i] != at || s->runs == 0) {
            s->run[0].x = at;
            s->run[0].low = low;
            s->run[0].high = high;
            if (i > 0) s->run[0].last = y[i - 1];
            pika__stroke_join(s);
            s->run[2] = s->run[1];
            s->run[1] = s->run[0];
            s->runs += s->runs < 3;
            s->run[0].first = low = high = y[i];
            at = x[i];
        }
        low = y[i] < low ? y[i] : low;
        high = y[i] > high ? y[i] : high;
    }
    s->run[0].x = at;
    s->run[0].low = low;
    s->run[0].high = high;
    s->run[0].last = y[n - 1];
}

/* The polyline, or a piece of it, ends: a NaN, or the last vertex. */
PIKA__PRIV void pika__stroke_break(pika__stroke *s)
{
    pika__stroke_join(s);
    if (s->runs > 0) pika__stroke_run(s, &s->run[0], s->runs > 1 ? &s->run[1] : NULL, NULL);
    s->runs = 0;
}

/* A segment by itself: as two vertices and a break. */
PIKA__PRIV void pika__stroke_segment(pika__stroke *s, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    pika__run run = {x0, y0, y0, y0, y0};
    if (x0 == x1) {
        run.low = y0 < y1 ? y0 : y1;
        run.high = y0 < y1 ? y1 : y0;
        pika__stroke_run(s, &run, NULL, NULL);
        return;
    }
    pika__stroke_run(s, &run, NULL, NULL);
    run.x = x1;
    run.low = run.high = y1;
    pika__stroke_run(s, &run, NULL, NULL);
    pika__stroke_between(s, x0, y0, x1, y1, s->bottom, s->rows);
}

/* How many boxes there are to look at; box i, and its first cell. */
PIKA__FORCED size_t pika__stroke_boxes(const pika__stroke *s)
{
    return s->count > s->capacity ? 1 : s->count;
}
PIKA__FORCED int32_t *pika__stroke_boxed(const pika__stroke *s, size_t i, uint32_t *column, uint32_t *line,
                                         uint32_t *n, uint32_t *lines)
{
    const uint64_t all = (uint64_t)s->columns << 16 | (uint64_t)s->rows;
    const uint64_t box = s->count > s->capacity ? all : s->boxes[i];
    *column = (uint32_t)(box >> 48);
    *line = (uint32_t)(box >> 32) & 0xFFFF;
    *n = (uint32_t)box >> 16;
    *lines = (uint32_t)box & 0xFFFF;
    return s->cover + *line * s->pitch + *column;
}

/* Takes out up to `room` cells, and what each is covered by in 2^-25 cell, 1 .. 2^25; cell = row * pitch +
   column of the grid. Each cell comes once, in no order that means anything, and is 0 again. Less than room:
   that was all, and the next polyline may begin. */
PIKA__PRIV PIKA__NOINLINE size_t pika__stroke_take(pika__stroke *s, uint32_t pitch, uint32_t *cells,
                                                   uint32_t *cover, size_t room)
{
    const uint32_t origin = (uint32_t)s->bottom * pitch + (uint32_t)s->left;
    const size_t boxes = pika__stroke_boxes(s);
    const uint64_t scale = s->scale;
    uint32_t column, line, n, lines, cell;
    size_t taken = 0, end;
    while (s->taken < boxes && taken < room) {
        int32_t *from = pika__stroke_boxed(s, s->taken, &column, &line, &n, &lines) + s->lines * s->pitch;
        cell = origin + (line + s->lines) * pitch + column;
        end = n - s->passed < room - taken ? n : s->passed + (room - taken);
        for (; s->passed < end; s->passed++) {
            const uint32_t share = (uint32_t)(((uint64_t)from[s->passed] * scale + 32768) >> 16);
            cells[taken] = cell + s->passed;
            cover[taken] = share;
            from[s->passed] = 0;
            taken += share != 0; /* painted with 0, taken before, or of a width of almost nothing */
        }
        if (s->passed < n) continue;
        s->passed = 0;
        if (++s->lines < lines) continue;
        s->lines = 0;
        s->taken++;
    }
    if (taken < room) s->count = s->taken = 0;
    return taken;
}

/* Takes out all, and adds it to a plane. */
PIKA__PRIV PIKA__NOINLINE void pika__stroke_add(pika__stroke *s, uint32_t pitch, uint64_t *plane)
{
    const size_t boxes = pika__stroke_boxes(s);
    const uint64_t scale = s->scale;
    uint32_t column, line, n, lines, k;
    size_t i;
    for (i = 0; i < boxes; i++) {
        int32_t *from = pika__stroke_boxed(s, i, &column, &line, &n, &lines);
        uint64_t *to = plane + ((size_t)s->bottom + line) * pitch + (size_t)s->left + column;
        for (; lines > 0; lines--, from += s->pitch, to += pitch) {
            for (k = 0; k < n; k++) {
                to[k] += ((uint64_t)from[k] * scale + 32768) >> 16;
                from[k] = 0;
            }
        }
    }
    s->count = 0;
}

/* ---- >>fill: polygons to cells ------------------------------------------------------------------------
   A mark's edges are gathered, then drawn a strip of rows at a time into cells that stay near the core; a
   strip done, its rows go to the sink, lowest first, and its cells are 0 again. Nothing is touched but what
   the edges span. Coordinates are 1/256 cell from the grid's lower left corner, within +-2^30.
   Centres: an edge counts in rows with y0 <= y < y1 of their centres, from the first centre on that it does
   not lie right of; exact. Touched: also every cell in which an edge has a point, a cell having its left and
   lower side. Area: where an edge passes from row to row x is rounded down to 1/4096 cell, in between it is
   straight; where that passes from column to column the height of the part on the right is rounded down to
   1/4096 cell. The area right of it in a cell is then exact in 2^-25 cell and counts with the sign of its
   direction; the sum is cut at 1 (non-zero) or folded (even-odd).
   So an edge is the same from either end, in every strip and band, and moved by whole cells; polygons on its
   two sides share its cells to the last bit; edges that meet in a vertex stay in order, be the angle as thin
   as it may. Only where a vertex lies within 1/4096 cell of an edge that does not end there may the two
   change sides, and then the sliver between them has a share where it should have none.
   Positions are found in doubles where it is shown that their error cannot change the integer, else in
   integers. Left of column 0 an edge acts as if on its border. Winding numbers of Area are modulo 2^24.
   Owns nothing. Cost: 10 ns an edge and strip, 2 to 5 ns a row of it, 0.4 ns a cell of the box around. */

#define PIKA__FILL_ROWS 128    /* of a strip at most: so far positions are moved from row to row */
#define PIKA__FILL_LEAST 8     /* rows that every strip has room for */
#define PIKA__FILL_CELLS 65536 /* of a strip, unless it takes more for 8 rows: two planes of 256 KiB */
#define PIKA__FILL_SPARE 8     /* cells right of a row, that take what lies right of it */
#define PIKA__FILL_WHOLE (1 << 25)
#define PIKA__FILL_LAST 0xFFFFFFFFu
enum { PIKA__FILL_CENTRES = 0, PIKA__FILL_TOUCHED, PIKA__FILL_AREA };

typedef struct pika__fill_ends { /* of an edge */
    int32_t x0, y0, x1, y1;
} pika__fill_ends;

typedef struct pika__fill {
    int32_t width, bottom, top;
    uint32_t pitch;
    int32_t left, right, low, high; /* around the edges that are kept */
    size_t count, room;
    pika__fill_ends *edges;
    uint32_t *next, *first; /* lists of edges: the index of the next; of the first of each strip */
    int32_t column, row, columns, rows; /* the strip: its lower left cell in the grid, its size */
    size_t stride;                      /* of its rows */
    size_t cells, clean;                /* there is room for; that are 0, but for a strip's */
    uint32_t *windings; /* what edges change of winding numbers, from a cell on: 1; Area: 1/256 of it */
    uint32_t *lefts;    /* Area: what lies left of the edges in their cells, 2^-25. Touched: as windings */
    uint32_t *wholes;   /* Area: 1 of lefts, once those have spilled */
    uint32_t *values;   /* of a row, for the sink */
    uint32_t seen;      /* bit 31: one of lefts has passed +-2^30. One edge adds 2^25 at most */
    int spilled;
} pika__fill;

/* An edge from its left end to its right one, counted from the strip's lower left corner. */
typedef struct pika__fill_line {
    int32_t x0, y0, x1, y1;
    int64_t dx, dy; /* >= 0 */
    int32_t rise;   /* 1, -1: y from x0 to x1 */
    int32_t sign;   /* 1, -1: y as the mark has it */
    int plain;      /* |x0| < 2^26, dx and dy < 2^22: doubles will do */
    double inverse; /* 1 / dy, 0 of 0 */
} pika__fill_line;

/* An odd number of 64 bytes, so that rows spread over a cache. */
PIKA__PRIV size_t pika__fill_stride(int32_t columns)
{
    return (((size_t)columns + PIKA__FILL_SPARE + 15) / 16 | 1) * 16;
}

PIKA__PRIV size_t pika__fill_cells(int32_t width, int32_t rows)
{
    const size_t stride = pika__fill_stride(width), least = stride * (PIKA__FILL_LEAST + 1);
    return pika__min_size(least < PIKA__FILL_CELLS ? PIKA__FILL_CELLS : least, stride * ((size_t)rows + 1));
}

PIKA__PRIV size_t pika__fill_bytes(int32_t width, int32_t rows, size_t edges)
{
    if (edges >= 0x7FFFFFFFu || edges > ((size_t)-1 >> 6)) return 0;
    return 3 * pika__fill_cells(width, rows) * sizeof(uint32_t) +
           pika__round_up((size_t)width, 16) * sizeof(uint32_t) +
           pika__round_up(edges * sizeof(pika__fill_ends), 64) + edges * sizeof(uint32_t) +
           ((size_t)rows / PIKA__FILL_LEAST + 1) * sizeof(uint32_t);
}

PIKA__PRIV void pika__fill_begin(pika__fill *fill)
{
    fill->count = 0;
    fill->left = fill->low = 0x7FFFFFFF;
    fill->right = fill->high = -0x7FFFFFFF;
}

PIKA__PRIV void pika__fill_init(pika__fill *fill, void *memory, size_t edges, int32_t width, int32_t bottom,
                                int32_t top, uint32_t pitch)
{
    memset(fill, 0, sizeof *fill);
    fill->width = width;
    fill->bottom = bottom;
    fill->top = top;
    fill->pitch = pitch;
    fill->room = edges;
    fill->cells = pika__fill_cells(width, top - bottom);
    fill->windings = (uint32_t *)memory;
    fill->lefts = fill->windings + fill->cells;
    fill->wholes = fill->lefts + fill->cells;
    fill->values = fill->wholes + fill->cells;
    fill->edges = (pika__fill_ends *)(void *)(fill->values + pika__round_up((size_t)width, 16));
    fill->next =
        (uint32_t *)(void *)((uint8_t *)fill->edges + pika__round_up(edges * sizeof *fill->edges, 64));
    fill->first = fill->next + edges;
    pika__fill_begin(fill);
}

PIKA__PRIV void pika__fill_edge(pika__fill *fill, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    const int32_t low = y0 < y1 ? y0 : y1, high = y0 < y1 ? y1 : y0;
    int32_t left = x0 < x1 ? x0 : x1, right = x0 < x1 ? x1 : x0;
    pika__fill_ends *edge;
    if (high < fill->bottom * 256 || low >= fill->top * 256) return;
    if (left >= fill->width * 256) { /* what it bounds may reach to the last column */
        fill->right = fill->width * 256;
        return;
    }
    if (right < 0) x0 = x1 = left = right = -1;
    if (left < fill->left) fill->left = left;
    if (right > fill->right) fill->right = right;
    if (low < fill->low) fill->low = low;
    if (high > fill->high) fill->high = high;
    PIKA_ASSERT(fill->count < fill->room);
    edge = fill->edges + fill->count++;
    edge->x0 = x0;
    edge->y0 = y0;
    edge->x1 = x1;
    edge->y1 = y1;
}

/* x of an edge at y, in 1/4096 cell: the largest that is not above, or with `below` that is below. */
PIKA__PRIV PIKA__NOINLINE int64_t pika__fill_far_x(const pika__fill_line *line, int32_t y, int below)
{
    const int64_t along = ((int64_t)y - line->y0) * line->rise * line->dx; /* < 2^63 */
    const int64_t rest = 16 * (along % line->dy);
    return 16 * (line->x0 + along / line->dy) +
           (below ? (rest + line->dy - 1) / line->dy - 1 : rest / line->dy);
}

/* A plain edge's quotient is below 2^26 and off by less than 2^-25; with half a dy-th added it is at least
   2^-23 away from any integer. */
PIKA__FORCED int64_t pika__fill_x(const pika__fill_line *line, int32_t y, int below)
{
    double along;
    if (!line->plain) return pika__fill_far_x(line, y, below);
    along = (double)((int64_t)((y - line->y0) * line->rise) * line->dx * 16);
    along += below ? (double)line->dy - 0.5 : 0.5;
    return 16 * (int64_t)line->x0 - below + (int64_t)(along * line->inverse);
}

/* The same of a plain edge times 2^35, half a dy-th added or taken away; and the step from row to row, of
   which 132 make it off by less than 2^-24. */
PIKA__FORCED uint64_t pika__fill_start(const pika__fill_line *line, int32_t y, double half)
{
    const double along = (double)((int64_t)((y - line->y0) * line->rise) * line->dx * 16);
    return (uint64_t)(int64_t)((along + half) * line->inverse * 34359738368.0) +
           ((uint64_t)(16 * (int64_t)line->x0) << 35);
}

PIKA__FORCED uint64_t pika__fill_step(const pika__fill_line *line)
{
    const double slope = (double)line->dx * line->inverse; /* cells; beyond 32768 no row is followed by one */
    return (uint64_t)(int64_t)((slope < 32768.0 ? slope : 32768.0) * 140737488355328.0);
}

PIKA__PRIV PIKA__NOINLINE void pika__fill_centres(pika__fill *fill, const pika__fill_line *line)
{
    const int32_t low = line->rise < 0 ? line->y1 : line->y0, high = line->rise < 0 ? line->y0 : line->y1;
    const uint32_t sign = (uint32_t)line->sign;
    const int64_t limit = (int64_t)fill->columns * 4096;
    const size_t stride = fill->stride;
    int32_t row = low <= -127 ? 0 : (low + 127) / 256, end;
    uint32_t *at;
    if (high < 129) return;
    end = high >= fill->rows * 256 ? fill->rows : (high + 127) / 256;
    if (row >= end) return;
    at = fill->windings + (size_t)row * stride;
    if (line->x1 <= 128) {
        for (; row < end; row++, at += stride) *at += sign;
    } else if (line->plain && line->x0 >= 0 && line->x1 <= fill->columns * 256) {
        const uint64_t step = pika__fill_step(line) * (uint64_t)(int64_t)line->rise;
        uint64_t x = pika__fill_start(line, row * 256 + 128, -0.5) + ((uint64_t)2048 << 35);
        for (; row < end; row++, at += stride) {
            at[x >> 47] += sign;
            x += step;
        }
    } else {
        for (; row < end; row++, at += stride) {
            const int64_t x = pika__fill_x(line, row * 256 + 128, 1) + 2048;
            at[x <= 0 ? 0 : x > limit ? fill->columns : x / 4096] += sign;
        }
    }
}

PIKA__PRIV PIKA__NOINLINE void pika__fill_touched(pika__fill *fill, const pika__fill_line *line)
{
    const int rises = line->rise > 0;
    const int32_t low = rises ? line->y0 : line->y1, high = rises ? line->y1 : line->y0;
    const int64_t high_x = 16 * (int64_t)(rises ? line->x1 : line->x0), limit = (int64_t)fill->columns * 4096;
    int64_t below = 16 * (int64_t)(rises ? line->x0 : line->x1), above, from, to;
    int32_t row = low < 0 ? 0 : low / 256, last;
    uint32_t *at;
    if (high < 0) return;
    last = high >= fill->rows * 256 ? fill->rows - 1 : high / 256;
    at = fill->lefts + (size_t)row * fill->stride;
    if (low < row * 256) below = pika__fill_x(line, row * 256, 0);
    for (; row <= last; row++, at += fill->stride) {
        above = high_x;
        if (high >= row * 256 + 256) above = pika__fill_x(line, row * 256 + 256, 0);
        from = rises ? below : above;
        to = rises ? above : below;
        below = above;
        /* the upper border is the next row's: does the edge get there at the very corner of a cell? */
        if (rises && to % 4096 == 0 && to > from && high >= row * 256 + 256)
            to = pika__fill_x(line, row * 256 + 256, 1);
        if (to < 0 || from >= limit) continue;
        at[from < 0 ? 0 : from / 4096]++;
        at[(to >= limit ? limit - 1 : to) / 4096 + 1]--;
    }
}

PIKA__FORCED uint32_t pika__fill_add(uint32_t *left, int32_t v) /* bit 31 of the result: as of seen */
{
    *left += (uint32_t)v;
    return *left + (1u << 30);
}

/* The piece of an edge in the row at `offset`: from x0 to x1 >= x0 in 1/4096 cell, height 1 .. 4096. */
PIKA__PRIV PIKA__NOINLINE void pika__fill_piece(pika__fill *fill, size_t offset, int64_t x0, int64_t x1,
                                                int32_t height, int32_t sign)
{
    int32_t columns = fill->columns, from, right;
    uint32_t *left, seen = 0;
    if (x0 >= (int64_t)columns * 4096) return;
    if (x0 >= 0) {
        const int32_t column = (int32_t)x0 / 4096;
        offset += (size_t)column;
        columns -= column;
        x0 -= column * 4096;
        x1 -= column * 4096;
    }
    fill->windings[offset] += (uint32_t)(sign * (height / 16));
    if (x1 < 0) return;
    left = fill->lefts + offset;
    from = x0 < 0 ? 0 : (int32_t)x0;
    if (x0 < 0 || x1 >= 4096) {
        /* heights of what lies right of a border: below 2^12, from integers below 2^49 and half a unit */
        const double inverse = 1.0 / (double)(x1 - x0), step = 4096.0 * height;
        double along = (double)x1 * height + 0.5;
        if (x0 < 0) height = (int32_t)(along * inverse);
        for (; x1 >= 4096; x1 -= 4096) {
            along -= step;
            right = (int32_t)(along * inverse);
            seen |= pika__fill_add(left++, sign * (right * 8192 + (height - right) * (from + 4096)));
            height = right;
            from = 0;
            if (--columns == 0) break;
        }
    }
    if (columns > 0) seen |= pika__fill_add(left, sign * height * (from + (int32_t)x1));
    fill->seen |= seen;
}

#ifdef PIKA__HAVE_SSE2
/* pika__fill_add: two of v here, two there; all four here. */
PIKA__TARGET("sse2")
PIKA__FORCED void pika__fill_add2_sse2(uint32_t *left0, uint32_t *left1, __m128i v, __m128i *seen)
{
    __m128i *const at0 = (__m128i *)(void *)left0, *const at1 = (__m128i *)(void *)left1;
    v = _mm_add_epi32(_mm_unpacklo_epi64(_mm_loadl_epi64(at0), _mm_loadl_epi64(at1)), v);
    _mm_storel_epi64(at0, v);
    _mm_storel_epi64(at1, _mm_unpackhi_epi64(v, v));
    *seen = _mm_or_si128(*seen, _mm_add_epi32(v, _mm_set1_epi32(1 << 30)));
}

PIKA__TARGET("sse2")
PIKA__FORCED void pika__fill_add4_sse2(uint32_t *left, __m128i v, __m128i *seen)
{
    __m128i *const at = (__m128i *)(void *)left;
    v = _mm_add_epi32(_mm_loadu_si128(at), v);
    _mm_storeu_si128(at, v);
    *seen = _mm_or_si128(*seen, _mm_add_epi32(v, _mm_set1_epi32(1 << 30)));
}

typedef struct pika__fill_four { /* pieces in four rows, as far as they are not done, each in a cell */
    __m128i from, to, height, width, whole, sign; /* width, whole: of all of the piece */
    __m128 divisor;                               /* width and a little */
} pika__fill_four;

/* What lies left of them in their cells; then they are in the next ones. */
PIKA__TARGET("sse2")
PIKA__FORCED __m128i pika__fill_cell_sse2(pika__fill_four *four)
{
    const __m128i zero = _mm_setzero_si128(), cell = _mm_set1_epi32(4096);
    const __m128i past = _mm_max_epi16(_mm_sub_epi32(four->to, cell), zero);
    const __m128i product = _mm_madd_epi16(past, four->whole);
    __m128i right = _mm_cvttps_epi32(_mm_div_ps(_mm_cvtepi32_ps(product), four->divisor)), left;
    left = _mm_sub_epi32(product, _mm_madd_epi16(right, four->width)); /* right is exact, or one too low */
    right = _mm_sub_epi32(right, _mm_cmpgt_epi32(left, _mm_sub_epi32(four->width, _mm_set1_epi32(1))));
    left = _mm_add_epi32(four->from, _mm_min_epi16(four->to, cell));
    left = _mm_add_epi32(_mm_slli_epi32(right, 13), _mm_madd_epi16(_mm_sub_epi32(four->height, right), left));
    four->from = zero;
    four->to = past;
    four->height = right;
    return _mm_sub_epi32(_mm_xor_si128(left, four->sign), four->sign);
}

/* The rows of an edge that lies inside, four at a time. first, last: heights in the first row, at `offset`,
   and in the last, which is the n-th after it; border: y between the first two; borders: of columns that a
   row may cross, 1 .. 7. */
PIKA__TARGET("sse2")
PIKA__FORCED void pika__fill_rows_sse2(pika__fill *fill, const pika__fill_line *line, size_t offset,
                                       int32_t x0, int32_t x1, int32_t border, int32_t n, int32_t first,
                                       int32_t last, int borders)
{
    const __m128i zero = _mm_setzero_si128(), cell = _mm_set1_epi32(4096), one = _mm_set1_epi32(1);
    const __m128i lanes = _mm_set_epi32(3, 2, 1, 0), sign = _mm_set1_epi32(line->sign < 0 ? -1 : 0);
    const int32_t turn = borders > 1 ? 1 : line->sign; /* heights get the sign where that is simple */
    const ptrdiff_t stride = (ptrdiff_t)fill->stride * line->rise;
    const uint64_t start = pika__fill_start(line, border, 0.5), step = pika__fill_step(line);
    const uint64_t starts[4] = {start, start + step, start + 2 * step, start + 3 * step};
    const uint64_t steps[2] = {4 * step, 4 * step};
    const __m128i by = _mm_loadu_si128((const __m128i *)(const void *)steps);
    __m128i xs = _mm_loadu_si128((const __m128i *)(const void *)starts);
    __m128i xs2 = _mm_loadu_si128((const __m128i *)(const void *)(starts + 2));
    __m128i before = _mm_cvtsi32_si128(x0), seen = zero;
    __m128i height = _mm_set_epi32(4096 * turn, 4096 * turn, 4096 * turn, first * turn);
    ptrdiff_t row1 = stride, row2 = 2 * stride, row3 = 3 * stride;
    uint32_t whole = 256 * (uint32_t)line->sign, cover0 = (uint32_t)(first / 16 * line->sign);
    uint32_t cover1 = whole, cover2 = whole, cover3 = whole;
    uint32_t columns[4], *windings = fill->windings + offset, *lefts = fill->lefts + offset;
    for (;; n -= 4) {
        /* x where the edge leaves its four rows; then, where it comes in */
        __m128i to = _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(_mm_srli_epi64(xs, 35)),
                                                     _mm_castsi128_ps(_mm_srli_epi64(xs2, 35)), 0x88));
        __m128i from, width;
        if (n < 4) { /* lane n is the last row; those after it get no height and go where they do no harm */
            const ptrdiff_t spare = fill->lefts + (size_t)fill->rows * fill->stride - lefts;
            const __m128i end = _mm_cmpeq_epi32(lanes, _mm_set1_epi32(n));
            const __m128i after = _mm_cmpgt_epi32(lanes, _mm_set1_epi32(n - 1));
            to = _mm_or_si128(_mm_andnot_si128(after, to), _mm_and_si128(after, _mm_set1_epi32(x1)));
            height = _mm_or_si128(_mm_andnot_si128(after, height),
                                  _mm_and_si128(end, _mm_set1_epi32(last * turn)));
            whole = (uint32_t)(last / 16 * line->sign);
            cover0 = n == 0 ? whole : cover0;
            cover1 = n == 1 ? whole : n > 1 ? cover1 : 0;
            cover2 = n == 2 ? whole : n > 2 ? cover2 : 0;
            cover3 = n == 3 ? whole : 0;
            row1 = n >= 1 ? row1 : spare;
            row2 = n >= 2 ? row2 : spare;
            row3 = n >= 3 ? row3 : spare;
        }
        xs = _mm_add_epi64(xs, by);
        xs2 = _mm_add_epi64(xs2, by);
        from = _mm_or_si128(_mm_slli_si128(to, 4), before);
        before = _mm_srli_si128(to, 12);
        _mm_storeu_si128((__m128i *)(void *)columns, _mm_srli_epi32(from, 12));
        width = _mm_sub_epi32(to, from);
        from = _mm_and_si128(from, _mm_set1_epi32(4095));
        to = _mm_add_epi32(from, width);
        width = _mm_max_epi16(width, one);
        windings[columns[0]] += cover0;
        windings[columns[1] + row1] += cover1;
        windings[columns[2] + row2] += cover2;
        windings[columns[3] + row3] += cover3;
        if (borders == 1) {
            const __m128i past = _mm_max_epi16(_mm_sub_epi32(to, cell), zero);
            const __m128i product = _mm_madd_epi16(past, height); /* up to 2^24: a float holds it */
            const __m128i right =
                _mm_cvttps_epi32(_mm_div_ps(_mm_cvtepi32_ps(product), _mm_cvtepi32_ps(width)));
            const __m128i all = _mm_sub_epi32(_mm_madd_epi16(_mm_add_epi32(from, to), height), product);
            const __m128i left = _mm_add_epi32(all, _mm_madd_epi16(right, _mm_sub_epi32(width, past)));
            const __m128i left2 = _mm_madd_epi16(right, past);
            pika__fill_add2_sse2(lefts + columns[0], lefts + columns[1] + row1,
                                 _mm_unpacklo_epi32(left, left2), &seen);
            pika__fill_add2_sse2(lefts + columns[2] + row2, lefts + columns[3] + row3,
                                 _mm_unpackhi_epi32(left, left2), &seen);
        } else {
            pika__fill_four four;
            int k = 0;
            four.from = from;
            four.to = to;
            four.height = four.whole = height;
            four.width = width;
            four.sign = sign;
            four.divisor = _mm_mul_ps(_mm_cvtepi32_ps(width), _mm_set1_ps(1.0f + 1.0f / 1048576.0f));
            for (;; k += 4) { /* four cells of each row */
                const __m128i a = pika__fill_cell_sse2(&four), b = pika__fill_cell_sse2(&four);
                const __m128i c = pika__fill_cell_sse2(&four);
                __m128i d, ab, cd;
                uint32_t *const left = lefts + k;
                if (k + 3 < borders) {
                    d = pika__fill_cell_sse2(&four);
                } else {
                    d = _mm_madd_epi16(four.height, four.to);
                    d = _mm_sub_epi32(_mm_xor_si128(d, sign), sign);
                }
                ab = _mm_unpacklo_epi32(a, b);
                cd = _mm_unpacklo_epi32(c, d);
                pika__fill_add4_sse2(left + columns[0], _mm_unpacklo_epi64(ab, cd), &seen);
                pika__fill_add4_sse2(left + columns[1] + row1, _mm_unpackhi_epi64(ab, cd), &seen);
                ab = _mm_unpackhi_epi32(a, b);
                cd = _mm_unpackhi_epi32(c, d);
                pika__fill_add4_sse2(left + columns[2] + row2, _mm_unpacklo_epi64(ab, cd), &seen);
                pika__fill_add4_sse2(left + columns[3] + row3, _mm_unpackhi_epi64(ab, cd), &seen);
                if (k + 3 >= borders) break;
            }
        }
        if (n < 4) break;
        height = _mm_set1_epi32(4096 * turn);
        cover0 = whole;
        lefts += 4 * stride;
        windings += 4 * stride;
    }
    if (_mm_movemask_ps(_mm_castsi128_ps(seen)) != 0) fill->seen = 1u << 31;
}
#endif

PIKA__PRIV PIKA__NOINLINE void pika__fill_area(pika__fill *fill, const pika__fill_line *line)
{
    const int32_t top = fill->rows * 256, rise = line->rise;
    const int32_t ya = line->y0 < 0 ? 0 : line->y0 < top ? line->y0 : top;
    const int32_t yb = line->y1 < 0 ? 0 : line->y1 < top ? line->y1 : top;
    int32_t row, n, border, first, last;
    int64_t xa, xb;
    size_t offset;
    if (ya == yb) return;
    xa = pika__fill_x(line, ya, 0);
    xb = pika__fill_x(line, yb, 0);
    /* from the row of ya to that of yb; not one that is only reached at its border */
    row = (ya - (rise < 0)) / 256;
    n = ((yb - (rise > 0)) / 256 - row) * rise;
    border = (row + (rise > 0)) * 256;
    first = 16 * (border - ya) * rise;
    last = 16 * (n > 0 ? (yb - border) * rise - 256 * (n - 1) : (yb - ya) * rise);
    offset = (size_t)row * fill->stride;
#ifdef PIKA__HAVE_SSE2
    if (line->plain && line->dx < 7 * line->dy && xa >= 0 && xb <= (int64_t)fill->columns * 4096) {
        const int borders = line->dx <= line->dy ? 1 : 1 + (int)((double)line->dx * line->inverse);
        const int32_t x0 = (int32_t)xa, x1 = (int32_t)xb;
        if (borders == 1) pika__fill_rows_sse2(fill, line, offset, x0, x1, border, n, first, last, 1);
        else pika__fill_rows_sse2(fill, line, offset, x0, x1, border, n, first, last, borders);
        return;
    }
#endif
    for (; n > 0; n--) {
        const int64_t x = pika__fill_x(line, border, 0);
        pika__fill_piece(fill, offset, xa, x, first, line->sign);
        xa = x;
        first = 4096;
        border += 256 * rise;
        offset = rise < 0 ? offset - fill->stride : offset + fill->stride;
    }
    pika__fill_piece(fill, offset, xa, xb, last, line->sign);
}

/* Makes room in lefts for 31 edges more, wherever they are. */
PIKA__PRIV PIKA__NOINLINE void pika__fill_spill(pika__fill *fill)
{
    const size_t cells = (size_t)fill->rows * fill->stride;
    size_t i;
    for (i = 0; i < cells; i++) {
        const uint32_t v = fill->lefts[i] + (1u << 31);
        fill->wholes[i] = (fill->spilled ? fill->wholes[i] : 0) + (v >> 25) - 64;
        fill->lefts[i] = v & (PIKA__FILL_WHOLE - 1);
    }
    fill->seen = 0;
    fill->spilled = 1;
}

PIKA__PRIV void pika__fill_draw(pika__fill *fill, const pika__fill_ends *edge, int what)
{
    const int32_t x = fill->column * 256, y = fill->row * 256;
    const int backward = edge->x0 > edge->x1;
    pika__fill_line line;
    line.x0 = (backward ? edge->x1 : edge->x0) - x;
    line.y0 = (backward ? edge->y1 : edge->y0) - y;
    line.x1 = (backward ? edge->x0 : edge->x1) - x;
    line.y1 = (backward ? edge->y0 : edge->y1) - y;
    line.rise = line.y1 < line.y0 ? -1 : 1;
    line.sign = edge->y1 < edge->y0 ? -1 : 1;
    line.dx = (int64_t)line.x1 - line.x0;
    line.dy = ((int64_t)line.y1 - line.y0) * line.rise;
    line.inverse = line.dy > 0 ? 1.0 / (double)line.dy : 0;
    line.plain = (line.dx | line.dy) < 1 << 22 && (uint32_t)(line.x0 + (1 << 26)) < 1u << 27;
    if (what == PIKA__FILL_AREA) pika__fill_area(fill, &line);
    else pika__fill_centres(fill, &line);
    if (what == PIKA__FILL_TOUCHED) pika__fill_touched(fill, &line);
}

PIKA__PRIV uint32_t pika__fill_share(int64_t area, int rule)
{
    if (rule == PIKA_NONZERO) {
        if (area < 0) area = -area;
    } else {
        area = (int64_t)((uint64_t)area & (2 * PIKA__FILL_WHOLE - 1));
        if (area > PIKA__FILL_WHOLE) area = 2 * PIKA__FILL_WHOLE - area;
    }
    return (uint32_t)(area < PIKA__FILL_WHOLE ? area : PIKA__FILL_WHOLE);
}

/* Sixteen cells of a row: their shares, from windings and lefts, which become 0. winding: from the cells
   before to those after. */
PIKA__PRIV uint32_t pika__fill_shares(uint32_t *windings, uint32_t *lefts, uint32_t *values, uint32_t winding,
                                      int rule)
{
    int i;
#ifdef PIKA__HAVE_SSE2
    const __m128i zero = _mm_setzero_si128(), whole = _mm_set1_epi32(PIKA__FILL_WHOLE);
    __m128i *at = (__m128i *)(void *)windings, *left = (__m128i *)(void *)lefts;
    __m128i sum = _mm_set1_epi32((int)winding), seen = zero;
    for (i = 0; i < 4; i++) {
        __m128i v = _mm_load_si128(at + i), sign;
        v = _mm_add_epi32(v, _mm_slli_si128(v, 4));
        v = _mm_add_epi32(_mm_add_epi32(v, _mm_slli_si128(v, 8)), sum);
        sum = _mm_shuffle_epi32(v, 0xFF);
        seen = _mm_or_si128(seen, _mm_add_epi32(v, _mm_set1_epi32(1 << 13)));
        v = _mm_sub_epi32(_mm_slli_epi32(v, 17), _mm_load_si128(left + i));
        if (rule == PIKA_NONZERO) {
            sign = _mm_srai_epi32(v, 31);
            v = _mm_sub_epi32(_mm_xor_si128(v, sign), sign);
            sign = _mm_cmpgt_epi32(v, whole);
            v = _mm_or_si128(_mm_andnot_si128(sign, v), _mm_and_si128(sign, whole));
        } else {
            v = _mm_sub_epi32(_mm_and_si128(v, _mm_set1_epi32(2 * PIKA__FILL_WHOLE - 1)), whole);
            sign = _mm_srai_epi32(v, 31);
            v = _mm_sub_epi32(whole, _mm_sub_epi32(_mm_xor_si128(v, sign), sign));
        }
        _mm_store_si128((__m128i *)(void *)values + i, v);
    }
    /* winding numbers within +-32; lefts are within +-2^30, or they would have spilled: nothing wrapped */
    if (_mm_movemask_epi8(_mm_cmpeq_epi32(_mm_srli_epi32(seen, 14), zero)) == 0xFFFF) {
        for (i = 0; i < 4; i++) {
            _mm_store_si128(at + i, zero);
            _mm_store_si128(left + i, zero);
        }
        return (uint32_t)_mm_cvtsi128_si32(sum);
    }
#endif
    for (i = 0; i < 16; i++) {
        winding += windings[i];
        values[i] = pika__fill_share((int64_t)(int32_t)winding * 131072 - (int32_t)lefts[i], rule);
        windings[i] = lefts[i] = 0;
    }
    return winding;
}

/* The same without lefts: 1 where the winding number has a bit of `mask`. */
PIKA__PRIV uint32_t pika__fill_inside(uint32_t *windings, uint32_t *values, uint32_t winding, uint32_t mask)
{
    int i;
#ifdef PIKA__HAVE_SSE2
    const __m128i zero = _mm_setzero_si128(), one = _mm_set1_epi32(1), bits = _mm_set1_epi32((int)mask);
    __m128i *at = (__m128i *)(void *)windings, sum = _mm_set1_epi32((int)winding);
    for (i = 0; i < 4; i++) {
        __m128i v = _mm_load_si128(at + i);
        _mm_store_si128(at + i, zero);
        v = _mm_add_epi32(v, _mm_slli_si128(v, 4));
        v = _mm_add_epi32(_mm_add_epi32(v, _mm_slli_si128(v, 8)), sum);
        sum = _mm_shuffle_epi32(v, 0xFF);
        v = _mm_add_epi32(one, _mm_cmpeq_epi32(_mm_and_si128(v, bits), zero));
        _mm_store_si128((__m128i *)(void *)values + i, v);
    }
    return (uint32_t)_mm_cvtsi128_si32(sum);
#else
    for (i = 0; i < 16; i++) {
        winding += windings[i];
        windings[i] = 0;
        values[i] = (winding & mask) != 0;
    }
    return winding;
#endif
}

PIKA__FORCED int pika__fill_is_zero(const uint32_t *cells) /* sixteen */
{
#ifdef PIKA__HAVE_SSE2
    const __m128i *at = (const __m128i *)(const void *)cells;
    const __m128i a = _mm_or_si128(_mm_load_si128(at), _mm_load_si128(at + 1));
    const __m128i b = _mm_or_si128(_mm_load_si128(at + 2), _mm_load_si128(at + 3));
    return _mm_movemask_epi8(_mm_cmpeq_epi32(_mm_or_si128(a, b), _mm_setzero_si128())) == 0xFFFF;
#else
    uint64_t seen = 0, two;
    int i;
    for (i = 0; i < 16; i += 2) {
        memcpy(&two, cells + i, sizeof two);
        seen |= two;
    }
    return seen == 0;
#endif
}

enum { PIKA__FILL_NONE = 0, PIKA__FILL_ALL, PIKA__FILL_MIXED };

/* Sixteen cells of a row, from `at` on, row at `offset`. The values are those of MIXED. */
PIKA__FORCED int pika__fill_block(pika__fill *fill, size_t offset, uint32_t at, int rule, int what,
                                  uint32_t *winding, uint32_t *touch)
{
    const uint32_t mask = rule == PIKA_NONZERO ? 0xFFFFFFFFu : 1u;
    uint32_t *const windings = fill->windings + offset + at, *const lefts = fill->lefts + offset + at;
    uint32_t *const values = fill->values + at, more[16], share;
    const int none =
        pika__fill_is_zero(windings) && (what == PIKA__FILL_CENTRES || pika__fill_is_zero(lefts));
    int i;
    if (what == PIKA__FILL_AREA) {
        if (!none) {
            *winding = pika__fill_shares(windings, lefts, values, *winding, rule);
            return PIKA__FILL_MIXED;
        }
        share = pika__fill_share((int64_t)(int32_t)*winding * 131072, rule);
        if (share == 0 || share == PIKA__FILL_WHOLE) return share == 0 ? PIKA__FILL_NONE : PIKA__FILL_ALL;
        for (i = 0; i < 16; i++) values[i] = share;
        return PIKA__FILL_MIXED;
    }
    if (none) return (*winding & mask) != 0 || *touch != 0 ? PIKA__FILL_ALL : PIKA__FILL_NONE;
    *winding = pika__fill_inside(windings, values, *winding, mask);
    if (what == PIKA__FILL_TOUCHED) {
        *touch = pika__fill_inside(lefts, more, *touch, 0xFFFFFFFFu);
        for (i = 0; i < 16; i++) values[i] |= more[i];
    }
    return PIKA__FILL_MIXED;
}

PIKA__PRIV void pika__fill_row(pika__fill *fill, int32_t row, int rule, int what, pika__sink *sink)
{
    const size_t offset = (size_t)row * fill->stride;
    const uint32_t cell = (uint32_t)(fill->row + row) * fill->pitch + (uint32_t)fill->column;
    const uint32_t n = (uint32_t)fill->columns;
    uint32_t begin = 0, winding = 0, touch = 0, at, length;
    int kind = PIKA__FILL_NONE, now = PIKA__FILL_NONE;
    for (at = 0;; at += 16) {
        if (at < n) now = pika__fill_block(fill, offset, at, rule, what, &winding, &touch);
        if (now == kind && at < n) continue;
        length = (at < n ? at : n) - begin;
        if (kind == PIKA__FILL_MIXED) {
            if (what == PIKA__FILL_AREA) pika__sink_cover(sink, cell + begin, fill->values + begin, length);
            else pika__sink_cells(sink, cell + begin, fill->values + begin, length);
        } else if (kind == PIKA__FILL_ALL) {
            if (what == PIKA__FILL_AREA) pika__sink_solid(sink, cell + begin, length);
            else pika__sink_run(sink, cell + begin, length);
        }
        if (at >= n) break;
        begin = at;
        kind = now;
    }
    for (; at < n + PIKA__FILL_SPARE; at++) fill->windings[offset + at] = fill->lefts[offset + at] = 0;
}

/* The same once lefts have spilled. */
PIKA__PRIV void pika__fill_spilled_row(pika__fill *fill, int32_t row, pika__sink *sink)
{
    const uint32_t cell = (uint32_t)(fill->row + row) * fill->pitch + (uint32_t)fill->column;
    const size_t offset = (size_t)row * fill->stride;
    uint32_t winding = 0;
    size_t i;
    for (i = offset; i < offset + fill->stride; i++) {
        winding += fill->windings[i];
        if (i - offset < (size_t)fill->columns) {
            const int64_t whole = (int64_t)(int32_t)fill->wholes[i] * PIKA__FILL_WHOLE;
            fill->values[i - offset] = pika__fill_share(
                (int64_t)(int32_t)winding * 131072 - whole - (int32_t)fill->lefts[i], PIKA_NONZERO);
        }
        fill->windings[i] = fill->lefts[i] = 0;
    }
    pika__sink_cover(sink, cell, fill->values, (uint32_t)fill->columns);
}

PIKA__PRIV void pika__fill_strip(pika__fill *fill, int32_t strip, int more, int rule, int what,
                                 pika__sink *sink)
{
    const int32_t top = (fill->row + fill->rows) * 256;
    const size_t cells = fill->stride * ((size_t)fill->rows + 1);
    uint32_t at, next;
    int32_t row;
    if (cells > fill->clean) {
        memset(fill->windings + fill->clean, 0, (cells - fill->clean) * sizeof *fill->windings);
        memset(fill->lefts + fill->clean, 0, (cells - fill->clean) * sizeof *fill->lefts);
        fill->clean = cells;
    }
    fill->spilled = 0;
    fill->seen = 0;
    for (at = fill->first[strip]; at != PIKA__FILL_LAST; at = next) {
        const pika__fill_ends *edge = fill->edges + at;
        next = fill->next[at];
        pika__fill_draw(fill, edge, what);
        if (fill->seen >> 31 != 0 && rule == PIKA_NONZERO) pika__fill_spill(fill); /* even-odd is modulo 2 */
        if (more && (edge->y0 >= top || edge->y1 >= top)) {
            fill->next[at] = fill->first[strip + 1];
            fill->first[strip + 1] = at;
        }
    }
    for (row = 0; row < fill->rows; row++) {
        if (fill->spilled) pika__fill_spilled_row(fill, row, sink);
        else pika__fill_row(fill, row, rule, what, sink);
    }
}

PIKA__PRIV void pika__fill_end(pika__fill *fill, int rule, int what, pika__sink *sink)
{
    const int32_t bottom = (fill->low > fill->bottom * 256 ? fill->low : fill->bottom * 256) / 256;
    const int32_t top = fill->high < fill->top * 256 ? fill->high / 256 + 1 : fill->top;
    int32_t rows, strips, strip;
    size_t i = fill->count;
    if (i > 0 && fill->right >= 0) { /* else all is left of column 0 */
        fill->column = (fill->left > 0 ? fill->left : 0) / 256;
        fill->columns =
            (fill->right < fill->width * 256 ? fill->right / 256 + 1 : fill->width) - fill->column;
        fill->stride = pika__fill_stride(fill->columns);
        rows = (int32_t)pika__min_size(fill->cells / fill->stride - 1, PIKA__FILL_ROWS);
        strips = (top - bottom + rows - 1) / rows;
        for (strip = 0; strip < strips; strip++) fill->first[strip] = PIKA__FILL_LAST;
        while (i-- > 0) { /* backwards: the lists are in the order of the edges */
            const pika__fill_ends *edge = fill->edges + i;
            const int32_t low = edge->y0 < edge->y1 ? edge->y0 : edge->y1;
            strip = strips == 1 || low < bottom * 256 ? 0 : (low / 256 - bottom) / rows;
            fill->next[i] = fill->first[strip];
            fill->first[strip] = (uint32_t)i;
        }
        for (strip = 0; strip < strips; strip++) {
            fill->row = bottom + strip * rows;
            fill->rows = top - fill->row < rows ? top - fill->row : rows;
            pika__fill_strip(fill, strip, strip + 1 < strips, rule, what, sink);
        }
    }
    pika__fill_begin(fill);
}

/* ---- >>lines: polylines and segments --------------------------------------------------------------------
   Aliased, a segment is drawn by the cells of its ends alone, clipped by solving for the first and last step
   inside; anti-aliased lines go to >>stroke. Owns a call's scratch: positions of a batch of rows, then bands
   of columns with what they remember between batches. */

typedef struct pika__room { /* first asks how much is needed, then is taken from */
    uint8_t *memory;        /* NULL = asks */
    size_t used;            /* SIZE_MAX: more than there can be */
} pika__room;

PIKA__PRIV void *pika__room_take(pika__room *room, size_t count, size_t size)
{
    void *at = room->memory == NULL ? NULL : room->memory + room->used;
    size_t bytes;
    if (!pika__mul_size(count, size, &bytes) || bytes > (size_t)-1 / 4 || room->used > (size_t)-1 / 4)
        room->used = (size_t)-1;
    else room->used += pika__round_up(bytes, 64);
    return at;
}

/* Asks `place` how much it takes, takes that and has it placed. 0: there is not as much as `used` says. */
PIKA__PRIV int pika__room_open(pika_ctx *ctx, pika__room *room, void (*place)(void *call, pika__room *room),
                               void *call)
{
    room->memory = NULL;
    room->used = 0;
    place(call, room);
    if (room->used != (size_t)-1) room->memory = (uint8_t *)pika__take(ctx, room->used);
    if (room->memory == NULL) return 0;
    room->used = 0;
    place(call, room);
    return 1;
}

typedef struct pika__slot { /* of a task that maps rows */
    pika__tally tally;
    pika__vertices vertices, ends;
} pika__slot;
#define PIKA__SLOT_BYTES ((sizeof(pika__slot) + 63) / 64 * 64)

PIKA__PRIV pika__slot *pika__slot_at(uint8_t *slots, int slot)
{
    return (pika__slot *)(void *)(slots + PIKA__SLOT_BYTES * (size_t)slot);
}

PIKA__PRIV void pika__slots_clear(uint8_t *slots, int count)
{
    int i;
    for (i = 0; i < count; i++) memset(&pika__slot_at(slots, i)->tally, 0, sizeof(pika__tally));
}

PIKA__PRIV void pika__slots_account(uint8_t *slots, int count, pika_grid *grid, uint64_t rows)
{
    pika__tally sum = {0, 0, 0};
    int i;
    for (i = 0; i < count; i++) pika__tally_add(&sum, &pika__slot_at(slots, i)->tally);
    pika__grid_account(grid, rows, &sum);
}

typedef struct pika__line_band {
    int32_t left, right, bottom, top; /* right, top exclusive; normalized, rows of the whole picture */
    pika__sink sink;
    pika__stroke stroke;
    uint32_t *bits;                    /* of the cells that a polyline has touched; NULL = not asked */
    uint32_t *touched, *columns;       /* those cells, counted in the band; and how many in a column */
    size_t words, n_touched, capacity; /* more touched than capacity: the list is short */
    int named;                         /* the polyline's value and category are known */
    uint8_t apart[64];                 /* two threads' bands have no cache line in common */
} pika__line_band;

typedef struct pika__line_call {
    pika_grid *grid;
    pika__vertices vertices, ends; /* ends: of segments, which are rows 2 i + 1 of a batch */
    int segments;
    pika__batch batch;
    const size_t *offsets;
    size_t line_count, shared_x, begin, end; /* rows */
    size_t line;                             /* the first with rows in the batch */
    double width;
    int32_t reach; /* 1/256 cell around a segment that it may cover */
    unsigned flags;
    size_t silent; /* 1: the first row is an earlier call's */
    int slots, bands, testing;
    size_t capacity; /* rows of a batch */
    pika__line_band *band;
    uint8_t *slot; /* a pika__slot for each, in cache lines of its own */
} pika__line_call;

PIKA__PRIV size_t pika__line_begin(const pika__line_call *call, size_t line)
{
    if (call->offsets != NULL) return call->offsets[line];
    if (call->shared_x > 0) return line * call->shared_x;
    return line == 0 ? call->begin : call->end;
}

/* One box of segments: their first ends, then the others between them. */
PIKA__PRIV PIKA__NOINLINE void pika__segments_box(const pika__line_call *call, size_t at, pika__slot *slot)
{
    const pika__batch *batch = &call->batch;
    const size_t first = (batch->first + at) / 2, n = (pika__min_size(batch->n - at, PIKA__BOX) + 1) / 2;
    int32_t x[PIKA__BOX / 2], y[PIKA__BOX / 2];
    uint32_t cells[PIKA__BOX / 2], rows[PIKA__BOX / 2];
    double values[PIKA__BOX / 2];
    pika__box *box = &batch->boxes[at / PIKA__BOX];
    int end;
    pika__box_clear(box);
    if (batch->values != NULL) pika__mark_values(&call->vertices.cells.points->value, first, n, values);
    for (end = 0; end < 2; end++) {
        pika__vertices *v = end ? &slot->ends : &slot->vertices;
        size_t i, inside;
        pika__positions(v, 0, first, n, x);
        pika__positions(v, 1, first, n, y);
        if (batch->categories != NULL)
            pika__mark_categories(&v->cells.points->category, first, n, v->cells.categories, rows);
        for (i = 0; i < n; i++) {
            const size_t k = at + 2 * i + (size_t)end;
            if (y[i] == PIKA__NOWHERE || (batch->categories != NULL && rows[i] == PIKA__INVALID))
                x[i] = PIKA__NOWHERE;
            else if (x[i] != PIKA__NOWHERE) pika__box_add(box, x[i], y[i]);
            batch->x[k] = x[i];
            batch->y[k] = y[i];
            if (batch->values != NULL) batch->values[k] = values[i];
            if (batch->categories != NULL) batch->categories[k] = rows[i];
        }
        inside = pika__map(&v->cells, first, n, cells, rows, 1, 0, &slot->tally);
        for (i = 0; batch->values != NULL && i < inside; i++)
            slot->tally.no_value += (uint64_t)pika__is_nan(values[rows[i]]);
    }
}

PIKA__PRIV void pika__lines_map(void *arg, int index)
{
    pika__line_call *call = (pika__line_call *)arg;
    pika__slot *slot = pika__slot_at(call->slot, index);
    const size_t boxes = (call->batch.n + PIKA__BOX - 1) / PIKA__BOX;
    const size_t end = boxes * ((size_t)index + 1) / (size_t)call->slots;
    size_t box;
    for (box = boxes * (size_t)index / (size_t)call->slots; box < end; box++)
        if (call->segments) pika__segments_box(call, box * PIKA__BOX, slot);
        else
            pika__vertices_box(&slot->vertices, &call->batch, box * PIKA__BOX, box == 0 ? call->silent : 0,
                               call->bands == 1, &slot->tally);
}

/* A cell of the band: `own` counts from its lower left, row by row; column too; cell is the grid's. */
PIKA__FORCED void pika__line_touch(pika__line_band *band, uint32_t own, uint32_t column, uint32_t cell)
{
    if (band->bits != NULL) {
        const uint32_t bit = (uint32_t)1 << own % 32, word = band->bits[own / 32];
        if ((word & bit) != 0) return;
        if (!band->sink.testing) {
            band->bits[own / 32] = word | bit;
            if (band->n_touched < band->capacity) band->touched[band->n_touched] = own;
            band->n_touched++;
            if (band->columns != NULL) band->columns[column]++;
        }
        if (band->columns != NULL) return;
    }
    pika__sink_add(&band->sink, cell);
}

/* The cells between two vertices' cells that are in the band. */
PIKA__PRIV PIKA__NOINLINE void pika__line_segment(pika__line_band *band, int32_t x0, int32_t y0, int32_t x1,
                                                  int32_t y1)
{
    const uint64_t size_x = (uint64_t)(x0 < x1 ? (int64_t)x1 - x0 : (int64_t)x0 - x1);
    const uint64_t size_y = (uint64_t)(y0 < y1 ? (int64_t)y1 - y0 : (int64_t)y0 - y1);
    const int steep = size_y > size_x;
    const int swap = steep ? y0 > y1 : x0 > x1;
    /* along the major axis from a, length steps; along the minor one from m, slope steps in all */
    const int64_t a = steep ? (swap ? y1 : y0) : (swap ? x1 : x0);
    const int64_t m = steep ? (swap ? x1 : x0) : (swap ? y1 : y0);
    const int64_t far_m = steep ? (swap ? x0 : x1) : (swap ? y0 : y1);
    const int64_t a_from = steep ? band->bottom : band->left, a_to = steep ? band->top : band->right;
    const int64_t m_from = steep ? band->left : band->bottom, m_to = steep ? band->right : band->top;
    const uint64_t length = steep ? size_y : size_x, slope = steep ? size_x : size_y; /* < 2^32 */
    const int falls = far_m < m;
    /* the minor offset of step k, floor((2 k d + L) / (2 L)), is +- floor((k slope + half) / length) */
    const uint64_t half = falls ? (length - 1) / 2 : length / 2;
    const int64_t nearest = falls ? m - (m_to - 1) : m_from - m, furthest = falls ? m - m_from : m_to - 1 - m;
    uint64_t from = 1, to = length; /* steps, `to` exclusive */
    uint64_t rest, moved;
    int32_t x, y;
    if (length < 2 || furthest < 0 || a_to <= a) return;
    if (a < a_from) from = (uint64_t)(a_from - a) > from ? (uint64_t)(a_from - a) : from;
    if ((uint64_t)(a_to - a) < to) to = (uint64_t)(a_to - a);
    if (nearest > 0) { /* the first k with k slope + half >= nearest length */
        const uint64_t needed = (uint64_t)nearest;
        uint64_t first;
        if (slope == 0 || needed > slope) return;
        first = (needed * length - half + slope - 1) / slope;
        if (first > from) from = first;
    }
    if ((uint64_t)furthest < slope) { /* and the first past furthest */
        const uint64_t end = (((uint64_t)furthest + 1) * length - half + slope - 1) / slope;
        if (end < to) to = end;
    }
    if (from >= to) return;
    rest = from * slope + half;
    if (from == 1) { /* the usual; below 2 length */
        moved = rest >= length;
        rest -= moved ? length : 0;
    } else {
        moved = rest / length;
        rest %= length;
    }
    {
        const int64_t major = a + (int64_t)from;
        const int64_t minor = falls ? m - (int64_t)moved : m + (int64_t)moved;
        x = (int32_t)(steep ? minor : major);
        y = (int32_t)(steep ? major : minor);
    }
    if (band->bits == NULL && !band->sink.testing && !band->sink.job->has_values) { /* counts alone */
        const int32_t pitch = (int32_t)band->sink.job->pitch;
        const ptrdiff_t next = steep ? pitch : 1, aside = (falls ? -1 : 1) * (steep ? 1 : pitch);
        uint32_t *count = (uint32_t *)band->sink.job->grid->planes[PIKA__COUNTS] + band->sink.offset +
                          (size_t)y * (size_t)pitch + (size_t)x;
        band->sink.hits += to - from;
        for (; from < to; from++) {
            const uint64_t wraps = rest + slope >= length;
            ++*count;
            count += next + (wraps ? aside : 0);
            rest = rest + slope - (wraps ? length : 0);
        }
        return;
    }
    {
        const uint32_t width = (uint32_t)(band->right - band->left), pitch = band->sink.job->pitch;
        const uint32_t back = falls ? 0xFFFFFFFFu : 1; /* times: a step, modulo 2^32 */
        uint32_t column = (uint32_t)(x - band->left), row = (uint32_t)(y - band->bottom);
        uint32_t own = row * width + column, cell = (uint32_t)y * pitch + (uint32_t)x;
        for (; from < to; from++) {
            pika__line_touch(band, own, column, cell);
            own += steep ? width : 1;
            cell += steep ? pitch : 1;
            column += !steep;
            rest += slope;
            if (rest < length) continue;
            rest -= length;
            own += back * (steep ? 1 : width);
            cell += back * (steep ? 1 : pitch);
            if (steep) column += back;
        }
    }
}

/* Whose value, row and category what follows has: -1 is the row before the batch. */
PIKA__PRIV void pika__line_name(const pika__batch *batch, pika__line_band *band, ptrdiff_t i)
{
    band->sink.row = (uint32_t)(i + 1);
    if (batch->values != NULL) band->sink.value = batch->values[i];
    if (batch->categories != NULL) band->sink.offset = batch->categories[i] * (uint32_t)band->sink.job->cells;
}

PIKA__PRIV int pika__box_misses(const pika__line_call *call, const pika__line_band *band,
                                const pika__box *box, const int32_t *x,
                                const int32_t *y) /* [-1]: the vertex before the box */
{
    const int64_t unit = call->vertices.lattice ? 256 : 1, reach = call->reach;
    pika__box all = *box;
    if (x[-1] != PIKA__NOWHERE) pika__box_add(&all, x[-1], y[-1]);
    return all.right + reach < band->left * unit || all.left - reach >= band->right * unit ||
           all.top + reach < band->bottom * unit || all.bottom - reach >= band->top * unit;
}

/* The rows from .. to - 1 of the batch, all of one polyline; the one before them starts it if `continued`. */
PIKA__PRIV PIKA__NOINLINE void pika__line_aliased(const pika__line_call *call, pika__line_band *band,
                                                  size_t from, size_t to, int continued)
{
    const pika__batch *batch = &call->batch;
    const int32_t *x = batch->x, *y = batch->y;
    const uint32_t width = (uint32_t)(band->right - band->left),
                   height = (uint32_t)(band->top - band->bottom);
    const int names = batch->values != NULL || batch->categories != NULL;
    const int once = band->bits != NULL;
    int32_t last_x = PIKA__NOWHERE, last_y = 0, lowest = 1, highest = 0; /* rows of last_x that are touched */
    size_t i = from;
    if (continued) {
        last_x = x[(ptrdiff_t)from - 1];
        last_y = y[(ptrdiff_t)from - 1];
    }
    while (i < to) {
        const size_t end = pika__min_size(to, (i / PIKA__BOX + 1) * PIKA__BOX);
        if (i % PIKA__BOX == 0 && (band->columns == NULL || band->named) &&
            pika__box_misses(call, band, &batch->boxes[i / PIKA__BOX], x + i, y + i)) {
            i = end;
            last_x = x[i - 1];
            last_y = y[i - 1];
            lowest = 1;
            highest = 0;
            continue;
        }
        for (; i < end; i++) {
            const int32_t at_x = x[i], at_y = y[i];
            if (at_x == last_x && at_y >= lowest && at_y <= highest) { /* touched by this polyline before */
                last_y = at_y;
                continue;
            }
            if (at_x == PIKA__NOWHERE) {
                last_x = PIKA__NOWHERE;
                lowest = 1;
                highest = 0;
                continue;
            }
            if (last_x != PIKA__NOWHERE &&
                ((uint32_t)at_x - (uint32_t)last_x + 1 > 2 || (uint32_t)at_y - (uint32_t)last_y + 1 > 2)) {
                if (names && band->columns == NULL) pika__line_name(batch, band, (ptrdiff_t)i - 1);
                pika__line_segment(band, last_x, last_y, at_x, at_y);
            }
            if (names && (band->columns == NULL || !band->named)) pika__line_name(batch, band, (ptrdiff_t)i);
            band->named = 1;
            if ((uint32_t)(at_x - band->left) < width && (uint32_t)(at_y - band->bottom) < height)
                pika__line_touch(
                    band, (uint32_t)(at_y - band->bottom) * width + (uint32_t)(at_x - band->left),
                    (uint32_t)(at_x - band->left), (uint32_t)at_y * band->sink.job->pitch + (uint32_t)at_x);
            if (once) { /* a run within a column leaves no gap */
                if (at_x != last_x || lowest > highest) lowest = highest = at_y;
                else if (at_y < lowest) lowest = at_y;
                else if (at_y > highest) highest = at_y;
            }
            last_x = at_x;
            last_y = at_y;
        }
    }
}

/* The same anti-aliased, by the names of the polyline's first valid vertex. */
PIKA__PRIV PIKA__NOINLINE void pika__line_smooth(const pika__line_call *call, pika__line_band *band,
                                                 size_t from, size_t to)
{
    const pika__batch *batch = &call->batch;
    const int32_t *x = batch->x, *y = batch->y;
    size_t i = from;
    while (i < to) {
        const size_t end = pika__min_size(to, (i / PIKA__BOX + 1) * PIKA__BOX);
        if (i % PIKA__BOX == 0 && band->named &&
            pika__box_misses(call, band, &batch->boxes[i / PIKA__BOX], x + i, y + i)) {
            i = end;
            pika__stroke_break(&band->stroke);
            if (x[i - 1] != PIKA__NOWHERE) pika__stroke_vertices(&band->stroke, x + i - 1, y + i - 1, 1);
            continue;
        }
        while (i < end) {
            size_t n = 0;
            while (i + n < end && x[i + n] != PIKA__NOWHERE) n++;
            if (n > 0 && !band->named) pika__line_name(batch, band, (ptrdiff_t)i);
            if (n > 0) band->named = 1;
            if (call->segments && n > 0)
                pika__stroke_window(&band->stroke, x[i], y[i], x[i + n - 1], y[i + n - 1]);
            if (call->segments && n == 2) pika__stroke_segment(&band->stroke, x[i], y[i], x[i + 1], y[i + 1]);
            else pika__stroke_vertices(&band->stroke, x + i, y + i, n);
            i += n;
            if (i == end) break;
            pika__stroke_break(&band->stroke);
            i++;
        }
    }
}

/* An anti-aliased polyline ends: its cells to the planes. */
PIKA__PRIV void pika__line_take(pika__line_band *band)
{
    const pika__job *job = band->sink.job;
    uint32_t cells[PIKA__BOX], cover[PIKA__BOX];
    size_t n, i;
    pika__stroke_break(&band->stroke);
    band->named = 0;
    if (!job->has_values) {
        pika__stroke_add(&band->stroke, job->pitch,
                         (uint64_t *)job->grid->planes[PIKA__COVERS] + band->sink.offset);
        return;
    }
    do {
        n = pika__stroke_take(&band->stroke, job->pitch, cells, cover, PIKA__BOX);
        for (i = 0; i < n; i++) pika__sink_cover(&band->sink, cells[i], cover + i, 1);
    } while (n == PIKA__BOX);
}

/* Each column's cells share 1, those that were touched first 2^-25 more. */
PIKA__PRIV void pika__line_share(pika__line_band *band)
{
    const uint32_t width = (uint32_t)(band->right - band->left), pitch = band->sink.job->pitch;
    const int32_t height = band->sink.job->axes[1].width;
    uint64_t *covers = (uint64_t *)band->sink.job->grid->planes[PIKA__COVERS] + band->sink.offset;
    uint32_t *shares = band->columns + width, *more = shares + width, column;
    size_t i;
    for (column = 0; column < width; column++) {
        const uint32_t n = band->columns[column];
        if (n == 0) continue;
        shares[column] = PIKA__WHOLE / n;
        more[column] = PIKA__WHOLE % n;
        band->columns[column] = 0;
    }
    for (i = 0; i < band->n_touched; i++) {
        const uint32_t line = band->touched[i] / width;
        const int32_t row = (int32_t)line + band->bottom;
        uint32_t cover, cell;
        column = band->touched[i] - line * width;
        cover = shares[column];
        if (more[column] > 0) {
            more[column]--;
            cover++;
        }
        if (row < 0 || row >= height || cover == 0) continue;
        cell = (uint32_t)row * pitch + (uint32_t)band->left + column;
        covers[cell] += cover;
        if (band->sink.job->has_values) pika__sink_weigh(&band->sink, cell, cover);
    }
}

/* A polyline ends: what it touched is told and forgotten. */
PIKA__PRIV void pika__line_end(pika__line_band *band)
{
    size_t i;
    if (band->columns != NULL) pika__line_share(band);
    if (band->n_touched > band->capacity) memset(band->bits, 0, band->words * sizeof(uint32_t));
    else
        for (i = 0; i < band->n_touched; i++) band->bits[band->touched[i] / 32] = 0;
    band->n_touched = 0;
    band->named = 0;
}

PIKA__PRIV void pika__lines_draw(void *arg, int index)
{
    pika__line_call *call = (pika__line_call *)arg;
    pika__line_band *band = &call->band[index];
    const size_t first = call->batch.first, end = first + call->batch.n;
    size_t line;
    band->sink.testing = call->testing;
    for (line = call->line; line < call->line_count; line++) {
        const size_t begins = pika__line_begin(call, line), ends = pika__line_begin(call, line + 1);
        const size_t from = begins < first ? first : begins, to = ends < end ? ends : end;
        if (begins >= end) break;
        if (from < to) {
            const size_t silent = from == call->begin ? call->silent : 0;
            const int continued = begins < first || silent != 0;
            if (call->width > 0) pika__line_smooth(call, band, from - first, to - first);
            else pika__line_aliased(call, band, from - first + silent, to - first, continued);
        }
        if (ends > end || call->testing) continue;
        if (call->width > 0) pika__line_take(band);
        else if (band->bits != NULL) pika__line_end(band);
    }
    pika__sink_flush(&band->sink);
}

PIKA__PLAIN
/* Asks for or places the call's scratch; rows: of a batch. */
PIKA__PRIV PIKA__COLD void pika__lines_place(void *arg, pika__room *room)
{
    pika__line_call *call = (pika__line_call *)arg;
    const size_t rows = call->capacity;
    const pika__job *job = &call->vertices.cells;
    const pika_view *view = &call->grid->desc.view;
    const int normalized = (call->flags & PIKA_LINE_NORMALIZED) != 0;
    const int once = (call->flags & (PIKA_LINE_ONCE | PIKA_LINE_M4 | PIKA_LINE_NORMALIZED)) != 0;
    pika__batch *batch = &call->batch;
    int32_t *x, *y;
    double *values = NULL;
    uint32_t *categories = NULL;
    int i;
    call->slot = (uint8_t *)pika__room_take(room, (size_t)call->slots, PIKA__SLOT_BYTES);
    call->band = (pika__line_band *)pika__room_take(room, (size_t)call->bands, sizeof *call->band);
    x = (int32_t *)pika__room_take(room, rows + 17, sizeof *x);
    y = (int32_t *)pika__room_take(room, rows + 17, sizeof *y);
    if (job->has_values) values = (double *)pika__room_take(room, rows + 9, sizeof *values);
    if (job->categories > 0) categories = (uint32_t *)pika__room_take(room, rows + 17, sizeof *categories);
    batch->boxes = (pika__box *)pika__room_take(room, rows / PIKA__BOX + 1, sizeof *batch->boxes);
    for (i = 0; i < call->bands; i++) {
        const int32_t left = (int32_t)((int64_t)view->width * i / call->bands);
        const int32_t right = (int32_t)((int64_t)view->width * (i + 1) / call->bands);
        const int32_t bottom = normalized ? -view->first_y : 0;
        const int32_t top = normalized ? bottom + pika__view_total(view, 1) : view->height;
        const size_t width = (size_t)(right - left);
        pika__line_band plain, *band = room->memory == NULL ? &plain : &call->band[i];
        size_t cells;
        if (!pika__mul_size(width, (size_t)(top - bottom), &cells) || cells > 0xFFFFFFFEu) cells = (size_t)-1;
        band->left = left;
        band->right = right;
        band->bottom = bottom;
        band->top = top;
        band->bits = band->touched = band->columns = NULL;
        band->n_touched = band->capacity = band->words = 0;
        band->named = 0;
        if (once) {
            band->words = cells / 32 + 1;
            band->bits = (uint32_t *)pika__room_take(room, band->words, sizeof(uint32_t));
            band->capacity = normalized ? cells : cells / 64 + 64;
            band->touched = (uint32_t *)pika__room_take(room, band->capacity, sizeof(uint32_t));
            if (normalized) band->columns = (uint32_t *)pika__room_take(room, 3 * width, sizeof(uint32_t));
        }
        if (call->width > 0) {
            const size_t bytes = pika__stroke_bytes(right - left, top - bottom);
            void *memory = pika__room_take(room, bytes != 0 ? bytes : (size_t)-1, 1);
            if (room->memory != NULL)
                pika__stroke_init(&band->stroke, memory, left, right, bottom, top, call->width);
        }
        if (room->memory == NULL) continue;
        if (once) memset(band->bits, 0, band->words * sizeof(uint32_t));
        if (normalized) memset(band->columns, 0, width * sizeof(uint32_t));
        pika__sink_init(&band->sink, job);
    }
    if (room->memory == NULL) return;
    for (i = 0; i < call->slots; i++) {
        pika__slot_at(call->slot, i)->vertices = call->vertices;
        if (call->segments) pika__slot_at(call->slot, i)->ends = call->ends;
    }
    batch->x = x + 16;
    batch->y = y + 16;
    batch->values = values == NULL ? NULL : values + 8;
    batch->categories = categories == NULL ? NULL : categories + 16;
    batch->x[-1] = PIKA__NOWHERE;
}

/* Bands that remember nothing share out what the batch reaches, not the grid. Of a trace, whose boxes go from
   left to right, each takes as many boxes: about those that the task of its number has mapped. */
PIKA__PRIV void pika__lines_split(pika__line_call *call)
{
    const pika__batch *batch = &call->batch;
    const int32_t width = call->vertices.cells.axes[0].width, height = call->vertices.cells.axes[1].width;
    const size_t boxes = (batch->n + PIKA__BOX - 1) / PIKA__BOX;
    pika__box all;
    int32_t low, size, last = -0x7FFFFFFF;
    size_t box;
    int i, columns, trace = 1;
    if (call->bands == 1 || call->width > 0 || call->band[0].bits != NULL) return;
    pika__box_clear(&all);
    for (box = 0; box < boxes; box++) {
        if (batch->boxes[box].left > batch->boxes[box].right) continue;
        pika__box_add(&all, batch->boxes[box].left, batch->boxes[box].bottom);
        pika__box_add(&all, batch->boxes[box].right, batch->boxes[box].top);
        trace &= batch->boxes[box].left >= last;
        last = batch->boxes[box].left;
    }
    if (all.left > all.right) return;
    if (all.left < 0) all.left = 0;
    if (all.bottom < 0) all.bottom = 0;
    if (all.right >= width) all.right = width - 1;
    if (all.top >= height) all.top = height - 1;
    columns = all.right - all.left + 1 >= (trace ? 1 : 16) * call->slots; /* else rows: 16 counts a line */
    low = columns ? all.left : all.bottom;
    size = (columns ? all.right : all.top) - low + 1;
    if (size < 1) return;
    for (i = 0; i < call->bands; i++) { /* the outer ones reach to the ends of the grid */
        pika__line_band *band = &call->band[i];
        int32_t from = low + (int32_t)((int64_t)size * i / call->bands);
        if (columns && trace) from = batch->boxes[boxes * (size_t)i / (size_t)call->bands].left;
        if (from < low) from = low;
        if (from > low + size) from = low + size;
        band->left = columns && i > 0 ? from : 0;
        band->bottom = !columns && i > 0 ? from : 0;
        band->right = width;
        band->top = height;
        if (i > 0 && columns) call->band[i - 1].right = from;
        if (i > 0 && !columns) call->band[i - 1].top = from;
    }
}

/* Draws the batch, or with `checked` only asks whether a count would be full. Returns whether one would. */
PIKA__PRIV int pika__lines_pass(pika_ctx *ctx, pika__line_call *call, int checked)
{
    int i, full = 0;
    call->testing = checked;
    pika__parallel(ctx, "lines: draw", call->bands, pika__lines_draw, call);
    for (i = 0; i < call->bands; i++) {
        pika__sink *sink = &call->band[i].sink;
        full |= sink->full;
        call->grid->hits += sink->hits;
        sink->hits = 0;
    }
    return full;
}

/* Draws the batch and tells the account; PIKA_ERR_SIZE, and nothing is added, if a count would be full. */
PIKA__PRIV pika_result pika__lines_batch(pika_ctx *ctx, pika__line_call *call, int checked)
{
    pika__batch *batch = &call->batch;
    const size_t n = batch->n, silent = call->silent;
    pika_grid *grid = call->grid;
    pika__slots_clear(call->slot, call->slots);
    pika__parallel(ctx, "lines: map", call->slots, pika__lines_map, call);
    while (call->line + 1 < call->line_count && pika__line_begin(call, call->line + 1) <= batch->first)
        call->line++;
    pika__lines_split(call);
    call->vertices.cells.base = (int64_t)grid->total - (int64_t)silent - 1; /* rows count from 1 */
    if (checked && pika__lines_pass(ctx, call, 1)) return PIKA_ERR_SIZE;
    pika__lines_pass(ctx, call, 0);
    pika__slots_account(call->slot, call->slots, grid, n - silent);
    call->silent = 0;
    batch->x[-1] = batch->x[n - 1];
    batch->y[-1] = batch->y[n - 1];
    if (batch->values != NULL) batch->values[-1] = batch->values[n - 1];
    if (batch->categories != NULL) batch->categories[-1] = batch->categories[n - 1];
    return PIKA_OK;
}

/* Finds the scratch: for threads, or one with a batch that fits a cache, or a small one. */
PIKA__PRIV PIKA__COLD pika_result pika__lines_open(pika_ctx *ctx, const char *who, pika__line_call *call,
                                                   pika__room *room)
{
    const size_t rows = call->end - call->begin;
    const int remembers =
        call->width > 0 || (call->flags & (PIKA_LINE_ONCE | PIKA_LINE_M4 | PIKA_LINE_NORMALIZED)) != 0;
    call->slots = rows < PIKA__WORTH / 4 ? 1 : pika__threads(ctx);
    call->capacity = 4096;
    if (call->slots > 1) /* bands that remember share out the grid: a batch should reach several */
        call->capacity = remembers && (ctx == NULL || ctx->desc.progress_fn == NULL) ? 1 << 20 : 1 << 18;
    call->capacity = pika__min_size(call->capacity, pika__round_up(rows, 4096));
    for (;;) {
        call->bands = call->slots == 1 ? 1 : remembers ? 8 * call->slots : call->slots;
        if (call->bands > call->grid->desc.view.width) call->bands = call->grid->desc.view.width;
        if (pika__room_open(ctx, room, pika__lines_place, call)) return PIKA_OK;
        if (call->slots == 1 && room->used == (size_t)-1)
            return pika__error(ctx, PIKA_ERR_MEMORY, who,
                               "no memory: it would be more than there are addresses");
        if (call->slots == 1 && call->capacity == PIKA__BOX) return pika__no_memory(ctx, who, room->used);
        if (call->slots > 1) pika__note(ctx, 1, "pika_add_lines: no scratch for threads, running on one");
        call->capacity = call->slots > 1 ? 4096 : PIKA__BOX;
        call->slots = 1;
    }
}

/* All rows, batch by batch. */
PIKA__PRIV PIKA__NOINLINE pika_result pika__lines_run(pika_ctx *ctx, const char *who, pika__line_call *call)
{
    pika_grid *grid = call->grid;
    const int counts = call->width <= 0 && (call->flags & PIKA_LINE_NORMALIZED) == 0;
    const size_t rows = call->end - call->begin;
    pika_progress_fn *progress = ctx == NULL ? NULL : ctx->desc.progress_fn;
    pika__room room;
    pika_result result = pika__lines_open(ctx, who, call, &room);
    size_t done = 0, told = 0, roomy = 0;
    int checked = 0;
    if (result != PIKA_OK) return result;
    while (done < rows && result == PIKA_OK) {
        size_t n = pika__min_size(rows - done, call->capacity);
        if (counts && !checked && grid->hits + 2 * (uint64_t)n > 0xFFFFFFFFu) { /* hits bounds every count */
            if (roomy == 0)
                roomy = (0xFFFFFFFFu - pika__max_count((const uint32_t *)grid->planes[PIKA__COUNTS],
                                                       pika__all_cells(&grid->desc))) /
                        2;
            if (roomy > 1) n = pika__min_size(n, roomy & ~(size_t)1);
            else checked = 1; /* row by row from here; a segment's ends together */
            roomy -= checked ? 0 : n;
        }
        if (checked) n = call->segments ? 2 : 1;
        call->batch.first = call->begin + done;
        call->batch.n = n;
        result = pika__lines_batch(ctx, call, checked);
        if (result != PIKA_OK) {
            result = pika__error_int(ctx, PIKA_ERR_SIZE, who, "a count would pass 2^32 - 1 at row %", NULL,
                                     (int64_t)done, 0);
            break;
        }
        done += n;
        if (progress != NULL && done < rows && done - told >= 1 << 18) {
            told = done;
            if (progress(ctx->desc.progress_user, done, rows) != 0)
                result = pika__error_int(ctx, PIKA_ERR_CANCELLED, who, "cancelled after % of % rows", NULL,
                                         (int64_t)done, (int64_t)rows);
        }
    }
    if (progress != NULL && result == PIKA_OK) progress(ctx->desc.progress_user, rows, rows);
    pika__give(ctx, room.memory, room.used);
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__check_line_style(pika_ctx *ctx, const char *who, double width,
                                                         unsigned flags, unsigned known)
{
    if (!(width >= 0 && width <= 1024))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "width is %, needs 0 to 1024 cells", NULL, NULL,
                                  width, 0);
    if ((flags & ~known) != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "flags is %, has a bit that is not for lines",
                               NULL, (int64_t)flags, 0);
    if (width > 0 && (flags & (PIKA_LINE_ONCE | PIKA_LINE_NORMALIZED | PIKA_LINE_M4)) != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "flags is %: ONCE, NORMALIZED and M4 are for aliased lines, of width 0", NULL,
                               (int64_t)flags, 0);
    if ((flags & PIKA_LINE_NORMALIZED) != 0 && (flags & (PIKA_LINE_ONCE | PIKA_LINE_M4)) != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "flags is %: NORMALIZED goes without ONCE and M4",
                               NULL, (int64_t)flags, 0);
    return PIKA_OK;
}

PIKA__PRIV PIKA__COLD pika_result pika__lines_init(pika_ctx *ctx, const char *who, pika__line_call *call,
                                                   pika_grid *grid, const pika_lines *lines)
{
    const pika_points *points = &lines->points;
    const unsigned known = PIKA_LINE_ONCE | PIKA_LINE_NORMALIZED | PIKA_LINE_M4 | PIKA_LINE_CONTINUE;
    pika_result result = pika__check_line_style(ctx, who, lines->width, lines->flags, known);
    size_t rows = points->count;
    if (result != PIKA_OK) return result;
    if ((lines->flags & PIKA_LINE_M4) != 0 && (grid->desc.planes & PIKA__VALUE_PLANES) != 0)
        return pika__error_int(ctx, PIKA_ERR_UNSUPPORTED, who,
                               "flags has PIKA_LINE_M4, which counts; the grid's planes are %", NULL,
                               (int64_t)grid->desc.planes, 0);
    call->line_count = lines->line_count;
    result = pika__check_parts(ctx, who, lines->offsets, lines->shared_x, points->count, &call->line_count);
    if (result != PIKA_OK) return result;
    call->begin = lines->offsets != NULL ? lines->offsets[0] : 0;
    call->end = lines->offsets != NULL ? lines->offsets[call->line_count] : points->count;
    if (lines->shared_x > 0) rows = pika__min_size(rows, lines->shared_x);
    if (call->begin == call->end) return PIKA_OK;
    result = pika__check_column(ctx, who, "y", &points->y, points->count, 0);
    if (result == PIKA_OK) result = pika__check_names(ctx, who, grid, points, points->count);
    if (result == PIKA_OK)
        result = pika__marks_init(ctx, who, &call->vertices, grid, points, rows,
                                  lines->width > 0 || (lines->flags & PIKA_LINE_NORMALIZED) != 0,
                                  lines->width > 0);
    call->grid = grid;
    call->segments = 0;
    call->offsets = lines->offsets;
    call->shared_x = call->vertices.shared_x = lines->shared_x;
    call->line = 0;
    call->width = lines->width;
    call->flags = lines->flags;
    call->silent = (lines->flags & PIKA_LINE_CONTINUE) != 0;
    call->testing = 0;
    call->reach = (int32_t)(lines->width * 128) + 512;
    if (lines->width <= 0) call->reach = 0;
    return result;
}
PIKA__PLAIN_END

/* ---- >>pyramid: long traces by the extremes of their blocks, and the calls for lines ---------------------
   A trace whose x does not decrease has its rows of a column one after the other. What it touches there is
   told by the first, lowest, highest and last of each run of valid rows; the pyramid knows lowest and highest
   of 32, 512, 8192, ... rows, as keys (see pika_axis_keys), so they hold for every view. What is left is
   drawn as any line. Rows are read where a block holds an invalid one, or where some of its rows leave the
   view at the top or bottom, for the account. */

#define PIKA__LEAF 32 /* rows: 2^5 */
#define PIKA__FAN 16  /* blocks a block of the next level: 2^4 */
#define PIKA__LEVELS 16

typedef struct pika__extremes { /* of a block: keys; lowest > highest: a row is invalid */
    uint64_t lowest, highest;
} pika__extremes;

typedef struct pika__pyramid_levels {
    uint64_t *x; /* of each leaf: the largest key up to its end */
    pika__extremes *blocks[PIKA__LEVELS];
    size_t count[PIKA__LEVELS], bytes;
    int levels;
} pika__pyramid_levels;

/* memory NULL: asks for the bytes alone. */
PIKA__PRIV PIKA__COLD void pika__pyramid_place(pika__pyramid_levels *levels, void *memory, size_t rows)
{
    uint64_t *at = (uint64_t *)memory;
    size_t n = rows / PIKA__LEAF + (rows % PIKA__LEAF != 0), words = n;
    levels->x = at;
    levels->levels = 0;
    while (levels->levels < PIKA__LEVELS) {
        const int level = levels->levels++;
        levels->count[level] = n;
        levels->blocks[level] = memory == NULL ? NULL : (pika__extremes *)(void *)(at + words);
        words += 2 * n;
        if (n <= 1) break;
        n = n / PIKA__FAN + (n % PIKA__FAN != 0);
    }
    levels->bytes = words * sizeof(uint64_t); /* rows / 32 * 3.2 at most: it fits */
}

/* Keys of n rows from `first` on, and which are valid: neither null nor NaN. */
PIKA__PRIV void pika__row_keys(const pika_column *column, size_t first, size_t n, uint64_t *keys,
                               uint8_t *valid)
{
    const uint8_t *base = pika__row(column, first);
    const ptrdiff_t step = pika__stride(column);
    size_t i;
    if (column->type == PIKA_F32) {
        for (i = 0; i < n; i++) {
            float v;
            memcpy(&v, base + (ptrdiff_t)i * step, sizeof v);
            keys[i] = pika__key32(v);
            valid[i] = (pika__bits32(v) & 0x7FFFFFFFu) <= 0x7F800000u;
        }
    } else if (column->type == PIKA_I64 || column->type == PIKA_U64) {
        pika__load_keys(column, first, n, keys);
        memset(valid, 1, n);
    } else {
        double v[PIKA__LEAF];
        pika__load_doubles(column, 0, first, NULL, n, v);
        for (i = 0; i < n; i++) {
            valid[i] = !pika__is_nan(v[i]);
            keys[i] = column->type == PIKA_F64 ? pika__key64(v[i])
                      : column->type == PIKA_U8 || column->type == PIKA_U16 || column->type == PIKA_U32
                          ? (uint64_t)v[i]
                          : (uint64_t)(v[i] + 2147483648.0);
        }
    }
    for (i = 0; column->valid != NULL && i < n; i++) valid[i] &= (uint8_t)pika__is_valid(column, first + i);
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__pyramid_create(pika_ctx *ctx, pika_pyramid *pyramid,
                                                           const pika_points *points)
{
    const char *who = "pika_pyramid_create";
    pika_result result = pika__check_ctx(ctx, who);
    pika__pyramid_levels levels;
    uint64_t x[PIKA__LEAF], y[PIKA__LEAF], last = 0, least = (uint64_t)-1, zeros[2];
    uint8_t valid_x[PIKA__LEAF], valid_y[PIKA__LEAF];
    void *memory;
    size_t leaf, i, invalid = 0;
    int level, positive = 1;
    if (result != PIKA_OK) return result;
    if (pyramid == NULL || points == NULL)
        return pika__error(ctx, PIKA_ERR_INVALID, who, points == NULL ? "points is NULL" : "pyramid is NULL");
    if (points->count == 0) return pika__error(ctx, PIKA_ERR_INVALID, who, "points.count is 0");
    result = pika__check_column(ctx, who, "x", &points->x, points->count, 0);
    if (result == PIKA_OK) result = pika__check_column(ctx, who, "y", &points->y, points->count, 0);
    if (result != PIKA_OK) return result;
    pika__pyramid_place(&levels, NULL, points->count);
    memory = pika__alloc(ctx, levels.bytes);
    if (memory == NULL) return pika__no_memory(ctx, who, levels.bytes);
    pika__pyramid_place(&levels, memory, points->count);
    zeros[0] = pika__key_near(points->x.type, 0.0, 0);
    zeros[1] = pika__key_near(points->y.type, 0.0, 0);
    for (leaf = 0; leaf < levels.count[0]; leaf++) {
        const size_t first = leaf * PIKA__LEAF, n = pika__min_size(points->count - first, PIKA__LEAF);
        uint64_t lowest = (uint64_t)-1, highest = 0;
        size_t bad = 0;
        pika__row_keys(&points->x, first, n, x, valid_x);
        pika__row_keys(&points->y, first, n, y, valid_y);
        for (i = 0; i < n; i++) {
            if (valid_x[i]) {
                if (x[i] < last) {
                    pika__release(ctx, memory, levels.bytes);
                    return pika__error_int(ctx, PIKA_ERR_INVALID, who, "x decreases at row %", NULL,
                                           (int64_t)(first + i), 0);
                }
                last = x[i];
                if (x[i] <= zeros[0]) positive = 0;
            }
            if (!valid_x[i] || !valid_y[i]) {
                bad++;
                continue;
            }
            if (y[i] < lowest) lowest = y[i];
            if (y[i] > highest) highest = y[i];
        }
        if (lowest < least) least = lowest;
        levels.x[leaf] = last;
        levels.blocks[0][leaf].lowest = bad > 0 ? (uint64_t)-1 : lowest;
        levels.blocks[0][leaf].highest = bad > 0 ? 0 : highest;
        invalid += bad;
    }
    for (level = 1; level < levels.levels; level++)
        for (i = 0; i < levels.count[level]; i++) {
            const size_t end = pika__min_size(levels.count[level - 1], (i + 1) * PIKA__FAN);
            uint64_t lowest = (uint64_t)-1, highest = 0;
            int whole = 1;
            for (leaf = i * PIKA__FAN; leaf < end; leaf++) {
                const pika__extremes *block = &levels.blocks[level - 1][leaf];
                whole &= block->lowest <= block->highest;
                if (block->lowest < lowest) lowest = block->lowest;
                if (block->highest > highest) highest = block->highest;
            }
            levels.blocks[level][i].lowest = whole ? lowest : (uint64_t)-1;
            levels.blocks[level][i].highest = whole ? highest : 0;
        }
    memset(pyramid, 0, sizeof *pyramid);
    pyramid->ready = PIKA_VERSION;
    pyramid->points = *points;
    pyramid->memory = memory;
    pyramid->bytes = levels.bytes;
    pyramid->invalid = invalid;
    pyramid->positive = positive && least > zeros[1];
    return PIKA_OK;
}

PIKA_API pika_result pika_pyramid_create(pika_ctx *ctx, pika_pyramid *pyramid, const pika_points *points)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_pyramid_create");
    result = pika__pyramid_create(ctx, pyramid, points);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? pika__points_bytes(points) : 0,
                   result == PIKA_OK ? points->count : 0);
    pika__float_leave(&saved);
    return result;
}

PIKA_API void pika_pyramid_free(pika_ctx *ctx, pika_pyramid *pyramid)
{
    if (pyramid == NULL) return;
    if (pyramid->ready == PIKA_VERSION && pika__ctx_ready(ctx))
        pika__release(ctx, pyramid->memory, pyramid->bytes);
    memset(pyramid, 0, sizeof *pyramid);
}

PIKA__PLAIN
PIKA__PRIV int pika__same_column(const pika_column *a, const pika_column *b)
{
    return a->data == b->data && a->type == b->type && pika__stride(a) == pika__stride(b) &&
           a->valid == b->valid && (a->valid == NULL || a->valid_offset == b->valid_offset);
}

PIKA__PRIV PIKA__COLD pika_result pika__check_pyramid(pika_ctx *ctx, const char *who, const pika_lines *lines)
{
    const pika_pyramid *pyramid = lines->pyramid;
    if (pyramid->ready != PIKA_VERSION)
        return pika__error_following(ctx, who, "pyramid is not initialised (pika_pyramid_create)");
    if ((lines->flags & PIKA_LINE_M4) == 0 || lines->offsets != NULL || lines->shared_x > 0 ||
        (lines->flags & PIKA_LINE_CONTINUE) != 0)
        return pika__error(ctx, PIKA_ERR_INVALID, who,
                           "pyramid needs PIKA_LINE_M4 and one line: no offsets, shared_x, CONTINUE");
    if (pyramid->points.count != lines->points.count ||
        !pika__same_column(&pyramid->points.x, &lines->points.x) ||
        !pika__same_column(&pyramid->points.y, &lines->points.y))
        return pika__error(ctx, PIKA_ERR_MISMATCH, who, "pyramid is of other points");
    return PIKA_OK;
}

/* Where a row may be invalid for the view alone, or a count full, all rows are read. */
PIKA__PRIV int pika__pyramid_serves(const pika_pyramid *pyramid, const pika_grid *grid)
{
    const pika_view *view = &grid->desc.view;
    if ((view->x.scale == PIKA_LOG10 || view->y.scale == PIKA_LOG10) && !pyramid->positive) return 0;
    return grid->desc.categories == 0 &&
           (grid->hits < 0xFFFFFFFFu || pika__max_count((const uint32_t *)grid->planes[PIKA__COUNTS],
                                                        pika__all_cells(&grid->desc)) < 0xFFFFFFFFu);
}
PIKA__PLAIN_END

typedef struct pika__pyramid_walk {
    pika_ctx *ctx;
    pika__line_call *call;
    const pika_points *points;
    pika__pyramid_levels levels;
    uint64_t inside, y_from, y_to; /* rows; the keys inside, y_to exclusive */
    int32_t column;
    int open; /* a run of valid rows of the column: */
    size_t first, last;
    uint64_t lowest, highest;
    size_t span; /* leaves of the column before */
} pika__pyramid_walk;

/* Draws what is in the batch; `ends`: the line is whole. */
PIKA__PRIV void pika__walk_draw(pika__pyramid_walk *walk, int ends)
{
    pika__line_call *call = walk->call;
    pika__batch *batch = &call->batch;
    size_t i;
    call->end = ends ? batch->first + batch->n : (size_t)-1;
    for (i = 0; i < batch->n; i++) {
        if (i % PIKA__BOX == 0) pika__box_clear(&batch->boxes[i / PIKA__BOX]);
        if (batch->x[i] != PIKA__NOWHERE)
            pika__box_add(&batch->boxes[i / PIKA__BOX], batch->x[i], batch->y[i]);
    }
    pika__lines_pass(walk->ctx, call, 0);
    if (batch->n == 0) return;
    batch->x[-1] = batch->x[batch->n - 1];
    batch->y[-1] = batch->y[batch->n - 1];
    batch->first += batch->n;
    batch->n = 0;
}

PIKA__PRIV void pika__walk_vertex(pika__pyramid_walk *walk, int32_t x, int32_t y)
{
    pika__batch *batch = &walk->call->batch;
    batch->x[batch->n] = x;
    batch->y[batch->n] = y;
    if (++batch->n == walk->call->capacity) pika__walk_draw(walk, 0);
}

PIKA__PRIV void pika__walk_row(pika__pyramid_walk *walk, size_t row)
{
    pika__slot *slot = pika__slot_at(walk->call->slot, 0);
    int32_t x, y;
    pika__positions(&slot->vertices, 0, row, 1, &x);
    pika__positions(&slot->vertices, 1, row, 1, &y);
    pika__walk_vertex(walk, y == PIKA__NOWHERE ? y : x, y);
}

PIKA__PRIV int32_t pika__walk_y(pika__pyramid_walk *walk, uint64_t key)
{
    pika__slot *slot = pika__slot_at(walk->call->slot, 0);
    const pika__axis *rule = &slot->vertices.cells.axes[1];
    const double v = pika__value_of_key(walk->points->y.type, key, rule->origin);
    uint32_t cell;
    if (rule->rule == PIKA__RULE_FLOAT) cell = pika__cell_float(rule, (float)v);
    else if (rule->rule == PIKA__RULE_DOUBLE) cell = pika__cell_double(rule, v);
    else pika__map_edges(rule, &v, 1, &cell);
    if (cell < PIKA__OUTSIDE) return (int32_t)cell;
    return pika__cell_beyond(&slot->vertices, 1, v);
}

/* The run ends: its first, lowest, highest and last. */
PIKA__PRIV void pika__walk_close(pika__pyramid_walk *walk)
{
    uint64_t keys[4];
    uint8_t valid;
    int i;
    if (!walk->open) return;
    walk->open = 0;
    pika__row_keys(&walk->points->y, walk->first, 1, &keys[0], &valid);
    keys[1] = walk->lowest;
    keys[2] = walk->highest;
    if (walk->last != walk->first) pika__row_keys(&walk->points->y, walk->last, 1, &keys[3], &valid);
    for (i = 0; i < (walk->last != walk->first ? 4 : 1); i++)
        pika__walk_vertex(walk, walk->column, pika__walk_y(walk, keys[i]));
}

/* n valid rows from `first` on; inside: how many are within the view's height. */
PIKA__PRIV void pika__walk_take(pika__pyramid_walk *walk, size_t first, size_t n, uint64_t lowest,
                                uint64_t highest, uint64_t inside)
{
    if (!walk->open) {
        walk->first = first;
        walk->lowest = (uint64_t)-1;
        walk->highest = 0;
        walk->open = 1;
    }
    walk->last = first + n - 1;
    if (lowest < walk->lowest) walk->lowest = lowest;
    if (highest > walk->highest) walk->highest = highest;
    walk->inside += inside;
}

/* Rows of one leaf, one by one. */
PIKA__PRIV PIKA__NOINLINE void pika__walk_leaf(pika__pyramid_walk *walk, size_t from, size_t to)
{
    const size_t leaf = from / PIKA__LEAF, n = to - from;
    const int whole = walk->levels.blocks[0][leaf].lowest <= walk->levels.blocks[0][leaf].highest;
    uint64_t keys[PIKA__LEAF], others[PIKA__LEAF], lowest = (uint64_t)-1, highest = 0, inside = 0;
    uint8_t valid[PIKA__LEAF], valid_x[PIKA__LEAF];
    size_t i;
    pika__row_keys(&walk->points->y, from, n, keys, valid);
    if (whole) {
        for (i = 0; i < n; i++) {
            lowest = keys[i] < lowest ? keys[i] : lowest;
            highest = keys[i] > highest ? keys[i] : highest;
            inside += keys[i] - walk->y_from < walk->y_to - walk->y_from;
        }
        pika__walk_take(walk, from, n, lowest, highest, inside);
        return;
    }
    pika__row_keys(&walk->points->x, from, n, others, valid_x);
    for (i = 0; i < n; i++) {
        if (valid[i] && valid_x[i]) {
            pika__walk_take(walk, from + i, 1, keys[i], keys[i],
                            keys[i] - walk->y_from < walk->y_to - walk->y_from);
            continue;
        }
        pika__walk_close(walk);
        pika__walk_vertex(walk, PIKA__NOWHERE, 0);
    }
}

/* The rows from .. to - 1, all of one column: by the largest blocks that are within or beside the view. */
PIKA__PRIV void pika__walk_rows(pika__pyramid_walk *walk, size_t from, size_t to)
{
    const pika__pyramid_levels *levels = &walk->levels;
    while (from < to) {
        size_t rows = PIKA__LEAF;
        int level = 0, shift = 5, in; /* rows = 1 << shift; a block starts where its bits of `from` are 0 */
        while (level + 1 < levels->levels && (from & (rows * PIKA__FAN - 1)) == 0 &&
               rows * PIKA__FAN <= to - from) {
            rows *= PIKA__FAN;
            shift += 4;
            level++;
        }
        if ((from & (rows - 1)) != 0 || rows > to - from) level = -1;
        for (; level >= 0; level--, rows /= PIKA__FAN, shift -= 4) {
            const pika__extremes *block = &levels->blocks[level][from >> shift];
            in = block->lowest >= walk->y_from && block->highest < walk->y_to;
            if (block->lowest > block->highest ||
                (!in && block->highest >= walk->y_from && block->lowest < walk->y_to))
                continue;
            pika__walk_take(walk, from, rows, block->lowest, block->highest, in ? rows : 0);
            break;
        }
        if (level < 0) {
            rows = pika__min_size(to, (from / PIKA__LEAF + 1) * PIKA__LEAF) - from;
            pika__walk_leaf(walk, from, from + rows);
        }
        from += rows;
    }
}

/* The first row from `from` on with a valid x of this key or above. */
PIKA__PRIV size_t pika__walk_find(const pika__pyramid_walk *walk, size_t from, uint64_t key)
{
    const size_t leaves = walk->levels.count[0], count = walk->points->count;
    size_t low = from / PIKA__LEAF, high = pika__min_size(low + walk->span, leaves - 1), step = 1, i;
    uint64_t keys[PIKA__LEAF];
    uint8_t valid[PIKA__LEAF];
    if (from >= count) return count;
    if (walk->levels.x[high] <
        key) { /* from where the column before leads to expect it: grows, then halves */
        for (; high < leaves && walk->levels.x[high] < key; step *= 2) {
            low = high + 1;
            high += step;
        }
        if (high > leaves) high = leaves;
    } else {
        for (; high - low >= step && walk->levels.x[high - step] >= key; step *= 2) high -= step;
        if (high - low >= step) low = high - step + 1;
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (walk->levels.x[middle] < key) low = middle + 1;
        else high = middle;
    }
    if (low >= leaves) return count;
    i = low * PIKA__LEAF;
    high = pika__min_size(count, i + PIKA__LEAF);
    if (i < from) i = from;
    if (walk->levels.blocks[0][low].lowest <= walk->levels.blocks[0][low].highest) { /* all of x rise */
        while (i < high) {
            const size_t middle = i + (high - i) / 2;
            pika__row_keys(&walk->points->x, middle, 1, keys, valid);
            if (keys[0] < key) i = middle + 1;
            else high = middle;
        }
        return i;
    }
    pika__row_keys(&walk->points->x, i, high - i, keys, valid);
    for (low = 0; i + low < high; low++)
        if (valid[low] && keys[low] >= key) break;
    return i + low;
}

/* One trace by its pyramid. */
PIKA__PRIV PIKA__NOINLINE pika_result pika__pyramid_lines(pika_ctx *ctx, const char *who,
                                                          pika__line_call *call, const pika_pyramid *pyramid)
{
    pika_grid *grid = call->grid;
    const pika_points *points = call->vertices.cells.points;
    const pika__axis *axes = call->vertices.cells.axes;
    pika__pyramid_walk walk;
    pika__border border;
    pika__tally tally = {0, 0, 0};
    pika__room room;
    uint64_t key = 0;
    size_t row = 0, from;
    pika_result result;
    int32_t i;
    walk.ctx = ctx;
    walk.call = call;
    walk.points = points;
    walk.inside = walk.span = 0;
    walk.open = 0;
    pika__pyramid_place(&walk.levels, pyramid->memory, points->count);
    call->end = pika__min_size(points->count, 4096); /* what is drawn is short */
    result = pika__lines_open(ctx, who, call, &room);
    if (result != PIKA_OK) return result;
    call->batch.first = call->batch.n = 0;
    pika__border_init(&border, &axes[1], points->y.type);
    walk.y_from = pika__border_key(&border, axes[1].first, axes[1].edges != NULL ? axes[1].edges[0] : 0, 0);
    i = axes[1].width;
    walk.y_to = pika__border_key(&border, axes[1].first + i, axes[1].edges != NULL ? axes[1].edges[i] : 0,
                                 walk.y_from);
    pika__border_init(&border, &axes[0], points->x.type);
    for (i = 0; i <= axes[0].width; i++) {
        key = pika__border_key(&border, axes[0].first + i, axes[0].edges != NULL ? axes[0].edges[i] : 0, key);
        from = row;
        row = pika__walk_find(&walk, row, key);
        walk.span = (row - from) / PIKA__LEAF;
        if (i == 0) { /* of the rows on the left the last, if it is valid, leads into the view */
            if (row > 0) pika__walk_row(&walk, row - 1);
            continue;
        }
        walk.column = i - 1;
        pika__walk_rows(&walk, from, row);
        pika__walk_close(&walk);
    }
    if (row < points->count) pika__walk_row(&walk, row);
    pika__walk_draw(&walk, 1);
    tally.inside = walk.inside;
    tally.invalid = pyramid->invalid;
    pika__grid_account(grid, points->count, &tally);
    pika__give(ctx, room.memory, room.used);
    return PIKA_OK;
}

PIKA__PLAIN
PIKA__PRIV PIKA__COLD pika_result pika__add_lines(pika_ctx *ctx, pika_grid *grid, const pika_lines *lines)
{
    const char *who = "pika_add_lines";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__line_call call;
    if (result != PIKA_OK) return result;
    if (lines == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "lines is NULL");
    result = pika__lines_init(ctx, who, &call, grid, lines);
    if (result != PIKA_OK || call.begin == call.end) return result;
    if (lines->pyramid != NULL) {
        result = pika__check_pyramid(ctx, who, lines);
        if (result != PIKA_OK) return result;
        if (pika__pyramid_serves(lines->pyramid, grid))
            return pika__pyramid_lines(ctx, who, &call, lines->pyramid);
    }
    return pika__lines_run(ctx, who, &call);
}

PIKA__PRIV PIKA__COLD pika_result pika__add_segments(pika_ctx *ctx, pika_grid *grid,
                                                     const pika_segments *segments)
{
    const char *who = "pika_add_segments";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__line_call call;
    pika_points ends;
    pika_lines lines;
    if (result != PIKA_OK) return result;
    if (segments == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "segments is NULL");
    if ((segments->flags & PIKA_LINE_CONTINUE) != 0)
        return pika__error(ctx, PIKA_ERR_INVALID, who, "flags has PIKA_LINE_CONTINUE, which is for lines");
    if (segments->points.count > (size_t)-1 / 2)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "points.count is %, too many", NULL,
                               (int64_t)segments->points.count, 0);
    memset(&lines, 0, sizeof lines);
    lines.points = segments->points;
    lines.width = segments->width;
    lines.flags = segments->flags;
    result = pika__lines_init(ctx, who, &call, grid, &lines);
    if (result != PIKA_OK || call.begin == call.end) return result;
    result = pika__check_column(ctx, who, "x1", &segments->x1, lines.points.count, 0);
    if (result == PIKA_OK) result = pika__check_column(ctx, who, "y1", &segments->y1, lines.points.count, 0);
    if (result != PIKA_OK) return result;
    ends = segments->points;
    ends.x = segments->x1;
    ends.y = segments->y1;
    result = pika__marks_init(ctx, who, &call.ends, grid, &ends, ends.count, 0, call.width > 0);
    if (result != PIKA_OK) return result;
    call.segments = 1;
    call.end = 2 * lines.points.count;
    call.shared_x = 2; /* two rows a line */
    call.line_count = lines.points.count;
    return pika__lines_run(ctx, who, &call);
}

/* bytes, items: what the zone says was worked on */
#define PIKA__ADD(call, checked, type, bytes, items) \
    PIKA_API pika_result call(pika_ctx *ctx, pika_grid *grid, const type *marks) \
    { \
        pika__float_state saved; \
        pika_result result; \
        pika__float_enter(&saved); \
        PIKA__ZONE_BEGIN(ctx, #call); \
        result = checked(ctx, grid, marks); \
        PIKA__ZONE_END(ctx, result == PIKA_OK ? (bytes) : 0, result == PIKA_OK ? (items) : 0); \
        pika__float_leave(&saved); \
        return result; \
    }
PIKA__ADD(pika_add_lines, pika__add_lines, pika_lines, pika__points_bytes(&marks->points),
          marks->points.count)
PIKA__ADD(pika_add_segments, pika__add_segments, pika_segments, pika__points_bytes(&marks->points),
          marks->points.count)
PIKA__PLAIN_END

/* ---- >>areas: polygons and what is made of them ---------------------------------------------------------
   A call's marks go batch by batch: rows to positions, marks to boxes, names and the account; then each band
   of rows draws those that meet it. Polygons, areas, triangles and quads are edges for >>fill; upright
   rectangles are the product of two intervals. */

/* From PIKA__MESH on without >>fill. A mesh: upright rectangles between x[i], x[i + 1] and y[k], y[k + 1]. */
enum { PIKA__POLYGONS, PIKA__AREAS, PIKA__TRIANGLES, PIKA__QUADS, PIKA__MESH, PIKA__RECTS, PIKA__STAMPS };

typedef struct pika__mark_band { /* of rows */
    int32_t bottom, top;
    pika__sink sink;
    pika__fill fill;
    uint8_t apart[64]; /* as of line bands */
} pika__mark_band;

typedef struct pika__mark_call {
    pika_grid *grid;
    int kind, style, rule;         /* PIKA__FILL_x; PIKA_NONZERO, PIKA_EVEN_ODD */
    pika__vertices vertices, ends; /* ends: opposite corners, or lower curves */
    int has_ends;
    int32_t baseline;              /* instead of ends */
    const pika_points *points;     /* value, category: one a mark */
    const size_t *offsets, *rings; /* rows of a ring, or mark; rings of a mark. NULL: one each */
    size_t shared_x, row_count, mark_count;
    const uint32_t *indices;
    size_t columns, mesh_x, mesh_y;     /* of quads; x and y of a mesh */
    size_t raster_columns, raster_rows; /* interpolate: of a mesh's values, which lie at its inner vertices */
    int interpolate, complete;          /* no value that is interpolated is NaN */
    const pika_stamps *stamps;
    pika__disc disc; /* of stamps of one radius */
    pika__bell bell;
    pika__powers powers;
    /* the batch */
    size_t first, n, row, rows; /* marks; rows of the call */
    int32_t *x, *y, *x1, *y1;   /* of those rows */
    uint32_t *columns_of;       /* of a mesh that is seen from the cells: the column of each, or ~0 */
    pika__box *boxes;           /* of those marks, in 1/256 cell; left = PIKA__NOWHERE: invalid */
    double *values;
    uint32_t *categories;
    size_t most_rows, most_marks, most_edges;
    size_t told, tell; /* marks of earlier runs, and in all, for progress */
    int slots, bands, testing;
    uint8_t *slot;
    pika__mark_band *band;
} pika__mark_call;

PIKA__PRIV int pika__marks_share(const pika__mark_call *call) /* vertices: all are in the batch */
{
    return call->kind == PIKA__TRIANGLES || call->kind == PIKA__QUADS || call->kind == PIKA__MESH;
}

/* The first row of a mark that has its own. */
PIKA__PRIV size_t pika__mark_begin(const pika__mark_call *call, size_t mark)
{
    if (call->rings != NULL)
        return call->offsets != NULL ? call->offsets[call->rings[mark]] : mark == 0 ? 0 : call->row_count;
    if (call->offsets != NULL) return call->offsets[mark];
    if (call->shared_x > 0) return mark * call->shared_x;
    return call->kind >= PIKA__RECTS ? mark : mark == 0 ? 0 : call->row_count;
}

PIKA__PRIV void pika__marks_map_rows(void *arg, int index)
{
    pika__mark_call *call = (pika__mark_call *)arg;
    pika__slot *slot = pika__slot_at(call->slot, index);
    const size_t step = PIKA__BOX * (size_t)call->slots;
    size_t from;
    for (from = PIKA__BOX * (size_t)index; from < call->rows; from += step) {
        const size_t end = pika__min_size(call->rows, from + PIKA__BOX);
        size_t at = from;
        while (at < end) {
            const size_t row = call->row + at;
            const size_t x_row = call->shared_x > 0 ? row % call->shared_x : row;
            size_t n = end - at;
            if (call->shared_x > 0) n = pika__min_size(n, call->shared_x - x_row);
            if (call->kind == PIKA__MESH) {
                const size_t nx = row < call->mesh_x ? pika__min_size(n, call->mesh_x - row) : 0;
                const size_t ny = row < call->mesh_y ? pika__min_size(n, call->mesh_y - row) : 0;
                pika__positions(&slot->vertices, 0, row, nx, call->x + at);
                pika__positions(&slot->vertices, 1, row, ny, call->y + at);
            } else {
                pika__positions(&slot->vertices, 0, x_row, n, call->x + at);
                pika__positions(&slot->vertices, 1, row, n, call->y + at);
            }
            if (call->has_ends) {
                if (call->x1 != NULL) pika__positions(&slot->ends, 0, x_row, n, call->x1 + at);
                pika__positions(&slot->ends, 1, row, n, call->y1 + at);
            }
            at += n;
        }
    }
}

/* The vertices of a triangle or quad, in the batch's arrays. */
PIKA__PRIV int pika__mark_corners(const pika__mark_call *call, size_t mark, size_t *corners)
{
    int i;
    if (call->kind == PIKA__QUADS) {
        const size_t row = mark / call->columns, corner = row * (call->columns + 1) + mark % call->columns;
        corners[0] = corner;
        corners[1] = corner + 1;
        corners[2] = corner + call->columns + 2;
        corners[3] = corner + call->columns + 1;
        return 4;
    }
    for (i = 0; i < 3; i++)
        corners[i] = call->indices != NULL ? call->indices[3 * mark + (size_t)i] : 3 * mark + (size_t)i;
    return 3;
}

PIKA__PRIV size_t pika__clamp(size_t i, size_t count) /* 1 .. count to 0 .. count - 1, and what lies beside */
{
    return i == 0 ? 0 : i > count ? count - 1 : i - 1;
}

/* The value at a corner of a mesh, whose outer vertices repeat the raster's outer values. */
PIKA__PRIV double pika__mesh_value(const pika__mark_call *call, size_t x, size_t y)
{
    double v;
    pika__mark_values(&call->points->value,
                      pika__clamp(y, call->raster_rows) * call->raster_columns +
                          pika__clamp(x, call->raster_columns),
                      1, &v);
    return v;
}

/* Those of a rectangle: lower left, upper right, lower right, upper left. */
PIKA__PRIV void pika__mesh_corners(const pika__mark_call *call, pika__sink *sink, size_t mark)
{
    const size_t i = mark % call->columns, k = mark / call->columns;
    int corner;
    sink->corners = 4;
    for (corner = 0; corner < 4; corner++) {
        const size_t x = i + (corner == 1 || corner == 2), y = k + (corner == 1 || corner == 3);
        sink->corner_x[corner] = call->x[x];
        sink->corner_y[corner] = call->y[y];
        sink->corner_values[corner] = pika__mesh_value(call, x, y);
    }
}

/* The kernel of a stamp, its disc or its bell; how far it reaches, 1/256 cell, or -1: no such radius. */
PIKA__PRIV int32_t pika__stamp_kernel(const pika_stamps *stamps, double radius, pika__disc *disc,
                                      pika__bell *bell)
{
    if (!(radius >= 0 && radius <= 1024)) return -1;
    if (stamps->kernel == PIKA_DISC) pika__disc_init(disc, radius);
    else pika__bell_init(bell, radius);
    return stamps->kernel == PIKA_DISC ? disc->span : bell->span;
}

/* That of a mark: disc and bell are those of the call, which hold if all have one radius. */
PIKA__PRIV int32_t pika__stamp_of(const pika__mark_call *call, size_t mark, pika__disc *disc,
                                  pika__bell *bell)
{
    double radius;
    if (call->stamps->radii.data == NULL) return call->stamps->kernel == PIKA_DISC ? disc->span : bell->span;
    pika__mark_values(&call->stamps->radii, mark, 1, &radius);
    return pika__stamp_kernel(call->stamps, radius, disc, bell);
}

/* A point with its kernel around it: grows the box from the point. */
PIKA__PRIV void pika__stamp_box(const pika__mark_call *call, size_t i, pika__box *box)
{
    const pika_stamps *stamps = call->stamps;
    pika__disc disc = call->disc;
    pika__bell bell = call->bell;
    int32_t span;
    if (box->left == PIKA__NOWHERE) return;
    if (stamps->kernel == PIKA_STAMP) { /* positions are cells; those beyond 2^21 are far enough */
        const int32_t limit = 1 << 21, x = box->left, y = box->bottom;
        box->left = ((x < -limit ? -limit : x > limit ? limit : x) - stamps->stamp_width / 2) * 256;
        box->bottom = ((y < -limit ? -limit : y > limit ? limit : y) - stamps->stamp_height / 2) * 256;
        box->right = box->left + stamps->stamp_width * 256 - 1;
        box->top = box->bottom + stamps->stamp_height * 256 - 1;
        return;
    }
    span = pika__stamp_of(call, call->first + i, &disc, &bell);
    if (span < 0) {
        box->left = PIKA__NOWHERE;
        return;
    }
    box->left -= span;
    box->right += span;
    box->bottom -= span;
    box->top += span;
}

PIKA__PRIV PIKA__NOINLINE void pika__stamp_draw(const pika__mark_call *call, pika__sink *sink, int32_t bottom,
                                                int32_t top, size_t i)
{
    const pika_stamps *stamps = call->stamps;
    const pika__box *box = &call->boxes[i];
    const int32_t width = call->vertices.cells.axes[0].width;
    const int32_t x = box->left + (box->right - box->left) / 2,
                  y = box->bottom + (box->top - box->bottom) / 2;
    int32_t begin = pika__floor_256(box->left), row = pika__floor_256(box->bottom), at;
    int32_t stop = pika__floor_256(box->right) + 1, end = pika__floor_256(box->top) + 1;
    uint32_t cover[PIKA__BOX];
    pika__disc disc = call->disc;
    pika__bell bell = call->bell;
    if (begin < 0) begin = 0;
    if (stop > width) stop = width;
    if (row < bottom) row = bottom;
    if (end > top) end = top;
    if (stamps->kernel != PIKA_STAMP) pika__stamp_of(call, call->first + i, &disc, &bell);
    for (; row < end; row++)
        for (at = begin; at < stop; at += PIKA__BOX) {
            const int32_t n = stop - at < PIKA__BOX ? stop - at : PIKA__BOX;
            const int32_t dx = at * 256 + 128 - x, dy = row * 256 + 128 - y;
            int32_t k;
            if (stamps->kernel == PIKA_DISC) pika__disc_row(&disc, dx, dy, (size_t)n, cover);
            else if (stamps->kernel == PIKA_GAUSSIAN)
                pika__bell_row(&bell, &call->powers, dx, dy, (size_t)n, cover);
            for (k = 0; k < n; k++) {
                if (stamps->kernel == PIKA_STAMP) {
                    const size_t line = (size_t)(row - box->bottom / 256);
                    const float share =
                        stamps
                            ->stamp[line * (size_t)stamps->stamp_width + (size_t)(at + k - box->left / 256)];
                    cover[k] = share >= 1 ? PIKA__WHOLE : share > 0 ? (uint32_t)(share * 33554432.0f) : 0;
                } else cover[k] <<= 9;
            }
            pika__sink_cover(sink, (uint32_t)row * sink->job->pitch + (uint32_t)at, cover, (uint32_t)n);
        }
}

PIKA__PRIV int32_t pika__area_base(const pika__mark_call *call, size_t i)
{
    return call->has_ends ? call->y1[i] : call->baseline;
}

PIKA__PRIV int pika__area_gap(const pika__mark_call *call, size_t i)
{
    return call->x[i] == PIKA__NOWHERE || call->y[i] == PIKA__NOWHERE ||
           pika__area_base(call, i) == PIKA__NOWHERE;
}

PIKA__PRIV void pika__area_grow(const pika__mark_call *call, pika__box *box, size_t i)
{
    pika__box_add(box, call->x[i], call->y[i]);
    pika__box_add(box, call->x[i], pika__area_base(call, i));
}

/* Around the mark's vertices, 1/256 cell; or invalid. */
PIKA__PRIV void pika__mark_box(const pika__mark_call *call, size_t mark, pika__box *box)
{
    size_t corners[4], i, n, run = 0;
    int invalid = 0;
    pika__box_clear(box);
    if (call->kind == PIKA__MESH) {
        const int32_t *x = call->x + mark % call->columns, *y = call->y + mark / call->columns;
        pika__box_add(box, x[0], y[0]);
        pika__box_add(box, x[1], y[1]);
        if (box->bottom == PIKA__NOWHERE) box->left = PIKA__NOWHERE;
        return;
    }
    if (pika__marks_share(call)) {
        n = (size_t)pika__mark_corners(call, mark, corners);
        for (i = 0; i < n; i++) pika__box_add(box, call->x[corners[i]], call->y[corners[i]]);
        if (box->bottom == PIKA__NOWHERE) box->left = PIKA__NOWHERE;
        return;
    }
    n = pika__mark_begin(call, mark + 1) - call->row;
    for (i = pika__mark_begin(call, mark) - call->row; i < n; i++) {
        if (call->kind == PIKA__AREAS) { /* a gap begins a piece, which takes two vertices */
            run = pika__area_gap(call, i) ? 0 : run + 1;
            if (run == 2) pika__area_grow(call, box, i - 1);
            if (run >= 2) pika__area_grow(call, box, i);
            continue;
        }
        pika__box_add(box, call->x[i], call->y[i]);
        if (call->has_ends) pika__box_add(box, call->x1[i], call->y1[i]);
        invalid |= call->x[i] == PIKA__NOWHERE || call->y[i] == PIKA__NOWHERE;
        invalid |= call->has_ends && (call->x1[i] == PIKA__NOWHERE || call->y1[i] == PIKA__NOWHERE);
    }
    if (box->left > box->right || invalid) box->left = PIKA__NOWHERE;
}

PIKA__PRIV int pika__mark_meets(const pika__box *box, int32_t left, int32_t right, int32_t bottom,
                                int32_t top)
{
    return box->right >= left * 256 && box->left < right * 256 && box->top >= bottom * 256 &&
           box->bottom < top * 256;
}

/* Of an interpolated mark: then it has no value. */
PIKA__PRIV int pika__corner_is_nan(const pika__mark_call *call, size_t mark)
{
    size_t corners[4];
    int i, n, nan = 0;
    if (call->complete) return 0;
    if (call->kind == PIKA__MESH) {
        const size_t x = mark % call->columns, y = mark / call->columns;
        for (i = 0; i < 4; i++)
            nan |= pika__is_nan(pika__mesh_value(call, x + (size_t)(i & 1), y + (size_t)(i >> 1)));
        return nan;
    }
    n = pika__mark_corners(call, mark, corners);
    for (i = 0; i < n; i++) {
        double v;
        pika__mark_values(&call->points->value, corners[i], 1, &v);
        nan |= pika__is_nan(v);
    }
    return nan;
}

/* Has each of n rows a value? */
PIKA__PRIV int pika__values_complete(const pika_column *value, size_t n)
{
    double v[PIKA__BOX];
    size_t i;
    for (i = 0; i < n; i += PIKA__BOX) {
        const size_t length = pika__min_size(n - i, PIKA__BOX);
        pika__mark_values(value, i, length, v);
        if (pika__has_nan(v, length)) return 0;
    }
    return 1;
}

PIKA__PRIV void pika__marks_map_marks(void *arg, int index)
{
    pika__mark_call *call = (pika__mark_call *)arg;
    pika__slot *slot = pika__slot_at(call->slot, index);
    const pika__job *job = &call->vertices.cells;
    const size_t step = PIKA__BOX * (size_t)call->slots;
    size_t from, i;
    for (from = PIKA__BOX * (size_t)index; from < call->n; from += step) {
        const size_t end = pika__min_size(call->n, from + PIKA__BOX);
        if (call->values != NULL && !call->interpolate)
            pika__mark_values(&call->points->value, call->first + from, end - from, call->values + from);
        if (call->categories != NULL)
            pika__mark_categories(&call->points->category, call->first + from, end - from, job->categories,
                                  call->categories + from);
        for (i = from; i < end; i++) {
            pika__box *box = &call->boxes[i];
            pika__mark_box(call, call->first + i, box);
            if (call->kind == PIKA__STAMPS) pika__stamp_box(call, i, box);
            if (call->categories != NULL && call->categories[i] == PIKA__INVALID) box->left = PIKA__NOWHERE;
            if (box->left == PIKA__NOWHERE) slot->tally.invalid++;
            else if (pika__mark_meets(box, 0, job->axes[0].width, 0, job->axes[1].width)) {
                slot->tally.inside++;
                slot->tally.no_value +=
                    (uint64_t)(call->interpolate ? pika__corner_is_nan(call, call->first + i)
                                                 : call->values != NULL && pika__is_nan(call->values[i]));
            }
        }
    }
}

PIKA__PRIV void pika__ring_edges(const pika__mark_call *call, pika__fill *fill, size_t from, size_t to)
{
    const int32_t *x = call->x, *y = call->y;
    size_t i, last = to - 1;
    for (i = from; i < to; i++) {
        pika__fill_edge(fill, x[last], y[last], x[i], y[i]);
        last = i;
    }
}

PIKA__PRIV void pika__area_edges(const pika__mark_call *call, pika__fill *fill, size_t from, size_t to)
{
    const int32_t *x = call->x, *y = call->y;
    size_t begin, end;
    for (begin = from; begin < to; begin = end) {
        size_t i;
        end = begin + 1;
        if (pika__area_gap(call, begin)) continue;
        while (end < to && !pika__area_gap(call, end)) end++;
        if (end - begin < 2) continue;
        pika__fill_edge(fill, x[begin], pika__area_base(call, begin), x[begin], y[begin]);
        for (i = begin + 1; i < end; i++) {
            pika__fill_edge(fill, x[i - 1], y[i - 1], x[i], y[i]);
            pika__fill_edge(fill, x[i], pika__area_base(call, i), x[i - 1], pika__area_base(call, i - 1));
        }
        pika__fill_edge(fill, x[end - 1], y[end - 1], x[end - 1], pika__area_base(call, end - 1));
    }
}

/* Cells whose centre is in from .. to - 1, 1/256 cell, of 0 .. n - 1. */
PIKA__PRIV void pika__interval_centres(int32_t from, int32_t to, int32_t first, int32_t end, int32_t *begin,
                                       int32_t *stop)
{
    *begin = pika__floor_256(from + 127);
    *stop = pika__floor_256(to + 127);
    if (*begin < first) *begin = first;
    if (*stop > end) *stop = end;
}

/* What from .. to covers of a cell, 0 .. 256. */
PIKA__PRIV uint32_t pika__interval_share(int32_t from, int32_t to, int32_t cell)
{
    const int32_t low = cell * 256 > from ? cell * 256 : from;
    const int32_t high = cell * 256 + 256 < to ? cell * 256 + 256 : to;
    return low < high ? (uint32_t)(high - low) : 0;
}

/* An upright rectangle between two corners: what >>fill would make of its four edges. */
PIKA__PRIV void pika__sink_rect(pika__sink *sink, int style, int32_t bottom, int32_t top, int32_t x0,
                                int32_t y0, int32_t x1, int32_t y1)
{
    const int32_t left = x0 < x1 ? x0 : x1, right = x0 < x1 ? x1 : x0;
    const int32_t low = y0 < y1 ? y0 : y1, high = y0 < y1 ? y1 : y0;
    const int32_t width = sink->job->axes[0].width;
    int32_t from, to, begin, stop, row;
    if (style == PIKA__FILL_CENTRES) {
        pika__interval_centres(left, right, 0, width, &from, &to);
        pika__interval_centres(low, high, bottom, top, &begin, &stop);
    } else { /* the cells that it meets; if touching counts, a side on a border is in the upper cell */
        const int32_t closed = style == PIKA__FILL_TOUCHED ? 0 : 1;
        from = pika__floor_256(left);
        to = pika__floor_256(right - closed) + 1;
        begin = pika__floor_256(low);
        stop = pika__floor_256(high - closed) + 1;
        if (from < 0) from = 0;
        if (to > width) to = width;
        if (begin < bottom) begin = bottom;
        if (stop > top) stop = top;
    }
    if (from >= to) return;
    for (row = begin; row < stop; row++) {
        const uint32_t cell = (uint32_t)row * sink->job->pitch;
        if (style == PIKA__FILL_AREA) {
            const uint32_t share = pika__interval_share(low, high, row);
            int32_t x;
            for (x = from; x < to; x++) {
                const uint32_t cover = share * pika__interval_share(left, right, x) * 512;
                if (cover == PIKA__WHOLE) {
                    int32_t end = right / 256 < to ? right / 256 : to; /* right > 0 */
                    pika__sink_solid(sink, cell + (uint32_t)x, (uint32_t)(end - x));
                    x = end - 1;
                } else if (cover != 0) pika__sink_cover(sink, cell + (uint32_t)x, &cover, 1);
            }
        } else pika__sink_run(sink, cell + (uint32_t)from, (uint32_t)(to - from));
    }
}

PIKA__PRIV void pika__mark_draw(const pika__mark_call *call, pika__mark_band *band, size_t i)
{
    const size_t mark = call->first + i;
    pika__sink *sink = &band->sink;
    size_t corners[4], from, to, ring;
    int n, k;
    sink->row = (uint32_t)i;
    if (call->values != NULL && !call->interpolate) sink->value = call->values[i];
    if (call->categories != NULL) sink->offset = call->categories[i] * (uint32_t)call->vertices.cells.cells;
    if (call->kind == PIKA__STAMPS) {
        pika__stamp_draw(call, sink, band->bottom, band->top, i);
        return;
    }
    if (call->kind == PIKA__MESH) {
        const size_t column = mark % call->columns, row = mark / call->columns;
        if (call->interpolate) pika__mesh_corners(call, sink, mark);
        pika__sink_rect(sink, call->style, band->bottom, band->top, call->x[column], call->y[row],
                        call->x[column + 1], call->y[row + 1]);
        return;
    }
    from = pika__marks_share(call) ? 0 : pika__mark_begin(call, mark) - call->row;
    if (call->kind == PIKA__RECTS) {
        pika__sink_rect(sink, call->style, band->bottom, band->top, call->x[from], call->y[from],
                        call->x1[from], call->y1[from]);
        return;
    }
    pika__fill_begin(&band->fill);
    if (pika__marks_share(call)) {
        n = pika__mark_corners(call, mark, corners);
        for (k = 0; k < n; k++) {
            const size_t a = corners[k], b = corners[(k + 1) % n];
            pika__fill_edge(&band->fill, call->x[a], call->y[a], call->x[b], call->y[b]);
            if (!call->interpolate) continue;
            sink->corner_x[k] = call->x[a];
            sink->corner_y[k] = call->y[a];
            pika__mark_values(&call->points->value, a, 1, &sink->corner_values[k]);
        }
        sink->corners = call->interpolate ? n : 0;
    } else if (call->kind == PIKA__AREAS) {
        to = pika__mark_begin(call, mark + 1) - call->row;
        pika__area_edges(call, &band->fill, from, to);
    } else if (call->rings != NULL && call->offsets != NULL) {
        for (ring = call->rings[mark]; ring < call->rings[mark + 1]; ring++)
            if (call->offsets[ring] < call->offsets[ring + 1])
                pika__ring_edges(call, &band->fill, call->offsets[ring] - call->row,
                                 call->offsets[ring + 1] - call->row);
    } else pika__ring_edges(call, &band->fill, from, pika__mark_begin(call, mark + 1) - call->row);
    pika__fill_end(&band->fill, call->rule, call->style, sink);
}

PIKA__PRIV void pika__marks_draw(void *arg, int index)
{
    pika__mark_call *call = (pika__mark_call *)arg;
    pika__mark_band *band = &call->band[index];
    const int32_t width = call->vertices.cells.axes[0].width;
    size_t i;
    band->sink.testing = call->testing;
    for (i = 0; i < call->n; i++)
        if (call->boxes[i].left != PIKA__NOWHERE &&
            pika__mark_meets(&call->boxes[i], 0, width, band->bottom, band->top))
            pika__mark_draw(call, band, i);
    pika__sink_flush(&band->sink);
}

/* Asks for or places the call's scratch. */
PIKA__PRIV PIKA__COLD void pika__marks_place(void *arg, pika__room *room)
{
    pika__mark_call *call = (pika__mark_call *)arg;
    const pika__job *job = &call->vertices.cells;
    const size_t rows = call->most_rows;
    const int fills = call->kind < PIKA__MESH;
    int i;
    call->slot = (uint8_t *)pika__room_take(room, (size_t)call->slots, PIKA__SLOT_BYTES);
    call->band = (pika__mark_band *)pika__room_take(room, (size_t)call->bands, sizeof *call->band);
    call->x = (int32_t *)pika__room_take(room, rows, sizeof(int32_t));
    call->y = (int32_t *)pika__room_take(room, rows, sizeof(int32_t));
    call->x1 = call->y1 = NULL;
    if (call->kind == PIKA__RECTS) call->x1 = (int32_t *)pika__room_take(room, rows, sizeof(int32_t));
    if (call->has_ends) call->y1 = (int32_t *)pika__room_take(room, rows, sizeof(int32_t));
    call->columns_of = NULL;
    if (call->kind == PIKA__MESH)
        call->columns_of = (uint32_t *)pika__room_take(room, job->pitch, sizeof(uint32_t));
    call->boxes = (pika__box *)pika__room_take(room, call->most_marks, sizeof(pika__box));
    call->values = NULL;
    call->categories = NULL;
    if (job->has_values) call->values = (double *)pika__room_take(room, call->most_marks, sizeof(double));
    if (job->categories > 0)
        call->categories = (uint32_t *)pika__room_take(room, call->most_marks, sizeof(uint32_t));
    for (i = 0; i < call->bands; i++) {
        const int32_t height = job->axes[1].width, width = job->axes[0].width;
        const int32_t bottom = (int32_t)((int64_t)height * i / call->bands);
        const int32_t top = (int32_t)((int64_t)height * (i + 1) / call->bands);
        void *memory = NULL;
        if (fills) {
            const size_t bytes = pika__fill_bytes(width, top - bottom, call->most_edges);
            memory = pika__room_take(room, bytes != 0 ? bytes : (size_t)-1, 1);
        }
        if (room->memory == NULL) continue;
        call->band[i].bottom = bottom;
        call->band[i].top = top;
        pika__sink_init(&call->band[i].sink, job);
        if (fills)
            pika__fill_init(&call->band[i].fill, memory, call->most_edges, width, bottom, top, job->pitch);
    }
    for (i = 0; room->memory != NULL && i < call->slots; i++) {
        pika__slot_at(call->slot, i)->vertices = call->vertices;
        if (call->has_ends) pika__slot_at(call->slot, i)->ends = call->ends;
    }
}

/* Finds the scratch: for threads, or one. */
PIKA__PRIV PIKA__COLD pika_result pika__marks_open(pika_ctx *ctx, const char *who, pika__mark_call *call,
                                                   pika__room *room)
{
    const int shares = pika__marks_share(call);
    size_t i, rows = 0;
    for (i = 0; i < call->mark_count && !shares; i++) {
        const size_t n = pika__mark_begin(call, i + 1) - pika__mark_begin(call, i);
        if (n > rows) rows = n;
    }
    if (shares) rows = call->row_count;
    call->most_edges = call->kind == PIKA__AREAS ? 2 * rows : shares ? 4 : rows;
    call->slots = call->row_count < 4096 ? 1 : pika__threads(ctx);
    for (;;) {
        const size_t batch = call->slots > 1 ? 1 << 17 : 4096;
        call->bands = call->slots > 1 ? 2 * call->slots : 1;
        if (call->bands > call->grid->desc.view.height) call->bands = call->grid->desc.view.height;
        call->most_rows = rows > batch ? rows : batch;
        call->most_marks = batch;
        if (pika__room_open(ctx, room, pika__marks_place, call)) return PIKA_OK;
        if (call->slots == 1) return pika__no_memory(ctx, who, room->used);
        pika__note(ctx, 1, "pika: no scratch for threads, marks are drawn on one");
        call->slots = 1;
    }
}

/* The call's batch. Returns whether a count would be full, with `checked`; then nothing has been drawn. */
PIKA__PRIV int pika__marks_batch(pika_ctx *ctx, pika__mark_call *call, int checked)
{
    pika_grid *grid = call->grid;
    int i, full = 0, pass;
    pika__slots_clear(call->slot, call->slots);
    pika__parallel(ctx, "marks: map", call->slots, pika__marks_map_rows, call);
    pika__parallel(ctx, "marks: boxes", call->slots, pika__marks_map_marks, call);
    call->vertices.cells.base = (int64_t)grid->total;
    for (pass = checked ? 0 : 1; pass < 2 && !full; pass++) {
        call->testing = pass == 0;
        pika__parallel(ctx, "marks: draw", call->bands, pika__marks_draw, call);
        for (i = 0; i < call->bands; i++) {
            full |= call->band[i].sink.full;
            grid->hits += call->band[i].sink.hits;
            call->band[i].sink.hits = 0;
        }
    }
    if (!full) pika__slots_account(call->slot, call->slots, grid, call->n);
    return full;
}

/* Whether positions rise throughout, or fall; and how many of the intervals between them meet the grid. */
PIKA__PRIV int pika__mesh_side(const int32_t *at, size_t n, int32_t size, uint64_t *meet)
{
    const int falls = at[n - 1] < at[0];
    size_t i;
    *meet = 0;
    for (i = 0; i < n; i++) {
        const int32_t low = i == 0  ? 0
                            : falls ? at[i]
                                    : at[i - 1],
                      high = i == 0  ? 0
                             : falls ? at[i - 1]
                                     : at[i];
        if (at[i] == PIKA__NOWHERE || low > high) return 0;
        *meet += i > 0 && high >= 0 && low < size * 256;
    }
    return 1;
}

/* The interval between positions that a cell's centre is in, or their number. */
PIKA__PRIV size_t pika__mesh_interval(const int32_t *at, size_t n, int32_t cell)
{
    const int falls = at[n - 1] < at[0];
    const int32_t centre = cell * 256 + 128;
    size_t low = 0, high = n;
    while (low < high) { /* the first position past the centre */
        const size_t middle = low + (high - low) / 2;
        if (falls ? at[middle] <= centre : at[middle] > centre) high = middle;
        else low = middle + 1;
    }
    return low == 0 || low == n ? n - 1 : low - 1;
}

/* Every cell takes its rectangle: a mesh has no two at one place. */
PIKA__PRIV void pika__mesh_draw(void *arg, int index)
{
    pika__mark_call *call = (pika__mark_call *)arg;
    pika__mark_band *band = &call->band[index];
    const uint32_t width = call->vertices.cells.pitch;
    pika__sink *sink = &band->sink;
    int32_t row;
    for (row = band->bottom; row < band->top; row++) {
        const size_t line = pika__mesh_interval(call->y, call->mesh_y, row);
        const uint32_t cell = (uint32_t)row * width;
        uint32_t i, end;
        if (line == call->mesh_y - 1) continue;
        for (i = 0; i < width; i = end) {
            end = i + 1;
            if (call->columns_of[i] == 0xFFFFFFFFu) continue;
            if (call->values == NULL) {
                while (end < width && call->columns_of[end] != 0xFFFFFFFFu) end++;
                pika__sink_run(sink, cell + i, end - i);
                continue;
            }
            sink->row = (uint32_t)(line * call->columns) + call->columns_of[i];
            if (call->interpolate) pika__mesh_corners(call, sink, sink->row);
            else pika__mark_values(&call->points->value, sink->row, 1, &sink->value);
            pika__sink_run(sink, cell + i, 1);
        }
    }
    pika__sink_flush(sink);
}

/* A mesh whose rectangles do not overlap, aliased, without categories: by the cells. 0: not such a one, and
   nothing is done. */
PIKA__PRIV int pika__mesh_run(pika_ctx *ctx, pika__mark_call *call)
{
    const pika__axis *axes = call->vertices.cells.axes;
    pika_grid *grid = call->grid;
    pika__tally tally = {0, 0, 0};
    uint64_t across, down;
    size_t i, k;
    int band;
    if (call->kind != PIKA__MESH || call->style != PIKA__FILL_CENTRES || call->categories != NULL ||
        call->mark_count > 0xFFFFFFFEu || grid->hits + pika__cells_of(&grid->desc) > 0xFFFFFFFFu)
        return 0;
    call->rows = call->row_count;
    pika__parallel(ctx, "marks: map", call->slots, pika__marks_map_rows, call);
    if (!pika__mesh_side(call->x, call->mesh_x, axes[0].width, &across) ||
        !pika__mesh_side(call->y, call->mesh_y, axes[1].width, &down))
        return 0;
    for (i = 0; i < call->vertices.cells.pitch; i++) {
        const size_t column = pika__mesh_interval(call->x, call->mesh_x, (int32_t)i);
        call->columns_of[i] = column < call->columns ? (uint32_t)column : 0xFFFFFFFFu;
    }
    for (k = 0; call->values != NULL && k < call->mark_count; k += call->most_marks) {
        const size_t n = pika__min_size(call->most_marks, call->mark_count - k);
        pika__box box;
        if (!call->interpolate) pika__mark_values(&call->points->value, k, n, call->values);
        if (call->interpolate ? call->complete : !pika__has_nan(call->values, n)) continue;
        for (i = 0; i < n; i++) {
            if (call->interpolate ? !pika__corner_is_nan(call, k + i) : !pika__is_nan(call->values[i]))
                continue;
            pika__mark_box(call, k + i, &box);
            tally.no_value += (uint64_t)pika__mark_meets(&box, 0, axes[0].width, 0, axes[1].width);
        }
    }
    call->vertices.cells.base = (int64_t)grid->total;
    pika__parallel(ctx, "marks: draw", call->bands, pika__mesh_draw, call);
    for (band = 0; band < call->bands; band++) grid->hits += call->band[band].sink.hits;
    tally.inside = across * down;
    pika__grid_account(grid, call->mark_count, &tally);
    return 1;
}

/* Of n marks, those whose counts cannot pass 2^32 - 1; 0: the next one may. */
PIKA__PRIV size_t pika__marks_roomy(const pika_grid *grid, size_t n)
{
    if (grid->hits + n <= 0xFFFFFFFFu) return n; /* hits bounds every count */
    return pika__min_size(n, 0xFFFFFFFFu - pika__max_count((const uint32_t *)grid->planes[PIKA__COUNTS],
                                                           pika__all_cells(&grid->desc)));
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__marks_run(pika_ctx *ctx, const char *who, pika__mark_call *call)
{
    const int shares = pika__marks_share(call);
    const int counts = call->style != PIKA__FILL_AREA;
    pika_progress_fn *progress = ctx == NULL ? NULL : ctx->desc.progress_fn;
    size_t done = 0, told = 0;
    if (pika__mesh_run(ctx, call)) {
        if (progress != NULL) progress(ctx->desc.progress_user, call->tell, call->tell);
        return PIKA_OK;
    }
    while (done < call->mark_count) {
        size_t n = 1, roomy;
        int checked = 0;
        call->first = done;
        call->row = shares ? 0 : pika__mark_begin(call, done);
        while (n < call->most_marks && done + n < call->mark_count &&
               (shares || pika__mark_begin(call, done + n + 1) - call->row <= call->most_rows))
            n++;
        if (counts) {
            roomy = pika__marks_roomy(call->grid, n);
            checked = roomy == 0;
            n = checked ? 1 : roomy;
        }
        call->n = n;
        call->rows =
            shares ? (done == 0 ? call->row_count : 0) : pika__mark_begin(call, done + n) - call->row;
        if (pika__marks_batch(ctx, call, checked))
            return pika__error_int(ctx, PIKA_ERR_SIZE, who, "a count would pass 2^32 - 1 at mark %", NULL,
                                   (int64_t)done, 0);
        done += n;
        if (progress != NULL && (done - told >= 4096 || done == call->mark_count)) {
            const size_t in_all = call->told + done;
            told = done;
            if (progress(ctx->desc.progress_user, in_all, call->tell) != 0 && in_all < call->tell)
                return pika__error_int(ctx, PIKA_ERR_CANCELLED, who, "cancelled after % of % marks", NULL,
                                       (int64_t)in_all, (int64_t)call->tell);
        }
    }
    return PIKA_OK;
}

PIKA__PLAIN

/* What all of these begin with. points: of the vertices; value and category of it are one a mark. */
PIKA__PRIV PIKA__COLD pika_result pika__marks_start(pika_ctx *ctx, const char *who, pika__mark_call *call,
                                                    int kind, pika_grid *grid, const pika_points *points,
                                                    size_t rows, size_t marks, unsigned flags)
{
    const int covers = (flags & PIKA_FILL_AA) != 0 || kind == PIKA__STAMPS;
    pika_result result;
    memset(call, 0, sizeof *call);
    call->grid = grid;
    call->kind = kind;
    call->points = points;
    call->row_count = rows;
    call->mark_count = call->tell = marks;
    call->style = covers                           ? PIKA__FILL_AREA
                  : (flags & PIKA_FILL_TOUCH) != 0 ? PIKA__FILL_TOUCHED
                                                   : PIKA__FILL_CENTRES;
    if ((flags & ~(unsigned)(kind == PIKA__STAMPS ? 0 : PIKA_FILL_AA | PIKA_FILL_TOUCH)) != 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "flags is %, has a bit that is not for it", NULL,
                               (int64_t)flags, 0);
    if ((flags & (PIKA_FILL_AA | PIKA_FILL_TOUCH)) == (PIKA_FILL_AA | PIKA_FILL_TOUCH))
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "flags is %: one of FILL_AA and FILL_TOUCH", NULL,
                               (int64_t)flags, 0);
    if (marks == 0 || rows == 0) return PIKA_OK;
    result = pika__check_column(ctx, who, "x", &points->x, rows, 0);
    if (result == PIKA_OK)
        result = pika__marks_init(ctx, who, &call->vertices, grid, points, rows, covers, 1);
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__marks_all(pika_ctx *ctx, const char *who, pika__mark_call *call)
{
    pika__room room;
    pika_result result = pika__marks_open(ctx, who, call, &room);
    if (result != PIKA_OK) return result;
    result = pika__marks_run(ctx, who, call);
    pika__give(ctx, room.memory, room.used);
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__add_polygons(pika_ctx *ctx, pika_grid *grid,
                                                     const pika_polygons *polygons)
{
    const char *who = "pika_add_polygons";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__mark_call call;
    size_t marks, rings;
    if (result != PIKA_OK) return result;
    if (polygons == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "polygons is NULL");
    if (polygons->fill != PIKA_NONZERO && polygons->fill != PIKA_EVEN_ODD)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "fill is %, needs 0 or 1", NULL, polygons->fill,
                               0);
    rings = polygons->ring_offsets != NULL ? polygons->ring_count : 1;
    marks = polygons->polygon_rings != NULL ? polygons->polygon_count : rings;
    if (polygons->ring_offsets != NULL) {
        result = pika__check_offsets(ctx, who, "ring_offsets", polygons->ring_offsets, rings,
                                     polygons->points.count);
        if (result != PIKA_OK) return result;
    }
    if (polygons->polygon_rings != NULL) {
        result = pika__check_offsets(ctx, who, "polygon_rings", polygons->polygon_rings, marks, rings);
        if (result != PIKA_OK) return result;
    }
    result = pika__marks_start(ctx, who, &call, PIKA__POLYGONS, grid, &polygons->points,
                               polygons->points.count, marks, polygons->flags);
    if (result != PIKA_OK || call.mark_count == 0 || call.row_count == 0) return result;
    result = pika__check_names(ctx, who, grid, &polygons->points, marks);
    if (result != PIKA_OK) return result;
    call.rule = polygons->fill;
    call.offsets = polygons->ring_offsets;
    call.rings = polygons->polygon_rings;
    return pika__marks_all(ctx, who, &call);
}

/* The lower curves' position on the grid, where it is one for all. */
PIKA__PRIV int32_t pika__baseline(pika__vertices *v, double baseline)
{
    const pika__axis *rule = &v->cells.axes[1];
    const int type = v->cells.points->y.type;
    double value = baseline;
    uint32_t cell;
    if (pika__is_nan(value) || (rule->positive && value <= 0)) return PIKA__NOWHERE;
    if (type == PIKA_I64 || type == PIKA_U64) value -= (double)rule->origin;
    if (rule->rule == PIKA__RULE_FLOAT) value = (double)(float)value;
    if (rule->rule == PIKA__RULE_EDGES) {
        pika__map_edges(rule, &value, 1, &cell);
        if (cell < PIKA__OUTSIDE)
            return pika__from_block(pika__inside_position(rule, cell, value), rule->first);
    }
    return pika__from_block(pika__beyond_position(&v->beyond[1], value), rule->first);
}

/* The areas one by one on each other's shoulders. sums: 2 x shared_x, the lower and the upper curve. */
PIKA__PRIV PIKA__COLD pika_result pika__stack_areas(pika_ctx *ctx, const char *who, pika__mark_call *call,
                                                    const pika_areas *areas, double *sums)
{
    const size_t n = areas->shared_x;
    pika_points points = areas->points, base;
    pika__room room;
    pika_result result;
    size_t area, i;
    points.count = n;
    points.y = pika_f64(sums + n);
    base = points;
    base.y = pika_f64(sums);
    result = pika__marks_start(ctx, who, call, PIKA__AREAS, call->grid, &points, n, 1, areas->flags);
    if (result == PIKA_OK) result = pika__marks_init(ctx, who, &call->ends, call->grid, &base, n, 0, 1);
    call->has_ends = 1;
    if (result == PIKA_OK) result = pika__marks_open(ctx, who, call, &room);
    if (result != PIKA_OK) return result;
    call->tell = areas->points.count / n;
    for (i = 0; i < 2 * n; i++) sums[i] = areas->baseline;
    for (area = 0; area < areas->points.count / n && result == PIKA_OK; area++) {
        for (i = 0; i < n; i++) {
            double v;
            sums[i] = sums[n + i];
            pika__mark_values(&areas->points.y, area * n + i, 1, &v);
            if (!pika__is_nan(v)) sums[n + i] += v;
        }
        call->told = area;
        result = pika__marks_run(ctx, who, call);
        pika__skip_rows(&points.value, 1);
        pika__skip_rows(&points.category, 1);
    }
    pika__give(ctx, room.memory, room.used);
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__add_areas(pika_ctx *ctx, pika_grid *grid, const pika_areas *areas)
{
    const char *who = "pika_add_areas";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__mark_call call;
    pika_points base;
    size_t rows, marks;
    if (result != PIKA_OK) return result;
    if (areas == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "areas is NULL");
    rows = areas->points.count;
    marks = areas->area_count;
    if (areas->stacked && (areas->shared_x == 0 || areas->base.data != NULL))
        return pika__error(ctx, PIKA_ERR_INVALID, who, "stacked needs shared_x, and no base");
    result = pika__check_parts(ctx, who, areas->offsets, areas->shared_x, rows, &marks);
    if (result != PIKA_OK) return result;
    if (areas->base.data == NULL && !pika__is_finite(areas->baseline))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "baseline is %, needs a finite value", NULL,
                                  NULL, areas->baseline, 0);
    if (marks == 0 || rows == 0) return PIKA_OK;
    result = pika__check_column(ctx, who, "y", &areas->points.y, rows, 0);
    if (result == PIKA_OK) result = pika__check_names(ctx, who, grid, &areas->points, marks);
    if (result == PIKA_OK && areas->base.data != NULL)
        result = pika__check_column(ctx, who, "base", &areas->base, rows, 0);
    if (result != PIKA_OK) return result;
    if (areas->stacked) {
        const size_t n = areas->shared_x;
        size_t bytes = 0;
        double *sums = NULL;
        if (pika__mul_size(n, 2 * sizeof(double), &bytes)) sums = (double *)pika__take(ctx, bytes);
        if (sums == NULL) return pika__no_memory(ctx, who, bytes);
        call.grid = grid;
        result = pika__stack_areas(ctx, who, &call, areas, sums);
        pika__give(ctx, sums, bytes);
        return result;
    }
    result = pika__marks_start(ctx, who, &call, PIKA__AREAS, grid, &areas->points,
                               areas->shared_x > 0 ? areas->shared_x : rows, marks, areas->flags);
    if (result != PIKA_OK) return result;
    call.row_count = rows;
    call.offsets = areas->offsets;
    call.shared_x = areas->shared_x;
    base = areas->points;
    base.y = areas->base;
    call.has_ends = areas->base.data != NULL;
    if (call.has_ends)
        result = pika__marks_init(ctx, who, &call.ends, grid, &base,
                                  areas->shared_x > 0 ? areas->shared_x : rows, 0, 1);
    else call.baseline = pika__baseline(&call.vertices, areas->baseline);
    return result != PIKA_OK ? result : pika__marks_all(ctx, who, &call);
}

PIKA__PRIV PIKA__COLD pika_result pika__add_rects(pika_ctx *ctx, pika_grid *grid, const pika_rects *rects)
{
    const char *who = "pika_add_rects";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__mark_call call;
    pika_points ends;
    if (result != PIKA_OK) return result;
    if (rects == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "rects is NULL");
    result = pika__marks_start(ctx, who, &call, PIKA__RECTS, grid, &rects->points, rects->points.count,
                               rects->points.count, rects->flags);
    if (result != PIKA_OK || call.mark_count == 0) return result;
    result = pika__check_names(ctx, who, grid, &rects->points, call.mark_count);
    if (result == PIKA_OK) result = pika__check_column(ctx, who, "x1", &rects->x1, call.mark_count, 0);
    if (result == PIKA_OK) result = pika__check_column(ctx, who, "y1", &rects->y1, call.mark_count, 0);
    if (result != PIKA_OK) return result;
    ends = rects->points;
    ends.x = rects->x1;
    ends.y = rects->y1;
    call.has_ends = 1;
    result = pika__marks_init(ctx, who, &call.ends, grid, &ends, call.mark_count, 0, 1);
    return result != PIKA_OK ? result : pika__marks_all(ctx, who, &call);
}

PIKA__PRIV PIKA__COLD pika_result pika__add_triangles(pika_ctx *ctx, pika_grid *grid,
                                                      const pika_triangles *triangles)
{
    const char *who = "pika_add_triangles";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__mark_call call;
    size_t i, rows;
    if (result != PIKA_OK) return result;
    if (triangles == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "triangles is NULL");
    rows = triangles->points.count;
    if (triangles->triangle_count > (size_t)-1 / 3 / sizeof(uint32_t) ||
        (triangles->indices == NULL && 3 * triangles->triangle_count > rows))
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "triangle_count is %, too many for the % vertices",
                               NULL, (int64_t)triangles->triangle_count, (int64_t)rows);
    for (i = 0; triangles->indices != NULL && i < 3 * triangles->triangle_count; i++)
        if (triangles->indices[i] >= rows)
            return pika__error_int(ctx, PIKA_ERR_INVALID, who, "indices[%] is past the % vertices", NULL,
                                   (int64_t)i, (int64_t)rows);
    result = pika__marks_start(ctx, who, &call, PIKA__TRIANGLES, grid, &triangles->points, rows,
                               triangles->triangle_count, triangles->flags);
    if (result != PIKA_OK || call.mark_count == 0 || rows == 0) return result;
    call.interpolate = triangles->interpolate && call.vertices.cells.has_values;
    if (call.interpolate && grid->desc.categories > 0)
        return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who, "interpolate goes without categories");
    result = pika__check_names(ctx, who, grid, &triangles->points, call.interpolate ? rows : call.mark_count);
    if (result != PIKA_OK) return result;
    if (call.interpolate) call.complete = pika__values_complete(&triangles->points.value, rows);
    call.indices = triangles->indices;
    return pika__marks_all(ctx, who, &call);
}

/* Both kinds of quads. x_rows, y_rows: of the columns. */
PIKA__PRIV PIKA__COLD pika_result pika__quads_start(pika_ctx *ctx, const char *who, pika__mark_call *call,
                                                    pika_grid *grid, const pika_points *points,
                                                    size_t columns, size_t rows, int curvilinear,
                                                    unsigned flags)
{
    size_t x_rows = columns + 1, y_rows = rows + 1, marks;
    pika_result result;
    if (columns > (size_t)-1 / 64 || rows > (size_t)-1 / 64 || !pika__mul_size(columns, rows, &marks) ||
        !pika__mul_size(x_rows, y_rows, &marks))
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "columns is %, rows is %, too many", NULL,
                               (int64_t)columns, (int64_t)rows);
    if (curvilinear) x_rows = y_rows = marks;
    marks = columns * rows;
    result = pika__marks_start(ctx, who, call, curvilinear ? PIKA__QUADS : PIKA__MESH, grid, points,
                               pika__min_size(x_rows, y_rows), marks, flags);
    if (result != PIKA_OK || marks == 0) return result;
    result = pika__check_column(ctx, who, "x", &points->x, x_rows, 0);
    if (result == PIKA_OK) result = pika__check_column(ctx, who, "y", &points->y, y_rows, 0);
    call->row_count = x_rows > y_rows ? x_rows : y_rows;
    call->columns = columns;
    call->mesh_x = x_rows;
    call->mesh_y = y_rows;
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__add_quads(pika_ctx *ctx, pika_grid *grid, const pika_quads *quads)
{
    const char *who = "pika_add_quads";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__mark_call call;
    if (result != PIKA_OK) return result;
    if (quads == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "quads is NULL");
    result = pika__quads_start(ctx, who, &call, grid, &quads->points, quads->columns, quads->rows,
                               quads->curvilinear, quads->flags);
    if (result != PIKA_OK || call.mark_count == 0) return result;
    result = pika__check_names(ctx, who, grid, &quads->points, call.mark_count);
    return result != PIKA_OK ? result : pika__marks_all(ctx, who, &call);
}

/* Edges of the raster's pixels, or with interpolate their centres between the two ends. */
PIKA__PRIV void pika__raster_edges(double from, double to, size_t pixels, int interpolate, double *out)
{
    const double n = pika__u64_to_double(pixels);
    size_t i, count = interpolate ? pixels + 2 : pixels + 1;
    for (i = 0; i < count; i++) {
        const double steps = interpolate ? pika__u64_to_double(2 * i) - 1.0 : pika__u64_to_double(2 * i);
        out[i] = from + pika__rounded(steps / (2.0 * n) * (to - from));
    }
    out[0] = from;
    out[count - 1] = to;
}

PIKA__PRIV PIKA__COLD pika_result pika__add_raster(pika_ctx *ctx, pika_grid *grid, const pika_raster *raster)
{
    const char *who = "pika_add_raster";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__mark_call call;
    pika_points points;
    double *edges;
    size_t columns, rows, bytes;
    if (result != PIKA_OK) return result;
    if (raster == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "raster is NULL");
    if (!pika__is_finite(raster->x0) || !pika__is_finite(raster->x1) || !pika__is_finite(raster->y0) ||
        !pika__is_finite(raster->y1))
        return pika__error(ctx, PIKA_ERR_INVALID, who, "one of x0, x1, y0, y1 is not finite");
    if (grid->desc.categories > 0)
        return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who, "a raster has no category, the grid has");
    if (raster->columns == 0 || raster->rows == 0) return PIKA_OK;
    columns = raster->columns + (raster->interpolate != 0);
    rows = raster->rows + (raster->interpolate != 0);
    if (columns > (size_t)-1 / 64 || rows > (size_t)-1 / 64)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "columns is %, rows is %, too many", NULL,
                               (int64_t)raster->columns, (int64_t)raster->rows);
    bytes = (columns + rows + 2) * sizeof(double);
    edges = (double *)pika__take(ctx, bytes);
    if (edges == NULL) return pika__no_memory(ctx, who, bytes);
    pika__raster_edges(raster->x0, raster->x1, raster->columns, raster->interpolate, edges);
    pika__raster_edges(raster->y0, raster->y1, raster->rows, raster->interpolate, edges + columns + 1);
    points = pika_xy(pika_f64(edges), pika_f64(edges + columns + 1), 0);
    points.value = raster->value;
    result = pika__quads_start(ctx, who, &call, grid, &points, columns, rows, 0, raster->flags);
    if (result == PIKA_OK)
        result = pika__check_names(ctx, who, grid, &points, raster->columns * raster->rows);
    call.interpolate = raster->interpolate && (grid->desc.planes & PIKA__VALUE_PLANES) != 0;
    call.raster_columns = raster->columns;
    call.raster_rows = raster->rows;
    if (result == PIKA_OK && call.interpolate)
        call.complete = pika__values_complete(&points.value, raster->columns * raster->rows);
    if (result == PIKA_OK) result = pika__marks_all(ctx, who, &call);
    pika__give(ctx, edges, bytes);
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__add_stamps(pika_ctx *ctx, pika_grid *grid, const pika_stamps *stamps)
{
    const char *who = "pika_add_stamps";
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__mark_call call;
    if (result != PIKA_OK) return result;
    if (stamps == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "stamps is NULL");
    if (stamps->kernel < PIKA_DISC || stamps->kernel > PIKA_STAMP)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "kernel is %, needs 0..2", NULL, stamps->kernel,
                               0);
    if (stamps->kernel == PIKA_STAMP && stamps->stamp == NULL)
        return pika__error(ctx, PIKA_ERR_INVALID, who, "stamp is NULL");
    if (stamps->kernel == PIKA_STAMP && (stamps->stamp_width < 1 || stamps->stamp_width > 1024 ||
                                         stamps->stamp_height < 1 || stamps->stamp_height > 1024))
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "stamp_width, stamp_height are %, %, need 1..1024",
                               NULL, stamps->stamp_width, stamps->stamp_height);
    if (stamps->kernel != PIKA_STAMP && stamps->radii.data == NULL &&
        !(stamps->radius >= 0 && stamps->radius <= 1024))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "radius is %, needs 0 to 1024 cells", NULL,
                                  NULL, stamps->radius, 0);
    result = pika__marks_start(ctx, who, &call, PIKA__STAMPS, grid, &stamps->points, stamps->points.count,
                               stamps->points.count, stamps->flags);
    if (result != PIKA_OK || call.mark_count == 0) return result;
    result = pika__check_names(ctx, who, grid, &stamps->points, call.mark_count);
    if (result == PIKA_OK && stamps->radii.data != NULL)
        result = pika__check_column(ctx, who, "radii", &stamps->radii, call.mark_count, 0);
    if (result != PIKA_OK) return result;
    if (stamps->kernel == PIKA_STAMP) call.vertices.lattice = 0;
    if (stamps->kernel == PIKA_GAUSSIAN) pika__powers_init(&call.powers);
    if (stamps->kernel != PIKA_STAMP && stamps->radii.data == NULL)
        pika__stamp_kernel(stamps, stamps->radius, &call.disc, &call.bell);
    call.stamps = stamps;
    return pika__marks_all(ctx, who, &call);
}

PIKA__ADD(pika_add_polygons, pika__add_polygons, pika_polygons, pika__points_bytes(&marks->points),
          marks->points.count)
PIKA__ADD(pika_add_areas, pika__add_areas, pika_areas, pika__points_bytes(&marks->points),
          marks->points.count)
PIKA__ADD(pika_add_rects, pika__add_rects, pika_rects, pika__points_bytes(&marks->points),
          marks->points.count)
PIKA__ADD(pika_add_triangles, pika__add_triangles, pika_triangles, pika__points_bytes(&marks->points),
          marks->triangle_count)
PIKA__ADD(pika_add_quads, pika__add_quads, pika_quads, 0, marks->columns * marks->rows)
PIKA__ADD(pika_add_raster, pika__add_raster, pika_raster, 0, marks->columns * marks->rows)
PIKA__ADD(pika_add_stamps, pika__add_stamps, pika_stamps, pika__points_bytes(&marks->points),
          marks->points.count)
#undef PIKA__ADD
PIKA__PLAIN_END

PIKA__LEAN_END

/* ---- >>maps: colormaps as lists of stops --------------------------------------------------------------
   Data, and its resolution to 256 colours. The built-in maps are stops like the user's own; their source is
   named with each. Made by tools/gen_colormaps.py, which build.sh check runs again. */
PIKA__PLAIN
/* colormaps: begin (tools/gen_colormaps.py) */
/* clang-format off */
/* viridis: van der Walt and Smith (2015), CC0 */
static const uint32_t pika__k_viridis[52] = {
    0x440154ff, 0x46085cff, 0x471063ff, 0x481769ff, 0x481d6fff, 0x482475ff, 0x472a7aff, 0x46307eff,
    0x453781ff, 0x433d84ff, 0x414287ff, 0x3f4889ff, 0x3d4e8aff, 0x3a538bff, 0x38598cff, 0x355e8dff,
    0x33638dff, 0x31688eff, 0x2e6d8eff, 0x2c718eff, 0x2a768eff, 0x297b8eff, 0x27808eff, 0x25848eff,
    0x23898eff, 0x218e8dff, 0x20928cff, 0x1f978bff, 0x1e9c89ff, 0x1fa188ff, 0x21a585ff, 0x24aa83ff,
    0x28ae80ff, 0x2eb37cff, 0x35b779ff, 0x3dbc74ff, 0x46c06fff, 0x50c46aff, 0x5ac864ff, 0x65cb5eff,
    0x70cf57ff, 0x7cd250ff, 0x89d548ff, 0x95d840ff, 0xa2da37ff, 0xb0dd2fff, 0xbddf26ff, 0xcae11fff,
    0xd8e219ff, 0xe5e419ff, 0xf1e51dff, 0xfde725ff};
/* grey: black to white */
static const uint32_t pika__k_grey[2] = {0x000000ff, 0xffffffff};
#ifndef PIKA_NO_COLORMAP_DATA
/* magma: van der Walt and Smith (2015), CC0 */
static const uint32_t pika__k_magma[52] = {
    0x000004ff, 0x02020bff, 0x050416ff, 0x090720ff, 0x0e0b2bff, 0x140e36ff, 0x1a1042ff, 0x21114eff,
    0x29115aff, 0x311165ff, 0x390f6eff, 0x420f75ff, 0x4a1079ff, 0x52137cff, 0x5a167eff, 0x621980ff,
    0x6a1c81ff, 0x721f81ff, 0x792282ff, 0x812581ff, 0x892881ff, 0x912b81ff, 0x992d80ff, 0xa1307eff,
    0xaa337dff, 0xb2357bff, 0xba3878ff, 0xc23b75ff, 0xca3e72ff, 0xd2426fff, 0xd9466bff, 0xe04c67ff,
    0xe75263ff, 0xec5860ff, 0xf1605dff, 0xf4695cff, 0xf7725cff, 0xf97b5dff, 0xfb8560ff, 0xfc8e64ff,
    0xfd9869ff, 0xfea16eff, 0xfeaa74ff, 0xfeb47bff, 0xfebd82ff, 0xfec68aff, 0xfecf92ff, 0xfed89aff,
    0xfde2a3ff, 0xfdebacff, 0xfcf4b6ff, 0xfcfdbfff};
/* inferno: van der Walt and Smith (2015), CC0 */
static const uint32_t pika__k_inferno[52] = {
    0x000004ff, 0x02020cff, 0x050417ff, 0x0a0722ff, 0x10092dff, 0x160b39ff, 0x1e0c45ff, 0x260c51ff,
    0x2f0a5bff, 0x380962ff, 0x400a67ff, 0x490b6aff, 0x510e6cff, 0x59106eff, 0x61136eff, 0x69166eff,
    0x71196eff, 0x781c6dff, 0x801f6cff, 0x88226aff, 0x902568ff, 0x982766ff, 0xa02a63ff, 0xa82e5fff,
    0xb0315bff, 0xb73557ff, 0xbf3952ff, 0xc63d4dff, 0xcc4248ff, 0xd34743ff, 0xd94d3dff, 0xdf5337ff,
    0xe45a31ff, 0xe9612bff, 0xed6925ff, 0xf1711fff, 0xf47918ff, 0xf78212ff, 0xf98b0bff, 0xfa9407ff,
    0xfb9d07ff, 0xfca60cff, 0xfcb014ff, 0xfbba1fff, 0xfac42aff, 0xf8cd37ff, 0xf6d746ff, 0xf4e156ff,
    0xf2ea69ff, 0xf2f27dff, 0xf5f992ff, 0xfcffa4ff};
/* plasma: van der Walt and Smith (2015), CC0 */
static const uint32_t pika__k_plasma[52] = {
    0x0d0887ff, 0x1b068dff, 0x260591ff, 0x2f0596ff, 0x38049aff, 0x41049dff, 0x4903a0ff, 0x5102a3ff,
    0x5901a5ff, 0x6100a7ff, 0x6900a8ff, 0x7100a8ff, 0x7801a8ff, 0x8004a8ff, 0x8707a6ff, 0x8e0ca4ff,
    0x9511a1ff, 0x9c179eff, 0xa21d9aff, 0xa82296ff, 0xae2892ff, 0xb42e8dff, 0xba3388ff, 0xbf3984ff,
    0xc43e7fff, 0xc9447aff, 0xcd4a76ff, 0xd24f71ff, 0xd6556dff, 0xda5b69ff, 0xde6164ff, 0xe26660ff,
    0xe66c5cff, 0xe97257ff, 0xed7953ff, 0xf07f4fff, 0xf3854bff, 0xf58c46ff, 0xf79342ff, 0xf99a3eff,
    0xfba139ff, 0xfca835ff, 0xfdaf31ff, 0xfeb72dff, 0xfebe2aff, 0xfdc627ff, 0xfcce25ff, 0xfbd724ff,
    0xf8df25ff, 0xf6e826ff, 0xf3f027ff, 0xf0f921ff};
/* cividis: Nunez, Anderton and Renslow (2018) */
static const uint32_t pika__k_cividis[86] = {
    0x00224eff, 0x002553ff, 0x002758ff, 0x00295dff, 0x002b62ff, 0x002d68ff, 0x002f6dff, 0x003170ff,
    0x053371ff, 0x0f3570ff, 0x163770ff, 0x1c396fff, 0x213b6eff, 0x263d6eff, 0x2a3f6dff, 0x2e416dff,
    0x32436dff, 0x35456cff, 0x39486cff, 0x3c4a6cff, 0x3f4c6cff, 0x424e6cff, 0x45506cff, 0x48526cff,
    0x4b546cff, 0x4e566cff, 0x51586dff, 0x545a6dff, 0x565c6dff, 0x595e6eff, 0x5c616eff, 0x5e636fff,
    0x61656fff, 0x646770ff, 0x666970ff, 0x696b71ff, 0x6c6d72ff, 0x6e6f73ff, 0x717274ff, 0x737475ff,
    0x767676ff, 0x787877ff, 0x7b7a78ff, 0x7e7c78ff, 0x807f78ff, 0x838179ff, 0x868379ff, 0x898578ff,
    0x8c8878ff, 0x8f8a78ff, 0x928c78ff, 0x948e77ff, 0x979177ff, 0x9a9376ff, 0x9d9576ff, 0xa09875ff,
    0xa39a74ff, 0xa69c74ff, 0xa99f73ff, 0xaca172ff, 0xafa471ff, 0xb3a670ff, 0xb6a96fff, 0xb9ab6dff,
    0xbcae6cff, 0xbfb06bff, 0xc2b369ff, 0xc5b568ff, 0xc8b866ff, 0xccba64ff, 0xcfbd62ff, 0xd2c060ff,
    0xd5c25eff, 0xd9c55cff, 0xdcc859ff, 0xdfca57ff, 0xe2cd54ff, 0xe6d051ff, 0xe9d34eff, 0xedd54aff,
    0xf0d846ff, 0xf3db42ff, 0xf7de3eff, 0xfbe138ff, 0xfee434ff, 0xfee838ff};
/* turbo: Mikhailov (2019), Apache 2.0 */
static const uint32_t pika__k_turbo[52] = {
    0x30123bff, 0x36215fff, 0x3b2f80ff, 0x3f3e9cff, 0x424bb5ff, 0x4559cbff, 0x4666ddff, 0x4773ebff,
    0x4680f6ff, 0x458cfdff, 0x4099ffff, 0x38a5fbff, 0x2fb2f4ff, 0x27bee9ff, 0x1fc9ddff, 0x1ad4d0ff,
    0x18ddc2ff, 0x1ae4b6ff, 0x22ebaaff, 0x2ff19bff, 0x3ff68aff, 0x52fa7aff, 0x65fd69ff, 0x79fe59ff,
    0x8bff4bff, 0x9cfe40ff, 0xa9fb39ff, 0xb7f735ff, 0xc3f134ff, 0xd0ea34ff, 0xdbe236ff, 0xe5d938ff,
    0xeecf3aff, 0xf5c53aff, 0xfaba39ff, 0xfdae35ff, 0xfea130ff, 0xfe932aff, 0xfc8423ff, 0xf9751dff,
    0xf46617ff, 0xef5811ff, 0xe84b0cff, 0xe14109ff, 0xd83706ff, 0xce2d04ff, 0xc32503ff, 0xb71d02ff,
    0xa91601ff, 0x9b0f01ff, 0x8b0902ff, 0x7a0403ff};
/* fire: pika's own: black, red, orange, yellow, white in even lightness */
static const uint32_t pika__k_fire[86] = {
    0x000000ff, 0x120000ff, 0x1d0000ff, 0x250000ff, 0x2b0000ff, 0x310000ff, 0x350100ff, 0x3a0100ff,
    0x3e0100ff, 0x430100ff, 0x470100ff, 0x4c0200ff, 0x500200ff, 0x550200ff, 0x590300ff, 0x5e0300ff,
    0x630300ff, 0x670400ff, 0x6c0400ff, 0x710500ff, 0x760600ff, 0x7b0600ff, 0x800700ff, 0x850800ff,
    0x890800ff, 0x8f0900ff, 0x940a00ff, 0x990b00ff, 0x9e0c00ff, 0xa30d00ff, 0xa80f00ff, 0xad1000ff,
    0xb21200ff, 0xb71300ff, 0xbc1500ff, 0xc11700ff, 0xc61a00ff, 0xcb1c00ff, 0xcf1f00ff, 0xd42300ff,
    0xd82700ff, 0xdc2b00ff, 0xe02f00ff, 0xe43400ff, 0xe73900ff, 0xea3e00ff, 0xed4401ff, 0xf04901ff,
    0xf24f01ff, 0xf45402ff, 0xf65a03ff, 0xf75f03ff, 0xf96504ff, 0xfa6b06ff, 0xfb7007ff, 0xfc7609ff,
    0xfd7b0aff, 0xfd810dff, 0xfe870fff, 0xfe8c11ff, 0xff9114ff, 0xff9717ff, 0xff9c1bff, 0xffa11eff,
    0xffa623ff, 0xffab27ff, 0xffb02cff, 0xffb531ff, 0xffba37ff, 0xffbf3dff, 0xffc444ff, 0xffc84bff,
    0xffcd53ff, 0xffd15cff, 0xffd665ff, 0xffda6fff, 0xffde7aff, 0xffe286ff, 0xffe692ff, 0xffea9fff,
    0xffeeadff, 0xfff2bcff, 0xfff5cbff, 0xfff9dbff, 0xfffcebff, 0xffffffff};
/* ice: pika's own: black, blue, cyan, white in even lightness */
static const uint32_t pika__k_ice[52] = {
    0x000000ff, 0x02061bff, 0x040a2dff, 0x050e3bff, 0x051146ff, 0x06144fff, 0x071759ff, 0x071a62ff,
    0x081e6cff, 0x082175ff, 0x08257dff, 0x092a86ff, 0x092e8eff, 0x093296ff, 0x0a379dff, 0x0a3ca4ff,
    0x0a41abff, 0x0a47b1ff, 0x0a4cb7ff, 0x0b52bcff, 0x0b57c1ff, 0x0c5dc6ff, 0x0d63cbff, 0x0d69cfff,
    0x0e6fd2ff, 0x1075d6ff, 0x117bd9ff, 0x1381dcff, 0x1687dfff, 0x188de1ff, 0x1b93e4ff, 0x1f9ae6ff,
    0x23a0e8ff, 0x28a6eaff, 0x2dacebff, 0x34b2edff, 0x3ab8eeff, 0x42bff0ff, 0x4ac4f1ff, 0x53caf2ff,
    0x5dd0f3ff, 0x67d6f4ff, 0x72dbf6ff, 0x7fe0f7ff, 0x8ce5f8ff, 0x9aeaf9ff, 0xa9eefaff, 0xb8f3fbff,
    0xc9f6fdff, 0xd9fafeff, 0xebfdffff, 0xffffffff};
/* coolwarm: by Moreland's formula (2009), blue to red */
static const uint32_t pika__k_coolwarm[86] = {
    0x3b4cc0ff, 0x3e51c5ff, 0x4256c9ff, 0x455cceff, 0x4961d2ff, 0x4d66d6ff, 0x506bdaff, 0x5470deff,
    0x5875e1ff, 0x5c7ae5ff, 0x5f7fe8ff, 0x6384ebff, 0x6788eeff, 0x6b8df0ff, 0x6f91f3ff, 0x7396f5ff,
    0x779af7ff, 0x7b9ff9ff, 0x80a3faff, 0x84a7fcff, 0x88abfdff, 0x8caffeff, 0x90b2feff, 0x94b6ffff,
    0x98b9ffff, 0x9dbdffff, 0xa1c0ffff, 0xa5c3feff, 0xa9c6feff, 0xadc9fdff, 0xb1cbfcff, 0xb5cefaff,
    0xb9d0f9ff, 0xbcd2f7ff, 0xc0d4f5ff, 0xc4d6f3ff, 0xc8d7f1ff, 0xcbd8eeff, 0xcedaebff, 0xd2dbe8ff,
    0xd5dbe5ff, 0xd8dce2ff, 0xdbdddeff, 0xdedcdbff, 0xe2dad6ff, 0xe5d9d2ff, 0xe7d7ceff, 0xead5c9ff,
    0xecd3c5ff, 0xeed0c0ff, 0xf0cebcff, 0xf2cbb7ff, 0xf3c8b2ff, 0xf4c5aeff, 0xf5c1a9ff, 0xf6bea4ff,
    0xf7ba9fff, 0xf7b79bff, 0xf7b396ff, 0xf7af91ff, 0xf7ab8cff, 0xf7a688ff, 0xf6a283ff, 0xf59d7eff,
    0xf4997aff, 0xf39475ff, 0xf18f71ff, 0xf08a6cff, 0xee8568ff, 0xec7f63ff, 0xea7a5fff, 0xe7745aff,
    0xe56f56ff, 0xe26952ff, 0xdf634eff, 0xdc5d4aff, 0xd85646ff, 0xd55042ff, 0xd1493eff, 0xce433bff,
    0xca3b37ff, 0xc63433ff, 0xc12b30ff, 0xbd222cff, 0xb91629ff, 0xb40426ff};
/* spectral: Brewer and Harrower, ColorBrewer 2.0 Spectral 11, low = blue */
static const uint32_t pika__k_spectral[11] = {
    0x5e4fa2ff, 0x3288bdff, 0x66c2a5ff, 0xabdda4ff, 0xe6f598ff, 0xffffbfff, 0xfee08bff, 0xfdae61ff,
    0xf46d43ff, 0xd53e4fff, 0x9e0142ff};
/* category: Okabe and Ito (2008) first, then pika's own */
static const uint32_t pika__k_category[16] = {
    0x0072b2ff, 0xd55e00ff, 0x009e73ff, 0xcc79a7ff, 0x56b4e9ff, 0xe69f00ff, 0xf0e442ff, 0x961e5aff,
    0x6a3cffff, 0x874b00ff, 0x5ad287ff, 0x808080ff, 0xd2004bff, 0x8c8cffff, 0x5a3ca5ff, 0xe11ed2ff};
#endif
static const pika_colormap pika__k_colormaps[] = {
    {"viridis", pika__k_viridis, NULL, 52, 0},
    {"grey", pika__k_grey, NULL, 2, 0},
#ifndef PIKA_NO_COLORMAP_DATA
    {"magma", pika__k_magma, NULL, 52, 0},
    {"inferno", pika__k_inferno, NULL, 52, 0},
    {"plasma", pika__k_plasma, NULL, 52, 0},
    {"cividis", pika__k_cividis, NULL, 86, 0},
    {"turbo", pika__k_turbo, NULL, 52, 0},
    {"fire", pika__k_fire, NULL, 86, 0},
    {"ice", pika__k_ice, NULL, 52, 0},
    {"coolwarm", pika__k_coolwarm, NULL, 86, 0},
    {"spectral", pika__k_spectral, NULL, 11, 0},
    {"category", pika__k_category, NULL, 16, 1},
#endif
};
/* clang-format on */
/* colormaps: end */

#define PIKA__COLORMAPS ((int)(sizeof pika__k_colormaps / sizeof pika__k_colormaps[0]))

PIKA_API int pika_colormap_count(void) { return PIKA__COLORMAPS; }

PIKA_API const pika_colormap *pika_colormap_get(int index)
{
    return index < 0 || index >= PIKA__COLORMAPS ? NULL : &pika__k_colormaps[index];
}

PIKA_API const pika_colormap *pika_colormap_find(const char *name)
{
    int i;
    if (name == NULL) return NULL;
    for (i = 0; i < PIKA__COLORMAPS; i++)
        if (strcmp(pika__k_colormaps[i].name, name) == 0) return &pika__k_colormaps[i];
    return NULL;
}

/* part / whole of the way from a to b in each byte, rounded to nearest; 0 <= part <= whole < 2^32 */
PIKA__PRIV uint32_t pika__mix(uint32_t a, uint32_t b, uint64_t part, uint64_t whole)
{
    uint32_t mixed = 0;
    int shift;
    for (shift = 0; shift < 32; shift += 8) {
        const uint64_t from = (a >> shift) & 255u, to = (b >> shift) & 255u;
        mixed |= (uint32_t)((from * (whole - part) + to * part + whole / 2) / whole) << shift;
    }
    return mixed;
}

PIKA__PRIV PIKA__COLD pika_result pika__make_table(pika_ctx *ctx, const char *who, const pika_colormap *map,
                                                   uint32_t *table)
{
    int i, stop = 0;
    if (map->colors == NULL || map->count < 1 || map->count > 256)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "colormap has % stops, needs 1..256 with colors",
                               NULL, map->colors == NULL ? 0 : map->count, 0);
    if (map->positions != NULL)
        for (i = 0; i < map->count; i++)
            if (pika__is_nan(map->positions[i]) ||
                !(map->positions[i] >= (i == 0 ? 0.0 : map->positions[i - 1]) && map->positions[i] <= 1.0))
                return pika__error_number(ctx, PIKA_ERR_INVALID, who,
                                          "colormap position % is %, needs rising values in 0..1", NULL, NULL,
                                          i, map->positions[i]);
    for (i = 0; i < 256; i++) {
        const int gaps = map->count - 1;
        if (map->stepped) {
            table[i] = map->colors[i * map->count / 256];
        } else if (gaps == 0) {
            table[i] = map->colors[0];
        } else if (map->positions == NULL) {
            stop = i * gaps / 255;
            table[i] = stop == gaps ? map->colors[gaps]
                                    : pika__mix(map->colors[stop], map->colors[stop + 1],
                                                (uint64_t)(i * gaps - stop * 255), 255);
        } else {
            const double at = i / 255.0;
            double from, to;
            while (stop < gaps && map->positions[stop + 1] <= at) stop++;
            from = map->positions[stop];
            if (stop == gaps || at <= from) {
                table[i] = map->colors[stop];
                continue;
            }
            to = map->positions[stop + 1]; /* from < at < to */
            table[i] = pika__mix(map->colors[stop], map->colors[stop + 1],
                                 (uint64_t)((at - from) / (to - from) * 1048576.0), 1048576);
        }
    }
    return PIKA_OK;
}

PIKA_API pika_result pika_colormap_table(const pika_colormap *map, uint32_t table[256])
{
    pika__float_state saved;
    pika_result result;
    if (map == NULL || table == NULL) return PIKA_ERR_INVALID;
    pika__float_enter(&saved);
    result = pika__make_table(NULL, NULL, map, table);
    pika__float_leave(&saved);
    return result;
}
PIKA__PLAIN_END

/* ---- >>scales: values to levels 0..255 ----------------------------------------------------------------
   Every transfer ends as 257 edges, and a level is found by comparing keys: unsigned integers in the order of
   the values. So a pixel's level depends on no floating-point operation, here or on a GPU. Keys of counts are
   the counts; of other planes the ordered bits of the double. */

#define PIKA__NO_KEY ((uint64_t)-1) /* an empty cell: above every key */
#define PIKA__TABLE 65536           /* entries of scratch a task: counts, later the colours of counts */
#define PIKA__SMALL_TABLE 512       /* without scratch, on the stack: enough for one bit of 255 levels */
#define PIKA__KEYS 64               /* cells that are read at a time */
#define PIKA__BAND 262144           /* counts of a task at least: fewer take less time than waking a thread */
#define PIKA__SLOW_BAND 16384       /* the same of cells that are read as doubles */
#define PIKA__SCANS 16              /* tasks with a table at most: they cost scratch */
#define PIKA__STREAM 4194304        /* pixels that no cache holds: 16 MiB of them are written past it */
#define PIKA__LANES 4 /* tables of counts side by side: an increment need not wait for its neighbour's */

typedef struct pika__source { /* the plane that is shaded */
    const pika_grid *grid;
    pika_ctx *ctx; /* whose threads read it */
    unsigned plane;
    int category; /* PIKA_ALL_CATEGORIES or one */
    int whole;    /* keys are the values themselves */
    size_t cells;
    const uint32_t *counts; /* NULL, or the keys as they lie in the grid; there 0 is no key */
    const double *values;   /* NULL, or instead of a grid: values, rising, and how many cells have each */
    const uint64_t *times;
    size_t n_values;
} pika__source;

PIKA__PRIV void pika__source_init(pika__source *source, pika_ctx *ctx, const pika_grid *grid, unsigned plane,
                                  int category)
{
    source->grid = grid;
    source->ctx = ctx;
    source->plane = plane;
    source->category = category;
    source->whole = plane == PIKA_COUNT || plane == PIKA_ANY;
    source->cells = pika__cells_of(&grid->desc);
    source->counts = NULL;
    source->values = NULL;
    if (plane == PIKA_COUNT && (category >= 0 || grid->desc.categories == 0))
        source->counts = (const uint32_t *)grid->planes[PIKA__COUNTS] +
                         (category > 0 ? (size_t)category * source->cells : 0);
}

/* n <= PIKA__KEYS */
PIKA__PRIV PIKA__NOINLINE void pika__source_keys(const pika__source *source, size_t first, size_t n,
                                                 uint64_t *keys)
{
    double v[PIKA__KEYS];
    size_t i;
    if (source->counts != NULL) {
        const uint32_t *counts = source->counts + first;
        for (i = 0; i < n; i++) keys[i] = counts[i] == 0 ? PIKA__NO_KEY : counts[i];
        return;
    }
    pika__read_cells(source->grid, source->plane, source->category, first, n, v);
    if (source->whole) {
        for (i = 0; i < n; i++) keys[i] = v[i] > 0 ? (uint64_t)v[i] : PIKA__NO_KEY;
        return;
    }
    for (i = 0; i < n; i++) keys[i] = pika__is_nan(v[i]) ? PIKA__NO_KEY : pika__key64(v[i] + 0.0);
    if (source->plane == PIKA_ARGMIN || source->plane == PIKA_ARGMAX) { /* -1 is empty */
        for (i = 0; i < n; i++)
            if (v[i] < 0) keys[i] = PIKA__NO_KEY;
    } else if (source->plane == PIKA_COVERAGE) {
        for (i = 0; i < n; i++)
            if (!(v[i] > 0)) keys[i] = PIKA__NO_KEY;
    } else if (source->plane == PIKA_SUM) { /* 0 of an empty cell too */
        const unsigned planes[2] = {PIKA_COUNT, PIKA_COVERAGE};
        uint64_t rows = 0; /* a bit for each cell that has a row or a share */
        int k;
        for (k = 0; k < 2; k++) {
            if ((source->grid->desc.planes & planes[k]) == 0) continue;
            pika__read_cells(source->grid, planes[k], source->category, first, n, v);
            for (i = 0; i < n; i++) rows |= (uint64_t)(v[i] > 0) << i;
        }
        for (i = 0; i < n; i++)
            if ((rows >> i & 1) == 0) keys[i] = PIKA__NO_KEY;
    }
}

/* An edge as a key: the smallest key of a value that is not below it. */
PIKA__PRIV uint64_t pika__edge_key(const pika__source *source, double edge)
{
    uint64_t key;
    if (!source->whole) return pika__key64(edge + 0.0);
    if (!(edge > 0)) return 0;
    if (edge >= 9007199254740992.0) return (uint64_t)9007199254740992;
    key = (uint64_t)edge;
    return (double)key < edge ? key + 1 : key;
}

PIKA__PRIV uint64_t pika__value_key(const pika__source *source, size_t i)
{
    return source->whole ? (uint64_t)source->values[i] : pika__key64(source->values[i] + 0.0);
}

PIKA__PRIV double pika__key_value(const pika__source *source, uint64_t key)
{
    return source->whole ? pika__u64_to_double(key) : pika__from_key64(key);
}

/* Tasks for all cells: 1, or as many as pay, at most `most`. */
PIKA__PRIV int pika__bands(const pika__source *source, int most)
{
    const size_t bands = source->cells / (source->counts != NULL ? PIKA__BAND : PIKA__SLOW_BAND);
    if (pika__threads(source->ctx) == 1 || bands < 2) return 1;
    return bands < (size_t)most ? (int)bands : most;
}

/* Where band i of so many begins: at a multiple of PIKA__KEYS, or at the end. */
PIKA__PRIV size_t pika__band_begin(const pika__source *source, int i, int bands)
{
    const uint64_t blocks = ((uint64_t)source->cells + PIKA__KEYS - 1) / PIKA__KEYS;
    return pika__min_size((size_t)(blocks * (uint64_t)i / (uint64_t)bands) * PIKA__KEYS, source->cells);
}

typedef struct pika__survey { /* of the keys within lo..hi */
    uint64_t lo, hi, lowest, highest;
    uint64_t n, at_lowest; /* keys, and those equal to the lowest */
} pika__survey;

PIKA__PRIV void pika__survey_clear(pika__survey *survey)
{
    survey->lowest = PIKA__NO_KEY;
    survey->highest = 0;
    survey->n = survey->at_lowest = 0;
}

PIKA__PRIV void pika__survey_key(pika__survey *survey, uint64_t key, uint64_t times)
{
    if (key < survey->lo || key > survey->hi) return; /* hi is below PIKA__NO_KEY */
    survey->n += times;
    if (key < survey->lowest) {
        survey->lowest = key;
        survey->at_lowest = 0;
    }
    if (key == survey->lowest) survey->at_lowest += times;
    if (key > survey->highest) survey->highest = key;
}

PIKA__PRIV void pika__survey_add(pika__survey *survey, const pika__survey *other)
{
    if (other->n == 0) return;
    pika__survey_key(survey, other->lowest, other->at_lowest);
    pika__survey_key(survey, other->highest, other->n - other->at_lowest);
}

/* A pass over all cells, in tasks whose results are added up in order. They are integers, so that how many
   tasks there are changes nothing. */
typedef struct pika__scan {
    const pika__source *source;
    int tasks;       /* that have a table */
    uint32_t *table; /* one after the other */
    uint32_t entries;
    int bands; /* tasks of this pass */
    pika__survey surveys[PIKA__SCANS];
    uint32_t limits[PIKA__SCANS]; /* of pika__histogram_band */
    const uint64_t *groups;       /* of pika__select_band, and the rest */
    uint64_t lowest, highest;
    int n_groups, digit, bits;
} pika__scan;

PIKA__PRIV void pika__survey_band(void *arg, int band)
{
    pika__scan *scan = (pika__scan *)arg;
    const size_t end = pika__band_begin(scan->source, band + 1, scan->bands);
    pika__survey survey = scan->surveys[band];
    uint64_t keys[PIKA__KEYS];
    size_t first = pika__band_begin(scan->source, band, scan->bands), i;
    for (; first < end; first += PIKA__KEYS) {
        const size_t n = pika__min_size(end - first, PIKA__KEYS);
        pika__source_keys(scan->source, first, n, keys);
        for (i = 0; i < n; i++) pika__survey_key(&survey, keys[i], 1);
    }
    scan->surveys[band] = survey;
}

#ifdef PIKA__HAVE_AVX2
PIKA__TARGET("avx2")
PIKA__PRIV size_t pika__extent_avx2(const uint32_t *counts, size_t n, uint32_t *least, uint32_t *most)
{
    const __m256i one = _mm256_set1_epi32(1);
    __m256i low_a = _mm256_set1_epi32(-1), low_b = low_a, high_a = _mm256_setzero_si256(), high_b = high_a;
    uint32_t lows[8], highs[8];
    size_t i = 0, k;
    for (; i + 16 <= n; i += 16) {
        const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(counts + i));
        const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(counts + i + 8));
        high_a = _mm256_max_epu32(high_a, a);
        high_b = _mm256_max_epu32(high_b, b);
        low_a = _mm256_min_epu32(low_a, _mm256_sub_epi32(a, one));
        low_b = _mm256_min_epu32(low_b, _mm256_sub_epi32(b, one));
    }
    _mm256_storeu_si256((__m256i *)(void *)lows, _mm256_min_epu32(low_a, low_b));
    _mm256_storeu_si256((__m256i *)(void *)highs, _mm256_max_epu32(high_a, high_b));
    _mm256_zeroupper();
    for (k = 0; k < 8; k++) {
        if (lows[k] < *least) *least = lows[k];
        if (highs[k] > *most) *most = highs[k];
    }
    return i;
}
#endif

/* The lowest and highest count: all that a formula's range needs. */
PIKA__PRIV void pika__extent_band(void *arg, int band)
{
    pika__scan *scan = (pika__scan *)arg;
    const size_t begin = pika__band_begin(scan->source, band, scan->bands);
    const size_t n = pika__band_begin(scan->source, band + 1, scan->bands) - begin;
    const uint32_t *counts = scan->source->counts + begin;
    uint32_t least[2] = {0xFFFFFFFFu, 0xFFFFFFFFu}, most[2] = {0, 0}; /* of count - 1, so that 0 is none */
    size_t i = 0;
#ifdef PIKA__HAVE_AVX2
    if (pika__isa(scan->source->ctx) >= PIKA_ISA_AVX2) i = pika__extent_avx2(counts, n, least, most);
#endif
    for (; i + 2 <= n; i += 2) { /* two chains */
        const uint32_t a = counts[i], b = counts[i + 1];
        least[0] = a - 1 < least[0] ? a - 1 : least[0];
        least[1] = b - 1 < least[1] ? b - 1 : least[1];
        most[0] = a > most[0] ? a : most[0];
        most[1] = b > most[1] ? b : most[1];
    }
    if (i < n) {
        least[0] = counts[i] - 1 < least[0] ? counts[i] - 1 : least[0];
        most[0] = counts[i] > most[0] ? counts[i] : most[0];
    }
    for (i = 0; i < 2; i++) {
        if (most[i] == 0) continue;
        pika__survey_key(&scan->surveys[band], (uint64_t)least[i] + 1, 1);
        pika__survey_key(&scan->surveys[band], most[i], 1);
    }
}

/* The keys within lo..hi; with `range` only lowest, highest and whether there are any. */
PIKA__PRIV void pika__survey_keys(pika__scan *scan, pika__survey *survey, int range)
{
    const pika__source *source = scan->source;
    size_t k;
    int i;
    pika__survey_clear(survey);
    if (source->values != NULL) {
        for (k = 0; k < source->n_values; k++)
            if (source->times[k] > 0) pika__survey_key(survey, pika__value_key(source, k), source->times[k]);
        return;
    }
    scan->bands = pika__bands(source, PIKA__SCANS);
    for (i = 0; i < scan->bands; i++) scan->surveys[i] = *survey;
    pika__parallel(source->ctx, "shade: extent", scan->bands,
                   range && source->counts != NULL ? pika__extent_band : pika__survey_band, scan);
    for (i = 0; i < scan->bands; i++) pika__survey_add(survey, &scan->surveys[i]);
}

/* How many cells have each count: in the table as far as it has room, cleared as far as it is used; 0 goes to
   a place that nobody reads, higher counts go to the survey. */
PIKA__PRIV void pika__histogram_band(void *arg, int band)
{
    pika__scan *scan = (pika__scan *)arg;
    const size_t begin = pika__band_begin(scan->source, band, scan->bands);
    const size_t n = pika__band_begin(scan->source, band + 1, scan->bands) - begin;
    const uint32_t *counts = scan->source->counts + begin;
    uint32_t *table = scan->table + (size_t)band * scan->entries, limit = PIKA__SMALL_TABLE / PIKA__LANES;
    uint64_t past; /* the bits of a pair of counts that are not below the limit, a power of two */
    size_t i = 0;
    int k;
    memset(table, 0, sizeof *table * limit * PIKA__LANES);
    past = (0x100000000u - limit) * UINT64_C(0x100000001);
    while (i < n) {
        uint64_t pairs[4], any;
        for (; i + 8 <= n; i += 8) {
            memcpy(pairs, counts + i, sizeof pairs);
            any = pairs[0] | pairs[1] | pairs[2] | pairs[3];
            if (any == 0) continue;
            if ((any & past) != 0) break;
            for (k = 0; k < 4; k += 2) {
                table[(uint32_t)pairs[k] * PIKA__LANES]++;
                table[(uint32_t)(pairs[k] >> 32) * PIKA__LANES + 1]++;
                table[(uint32_t)pairs[k + 1] * PIKA__LANES + 2]++;
                table[(uint32_t)(pairs[k + 1] >> 32) * PIKA__LANES + 3]++;
            }
        }
        for (k = 0; k < 8 && i < n; k++, i++) {
            const uint32_t count = counts[i];
            while (count >= limit && limit < scan->entries / PIKA__LANES) {
                memset(table + limit * PIKA__LANES, 0, sizeof *table * limit * PIKA__LANES);
                limit *= 2;
                past = (0x100000000u - limit) * UINT64_C(0x100000001);
            }
            if (count < limit) table[count * PIKA__LANES]++;
            else pika__survey_key(&scan->surveys[band], count, 1);
        }
    }
    scan->limits[band] = limit;
}

/* Of a source of counts: table[count] is how many cells have it, for 1..limit - 1, or 0 below the survey's
   range. Returns the limit; the survey is of all counts, `past` of those from the limit on. */
PIKA__PRIV uint32_t pika__histogram(pika__scan *scan, pika__survey *survey, pika__survey *past)
{
    uint32_t limit = 0, count;
    int i, k;
    pika__survey_clear(survey);
    scan->bands = pika__bands(scan->source, scan->tasks);
    for (i = 0; i < scan->bands; i++) scan->surveys[i] = *survey;
    pika__parallel(scan->source->ctx, "shade: histogram", scan->bands, pika__histogram_band, scan);
    *past = *survey;
    for (i = 0; i < scan->bands; i++) {
        pika__survey_add(past, &scan->surveys[i]);
        if (scan->limits[i] > limit) limit = scan->limits[i];
    }
    for (count = 0; count < limit; count++) { /* into the first table: count is not above where it was read */
        uint32_t cells = 0;
        for (i = 0; i < scan->bands; i++)
            for (k = 0; k < PIKA__LANES && count < scan->limits[i]; k++)
                cells += scan->table[(size_t)i * scan->entries + count * PIKA__LANES + (uint32_t)k];
        if (count == 0 || count < survey->lo) cells = 0; /* past hi there are no ranks */
        scan->table[count] = cells;
        if (cells != 0) pika__survey_key(survey, count, cells);
    }
    pika__survey_add(survey, past);
    return limit;
}

PIKA__PRIV void pika__select_band(void *arg, int band)
{
    const pika__scan *scan = (const pika__scan *)arg;
    const size_t end = pika__band_begin(scan->source, band + 1, scan->bands);
    const uint64_t *groups = scan->groups;
    uint32_t *table = scan->table + (size_t)band * scan->entries;
    uint64_t keys[PIKA__KEYS];
    size_t first = pika__band_begin(scan->source, band, scan->bands), i;
    memset(table, 0, ((size_t)scan->n_groups << scan->digit) * sizeof *table);
    for (; first < end; first += PIKA__KEYS) {
        const size_t n = pika__min_size(end - first, PIKA__KEYS);
        pika__source_keys(scan->source, first, n, keys);
        for (i = 0; i < n; i++) {
            uint64_t at;
            int low = 0, length = scan->n_groups;
            if (keys[i] < scan->lowest || keys[i] > scan->highest) continue;
            while (length > 1) {
                const int half = length / 2;
                if (groups[low + half] <= keys[i]) low += half;
                length -= half;
            }
            at = (keys[i] - groups[low]) >> scan->bits;
            if (keys[i] >= groups[low] && at < ((uint64_t)1 << scan->digit))
                table[((uint32_t)low << scan->digit) + at]++;
        }
    }
}

/* The 255 keys of given ranks: levels[k] starts at key[k], the rank[k]-th smallest (from 1) of the surveyed
   keys. A radix selection from the top: each round fixes as many bits as the table has room for, for all
   ranks at once, and reads the cells once. Exact with any table of 512 entries or more. */
PIKA__PRIV PIKA__NOINLINE void pika__select_keys(pika__scan *scan, const pika__survey *survey, uint64_t *key,
                                                 uint32_t *rank)
{
    int bits = pika__bit_length(survey->highest - survey->lowest), k, i;
    for (k = 0; k < 255; k++) key[k] = survey->lowest;
    scan->lowest = survey->lowest;
    scan->highest = survey->highest;
    scan->bands = pika__bands(scan->source, scan->tasks);
    while (bits > 0) { /* key[k] - lowest is right but for the low `bits` bits */
        uint8_t group_of[255];
        uint64_t groups[255]; /* distinct prefixes, rising */
        uint32_t at, size;
        int n_groups = 0, digit = 0;
        for (k = 0; k < 255; k++) {
            if (k == 0 || key[k] != key[k - 1]) groups[n_groups++] = key[k];
            group_of[k] = pika__u8((uint32_t)(n_groups - 1));
        }
        while (digit < bits && ((uint32_t)n_groups << (digit + 1)) <= scan->entries) digit++;
        bits -= digit;
        scan->groups = groups;
        scan->n_groups = n_groups;
        scan->digit = digit;
        scan->bits = bits;
        pika__parallel(scan->source->ctx, "shade: select", scan->bands, pika__select_band, scan);
        size = (uint32_t)n_groups << digit;
        for (i = 1; i < scan->bands; i++)
            for (at = 0; at < size; at++) scan->table[at] += scan->table[(size_t)i * scan->entries + at];
        for (k = 0; k < 255; k++) {
            const uint32_t *bins = scan->table + ((uint32_t)group_of[k] << digit);
            uint32_t before = 0, bin = 0;
            while (before + bins[bin] < rank[k]) before += bins[bin++];
            rank[k] -= before;
            key[k] += (uint64_t)bin << bits;
        }
    }
}

/* edge[k] is the smallest value that at least k / 255 of the cells above the lowest do not pass. limit: 0, or
   the table has the cells of the counts below, and `past` is the survey of the rest.
   key: 255 entries of scratch. */
PIKA__PRIV PIKA__NOINLINE void pika__scale_eq_hist(pika__scan *scan, const pika__survey *survey,
                                                   uint32_t limit, const pika__survey *past, uint64_t *key,
                                                   pika_color_scale *scale)
{
    uint32_t rank[255], count = 0, before = 0; /* cells are fewer than 2^32 */
    const pika__source *source = scan->source;
    const uint64_t above = survey->n - survey->at_lowest;
    uint64_t last = 0, cells = 0;
    size_t i = 0;
    int k, first = 0;
    scale->edge[0] = pika__key_value(source, survey->lowest);
    scale->edge[256] = pika__key_value(source, survey->highest);
    for (k = 0; k < 255; k++)
        rank[k] = (uint32_t)(survey->at_lowest + (above * ((uint64_t)k + 1) + 254) / 255);
    if (source->values != NULL) {
        for (k = 0; k < 255; scale->edge[++k] = pika__key_value(source, last))
            for (; cells < rank[k]; i++) {
                last = pika__value_key(source, i);
                if (last >= survey->lo && last <= survey->hi) cells += source->times[i];
            }
        return;
    }
    for (; first < 255 && limit > 0; first++) { /* ranks rise, and so do counts */
        while (count < limit && before + scan->table[count] < rank[first]) before += scan->table[count++];
        if (count == limit) break;
        scale->edge[first + 1] = pika__u64_to_double(count);
    }
    for (; first < 255 && limit > 0 && rank[first] == survey->n; first++)
        scale->edge[first + 1] = scale->edge[256];
    if (first == 255) return;
    for (k = 0; k < 255; k++) rank[k] = k < first ? 1 : rank[k] - before;
    pika__select_keys(scan, limit > 0 ? past : survey, key, rank);
    for (k = first; k < 255; k++) scale->edge[k + 1] = pika__key_value(source, key[k]);
}

PIKA__PRIV void pika__scale_by_formula(pika_color_scale *scale)
{
    const double lo = scale->lo, hi = scale->hi, range = hi - lo;
    int i;
    if (scale->transfer == PIKA_SHADE_LOG && lo > 0) {
        pika__edges_log(lo, hi, 256, 0, 256, scale->edge);
    } else if (scale->transfer == PIKA_SHADE_LOG && pika__is_finite(range)) {
        pika__edges_symlog(0, range, 1, 256, 0, 256, scale->edge);
        for (i = 0; i <= 256; i++) scale->edge[i] += lo;
    } else {
        for (i = 0; i <= 256; i++) { /* t is exact; a range that overflows is halved */
            double t = i / 256.0;
            if (scale->transfer == PIKA_SHADE_CBRT) t = t * t * t;
            scale->edge[i] = pika__is_finite(range) ? lo + pika__rounded(range * t)
                                                    : pika__rounded(lo * (1 - t)) + pika__rounded(hi * t);
        }
    }
    scale->edge[0] = lo;
    scale->edge[256] = hi;
    for (i = 1; i < 256; i++) {
        if (!(scale->edge[i] >= scale->edge[i - 1])) scale->edge[i] = scale->edge[i - 1];
        if (scale->edge[i] > hi) scale->edge[i] = hi;
    }
}

/* The scale of a source: the given range, or that of its finite values; where there is none, 0 to 1.
   key: 255 entries of scratch. */
PIKA__PRIV PIKA__NOINLINE void pika__make_scale(pika__scan *scan, int transfer, double lo, double hi,
                                                uint64_t *key, pika_color_scale *scale)
{
    const double largest = pika__from_bits64(PIKA__MAX64);
    const pika__source *source = scan->source;
    const int fixed = lo < hi;
    pika__survey survey, past;
    uint32_t limit = 0;
    int i;
    memset(scale, 0, sizeof *scale);
    memset(&survey, 0, sizeof survey);
    scale->transfer = transfer;
    scale->levels = 256;
    survey.lo = pika__edge_key(source, fixed ? lo : -largest);
    survey.hi = source->whole
                    ? (fixed && hi < 9007199254740992.0 ? (hi < 0 ? 0 : (uint64_t)hi) : PIKA__NO_KEY - 1)
                    : pika__key64(fixed ? hi + 0.0 : largest);
    if (transfer == PIKA_SHADE_EQ_HIST && source->counts != NULL)
        limit = pika__histogram(scan, &survey, &past);
    else if (!fixed || transfer == PIKA_SHADE_EQ_HIST)
        pika__survey_keys(scan, &survey, transfer != PIKA_SHADE_EQ_HIST);
    scale->lo = fixed ? lo : survey.n != 0 ? pika__key_value(source, survey.lowest) : 0.0;
    scale->hi = fixed ? hi : survey.n != 0 ? pika__key_value(source, survey.highest) : 1.0;
    if (scale->lo == scale->hi) { /* one value everywhere: the highest colour */
        for (i = 0; i <= 256; i++) scale->edge[i] = scale->lo;
    } else if (transfer == PIKA_SHADE_EQ_HIST && survey.n != 0) {
        pika__scale_eq_hist(scan, &survey, limit, &past, key, scale);
    } else {
        pika__scale_by_formula(scale);
    }
}

PIKA__PRIV PIKA__COLD pika_result pika__check_transfer(pika_ctx *ctx, const char *who,
                                                       const pika_shade_desc *desc)
{
    if (desc->transfer < PIKA_SHADE_EQ_HIST || desc->transfer > PIKA_SHADE_CBRT)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "transfer is %, needs 0..3", NULL, desc->transfer,
                               0);
    if (!pika__is_finite(desc->lo) || !pika__is_finite(desc->hi) || desc->lo > desc->hi)
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "lo, hi are %, %, need finite lo <= hi", NULL,
                                  NULL, desc->lo, desc->hi);
    return PIKA_OK;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__color_scale_fit(pika_ctx *ctx, const pika_shade_desc *desc,
                                                            const double *values, const uint64_t *cells,
                                                            size_t count, pika_color_scale *scale)
{
    const char *who = "pika_color_scale_fit";
    pika_result result = pika__check_ctx(ctx, who);
    pika_shade_desc defaults;
    pika__source source;
    pika__scan scan;
    uint64_t all = 0, key[255];
    size_t i;
    if (result != PIKA_OK) return result;
    if (values == NULL || cells == NULL || scale == NULL)
        return pika__error(ctx, PIKA_ERR_INVALID, who,
                           values == NULL  ? "values is NULL"
                           : cells == NULL ? "cells is NULL"
                                           : "scale is NULL");
    if (count == 0) return pika__error(ctx, PIKA_ERR_INVALID, who, "count is 0");
    memset(&defaults, 0, sizeof defaults);
    if (desc == NULL) desc = &defaults;
    memset(&source, 0, sizeof source);
    source.ctx = ctx;
    source.plane = desc->plane != 0 ? desc->plane : (unsigned)PIKA_COUNT;
    source.whole = source.plane == PIKA_COUNT || source.plane == PIKA_ANY;
    source.values = values;
    source.times = cells;
    source.n_values = count;
    result = pika__check_one_plane(ctx, who, source.plane);
    if (result == PIKA_OK) result = pika__check_transfer(ctx, who, desc);
    if (result != PIKA_OK) return result;
    for (i = 0; i < count; i++) {
        const double v = values[i];
        if (!pika__is_finite(v) || (i > 0 && !(v >= values[i - 1])))
            return pika__error_number(ctx, PIKA_ERR_INVALID, who,
                                      "values[%] is %, needs rising finite values", NULL, NULL, (double)i, v);
        if (source.whole && !(v >= 1 && v <= 9007199254740992.0 && pika__u64_to_double((uint64_t)v) == v))
            return pika__error_number(ctx, PIKA_ERR_INVALID, who,
                                      "values[%] is %, needs a whole number from 1 on", NULL, NULL, (double)i,
                                      v);
        if (cells[i] > 0xFFFFFFFFu - all)
            return pika__error_int(ctx, PIKA_ERR_INVALID, who, "cells[0..%] add up to more than 2^32 - 1",
                                   NULL, (int64_t)i, 0);
        all += cells[i];
    }
    scan.source = &source;
    pika__make_scale(&scan, desc->transfer, desc->lo, desc->hi, key, scale);
    return PIKA_OK;
}

PIKA_API pika_result pika_color_scale_fit(pika_ctx *ctx, const pika_shade_desc *desc, const double *values,
                                          const uint64_t *cells, size_t count, pika_color_scale *scale)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    result = pika__color_scale_fit(ctx, desc, values, cells, count, scale);
    pika__float_leave(&saved);
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__check_scale(pika_ctx *ctx, const char *who,
                                                    const pika_color_scale *scale)
{
    int i;
    if (scale->levels != 256)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "scale.levels is %, needs 256", NULL,
                               scale->levels, 0);
    for (i = 0; i <= 256; i++)
        if (!pika__is_finite(scale->edge[i]) || (i > 0 && !(scale->edge[i] >= scale->edge[i - 1])))
            return pika__error_number(ctx, PIKA_ERR_INVALID, who,
                                      "scale.edge[%] is %, needs rising finite values", NULL, NULL, i,
                                      scale->edge[i]);
    return PIKA_OK;
}

/* the last level whose edge is not above the key, at least 0 */
PIKA__PRIV uint32_t pika__level(const uint64_t *edges, uint64_t key)
{
    uint32_t level = 0, step;
    for (step = 128; step > 0; step /= 2)
        if (edges[level + step] <= key) level += step;
    return level;
}

PIKA_API int pika_color_scale_level(const pika_color_scale *scale, double value)
{
    pika__float_state saved;
    int level = 0, step;
    if (scale == NULL || scale->levels != 256 || pika__is_nan(value)) return -1;
    pika__float_enter(&saved); /* comparing is computing where denormals are flushed */
    for (step = 128; step > 0; step /= 2)
        if (scale->edge[level + step] <= value) level += step;
    pika__float_leave(&saved);
    return level;
}

PIKA_API double pika_color_scale_value(const pika_color_scale *scale, double t)
{
    pika__float_state saved;
    double value, at;
    int i;
    if (scale == NULL || scale->levels != 256 || pika__is_nan(t)) return pika__nan();
    pika__float_enter(&saved);
    at = t <= 0 ? 0 : t >= 1 ? 256 : t * 256;
    i = (int)at;
    value = scale->edge[i];
    if (i < 256) {
        const double part = at - i;
        value = pika__rounded(value * (1 - part)) + pika__rounded(scale->edge[i + 1] * part);
    }
    pika__float_leave(&saved);
    return value;
}

/* ---- >>shade: levels to pixels ------------------------------------------------------------------------
   Grid row 0 is the picture's last row. Colours are 0xRRGGBBAA until a row of them is stored in the image's
   format, here and nowhere else. */

PIKA__PRIV int pika__pixel_bytes(int format)
{
    return format == PIKA_RGB565 ? 2 : format == PIKA_GREY8 ? 1 : 4;
}

PIKA__PRIV ptrdiff_t pika__image_stride(const pika_image *image)
{
    return image->stride != 0 ? image->stride : (ptrdiff_t)image->width * pika__pixel_bytes(image->format);
}

PIKA__PRIV PIKA__COLD pika_result pika__check_image(pika_ctx *ctx, const char *who, const pika_image *image)
{
    size_t row, step, needed = 0;
    if (image == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "image is NULL");
    if (image->pixels == NULL) return pika__error_following(ctx, who, "image.pixels is NULL");
    if (image->width < 1 || image->width > 32768 || image->height < 1 || image->height > 32768)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "image is % x %, needs 1..32768 each way", NULL,
                               image->width, image->height);
    if (image->format < PIKA_RGBA8 || image->format > PIKA_GREY8)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "image.format is %, needs 0..4", NULL,
                               image->format, 0);
    row = (size_t)image->width * (size_t)pika__pixel_bytes(image->format);
    step = image->stride < 0 ? (size_t)0 - (size_t)image->stride : (size_t)pika__image_stride(image);
    if (step < row)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "image.stride is %, needs at least % bytes either way", NULL,
                               (int64_t)image->stride, (int64_t)row);
    if (!pika__mul_size(step, (size_t)image->height - 1, &needed) || !pika__add_size(needed, row, &needed) ||
        needed > (size_t)-1 / 2 || (image->stride >= 0 && image->bytes < needed))
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "image.bytes is %, needs %", NULL,
                               (int64_t)image->bytes, (int64_t)needed);
    return PIKA_OK;
}

PIKA__PRIV uint8_t *pika__image_row_mut(const pika_image *image, int y)
{
    return image->pixels + (ptrdiff_t)y * pika__image_stride(image);
}
PIKA__PRIV const uint8_t *pika__image_row(const pika_image *image, int y)
{
    return pika__image_row_mut(image, y);
}

/* v * w / 255, rounded to nearest; v, w <= 255 */
PIKA__PRIV uint32_t pika__scale_byte(uint32_t v, uint32_t w) { return (v * w + 127u) / 255u; }

/* a over b, straight alpha, each byte rounded to nearest */
PIKA__PRIV uint32_t pika__over(uint32_t a, uint32_t b)
{
    const uint32_t alpha_a = a & 255u, alpha_b = b & 255u;
    uint32_t alpha, over = 0; /* alpha: in 1 / 255^2 */
    int shift;
    if (alpha_a == 255u || alpha_b == 0) return a;
    if (alpha_a == 0) return b;
    alpha = alpha_a * 255u + alpha_b * (255u - alpha_a);
    for (shift = 8; shift < 32; shift += 8) {
        const uint32_t from_a = ((a >> shift) & 255u) * alpha_a * 255u;
        const uint32_t from_b = ((b >> shift) & 255u) * alpha_b * (255u - alpha_a);
        over |= ((from_a + from_b + alpha / 2) / alpha) << shift;
    }
    return over | ((alpha + 127u) / 255u);
}

/* 4 x 4 ordered dither (Bayer 1973): adds 0..15/16 of a step before the bits are cut */
PIKA__PRIV uint32_t pika__dither(uint32_t v, uint32_t threshold, int bits)
{
    const uint32_t steps = (1u << bits) - 1u;
    return (v * steps * 16u + threshold * 255u) / (255u * 16u); /* v = 255 gives `steps` */
}

PIKA__PRIV void pika__store_pixels(const pika_image *image, int x, int y, const uint32_t *colors, int n)
{
    static const uint8_t bayer[16] = {0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5};
    uint8_t *out = pika__image_row_mut(image, y) + (ptrdiff_t)x * pika__pixel_bytes(image->format);
    int i;
    switch (image->format) {
    case PIKA_RGBA8:
        for (i = 0; i < n; i++, out += 4) {
            const uint32_t c = colors[i];
            out[0] = pika__u8(c >> 24);
            out[1] = pika__u8(c >> 16);
            out[2] = pika__u8(c >> 8);
            out[3] = pika__u8(c);
        }
        break;
    case PIKA_BGRA8:
        for (i = 0; i < n; i++, out += 4) {
            const uint32_t c = colors[i];
            out[0] = pika__u8(c >> 8);
            out[1] = pika__u8(c >> 16);
            out[2] = pika__u8(c >> 24);
            out[3] = pika__u8(c);
        }
        break;
    case PIKA_RGBA8_PREMULTIPLIED:
        for (i = 0; i < n; i++, out += 4) {
            const uint32_t c = colors[i], alpha = c & 255u;
            out[0] = pika__u8(pika__scale_byte(c >> 24, alpha));
            out[1] = pika__u8(pika__scale_byte((c >> 16) & 255u, alpha));
            out[2] = pika__u8(pika__scale_byte((c >> 8) & 255u, alpha));
            out[3] = pika__u8(alpha);
        }
        break;
    case PIKA_RGB565:
        for (i = 0; i < n; i++, out += 2) {
            const uint32_t c = pika__over(colors[i], 255u), threshold = bayer[(y & 3) * 4 + ((x + i) & 3)];
            const uint16_t packed = (uint16_t)((pika__dither(c >> 24, threshold, 5) << 11) |
                                               (pika__dither((c >> 16) & 255u, threshold, 6) << 5) |
                                               pika__dither((c >> 8) & 255u, threshold, 5));
            memcpy(out, &packed, sizeof packed);
        }
        break;
    default: /* PIKA_GREY8: weights of Rec. 709 in 1 / 65536 */
        for (i = 0; i < n; i++) {
            const uint32_t c = pika__over(colors[i], 255u);
            out[i] = pika__u8(
                ((c >> 24) * 13933u + ((c >> 16) & 255u) * 46871u + ((c >> 8) & 255u) * 4732u + 32768u) >>
                16);
        }
    }
}

typedef struct pika__shader { /* one call of pika_shade: read-only once made */
    const pika_grid *grid;
    const pika_image *image;
    pika__source source;
    uint64_t edges[256];  /* the scale's, as keys */
    uint32_t colors[256]; /* by level, over the background; for a mix: its alpha */
    uint32_t background;
    int words; /* colours are as pixels lie in memory: no mix, and a format that is the same everywhere */
    const uint32_t *palette; /* a mix: one colour per category, palette[k % palette_count] */
    int palette_count;
    double baseline;          /* a mix: what weights count from */
    const uint32_t *by_count; /* the colours of the keys below `entries`, a power of two or 0 */
    uint32_t entries;
    int bands;
} pika__shader;

/* The colour of a pixel as `words` has it. */
PIKA__PRIV uint32_t pika__pixel_word(int format, uint32_t color)
{
    uint32_t word = 0;
    pika_image pixel;
    memset(&pixel, 0, sizeof pixel);
    pixel.format = format;
    pixel.pixels = (uint8_t *)&word;
    pika__store_pixels(&pixel, 0, 0, &color, 1);
    return format == PIKA_GREY8 ? *pixel.pixels : word;
}

PIKA__PRIV uint32_t pika__key_color(const pika__shader *shader, uint64_t key)
{
    if (key < shader->entries) return shader->by_count[key];
    if (key == PIKA__NO_KEY) return shader->background;
    return shader->colors[pika__level(shader->edges, key)];
}

/* n <= PIKA__KEYS pixels of one category's or the one plane, from cell `first` on */
PIKA__PRIV PIKA__NOINLINE void pika__shade_plain(const pika__shader *shader, size_t first, int n,
                                                 uint32_t *out)
{
    uint64_t keys[PIKA__KEYS];
    int i;
    pika__source_keys(&shader->source, first, (size_t)n, keys);
    for (i = 0; i < n; i++) out[i] = pika__key_color(shader, keys[i]);
}

/* n pixels of counts, by table, words of four bytes: whole groups of eight from the i-th on, up to one with a
   count past the table. Returns where it stopped. */
PIKA__PRIV size_t pika__shade_eights(const pika__shader *shader, const uint32_t *counts, size_t i, size_t n,
                                     uint8_t *out)
{
    const uint32_t *by_count = shader->by_count;
    const uint64_t past = (0x100000000u - shader->entries) * UINT64_C(0x100000001);
    uint32_t words[8], empty[8], k;
    for (k = 0; k < 8; k++) empty[k] = shader->background;
    for (; i + 8 <= n; i += 8) {
        uint64_t pairs[4], any;
        memcpy(pairs, counts + i, sizeof pairs);
        any = pairs[0] | pairs[1] | pairs[2] | pairs[3];
        if (any == 0) { /* long runs of nothing: no look-ups */
            memcpy(out + 4 * i, empty, sizeof empty);
            continue;
        }
        if ((any & past) != 0) break;
        for (k = 0; k < 8; k++) words[k] = by_count[counts[i + k]];
        memcpy(out + 4 * i, words, sizeof words);
    }
    return i;
}

#ifdef PIKA__HAVE_SSE2
PIKA__TARGET("sse2")
PIKA__PRIV __m128i pika__four_colors(const uint32_t *by_count, const uint32_t *c)
{
    return _mm_setr_epi32((int)by_count[c[0]], (int)by_count[c[1]], (int)by_count[c[2]], (int)by_count[c[3]]);
}

/* The same, past the caches; out + 4 * i is 16-aligned. */
PIKA__TARGET("sse2")
PIKA__PRIV size_t pika__stream_eights(const pika__shader *shader, const uint32_t *counts, size_t i, size_t n,
                                      uint8_t *out)
{
    const uint32_t *by_count = shader->by_count;
    const uint64_t past = (0x100000000u - shader->entries) * UINT64_C(0x100000001);
    const __m128i empty = _mm_set1_epi32((int)shader->background);
    for (; i + 8 <= n; i += 8) {
        const uint32_t *c = counts + i;
        __m128i *to = (__m128i *)(void *)(out + 4 * i), a = empty, b = empty;
        uint64_t pairs[4], any;
        memcpy(pairs, c, sizeof pairs);
        any = pairs[0] | pairs[1] | pairs[2] | pairs[3];
        if ((any & past) != 0) break;
        if (any != 0) {
            a = pika__four_colors(by_count, c);
            b = pika__four_colors(by_count, c + 4);
        }
        _mm_stream_si128(to, a);
        _mm_stream_si128(to + 1, b);
    }
    _mm_sfence();
    return i;
}
#endif

#ifdef PIKA__HAVE_AVX512
/* The same, sixteen at a time, counts below 32 by a table in registers. stream: past the caches, and
   out + 4 * i is 64-aligned. */
PIKA__TARGET_AVX512
PIKA__PRIV size_t pika__shade_sixteens(const pika__shader *shader, const uint32_t *counts, size_t i, size_t n,
                                       uint8_t *out, int stream)
{
    const uint32_t *by_count = shader->by_count;
    const __m512i first = _mm512_loadu_si512((const void *)by_count);
    const __m512i second = _mm512_loadu_si512((const void *)(by_count + 16));
    const __m512i few = _mm512_set1_epi32(32), past = _mm512_set1_epi32((int)shader->entries);
    for (; i + 16 <= n; i += 16) {
        const uint32_t *from = counts + i;
        const __m512i c = _mm512_loadu_si512((const void *)from);
        __m512i words;
        if (_mm512_cmp_epu32_mask(c, few, _MM_CMPINT_NLT) == 0) {
            words = _mm512_permutex2var_epi32(first, c, second);
        } else {
            if (_mm512_cmp_epu32_mask(c, past, _MM_CMPINT_NLT) != 0) break;
            words = _mm512_castsi128_si512(pika__four_colors(by_count, from));
            words = _mm512_inserti32x4(words, pika__four_colors(by_count, from + 4), 1);
            words = _mm512_inserti32x4(words, pika__four_colors(by_count, from + 8), 2);
            words = _mm512_inserti32x4(words, pika__four_colors(by_count, from + 12), 3);
        }
        if (stream) _mm512_stream_si512((__m512i *)(void *)(out + 4 * i), words);
        else _mm512_storeu_si512((void *)(out + 4 * i), words);
    }
    _mm256_zeroupper();
    if (stream) _mm_sfence();
    return i;
}
#endif

/* n pixels of counts, words of four bytes. */
PIKA__PRIV void pika__shade_counts(const pika__shader *shader, const uint32_t *counts, size_t n, uint8_t *out)
{
    size_t i = 0, single = 0, group = 8; /* single: pixels to do one at a time */
#ifdef PIKA__HAVE_SSE2
    const int isa = pika__isa(shader->source.ctx);
    const int stream =
        isa >= PIKA_ISA_SSE2 && shader->source.cells >= PIKA__STREAM && ((uintptr_t)out & 3) == 0;
    #ifdef PIKA__HAVE_AVX512
    if (isa == PIKA_ISA_AVX512) group = 16;
    #endif
    if (stream) single = (0 - (size_t)(uintptr_t)out) / 4 % (group == 8 ? 4 : 16);
#endif
    for (;;) {
        for (single = pika__min_size(single, n - i); single > 0; single--, i++) {
            const uint32_t word = counts[i] == 0 ? shader->background : pika__key_color(shader, counts[i]);
            memcpy(out + 4 * i, &word, 4);
        }
        if (i == n) return;
        single = group;
#ifdef PIKA__HAVE_AVX512
        if (group == 16) {
            i = pika__shade_sixteens(shader, counts, i, n, out, stream);
            continue;
        }
#endif
#ifdef PIKA__HAVE_SSE2
        if (stream) {
            i = pika__stream_eights(shader, counts, i, n, out);
            continue;
        }
#endif
        i = pika__shade_eights(shader, counts, i, n, out);
    }
}

/* n <= PIKA__KEYS pixels of all categories mixed by weight */
PIKA__PRIV PIKA__NOINLINE void pika__shade_mixed(const pika__shader *shader, size_t first, int n,
                                                 uint32_t *out)
{
    const size_t cells = shader->source.cells;
    uint64_t keys[PIKA__KEYS];
    double weight[PIKA__KEYS], v[PIKA__KEYS], channel[3][PIKA__KEYS];
    int category, i, c;
    memset(weight, 0, sizeof weight);
    memset(channel, 0, sizeof channel);
    for (category = 0; category < shader->grid->desc.categories; category++) {
        const uint32_t color = shader->palette[category % shader->palette_count];
        pika__read_cells(shader->grid, shader->source.plane, category, first, (size_t)n, v);
        for (i = 0; i < n; i++) {
            double w = v[i] - shader->baseline;
            if (!(w > 0) || pika__is_empty(shader->grid, (size_t)category * cells + first + (size_t)i))
                continue;
            if (!(w < 1e300)) w = 1e300; /* 65,536 times 255 times that is finite */
            weight[i] += w;
            for (c = 0; c < 3; c++)
                channel[c][i] += pika__rounded(w * (double)((color >> (24 - 8 * c)) & 255u));
        }
    }
    pika__source_keys(&shader->source, first, (size_t)n, keys);
    for (i = 0; i < n; i++) {
        uint32_t color = 0;
        if (keys[i] == PIKA__NO_KEY) {
            out[i] = shader->background;
            continue;
        }
        if (!(weight[i] > 0)) { /* nothing weighs: the categories that are there count alike */
            for (category = 0; category < shader->grid->desc.categories; category++) {
                const uint32_t from = shader->palette[category % shader->palette_count];
                if (pika__is_empty(shader->grid, (size_t)category * cells + first + (size_t)i)) continue;
                weight[i] += 1;
                for (c = 0; c < 3; c++) channel[c][i] += (double)((from >> (24 - 8 * c)) & 255u);
            }
        }
        for (c = 0; c < 3; c++) {
            const double mean = weight[i] > 0 ? channel[c][i] / weight[i] + 0.5 : 0;
            color |= (mean < 255 ? (uint32_t)mean : 255u) << (24 - 8 * c);
        }
        color |= shader->colors[pika__level(shader->edges, keys[i])];
        out[i] = pika__over(color, shader->background);
    }
}

PIKA__PRIV void pika__shade_band(void *arg, int band)
{
    const pika__shader *shader = (const pika__shader *)arg;
    const pika_image *image = shader->image;
    const int width = image->width, height = image->height, format = image->format;
    const int end = (int)((int64_t)height * (band + 1) / shader->bands);
    uint32_t colors[PIKA__KEYS];
    int y, x, i;
    for (y = (int)((int64_t)height * band / shader->bands); y < end; y++) {
        const size_t row = (size_t)(height - 1 - y) * (size_t)width;
        uint8_t *out = pika__image_row_mut(image, y);
        if (shader->words && shader->source.counts != NULL && format != PIKA_GREY8) {
            pika__shade_counts(shader, shader->source.counts + row, (size_t)width, out);
            continue;
        }
        for (x = 0; x < width; x += PIKA__KEYS) {
            const int n = width - x < PIKA__KEYS ? width - x : PIKA__KEYS;
            if (shader->palette != NULL) pika__shade_mixed(shader, row + (size_t)x, n, colors);
            else pika__shade_plain(shader, row + (size_t)x, n, colors);
            if (!shader->words) pika__store_pixels(image, x, y, colors, n);
            else if (format != PIKA_GREY8) memcpy(out + 4 * (size_t)x, colors, 4 * (size_t)n);
            else
                for (i = 0; i < n; i++) out[x + i] = pika__u8(colors[i]);
        }
    }
}

/* What mixed weights count from: 0 for what adds up, else the smallest value of any category. */
PIKA__PRIV PIKA__NOINLINE double pika__mix_baseline(const pika_grid *grid, unsigned plane)
{
    const size_t cells = pika__cells_of(&grid->desc);
    const int rows = plane == PIKA_ARGMIN || plane == PIKA_ARGMAX; /* -1 is empty */
    double lowest = pika__nan(), v[PIKA__KEYS];
    size_t first, i;
    int category;
    if (plane == PIKA_COUNT || plane == PIKA_ANY || plane == PIKA_SUM || plane == PIKA_COVERAGE) return 0;
    for (category = 0; category < grid->desc.categories; category++)
        for (first = 0; first < cells; first += PIKA__KEYS) {
            const size_t n = pika__min_size(cells - first, PIKA__KEYS);
            pika__read_cells(grid, plane, category, first, n, v);
            for (i = 0; i < n; i++)
                if (pika__is_finite(v[i]) && !(lowest <= v[i]) && !(rows && v[i] < 0)) lowest = v[i];
        }
    return pika__is_nan(lowest) ? 0 : lowest;
}

PIKA__PLAIN
PIKA__PRIV PIKA__COLD pika_result pika__check_shade(pika_ctx *ctx, const char *who, const pika_grid *grid,
                                                    const pika_shade_desc *desc)
{
    const pika_result result = pika__check_transfer(ctx, who, desc);
    if (result != PIKA_OK) return result;
    if (pika__is_nan(desc->alpha_floor) || !(desc->alpha_floor >= 0 && desc->alpha_floor <= 1))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "alpha_floor is %, needs 0..1", NULL, NULL,
                                  desc->alpha_floor, 0);
    if (desc->category < 0 || desc->category > grid->desc.categories)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "category is %, needs 0..%", NULL, desc->category,
                               grid->desc.categories);
    if (desc->scale != NULL) return pika__check_scale(ctx, who, desc->scale);
    return PIKA_OK;
}

/* Fills the colours by level: the colormap's over the background, or a mix's alphas. */
PIKA__PRIV PIKA__COLD pika_result pika__shade_colors(pika_ctx *ctx, const char *who, pika__shader *shader,
                                                     const pika_shade_desc *desc)
{
    const pika_colormap *map = desc->colormap != NULL ? desc->colormap : &pika__k_colormaps[0];
    int i;
    shader->background = desc->background;
    shader->palette = NULL;
    shader->palette_count = 1;
    if (shader->grid->desc.categories > 0 && desc->category == 0) {
        const double lowest = desc->alpha_floor != 0 ? desc->alpha_floor : 40.0 / 255.0;
        const pika_colormap *palette = pika_colormap_find("category");
        if (palette == NULL) palette = &pika__k_colormaps[0]; /* PIKA_NO_COLORMAP_DATA */
        shader->palette = desc->category_colors != NULL ? desc->category_colors : palette->colors;
        shader->palette_count =
            desc->category_colors != NULL ? shader->grid->desc.categories : palette->count;
        shader->baseline = pika__mix_baseline(shader->grid, shader->source.plane);
        for (i = 0; i < 256; i++)
            shader->colors[i] =
                (uint32_t)(pika__rounded((1 - lowest) * i) + pika__rounded(lowest * 255.0) + 0.5);
        return PIKA_OK;
    }
    if (pika__make_table(ctx, who, map, shader->colors) != PIKA_OK) return PIKA_ERR_INVALID;
    for (i = 0; i < 256; i++) shader->colors[i] = pika__over(shader->colors[i], desc->background);
    if (shader->words) {
        const int format = shader->image->format;
        for (i = 0; i < 256; i++) shader->colors[i] = pika__pixel_word(format, shader->colors[i]);
        shader->background = pika__pixel_word(format, shader->background);
    }
    return PIKA_OK;
}

/* Fills the edges, and the colours of the lowest counts, as many as pay and the scan's first table holds. */
PIKA__PRIV PIKA__NOINLINE void pika__shade_levels(pika__shader *shader, const pika_shade_desc *desc,
                                                  pika__scan *scan)
{
    pika_color_scale scale;
    uint32_t i, level = 0, entries = 32; /* at least, for pika__shade_sixteens */
    if (desc->scale != NULL) scale = *desc->scale;
    else pika__make_scale(scan, desc->transfer, desc->lo, desc->hi, shader->edges, &scale);
    for (i = 0; i < 256; i++) shader->edges[i] = pika__edge_key(&shader->source, scale.edge[i]);
    if (desc->scale_out != NULL) *desc->scale_out = scale;
    shader->by_count = scan->table;
    shader->entries = 0;
    if (!shader->source.whole || shader->palette != NULL) return;
    while (entries <= shader->edges[255] && entries < scan->entries && entries < shader->source.cells)
        entries *= 2;               /* beyond the last edge all have one colour */
    for (i = 0; i < entries; i++) { /* what was the scale's scratch */
        while (level < 255 && shader->edges[level + 1] <= i) level++;
        scan->table[i] = i == 0 ? shader->background : shader->colors[level];
    }
    shader->entries = entries;
}

/* Tables for as many tasks as can use one. With none from scratch there is the small one. */
PIKA__PRIV size_t pika__scan_init(pika__scan *scan, const pika__source *source, int wanted, uint32_t *few)
{
    const size_t bytes = PIKA__TABLE * sizeof(uint32_t);
    scan->source = source;
    scan->entries = PIKA__TABLE;
    for (scan->tasks = wanted; scan->tasks > 0; scan->tasks /= 2) {
        scan->table = (uint32_t *)pika__take(source->ctx, bytes * (size_t)scan->tasks);
        if (scan->table != NULL) return bytes * (size_t)scan->tasks;
    }
    scan->tasks = 1;
    scan->table = few;
    scan->entries = PIKA__SMALL_TABLE;
    return 0;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__shade(pika_ctx *ctx, pika_image *image, const pika_grid *grid,
                                                  const pika_shade_desc *desc)
{
    const char *who = "pika_shade";
    pika_shade_desc defaults;
    pika__shader shader;
    pika__scan scan;
    uint32_t small_table[PIKA__SMALL_TABLE];
    size_t bytes;
    int bands;
    pika_result result = pika__check_grid(ctx, who, grid);
    if (result == PIKA_OK) result = pika__check_image(ctx, who, image);
    if (result != PIKA_OK) return result;
    memset(&defaults, 0, sizeof defaults);
    if (desc == NULL) desc = &defaults;
    shader.grid = grid;
    shader.image = image;
    pika__source_init(&shader.source, ctx, grid, desc->plane != 0 ? desc->plane : (unsigned)PIKA_COUNT,
                      desc->category > 0 ? desc->category - 1 : PIKA_ALL_CATEGORIES);
    shader.baseline = 0;
    shader.words = image->format != PIKA_RGB565 && (grid->desc.categories == 0 || desc->category > 0);
    result = pika__check_plane(ctx, who, grid, shader.source.plane);
    if (result == PIKA_OK) result = pika__check_shade(ctx, who, grid, desc);
    if (result != PIKA_OK) return result;
    if (image->width != grid->desc.view.width || image->height != grid->desc.view.height)
        return pika__error_int(ctx, PIKA_ERR_MISMATCH, who, "image is % x %, not the grid's size", NULL,
                               image->width, image->height);
    result = pika__shade_colors(ctx, who, &shader, desc);
    if (result != PIKA_OK) return result;
    bands = pika__threads(ctx);
    if (bands > PIKA__SCANS) bands = PIKA__SCANS;
    if (desc->scale != NULL || desc->transfer != PIKA_SHADE_EQ_HIST) bands = 1;
    bytes = pika__scan_init(&scan, &shader.source, pika__bands(&shader.source, bands), small_table);
    PIKA__ZONE_BEGIN(ctx, "shade: levels");
    pika__shade_levels(&shader, desc, &scan);
    PIKA__ZONE_END(ctx, 0, shader.source.cells);
    shader.bands = pika__bands(&shader.source, 4 * pika__threads(ctx));
    if (shader.bands > image->height) shader.bands = image->height;
    pika__parallel(ctx, "shade: rows", shader.bands, pika__shade_band, &shader);
    if (bytes > 0) pika__give(ctx, scan.table, bytes);
    return PIKA_OK;
}

PIKA_API pika_result pika_shade(pika_ctx *ctx, pika_image *image, const pika_grid *grid,
                                const pika_shade_desc *desc)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_shade");
    result = pika__shade(ctx, image, grid, desc);
    PIKA__ZONE_END(ctx, 0, result == PIKA_OK ? pika__cells_of(&grid->desc) : 0);
    pika__float_leave(&saved);
    return result;
}

PIKA_API pika_result pika_image_alloc(pika_ctx *ctx, pika_image *image, int width, int height)
{
    const char *who = "pika_image_alloc";
    const pika_result result = pika__check_ctx(ctx, who);
    size_t bytes;
    uint8_t *pixels;
    if (result != PIKA_OK) return result;
    if (image == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "image is NULL");
    if (width < 1 || width > 32768 || height < 1 || height > 32768)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "width, height are %, %, need 1..32768", NULL,
                               width, height);
    if (!pika__mul_size((size_t)width * 4, (size_t)height, &bytes))
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "% x % pixels do not fit the address space", NULL,
                               width, height);
    PIKA__ZONE_BEGIN(ctx, who);
    pixels = (uint8_t *)pika__alloc(ctx, bytes);
    if (pixels != NULL) memset(pixels, 0, bytes);
    PIKA__ZONE_END(ctx, pixels != NULL ? bytes : 0, 0);
    if (pixels == NULL) return pika__no_memory(ctx, who, bytes);
    memset(image, 0, sizeof *image);
    image->width = width;
    image->height = height;
    image->stride = (ptrdiff_t)width * 4;
    image->pixels = pixels;
    image->bytes = bytes;
    image->owned = 1;
    image->format = PIKA_RGBA8;
    return PIKA_OK;
}

PIKA_API void pika_image_free(pika_ctx *ctx, pika_image *image)
{
    if (image == NULL) return;
    if (image->owned && pika__ctx_ready(ctx)) pika__release(ctx, image->pixels, image->bytes);
    memset(image, 0, sizeof *image);
}
PIKA__PLAIN_END

/* ---- >>deflate: RFC 1951, from bytes to bits -----------------------------------------------------------
   Bytes collect in a window of 64 KiB; LZ77 turns them into tokens (a literal, or a length and a distance);
   up to 16,384 tokens make a block, which is written stored, with the fixed codes or with codes of its own,
   whichever takes the fewest bits. The finished bytes go to a buffer and from there, whenever it is full, to
   its owner: >>png, one IDAT chunk each time. The Adler-32 of RFC 1950 is kept on the way.
   Owns nothing: pika__deflate lies in the owner's scratch. Integers alone and bytes in a fixed order, so that
   the same bytes come out everywhere. Uses string.h, no other section. */

PIKA__LEAN

#if defined(_MSC_VER) || defined(__TINYC__) || \
    (defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
    #define PIKA__LOW_BYTE_FIRST 1
#else
    #define PIKA__LOW_BYTE_FIRST 0
#endif

#ifndef PIKA_NO_PNG

PIKA__PRIV uint64_t pika__deflate_load64(const uint8_t *bytes)
{
    uint64_t value = 0;
    #if PIKA__LOW_BYTE_FIRST
    memcpy(&value, bytes, 8);
    #else
    for (int i = 7; i >= 0; i--) value = value << 8 | bytes[i];
    #endif
    return value;
}

PIKA__PRIV uint32_t pika__deflate_load32(const uint8_t *bytes)
{
    uint32_t value = 0;
    #if PIKA__LOW_BYTE_FIRST
    memcpy(&value, bytes, 4);
    #else
    for (int i = 3; i >= 0; i--) value = value << 8 | bytes[i];
    #endif
    return value;
}

PIKA__PRIV void pika__deflate_store64(uint8_t *bytes, uint64_t value)
{
    #if PIKA__LOW_BYTE_FIRST
    memcpy(bytes, &value, 8);
    #else
    for (int i = 0; i < 8; i++, value >>= 8) bytes[i] = (uint8_t)(value & 255);
    #endif
}

/* The end of the pipe: bits, lowest first, into bytes, into the owner's buffer. */
typedef struct pika__bits {
    uint64_t bits;       /* those that are no whole byte yet */
    uint32_t count;      /* how many: 0..63, and 0..7 after a flush */
    uint32_t used, size; /* bytes of out; size >= 16 */
    uint8_t *out;
    void (*full)(void *owner, uint32_t used); /* takes out[0..used) away; `out` may be elsewhere after that */
    void *owner;
    uint32_t sum, sums; /* Adler-32 of what went in: both below 65521 */
} pika__bits;

PIKA__PRIV void pika__bits_flush(pika__bits *b)
{
    if (b->used + 8 > b->size) {
        b->full(b->owner, b->used);
        b->used = 0;
    }
    pika__deflate_store64(b->out + b->used, b->bits);
    b->used += b->count >> 3;
    b->bits >>= b->count & 56;
    b->count &= 7;
}

/* length 0..32 */
PIKA__PRIV void pika__bits_put(pika__bits *b, uint32_t value, uint32_t length)
{
    b->bits |= (uint64_t)value << b->count;
    b->count += length;
    pika__bits_flush(b);
}

PIKA__PRIV void pika__bits_bytes(pika__bits *b, const uint8_t *bytes, size_t size)
{
    while (size > 0) { /* the bits are at a byte boundary: count is 0 */
        size_t part = b->size - b->used;
        if (part > size) part = size;
        memcpy(b->out + b->used, bytes, part);
        b->used += (uint32_t)part;
        bytes += part;
        size -= part;
        if (b->used == b->size) {
            b->full(b->owner, b->used);
            b->used = 0;
        }
    }
}

/* The header of a stored block of size <= 65535 bytes, which follow by pika__bits_bytes. */
PIKA__PRIV void pika__bits_stored(pika__bits *b, uint32_t size, int final)
{
    pika__bits_put(b, (uint32_t) final, 3);
    b->count = (b->count + 7) & ~7u;
    pika__bits_flush(b);
    pika__bits_put(b, size | (size ^ 0xFFFFu) << 16, 32);
}

PIKA__PRIV void pika__bits_adler(pika__bits *b, const uint8_t *bytes, size_t size)
{
    uint32_t sum = b->sum, sums = b->sums;
    while (size > 0) { /* 5552: the most bytes of 255 for which sums stays below 2^32 */
        size_t part = size < 5552 ? size : 5552;
        size -= part;
        for (; part >= 8;
             part -= 8, bytes += 8) { /* lanes of 16 bits; a product's top lane is the weighted sum */
            uint64_t even = pika__deflate_load64(bytes), odd = even >> 8 & UINT64_C(0x00FF00FF00FF00FF);
            even &= UINT64_C(0x00FF00FF00FF00FF);
            sums +=
                8 * sum +
                (uint32_t)((even * UINT64_C(0x0008000600040002) + odd * UINT64_C(0x0007000500030001)) >> 48);
            sum += (uint32_t)((even + odd) * UINT64_C(0x0001000100010001) >> 48);
        }
        for (; part > 0; part--) sums += sum += *bytes++;
        sum %= 65521;
        sums %= 65521;
    }
    b->sum = sum;
    b->sums = sums;
}

/* To the next byte; whatever is left goes to the owner. */
PIKA__PRIV void pika__bits_end(pika__bits *b)
{
    b->count = (b->count + 7) & ~7u;
    pika__bits_flush(b);
    b->full(b->owner, b->used);
    b->used = 0;
}

/* The zlib trailer, and the end. */
PIKA__PRIV void pika__bits_finish(pika__bits *b)
{
    b->count = (b->count + 7) & ~7u;
    pika__bits_flush(b);
    for (int shift = 24; shift >= 0; shift -= 8)
        pika__bits_put(b, ((b->sums << 16 | b->sum) >> shift) & 255, 8);
    pika__bits_end(b);
}

/* The Adler-32 of two stretches of bytes, each begun with 1, from theirs; `size`: of the second. */
PIKA__PRIV void pika__adler_join(uint32_t *sum, uint32_t *sums, uint32_t sum_2, uint32_t sums_2,
                                 uint64_t size)
{
    *sums = (uint32_t)((*sums + sums_2 + (*sum + 65520u) % 65521u * (size % 65521)) % 65521);
    *sum = (*sum + sum_2 + 65520u) % 65521u;
}

/* Code lengths of 1..limit bits for the symbols with freq > 0, 0 for the others; sum of freq < 65536.
   Huffman's tree by two queues over the sorted frequencies (van Leeuwen 1976). Leaves below `limit` are
   pulled up to it; that overdraws Kraft's sum, and each shorter code made one bit longer pays back: it makes
   room for itself and one code of `limit` bits. At least two symbols get a code, which some decoders insist
   on. */
PIKA__PRIV PIKA__NOINLINE void pika__huffman_lengths(const uint16_t *freq, int symbols, int limit,
                                                     uint8_t *lengths)
{
    uint32_t weight[2 * 288]; /* leaves by rising frequency, then inner nodes; later their depth */
    uint16_t parent[2 * 288], symbol[288];
    int leaves = 0, counts[16] = {0}, overdrawn = -(1 << limit);
    for (int i = 0; i < symbols; i++) {
        lengths[i] = 0;
        if (freq[i] > 0) weight[leaves++] = (uint32_t)freq[i] << 9 | (uint32_t)i;
    }
    for (int i = 0; leaves < 2; i++)
        if (freq[i] == 0) weight[leaves++] = 1u << 9 | (uint32_t)i;
    for (int gap = 121; gap > 0; gap /= 3) { /* Shell's sort: 121, 40, 13, 4, 1 */
        for (int i = gap; i < leaves; i++) {
            uint32_t key = weight[i];
            int at = i;
            for (; at >= gap && weight[at - gap] > key; at -= gap) weight[at] = weight[at - gap];
            weight[at] = key;
        }
    }
    for (int i = 0; i < leaves; i++) {
        symbol[i] = (uint16_t)(weight[i] & 511);
        weight[i] >>= 9;
    }
    int root = 2 * leaves - 2, leaf = 0, inner = leaves;
    for (int node = leaves; node <= root; node++) {
        weight[node] = 0;
        for (int k = 0; k < 2; k++) {
            int least = inner == node || (leaf < leaves && weight[leaf] <= weight[inner]) ? leaf++ : inner++;
            weight[node] += weight[least];
            parent[least] = (uint16_t)node;
        }
    }
    weight[root] = 0;
    for (int node = root - 1; node >= 0; node--) {
        weight[node] = weight[parent[node]] + 1;
        if (node >= leaves) continue;
        int length = weight[node] < (uint32_t)limit ? (int)weight[node] : limit;
        counts[length]++;
        overdrawn += 1 << (limit - length);
    }
    for (; overdrawn > 0; overdrawn--) {
        int length = limit - 1;
        while (counts[length] == 0) length--;
        counts[length]--;
        counts[length + 1] += 2;
        counts[limit]--;
    }
    leaf = 0;
    for (int length = limit; length > 0; length--)
        for (; counts[length] > 0; counts[length]--) lengths[symbol[leaf++]] = (uint8_t)length;
}

/* Canonical codes, first bit lowest: code | length << 24. */
PIKA__PRIV void pika__huffman_codes(const uint8_t *lengths, int symbols, uint32_t *codes)
{
    uint32_t next[17] = {0};
    for (int i = 0; i < symbols; i++) next[lengths[i] + 1]++;
    next[1] = 0;
    for (int length = 1; length <= 15; length++) next[length + 1] = (next[length + 1] + next[length]) << 1;
    for (int i = 0; i < symbols; i++) {
        uint32_t length = lengths[i], code = length == 0 ? 0 : next[length]++;
        code = (code & 0x5555u) << 1 | (code >> 1 & 0x5555u);
        code = (code & 0x3333u) << 2 | (code >> 2 & 0x3333u);
        code = (code & 0x0F0Fu) << 4 | (code >> 4 & 0x0F0Fu);
        code = (code & 0x00FFu) << 8 | (code >> 8 & 0x00FFu);
        codes[i] = code >> (16 - length) | length << 24;
    }
}

    #define PIKA__WINDOW 65536u  /* bytes: 32,768 of history, the block in the making, and what comes next */
    #define PIKA__HISTORY 32768u /* the greatest distance */
    #define PIKA__LONGEST 258u   /* the greatest length */
    #define PIKA__TOKENS 16384u
    #define PIKA__HASH \
        0x9E3779B1u /* 2^32 / the golden ratio (Knuth 6.4), for the upper bits of a product \
                     */

typedef struct pika__deflate {
    pika__bits bits;
    uint8_t *window;
    uint32_t size, at, end; /* of the window; the next byte to code; the end of the bytes */
    uint32_t block;         /* the first byte of the block, modulo 2^32: it may have left the window */
    uint32_t base;          /* what to add to an index for a position that sliding does not change */
    uint16_t *head, *chain; /* by hash and by position: the low 16 bits of the latest position before */
    uint32_t hash_shift;
    uint32_t probes;     /* level 3..9: candidates tried for a match */
    uint32_t lazy, nice; /* the next byte is tried below this length; the search ends from that one on */
    int32_t margin;      /* a match must gain more bits than this */
    uint32_t skip;       /* level 1 and 2: log2 of the misses after which two bytes are passed at once */
    uint32_t *tokens, token_count, token_limit; /* a literal, or distance << 9 | length */
    uint8_t cost[288 + 32]; /* bits of literals, lengths, distances in the block before, extra bits too */
    uint64_t trial;         /* > 0: nothing is written, the bits are added up here */
    uint16_t literal_freq[288], distance_freq[32];
    uint32_t literal_code[288], length_code[256], distance_code[32]; /* code | bits << 24 */
    uint8_t length_symbol[256], distance_symbol[512]; /* of length - 3; of distance - 1, see below */
    uint8_t lengths[320];
} pika__deflate;

/* Length - 3 = 0..255 is symbol s = 0..28 after 257: extra bits and what they count from. Symbols double
   every four; 28 is 258 alone. Distances (- 1 = 0..32767, s = 0..29) double every two. */
PIKA__PRIV uint32_t pika__length_extra(uint32_t s) { return s < 8 || s == 28 ? 0 : (s >> 2) - 1; }
PIKA__PRIV uint32_t pika__length_base(uint32_t s)
{
    return s < 8 ? s : s == 28 ? 255 : (4 + (s & 3)) << pika__length_extra(s);
}
PIKA__PRIV uint32_t pika__distance_extra(uint32_t s) { return s < 4 ? 0 : (s >> 1) - 1; }
PIKA__PRIV uint32_t pika__distance_base(uint32_t s)
{
    return s < 4 ? s : (2 + (s & 1)) << pika__distance_extra(s);
}
PIKA__PRIV uint32_t pika__distance_symbol(const pika__deflate *d, uint32_t distance)
{
    distance--;
    return d->distance_symbol[distance < 256 ? distance : 256 + (distance >> 7)];
}

/* window, head, chain, tokens, their sizes and the level are set. */
PIKA__PRIV void pika__deflate_start(pika__deflate *d)
{
    for (uint32_t s = 0; s < 29; s++)
        for (uint32_t i = pika__length_base(s); i < 256; i++) d->length_symbol[i] = (uint8_t)s;
    for (uint32_t s = 0; s < 30; s++) {
        for (uint32_t i = pika__distance_base(s); i < 256; i++) d->distance_symbol[i] = (uint8_t)s;
        for (uint32_t i = pika__distance_base(s) >> 7; s >= 16 && i < 256; i++)
            d->distance_symbol[256 + i] = (uint8_t)s;
    }
    memset(d->head, 0, sizeof(uint16_t) << (32 - d->hash_shift));
    if (d->chain != NULL) memset(d->chain, 0, sizeof(uint16_t) * PIKA__HISTORY);
    memset(d->literal_freq, 0, sizeof d->literal_freq);
    memset(d->distance_freq, 0, sizeof d->distance_freq);
    d->at = d->end = d->block = d->base = d->token_count = 0;
    for (uint32_t i = 0; i < 288; i++) d->cost[i] = 7;
    for (uint32_t i = 0; i < 32; i++) d->cost[288 + i] = (uint8_t)(5 + pika__distance_extra(i));
    d->bits.bits = 0;
    d->bits.count = d->bits.used = d->bits.sums = 0;
    d->bits.sum = 1;
}

/* The tokens in the codes of d. */
PIKA__PRIV PIKA__NOINLINE void pika__deflate_tokens(pika__deflate *d)
{
    pika__bits *b = &d->bits;
    uint64_t bits = b->bits; /* in locals: a store to out might change any field of d */
    uint32_t count = b->count, used = b->used, size = b->size, code;
    uint8_t *out = b->out;
    const uint32_t *token = d->tokens, *last = token + d->token_count;
    for (; token < last; token++) {
        uint32_t t = *token;
        if (t < 256) {
            code = d->literal_code[t];
            bits |= (uint64_t)(code & 0xFFFFFF) << count; /* at most 7 + 20 + 28 bits */
            count += code >> 24;
        } else {
            code = d->length_code[(t & 511) - 3];
            bits |= (uint64_t)(code & 0xFFFFFF) << count;
            count += code >> 24;
            uint32_t s = pika__distance_symbol(d, t >> 9);
            code = d->distance_code[s];
            bits |= (uint64_t)(code & 0xFFFFFF) << count;
            count += code >> 24;
            bits |= (uint64_t)((t >> 9) - 1 - pika__distance_base(s)) << count;
            count += pika__distance_extra(s);
        }
        if (used + 8 > size) {
            b->full(b->owner, used);
            out = b->out;
            used = 0;
        }
        pika__deflate_store64(out + used, bits);
        used += count >> 3;
        bits >>= count & 56;
        count &= 7;
    }
    b->bits = bits;
    b->count = count;
    b->used = used;
}

/* Writes the tokens, bytes block..at, and begins the next block. */
PIKA__PRIV PIKA__NOINLINE void pika__deflate_block(pika__deflate *d, int final)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    pika__bits *b = &d->bits;
    uint8_t *lengths = d->lengths, runs[320], run_extra[320], run_lengths[19];
    uint16_t run_freq[19] = {0};
    uint32_t run_codes[19], literals = 286, distances = 30, run_symbols = 19, run_count = 0,
                            span = d->at - d->block;
    uint64_t own = 14, fixed = 0, stored = 8 * (uint64_t)span + 42; /* bits */

    d->literal_freq[256] = 1;
    pika__huffman_lengths(d->literal_freq, 286, 15, lengths);
    pika__huffman_lengths(d->distance_freq, 30, 15, lengths + 288);
    for (uint32_t i = 0; i < 286; i++) {
        uint32_t extra = i < 257 ? 0 : pika__length_extra(i - 257);
        own += d->literal_freq[i] * (lengths[i] + extra);
        d->cost[i] = (uint8_t)((lengths[i] > 0 ? lengths[i] : 14) + extra);
        fixed += d->literal_freq[i] * ((i < 144 ? 8 : i < 256 ? 9u : i < 280 ? 7u : 8u) + extra);
    }
    for (uint32_t i = 0; i < 30; i++) {
        uint32_t extra = pika__distance_extra(i);
        own += d->distance_freq[i] * (lengths[288 + i] + extra);
        d->cost[288 + i] = (uint8_t)((lengths[288 + i] > 0 ? lengths[288 + i] : 10) + extra);
        fixed += d->distance_freq[i] * (5u + extra);
    }
    while (literals > 257 && lengths[literals - 1] == 0) literals--;
    while (distances > 1 && lengths[287 + distances] == 0) distances--;
    memmove(lengths + literals, lengths + 288, distances);

    /* the code lengths in runs: 16 repeats the last 3..6 times, 17 and 18 are 3..10 and 11..138 zeros */
    for (uint32_t i = 0, total = literals + distances, n; i < total; i += n) {
        uint32_t length = lengths[i], extra = 0, symbol = length;
        for (n = 1; i + n < total && n < 138 && lengths[i + n] == length;) n++;
        if (length == 0 && n >= 3) {
            symbol = n < 11 ? 17 : 18;
            extra = n < 11 ? n - 3 : n - 11;
        } else if (i > 0 && n >= 3 && lengths[i - 1] == length) {
            n = n < 6 ? n : 6;
            symbol = 16;
            extra = n - 3;
        } else {
            n = 1;
        }
        runs[run_count] = (uint8_t)symbol;
        run_extra[run_count++] = (uint8_t)extra;
        run_freq[symbol]++;
    }
    pika__huffman_lengths(run_freq, 19, 7, run_lengths);
    while (run_lengths[order[run_symbols - 1]] == 0) run_symbols--;
    own += 3 * run_symbols;
    for (uint32_t i = 0; i < 19; i++)
        own += run_freq[i] * (run_lengths[i] + (i == 16 ? 2u : i == 17 ? 3u : i == 18 ? 7u : 0u));

    /* block > at: it began before the window; that many bytes in that few tokens are never stored */
    int store = d->block <= d->at && span < 65536 && stored < own && stored < fixed;
    if (d->trial > 0) {
        d->trial += store ? stored : own < fixed ? own : fixed;
    } else if (store) {
        pika__bits_stored(b, span, final);
        pika__bits_bytes(b, d->window + d->block, span);
    } else {
        if (own < fixed) {
            pika__huffman_codes(lengths, (int)literals, d->literal_code);
            pika__huffman_codes(lengths + literals, (int)distances, d->distance_code);
            pika__huffman_codes(run_lengths, 19, run_codes);
            pika__bits_put(b,
                           (uint32_t) final | 2u << 1 | (literals - 257) << 3 | (distances - 1) << 8 |
                               (run_symbols - 4) << 13,
                           17);
            for (uint32_t i = 0; i < run_symbols; i++) pika__bits_put(b, run_lengths[order[i]], 3);
            for (uint32_t i = 0; i < run_count; i++) {
                uint32_t s = runs[i], code = run_codes[s];
                pika__bits_put(b, code & 0xFFFFFF, code >> 24);
                if (s >= 16) pika__bits_put(b, run_extra[i], s == 16 ? 2 : s == 17 ? 3 : 7);
            }
        } else {
            for (uint32_t i = 0; i < 288; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
            pika__huffman_codes(lengths, 288, d->literal_code);
            memset(lengths, 5, 32);
            pika__huffman_codes(lengths, 32, d->distance_code);
            pika__bits_put(b, (uint32_t) final | 1u << 1, 3);
        }
        for (uint32_t i = 0; i < 256; i++) { /* a length with its extra bits: 15 + 5 at most */
            uint32_t s = d->length_symbol[i], code = d->literal_code[257 + s];
            d->length_code[i] = (code + (pika__length_extra(s) << 24)) | (i - pika__length_base(s))
                                                                             << (code >> 24);
        }
        pika__deflate_tokens(d);
        pika__bits_put(b, d->literal_code[256] & 0xFFFFFF, d->literal_code[256] >> 24);
    }
    memset(d->literal_freq, 0, sizeof d->literal_freq);
    memset(d->distance_freq, 0, sizeof d->distance_freq);
    d->token_count = 0;
    d->block = d->at;
}

/* The bits that a match saves, going by the codes of the block before. Matches that save little had better be
   literals: they hide better ones that begin inside, and make the codes of all others longer. A noisy
   gradient is 20 % smaller for it, and nothing is much larger: see the margin in pika__png_compressed. */
PIKA__PRIV int32_t pika__deflate_gain(const pika__deflate *d, const uint8_t *bytes, uint32_t length,
                                      uint32_t distance)
{
    const uint8_t *cost = d->cost;
    uint32_t four = (uint32_t)cost[bytes[0]] + cost[bytes[1]] + cost[bytes[2]] + cost[bytes[3]];
    return (int32_t)(four * length >> 2) - cost[257 + d->length_symbol[length - 3]] -
           cost[288 + pika__distance_symbol(d, distance)];
}

/* Counts a match and returns its token. */
PIKA__PRIV uint32_t pika__deflate_match(pika__deflate *d, uint32_t length, uint32_t distance)
{
    d->literal_freq[257 + d->length_symbol[length - 3]]++;
    d->distance_freq[pika__distance_symbol(d, distance)]++;
    return distance << 9 | length;
}

/* How many bytes are equal, from `length` to `longest`. */
PIKA__PRIV uint32_t pika__match_length(const uint8_t *a, const uint8_t *b, uint32_t length, uint32_t longest)
{
    for (; length + 8 <= longest; length += 8) {
        uint64_t differ = pika__deflate_load64(a + length) ^ pika__deflate_load64(b + length);
        if (differ == 0) continue;
    #if defined(__GNUC__)
        return length + (uint32_t)(__builtin_ctzll(differ) >> 3);
    #else
        break;
    #endif
    }
    while (length < longest && a[length] == b[length]) length++;
    return length;
}

/* Level 1 and 2: the latest place with the same hash of four bytes or none, the first match is taken. A
   position in head may be stale or 65,536 off; only equal bytes at a legal distance count. */
PIKA__PRIV PIKA__NOINLINE void pika__deflate_fast(pika__deflate *d, uint32_t stop)
{
    const uint8_t *window = d->window;
    const uint32_t end = d->end, base = d->base, limit = d->token_limit, shift = d->hash_shift,
                   skip = d->skip;
    uint32_t at = d->at, misses = 0, count = d->token_count, *tokens = d->tokens;
    uint16_t *head = d->head;
    while (at < stop) {
        if (count == limit) {
            d->at = at;
            d->token_count = count;
            pika__deflate_block(d, 0);
            count = 0;
        }
        uint32_t left = end - at, step = 1 + (misses++ >> skip);
        if (left >= 4) {
            uint32_t bytes = pika__deflate_load32(window + at), hash = (bytes * PIKA__HASH) >> shift;
            uint32_t distance = (base + at - head[hash]) & 0xFFFF;
            head[hash] = (uint16_t)((base + at) & 0xFFFF);
            if (distance - 1 < (at < PIKA__HISTORY ? at : PIKA__HISTORY) &&
                pika__deflate_load32(window + at - distance) == bytes) {
                uint32_t length = pika__match_length(window + at, window + at - distance, 4,
                                                     left < PIKA__LONGEST ? left : PIKA__LONGEST);
                if (length >= 12 || pika__deflate_gain(d, window + at, length, distance) > d->margin) {
                    tokens[count++] = pika__deflate_match(d, length, distance);
                    at += length;
                    misses = 0;
                    if (at + 3 <= end) {
                        hash = (pika__deflate_load32(window + at - 1) * PIKA__HASH) >> shift;
                        head[hash] = (uint16_t)((base + at - 1) & 0xFFFF);
                    }
                    continue;
                }
            }
        }
        if (step > stop - at) step = stop - at;
        if (step > limit - count) step = limit - count;
        for (; step > 0; step--) {
            uint32_t byte = window[at++];
            d->literal_freq[byte]++;
            tokens[count++] = byte;
        }
    }
    d->at = at;
    d->token_count = count;
}

/* Puts a position at the head of its chain, and returns the one before it, or some stale one. */
PIKA__PRIV uint32_t pika__deflate_enter(pika__deflate *d, uint32_t at)
{
    uint32_t hash = (pika__deflate_load32(d->window + at) * PIKA__HASH) >> d->hash_shift,
             before = d->head[hash];
    d->chain[(d->base + at) & (PIKA__HISTORY - 1)] = (uint16_t)before;
    d->head[hash] = (uint16_t)((d->base + at) & 0xFFFF);
    return before;
}

/* Enters position `at` and returns the gain of the best match there that is longer than *length, at least 3,
   and gains more than `gain`, which it returns otherwise. */
PIKA__PRIV int32_t pika__deflate_find(pika__deflate *d, uint32_t at, int32_t gain, uint32_t *length,
                                      uint32_t *distance)
{
    const uint8_t *window = d->window + at;
    const uint32_t left = d->end - at, longest = left < PIKA__LONGEST ? left : PIKA__LONGEST;
    const uint32_t reach = at < PIKA__HISTORY ? at : PIKA__HISTORY;
    uint32_t before = 0, best = *length, candidate, bytes;
    if (left < 4) return gain;
    bytes = pika__deflate_load32(window);
    candidate = pika__deflate_enter(d, at);
    for (uint32_t probes = d->probes; probes > 0; probes--) {
        uint32_t back = (d->base + at - candidate) & 0xFFFF;
        if (back <= before || back > reach)
            break; /* the end of a chain: it turns back, or leaves the window */
        const uint8_t *there = window - back;
        if (best < longest && window[best] == there[best] && pika__deflate_load32(there) == bytes) {
            uint32_t equal = pika__match_length(window, there, 4, longest);
            if (equal > best) { /* one as long but farther gains no more */
                int32_t more = pika__deflate_gain(d, window, equal, back);
                best = equal;
                if (more > gain) {
                    gain = more;
                    *length = equal;
                    *distance = back;
                }
                if (best >= d->nice) break;
            }
        }
        before = back;
        candidate = d->chain[candidate & (PIKA__HISTORY - 1)];
    }
    return gain;
}

PIKA__PRIV void pika__deflate_literal(pika__deflate *d)
{
    uint32_t byte = d->window[d->at++];
    d->literal_freq[byte]++;
    d->tokens[d->token_count++] = byte;
}

/* Level 3 to 9: chains of places with the same hash; a match waits while the next byte has a longer one. */
PIKA__PRIV PIKA__NOINLINE void pika__deflate_slow(pika__deflate *d, uint32_t stop)
{
    while (d->at < stop) {
        uint32_t length = 3, distance = 0, entered = d->at + 1;
        int32_t gain = pika__deflate_find(d, d->at, d->margin, &length, &distance);
        if (d->token_count + 1 >= d->token_limit) pika__deflate_block(d, 0);
        while (gain > d->margin && length < d->lazy && d->token_count + 1 < d->token_limit) {
            uint32_t next_length = length - 1, next_distance = 0;
            int32_t more = pika__deflate_find(d, entered++, gain, &next_length, &next_distance);
            if (more == gain) break;
            pika__deflate_literal(d);
            gain = more;
            length = next_length;
            distance = next_distance;
        }
        if (gain == d->margin) {
            pika__deflate_literal(d);
            continue;
        }
        d->tokens[d->token_count++] = pika__deflate_match(d, length, distance);
        d->at += length;
        for (; entered < d->at && entered + 4 <= d->end; entered++) pika__deflate_enter(d, entered);
    }
}

/* Codes what is in the window, all of it or all but what a match might still go beyond. */
PIKA__PRIV void pika__deflate_run(pika__deflate *d, int all)
{
    uint32_t stop = all ? d->end : d->end - PIKA__LONGEST - 8;
    if (d->chain != NULL) pika__deflate_slow(d, stop);
    else pika__deflate_fast(d, stop);
}

/* Where the next bytes go, and how many. Then pika__deflate_add. */
PIKA__PRIV uint8_t *pika__deflate_room(pika__deflate *d, uint32_t *room)
{
    if (d->end == d->size) { /* which then is PIKA__WINDOW: a smaller window holds everything */
        pika__deflate_run(d, 0);
        uint32_t slide = d->at - PIKA__HISTORY;
        memmove(d->window, d->window + slide, d->end - slide);
        d->at -= slide;
        d->end -= slide;
        d->block -= slide;
        d->base += slide;
    }
    *room = d->size - d->end;
    return d->window + d->end;
}

PIKA__PRIV void pika__deflate_add(pika__deflate *d, uint32_t size)
{
    if (d->trial == 0) pika__bits_adler(&d->bits, d->window + d->end, size);
    d->end += size;
}
#endif /* PIKA_NO_PNG */

/* ---- >>png: pictures as PNG (ISO/IEC 15948) and PPM ----------------------------------------------------
   Row by row: pixels of any format become straight RGBA in one word, the words become the bytes of the PNG's
   colour type, these are filtered into the window of >>deflate, whose output leaves as IDAT chunks of up to
   32 KiB. One pass before that finds the colour type. Nothing is kept of the picture but two stretches of
   4,096 pixels. Large pictures are cut into bands of rows that know nothing of each other, so that threads
   can each take one; where they are cut depends on the picture alone, and so do the bytes.
   Owns the scratch of one call, see pika__png_compressed, and the file of the path versions.
   Uses >>deflate, >>pool, >>memory, >>base. */

/* Pixels x..x + count - 1 of a row as R | G << 8 | B << 16 | A << 24. */
PIKA__PRIV void pika__pixels_load(const pika_image *image, int y, int x, int count, uint32_t *out)
{
    const uint8_t *row = pika__image_row(image, y);
    if (image->format == PIKA_RGB565) {
        for (row += 2 * (size_t)x; count > 0; count--, row += 2) {
            uint16_t word;
            memcpy(&word, row, 2);
            uint32_t r = word >> 11, g = word >> 5 & 63u, b = word & 31u;
            *out++ = (r << 3 | r >> 2) | (g << 2 | g >> 4) << 8 | (b << 3 | b >> 2) << 16 | 0xFF000000u;
        }
    } else if (image->format == PIKA_GREY8) {
        for (row += x; count > 0; count--) *out++ = *row++ * 0x010101u | 0xFF000000u;
    } else {
        row += 4 * (size_t)x;
#if PIKA__LOW_BYTE_FIRST
        memcpy(out, row, 4 * (size_t)count);
#else
        for (int i = 0; i < count; i++, row += 4)
            out[i] = row[0] | (uint32_t)row[1] << 8 | (uint32_t)row[2] << 16 | (uint32_t)row[3] << 24;
#endif
        if (image->format == PIKA_RGBA8) return;
        for (int i = 0; i < count; i++) {
            uint32_t p = out[i], a = p >> 24, straight = p & 0xFF000000u;
            if (image->format == PIKA_BGRA8) {
                out[i] = (p & 0xFF00FF00u) | (p >> 16 & 255) | (p & 255) << 16;
            } else if (a <
                       255) { /* c * 255 / a, rounded; c > a is no premultiplied pixel, but bytes are bytes */
                for (int shift = 0; a > 0 && shift < 24; shift += 8) {
                    uint32_t c = ((p >> shift & 255) * 255 + a / 2) / a;
                    straight |= (c < 255 ? c : 255) << shift;
                }
                out[i] = straight;
            }
        }
    }
}

#ifndef PIKA_NO_PNG

/* Up to 256 colours and where to find them: open addressing, 512 slots of index + 1. */
typedef struct pika__palette {
    uint32_t colors[256];
    uint16_t slots[512];
    uint32_t count;
} pika__palette;

/* The index of a colour, entered if it is new; 256 = there is no room. Nearly always the first slot is right,
   so that nothing here depends on the picture enough for a processor to guess wrong. */
PIKA__PRIV PIKA__NOINLINE uint32_t pika__palette_search(pika__palette *palette, uint32_t color, uint32_t slot)
{
    for (; palette->slots[slot] != 0; slot = (slot + 1) & 511)
        if (palette->colors[palette->slots[slot] - 1u] == color) return palette->slots[slot] - 1u;
    if (palette->count == 256) return 256;
    palette->colors[palette->count++] = color;
    palette->slots[slot] = (uint16_t)palette->count;
    return palette->count - 1;
}

PIKA__PRIV uint32_t pika__palette_index(pika__palette *palette, uint32_t color)
{
    uint32_t slot = (color * PIKA__HASH) >> 23, found = palette->slots[slot] - 1u;
    return found < 256 && palette->colors[found] == color ? found
                                                          : pika__palette_search(palette, color, slot);
}

enum { PIKA__PNG_GREY = 0, PIKA__PNG_RGB = 2, PIKA__PNG_PALETTE = 3, PIKA__PNG_RGBA = 6 }; /* as in IHDR */
    #define PIKA__PNG_LEVEL 2                                                              /* the default */
    #define PIKA__STRETCH \
        4096 /* pixels; a multiple of 8, so that stretches of packed pixels begin at a byte */

typedef struct pika__png {
    const pika_image *image;
    pika_write_fn *write_fn;
    void *user;
    int failed;           /* write_fn has said stop: it is not called again */
    int type, depth;      /* PIKA__PNG_x; bits per sample: 8, or 1, 2, 4 with a palette */
    uint32_t pixel_bytes; /* the distance of the filters: 1, 3, 4 */
    uint32_t row_bytes;   /* without the filter's byte */
    int filters;          /* 1: none; 4, 5: the best of so many for each row */
    uint32_t apart;       /* that is found out from one in so many pieces of it */
    int bands, band_rows; /* the last band may have fewer */
    pika__deflate *deflate;
    uint8_t cost[288 + 32]; /* of pika__deflate, for each band to begin with */
    uint8_t *chunk;         /* room for length and type, then the out of pika__bits, then room for the CRC */
    uint8_t *kept;          /* NULL, or the first chunk of those that stay in memory, up to `chunk` */
    uint8_t *stretch[2];    /* converted pixels; 8 bytes before them belong to it too */
    int stretch_x[2], stretch_y[2], stretch_next;
    pika__palette palette;
    uint32_t crc[16][16]; /* what four bits do to the CRC that is k * 4 bits further on */
} pika__png;

PIKA__PRIV void pika__png_store(uint8_t *out, uint32_t value) /* big-endian, as all of PNG */
{
    for (int shift = 24; shift >= 0; shift -= 8) *out++ = (uint8_t)(value >> shift & 255);
}

PIKA__PRIV void pika__png_write(pika__png *png, const uint8_t *bytes, size_t size)
{
    if (!png->failed && png->write_fn(png->user, bytes, size) != 0) png->failed = 1;
}

/* Completes a chunk in place: `size` bytes of data lie at chunk + 8. Returns its end. */
PIKA__PRIV uint8_t *pika__png_chunk(const pika__png *png, uint8_t *chunk, const char *type, uint32_t size)
{
    const uint32_t(*t)[16] = png->crc;
    uint32_t crc = 0xFFFFFFFFu, i = 4;
    pika__png_store(chunk, size);
    memcpy(chunk + 4, type, 4);
    for (; i + 8 <= size + 8; i += 8) {
        uint32_t x = crc ^ pika__deflate_load32(chunk + i), y = pika__deflate_load32(chunk + i + 4);
        crc = t[15][x & 15] ^ t[14][x >> 4 & 15] ^ t[13][x >> 8 & 15] ^ t[12][x >> 12 & 15] ^
              t[11][x >> 16 & 15] ^ t[10][x >> 20 & 15] ^ t[9][x >> 24 & 15] ^ t[8][x >> 28];
        crc ^= t[7][y & 15] ^ t[6][y >> 4 & 15] ^ t[5][y >> 8 & 15] ^ t[4][y >> 12 & 15] ^
               t[3][y >> 16 & 15] ^ t[2][y >> 20 & 15] ^ t[1][y >> 24 & 15] ^ t[0][y >> 28];
    }
    for (; i < size + 8; i++) {
        crc ^= chunk[i];
        crc = t[1][crc & 15] ^ t[0][crc >> 4 & 15] ^ crc >> 8;
    }
    pika__png_store(chunk + 8 + size, ~crc);
    return chunk + 12 + size;
}

PIKA__PRIV void pika__png_full(void *owner, uint32_t used) /* of pika__bits */
{
    pika__png *png = (pika__png *)owner;
    if (used == 0 || png->failed) return;
    uint8_t *end = pika__png_chunk(png, png->chunk, "IDAT", used);
    if (png->kept == NULL) {
        pika__png_write(png, png->chunk, used + 12);
    } else {
        png->chunk = end;
        png->deflate->bits.out = end + 8;
    }
}

PIKA__PRIV int pika__pixels_same(const uint32_t *pixels, uint32_t color) /* eight of them */
{
    uint32_t differ = 0;
    for (int i = 0; i < 8; i++) differ |= pixels[i] ^ color;
    return differ == 0;
}

typedef struct pika__png_scan { /* of some rows: their colours, past 256 of them whether all are opaque */
    const pika_image *image;
    int first, end, full;
    uint32_t opaque; /* all pixels' bits in common, or a part of them without full alpha */
    pika__palette palette;
} pika__png_scan;

/* Looks at every pixel once, until nothing can change. */
PIKA__PRIV PIKA__NOINLINE void pika__png_scan_rows(pika__png_scan *scan)
{
    const pika_image *image = scan->image;
    pika__palette *palette = &scan->palette;
    uint32_t pixels[256], last = 0, opaque = 0xFFFFFFFFu;
    int full = 0;
    pika__pixels_load(image, scan->first, 0, 1, &last);
    pika__palette_index(palette, last);
    for (int y = scan->first; y < scan->end && (!full || opaque >= 0xFF000000u); y++) {
        for (int x = 0, count; x < image->width; x += count) {
            count = image->width - x < 256 ? image->width - x : 256;
            pika__pixels_load(image, y, x, count, pixels);
            for (int i = 0, k; i < count && !full; i = k) {
                k = count - i < 8 ? count : i + 8;
                if (k == i + 8 && pika__pixels_same(pixels + i, last)) continue;
                for (; i < k; i++) full |= pika__palette_index(palette, last = pixels[i]) == 256;
            }
            for (int i = 0; i < count && full; i++) opaque &= pixels[i];
        }
    }
    for (uint32_t i = 0; i < palette->count; i++) opaque &= palette->colors[i];
    scan->opaque = opaque;
    scan->full = full;
}

PIKA__PRIV void pika__png_scan_task(void *arg, int i) { pika__png_scan_rows((pika__png_scan *)arg + i); }

/* Tasks for a picture that can be cut into `parts`: no more than are worth their scratch. */
PIKA__PRIV int pika__png_tasks(const pika_ctx *ctx, int parts)
{
    const int tasks = pika__threads(ctx) < 8 ? pika__threads(ctx) : 8;
    return tasks < parts ? tasks : parts < 1 ? 1 : parts;
}

/* The colour type and the palette. With threads in parts, each a scan of its own; their colours, one part
   after the other, are in the order of first use too. */
PIKA__PRIV PIKA__NOINLINE void pika__png_scan_all(pika_ctx *ctx, pika__png *png, int threaded)
{
    pika__palette *palette = &png->palette;
    pika__png_scan alone, *scans = NULL;
    uint32_t opaque = 0xFFFFFFFFu, grey = 1;
    const int height = png->image->height;
    int tasks = threaded ? pika__png_tasks(ctx, (int)((int64_t)png->image->width * height >> 18)) : 1;
    int full = 0;
    const size_t bytes = sizeof *scans * (size_t)tasks;
    if (tasks > 1) scans = (pika__png_scan *)pika__take(ctx, bytes);
    if (scans == NULL) tasks = 1;
    for (int i = 0; i < tasks; i++) {
        pika__png_scan *scan = scans != NULL ? scans + i : &alone;
        memset(scan, 0, sizeof *scan);
        scan->image = png->image;
        scan->first = (int)((int64_t)height * i / tasks);
        scan->end = (int)((int64_t)height * (i + 1) / tasks);
    }
    pika__parallel(ctx, "png: scan", tasks, pika__png_scan_task, scans != NULL ? scans : &alone);
    for (int i = 0; i < tasks; i++) {
        const pika__png_scan *scan = scans != NULL ? scans + i : &alone;
        full |= scan->full;
        opaque &= scan->opaque;
        for (uint32_t k = 0; k < scan->palette.count && !full; k++)
            full = pika__palette_index(palette, scan->palette.colors[k]) == 256;
    }
    if (scans != NULL) pika__give(ctx, scans, bytes);
    const uint32_t colors = palette->count;
    for (uint32_t i = 0; i < colors; i++)
        if (((palette->colors[i] ^ palette->colors[i] >> 8) & 0xFFFF) != 0) grey = 0;
    png->depth = 8;
    if (full) { /* more than 256 colours are not all grey */
        png->type = opaque >= 0xFF000000u ? PIKA__PNG_RGB : PIKA__PNG_RGBA;
        png->pixel_bytes = opaque >= 0xFF000000u ? 3 : 4;
    } else if (grey && colors > 16 && opaque >= 0xFF000000u) {
        png->type = PIKA__PNG_GREY;
        png->pixel_bytes = 1;
    } else { /* in the order of first use, but transparent ones first: tRNS ends with the last of them */
        uint32_t sorted[256], next = 0;
        for (int pass = 0; pass < 2; pass++)
            for (uint32_t i = 0; i < colors; i++)
                if ((palette->colors[i] >= 0xFF000000u) == (pass == 1)) sorted[next++] = palette->colors[i];
        memset(palette, 0, sizeof *palette);
        for (uint32_t i = 0; i < colors; i++) pika__palette_index(palette, sorted[i]);
        png->type = PIKA__PNG_PALETTE;
        png->pixel_bytes = 1;
        png->depth = colors <= 2 ? 1 : colors <= 4 ? 2 : colors <= 16 ? 4 : 8;
    }
    png->row_bytes = ((uint32_t)png->image->width * png->pixel_bytes * (uint32_t)png->depth + 7) / 8;
}

/* Pixels x..x + count - 1 of a row as they stand in the PNG. x is a multiple of 8 or the PNG not packed. */
PIKA__PRIV void pika__png_convert(pika__png *png, int y, int x, int count, uint8_t *out)
{
    uint32_t pixels[256];
    uint8_t indices[256], *index = png->depth == 8 ? out : indices;
    for (int part; count > 0; count -= part, x += part) {
        part = count < 256 ? count : 256;
        pika__pixels_load(png->image, y, x, part, pixels);
        if (png->type == PIKA__PNG_PALETTE) {
            for (int i = 0, k; i < part; i = k) {
                k = part - i < 8 ? part : i + 8;
                if (i > 0 && k == i + 8 && pika__pixels_same(pixels + i, pixels[i - 1]))
                    memset(index + i, index[i - 1], 8);
                else
                    for (; i < k; i++) index[i] = (uint8_t)pika__palette_index(&png->palette, pixels[i]);
            }
            if (png->depth == 8) {
                out += part;
                index = out;
                continue;
            }
            for (int i = 0; i < part;) { /* the first pixel highest, zeros at the end of a row */
                uint32_t packed = 0;
                for (int bit = 0; bit < 8; bit += png->depth, i++)
                    packed = packed << png->depth | (i < part ? index[i] : 0u);
                *out++ = (uint8_t)packed;
            }
        } else {
            for (int i = 0; i < part; i++, out += png->pixel_bytes) {
                uint32_t p = pixels[i];
                out[0] = (uint8_t)(p & 255);
                if (png->pixel_bytes == 1) continue;
                out[1] = (uint8_t)(p >> 8 & 255);
                out[2] = (uint8_t)(p >> 16 & 255);
                if (png->pixel_bytes == 4) out[3] = (uint8_t)(p >> 24);
            }
        }
    }
}

/* The bytes of a stretch of a row (x a multiple of PIKA__STRETCH, row -1 is zeros), with the pixel before it
   in front. Two are kept: of a narrow picture every row is converted once. */
PIKA__PRIV const uint8_t *pika__png_stretch(pika__png *png, int y, int x, int count)
{
    for (int k = 0; k < 2; k++)
        if (png->stretch_x[k] == x && png->stretch_y[k] == y) return png->stretch[k];
    int k = png->stretch_next;
    uint8_t *bytes = png->stretch[k];
    png->stretch_next = 1 - k;
    png->stretch_x[k] = x;
    png->stretch_y[k] = y;
    memset(bytes - 8, 0, 8);
    if (y < 0) {
        memset(bytes, 0, (size_t)count * png->pixel_bytes);
    } else {
        if (x > 0 && png->type != PIKA__PNG_PALETTE)
            pika__png_convert(png, y, x - 1, 1, bytes - png->pixel_bytes);
        pika__png_convert(png, y, x, count, bytes);
    }
    return bytes;
}

/* Eight bytes at once, in lanes of a word (in any order): x less the guess of filter 1, 2, 3. */
PIKA__PRIV uint64_t pika__png_filter8(int filter, uint64_t x, uint64_t left, uint64_t above)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    if (filter == 2) left = above;
    if (filter == 3) left = (left & above) + (((left ^ above) & ~(high >> 7)) >> 1);
    return ((x | high) - (left & ~high)) ^ ((x ^ ~left) & high);
}

/* Bytes as differences from a guess, filter 0..4: none, left, above, their mean, Paeth's choice of three. */
PIKA__PRIV PIKA__NOINLINE void pika__png_filter(int filter, uint8_t *out, const uint8_t *row,
                                                const uint8_t *above, uint32_t size, uint32_t pixel_bytes)
{
    const uint8_t *left = row - pixel_bytes, *corner = above - pixel_bytes;
    uint32_t i = 0;
    if (filter == 0) {
        memcpy(out, row, size);
    } else if (filter < 4) {
        for (; i + 8 <= size; i += 8) {
            uint64_t x, a, b;
            memcpy(&x, row + i, 8);
            memcpy(&a, left + i, 8);
            memcpy(&b, above + i, 8);
            x = pika__png_filter8(filter, x, a, b);
            memcpy(out + i, &x, 8);
        }
        for (; i < size; i++) {
            uint8_t guess = filter == 1   ? left[i]
                            : filter == 2 ? above[i]
                                          : (uint8_t)((left[i] + above[i]) >> 1);
            out[i] = (uint8_t)((row[i] - guess) & 255);
        }
    } else {
        for (; i < size; i++) {
            int a = left[i], b = above[i], c = corner[i], to_a = b - c, to_b = a - c, to_c = to_a + to_b;
            to_a = to_a < 0 ? -to_a : to_a;
            to_b = to_b < 0 ? -to_b : to_b;
            to_c = to_c < 0 ? -to_c : to_c;
            b = to_b < to_a ? b : a;
            to_a = to_b < to_a ? to_b : to_a;
            out[i] = (uint8_t)((row[i] - (to_c < to_a ? c : b)) & 255);
        }
    }
}

/* The sum of |byte| as a signed one: small where deflate will do well. At most 2048 bytes. */
PIKA__PRIV uint32_t pika__png_cost(const uint8_t *bytes, uint32_t size)
{
    const uint64_t low = UINT64_C(0x0101010101010101), lanes = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t sum = 0; /* four lanes of 16 bits, each at most 2048 / 4 * 127 */
    uint32_t i = 0, cost = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t x, sign;
        memcpy(&x, bytes + i, 8);
        sign = x >> 7 & low;
        x = (x ^ sign * 255) + sign;
        sum += (x & lanes) + (x >> 8 & lanes);
    }
    for (; i < size; i++) cost += bytes[i] < 128 ? bytes[i] : 256u - bytes[i];
    return cost + (uint32_t)((sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32 & 0xFFFF) + (sum >> 48));
}

/* The filter with the least cost for a row, or for some of its pieces of 128 bytes. */
PIKA__PRIV PIKA__NOINLINE int pika__png_choose(pika__png *png, int y)
{
    uint8_t filtered[128];
    uint32_t costs[5] = {0};
    int best = 0;
    for (int x = 0, count; x < png->image->width; x += count) {
        count = png->image->width - x < PIKA__STRETCH ? png->image->width - x : PIKA__STRETCH;
        const uint8_t *above = pika__png_stretch(png, y - 1, x, count),
                      *row = pika__png_stretch(png, y, x, count);
        uint32_t size = (uint32_t)count * png->pixel_bytes;
        for (uint32_t i = 0, part; i < size; i += 128 * png->apart) {
            part = size - i < 128 ? size - i : 128;
            for (int filter = 0; filter < png->filters; filter++) {
                pika__png_filter(filter, filtered, row + i, above + i, part, png->pixel_bytes);
                costs[filter] += pika__png_cost(filtered, part);
            }
        }
    }
    for (int filter = 1; filter < png->filters; filter++)
        if (costs[filter] < costs[best]) best = filter;
    return best;
}

/* Rows first..end - 1, filtered if png->filters > 1, into the window. */
PIKA__PRIV void pika__png_rows(pika__png *png, pika__deflate *d, int first, int end)
{
    for (int y = first; y < end && !png->failed; y++) {
        uint32_t room, part;
        int filter = png->filters > 1 ? pika__png_choose(png, y) : 0;
        *pika__deflate_room(d, &room) = (uint8_t)filter;
        pika__deflate_add(d, 1);
        for (int x = 0, count; x < png->image->width; x += count) {
            count = png->image->width - x < PIKA__STRETCH ? png->image->width - x : PIKA__STRETCH;
            const uint8_t *above = filter > 1 ? pika__png_stretch(png, y - 1, x, count) : NULL;
            const uint8_t *row = pika__png_stretch(png, y, x, count);
            uint32_t size = ((uint32_t)count * png->pixel_bytes * (uint32_t)png->depth + 7) / 8;
            if (above == NULL) above = row;
            for (uint32_t i = 0; i < size; i += part) {
                uint8_t *to = pika__deflate_room(d, &room);
                part = size - i < room ? size - i : room;
                pika__png_filter(filter, to, row + i, above + i, part, png->pixel_bytes);
                pika__deflate_add(d, part);
            }
        }
    }
}

/* Whether to filter at all: deflate tells, over four bands of rows that are 1/32 of the picture, or as much
   of it as 4 x 8 KiB. Pictures of data are often better off without, photographs never. */
PIKA__PRIV void pika__png_plan(pika__png *png)
{
    pika__deflate *d = png->deflate;
    const int height = png->image->height, filters = png->filters;
    uint64_t bits[2];
    uint8_t cost[2][sizeof d->cost];
    int rows = (int)(8192 / png->row_bytes) + 1, bands = 4;
    if (rows < height / 128) rows = height / 128;
    if (rows > height / 4) {
        rows = height;
        bands = 1;
    }
    for (int k = 0; k < 2; k++) {
        png->filters = k == 0 ? 1 : filters;
        pika__deflate_start(d);
        d->trial = 1;
        for (int band = 0; band < bands; band++) {
            int first = (int)((int64_t)(height - rows) * band / 3);
            pika__png_rows(png, d, first, first + rows);
        }
        pika__deflate_run(d, 1);
        pika__deflate_block(d, 1);
        bits[k] = d->trial;
        memcpy(cost[k], d->cost, sizeof d->cost);
    }
    d->trial = 0;
    png->filters = bits[0] < bits[1] ? 1 : filters;
    memcpy(png->cost, cost[bits[0] < bits[1] ? 0 : 1], sizeof d->cost); /* better than the first guess */
}

/* Everything before the first IDAT. */
PIKA__PRIV PIKA__NOINLINE void pika__png_head(pika__png *png)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    uint8_t head[8 + 25 + 12 + 768 + 12 + 256], *end = head + 8;
    uint32_t clear = 0;
    memcpy(head, signature, 8);
    pika__png_store(end + 8, (uint32_t)png->image->width);
    pika__png_store(end + 12, (uint32_t)png->image->height);
    end[16] = (uint8_t)png->depth;
    end[17] = (uint8_t)png->type;
    end[18] = end[19] = end[20] = 0; /* deflate, the five filters, not interlaced */
    end = pika__png_chunk(png, end, "IHDR", 13);
    if (png->type == PIKA__PNG_PALETTE) {
        uint32_t count = png->palette.count;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t c = png->palette.colors[i];
            for (uint32_t k = 0; k < 3; k++, c >>= 8) end[8 + 3 * i + k] = (uint8_t)(c & 255);
            if (c < 255) clear = i + 1;
        }
        end = pika__png_chunk(png, end, "PLTE", 3 * count);
        for (uint32_t i = 0; i < clear; i++) end[8 + i] = (uint8_t)(png->palette.colors[i] >> 24);
        if (clear > 0) end = pika__png_chunk(png, end, "tRNS", clear);
    }
    pika__png_write(png, head, (size_t)(end - head));
}

/* PIKA_PNG_STORED: one stored block after the other, on the stack alone. */
PIKA__PRIV PIKA__NOINLINE void pika__png_stored(pika__png *png)
{
    uint8_t chunk[8 + 2048 + 4], bytes[1 + 4 * 256];
    pika__bits bits;
    uint64_t left = ((uint64_t)png->row_bytes + 1) * (uint64_t)png->image->height;
    uint32_t block = 0;
    memset(&bits, 0, sizeof bits);
    bits.sum = 1;
    bits.out = chunk + 8;
    bits.size = 2048;
    bits.full = pika__png_full;
    bits.owner = png;
    png->chunk = chunk;
    pika__png_head(png);
    pika__bits_put(&bits, 0x0178, 16); /* zlib: deflate, window of 32 KiB, fastest */
    for (int y = 0; y < png->image->height && !png->failed; y++) {
        bytes[0] = 0;
        for (int x = 0, count; x < png->image->width; x += count) {
            count = png->image->width - x < 256 ? png->image->width - x : 256;
            pika__png_convert(png, y, x, count, bytes + 1);
            uint32_t at = x > 0,
                     end = 1 + ((uint32_t)count * png->pixel_bytes * (uint32_t)png->depth + 7) / 8;
            pika__bits_adler(&bits, bytes + at, end - at);
            for (uint32_t part; at < end; at += part, block -= part, left -= part) {
                if (block == 0) {
                    block = left < 65535 ? (uint32_t)left : 65535;
                    pika__bits_stored(&bits, block, block == left);
                }
                part = end - at < block ? end - at : block;
                pika__bits_bytes(&bits, bytes + at, part);
            }
        }
    }
    pika__bits_finish(&bits);
}

    #define PIKA__PNG_CHUNK 32768u /* bytes of an IDAT chunk with its frame at most */
    #define PIKA__PNG_BAND 524288  /* bytes of a band at least: a cut costs some 400 bytes of the file */

/* Lays out the memory for one band at a time: pika__deflate 5 KiB, tokens 64, hash 32 (level 1 and 2) or 64
   and chains 64, stretches of up to 32, chunks `out`, window 64. Returns its size; memory NULL: only that. */
PIKA__PRIV size_t pika__png_lay_out(pika__png *png, int level, size_t out, uint8_t *memory)
{
    static const uint16_t probes[10] = {0, 1, 1, 6, 12, 24, 48, 96, 256, 1024};
    static const uint16_t lazy[10] = {0, 0, 0, 0, 8, 16, 32, 64, 128, 258};
    static const uint16_t nice[10] = {0, 0, 0, 32, 48, 64, 128, 192, 258, 258};
    uint64_t raw = ((uint64_t)png->row_bytes + 1) * (uint64_t)png->image->height;
    uint32_t size = raw < PIKA__WINDOW ? (uint32_t)raw : PIKA__WINDOW, tokens = size + 2, hash_bits = 8;
    if (tokens > PIKA__TOKENS) tokens = PIKA__TOKENS;
    while (hash_bits < (level < 3 ? 14 : 15) && size >> hash_bits > 0) hash_bits++;
    uint32_t stretch = (uint32_t)(png->image->width < PIKA__STRETCH ? png->image->width : PIKA__STRETCH);
    stretch = 8 + (stretch * png->pixel_bytes + 7) / 8 * 8;
    const size_t head_bytes = sizeof(uint16_t) << hash_bits,
                 state_bytes = (sizeof(pika__deflate) + 63) / 64 * 64;
    const size_t chain_bytes = level < 3 ? 0 : sizeof(uint16_t) * PIKA__HISTORY;
    const size_t bytes = state_bytes + tokens * sizeof(uint32_t) + head_bytes + chain_bytes +
                         (size + 7) / 8 * 8 + 2 * stretch + out;
    if (memory == NULL) return bytes;

    pika__deflate *d = (pika__deflate *)(void *)memory;
    memset(d, 0, sizeof *d);
    png->deflate = d;
    memory += state_bytes;
    d->tokens = (uint32_t *)(void *)memory;
    d->token_limit = tokens;
    memory += tokens * sizeof(uint32_t);
    d->head = (uint16_t *)(void *)memory;
    d->hash_shift = 32 - hash_bits;
    memory += head_bytes;
    if (chain_bytes > 0) d->chain = (uint16_t *)(void *)memory;
    memory += chain_bytes;
    for (int k = 0; k < 2; k++, memory += stretch) {
        png->stretch[k] = memory + 8;
        png->stretch_x[k] = -1;
    }
    png->chunk = memory;
    memory += out;
    d->window = memory;
    d->size = size;
    d->probes = probes[level];
    d->lazy = lazy[level];
    d->nice = nice[level];
    d->margin = level < 3 ? 5 : 4;
    d->skip = level == 1 ? 5 : 7;
    d->bits.size = PIKA__PNG_CHUNK - 12;
    d->bits.full = pika__png_full;
    d->bits.owner = png;
    return bytes;
}

/* Where band `band` begins, and how many bytes it has. */
PIKA__PRIV int pika__png_band_row(const pika__png *png, int band)
{
    return band < png->bands ? band * png->band_rows : png->image->height;
}
PIKA__PRIV uint64_t pika__png_band_bytes(const pika__png *png, int band)
{
    const int rows = pika__png_band_row(png, band + 1) - pika__png_band_row(png, band);
    return ((uint64_t)png->row_bytes + 1) * (uint64_t)rows;
}

/* One band from a clean state to chunks of its own. */
PIKA__PRIV void pika__png_band(pika__png *png, int level, int band)
{
    pika__deflate *d = png->deflate;
    pika__deflate_start(d);
    memcpy(d->cost, png->cost, sizeof d->cost);
    d->bits.out = png->chunk + 8;
    if (band == 0)
        pika__bits_put(&d->bits, level < 3 ? 0x0178 : level < 6 ? 0x5E78 : level < 8 ? 0x9C78 : 0xDA78, 16);
    pika__png_rows(png, d, pika__png_band_row(png, band), pika__png_band_row(png, band + 1));
    if (png->failed) return;
    pika__deflate_run(d, 1);
    pika__deflate_block(d, band == png->bands - 1);
    if (png->bands == 1) {
        pika__bits_finish(&d->bits);
    } else {
        if (band < png->bands - 1) pika__bits_stored(&d->bits, 0, 0); /* nothing, up to a whole byte */
        pika__bits_end(&d->bits);
    }
}

typedef struct pika__png_job { /* bands at the same time, and what they need each */
    uint8_t *memory;
    size_t bytes, state; /* of one: a copy of pika__png, then what pika__png_lay_out says */
    int level, first;
} pika__png_job;

PIKA__PRIV void pika__png_task(void *arg, int i)
{
    const pika__png_job *job = (const pika__png_job *)arg;
    pika__png *png = (pika__png *)(void *)(job->memory + job->bytes * (size_t)i);
    png->chunk = png->kept;
    pika__png_band(png, job->level, job->first + i);
}

/* Level 1..9, in one block of scratch: 325 KiB at most, and less where the picture is small. Threads take a
   band each, whose chunks wait in memory for their turn: 1 MiB each, up to 1.2 where rows are long. Without
   that the bands go one after the other, as on one thread. */
PIKA__PRIV PIKA__NOINLINE pika_result pika__png_compressed(pika_ctx *ctx, const char *who, pika__png *png,
                                                           int level)
{
    const int height = png->image->height;
    const uint64_t bands = ((uint64_t)png->row_bytes + 1) * (uint64_t)height / PIKA__PNG_BAND;
    uint32_t sum = 1, sums = 0;
    pika__png_job job;
    png->bands = bands < 2 ? 1 : bands < (uint64_t)height ? (int)bands : height;
    png->band_rows = (height + png->bands - 1) / png->bands;
    png->bands = (height + png->band_rows - 1) / png->band_rows;
    png->filters = png->type == PIKA__PNG_PALETTE ? 1 : level < 2 ? 4 : 5; /* Paeth's is slow */
    png->apart = level < 3 ? 4 : 1;
    job.level = level;
    int tasks = pika__png_tasks(ctx, png->bands);
    /* at worst matches of three bytes in the fixed codes, 31 bits for 24, and a chunk's frame for 32 KiB */
    size_t out = (size_t)pika__png_band_bytes(png, 0);
    out = (out + out / 3 + 4096) / 64 * 64;
    job.state = (sizeof *png + 63) / 64 * 64;
    for (; tasks > 1; tasks--) {
        job.bytes = (job.state + pika__png_lay_out(png, level, out, NULL) + 63) / 64 * 64;
        job.memory = (uint8_t *)pika__take(ctx, job.bytes * (size_t)tasks);
        if (job.memory != NULL) break;
    }
    if (tasks == 1) {
        job.state = 0;
        job.bytes = pika__png_lay_out(png, level, out = PIKA__PNG_CHUNK, NULL);
        job.memory = (uint8_t *)pika__take(ctx, job.bytes);
        if (job.memory == NULL) return pika__no_memory(ctx, who, job.bytes);
    }
    pika__png_lay_out(png, level, out, job.memory + job.state);
    pika__deflate_start(png->deflate);
    memcpy(png->cost, png->deflate->cost, sizeof png->cost);
    if (png->filters > 1) pika__png_plan(png);
    pika__png_head(png);
    for (int i = 0; i < tasks && tasks > 1; i++) {
        uint8_t *memory = job.memory + job.bytes * (size_t)i;
        pika__png *own = (pika__png *)(void *)memory;
        memcpy(own, png, sizeof *own);
        pika__png_lay_out(own, level, out, memory + job.state);
        own->kept = own->chunk;
    }
    for (job.first = 0; job.first < png->bands && !png->failed; job.first += tasks) {
        const int count = png->bands - job.first < tasks ? png->bands - job.first : tasks;
        if (tasks > 1) pika__parallel(ctx, "png: bands", count, pika__png_task, &job);
        else pika__png_band(png, level, job.first);
        for (int i = 0; i < count; i++) {
            pika__png *own = tasks == 1 ? png : (pika__png *)(void *)(job.memory + job.bytes * (size_t)i);
            for (uint8_t *chunk = own->kept, *next; tasks > 1 && chunk < own->chunk; chunk = next) {
                next = chunk + 12 + ((uint32_t)chunk[2] << 8 | chunk[3]); /* its length is below 2^16 */
                pika__png_write(png, chunk, (size_t)(next - chunk));
            }
            pika__adler_join(&sum, &sums, own->deflate->bits.sum, own->deflate->bits.sums,
                             pika__png_band_bytes(png, job.first + i));
        }
    }
    if (png->bands > 1) { /* one band has written it */
        uint8_t trailer[16];
        pika__png_store(trailer + 8, sums << 16 | sum);
        pika__png_chunk(png, trailer, "IDAT", 4);
        pika__png_write(png, trailer, 16);
    }
    pika__give(ctx, job.memory, job.bytes * (size_t)tasks);
    return PIKA_OK;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__png_encode(pika_ctx *ctx, const char *who,
                                                       const pika_image *image, int level,
                                                       pika_write_fn *write_fn, void *user)
{
    pika__png png;
    pika_result result = PIKA_OK;
    memset(&png, 0, sizeof png);
    png.image = image;
    png.write_fn = write_fn;
    png.user = user;
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 64; bit++) { /* CRC-32, lowest bit first: x^32 + x^26 + ... */
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
            if (bit % 4 == 3) png.crc[bit / 4][i] = crc;
        }
    }
    pika__png_scan_all(ctx, &png, level > 0);
    if (level < 0) pika__png_stored(&png);
    else result = pika__png_compressed(ctx, who, &png, level);
    if (result == PIKA_OK) {
        uint8_t end[12];
        pika__png_chunk(&png, end, "IEND", 0);
        pika__png_write(&png, end, 12);
        if (png.failed) result = PIKA_ERR_IO;
    }
    return result;
}
#endif /* PIKA_NO_PNG */

/* P6: three bytes a pixel, over black. */
PIKA__PRIV PIKA__NOINLINE pika_result pika__ppm_encode(const pika_image *image, pika_write_fn *write_fn,
                                                       void *user)
{
    uint32_t pixels[512];
    uint8_t bytes[3 * 512], *end = bytes + 32, *digit = end;
    static const char tail[] = "\n255\n";
    int numbers[2];
    numbers[0] = image->height;
    numbers[1] = image->width;
    memcpy(digit -= 5, tail, 5);
    for (int k = 0; k < 2; k++) {
        for (int n = numbers[k]; n > 0; n /= 10) *--digit = (uint8_t)('0' + n % 10);
        *--digit = k == 0 ? ' ' : '\n';
    }
    *--digit = '6';
    *--digit = 'P';
    if (write_fn(user, digit, (size_t)(end - digit)) != 0) return PIKA_ERR_IO;
    for (int y = 0; y < image->height; y++) {
        for (int x = 0, count; x < image->width; x += count) {
            count = image->width - x < 512 ? image->width - x : 512;
            pika__pixels_load(image, y, x, count, pixels);
            for (int i = 0; i < count; i++) {
                uint32_t a = pixels[i] >> 24;
                for (int k = 0; k < 3; k++)
                    bytes[3 * i + k] = (uint8_t)(((pixels[i] >> 8 * k & 255) * a + 127) / 255);
            }
            if (write_fn(user, bytes, 3 * (size_t)count) != 0) return PIKA_ERR_IO;
        }
    }
    return PIKA_OK;
}

#ifndef PIKA_NO_STDIO

typedef struct pika__file {
    const char *path;
    FILE *file; /* NULL until the first write: a call that fails before it leaves an older file alone */
} pika__file;

PIKA__PLAIN

    #ifdef _WIN32
/* UTF-8 to UTF-16; 0 = not UTF-8, or longer than `units` with its end. */
PIKA__PRIV int pika__path_wide(const char *path, wchar_t *wide, int units)
{
    const uint8_t *from = (const uint8_t *)path;
    while (*from != 0) {
        uint32_t code = *from++, lead = code;
        int more = lead < 0x80   ? 0
                   : lead < 0xC2 ? -1
                   : lead < 0xE0 ? 1
                   : lead < 0xF0 ? 2
                   : lead < 0xF5 ? 3
                                 : -1;
        if (more < 0 || units < 3) return 0;
        if (more > 0) code &= 0x3Fu >> more;
        for (int k = 0; k < more; k++) {
            if ((*from & 0xC0) != 0x80) return 0;
            code = code << 6 | (*from++ & 0x3Fu);
        }
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0;
        if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000)) return 0; /* longer than need be */
        if (code >= 0x10000) {
            *wide++ = (wchar_t)(0xD800 + ((code - 0x10000) >> 10));
            code = 0xDC00 + (code & 0x3FF);
            units--;
        }
        *wide++ = (wchar_t)code;
        units--;
    }
    *wide = 0;
    return 1;
}
    #endif

PIKA__PRIV PIKA__NOINLINE FILE *pika__file_open(const char *path)
{
    #ifdef _WIN32
    wchar_t wide[1024];
    return pika__path_wide(path, wide, 1024) ? _wfopen(wide, L"wb") : NULL;
    #else
    return fopen(path, "wb");
    #endif
}

/* Regular files alone: the superuser's half-written /dev/full or /dev/stdout is not to go. */
PIKA__PRIV PIKA__NOINLINE void pika__file_remove(const char *path)
{
    #ifdef _WIN32
    wchar_t wide[1024];
    if (pika__path_wide(path, wide, 1024)) _wremove(wide);
    #elif defined(S_ISREG)
    struct stat status;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) remove(path);
    #else
    remove(path);
    #endif
}

PIKA__PRIV int pika__file_write(void *user, const void *data, size_t size) /* a pika_write_fn */
{
    pika__file *file = (pika__file *)user;
    if (file->file == NULL) file->file = pika__file_open(file->path);
    return file->file == NULL || fwrite(data, 1, size, file->file) != size;
}

/* Closes what was written; a file that is not whole is removed. */
PIKA__PRIV pika_result pika__file_finish(pika_ctx *ctx, const char *who, pika__file *file, pika_result result)
{
    const int opened = file->file != NULL;
    if (opened) {
        if (fflush(file->file) != 0) result = PIKA_ERR_IO;
        if (fclose(file->file) != 0) result = PIKA_ERR_IO;
        if (result != PIKA_OK) pika__file_remove(file->path);
    }
    if (result != PIKA_ERR_IO) return result;
    return pika__error_int(ctx, result, who,
                           opened ? "cannot write $: is the disk full?" : "cannot open $ to write",
                           file->path, 0, 0);
}

#endif /* PIKA_NO_STDIO */

PIKA__PRIV PIKA__COLD pika_result pika__check_write(pika_ctx *ctx, const char *who, const pika_image *image,
                                                    const void *given, const char *missing)
{
    pika_result result = pika__check_ctx(ctx, who);
    if (result == PIKA_OK) result = pika__check_image(ctx, who, image);
    return result == PIKA_OK && given == NULL ? pika__error(ctx, PIKA_ERR_INVALID, who, missing) : result;
}

/* Level 10 is PPM. */
PIKA__PRIV PIKA__NOINLINE pika_result pika__write_file(pika_ctx *ctx, const char *who, const char *path,
                                                       const pika_image *image, int level)
{
#ifdef PIKA_NO_STDIO
    (void)path, (void)image, (void)level;
    return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who, "left out by PIKA_NO_STDIO");
#else
    pika__file file;
    pika_result result = pika__check_write(ctx, who, image, path, "path is NULL");
    if (result != PIKA_OK) return result;
    file.path = path;
    file.file = NULL;
    PIKA__ZONE_BEGIN(ctx, who);
    #ifndef PIKA_NO_PNG
    if (level < 10) result = pika__png_encode(ctx, who, image, level, pika__file_write, &file);
    #endif
    if (level == 10) result = pika__ppm_encode(image, pika__file_write, &file);
    result = pika__file_finish(ctx, who, &file, result);
    PIKA__ZONE_END(ctx, 0, (uint64_t)image->width * (uint64_t)image->height);
    return result;
#endif
}

PIKA_API pika_result pika_encode_png(pika_ctx *ctx, const pika_image *image, const pika_png_desc *desc,
                                     pika_write_fn *write_fn, void *user)
{
    const char *who = "pika_encode_png";
#ifdef PIKA_NO_PNG
    (void)image, (void)desc, (void)write_fn, (void)user;
    return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who, "left out by PIKA_NO_PNG");
#else
    int level = desc == NULL || desc->level == 0 ? PIKA__PNG_LEVEL : desc->level;
    pika_result result =
        pika__check_write(ctx, who, image, write_fn == NULL ? NULL : who, "write_fn is NULL");
    if (result != PIKA_OK) return result;
    if (level < PIKA_PNG_STORED || level > 9)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "desc.level is %, needs -1..9", NULL, level, 0);
    PIKA__ZONE_BEGIN(ctx, who);
    result = pika__png_encode(ctx, who, image, level, write_fn, user);
    PIKA__ZONE_END(ctx, 0, (uint64_t)image->width * (uint64_t)image->height);
    return result == PIKA_ERR_IO ? pika__error(ctx, result, who, "write_fn said stop") : result;
#endif
}

PIKA_API pika_result pika_write_png(pika_ctx *ctx, const char *path, const pika_image *image)
{
#ifdef PIKA_NO_PNG
    (void)path, (void)image;
    return pika__error(ctx, PIKA_ERR_UNSUPPORTED, "pika_write_png", "left out by PIKA_NO_PNG");
#else
    return pika__write_file(ctx, "pika_write_png", path, image, PIKA__PNG_LEVEL);
#endif
}

PIKA_API pika_result pika_encode_ppm(pika_ctx *ctx, const pika_image *image, pika_write_fn *write_fn,
                                     void *user)
{
    const char *who = "pika_encode_ppm";
    pika_result result =
        pika__check_write(ctx, who, image, write_fn == NULL ? NULL : who, "write_fn is NULL");
    if (result == PIKA_OK) result = pika__ppm_encode(image, write_fn, user);
    return result == PIKA_ERR_IO ? pika__error(ctx, result, who, "write_fn said stop") : result;
}

PIKA_API pika_result pika_write_ppm(pika_ctx *ctx, const char *path, const pika_image *image)
{
    return pika__write_file(ctx, "pika_write_ppm", path, image, 10);
}
PIKA__PLAIN_END

/* ---- >>spread: points that are too small to be seen ---------------------------------------------------
   On finished pictures, in integers. Every pixel that is not transparent is drawn as a disc (distance <=
   radius + 1/2) or a square, in row order, one over the other. */

PIKA__PRIV uint32_t pika__pixel(const pika_image *image, int x, int y)
{
    const uint8_t *p = pika__image_row(image, y) + (ptrdiff_t)x * 4;
    return PIKA_RGBA(p[0], p[1], p[2], p[3]);
}

PIKA__PRIV PIKA__COLD pika_result pika__check_pair(pika_ctx *ctx, const char *who, const pika_image *dst,
                                                   const pika_image *src, int radius, int shape)
{
    pika_result result = pika__check_ctx(ctx, who);
    if (result == PIKA_OK) result = pika__check_image(ctx, who, dst);
    if (result == PIKA_OK) result = pika__check_image(ctx, who, src);
    if (result != PIKA_OK) return result;
    if (radius < 0 || radius > 64)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "radius is %, needs 0..64", NULL, radius, 0);
    if (shape != PIKA_SPREAD_DISC && shape != PIKA_SPREAD_SQUARE)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "shape is %, needs 0 or 1", NULL, shape, 0);
    if (dst->format != PIKA_RGBA8 || src->format != PIKA_RGBA8)
        return pika__error_int(ctx, PIKA_ERR_MISMATCH, who, "formats are % and %, need PIKA_RGBA8", NULL,
                               dst->format, src->format);
    if (dst->width != src->width || dst->height != src->height)
        return pika__error_int(ctx, PIKA_ERR_MISMATCH, who, "dst is % x %, not src's size", NULL, dst->width,
                               dst->height);
    if (dst->pixels == src->pixels)
        return pika__error(ctx, PIKA_ERR_INVALID, who, "dst and src are the same image");
    return PIKA_OK;
}

PIKA__PRIV void pika__spread(const pika_image *dst, const pika_image *src, int radius, int shape)
{
    int x, y, dx, dy;
    for (y = 0; y < src->height; y++) memset(pika__image_row_mut(dst, y), 0, (size_t)src->width * 4);
    for (y = 0; y < src->height; y++)
        for (x = 0; x < src->width; x++) {
            const uint32_t color = pika__pixel(src, x, y);
            if ((color & 255u) == 0) continue;
            for (dy = -radius; dy <= radius; dy++)
                for (dx = -radius; dx <= radius; dx++) {
                    uint32_t over;
                    if (x + dx < 0 || x + dx >= src->width || y + dy < 0 || y + dy >= src->height) continue;
                    /* (r + 1/2)^2 = r^2 + r + 1/4, and the left side is an integer */
                    if (shape == PIKA_SPREAD_DISC && dx * dx + dy * dy > radius * radius + radius) continue;
                    over = pika__over(color, pika__pixel(dst, x + dx, y + dy));
                    pika__store_pixels(dst, x + dx, y + dy, &over, 1);
                }
        }
}

PIKA_API pika_result pika_spread(pika_ctx *ctx, pika_image *dst, const pika_image *src, int radius, int shape)
{
    const pika_result result = pika__check_pair(ctx, "pika_spread", dst, src, radius, shape);
    if (result != PIKA_OK) return result;
    PIKA__ZONE_BEGIN(ctx, "pika_spread");
    pika__spread(dst, src, radius, shape);
    PIKA__ZONE_END(ctx, 0, (uint64_t)src->width * (uint64_t)src->height);
    return PIKA_OK;
}

/* Visible pixels, and those that have another within `reach` either way. */
PIKA__PRIV void pika__count_crowded(const pika_image *image, int reach, uint64_t *visible, uint64_t *crowded)
{
    int x, y, nx, ny;
    *visible = *crowded = 0;
    for (y = 0; y < image->height; y++)
        for (x = 0; x < image->width; x++) {
            int near_by = 0;
            if ((pika__pixel(image, x, y) & 255u) == 0) continue;
            for (ny = y - reach < 0 ? 0 : y - reach; ny <= y + reach && ny < image->height && !near_by; ny++)
                for (nx = x - reach < 0 ? 0 : x - reach; nx <= x + reach && nx < image->width && !near_by;
                     nx++)
                    near_by = (nx != x || ny != y) && (pika__pixel(image, nx, ny) & 255u) != 0;
            ++*visible;
            *crowded += (uint64_t)near_by;
        }
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__dynspread(pika_ctx *ctx, const pika_image *dst,
                                                      const pika_image *src, double threshold, int max_radius,
                                                      int shape, int *radius_out)
{
    const char *who = "pika_dynspread";
    const pika_result result = pika__check_pair(ctx, who, dst, src, max_radius, shape);
    uint64_t visible, crowded;
    int radius = 0;
    if (result != PIKA_OK) return result;
    if (pika__is_nan(threshold) || !(threshold >= 0 && threshold <= 1))
        return pika__error_number(ctx, PIKA_ERR_INVALID, who, "threshold is %, needs 0..1", NULL, NULL,
                                  threshold, 0);
    while (radius < max_radius) {
        pika__count_crowded(src, 2 * (radius + 1), &visible, &crowded);
        if (visible == 0 || pika__u64_to_double(crowded) / pika__u64_to_double(visible) > threshold) break;
        radius++;
    }
    pika__spread(dst, src, radius, shape);
    if (radius_out != NULL) *radius_out = radius;
    return PIKA_OK;
}

PIKA_API pika_result pika_dynspread(pika_ctx *ctx, pika_image *dst, const pika_image *src, double threshold,
                                    int max_radius, int shape, int *radius_out)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_dynspread");
    result = pika__dynspread(ctx, dst, src, threshold, max_radius, shape, radius_out);
    PIKA__ZONE_END(ctx, 0, result == PIKA_OK ? (uint64_t)src->width * (uint64_t)src->height : 0);
    pika__float_leave(&saved);
    return result;
}

/* ---- >>trace: profiles begun, read and written out ------------------------------------------------------
   The rest of the profiler: everything that is not recording. Reads all rings between jobs, and computes what
   was not kept: percentiles, rates, the trace. */
PIKA__PLAIN

#ifdef PIKA_NO_PROFILER
PIKA__PRIV pika_result pika__no_profiler(pika_ctx *ctx, const char *who)
{
    return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who, "left out by PIKA_NO_PROFILER");
}

PIKA_API size_t pika_profile_bytes(const pika_ctx *ctx, const pika_profile_desc *desc)
{
    (void)ctx, (void)desc;
    return 0;
}

PIKA_API pika_result pika_profile_start(pika_ctx *ctx, const pika_profile_desc *desc)
{
    (void)desc;
    return pika__no_profiler(ctx, "pika_profile_start");
}

PIKA_API void pika_profile_stop(pika_ctx *ctx) { (void)ctx; }
PIKA_API void pika_profile_clear(pika_ctx *ctx) { (void)ctx; }
PIKA_API void pika_zone_begin(pika_ctx *ctx, const char *name) { (void)ctx, (void)name; }

PIKA_API void pika_zone_end(pika_ctx *ctx, uint64_t bytes, uint64_t items)
{
    (void)ctx, (void)bytes, (void)items;
}

PIKA_API void pika_count(pika_ctx *ctx, const char *name, int64_t add) { (void)ctx, (void)name, (void)add; }

PIKA_API void pika_gauge(pika_ctx *ctx, const char *name, double value)
{
    (void)ctx, (void)name, (void)value;
}

PIKA_API pika_result pika_profile_zones(pika_ctx *ctx, pika_zone_stats *out, size_t capacity, size_t *count)
{
    (void)out, (void)capacity, (void)count;
    return pika__no_profiler(ctx, "pika_profile_zones");
}

PIKA_API pika_result pika_profile_counters(pika_ctx *ctx, pika_counter_stats *out, size_t capacity,
                                           size_t *count)
{
    (void)out, (void)capacity, (void)count;
    return pika__no_profiler(ctx, "pika_profile_counters");
}

PIKA_API pika_result pika_profile_get_account(pika_ctx *ctx, pika_profile_account *account)
{
    (void)account;
    return pika__no_profiler(ctx, "pika_profile_get_account");
}

PIKA_API pika_result pika_profile_encode_trace(pika_ctx *ctx, pika_write_fn *write_fn, void *user)
{
    (void)write_fn, (void)user;
    return pika__no_profiler(ctx, "pika_profile_encode_trace");
}

PIKA_API pika_result pika_profile_write_trace(pika_ctx *ctx, const char *path)
{
    (void)path;
    return pika__no_profiler(ctx, "pika_profile_write_trace");
}

PIKA_API pika_result pika_profile_log(pika_ctx *ctx) { return pika__no_profiler(ctx, "pika_profile_log"); }

#else
PIKA__PRIV PIKA__COLD pika_result pika__check_profile(pika_ctx *ctx, const char *who)
{
    const pika_result result = pika__check_ctx(ctx, who);
    if (result != PIKA_OK) return result;
    if (pika__profile_of(ctx) != NULL) return PIKA_OK;
    return pika__error(ctx, PIKA_ERR_INVALID, who, "no profile is on (pika_profile_start)");
}

/* 0 = a refused descriptor. Fills in what the profile is to be. */
PIKA__PRIV size_t pika__profile_layout(const pika_ctx *ctx, const pika_profile_desc *desc,
                                       pika__profile *profile)
{
    size_t bytes;
    memset(profile, 0, sizeof *profile);
    if (desc != NULL) profile->desc = *desc;
    if (profile->desc.events == 0) profile->desc.events = 4096;
    if (profile->desc.events < 1 || profile->desc.events > 1 << 20 ||
        (profile->desc.events & (profile->desc.events - 1)) != 0)
        return 0;
    profile->mask = (uint64_t)profile->desc.events - 1;
    #ifdef PIKA__THREADS
    profile->rings = ctx->desc.parallel_for != NULL ? 1 : ctx->threads;
    #else
    profile->rings = 1;
    (void)ctx;
    #endif
    profile->ring_bytes = pika__round_up(sizeof(pika__ring), 64) +
                          pika__round_up((size_t)profile->desc.events * sizeof(pika__event), 64);
    if (!pika__mul_size(profile->ring_bytes, (size_t)profile->rings, &bytes) ||
        !pika__add_size(bytes, pika__round_up(sizeof *profile, 64) + 63, &bytes)) /* 63: any alignment */
        return 0;
    return bytes;
}

/* Forgets what was recorded, but not the zones that are open. */
PIKA__PRIV void pika__profile_clear(pika__profile *profile)
{
    int slot;
    for (slot = 0; slot < profile->rings; slot++) {
        pika__ring *ring = pika__ring_of(profile, slot);
        ring->written = ring->too_deep = ring->unbalanced = ring->unnamed = 0;
        ring->names = 0;
    }
    profile->counters = 0;
    profile->unnamed = 0;
}

PIKA__PRIV uint64_t pika__ring_kept(const pika__profile *profile, const pika__ring *ring)
{
    return ring->written <= profile->mask ? ring->written : profile->mask + 1;
}

/* Marks in every ring the zones of this name, and that they are done. */
PIKA__PRIV void pika__zone_match(pika__profile *profile, const char *name)
{
    int slot, i;
    for (slot = 0; slot < profile->rings; slot++) {
        pika__ring *ring = pika__ring_of(profile, slot);
        ring->match = 0;
        for (i = 0; i < ring->names; i++)
            if (ring->zones[i].name == name || strcmp(ring->zones[i].name, name) == 0)
                ring->match |= (uint64_t)1 << i;
        ring->done |= ring->match;
    }
}

PIKA__PRIV int pika__event_matches(const pika__ring *ring, const pika__event *event)
{
    return event->name < PIKA__ZONES && (ring->match >> event->name & 1) != 0;
}

PIKA__PRIV uint64_t pika__matching_events(pika__profile *profile)
{
    uint64_t count = 0, i;
    int slot;
    for (slot = 0; slot < profile->rings; slot++) {
        const pika__ring *ring = pika__ring_of(profile, slot);
        const uint64_t kept = pika__ring_kept(profile, ring);
        for (i = 0; i < kept; i++) count += (uint64_t)pika__event_matches(ring, &ring->events[i]);
    }
    return count;
}

/* The length of this rank, 0 = the shortest, among the matching events; byte by byte, from the top one that
   the longest, of `bits` bits, has. */
PIKA__PRIV uint64_t pika__matching_rank(pika__profile *profile, uint64_t rank, int bits)
{
    uint64_t above = 0, i;
    int shift = (bits + 7) / 8 * 8;
    while (shift > 0) {
        uint32_t bins[256];
        int slot, bin = 0;
        shift -= 8;
        memset(bins, 0, sizeof bins);
        for (slot = 0; slot < profile->rings; slot++) {
            const pika__ring *ring = pika__ring_of(profile, slot);
            const uint64_t kept = pika__ring_kept(profile, ring);
            for (i = 0; i < kept; i++) {
                const pika__event *event = &ring->events[i];
                if (pika__event_matches(ring, event) && event->length >> shift >> 8 == above)
                    bins[event->length >> shift & 255]++;
            }
        }
        while (rank >= bins[bin]) rank -= bins[bin++];
        above = above << 8 | (uint64_t)bin;
    }
    return above;
}

/* All rings' zones of one name. */
PIKA__PRIV void pika__zone_merge(pika__profile *profile, const char *name, pika_zone_stats *out)
{
    uint64_t *percentiles[3], events;
    double seconds;
    int slot, i, bits;
    memset(out, 0, sizeof *out);
    out->name = name;
    out->shortest = (uint64_t)-1;
    for (slot = 0; slot < profile->rings; slot++) {
        const pika__ring *ring = pika__ring_of(profile, slot);
        out->threads += ring->match != 0;
        for (i = 0; i < ring->names; i++) {
            const pika__zone *zone = &ring->zones[i];
            if ((ring->match >> i & 1) == 0) continue;
            out->calls += zone->calls;
            out->total += zone->total;
            out->self += zone->self;
            out->bytes += zone->bytes;
            out->items += zone->items;
            if (zone->shortest < out->shortest) out->shortest = zone->shortest;
            if (zone->longest > out->longest) out->longest = zone->longest;
        }
    }
    events = pika__matching_events(profile);
    bits = pika__bit_length(out->longest);
    percentiles[0] = &out->p50;
    percentiles[1] = &out->p95;
    percentiles[2] = &out->p99;
    for (i = 0; i < 3 && events > 0; i++) {
        static const uint8_t parts[3] = {50, 95, 99};
        *percentiles[i] = pika__matching_rank(profile, (events * parts[i] + 99) / 100 - 1, bits);
    }
    seconds = pika__u64_to_double(out->total) / 1e9;
    if (out->total > 0) {
        out->bytes_per_second = pika__u64_to_double(out->bytes) / seconds;
        out->items_per_second = pika__u64_to_double(out->items) / seconds;
    }
}

/* Their number; out: NULL, or room for them. The longest total first. */
PIKA__PRIV PIKA__COLD size_t pika__zones_merge(pika__profile *profile, pika_zone_stats *out)
{
    size_t n = 0, at;
    int slot, i;
    for (slot = 0; slot < profile->rings; slot++) pika__ring_of(profile, slot)->done = 0;
    for (slot = 0; slot < profile->rings; slot++) {
        const pika__ring *ring = pika__ring_of(profile, slot);
        for (i = 0; i < ring->names; i++) {
            pika_zone_stats stats;
            if ((ring->done >> i & 1) != 0) continue;
            pika__zone_match(profile, ring->zones[i].name);
            n++;
            if (out == NULL) continue;
            pika__zone_merge(profile, ring->zones[i].name, &stats);
            for (at = n - 1; at > 0 && out[at - 1].total < stats.total; at--) out[at] = out[at - 1];
            out[at] = stats;
        }
    }
    return n;
}

/* Text on its way to a write callback, in pieces of a buffer. */
typedef struct pika__stream {
    pika_write_fn *write_fn;
    void *user;
    int stopped;
    pika__text text;
    char buffer[512];
} pika__stream;

/* Makes sure of room for a number and some words: 128 bytes. */
PIKA__PRIV pika__text *pika__stream_room(pika__stream *stream, int flush)
{
    pika__text *text = &stream->text;
    if (flush || text->length + 128 >= text->capacity) {
        if (!stream->stopped && text->length > 0)
            stream->stopped = stream->write_fn(stream->user, text->out, text->length) != 0;
        text->length = 0;
    }
    return text;
}

/* The bytes of the UTF-8 character at text, 1..4; 0 = that is none. */
PIKA__PRIV int pika__utf8_length(const uint8_t *text)
{
    const int length = text[0] < 0x80 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
    int i;
    if (length > 1 && (text[0] < 0xC2 || text[0] > 0xF4)) return 0;
    for (i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80) return 0;
    if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xF0 && text[1] < 0x90)) return 0; /* longer */
    if ((text[0] == 0xED && text[1] > 0x9F) || (text[0] == 0xF4 && text[1] > 0x8F)) return 0; /* surrogates */
    return length;
}

/* A string of JSON. What is not UTF-8 becomes U+FFFD. */
PIKA__PRIV void pika__stream_name(pika__stream *stream, const char *name)
{
    const uint8_t *at = (const uint8_t *)name;
    pika__text *text = pika__stream_room(stream, 0);
    pika__put_char(text, '"');
    while (*at != 0) {
        int length = pika__utf8_length(at);
        text = pika__stream_room(stream, 0);
        if (length == 0) {
            pika__put_string(text, "\\ufffd");
            at++;
        } else if (*at < 0x20) {
            pika__put_string(text, *at < 0x10 ? "\\u000" : "\\u001");
            pika__put_char(text, "0123456789abcdef"[*at++ & 15]);
        } else {
            if (*at == '"' || *at == '\\') pika__put_char(text, '\\');
            for (; length > 0; length--) pika__put_char(text, (char)*at++);
        }
    }
    pika__put_char(pika__stream_room(stream, 0), '"');
}

/* v / 10^decimals, in a column of that width. */
PIKA__PRIV PIKA__COLD void pika__put_fixed(pika__text *text, uint64_t v, int decimals, int width)
{
    char reversed[32];
    int n = 0, i;
    for (i = 0; i <= decimals || v > 0; i++, v /= 10) {
        if (i == decimals && i > 0) reversed[n++] = '.';
        reversed[n++] = (char)('0' + (int)(v % 10));
    }
    for (i = n; i < width; i++) pika__put_char(text, ' ');
    while (n > 0) pika__put_char(text, reversed[--n]);
}

/* All digits of integers that a double holds, nine of others. */
PIKA__PRIV PIKA__COLD void pika__put_value(pika__text *text, double v)
{
    const double limit = 9007199254740992.0;
    if (v > -limit && v < limit && (double)(int64_t)v == v) pika__put_int(text, (int64_t)v);
    else pika__put_number(text, v);
}

PIKA__PRIV void pika__stream_event(pika__stream *stream, pika__profile *profile, int slot,
                                   const pika__event *event)
{
    const pika__ring *ring = pika__ring_of(profile, slot);
    const int is_zone = event->name < PIKA__ZONES;
    const double value = pika__from_bits64(event->length);
    pika__text *text;
    if (!is_zone && !pika__is_finite(value)) return; /* JSON has no such numbers */
    pika__put_string(pika__stream_room(stream, 0), ",\n{\"name\":");
    pika__stream_name(stream, is_zone ? ring->zones[event->name].name
                                      : profile->counter[event->name - PIKA__ZONES].name);
    text = pika__stream_room(stream, 0);
    pika__put_string(text, is_zone ? ",\"ph\":\"X\",\"pid\":1,\"tid\":" : ",\"ph\":\"C\",\"pid\":1,\"tid\":");
    pika__put_int(text, slot);
    pika__put_string(text, ",\"ts\":"); /* microseconds */
    pika__put_fixed(text, event->begin - profile->begin, 3, 0);
    text = pika__stream_room(stream, 0);
    pika__put_string(text, is_zone ? ",\"dur\":" : ",\"args\":{\"value\":");
    if (is_zone) pika__put_fixed(text, event->length, 3, 0);
    else pika__put_value(text, value);
    pika__put_string(text, is_zone ? "}" : "}}");
}

PIKA__PRIV PIKA__COLD pika_result pika__trace_encode(pika__profile *profile, pika_write_fn *write_fn,
                                                     void *user)
{
    pika__stream stream;
    pika__text *text = &stream.text;
    int slot;
    stream.write_fn = write_fn;
    stream.user = user;
    stream.stopped = 0;
    stream.text.out = stream.buffer;
    stream.text.length = 0;
    stream.text.capacity = sizeof stream.buffer;
    pika__put_string(text, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
                           "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"args\":{\"name\":\"pika\"}}");
    for (slot = 0; slot < profile->rings && !stream.stopped; slot++) {
        const pika__ring *ring = pika__ring_of(profile, slot);
        const uint64_t kept = pika__ring_kept(profile, ring);
        uint64_t i;
        text = pika__stream_room(&stream, 0);
        pika__put_string(text, ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":");
        pika__put_int(text, slot);
        pika__put_string(text, slot == 0 ? ",\"args\":{\"name\":\"caller" : ",\"args\":{\"name\":\"worker ");
        if (slot > 0) pika__put_int(text, slot);
        pika__put_string(text, "\"}}");
        /* Backwards: at equal times readers take the first for the outer one, and that ended last. */
        for (i = 1; i <= kept && !stream.stopped; i++)
            pika__stream_event(&stream, profile, slot, &ring->events[(ring->written - i) & profile->mask]);
    }
    pika__put_string(pika__stream_room(&stream, 0), "\n]}\n");
    pika__stream_room(&stream, 1);
    return stream.stopped ? PIKA_ERR_IO : PIKA_OK;
}

/* A line of the table; names are cut, and their control characters shown as '?'. */
PIKA__PRIV PIKA__COLD void pika__put_cell(pika__text *text, const char *name)
{
    int n;
    for (n = 0; *name != 0 && n < 24; name++) {
        pika__put_char(text, (uint8_t)*name < 0x20 ? '?' : *name);
        n += ((uint8_t)name[1] & 0xC0) != 0x80; /* a character of UTF-8 ends here */
    }
    for (; n < 24; n++) pika__put_char(text, ' ');
}

PIKA__PRIV PIKA__COLD void pika__log_profile(pika_ctx *ctx, pika__profile *profile,
                                             const pika_zone_stats *zones, size_t count)
{
    char buffer[256];
    pika__text line;
    size_t i;
    int k;
    line.out = buffer;
    line.capacity = sizeof buffer;
    pika__note(ctx, 2,
               "zone                        calls   total ms    self ms     min us     p50 us     "
               "p95 us     p99 us     max us     GB/s  M items/s");
    for (i = 0; i < count; i++) {
        const pika_zone_stats *zone = &zones[i];
        const uint64_t us[5] = {zone->shortest, zone->p50, zone->p95, zone->p99, zone->longest};
        line.length = 0;
        pika__put_cell(&line, zone->name);
        pika__put_fixed(&line, zone->calls, 0, 9);
        pika__put_fixed(&line, zone->total / 1000, 3, 11);
        pika__put_fixed(&line, zone->self / 1000, 3, 11);
        for (k = 0; k < 5; k++) pika__put_fixed(&line, us[k] / 10, 2, 11);
        pika__put_fixed(&line, (uint64_t)(zone->bytes_per_second / 1e7), 2, 9);
        pika__put_fixed(&line, (uint64_t)(zone->items_per_second / 1e5), 1, 11);
        pika__note(ctx, 2, buffer);
    }
    if (profile->counters > 0)
        pika__note(ctx, 2, "counter                   updates                value, lowest, highest");
    for (k = 0; k < profile->counters; k++) {
        const pika_counter_stats *counter = &profile->counter[k];
        line.length = 0;
        pika__put_cell(&line, counter->name);
        pika__put_fixed(&line, counter->updates, 0, 9);
        pika__put_string(&line, "   ");
        pika__put_value(&line, counter->value);
        pika__put_string(&line, ", ");
        pika__put_value(&line, counter->lowest);
        pika__put_string(&line, ", ");
        pika__put_value(&line, counter->highest);
        pika__note(ctx, 2, buffer);
    }
}
PIKA_API size_t pika_profile_bytes(const pika_ctx *ctx, const pika_profile_desc *desc)
{
    pika__profile profile;
    return ctx == NULL || !pika__ctx_ready(ctx) ? 0 : pika__profile_layout(ctx, desc, &profile);
}

PIKA_API pika_result pika_profile_start(pika_ctx *ctx, const pika_profile_desc *desc)
{
    const char *who = "pika_profile_start";
    pika__profile made, *profile;
    size_t bytes;
    int slot;
    const pika_result result = pika__check_ctx(ctx, who);
    if (result != PIKA_OK) return result;
    if (ctx == NULL) return PIKA_ERR_INVALID;
    #ifndef PIKA__CLOCK
    return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who, "no clock is known here: define PIKA_CLOCK_NS()");
    #endif
    if (ctx->profile != NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "a profile is on already");
    bytes = pika__profile_layout(ctx, desc, &made);
    if (bytes == 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "desc.events is %, needs a power of two, 1..2^20",
                               NULL, made.desc.events, 0);
    if (made.desc.memory != NULL && made.desc.bytes < bytes)
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "desc.bytes is %, needs %", NULL,
                               (int64_t)made.desc.bytes, (int64_t)bytes);
    made.block_bytes = bytes;
    made.block = made.desc.memory != NULL ? made.desc.memory : pika__alloc(ctx, bytes);
    if (made.block == NULL) return pika__no_memory(ctx, who, bytes);
    profile = (pika__profile *)(void *)((uint8_t *)made.block + (64 - (uintptr_t)made.block % 64) % 64);
    made.begin = pika__clock();
    *profile = made;
    for (slot = 0; slot < made.rings; slot++) {
        pika__ring *ring = pika__ring_of(profile, slot);
        memset(ring, 0, sizeof *ring);
        ring->now = made.begin;
        ring->events = (pika__event *)(void *)((uint8_t *)ring + pika__round_up(sizeof *ring, 64));
    }
    ctx->profile = profile;
    return PIKA_OK;
}

PIKA_API void pika_profile_stop(pika_ctx *ctx)
{
    pika__profile *profile = pika__profile_of(ctx);
    if (profile == NULL) return;
    ctx->profile = NULL;
    if (profile->desc.memory == NULL) pika__release(ctx, profile->block, profile->block_bytes);
}

PIKA_API void pika_profile_clear(pika_ctx *ctx)
{
    if (pika__profile_of(ctx) != NULL) pika__profile_clear(pika__profile_of(ctx));
}

PIKA_API void pika_zone_begin(pika_ctx *ctx, const char *name)
{
    PIKA__ZONE_BEGIN(ctx, name == NULL ? "(NULL)" : name);
}

PIKA_API void pika_zone_end(pika_ctx *ctx, uint64_t bytes, uint64_t items)
{
    pika__profile *profile = pika__profile_of(ctx);
    if (profile != NULL && !pika__zone_close(profile, 0, bytes, items))
        pika__note(ctx, 1, "pika_zone_end: no zone is open");
}

PIKA_API void pika_count(pika_ctx *ctx, const char *name, int64_t add)
{
    pika__profile *profile = pika__profile_of(ctx);
    if (profile != NULL) pika__counter(profile, name == NULL ? "(NULL)" : name, 1, (double)add);
}

PIKA_API void pika_gauge(pika_ctx *ctx, const char *name, double value)
{
    pika__profile *profile = pika__profile_of(ctx);
    if (profile != NULL) pika__counter(profile, name == NULL ? "(NULL)" : name, 0, value);
}

PIKA_API pika_result pika_profile_zones(pika_ctx *ctx, pika_zone_stats *out, size_t capacity, size_t *count)
{
    const char *who = "pika_profile_zones";
    const pika_result result = pika__check_profile(ctx, who);
    pika__float_state saved;
    if (result != PIKA_OK) return result;
    if (count == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "count is NULL");
    *count = pika__zones_merge(pika__profile_of(ctx), NULL);
    if (out == NULL) return PIKA_OK;
    if (capacity < *count)
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "capacity is %, needs %", NULL, (int64_t)capacity,
                               (int64_t)*count);
    pika__float_enter(&saved);
    pika__zones_merge(pika__profile_of(ctx), out);
    pika__float_leave(&saved);
    return PIKA_OK;
}

PIKA_API pika_result pika_profile_counters(pika_ctx *ctx, pika_counter_stats *out, size_t capacity,
                                           size_t *count)
{
    const char *who = "pika_profile_counters";
    const pika_result result = pika__check_profile(ctx, who);
    const pika__profile *profile = pika__profile_of(ctx);
    if (result != PIKA_OK) return result;
    if (count == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "count is NULL");
    *count = (size_t)profile->counters;
    if (out == NULL) return PIKA_OK;
    if (capacity < *count)
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "capacity is %, needs %", NULL, (int64_t)capacity,
                               (int64_t)*count);
    memcpy(out, profile->counter, *count * sizeof *out);
    return PIKA_OK;
}

PIKA_API pika_result pika_profile_get_account(pika_ctx *ctx, pika_profile_account *account)
{
    const char *who = "pika_profile_get_account";
    const pika_result result = pika__check_profile(ctx, who);
    pika__profile *profile = pika__profile_of(ctx);
    int slot;
    if (result != PIKA_OK) return result;
    if (account == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "account is NULL");
    memset(account, 0, sizeof *account);
    account->threads = profile->rings;
    account->open = pika__ring_of(profile, 0)->depth;
    account->bytes = profile->block_bytes;
    account->unnamed = profile->unnamed;
    for (slot = 0; slot < profile->rings; slot++) {
        const pika__ring *ring = pika__ring_of(profile, slot);
        account->events += ring->written;
        account->overwritten += ring->written - pika__ring_kept(profile, ring);
        account->too_deep += ring->too_deep;
        account->unbalanced += ring->unbalanced;
        account->unnamed += ring->unnamed;
    }
    return PIKA_OK;
}

PIKA_API pika_result pika_profile_encode_trace(pika_ctx *ctx, pika_write_fn *write_fn, void *user)
{
    const char *who = "pika_profile_encode_trace";
    pika__float_state saved;
    pika_result result = pika__check_profile(ctx, who);
    if (result != PIKA_OK) return result;
    if (write_fn == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "write_fn is NULL");
    pika__float_enter(&saved);
    result = pika__trace_encode(pika__profile_of(ctx), write_fn, user);
    pika__float_leave(&saved);
    return result == PIKA_ERR_IO ? pika__error(ctx, result, who, "write_fn said stop") : result;
}

PIKA_API pika_result pika_profile_write_trace(pika_ctx *ctx, const char *path)
{
    const char *who = "pika_profile_write_trace";
    #ifdef PIKA_NO_STDIO
    (void)path;
    return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who, "left out by PIKA_NO_STDIO");
    #else
    pika__float_state saved;
    pika__file file;
    pika_result result = pika__check_profile(ctx, who);
    if (result != PIKA_OK) return result;
    if (path == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "path is NULL");
    file.path = path;
    file.file = NULL;
    pika__float_enter(&saved);
    result = pika__trace_encode(pika__profile_of(ctx), pika__file_write, &file);
    pika__float_leave(&saved);
    return pika__file_finish(ctx, who, &file, result);
    #endif
}

PIKA_API pika_result pika_profile_log(pika_ctx *ctx)
{
    const char *who = "pika_profile_log";
    const pika_result result = pika__check_profile(ctx, who);
    pika__profile *profile = pika__profile_of(ctx);
    pika__float_state saved;
    pika_zone_stats *zones;
    size_t bytes;
    if (result != PIKA_OK) return result;
    bytes = (pika__zones_merge(profile, NULL) + 1) * sizeof *zones; /* at least one, for the allocator */
    ctx->profile = NULL;                                            /* its own scratch is not to be counted */
    zones = (pika_zone_stats *)pika__take(ctx, bytes);
    if (zones != NULL) {
        pika__float_enter(&saved);
        pika__log_profile(ctx, profile, zones, pika__zones_merge(profile, zones));
        pika__float_leave(&saved);
        pika__give(ctx, zones, bytes);
    }
    ctx->profile = profile;
    return zones != NULL ? PIKA_OK : pika__no_memory(ctx, who, bytes);
}
#endif /* PIKA_NO_PROFILER */
PIKA__PLAIN_END

/* ---- >>datasets: rows that are given once, and who draws them -----------------------------------------
   The host's half of every dataset, the CPU's backend, and the reference that other backends are held to. A
   dataset's columns are those of a stride that is not 0. A copy is one block: the columns packed, each from
   a multiple of 64 on, then a bitmap for each that has nulls. */
PIKA__PLAIN

PIKA_API void *pika_ctx_alloc(pika_ctx *ctx, size_t bytes, size_t align)
{
    const char *who = "pika_ctx_alloc";
    void *memory;
    if (pika__check_ctx(ctx, who) != PIKA_OK) return NULL;
    if (bytes == 0 || align > 64 || (align & (align - 1)) != 0) {
        pika__error_int(ctx, PIKA_ERR_INVALID, who,
                        "bytes is %, align is %: needs 1 or more, and a power of two up to 64", NULL,
                        (int64_t)bytes, (int64_t)align);
        return NULL;
    }
    memory = pika__alloc(ctx, bytes);
    if (memory == NULL) pika__no_memory(ctx, who, bytes);
    return memory;
}

PIKA_API void pika_ctx_release(pika_ctx *ctx, void *ptr, size_t bytes)
{
    if (pika__ctx_ready(ctx)) pika__release(ctx, ptr, bytes);
}

PIKA_API pika_result pika_ctx_fail(pika_ctx *ctx, pika_result result, const char *message)
{
    size_t length = 0;
    if (ctx == NULL || result == PIKA_OK) return result;
    if (message == NULL) message = "";
    while (length < sizeof ctx->error - 1 && message[length] != 0) length++;
    memmove(ctx->error, message, length); /* it may be the last error */
    ctx->error[length] = 0;
    return pika__tell_error(ctx, result);
}

PIKA_API void pika_ctx_log(pika_ctx *ctx, int level, const char *message)
{
    if (pika__ctx_ready(ctx) && message != NULL) pika__note(ctx, level, message);
}

PIKA__PRIV PIKA__COLD pika_result pika__check_backend(pika_ctx *ctx, const char *who,
                                                      const pika_backend *backend)
{
    const pika_result result = pika__check_ctx(ctx, who);
    if (result != PIKA_OK) return result;
    if (backend == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "backend is NULL");
    if (backend->caps == NULL || backend->estimate == NULL || backend->stats == NULL ||
        backend->create == NULL || backend->update == NULL || backend->destroy == NULL ||
        backend->aggregate == NULL)
        return pika__error_following(ctx, who, "backend is not initialised");
    return PIKA_OK;
}

PIKA_API pika_result pika_backend_caps(pika_ctx *ctx, const pika_backend *backend, pika_caps *caps)
{
    const char *who = "pika_backend_caps";
    const pika_result result = pika__check_backend(ctx, who, backend);
    if (result != PIKA_OK) return result;
    if (caps == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "caps is NULL");
    memset(caps, 0, sizeof *caps);
    return backend->caps(ctx, backend, caps);
}

PIKA_API pika_result pika_backend_get_stats(pika_ctx *ctx, const pika_backend *backend,
                                            pika_backend_stats *stats)
{
    const char *who = "pika_backend_get_stats";
    const pika_result result = pika__check_backend(ctx, who, backend);
    if (result != PIKA_OK) return result;
    if (stats == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "stats is NULL");
    memset(stats, 0, sizeof *stats);
    stats->reason = "";
    return backend->stats(ctx, backend, stats);
}

static const char *const pika__k_columns[4] = {"x", "y", "value", "category"};

PIKA__PRIV pika_column *pika__column(pika_points *points, int i)
{
    return i == 0 ? &points->x : i == 1 ? &points->y : i == 2 ? &points->value : &points->category;
}

/* A dataset's points from the caller's: the strides are told, what is absent is 0. */
PIKA__PRIV pika_result pika__describe_rows(pika_ctx *ctx, const char *who, const pika_points *points,
                                           int needs_data, pika_points *rows)
{
    int i;
    if (points == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "points is NULL");
    *rows = *points;
    for (i = 0; i < 4; i++) {
        pika_column *column = pika__column(rows, i), checked = *column;
        pika_result result;
        if (i >= 2 && column->data == NULL) {
            memset(column, 0, sizeof *column);
            continue;
        }
        if (rows->count == 0 || !needs_data) checked.data = who; /* any that is not NULL */
        result = pika__check_column(ctx, who, pika__k_columns[i], &checked, rows->count, i == 3);
        if (result != PIKA_OK) return result;
        column->stride = pika__stride(column);
    }
    return PIKA_OK;
}

/* Bit i: column i has a bitmap. */
PIKA__PRIV unsigned pika__nulls_of(const pika_points *rows)
{
    pika_points points = *rows;
    unsigned nulls = 0;
    int i;
    for (i = 0; i < 4; i++) nulls |= (unsigned)(pika__column(&points, i)->valid != NULL) << i;
    return nulls;
}

/* The bytes of a copy of so many rows; 0 = there is no room for them. block: NULL, or where they go. */
PIKA__PRIV size_t pika__place_rows(pika_points *rows, unsigned nulls, size_t capacity, uint8_t *block)
{
    size_t at = 0, bytes;
    int i, bitmaps;
    for (bitmaps = 0; bitmaps < 2; bitmaps++)
        for (i = 0; i < 4; i++) {
            pika_column *column = pika__column(rows, i);
            const size_t size = column->stride == 0 ? 0 : pika__type(column->type)->size;
            if (size == 0 || (bitmaps && (nulls >> i & 1) == 0)) continue;
            if (block != NULL && bitmaps) {
                column->valid = block + at;
            } else if (block != NULL) {
                column->data = block + at;
                column->stride = (ptrdiff_t)size;
                column->valid = NULL;
                column->valid_offset = 0;
            }
            if (!pika__mul_size(bitmaps ? capacity / 8 + 1 : capacity, bitmaps ? 1 : size, &bytes) ||
                !pika__add_size(bytes, 63, &bytes) || !pika__add_size(at, bytes & ~(size_t)63, &at))
                return 0;
        }
    return at;
}

#define PIKA__PACK(size) \
    for (i = 0; i < n; i++) memcpy(out + (size)*i, from + (ptrdiff_t)i * column->stride, (size)); \
    break

/* n values of any stride, one after the other. */
PIKA__PRIV void pika__pack_values(const pika_column *column, size_t n, uint8_t *out)
{
    const uint8_t *from = (const uint8_t *)column->data;
    const size_t size = pika__type(column->type)->size;
    size_t i;
    if (column->stride == (ptrdiff_t)size) {
        memcpy(out, from, n * size);
        return;
    }
    switch (size) {
    case 1: PIKA__PACK(1);
    case 2: PIKA__PACK(2);
    case 4: PIKA__PACK(4);
    default: PIKA__PACK(8);
    }
}

/* n rows into a copy's rows in block, from row `first` on. */
PIKA__PRIV void pika__pack_rows(const pika_points *rows, size_t n, const pika_points *copy, uint8_t *block,
                                size_t first)
{
    pika_points source = *rows, target = *copy;
    size_t i;
    int k;
    for (k = 0; k < 4 && n > 0; k++) {
        const pika_column *from = pika__column(&source, k), *to = pika__column(&target, k);
        uint8_t *bits;
        if (to->stride == 0) continue;
        pika__pack_values(from, n, block + (pika__row(to, first) - block));
        if (to->valid == NULL) continue;
        bits = block + (to->valid - block);
        for (i = 0; i < n; i++) {
            const uint8_t bit = pika__u8(1u << ((first + i) & 7));
            uint8_t *byte = bits + ((first + i) >> 3);
            *byte = pika__u8(pika__is_valid(from, i) ? *byte | (unsigned)bit : *byte & ~(unsigned)bit);
        }
    }
}

PIKA__PRIV PIKA__COLD pika_result pika__check_flags(pika_ctx *ctx, const char *who,
                                                    const pika_dataset_desc *desc, unsigned *flags)
{
    *flags = desc == NULL ? 0 : desc->flags;
    if (*flags <= PIKA_DATASET_DEVICE_ONLY) return PIKA_OK;
    return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                           "flags is %, needs 0, PIKA_DATASET_COPY or PIKA_DATASET_DEVICE_ONLY", NULL,
                           (int64_t)*flags, 0);
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__backend_estimate(pika_ctx *ctx, const pika_backend *backend,
                                                             const pika_points *points,
                                                             const pika_dataset_desc *dataset_desc,
                                                             const pika_grid_desc *grid_desc,
                                                             pika_memory_estimate *estimate)
{
    const char *who = "pika_backend_estimate";
    pika_result result = pika__check_backend(ctx, who, backend);
    pika_points rows;
    pika_dataset_desc desc;
    pika__layout layout;
    if (result != PIKA_OK) return result;
    if (estimate == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "estimate is NULL");
    result = pika__check_flags(ctx, who, dataset_desc, &desc.flags);
    if (result == PIKA_OK) result = pika__describe_rows(ctx, who, points, 0, &rows);
    if (result == PIKA_OK) result = pika__check_desc(ctx, who, grid_desc, &layout);
    if (result != PIKA_OK) return result;
    memset(estimate, 0, sizeof *estimate);
    return backend->estimate(ctx, backend, &rows, &desc, grid_desc, estimate);
}

PIKA_API pika_result pika_backend_estimate(pika_ctx *ctx, const pika_backend *backend,
                                           const pika_points *points, const pika_dataset_desc *dataset_desc,
                                           const pika_grid_desc *grid_desc, pika_memory_estimate *estimate)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    result = pika__backend_estimate(ctx, backend, points, dataset_desc, grid_desc, estimate);
    pika__float_leave(&saved);
    return result;
}

PIKA__PRIV pika_result pika__no_copy(pika_ctx *ctx, const char *who, size_t rows)
{
    return pika__error_int(ctx, PIKA_ERR_MEMORY, who, "a copy of % rows is larger than memory", NULL,
                           (int64_t)rows, 0);
}

PIKA__PRIV PIKA__COLD pika_result pika__dataset_create(pika_ctx *ctx, const pika_backend *backend,
                                                       pika_dataset *dataset, const pika_points *points,
                                                       const pika_dataset_desc *desc)
{
    const char *who = "pika_dataset_create";
    pika_result result = pika__check_backend(ctx, who, backend);
    pika_dataset before, made;
    int i;
    if (result != PIKA_OK) return result;
    if (dataset == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "dataset is NULL");
    if (dataset->backend != NULL)
        return pika__error(ctx, PIKA_ERR_INVALID, who, "dataset is in use (pika_dataset_free)");
    memset(&made, 0, sizeof made);
    made.backend = backend;
    result = pika__check_flags(ctx, who, desc, &made.flags);
    if (result == PIKA_OK) result = pika__describe_rows(ctx, who, points, 1, &made.points);
    if (result != PIKA_OK) return result;
    if ((made.flags & PIKA_DATASET_COPY) != 0) {
        pika_points rows = made.points;
        const unsigned nulls = pika__nulls_of(&rows);
        made.capacity = rows.count;
        if (rows.count > 0) {
            made.bytes = pika__place_rows(&made.points, nulls, rows.count, NULL);
            if (made.bytes == 0) return pika__no_copy(ctx, who, rows.count);
            made.memory = pika__alloc(ctx, made.bytes);
            if (made.memory == NULL) return pika__no_memory(ctx, who, made.bytes);
        }
        pika__place_rows(&made.points, nulls, rows.count, (uint8_t *)made.memory);
        pika__pack_rows(&rows, rows.count, &made.points, (uint8_t *)made.memory, 0);
    }
    before = *dataset;
    *dataset = made;
    result = backend->create(ctx, dataset);
    if (result != PIKA_OK) {
        pika__release(ctx, made.memory, made.bytes);
        *dataset = before;
    } else if ((made.flags & PIKA_DATASET_DEVICE_ONLY) != 0 || made.points.count == 0) {
        for (i = 0; i < 4; i++) { /* what is not here is not pointed at */
            pika_column *column = pika__column(&dataset->points, i);
            column->data = NULL;
            column->valid = NULL;
            column->valid_offset = 0;
        }
    }
    return result;
}

PIKA_API pika_result pika_dataset_create(pika_ctx *ctx, const pika_backend *backend, pika_dataset *dataset,
                                         const pika_points *points, const pika_dataset_desc *desc)
{
    pika_result result;
    PIKA__ZONE_BEGIN(ctx, "pika_dataset_create");
    result = pika__dataset_create(ctx, backend, dataset, points, desc);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? pika__points_bytes(points) : 0,
                   result == PIKA_OK ? points->count : 0);
    return result;
}

PIKA__PRIV PIKA__COLD pika_result pika__check_dataset(pika_ctx *ctx, const char *who,
                                                      const pika_dataset *dataset)
{
    const pika_result result = pika__check_ctx(ctx, who);
    if (result != PIKA_OK) return result;
    if (dataset == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "dataset is NULL");
    if (dataset->backend == NULL)
        return pika__error_following(ctx, who, "dataset is not created (pika_dataset_create)");
    return PIKA_OK;
}

/* Are these rows the dataset's from `first` on, where they lay? */
PIKA__PRIV int pika__is_in_place(const pika_dataset *dataset, const pika_points *points, size_t first)
{
    pika_points of = dataset->points, rows = *points;
    int i;
    for (i = 0; i < 4; i++) {
        const pika_column *a = pika__column(&of, i), *b = pika__column(&rows, i);
        const size_t bit = a->valid_offset + first;
        if (a->stride == 0) continue;
        if (a->data == NULL || pika__row(a, first) != (const uint8_t *)b->data || a->stride != b->stride ||
            (a->valid == NULL) != (b->valid == NULL))
            return 0;
        if (a->valid != NULL && (a->valid + (bit >> 3) != b->valid + (b->valid_offset >> 3) ||
                                 ((bit ^ b->valid_offset) & 7) != 0))
            return 0;
    }
    return 1;
}

/* Has the update the dataset's columns, and do borrowed rows lie where they must? */
PIKA__PRIV PIKA__COLD pika_result pika__check_update(pika_ctx *ctx, const char *who,
                                                     const pika_dataset *dataset, size_t first,
                                                     const pika_points *points)
{
    pika_points of = dataset->points, rows = *points;
    int i;
    if (first > of.count || rows.count > (size_t)-1 - first)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "first is %, the dataset has % rows", NULL,
                               (int64_t)first, (int64_t)of.count);
    for (i = 0; i < 4; i++) {
        const pika_column *a = pika__column(&of, i), *b = pika__column(&rows, i);
        if ((a->stride != 0) != (b->stride != 0))
            return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                                   a->stride != 0 ? "$ is absent, the dataset has it"
                                                  : "$ is there, the dataset has none",
                                   pika__k_columns[i], 0, 0);
        if (a->stride != 0 && a->type != b->type)
            return pika__error_int(ctx, PIKA_ERR_INVALID, who, "$.type is %, the dataset's is %",
                                   pika__k_columns[i], b->type, a->type);
    }
    if (dataset->flags != 0 || pika__is_in_place(dataset, points, first)) return PIKA_OK;
    if (first > 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "the rows from % on are borrowed and lie elsewhere: give all, from 0 on", NULL,
                               (int64_t)first, 0);
    if (rows.count < of.count)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "count is %, needs all % rows of the dataset in their new memory", NULL,
                               (int64_t)rows.count, (int64_t)of.count);
    return PIKA_OK;
}

PIKA__PRIV PIKA__COLD pika_result pika__dataset_update(pika_ctx *ctx, pika_dataset *dataset, size_t first,
                                                       const pika_points *points)
{
    const char *who = "pika_dataset_update";
    pika_result result = pika__check_dataset(ctx, who, dataset);
    pika_points rows, copy;
    pika_dataset grown;
    size_t count, old;
    unsigned nulls;
    if (result != PIKA_OK) return result;
    result = pika__describe_rows(ctx, who, points, 1, &rows);
    if (result != PIKA_OK) return result;
    old = dataset->points.count;
    if (rows.count == 0 && first <= old) return PIKA_OK;
    result = pika__check_update(ctx, who, dataset, first, &rows);
    if (result != PIKA_OK) return result;
    count = first + rows.count > old ? first + rows.count : old;
    nulls = pika__nulls_of(&rows) | pika__nulls_of(&dataset->points);
    memset(&grown, 0, sizeof grown);
    if ((dataset->flags & PIKA_DATASET_COPY) != 0 &&
        (count > dataset->capacity || nulls != pika__nulls_of(&dataset->points))) {
        const size_t half = dataset->capacity / 2;
        copy = dataset->points;
        grown.capacity = count <= dataset->capacity         ? dataset->capacity
                         : dataset->capacity > count - half ? dataset->capacity + half
                                                            : count;
        grown.bytes = pika__place_rows(&copy, nulls, grown.capacity, NULL);
        if (grown.bytes == 0) return pika__no_copy(ctx, who, grown.capacity);
        grown.memory = pika__alloc(ctx, grown.bytes);
        if (grown.memory == NULL) return pika__no_memory(ctx, who, grown.bytes);
        pika__place_rows(&copy, nulls, grown.capacity, (uint8_t *)grown.memory);
    }
    result = dataset->backend->update(ctx, dataset, first, &rows);
    if (result != PIKA_OK) {
        pika__release(ctx, grown.memory, grown.bytes);
        return result;
    }
    if (grown.memory != NULL) {
        pika__pack_rows(&dataset->points, old, &copy, (uint8_t *)grown.memory, 0);
        pika__release(ctx, dataset->memory, dataset->bytes);
        dataset->points = copy;
        dataset->memory = grown.memory;
        dataset->bytes = grown.bytes;
        dataset->capacity = grown.capacity;
    }
    if ((dataset->flags & PIKA_DATASET_COPY) != 0)
        pika__pack_rows(&rows, rows.count, &dataset->points, (uint8_t *)dataset->memory, first);
    else if (dataset->flags == 0 && first == 0 && rows.count >= old) dataset->points = rows;
    dataset->points.count = count;
    return PIKA_OK;
}

PIKA_API pika_result pika_dataset_update(pika_ctx *ctx, pika_dataset *dataset, size_t first,
                                         const pika_points *points)
{
    pika_result result;
    PIKA__ZONE_BEGIN(ctx, "pika_dataset_update");
    result = pika__dataset_update(ctx, dataset, first, points);
    PIKA__ZONE_END(ctx, result == PIKA_OK ? pika__points_bytes(points) : 0,
                   result == PIKA_OK ? points->count : 0);
    return result;
}

PIKA_API void pika_dataset_free(pika_ctx *ctx, pika_dataset *dataset)
{
    if (dataset == NULL) return;
    if (dataset->backend != NULL && pika__ctx_ready(ctx)) {
        dataset->backend->destroy(ctx, dataset);
        pika__release(ctx, dataset->memory, dataset->bytes);
    }
    memset(dataset, 0, sizeof *dataset);
}

/* ---- the grid ---- */

PIKA__PLAIN_END

PIKA__PRIV uint64_t pika__sum_counts(const uint32_t *counts, size_t n)
{
    uint64_t sum = 0;
    size_t i;
    for (i = 0; i < n; i++) sum += counts[i];
    return sum;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__grid_store(pika_ctx *ctx, pika_grid *grid, unsigned plane,
                                                       int category, const void *cells)
{
    const char *who = "pika_grid_store";
    const uint8_t *from = (const uint8_t *)cells;
    pika_result result = pika__check_grid(ctx, who, grid);
    const unsigned has = plane == PIKA_SUM && result == PIKA_OK && (grid->desc.planes & PIKA_MEAN) != 0
                             ? (unsigned)PIKA_MEAN /* which is made of the sum */
                             : plane;
    int store;
    size_t n, i;
    uint8_t *to;
    if (result == PIKA_OK) result = pika__check_plane(ctx, who, grid, has);
    if (result != PIKA_OK) return result;
    if (category != 0 && (category < 0 || category >= grid->desc.categories))
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "category is %, the grid has %", NULL, category,
                               grid->desc.categories);
    if (cells == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "cells is NULL");
    store = plane == PIKA_COUNT  ? PIKA__COUNTS
            : plane == PIKA_MEAN ? PIKA__PRESENT
            : plane == PIKA_SUM  ? PIKA__SUMS
            : plane == PIKA_MIN  ? PIKA__MINS
            : plane == PIKA_MAX  ? PIKA__MAXS
                                 : PIKA__STORES;
    if (store == PIKA__STORES)
        return pika__error_int(ctx, PIKA_ERR_UNSUPPORTED, who, "plane is %, which is the CPU's to compute",
                               NULL, (int64_t)plane, 0);
    n = pika__cells_of(&grid->desc);
    to = (uint8_t *)grid->planes[store] + (size_t)category * n * pika__store_bytes(store);
    if (store == PIKA__COUNTS)
        grid->hits -= pika__sum_counts((const uint32_t *)grid->planes[store] + (size_t)category * n, n);
    memcpy(to, from, n * pika__store_bytes(store));
    if (store == PIKA__COUNTS)
        grid->hits += pika__sum_counts((const uint32_t *)grid->planes[store] + (size_t)category * n, n);
    if (store == PIKA__MINS || store == PIKA__MAXS) {
        double *values = (double *)grid->planes[store] + (size_t)category * n;
        for (i = 0; i < n; i++)
            if (values[i] == 0) values[i] = 0; /* no -0 */
    }
    return PIKA_OK;
}

PIKA_API pika_result pika_grid_store(pika_ctx *ctx, pika_grid *grid, unsigned plane, int category,
                                     const void *cells)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_grid_store");
    result = pika__grid_store(ctx, grid, plane, category, cells);
    PIKA__ZONE_END(ctx, 0, result == PIKA_OK ? pika__cells_of(&grid->desc) : 0);
    pika__float_leave(&saved);
    return result;
}

PIKA_API pika_result pika_grid_set_account(pika_ctx *ctx, pika_grid *grid, const pika_stats *stats)
{
    const char *who = "pika_grid_set_account";
    const pika_result result = pika__check_grid(ctx, who, grid);
    if (result != PIKA_OK) return result;
    if (stats == NULL) return pika__error(ctx, PIKA_ERR_INVALID, who, "stats is NULL");
    if (stats->inside > stats->total || stats->outside > stats->total - stats->inside ||
        stats->invalid != stats->total - stats->inside - stats->outside)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "total is %, but inside, outside and invalid do not add up to it", NULL,
                               (int64_t)stats->total, 0);
    if (stats->no_value > stats->inside)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "no_value is %, of % rows inside", NULL,
                               (int64_t)stats->no_value, (int64_t)stats->inside);
    if (stats->hits != grid->hits)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "hits is %, the sum of the grid's counts is %",
                               NULL, (int64_t)stats->hits, (int64_t)grid->hits);
    grid->total = stats->total;
    grid->inside = stats->inside;
    grid->outside = stats->outside;
    grid->invalid = stats->invalid;
    grid->no_value = stats->no_value;
    return PIKA_OK;
}

/* Can the dataset fill the grid? It has the columns, and the axes suit their types. */
PIKA__PRIV PIKA__COLD pika_result pika__check_fill(pika_ctx *ctx, const char *who,
                                                   const pika_dataset *dataset, const pika_grid *grid)
{
    pika_result result = pika__check_dataset(ctx, who, dataset);
    pika__axis rule;
    int axis;
    if (result != PIKA_OK) return result;
    if ((grid->desc.planes & PIKA__VALUE_PLANES) != 0 && dataset->points.value.stride == 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "the dataset has no value column, the grid's planes are %", NULL,
                               (int64_t)grid->desc.planes, 0);
    if (grid->desc.categories > 0 && dataset->points.category.stride == 0)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who,
                               "the dataset has no category column, the grid has % categories", NULL,
                               grid->desc.categories, 0);
    for (axis = 0; axis < 2 && result == PIKA_OK; axis++)
        result = pika__axis_init(ctx, who, &rule, &grid->desc.view, axis,
                                 axis == 0 ? dataset->points.x.type : dataset->points.y.type,
                                 pika__view_has_edges(&grid->desc.view, axis) ? grid->edges[axis] : NULL);
    return result;
}

PIKA__PRIV PIKA__NOINLINE pika_result pika__aggregate(pika_ctx *ctx, pika_dataset *dataset, pika_grid *grid)
{
    pika_result result = pika__check_grid(ctx, "pika_aggregate", grid);
    if (result != PIKA_OK) return result;
    result = pika__check_fill(ctx, "pika_aggregate", dataset, grid);
    if (result == PIKA_OK && dataset->points.count > 0)
        result = dataset->backend->aggregate(ctx, dataset, grid);
    else pika__clear(grid);
    if (result != PIKA_OK && result != PIKA_ERR_GPU) pika__clear(grid);
    return result;
}

PIKA_API pika_result pika_aggregate(pika_ctx *ctx, pika_dataset *dataset, pika_grid *grid)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_aggregate");
    result = pika__aggregate(ctx, dataset, grid);
    PIKA__ZONE_END(ctx, 0, result == PIKA_OK ? dataset->points.count : 0);
    pika__float_leave(&saved);
    return result;
}

/* ---- the CPU's backend: it has no state, and needs nothing of a dataset but its rows ---- */

PIKA__PRIV pika_result pika__cpu_caps(pika_ctx *ctx, const pika_backend *backend, pika_caps *caps)
{
    const int threads = pika__threads(ctx);
    pika__text device;
    (void)backend;
    memcpy(caps->backend, "cpu", 4);
    device.out = caps->device;
    device.length = 0;
    device.capacity = sizeof caps->device;
    pika__put_string(&device, PIKA__MACHINE " ");
    pika__put_string(&device, pika__k_isa_names[pika__isa(ctx)]);
    pika__put_string(&device, ", ");
    pika__put_int(&device, threads);
    pika__put_string(&device, threads == 1 ? " thread" : " threads");
    caps->planes = PIKA__ALL_PLANES;
    caps->memory = ctx == NULL ? 0 : ctx->desc.memory_limit;
    return PIKA_OK;
}

PIKA__PRIV pika_result pika__cpu_no_device(pika_ctx *ctx, const char *who)
{
    return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who,
                       "flags has PIKA_DATASET_DEVICE_ONLY, but the CPU's rows are the host's");
}

PIKA__PRIV pika_result pika__cpu_estimate(pika_ctx *ctx, const pika_backend *backend,
                                          const pika_points *points, const pika_dataset_desc *dataset_desc,
                                          const pika_grid_desc *grid_desc, pika_memory_estimate *estimate)
{
    pika_points rows = *points;
    (void)backend;
    (void)grid_desc;
    if ((dataset_desc->flags & PIKA_DATASET_DEVICE_ONLY) != 0)
        return pika__cpu_no_device(ctx, "pika_backend_estimate");
    if ((dataset_desc->flags & PIKA_DATASET_COPY) == 0 || rows.count == 0) return PIKA_OK;
    estimate->host = pika__place_rows(&rows, pika__nulls_of(&rows), rows.count, NULL);
    return estimate->host != 0 ? PIKA_OK : pika__no_copy(ctx, "pika_backend_estimate", rows.count);
}

PIKA__PRIV pika_result pika__cpu_stats(pika_ctx *ctx, const pika_backend *backend, pika_backend_stats *stats)
{
    (void)ctx;
    (void)backend;
    (void)stats;
    return PIKA_OK;
}

PIKA__PRIV pika_result pika__cpu_create(pika_ctx *ctx, pika_dataset *dataset)
{
    if ((dataset->flags & PIKA_DATASET_DEVICE_ONLY) == 0) return PIKA_OK;
    return pika__cpu_no_device(ctx, "pika_dataset_create");
}

PIKA__PRIV pika_result pika__cpu_update(pika_ctx *ctx, pika_dataset *dataset, size_t first,
                                        const pika_points *points)
{
    (void)ctx;
    (void)dataset;
    (void)first;
    (void)points;
    return PIKA_OK;
}

PIKA__PRIV void pika__cpu_destroy(pika_ctx *ctx, pika_dataset *dataset)
{
    (void)ctx;
    (void)dataset;
}

PIKA__PRIV pika_result pika__cpu_aggregate(pika_ctx *ctx, pika_dataset *dataset, pika_grid *grid)
{
    pika__clear(grid);
    return pika__add_points(ctx, grid, &dataset->points);
}

PIKA_API const pika_backend *pika_cpu_backend(void)
{
    static const pika_backend cpu = {NULL,
                                     pika__cpu_caps,
                                     pika__cpu_estimate,
                                     pika__cpu_stats,
                                     pika__cpu_create,
                                     pika__cpu_update,
                                     pika__cpu_destroy,
                                     pika__cpu_aggregate,
                                     NULL,
                                     NULL};
    return &cpu;
}

/* ---- the reference ---- */

typedef struct pika__comparison {
    const pika_dataset *dataset;
    const pika_grid *actual, *expected; /* expected: with the extremes too, if there are bounds */
    pika_validation found;
} pika__comparison;

/* Is a sum or mean of the backend's off by no more than it states, and the CPU's additions may be? Those of n
   values lose at most n - 1 roundings of sums that are at most n times the largest value. */
PIKA__PRIV int pika__is_within_bound(pika__comparison *comparison, unsigned plane, size_t cell, double actual,
                                     double expected)
{
    const pika_grid *reference = comparison->expected;
    const double n = (double)((const uint32_t *)reference->planes[PIKA__PRESENT])[cell];
    const double low = ((const double *)reference->planes[PIKA__MINS])[cell];
    const double high = ((const double *)reference->planes[PIKA__MAXS])[cell];
    const double largest = -low > high ? -low : high, rounding = 2.220446049250313e-16; /* 2^-52, twice it */
    const double error = actual > expected ? actual - expected : expected - actual;
    double stated, allowed;
    if (!pika__is_finite(actual) || !pika__is_finite(expected) || !(n > 0)) return 0;
    stated = comparison->dataset->backend->sum_bound(comparison->dataset, n);
    allowed = stated + n * n * rounding * largest;
    if (plane == PIKA_MEAN) {
        stated /= n;
        allowed = allowed / n + rounding * largest; /* the quotients are rounded too */
    }
    if (stated > 0 && error / stated > comparison->found.largest_error)
        comparison->found.largest_error = error / stated;
    return error <= allowed;
}

PIKA__PRIV void pika__compare_plane(pika__comparison *comparison, unsigned plane, int category)
{
    const int bounded =
        comparison->dataset->backend->sum_bound != NULL && (plane == PIKA_SUM || plane == PIKA_MEAN);
    const size_t cells = pika__cells_of(&comparison->actual->desc), base = (size_t)category * cells;
    const size_t width = (size_t)comparison->actual->desc.view.width;
    pika_validation *found = &comparison->found;
    double actual[PIKA__KEYS], expected[PIKA__KEYS];
    size_t first, i;
    for (first = 0; first < cells; first += PIKA__KEYS) {
        const size_t n = pika__min_size(cells - first, PIKA__KEYS);
        pika__read_one(comparison->actual, plane, base + first, n, actual);
        pika__read_one(comparison->expected, plane, base + first, n, expected);
        for (i = 0; i < n; i++) {
            if (pika__bits64(actual[i]) == pika__bits64(expected[i]) ||
                (bounded &&
                 pika__is_within_bound(comparison, plane, base + first + i, actual[i], expected[i])))
                continue;
            if (found->differing++ > 0) continue;
            found->plane = plane;
            found->category = category;
            found->x = (int)((first + i) % width);
            found->y = (int)((first + i) / width);
            found->expected = expected[i];
            found->actual = actual[i];
        }
    }
    found->cells += cells;
}

/* Says what differs and whose it is. account: NULL, or the name of what differs beside the cells. */
PIKA__PRIV pika_result pika__mismatch(pika_ctx *ctx, const pika__comparison *comparison, const char *account,
                                      uint64_t actual, uint64_t expected)
{
    static const char *const planes[13] = {"count", "any",   "sum",  "mean",   "min",    "max",     "var",
                                           "std",   "first", "last", "argmin", "argmax", "coverage"};
    const pika_backend *backend = comparison->dataset->backend;
    const pika_validation *found = &comparison->found;
    pika_caps caps;
    pika_backend_stats stats;
    char out[200];
    pika__text text;
    memset(&caps, 0, sizeof caps);
    memset(&stats, 0, sizeof stats);
    backend->caps(ctx, backend, &caps);
    backend->stats(ctx, backend, &stats);
    text.out = out;
    text.length = 0;
    text.capacity = sizeof out;
    pika__put_string(&text, "pika_validate: ");
    if (found->differing > 0) {
        pika__put_string(&text, planes[pika__bit_length(found->plane) - 1]);
        pika__put_string(&text, " of cell ");
        pika__put_int(&text, found->x);
        pika__put_string(&text, ", ");
        pika__put_int(&text, found->y);
        pika__put_string(&text, ", category ");
        pika__put_int(&text, found->category);
        pika__put_string(&text, ", is ");
        pika__put_number(&text, found->actual);
        pika__put_string(&text, ", the CPU's ");
        pika__put_number(&text, found->expected);
    } else {
        pika__put_string(&text, account);
        pika__put_string(&text, " is ");
        pika__put_unsigned(&text, actual);
        pika__put_string(&text, ", the CPU's ");
        pika__put_unsigned(&text, expected);
    }
    pika__put_string(&text, "; ");
    pika__put_string(&text, caps.backend);
    pika__put_string(&text, ", strategy ");
    pika__put_int(&text, stats.strategy);
    pika__put_string(&text, ", ");
    pika__put_string(&text, caps.device);
    return pika_ctx_fail(ctx, PIKA_ERR_MISMATCH, out);
}

PIKA__PRIV pika_result pika__compare(pika_ctx *ctx, pika__comparison *comparison)
{
    const pika_grid *a = comparison->actual, *b = comparison->expected;
    const char *const names[6] = {"total", "inside", "outside", "invalid", "no_value", "hits"};
    const uint64_t actual[6] = {a->total, a->inside, a->outside, a->invalid, a->no_value, a->hits};
    const uint64_t expected[6] = {b->total, b->inside, b->outside, b->invalid, b->no_value, b->hits};
    unsigned plane;
    int category, i = 0;
    for (plane = 1; plane <= PIKA__ALL_PLANES; plane *= 2)
        for (category = 0; category == 0 || category < a->desc.categories; category++)
            if ((a->desc.planes & plane) != 0) pika__compare_plane(comparison, plane, category);
    while (i < 5 && actual[i] == expected[i]) i++;
    if (comparison->found.differing == 0 && actual[i] == expected[i]) return PIKA_OK;
    return pika__mismatch(ctx, comparison, names[i], actual[i], expected[i]);
}

PIKA__PRIV pika_result pika__validate(pika_ctx *ctx, pika_dataset *dataset, const pika_grid *grid,
                                      pika_validation *out)
{
    const char *who = "pika_validate";
    const unsigned sums = PIKA_SUM | PIKA_MEAN, bounds = PIKA_MEAN | PIKA_MIN | PIKA_MAX;
    pika_result result = pika__check_grid(ctx, who, grid);
    pika__comparison comparison;
    pika_grid_desc desc;
    pika_grid reference;
    pika_points rows;
    void *memory = NULL;
    size_t bytes = 0, needed;
    if (result == PIKA_OK) result = pika__check_fill(ctx, who, dataset, grid);
    if (result != PIKA_OK) return result;
    rows = dataset->points;
    if (rows.count > 0 && rows.x.data == NULL) {
        if (dataset->backend->fetch == NULL)
            return pika__error(ctx, PIKA_ERR_UNSUPPORTED, who,
                               "the rows are on the device alone, which does not give them back");
        result = dataset->backend->fetch(ctx, dataset, &rows, &memory, &bytes);
        if (result != PIKA_OK) return result;
    }
    memset(&comparison, 0, sizeof comparison);
    memset(&reference, 0, sizeof reference);
    desc = grid->desc;
    if (dataset->backend->sum_bound != NULL && (desc.planes & sums) != 0) desc.planes |= bounds;
    result = pika__grid_make(ctx, who, &reference, &desc, NULL, 0, &needed);
    if (result == PIKA_OK) result = pika__add_points(ctx, &reference, &rows);
    if (result == PIKA_OK) {
        comparison.dataset = dataset;
        comparison.actual = grid;
        comparison.expected = &reference;
        result = pika__compare(ctx, &comparison);
        if (out != NULL) *out = comparison.found;
    }
    pika_grid_free(ctx, &reference);
    pika__release(ctx, memory, bytes);
    return result;
}

PIKA_API pika_result pika_validate(pika_ctx *ctx, pika_dataset *dataset, const pika_grid *grid,
                                   pika_validation *out)
{
    pika__float_state saved;
    pika_result result;
    pika__float_enter(&saved);
    PIKA__ZONE_BEGIN(ctx, "pika_validate");
    result = pika__validate(ctx, dataset, grid, out);
    PIKA__ZONE_END(ctx, 0, result == PIKA_OK ? dataset->points.count : 0);
    pika__float_leave(&saved);
    return result;
}

/* ---- >>easy: the short way ----------------------------------------------------------------------------
   Nothing of its own: fit, aggregate, shade, write, and everything freed. */
PIKA__PLAIN

PIKA_API pika_result pika_points_to_image(pika_ctx *ctx, pika_image *image, const pika_points *points,
                                          int width, int height)
{
    pika_grid_desc desc;
    pika_grid grid;
    pika_image made;
    pika_result result;
    if (image == NULL) return pika__error(ctx, PIKA_ERR_INVALID, "pika_points_to_image", "image is NULL");
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    memset(&made, 0, sizeof made);
    desc.view.width = width;
    desc.view.height = height;
    result = pika_fit(ctx, points, &desc.view);
    if (result == PIKA_OK) result = pika_grid_alloc(ctx, &grid, &desc);
    if (result == PIKA_OK) result = pika_add_points(ctx, &grid, points);
    if (result == PIKA_OK) result = pika_image_alloc(ctx, &made, width, height);
    if (result == PIKA_OK) result = pika_shade(ctx, &made, &grid, NULL);
    pika_grid_free(ctx, &grid);
    if (result == PIKA_OK) *image = made;
    else pika_image_free(ctx, &made);
    return result;
}

PIKA_API pika_result pika_points_to_png(pika_ctx *ctx, const char *path, const pika_points *points, int width,
                                        int height)
{
    pika_image image;
    pika_result result;
    memset(&image, 0, sizeof image);
    if (path == NULL) return pika__error(ctx, PIKA_ERR_INVALID, "pika_points_to_png", "path is NULL");
    result = pika_points_to_image(ctx, &image, points, width, height);
    if (result == PIKA_OK) result = pika_write_png(ctx, path, &image);
    pika_image_free(ctx, &image);
    return result;
}
PIKA__PLAIN_END

/* ---- >>init: the context, and what this build is -------------------------------------------------------
   The last section: it knows every other one, and none knows it. */
PIKA__PLAIN

PIKA_API pika_result pika_ctx_init_version(pika_ctx *ctx, const pika_ctx_desc *desc, int version,
                                           size_t bytes)
{
    const char *who = "pika_ctx_init";
    pika_ctx_desc d;
    pika_result result = PIKA_OK;
    if (ctx == NULL) return PIKA_ERR_INVALID;
    if (version != PIKA_VERSION || bytes != sizeof *ctx)
        return PIKA_ERR_VERSION; /* its size may differ: untouched */
    memset(ctx, 0, sizeof *ctx);
    memset(&d, 0, sizeof d);
    if (desc != NULL) d = *desc;
    ctx->desc.log_fn = d.log_fn; /* for the messages of this call */
    ctx->desc.log_user = d.log_user;
    if (d.threads < 0)
        result =
            pika__error_int(ctx, PIKA_ERR_INVALID, who, "threads is %, needs 0 or more", NULL, d.threads, 0);
    else if (d.isa < PIKA_ISA_AUTO || d.isa > PIKA_ISA_WASM128)
        result =
            pika__error_int(ctx, PIKA_ERR_INVALID, who, "isa is %, needs a pika_isa, 0..6", NULL, d.isa, 0);
    else if (d.strategy < PIKA_STRATEGY_AUTO || d.strategy > PIKA_STRATEGY_TILES)
        result =
            pika__error_int(ctx, PIKA_ERR_INVALID, who, "strategy is %, needs 0..3", NULL, d.strategy, 0);
    else if ((d.alloc_fn == NULL) != (d.free_fn == NULL))
        result = pika__error(ctx, PIKA_ERR_INVALID, who, "one of alloc_fn and free_fn is NULL");
    else if (d.scratch == NULL && d.scratch_bytes != 0)
        result = pika__error_int(ctx, PIKA_ERR_INVALID, who, "scratch is NULL, but scratch_bytes is %", NULL,
                                 (int64_t)d.scratch_bytes, 0);
    else if (d.isa != PIKA_ISA_AUTO && !pika__isa_runs(d.isa))
        result =
            pika__error_int(ctx, PIKA_ERR_UNSUPPORTED, who, "isa is $, which this build or CPU does not have",
                            pika__k_isa_names[d.isa], 0, 0);
    ctx->desc = d;
    ctx->isa = d.isa != PIKA_ISA_AUTO ? d.isa : pika_cpu_isa();
    ctx->threads = pika__thread_count(&d);
    if (result == PIKA_OK) ctx->ready = PIKA_VERSION;
    return result;
}

PIKA_API pika_result(pika_ctx_init)(pika_ctx *ctx, const pika_ctx_desc *desc)
{
    return pika_ctx_init_version(ctx, desc, PIKA_VERSION, sizeof *ctx);
}

PIKA_API void pika_ctx_free(pika_ctx *ctx)
{
    if (ctx == NULL || ctx->ready != PIKA_VERSION) return;
    pika__pool_stop(ctx);
    pika_profile_stop(ctx);
    pika__trim(ctx);
    memset(ctx, 0, sizeof *ctx);
}

PIKA_API pika_result pika_memory_get_stats(const pika_ctx *ctx, pika_memory_stats *stats)
{
    if (ctx == NULL || ctx->ready != PIKA_VERSION || stats == NULL) return PIKA_ERR_INVALID;
    stats->live_bytes = ctx->live_bytes;
    stats->peak_bytes = ctx->peak_bytes;
    stats->held_bytes = ctx->held_bytes;
    stats->hits = ctx->pool_hits;
    stats->misses = ctx->pool_misses;
    return PIKA_OK;
}

PIKA_API pika_result pika_memory_reserve(pika_ctx *ctx, size_t bytes, int count)
{
    const char *who = "pika_memory_reserve";
    pika_result result = pika__check_ctx(ctx, who);
    size_t size, all;
    if (result != PIKA_OK) return result;
    if (ctx == NULL || bytes == 0 || count < 1)
        return pika__error_int(ctx, PIKA_ERR_INVALID, who, "bytes is %, count is %: both need 1 or more",
                               NULL, (int64_t)bytes, count);
    size = pika__scratch_size(ctx, bytes);
    if (!pika__mul_size(size, (size_t)count, &all) || all > pika__pool_limit(ctx) ||
        ctx->held_bytes > pika__pool_limit(ctx) - all)
        return pika__error_int(ctx, PIKA_ERR_SIZE, who, "% blocks more would pass pool_bytes, %", NULL, count,
                               (int64_t)pika__pool_limit(ctx));
    for (; count > 0; count--) {
        void *block = pika__fetch(ctx, size);
        if (block == NULL) return pika__no_memory(ctx, who, size);
        pika__release(ctx, block, size);
    }
    return PIKA_OK;
}

PIKA_API void pika_memory_trim(pika_ctx *ctx)
{
    if (ctx != NULL && ctx->ready == PIKA_VERSION) pika__trim(ctx);
}

PIKA_API const char *pika_last_error(const pika_ctx *ctx) { return ctx == NULL ? "" : ctx->error; }

PIKA_API pika_result pika_status(pika_ctx *ctx)
{
    pika_result status;
    if (ctx == NULL) return PIKA_OK;
    status = (pika_result)ctx->status;
    if (ctx->ready != PIKA_VERSION) return status != PIKA_OK ? status : PIKA_ERR_INVALID;
    ctx->status = PIKA_OK;
    return status;
}

PIKA_API size_t pika_scratch_bytes(const pika_ctx_desc *ctx_desc, const pika_grid_desc *desc)
{
    const int threads = pika__thread_count(ctx_desc);
    const size_t tables = (size_t)(threads < PIKA__SCANS ? threads : PIKA__SCANS) * (PIKA__TABLE * 4 + 64);
    const size_t bands = threads > 1 ? (size_t)(threads < 8 ? threads : 8) * (5 << 18) : 384 * 1024;
    const size_t image = tables > bands ? tables : bands; /* shading's tables; PNG's state at any level */
    const size_t endless = (size_t)-1 / 2;
    pika__private_layout layout;
    pika__tiles_layout tiles;
    size_t add = 0;
    int has_values, kind;
    if (pika_grid_bytes(desc) == 0) return 0;
    has_values = (desc->planes & PIKA__VALUE_PLANES) != 0;
    if (!has_values || threads > 1 || pika__asked_strategy(ctx_desc) >= PIKA_STRATEGY_PRIVATE) {
        pika__tiles_layout_init(&tiles, desc, threads, has_values ? 16 : 4, endless);
        add = tiles.bytes;
    }
    if (threads == 1 && pika__padded_bytes(desc) > add) add = pika__padded_bytes(desc);
    for (kind = PIKA__CELLS_CARRIES; !has_values && kind <= PIKA__CELLS_WORDS; kind++)
        if ((kind != PIKA__CELLS_WORDS || pika__all_cells(desc) <= PIKA__MOST_WORDS) &&
            pika__private_layout_init(&layout, desc, threads, endless, kind) &&
            layout.bytes < endless / (size_t)threads && layout.bytes * (size_t)threads > add)
            add = layout.bytes * (size_t)threads;
    if (add < image) add = image;
#ifdef PIKA__THREADS
    add += threads > 1 ? sizeof(pika__pool) + 64 : 0;
#endif
    return add + 64;
}

PIKA_API const char *pika_result_string(pika_result result)
{
    switch (result) {
    case PIKA_OK: return "PIKA_OK";
    case PIKA_ERR_INVALID: return "PIKA_ERR_INVALID";
    case PIKA_ERR_MEMORY: return "PIKA_ERR_MEMORY";
    case PIKA_ERR_SIZE: return "PIKA_ERR_SIZE";
    case PIKA_ERR_MISMATCH: return "PIKA_ERR_MISMATCH";
    case PIKA_ERR_IO: return "PIKA_ERR_IO";
    case PIKA_ERR_UNSUPPORTED: return "PIKA_ERR_UNSUPPORTED";
    case PIKA_ERR_VERSION: return "PIKA_ERR_VERSION";
    case PIKA_ERR_GPU: return "PIKA_ERR_GPU";
    case PIKA_ERR_CANCELLED: return "PIKA_ERR_CANCELLED";
    }
    return "?";
}

PIKA_API const char *pika_isa_string(int isa)
{
    return isa < 0 || isa > PIKA_ISA_WASM128 ? "?" : pika__k_isa_names[isa];
}

PIKA_API int pika_version(void) { return PIKA_VERSION; }

#define PIKA__TEXT2(x) #x
#define PIKA__TEXT(x) PIKA__TEXT2(x)
PIKA_API const char *pika_build_info(void)
{
    return "pika " PIKA_VERSION_STRING
#if defined(__TINYC__)
           ", tcc"
#elif defined(__clang__)
           ", clang " PIKA__TEXT(__clang_major__)
#elif defined(__GNUC__)
           ", gcc " PIKA__TEXT(__GNUC__)
#elif defined(_MSC_VER)
           ", msvc " PIKA__TEXT(_MSC_VER)
#endif
           ", " PIKA__MACHINE ", scalar"
#ifdef PIKA__HAVE_SSE2
           " sse2"
#endif
#ifdef PIKA__HAVE_AVX2
           " avx2"
#endif
#ifdef PIKA__HAVE_AVX512
           " avx512"
#endif
#ifdef PIKA__HAVE_NEON
           " neon"
#endif
#ifdef PIKA__HAVE_WASM128
           " wasm128"
#endif
#if defined(PIKA__WIN32_THREADS)
           ", win32 threads"
#elif defined(PIKA__POSIX_THREADS)
               ", posix threads"
#else
               ", no threads"
#endif
#if defined(__FAST_MATH__) || defined(_M_FP_FAST)
           ", fast math: results are safe, but not the same bits as elsewhere"
#elif defined(PIKA__X87)
               ", x87: results are safe, but not the same bits as elsewhere"
#endif
        ;
}
PIKA__PLAIN_END
PIKA__LEAN_END

#if defined(_MSC_VER)
    #pragma warning(pop)
#elif defined(__GNUC__) && !defined(__clang__) && defined(__cplusplus)
    #pragma GCC diagnostic pop
#endif
#endif /* PIKA__IMPLEMENTED */

/* ---- >>end: licence -------------------------------------------------------------------------------------
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

   All changes: 0.1.0 first version; 0.2.0 speed, profiler, memory pool; 0.3.0 datasets, backends;
   0.4.0 marks. */
