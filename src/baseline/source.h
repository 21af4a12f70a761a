/*
 * source.h - the files of a baseline as one tree: `include` followed, variables put in.
 *
 * Layer:  baseline.  Nodes keep their marks, so an error names the file that it stands in.
 * Limits: LIMIT_INCLUDE_FILES.
 */
#ifndef PLINTH_SRC_BASELINE_SOURCE_H
#define PLINTH_SRC_BASELINE_SOURCE_H

#include "plinth/baseline/baseline.h"

#include <stddef.h>

struct arena; /* base/arena.h */

/* Read `path` and what it includes, with the text of `instead` (NULL: none) for the file of its
 * path; *files are their paths.  Mistakes inside go to `diags`, and the tree is what could be read.
 * owns: `arena`.  err: ERR_IO if `path` cannot be read, ERR_LIMIT.  yields: no. */
int source_read(const char *path, const struct file_text *instead, struct arena *arena,
                struct node **out, struct strings *files, struct diags *diags, struct err *err);

/* The same from memory; `include` is a mistake.  yields: no. */
int source_parse(const char *text, size_t len, const char *name, struct arena *arena,
                 struct node **out, struct diags *diags, struct err *err);

/* `name` relative to the folder of `file`, or to the working directory for what comes through a
 * pipe or from standard input (/dev/...); an absolute one as it is.  owns: `arena`.  yields: no.
 */
const char *source_path(const char *file, const char *name, struct arena *arena);

/* Replace ${var.name} in every scalar of the tree by `given` or by the default that the tree
 * declares.  Unknown names, variables without a value and references that are not variables go to
 * `diags`.  Values are not searched for references again.  yields: no. */
void variables_substitute(struct node *root, const struct variable_value *given,
                          struct arena *arena, struct diags *diags);

#endif
