#!/usr/bin/env python3
"""Writes the colormap stops into pika.h, between the marker comments.

    gen_colormaps.py            regenerates the block in place
    gen_colormaps.py --check    exits 1 if the block differs, and changes nothing
    gen_colormaps.py --print    to standard output

Needs matplotlib 3.5 or later (Debian: python3-matplotlib): it carries the published tables that the stops are
taken from and checked against.
"""
import math
import os
import sys

try:
    from matplotlib import _cm_listed, _cm
except ImportError:
    sys.exit("gen_colormaps.py: needs matplotlib (Debian: apt-get install python3-matplotlib)")

BEGIN = "/* colormaps: begin (tools/gen_colormaps.py) */"
END = "/* colormaps: end */"
TOLERANCE = 2  # of 255, between the table of 256 that pika makes from the stops and the published one
COUNTS = (2, 6, 16, 18, 52, 86)  # count - 1 divides 255: the stops are entries of the table of 256 themselves


# ---- what pika does with stops -------------------------------------------------------------------------

def expand(stops):
    """The table of 256: interpolated in sRGB bytes, rounded to nearest."""
    table = []
    for i in range(256):
        k, f = divmod(i * (len(stops) - 1), 255)
        a, b = stops[k], stops[min(k + 1, len(stops) - 1)]
        table.append(tuple((x * (255 - f) + y * f + 127) // 255 for x, y in zip(a, b)))
    return table


def difference(a, b):
    return max(abs(x - y) for p, q in zip(a, b) for x, y in zip(p, q))


def thin(table):
    """As few entries of a table of 256 as bring all of it back within the tolerance."""
    for count in COUNTS:
        stops = table[::255 // (count - 1)]
        if difference(expand(stops), table) <= TOLERANCE:
            return stops
    raise AssertionError("no number of stops is enough")


# ---- colour spaces -------------------------------------------------------------------------------------

D65 = (0.95047, 1.0, 1.08883)
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
FROM_XYZ = ((3.2404542, -1.5371385, -0.4985314), (-0.9692660, 1.8760108, 0.0415560),
            (0.0556434, -0.2040259, 1.0572252))


def times(matrix, vector):
    return [sum(m * v for m, v in zip(row, vector)) for row in matrix]


def lab_of(rgb):
    """CIELAB of sRGB in 0..1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    f = [t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
         for t in (v / w for v, w in zip(times(TO_XYZ, linear), D65))]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def rgb_of(lab):
    fy = (lab[0] + 16) / 116
    f = fy + lab[1] / 500, fy, fy - lab[2] / 200
    xyz = [w * (t ** 3 if t > 6 / 29 else (116 * t - 16) * 27 / 24389) for t, w in zip(f, D65)]
    return [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in times(FROM_XYZ, xyz)]


def to_bytes(rgb):
    return tuple(min(255, max(0, math.floor(255 * c + 0.5))) for c in rgb)


def from_hex(text):
    return [tuple(bytes.fromhex(word)) for word in text.split()]


# ---- the maps ------------------------------------------------------------------------------------------

def published(name):
    return [to_bytes(color) for color in _cm_listed.cmaps[name].colors]


def moreland(low, high, count=256):
    """Moreland, Diverging Color Maps for Scientific Visualization (2009): polar CIELAB through a neutral white."""
    def msh_of(color):
        l, a, b = lab_of([c / 255 for c in color])
        m = math.sqrt(l * l + a * a + b * b)
        return m, math.acos(l / m), math.atan2(b, a)

    def spun_hue(m, s, h, white):
        spin = s * math.sqrt(white * white - m * m) / (m * math.sin(s))
        return h + spin if h > -math.pi / 3 else h - spin

    ends = msh_of(low), msh_of(high)
    white = max(88.0, ends[0][0], ends[1][0])
    table = []
    for i in range(count):
        t = i / (count - 1)
        m, s, h = ends[0] if t < 0.5 else ends[1]
        w = abs(2 * t - 1)  # 1 at either end, 0 in the middle
        hue = w * h + (1 - w) * spun_hue(m, s, h, white)
        m, s = w * m + (1 - w) * white, w * s
        table.append(to_bytes(rgb_of((m * math.cos(s), m * math.sin(s) * math.cos(hue),
                                      m * math.sin(s) * math.sin(hue)))))
    return table


def even_lightness(text):
    """A smooth curve (cubic B-spline) past the named colours, walked in equal steps of CIELAB lightness."""
    c = from_hex(text)
    c = [c[0]] * 2 + c + [c[-1]] * 2
    curve = []
    for k in range(len(c) - 3):
        for j in range(256):
            t = j / 256
            weights = (1 - t) ** 3, 3 * t ** 3 - 6 * t * t + 4, 3 * t * (1 + t - t * t) + 1, t ** 3
            curve.append([sum(w * p[i] for w, p in zip(weights, c[k:k + 4])) / (6 * 255) for i in range(3)])
    curve.append([x / 255 for x in c[-1]])
    lightness = [lab_of(rgb)[0] for rgb in curve]
    assert all(a <= b for a, b in zip(lightness, lightness[1:])), "lightness must rise"
    table, k = [], 0
    for i in range(256):
        target = lightness[0] + (lightness[-1] - lightness[0]) * i / 255
        while k < len(curve) - 2 and lightness[k + 1] < target:
            k += 1
        f = (target - lightness[k]) / max(lightness[k + 1] - lightness[k], 1e-12)
        table.append(to_bytes([a + (b - a) * f for a, b in zip(curve[k], curve[k + 1])]))
        assert abs(lab_of([x / 255 for x in table[-1]])[0] - target) < 0.5
    return table


def colorbrewer_spectral():
    stops = [to_bytes(color) for color in reversed(_cm._Spectral_data)]
    assert stops == from_hex("5e4fa2 3288bd 66c2a5 abdda4 e6f598 ffffbf fee08b fdae61 f46d43 d53e4f 9e0142")
    return stops


def category():
    """Okabe and Ito's seven, without black, those that show on white and on black first; then nine of our own."""
    return from_hex("0072b2 d55e00 009e73 cc79a7 56b4e9 e69f00 f0e442 "
                    "961e5a 6a3cff 874b00 5ad287 808080 d2004b 8c8cff 5a3ca5 e11ed2")


COOLWARM = (59, 76, 192), (180, 4, 38)
FIRE = "000000 4a0000 a00a00 e02000 ff6a00 ffb020 ffe070 fffbe0 ffffff"
ICE = "000000 06104a 0a2f9a 0a62d0 1aa0ea 5ad4f4 a8f0fa e8fdff ffffff"

MAPS = (  # name, stops, stepped, source
    ("viridis", thin(published("viridis")), 0, "van der Walt and Smith (2015), CC0"),
    ("grey", from_hex("000000 ffffff"), 0, "black to white"),
    ("magma", thin(published("magma")), 0, "van der Walt and Smith (2015), CC0"),
    ("inferno", thin(published("inferno")), 0, "van der Walt and Smith (2015), CC0"),
    ("plasma", thin(published("plasma")), 0, "van der Walt and Smith (2015), CC0"),
    ("cividis", thin(published("cividis")), 0, "Nunez, Anderton and Renslow (2018)"),
    ("turbo", thin(published("turbo")), 0, "Mikhailov (2019), Apache 2.0"),
    ("fire", thin(even_lightness(FIRE)), 0, "pika's own: black, red, orange, yellow, white in even lightness"),
    ("ice", thin(even_lightness(ICE)), 0, "pika's own: black, blue, cyan, white in even lightness"),
    ("coolwarm", thin(moreland(*COOLWARM)), 0, "by Moreland's formula (2009), blue to red"),
    ("spectral", colorbrewer_spectral(), 0, "Brewer and Harrower, ColorBrewer 2.0 Spectral 11, low = blue"),
    ("category", category(), 1, "Okabe and Ito (2008) first, then pika's own"),
)
ALWAYS = 2  # maps that PIKA_NO_COLORMAP_DATA keeps


def self_check():
    maps = {name: expand(stops) for name, stops, _, _ in MAPS}
    for name in ("viridis", "magma", "inferno", "plasma", "cividis", "turbo"):
        assert difference(maps[name], published(name)) <= TOLERANCE, name
    # matplotlib has 33 points of coolwarm, as (position, value, value) in each channel
    points = [to_bytes([_cm._coolwarm_data[c][i][1] for c in ("red", "green", "blue")]) for i in range(33)]
    assert difference(moreland(*COOLWARM, 33), points) <= TOLERANCE
    assert difference(maps["coolwarm"], moreland(*COOLWARM)) <= TOLERANCE
    assert len(set(category())) == len(category()) == 16


def block():
    lines = [BEGIN, "/* clang-format off */"]

    def one(name, stops, source):
        lines.append("/* %s: %s */" % (name, source))
        words = ["0x%02x%02x%02xff" % stop for stop in stops]
        if len(words) <= 4:
            lines.append("static const uint32_t pika__k_%s[%d] = {%s};" % (name, len(words), ", ".join(words)))
            return
        lines.append("static const uint32_t pika__k_%s[%d] = {" % (name, len(words)))
        for k in range(0, len(words), 9):  # no spaces: the header's size is a figure
            lines.append("    " + ",".join(words[k:k + 9]) + ("," if k + 9 < len(words) else "};"))

    def rows(maps):
        for name, stops, stepped, _ in maps:
            lines.append('    {"%s", pika__k_%s, NULL, %d, %d},' % (name, name, len(stops), stepped))

    for name, stops, _, source in MAPS[:ALWAYS]:
        one(name, stops, source)
    lines.append("#ifndef PIKA_NO_COLORMAP_DATA")
    for name, stops, _, source in MAPS[ALWAYS:]:
        one(name, stops, source)
    lines.append("#endif")
    lines.append("static const pika_colormap pika__k_colormaps[] = {")
    rows(MAPS[:ALWAYS])
    lines.append("#ifndef PIKA_NO_COLORMAP_DATA")
    rows(MAPS[ALWAYS:])
    lines.append("#endif")
    lines.append("};")
    lines += ["/* clang-format on */", END]
    return "\n".join(lines) + "\n"


def main(arguments):
    options = [a for a in arguments if a.startswith("--")]
    paths = [a for a in arguments if not a.startswith("--")]
    if len(paths) > 1 or len(options) > 1 or not set(options) <= {"--check", "--print"}:
        sys.exit("usage: gen_colormaps.py [--check | --print] [pika.h]")
    path = paths[0] if paths else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pika.h")
    self_check()
    if options == ["--print"]:
        sys.stdout.write(block())
        return 0
    with open(path, encoding="ascii", newline="") as file:
        text = file.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        sys.exit("gen_colormaps.py: %s: needs the line %s and after it %s, once each" % (path, BEGIN, END))
    head, rest = text.split(BEGIN)
    result = head + block().rstrip("\n") + rest.split(END)[1]
    if result == text:
        return 0
    if options == ["--check"]:
        sys.stderr.write("gen_colormaps.py: %s: the colormaps differ; run tools/gen_colormaps.py\n" % path)
        return 1
    with open(path, "w", encoding="ascii", newline="") as file:
        file.write(result)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
