/* hello.c - a million points to a picture in two lines.
   Build: cc -O2 examples/hello.c -o hello -pthread      Run: ./hello [hello.png] */
#define PIKA_IMPLEMENTATION
#include "../pika.h"

static double fold(double t) { return -0.44 * t + 2.88 * t * t / (1 + t * t); }

int main(int argc, char **argv)
{
    static float x[1000000], y[1000000];
    double u = 0.1, v = 0.1;
    for (int i = 0; i < 1000000; i++) { /* an attractor of Gumowski and Mira; put your own points here */
        double next = 1.001 * v - 0.00095 * v * v * v + fold(u);
        v = fold(next) - u;
        u = next;
        x[i] = (float)u;
        y[i] = (float)v;
    }
    pika_points points = pika_xy_f32(x, y, 1000000);
    return pika_points_to_png(NULL, argc > 1 ? argv[1] : "hello.png", &points, 1200, 800) != PIKA_OK;
}
