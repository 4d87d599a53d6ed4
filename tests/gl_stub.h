/* gl_stub.h - an OpenGL driver in plain C for the tests of pika_gl.h: no GPU, no libraries, any machine.
   Objects, errors, state and limits as the specification has them; compute and vertex shaders are run by
   glsl_run.h; and faults: the nth call of a function, or of any, fails as real drivers fail. What a driver
   would answer with undefined behaviour is kept as text in `misuse`, which every test wants empty.

   gl_stub stub;  stub_open(&stub, STUB_GL43);  desc.load_proc = stub_load;  ...  stub_close(&stub);
   GL calls carry no user pointer: the open stub is the current one, and there is one at a time. */
#ifndef GL_STUB_H
#define GL_STUB_H
#include "glsl_run.h"

#ifdef _WIN32
    #define STUB_CALL __stdcall
#else
    #define STUB_CALL
#endif

enum {         /* contexts */
    STUB_GL43, /* plain 4.3, reset notification, robustness */
    STUB_GL42, /* 4.2 with ARB_compute_shader and ARB_shader_storage_buffer_object */
    STUB_GL41, /* and without */
    STUB_GL21,
    STUB_ES31, /* with the least that it may have */
    STUB_ES30,
    STUB_ES30_BLEND, /* and blending of 32-bit floats */
    STUB_NONE        /* no context: no version string */
};

enum { /* faults */
    STUB_NO_FAULT,
    STUB_OUT_OF_MEMORY,
    STUB_INVALID,    /* GL errors; the call does nothing, but deletes delete */
    STUB_LOSE,       /* the context is reset at that call */
    STUB_ZERO,       /* does nothing and returns 0, without an error */
    STUB_BAD_STATUS, /* of glCompileShader, glLinkProgram, glProgramBinary: it failed */
    STUB_TIMEOUT,
    STUB_WAIT_FAILED,   /* of glClientWaitSync */
    STUB_UNMAP_FALSE,   /* unmaps, and says that the contents are lost */
    STUB_JUNK_RESET,    /* the reset status is none of the known */
    STUB_ENDLESS_ERROR, /* glGetError never ends */
    STUB_ADD_ONE,       /* of glDispatchCompute: the first cell of the planes is one more */
    STUB_MOVE_ONE,      /* and another one less: the sum is as it should be */
    STUB_DROP_ATOMIC    /* of glDispatchCompute: one atomic operation is lost */
};

enum { /* objects */
    STUB_BUFFER,
    STUB_SHADER,
    STUB_PROGRAM,
    STUB_TEXTURE,
    STUB_FRAMEBUFFER,
    STUB_VERTEX_ARRAY,
    STUB_QUERY,
    STUB_SYNC,
    STUB_SAMPLER,
    STUB_KINDS
};

enum {
    STUB_NAMES = 1024,
    STUB_INDEXED = 16,
    STUB_UNITS = 8,
    STUB_BLOB_FORMAT = 0x51AB,
    STUB_BLOB_MAGIC = 0x4755
};

typedef struct stub_limits {
    int es, major, minor;
    const char *version, *vendor, *renderer, *extensions; /* extensions: each between blanks */
    int invocations, group_size, group_count, shared_bytes, blocks, bindings, alignment, texture_size;
    int64_t block_bytes;
    int binary_formats, timer_bits, reset_strategy, context_flags;
    int half_blending;   /* blending adds up to 2,048 alone */
    int video_kib;       /* told by NVX_gpu_memory_info, where that is among the extensions */
    size_t buffer_bytes; /* more than that in all buffers: out of memory; 0 = no limit */
} stub_limits;

typedef struct stub_fault {
    int kind;
    const char *function; /* NULL = any */
    long at, count;       /* the first call that fails, from 1; how many: 0 = one, -1 = all from there on */
    long seen;
    int hit; /* it happened */
} stub_fault;

/* What a well-behaved guest leaves as it was: compared as bytes. */
typedef struct stub_state {
    unsigned program, buffer[16];
    unsigned storage[STUB_INDEXED];
    int64_t storage_offset[STUB_INDEXED], storage_size[STUB_INDEXED];
    unsigned active_texture, texture[STUB_UNITS], sampler[STUB_UNITS];
    struct {
        unsigned texture;
        int level, layered, layer;
        unsigned access, format;
    } image[STUB_UNITS];
    unsigned vertex_array, draw_framebuffer, read_framebuffer;
    float viewport[16][4];
    int scissor[4];
    unsigned read_clamp;
    float clear_color[4];
    unsigned blend[4], equation[2];
    unsigned char color_mask[STUB_UNITS][4];
    unsigned char blends[STUB_UNITS], scissors[16];
    unsigned char enabled[40];
    int pixel_store[16];
} stub_state;

typedef struct stub_object {
    int live, made,
        kind_of; /* made: bound once, so that it is an object and not only a name; of a shader: its kind */
    int linked, deleted; /* deleted: of shaders, programs that are still in use */
    uint8_t *data;
    size_t bytes;
    uint8_t *map, *map_memory; /* map_memory: what the guest sees, of exactly that length */
    size_t map_offset, map_bytes;
    unsigned map_access;
    int pending_plain, pending_atomic, pending_update; /* written by shaders, no barrier yet */
    long used;                                         /* the last command that used it */
    char *source;
    glsl_program *program;
    unsigned attached[4];
    int width, height, format; /* of a texture */
    long sequence;             /* of a sync; of a query: its time */
} stub_object;

enum { STUB_ATTRIBUTES = 8, STUB_ARRAYS = 64 };
typedef struct stub_attribute {
    unsigned buffer, type;
    int size, stride, enabled;
    size_t offset;
} stub_attribute;

typedef struct gl_stub {
    stub_limits limits;
    stub_attribute arrays[STUB_ARRAYS][STUB_ATTRIBUTES]; /* of vertex arrays, by name */
    stub_state state;
    stub_object objects[STUB_KINDS][STUB_NAMES];
    unsigned next[STUB_KINDS];
    unsigned errors[8];
    int error_count;
    stub_fault fault;
    const char *missing; /* load_proc has no such function */
    int lost, current;   /* current: 0 = the context is not current here: no call may come */
    long calls, called[128];
    long sequence, completed;
    long dispatches, compiles, binaries_loaded;
    size_t live_bytes, peak_bytes, uploaded;
    int backwards; /* work groups run in reverse order */
    char misuse[320];
    char unknown[80]; /* a program that could not be run */
} gl_stub;

static gl_stub *stub_now;

/* Nothing is held against the guest once a call of its own failed by a fault: a bind that did nothing ... */
static void stub_misuse(const char *what, const char *where)
{
    if (stub_now->fault.hit && stub_now->fault.kind < STUB_ADD_ONE) return;
    if (stub_now->misuse[0] == 0) snprintf(stub_now->misuse, sizeof stub_now->misuse, "%s: %s", where, what);
}

/* ---- the functions ----------------------------------------------------------------------------------- */

/* name, first version of GL and of GL ES (99 = none), an extension that has it too */
#define STUB_FUNCTIONS(F) \
    F(GetString, 10, 20, "") \
    F(GetStringi, 30, 30, "") \
    F(GetError, 10, 20, "") \
    F(GetIntegerv, 10, 20, "") \
    F(GetInteger64v, 32, 30, "") \
    F(GetIntegeri_v, 31, 31, "") \
    F(GetInteger64i_v, 32, 30, "") \
    F(GetFloatv, 10, 20, "") \
    F(GetBooleanv, 10, 20, "") \
    F(IsEnabled, 10, 20, "") \
    F(Enable, 10, 20, "") \
    F(Disable, 10, 20, "") \
    F(CreateShader, 20, 20, "") \
    F(ShaderSource, 20, 20, "") \
    F(CompileShader, 20, 20, "") \
    F(GetShaderiv, 20, 20, "") \
    F(GetShaderInfoLog, 20, 20, "") \
    F(DeleteShader, 20, 20, "") \
    F(CreateProgram, 20, 20, "") \
    F(AttachShader, 20, 20, "") \
    F(DetachShader, 20, 20, "") \
    F(BindAttribLocation, 20, 20, "") \
    F(LinkProgram, 20, 20, "") \
    F(UseProgram, 20, 20, "") \
    F(IsProgram, 20, 20, "") \
    F(GetProgramiv, 20, 20, "") \
    F(GetProgramInfoLog, 20, 20, "") \
    F(DeleteProgram, 20, 20, "") \
    F(ProgramParameteri, 41, 30, " GL_ARB_get_program_binary ") \
    F(GetProgramBinary, 41, 30, " GL_ARB_get_program_binary ") \
    F(ProgramBinary, 41, 30, " GL_ARB_get_program_binary ") \
    F(GetUniformLocation, 20, 20, "") \
    F(Uniform1i, 20, 20, "") \
    F(Uniform1ui, 30, 30, "") \
    F(Uniform2ui, 30, 30, "") \
    F(Uniform4ui, 30, 30, "") \
    F(Uniform4f, 20, 20, "") \
    F(Uniform4uiv, 30, 30, "") \
    F(Uniform4fv, 20, 20, "") \
    F(GenBuffers, 15, 20, "") \
    F(DeleteBuffers, 15, 20, "") \
    F(BindBuffer, 15, 20, "") \
    F(IsBuffer, 15, 20, "") \
    F(IsTexture, 11, 20, "") \
    F(BindBufferBase, 30, 30, "") \
    F(BindBufferRange, 30, 30, "") \
    F(BufferData, 15, 20, "") \
    F(BufferSubData, 15, 20, "") \
    F(GetBufferSubData, 15, 99, "") \
    F(GetBufferParameteriv, 15, 20, "") \
    F(GetBufferParameteri64v, 32, 30, "") \
    F(CopyBufferSubData, 31, 30, "") \
    F(ClearBufferData, 43, 99, "") \
    F(ClearBufferSubData, 43, 99, "") \
    F(MapBufferRange, 30, 30, "") \
    F(FlushMappedBufferRange, 30, 30, "") \
    F(UnmapBuffer, 15, 30, "") \
    F(DispatchCompute, 43, 31, " GL_ARB_compute_shader ") \
    F(MemoryBarrier, 42, 31, " GL_ARB_shader_image_load_store ") \
    F(Finish, 10, 20, "") \
    F(Flush, 10, 20, "") \
    F(FenceSync, 32, 30, "") \
    F(ClientWaitSync, 32, 30, "") \
    F(DeleteSync, 32, 30, "") \
    F(GenQueries, 15, 30, "") \
    F(DeleteQueries, 15, 30, "") \
    F(QueryCounter, 33, 99, "") \
    F(GetQueryiv, 15, 30, "") \
    F(GetQueryObjectuiv, 15, 30, "") \
    F(GetQueryObjectui64v, 33, 99, "") \
    F(GenVertexArrays, 30, 30, "") \
    F(BindVertexArray, 30, 30, "") \
    F(DeleteVertexArrays, 30, 30, "") \
    F(GenTextures, 11, 20, "") \
    F(BindTexture, 11, 20, "") \
    F(ActiveTexture, 13, 20, "") \
    F(DeleteTextures, 11, 20, "") \
    F(TexStorage2D, 42, 30, " GL_ARB_texture_storage ") \
    F(TexParameteri, 10, 20, "") \
    F(GetTexParameteriv, 10, 20, "") \
    F(GetTexLevelParameteriv, 10, 31, "") \
    F(BindSampler, 33, 30, "") \
    F(BindImageTexture, 42, 31, " GL_ARB_shader_image_load_store ") \
    F(GenFramebuffers, 30, 20, "") \
    F(BindFramebuffer, 30, 20, "") \
    F(DeleteFramebuffers, 30, 20, "") \
    F(FramebufferTexture2D, 30, 20, "") \
    F(CheckFramebufferStatus, 30, 20, "") \
    F(Viewport, 10, 20, "") \
    F(BlendEquationSeparate, 20, 20, "") \
    F(BlendFuncSeparate, 14, 20, "") \
    F(ColorMask, 10, 20, "") \
    F(ClearColor, 10, 20, "") \
    F(Clear, 10, 20, "") \
    F(PixelStorei, 10, 20, "") \
    F(ReadPixels, 10, 20, "") \
    F(TexImage2D, 10, 20, "") \
    F(TexSubImage2D, 11, 20, "") \
    F(VertexAttribIPointer, 30, 30, "") \
    F(EnableVertexAttribArray, 20, 20, "") \
    F(IsEnabledi, 30, 32, "") \
    F(Enablei, 30, 32, "") \
    F(Disablei, 30, 32, "") \
    F(ColorMaski, 30, 32, "") \
    F(BlendEquationSeparatei, 40, 32, "") \
    F(BlendFuncSeparatei, 40, 32, "") \
    F(ViewportIndexedf, 41, 99, "") \
    F(ClampColor, 30, 99, "") \
    F(DrawArrays, 11, 20, "") \
    F(GetGraphicsResetStatus, 45, 99, " GL_KHR_robustness ") \
    F(GetGraphicsResetStatusKHR, 99, 99, " GL_KHR_robustness ") \
    F(GetGraphicsResetStatusARB, 99, 99, " GL_ARB_robustness ") \
    F(GetGraphicsResetStatusEXT, 99, 99, " GL_EXT_robustness ")

enum {
#define STUB_ID(name, gl, es, extension) STUB_F_##name,
    STUB_FUNCTIONS(STUB_ID)
#undef STUB_ID
        STUB_FUNCTION_COUNT
};

static const struct {
    const char *name;
    int gl, es;
    const char *extension;
} stub_functions[] = {
#define STUB_ROW(name, gl, es, extension) {"gl" #name, gl, es, extension},
    STUB_FUNCTIONS(STUB_ROW)
#undef STUB_ROW
};

static void stub_error(unsigned error)
{
    int i;
    for (i = 0; i < stub_now->error_count; i++)
        if (stub_now->errors[i] == error) return; /* a flag each, as the specification has it */
    if (stub_now->error_count < 8) stub_now->errors[stub_now->error_count++] = error;
}

static int stub_fault_hits(int id)
{
    stub_fault *fault = &stub_now->fault;
    if (fault->kind == STUB_NO_FAULT) return 0;
    if (fault->function != NULL && strcmp(fault->function, stub_functions[id].name) != 0) return 0;
    fault->seen++;
    if (fault->seen < fault->at) return 0;
    if (fault->count >= 0 && fault->seen >= fault->at + (fault->count > 0 ? fault->count : 1)) return 0;
    return 1;
}

/* 0: go on. 1: the call does nothing. Faults of one function are told in *special. */
static int stub_enter(int id, int *special)
{
    const char *name = stub_functions[id].name;
    const int deletes = strncmp(name, "glDelete", 8) == 0 || id == STUB_F_UnmapBuffer;
    int version, wanted, hit, suffix;
    *special = STUB_NO_FAULT;
    stub_now->calls++;
    stub_now->called[id]++;
    if (!stub_now->current) stub_misuse("a call while the context is not current", name);
    hit = stub_fault_hits(id);
    if (hit && stub_now->fault.kind == STUB_LOSE) {
        stub_now->fault.hit = 1;
        stub_now->lost = 1;
    }
    if (stub_now->lost) return 1;
    if (stub_now->limits.version == NULL) {
        if (id != STUB_F_GetString && id != STUB_F_GetError) stub_misuse("a call without a context", name);
        return 1;
    }
    version = stub_now->limits.major * 10 + stub_now->limits.minor;
    wanted = stub_now->limits.es ? stub_functions[id].es : stub_functions[id].gl;
    /* GL_KHR_robustness: no suffix in OpenGL, KHR in OpenGL ES */
    suffix = id == STUB_F_GetGraphicsResetStatusKHR && !stub_now->limits.es;
    if (id == STUB_F_GetGraphicsResetStatus && stub_now->limits.es && version < 32) suffix = 1;
    if (suffix || (version < wanted &&
                      (stub_functions[id].extension[0] == 0 ||
                          strstr(stub_now->limits.extensions, stub_functions[id].extension) == NULL))) {
        stub_misuse("a function that this context does not have", name);
        stub_error(0x502);
        return 1;
    }
    if (!hit) return 0;
    if (stub_now->fault.kind == STUB_OUT_OF_MEMORY || stub_now->fault.kind == STUB_INVALID) {
        if (id == STUB_F_GetError) return 0;
        stub_error(stub_now->fault.kind == STUB_INVALID ? 0x502u : 0x505u);
        stub_now->fault.hit = 1;
        return !deletes;
    }
    stub_now->fault.hit = 1;
    if (stub_now->fault.kind == STUB_ZERO) return 1;
    *special = stub_now->fault.kind;
    return 0;
}

#define STUB_ENTER(name) \
    int special; \
    if (stub_enter(STUB_F_##name, &special)) return; \
    (void)special
#define STUB_ENTER_OR(name, value) \
    int special; \
    if (stub_enter(STUB_F_##name, &special)) return value; \
    (void)special

static stub_object *stub_object_of(int kind, unsigned name)
{
    if (name == 0 || name >= STUB_NAMES || !stub_now->objects[kind][name].live) return NULL;
    return &stub_now->objects[kind][name];
}

/* A name is given again only once all others were: a stale one is found out. */
static unsigned stub_new(int kind)
{
    unsigned name = ++stub_now->next[kind];
    if (name >= STUB_NAMES) {
        stub_now->next[kind] = STUB_NAMES - 1;
        for (name = 1; name < STUB_NAMES && stub_now->objects[kind][name].live; name++) {}
    }
    if (name >= STUB_NAMES) {
        fprintf(stderr, "gl_stub: more than %d names\n", STUB_NAMES);
        abort();
    }
    memset(&stub_now->objects[kind][name], 0, sizeof stub_now->objects[kind][name]);
    stub_now->objects[kind][name].live = 1;
    return name;
}

static void stub_drop_memory(stub_object *object)
{
    stub_now->live_bytes -= object->bytes;
    free(object->data);
    free(object->map_memory);
    object->data = object->map = object->map_memory = NULL;
    object->bytes = 0;
}

/* Programs that were compiled once wait here for the same source: most are those of the test before. */
enum { STUB_COMPILED = 64 };
static struct {
    glsl_program *program[STUB_COMPILED];
    char *source[STUB_COMPILED];
    int next;
} stub_compiled;

static char *stub_copy(const char *text, size_t n)
{
    char *copy = (char *)malloc(n + 1);
    if (copy == NULL) abort();
    memcpy(copy, text, n);
    copy[n] = 0;
    return copy;
}

static glsl_program *stub_compile(const char *source)
{
    glsl_program *program;
    int i;
    for (i = 0; i < STUB_COMPILED; i++) {
        program = stub_compiled.program[i];
        if (program == NULL || strcmp(stub_compiled.source[i], source) != 0) continue;
        free(stub_compiled.source[i]);
        stub_compiled.program[i] = NULL;
        stub_compiled.source[i] = NULL;
        memset(program->uniforms, 0, sizeof program->uniforms);
        return program;
    }
    return glsl_compile(source);
}

static void stub_keep_compiled(glsl_program *program, const char *source)
{
    const int i = stub_compiled.next++ % STUB_COMPILED;
    if (stub_compiled.program[i] != NULL) glsl_free(stub_compiled.program[i]);
    free(stub_compiled.source[i]);
    stub_compiled.program[i] = program;
    stub_compiled.source[i] = stub_copy(source, strlen(source));
}

static void stub_drop(int kind, stub_object *object)
{
    if (kind == STUB_BUFFER) stub_drop_memory(object);
    else free(object->data);
    if (object->program != NULL) stub_keep_compiled(object->program, object->source);
    free(object->source);
    memset(object, 0, sizeof *object);
}

static int stub_live(const gl_stub *stub, int kind)
{
    int i, n = 0;
    for (i = 0; i <= (int)stub->next[kind]; i++) n += stub->objects[kind][i].live;
    return n;
}

/* ---- queries ----------------------------------------------------------------------------------------- */

static const unsigned char *STUB_CALL stub_GetString(unsigned name)
{
    const char *text;
    STUB_ENTER_OR(GetString, NULL);
    switch (name) {
    case 0x1F00: text = stub_now->limits.vendor; break;
    case 0x1F01: text = stub_now->limits.renderer; break;
    case 0x1F02: text = stub_now->limits.version; break;
    case 0x8B8C: text = stub_now->limits.es ? "OpenGL ES GLSL ES 3.10" : "4.30"; break;
    case 0x1F03:
        if (stub_now->limits.major >= 3 && !stub_now->limits.es) {
            stub_error(0x500);
            return NULL;
        }
        text = stub_now->limits.extensions;
        break;
    default: stub_error(0x500); return NULL;
    }
    return (const unsigned char *)text;
}

static int stub_extension_count(void)
{
    const char *at = stub_now->limits.extensions;
    int n = 0;
    for (; *at != 0; at++) n += at[0] == ' ' && at[1] != 0 && at[1] != ' ';
    return n;
}

static const unsigned char *STUB_CALL stub_GetStringi(unsigned name, unsigned index)
{
    static char text[64];
    const char *at = stub_now->limits.extensions;
    size_t n;
    STUB_ENTER_OR(GetStringi, NULL);
    if (name != 0x1F03 || index >= (unsigned)stub_extension_count()) {
        stub_error(name != 0x1F03 ? 0x500u : 0x501u);
        return NULL;
    }
    for (;; at++)
        if (at[0] == ' ' && at[1] != 0 && at[1] != ' ' && index-- == 0) break;
    for (n = 0; n < sizeof text - 1 && at[1 + n] != ' ' && at[1 + n] != 0; n++) text[n] = at[1 + n];
    text[n] = 0;
    return (const unsigned char *)text;
}

static unsigned STUB_CALL stub_GetError(void)
{
    unsigned error;
    int special;
    stub_now->fault.seen -= stub_now->fault.function == NULL && stub_now->fault.kind != STUB_LOSE;
    (void)stub_enter(STUB_F_GetError, &special);
    if (stub_now->lost) return 0x507;
    if (stub_now->fault.kind == STUB_ENDLESS_ERROR && stub_now->fault.seen >= stub_now->fault.at) {
        stub_now->fault.hit = 1;
        return 0x502;
    }
    if (stub_now->error_count == 0) return 0;
    error = stub_now->errors[0];
    stub_now->error_count--;
    memmove(stub_now->errors, stub_now->errors + 1, (size_t)stub_now->error_count * sizeof(unsigned));
    return error;
}

static int stub_has(const char *extension) { return strstr(stub_now->limits.extensions, extension) != NULL; }

static int stub_version(int gl, int es)
{
    const int version = stub_now->limits.major * 10 + stub_now->limits.minor;
    return version >= (stub_now->limits.es ? es : gl);
}

static int stub_target(unsigned target) /* index of state.buffer; -1 = unknown */
{
    static const unsigned targets[] = {
        0x8892, 0x8893, 0x8F36, 0x8F37, 0x90D2, 0x8A11, 0x88EB, 0x88EC, 0x8C2A, 0x90EE, 0x8F3F};
    int i;
    for (i = 0; i < (int)(sizeof targets / sizeof targets[0]); i++)
        if (targets[i] == target) return i;
    return -1;
}

static int stub_enable_index(unsigned cap)
{
    static const unsigned caps[] = {0x0BE2, 0x0B44, 0x0B71, 0x0BD0, 0x0B90, 0x0C11, 0x8037, 0x809E, 0x80A0,
        0x8C89, 0x8642, 0x8DB9, 0x0BF2, 0x8D69, 0x8F9D, 0x809D, 0x8E51, 0x92E0, 0x8242, 0x8C36, 0x809F,
        0x3000, 0x3001, 0x3002, 0x3003, 0x3004, 0x3005, 0x3006, 0x3007};
    int i;
    for (i = 0; i < (int)(sizeof caps / sizeof caps[0]); i++)
        if (caps[i] == cap) return i;
    return -1;
}

static int stub_pixel_index(unsigned name)
{
    if (name >= 0x0CF0 && name <= 0x0CF5) return (int)(name - 0x0CF0); /* unpack */
    if (name >= 0x0D00 && name <= 0x0D05) return (int)(name - 0x0D00) + 6;
    return -1;
}

/* The values of a query by name: how many, 0 = unknown. */
static int stub_query(unsigned name, int64_t value[4])
{
    const stub_limits *limits = &stub_now->limits;
    const stub_state *state = &stub_now->state;
    const int compute = stub_version(43, 31) || stub_has(" GL_ARB_compute_shader ");
    const int storage = stub_version(43, 31) || stub_has(" GL_ARB_shader_storage_buffer_object ");
    int i;
    if (stub_enable_index(name) >= 0) {
        value[0] = state->enabled[stub_enable_index(name)];
        return 1;
    }
    if (stub_pixel_index(name) >= 0) {
        value[0] = state->pixel_store[stub_pixel_index(name)];
        return 1;
    }
    switch (name) {
    case 0x821B: value[0] = limits->major; return limits->major >= 3;
    case 0x821C: value[0] = limits->minor; return limits->major >= 3;
    case 0x821D: value[0] = stub_extension_count(); return limits->major >= 3;
    case 0x821E: value[0] = limits->context_flags; return limits->major >= 3;
    case 0x8256: value[0] = limits->reset_strategy; return stub_version(45, 32) || stub_has("_robustness ");
    case 0x90EB: value[0] = limits->invocations; return compute;
    case 0x8262: value[0] = limits->shared_bytes; return compute;
    case 0x90DB: value[0] = limits->blocks; return storage;
    case 0x90DD: value[0] = limits->bindings; return storage;
    case 0x90DE: value[0] = limits->block_bytes; return storage;
    case 0x90DF: value[0] = limits->alignment; return storage;
    case 0x8263: value[0] = 1024; return compute;
    case 0x0D33: value[0] = limits->texture_size; return 1;
    case 0x0D3A: value[0] = value[1] = limits->texture_size; return 2;
    case 0x8B4D:
    case 0x8872: value[0] = 16; return 1;
    case 0x8F38: value[0] = 8; return stub_version(42, 31); /* image units */
    case 0x90CA: value[0] = 8; return compute;              /* in compute shaders */
    case 0x91BD: value[0] = 8; return compute;
    case 0x91BC: value[0] = 16; return compute;
    case 0x8C2B: value[0] = 65536; return stub_version(31, 32);
    case 0x87FE:
        value[0] = limits->binary_formats;
        return stub_version(41, 30) || stub_has(" GL_ARB_get_program_binary ");
    case 0x87FF:
        for (i = 0; i < limits->binary_formats && i < 4; i++) value[i] = STUB_BLOB_FORMAT;
        return limits->binary_formats > 0 ? limits->binary_formats : 0;
    case 0x9048:
    case 0x9049:
    case 0x9047: value[0] = limits->video_kib; return stub_has(" GL_NVX_gpu_memory_info ");
    case 0x87FB:
    case 0x87FC:
    case 0x87FD:
        for (i = 0; i < 4; i++) value[i] = limits->video_kib;
        return stub_has(" GL_ATI_meminfo ") ? 4 : 0;
    case 0x8B8D: value[0] = state->program; return 1;
    case 0x8894: value[0] = state->buffer[0]; return 1;
    case 0x8F36: value[0] = state->buffer[2]; return 1;
    case 0x8F37: value[0] = state->buffer[3]; return 1;
    case 0x90D3: value[0] = state->buffer[4]; return storage;
    case 0x88ED: value[0] = state->buffer[6]; return 1;
    case 0x88EF: value[0] = state->buffer[7]; return 1;
    case 0x84E0: value[0] = 0x84C0 + state->active_texture; return 1;
    case 0x8069: value[0] = state->texture[state->active_texture]; return 1;
    case 0x8919: value[0] = state->sampler[state->active_texture]; return stub_version(33, 30);
    case 0x85B5: value[0] = state->vertex_array; return 1;
    case 0x8CA6: value[0] = state->draw_framebuffer; return 1;
    case 0x8CAA: value[0] = state->read_framebuffer; return 1;
    case 0x0BA2:
    case 0x0C10:
        for (i = 0; i < 4; i++)
            value[i] = name == 0x0BA2 ? (int64_t)state->viewport[0][i] : state->scissor[i];
        return 4;
    case 0x80C9:
    case 0x80C8:
    case 0x80CB:
    case 0x80CA:
        i = name == 0x80C9 ? 0 : name == 0x80C8 ? 1 : name == 0x80CB ? 2 : 3;
        value[0] = state->blend[i];
        return 1;
    case 0x8009: value[0] = state->equation[0]; return 1;
    case 0x883D: value[0] = state->equation[1]; return 1;
    case 0x0C23:
        for (i = 0; i < 4; i++) value[i] = state->color_mask[0][i];
        return 4;
    case 0x891C: value[0] = state->read_clamp; return !limits->es && limits->major >= 3;
    case 0x9126: value[0] = 1; return stub_version(32, 99); /* core */
    case 0x8B9A: value[0] = 0x1406; return 1;               /* what may be read: red floats */
    case 0x8B9B: value[0] = 0x1903; return 1;
    case 0x8FBB: value[0] = 0; return stub_has(" GL_EXT_disjoint_timer_query "); /* disjoint */
    default: return 0;
    }
}

static int stub_query_or_error(unsigned name, int64_t value[4])
{
    char text[48];
    const int n = stub_query(name, value);
    if (n > 0) return n;
    stub_error(0x500);
    if (name == 0x87FF || name == 0x821B || name == 0x821C) return 0; /* asked before one knows */
    snprintf(text, sizeof text, "glGet of 0x%04x", name);
    stub_misuse("no such value in this context", text);
    return 0;
}

static void STUB_CALL stub_GetIntegerv(unsigned name, int *out)
{
    int64_t value[4] = {0, 0, 0, 0};
    int i, n;
    STUB_ENTER(GetIntegerv);
    n = stub_query_or_error(name, value);
    for (i = 0; i < n; i++) out[i] = value[i] > 0x7FFFFFFF ? 0x7FFFFFFF : (int)value[i];
}

static void STUB_CALL stub_GetInteger64v(unsigned name, int64_t *out)
{
    int64_t value[4] = {0, 0, 0, 0};
    int i, n;
    STUB_ENTER(GetInteger64v);
    n = stub_query_or_error(name, value);
    for (i = 0; i < n; i++) out[i] = value[i];
}

static void STUB_CALL stub_GetFloatv(unsigned name, float *out)
{
    int64_t value[4] = {0, 0, 0, 0};
    int i, n;
    STUB_ENTER(GetFloatv);
    if (name == 0x0C22) {
        memcpy(out, stub_now->state.clear_color, 16);
        return;
    }
    n = stub_query_or_error(name, value);
    for (i = 0; i < n; i++) out[i] = (float)value[i];
}

static void STUB_CALL stub_GetBooleanv(unsigned name, unsigned char *out)
{
    int64_t value[4] = {0, 0, 0, 0};
    int i, n;
    STUB_ENTER(GetBooleanv);
    n = stub_query_or_error(name, value);
    for (i = 0; i < n; i++) out[i] = value[i] != 0;
}

static int stub_query_indexed(unsigned name, unsigned index, int64_t *value)
{
    const stub_state *state = &stub_now->state;
    switch (name) {
    case 0x91BE: *value = stub_now->limits.group_count; return index < 3;
    case 0x91BF: *value = index < 2 ? stub_now->limits.group_size : 64; return index < 3;
    default: break;
    }
    if (name >= 0x90D3 && name <= 0x90D5 && index < STUB_INDEXED && (int)index < stub_now->limits.bindings) {
        *value = name == 0x90D3   ? state->storage[index]
                 : name == 0x90D4 ? state->storage_offset[index]
                                  : state->storage_size[index];
        return 1;
    }
    if (index < STUB_UNITS) switch (name) {
        case 0x8F3A: *value = state->image[index].texture; return 1;
        case 0x8F3B: *value = state->image[index].level; return 1;
        case 0x8F3C: *value = state->image[index].layered; return 1;
        case 0x8F3D: *value = state->image[index].layer; return 1;
        case 0x8F3E: *value = state->image[index].access; return 1;
        case 0x906E: *value = state->image[index].format; return 1;
        default: break;
        }
    return 0;
}

static void STUB_CALL stub_GetIntegeri_v(unsigned name, unsigned index, int *out)
{
    int64_t value = 0;
    STUB_ENTER(GetIntegeri_v);
    if (stub_query_indexed(name, index, &value)) *out = (int)value;
    else {
        stub_error(0x501);
        stub_misuse("no such value in this context", "glGetIntegeri_v");
    }
}

static void STUB_CALL stub_GetInteger64i_v(unsigned name, unsigned index, int64_t *out)
{
    int64_t value = 0;
    STUB_ENTER(GetInteger64i_v);
    if (stub_query_indexed(name, index, &value)) *out = value;
    else {
        stub_error(0x501);
        stub_misuse("no such value in this context", "glGetInteger64i_v");
    }
}

static unsigned char STUB_CALL stub_IsEnabled(unsigned cap)
{
    const int i = stub_enable_index(cap);
    STUB_ENTER_OR(IsEnabled, 0);
    if (i < 0) stub_error(0x500);
    return i < 0 ? 0 : stub_now->state.enabled[i];
}

static void stub_set_enabled(unsigned cap, unsigned char value)
{
    const int i = stub_enable_index(cap);
    if (i < 0) stub_error(0x500);
    else stub_now->state.enabled[i] = value;
    if (cap == 0x0BE2) memset(stub_now->state.blends, value, sizeof stub_now->state.blends);
    if (cap == 0x0C11) memset(stub_now->state.scissors, value, sizeof stub_now->state.scissors);
}
static void stub_set_enabled_place(unsigned cap, unsigned place, unsigned char value)
{
    if (cap == 0x0BE2 && place < STUB_UNITS) stub_now->state.blends[place] = value;
    else if (cap == 0x0C11 && place < 16) stub_now->state.scissors[place] = value;
    else stub_error(0x501);
    if (place == 0) stub_now->state.enabled[stub_enable_index(cap)] = value;
}
static unsigned char STUB_CALL stub_IsEnabledi(unsigned cap, unsigned place)
{
    STUB_ENTER_OR(IsEnabledi, 0);
    if (cap == 0x0BE2 && place < STUB_UNITS) return stub_now->state.blends[place];
    if (cap == 0x0C11 && place < 16) return stub_now->state.scissors[place];
    stub_error(0x501);
    return 0;
}
static void STUB_CALL stub_Enablei(unsigned cap, unsigned place)
{
    STUB_ENTER(Enablei);
    stub_set_enabled_place(cap, place, 1);
}
static void STUB_CALL stub_Disablei(unsigned cap, unsigned place)
{
    STUB_ENTER(Disablei);
    stub_set_enabled_place(cap, place, 0);
}

static void STUB_CALL stub_Enable(unsigned cap)
{
    STUB_ENTER(Enable);
    stub_set_enabled(cap, 1);
}
static void STUB_CALL stub_Disable(unsigned cap)
{
    STUB_ENTER(Disable);
    stub_set_enabled(cap, 0);
}

/* GL_GUILTY_CONTEXT_RESET once it is lost. */
static unsigned stub_reset_status(int special)
{
    if (special == STUB_JUNK_RESET) return 0xDEADBEEFu;
    return stub_now->lost && stub_now->limits.reset_strategy == 0x8252 ? 0x8253u : 0;
}
#define STUB_RESET_STATUS(name) \
    static unsigned STUB_CALL stub_##name(void) \
    { \
        int special; \
        (void)stub_enter(STUB_F_##name, &special); \
        return stub_reset_status(special); \
    }
STUB_RESET_STATUS(GetGraphicsResetStatus)
STUB_RESET_STATUS(GetGraphicsResetStatusKHR)
STUB_RESET_STATUS(GetGraphicsResetStatusARB)
STUB_RESET_STATUS(GetGraphicsResetStatusEXT)

/* ---- shaders and programs ---------------------------------------------------------------------------- */

static unsigned STUB_CALL stub_CreateShader(unsigned kind)
{
    unsigned name;
    STUB_ENTER_OR(CreateShader, 0);
    if (kind != 0x91B9 && kind != 0x8B30 && kind != 0x8B31) {
        stub_error(0x500);
        return 0;
    }
    name = stub_new(STUB_SHADER);
    stub_now->objects[STUB_SHADER][name].kind_of = (int)kind;
    return name;
}

static void STUB_CALL stub_ShaderSource(unsigned name, int count, const char *const *text, const int *lengths)
{
    stub_object *shader = stub_object_of(STUB_SHADER, name);
    size_t n = 0, at = 0;
    int i;
    STUB_ENTER(ShaderSource);
    if (shader == NULL) {
        stub_error(0x501);
        return;
    }
    for (i = 0; i < count; i++)
        n += lengths != NULL && lengths[i] >= 0 ? (size_t)lengths[i] : strlen(text[i]);
    if (shader->program != NULL) stub_keep_compiled(shader->program, shader->source);
    shader->program = NULL;
    free(shader->source);
    shader->source = (char *)malloc(n + 1);
    if (shader->source == NULL) abort();
    for (i = 0; i < count; i++) {
        const size_t length = lengths != NULL && lengths[i] >= 0 ? (size_t)lengths[i] : strlen(text[i]);
        memcpy(shader->source + at, text[i], length);
        at += length;
    }
    shader->source[n] = 0;
}

static void STUB_CALL stub_CompileShader(unsigned name)
{
    stub_object *shader = stub_object_of(STUB_SHADER, name);
    STUB_ENTER(CompileShader);
    if (shader == NULL) {
        stub_error(0x501);
        return;
    }
    stub_now->compiles++;
    shader->linked = 0;
    if (special == STUB_BAD_STATUS || shader->source == NULL) return;
    if (shader->kind_of == 0x8B30) { /* not run: all that is asked is that it begins well */
        shader->linked = strncmp(shader->source, "#version ", 9) == 0;
        return;
    }
    if (shader->program != NULL) stub_keep_compiled(shader->program, shader->source);
    shader->program = stub_compile(shader->source);
    shader->linked = shader->program->error[0] == 0;
    if (shader->program->es != stub_now->limits.es) shader->linked = 0;
}

static void stub_write_log(const char *text, int room, int *length, char *out)
{
    int n = (int)strlen(text);
    if (room <= 0) return;
    if (n > room - 1) n = room - 1;
    memcpy(out, text, (size_t)n);
    out[n] = 0;
    if (length != NULL) *length = n;
}

static void STUB_CALL stub_GetShaderiv(unsigned name, unsigned what, int *out)
{
    const stub_object *shader = stub_object_of(STUB_SHADER, name);
    STUB_ENTER(GetShaderiv);
    if (shader == NULL) stub_error(0x501);
    else if (what == 0x8B81) *out = shader->linked;
    else if (what == 0x8B84) *out = 240;
    else if (what == 0x8B4F) *out = shader->kind_of;
    else stub_error(0x500);
}

static void STUB_CALL stub_GetShaderInfoLog(unsigned name, int room, int *length, char *out)
{
    const stub_object *shader = stub_object_of(STUB_SHADER, name);
    STUB_ENTER(GetShaderInfoLog);
    if (shader == NULL) stub_error(0x501);
    else
        stub_write_log(shader->linked            ? ""
                       : shader->program != NULL ? shader->program->error
                                                 : "error: the stub was told so",
            room, length, out);
}

static void STUB_CALL stub_DeleteShader(unsigned name)
{
    stub_object *shader = stub_object_of(STUB_SHADER, name);
    unsigned i;
    int k;
    STUB_ENTER(DeleteShader);
    if (name == 0) return;
    if (shader == NULL) {
        stub_error(0x501);
        return;
    }
    for (i = 1; i <= stub_now->next[STUB_PROGRAM]; i++)
        for (k = 0; k < 4; k++)
            if (stub_now->objects[STUB_PROGRAM][i].live &&
                stub_now->objects[STUB_PROGRAM][i].attached[k] == name) {
                shader->deleted = 1;
                return;
            }
    stub_drop(STUB_SHADER, shader);
}

static unsigned STUB_CALL stub_CreateProgram(void)
{
    STUB_ENTER_OR(CreateProgram, 0);
    return stub_new(STUB_PROGRAM);
}

static void STUB_CALL stub_AttachShader(unsigned name, unsigned shader)
{
    stub_object *program = stub_object_of(STUB_PROGRAM, name);
    int k;
    STUB_ENTER(AttachShader);
    if (program == NULL || stub_object_of(STUB_SHADER, shader) == NULL) {
        stub_error(0x501);
        return;
    }
    for (k = 0; k < 4; k++)
        if (program->attached[k] == 0) {
            program->attached[k] = shader;
            return;
        }
    stub_error(0x502);
}

static void stub_detach(stub_object *program, int k)
{
    stub_object *shader = stub_object_of(STUB_SHADER, program->attached[k]);
    program->attached[k] = 0;
    if (shader != NULL && shader->deleted) stub_drop(STUB_SHADER, shader);
}

static void STUB_CALL stub_DetachShader(unsigned name, unsigned shader)
{
    stub_object *program = stub_object_of(STUB_PROGRAM, name);
    int k;
    STUB_ENTER(DetachShader);
    for (k = 0; program != NULL && k < 4; k++)
        if (program->attached[k] == shader && shader != 0) {
            stub_detach(program, k);
            return;
        }
    stub_error(program == NULL ? 0x501u : 0x502u);
}

static void STUB_CALL stub_BindAttribLocation(unsigned name, unsigned index, const char *attribute)
{
    STUB_ENTER(BindAttribLocation);
    if (stub_object_of(STUB_PROGRAM, name) == NULL || index > 15 || attribute == NULL) stub_error(0x501);
}

/* The storage blocks and shared memory within the limits? "" = yes. */
static const char *stub_over_limits(const glsl_program *p)
{
    const stub_limits *limits = &stub_now->limits;
    unsigned used = 0;
    int i, n = 0;
    for (i = 0; i < p->variable_count; i++)
        if (p->variables[i]->storage == GLSL_BUFFER) used |= 1u << p->variables[i]->binding;
    for (i = 0; i < 16; i++) n += (int)((used >> i) & 1u);
    if (n > limits->blocks || (used >> limits->bindings) != 0) return "too many storage blocks";
    if (p->shared_words * 4 > limits->shared_bytes) return "too much shared memory";
    if (p->local_size[0] * p->local_size[1] * p->local_size[2] > limits->invocations ||
        p->local_size[0] > limits->group_size || p->local_size[1] > limits->group_size ||
        p->local_size[2] > 64)
        return "too many invocations in a work group";
    return "";
}

static int stub_draws(const stub_object *program) { return program->program->attribute_count > 0; }

static void STUB_CALL stub_LinkProgram(unsigned name)
{
    stub_object *program = stub_object_of(STUB_PROGRAM, name), *shader;
    int k, n = 0;
    STUB_ENTER(LinkProgram);
    if (program == NULL) {
        stub_error(0x501);
        return;
    }
    program->linked = 0;
    if (program->program != NULL) stub_keep_compiled(program->program, program->source);
    free(program->source);
    program->source = NULL;
    program->program = NULL;
    if (special == STUB_BAD_STATUS) return;
    for (k = 0; k < 4; k++) {
        shader = stub_object_of(STUB_SHADER, program->attached[k]);
        if (shader == NULL) continue;
        if (!shader->linked) return;
        n++;
        if (shader->kind_of != 0x8B30) { /* a fragment shader writes ones, and is not run */
            program->source = stub_copy(shader->source, strlen(shader->source));
            program->program = stub_compile(program->source);
            if (stub_over_limits(program->program)[0] != 0) return;
        }
    }
    program->linked = n > 0 && program->program != NULL && (n == 2) == stub_draws(program);
}

static void STUB_CALL stub_UseProgram(unsigned name)
{
    const stub_object *program = stub_object_of(STUB_PROGRAM, name);
    stub_object *before = stub_object_of(STUB_PROGRAM, stub_now->state.program);
    STUB_ENTER(UseProgram);
    if (name != 0 && (program == NULL || program->deleted)) stub_error(0x501);
    else if (name != 0 && !program->linked) stub_error(0x502);
    else {
        stub_now->state.program = name;
        if (before != NULL && before != program && before->deleted) stub_drop(STUB_PROGRAM, before);
    }
}

static unsigned char STUB_CALL stub_IsProgram(unsigned name)
{
    STUB_ENTER_OR(IsProgram, 0);
    return stub_object_of(STUB_PROGRAM, name) != NULL;
}

static size_t stub_blob_bytes(const stub_object *program)
{
    return program->source != NULL ? 8 + strlen(program->source) : 0;
}

static void STUB_CALL stub_GetProgramiv(unsigned name, unsigned what, int *out)
{
    const stub_object *program = stub_object_of(STUB_PROGRAM, name);
    STUB_ENTER(GetProgramiv);
    if (program == NULL) stub_error(0x501);
    else if (what == 0x8B82) *out = program->linked;
    else if (what == 0x8B84) *out = 240;
    else if (what == 0x8B80) *out = program->deleted;
    else if (what == 0x8741)
        *out = program->linked && stub_now->limits.binary_formats > 0 ? (int)stub_blob_bytes(program) : 0;
    else stub_error(0x500);
}

static void STUB_CALL stub_GetProgramInfoLog(unsigned name, int room, int *length, char *out)
{
    const stub_object *program = stub_object_of(STUB_PROGRAM, name);
    STUB_ENTER(GetProgramInfoLog);
    if (program == NULL) stub_error(0x501);
    else
        stub_write_log(program->linked            ? ""
                       : program->program != NULL ? stub_over_limits(program->program)
                                                  : "error: the stub was told so",
            room, length, out);
}

static void STUB_CALL stub_DeleteProgram(unsigned name)
{
    stub_object *program = stub_object_of(STUB_PROGRAM, name);
    int k;
    STUB_ENTER(DeleteProgram);
    if (name == 0) return;
    if (program == NULL) {
        stub_error(0x501);
        return;
    }
    if (stub_now->state.program == name) {
        program->deleted = 1;
        return;
    }
    for (k = 0; k < 4; k++) stub_detach(program, k);
    stub_drop(STUB_PROGRAM, program);
}

static void STUB_CALL stub_ProgramParameteri(unsigned name, unsigned what, int value)
{
    STUB_ENTER(ProgramParameteri);
    if (stub_object_of(STUB_PROGRAM, name) == NULL || value < 0 || value > 1) stub_error(0x501);
    else if (what != 0x8257 && what != 0x8258) stub_error(0x500);
}

/* A binary: two bytes of magic, six of a sum, the source. */
static uint64_t stub_blob_sum(const uint8_t *bytes, size_t n)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    size_t i;
    for (i = 0; i < n; i++) h = (h ^ bytes[i]) * UINT64_C(0x100000001B3);
    return h >> 16;
}

static void STUB_CALL stub_GetProgramBinary(unsigned name, int room, int *length, unsigned *format, void *out)
{
    const stub_object *program = stub_object_of(STUB_PROGRAM, name);
    uint8_t *to = (uint8_t *)out;
    uint64_t sum;
    size_t n;
    int i;
    STUB_ENTER(GetProgramBinary);
    if (program == NULL || room < 0) {
        stub_error(0x501);
        return;
    }
    n = stub_blob_bytes(program);
    if (!program->linked || stub_now->limits.binary_formats == 0 || n == 0 || (size_t)room < n) {
        stub_error(0x502);
        if (length != NULL) *length = 0;
        return;
    }
    memcpy(to + 8, program->source, n - 8);
    sum = stub_blob_sum(to + 8, n - 8);
    to[0] = STUB_BLOB_MAGIC & 255;
    to[1] = STUB_BLOB_MAGIC >> 8;
    for (i = 0; i < 6; i++) to[2 + i] = (uint8_t)(sum >> (8 * i));
    if (length != NULL) *length = (int)n;
    *format = STUB_BLOB_FORMAT;
}

static void STUB_CALL stub_ProgramBinary(unsigned name, unsigned format, const void *data, int length)
{
    stub_object *program = stub_object_of(STUB_PROGRAM, name);
    const uint8_t *from = (const uint8_t *)data;
    uint64_t sum;
    int i;
    STUB_ENTER(ProgramBinary);
    if (program == NULL || length < 0) {
        stub_error(0x501);
        return;
    }
    program->linked = 0;
    if (format != STUB_BLOB_FORMAT || stub_now->limits.binary_formats == 0) {
        stub_error(0x500);
        return;
    }
    if (special == STUB_BAD_STATUS || length < 9 || from[0] != (STUB_BLOB_MAGIC & 255) ||
        from[1] != STUB_BLOB_MAGIC >> 8)
        return;
    sum = stub_blob_sum(from + 8, (size_t)length - 8);
    for (i = 0; i < 6; i++)
        if (from[2 + i] != (uint8_t)(sum >> (8 * i))) return;
    if (program->program != NULL) stub_keep_compiled(program->program, program->source);
    free(program->source);
    program->source = stub_copy((const char *)from + 8, (size_t)length - 8);
    program->program = stub_compile(program->source);
    program->linked = program->program->error[0] == 0;
    stub_now->binaries_loaded++;
}

/* A location: 1 + 64 * the variable's number + the element. */
static int STUB_CALL stub_GetUniformLocation(unsigned name, const char *uniform)
{
    const stub_object *program = stub_object_of(STUB_PROGRAM, name);
    char plain[64];
    int i, n = 0;
    STUB_ENTER_OR(GetUniformLocation, -1);
    if (program == NULL || !program->linked) {
        stub_error(program == NULL ? 0x501u : 0x502u);
        return -1;
    }
    while (uniform[n] != 0 && uniform[n] != '[' && n < 63) {
        plain[n] = uniform[n];
        n++;
    }
    plain[n] = 0;
    if (program->program == NULL) return -1;
    for (i = 0; i < program->program->variable_count; i++)
        if (program->program->variables[i]->storage == GLSL_UNIFORM &&
            glsl_is(program->program->variables[i]->name, plain))
            return 1 + 64 * i;
    return -1;
}

static void stub_uniform(const char *function, int location, int count, int base, int size, const void *words)
{
    stub_object *program = stub_object_of(STUB_PROGRAM, stub_now->state.program);
    glsl_variable *variable;
    int element = (location - 1) % 64, i, length;
    if (program == NULL) {
        stub_error(0x502);
        return;
    }
    if (location == -1 || program->program == NULL) return;
    if (location < 1 || (location - 1) / 64 >= program->program->variable_count) {
        stub_error(0x502);
        return;
    }
    variable = program->program->variables[(location - 1) / 64];
    length = variable->type.length > 0 ? variable->type.length : 1;
    if (variable->storage != GLSL_UNIFORM || variable->type.base != base || variable->type.size != size ||
        (count > 1 && variable->type.length == 0)) {
        stub_error(0x502);
        stub_misuse("a uniform of another type", function);
        return;
    }
    for (i = 0; i < count && element + i < length; i++) /* what is past the array is ignored */
        memcpy(program->program->uniforms + variable->offset + 4 * (element + i),
            (const uint8_t *)words + (size_t)i * (size_t)size * 4, (size_t)size * 4);
}

static void STUB_CALL stub_Uniform1i(int location, int value)
{
    STUB_ENTER(Uniform1i);
    stub_uniform("glUniform1i", location, 1, GLSL_INT, 1, &value);
}
static void STUB_CALL stub_Uniform1ui(int location, unsigned value)
{
    STUB_ENTER(Uniform1ui);
    stub_uniform("glUniform1ui", location, 1, GLSL_UINT, 1, &value);
}
static void STUB_CALL stub_Uniform2ui(int location, unsigned a, unsigned b)
{
    const unsigned values[2] = {a, b};
    STUB_ENTER(Uniform2ui);
    stub_uniform("glUniform2ui", location, 1, GLSL_UINT, 2, values);
}
static void STUB_CALL stub_Uniform4ui(int location, unsigned a, unsigned b, unsigned c, unsigned d)
{
    const unsigned values[4] = {a, b, c, d};
    STUB_ENTER(Uniform4ui);
    stub_uniform("glUniform4ui", location, 1, GLSL_UINT, 4, values);
}
static void STUB_CALL stub_Uniform4f(int location, float a, float b, float c, float d)
{
    const float values[4] = {a, b, c, d};
    STUB_ENTER(Uniform4f);
    stub_uniform("glUniform4f", location, 1, GLSL_FLOAT, 4, values);
}
static void STUB_CALL stub_Uniform4uiv(int location, int count, const unsigned *values)
{
    STUB_ENTER(Uniform4uiv);
    stub_uniform("glUniform4uiv", location, count, GLSL_UINT, 4, values);
}
static void STUB_CALL stub_Uniform4fv(int location, int count, const float *values)
{
    STUB_ENTER(Uniform4fv);
    stub_uniform("glUniform4fv", location, count, GLSL_FLOAT, 4, values);
}

/* ---- buffers ----------------------------------------------------------------------------------------- */

static void stub_generate(int kind, int count, unsigned *names)
{
    int i;
    if (count < 0) stub_error(0x501);
    for (i = 0; i < count; i++) names[i] = stub_new(kind);
}

static void STUB_CALL stub_GenBuffers(int count, unsigned *names)
{
    STUB_ENTER(GenBuffers);
    stub_generate(STUB_BUFFER, count, names);
}

static void STUB_CALL stub_DeleteBuffers(int count, const unsigned *names)
{
    stub_state *state = &stub_now->state;
    int i, k;
    STUB_ENTER(DeleteBuffers);
    for (i = 0; i < count; i++) {
        stub_object *buffer = stub_object_of(STUB_BUFFER, names[i]);
        if (buffer == NULL) continue; /* silently ignored */
        for (k = 0; k < 16; k++) {
            if (state->buffer[k] == names[i]) state->buffer[k] = 0;
            if (state->storage[k] == names[i]) {
                state->storage[k] = 0;
                state->storage_offset[k] = state->storage_size[k] = 0;
            }
        }
        stub_drop(STUB_BUFFER, buffer);
    }
}

static unsigned char STUB_CALL stub_IsBuffer(unsigned name)
{
    const stub_object *buffer = stub_object_of(STUB_BUFFER, name);
    STUB_ENTER_OR(IsBuffer, 0);
    return buffer != NULL && buffer->made;
}

/* Bound to a target; 0 and an error: no such target, no such name. */
static int stub_bind(unsigned target, unsigned name)
{
    const int i = stub_target(target);
    stub_object *buffer = stub_object_of(STUB_BUFFER, name);
    if (i < 0 || (i == 4 && !stub_version(43, 31) && !stub_has(" GL_ARB_shader_storage_buffer_object "))) {
        stub_error(0x500);
        return 0;
    }
    if (name != 0 && buffer == NULL) {
        stub_error(0x502);
        stub_misuse("a name that is no buffer", "glBindBuffer");
        return 0;
    }
    if (buffer != NULL) buffer->made = 1;
    stub_now->state.buffer[i] = name;
    return 1;
}

static void STUB_CALL stub_BindBuffer(unsigned target, unsigned name)
{
    STUB_ENTER(BindBuffer);
    (void)stub_bind(target, name);
}

static void stub_bind_range(unsigned target, unsigned index, unsigned name, int64_t offset, int64_t bytes)
{
    stub_state *state = &stub_now->state;
    if (index >= STUB_INDEXED || (int)index >= stub_now->limits.bindings) {
        stub_error(0x501);
        return;
    }
    if (!stub_bind(target, name)) return;
    if (target != 0x90D2) return;
    state->storage[index] = name;
    state->storage_offset[index] = name != 0 ? offset : 0;
    state->storage_size[index] = name != 0 ? bytes : 0;
}

static void STUB_CALL stub_BindBufferBase(unsigned target, unsigned index, unsigned name)
{
    STUB_ENTER(BindBufferBase);
    stub_bind_range(target, index, name, 0, 0);
}

static void STUB_CALL stub_BindBufferRange(
    unsigned target, unsigned index, unsigned name, ptrdiff_t offset, ptrdiff_t bytes)
{
    STUB_ENTER(BindBufferRange);
    if (name != 0 && (bytes <= 0 || offset < 0 || offset % stub_now->limits.alignment != 0)) {
        stub_error(0x501);
        stub_misuse("an offset or size that is not allowed", "glBindBufferRange");
        return;
    }
    stub_bind_range(target, index, name, offset, bytes);
}

static stub_object *stub_bound(unsigned target, const char *function)
{
    const int i = stub_target(target);
    stub_object *buffer = i < 0 ? NULL : stub_object_of(STUB_BUFFER, stub_now->state.buffer[i]);
    if (i < 0) stub_error(0x500);
    else if (buffer == NULL) {
        stub_error(0x502);
        stub_misuse("no buffer is bound there", function);
    }
    return buffer;
}

static void STUB_CALL stub_BufferData(unsigned target, ptrdiff_t bytes, const void *data, unsigned usage)
{
    stub_object *buffer;
    uint8_t *memory;
    STUB_ENTER(BufferData);
    (void)usage;
    buffer = stub_bound(target, "glBufferData");
    if (buffer == NULL) return;
    if (bytes < 0) {
        stub_error(0x501);
        return;
    }
    if (stub_now->limits.buffer_bytes > 0 &&
        stub_now->live_bytes - buffer->bytes + (size_t)bytes > stub_now->limits.buffer_bytes) {
        stub_error(0x505);
        return;
    }
    memory = (uint8_t *)malloc((size_t)bytes + 1);
    if (memory == NULL) {
        stub_error(0x505);
        return;
    }
    stub_drop_memory(buffer);
    buffer->data = memory;
    buffer->bytes = (size_t)bytes;
    buffer->pending_plain = buffer->pending_atomic = buffer->pending_update = 0;
    buffer->used = 0;
    if (data != NULL) memcpy(memory, data, (size_t)bytes);
    else memset(memory, 0xA7, (size_t)bytes); /* never zeros by luck */
    if (data != NULL) stub_now->uploaded += (size_t)bytes;
    stub_now->live_bytes += (size_t)bytes;
    if (stub_now->live_bytes > stub_now->peak_bytes) stub_now->peak_bytes = stub_now->live_bytes;
}

/* A part of a buffer that the API is about to read or write; 0 and an error: out of range or mapped. */
static int stub_range(stub_object *buffer, ptrdiff_t offset, ptrdiff_t bytes, const char *function)
{
    if (offset < 0 || bytes < 0 || (size_t)offset > buffer->bytes ||
        (size_t)bytes > buffer->bytes - (size_t)offset) {
        stub_error(0x501);
        stub_misuse("out of range", function);
        return 0;
    }
    if (buffer->map != NULL) {
        stub_error(0x502);
        stub_misuse("the buffer is mapped", function);
        return 0;
    }
    if (buffer->pending_update)
        stub_misuse("written by a shader and no GL_BUFFER_UPDATE_BARRIER_BIT since", function);
    return 1;
}

static void STUB_CALL stub_BufferSubData(unsigned target, ptrdiff_t offset, ptrdiff_t bytes, const void *data)
{
    stub_object *buffer;
    STUB_ENTER(BufferSubData);
    buffer = stub_bound(target, "glBufferSubData");
    if (buffer == NULL || !stub_range(buffer, offset, bytes, "glBufferSubData")) return;
    memcpy(buffer->data + offset, data, (size_t)bytes);
    stub_now->uploaded += (size_t)bytes;
}

static void STUB_CALL stub_GetBufferSubData(unsigned target, ptrdiff_t offset, ptrdiff_t bytes, void *out)
{
    stub_object *buffer;
    STUB_ENTER(GetBufferSubData);
    buffer = stub_bound(target, "glGetBufferSubData");
    if (buffer == NULL || !stub_range(buffer, offset, bytes, "glGetBufferSubData")) return;
    memcpy(out, buffer->data + offset, (size_t)bytes);
}

static int64_t stub_buffer_parameter(const stub_object *buffer, unsigned what)
{
    if (what == 0x8764) return (int64_t)buffer->bytes;
    if (what == 0x88BC) return buffer->map != NULL;
    if (what == 0x8765) return 0x88E4;
    stub_error(0x500);
    return 0;
}
static void STUB_CALL stub_GetBufferParameteriv(unsigned target, unsigned what, int *out)
{
    const stub_object *buffer;
    STUB_ENTER(GetBufferParameteriv);
    buffer = stub_bound(target, "glGetBufferParameteriv");
    if (buffer != NULL) *out = (int)stub_buffer_parameter(buffer, what);
}
static void STUB_CALL stub_GetBufferParameteri64v(unsigned target, unsigned what, int64_t *out)
{
    const stub_object *buffer;
    STUB_ENTER(GetBufferParameteri64v);
    buffer = stub_bound(target, "glGetBufferParameteri64v");
    if (buffer != NULL) *out = stub_buffer_parameter(buffer, what);
}

static void STUB_CALL stub_CopyBufferSubData(
    unsigned from, unsigned to, ptrdiff_t from_offset, ptrdiff_t to_offset, ptrdiff_t bytes)
{
    stub_object *a, *b;
    STUB_ENTER(CopyBufferSubData);
    a = stub_bound(from, "glCopyBufferSubData");
    b = stub_bound(to, "glCopyBufferSubData");
    if (a == NULL || b == NULL || !stub_range(a, from_offset, bytes, "glCopyBufferSubData") ||
        !stub_range(b, to_offset, bytes, "glCopyBufferSubData"))
        return;
    if (a == b && from_offset < to_offset + bytes && to_offset < from_offset + bytes) {
        stub_error(0x501);
        stub_misuse("source and target overlap", "glCopyBufferSubData");
        return;
    }
    memcpy(b->data + to_offset, a->data + from_offset, (size_t)bytes);
    a->used = b->used = ++stub_now->sequence;
}

static void stub_clear(stub_object *buffer, unsigned format, ptrdiff_t offset, ptrdiff_t bytes,
    const void *data, const char *function)
{
    uint32_t word = 0;
    ptrdiff_t i;
    if (!stub_range(buffer, offset, bytes, function)) return;
    if (format != 0x8236 || offset % 4 != 0 || bytes % 4 != 0) { /* R32UI alone */
        stub_error(0x501);
        stub_misuse("a format, offset or size that is not allowed", function);
        return;
    }
    if (data != NULL) memcpy(&word, data, 4);
    for (i = 0; i < bytes; i += 4) memcpy(buffer->data + offset + i, &word, 4);
    buffer->used = ++stub_now->sequence;
}
static void STUB_CALL stub_ClearBufferData(
    unsigned target, unsigned internal, unsigned format, unsigned type, const void *data)
{
    stub_object *buffer;
    STUB_ENTER(ClearBufferData);
    buffer = stub_bound(target, "glClearBufferData");
    if (format != 0x8D94 || type != 0x1405) stub_error(0x501);
    else if (buffer != NULL)
        stub_clear(buffer, internal, 0, (ptrdiff_t)buffer->bytes, data, "glClearBufferData");
}
static void STUB_CALL stub_ClearBufferSubData(unsigned target, unsigned internal, ptrdiff_t offset,
    ptrdiff_t bytes, unsigned format, unsigned type, const void *data)
{
    stub_object *buffer;
    STUB_ENTER(ClearBufferSubData);
    buffer = stub_bound(target, "glClearBufferSubData");
    if (format != 0x8D94 || type != 0x1405) stub_error(0x501);
    else if (buffer != NULL) stub_clear(buffer, internal, offset, bytes, data, "glClearBufferSubData");
}

static void *STUB_CALL stub_MapBufferRange(
    unsigned target, ptrdiff_t offset, ptrdiff_t bytes, unsigned access)
{
    stub_object *buffer;
    STUB_ENTER_OR(MapBufferRange, NULL);
    buffer = stub_bound(target, "glMapBufferRange");
    if (buffer == NULL || !stub_range(buffer, offset, bytes, "glMapBufferRange")) return NULL;
    if (bytes == 0 || (access & 3) == 0 || ((access & 1) != 0 && (access & (4 | 8 | 32)) != 0) ||
        ((access & 16) != 0 && (access & 2) == 0)) {
        stub_error(0x502);
        stub_misuse("a length or access that is not allowed", "glMapBufferRange");
        return NULL;
    }
    if ((access & 32) != 0 && buffer->used > stub_now->completed)
        stub_misuse("unsynchronised, and a command that uses it may not be done", "glMapBufferRange");
    if ((access & 32) == 0) stub_now->completed = stub_now->sequence;
    buffer->map_memory = (uint8_t *)malloc((size_t)bytes); /* of that length alone: a byte more is told */
    if (buffer->map_memory == NULL) {
        stub_error(0x505);
        return NULL;
    }
    memcpy(buffer->map_memory, buffer->data + offset, (size_t)bytes);
    if ((access & (4 | 8)) != 0) memset(buffer->map_memory, 0xA7, (size_t)bytes);
    buffer->map = buffer->data + offset;
    buffer->map_offset = (size_t)offset;
    buffer->map_bytes = (size_t)bytes;
    buffer->map_access = access;
    return buffer->map_memory;
}

static void STUB_CALL stub_FlushMappedBufferRange(unsigned target, ptrdiff_t offset, ptrdiff_t bytes)
{
    stub_object *buffer;
    STUB_ENTER(FlushMappedBufferRange);
    buffer = stub_bound(target, "glFlushMappedBufferRange");
    if (buffer == NULL) return;
    if (buffer->map == NULL || (buffer->map_access & 16) == 0) stub_error(0x502);
    else if (offset < 0 || bytes < 0 || (size_t)(offset + bytes) > buffer->map_bytes) stub_error(0x501);
    else memcpy(buffer->map + offset, buffer->map_memory + offset, (size_t)bytes);
}

static unsigned char STUB_CALL stub_UnmapBuffer(unsigned target)
{
    stub_object *buffer;
    STUB_ENTER_OR(UnmapBuffer, 0);
    buffer = stub_bound(target, "glUnmapBuffer");
    if (buffer == NULL) return 0;
    if (buffer->map == NULL) {
        stub_error(0x502);
        stub_misuse("the buffer is not mapped", "glUnmapBuffer");
        return 0;
    }
    if ((buffer->map_access & 2) != 0) {
        if ((buffer->map_access & 16) == 0) memcpy(buffer->map, buffer->map_memory, buffer->map_bytes);
        stub_now->uploaded += buffer->map_bytes;
    } else if (memcmp(buffer->map, buffer->map_memory, buffer->map_bytes) != 0) {
        stub_misuse("written through a mapping for reading", "glUnmapBuffer");
    }
    if (special == STUB_UNMAP_FALSE) memset(buffer->map, 0xDB, buffer->map_bytes); /* they are lost */
    free(buffer->map_memory);
    buffer->map = buffer->map_memory = NULL;
    return special != STUB_UNMAP_FALSE;
}

/* ---- work, fences, time ------------------------------------------------------------------------------ */

/* The same program on the same memory gives the same: what it wrote is kept, because most dispatches are the
   self-tests of the test before. Two sums of 64 bits know a dispatch again. */
enum { STUB_MEMOS = 256 };
typedef struct stub_memo {
    uint64_t key[2];
    unsigned written, read, atomic;
    char misuse[240];
    uint8_t *data[STUB_INDEXED];
    size_t bytes[STUB_INDEXED];
} stub_memo;
static struct {
    stub_memo memo[STUB_MEMOS];
    int next;
} stub_memory;

static void stub_sum(uint64_t key[2], const void *data, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)data;
    uint64_t word;
    size_t i;
    for (i = 0; i < bytes; i += 8) {
        word = 0;
        memcpy(&word, at + i, bytes - i < 8 ? bytes - i : 8);
        key[0] = (key[0] ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        key[0] ^= key[0] >> 29;
        key[1] = (key[1] + word) * UINT64_C(0xBF58476D1CE4E5B9) + i;
        key[1] ^= key[1] >> 31;
    }
}

static void stub_run(glsl_run *run, const char *source, const unsigned groups[3], int backwards)
{
    uint64_t key[2] = {1, 2};
    const glsl_program *program = run->program;
    stub_memo *memo;
    int i;
    if (groups[0] == 0 || groups[1] == 0 || groups[2] == 0) return;
    for (i = 0; i < STUB_UNITS && run->pictures[i].data == NULL; i++) {}
    if (i < STUB_UNITS || run->drop_atomic != 0) { /* not of the memory alone */
        glsl_dispatch(run, groups[0], groups[1], groups[2], backwards);
        return;
    }
    stub_sum(key, source, strlen(source));
    stub_sum(key, program->uniforms, (size_t)program->uniform_words * 4);
    stub_sum(key, groups, 3 * sizeof groups[0]);
    stub_sum(key, &backwards, sizeof backwards);
    for (i = 0; i < STUB_INDEXED; i++) {
        stub_sum(key, &run->buffers[i].bytes, sizeof run->buffers[i].bytes);
        stub_sum(key, run->buffers[i].data, run->buffers[i].bytes);
    }
    for (i = 0; i < STUB_MEMOS; i++) {
        memo = &stub_memory.memo[i];
        if (memo->key[0] == key[0] && memo->key[1] == key[1]) break;
    }
    if (i < STUB_MEMOS) {
        run->written = memo->written;
        run->read = memo->read;
        run->atomic = memo->atomic;
        memcpy(run->misuse, memo->misuse, sizeof run->misuse);
        for (i = 0; i < STUB_INDEXED; i++)
            if (memo->data[i] != NULL) memcpy(run->buffers[i].data, memo->data[i], memo->bytes[i]);
        return;
    }
    glsl_dispatch(run, groups[0], groups[1], groups[2], backwards);
    memo = &stub_memory.memo[stub_memory.next++ % STUB_MEMOS];
    for (i = 0; i < STUB_INDEXED; i++) free(memo->data[i]);
    memset(memo, 0, sizeof *memo);
    memo->key[0] = key[0];
    memo->key[1] = key[1];
    memo->written = run->written;
    memo->read = run->read;
    memo->atomic = run->atomic;
    memcpy(memo->misuse, run->misuse, sizeof memo->misuse);
    for (i = 0; i < STUB_INDEXED; i++) {
        if ((((run->written | run->atomic) >> i) & 1u) == 0) continue;
        memo->bytes[i] = run->buffers[i].bytes;
        memo->data[i] = (uint8_t *)malloc(memo->bytes[i] + 1);
        if (memo->data[i] == NULL) abort();
        memcpy(memo->data[i], run->buffers[i].data, memo->bytes[i]);
    }
}

/* A driver that computes wrongly: what stands in the planes after a dispatch. */
static void stub_spoil(int fault, uint8_t *planes, size_t bytes)
{
    uint32_t first, other = 0;
    size_t i = 4;
    if ((fault != STUB_ADD_ONE && fault != STUB_MOVE_ONE) || bytes < 8) return;
    if (bytes > 1024) bytes = 1024; /* past the grid there may be anything */
    memcpy(&first, planes, 4);
    first++;
    if (fault == STUB_MOVE_ONE) { /* where all are empty nothing changes */
        for (; i + 4 <= bytes && other == 0; i += 4) memcpy(&other, planes + i, 4);
        if (other == 0) return;
        other--;
        memcpy(planes + i - 4, &other, 4);
    }
    memcpy(planes, &first, 4);
}

static void STUB_CALL stub_DispatchCompute(unsigned x, unsigned y, unsigned z)
{
    stub_object *program = stub_object_of(STUB_PROGRAM, stub_now->state.program);
    stub_state *state = &stub_now->state;
    const unsigned groups[3] = {x, y, z};
    glsl_run run;
    int i;
    STUB_ENTER(DispatchCompute);
    if (program == NULL || program->program == NULL || !program->linked || stub_draws(program)) {
        stub_error(0x502);
        stub_misuse("no compute program", "glDispatchCompute");
        return;
    }
    if (x > (unsigned)stub_now->limits.group_count || y > (unsigned)stub_now->limits.group_count ||
        z > (unsigned)stub_now->limits.group_count) {
        stub_error(0x501);
        stub_misuse("too many work groups", "glDispatchCompute");
        return;
    }
    memset(&run, 0, sizeof run);
    run.program = program->program;
    stub_now->sequence++;
    for (i = 0; i < STUB_INDEXED; i++) {
        stub_object *buffer = stub_object_of(STUB_BUFFER, state->storage[i]);
        size_t offset, bytes;
        if (buffer == NULL) continue;
        offset = (size_t)state->storage_offset[i];
        bytes = state->storage_size[i] > 0 ? (size_t)state->storage_size[i] : buffer->bytes;
        if (buffer->map != NULL) {
            stub_error(0x502);
            stub_misuse("a bound buffer is mapped", "glDispatchCompute");
            return;
        }
        if (offset > buffer->bytes || bytes > buffer->bytes - offset) {
            stub_misuse("a range past the end of its buffer", "glDispatchCompute");
            bytes = offset > buffer->bytes ? 0 : buffer->bytes - offset;
        }
        if ((int64_t)bytes > stub_now->limits.block_bytes)
            stub_misuse("a range of more than GL_MAX_SHADER_STORAGE_BLOCK_SIZE", "glDispatchCompute");
        run.buffers[i].data = buffer->data + offset;
        run.buffers[i].bytes = bytes;
    }
    for (i = 0; i < STUB_UNITS; i++) {
        stub_object *texture = stub_object_of(STUB_TEXTURE, state->image[i].texture);
        if (texture == NULL || !program->program->pictures) continue;
        run.pictures[i].data = texture->data;
        run.pictures[i].width = texture->width;
        run.pictures[i].height = texture->height;
    }
    if (special == STUB_DROP_ATOMIC) run.drop_atomic = 1;
    stub_run(&run, program->source, groups, stub_now->backwards);
    stub_now->dispatches++;
    if (run.misuse[0] != 0) stub_misuse(run.misuse, "in a shader");
    for (i = 0; i < STUB_INDEXED; i++) {
        stub_object *buffer = stub_object_of(STUB_BUFFER, state->storage[i]);
        const unsigned bit = 1u << i;
        if (buffer == NULL || ((run.read | run.written | run.atomic) & bit) == 0) continue;
        if ((((run.read | run.written) & bit) != 0 && (buffer->pending_plain || buffer->pending_atomic)) ||
            ((run.atomic & bit) != 0 && buffer->pending_plain))
            stub_misuse(
                "written by a dispatch and no GL_SHADER_STORAGE_BARRIER_BIT since", "glDispatchCompute");
        buffer->used = stub_now->sequence;
    }
    for (i = 0; i < STUB_INDEXED; i++) { /* after all: one buffer may be bound twice */
        stub_object *buffer = stub_object_of(STUB_BUFFER, state->storage[i]);
        const unsigned bit = 1u << i;
        if (buffer == NULL) continue;
        if ((run.written & bit) != 0) buffer->pending_plain = buffer->pending_update = 1;
        if ((run.atomic & bit) != 0) buffer->pending_atomic = buffer->pending_update = 1;
    }
    if ((run.atomic & 2) != 0) stub_spoil(special, run.buffers[1].data, run.buffers[1].bytes);
}

static void STUB_CALL stub_MemoryBarrier(unsigned bits)
{
    unsigned i;
    STUB_ENTER(MemoryBarrier);
    for (i = 1; i <= stub_now->next[STUB_BUFFER]; i++) {
        stub_object *buffer = &stub_now->objects[STUB_BUFFER][i];
        if ((bits & 0x2000) != 0) buffer->pending_plain = buffer->pending_atomic = 0;
        if ((bits & 0x200) != 0) buffer->pending_update = 0;
    }
}

static void STUB_CALL stub_Finish(void)
{
    STUB_ENTER(Finish);
    stub_now->completed = stub_now->sequence;
}
static void STUB_CALL stub_Flush(void) { STUB_ENTER(Flush); }

static void *STUB_CALL stub_FenceSync(unsigned condition, unsigned flags)
{
    unsigned name;
    STUB_ENTER_OR(FenceSync, NULL);
    if (condition != 0x9117 || flags != 0) {
        stub_error(0x500);
        return NULL;
    }
    name = stub_new(STUB_SYNC);
    stub_now->objects[STUB_SYNC][name].sequence = stub_now->sequence;
    return &stub_now->objects[STUB_SYNC][name];
}

static stub_object *stub_sync(void *sync)
{
    unsigned i;
    for (i = 1; i <= stub_now->next[STUB_SYNC]; i++)
        if (&stub_now->objects[STUB_SYNC][i] == sync && stub_now->objects[STUB_SYNC][i].live)
            return &stub_now->objects[STUB_SYNC][i];
    return NULL;
}

static unsigned STUB_CALL stub_ClientWaitSync(void *sync, unsigned flags, uint64_t nanoseconds)
{
    stub_object *object = stub_sync(sync);
    STUB_ENTER_OR(ClientWaitSync, stub_now->lost ? 0x911Au : 0x911Du);
    (void)flags;
    (void)nanoseconds;
    if (object == NULL) {
        stub_error(0x501);
        return 0x911D;
    }
    if (special == STUB_TIMEOUT) return 0x911B;
    if (special == STUB_WAIT_FAILED) return 0x911D;
    if (object->sequence > stub_now->completed) stub_now->completed = object->sequence;
    return 0x911C;
}

static void STUB_CALL stub_DeleteSync(void *sync)
{
    stub_object *object = stub_sync(sync);
    STUB_ENTER(DeleteSync);
    if (sync == NULL) return;
    if (object == NULL) stub_error(0x501);
    else stub_drop(STUB_SYNC, object);
}

static void STUB_CALL stub_GenQueries(int count, unsigned *names)
{
    STUB_ENTER(GenQueries);
    stub_generate(STUB_QUERY, count, names);
}

static void stub_delete(int kind, int count, const unsigned *names)
{
    int i;
    for (i = 0; i < count; i++) {
        stub_object *object = stub_object_of(kind, names[i]);
        if (object != NULL) stub_drop(kind, object);
    }
}

static void STUB_CALL stub_DeleteQueries(int count, const unsigned *names)
{
    STUB_ENTER(DeleteQueries);
    stub_delete(STUB_QUERY, count, names);
}
static void STUB_CALL stub_QueryCounter(unsigned name, unsigned target)
{
    stub_object *query = stub_object_of(STUB_QUERY, name);
    STUB_ENTER(QueryCounter);
    if (query == NULL) stub_error(0x502);
    else if (target != 0x8E28) stub_error(0x500);
    else query->sequence = stub_now->calls * 1000;
}
static void STUB_CALL stub_GetQueryiv(unsigned target, unsigned what, int *out)
{
    STUB_ENTER(GetQueryiv);
    if (what != 0x8864 || (target != 0x8E28 && target != 0x88BF)) stub_error(0x500);
    else *out = stub_now->limits.timer_bits;
}
static void STUB_CALL stub_GetQueryObjectuiv(unsigned name, unsigned what, unsigned *out)
{
    const stub_object *query = stub_object_of(STUB_QUERY, name);
    STUB_ENTER(GetQueryObjectuiv);
    if (query == NULL) stub_error(0x502);
    else *out = what == 0x8867 ? 1u : (unsigned)query->sequence;
}
static void STUB_CALL stub_GetQueryObjectui64v(unsigned name, unsigned what, uint64_t *out)
{
    const stub_object *query = stub_object_of(STUB_QUERY, name);
    STUB_ENTER(GetQueryObjectui64v);
    if (query == NULL) stub_error(0x502);
    else *out = what == 0x8867 ? 1u : (uint64_t)query->sequence;
}

/* ---- textures and drawing: objects and state alone --------------------------------------------------- */

static void STUB_CALL stub_GenVertexArrays(int count, unsigned *names)
{
    int i;
    STUB_ENTER(GenVertexArrays);
    stub_generate(STUB_VERTEX_ARRAY, count, names);
    for (i = 0; i < count; i++)
        memset(stub_now->arrays[names[i] % STUB_ARRAYS], 0, sizeof stub_now->arrays[0]);
}
static void STUB_CALL stub_BindVertexArray(unsigned name)
{
    STUB_ENTER(BindVertexArray);
    if (name != 0 && stub_object_of(STUB_VERTEX_ARRAY, name) == NULL) stub_error(0x502);
    else stub_now->state.vertex_array = name;
}
static void STUB_CALL stub_DeleteVertexArrays(int count, const unsigned *names)
{
    int i;
    STUB_ENTER(DeleteVertexArrays);
    for (i = 0; i < count; i++)
        if (stub_now->state.vertex_array == names[i]) stub_now->state.vertex_array = 0;
    stub_delete(STUB_VERTEX_ARRAY, count, names);
}
static void STUB_CALL stub_GenTextures(int count, unsigned *names)
{
    STUB_ENTER(GenTextures);
    stub_generate(STUB_TEXTURE, count, names);
}
static void STUB_CALL stub_BindTexture(unsigned target, unsigned name)
{
    STUB_ENTER(BindTexture);
    if (target != 0x0DE1) stub_error(0x500);
    else if (name != 0 && stub_object_of(STUB_TEXTURE, name) == NULL) stub_error(0x501);
    else stub_now->state.texture[stub_now->state.active_texture] = name;
}
static void STUB_CALL stub_ActiveTexture(unsigned unit)
{
    STUB_ENTER(ActiveTexture);
    if (unit < 0x84C0 || unit >= 0x84C0 + STUB_UNITS) stub_error(0x500);
    else stub_now->state.active_texture = unit - 0x84C0;
}
static void STUB_CALL stub_DeleteTextures(int count, const unsigned *names)
{
    int i, k;
    STUB_ENTER(DeleteTextures);
    for (i = 0; i < count; i++)
        for (k = 0; k < STUB_UNITS; k++) {
            if (stub_now->state.texture[k] == names[i]) stub_now->state.texture[k] = 0;
            if (stub_now->state.image[k].texture == names[i]) stub_now->state.image[k].texture = 0;
        }
    stub_delete(STUB_TEXTURE, count, names);
}
static unsigned char STUB_CALL stub_IsTexture(unsigned name)
{
    const stub_object *texture = stub_object_of(STUB_TEXTURE, name);
    STUB_ENTER_OR(IsTexture, 0);
    return texture != NULL;
}
static void STUB_CALL stub_TexStorage2D(unsigned target, int levels, unsigned format, int width, int height)
{
    stub_object *texture =
        stub_object_of(STUB_TEXTURE, stub_now->state.texture[stub_now->state.active_texture]);
    STUB_ENTER(TexStorage2D);
    if (target != 0x0DE1 || texture == NULL || texture->made || levels < 1) {
        stub_error(0x502);
        return;
    }
    if (width < 1 || height < 1 || width > stub_now->limits.texture_size ||
        height > stub_now->limits.texture_size) {
        stub_error(0x501);
        return;
    }
    texture->made = 1; /* immutable */
    texture->format = (int)format;
    texture->width = width;
    texture->height = height;
    free(texture->data);
    texture->data = (uint8_t *)malloc((size_t)width * (size_t)height * 4);
    if (texture->data == NULL) abort();
    memset(texture->data, 0xA7, (size_t)width * (size_t)height * 4);
}
static void STUB_CALL stub_TexParameteri(unsigned target, unsigned what, int value)
{
    STUB_ENTER(TexParameteri);
    (void)what;
    (void)value;
    if (target != 0x0DE1) stub_error(0x500);
}
static void STUB_CALL stub_GetTexParameteriv(unsigned target, unsigned what, int *out)
{
    const stub_object *texture =
        stub_object_of(STUB_TEXTURE, stub_now->state.texture[stub_now->state.active_texture]);
    STUB_ENTER(GetTexParameteriv);
    if (target != 0x0DE1 || what != 0x912F) stub_error(0x500);
    else *out = texture != NULL && texture->made;
}
static void STUB_CALL stub_GetTexLevelParameteriv(unsigned target, int level, unsigned what, int *out)
{
    const stub_object *texture =
        stub_object_of(STUB_TEXTURE, stub_now->state.texture[stub_now->state.active_texture]);
    STUB_ENTER(GetTexLevelParameteriv);
    if (target != 0x0DE1 || level != 0) stub_error(0x500);
    else if (what == 0x1000) *out = texture != NULL ? texture->width : 0;
    else if (what == 0x1001) *out = texture != NULL ? texture->height : 0;
    else if (what == 0x1003) *out = texture != NULL ? texture->format : 0;
    else stub_error(0x500);
}
static void STUB_CALL stub_BindSampler(unsigned unit, unsigned name)
{
    STUB_ENTER(BindSampler);
    if (unit >= STUB_UNITS) stub_error(0x501);
    else stub_now->state.sampler[unit] = name;
}
static void STUB_CALL stub_BindImageTexture(unsigned unit, unsigned name, int level, unsigned char layered,
    int layer, unsigned access, unsigned format)
{
    const stub_object *texture = stub_object_of(STUB_TEXTURE, name);
    STUB_ENTER(BindImageTexture);
    if (unit >= STUB_UNITS || (name != 0 && texture == NULL)) stub_error(0x501);
    else if (texture != NULL && texture->format == 0) stub_error(0x502);
    else {
        stub_now->state.image[unit].texture = name;
        stub_now->state.image[unit].level = level;
        stub_now->state.image[unit].layered = layered;
        stub_now->state.image[unit].layer = layer;
        stub_now->state.image[unit].access = access;
        stub_now->state.image[unit].format = format;
    }
}
static void STUB_CALL stub_GenFramebuffers(int count, unsigned *names)
{
    STUB_ENTER(GenFramebuffers);
    stub_generate(STUB_FRAMEBUFFER, count, names);
}
static void STUB_CALL stub_BindFramebuffer(unsigned target, unsigned name)
{
    STUB_ENTER(BindFramebuffer);
    if (name != 0 && stub_object_of(STUB_FRAMEBUFFER, name) == NULL) {
        stub_error(0x502);
        return;
    }
    if (target == 0x8D40 || target == 0x8CA9) stub_now->state.draw_framebuffer = name;
    if (target == 0x8D40 || target == 0x8CA8) stub_now->state.read_framebuffer = name;
}
static void STUB_CALL stub_DeleteFramebuffers(int count, const unsigned *names)
{
    int i;
    STUB_ENTER(DeleteFramebuffers);
    for (i = 0; i < count; i++) {
        if (stub_now->state.draw_framebuffer == names[i]) stub_now->state.draw_framebuffer = 0;
        if (stub_now->state.read_framebuffer == names[i]) stub_now->state.read_framebuffer = 0;
    }
    stub_delete(STUB_FRAMEBUFFER, count, names);
}
static void STUB_CALL stub_FramebufferTexture2D(
    unsigned target, unsigned attachment, unsigned texture_target, unsigned name, int level)
{
    stub_object *framebuffer;
    STUB_ENTER(FramebufferTexture2D);
    (void)attachment;
    (void)texture_target;
    (void)level;
    framebuffer = stub_object_of(STUB_FRAMEBUFFER,
        target == 0x8CA8 ? stub_now->state.read_framebuffer : stub_now->state.draw_framebuffer);
    if (framebuffer == NULL || (name != 0 && stub_object_of(STUB_TEXTURE, name) == NULL)) stub_error(0x502);
    else framebuffer->attached[0] = name;
}
/* The texture of red floats that is drawn to or read, or NULL: anything else is not complete. */
static stub_object *stub_target_of(unsigned name)
{
    const stub_object *framebuffer = stub_object_of(STUB_FRAMEBUFFER, name);
    stub_object *texture =
        framebuffer == NULL ? NULL : stub_object_of(STUB_TEXTURE, framebuffer->attached[0]);
    if (texture == NULL || texture->format != 0x822E || texture->width < 1 || texture->height < 1)
        return NULL;
    if (stub_now->limits.es && !stub_has(" GL_EXT_color_buffer_float ")) return NULL;
    return texture;
}
static unsigned STUB_CALL stub_CheckFramebufferStatus(unsigned target)
{
    STUB_ENTER_OR(CheckFramebufferStatus, 0);
    (void)target;
    return stub_target_of(stub_now->state.draw_framebuffer) != NULL ? 0x8CD5 : 0x8CDD;
}
static void STUB_CALL stub_Viewport(int x, int y, int width, int height)
{
    int i;
    STUB_ENTER(Viewport);
    for (i = 0; i < 16; i++) {
        stub_now->state.viewport[i][0] = (float)x;
        stub_now->state.viewport[i][1] = (float)y;
        stub_now->state.viewport[i][2] = (float)width;
        stub_now->state.viewport[i][3] = (float)height;
    }
}
static void STUB_CALL stub_BlendEquationSeparate(unsigned color, unsigned alpha)
{
    STUB_ENTER(BlendEquationSeparate);
    stub_now->state.equation[0] = color;
    stub_now->state.equation[1] = alpha;
}
static void STUB_CALL stub_BlendFuncSeparate(unsigned a, unsigned b, unsigned c, unsigned d)
{
    STUB_ENTER(BlendFuncSeparate);
    stub_now->state.blend[0] = a;
    stub_now->state.blend[1] = b;
    stub_now->state.blend[2] = c;
    stub_now->state.blend[3] = d;
}
static void stub_set_mask(unsigned place, unsigned char r, unsigned char g, unsigned char b, unsigned char a)
{
    unsigned char *mask = stub_now->state.color_mask[place];
    mask[0] = r;
    mask[1] = g;
    mask[2] = b;
    mask[3] = a;
}
static void STUB_CALL stub_ColorMask(unsigned char r, unsigned char g, unsigned char b, unsigned char a)
{
    unsigned i;
    STUB_ENTER(ColorMask);
    for (i = 0; i < STUB_UNITS; i++) stub_set_mask(i, r, g, b, a);
}
static void STUB_CALL stub_ColorMaski(
    unsigned place, unsigned char r, unsigned char g, unsigned char b, unsigned char a)
{
    STUB_ENTER(ColorMaski);
    if (place >= STUB_UNITS) stub_error(0x501);
    else stub_set_mask(place, r, g, b, a);
}
/* Of place 0 alone: the functions of others are not kept. */
static void STUB_CALL stub_BlendEquationSeparatei(unsigned place, unsigned color, unsigned alpha)
{
    STUB_ENTER(BlendEquationSeparatei);
    if (place != 0) stub_error(0x501);
    stub_now->state.equation[0] = color;
    stub_now->state.equation[1] = alpha;
}
static void STUB_CALL stub_BlendFuncSeparatei(unsigned place, unsigned a, unsigned b, unsigned c, unsigned d)
{
    STUB_ENTER(BlendFuncSeparatei);
    if (place != 0) stub_error(0x501);
    stub_now->state.blend[0] = a;
    stub_now->state.blend[1] = b;
    stub_now->state.blend[2] = c;
    stub_now->state.blend[3] = d;
}
static void STUB_CALL stub_ViewportIndexedf(unsigned place, float x, float y, float width, float height)
{
    STUB_ENTER(ViewportIndexedf);
    if (place >= 16) {
        stub_error(0x501);
        return;
    }
    stub_now->state.viewport[place][0] = x;
    stub_now->state.viewport[place][1] = y;
    stub_now->state.viewport[place][2] = width;
    stub_now->state.viewport[place][3] = height;
}
static void STUB_CALL stub_ClampColor(unsigned target, unsigned how)
{
    STUB_ENTER(ClampColor);
    if (target != 0x891C) stub_error(0x500);
    else stub_now->state.read_clamp = how;
}
static void STUB_CALL stub_ClearColor(float r, float g, float b, float a)
{
    STUB_ENTER(ClearColor);
    stub_now->state.clear_color[0] = r;
    stub_now->state.clear_color[1] = g;
    stub_now->state.clear_color[2] = b;
    stub_now->state.clear_color[3] = a;
}
/* Nothing of the state keeps pixels from being written. */
static int stub_pixels_pass(void)
{
    const stub_state *state = &stub_now->state;
    return !state->scissors[0] && !state->enabled[stub_enable_index(0x8C89)] && state->color_mask[0][0];
}
static void STUB_CALL stub_Clear(unsigned mask)
{
    stub_object *target;
    int i;
    STUB_ENTER(Clear);
    target = stub_target_of(stub_now->state.draw_framebuffer);
    if (target == NULL) stub_error(0x506);
    else if ((mask & 0x4000) != 0 && stub_pixels_pass())
        for (i = 0; i < target->width * target->height; i++)
            memcpy(target->data + (size_t)i * 4, &stub_now->state.clear_color[0], 4);
}
static void STUB_CALL stub_PixelStorei(unsigned name, int value)
{
    const int i = stub_pixel_index(name);
    STUB_ENTER(PixelStorei);
    if (i < 0) stub_error(0x500);
    else stub_now->state.pixel_store[i] = value;
}
static void STUB_CALL stub_ReadPixels(
    int x, int y, int width, int height, unsigned format, unsigned type, void *out)
{
    const stub_object *target;
    const float rest[3] = {0, 0, 1};
    char *to = (char *)out;
    int i, k;
    STUB_ENTER(ReadPixels);
    target = stub_target_of(stub_now->state.read_framebuffer);
    if (target == NULL) stub_error(0x506);
    else if (type != 0x1406 || (format != 0x1903 && format != 0x1908)) stub_error(0x502);
    else if (x < 0 || y < 0 || width < 0 || height < 0 || x + width > target->width ||
             y + height > target->height)
        stub_misuse("out of range", "glReadPixels");
    else {
        if (stub_now->state.buffer[6] != 0 || stub_now->state.pixel_store[8] != 0)
            stub_misuse("pack state of others", "glReadPixels");
        for (k = 0; k < height; k++)
            for (i = 0; i < width; i++) {
                memcpy(to, target->data + ((size_t)(y + k) * (size_t)target->width + (size_t)(x + i)) * 4, 4);
                if (format == 0x1908) memcpy(to + 4, rest, sizeof rest);
                to += format == 0x1908 ? 16 : 4;
            }
    }
}
/* Texels of four bytes, packed and from memory: any other way to read them is told. */
static void STUB_CALL stub_TexImage2D(unsigned target, int level, int internal, int width, int height,
    int border, unsigned format, unsigned type, const void *data)
{
    stub_object *texture =
        stub_object_of(STUB_TEXTURE, stub_now->state.texture[stub_now->state.active_texture]);
    const size_t bytes = (size_t)width * (size_t)height * 4;
    STUB_ENTER(TexImage2D);
    (void)format;
    (void)type;
    if (target != 0x0DE1) stub_error(0x500);
    else if (level != 0 || border != 0 || width < 0 || height < 0 || width > stub_now->limits.texture_size ||
             height > stub_now->limits.texture_size)
        stub_error(0x501);
    else if (texture == NULL || texture->made) stub_error(0x502);
    else {
        if (stub_now->state.buffer[7] != 0 || stub_now->state.pixel_store[2] != 0)
            stub_misuse("unpack state of others", "glTexImage2D");
        free(texture->data);
        texture->data = (uint8_t *)malloc(bytes + 1);
        if (texture->data == NULL) abort();
        if (data != NULL) memcpy(texture->data, data, bytes);
        else memset(texture->data, 0xA7, bytes);
        texture->format = internal;
        texture->width = width;
        texture->height = height;
    }
}
static void STUB_CALL stub_TexSubImage2D(unsigned target, int level, int x, int y, int width, int height,
    unsigned format, unsigned type, const void *data)
{
    STUB_ENTER(TexSubImage2D);
    (void)level;
    (void)x;
    (void)y;
    (void)width;
    (void)height;
    (void)format;
    (void)type;
    (void)data;
    if (target != 0x0DE1) stub_error(0x500);
}
static stub_attribute *stub_attribute_of(unsigned index)
{
    if (stub_now->state.vertex_array == 0) {
        stub_error(0x502);
        stub_misuse("no vertex array is bound", "an attribute");
        return NULL;
    }
    if (index >= STUB_ATTRIBUTES) stub_error(0x501);
    return index >= STUB_ATTRIBUTES ? NULL
                                    : &stub_now->arrays[stub_now->state.vertex_array % STUB_ARRAYS][index];
}
static void STUB_CALL stub_VertexAttribIPointer(
    unsigned index, int size, unsigned type, int stride, const void *at)
{
    stub_attribute *attribute;
    STUB_ENTER(VertexAttribIPointer);
    attribute = stub_attribute_of(index);
    if (attribute == NULL) return;
    if (size < 1 || size > 4 || stride < 0) stub_error(0x501);
    else if (type != 0x1401 && type != 0x1403 && type != 0x1405) stub_error(0x500);
    else if (stub_now->state.buffer[0] == 0) stub_error(0x502);
    else {
        attribute->buffer = stub_now->state.buffer[0];
        attribute->size = size;
        attribute->type = type;
        attribute->stride = stride;
        attribute->offset = (size_t)(uintptr_t)at;
    }
}
static void STUB_CALL stub_EnableVertexAttribArray(unsigned index)
{
    stub_attribute *attribute;
    STUB_ENTER(EnableVertexAttribArray);
    attribute = stub_attribute_of(index);
    if (attribute != NULL) attribute->enabled = 1;
}
/* One attribute of `count` vertices as words of lanes; what it does not have is 0, 0, 0, 1. */
static int stub_fetch(const stub_attribute *attribute, int size, int first, int count, uint32_t *out)
{
    const stub_object *buffer = stub_object_of(STUB_BUFFER, attribute->buffer);
    const size_t each = attribute->type == 0x1401 ? 1 : attribute->type == 0x1403 ? 2 : 4;
    int i, k;
    for (k = 0; k < size; k++)
        for (i = 0; i < count; i++) {
            uint32_t *to = &out[(size_t)k * (size_t)count + (size_t)i];
            const size_t at =
                attribute->offset + (size_t)(first + i) * (size_t)attribute->stride + (size_t)k * each;
            uint16_t half;
            *to = k == 3;
            if (!attribute->enabled || k >= attribute->size) continue;
            if (buffer == NULL || at + each > buffer->bytes) return 0;
            if (each == 1) *to = buffer->data[at];
            else if (each == 2) {
                memcpy(&half, buffer->data + at, 2);
                *to = half;
            } else memcpy(to, buffer->data + at, 4);
        }
    return 1;
}

/* A vertex is a point, a point is a pixel, and blending adds 1 to it. */
static void stub_points(glsl_run *run, stub_object *target, int first, int count)
{
    enum { LANES = 128 };
    static uint32_t words[STUB_ATTRIBUTES][4 * LANES];
    static float positions[4 * LANES];
    const uint32_t *attributes[8];
    const stub_state *state = &stub_now->state;
    const float *view = state->viewport[0];
    const int adds =
        state->blends[0] && state->blend[0] == 1 && state->blend[1] == 1 && state->equation[0] == 0x8006;
    int i, k;
    for (k = 0; k < run->program->attribute_count; k++) {
        attributes[k] = words[k];
        if (!stub_fetch(&stub_now->arrays[state->vertex_array % STUB_ARRAYS][k],
                run->program->attributes[k]->type.size, first, count, words[k])) {
            stub_misuse("an attribute out of bounds", "glDrawArrays");
            return;
        }
    }
    glsl_vertices(run, count, first, attributes, positions);
    for (i = 0; i < count && stub_pixels_pass(); i++) {
        const float *p = positions + 4 * i;
        float x, y, v;
        uint8_t *pixel;
        if (!(p[0] >= -1 && p[0] <= 1 && p[1] >= -1 && p[1] <= 1)) continue; /* clipped */
        x = view[0] + (p[0] + 1) * view[2] / 2;
        y = view[1] + (p[1] + 1) * view[3] / 2;
        if (!(x >= 0 && x < (float)target->width && y >= 0 && y < (float)target->height)) continue;
        pixel = target->data + ((size_t)y * (size_t)target->width + (size_t)x) * 4;
        memcpy(&v, pixel, 4);
        if (!(stub_now->limits.half_blending && v >= 2048)) v = adds ? v + 1 : 1;
        memcpy(pixel, &v, 4);
    }
}

static void STUB_CALL stub_DrawArrays(unsigned mode, int first, int count)
{
    const stub_object *program = stub_object_of(STUB_PROGRAM, stub_now->state.program);
    const stub_object *texels = stub_object_of(STUB_TEXTURE, stub_now->state.texture[0]);
    stub_object *target;
    glsl_run run;
    int done, n;
    STUB_ENTER(DrawArrays);
    target = stub_target_of(stub_now->state.draw_framebuffer);
    if (program == NULL || program->program == NULL || !program->linked || !stub_draws(program) ||
        mode != 0) {
        stub_error(0x502);
        stub_misuse("no program that draws points", "glDrawArrays");
        return;
    }
    if (target == NULL) {
        stub_error(0x506);
        return;
    }
    if (stub_now->state.vertex_array == 0 || stub_now->state.sampler[0] != 0 || target == texels)
        stub_misuse("no vertex array, or a sampler of others", "glDrawArrays");
    memset(&run, 0, sizeof run);
    run.program = program->program;
    if (texels != NULL && texels->format == 0x8236) {
        run.texels = texels->data;
        run.texels_width = texels->width;
        run.texels_height = texels->height;
    }
    for (done = 0; done < count; done += n) {
        n = count - done < 128 ? count - done : 128;
        stub_points(&run, target, first + done, n);
    }
    stub_now->dispatches++;
    stub_now->sequence++;
    if (special == STUB_ADD_ONE) {
        float v;
        memcpy(&v, target->data, 4);
        v += 1;
        memcpy(target->data, &v, 4);
    }
    if (run.misuse[0] != 0) stub_misuse(run.misuse, "in a shader");
}

/* ---- opening ----------------------------------------------------------------------------------------- */

/* Never NULL for a name nobody knows, as GLVND: what is there is told by version and extensions alone. */
static void STUB_CALL stub_nothing(void) { stub_misuse("a function that does not exist", "a call"); }

typedef void (*stub_any)(void);
static void *stub_load(const char *name, void *user)
{
    static const stub_any functions[] = {
#define STUB_ADDRESS(name, gl, es, extension) (stub_any) stub_##name,
        STUB_FUNCTIONS(STUB_ADDRESS)
#undef STUB_ADDRESS
    };
    stub_any function = (stub_any)stub_nothing;
    void *address;
    int i;
    (void)user;
    for (i = 0; i < STUB_FUNCTION_COUNT; i++)
        if (strcmp(stub_functions[i].name, name) == 0) function = functions[i];
    if (function == (stub_any)stub_nothing && strncmp(name, "gl", 2) == 0)
        snprintf(stub_now->unknown, sizeof stub_now->unknown, "%s", name);
    if (stub_now->missing != NULL && strcmp(stub_now->missing, name) == 0) return NULL;
    memcpy(&address, &function, sizeof address);
    return address;
}

static void stub_set_kind(gl_stub *stub, int kind)
{
    stub_limits *limits = &stub->limits;
    memset(limits, 0, sizeof *limits);
    limits->vendor = "Pika tests";
    limits->renderer = "a stub that runs shaders on the CPU";
    limits->extensions = " ";
    limits->invocations = 1024;
    limits->group_size = 1024;
    limits->group_count = 65535;
    limits->shared_bytes = 32768;
    limits->blocks = 8;
    limits->bindings = 8;
    limits->alignment = 256;
    limits->texture_size = 16384;
    limits->block_bytes = (int64_t)1 << 27;
    limits->binary_formats = 1;
    limits->reset_strategy = 0x8261; /* no notification */
    switch (kind) {
    case STUB_GL43:
        limits->major = 4, limits->minor = 3;
        limits->version = "4.3 stub";
        limits->extensions = " GL_KHR_robustness GL_ARB_texture_storage ";
        limits->reset_strategy = 0x8252;
        break;
    case STUB_GL42:
        limits->major = 4, limits->minor = 2;
        limits->version = "4.2.0 stub";
        limits->extensions = " GL_ARB_compute_shader GL_ARB_shader_storage_buffer_object GL_ARB_robustness ";
        limits->reset_strategy = 0x8252;
        break;
    case STUB_GL41:
        limits->major = 4, limits->minor = 1;
        limits->version = "4.1 stub";
        break;
    case STUB_GL21:
        limits->major = 2, limits->minor = 1;
        limits->version = "2.1 stub";
        break;
    case STUB_ES31:
        limits->es = 1;
        limits->major = 3, limits->minor = 1;
        limits->version = "OpenGL ES 3.1 stub";
        limits->extensions = " GL_EXT_robustness ";
        limits->reset_strategy = 0x8252;
        limits->invocations = 128;
        limits->group_size = 128;
        limits->shared_bytes = 16384;
        limits->blocks = 4;
        limits->bindings = 4;
        limits->texture_size = 2048;
        limits->binary_formats = 0;
        break;
    case STUB_ES30:
    case STUB_ES30_BLEND:
        limits->es = 1;
        limits->major = 3, limits->minor = 0;
        limits->version = "OpenGL ES 3.0 stub";
        if (kind == STUB_ES30_BLEND) limits->extensions = " GL_EXT_color_buffer_float GL_EXT_float_blend ";
        limits->binary_formats = 0;
        limits->texture_size = 2048;
        break;
    default: break;
    }
}

static void stub_empty(gl_stub *stub)
{
    int kind, i;
    stub_now = stub;
    for (kind = 0; kind < STUB_KINDS; kind++)
        for (i = 0; i <= (int)stub->next[kind]; i++)
            if (stub->objects[kind][i].live) stub_drop(kind, &stub->objects[kind][i]);
}

/* A context that has just been made; what the caller set in limits stays. */
static void stub_renew(gl_stub *stub)
{
    int i;
    stub_empty(stub);
    memset(&stub->state, 0, sizeof stub->state);
    memset(stub->next, 0, sizeof stub->next);
    memset(&stub->fault, 0, sizeof stub->fault);
    for (i = 0; i < 16; i++) stub->state.viewport[i][2] = stub->state.viewport[i][3] = 64;
    memset(stub->state.color_mask, 1, sizeof stub->state.color_mask);
    stub->state.read_clamp = 0x891D;
    for (i = 0; i < 12; i += 6) stub->state.pixel_store[i + 5] = 4;
    stub->state.enabled[stub_enable_index(0x0BD0)] = 1; /* dither */
    stub->error_count = 0;
    stub->missing = NULL;
    stub->lost = 0;
    stub->current = 1;
    stub->sequence = stub->completed = 0;
    stub->live_bytes = stub->peak_bytes = 0;
    stub->misuse[0] = 0;
}

static void stub_open(gl_stub *stub, int kind)
{
    memset(stub, 0, sizeof *stub);
    stub_set_kind(stub, kind);
    stub_renew(stub);
}

static void stub_close(gl_stub *stub)
{
    stub_empty(stub);
    stub_now = NULL;
}

static void stub_set_fault(gl_stub *stub, int kind, const char *function, long at, long count)
{
    memset(&stub->fault, 0, sizeof stub->fault);
    stub->fault.kind = kind;
    stub->fault.function = function;
    stub->fault.at = at;
    stub->fault.count = count;
}

#endif
