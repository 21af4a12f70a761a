/*
 * files.h - whole files: read with a cap, written so that a reader sees the old one or the new one.
 *
 * Layer:  base.
 */
#ifndef PLINTH_BASE_FILES_H
#define PLINTH_BASE_FILES_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

/* The bytes of a file, NUL-terminated behind *out_len.  owns: `arena`.
 * err: ERR_NOTFOUND, ERR_IO, ERR_LIMIT above `bytes_most`.  yields: no. */
int files_read(const char *path, size_t bytes_most, struct arena *arena, char **out,
               size_t *out_len, struct err *err);

/* Whether a file can be written there: nothing stands at `path` or a regular file does, and its
 * folder can be written to.  err: ERR_USAGE for anything else that stands there, ERR_IO.
 * yields: no. */
int files_check_target(const char *path, struct err *err);

enum { FILE_MODE_PRIVATE = 0600, FILE_MODE_PLAIN = 0644 };

/* Write beside it, sync, and rename over it; a failure leaves the old file as it was.  A symbolic
 * link stays, and what it stands for is written.  `replace` false: an existing file is
 * ERR_CONFLICT, whoever made it meanwhile.  err: also as files_check_target.  yields: no. */
int files_write(const char *path, const char *text, size_t len, unsigned mode, bool replace,
                struct err *err);

/* The same with what `fill` puts into the file, which gives -1 with errno set when it cannot.
 * yields: no. */
typedef int (*files_fill_fn)(void *arg, int fd);
int files_write_by(const char *path, files_fill_fn fill, void *arg, unsigned mode, bool replace,
                   struct err *err);

/* Add a line to a file of lines, which is made (0600) if it is not there; `line` has no newline.
 * What a power cut left of a line is ended first.  The oldest lines go where there would be more
 * than `lines_most`, or than `bytes_most` bytes.  Processes that add at once take turns: no line is
 * lost or torn.  err: ERR_LIMIT for a line or a file of more than `bytes_most`; as files_write.
 * yields: no; it waits for who is at it. */
int files_add_line(const char *path, const char *line, size_t lines_most, size_t bytes_most,
                   struct err *err);

/* All of these bytes; -1 with errno set.  yields: no. */
int files_put(int fd, const char *text, size_t len);

#endif
