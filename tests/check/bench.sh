#!/bin/sh
# bench.sh FOLDER - builds the benchmark into FOLDER and runs it with few points: not what it measures, but that it
# runs, names its rows, writes JSON that parses, and fails where a grid is wrong. Run from the top folder of the
# project. The last line is N passed, N failed, N skipped. POSIX sh.
set -u
[ $# = 1 ] || {
    echo "usage: $0 FOLDER" >&2
    exit 2
}
folder=$1
compiler="${CC:-cc} -O1 -I."
passed=0 failed=0 skipped=0
rm -rf "$folder"
mkdir -p "$folder/broken" || exit 1

# result STATUS WHAT: what a check says when it fails
result() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $2"
        tail -n 5 "$folder/out" "$folder/err"
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "skip $1"
}

# expect STATUS OPTION...: runs the benchmark; its exit status must be this
expect() {
    expected=$1
    shift
    "$folder/bench" "$@" >"$folder/out" 2>"$folder/err"
    status=$?
    [ $status = "$expected" ]
    result $? "bench $*: exit status $status, not $expected"
}

# has FILE TEXT: a line of the file starts with this text
has() {
    awk -v text="$2" 'index($0, text) == 1 { found = 1 } END { exit !found }' "$folder/$1"
    result $? "no line of $1 starts with '$2'"
}

says() {
    grep -q -e "$2" "$folder/$1"
    result $? "$1 does not say '$2'"
}

lines() {
    [ "$(wc -l <"$folder/$1")" -eq "$2" ]
    result $? "$1 has $(wc -l <"$folder/$1") lines, not $2"
}

: >"$folder/out"
$compiler bench/bench.c -o "$folder/bench" -pthread -lm >"$folder/err" 2>&1
result $? "bench/bench.c does not compile"

# ---- options ---------------------------------------------------------------------------------------------

expect 0 --help
says out '^usage: bench'
for options in '--nothing' '--points 0' '--points 1e99' '--points 10x' '--rounds 100' '--rounds' '--json'; do
    expect 2 $options
    says err "${options%% *}"
done
expect 1 --json "$folder/no/such/folder.json"
says err 'no/such/folder.json'
expect 1 --filter 'uniform no-such-word'
says err 'no-such-word'

# ---- the rows that there are -----------------------------------------------------------------------------

expect 0 --list --threads 2
for row in '50M read 1-thread' '50M read 2-threads' 'floor 256 u32 1-thread' 'floor 4096 u8 1-thread' \
    '1M uniform 1024 f32 count 1-thread' '100M uniform 1024 f32 count 2-threads'; do
    has out "$row"
done
for distribution in uniform gaussian clustered walk series one-cell zoomed; do
    for width in 256 1024 4096 1000 1920; do
        has out "10M $distribution $width f32 count 2-threads"
    done
done
expect 0 --list --threads 1
if grep -q threads "$folder/out"; then result 1 "rows of more threads than one"; else result 0; fi
# 3 sizes x 7 distributions x 5 widths x 3 layouts x 8 reductions x 2, 5 more layouts x 2, 8 limits, 23 marks x 2, 8 of
# the canvas
expect 0 --list --full --threads 2
lines out 5112
for row in '10M line-walk aliased 1-thread' '10k polygon-star aa 2-threads' '5k choropleth aa 1-thread'; do
    has out "marks $row"
done
for row in '1M segments-20px' '100k line-walk' 'plot-1200x800' 'overlay-400x240'; do
    has out "canvas $row 1-thread"
done

# ---- small runs ------------------------------------------------------------------------------------------

expect 0 --quick --points 20001 --threads 2 --no-peers --filter 'uniform 1024' --json "$folder/rows.json"
has out 'row '
for threads in 1-thread 2-threads; do
    for contender in read plain plain-branch-free pika; do
        has out "20001 uniform 1024 f32 count $threads $contender "
    done
    for reduction in sum mean min max first last categories; do
        for contender in read plain pika; do
            has out "20001 uniform 1024 f32 $reduction $threads $contender "
        done
    done
    for layout in f64 xy i8 u8 i16 u16 i32; do
        has out "20001 uniform 1024 $layout count $threads pika "
    done
done
expect 0 --quick --points 3000 --threads 2 --no-peers --rounds 2 --filter '256 count' --json "$folder/more.json"
for distribution in gaussian clustered walk series one-cell zoomed; do
    has out "3k $distribution 256 f32 count 1-thread pika "
done
expect 0 --quick --points 2000 --filter floor
lines out 10 # the heading, six rows, three lines of who is absent

expect 0 --quick --points 50000 --threads 2 --no-peers --filter marks --json "$folder/marks.json"
for threads in 1-thread 2-threads; do
    for row in '50k line-walk aliased' '50k line-walk m4' '50k line-walk aa' '500 line-noisy aa' \
        '50k lines-1k-walk normalized' '50 polygon-star aa' '25 choropleth aliased' '5k area-walk aa' \
        '500 rects aliased' '1k triangles aa' '500 discs-4px aa' '21 raster nearest'; do
        for contender in clear plain pika; do
            has out "marks $row $threads $contender "
        done
    done
done

expect 0 --quick --points 50000 --threads 2 --no-peers --filter canvas --json "$folder/canvas.json"
for row in '5k segments-20px' '50 polygon-star' '5k markers-8px' '500 line-walk' '16 labels-11px' picture-1200x800 \
    plot-1200x800 overlay-400x240; do
    has out "canvas $row 1-thread pika "
done
expect 0 --quick --points 3000 --filter 'canvas polygon-star'
says out '^canvas 16 polygon-star 1-thread cairo *absent$'

expect 0 --table --quick --points 2000 --threads 2 --json "$folder/table.json"
lines out 44 # the last of them: that cairo is absent
has out 'f32 count over the plain loop: geometric mean of 5 distributions x 3 grids'
has out 'cold start: context, first 1M points'
has out 'all threads over one'
has out 'profiler on, over off'
has out 'memory pool: a hit'
has out '2k samples of a random walk, a line that counts, in ms'
has out '    cairo takes so many times as long'
has out 'canvas of 1920 x 1080'
has out '200 segments of 20 pixels, of width 1, in us each'
has out 'a plot of 1200 x 800 around a shaded grid, in ms'
[ "$(grep -c -e ' reached' -e 'NOT YET' "$folder/out")" = 25 ]
result $? "not every line of the table is judged"
if [ -f "$folder/bench_cold.png" ]; then result 1 "bench_cold.png is left behind"; else result 0; fi

# ---- JSON ------------------------------------------------------------------------------------------------

cat >"$folder/check.py" <<'END'
import json, statistics, sys
folder, names = sys.argv[1], set()
for file, rounds in (("rows", 1), ("more", 2), ("marks", 1), ("canvas", 1), ("table", 1)):
    data = json.load(open("%s/%s.json" % (folder, file)))
    for key in ("cpu", "cores", "compiler", "flags", "pika"):
        assert data["machine"][key], key
    assert data["rows"], file
    rows = [row["name"] for row in data["rows"]]
    assert len(rows) == len(set(rows)), "%s.json: a name twice: %s" % (file, max(rows, key=rows.count))
    names.update(rows)
    for row in data["rows"]:
        assert len(row["rounds"]) == rounds and min(row["rounds"]) > 0, row
        assert abs(row["median"] - statistics.median(row["rounds"])) <= 1e-4 * row["median"], row
        assert row["unit"] in ("ns/point", "ns/pixel", "ns/hit", "us", "ms"), row
        assert row["points"] > 0 and row["threads"] > 0, row
        if file in ("rows", "more"):
            assert row["ratio_plain"] > 0 and row["ratio_read"] > 0, row
        if row["name"].endswith(" plain") and file == "marks":
            assert row["unit"] == "ms" and row["ratio_plain"] == 1, row
for name in ("20001 uniform 1024 f32 categories 2-threads pika", "3k zoomed 256 f32 count 1-thread plain-branch-free",
             "2k walk 1024 f32 mean 1-thread pika-beside-reductions", "shade 4096 eq_hist 1-thread",
             "cold start 1-thread", "frame 2k gaussian 1024 f32 count 2-threads profiler-on", "memory pool hit",
             "canvas 16 polygon-star 1-thread pika", "canvas overlay-400x240 1-thread pika"):
    assert name in names, "no row " + name
END
if [ -x /usr/bin/python3 ]; then
    /usr/bin/python3 "$folder/check.py" "$folder" >"$folder/out" 2>"$folder/err"
    result $? "the JSON files"
else
    skip "the JSON files: needs package python3"
fi

# ---- other libraries: one that is plain, one that fails, one that counts wrong; and those that are installed ----

cat >"$folder/peer.c" <<'END'
#define _POSIX_C_SOURCE 199309L
#include "bench/peers/peer.h"
#include <string.h>
static uint32_t *cells;
static size_t size;
static void peer_open(size_t width) { size = width, cells = malloc(4 * width * width); }
static void peer_clear(void) { memset(cells, 0, 4 * size * size); }
static uint32_t peer_count(size_t column, size_t row) { return cells[row * size + column]; }
static void peer_fill(const float *x, const float *y, size_t count)
{
    for (size_t i = ERROR; i < count; i++)
        cells[(size_t)(y[i] * (float)size) * size + (size_t)(x[i] * (float)size)]++;
}
END
one_cell='20k gaussian 256 f32 count 1-thread'
run='--quick --points 20000 --filter'
$compiler -DERROR=0 "$folder/peer.c" -o "$folder/peer_gsl" >"$folder/err" 2>&1
result $? "bench/peers/peer.h does not compile"
expect 0 $run "$one_cell"
has out "$one_cell gsl "
says out '^absent, not measured: cairo (Debian package libcairo2-dev'
if [ -f "$folder/bench_points" ] || [ -f "$folder/bench_counts" ]; then
    result 1 "a file of the peers is left behind"
else
    result 0
fi
$compiler -DERROR=1 "$folder/peer.c" -o "$folder/peer_gsl"
expect 1 $run "$one_cell"
says err "$one_cell: gsl: cell [0-9]* holds"
printf '#!/bin/sh\nexit 1\n' >"$folder/peer_gsl"
expect 1 $run "$one_cell"
says err 'failed: .*peer_gsl'
rm "$folder/peer_gsl"

# installed NAME PACKAGE COMMAND...: builds a peer, unless its library is not here
installed() {
    name=$1 package=$2
    shift 2
    if "$@" -O1 -o "$folder/peer_$name" >"$folder/err" 2>&1; then
        expect 0 $run "$one_cell"
        case $name in boost) name=boost-histogram ;; esac
        has out "$one_cell $name "
    elif grep -q -i 'no such file\|file not found\|cannot find\|command not found' "$folder/err"; then
        skip "$name: needs package $package"
    else
        result 1 "bench/peers/$name does not compile"
    fi
}
installed boost 'libboost-dev g++' "${CXX:-c++}" bench/peers/boost.cpp
installed gsl libgsl-dev ${CC:-cc} bench/peers/gsl.c -lgsl -lgslcblas -lm
installed cairo libcairo2-dev ${CC:-cc} bench/peers/cairo.c -lcairo
if [ -f "$folder/peer_cairo" ]; then
    expect 0 $run 'marks 1-thread'
    for row in "20k line-walk aa" "200 segments-20px aa" "20 polygon-star aa" "200 discs-4px aa"; do
        has out "marks $row 1-thread cairo "
    done
    expect 0 $run 'canvas 1-thread' --json "$folder/cairo.json"
    for row in "2k segments-20px" "20 polygon-star" "2k markers-8px" "200 line-walk"; do
        has out "canvas $row 1-thread cairo "
    done
    says cairo.json 'polygon-star 1-thread pika.*"ratio_cairo": [0-9]'
    if [ -f "$folder/bench_marks" ]; then result 1 "bench_marks is left behind"; else result 0; fi
fi

# ---- that of pika_gl.h, on whatever driver is here ---------------------------------------------------------

$compiler bench/gl.c -o "$folder/bench_gl" -pthread -lm -ldl >"$folder/err" 2>&1
result $? "bench/gl.c does not compile"
if "$folder/bench_gl" --quick --points 20000 --no-peers --filter "uniform 1024 auto wg128" \
    --json "$folder/gl.json" >"$folder/out" 2>"$folder/err"; then
    has out '20k uniform 1024 auto wg128 dispatch '
    $compiler tools/bench_compare.c -o "$folder/compare" >"$folder/err" 2>&1 &&
        "$folder/compare" "$folder/gl.json" "$folder/gl.json" >"$folder/out" 2>"$folder/err"
    result $? "bench_compare does not read the JSON of bench_gl"
elif grep -q 'no OpenGL' "$folder/err"; then
    skip "bench_gl: needs package libegl1 libgl1-mesa-dri"
else
    result 1 "bench_gl does not run"
fi

# ---- a grid that is wrong: plain loops that lose the last column; a canvas of white ink ----------------------

cp -R bench/*.[ch] "$folder/broken/"
sed 's/u < x_end/u < x_end - 1/' bench/plain.h >"$folder/broken/plain.h"
sed 's/u < MARK_COLUMNS \&\&/u < MARK_COLUMNS - 1 \&\&/' bench/marks.h >"$folder/broken/marks.h"
sed 's/CANVAS_INK 0x204080FFu/CANVAS_INK 0xFFFFFFFFu/' bench/canvas.h >"$folder/broken/canvas.h"
sed 's|"../pika.h"|"pika.h"|' bench/bench.c >"$folder/broken/bench.c"
$compiler -O0 "$folder/broken/bench.c" -o "$folder/bench" -pthread -lm >"$folder/err" 2>&1
result $? "the broken benchmark does not compile"
expect 1 --quick --points 20000 --no-peers --filter 'uniform 256 f32 1-thread'
says err 'uniform 256 f32 count 1-thread: pika: cell [0-9]* holds [0-9]*, the plain loop has 0'
expect 1 --quick --points 20000 --no-peers --filter 'marks line-walk aliased 1-thread'
says err 'marks 20k line-walk aliased 1-thread: pika: cell [0-9]* holds [0-9]*, the plain loop has 0'
expect 1 --quick --points 20000 --no-peers --filter 'canvas segments-20px'
says err 'canvas 2k segments-20px 1-thread: pika has 0 pixels of ink'

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
