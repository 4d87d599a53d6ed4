/* pika.c - the pika command: CSV, TSV, .npy, raw numbers or a stream of them to a plot, of points, lines, areas
   or polygons
   Public domain or MIT, at your choice: see the end of pika.h.

   Build:  cc -O2 tools/pika.c -o pika -pthread          cl /O2 tools\pika.c
           (glibc before 2.34: and -ldl; -DPIKA_TOOL_NO_GL: without --backend gl, as on Windows and macOS)
   Use:    pika --help

   THE WAY OF A ROW
      input    bytes of a file or stream, in blocks, never mapped
      csv      text to f64 rows, through `rows`: held until the range is known, or passed straight on
      binary   .npy and raw: columns of their own type in a block, read twice where the range is not known
      held     rows that are drawn when all of a file are there: by a GPU, or as marks that need them together
      gl       with --backend gl: a driver without a window, which counts the rows
      plot     axes, names and colours around the grid, whose size they leave; none with --bare
      drawing  the grid (and with --verify a second one, by the slow and simple way)
      marks    rows to lines, areas and polygons
      adding   rows to the grid as they come, or to those that are held
      picture  colours, spread, background; and the plot
      output   a temporary beside the target, renamed at the very end

   CONTENTS (search for the tag)
      >>config >>platform >>messages >>decimal >>options >>clock >>input >>labels >>fit >>held >>gl >>plot
      >>drawing >>marks >>adding >>rows >>csv >>binary >>picture >>output >>main

   Several FILEs without --view are read twice: for the range of all, and to be drawn.

   Any failure prints one line and ends the process through `finish`, which removes temporaries; memory is
   given back on success. All state is in the structures of each section, but what `finish` has to know. */

/* ---- >>config: feature macros, the library, limits --------------------------------------------------- */

#ifndef _WIN32
    #ifndef _DEFAULT_SOURCE
        #define _DEFAULT_SOURCE 1 /* POSIX names under -std=c99 */
    #endif
    #ifndef _FILE_OFFSET_BITS
        #define _FILE_OFFSET_BITS 64
    #endif
#elif !defined(_CRT_SECURE_NO_WARNINGS)
    #define _CRT_SECURE_NO_WARNINGS
#endif

#define PIKA_IMPLEMENTATION
#include "../pika.h"

#if !defined(PIKA_TOOL_NO_GL) && !defined(_WIN32) && !defined(__APPLE__) && !defined(__wasm__)
    #define HAS_GL 1
    #define PIKA_GL_IMPLEMENTATION
    #include "../pika_gl.h"
    #include <dlfcn.h>
#else
    #define HAS_GL 0
#endif

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD_LIMIT ((uint64_t)256 << 20)     /* bytes of rows held from a stream */
#define CHUNK_ROWS ((size_t)1 << 20)         /* rows that go to the library in one call */
#define BLOCK_BYTES ((size_t)1 << 20)        /* one read of text */
#define BINARY_BYTES ((size_t)16 << 20)      /* one read of numbers */
#define RECORD_LIMIT ((size_t)64 << 20)      /* a row of text, and one of numbers */
#define NPY_HEADER_LIMIT ((uint32_t)1 << 20) /* numpy itself writes a few hundred bytes */
#define CATEGORY_LIMIT 256
#define LEGEND_INSIDE 12 /* more categories are named outside the panel */
/* Of numbers that --backend auto gives to a GPU. Starting its driver takes some tenths of a second, in which
   the CPU adds a few hundred million rows. */
#define GL_LEAST_BYTES ((uint64_t)2 << 30)

#if defined(__GNUC__) || defined(__clang__)
    #if defined(__MINGW_PRINTF_FORMAT)
        #define LIKE_PRINTF(format, first) __attribute__((__format__(__MINGW_PRINTF_FORMAT, format, first)))
    #else
        #define LIKE_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
    #endif
    #define NO_RETURN __attribute__((__noreturn__))
    #define NOT_REACHED
    #define ALWAYS_INLINE __attribute__((__always_inline__)) static inline
    #define NEVER_INLINE __attribute__((__noinline__)) static
    #define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#elif defined(_MSC_VER)
    #define LIKE_PRINTF(format, first)
    #define NO_RETURN __declspec(noreturn)
    #define NOT_REACHED
    #define ALWAYS_INLINE static __forceinline
    #define NEVER_INLINE static __declspec(noinline)
    #define UNLIKELY(condition) (condition)
#else
    #define LIKE_PRINTF(format, first)
    #define NO_RETURN
    #define NOT_REACHED return 0;
    #define ALWAYS_INLINE static inline
    #define NEVER_INLINE static
    #define UNLIKELY(condition) (condition)
#endif

#if defined(_WIN32) || (defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) || \
    defined(__x86_64__) || defined(__i386__)
    #define HOST_LITTLE_ENDIAN 1
#else
    #define HOST_LITTLE_ENDIAN 0
#endif

/* ---- >>platform: files with UTF-8 names, terminals, time --------------------------------------------- */

typedef struct file_info {
    int exists, folder, regular;
    uint64_t size, device, number; /* device and number say which file it is */
    unsigned mode;                 /* its permissions; 0 where there are none */
} file_info;

#ifdef _WIN32

    #ifndef WIN32_LEAN_AND_MEAN
        #define WIN32_LEAN_AND_MEAN
    #endif
    #ifndef NOMINMAX
        #define NOMINMAX
    #endif
    #include <windows.h>
    #include <fcntl.h>
    #include <io.h>
    #include <sys/stat.h>

/* UTF-8 to UTF-16; malloc, NULL without memory or where it is no UTF-8 */
static wchar_t *wide_text(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *wide = length > 0 ? (wchar_t *)malloc((size_t)length * sizeof(wchar_t)) : NULL;
    if (wide) MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, length);
    if (!wide) errno = length > 0 ? ENOMEM : EINVAL;
    return wide;
}

static FILE *file_open(const char *path, int writing)
{
    wchar_t *wide = wide_text(path);
    FILE *file = wide ? _wfopen(wide, writing ? L"wb" : L"rb") : NULL;
    free(wide);
    return file;
}

static FILE *file_create_new(const char *path, unsigned mode)
{
    wchar_t *wide = wide_text(path);
    int descriptor =
        wide ? _wopen(wide, _O_CREAT | _O_EXCL | _O_WRONLY | _O_BINARY, _S_IREAD | _S_IWRITE) : -1;
    FILE *file = descriptor >= 0 ? _fdopen(descriptor, "wb") : NULL;
    (void)mode;
    free(wide);
    return file;
}

static file_info file_look(const char *path)
{
    file_info info;
    wchar_t *wide = wide_text(path);
    BY_HANDLE_FILE_INFORMATION about;
    HANDLE handle = INVALID_HANDLE_VALUE;
    memset(&info, 0, sizeof(info));
    if (wide)
        handle = CreateFileW(wide, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
            OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    free(wide);
    if (handle == INVALID_HANDLE_VALUE) return info;
    info.exists = 1;
    if (GetFileType(handle) == FILE_TYPE_DISK && GetFileInformationByHandle(handle, &about)) {
        info.folder = (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        info.regular = !info.folder;
        info.size = ((uint64_t)about.nFileSizeHigh << 32) | about.nFileSizeLow;
        info.device = about.dwVolumeSerialNumber;
        info.number = ((uint64_t)about.nFileIndexHigh << 32) | about.nFileIndexLow;
    }
    CloseHandle(handle);
    return info;
}

static int file_replace(const char *from, const char *to) /* 1 = done */
{
    wchar_t *wide_from = wide_text(from), *wide_to = wide_text(to);
    int done = wide_from && wide_to && MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING);
    if (!done) errno = EACCES;
    free(wide_from);
    free(wide_to);
    return done;
}

static void file_remove(const char *path)
{
    wchar_t *wide = wide_text(path);
    if (wide) _wremove(wide);
    free(wide);
}

static int file_seek(FILE *file, uint64_t position)
{
    return position <= INT64_MAX && _fseeki64(file, (int64_t)position, SEEK_SET) == 0;
}

static char *path_resolve(const char *path)
{
    size_t bytes = strlen(path) + 1;
    char *copy = (char *)malloc(bytes);
    if (copy) memcpy(copy, path, bytes);
    return copy;
}

static int path_separator(char c) { return c == '/' || c == '\\' || c == ':'; }
static void stream_binary(FILE *stream) { _setmode(_fileno(stream), _O_BINARY); }
static int stream_terminal(FILE *stream) { return _isatty(_fileno(stream)) != 0; }

static double seconds_now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}

/* The command line again, in UTF-8, by the rules of Microsoft's C run time: blanks part arguments, quotes
   keep them together, 2n backslashes before a quote are n of them, 2n + 1 are n and a plain quote, "" inside
   quotes is a quote. NULL without memory. */
static char **platform_arguments(int *count, char **given)
{
    const wchar_t *p = GetCommandLineW();
    size_t length = wcslen(p), arguments = 0;
    char **list = (char **)malloc((length / 2 + 2) * sizeof(char *)); /* an argument and a blank: 2 units */
    wchar_t *unit = (wchar_t *)malloc((length + 1) * sizeof(wchar_t));
    (void)given;
    while (list && unit) {
        size_t used = 0, bytes;
        int quoted = 0;
        while (*p == L' ' || *p == L'\t') p++;
        if (!*p) break;
        while (*p && (quoted || (*p != L' ' && *p != L'\t'))) {
            size_t slashes = 0;
            while (*p == L'\\') slashes++, p++;
            if (*p == L'"' && arguments > 0) {
                size_t i;
                for (i = 0; i < slashes / 2; i++) unit[used++] = L'\\';
                if (slashes % 2) {
                    unit[used++] = L'"';
                } else if (quoted && p[1] == L'"') {
                    unit[used++] = L'"';
                    p++;
                } else {
                    quoted = !quoted;
                }
                p++;
            } else {
                while (slashes--) unit[used++] = L'\\';
                if (*p == L'"') { /* the program's name: quotes only */
                    quoted = !quoted;
                    p++;
                } else if (*p && (quoted || (*p != L' ' && *p != L'\t'))) {
                    unit[used++] = *p++;
                }
            }
        }
        unit[used] = 0;
        bytes = (size_t)WideCharToMultiByte(CP_UTF8, 0, unit, -1, NULL, 0, NULL, NULL);
        list[arguments] = (char *)malloc(bytes);
        if (!list[arguments]) return NULL;
        WideCharToMultiByte(CP_UTF8, 0, unit, -1, list[arguments], (int)bytes, NULL, NULL);
        arguments++;
    }
    free(unit);
    if (!list) return NULL;
    list[arguments] = NULL;
    *count = (int)arguments;
    return list;
}

#else

    #include <fcntl.h>
    #include <signal.h>
    #include <sys/stat.h>
    #include <time.h>
    #include <unistd.h>

static FILE *file_open(const char *path, int writing) { return fopen(path, writing ? "wb" : "rb"); }

static FILE *file_create_new(const char *path, unsigned mode)
{
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0666);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (descriptor >= 0 && mode && fchmod(descriptor, (mode_t)mode) != 0) errno = 0; /* a courtesy, no need */
    return file;
}

static file_info file_look(const char *path)
{
    file_info info;
    struct stat about;
    memset(&info, 0, sizeof(info));
    if (stat(path, &about) != 0) return info;
    info.exists = 1;
    info.folder = S_ISDIR(about.st_mode) != 0;
    info.regular = S_ISREG(about.st_mode) != 0;
    info.size = (uint64_t)about.st_size;
    info.device = (uint64_t)about.st_dev;
    info.number = (uint64_t)about.st_ino;
    info.mode = (unsigned)about.st_mode & 0777;
    return info;
}

static int file_replace(const char *from, const char *to) { return rename(from, to) == 0; } /* 1 = done */
static void file_remove(const char *path) { unlink(path); }

static int file_seek(FILE *file, uint64_t position)
{
    return position <= INT64_MAX && fseeko(file, (off_t)position, SEEK_SET) == 0;
}

static char *path_resolve(const char *path) { return realpath(path, NULL); }
static int path_separator(char c) { return c == '/'; }
static void stream_binary(FILE *stream) { (void)stream; }
static int stream_terminal(FILE *stream) { return isatty(fileno(stream)); }

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static char **platform_arguments(int *count, char **given)
{
    (void)count;
    return given;
}

#endif

/* ---- >>messages: one line on standard error, and the end --------------------------------------------- */

#define TEMPORARIES 2

/* What the end of the process has to undo. */
static struct {
    char *volatile temporary[TEMPORARIES]; /* names of files to remove */
    int progress_shown;                    /* a line on the terminal has no end yet */
} unfinished;

static void messages_clear_progress(void)
{
    if (!unfinished.progress_shown) return;
    fputs("\r\033[K", stderr);
    unfinished.progress_shown = 0;
}

NO_RETURN static void finish(int status)
{
    int i;
    messages_clear_progress();
    for (i = 0; i < TEMPORARIES; i++)
        if (unfinished.temporary[i]) file_remove(unfinished.temporary[i]);
    exit(status);
}

#ifdef _WIN32
static void messages_catch_signals(void) {}
#else
/* Only calls that a signal handler may make; then the signal does what it always does. */
static void messages_signal(int signal_number)
{
    int i;
    for (i = 0; i < TEMPORARIES; i++)
        if (unfinished.temporary[i]) unlink(unfinished.temporary[i]);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void messages_catch_signals(void)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    size_t i;
    for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        if (signal(caught[i], messages_signal) == SIG_IGN) signal(caught[i], SIG_IGN); /* nohup stays */
}
#endif

LIKE_PRINTF(2, 0) static void messages_print(const char *kind, const char *format, va_list arguments)
{
    messages_clear_progress();
    fputs(kind, stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

/* The work failed: exit 1. */
NO_RETURN LIKE_PRINTF(1, 2) static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    messages_print("pika: ", format, arguments);
    va_end(arguments);
    finish(1);
}

/* The command line is wrong: exit 2. */
NO_RETURN LIKE_PRINTF(1, 2) static void fail_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    messages_print("pika: ", format, arguments);
    va_end(arguments);
    fputs("Try 'pika --help'.\n", stderr);
    finish(2);
}

LIKE_PRINTF(1, 2) static void warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    messages_print("pika: warning: ", format, arguments);
    va_end(arguments);
}

/* What was printed has to arrive: a path that nobody reads is no picture */
static void messages_flush(void)
{
    errno = 0;
    if (fflush(stdout) || ferror(stdout))
        fail("standard output: %s", errno ? strerror(errno) : "cannot be written");
}

static void *allocate(size_t bytes, const char *purpose)
{
    void *memory = malloc(bytes ? bytes : 1);
    if (!memory) fail("out of memory: %.0f bytes for %s", (double)bytes, purpose);
    return memory;
}

static void *reallocate(void *old, size_t bytes, const char *purpose)
{
    void *memory = realloc(old, bytes);
    if (!memory) fail("out of memory: %.0f bytes for %s", (double)bytes, purpose);
    return memory;
}

/* At most 40 bytes of text from a file, without control characters, for a message. */
typedef struct excerpt {
    char text[48];
} excerpt;

static excerpt excerpt_of(const char *text, size_t length)
{
    excerpt result;
    size_t i, kept = length > 40 ? 37 : length;
    for (i = 0; i < kept; i++) {
        unsigned char c = (unsigned char)text[i];
        result.text[i] = c < 32 || c == 127 ? '?' : (char)c;
    }
    /* do not end within a UTF-8 sequence */
    if (kept < length)
        while (kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80) kept--;
    memcpy(result.text + kept, kept < length ? "..." : "", kept < length ? 4 : 1);
    return result;
}

/* The end of a path, which says more than its beginning */
static excerpt excerpt_of_end(const char *path)
{
    size_t length = strlen(path), first = length > 40 ? length - 37 : 0;
    excerpt result;
    while (first > 0 && ((unsigned char)path[first] & 0xC0) == 0x80) first++;
    result = excerpt_of(path + first, length - first);
    if (first > 0) {
        memmove(result.text + 3, result.text, strlen(result.text) + 1);
        memcpy(result.text, "...", 3);
    }
    return result;
}

/* ---- >>decimal: text to the nearest double ----------------------------------------------------------- */

/* clang-format off */
/* A decimal is w * 10^q with w of up to 19 digits, or of more. In this order:
   1. w <= 2^53 and |q| <= 22: both are doubles, so one multiplication or division rounds once (Clinger 1990).
   2. w times the 128 highest bits of 10^q: the number lies between that product and the one for the next
      power; where both round alike the answer is certain (the idea of Eisel and Lemire, 2020).
   3. Else, with whole numbers of any length, the number against the middle of the two doubles around it:
      exact, slow, and needed for true ties, denormals and one in 2^60 others.
   No locale, no libm. Written for this file; tests/tool/strtod.c compares it with the C library. */
/* clang-format on */

#define DECIMAL_LOWEST (-342) /* w * 10^-343 < 2^64 * 10^-343 is below half of the smallest double */
#define DECIMAL_HIGHEST 308
#define DECIMAL_POWERS (DECIMAL_HIGHEST - DECIMAL_LOWEST + 1)
#define DECIMAL_EXACT 55 /* 5^55 < 2^128: powers 0 to 55 of the table are exact */
#define DECIMAL_KEPT 768 /* the middle of two doubles has at most 767 digits */
#define BIG_WORDS 128    /* the largest number of step 3 has about 2,700 bits, the table's 1,056 */

#if (defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD == 2 || FLT_EVAL_METHOD < 0)) || \
    (!defined(FLT_EVAL_METHOD) && defined(__i386__))
    #define DECIMAL_CLINGER 0 /* x87 rounds twice */
#else
    #define DECIMAL_CLINGER 1
#endif

/* A whole number: value = sum of word[i] * 2^(32 i); no leading zero words. */
typedef struct big_number {
    int count;
    uint32_t word[BIG_WORDS];
} big_number;

static void big_set(big_number *number, uint64_t value)
{
    number->word[0] = (uint32_t)value;
    number->word[1] = (uint32_t)(value >> 32);
    number->count = value >> 32 ? 2 : value ? 1 : 0;
}

static void big_multiply_add(big_number *number, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    int i;
    for (i = 0; i < number->count; i++) {
        carry += (uint64_t)number->word[i] * factor;
        number->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry && number->count < BIG_WORDS) number->word[number->count++] = (uint32_t)carry;
}

static void big_divide(big_number *number, uint32_t divisor) /* floor */
{
    uint64_t rest = 0;
    int i;
    for (i = number->count - 1; i >= 0; i--) {
        rest = (rest << 32) | number->word[i];
        number->word[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (number->count > 0 && !number->word[number->count - 1]) number->count--;
}

static void big_multiply_power_of_5(big_number *number, int power)
{
    for (; power >= 13; power -= 13) big_multiply_add(number, 1220703125u, 0);
    for (; power > 0; power--) big_multiply_add(number, 5, 0);
}

static void big_shift_left(big_number *number, int bits)
{
    int words = bits / 32, i;
    big_multiply_add(number, (uint32_t)1 << (bits % 32), 0);
    if (!number->count || number->count + words > BIG_WORDS) return;
    for (i = number->count - 1; i >= 0; i--) number->word[i + words] = number->word[i];
    for (i = 0; i < words; i++) number->word[i] = 0;
    number->count += words;
}

static int big_compare(const big_number *a, const big_number *b) /* < 0, 0, > 0 */
{
    int i;
    if (a->count != b->count) return a->count - b->count;
    for (i = a->count - 1; i >= 0; i--)
        if (a->word[i] != b->word[i]) return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

static int zero_bits_above(uint64_t value) /* leading zeros; value != 0 */
{
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_clzll(value);
#else
    int zeros = 0, step;
    for (step = 32; step > 0; step /= 2) {
        if (value >> (64 - step)) continue;
        value <<= step;
        zeros += step;
    }
    return zeros;
#endif
}

static void multiply_64(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    *high = (uint64_t)(product >> 64);
    *low = (uint64_t)product;
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32); /* < 2^64 */
    uint64_t cross = a0 * b1 + (uint32_t)middle;
    *high = a1 * b1 + (middle >> 32) + (cross >> 32);
    *low = a * b;
#endif
}

/* 10^q = (high * 2^64 + low, and up to one more) * 2^(log2 - 127), 2^127 <= high:low < 2^128 */
typedef struct decimal_power {
    uint64_t high, low;
    int log2; /* floor(log2(10^q)) */
} decimal_power;

static decimal_power decimal_powers[DECIMAL_POWERS];

static decimal_power decimal_power_from(const big_number *number, int shift)
{
    decimal_power power;
    uint64_t top[3] = {0, 0, 0}; /* 192 bits from the highest word down */
    int i, zeros;
    for (i = 0; i < 6; i++) {
        int at = number->count - 1 - i;
        top[i / 2] |= (uint64_t)(at >= 0 ? number->word[at] : 0) << (i % 2 ? 0 : 32);
    }
    zeros = zero_bits_above(top[0]);
    power.high = zeros ? (top[0] << zeros) | (top[1] >> (64 - zeros)) : top[0];
    power.low = zeros ? (top[1] << zeros) | (top[2] >> (64 - zeros)) : top[1];
    power.log2 = number->count * 32 - zeros - 1 + shift;
    return power;
}

/* Fills the table, once, by exact arithmetic: 5^q upwards, and floor(2^1056 / 5^n) downwards (the floor of a
   floor is the floor of all). About 40 us. */
static void decimal_start(void)
{
    big_number number;
    int q;
    if (decimal_powers[0].high) return;
    big_set(&number, 1);
    for (q = 0; q <= DECIMAL_HIGHEST; q++) {
        decimal_powers[q - DECIMAL_LOWEST] = decimal_power_from(&number, q);
        big_multiply_add(&number, 5, 0);
    }
    big_set(&number, 1);
    big_shift_left(&number, 1056);
    for (q = -1; q >= DECIMAL_LOWEST; q--) {
        big_divide(&number, 5);
        decimal_powers[q - DECIMAL_LOWEST] = decimal_power_from(&number, q - 1056);
    }
}

#define DOUBLE_INFINITY_BITS ((uint64_t)0x7FF << 52)

static double double_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* The double next to w * 10^q towards zero, as bits, w > 0; *up says whether the nearest is the one after: 0,
   1, or -1 where 128 bits cannot tell. */
static uint64_t decimal_floor(uint64_t w, int q, int *up)
{
    const decimal_power *power = &decimal_powers[q - DECIMAL_LOWEST];
    int zeros = zero_bits_above(w), top, shift, exponent, tried;
    uint64_t high, middle, low = 0, rest, half, mantissa;
    int exact = q >= 0 && q <= DECIMAL_EXACT;
    w <<= zeros;
    multiply_64(w, power->high, &high, &middle);
    for (tried = 0;; tried = 1) {
        /* w * 10^q = (high:middle:low and less than one unit of `high` (first), of `middle` (then) more) */
        top = (int)(high >> 63);
        shift = 10 + top; /* 53 bits remain */
        half = (uint64_t)1 << (shift - 1);
        rest = high & (2 * half - 1);
        if (rest > half || (rest == half && middle > 0)) *up = 1;
        else if (rest + 1 < half) *up = 0;
        else if (tried && exact) *up = rest == half && (low > 0 || ((high >> shift) & 1));
        else if (tried) *up = rest + 1 == half && middle != UINT64_MAX ? 0 : -1;
        else {
            uint64_t carry;
            multiply_64(w, power->low, &carry, &low);
            middle += carry;
            high += middle < carry;
            continue;
        }
        break;
    }
    exponent = power->log2 + 63 - zeros + top;
    mantissa = high >> shift; /* 2^52 <= mantissa < 2^53 */
    if (exponent > 1023) {
        *up = 0;
        return DOUBLE_INFINITY_BITS;
    }
    if (exponent < -1022) { /* denormal: the bits that decide are others */
        int extra = -1022 - exponent;
        *up = -1;
        return extra < 53 ? mantissa >> extra : 0;
    }
    return ((uint64_t)(exponent + 1022) << 52) + mantissa;
}

/* Step 3. The number is digits * 10^q; `floor_bits` is the double next to it towards zero. */
NEVER_INLINE uint64_t decimal_decide(const char *digits, int count, int q, uint64_t floor_bits)
{
    big_number number, middle;
    uint64_t mantissa = floor_bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(floor_bits >> 52), i, shift, order;
    if (exponent) mantissa |= (uint64_t)1 << 52;
    exponent = (exponent ? exponent : 1) - 1075; /* floor = mantissa * 2^exponent */
    big_set(&middle, 2 * mantissa + 1);          /* middle * 2^(exponent - 1) */
    big_set(&number, 0);
    for (i = 0; i < count; i++) big_multiply_add(&number, 10, (uint32_t)(digits[i] - '0'));
    if (q >= 0) big_multiply_power_of_5(&number, q);
    else big_multiply_power_of_5(&middle, -q);
    shift = q - (exponent - 1); /* number * 2^shift against middle */
    if (shift >= 0) big_shift_left(&number, shift);
    else big_shift_left(&middle, -shift);
    order = big_compare(&number, &middle);
    return floor_bits + (order > 0 || (order == 0 && (floor_bits & 1)));
}

/* Steps 2 and 3 for a w that holds all digits, w > 0. */
NEVER_INLINE uint64_t decimal_bits(uint64_t w, int64_t q)
{
    uint64_t bits;
    char digits[20];
    int up, count = 0;
    if (q < DECIMAL_LOWEST) return 0;
    if (q > DECIMAL_HIGHEST) return DOUBLE_INFINITY_BITS;
    bits = decimal_floor(w, (int)q, &up);
    if (up >= 0) return bits + (uint64_t)up;
    memset(digits, '0', sizeof(digits));
    for (; w; w /= 10) digits[19 - count++] = (char)('0' + w % 10);
    return decimal_decide(digits + 20 - count, count, (int)q, bits);
}

/* All steps for digits (and one point among them) of any number from `p` up to `end`, times 10^exponent. */
NEVER_INLINE uint64_t decimal_bits_long(const char *p, const char *end, int64_t exponent)
{
    char digits[DECIMAL_KEPT + 1];
    int count = 0, up_low, up_high;
    int after_point = 0, more = 0;
    uint64_t w = 0, low, high;
    int i;
    for (; p < end; p++) {
        unsigned digit = (unsigned)((unsigned char)*p - (unsigned char)'0');
        if (digit > 9) {
            after_point = 1;
        } else if (count == 0 && digit == 0) {
            exponent -= after_point;
        } else if (count < DECIMAL_KEPT) {
            digits[count++] = *p;
            exponent -= after_point;
        } else {
            more |= digit != 0;
            exponent += !after_point;
        }
    }
    if (more) { /* a digit that stands for all that follow: no middle has so many */
        digits[count++] = '1';
        exponent--;
    }
    while (count > 0 && digits[count - 1] == '0') {
        count--;
        exponent++;
    }
    if (count == 0) return 0;
    for (i = 0; i < count && i < 19; i++) w = w * 10 + (uint64_t)(digits[i] - '0');
    if (count <= 19) return decimal_bits(w, exponent);
    exponent += count - 19; /* now w * 10^exponent < number < (w + 1) * 10^exponent */
    if (exponent < DECIMAL_LOWEST) return 0;
    if (exponent > DECIMAL_HIGHEST) return DOUBLE_INFINITY_BITS;
    low = decimal_floor(w, (int)exponent, &up_low);
    high = decimal_floor(w + 1, (int)exponent, &up_high);
    if (up_low >= 0 && up_high >= 0 && low + (uint64_t)up_low == high + (uint64_t)up_high)
        return low + (uint64_t)up_low;
    if (low == DOUBLE_INFINITY_BITS) return low;
    return decimal_decide(digits, count, (int)exponent - (count - 19), low);
}

/* Eight bytes from p on as a number where p[0] is the lowest byte */
ALWAYS_INLINE uint64_t load_8(const char *p)
{
    uint64_t bytes;
    memcpy(&bytes, p, sizeof(bytes));
    return bytes;
}

/* 1 where all eight bytes are '0' to '9': the high halves are 3 before and after adding 6 */
ALWAYS_INLINE int eight_digits(uint64_t bytes)
{
    const uint64_t high = 0xF0F0F0F0F0F0F0F0u;
    return ((bytes & high) | (((bytes + 0x0606060606060606u) & high) >> 4)) == 0x3333333333333333u;
}

/* Their value: pairs, then fours, then all, each in one multiplication */
ALWAYS_INLINE uint64_t eight_digits_value(uint64_t bytes)
{
    bytes = ((bytes & 0x0F0F0F0F0F0F0F0Fu) * (10 * 256 + 1)) >> 8;
    bytes = ((bytes & 0x00FF00FF00FF00FFu) * (100 * 65536 + 1)) >> 16;
    return ((bytes & 0x0000FFFF0000FFFFu) * (((uint64_t)10000 << 32) + 1)) >> 32;
}

/* Reads [+-]digits[.digits][e[+-]digits] and returns where it ends; NULL where there is no number. The text
   must be followed by 8 readable bytes, the first of them no part of a number. `point` may stand for '.'. */
ALWAYS_INLINE const char *decimal_parse(const char *text, char point, double *out)
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
        1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *p = text, *first, *end;
    int negative = *p == '-';
    uint64_t w = 0, bits;
    int64_t exponent = 0;
    ptrdiff_t digits;
    if (*p == '-' || *p == '+') p++;
    first = p;
    for (; (unsigned char)(*p - '0') <= 9; p++) w = w * 10 + (uint64_t)(*p - '0'); /* may wrap: see digits */
    digits = p - first;
    if (*p == '.' || *p == point) {
        const char *fraction = ++p;
        if (HOST_LITTLE_ENDIAN) {
            uint64_t bytes;
            while (eight_digits(bytes = load_8(p))) {
                w = w * 100000000 + eight_digits_value(bytes);
                p += 8;
            }
        }
        for (; (unsigned char)(*p - '0') <= 9; p++) w = w * 10 + (uint64_t)(*p - '0');
        exponent = fraction - p;
        digits += p - fraction;
    }
    if (digits == 0) return NULL;
    end = p;
    if (UNLIKELY((*p | 32) == 'e')) {
        const char *e = p + 1;
        int64_t value = 0;
        int minus = *e == '-';
        if (*e == '-' || *e == '+') e++;
        if ((unsigned char)(*e - '0') <= 9) {
            for (; (unsigned char)(*e - '0') <= 9; e++)
                if (value < 1000000000000) value = value * 10 + (*e - '0'); /* beyond any length of text */
            exponent += minus ? -value : value;
            p = e;
        }
    }
    if (UNLIKELY(digits > 19)) {
        /* the long way counts the digits after the point itself */
        const char *mark = (const char *)memchr(first, '.', (size_t)(end - first));
        if (!mark && point != '.') mark = (const char *)memchr(first, point, (size_t)(end - first));
        bits = decimal_bits_long(first, end, exponent + (mark ? end - mark - 1 : 0));
#if DECIMAL_CLINGER
    } else if (w <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
        double value = (double)(int64_t)w;
        value = exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
        *out = negative ? -value : value;
        return p;
#endif
    } else {
        bits = w ? decimal_bits(w, exponent) : 0;
    }
    (void)powers;
    *out = double_from_bits(bits | (uint64_t)negative << 63);
    return p;
}

/* The same for a whole string of the command line: 1 where it is a number and nothing else */
static int decimal_text(const char *text, size_t length, double *out)
{
    char padded[512];
    if (length == 0 || length + 8 > sizeof(padded)) return 0;
    memcpy(padded, text, length);
    memset(padded + length, 0, 8);
    return decimal_parse(padded, '.', out) == padded + length;
}

/* ---- >>options: the command line --------------------------------------------------------------------- */

enum { RAW_NONE = -1 };
enum { BACKEND_AUTO, BACKEND_CPU, BACKEND_GL };
enum { MARK_POINTS, MARK_LINES, MARK_AREA, MARK_POLYGONS };

/* One end of --view. A whole number is kept exactly too, for columns of 64-bit integers. */
typedef struct view_bound {
    double value;
    int whole;
    int64_t integer;
} view_bound;

typedef struct options {
    const char **files, *x, *y, *value, *category, *output, *grid;
    int file_count, series; /* series: a category for each file */
    int mark, once, even_odd, aa, together, has_transfer;
    double line_width, baseline; /* line_width: in cells; 0 = aliased */
    int width, height, has_view, log_x, log_y, plane, transfer, backend, isa, threads, level, raw_type,
        raw_columns;
    int has_background, spread; /* spread -1 = auto */
    int verify, stats, exact_edges;
    int bare, overlay, legend, dpi;                   /* bare: the grid's pixels and no plot */
    const char *title, *subtitle, *x_label, *y_label; /* labels NULL: the columns' names */
    const pika_theme *theme;
    double time_unit; /* seconds in 1 of x; 0 = x is no time */
    uint32_t background;
    double range_lo, range_hi; /* of the colours; equal = from the data */
    view_bound view[4];        /* x0 x1 y0 y1 */
    const pika_colormap *colormap;
} options;

/* clang-format off */
/* Two, as C99 promises 4095 characters of a string */
static const char *const options_help[2] = {
    "Usage: pika [options] FILE...       Plots millions of points, lines or polygons: a PNG with axes.\n"
    "FILE   CSV or TSV (a header or none; commas, semicolons or tabs), .npy (n x 2 or more columns),\n"
    "       raw numbers (--raw), or - for CSV on standard input. Several have a colour each, up to 256,\n"
    "       or with --together none, and any number; with --lines each is a line\n"
    "  -x COL  -y COL       columns by name or number from 1; default: the first two, or those named\n"
    "                       x, y; lon, lat; lng, lat; longitude, latitude\n"
    "  -v COL               the value for --reduce;  --category COL: a colour for each of up to 256 texts\n"
    "  --raw TYPE           little-endian numbers: f32xy = x, y pairs; f32xyv = with a value; f32 = y, and\n"
    "                       x is the row number; likewise f64, i8, u8, i16, u16, i32, u32, i64, u64\n"
    "  --lines              joins the rows of a FILE, or of a category, as they follow; an empty line, an\n"
    "                       empty field or NaN breaks the line.  --once: a line counts once in each cell\n"
    "  --width W            of lines in cells, anti-aliased; default: 0, every cell of a segment counts 1\n"
    "  --area               fills between such a line and y = 0;  --baseline Y: and y = Y\n"
    "  --polygons           fills rings of rows, parted by empty lines;  --even-odd: but what lies inside an\n"
    "                       even number of times.  -v and --category: those of a ring's, an area's first row\n"
    "  --aa                 --area and --polygons anti-aliased; --lines as with --width 1. Their colour is as\n"
    "                       opaque as they cover the cell, but with --shade, --range or --colormap\n"
    "  --view X0:X1,Y0:Y1   what to look at; default: the range of the data;  --log x|y|xy: log10 axes\n"
    "  --reduce NAME        of a cell: count (default), any, sum, mean, min, max, var, std, first, last;\n"
    "                       of anti-aliased marks: count (the area that is covered), sum, mean\n"
    "  --shade NAME         eq_hist (default), log, linear, cbrt;  --range LO:HI: the values of the first\n"
    "                       and the last colour; default: the smallest and largest there are\n"
    "  --colormap NAME      viridis (default), magma, fire, grey, ...; a wrong name lists them all\n"
    "  --background COLOR   RRGGBB, RRGGBBAA or none: behind the points; default: the theme's, --bare: none\n"
    "  --spread R|auto      points grow by R pixels, 0 to 64; auto: as long as they stand apart\n",
    "  --title TEXT         and --subtitle, --xlabel, --ylabel TEXT; default: no titles, the columns' names\n"
    "  --theme light|dark   default: light;  --dpi N: of text and axes, 24 to 1200; default: 96, 192: twice\n"
    "  --legend PLACE       of FILEs, categories: auto (default: the emptiest corner, outside where they are\n"
    "                       many), none, top-left, top-right, bottom-left, bottom-right, outside\n"
    "  --time x             x is seconds since 1970, in UTC; x:ms, x:us, x:ns: thousandths and so on\n"
    "  --size WxH           default 1200x800, up to 32768 a side;  --bare: the grid alone, no plot around it\n"
    "  -o OUT               default: the FILE's name with .png, in the current folder (pika.png for -); - is\n"
    "                       standard output; .ppm makes a PPM;  --level 1..9: of PNG, 1 fastest, 9 smallest\n"
    "  --grid OUT.npy       the grid's numbers too: shape (height, width), row 0 = lowest y; means --bare\n"
    "  --stats              rows (areas, polygons): total, inside, ...; times; the panel's place; the colours of\n"
    "                       categories;  --overlay: times, memory and stages as a flame graph, on the plot\n"
    "  --verify             compares with one thread without SIMD;  --exact-edges: cells of numpy.histogram2d\n"
    "  --threads N          default: one per core;  --isa auto|scalar|sse2|avx2|avx512|neon|wasm128\n"
    "  --backend NAME       cpu; gl: OpenGL 4.3, ES 3.1 or 3.0, holds all rows of a file; auto (default): gl on\n"
    "                       a GPU for count, any, min, max of 2 GiB of .npy or raw numbers and more, else cpu\n"
    "Memory: rows of CSV, and of marks that are more than aliased --lines, are held, 16 bytes each (-v: 24,\n"
    "--category: 4 more), of a stream 256 MiB at most. All else, and with --view CSV too, is bounded.\n"
    "--help; --version; -- ends options.  Exit: 0, the last line is the picture's path; 1 failed; 2 wrong usage\n"
    "  zcat big.csv.gz | pika --view 0:1,0:1 -o - - > big.png\n"
    "  pika --lines --width 1.5 --title Sales --time x january.csv february.csv\n"};

enum {
    OPTION_X, OPTION_Y, OPTION_VALUE, OPTION_CATEGORY, OPTION_OUTPUT, OPTION_SIZE, OPTION_VIEW, OPTION_LOG,
    OPTION_REDUCE, OPTION_SHADE, OPTION_RANGE, OPTION_COLORMAP, OPTION_BACKGROUND, OPTION_SPREAD, OPTION_GRID, OPTION_LEVEL,
    OPTION_RAW, OPTION_THREADS, OPTION_ISA, OPTION_BACKEND, OPTION_BARE, OPTION_VERIFY, OPTION_STATS,
    OPTION_EXACT_EDGES, OPTION_LINES, OPTION_AREA, OPTION_POLYGONS, OPTION_WIDTH, OPTION_ONCE, OPTION_BASELINE,
    OPTION_EVEN_ODD, OPTION_AA, OPTION_TOGETHER, OPTION_TITLE, OPTION_SUBTITLE, OPTION_XLABEL,
    OPTION_YLABEL, OPTION_THEME, OPTION_DPI, OPTION_LEGEND, OPTION_TIME, OPTION_OVERLAY, /* these of plots alone */
    OPTION_HELP, OPTION_HELP_SHORT, OPTION_VERSION, OPTION_COUNT
};

static const struct option_rule {
    const char *name;
    int takes_value;
} option_rules[OPTION_COUNT] = {
    {"-x", 1}, {"-y", 1}, {"-v", 1}, {"--category", 1}, {"-o", 1}, {"--size", 1}, {"--view", 1}, {"--log", 1},
    {"--reduce", 1}, {"--shade", 1}, {"--range", 1}, {"--colormap", 1}, {"--background", 1}, {"--spread", 1}, {"--grid", 1},
    {"--level", 1}, {"--raw", 1}, {"--threads", 1}, {"--isa", 1}, {"--backend", 1}, {"--bare", 0}, {"--verify", 0},
    {"--stats", 0}, {"--exact-edges", 0}, {"--lines", 0}, {"--area", 0}, {"--polygons", 0}, {"--width", 1}, {"--once", 0},
    {"--baseline", 1}, {"--even-odd", 0}, {"--aa", 0}, {"--together", 0}, {"--title", 1}, {"--subtitle", 1},
    {"--xlabel", 1}, {"--ylabel", 1}, {"--theme", 1}, {"--dpi", 1}, {"--legend", 1}, {"--time", 1}, {"--overlay", 0},
    {"--help", 0}, {"-h", 0}, {"--version", 0}};
/* clang-format on */

static const char *const type_names[] = {"f32", "f64", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"};
static const char *const option_planes[] = {
    "count", "any", "sum", "mean", "min", "max", "var", "std", "first", "last"};
static const size_t type_sizes[] = {4, 8, 1, 1, 2, 2, 4, 4, 8, 8};

/* The index of text among words; exit 2 with the list where it is none of them */
static int option_word(const char *option, const char *text, const char *const *words, int count)
{
    char list[256];
    size_t used = 0;
    int i, found = 0;
    while (found < count && strcmp(text, words[found])) found++;
    if (found < count) return found;
    for (i = 0; i < count; i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", words[i]);
    fail_usage("%s: '%s' is none of %s", option, text, list);
    NOT_REACHED
}

static int option_integer(const char *option, const char *text, int lowest, int highest)
{
    const char *p = text;
    int64_t value = 0;
    for (; *p >= '0' && *p <= '9' && value < 100000000; p++) value = value * 10 + (*p - '0');
    if (p == text || *p || value < lowest || value > highest)
        fail_usage("%s: '%s' is no whole number from %d to %d", option, text, lowest, highest);
    return (int)value;
}

static double option_number(const char *option, const char *text, double lowest, double highest)
{
    double value = 0;
    if (!decimal_text(text, strlen(text), &value) || !(value >= lowest && value <= highest))
        fail_usage("%s: '%s' is no number from %g to %g", option, text, lowest, highest);
    return value;
}

static void option_size(options *o, const char *text)
{
    int64_t side[2] = {0, 0};
    const char *p = text;
    int i, wrong = 0;
    for (i = 0; i < 2; i++) {
        const char *first = p;
        for (; *p >= '0' && *p <= '9'; p++) side[i] = side[i] < 100000 ? side[i] * 10 + (*p - '0') : side[i];
        wrong |= p == first || side[i] < 1 || side[i] > 32768;
        if (i == 0) {
            wrong |= *p != 'x' && *p != 'X';
            p += *p != 0;
        }
    }
    if (wrong || *p) fail_usage("--size: '%s' is not WIDTHxHEIGHT, each from 1 to 32768", text);
    o->width = (int)side[0];
    o->height = (int)side[1];
}

static int option_bound(view_bound *bound, const char *text, size_t length)
{
    size_t i = length > 0 && (*text == '-' || *text == '+');
    uint64_t magnitude = 0;
    int negative = i && *text == '-';
    if (!decimal_text(text, length, &bound->value)) return 0;
    bound->whole = length - i <= 19;
    for (; i < length && bound->whole; i++) {
        bound->whole = text[i] >= '0' && text[i] <= '9';
        magnitude = magnitude * 10 + (uint64_t)(text[i] - '0');
    }
    bound->whole &= magnitude <= INT64_MAX;
    bound->integer = bound->whole ? (negative ? -(int64_t)magnitude : (int64_t)magnitude) : 0;
    return 1;
}

static void option_range(options *o, const char *text)
{
    const char *colon = strchr(text, ':');
    if (!colon || !decimal_text(text, (size_t)(colon - text), &o->range_lo) ||
        !decimal_text(colon + 1, strlen(colon + 1), &o->range_hi) || !(o->range_lo < o->range_hi) ||
        !(o->range_hi - o->range_lo <= 1.7976931348623157e308))
        fail_usage("--range: '%s' is not LO:HI, two finite numbers that rise", text);
}

static void option_view(options *o, const char *text)
{
    static const char ends[4] = {':', ',', ':', 0};
    const char *p = text;
    int i;
    for (i = 0; i < 4; i++) {
        const char *end = ends[i] ? strchr(p, ends[i]) : p + strlen(p);
        if (!end || !option_bound(&o->view[i], p, (size_t)(end - p)))
            fail_usage("--view: '%s' is not X0:X1,Y0:Y1", text);
        p = end + (ends[i] != 0);
    }
    for (i = 0; i < 4; i += 2) {
        double lo = o->view[i].value, hi = o->view[i + 1].value;
        int exact = o->view[i].whole && o->view[i + 1].whole;
        if (!(lo - lo == 0) || !(hi - hi == 0))
            fail_usage("--view: '%s' has a number that is not finite", text);
        if (exact ? o->view[i].integer >= o->view[i + 1].integer : lo >= hi)
            fail_usage("--view: '%s': %s0 must be below %s1", text, i ? "Y" : "X", i ? "Y" : "X");
    }
    o->has_view = 1;
}

static void option_background(options *o, const char *text)
{
    size_t length, i;
    uint32_t color = 0;
    o->has_background = strcmp(text, "none") != 0;
    if (!o->has_background) return;
    if (*text == '#') text++;
    length = strlen(text);
    for (i = 0; i < length && isxdigit((unsigned char)text[i]); i++) {
        int c = tolower((unsigned char)text[i]);
        color = color << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    if (i < length || (length != 6 && length != 8))
        fail_usage("--background: '%s' is not RRGGBB, RRGGBBAA or none", text);
    o->background = length == 6 ? color << 8 | 255 : color;
}

static void option_raw(options *o, const char *text)
{
    int i;
    for (i = 0; i < 10; i++) {
        size_t length = strlen(type_names[i]);
        if (strncmp(text, type_names[i], length)) continue;
        o->raw_type = i;
        if (!strcmp(text + length, "")) o->raw_columns = 1;
        if (!strcmp(text + length, "xy")) o->raw_columns = 2;
        if (!strcmp(text + length, "xyv")) o->raw_columns = 3;
    }
    if (!o->raw_columns)
        fail_usage(
            "--raw: '%s' is not one of f32 f64 i8 u8 i16 u16 i32 u32 i64 u64 and then nothing, xy or xyv",
            text);
}

static void option_colormap(options *o, const char *text)
{
    char list[1024];
    size_t used = 0;
    int i;
    o->colormap = pika_colormap_find(text);
    if (o->colormap) return;
    list[0] = 0;
    for (i = 0; i < pika_colormap_count(); i++) {
        const pika_colormap *map = pika_colormap_get(i);
        if (!map || !map->name || used + strlen(map->name) + 3 > sizeof(list)) continue;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", map->name);
    }
    fail_usage("--colormap: there is no '%s'; there are %s", text, list);
}

static void option_apply(options *o, int option, const char *text)
{
    static const char *const logs[] = {"x", "y", "xy"};
    static const char *const transfers[] = {"eq_hist", "linear", "log", "cbrt"};
    static const char *const sets[] = {"auto", "scalar", "sse2", "avx2", "avx512", "neon", "wasm128"};
    static const char *const backends[] = {"auto", "cpu", "gl"};
    static const char *const themes[] = {"light", "dark"};
    static const char *const places[] = {"auto", "none", "top-left", "top-right", "bottom-left",
        "bottom-right", "outside"}; /* as PIKA_LEGEND_... */
    static const char *const times[] = {"x", "x:ms", "x:us", "x:ns"};
    static const double units[] = {1, 1e-3, 1e-6, 1e-9};
    const char *name = option_rules[option].name;
    int word;
    /* clang-format off */
    switch (option) {
    case OPTION_X: o->x = text; break;
    case OPTION_Y: o->y = text; break;
    case OPTION_VALUE: o->value = text; break;
    case OPTION_CATEGORY: o->category = text; break;
    case OPTION_OUTPUT: o->output = text; break;
    case OPTION_SIZE: option_size(o, text); break;
    case OPTION_VIEW: option_view(o, text); break;
    case OPTION_LOG:
        word = option_word(name, text, logs, 3);
        o->log_x = word != 1;
        o->log_y = word != 0;
        break;
    case OPTION_REDUCE: o->plane = option_word(name, text, option_planes, 10); break;
    case OPTION_SHADE:
        o->transfer = option_word(name, text, transfers, 4);
        o->has_transfer = 1;
        break;
    case OPTION_RANGE: option_range(o, text); break;
    case OPTION_COLORMAP: option_colormap(o, text); break;
    case OPTION_BACKGROUND: option_background(o, text); break;
    case OPTION_SPREAD: o->spread = strcmp(text, "auto") ? option_integer(name, text, 0, 64) : -1; break;
    case OPTION_GRID: o->grid = text; break;
    case OPTION_LEVEL: o->level = option_integer(name, text, 1, 9); break;
    case OPTION_RAW: option_raw(o, text); break;
    case OPTION_THREADS: o->threads = option_integer(name, text, 0, 65536); break;
    case OPTION_ISA: o->isa = option_word(name, text, sets, 7); break;
    case OPTION_BACKEND: o->backend = option_word(name, text, backends, 3); break;
    case OPTION_VERIFY: o->verify = 1; break;
    case OPTION_STATS: o->stats = 1; break;
    case OPTION_EXACT_EDGES: o->exact_edges = 1; break;
    case OPTION_LINES: o->mark = MARK_LINES; break;
    case OPTION_AREA: o->mark = MARK_AREA; break;
    case OPTION_POLYGONS: o->mark = MARK_POLYGONS; break;
    case OPTION_WIDTH: o->line_width = option_number(name, text, 0, 1024); break;
    case OPTION_ONCE: o->once = 1; break;
    case OPTION_BASELINE: o->baseline = option_number(name, text, -DBL_MAX, DBL_MAX); break;
    case OPTION_EVEN_ODD: o->even_odd = 1; break;
    case OPTION_AA: o->aa = 1; break;
    case OPTION_TOGETHER: o->together = 1; break;
    case OPTION_BARE: o->bare = 1; break;
    case OPTION_TITLE: o->title = text; break;
    case OPTION_SUBTITLE: o->subtitle = text; break;
    case OPTION_XLABEL: o->x_label = text; break;
    case OPTION_YLABEL: o->y_label = text; break;
    case OPTION_THEME:
        o->theme = option_word(name, text, themes, 2) ? pika_theme_dark() : pika_theme_light();
        break;
    case OPTION_DPI: o->dpi = option_integer(name, text, 24, 1200); break;
    case OPTION_LEGEND: o->legend = option_word(name, text, places, 7); break;
    case OPTION_TIME: o->time_unit = units[option_word(name, text, times, 4)]; break;
    case OPTION_OVERLAY: o->overlay = 1; break;
    default: break;
    }
    /* clang-format on */
}

static int option_find(const char *text, size_t length)
{
    int option;
    for (option = 0; option < OPTION_COUNT; option++)
        if (strlen(option_rules[option].name) == length && !strncmp(text, option_rules[option].name, length))
            return option;
    return -1;
}

static void options_check_marks(options *o, const unsigned char *seen)
{
    if (seen[OPTION_LINES] + seen[OPTION_AREA] + seen[OPTION_POLYGONS] > 1)
        fail_usage("one of --lines, --area and --polygons, please");
    if (seen[OPTION_WIDTH] && o->mark != MARK_LINES) fail_usage("--width is for --lines");
    if (seen[OPTION_WIDTH] && o->aa && o->line_width == 0) fail_usage("--aa: lines of --width 0 are aliased");
    if (o->aa && o->mark == MARK_POINTS) fail_usage("--aa is for --lines, --area and --polygons");
    if (o->aa && o->line_width == 0) o->line_width = 1;
    o->aa |= o->line_width > 0;
    if (o->once && (o->mark != MARK_LINES || o->aa))
        fail_usage("--once is for --lines that are not anti-aliased");
    if (o->even_odd && o->mark != MARK_POLYGONS) fail_usage("--even-odd is for --polygons");
    if (seen[OPTION_BASELINE] && o->mark != MARK_AREA) fail_usage("--baseline is for --area");
    if (o->mark == MARK_AREA && o->log_y) {
        if (seen[OPTION_BASELINE] && o->baseline <= 0)
            fail_usage("--baseline: on a log axis it has to be above 0");
        if (!seen[OPTION_BASELINE]) o->baseline = DBL_MIN; /* below every view */
    }
    if (o->aa && 1u << o->plane != PIKA_COUNT && 1u << o->plane != PIKA_SUM && 1u << o->plane != PIKA_MEAN)
        fail_usage("--reduce: of anti-aliased marks there are count, sum and mean");
}

/* A plot and what it needs, or none and no option of one */
static void options_check_plot(options *o, const unsigned char *seen)
{
    int option, width = (200 * o->dpi + 95) / 96, height = (150 * o->dpi + 95) / 96;
    const char *bare = o->bare ? "--bare" : "--grid, which means --bare,";
    o->bare |= o->grid != NULL;
    for (option = OPTION_TITLE; option <= OPTION_OVERLAY && o->bare; option++)
        if (seen[option])
            fail_usage("%s: with %s there is no plot around the grid", option_rules[option].name, bare);
    if (o->bare) return;
    if (o->width < width || o->height < height)
        fail_usage("--size: %dx%d has no room for a plot, which takes %dx%d%s; --bare draws the grid alone",
            o->width, o->height, width, height, seen[OPTION_DPI] ? " at this --dpi" : "");
    if (o->time_unit > 0 && o->log_x) fail_usage("--time: --log %s has no dates", o->log_y ? "xy" : "x");
}

/* What holds for several options together */
static void options_check(options *o, const unsigned char *seen)
{
    int i, streams = 0;
    if (o->file_count == 0) fail_usage("no FILE given");
    for (i = 0; i < o->file_count; i++) {
        if (!*o->files[i]) fail_usage("FILE is an empty name");
        streams += !strcmp(o->files[i], "-");
    }
    if (streams > 1) fail_usage("standard input is given twice");
    o->series = o->file_count > 1 && !o->together;
    if (o->series && o->category)
        fail_usage("--category: each of several FILEs is one; --together makes them one");
    if (o->series && o->file_count > CATEGORY_LIMIT)
        fail_usage(
            "%d FILEs: more than %d need --together, without a colour each", o->file_count, CATEGORY_LIMIT);
    if (o->output && !*o->output) fail_usage("-o: an empty name");
    if (o->grid && (!*o->grid || !strcmp(o->grid, "-"))) fail_usage("--grid: '%s' is no file name", o->grid);
    if (o->grid && o->output && !strcmp(o->grid, o->output)) fail_usage("--grid and -o name the same file");
    if (1u << o->plane > PIKA_ANY && !o->value && o->raw_columns != 3)
        fail_usage("--reduce: this one needs a value: -v COL");
    if (o->has_view && ((o->log_x && o->view[0].value <= 0) || (o->log_y && o->view[2].value <= 0)))
        fail_usage("--view: a log axis has to begin above 0");
    options_check_marks(o, seen);
    options_check_plot(o, seen);
    if (!HAS_GL && o->backend == BACKEND_GL)
        fail("--backend gl: OpenGL is not in this build; auto and cpu are");
}

static options options_parse(int count, char **arguments)
{
    options o;
    unsigned char seen[OPTION_COUNT];
    int i, only_files = 0;
    memset(&o, 0, sizeof(o));
    memset(seen, 0, sizeof(seen));
    o.width = 1200;
    o.height = 800;
    o.raw_type = RAW_NONE;
    o.dpi = 96;
    o.theme = pika_theme_light();
    o.files = (const char **)allocate((size_t)count * sizeof(char *), "the names");
    for (i = 1; i < count; i++) {
        const char *text = arguments[i], *equals = NULL, *value = NULL;
        int option;
        if (only_files || text[0] != '-' || !text[1]) {
            o.files[o.file_count++] = text;
            continue;
        }
        if (!strcmp(text, "--")) {
            only_files = 1;
            continue;
        }
        if (text[1] == '-') equals = strchr(text, '=');
        option = option_find(text, equals ? (size_t)(equals - text) : strlen(text));
        if (option < 0) fail_usage("there is no option '%s'", text);
        if (seen[option]++) fail_usage("%s is given twice", option_rules[option].name);
        if (option == OPTION_HELP || option == OPTION_HELP_SHORT) {
            fputs(options_help[0], stdout);
            fputs(options_help[1], stdout);
            messages_flush();
            finish(0);
        }
        if (option == OPTION_VERSION) {
            puts(pika_build_info());
            messages_flush();
            finish(0);
        }
        if (option_rules[option].takes_value) {
            if (equals) value = equals + 1;
            else if (i + 1 < count && option_find(arguments[i + 1], strlen(arguments[i + 1])) < 0)
                value = arguments[++i];
            if (!value) fail_usage("%s needs a value", option_rules[option].name);
        } else if (equals) {
            fail_usage("%s takes no value", option_rules[option].name);
        }
        option_apply(&o, option, value);
    }
    options_check(&o, seen);
    return o;
}

/* ---- >>clock: the time of each stage, and progress --------------------------------------------------- */

enum {
    STAGE_READ,
    STAGE_FIT,
    STAGE_AGGREGATE,
    STAGE_DRIVER,
    STAGE_UPLOAD,
    STAGE_DISPATCH,
    STAGE_FETCH,
    STAGE_SHADE,
    STAGE_WRITE,
    STAGE_VERIFY,
    STAGE_COUNT
};

static const char *const stage_names[STAGE_COUNT] = {
    "read", "fit", "aggregate", "driver", "upload", "dispatch", "fetch", "shade", "write", "verify"};

typedef struct stage_clock {
    pika_ctx *profile; /* that stages are zones of; NULL = none */
    int stage, terminal;
    double spent[STAGE_COUNT], started, entered, shown;
} stage_clock;

static void clock_start(stage_clock *clock)
{
    memset(clock, 0, sizeof(*clock));
    clock->started = clock->entered = clock->shown = seconds_now();
    clock->terminal = stream_terminal(stderr);
}

/* Time from here on is this stage's. Returns the stage before. */
static int clock_enter(stage_clock *clock, int stage)
{
    double now = seconds_now();
    int before = clock->stage;
    clock->spent[before] += now - clock->entered;
    clock->entered = now;
    clock->stage = stage;
    if (clock->profile && stage != before) {
        pika_zone_end(clock->profile, 0, 0);
        pika_zone_begin(clock->profile, stage_names[stage]);
    }
    return before;
}

/* After the first second, five times a second, and on a terminal only */
static void clock_progress(stage_clock *clock, const char *doing, uint64_t done, uint64_t total)
{
    double now;
    if (!clock->terminal) return;
    now = seconds_now();
    if (now - clock->started < 1 || now - clock->shown < 0.2) return;
    clock->shown = now;
    unfinished.progress_shown = 1;
    if (total > 0)
        fprintf(stderr, "\rpika: %s %3.0f %% of %.0f MB\033[K", doing, 100.0 * (double)done / (double)total,
            (double)total / 1e6);
    else fprintf(stderr, "\rpika: %s, %.0f MB\033[K", doing, (double)done / 1e6);
    fflush(stderr);
}

/* ---- >>input: bytes of a file or stream -------------------------------------------------------------- */

/* Why a file is read: for everything, or first for the range of all files and then to draw */
enum { PASS_ONLY, PASS_FIT, PASS_DRAW };

typedef struct input {
    const char *name; /* for messages */
    FILE *file;
    int regular;             /* it has a size and can be read again */
    uint64_t size, position; /* position: of the next byte, for progress */
    uint64_t device, number;
    unsigned char peeked[16]; /* the first bytes, once looked at */
    size_t peeked_count;
    unsigned char *spool; /* a stream held in memory from spool_start on, to be read again */
    uint64_t spool_start, spool_bytes;
    stage_clock *clock;
} input;

static void input_open(input *in, const char *path, stage_clock *clock)
{
    memset(in, 0, sizeof(*in));
    in->clock = clock;
    if (!strcmp(path, "-")) {
        in->name = "standard input";
        in->file = stdin;
        stream_binary(stdin);
    } else {
        file_info info = file_look(path);
        in->name = path;
        if (info.folder) fail("%s: is a folder", path);
        in->file = file_open(path, 0);
        if (!in->file) fail("%s: %s", path, strerror(errno));
        in->regular = info.regular;
        in->size = info.size;
        in->device = info.device;
        in->number = info.number;
    }
    in->peeked_count = fread(in->peeked, 1, sizeof(in->peeked), in->file);
    if (ferror(in->file)) fail("%s: %s", in->name, strerror(errno));
}

static void input_close(input *in)
{
    free(in->spool);
    if (in->file && in->file != stdin) fclose(in->file);
    in->spool = NULL;
    in->file = NULL;
}

/* Reads what there is, up to `bytes`; less is the end of the file */
static size_t input_read(input *in, void *memory, size_t bytes)
{
    unsigned char *out = (unsigned char *)memory;
    size_t got = 0;
    if (in->spool) {
        uint64_t left = in->spool_start + in->spool_bytes - in->position;
        got = left < bytes ? (size_t)left : bytes;
        memcpy(out, in->spool + (in->position - in->spool_start), got);
        in->position += got;
        return got;
    }
    if (in->position < in->peeked_count) {
        got = in->peeked_count - (size_t)in->position;
        if (got > bytes) got = bytes;
        memcpy(out, in->peeked + in->position, got);
    }
    if (got < bytes) {
        errno = 0;
        got += fread(out + got, 1, bytes - got, in->file);
        if (ferror(in->file)) fail("%s: %s", in->name, errno ? strerror(errno) : "cannot be read");
    }
    in->position += got;
    clock_progress(in->clock, "reading", in->position, in->size);
    return got;
}

/* Regular files and spooled streams */
static void input_seek(input *in, uint64_t position)
{
    if (!in->spool) {
        if (!file_seek(in->file, position)) fail("%s: %s", in->name, strerror(errno));
        in->peeked_count = 0;
    }
    in->position = position;
}

/* Holds the rest of a stream, so that it can be read again from here */
static void input_spool(input *in, const char *why)
{
    size_t capacity = (size_t)1 << 20, used = 0, got;
    unsigned char *memory = (unsigned char *)allocate(capacity, "a stream");
    while ((got = input_read(in, memory + used, capacity - used)) > 0) {
        used += got;
        if (used < capacity) continue;
        if (used > HELD_LIMIT) fail("%s: more than 256 MiB of rows have to be held %s", in->name, why);
        capacity = 2 * capacity < HELD_LIMIT ? 2 * capacity : (size_t)HELD_LIMIT + 1;
        memory = (unsigned char *)reallocate(memory, capacity, "a stream");
    }
    if (used > HELD_LIMIT) fail("%s: more than 256 MiB of rows have to be held %s", in->name, why);
    in->spool = memory;
    in->spool_start = in->position - used;
    in->spool_bytes = used;
    in->position = in->spool_start;
}

/* ---- >>labels: the categories, numbered as they appear ----------------------------------------------- */

#define LABEL_SLOTS 1024

typedef struct labels {
    int count, frozen; /* frozen: the grid is there, no more can be added */
    char *text[CATEGORY_LIMIT];
    size_t length[CATEGORY_LIMIT];
    int16_t slot[LABEL_SLOTS]; /* 1 + label, by hash; 0 = free */
    int last_valid, last_label;
    int64_t last_integer; /* the last number asked for */
} labels;

enum { LABEL_TOO_MANY = -2, LABEL_TOO_LATE = -3 };

/* The number of a label, a new one if need be; or LABEL_TOO_MANY, LABEL_TOO_LATE */
static int labels_number(labels *l, const char *text, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    size_t i;
    int label;
    for (i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    for (hash %= LABEL_SLOTS; l->slot[hash]; hash = (hash + 1) % LABEL_SLOTS) {
        label = l->slot[hash] - 1;
        if (l->length[label] == length && !memcmp(l->text[label], text, length)) return label;
    }
    if (l->count == CATEGORY_LIMIT) return LABEL_TOO_MANY;
    if (l->frozen) return LABEL_TOO_LATE;
    label = l->count++;
    l->text[label] = (char *)allocate(length, "a category");
    memcpy(l->text[label], text, length);
    l->length[label] = length;
    l->slot[hash] = (int16_t)(label + 1);
    return label;
}

static int labels_integer(labels *l, int64_t value)
{
    char text[32];
    if (l->last_valid && l->last_integer == value) return l->last_label;
    l->last_label = labels_number(l, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, value));
    l->last_integer = value;
    l->last_valid = 1;
    return l->last_label;
}

static void labels_free(labels *l)
{
    int i;
    for (i = 0; i < l->count; i++) free(l->text[i]);
}

/* ---- >>fit: the range of all rows, a block at a time ------------------------------------------------- */

/* Smallest and largest of each axis over the rows that are valid on both, as ordered keys: unsigned numbers
   that sort as the values do. They are exact for all ten types. At the end pika_fit sees these two rows, so
   that what it makes of a range is what it makes of all rows at once. */
typedef struct fit {
    int any;
    uint64_t low[2], high[2]; /* of x, y */
    int type[2];
} fit;

#define KEY_SIGN ((uint64_t)1 << 63)
#define FIT_BLOCK 256

static uint64_t key_of_double(double value)
{
    uint64_t bits = double_bits(value);
    return bits & KEY_SIGN ? ~bits : bits | KEY_SIGN;
}

static double key_to_double(uint64_t key) { return double_from_bits(key & KEY_SIGN ? key ^ KEY_SIGN : ~key); }

/* Keys of rows first .. first + count - 1 */
static void fit_keys(const pika_column *column, size_t first, size_t count, uint64_t *keys)
{
    ptrdiff_t stride = column->stride ? column->stride : (ptrdiff_t)type_sizes[column->type];
    const unsigned char *p = (const unsigned char *)column->data + (ptrdiff_t)first * stride;
    size_t i;
#define FIT_KEYS(name, c_type, key) \
    case name: \
        for (i = 0; i < count; i++) { \
            c_type value; \
            memcpy(&value, p, sizeof(value)); \
            keys[i] = key; \
            p += stride; \
        } \
        break
    switch (column->type) {
        FIT_KEYS(PIKA_F32, float, key_of_double((double)value));
        FIT_KEYS(PIKA_F64, double, key_of_double(value));
        FIT_KEYS(PIKA_I8, int8_t, key_of_double(value));
        FIT_KEYS(PIKA_U8, uint8_t, key_of_double(value));
        FIT_KEYS(PIKA_I16, int16_t, key_of_double(value));
        FIT_KEYS(PIKA_U16, uint16_t, key_of_double(value));
        FIT_KEYS(PIKA_I32, int32_t, key_of_double(value));
        FIT_KEYS(PIKA_U32, uint32_t, key_of_double(value));
        FIT_KEYS(PIKA_I64, int64_t, (uint64_t)value ^ KEY_SIGN);
        FIT_KEYS(PIKA_U64, uint64_t, value);
    }
#undef FIT_KEYS
}

static void fit_add(fit *f, const pika_points *points, const options *o)
{
    const pika_column *column[2];
    uint64_t keys[2][FIT_BLOCK], lowest[2], highest[2]; /* valid: finite, and positive on a log axis */
    size_t first, i;
    int axis;
    column[0] = &points->x;
    column[1] = &points->y;
    for (axis = 0; axis < 2; axis++) {
        int type = column[axis]->type, is_log = axis ? o->log_y : o->log_x;
        f->type[axis] = type;
        if (type == PIKA_I64 || type == PIKA_U64) {
            lowest[axis] = is_log ? (type == PIKA_I64 ? KEY_SIGN : 0) + 1 : 0;
            highest[axis] = UINT64_MAX;
        } else {
            lowest[axis] = is_log ? key_of_double(0.0) + 1 : key_of_double(-DBL_MAX);
            highest[axis] = key_of_double(DBL_MAX);
        }
        if (!f->any) {
            f->low[axis] = UINT64_MAX;
            f->high[axis] = 0;
        }
    }
    for (first = 0; first < points->count; first += FIT_BLOCK) {
        size_t count = points->count - first < FIT_BLOCK ? points->count - first : FIT_BLOCK;
        uint64_t x_low = f->low[0], x_high = f->high[0], y_low = f->low[1], y_high = f->high[1];
        int any = f->any;
        fit_keys(column[0], first, count, keys[0]);
        fit_keys(column[1], first, count, keys[1]);
        for (i = 0; i < count; i++) {
            uint64_t x = keys[0][i], y = keys[1][i];
            if (x < lowest[0] || x > highest[0] || y < lowest[1] || y > highest[1]) continue;
            any = 1;
            x_low = x < x_low ? x : x_low;
            x_high = x > x_high ? x : x_high;
            y_low = y < y_low ? y : y_low;
            y_high = y > y_high ? y : y_high;
        }
        f->low[0] = x_low, f->high[0] = x_high, f->low[1] = y_low, f->high[1] = y_high;
        f->any = any;
    }
}

/* Widens the range of y to a number that is drawn to */
static void fit_baseline(fit *f, double y)
{
    uint64_t key = key_of_double(y);
    if (f->type[1] == PIKA_I64)
        key = (y < -9223372036854775808.0   ? 0
               : y >= 9223372036854775808.0 ? UINT64_MAX
                                            : (uint64_t)(int64_t)y ^ KEY_SIGN);
    else if (f->type[1] == PIKA_U64)
        key = y <= 0 ? 0 : y >= 18446744073709551616.0 ? UINT64_MAX : (uint64_t)y;
    if (key < f->low[1]) f->low[1] = key;
    if (key > f->high[1]) f->high[1] = key;
}

/* ---- >>held: rows of a file that are drawn when all are there ---------------------------------------- */

/* Packed columns of the types they came in. */
typedef struct held_rows {
    size_t count, capacity, expected; /* expected: how many there will be, where that is known */
    unsigned char *data[4];           /* x, y, value, category; NULL = no such column */
    int types[4];
} held_rows;

static void held_copy(unsigned char *out, const pika_column *column, size_t count)
{
    size_t size = type_sizes[column->type], i;
    ptrdiff_t stride = column->stride ? column->stride : (ptrdiff_t)size;
    const unsigned char *p = (const unsigned char *)column->data;
    if (stride == (ptrdiff_t)size) memcpy(out, p, count * size);
    else if (size == 4)
        for (i = 0; i < count; i++) memcpy(out + 4 * i, p + (ptrdiff_t)i * stride, 4);
    else if (size == 8)
        for (i = 0; i < count; i++) memcpy(out + 8 * i, p + (ptrdiff_t)i * stride, 8);
    else
        for (i = 0; i < count; i++) memcpy(out + size * i, p + (ptrdiff_t)i * stride, size);
}

static void held_add(held_rows *rows, const pika_points *points)
{
    const pika_column *column[4];
    int i;
    column[0] = &points->x, column[1] = &points->y, column[2] = &points->value, column[3] = &points->category;
    if (points->count == 0) return;
    if (rows->count + points->count > rows->capacity) {
        size_t capacity = 2 * rows->capacity;
        if (capacity < rows->expected) capacity = rows->expected;
        if (capacity < rows->count + points->count) capacity = rows->count + points->count;
        for (i = 0; i < 4; i++) {
            size_t size = type_sizes[column[i]->type];
            if (!column[i]->data) continue;
            if (capacity > SIZE_MAX / size)
                fail("out of memory: %.0f rows have to be held", (double)capacity);
            rows->types[i] = column[i]->type;
            rows->data[i] = (unsigned char *)reallocate(rows->data[i], capacity * size, "the rows");
        }
        rows->capacity = capacity;
    }
    for (i = 0; i < 4; i++)
        if (rows->data[i])
            held_copy(rows->data[i] + rows->count * type_sizes[rows->types[i]], column[i], points->count);
    rows->count += points->count;
}

/* For the next file */
static void held_free(held_rows *rows)
{
    int i;
    for (i = 0; i < 4; i++) free(rows->data[i]);
    memset(rows, 0, sizeof(*rows));
}

static pika_points held_points(const held_rows *rows)
{
    pika_points points = pika_xy(pika_strided(rows->data[0], rows->types[0], 0),
        pika_strided(rows->data[1], rows->types[1], 0), rows->count);
    points.value = pika_strided(rows->data[2], rows->types[2], 0);
    points.category = pika_strided(rows->data[3], rows->types[3], 0);
    return points;
}

/* Sorts the rows by category, those of each in their order: category i = rows offsets[i] .. offsets[i + 1] -
   1; behind the last are those without one. offsets: categories + 2. */
static void held_group(held_rows *rows, int categories, size_t *offsets)
{
    const int32_t *category = (const int32_t *)(const void *)rows->data[3];
    size_t *order = (size_t *)allocate(rows->count * sizeof(size_t), "the order of the rows"), i;
    int group, column;
    memset(offsets, 0, (size_t)(categories + 2) * sizeof(size_t));
    for (i = 0; i < rows->count; i++) offsets[(category[i] < 0 ? categories : category[i]) + 1]++;
    for (group = 0; group <= categories; group++) offsets[group + 1] += offsets[group];
    for (i = 0; i < rows->count; i++) order[offsets[category[i] < 0 ? categories : category[i]]++] = i;
    for (group = categories + 1; group > 0; group--) offsets[group] = offsets[group - 1]; /* ends to begins */
    offsets[0] = 0;
    for (column = 0; column < 4; column++) {
        size_t size = type_sizes[rows->types[column]];
        unsigned char *sorted, *from = rows->data[column];
        if (!from) continue;
        sorted = (unsigned char *)allocate(rows->count * size, "the rows");
        for (i = 0; i < rows->count; i++) memcpy(sorted + i * size, from + order[i] * size, size);
        free(from);
        rows->data[column] = sorted;
    }
    rows->capacity = rows->count;
    free(order);
}

/* Keeps the rows that are numbers. What lies between others is a ring: ring i = rows offsets[i] ..
   offsets[i + 1] - 1. malloc; *count is the number of rings. */
static size_t *held_rings(held_rows *rows, size_t *count)
{
    uint64_t keys[2][FIT_BLOCK], lowest = key_of_double(-DBL_MAX) - 1, highest = key_of_double(DBL_MAX) + 1;
    size_t capacity = 256, first, i, kept = 0, rings = 0;
    size_t *offsets = (size_t *)allocate(capacity * sizeof(size_t), "the rings");
    pika_points points = held_points(rows);
    int whole[2], inside = 0, column;
    whole[0] = points.x.type == PIKA_I64 || points.x.type == PIKA_U64; /* their keys are no doubles */
    whole[1] = points.y.type == PIKA_I64 || points.y.type == PIKA_U64;
    for (first = 0; first < rows->count; first += FIT_BLOCK) {
        size_t block = rows->count - first < FIT_BLOCK ? rows->count - first : FIT_BLOCK;
        fit_keys(&points.x, first, block, keys[0]); /* before the rows of this block move */
        fit_keys(&points.y, first, block, keys[1]);
        for (i = 0; i < block; i++) {
            uint64_t x = keys[0][i], y = keys[1][i];
            if ((!whole[0] && (x < lowest || x > highest)) || (!whole[1] && (y < lowest || y > highest))) {
                inside = 0;
                continue;
            }
            if (!inside) {
                if (rings + 2 > capacity) {
                    capacity *= 2;
                    offsets = (size_t *)reallocate(offsets, capacity * sizeof(size_t), "the rings");
                }
                offsets[rings++] = kept;
                inside = 1;
            }
            for (column = 0; column < 4; column++) {
                size_t size = type_sizes[rows->types[column]];
                if (rows->data[column] && kept < first + i)
                    memcpy(rows->data[column] + kept * size, rows->data[column] + (first + i) * size, size);
            }
            kept++;
        }
    }
    offsets[rings] = rows->count = kept;
    *count = rings;
    return offsets;
}

/* A column's row offsets[i] becomes its row i: a value or category for each mark is that of its first row */
static void held_firsts(held_rows *rows, int column, const size_t *offsets, size_t count)
{
    size_t size = type_sizes[rows->types[column]], i;
    unsigned char *data = rows->data[column];
    if (!data) return;
    for (i = 0; i < count; i++)
        if (offsets[i] > i && offsets[i] < rows->count)
            memcpy(data + i * size, data + offsets[i] * size, size);
}

/* ---- >>gl: a driver that needs no window, to count the rows that are held ---------------------------- */

#if HAS_GL

/* EGL by hand: what is needed of its header. On these systems its functions have C's calling convention. */
enum {
    EGL_END = 0x3038,
    EGL_EXTENSION_NAMES = 0x3055,
    EGL_MAJOR = 0x3098,
    EGL_API_ES = 0x30A0,
    EGL_API_GL = 0x30A2,
    EGL_MINOR = 0x30FB,
    EGL_PLATFORM_DEVICE = 0x313F,
    EGL_RESET_STRATEGY = 0x31BD,
    EGL_LOSE_ON_RESET = 0x31BF,
    EGL_PLATFORM_SURFACELESS = 0x31DD
};

typedef struct gl_driver {
    pika_gl gl;
    void *(*address)(const char *);
    const char *(*query)(void *, int);
    unsigned (*initialize)(void *, int *, int *), (*bind)(unsigned);
    void *(*create)(void *, void *, void *, const int *);
    unsigned (*make_current)(void *, void *, void *, void *), (*destroy)(void *, void *),
        (*terminate)(void *);
    void *display, *context;
    char missing[400];
} gl_driver;

static void *gl_load(const char *name, void *driver) { return ((gl_driver *)driver)->address(name); }

/* A context on this display, of the first version that it has, and one that tells of resets if it can */
static int gl_try_display(gl_driver *driver, void *display)
{
    static const int versions[4][3] = {
        {EGL_API_GL, 4, 3}, {EGL_API_ES, 3, 1}, {EGL_API_GL, 3, 3}, {EGL_API_ES, 3, 0}};
    int i;
    if (!display || !driver->initialize(display, NULL, NULL)) return 0;
    for (i = 0; i < 8; i++) {
        const int *version = versions[i / 2];
        int attributes[] = {
            EGL_MAJOR, version[1], EGL_MINOR, version[2], EGL_RESET_STRATEGY, EGL_LOSE_ON_RESET, EGL_END};
        if (i % 2) attributes[4] = EGL_END;
        if (!driver->bind((unsigned)version[0])) continue;
        driver->context = driver->create(display, NULL, NULL, attributes);
        if (driver->context && driver->make_current(display, NULL, NULL, driver->context)) {
            driver->display = display;
            return 1;
        }
        if (driver->context) driver->destroy(display, driver->context);
    }
    driver->terminate(display);
    return 0;
}

/* Hardware first: without a window Mesa gives its software driver, beside another vendor's too */
static int gl_find_display(gl_driver *driver)
{
    void *(*get_display)(unsigned, void *, const int *);
    unsigned (*get_devices)(int, void **, int *);
    const char *(*query_device)(void *, int);
    void *symbol[3], *devices[16];
    const char *extensions = driver->query(NULL, EGL_EXTENSION_NAMES);
    int count = 0, software, i;
    symbol[0] = driver->address("eglGetPlatformDisplayEXT");
    symbol[1] = driver->address("eglQueryDevicesEXT");
    symbol[2] = driver->address("eglQueryDeviceStringEXT");
    memcpy(&get_display, &symbol[0], sizeof(get_display));
    memcpy(&get_devices, &symbol[1], sizeof(get_devices));
    memcpy(&query_device, &symbol[2], sizeof(query_device));
    if (!extensions || !get_display) return 0;
    if (strstr(extensions, "EGL_EXT_platform_device") && get_devices && query_device &&
        !get_devices(16, devices, &count))
        count = 0;
    for (software = 0; software < 2; software++) {
        for (i = 0; i < count; i++) {
            const char *of_device = query_device(devices[i], EGL_EXTENSION_NAMES);
            if (software == (of_device && strstr(of_device, "EGL_MESA_device_software") != NULL) &&
                gl_try_display(driver, get_display(EGL_PLATFORM_DEVICE, devices[i], NULL)))
                return 1;
        }
        if (!software && strstr(extensions, "EGL_MESA_platform_surfaceless") &&
            gl_try_display(driver, get_display(EGL_PLATFORM_SURFACELESS, NULL, NULL)))
            return 1;
    }
    return 0;
}

/* NULL, or what is missing. The library stays open: drivers do not bear to be unloaded. */
static const char *gl_open(gl_driver *driver, pika_ctx *ctx)
{
    static const char *const names[] = {"eglGetProcAddress", "eglQueryString", "eglInitialize", "eglBindAPI",
        "eglCreateContext", "eglMakeCurrent", "eglDestroyContext", "eglTerminate"};
    void *library = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL), *symbol[8];
    void *pointer[8];
    const pika_gl_caps *caps;
    pika_gl_desc desc;
    size_t i;
    pointer[0] = &driver->address, pointer[1] = &driver->query, pointer[2] = &driver->initialize;
    pointer[3] = &driver->bind, pointer[4] = &driver->create, pointer[5] = &driver->make_current;
    pointer[6] = &driver->destroy, pointer[7] = &driver->terminate;
    if (!library) return "libEGL.so.1 cannot be loaded; on Debian: apt-get install libegl1 libgl1-mesa-dri";
    for (i = 0; i < 8; i++) {
        symbol[i] = dlsym(library, names[i]);
        if (!symbol[i]) return "libEGL.so.1 lacks a function of EGL 1.4";
        memcpy(pointer[i], &symbol[i], sizeof(symbol[i])); /* ISO C casts no pointer to a function */
    }
    if (!gl_find_display(driver))
        return "EGL finds no driver that draws without a window; on Debian: apt-get install libgl1-mesa-dri";
    memset(&desc, 0, sizeof(desc));
    desc.load_proc = gl_load;
    desc.load_user = driver;
    desc.flags = PIKA_GL_KEEP_NO_STATE;
    if (pika_gl_init(&driver->gl, ctx, &desc) != PIKA_OK) return pika_last_error(ctx);
    caps = pika_gl_get_caps(&driver->gl);
    if (caps->level != PIKA_GL_LEVEL_NONE) return NULL;
    snprintf(driver->missing, sizeof(driver->missing), "%s, %s: OpenGL 4.3, 3.3 or OpenGL ES 3.0 is needed",
        caps->renderer, caps->version);
    return driver->missing;
}

/* The display is not terminated: Mesa unloads its driver then, and what that keeps to itself, of AMD's caches for
   one, a leak checker takes for lost. */
static void gl_close(gl_driver *driver)
{
    pika_gl_free(&driver->gl);
    if (!driver->context) return;
    driver->make_current(driver->display, NULL, NULL, NULL);
    driver->destroy(driver->display, driver->context);
}

/* Whether --backend auto should look for a GPU at all: many rows of a file, in numbers, that fit into memory
   twice, and a result that it gives to the last bit */
static int gl_pays(const options *o, const input *in, int is_text)
{
    unsigned plane = 1u << o->plane;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return in->regular && !is_text && in->size >= GL_LEAST_BYTES &&
           (plane == PIKA_COUNT || plane == PIKA_ANY || plane == PIKA_MIN || plane == PIKA_MAX) &&
           pages > 0 && page > 0 && in->size / (uint64_t)page < (uint64_t)pages / 2;
}

#endif

/* ---- >>plot: what stands around the grid ------------------------------------------------------------- */

/* A cell of the grid is a pixel of the panel, which is what axes, titles, legend and colour bar leave of the
   picture: the layout comes before the grid. */
typedef struct plot_state {
    pika_plot plot;
    pika_layer layer;        /* the grid as the plot's only layer */
    pika_theme theme, inner; /* with the panel's colour; inner: for what is written on the panel */
    excerpt columns[3];      /* names of x, y and the value in a header; empty = none */
    char value_label[80];    /* of the colour bar */
    char *names;             /* of the categories, in lines; malloc */
    pika_color_scale scale;  /* that the grid was shaded by */
    pika_colormap one_color; /* of anti-aliased marks */
    uint32_t colors[2];
} plot_state;

static int color_is_dark(uint32_t color) /* below the middle of sRGB's grey */
{
    return (color >> 24) * 54 + (color >> 16 & 255) * 183 + (color >> 8 & 255) * 19 < 128 * 256;
}

/* `over` on an opaque colour */
static uint32_t color_over(uint32_t color, uint32_t ground)
{
    uint32_t alpha = color & 255, result = 255;
    int shift;
    for (shift = 8; shift < 32; shift += 8)
        result |= (((color >> shift & 255) * alpha + (ground >> shift & 255) * (255 - alpha) + 127) / 255)
                  << shift;
    return result;
}

/* The theme, with --background as the panel's colour, and grid lines and a legend that are seen on it */
static void plot_colors(plot_state *p, const options *o)
{
    p->theme = p->inner = *o->theme;
    if (!o->has_background) return;
    p->theme.panel = color_over(o->background, o->theme->panel);
    if (p->theme.panel == o->theme->panel) return;
    if (color_is_dark(p->theme.panel) != color_is_dark(o->theme->panel))
        p->inner = color_is_dark(p->theme.panel) ? *pika_theme_dark() : *pika_theme_light();
    p->theme.faint = color_over(color_is_dark(p->theme.panel) ? 0xFFFFFF1Au : 0x00000016u, p->theme.panel);
    p->inner.panel = p->theme.panel;
    p->inner.faint = p->theme.faint;
}

/* A FILE's name without folders and extension */
static const char *plot_file_name(const char *path, size_t *length)
{
    const char *first = path, *end, *p;
    for (p = path; *p; p++)
        if (path_separator(*p)) first = p + 1;
    end = strrchr(first, '.');
    *length = end && end > first ? (size_t)(end - first) : strlen(first);
    return first;
}

/* What the legend says: texts of the column, or FILEs, by their paths where two would be named alike */
static void plot_name_categories(plot_state *p, const options *o, const labels *l)
{
    int count = o->series ? o->file_count : l->count, by_path = 0, i, k;
    char *out = p->names = (char *)allocate((size_t)count * sizeof(excerpt) + 1, "the legend");
    size_t length, other;
    for (i = 0; i < count && o->series; i++)
        for (k = 0; k < i; k++) {
            const char *a = plot_file_name(o->files[i], &length), *b = plot_file_name(o->files[k], &other);
            by_path |= length == other && !memcmp(a, b, length);
        }
    for (i = 0; i < count; i++) {
        excerpt shown;
        const char *name = o->series ? plot_file_name(o->files[i], &length) : l->text[i];
        if (!o->series) length = l->length[i];
        shown = by_path ? excerpt_of_end(o->files[i]) : excerpt_of(name, length);
        if (i > 0) *out++ = '\n';
        if (o->series && !strcmp(o->files[i], "-")) shown = excerpt_of("standard input", 14);
        if (!shown.text[0]) memcpy(shown.text, "(empty)", 8);
        memcpy(out, shown.text, strlen(shown.text));
        out += strlen(shown.text);
    }
    *out = 0;
}

/* The reduction, as "count", "mean of speed", "mean of column 3" */
static void plot_name_value(plot_state *p, const options *o, unsigned plane)
{
    excerpt column = p->columns[2];
    const char *of = plane == PIKA_COVERAGE || plane <= PIKA_ANY ? ""
                     : column.text[0]                            ? " of "
                                                                 : " of column ";
    if (!column.text[0] && o->value) column = excerpt_of(o->value, strlen(o->value));
    if (!column.text[0]) of = "";
    snprintf(p->value_label, sizeof(p->value_label), "%s%s%s",
        plane == PIKA_COVERAGE ? "coverage" : option_planes[o->plane], of, *of ? column.text : "");
}

/* Anti-aliased marks in one colour, as opaque as they cover a cell? */
static int plot_is_plain(const options *o, unsigned plane)
{
    return plane == PIKA_COVERAGE && !o->has_transfer && !o->colormap && o->range_lo == o->range_hi;
}

/* Colours of so many categories, NULL = the palette "category": it has more of them than the dark theme's,
   which are lighter */
static const uint32_t *plot_category_colors(const options *o, int categories)
{
    return o->theme == pika_theme_dark() && categories <= o->theme->palette_count ? o->theme->palette : NULL;
}

/* Finds the panel for the view, which gets its size */
static void plot_layout(plot_state *p, pika_ctx *ctx, const options *o, const labels *l, const char *name,
    unsigned plane, pika_view *view)
{
    static const unsigned char no_category = 0;
    int categories = o->series ? o->file_count : o->category ? l->count : 0;
    pika_plot_desc desc;
    pika_result result;
    memset(&desc, 0, sizeof(desc));
    plot_colors(p, o);
    plot_name_value(p, o, plane);
    if (categories > 0) {
        plot_name_categories(p, o, l);
        p->layer.name = p->names;
        p->layer.points.category = pika_strided(&no_category, PIKA_U8, 0); /* as the grid will have, no row */
    }
    p->layer.value_label = p->value_label;
    desc.title = o->title;
    desc.subtitle = o->subtitle;
    desc.x.label = o->x_label ? o->x_label : p->columns[0].text;
    desc.y.label = o->y_label ? o->y_label : p->columns[1].text;
    desc.x.axis = view->x;
    desc.y.axis = view->y;
    desc.x.format = o->time_unit > 0 ? PIKA_TICKS_TIME : PIKA_TICKS_NUMBER;
    desc.x.unit = o->time_unit;
    desc.layers = &p->layer;
    desc.layer_count = 1;
    desc.theme = &p->theme;
    desc.scale = o->dpi / 96.0;
    desc.legend =
        o->legend == PIKA_LEGEND_AUTO && categories > LEGEND_INSIDE ? PIKA_LEGEND_OUTSIDE : o->legend;
    desc.flags = plane == PIKA_ANY || plot_is_plain(o, plane) ? PIKA_PLOT_NO_COLORBAR : 0u;
    result = pika_plot_layout(ctx, &p->plot, &desc, o->width, o->height);
    if (result != PIKA_OK && desc.legend != o->legend) { /* a corner has room */
        desc.legend = o->legend;
        result = pika_plot_layout(ctx, &p->plot, &desc, o->width, o->height);
    }
    if (result != PIKA_OK)
        fail("%s: --size %dx%d: %s; --bare draws the grid alone", name, o->width, o->height,
            pika_last_error(ctx));
    view->width = p->plot.width;
    view->height = p->plot.height;
}

/* ---- >>drawing: the grid, and with --verify the same again, slowly and simply ------------------------ */

typedef struct drawing {
    const options *options;
    stage_clock *clock;
    labels labels;
    fit fit;
    pika_ctx ctx, verify_ctx;
    pika_grid grid, verify_grid;
    unsigned plane;
    int width, height;   /* of the grid, once it is there */
    plot_state plot;     /* unless --bare */
    int started, fitted; /* fitted: a row has been looked at for the range */
    int holds;           /* rows are held in `held` for a GPU, which draws them at the end */
    int holds_marks;     /* and these rows for a mark, which is drawn at the end of each file */
    held_rows held;
    int limited;               /* it is a stream: so are the rows that are held */
    unsigned char *series;     /* CHUNK_ROWS times that number, as a column */
    int joined;                /* a line of which earlier rows are drawn: */
    unsigned char ends[4][16]; /* x, y, value, category of its last row, and then of the next */
#if HAS_GL
    gl_driver driver;
#endif
    pika_caps caps; /* of the backend, with its stats at the end */
    pika_backend_stats backend_stats;
    uint64_t verified; /* cells */
    double largest_error;
} drawing;

static void drawing_init(drawing *d, const options *o, stage_clock *clock)
{
    pika_ctx_desc desc;
    memset(d, 0, sizeof(*d));
    d->options = o;
    d->clock = clock;
    d->plane = o->aa && 1u << o->plane == PIKA_COUNT ? (unsigned)PIKA_COVERAGE : 1u << o->plane;
    d->holds_marks = o->mark != MARK_POINTS && (o->mark != MARK_LINES || o->aa || o->once || o->category);
    if (o->series) d->series = (unsigned char *)allocate(CHUNK_ROWS, "categories");
    memset(&desc, 0, sizeof(desc));
    desc.threads = o->threads;
    desc.isa = o->isa;
    if (pika_ctx_init(&d->ctx, &desc) != PIKA_OK) {
        if (o->isa && !*pika_last_error(&d->ctx)) fail("--isa: this processor or build lacks it");
        fail("%s%s", o->isa ? "--isa: " : "", pika_last_error(&d->ctx));
    }
    if (o->overlay) {
        if (pika_profile_start(&d->ctx, NULL) != PIKA_OK) fail("--overlay: %s", pika_last_error(&d->ctx));
        clock->profile = &d->ctx;
        pika_zone_begin(&d->ctx, "frame");
        pika_zone_begin(&d->ctx, stage_names[clock->stage]);
    }
    if (!o->verify) return;
    desc.threads = 1;
    desc.isa = PIKA_ISA_SCALAR;
    desc.strategy = PIKA_STRATEGY_DIRECT;
    if (pika_ctx_init(&d->verify_ctx, &desc) != PIKA_OK)
        fail("--verify: %s", pika_last_error(&d->verify_ctx));
}

/* Who does the work; before the first row. is_text: CSV, whose numbers take longer to read than to draw. */
static void drawing_choose_backend(drawing *d, const input *in, int is_text)
{
    int before = clock_enter(d->clock, STAGE_DRIVER);
#if HAS_GL
    const options *o = d->options;
    int points = o->mark == MARK_POINTS && o->file_count == 1;
    if (o->backend == BACKEND_GL && !points)
        warn("--backend gl: the CPU draws %s",
            o->mark == MARK_POINTS ? "several files" : "lines, areas and polygons");
    else if (o->backend == BACKEND_GL && !in->regular)
        warn("--backend gl: %s is a stream, which the CPU draws as it comes", in->name);
    if (points && ((o->backend == BACKEND_GL && in->regular) ||
                      (o->backend == BACKEND_AUTO && gl_pays(o, in, is_text)))) {
        const char *missing = gl_open(&d->driver, &d->ctx);
        if (missing && o->backend == BACKEND_GL) fail("--backend gl: %s", missing);
        d->holds = !missing && (o->backend == BACKEND_GL || !pika_gl_get_caps(&d->driver.gl)->software);
        if (!d->holds) gl_close(&d->driver);
    }
#else
    (void)in;
    (void)is_text;
#endif
    clock_enter(d->clock, before);
}

static void drawing_free(drawing *d)
{
#if HAS_GL
    if (d->holds) gl_close(&d->driver);
#endif
    held_free(&d->held);
    free(d->series);
    free(d->plot.names);
    pika_grid_free(&d->ctx, &d->grid);
    pika_grid_free(&d->verify_ctx, &d->verify_grid);
    pika_ctx_free(&d->ctx);
    pika_ctx_free(&d->verify_ctx);
    labels_free(&d->labels);
}

/* --view on an axis whose column is of this type. 64-bit integers count from the lower end, exactly. */
static void drawing_axis(pika_axis *axis, const view_bound *bound, int type)
{
    axis->lo = bound[0].value;
    axis->hi = bound[1].value;
    if ((type != PIKA_I64 && type != PIKA_U64) || axis->scale != PIKA_LINEAR) return;
    if (!bound[0].whole || !bound[1].whole) return;
    axis->origin = bound[0].integer;
    axis->lo = 0;
    axis->hi = (double)((uint64_t)bound[1].integer - (uint64_t)bound[0].integer);
}

/* Both ends of the range as a column of the axis' type */
static pika_column drawing_range(const fit *f, int axis, uint64_t *integers, double *doubles)
{
    const uint64_t key[2] = {f->low[axis], f->high[axis]};
    int i;
    for (i = 0; i < 2; i++) {
        integers[i] = f->type[axis] == PIKA_I64 ? key[i] ^ KEY_SIGN : key[i];
        doubles[i] = key_to_double(key[i]);
    }
    if (f->type[axis] == PIKA_I64 || f->type[axis] == PIKA_U64)
        return pika_strided(integers, f->type[axis], 0);
    return pika_f64(doubles);
}

/* Makes the grid, for the view given or else for the range of `fit`; types: of the columns x and y */
static void drawing_start(drawing *d, const char *name, const int *types)
{
    const options *o = d->options;
    int before = clock_enter(d->clock, STAGE_FIT);
    pika_grid_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.planes = d->plane | PIKA_COUNT | (o->aa ? (unsigned)PIKA_COVERAGE : 0u);
    desc.view.width = o->width;
    desc.view.height = o->height;
    desc.view.flags = o->exact_edges ? PIKA_EXACT_EDGES : 0u;
    desc.view.x.scale = o->log_x ? PIKA_LOG10 : PIKA_LINEAR;
    desc.view.y.scale = o->log_y ? PIKA_LOG10 : PIKA_LINEAR;
    if (o->series) desc.categories = o->file_count;
    if (o->category) {
        desc.categories = d->labels.count ? d->labels.count : 1;
        d->labels.frozen = 1;
    }
    if (o->has_view) {
        drawing_axis(&desc.view.x, o->view, types[0]);
        drawing_axis(&desc.view.y, o->view + 2, types[1]);
    } else {
        uint64_t integers[2][2];
        double doubles[2][2];
        pika_points range;
        if (!d->fit.any)
            fail("%s: no row has a finite%s x and a finite%s y; --view draws the picture all the same", name,
                o->log_x ? ", positive" : "", o->log_y ? ", positive" : "");
        if (o->mark == MARK_AREA && (!o->log_y || o->baseline > DBL_MIN)) fit_baseline(&d->fit, o->baseline);
        range = pika_xy(drawing_range(&d->fit, 0, integers[0], doubles[0]),
            drawing_range(&d->fit, 1, integers[1], doubles[1]), 2);
        if (pika_fit(&d->ctx, &range, &desc.view) != PIKA_OK) fail("%s: %s", name, pika_last_error(&d->ctx));
    }
    if (!o->bare) plot_layout(&d->plot, &d->ctx, o, &d->labels, name, d->plane, &desc.view);
    d->width = desc.view.width;
    d->height = desc.view.height;
    clock_enter(d->clock, STAGE_AGGREGATE);
    if (pika_grid_alloc(&d->ctx, &d->grid, &desc) != PIKA_OK) fail("%s: %s", name, pika_last_error(&d->ctx));
    clock_enter(d->clock, STAGE_VERIFY);
    if (o->verify && !d->holds && pika_grid_alloc(&d->verify_ctx, &d->verify_grid, &desc) != PIKA_OK)
        fail("%s: %s", name, pika_last_error(&d->verify_ctx));
    d->started = 1;
    clock_enter(d->clock, before);
}

/* Rows that the range has to hold */
static void drawing_fit(drawing *d, const char *name, const pika_points *points)
{
    int before = clock_enter(d->clock, STAGE_FIT), axis;
    for (axis = 0; axis < 2 && d->fitted; axis++) {
        int type = axis ? points->y.type : points->x.type, other = d->fit.type[axis];
        if (type != other && (type == PIKA_I64 || type == PIKA_U64 || other == PIKA_I64 || other == PIKA_U64))
            fail("%s: %s is %s, and %s in a file before it: 64-bit integers go with none but their own", name,
                axis ? "y" : "x", type_names[type], type_names[other]);
    }
    fit_add(&d->fit, points, d->options);
    d->fitted = 1;
    clock_enter(d->clock, before);
}

/* ---- >>marks: rows to lines, areas and polygons ------------------------------------------------------ */

typedef struct mark_batch {
    int kind; /* MARK_LINES, ...: the one of these that is used */
    pika_lines lines;
    pika_areas areas;
    pika_polygons polygons;
} mark_batch;

static pika_result mark_add(pika_ctx *ctx, pika_grid *grid, const mark_batch *m)
{
    if (m->kind == MARK_LINES) return pika_add_lines(ctx, grid, &m->lines);
    if (m->kind == MARK_AREA) return pika_add_areas(ctx, grid, &m->areas);
    return pika_add_polygons(ctx, grid, &m->polygons);
}

static void mark_draw(drawing *d, const char *name, const mark_batch *m)
{
    int before = clock_enter(d->clock, STAGE_AGGREGATE);
    if (mark_add(&d->ctx, &d->grid, m) != PIKA_OK) fail("%s: %s", name, pika_last_error(&d->ctx));
    if (d->options->verify) {
        clock_enter(d->clock, STAGE_VERIFY);
        if (mark_add(&d->verify_ctx, &d->verify_grid, m) != PIKA_OK)
            fail("%s: --verify: %s", name, pika_last_error(&d->verify_ctx));
    }
    clock_enter(d->clock, before);
}

/* Copies a row to d->ends, as the first or second of them, and returns both as columns */
static pika_points mark_keep_end(drawing *d, const pika_points *points, size_t row, int second)
{
    pika_points ends = *points;
    pika_column *column[4];
    int i;
    column[0] = &ends.x, column[1] = &ends.y, column[2] = &ends.value, column[3] = &ends.category;
    ends.count = 2;
    for (i = 0; i < 4; i++) {
        size_t size = type_sizes[column[i]->type];
        ptrdiff_t stride = column[i]->stride ? column[i]->stride : (ptrdiff_t)size;
        if (!column[i]->data) continue;
        memcpy(
            d->ends[i] + (second ? size : 0), (const char *)column[i]->data + (ptrdiff_t)row * stride, size);
        column[i]->data = d->ends[i];
        column[i]->stride = 0;
    }
    return ends;
}

/* The next rows of an aliased line: what joins them to the rows before, and they. Cells and counts are as of
   all rows at once. */
static void mark_draw_chunk(drawing *d, const char *name, const pika_points *points)
{
    mark_batch m;
    if (points->count == 0) return;
    memset(&m, 0, sizeof(m));
    m.kind = MARK_LINES;
    if (d->joined) {
        m.lines.points = mark_keep_end(d, points, 0, 1);
        m.lines.flags = PIKA_LINE_CONTINUE;
        mark_draw(d, name, &m);
    }
    m.lines.points = *points;
    if (!d->joined || points->count > 1) mark_draw(d, name, &m);
    mark_keep_end(d, points, points->count - 1, 0);
    d->joined = 1;
}

/* All rows of a file */
static void mark_draw_held(drawing *d, const char *name)
{
    const options *o = d->options;
    held_rows *held = &d->held;
    size_t *offsets = NULL, count = 1;
    mark_batch m;
    if (held->count == 0) return;
    memset(&m, 0, sizeof(m));
    m.kind = o->mark;
    if (o->mark == MARK_POLYGONS) {
        offsets = held_rings(held, &count);
    } else if (o->category) {
        count = (size_t)d->labels.count;
        offsets = (size_t *)allocate((count + 2) * sizeof(size_t), "the lines");
        held_group(held, d->labels.count, offsets);
    }
    if (o->mark != MARK_LINES && offsets) {
        held_firsts(held, 2, offsets, count);
        held_firsts(held, 3, offsets, count);
    }
    if (o->mark == MARK_LINES) {
        m.lines.points = held_points(held);
        m.lines.offsets = offsets;
        m.lines.line_count = count + (offsets != NULL); /* the last of them: rows without a category */
        m.lines.width = o->line_width;
        m.lines.flags = o->once ? PIKA_LINE_ONCE : 0u;
    } else if (o->mark == MARK_AREA) {
        m.areas.points = held_points(held);
        m.areas.baseline = o->baseline;
        m.areas.offsets = offsets;
        m.areas.area_count = count;
        m.areas.flags = o->aa ? PIKA_FILL_AA : 0u;
    } else {
        m.polygons.points = held_points(held);
        m.polygons.ring_offsets = offsets;
        m.polygons.ring_count = m.polygons.polygon_count = count;
        m.polygons.fill = o->even_odd ? PIKA_EVEN_ODD : PIKA_NONZERO;
        m.polygons.flags = o->aa ? PIKA_FILL_AA : 0u;
    }
    if (count > 0) mark_draw(d, name, &m);
    free(offsets);
}

/* ---- >>adding: rows to the grid, as they come or held ------------------------------------------------ */

static void drawing_begin_file(drawing *d, const input *in, int file)
{
    d->limited = !in->regular;
    d->joined = 0;
    if (d->series) memset(d->series, file, CHUNK_ROWS);
}

static void drawing_hold(drawing *d, const char *name, const pika_points *points)
{
    uint64_t row = type_sizes[points->x.type] + type_sizes[points->y.type];
    if (points->value.data) row += type_sizes[points->value.type];
    if (points->category.data) row += type_sizes[points->category.type];
    if (d->holds_marks && d->limited && (d->held.count + points->count) * row > HELD_LIMIT)
        fail("%s: more than 256 MiB of rows have to be held for this mark; --lines alone draws any length",
            name);
    held_add(&d->held, points);
}

static void drawing_add(drawing *d, const char *name, const pika_points *rows)
{
    pika_points points = *rows; /* at most CHUNK_ROWS */
    int before;
    if (d->series) points.category = pika_strided(d->series, PIKA_U8, 0);
    if (d->holds || d->holds_marks) {
        drawing_hold(d, name, &points);
        return;
    }
    if (d->options->mark != MARK_POINTS) {
        mark_draw_chunk(d, name, &points);
        return;
    }
    before = clock_enter(d->clock, STAGE_AGGREGATE);
    if (pika_add_points(&d->ctx, &d->grid, &points) != PIKA_OK)
        fail("%s: %s", name, pika_last_error(&d->ctx));
    if (d->options->verify) {
        clock_enter(d->clock, STAGE_VERIFY);
        if (pika_add_points(&d->verify_ctx, &d->verify_grid, &points) != PIKA_OK)
            fail("%s: --verify: %s", name, pika_last_error(&d->verify_ctx));
    }
    clock_enter(d->clock, before);
}

static void drawing_end_file(drawing *d, const char *name)
{
    if (!d->holds_marks) return;
    mark_draw_held(d, name);
    held_free(&d->held);
}

/* One plane of one category, or all together, bit for bit */
static void drawing_verify_plane(drawing *d, unsigned plane, int category, double **values, size_t cells)
{
    size_t i;
    if (pika_grid_read(&d->ctx, &d->grid, plane, category, values[0]) != PIKA_OK)
        fail("--verify: %s", pika_last_error(&d->ctx));
    if (pika_grid_read(&d->verify_ctx, &d->verify_grid, plane, category, values[1]) != PIKA_OK)
        fail("--verify: %s", pika_last_error(&d->verify_ctx));
    for (i = 0; i < cells; i++)
        if (double_bits(values[0][i]) != double_bits(values[1][i]))
            fail("--verify: cell %.0f is %.17g, expected %.17g", (double)i, values[0][i], values[1][i]);
}

/* Every count and every value that can be read out */
static void drawing_verify(drawing *d)
{
    const options *o = d->options;
    size_t cells = (size_t)d->width * (size_t)d->height, i;
    int categories = pika_grid_get_desc(&d->grid)->categories, category, layers = categories ? categories : 1;
    const uint32_t *counts = pika_grid_counts(&d->grid), *expected = pika_grid_counts(&d->verify_grid);
    double *values[2];
    pika_stats stats[2];
    int before = clock_enter(d->clock, STAGE_VERIFY);
    for (i = 0; i < cells * (size_t)layers; i++)
        if (counts[i] != expected[i])
            fail("--verify: the count of cell %.0f is %" PRIu32 ", expected %" PRIu32, (double)i, counts[i],
                expected[i]);
    if (pika_grid_stats(&d->ctx, &d->grid, &stats[0]) != PIKA_OK ||
        pika_grid_stats(&d->verify_ctx, &d->verify_grid, &stats[1]) != PIKA_OK ||
        stats[0].total != stats[1].total || stats[0].inside != stats[1].inside ||
        stats[0].outside != stats[1].outside || stats[0].invalid != stats[1].invalid ||
        stats[0].no_value != stats[1].no_value || stats[0].hits != stats[1].hits)
        fail("--verify: the accounts of the rows differ");
    values[0] = (double *)allocate(cells * sizeof(double), "--verify");
    values[1] = (double *)allocate(cells * sizeof(double), "--verify");
    for (category = categories ? PIKA_ALL_CATEGORIES : 0; category < layers; category++) {
        drawing_verify_plane(d, d->plane, category, values, cells);
        if (o->aa) drawing_verify_plane(d, PIKA_COVERAGE, category, values, cells);
    }
    free(values[0]);
    free(values[1]);
    d->verified = (uint64_t)cells * (uint64_t)layers;
    clock_enter(d->clock, before);
}

#if HAS_GL

/* In steps, so that each has its time; what the GPU does not do is done in one, by the CPU */
static pika_result drawing_count_rows(drawing *d, pika_dataset *dataset)
{
    pika_gl *gl = &d->driver.gl;
    pika_gl_grid frame;
    pika_result result;
    int ready = 0;
    memset(&frame, 0, sizeof(frame));
    clock_enter(d->clock, STAGE_DISPATCH);
    if (pika_gl_grid_init(gl, &frame, pika_grid_get_desc(&d->grid)) != PIKA_OK) {
        clock_enter(d->clock, STAGE_AGGREGATE);
        return pika_aggregate(&d->ctx, dataset, &d->grid);
    }
    result = pika_gl_aggregate(gl, dataset, &frame, NULL);
    if (result == PIKA_OK) result = pika_gl_read_begin(gl, &frame);
    while (result == PIKA_OK && (ready = pika_gl_read_ready(gl, &frame)) == 0) {
        struct timespec pause = {0, 100000};
        nanosleep(&pause, NULL);
    }
    if (ready < 0) result = (pika_result)ready;
    clock_enter(d->clock, STAGE_FETCH);
    if (result == PIKA_OK) result = pika_gl_read(gl, &frame, &d->grid);
    pika_gl_grid_free(gl, &frame);
    return result;
}

/* All rows are held: the GPU counts them, and with --verify the CPU does too */
static void drawing_draw_held(drawing *d, const char *name)
{
    const options *o = d->options;
    const pika_backend *backend = pika_gl_backend(&d->driver.gl);
    pika_points points = held_points(&d->held);
    pika_dataset dataset;
    pika_validation validation;
    int before = clock_enter(d->clock, STAGE_UPLOAD);
    memset(&dataset, 0, sizeof(dataset));
    if (pika_dataset_create(&d->ctx, backend, &dataset, &points, NULL) != PIKA_OK ||
        drawing_count_rows(d, &dataset) != PIKA_OK)
        fail("%s: %s", name, pika_last_error(&d->ctx));
    clock_enter(d->clock, STAGE_VERIFY);
    if (o->verify) {
        if (pika_validate(&d->ctx, &dataset, &d->grid, &validation) != PIKA_OK)
            fail("%s: --verify: %s", name, pika_last_error(&d->ctx));
        d->verified = validation.cells;
        d->largest_error = validation.largest_error;
    }
    clock_enter(d->clock, before);
    pika_backend_get_stats(&d->ctx, backend, &d->backend_stats);
    if (d->backend_stats.cpu_calls > 0 && o->backend == BACKEND_GL)
        warn("--backend gl: the CPU made the grid: %s", d->backend_stats.reason);
    pika_backend_caps(&d->ctx, backend, &d->caps);
    pika_dataset_free(&d->ctx, &dataset);
}

#endif

/* All rows are there */
static void drawing_finish(drawing *d, const char *name)
{
#if HAS_GL
    if (d->holds) {
        drawing_draw_held(d, name);
        return;
    }
#else
    (void)name;
#endif
    pika_backend_caps(&d->ctx, pika_cpu_backend(), &d->caps);
    if (d->options->verify) drawing_verify(d);
}

/* ---- >>rows: f64 rows from text, held or passed on --------------------------------------------------- */

#define CHUNK_HEADER 64 /* the structure, and what keeps its columns aligned */

typedef struct rows_chunk {
    struct rows_chunk *next;
    size_t count, capacity;
    double *x, *y, *value; /* value NULL where there is none; all in one block with this */
    int32_t *category;
} rows_chunk;

typedef struct rows {
    drawing *drawing;
    const char *name;
    rows_chunk *first, *last; /* while streaming: one chunk, used again and again */
    int has_value, has_category, limited, pass;
    int streams; /* a chunk that is full is used up; else it is held until the range is known */
    size_t row_bytes;
    uint64_t held; /* bytes of rows in full chunks */
    uint64_t total;
} rows;

static rows_chunk *rows_chunk_new(const rows *r, size_t capacity)
{
    rows_chunk *chunk = (rows_chunk *)allocate(CHUNK_HEADER + capacity * r->row_bytes, "rows");
    chunk->next = NULL;
    chunk->count = 0;
    chunk->capacity = capacity;
    chunk->x = (double *)(void *)((char *)chunk + CHUNK_HEADER);
    chunk->y = chunk->x + capacity;
    chunk->value = r->has_value ? chunk->y + capacity : NULL;
    chunk->category =
        r->has_category ? (int32_t *)(void *)(chunk->x + capacity * (r->has_value ? 3 : 2)) : NULL;
    return chunk;
}

static void rows_draw(rows *r, const rows_chunk *chunk)
{
    pika_points points = pika_xy_f64(chunk->x, chunk->y, chunk->count);
    if (chunk->value) points.value = pika_f64(chunk->value);
    if (chunk->category) points.category = pika_strided(chunk->category, PIKA_I32, 0);
    drawing_add(r->drawing, r->name, &points);
}

/* Makes the grid from what is known now, draws what is held and streams from here on */
static void rows_release(rows *r)
{
    static const int types[2] = {PIKA_F64, PIKA_F64};
    drawing *d = r->drawing;
    rows_chunk *chunk;
    if (!d->options->has_view) {
        for (chunk = r->first; chunk; chunk = chunk->next) {
            pika_points points = pika_xy_f64(chunk->x, chunk->y, chunk->count);
            drawing_fit(d, r->name, &points);
        }
    }
    drawing_start(d, r->name, types);
    while (r->first) {
        chunk = r->first;
        rows_draw(r, chunk);
        if (chunk == r->last) break;
        r->first = chunk->next;
        free(chunk);
    }
    if (r->last) r->last->count = 0;
    r->streams = 1;
}

static void rows_init(rows *r, drawing *d, const char *name, int limited, int has_value, int pass)
{
    static const int types[2] = {PIKA_F64, PIKA_F64};
    memset(r, 0, sizeof(*r));
    r->drawing = d;
    r->name = name;
    r->limited = limited;
    r->has_value = has_value;
    r->has_category = d->options->category != NULL;
    r->row_bytes = 16 + (r->has_value ? 8u : 0u) + (r->has_category ? 4u : 0u);
    r->pass = pass;
    r->streams = pass != PASS_ONLY;
    if (pass == PASS_DRAW && !d->started) drawing_start(d, name, types);
    if (pass == PASS_ONLY && d->options->has_view && !d->options->category) rows_release(r);
}

/* The last chunk is full, or the file is at its end */
static void rows_use(rows *r)
{
    pika_points points = pika_xy_f64(r->last->x, r->last->y, r->last->count);
    if (r->pass != PASS_FIT) rows_draw(r, r->last);
    else if (!r->drawing->options->has_view) drawing_fit(r->drawing, r->name, &points);
    r->last->count = 0;
}

/* A chunk with room for a row */
NEVER_INLINE rows_chunk *rows_room(rows *r)
{
    const options *o = r->drawing->options;
    size_t capacity = CHUNK_ROWS;
    rows_chunk *chunk;
    if (r->last && r->last->count < r->last->capacity) return r->last;
    if (r->last && !r->streams) {
        r->held += r->last->count * r->row_bytes;
        if (r->limited && HELD_LIMIT - r->held < CHUNK_ROWS * r->row_bytes)
            capacity = (size_t)(HELD_LIMIT - r->held) / r->row_bytes;
        if (capacity == 0) {
            if (!o->has_view)
                fail("%s: more than 256 MiB of rows have to be held to find their range; give it with --view "
                     "X0:X1,Y0:Y1 and any length is drawn",
                    r->name);
            rows_release(r); /* with --category: those seen so far */
        }
    }
    if (r->last && r->streams) {
        rows_use(r);
        return r->last;
    }
    chunk = rows_chunk_new(r, capacity);
    if (r->last) r->last->next = chunk;
    else r->first = chunk;
    r->last = chunk;
    return chunk;
}

static void rows_finish(rows *r)
{
    if (!r->streams) rows_release(r);
    else if (r->last) rows_use(r);
    while (r->first) {
        rows_chunk *chunk = r->first;
        r->first = chunk->next;
        free(chunk);
    }
    r->last = NULL;
}

/* ---- >>csv: text to rows ----------------------------------------------------------------------------- */

/* A window of the file lies in `buffer`; whole records are parsed in it. One that reaches the end of the
   window is begun again after the next read, which doubles the window where need be, so that no length is
   quadratic. Behind the window stand newlines: every scan of unquoted text ends there, and 8-byte loads stay
   inside the block. */

#define CSV_PADDING 16

enum { ROLE_X, ROLE_Y, ROLE_VALUE, ROLE_COUNT };

/* A column that is read: as a number for some roles, as a label, or both */
typedef struct csv_column {
    size_t index;              /* from 0 */
    int roles, category;       /* roles: bits 1 << ROLE_... */
    const char *option;        /* that asked for it */
    uint64_t words, word_line; /* fields that are no numbers, and the first one's line */
    excerpt word;
} csv_column;

typedef struct csv {
    input *in;
    char *buffer;
    size_t capacity, begin, end; /* of the window; capacity without padding */
    int at_end;                  /* of the file */
    int blank;                   /* a line before the record at `begin` is */
    uint64_t line;               /* of the record at `begin`, from 1 */
    char delimiter, point;
    unsigned char stops[256]; /* 1 where an unquoted field ends: delimiter, LF, CR */
    char *scratch;            /* a quoted field without its quotes */
    size_t scratch_capacity;
    csv_column columns[4]; /* by index */
    int column_count;
    unsigned numbers; /* bit i: column i has had a number */
    char **names;     /* of the header; NULL = none */
    size_t field_count;
    labels *labels;
} csv;

typedef struct csv_text {
    const char *text;
    size_t length;
} csv_text;

/* The values of one record; NaN and -1 where there are none */
typedef struct csv_row {
    double number[ROLE_COUNT];
    int32_t category;
} csv_row;

/* Drops what is before the window's begin and reads more. The record at begin goes on or the file ends. */
static void csv_more(csv *c)
{
    size_t rest = c->end - c->begin;
    if (rest >= RECORD_LIMIT)
        fail("%s: line %" PRIu64 ": longer than 64 MiB (a quote that is not closed?)", c->in->name, c->line);
    if (c->begin > 0) memmove(c->buffer, c->buffer + c->begin, rest);
    c->begin = 0;
    if (!c->buffer || rest > c->capacity / 2) {
        c->capacity = c->buffer ? 2 * c->capacity : BLOCK_BYTES;
        c->buffer = (char *)reallocate(c->buffer, c->capacity + CSV_PADDING, "text");
    }
    c->end = rest + input_read(c->in, c->buffer + rest, c->capacity - rest);
    c->at_end = c->end < c->capacity;
    memset(c->buffer + c->end, '\n', CSV_PADDING);
}

static int csv_blank(char character, char delimiter)
{
    return (character == ' ' || character == '\t') && character != delimiter;
}

/* The field at p and where it ends: at a delimiter or the end of the line, which may be the window's. NULL: a
   quoted field goes on behind the window. */
static const char *csv_field(csv *c, const char *p, csv_text *field)
{
    const char *end = c->buffer + c->end, *first;
    while (csv_blank(*p, c->delimiter)) p++;
    if (*p == '"' && p < end) {
        size_t used = 0;
        for (first = ++p;; first = p) {
            const char *quote = (const char *)memchr(p, '"', (size_t)(end - p));
            size_t part;
            if (!quote) {
                if (c->at_end) fail("%s: line %" PRIu64 ": a quote is not closed", c->in->name, c->line);
                return NULL;
            }
            part = (size_t)(quote - first) + (quote[1] == '"' && quote + 1 < end);
            if (used + part + CSV_PADDING > c->scratch_capacity) {
                c->scratch_capacity = 2 * (used + part) + 256;
                c->scratch = (char *)reallocate(c->scratch, c->scratch_capacity, "a field");
            }
            memcpy(c->scratch + used, first, part);
            used += part;
            p = quote + 1;
            if (p >= end && !c->at_end) return NULL; /* the other half of a doubled quote? */
            if (*p != '"' || p >= end) break;
            p++;
        }
        memset(c->scratch + used, 0, CSV_PADDING);
        field->text = c->scratch;
        field->length = used;
        while (!c->stops[(unsigned char)*p]) p++; /* what follows the closing quote is dropped */
    } else {
        first = p;
        while (!c->stops[(unsigned char)*p]) p++;
        field->text = first;
        field->length = (size_t)(p - first);
    }
    while (field->length > 0 && csv_blank(field->text[0], 0)) field->text++, field->length--;
    while (field->length > 0 && csv_blank(field->text[field->length - 1], 0)) field->length--;
    return p;
}

static const char *csv_skip_quoted(csv *c, const char *p) /* the same for a field that nobody reads */
{
    const char *end = c->buffer + c->end;
    while (csv_blank(*p, c->delimiter)) p++;
    if (*p == '"' && p < end) {
        for (p++;; p++) {
            p = (const char *)memchr(p, '"', (size_t)(end - p));
            if (!p) {
                if (c->at_end) fail("%s: line %" PRIu64 ": a quote is not closed", c->in->name, c->line);
                return NULL;
            }
            p++;
            if (p >= end && !c->at_end) return NULL;
            if (*p != '"' || p >= end) break;
        }
    }
    while (!c->stops[(unsigned char)*p]) p++;
    return p;
}

ALWAYS_INLINE const char *csv_skip(csv *c, const char *p)
{
    if (UNLIKELY(*p == '"' || *p == ' ' || *p == '\t')) return csv_skip_quoted(c, p);
    while (!c->stops[(unsigned char)*p]) p++;
    return p;
}

static int csv_same_word(csv_text field, const char *word) /* letters of either case; word in lower case */
{
    size_t i;
    for (i = 0; i < field.length; i++)
        if (!word[i] || tolower((unsigned char)field.text[i]) != word[i]) return 0;
    return !word[i];
}

enum { FIELD_NUMBER, FIELD_MISSING, FIELD_WORD };

/* What a field says. The text is followed by padding, as decimal_parse asks. */
static int csv_number(const csv *c, csv_text field, double *out)
{
    static const char *const missing[] = {"", "na", "n/a", "null", "none", "nan", "+nan", "-nan", "-", "."};
    csv_text bare = field;
    size_t i;
    if (field.length > 0 && decimal_parse(field.text, c->point, out) == field.text + field.length)
        return FIELD_NUMBER;
    for (i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
        if (csv_same_word(field, missing[i])) return FIELD_MISSING;
    if (*bare.text == '-' || *bare.text == '+') bare.text++, bare.length--;
    if (!csv_same_word(bare, "inf") && !csv_same_word(bare, "infinity")) return FIELD_WORD;
    *out = double_from_bits(DOUBLE_INFINITY_BITS | (*field.text == '-' ? KEY_SIGN : 0));
    return FIELD_NUMBER;
}

/* What a record has brought, by column; it counts when the record is complete */
typedef struct csv_seen {
    unsigned numbers, words;
} csv_seen;

/* A field that is not simply a number: quoted, missing, a word, a label. Returns what csv_field returns. */
NEVER_INLINE const char *csv_read_field(
    csv *c, csv_column *column, const char *p, csv_row *row, csv_seen *seen)
{
    csv_text field;
    double number = 0;
    int kind, role;
    p = csv_field(c, p, &field);
    if (!p) return NULL;
    if (p >= c->buffer + c->end && !c->at_end) return NULL; /* it may go on: neither label nor word yet */
    if (column->category && field.length > 0) {
        int label = labels_number(c->labels, field.text, field.length);
        excerpt shown = excerpt_of(field.text, label < 0 ? field.length : 0);
        if (label == LABEL_TOO_MANY)
            fail("%s: line %" PRIu64 ": --category: '%s' is the 257th category; 256 are the limit",
                c->in->name, c->line, shown.text);
        if (label == LABEL_TOO_LATE)
            fail("%s: line %" PRIu64
                 ": --category: '%s' appears after the 256 MiB of rows that are held to find "
                 "the categories",
                c->in->name, c->line, shown.text);
        row->category = label;
    }
    if (!column->roles) return p;
    kind = csv_number(c, field, &number);
    if (kind == FIELD_NUMBER) {
        for (role = 0; role < ROLE_COUNT; role++)
            if (column->roles >> role & 1) row->number[role] = number;
        seen->numbers |= 1u << (column - c->columns);
    } else if (kind == FIELD_WORD) {
        seen->words |= 1u << (column - c->columns);
        if (!column->words) {
            column->word = excerpt_of(field.text, field.length);
            column->word_line = c->line;
        }
    }
    return p;
}

/* One record at `p`; NULL where it goes on behind the window, else where the next one begins. */
ALWAYS_INLINE const char *csv_record(csv *c, const char *p, csv_row *row)
{
    const char *end = c->buffer + c->end, *begin = p;
    size_t index = 0;
    csv_seen seen = {0, 0};
    uint64_t lines = 1;
    int i, quoted = 0;
    for (i = 0; i < ROLE_COUNT; i++) row->number[i] = double_from_bits(0x7FF8000000000000u);
    row->category = -1;
    for (i = 0; i < c->column_count; i++) {
        csv_column *column = &c->columns[i];
        const char *after;
        double number;
        for (; index < column->index; index++) {
            quoted |= *p == '"' || *p == ' ' || *p == '\t';
            p = csv_skip(c, p);
            if (!p) return NULL;
            if (*p != c->delimiter) goto line_end;
            p++;
        }
        after = column->category ? NULL : decimal_parse(p, c->point, &number);
        if (after && c->stops[(unsigned char)*after]) {
            if (column->roles & 1) row->number[0] = number;
            if (column->roles & 2) row->number[1] = number;
            if (column->roles & 4) row->number[2] = number;
            seen.numbers |= 1u << i;
            p = after;
        } else {
            quoted = 1;
            p = csv_read_field(c, column, p, row, &seen);
            if (!p) return NULL;
        }
        if (*p != c->delimiter) goto line_end;
        p++;
        index++;
    }
    for (;;) { /* columns that nobody reads */
        quoted |= *p == '"' || *p == ' ' || *p == '\t';
        p = csv_skip(c, p);
        if (!p) return NULL;
        if (*p != c->delimiter) break;
        p++;
    }
line_end:
    if (UNLIKELY(p >= end && !c->at_end)) return NULL;
    if (*p == '\r') {
        if (UNLIKELY(p + 1 >= end && !c->at_end)) return NULL;
        p += p[1] == '\n' && p + 1 < end;
    }
    if (UNLIKELY(quoted)) {
        const char *q;
        for (q = begin; q < p; q++) lines += *q == '\n' || (*q == '\r' && q[1] != '\n'); /* inside quotes */
        for (i = 0; i < c->column_count; i++) c->columns[i].words += seen.words >> i & 1;
    }
    c->numbers |= seen.numbers;
    c->line += lines;
    return p < end ? p + 1 : end;
}

/* Skips blank lines and comments at the window's begin. 0: the file is at its end. */
static int csv_next_line(csv *c)
{
    for (;;) {
        const char *end = c->buffer + c->end, *p = c->buffer + c->begin;
        if (p >= end) {
            if (c->at_end) return 0;
            csv_more(c);
            continue;
        }
        while (csv_blank(*p, c->delimiter)) p++;
        if (*p == '#' && p == c->buffer + c->begin)
            while (*p != '\n' && *p != '\r') p++;
        else if (*p != '\n' && *p != '\r') return 1;
        else if (p < end) c->blank = 1;
        if (p >= end || (*p == '\r' && p + 1 >= end)) {
            if (c->at_end) {
                c->begin = c->end;
                return 0;
            }
            csv_more(c);
            continue;
        }
        p += *p == '\r' && p[1] == '\n';
        c->begin = (size_t)(p + 1 - c->buffer);
        c->line++;
    }
}

static void csv_set_delimiter(csv *c, char delimiter)
{
    c->delimiter = delimiter;
    c->point = delimiter == ';' ? ',' : '.';
    memset(c->stops, 0, sizeof(c->stops));
    c->stops[(unsigned char)delimiter] = c->stops['\n'] = c->stops['\r'] = 1;
}

/* From the first line: a tab anywhere, else a semicolon, else the comma */
static void csv_find_delimiter(csv *c)
{
    const char *dot = strrchr(c->in->name, '.');
    if (dot && (!strcmp(dot, ".tsv") || !strcmp(dot, ".TSV") || !strcmp(dot, ".tab"))) {
        csv_set_delimiter(c, '\t');
        return;
    }
    for (;;) {
        const char *p = c->buffer + c->begin, *end = c->buffer + c->end;
        int quoted = 0, tabs = 0, semicolons = 0;
        for (; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
            quoted ^= *p == '"';
            tabs += *p == '\t' && !quoted;
            semicolons += *p == ';' && !quoted;
        }
        if (p == end && !c->at_end) {
            csv_more(c);
            continue;
        }
        csv_set_delimiter(c, tabs ? '\t' : semicolons ? ';' : ',');
        return;
    }
}

/* Reads the first record. It is a header where one of its fields is neither a number nor missing. */
static void csv_read_header(csv *c)
{
    size_t capacity = 0, i;
    int is_header = 0;
    const char *p;
    for (;;) {
        p = c->buffer + c->begin;
        is_header = 0;
        for (;;) {
            csv_text field;
            double number;
            p = csv_field(c, p, &field);
            if (!p) break;
            is_header |= csv_number(c, field, &number) == FIELD_WORD;
            if (c->field_count == capacity) {
                capacity = capacity ? 2 * capacity : 16;
                c->names = (char **)reallocate(c->names, capacity * sizeof(char *), "the header");
            }
            c->names[c->field_count] = (char *)allocate(field.length + 1, "the header");
            memcpy(c->names[c->field_count], field.text, field.length);
            c->names[c->field_count++][field.length] = 0;
            if (*p != c->delimiter) break;
            p++;
        }
        if (p && (p < c->buffer + c->end || c->at_end)) break;
        for (i = 0; i < c->field_count; i++) free(c->names[i]);
        c->field_count = 0;
        csv_more(c);
    }
    if (is_header) {
        csv_row row; /* no column is asked for yet: a record to step over */
        while (!(p = csv_record(c, c->buffer + c->begin, &row))) csv_more(c);
        c->begin = (size_t)(p - c->buffer);
        return;
    }
    for (i = 0; i < c->field_count; i++) free(c->names[i]);
    free(c->names);
    c->names = NULL;
}

/* The column's index for an option's value: a name of the header, or a number from 1 */
static size_t csv_find_column(const csv *c, const char *option, const char *text)
{
    char list[1024];
    size_t used = 0, i, number = 0;
    for (i = 0; c->names && i < c->field_count; i++)
        if (!strcmp(c->names[i], text)) return i;
    for (i = 0; text[i] >= '0' && text[i] <= '9' && number <= c->field_count; i++)
        number = number * 10 + (size_t)(text[i] - '0');
    if (!text[i] && number >= 1 && number <= c->field_count) return number - 1;
    if (!c->names)
        fail("%s: %s: there is no column '%s'; there is no header, and columns are numbered 1 to %.0f",
            c->in->name, option, text, (double)c->field_count);
    list[0] = 0;
    for (i = 0; i < c->field_count; i++) {
        excerpt name = excerpt_of(c->names[i], strlen(c->names[i]));
        if (used + sizeof(name) + 8 > sizeof(list)) {
            snprintf(list + used, sizeof(list) - used, ", ...");
            break;
        }
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", name.text);
    }
    fail("%s: %s: there is no column '%s'; the header has %s", c->in->name, option, text, list);
    NOT_REACHED
}

/* x and y where nobody says: by name, else the first two */
static void csv_default_columns(const csv *c, size_t *x, size_t *y)
{
    static const char *const pairs[][2] = {
        {"x", "y"}, {"lon", "lat"}, {"lng", "lat"}, {"longitude", "latitude"}};
    size_t found[2], pair, i;
    int axis;
    *x = 0;
    *y = 1;
    for (pair = 0; c->names && pair < sizeof(pairs) / sizeof(pairs[0]); pair++) {
        found[0] = found[1] = c->field_count;
        for (i = c->field_count; i-- > 0;) {
            csv_text name;
            name.text = c->names[i];
            name.length = strlen(c->names[i]);
            for (axis = 0; axis < 2; axis++)
                if (csv_same_word(name, pairs[pair][axis])) found[axis] = i;
        }
        if (found[0] == c->field_count || found[1] == c->field_count) continue;
        *x = found[0];
        *y = found[1];
        return;
    }
}

/* Notes that a column is read; columns stay sorted by index */
static void csv_want(csv *c, const char *option, size_t index, int roles, int category)
{
    int i, at = 0;
    while (at < c->column_count && c->columns[at].index < index) at++;
    if (at == c->column_count || c->columns[at].index != index) {
        for (i = c->column_count++; i > at; i--) c->columns[i] = c->columns[i - 1];
        memset(&c->columns[at], 0, sizeof(c->columns[at]));
        c->columns[at].index = index;
        c->columns[at].option = option;
    }
    c->columns[at].roles |= roles;
    c->columns[at].category |= category;
}

static void csv_choose_columns(csv *c, drawing *d)
{
    const options *o = d->options;
    size_t x, y, value = 0;
    excerpt *names = d->plot.columns;
    csv_default_columns(c, &x, &y);
    if (o->x) {
        size_t given = csv_find_column(c, "-x", o->x);
        if (given == y && !o->y) y = x; /* the other one of the pair */
        x = given;
    }
    if (o->y) {
        size_t given = csv_find_column(c, "-y", o->y);
        if (given == x && !o->x) x = y;
        y = given;
    }
    if (x >= c->field_count || y >= c->field_count)
        fail("%s: line %" PRIu64
             ": x and y are two columns, and there is one (parted by commas, semicolons or tabs)",
            c->in->name, c->line);
    if (o->value) value = csv_find_column(c, "-v", o->value);
    if (c->names && !names[0].text[0] && !names[1].text[0]) { /* of the first FILE that has some */
        names[0] = excerpt_of(c->names[x], strlen(c->names[x]));
        names[1] = excerpt_of(c->names[y], strlen(c->names[y]));
        if (o->value) names[2] = excerpt_of(c->names[value], strlen(c->names[value]));
    }
    csv_want(c, "-x", x, 1 << ROLE_X, 0);
    csv_want(c, "-y", y, 1 << ROLE_Y, 0);
    if (o->value && 1u << o->plane > PIKA_ANY) csv_want(c, "-v", value, 1 << ROLE_VALUE, 0);
    if (o->category) csv_want(c, "--category", csv_find_column(c, "--category", o->category), 0, 1);
}

/* Formats that are often given by mistake */
static void csv_refuse_others(const input *in)
{
    static const struct {
        const char *start;
        size_t length;
        const char *advice;
    } others[] = {
        {"\x1F\x8B", 2, "is compressed: gzip -dc FILE | pika - reads it"},
        {"\x28\xB5\x2F\xFD", 4, "is compressed: zstd -dc FILE | pika - reads it"},
        {"\xFD\x37zXZ", 5, "is compressed: xz -dc FILE | pika - reads it"},
        {"BZh", 3, "is compressed: bzip2 -dc FILE | pika - reads it"},
        {"PK\x03\x04", 4, "is a zip archive (or .xlsx, .npz), not text"},
        {"PAR1", 4, "is a Parquet file, not text"},
        {"ARROW1", 6, "is an Arrow file, not text"},
        {"\x89PNG", 4, "is a picture, not data"},
        {"\x89HDF", 4, "is an HDF5 file, not text"},
        {"\xFF\xFE", 2, "is UTF-16; UTF-8 is read"},
        {"\xFE\xFF", 2, "is UTF-16; UTF-8 is read"},
    };
    size_t i;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (in->peeked_count >= others[i].length && !memcmp(in->peeked, others[i].start, others[i].length))
            fail("%s: %s", in->name, others[i].advice);
}

/* A column without one number in all rows is a mistake where it has words; where it is empty, if it is needed
 */
static void csv_check_column(const csv *c, int i, int needed)
{
    const csv_column *column = &c->columns[i];
    const char *name = c->names ? c->names[column->index] : "", *mark = c->names ? "'" : "";
    excerpt shown = excerpt_of(name, strlen(name));
    if (!column->roles || c->numbers >> i & 1) return;
    if (column->words)
        fail("%s: no row has a number in column %.0f %s%s%s (%s); line %" PRIu64 " has '%s'", c->in->name,
            (double)column->index + 1, mark, shown.text, mark, column->option, column->word_line,
            column->word.text);
    if (needed)
        fail("%s: no row has a number in column %.0f %s%s%s (%s)", c->in->name, (double)column->index + 1,
            mark, shown.text, mark, column->option);
}

/* A row of nothing: what an empty line is to marks */
static void csv_break(rows_chunk *chunk)
{
    size_t at = chunk->count++;
    chunk->x[at] = chunk->y[at] = double_from_bits(0x7FF8000000000000u);
    if (chunk->value) chunk->value[at] = chunk->x[at];
    if (chunk->category) chunk->category[at] = -1;
}

static void csv_read(input *in, drawing *d, int pass)
{
    csv c;
    rows r;
    int i, breaks = d->options->mark != MARK_POINTS;
    csv_refuse_others(in);
    memset(&c, 0, sizeof(c));
    c.in = in;
    c.line = 1;
    c.labels = &d->labels;
    csv_set_delimiter(&c, ',');
    csv_more(&c);
    if (c.end == 0 && !d->options->has_view) fail("%s: is empty", in->name);
    if (c.end >= 3 && !memcmp(c.buffer, "\xEF\xBB\xBF", 3)) c.begin = 3;
    if (csv_next_line(&c)) {
        csv_find_delimiter(&c);
        csv_read_header(&c);
        csv_choose_columns(&c, d);
    }
    rows_init(&r, d, in->name, !in->regular, 1u << d->options->plane > PIKA_ANY, pass);
    while (csv_next_line(&c)) {
        rows_chunk *chunk = rows_room(&r);
        const char *p = c.buffer + c.begin, *end = c.buffer + c.end;
        size_t count;
        csv_row row;
        if (breaks && c.blank && r.total > 0) csv_break(chunk);
        c.blank = 0;
        count = chunk->count;
        while (count < chunk->capacity) {
            const char *next = csv_record(&c, p, &row);
            if (UNLIKELY(!next)) {
                c.begin = (size_t)(p - c.buffer);
                csv_more(&c);
                p = c.buffer;
                end = c.buffer + c.end;
                continue;
            }
            p = next;
            chunk->x[count] = row.number[ROLE_X];
            chunk->y[count] = row.number[ROLE_Y];
            if (chunk->value) chunk->value[count] = row.number[ROLE_VALUE];
            if (chunk->category) chunk->category[count] = row.category;
            count++;
            /* lines that csv_next_line looks at: blank, a comment, the end of the window */
            if (UNLIKELY(p >= end || *p == '\n' || *p == '\r' || *p == '#' || *p == ' ' || *p == '\t')) break;
        }
        c.begin = (size_t)(p - c.buffer);
        r.total += count - chunk->count;
        chunk->count = count;
    }
    for (i = 0; i < c.column_count; i++) csv_check_column(&c, i, r.total > 0 && !d->options->has_view);
    if (r.total == 0 && !d->options->has_view)
        fail("%s: has no rows%s", in->name, c.names ? " but the header" : "");
    rows_finish(&r);
    for (i = 0; i < c.column_count; i++)
        if (c.columns[i].words && pass != PASS_FIT)
            warn("%s: line %" PRIu64 ": '%s' in column %.0f is no number; %" PRIu64
                 " such field%s read as missing",
                in->name, c.columns[i].word_line, c.columns[i].word.text, (double)c.columns[i].index + 1,
                c.columns[i].words, c.columns[i].words == 1 ? " is" : "s are");
    for (; c.names && c.field_count > 0; c.field_count--) free(c.names[c.field_count - 1]);
    free(c.names);
    free(c.buffer);
    free(c.scratch);
}

/* ---- >>binary: .npy and raw numbers ------------------------------------------------------------------ */

enum { BINARY_X, BINARY_Y, BINARY_VALUE, BINARY_CATEGORY, BINARY_ROLES };

/* A table of rows x columns numbers of one type. */
typedef struct binary {
    input *in;
    drawing *drawing;
    int type, half, swapped, fortran; /* half: f2, read as f32; swapped: bytes are in the other order */
    size_t size;                      /* of an element in the file */
    uint64_t rows, start; /* rows UINT64_MAX: until the stream ends; start: of the data in the file */
    size_t columns;
    int column[BINARY_ROLES]; /* from 0; -1 = none; x may be -1: the row's number */
    uint64_t row;             /* the next one */
    size_t block_rows;
    unsigned char *block;                /* from the file */
    unsigned char *packed[BINARY_ROLES]; /* converted columns; x where it is the row's number */
    int32_t *category;
    int pass;
} binary;

static void binary_swap(unsigned char *p, size_t size, size_t count)
{
    for (; count > 0; count--, p += size) {
        size_t i;
        for (i = 0; i < size / 2; i++) {
            unsigned char byte = p[i];
            p[i] = p[size - 1 - i];
            p[size - 1 - i] = byte;
        }
    }
}

static float binary_half_value(unsigned half) /* IEEE binary16, exactly */
{
    unsigned exponent = half >> 10 & 31, mantissa = half & 1023;
    uint32_t bits = (uint32_t)(half >> 15) << 31;
    float value;
    if (exponent == 31) {
        bits |= 0x7F800000u | (uint32_t)mantissa << 13;
    } else if (exponent) {
        bits |= (uint32_t)(exponent + 112) << 23 | (uint32_t)mantissa << 13;
    } else if (mantissa) { /* denormal: mantissa * 2^-24 */
        int shift = 0;
        while (!(mantissa & 1024)) mantissa <<= 1, shift++;
        bits |= (uint32_t)(113 - shift) << 23 | (uint32_t)(mantissa & 1023) << 13;
    }
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* One column of the block, as the library can read it */
static pika_column binary_column(binary *b, int role, const unsigned char *data, size_t stride, size_t count)
{
    size_t i, size = type_sizes[b->type];
    unsigned char *out;
    if (!b->half && !b->swapped) return pika_strided(data, b->type, (ptrdiff_t)stride);
    if (!b->packed[role]) b->packed[role] = (unsigned char *)allocate(b->block_rows * size, "a column");
    out = b->packed[role];
    for (i = 0; i < count; i++, data += stride) {
        unsigned char element[8];
        memcpy(element, data, b->size);
        if (b->swapped) binary_swap(element, b->size, 1);
        if (b->half) {
            uint16_t bits;
            float value;
            memcpy(&bits, element, 2);
            value = binary_half_value(bits);
            memcpy(element, &value, 4);
        }
        memcpy(out + i * size, element, size);
    }
    return pika_strided(out, b->type, 0);
}

/* Labels for a column of numbers */
static pika_column binary_categories(binary *b, const pika_column *column, size_t count)
{
    ptrdiff_t stride = column->stride ? column->stride : (ptrdiff_t)type_sizes[column->type];
    const unsigned char *p = (const unsigned char *)column->data;
    size_t i;
    if (!b->category) b->category = (int32_t *)allocate(b->block_rows * sizeof(int32_t), "categories");
    for (i = 0; i < count; i++, p += stride) {
        uint64_t key;
        pika_column one = *column;
        int label;
        one.data = p;
        fit_keys(&one, 0, 1, &key);
        if (column->type == PIKA_I64 || column->type == PIKA_U64) {
            if (column->type == PIKA_U64 && key > INT64_MAX)
                fail("%s: --category: a number past 2^63", b->in->name);
            label = labels_integer(
                &b->drawing->labels, (int64_t)(column->type == PIKA_I64 ? key ^ KEY_SIGN : key));
        } else {
            double value = key_to_double(key);
            if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0)) { /* NaN and infinities too */
                b->category[i] = -1;
                continue;
            }
            if ((double)(int64_t)value != value)
                fail("%s: --category: row %.0f has %.17g, which is no whole number", b->in->name,
                    (double)(b->row + i + 1), value);
            label = labels_integer(&b->drawing->labels, (int64_t)value);
        }
        if (label < 0) fail("%s: --category: more than 256 categories", b->in->name);
        b->category[i] = label;
    }
    return pika_strided(b->category, PIKA_I32, 0);
}

/* The next rows; count 0 at the end */
static pika_points binary_next(binary *b)
{
    pika_points points;
    pika_column columns[BINARY_ROLES];
    uint64_t left = b->rows - b->row;
    size_t count = left < b->block_rows ? (size_t)left : b->block_rows, row_bytes = b->columns * b->size,
           got = 0, i;
    int role;
    for (role = 0; role < BINARY_ROLES; role++) columns[role] = pika_strided(NULL, PIKA_F32, 0);
    if (!b->fortran && count > 0) {
        got = input_read(b->in, b->block, count * row_bytes);
        if (b->rows != UINT64_MAX && got < count * row_bytes)
            fail("%s: ends within row %.0f of %.0f", b->in->name, (double)(b->row + got / row_bytes + 1),
                (double)b->rows);
        if (got % row_bytes) fail("%s: ends within a row of %.0f bytes", b->in->name, (double)row_bytes);
        count = got / row_bytes;
    }
    for (role = 0; role < BINARY_ROLES && count > 0; role++) {
        const unsigned char *data;
        if (b->column[role] < 0) continue;
        if (b->fortran) { /* each column lies in one piece */
            unsigned char *part = b->block + (size_t)role * b->block_rows * b->size;
            input_seek(b->in, b->start + ((uint64_t)b->column[role] * b->rows + b->row) * b->size);
            if (input_read(b->in, part, count * b->size) < count * b->size)
                fail("%s: ends within column %d", b->in->name, b->column[role] + 1);
            columns[role] = binary_column(b, role, part, b->size, count);
        } else {
            data = b->block + (size_t)b->column[role] * b->size;
            columns[role] = binary_column(b, role, data, row_bytes, count);
        }
    }
    if (b->column[BINARY_X] < 0) {
        double *x;
        if (!b->packed[BINARY_X])
            b->packed[BINARY_X] = (unsigned char *)allocate(b->block_rows * sizeof(double), "row numbers");
        x = (double *)(void *)b->packed[BINARY_X];
        for (i = 0; i < count; i++) x[i] = (double)(b->row + i);
        columns[BINARY_X] = pika_f64(x);
    }
    if (b->column[BINARY_CATEGORY] >= 0 && count > 0)
        columns[BINARY_CATEGORY] = binary_categories(b, &columns[BINARY_CATEGORY], count);
    points = pika_xy(columns[BINARY_X], columns[BINARY_Y], count);
    points.value = columns[BINARY_VALUE];
    points.category = columns[BINARY_CATEGORY];
    b->row += count;
    return points;
}

static int binary_find_column(const binary *b, const char *option, const char *text)
{
    size_t number = 0, i;
    for (i = 0; text[i] >= '0' && text[i] <= '9' && number <= b->columns; i++)
        number = number * 10 + (size_t)(text[i] - '0');
    if (i == 0 || text[i] || number < 1 || number > b->columns)
        fail("%s: %s: there is no column '%s'; columns are numbered 1 to %.0f", b->in->name, option, text,
            (double)b->columns);
    return (int)number - 1;
}

static void binary_choose_columns(binary *b, const options *o)
{
    int wants_value = 1u << o->plane > PIKA_ANY;
    int *x = &b->column[BINARY_X], *y = &b->column[BINARY_Y];
    *x = b->columns > 1 ? 0 : -1;
    *y = b->columns > 1 ? 1 : 0;
    b->column[BINARY_VALUE] = b->column[BINARY_CATEGORY] = -1;
    if (o->x) {
        int given = binary_find_column(b, "-x", o->x);
        if (given == *y && !o->y && b->columns > 1) *y = *x;
        *x = given;
    }
    if (o->y) {
        int given = binary_find_column(b, "-y", o->y);
        if (given == *x && !o->x) *x = *y;
        *y = given;
    }
    if (o->value) {
        int given = binary_find_column(b, "-v", o->value);
        if (wants_value) b->column[BINARY_VALUE] = given;
    } else if (wants_value) {
        b->column[BINARY_VALUE] = 2; /* --raw ...xyv */
    }
    if (o->category) b->column[BINARY_CATEGORY] = binary_find_column(b, "--category", o->category);
}

/* Draws the table. The range and the categories take a pass of their own. */
static void binary_read(binary *b)
{
    drawing *d = b->drawing;
    const options *o = d->options;
    pika_points points;
    int types[2], role, fits = b->pass == PASS_FIT || (b->pass == PASS_ONLY && (!o->has_view || o->category));
    size_t row_bytes = b->columns * b->size;
    binary_choose_columns(b, o);
    if (row_bytes > RECORD_LIMIT && !b->fortran)
        fail("%s: rows of more than 64 MiB (%.0f columns)", b->in->name, (double)b->columns);
    b->block_rows = b->fortran ? CHUNK_ROWS : BINARY_BYTES / row_bytes;
    if (b->block_rows > CHUNK_ROWS) b->block_rows = CHUNK_ROWS;
    if (b->block_rows < 1) b->block_rows = 1;
    if (b->rows < b->block_rows) b->block_rows = b->rows ? (size_t)b->rows : 1;
    b->block = (unsigned char *)allocate(
        b->block_rows * (b->fortran ? BINARY_ROLES * b->size : row_bytes), "a block");
    types[0] = b->column[BINARY_X] < 0 ? PIKA_F64 : b->type;
    types[1] = b->type;
    if (fits && !b->in->regular && !b->in->spool)
        input_spool(
            b->in, o->has_view ? "to find the categories" : "to find their range; give it with --view");
    if (fits) {
        while ((points = binary_next(b)).count > 0)
            if (!o->has_view) drawing_fit(d, b->in->name, &points);
        if (b->row == 0 && !o->has_view) fail("%s: has no rows", b->in->name);
        input_seek(b->in, b->start);
        b->row = 0;
    }
    if (b->pass != PASS_FIT) {
        if (!d->started) drawing_start(d, b->in->name, types);
        if (b->rows <= SIZE_MAX) d->held.expected = b->rows == UINT64_MAX ? 0 : (size_t)b->rows;
        while ((points = binary_next(b)).count > 0) drawing_add(d, b->in->name, &points);
    }
    free(b->block);
    for (role = 0; role < BINARY_ROLES; role++) free(b->packed[role]);
    free(b->category);
}

static void raw_read(input *in, drawing *d, int pass)
{
    const options *o = d->options;
    binary b;
    memset(&b, 0, sizeof(b));
    b.in = in;
    b.drawing = d;
    b.pass = pass;
    b.type = o->raw_type;
    b.size = type_sizes[b.type];
    b.columns = (size_t)o->raw_columns;
    b.swapped = !HOST_LITTLE_ENDIAN && b.size > 1;
    b.rows = UINT64_MAX;
    if (in->regular) {
        if (in->size % (b.size * b.columns))
            fail("%s: %.0f bytes are not a whole number of rows of %d", in->name, (double)in->size,
                (int)(b.size * b.columns));
        b.rows = in->size / (b.size * b.columns);
    }
    binary_read(&b);
}

/* What an .npy file begins with: {'descr': '<f8', 'fortran_order': False, 'shape': (9, 2), } in Python */
typedef struct npy_header {
    char descr[64];
    int has_descr, has_order, fortran, dimensions;
    uint64_t shape[2];
} npy_header;

static const char *npy_skip(const char *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') p++;
    return p;
}

static const char *npy_string(const char *p, char *out, size_t bytes) /* NULL: none, or too long */
{
    char quote = *p++;
    size_t used = 0;
    if (quote != '\'' && quote != '"') return NULL;
    for (; *p && *p != quote; p++) {
        if (used + 1 == bytes) return NULL;
        out[used++] = *p;
    }
    out[used] = 0;
    return *p ? p + 1 : NULL;
}

static const char *npy_shape(const char *name, const char *p, npy_header *header)
{
    if (*p != '(') return NULL;
    header->dimensions = 0;
    for (p = npy_skip(p + 1); *p != ')'; p = npy_skip(p)) {
        uint64_t side = 0;
        const char *first = p;
        for (; *p >= '0' && *p <= '9'; p++) {
            if (side > (UINT64_MAX - 9) / 10) fail("%s: the shape in its header is too large", name);
            side = side * 10 + (uint64_t)(*p - '0');
        }
        if (p == first) return NULL;
        if (*p == 'L') p++; /* Python 2 */
        if (header->dimensions < 2) header->shape[header->dimensions] = side;
        header->dimensions++;
        p = npy_skip(p);
        if (*p == ',') p++;
        else if (*p != ')') return NULL;
    }
    return p + 1;
}

static void npy_parse(const char *name, const char *text, npy_header *header)
{
    const char *p = npy_skip(text);
    char key[32];
    memset(header, 0, sizeof(*header));
    header->dimensions = -1;
    if (*p == '{') p = npy_skip(p + 1);
    else p = NULL;
    while (p && *p != '}') {
        p = npy_string(p, key, sizeof(key));
        if (p) p = npy_skip(p);
        p = p && *p == ':' ? npy_skip(p + 1) : NULL;
        if (!p) break;
        if (!strcmp(key, "descr")) {
            if (*p == '[' || *p == '(' || *p == '{')
                fail("%s: has a structured dtype; one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 is read", name);
            p = npy_string(p, header->descr, sizeof(header->descr));
            header->has_descr = 1;
        } else if (!strcmp(key, "fortran_order")) {
            header->fortran = !strncmp(p, "True", 4);
            p = header->fortran ? p + 4 : !strncmp(p, "False", 5) ? p + 5 : NULL;
            header->has_order = 1;
        } else if (!strcmp(key, "shape")) {
            p = npy_shape(name, p, header);
        } else {
            p = NULL;
        }
        if (p) p = npy_skip(p);
        if (p && *p == ',') p = npy_skip(p + 1);
        else if (p && *p != '}') p = NULL;
    }
    if (!p || !header->has_descr || !header->has_order || header->dimensions < 0)
        fail("%s: its .npy header cannot be read", name);
}

/* The element: '<f4', '>i8', '|u1' ... */
static void npy_type(binary *b, const char *descr)
{
    static const char *const known[] = {
        "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"}; /* as pika_type */
    static const struct {
        char kind;
        const char *name;
    } others[] = {{'c', "complex numbers"}, {'O', "Python objects"}, {'S', "text"}, {'U', "text"},
        {'a', "text"}, {'V', "records"}, {'M', "dates"}, {'m', "durations"}, {'f', "floats of that size"}};
    char order = '|';
    const char *element = descr;
    size_t i;
    if (*element && strchr("<>|=", *element)) order = *element++;
    b->type = -1;
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (!strcmp(element, known[i])) b->type = (int)i;
    if (!strcmp(element, "b1")) b->type = PIKA_U8;
    b->half = !strcmp(element, "f2");
    if (b->half) b->type = PIKA_F32;
    if (b->type < 0) {
        const char *name = "that";
        excerpt shown = excerpt_of(descr, strlen(descr));
        for (i = sizeof(others) / sizeof(others[0]); i-- > 0;)
            if (*element == others[i].kind) name = others[i].name;
        fail("%s: dtype '%s': %s cannot be drawn; one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 is read",
            b->in->name, shown.text, name);
    }
    b->size = b->half ? 2 : type_sizes[b->type];
    b->swapped = b->size > 1 && (HOST_LITTLE_ENDIAN ? order == '>' : order == '<');
}

static int npy_magic(const input *in) { return in->peeked_count >= 6 && !memcmp(in->peeked, "\x93NUMPY", 6); }

static void npy_read(input *in, drawing *d, int pass)
{
    binary b;
    npy_header header;
    unsigned char prefix[12];
    uint32_t length;
    size_t prefix_bytes;
    char *text;
    memset(&b, 0, sizeof(b));
    b.in = in;
    b.drawing = d;
    b.pass = pass;
    if (!npy_magic(in)) fail("%s: %s", in->name, in->peeked_count ? "is no .npy file" : "is empty");
    if (input_read(in, prefix, 10) < 10) fail("%s: ends within its header", in->name);
    if (prefix[6] < 1 || prefix[6] > 3) fail("%s: .npy version %d; 1 to 3 are read", in->name, prefix[6]);
    length = prefix[8] | (uint32_t)prefix[9] << 8;
    prefix_bytes = 10;
    if (prefix[6] > 1) {
        if (input_read(in, prefix + 10, 2) < 2) fail("%s: ends within its header", in->name);
        length |= (uint32_t)prefix[10] << 16 | (uint32_t)prefix[11] << 24;
        prefix_bytes = 12;
    }
    if (length > NPY_HEADER_LIMIT) fail("%s: an .npy header of %.0f bytes", in->name, (double)length);
    text = (char *)allocate((size_t)length + 1, "a header");
    if (input_read(in, text, length) < length) fail("%s: ends within its header", in->name);
    text[length] = 0;
    npy_parse(in->name, text, &header);
    free(text);
    npy_type(&b, header.descr);
    if (header.dimensions < 1 || header.dimensions > 2)
        fail("%s: has %d dimensions; n x 2 or more columns are read, or n numbers", in->name,
            header.dimensions);
    if (header.dimensions == 1) header.shape[1] = 1;
    b.rows = header.shape[0];
    b.fortran = header.fortran && header.dimensions == 2 && header.shape[1] > 1;
    b.start = prefix_bytes + length;
    if (header.shape[1] < 1) fail("%s: has no columns", in->name);
    if (header.shape[1] > INT_MAX || b.rows > (INT64_MAX - b.start) / b.size / header.shape[1])
        fail("%s: the shape in its header is too large", in->name);
    b.columns = (size_t)header.shape[1];
    if (in->regular && (in->size < b.start || in->size - b.start < b.rows * b.columns * b.size))
        fail("%s: is cut off: %.0f of %.0f bytes of data", in->name,
            in->size < b.start ? 0.0 : (double)(in->size - b.start), (double)(b.rows * b.columns * b.size));
    if (b.fortran && !in->regular) fail("%s: Fortran order is read from files only", in->name);
    binary_read(&b);
}

/* ---- >>picture: the grid to pixels ------------------------------------------------------------------- */

/* Puts a colour behind a pixel */
static void picture_behind(uint8_t *pixel, const uint8_t *behind)
{
    unsigned alpha = pixel[3], sum = alpha * 255 + behind[3] * (255 - alpha);
    int channel;
    if (alpha == 255) return;
    if (alpha == 0) {
        memcpy(pixel, behind, 4);
        return;
    }
    for (channel = 0; channel < 3; channel++) /* by the exact alpha sum / 255, not the rounded one */
        pixel[channel] =
            (uint8_t)((pixel[channel] * alpha * 255 + behind[channel] * behind[3] * (255 - alpha) + sum / 2) /
                      sum);
    pixel[3] = (uint8_t)((sum + 127) / 255);
}

static void picture_background(pika_image *image, uint32_t color)
{
    size_t count = (size_t)image->width * (size_t)image->height, i;
    uint8_t behind[4];
    for (i = 0; i < 4; i++) behind[i] = (uint8_t)(color >> (24 - 8 * i));
    for (i = 0; i < count; i++) picture_behind(image->pixels + 4 * i, behind);
}

/* Lays the grid's pixels, which become opaque, on those of the panel */
static void picture_lay(pika_image *image, pika_image *grid, int left, int top)
{
    int x, y;
    for (y = 0; y < grid->height; y++) {
        uint8_t *from = grid->pixels + (size_t)y * (size_t)grid->width * 4;
        uint8_t *to = image->pixels + ((size_t)(top + y) * (size_t)image->width + (size_t)left) * 4;
        for (x = 0; x < grid->width; x++) picture_behind(from + 4 * (size_t)x, to + 4 * (size_t)x);
        memcpy(to, from, (size_t)grid->width * 4);
    }
}

/* Takes from the opacity of a value's colour what its marks leave of the cell */
static void picture_cut(drawing *d, pika_image *image)
{
    size_t width = (size_t)image->width, height = (size_t)image->height, i;
    double *coverage = (double *)allocate(width * height * sizeof(double), "the coverage");
    if (pika_grid_read(&d->ctx, &d->grid, PIKA_COVERAGE,
            pika_grid_get_desc(&d->grid)->categories ? PIKA_ALL_CATEGORIES : 0, coverage) != PIKA_OK)
        fail("%s", pika_last_error(&d->ctx));
    for (i = 0; i < width * height; i++) {
        double share = coverage[(height - 1 - i / width) * width + i % width]; /* rows rise in a grid */
        uint8_t *alpha = image->pixels + 4 * i + 3;
        if (share < 1) *alpha = (uint8_t)(*alpha * share + 0.5);
    }
    free(coverage);
}

/* Anti-aliased marks have a colour for each category, or one, and are as opaque as they cover a cell: unless
   --shade, --range or --colormap say otherwise */
static void picture_shade_coverage(drawing *d, pika_shade_desc *desc)
{
    const options *o = d->options;
    const pika_colormap *palette = pika_colormap_find("category");
    const uint32_t *first = plot_category_colors(o, 1);
    if (!o->has_transfer) {
        desc->transfer = PIKA_SHADE_LINEAR;
        if (desc->lo == desc->hi) desc->lo = 0, desc->hi = 1;
        desc->alpha_floor = 1e-9;
    }
    if (o->colormap || !palette) return;
    d->plot.colors[1] = first ? *first : palette->colors[0];
    d->plot.colors[0] = d->plot.colors[1] & 0xFFFFFF00u;
    d->plot.one_color.colors = d->plot.colors;
    d->plot.one_color.count = 2;
    desc->colormap = &d->plot.one_color;
}

/* How the grid is coloured */
static void picture_shade(drawing *d, pika_shade_desc *desc)
{
    const options *o = d->options;
    memset(desc, 0, sizeof(*desc));
    desc->plane = d->plane;
    desc->transfer = o->transfer;
    desc->lo = o->range_lo;
    desc->hi = o->range_hi;
    desc->colormap = o->colormap;
    desc->category_colors = plot_category_colors(o, pika_grid_get_desc(&d->grid)->categories);
    desc->scale_out = &d->plot.scale;
    if (d->plane == PIKA_COVERAGE) picture_shade_coverage(d, desc);
}

/* The grid's pixels */
static void picture_grid(drawing *d, const pika_shade_desc *desc, pika_image *image)
{
    const options *o = d->options;
    memset(image, 0, sizeof(*image));
    if (pika_image_alloc(&d->ctx, image, d->width, d->height) != PIKA_OK ||
        pika_shade(&d->ctx, image, &d->grid, desc) != PIKA_OK)
        fail("%s", pika_last_error(&d->ctx));
    if (o->aa && d->plane != PIKA_COVERAGE) picture_cut(d, image);
    if (o->spread) {
        pika_image grown;
        pika_result result;
        memset(&grown, 0, sizeof(grown));
        result = pika_image_alloc(&d->ctx, &grown, d->width, d->height);
        if (result == PIKA_OK)
            result = o->spread > 0 ? pika_spread(&d->ctx, &grown, image, o->spread, PIKA_SPREAD_DISC)
                                   : pika_dynspread(&d->ctx, &grown, image, 0.5, 3, PIKA_SPREAD_DISC, NULL);
        if (result != PIKA_OK) fail("--spread: %s", pika_last_error(&d->ctx));
        pika_image_free(&d->ctx, image);
        *image = grown;
    }
    if (o->has_background && o->bare) picture_background(image, o->background);
}

/* --overlay: the profile, at the upper right of the panel. What comes after it is not in it. */
static void picture_overlay(drawing *d, pika_canvas *canvas)
{
    const pika_plot *plot = &d->plot.plot;
    int edge = 12, width = plot->width - 2 * edge < 400 ? plot->width - 2 * edge : 400;
    int height = plot->height - 2 * edge < 240 ? plot->height - 2 * edge : 240;
    d->clock->profile = NULL;
    pika_zone_end(&d->ctx, 0, 0); /* the stage, the frame */
    pika_zone_end(&d->ctx, 0, 0);
    if (width < 1 || height < 1) return;
    if (pika_canvas_set_clip(canvas, plot->x + plot->width - edge - width, plot->y + edge, width, height) !=
            PIKA_OK ||
        pika_draw_overlay(canvas, &d->ctx) != PIKA_OK ||
        pika_canvas_set_clip(canvas, 0, 0, canvas->image.width, canvas->image.height) != PIKA_OK)
        fail("--overlay: %s", pika_last_error(&d->ctx));
}

/* The plot around `grid`, the pixels of its panel */
static void picture_plot(drawing *d, const pika_shade_desc *shade, pika_image *grid, pika_image *image)
{
    const options *o = d->options;
    pika_plot *plot = &d->plot.plot;
    pika_canvas canvas;
    pika_result result;
    memset(image, 0, sizeof(*image));
    memset(&canvas, 0, sizeof(canvas));
    d->plot.layer.grid = &d->grid;
    d->plot.layer.shade = shade;
    result = pika_image_alloc(&d->ctx, image, o->width, o->height);
    if (result == PIKA_OK) result = pika_canvas_init(&d->ctx, &canvas, image);
    if (result == PIKA_OK) result = pika_draw_panel(&canvas, plot);
    if (result == PIKA_OK) picture_lay(image, grid, plot->x, plot->y);
    if (result == PIKA_OK && !(plot->desc.flags & PIKA_PLOT_NO_COLORBAR) && d->plot.scale.levels == 256 &&
        !pika_grid_get_desc(&d->grid)->categories)
        result = pika_draw_colorbar(&canvas, plot, &d->plot.scale, shade->colormap, d->plot.value_label);
    if (result == PIKA_OK) result = pika_draw_axes(&canvas, plot);
    if (result == PIKA_OK && o->overlay) picture_overlay(d, &canvas);
    if (plot->desc.legend != PIKA_LEGEND_OUTSIDE) plot->desc.theme = &d->plot.inner;
    if (result == PIKA_OK) result = pika_draw_legend(&canvas, plot); /* where the overlay leaves room */
    if (result != PIKA_OK) fail("%s", pika_last_error(&d->ctx));
    pika_canvas_free(&canvas);
}

static void picture_make(drawing *d, pika_image *image)
{
    pika_shade_desc shade;
    pika_image grid;
    picture_shade(d, &shade);
    picture_grid(d, &shade, &grid);
    if (d->options->bare) {
        *image = grid;
        return;
    }
    picture_plot(d, &shade, &grid, image);
    pika_image_free(&d->ctx, &grid);
}

/* ---- >>output: files that appear whole or not at all ------------------------------------------------- */

/* Bytes go to a temporary beside the target, which takes its name when every output is complete. What is no
   regular file (a device, a pipe) is written directly. */
typedef struct output {
    const char *name; /* as given */
    char *target;     /* where links lead; NULL = written directly */
    unsigned mode;    /* permissions of the file that is replaced */
    FILE *file;
    int index; /* in unfinished.temporary */
    int error; /* errno of the first failed write */
} output;

static FILE *output_create(output *out, char *temporary, size_t bytes)
{
    int try;
    FILE *file = NULL;
    for (try = 0; try < 1000 && !file; try++) {
        snprintf(temporary, bytes, "%s.%d.tmp", out->target, try);
        unfinished.temporary[out->index] = NULL;
        file = file_create_new(temporary, out->mode);
        if (!file && errno != EEXIST) break;
    }
    if (!file) fail("%s: %s", out->name, strerror(errno));
    unfinished.temporary[out->index] = temporary;
    return file;
}

/* Looks at the target before any work is done: a place that cannot be written to is told at once */
static void output_plan(output *out, const char *name, int index, const input *in, int inputs)
{
    file_info info = file_look(name);
    size_t bytes;
    char *temporary;
    memset(out, 0, sizeof(*out));
    out->name = name;
    out->index = index;
    if (!strcmp(name, "-")) return;
    if (info.folder || path_separator(name[strlen(name) - 1])) fail("%s: is a folder", name);
    for (; inputs > 0; inputs--, in++)
        if (in->regular && info.regular && info.number == in->number && info.device == in->device)
            fail("%s: is the file that is read; name another one with -o", name);
    if (info.exists && !info.regular) return;
    out->mode = info.mode;
    out->target = info.exists ? path_resolve(name) : NULL;
    bytes = strlen(out->target ? out->target : name) + 32;
    if (!out->target) {
        out->target = (char *)allocate(bytes, "a name");
        memcpy(out->target, name, strlen(name) + 1);
    }
    temporary = (char *)allocate(bytes, "a name");
    fclose(output_create(out, temporary, bytes));
    file_remove(temporary);
    unfinished.temporary[index] = NULL;
    free(temporary);
}

static void output_open(output *out)
{
    if (out->target) {
        size_t bytes = strlen(out->target) + 32;
        char *temporary = (char *)allocate(bytes, "a name");
        out->file = output_create(out, temporary, bytes);
    } else if (!strcmp(out->name, "-")) {
        out->file = stdout;
    } else {
        out->file = file_open(out->name, 1);
        if (!out->file) fail("%s: %s", out->name, strerror(errno));
    }
}

static int output_write(void *user, const void *data, size_t size) /* a pika_write_fn */
{
    output *out = (output *)user;
    errno = 0;
    if (fwrite(data, 1, size, out->file) == size) return 0;
    out->error = errno ? errno : EIO;
    return 1;
}

/* All bytes are given: are they written? */
static void output_close(output *out)
{
    const char *name = strcmp(out->name, "-") ? out->name : "standard output";
    errno = 0;
    if (!out->error && fflush(out->file)) out->error = errno ? errno : EIO;
    if (out->file != stdout && fclose(out->file) && !out->error) out->error = errno ? errno : EIO;
    if (out->error) fail("%s: %s", name, strerror(out->error));
}

static void output_rename(output *out)
{
    char *temporary = unfinished.temporary[out->index];
    if (!out->target) return;
    if (!file_replace(temporary, out->target)) fail("%s: %s", out->name, strerror(errno));
    unfinished.temporary[out->index] = NULL;
    free(temporary);
}

static void output_picture(output *out, drawing *d, const pika_image *image)
{
    const char *dot = strrchr(out->name, '.');
    pika_png_desc desc;
    pika_result result;
    memset(&desc, 0, sizeof(desc));
    desc.level = d->options->level;
    output_open(out);
    if (dot && (!strcmp(dot, ".ppm") || !strcmp(dot, ".PPM")))
        result = pika_encode_ppm(&d->ctx, image, output_write, out);
    else result = pika_encode_png(&d->ctx, image, &desc, output_write, out);
    if (result != PIKA_OK && !out->error) fail("%s: %s", out->name, pika_last_error(&d->ctx));
    output_close(out);
}

/* `size` bytes, lowest first, whatever the host's order */
static unsigned char *output_little_endian(unsigned char *p, uint64_t value, int size)
{
    for (; size > 0; size--, value >>= 8) *p++ = (unsigned char)value;
    return p;
}

/* The grid as .npy: counts as <u4, everything else as <f8; all categories together */
static void output_grid(output *out, drawing *d)
{
    int is_count = d->plane == PIKA_COUNT, size = is_count ? 4 : 8;
    int categories = pika_grid_get_desc(&d->grid)->categories, category;
    size_t cells = (size_t)d->width * (size_t)d->height, i, used;
    const uint32_t *counts = pika_grid_counts(&d->grid);
    double *values = NULL;
    unsigned char block[4096], *p;
    char header[128];
    if (!is_count) {
        values = (double *)allocate(cells * sizeof(double), "--grid");
        if (pika_grid_read(&d->ctx, &d->grid, d->plane, categories ? PIKA_ALL_CATEGORIES : 0, values) !=
            PIKA_OK)
            fail("%s: %s", out->name, pika_last_error(&d->ctx));
    }
    output_open(out);
    /* ten bytes, and the dictionary filled up with blanks to 128 in all */
    memset(header, ' ', sizeof(header));
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    used = (size_t)snprintf(header + 10, sizeof(header) - 10,
        "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", is_count ? "<u4" : "<f8", d->height,
        d->width);
    header[10 + used] = ' ';
    header[sizeof(header) - 1] = '\n';
    output_write(out, header, sizeof(header));
    for (i = 0, p = block; i < cells && !out->error; i++) {
        uint64_t bits = 0;
        if (is_count)
            for (category = 0; category < (categories ? categories : 1); category++)
                bits += counts[(size_t)category * cells + i];
        else bits = double_bits(values[i]);
        if (is_count && bits > UINT32_MAX) fail("%s: the categories of a cell pass 2^32 - 1", out->name);
        p = output_little_endian(p, bits, size);
        if (p < block + sizeof(block) && i + 1 < cells) continue;
        output_write(out, block, (size_t)(p - block));
        p = block;
    }
    free(values);
    output_close(out);
}

/* ---- >>main ------------------------------------------------------------------------------------------ */

/* FILE's name without folder and extension, and .png; malloc */
static char *default_output(const char *file)
{
    const char *first = file, *end, *p;
    char *name;
    if (!strcmp(file, "-")) file = first = "pika";
    for (p = file; *p; p++)
        if (path_separator(*p)) first = p + 1;
    end = strrchr(first, '.');
    if (!end || end == first) end = first + strlen(first);
    name = (char *)allocate((size_t)(end - first) + 5, "a name");
    memcpy(name, first, (size_t)(end - first));
    memcpy(name + (end - first), ".png", 5);
    return name;
}

static void report_stats(drawing *d, const stage_clock *clock, FILE *report)
{
    pika_stats stats;
    int i, before = 0;
    if (pika_grid_stats(&d->ctx, &d->grid, &stats) != PIKA_OK) fail("--stats: %s", pika_last_error(&d->ctx));
    fprintf(report, "%" PRIu64 " total %" PRIu64 " inside %" PRIu64 " outside %" PRIu64 " invalid\n",
        stats.total, stats.inside, stats.outside, stats.invalid);
    for (i = 0; i < STAGE_COUNT; i++) {
        if (i == STAGE_VERIFY && !d->options->verify) continue;
        if (i >= STAGE_DRIVER && i <= STAGE_FETCH && !d->holds) continue;
        if (i == STAGE_AGGREGATE && d->holds && !d->backend_stats.cpu_calls) continue; /* but its setup */
        fprintf(report, "%s%s %.1f ms", before++ ? "  " : "", stage_names[i], 1e3 * clock->spent[i]);
    }
    fprintf(report, "\nbackend %s, %s", d->caps.backend, d->caps.device);
#if HAS_GL
    if (d->holds)
        fprintf(report, ", strategy %s, %" PRIu64 " dispatches, %.1f MB uploaded%s%s",
            pika_gl_strategy_string(d->backend_stats.strategy), d->backend_stats.dispatches,
            (double)d->backend_stats.upload_bytes / 1e6, d->backend_stats.cpu_calls ? "; by the CPU: " : "",
            d->backend_stats.cpu_calls ? d->backend_stats.reason : "");
#endif
    fputc('\n', report);
    if (!d->options->bare)
        fprintf(report, "panel %dx%d at %d,%d of %dx%d\n", d->width, d->height, d->plot.plot.x,
            d->plot.plot.y, d->options->width, d->options->height);
    if (stats.no_value) fprintf(report, "%" PRIu64 " inside without a value\n", stats.no_value);
    for (i = 0; i < (d->options->series ? d->options->file_count : d->labels.count); i++) {
        const pika_colormap *palette = pika_colormap_find("category");
        const uint32_t *colors = plot_category_colors(d->options, pika_grid_get_desc(&d->grid)->categories);
        uint32_t color = colors ? colors[i] : palette ? palette->colors[i % palette->count] : 0;
        excerpt shown = d->options->series ? excerpt_of_end(d->options->files[i])
                                           : excerpt_of(d->labels.text[i], d->labels.length[i]);
        fprintf(report, "category %d #%06" PRIX32 " %s\n", i + 1, color >> 8, shown.text);
    }
}

static void read_file(input *in, drawing *d, int file, int pass)
{
    const char *dot = strrchr(in->name, '.');
    int is_npy = npy_magic(in) || (dot && (!strcmp(dot, ".npy") || !strcmp(dot, ".NPY")));
    drawing_begin_file(d, in, file);
    if (pass == PASS_ONLY) drawing_choose_backend(d, in, !d->options->raw_columns && !is_npy);
    if (d->options->raw_columns) raw_read(in, d, pass);
    else if (is_npy) npy_read(in, d, pass);
    else csv_read(in, d, pass);
    if (pass != PASS_FIT) drawing_end_file(d, in->name);
}

/* Several files, one open at a time but for streams, which are held where they are read twice */
static void read_files(input *inputs, drawing *d, int pass, int last)
{
    const options *o = d->options;
    int i;
    for (i = 0; i < o->file_count; i++) {
        input *in = &inputs[i];
        if (!in->file) input_open(in, o->files[i], d->clock);
        if (!in->regular && !in->spool && !last)
            input_spool(in, o->has_view ? "to find the categories"
                                        : "to find the range of several files; give it with --view");
        if (in->spool) input_seek(in, 0);
        read_file(in, d, i, pass);
        if (in->regular || last) input_close(in);
    }
}

static int run(const options *o)
{
    stage_clock clock;
    drawing *d = (drawing *)allocate(sizeof(*d), "the drawing"); /* labels make it large */
    input *inputs = (input *)allocate((size_t)o->file_count * sizeof(input), "the files");
    output picture_output, grid_output;
    pika_image image;
    char *name = o->output ? NULL : default_output(o->files[0]);
    const char *output_name = o->output ? o->output : name;
    FILE *report = strcmp(output_name, "-") ? stdout : stderr;
    int i;
    clock_start(&clock);
    decimal_start();
    messages_catch_signals();
    drawing_init(d, o, &clock);
    for (i = 0; i < o->file_count; i++) { /* whether they are there is told before any work is done */
        input_open(&inputs[i], o->files[i], &clock);
        if (o->file_count > 1 && inputs[i].regular) input_close(&inputs[i]);
    }
    output_plan(&picture_output, output_name, 0, inputs, o->file_count);
    if (o->grid) output_plan(&grid_output, o->grid, 1, inputs, o->file_count);
    if (o->file_count == 1) {
        read_file(&inputs[0], d, 0, PASS_ONLY);
        input_close(&inputs[0]);
    } else {
        drawing_choose_backend(d, &inputs[0], 0);
        if (!o->has_view || o->category) read_files(inputs, d, PASS_FIT, 0);
        read_files(inputs, d, PASS_DRAW, 1);
    }
    drawing_finish(d, inputs[0].name);
    if (o->value && 1u << o->plane <= PIKA_ANY) warn("-v is not used by --reduce count and any");
    clock_enter(&clock, STAGE_SHADE);
    picture_make(d, &image);
    clock_enter(&clock, STAGE_WRITE);
    if (o->grid) output_grid(&grid_output, d);
    output_picture(&picture_output, d, &image);
    if (o->grid) output_rename(&grid_output);
    output_rename(&picture_output);
    clock_enter(&clock, STAGE_WRITE);
    messages_clear_progress();
    if (o->stats) report_stats(d, &clock, report);
    if (o->verify && d->largest_error > 0)
        fprintf(report, "verified: %" PRIu64 " cells, errors up to %.2g of the bound\n", d->verified,
            d->largest_error);
    else if (o->verify) fprintf(report, "verified: %" PRIu64 " cells equal\n", d->verified);
    if (report == stdout) puts(output_name);
    messages_flush();
    pika_image_free(&d->ctx, &image);
    drawing_free(d);
    free(picture_output.target);
    if (o->grid) free(grid_output.target);
    free(name);
    free(inputs);
    free((void *)o->files);
    free(d);
    return 0;
}

#ifdef PIKA_TOOL_NO_MAIN /* for tests, which have a main of their own */
PIKA_UNUSED static int tool_main(int count, char **arguments)
#else
int main(int count, char **arguments)
#endif
{
    options o;
    arguments = platform_arguments(&count, arguments);
    if (!arguments) fail("out of memory");
    stream_binary(stdout); /* newlines are LF everywhere */
    o = options_parse(count, arguments);
    return run(&o);
}
