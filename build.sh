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
  examples      build and run the examples: their pictures are in build/; those of the README in examples/gallery
  test [NAME]   run the tests: all, one part (header unit stub gl tool compare strtod examples, or
                readme), or the unit tests with NAME in their name
  bench [...]   run the benchmark: bench --table, bench --filter "gaussian 1024", bench --help
  bench gl ...  run that of pika_gl.h: bench gl --table, bench gl --help
  check [NAME]  everything that CI runs: compilers, machines, sanitizers, budgets; NAME is part of a name
  clean         remove build/
Environment: CC (default: the first of cc gcc clang tcc), CFLAGS (default -O2), LDFLAGS,
  PIKA_JOBS (programs built at a time, default one per core, at most 4),
  PIKA_TEST_OPTIONS (of build/test_main, as --quick, --isa NAME, --seed N),
  PIKA_REQUIRE=all (test, check: what this machine lacks counts as a failure)
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

# Whether build/tmp/probe.c becomes a program with these libraries.
links() {
    run_cc $CFLAGS $compiler_flags build/tmp/probe.c -o build/tmp/probe $LDFLAGS "$@" >build/tmp/probe.log 2>&1
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
        dl_library=$(sed -n 3p build/compiler)
        return
    fi
    echo 'int main(void) { for (int i = 0; i < 1; i++) {} return 0; }' >build/tmp/probe.c
    for compiler_flags in -pthread '' '-std=gnu99 -pthread' -std=gnu99 none; do
        [ "$compiler_flags" = none ] && break
        links && break
    done
    if [ "$compiler_flags" = none ]; then
        cat build/tmp/probe.log >&2
        die "$CC does not compile C99"
    fi
    echo '#include <dlfcn.h>
int main(void) { return dlopen("", RTLD_NOW) != 0; }' >build/tmp/probe.c
    dl_library= # where libc has no dlopen
    if ! links && links -ldl; then dl_library=-ldl; fi
    printf '%s\n%s\n%s\n' "$compiler_key" "$compiler_flags" "$dl_library" >build/compiler
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

# The flags of the window library that gl_window uses, or a failure.
find_glfw() {
    echo '#define GLFW_INCLUDE_GLCOREARB
#include <GLFW/glfw3.h>
int main(void) { return !glfwInit(); }' >build/tmp/probe.c
    for glfw_flags in "$(pkg-config --cflags --libs glfw3 2>/dev/null)" -lglfw; do
        glfw_flags="$glfw_flags -lGL"
        links $glfw_flags && return
    done
    return 1
}

# The package that a program cannot be built without and that is not here; nothing where all is here.
lacking() {
    case $1 in
    gl_window) find_glfw || echo "libglfw3-dev libgl-dev" ;;
    gl_glad) command -v glad >/dev/null 2>&1 || echo python3-glad ;;
    text_truetype) # it is built and runs without, too
        printf '#include <stb/stb_truetype.h>\n' | $CC -E - >/dev/null 2>&1 || echo libstb-dev
        ;;
    esac
}

# The long ones first, so that the last job is a short one.
all_programs() {
    echo test_main
    echo test_gl
    example_names
    echo pika
    echo strtod
    echo bench_compare
    echo check_header
}

# Programs that use pika as it is share one implementation, build/pika.o: it takes most of the time to compile. To
# them it looks as if it had been included before. By itself each compiles as its first comment says.
shared='-DPIKA__IMPLEMENTED build/pika.o'
shared_gl="-DPIKA_GL__IMPLEMENTED build/pika_gl.o $shared" # and OpenGL's

# Whether a program has an implementation of its own, or none; of the examples those that configure pika.
is_alone() {
    case $1 in
    test_main | bench | bench_compare | check_header) ;;
    pika | strtod | test_gl) return 1 ;;
    *) sed -n 's/^#define PIKA_\(GL_\)\{0,1\}//p' "examples/$1.c" | grep -q -v '^IMPLEMENTATION' ;;
    esac
}

build_program() {
    case $1 in
    pika.o)
        [ -f build/pika.c ] || printf '#define PIKA_IMPLEMENTATION\n#include "pika.h"\n' >build/pika.c
        compile build/pika.o -c build/pika.c pika.h
        ;;
    pika_gl.o)
        [ -f build/pika_gl.c ] || printf '#define PIKA_GL_IMPLEMENTATION\n#include "pika_gl.h"\n' >build/pika_gl.c
        compile build/pika_gl.o -c build/pika_gl.c pika_gl.h pika.h
        ;;
    test_main) compile build/test_main -lm tests/test_main.c pika.h pika_gl.h tests ;;
    test_gl) # the time is in the objects and the driver
        compile build/test_gl "-O0 $shared_gl -lm $dl_library" tests/test_gl.c pika.h pika_gl.h tests
        ;;
    pika) compile build/pika "$shared_gl $dl_library" tools/pika.c pika.h pika_gl.h ;;
    strtod) compile build/strtod "$shared_gl $dl_library" tests/tool/strtod.c pika.h pika_gl.h tools/pika.c ;;
    bench_compare) compile build/bench_compare "" tools/bench_compare.c ;;
    check_header) compile build/check_header "" tools/check_header.c ;;
    bench) compile build/bench "$bench_flags -lm" bench/bench.c pika.h bench ;;
    gl_offscreen) compile build/gl_offscreen "$shared_gl $dl_library" examples/gl_offscreen.c pika.h pika_gl.h ;;
    gl_window)
        find_glfw
        compile build/gl_window "$shared_gl $glfw_flags" examples/gl_window.c pika.h pika_gl.h
        ;;
    gl_glad)
        [ -f build/glad/include/glad/gl.h ] || make_glad || return 1
        compile build/gl_glad "$shared_gl -Ibuild/glad/include $dl_library" examples/gl_glad.c pika.h pika_gl.h
        ;;
    *)
        libraries=$shared
        if is_alone "$1"; then libraries=; fi
        if [ "$1" = text_truetype ]; then libraries="$libraries -lm"; fi
        compile "build/$1" "$libraries" "examples/$1.c" pika.h
        ;;
    esac
}

# The loader of gl_glad, by the command in its first comment.
make_glad() {
    $(sed -n 's/^ *Loader: *//p' examples/gl_glad.c) >build/tmp/glad.log 2>&1
    [ ! -f build/glad/include/glad/gl.h ] || return 0
    cat build/tmp/glad.log
    echo "build.sh: glad makes no loader for examples/gl_glad.c" >&2
    return 1
}

build() {
    find_compiler
    alone='' sharing=''
    for program do
        package=$(lacking "$program")
        if [ -n "$package" ]; then
            echo "not built: $program needs package $package"
        elif is_alone "$program"; then
            alone="$alone $program"
        else
            sharing="$sharing $program"
        fi
    done
    [ -z "$sharing" ] || alone="pika.o $alone pika_gl.o"
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
    if [ "${1:-}" = gl ]; then
        shift
        exec $shell bench/gl.sh "$@"
    fi
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
# count_absent NAME PACKAGES: it cannot run here, and what would bring it.
count_absent() {
    if [ "${PIKA_REQUIRE:-}" = all ]; then
        count_failure "$1: needs package $2"
    else
        skipped=$((skipped + 1))
        echo "skip $1: needs package $2"
    fi
}
end_count() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ $failed = 0 ]
}

# has_gl PART: whether there is an OpenGL driver that draws without a window; if not, the tool says what it lacks.
gl_packages='libegl1 libgl1-mesa-dri'
has_gl() {
    log_gl=build/tmp/has_gl.$1
    build/pika --backend gl --bare --size 8x8 -o "$log_gl.png" examples/data/cities.csv >"$log_gl" 2>&1 && return
    cat "$log_gl"
    ! grep -q '^pika: --backend gl: ' "$log_gl" # any other end is for a test to find
}

# On the driver that there is, by OpenGL, or by OpenGL ES where it has no other; `check gl` runs both. The counts are
# the program's own.
test_gl() {
    begin_count
    if ! has_gl gl; then
        count_absent gl "$gl_packages"
        end_count
        return
    fi
    gl_status=0
    build/test_gl --quick >build/tmp/test_gl.out 2>&1 || gl_status=$?
    cat build/tmp/test_gl.out
    if tail -n 1 build/tmp/test_gl.out | grep -q '^[0-9]* passed, [0-9]* failed, [0-9]* skipped$'; then
        read -r p ignored f ignored s ignored <<END
$(tail -n 1 build/tmp/test_gl.out)
END
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        [ $gl_status = 0 ] || [ "$f" != 0 ] || count_failure "gl: test_gl ends with status $gl_status"
    else
        count_failure "gl: test_gl ends with status $gl_status and without its count"
    fi
    end_count
}

# Every example runs in build/ and leaves a picture there.
test_examples() {
    begin_count
    for example in $(example_names); do
        rm -f "build/$example".p[np][gm]
        set -- "./$example"
        package=$(lacking "$example")
        case $example in
        cities) set -- ./cities ../examples/data/cities.csv ;;
        trace) set -- ./trace trace.png 2000000 ;; # of 100 million samples
        gl_glad) has_gl examples || package=$gl_packages ;;
        gl_window)
            # xvfb-run does not bear a space in TMPDIR
            set -- env TMPDIR=tmp xvfb-run -a ./gl_window 1000000 --frames 8 --picture gl_window.png
            command -v xvfb-run >/dev/null 2>&1 && command -v xauth >/dev/null 2>&1 || package="$package xvfb xauth"
            ;;
        esac
        if [ -n "$package" ]; then
            count_absent "example $example" "$package"
        elif ! (cd build && "$@" >"tmp/$example.out" 2>&1); then
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
    header) build/check_header pika.h pika_gl.h ;;
    unit) build/test_main ${PIKA_TEST_OPTIONS:-} --without gl_stub ;; # that is the other long one
    stub) build/test_main ${PIKA_TEST_OPTIONS:-} gl_stub ;;
    gl) test_gl ;;
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
    '') set -- unit stub gl readme tool examples compare strtod header && needed=$(all_programs) ;;
    header) needed=check_header ;;
    gl) needed='test_gl pika' ;;
    tool) needed=pika ;;
    compare) needed=bench_compare ;;
    strtod) needed=strtod ;;
    examples) needed="$(example_names) pika" ;;
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
    if grep -q '^skip .*: needs package ' build/results/*.log; then
        echo
        echo "Skipped, and what brings it:"
        sed -n 's/^skip \(.*\): needs package \(.*\)/  \1: apt-get install \2/p' build/results/*.log
    fi
    sum_results
}

# ---- targets --------------------------------------------------------------------------------------------

draw_cities() {
    build pika || exit 1
    build/pika --stats --title "Cities of the world" --xlabel longitude --ylabel latitude \
        --subtitle "171,075 places of more than 1,000 inhabitants. Data: GeoNames, CC BY 4.0" --theme dark --background 060810 \
        --size 1600x690 --view -180:180,-60:85 --shade log --range 0.51:10 --colormap fire --spread 1 \
        -o build/cities.png examples/data/cities.csv # says last where the picture is
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
examples) run_tests examples ;;
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
