#!/bin/sh
# instructions.sh - the instructions that pika executes for given work, compared with the committed ones
# Usage: bench/instructions.sh [--update] [--folder DIR] [CASE...]
#   --update      writes bench/baseline/instructions.json instead of comparing with it
#   --folder DIR  where to build and write (default build/instructions; from the repository's top); the result is
#                 current.json
#   CASE          these alone; bench/instructions.c lists them
# Environment: CC (default gcc), always with -O2; PIKA_VALGRIND (default valgrind).
# The counts are those of one compiler: with another one than the baseline's the table is printed and not judged.
# Exit code: 0; 1 a case executes 5 % more instructions than in the baseline, or failed; 2 wrong usage; 77 something
# that is needed is not here: valgrind with its header, or a CPU with AVX2. POSIX sh.
set -u
unset CDPATH
LC_ALL=C
export LC_ALL
case $0 in */*) cd "${0%/*}/.." || exit 1 ;; *) cd .. || exit 1 ;; esac
baseline=bench/baseline/instructions.json
folder=build/instructions
update=0
: "${CC:=gcc}" "${PIKA_VALGRIND:=valgrind}"

die() {
    code=$1
    shift
    echo "instructions.sh: $*" >&2
    exit "$code"
}

while [ $# -gt 0 ]; do
    case $1 in
    --update) update=1 ;;
    --folder)
        [ $# -gt 1 ] || die 2 "--folder needs a folder"
        folder=$2
        shift
        ;;
    -*) die 2 "unknown option $1; --update, --folder DIR and names of cases are known" ;;
    *) break ;;
    esac
    shift
done
[ $update = 0 ] || [ $# = 0 ] || die 2 "--update is for all cases"

# $CC may be a command with arguments
command -v "${CC%% *}" >/dev/null 2>&1 || die 77 "needs a C compiler: ${CC%% *} is not here"
command -v "$PIKA_VALGRIND" >/dev/null 2>&1 || die 77 "needs valgrind"
echo '#include <valgrind/callgrind.h>' | $CC -E - >/dev/null 2>&1 || die 77 "needs valgrind's header callgrind.h"
grep -q '^flags.* avx2' /proc/cpuinfo 2>/dev/null || die 77 "needs a CPU with AVX2"

mkdir -p "$folder" && rm -f "$folder"/counts* "$folder/current.json" || exit 1
$CC -O2 -I. bench/instructions.c -o "$folder/instructions" -pthread || die 1 "bench/instructions.c does not compile"
$CC -O2 tools/bench_compare.c -o "$folder/bench_compare" || die 1 "tools/bench_compare.c does not compile"

# callgrind writes a file for each case, called counts.1, counts.2, ...; what stands in the way of that is shown
if ! "$PIKA_VALGRIND" -q --tool=callgrind --instr-atstart=no --callgrind-out-file="$folder/counts" \
    "$folder/instructions" "$@" 2>"$folder/messages"; then
    cat "$folder/messages" >&2
    case $# in 0) die 1 "a case failed" ;; *) die 2 "a case failed, or there is none of that name" ;; esac
fi
"$folder/instructions" --list >"$folder/names"
awk '
    NR == FNR { order[++names] = $1; next }
    /^desc: Trigger: Client Request: / { name = $NF }
    /^totals: / && name != "" { count[name] = $2; name = "" }
    END {
        for (i = 1; i <= names; i++)
            if (order[i] in count) {
                printf "%s  {\"name\": \"%s\", \"unit\": \"instructions\", \"median\": %.0f}",
                    some++ ? ",\n" : "", order[i], count[order[i]]
            }
        print ""
    }' "$folder/names" "$folder"/counts.* >"$folder/rows"
cases=$(($(wc -l <"$folder/names")))
[ $# = 0 ] || cases=$(($(for name do echo "$name"; done | sort -u | wc -l)))
[ "$(grep -c instructions "$folder/rows")" -eq "$cases" ] || die 1 "callgrind did not count all $cases cases"
{
    echo '{'
    echo " \"machine\": {\"compiler\": \"$("$folder/instructions" --compiler) -O2\", \"libc\": \"$(
        getconf GNU_LIBC_VERSION 2>/dev/null || echo unknown)\", \"valgrind\": \"$("$PIKA_VALGRIND" --version)\"},"
    echo ' "rows": ['
    cat "$folder/rows"
    echo ' ]'
    echo '}'
} >"$folder/current.json"

if [ $update = 1 ]; then
    mkdir -p "${baseline%/*}" && cp "$folder/current.json" "$baseline" || exit 1
    echo "$baseline"
    exit 0
fi
[ -f "$baseline" ] || die 1 "$baseline is missing: bench/instructions.sh --update makes it"
status=0
"$folder/bench_compare" --same compiler "$baseline" "$folder/current.json" >"$folder/table" || status=$?
case $# in
0) cat "$folder/table" ;;
*) grep -v ' removed$' "$folder/table" ;; # what was not asked for
esac
exit $status
