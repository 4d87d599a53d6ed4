/* profile.c - where the time goes: 30 frames of a flight into a spiral of 5 million points, stage by stage.
   The picture: the last frame, and under it the last four as a timeline: frames, calls and stages of the
   caller, then the stages of each worker. The trace opens in https://ui.perfetto.dev too.
   Build: cc -O2 examples/profile.c -o profile -pthread      Run: ./profile [profile.png [profile.json]] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>
#include <string.h>

enum { COUNT = 5000000, FRAMES = 30, WIDTH = 1200, SCENE = 480, TIMELINE = 180, KINDS = 6 };
static float x[COUNT], y[COUNT]; /* of the spiral; then the timeline's points */
static uint8_t kind[COUNT];
static uint32_t pixels[SCENE + TIMELINE][WIDTH];
static const char *const kinds[KINDS] = {"frame", "pika_add", "add", "pika_shade", "shade", ""};
static const uint32_t colors[] = {0x5c6b8aff, 0xc73e1dff, 0xf6ae2dff, 0x1b998bff, 0x8ce0b8ff, 0x77777aff};

/* Two arms, logarithmic spirals: a complex number multiplied again and again, and scatter around it. */
static void fill(void)
{
    double u = 0.004, v = 0;
    uint64_t state = 1;
    for (int i = 0; i < COUNT; i++) {
        double noise[2], size = 1e-10 * ((u < 0 ? -u : u) + (v < 0 ? -v : v));
        u = u * u + v * v < 1 ? 1.0000022 * (u - 0.0000105 * v) : 0.004;
        v = 1.0000022 * (v + 0.0000105 * u);
        for (int k = 0; k < 2; k++) { /* a product of uniform numbers: most are close to the arm */
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            noise[k] = size * (double)((int64_t)(state >> 48) - 32768) * (uint16_t)(state >> 24);
        }
        x[i] = (float)((i & 1 ? u : -u) + noise[0]);
        y[i] = (float)((i & 1 ? v : -v) + noise[1]);
    }
}

/* A trace has a line for each zone, the last frame first. Each becomes a block of points, four to a pixel:
   where several zones share one, their colours mix. Returns the number of points. */
static size_t read_trace(const char *path, int lanes)
{
    FILE *file = fopen(path, "r");
    char line[1000], name[100];
    double from, length, first = 0, last = 0, step = 0;
    int thread, height = TIMELINE / lanes;
    size_t n = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "{\"name\":\"%99[^\"]\",\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%lf,\"dur\":%lf",
                name, &thread, &from, &length) != 4)
            continue;
        if (n == 0) last = from + length, first = last - 4 * length, step = length / (double)WIDTH;
        int which = 0, lane = thread + 2;
        while (strncmp(name, kinds[which], strlen(kinds[which])) != 0) which++;
        if (thread == 0) lane = which == 0 ? 0 : strncmp(name, "pika", 4) == 0 ? 1 : 2;
        for (double t = from + step / 2; t < from + length - 8 * step; t += step)
            for (int row = height / 5; row < height && t > first && n < COUNT; row++, n++) {
                x[n] = (float)((t - first) / (last - first));
                y[n] = (float)(1 - (lane * height + row + 0.5) / (double)TIMELINE);
                kind[n] = (uint8_t)which;
            }
    }
    if (file != NULL) fclose(file);
    return n;
}

static int informed; /* prints more than errors: there is something to say in every frame */
static void print_line(void *user, int level, int id, const char *text)
{
    if ((void)user, (void)id, level < 2 || informed) puts(text);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "profile.png", *trace = argc > 2 ? argv[2] : "profile.json";
    pika_ctx_desc ctx_desc = {0};
    ctx_desc.log_fn = print_line;
    pika_ctx ctx;
    pika_ctx_init(&ctx, &ctx_desc);
    fill();
    pika_points points = pika_xy_f32(x, y, COUNT);
    pika_image picture = {WIDTH, SCENE + TIMELINE, 0, (uint8_t *)pixels, sizeof pixels, 0, PIKA_RGBA8};
    pika_image scene = {WIDTH, SCENE, 0, (uint8_t *)pixels, SCENE * sizeof pixels[0], 0, PIKA_RGBA8};
    pika_image timeline = {WIDTH, TIMELINE, 0, (uint8_t *)pixels[SCENE], TIMELINE * sizeof pixels[0], 0, 0};
    pika_grid grid = {0};
    pika_grid_desc desc = {0, 0, {WIDTH, SCENE, 0, {-1, 1, 0, 0, 0}, {-1, 1, 0, 0, 0}, 0, 0, 0, 0}};
    pika_shade_desc shade = {0};
    shade.colormap = pika_colormap_find("magma");
    shade.background = PIKA_RGBA(0, 0, 4, 255);
    pika_grid_alloc(&ctx, &grid, &desc);
    pika_profile_start(&ctx, NULL);
    for (int frame = 0; frame < FRAMES; frame++) {
        pika_zone_begin(&ctx, "frame"); /* pika's own are inside */
        desc.view.x.lo = -(desc.view.x.hi = 1.2 - 0.028 * frame);
        desc.view.y.lo = -(desc.view.y.hi = desc.view.x.hi * (double)SCENE / (double)WIDTH);
        pika_grid_set_view(&ctx, &grid, &desc.view);
        pika_add_points(&ctx, &grid, &points);
        pika_shade(&ctx, &scene, &grid, &shade);
        pika_zone_end(&ctx, 0, COUNT);
    }
    pika_grid_free(&ctx, &grid);
    informed = 1;
    pika_profile_log(&ctx); /* the table */
    informed = 0;
    pika_profile_write_trace(&ctx, trace);
    pika_profile_account account = {0};
    pika_profile_get_account(&ctx, &account);
    pika_profile_stop(&ctx);

    points.count = read_trace(trace, account.threads + 2); /* three of the caller, one for each worker */
    points.category = pika_strided(kind, PIKA_U8, 0);
    pika_grid_desc lanes = {0, KINDS, {WIDTH, TIMELINE, 0, {0, 1, 0, 0, 0}, {0, 1, 0, 0, 0}, 0, 0, 0, 0}};
    shade.category_colors = colors;
    shade.alpha_floor = 1; /* no shades by the number of points */
    pika_grid_alloc(&ctx, &grid, &lanes);
    pika_add_points(&ctx, &grid, &points);
    pika_shade(&ctx, &timeline, &grid, &shade);
    pika_grid_free(&ctx, &grid);
    pika_write_png(&ctx, path, &picture);
    int failed = pika_status(&ctx) != PIKA_OK; /* the text is in the log */
    if (!failed) printf("%s\n%s\n", trace, path);
    pika_ctx_free(&ctx);
    return failed;
}
