/* user_config.h - read first thing in the implementation: its switches work as if they were on the command
   line. */
#define PIKA_NO_THREADS
#define PIKA_NO_PNG
#define USER_CONFIG_WAS_READ 1
