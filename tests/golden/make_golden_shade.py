"""The pictures of the golden table: shading, formats, spreading, PPM, by the rules in pika.h's comments."""
import math
import struct
from bisect import bisect_right
from fractions import Fraction

import make_golden as g

W, H = 64, 48
EQ_HIST, LINEAR, LOG, CBRT = range(4)
STOPS = (0x102030FF, 0x8010F0C0, 0x20F04080, 0xF0E010FF, 0xFFFFFFFF)
CATEGORY_COLORS = (0xE41A1CFF, 0x377EB8FF, 0x4DAF4AFF, 0xFFFF33FF)
RGBA, BGRA, PREMULTIPLIED, RGB565, GREY = range(5)
BAYER = (0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5)


def nearest(q):
    """A fraction to the nearest integer, halves up."""
    return math.floor(q + Fraction(1, 2))


def split(c):
    return [c >> 24, c >> 16 & 255, c >> 8 & 255, c & 255]


def join(parts):
    return parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3]


def color_table(stops):
    out = []
    for i in range(256):
        at = Fraction(i * (len(stops) - 1), 255)
        k = min(int(at), len(stops) - 2)
        ends = zip(split(stops[k]), split(stops[k + 1]))
        out.append(join([nearest(a + (b - a) * (at - k)) for a, b in ends]))
    return out


def over(a, b):
    a, b = split(a), split(b)
    if a[3] == 255 or b[3] == 0:
        return join(a)
    if a[3] == 0:
        return join(b)
    alpha = a[3] * 255 + b[3] * (255 - a[3])
    out = [nearest(Fraction(x * a[3] * 255 + y * b[3] * (255 - a[3]), alpha)) for x, y in zip(a[:3], b[:3])]
    return join(out + [nearest(Fraction(alpha, 255))])


def scale_edges(transfer, lo, hi, values):
    """257 edges; values: those of the cells that are there, without infinities."""
    fixed = lo < hi
    if fixed:
        values = [v for v in values if lo <= v <= hi]
    else:
        lo, hi = (min(values), max(values)) if values else (0.0, 1.0)
    if lo == hi:
        return [lo] * 257
    if transfer == EQ_HIST and values:
        values = sorted(values)
        lowest = values.count(values[0])
        above = len(values) - lowest
        ranks = [lowest + -(-above * k // 255) for k in range(1, 256)]
        return [values[0]] + [values[r - 1] for r in ranks] + [values[-1]]
    if transfer == LOG and lo > 0:
        edges = g.table_edges(g.axis(lo, hi, g.LOG), 256)
    elif transfer == LOG:
        edges = [e + lo for e in g.table_edges(g.axis(0, hi - lo, g.SYMLOG, 1.0), 256)]
    else:
        edges = []
        for i in range(257):
            t = i / 256
            edges.append(lo + (hi - lo) * (t * t * t if transfer == CBRT else t))
    edges[0], edges[256] = lo, hi
    for i in range(1, 256):
        edges[i] = min(max(edges[i], edges[i - 1]), hi)
    return edges


def level(edges, v):
    return max(bisect_right(edges, v, 0, 256) - 1, 0)


def make_grid(categories, sparse):
    c = g.case('', (g.F32, g.F32), value=g.F64, nulls=True, categories=categories,
               planes=g.COUNT | g.SUM | g.MEAN | g.STD)
    grid = g.Grid(c)
    grid.add(g.make_columns(g.F32, g.F32, g.F64, True), 0, 500 if sparse else g.ROWS)
    return grid


def plane_value(cell, plane):
    """None where there is nothing to colour."""
    if cell.count == 0:
        return None
    v = cell.read(plane)
    return None if v != v else v


def all_together(grid, plane, i):
    v = pooled(grid, plane, i)
    return None if v is None or v != v else v


def pooled(grid, plane, i):
    layers = [grid.cells[k * W * H + i] for k in range(grid.layers)]
    if plane == g.COUNT:
        n = sum(c.count for c in layers)
        return n or None
    total = 0.0
    for c in layers:
        total += c.sum
    if plane == g.SUM:
        return total if any(c.count for c in layers) else None
    n = sum(c.n for c in layers)
    return total / n if n else None  # mean


def shade(grid, plane, transfer, lo, hi, background, category, alpha_floor):
    """Rows of 0xRRGGBBAA, the top first, and the scale's edges."""
    mixed = grid.case['categories'] > 0 and category == 0
    if mixed:
        values = [all_together(grid, plane, i) for i in range(W * H)]
    else:
        first = max(category - 1, 0) * W * H
        values = [plane_value(grid.cells[first + i], plane) for i in range(W * H)]
    edges = scale_edges(transfer, lo, hi, [v for v in values if v is not None and abs(v) < g.INF])
    colors = [over(c, background) for c in color_table(STOPS)]
    floor = alpha_floor or 40.0 / 255.0
    alphas = [int((1 - floor) * i + floor * 255.0 + 0.5) for i in range(256)]
    base = 0.0
    if mixed and plane == g.MEAN:
        base = min(v for v in (plane_value(c, plane) for c in grid.cells) if v is not None and abs(v) < g.INF)
    pixels = []
    for i, v in enumerate(values):
        if v is None:
            pixels.append(background)
        elif not mixed:
            pixels.append(colors[level(edges, v)])
        else:
            weight, channels = 0.0, [0.0] * 3
            there = [(k, grid.cells[k * W * H + i]) for k in range(grid.layers)]
            there = [(k, cell) for k, cell in there if cell.count]
            for k, cell in there:
                w = cell.read(plane) - base
                if w > 0:
                    w = min(w, 1e300)
                    weight += w
                    channels = [a + w * b for a, b in zip(channels, split(CATEGORY_COLORS[k]))]
            if not weight > 0:
                for k, cell in there:
                    weight += 1
                    channels = [a + b for a, b in zip(channels, split(CATEGORY_COLORS[k]))]
            rgb = [min(int(c / weight + 0.5), 255) for c in channels]
            pixels.append(over(join(rgb + [alphas[level(edges, v)]]), background))
    return [pixels[W * y:W * (y + 1)] for y in range(H - 1, -1, -1)], edges


def store(rows, form):
    """What is hashed: bytes, or the 16-bit words of RGB565."""
    out = []
    for y, row in enumerate(rows):
        for x, c in enumerate(row):
            r, gr, b, a = split(c)
            if form == RGBA:
                out += [r, gr, b, a]
            elif form == BGRA:
                out += [b, gr, r, a]
            elif form == PREMULTIPLIED:
                out += [nearest(Fraction(v * a, 255)) for v in (r, gr, b)] + [a]
            else:
                r, gr, b, _ = split(over(c, 255))
                if form == GREY:
                    out.append((r * 13933 + gr * 46871 + b * 4732 + 32768) >> 16)
                else:
                    t = Fraction(BAYER[(y & 3) * 4 + (x & 3)], 16)
                    cut = [math.floor(Fraction(v * n, 255) + t) for v, n in ((r, 31), (gr, 63), (b, 31))]
                    out.append(cut[0] << 11 | cut[1] << 5 | cut[2])
    return out


def spread(rows, radius, square):
    out = [[0] * W for _ in range(H)]
    for y in range(H):
        for x in range(W):
            if rows[y][x] & 255:
                for dy in range(-radius, radius + 1):
                    for dx in range(-radius, radius + 1):
                        near = square or math.hypot(dx, dy) <= radius + 0.5
                        if near and 0 <= x + dx < W and 0 <= y + dy < H:
                            out[y + dy][x + dx] = over(rows[y][x], out[y + dy][x + dx])
    return out


def dynspread(rows, threshold, max_radius):
    seen = {(x, y) for y in range(H) for x in range(W) if rows[y][x] & 255}
    for radius in range(1, max_radius + 1):
        reach = range(-2 * radius, 2 * radius + 1)
        around = [(dx, dy) for dx in reach for dy in reach if dx or dy]
        crowded = sum(any((x + dx, y + dy) in seen for dx, dy in around) for x, y in seen)
        if not seen or crowded / len(seen) > threshold:
            return radius - 1
    return max_radius


def scale_value(edges, t):
    at = t * 256
    i = int(at)
    return edges[i] if i == 256 else edges[i] * (1 - (at - i)) + edges[i + 1] * (at - i)


CASES = (  # name, plane, transfer, lo, hi, format, background, categories, category, alpha_floor, spread
    ('shade_linear_count', g.COUNT, 1), ('shade_log_count', g.COUNT, 2), ('shade_cbrt_count', g.COUNT, 3),
    ('shade_eq_hist_count', g.COUNT, 0), ('shade_linear_fixed', g.COUNT, 1, 2, 9),
    ('shade_log_fixed', g.COUNT, 2, 0, 30), ('shade_log_fixed_positive', g.COUNT, 2, 1.5, 40),
    ('shade_cbrt_fixed', g.COUNT, 3, -1, 30), ('shade_eq_hist_fixed', g.COUNT, 0, 2, 6),
    ('shade_linear_mean', g.MEAN, 1), ('shade_log_mean', g.MEAN, 2), ('shade_cbrt_mean', g.MEAN, 3),
    ('shade_eq_hist_mean', g.MEAN, 0), ('shade_eq_hist_sum', g.SUM, 0), ('shade_log_std', g.STD, 2),
    ('shade_background', g.COUNT, 0, 0, 0, RGBA, 0x203040C0), ('shade_bgra', g.COUNT, 0, 0, 0, BGRA),
    ('shade_premultiplied', g.COUNT, 0, 0, 0, PREMULTIPLIED), ('shade_rgb565', g.COUNT, 0, 0, 0, RGB565),
    ('shade_grey', g.COUNT, 0, 0, 0, GREY), ('shade_mixed_count', g.COUNT, 0, 0, 0, RGBA, 0, 4),
    ('shade_mixed_sum', g.SUM, 1, 0, 0, RGBA, 0xFFFFFFFF, 4),
    ('shade_mixed_mean', g.MEAN, 2, 0, 0, RGBA, 0, 3, 0, 0.5),
    ('shade_category', g.COUNT, 0, 0, 0, RGBA, 0, 4, 3),
    ('spread_disc', g.COUNT, 0, 0, 0, RGBA, 0, 0, 0, 0, 1),
    ('spread_square', g.COUNT, 0, 0, 0, RGBA, 0, 0, 0, 0, 2),
    ('spread_dynamic', g.COUNT, 0, 0, 0, RGBA, 0, 0, 0, 0, 3), ('ppm', g.COUNT, 0, 0, 0, RGBA, 0, 0, 0, 0, 4),
    ('scale_linear', g.COUNT, 1, 0.1, 0.7, RGBA, 0, 0, 0, 0, 5),
    ('scale_log', g.COUNT, 2, 0.001, 5000, RGBA, 0, 0, 0, 0, 5),
    ('scale_log1p', g.COUNT, 2, -3, 1e6, RGBA, 0, 0, 0, 0, 5),
    ('scale_cbrt', g.COUNT, 3, -0.3, 2, RGBA, 0, 0, 0, 0, 5),
    ('scale_eq_hist', g.MEAN, 0, -3, 5, RGBA, 0, 0, 0, 0, 5),
)


def case_hash(grids, name, plane, transfer, lo=0, hi=0, form=RGBA, background=0, categories=0, category=0,
              alpha_floor=0, special=0):
    key = (categories, 0 < special < 5)
    if key not in grids:
        grids[key] = make_grid(*key)
    rows, edges = shade(grids[key], plane, transfer, float(lo), float(hi), background, category, alpha_floor)
    h = g.Hash()
    if special == 5:
        for e in edges:
            h.double(e)
        for i in range(65):
            v = scale_value(edges, i / 64)
            h.double(v)
            h.word(level(edges, v))
        return h.h
    if special == 4:
        data = b'P6\n%d %d\n255\n' % (W, H)
        data += bytes(v for row in rows for c in row for v in split(over(c, 255))[:3])
    elif special in (1, 2, 3):
        radius = {1: 2, 2: 1, 3: dynspread(rows, 0.95, 5)}[special]
        data = store(spread(rows, radius, special == 2), RGBA)
    else:
        data = store(rows, form)
    for v in data:
        h.word(v)
    if special == 3:
        h.word(radius)
    return h.h


def table():
    grids = {}
    return {c[0]: case_hash(grids, *c) for c in CASES}
