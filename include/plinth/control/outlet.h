/*
 * outlet.h - the way out of AWS: what a control may do on the machine that plinth runs on.
 *
 * Layer:  control.  The command line gives one that touches the machine (cli/outlet.c); in a
 *         rehearsal it is the test's own.  Controls touch neither files nor processes themselves.
 */
#ifndef PLINTH_CONTROL_OUTLET_H
#define PLINTH_CONTROL_OUTLET_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct secret; /* base/secret.h */

struct outlet {
    const char *machine; /* its name, to know its files again */

    /* Whether anything is at that absolute path.  err: ERR_IO.  yields: no. */
    int (*exists)(void *arg, const char *path, bool *out, struct err *err);

    /* Put a file there in one step, with mode 0600, over what is there.  On failure what was there
     * still is, and no other file has the content.  err: ERR_IO.  yields: no. */
    int (*put_file)(void *arg, const char *path, const struct secret *content, struct err *err);

    /* Run a program (`argv` ends with NULL, no shell) with that on its standard input, and wait for
     * its end, a minute at most.  err: ERR_IO when it cannot be started, ends with a status, or
     * takes too long.  yields: yes. */
    int (*run)(void *arg, const char *const *argv, const struct secret *input, struct err *err);

    void *arg;
};

#endif
