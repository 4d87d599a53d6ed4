/* ms_fixes.h - read before everything by clang-cl in tests/check/check.sh. Wine's <winnt.h> writes out functions that
   clang has built in, and clang does not let them be defined: other names for Wine's. Its <math.h> has no HUGE_VALF,
   which Microsoft's has. */
#ifndef MS_FIXES_H
#define MS_FIXES_H
#define HUGE_VALF ((float)HUGE_VAL)
#define _InterlockedCompareExchange128 ms_compare_exchange_128
#ifndef _WIN64
    #define _InterlockedAnd64 ms_and_64
    #define _InterlockedOr64 ms_or_64
    #define _InterlockedXor64 ms_xor_64
    #define _InterlockedIncrement64 ms_increment_64
    #define _InterlockedDecrement64 ms_decrement_64
    #define _InterlockedExchange64 ms_exchange_64
    #define _InterlockedExchangeAdd64 ms_exchange_add_64
#endif
#endif
