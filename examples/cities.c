/* cities.c - a map of the world from 171,075 cities: reads a CSV file, counts it into the cells of a plot's panel,
   grows single points, and draws the plot around them piece by piece.
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

    pika_theme night = *pika_theme_dark();
    night.panel = 0x06080fff;
    pika_layer layer = {0}; /* its cells are counted and grown below */
    pika_color_scale scale = {0};
    pika_plot_desc desc = {0};
    desc.title = "Where the cities are";
    desc.subtitle = "171,075 places of more than 1,000 inhabitants (GeoNames)";
    desc.x.axis.lo = -180;
    desc.x.axis.hi = 180;
    desc.x.label = "longitude (\xC2\xB0)";
    desc.y.axis.lo = -60;
    desc.y.axis.hi = 85;
    desc.y.label = "latitude (\xC2\xB0)";
    desc.layers = &layer;
    desc.layer_count = 1;
    desc.theme = &night;
    desc.scale = 1.25;
    desc.flags = PIKA_PLOT_EQUAL | PIKA_PLOT_NO_GRID;
    static pika_plot plot;
    pika_plot_layout(&ctx, &plot, &desc, 1400, 640);

    pika_grid_desc cells_desc = {0};
    cells_desc.view.width = plot.width;
    cells_desc.view.height = plot.height;
    cells_desc.view.x = plot.desc.x.axis;
    cells_desc.view.y = plot.desc.y.axis;
    pika_grid grid = {0};
    pika_grid_alloc(&ctx, &grid, &cells_desc);
    pika_add_points(&ctx, &grid, &points);
    pika_stats stats = {0};
    pika_grid_stats(&ctx, &grid, &stats);

    pika_shade_desc shade = {0}; /* no background: pika_spread grows what is not transparent */
    shade.transfer = PIKA_SHADE_LOG;
    shade.colormap = pika_colormap_find("fire");
    shade.lo = 0.6; /* the lowest colour is black; one city to a pixel shall be red, twenty or more white */
    shade.hi = 20;
    shade.scale_out = &scale;
    pika_image cells = {0}, grown = {0}, image = {0};
    pika_image_alloc(&ctx, &cells, plot.width, plot.height);
    pika_image_alloc(&ctx, &grown, plot.width, plot.height);
    pika_image_alloc(&ctx, &image, 1400, 640);
    pika_shade(&ctx, &cells, &grid, &shade);
    pika_spread(&ctx, &grown, &cells, 1, PIKA_SPREAD_DISC);

    pika_canvas canvas;
    pika_canvas_init(&ctx, &canvas, &image);
    pika_draw_panel(&canvas, &plot);
    pika_canvas_image(&canvas, &grown, plot.x, plot.y, plot.width, plot.height, 0.45, 0); /* a halo */
    pika_canvas_image(&canvas, &cells, plot.x, plot.y, plot.width, plot.height, 1, 0);
    pika_draw_axes(&canvas, &plot);
    pika_draw_colorbar(&canvas, &plot, &scale, shade.colormap, "cities");
    pika_write_png(&ctx, path, &image);

    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "cities: %s\n", pika_last_error(&ctx));
    else
        printf("%llu cities, %llu on the map, %llu outside\n%s\n", (unsigned long long)stats.total,
            (unsigned long long)stats.inside, (unsigned long long)stats.outside, path);
    pika_canvas_free(&canvas);
    pika_image_free(&ctx, &image);
    pika_image_free(&ctx, &grown);
    pika_image_free(&ctx, &cells);
    pika_grid_free(&ctx, &grid);
    pika_ctx_free(&ctx);
    return failed;
}
