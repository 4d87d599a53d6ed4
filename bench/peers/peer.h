/* peer.h - what every peer's program does: PROGRAM POINTS COUNT FIRST WIDTH COUNTS
   POINTS is a file of COUNT floats x and COUNT floats y, in 0..1. The first FIRST are counted into
   WIDTH x WIDTH cells, twice; the seconds of the second time, clearing included, are printed. COUNTS is
   written: the counts as uint32_t, lowest y first. C and C++.
   A peer that draws marks too defines PEER_MARKS before this and peer_marks after it: PROGRAM marks ... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The peer: memory for the cells, all counts to 0, the points into them, one count. */
static void peer_open(size_t width);
static void peer_clear(void);
static void peer_fill(const float *x, const float *y, size_t count);
static uint32_t peer_count(size_t column, size_t row);

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#ifdef PEER_MARKS
static int peer_marks(int argc, char **argv); /* what main does then */
#endif

int main(int argc, char **argv)
{
#ifdef PEER_MARKS
    if (argc > 1 && argv[1][0] == 'm') return peer_marks(argc, argv);
#endif
    if (argc != 6) return 2;
    size_t count = (size_t)atof(argv[2]), first = (size_t)atof(argv[3]), width = (size_t)atof(argv[4]);
    float *points = (float *)malloc(2 * count * sizeof(float));
    FILE *file = fopen(argv[1], "rb");
    if (points == NULL || file == NULL || fread(points, sizeof(float), 2 * count, file) != 2 * count)
        return 1;
    fclose(file);
    double start = 0;
    peer_open(width);
    for (int i = 0; i < 2; i++) {
        start = seconds();
        peer_clear();
        peer_fill(points, points + count, first);
    }
    printf("%.9f\n", seconds() - start);
    file = fopen(argv[5], "wb");
    if (file == NULL) return 1;
    for (size_t i = 0; i < width * width; i++) {
        uint32_t cell = peer_count(i % width, i / width);
        if (fwrite(&cell, sizeof cell, 1, file) != 1) return 1;
    }
    return fclose(file) != 0;
}
