/* test_png.c - PNG and PPM: what pika wrote is read back by a decoder written here from the standards, which
   shares nothing with the library: a plain inflate (RFC 1951), Adler-32 and CRC-32 bit by bit, the five
   filters undone. */

typedef struct png_bytes { /* what a write callback collected */
    uint8_t *bytes;
    size_t size, room;
    int calls, fail_at, after; /* fail_at: the call that says stop, -1 = none; after: calls that came later */
} png_bytes;

static int png_collect(void *user, const void *data, size_t size)
{
    png_bytes *to = (png_bytes *)user;
    if (to->fail_at >= 0 && to->calls > to->fail_at) to->after++;
    if (to->calls++ == to->fail_at) return 1;
    if (to->size + size > to->room) {
        to->room = 2 * (to->size + size);
        to->bytes = (uint8_t *)realloc(to->bytes, to->room);
        if (to->bytes == NULL) abort();
    }
    memcpy(to->bytes + to->size, data, size);
    to->size += size;
    return 0;
}

static void png_empty(png_bytes *to)
{
    free(to->bytes);
    memset(to, 0, sizeof *to);
    to->fail_at = -1;
}

/* ---- inflate ------------------------------------------------------------------------------------------- */

typedef struct png_input {
    const uint8_t *bytes;
    size_t size, at; /* at: in bits */
    int bad;
} png_input;

static unsigned png_bits(png_input *in, int count)
{
    unsigned value = 0;
    int i;
    for (i = 0; i < count; i++, in->at++) {
        if (in->at / 8 >= in->size) {
            in->bad = 1;
            return 0;
        }
        value |= (unsigned)(in->bytes[in->at / 8] >> (in->at % 8) & 1) << i;
    }
    return value;
}

typedef struct png_code {
    int count[16], symbol[288];
} png_code;

/* 0 = the lengths are no code: overfull, or incomplete with more than one symbol. */
static int png_code_make(png_code *code, const uint8_t *lengths, int symbols)
{
    int left = 1, used = 0, offset[16], i;
    memset(code, 0, sizeof *code);
    for (i = 0; i < symbols; i++) code->count[lengths[i]]++;
    code->count[0] = 0;
    offset[1] = 0;
    for (i = 1; i < 16; i++) {
        left = 2 * left - code->count[i];
        if (left < 0) return 0;
        if (i < 15) offset[i + 1] = offset[i] + code->count[i];
    }
    for (i = 0; i < symbols; i++)
        if (lengths[i] > 0) code->symbol[offset[lengths[i]]++] = i, used++;
    return left == 0 || used <= 1;
}

static int png_symbol(png_input *in, const png_code *code)
{
    int value = 0, first = 0, index = 0, length;
    for (length = 1; length < 16; length++) {
        value |= (int)png_bits(in, 1);
        if (value - first < code->count[length]) return code->symbol[index + value - first];
        index += code->count[length];
        first = (first + code->count[length]) * 2;
        value *= 2;
    }
    in->bad = 1;
    return 256;
}

static struct {
    long stored, fixed, own;
} png_blocks; /* seen by inflate: all kinds are to be met */

/* Returns the bytes written, or -1. */
static long png_inflate(png_input *in, uint8_t *out, long room)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    long size = 0;
    int final, kind, i;
    do {
        png_code literals, distances;
        uint8_t lengths[320];
        final = (int)png_bits(in, 1);
        kind = (int)png_bits(in, 2);
        memset(lengths, 0, sizeof lengths);
        if (kind == 0) {
            unsigned n;
            in->at = (in->at + 7) / 8 * 8;
            n = png_bits(in, 16);
            if (png_bits(in, 16) != (n ^ 0xFFFF) || in->at / 8 + n > in->size || size + (long)n > room)
                return -1;
            memcpy(out + size, in->bytes + in->at / 8, n);
            size += (long)n;
            in->at += 8 * (size_t)n;
            png_blocks.stored++;
            continue;
        }
        if (kind == 3 || in->bad) return -1;
        if (kind == 1) {
            for (i = 0; i < 288; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
            if (!png_code_make(&literals, lengths, 288)) return -1;
            memset(lengths, 5, 32);
            if (!png_code_make(&distances, lengths, 32)) return -1;
            png_blocks.fixed++;
        } else {
            int n_literals = (int)png_bits(in, 5) + 257, n_distances = (int)png_bits(in, 5) + 1;
            int n_codes = (int)png_bits(in, 4) + 4, last = 0;
            if (n_literals > 286 || n_distances > 30) return -1;
            for (i = 0; i < n_codes; i++) lengths[order[i]] = (uint8_t)png_bits(in, 3);
            if (!png_code_make(&literals, lengths, 19)) return -1;
            for (i = 0; i < n_literals + n_distances;) {
                int symbol = png_symbol(in, &literals), times = 1;
                if (in->bad || (symbol == 16 && i == 0)) return -1;
                if (symbol < 16) last = symbol;
                else if (symbol == 16) times = 3 + (int)png_bits(in, 2);
                else last = 0, times = symbol == 17 ? 3 + (int)png_bits(in, 3) : 11 + (int)png_bits(in, 7);
                if (i + times > n_literals + n_distances) return -1;
                for (; times > 0; times--) lengths[i++] = (uint8_t)last;
            }
            if (!png_code_make(&literals, lengths, n_literals)) return -1;
            if (!png_code_make(&distances, lengths + n_literals, n_distances)) return -1;
            png_blocks.own++;
        }
        for (;;) {
            int symbol = png_symbol(in, &literals), length, distance, extra;
            if (in->bad) return -1;
            if (symbol == 256) break;
            if (symbol < 256) {
                if (size == room) return -1;
                out[size++] = (uint8_t)symbol;
                continue;
            }
            symbol -= 257;
            extra = symbol < 8 || symbol == 28 ? 0 : symbol / 4 - 1;
            length = symbol == 28 ? 258
                     : symbol < 8 ? 3 + symbol
                                  : 3 + ((4 + symbol % 4) << extra) + (int)png_bits(in, extra);
            symbol = png_symbol(in, &distances);
            extra = symbol < 4 ? 0 : symbol / 2 - 1;
            distance = symbol < 4 ? 1 + symbol : 1 + ((2 + symbol % 2) << extra) + (int)png_bits(in, extra);
            if (in->bad || symbol > 29 || distance > size || distance > 32768 || size + length > room)
                return -1;
            for (; length > 0; length--, size++) out[size] = out[size - distance];
        }
    } while (!final);
    return in->bad ? -1 : size;
}

/* ---- PNG ----------------------------------------------------------------------------------------------- */

typedef struct png_picture {
    int width, height, type, depth;
    size_t largest_chunk;
    long filters[5]; /* rows of each */
    uint8_t *rgba;
} png_picture;

static uint32_t png_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t png_crc(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    size_t i;
    int bit;
    for (i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    return ~crc;
}

/* Returns what is wrong, or NULL; then picture->rgba is to be freed. */
static const char *png_decode(const uint8_t *png, size_t size, png_picture *picture)
{
    static const uint8_t signature[8] = {137, 80, 78, 71, 13, 10, 26, 10};
    uint8_t palette[256][4], *zlib, *raw, *row, *above, *out;
    size_t at = 8, zlib_size = 0, row_bytes, i;
    uint32_t a = 1, b = 0;
    int colors = 0, pixel, channels, chunks = 0, ended = 0, x, y;
    png_input in;
    long raw_size;
    memset(picture, 0, sizeof *picture);
    memset(palette, 255, sizeof palette);
    if (size < 8 || memcmp(png, signature, 8) != 0) return "signature";
    zlib = (uint8_t *)malloc(size);
    if (zlib == NULL) abort();
    for (; at < size && !ended; chunks++) {
        size_t length = size - at < 12 ? size : png_u32(png + at);
        const uint8_t *data = png + at + 8, *type = png + at + 4;
        if (length > size - at - 12) return free(zlib), "a chunk is cut off";
        if (png_crc(type, length + 4) != png_u32(data + length)) return free(zlib), "CRC";
        if ((chunks == 0) != (memcmp(type, "IHDR", 4) == 0)) return free(zlib), "IHDR is not the first";
        if (length > picture->largest_chunk) picture->largest_chunk = length;
        if (chunks == 0) {
            if (length != 13 || data[10] != 0 || data[11] != 0 || data[12] != 0) return free(zlib), "IHDR";
            picture->width = (int)png_u32(data);
            picture->height = (int)png_u32(data + 4);
            picture->depth = data[8];
            picture->type = data[9];
        } else if (memcmp(type, "PLTE", 4) == 0 && zlib_size == 0) {
            colors = (int)length / 3;
            if (length % 3 != 0 || colors < 1 || colors > 1 << picture->depth) return free(zlib), "PLTE";
            for (i = 0; i < length; i++) palette[i / 3][i % 3] = data[i];
        } else if (memcmp(type, "tRNS", 4) == 0 && zlib_size == 0) {
            if (length < 1 || length > (size_t)colors || data[length - 1] == 255) return free(zlib), "tRNS";
            for (i = 0; i < length; i++) palette[i][3] = data[i];
        } else if (memcmp(type, "IDAT", 4) == 0) {
            memcpy(zlib + zlib_size, data, length);
            zlib_size += length;
        } else if (memcmp(type, "IEND", 4) == 0) {
            ended = 1;
        } else {
            return free(zlib), "an unknown chunk";
        }
        at += length + 12;
    }
    if (!ended || at != size) return free(zlib), "IEND";
    channels = picture->type == 0 || picture->type == 3 ? 1
               : picture->type == 2                     ? 3
               : picture->type == 6                     ? 4
                                                        : 0;
    if (channels == 0 || (picture->type == 3) != (colors > 0)) return free(zlib), "colour type";
    if (picture->depth != 8 && (picture->type != 3 || 8 % picture->depth != 0))
        return free(zlib), "bit depth";
    row_bytes = ((size_t)picture->width * (size_t)channels * (size_t)picture->depth + 7) / 8;
    if (zlib_size < 6 || (zlib[0] & 15) != 8 || zlib[0] >> 4 > 7 || (zlib[0] * 256 + zlib[1]) % 31 != 0 ||
        (zlib[1] & 32) != 0)
        return free(zlib), "zlib header";
    raw = (uint8_t *)malloc((row_bytes + 1) * (size_t)picture->height);
    out = picture->rgba = (uint8_t *)malloc(4 * (size_t)picture->width * (size_t)picture->height);
    if (raw == NULL || out == NULL) abort();
    in.bytes = zlib + 2;
    in.size = zlib_size - 6;
    in.at = 0;
    in.bad = 0;
    raw_size = png_inflate(&in, raw, (long)((row_bytes + 1) * (size_t)picture->height));
    for (i = 0; raw_size > 0 && i < (size_t)raw_size; i++) {
        a = (a + raw[i]) % 65521;
        b = (b + a) % 65521;
    }
    if (raw_size != (long)((row_bytes + 1) * (size_t)picture->height) || (in.at + 7) / 8 != in.size ||
        png_u32(zlib + zlib_size - 4) != (b << 16 | a)) {
        free(zlib), free(raw), free(out);
        return raw_size < 0 ? "inflate" : "size or Adler-32";
    }
    free(zlib);
    pixel = channels; /* bytes: packed pixels count as one, and are never filtered anyway */
    above = NULL;
    for (y = 0, row = raw; y < picture->height; y++, above = row, row += row_bytes + 1) {
        int filter = row[0];
        if (filter > 4) return free(raw), free(out), "filter";
        picture->filters[filter]++;
        for (i = 1; i <= row_bytes; i++) {
            int l = i > (size_t)pixel ? row[i - (size_t)pixel] : 0, u = above != NULL ? above[i] : 0;
            int c = i > (size_t)pixel && above != NULL ? above[i - (size_t)pixel] : 0, guess = 0;
            int p = l + u - c, pa = abs(p - l), pb = abs(p - u), pc = abs(p - c);
            if (filter == 1) guess = l;
            if (filter == 2) guess = u;
            if (filter == 3) guess = (l + u) / 2;
            if (filter == 4) guess = pa <= pb && pa <= pc ? l : pb <= pc ? u : c;
            row[i] = (uint8_t)(row[i] + guess);
        }
        for (x = 0; x < picture->width; x++, out += 4) {
            const uint8_t *p = row + 1 + (size_t)x * (size_t)channels;
            if (picture->type == 3) {
                int bits = x * picture->depth,
                    v = row[1 + bits / 8] >> (8 - picture->depth - bits % 8) & ((1 << picture->depth) - 1);
                if (v >= colors) return free(raw), free(picture->rgba), "an index past the palette";
                memcpy(out, palette[v], 4);
            } else {
                out[0] = p[0];
                out[1] = p[channels > 1 ? 1 : 0];
                out[2] = p[channels > 1 ? 2 : 0];
                out[3] = channels == 4 ? p[3] : 255;
            }
        }
    }
    free(raw);
    return NULL;
}

/* ---- pictures ------------------------------------------------------------------------------------------ */

/* The pixel as the format's rule says, by another way than the library's. */
static void png_want(const pika_image *image, int x, int y, uint8_t want[4])
{
    static const int bytes[5] = {4, 4, 4, 2, 1};
    int size = bytes[image->format], i;
    ptrdiff_t stride = image->stride != 0 ? image->stride : (ptrdiff_t)size * image->width;
    const uint8_t *p = image->pixels + stride * y + (ptrdiff_t)size * x;
    want[3] = 255;
    if (image->format == PIKA_GREY8) {
        want[0] = want[1] = want[2] = p[0];
    } else if (image->format == PIKA_RGB565) {
        static const int top[3] = {11, 5, 0}, depth[3] = {5, 6, 5};
        uint16_t word;
        memcpy(&word, p, 2);
        for (i = 0; i < 3; i++) {
            int v = word >> top[i] & ((1 << depth[i]) - 1);
            want[i] = (uint8_t)(v << (8 - depth[i]) | v >> (2 * depth[i] - 8));
        }
    } else {
        for (i = 0; i < 4; i++) want[i] = p[image->format == PIKA_BGRA8 && i < 3 ? 2 - i : i];
        for (i = 0; image->format == PIKA_RGBA8_PREMULTIPLIED && i < 3; i++) {
            double v =
                p[3] > 0 ? floor(p[i] * 255.0 / p[3] + 0.5) : 0; /* halves of n / p[3] are exact or far off */
            want[i] = (uint8_t)(v < 255 ? v : 255);
        }
    }
}

enum { PNG_NOISE, PNG_FLAT, PNG_GRADIENT, PNG_COLORS, PNG_GREY, PNG_RUNS, PNG_KINDS };

static void png_split(uint8_t p[4], uint64_t v) /* low bytes first on every machine */
{
    int i;
    for (i = 0; i < 4; i++) p[i] = (uint8_t)(v >> 8 * i & 255);
}

/* A picture in malloc's memory of exactly its size, padded by `pad`, bottom-up if asked. */
static uint8_t *png_make(pika_image *image, int width, int height, int format, int kind, int colors, int pad,
    int flip, uint64_t *random)
{
    static const int bytes[5] = {4, 4, 4, 2, 1};
    size_t row = (size_t)width * (size_t)bytes[format], step = row + (size_t)pad,
           size = step * (size_t)(height - 1) + row;
    uint8_t *memory = (uint8_t *)malloc(size), table[512][4];
    int x, y, i, run = 0, index = 0;
    if (memory == NULL) abort();
    memset(memory, 0xA5, size);
    for (i = 0; i < 512; i++) {
        uint64_t v = test_random(random);
        png_split(table[i], v);
        if (i % 3 != 0) table[i][3] = 255;
        if (kind == PNG_COLORS)
            table[i][0] = (uint8_t)(i & 255), table[i][1] = (uint8_t)(i >> 8); /* all different */
    }
    image->width = width;
    image->height = height;
    image->format = format;
    image->owned = 0;
    image->bytes = size;
    image->stride = flip ? -(ptrdiff_t)step : pad > 0 ? (ptrdiff_t)step : 0;
    image->pixels = flip ? memory + step * (size_t)(height - 1) : memory;
    for (y = 0; y < height; y++) {
        for (x = 0; x < width; x++) {
            uint8_t p[4];
            uint64_t v = test_random(random);
            png_split(p, v);
            if (kind == PNG_FLAT) memcpy(p, table[1], 4);
            if (kind == PNG_GRADIENT) {
                p[0] = (uint8_t)(x * 255 / width);
                p[1] = (uint8_t)(y * 255 / height + (p[1] & 1));
                p[2] = (uint8_t)((x + y) & 255);
                p[3] = (uint8_t)(colors > 0 ? 255 - (x & 15) : 255);
            }
            if (kind == PNG_COLORS)
                memcpy(p, table[y * width + x < colors ? y * width + x : (int)((v >> 32) % (unsigned)colors)],
                    4);
            if (kind == PNG_GREY) p[1] = p[2] = p[0], p[3] = 255;
            if (kind == PNG_RUNS) {
                if (run-- == 0) run = (int)(v % 700), index = (int)(v >> 40) % 512;
                memcpy(p, table[index], 4);
            }
            if (format == PIKA_RGBA8_PREMULTIPLIED &&
                v >> 60 != 0) /* the rest are impossible, but must do no harm */
                for (i = 0; i < 3; i++) p[i] = (uint8_t)(p[i] * p[3] / 255);
            memcpy(memory + step * (size_t)(flip ? height - 1 - y : y) + (size_t)x * (size_t)bytes[format], p,
                (size_t)bytes[format]);
        }
    }
    return memory;
}

/* Encodes, decodes, compares. Returns 1 when all is well. */
static int png_round(
    pika_ctx *ctx, const pika_image *image, int level, png_bytes *bytes, png_picture *picture)
{
    pika_png_desc desc;
    const char *wrong;
    int x, y, ok = 1;
    desc.level = level;
    bytes->size = 0;
    if (!CHECK_OK(pika_encode_png(ctx, image, &desc, png_collect, bytes))) return 0;
    wrong = png_decode(bytes->bytes, bytes->size, picture);
    if (!CHECK_STR(wrong == NULL ? "" : wrong, "")) return 0;
    ok = CHECK_EQ(picture->width, image->width) & CHECK_EQ(picture->height, image->height);
    for (y = 0; ok && y < image->height; y++) {
        for (x = 0; ok && x < image->width; x++) {
            uint8_t want[4];
            png_want(image, x, y, want);
            ok = memcmp(want, picture->rgba + 4 * ((size_t)y * (size_t)image->width + (size_t)x), 4) == 0;
            if (!ok)
                printf("        %d x %d, format %d, level %d: pixel %d, %d\n", image->width, image->height,
                    image->format, level, x, y);
        }
    }
    free(picture->rgba);
    CHECK(picture->largest_chunk <= 65536);
    return CHECK(ok);
}

TEST(png_every_size_format_and_level)
{
    static const int sizes[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 5}, {7, 9}, {8, 8}, {13, 17}, {255, 3},
        {97, 64}, {4096, 3}, {4097, 2}, {32768, 1}, {1, 5000}, {300, 211}};
    uint64_t random = test_now.seed;
    int i, format, kind, level = -1, turn = 0;
    png_bytes bytes;
    png_picture picture;
    memset(&bytes, 0, sizeof bytes);
    png_empty(&bytes);
    for (i = 0; i < (int)(sizeof sizes / sizeof sizes[0]); i++) {
        for (format = PIKA_RGBA8; format <= PIKA_GREY8; format++) {
            for (kind = 0; kind < PNG_KINDS; kind++, turn++) {
                pika_image image;
                uint8_t *memory = png_make(&image, sizes[i][0], sizes[i][1], format, kind, turn % 300 + 1,
                    turn % 3 * 4, turn % 2, &random);
                int levels = sizes[i][0] * sizes[i][1] < 1000 ? 11 : 3;
                if (test_now.quick) levels /= 3; /* the next picture has the next levels */
                for (; levels > 0; levels--, level = level == 9 ? -1 : level + 1) {
                    if (!png_round(NULL, &image, level, &bytes, &picture)) levels = 1;
                }
                free(memory);
            }
        }
    }
    png_empty(&bytes);
}

TEST(png_colour_types)
{
    int colors, level;
    uint64_t random = test_now.seed;
    png_bytes bytes;
    png_picture picture;
    pika_image image;
    uint8_t *memory;
    memset(&bytes, 0, sizeof bytes);
    png_empty(&bytes);
    for (colors = 1; colors <= 300; colors += colors < 20 ? 1 : colors < 250 ? 47 : 1) {
        memory = png_make(&image, 61, 23, PIKA_RGBA8, PNG_COLORS, colors, 0, 0, &random);
        level = colors % 11 - 1;
        if (png_round(NULL, &image, level, &bytes, &picture)) {
            CHECK_EQ(picture.type, colors <= 256 ? 3 : 6);
            CHECK_EQ(picture.depth, colors > 16 ? 8 : colors > 4 ? 4 : colors > 2 ? 2 : 1);
        }
        free(memory);
    }
    memory = png_make(&image, 61, 23, PIKA_RGBA8, PNG_GREY, 0, 0, 0, &random);
    if (png_round(NULL, &image, 2, &bytes, &picture)) CHECK_EQ(picture.type, 0);
    free(memory);
    memory = png_make(&image, 61, 23, PIKA_RGBA8, PNG_GRADIENT, 0, 0, 0, &random);
    if (png_round(NULL, &image, 2, &bytes, &picture)) CHECK_EQ(picture.type, 2);
    memory[4 * (61 * 23 - 1) + 3] = 254; /* the last pixel alone is not opaque */
    if (png_round(NULL, &image, 2, &bytes, &picture)) CHECK_EQ(picture.type, 6);
    free(memory);
    png_empty(&bytes);
}

/* The three kinds of blocks and all filters are in use. */
TEST(png_blocks_and_filters)
{
    long filters[5] = {0};
    uint64_t random = 5;
    int kind, level, i;
    png_bytes bytes;
    png_picture picture;
    memset(&bytes, 0, sizeof bytes);
    png_empty(&bytes);
    memset(&png_blocks, 0, sizeof png_blocks);
    for (kind = 0; kind < 2 * PNG_KINDS;
         kind++) { /* large ones, then tiny ones, which the fixed codes suit */
        pika_image image;
        int tiny = kind >= PNG_KINDS;
        uint8_t *memory = png_make(
            &image, tiny ? 5 : 400, tiny ? 4 : 300, PIKA_RGBA8, kind % PNG_KINDS, 256, 0, 0, &random);
        for (level = 1; level <= 9; level += 4) {
            if (png_round(NULL, &image, level, &bytes, &picture))
                for (i = 0; i < 5; i++) filters[i] += picture.filters[i];
        }
        free(memory);
    }
    for (i = 0; i < 5; i++) CHECK(filters[i] > 0);
    CHECK(png_blocks.stored > 0);
    CHECK(png_blocks.fixed > 0);
    CHECK(png_blocks.own > 0);
    png_empty(&bytes);
}

TEST(png_random_pictures)
{
    uint64_t random = test_now.seed * 2 + 1;
    int round, rounds = test_now.quick ? 100 : 600;
    png_bytes bytes;
    png_picture picture;
    memset(&bytes, 0, sizeof bytes);
    png_empty(&bytes);
    for (round = 0; round < rounds; round++) {
        pika_image image;
        int width = test_between(&random, 1, round % 40 == 0 ? 9000 : 90),
            height = test_between(&random, 1, width > 90 ? 12 : 90);
        int format = test_below(&random, 5), kind = test_below(&random, PNG_KINDS),
            colors = test_between(&random, 1, 300);
        uint8_t *memory = png_make(&image, width, height, format, kind, colors, test_below(&random, 9),
            test_below(&random, 2), &random);
        int ok = png_round(NULL, &image, test_between(&random, -1, 9), &bytes, &picture);
        free(memory);
        if (!ok) break;
    }
    png_empty(&bytes);
}

/* ---- failures ------------------------------------------------------------------------------------------ */

TEST(png_kth_write_fails)
{
    static const int levels[] = {PIKA_PNG_STORED, 1, 2, 9};
    uint64_t random = 3;
    int i, k;
    pika_image image;
    uint8_t *memory = png_make(&image, 211, 190, PIKA_RGBA8, PNG_NOISE, 0, 0, 0, &random);
    png_bytes good, part;
    memset(&good, 0, sizeof good);
    memset(&part, 0, sizeof part);
    for (i = 0; i < 4; i++) {
        pika_png_desc desc;
        desc.level = levels[i];
        png_empty(&good);
        CHECK_OK(pika_encode_png(NULL, &image, &desc, png_collect, &good));
        CHECK(good.calls >= 5);
        for (k = 0; k < good.calls; k++) {
            png_empty(&part);
            part.fail_at = k;
            CHECK_RESULT(pika_encode_png(NULL, &image, &desc, png_collect, &part), PIKA_ERR_IO);
            CHECK_EQ(part.after, 0);
            CHECK_EQ(part.calls, k + 1);
            CHECK(
                part.size < good.size && (part.size == 0 || memcmp(part.bytes, good.bytes, part.size) == 0));
        }
    }
    free(memory);
    png_empty(&good);
    png_empty(&part);
}

static struct {
    int calls, refuse;
    size_t bytes;
    void *block;
} png_heap;

static void *png_alloc(size_t size, size_t align, void *user) /* one block at a time */
{
    (void)user;
    png_heap.calls++;
    png_heap.bytes = size;
    if (png_heap.refuse || png_heap.block != NULL) return NULL;
    png_heap.block = malloc(size + align);
    if (png_heap.block == NULL) abort();
    return (uint8_t *)png_heap.block + (align - (size_t)((uintptr_t)png_heap.block % align)) % align;
}
static void png_free(void *memory, size_t size, void *user)
{
    (void)memory, (void)user;
    if (size == png_heap.bytes) free(png_heap.block);
    png_heap.block = NULL;
}

TEST(png_memory)
{
    uint64_t random = 3;
    int level;
    pika_image image;
    uint8_t *memory = png_make(&image, 5000, 20, PIKA_RGBA8, PNG_NOISE, 0, 0, 0, &random);
    pika_ctx_desc ctx_desc;
    pika_ctx ctx;
    png_bytes bytes;
    memset(&bytes, 0, sizeof bytes);
    png_empty(&bytes);
    memset(&ctx_desc, 0, sizeof ctx_desc);
    ctx_desc.alloc_fn = png_alloc;
    ctx_desc.free_fn = png_free;
    ctx_desc.pool_bytes = 1; /* nothing is kept for reuse */
    ctx_desc.threads = 1;
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    for (level = -1; level <= 9; level++) {
        pika_png_desc desc;
        desc.level = level;
        memset(&png_heap, 0, sizeof png_heap);
        CHECK_OK(pika_encode_png(&ctx, &image, &desc, png_collect, &bytes));
        CHECK_EQ(png_heap.calls, level == PIKA_PNG_STORED ? 0 : 1);
        CHECK(png_heap.bytes <= 350 * 1024);
        CHECK_EQ(ctx.live_bytes, 0);
        png_heap.refuse = 1;
        png_empty(&bytes);
        if (level == PIKA_PNG_STORED) continue;
        CHECK_RESULT(pika_encode_png(&ctx, &image, &desc, png_collect, &bytes), PIKA_ERR_MEMORY);
        CHECK_HAS(pika_last_error(&ctx), "bytes");
        CHECK_EQ(bytes.calls, 0);
    }
    pika_ctx_free(&ctx);
    png_empty(&bytes);
    free(memory);
}

/* ---- threads ------------------------------------------------------------------------------------------- */

static void png_backwards(void *user, int count, void (*fn)(void *arg, int i), void *arg)
{
    int i;
    ++*(int *)user;
    for (i = count - 1; i >= 0; i--) fn(arg, i);
}

/* The same bytes with any number of threads and any scratch. Pictures are cut from 1 MiB on; the sizes are on
   both sides of that, with bands of one size and of different ones, and with rows of 128 KiB. */
TEST(png_threads_change_no_byte)
{
    static const struct {
        int width, height, format, kind, colors, level;
    } cases[] = {{1023, 1023, PIKA_RGBA8, PNG_COLORS, 200, 2}, {1023, 1024, PIKA_BGRA8, PNG_COLORS, 200, 2},
        {1023, 1025, PIKA_RGBA8, PNG_RUNS, 0, 1}, {700, 620, PIKA_RGBA8, PNG_GRADIENT, 1, 2},
        {32768, 17, PIKA_RGBA8, PNG_NOISE, 0, 2}, {1025, 3100, PIKA_GREY8, PNG_GRADIENT, 0, 6},
        {1024, 1030, PIKA_RGBA8, PNG_FLAT, 0, 9}, {3000, 2900, PIKA_RGBA8, PNG_FLAT, 0, 2},
        {611, 600, PIKA_RGB565, PNG_NOISE, 0, 4}};
    static const int threads[] = {1, 2, 3, 5, 8};
    static uint8_t scratch[5000000];
    uint64_t random = test_now.seed + 7;
    int c, k;
    png_bytes want, got;
    png_picture picture;
    memset(&want, 0, sizeof want);
    memset(&got, 0, sizeof got);
    png_empty(&want);
    png_empty(&got);
    for (c = 0; c < (int)(sizeof cases / sizeof cases[0]); c++) {
        pika_image image;
        uint8_t *memory;
        const int bands = c != 0 && c != 6; /* more than one? flat ones have a bit for each pixel */
        if (test_now.quick && c % 4 != 0 && c != 1) continue;
        memory = png_make(&image, cases[c].width, cases[c].height, cases[c].format, cases[c].kind,
            cases[c].colors, c % 3 * 4, c % 2, &random);
        png_round(NULL, &image, cases[c].level, &want, &picture);
        for (k = 0; k < 10; k++) {
            pika_ctx_desc ctx_desc = way_desc(-1, threads[k % 5], -1);
            pika_png_desc desc;
            pika_ctx ctx;
            int calls = 0;
            if (test_now.quick && (c + k) % 3 != 0) continue;
            desc.level = cases[c].level;
            if (k >= 5) {
                static const size_t limits[] = {0, 400000, 2600000, 1500000, 0};
                ctx_desc.parallel_for = png_backwards;
                ctx_desc.parallel_user = &calls;
                ctx_desc.pool_bytes = 1;               /* nothing is kept for reuse */
                ctx_desc.memory_limit = limits[k - 5]; /* for one band, two, one, or all */
                if (k == 9) {
                    memset(scratch, 0xA5, sizeof scratch);
                    ctx_desc.scratch = scratch, ctx_desc.scratch_bytes = sizeof scratch;
                }
            }
            CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
            got.size = 0;
            CHECK_OK(pika_encode_png(&ctx, &image, &desc, png_collect, &got));
            if (!CHECK(got.size == want.size && memcmp(got.bytes, want.bytes, want.size) == 0))
                printf("    %d x %d, level %d, way %d\n", image.width, image.height, desc.level, k);
            if (k >= 5 && k % 2 == 1 && ctx.threads > 1 && bands) CHECK(calls > 0);
            CHECK(ctx.scratch_used < 64);            /* what aligns the first */
            if (k >= 5) CHECK_EQ(ctx.live_bytes, 0); /* no threads of its own */
            pika_ctx_free(&ctx);
        }
        CHECK_EQ(bands, memcmp(want.bytes + want.size - 28, "\0\0\0\4IDAT", 8) == 0); /* before IEND */
        free(memory);
    }
    png_empty(&want);
    png_empty(&got);
}

/* The colour type is that of all parts together: each may have few colours, one alone too many or a clear
   pixel. */
TEST(png_threads_find_the_colour_type)
{
    enum { W = 1024, H = 1100 };
    uint8_t *pixels = (uint8_t *)malloc(W * H * 4);
    int round, x, y;
    png_bytes one, many;
    png_picture picture;
    pika_image image;
    memset(&image, 0, sizeof image);
    memset(&one, 0, sizeof one);
    memset(&many, 0, sizeof many);
    png_empty(&one);
    png_empty(&many);
    if (pixels == NULL) abort();
    image.width = W, image.height = H, image.pixels = pixels, image.bytes = W * H * 4;
    for (round = 0; round < 8; round++) {
        static const int colors[] = {256, 257, 300, 256, 257, 200, 257, 900},
                         types[] = {3, 2, 2, 3, 6, 0, 6, 2};
        pika_ctx_desc ctx_desc = way_desc(-1, 2 + round % 3, -1);
        pika_ctx ctx;
        for (y = 0; y < H; y++)
            for (x = 0; x < W; x++) {
                uint8_t *p = pixels + 4 * (y * W + x);
                int color = round == 7 && y > H / 3 ? 1 : y * colors[round] / H; /* all in the first part */
                p[0] = (uint8_t)(color & 255), p[1] = (uint8_t)(round == 5 ? color : color >> 8);
                p[2] = p[1], p[3] = 255;
            }
        if (round == 3) /* the last of the 256 colours is clear, and goes to the front */
            for (x = 0; x < W; x++)
                for (y = H - 5; y < H; y++) pixels[4 * (y * W + x)] = 255, pixels[4 * (y * W + x) + 3] = 0;
        if (round == 3)
            for (y = 0; y < H - 5; y++)
                for (x = 0; x < W; x++) pixels[4 * (y * W + x)] = (uint8_t)(pixels[4 * (y * W + x)] % 255);
        if (round == 4) pixels[W * H * 4 - 1] = 254;
        if (round == 6) pixels[3] = 254;
        if (png_round(NULL, &image, 2, &one, &picture)) CHECK_EQ(picture.type, types[round]);
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        CHECK_OK(pika_encode_png(&ctx, &image, NULL, png_collect, &many));
        CHECK(one.size == many.size && memcmp(one.bytes, many.bytes, one.size) == 0);
        many.size = 0;
        pika_ctx_free(&ctx);
    }
    free(pixels);
    png_empty(&one);
    png_empty(&many);
}

/* Stopping in the middle of the bands: nothing is written after that, and nothing is lost before it. */
TEST(png_threads_kth_write_fails)
{
    uint64_t random = 3;
    int k;
    pika_image image;
    uint8_t *memory = png_make(&image, 640, 1300, PIKA_RGBA8, PNG_NOISE, 0, 0, 0, &random);
    png_bytes good, part;
    pika_ctx_desc ctx_desc = way_desc(-1, 3, -1);
    pika_ctx ctx;
    memset(&good, 0, sizeof good);
    memset(&part, 0, sizeof part);
    png_empty(&good);
    CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
    CHECK_OK(pika_encode_png(&ctx, &image, NULL, png_collect, &good));
    CHECK(good.calls >= 100);
    for (k = 0; k<good.calls; k += k> 2 && k < good.calls - 6 ? 13 : 1) {
        png_empty(&part);
        part.fail_at = k;
        CHECK_RESULT(pika_encode_png(&ctx, &image, NULL, png_collect, &part), PIKA_ERR_IO);
        CHECK_EQ(part.after, 0);
        CHECK_EQ(part.calls, k + 1);
        CHECK(part.size < good.size && (part.size == 0 || memcmp(part.bytes, good.bytes, part.size) == 0));
    }
    png_empty(&part);
    CHECK_OK(pika_encode_png(&ctx, &image, NULL, png_collect, &part)); /* and it works again */
    CHECK(part.size == good.size && memcmp(part.bytes, good.bytes, good.size) == 0);
    pika_ctx_free(&ctx);
    free(memory);
    png_empty(&good);
    png_empty(&part);
}

/* ---- size ---------------------------------------------------------------------------------------------- */

/* tests/pictures, see the README there; zlib6 is the smallest that zlib 1.2.13 level 6 made of the same
   pixels: with a palette where there is one, or as RGB or RGBA with no filter, or with the best for each row
   by the sum of absolute differences, with zlib's default strategy or Z_FILTERED. */
static const struct {
    const char *name;
    long zlib6; /* of the zlib stream alone: no PNG around it */
} png_pictures[] = {{"cities.png", 28797}, {"gradient.png", 50656}, {"photo.png", 76972}};

static uint8_t *png_file(const char *name, size_t *size)
{
    char path[500];
    const char *file = __FILE__, *slash = NULL, *at;
    FILE *in;
    uint8_t *bytes = NULL;
    *size = 0;
    for (at = file; *at != 0; at++)
        if (*at == '/' || *at == '\\') slash = at;
    if (slash == NULL || slash - file > 300) snprintf(path, sizeof path, "tests/pictures/%s", name);
    else snprintf(path, sizeof path, "%.*s/pictures/%s", (int)(slash - file), file, name);
    in = fopen(path, "rb");
    if (in == NULL) {
        snprintf(path, sizeof path, "tests/pictures/%s", name);
        in = fopen(path, "rb");
    }
    if (in == NULL) return NULL;
    bytes = (uint8_t *)malloc(1 << 20);
    if (bytes == NULL) abort();
    *size = fread(bytes, 1, 1 << 20, in);
    fclose(in);
    return bytes;
}

TEST(png_no_larger_than_zlib)
{
    int i, level;
    png_bytes bytes;
    png_picture original, picture;
    memset(&bytes, 0, sizeof bytes);
    png_empty(&bytes);
    for (i = 0; i < (int)(sizeof png_pictures / sizeof png_pictures[0]); i++) {
        size_t size;
        pika_image image;
        uint8_t *file = png_file(png_pictures[i].name, &size);
        const char *wrong;
        if (file == NULL) SKIP("tests/pictures cannot be opened from here");
        wrong = png_decode(file, size, &original);
        free(file);
        if (!CHECK_STR(wrong == NULL ? "" : wrong, "")) break;
        memset(&image, 0, sizeof image);
        image.width = original.width;
        image.height = original.height;
        image.pixels = original.rgba;
        image.bytes = 4 * (size_t)image.width * (size_t)image.height;
        for (level = 1; level <= 9; level++) {
            if (!png_round(NULL, &image, level, &bytes, &picture)) break;
            if (level == 9) CHECK((double)bytes.size <= 1.15 * (double)png_pictures[i].zlib6);
            if (level == 2) CHECK((double)bytes.size <= 1.30 * (double)png_pictures[i].zlib6);
        }
        free(original.rgba);
    }
    png_empty(&bytes);
}

/* The same bytes from every compiler and processor. A change to the encoder changes this line, on purpose. */
TEST(png_same_bytes_everywhere)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325), random = 77;
    int level, kind, format;
    size_t i;
    png_bytes bytes;
    memset(&bytes, 0, sizeof bytes);
    png_empty(&bytes);
    for (format = PIKA_RGBA8; format <= PIKA_GREY8; format++) {
        for (kind = 0; kind < PNG_KINDS; kind++) {
            pika_image image;
            uint8_t *memory;
            if (format == PIKA_RGB565) continue; /* native words: other pixels on a big-endian machine */
            memory = png_make(&image, 150, 120, format, kind, 200, 0, 0, &random);
            for (level = -1; level <= 9; level++) {
                pika_png_desc desc;
                desc.level = level;
                CHECK_OK(pika_encode_png(NULL, &image, &desc, png_collect, &bytes));
            }
            free(memory);
        }
    }
    for (i = 0; i < bytes.size; i++) hash = (hash ^ bytes.bytes[i]) * UINT64_C(0x100000001B3);
    if (!CHECK(hash == UINT64_C(0x36DBEAD71932C53B)))
        printf("        %08lx%08lx, %lu bytes\n", (unsigned long)(hash >> 32),
            (unsigned long)(hash & 0xFFFFFFFFu), (unsigned long)bytes.size);
    png_empty(&bytes);
}

/* ---- PPM and files ------------------------------------------------------------------------------------- */

TEST(ppm_pixels)
{
    uint64_t random = test_now.seed;
    int format, x, y, i;
    png_bytes bytes;
    memset(&bytes, 0, sizeof bytes);
    for (format = PIKA_RGBA8; format <= PIKA_GREY8; format++) {
        pika_image image;
        uint8_t *memory = png_make(&image, 1025, 3, format, PNG_NOISE, 0, 8, format % 2, &random);
        const uint8_t *p;
        int ok = 1;
        png_empty(&bytes);
        CHECK_OK(pika_encode_ppm(NULL, &image, png_collect, &bytes));
        CHECK_EQ(bytes.size, 14 + 3 * 1025 * 3);
        CHECK(bytes.size >= 14 && memcmp(bytes.bytes, "P6\n1025 3\n255\n", 14) == 0);
        p = bytes.bytes + 14;
        for (y = 0; y < 3; y++) {
            for (x = 0; x < 1025; x++, p += 3) {
                uint8_t want[4];
                png_want(&image, x, y, want);
                for (i = 0; i < 3; i++) ok &= p[i] == (want[i] * want[3] * 2 + 255) / 510;
            }
        }
        CHECK(ok);
        free(memory);
    }
    png_empty(&bytes);
}

/* A block ends before its tokens pass the room for them, also where a match waits for a longer one. */
TEST(png_tokens_keep_to_their_room)
{
#ifdef PIKA_NO_PNG
    SKIP("PIKA_NO_PNG");
#else
    enum { LIMIT = 4, SIZE = 1500 };
    static pika__deflate d;
    static uint8_t window[SIZE + 8];
    static uint16_t head[256], chain[PIKA__HISTORY];
    static uint32_t tokens[LIMIT + 1];
    uint64_t random = test_now.seed + 9;
    int round, i, slow;
    for (round = 0; round < 10; round++)
        for (slow = 0; slow < 2; slow++) {
            for (i = 0; i < SIZE; i++) window[i] = (uint8_t)test_below(&random, 3 + round % 5);
            memset(&d, 0, sizeof d);
            d.window = window, d.size = SIZE;
            d.head = head, d.hash_shift = 24;
            d.chain = slow ? chain : NULL;
            d.tokens = tokens, d.token_limit = LIMIT;
            d.probes = 32, d.lazy = 258, d.nice = 258, d.margin = 4, d.skip = 7;
            tokens[LIMIT] = 0x5A5A5A5Au;
            pika__deflate_start(&d);
            d.trial = 1; /* counts bits, writes none */
            d.end = SIZE;
            pika__deflate_run(&d, 1);
            CHECK_EQ(d.at, SIZE);
            CHECK(d.token_count <= LIMIT);
            pika__deflate_block(&d, 1);
            CHECK_EQ(tokens[LIMIT], 0x5A5A5A5Au);
        }
#endif
}

AREA(png, LISTED(png_every_size_format_and_level), LISTED(png_colour_types), LISTED(png_blocks_and_filters),
    LISTED(png_random_pictures), LISTED(png_kth_write_fails), LISTED(png_memory),
    LISTED(png_no_larger_than_zlib), LISTED(png_same_bytes_everywhere), LISTED(png_threads_change_no_byte),
    LISTED(png_threads_find_the_colour_type), LISTED(png_threads_kth_write_fails), LISTED(ppm_pixels),
    LISTED_SAFE(png_tokens_keep_to_their_room));
