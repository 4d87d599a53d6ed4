#!/bin/sh
# test_tool.sh - the pika command from outside: options, formats, broken files, streams, what is left on disk
# Usage: test_tool.sh TOOL ROOT BUILD    TOOL: the command; ROOT: of the repository; BUILD: a folder to write in
# One line for each failing check; the last line is "N passed, N failed, N skipped"; exit 1 if any failed.
# Plain POSIX sh with awk, od, dd, tr, cmp; runs under dash, busybox sh, mksh and bash --posix.

if [ $# -ne 3 ]; then
    echo "usage: $0 TOOL ROOT BUILD" >&2
    exit 2
fi
LC_ALL=C
export LC_ALL
absolute() {
    case $1 in
    /*) echo "$1" ;;
    *) echo "$(pwd)/$1" ;;
    esac
}
tool=$(absolute "$1")
root=$(absolute "$2")
cities=$root/examples/data/cities.csv
mkdir -p "$3" || exit 2
work=$(absolute "$3")/tool_test.$$
rm -rf "$work"
mkdir "$work" || exit 2
trap 'cd /; chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' 0
trap 'exit 1' 1 2 15
cd "$work" || exit 2

if ! "$tool" --version >out 2>err </dev/null; then
    echo "FAILED $tool --version does not run"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

windows=$(grep -c -i win32 out) # what Windows has no word for is left out: links, permissions, pipes in folders

passed=0 failed=0 skipped=0 status=0
pass() { passed=$((passed + 1)); }
bad() {
    failed=$((failed + 1))
    echo "FAILED $*"
}
skip() {
    skipped=$((skipped + 1))
    echo "skipped $*"
}

# absent NAME PACKAGES: what cannot be tested here, and what would bring it
absent() {
    if [ "${PIKA_REQUIRE:-}" = all ]; then
        bad "$1: needs package $2"
    else
        skipped=$((skipped + 1))
        echo "skip $1: needs package $2"
    fi
}

# run ARGUMENTS: the tool, its streams to files; standard input from ./in where that exists
run() {
    if [ -f in ]; then
        "$tool" "$@" <in >out 2>err
    else
        "$tool" "$@" </dev/null >out 2>err
    fi
    status=$?
}
messages() { printf '  exit %s, out: %s, err: %s' "$status" "$(head -n 3 out | tr '\n' '|')" "$(head -n 3 err | tr '\n' '|')"; }

# good NAME ARGUMENTS: exits 0, writes ./a.png and says so last, and nothing on standard error
good() {
    name=$1
    shift
    rm -f a.png
    run -o a.png --bare --size 20x10 "$@"
    if [ $status -eq 0 ] && [ -s a.png ] && [ "$(tail -n 1 out)" = a.png ] && [ ! -s err ]; then
        pass
    else
        bad "$name$(messages)"
    fi
}

# account NAME TOTAL INSIDE OUTSIDE INVALID ARGUMENTS: the line of --stats; warnings are allowed
account() {
    name=$1
    expected="$2 total $3 inside $4 outside $5 invalid"
    shift 5
    run -o a.png --bare --size 20x10 --stats "$@"
    if [ $status -eq 0 ] && [ "$(head -n 1 out)" = "$expected" ]; then pass; else bad "$name, expected $expected$(messages)"; fi
}

# wrong NAME STATUS TEXT ARGUMENTS: exits so, says TEXT in one line (two for usage), leaves what was there
wrong() {
    name=$1
    expected=$2
    text=$3
    shift 3
    echo old >a.png
    run -o a.png "$@"
    lines=$(wc -l <err)
    if [ $status -eq "$expected" ] && grep -F -e "$text" err >/dev/null && [ "$(cat a.png)" = old ] &&
        [ "$lines" -eq "$expected" ] && ! ls ./*.tmp >/dev/null 2>&1; then
        pass
    else
        bad "$name, expected exit $expected and '$text'$(messages)"
    fi
    rm -f a.png ./*.tmp
}

# usage NAME TEXT ARGUMENTS: the same for wrong usage, without -o
usage() {
    name=$1
    text=$2
    shift 2
    run "$@"
    if [ $status -eq 2 ] && grep -F -e "$text" err >/dev/null && grep -F -e --help err >/dev/null && [ ! -s out ]; then
        pass
    else
        bad "$name, expected '$text'$(messages)"
    fi
}

# cells FILE: the numbers of a <u4 grid, whatever this machine's byte order, one line each row
cells() {
    width=$(head -n 1 "$1" | tr -d '\000' | sed 's/.*(\([0-9]*\), \([0-9]*\)).*/\2/')
    od -An -v -tu1 -j128 "$1" | awk -v width="$width" '{
        for (i = 1; i <= NF; i += 4) {
            printf "%d", $i + 256 * $(i + 1) + 65536 * $(i + 2) + 16777216 * $(i + 3)
            printf "%s", ++n % width ? " " : "\n"
        }
    }'
}

# counts NAME EXPECTED ARGUMENTS: the counts of a 2 x 2 grid, lowest row first, rows parted by /
counts() {
    name=$1
    expected=$2
    shift 2
    rm -f g.npy
    run -o a.png --size 2x2 --grid g.npy "$@"
    got=
    [ -f g.npy ] && got=$(cells g.npy | tr '\n' '/')
    if [ $status -eq 0 ] && [ "$got" = "$expected/" ]; then pass; else bad "$name, expected $expected, got $got$(messages)"; fi
}

# value NAME EXPECTED ARGUMENTS: the bytes of a 1 x 1 grid of <f8, in hexadecimal
value() {
    name=$1
    expected=$2
    shift 2
    rm -f g.npy
    run -o a.png --size 1x1 --grid g.npy "$@"
    got=$([ -f g.npy ] && od -An -v -tx1 -j128 g.npy | tr -d ' \n')
    if [ $status -eq 0 ] && [ "$got" = "$expected" ]; then pass; else bad "$name, expected $expected, got $got$(messages)"; fi
}

# is NAME EXPECTED GOT
is() { if [ "$2" = "$3" ]; then pass; else bad "$1: expected '$2', got '$3'"; fi; }

# byte N: that byte;  bytes N ...: these
bytes() { for byte; do printf "\\$(printf %03o "$byte")"; done; }

# npy VERSION DICTIONARY: the head of an .npy file
npy() {
    length=$((${#2} + 1))
    printf '\223NUMPY'
    bytes "$1" 0 $((length % 256)) $((length / 256))
    [ "$1" -gt 1 ] && bytes 0 0
    printf '%s\n' "$2"
}

# many COUNT CHARACTER
many() { dd if=/dev/zero bs="$1" count=1 2>/dev/null | tr '\000' "$2"; }

# ---- help, version, usage
run --help
if [ $status -eq 0 ] && [ "$(wc -l <out)" -le 45 ] && [ ! -s err ] && ! awk 'length > 110 { exit 1 }' out; then
    bad "--help has a line of more than 110 columns"
elif [ $status -eq 0 ] && [ "$(wc -l <out)" -le 45 ] && [ "$(wc -l <out)" -ge 10 ]; then
    pass
else
    bad "--help$(messages)"
fi
for option in -x -y -v -o --category --raw --view --log --exact-edges --reduce --shade --range --colormap --background --spread \
    --size --bare --level --grid --stats --verify --threads --isa --backend --lines --width --once --area --baseline --polygons \
    --even-odd --aa --together --title --subtitle --xlabel --ylabel --theme --dpi --legend --time --overlay --help --version; do
    if grep -F -e "$option" out >/dev/null; then pass; else bad "--help does not name $option"; fi
done
run -h
is "-h exits" 0 $status
run --version
is "--version" "0 1" "$status $(grep -c '^pika [0-9]' out)"
usage "no file" "no FILE"
usage "unknown long option" "'--bogus'" --bogus "$cities"
usage "unknown short option" "'-q'" -q "$cities"
usage "joined short option" "'-x1'" -x1 "$cities"
usage "a value is missing at the end" "-o needs a value" "$cities" -o
usage "a value is missing before an option" "--size needs a value" --size --stats "$cities"
usage "a value for a switch" "--stats takes no value" --stats=1 "$cities"
usage "given twice" "--size is given twice" --size 1x1 --size 2x2 "$cities"
usage "given twice, both forms" "--log is given twice" --log x --log=y "$cities"
for size in 0x5 5x0 5 x 5x x5 32769x1 1x32769 99999999999999999999x1 -5x5 5x5x5 1e3x5 5.0x5 ''; do
    usage "size $size" "--size" "--size=$size" "$cities"
done
for view in '' 0:1 0:1,0 0:1,0:1,0 1:0,0:1 0:1,1:1 nan:1,0:1 0:inf,0:1 0:1e999,0:1 a:b,c:d '0:1, 0:1' 0:1,0:1:2; do
    usage "view $view" "--view" "--view=$view" "$cities"
done
usage "a log view from 0" "log axis" --log x --view 0:1,0:1 "$cities"
usage "a log view from -1" "log axis" --log=y --view 1:2,-1:1 "$cities"
usage "--log z" "--log" --log z "$cities"
usage "--reduce median" "count, any, sum, mean, min, max, var, std, first, last" --reduce median "$cities"
usage "--reduce mean without -v" "-v" --reduce mean "$cities"
usage "--shade" "eq_hist, linear, log, cbrt" --shade sqrt "$cities"
for range in 1 1: 5:1 1:1 0:inf nan:1 -1e308:1.7e308x; do usage "--range $range" "is not LO:HI" --range "$range" "$cities"; done
usage "--colormap lists them" "viridis" --colormap nosuch "$cities"
usage "--background" "--background" --background red "$cities"
usage "--background of 7 digits" "--background" --background 1234567 "$cities"
usage "--spread" "--spread" --spread -1 "$cities"
usage "--spread 65" "--spread" --spread 65 "$cities"
usage "--level 0" "--level" --level 0 "$cities"
usage "--level 10" "--level" --level 10 "$cities"
usage "--threads x" "--threads" --threads x "$cities"
usage "--threads -1" "--threads" --threads -1 "$cities"
usage "--isa" "scalar" --isa mmx "$cities"
usage "--backend" "gl" --backend cuda "$cities"
usage "--raw" "--raw" --raw f16 "$cities"
usage "--raw f32yx" "--raw" --raw f32yx "$cities"
usage "--grid and -o alike" "same file" --grid a.npy -o a.npy "$cities"
usage "--grid -" "--grid" --grid - "$cities"
usage "an empty name" "empty" ''
usage "an empty output name" "empty" -o '' "$cities"

# ---- the cities
account "the cities" 171075 171075 0 0 "$cities"
is "stages of --stats" 1 "$(sed -n 2p out | grep -c '^read .* fit .* aggregate .* shade .* write ')"
is "the path is last" a.png "$(tail -n 1 out)"
mkdir elsewhere
(cd elsewhere && "$tool" --bare --size 9x9 "$cities" >../out 2>../err)
is "default output" "cities.png yes" "$(tail -n 1 out) $([ -s elsewhere/cities.png ] && echo yes)"
is "a PNG" "137 80 78 71 13 10 26 10" "$(od -An -tu1 -N8 elsewhere/cities.png | tr -s ' ' | sed 's/^ //;s/ $//')"
run --size=40x30 --grid=g.npy -o "a b.png" -- "$cities"
is "a name with a blank, --option=value, --" "0 a b.png 4928" "$status $(tail -n 1 out) $(wc -c <g.npy | tr -d ' ')"
run --bare --size 33x17 -o a.png "$cities"
is "width and height" "0 0 0 33 0 0 0 17" "$(od -An -tu1 -j16 -N8 a.png | tr -s ' ' | sed 's/^ //;s/ $//')"
run --size 300x200 --grid g.npy -o a.png --view -180:180,-90:90 "$cities"
cells g.npy | awk '{ for (i = 1; i <= NF; i++) if ($i) print NR - 1, i - 1, $i }' >got
awk -F, 'NR > 1 {
    i = int(($1 + 180) * (300 / 360))
    j = int(($2 + 90) * (200 / 180))
    if ($1 < -180 || $1 > 180 || $2 < -90 || $2 > 90) next
    count[(j > 199 ? 199 : j) * 300 + (i > 299 ? 299 : i)]++
}
END { for (k = 0; k < 60000; k++) if (k in count) print int(k / 300), k % 300, count[k] }' "$cities" >expected
if cmp -s got expected && [ "$(wc -l <got)" -gt 1000 ]; then pass; else bad "awk counts the cities otherwise: $(diff got expected | head -n 2 | tr '\n' '|')"; fi
account "a part of the cities" 171075 "$(awk -F, 'NR > 1 && $1 >= 0 && $1 <= 20 && $2 >= 40 && $2 <= 50' "$cities" | wc -l | tr -d ' ')" \
    "$(awk -F, 'NR > 1 && !($1 >= 0 && $1 <= 20 && $2 >= 40 && $2 <= 50)' "$cities" | wc -l | tr -d ' ')" 0 --view 0:20,40:50 "$cities"
run --stats --verify --bare --size 64x48 -o a.png "$cities"
is "--verify" "0 1" "$status $(grep -c '^verified: 3072 cells equal$' out)"
for isa in scalar sse2 avx2 avx512 neon wasm128; do
    run --isa $isa --threads 2 --size 300x200 --view -180:180,-90:90 --grid h.npy -o a.png "$cities"
    if [ $status -eq 0 ]; then
        if cmp -s g.npy h.npy; then pass; else bad "--isa $isa gives another grid"; fi
    else
        is "--isa $isa is refused" "1 1" "$status $(grep -c -e --isa err)"
    fi
done
for threads in 0 1 3 64; do
    run --threads $threads --isa auto --backend auto --size 300x200 --view -180:180,-90:90 --grid h.npy -o a.png "$cities"
    if [ $status -eq 0 ] && cmp -s g.npy h.npy; then pass; else bad "--threads $threads gives another grid$(messages)"; fi
done
run --bare --size 40x30 -o a.png "$cities"
cp a.png default.png
for other in "--shade log" "--range 0:9" "--range -5:1e3 --shade linear" "--shade linear" "--shade cbrt" "--colormap fire" "--background ff8000" "--spread 2" \
    "--background ff800080" "--background #102030" "--reduce any" "--view 0:20,40:50"; do
    # shellcheck disable=SC2086
    run --bare --size 40x30 -o a.png $other "$cities"
    if [ $status -eq 0 ] && ! cmp -s a.png default.png; then pass; else bad "$other changes nothing$(messages)"; fi
done
printf '0,0\n1,1\n5,5\n9,9\n' >t.csv
run --bare --size 90x90 -o 1.png t.csv
run --bare --size 90x90 --spread auto -o 2.png t.csv
if [ $status -eq 0 ] && ! cmp -s 1.png 2.png; then pass; else bad "--spread auto changes nothing$(messages)"; fi
for same in "--background none" "--shade eq_hist" "--colormap viridis" "--spread 0" "--size=40x30" "-x 1 -y 2" "-x lng -y lat" \
    "-x lng" "-y lat" "--backend cpu" "--reduce count" "--level 2"; do
    case $same in --size*) run --bare -o a.png $same "$cities" ;; *)
        # shellcheck disable=SC2086
        run --bare --size 40x30 -o a.png $same "$cities"
        ;;
    esac
    if [ $status -eq 0 ] && cmp -s a.png default.png; then pass; else bad "$same is not the default$(messages)"; fi
done
run --size 1200x800 --level 1 -o 1.png "$cities"
run --size 1200x800 --level 9 -o 9.png "$cities"
if [ "$(wc -c <9.png)" -lt "$(wc -c <1.png)" ]; then pass; else bad "--level 9 is not smaller than --level 1"; fi
run --bare --size 40x30 -o a.ppm "$cities"
is "a PPM" "P6 3613" "$(head -n 1 a.ppm) $(wc -c <a.ppm | tr -d ' ')"
run --bare --size 40x30 --stats -o - "$cities"
if [ $status -eq 0 ] && cmp -s out default.png && grep '^171075 total' err >/dev/null; then pass; else bad "-o - $(messages)"; fi
run --size 40x30 -x lat -y lng --grid g.npy -o a.png "$cities"
run --size 40x30 -y lng --grid h.npy -o a.png "$cities"
if cmp -s g.npy h.npy; then pass; else bad "-y lng does not make lat x"; fi
run --exact-edges --size 40x30 --grid h.npy --stats -o a.png "$cities"
is "--exact-edges" "0 171075 total 171075 inside 0 outside 0 invalid" "$status $(head -n 1 out)"

# ---- small grids of known content
printf 'x,y\n0,0\n1,0\n1,1\n1,1\n' >t.csv
counts "counts" "1 1/0 2" t.csv
counts "a column by number" "1 0/1 2" -x 2 -y 1 t.csv
printf '1,1\n100,1\n100,100\n10,10\n' >log.csv
counts "--log xy" "1 1/0 2" --log xy log.csv
counts "--log x" "1 1/0 1" --log x --view 1:100,1:19 log.csv
counts "--log=y" "1 1/1 1" --log=y log.csv
printf '0,0,1\n1,1,2\n0,0,6\n0,1,\n1,0,x\n' >v.csv
one="--view 0:1,0:1 -v 3"
# 9, 3, 1, 6 ... as doubles, lowest byte first
# shellcheck disable=SC2086
{
    value "sum" 0000000000002240 --reduce sum $one v.csv
    value "mean" 0000000000000840 --reduce mean $one v.csv
    value "min" 000000000000f03f --reduce min $one v.csv
    value "max" 0000000000001840 --reduce max $one v.csv
    value "first" 000000000000f03f --reduce first $one v.csv
    value "last" 0000000000001840 --reduce last $one v.csv
    value "any" 000000000000f03f --reduce any $one v.csv
    value "an empty cell of a mean" 000000000000f87f --reduce mean --view 5:6,0:1 -v 3 v.csv
    value "an empty cell of a sum" 0000000000000000 --reduce sum --view 5:6,0:1 -v 3 v.csv
}
printf '0,0,1\n0,0,3\n' >v2.csv
value "var" 000000000000f03f --reduce var --view 0:1,0:1 -v 3 v2.csv
value "std" 000000000000f03f --reduce std --view 0:1,0:1 -v 3 v2.csv
is "shape of <f8" 1 "$(head -n 1 g.npy | tr -d '\000' | grep -c "'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), ")"
run -o a.png --size 3x2 --grid g.npy t.csv
is "shape of <u4" 1 "$(head -n 1 g.npy | tr -d '\000' | grep -c "'descr': '<u4', 'fortran_order': False, 'shape': (2, 3), ")"
is "length of <u4" 152 "$(wc -c <g.npy | tr -d ' ')"
run --reduce mean -v 3 --stats --verify --bare --size 8x8 -o a.png v.csv
is "rows without a value" "0 1" "$status $(grep -c '^2 inside without a value$' out)"
is "a word in a column of values" 1 "$(grep -c "line 5: 'x' in column 3 is no number; 1 such field is read as missing" err)"
run -v 3 --bare --size 8x8 -o a.png v2.csv
is "-v without use" "0 1" "$status $(grep -c warning err)"

# ---- categories
printf 'x,y,kind\n0,0,red\n1,0,blue\n1,1,"red"\n0,1,\n' >c.csv
account "text categories, one empty" 4 3 0 1 --category kind c.csv
is "category names" "category 1 category 2" "$(grep '^category' out | awk '{ printf "%s%s %s", sep, $1, $2; sep = " " }')"
is "category labels" "red blue" "$(grep '^category' out | awk '{ printf "%s%s", sep, $4; sep = " " }')"
counts "categories together" "1 1/0 1" --category kind c.csv
account "integer categories of .csv" 2 2 0 0 --category 3 v2.csv
awk 'BEGIN { print "x,y,k"; for (i = 0; i < 256; i++) print i "," i ",c" i }' >c256.csv
account "256 categories" 256 256 0 0 --category 3 --verify c256.csv
awk 'BEGIN { print "x,y,k"; for (i = 0; i < 257; i++) print i "," i ",c" i }' >c257.csv
wrong "257 categories" 1 "line 258" --category 3 c257.csv
cp c.csv in
account "categories of standard input" 4 3 0 1 --category kind --view 0:1,0:1 -
rm -f in

# ---- OpenGL
run --stats --bare --size 40x30 -o a.png "$cities"
is "--stats names the backend" "0 1" "$status $(sed -n 3p out | grep -c '^backend cpu, .*threads\{0,1\}$')"

# on_gl NAME ARGUMENTS: the grid and the picture are the CPU's, --verify says so too, and the CPU took no part
on_gl() {
    name=$1
    shift
    rm -f g.npy h.npy
    run --size 37x23 --backend cpu --grid g.npy -o a.png "$@"
    run --size 37x23 --backend gl --grid h.npy -o b.png --stats --verify "$@"
    if [ $status -eq 0 ] && [ ! -s err ] && cmp -s g.npy h.npy && cmp -s a.png b.png && grep '^verified: ' out >/dev/null &&
        grep '^backend gl, .*, strategy [a-z]*, [0-9]* dispatches, [0-9.]* MB uploaded$' out >/dev/null; then
        pass
    else
        bad "on OpenGL: $name$(messages)"
    fi
}

run --backend gl --bare --size 8x8 -o a.png "$cities"
if [ $status -eq 1 ] && grep 'not in this build' err >/dev/null; then
    wrong "--backend gl" 1 "not in this build" --backend gl "$cities"
elif [ $status -eq 1 ] && grep '^pika: --backend gl: ' err >/dev/null; then
    cat err
    absent "the tool on OpenGL" "libegl1 libgl1-mesa-dri"
else
    on_gl "the cities" "$cities"
    on_gl "a view" --view 0:20,40:50 "$cities"
    on_gl "any" --reduce any "$cities"
    on_gl "min" --reduce min -v lng "$cities"
    on_gl "max" --reduce max -v lat --view -10:30,30:60 "$cities"
    on_gl "a log axis" --log x --view 0.1:180,-90:90 "$cities"
    on_gl "exact edges" --exact-edges "$cities"
    awk 'BEGIN { for (i = 0; i < 5000; i++) print i * i % 977 "," i * 7 % 461 "," i % 5 }' >t.csv
    on_gl "categories" --category 3 t.csv
    # 2^62 + i and 2^60 + i by one byte each
    awk 'BEGIN { for (i = 0; i < 200; i++) printf "\\%03o\\000\\000\\000\\000\\000\\000\\100\\%03o\\000\\000\\000\\000\\000\\000\\020", i, i * 7 % 200 }' >t.escapes
    printf "$(cat t.escapes)" >t.raw
    on_gl "i64 past 2^53" --raw i64xy t.raw
    on_gl "u8" --raw u8 t.raw
    for plane in sum mean; do
        run --bare --size 9x7 --backend gl --verify --reduce $plane -v lat -o a.png "$cities"
        is "on OpenGL: $plane" "0 1 0" "$status $(grep -c '^verified: ' out) $(wc -l <err | tr -d ' ')"
    done
    run --bare --size 9x7 --backend gl --verify --stats --reduce var -v lat -o a.png "$cities"
    is "on OpenGL: var is the CPU's" "0 1 1" "$status $(grep -c 'warning: --backend gl: the CPU made the grid: .' err) $(grep -c '; by the CPU: .' out)"
    cp "$cities" in
    run --bare --size 9x7 --backend gl --stats -o a.png -
    is "on OpenGL: a stream is the CPU's" "0 1 1" "$status $(grep -c 'warning: --backend gl: standard input is a stream' err) $(grep -c '^backend cpu' out)"
    rm -f in
    for marks in --lines "$cities"; do
        run --bare --size 9x7 --backend gl --stats -o a.png "$cities" "$marks"
        is "on OpenGL: a file and $marks are the CPU's" "0 1 1" "$status $(grep -c 'warning: --backend gl: the CPU draws' err) $(grep -c '^backend cpu' out)"
    done
    wrong "on OpenGL: no such column" 1 "there is no column 'q'" --backend gl -x q "$cities"
    wrong "on OpenGL: an empty file" 1 "empty.csv: is empty" --backend gl "$(: >empty.csv && echo empty.csv)"
    # a library that is none, and a library without a driver
    mkdir none
    echo none >none/libEGL.so.1
    library_path=${LD_LIBRARY_PATH:-}
    LD_LIBRARY_PATH=$work/none
    export LD_LIBRARY_PATH
    wrong "no libEGL" 1 "--backend gl: libEGL.so.1 cannot be loaded" --backend gl "$cities"
    good "no libEGL, and it is not asked for" "$cities"
    LD_LIBRARY_PATH=$library_path
    [ -n "$library_path" ] || unset LD_LIBRARY_PATH
    __EGL_VENDOR_LIBRARY_FILENAMES=/nonexistent/none.json
    export __EGL_VENDOR_LIBRARY_FILENAMES
    wrong "no driver" 1 "--backend gl: EGL finds no driver" --backend gl "$cities"
    unset __EGL_VENDOR_LIBRARY_FILENAMES
fi

# ---- forms of text
form() { # form NAME COUNTS: ./t.csv as counts; form_line the same on standard input
    counts "$1" "$2" t.csv
    cp t.csv in
    counts "$1, as a stream" "$2" -
    rm -f in
}
printf 'x,y\n0,0\n1,1' >t.csv
form "no newline at the end" "1 0/0 1"
printf '\357\273\277x,y\r\n0,0\r\n1,1\r\n' >t.csv
form "BOM and CRLF" "1 0/0 1"
counts "the name behind a BOM" "1 0/0 1" -x x -y y t.csv
printf 'x,y\r0,0\r1,1' >t.csv
form "CR alone" "1 0/0 1"
printf 'x,y\r0,0\r1,1\r' >t.csv
form "CR alone, also at the end" "1 0/0 1"
printf '0;0\n1,5;1\n0,5;,25\n' >t.csv
form "semicolons and decimal commas" "2 0/0 1"
printf 'a\tb\n0\t0\n1\t1\n' >t.csv
form "tabs" "1 0/0 1"
printf '"a,b\tc"\n' >t.tsv
printf '1\t2\n3\t4\n' >>t.tsv
wrong ".tsv is parted by tabs" 1 "two columns" t.tsv
printf 'a,b\t2\n1\t2\n3,5\t4\n5\t6\n' >t.tsv
account "commas in .tsv are no delimiters" 3 2 0 1 t.tsv
printf '# a comment, "with a quote\n#\n\nx,y\n \n0,0\n# another\n  \n\n1,1\n#' >t.csv
form "comments and blank lines" "1 0/0 1"
printf '"x ""1""\nsecond line",y\n"0","0"\n"1"," 1 "\n' >t.csv
form "quotes" "1 0/0 1"
wrong "the header with quotes and newlines" 1 "x \"1\"?second line, y" -x nosuch t.csv
printf 'name,x,y\n"a, b",0,0\n"c ""d""\n,\n",1,1\n,0,1\nplain"quote,1,0\n' >t.csv
form "delimiters and newlines in quotes" "1 1/1 1"
printf '  0 , 0 \n\t+1,1\t\n' >t.csv
form "blanks and plus signs" "1 0/0 1"
printf '0,0\n1,1\n,1\n1,\nNA,1\nN/A,1\nnull,1\nnan,1\nNaN,1\n-,1\n.,1\n1\n,\n' >t.csv
account "missing values" 13 2 0 11 t.csv
is "missing values are no words" 0 "$(wc -l <err | tr -d ' ')"
printf '0,0\n1,1\ninf,0\n-Inf,0\n0,+INFINITY\n' >t.csv
account "infinities are outside" 5 2 3 0 t.csv
printf '0,0\n1,1\n0x1p3,1\n1e,1\n1.2.3,4\n' >t.csv
account "what is no number" 5 2 0 3 t.csv
is "and its message" 1 "$(grep -c "line 3: '0x1p3' in column 1 is no number; 3 such fields are read as missing" err)"
printf 'x,y,z\n0,0,0\n1,1\n\n1,1,1,1,1\n' >t.csv
account "short and long rows" 3 3 0 0 t.csv
printf 'x,y\n0,0\n1\0000,1\n1,1\n\000\n' >t.csv
account "NUL bytes" 4 2 0 2 t.csv
{
    printf 'x,name,y\n0,'
    many 1000000 a
    printf ',0\n1,"'
    many 1000000 ','
    printf '",1\n'
    many 1000000 5
    printf ',b,1\n0.'
    many 1000000 3
    printf ',b,1\n'
} >t.csv
account "1 MB fields" 4 3 1 0 -x x -y y t.csv
cp t.csv in
account "1 MB fields of a stream" 4 1 3 0 -x x -y y --view 0:1,0:0.5 -
rm -f in
{
    printf '0,0\n1,1\n'
    many 3000000 '\n'
    printf '0,0\n'
} >t.csv
account "three million blank lines" 3 3 0 0 t.csv
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "c%d,", i; print "last"; for (j = 0; j < 2; j++) { for (i = 0; i < 3000; i++) printf "%d,", i + j; print j } }' >t.csv
counts "3001 columns" "1 0/0 1" -x c2999 -y last t.csv
counts "3001 columns by number" "1 0/0 1" -x 3000 -y 3001 t.csv
printf 'lat,other,lon\n0,5,0\n0,5,1\n0,5,1\n1,9,1\n' >t.csv
counts "lon and lat by name" "1 2/0 1" t.csv
printf 'Y,q,X\n0,5,0\n0,5,1\n0,5,1\n1,9,1\n' >t.csv
counts "X and Y by name" "1 2/0 1" t.csv
printf 'longitude,latitude\n0,0\n1,1\n' >t.csv
counts "longitude and latitude" "1 0/0 1" t.csv
printf '2,1\n0,0\n1,1\n' >t.csv
counts "numbers are no header" "1 0/0 2" t.csv
printf '5,5\n5,5\n' >t.csv
account "one point alone" 2 2 0 0 t.csv
printf 'a,b\n-1,1\n0,1\n1,1\n10,1\n' >t.csv
account "--log leaves out what is not positive" 4 2 0 2 --log x t.csv
# rows across the reader's blocks: every length of line from 4 to 40, 120,000 of them
awk 'BEGIN { for (i = 0; i < 120000; i++) printf "0.%0*d,%d\n", i % 37 + 1, i % 10, i % 7 }' >t.csv
account "block borders" 120000 120000 0 0 t.csv
awk -F, '{ i = int($1 * 2 / 0.9); j = int($2 * (2 / 6)); c[(j > 1 ? 1 : j) * 2 + (i > 1 ? 1 : i)]++ } END { printf "%d %d/%d %d", c[0], c[1], c[2], c[3] }' t.csv >expected
counts "block borders, each row" "$(cat expected)" --view 0:0.9,0:6 t.csv

# fixed: a word whose first digits end a block of 1 MiB passed for a number
{
    printf 'x,y\n#'
    many 1048567 -
    printf '\n1,5lon\n'
} >t.csv
wrong "a word across a block border is no number" 1 "no row has a number in column 2 'y'" --view 0:9,0:9 t.csv

# ---- streams
awk 'BEGIN { for (i = 0; i < 200000; i++) print i % 1000 "," i % 777 }' >in
account "a stream" 200000 200000 0 0 -
account "a stream with a view" 200000 100000 100000 0 --view 0:499.5,0:1000 -
rm -f in
: >in
wrong "an empty stream" 1 "standard input: is empty" -
good "an empty stream with a view" --view 0:1,0:1 -
rm -f in
yes 1,2 2>/dev/null | head -n 16777217 | "$tool" -o a.png --bare --size 9x9 - >out 2>err
status=$?
if [ $status -eq 1 ] && grep -e '256 MiB.*--view' err >/dev/null; then pass; else bad "more than 256 MiB of rows$(messages)"; fi
mkdir fifo_test
if [ "$windows" -ne 0 ]; then
    :
elif mkfifo fifo_test/in 2>/dev/null; then
    cat "$cities" >fifo_test/in &
    account "a pipe by name" 171075 171075 0 0 fifo_test/in
    [ $status -eq 0 ] || kill $! # nobody has opened the other end
    wait
    mkfifo fifo_test/out.png
    cat fifo_test/out.png >fifo_test/copy.png &
    run --bare --size 40x30 -o fifo_test/out.png "$cities"
    [ $status -eq 0 ] || kill $!
    wait
    if [ $status -eq 0 ] && [ -p fifo_test/out.png ] && cmp -s fifo_test/copy.png default.png; then pass; else bad "a pipe is written directly$(messages)"; fi
else
    skip "pipes by name: no mkfifo"
fi

# ---- broken files
wrong "missing" 1 "nosuch.csv" nosuch.csv
: >empty.csv
wrong "empty" 1 "empty.csv: is empty" empty.csv
good "empty with a view" --view 0:1,0:1 empty.csv
printf 'x,y\n' >t.csv
wrong "header only" 1 "t.csv: has no rows but the header" t.csv
printf '\n#\n\n' >t.csv
wrong "blank lines only" 1 "t.csv: has no rows" t.csv
printf 'it was a dark, and stormy night\nthe rain fell, in torrents\n' >t.csv
wrong "words" 1 "no row has a number in column 1" t.csv
wrong "words with a view" 1 "line 2 has 'the rain fell'" --view 0:1,0:1 t.csv
printf 'one\ntwo\n' >t.csv
wrong "one column" 1 "two columns" t.csv
printf 'x,y\n,\nNA,NA\n' >t.csv
wrong "only missing values" 1 "no row has a number" t.csv
printf 'x,y\n1,\n,1\n' >t.csv
wrong "no row with both" 1 "no row has a finite x and a finite y" t.csv
good "no row with both, and a view" --view 0:1,0:1 t.csv
printf 'x,y\ninf,1\n' >t.csv
wrong "only infinities" 1 "--view" t.csv
dd if="$tool" of=t.bin bs=4096 count=30 2>/dev/null
wrong "a program" 1 "t.bin" t.bin
wrong "a picture" 1 "is a picture" default.png
printf '\037\213\010\000\000\000' >t.gz
wrong "gzip" 1 "gzip -dc" t.gz
printf '\377\376x\000,\000' >t.csv
wrong "UTF-16" 1 "UTF-16" t.csv
wrong "a folder" 1 "is a folder" "$work"
wrong "a folder with a slash" 1 "is a folder" ./
printf 'x,y\n0,0\n1,"1\n' >t.csv
wrong "a quote that is not closed" 1 "line 3: a quote is not closed" t.csv
wrong "no such column" 1 "there is no column 'nosuch'; the header has lng, lat" -x nosuch "$cities"
wrong "no such column of values" 1 "-v: there is no column 'z'" --reduce mean -v z "$cities"
wrong "column 0" 1 "-y: there is no column '0'" -y 0 "$cities"
wrong "column 3 of 2" 1 "-y: there is no column '3'" -y 3 "$cities"
printf '1,2\n3,4\n' >t.csv
wrong "a name without a header" 1 "numbered 1 to 2" -x a t.csv
wrong "no such category" 1 "--category: there is no column 'k'" --category k "$cities"

# ---- .npy
zero4='\000\000\000\000' one4='\000\000\200\077'
zero8='\000\000\000\000\000\000\000\000' one8='\000\000\000\000\000\000\360\077'
# the points (0, 0), (1, 0), (1, 1), (1, 1)
{ npy 1 "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }"; printf "$zero4$zero4$one4$zero4$one4$one4$one4$one4"; } >f4.npy
counts ".npy f4" "1 1/0 2" f4.npy
is ".npy -y 1 -x 2" 0 $status
counts ".npy f4, columns" "1 0/1 2" -x 2 -y 1 f4.npy
cp f4.npy in
counts ".npy as a stream" "1 1/0 2" -
counts ".npy as a stream with a view" "1 1/0 2" --view 0:1,0:1 -
rm -f in
cp f4.npy f4.dat
counts ".npy by its first bytes" "1 1/0 2" --verify f4.dat
{ npy 2 "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2), }"; printf "$zero8$zero8$one8$zero8$one8$one8$one8$one8"; } >f8.npy
counts ".npy f8, version 2" "1 1/0 2" f8.npy
{ npy 3 '{"shape": (4, 3), "fortran_order": False, "descr": "<f8"}'; printf "$zero8$zero8$one8$one8$zero8$one8$one8$one8$one8$one8$one8$one8"; } >f8.npy
counts ".npy of three columns, version 3" "1 1/0 2" f8.npy
value ".npy -v" 0000000000001040 --reduce sum -v 3 f8.npy
account ".npy --category" 4 4 0 0 --category 3 f8.npy
{ npy 1 "{'descr': '<f8', 'fortran_order': True, 'shape': (4, 2), }"; printf "$zero8$one8$one8$one8$zero8$zero8$one8$one8"; } >t.npy
counts ".npy in Fortran order" "1 1/0 2" t.npy
counts ".npy in Fortran order, with a view" "1 1/0 2" --view 0:1,0:1 t.npy
{ npy 1 "{'descr': '>f4', 'fortran_order': False, 'shape': (4L, 2L), }"; printf '\000\000\000\000\000\000\000\000\077\200\000\000\000\000\000\000\077\200\000\000\077\200\000\000\077\200\000\000\077\200\000\000'; } >t.npy
counts ".npy big-endian" "1 1/0 2" t.npy
{ npy 1 "{'descr': '<f2', 'fortran_order': False, 'shape': (5, 2), }"; printf '\000\000\000\000\000\074\000\000\000\074\000\074\000\074\000\074\000\176\000\000'; } >t.npy
counts ".npy f2" "1 1/0 2" t.npy
account ".npy f2 with a NaN" 5 4 0 1 t.npy
{ npy 1 "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 2), }"; printf '\000\000\001\000\001\001\001\001'; } >t.npy
counts ".npy u1" "1 1/0 2" t.npy
{ npy 1 "{'descr': '|b1', 'fortran_order': False, 'shape': (4, 2), }"; printf '\000\000\001\000\001\001\001\001'; } >t.npy
counts ".npy bool" "1 1/0 2" t.npy
{ npy 1 "{'descr': '<i2', 'fortran_order': False, 'shape': (4, 2), }"; printf '\377\377\377\377\001\000\377\377\001\000\001\000\001\000\001\000'; } >t.npy
counts ".npy i2" "1 1/0 2" t.npy
# 2^62 and 2^62 + 1: the same double, but not the same number
{ npy 1 "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 2), }"; printf '\000\000\000\000\000\000\000\100\000\000\000\000\000\000\000\100\001\000\000\000\000\000\000\100\001\000\000\000\000\000\000\100'; } >t.npy
counts ".npy i8 past 2^53" "1 0/0 1" t.npy
counts ".npy i8 past 2^53 with a view" "1 0/0 1" --view 4611686018427387904:4611686018427387905,4611686018427387904:4611686018427387905 t.npy
account ".npy i8 outside by one" 2 1 1 0 --view 4611686018427387905:4611686018427387907,4611686018427387905:4611686018427387906 t.npy
{ npy 1 "{'descr': '>u8', 'fortran_order': True, 'shape': (2, 2), }"; printf '\177\377\377\377\377\377\377\376\177\377\377\377\377\377\377\377\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001'; } >t.npy
counts ".npy u8, big-endian, in Fortran order" "1 0/0 1" t.npy
{ npy 1 "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }"; printf "$zero8$zero8$one8$one8"; } >t.npy
counts ".npy of one dimension: y by row" "2 0/0 2" t.npy

for length in 3 8 11 40 100; do
    dd if=f4.npy of=t.npy bs=$length count=1 2>/dev/null
    wrong ".npy cut off at $length" 1 "t.npy" t.npy
    cp t.npy in
    wrong ".npy cut off at $length, as a stream" 1 "standard input" --view 0:1,0:1 -
    rm -f in
done
# refuse NAME TEXT DICTIONARY: a header alone
refuse() {
    npy 1 "$3" >t.npy
    wrong ".npy $1" 1 "$2" t.npy
}
refuse "no rows" "has no rows" "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }"
refuse "no columns" "no columns" "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }"
refuse "shorter than it says" "cut off" "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 2), }"
refuse "an overflowing shape" "too large" "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 2), }"
refuse "an overflowing product" "too large" "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }"
refuse "a shape of many digits" "too large" "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999, 2), }"
refuse "a shape of many columns" "too large" "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 9999999999999), }"
refuse "a negative shape" "header" "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2), }"
refuse "three dimensions" "3 dimensions" "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3), }"
refuse "no dimension" "0 dimensions" "{'descr': '<f8', 'fortran_order': False, 'shape': (), }"
refuse "records" "structured" "{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (4,), }"
refuse "complex" "complex" "{'descr': '<c16', 'fortran_order': False, 'shape': (4, 2), }"
refuse "objects" "objects" "{'descr': '|O', 'fortran_order': False, 'shape': (4, 2), }"
refuse "text" "text" "{'descr': '<U5', 'fortran_order': False, 'shape': (4, 2), }"
refuse "bytes" "text" "{'descr': '|S5', 'fortran_order': False, 'shape': (4, 2), }"
refuse "dates" "dates" "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (4, 2), }"
refuse "long double" "f16" "{'descr': '<f16', 'fortran_order': False, 'shape': (4, 2), }"
refuse "no dictionary" "header" "hello"
refuse "an open dictionary" "header" "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2)"
refuse "an open string" "header" "{'descr': '<f4"
refuse "a missing key" "header" "{'descr': '<f4', 'shape': (4, 2), }"
refuse "an unknown key" "header" "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), 'more': 1}"
refuse "a broken shape" "header" "{'descr': '<f4', 'fortran_order': False, 'shape': (4 2), }"
{ printf '\223NUMPY'; bytes 4 0 10 0; printf '{}        \n'; } >t.npy
wrong ".npy version 4" 1 "version 4" t.npy
{ printf '\223NUMPY'; bytes 2 0 255 255 255 255; printf '{}\n'; } >t.npy
wrong ".npy with a header of 4 GB" 1 "header of 4294967295 bytes" t.npy
printf '1,2\n' >t.npy
wrong "text named .npy" 1 "is no .npy file" t.npy
: >t.npy
wrong "an empty .npy" 1 "is empty" t.npy
cp f4.npy in
wrong "an .npy column that is not there" 1 "numbered 1 to 2" -x 3 f4.npy
wrong "an .npy column by name" 1 "there is no column 'x'" -x x f4.npy
rm -f in
npy 1 "{'descr': '<f4', 'fortran_order': True, 'shape': (4, 2), }" >in
wrong "Fortran order as a stream" 1 "Fortran" -
rm -f in
{ npy 1 "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }"; printf '\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\340\077'; } >t.npy
wrong "a category of 0.5" 1 "0.5" --category 3 t.npy

# ---- raw numbers
printf "$zero4$zero4$one4$zero4$one4$one4$one4$one4" >t.raw
counts "--raw f32xy" "1 1/0 2" --raw f32xy t.raw
counts "--raw f32xy with a view" "1 1/0 2" --raw=f32xy --view 0:1,0:1 t.raw
cp t.raw in
counts "--raw as a stream" "1 1/0 2" --raw f32xy -
counts "--raw as a stream with a view" "1 1/0 2" --raw f32xy --view 0:1,0:1 -
rm -f in
printf "$zero8$zero8$one8$zero8$one8$one8$one8$one8" >t8.raw
counts "--raw f64xy" "1 1/0 2" --raw f64xy t8.raw
printf "$zero4$zero4$one4$one4" >t.raw
counts "--raw f32" "2 0/0 2" --raw f32 t.raw
printf '\000\000\001\000\001\001\001\001' >t.raw
counts "--raw u8xy" "1 1/0 2" --raw u8xy t.raw
printf '\000\377\001\377\001\001\001\001' >t.raw
counts "--raw i8xy" "1 1/0 2" --raw i8xy t.raw
counts "--raw i16" "2 0/0 2" --raw i16 t.raw
printf '\000\000\000\000\001\000\000\000\001\000\001\000\001\000\001\000' >t.raw
counts "--raw i16xy" "1 1/0 2" --raw i16xy t.raw
counts "--raw u16xy" "1 1/0 2" --raw u16xy t.raw
printf '\000\000\000\000\000\000\000\000\001\000\000\000\001\000\000\000' >t.raw
counts "--raw i32xy" "1 0/0 1" --raw i32xy t.raw
counts "--raw u32xy" "1 0/0 1" --raw u32xy t.raw
printf "$zero8$zero8\\001\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\000\\000\\000\\000" >t.raw
counts "--raw i64xy" "1 0/0 1" --raw i64xy t.raw
counts "--raw u64xy" "1 0/0 1" --raw u64xy t.raw
printf "$zero4$zero4$one4$zero4$zero4$one4" >t.raw
value "--raw f32xyv" 0000000000000040 --raw f32xyv --reduce sum --view 0:1,0:1 t.raw
wrong "--raw, no whole row" 1 "whole number of rows" --raw f64xy t.raw
wrong "--raw, empty" 1 "has no rows" --raw f32xy empty.csv
cp t.raw in
wrong "--raw, a stream that ends in a row" 1 "ends within a row" --raw f64xy --view 0:1,0:1 -
rm -f in

# ---- several files
printf 'x,y\n0,0\n1,0\n' >a.csv
printf 'y,x\n1,1\n1,1\n' >b.csv
printf '5,5\n' >c5.csv
counts "two files" "1 1/0 2" a.csv b.csv
counts "two files together" "1 1/0 2" --together a.csv b.csv
counts "two files with a view" "1 1/0 2" --view 0:1,0:1 --verify a.csv b.csv
account "three files" 5 4 1 0 --view 0:1,0:1 a.csv b.csv c5.csv
is "a colour each" "category 1 #0072B2 a.csv|category 2 #D55E00 b.csv|category 3 #009E73 c5.csv|" "$(grep '^category' out | tr '\n' '|')"
account "three files without a view" 5 5 0 0 a.csv b.csv c5.csv
account "three files together" 5 5 0 0 --together a.csv b.csv c5.csv
is "no colour each" 0 "$(grep -c '^category' out)"
cp a.csv in
counts "a stream and a file" "1 1/0 2" - b.csv
counts "a file and a stream with a view" "1 1/0 2" --view 0:1,0:1 b.csv -
rm -f in
long_name=$(many 60 d).csv
cp a.csv "$long_name"
account "a long name" 4 4 0 0 "$long_name" b.csv
is "and its end" "category 1 #0072B2 ...$(many 33 d).csv" "$(grep '^category 1' out)"
mkdir many
i=0
while [ $i -lt 257 ]; do
    echo "$i,$i" >many/$i.csv
    i=$((i + 1))
done
usage "257 files" "--together" many/*.csv
account "257 files together" 257 257 0 0 --together many/*.csv
rm many/0.csv
account "256 files" 256 256 0 0 many/*.csv
wrong "the third file is missing" 1 "nosuch.csv: No such file" a.csv b.csv nosuch.csv
wrong "the second file is empty" 1 "empty.csv: is empty" a.csv empty.csv
good "the second file is empty, with a view" --view 0:1,0:1 a.csv empty.csv
usage "standard input twice" "given twice" - -
usage "several files and --category" "--together" --category 1 a.csv b.csv
printf 'x,y,k\n0,0,p\n1,1,q\n' >k1.csv
printf 'x,y,k\n0,1,q\n1,0,r\n' >k2.csv
account "--category of files together" 4 4 0 0 --category k --together k1.csv k2.csv
is "and its labels" "p q r" "$(grep '^category' out | awk '{ printf "%s%s", sep, $4; sep = " " }')"
account "--category of files together, with a view" 4 1 3 0 --category k --together --view 0:0.5,0:0.5 k1.csv k2.csv
counts ".npy and text" "2 1/0 3" f4.npy "$(printf '0,0\n1,1\n' >t.csv && echo t.csv)"
{ npy 1 "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 2), }"; printf "$zero8$zero8\\001\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\000\\000\\000\\000"; } >i8.npy
counts "64-bit integers in two files" "2 0/0 2" i8.npy i8.npy
wrong "64-bit integers and others" 1 "i8.npy: x is i64, and f32 in a file before it" f4.npy i8.npy
cp a.csv same.csv
run -o same.csv b.csv same.csv
is "the output is the second input" "1 1" "$status $(grep -c 'is the file that is read' err)"
(cd elsewhere && "$tool" --bare --size 9x9 ../b.csv ../a.csv >../out 2>../err)
is "default output of two files" b.png "$(tail -n 1 out)"
printf '0,0\n1,word\n' >t.csv
run -o a.png --bare --size 9x9 a.csv t.csv
is "a warning comes once" "0 1" "$status $(wc -l <err | tr -d ' ')"

# ---- lines, areas, polygons
# marks NAME EXPECTED ARGUMENTS: the counts of a 4 x 4 grid of 0:4,0:4, as in counts
marks() {
    name=$1
    expected=$2
    shift 2
    rm -f g.npy
    run -o a.png --size 4x4 --view 0:4,0:4 --grid g.npy --verify "$@"
    got=
    [ -f g.npy ] && got=$(cells g.npy | tr '\n' '/')
    if [ $status -eq 0 ] && [ "$got" = "$expected/" ]; then pass; else bad "$name, expected $expected, got $got$(messages)"; fi
}
usage "two marks" "one of --lines, --area and --polygons" --lines --area a.csv
usage "--width of points" "--width is for --lines" --width 1 a.csv
usage "--width of an area" "--width is for --lines" --area --width 1 a.csv
for width in -1 1025 nan x ''; do usage "--width $width" "is no number from 0 to 1024" --lines --width "$width" a.csv; done
usage "--aa of points" "--aa is for" --aa a.csv
usage "--aa --width 0" "aliased" --lines --aa --width 0 a.csv
usage "--once of points" "--once is for --lines" --once a.csv
usage "--once of wide lines" "--once is for --lines" --once --lines --width 2 a.csv
usage "--even-odd of lines" "--even-odd is for --polygons" --lines --even-odd a.csv
usage "--baseline of lines" "--baseline is for --area" --lines --baseline 1 a.csv
usage "--baseline word" "--baseline: 'word' is no number" --area --baseline word a.csv
usage "--baseline 0 of a log axis" "log axis" --area --log y --baseline 0 a.csv
usage "--reduce max of --aa" "count, sum and mean" --lines --aa --reduce max -v 1 a.csv

printf '0.5,0.5\n3.5,1.5\n3.5,3.5\n' >t.csv
marks "--lines" "1 1 0 0/0 0 1 1/0 0 0 1/0 0 0 1" --lines t.csv
printf '0.5,0.5\n2.5,0.5\n0.5,0.5\n' >t.csv
marks "--lines, there and back" "2 2 1 0/0 0 0 0/0 0 0 0/0 0 0 0" --lines t.csv
marks "--lines --once" "1 1 1 0/0 0 0 0/0 0 0 0/0 0 0 0" --lines --once t.csv
marks "--lines --once, twice" "2 2 2 0/0 0 0 0/0 0 0 0/0 0 0 0" --lines --once --together t.csv t.csv
marks "--lines of two files" "4 4 2 0/0 0 0 0/0 0 0 0/0 0 0 0" --lines t.csv t.csv
cp t.csv in
marks "--lines of a stream" "2 2 1 0/0 0 0 0/0 0 0 0/0 0 0 0" --lines -
rm -f in
printf '%s\n' -1e300,0.5 9,0.5 >t.csv
marks "--lines from outside to outside" "1 1 1 1/0 0 0 0/0 0 0 0/0 0 0 0" --lines t.csv
printf '0.5,0.5\n2.5,0.5\n# a comment\n2.5,2.5\n' >t.csv
marks "--lines over a comment" "1 1 1 0/0 0 1 0/0 0 1 0/0 0 0 0" --lines t.csv
for break in '\n' ' \n\n\n' ',\n' '0.5,\n' 'nan,nan\n' '\n# a comment\n'; do
    printf "x,y\n\n0.5,0.5\n2.5,0.5\n${break}0.5,3.5\n2.5,3.5\n\n" >t.csv
    account "rows of lines broken by '$break'" 5 4 0 1 --lines t.csv
    marks "--lines broken by '$break'" "1 1 1 0/0 0 0 0/0 0 0 0/1 1 1 0" --lines t.csv
    cp t.csv in
    marks "--lines of a stream broken by '$break'" "1 1 1 0/0 0 0 0/0 0 0 0/1 1 1 0" --lines -
    rm -f in
    printf "x,y\n\n0,0\n1,0\n1,1\n0,1\n${break}2,2\n3,2\n3,3\n2,3\n\n" >t.csv
    marks "--polygons parted by '$break'" "1 0 0 0/0 0 0 0/0 0 1 0/0 0 0 0" --polygons t.csv
    account "polygons parted by '$break'" 2 2 0 0 --polygons t.csv
done

# a line that comes in several pieces is the line in one
awk 'BEGIN { print "x,y,k"; for (i = 0; i < 1100000; i++) print i % 1009 "," i * 7 % 776 ",all" }' >t.csv
run --size 90x60 --lines --category 3 --grid h.npy --stats -o a.png t.csv
is "a line of a million rows" "0 1100000 total 1100000 inside 0 outside 0 invalid" "$status $(head -n 1 out)"
cp t.csv in
for file in t.csv -; do
    run --size 90x60 --lines --view 0:1008,0:775 --grid g.npy --stats -o a.png $file
    is "and its account, of $file" "0 1100000 total 1100000 inside 0 outside 0 invalid" "$status $(head -n 1 out 2>/dev/null)"
    if cmp -s g.npy h.npy; then pass; else bad "a line in pieces, of $file, is not the line in one$(messages)"; fi
done
rm -f in

# categories of one file, in turn, and a file for each
awk 'BEGIN { for (i = 0; i < 3000; i++) print i "," i * i % 977 "," i % 3 }' >long.csv
for kind in 0 1 2; do awk -F, -v kind=$kind '$3 == kind' long.csv >kind$kind.csv; done
{ for kind in 0 1 2; do cat kind$kind.csv && echo; done; } >rings.csv
for mark in "--lines" "--lines --once" "--lines --width 2" "--area" "--area --aa" "--polygons" "--polygons --aa"; do
    file=long.csv
    case $mark in --polygons*) file=rings.csv ;; esac
    # shellcheck disable=SC2086
    {
        run $mark --size 50x40 --grid g.npy -o b.png --verify kind0.csv kind1.csv kind2.csv
        is "$mark --verify" "0 1" "$status $(grep -c '^verified: 6000 cells equal' out)"
        run $mark --size 50x40 --category 3 --grid h.npy -o a.png $file
        if [ $status -eq 0 ] && cmp -s g.npy h.npy && cmp -s a.png b.png; then pass; else bad "$mark: categories and files differ$(messages)"; fi
        cp $file in
        run $mark --size 50x40 --category 3 --grid h.npy -o a.png -
        if [ $status -eq 0 ] && cmp -s g.npy h.npy; then pass; else bad "$mark of a stream$(messages)"; fi
        rm -f in
        run $mark --size 50x40 --together --grid h.npy -o a.png kind0.csv kind1.csv kind2.csv
        if [ $status -eq 0 ] && cmp -s g.npy h.npy && ! cmp -s a.png b.png; then pass; else bad "$mark --together$(messages)"; fi
        good "$mark of the cities" $mark "$cities"
        good "$mark of one row" $mark c5.csv
        good "$mark of nothing" $mark --view 0:1,0:1 empty.csv
    }
done

# coverage, as <f8: a whole cell, a half, a fourth
printf '0,0.5\n1,0.5\n' >t.csv
value "--width 1" 000000000000f03f --lines --width 1 --view 0:1,0:1 t.csv
value "--aa --lines" 000000000000f03f --lines --aa --view 0:1,0:1 t.csv
value "--width 0.5" 000000000000e03f --lines --width 0.5 --view 0:1,0:1 t.csv
printf '0,0\n1,1\n' >t.csv
value "--area --aa" 000000000000e03f --area --aa --view 0:1,0:1 t.csv
value "--area --aa --baseline" 000000000000e03f --area --aa --view 0:1,0:1 --baseline 1 t.csv
account "an area is counted, not its rows" 1 1 0 0 --area t.csv
printf '0,0\n1,0\n0,1\n' >lower.csv
printf '1,1\n1,0\n0,1\n' >upper.csv
{ cat lower.csv && echo && cat upper.csv; } >both.csv
value "--polygons --aa" 000000000000e03f --polygons --aa --view 0:1,0:1 lower.csv
value "--polygons --aa, a fourth" 000000000000d03f --polygons --aa --view 0:2,0:1 lower.csv
value "--polygons --aa, neighbours" 000000000000f03f --polygons --aa --view 0:1,0:1 both.csv
value "--polygons --aa, files" 000000000000f03f --polygons --aa --view 0:1,0:1 lower.csv upper.csv
printf '0,0,5\n1,0,\n0,1,\n\n1,1,8\n1,0,\n0,1,\n' >t.csv
value "--polygons --aa --reduce mean" 0000000000001a40 --polygons --aa --reduce mean -v 3 --view 0:1,0:1 t.csv
value "--polygons --aa --reduce sum" 0000000000001a40 --polygons --aa --reduce sum -v 3 --view 0:1,0:1 t.csv
value "--polygons --reduce sum" 0000000000002040 --polygons --reduce sum -v 3 --view 0:1,0:1 t.csv

square='1,1\n3,1\n3,3\n1,3\n'
printf "$square" >t.csv
marks "--polygons" "0 0 0 0/0 1 1 0/0 1 1 0/0 0 0 0" --polygons t.csv
printf "$square$square" >t.csv
marks "--polygons, twice around" "0 0 0 0/0 1 1 0/0 1 1 0/0 0 0 0" --polygons t.csv
marks "--polygons --even-odd, twice around" "0 0 0 0/0 0 0 0/0 0 0 0/0 0 0 0" --polygons --even-odd t.csv
printf "$square\n$square" >t.csv
marks "--polygons --even-odd, two" "0 0 0 0/0 2 2 0/0 2 2 0/0 0 0 0" --polygons --even-odd t.csv
printf 'x,y,k\n0,0,p\n2,0,\n2,4,\n0,4,\n\n2,0,q\n4,0,p\n4,4,\n2,4,\n' >t.csv
marks "--polygons --category" "1 1 1 1/1 1 1 1/1 1 1 1/1 1 1 1" --polygons --category k t.csv
printf '0,2\n4,2\n' >t.csv
marks "--area" "1 1 1 1/1 1 1 1/0 0 0 0/0 0 0 0" --area t.csv
marks "--area --baseline" "0 0 0 0/0 0 0 0/1 1 1 1/0 0 0 0" --area --baseline 3 t.csv
marks "--area --baseline=-9" "1 1 1 1/1 1 1 1/0 0 0 0/0 0 0 0" --area --baseline=-9 t.csv
printf '0,8\n1,10\n' >t.csv # in the view 8:10 the two lower cells of four
run --size 1x4 --area --grid g.npy -o a.png t.csv
is "the range of an area has its base" "1 1 1 1 " "$(cells g.npy | tr '\n' ' ')"
run --size 1x4 --area --baseline 18 --grid g.npy -o a.png t.csv
is "and its --baseline" "1 1 1 1 " "$(cells g.npy | tr '\n' ' ')"
printf '1,10\n100,10\n' >t.csv
run --size 1x4 --area --log xy --view 1:100,0.01:100 --grid g.npy -o a.png t.csv
is "an area on a log axis" "0 1 1 1 0 " "$status $(cells g.npy | tr '\n' ' ')"

# binary files
printf '\002\001\001\000' >t.raw
marks "--lines --raw u8" "0 0 0 1/0 1 1 0/1 0 0 0/0 0 0 0" --lines --raw u8 t.raw
printf '\000\002\001\001\003\000' >t.raw
marks "--lines --raw u8xy" "0 0 0 1/0 1 1 0/1 0 0 0/0 0 0 0" --lines --raw u8xy t.raw
marks "--lines --once --raw u8xy" "0 0 0 1/0 1 1 0/1 0 0 0/0 0 0 0" --lines --once --raw u8xy t.raw
cp t.raw in
marks "--lines --raw u8xy of a stream" "0 0 0 1/0 1 1 0/1 0 0 0/0 0 0 0" --lines --raw u8xy -
rm -f in
printf '\000\000\003\000\003\003\000\003' >t.raw
marks "--polygons --raw u8xy" "1 1 1 0/1 1 1 0/1 1 1 0/0 0 0 0" --polygons --raw u8xy t.raw
counts "--lines of .npy" "1 1/0 2" --lines f4.npy
counts "--lines of 64-bit integers" "1 0/0 1" --lines i8.npy

# what is held of a stream has its limit, and plain lines have none
yes 1,2 2>/dev/null | head -n 16777217 | "$tool" -o a.png --bare --size 9x9 --lines --once --view 0:9,0:9 - >out 2>err
status=$?
if [ $status -eq 1 ] && grep -e '256 MiB.*--lines alone' err >/dev/null; then pass; else bad "more than 256 MiB of rows of a mark$(messages)"; fi
yes 1,2 2>/dev/null | head -n 16777217 | "$tool" -o a.png --bare --size 9x9 --lines --stats --view 0:9,0:9 - >out 2>err
is "a long line of a stream" "0 16777217 total 16777217 inside 0 outside 0 invalid" "$? $(head -n 1 out)"

# ---- plots
# drawn NAME ARGUMENTS: exits 0, writes ./a.png of 300 x 220 and says so last, and nothing on standard error
drawn() {
    name=$1
    shift
    rm -f a.png
    run -o a.png --size 300x220 "$@"
    if [ $status -eq 0 ] && [ ! -s err ] && [ "$(tail -n 1 out)" = a.png ] &&
        [ "$(od -An -tu1 -j16 -N8 a.png | tr -s ' ' | sed 's/^ //;s/ $//')" = "0 0 1 44 0 0 0 220" ]; then
        pass
    else
        bad "a plot, $name$(messages)"
    fi
}

# pixels FILE.ppm: "red green blue" of each, in lines
pixels() {
    od -An -v -tu1 -j "$(head -n 3 "$1" | wc -c | tr -d ' ')" "$1" | awk '{
        for (i = 1; i <= NF; i++) printf "%s%s", $i, ++n % 3 ? " " : "\n"
    }'
}

# panel NAME GROUND OPTIONS ARGUMENTS: within the panel of a plot with OPTIONS are the pixels of --bare on GROUND, but
# for grid lines, which go on as ticks outside: there a colour may shine through.
panel() {
    name=$1
    ground=$2
    options=$3
    shift 3
    # shellcheck disable=SC2086
    run --size 300x220 --stats --legend none -o p.ppm $options "$@"
    place=$(sed -n 's/^panel \([0-9]*\)x\([0-9]*\) at \([0-9]*\),\([0-9]*\) of 300x220$/\1 \2 \3 \4/p' out)
    pixels p.ppm >plot
    run --bare --size "$(sed -n 's/^panel \([0-9x]*\) at.*/\1/p' out)" --background "$ground" -o b.ppm "$@"
    pixels b.ppm >bare
    # shellcheck disable=SC2086
    set -- $place
    got=$(awk -v width="$1" -v height="$2" -v left="$3" -v top="$4" '
        function apart(a, b) { return a > b ? a - b : b - a }
        pass == 1 {
            x = n % 300 - left
            y = int(n / 300) - top
            if (n++ == 0) ground = $0
            if (x == -3 && $0 != ground) row[y] = 1
            if (y == height + 2 && $0 != ground) column[x] = 1
            next
        }
        pass == 2 {
            x = m % 300 - left
            y = int(m / 300) - top
            m++
            if (x < 0 || x >= width || y < 0 || y >= height) next
            split($0, plot, " ")
            if ((getline line <"bare") <= 0) { wrong++; next }
            split(line, bare, " ")
            seen[line] = 1
            most = x in column || y in row ? 26 : 0
            for (i = 1; i <= 3; i++) wrong += apart(plot[i], bare[i]) > most
        }
        END {
            for (i in seen) colors++
            for (i in row) lines++
            for (i in column) lines++
            print wrong + 0, (colors > 1), (lines > 1), (getline line <"bare")
        }' pass=1 plot pass=2 plot)
    is "the panel of $name" "0 0 1 1 0" "$status $got"
}

head -n 3000 "$cities" >some.csv
panel "cities" ffffff "" --view -180:180,-60:85 "$cities"
panel "cities at night" 060810 "--background 060810" --view -180:180,-60:85 --shade log --colormap fire --spread 1 some.csv
panel "cities on a dark page" 1a1e23 "--theme dark --title Cities" --view 0:20,40:50 some.csv
panel "cities, spread by themselves" ffffff "--dpi 72" --spread auto --range 0:9 --view 0:20,40:50 some.csv
panel "a mean" ffffff "--title Mean --ylabel =" --reduce mean -v lat --view 0:20,40:50 some.csv
panel "any" ffffff "" --reduce any --log x --view 1:100,0:80 some.csv
panel "text categories" ffffff "" --category kind c.csv
panel "lines" ffffff "--time x" --lines --view 0:3000,0:980 kind0.csv
panel "wide lines" ffffff "" --lines --width 1.5 kind0.csv kind1.csv
panel "one wide line" ffffff "" --lines --width 3 kind0.csv
panel "areas" ffffff "" --area --aa --shade linear kind0.csv
panel "polygons on another ground" 204060 "--background 204060" --polygons lower.csv
panel "polygons on a ground that shines through" 8f7fff "--background 2000ff80" --polygons --aa lower.csv
panel "numbers" ffffff "" f4.npy
panel "raw numbers" ffffff "" --raw f64xy t8.raw
if "$tool" --backend gl --bare --size 8x8 -o a.png some.csv >/dev/null 2>&1; then
    panel "cities, on OpenGL" ffffff "" --backend gl --view 0:20,40:50 some.csv
fi

run --stats --verify -o a.png "$cities"
is "a plot is the default, of 1200x800" "0 1 0 0 4 176 0 0 3 32" \
    "$status $(grep -c '^panel .* of 1200x800$' out) $(od -An -tu1 -j16 -N8 a.png | tr -s ' ' | sed 's/^ //;s/ $//')"
place=$(sed -n 's/^panel \([0-9]*\)x\([0-9]*\) at .*/\1 * \2/p' out)
is "--verify of a plot" 1 "$(grep -c "^verified: $(($place)) cells equal$" out)"
run --bare --stats -o b.png some.csv
is "--bare has no panel" "0 0 1" "$status $(grep -c '^panel' out) $(cmp -s a.png b.png && echo 0 || echo 1)"

drawn "of the cities" some.csv
cp a.png default.plot
cp some.csv in
drawn "of a stream" -x lng -y lat -
if cmp -s a.png default.plot; then pass; else bad "a plot of a stream is another"; fi
rm -f in
for other in "--title x" "--subtitle x" "--xlabel x" "--ylabel y" "--xlabel=" "--theme dark" "--dpi 120" "--overlay" "--time x" \
    "--background ffff80" "--background 00000080" "--shade log" "--view 0:1,0:1" "--spread 1" "--reduce any"; do
    # shellcheck disable=SC2086
    drawn "$other" $other some.csv
    if cmp -s a.png default.plot; then bad "$other does not change the plot"; else pass; fi
done
for same in "--theme light" "--dpi 96" "--xlabel lng" "--ylabel=lat" "--legend auto" "--legend outside" "--title=" "--subtitle=" \
    "--background none" "--background ffffff00" "--threads 1"; do
    # shellcheck disable=SC2086
    drawn "$same" $same some.csv
    if cmp -s a.png default.plot; then pass; else bad "$same is not the plot's default"; fi
done
drawn "title" --title "Cities of the world, $(many 200 w)" --subtitle 'a
b' some.csv
run --size 300x220 -o - some.csv
if [ $status -eq 0 ] && cmp -s out default.plot; then pass; else bad "a plot on standard output$(messages)"; fi
printf '\001\002,"y ""1""\nagain"\n0,0\n1,1\n' >t.csv
drawn "of columns with odd names" t.csv
printf '0,0\n1,1\n' >t.csv
drawn "without a header" t.csv
cp a.png b.png
printf ',\n0,0\n1,1\n' >t.csv
drawn "--xlabel of numbers" --xlabel '' --ylabel '' t.csv
if cmp -s a.png b.png; then pass; else bad "columns without names are named"; fi
drawn "of nothing" --view 0:1,0:1 empty.csv
drawn "of one point" c5.csv
drawn "with an overlay and a legend" --overlay --category kind --legend auto c.csv
drawn "of 256 files" --legend outside many/*.csv
cp a.png b.png
drawn "of 256 files by themselves" many/*.csv
if cmp -s a.png b.png; then pass; else bad "a legend of 256 files is not outside"; fi
awk 'BEGIN { print "x,y,k"; for (i = 0; i < 20; i++) print i "," i ",kind of a kind of a kind of " i }' >t.csv
run --size 200x150 --category k -o a.png t.csv
is "a legend that has no room outside" 0 $status

# times: the same picture by any unit, and another one without
printf 'at,y\n1700000000,0\n1700086400,5\n1700864000,9\n' >t.csv
run --size 600x300 --time x -o 1.png t.csv
run --size 600x300 -o 2.png t.csv
if cmp -s 1.png 2.png; then bad "--time x changes nothing"; else pass; fi
for unit in ms:000 us:000000 ns:000000000; do
    sed "s/^\(1[0-9]*\),/\1${unit#*:},/" t.csv >scaled.csv
    run --size 600x300 --time "x:${unit%:*}" -o 2.png scaled.csv
    if [ $status -eq 0 ] && cmp -s 1.png 2.png; then pass; else bad "--time x:${unit%:*} is not --time x$(messages)"; fi
done

# the legend: names of files and of categories
cp kind0.csv other.csv
mkdir other
cp kind1.csv other/kind0.csv
drawn "of two files" kind0.csv kind1.csv
cp a.png 1.png
drawn "of two files, one by another name" other.csv kind1.csv
if cmp -s a.png 1.png; then bad "the legend does not name the files"; else pass; fi
drawn "of two files named alike" kind0.csv other/kind0.csv
if cmp -s a.png 1.png; then bad "the legend does not tell files named alike"; else pass; fi
drawn "of two files without a legend" --legend none kind0.csv kind1.csv
cp a.png 2.png
drawn "of two files by other names without a legend" --legend none other.csv other/kind0.csv
if cmp -s a.png 2.png && ! cmp -s a.png 1.png; then pass; else bad "--legend none"; fi
for place in top-left top-right bottom-left bottom-right outside; do
    drawn "--legend $place" --legend $place kind0.csv kind1.csv
    if cmp -s a.png 2.png; then bad "--legend $place draws none"; else pass; fi
done
printf 'x,y,k\n0,0,"a\nb"\n1,1,%s\n0,1,\377\n' "$(many 200 z)" >t.csv
drawn "with odd categories" --category k t.csv
drawn "with a category of one file" --category k --theme dark k1.csv
account "dark colours" 2 2 0 0 --category k k1.csv
is "of --bare" "#0072B2" "$(sed -n 's/^category 1 \(.*\) p$/\1/p' out)"
run --stats --theme dark -o a.png --category k k1.csv
is "of a dark plot" "#56B4E9" "$(sed -n 's/^category 1 \(.*\) p$/\1/p' out)"

# what is refused
for option in "--title x" "--subtitle x" "--xlabel x" "--ylabel x" "--theme light" "--dpi 96" "--legend auto" "--time x" "--overlay"; do
    # shellcheck disable=SC2086
    {
        usage "$option --bare" "${option%% *}: with --bare there is no plot" --bare $option some.csv
        usage "$option --grid" "${option%% *}: with --grid, which means --bare, there is no plot" --grid g.npy $option some.csv
    }
done
usage "too narrow a plot" "--size: 199x800 has no room for a plot, which takes 200x150; --bare draws" --size 199x800 some.csv
usage "too low a plot" "--bare" --size 1200x149 some.csv
usage "too small a plot for its --dpi" "takes 400x300 at this --dpi" --size 399x300 --dpi 192 some.csv
run --size 200x150 -o a.png some.csv
is "the smallest plot" "0 a.png" "$status $(tail -n 1 out)"
run --size 400x300 --dpi 192 --title Cities -o a.png some.csv
is "the smallest plot at 192" "0 a.png" "$status $(tail -n 1 out)"
wrong "labels without room" 1 "--size 200x150: pika_plot_layout: width" --size 200x150 --legend outside --category k t.csv
is "and its way out" 1 "$(grep -c -e '--bare draws the grid alone$' err)"
usage "--theme" "light, dark" --theme blue some.csv
for dpi in 23 1201 96.5 ''; do usage "--dpi $dpi" "no whole number from 24 to 1200" --dpi "$dpi" some.csv; done
usage "--legend" "auto, none, top-left, top-right, bottom-left, bottom-right, outside" --legend left some.csv
usage "--time y" "x, x:ms, x:us, x:ns" --time y some.csv
usage "--time of a log axis" "--time: --log xy has no dates" --time x --log xy some.csv
drawn "of times by a log axis" --time x --log y --view 0:1,1:10 some.csv

# ---- what is written, and where
if [ -c /dev/full ] && [ "$windows" -eq 0 ]; then
    for options in "-o /dev/full" "-o /dev/full --size 1200x800" "-o a.png --grid /dev/full --size 1200x800"; do
        echo old >a.png
        # shellcheck disable=SC2086
        run $options "$cities"
        is "a full disk: $options" "1 1 old" "$status $(grep -c '/dev/full: No space' err) $(cat a.png)"
    done
    "$tool" --bare --size 20x10 -o - "$cities" 2>err >/dev/full
    is "a full disk: -o -" "1 1" "$? $(grep -c 'standard output' err)"
    "$tool" --bare --size 20x10 -o a.png "$cities" 2>err >/dev/full
    is "a full disk: the path" "1 1" "$? $(grep -c 'standard output' err)"
    "$tool" --help 2>err >/dev/full
    is "a full disk: --help" 1 $?
else
    skip "a full disk: no /dev/full"
fi
if [ "$windows" -eq 0 ]; then # a Windows program would replace it
    run --bare --size 20x10 -o /dev/null "$cities"
    is "/dev/null" "0 /dev/null yes" "$status $(tail -n 1 out) $([ -c /dev/null ] && echo yes)"
fi
run -o nosuch/a.png "$cities"
is "no such folder" "1 1" "$status $(grep -c 'nosuch/a.png: No such file' err)"
run -o elsewhere "$cities"
is "a folder as output" "1 1" "$status $(grep -c 'elsewhere: is a folder' err)"
run -o nosuch/ "$cities"
is "a folder that is not there" 1 $status
run --grid nosuch/g.npy -o a.png "$cities"
is "no such folder for --grid" 1 $status
# a folder where nobody may write: root may, but not in /sys
sealed=sealed
mkdir sealed
chmod 555 sealed
if (: >sealed/probe) 2>/dev/null; then
    rm -f sealed/probe
    sealed=/sys
fi
if [ -d $sealed ] && ! (: >$sealed/probe) 2>/dev/null; then
    run -o $sealed/a.png "$cities"
    is "a read-only folder" "1 1" "$status $(grep -c "$sealed/a.png: Permission denied" err)"
else
    skip "a read-only folder: this user may write anywhere"
fi
cp t8.raw same.png
run --raw f64xy -o same.png same.png
is "the output is the input" "1 1" "$status $(grep -c 'is the file that is read' err)"
if cmp -s t8.raw same.png; then pass; else bad "the input was overwritten"; fi
(cd elsewhere && cp ../t8.raw in.raw && ln -s in.raw link.png 2>/dev/null && "$tool" --raw f64xy -o link.png in.raw 2>/dev/null)
is "the output is a link to the input" 1 $?
echo old >real.png
if [ "$windows" -ne 0 ]; then
    :
elif ln -s real.png link.png 2>/dev/null; then
    run --bare --size 40x30 -o link.png "$cities"
    if [ $status -eq 0 ] && [ -h link.png ] && cmp -s real.png default.png; then pass; else bad "a link is followed$(messages)"; fi
else
    skip "links: none here"
fi
chmod 600 real.png
run --bare --size 40x30 -o real.png "$cities"
[ "$windows" -ne 0 ] || case $(ls -l real.png) in -rw-------*) pass ;; *) bad "permissions of a replaced file change" ;; esac
printf 'x,y\n1,\n' >t.csv
wrong "a failure with --grid" 1 "no row" --grid g3.npy t.csv
is "and no grid is left" "" "$(ls g3.npy 2>/dev/null)"
is "no temporaries are left" "" "$(ls ./*.tmp elsewhere/*.tmp 2>/dev/null)"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
