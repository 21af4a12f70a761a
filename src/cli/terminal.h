/*
 * terminal.h - questions to a person.
 *
 * Layer:  cli.  Questions and answers go through /dev/tty, so that neither is lost in a
 * redirection; there is a person only where standard input is a terminal.
 */
#ifndef PLINTH_CLI_TERMINAL_H
#define PLINTH_CLI_TERMINAL_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

bool terminal_is_there(void);

/* Show a text to the person who will be asked.  err: ERR_IO.  yields: no. */
int terminal_show(const char *text, size_t len, struct err *err);

/* Ask and read one line, without its newline or the blanks around it.  Ends early with
 * ERR_CANCELLED when `interrupt_fd` (-1: none) becomes readable.  owns: `arena`.
 * err: ERR_IO without a terminal or at its end.  yields: no: everything else waits too. */
int terminal_ask(const char *question, int interrupt_fd, struct arena *arena, char **out,
                 struct err *err);

#endif
