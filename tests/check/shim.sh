# shim.sh NAME - the Linux side of shim.c: compiles what NAME.args says, with the compiler that this script's name says.
# With less optimization, which costs most of the time: the unit tests have it.
name=$1
unix_path() { printf '%s\n' "$1" | sed 's/^[Zz]://; s/\\/\//g'; }
{
    IFS= read -r folder
    cd "$(unix_path "$folder")" || exit 1
    set --
    source='' program='' objects=build
    while IFS= read -r argument; do
        case $argument in
        /Fe*) program=$(unix_path "${argument#/Fe}") ;;
        /Fo* | /nologo | /O2 | /I.) ;;
        *.c) source=$(unix_path "$argument") && set -- "$@" "$source" ;;
        *\\*) set -- "$@" "$(unix_path "$argument")" ;;
        *) set -- "$@" "$argument" ;;
        esac
    done
} <"$name.args"
case ${name##*/} in
gcc)
    level=-O0 # the last counts; this compiler's sqrt at -O0 is not IEEE's, which the unit tests' oracle needs
    case $source in *test_main.c) level=-O1 ;; esac
    x86_64-w64-mingw32-gcc-win32 "$@" $level >"$name.out" 2>&1
    ;;
clang-cl) sh tests/check/ms_compile.sh $objects "$source" "$program" /Od >"$name.out" 2>&1 ;;
cl)
    # what cl.exe compiles: no clang, no GNU C, every intrinsic without a flag
    set -- /Od -U__clang__ -U__GNUC__ -Wno-unused-command-line-argument -mavx2
    if grep -q avx512vl /proc/cpuinfo; then
        set -- "$@" -mavx512f -mavx512bw -mavx512dq -mavx512vl
    else
        set -- "$@" -DPIKA_NO_AVX512
    fi
    sh tests/check/ms_compile.sh $objects "$source" "$program" "$@" >"$name.out" 2>&1
    ;;
esac
echo $? >"$name.new"
mv "$name.new" "$name.status"
