#!/usr/bin/env python3
"""Makes tests/golden/edges_golden.h: edge tables of log10 and symlog axes by mpmath, sharing nothing with pika.h.

    python3 edges_golden.py > edges_golden.h

Every edge is computed with rising precision until both ends of an interval around it round to the same
double; what 20,000 bits leave open is an exact tie (to even) or an exact zero (+0).
"""
import struct
from mpmath import mp, mpf, log, log1p, exp, expm1

DENORMAL = 5e-324
LARGEST = 1.7976931348623157e308


def bits_of(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def from_bits(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def split(value):
    """An mpf as exact integers: significand (signed), exponent."""
    sign, man, exponent, _ = value._mpf_
    return (-int(man) if sign else int(man)), int(exponent)


def nearest(value):
    """Bits of the double nearest to an mpf, ties to even, zero as +0; from integers alone."""
    man, exponent = split(value)
    if man == 0:
        return 0
    sign, man = (1 << 63, -man) if man < 0 else (0, man)
    unit = max(man.bit_length() + exponent - 53, -1074)
    drop = unit - exponent
    if drop <= 0:
        q = man << -drop
    else:
        q, rest = man >> drop, man & ((1 << drop) - 1)
        half = 1 << (drop - 1)
        if rest > half or (rest == half and q & 1):
            q += 1
    return (((unit + 1074) << 52) + q | sign) if q else 0


def magnitude(value):
    return mp.mag(value) if value else -10**9


class Axis:
    def __init__(self, lo, hi, c, n):
        self.lo, self.hi, self.c, self.n = lo, hi, c, n
        self.known = {}

    def ends(self, precision):
        if precision not in self.known:
            mp.prec = precision
            if self.c == 0:
                self.known[precision] = log(mpf(self.lo)), log(mpf(self.hi))
            else:
                self.known[precision] = tuple((1 if v > 0 else -1) * log1p(abs(mpf(v)) / mpf(self.c))
                                              for v in (self.lo, self.hi))
        return self.known[precision]

    def edge(self, i):
        if i in (0, self.n):
            return bits_of(self.hi if i else self.lo)
        for precision in (500, 2500, 20000):
            lo, hi = self.ends(precision)
            mp.prec = precision
            u = (hi * i + lo * (self.n - i)) / self.n
            lost = max(magnitude(lo), magnitude(hi)) - magnitude(u)
            if lost > precision - 200:
                continue
            if self.c == 0:
                v = exp(u)
            else:
                v = (1 if u > 0 else -1) * mpf(self.c) * expm1(abs(u))
            spread = abs(v) * mpf(2) ** (max(lost, 0) + 60 - precision)
            below, above = nearest(v - spread), nearest(v + spread)
            if below == above:
                return below
        if lost > precision - 200:
            return 0
        tie = above if below & 1 else below
        return tie if tie << 1 & (2**64 - 1) else 0


def fnv1a(patterns):
    state = 14695981039346656037
    for pattern in patterns:
        for byte in struct.pack("<Q", pattern):
            state = (state ^ byte) * 1099511628211 % 2**64
    return state


def up(value, steps):
    return from_bits(bits_of(value) + steps)


F, G = 2**26 + 1, 2**27 + 1
TIE_LO, TIE_HI = (F * F - 16) / 4.0, 4.0 * (G * G - 1)  # c = 4, n = 2: the middle is F * G - 4, a tie

# lo, hi, c (0 = a log axis), n, first, count
CASES = [
    # log
    (1.0, 1000.0, 0, 3, 0, 3), (1.0, 1e6, 0, 6, 0, 6), (1.0, 2.0, 0, 12, 0, 12),
    (1.0, 1000.0, 0, 256, 0, 256),
    (0.001, 1e5, 0, 800, 0, 800), (1e-300, 1e300, 0, 600, 0, 600), (DENORMAL, LARGEST, 0, 256, 0, 256),
    (DENORMAL, up(DENORMAL, 1), 0, 7, 0, 7), (DENORMAL, up(DENORMAL, 8), 0, 64, 0, 64),
    (DENORMAL, 2.2250738585072014e-308, 0, 104, 0, 104), (3e-310, 7e-300, 0, 100, 0, 100),
    (1.0, up(1.0, 1), 0, 9, 0, 9), (1.0, up(1.0, 5), 0, 10, 0, 10), (up(2.0, -1), 2.0, 0, 4, 0, 4),
    (1e308, LARGEST, 0, 33, 0, 33), (0.1, 0.3, 0, 1, 0, 1), (3.0, 7.0, 0, 2, 0, 2),
    (1.0, 1e10, 0, 2**30, 2**30 - 40, 40),
    (1.0, 1e10, 0, 2**30, 123456789, 60), (DENORMAL, LARGEST, 0, 2**30, 2**29, 60),
    (2.0, up(2.0, 3), 0, 2**30, 2**29 - 9, 30), (1.0, 1000.0, 0, 4096, 1024, 256),
    (9.0, 16.0, 0, 2, 0, 2),
    (0.7, 1234.5, 0, 1000, 333, 100), (2.0**-1074, 2.0**1023, 0, 2097, 0, 300),
    (1e-5, 1.0, 0, 32768, 32000, 768),
    # symlog: the usual ones
    (-1000.0, 1000.0, 1.0, 100, 0, 100), (-1000.0, 1000.0, 1.0, 99, 0, 99),
    (0.0, 1000.0, 1.0, 256, 0, 256),
    (-10.0, 1e5, 1.0, 300, 0, 300), (-1e-10, 1e5, 1.0, 256, 0, 256), (1.0, 100.0, 0.5, 64, 0, 64),
    (-100.0, -1.0, 2.0, 64, 0, 64), (-5.0, 0.0, 1.0, 50, 0, 50), (0.0, 65535.0, 1.0, 256, 0, 256),
    (-1e6, 1e6, 1.0, 4096, 1900, 256), (-3.0, 1e4, 1.0, 2**30, 2**27, 60),
    (-1e4, 1e4, 1.0, 2**30, 2**29 - 20, 40),
    (0.0, 4294967295.0, 1.0, 256, 0, 256),
    # symlog: exact results and exact zeros where lo is not -hi
    (0.0, 3.0, 1.0, 2, 0, 2), (0.0, 1023.0, 1.0, 10, 0, 10), (-1.0, 3.0, 1.0, 3, 0, 3),
    (-9.0, 999.0, 1.0, 8, 0, 8),
    (-9.0, 99.0, 1.0, 300, 90, 20), (-7.0, 1.0, 1.0, 4, 0, 4),
    # symlog: ties
    (TIE_LO, TIE_HI, 4.0, 2, 0, 2), (-TIE_HI, -TIE_LO, 4.0, 2, 0, 2),
    (TIE_LO * 2.0**-500, TIE_HI * 2.0**-500, 2.0**-498, 2, 0, 2),
    # symlog: all but linear, sides of a tie that 1000 to 2000 bits further on decide
    (-1e-300, 1e-300, 1.0, 64, 0, 64), (0.0, 3e-300, 1.0, 1024, 0, 1024),
    (1.0, up(1.0, 1), 1e300, 2, 0, 2),
    (-up(1.0, 1), -1.0, 1e300, 2, 0, 2), (0.0, 3 * DENORMAL, LARGEST, 2, 0, 2),
    (0.0, 99 * DENORMAL, 1e-9, 18, 0, 18),
    (-10 * DENORMAL, 6 * DENORMAL, LARGEST, 32, 0, 32),
    (-6 * DENORMAL, 10 * DENORMAL, 1e-200, 32, 0, 32),
    (1.0, up(1.0, 41), 2.0**1000, 82, 0, 82), (-DENORMAL, DENORMAL, 1.0, 2, 0, 2),
    (-64 * DENORMAL, 22 * DENORMAL, 1.0, 4, 0, 4), (-58 * DENORMAL, 20 * DENORMAL, 1.0, 16, 0, 16),
    (-8 * DENORMAL, 23 * DENORMAL, DENORMAL, 6, 0, 6),
    # symlog: the linear zero is not the zero
    (-1e-150, 2e-150, 1.0, 3, 0, 3), (-1.0, 2.0, 1e308, 3, 0, 3), (-1.0, 2.0, 1e300, 3, 0, 3),
    (-2.0, 1.0, 1e16, 300, 180, 60),
    (-1e-20, 3e-20, 1.0, 40, 0, 40),
    # symlog: c at its ends
    (-1.0, LARGEST, DENORMAL, 200, 0, 200), (-LARGEST, LARGEST, DENORMAL, 101, 0, 101),
    (-LARGEST, LARGEST, 1.0, 101, 0, 101), (-LARGEST, LARGEST, LARGEST, 101, 0, 101),
    (-DENORMAL, LARGEST, 1.0, 90, 0, 90),
    (-1e-5, 1e5, 1e-300, 128, 0, 128), (0.0, DENORMAL, DENORMAL, 3, 0, 3),
    (0.0, up(DENORMAL, 15), DENORMAL, 64, 0, 64),
]


def main():
    print("/* Made by edges_golden.py, which says how; do not edit. Doubles as bit patterns, c 0 = log axis.")
    print("   sample[] are the edges first + count * 1, 2, 3, 5, 6 / 7; hash is FNV-1a over all edges,")
    print("   count + 1 of them, low byte first. */")
    print("static const struct edges_golden {")
    print("    uint64_t lo, hi, c;")
    print("    int32_t n, first, count;")
    print("    uint64_t sample[5], hash;")
    print("} k_edges_golden[] = {")
    for lo, hi, c, n, first, count in CASES:
        axis = Axis(lo, hi, c, n)
        edges = [axis.edge(first + k) for k in range(count + 1)]
        key = [-(e & (2**63 - 1)) if e >> 63 else e for e in edges]
        assert key == sorted(key)
        sample = [edges[count * k // 7] for k in (1, 2, 3, 5, 6)]
        print("    {0x%016Xu, 0x%016Xu, 0x%016Xu, %d, %d, %d,"
              % (bits_of(lo), bits_of(hi), bits_of(c), n, first, count))
        print("     {" + ", ".join("0x%016Xu" % s for s in sample[:3]) + ",")
        print("      " + ", ".join("0x%016Xu" % s for s in sample[3:]) + "},")
        print("     0x%016Xu}," % fnv1a(edges))
    print("};")


main()
