static const char *const golden_shade_names[] = {"x"};
static const char *const golden_self_names[] = {"self_x"};
enum { GOLDEN_SHADES = 0, GOLDEN_SELVES = 0 };
static uint64_t golden_shade_hash(pika_ctx *ctx, int which) { (void)ctx; (void)which; return 0; }
static uint64_t golden_self_hash(pika_ctx *ctx, int which) { (void)ctx; (void)which; return 0; }
