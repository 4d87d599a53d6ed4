# readme.sh ROOT FOLDER - runs what README.md says, in a copy of the project at FOLDER; called by ./build.sh test.
#   ```sh     every block is run, as it stands, in the copy's top folder; a failing command fails the block
#   ```c      is compiled: with an #include as a file of its own, without one as the body of main, where `points`
#             is there
#   Commands that are not to be run here (other systems, the network) stand in ```text or ```bat blocks.
# `./build.sh test` within is run for its quickest part: the whole would run this again, for ever; and `check` is
# what runs the whole. The last line is N passed, N failed, N skipped. POSIX sh.
set -u
root=$1 copy=$2
case $copy in /*) ;; *) copy=$(pwd)/$copy ;; esac
shell=${PIKA_SH:-sh}

rm -rf "$copy"
mkdir -p "$copy/build/readme" || exit 1
(
    cd "$root" || exit 1
    for file in * .[!.]*; do
        case $file in build | .git) continue ;; esac
        cp -pR "$file" "$copy/" || exit 1
    done
    # what is built already: ./build.sh finds it up to date
    for file in build/*; do
        if [ -f "$file" ]; then
            cp -p "$file" "$copy/build/" || exit 1
        fi
    done
    cp -pR build/stamps "$copy/build/"
    if [ -d build/glad ]; then cp -pR build/glad "$copy/build/"; fi
) || exit 1
cd "$copy" || exit 1

# `cc` of the README is the compiler that the tests run with. -O0 at the end: whether it works is what is asked.
mkdir -p build/readme/bin build/tmp
outer_path=$PATH
export outer_path
cat >build/readme/bin/cc <<'END'
#!/bin/sh
PATH=$outer_path # where $CC may be cc itself
if command -v "$CC" >/dev/null 2>&1; then exec "$CC" "$@" -O0; else exec $CC "$@" -O0; fi
END
chmod +x build/readme/bin/cc
PATH=$copy/build/readme/bin:$PATH
TMPDIR=$copy/build/tmp
export PATH TMPDIR

# One file per block: LINE.sh, LINE.c
awk '/^```/ { if (out) { close(out); out = ""; next }
              kind = substr($0, 4); sub(/ .*/, "", kind)
              if (kind == "sh" || kind == "c") out = sprintf("build/readme/%04d.%s", NR, kind)
              else out = "build/readme/other"
              printf "" > out; next }
     out { print > out }
     END { if (out) print "unfinished" > "build/readme/unfinished" }' README.md

passed=0 failed=0
result() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL README.md line $2"
        cat build/readme/log
    fi
}

[ ! -f build/readme/unfinished ]
result $? "of the last block: no end"

for block in build/readme/[0-9]*; do
    line=${block##*/}
    line=${line%.*}
    case $block in
    *.sh)
        sed 's|^\./build\.sh test.*|./build.sh test header|; s|^\./build\.sh check.*|./build.sh help|' "$block" >build/readme/run.sh
        $shell -e -x build/readme/run.sh >build/readme/log 2>&1 </dev/null
        result $? "$line"
        ;;
    *.c)
        if grep -q '^#include' "$block"; then
            cp "$block" build/readme/block.c
        else
            {
                echo '#include "pika.h"'
                echo '#include <stdio.h>'
                echo 'int main(void) {'
                echo 'static float x[3] = {1, 2, 3}, y[3] = {1, 2, 3}; pika_points points = pika_xy_f32(x, y, 3);'
                cat "$block"
                echo 'return 0; }'
            } >build/readme/block.c
        fi
        # against the declarations: the implementation is not what a block can have wrong
        cc -DPIKA__IMPLEMENTED -I. -c build/readme/block.c -o build/readme/block.o >build/readme/log 2>&1
        result $? "$line"
        ;;
    esac
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
