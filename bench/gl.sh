#!/bin/sh
# gl.sh - builds the benchmark of pika_gl.h, and its CUDA peer where nvcc is, and runs it
# Usage: bench/gl.sh [OPTION...]   the options of build/bench_gl: --table, --filter "clustered 1024 auto", --help
#   none: the figures to reach, then the matrix; its rows go to build/gl.json
#   --build    builds alone
# Environment: CC (default: the first of cc gcc clang), CFLAGS (default -O3 -march=native), NVCC (default: nvcc, or
#   that of /usr/local/cuda). Needs Linux, libEGL.so.1 and a driver; runs without a window.
# Exit code: 0; 1 it does not build, a grid differs from the CPU's or a call failed; 2 wrong usage. POSIX sh.
set -u
unset CDPATH
case $0 in */*) cd "${0%/*}/.." || exit 1 ;; *) cd .. || exit 1 ;; esac

die() {
    echo "gl.sh: $*" >&2
    exit 1
}

# the first of the commands that is here
first_of() {
    for found do
        if command -v "$found" >/dev/null 2>&1; then
            echo "$found"
            return
        fi
    done
}

# is_built OUT FILE...: whether it is there and no file, or C file in a folder, is newer
is_built() {
    out=$1
    shift
    [ -f "$out" ] && [ -z "$(find "$@" -type f -name '*.[ch]*' -newer "$out")" ]
}

# $CC and the flags may be several words. dlopen is part of libc on some systems, where there is no -ldl.
build_bench() {
    echo 'int main(void) { return 0; }' >build/tmp/probe_gl.c
    for flags in "${CFLAGS:--O3 -march=native}" "${CFLAGS:--O3}"; do
        $CC $flags build/tmp/probe_gl.c -o build/tmp/probe_gl >build/tmp/gl.log 2>&1 && break
    done
    library=-ldl
    $CC $flags build/tmp/probe_gl.c -o build/tmp/probe_gl $library >>build/tmp/gl.log 2>&1 || library=
    built_with=$(cat build/tmp/gl.flags 2>/dev/null)
    is_built build/bench_gl pika.h pika_gl.h bench tests/egl.h && [ "$CC $flags" = "$built_with" ] && return
    echo "building build/bench_gl"
    $CC $flags -I. bench/gl.c -o build/bench_gl -pthread -lm $library || die "bench/gl.c does not compile with $CC"
    echo "$CC $flags" >build/tmp/gl.flags
}

# Without a GPU nvcc knows of no native one; it then compiles for what it supports by itself.
build_peer() {
    nvcc=${NVCC:-$(first_of nvcc /usr/local/cuda/bin/nvcc)}
    if [ -z "$nvcc" ]; then
        echo "nvcc is not here: CUDA is not measured"
        return
    fi
    is_built build/peer_cuda bench/peers/cuda.cu && return
    echo "building build/peer_cuda"
    for target in -arch=native ''; do
        "$nvcc" -O3 -std=c++17 $target bench/peers/cuda.cu -o build/peer_cuda >build/tmp/cuda.log 2>&1 && return
    done
    cat build/tmp/cuda.log >&2
    die "bench/peers/cuda.cu does not compile with $nvcc"
}

CC=${CC:-$(first_of cc gcc clang)}
[ -n "$CC" ] || die "no C compiler found: install gcc or clang, or set CC"
mkdir -p build/tmp || exit 1
build_bench
build_peer
PIKA_BENCH_FLAGS=$flags
export PIKA_BENCH_FLAGS
if [ "${1:-}" = --build ]; then exit 0; fi
if [ $# -gt 0 ]; then exec build/bench_gl "$@"; fi
status=0
build/bench_gl --table || status=1
build/bench_gl --json build/gl.json || status=1
exit $status
