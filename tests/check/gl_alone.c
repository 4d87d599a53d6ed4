/* gl_alone.c - both headers where there is no OpenGL at all: a load_proc that finds nothing, and the CPU does the
   work. Compiled in every way that they can be built in, see item_gl_alone of check.sh. */
#include "pika_gl.h"
#include <stdio.h>
#include <string.h>

static void *nothing(const char *name, void *user)
{
    (void)name;
    (void)user;
    return NULL;
}

int main(void)
{
    static const float x[3] = {0, 1, 1}, y[3] = {0, 1, 1};
    pika_gl gl;
    pika_gl_desc desc;
    pika_ctx ctx;
    pika_points points = pika_xy_f32(x, y, 3);
    pika_dataset rows;
    pika_grid_desc grid_desc;
    pika_grid grid;
    pika_backend_stats stats;
    int right;
    memset(&gl, 0, sizeof gl);
    memset(&desc, 0, sizeof desc);
    memset(&rows, 0, sizeof rows);
    memset(&grid, 0, sizeof grid);
    memset(&grid_desc, 0, sizeof grid_desc);
    grid_desc.view.width = grid_desc.view.height = 2;
    grid_desc.view.x.hi = grid_desc.view.y.hi = 1;
    desc.load_proc = nothing;
    pika_ctx_init(&ctx, NULL);
    pika_gl_init(&gl, &ctx, &desc);
    pika_grid_alloc(&ctx, &grid, &grid_desc);
    pika_dataset_create(&ctx, pika_gl_backend(&gl), &rows, &points, NULL);
    pika_aggregate(&ctx, &rows, &grid);
    pika_validate(&ctx, &rows, &grid, NULL);
    pika_backend_get_stats(&ctx, pika_gl_backend(&gl), &stats);
    printf("%s\n%s\n", pika_gl_get_caps(&gl)->text, pika_last_error(&ctx));
    right = pika_status(&ctx) == PIKA_OK && pika_gl_get_caps(&gl)->level == PIKA_GL_LEVEL_NONE &&
            stats.cpu_calls == 1 && stats.gpu_calls == 0 && *stats.reason &&
            pika_grid_counts(&grid)[0] == 1 && pika_grid_counts(&grid)[3] == 2;
    pika_dataset_free(&ctx, &rows);
    pika_grid_free(&ctx, &grid);
    pika_gl_free(&gl);
    pika_ctx_free(&ctx);
    if (right) puts("all as it should be");
    return !right;
}
