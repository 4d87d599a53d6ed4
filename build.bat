@echo off
rem build.bat [target] - builds and tests pika on Windows: build.bat help
setlocal
cd /d "%~dp0"
set target=%~1
set name=%~2
if "%target%"=="" set target=build
if "%target%"=="help" goto help
if "%target%"=="clean" goto clean

rem the compiler: CC, or the first that there is
set compiler=%CC%
if "%compiler%"=="" call :look cl
if "%compiler%"=="" call :look clang-cl
if "%compiler%"=="" call :look gcc
if "%compiler%"=="" call :look tcc
if "%compiler%"=="" (
    echo build.bat: no C compiler found: open the developer command prompt of Visual Studio, or put gcc or tcc into PATH
    exit /b 1
)
set style=unix
set libm=
if "%compiler%"=="cl" set style=ms
if "%compiler%"=="clang-cl" set style=ms
if "%compiler%"=="gcc" set libm=-lm
if not exist build mkdir build
set broken=0
set parts=0

if "%target%"=="build" goto build
if "%target%"=="run" goto run
if "%target%"=="test" goto test
if "%target%"=="bench" goto bench
echo build.bat: no target %target%
goto help

:build
call :everything
exit /b %broken%

:run
call :compile pika tools\pika.c
if "%broken%"=="1" exit /b 1
build\pika.exe --stats --title "Cities of the world" --xlabel longitude --ylabel latitude --subtitle "171,075 places of more than 1,000 inhabitants. Data: GeoNames, CC BY 4.0" --theme dark --background 060810 --size 1600x690 --view -180:180,-60:85 --shade log --range 0.51:10 --colormap fire --spread 1 -o build\cities.png examples\data\cities.csv
if errorlevel 1 exit /b 1
exit /b 0

rem the plain loops compiled as one would who wants them fast, and pika with them; CFLAGS decides where it is set
:bench
if "%CFLAGS%"=="" if "%style%"=="unix" set CFLAGS=-O3 -march=native
set PIKA_BENCH_FLAGS=-O2 %CFLAGS%
if "%style%"=="ms" set PIKA_BENCH_FLAGS=/O2 %CFLAGS%
call :compile bench bench\bench.c %libm%
if "%broken%"=="1" exit /b 1
build\bench.exe %2 %3 %4 %5 %6 %7 %8 %9
exit /b %errorlevel%

:test
set passed=0
set failed=0
set skipped=0
if not "%name%"=="" goto test_name
call :everything
if "%broken%"=="1" set /a failed=failed+1
call :part check_header pika.h pika_gl.h
call :part test_main %PIKA_TEST_OPTIONS%
call :example_tests
echo the tests of the tool, of bench_compare and of README.md need a POSIX shell, those of OpenGL EGL: ./build.sh test
echo examples\gl_window.c and examples\gl_glad.c are not built here: their first comments say how
set /a skipped=skipped+6
goto sum

:test_name
call :compile test_main tests\test_main.c %libm%
call :part test_main %PIKA_TEST_OPTIONS% %name%

:sum
echo %passed% passed, %failed% failed, %skipped% skipped
if not "%failed%"=="0" exit /b 1
exit /b 0

:clean
if exist build rmdir /s /q build
exit /b 0

:help
echo usage: build.bat [target]
echo   (none)        build the tool, the examples and the tests into build\
echo   run           draw the cities of the world with build\pika.exe; the picture's path is the last line
echo   test [NAME]   run the tests, or the unit tests with NAME in their name
echo   bench [...]   run the benchmark: bench --table, bench --help
echo   clean         remove build\
echo Environment: CC (default: the first of cl clang-cl gcc tcc), CFLAGS
if "%target%"=="help" exit /b 0
exit /b 2

rem ---- look NAME: takes it as the compiler where it is in PATH
:look
for %%i in (%1.exe) do if not "%%~$PATH:i"=="" set compiler=%1
goto :eof

:everything
echo with %compiler%
call :compile test_main tests\test_main.c %libm%
call :compile pika tools\pika.c
call :compile bench_compare tools\bench_compare.c
call :compile check_header tools\check_header.c
for %%e in (examples\*.c) do call :compile_example %%~ne %%e
goto :eof

rem ---- compile_example NAME SOURCE: but for those that need a library or a loader
:compile_example
if "%1"=="gl_window" goto :eof
if "%1"=="gl_glad" goto :eof
call :compile %1 %2
goto :eof

rem ---- compile NAME SOURCE [LIBRARY]: build\NAME.exe; a failure sets broken
:compile
echo building build\%1.exe
if exist build\%1.exe del build\%1.exe
if "%style%"=="ms" goto compile_ms
%compiler% -O2 -I. %CFLAGS% %2 -o build\%1.exe %3 >build\%1.log 2>&1
goto compiled
:compile_ms
%compiler% /nologo /O2 /I. %CFLAGS% %2 /Febuild\%1.exe /Fobuild\ >build\%1.log 2>&1
:compiled
if exist build\%1.exe goto :eof
type build\%1.log
echo build.bat: %2 does not compile with %compiler%
set broken=1
goto :eof

rem ---- part PROGRAM [ARGUMENTS]: runs it and adds the counts of its last line; without such a line it has failed
:part
echo == %1
set last=
build\%1.exe %2 %3 %4 %5 >build\%1.out 2>&1
set status=%errorlevel%
type build\%1.out
for /f "delims=" %%l in (build\%1.out) do set last=%%l
set counted=0
for /f "tokens=1-6 delims=, " %%a in ("%last%") do if "%%b %%d %%f"=="passed failed skipped" call :add %%a %%c %%e
if "%counted%"=="0" set /a failed=failed+1
if "%counted%"=="1" if not "%status%"=="0" if "%part_failed%"=="0" set /a failed=failed+1
goto :eof

:add
set counted=1
set part_failed=%2
set /a passed=passed+%1
set /a failed=failed+%2
set /a skipped=skipped+%3
goto :eof

:example_tests
echo == examples
for %%e in (examples\*.c) do call :example %%~ne
goto :eof

:example
if "%1"=="gl_window" goto :eof
if "%1"=="gl_glad" goto :eof
if exist build\%1.png del build\%1.png
set argument=
if "%1"=="cities" set argument=..\examples\data\cities.csv
if "%1"=="trace" set argument=trace.png 2000000
cd build
%1.exe %argument% >%1.out 2>&1
cd ..
if exist build\%1.png goto example_ok
echo FAIL example %1: no picture build\%1.png
type build\%1.out
set /a failed=failed+1
goto :eof
:example_ok
set /a passed=passed+1
goto :eof
