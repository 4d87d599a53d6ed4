/* gl_glad.c - particles that a compute shader of yours moves, drawn where they are. With glad's loader.
   Loader: glad --reproducible --out-path build/glad --api gl:core=4.3,egl --extensions= c --header-only --loader
   Build:  cc -O2 -Ibuild/glad/include examples/gl_glad.c -o gl_glad -pthread      Run: ./gl_glad [gl_glad.png] */
#define GLAD_EGL_IMPLEMENTATION
#include <glad/egl.h>
#define GLAD_GL_IMPLEMENTATION
#include <glad/gl.h>
#define PIKA_IMPLEMENTATION
#include "../pika.h"
#define PIKA_GL_IMPLEMENTATION
#include "../pika_gl.h"
#include <stdio.h>
#include <string.h>

enum { COUNT = 2000000, WIDTH = 1200, HEIGHT = 800 };
static float particles[COUNT][2];
static uint8_t pixels[2][HEIGHT][WIDTH][4]; /* OpenGL's and the CPU's, lowest row first */
static pika_image drawn = {WIDTH, HEIGHT, -4 * WIDTH, pixels[0][HEIGHT - 1][0], sizeof *pixels, 0, 0};
static pika_image expected = {WIDTH, HEIGHT, -4 * WIDTH, pixels[1][HEIGHT - 1][0], sizeof *pixels, 0, 0};

static const char *const move =
    "#version 430\n"
    "layout(local_size_x = 64) in;\n"
    "layout(std430, binding = 0) buffer Particles { vec2 at[]; };\n"
    "float fold(float t) { return -0.7 * t + 3.4 * t * t / (1.0 + t * t); }\n"
    "void main() {\n"
    "    uint i = gl_GlobalInvocationID.x;\n"
    "    vec2 p = vec2(float(i % 2000u), float(i / 2000u)) * vec2(0.01, 0.02) - 10.0;\n"
    "    for (int step = 0; step < 30; step++) {\n"
    "        float next = 1.008 * p.y - 0.0004 * p.y * p.y * p.y + fold(p.x);\n"
    "        p = vec2(next, fold(next) - p.x);\n"
    "    }\n"
    "    at[i] = p;\n"
    "}\n";

static void *load(const char *name, void *user)
{
    __eglMustCastToProperFunctionPointerType found = eglGetProcAddress(name);
    memcpy(&user, &found, sizeof user); /* ISO C has no cast for this */
    return user;
}

/* A context of OpenGL 4.3 without a window; glad knows EGL's version when it has a display. */
static int open_context(void)
{
    static const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION, 4, EGL_CONTEXT_MINOR_VERSION, 3, EGL_NONE};
    if (!gladLoaderLoadEGL(NULL)) return 0;
    eglGetPlatformDisplay = (PFNEGLGETPLATFORMDISPLAYPROC)eglGetProcAddress("eglGetPlatformDisplay");
    if (!eglGetPlatformDisplay) return 0;
    EGLDisplay display = eglGetPlatformDisplay(0x31DD, EGL_DEFAULT_DISPLAY, NULL); /* Mesa's, surfaceless */
    if (!display) display = eglGetDisplay(EGL_DEFAULT_DISPLAY);
    if (!eglInitialize(display, NULL, NULL) || !gladLoaderLoadEGL(display)) return 0;
    eglBindAPI(EGL_OPENGL_API);
    EGLContext context = eglCreateContext(display, NULL, NULL, attributes);
    return context && eglMakeCurrent(display, NULL, NULL, context) &&
           gladLoadGL((GLADloadfunc)eglGetProcAddress);
}

int main(int argc, char **argv)
{
    if (!open_context())
        return fprintf(stderr, "gl_glad: no driver of OpenGL 4.3 (Debian: libgl1-mesa-dri)\n"), 1;
    unsigned shader = glCreateShader(GL_COMPUTE_SHADER), program = glCreateProgram(), buffer, texture;
    glShaderSource(shader, 1, &move, NULL);
    glCompileShader(shader);
    glAttachShader(program, shader);
    glLinkProgram(program);
    glUseProgram(program);
    glGenBuffers(1, &buffer);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, buffer);
    glBufferData(GL_SHADER_STORAGE_BUFFER, sizeof particles, NULL, GL_DYNAMIC_COPY);
    glDispatchCompute(COUNT / 64, 1, 1);
    glMemoryBarrier(GL_SHADER_STORAGE_BARRIER_BIT | GL_BUFFER_UPDATE_BARRIER_BIT);

    pika_ctx ctx;
    pika_gl gl;
    pika_gl_desc gl_desc = {.load_proc = load};
    pika_grid_desc desc = {
        .view = {.width = WIDTH, .height = HEIGHT, .x = {.lo = -18, .hi = 23}, .y = {.lo = -13, .hi = 14}}};
    pika_gl_points points = {.count = COUNT,
        .x = {.buffer = buffer, .stride = 8},
        .y = {.buffer = buffer, .offset = 4, .stride = 8}};
    pika_shade_desc shade = {.colormap = pika_colormap_find("ice"), .background = 0x000000FF};
    pika_dataset rows = {0};
    pika_gl_grid grid = {0};
    pika_ctx_init(&ctx, NULL);
    pika_gl_init(&gl, &ctx, &gl_desc);
    pika_gl_dataset_import(&gl, &rows, &points); /* read where they are, at every frame */
    pika_gl_grid_init(&gl, &grid, &desc);
    pika_gl_aggregate(&gl, &rows, &grid, NULL);
    glGenTextures(1, &texture);
    glBindTexture(GL_TEXTURE_2D, texture);
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, WIDTH, HEIGHT);
    pika_gl_shade(&gl, texture, &grid, &shade); /* a game would draw with it now */

    glGetTexImage(GL_TEXTURE_2D, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels[0]);
    glGetBufferSubData(GL_SHADER_STORAGE_BUFFER, 0, sizeof particles, particles);
    pika_points same =
        pika_xy(pika_strided(particles[0], PIKA_F32, 8), pika_strided(&particles[0][1], PIKA_F32, 8), COUNT);
    pika_grid counts = {0};
    pika_grid_alloc(&ctx, &counts, &desc);
    pika_add_points(&ctx, &counts, &same);
    pika_shade(&ctx, &expected, &counts, &shade);
    pika_write_png(&ctx, argc > 1 ? argv[1] : "gl_glad.png", &drawn);
    int failed = pika_status(&ctx) != PIKA_OK, differs = memcmp(pixels[0], pixels[1], sizeof *pixels) != 0;
    printf("%s: %s%s\n", pika_gl_get_caps(&gl)->renderer, failed ? pika_last_error(&ctx) : "",
        failed    ? ""
        : differs ? "other pixels than the CPU's"
                  : "every pixel is the CPU's");
    pika_grid_free(&ctx, &counts);
    pika_gl_grid_free(&gl, &grid);
    pika_dataset_free(&ctx, &rows);
    pika_gl_free(&gl);
    pika_ctx_free(&ctx);
    return failed || differs;
}
