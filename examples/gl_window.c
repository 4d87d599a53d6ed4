/* gl_window.c - fifty million points in a window: drag to pan, turn the wheel to zoom. Nothing is read back.
   Build: cc -O2 examples/gl_window.c -o gl_window -pthread -lglfw -lGL      Run: ./gl_window [points]
   ./gl_window 1000000 --frames 40 --picture out.png    zooms by itself, writes its last frame, and ends */
#define GLFW_INCLUDE_GLCOREARB
#define GL_GLEXT_PROTOTYPES /* for what shows the texture; pika_gl loads its functions itself */
#include <GLFW/glfw3.h>
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#define PIKA_GL_IMPLEMENTATION
#include "../pika_gl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 50000000, WIDTH = 1200, HEIGHT = 800 };
static float x[COUNT], y[COUNT];
static pika_grid_desc desc = {.view = {.width = WIDTH, .height = HEIGHT}}; /* its view follows the mouse */
static uint8_t pixels[2][HEIGHT][WIDTH][4]; /* of --picture: the window's and the CPU's, lowest row first */
static pika_image seen = {WIDTH, HEIGHT, -4 * WIDTH, pixels[0][HEIGHT - 1][0], sizeof *pixels, 0, 0};
static pika_image made = {WIDTH, HEIGHT, -4 * WIDTH, pixels[1][HEIGHT - 1][0], sizeof *pixels, 0, 0};

static double fold(double t) { return -0.8 * t + 3.6 * t * t / (1 + t * t); }

static void *load(const char *name, void *user)
{
    GLFWglproc found = glfwGetProcAddress(name);
    memcpy(&user, &found, sizeof user); /* ISO C has no cast for this */
    return user;
}

/* Stretches an axis around `at`, where 0 is lo and 1 is hi, and moves it by a part of its length. */
static void change(pika_axis *axis, double at, double factor, double by)
{
    double length = axis->hi - axis->lo;
    axis->lo += (at * (1 - factor) + by) * length;
    axis->hi = axis->lo + factor * length;
}

static void on_wheel(GLFWwindow *window, double sideways, double turned)
{
    double mouse_x, mouse_y, factor = turned - sideways > 0 ? 0.8 : 1.25;
    glfwGetCursorPos(window, &mouse_x, &mouse_y);
    change(&desc.view.x, mouse_x / WIDTH, factor, 0);
    change(&desc.view.y, 1 - mouse_y / HEIGHT, factor, 0);
}

int main(int argc, char **argv)
{
    int count = argc > 1 && atoi(argv[1]) < COUNT ? atoi(argv[1]) : COUNT,
        frames = argc > 3 ? atoi(argv[3]) : 0;
    double u = 1, v = 0.5, last_x = 0, last_y = 0, mouse_x, mouse_y;
    char title[64];
    for (int i = 0; i < count; i++) { /* an attractor of Gumowski and Mira */
        double next = 1.008 * v - 0.0004 * v * v * v + fold(u);
        v = fold(next) - u, u = next;
        x[i] = (float)u, y[i] = (float)v;
    }
    glfwInit();
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 4);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_RESIZABLE, GLFW_FALSE);
    GLFWwindow *window = glfwCreateWindow(WIDTH, HEIGHT, "pika", NULL, NULL);
    if (!window) return fprintf(stderr, "gl_window: no display, or no OpenGL 4.3\n"), 1;
    glfwMakeContextCurrent(window);
    glfwSwapInterval(0);
    glfwSetScrollCallback(window, on_wheel);
    pika_ctx ctx;
    pika_gl gl;
    pika_gl_desc gl_desc = {.load_proc = load};
    pika_points points = pika_xy_f32(x, y, (size_t)count);
    pika_shade_desc shade = {.background = PIKA_RGBA(8, 8, 16, 255)};
    pika_dataset rows = {0};
    pika_gl_grid grid = {0};
    pika_ctx_init(&ctx, NULL);
    pika_gl_init(&gl, &ctx, &gl_desc);
    pika_fit(&ctx, &points, &desc.view);
    pika_dataset_create(&ctx, pika_gl_backend(&gl), &rows, &points, NULL);
    pika_gl_grid_init(&gl, &grid, &desc);
    unsigned texture, frame; /* shown by copying it into the window; drawing with it works as well */
    glGenTextures(1, &texture);
    glBindTexture(GL_TEXTURE_2D, texture);
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, WIDTH, HEIGHT);
    glGenFramebuffers(1, &frame);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, frame);
    glFramebufferTexture2D(GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
    int n = 0;
    while (!glfwWindowShouldClose(window) && pika_gl_aggregate(&gl, &rows, &grid, &desc.view) == PIKA_OK) {
        if (pika_gl_shade(&gl, texture, &grid, &shade) != PIKA_OK) break;
        glBlitFramebuffer(0, 0, WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT, GL_COLOR_BUFFER_BIT, GL_NEAREST);
        if (++n == frames) break;
        glfwSwapBuffers(window);
        glfwPollEvents();
        glfwGetCursorPos(window, &mouse_x, &mouse_y);
        double drags = glfwGetMouseButton(window, GLFW_MOUSE_BUTTON_LEFT); /* 1 while it is down */
        change(&desc.view.x, 0.3, frames ? 0.95 : 1, drags * (last_x - mouse_x) / WIDTH);
        change(&desc.view.y, 0.6, frames ? 0.95 : 1, drags * (mouse_y - last_y) / HEIGHT);
        last_x = mouse_x, last_y = mouse_y;
        snprintf(title, sizeof title, "%.1f ms a frame", glfwGetTime() / 0.016);
        if (n % 16 == 0) glfwSetWindowTitle(window, title), glfwSetTime(0);
    }
    if (argc > 5 && n == frames) { /* is the window what pika_shade makes of the grid of the CPU? */
        pika_grid counts = {0};
        glBindFramebuffer(GL_READ_FRAMEBUFFER, 0);
        glReadPixels(0, 0, WIDTH, HEIGHT, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
        pika_write_png(&ctx, argv[5], &seen);
        pika_grid_alloc(&ctx, &counts, &desc);
        pika_add_points(&ctx, &counts, &points);
        pika_shade(&ctx, &made, &counts, &shade);
        pika_grid_free(&ctx, &counts);
    }
    int failed = pika_status(&ctx) != PIKA_OK, differs = memcmp(pixels[0], pixels[1], sizeof *pixels) != 0;
    if (failed) fprintf(stderr, "gl_window: %s\n", pika_last_error(&ctx));
    if (differs) fprintf(stderr, "gl_window: the picture is not what pika_shade makes\n");
    pika_gl_grid_free(&gl, &grid);
    pika_dataset_free(&ctx, &rows);
    pika_gl_free(&gl);
    pika_ctx_free(&ctx);
    glfwTerminate();
    return failed || differs;
}
