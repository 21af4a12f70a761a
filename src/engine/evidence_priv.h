/*
 * evidence_priv.h - the parts of an archive of evidence.
 *
 * Layer:  engine, private.
 *
 * evidence.c         packs one
 * evidence_verify.c  checks one
 */
#ifndef PLINTH_SRC_ENGINE_EVIDENCE_PRIV_H
#define PLINTH_SRC_ENGINE_EVIDENCE_PRIV_H

#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"
#include "plinth/engine/evidence.h"

#define EVIDENCE_FORMAT "plinth/evidence/v1"
#define EVIDENCE_MANIFEST "manifest.json"
#define EVIDENCE_SIGNATURE "manifest.sig"
#define EVIDENCE_JOURNAL "journal.jsonl"

enum { EVIDENCE_NAME_BYTES_MOST = 200 };

struct json; /* codec/json.h */

struct evidence_member {
    const char *name;
    const char *sha256; /* as the journal or the manifest says; NULL */
    const char *bytes;
    size_t len;
    const char *sum; /* SHA-256 of the bytes */
    bool listed;     /* in the manifest */
};

struct evidence_members {
    struct evidence_member *items;
    size_t count, capacity;
};

/* What a journal says of the files that its run kept. */
struct evidence_kept {
    struct arena *arena;
    struct evidence_members members;
};

bool evidence_name_is_good(const char *name);
struct evidence_member *evidence_find(const struct evidence_members *members, const char *name);

/* As a reader of journal_read, with a struct evidence_kept.  err: ERR_PROTOCOL. */
int evidence_take_kept(void *arg, const struct json *record, struct err *err);

/* How a manifest calls the key that signed it: the SHA-256 of its public bytes. */
void evidence_key_name(const struct sign_key *key, char out[SHA256_HEX_BYTES]);

#endif
