/* ms_runtime.c - the start of a program for the Microsoft ABI without Microsoft's libraries: arguments from
   the UCRT, then main. For tests/check/check.sh alone. */
int _fltused = 1; /* the compiler refers to it where floating point is used */

int main(int argc, char **argv);
int _configure_narrow_argv(int mode);
int _initialize_narrow_environment(void);
int *__p___argc(void);
char ***__p___argv(void);
__declspec(noreturn) void exit(int status);
void start(void);

void start(void)
{
    _configure_narrow_argv(1);
    _initialize_narrow_environment();
    exit(main(*__p___argc(), *__p___argv()));
}
