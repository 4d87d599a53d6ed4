/* profile.c - where the time goes: 30 frames of a flight into a spiral of 5 million points, stage by stage.
   The picture: the last frame, and under it the last third of the flight as a timeline: the caller's zones,
   nested, and a lane for each worker. The trace opens in https://ui.perfetto.dev too.
   Build: cc -O2 examples/profile.c -o profile -pthread      Run: ./profile [profile.png [profile.json]] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#include <stdio.h>

enum { COUNT = 5000000, FRAMES = 30, WIDTH = 1200, SCENE = 480, TIMELINE = 200, KINDS = 7 };
static float x[COUNT], y[COUNT]; /* of the spiral; then the timeline's points */
static uint8_t kind[COUNT];
static uint32_t pixels[SCENE + TIMELINE][WIDTH];
static const char *const kinds[KINDS] = {"frame", "pika_add", "add", "pika_shade", "shade", "pool", ""};
static const uint32_t colors[KINDS] = {0x33415cff, 0xe4572eff, 0xf3a712ff, 0x1b998bff,
                                       0x7bdfb2ff, 0x5a2a4bff, 0xc9cba3ff};

/* Two arms, logarithmic spirals: a complex number multiplied again and again, and scatter around it. */
static void fill(void)
{
    double u = 0.004, v = 0;
    uint64_t state = 1;
    for (int i = 0; i < COUNT; i++) {
        double next = 1.0000022 * (u - 0.0000105 * v), size = (u < 0 ? -u : u) + (v < 0 ? -v : v), noise[2];
        v = 1.0000022 * (v + 0.0000105 * u);
        u = u * u + v * v < 1 ? next : 0.004;
        for (int k = 0; k < 2; k++) { /* a product of uniform numbers: most are close to the arm */
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            noise[k] =
                (double)((int64_t)(state >> 48) - 32768) / 32768 * (double)(state >> 24 & 65535) / 65536;
        }
        x[i] = (float)((i & 1 ? u : -u) + 0.2 * size * noise[0]);
        y[i] = (float)((i & 1 ? v : -v) + 0.2 * size * noise[1]);
    }
}

/* A trace has a line for each zone, of each thread the latest first. Each becomes a block of points, four to
   a pixel: where several zones share one, their colours mix. Returns the number of points. */
static size_t read_trace(const char *path, int lanes)
{
    FILE *file = fopen(path, "r");
    char line[1000], name[100];
    double open[64], from, length, first = 0, last = 0, step = 0;
    size_t n = 0;
    int depth = 0, thread, previous = -1;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "{\"name\":\"%99[^\"]\",\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%lf,\"dur\":%lf",
                   name, &thread, &from, &length) != 4)
            continue;
        if (previous < 0) last = from + length, first = last * 2 / 3, step = (last - first) / (4 * WIDTH);
        if (thread != previous) depth = 0;
        previous = thread;
        while (depth > 0 && open[depth - 1] > from) depth--; /* began later, so it is not around this one */
        open[depth++] = from;
        int which = 0, lane = thread == 0 ? depth - 1 : thread + 2;
        while (strncmp(name, kinds[which], strlen(kinds[which])) != 0) which++;
        for (double t = from + step / 2; t < from + length - 8 * step; t += step)
            for (int row = 1; row < TIMELINE / lanes && t > first && n < COUNT; row++, n++) {
                x[n] = (float)((t - first) / (last - first));
                y[n] = (float)(1 - (lane * (TIMELINE / lanes) + row + 0.5) / TIMELINE);
                kind[n] = (uint8_t)which;
            }
    }
    if (file != NULL) fclose(file);
    return n;
}

static void print_line(void *user, int level, int id, const char *text)
{
    (void)user, (void)level, (void)id, puts(text);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "profile.png", *trace = argc > 2 ? argv[2] : "profile.json";
    pika_ctx_desc ctx_desc = {0};
    ctx_desc.log_fn = print_line; /* errors, and the table */
    pika_ctx ctx;
    pika_ctx_init(&ctx, &ctx_desc);
    fill();
    pika_points points = pika_xy_f32(x, y, COUNT);
    points.category = pika_strided(kind, PIKA_U8, 0);
    pika_image picture = {WIDTH, SCENE + TIMELINE, 0, (uint8_t *)pixels, sizeof pixels, 0, PIKA_RGBA8};
    pika_image scene = {WIDTH, SCENE, 0, (uint8_t *)pixels, SCENE * sizeof pixels[0], 0, PIKA_RGBA8};
    pika_image timeline = {WIDTH, TIMELINE, 0, (uint8_t *)pixels[SCENE], TIMELINE * sizeof pixels[0], 0, 0};
    pika_grid grid = {0};
    pika_grid_desc desc = {0, 0, {WIDTH, SCENE, 0, {-1, 1, 0, 0, 0}, {-1, 1, 0, 0, 0}, 0, 0, 0, 0}};
    pika_shade_desc shade = {0};
    shade.transfer = PIKA_SHADE_LOG;
    shade.colormap = pika_colormap_find("inferno");
    shade.background = PIKA_RGBA(0, 0, 4, 255);
    pika_grid_alloc(&ctx, &grid, &desc);
    pika_profile_start(&ctx, NULL);
    for (int frame = 0; frame < FRAMES; frame++) PIKA_ZONE(&ctx, "frame")
        {
            desc.view.x.lo = -(desc.view.x.hi = 1.2 - 0.028 * frame);
            desc.view.y.lo = -(desc.view.y.hi = desc.view.x.hi * SCENE / WIDTH);
            pika_grid_set_view(&ctx, &grid, &desc.view);
            pika_add_points(&ctx, &grid, &points);
            pika_shade(&ctx, &scene, &grid, &shade);
        }
    pika_profile_log(&ctx);
    pika_profile_write_trace(&ctx, trace);
    pika_profile_stop(&ctx);
    pika_grid_free(&ctx, &grid);

    points.count = read_trace(trace, ctx.threads + 2);
    pika_grid_desc lanes = {0, KINDS, {WIDTH, TIMELINE, 0, {0, 1, 0, 0, 0}, {0, 1, 0, 0, 0}, 0, 0, 0, 0}};
    shade.category_colors = colors;
    shade.alpha_floor = 1; /* no shades by the number of points */
    pika_grid_alloc(&ctx, &grid, &lanes);
    pika_add_points(&ctx, &grid, &points);
    pika_shade(&ctx, &timeline, &grid, &shade);
    pika_grid_free(&ctx, &grid);
    pika_write_png(&ctx, path, &picture);
    int failed = pika_status(&ctx) != PIKA_OK; /* the text is in the log */
    if (!failed) puts(trace), puts(path);
    pika_ctx_free(&ctx);
    return failed;
}
