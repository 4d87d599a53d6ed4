/* after_macros.c - after the macros that <windows.h>, <complex.h> and old compilers are known to define. */
#ifndef __TINYC__ /* it cannot read glibc's */
    #include <complex.h>
#endif
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef min
    #define min(a, b) (((a) < (b)) ? (a) : (b))
    #define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#define near
#define far
#define small char
#define huge
#define interface struct
#define ERROR 0
#define NEAR
#define FAR
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define DELETE (0x00010000L)
#define STRICT 1
#define TRUE 1
#define FALSE 0
#define pascal
#define cdecl
#define hyper long
#define DIFFERENCE 11
#define abs(x) ((x) < 0 ? -(x) : (x))
#define unix 1
#define linux 1
#define bool int
#define B0 0
#define PAGE_SIZE 4096
#define M_PI 3
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"

int main(void) { return smoke(); }
