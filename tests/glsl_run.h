/* glsl_run.h - runs shaders on the CPU: the part of GLSL 4.30 and GLSL ES 3.10 that pika_gl.h uses.
   For the stub driver (gl_stub.h): no GPU, no GL, any C compiler and machine.

   A work group runs in lockstep: an expression is computed for all its invocations (lanes) before the next,
   branches and loops by masks. So barriers cost nothing, and what a driver may do unseen is told: reading or
   writing out of bounds, a barrier that not all lanes reach, unsynchronised shared memory, shifts by 32 and
   more, division by zero. Strict as the ES compiler: no implicit conversions. */
#ifndef GLSL_RUN_H
#define GLSL_RUN_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GLSL_VOID, GLSL_BOOL, GLSL_INT, GLSL_UINT, GLSL_FLOAT, GLSL_IMAGE, GLSL_SAMPLER };
enum { GLSL_PRIVATE, GLSL_SHARED, GLSL_UNIFORM, GLSL_BUFFER, GLSL_PICTURE };
enum { GLSL_UNIFORM_WORDS = 512, GLSL_BINDINGS = 16, GLSL_JUNK = 0x5EADBEEF };

typedef struct glsl_type {
    int base, size; /* components 1..4 */
    int length;     /* of an array; 0 = none, -1 = as long as the buffer */
} glsl_type;

typedef struct glsl_token {
    const char *text;
    int length, kind; /* 'i' identifier, 'n' number, 'p' punctuation, 0 end */
} glsl_token;

typedef struct glsl_tokens {
    glsl_token *at;
    int count, room;
} glsl_tokens;

typedef struct glsl_macro {
    glsl_token name;
    int parameters; /* -1 = as an object */
    glsl_token parameter[8];
    glsl_tokens body;
    int busy, gone;
} glsl_macro;

typedef struct glsl_variable {
    glsl_token name;
    glsl_type type;
    int storage, offset, stride;             /* in words: of its memory; from element to element */
    int binding, writable, constant, global; /* global: outside of functions */
    struct glsl_node *initial;
} glsl_variable;

typedef struct glsl_function {
    glsl_token name;
    glsl_type type;
    int parameters;
    glsl_variable *parameter[12], *result;
    int way[12]; /* 1 in, 2 out, 3 inout */
    struct glsl_node *body;
} glsl_function;

enum {
    GLSL_N_CONSTANT,
    GLSL_N_VARIABLE,
    GLSL_N_INDEX,
    GLSL_N_SWIZZLE,
    GLSL_N_UNARY,
    GLSL_N_BINARY,
    GLSL_N_CHOICE,
    GLSL_N_ASSIGN,
    GLSL_N_STEP,
    GLSL_N_CALL,
    GLSL_N_BUILTIN,
    GLSL_N_CONSTRUCT,
    GLSL_N_LENGTH,
    GLSL_N_COMMA,
    GLSL_S_EXPRESSION,
    GLSL_S_DECLARE,
    GLSL_S_IF,
    GLSL_S_LOOP,
    GLSL_S_BREAK,
    GLSL_S_CONTINUE,
    GLSL_S_RETURN,
    GLSL_S_BLOCK
};

typedef struct glsl_node {
    int kind, operation; /* two or three characters of the operator, or the builtin */
    glsl_type type;
    struct glsl_node *a, *b, *c, *d; /* operands; of a loop: first, condition, step, body */
    struct glsl_node *next;          /* in a list of arguments or statements */
    glsl_variable *variable;
    glsl_function *function;
    uint32_t value[4];
    int component[4];
    int flag; /* step: 1 = before; loop: 1 = the body first */
} glsl_node;

typedef struct glsl_chunk {
    struct glsl_chunk *next;
    size_t used, room;
} glsl_chunk;

typedef struct glsl_program {
    glsl_chunk *chunks;
    glsl_variable *variables[512];
    glsl_function *functions[128];
    int variable_count, function_count;
    int local_size[3];
    int private_words, shared_words, uniform_words;
    int pictures; /* images that are written */
    uint32_t uniforms[GLSL_UNIFORM_WORDS];
    glsl_variable *builtin[9];    /* gl_GlobalInvocationID ... gl_Position */
    glsl_variable *attributes[8]; /* of a vertex shader, in order */
    int attribute_count;
    glsl_function *main_function;
    char error[240]; /* "" = it compiled */
    /* while compiling */
    glsl_tokens tokens;
    glsl_macro *macros;
    int macro_count, macro_room, at;
    int visible[512], visible_count; /* variables by scope */
    struct {
        glsl_token name;
        int binding;
    } instance[16];
    int instance_count;
    glsl_function *current;
    int es;
} glsl_program;

/* ---- memory and text --------------------------------------------------------------------------------- */

static void *glsl_alloc(glsl_program *p, size_t bytes)
{
    glsl_chunk *chunk = p->chunks;
    void *at;
    bytes = (bytes + 15) / 16 * 16;
    if (chunk == NULL || chunk->room - chunk->used < bytes) {
        size_t room = bytes > 32768 ? bytes : 32768;
        chunk = (glsl_chunk *)calloc(1, sizeof(glsl_chunk) + 16 + room);
        if (chunk == NULL) abort();
        chunk->room = room;
        chunk->next = p->chunks;
        p->chunks = chunk;
    }
    at = (char *)chunk + (sizeof(glsl_chunk) + 15) / 16 * 16 + chunk->used;
    chunk->used += bytes;
    return at;
}

static int glsl_is(glsl_token token, const char *text)
{
    return token.length == (int)strlen(text) && memcmp(token.text, text, (size_t)token.length) == 0;
}

static int glsl_same(glsl_token a, glsl_token b)
{
    return a.length == b.length && memcmp(a.text, b.text, (size_t)a.length) == 0;
}

static void glsl_fail(glsl_program *p, const char *what, glsl_token near_token)
{
    if (p->error[0] == 0)
        snprintf(p->error, sizeof p->error, "error: %s at '%.*s'", what,
            near_token.length > 60 ? 60 : near_token.length, near_token.text != NULL ? near_token.text : "");
    p->at = p->tokens.count; /* nothing but the end from here on: every loop of the parser ends */
}

static void glsl_push(glsl_tokens *list, glsl_token token)
{
    if (list->count == list->room) {
        list->room = list->room * 2 + 64;
        list->at = (glsl_token *)realloc(list->at, (size_t)list->room * sizeof *list->at);
        if (list->at == NULL) abort();
    }
    list->at[list->count++] = token;
}

static int glsl_is_name(char c, int first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

/* The tokens of [text, end). */
static void glsl_lex(glsl_program *p, const char *text, const char *end, glsl_tokens *out)
{
    static const char *const marks[] = {"<<=", ">>=", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "^^",
        "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", NULL};
    while (text < end) {
        glsl_token token;
        int i;
        if (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n') {
            text++;
            continue;
        }
        token.text = text;
        token.length = 1;
        if (glsl_is_name(*text, 1)) {
            token.kind = 'i';
            while (text + token.length < end && glsl_is_name(text[token.length], 0)) token.length++;
        } else if ((*text >= '0' && *text <= '9') ||
                   (*text == '.' && text + 1 < end && text[1] >= '0' && text[1] <= '9')) {
            token.kind = 'n';
            while (text + token.length < end &&
                   (glsl_is_name(text[token.length], 0) || text[token.length] == '.' ||
                       ((text[token.length] == '+' || text[token.length] == '-') &&
                           (text[token.length - 1] == 'e' || text[token.length - 1] == 'E') &&
                           !(text[0] == '0' && (text[1] == 'x' || text[1] == 'X')))))
                token.length++;
        } else {
            token.kind = 'p';
            for (i = 0; marks[i] != NULL; i++) {
                size_t n = strlen(marks[i]);
                if ((size_t)(end - text) >= n && memcmp(text, marks[i], n) == 0) {
                    token.length = (int)n;
                    break;
                }
            }
            if (marks[i] == NULL && strchr("(){}[];,.?:+-*/%&|^~!<>=#", *text) == NULL) {
                glsl_fail(p, "a character that is not of the language", token);
                return;
            }
        }
        glsl_push(out, token);
        text += token.length;
    }
}

/* ---- the preprocessor -------------------------------------------------------------------------------- */

static glsl_macro *glsl_find_macro(glsl_program *p, glsl_token name)
{
    int i;
    for (i = p->macro_count - 1; i >= 0; i--)
        if (!p->macros[i].gone && glsl_same(p->macros[i].name, name)) return &p->macros[i];
    return NULL;
}

static void glsl_expand(glsl_program *p, const glsl_token *in, int count, glsl_tokens *out)
{
    int i, k, j;
    for (i = 0; i < count; i++) {
        glsl_macro *macro = in[i].kind == 'i' ? glsl_find_macro(p, in[i]) : NULL;
        if (macro == NULL || macro->busy) {
            glsl_push(out, in[i]);
        } else if (macro->parameters < 0) {
            macro->busy = 1;
            glsl_expand(p, macro->body.at, macro->body.count, out);
            macro->busy = 0;
        } else if (i + 1 >= count || !glsl_is(in[i + 1], "(")) {
            glsl_push(out, in[i]);
        } else {
            int begin[8], length[8], n = 0, depth = 0;
            glsl_tokens text;
            memset(&text, 0, sizeof text);
            begin[0] = i + 2;
            for (k = i + 1; k < count; k++) {
                if (glsl_is(in[k], "(") || glsl_is(in[k], "[")) depth++;
                if (glsl_is(in[k], ")") || glsl_is(in[k], "]")) depth--;
                if (depth == 0 || (depth == 1 && glsl_is(in[k], ","))) {
                    length[n] = k - begin[n];
                    n++;
                    if (depth == 0 || n == 8) break;
                    begin[n] = k + 1;
                }
            }
            if (n == 1 && length[0] == 0 && macro->parameters == 0) n = 0;
            if (depth != 0 || n != macro->parameters) {
                glsl_fail(p, "a macro with another number of arguments", in[i]);
                return;
            }
            for (j = 0; j < macro->body.count; j++) {
                for (n = 0; n < macro->parameters; n++)
                    if (glsl_same(macro->body.at[j], macro->parameter[n])) break;
                if (n < macro->parameters) glsl_expand(p, in + begin[n], length[n], &text);
                else glsl_push(&text, macro->body.at[j]);
            }
            macro->busy = 1;
            glsl_expand(p, text.at, text.count, out);
            macro->busy = 0;
            free(text.at);
            i = k;
        }
    }
}

/* The value of #if: precedence climbing over integers. */
static long glsl_if_value(glsl_program *p, const glsl_tokens *list, int *at, int lowest)
{
    static const struct {
        const char *text;
        int level;
    } operators[] = {{"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<", 4}, {">", 4}, {"<=", 4}, {">=", 4},
        {"<<", 5}, {">>", 5}, {"+", 6}, {"-", 6}, {"*", 7}, {"/", 7}, {"%", 7}};
    long value = 0;
    int i;
    if (*at >= list->count) {
        glsl_token none = {"#if", 3, 'i'};
        glsl_fail(p, "an expression that ends too soon", none);
        return 0;
    }
    if (glsl_is(list->at[*at], "!")) {
        (*at)++;
        value = !glsl_if_value(p, list, at, 9);
    } else if (glsl_is(list->at[*at], "-")) {
        (*at)++;
        value = -glsl_if_value(p, list, at, 9);
    } else if (glsl_is(list->at[*at], "(")) {
        (*at)++;
        value = glsl_if_value(p, list, at, 1);
        (*at)++;
    } else if (list->at[*at].kind == 'n') {
        value = strtol(list->at[(*at)++].text, NULL, 0);
    } else { /* what is not defined is no 0 in GLSL, but an error */
        glsl_fail(p, "an unknown name in #if", list->at[*at]);
        return 0;
    }
    while (*at < list->count) {
        long right;
        for (i = 0; i < 15; i++)
            if (glsl_is(list->at[*at], operators[i].text)) break;
        if (i == 15 || operators[i].level < lowest) break;
        (*at)++;
        right = glsl_if_value(p, list, at, operators[i].level + 1);
        switch (i) {
        case 0: value = value || right; break;
        case 1: value = value && right; break;
        case 2: value = value == right; break;
        case 3: value = value != right; break;
        case 4: value = value < right; break;
        case 5: value = value > right; break;
        case 6: value = value <= right; break;
        case 7: value = value >= right; break;
        case 8: value = value << right; break;
        case 9: value = value >> right; break;
        case 10: value += right; break;
        case 11: value -= right; break;
        case 12: value *= right; break;
        default: value = right == 0 ? 0 : i == 13 ? value / right : value % right; break;
        }
    }
    return value;
}

static void glsl_define(glsl_program *p, const glsl_tokens *line)
{
    glsl_macro *macro;
    int i = 2;
    if (line->count < 2 || line->at[1].kind != 'i') return;
    if (p->macro_count == p->macro_room) {
        p->macro_room = p->macro_room * 2 + 64;
        p->macros = (glsl_macro *)realloc(p->macros, (size_t)p->macro_room * sizeof *p->macros);
        if (p->macros == NULL) abort();
    }
    macro = glsl_find_macro(p, line->at[1]);
    if (macro != NULL) macro->gone = 1;
    macro = &p->macros[p->macro_count++];
    memset(macro, 0, sizeof *macro);
    macro->name = line->at[1];
    macro->parameters = -1;
    if (line->count > 2 && glsl_is(line->at[2], "(") &&
        line->at[2].text == line->at[1].text + line->at[1].length) {
        macro->parameters = 0;
        for (i = 3; i < line->count && !glsl_is(line->at[i], ")"); i++)
            if (line->at[i].kind == 'i' && macro->parameters < 8)
                macro->parameter[macro->parameters++] = line->at[i];
        i++;
    }
    for (; i < line->count; i++) glsl_push(&macro->body, line->at[i]);
}

static int glsl_condition(glsl_program *p, const glsl_tokens *line)
{
    glsl_tokens plain, expanded;
    int i, at = 0;
    long value;
    memset(&plain, 0, sizeof plain);
    memset(&expanded, 0, sizeof expanded);
    for (i = 1; i < line->count; i++) {
        if (glsl_is(line->at[i], "defined")) {
            static const char digits[] = "01";
            glsl_token token;
            int inside = i + 1 < line->count && glsl_is(line->at[i + 1], "(");
            i += inside ? 2 : 1;
            token.text = digits + (i < line->count && glsl_find_macro(p, line->at[i]) != NULL);
            token.length = 1;
            token.kind = 'n';
            if (inside) i++;
            glsl_push(&plain, token);
        } else {
            glsl_push(&plain, line->at[i]);
        }
    }
    glsl_expand(p, plain.at, plain.count, &expanded);
    value = glsl_if_value(p, &expanded, &at, 1);
    free(plain.at);
    free(expanded.at);
    return value != 0;
}

/* Comments to blanks, continued lines joined; the copy lives as long as the program. */
static char *glsl_strip(glsl_program *p, const char *source)
{
    size_t n = strlen(source), i;
    char *text = (char *)glsl_alloc(p, n + 2);
    memcpy(text, source, n + 1);
    for (i = 0; i < n; i++) {
        if (text[i] == '\\' && text[i + 1] == '\n') text[i] = text[i + 1] = ' ';
        if (text[i] == '/' && text[i + 1] == '/')
            while (i < n && text[i] != '\n') text[i++] = ' ';
        if (text[i] == '/' && text[i + 1] == '*') {
            while (i < n && !(text[i] == '*' && text[i + 1] == '/')) {
                if (text[i] != '\n') text[i] = ' ';
                i++;
                if (text[i] == '*' && text[i + 1] == '/') {
                    text[i] = text[i + 1] = ' ';
                    break;
                }
            }
        }
    }
    return text;
}

static void glsl_preprocess(glsl_program *p, const char *source)
{
    const char *at = glsl_strip(p, source), *end;
    glsl_tokens raw, line;
    int active[32], taken[32], depth = 0, first = 1;
    memset(&raw, 0, sizeof raw);
    memset(&line, 0, sizeof line);
    active[0] = taken[0] = 1;
    for (; *at != 0 && p->error[0] == 0; at = *end != 0 ? end + 1 : end) {
        const char *text = at;
        for (end = at; *end != 0 && *end != '\n'; end++) {}
        while (text < end && (*text == ' ' || *text == '\t')) text++;
        if (text == end) continue;
        if (*text != '#') {
            if (active[depth]) glsl_lex(p, text, end, &raw);
            if (first) glsl_fail(p, "no #version in the first line", raw.at[0]);
            continue;
        }
        glsl_expand(p, raw.at, raw.count, &p->tokens);
        raw.count = line.count = 0;
        glsl_lex(p, text + 1, end, &line);
        if (line.count == 0) continue;
        if (glsl_is(line.at[0], "version")) {
            if (!first) glsl_fail(p, "#version that is not the first line", line.at[0]);
            p->es = line.count > 2 && glsl_is(line.at[2], "es");
            first = 0;
            if (p->es) {
                static const char es[] = "define GL_ES 1";
                line.count = 0;
                glsl_lex(p, es, es + sizeof es - 1, &line);
                glsl_define(p, &line);
            }
        } else if (first) {
            glsl_fail(p, "no #version in the first line", line.at[0]);
        } else if (glsl_is(line.at[0], "if") || glsl_is(line.at[0], "ifdef") ||
                   glsl_is(line.at[0], "ifndef")) {
            int value = 0;
            if (depth == 31) glsl_fail(p, "#if too deep", line.at[0]);
            else {
                if (active[depth]) {
                    if (glsl_is(line.at[0], "if")) value = glsl_condition(p, &line);
                    else if (line.count > 1)
                        value = (glsl_find_macro(p, line.at[1]) != NULL) == glsl_is(line.at[0], "ifdef");
                }
                depth++;
                taken[depth] = !active[depth - 1] || value;
                active[depth] = active[depth - 1] && value;
            }
        } else if (glsl_is(line.at[0], "elif") || glsl_is(line.at[0], "else")) {
            if (depth == 0) glsl_fail(p, "#else without #if", line.at[0]);
            else if (taken[depth]) active[depth] = 0;
            else {
                active[depth] = glsl_is(line.at[0], "else") || glsl_condition(p, &line);
                taken[depth] = active[depth];
            }
        } else if (glsl_is(line.at[0], "endif")) {
            if (depth == 0) glsl_fail(p, "#endif without #if", line.at[0]);
            else depth--;
        } else if (active[depth]) {
            if (glsl_is(line.at[0], "define")) glsl_define(p, &line);
            else if (glsl_is(line.at[0], "undef")) {
                glsl_macro *macro = line.count > 1 ? glsl_find_macro(p, line.at[1]) : NULL;
                if (macro != NULL) macro->gone = 1;
            } else if (glsl_is(line.at[0], "error")) glsl_fail(p, "#error", line.at[line.count - 1]);
            else if (!glsl_is(line.at[0], "extension") && !glsl_is(line.at[0], "pragma") &&
                     !glsl_is(line.at[0], "line"))
                glsl_fail(p, "an unknown directive", line.at[0]);
        }
    }
    glsl_expand(p, raw.at, raw.count, &p->tokens);
    if (depth != 0 && p->error[0] == 0) snprintf(p->error, sizeof p->error, "error: #if without #endif");
    free(raw.at);
    free(line.at);
}

/* ---- the parser: expressions ------------------------------------------------------------------------- */

static glsl_token glsl_peek(const glsl_program *p, int ahead)
{
    static const glsl_token none = {"", 0, 0};
    return p->at + ahead < p->tokens.count ? p->tokens.at[p->at + ahead] : none;
}

static int glsl_take(glsl_program *p, const char *text)
{
    if (!glsl_is(glsl_peek(p, 0), text)) return 0;
    p->at++;
    return 1;
}

static void glsl_expect(glsl_program *p, const char *text)
{
    char what[32];
    if (glsl_take(p, text)) return;
    snprintf(what, sizeof what, "'%s' is missing", text);
    glsl_fail(p, what, glsl_peek(p, 0));
}

static glsl_type glsl_make_type(int base, int size)
{
    glsl_type type;
    type.base = base;
    type.size = size;
    type.length = 0;
    return type;
}

static int glsl_type_is(glsl_type a, glsl_type b)
{
    return a.base == b.base && a.size == b.size && a.length == b.length;
}

static int glsl_type_named(glsl_token token, glsl_type *type)
{
    static const struct {
        const char *name;
        int base, size;
    } names[] = {{"void", GLSL_VOID, 1}, {"bool", GLSL_BOOL, 1}, {"int", GLSL_INT, 1}, {"uint", GLSL_UINT, 1},
        {"float", GLSL_FLOAT, 1}, {"vec2", GLSL_FLOAT, 2}, {"vec3", GLSL_FLOAT, 3}, {"vec4", GLSL_FLOAT, 4},
        {"uvec2", GLSL_UINT, 2}, {"uvec3", GLSL_UINT, 3}, {"uvec4", GLSL_UINT, 4}, {"ivec2", GLSL_INT, 2},
        {"ivec3", GLSL_INT, 3}, {"ivec4", GLSL_INT, 4}, {"bvec2", GLSL_BOOL, 2}, {"bvec3", GLSL_BOOL, 3},
        {"bvec4", GLSL_BOOL, 4}, {"image2D", GLSL_IMAGE, 1}, {"usampler2D", GLSL_SAMPLER, 1}};
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (glsl_is(token, names[i].name)) {
            *type = glsl_make_type(names[i].base, names[i].size);
            return 1;
        }
    return 0;
}

static glsl_node *glsl_node_new(glsl_program *p, int kind)
{
    glsl_node *node = (glsl_node *)glsl_alloc(p, sizeof *node);
    memset(node, 0, sizeof *node);
    node->kind = kind;
    node->type = glsl_make_type(GLSL_VOID, 1);
    return node;
}

static glsl_variable *glsl_find(const glsl_program *p, glsl_token name)
{
    int i;
    for (i = p->visible_count - 1; i >= 0; i--)
        if (glsl_same(p->variables[p->visible[i]]->name, name)) return p->variables[p->visible[i]];
    return NULL;
}

static glsl_variable *glsl_declare(glsl_program *p, glsl_token name, glsl_type type, int storage)
{
    glsl_variable *variable = (glsl_variable *)glsl_alloc(p, sizeof *variable);
    memset(variable, 0, sizeof *variable);
    variable->name = name;
    variable->type = type;
    variable->storage = storage;
    variable->stride = type.size;
    variable->global = p->current == NULL;
    if (p->variable_count == 512 || p->visible_count == 512) {
        glsl_fail(p, "too many variables", name);
        return variable;
    }
    if (storage == GLSL_PRIVATE || storage == GLSL_SHARED) {
        int *words = storage == GLSL_SHARED ? &p->shared_words : &p->private_words;
        variable->offset = *words;
        *words += type.size * (type.length > 0 ? type.length : 1);
        variable->writable = 1;
    }
    p->variables[p->variable_count] = variable;
    p->visible[p->visible_count++] = p->variable_count++;
    return variable;
}

static uint32_t glsl_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}
static float glsl_float(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

enum { /* of GLSL_N_BUILTIN */
    GLSL_F_ADD = 1,
    GLSL_F_MIN_ATOMIC,
    GLSL_F_MAX_ATOMIC,
    GLSL_F_AND,
    GLSL_F_OR,
    GLSL_F_XOR,
    GLSL_F_EXCHANGE,
    GLSL_F_SWAP,
    GLSL_F_BARRIER,
    GLSL_F_MEMORY,
    GLSL_F_MIN,
    GLSL_F_MAX,
    GLSL_F_CLAMP,
    GLSL_F_ABS,
    GLSL_F_SIGN,
    GLSL_F_FLOOR,
    GLSL_F_CEIL,
    GLSL_F_FRACT,
    GLSL_F_MIX,
    GLSL_F_STEP,
    GLSL_F_LOG2,
    GLSL_F_EXP2,
    GLSL_F_TO_UINT,
    GLSL_F_TO_INT,
    GLSL_F_FROM_UINT,
    GLSL_F_FROM_INT,
    GLSL_F_COUNT,
    GLSL_F_HIGH,
    GLSL_F_LOW,
    GLSL_F_EXTRACT,
    GLSL_F_INSERT,
    GLSL_F_REVERSE,
    GLSL_F_LESS,
    GLSL_F_LESS_EQUAL,
    GLSL_F_GREATER,
    GLSL_F_GREATER_EQUAL,
    GLSL_F_EQUAL,
    GLSL_F_NOT_EQUAL,
    GLSL_F_ANY,
    GLSL_F_ALL,
    GLSL_F_NOT,
    GLSL_F_DOT,
    GLSL_F_MUL_EXTENDED,
    GLSL_F_ADD_CARRY,
    GLSL_F_SUB_BORROW,
    GLSL_F_IMAGE_STORE,
    GLSL_F_IMAGE_LOAD,
    GLSL_F_FETCH
};
static const struct {
    const char *name;
    int id, arguments;
} glsl_builtins[] = {{"atomicAdd", GLSL_F_ADD, 2}, {"atomicMin", GLSL_F_MIN_ATOMIC, 2},
    {"atomicMax", GLSL_F_MAX_ATOMIC, 2}, {"atomicAnd", GLSL_F_AND, 2}, {"atomicOr", GLSL_F_OR, 2},
    {"atomicXor", GLSL_F_XOR, 2}, {"atomicExchange", GLSL_F_EXCHANGE, 2}, {"atomicCompSwap", GLSL_F_SWAP, 3},
    {"barrier", GLSL_F_BARRIER, 0}, {"memoryBarrier", GLSL_F_MEMORY, 0},
    {"memoryBarrierShared", GLSL_F_MEMORY, 0}, {"memoryBarrierBuffer", GLSL_F_MEMORY, 0},
    {"groupMemoryBarrier", GLSL_F_MEMORY, 0}, {"memoryBarrierImage", GLSL_F_MEMORY, 0},
    {"min", GLSL_F_MIN, 2}, {"max", GLSL_F_MAX, 2}, {"clamp", GLSL_F_CLAMP, 3}, {"abs", GLSL_F_ABS, 1},
    {"sign", GLSL_F_SIGN, 1}, {"floor", GLSL_F_FLOOR, 1}, {"ceil", GLSL_F_CEIL, 1},
    {"fract", GLSL_F_FRACT, 1}, {"mix", GLSL_F_MIX, 3}, {"step", GLSL_F_STEP, 2}, {"log2", GLSL_F_LOG2, 1},
    {"exp2", GLSL_F_EXP2, 1}, {"floatBitsToUint", GLSL_F_TO_UINT, 1}, {"floatBitsToInt", GLSL_F_TO_INT, 1},
    {"uintBitsToFloat", GLSL_F_FROM_UINT, 1}, {"intBitsToFloat", GLSL_F_FROM_INT, 1},
    {"bitCount", GLSL_F_COUNT, 1}, {"findMSB", GLSL_F_HIGH, 1}, {"findLSB", GLSL_F_LOW, 1},
    {"bitfieldExtract", GLSL_F_EXTRACT, 3}, {"bitfieldInsert", GLSL_F_INSERT, 4},
    {"bitfieldReverse", GLSL_F_REVERSE, 1}, {"lessThan", GLSL_F_LESS, 2},
    {"lessThanEqual", GLSL_F_LESS_EQUAL, 2}, {"greaterThan", GLSL_F_GREATER, 2},
    {"greaterThanEqual", GLSL_F_GREATER_EQUAL, 2}, {"equal", GLSL_F_EQUAL, 2},
    {"notEqual", GLSL_F_NOT_EQUAL, 2}, {"any", GLSL_F_ANY, 1}, {"all", GLSL_F_ALL, 1}, {"not", GLSL_F_NOT, 1},
    {"dot", GLSL_F_DOT, 2}, {"umulExtended", GLSL_F_MUL_EXTENDED, 4}, {"uaddCarry", GLSL_F_ADD_CARRY, 3},
    {"usubBorrow", GLSL_F_SUB_BORROW, 3}, {"imageStore", GLSL_F_IMAGE_STORE, 3},
    {"imageLoad", GLSL_F_IMAGE_LOAD, 2}, {"texelFetch", GLSL_F_FETCH, 3}};

static glsl_node *glsl_number(glsl_program *p, glsl_token token)
{
    glsl_node *node = glsl_node_new(p, GLSL_N_CONSTANT);
    char text[64];
    int hex = token.length > 1 && token.text[0] == '0' && (token.text[1] == 'x' || token.text[1] == 'X');
    char last = token.text[token.length - 1];
    if (token.length > 60) {
        glsl_fail(p, "a number that is too long", token);
        return node;
    }
    memcpy(text, token.text, (size_t)token.length);
    text[token.length] = 0;
    if (!hex && (strchr(text, '.') != NULL || strchr(text, 'e') != NULL || strchr(text, 'E') != NULL ||
                    last == 'f' || last == 'F')) {
        node->type = glsl_make_type(GLSL_FLOAT, 1);
        node->value[0] = glsl_bits((float)strtod(text, NULL));
    } else {
        node->type = glsl_make_type(last == 'u' || last == 'U' ? GLSL_UINT : GLSL_INT, 1);
        node->value[0] = (uint32_t)strtoul(text, NULL, 0);
    }
    return node;
}

/* Rvalues and assignments: what may stand where is checked here, the operands are there. */
static void glsl_check_place(glsl_program *p, const glsl_node *node, glsl_token at)
{
    while (node->kind == GLSL_N_INDEX || node->kind == GLSL_N_SWIZZLE) node = node->a;
    if (node->kind != GLSL_N_VARIABLE || !node->variable->writable || node->variable->constant)
        glsl_fail(p, "an assignment to what cannot change", at);
}

static void glsl_type_binary(glsl_program *p, glsl_node *node, const char *text, glsl_token at)
{
    glsl_type a = node->a->type, b = node->b->type;
    int number = a.base != GLSL_BOOL && b.base != GLSL_BOOL, scalar = a.size == 1 && b.size == 1, good;
    int shift = strcmp(text, "<<") == 0 || strcmp(text, ">>") == 0;
    node->type = glsl_make_type(a.base, a.size > b.size ? a.size : b.size);
    if (a.length != 0 || b.length != 0 || a.base == GLSL_VOID || b.base == GLSL_VOID) good = 0;
    else if (shift) {
        good = number && a.base != GLSL_FLOAT && b.base != GLSL_FLOAT && (b.size == 1 || b.size == a.size);
        node->type = a;
    } else if (a.base != b.base) good = 0;
    else if (strchr("<>", text[0]) != NULL) {
        good = number && scalar;
        node->type = glsl_make_type(GLSL_BOOL, 1);
    } else if (strcmp(text, "==") == 0 || strcmp(text, "!=") == 0) {
        good = a.size == b.size;
        node->type = glsl_make_type(GLSL_BOOL, 1);
    } else if (text[1] == '&' || text[1] == '|' || text[1] == '^') {
        good = a.base == GLSL_BOOL && scalar;
    } else {
        good = number && (a.size == b.size || a.size == 1 || b.size == 1);
        if (strchr("%&|^", text[0]) != NULL) good = good && a.base != GLSL_FLOAT;
    }
    if (!good) glsl_fail(p, "operands of other types", at);
}

static glsl_node *glsl_assignment(glsl_program *p);
static glsl_node *glsl_expression(glsl_program *p);

static glsl_node *glsl_arguments(glsl_program *p, int *count)
{
    glsl_node *first = NULL, **end = &first;
    *count = 0;
    if (glsl_take(p, ")")) return NULL;
    do {
        *end = glsl_assignment(p);
        end = &(*end)->next;
        (*count)++;
    } while (glsl_take(p, ","));
    glsl_expect(p, ")");
    return first;
}

static int glsl_constant(glsl_program *p, const glsl_node *node, uint32_t *value);

static glsl_node *glsl_construct(glsl_program *p, glsl_type type, glsl_token at)
{
    glsl_node *node = glsl_node_new(p, GLSL_N_CONSTRUCT), *argument;
    int count, words = 0;
    if (glsl_take(p, "[")) { /* an array of constants or not */
        uint32_t length = 0;
        if (!glsl_take(p, "]")) {
            if (!glsl_constant(p, glsl_expression(p), &length)) glsl_fail(p, "no constant length", at);
            glsl_expect(p, "]");
        }
        glsl_expect(p, "(");
        node->a = glsl_arguments(p, &count);
        type.length = count;
        node->type = type;
        for (argument = node->a; argument != NULL; argument = argument->next)
            if (argument->type.base != type.base || argument->type.size != type.size)
                glsl_fail(p, "an element of another type", at);
        if (length != 0 && (int)length != count) glsl_fail(p, "another number of elements", at);
        return node;
    }
    glsl_expect(p, "(");
    node->a = glsl_arguments(p, &count);
    node->type = type;
    for (argument = node->a; argument != NULL; argument = argument->next) {
        if (argument->type.base < GLSL_BOOL || argument->type.base > GLSL_FLOAT || argument->type.length != 0)
            glsl_fail(p, "a constructor of that", at);
        if (words >= type.size) glsl_fail(p, "too many arguments of a constructor", at);
        words += argument->type.size;
    }
    if (count == 0 || (words < type.size && !(count == 1 && words == 1)))
        glsl_fail(p, "too few arguments of a constructor", at);
    return node;
}

static void glsl_type_builtin(glsl_program *p, glsl_node *node, glsl_token at)
{
    const glsl_node *a = node->a, *b = a != NULL ? a->next : NULL, *c = b != NULL ? b->next : NULL, *each;
    int good = 1, id = node->operation;
    for (each = a; each != NULL; each = each->next)
        if (each->type.base == GLSL_VOID || each->type.length != 0) good = 0;
    if (!good) {
        glsl_fail(p, "an argument without a value", at);
        return;
    }
    if (id <= GLSL_F_SWAP) {
        const glsl_node *place = a;
        node->type = a->type;
        good = a->type.size == 1 && (a->type.base == GLSL_UINT || a->type.base == GLSL_INT) &&
               glsl_type_is(a->type, b->type) && (c == NULL || glsl_type_is(a->type, c->type));
        while (place->kind == GLSL_N_INDEX || place->kind == GLSL_N_SWIZZLE) place = place->a;
        good = good && place->kind == GLSL_N_VARIABLE && place->variable->writable &&
               (place->variable->storage == GLSL_SHARED || place->variable->storage == GLSL_BUFFER);
    } else {
        switch (id) {
        case GLSL_F_BARRIER:
        case GLSL_F_MEMORY: break;
        case GLSL_F_MIN:
        case GLSL_F_MAX:
        case GLSL_F_CLAMP:
            node->type = a->type;
            good = a->type.base >= GLSL_INT && b->type.base == a->type.base &&
                   (b->type.size == a->type.size || b->type.size == 1) &&
                   (c == NULL || glsl_type_is(b->type, c->type));
            break;
        case GLSL_F_ABS:
        case GLSL_F_SIGN:
            node->type = a->type;
            good = a->type.base == GLSL_INT || a->type.base == GLSL_FLOAT;
            break;
        case GLSL_F_LOG2:
        case GLSL_F_EXP2:
        case GLSL_F_FLOOR:
        case GLSL_F_CEIL:
        case GLSL_F_FRACT:
            node->type = a->type;
            good = a->type.base == GLSL_FLOAT;
            break;
        case GLSL_F_MIX:
            node->type = a->type;
            good =
                glsl_type_is(a->type, b->type) &&
                ((a->type.base == GLSL_FLOAT && c->type.base == GLSL_FLOAT) || c->type.base == GLSL_BOOL) &&
                (c->type.size == a->type.size || (c->type.size == 1 && c->type.base == GLSL_FLOAT));
            if (c->type.base == GLSL_BOOL && a->type.base != GLSL_FLOAT && p->es)
                good = 0; /* GLSL ES 3.20, GLSL 4.50 */
            break;
        case GLSL_F_STEP:
            node->type = b->type;
            good = glsl_type_is(a->type, b->type) && a->type.base == GLSL_FLOAT;
            break;
        case GLSL_F_TO_UINT:
        case GLSL_F_TO_INT:
            node->type = glsl_make_type(id == GLSL_F_TO_INT ? GLSL_INT : GLSL_UINT, a->type.size);
            good = a->type.base == GLSL_FLOAT;
            break;
        case GLSL_F_FROM_UINT:
        case GLSL_F_FROM_INT:
            node->type = glsl_make_type(GLSL_FLOAT, a->type.size);
            good = a->type.base == (id == GLSL_F_FROM_INT ? GLSL_INT : GLSL_UINT);
            break;
        case GLSL_F_COUNT:
        case GLSL_F_HIGH:
        case GLSL_F_LOW:
            node->type = glsl_make_type(GLSL_INT, a->type.size);
            good = a->type.base == GLSL_UINT || (a->type.base == GLSL_INT && id != GLSL_F_HIGH);
            break;
        case GLSL_F_EXTRACT:
        case GLSL_F_INSERT:
        case GLSL_F_REVERSE:
            node->type = a->type;
            good = a->type.base == GLSL_UINT;
            for (each = id == GLSL_F_INSERT ? c : b; each != NULL; each = each->next)
                good = good && each->type.base == GLSL_INT && each->type.size == 1;
            break;
        case GLSL_F_LESS:
        case GLSL_F_LESS_EQUAL:
        case GLSL_F_GREATER:
        case GLSL_F_GREATER_EQUAL:
        case GLSL_F_EQUAL:
        case GLSL_F_NOT_EQUAL:
            node->type = glsl_make_type(GLSL_BOOL, a->type.size);
            good = glsl_type_is(a->type, b->type) && a->type.size > 1;
            break;
        case GLSL_F_ANY:
        case GLSL_F_ALL:
        case GLSL_F_NOT:
            node->type = glsl_make_type(GLSL_BOOL, id == GLSL_F_NOT ? a->type.size : 1);
            good = a->type.base == GLSL_BOOL && a->type.size > 1;
            break;
        case GLSL_F_DOT:
            node->type = glsl_make_type(GLSL_FLOAT, 1);
            good = glsl_type_is(a->type, b->type) && a->type.base == GLSL_FLOAT;
            break;
        case GLSL_F_MUL_EXTENDED:
            for (each = a; each != NULL; each = each->next) good = good && each->type.base == GLSL_UINT;
            glsl_check_place(p, c, at);
            glsl_check_place(p, c->next, at);
            break;
        case GLSL_F_ADD_CARRY:
        case GLSL_F_SUB_BORROW:
            node->type = a->type;
            good =
                a->type.base == GLSL_UINT && glsl_type_is(a->type, b->type) && glsl_type_is(a->type, c->type);
            glsl_check_place(p, c, at);
            break;
        case GLSL_F_FETCH:
            node->type = glsl_make_type(GLSL_UINT, 4);
            good = a->kind == GLSL_N_VARIABLE && a->type.base == GLSL_SAMPLER && b->type.base == GLSL_INT &&
                   b->type.size == 2 && c->type.base == GLSL_INT && c->type.size == 1;
            break;
        case GLSL_F_IMAGE_STORE:
            good = a->kind == GLSL_N_VARIABLE && a->type.base == GLSL_IMAGE && b->type.base == GLSL_INT &&
                   b->type.size == 2 && c->type.base == GLSL_FLOAT && c->type.size == 4;
            break;
        case GLSL_F_IMAGE_LOAD:
            node->type = glsl_make_type(GLSL_FLOAT, 4);
            good = a->kind == GLSL_N_VARIABLE && a->type.base == GLSL_IMAGE && b->type.base == GLSL_INT &&
                   b->type.size == 2;
            break;
        default: break;
        }
    }
    if (!good) glsl_fail(p, "arguments of other types", at);
}

static glsl_node *glsl_call(glsl_program *p, glsl_token name)
{
    glsl_node *node, *arguments, *each;
    int count, i, k;
    arguments = glsl_arguments(p, &count);
    for (i = p->function_count - 1; i >= 0; i--) {
        glsl_function *function = p->functions[i];
        if (!glsl_same(function->name, name) || function->parameters != count) continue;
        for (k = 0, each = arguments; each != NULL; k++, each = each->next)
            if (!glsl_type_is(function->parameter[k]->type, each->type)) break;
        if (each != NULL) continue;
        if (function == p->current) {
            glsl_fail(p, "a function that calls itself", name);
            return arguments != NULL ? arguments : glsl_node_new(p, GLSL_N_CONSTANT);
        }
        for (k = 0, each = arguments; each != NULL; k++, each = each->next)
            if ((function->way[k] & 2) != 0) glsl_check_place(p, each, name);
        node = glsl_node_new(p, GLSL_N_CALL);
        node->function = function;
        node->type = function->type;
        node->a = arguments;
        return node;
    }
    for (i = 0; i < (int)(sizeof glsl_builtins / sizeof glsl_builtins[0]); i++)
        if (glsl_is(name, glsl_builtins[i].name) && glsl_builtins[i].arguments == count) {
            node = glsl_node_new(p, GLSL_N_BUILTIN);
            node->operation = glsl_builtins[i].id;
            node->a = arguments;
            glsl_type_builtin(p, node, name);
            return node;
        }
    glsl_fail(p, "no function of that name and these arguments", name);
    return glsl_node_new(p, GLSL_N_CONSTANT);
}

static glsl_node *glsl_variable_node(glsl_program *p, glsl_variable *variable)
{
    glsl_node *node = glsl_node_new(p, GLSL_N_VARIABLE);
    node->variable = variable;
    node->type = variable->type;
    return node;
}

static glsl_node *glsl_primary(glsl_program *p)
{
    glsl_token token = glsl_peek(p, 0);
    glsl_type type;
    glsl_node *node;
    int i;
    p->at++;
    if (glsl_is(token, "(")) {
        node = glsl_expression(p);
        glsl_expect(p, ")");
        return node;
    }
    if (token.kind == 'n') return glsl_number(p, token);
    if (glsl_is(token, "true") || glsl_is(token, "false")) {
        node = glsl_node_new(p, GLSL_N_CONSTANT);
        node->type = glsl_make_type(GLSL_BOOL, 1);
        node->value[0] = glsl_is(token, "true") ? 1 : 0;
        return node;
    }
    if (token.kind == 'i') {
        glsl_variable *variable;
        if (glsl_type_named(token, &type)) return glsl_construct(p, type, token);
        variable = glsl_find(p, token);
        if (variable != NULL) return glsl_variable_node(p, variable);
        if (glsl_take(p, "(")) return glsl_call(p, token);
        for (i = 0; i < p->instance_count; i++)
            if (glsl_same(p->instance[i].name, token)) { /* its members are found by their own names */
                glsl_expect(p, ".");
                variable = glsl_find(p, glsl_peek(p, 0));
                p->at++;
                if (variable != NULL) return glsl_variable_node(p, variable);
            }
    }
    glsl_fail(p, "an unknown name", token);
    return glsl_node_new(p, GLSL_N_CONSTANT);
}

static glsl_node *glsl_postfix(glsl_program *p)
{
    glsl_node *node = glsl_primary(p);
    for (;;) {
        glsl_token token = glsl_peek(p, 0);
        glsl_node *outer;
        if (glsl_take(p, "[")) {
            outer = glsl_node_new(p, GLSL_N_INDEX);
            outer->a = node;
            outer->b = glsl_expression(p);
            glsl_expect(p, "]");
            outer->type = node->type;
            if (node->type.length != 0) outer->type.length = 0;
            else {
                if (node->type.size == 1) glsl_fail(p, "an index of what is no array", token);
                outer->type.size = 1;
            }
            if (outer->b->type.size != 1 ||
                (outer->b->type.base != GLSL_INT && outer->b->type.base != GLSL_UINT))
                glsl_fail(p, "an index that is no integer", token);
            node = outer;
        } else if (glsl_take(p, ".")) {
            static const char letters[3][5] = {"xyzw", "rgba", "stpq"};
            int i, k;
            token = glsl_peek(p, 0);
            p->at++;
            if (glsl_is(token, "length")) {
                glsl_expect(p, "(");
                glsl_expect(p, ")");
                outer = glsl_node_new(p, GLSL_N_LENGTH);
                outer->a = node;
                outer->type = glsl_make_type(GLSL_INT, 1);
                if (node->type.length == 0) glsl_fail(p, "the length of what is no array", token);
                node = outer;
                continue;
            }
            outer = glsl_node_new(p, GLSL_N_SWIZZLE);
            outer->a = node;
            outer->type = glsl_make_type(node->type.base, token.length);
            if (token.kind != 'i' || token.length > 4 || node->type.length != 0) {
                glsl_fail(p, "no such component", token);
                return node;
            }
            for (i = 0; i < token.length; i++) {
                for (k = 0; k < 3 && strchr(letters[k], token.text[i]) == NULL; k++) {}
                outer->component[i] = k < 3 ? (int)(strchr(letters[k], token.text[i]) - letters[k]) : 9;
                if (outer->component[i] >= node->type.size) {
                    glsl_fail(p, "no such component", token);
                    outer->component[i] = 0;
                }
            }
            node = outer;
        } else if (glsl_take(p, "++") || glsl_take(p, "--")) {
            outer = glsl_node_new(p, GLSL_N_STEP);
            outer->a = node;
            outer->operation = token.text[0];
            outer->type = node->type;
            glsl_check_place(p, node, token);
            node = outer;
        } else {
            return node;
        }
    }
}

static glsl_node *glsl_unary(glsl_program *p)
{
    glsl_token token = glsl_peek(p, 0);
    glsl_node *node;
    if (token.kind == 'p' && (glsl_take(p, "++") || glsl_take(p, "--"))) {
        node = glsl_node_new(p, GLSL_N_STEP);
        node->flag = 1;
        node->operation = token.text[0];
        node->a = glsl_unary(p);
        node->type = node->a->type;
        glsl_check_place(p, node->a, token);
        return node;
    }
    if (token.kind == 'p' && token.length == 1 && strchr("+-!~", token.text[0]) != NULL) {
        p->at++;
        node = glsl_node_new(p, GLSL_N_UNARY);
        node->operation = token.text[0];
        node->a = glsl_unary(p);
        node->type = node->a->type;
        if (node->type.length != 0 || node->type.base == GLSL_VOID ||
            (token.text[0] == '!' && (node->type.base != GLSL_BOOL || node->type.size != 1)) ||
            (token.text[0] == '~' && node->type.base != GLSL_INT && node->type.base != GLSL_UINT) ||
            (token.text[0] != '!' && node->type.base == GLSL_BOOL))
            glsl_fail(p, "an operand of another type", token);
        return node;
    }
    return glsl_postfix(p);
}

static int glsl_operation(const char *text) { return text[0] | (text[1] != 0 ? text[1] << 8 : 0); }

static glsl_node *glsl_binary(glsl_program *p, int lowest)
{
    static const struct {
        const char *text;
        int level;
    } operators[] = {{"||", 1}, {"^^", 2}, {"&&", 3}, {"|", 4}, {"^", 5}, {"&", 6}, {"==", 7}, {"!=", 7},
        {"<", 8}, {">", 8}, {"<=", 8}, {">=", 8}, {"<<", 9}, {">>", 9}, {"+", 10}, {"-", 10}, {"*", 11},
        {"/", 11}, {"%", 11}};
    glsl_node *left = glsl_unary(p);
    for (;;) {
        glsl_token token = glsl_peek(p, 0);
        glsl_node *node;
        int i, n = (int)(sizeof operators / sizeof operators[0]);
        for (i = 0; i < n; i++)
            if (glsl_is(token, operators[i].text)) break;
        if (i == n || operators[i].level < lowest) return left;
        p->at++;
        node = glsl_node_new(p, GLSL_N_BINARY);
        node->operation = glsl_operation(operators[i].text);
        node->a = left;
        node->b = glsl_binary(p, operators[i].level + 1);
        glsl_type_binary(p, node, operators[i].text, token);
        left = node;
    }
}

static glsl_node *glsl_assignment(glsl_program *p)
{
    glsl_node *left = glsl_binary(p, 1), *node;
    glsl_token token = glsl_peek(p, 0);
    char text[3] = {0, 0, 0};
    if (glsl_take(p, "?")) {
        node = glsl_node_new(p, GLSL_N_CHOICE);
        node->a = left;
        node->b = glsl_expression(p);
        glsl_expect(p, ":");
        node->c = glsl_assignment(p);
        node->type = node->b->type;
        if (left->type.base != GLSL_BOOL || left->type.size != 1 ||
            !glsl_type_is(node->b->type, node->c->type))
            glsl_fail(p, "operands of other types", token);
        return node;
    }
    if (token.kind != 'p' || token.text[token.length - 1] != '=' || glsl_is(token, "==") ||
        glsl_is(token, "!=") || glsl_is(token, "<=") || glsl_is(token, ">="))
        return left;
    p->at++;
    node = glsl_node_new(p, GLSL_N_ASSIGN);
    node->a = left;
    node->b = glsl_assignment(p);
    glsl_check_place(p, left, token);
    node->type = left->type;
    if (token.length > 1) { /* a op= b: the node itself is typed as a op b, then as a */
        memcpy(text, token.text, (size_t)token.length - 1);
        node->operation = glsl_operation(text);
        glsl_type_binary(p, node, text, token);
        if (!glsl_type_is(node->type, left->type)) glsl_fail(p, "operands of other types", token);
    } else if (!glsl_type_is(left->type, node->b->type)) {
        glsl_fail(p, "an assignment of another type", token);
    }
    return node;
}

static glsl_node *glsl_expression(glsl_program *p)
{
    glsl_node *left = glsl_assignment(p);
    while (glsl_take(p, ",")) {
        glsl_node *node = glsl_node_new(p, GLSL_N_COMMA);
        node->a = left;
        node->b = glsl_assignment(p);
        node->type = node->b->type;
        left = node;
    }
    return left;
}

/* Integers alone: lengths of arrays, sizes of work groups. */
static int glsl_constant(glsl_program *p, const glsl_node *node, uint32_t *value)
{
    uint32_t a, b;
    switch (node->kind) {
    case GLSL_N_CONSTANT: *value = node->value[0]; return node->type.base != GLSL_FLOAT;
    case GLSL_N_VARIABLE:
        return node->variable->constant && node->variable->initial != NULL && node->type.length == 0 &&
               glsl_constant(p, node->variable->initial, value);
    case GLSL_N_CONSTRUCT:
        return node->type.size == 1 && node->type.length == 0 && node->type.base != GLSL_FLOAT &&
               glsl_constant(p, node->a, value);
    case GLSL_N_UNARY:
        if (!glsl_constant(p, node->a, &a)) return 0;
        *value = node->operation == '-' ? 0u - a : node->operation == '~' ? ~a : a;
        return 1;
    case GLSL_N_CHOICE:
        return glsl_constant(p, node->a, &a) && glsl_constant(p, a != 0 ? node->b : node->c, value);
    case GLSL_N_BINARY:
        if (!glsl_constant(p, node->a, &a) || !glsl_constant(p, node->b, &b)) return 0;
        switch (node->operation) {
        case '+': *value = a + b; return 1;
        case '-': *value = a - b; return 1;
        case '*': *value = a * b; return 1;
        case '/': *value = b == 0 ? 0 : a / b; return 1;
        case '%': *value = b == 0 ? 0 : a % b; return 1;
        case '<' | '<' << 8: *value = a << (b & 31); return 1;
        case '>' | '>' << 8: *value = a >> (b & 31); return 1;
        case '<': *value = a < b; return 1;
        case '>': *value = a > b; return 1;
        case '=' | '=' << 8: *value = a == b; return 1;
        case '|': *value = a | b; return 1;
        case '&': *value = a & b; return 1;
        default: return 0;
        }
    default: return 0;
    }
}

/* ---- the parser: statements and declarations --------------------------------------------------------- */

static int glsl_qualifier(glsl_token token)
{
    static const char *const names[] = {
        "highp", "mediump", "lowp", "precise", "coherent", "volatile", "restrict", "invariant", "flat", NULL};
    int i;
    for (i = 0; names[i] != NULL; i++)
        if (glsl_is(token, names[i])) return 1;
    return 0;
}

static int glsl_starts_declaration(const glsl_program *p)
{
    glsl_type type;
    glsl_token token = glsl_peek(p, 0);
    if (glsl_qualifier(token) || glsl_is(token, "const")) return 1;
    if (!glsl_type_named(token, &type)) return 0;
    return glsl_peek(p, 1).kind == 'i' || glsl_is(glsl_peek(p, 1), "[");
}

static int glsl_array_length(glsl_program *p)
{
    uint32_t length = 0;
    glsl_token at = glsl_peek(p, 0);
    if (glsl_take(p, "]")) return -1;
    if (!glsl_constant(p, glsl_expression(p), &length) || length == 0 || length > 1 << 20)
        glsl_fail(p, "no constant length", at);
    glsl_expect(p, "]");
    return (int)length;
}

/* The declarators after a type, up to the semicolon: a chain of S_DECLARE for those that have a value. */
static glsl_node *glsl_declarators(glsl_program *p, glsl_type type, int storage, int constant)
{
    glsl_node *first = NULL, **end = &first;
    do {
        glsl_token name = glsl_peek(p, 0);
        glsl_type its = type;
        glsl_node *initial = NULL, *node;
        glsl_variable *variable;
        if (name.kind != 'i') glsl_fail(p, "no name", name);
        p->at++;
        if (glsl_take(p, "[")) its.length = glsl_array_length(p);
        if (glsl_take(p, "=")) {
            initial = glsl_assignment(p);
            if (its.length < 0) its.length = initial->type.length;
            if (!glsl_type_is(its, initial->type)) glsl_fail(p, "a value of another type", name);
            if (storage != GLSL_PRIVATE) glsl_fail(p, "a value where none may be", name);
        } else if (constant) {
            glsl_fail(p, "a constant without a value", name);
        }
        if (its.length < 0 || its.base == GLSL_VOID) glsl_fail(p, "no such type", name);
        variable = glsl_declare(p, name, its, storage);
        variable->initial = initial;
        variable->constant = constant;
        node = glsl_node_new(p, GLSL_S_DECLARE);
        node->variable = variable;
        node->a = initial;
        *end = node;
        end = &node->next;
    } while (glsl_take(p, ","));
    glsl_expect(p, ";");
    return first;
}

static glsl_node *glsl_local(glsl_program *p)
{
    glsl_type type;
    int constant = 0;
    glsl_token token;
    for (token = glsl_peek(p, 0); glsl_qualifier(token) || glsl_is(token, "const"); token = glsl_peek(p, 0)) {
        if (glsl_is(token, "const")) constant = 1;
        p->at++;
    }
    if (!glsl_type_named(token, &type)) glsl_fail(p, "no type", token);
    p->at++;
    if (glsl_take(p, "[")) type.length = glsl_array_length(p);
    return glsl_declarators(p, type, GLSL_PRIVATE, constant);
}

static glsl_node *glsl_statement(glsl_program *p);

static void glsl_condition_is_bool(glsl_program *p, const glsl_node *node, glsl_token at)
{
    if (node->type.base != GLSL_BOOL || node->type.size != 1) glsl_fail(p, "a condition that is no bool", at);
}

static glsl_node *glsl_block(glsl_program *p)
{
    glsl_node *node = glsl_node_new(p, GLSL_S_BLOCK), **end = &node->a;
    int visible = p->visible_count;
    while (p->error[0] == 0 && !glsl_take(p, "}")) {
        if (glsl_peek(p, 0).kind == 0) glsl_fail(p, "'}' is missing", glsl_peek(p, 0));
        *end = glsl_statement(p);
        while (*end != NULL) end = &(*end)->next;
    }
    p->visible_count = visible;
    return node;
}

static glsl_node *glsl_statement(glsl_program *p)
{
    glsl_token token = glsl_peek(p, 0);
    glsl_node *node;
    int visible = p->visible_count;
    if (glsl_take(p, ";")) return NULL;
    if (glsl_take(p, "{")) return glsl_block(p);
    if (glsl_take(p, "if")) {
        node = glsl_node_new(p, GLSL_S_IF);
        glsl_expect(p, "(");
        node->a = glsl_expression(p);
        glsl_condition_is_bool(p, node->a, token);
        glsl_expect(p, ")");
        node->b = glsl_statement(p);
        if (glsl_take(p, "else")) node->c = glsl_statement(p);
        p->visible_count = visible;
        return node;
    }
    if (glsl_take(p, "for")) {
        node = glsl_node_new(p, GLSL_S_LOOP);
        glsl_expect(p, "(");
        node->a = glsl_statement(p);
        if (!glsl_is(glsl_peek(p, 0), ";")) {
            node->b = glsl_expression(p);
            glsl_condition_is_bool(p, node->b, token);
        }
        glsl_expect(p, ";");
        if (!glsl_is(glsl_peek(p, 0), ")")) node->c = glsl_expression(p);
        glsl_expect(p, ")");
        node->d = glsl_statement(p);
        p->visible_count = visible;
        return node;
    }
    if (glsl_take(p, "while")) {
        node = glsl_node_new(p, GLSL_S_LOOP);
        glsl_expect(p, "(");
        node->b = glsl_expression(p);
        glsl_condition_is_bool(p, node->b, token);
        glsl_expect(p, ")");
        node->d = glsl_statement(p);
        p->visible_count = visible;
        return node;
    }
    if (glsl_take(p, "do")) {
        node = glsl_node_new(p, GLSL_S_LOOP);
        node->flag = 1;
        node->d = glsl_statement(p);
        glsl_expect(p, "while");
        glsl_expect(p, "(");
        node->b = glsl_expression(p);
        glsl_condition_is_bool(p, node->b, token);
        glsl_expect(p, ")");
        glsl_expect(p, ";");
        p->visible_count = visible;
        return node;
    }
    if (glsl_take(p, "break") || glsl_take(p, "continue")) {
        node = glsl_node_new(p, glsl_is(token, "break") ? GLSL_S_BREAK : GLSL_S_CONTINUE);
        glsl_expect(p, ";");
        return node;
    }
    if (glsl_take(p, "return")) {
        node = glsl_node_new(p, GLSL_S_RETURN);
        if (!glsl_is(glsl_peek(p, 0), ";")) node->a = glsl_expression(p);
        glsl_expect(p, ";");
        if (p->current == NULL || (node->a != NULL ? !glsl_type_is(node->a->type, p->current->type)
                                                   : p->current->type.base != GLSL_VOID))
            glsl_fail(p, "a return of another type", token);
        node->function = p->current;
        return node;
    }
    if (glsl_starts_declaration(p)) return glsl_local(p);
    node = glsl_node_new(p, GLSL_S_EXPRESSION);
    node->a = glsl_expression(p);
    glsl_expect(p, ";");
    return node;
}

static void glsl_parse_function(glsl_program *p, glsl_type type, glsl_token name)
{
    glsl_function *function = (glsl_function *)glsl_alloc(p, sizeof *function);
    int visible = p->visible_count;
    memset(function, 0, sizeof *function);
    function->name = name;
    function->type = type;
    if (type.base != GLSL_VOID) function->result = glsl_declare(p, name, type, GLSL_PRIVATE);
    p->visible_count = visible; /* the result has no name */
    if (p->function_count == 128) glsl_fail(p, "too many functions", name);
    else p->functions[p->function_count++] = function;
    if (glsl_is(glsl_peek(p, 0), "void") && glsl_is(glsl_peek(p, 1), ")")) p->at++;
    while (p->error[0] == 0 && !glsl_take(p, ")")) {
        glsl_type its;
        glsl_token token;
        int way = 1;
        for (token = glsl_peek(p, 0);; token = glsl_peek(p, 0)) {
            if (glsl_is(token, "out")) way = 2;
            else if (glsl_is(token, "inout")) way = 3;
            else if (!glsl_is(token, "in") && !glsl_is(token, "const") && !glsl_qualifier(token)) break;
            p->at++;
        }
        if (!glsl_type_named(token, &its) || function->parameters == 12) {
            glsl_fail(p, "no parameter", token);
            break;
        }
        p->at++;
        token = glsl_peek(p, 0);
        p->at++;
        if (token.kind != 'i') glsl_fail(p, "no name", token);
        if (glsl_take(p, "[")) its.length = glsl_array_length(p);
        function->way[function->parameters] = way;
        function->parameter[function->parameters++] = glsl_declare(p, token, its, GLSL_PRIVATE);
        if (!glsl_is(glsl_peek(p, 0), ")")) glsl_expect(p, ",");
    }
    if (glsl_is(glsl_peek(p, 0), ";")) glsl_fail(p, "a prototype: not in this subset", name);
    glsl_expect(p, "{");
    p->current = function;
    function->body = glsl_block(p);
    p->current = NULL;
    p->visible_count = visible;
    if (glsl_is(name, "main") && function->parameters == 0) p->main_function = function;
}

/* buffer name { members } instance; by std430. */
static void glsl_parse_buffer(glsl_program *p, int binding, int writable)
{
    int words = 0;
    p->at++; /* the block's name */
    glsl_expect(p, "{");
    while (p->error[0] == 0 && !glsl_take(p, "}")) {
        glsl_type type;
        glsl_token token = glsl_peek(p, 0);
        glsl_variable *variable;
        int can_write = writable, align;
        for (;; token = glsl_peek(p, 0)) {
            if (glsl_is(token, "readonly")) can_write = 0;
            else if (!glsl_qualifier(token) && !glsl_is(token, "writeonly")) break;
            p->at++;
        }
        if (!glsl_type_named(token, &type) || type.base < GLSL_INT) {
            glsl_fail(p, "no type of a buffer", token);
            break;
        }
        p->at++;
        token = glsl_peek(p, 0);
        p->at++;
        if (glsl_take(p, "[")) type.length = glsl_array_length(p);
        glsl_expect(p, ";");
        align = type.size == 3 ? 4 : type.size;
        words = (words + align - 1) / align * align;
        variable = glsl_declare(p, token, type, GLSL_BUFFER);
        variable->offset = words;
        variable->stride = align;
        variable->binding = binding;
        variable->writable = can_write;
        words += type.length > 0 ? align * type.length : type.size;
        if (type.length < 0 && !glsl_is(glsl_peek(p, 0), "}"))
            glsl_fail(p, "an array without a length", token);
    }
    if (glsl_peek(p, 0).kind == 'i') {
        if (p->instance_count < 16) {
            p->instance[p->instance_count].name = glsl_peek(p, 0);
            p->instance[p->instance_count++].binding = binding;
        }
        p->at++;
    }
    glsl_expect(p, ";");
    if (binding < 0 || binding >= GLSL_BINDINGS) glsl_fail(p, "no such binding", glsl_peek(p, 0));
}

static void glsl_parse_global(glsl_program *p)
{
    glsl_token token = glsl_peek(p, 0);
    glsl_type type;
    int storage = GLSL_PRIVATE, binding = -1, writable = 1, constant = 0, buffer = 0, attribute = 0;
    if (glsl_take(p, ";")) return;
    if (glsl_take(p, "precision")) {
        while (glsl_peek(p, 0).kind != 0 && !glsl_take(p, ";")) p->at++;
        return;
    }
    for (;; token = glsl_peek(p, 0)) {
        if (glsl_take(p, "layout")) {
            glsl_expect(p, "(");
            do {
                glsl_token name = glsl_peek(p, 0);
                uint32_t value = 0;
                p->at++;
                if (glsl_take(p, "=") && !glsl_constant(p, glsl_assignment(p), &value))
                    glsl_fail(p, "no constant", name);
                if (glsl_is(name, "local_size_x")) p->local_size[0] = (int)value;
                else if (glsl_is(name, "local_size_y")) p->local_size[1] = (int)value;
                else if (glsl_is(name, "local_size_z")) p->local_size[2] = (int)value;
                else if (glsl_is(name, "binding")) binding = (int)value;
                else if (!glsl_is(name, "std430") && !glsl_is(name, "rgba8"))
                    glsl_fail(p, "an unknown layout", name);
            } while (glsl_take(p, ","));
            glsl_expect(p, ")");
        } else if (glsl_take(p, "readonly")) writable = 0;
        else if (glsl_take(p, "writeonly")) {
        } else if (glsl_take(p, "const")) constant = 1;
        else if (glsl_take(p, "shared")) storage = GLSL_SHARED;
        else if (glsl_take(p, "uniform")) storage = GLSL_UNIFORM;
        else if (glsl_take(p, "buffer")) buffer = 1;
        else if (glsl_take(p, "in")) {
            if (glsl_take(p, ";")) return; /* the size of work groups */
            attribute = 1;
        } else if (glsl_take(p, "out")) {
        } else if (glsl_qualifier(token)) p->at++;
        else break;
    }
    if (buffer) {
        glsl_parse_buffer(p, binding, writable);
        return;
    }
    if (!glsl_type_named(token, &type)) {
        glsl_fail(p, "no declaration", token);
        return;
    }
    p->at++;
    token = glsl_peek(p, 0);
    if (storage == GLSL_PRIVATE && glsl_is(glsl_peek(p, 1), "(")) {
        p->at += 2;
        glsl_parse_function(p, type, token);
    } else if (type.base == GLSL_IMAGE) {
        glsl_variable *variable = glsl_declare(p, token, type, GLSL_PICTURE);
        p->pictures++;
        variable->binding = binding;
        p->at++;
        glsl_expect(p, ";");
    } else {
        glsl_node *made;
        if (glsl_take(p, "[")) type.length = glsl_array_length(p);
        made = glsl_declarators(p, type, storage, constant);
        for (; made != NULL; made = made->next)
            if (attribute && p->attribute_count < 8) {
                made->variable->writable = 0;
                p->attributes[p->attribute_count++] = made->variable;
            } else if (storage == GLSL_UNIFORM) {
                glsl_variable *variable = made->variable;
                int words = 4 * (variable->type.length > 0 ? variable->type.length : 1);
                variable->offset = p->uniform_words;
                variable->stride = 4;
                p->uniform_words += words;
                if (p->uniform_words > GLSL_UNIFORM_WORDS) glsl_fail(p, "too many uniforms", token);
            }
    }
}

/* Never NULL; error says what is wrong with the source. */
static glsl_program *glsl_compile(const char *source)
{
    static const char *const names[9] = {"gl_GlobalInvocationID", "gl_LocalInvocationID",
        "gl_LocalInvocationIndex", "gl_WorkGroupID", "gl_NumWorkGroups", "gl_WorkGroupSize", "gl_VertexID",
        "gl_PointSize", "gl_Position"};
    glsl_program *p = (glsl_program *)calloc(1, sizeof *p);
    int i;
    if (p == NULL) abort();
    p->local_size[0] = p->local_size[1] = p->local_size[2] = 1;
    glsl_preprocess(p, source);
    for (i = 0; i < 9; i++) {
        const int base = i < 6 ? GLSL_UINT : i == 6 ? GLSL_INT : GLSL_FLOAT;
        glsl_token name;
        name.text = names[i];
        name.length = (int)strlen(names[i]);
        name.kind = 'i';
        p->builtin[i] = glsl_declare(p, name,
            glsl_make_type(base, i == 2 || i == 6 || i == 7 ? 1
                                 : i == 8                   ? 4
                                                            : 3),
            GLSL_PRIVATE);
        p->builtin[i]->writable = i > 6;
    }
    while (p->error[0] == 0 && p->at < p->tokens.count) glsl_parse_global(p);
    if (p->error[0] == 0 && p->main_function == NULL)
        snprintf(p->error, sizeof p->error, "error: no main function");
    for (i = 0; i < p->macro_count; i++) free(p->macros[i].body.at);
    free(p->macros);
    free(p->tokens.at);
    p->macros = NULL;
    p->tokens.at = NULL;
    return p;
}

static void glsl_free(glsl_program *p)
{
    while (p != NULL && p->chunks != NULL) {
        glsl_chunk *chunk = p->chunks;
        p->chunks = chunk->next;
        free(chunk);
    }
    free(p);
}

/* ---- running ----------------------------------------------------------------------------------------- */

typedef struct glsl_memory { /* what is bound */
    uint8_t *data;
    size_t bytes;
} glsl_memory;

typedef struct glsl_picture { /* rgba8 */
    uint8_t *data;
    int width, height;
} glsl_picture;

typedef struct glsl_run {
    glsl_program *program;
    glsl_memory buffers[GLSL_BINDINGS];
    glsl_picture pictures[8];
    const uint8_t *texels; /* of the sampler: R32UI */
    int texels_width, texels_height;
    char misuse[240]; /* the first thing that the language leaves undefined; "" = none */
    long drop_atomic; /* a fault: the nth atomicAdd on a buffer does nothing; 0 = none */
    long atomics;
    unsigned written, read, atomic; /* bits of bindings */
    /* while it runs */
    int lanes;
    uint32_t *locals, *shared, *stack;
    size_t top, room;
    uint8_t *active, *returned, *continued;
    int *written_in, *written_by, *read_in,
        *read_by; /* shared memory: the last barrier before it, the lane */
    int epoch;
    uint32_t group[3], groups[3];
} glsl_run;

static void glsl_misuse(glsl_run *r, const char *what, glsl_token name)
{
    if (r->misuse[0] == 0) snprintf(r->misuse, sizeof r->misuse, "%s: %.*s", what, name.length, name.text);
}

static void glsl_misuse_text(glsl_run *r, const char *what)
{
    if (r->misuse[0] == 0) snprintf(r->misuse, sizeof r->misuse, "%s", what);
}

static int glsl_some(const glsl_run *r, const uint8_t *mask)
{
    return memchr(mask, 1, (size_t)r->lanes) != NULL;
}

static uint32_t *glsl_temporary(glsl_run *r, int words)
{
    uint32_t *at = r->stack + r->top;
    r->top += (size_t)words * (size_t)r->lanes;
    if (r->top > r->room) {
        fprintf(stderr, "glsl_run: an expression that is too deep\n");
        abort();
    }
    return at;
}

/* For lanes that are not active: never what was there. */
static void glsl_junk(const glsl_run *r, uint32_t *out, int words)
{
    size_t i;
    for (i = 0; i < (size_t)words * (size_t)r->lanes; i++) out[i] = GLSL_JUNK;
}

static uint8_t *glsl_mask(glsl_run *r) { return (uint8_t *)glsl_temporary(r, 1); }

typedef struct glsl_place {
    glsl_variable *variable;
    const uint32_t *index, *dynamic; /* per lane: the element, the component; or NULL */
    int component[4], size;
} glsl_place;

static void glsl_eval(glsl_run *r, const glsl_node *node, uint32_t *out);

static void glsl_resolve(glsl_run *r, const glsl_node *node, glsl_place *place)
{
    uint32_t *index;
    int i, component[4];
    switch (node->kind) {
    case GLSL_N_VARIABLE:
        memset(place, 0, sizeof *place);
        place->variable = node->variable;
        place->size = node->type.size;
        for (i = 0; i < 4; i++) place->component[i] = i;
        break;
    case GLSL_N_INDEX:
        glsl_resolve(r, node->a, place);
        index = glsl_temporary(r, 1);
        glsl_eval(r, node->b, index);
        if (node->a->type.length != 0) place->index = index;
        else {
            place->dynamic = index;
            place->size = 1;
        }
        break;
    default: /* a swizzle */
        glsl_resolve(r, node->a, place);
        for (i = 0; i < node->type.size; i++) component[i] = place->component[node->component[i]];
        memcpy(place->component, component, sizeof component);
        place->size = node->type.size;
        break;
    }
}

/* The word of component k for this lane, or NULL: out of bounds. writes: 2 = by an atomic. */
static uint32_t *glsl_word(glsl_run *r, const glsl_place *place, int lane, int k, int writes)
{
    const glsl_variable *variable = place->variable;
    size_t element = place->index != NULL ? place->index[lane] : 0, word;
    uint32_t component = (uint32_t)place->component[k];
    if (place->dynamic != NULL) {
        component = place->dynamic[lane];
        if (component >= (uint32_t)variable->type.size) {
            glsl_misuse(r, "a component out of bounds", variable->name);
            return NULL;
        }
    }
    if (variable->type.length >= 0 &&
        element >= (size_t)(variable->type.length > 0 ? variable->type.length : 1)) {
        glsl_misuse(r, "an index out of bounds", variable->name);
        return NULL;
    }
    word = (size_t)variable->offset + element * (size_t)variable->stride + component;
    switch (variable->storage) {
    case GLSL_PRIVATE: return r->locals + word * (size_t)r->lanes + (size_t)lane;
    case GLSL_SHARED: return r->shared + word;
    case GLSL_UNIFORM: return r->program->uniforms + word;
    default: {
        glsl_memory *memory = &r->buffers[variable->binding];
        if (memory->data == NULL) {
            glsl_misuse(r, "a buffer that is not bound", variable->name);
            return NULL;
        }
        if (element > memory->bytes || word * 4 + 4 > memory->bytes) {
            glsl_misuse(r, writes ? "a write out of bounds" : "a read out of bounds", variable->name);
            return NULL;
        }
        if (writes == 2) r->atomic |= 1u << variable->binding;
        else if (writes) r->written |= 1u << variable->binding;
        else r->read |= 1u << variable->binding;
        return (uint32_t *)(void *)(memory->data + word * 4);
    }
    }
}

/* Plain accesses of shared memory by several lanes between two barriers, one of them a write. */
static void glsl_race(glsl_run *r, const glsl_place *place, const uint32_t *word, int lane, int writes)
{
    const int i = (int)(word - r->shared);
    if ((r->written_in[i] == r->epoch && r->written_by[i] != lane) ||
        (writes && r->read_in[i] == r->epoch && r->read_by[i] != lane))
        glsl_misuse(r, "shared memory without a barrier", place->variable->name);
    if (writes) {
        r->written_in[i] = r->epoch;
        r->written_by[i] = lane;
    } else if (r->read_in[i] != r->epoch) {
        r->read_in[i] = r->epoch;
        r->read_by[i] = lane;
    } else if (r->read_by[i] != lane) {
        r->read_by[i] = -1;
    }
}

static void glsl_load(glsl_run *r, const glsl_place *place, uint32_t *out)
{
    int lane, k;
    for (k = 0; k < place->size; k++) {
        uint32_t *to = out + (size_t)k * (size_t)r->lanes;
        if (place->variable->storage == GLSL_PRIVATE && place->index == NULL && place->dynamic == NULL) {
            memcpy(to, r->locals + (size_t)(place->variable->offset + place->component[k]) * (size_t)r->lanes,
                (size_t)r->lanes * 4);
            continue;
        }
        for (lane = 0; lane < r->lanes; lane++) {
            const uint32_t *word;
            to[lane] = GLSL_JUNK;
            if (!r->active[lane]) continue;
            word = glsl_word(r, place, lane, k, 0);
            if (word == NULL) continue;
            memcpy(&to[lane], word, 4);
            if (place->variable->storage == GLSL_SHARED) glsl_race(r, place, word, lane, 0);
        }
    }
}

static void glsl_store(glsl_run *r, const glsl_place *place, const uint32_t *in)
{
    int lane, k;
    for (k = 0; k < place->size; k++)
        for (lane = 0; lane < r->lanes; lane++) {
            uint32_t *word = r->active[lane] ? glsl_word(r, place, lane, k, 1) : NULL;
            if (word == NULL) continue;
            memcpy(word, in + (size_t)k * (size_t)r->lanes + lane, 4);
            if (place->variable->storage == GLSL_SHARED) glsl_race(r, place, word, lane, 1);
        }
}

static void glsl_load_variable(glsl_run *r, glsl_variable *variable, uint32_t *out)
{
    memcpy(out, r->locals + (size_t)variable->offset * (size_t)r->lanes,
        (size_t)(variable->type.size * (variable->type.length > 0 ? variable->type.length : 1)) *
            (size_t)r->lanes * 4);
}

static void glsl_store_variable(glsl_run *r, const glsl_variable *variable, const uint32_t *in)
{
    const int words = variable->type.size * (variable->type.length > 0 ? variable->type.length : 1);
    int k, lane;
    for (k = 0; k < words; k++) {
        uint32_t *to = r->locals + (size_t)(variable->offset + k) * (size_t)r->lanes;
        for (lane = 0; lane < r->lanes; lane++)
            if (r->active[lane]) to[lane] = in[(size_t)k * (size_t)r->lanes + (size_t)lane];
    }
}

/* Any value but never undefined in C. */
static uint32_t glsl_float_to_int(float v, int is_signed)
{
    if (is_signed) {
        if (!(v > -2147483648.0f)) return 0x80000000u;
        return v >= 2147483648.0f ? 0x7FFFFFFFu : (uint32_t)(int32_t)v;
    }
    if (!(v > 0)) return 0;
    return v >= 4294967296.0f ? 0xFFFFFFFFu : (uint32_t)v;
}

static uint32_t glsl_convert(uint32_t bits, int from, int to)
{
    if (from == to) return bits;
    if (to == GLSL_BOOL) return from == GLSL_FLOAT ? glsl_float(bits) != 0 : bits != 0;
    if (to == GLSL_FLOAT) return glsl_bits(from == GLSL_INT ? (float)(int32_t)bits : (float)bits);
    if (from == GLSL_FLOAT) return glsl_float_to_int(glsl_float(bits), to == GLSL_INT);
    return bits;
}

static float glsl_floor(float v)
{
    float whole;
    if (!(v > -8388608.0f && v < 8388608.0f)) return v;
    whole = (float)(int32_t)v;
    return whole > v ? whole - 1.0f : whole;
}

static uint32_t glsl_operate(glsl_run *r, int operation, int base, uint32_t a, uint32_t b, int active)
{
    const int32_t p = (int32_t)a, q = (int32_t)b;
    if (base == GLSL_FLOAT) {
        const volatile float x = glsl_float(a), y = glsl_float(b);
        switch (operation) {
        case '+': return glsl_bits(x + y);
        case '-': return glsl_bits(x - y);
        case '*': return glsl_bits(x * y);
        case '/':
            return glsl_bits(y != 0 ? x / y : x > 0 ? glsl_float(0x7F800000u) : glsl_float(0xFF800000u));
        case '<': return x < y;
        case '>': return x > y;
        case '<' | '=' << 8: return x <= y;
        case '>' | '=' << 8: return x >= y;
        case '=' | '=' << 8: return x == y;
        default: return x != y;
        }
    }
    switch (operation) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/':
    case '%':
        if (b == 0 || (base == GLSL_INT && a == 0x80000000u && q == -1)) {
            if (active) glsl_misuse_text(r, "a division by zero");
            return GLSL_JUNK;
        }
        if (base == GLSL_INT) return (uint32_t)(operation == '/' ? p / q : p % q);
        return operation == '/' ? a / b : a % b;
    case '&': return a & b;
    case '|': return a | b;
    case '^': return a ^ b;
    case '<' | '<' << 8:
    case '>' | '>' << 8:
        if (b > 31) {
            if (active) glsl_misuse_text(r, "a shift by 32 bits or more");
            return GLSL_JUNK;
        }
        if (operation == ('<' | '<' << 8)) return a << b;
        return base == GLSL_INT && p < 0 ? ~(~a >> b) : a >> b;
    case '<': return base == GLSL_INT ? p < q : a < b;
    case '>': return base == GLSL_INT ? p > q : a > b;
    case '<' | '=' << 8: return base == GLSL_INT ? p <= q : a <= b;
    case '>' | '=' << 8: return base == GLSL_INT ? p >= q : a >= b;
    case '=' | '=' << 8: return a == b;
    case '!' | '=' << 8: return a != b;
    case '^' | '^' << 8: return (a ^ b) & 1;
    default: return GLSL_JUNK;
    }
}

/* out = a operation b for vectors and scalars of lanes. */
static void glsl_operate_all(glsl_run *r, int operation, glsl_type a_type, const uint32_t *a,
    glsl_type b_type, const uint32_t *b, uint32_t *out)
{
    const size_t n = (size_t)r->lanes;
    const int size = a_type.size > b_type.size ? a_type.size : b_type.size;
    size_t i;
    int k, base = a_type.base;
    if ((operation == ('=' | '=' << 8) || operation == ('!' | '=' << 8)) && size > 1) {
        for (i = 0; i < n; i++) {
            uint32_t same = 1;
            for (k = 0; k < size; k++)
                same &= glsl_operate(r, '=' | '=' << 8, base, a[(size_t)k * n + i], b[(size_t)k * n + i], 0);
            out[i] = operation == ('=' | '=' << 8) ? same : !same;
        }
        return;
    }
    for (k = 0; k < size; k++) {
        const uint32_t *x = a + (a_type.size > 1 ? (size_t)k * n : 0),
                       *y = b + (b_type.size > 1 ? (size_t)k * n : 0);
        uint32_t *to = out + (size_t)k * n;
        if (base != GLSL_FLOAT && operation == '+') {
            for (i = 0; i < n; i++) to[i] = x[i] + y[i];
        } else if (base != GLSL_FLOAT && operation == '&') {
            for (i = 0; i < n; i++) to[i] = x[i] & y[i];
        } else if (base == GLSL_UINT && operation == '<') {
            for (i = 0; i < n; i++) to[i] = x[i] < y[i];
        } else {
            for (i = 0; i < n; i++) to[i] = glsl_operate(r, operation, base, x[i], y[i], r->active[i]);
        }
    }
}

static uint32_t glsl_compare(int id, int base, uint32_t a, uint32_t b)
{
    static const int operations[6] = {
        '<', '<' | '=' << 8, '>', '>' | '=' << 8, '=' | '=' << 8, '!' | '=' << 8};
    return glsl_operate(NULL, operations[id - GLSL_F_LESS], base, a, b, 0);
}

static uint32_t glsl_pick(int base, uint32_t a, uint32_t b, int larger)
{
    int less = base == GLSL_FLOAT ? glsl_float(b) < glsl_float(a)
               : base == GLSL_INT ? (int32_t)b < (int32_t)a
                                  : b < a;
    if (larger)
        less = base == GLSL_FLOAT ? glsl_float(a) < glsl_float(b)
               : base == GLSL_INT ? (int32_t)a < (int32_t)b
                                  : a < b;
    return less ? b : a;
}

static uint32_t glsl_bit_function(int id, uint32_t a)
{
    uint32_t count = 0;
    int i;
    if (id == GLSL_F_COUNT) {
        for (; a != 0; a &= a - 1) count++;
        return count;
    }
    if (id == GLSL_F_REVERSE) {
        for (i = 0; i < 32; i++) count |= ((a >> i) & 1u) << (31 - i);
        return count;
    }
    if (a == 0) return 0xFFFFFFFFu;
    if (id == GLSL_F_HIGH) {
        for (i = 31; ((a >> i) & 1u) == 0; i--) {}
        return (uint32_t)i;
    }
    for (i = 0; ((a >> i) & 1u) == 0; i++) {}
    return (uint32_t)i;
}

static void glsl_atomic(glsl_run *r, const glsl_node *node, uint32_t *out)
{
    glsl_place place;
    uint32_t *b = glsl_temporary(r, 1), *c = glsl_temporary(r, 1);
    int lane, id = node->operation, base = node->type.base;
    glsl_resolve(r, node->a, &place);
    glsl_eval(r, node->a->next, b);
    if (id == GLSL_F_SWAP) glsl_eval(r, node->a->next->next, c);
    glsl_junk(r, out, 1);
    for (lane = 0; lane < r->lanes; lane++) {
        uint32_t *word, old, now;
        if (!r->active[lane]) continue;
        word = glsl_word(r, &place, lane, 0, 2);
        if (word == NULL) continue;
        memcpy(&old, word, 4);
        switch (id) {
        case GLSL_F_ADD: now = old + b[lane]; break;
        case GLSL_F_MIN_ATOMIC: now = glsl_pick(base, old, b[lane], 0); break;
        case GLSL_F_MAX_ATOMIC: now = glsl_pick(base, old, b[lane], 1); break;
        case GLSL_F_AND: now = old & b[lane]; break;
        case GLSL_F_OR: now = old | b[lane]; break;
        case GLSL_F_XOR: now = old ^ b[lane]; break;
        case GLSL_F_EXCHANGE: now = b[lane]; break;
        default: now = old == b[lane] ? c[lane] : old; break;
        }
        if (place.variable->storage == GLSL_BUFFER) {
            r->atomics++;
            if (r->atomics == r->drop_atomic) now = old;
        }
        memcpy(word, &now, 4);
        out[lane] = old;
    }
}

static void glsl_builtin(glsl_run *r, const glsl_node *node, uint32_t *out)
{
    const size_t n = (size_t)r->lanes;
    const int id = node->operation;
    uint32_t *argument[4] = {NULL, NULL, NULL, NULL};
    int size[4] = {1, 1, 1, 1}, base, k, count = 0;
    const glsl_node *each;
    size_t i;
    if (id <= GLSL_F_SWAP) {
        glsl_atomic(r, node, out);
        return;
    }
    if (id == GLSL_F_BARRIER) {
        if (memchr(r->active, 0, n) != NULL) glsl_misuse_text(r, "a barrier that not all lanes reach");
        r->epoch++;
        return;
    }
    if (id == GLSL_F_MEMORY) return;
    for (each = node->a; each != NULL; each = each->next) {
        argument[count] = glsl_temporary(r, each->type.size);
        size[count] = each->type.size;
        if (!((id == GLSL_F_MUL_EXTENDED && count >= 2) ||
                ((id == GLSL_F_IMAGE_STORE || id == GLSL_F_IMAGE_LOAD || id == GLSL_F_FETCH) && count == 0) ||
                ((id == GLSL_F_ADD_CARRY || id == GLSL_F_SUB_BORROW) && count == 2)))
            glsl_eval(r, each, argument[count]);
        count++;
    }
    base = node->a->type.base;
    if (id == GLSL_F_FETCH) {
        for (i = 0; i < n; i++) {
            const int32_t x = (int32_t)argument[1][i], y = (int32_t)argument[1][n + i];
            out[i] = GLSL_JUNK;
            out[n + i] = out[2 * n + i] = 0;
            out[3 * n + i] = 1;
            if (!r->active[i]) continue;
            if (r->texels == NULL || x < 0 || y < 0 || x >= r->texels_width || y >= r->texels_height)
                glsl_misuse(r, "a texel out of bounds", node->a->variable->name);
            else memcpy(&out[i], r->texels + ((size_t)y * (size_t)r->texels_width + (size_t)x) * 4, 4);
        }
        return;
    }
    if (id == GLSL_F_IMAGE_STORE || id == GLSL_F_IMAGE_LOAD) {
        glsl_picture *picture = &r->pictures[node->a->variable->binding & 7];
        for (i = 0; i < n; i++) {
            const int32_t x = (int32_t)argument[1][i], y = (int32_t)argument[1][n + i];
            if (!r->active[i]) continue;
            if (picture->data == NULL) glsl_misuse(r, "an image that is not bound", node->a->variable->name);
            else if (x < 0 || y < 0 || x >= picture->width || y >= picture->height)
                glsl_misuse(r, id == GLSL_F_IMAGE_STORE ? "a write out of bounds" : "a read out of bounds",
                    node->a->variable->name);
            else if (id == GLSL_F_IMAGE_LOAD)
                for (k = 0; k < 4; k++)
                    out[(size_t)k * n + i] = glsl_bits(
                        (float)
                            picture->data[((size_t)y * (size_t)picture->width + (size_t)x) * 4 + (size_t)k] /
                        255.0f);
            else
                for (k = 0; k < 4; k++) {
                    float v = glsl_float(argument[2][(size_t)k * n + i]);
                    v = v > 0 ? (v < 1 ? v : 1) : 0;
                    picture->data[((size_t)y * (size_t)picture->width + (size_t)x) * 4 + (size_t)k] =
                        (uint8_t)(v * 255.0f + 0.5f);
                }
        }
        return;
    }
    if (id == GLSL_F_MUL_EXTENDED || id == GLSL_F_ADD_CARRY || id == GLSL_F_SUB_BORROW) {
        glsl_place high, low;
        uint32_t *second = glsl_temporary(r, 4);
        const int vector = node->a->type.size;
        for (i = 0; i < n * (size_t)vector; i++) {
            const uint64_t x = argument[0][i], y = argument[1][i], product = x * y;
            if (id == GLSL_F_MUL_EXTENDED) {
                argument[2][i] = (uint32_t)(product >> 32);
                second[i] = (uint32_t)product;
            } else {
                out[i] = (uint32_t)(id == GLSL_F_ADD_CARRY ? x + y : x - y);
                argument[2][i] = id == GLSL_F_ADD_CARRY ? (uint32_t)((x + y) >> 32) : x < y;
            }
        }
        glsl_resolve(r, node->a->next->next, &high);
        glsl_store(r, &high, argument[2]);
        if (id == GLSL_F_MUL_EXTENDED) {
            glsl_resolve(r, node->a->next->next->next, &low);
            glsl_store(r, &low, second);
        }
        return;
    }
    if (id == GLSL_F_ANY || id == GLSL_F_ALL || id == GLSL_F_DOT) {
        for (i = 0; i < n; i++) {
            uint32_t all = 1, any = 0;
            float sum = 0;
            for (k = 0; k < size[0]; k++) {
                const uint32_t a = argument[0][(size_t)k * n + i];
                all &= a;
                any |= a;
                if (id == GLSL_F_DOT) sum += glsl_float(a) * glsl_float(argument[1][(size_t)k * n + i]);
            }
            out[i] = id == GLSL_F_ANY ? any : id == GLSL_F_ALL ? all : glsl_bits(sum);
        }
        return;
    }
    for (k = 0; k < node->type.size; k++)
        for (i = 0; i < n; i++) {
            uint32_t value[4] = {0, 0, 0, 0}, result = GLSL_JUNK;
            float f;
            int j;
            for (j = 0; j < count; j++) value[j] = argument[j][size[j] > 1 ? (size_t)k * n + i : i];
            f = base == GLSL_FLOAT ? glsl_float(value[0]) : 0;
            switch (id) {
            case GLSL_F_MIN: result = glsl_pick(base, value[0], value[1], 0); break;
            case GLSL_F_MAX: result = glsl_pick(base, value[0], value[1], 1); break;
            case GLSL_F_CLAMP:
                result = glsl_pick(base, glsl_pick(base, value[0], value[1], 1), value[2], 0);
                break;
            case GLSL_F_ABS:
                result = base == GLSL_FLOAT      ? value[0] & 0x7FFFFFFFu
                         : (value[0] >> 31) != 0 ? 0u - value[0]
                                                 : value[0];
                break;
            case GLSL_F_SIGN:
                if (base == GLSL_FLOAT) result = glsl_bits(f > 0 ? 1.0f : f < 0 ? -1.0f : 0.0f);
                else result = (value[0] >> 31) != 0 ? 0xFFFFFFFFu : value[0] != 0;
                break;
            case GLSL_F_FLOOR: result = glsl_bits(glsl_floor(f)); break;
            case GLSL_F_CEIL: result = glsl_bits(-glsl_floor(-f)); break;
            case GLSL_F_FRACT: result = glsl_bits(f - glsl_floor(f)); break;
            case GLSL_F_MIX:
                if (node->a->next->next->type.base == GLSL_BOOL) result = value[2] != 0 ? value[1] : value[0];
                else
                    result = glsl_bits(
                        f * (1.0f - glsl_float(value[2])) + glsl_float(value[1]) * glsl_float(value[2]));
                break;
            case GLSL_F_LOG2: result = glsl_bits((float)(log((double)f) * 1.4426950408889634)); break;
            case GLSL_F_EXP2: result = glsl_bits((float)exp((double)f * 0.69314718055994531)); break;
            case GLSL_F_STEP: result = glsl_bits(glsl_float(value[1]) < f ? 0.0f : 1.0f); break;
            case GLSL_F_TO_UINT:
            case GLSL_F_TO_INT:
            case GLSL_F_FROM_UINT:
            case GLSL_F_FROM_INT: result = value[0]; break;
            case GLSL_F_COUNT:
            case GLSL_F_HIGH:
            case GLSL_F_LOW:
            case GLSL_F_REVERSE: result = glsl_bit_function(id, value[0]); break;
            case GLSL_F_EXTRACT:
            case GLSL_F_INSERT: {
                const uint32_t offset = value[id == GLSL_F_INSERT ? 2 : 1],
                               bits = value[id == GLSL_F_INSERT ? 3 : 2];
                uint32_t mask;
                if (offset > 32 || bits > 32 || offset + bits > 32) {
                    if (r->active[i]) glsl_misuse_text(r, "a bit field out of bounds");
                    break;
                }
                mask = bits == 32 ? 0xFFFFFFFFu : (1u << bits) - 1u;
                if (bits == 0) result = id == GLSL_F_INSERT ? value[0] : 0;
                else if (id == GLSL_F_EXTRACT) result = (value[0] >> offset) & mask;
                else result = (value[0] & ~(mask << offset)) | ((value[1] & mask) << offset);
                break;
            }
            case GLSL_F_NOT: result = !value[0]; break;
            default: result = glsl_compare(id, base, value[0], value[1]); break;
            }
            out[(size_t)k * n + i] = result;
        }
}

static void glsl_execute(glsl_run *r, const glsl_node *statement);

static void glsl_run_call(glsl_run *r, const glsl_node *node, uint32_t *out)
{
    const glsl_function *function = node->function;
    uint32_t *values[12];
    const glsl_node *each;
    uint8_t *entry = glsl_mask(r), *returned = glsl_mask(r), *saved_returned = r->returned,
            *saved_continued = r->continued;
    int i;
    for (i = 0, each = node->a; each != NULL; i++, each = each->next) {
        values[i] = glsl_temporary(r, each->type.size * (each->type.length > 0 ? each->type.length : 1));
        if ((function->way[i] & 1) != 0) glsl_eval(r, each, values[i]);
    }
    for (i = 0; i < function->parameters; i++)
        if ((function->way[i] & 1) != 0) glsl_store_variable(r, function->parameter[i], values[i]);
    memcpy(entry, r->active, (size_t)r->lanes);
    memset(returned, 0, (size_t)r->lanes);
    r->returned = returned;
    r->continued = NULL;
    glsl_execute(r, function->body);
    if (function->result != NULL && glsl_some(r, r->active))
        glsl_misuse(r, "a function that ends without a return", function->name);
    memcpy(r->active, entry, (size_t)r->lanes);
    r->returned = saved_returned;
    r->continued = saved_continued;
    if (function->result != NULL) glsl_load_variable(r, function->result, out);
    for (i = 0, each = node->a; each != NULL; i++, each = each->next)
        if ((function->way[i] & 2) != 0) {
            glsl_place place;
            glsl_load_variable(r, function->parameter[i], values[i]);
            glsl_resolve(r, each, &place);
            glsl_store(r, &place, values[i]);
        }
}

static void glsl_eval_node(glsl_run *r, const glsl_node *node, uint32_t *out)
{
    const size_t n = (size_t)r->lanes;
    glsl_place place;
    uint32_t *a, *b;
    uint8_t *entry;
    const glsl_node *each;
    size_t i;
    int k, j;
    switch (node->kind) {
    case GLSL_N_CONSTANT:
        for (k = 0; k < node->type.size; k++)
            for (i = 0; i < n; i++) out[(size_t)k * n + i] = node->value[k];
        break;
    case GLSL_N_VARIABLE:
        if (node->type.length > 0) { /* a whole array, as an argument */
            glsl_load_variable(r, node->variable, out);
            break;
        }
        glsl_resolve(r, node, &place);
        glsl_load(r, &place, out);
        break;
    case GLSL_N_INDEX:
    case GLSL_N_SWIZZLE:
        for (each = node; each->kind == GLSL_N_INDEX || each->kind == GLSL_N_SWIZZLE; each = each->a) {}
        if (each->kind == GLSL_N_VARIABLE) {
            glsl_resolve(r, node, &place);
            glsl_load(r, &place, out);
            break;
        }
        a = glsl_temporary(r, node->a->type.size * (node->a->type.length > 0 ? node->a->type.length : 1));
        glsl_eval(r, node->a, a);
        if (node->kind == GLSL_N_SWIZZLE) {
            for (k = 0; k < node->type.size; k++)
                memcpy(out + (size_t)k * n, a + (size_t)node->component[k] * n, n * 4);
            break;
        }
        b = glsl_temporary(r, 1);
        glsl_eval(r, node->b, b);
        glsl_junk(r, out, node->type.size);
        for (i = 0; i < n; i++) {
            const int size = node->a->type.length > 0 ? node->a->type.size : 1;
            const uint32_t length =
                (uint32_t)(node->a->type.length > 0 ? node->a->type.length : node->a->type.size);
            if (!r->active[i]) continue;
            if (b[i] >= length) glsl_misuse_text(r, "an index out of bounds");
            else
                for (k = 0; k < size; k++)
                    out[(size_t)k * n + i] = a[((size_t)b[i] * (size_t)size + (size_t)k) * n + i];
        }
        break;
    case GLSL_N_UNARY:
        glsl_eval(r, node->a, out);
        for (i = 0; i < n * (size_t)node->type.size; i++) switch (node->operation) {
            case '-': out[i] = node->type.base == GLSL_FLOAT ? out[i] ^ 0x80000000u : 0u - out[i]; break;
            case '!': out[i] = !out[i]; break;
            case '~': out[i] = ~out[i]; break;
            default: break;
            }
        break;
    case GLSL_N_BINARY:
        if (node->operation == ('&' | '&' << 8) || node->operation == ('|' | '|' << 8)) {
            const uint32_t done = node->operation == ('|' | '|' << 8) ? 1 : 0;
            entry = glsl_mask(r);
            b = glsl_temporary(r, 1);
            glsl_eval(r, node->a, out);
            memcpy(entry, r->active, n);
            for (i = 0; i < n; i++) r->active[i] = (uint8_t)(entry[i] && (out[i] != 0) != done);
            if (glsl_some(r, r->active)) {
                glsl_eval(r, node->b, b);
                for (i = 0; i < n; i++)
                    if (r->active[i]) out[i] = b[i];
            }
            memcpy(r->active, entry, n);
            break;
        }
        a = glsl_temporary(r, node->a->type.size);
        b = glsl_temporary(r, node->b->type.size);
        glsl_eval(r, node->a, a);
        glsl_eval(r, node->b, b);
        glsl_operate_all(r, node->operation, node->a->type, a, node->b->type, b, out);
        break;
    case GLSL_N_CHOICE:
        entry = glsl_mask(r);
        a = glsl_temporary(r, 1);
        b = glsl_temporary(r, node->type.size);
        glsl_junk(r, out, node->type.size);
        glsl_eval(r, node->a, a);
        memcpy(entry, r->active, n);
        for (j = 0; j < 2; j++) {
            for (i = 0; i < n; i++) r->active[i] = (uint8_t)(entry[i] && (a[i] != 0) == (j == 0));
            if (!glsl_some(r, r->active)) continue;
            glsl_eval(r, j == 0 ? node->b : node->c, b);
            for (k = 0; k < node->type.size; k++)
                for (i = 0; i < n; i++)
                    if (r->active[i]) out[(size_t)k * n + i] = b[(size_t)k * n + i];
        }
        memcpy(r->active, entry, n);
        break;
    case GLSL_N_ASSIGN:
        if (node->a->type.length > 0) {
            glsl_eval(r, node->b, out);
            glsl_store_variable(r, node->a->variable, out);
            break;
        }
        glsl_resolve(r, node->a, &place);
        if (node->operation != 0) {
            a = glsl_temporary(r, node->a->type.size);
            b = glsl_temporary(r, node->b->type.size);
            glsl_load(r, &place, a);
            glsl_eval(r, node->b, b);
            glsl_operate_all(r, node->operation, node->a->type, a, node->b->type, b, out);
        } else {
            glsl_eval(r, node->b, out);
        }
        glsl_store(r, &place, out);
        break;
    case GLSL_N_STEP:
        glsl_resolve(r, node->a, &place);
        glsl_load(r, &place, out);
        a = glsl_temporary(r, node->type.size);
        for (i = 0; i < n * (size_t)node->type.size; i++)
            a[i] = node->type.base == GLSL_FLOAT
                       ? glsl_bits(glsl_float(out[i]) + (node->operation == '+' ? 1.0f : -1.0f))
                       : out[i] + (node->operation == '+' ? 1u : 0xFFFFFFFFu);
        glsl_store(r, &place, a);
        if (node->flag) memcpy(out, a, n * (size_t)node->type.size * 4);
        break;
    case GLSL_N_CALL: glsl_run_call(r, node, out); break;
    case GLSL_N_BUILTIN: glsl_builtin(r, node, out); break;
    case GLSL_N_CONSTRUCT:
        k = 0;
        for (each = node->a; each != NULL; each = each->next) {
            const int room = node->type.size * (node->type.length > 0 ? node->type.length : 1);
            a = glsl_temporary(r, each->type.size);
            glsl_eval(r, each, a);
            for (j = 0; j < each->type.size && k < room; j++, k++)
                for (i = 0; i < n; i++)
                    out[(size_t)k * n + i] =
                        glsl_convert(a[(size_t)j * n + i], each->type.base, node->type.base);
        }
        for (; k < node->type.size; k++) memcpy(out + (size_t)k * n, out, n * 4); /* of one scalar */
        break;
    case GLSL_N_LENGTH: {
        int length = node->a->type.length;
        if (length < 0 && node->a->kind == GLSL_N_VARIABLE) {
            const glsl_variable *variable = node->a->variable;
            length =
                (int)(r->buffers[variable->binding].bytes / 4 - (size_t)variable->offset) / variable->stride;
        }
        for (i = 0; i < n; i++) out[i] = (uint32_t)length;
        break;
    }
    case GLSL_N_COMMA:
        a = glsl_temporary(r, node->a->type.size);
        glsl_eval(r, node->a, a);
        glsl_eval(r, node->b, out);
        break;
    default: break;
    }
}

static void glsl_eval(glsl_run *r, const glsl_node *node, uint32_t *out)
{
    const size_t top = r->top;
    /* the place of an index outlives this call: it is the caller's to drop */
    glsl_eval_node(r, node, out);
    r->top = top;
}

static void glsl_loop(glsl_run *r, const glsl_node *node)
{
    const size_t n = (size_t)r->lanes, top = r->top;
    uint8_t *entry = glsl_mask(r), *continued = glsl_mask(r), *outer = r->continued;
    uint32_t *value = glsl_temporary(r, 1);
    size_t i;
    long turns = 0;
    if (node->a != NULL) glsl_execute(r, node->a);
    memcpy(entry, r->active, n);
    for (;; turns++) {
        if (node->b != NULL && !(node->flag && turns == 0)) {
            glsl_eval(r, node->b, value);
            for (i = 0; i < n; i++) r->active[i] = (uint8_t)(r->active[i] && value[i] != 0);
        }
        if (!glsl_some(r, r->active)) break;
        if (turns > 1L << 22) {
            glsl_misuse_text(r, "a loop without an end");
            break;
        }
        memset(continued, 0, n);
        r->continued = continued;
        if (node->d != NULL) glsl_execute(r, node->d);
        r->continued = outer;
        for (i = 0; i < n; i++) r->active[i] |= continued[i];
        if (node->c != NULL && glsl_some(r, r->active)) {
            const size_t before = r->top;
            uint32_t *ignored = glsl_temporary(r, 4);
            glsl_eval(r, node->c, ignored);
            r->top = before;
        }
    }
    for (i = 0; i < n; i++) r->active[i] = (uint8_t)(entry[i] && !r->returned[i]);
    r->top = top;
}

/* Of the block too: in its lists the next one, until no lane is left. */
static void glsl_execute(glsl_run *r, const glsl_node *statement)
{
    const size_t n = (size_t)r->lanes;
    size_t i;
    for (; statement != NULL; statement = statement->next) {
        const size_t top = r->top;
        if (!glsl_some(r, r->active)) return;
        switch (statement->kind) {
        case GLSL_S_EXPRESSION: {
            const glsl_type type = statement->a->type;
            glsl_eval(r, statement->a, glsl_temporary(r, type.size * (type.length > 0 ? type.length : 1)));
            break;
        }
        case GLSL_S_DECLARE: {
            const glsl_type type = statement->variable->type;
            const int words = type.size * (type.length > 0 ? type.length : 1);
            uint32_t *value = glsl_temporary(r, words);
            glsl_junk(r, value, words);
            if (statement->a != NULL) glsl_eval(r, statement->a, value);
            glsl_store_variable(r, statement->variable, value);
            break;
        }
        case GLSL_S_IF: {
            uint32_t *value = glsl_temporary(r, 1);
            uint8_t *entry = glsl_mask(r), *after = glsl_mask(r);
            glsl_eval(r, statement->a, value);
            memcpy(entry, r->active, n);
            for (i = 0; i < n; i++) r->active[i] = (uint8_t)(entry[i] && value[i] != 0);
            if (statement->b != NULL) glsl_execute(r, statement->b);
            memcpy(after, r->active, n);
            for (i = 0; i < n; i++) r->active[i] = (uint8_t)(entry[i] && value[i] == 0);
            if (statement->c != NULL) glsl_execute(r, statement->c);
            for (i = 0; i < n; i++) r->active[i] |= after[i];
            break;
        }
        case GLSL_S_LOOP: glsl_loop(r, statement); break;
        case GLSL_S_BREAK: memset(r->active, 0, n); break;
        case GLSL_S_CONTINUE:
            for (i = 0; i < n; i++) r->continued[i] |= r->active[i];
            memset(r->active, 0, n);
            break;
        case GLSL_S_RETURN:
            if (statement->a != NULL) {
                uint32_t *value = glsl_temporary(r, statement->a->type.size);
                glsl_eval(r, statement->a, value);
                glsl_store_variable(r, statement->function->result, value);
            }
            for (i = 0; i < n; i++) r->returned[i] |= r->active[i];
            memset(r->active, 0, n);
            break;
        default: glsl_execute(r, statement->a); break;
        }
        r->top = top;
    }
}

static void glsl_globals(glsl_run *r)
{
    const glsl_program *p = r->program;
    int k;
    for (k = 0; k < p->variable_count; k++) { /* constants outside of functions */
        glsl_variable *variable = p->variables[k];
        if (variable->storage == GLSL_PRIVATE && variable->global && variable->initial != NULL) {
            const int length = variable->type.length > 0 ? variable->type.length : 1;
            const size_t top = r->top;
            uint32_t *value = glsl_temporary(r, variable->type.size * length);
            glsl_eval(r, variable->initial, value);
            glsl_store_variable(r, variable, value);
            r->top = top;
        }
    }
}

static void glsl_run_group(glsl_run *r)
{
    const glsl_program *p = r->program;
    const size_t n = (size_t)r->lanes;
    size_t i, words = (size_t)p->private_words * n;
    int k;
    uint8_t *masks;
    r->top = 0;
    masks = glsl_mask(r);
    r->active = masks;
    r->returned = glsl_mask(r);
    r->continued = NULL;
    memset(r->active, 1, n);
    memset(r->returned, 0, n);
    for (i = 0; i < words; i++) r->locals[i] = GLSL_JUNK;
    for (i = 0; i < (size_t)p->shared_words; i++) {
        r->shared[i] = GLSL_JUNK;
        r->written_in[i] = r->read_in[i] = -1;
    }
    r->epoch = 0;
    for (k = 0; k < 3; k++)
        for (i = 0; i < n; i++) {
            const uint32_t size = (uint32_t)p->local_size[k];
            const uint32_t local = (uint32_t)i /
                                   (k == 0      ? 1u
                                       : k == 1 ? (uint32_t)p->local_size[0]
                                                : (uint32_t)(p->local_size[0] * p->local_size[1])) %
                                   size;
            r->locals[(size_t)(p->builtin[0]->offset + k) * n + i] = r->group[k] * size + local;
            r->locals[(size_t)(p->builtin[1]->offset + k) * n + i] = local;
            r->locals[(size_t)p->builtin[2]->offset * n + i] = (uint32_t)i;
            r->locals[(size_t)(p->builtin[3]->offset + k) * n + i] = r->group[k];
            r->locals[(size_t)(p->builtin[4]->offset + k) * n + i] = r->groups[k];
            r->locals[(size_t)(p->builtin[5]->offset + k) * n + i] = size;
        }
    glsl_globals(r);
    glsl_execute(r, p->main_function->body);
}

static void *glsl_scratch(int which, size_t bytes) /* kept from dispatch to dispatch */
{
    static struct {
        void *memory;
        size_t bytes;
    } kept[4];
    if (kept[which].bytes < bytes) {
        free(kept[which].memory);
        kept[which].memory = malloc(bytes);
        if (kept[which].memory == NULL) abort();
        kept[which].bytes = bytes;
    }
    return kept[which].memory;
}

/* The work groups in turn, the last first where backwards is 1: their order must not matter. */
static void glsl_dispatch(glsl_run *r, uint32_t x, uint32_t y, uint32_t z, int backwards)
{
    const glsl_program *p = r->program;
    const size_t n = (size_t)(p->local_size[0] * p->local_size[1] * p->local_size[2]);
    const size_t shared = (size_t)p->shared_words + 1;
    uint64_t i, count = (uint64_t)x * y * z;
    r->lanes = (int)n;
    r->room = n * 2000;
    r->locals = (uint32_t *)glsl_scratch(0, ((size_t)p->private_words + 1) * n * 4);
    r->shared = (uint32_t *)glsl_scratch(1, shared * 4);
    r->stack = (uint32_t *)glsl_scratch(2, r->room * 4);
    r->written_in = (int *)glsl_scratch(3, shared * 4 * sizeof(int));
    r->written_by = r->written_in + shared;
    r->read_in = r->written_by + shared;
    r->read_by = r->read_in + shared;
    r->groups[0] = x, r->groups[1] = y, r->groups[2] = z;
    for (i = 0; i < count; i++) {
        const uint64_t group = backwards ? count - 1 - i : i;
        r->group[0] = (uint32_t)(group % x);
        r->group[1] = (uint32_t)(group / x % y);
        r->group[2] = (uint32_t)(group / x / y);
        glsl_run_group(r);
    }
}

/* A vertex shader: attributes as one, two or four words of lanes in, positions (x, y, z, w) of lanes out. */
static void glsl_vertices(
    glsl_run *r, int count, int first, const uint32_t *const attributes[8], float *positions)
{
    glsl_program *p = r->program;
    const size_t n = (size_t)count;
    size_t i;
    int k;
    r->lanes = count;
    r->room = n * 2000;
    r->locals = (uint32_t *)glsl_scratch(0, ((size_t)p->private_words + 1) * n * 4);
    r->stack = (uint32_t *)glsl_scratch(2, r->room * 4);
    r->top = 0;
    r->active = glsl_mask(r);
    r->returned = glsl_mask(r);
    r->continued = NULL;
    memset(r->active, 1, n);
    memset(r->returned, 0, n);
    for (i = 0; i < (size_t)p->private_words * n; i++) r->locals[i] = GLSL_JUNK;
    for (i = 0; i < n; i++) r->locals[(size_t)p->builtin[6]->offset * n + i] = (uint32_t)first + (uint32_t)i;
    for (k = 0; k < p->attribute_count; k++)
        memcpy(r->locals + (size_t)p->attributes[k]->offset * n, attributes[k],
            (size_t)p->attributes[k]->type.size * n * 4);
    glsl_globals(r);
    glsl_execute(r, p->main_function->body);
    for (i = 0; i < n; i++)
        for (k = 0; k < 4; k++)
            positions[4 * i + (size_t)k] = glsl_float(r->locals[(size_t)(p->builtin[8]->offset + k) * n + i]);
}

#endif
