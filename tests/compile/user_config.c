/* user_config.c - PIKA_USER_CONFIG names a file with the switches. */
#define PIKA_USER_CONFIG "user_config.h"
#define PIKA_IMPLEMENTATION
#include "pika.h"
#include "smoke.h"
#ifndef USER_CONFIG_WAS_READ
    #error PIKA_USER_CONFIG was not included
#endif

int main(void) { return smoke(); }
