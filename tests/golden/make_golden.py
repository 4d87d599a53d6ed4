#!/usr/bin/env python3
"""Makes golden.txt and golden.h: what pika must give on the data of test_golden.c, from the rules alone.

    python3 tests/golden/make_golden.py                     keeps the lines that begin with self_
    build/test --hashes > h; python3 tests/golden/make_golden.py --self h     takes those from the library
    python3 tests/golden/make_golden.py --check             changes nothing; 1 if the files differ

Needs numpy (float32 arithmetic) and mpmath (the edges of log and symlog axes). Shares no code with pika.h.
Names that begin with self_ are the library's own results, kept to notice a change (the bytes of PNG files).
"""
import math
import os
import struct
import sys
from bisect import bisect_right
from fractions import Fraction

import mpmath
import numpy as np

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 20000
MASK = (1 << 64) - 1
F32, F64, I8, U8, I16, U16, I32, U32, I64, U64 = range(10)
LINEAR, LOG, SYMLOG = range(3)
HALF_X, HALF_Y, HALF, EXACT = 1, 2, 3, 4
(COUNT, ANY, SUM, MEAN, MIN, MAX, VAR, STD, FIRST, LAST, ARGMIN, ARGMAX) = (1 << i for i in range(12))
ALL = (1 << 12) - 1
NAN_BITS = 0x7FF8000000000000
INF = math.inf


# ---- hashing: words, as FNV-1a does bytes, folded -----------------------------------------------------

class Hash:
    def __init__(self):
        self.h = 0xCBF29CE484222325

    def word(self, w):
        self.h = ((self.h ^ (w & MASK)) * 0x9E3779B97F4A7C15) & MASK
        self.h ^= self.h >> 32

    def double(self, v):
        self.word(NAN_BITS if v != v else struct.unpack('<Q', struct.pack('<d', v))[0])


# ---- data ---------------------------------------------------------------------------------------------

def random_stream(state):
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def make_value(kind, k, row):
    """None = NaN; floats for f32 and f64, else integers."""
    special = row % 101
    if kind in (F32, F64):
        if special in (3, 13):
            return None
        tiny = 2.0 ** -149 if kind == F32 else 2.0 ** -1074
        named = {5: INF, 7: -INF, 9: -0.0, 11: tiny}
        if special in named:
            return named[special]
        return k / 4096 if kind == F32 else (k * 65536 + row) / 268435456
    up = k + 32768
    wide = k * 1000003 + row
    return {I8: (up >> 8) - 128, U8: up >> 8, I16: k, U16: up, I32: (up << 16) + row - (1 << 31),
            U32: (up << 16) + row, I64: 1700000000000000000 + wide, U64: (1 << 63) + wide}[kind]


def make_rows():
    stream = random_stream(42)
    for row in range(ROWS):
        r = next(stream)
        a, b, c, d = r & 0xFFFF, (r >> 16) & 0xFFFF, (r >> 32) & 0xFFFF, r >> 48
        yield row, a - 32768, ((b * c) >> 16) - 32768, (b ^ d) - 32768, d % 6 - 1


RAW = list(make_rows())


def make_columns(x_type, y_type, value_type, nulls):
    x, y, value, category = [], [], [], []
    for row, kx, ky, kv, cat in RAW:
        there = ((row * 7 + row // 11) % 5 != 0, row % 9 != 4, row % 4 != 1, row % 31 != 30)
        if not nulls:
            there = (True,) * 4
        x.append(make_value(x_type, kx, row) if there[0] else None)
        y.append(make_value(y_type, ky, row + 50) if there[1] else None)
        value.append(make_value(value_type, kv, row + 70) if there[2] else None)
        category.append(cat if there[3] else None)
    return x, y, value, category


# ---- axes ---------------------------------------------------------------------------------------------

def nearest(m):
    """The double nearest to an mpf: division of integers is correctly rounded in Python."""
    man, exp = int(m.man), int(m.exp)
    sign = -1 if m < 0 else 1
    q = Fraction(abs(man)) * (Fraction(2) ** exp)
    return sign * (q.numerator / q.denominator)


def table_edges(axis, n):
    mpmath.mp.prec = 3000 if axis['scale'] == SYMLOG else 400
    lo, hi = mpmath.mpf(axis['lo']), mpmath.mpf(axis['hi'])
    edges = [axis['lo']]
    if axis['scale'] == LINEAR:
        step = (axis['hi'] - axis['lo']) / n
        edges = [i * step + axis['lo'] for i in range(n)]
        edges = [min(e, axis['hi']) for e in edges]
    elif axis['scale'] == LOG:
        ratio = mpmath.log(hi / lo)
        edges += [nearest(lo * mpmath.exp(ratio * i / n)) for i in range(1, n)]
    else:
        mpmath.mp.prec = 400
        c = mpmath.mpf(axis['linear'] or 1.0)
        u = lambda v: mpmath.sign(v) * mpmath.log(1 + abs(v) / c)
        a, b = u(lo), u(hi)
        for i in range(1, n):
            t = a + (b - a) * i / n
            edges.append(nearest(mpmath.sign(t) * c * (mpmath.exp(abs(t)) - 1)))
    edges.append(axis['hi'])
    top = edges[0]
    for i, e in enumerate(edges):  # never decrease, never leave the axis
        top = edges[i] = min(max(e, top), axis['hi'])
    return edges


def has_table(axis, flags):
    return axis['scale'] != LINEAR or flags & EXACT


EDGES = {}


def cells_of(axis, kind, column, n, half_open, flags):
    """Per row: a cell of the whole, None = invalid, -1 = outside."""
    lo, hi = axis['lo'], axis['hi']
    if has_table(axis, flags):
        key = (tuple(sorted(axis.items())), n)
        edges = EDGES.setdefault(key, table_edges(axis, n))
        out = []
        for v in column:
            if v is None or (axis['scale'] == LOG and not v > 0):
                out.append(None)
                continue
            v = float(v)
            inside = edges[0] <= v < edges[n] or (v == edges[n] and not half_open)
            out.append(bisect_right(edges, v, 0, n) - 1 if inside else -1)
        return out
    number = np.float32 if kind in (F32, I8, U8, I16, U16) else np.float64
    if kind in (I64, U64):
        plain = [None if v is None else float(v - axis['origin']) for v in column]
    else:
        plain = column
    s, lo, hi = number(n / (hi - lo)), number(lo), number(hi)
    v = np.array([np.nan if p is None else p for p in plain], dtype=number)
    with np.errstate(all='ignore'):
        inside = (v >= lo) & ((v < hi) if half_open else (v <= hi))
        t = (np.where(inside, v, lo) - lo) * s
        assert t.dtype == number
    cell = np.minimum(t.astype(np.int64), n - 1)
    return [None if p is None else int(c) if i else -1 for p, c, i in zip(plain, cell, inside)]


# ---- the grid -----------------------------------------------------------------------------------------

class Cell:
    __slots__ = ('count', 'n', 'sum', 'lowest', 'highest', 'mean', 'm2', 'first', 'last', 'argmin', 'argmax')

    def __init__(self):
        self.count = self.n = 0
        self.sum = self.mean = self.m2 = 0.0
        self.lowest = self.highest = self.first = self.last = math.nan
        self.argmin = self.argmax = -1

    def add(self, v, row):
        self.n += 1
        self.sum += v
        d = v - self.mean
        self.mean += d / self.n
        self.m2 += d * (v - self.mean)
        plain = 0.0 if v == 0 else v
        if self.n == 1 or plain < self.lowest:
            self.lowest, self.argmin = plain, row
        if self.n == 1 or plain > self.highest:
            self.highest, self.argmax = plain, row
        if self.n == 1:
            self.first = v
        self.last = v

    def merge(self, o, rows):
        """o's rows follow; Chan, Golub and LeVeque."""
        self.count += o.count
        if o.n == 0:
            return
        if self.n == 0:
            count = self.count
            for name in self.__slots__:
                setattr(self, name, getattr(o, name))
            self.count = count
            self.sum = 0.0 + o.sum
            self.argmin += rows
            self.argmax += rows
            return
        na, nb, n = float(self.n), float(o.n), float(self.n + o.n)
        d = o.mean - self.mean
        self.mean, self.m2 = chan(self.mean, self.m2, o.m2, d, na, nb, n)
        self.n += o.n
        self.sum += o.sum
        if o.lowest < self.lowest:
            self.lowest, self.argmin = o.lowest, o.argmin + rows
        if o.highest > self.highest:
            self.highest, self.argmax = o.highest, o.argmax + rows
        self.last = o.last

    def read(self, plane):
        v = math.nan
        if plane == COUNT:
            return float(self.count)
        if plane == ANY:
            return float(self.count > 0)
        if plane == SUM:
            return self.sum
        if plane in (ARGMIN, ARGMAX):
            return float(self.argmin if plane == ARGMIN else self.argmax)
        if self.n == 0:
            return v
        if plane == MEAN:
            return self.sum / self.n
        if plane in (VAR, STD):
            v = self.m2 / self.n
            return v if plane == VAR else math.sqrt(v) if v >= 0 and v < INF else v
        return {MIN: self.lowest, MAX: self.highest, FIRST: self.first, LAST: self.last}[plane]


def chan(mean, m2, other_m2, d, na, nb, n):
    return mean + d * (nb / n), m2 + other_m2 + d * d * (na * nb / n)


class Grid:
    def __init__(self, case):
        self.case = case
        self.layers = max(case['categories'], 1)
        self.account = [0] * 5  # total, inside, outside, invalid, no_value
        self.cells = [Cell() for _ in range(self.layers * case['w'] * case['h'])]

    def add(self, columns, first, last):
        case, w, h = self.case, self.case['w'], self.case['h']
        fx, fy, tw, th = case['tile'] or (0, 0, w, h)
        x, y, value, category = (c[first:last] for c in columns)
        cx = cells_of(case['x'], case['types'][0], x, tw, case['flags'] & HALF_X, case['flags'])
        cy = cells_of(case['y'], case['types'][1], y, th, case['flags'] & HALF_Y, case['flags'])
        needs_value = case['planes'] & ~(COUNT | ANY)
        for i in range(last - first):
            row = self.account[0]
            self.account[0] += 1
            bad_category = case['categories'] and (category[i] is None
                                                   or not 0 <= category[i] < case['categories'])
            if cx[i] is None or cy[i] is None or bad_category:
                self.account[3] += 1
                continue
            at_x, at_y = cx[i] - fx, cy[i] - fy
            if cx[i] < 0 or cy[i] < 0 or not (0 <= at_x < w and 0 <= at_y < h):
                self.account[2] += 1
                continue
            self.account[1] += 1
            cell = self.cells[((category[i] if case['categories'] else 0) * h + at_y) * w + at_x]
            cell.count += 1
            if needs_value:
                if value[i] is None:
                    self.account[4] += 1
                else:
                    cell.add(float(value[i]), row)

    def merge(self, other):
        rows = self.account[0]
        for a, b in zip(self.cells, other.cells):
            a.merge(b, rows)
        self.account = [a + b for a, b in zip(self.account, other.account)]

    def hash(self):
        h, case = Hash(), self.case
        for v in self.account:
            h.word(v)
        size = case['w'] * case['h']
        for layer in range(self.layers):
            for i in range(12):
                if (case['read'] or case['planes']) >> i & 1:
                    for cell in self.cells[layer * size:(layer + 1) * size]:
                        h.double(cell.read(1 << i))
        return h.h


def axis(lo, hi, scale=LINEAR, linear=0.0, origin=0):
    return dict(lo=float(lo), hi=float(hi), scale=scale, linear=linear, origin=origin)


def case(name, types, w=64, h=48, x=axis(-8, 8), y=axis(-4, 12), flags=0, tile=None, value=F32, nulls=False,
         planes=COUNT, read=0, categories=0, merged=False):
    return dict(name=name, types=types, w=w, h=h, x=x, y=y, flags=flags, tile=tile, value=value, nulls=nulls,
                planes=planes, read=read, categories=categories, merged=merged)


def odd(name, types, flags=0):
    return case(name, types, 100, 75, axis(-2.3, 3.7), axis(-3.9, 0.9), flags)


def plane(name, which, value=F32, nulls=False):
    return case(name, (F32, F32), planes=which, read=which, value=value, nulls=nulls)


TILE, LAST_TILE = (100, 37, 301, 257), (237, 209, 301, 257)
CASES = [
    case('count_f32', (F32, F32)), case('count_f64', (F64, F64)),
    odd('count_f32_odd_range', (F32, F32)), odd('count_f64_odd_range', (F64, F64)),
    odd('count_f32_f64', (F32, F64)),
    case('count_half_open', (F32, F64), x=axis(-7, 2), y=axis(-4, 5), flags=HALF),
    case('count_half_open_i8', (I8, U8), 30, 20, axis(-90, 90), axis(70, 200), HALF_Y),
    case('count_i8_u8', (I8, U8), 33, 21, axis(-100.5, 99), axis(3, 200.25)),
    case('count_i16_u16', (I16, U16), 333, 210, axis(-30000.3, 29000), axis(1000, 50000)),
    case('count_i32_u32', (I32, U32), 333, 210, axis(-2e9, 1.9e9), axis(1e8, 4e9)),
    case('count_i64', (I64, F32), 100, 75, axis(-2e10, 3e10, origin=1700000000000000000)),
    case('count_u64', (U64, F64), 100, 75, axis(9.2233720200e18, 9.2233720600e18)),
    case('count_nulls', (F32, I16), y=axis(-20000, 20000), nulls=True),
    odd('count_exact_edges_f64', (F64, F64), EXACT), odd('count_exact_edges_f32', (F32, F32), EXACT),
    odd('count_exact_edges_half_open', (F32, F32), EXACT | HALF),
    case('count_exact_edges_i16', (I16, I16), 77, 91, axis(-30000, 20000), axis(-9000, 30000), EXACT),
    case('count_log_f64', (F64, F64), 90, 70, axis(0.001, 8, LOG), axis(0.01, 10, LOG)),
    case('count_log_f32', (F32, F32), 90, 70, axis(0.001, 8, LOG), axis(0.01, 10, LOG)),
    case('count_log_u16_i32', (U16, I32), 200, 100, axis(3, 65535, LOG), axis(1000, 2e9, LOG), HALF),
    case('count_symlog_f64', (F64, F64), 90, 70, axis(-7.5, 8, SYMLOG, 0.01), axis(-4, 10, SYMLOG)),
    case('count_symlog_f32', (F32, F32), 91, 70, axis(-7.5, 8, SYMLOG, 0.5), axis(-4, 10)),
    case('count_symlog_i16', (I16, I8), 91, 70, axis(-32768, 32767, SYMLOG, 100.0), axis(-100, 100, SYMLOG)),
    case('count_tile', (F32, F64), tile=TILE),
    case('count_tile_last', (F32, F64), x=axis(-5.5, 7.25), y=axis(-4, 11), flags=HALF_X, tile=LAST_TILE),
    case('count_tile_log', (F32, F64), x=axis(0.001, 8, LOG), y=axis(0.01, 10, LOG), tile=TILE),
    case('count_tile_exact', (F64, F64), x=axis(-8, 7.9), flags=EXACT, tile=TILE),
    plane('any', ANY), plane('sum_f32', SUM), plane('sum_f64', SUM, F64), plane('sum_u64', SUM, U64),
    plane('mean', MEAN, F64), plane('min', MIN, F64), plane('max', MAX, F32), plane('var', VAR, I16),
    plane('std', STD, I64), plane('first', FIRST, F64, True), plane('last', LAST, F32, True),
    plane('argmin', ARGMIN, I8), plane('argmax', ARGMAX, U8),
    case('all_planes', (F32, F32), value=F64, nulls=True, planes=ALL),
    case('categories_count', (F32, F32), nulls=True, categories=4),
    case('categories_planes', (F64, F32), nulls=True, planes=ALL, categories=3),
    case('merge_count', (F32, F32), merged=True),
    case('merge_planes', (F32, F32), value=F64, nulls=True, planes=ALL, categories=2, merged=True),
]


def grid_hash(c):
    columns = make_columns(c['types'][0], c['types'][1], c['value'], c['nulls'])
    grid = Grid(c)
    if c['merged']:
        other = Grid(c)
        grid.add(columns, 0, 7000)
        other.add(columns, 7000, ROWS)
        grid.merge(other)
    else:
        grid.add(columns, 0, ROWS)
    return grid.hash()


# ---- edges of a view and pika_fit ---------------------------------------------------------------------

def key_of(v, kind):
    """Floats in the order of their values as integers."""
    bits = struct.unpack('<i' if kind == F32 else '<q', struct.pack('<f' if kind == F32 else '<d', v))[0]
    return bits if bits >= 0 else -(bits & ((1 << (31 if kind == F32 else 63)) - 1))


def of_key(k, kind):
    v = struct.unpack('<f' if kind == F32 else '<d', struct.pack('<i' if kind == F32 else '<q', abs(k)))[0]
    return v if k >= 0 else -v


def view_edges(axis, kind, n, half_open, flags):
    out = []
    if has_table(axis, flags):
        table = table_edges(axis, n)
        if kind == F64:
            return table
        for i, e in enumerate(table):  # rounded up, the last down when closed
            with np.errstate(all='ignore'):
                f = float(np.float32(e))
            if (i < n or half_open) and f < e:
                f = of_key(key_of(f, F32) + 1, F32)
            if i == n and not half_open and f > e:
                f = of_key(key_of(f, F32) - 1, F32)
            out.append(f)
        return out
    number = np.float32 if kind == F32 else np.float64
    lo, hi, s = number(axis['lo']), number(axis['hi']), number(n / (axis['hi'] - axis['lo']))
    for i in range(n):
        a, b = key_of(float(lo), kind), key_of(float(hi), kind)
        while a < b:  # the first value of cell i or a later one
            m = (a + b) // 2
            if int((number(of_key(m, kind)) - lo) * s) >= i:
                b = m
            else:
                a = m + 1
        out.append(of_key(a, kind))
    return out + [float(hi)]


def edges_hash(x, y, kind, flags=0):
    h = Hash()
    for axis_, n, half_open in ((x, 513, flags & HALF_X), (y, 300, flags & HALF_Y)):
        for v in view_edges(axis_, kind, n, half_open, flags):
            h.double(v)
    return h.h


EDGE_CASES = {
    'edges_log': (axis(1e-3, 12345.678, LOG), axis(1e-300, 1e300, LOG), F64, 0),
    'edges_symlog': (axis(-1e5, 3e7, SYMLOG, 0.037), axis(-2, 1e10, SYMLOG), F64, 0),
    'edges_linear_f32': (axis(-2.3, 3.7), axis(0.1, 1e7), F32, 0),
    'edges_linear_f64': (axis(-2.3, 3.7), axis(0.1, 1e7), F64, HALF),
    'edges_exact_f32': (axis(-2.3, 3.7), axis(0.1, 1e7), F32, EXACT),
    'edges_log_f32': (axis(1e-3, 12345.678, LOG), axis(1e-30, 1e30, LOG), F32, HALF_X),
}


def fit_hash(x_type, y_type):
    x, y, _, _ = make_columns(x_type, y_type, F32, True)
    h = Hash()
    for log in (False, True):
        rows = [(a, b) for a, b in zip(x, y)
                if a is not None and b is not None and abs(a) != INF and abs(b) != INF and (b > 0 or not log)]
        for kind, is_log, values in ((x_type, False, [r[0] for r in rows]),
                                     (y_type, log, [r[1] for r in rows])):
            lo, hi, origin = min(values), max(values), 0
            if kind in (I64, U64) and not is_log:
                lo, hi, origin = 0, hi - lo, lo
            assert lo != hi
            h.double(float(lo) + 0.0)
            h.double(float(hi) + 0.0)
            h.word(origin)
    return h.h


FIT_CASES = {'fit_f32_f64': (F32, F64), 'fit_i16_u32': (I16, U32), 'fit_i64_u8': (I64, U8)}


# ---- the table ----------------------------------------------------------------------------------------

def make_table():
    table = {c['name']: grid_hash(c) for c in CASES}
    table.update({name: edges_hash(*c) for name, c in EDGE_CASES.items()})
    table.update({name: fit_hash(*c) for name, c in FIT_CASES.items()})
    try:
        import make_golden_shade
        table.update(make_golden_shade.table())
    except ImportError:
        pass
    return table


def read_lines(path):
    try:
        with open(path) as f:
            return dict(line.split() for line in f if line.strip())
    except FileNotFoundError:
        return {}


def main():
    text_path, header_path = os.path.join(HERE, 'golden.txt'), os.path.join(HERE, 'golden.h')
    self_path = sys.argv[sys.argv.index('--self') + 1] if '--self' in sys.argv else text_path
    table = {name: '%016x' % h for name, h in make_table().items()}
    table.update({k: v for k, v in read_lines(self_path).items() if k.startswith('self_')})
    text = ''.join('%s %s\n' % item for item in table.items())
    header = ('/* Made by make_golden.py from the rules, with golden.txt; do not edit. self_: pika\'s own. */\n'
              'static const struct {\n    const char *name;\n    uint64_t hash;\n} golden_table[] = {\n'
              + ',\n'.join('    {"%s", UINT64_C(0x%s)}' % item for item in table.items()) + '};\n')
    if '--check' in sys.argv:
        same = open(text_path).read() == text and open(header_path).read() == header
        print('golden.txt and golden.h are', 'as the rules say' if same else 'NOT what the rules say')
        return 0 if same else 1
    with open(text_path, 'w') as f:
        f.write(text)
    with open(header_path, 'w') as f:
        f.write(header)
    return 0


if __name__ == '__main__':
    sys.exit(main())
