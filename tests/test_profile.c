/* The profiler: nesting and totals with made-up times, rings that wrap, limits, traces, tables, threads. */

#ifndef PIKA_NO_PROFILER

/* ---- a profile with times of the test's own ---------------------------------------------------------- */

typedef struct profile_world {
    pika_ctx ctx;
    test_heap heap;
    pika_profile_desc desc;
    int logs, level, id;
    char text[200], table[64][200];
} profile_world;
static profile_world profiled;

static void profile_logged(void *user, int level, int id, const char *text)
{
    profile_world *w = (profile_world *)user;
    w->level = level, w->id = id;
    strncpy(w->text, text, sizeof w->text - 1);
    if (w->logs < 64) strncpy(w->table[w->logs], text, sizeof w->table[0] - 1);
    w->logs++;
}
static pika__profile *profile_begin(int threads, int events)
{
    pika_ctx_desc ctx_desc;
    memset(&profiled, 0, sizeof profiled);
    ctx_desc = heap_desc(&profiled.heap, threads);
    ctx_desc.log_fn = profile_logged;
    ctx_desc.log_user = &profiled;
    CHECK_OK(pika_ctx_init(&profiled.ctx, &ctx_desc));
    profiled.desc.events = events;
    CHECK_OK(pika_profile_start(&profiled.ctx, &profiled.desc));
    return (pika__profile *)profiled.ctx.profile;
}
static void profile_end(void)
{
    CHECK_OK(pika_status(&profiled.ctx));
    pika_ctx_free(&profiled.ctx);
    CHECK_EQ(profiled.heap.live, 0);
    CHECK_EQ(profiled.heap.bad, 0);
}
/* On the caller's ring, at nanosecond t of the profile. Where calls that read the clock are mixed in, t is
   past all that the clock can say, which then stands still. */
static const uint64_t profile_late = UINT64_C(1) << 60;
static void profile_open(pika__profile *profile, const char *name, uint64_t t)
{
    pika__ring_open(pika__ring_of(profile, 0), name, profile->begin + t);
}
static void profile_close(pika__profile *profile, uint64_t t, uint64_t bytes, uint64_t items)
{
    pika__ring_close(profile, pika__ring_of(profile, 0), profile->begin + t, bytes, items);
}
static void profile_one(pika__profile *profile, const char *name, uint64_t from, uint64_t length)
{
    profile_open(profile, name, from);
    profile_close(profile, from + length, 0, 0);
}
static pika_zone_stats profile_zone(pika_ctx *ctx, const char *name) /* calls 0: there is none */
{
    static pika_zone_stats all[256], none;
    size_t count = 0, i;
    CHECK_OK(pika_profile_zones(ctx, all, 256, &count));
    for (i = 1; i < count; i++) CHECK(all[i - 1].total >= all[i].total);
    for (i = 0; i < count; i++)
        if (strcmp(all[i].name, name) == 0) return all[i];
    return none;
}
static pika_profile_account profile_account(void)
{
    pika_profile_account account;
    memset(&account, 0xB7, sizeof account);
    CHECK_OK(pika_profile_get_account(&profiled.ctx, &account));
    return account;
}

TEST(profile_nesting_and_self)
{
    char same[] = "b"; /* the same text at another address is the same zone */
    pika__profile *profile = profile_begin(1, 0);
    pika_zone_stats a, b, r;
    profile_open(profile, "a", 1000);
    profile_open(profile, "b", 1010);
    profile_close(profile, 1030, 100, 5);
    profile_open(profile, same, 1030);
    profile_one(profile, "c", 1040, 7);
    profile_close(profile, 1070, 20, 1);
    profile_close(profile, 1100, 0, 0);
    profile_open(profile, "r", 2000); /* inside itself */
    profile_one(profile, "r", 2010, 30);
    profile_close(profile, 2050, 0, 0);
    a = profile_zone(&profiled.ctx, "a"), b = profile_zone(&profiled.ctx, "b");
    r = profile_zone(&profiled.ctx, "r");
    CHECK_EQ(a.calls, 1), CHECK_EQ(a.total, 100), CHECK_EQ(a.self, 40);
    CHECK_EQ(a.shortest, 100), CHECK_EQ(a.longest, 100), CHECK_EQ(a.threads, 1);
    CHECK_EQ(a.bytes, 0), CHECK_EQ(a.items, 0);
    CHECK(a.bytes_per_second == 0 && a.items_per_second == 0);
    CHECK_EQ(b.calls, 2), CHECK_EQ(b.total, 60), CHECK_EQ(b.self, 53);
    CHECK_EQ(b.shortest, 20), CHECK_EQ(b.longest, 40), CHECK_EQ(b.threads, 1);
    CHECK_EQ(b.bytes, 120), CHECK_EQ(b.items, 6);
    CHECK(b.bytes_per_second > 1.999e9 && b.bytes_per_second < 2.001e9);
    CHECK(b.items_per_second > 0.999e8 && b.items_per_second < 1.001e8);
    CHECK_EQ(r.calls, 2), CHECK_EQ(r.total, 80), CHECK_EQ(r.self, 50);
    profile_end();
}

TEST(profile_clock_that_is_set_back)
{
    pika__profile *profile = profile_begin(1, 0);
    pika_zone_stats stats;
    profile_open(profile, "outer", 500);
    profile_one(profile, "inner", 600, 50);
    profile_open(profile, "inner", 400); /* stands still at 650 */
    profile_close(profile, 300, 0, 0);
    profile_close(profile, 200, 0, 0);
    stats = profile_zone(&profiled.ctx, "inner");
    CHECK_EQ(stats.calls, 2), CHECK_EQ(stats.total, 50), CHECK_EQ(stats.shortest, 0);
    CHECK(stats.bytes_per_second == 0);
    stats = profile_zone(&profiled.ctx, "outer");
    CHECK_EQ(stats.total, 150), CHECK_EQ(stats.self, 100);
    profile_end();
}

static void profile_sort(uint64_t *values, int n)
{
    int i, k;
    for (i = 1; i < n; i++)
        for (k = i; k > 0 && values[k - 1] > values[k]; k--) {
            const uint64_t v = values[k];
            values[k] = values[k - 1], values[k - 1] = v;
        }
}
static void profile_check_ranks(uint64_t *lengths, int n)
{
    pika_zone_stats stats = profile_zone(&profiled.ctx, "x");
    profile_sort(lengths, n);
    CHECK_EQ(stats.p50, lengths[(50 * n + 99) / 100 - 1]);
    CHECK_EQ(stats.p95, lengths[(95 * n + 99) / 100 - 1]);
    CHECK_EQ(stats.p99, lengths[(99 * n + 99) / 100 - 1]);
    CHECK_EQ(stats.shortest, lengths[0]);
    CHECK_EQ(stats.longest, lengths[n - 1]);
}
/* Nearest rank, against a sort: few and many, short and of many bytes, with other names among them. */
TEST(profile_percentiles)
{
    static const int counts[] = {1, 2, 3, 19, 20, 21, 100, 101, 256};
    static const int shifts[] = {60, 57, 56, 55, 40, 24, 14};
    uint64_t lengths[256], random = test_now.seed, at;
    int i, k, s;
    for (s = 0; s < 7; s++)
        for (k = 0; k < 9; k++) {
            pika__profile *profile = profile_begin(1, 1024);
            for (i = 0, at = profile_late; i < counts[k]; i++) {
                lengths[i] = test_random(&random) >> shifts[s];
                profile_one(profile, i & 1 ? "other" : "y", at, 3);
                profile_one(profile, "x", at + 3, lengths[i]);
                at += 3 + lengths[i];
                pika_gauge(&profiled.ctx, "x", 1e300); /* a counter of the name is no zone */
            }
            profile_check_ranks(lengths, counts[k]);
            profile_end();
        }
}

TEST(profile_ring_wraps)
{
    static const int all[] = {15, 16, 17, 1000};
    int k, i;
    for (k = 0; k < 4; k++) {
        pika__profile *profile = profile_begin(1, 16);
        uint64_t lengths[1000], total = 0, at = 0;
        const int n = all[k], kept = n < 16 ? n : 16;
        pika_zone_stats stats;
        pika_profile_account account;
        for (i = 0; i < n; i++) {
            lengths[i] = (uint64_t)(i * 7919 % 1009);
            profile_one(profile, "x", at, lengths[i]);
            at += lengths[i], total += lengths[i];
        }
        stats = profile_zone(&profiled.ctx, "x");
        account = profile_account();
        CHECK_EQ(stats.calls, n), CHECK_EQ(stats.total, total), CHECK_EQ(stats.self, total);
        CHECK_EQ(stats.shortest, 0);
        CHECK_EQ(account.events, n), CHECK_EQ(account.overwritten, n - kept);
        profile_sort(lengths + n - kept, kept);
        CHECK_EQ(stats.p50, lengths[n - kept + (50 * kept + 99) / 100 - 1]);
        CHECK_EQ(stats.p99, lengths[n - 1]);
        for (i = 0; i < 16; i++) profile_one(profile, "later", at, 1);
        stats = profile_zone(&profiled.ctx, "x"); /* none of it is left in the ring */
        CHECK_EQ(stats.calls, n), CHECK_EQ(stats.total, total);
        CHECK_EQ(stats.p50, 0), CHECK_EQ(stats.p99, 0);
        profile_end();
    }
}

/* ---- limits and mistakes ----------------------------------------------------------------------------- */

TEST(profile_unbalanced_ends)
{
    profile_begin(1, 0);
    pika_zone_end(&profiled.ctx, 1, 2);
    CHECK_EQ(profiled.logs, 1), CHECK_EQ(profiled.level, 1), CHECK_EQ(profiled.id, 0);
    CHECK_STR(profiled.text, "pika_zone_end: no zone is open");
    pika_zone_begin(&profiled.ctx, "a");
    CHECK_EQ(profile_account().open, 1);
    pika_zone_end(&profiled.ctx, 0, 0);
    CHECK_EQ(profiled.logs, 1);
    pika_zone_end(&profiled.ctx, 0, 0);
    CHECK_EQ(profiled.logs, 2);
    CHECK_EQ(profile_account().unbalanced, 2), CHECK_EQ(profile_account().events, 1);
    CHECK_EQ(profile_account().open, 0);
    CHECK_EQ(profile_zone(&profiled.ctx, "a").calls, 1);
    pika_zone_begin(&profiled.ctx, "left open"); /* is freed with the rest */
    profile_end();
}

TEST(profile_too_deep)
{
    pika_profile_account account;
    int i;
    profile_begin(1, 0);
    for (i = 0; i < 40; i++) pika_zone_begin(&profiled.ctx, i < 32 ? "in" : "below");
    account = profile_account();
    CHECK_EQ(account.open, 40), CHECK_EQ(account.too_deep, 8), CHECK_EQ(account.events, 0);
    for (i = 0; i < 40; i++) pika_zone_end(&profiled.ctx, 0, 1);
    account = profile_account();
    CHECK_EQ(account.open, 0), CHECK_EQ(account.events, 32), CHECK_EQ(account.unbalanced, 0);
    CHECK_EQ(profile_zone(&profiled.ctx, "in").calls, 32);
    CHECK_EQ(profile_zone(&profiled.ctx, "in").items, 32);
    CHECK_EQ(profile_zone(&profiled.ctx, "below").calls, 0);
    profile_end();
}

TEST(profile_too_many_names)
{
    static char names[70][8], same[8];
    pika_counter_stats counters[32];
    pika__profile *profile = profile_begin(1, 0);
    size_t count;
    int i, round;
    for (round = 0; round < 2; round++)
        for (i = 0; i < 70; i++) {
            sprintf(names[i], "n%d", i);
            profile_one(profile, names[i], profile_late + (uint64_t)(7000 * round + 100 * i), 10);
            pika_count(&profiled.ctx, names[i], i + 1);
        }
    strcpy(same, names[5]); /* the table is full, and the text in it */
    profile_one(profile, same, profile_late + 20000, 10);
    CHECK_OK(pika_profile_zones(&profiled.ctx, NULL, 0, &count));
    CHECK_EQ(count, 64);
    CHECK_EQ(profile_zone(&profiled.ctx, "n0").calls, 2),
        CHECK_EQ(profile_zone(&profiled.ctx, "n5").calls, 3);
    CHECK_EQ(profile_zone(&profiled.ctx, "n62").calls, 2),
        CHECK_EQ(profile_zone(&profiled.ctx, "n63").calls, 0);
    CHECK_EQ(profile_zone(&profiled.ctx, "(other)").calls, 14);
    CHECK_EQ(profile_zone(&profiled.ctx, "(other)").total, 140);
    CHECK_OK(pika_profile_counters(&profiled.ctx, counters, 32, &count));
    CHECK_EQ(count, 32);
    CHECK_STR(counters[31].name, "n31");
    CHECK(counters[31].value == 64);
    CHECK_EQ(profile_account().unnamed, 14 + 2 * 38);
    profile_end();
}

TEST(profile_counters)
{
    pika_counter_stats counters[3], untouched;
    char same[] = "frames";
    size_t count = 99;
    profile_begin(1, 0);
    CHECK_OK(pika_profile_counters(&profiled.ctx, NULL, 0, &count));
    CHECK_EQ(count, 0);
    pika_count(&profiled.ctx, "frames", 3);
    pika_gauge(&profiled.ctx, "load", -0.5);
    pika_count(&profiled.ctx, same, -5);
    pika_gauge(&profiled.ctx, "load", 0.25);
    pika_count(&profiled.ctx, "frames", 1);
    pika_gauge(&profiled.ctx, "load", 0.125);
    memset(counters, 0xB7, sizeof counters);
    untouched = counters[0];
    CHECK_RESULT(pika_profile_counters(&profiled.ctx, counters, 1, &count), PIKA_ERR_SIZE);
    CHECK_HAS(pika_last_error(&profiled.ctx), "pika_profile_counters: capacity is 1, needs 2");
    CHECK_RESULT(pika_status(&profiled.ctx), PIKA_ERR_SIZE);
    CHECK_EQ(count, 2), CHECK_EQ(memcmp(counters, &untouched, sizeof untouched), 0);
    CHECK_OK(pika_profile_counters(&profiled.ctx, counters, 2, &count));
    CHECK_STR(counters[0].name, "frames"), CHECK_STR(counters[1].name, "load");
    CHECK_EQ(counters[0].updates, 3), CHECK_EQ(counters[1].updates, 3);
    CHECK(counters[0].value == -1 && counters[0].lowest == -2 && counters[0].highest == 3);
    CHECK(counters[1].value == 0.125 && counters[1].lowest == -0.5 && counters[1].highest == 0.25);
    profile_end();
}

static int profile_write(void *user, const void *data, size_t size);

/* Every call without a profile: before start, of NULL, of a context that is none. */
TEST(profile_is_not_on)
{
    static pika_ctx zeroed, ctx;
    pika_ctx *which[3];
    pika_profile_account account;
    size_t count = 77;
    int i, rounds = 0;
    which[0] = NULL, which[1] = &zeroed, which[2] = &ctx;
    way_init(&ctx, -1, 1, -1);
    for (i = 0; i < 3; i++) {
        pika_ctx *c = which[i];
        pika_zone_begin(c, "a");
        pika_zone_end(c, 0, 0);
        pika_count(c, "a", 1);
        pika_gauge(c, "a", 1);
        PIKA_ZONE(c, "a") rounds++;
        pika_profile_clear(c);
        pika_profile_stop(c);
        CHECK_RESULT(pika_profile_zones(c, NULL, 0, &count), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_profile_counters(c, NULL, 0, &count), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_profile_get_account(c, &account), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_profile_encode_trace(c, profile_write, NULL), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_profile_write_trace(c, "pika_test_none.tmp"), PIKA_ERR_INVALID);
        CHECK_RESULT(pika_profile_log(c), PIKA_ERR_INVALID);
        CHECK_EQ(count, 77), CHECK_EQ(rounds, i + 1);
        if (c != &ctx) {
            CHECK_EQ(pika_profile_bytes(c, NULL), 0);
            CHECK_RESULT(pika_profile_start(c, NULL), PIKA_ERR_INVALID);
        }
    }
    CHECK(remove("pika_test_none.tmp") != 0);
    CHECK_STR(pika_last_error(&ctx), "pika_profile_log: no profile is on (pika_profile_start)");
    CHECK_HAS(pika_last_error(&zeroed), "ctx is not initialised");
    pika_ctx_free(&ctx);
}

TEST(profile_refusals)
{
    static const int events[] = {-1, 3, 4095, 1 << 21, INT32_MIN};
    pika_profile_desc desc;
    pika_zone_stats zone;
    size_t count;
    int i;
    error_begin();
    memset(&desc, 0, sizeof desc);
    for (i = 0; i < 5; i++) {
        desc.events = events[i];
        CHECK_EQ(pika_profile_bytes(&error_ctx, &desc), 0);
        REFUSED(pika_profile_start(&error_ctx, &desc), PIKA_ERR_INVALID,
            "pika_profile_start: desc.events is |needs a power of two");
    }
    CHECK_OK(pika_profile_start(&error_ctx, NULL));
    REFUSED(pika_profile_start(&error_ctx, NULL), PIKA_ERR_INVALID, "pika_profile_start: a profile is on");
    REFUSED(
        pika_profile_zones(&error_ctx, NULL, 0, NULL), PIKA_ERR_INVALID, "pika_profile_zones: count is NULL");
    REFUSED(pika_profile_counters(&error_ctx, NULL, 0, NULL), PIKA_ERR_INVALID,
        "pika_profile_counters: count is NULL");
    REFUSED(pika_profile_get_account(&error_ctx, NULL), PIKA_ERR_INVALID,
        "pika_profile_get_account: account is NULL");
    REFUSED(pika_profile_encode_trace(&error_ctx, NULL, NULL), PIKA_ERR_INVALID,
        "pika_profile_encode_trace: write_fn is NULL");
    REFUSED(pika_profile_write_trace(&error_ctx, NULL), PIKA_ERR_INVALID,
        "pika_profile_write_trace: path is NULL");
    PIKA_ZONE(&error_ctx, "a") {}
    zone.calls = 99;
    REFUSED(pika_profile_zones(&error_ctx, &zone, 0, &count), PIKA_ERR_SIZE,
        "pika_profile_zones: capacity is 0, needs 1");
    CHECK_EQ(count, 1), CHECK_EQ(zone.calls, 99);
    pika_zone_begin(&error_ctx, NULL); /* a name is needed, and made up */
    pika_zone_end(&error_ctx, 0, 0);
    CHECK_EQ(profile_zone(&error_ctx, "(NULL)").calls, 1);
    pika_ctx_free(&error_ctx);
}

TEST(profile_memory)
{
    pika_profile_desc desc;
    pika_ctx_desc ctx_desc;
    test_heap heap;
    pika_ctx ctx;
    uint8_t *memory;
    size_t bytes, skew;
    int threads;
    for (threads = 1; threads <= 3; threads += 2) {
        ctx_desc = heap_desc(&heap, threads);
        CHECK_OK(pika_ctx_init(&ctx, &ctx_desc));
        memset(&desc, 0, sizeof desc);
        desc.events = 8;
        bytes = pika_profile_bytes(&ctx, &desc);
        CHECK(bytes > 0 && bytes < pika_profile_bytes(&ctx, NULL));
        CHECK_OK(pika_profile_start(&ctx, &desc)); /* one block of that size, counted */
        CHECK_EQ(heap.calls, 1), CHECK_EQ(heap.live, bytes), CHECK_EQ(ctx.live_bytes, bytes);
        pika_profile_stop(&ctx);
        CHECK_EQ(heap.live, 0), CHECK_EQ(ctx.live_bytes, 0);
        heap.fail_at = 1;
        CHECK_RESULT(pika_profile_start(&ctx, &desc), PIKA_ERR_MEMORY);
        CHECK(ctx.profile == NULL);
        heap.fail_at = -1;
        ctx.desc.memory_limit = bytes - 1;
        CHECK_RESULT(pika_profile_start(&ctx, &desc), PIKA_ERR_MEMORY);
        CHECK_HAS(pika_last_error(&ctx), "would pass memory_limit");
        ctx.desc.memory_limit = bytes;
        CHECK_OK(pika_profile_start(&ctx, &desc));
        pika_profile_stop(&ctx);
        memory = (uint8_t *)malloc(bytes + 64);
        heap.calls = 0;
        for (skew = 0; skew < 64; skew += test_now.quick ? 21 : 1) { /* exactly enough at any alignment */
            memset(memory, 0xB7, bytes + 64);
            desc.memory = memory + skew;
            desc.bytes = bytes - 1;
            CHECK_RESULT(pika_profile_start(&ctx, &desc), PIKA_ERR_SIZE);
            desc.bytes = bytes;
            CHECK_OK(pika_profile_start(&ctx, &desc));
            while (profile_zone(&ctx, "a").calls < 20) PIKA_ZONE(&ctx, "a")
                {
                }
            pika_profile_stop(&ctx);
            CHECK(skew == 0 || memory[skew - 1] == 0xB7);
            CHECK_EQ(memory[skew + bytes], 0xB7);
        }
        CHECK_EQ(heap.calls, 0);
        free(memory);
        pika_ctx_free(&ctx);
        CHECK_EQ(heap.live, 0);
    }
}

/* Clearing, and starting again, with zones open. */
TEST(profile_clear_and_restart)
{
    pika__profile *profile = profile_begin(1, 0);
    size_t count;
    profile_open(profile, "outer", 10);
    profile_one(profile, "inner", 20, 5);
    pika_count(&profiled.ctx, "c", 4);
    pika_profile_clear(&profiled.ctx);
    CHECK_EQ(profile_account().events, 0), CHECK_EQ(profile_account().open, 1);
    CHECK_OK(pika_profile_zones(&profiled.ctx, NULL, 0, &count));
    CHECK_EQ(count, 0);
    pika_gauge(&profiled.ctx, "g", 1); /* moves the clock on */
    pika_zone_end(&profiled.ctx, 0, 0);
    CHECK_EQ(profile_zone(&profiled.ctx, "outer").calls, 1);
    pika_zone_begin(&profiled.ctx, "lost");
    pika_profile_stop(&profiled.ctx);
    pika_zone_end(&profiled.ctx, 0, 0); /* no profile: nothing, not even a warning */
    CHECK_EQ(profiled.logs, 0);
    CHECK_OK(pika_profile_start(&profiled.ctx, NULL));
    CHECK_EQ(profile_account().open, 0), CHECK_EQ(profile_account().events, 0);
    CHECK_OK(pika_profile_counters(&profiled.ctx, NULL, 0, &count));
    CHECK_EQ(count, 0);
    profile_end();
}

/* ---- traces ------------------------------------------------------------------------------------------ */

static struct {
    char text[1 << 17];
    size_t size, largest;
    int pieces, stop_at; /* stop_at 0 = never */
} trace;
static int profile_write(void *user, const void *data, size_t size)
{
    (void)user;
    if (++trace.pieces == trace.stop_at || trace.size + size >= sizeof trace.text) return 1;
    memcpy(trace.text + trace.size, data, size);
    trace.size += size;
    trace.text[trace.size] = 0;
    if (size > trace.largest) trace.largest = size;
    return 0;
}
static void profile_trace(void)
{
    memset(&trace, 0, sizeof trace);
    CHECK_OK(pika_profile_encode_trace(&profiled.ctx, profile_write, NULL));
    CHECK(trace.largest <= 512);
}

/* A reader of JSON (RFC 8259) that keeps nothing: NULL = not well-formed, else what follows the value. */
static const char *json_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') at++;
    return at;
}
static const char *json_string(const char *at)
{
    if (*at++ != '"') return NULL;
    for (; *at != '"'; at++) {
        const uint8_t lead = (uint8_t)*at;
        uint32_t code = lead;
        int more = lead < 0x80 ? 0 : lead >= 0xC0 && lead < 0xE0 ? 1 : lead >= 0xE0 && lead < 0xF0 ? 2 : 3, i;
        if (lead < 0x20 || (lead >= 0x80 && lead < 0xC0) || lead >= 0xF8) return NULL;
        if (more > 0) code = lead & (0x3Fu >> more);
        for (i = 0; i < more; i++) {
            if (((uint8_t) * ++at & 0xC0) != 0x80) return NULL;
            code = code << 6 | ((uint8_t)*at & 0x3Fu);
        }
        if ((more == 1 && code < 0x80) || (more == 2 && code < 0x800) || (more == 3 && code < 0x10000))
            return NULL;
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return NULL;
        if (code != '\\') continue;
        at++;
        if (*at == 'u') {
            for (i = 0; i < 4; i++)
                if (*++at == 0 || strchr("0123456789abcdefABCDEF", *at) == NULL) return NULL;
        } else if (*at == 0 || strchr("\"\\/bfnrt", *at) == NULL) {
            return NULL;
        }
    }
    return at + 1;
}
static const char *json_digits(const char *at)
{
    if (*at < '0' || *at > '9') return NULL;
    while (*at >= '0' && *at <= '9') at++;
    return at;
}
static const char *json_number(const char *at)
{
    if (*at == '-') at++;
    at = *at == '0' ? at + 1 : json_digits(at);
    if (at != NULL && *at == '.') at = json_digits(at + 1);
    if (at != NULL && (*at == 'e' || *at == 'E')) {
        at++;
        if (*at == '+' || *at == '-') at++;
        at = json_digits(at);
    }
    return at;
}
static const char *json_value(const char *at, int depth)
{
    const char close = *at == '{' ? '}' : ']';
    if (depth > 8) return NULL;
    if (*at == '"') return json_string(at);
    if (*at != '{' && *at != '[') return json_number(at);
    at = json_space(at + 1);
    if (*at == close) return at + 1;
    for (;;) {
        if (close == '}') {
            at = json_string(at);
            if (at == NULL || *(at = json_space(at)) != ':') return NULL;
            at = json_space(at + 1);
        }
        at = json_value(at, depth + 1);
        if (at == NULL) return NULL;
        at = json_space(at);
        if (*at == close) return at + 1;
        if (*at != ',') return NULL;
        at = json_space(at + 1);
    }
}
static int is_json(const char *text)
{
    text = json_value(json_space(text), 0);
    return text != NULL && *json_space(text) == 0;
}
static int count_of(const char *text, const char *part)
{
    int n = 0;
    while ((text = strstr(text, part)) != NULL) text++, n++;
    return n;
}

TEST(profile_json_reader_reads)
{
    static const char *const good[] = {
        "{}", "[ ]", "[1,-0.5e+3]", "{\"a\":[{\"b\":\"\\u00e9\\n\xc3\xa9\"}]}\n"};
    static const char *const bad[] = {"", "{", "[1,]", "{\"a\"}", "[01]", "[1.]", "[1] 2", "[\"\n\"]",
        "[\"\\x\"]", "[\"\\u12\"]", "[\"\xff\"]", "[\"\x80\"]", "[\"\xc0\xaf\"]", "[\"\xed\xa0\x80\"]",
        "[nan]"};
    int i;
    for (i = 0; i < 4; i++) CHECK(is_json(good[i]));
    for (i = 0; i < 15; i++)
        if (!CHECK(!is_json(bad[i]))) printf("    %d\n", i);
}

/* Every byte of a small trace. Outer zones come before inner ones that begin with them. */
TEST(profile_trace_bytes)
{
    pika__profile *profile = profile_begin(1, 4);
    profile_one(profile, "overwritten", 1, 1);
    profile_open(profile, "a", 1500);
    profile_one(profile, "b", 1500, 7);
    profile_one(profile, "c", 1234567, 1000000);
    profile_close(profile, 7000000004u, 0, 0);
    pika__counter(profile, "n", 0, 0.5);
    pika__ring_of(profile, 0)->events[0].begin = profile->begin + 8000000000u;
    profile_trace();
    CHECK_STR(trace.text,
        "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
        "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"args\":{\"name\":\"pika\"}},\n"
        "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":0,\"args\":{\"name\":\"caller\"}},\n"
        "{\"name\":\"n\",\"ph\":\"C\",\"pid\":1,\"tid\":0,\"ts\":8000000.000,\"args\":{\"value\":0.5}},\n"
        "{\"name\":\"a\",\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":1.500,\"dur\":6999998.504},\n"
        "{\"name\":\"c\",\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":1234.567,\"dur\":1000.000},\n"
        "{\"name\":\"b\",\"ph\":\"X\",\"pid\":1,\"tid\":0,\"ts\":1.500,\"dur\":0.007}\n]}\n");
    CHECK(is_json(trace.text));
    profile_end();
}

TEST(profile_trace_hostile_names)
{
    static const char *const names[][2] = {
        {"", "\"\""},
        {"\"}],\\", "\"\\\"}],\\\\\""},
        {"tab\tnew\nline\x01\x1f", "\"tab\\u0009new\\u000aline\\u0001\\u001f\""},
        {"\x7f", "\"\x7f\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xad", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xad\""},
        {"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", "\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\""},
        {"\x80", "\"\\ufffd\""},
        {"\xc1\xbf", "\"\\ufffd\\ufffd\""},
        {"\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
        {"\xf5\xff", "\"\\ufffd\\ufffd\""},
        {"cut\xe2\x82", "\"cut\\ufffd\\ufffd\""},
    };
    enum { NAMES = 14 };
    static char huge[5000];
    pika__profile *profile;
    char line[100];
    int i;
    for (i = 0; i < NAMES; i++) {
        profile = profile_begin(1, 4);
        profile_one(profile, names[i][0], 0, 1);
        pika_gauge(&profiled.ctx, names[i][0], -3);
        profile_trace();
        sprintf(line, "{\"name\":%s,\"ph\":\"X\"", names[i][1]);
        CHECK_HAS(trace.text, line);
        sprintf(line, "{\"name\":%s,\"ph\":\"C\"", names[i][1]);
        CHECK_HAS(trace.text, line);
        if (!CHECK(is_json(trace.text))) printf("    %s", trace.text);
        CHECK_OK(pika_profile_log(&profiled.ctx));
        profile_end();
    }
    for (i = 0; i < 4999; i++) huge[i] = i % 3 ? '"' : '\x02';
    profile = profile_begin(1, 4);
    profile_one(profile, huge, 0, 1);
    profile_trace();
    CHECK(is_json(trace.text));
    CHECK_EQ(count_of(trace.text, "\\u0002"), 1667), CHECK_EQ(count_of(trace.text, "\\\""), 3332);
    CHECK_OK(pika_profile_log(&profiled.ctx));
    profile_end();
}

TEST(profile_trace_values)
{
    static const double values[] = {0, -1, 9007199254740991.0, 0.1, -1e300, 1e-300, 4e18};
    const double none[] = {
        pika__nan(), pika__from_bits64(UINT64_C(0x7FF) << 52), pika__from_bits64(UINT64_C(0xFFF) << 52)};
    const char *at = trace.text;
    int i;
    profile_begin(1, 64);
    for (i = 0; i < 7; i++) pika_gauge(&profiled.ctx, "v", values[i]);
    for (i = 0; i < 3; i++) pika_gauge(&profiled.ctx, "not JSON", none[i]);
    profile_trace();
    CHECK(is_json(trace.text));
    CHECK_EQ(count_of(trace.text, "\"ph\":\"C\""), 7);
    CHECK_HAS(trace.text, "\"args\":{\"value\":9007199254740991}}");
    CHECK_HAS(trace.text, "\"args\":{\"value\":-1}}");
    for (i = 6; i >= 0 && (at = strstr(at, "\"value\":")) != NULL; i--) { /* the latest first */
        const double v = strtod(at += 8, NULL);
        CHECK(fabs(v - values[i]) <= 1e-8 * fabs(values[i]));
    }
    CHECK_EQ(i, -1);
    profile_end();
}

TEST(profile_trace_stops_and_files)
{
    static char whole[1 << 16], file_text[1 << 16];
    pika__profile *profile = profile_begin(1, 64);
    FILE *file;
    int i, pieces;
    size_t size;
    for (i = 0; i < 64; i++) profile_one(profile, "a zone", (uint64_t)i * 10, 7);
    profile_trace();
    strcpy(whole, trace.text);
    pieces = trace.pieces;
    CHECK(pieces > 5);
    for (i = 1; i <= pieces; i++) {
        memset(&trace, 0, sizeof trace);
        trace.stop_at = i;
        CHECK_RESULT(pika_profile_encode_trace(&profiled.ctx, profile_write, NULL), PIKA_ERR_IO);
        CHECK_STR(pika_last_error(&profiled.ctx), "pika_profile_encode_trace: write_fn said stop");
        CHECK_EQ(trace.pieces, i);
        CHECK_EQ(strncmp(trace.text, whole, trace.size), 0);
        pika_status(&profiled.ctx);
    }
    CHECK_RESULT(pika_profile_write_trace(&profiled.ctx, "pika_test_no_folder.tmp/trace.json"), PIKA_ERR_IO);
    CHECK_HAS(pika_last_error(&profiled.ctx), "cannot open pika_test_no_folder.tmp/trace.json to write");
    pika_status(&profiled.ctx);
    if (CHECK_OK(pika_profile_write_trace(&profiled.ctx, "pika_test_trace.tmp"))) {
        file = fopen("pika_test_trace.tmp", "rb");
        if (CHECK(file != NULL)) {
            size = fread(file_text, 1, sizeof file_text - 1, file);
            file_text[size] = 0;
            fclose(file);
            CHECK_STR(file_text, whole);
        }
    }
    remove("pika_test_trace.tmp");
    profile_end();
}

/* ---- the table --------------------------------------------------------------------------------------- */

TEST(profile_log_table)
{
    pika__profile *profile = profile_begin(1, 0);
    int i;
    profile_open(profile, "frame", 0);
    profile_open(profile, "a name that is longer than its column", 1000);
    profile_close(profile, 2001000, 4000000, 1000);
    profile_close(profile, 10000000, 0, 0);
    pika_gauge(&profiled.ctx, "load", 0.5);
    CHECK_OK(pika_profile_log(&profiled.ctx));
    CHECK_EQ(profiled.logs, 5), CHECK_EQ(profiled.level, 2), CHECK_EQ(profiled.id, 0);
    CHECK_STR(profiled.table[0],
        "zone                        calls   total ms    self ms     min us     p50 us     p95 us     "
        "p99 us     max us     GB/s  M items/s");
    CHECK_STR(profiled.table[1],
        "frame                           1     10.000      8.000   10000.00   10000.00   10000.00   "
        "10000.00   10000.00     0.00        0.0");
    CHECK_STR(profiled.table[2],
        "a name that is longer th        1      2.000      2.000    2000.00    2000.00    2000.00    "
        "2000.00    2000.00     2.00        0.5");
    CHECK_STR(profiled.table[3], "counter                   updates                value, lowest, highest");
    CHECK_STR(profiled.table[4], "load                            1   0.5, 0.5, 0.5");
    for (i = 1; i < 3; i++) CHECK_EQ(strlen(profiled.table[i]), strlen(profiled.table[0]));
    profiled.logs = 0;
    profiled.heap.fail_at = profiled.heap.calls; /* the scratch of the table */
    CHECK_RESULT(pika_profile_log(&profiled.ctx), PIKA_ERR_MEMORY);
    CHECK_EQ(profiled.logs, 1); /* the error */
    pika_status(&profiled.ctx);
    profiled.heap.fail_at = -1;
    pika_profile_clear(&profiled.ctx);
    profiled.logs = 0;
    CHECK_OK(pika_profile_log(&profiled.ctx)); /* of nothing: its head */
    CHECK_EQ(profiled.logs, 1);
    profiled.ctx.desc.log_fn = NULL;
    CHECK_OK(pika_profile_log(&profiled.ctx));
    CHECK_EQ(profiled.logs, 1);
    profile_end();
}

/* ---- hooks, threads, the pipeline -------------------------------------------------------------------- */

static struct {
    char text[200];
    int bad;
} hooked;
static void hook_begin(void *user, const char *name, int thread)
{
    hooked.bad += user != &hooked || thread != 0;
    strcat(hooked.text, name), strcat(hooked.text, "(");
}
static void hook_end(void *user, const char *name, int thread)
{
    hooked.bad += user != &hooked || thread != 0;
    strcat(hooked.text, ")"), strcat(hooked.text, name), strcat(hooked.text, " ");
}
TEST(profile_hooks)
{
    int which, i;
    for (which = 0; which < 4; which++) {
        memset(&hooked, 0, sizeof hooked);
        profile_begin(1, 0);
        pika_profile_stop(&profiled.ctx);
        if (which & 1) profiled.desc.begin_fn = hook_begin;
        if (which & 2) profiled.desc.end_fn = hook_end;
        profiled.desc.user = &hooked;
        CHECK_OK(pika_profile_start(&profiled.ctx, &profiled.desc));
        pika_zone_end(&profiled.ctx, 0, 0); /* unheard */
        PIKA_ZONE(&profiled.ctx, "a")
        {
            PIKA_ZONE(&profiled.ctx, "b") {}
            PIKA_ZONE(&profiled.ctx, "c") continue;
        }
        CHECK_STR(hooked.text, which == 3   ? "a(b()b c()c )a "
                               : which == 2 ? ")b )c )a "
                               : which == 1 ? "a(b(c("
                                            : "");
        for (i = 0; i < 40; i++) pika_zone_begin(&profiled.ctx, ".");
        for (i = 0; i < 40; i++) pika_zone_end(&profiled.ctx, 0, 0);
        CHECK_EQ(count_of(hooked.text, ".("), which & 1 ? 32 : 0); /* too deep: unheard */
        CHECK_EQ(count_of(hooked.text, ")."), which & 2 ? 32 : 0);
        CHECK_EQ(hooked.bad, 0);
        profile_end();
    }
}

static void profile_task(void *arg, int i) { ((int *)arg)[i]++; }

TEST(profile_threads)
{
    int done[BUSY_TASKS], i, round, threads = 3;
    pika_zone_stats stats;
    pika_profile_account account;
    for (round = 0; round < 3; round++) {
        memset(done, 0, sizeof done);
        profile_begin(3, 16);
        if (round > 0) { /* the pool is older than the profile */
            pika_profile_stop(&profiled.ctx);
            pika__parallel(&profiled.ctx, "before", BUSY_TASKS, profile_task, done);
            if (round == 2) profiled.desc.memory = malloc(profiled.desc.bytes = 1000000);
            CHECK_OK(pika_profile_start(&profiled.ctx, &profiled.desc));
        }
        for (i = 0; i < 50; i++) pika__parallel(&profiled.ctx, "tasks", BUSY_TASKS, profile_task, done);
        for (i = 0; i < BUSY_TASKS; i++) CHECK_EQ(done[i], 50 + (round > 0));
        stats = profile_zone(&profiled.ctx, "tasks");
        account = profile_account();
        CHECK_EQ(stats.calls, 50 * BUSY_TASKS);
        CHECK(stats.threads >= 1 && stats.threads <= profiled.ctx.threads);
        CHECK(stats.self <= stats.total && stats.shortest <= stats.p50 && stats.p50 <= stats.p95);
        CHECK(stats.p95 <= stats.p99 && stats.p99 <= stats.longest);
        CHECK_EQ(profile_zone(&profiled.ctx, "before").calls, 0);
    #ifndef PIKA__THREADS
        threads = 1;
    #endif
        CHECK_EQ(account.threads, threads), CHECK_EQ(account.open, 0), CHECK_EQ(account.unbalanced, 0);
        CHECK(account.events - account.overwritten <= 16u * (unsigned)threads);
        profile_trace();
        CHECK(is_json(trace.text));
        CHECK_EQ(count_of(trace.text, "\"worker "), threads - 1);
        CHECK_EQ(count_of(trace.text, "\"ph\":\"X\"") + count_of(trace.text, "\"ph\":\"C\""),
            account.events - account.overwritten);
        pika_profile_stop(&profiled.ctx);
        free(profiled.desc.memory);
        profile_end();
    }
}

/* The caller's own job system: a stage is one zone, whatever threads its tasks ran on. */
TEST(profile_parallel_for)
{
    int done[BUSY_TASKS];
    memset(done, 0, sizeof done);
    profile_begin(3, 0);
    pika_profile_stop(&profiled.ctx);
    profiled.ctx.desc.parallel_for = loop_for;
    profiled.ctx.desc.parallel_user = &loop;
    memset(&loop, 0, sizeof loop);
    #ifdef TEST_POSIX
    loop.mode = 3; /* a thread for each task */
    #endif
    CHECK_OK(pika_profile_start(&profiled.ctx, NULL));
    CHECK_EQ(profile_account().threads, 1);
    pika__parallel(&profiled.ctx, "stage", 20, profile_task, done);
    CHECK_EQ(done[0], 1), CHECK_EQ(done[19], 1), CHECK_EQ(loop.bad, 0);
    CHECK_EQ(profile_zone(&profiled.ctx, "stage").calls, 1);
    CHECK_EQ(profile_zone(&profiled.ctx, "stage").threads, 1);
    profile_end();
}

/* Every call of the pipeline is a zone with its name; a profile changes no result and allocates nothing. */
TEST(profile_pipeline)
{
    static const char *const names[] = {"pika_fit", "pika_grid_alloc", "pika_image_alloc", "pika_grid_clear",
        "pika_add_points", "pika_grid_merge", "pika_grid_read", "pika_shade", "pika_spread",
        "pika_encode_png", "pika_grid_set_view"};
    enum { NAMES = 11, WIDTH = 90, HEIGHT = 70 };
    static double plane[WIDTH * HEIGHT];
    float *memory;
    pika_points points = busy_points(&memory);
    uint64_t hash[2];
    long calls[2];
    int on, threads, i;
    for (threads = 1; threads <= 3; threads++) {
        for (on = 0; on < 2; on++) {
            pika_grid grid, other;
            pika_grid_desc desc;
            pika_image image, spread;
            pika_zone_stats all[100], stats;
            size_t count, k;
            uint64_t self = 0;
            profile_begin(threads, 0);
            if (!on) pika_profile_stop(&profiled.ctx);
            profiled.heap.calls = 0;
            busy_desc(&desc, PIKA_COUNT | PIKA_SUM);
            desc.view.width = WIDTH, desc.view.height = HEIGHT;
            memset(&grid, 0, sizeof grid), memset(&other, 0, sizeof other);
            memset(&image, 0, sizeof image), memset(&spread, 0, sizeof spread);
            memset(&trace, 0, sizeof trace);
            pika_zone_begin(&profiled.ctx, "all");
            CHECK_OK(pika_fit(&profiled.ctx, &points, &desc.view));
            CHECK_OK(pika_grid_alloc(&profiled.ctx, &grid, &desc));
            CHECK_OK(pika_grid_alloc(&profiled.ctx, &other, &desc));
            CHECK_OK(pika_grid_set_view(&profiled.ctx, &grid, &desc.view));
            pika_grid_clear(&profiled.ctx, &grid);
            CHECK_OK(pika_add_points(&profiled.ctx, &grid, &points));
            CHECK_OK(pika_grid_merge(&profiled.ctx, &other, &grid));
            CHECK_OK(pika_grid_read(&profiled.ctx, &other, PIKA_SUM, 0, plane));
            CHECK_OK(pika_image_alloc(&profiled.ctx, &image, WIDTH, HEIGHT));
            CHECK_OK(pika_image_alloc(&profiled.ctx, &spread, WIDTH, HEIGHT));
            CHECK_OK(pika_shade(&profiled.ctx, &image, &other, NULL));
            CHECK_OK(pika_spread(&profiled.ctx, &spread, &image, 2, 0));
            CHECK_OK(pika_encode_png(&profiled.ctx, &spread, NULL, profile_write, NULL));
            pika_zone_end(&profiled.ctx, 0, 0);
            calls[on] = profiled.heap.calls;
            hash[on] = trace.size;
            for (k = 0; k < trace.size; k++)
                hash[on] = (hash[on] ^ (uint8_t)trace.text[k]) * UINT64_C(0x100000001B3);
            for (i = 0; i < NAMES && on; i++) {
                stats = profile_zone(&profiled.ctx, names[i]);
                if (!CHECK_EQ(stats.calls, strstr(names[i], "alloc") != NULL ? 2 : 1))
                    printf("    %s\n", names[i]);
                CHECK_EQ(stats.threads, 1);
            }
            if (on) {
                CHECK_EQ(profile_zone(&profiled.ctx, "pika_add_points").items, THREAD_ROWS);
                CHECK_EQ(profile_zone(&profiled.ctx, "pika_add_points").bytes, 12 * THREAD_ROWS);
                CHECK_EQ(profile_zone(&profiled.ctx, "pika_shade").items, WIDTH * HEIGHT);
                CHECK_EQ(profile_account().open, 0), CHECK_EQ(profile_account().unbalanced, 0);
                CHECK_OK(pika_profile_zones(&profiled.ctx, all, 100, &count));
                for (k = 0; k < count; k++) self += all[k].self;
                stats = profile_zone(&profiled.ctx, "all");
                if (threads == 1) CHECK_EQ(self, stats.total); /* nothing is lost or counted twice */
                profile_trace();
                CHECK(is_json(trace.text));
                CHECK_EQ(profiled.heap.calls, calls[1]); /* reading allocates nothing either */
            }
            pika_image_free(&profiled.ctx, &image), pika_image_free(&profiled.ctx, &spread);
            pika_grid_free(&profiled.ctx, &grid), pika_grid_free(&profiled.ctx, &other);
            profile_end();
        }
        CHECK_EQ(hash[0], hash[1]), CHECK_EQ(calls[0], calls[1]);
    }
    free(memory);
}

/* What took no time has no rate, and no division by it. */
TEST(profile_rates_of_no_time)
{
    pika__profile *profile = profile_begin(1, 0);
    pika_zone_stats stats;
    profile_open(profile, "at once", 500);
    profile_close(profile, 500, 4096, 7);
    stats = profile_zone(&profiled.ctx, "at once");
    CHECK_EQ(stats.calls, 1), CHECK_EQ(stats.total, 0);
    CHECK_EQ(stats.bytes, 4096), CHECK_EQ(stats.items, 7);
    CHECK_BITS(stats.bytes_per_second, 0.0);
    CHECK_BITS(stats.items_per_second, 0.0);
    profile_end();
}

/* The bytes of pika_add_points are those of all columns that rows have, the category too. */
TEST(profile_bytes_of_every_column)
{
    static const float x[3] = {0, 1, 2};
    static const double value[3] = {1, 2, 3};
    static const uint16_t category[3] = {0, 1, 0};
    pika_points points = pika_xy_f32(x, x, 3);
    pika_grid_desc desc;
    pika_grid grid;
    profile_begin(1, 0);
    memset(&desc, 0, sizeof desc);
    memset(&grid, 0, sizeof grid);
    desc.planes = PIKA_COUNT | PIKA_SUM;
    desc.categories = 2;
    desc.view.width = desc.view.height = 4;
    desc.view.x.hi = desc.view.y.hi = 4;
    points.value = pika_f64(value);
    points.category = pika_strided(category, PIKA_U16, 0);
    CHECK_OK(pika_grid_alloc(&profiled.ctx, &grid, &desc));
    CHECK_OK(pika_add_points(&profiled.ctx, &grid, &points));
    CHECK_EQ(grid.inside, 3);
    CHECK_EQ(profile_zone(&profiled.ctx, "pika_add_points").bytes, 3 * (4 + 4 + 8 + 2));
    pika_grid_free(&profiled.ctx, &grid);
    profile_end();
}

/* All control characters in names, and a trace that comes in pieces of nearly a buffer. */
TEST(profile_trace_control_characters_and_pieces)
{
    static char names[32][2];
    pika__profile *profile = profile_begin(1, 64);
    char part[32];
    int i;
    for (i = 1; i < 32; i++) {
        names[i][0] = (char)i;
        profile_one(profile, names[i], (uint64_t)i * 10, 7);
    }
    profile_trace();
    CHECK(is_json(trace.text));
    for (i = 1; i < 32; i++) {
        sprintf(part, "{\"name\":\"\\u%04x\",", (unsigned)i);
        CHECK_EQ(count_of(trace.text, part), 1);
    }
    CHECK(trace.largest > 384);
    CHECK((size_t)trace.pieces <= trace.size / 384 + 1); /* each but the last had no room for 128 more */
    profile_end();
}

AREA(profile, LISTED_SAFE(profile_nesting_and_self), LISTED_SAFE(profile_clock_that_is_set_back),
    LISTED_SAFE(profile_percentiles), LISTED_SAFE(profile_ring_wraps), LISTED_SAFE(profile_unbalanced_ends),
    LISTED_SAFE(profile_too_deep), LISTED_SAFE(profile_too_many_names), LISTED_SAFE(profile_counters),
    LISTED_SAFE(profile_is_not_on), LISTED_SAFE(profile_refusals), LISTED_SAFE(profile_memory),
    LISTED_SAFE(profile_clear_and_restart), LISTED_SAFE(profile_json_reader_reads),
    LISTED_SAFE(profile_trace_bytes), LISTED_SAFE(profile_trace_hostile_names), LISTED(profile_trace_values),
    LISTED_SAFE(profile_trace_stops_and_files), LISTED_SAFE(profile_log_table), LISTED_SAFE(profile_hooks),
    LISTED_SAFE(profile_threads), LISTED_SAFE(profile_parallel_for), LISTED(profile_pipeline),
    LISTED_SAFE(profile_rates_of_no_time), LISTED_SAFE(profile_bytes_of_every_column),
    LISTED_SAFE(profile_trace_control_characters_and_pieces));

#else /* PIKA_NO_PROFILER */

static int profile_write(void *user, const void *data, size_t size)
{
    (void)user, (void)data, (void)size;
    return 0;
}
TEST(profile_left_out)
{
    pika_ctx ctx;
    pika_profile_account account;
    size_t count = 77;
    int rounds = 0;
    way_init(&ctx, -1, 1, -1);
    CHECK_EQ(pika_profile_bytes(&ctx, NULL), 0);
    CHECK_RESULT(pika_profile_start(&ctx, NULL), PIKA_ERR_UNSUPPORTED);
    CHECK_STR(pika_last_error(&ctx), "pika_profile_start: left out by PIKA_NO_PROFILER");
    PIKA_ZONE(&ctx, "a") rounds++;
    pika_zone_end(&ctx, 0, 0);
    pika_count(&ctx, "a", 1);
    pika_gauge(&ctx, "a", 1);
    pika_profile_clear(&ctx);
    pika_profile_stop(&ctx);
    CHECK_RESULT(pika_profile_zones(&ctx, NULL, 0, &count), PIKA_ERR_UNSUPPORTED);
    CHECK_RESULT(pika_profile_counters(&ctx, NULL, 0, &count), PIKA_ERR_UNSUPPORTED);
    CHECK_RESULT(pika_profile_get_account(&ctx, &account), PIKA_ERR_UNSUPPORTED);
    CHECK_RESULT(pika_profile_encode_trace(&ctx, profile_write, NULL), PIKA_ERR_UNSUPPORTED);
    CHECK_RESULT(pika_profile_write_trace(&ctx, "pika_test_none.tmp"), PIKA_ERR_UNSUPPORTED);
    CHECK_RESULT(pika_profile_log(&ctx), PIKA_ERR_UNSUPPORTED);
    CHECK_EQ(count, 77), CHECK_EQ(rounds, 1);
    CHECK(remove("pika_test_none.tmp") != 0);
    CHECK(pika_profile_start(NULL, NULL) == PIKA_ERR_UNSUPPORTED);
    pika_ctx_free(&ctx);
}

AREA(profile, LISTED_SAFE(profile_left_out));
#endif
