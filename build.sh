#!/bin/sh
# Builds and tests pika with any C99 compiler: ./build.sh help
# Plain POSIX sh; writes only under build/. The matrix of compilers and machines is tests/check/check.sh.
set -u
unset CDPATH
LC_ALL=C
export LC_ALL
case $0 in */*) cd "${0%/*}" || exit 1 ;; esac
root=$(pwd)

usage() {
    cat <<'END'
usage: ./build.sh [target]
  (none)        build the tool, the examples and the tests into build/
  run           draw the cities of the world with build/pika; the picture's path is the last line
  test [NAME]   run the tests: all, one part (header unit tool compare strtod examples readme), or the
                unit tests with NAME in their name
  bench [...]   run the benchmark: bench --table, bench --filter "gaussian 1024", bench --help
  check [NAME]  everything that CI runs: compilers, machines, sanitizers, budgets; NAME is part of a name
  clean         remove build/
Environment: CC (default: the first of cc gcc clang tcc), CFLAGS (default -O2), LDFLAGS,
  PIKA_JOBS (programs built at a time, default one per core, at most 4),
  PIKA_TEST_OPTIONS (of build/test_main, as --quick, --isa NAME, --seed N),
  PIKA_REQUIRE=all (check: what this machine lacks counts as a failure)
END
}

die() {
    echo "build.sh: $*" >&2
    exit 1
}

# ---- jobs: functions run on names, several at a time ----------------------------------------------------

# Runs FUNCTION NAME for each name; every worker takes the next name that nobody has taken. Fails if one failed.
run_jobs() {
    job_function=$1
    shift
    queue=build/tmp/queue.$$ # another ./build.sh may be running
    rm -rf $queue
    mkdir -p $queue || exit 1
    trap 'rm -rf $queue; exit 130' INT TERM HUP # the workers do not hear it; without the folder they take no more
    worker=0
    while [ $worker -lt "$jobs" ]; do
        (
            for name do
                mkdir "$queue/$name" 2>/dev/null || continue
                $job_function "$name" # a plain command, so that `set -e` works in it
                [ $? = 0 ] || : >"$queue/$name/failed"
            done
        ) &
        worker=$((worker + 1))
    done
    wait
    failures=$(find $queue -name failed)
    rm -rf $queue
    [ -z "$failures" ]
}

# ---- the compiler ---------------------------------------------------------------------------------------

# $CC may be a path with spaces or a command with arguments.
run_cc() {
    if command -v "$CC" >/dev/null 2>&1; then
        "$CC" "$@"
    else
        $CC "$@"
    fi
}

# Finds the compiler and the flags it needs for C99 and threads; remembers both in build/compiler.
find_compiler() {
    if [ -z "${CC:-}" ]; then
        for CC in cc gcc clang tcc ''; do
            command -v "${CC:-none}" >/dev/null 2>&1 && break
        done
    fi
    [ -n "$CC" ] || die "no C compiler found: install gcc, clang or tcc, or set CC"
    : "${CFLAGS=-O2}" "${LDFLAGS=}"
    version=$(run_cc --version 2>/dev/null | sed -n 1p)
    compiler_key="$CC | $version | $CFLAGS | $LDFLAGS"
    mkdir -p build/stamps build/tmp || exit 1
    TMPDIR=$root/build/tmp
    export CC CFLAGS LDFLAGS TMPDIR
    if [ -f build/compiler ] && [ "$(sed -n 1p build/compiler)" = "$compiler_key" ]; then
        compiler_flags=$(sed -n 2p build/compiler)
        return
    fi
    echo 'int main(void) { for (int i = 0; i < 1; i++) {} return 0; }' >build/tmp/probe.c
    for compiler_flags in -pthread '' '-std=gnu99 -pthread' -std=gnu99 none; do
        [ "$compiler_flags" = none ] && break
        run_cc $CFLAGS $compiler_flags build/tmp/probe.c -o build/tmp/probe $LDFLAGS >build/tmp/probe.log 2>&1 && break
    done
    if [ "$compiler_flags" = none ]; then
        cat build/tmp/probe.log >&2
        die "$CC does not compile C99"
    fi
    printf '%s\n%s\n' "$compiler_key" "$compiler_flags" >build/compiler
}

# compile OUT LIBRARIES SOURCE [FILE-OR-FOLDER...]: builds OUT from SOURCE unless it is newer than SOURCE and the C
# files named after it, and was built by the same command.
compile() {
    out=$1 libraries=$2 source=$3
    shift 2
    stamp=build/stamps/${out##*/}
    command="$compiler_key | $compiler_flags | $source $libraries"
    if [ -f "$out" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$command" ] &&
        [ -z "$(find "$@" -type f -name '*.[ch]*' -newer "$stamp")" ]; then
        return 0
    fi
    echo "building $out"
    printf '%s\n' "$command" >"$stamp.new" # before the compiler reads: what changes from here on is newer
    log=build/tmp/${out##*/}.log
    if run_cc $CFLAGS $compiler_flags -I. "$source" -o "$out" $LDFLAGS $libraries >"$log" 2>&1; then
        cat "$log"
        mv -f "$stamp.new" "$stamp"
    else
        cat "$log"
        echo "build.sh: $source does not compile with $CC" >&2
        return 1
    fi
}

# ---- what there is to build -----------------------------------------------------------------------------

example_names() {
    for source in examples/*.c; do
        [ -f "$source" ] && basename "$source" .c
    done
}

# The long ones first, so that the last job is a short one.
all_programs() {
    echo test_main
    example_names
    echo pika
    echo strtod
    echo bench_compare
    echo check_header
}

# Programs that use pika as it is share one implementation, build/pika.o: it takes most of the time to compile. To
# them it looks as if it had been included before. By itself each compiles as its first comment says.
shared='-DPIKA__IMPLEMENTED build/pika.o'

# Whether a program has an implementation of its own, or none; of the examples those that configure pika.
is_alone() {
    case $1 in
    test_main | bench | bench_compare | check_header) ;;
    pika | strtod) return 1 ;;
    *) grep -q '^#define PIKA_[^I]' "examples/$1.c" ;;
    esac
}

build_program() {
    case $1 in
    pika.o)
        [ -f build/pika.c ] || printf '#define PIKA_IMPLEMENTATION\n#include "pika.h"\n' >build/pika.c
        compile build/pika.o -c build/pika.c pika.h
        ;;
    test_main) compile build/test_main -lm tests/test_main.c pika.h tests ;;
    pika) compile build/pika "$shared" tools/pika.c pika.h ;;
    strtod) compile build/strtod "$shared" tests/tool/strtod.c pika.h tools/pika.c ;;
    bench_compare) compile build/bench_compare "" tools/bench_compare.c ;;
    check_header) compile build/check_header "" tools/check_header.c ;;
    bench) compile build/bench "$bench_flags -lm" bench/bench.c pika.h bench ;;
    *)
        libraries=$shared
        if is_alone "$1"; then libraries=; fi
        compile "build/$1" "$libraries" "examples/$1.c" pika.h
        ;;
    esac
}

build() {
    find_compiler
    alone='' sharing=''
    for program do
        if is_alone "$program"; then alone="$alone $program"; else sharing="$sharing $program"; fi
    done
    [ -z "$sharing" ] || alone="pika.o $alone"
    run_jobs build_program $alone && run_jobs build_program $sharing
}

# ---- the benchmark --------------------------------------------------------------------------------------

# Its plain loops are compiled as one would who wants them fast, and pika with them; $CFLAGS decides where it is set.
find_bench_flags() {
    flags_given=${CFLAGS:+yes}
    find_compiler
    echo 'int main(void) { return 0; }' >build/tmp/probe_bench.c
    for bench_flags in '-O3 -march=native' -O3 ''; do
        [ -z "$flags_given" ] || bench_flags=
        run_cc $CFLAGS $bench_flags build/tmp/probe_bench.c -o build/tmp/probe >build/tmp/probe.log 2>&1 && break
    done
}

# build_peer NAME SOURCE HEADER [LIBRARY...]: the program that measures a library, unless a file with its header does
# not link. The benchmark says who is absent, and the package.
build_peer() {
    out=build/peer_$1 source=bench/peers/$2 probe=build/tmp/probe_$2
    printf '#include <%s>\nint main(void) { return 0; }\n' "$3" >"$probe"
    shift 3
    if [ -f "$out" ] || run_cc $CFLAGS "$probe" -o build/tmp/probe $LDFLAGS "$@" >build/tmp/probe.log 2>&1; then
        compile "$out" "$bench_flags $*" "$source" bench/peers
    fi
}

build_peers() (
    build_peer gsl gsl.c gsl/gsl_histogram2d.h -lgsl -lgslcblas -lm || exit 1
    build_peer cairo cairo.c cairo/cairo.h -lcairo || exit 1
    CFLAGS=${CXXFLAGS:--O2} compiler_flags=
    for CC in ${CXX:-c++ g++ clang++}; do
        command -v "$CC" >/dev/null 2>&1 || continue
        compiler_key="$CC | $CFLAGS | $LDFLAGS"
        build_peer boost boost.cpp boost/histogram/fwd.hpp
        exit
    done
)

run_bench() {
    find_bench_flags
    run_jobs build_program bench && build_peers || exit 1
    PIKA_BENCH_FLAGS="$CFLAGS $bench_flags" build/bench "$@"
}

# ---- tests ----------------------------------------------------------------------------------------------

# Counted by the parts below that are not programs of their own.
begin_count() { passed=0 failed=0 skipped=0; }
count_ok() { passed=$((passed + 1)); }
count_failure() {
    failed=$((failed + 1))
    echo "FAIL $*"
}
end_count() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ $failed = 0 ]
}

# Every example runs in build/ and leaves a picture there.
test_examples() {
    begin_count
    for example in $(example_names); do
        rm -f "build/$example".p[np][gm]
        set --
        [ "$example" != cities ] || set -- ../examples/data/cities.csv
        if ! (cd build && "./$example" "$@" >"tmp/$example.out" 2>&1); then
            cat "build/tmp/$example.out"
            count_failure "example $example"
        elif [ -z "$(find build -name "$example.p[np][gm]" -size +0)" ]; then
            count_failure "example $example: no picture $example.png or .ppm in build/"
        else
            count_ok
        fi
    done
    end_count
}

# Its own count is of numbers, hundreds of thousands; here it is one test.
test_strtod() {
    begin_count
    if build/strtod 300000 >build/tmp/strtod.out 2>&1; then
        count_ok
    else
        count_failure "strtod: $(tail -n 25 build/tmp/strtod.out)"
    fi
    tail -n 1 build/tmp/strtod.out | sed 's/^/numbers: /'
    end_count
}

test_part() {
    case $1 in
    header) build/check_header pika.h ;;
    unit) build/test_main ${PIKA_TEST_OPTIONS:-} ;;
    tool) $shell tests/test_tool.sh build/pika . build/tmp/tool ;;
    compare) $shell tests/test_compare.sh build/bench_compare . build/tmp/compare ;;
    strtod) test_strtod ;;
    examples) test_examples ;;
    readme) $shell tests/check/readme.sh . build/readme ;;
    *) build/test_main ${PIKA_TEST_OPTIONS:-} "$1" ;;
    esac
}

# Runs one part with its output in a file, so that parts can run side by side, and shows it whole.
run_part() {
    log=build/results/$1.log
    test_part "$1" >"$log" 2>&1
    status=$?
    # what a part that ended without its own count, or with a bad status and no failure, adds: one failure
    case $(tail -n 1 "$log") in
    *' passed, 0 failed, '*' skipped') [ $status = 0 ] || echo "0 passed, 1 failed, 0 skipped" >>"$log" ;;
    *' passed, '*' failed, '*' skipped') ;;
    *) echo "ended with status $status
0 passed, 1 failed, 0 skipped" >>"$log" ;;
    esac
    echo "== $1"
    cat "$log"
}

# The sum of the last lines of all logs, as the last line.
sum_results() {
    for log in build/results/*.log; do
        tail -n 1 "$log"
    done | awk '{ p += $1; f += $3; s += $5 }
        END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }'
}

run_tests() {
    case ${1:-} in
    '') set -- unit readme tool examples compare strtod header && needed=$(all_programs) ;;
    header) needed=check_header ;;
    tool) needed=pika ;;
    compare) needed=bench_compare ;;
    strtod) needed=strtod ;;
    examples) needed=$(example_names) ;;
    readme) needed=$(all_programs) ;;
    *) needed=test_main ;;
    esac
    if ! build $needed; then
        echo "0 passed, 1 failed, 0 skipped"
        exit 1
    fi
    rm -rf build/results
    mkdir -p build/results
    run_jobs run_part "$@"
    sum_results
}

# ---- targets --------------------------------------------------------------------------------------------

draw_cities() {
    build pika || exit 1
    build/pika --stats --bare --size 1600x800 --view -180:180,-60:85 --shade log --range -1:12 --colormap fire \
        --spread 1 --background 060810 -o build/cities.png examples/data/cities.csv # says last where the picture is
}

shell=${PIKA_SH:-sh}
jobs=${PIKA_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
[ "$jobs" -ge 1 ] 2>/dev/null || jobs=2
[ -n "${PIKA_JOBS:-}" ] || [ "$jobs" -le 4 ] || jobs=4

target=${1:-build}
[ $# = 0 ] || shift
case $target in
build) build $(all_programs) ;;
run) draw_cities ;;
test) run_tests "$@" ;;
bench)
    [ -f bench/bench.c ] || die "there is no bench yet: bench/bench.c is missing"
    run_bench "$@"
    ;;
check)
    find_compiler
    . ./tests/check/check.sh
    ;;
clean) rm -rf build ;;
help | -h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
