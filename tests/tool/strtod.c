/* strtod.c - the decimal parser of tools/pika.c against the C library's strtod, bit for bit
   cc -O2 tests/tool/strtod.c -o strtod -pthread && ./strtod 10000000

   The argument is the number of random texts; hard cases come on top. Both ways of reading are compared: as
   they stand, and behind a delimiter in one long line, where the parser may look at bytes that follow. Where
   the C library itself does not round to nearest (older msvcrt), only the hard cases with their bits are
   checked. Last line: N passed, N failed, N skipped. */
#define PIKA_TOOL_NO_MAIN
#include "../../tools/pika.c"

static uint64_t passed, failed, skipped;

static uint64_t random_state = 0x853C49E6748FEA9Bu;

static uint64_t random_bits(void) /* splitmix64 */
{
    uint64_t z = (random_state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void compare(const char *text, size_t length, double expected)
{
    static char line[1 << 21];
    double value = 0;
    const char *end;
    memcpy(line, text, length);
    memcpy(line + length, ",9999999\n", 9);
    end = decimal_parse(line, '.', &value);
    if (end == line + length && double_bits(value) == double_bits(expected)) {
        passed++;
        return;
    }
    failed++;
    if (failed < 20)
        printf("FAILED %.100s: %.17g, expected %.17g, ends at %d of %d\n", text, value, expected,
            end ? (int)(end - line) : -1, (int)length);
}

static void against_library(const char *text) { compare(text, strlen(text), strtod(text, NULL)); }

static void expect(const char *text, uint64_t bits) { compare(text, strlen(text), double_from_bits(bits)); }

/* Digits, a point somewhere, an exponent sometimes */
static void random_text(char *text)
{
    uint64_t bits = random_bits();
    int digits = (int)(bits % 24) + 1, point = (int)(bits >> 8 & 31), i;
    if (bits >> 16 & 1) *text++ = '-';
    if ((bits >> 24 & 255) == 0) digits += (int)(random_bits() % 800);
    for (i = 0; i < digits; i++) {
        if (i == point) *text++ = '.';
        *text++ = (char)('0' + random_bits() % 10);
    }
    if (bits >> 32 & 1)
        sprintf(
            text, "e%d", (int)(random_bits() % (bits >> 33 & 1 ? 40 : 700)) - (bits >> 33 & 1 ? 20 : 350));
    else *text = 0;
}

/* The middle of a random double and the next one, exactly, and its neighbours in the last digit. The middle
   m * 2^e of whole numbers is written out by big_number, which step 3 uses too, so strtod is the judge. */
static void random_middle(char *text)
{
    uint64_t mantissa = ((random_bits() >> 12) | (uint64_t)1 << 52) * 2 + 1, choice = random_bits();
    int exponent = (int)(choice % 200), negative_power = choice >> 32 & 1, length = 0, i;
    static char reversed[1024];
    big_number number;
    big_set(&number, mantissa);
    if (negative_power) big_multiply_power_of_5(&number, exponent); /* m * 2^-k = m * 5^k * 10^-k */
    else big_shift_left(&number, exponent);
    while (number.count > 0) {
        uint64_t rest = 0;
        for (i = number.count - 1; i >= 0; i--) rest = ((rest << 32) | number.word[i]) % 10;
        big_divide(&number, 10);
        reversed[length++] = (char)('0' + (int)rest);
    }
    if (choice >> 33 & 1) {
        int step = choice >> 34 & 1 ? 1 : -1;
        if (reversed[0] + step >= '0' && reversed[0] + step <= '9') reversed[0] = (char)(reversed[0] + step);
    }
    for (i = 0; i < length; i++) *text++ = reversed[length - 1 - i];
    if (choice >> 35 & 1)
        for (i = 0; i < 5; i++) *text++ = '0';
    else i = 0;
    sprintf(text, "e%d", (negative_power ? -exponent : 0) - i);
}

static void hard_cases(void)
{
    static const struct {
        const char *text;
        uint64_t bits;
    } known[] = {
        {"0", 0},
        {"-0", (uint64_t)1 << 63},
        {"0e999", 0},
        {"-0.000e-999999999999999999999", (uint64_t)1 << 63},
        {"1", 0x3FF0000000000000u},
        {".5", 0x3FE0000000000000u},
        {"5.", 0x4014000000000000u},
        {"+1e0", 0x3FF0000000000000u},
        {"1E+2", 0x4059000000000000u},
        {"0.1", 0x3FB999999999999Au},
        {"0.3", 0x3FD3333333333333u},
        {"9007199254740992", 0x4340000000000000u},
        {"9007199254740993", 0x4340000000000000u},
        {"9007199254740995", 0x4340000000000002u},
        {"9007199254740993.0000000000000000000000000000000000000000000000001", 0x4340000000000001u},
        {"9007199254740992.9999999999999999999999999999999999999999999999999", 0x4340000000000000u},
        {"4503599627370496.5", 0x4330000000000000u},
        {"4503599627370497.5", 0x4330000000000002u},
        {"18446744073709551615", 0x43F0000000000000u},
        {"18446744073709551616", 0x43F0000000000000u},
        {"9223372036854774784", 0x43DFFFFFFFFFFFFFu},
        {"9223372036854775295", 0x43DFFFFFFFFFFFFFu},
        {"9223372036854775296", 0x43E0000000000000u},
        {"2.2250738585072011e-308", 0x000FFFFFFFFFFFFFu},
        {"2.2250738585072012e-308", 0x0010000000000000u},
        {"2.2250738585072014e-308", 0x0010000000000000u},
        {"2.225073858507201e-308", 0x000FFFFFFFFFFFFFu},
        {"4.9406564584124654e-324", 1},
        {"4.9e-324", 1},
        {"5e-324", 1},
        {"3e-324", 1},
        {"2e-324", 0},
        {"2.4703282292062327e-324", 0},
        {"2.4703282292062328e-324", 1},
        {"7.4e-324", 1},
        {"7.5e-324", 2},
        {"1e-323", 2},
        {"1e-324", 0},
        {"1e-400", 0},
        {"1e-99999999999999999999", 0},
        {"1.7976931348623157e308", 0x7FEFFFFFFFFFFFFFu},
        {"1.7976931348623158e308", 0x7FEFFFFFFFFFFFFFu},
        {"1.7976931348623159e308", 0x7FF0000000000000u},
        {"1.8e308", 0x7FF0000000000000u},
        {"-1e309", 0xFFF0000000000000u},
        {"1e400", 0x7FF0000000000000u},
        {"1e99999999999999999999", 0x7FF0000000000000u},
        /* the middle between the largest double and 2^1024, and just below */
        {"179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587"
         "207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711"
         "531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093"
         "042880177904174497792",
            0x7FF0000000000000u},
        {"179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587"
         "207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711"
         "531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093"
         "042880177904174497791.9999",
            0x7FEFFFFFFFFFFFFFu},
    };
    static const char *const judged[] = {"123456789012345678901234567890", "6.929001713869936e+236",
        "2.2250738585072011e-308", "1e23", "8.5e22", "8.41e21", "9.5367431640625e-7",
        "3.518437208883201171875e13", "62.5364939768271845828", "8.10109172351e-10",
        "1.50000000000000011102230246251565", "1.4999999999999999",
        "0.500000000000000166533453693773481063544750213623046875",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126",
        "2.2250738585072013830902327173324040642192159804623318e-308", "1.1754943508222875e-38", "1e22",
        "1e-22", "123456789012345680e22", "9007199254740991e22", "9007199254740993e-22",
        "7.2057594037927933e+16", "5708990770823839524233143877797980545530986496e-1",
        "0.000000000000000000000000000000000000000000123", "100000000000000016777215",
        "100000000000000016777216", "1.3580313444e-313", "6.95e-310", "3.5e-323",
        "2."
        "2250738585072008890245868760858598876504231122409594654935248025624"
        "4000922823569517877588880375915526423097809"
        "5043431208587738715835729182199302029437922422355981982750124204178"
        "89695713117910822610439719796040004548973919"
        "3807919893608152561311337614984204327175103362739154978273159414382"
        "81362751138386040942494649422863166954291050"
        "8020181592664213499660651780309507591305871984642390606863710200510"
        "87232827846788436319445158661350412234790147"
        "9236958520832159762106637540161373658304419360371477835530668283453"
        "56340050740730401356029680463759185831631242"
        "2452159926254649430083685186171942241764645513713542013221703137049"
        "65832101546540680353974179060225895030235019"
        "3751977303094576317321085250729930508976158251915972075723245543477"
        "09124613174935802817344664062496e-308"};
    size_t i;
    char *million;
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) expect(known[i].text, known[i].bits);
    for (i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) against_library(judged[i]);
    /* a million digits: the last one decides on which side of the middle above 1 they are */
    million = (char *)allocate(1 << 20, "a long text");
    memset(million, '0', 1 << 20);
    memcpy(million, "1.00000000000000011102230246251565404236316680908203125", 55);
    million[1000000 - 1] = '1';
    compare(million, 1000000, double_from_bits(0x3FF0000000000001u));
    million[1000000 - 1] = '0';
    compare(million, 1000000, 1.0);
    memset(million, '0', 1 << 20);
    memcpy(million, "0.", 2);
    memcpy(million + 999990, "1e999988", 9);
    compare(million, 999998, 0.1);
    memset(million, '9', 1 << 20);
    compare(million, 309, double_from_bits(DOUBLE_INFINITY_BITS));
    compare(million, 1000000, double_from_bits(DOUBLE_INFINITY_BITS));
    memcpy(million + 1000000, "e-999999", 9);
    compare(million, 1000008, 10.0);
    free(million);
}

int main(int count, char **arguments)
{
    uint64_t n = count > 1 ? strtoull(arguments[1], NULL, 10) : 200000, i;
    static char text[2048];
    decimal_start();
    hard_cases();
    if (double_bits(strtod("9007199254740993.00000000000000000000000000000000001", NULL)) !=
            0x4340000000000001u ||
        double_bits(strtod("2.2250738585072011e-308", NULL)) != 0x000FFFFFFFFFFFFFu) {
        skipped = n;
        n = 0;
    }
    for (i = 0; i < n; i++) {
        uint64_t bits = random_bits();
        switch (i % 8) {
        case 0:
        case 1:
        case 2: { /* any finite double, 17 digits are enough to come back to it */
            double value;
            bits &= ~((uint64_t)1 << 62 & (bits << 1)); /* fewer infinities and NaN */
            value = double_from_bits(bits);
            if (!(value - value == 0)) value = 0.5;
            sprintf(text, i % 8 == 0 ? "%.17g" : i % 8 == 1 ? "%.16e" : "%.15g", value);
            break;
        }
        case 3: sprintf(text, "%.9f", (double)(bits >> 11) * (1.0 / 9007199254740992.0)); break;
        case 4: sprintf(text, "%.*f", (int)(bits & 15), (double)(int64_t)bits * 1e-12); break;
        case 5: random_middle(text); break;
        case 6: { /* denormals and their neighbours */
            sprintf(text, "%.*e", (int)(bits & 31), double_from_bits(bits >> (8 + (bits & 31))));
            break;
        }
        default: random_text(text); break;
        }
        against_library(text);
    }
    printf("%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n", passed, failed, skipped);
    return failed != 0;
}
