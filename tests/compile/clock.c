/* clock.c - PIKA_CLOCK_NS: the profiler asks this clock and no other. */
#include <stdint.h>
static uint64_t clock_now = 1000000;
static int clock_asked;

static uint64_t clock_of_mine(void)
{
    clock_asked++;
    return clock_now;
}

#define PIKA_CLOCK_NS() clock_of_mine()
#define PIKA_NO_THREADS /* the clock above is plain */
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int main(void)
{
    pika_ctx ctx;
    pika_zone_stats zone;
    size_t count = 0;
    int i, failures = smoke();
    memset(&zone, 0, sizeof zone);
    SMOKE(pika_ctx_init(&ctx, NULL) == PIKA_OK);
    SMOKE(pika_profile_start(&ctx, NULL) == PIKA_OK);
    clock_asked = 0;
    for (i = 1; i <= 3; i++) {
        pika_zone_begin(&ctx, "mine");
        clock_now += (uint64_t)i * 12345;
        pika_zone_end(&ctx, 0, 0);
    }
    SMOKE(clock_asked == 6);
    SMOKE(pika_profile_zones(&ctx, &zone, 1, &count) == PIKA_OK && count == 1);
    SMOKE(zone.calls == 3 && zone.total == 6 * 12345);
    SMOKE(zone.shortest == 12345 && zone.p50 == 2 * 12345 && zone.longest == 3 * 12345);
    pika_ctx_free(&ctx);
    return failures | smoke_failures;
}
