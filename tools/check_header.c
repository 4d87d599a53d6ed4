/* check_header.c - holds a header of pika to the rules that no compiler checks.
   Build: cc -O2 tools/check_header.c -o build/check_header      Run: build/check_header [-v] pika.h pika_gl.h

   text      ASCII, at most 110 columns, no tabs, no blanks at the end of a line, no // comments, no open work
   tags      every tag of the table of contents is the banner of one section, in that order, and no other is;
             every banner says more than its name; no section is longer than 1500 lines
   names     everything at file scope is prefixed: functions, types, tags, variables, enumerators, macros
   order     no private function is declared before it is defined, and no function of the implementation calls
             a public one that is defined further down: arrows point up the page
   macros    every configuration macro is in the table of the top comment and the table lists no other; a second
             header has the table and the version macros of the first
   dead      every private function and macro is used
   pragmas   what is pushed is popped
   version   line 1, the CHANGES list and the macros agree
   The last line is `N passed, N failed, N skipped`. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 110
#define MAX_SECTION_LINES 1500

/* ---- a file as tokens -------------------------------------------------------------------------------- */

typedef struct token {
    const char *text;
    int length, line;
    char kind; /* 'i' identifier, 'n' number, 's' string or character, '#' a whole directive, else itself */
} token;

typedef struct name {
    char *text;
    int uses, function_line, declared_line, macro_line, tested_line;
} name;

static const char *file_name;
static char *file_text;
static const char *first_text; /* of the first header */
static long file_size;
static token *tokens;
static int token_count;
static int failures, checks_passed, checks_failed, verbose;

static void fail(int line, const char *what, const char *text, int length)
{
    if (failures++ < 20)
        printf("%s:%d: %s%s%.*s\n", file_name, line, what, length > 0 ? ": " : "", length, text);
}

static void finish_check(const char *name_of_check)
{
    if (failures > 20) printf("%s: and %d more\n", file_name, failures - 20);
    if (verbose || failures > 0) printf("%s %s\n", failures > 0 ? "FAIL" : "ok", name_of_check);
    if (failures > 0) checks_failed++;
    else checks_passed++;
    failures = 0;
}

static void *allocate(size_t size)
{
    void *p = calloc(1, size);
    if (p == NULL) {
        fputs("check_header: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static int load(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) return 0;
    if (fseek(f, 0, SEEK_END) != 0 || (file_size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
        fclose(f);
        return 0;
    }
    file_text = (char *)allocate((size_t)file_size + 2);
    if (first_text == NULL) first_text = file_text;
    if (fread(file_text, 1, (size_t)file_size, f) != (size_t)file_size) {
        fclose(f);
        return 0;
    }
    return fclose(f) == 0;
}

static int is_word(int c) { return isalnum(c) || c == '_'; }

/* Comments are left out of the tokens; a // is reported here, where strings are known. */
static void tokenize(void)
{
    const char *p = file_text;
    int line = 1, line_start = 1;
    tokens = (token *)allocate((size_t)(file_size + 1) * sizeof *tokens);
    while (*p != 0) {
        token t;
        if (*p == '\n') {
            line++, p++, line_start = 1;
            continue;
        }
        if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\\') {
            p++;
            continue;
        }
        if (p[0] == '/' && p[1] == '*') {
            for (p += 2; *p != 0 && !(p[0] == '*' && p[1] == '/'); p++)
                if (*p == '\n') line++;
            if (*p != 0) p += 2;
            continue;
        }
        if (p[0] == '/' && p[1] == '/') {
            fail(line, "a // comment", p, 0);
            while (*p != 0 && *p != '\n') p++;
            continue;
        }
        t.text = p;
        t.line = line;
        if (*p == '#' && line_start) {
            /* to the end of the line, its continuations included; a comment that it ends with comes next */
            for (; *p != 0 && *p != '\n'; p++) {
                if (p[0] == '\\' && p[1] == '\n') p++, line++;
                else if (p[0] == '/' && p[1] == '*') {
                    const char *end = strstr(p, "*/");
                    if (end == NULL || end[2 + strspn(end + 2, " ")] != '\\') break;
                    for (; p < end; p++) line += *p == '\n';
                    p++; /* inside a macro, which goes on */
                }
            }
            t.kind = '#';
        } else if (isalpha((unsigned char)*p) || *p == '_') {
            while (is_word((unsigned char)*p)) p++;
            t.kind = 'i';
        } else if (isdigit((unsigned char)*p)) {
            while (is_word((unsigned char)*p) || *p == '.' ||
                   ((*p == '+' || *p == '-') && strchr("eEpP", p[-1]) != NULL))
                p++;
            t.kind = 'n';
        } else if (*p == '"' || *p == '\'') {
            char quote = *p++;
            while (*p != 0 && *p != quote && *p != '\n') p += p[0] == '\\' && p[1] != 0 ? 2 : 1;
            if (*p == quote) p++;
            t.kind = 's';
        } else {
            t.kind = *p++;
        }
        line_start = 0;
        t.length = (int)(p - t.text);
        tokens[token_count++] = t;
    }
}

static int same(const token *t, const char *text)
{
    return (size_t)t->length == strlen(text) && memcmp(t->text, text, (size_t)t->length) == 0;
}

static int begins(const char *text, int length, const char *prefix)
{
    size_t n = strlen(prefix);
    return (size_t)length >= n && memcmp(text, prefix, n) == 0;
}

/* ---- identifiers by name ----------------------------------------------------------------------------- */

#define NAME_SLOTS 65536
static name names[NAME_SLOTS];

static name *find_name(const char *text, int length)
{
    unsigned h = 2166136261u;
    int i;
    for (i = 0; i < length; i++) h = (h ^ (unsigned char)text[i]) * 16777619u;
    for (h %= NAME_SLOTS;; h = (h + 1) % NAME_SLOTS) {
        if (names[h].text == NULL) {
            names[h].text = (char *)allocate((size_t)length + 1);
            memcpy(names[h].text, text, (size_t)length);
            return &names[h];
        }
        if (strncmp(names[h].text, text, (size_t)length) == 0 && names[h].text[length] == 0) return &names[h];
    }
}

static int is_private(const char *text, int length)
{
    return begins(text, length, "pika__") || begins(text, length, "pika_gl__") ||
           begins(text, length, "PIKA__") || begins(text, length, "PIKA_GL__");
}

static int prefixed(const token *t)
{
    return begins(t->text, t->length, "pika_") || begins(t->text, t->length, "PIKA_");
}

/* ---- text -------------------------------------------------------------------------------------------- */

static void check_text(void)
{
    static const char *const open_work[] = {"TO"
                                            "DO",
        "FIX"
        "ME",
        "X"
        "XX"};
    const char *p = file_text, *end;
    int line, i;
    if (file_size == 0 || file_text[file_size - 1] != '\n')
        fail(1, "no newline at the end of the file", "", 0);
    for (line = 1; *p != 0; line++, p = end + 1) {
        end = strchr(p, '\n');
        if (end == NULL) end = p + strlen(p);
        if (end - p > MAX_COLUMNS) fail(line, "longer than 110 columns", "", 0);
        if (end > p && end[-1] == ' ') fail(line, "a blank at the end of the line", "", 0);
        for (; p < end; p++) {
            if ((unsigned char)*p < 32 || (unsigned char)*p > 126) {
                fail(line, *p == '\t' ? "a tab" : *p == '\r' ? "a carriage return" : "not ASCII", "", 0);
                break;
            }
            for (i = 0; i < 3; i++)
                if (begins(p, (int)(end - p), open_work[i]))
                    fail(line, "open work", p, (int)strlen(open_work[i]));
        }
        if (*end == 0) break;
    }
    if (strlen(file_text) != (size_t)file_size) fail(line, "a NUL byte", "", 0);
    finish_check("text");
}

/* ---- tags -------------------------------------------------------------------------------------------- */

static int line_of(const char *at)
{
    const char *p;
    int line = 1;
    for (p = file_text; p < at; p++)
        if (*p == '\n') line++;
    return line;
}

static int tag_length(const char *tag)
{
    int n = 2;
    while (is_word((unsigned char)tag[n])) n++;
    return n;
}

/* A banner is a comment line with the tag first: "---- >>name: what it is for". */
static const char *next_banner(const char *p)
{
    while ((p = strstr(p, "/* ---- >>")) != NULL) {
        if (p == file_text || p[-1] == '\n') return p + 8;
        p++;
    }
    return NULL;
}

static void check_tags(void)
{
    const char *contents = strstr(file_text, "CONTENTS"), *end, *banner, *tag, *next, *p;
    int length, lines;
    end = contents != NULL ? strstr(contents, "\n\n") : NULL;
    if (end == NULL) {
        fail(1, "no table of contents", "", 0);
        finish_check("tags");
        return;
    }
    banner = next_banner(file_text);
    for (tag = strstr(contents, ">>"); tag != NULL && tag < end; tag = strstr(tag + 2, ">>")) {
        length = tag_length(tag);
        if (banner == NULL || tag_length(banner) != length || memcmp(banner, tag, (size_t)length) != 0) {
            fail(line_of(tag), "the table of contents and the banners part here", tag, length);
            if (banner != NULL) fail(line_of(banner), "the next banner is", banner, tag_length(banner));
            finish_check("tags");
            return;
        }
        if (banner[length] != ':')
            fail(line_of(banner), "the banner does not say what the section is for", tag, length);
        next = next_banner(banner + 1);
        p = next != NULL ? next : file_text + file_size;
        lines = line_of(p) - line_of(banner);
        if (verbose) printf("%6d lines  %.*s\n", lines, length, tag);
        if (lines > MAX_SECTION_LINES)
            fail(line_of(banner), "a section of more than 1500 lines", tag, length);
        banner = next;
    }
    if (banner != NULL)
        fail(line_of(banner), "a banner that is not in the table of contents", banner, tag_length(banner));
    finish_check("tags");
}

/* ---- macros ------------------------------------------------------------------------------------------ */

/* Macros that a header may set for the system headers it includes. */
static int for_system_headers(const char *text, int length)
{
    return (length == 19 && memcmp(text, "WIN32_LEAN_AND_MEAN", 19) == 0) ||
           (length == 8 && memcmp(text, "NOMINMAX", 8) == 0);
}

static void count_words(const char *p, const char *end, int line)
{
    while (p < end) {
        const char *start = p;
        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++)
                if (*p == '\\') p++;
            p++;
        } else if (isalpha((unsigned char)*p) || *p == '_') {
            name *n;
            while (p < end && is_word((unsigned char)*p)) p++;
            n = find_name(start, (int)(p - start));
            n->uses++;
            if (n->tested_line == 0) n->tested_line = line;
        } else if (isdigit((unsigned char)*p)) {
            while (p < end && (is_word((unsigned char)*p) || *p == '.')) p++;
        } else {
            p++;
        }
    }
}

/* Directives: what is defined must be prefixed; what conditions ask for is remembered as tested. */
static void read_directives(void)
{
    int i;
    for (i = 0; i < token_count; i++) {
        const char *p = tokens[i].text + 1, *end = tokens[i].text + tokens[i].length, *word;
        int line = tokens[i].line, length;
        name *n;
        if (tokens[i].kind == 'i') {
            find_name(tokens[i].text, tokens[i].length)->uses++;
            continue;
        }
        if (tokens[i].kind != '#') continue;
        while (p < end && *p == ' ') p++;
        if (begins(p, (int)(end - p), "define ")) {
            for (p += 7; p < end && *p == ' ';) p++;
            word = p;
            while (p < end && is_word((unsigned char)*p)) p++;
            length = (int)(p - word);
            if (!begins(word, length, "PIKA_") && !for_system_headers(word, length) &&
                !(begins(word, length, "pika_") && strncmp(p, "(", 1) == 0))
                fail(line, "a macro without prefix", word, length);
            n = find_name(word, length);
            if (n->macro_line == 0) n->macro_line = line;
            while (p < end) { /* the replacement uses names, but tests none */
                word = p;
                if (isalpha((unsigned char)*p) || *p == '_') {
                    while (p < end && is_word((unsigned char)*p)) p++;
                    find_name(word, (int)(p - word))->uses++;
                } else if (isdigit((unsigned char)*p)) {
                    while (p < end && is_word((unsigned char)*p)) p++;
                } else {
                    p++;
                }
            }
        } else if (begins(p, (int)(end - p), "if") || begins(p, (int)(end - p), "elif")) {
            while (p < end && *p != ' ' && *p != '(' && *p != '!') p++;
            count_words(p, end, line);
        }
    }
}

/* Of the table CONFIGURATION: the words in the first column, or after a comma or semicolon there. */
static int in_configuration(const char *start, const char *end, const char *text)
{
    size_t length = strlen(text);
    const char *p;
    for (p = start; (p = strstr(p, text)) != NULL && p < end; p++)
        if (!is_word((unsigned char)p[-1]) && !is_word((unsigned char)p[length])) return 1;
    return 0;
}

static void check_macros(void)
{
    const char *start = strstr(first_text, "CONFIGURATION"),
               *end = start != NULL ? strstr(start, "\n\n") : NULL, *p;
    int i;
    if (end == NULL) {
        fail(1, "no table CONFIGURATION", "", 0);
        finish_check("macros");
        return;
    }
    for (i = 0; i < NAME_SLOTS; i++) {
        const name *n = &names[i];
        if (n->text == NULL || n->tested_line == 0 || !begins(n->text, (int)strlen(n->text), "PIKA_"))
            continue;
        if (is_private(n->text, (int)strlen(n->text)) || strstr(n->text, "_H_INCLUDED") != NULL) continue;
        if (strstr(n->text, "IMPLEMENTATION") != NULL ||
            begins(n->text, (int)strlen(n->text), "PIKA_VERSION"))
            continue;
        if (!in_configuration(start, end, n->text))
            fail(n->tested_line, "a configuration macro that CONFIGURATION does not list", n->text,
                (int)strlen(n->text));
    }
    for (p = start; file_text == first_text && (p = strstr(p, "PIKA_")) != NULL && p < end; p++) {
        const char *word = p;
        if (is_word((unsigned char)p[-1])) continue;
        while (is_word((unsigned char)*p)) p++;
        if (begins(word, (int)(p - word), "PIKA_ERR_")) continue;
        if (find_name(word, (int)(p - word))->uses == 0)
            fail(line_of(word), "CONFIGURATION lists what the file does not use", word, (int)(p - word));
    }
    finish_check("macros");
}

/* ---- names and order --------------------------------------------------------------------------------- */

/* What a brace at file scope holds. */
enum { TRANSPARENT, BODY, ENUMERATION, OTHER };

static int declaration_has(int first, int last, const char *word)
{
    int i;
    for (i = first; i < last; i++)
        if (tokens[i].kind == 'i' && same(&tokens[i], word)) return 1;
    return 0;
}

/* The function that the tokens declare: the first prefixed name before a parenthesis; -1 = none. */
static int function_token(int first, int last)
{
    int i;
    for (i = first; i + 1 < last; i++)
        if (tokens[i].kind == 'i' && begins(tokens[i].text, tokens[i].length, "pika_") &&
            tokens[i + 1].kind == '(')
            return i;
    return -1;
}

static void check_name(int i)
{
    if (tokens[i].kind == 'i' && !prefixed(&tokens[i]))
        fail(tokens[i].line, "a name at file scope without prefix", tokens[i].text, tokens[i].length);
}

static int attribute(const token *t)
{
    return same(t, "__attribute__") || same(t, "__declspec") || same(t, "defined");
}

/* Both walks see the same tokens; names are checked in the first, order in the second. */
static void walk(int check_order)
{
    const char *banner = strstr(file_text, file_text == first_text ? "/* ---- >>impl" : "/* ---- >>gl_impl");
    int implementation_line = banner != NULL ? line_of(banner) : 0;
    int kinds[64], depths[64][3], levels = 0, depth = 0, paren = 0, conditions = 0, first = 0, i, at;
    for (i = 0; i < token_count; i++) {
        const token *t = &tokens[i];
        if (t->kind == '#') { /* every branch of a condition starts from the same depth */
            const char *p = t->text + 1;
            while (*p == ' ') p++;
            if (strncmp(p, "if", 2) == 0 && conditions < 64) {
                depths[conditions][0] = depth;
                depths[conditions][1] = paren;
                depths[conditions++][2] = levels;
            } else if (strncmp(p, "el", 2) == 0 && conditions > 0) {
                depth = depths[conditions - 1][0];
                paren = depths[conditions - 1][1];
                levels = depths[conditions - 1][2];
            } else if (strncmp(p, "endif", 5) == 0 && conditions > 0) {
                conditions--;
            }
            if (depth == 0 && paren == 0) first = i + 1;
            continue;
        }
        if (t->kind == '(') {
            paren++;
            if (depth == 0 && paren == 1 && i + 2 < token_count && tokens[i + 1].kind == '*' &&
                !check_order && tokens[i + 2].kind == 'i' && !(i > 0 && attribute(&tokens[i - 1])))
                check_name(i + 2); /* a pointer to a function */
            continue;
        }
        if (t->kind == ')') {
            paren--;
            continue;
        }
        if (t->kind == '{') {
            int kind = OTHER;
            if (i > 1 && tokens[i - 1].kind == 's' && same(&tokens[i - 2], "extern")) kind = TRANSPARENT;
            else if (depth == 0 && i > 0 && tokens[i - 1].kind != '=' &&
                     !declaration_has(first, i, "typedef") && function_token(first, i) >= 0)
                kind = BODY;
            else if (i > 0 && (same(&tokens[i - 1], "enum") || (i > 1 && same(&tokens[i - 2], "enum"))))
                kind = ENUMERATION;
            if (kind == BODY && check_order) {
                at = function_token(first, i);
                if (tokens[at].line > implementation_line || declaration_has(first, i, "PIKA_INLINE") ||
                    declaration_has(first, i, "inline"))
                    find_name(tokens[at].text, tokens[at].length)->function_line = tokens[at].line;
            }
            if (levels < 64) kinds[levels++] = kind;
            if (kind != TRANSPARENT) depth++;
            else first = i + 1;
            continue;
        }
        if (t->kind == '}') {
            int kind = levels > 0 ? kinds[--levels] : OTHER;
            if (kind != TRANSPARENT) depth--;
            if (depth == 0 && (kind == BODY || kind == TRANSPARENT)) first = i + 1;
            if (depth < 0) {
                fail(t->line, "a closing brace too many", "", 0);
                return;
            }
            continue;
        }
        if (t->kind == ';' && depth == 0 && paren == 0) {
            at = function_token(first, i);
            if (at >= 0 && check_order && !declaration_has(first, i, "typedef")) {
                name *n = find_name(tokens[at].text, tokens[at].length);
                if (is_private(n->text, tokens[at].length))
                    fail(tokens[at].line, "a private function is declared before it is defined",
                        tokens[at].text, tokens[at].length);
                else n->declared_line = tokens[at].line;
            }
            first = i + 1;
            continue;
        }
        if (t->kind != 'i' || i + 1 >= token_count) continue;
        if (!check_order) {
            int next = tokens[i + 1].kind;
            if (depth == 0 && paren == 0) {
                if (next == '(' && !attribute(t)) check_name(i);
                if (next == ';' || next == '=' || next == '[' || next == ',') check_name(i);
                if ((same(t, "struct") || same(t, "union") || same(t, "enum")) && tokens[i + 1].kind == 'i' &&
                    tokens[i + 2].kind == '{')
                    check_name(i + 1);
            } else if (depth == 1 && levels > 0 && kinds[levels - 1] == ENUMERATION && paren == 0 &&
                       (tokens[i - 1].kind == '{' || tokens[i - 1].kind == ',')) {
                check_name(i);
            }
        } else if (depth > 0 && implementation_line > 0 && t->line > implementation_line &&
                   tokens[i + 1].kind == '(' && begins(t->text, t->length, "pika_") &&
                   !is_private(t->text, t->length)) {
            const name *n = find_name(t->text, t->length);
            if (n->declared_line > 0 && n->function_line == 0)
                fail(t->line, "a call of a public function that is defined further down", t->text, t->length);
        }
    }
    if (depth != 0) fail(tokens[token_count - 1].line, "braces do not balance", "", 0);
}

static void check_dead(void)
{
    int i;
    for (i = 0; i < NAME_SLOTS; i++) {
        const name *n = &names[i];
        int length;
        if (n->text == NULL) continue;
        length = (int)strlen(n->text);
        if (is_private(n->text, length) && n->function_line > 0 && n->uses < 2)
            fail(n->function_line, "a private function that nothing uses", n->text, length);
        if (is_private(n->text, length) && n->macro_line > 0 && n->uses == 0 &&
            strstr(n->text, "IMPLEMENTED") == NULL)
            fail(n->macro_line, "a private macro that nothing uses", n->text, length);
    }
    finish_check("dead");
}

/* ---- the rest ---------------------------------------------------------------------------------------- */

static int count_text(const char *text)
{
    const char *p;
    int n = 0;
    for (p = file_text; (p = strstr(p, text)) != NULL; p++) n++;
    return n;
}

static void check_pragmas(void)
{
    if (count_text("#pragma warning(push)") != count_text("#pragma warning(pop)"))
        fail(1, "#pragma warning: push and pop differ in number", "", 0);
    if (count_text("#pragma GCC diagnostic push") != count_text("#pragma GCC diagnostic pop"))
        fail(1, "#pragma GCC diagnostic: push and pop differ in number", "", 0);
    if (count_text("#pragma clang diagnostic push") != count_text("#pragma clang diagnostic pop"))
        fail(1, "#pragma clang diagnostic: push and pop differ in number", "", 0);
    if (count_text("#pragma GCC push_options") != count_text("#pragma GCC pop_options"))
        fail(1, "#pragma GCC options: push and pop differ in number", "", 0);
    finish_check("pragmas");
}

static int macro_number(const char *macro)
{
    const char *p = strstr(first_text, macro);
    return p != NULL ? atoi(p + strlen(macro)) : -1;
}

static void check_version(void)
{
    char version[64], text[96];
    const char *changes = strstr(file_text, "   CHANGES\n");
    int major = macro_number("#define PIKA_VERSION_MAJOR "),
        minor = macro_number("#define PIKA_VERSION_MINOR ");
    sprintf(version, "%d.%d.%d", major, minor, macro_number("#define PIKA_VERSION_PATCH "));
    sprintf(text, " - v%s - ", version);
    if (strstr(file_text, text) == NULL || strstr(file_text, text) > strchr(file_text, '\n'))
        fail(1, "line 1 does not say", version, (int)strlen(version));
    sprintf(text, "#define PIKA_VERSION_STRING \"%s\"", version);
    if (strstr(first_text, text) == NULL)
        fail(1, "PIKA_VERSION_STRING is not", version, (int)strlen(version));
    sprintf(text, "      %s ", version);
    if (changes == NULL || strncmp(changes + 11, text, strlen(text)) != 0)
        fail(1, "the first entry of CHANGES is not", version, (int)strlen(version));
    finish_check("version");
}

static void check_file(const char *path)
{
    int i;
    file_name = path;
    if (!load(path)) {
        fail(1, "cannot be read", "", 0);
        finish_check("file");
        return;
    }
    for (i = 0; i < NAME_SLOTS; i++) free(names[i].text);
    memset(names, 0, sizeof names);
    free(tokens);
    token_count = 0;
    tokenize();
    check_text();
    check_tags();
    read_directives();
    walk(0);
    finish_check("names");
    walk(1);
    finish_check("order");
    check_macros();
    check_dead();
    check_pragmas();
    check_version();
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "-v") == 0) verbose = 1, argc--, argv++;
    if (argc < 2) {
        fputs("usage: check_header [-v] HEADER...\n", stderr);
        return 2;
    }
    for (; argc > 1; argc--, argv++) check_file(argv[1]);
    printf("%d passed, %d failed, 0 skipped\n", checks_passed, checks_failed);
    return checks_failed > 0;
}
