/* cities.c - a map of the world from 171,075 cities: reads a CSV file, fixes the view, grows single points.
   Build: cc -O2 examples/cities.c -o cities -pthread
   Run:   ./cities examples/data/cities.csv [cities.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>
#include <stdlib.h>

#define MOST 1000000
static double longitude[MOST], latitude[MOST];

/* The rows of two numbers in the file; lines of anything else, such as the header, are left out. */
static size_t read_csv(const char *path)
{
    char line[256], *comma, *end;
    size_t count = 0;
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    while (count < MOST && fgets(line, sizeof line, file)) {
        longitude[count] = strtod(line, &comma);
        if (comma == line || *comma != ',') continue;
        latitude[count] = strtod(comma + 1, &end);
        if (end != comma + 1) count++;
    }
    fclose(file);
    return count;
}

int main(int argc, char **argv)
{
    const char *path = argc > 2 ? argv[2] : "cities.png";
    size_t count = argc > 1 ? read_csv(argv[1]) : 0;
    if (!count) {
        fprintf(stderr, "usage: cities examples/data/cities.csv [cities.png]\n");
        return 2;
    }
    pika_points points = pika_xy_f64(longitude, latitude, count);
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);

    pika_grid_desc desc = {0};
    desc.view.width = 1600;
    desc.view.height = 800;
    desc.view.x.lo = -180;
    desc.view.x.hi = 180;
    desc.view.y.lo = -60;
    desc.view.y.hi = 85;
    pika_grid grid = {0};
    pika_grid_alloc(&ctx, &grid, &desc);
    pika_add_points(&ctx, &grid, &points);
    pika_stats stats = {0};
    pika_grid_stats(&ctx, &grid, &stats);

    pika_shade_desc shade = {0}; /* no background: pika_spread grows what is not transparent */
    shade.transfer = PIKA_SHADE_LOG;
    shade.colormap = pika_colormap_find("fire");
    shade.lo = -1; /* the lowest colour is black; one city to a pixel shall be red, ten or more white */
    shade.hi = 10;
    pika_image cells = {0}, image = {0};
    pika_image_alloc(&ctx, &cells, 1600, 800);
    pika_image_alloc(&ctx, &image, 1600, 800);
    pika_shade(&ctx, &cells, &grid, &shade);
    pika_spread(&ctx, &image, &cells, 1, PIKA_SPREAD_DISC);
    for (size_t i = 0; i < image.bytes; i += 4) { /* a night sky, and a halo around the points themselves */
        static const int sky[4] = {6, 8, 16, 255};
        int share = cells.pixels[i + 3] ? 100 : image.pixels[i + 3] ? 45 : 0;
        for (size_t k = i; k < i + 4; k++)
            image.pixels[k] = (uint8_t)((share * image.pixels[k] + (100 - share) * sky[k - i]) / 100);
    }
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "cities: %s\n", pika_last_error(&ctx));
    else
        printf("%llu cities, %llu on the map, %llu outside\n%s\n", (unsigned long long)stats.total,
               (unsigned long long)stats.inside, (unsigned long long)stats.outside, path);
    pika_image_free(&ctx, &image);
    pika_image_free(&ctx, &cells);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return failed;
}
