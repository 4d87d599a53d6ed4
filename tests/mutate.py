#!/usr/bin/env python3
"""Mutation testing of pika.h: see mutate.sh, which is how it is called, from the repository's top.

A mutant is pika.h with one change in its implementation, on a line that a test executes (gcov says which tests). It is
killed when one of those tests fails, crashes or does not end; the quickest run first. What does not compile, what
compiles to the same program and what tests/mutate_equivalent.txt names is replaced by the next. The kinds of change
take turns; within a kind the order is that of a hash of the seed and the line's text, so that a change elsewhere in the
header leaves it as it is.
"""
import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

CC = os.environ.get("CC", "gcc")
GCOV = os.environ.get("GCOV", "gcov")
TCC = shutil.which("tcc")
HEADER = "pika.h"
BEGIN = "#define PIKA__IMPLEMENTED"
EQUIVALENT = "tests/mutate_equivalent.txt"
LEFT_OUT = ("PIKA_ASSERT(", "PIKA__PREFETCH(")  # what such a line does cannot be seen in any result
TCC_SECONDS = 3.0  # of tests under tcc, before gcc's longer compilation is worth it
MEMORY = 6 << 30  # a mutant may ask for any amount
FILE_BYTES = 1 << 30


# ---- processes ---------------------------------------------------------------------------------------------

running = set()  # process groups, to be ended with this one
running_lock = threading.Lock()


def limits():
    os.setpgrp()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


def run(command, folder, seconds, environment=None):
    """(status, output); the status is None when time was up."""
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, preexec_fn=limits)
    with running_lock:
        running.add(process.pid)
    try:
        output, _ = process.communicate(timeout=seconds)
        status = process.returncode
    except subprocess.TimeoutExpired:
        status, output = None, b""
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)  # what it started as well
        except ProcessLookupError:
            pass
        process.communicate()
        with running_lock:
            running.discard(process.pid)
    return status, output.decode("utf-8", "replace")


def stop(*_):
    with running_lock:
        for group in running:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass
    os._exit(130)


def die(text):
    print("mutate.py: " + text, file=sys.stderr)
    sys.exit(2)


# ---- folders and compilers: every job has a tree of its own, so that no path tells the programs apart -----------

def make_tree(folder):
    """A symbolic link to tests/ would lead "../pika.h" to the real one."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    shutil.copytree("tests", os.path.join(folder, "tests"))
    shutil.copy(HEADER, folder)


def gcc(folder, *flags):
    return run([CC, "-w", *flags, "tests/test_main.c", "-o", "test_main", "-pthread", "-lm"], folder, 600)


def tcc(folder):
    return run([TCC, "-w", "tests/test_main.c", "-o", "test_main", "-pthread", "-lm"], folder, 60)


def test_main(folder, *arguments, seconds, **environment):
    program = os.path.abspath(os.path.join(folder, "test_main"))
    return run([program, *arguments], folder, seconds, dict(os.environ, TMPDIR=os.path.abspath(folder), **environment))


def run_test(folder, name, seconds, quick=True):
    """Whether it passes."""
    return test_main(folder, name, *(["--quick"] if quick else []), seconds=seconds)[0] == 0


def time_tests(folder, names):
    """Seconds of each of those that pass."""
    times = {}
    for name in names:
        begin = time.monotonic()
        if run_test(folder, name, 600):
            times[name] = time.monotonic() - begin
    return times


def program_hash(folder):
    with open(os.path.join(folder, "test_main"), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


# ---- what the tests execute ---------------------------------------------------------------------------------

def tests_hash():
    digest = hashlib.sha256()
    for folder, folders, files in os.walk("tests"):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".c", ".h", "mutate.py")):
                with open(os.path.join(folder, name), "rb") as file:
                    digest.update(name.encode() + file.read())
    with open(HEADER, "rb") as file:
        digest.update(file.read())
    for tool in (CC, TCC):
        if tool:
            digest.update(subprocess.run([tool, "-v"], capture_output=True).stderr)
    return digest.hexdigest()


def lines_of_test(folder, name):
    """The lines of the header that the test executes. Data is gathered beside the program: counters start at 0."""
    data = os.path.join(folder, "data")
    shutil.rmtree(data, ignore_errors=True)
    os.makedirs(data)
    status, output = test_main(folder, name, "--quick", seconds=900, GCOV_PREFIX=os.path.abspath(data),
                               GCOV_PREFIX_STRIP="99")
    if status != 0:
        die("the test %s fails as it is:\n%s" % (name, output[-2000:]))
    found = [file for file in os.listdir(data) if file.endswith(".gcda")]
    if len(found) != 1:
        die("the test %s left no coverage" % name)
    notes = [file for file in os.listdir(folder) if file.endswith(".gcno")][0]
    shutil.copy(os.path.join(folder, notes), os.path.join(data, found[0][:-2] + "no"))
    text = subprocess.run([GCOV, "--json-format", "--stdout", found[0]], cwd=data, capture_output=True).stdout
    lines = set()
    for file in json.loads(text)["files"]:
        if os.path.basename(file["file"]) == HEADER:
            lines.update(line["line_number"] for line in file["lines"] if line["count"] > 0)
    return sorted(lines)


def lines_of_tcc(folder):
    """The lines of the header that tcc compiles."""
    lines, number, here = [], 0, False
    text = run([TCC, "-E", "tests/test_main.c"], folder, 60)[1]
    for line in text.split("\n"):
        marker = re.match(r'# (\d+) "([^"]*)"', line)
        if marker:
            number, here = int(marker.group(1)), os.path.basename(marker.group(2)) == HEADER
            continue
        if here and line.strip():
            lines.append(number)
        number += 1
    return lines


def measure(folder):
    """What there is to know of the tests, from the last run if nothing has changed since."""
    path = os.path.join(folder, "measured.json")
    key = tests_hash()
    try:
        with open(path) as file:
            known = json.load(file)
        if known["key"] == key:
            return known
    except (OSError, ValueError, KeyError):
        pass
    tree = os.path.join(folder, "coverage")
    make_tree(tree)
    with open(os.path.join(tree, HEADER), "a") as file:
        file.write("\n#error this copy\n")
    if "this copy" not in gcc(tree, "-fsyntax-only")[1]:
        die("the tests do not include the copy of the header")
    known = {"key": key, "tcc": {}, "tcc_lines": []}
    make_tree(tree)
    print("which lines the tests execute", flush=True)
    status, output = gcc(tree, "-O0", "--coverage", "-fprofile-update=atomic")
    if status != 0:
        die("the tests do not compile:\n" + output)
    names = test_main(tree, "--list", seconds=60)[1].split()
    known["lines"] = {name: lines_of_test(tree, name) for name in names}
    if not any(known["lines"].values()):
        die("gcov tells of no line of " + HEADER)
    if TCC and tcc(tree)[0] == 0:
        print("how long they take, compiled by tcc", flush=True)
        known["tcc_lines"] = lines_of_tcc(tree)
        known["tcc"] = time_tests(tree, names)
    print("how long they take, compiled by gcc", flush=True)
    make_tree(tree)
    if gcc(tree, "-O1")[0] != 0:
        die("the tests do not compile with -O1")
    known["program"] = program_hash(tree)
    known["gcc"] = time_tests(tree, names)
    for name in names:
        if name not in known["gcc"]:
            die("the test %s fails as it is" % name)
    shutil.rmtree(tree)
    with open(path, "w") as file:
        json.dump(known, file)
    return known


# ---- mutants ------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"[A-Za-z_]\w*|0[xX][0-9a-fA-F]+\w*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\w*"
                   r"|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||->|\+\+|--|[-+*/%&|^]=|\S")
INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|0|[1-9]\d*)([uUlL]*)$")
SWAPS = {"<": "<=", "<=": "<", ">": ">=", "&&": "||", "||": "&&", "==": "!="}
KINDS = ("< to <=", "<= to <", "> to >=", "+ 1 dropped", "- 1 dropped", "&& to ||", "|| to &&", "one off", "== to !=",
         "+ to -")


def blanks(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def code_only(text):
    """Comments, text, characters and preprocessor lines become blanks, everything else stays where it is."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blanks, text, flags=re.S)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", blanks, text, flags=re.M)


def one_off(text, up):
    """An integer constant one more or less, written as it was; None where it is none."""
    match = INTEGER.match(text)
    if not match:
        return None
    digits, suffix = match.groups()
    value = int(digits, 0)
    if value == 0 or (up and value + 1 < 1 << 31):
        value += 1
    else:
        value -= 1
    return (("0x%X" if digits[:2] in ("0x", "0X") else "%d") % value) + suffix


def mutants_of(source, executed):
    """(kind, line, column, end, replacement), everywhere that is allowed."""
    begin = source.index("\n" + BEGIN)
    first = source.count("\n", 0, begin + 1) + 1
    lines = code_only(source).split("\n")
    found, tokens = [], []
    for number, line in enumerate(lines, 1):
        if number >= first:
            tokens += [(match.group(0), number, match.start(), match.end()) for match in TOKEN.finditer(line)]
    for i, (token, number, start, end) in enumerate(tokens):
        if number not in executed or any(word in lines[number - 1] for word in LEFT_OUT):
            continue
        before = tokens[i - 1][0] if i > 0 else ""
        after = tokens[i + 1] if i + 1 < len(tokens) else ("", 0, 0, 0)
        binary = re.match(r"[\w)\]]", before) is not None and before not in ("return", "case")
        if token in SWAPS:
            found.append(("%s to %s" % (token, SWAPS[token]), number, start, end, SWAPS[token]))
        elif token in "+-" and binary:
            if re.fullmatch(r"1[uUlL]*", after[0]) and after[1] == number:
                left = len(lines[number - 1][:start].rstrip())
                found.append((token + " 1 dropped", number, left, after[3], ""))
            if token == "+":
                found.append(("+ to -", number, start, end, "-"))
        elif token[0].isdigit():
            up = hashlib.sha256((lines[number - 1].strip() + str(start)).encode()).digest()[0] % 2
            up = up or (token[0] == "1" and before in ("+", "-"))  # 0 there is the 1 dropped
            changed = one_off(token, up)
            if changed is not None:
                found.append(("one off", number, start, end, changed))
    return found


def equivalents(source):
    """(kind, line) of mutants that no test can kill, as a person has found: KIND | LINE | WHY."""
    lines = {line.strip() for line in source.split("\n")}
    known = set()
    with open(EQUIVALENT, encoding="ascii") as file:
        for number, entry in enumerate(file, 1):
            if entry.strip() == "" or entry.startswith("#"):
                continue
            parts = re.fullmatch(r"(.*?) \| (.*) \| (.+)", entry.strip())  # the line may have a | of its own
            parts = parts.groups() if parts else ("",)
            if parts[0] not in KINDS:
                die("%s:%d: not KIND | LINE | WHY" % (EQUIVALENT, number))
            if parts[1] not in lines:
                print("%s:%d: no such line in %s" % (EQUIVALENT, number, HEADER))
            known.add((parts[0], parts[1]))
    return known


def in_turn(mutants, source, seed):
    """The order of the mutants: see the top."""
    lines = source.split("\n")
    queues = {kind: [] for kind in KINDS}
    seen = {}
    for mutant in mutants:
        kind, number, start, _, _ = mutant
        place = (kind, lines[number - 1].strip(), start)
        seen[place] = seen.get(place, 0) + 1  # the same line elsewhere
        rank = hashlib.sha256(repr((seed, place, seen[place])).encode()).hexdigest()
        queues[kind].append((rank, mutant))
    for queue in queues.values():
        queue.sort(reverse=True)
    while any(queues.values()):
        for kind in KINDS:
            if queues[kind]:
                yield queues[kind].pop()[1]


def mutated(source, mutant):
    _, number, start, end, replacement = mutant
    lines = source.split("\n")
    line = lines[number - 1]
    lines[number - 1] = line[:start] + replacement + line[end:]
    return "\n".join(lines), line.strip(), lines[number - 1].strip()


# ---- running them -------------------------------------------------------------------------------------------

def try_mutant(tree, source, mutant, known, full):
    """("killed", by which test), "survived", "same" (the same program) or "broken" (does not compile)."""
    with open(os.path.join(tree, HEADER), "w") as file:
        file.write(mutated(source, mutant)[0])
    names = [name for name, lines in known["executed"].items() if mutant[1] in lines]
    if mutant[1] in known["tcc_lines"]:
        spent = 0.0
        if tcc(tree)[0] != 0:
            return "broken", ""
        for name in sorted((name for name in names if name in known["tcc"]), key=known["tcc"].get):
            spent += known["tcc"][name]
            if spent > TCC_SECONDS:
                break
            if not run_test(tree, name, 10 + 10 * known["tcc"][name]):
                return "killed", name + ", tcc"
    if gcc(tree, "-O1")[0] != 0:
        return "broken", ""
    if program_hash(tree) == known["program"]:
        return "same", ""
    names.sort(key=known["gcc"].get)
    for quick in (True, False) if full else (True,):
        for name in names:
            if not run_test(tree, name, 10 + 10 * known["gcc"][name] if quick else 1200, quick):
                return "killed", name + ("" if quick else ", not --quick")
    return "survived", "%d tests" % len(names)


def run_mutants(order, source, known, options):
    """The verdicts, in the order of the mutants: jobs take the next one while there are too few."""
    lock = threading.Lock()
    verdicts, counted, taken = {}, [0], [0]
    begin = time.monotonic()

    def work(job):
        tree = os.path.join(options.folder, "job%d" % job)
        make_tree(tree)
        while True:
            with lock:
                waiting = taken[0] - len(verdicts)
                mutant = next(order, None) if counted[0] + waiting < options.count else None
                if mutant is None and (waiting == 0 or counted[0] + waiting < options.count):
                    break
                number = taken[0]
                taken[0] += mutant is not None
            if mutant is None:
                time.sleep(0.2)  # another's may turn out not to count
                continue
            verdict, by = try_mutant(tree, source, mutant, known, options.full)
            with lock:
                verdicts[number] = (mutant, verdict)
                counted[0] += verdict in ("killed", "survived")
                print("%4d/%d %6.0f s  %-8s %s:%d  %s  %s"
                      % (counted[0], options.count, time.monotonic() - begin, verdict, HEADER, mutant[1], mutant[0],
                         by), flush=True)
        shutil.rmtree(tree)

    threads = [threading.Thread(target=work, args=(job,)) for job in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [verdicts[number] for number in sorted(verdicts)]


def show(mutant, source):
    _, before, after = mutated(source, mutant)
    print("%s:%d: %s\n    %s\n    %s" % (HEADER, mutant[1], mutant[0], before, after))


def main():
    parser = argparse.ArgumentParser(prog="tests/mutate.sh", description="mutation testing of pika.h")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--floor", type=float, default=85)
    parser.add_argument("--folder", default="build/mutate")
    options = parser.parse_args()
    if options.count < 1 or options.jobs < 1:
        parser.error("--count and --jobs are at least 1")
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, stop)
    os.nice(5)
    os.makedirs(options.folder, exist_ok=True)
    with open(HEADER, encoding="ascii") as file:
        source = file.read()
    known = measure(options.folder)
    known["executed"] = {name: set(lines) for name, lines in known["lines"].items()}
    known["tcc_lines"] = set(known["tcc_lines"])
    executed = set().union(*known["executed"].values())
    left_out, lines = equivalents(source), source.split("\n")
    every = mutants_of(source, executed)
    mutants = [mutant for mutant in every if (mutant[0], lines[mutant[1] - 1].strip()) not in left_out]
    order = in_turn(mutants, source, options.seed)
    print("%d mutants on %d executed lines, seed %d; %d more are equivalent by %s"
          % (len(mutants), len(executed), options.seed, len(every) - len(mutants), EQUIVALENT), flush=True)
    if options.list:
        for _, mutant in zip(range(options.count), order):
            show(mutant, source)
        return 0
    verdicts = run_mutants(order, source, known, options)
    words = [verdict for _, verdict in verdicts]
    number = {word: words.count(word) for word in ("killed", "survived", "same", "broken")}
    print("\nSurvivors:" if number["survived"] else "\nNo survivors.")
    for mutant, verdict in verdicts:
        if verdict == "survived":
            show(mutant, source)
    counted = number["killed"] + number["survived"]
    percentage = 100.0 * number["killed"] / max(counted, 1)
    print("\n%d mutants: %d killed, %d survived; not counted: %d compile to the same program, %d do not compile"
          % (counted, number["killed"], number["survived"], number["same"], number["broken"]))
    print("%.1f %% killed, %g %% wanted" % (percentage, options.floor))
    return 0 if counted > 0 and percentage >= options.floor else 1


sys.exit(main())
