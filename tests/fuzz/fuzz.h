/* fuzz.h - what the fuzzers share: numbers out of the input, a check that ends the process, and a main.
   With libFuzzer: clang -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_points.c -pthread
   Without:        cc -O1 -DFUZZ_MAIN -I. tests/fuzz/fuzz_points.c -pthread && ./a.out ROUNDS | FILE... */
#ifndef FUZZ_H
#define FUZZ_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check(int ok, const char *what, const char *file, int line)
{
    if (ok) return;
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

#define FUZZ_CHECK(condition) fuzz_check((condition) != 0, #condition, __FILE__, __LINE__)

typedef struct fuzz_input {
    const uint8_t *at;
    size_t left;
} fuzz_input;

/* The next number of so many bytes; zeros past the end. */
static inline uint64_t fuzz_take(fuzz_input *input, int bytes)
{
    uint64_t value = 0;
    int i;
    for (i = 0; i < bytes; i++) {
        value = value << 8 | (input->left > 0 ? *input->at : 0);
        if (input->left > 0) input->at++, input->left--;
    }
    return value;
}

static inline int fuzz_below(fuzz_input *input, int n)
{
    return (int)(fuzz_take(input, n > 256 ? 2 : 1) % (uint64_t)n);
}

#ifdef FUZZ_MAIN
static int fuzz_file(const char *path)
{
    static uint8_t data[1 << 20];
    size_t size;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return 1;
    }
    size = fread(data, 1, sizeof data, f);
    fclose(f);
    return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
    static const char text[] = "0123456789012345.,,-e\n\r\";\t #xyN";
    static uint8_t data[4096];
    uint64_t state = 1;
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1000, round;
    int i;
    if (argc > 1 && rounds == 0) {
        for (i = 1; i < argc; i++)
            if (fuzz_file(argv[i]) != 0) return 1;
        return 0;
    }
    for (round = 0; round < rounds; round++) {
        size_t size, k;
        for (k = 0; k < sizeof data; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            data[k] = (uint8_t)(state >> 56);
            if (round % 2 != 0 && k > 0) data[k] = (uint8_t)text[data[k] % (sizeof text - 1)];
        }
        size = (size_t)(state >> 33) % sizeof data;
        if (LLVMFuzzerTestOneInput(data, size) != 0) return 1;
    }
    printf("%ld rounds\n", rounds);
    return 0;
}
#endif
#endif
