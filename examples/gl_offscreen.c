/* gl_offscreen.c - points uploaded once and drawn at four zooms, by OpenGL without a window and by the CPU.
   Build: cc -O2 examples/gl_offscreen.c -o gl_offscreen -pthread   Run: ./gl_offscreen [gl_offscreen.png] */
#ifdef __linux__
    #define _POSIX_C_SOURCE 199309L /* clock_gettime, with -std=c99 too; before the first include */
    #include <dlfcn.h>
#endif
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#define PIKA_GL_IMPLEMENTATION
#include "../pika_gl.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COUNT 4000000
static float x[COUNT], y[COUNT];
static double fold(double t) { return -0.35 * t + 2.7 * t * t / (1 + t * t); }

#ifdef __linux__
/* EGL by its eglGetProcAddress: no header and no library to link. The numbers are those of its header. */
typedef void (*function)(void);
static function (*address)(const char *name);
    #define EGL(result, name, arguments) ((result(*) arguments)address("egl" #name))

/* Makes a context current that needs no window, on hardware if there is any. NULL, or what is missing. */
static const char *open_driver(void)
{
    void *library = dlopen("libEGL.so.1", RTLD_NOW), *devices[16], *display = NULL;
    int version[] = {0x3098, 3, 0x30FB, 1, 0x3038}, count = 0, found = 0; /* OpenGL ES 3.1 */
    void *symbol = library ? dlsym(library, "eglGetProcAddress") : NULL;
    if (!symbol) return "libEGL.so.1 is not here (Debian: libegl1 and libgl1-mesa-dri)";
    memcpy(&address, &symbol, sizeof address); /* ISO C has no cast for this */
    EGL(int, QueryDevicesEXT, (int, void **, int *))(16, devices, &count);
    for (int i = 0; i <= count && !found; i++) { /* the last: what Mesa has without a device, software too */
        void *gpu = i < count ? devices[i] : NULL;
        char *kind = gpu ? EGL(char *, QueryDeviceStringEXT, (void *, int))(gpu, 0x3055) : NULL;
        if (kind && strstr(kind, "software")) continue;
        display = EGL(void *, GetPlatformDisplayEXT, (int, void *, int *))(gpu ? 0x313F : 0x31DD, gpu, NULL);
        found = display && EGL(int, Initialize, (void *, int *, int *))(display, NULL, NULL);
    }
    void *context = EGL(void *, CreateContext, (void *, void *, void *, int *))(display, NULL, NULL, version);
    found = context && EGL(int, MakeCurrent, (void *, void *, void *, void *))(display, NULL, NULL, context);
    return found ? NULL : "EGL finds no driver of OpenGL ES 3.1 (Debian: libgl1-mesa-dri)";
}

static void *load(const char *name, void *user)
{
    function found = address(name);
    memcpy(&user, &found, sizeof user);
    return user;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
#else
static const char *open_driver(void) { return "this example opens a driver on Linux alone"; }
static void *load(const char *name, void *user) { return (void)name, user; }
static double seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }
#endif

int main(int argc, char **argv)
{
    double u = 1, v = 0.5, half = 14, spent[2] = {0, 0}, start = 0;
    for (int i = 0; i < COUNT; i++) { /* an attractor of Gumowski and Mira */
        double next = 1.008 * v - 0.0004 * v * v * v + fold(u);
        v = fold(next) - u, u = next;
        x[i] = (float)u, y[i] = (float)v;
    }
    pika_points points = pika_xy_f32(x, y, COUNT);
    pika_ctx ctx;
    pika_ctx_init(&ctx, NULL);
    pika_gl gl;
    pika_gl_desc gl_desc = {0};
    gl_desc.load_proc = load;
    const char *missing = open_driver();
    if (!missing) pika_gl_init(&gl, &ctx, &gl_desc);
    printf("%s\n", missing ? missing : pika_gl_get_caps(&gl)->renderer);
    pika_grid_desc desc = {.view = {.width = 600, .height = 400}};
    pika_fit(&ctx, &points, &desc.view); /* later each frame has its own */
    pika_shade_desc shade = {.colormap = pika_colormap_find("fire"), .background = 0x000000FF};
    pika_grid grid = {0};
    pika_dataset rows[2] = {{0}, {0}};
    pika_image image = {0};
    int ways = missing ? 1 : 2; /* the CPU, and OpenGL by the same calls */
    pika_grid_alloc(&ctx, &grid, &desc);
    for (int k = 0; k < ways; k++)
        pika_dataset_create(&ctx, k ? pika_gl_backend(&gl) : pika_cpu_backend(), &rows[k], &points, NULL);
    pika_image_alloc(&ctx, &image, 1200, 800);
    for (int frame = 0; frame < 4; frame++, half /= 2) {
        desc.view.x.lo = 6 - half, desc.view.x.hi = 6 + half;
        desc.view.y.lo = 2 - 0.7 * half, desc.view.y.hi = 2 + 0.7 * half;
        pika_grid_set_view(&ctx, &grid, &desc.view);
        for (int k = 0; k < ways; k++) {
            start = seconds();
            pika_aggregate(&ctx, &rows[k], &grid);
            if (frame > 0) spent[k] += seconds() - start; /* the first compiles the shaders */
        }
        pika_validate(&ctx, &rows[ways - 1], &grid, NULL); /* against the CPU; an error names the cell */

        pika_image panel = image; /* a part of the picture */
        panel.width = 600, panel.height = 400;
        panel.pixels += frame / 2 * 400 * image.stride + frame % 2 * 600 * 4;
        pika_shade(&ctx, &panel, &grid, &shade);
    }
    pika_write_png(&ctx, argc > 1 ? argv[1] : "gl_offscreen.png", &image);
    int failed = pika_status(&ctx) != PIKA_OK;
    if (failed) fprintf(stderr, "gl_offscreen: %s\n", pika_last_error(&ctx));
    printf("CPU: %.2f ms a frame\n", 1e3 / 3 * spent[0]);
    if (!missing) printf("OpenGL: %.2f ms a frame%s\n", 1e3 / 3 * spent[1], failed ? "" : ", the same cells");
    for (int k = 0; k < ways; k++) pika_dataset_free(&ctx, &rows[k]);
    pika_grid_free(&ctx, &grid);
    pika_image_free(&ctx, &image);
    if (!missing) pika_gl_free(&gl);
    pika_ctx_free(&ctx);
    return failed;
}
