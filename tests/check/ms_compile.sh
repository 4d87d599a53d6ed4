# ms_compile.sh OBJECT-FOLDER SOURCE PROGRAM [CLANG-CL FLAG...] - compiles and links one file for the Microsoft ABI
# without Microsoft's SDK: Wine's headers, MinGW's import library of the UCRT, a start of our own. Run in the
# project's top folder. POSIX sh.
set -eu
folder=$1 source=$2 program=$3
shift 3
for file in "$source" tests/check/ms_runtime.c; do
    clang-cl-19 /nologo /W4 /O2 /GS- "$@" /c "/Fo$folder/$(basename "$file" .c).obj" /FItests/check/ms_fixes.h /I. \
        /imsvc /usr/include/wine/wine/msvcrt /imsvc /usr/include/wine/wine/windows "$file"
done
clang-19 --target=x86_64-pc-windows-msvc -c tests/check/ms_chkstk.s -o "$folder/ms_chkstk.obj"
lld-link-19 /nologo /subsystem:console /entry:start /nodefaultlib "/out:$program" "$folder/$(basename "$source" .c).obj" \
    "$folder/ms_runtime.obj" "$folder/ms_chkstk.obj" /libpath:/usr/x86_64-w64-mingw32/lib libucrt.a libkernel32.a \
    libmingwex.a
