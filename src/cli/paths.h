/*
 * paths.h - where baselines and templates are: beside the user, installed, or in the source tree.
 *
 * Layer:  cli.  Data directories, in order: the variable PLINTH_DATADIR alone if it is set; else
 *         ../share/plinth beside the program, the directory of the installation, and for a program
 *         that still lies where it was built its source tree.
 */
#ifndef PLINTH_CLI_PATHS_H
#define PLINTH_CLI_PATHS_H

#include "plinth/base/err.h"

#include <stddef.h>

struct arena; /* base/arena.h */

#define PATHS_BASELINE_DEFAULT "plinth.yaml"

/* A file or a pipe as it is named ("-": standard input); else a shipped baseline ("startup",
 * "baselines/startup.yaml"); NULL takes PATHS_BASELINE_DEFAULT.  owns: `arena` or `argument`.  err:
 * ERR_USAGE with what there is. yields: no. */
int paths_baseline(const char *argument, struct arena *arena, const char **out, struct err *err);

/* "/dev/stdin" for "-", which is standard input wherever a file is read.  yields: no. */
const char *paths_input(const char *word);

/* A file or a pipe, to its end; NUL-terminated behind *out_len.  owns: `arena`.  err: ERR_IO,
 * ERR_LIMIT.  yields: no. */
int paths_read(const char *path, size_t bytes_most, struct arena *arena, char **out,
               size_t *out_len, struct err *err);

/* The templates beside the baseline first.  Ends with NULL.  owns: `arena`.  yields: no. */
const char *const *paths_templates(const char *baseline, struct arena *arena);

#endif
