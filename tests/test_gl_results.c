/* test_gl: grids that stay in video memory: read, polled, listed, and shaded into a texture. */

/* Aggregate and read, at once and by polling, in many views; the compact list. */
TEST(grids_on_the_gpu)
{
    uint64_t random = test_now.seed + 15;
    int strategy, round;
    table t;
    plain_table(&t, rows_of(2, 1), &random);
    for (strategy = 0; strategy < STRATEGIES; strategy++) {
        session *s = session_of(strategy);
        const pika_backend_stats before = session_stats(s);
        pika_dataset dataset;
        memset(&dataset, 0, sizeof dataset);
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
        for (round = 0; round < (way.quick ? 3 : 9); round++) {
            static const int sizes[][2] = {{61, 37}, {300, 200}, {1024, 1024}};
            pika_grid_desc desc;
            pika_gl_grid on_gpu;
            pika_grid want, grid;
            uint32_t *pairs, *index, *count;
            size_t cells = 0, same = 0, i, capacity;
            int ready = 0, polls = 0;
            memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
            unit_desc(&desc, sizes[round % (way.slow ? 2 : 3)][0], sizes[round % (way.slow ? 2 : 3)][1]);
            desc.planes = round % 4 == 0 ? 0 : round % 4 == 1 ? PIKA_MIN | PIKA_ANY : PIKA_MAX;
            desc.categories = round % 2 == 0 ? 0 : 4;
            CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
            desc.view.x.lo = 0.1 * round, desc.view.y.hi = 1 - 0.05 * round; /* another view of that size */
            CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, &desc.view));
            CHECK_OK(cpu_grid(&want, &desc, &t.points));
            CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
            if (round % 3 == 0) { /* without waiting; slept for at most 20 s */
                CHECK_OK(pika_gl_read_begin(&s->gl, &on_gpu));
                while ((ready = pika_gl_read_ready(&s->gl, &on_gpu)) == 0 && polls++ < 100000) usleep(200);
                CHECK_EQ(ready, 1);
            }
            CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid));
            grid_equals(s, &grid, &want, SAME_BITS, "read");
            CHECK(memcmp(&pika_grid_get_desc(&grid)->view, &desc.view, sizeof desc.view) == 0);
            CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid)); /* as often as one likes */
            grid_equals(s, &grid, &want, SAME_BITS, "read again");

            CHECK_OK(pika_grid_nonempty(&s->ctx, &want, NULL, NULL, 0, &cells));
            capacity = cells + 3;
            pairs = (uint32_t *)malloc(4 * capacity * sizeof *pairs);
            index = pairs + 2 * capacity, count = pairs + 3 * capacity;
            CHECK_OK(pika_grid_nonempty(&s->ctx, &want, index, count, cells, &cells));
            CHECK_OK(pika_gl_compact(&s->gl, &on_gpu, NULL, 0, &same));
            CHECK_EQ(same, cells);
            memset(pairs, 0x55, 2 * capacity * sizeof *pairs);
            CHECK_RESULT(pika_gl_compact(&s->gl, &on_gpu, pairs, cells - 1, &same), PIKA_ERR_SIZE);
            CHECK_EQ(same, cells);
            CHECK_EQ(pairs[0], 0x55555555);
            CHECK_OK(pika_gl_compact(&s->gl, &on_gpu, pairs, cells, &same));
            for (i = 0; i < cells && pairs[2 * i] == index[i] && pairs[2 * i + 1] == count[i]; i++) {}
            CHECK_EQ(i, cells);
            CHECK_EQ(pairs[2 * cells], 0x55555555);
            free(pairs);
            pika_gl_grid_free(&s->gl, &on_gpu);
            pika_grid_free(&s->ctx, &grid);
            pika_grid_free(NULL, &want);
        }
        cpu_made(s, &before, 0, "grids on the GPU");
        pika_dataset_free(&s->ctx, &dataset);
    }
    table_free(&t);
}

/* An immutable texture of the size, and its texels. */
static unsigned texture_new(int width, int height)
{
    unsigned texture = 0;
    gl.GenTextures(1, &texture);
    gl.BindTexture(GL__TEXTURE_2D, texture);
    gl.TexStorage2D(GL__TEXTURE_2D, 1, GL__RGBA8, width, height);
    gl.BindTexture(GL__TEXTURE_2D, 0);
    return texture;
}

static void texture_read(unsigned texture, int width, int height, uint8_t *texels)
{
    unsigned framebuffer = 0;
    gl.GenFramebuffers(1, &framebuffer);
    gl.BindFramebuffer(GL__FRAMEBUFFER, framebuffer);
    gl.FramebufferTexture2D(GL__FRAMEBUFFER, GL__COLOR_ATTACHMENT0, GL__TEXTURE_2D, texture, 0);
    gl.ReadPixels(0, 0, width, height, GL__RGBA, GL__UNSIGNED_BYTE, texels);
    gl.BindFramebuffer(GL__FRAMEBUFFER, 0);
    gl.DeleteFramebuffers(1, &framebuffer);
    CHECK_EQ(gl.GetError(), 0);
}

/* Shades both ways; the largest difference of a byte. */
static int shades_differ(session *s, unsigned texture, const pika_gl_grid *on_gpu, const pika_grid *grid,
    const pika_shade_desc *desc, const char *what)
{
    const pika_view *view = &pika_grid_get_desc(grid)->view;
    const size_t row = (size_t)view->width * 4;
    uint8_t *texels = (uint8_t *)malloc(2 * row * (size_t)view->height);
    pika_color_scale by_gpu, by_cpu;
    pika_shade_desc wanted = *desc;
    pika_image image;
    int y, largest = 0;
    size_t i;
    memset(&image, 0, sizeof image), memset(&by_gpu, 0, sizeof by_gpu), memset(&by_cpu, 0, sizeof by_cpu);
    image.width = view->width, image.height = view->height;
    image.pixels = texels + row * (size_t)view->height;
    image.bytes = row * (size_t)view->height;
    memset(texels, 0x5A, row * (size_t)view->height);
    if (desc->scale == NULL) wanted.scale_out = &by_gpu;
    if (!CHECK_OK(pika_gl_shade(&s->gl, texture, on_gpu, &wanted))) say(what), say(pika_last_error(&s->ctx));
    if (desc->scale == NULL) wanted.scale_out = &by_cpu;
    CHECK_OK(pika_shade(&s->ctx, &image, grid, &wanted));
    texture_read(texture, view->width, view->height, texels);
    for (y = 0; y < view->height; y++)
        for (i = 0; i < row; i++) {
            const int d =
                abs(texels[(size_t)y * row + i] - image.pixels[(size_t)(view->height - 1 - y) * row + i]);
            if (d > largest) largest = d;
        }
    if ((desc->plane & (PIKA_SUM | PIKA_MEAN)) == 0 && !CHECK(memcmp(&by_gpu, &by_cpu, sizeof by_gpu) == 0))
        say(what);
    free(texels);
    return largest;
}

/* count, any, min and max: the bytes of pika_shade, by every transfer, range, colormap and category. */
TEST(shade)
{
    static const unsigned planes[] = {0, PIKA_COUNT, PIKA_ANY, PIKA_MIN, PIKA_MAX};
    uint64_t random = test_now.seed + 16;
    const uint32_t pair[] = {0xFF0000FFu, 0x00FF0040u};
    pika_colormap own = {NULL, pair, NULL, 2, 1};
    int types, transfer, p, range, rounds = 0;
    for (types = 0; types < 3; types++) {
        static const int value_types[] = {PIKA_F32, PIKA_F64, PIKA_I64};
        session *s = session_of(PIKA_GL_AUTO);
        const pika_backend_stats before = session_stats(s);
        pika_grid_desc desc;
        pika_dataset dataset;
        pika_gl_grid on_gpu;
        pika_grid grid;
        pika_color_scale kept;
        unsigned texture;
        table t;
        if (way.quick && types == 2) continue;
        memset(&dataset, 0, sizeof dataset), memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
        plain_table(&t, types == 0 ? 60000 : 9000, &random);
        table_add(&t, VALUE, value_types[types], PACKED);
        fill_values(&t, VALUE, types == 1, &random);
        unit_desc(&desc, types == 0 ? 300 : 61, types == 0 ? 200 : 37);
        desc.planes = PIKA_ANY | PIKA_MIN | PIKA_MAX;
        desc.categories = types == 1 ? 3 : 0;
        texture = texture_new(desc.view.width, desc.view.height);
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
        CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
        CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, NULL));
        CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
        CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid));
        for (p = 0; p < 5; p++)
            for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++)
                for (range = 0; range < 4; range++) {
                    pika_shade_desc shade;
                    char what[120];
                    memset(&shade, 0, sizeof shade);
                    shade.plane = planes[p];
                    shade.transfer = transfer;
                    if (range == 1) shade.lo = 1, shade.hi = 9;
                    if (range == 2) shade.lo = -300, shade.hi = 250;
                    shade.colormap = rounds % 3 == 0   ? NULL
                                     : rounds % 3 == 1 ? pika_colormap_get(rounds % pika_colormap_count())
                                                       : &own;
                    shade.background = rounds % 2 == 0 ? 0 : 0x11223380u;
                    shade.category = desc.categories > 0 ? 1 + rounds % desc.categories : 0;
                    rounds++;
                    if (range == 3) { /* the scale of another plane, kept */
                        pika_image image;
                        pika_shade_desc other = shade;
                        memset(&image, 0, sizeof image);
                        other.plane = planes[(p + 2) % 5];
                        other.scale_out = &kept;
                        CHECK_OK(pika_image_alloc(&s->ctx, &image, desc.view.width, desc.view.height));
                        CHECK_OK(pika_shade(&s->ctx, &image, &grid, &other));
                        pika_image_free(&s->ctx, &image);
                        shade.scale = &kept;
                    }
                    snprintf(what, sizeof what, "plane 0x%x of %s values, transfer %d, range %d, category %d",
                        shade.plane, type_names[value_types[types]], transfer, range, shade.category);
                    if (!CHECK_EQ(shades_differ(s, texture, &on_gpu, &grid, &shade, what), 0)) say(what);
                }
        CHECK_EQ(shades_differ(s, texture, &on_gpu, &grid,
                     &(pika_shade_desc){.category = desc.categories > 0}, "defaults"),
            0);
        if (desc.categories > 0)
            CHECK_RESULT(pika_gl_shade(&s->gl, texture, &on_gpu, NULL), PIKA_ERR_UNSUPPORTED);
        cpu_made(s, &before, 0, "shade");
        pika_gl_grid_free(&s->gl, &on_gpu);
        pika_dataset_free(&s->ctx, &dataset);
        pika_grid_free(&s->ctx, &grid);
        gl.DeleteTextures(1, &texture);
        table_free(&t);
    }
}

/* An empty grid, one cell, and cells that are all the same: ranges without width. */
TEST(shade_flat_grids)
{
    int rows, transfer, plane;
    session *s = session_of(PIKA_GL_AUTO);
    for (rows = 0; rows < 3; rows++) {
        static const float x[] = {0.25f, 0.75f}, v[] = {-2, -2};
        pika_points points = pika_xy_f32(x, x, (size_t)rows);
        pika_grid_desc desc;
        pika_dataset dataset;
        pika_gl_grid on_gpu;
        pika_grid grid;
        unsigned texture = texture_new(16, 8);
        points.value = pika_f32(v);
        memset(&dataset, 0, sizeof dataset), memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
        unit_desc(&desc, 16, 8);
        desc.planes = PIKA_MIN;
        CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &points, NULL));
        CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
        CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, NULL));
        CHECK_OK(pika_grid_alloc(&s->ctx, &grid, &desc));
        CHECK_OK(pika_gl_read(&s->gl, &on_gpu, &grid));
        for (plane = 0; plane < 2; plane++)
            for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++) {
                pika_shade_desc shade;
                memset(&shade, 0, sizeof shade);
                shade.plane = plane == 0 ? PIKA_COUNT : PIKA_MIN;
                shade.transfer = transfer;
                CHECK_EQ(shades_differ(s, texture, &on_gpu, &grid, &shade, "flat"), 0);
            }
        pika_gl_grid_free(&s->gl, &on_gpu);
        pika_dataset_free(&s->ctx, &dataset);
        pika_grid_free(&s->ctx, &grid);
        gl.DeleteTextures(1, &texture);
    }
}

/* Sums and means are doubles on the CPU: at most one level of the colormap off, here one of a ramp. */
TEST(shade_sums)
{
    uint64_t random = test_now.seed + 17;
    const uint32_t ramp[] = {0x000000FFu, 0xFFFFFFFFu};
    const pika_colormap grey = {"ramp", ramp, NULL, 2, 0};
    session *s = session_of(PIKA_GL_AUTO);
    pika_grid_desc desc;
    pika_dataset dataset;
    pika_gl_grid on_gpu;
    pika_grid grid;
    unsigned texture;
    int transfer, plane, range;
    table t;
    memset(&dataset, 0, sizeof dataset), memset(&on_gpu, 0, sizeof on_gpu), memset(&grid, 0, sizeof grid);
    plain_table(&t, 20000, &random);
    table_nulls(&t, VALUE, 4, &random);
    unit_desc(&desc, 120, 80);
    desc.planes = PIKA_SUM | PIKA_MEAN;
    texture = texture_new(desc.view.width, desc.view.height);
    CHECK_OK(pika_dataset_create(&s->ctx, pika_gl_backend(&s->gl), &dataset, &t.points, NULL));
    CHECK_OK(pika_gl_grid_init(&s->gl, &on_gpu, &desc));
    CHECK_OK(pika_gl_aggregate(&s->gl, &dataset, &on_gpu, NULL));
    CHECK_OK(cpu_grid(&grid, &desc, &t.points)); /* the CPU's own sums */
    for (plane = 0; plane < 2; plane++)
        for (transfer = PIKA_SHADE_EQ_HIST; transfer <= PIKA_SHADE_CBRT; transfer++)
            for (range = 0; range < 2; range++) {
                pika_shade_desc shade;
                memset(&shade, 0, sizeof shade);
                shade.plane = plane == 0 ? PIKA_SUM : PIKA_MEAN;
                shade.transfer = transfer;
                shade.colormap = &grey;
                shade.background = 0x000000FFu;
                if (range == 1) shade.lo = -500, shade.hi = 800;
                CHECK(shades_differ(s, texture, &on_gpu, &grid, &shade, "sums") <= 1);
            }
    pika_gl_grid_free(&s->gl, &on_gpu);
    pika_dataset_free(&s->ctx, &dataset);
    pika_grid_free(NULL, &grid);
    gl.DeleteTextures(1, &texture);
    table_free(&t);
}

AREA(gl_results, LISTED(grids_on_the_gpu), LISTED(shade), LISTED(shade_flat_grids), LISTED(shade_sums));
