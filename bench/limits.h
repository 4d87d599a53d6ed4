/* limits.h - what the machine gives: reading memory and no more, adding one to random cells. Included by
   bench.c alone. */

#ifdef __GNUC__
typedef uint64_t __attribute__((__may_alias__)) memory_word; /* of memory of any type */
#else
typedef uint64_t memory_word;
#endif

/* One thread's share of reading two columns of as many bytes, or one by its halves. Both at a time, as points
   are read; compilers make the best of so simple a loop. */
static uint64_t read_share(const void *a, const void *b, size_t bytes, int index, int count)
{
    size_t length = (b ? bytes : bytes / 2) / 64, first = length * (size_t)index / (size_t)count * 8;
    size_t end = length * ((size_t)index + 1) / (size_t)count * 8;
    const memory_word *x = (const memory_word *)a, *y = b ? (const memory_word *)b : x + length * 8;
    uint64_t sums[2] = {0, 0};
    for (size_t i = first; i < end; i++) {
        sums[0] += x[i];
        sums[1] += y[i];
    }
    return sums[0] + sums[1];
}

/* Adds one to `count` random cells; their indices are made in registers (xorshift, 16 at a time), so that no
   memory but the cells' is touched. cells: a power of two. */
#define FLOOR_BLOCK 1024
static void make_indices(uint32_t state[16], uint32_t mask, uint32_t indices[FLOOR_BLOCK])
{
    for (int i = 0; i < FLOOR_BLOCK; i += 16) {
        for (int k = 0; k < 16; k++) {
            uint32_t s = state[k];
            s ^= s << 13;
            s ^= s >> 17;
            s ^= s << 5;
            state[k] = s;
            indices[i + k] = s >> 4 & mask;
        }
    }
}

typedef struct floor_job {
    void *cells;
    uint32_t count; /* of cells */
    size_t increments;
} floor_job;

#define FLOOR_LOOP(function, type) \
    static double function(void *argument) \
    { \
        const floor_job *job = (const floor_job *)argument; \
        type *cells = (type *)job->cells; \
        uint32_t state[16], indices[FLOOR_BLOCK]; \
        uint64_t seed = 5; \
        for (int k = 0; k < 16; k++) state[k] = (uint32_t)random_bits(&seed) | 1; \
        for (size_t i = 0; i < job->increments; i += FLOOR_BLOCK) { \
            make_indices(state, job->count - 1, indices); \
            for (int k = 0; k < FLOOR_BLOCK; k++) cells[indices[k]]++; \
        } \
        return 0; \
    }
FLOOR_LOOP(floor_u32, uint32_t)
FLOOR_LOOP(floor_u8, uint8_t)
