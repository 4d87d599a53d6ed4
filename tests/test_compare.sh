#!/bin/sh
# test_compare.sh - bench_compare from outside: what it judges, what it says, broken files, exit codes
# Usage: test_compare.sh TOOL ROOT BUILD    TOOL: the command; ROOT: of the repository; BUILD: a folder to write in
# One line for each failing check; the last line is "N passed, N failed, N skipped"; exit 1 if any failed.
# Plain POSIX sh with awk, sed; runs under dash, busybox sh, mksh and bash --posix.

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
mkdir -p "$3" || exit 2
work=$(absolute "$3")/compare_test.$$
rm -rf "$work"
mkdir "$work" || exit 2
trap 'cd /; rm -rf "$work"' 0
trap 'exit 1' 1 2 15
cd "$work" || exit 2

if ! "$tool" --help >out 2>err </dev/null; then
    echo "FAILED $tool --help does not run"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

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

# run ARGUMENTS: the tool, its streams to files
run() {
    "$tool" "$@" </dev/null >out.raw 2>err
    status=$?
    tr -d '\r' <out.raw >out
}
messages() { printf '  exit %s, out: %s, err: %s' "$status" "$(tr '\n' '~' <out)" "$(head -n 3 err | tr '\n' '~')"; }

# is NAME EXPECTED GOT
is() { if [ "$2" = "$3" ]; then pass; else bad "$1: expected '$2', got '$3'$(messages)"; fi; }

# has NAME STATUS TEXT ARGUMENTS: exits so, TEXT is in its output (runs of blanks are one), nothing on standard error
has() {
    name=$1
    expected=$2
    text=$3
    shift 3
    run "$@"
    tr -s ' ' <out >squeezed
    if [ $status -eq "$expected" ] && grep -F -e "$text" squeezed >/dev/null && [ ! -s err ]; then
        pass
    else
        bad "$name, expected exit $expected and '$text'$(messages)"
    fi
}

# wrong NAME TEXT ARGUMENTS: exit 2, TEXT in its one line of error (two for usage), no table
wrong() {
    name=$1
    text=$2
    shift 2
    run "$@"
    if [ $status -eq 2 ] && grep -F -e "$text" err >/dev/null && [ "$(wc -l <err)" -le 2 ] && [ ! -s out ]; then
        pass
    else
        bad "$name, expected exit 2 and '$text'$(messages)"
    fi
}

# broken NAME TEXT JSON: as a current file, and the message names the file and the place
broken() {
    printf "$3" >broken.json
    wrong "$1" "broken.json:$2" base.json broken.json
}

# row NAME UNIT MEDIAN ROUNDS: a row of the file; file NAME ROW...: the file
row() { printf '{"name": "%s", "unit": "%s", "median": %s, "rounds": [%s]}' "$1" "$2" "$3" "$4"; }
file() {
    name=$1
    shift
    {
        printf '{"machine": {"compiler": "gcc 12.2 -O2", "cores": 2}, "more": [{"a": [true, false, null, -1.5e-3]}],\n'
        printf ' "rows": [\n'
        separator=
        for one do
            printf '%s  %s' "$separator" "$one"
            separator=',
'
        done
        printf '\n ]}\n'
    } >"$name"
}

quiet='1, 1, 1, 1, 1'
file base.json "$(row a ns 1 "$quiet")" "$(row b ns 200 "200, 200, 200, 200, 200")"

# ---- what is a regression -------------------------------------------------------------------------------

has "equal files" 0 "0 worse, 0 better, 0 in the noise, 2 the same, 0 not judged, 0 added, 0 removed; threshold 5 %" \
    base.json base.json
is "equal files: the row" "a ns 1 1 +0.0 % 0.0 %" "$(sed -n 's/ *$//; /^a /p' squeezed)"

# now MEDIAN ROUNDS: a file in which row a is so
now() { file now.json "$(row a ns "$1" "$2")" "$(row b ns 200 "200, 200, 200, 200, 200")"; }
now 1.051 "1.051, 1.051, 1.051, 1.051, 1.051"
has "past the threshold" 1 "a ns 1 1.051 +5.1 % 0.0 % WORSE" base.json now.json
has "the other way round" 0 "a ns 1.051 1 -4.9 %" now.json base.json
has "past a threshold of 5.2" 0 "2 the same" --threshold 5.2 base.json now.json
has "--report" 0 "1 worse" --report base.json now.json
now 1.049 "1.049, 1.049, 1.049, 1.049, 1.049"
has "short of the threshold" 0 "a ns 1 1.049 +4.9 % 0.0 %" base.json now.json
has "past a threshold of 0" 1 "a ns 1 1.049 +4.9 % 0.0 % WORSE" --threshold 0 base.json now.json
file big.json "$(row a ns 1e3 "1e3, 1e3")"
file big5.json "$(row a ns 1050 "1050, 1050")"
has "on the threshold is not past it" 0 "1 the same" big.json big5.json
now 0.9 "0.9, 0.9, 0.9, 0.9, 0.9"
has "an improvement" 0 "a ns 1 0.9 -10.0 % 0.0 % better" base.json now.json
has "and how many" 0 "0 worse, 1 better, 0 in the noise, 1 the same" base.json now.json

# quartiles 0.9 and 1.5, half of their distance 0.3: 30 % of the baseline; outliers do not matter
now 1.2 "0.001, 0.9, 1.2, 1.5, 99"
has "within the noise of the current run" 0 "a ns 1 1.2 +20.0 % 30.0 % in the noise" base.json now.json
has "within the noise of the baseline" 0 "a ns 1.2 1 -16.7 % 25.0 % in the noise" now.json base.json
now 1.31 "0.001, 0.9, 1.2, 1.5, 99"
has "outside the noise" 1 "a ns 1 1.31 +31.0 % 30.0 % WORSE" base.json now.json
# both noisy: 0.1 and 0.1 together
file noisy.json "$(row a ns 1 "0.9, 0.9, 1, 1.1, 1.1")"
file noisy19.json "$(row a ns 1.19 "1.09, 1.09, 1.19, 1.29, 1.29")"
file noisy21.json "$(row a ns 1.21 "1.11, 1.11, 1.21, 1.31, 1.31")"
has "the noise of both: within" 0 "+19.0 % 20.0 % in the noise" noisy.json noisy19.json
has "the noise of both: outside" 1 "+21.0 % 20.0 % WORSE" noisy.json noisy21.json
# quartiles between rounds: of 1..6 they are 2.25 and 4.75
file six.json "$(row a ns 100 "6, 4, 2, 1, 3, 5")"
has "quartiles of an even number, not in order" 0 "+0.0 % 2.5 %" six.json six.json
file four.json "$(row a ns 100 "1, 5, 2, 3")"
has "half the range of few rounds" 0 "+0.0 % 4.0 %" four.json four.json

file rate.json "$(row read GB/s 10 "10, 10")" "$(row ratio x 4 "4, 4")"
file rate2.json "$(row read GB/s 9 "9, 9")" "$(row ratio x 5 "5, 5")"
has "of a rate more is better: less" 1 "read GB/s 10 9 -10.0 % 0.0 % WORSE" rate.json rate2.json
has "of a ratio more is better: more" 1 "ratio x 4 5 +25.0 % 0.0 % better" rate.json rate2.json

printf '{"rows": [{"name": "i", "unit": "instructions", "median": 10000000}]}' >count.json
printf '{"rows": [{"name": "i", "unit": "instructions", "median": 10600000}]}' >count6.json
has "instructions need no rounds" 1 "i instructions 10000000 10600000 +6.0 % 0.0 % WORSE" count.json count6.json
file one.json "$(row a ns 1 1)" "$(row b ns 200 "")"
has "one round tells no noise" 0 "a ns 1 1 +0.0 % not judged" base.json one.json
file zero.json "$(row a ns 0 "0, 0")" "$(row b ns -200 "-200, -200")"
has "a median of 0" 0 "2 not judged" base.json zero.json

# ---- rows in one file -----------------------------------------------------------------------------------

file other.json "$(row a ns 1 "$quiet")" "$(row c ns 2 "2, 2")" "$(row b us 200 "200, 200")"
has "rows in one file are no regressions" 0 \
    "0 worse, 0 better, 0 in the noise, 1 the same, 0 not judged, 2 added, 1 removed" base.json other.json
is "they are named" "b ns 200 removed/c ns 2 added/b us 200 added/" "$(grep ed$ squeezed | tr '\n' '/')"
file none.json "$(row d ns 1 "1, 1")"
run base.json none.json
is "no row in both" "2 1" "$status $(grep -c 'no row is in both' err)"
file order.json "$(row b ns 200 "200, 200")" "$(row a ns 1 "1, 1")"
has "the order of rows does not matter" 0 "2 the same" base.json order.json
is "it is the baseline's" "a b " "$(awk '/ns/ { printf "%s ", $1 }' out)"

# ---- the machine ----------------------------------------------------------------------------------------

now 1.5 "1.5, 1.5"
sed 's/gcc 12.2 -O2/gcc 13 \\u002dO2/; s/"cores": 2/"cpu": [1,\n2]/' now.json >elsewhere.json
has "the same compiler is judged" 1 "1 worse" --same compiler base.json now.json
has "another is not" 0 "Not the same compiler: nothing is judged." --same compiler base.json elsewhere.json
is "what differs is told" \
    'compiler was gcc 12.2 -O2, is gcc 13 \u002dO2/cores was 2, is not told/cpu was not told, is [1,/' \
    "$(sed -n 's/^machine: //p' out | tr '\n' '/')"
has "without --same it is judged" 1 "1 worse" base.json elsewhere.json
has "a key that neither has" 0 "Not the same libc" --same libc base.json now.json

# ---- Markdown -------------------------------------------------------------------------------------------

file pipes.json "$(row 'a|b_c' ns 1 "$quiet")"
file pipes2.json "$(row 'a|b_c' ns 2 "$quiet")"
has "Markdown" 1 '| a\|b\_c | ns | 1 | 2 | +100.0 % | 0.0 % | WORSE |' --markdown pipes.json pipes2.json
has "Markdown: rows in one file" 0 '| c | ns | | 2 | | | added |' base.json other.json --markdown
is "Markdown: every line has as many columns" "9 6 " \
    "$(awk -F'|' '/^\|/ { n[NF]++ } END { for (k in n) printf "%d %d ", k, n[k] }' out)"
is "Markdown: the head" "| row | unit | baseline | current | change | noise | |/|---|---|---:|---:|---:|---:|---|/" \
    "$(head -n 2 squeezed | tr '\n' '/')"

# ---- files ----------------------------------------------------------------------------------------------

awk '{ printf "%s\r\n", $0 }' base.json >crlf.json
has "CRLF" 0 "2 the same" base.json crlf.json
{ printf '\357\273\277' && cat base.json; } >bom.json
has "a byte order mark" 0 "2 the same" bom.json base.json
tr -d ' \n' <base.json >packed.json
sed 's/gcc12.2-O2/gcc 12.2 -O2/' packed.json >packed2.json
has "no blanks" 0 "2 the same" --same compiler packed2.json base.json
printf '{"rows": [{"rounds": [], "name": "a\\"\\\\\\/\\u00e9\\n", "unit": "instructions", "median": 1}]}' >escapes.json
has "escapes" 0 'a"\/\u00e9\n instructions 1 1 +0.0 %' escapes.json escapes.json
printf '{"rows": [{"name": "a\303\251\360\237\230\200", "unit": "instructions", "median": 1}]}' >utf8.json
has "UTF-8" 0 "$(printf 'a\303\251\360\237\230\200 instructions 1 1')" utf8.json utf8.json

wrong "no such file" "nosuch.json: No such file" base.json nosuch.json
wrong "no such baseline" "nosuch.json: No such file" nosuch.json base.json
wrong "a folder" ".: " base.json .
: >broken.json
wrong "an empty file" "broken.json:1:1: expected {; the file ends here" base.json broken.json
broken "another kind of file" "1:1: expected {" 'name,unit\n'
broken "an array" "1:1: expected {" '[1]'
broken "no rows" " there are no \"rows\" in it" '{"machine": {}}'
broken "empty rows" " there are no \"rows\" in it" '{"rows": []}'
broken "rows that are no array" "1:10: expected [" '{"rows": {}}'
broken "a row that is no object" "1:11: expected {" '{"rows": [1]}'
broken "a row without a name" "2:1: a row without name, unit or median" '{"rows": [\n{"unit": "ns", "median": 1}]}'
broken "a row without a unit" "1:11: a row without" '{"rows": [{"name": "a", "median": 1}]}'
broken "a row without a median" "1:11: a row without" '{"rows": [{"name": "a", "unit": "ns"}]}'
broken "a name that is a number" "1:20: expected a string" '{"rows": [{"name": 1}]}'
broken "a median that is text" "1:22: expected a number" '{"rows": [{"median": "1"}]}'
broken "a median that is null" "1:22: expected a number" '{"rows": [{"median": null}]}'
broken "rounds that are a number" "1:22: expected [" '{"rows": [{"rounds": 1}]}'
broken "a round that is text" "1:26: expected a number" '{"rows": [{"rounds": [1, "2"]}]}'
broken "a row twice" "3:1: a second row" \
    '{"rows": [{"name": "a", "unit": "", "median": 1},\n{"name": "a", "unit": "b", "median": 1},
{"name": "a", "unit": "", "median": 1}]}'
broken "no comma" "1:14: expected , or }" '{"more": "a" "b": 1}'
broken "no comma in an array" "1:13: expected , or ]" '{"more": [1 2]}'
broken "a comma too many" "1:13: expected a number" '{"more": [1,]}'
broken "a comma too many in an object" "1:12: expected a string" '{"more": 1,}'
broken "no colon" "1:9: expected :" '{"more" 1}'
broken "more text" "2:1: more text after the end" '{"more": 1}\n{}'
broken "no value" "1:10: expected a number" '{"more": nul}'
for number in NaN Infinity +1 .5; do
    broken "$number" "1:22: expected a number" "{\"rows\": [{\"median\": $number}]}"
done
for number in 0x10 1.2.3 1e 1e+ - -inf -nan 1-2; do
    broken "$number" "1:22: not a number" "{\"rows\": [{\"median\": $number}]}"
done
broken "a decimal comma" "1:24: expected a string" '{"rows": [{"median": 1,5}]}'
broken "1e999" "1:22: the number is too large" '{"rows": [{"median": 1e999}]}'
broken "-1e999" "1:22: the number is too large" '{"rows": [{"median": -1e999}]}'
awk 'BEGIN { printf "{\"rows\": [{\"name\": \"a\", \"unit\": \"ns\", \"rounds\": [1, 1], \"median\": 1."
    for (i = 0; i < 5000; i++) printf "0"
    print "}]}" }' >long.json
has "a number of 5000 digits" 0 "1 the same" long.json long.json
broken "a line in a string" "1:12: expected the end of the string" '{"more": "a\n"}'
broken "a control character in a string" "1:12: expected the end of the string" '{"more": "a\001"}'
broken "a zero byte" "1:10: expected a number" '{"more": \000}'
broken "a zero byte in a string" "1:11: expected the end of the string" '{"more": "\000"}'
broken "a zero byte at the end" "1:12: more text" '{"more": 1}\000'
broken "an unknown escape" "1:12: no such escape" '{"more": "\\x"}'
broken "an escape at the end" "1:12: no such escape; the file ends here" '{"more": "\\'

# deep N: arrays in arrays, N with the object around them
deep() {
    awk -v n="$1" 'BEGIN {
        printf "{\"rows\": [{\"name\": \"a\", \"unit\": \"instructions\", \"median\": 1}], \"more\": "
        for (i = 1; i < n; i++) printf "["
        for (i = 1; i < n; i++) printf "]"
        print "}" }' >broken.json
}
deep 64
has "64 deep" 0 "1 the same" broken.json broken.json
deep 65
wrong "65 deep" "broken.json:1:136: nested too deeply" base.json broken.json
deep 200000
wrong "200000 deep" "nested too deeply" base.json broken.json
awk 'BEGIN { printf "{\"rows\": ["
    for (i = 0; i < 20001; i++) printf "%s{\"name\": \"%d\", \"unit\": \"ns\", \"median\": 1}", i ? "," : "", i
    print "]}" }' >broken.json
wrong "20001 rows" "too many rows" base.json broken.json

# every file that is cut short is an error with a place, and no crash
length=$(($(wc -c <packed.json) - 1))
cut=0 sound=0
while [ $cut -lt $length ]; do
    dd if=packed.json of=broken.json bs=1 count=$cut 2>/dev/null
    run base.json broken.json
    case "$status $(cat err)" in
    "2 bench_compare: broken.json:1:$((cut + 1)): "*'; the file ends here') sound=$((sound + 1)) ;;
    '2 bench_compare: broken.json:1:'[1-9]*': '*) sound=$((sound + 1)) ;; # in the middle of a word or number
    esac
    cut=$((cut + 1))
done
is "files cut short" "$length" "$sound"

# ---- usage ----------------------------------------------------------------------------------------------

wrong "no files" "two files are needed"
wrong "one file" "two files are needed" base.json
wrong "three files" "a third file: now.json" base.json base.json now.json
wrong "an unknown option" "unknown option --nosuch" --nosuch base.json base.json
wrong "no threshold" "a value is missing after --threshold" base.json base.json --threshold
for threshold in '' 5% -1 nan inf x '5 '; do
    wrong "threshold '$threshold'" "not $threshold" --threshold "$threshold" base.json base.json
done
has "--help" 0 "usage: bench_compare [options] BASELINE CURRENT" --help
if [ -w /dev/full ]; then
    "$tool" base.json base.json 2>err >/dev/full
    is "a full disk" "2 1" "$? $(grep -c 'standard output' err)"
else
    skip "a full disk: no /dev/full"
fi

# ---- the locale: a decimal comma changes nothing ----------------------------------------------------------

is "no call of setlocale" 0 "$(grep -c setlocale "$root/tools/bench_compare.c")"
comma=
for name in $(locale -a 2>/dev/null | grep -i '^[a-z][a-z]_[A-Z]*\.utf'); do
    if [ "$(LC_ALL=$name locale decimal_point 2>/dev/null)" = , ]; then
        comma=$name
        break
    fi
done
if [ -z "$comma" ] && localedef -i de_DE -f UTF-8 "$work/comma" >/dev/null 2>&1; then
    LOCPATH=$work
    export LOCPATH
    [ "$(LC_ALL=comma locale decimal_point)" = , ] && comma=comma
fi
if [ -n "$comma" ]; then
    now 1.051 "1.051, 1.051, 1.051, 1.051, 1.051"
    LC_ALL=$comma
    has "a locale with a decimal comma" 1 "a ns 1 1.051 +5.1 % 0.0 % WORSE" --threshold 5.05 base.json now.json
    LC_ALL=C
else
    skip "a locale with a decimal comma: none here, and no localedef with de_DE (package locales)"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
