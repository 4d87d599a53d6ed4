/* stopwatch.c - the least CPU time of a command in whole milliseconds: stopwatch RUNS COMMAND [ARGUMENTS].
   CPU time and not time by the clock, and the least of it, so that what else the machine does counts little. POSIX. */
#define _XOPEN_SOURCE 700
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double cpu_of_children(void)
{
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    return 1e3 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-3 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    double least = 1e300;
    int runs = argc > 2 ? atoi(argv[1]) : 0, i, status;
    if (runs < 1) return 2;
    for (i = 0; i < runs; i++) {
        double before = cpu_of_children(), taken;
        pid_t child = fork();
        if (child == 0) {
            execvp(argv[2], argv + 2);
            _exit(127);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
        taken = cpu_of_children() - before;
        if (taken < least) least = taken;
    }
    printf("%.0f\n", least);
    return 0;
}
