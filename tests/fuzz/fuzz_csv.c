/* fuzz_csv.c - any bytes as CSV, .npy or raw numbers through the whole of tools/pika.c, with options that the
   first bytes choose: it ends with status 0, 1 or 2 and one message, and the account of what it drew adds up.
   The tool ends a failed run with exit; here that jumps back, and what it held is given back. POSIX. */
#ifndef _DEFAULT_SOURCE
    #define _DEFAULT_SOURCE 1
#endif
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fuzz.h"

enum { MAX_HELD = 4096 };

static jmp_buf fuzz_end;
static FILE *fuzz_null, *fuzz_messages, *fuzz_files[64];
static void *fuzz_held[MAX_HELD];
static int fuzz_held_count, fuzz_file_count;

#if defined(__GNUC__) || defined(__clang__)
__attribute__((__noreturn__))
#endif
static void
fuzz_exit(int status)
{
    longjmp(fuzz_end, status + 1);
}

static void *fuzz_hold(void *p)
{
    FUZZ_CHECK(fuzz_held_count < MAX_HELD);
    if (p != NULL) fuzz_held[fuzz_held_count++] = p;
    return p;
}

static void fuzz_free(void *p)
{
    int i;
    for (i = fuzz_held_count - 1; i >= 0 && fuzz_held[i] != p; i--) {}
    if (i >= 0) fuzz_held[i] = fuzz_held[--fuzz_held_count];
    free(p); /* what libc made for the tool is not in the list */
}

static void *fuzz_malloc(size_t size) { return fuzz_hold(malloc(size)); }

static void *fuzz_realloc(void *old, size_t size)
{
    int i;
    void *p = realloc(old, size);
    if (p == NULL) return NULL;
    for (i = 0; i < fuzz_held_count && fuzz_held[i] != old; i++) {}
    if (i < fuzz_held_count) fuzz_held[i] = p;
    else fuzz_hold(p);
    return p;
}

static FILE *fuzz_open(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    FUZZ_CHECK(fuzz_file_count < 64);
    if (file != NULL) fuzz_files[fuzz_file_count++] = file;
    return file;
}

static int fuzz_close(FILE *file)
{
    int i;
    for (i = 0; i < fuzz_file_count && fuzz_files[i] != file; i++) {}
    if (i < fuzz_file_count) fuzz_files[i] = fuzz_files[--fuzz_file_count];
    return fclose(file);
}

#undef stdout
#undef stderr
#define stdout fuzz_null
#define stderr fuzz_messages
#define exit(status) fuzz_exit(status)
#define malloc(size) fuzz_malloc(size)
#define realloc(old, size) fuzz_realloc(old, size)
#define free(p) fuzz_free(p)
#define fopen(path, mode) fuzz_open(path, mode)
#define fclose(file) fuzz_close(file)
#define puts(text) fputs(text, fuzz_null)
#define PIKA_TOOL_NO_MAIN
#include "tools/pika.c"
#undef malloc
#undef free
#undef fopen
#undef fclose

static const char *const fuzz_options[] = {"", "-v 3 --reduce mean", "--category 3", "--log xy",
    "-x 2 -y 1 --log x", "--view 0:100,0:100", "--view -1:1,0.5:2", "--raw f32xy", "--raw u8",
    "--raw i64 --view 0:1,0:1", "--exact-edges --verify", "--shade log --spread auto --colormap fire",
    "-v 2 --reduce max --shade linear", "--raw f64xyv -v 3 --reduce std", "-x x -y y",
    "--view 0:1,0:1 --log xy -v 1 --reduce first", "--lines --verify", "--lines --width 1.5 --category 3",
    "--lines --once --view -1:1,0.5:2 --verify", "--lines --raw i64 --log x", "--area --aa --category 3",
    "--area --log y --baseline 3 -v 3 --reduce max", "--polygons --category 3 -v 2 --reduce mean --aa",
    "--polygons --raw f32xy --even-odd --verify"};

static char *fuzz_copy(char *text)
{
    char *copy = (char *)fuzz_malloc(strlen(text) + 1);
    return strcpy(copy, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char messages[65536], path[512], words[256];
    static char *arguments[40];
    char *word;
    volatile int status = 0, count = 0;
    int jumped;
    FILE *file;
    if (size == 0) return 0;
    if (path[0] == 0) {
        const char *folder = getenv("TMPDIR");
        sprintf(path, "%.400s/fuzz_csv_%ld.in", folder != NULL ? folder : "/tmp", (long)getpid());
        fuzz_null = fopen("/dev/null", "wb");
        FUZZ_CHECK(fuzz_null != NULL);
    }
    file = fopen(path, "wb");
    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(fwrite(data + 1, 1, size - 1, file) == size - 1 && fclose(file) == 0);
    memset(messages, 0, sizeof messages);
    fuzz_messages = fmemopen(messages, sizeof messages - 1, "w");
    FUZZ_CHECK(fuzz_messages != NULL);
    strcpy(words, "pika --bare --size 16x16 --threads 1 --stats -o - ");
    strcat(words, fuzz_options[data[0] % (sizeof fuzz_options / sizeof fuzz_options[0])]);
    for (word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        arguments[count++] = fuzz_copy(word);
    arguments[count++] = path;
    arguments[count] = NULL;
    jumped = setjmp(fuzz_end);
    if (jumped == 0) status = tool_main(count, arguments);
    else status = jumped - 1;
    fclose(fuzz_messages);
    FUZZ_CHECK(status >= 0 && status <= 2);
    if (status == 0) {
        unsigned long long total, inside, outside, invalid;
        const char *line = messages; /* labels and warnings of the data may stand around it */
        while (line != NULL && sscanf(line, "%llu total %llu inside %llu outside %llu invalid", &total,
                                   &inside, &outside, &invalid) != 4) {
            line = strchr(line, '\n');
            if (line != NULL) line++;
        }
        FUZZ_CHECK(line != NULL);
        FUZZ_CHECK(inside + outside + invalid == total);
    } else {
        FUZZ_CHECK(strncmp(messages, "pika: ", 6) == 0);
    }
    memset(&unfinished, 0, sizeof unfinished);
    while (fuzz_held_count > 0) free(fuzz_held[--fuzz_held_count]);
    while (fuzz_file_count > 0) fclose(fuzz_files[--fuzz_file_count]);
    return 0;
}
