/* pika.h - v0.1.0 - millions of (x, y) values to an exact grid, a picture and a PNG, in one C99 file
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
      pika_grid grid;                 pika_grid_alloc(&ctx, &grid, &desc);       where the counts go
                                      pika_add_points(&ctx, &grid, &points);     ... as often as you like
      pika_image image;               pika_image_alloc(&ctx, &image, 1200, 800);
                                      pika_shade(&ctx, &image, &grid, NULL);     numbers to colours
                                      pika_write_png(&ctx, "density.png", &image);
                                      if (pika_status(&ctx) != PIKA_OK) puts(pika_last_error(&ctx));

   WHAT IT DOES                                       WHAT IT DOES NOT
      - points of ten types, any stride, with nulls      - windows, events, interaction
      - linear, log10 and symlog axes, tiles             - reading files (tools/pika.c does)
      - count, sum, mean, min, max, var, std, first,     - fitting, statistics beyond the cell
        last, row of the extreme; by category            - axes and text (a later version)
      - eq_hist, log, linear and cbrt shading            - guessing: every row is accounted for
      - PNG, PPM, RGB565 and other framebuffers
      - the same bits on every CPU, compiler and thread count

   CONTENTS (search for the tag)
      public           >>types >>context >>columns >>views >>grids >>points >>colormaps >>shading >>images
                       >>short
      implementation   >>impl >>base >>floats >>format >>platform >>memory >>pool >>simd >>loads >>wide
                       >>edges >>axes >>kernels >>layout >>reduce >>map >>add >>read >>merge >>fit >>maps
                       >>scales >>shade >>deflate >>png >>spread >>easy >>init >>end

   CONFIGURATION (define before the implementation include; none changes the declarations)
      PIKA_STATIC              all functions static: private copies in several files
      PIKA_API                 your own export macro in place of extern (also where you only include)
      PIKA_USER_CONFIG         a file name, included first thing in the implementation
      PIKA_ASSERT(c)           internal invariants only, never user errors; default assert
      PIKA_MALLOC, PIKA_FREE   both or neither; default malloc and free
      PIKA_NO_MALLOC           no default allocator: memory comes from you, or PIKA_ERR_MEMORY
      PIKA_NO_STDIO            calls with a path return PIKA_ERR_UNSUPPORTED
      PIKA_NO_THREADS          no pool; the caller's parallel_for still works
      PIKA_NO_SIMD             scalar code only;  PIKA_NO_AVX2, PIKA_NO_AVX512, PIKA_NO_NEON drop one level
      PIKA_FORCE_MINGW_AVX     AVX with gcc on Windows, which is off: gcc bug 54412 crashes there
      PIKA_NO_PNG              drops the PNG writer
      PIKA_NO_COLORMAP_DATA    keeps viridis and grey
      PIKA_MAX_THREADS         default 64

   THE RULES
      Cells         An axis [lo, hi] with n cells: v is inside when lo <= v <= hi; its cell is
                    min((int)((v - lo) * s), n - 1) with s = n / (hi - lo). f32 and integers of up to 16 bits
                    in float, everything else in double; i64 and u64 subtract `origin` exactly first.
                    log10 and symlog by a table of edges, each the nearest double to the real number.
      Invalid       NaN, null, <= 0 on a log axis, a category out of range: counted, never drawn.
                    Outside: out of range, infinities too. inside + outside + invalid == total, always.
      Rows          Grid row 0 holds the lowest y. Image row 0 is the top. pika_shade flips.
      Memory        Only functions called alloc, and scratch for threads, shading and PNG, allocate: from your
                    allocator; all scratch is given back before the call returns. Each comment says how much.
      Errors        Every call returns pika_result; pika_last_error says which field and value. On error
                    nothing has changed, but for PIKA_ERR_SIZE and _CANCELLED of pika_add_points, see there.
      Threads       Different contexts: anything at the same time. One context, one grid: one call at a time.
                    Read-only calls (shade, read, stats) on one grid: any number of contexts. ctx NULL: one
                    thread, PIKA_MALLOC, fully reentrant. Do not throw or longjmp out of a callback.
      Same bits     Grids and pictures are identical for every instruction set, thread count, compiler and
                    optimisation level that keeps IEEE arithmetic. With -ffast-math, /fp:fast or x87 they are
                    memory-safe and accounted for, no more; pika_build_info() says so.
      Limits        32768 cells per side, 2^32 - 2 cells in all with categories, 2^32 - 1 points per cell.
      Stack         16 KiB at most.

   CHANGES
      0.1.0  first version: points, shading, PNG */

#ifndef PIKA_H_INCLUDED
#define PIKA_H_INCLUDED
#include <stddef.h>
#include <stdint.h>

#define PIKA_VERSION_MAJOR 0
#define PIKA_VERSION_MINOR 1
#define PIKA_VERSION_PATCH 0
#define PIKA_VERSION (PIKA_VERSION_MAJOR * 10000 + PIKA_VERSION_MINOR * 100 + PIKA_VERSION_PATCH)
#define PIKA_VERSION_STRING "0.1.0"

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
    void *(*alloc_fn)(size_t size, size_t align, void *user); /* align: a power of two <= 64; may return NULL */
    void (*free_fn)(void *ptr, size_t size, void *user);      /* both or neither */
    void *alloc_user;
    size_t memory_limit; /* live bytes from alloc_fn or malloc; 0 = none. Past it: PIKA_ERR_MEMORY */
    pika_log_fn *log_fn;
    void *log_user; /* callbacks run on the thread that called pika */
    pika_progress_fn *progress_fn;
    void *progress_user;
    void *scratch; /* used before alloc_fn; any alignment; kept until pika_ctx_free */
    size_t scratch_bytes;
    int strategy; /* PIKA_STRATEGY_AUTO = 0, _DIRECT, _PRIVATE, _TILES: for tests and reports */
} pika_ctx_desc;

/* Not copied or moved once initialised. Private but for reading live_bytes and peak_bytes. */
typedef struct pika_ctx {
    int ready; /* PIKA_VERSION between init and free */
    int isa, threads, status;
    pika_ctx_desc desc;
    size_t live_bytes, peak_bytes; /* from alloc_fn */
    size_t scratch_used;
    void *pool;
    char error[200];
} pika_ctx;

/* Checks the descriptor and chooses the instruction set. desc NULL = defaults. Allocates and starts nothing;
   the pool starts with the first call that is worth it.
   PIKA_ERR_INVALID: threads < 0, unknown isa or strategy, one of alloc_fn and free_fn, scratch_bytes without
   scratch. PIKA_ERR_UNSUPPORTED: an instruction set that this build or CPU lacks. */
PIKA_API pika_result pika_ctx_init(pika_ctx *ctx, const pika_ctx_desc *desc);
/* The same, told which version of the header the caller was compiled with: PIKA_ERR_VERSION if they differ.
   The macro below makes every pika_ctx_init this one, so that a stale object file is an error, not a crash. */
PIKA_API pika_result pika_ctx_init_version(pika_ctx *ctx, const pika_ctx_desc *desc, int version, size_t bytes);
#define pika_ctx_init(ctx, desc) pika_ctx_init_version((ctx), (desc), PIKA_VERSION, sizeof(pika_ctx))
/* Joins the threads and forgets all; a zeroed or freed context: nothing. Free grids and images first. */
PIKA_API void pika_ctx_free(pika_ctx *ctx);
PIKA_API const char *pika_last_error(const pika_ctx *ctx); /* never NULL; "" when there was none, or ctx is NULL */
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
    int64_t origin; /* i64 and u64 on a linear axis: lo and hi count from here. Nanoseconds stay exact. Else 0 */
    int scale;      /* PIKA_LINEAR, PIKA_LOG10, PIKA_SYMLOG */
    double linear;  /* symlog: u = sign(v) * log(1 + |v| / linear); default 1 */
} pika_axis;

enum {
    PIKA_HALF_OPEN_X = 1, PIKA_HALF_OPEN_Y = 2, PIKA_HALF_OPEN = 3, /* v == hi is outside: independent neighbours */
    PIKA_EXACT_EDGES = 4, /* linear axes by numpy's linspace edges: the grid equals numpy.histogram2d */
    PIKA_FIT_GROW = 8     /* pika_fit widens the ranges that are there */
};

typedef struct pika_view {
    int width, height; /* cells, 1..32768 */
    unsigned flags;    /* PIKA_HALF_OPEN_X, ..., or-ed */
    pika_axis x, y;
    int first_x, first_y, total_width, total_height; /* a tile: the axes describe a whole of total_width x
        total_height cells (up to 2^30 a side) and the grid holds those from (first_x, first_y). 0, 0 = no tile */
} pika_view;

/* Sets both ranges of the view to those of the rows that are valid and finite on both axes (positive ones on a
   log axis); scale, size and flags stay. One value v alone: v +- max(0.5, |v| / 1024), on a log axis v / 2 to
   2 v. i64 and u64 on a linear axis: origin = the smallest value, lo = 0. With PIKA_FIT_GROW a range that is
   there (lo < hi) is widened.   Allocates nothing. Cost: about 1 ns a row, one thread.
   PIKA_ERR_INVALID: no usable row, a bad column or scale; the view is unchanged. */
PIKA_API pika_result pika_fit(pika_ctx *ctx, const pika_points *points, pika_view *view);
/* The edges that decide, for a column of this type, as doubles: out[i] is the smallest value of cell i (of the
   tile), out[n] the largest that is inside (or, half open, the first that is not); n = width or height, axis
   0 = x, 1 = y, n + 1 doubles are written.   i64 and u64: relative to origin. Cost: 1 us an edge. */
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
    PIKA_ARGMIN = 1 << 10, PIKA_ARGMAX = 1 << 11, /* row of the smallest, largest value; the first of equals */
    PIKA_COVERAGE = 1 << 12 /* anti-aliased marks, in cells */
};
#define PIKA_ALL_CATEGORIES (-1)

typedef struct pika_grid_desc {
    unsigned planes; /* or-ed; 0 = PIKA_COUNT */
    int categories;  /* k > 0: every plane k times, one after the other */
    pika_view view;
} pika_grid_desc;

/* In the caller's struct; its cells in pika's memory (alloc) or the caller's (init). Private: read through calls. */
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

/* What alloc and init would say of the descriptor: PIKA_ERR_INVALID with the field and value, PIKA_ERR_SIZE past
   2^32 - 2 cells or the address space. */
PIKA_API pika_result pika_grid_check(pika_ctx *ctx, const pika_grid_desc *desc);
/* An empty grid in one allocation of pika_grid_bytes: 4 bytes a cell for count, 4 for the number of values where
   a plane needs it, 8 for each value plane (var and std share 16), and the edge tables. */
PIKA_API pika_result pika_grid_alloc(pika_ctx *ctx, pika_grid *grid, const pika_grid_desc *desc);
PIKA_API size_t pika_grid_bytes(const pika_grid_desc *desc); /* 0 = refused, see pika_grid_check */
/* An empty grid in the caller's memory, 8-aligned; exactly pika_grid_bytes suffice, one less is PIKA_ERR_SIZE. */
PIKA_API pika_result pika_grid_init(pika_grid *grid, const pika_grid_desc *desc, void *memory, size_t bytes);
/* What add, shade and write can use beside the grid: as ctx scratch no call allocates; with less, or none, they
   take a slower way to the same result. */
PIKA_API size_t pika_scratch_bytes(const pika_ctx_desc *ctx_desc, const pika_grid_desc *desc);
PIKA_API void pika_grid_free(pika_ctx *ctx, pika_grid *grid); /* of init's memory: only forgets; zeroed: nothing */
PIKA_API void pika_grid_clear(pika_ctx *ctx, pika_grid *grid);
/* Looks elsewhere with the same width and height; clears. Allocates nothing. PIKA_ERR_MISMATCH: another size. */
PIKA_API pika_result pika_grid_set_view(pika_ctx *ctx, pika_grid *grid, const pika_view *view);
PIKA_API const pika_grid_desc *pika_grid_get_desc(const pika_grid *grid); /* NULL of a zeroed grid */
/* dst += src: same view, planes and categories (else PIKA_ERR_MISMATCH); src's rows follow dst's. Sums are dst +
   src, var by Chan, Golub and LeVeque's formula. PIKA_ERR_SIZE where a cell would pass 2^32 - 1; dst unchanged. */
PIKA_API pika_result pika_grid_merge(pika_ctx *ctx, pika_grid *dst, const pika_grid *src);
/* width * height (* categories) counts, row 0 = lowest y; NULL of a zeroed grid. */
PIKA_API const uint32_t *pika_grid_counts(const pika_grid *grid);
/* One plane as width * height doubles. category: 0..categories - 1, or PIKA_ALL_CATEGORIES for all together (0
   is that where there are none). Empty cells: count, any, sum and coverage 0, row indices -1, else NaN. */
PIKA_API pika_result pika_grid_read(pika_ctx *ctx, const pika_grid *grid, unsigned plane, int category,
                                    double *out);
PIKA_API pika_result pika_grid_stats(pika_ctx *ctx, const pika_grid *grid, pika_stats *stats); /* a scan */
/* The cells with a row, sorted by index (y * width + x, plus category * width * height), and their counts.
   *cells is their number. index and count NULL: only that. PIKA_ERR_SIZE: capacity is less; nothing written
   but *cells. */
PIKA_API pika_result pika_grid_nonempty(pika_ctx *ctx, const pika_grid *grid, uint32_t *index, uint32_t *count,
                                        size_t capacity, size_t *cells);

/* ---- >>points: rows into the grid -------------------------------------------------------------------- */

/* Adds rows to the grid: counts, and values to every value plane. Any number of calls (chunks) make one grid.
   Allocates: nothing on one thread; with threads scratch, and without it the call runs on one.
   PIKA_ERR_INVALID: a column is absent or bad, or the axis range is too narrow or wide for its type; nothing has
   been added. PIKA_ERR_SIZE (a count would pass 2^32 - 1) and PIKA_ERR_CANCELLED: the grid holds exactly the
   first k rows, `total` has risen by k, so the caller can go on from row k. */
PIKA_API pika_result pika_add_points(pika_ctx *ctx, pika_grid *grid, const pika_points *points);

/* ---- >>colormaps: 256 colours from stops ------------------------------------------------------------- */

#define PIKA_RGBA(r, g, b, a) \
    (((uint32_t)(r) << 24) | ((uint32_t)(g) << 16) | ((uint32_t)(b) << 8) | (uint32_t)(a)) /* 0xRRGGBBAA */

/* A list of stops, straight sRGB, interpolated in sRGB bytes as everyone does. Yours work like the built-in ones. */
typedef struct pika_colormap {
    const char *name;        /* for lookup and legends; may be NULL */
    const uint32_t *colors;  /* 0xRRGGBBAA, from lowest to highest value */
    const double *positions; /* 0..1, rising; NULL = evenly spaced */
    int count;               /* 1..256 stops */
    int stepped;             /* 1 = no interpolation: bands of equal width (positions are not read) */
} pika_colormap;

/* "viridis" "magma" "inferno" "plasma" "cividis" "turbo" "fire" "ice" "grey" "coolwarm" "spectral" "category";
   NULL when there is none of that name. Each may be followed by "_r": reversed, where listed. */
PIKA_API const pika_colormap *pika_colormap_find(const char *name);
PIKA_API int pika_colormap_count(void);
PIKA_API const pika_colormap *pika_colormap_get(int index); /* NULL out of range */
/* Resolves to 256 colours. PIKA_ERR_INVALID: count outside 1..256, colors NULL, positions that fall. */
PIKA_API pika_result pika_colormap_table(const pika_colormap *map, uint32_t table[256]);

/* ---- >>shading: grid to image ------------------------------------------------------------------------ */

enum { PIKA_SHADE_EQ_HIST = 0, PIKA_SHADE_LINEAR, PIKA_SHADE_LOG, PIKA_SHADE_CBRT };

/* Which value has which colour: level i of 256 covers edge[i] <= v < edge[i + 1]; below is level 0, above 255.
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
    double lo, hi;                 /* fixed range, every transfer; lo == hi: from the data (finite, non-empty) */
    uint32_t background;           /* of empty cells, 0xRRGGBBAA; 0 = transparent */
    const pika_color_scale *scale; /* use this map instead of computing one */
    pika_color_scale *scale_out;   /* the map that was used */
    const uint32_t *category_colors; /* one per category; default: the palette "category", again and again */
    double alpha_floor;              /* mixed categories: alpha of the lowest total, 0..1; default 40/255 */
    int category;                    /* 0 = mix all, k = category k - 1 alone through the colormap */
} pika_shade_desc;

typedef struct pika_image pika_image;
/* Colours the grid into an image of its size, in any format. desc NULL = all defaults.
   linear: equal steps. log: equal ratios where lo > 0, else equal steps of log(1 + v - lo). cbrt: equal steps of
   the cube root of v - lo. eq_hist: equal numbers of cells, by exact ranks of the values inside lo..hi.
   With categories and category == 0: the colours' mean weighted by the plane (count, sum: its value, at least 0;
   others: value - smallest), alpha from alpha_floor to 1 by the total through the transfer.
   Empty: no row, or a value plane that holds none there. Scratch: up to 320 KiB; without it slower, same pixels.
   PIKA_ERR_MISMATCH: sizes differ. PIKA_ERR_INVALID: the grid lacks the plane, a bad colormap, range or scale. */
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
    ptrdiff_t stride;  /* bytes from row to row; 0 = packed; negative: pixels points at the top row, memory rises */
    uint8_t *pixels;
    size_t bytes; /* of the block at pixels; not read where stride is negative */
    int owned;    /* 1: pika_image_free gives the memory back */
    int format;
};

PIKA_API pika_result pika_image_alloc(pika_ctx *ctx, pika_image *image, int width, int height); /* RGBA8, cleared */
PIKA_API void pika_image_free(pika_ctx *ctx, pika_image *image); /* owned == 0: only forgets; zeroed: nothing */

/* Grows every pixel that is not transparent, so that single points are seen. dst and src are different RGBA8
   images of one size; neighbours are composited `over` in row order, as datashader's spread does. */
enum { PIKA_SPREAD_DISC = 0, PIKA_SPREAD_SQUARE };
PIKA_API pika_result pika_spread(pika_ctx *ctx, pika_image *dst, const pika_image *src, int radius, int shape);
/* The radius (0..max_radius) at which the share of visible pixels with a visible neighbour first passes
   threshold, less one: datashader's dynspread with threshold 0.5 and max_radius 3. radius_out may be NULL. */
PIKA_API pika_result pika_dynspread(pika_ctx *ctx, pika_image *dst, const pika_image *src, double threshold,
                                    int max_radius, int shape, int *radius_out);

typedef int pika_write_fn(void *user, const void *data, size_t size); /* nonzero = stop, PIKA_ERR_IO */

enum { PIKA_PNG_STORED = -1 };
typedef struct pika_png_desc {
    int level; /* 1 fastest .. 9 smallest; 0 = default, 2; PIKA_PNG_STORED = not compressed, no memory */
} pika_png_desc;

/* Writes a PNG (ISO/IEC 15948): palette where at most 256 colours are used, grey, RGB or RGBA. No copy of the
   picture is made.   Scratch: about 350 KiB, at PIKA_PNG_STORED none. PIKA_ERR_IO: write_fn stopped it; what it
   was given is the start of a PNG. */
PIKA_API pika_result pika_encode_png(pika_ctx *ctx, const pika_image *image, const pika_png_desc *desc,
                                     pika_write_fn *write_fn, void *user);
/* The same to a file (a UTF-8 path). On error the file is removed. */
PIKA_API pika_result pika_write_png(pika_ctx *ctx, const char *path, const pika_image *image);
/* A binary PPM (P6), over black where transparent. No memory. */
PIKA_API pika_result pika_encode_ppm(pika_ctx *ctx, const pika_image *image, pika_write_fn *write_fn, void *user);
PIKA_API pika_result pika_write_ppm(pika_ctx *ctx, const char *path, const pika_image *image);

/* ---- >>short: the short way: fit, aggregate, shade --------------------------------------------------- */

/* ctx may be NULL. Allocates and frees a grid and an image. */
PIKA_API pika_result pika_points_to_png(pika_ctx *ctx, const char *path, const pika_points *points, int width,
                                        int height);
/* The image is allocated; pika_image_free it. On error it is unchanged. */
PIKA_API pika_result pika_points_to_image(pika_ctx *ctx, pika_image *image, const pika_points *points, int width,
                                          int height);

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
inline pika_result pika_shade(pika_ctx *ctx, pika_image *image, const pika_grid *grid, const pika_shade_desc &desc)
{
    return pika_shade(ctx, image, grid, &desc);
}
#endif
#endif /* PIKA_H_INCLUDED */
