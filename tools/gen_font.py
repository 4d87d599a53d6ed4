#!/usr/bin/env python3
"""Writes the tables of the built-in font into pika.h, between the marker comments, from font.txt beside this file,
which says how a glyph is written. What the tables hold is told in pika.h at >>letters.

    gen_font.py            regenerates the block in place
    gen_font.py --check    exits 1 if the block differs, and changes nothing
    gen_font.py --print    to standard output
"""
import os
import sys

BEGIN = "/* font: begin (tools/gen_font.py) */"
END = "/* font: end */"
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "font.txt")
COLUMNS = 110
NAMES = {"space": " ", "no-break-space": "\u00a0", "soft-hyphen": "\u00ad", "number-sign": "#"}
MINUS = "\u2212"  # "~" in the tables, the only one beyond ASCII that others are made of
LOWEST, GRID = 21, 95  # lines of the grid below the base line, and in all
SEGMENTS = 12  # of a stroke
NUMBERS = {"M": 2, "T": 2, "U": 2, "V": 2, "L": 2, "C": 4, "Z": 0, "O": 4, ".": 2, "H": 1, "=": 0, "*": 2, "^": 0}


class Wrong(Exception):
    pass


# ---- a glyph --------------------------------------------------------------------------------------------

def code(number):
    """A line of the grid, or an advance, as a character."""
    if not 0 <= number < GRID:
        raise Wrong("%d is not on the grid" % number)
    return chr(32 + number)


def part(character, known):
    """The glyph that = and * name."""
    if character not in known:
        raise Wrong("there is no glyph %s" % character)
    if character == MINUS:
        return "~"
    if not " " < character < "~":
        raise Wrong("%s is neither ASCII nor the minus sign" % character)
    return character


def split(word):
    """An operation: its letter, the character it names or "", its numbers."""
    op, named, rest = word[0], "", word[1:]
    if op not in NUMBERS:
        raise Wrong("no operation is called %s" % op)
    if op in "=*^":
        if not rest:
            raise Wrong("%s names no glyph" % word)
        named, rest = rest[0], rest[1:]
        if op == "*" and rest[:1] == ",":
            rest = rest[1:]
    numbers = [int(number) for number in rest.split(",")] if rest else []
    if len(numbers) != NUMBERS[op]:
        raise Wrong("%s has %d numbers, not %d" % (word, len(numbers), NUMBERS[op]))
    return op, named, numbers


def encode(words, known, accents):
    """What the pen does, as text of the table. known: all glyphs; accents: how many there are, 0 within one."""
    text, segments, drawing = "", 0, False
    for word in words:
        op, named, numbers = split(word)
        if op in "MTUVO.":
            segments, drawing = 0, op in "MTUV"
        elif op in "LCZ":
            if not drawing:
                raise Wrong("%s is part of no stroke" % word)
            segments += op != "Z"
            if segments > SEGMENTS:
                raise Wrong("a stroke has more than %d lines and curves" % SEGMENTS)
        text += op
        if op in "=*":
            text += part(named, known)
        elif op == "^":
            if not any(0 <= ord(named) - first < accents for first in b"0A"):
                raise Wrong("there is no accent %s" % named)
            text += named
        if op == "*":
            text += code(numbers[0] + 10) + code(numbers[1] + LOWEST)
        elif op == "H":
            text += code(numbers[0] + LOWEST)
        else:
            for i, number in enumerate(numbers):
                text += code(number + LOWEST if i % 2 else number)
    return text


# ---- font.txt -------------------------------------------------------------------------------------------

def read(path):
    """The runs, [first code, how many]; the glyphs and the accents as (line number, name, words)."""
    runs, glyphs, accents, known = [], [], None, {}
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for at, line in enumerate(lines, 1):
        words = line.split(" ")
        name, rest = words[0], words[1:]
        if line == "" or line[0] == "#":
            continue
        try:
            if "" in words:
                raise Wrong("a space too many")
            if name == "accents":
                accents = []
            elif accents is not None:
                if name != str(len(accents)):
                    raise Wrong("here comes accent %d" % len(accents))
                accents.append((at, name, ["0"] + rest))
            elif name == "run":
                first = int(rest[0], 16)
                if runs and first <= sum(runs[-1]):
                    raise Wrong("runs ascend, and do not touch")
                runs.append([first, 0])
            else:
                if not runs:
                    raise Wrong("there is no run yet")
                character = NAMES.get(name, name)
                if name != "none" and ord(character) != sum(runs[-1]):
                    raise Wrong("here comes U+%04X" % sum(runs[-1]))
                runs[-1][1] += 1
                copied = []
                for word in rest:  # those that the table cannot name are copied
                    if word[0] == "=" and len(word) == 2 and word[1] > "~" and word[1] != MINUS:
                        if word[1] not in known:
                            raise Wrong("there is no glyph %s above" % word[1])
                        copied += known[word[1]][1:]
                    else:
                        copied.append(word)
                if name != "none":
                    known[character] = copied
                glyphs.append((at, name, copied))
        except (Wrong, ValueError, IndexError, TypeError) as error:
            sys.exit("gen_font.py: %s:%d: %s" % (path, at, error))
    return runs, glyphs, accents or [], known


def encoded(rows, known, accents):
    texts = []
    for at, name, words in rows:
        try:
            if name == "none":
                if words:
                    raise Wrong("none has no advance")
                texts.append("")
            else:
                texts.append(code(int(words[0])) + encode(words[1:], known, accents))
        except (Wrong, ValueError, IndexError) as error:
            sys.exit("gen_font.py: %s:%d: %s: %s" % (SOURCE, at, name, error))
    return texts


# ---- the block ------------------------------------------------------------------------------------------

def literal(text):
    """In C, and without a trigraph."""
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').replace("??", "?\\?")


def filled(texts):
    lines = ["   "]
    for text in texts:
        item = " %s," % literal(text)
        if len(lines[-1]) + len(item) > COLUMNS:
            lines.append("   ")
        lines[-1] += item
    return "\n".join(lines)[:-1] + "};"


def block():
    runs, glyphs, accents, known = read(SOURCE)
    pairs = ["{0x%X, %d}" % tuple(run) for run in runs]
    rows = [", ".join(pairs[k:k + 7]) for k in range(0, len(pairs), 7)]
    return "\n".join([
        BEGIN,
        "static const struct {",
        "    uint16_t first, count;",
        "} pika__font_runs[] = {",
        "    " + ",\n    ".join(rows) + "};",
        "",
        '/* Of the runs, one after the other; "" = not there */',
        "static const char *const pika__font_glyphs[] = {",
        filled(encoded(glyphs, known, len(accents))),
        "",
        "/* grave, acute, circumflex, tilde, diaeresis, ring, cedilla: for small letters, their middle at 47 */",
        "static const char *const pika__font_accents[] = {",
        filled(encoded(accents, known, 0)),
        END]) + "\n"


def main(arguments):
    options = [a for a in arguments if a.startswith("--")]
    paths = [a for a in arguments if not a.startswith("--")]
    if len(paths) > 1 or len(options) > 1 or not set(options) <= {"--check", "--print"}:
        sys.exit("usage: gen_font.py [--check | --print] [pika.h]")
    path = paths[0] if paths else os.path.join(os.path.dirname(SOURCE), "..", "pika.h")
    if options == ["--print"]:
        sys.stdout.write(block())
        return 0
    with open(path, encoding="ascii", newline="") as file:
        text = file.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        sys.exit("gen_font.py: %s: needs the line %s and after it %s, once each" % (path, BEGIN, END))
    head, rest = text.split(BEGIN)
    result = head + block().rstrip("\n") + rest.split(END)[1]
    if result == text:
        return 0
    if options == ["--check"]:
        sys.stderr.write("gen_font.py: %s: the font differs; run tools/gen_font.py\n" % path)
        return 1
    with open(path, "w", encoding="ascii", newline="") as file:
        file.write(result)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
