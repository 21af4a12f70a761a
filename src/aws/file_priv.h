/*
 * file_priv.h - small files with secrets in them.
 *
 * Layer:  aws, private.
 */
#ifndef PLINTH_AWS_FILE_PRIV_H
#define PLINTH_AWS_FILE_PRIV_H

#include "plinth/base/err.h"

#include <stddef.h>

struct arena; /* base/arena.h */

/* The whole file, NUL-terminated behind *out_len.  owns: `arena`; the caller wipes it.
 * err: ERR_NOTFOUND if there is none, ERR_LIMIT if it is larger than `most`, ERR_IO.  yields: no.
 */
int file_read(const char *path, size_t most, struct arena *arena, char **out, size_t *out_len,
              struct err *err);

/* Put a file with mode 0600 in its place, all of it or nothing; its folder is made (0700) if it is
 * not there.  err: ERR_IO.  yields: no. */
int file_replace(const char *path, const void *bytes, size_t len, struct arena *arena,
                 struct err *err);

#endif
