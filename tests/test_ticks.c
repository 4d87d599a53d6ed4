/* test_ticks.c - ticks and their labels, values as text, places along axes: against exact decimals by
   schoolbook arithmetic, strtod, libm's logarithms within a tolerance, and a calendar that counts days. */

static pika_axis ticks_axis(double lo, double hi, int scale, double linear)
{
    pika_axis axis;
    axis.lo = lo;
    axis.hi = hi;
    axis.origin = 0;
    axis.scale = scale;
    axis.linear = linear;
    return axis;
}

static pika_ticks_desc ticks_desc(double length, int format)
{
    pika_ticks_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.length = length;
    desc.format = format;
    return desc;
}

/* All labels with '|' between them, '-' for U+2212, '*' for the times sign, '^' before raised digits, '@'
   before the offset. */
static void ticks_plain(const char *from, char *out)
{
    static const char *const raised[12] = {"\xE2\x81\xB0", "\xC2\xB9", "\xC2\xB2", "\xC2\xB3", "\xE2\x81\xB4",
        "\xE2\x81\xB5", "\xE2\x81\xB6", "\xE2\x81\xB7", "\xE2\x81\xB8", "\xE2\x81\xB9", "\xE2\x81\xBB",
        "\xE2\x88\x92"};
    int up = 0, i;
    while (*from != 0) {
        for (i = 0; i < 12; i++)
            if (strncmp(from, raised[i], strlen(raised[i])) == 0) break;
        if (i < 11 && !up) *out++ = '^';
        up = i < 11;
        if (i < 12) {
            *out++ = "0123456789--"[i];
            from += strlen(raised[i]);
        } else if (strncmp(from, "\xC3\x97", 2) == 0) {
            *out++ = '*';
            from += 2;
        } else if (strncmp(from, "\xC2\xB5", 2) == 0) {
            *out++ = 'u';
            from += 2;
        } else {
            *out++ = *from++;
        }
    }
    *out = 0;
}

static const char *ticks_line(const pika_ticks *ticks)
{
    static char line[2000];
    int i;
    line[0] = 0;
    for (i = 0; i < ticks->count; i++) {
        if (i > 0) strcat(line, "|");
        ticks_plain(ticks->label[i], line + strlen(line));
    }
    if (ticks->offset[0] != 0) strcat(line, " @");
    ticks_plain(ticks->offset, line + strlen(line));
    return line;
}

static const char *ticks_of(double lo, double hi, int scale, double linear, double length, int format)
{
    static pika_ticks ticks;
    pika_axis axis = ticks_axis(lo, hi, scale, linear);
    pika_ticks_desc desc = ticks_desc(length, format);
    if (!CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks))) return "";
    return ticks_line(&ticks);
}

/* What holds of any ticks. */
static void ticks_sound(const pika_axis *axis, const pika_ticks_desc *desc, const pika_ticks *ticks)
{
    const double em = desc->text > 0 ? desc->text : 11;
    double before = 0;
    int i, k;
    CHECK(ticks->count >= 0 && ticks->count <= (desc->most > 0 && desc->most < 32 ? desc->most : 32));
    CHECK(ticks->minor_count >= 0 && ticks->minor_count <= 256);
    CHECK(memchr(ticks->offset, 0, sizeof ticks->offset) != NULL);
    for (i = 0; i < ticks->count; i++) {
        const double v = ticks->value[i], at = ticks->at[i];
        double width = 0;
        CHECK(memchr(ticks->label[i], 0, sizeof ticks->label[i]) != NULL && ticks->label[i][0] != 0);
        CHECK(v >= axis->lo && v <= axis->hi && at >= 0 && at <= 1);
        for (k = 0; ticks->label[i][k] != 0; k++) width += (ticks->label[i][k] & 0xC0) != 0x80;
        if (axis->scale == PIKA_LINEAR)
            CHECK(fabs(at - (v / 2 - axis->lo / 2) / (axis->hi / 2 - axis->lo / 2)) <=
                  1e-12 + 2 * DBL_EPSILON * (fabs(v) + fabs(axis->lo)) / (axis->hi - axis->lo));
        if (i == 0) {
            before = width;
            continue;
        }
        CHECK(v > ticks->value[i - 1] && at > ticks->at[i - 1]);
        CHECK((at - ticks->at[i - 1]) * desc->length >=
              em * (desc->vertical ? 2.2 : 0.3 * (width + before) + 1.5) * (1 - 1e-12));
        if (!CHECK(desc->format == PIKA_TICKS_TIME || strcmp(ticks->label[i], ticks->label[i - 1]) != 0))
            printf("    %.17g .. %.17g %s\n", axis->lo, axis->hi, ticks_line(ticks));
        before = width;
    }
    for (i = 0; i < ticks->minor_count; i++) {
        CHECK(ticks->minor[i] >= 0 && ticks->minor[i] <= 1);
        if (!CHECK(i == 0 || ticks->minor[i] > ticks->minor[i - 1]))
            printf("    %d %.17g .. %.17g %g: %.17g %.17g %s\n", axis->scale, axis->lo, axis->hi,
                axis->linear, ticks->minor[i - 1], ticks->minor[i], ticks_line(ticks));
    }
}

/* The labels, read back, are the values: exactly where there is no base. */
static void ticks_read_back(const pika_axis *axis, const pika_ticks *ticks)
{
    char offset[64], label[64], text[160], *at;
    double base = 0, before = 0;
    int power = 0, i;
    ticks_plain(ticks->offset, offset);
    at = offset;
    if (strncmp(at, "*10^", 4) == 0) power = (int)strtol(at + 4, &at, 10);
    else if (strncmp(at, "*1e", 3) == 0) power = (int)strtol(at + 3, &at, 10);
    if (*at == ' ') at++;
    if (*at != 0) base = strtod(at, &at);
    CHECK(*at == 0);
    for (i = 0; i < ticks->count; i++) {
        double read, whole, expected = ticks->value[i] + (double)axis->origin;
        ticks_plain(ticks->label[i], label);
        if (strstr(label, "10^") != NULL) { /* log axes: 10^k, 2*10^k */
            char *times = strchr(label, '*');
            sprintf(text, "%s%se%s", label[0] == '-' ? "-" : "", times != NULL ? "" : "1",
                strstr(label, "10^") + 3);
            if (times != NULL)
                sprintf(text, "%.*se%s", (int)(times - label), label, strstr(label, "10^") + 3);
        } else {
            sprintf(text, "%se%d", label, power);
        }
        read = strtod(text, &at);
        whole = read + base;
        if (!CHECK(*at == 0)) printf("    %s\n", text);
        if (base == 0 && axis->origin == 0) CHECK_BITS(read + 0.0, expected + 0.0);
        else if (!CHECK(fabs(whole - expected) <=
                        4 * DBL_EPSILON *
                            (fabs(base) + fabs(read) + fabs(expected) + fabs((double)axis->origin))))
            printf("    %.17g .. %.17g, origin %.0f: %s\n", axis->lo, axis->hi, (double)axis->origin,
                ticks_line(ticks));
        CHECK(i == 0 || read > before);
        before = read;
    }
}

TEST(ticks_numbers)
{
    CHECK_STR(ticks_of(0, 1, 0, 0, 600, 0), "0|0.2|0.4|0.6|0.8|1.0");
    CHECK_STR(ticks_of(0.1, 0.9, 0, 0, 600, 0), "0.1|0.2|0.3|0.4|0.5|0.6|0.7|0.8|0.9");
    CHECK_STR(ticks_of(-1, 1, 0, 0, 600, 0), "-1.0|-0.5|0|0.5|1.0");
    CHECK_STR(ticks_of(3, 97, 0, 0, 600, 0), "10|20|30|40|50|60|70|80|90");
    CHECK_STR(ticks_of(0, 100, 0, 0, 320, 0), "0|25|50|75|100");
    CHECK_STR(ticks_of(0, 100, 0, 0, 5, 0), "0");
    CHECK_STR(ticks_of(0, 5e6, 0, 0, 600, 0), "0|1|2|3|4|5 @*10^6");
    CHECK_STR(ticks_of(0, 1e-5, 0, 0, 600, 0), "0|2|4|6|8|10 @*10^-6");
    CHECK_STR(ticks_of(0, 123456, 0, 0, 600, 0), "0|20000|40000|60000|80000|100000|120000");
    CHECK_STR(ticks_of(1700000000, 1700000010, 0, 0, 600, 0), "0|2|4|6|8|10 @+1700000000");
    CHECK_STR(ticks_of(-1700000010, -1700000000, 0, 0, 600, 0), "-10|-8|-6|-4|-2|0 @-1700000000");
    CHECK_STR(ticks_of(1699999998, 1700000008, 0, 0, 600, 0), "-2|0|2|4|6|8 @+1700000000");
    CHECK_STR(ticks_of(100.0001, 100.0009, 0, 0, 300, 0), "0.0002|0.0004|0.0006|0.0008 @+100");
    CHECK_STR(ticks_of(-1.7e308, 1.7e308, 0, 0, 600, 0), "-150|-100|-50|0|50|100|150 @*10^306");
    CHECK_STR(ticks_of(1e16, 1e16 + 4, 0, 0, 600, 0), "0|2|4 @+10000000000000000");
    CHECK_STR(ticks_of(0, 5000, 0, 0, 600, PIKA_TICKS_SI), "0|1k|2k|3k|4k|5k");
    CHECK_STR(ticks_of(0, 3e-6, 0, 0, 600, PIKA_TICKS_SI), "0|0.5u|1.0u|1.5u|2.0u|2.5u|3.0u");
    CHECK_STR(ticks_of(0, 1e30, 0, 0, 600, PIKA_TICKS_SI), "0|0.2|0.4|0.6|0.8|1.0 @*10^30");
    CHECK_STR(ticks_of(-0.3, 0.2, 0, 0, 600, PIKA_TICKS_PERCENT), "-30 %|-20 %|-10 %|0 %|10 %|20 %");
    CHECK_STR(ticks_of(0, 0.01, 0, 0, 600, PIKA_TICKS_PERCENT), "0 %|0.2 %|0.4 %|0.6 %|0.8 %|1.0 %");
}

TEST(ticks_logs)
{
    CHECK_STR(ticks_of(1, 1000, 1, 0, 600, 0), "1|10|100|1000");
    CHECK_STR(ticks_of(1, 1e6, 1, 0, 600, 0), "10^0|10^1|10^2|10^3|10^4|10^5|10^6");
    CHECK_STR(ticks_of(1e-5, 1e9, 1, 0, 200, 0), "10^-3|10^0|10^3|10^6|10^9");
    CHECK_STR(ticks_of(1e-5, 1e9, 1, 0, 50, 0), "10^0");
    CHECK_STR(ticks_of(2, 70, 1, 0, 600, 0), "2|5|10|20|50");
    CHECK_STR(ticks_of(1e6, 1e7, 1, 0, 600, 0), "10^6|2*10^6|5*10^6|10^7");
    CHECK_STR(ticks_of(30, 90, 1, 0, 600, 0), "30|40|50|60|70|80|90");
    CHECK_STR(ticks_of(1e6, 1.5e6, 1, 0, 600, 0), "1.0|1.1|1.2|1.3|1.4|1.5 @*10^6");
    CHECK_STR(ticks_of(1, 1e5, 1, 0, 600, PIKA_TICKS_SI), "1|10|100|1k|10k|100k");
    CHECK_STR(ticks_of(1e-4, 1, 1, 0, 600, PIKA_TICKS_PERCENT), "0.01 %|0.1 %|1 %|10 %|100 %");
    CHECK_STR(ticks_of(5e-324, 1.7e308, 1, 0, 600, 0), "10^-300|10^-200|10^-100|10^0|10^100|10^200|10^300");
    CHECK_STR(ticks_of(-1000, 1000, 2, 1, 600, 0), "-1000|-100|-10|0|10|100|1000");
    CHECK_STR(ticks_of(-1e6, 1e6, 2, 0, 150, 0), "-10^4|0|10^4");
    CHECK_STR(ticks_of(-5, 5, 2, 1, 600, 0), "-5|-2|-1|0|1|2|5");
    CHECK_STR(ticks_of(-0.5, 0.5, 2, 1, 300, 0), "-0.5|0|0.5");
    CHECK_STR(ticks_of(1e6, 1e9, 2, 1, 600, 0), "10^6|10^7|10^8|10^9");
}

static const char *ticks_time(double lo, double width, double unit, int64_t origin, double length)
{
    static pika_ticks ticks;
    pika_axis axis = ticks_axis(lo, lo + width, 0, 0);
    pika_ticks_desc desc = ticks_desc(length, PIKA_TICKS_TIME);
    axis.origin = origin;
    desc.unit = unit;
    if (!CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks))) return "";
    return ticks_line(&ticks);
}

TEST(ticks_times)
{
    const double t = 1795212907.25; /* 2026-11-20 22:15:07.25 */
    const int64_t ns = INT64_C(1795212907250000000);
    CHECK_STR(ticks_time(t, 2, 1, 0, 600), ".500|22:15:08|.500|22:15:09 @2026-11-20 22:15:07");
    CHECK_STR(ticks_time(t, 0.01, 1, 0, 400), ".250|.252|.254|.256|.258|.260 @2026-11-20 22:15:07");
    CHECK_STR(
        ticks_time(0, 50000, 1e-9, ns, 400), "0 us|10 us|20 us|30 us|40 us|50 us @2026-11-20 22:15:07.250");
    CHECK_STR(ticks_time(7, 20, 1e-9, ns, 400), "10 ns|15 ns|20 ns|25 ns @2026-11-20 22:15:07.250000");
    CHECK_STR(ticks_time(t, 20, 1, 0, 600), "22:15:10|22:15:15|22:15:20|22:15:25 @2026-11-20");
    CHECK_STR(ticks_time(t, 420, 1, 0, 600), "22:16|22:17|22:18|22:19|22:20|22:21|22:22 @2026-11-20");
    CHECK_STR(ticks_time(t, 22500, 1, 0, 600), "23:00|Nov 21|01:00|02:00|03:00|04:00 @2026-11-20");
    CHECK_STR(ticks_time(t, 4.5e5, 1, 0, 600), "21|22|23|24|25|26 @Nov 2026");
    CHECK_STR(ticks_time(t, 1.2e6, 1, 0, 600), "22|24|26|28|30|Dec 2|4 @Nov 2026");
    CHECK_STR(ticks_time(t, 3.2e6, 1, 0, 600), "Nov 23|Nov 30|Dec 7|Dec 14|Dec 21 @2026");
    CHECK_STR(ticks_time(t, 2.4e7, 1, 0, 300), "2027|Apr|Jul");
    CHECK_STR(ticks_time(t, 6.3e7, 1, 0, 300), "2027|Jul|2028|Jul");
    CHECK_STR(ticks_time(t, 1.25e9, 1, 0, 600), "2030|2035|2040|2045|2050|2055|2060|2065");
    CHECK_STR(ticks_time(1798675200, 259200, 1, 0, 600), "Dec 31|12:00|2027|12:00|Jan 2|12:00|Jan 3 @2026");
    CHECK_STR(ticks_time(1797811200, 2419200, 1, 0, 450), /* of weeks no label tells the year */
        "Dec 21|Dec 28|Jan 4|Jan 11|Jan 18 @2026\xE2\x80\x93"
        "2027");
    CHECK_STR(
        ticks_time(951739200, 259200, 1, 0, 600), "12:00|Feb 29|12:00|Mar 1|12:00|Mar 2|12:00 @2000-02-28");
    CHECK_STR(ticks_time(20000, 60, 86400, 0, 300), "Nov|Dec @2024");
    CHECK_STR(ticks_time(-62244979200.0, 172800000, 1, 0, 600), "-2|-1|0|1|2|3");
    CHECK_STR(
        ticks_time(-1e15, 2e15, 1, 0, 600), "-30000000|-20000000|-10000000|0|10000000|20000000|30000000");
}

/* ---- exact decimals, by the schoolbook */

/* |v| exactly: digits without leading zeros; returns how many, *point of them are before the point. */
static int ticks_exact(double v, char *digits, int *point)
{
    static uint32_t limb[300]; /* 10^9, the least first */
    uint64_t bits = test_bits(v) & ~((uint64_t)1 << 63), mantissa = bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(bits >> 52), n = 0, i, count = 0, steps;
    char part[16];
    if (exponent > 0) mantissa |= (uint64_t)1 << 52;
    else exponent = 1;
    exponent -= 1075;
    for (; mantissa != 0; mantissa /= 1000000000) limb[n++] = (uint32_t)(mantissa % 1000000000);
    for (steps = exponent < 0 ? -exponent : exponent; steps > 0;) { /* by 2^10 or by 5^10 at a time */
        uint64_t factor = 1, carry = 0;
        for (i = 0; i < 10 && steps > 0; i++, steps--) factor *= exponent < 0 ? 5 : 2;
        for (i = 0; i < n; i++) {
            carry += limb[i] * factor;
            limb[i] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry != 0) limb[n++] = (uint32_t)carry;
    }
    for (i = n - 1; i >= 0; i--) {
        int k;
        for (k = 8; k >= 0; k--, limb[i] /= 10) part[k] = (char)('0' + (int)(limb[i] % 10));
        for (k = 0; k < 9; k++)
            if (count > 0 || part[k] != '0') digits[count++] = part[k];
    }
    *point = exponent < 0 ? count + exponent : count;
    return count;
}

static void ticks_expect(double v, int want, char *out)
{
    static char digits[3000];
    int point, n = ticks_exact(v, digits, &point), i, e;
    if (v < 0) *out++ = '-';
    if (n > want) { /* to nearest, ties to even */
        int up = digits[want] > '5', rest = 0;
        for (i = want + 1; i < n; i++) rest |= digits[i] != '0';
        if (digits[want] == '5') up = rest || (digits[want - 1] - '0') % 2 == 1;
        n = want;
        for (i = n - 1; up && i >= 0; i--) {
            up = digits[i] == '9';
            digits[i] = up ? '0' : (char)(digits[i] + 1);
        }
        if (up) {
            digits[0] = '1';
            n = 1;
            point++;
        }
    }
    while (n > 1 && digits[n - 1] == '0') n--;
    e = point - 1;
    if (e < -4 || e > 5) {
        *out++ = digits[0];
        if (n > 1) *out++ = '.';
        for (i = 1; i < n; i++) *out++ = digits[i];
        sprintf(out, "e%d", e);
        return;
    }
    if (point <= 0) {
        *out++ = '0';
        *out++ = '.';
    }
    for (i = point; i < 0; i++) *out++ = '0';
    for (i = 0; i < n || i < point; i++) {
        if (i == point && i > 0) *out++ = '.';
        *out++ = i < n ? digits[i] : '0';
    }
    *out = 0;
}

TEST(ticks_format_value)
{
    static const double special[] = {1, -1, 0.1, 2.5, 3.5, 0.125, 999999.5, 999999.4, 1e-4, 9.9999e-5, 5e-324,
        1.7e308, 1e22, 1e23, 0.5, 1.5, 8388608.5, 1e6, 123456, 2.675, 0.375, 12.5, 13.5, 1125.0, 9.5, 99.5,
        9007199254740993.0, 4.35, 1e5, 99999.95};
    uint64_t random = 11 + test_now.seed;
    char text[40], expected[80];
    int i, n, digits, rounds = test_now.quick ? 300 : 3000;
    for (i = 0; i < rounds; i++) {
        uint64_t bits = test_random(&random);
        double v;
        if (i % 3 == 1) v = (double)(int)(bits % 2000001 - 1000000) / (double)(1 << (bits >> 60)); /* ties */
        else memcpy(&v, &bits, sizeof v);
        if (i < 30) v = special[i];
        if (v != v || v - v != 0 || v == 0) continue;
        digits = i < 30 ? 2 + i % 5 : 1 + (int)(bits >> 20 & 0xFFFF) % 17;
        ticks_expect(v, digits, expected);
        n = pika_format_value(text, 32, v, digits, PIKA_TICKS_NUMBER);
        CHECK_EQ(n, strlen(text));
        if (!CHECK_STR(text, expected)) printf("    %.17g to %d\n", v, digits);
    }
    CHECK_EQ(pika_format_value(text, 32, 0.0, 6, 0), 1);
    CHECK_STR(text, "0");
    pika_format_value(text, 32, -0.0, 6, 0);
    CHECK_STR(text, "0");
    pika_format_value(text, 32, pika__nan(), 6, 0);
    CHECK_STR(text, "nan");
    pika_format_value(text, 32, -1e308 * 10, 6, 0);
    CHECK_STR(text, "-inf");
    pika_format_value(text, 32, 1.0 / 3, 0, 0);
    CHECK_STR(text, "0.333333");
    pika_format_value(text, 32, -1.2345678901234567e-308, 99, 0);
    CHECK_STR(text, "-1.2345678901234567e-308");
    pika_format_value(text, 32, 1500, 3, PIKA_TICKS_SI);
    CHECK_STR(text, "1.5k");
    pika_format_value(text, 32, -2.2e-5, 3, PIKA_TICKS_SI);
    CHECK_STR(text, "-22\xC2\xB5");
    pika_format_value(text, 32, 999.96e24, 4, PIKA_TICKS_SI);
    CHECK_STR(text, "1e27");
    pika_format_value(text, 32, 999.9e24, 4, PIKA_TICKS_SI);
    CHECK_STR(text, "999.9Y");
    pika_format_value(text, 32, 0.25, 3, PIKA_TICKS_PERCENT);
    CHECK_STR(text, "25 %");
    pika_format_value(text, 32, 1795212907.9996, 3, PIKA_TICKS_TIME);
    CHECK_STR(text, "2026-11-20 22:15:08");
    pika_format_value(text, 32, -0.25, 3, PIKA_TICKS_TIME);
    CHECK_STR(text, "1969-12-31 23:59:59.750");
    pika_format_value(text, 32, -1e15, 3, PIKA_TICKS_TIME);
    CHECK_STR(text, "-1e15");
    CHECK_EQ(pika_format_value(text, 31, 1, 3, 0), 0);
    CHECK_STR(text, "");
    CHECK_EQ(pika_format_value(text, 32, 1, 3, 4), 0);
    CHECK_EQ(pika_format_value(text, 32, 1, 3, -1), 0);
    CHECK_EQ(pika_format_value(NULL, 32, 1, 3, 0), 0);
    CHECK_EQ(pika_format_value(text, 0, 1, 3, 0), 0);
}

/* ---- random axes */

static double ticks_random_double(uint64_t *random, int most) /* 10^-most .. 10^most, either sign */
{
    double v = 1 + (double)(test_random(random) >> 12) / 4503599627370496.0 * 9;
    int e = test_between(random, -most, most);
    for (; e > 0; e--) v *= 10;
    for (; e < 0; e++) v /= 10;
    return test_below(random, 2) ? v : -v;
}

TEST(ticks_random_axes)
{
    uint64_t random = 3 + test_now.seed;
    int i, rounds = test_now.quick ? 60 : 600, some = 0, with_origin = 0;
    static pika_ticks ticks;
    for (i = 0; i < rounds; i++) {
        pika_axis axis = ticks_axis(0, 0, i % 3, 0);
        pika_ticks_desc desc = ticks_desc((double)test_between(&random, 1, 3000), 0);
        double a = ticks_random_double(&random, i % 2 ? 300 : 5),
               b = ticks_random_double(&random, i % 2 ? 300 : 5);
        desc.vertical = test_below(&random, 2);
        desc.most = test_below(&random, 3) ? 0 : test_between(&random, 1, 40);
        if (test_below(&random, 2)) { /* narrow */
            int n = test_between(&random, 1, 52);
            b = a * DBL_EPSILON;
            while (n-- > 0) b *= 2;
            b += a;
        }
        if (axis.scale == PIKA_LOG10) {
            a = fabs(a);
            b = fabs(b);
        }
        if (axis.scale == PIKA_SYMLOG) axis.linear = fabs(ticks_random_double(&random, i % 2 ? 300 : 3));
        axis.lo = a < b ? a : b;
        axis.hi = a < b ? b : a;
        if (!(axis.lo < axis.hi)) continue;
        if (axis.scale == PIKA_LINEAR && test_below(&random, 2)) {
            uint64_t origin = test_random(&random);
            memcpy(&axis.origin, &origin, sizeof origin);
            if (test_below(&random, 4) == 0) axis.origin = test_below(&random, 2) ? INT64_MAX : INT64_MIN;
            with_origin++;
        }
        if (!CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks))) continue;
        ticks_sound(&axis, &desc, &ticks);
        ticks_read_back(&axis, &ticks);
        some += ticks.count > 1;
        if (!CHECK(ticks.count > 0 || axis.scale == PIKA_LINEAR))
            printf(
                "    %d %.17g .. %.17g %g, %g px\n", axis.scale, axis.lo, axis.hi, axis.linear, desc.length);
    }
    CHECK(some > rounds / 2 && with_origin > 0);
}

/* Whole numbers beyond 2^53: labels and base add up to origin + value, modulo 2^64. */
static uint64_t ticks_whole(const char *text)
{
    const int negative = *text == '-';
    uint64_t v = 0;
    if (*text == '-' || *text == '+') text++;
    for (; *text != 0; text++) {
        if (!CHECK(*text >= '0' && *text <= '9')) return 0;
        v = v * 10 + (uint64_t)(*text - '0');
    }
    return negative ? 0 - v : v;
}

TEST(ticks_origins)
{
    static const int64_t origins[] = {
        0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(1700000000000000000), INT64_C(9007199254740993), -1000003};
    static const double widths[] = {10, 37, 100, 12345, 99999};
    static pika_ticks ticks;
    pika_ticks_desc desc = ticks_desc(600, 0);
    char text[64];
    int i, k, n, whole = 0;
    for (i = 0; i < 8; i++)
        for (k = 0; k < 5; k++) {
            pika_axis axis = ticks_axis(-3, widths[k] - 3, 0, 0);
            uint64_t base, step = 0;
            axis.origin = origins[i];
            CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
            ticks_sound(&axis, &desc, &ticks);
            CHECK(ticks.count > 2);
            ticks_plain(ticks.offset, text);
            if (text[0] == '*') continue;
            whole++;
            base = ticks_whole(text);
            for (n = 0; n < ticks.count; n++) {
                uint64_t absolute = (uint64_t)axis.origin + (uint64_t)(int64_t)ticks.value[n];
                ticks_plain(ticks.label[n], text);
                CHECK(ticks_whole(text) + base == absolute);
                CHECK(ticks.value[n] == (double)(int64_t)ticks.value[n]);
                if (n == 1) step = (uint64_t)(int64_t)(ticks.value[1] - ticks.value[0]);
                if (n == 1) CHECK(step % 5 == 0 || step <= 4 || step == 20 || step == 40 || step == 25000);
                if (n > 1) CHECK(ticks.value[n] - ticks.value[n - 1] == (double)step);
            }
        }
    CHECK(whole > 30);
    { /* all of int64: nothing overflows */
        pika_axis axis = ticks_axis(0, 18446744073709551616.0, 0, 0);
        axis.origin = INT64_MIN;
        CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
        CHECK_STR(ticks_line(&ticks), "-9|-6|-3|0|3|6|9 @*10^18");
        CHECK_BITS(ticks.value[3], 9223372036854775808.0);
        CHECK_BITS(ticks.at[3], 0.5);
    }
    { /* an origin that leaves next to no room */
        pika_axis axis = ticks_axis(0, 1e-300, 0, 0);
        axis.origin = 1000000;
        CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
        CHECK(ticks.count == 1 && ticks.value[0] == 0);
        axis = ticks_axis(0, 10, 0, 0);
        axis.origin = 1000000;
        CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
        CHECK_STR(ticks_line(&ticks), "0|2|4|6|8|10 @+1000000");
    }
}

/* ---- the calendar, a year at a time */

static int ticks_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static void ticks_civil(int64_t second, int64_t *year, int *month, int *day, int *clock)
{
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = second / 86400;
    *clock = (int)(second % 86400);
    if (*clock < 0) {
        *clock += 86400;
        days--;
    }
    for (*year = 1970; days < 0; days += ticks_leap(*year) ? 366 : 365) --*year;
    for (; days >= (ticks_leap(*year) ? 366 : 365); ++*year) days -= ticks_leap(*year) ? 366 : 365;
    for (*month = 0;; ++*month) {
        int length = lengths[*month] + (*month == 1 && ticks_leap(*year));
        if (days < length) break;
        days -= length;
    }
    *day = (int)days + 1;
}

TEST(ticks_calendar)
{
    static const char *const names[12] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static pika_ticks ticks;
    uint64_t random = 5 + test_now.seed;
    int i, k, rounds = test_now.quick ? 40 : 400;
    for (i = 0; i < rounds; i++) {
        pika_axis axis = ticks_axis(0, 0, 0, 0);
        pika_ticks_desc desc = ticks_desc((double)test_between(&random, 30, 1500), PIKA_TICKS_TIME);
        double width = fabs(ticks_random_double(&random, 4)) * 1e5;
        int ns = test_below(&random, 2),
            offset = test_below(&random, 3) == 0 ? test_between(&random, -48, 56) * 900 : 0;
        desc.utc_offset = offset;
        axis.lo = (double)(test_between(&random, 0, 2000000000) * (test_below(&random, 2) ? 1 : -1)) *
                  (ns ? 1 : 30);
        if (ns) { /* integers that no double holds */
            axis.origin = (int64_t)axis.lo * 1000000000 + test_below(&random, 1000000000);
            axis.lo = 0;
            axis.hi = (width < 4e9 ? width : 4e9) * 1e9;
            desc.unit = 1e-9;
        } else {
            axis.hi = axis.lo + width;
        }
        CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
        ticks_sound(&axis, &desc, &ticks);
        CHECK(ticks.count > 0 || desc.length < 100 || width < 1e-3);
        for (k = 0; k < ticks.count; k++) {
            int64_t part = 0, second, year;
            int month, day, clock, found;
            char text[10][32];
            const char *label;
            if (ns) {
                int64_t all = axis.origin + (int64_t)ticks.value[k];
                if (fabs(ticks.value[k]) > 9e15) { /* a double's own steps: to the microsecond */
                    part = all % 1000;
                    all -= part < -500 ? part + 1000 : part > 500 ? part - 1000 : part;
                }
                second = all / 1000000000;
                part = all % 1000000000;
                if (part < 0) part += 1000000000, second--;
            } else {
                second = (int64_t)floor(ticks.value[k]);
                if (floor(ticks.value[k]) != ticks.value[k]) continue; /* fractions are for nanoseconds */
            }
            ticks_civil(second + offset, &year, &month, &day, &clock);
            sprintf(text[0], "%s%ld", year < 0 ? "\xE2\x88\x92" : "", (long)(year < 0 ? -year : year));
            sprintf(text[1], "%s", names[month]);
            sprintf(text[2], "%d", day);
            sprintf(text[3], "%s %d", names[month], day);
            sprintf(text[4], "%02d:%02d", clock / 3600, clock / 60 % 60);
            sprintf(text[5], "%02d:%02d:%02d", clock / 3600, clock / 60 % 60, clock % 60);
            sprintf(text[6], ".%03ld", (long)(part / 1000000));
            sprintf(text[7], ".%06ld", (long)(part / 1000));
            sprintf(text[8], "%ld \xC2\xB5s", (long)(part / 1000 % 1000));
            sprintf(text[9], "%ld ns", (long)(part % 1000));
            label = ticks.label[k];
            for (found = 0; found < 10 && strcmp(label, text[found]) != 0; found++) {}
            if (!CHECK(found < 10)) printf("    %s is not %s %s %s\n", label, text[0], text[3], text[5]);
            /* what the label leaves out is zero */
            if (!CHECK(found > 5 || part == 0))
                printf("    %s, %.17g + %.0f\n", label, ticks.value[k], (double)axis.origin);
            CHECK(found > 4 || clock % 60 == 0);
            CHECK(found > 3 || clock == 0);
            CHECK(found > 1 || day == 1);
            CHECK(found > 0 || month == 0);
        }
    }
}

/* ---- places */

static double ticks_place(const pika_axis *a, double v) /* by libm */
{
    double c = a->linear != 0 ? a->linear : 1;
    if (a->scale == PIKA_LINEAR) return (v - a->lo) / (a->hi - a->lo);
    if (a->scale == PIKA_LOG10) return log(v / a->lo) / log(a->hi / a->lo);
    {
        double lo = log1p(fabs(a->lo) / c), hi = log1p(fabs(a->hi) / c), u = log1p(fabs(v) / c);
        if (a->lo < 0) lo = -lo;
        if (a->hi < 0) hi = -hi;
        if (v < 0) u = -u;
        return (u - lo) / (hi - lo);
    }
}

TEST(ticks_places)
{
    static const double ends[][4] = {{0, 10, 0, 0}, {-5, 3, 0, 0}, {1, 1000, 1, 0}, {1e-9, 1e12, 1, 0},
        {3, 4, 1, 0}, {-1000, 1000, 2, 1}, {0, 1e6, 2, 0.1}, {-50, -1, 2, 2}, {2, 900, 2, 5},
        {-1e9, 1e-3, 2, 1e-3}, {1e-100, 1e100, 1, 0}};
    uint64_t random = 9 + test_now.seed;
    pika_axis axis;
    int i, k;
    for (i = 0; i < 11; i++) {
        double before = -1e300;
        axis = ticks_axis(ends[i][0], ends[i][1], (int)ends[i][2], ends[i][3]);
        CHECK_BITS(pika_axis_place(&axis, axis.lo), 0.0);
        CHECK_BITS(pika_axis_place(&axis, axis.hi), 1.0);
        CHECK_BITS(pika_axis_value(&axis, 0), axis.lo);
        CHECK_BITS(pika_axis_value(&axis, 1), axis.hi);
        for (k = -40; k <= 140; k++) {
            const double place = k / 100.0 + (double)test_below(&random, 1000) / 1e6;
            const double v = pika_axis_value(&axis, place), back = pika_axis_place(&axis, v);
            if (!CHECK(fabs(back - place) <= 1e-13))
                printf("    axis %d: %.17g -> %.17g -> %.17g\n", i, place, v, back);
            CHECK(v > before);
            before = v;
            if (!CHECK(fabs(ticks_place(&axis, v) - back) <= 2e-13))
                printf("    axis %d: %.17g -> %.17g\n", i, v, back);
        }
    }
    /* nothing overflows or vanishes */
    axis = ticks_axis(-1.7e308, 1.7e308, PIKA_LINEAR, 0);
    CHECK_BITS(pika_axis_place(&axis, 0), 0.5);
    CHECK_BITS(pika_axis_value(&axis, 0.5), 0.0);
    axis = ticks_axis(-1.7e308, 1.7e308, PIKA_SYMLOG, 1e308);
    CHECK_BITS(pika_axis_place(&axis, 0), 0.5);
    CHECK(fabs(pika_axis_place(&axis, pika_axis_value(&axis, 0.9)) - 0.9) < 1e-13);
    axis = ticks_axis(-1, 1, PIKA_SYMLOG, 1e308);
    CHECK(fabs(pika_axis_place(&axis, 0.5) - 0.75) < 1e-13);
    CHECK(fabs(pika_axis_value(&axis, 0.75) - 0.5) < 1e-13);
    axis = ticks_axis(5e-324, 1.7e308, PIKA_LOG10, 0);
    for (k = 0; k <= 50; k++)
        CHECK(
            fabs(pika_axis_place(&axis, pika_axis_value(&axis, 0.05 + k / 56.0)) - 0.05 - k / 56.0) < 1e-13);
    /* none */
    CHECK(pika_axis_place(&axis, 0) != pika_axis_place(&axis, 0));
    CHECK(pika_axis_place(&axis, -1e308 * 10) != 0 && !(pika_axis_place(&axis, -1e308 * 10) < 0));
    CHECK(pika_axis_place(&axis, 1e308 * 10) > 1e308);
    CHECK(pika__is_nan(pika_axis_place(&axis, pika__nan())));
    CHECK(pika__is_nan(pika_axis_value(&axis, pika__nan())));
    CHECK(pika__is_nan(pika_axis_value(&axis, 1e308 * 10)));
    CHECK(pika__is_nan(pika_axis_place(NULL, 1)) && pika__is_nan(pika_axis_value(NULL, 1)));
    axis = ticks_axis(1, 1, 0, 0);
    CHECK(pika__is_nan(pika_axis_place(&axis, 1)) && pika__is_nan(pika_axis_value(&axis, 0)));
    axis = ticks_axis(0, 1, PIKA_LOG10, 0);
    CHECK(pika__is_nan(pika_axis_place(&axis, 1)));
    axis = ticks_axis(0, 1, 3, 0);
    CHECK(pika__is_nan(pika_axis_place(&axis, 1)));
}

TEST(ticks_minor)
{
    static pika_ticks ticks;
    pika_axis axis = ticks_axis(0, 10, 0, 0);
    pika_ticks_desc desc = ticks_desc(600, 0);
    int i;
    CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks)); /* 0, 2, ...: every 0.5 */
    CHECK_EQ(ticks.minor_count, 15);
    for (i = 0; i < 15; i++) CHECK(fabs(ticks.minor[i] - (0.5 * (i + 1 + i / 3)) / 10) < 1e-12);
    axis = ticks_axis(1, 1000, PIKA_LOG10, 0);
    CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
    CHECK_EQ(ticks.minor_count, 24);
    for (i = 0; i < 24; i++) CHECK(fabs(ticks.minor[i] - (i / 8 + log10(2.0 + i % 8)) / 3) < 1e-12);
    axis = ticks_axis(0, 86400, 0, 0);
    desc.format = PIKA_TICKS_TIME;
    CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks)); /* 3 h: every hour */
    CHECK_EQ(ticks.count, 9);
    CHECK_EQ(ticks.minor_count, 16);
    CHECK(fabs(ticks.minor[1] - 2 / 24.0) < 1e-12);
}

TEST(ticks_refuses)
{
    static pika_ticks ticks, untouched;
    pika_axis axis = ticks_axis(0, 1, 0, 0);
    pika_ticks_desc desc = ticks_desc(100, 0);
    pika_ctx ctx;
    const double nan = pika__nan(), infinite = 1e308 * 10;
    CHECK_OK(pika_ctx_init(&ctx, NULL));
    memset(&ticks, 7, sizeof ticks);
    untouched = ticks;
#define REFUSES(text) \
    do { \
        CHECK_RESULT(pika_make_ticks(&ctx, &axis, &desc, &ticks), PIKA_ERR_INVALID); \
        CHECK_HAS(pika_last_error(&ctx), text); \
        axis = ticks_axis(0, 1, 0, 0); \
        desc = ticks_desc(100, 0); \
    } while (0)
    axis.lo = 1;
    REFUSES("pika_make_ticks: axis.lo and hi are 1 and 1, need to be finite and lo < hi");
    axis.lo = nan;
    REFUSES("axis.lo and hi are nan and 1");
    axis.hi = infinite;
    REFUSES("axis.lo and hi are 0 and inf");
    axis.scale = 3;
    REFUSES("axis.scale is 3, needs 0..2");
    axis.scale = -1;
    REFUSES("axis.scale is -1");
    axis.scale = PIKA_LOG10;
    REFUSES("axis.lo is 0, needs > 0 on a log axis");
    axis.scale = PIKA_SYMLOG;
    axis.linear = -2;
    REFUSES("axis.linear is -2, needs a finite value >= 0");
    axis.scale = PIKA_SYMLOG;
    axis.origin = 5;
    REFUSES("axis.origin is 5, needs 0 on a log or symlog axis");
    desc.length = 0;
    REFUSES("desc.length is 0, needs a finite value > 0");
    desc.length = nan;
    REFUSES("desc.length is nan");
    desc.text = -3;
    REFUSES("desc.text is -3, needs a finite value >= 0");
    desc.most = -1;
    REFUSES("desc.most is -1, needs >= 0");
    desc.format = 4;
    REFUSES("desc.format is 4, needs 0..3");
    desc.format = PIKA_TICKS_TIME;
    desc.unit = -1;
    REFUSES("desc.unit is -1, needs 0 or 1e-15..1e15");
    desc.format = PIKA_TICKS_TIME;
    desc.unit = nan;
    REFUSES("desc.unit is nan");
    desc.format = PIKA_TICKS_TIME;
    desc.unit = 1e-16;
    REFUSES("desc.unit is 1e-16");
    desc.format = PIKA_TICKS_TIME;
    desc.utc_offset = infinite;
    REFUSES("desc.utc_offset is inf, needs a finite value");
    desc.format = PIKA_TICKS_TIME;
    axis.lo = 1;
    axis.hi = 2;
    axis.scale = PIKA_LOG10;
    REFUSES("desc.format is time, needs a linear axis");
    desc.format = PIKA_TICKS_TIME;
    axis.hi = 1e16;
    REFUSES("axis.lo to hi, 0 to 1e16, leaves 1e15 seconds before and after 1970");
    CHECK_RESULT(pika_make_ticks(&ctx, NULL, &desc, &ticks), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "axis is NULL");
    CHECK_RESULT(pika_make_ticks(&ctx, &axis, NULL, &ticks), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "desc is NULL");
    CHECK_RESULT(pika_make_ticks(&ctx, &axis, &desc, NULL), PIKA_ERR_INVALID);
    CHECK_HAS(pika_last_error(&ctx), "ticks is NULL");
    CHECK(memcmp(&ticks, &untouched, sizeof ticks) == 0);
    pika_ctx_free(&ctx);
    CHECK_RESULT(pika_make_ticks(&ctx, &axis, &desc, &ticks), PIKA_ERR_INVALID);
#undef REFUSES
}

/* Any bits at all: no crash, no hang; sound where the call says so. */
TEST(ticks_any_bits)
{
    static pika_ticks ticks;
    uint64_t random = 1 + test_now.seed;
    int i, good = 0, rounds = test_now.quick ? 100 : 1000;
    for (i = 0; i < rounds; i++) {
        pika_axis axis;
        pika_ticks_desc desc;
        uint64_t bits[5];
        int k;
        for (k = 0; k < 5; k++) bits[k] = test_random(&random);
        memset(&axis, 0, sizeof axis);
        memset(&desc, 0, sizeof desc);
        memcpy(&axis.lo, &bits[0], sizeof bits[0]);
        memcpy(&axis.hi, &bits[1], sizeof bits[0]);
        memcpy(&axis.linear, &bits[2], sizeof bits[0]);
        if (i % 2) memcpy(&axis.origin, &bits[3], sizeof bits[0]);
        axis.scale = test_below(&random, 3);
        desc.length = i % 5 ? 500 : fabs(ticks_random_double(&random, 300));
        desc.text = i % 7 ? 0 : fabs(ticks_random_double(&random, 300));
        desc.format = test_below(&random, 4);
        if (desc.format == PIKA_TICKS_TIME) desc.unit = fabs(ticks_random_double(&random, 14));
        if (desc.format == PIKA_TICKS_TIME && i % 4) axis.lo = ticks_random_double(&random, 12) / desc.unit;
        if (desc.format == PIKA_TICKS_TIME) axis.scale = 0;
        if (axis.scale == PIKA_LINEAR && axis.lo == axis.lo && i % 3 == 0)
            axis.hi = axis.lo + fabs(axis.lo) * 1e-9;
        if (pika_make_ticks(NULL, &axis, &desc, &ticks) != PIKA_OK) continue;
        ticks_sound(&axis, &desc, &ticks);
        good++;
    }
    CHECK(good > rounds / 10);
}

/* The same everywhere. */
TEST(ticks_golden)
{
    static pika_ticks ticks;
    uint64_t random = 77, hash = UINT64_C(0xCBF29CE484222325);
    char text[32];
    int i, k;
    for (i = 0; i < 400; i++) {
        const int small = i % 4 == 0;
        pika_axis axis = ticks_axis((double)test_between(&random, 1, 1000) / 8, 0, i % 3, 0.5);
        pika_ticks_desc desc = ticks_desc((double)test_between(&random, 20, 900), i % 3 ? i % 2 : i / 3 % 4);
        axis.hi = axis.lo + (double)test_between(&random, 1, small ? 1000 : 1000000000) / 64;
        if (i % 3 == 2) axis.lo = -axis.lo;
        if (i % 6 == 3) axis.origin = (int64_t)(test_random(&random) >> 1);
        if (i % 6 == 3 && desc.format == PIKA_TICKS_TIME) desc.unit = 1e-9;
        desc.vertical = i % 2;
        CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
#define HASH(bytes, n) \
    for (k = 0; k < (int)(n); k++) \
    hash = (hash ^ (uint64_t)(uint8_t)((const char *)(bytes))[k]) * UINT64_C(0x100000001B3)
        {
            int t;
            uint8_t out[8];
            for (t = 0; t < ticks.count + ticks.minor_count; t++) {
                uint64_t bits = test_bits(t < ticks.count ? ticks.at[t] : ticks.minor[t - ticks.count]);
                int b;
                for (b = 0; b < 8; b++) out[b] = (uint8_t)(bits >> (8 * b));
                HASH(out, 8);
                if (t < ticks.count) HASH(ticks.label[t], strlen(ticks.label[t]));
            }
            HASH(ticks.offset, strlen(ticks.offset));
            pika_format_value(text, 32, pika_axis_value(&axis, 0.3), 1 + i % 17, desc.format);
            HASH(text, strlen(text));
        }
#undef HASH
    }
    if (!CHECK(hash == UINT64_C(0xCC6B25800262255B)))
        printf("    %08lx%08lx\n", (unsigned long)(hash >> 32), (unsigned long)(hash & 0xFFFFFFFFu));
}

TEST(ticks_refuses_both_ends)
{
    static pika_ticks ticks;
    pika_axis axis;
    pika_ticks_desc desc;
    pika_ctx ctx;
    const double nan = pika__nan(), infinite = pika__from_bits64(PIKA__INF64);
    int i;
    CHECK_OK(pika_ctx_init(&ctx, NULL));
    for (i = 0; i < 14; i++) {
        static const char *const parts[14] = {"axis.linear is nan", "axis.linear is inf",
            "axis.origin is 5, needs 0 on a log or symlog axis",
            "desc.text is nan, needs a finite value >= 0", "desc.text is inf", "desc.length is inf",
            "desc.length is -1", "desc.format is -1, needs 0..3", "desc.unit is 1e16, needs 0 or 1e-15..1e15",
            "desc.unit is inf", "desc.utc_offset is nan", "axis.lo and hi are -inf and 1",
            "axis.lo and hi are 2 and 1", "axis.lo is -1, needs > 0 on a log axis"};
        axis = ticks_axis(0, 1, 0, 0);
        desc = ticks_desc(100, i >= 8 && i <= 10 ? PIKA_TICKS_TIME : 0);
        if (i < 2) axis = ticks_axis(0, 1, PIKA_SYMLOG, i == 0 ? nan : infinite);
        switch (i) {
        case 2: axis = ticks_axis(1, 10, PIKA_LOG10, 0), axis.origin = 5; break;
        case 3: desc.text = nan; break;
        case 4: desc.text = infinite; break;
        case 5: desc.length = infinite; break;
        case 6: desc.length = -1; break;
        case 7: desc.format = -1; break;
        case 8: desc.unit = 1e16; break;
        case 9: desc.unit = infinite; break;
        case 10: desc.utc_offset = nan; break;
        case 11: axis.lo = -infinite; break;
        case 12: axis.lo = 2; break;
        case 13: axis.lo = -1, axis.scale = PIKA_LOG10; break;
        default: break;
        }
        CHECK_RESULT(pika_make_ticks(&ctx, &axis, &desc, &ticks), PIKA_ERR_INVALID);
        CHECK_HAS(pika_last_error(&ctx), parts[i]);
    }
#ifndef PIKA_NO_PROFILER
    {
        pika_zone_stats zones[64];
        size_t n = 0, k, found = 0;
        CHECK_OK(pika_profile_start(&ctx, NULL));
        axis = ticks_axis(0, 1, 0, 0);
        desc = ticks_desc(400, 0);
        CHECK_OK(pika_make_ticks(&ctx, &axis, &desc, &ticks));
        CHECK_RESULT(pika_make_ticks(&ctx, NULL, &desc, &ticks), PIKA_ERR_INVALID);
        CHECK_OK(pika_profile_zones(&ctx, zones, 64, &n));
        for (k = 0; k < n; k++)
            if (strcmp(zones[k].name, "pika_make_ticks") == 0) {
                CHECK_EQ(zones[k].calls, 2);
                CHECK_EQ(zones[k].items, ticks.count);
                found++;
            }
        CHECK_EQ(found, 1);
    }
#endif
    pika_ctx_free(&ctx);
}

/* Few or very many wanted, tiny steps, huge ends, time by its smallest and largest steps: always sound. */
TEST(ticks_of_odd_axes)
{
    static const double ends[16][2] = {{1e-300, 1e300}, {-1.7e308, 1.7e308}, {5e-324, 1e-322},
        {1, 1.0000000000000002}, {0, 1e-9}, {999999, 1000001}, {-1e-12, 1e12}, {1e15, 1.0000001e15},
        {0.5, 2e9}, {1e-5, 1.1e-5}, {100, 101}, {9, 11}, {1e300, 1.7e308}, {-3, 700}, {3e-308, 1e-300},
        {2, 2000}};
    static const double lengths[6] = {1, 30, 200, 900, 5000, 1e6};
    static pika_ticks ticks;
    int i, scale, k, format, most, many = 0, single = 0;
    for (i = 0; i < 16; i++)
        for (scale = PIKA_LINEAR; scale <= PIKA_SYMLOG; scale++)
            for (k = 0; k < 6; k++)
                for (format = 0; format <= PIKA_TICKS_PERCENT; format++) {
                    pika_axis axis = ticks_axis(ends[i][0], ends[i][1], scale, (i + k) % 3 == 0 ? 0 : 1e-3);
                    pika_ticks_desc desc = ticks_desc(lengths[k], format);
                    most = (i + k + format) % 4 == 0 ? 2 : (i + k) % 5 == 0 ? 40 : 0;
                    desc.most = most;
                    desc.vertical = k % 2;
                    if (scale == PIKA_LOG10 && !(axis.lo > 0)) continue;
                    if (format == PIKA_TICKS_TIME && scale != PIKA_LINEAR) continue;
                    if (format == PIKA_TICKS_TIME) {
                        desc.unit = i % 3 == 0 ? 1e-9 : i % 3 == 1 ? 1e-15 : 0;
                        if (pika_make_ticks(NULL, &axis, &desc, &ticks) != PIKA_OK) continue;
                    } else {
                        CHECK_OK(pika_make_ticks(NULL, &axis, &desc, &ticks));
                    }
                    CHECK(most == 0 || ticks.count <= most);
                    if (i > 2 || i == 0) /* its tolerance: sums that overflow, subnormals that do not reach */
                        ticks_sound(&axis, &desc, &ticks);
                    many += ticks.count > 20;
                    single += ticks.count == 1;
                }
    CHECK(many > 5 && single > 5);
}

AREA(ticks, LISTED(ticks_numbers), LISTED(ticks_logs), LISTED(ticks_times), LISTED(ticks_format_value),
    LISTED(ticks_random_axes), LISTED(ticks_origins), LISTED(ticks_calendar), LISTED(ticks_places),
    LISTED(ticks_minor), LISTED(ticks_refuses), LISTED_SAFE(ticks_any_bits), LISTED(ticks_golden),
    LISTED_SAFE(ticks_refuses_both_ends), LISTED(ticks_of_odd_axes));
