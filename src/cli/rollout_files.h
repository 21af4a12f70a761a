/*
 * rollout_files.h - what of a rollout survives its process, and what is asked of a running one.
 *
 * Layer:  cli.  In the folder of the journals: rollout.json, how it stands; rollout.request, what
 *         somebody asks for; rollout.lock, locked with fcntl(2) by the process that carries it out.
 */
#ifndef PLINTH_CLI_ROLLOUT_FILES_H
#define PLINTH_CLI_ROLLOUT_FILES_H

#include "plinth/base/err.h"
#include "plinth/baseline/schema.h"
#include "plinth/codec/json.h"
#include "plinth/engine/rollout.h"

#include <stdbool.h>

struct arena; /* base/arena.h */

struct rollout_files {
    const char *folder, *state, *request, *lock;
    int lock_fd;                 /* -1: not ours */
    const struct json *document; /* as it was read; NULL: there is none */
    struct strings approved;     /* what somebody said yes to: journal_digests */
};

/* Name them; the folder is made.  owns: `arena`.  err: ERR_IO.  yields: no. */
int rollout_files_open(const char *folder, struct arena *arena, struct rollout_files *out,
                       struct err *err);
void rollout_files_close(struct rollout_files *files);

/* Be the one who carries it out, or with `take` false see whether one could be (*out false:
 * somebody else is), and read how it stands.  owns: `arena`.  err: ERR_IO, ERR_PROTOCOL.  yields:
 * no. */
int rollout_files_lock(struct rollout_files *files, bool take, struct arena *arena, bool *out,
                       struct err *err);

/* Whether one is kept that has not come to its end.  yields: no. */
bool rollout_files_unfinished(const struct rollout_files *files);

/* err: ERR_IO.  yields: no. */
int rollout_files_save(const struct rollout_files *files, const struct rollout *rollout,
                       struct err *err);
int rollout_files_ask(const struct rollout_files *files, enum rollout_request request,
                      struct err *err);

/* What is asked for; what cannot be read asks for nothing.  yields: no. */
enum rollout_request rollout_files_asked(const struct rollout_files *files);

#endif
