/* stopwatch.c - the median CPU time of a command in whole milliseconds: stopwatch RUNS COMMAND [ARGUMENTS].
   CPU time and not time by the clock, so that what else the machine does counts little. POSIX. */
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

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    double times[101];
    int runs = argc > 2 ? atoi(argv[1]) : 0, i, status;
    if (runs < 1 || runs > 101) return 2;
    for (i = 0; i < runs; i++) {
        double before = cpu_of_children();
        pid_t child = fork();
        if (child == 0) {
            execvp(argv[2], argv + 2);
            _exit(127);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
        times[i] = cpu_of_children() - before;
    }
    qsort(times, (size_t)runs, sizeof times[0], compare);
    printf("%.0f\n", times[runs / 2]);
    return 0;
}
