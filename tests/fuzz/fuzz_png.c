/* fuzz_png.c - any image in any format at any level: the PNG that comes out is read by an independent
   decoder, written from the standards (ISO/IEC 15948, RFC 1950, RFC 1951), every check sum included, and
   holds the same pixels. A write callback that fails anywhere ends it with PIKA_ERR_IO. */
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "fuzz.h"

enum { MAX_SIDE = 96, MAX_FILE = 1 << 18 };

static uint8_t file[MAX_FILE];
static size_t file_size, fail_at;

static int keep(void *user, const void *data, size_t size)
{
    (void)user;
    if (file_size + size > fail_at) return 1;
    FUZZ_CHECK(file_size + size <= MAX_FILE);
    memcpy(file + file_size, data, size);
    file_size += size;
    return 0;
}

/* ---- inflate ----------------------------------------------------------------------------------------- */

typedef struct bit_reader {
    const uint8_t *at, *end;
    uint32_t bits;
    int count;
} bit_reader;

static int read_bits(bit_reader *r, int n)
{
    int value;
    while (r->count < n) {
        FUZZ_CHECK(r->at < r->end);
        r->bits |= (uint32_t)*r->at++ << r->count;
        r->count += 8;
    }
    value = (int)(r->bits & ((1u << n) - 1));
    r->bits >>= n;
    r->count -= n;
    return value;
}

/* A canonical code: how many codes have each length, and the symbols in order of their codes. */
typedef struct code {
    int count[16], symbol[288];
} code;

static void make_code(code *c, const uint8_t *lengths, int n)
{
    int offsets[16], left = 1, used = 0, i;
    memset(c->count, 0, sizeof c->count);
    for (i = 0; i < n; i++) c->count[lengths[i]]++, used += lengths[i] > 0;
    c->count[0] = 0;
    for (i = 1; i < 16; i++) {
        left = 2 * left - c->count[i];
        FUZZ_CHECK(left >= 0); /* over-subscribed */
    }
    FUZZ_CHECK(left == 0 || used <= 1); /* incomplete is allowed for a single code alone */
    offsets[1] = 0;
    for (i = 1; i < 15; i++) offsets[i + 1] = offsets[i] + c->count[i];
    for (i = 0; i < n; i++)
        if (lengths[i] > 0) c->symbol[offsets[lengths[i]]++] = i;
}

static int read_symbol(bit_reader *r, const code *c)
{
    int value = 0, first = 0, index = 0, length;
    for (length = 1; length < 16; length++) {
        value |= read_bits(r, 1);
        if (value - first < c->count[length]) return c->symbol[index + value - first];
        index += c->count[length];
        first = (first + c->count[length]) << 1;
        value <<= 1;
    }
    FUZZ_CHECK(length < 16); /* else the code is not in the table */
    return -1;
}

static void read_codes(bit_reader *r, code *literals, code *distances)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[320];
    int literal_count = read_bits(r, 5) + 257, distance_count = read_bits(r, 5) + 1,
        length_count = read_bits(r, 4) + 4, i;
    FUZZ_CHECK(literal_count <= 286 && distance_count <= 30);
    memset(lengths, 0, sizeof lengths);
    for (i = 0; i < length_count; i++) lengths[order[i]] = (uint8_t)read_bits(r, 3);
    make_code(literals, lengths, 19);
    for (i = 0; i < literal_count + distance_count;) {
        int symbol = read_symbol(r, literals), repeat = 1, value = symbol;
        if (symbol == 16) {
            FUZZ_CHECK(i > 0);
            value = lengths[i - 1];
            repeat = 3 + read_bits(r, 2);
        } else if (symbol > 16) {
            value = 0;
            repeat = symbol == 17 ? 3 + read_bits(r, 3) : 11 + read_bits(r, 7);
        }
        FUZZ_CHECK(i + repeat <= literal_count + distance_count);
        while (repeat-- > 0) lengths[i++] = (uint8_t)value;
    }
    FUZZ_CHECK(lengths[256] > 0);
    make_code(distances, lengths + literal_count, distance_count);
    make_code(literals, lengths, literal_count);
}

/* A zlib stream to exactly `expected` bytes. */
static void inflate_zlib(const uint8_t *data, size_t size, uint8_t *out, size_t expected)
{
    static const int length_base[29] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51,
        59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const int length_extra[29] = {
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    code literals, distances;
    bit_reader r;
    size_t n = 0, i;
    uint32_t a = 1, b = 0;
    int last;
    FUZZ_CHECK(size >= 6 && (data[0] & 15) == 8 && data[0] >> 4 <= 7 && (data[0] * 256 + data[1]) % 31 == 0);
    FUZZ_CHECK((data[1] & 32) == 0);
    memset(&r, 0, sizeof r);
    r.at = data + 2;
    r.end = data + size - 4;
    do {
        int type;
        last = read_bits(&r, 1);
        type = read_bits(&r, 2);
        FUZZ_CHECK(type != 3);
        if (type == 0) {
            size_t length;
            r.bits = 0;
            r.count = 0;
            FUZZ_CHECK(r.end - r.at >= 4);
            length = (size_t)(r.at[0] | r.at[1] << 8);
            FUZZ_CHECK((length ^ 0xffff) == (size_t)(r.at[2] | r.at[3] << 8));
            r.at += 4;
            FUZZ_CHECK((size_t)(r.end - r.at) >= length && n + length <= expected);
            memcpy(out + n, r.at, length);
            r.at += length;
            n += length;
            continue;
        }
        if (type == 1) {
            uint8_t lengths[288];
            memset(lengths, 8, 144);
            memset(lengths + 144, 9, 112);
            memset(lengths + 256, 7, 24);
            memset(lengths + 280, 8, 8);
            make_code(&literals, lengths, 288);
            memset(lengths, 5, 32);
            make_code(&distances, lengths, 32);
        } else {
            read_codes(&r, &literals, &distances);
        }
        for (;;) {
            int symbol = read_symbol(&r, &literals), length, distance;
            if (symbol == 256) break;
            if (symbol < 256) {
                FUZZ_CHECK(n < expected);
                out[n++] = (uint8_t)symbol;
                continue;
            }
            FUZZ_CHECK(symbol <= 285);
            length = length_base[symbol - 257] + read_bits(&r, length_extra[symbol - 257]);
            symbol = read_symbol(&r, &distances);
            FUZZ_CHECK(symbol <= 29);
            distance = symbol < 4
                           ? symbol + 1
                           : ((2 + (symbol & 1)) << (symbol / 2 - 1)) + 1 + read_bits(&r, symbol / 2 - 1);
            FUZZ_CHECK((size_t)distance <= n && distance <= 1 << ((data[0] >> 4) + 8) &&
                       n + (size_t)length <= expected);
            for (; length > 0; length--, n++) out[n] = out[n - (size_t)distance];
        }
    } while (!last);
    FUZZ_CHECK(n == expected && r.at == r.end);
    for (i = 0; i < n; i++) {
        a = (a + out[i]) % 65521;
        b = (b + a) % 65521;
    }
    FUZZ_CHECK(r.end[0] == b >> 8 && r.end[1] == (b & 255) && r.end[2] == a >> 8 && r.end[3] == (a & 255));
}

/* ---- PNG --------------------------------------------------------------------------------------------- */

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t crc(const uint8_t *p, size_t size)
{
    uint32_t c = 0xffffffffu;
    int k;
    while (size-- > 0)
        for (c ^= *p++, k = 0; k < 8; k++) c = c >> 1 ^ ((c & 1) != 0 ? 0xedb88320u : 0);
    return ~c;
}

static int paeth(int a, int b, int c)
{
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

static void unfilter(uint8_t *rows, size_t row_bytes, int height, size_t unit)
{
    int y;
    size_t i;
    for (y = 0; y < height; y++) {
        uint8_t *row = rows + (size_t)y * (row_bytes + 1), *up = row - row_bytes - 1;
        FUZZ_CHECK(row[0] <= 4);
        for (i = 1; i <= row_bytes; i++) {
            int a = i > unit ? row[i - unit] : 0, b = y > 0 ? up[i] : 0,
                c = i > unit && y > 0 ? up[i - unit] : 0;
            int add = row[0] == 0   ? 0
                      : row[0] == 1 ? a
                      : row[0] == 2 ? b
                      : row[0] == 3 ? (a + b) / 2
                                    : paeth(a, b, c);
            row[i] = (uint8_t)(row[i] + add);
        }
    }
}

/* The file to width * height * 4 bytes of straight RGBA. */
static void decode_png(int width, int height, uint8_t *rgba)
{
    static const uint8_t signature[8] = {137, 80, 78, 71, 13, 10, 26, 10};
    static uint8_t stream[MAX_FILE], rows[MAX_SIDE * (MAX_SIDE * 4 + 1)], palette[256][4];
    size_t at = 8, stream_size = 0, row_bytes, pixel;
    int depth = 0, type = -1, channels, colors = 0, ended = 0, i, c;
    FUZZ_CHECK(file_size > 8 && memcmp(file, signature, 8) == 0);
    while (at < file_size) {
        size_t length;
        const uint8_t *chunk;
        FUZZ_CHECK(!ended && file_size - at >= 12);
        length = big_endian(file + at);
        FUZZ_CHECK(length <= file_size - at - 12);
        chunk = file + at + 8;
        FUZZ_CHECK(crc(file + at + 4, length + 4) == big_endian(chunk + length));
        if (memcmp(file + at + 4, "IHDR", 4) == 0) {
            FUZZ_CHECK(at == 8 && length == 13);
            FUZZ_CHECK(big_endian(chunk) == (uint32_t)width && big_endian(chunk + 4) == (uint32_t)height);
            depth = chunk[8];
            type = chunk[9];
            FUZZ_CHECK(chunk[10] == 0 && chunk[11] == 0 && chunk[12] == 0);
        } else if (memcmp(file + at + 4, "PLTE", 4) == 0) {
            FUZZ_CHECK(type == 3 && colors == 0 && stream_size == 0 && length % 3 == 0);
            colors = (int)(length / 3);
            FUZZ_CHECK(colors >= 1 && colors <= 1 << depth);
            for (i = 0; i < colors; i++) {
                memcpy(palette[i], chunk + 3 * i, 3);
                palette[i][3] = 255;
            }
        } else if (memcmp(file + at + 4, "tRNS", 4) == 0) {
            FUZZ_CHECK(type == 3 && stream_size == 0 && length >= 1 && length <= (size_t)colors);
            for (i = 0; i < (int)length; i++) palette[i][3] = chunk[i];
        } else if (memcmp(file + at + 4, "IDAT", 4) == 0) {
            memcpy(stream + stream_size, chunk, length);
            stream_size += length;
        } else if (memcmp(file + at + 4, "IEND", 4) == 0) {
            FUZZ_CHECK(length == 0);
            ended = 1;
        } else {
            FUZZ_CHECK((file[at + 4] & 32) != 0); /* a chunk that one may skip */
        }
        at += length + 12;
    }
    FUZZ_CHECK(ended && type >= 0);
    channels = type == 0 || type == 3 ? 1 : type == 2 ? 3 : type == 4 ? 2 : 4;
    FUZZ_CHECK(type == 0 || type == 2 || type == 3 || type == 4 || type == 6);
    FUZZ_CHECK(depth == 8 || ((type == 0 || type == 3) && (depth == 1 || depth == 2 || depth == 4)));
    FUZZ_CHECK(type != 3 || colors > 0);
    row_bytes = ((size_t)width * (size_t)(channels * depth) + 7) / 8;
    inflate_zlib(stream, stream_size, rows, (row_bytes + 1) * (size_t)height);
    unfilter(rows, row_bytes, height, channels * depth < 8 ? 1 : (size_t)channels);
    for (pixel = 0; pixel < (size_t)(width * height); pixel++) {
        const uint8_t *row = rows + pixel / (size_t)width * (row_bytes + 1) + 1;
        size_t x = pixel % (size_t)width;
        int sample[4];
        for (c = 0; c < channels; c++) {
            size_t bit = (x * (size_t)channels + (size_t)c) * (size_t)depth;
            sample[c] = row[bit / 8] >> (8 - depth - (int)(bit % 8)) & ((1 << depth) - 1);
            if (type == 0) sample[c] = sample[c] * 255 / ((1 << depth) - 1);
        }
        rgba += 4;
        if (type == 3) {
            FUZZ_CHECK(sample[0] < colors);
            memcpy(rgba - 4, palette[sample[0]], 4);
            continue;
        }
        rgba[-4] = (uint8_t)sample[0];
        rgba[-3] = (uint8_t)sample[channels >= 3 ? 1 : 0];
        rgba[-2] = (uint8_t)sample[channels >= 3 ? 2 : 0];
        rgba[-1] = (uint8_t)(channels == 2 ? sample[1] : channels == 4 ? sample[3] : 255);
    }
}

/* Is this what the pixel at p, in this format, has to become? */
static int same_pixel(const uint8_t *rgba, const uint8_t *p, int format)
{
    uint16_t bits;
    int c;
    switch (format) {
    case PIKA_RGBA8: return memcmp(rgba, p, 4) == 0;
    case PIKA_BGRA8: return rgba[0] == p[2] && rgba[1] == p[1] && rgba[2] == p[0] && rgba[3] == p[3];
    case PIKA_GREY8: return rgba[0] == *p && rgba[1] == *p && rgba[2] == *p && rgba[3] == 255;
    case PIKA_RGB565:
        memcpy(&bits, p, 2);
        return rgba[0] >> 3 == bits >> 11 && rgba[1] >> 2 == (bits >> 5 & 63) &&
               rgba[2] >> 3 == (bits & 31) && rgba[3] == 255;
    default: /* premultiplied: the straight colour gives it back, and white where it is above its alpha */
        if (rgba[3] != p[3]) return 0;
        for (c = 0; c < 3 && p[3] > 0; c++) {
            int back = (rgba[c] * p[3] + 127) / 255, want = p[c] < p[3] ? p[c] : p[3];
            if (back != want) return 0;
        }
        return 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t decoded[MAX_SIDE * MAX_SIDE * 4];
    static double scratch[65536];
    fuzz_input input;
    pika_image image;
    pika_png_desc png;
    pika_ctx ctx;
    pika_ctx_desc ctx_desc;
    pika_result result;
    uint8_t *block;
    size_t pixel_bytes, pitch, i;
    int how, x, y;
    input.at = data;
    input.left = size;
    memset(&image, 0, sizeof image);
    memset(&ctx_desc, 0, sizeof ctx_desc);
    image.format = fuzz_below(&input, 5);
    image.width = 1 + fuzz_below(&input, MAX_SIDE);
    image.height = 1 + fuzz_below(&input, MAX_SIDE);
    png.level = fuzz_below(&input, 11) - 1;
    how = fuzz_below(&input, 256);
    pixel_bytes = image.format == PIKA_GREY8 ? 1 : image.format == PIKA_RGB565 ? 2 : 4;
    pitch = (size_t)image.width * pixel_bytes + (size_t)(how & 3) * pixel_bytes;
    image.bytes = pitch * (size_t)(image.height - 1) + (size_t)image.width * pixel_bytes;
    image.stride = (how & 3) == 0 && (how & 4) == 0 ? 0 : (ptrdiff_t)pitch;
    block = (uint8_t *)malloc(image.bytes);
    FUZZ_CHECK(block != NULL);
    for (i = 0; i < image.bytes; i++) {
        uint8_t byte = input.left > 0 ? input.at[i % input.left] : 0;
        if ((how & 0x30) == 0x10) byte = (uint8_t)(byte & 0x81);                     /* few colours */
        if ((how & 0x30) == 0x20) byte = (uint8_t)(i / pitch * 3 + i % pitch);       /* smooth */
        if ((how & 0x40) != 0 && pixel_bytes == 4 && i % pitch % 4 == 3) byte = 255; /* opaque */
        if ((how & 0x80) != 0 && pixel_bytes == 4 && i % pitch % 4 < 3)
            byte = block[i - i % pitch % 4]; /* grey */
        if ((how & 0xb0) == 0xb0 && pixel_bytes == 4 && i % pitch % 4 == 0)
            byte = input.left > 0 ? input.at[i % input.left] : 9;
        block[i] = byte;
    }
    image.pixels = block;
    if ((how & 4) != 0) {
        image.pixels = block + pitch * (size_t)(image.height - 1);
        image.stride = -(ptrdiff_t)pitch;
    }
    if (image.format == PIKA_RGBA8_PREMULTIPLIED && (how & 8) != 0)
        for (i = 0; i < image.bytes; i++)
            if (i % pitch % 4 < 3 && i - i % pitch % 4 + 3 < image.bytes) {
                uint8_t alpha = block[i - i % pitch % 4 + 3];
                if (block[i] > alpha) block[i] = alpha;
            }
    if ((how & 8) != 0) {
        ctx_desc.scratch = scratch;
        ctx_desc.scratch_bytes = sizeof scratch;
    }
    ctx_desc.threads = 1;
    FUZZ_CHECK(pika_ctx_init(&ctx, &ctx_desc) == PIKA_OK);
    fail_at = MAX_FILE;
    file_size = 0;
    result = pika_encode_png(&ctx, &image, &png, keep, NULL);
    FUZZ_CHECK(result == PIKA_OK);
    decode_png(image.width, image.height, decoded);
    for (y = 0; y < image.height; y++)
        for (x = 0; x < image.width; x++) {
            const uint8_t *row =
                image.pixels + (ptrdiff_t)y * (image.stride != 0 ? image.stride : (ptrdiff_t)pitch);
            FUZZ_CHECK(
                same_pixel(decoded + 4 * (y * image.width + x), row + (size_t)x * pixel_bytes, image.format));
        }
    fail_at = (size_t)fuzz_take(&input, 2) % file_size;
    file_size = 0;
    FUZZ_CHECK(pika_encode_png(&ctx, &image, &png, keep, NULL) == PIKA_ERR_IO);
    pika_ctx_free(&ctx);
    FUZZ_CHECK(ctx.live_bytes == 0);
    free(block);
    return 0;
}
