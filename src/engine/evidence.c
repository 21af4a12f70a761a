/*
 * evidence.c - pack one run into an archive.
 */
#include "evidence_priv.h"
#include "journal_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/archive.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"
#include "plinth/codec/sign.h"
#include "plinth/engine/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *evidence_folder(const char *journal_path, struct arena *arena)
{
    size_t len = strlen(journal_path);

    if (str_ends(journal_path, JOURNAL_ENDING))
        len -= strlen(JOURNAL_ENDING);
    return arena_printf(arena, "%.*s.kept", (int)len, journal_path);
}

bool evidence_name_is_good(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= EVIDENCE_NAME_BYTES_MOST && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

struct evidence_member *evidence_find(const struct evidence_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (str_eq(members->items[i].name, name))
            return &members->items[i];
    return NULL;
}

/* Each record of kind "kept" becomes a member without bytes. */
int evidence_take_kept(void *arg, const struct json *record, struct err *err)
{
    struct evidence_kept *kept = arg;
    const char *name = json_str(record, "name"), *sum = json_str(record, "sha256");
    struct evidence_member *member;

    if (!str_eq(json_str(record, "kind"), "kept"))
        return 0;
    if (name == NULL || sum == NULL || !evidence_name_is_good(name) ||
        evidence_find(&kept->members, name) != NULL ||
        kept->members.count == LIMIT_EVIDENCE_MEMBERS)
        return err_set(err, ERR_PROTOCOL, "what it says of kept files makes no sense");
    member = VEC_ADD(kept->arena, &kept->members);
    *member = (struct evidence_member){.name = arena_str(kept->arena, name),
                                       .sha256 = arena_str(kept->arena, sum)};
    return 0;
}

/* --- Pack ----------------------------------------------------------------------------------------
 */

static int read_whole(const char *path, struct arena *arena, struct evidence_member *out,
                      size_t *left, struct err *err)
{
    FILE *file = fopen(path, "re");
    char sum[SHA256_HEX_BYTES];
    struct buf buf;
    char block[16 * 1024];
    size_t len;
    int result = 0;

    if (file == NULL)
        return errno == ENOENT ? err_set(err, ERR_NOTFOUND, "%s is not there any more", path)
                               : err_errno(err, errno, "%s", path);
    buf_init(&buf, *left);
    while ((len = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&buf, block, len);
    if (ferror(file) != 0)
        result = err_set(err, ERR_IO, "%s cannot be read", path);
    else if (buf.overflow)
        result = err_set(err, ERR_LIMIT, "%s: more than %d bytes in one archive of evidence", path,
                         LIMIT_EVIDENCE_BYTES);
    (void)fclose(file);
    if (result == 0) {
        out->bytes = arena_strn(arena, buf_text(&buf), buf.len);
        out->len = buf.len;
        *left -= buf.len;
        sha256_hex(out->bytes, out->len, sum);
        out->sum = arena_str(arena, sum);
    }
    buf_fini(&buf);
    return result;
}

static int read_kept(const char *journal_path, struct evidence_kept *kept, size_t *left,
                     struct err *err)
{
    const char *folder = evidence_folder(journal_path, kept->arena);

    for (size_t i = 0; i < kept->members.count; i++) {
        struct evidence_member *member = &kept->members.items[i];
        const char *path = arena_printf(kept->arena, "%s/%s", folder, member->name);

        if (read_whole(path, kept->arena, member, left, err) != 0)
            return -1;
        if (!str_eq(member->sum, member->sha256))
            return err_set(err, ERR_PROTOCOL, "%s is not what the run kept", path);
    }
    return 0;
}

static void put_member(struct json *list, const struct evidence_member *member)
{
    struct json *out = json_add_object(list);

    json_put_str(out, "name", member->name);
    json_put_number(out, "bytes", (double)member->len);
    json_put_str(out, "sha256", member->sum);
}

static void print_manifest(const struct journal_run *run, const struct sign_key *key,
                           const char *version, const struct evidence_member *journal,
                           const struct evidence_kept *kept, struct buf *out)
{
    struct json *manifest = json_object(kept->arena), *list;
    char name[SHA256_HEX_BYTES];

    json_put_str(manifest, "format", EVIDENCE_FORMAT);
    json_put_str(manifest, "plinth", version);
    json_put_str(manifest, "run", run->run);
    json_put_str(manifest, "caller", run->caller);
    json_put_str(manifest, "begun", run->begun);
    json_put_str(manifest, "ended", run->ended);
    json_put_str(manifest, "state", journal_state_name(run->state));
    if (key != NULL) {
        evidence_key_name(key, name);
        json_put_str(manifest, "key", name);
    }
    list = json_put_array(manifest, "members");
    put_member(list, journal);
    for (size_t i = 0; i < kept->members.count; i++)
        put_member(list, &kept->members.items[i]);
    json_print(manifest, JSON_PRETTY, out);
    buf_char(out, '\n');
}

void evidence_key_name(const struct sign_key *key, char out[SHA256_HEX_BYTES])
{
    unsigned char bytes[SIGN_KEY_BYTES];

    sign_public_bytes(key, bytes);
    sha256_hex(bytes, sizeof bytes, out);
}

static int write_archive(const struct buf *manifest, const struct sign_key *key,
                         const struct evidence_member *journal, const struct evidence_kept *kept,
                         struct buf *out, struct err *err)
{
    unsigned char signature[SIGN_BYTES];
    struct archive_writer *writer;
    int result;

    if (manifest->overflow)
        return err_set(err, ERR_LIMIT, "too much for one archive of evidence");
    if ((key != NULL && sign_bytes(key, buf_text(manifest), manifest->len, signature, err) != 0) ||
        archive_writer_new(ARCHIVE_TAR_GZ, out, &writer, err) != 0)
        return -1;
    result = archive_writer_add(writer, EVIDENCE_MANIFEST, buf_text(manifest), manifest->len, err);
    if (result == 0 && key != NULL)
        result = archive_writer_add(writer, EVIDENCE_SIGNATURE, signature, sizeof signature, err);
    if (result == 0)
        result = archive_writer_add(writer, journal->name, journal->bytes, journal->len, err);
    for (size_t i = 0; result == 0 && i < kept->members.count; i++) {
        const struct evidence_member *member = &kept->members.items[i];

        result = archive_writer_add(writer, member->name, member->bytes, member->len, err);
    }
    if (result == 0)
        result = archive_writer_finish(writer, err);
    archive_writer_free(writer);
    return result;
}

static int check_run(const struct journal_run *run, struct err *err)
{
    if (run->state == JOURNAL_RUNNING)
        return err_set(err, ERR_CONFLICT, "run %s is still going on", run->run);
    if (run->end.damaged_line != 0)
        return err_set(err, ERR_PROTOCOL, "%s is damaged from line %llu on: it proves nothing",
                       run->path, (unsigned long long)run->end.damaged_line);
    return 0;
}

int evidence_pack(const char *journal_path, const struct sign_key *key, const char *version,
                  struct buf *out, struct err *err)
{
    struct arena *arena = arena_new("evidence");
    struct evidence_kept kept = {.arena = arena};
    struct evidence_member journal = {.name = EVIDENCE_JOURNAL};
    size_t left = LIMIT_EVIDENCE_BYTES;
    struct journal_run *run;
    struct journal_end end;
    char sum[SHA256_HEX_BYTES];
    struct buf manifest;
    int result = -1;

    buf_init(&manifest, LIMIT_EVIDENCE_BYTES);
    if (journal_load(journal_path, arena, &run, err) == 0 && check_run(run, err) == 0 &&
        journal_read(journal_path, evidence_take_kept, &kept, &end, err) == 0 &&
        read_whole(journal_path, arena, &journal, &left, err) == 0 &&
        read_kept(journal_path, &kept, &left, err) == 0) {
        /* Without a last line that a power cut left unfinished. */
        journal.len = journal.len < end.bytes ? journal.len : (size_t)end.bytes;
        sha256_hex(journal.bytes, journal.len, sum);
        journal.sum = sum;
        print_manifest(run, key, version, &journal, &kept, &manifest);
        result = write_archive(&manifest, key, &journal, &kept, out, err);
    }
    buf_fini(&manifest);
    arena_free(arena);
    return result;
}
