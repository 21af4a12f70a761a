/*
 * evidence.h - one run in one file that can be checked years later: its journal and what it kept
 * (plan, baseline, report), under a signed list of their digests.
 *
 * Layer:  engine.
 *
 * Format: plinth/evidence/v1.  A tar.gz with manifest.json first (run, times, and of each other
 *         member its name, size and SHA-256), manifest.sig (the Ed25519 signature of the bytes of
 *         manifest.json; none in an unsigned one), journal.jsonl, and what the journal's records of
 *         kind "kept" name.  The same run, key and version of plinth give the same bytes.
 * Limits: LIMIT_EVIDENCE_MEMBERS, LIMIT_EVIDENCE_BYTES unpacked.
 */
#ifndef PLINTH_ENGINE_EVIDENCE_H
#define PLINTH_ENGINE_EVIDENCE_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;    /* base/arena.h */
struct buf;      /* base/buf.h */
struct sign_key; /* codec/sign.h */

/* Where a run keeps its files: the folder beside its journal.  owns: `arena`.  yields: no. */
const char *evidence_folder(const char *journal_path, struct arena *arena);

/* Pack a run that is over.  `key` NULL: unsigned; `version` is plinth's.
 * err: ERR_CONFLICT while it goes on, ERR_PROTOCOL when the journal is damaged or a file is not
 * what the run kept, ERR_NOTFOUND, ERR_IO, ERR_LIMIT.  yields: no. */
int evidence_pack(const char *journal_path, const struct sign_key *key, const char *version,
                  struct buf *out, struct err *err);

struct evidence {
    const char *run, *caller, *begun, *ended; /* ended: NULL */
    size_t members;
    uint64_t records; /* of the journal */
    bool is_signed;
};

/* Check everything: the signature (`key` NULL: it is not looked at), that the members are those of
 * the manifest and as it says, the journal's chain, and that what was kept is what the journal
 * says. An archive that nobody signed is no error: see out->is_signed. owns: `arena`.  err:
 * ERR_PROTOCOL saying what does not fit, ERR_NOTFOUND, ERR_IO, ERR_LIMIT. yields: no. */
int evidence_verify(const char *path, const struct sign_key *key, struct arena *arena,
                    struct evidence *out, struct err *err);

#endif
