/* data.h - the points: seven distributions in eight layouts. Made with integers alone, so they are the same
   on every machine. Included by bench.c alone. */

enum { UNIFORM, GAUSSIAN, CLUSTERED, WALK, SERIES, ONE_CELL, ZOOMED, DISTRIBUTIONS };
static const char *const distribution_names[DISTRIBUTIONS] = {
    "uniform",
    "gaussian",
    "clustered",
    "walk",
    "series",
    "one-cell",
    "zoomed",
};
/* gaussian: of standard deviation 1/8. clustered: 20 of 0.002, in random order. walk: steps of 2e-4. series:
   x rises; y is a slow drift with noise of 0.02. zoomed: uniform, 9 % of it in view. */

/* A layout stores a coordinate t of 0..1 as low + t * span. */
enum { F32, F64, XY, I8, U8, I16, U16, I32, LAYOUTS };
typedef struct layout {
    const char *name;
    int type;
    size_t bytes; /* of a coordinate */
    int step;     /* in coordinates, from a point to the next */
    double low, span;
} layout;
static const layout layouts[LAYOUTS] = {
    {"f32", PIKA_F32, 4, 1, 0, 1},
    {"f64", PIKA_F64, 8, 1, 0, 1},
    {"xy", PIKA_F32, 4, 2, 0, 1},
    {"i8", PIKA_I8, 1, 1, -128, 256},
    {"u8", PIKA_U8, 1, 1, 0, 256},
    {"i16", PIKA_I16, 2, 1, -32768, 65536},
    {"u16", PIKA_U16, 2, 1, 0, 65536},
    {"i32", PIKA_I32, 4, 1, -4194304, 8388608},
};

/* Every coordinate is k / 2^23: a float holds it exactly. */
#define UNIT (1 << 23)
#define CATEGORIES 8

typedef struct dataset {
    int distribution;
    size_t count;
    float *x, *y;            /* as made */
    void *arranged[LAYOUTS]; /* x, then y, or interleaved; made when first asked for, as are values */
    float *value;
    uint8_t *category;
} dataset;

/* splitmix64: a counter, mixed. */
static uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Bell-shaped, of this standard deviation: the sum of eight uniform 16-bit numbers, which reaches 4.9
   deviations. A normal number needs a logarithm and costs several times as much. */
static int bell(uint64_t *state, int deviation)
{
    const uint64_t pairs = UINT64_C(0x0000ffff0000ffff);
    uint64_t a = random_bits(state), b = random_bits(state);
    uint64_t sums = (a & pairs) + (a >> 16 & pairs) + (b & pairs) + (b >> 16 & pairs);
    int64_t centered = (int64_t)(sums & 0xffffffff) + (int64_t)(sums >> 32) - 262140;
    return (int)(centered * deviation / 53510); /* its own deviation: 65,536 * sqrt(8 / 12) */
}

static int reflect(int k)
{
    while (k < 0 || k >= UNIT) k = k < 0 ? -1 - k : 2 * UNIT - 1 - k;
    return k;
}

static void make_points(int distribution, float *x, float *y, size_t count)
{
    uint64_t state = 7;
    int centers[20][2], u = UNIT / 2, v = UNIT / 2;
    for (int i = 0; i < 40; i++)
        centers[i / 2][i % 2] = UNIT / 20 + (int)(random_bits(&state) % (UNIT / 10 * 9));
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = random_bits(&state);
        int drift, *center = centers[bits % 20];
        switch (distribution) {
        case GAUSSIAN: u = UNIT / 2 + bell(&state, UNIT / 8), v = UNIT / 2 + bell(&state, UNIT / 8); break;
        case CLUSTERED: u = center[0] + bell(&state, 16777), v = center[1] + bell(&state, 16777); break;
        case WALK: u = reflect(u + bell(&state, 1678)), v = reflect(v + bell(&state, 1678)); break;
        case SERIES:
            drift = v = reflect(v + bell(&state, 839));
            x[i] = (float)(int)((double)i / (double)count * UNIT) / UNIT;
            y[i] = (float)reflect(drift + bell(&state, 167772)) / UNIT;
            continue;
        case ONE_CELL: u = v = 3355443; break;
        default: u = (int)(bits >> 41), v = (int)(bits >> 9 & (UNIT - 1)); break;
        }
        x[i] = (float)reflect(u) / UNIT;
        y[i] = (float)reflect(v) / UNIT;
    }
}

static void dataset_free(dataset *data)
{
    free(data->x);
    free(data->y);
    for (int i = 0; i < LAYOUTS; i++) free(data->arranged[i]);
    free(data->value);
    free(data->category);
    memset(data, 0, sizeof *data);
}

/* Makes the points unless they are there. */
static void dataset_make(dataset *data, int distribution, size_t count)
{
    if (data->x != NULL && data->distribution == distribution && data->count == count) return;
    dataset_free(data);
    data->distribution = distribution;
    data->count = count;
    data->x = (float *)allocate(count * sizeof(float));
    data->y = (float *)allocate(count * sizeof(float));
    make_points(distribution, data->x, data->y, count);
}

static void *column(const dataset *data, int kind, int axis)
{
    const layout *l = &layouts[kind];
    if (kind == F32) return axis ? data->y : data->x;
    return (char *)data->arranged[kind] + (size_t)axis * l->bytes * (l->step == 2 ? 1 : data->count);
}

/* Brings the points into a layout. No value is rounded but to the integers that there are. */
static void dataset_arrange(dataset *data, int kind)
{
    const layout *l = &layouts[kind];
    if (kind == F32 || data->arranged[kind] != NULL) return;
    data->arranged[kind] = allocate(2 * data->count * l->bytes);
    for (int axis = 0; axis < 2; axis++) {
        const float *from = axis ? data->y : data->x;
        const float span = (float)l->span;
        const int low = (int)l->low;
        void *to = column(data, kind, axis);
        for (size_t i = 0; i < data->count; i++) {
            switch (kind) {
            case F64: ((double *)to)[i] = (double)from[i]; break;
            case XY: ((float *)to)[2 * i] = from[i]; break;
            case I8: ((int8_t *)to)[i] = (int8_t)((int)(from[i] * span) + low); break;
            case U8: ((uint8_t *)to)[i] = (uint8_t)(from[i] * span); break;
            case I16: ((int16_t *)to)[i] = (int16_t)((int)(from[i] * span) + low); break;
            case U16: ((uint16_t *)to)[i] = (uint16_t)(from[i] * span); break;
            default: ((int32_t *)to)[i] = (int)(from[i] * span) + low; break;
            }
        }
    }
}

/* Values of 16 bits: a sum of them is exact in a double, so it's the same in any order. */
static void dataset_add_values(dataset *data)
{
    uint64_t state = 11;
    if (data->value != NULL) return;
    data->value = (float *)allocate(data->count * sizeof(float));
    data->category = (uint8_t *)allocate(data->count);
    for (size_t i = 0; i < data->count; i++) {
        uint64_t bits = random_bits(&state);
        data->value[i] = (float)(int)(bits >> 48) / 256 - 100;
        data->category[i] = (uint8_t)(bits % CATEGORIES);
    }
}

static pika_points dataset_points(const dataset *data, int kind)
{
    const layout *l = &layouts[kind];
    ptrdiff_t stride = (ptrdiff_t)l->bytes * l->step;
    pika_points points = pika_xy(pika_strided(column(data, kind, 0), l->type, stride),
        pika_strided(column(data, kind, 1), l->type, stride), data->count);
    points.value = pika_f32(data->value);
    points.category = pika_strided(data->category, PIKA_U8, 0);
    return points;
}

/* The range of both axes. Zoomed: 0.3 to 0.6, moved by 2^-24 to where no point is: a loop that leaves the
   upper edge open and one that doesn't then give the same grid. */
static pika_axis dataset_axis(const dataset *data, int kind)
{
    const layout *l = &layouts[kind];
    pika_axis axis = {l->low, l->low + l->span, 0, PIKA_LINEAR, 0};
    if (data->distribution == ZOOMED) {
        axis.lo = l->low + l->span * (5033165.0 / 16777216);
        axis.hi = l->low + l->span * (10066329.0 / 16777216);
    }
    return axis;
}
