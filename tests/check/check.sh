# check.sh - everything that CI runs; read by ./build.sh check [part of a name...], with its functions.
# One item, one line: ok NAME, FAIL NAME (and the end of its log), or skip NAME: needs package PKG. Logs and
# everything else it writes are under build/check/. Linux; POSIX sh.

check_root=build/check

warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wcast-qual
-Wcast-align -Wundef -Wvla -Wformat=2 -Wframe-larger-than=8192 -Werror'
warnings_of_c="$warnings -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition"

# ---- inside an item -------------------------------------------------------------------------------------

# Ends the item as skipped; the argument is what to install.
skip() {
    echo "$*" >"$work/skip"
    exit 77
}

need() { command -v "$1" >/dev/null 2>&1 || skip "$2"; }

first_word() { echo "$1"; }

# fill_row TABLE NAME: the columns of the table's row into package, compiler, runner, options.
fill_row() {
    row=$($1 | grep "^ *$2 *|")
    IFS='|' read -r ignored package compiler runner options <<END
$row
END
    package=$(echo $package) compiler=$(echo $compiler) runner=$(echo $runner) options=$(echo $options)
    need "$(first_word $compiler)" "$package"
    if [ -n "$runner" ]; then
        need "$(first_word $runner)" "$package"
    fi
    echo 'int main(void) { return 0; }' >"$work/empty.c"
    $compiler "$work/empty.c" -o "$work/empty" >"$work/empty.log" 2>&1 || skip "$package"
}

# Both headers' implementations as files of their own.
write_implementations() {
    printf '#define PIKA_IMPLEMENTATION\n#include "pika.h"\n' >"$work/implementation.c"
    printf '#define PIKA_GL_IMPLEMENTATION\n#include "pika_gl.h"\n' >"$work/implementation_gl.c"
}

# The last line of a test's log says that nothing failed and something passed. A status alone proves nothing: wine
# given a program that it cannot run prints nothing and succeeds.
passed() {
    cat "$1"
    tail -n 1 "$1" | tr -d '\r' | grep -q '^[1-9][0-9]* passed, 0 failed, [0-9]* skipped$'
}

# ---- warnings -------------------------------------------------------------------------------------------

warn_table() {
    for std in c99 c11 gnu17 c2x; do
        echo "gcc-$std | gcc | gcc -std=$std"
        echo "clang-14-$std | clang | clang-14 -std=$std"
        echo "clang-19-$std | clang-19 | clang-19 -std=$std"
    done
    for std in c++11 c++20; do
        echo "g++-$std | g++ | g++ -std=$std -x c++"
        echo "clang++-14-$std | clang | clang++-14 -std=$std -x c++"
        echo "clang++-19-$std | clang-19 | clang++-19 -std=$std -x c++"
    done
    cat <<'END'
m32          | lib32gcc-12-dev libc6-dev-i386 | gcc -std=c99 -m32 -msse2 -mfpmath=sse
m32-x87      | lib32gcc-12-dev libc6-dev-i386 | gcc -std=c99 -m32 -mno-sse
musl         | musl-tools | musl-gcc -std=c99
aarch64      | gcc-aarch64-linux-gnu libc6-dev-arm64-cross | aarch64-linux-gnu-gcc -std=c99
aarch64-19   | clang-19 libc6-dev-arm64-cross | clang-19 --target=aarch64-linux-gnu -std=c99
armhf        | gcc-arm-linux-gnueabihf libc6-dev-armhf-cross | arm-linux-gnueabihf-gcc -std=c99
armhf-neon   | gcc-arm-linux-gnueabihf libc6-dev-armhf-cross | arm-linux-gnueabihf-gcc -std=c99 -mfpu=neon-vfpv4
s390x        | gcc-s390x-linux-gnu libc6-dev-s390x-cross | s390x-linux-gnu-gcc -std=gnu99
mingw        | gcc-mingw-w64-x86-64-win32 | x86_64-w64-mingw32-gcc-win32 -std=c99
mingw-avx    | gcc-mingw-w64-x86-64-win32 | x86_64-w64-mingw32-gcc-win32 -std=c99 -DPIKA_FORCE_MINGW_AVX
mingw-c++    | g++-mingw-w64-x86-64-win32 | x86_64-w64-mingw32-g++-win32 -std=c++11 -x c++
mingw-19     | clang-19 gcc-mingw-w64-x86-64-win32 | clang-19 --target=x86_64-w64-mingw32 -std=c99
i686-mingw   | gcc-mingw-w64-i686-win32 | i686-w64-mingw32-gcc-win32 -std=c99
wasm         | clang-19 wasi-libc | clang-19 --target=wasm32-wasi -std=c99 -DPIKA_NO_THREADS
wasm-simd    | clang-19 wasi-libc | clang-19 --target=wasm32-wasi -std=c99 -DPIKA_NO_THREADS -msimd128
END
}

# The implementation and the declarations alone, every warning an error, at the levels that see different things.
item_warn() {
    row=$(warn_table | grep "^$1 *|")
    IFS='|' read -r ignored package compiler <<END
$row
END
    need "$(first_word $compiler)" "$(echo $package)"
    echo 'int main(void) { return 0; }' >"$work/empty.c"
    $compiler -c "$work/empty.c" -o "$work/empty.o" || skip "$(echo $package)"
    case $compiler in *++*) flags=$warnings ;; *) flags=$warnings_of_c ;; esac
    # what an optimizer warns of does not depend on the standard
    case $1 in
    gcc-c99) levels='-O0 -O2 -O3,-march=native' ;;
    g++-c++11 | clang-19-c99 | clang++-19-c++11) levels='-O0 -O3,-march=native' ;;
    gcc-* | g++-* | clang*) levels=-O0 ;;
    *) levels=-O2 ;;
    esac
    case $1 in gcc*) flags="$flags -Wstack-usage=8192" ;; esac
    # an empty file is not ISO C
    printf '#include "pika_gl.h"\nint used(void);\nint used(void) { return PIKA_VERSION; }\n' >"$work/declarations.c"
    write_implementations
    for level in $levels; do
        set -- $(echo "$level" | tr , ' ')
        for half in implementation implementation_gl; do
            echo "$compiler $* $half"
            $compiler "$@" $flags -I. -c "$work/$half.c" -o "$work/out.o"
        done
    done
    $compiler $flags -I. -c "$work/declarations.c" -o "$work/out.o"
    $compiler $flags -DPIKA_STATIC -I. -c "$work/implementation.c" -o "$work/out.o"
    $compiler $flags -DPIKA_STATIC -DPIKA_IMPLEMENTATION -I. -c "$work/implementation_gl.c" -o "$work/out.o"
    rm -f "$work/out.o"
}

item_warn_sources() {
    case $1 in gcc) package=gcc ;; *) package=$1 ;; esac
    need "$1" "$package"
    # the headers' own warnings are found above: but for the tests, which look inside, without the implementations
    for source in tests/test_main.c tests/test_gl.c tests/tool/*.c tests/fuzz/*.c tests/check/*.c tools/*.c examples/*.c \
        bench/*.c; do
        case $source in *\** | */ms_runtime.c | */shim.c) continue ;; esac
        case $source in */gl_window.c | */gl_glad.c) continue ;; esac # in gl:window and gl:glad
        case $source in
        tests/test_*) alone= ;;
        *) alone='-DPIKA__IMPLEMENTED -DPIKA_GL__IMPLEMENTED' ;;
        esac
        echo "$1 $source $alone"
        $1 -std=c99 -O1 $warnings_of_c -Wno-frame-larger-than $alone -I. -c "$source" -o "$work/out.o"
    done
    rm -f "$work/out.o"
}

item_warn_tcc() {
    need tcc tcc
    write_implementations
    tcc -Wall -Werror -I. -c "$work/implementation.c" -o "$work/out.o"
    tcc -Wall -Werror -I. -c "$work/implementation_gl.c" -o "$work/out.o"
}

# ---- static analysis ------------------------------------------------------------------------------------

item_analyze() {
    write_implementations
    case $1 in
    clang-tidy)
        need clang-tidy-19 clang-tidy-19
        # left out: what C has to do (memory cut into parts of several types) and matters of taste
        clang-tidy-19 --quiet --warnings-as-errors='*' --header-filter='pika(_gl)?\.h' --checks='-*,clang-analyzer-*,bugprone-*,
            portability-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-reserved-identifier,
            -bugprone-implicit-widening-of-multiplication-result,-bugprone-macro-parentheses,-bugprone-branch-clone,
            -bugprone-assignment-in-if-condition,-bugprone-casting-through-void,-bugprone-misplaced-widening-cast,
            -clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling' \
            "$work/implementation.c" "$work/implementation_gl.c" -- -std=c99 -I.
        ;;
    cppcheck)
        need cppcheck cppcheck
        # uninitvar follows no loop that fills an array before another reads it; memcheck and MSan look at that
        cppcheck --enable=warning,portability --std=c99 -D__x86_64__ -D__GNUC__=12 -D__linux__ --platform=unix64 \
            --suppress=missingIncludeSystem --suppress=uninitvar --suppress=legacyUninitvar \
            --suppress=ctuuninitvar --inline-suppr --error-exitcode=1 -q -I. \
            "$work/implementation.c" "$work/implementation_gl.c"
        ;;
    esac
}

# ---- unit tests on every compiler and machine -----------------------------------------------------------

# name | packages | compiler | runner | options. Without --subset the golden hashes must be the committed ones.
unit_table() {
    cat <<'END'
gcc-O2        | gcc      | gcc -std=c99 -O2 -pthread | | --quick
gcc-Os        | gcc      | gcc -std=c99 -Os -pthread | | --quick golden
gcc-native    | gcc      | gcc -O3 -march=native -pthread | | --quick --without gl_stub
gcc-fast-math | gcc      | gcc -O3 -ffast-math -march=native -pthread | | --quick --subset
g++           | g++      | g++ -std=c++11 -O2 -fpermissive -w -x c++ -pthread | | --quick
clang-O0      | clang    | clang-14 -std=c99 -O0 -pthread | | --quick
clang-19-O2   | clang-19 | clang-19 -std=c99 -O2 -pthread | | --quick --without gl_stub
clang-native  | clang-19 | clang-19 -O3 -march=native -ffp-contract=fast -pthread | | --quick golden
no-simd       | gcc      | gcc -std=c99 -O2 -DPIKA_NO_SIMD -pthread | | --quick golden
no-threads    | gcc      | gcc -std=c99 -O2 -DPIKA_NO_THREADS | | --quick golden
no-profiler   | gcc      | gcc -std=c99 -O1 -DPIKA_NO_PROFILER -pthread | | --quick profile_
tcc           | tcc      | tcc -pthread | | --quick --without gl_stub --without png_threads --without strategies --without shade_threads
musl          | musl-tools | musl-gcc -std=c99 -O2 -static -pthread | | --quick golden environment threads alloc
m32-sse       | lib32gcc-12-dev libc6-dev-i386 | gcc -m32 -O2 -msse2 -mfpmath=sse -pthread | | --quick --without gl_stub
m32-x87       | lib32gcc-12-dev libc6-dev-i386 | gcc -m32 -O2 -mno-sse -pthread | | --quick --subset
aarch64       | gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user | aarch64-linux-gnu-gcc -O2 -static -pthread | qemu-aarch64 | --quick --without gl_stub --without png_threads --without shade_threads
armhf         | gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user | arm-linux-gnueabihf-gcc -O2 -static -pthread | qemu-arm | --quick golden
armhf-neon    | gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user | arm-linux-gnueabihf-gcc -O3 -mfpu=neon-vfpv4 -static -pthread | qemu-arm | --quick golden environment edges views
s390x         | gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user | s390x-linux-gnu-gcc -O2 -static -pthread | qemu-s390x | --quick --without gl_stub --without strategies --without png_threads --without shade_threads
s390x-c99     | gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user | s390x-linux-gnu-gcc -std=c99 -O2 -static -pthread | qemu-s390x | --quick golden
riscv64       | gcc-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-user | riscv64-linux-gnu-gcc -O2 -static -pthread | qemu-riscv64 | --quick golden
nehalem       | gcc qemu-user | gcc -O2 -static -pthread | qemu-x86_64 -cpu Nehalem | --quick golden
haswell       | gcc qemu-user | gcc -O2 -static -pthread | qemu-x86_64 -cpu Haswell | --quick golden
mingw         | gcc-mingw-w64-x86-64-win32 wine64 | x86_64-w64-mingw32-gcc-win32 -std=c99 -O2 | wine64 | --quick
mingw-19      | clang-19 gcc-mingw-w64-x86-64-win32 wine64 | clang-19 --target=x86_64-w64-mingw32 -O2 | wine64 | --quick golden
clang-cl      | clang-19 clang-tools-19 lld-19 libwine-dev gcc-mingw-w64-x86-64-win32 wine64 | clang_cl | wine64 | --quick golden
cl            | clang-19 clang-tools-19 lld-19 libwine-dev gcc-mingw-w64-x86-64-win32 wine64 | clang_as_cl | wine64 | --quick
wasm-simd     | clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32 nodejs | wasm_clang -msimd128 | node --no-warnings tests/check/wasi.mjs | --quick
wasm-scalar   | clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32 nodejs | wasm_clang | node --no-warnings tests/check/wasi.mjs | --quick golden
asan-gcc      | gcc      | gcc -std=c99 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -pthread | | --quick golden edges guard alloc points strategies lines fills
asan-clang    | clang-19 libclang-rt-19-dev | clang-19 -std=c99 -g -O1 -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -pthread | | --quick
tsan          | clang-19 libclang-rt-19-dev | clang-19 -std=c99 -g -O1 -fsanitize=thread -pthread | | --quick --without gl_stub
msan          | clang-19 libclang-rt-19-dev | clang-19 -std=c99 -g -O1 -fsanitize=memory -fno-sanitize-recover=all -pthread | | --quick --without gl_stub --without png_threads --without shade_threads
END
}

# The instruction sets that a row must have run, where the row decides and not the machine.
expected_sets() {
    case $1 in
    no-simd | tcc | s390x | s390x-c99 | riscv64 | armhf | m32-x87 | wasm-scalar) echo scalar ;;
    nehalem) echo 'scalar sse2' ;;
    haswell) echo 'scalar sse2 avx2' ;;
    aarch64) echo 'scalar neon' ;;
    wasm-simd) echo 'scalar wasm128' ;;
    esac
}

item_unit() {
    fill_row unit_table "$1"
    out=$work/test_main
    echo "$compiler"
    $compiler -I. tests/test_main.c -o "$out" -lm
    [ -f "$out" ] || out=$out.exe
    status=0
    timeout 1200 $runner "$out" $options >"$work/output" 2>&1 || status=$?
    passed "$work/output"
    [ $status = 0 ]
    sets=$(expected_sets "$1")
    case $options in *--subset*) ;; *)
        if [ -n "$sets" ]; then
            tr -d '\r' <"$work/output" | grep -x "instruction sets that ran: $sets"
        fi
        timeout 1200 $runner "$out" --hashes 2>"$work/hashes.err" | tr -d '\r' >"$work/hashes"
        diff tests/golden/golden.txt "$work/hashes"
        ;;
    esac
    rm -f "$out"
}

# All tests with every strategy forced, where otherwise pika looks at the points and the grid.
item_strategies() {
    need gcc gcc
    gcc -std=c99 -O2 -I. tests/test_main.c -o "$work/test_main" -pthread -lm
    for strategy in direct private tiles; do
        echo "$strategy"
        timeout 1200 "$work/test_main" --quick --strategy $strategy >"$work/output" || :
        passed "$work/output"
    done
    rm -f "$work/test_main"
}

# Counts past 2^31 and 2^32: a little memory, mapped over 20 GiB of addresses. None may be skipped here.
item_huge() {
    need gcc gcc
    gcc -std=c99 -O2 -I. tests/test_main.c -o "$work/test_main" -pthread -lm
    timeout 1200 "$work/test_main" --huge >"$work/output" || :
    passed "$work/output"
    tail -n 1 "$work/output" | grep ', 0 skipped$'
    rm -f "$work/test_main"
}

# What the sanitizers do not see: without instrumentation, every byte of every object. Without the test that reads below
# the stack on purpose, those that only repeat, and those of PNG, for which MSan is fast enough.
item_memcheck() {
    need valgrind valgrind
    gcc -std=c99 -g -O1 -I. tests/test_main.c -o "$work/test_main" -pthread -lm
    timeout 1200 valgrind -q --error-exitcode=9 --leak-check=full "$work/test_main" --quick points_random points_interleaved \
        threads_cancel alloc_every grid_ views_ errors_ shade_ image_ golden_hashes profile_ strategies_ \
        --without shade_threads --without strategies_rows --without strategies_lengths >"$work/output"
    passed "$work/output"
}

# ---- compilers that need more than a command ------------------------------------------------------------

wasm_clang() {
    clang-19 --target=wasm32-wasi -std=c99 -O2 -DPIKA_NO_THREADS -D_WASI_EMULATED_PROCESS_CLOCKS \
        -Wl,-z,stack-size=1048576 "$@" -lwasi-emulated-process-clocks
}

# ms_compile FLAGS [ARGUMENTS OF A UNIX COMPILER]: one source, -o OUT.
ms_compile() {
    ms_flags=$1 ms_source='' ms_out=''
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        -o) ms_out=$2 && shift ;;
        *.c) ms_source=$1 ;;
        esac
        shift
    done
    $shell tests/check/ms_compile.sh "$work" "$ms_source" "$ms_out" $ms_flags
}

clang_cl() { ms_compile "" "$@"; }

# What cl.exe would compile: no clang, no GNU C, every intrinsic without a flag.
clang_as_cl() {
    if grep -q avx512vl /proc/cpuinfo; then
        ms_compile "-U__clang__ -U__GNUC__ -Wno-unused-command-line-argument -mavx2 -mavx512f -mavx512bw -mavx512dq -mavx512vl" "$@"
    else
        ms_compile "-U__clang__ -U__GNUC__ -Wno-unused-command-line-argument -mavx2 -DPIKA_NO_AVX512" "$@"
    fi
}

prepare_wine() {
    PATH=$PATH:/usr/lib/wine
    WINEPREFIX=$root/$check_root/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
    export PATH WINEPREFIX WINEDEBUG WINEDLLOVERRIDES
    if command -v wine64 >/dev/null 2>&1 && [ ! -d "$WINEPREFIX/drive_c" ]; then
        timeout 300 wine64 cmd /c exit >"$check_root/wine.log" 2>&1
    fi
}

# ---- configurations -------------------------------------------------------------------------------------

# name | flags | sources in tests/compile. Each is compiled, linked and run with gcc, clang and, where there are no
# flags of theirs in it, tcc.
config_table() {
    cat <<'END'
plain             | | smoke.c
twice             | | twice.c
two-files         | | two_tu_a.c two_tu_b.c
cmdline           | -DPIKA_IMPLEMENTATION | smoke.c
static            | | static_a.c static_b.c
after-macros      | | after_macros.c
user-config       | -Itests/compile | user_config.c
custom            | | custom.c
no-malloc         | -DPIKA_NO_MALLOC | smoke.c
no-stdio          | -DPIKA_NO_STDIO | smoke.c
no-threads        | -DPIKA_NO_THREADS | smoke.c
no-simd           | -DPIKA_NO_SIMD | smoke.c
no-avx2           | -DPIKA_NO_AVX2 | smoke.c
no-avx512         | -DPIKA_NO_AVX512 | smoke.c
no-neon           | -DPIKA_NO_NEON | smoke.c
no-png            | -DPIKA_NO_PNG | smoke.c
no-canvas         | -DPIKA_NO_CANVAS | smoke.c
no-font           | -DPIKA_NO_FONT | smoke.c
no-colormap-data  | -DPIKA_NO_COLORMAP_DATA | smoke.c
no-profiler       | -DPIKA_NO_PROFILER | smoke.c
no-huge-pages     | -DPIKA_NO_HUGE_PAGES | smoke.c
clock             | | clock.c
max-threads       | -DPIKA_MAX_THREADS=2 | smoke.c
nothing           | -DPIKA_NO_MALLOC -DPIKA_NO_STDIO -DPIKA_NO_THREADS -DPIKA_NO_SIMD -DPIKA_NO_PNG -DPIKA_NO_CANVAS -DPIKA_NO_COLORMAP_DATA -DPIKA_NO_PROFILER -DPIKA_NO_HUGE_PAGES | smoke.c
END
}

item_config() {
    row=$(config_table | grep "^$1 *|")
    IFS='|' read -r ignored flags sources <<END
$row
END
    tried=0
    for compiler in 'gcc -std=c99' 'clang-19 -std=c99' tcc; do
        command -v "$(first_word $compiler)" >/dev/null 2>&1 || continue
        tried=$((tried + 1))
        objects=
        for source in $sources; do
            echo "$compiler $flags $source"
            set -- $flags
            [ "$compiler" = tcc ] || set -- "$@" $warnings_of_c
            # smoke.h defines more than each program uses
            [ "$compiler" = tcc ] || set -- "$@" -Wno-unused-function -Wno-unused-const-variable
            $compiler -O0 "$@" -I. -c "tests/compile/$source" -o "$work/$source.o"
            objects="$objects $work/$source.o"
        done
        $compiler $objects -o "$work/program" -pthread
        (cd "$work" && ./program)
    done
    [ $tried -gt 0 ] || skip gcc
    rm -f "$work"/*.o "$work/program"
}

# On a machine with NEON; the row of config_table proves only that the macro compiles elsewhere.
item_config_neon() {
    need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
    need qemu-aarch64 qemu-user
    for flags in '' -DPIKA_NO_NEON -DPIKA_NO_SIMD; do
        aarch64-linux-gnu-gcc -std=c99 -O2 $flags -I. tests/compile/smoke.c -o "$work/program" -static -pthread
        (cd "$work" && qemu-aarch64 ./program)
    done
}

item_config_cpp() {
    need g++ g++
    need clang++-19 clang-19
    gcc -std=c99 -O1 -DPIKA_IMPLEMENTATION -x c -I. -c pika.h -o "$work/c.o"
    for compiler in g++ clang++-19; do
        for std in c++11 c++14 c++17 c++20; do
            $compiler -std=$std -O0 $warnings -Wno-unused-function -I. tests/compile/cpp11.cpp -o "$work/program" -pthread
            (cd "$work" && ./program)
        done
        $compiler -std=c++20 -O1 $warnings -Wno-unused-function -I. tests/compile/cpp20.cpp "$work/c.o" -o "$work/program" \
            -pthread
        (cd "$work" && ./program)
        $compiler -std=c++11 -O1 $warnings -x c++ -Wno-unused-function -I. tests/compile/smoke.c -o "$work/program" -pthread
        (cd "$work" && ./program)
    done
}

item_config_half_malloc() {
    if gcc -I. tests/compile/half_malloc.c -o "$work/program" -pthread 2>"$work/errors"; then
        echo "PIKA_MALLOC without PIKA_FREE compiles"
        return 1
    fi
    grep 'error.*PIKA_FREE' "$work/errors"
}

# A shared library exports what has PIKA_API, and a program links with it.
item_config_api() {
    need gcc gcc
    gcc -std=c99 -O1 -fPIC -shared -fvisibility=hidden $warnings_of_c -I. tests/compile/api.c -o "$work/libapi.so" -pthread
    nm -D --defined-only "$work/libapi.so" | awk '{ print $3 }' | grep -v '^_' >"$work/exported"
    if grep -v -e '^pika_[a-z]' -e '^grid_of_a$' "$work/exported"; then return 1; fi
    grep -q '^pika_add_points$' "$work/exported"
    gcc -std=c99 -O1 -I. tests/compile/two_tu_b.c -o "$work/program" -L"$work" -lapi -Wl,-rpath,"$root/$work"
    (cd "$work" && ./program)
}

item_config_windows() {
    need x86_64-w64-mingw32-gcc-win32 gcc-mingw-w64-x86-64-win32
    need wine64 wine64
    while read -r source flags; do
        x86_64-w64-mingw32-gcc-win32 -std=c99 -O1 -Wall -Wextra -Wno-unused-function -Werror $flags -I. \
            "tests/compile/$source.c" -o "$work/program.exe"
        (cd "$work" && timeout 120 wine64 program.exe </dev/null | grep 'all as it should be')
    done <<'END'
after_windows
before_windows -DUNICODE -D_UNICODE
smoke -DPIKA_FORCE_MINGW_AVX
END
    x86_64-w64-mingw32-g++-win32 -std=c++11 -O1 -Wall -Wextra -Wno-unused-function -Werror -I. tests/compile/cpp11.cpp \
        -o "$work/program.exe" -static
    (cd "$work" && timeout 120 wine64 program.exe | grep 'all as it should be')
    need clang-cl-19 "clang-tools-19 libwine-dev lld-19"
    for source in after_windows before_windows; do
        ms_compile /WX "tests/compile/$source.c" -o "$work/program.exe"
        (cd "$work" && timeout 120 wine64 program.exe | grep 'all as it should be')
    done
    need i686-w64-mingw32-gcc-win32 gcc-mingw-w64-i686-win32
    i686-w64-mingw32-gcc-win32 -std=c99 -O2 -I. tests/compile/after_windows.c -o "$work/program.exe" # 32 bits: not run
}

# ---- the object file ------------------------------------------------------------------------------------

# object_symbols DECLARED ALLOWED: what $work/out.o exports and needs; fails with the difference.
object_symbols() {
    nm -g --defined-only "$work/out.o" | awk '{ print $3 }' | sort >"$work/exported"
    # C++ exports its inline overloads too, by mangled names
    case $compiler in g++*) grep -v '^_Z' "$work/exported" >"$work/c" || :; mv "$work/c" "$work/exported" ;; esac
    diff "$1" "$work/exported" || return 1
    if nm "$work/out.o" | grep ' [BbDdCSsGg] '; then
        echo "writable data"
        return 1
    fi
    nm -u "$work/out.o" | awk '{ print $2 }' | sort -u >"$work/needed"
    if grep -v -x -f "$2" "$work/needed"; then
        echo "symbols that $2 does not allow"
        return 1
    fi
}

# Exported: exactly the functions that the header declares. Private: no writable data. Needed: libc, never libm.
item_symbols() {
    need nm binutils
    sed -n 's/^PIKA_API [^(]*[ *]\(pika_[a-z0-9_]*\)(.*/\1/p' pika.h | sort -u >"$work/declared"
    grep -q pika_add_points "$work/declared"
    # pika_gl.h may need of pika.h what that declares, and of libc what pika.h may and three more
    sed -n 's/^PIKA_API [^(]*[ *]\(pika_gl_[a-z0-9_]*\)(.*/\1/p' pika_gl.h | sort -u >"$work/declared_gl"
    grep -q pika_gl_aggregate "$work/declared_gl"
    printf '%s\n' bcmp strncmp strstr | cat tests/symbols.txt "$work/declared" - >"$work/allowed_gl"
    write_implementations
    printf '#define PIKA_STATIC\n#include "%s/implementation.c"\n#include "%s/implementation_gl.c"\n%s\n' \
        "$root/$work" "$root/$work" 'int used(void); int used(void) { return pika_version() + !pika_gl_backend(0); }' \
        >"$work/static.c"
    for compiler in 'gcc -std=c99' 'clang-19 -std=c99' 'g++ -x c++'; do
        need "$(first_word $compiler)" "$(first_word $compiler)"
        for level in -O0 -O2; do
            echo "$compiler $level"
            $compiler $level -fno-pic -I. -c "$work/implementation.c" -o "$work/out.o"
            object_symbols "$work/declared" tests/symbols.txt
            $compiler $level -fno-pic -I. -c "$work/implementation_gl.c" -o "$work/out.o"
            object_symbols "$work/declared_gl" "$work/allowed_gl"
            $compiler $level -fno-pic -I. -c "$work/static.c" -o "$work/out.o"
            nm -g --defined-only "$work/out.o" | awk '{ print $3 }' | grep -v -e '^_Z' >"$work/exported" || :
            case $compiler in g++*) ;; *) [ "$(cat "$work/exported")" = used ] ;; esac
        done
    done
    rm -f "$work/out.o"
}

# ---- budgets (the design's): printed, and failed past them ----------------------------------------------

# budget NAME VALUE LIMIT UNIT
budget() {
    echo "$1: $2 of $3 $4"
    [ "$2" -le "$3" ] || over=1
}

code_bytes() { size "$1" | awk 'NR == 2 { print $1 }'; }

# A yardstick of the compiler's speed at $1: the same text for ever.
write_yardstick() {
    awk 'BEGIN {
        print "#include <immintrin.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>"
        print "typedef struct shape { int kind, count; double x, y, *list; struct shape *next; } shape;"
        for (i = 0; i < 100; i++) {
            printf "double walk_%d(shape *s, const unsigned *v, size_t n)\n{\n    double sum = 0;\n    size_t i, k;\n", i
            printf "    for (; s != NULL; s = s->next) {\n        switch (s->kind + %d) {\n", i
            print "        case 0: sum += s->x * s->y; break;\n        case 1: sum -= s->x; break;"
            print "        case 2:\n            for (k = 0; k < (size_t)s->count; k++) if (s->list[k] > s->x) sum += s->list[k];"
            print "            break;\n        case 3: s->x = s->y; s->y = sum; break;"
            print "        default:\n            if (s->count < 0) return -1;"
            print "            memmove(s->list, s->list + 1, (size_t)s->count * sizeof *s->list);\n        }\n    }"
            printf "    for (i = 0; i < n; i++) sum += (double)((v[i] >> %d & 255u) * (v[i] ^ %du));\n", i % 24, i
            print "    for (i = 1; i < n; i++) if (v[i - 1] > v[i] && v[i] % 7 == 3) return sum;"
            printf "    return sum * %d;\n}\n", i + 1
        }
    }' >"$1"
}

yardstick_ms=1420 # of the machine whose milliseconds the budgets are: gcc takes so long for yardstick.c, g++ 1580 for .cpp

# budget_compile NAME LIMIT FILE COMMAND...: compiling $work/FILE, the least of four rounds with the yardstick between them,
# in milliseconds of that machine: others differ.
budget_compile() {
    name=$1 limit=$2 file=$3 least=999999 taken=999999
    shift 3
    case $file in *.cpp) unit=1580 ;; *) unit=$yardstick_ms ;; esac
    for round in 1 2 3 4; do
        time=$("$work/stopwatch" 1 "$@" "$work/yardstick.${file##*.}" -o "$work/out.o")
        [ "$time" -gt "$least" ] || least=$time
        time=$("$work/stopwatch" 1 "$@" "$work/$file" -o "$work/out.o")
        [ "$time" -gt "$taken" ] || taken=$time
    done
    budget "$name ($taken here)" $((taken * unit / least)) "$limit" ms
}

item_budget_time() {
    need gcc gcc
    need g++ g++
    over=0
    gcc -O2 tests/check/stopwatch.c -o "$work/stopwatch"
    echo 'int none;' >"$work/empty.c"
    printf '#include "pika.h"\nint none;\n' >"$work/declarations.c"
    printf '#include "pika_gl.h"\nint none;\n' >"$work/declarations_gl.c"
    write_implementations
    cp "$work/implementation.c" "$work/implementation.cpp"
    cp "$work/implementation_gl.c" "$work/implementation_gl.cpp"
    write_yardstick "$work/yardstick.c"
    cp "$work/yardstick.c" "$work/yardstick.cpp"
    least=$("$work/stopwatch" 3 gcc -std=c99 -O2 -c "$work/yardstick.c" -o "$work/out.o")
    nothing=$("$work/stopwatch" 11 gcc -std=c99 -O2 -I. -c "$work/empty.c" -o "$work/out.o")
    for file in declarations declarations_gl; do
        taken=$("$work/stopwatch" 11 gcc -std=c99 -O2 -I. -c "$work/$file.c" -o "$work/out.o")
        budget "$file, gcc ($((taken - nothing)) here)" $(((taken - nothing) * yardstick_ms / least)) 20 ms
    done
    budget_compile "implementation, gcc -O2" 5000 implementation.c gcc -std=c99 -O2 -I. -c
    budget_compile "implementation, g++ -O2" 6000 implementation.cpp g++ -std=c++11 -O2 -I. -c
    budget_compile "pika_gl.h, gcc -O2" 5000 implementation_gl.c gcc -std=c99 -O2 -I. -c
    budget_compile "pika_gl.h, g++ -O2" 6000 implementation_gl.cpp g++ -std=c++11 -O2 -I. -c
    rm -f "$work/out.o"
    [ $over = 0 ]
}

item_budget_size() {
    need gcc gcc
    need arm-linux-gnueabihf-gcc "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross"
    over=0
    # 900 KiB were meant, before canvas, text, ticks and plots came to 275
    budget "pika.h" "$(wc -c <pika.h)" 1048576 bytes
    budget "pika_gl.h" "$(wc -c <pika_gl.h)" 460800 bytes
    write_implementations
    for compiler in 'gcc -O2' 'gcc -O3' 'clang-19 -O2'; do
        command -v "$(first_word $compiler)" >/dev/null 2>&1 || continue
        $compiler -I. -c "$work/implementation.c" -o "$work/out.o"
        budget "everything, x86-64, $compiler" "$(code_bytes "$work/out.o")" 716800 bytes
        $compiler -I. -c "$work/implementation_gl.c" -o "$work/out.o"
        budget "pika_gl.h, x86-64, $compiler" "$(code_bytes "$work/out.o")" 262144 bytes
    done
    arm-linux-gnueabihf-gcc -Os -I. -c "$work/implementation.c" -o "$work/out.o"
    budget "everything, 32-bit ARM, -Os" "$(size "$work/out.o" | awk 'NR == 2 { print $1 }')" 716800 bytes
    # count + shade + PNG alone: what the linker keeps in a program of those calls, with the switches that drop whole sections
    arm-linux-gnueabihf-gcc -Os -ffunction-sections -fdata-sections -DPIKA_NO_COLORMAP_DATA -DPIKA_NO_THREADS -DPIKA_NO_NEON \
        -DPIKA_NO_PROFILER -I. tests/check/small.c -Wl,--gc-sections -o "$work/small"
    budget "count + shade + PNG, 32-bit ARM, -Os" "$(code_bytes "$work/small")" 81920 bytes
    rm -f "$work/out.o"
    [ $over = 0 ]
}

# ---- shells, paths, a fresh clone -----------------------------------------------------------------------

# The files of the project, as git would give them, at $1.
copy_project() {
    rm -rf "$1"
    if [ -e .git ] && command -v git >/dev/null 2>&1; then
        git ls-files -co --exclude-standard
    else
        find . -path ./build -prune -o -path ./.git -prune -o -type f -print
    fi | while IFS= read -r file; do
        [ -f "$file" ] || continue
        mkdir -p "$1/$(dirname "$file")"
        cp -p "$file" "$1/$file"
    done
}

# Every target under this shell, from another folder, in a path with spaces; the tests themselves once.
item_shell() {
    case $1 in
    dash) need dash dash && PIKA_SH=dash ;;
    busybox) need busybox busybox && PIKA_SH='busybox sh' ;;
    mksh) need mksh mksh && PIKA_SH=mksh ;;
    bash) need bash bash && PIKA_SH='bash --posix' ;;
    esac
    export PIKA_SH
    copy="$root/$work/a path with spaces"
    copy_project "$copy"
    cd /
    $PIKA_SH "$copy/build.sh" help >/dev/null
    $PIKA_SH "$copy/build.sh" run >"$copy.run"
    picture=$(tail -n 1 "$copy.run")
    [ -s "$copy/$picture" ]
    if $PIKA_SH "$copy/build.sh" nonsense 2>/dev/null; then return 1; fi
    if CC=/nonexistent/cc $PIKA_SH "$copy/build.sh" 2>/dev/null; then return 1; fi
    cd "$copy"
    parts=header # dash: all parts but the unit tests
    [ "$1" != dash ] || parts='header tool compare readme gl examples'
    for part in $parts; do
        PIKA_JOBS=1 CFLAGS=-O0 $PIKA_SH ./build.sh test $part >"$copy.test" || :
        grep -q '^skip gl: needs package' "$copy.test" || passed "$copy.test"
    done
    # nothing has changed: nothing is built; one thing changed: one thing is built; other flags: built anew
    CFLAGS=-O0 $PIKA_SH ./build.sh test header | tee "$copy.again"
    if grep -q building "$copy.again"; then return 1; fi
    sleep 1
    touch tools/check_header.c
    CFLAGS=-O0 $PIKA_SH ./build.sh test header | tee "$copy.again"
    [ "$(grep -c building "$copy.again")" = 1 ]
    CFLAGS='-O0 -g' $PIKA_SH ./build.sh test header | grep -q building
    $PIKA_SH ./build.sh clean
    [ ! -e build ]
    cd "$root"
    rm -rf "$copy"
}

# The pictures of the README are those that the examples draw, byte for byte; but for those of times, of a driver's
# colours and of the machine's fonts, and of what x86-64 and gcc alone round as they did.
item_gallery() {
    need gcc gcc
    [ "$(uname -m)" = x86_64 ] || skip "(an x86-64 machine)"
    (unset CFLAGS LDFLAGS CC && ./build.sh examples)
    build/trace "$work/trace.png" # of all its samples
    for picture in examples/gallery/*.png; do
        example=$(basename "$picture" .png)
        case $example in
        profile | plot_overlay | gl_* | text_truetype) ;;
        trace) cmp "$work/trace.png" "$picture" ;;
        *) cmp "build/$example.png" "$picture" ;;
        esac
    done
    for source in examples/*.c; do [ -f "examples/gallery/$(basename "$source" .c).png" ]; done
}

# What a newcomer does: a clone, the picture, tests; nothing written outside build/. All tests: .ci/run in its own clone.
item_clone() {
    copy=$root/$work/clone
    copy_project "$copy"
    cd "$copy"
    unset CFLAGS LDFLAGS CC
    find . | sort >"$root/$work/before"
    ./build.sh run | tee "$root/$work/run"
    [ -s "$(tail -n 1 "$root/$work/run")" ]
    ./build.sh test examples | tee "$root/$work/test"
    passed "$root/$work/test" >/dev/null
    find . -path ./build -prune -o -print | sort >"$root/$work/after"
    diff "$root/$work/before" "$root/$work/after"
    cd "$root"
    rm -rf "$copy"
}

# ---- coverage -------------------------------------------------------------------------------------------

# Branches of pika.h that a test took, x86-64 and aarch64 together; tests/coverage.txt has the least percentage.
item_coverage() {
    need gcovr gcovr
    need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
    need qemu-aarch64 qemu-user
    flags='-O0 -g --coverage -fprofile-update=atomic -pthread -I.'
    rm -rf "$work"/*/
    mkdir -p "$work/x86" "$work/arm"
    gcc $flags '-DPIKA_ASSERT(c)=((void)0)' tests/test_main.c -o "$work/x86/test_main" -lm
    timeout 1200 "$work/x86/test_main" --quick >"$work/x86/output"
    aarch64-linux-gnu-gcc $flags -static '-DPIKA_ASSERT(c)=((void)0)' tests/test_main.c -o "$work/arm/test_main" -lm
    for part in golden edges points_random; do # what has a kernel of its own there; counters add up
        timeout 1200 qemu-aarch64 "$work/arm/test_main" --quick $part
    done >"$work/arm/output"
    cat "$work/x86/output" "$work/arm/output"
    gcovr -r . --filter 'pika\.h$' --json "$work/x86.json" "$work/x86"
    gcovr -r . --filter 'pika\.h$' --gcov-executable aarch64-linux-gnu-gcov-12 --json "$work/arm.json" "$work/arm"
    gcovr -r . -a "$work/x86.json" -a "$work/arm.json" --branches --txt "$work/branches.txt" --print-summary \
        --fail-under-branch "$(cat tests/coverage.txt)"
}

# ---- fuzzing --------------------------------------------------------------------------------------------

item_fuzz() {
    need clang-19 "clang-19 libclang-rt-19-dev"
    mkdir -p "$work/corpus"
    case $1 in csv) leaks=0 ;; *) leaks=1 ;; esac # the tool ends a failed run without giving all back
    clang-19 -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined,float-cast-overflow -fno-sanitize-recover=all -I. \
        "tests/fuzz/fuzz_$1.c" -o "$work/fuzz" -pthread
    printf '\nx,y,v\n1,2,3\n-4.5e3,.5,"6"\r\n,7;nan,8\n' >"$work/corpus/text"
    "$work/fuzz" -max_total_time="${PIKA_FUZZ_SECONDS:-10}" -max_len=4096 -len_control=0 -timeout=20 -verbosity=0 \
        -print_final_stats=1 -detect_leaks=$leaks -artifact_prefix="$work/" "$work/corpus"
    # the same file as a program of its own, for a compiler without libFuzzer and for a found input
    gcc -std=c99 -O1 -DFUZZ_MAIN -I. "tests/fuzz/fuzz_$1.c" -o "$work/alone" -pthread
    "$work/alone" 300
}

# ---- the tool -------------------------------------------------------------------------------------------

# Every program by the command in its first comment; -O0 comes last, whether it builds is what is asked.
item_build_lines() {
    need cc gcc
    mkdir -p "$work/top/build"
    for name in pika.h pika_gl.h examples tools; do ln -s "$root/$name" "$work/top/$name"; done
    cd "$work/top"
    for source in examples/*.c tools/*.c; do
        case $source in */gl_window.c | */gl_glad.c) continue ;; esac # in gl:window and gl:glad
        line=$(sed -n 's/^   Build: *\(cc -O[23] [a-z_/]*\.c -o [a-z_/]*\( -lm\)\{0,1\}\( -pthread\)\{0,1\}\).*/\1/p' "$source")
        echo "$source: $line"
        $line -O0
        [ -x "$(basename "$source" .c)" ] || [ -x "build/$(basename "$source" .c)" ]
    done
}

# Ten million decimals to the nearest double, and the tool's own tests under a sanitizer.
item_strtod() {
    gcc -O2 -I. tests/tool/strtod.c -o "$work/strtod" -pthread
    "$work/strtod" 10000000 | tee "$work/output"
    passed "$work/output" >/dev/null
}

item_tool() {
    case $1 in
    softpipe)
        need_gl
        GALLIUM_DRIVER=softpipe
        export GALLIUM_DRIVER
        gcc -std=c99 -O2 -I. tools/pika.c -o "$work/pika" -pthread
        ;;
    asan)
        need clang-19 "clang-19 libclang-rt-19-dev"
        clang-19 -std=c99 -g -O1 -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -I. tools/pika.c \
            -o "$work/pika" -pthread
        ;;
    musl)
        need musl-gcc musl-tools
        # a static program opens no library
        musl-gcc -std=c99 -O2 -static -DPIKA_TOOL_NO_GL -I. tools/pika.c -o "$work/pika" -pthread
        ;;
    esac
    timeout 1200 $shell tests/test_tool.sh "$work/pika" . "$work/tool" | tee "$work/output"
    passed "$work/output" >/dev/null
}

# ---- OpenGL, on the software drivers of Mesa ---------------------------------------------------------------

# Ends the item as skipped unless EGL finds a driver that needs no window.
need_gl() {
    need gcc gcc
    printf '#include "tests/egl.h"\nint main(void) { egl_context egl; return !egl_open(&egl, 1, 3, 1, NULL); }\n' >"$work/egl.c"
    gcc -I. "$work/egl.c" -o "$work/egl"
    "$work/egl" || skip "libegl1 libgl1-mesa-dri"
}

# name | packages | compiler | environment | options. llvmpipe is what EGL finds on a machine without a GPU.
gl_table() {
    cat <<'END'
llvmpipe-gl   | gcc      | gcc -std=c99 -O2 | | --api gl
llvmpipe-gles | gcc      | gcc -std=c99 -O2 | | --api gles
softpipe      | gcc      | gcc -std=c99 -O2 | GALLIUM_DRIVER=softpipe | --api gles --quick
asan-gcc      | gcc      | gcc -std=c99 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all | | --api gl --quick
asan-clang    | clang-19 libclang-rt-19-dev | clang-19 -std=c99 -g -O1 -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all | | --api gles --quick
END
}

item_gl() {
    case $1 in
    window | glad | shaders | alone)
        "item_gl_$1"
        return
        ;;
    esac
    need_gl
    row=$(gl_table | grep "^$1 *|")
    IFS='|' read -r ignored package compiler environment options <<END
$row
END
    need "$(first_word $compiler)" "$(echo $package)"
    $compiler -I. tests/test_gl.c -o "$work/test_gl" -pthread -lm
    status=0
    env LIBGL_ALWAYS_SOFTWARE=1 $environment timeout 1500 "$work/test_gl" $options >"$work/output" 2>&1 || status=$?
    passed "$work/output"
    [ $status = 0 ]
    tail -n 1 "$work/output" | grep ', 0 skipped$'
    rm -f "$work/test_gl"
}

# 50 million points in a window, zoomed into; then fewer, another size of picture. It compares its last frame itself.
item_gl_window() {
    need gcc gcc
    need xvfb-run xvfb
    need xauth xauth
    printf '#define GLFW_INCLUDE_GLCOREARB\n#include <GLFW/glfw3.h>\n' >"$work/empty.c"
    gcc -c "$work/empty.c" -o "$work/out.o" || skip "libglfw3-dev libgl-dev"
    gcc -std=c99 -O2 $warnings_of_c -Wno-frame-larger-than examples/gl_window.c -o "$work/gl_window" -pthread -lglfw -lGL
    cd "$work"
    for arguments in '50000000 --frames 3' '1000000 --frames 40'; do
        rm -f window.png
        timeout 900 xvfb-run -a -s '-screen 0 1600x1200x24' ./gl_window $arguments --picture window.png
        [ "$(wc -c <window.png)" -gt 20000 ] # one colour alone makes 225
    done
    rm -f gl_window out.o
}

item_gl_glad() {
    need_gl
    need glad python3-glad
    mkdir -p "$work/top/build"
    for name in pika.h pika_gl.h examples; do ln -s "$root/$name" "$work/top/$name"; done
    cd "$work/top"
    $(sed -n 's/^ *Loader: *//p' examples/gl_glad.c)
    # by the command in its first comment; glad's own file is a system header here
    line=$(sed -n 's/^ *Build: *\(cc .*-pthread\).*/\1/p' examples/gl_glad.c)
    echo "$line"
    $line
    gcc -std=c99 -O1 $warnings_of_c -Wno-frame-larger-than -isystem build/glad/include -c examples/gl_glad.c -o gl_glad.o
    ./gl_glad gl_glad.png
    [ "$(wc -c <gl_glad.png)" -gt 100000 ]
}

# Every shader that the tests compile, by Khronos' own front end: drivers let pass what others refuse.
item_gl_shaders() {
    need_gl
    need glslangValidator glslang-tools
    gcc -std=c99 -O1 -I. tests/test_gl.c -o "$work/test_gl" -pthread -lm
    for api in gl gles; do
        mkdir "$work/$api"
        "$work/test_gl" --api $api --quick --dump "$work/$api" >"$work/output"
        passed "$work/output"
        set -- "$work/$api"/*.comp
        [ -f "$1" ]
        # each text once
        for shader in $(cksum "$work/$api"/*.* | sort -n | awk '{ if ($1 != last) print $3; last = $1 }'); do
            glslangValidator "$shader"
        done
    done
    rm -f "$work/test_gl"
}

# Without any driver the CPU does all: both headers in every way of building them, and on Windows.
item_gl_alone() {
    need gcc gcc
    need g++ g++
    need clang-19 clang-19
    write_implementations
    both='-DPIKA_IMPLEMENTATION -DPIKA_GL_IMPLEMENTATION'
    for compiler in 'gcc -std=c99' 'clang-19 -std=c99' tcc 'g++ -std=c++11 -x c++' 'clang++-19 -std=c++20 -x c++'; do
        command -v "$(first_word $compiler)" >/dev/null 2>&1 || continue
        flags="-Wno-unused-function"
        case $compiler in tcc) ;; *++*) flags="$flags $warnings" ;; *) flags="$flags $warnings_of_c" ;; esac
        [ "$compiler" = tcc ] || flags="$flags -Wno-frame-larger-than"
        for ways in "$both" "$both -DPIKA_STATIC" \
            "$both -DPIKA_NO_STDIO -DPIKA_NO_THREADS -DPIKA_NO_SIMD -DPIKA_NO_PNG -DPIKA_NO_COLORMAP_DATA -DPIKA_NO_PROFILER"; do
            echo "$compiler $ways"
            $compiler -O0 $flags $ways -I. tests/check/gl_alone.c -o "$work/program" -pthread
            (cd "$work" && ./program | tail -n 1 | grep -x 'all as it should be')
        done
        for part in implementation implementation_gl; do
            $compiler -O0 $flags -I. -c "$work/$part.c" -o "$work/$part.o"
        done
        $compiler -O0 $flags -I. -c tests/check/gl_alone.c -o "$work/program.o"
        ${compiler%% *} "$work"/*.o -o "$work/program" -pthread
        (cd "$work" && ./program | tail -n 1 | grep -x 'all as it should be')
    done
    need x86_64-w64-mingw32-gcc-win32 gcc-mingw-w64-x86-64-win32
    need wine64 wine64
    x86_64-w64-mingw32-gcc-win32 -std=c99 -O1 $both -I. tests/check/gl_alone.c -o "$work/program.exe"
    (cd "$work" && timeout 120 wine64 program.exe </dev/null | tr -d '\r' | tail -n 1 | grep -x 'all as it should be')
    rm -f "$work"/*.o "$work/program" "$work/program.exe"
}

# ---- the benchmark --------------------------------------------------------------------------------------

# That it runs and what it says, not what it measures; with the libraries that it compares.
item_bench() {
    status=0
    $shell tests/check/bench.sh "$work/run" >"$work/output" 2>&1 || status=$?
    passed "$work/output"
    [ $status = 0 ]
    lacking=$(sed -n 's/^skip .*needs package //p' "$work/output" | tr '\n' ' ')
    [ -z "$lacking" ] || skip "$lacking"
    rm -rf "$work/run"
}

# The instructions of given work against the committed counts: the same on a machine that is busy.
item_instructions() {
    status=0
    $shell bench/instructions.sh --folder "$work/run" >"$work/output" 2>&1 || status=$?
    cat "$work/output"
    [ $status != 77 ] || skip "$(sed -n 's/^instructions.sh: needs //p' "$work/output")"
    [ $status = 0 ]
}

# ---- build.bat ------------------------------------------------------------------------------------------

# build.bat under Wine's cmd. The compilers are shims: Windows programs that call the Linux one through sh.
item_bat() {
    need wine64 wine64
    need x86_64-w64-mingw32-gcc-win32 gcc-mingw-w64-x86-64-win32
    case $1 in
    cl | clang-cl) need clang-cl-19 "clang-tools-19 libwine-dev lld-19" ;;
    esac
    copy=$root/$work/tree
    copy_project "$copy"
    mkdir -p "$copy/build/shim"
    x86_64-w64-mingw32-gcc-win32 -O1 tests/check/shim.c -o "$copy/build/shim/$1.exe"
    cp tests/check/shim.sh "$copy/build/shim/$1.sh"
    cd "$copy"
    unset CC CFLAGS LDFLAGS
    PIKA_TEST_OPTIONS='--quick golden' WINEPATH="Z:$(echo "$copy/build/shim" | tr / '\\')" timeout 900 wine64 cmd /c build.bat test >"$root/$work/output" 2>&1 || :
    passed "$root/$work/output"
    grep -q "$1" "$root/$work/output"
    cd "$root"
    rm -rf "$copy"
}

# ---- tables that programs made: made again, they are the same ----------------------------------------------

item_generated() {
    python=/usr/bin/python3 # the one that Debian's packages belong to
    $python -c 'import numpy, mpmath, matplotlib' 2>/dev/null || skip "python3-numpy python3-mpmath python3-matplotlib"
    $python tools/gen_colormaps.py --check
    $python tools/gen_font.py --check
    $python tests/golden/make_golden.py --check
    $python tests/golden/edges_golden.py >"$work/edges_golden.h"
    cmp "$work/edges_golden.h" tests/golden/edges_golden.h
}

# ---- the list -------------------------------------------------------------------------------------------

# Long ones first.
check_items() {
    echo coverage
    unit_table | sed 's/^\([^ |]*\).*/unit:\1/'
    echo memcheck
    echo strategies
    echo clone
    for sh in dash busybox mksh bash; do echo "shell:$sh"; done
    echo bat:gcc
    echo bat:cl
    for fuzz in points png csv canvas; do echo "fuzz:$fuzz"; done
    echo huge
    echo bench
    echo instructions
    echo strtod
    echo tool:asan
    echo tool:musl
    echo tool:softpipe
    gl_table | sed 's/^\([^ |]*\).*/gl:\1/'
    for part in window glad shaders alone; do echo "gl:$part"; done
    for tool in clang-tidy cppcheck; do echo "analyze:$tool"; done
    warn_table | sed 's/^\([^ |]*\).*/warn:\1/'
    echo warn-tcc
    echo warn-sources:gcc
    echo warn-sources:clang-19
    config_table | sed 's/^\([^ |]*\).*/config:\1/'
    for other in neon cpp half-malloc api windows; do echo "config-$other"; done
    echo build-lines
    echo generated
    echo gallery
    echo budget-time
    echo budget-size
    echo symbols
    echo header
}

item_header() {
    gcc -O1 tools/check_header.c -o "$work/check_header"
    "$work/check_header" -v pika.h pika_gl.h
}

# Runs one item in a folder of its own and prints its line.
check_item() {
    name=$1
    work=$check_root/$(echo "$name" | tr : -)
    rm -rf "$work"
    mkdir -p "$work"
    item=item_$(echo "${name%%:*}" | tr - _)
    begin=$(date +%s)
    (
        set -e
        TMPDIR=$root/$work
        export TMPDIR
        $item "${name#*:}"
    ) >"$work/log" 2>&1 </dev/null
    status=$?
    seconds=$(($(date +%s) - begin))
    if [ $status = 0 ]; then
        echo ok >"$work/result"
        echo "ok $name ($seconds s)"
        return 0
    fi
    if [ $status = 77 ] && [ -f "$work/skip" ] && [ "${PIKA_REQUIRE:-}" != all ]; then
        echo "skip $(cat "$work/skip")" >"$work/result"
        echo "skip $name: needs package $(cat "$work/skip")"
        return 0
    fi
    [ -f "$work/skip" ] && echo "needs package $(cat "$work/skip")" >>"$work/log"
    echo FAIL >"$work/result"
    {
        echo "FAIL $name ($seconds s), log $work/log:"
        tail -n 12 "$work/log" | sed 's/^/    /'
    } >"$work/said"
    cat "$work/said"
    return 1
}

run_checks() {
    items=$(check_items)
    if [ $# -gt 0 ]; then
        items=$(for part do check_items | grep -e "$part"; done | sort -u)
        [ -n "$items" ] || die "no item of the check has $* in its name"
    fi
    rm -rf "$check_root"/*/result
    mkdir -p "$check_root"
    prepare_wine
    # what measures a time has the machine to itself
    case " $(echo $items) " in *' budget-time '*) check_item budget-time ;; esac
    run_jobs check_item $(for item in $items; do [ "$item" = budget-time ] || echo "$item"; done)
    if cat "$check_root"/*/result | grep -q '^skip'; then
        echo
        echo "Skipped, and what brings it:"
        for result in "$check_root"/*/result; do
            sed -n "s|^skip \(.*\)|  $(basename "$(dirname "$result")"): apt-get install \1|p" "$result"
        done
    fi
    cat "$check_root"/*/result | awk '
        /^ok/ { p++ } /^FAIL/ { f++ } /^skip/ { s++ }
        END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }'
}

run_checks "$@"
