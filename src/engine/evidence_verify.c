/*
 * evidence_verify.c - check an archive of evidence: nothing in it is believed before it fits.
 */
#include "evidence_priv.h"
#include "journal_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/archive.h"
#include "plinth/codec/json.h"
#include "plinth/codec/sign.h"
#include "plinth/engine/journal.h"

#include <stdio.h>
#include <string.h>

struct checking {
    struct arena *arena;
    struct evidence_members members; /* as they are in the archive */
    size_t left;                     /* bytes that may still be unpacked */
    const struct json *manifest;
    struct evidence *out;
};

/* --- What is in the archive ----------------------------------------------------------------------
 */

static int read_bytes(struct checking *checking, struct archive_reader *reader,
                      struct evidence_member *member, struct err *err)
{
    struct buf buf;
    const char *bytes;
    char sum[SHA256_HEX_BYTES];
    size_t len;
    int status;

    buf_init(&buf, checking->left);
    while ((status = archive_reader_bytes(reader, &bytes, &len, err)) == 1 && !buf.overflow)
        buf_add(&buf, bytes, len);
    if (status >= 0 && buf.overflow)
        status = err_set(err, ERR_LIMIT, "it unpacks to more than %d bytes", LIMIT_EVIDENCE_BYTES);
    if (status == 0) {
        member->bytes = arena_strn(checking->arena, buf_text(&buf), buf.len);
        member->len = buf.len;
        checking->left -= buf.len;
        sha256_hex(member->bytes, member->len, sum);
        member->sum = arena_str(checking->arena, sum);
    }
    buf_fini(&buf);
    return status;
}

static int read_member(struct checking *checking, struct archive_reader *reader, const char *name,
                       struct err *err)
{
    struct evidence_member *member;

    if (!evidence_name_is_good(name))
        return err_set(err, ERR_PROTOCOL, "a member has a name that no evidence has");
    if (evidence_find(&checking->members, name) != NULL)
        return err_set(err, ERR_PROTOCOL, "%s is in it twice", name);
    if (checking->members.count == LIMIT_EVIDENCE_MEMBERS)
        return err_set(err, ERR_LIMIT, "it has more than %d members", LIMIT_EVIDENCE_MEMBERS);
    member = VEC_ADD(checking->arena, &checking->members);
    *member = (struct evidence_member){.name = arena_str(checking->arena, name)};
    return read_bytes(checking, reader, member, err);
}

static int read_archive(struct checking *checking, const char *path, struct err *err)
{
    size_t prefix = strlen(path) + strlen(": ");
    struct archive_reader *reader;
    const char *name;
    int status;

    if (archive_reader_open(path, &reader, err) != 0)
        return -1;
    archive_reader_be_strict(reader);
    while ((status = archive_reader_next(reader, &name, err)) == 1) {
        /* A file that is no archive is one entry, by its own name. */
        if (strlen(name) < prefix) {
            status = err_set(err, ERR_PROTOCOL, "it is no archive");
            break;
        }
        status = read_member(checking, reader, name + prefix, err);
        if (status != 0)
            break;
    }
    archive_reader_free(reader);
    return status;
}

/* --- The signature -------------------------------------------------------------------------------
 */

static int check_signature(struct checking *checking, const struct evidence_member *manifest,
                           const struct sign_key *key, struct err *err)
{
    const struct evidence_member *signature = evidence_find(&checking->members, EVIDENCE_SIGNATURE);
    const char *signer = json_str(checking->manifest, "key");
    char name[SHA256_HEX_BYTES];

    if (signature == NULL && signer != NULL)
        return err_set(err, ERR_PROTOCOL, "its signature was taken out: there is no %s",
                       EVIDENCE_SIGNATURE);
    if (signature != NULL && signer == NULL)
        return err_set(err, ERR_PROTOCOL, "it has a signature, but its manifest names no key");
    checking->out->is_signed = signature != NULL;
    if (signature == NULL || key == NULL)
        return 0;
    evidence_key_name(key, name);
    if (!str_eq(signer, name))
        return err_set(err, ERR_PROTOCOL, "it was signed with another key than this one");
    if (signature->len != SIGN_BYTES ||
        !sign_is_good(key, manifest->bytes, manifest->len, (const unsigned char *)signature->bytes))
        return err_set(err, ERR_PROTOCOL,
                       "the signature does not fit: %s was changed after it was signed, or never "
                       "signed with this key",
                       EVIDENCE_MANIFEST);
    return 0;
}

/* --- The members ---------------------------------------------------------------------------------
 */

static int check_member(struct checking *checking, const struct json *entry, struct err *err)
{
    const char *name, *sum;
    double bytes = json_number(entry, "bytes", -1);
    struct evidence_member *member;

    if (json_need_str(entry, "name", &name, err) != 0 ||
        json_need_str(entry, "sha256", &sum, err) != 0)
        return err_wrap(err, "%s", EVIDENCE_MANIFEST);
    member = evidence_find(&checking->members, name);
    if (member == NULL)
        return err_set(err, ERR_PROTOCOL, "%.*s is missing: the manifest names it",
                       EVIDENCE_NAME_BYTES_MOST, name);
    if (member->listed || str_eq(name, EVIDENCE_MANIFEST) || str_eq(name, EVIDENCE_SIGNATURE))
        return err_set(err, ERR_PROTOCOL, "the manifest names %s where it must not", member->name);
    if ((double)member->len != bytes)
        return err_set(err, ERR_PROTOCOL, "%s was changed: it has %zu bytes and not %.0f",
                       member->name, member->len, bytes);
    if (!str_eq(member->sum, sum))
        return err_set(err, ERR_PROTOCOL, "%s was changed: its SHA-256 is not that of the manifest",
                       member->name);
    member->listed = true;
    return 0;
}

static int check_members(struct checking *checking, struct err *err)
{
    for (const struct json *it = json_first(json_get(checking->manifest, "members")); it != NULL;
         it = it->next)
        if (check_member(checking, it, err) != 0)
            return -1;
    for (size_t i = 0; i < checking->members.count; i++) {
        const struct evidence_member *member = &checking->members.items[i];

        if (!member->listed && !str_eq(member->name, EVIDENCE_MANIFEST) &&
            !str_eq(member->name, EVIDENCE_SIGNATURE))
            return err_set(err, ERR_PROTOCOL, "%s was put in: the manifest does not name it",
                           member->name);
    }
    return 0;
}

/* --- The journal ---------------------------------------------------------------------------------
 */

struct reading_run {
    struct evidence_kept kept;
    const char *run;
};

static int take_record(void *arg, const struct json *record, struct err *err)
{
    struct reading_run *reading = arg;

    if (reading->run == NULL) {
        const char *run = json_str(record, "run");

        if (!str_eq(json_str(record, "kind"), "begin") || run == NULL)
            return err_set(err, ERR_PROTOCOL, "it does not begin as a journal does");
        reading->run = arena_str(reading->kept.arena, run);
    }
    return evidence_take_kept(&reading->kept, record, err);
}

static int check_kept(const struct checking *checking, const struct evidence_members *kept,
                      struct err *err)
{
    for (size_t i = 0; i < kept->count; i++) {
        const struct evidence_member *said = &kept->items[i];
        const struct evidence_member *member = evidence_find(&checking->members, said->name);

        if (member == NULL)
            return err_set(err, ERR_PROTOCOL, "%s is missing: the journal names it", said->name);
        if (!str_eq(member->sum, said->sha256))
            return err_set(err, ERR_PROTOCOL, "%s is not what the run kept: the journal says so",
                           said->name);
    }
    for (size_t i = 0; i < checking->members.count; i++) {
        const struct evidence_member *member = &checking->members.items[i];

        if (member->listed && !str_eq(member->name, EVIDENCE_JOURNAL) &&
            evidence_find(kept, member->name) == NULL)
            return err_set(err, ERR_PROTOCOL, "%s was put in: the journal does not name it",
                           member->name);
    }
    return 0;
}

static int check_journal(struct checking *checking, struct err *err)
{
    struct evidence_member *journal = evidence_find(&checking->members, EVIDENCE_JOURNAL);
    struct reading_run reading = {.kept = {.arena = checking->arena}};
    struct journal_end end;
    FILE *file;
    int result;

    if (journal == NULL)
        return err_set(err, ERR_PROTOCOL, "there is no %s in it", EVIDENCE_JOURNAL);
    /* The stream only reads: what it is given need not be writable. */
    file = fmemopen((void *)(uintptr_t)journal->bytes, journal->len, "r");
    if (file == NULL)
        return err_set(err, ERR_IO, "%s cannot be read", EVIDENCE_JOURNAL);
    result = journal_read_stream(file, take_record, &reading, &end, err);
    (void)fclose(file);
    if (result != 0)
        return err_wrap(err, "%s", EVIDENCE_JOURNAL);
    if (end.damaged_line != 0 || end.torn)
        return err_set(err, ERR_PROTOCOL, "%s: its chain breaks at line %llu", EVIDENCE_JOURNAL,
                       (unsigned long long)end.records + 1);
    if (!str_eq(reading.run, checking->out->run))
        return err_set(err, ERR_PROTOCOL, "the manifest is of another run than the journal");
    checking->out->records = end.records;
    return check_kept(checking, &reading.kept.members, err);
}

/* --- All of it -----------------------------------------------------------------------------------
 */

static int read_manifest(struct checking *checking, const struct evidence_member *manifest,
                         struct err *err)
{
    struct evidence *out = checking->out;
    struct json *json;

    if (json_parse(manifest->bytes, manifest->len, checking->arena, &json, err) != 0)
        return err_wrap(err, "%s", EVIDENCE_MANIFEST);
    if (!str_eq(json_str(json, "format"), EVIDENCE_FORMAT))
        return err_set(err, ERR_PROTOCOL, "%s: its format is not " EVIDENCE_FORMAT,
                       EVIDENCE_MANIFEST);
    if (json_need_str(json, "run", &out->run, err) != 0)
        return err_wrap(err, "%s", EVIDENCE_MANIFEST);
    out->caller = json_str(json, "caller");
    out->begun = json_str(json, "begun");
    out->ended = json_str(json, "ended");
    checking->manifest = json;
    return 0;
}

static int check(struct checking *checking, const char *path, const struct sign_key *key,
                 struct err *err)
{
    const struct evidence_member *manifest;

    if (read_archive(checking, path, err) != 0)
        return -1;
    manifest = evidence_find(&checking->members, EVIDENCE_MANIFEST);
    if (manifest == NULL)
        return err_set(err, ERR_PROTOCOL, "there is no %s in it: it is no evidence of plinth",
                       EVIDENCE_MANIFEST);
    if (read_manifest(checking, manifest, err) != 0 ||
        check_signature(checking, manifest, key, err) != 0 || check_members(checking, err) != 0)
        return -1;
    checking->out->members = checking->members.count;
    return check_journal(checking, err);
}

int evidence_verify(const char *path, const struct sign_key *key, struct arena *arena,
                    struct evidence *out, struct err *err)
{
    struct checking checking = {.arena = arena, .left = LIMIT_EVIDENCE_BYTES, .out = out};

    *out = (struct evidence){.run = NULL};
    return check(&checking, path, key, err) == 0 ? 0 : err_wrap(err, "%s", path);
}
