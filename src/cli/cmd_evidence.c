#include "journals.h"
#include "options.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/files.h"
#include "plinth/base/limits.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/codec/sign.h"
#include "plinth/engine/evidence.h"

#include <stddef.h>
#include <string.h>

#define EVIDENCE_CHECK_FORMAT "plinth/evidence-check/v1"

enum { KEY_BYTES_MOST = 64 * 1024 };

struct evidence_opts {
    struct run_opts run;
    const char *out, *key, *public_key;
    bool is_unsigned;
};

static const struct opt evidence_options[] = {
    {"out", 'o', OPT_TEXT, offsetof(struct evidence_opts, out), "FILE",
     "pack: the archive, RUN.tar.gz if not given; keygen: the private key"},
    {"key", 0, OPT_TEXT, offsetof(struct evidence_opts, key), "FILE",
     "pack: sign with this private key (Ed25519, PEM)"},
    {"public-key", 0, OPT_TEXT, offsetof(struct evidence_opts, public_key), "FILE",
     "verify: the public key that it must be signed with"},
    {"unsigned", 0, OPT_FLAG, offsetof(struct evidence_opts, is_unsigned), NULL,
     "pack: do not sign; verify: do not look at the signature"},
    JOURNAL_OPT,
    OUTPUT_OPT,
    {0},
};

/* --- Keys ----------------------------------------------------------------------------------------
 */

static int keygen(const struct evidence_opts *opts, struct arena *arena, struct err *err)
{
    struct secret *private;
    char *public;
    const char *public_path;
    int result;

    if (opts->out == NULL)
        return err_set(err, ERR_USAGE, "evidence: keygen needs -o FILE for the private key");
    public_path = arena_printf(arena, "%s.pub", opts->out);
    if (sign_new_pair(&private, &public, arena, err) != 0)
        return -1;
    result = files_write(opts->out, secret_reveal(private), secret_len(private), FILE_MODE_PRIVATE,
                         false, err);
    secret_free(private);
    if (result == 0)
        result = files_write(public_path, public, strlen(public), FILE_MODE_PLAIN, false, err);
    return result;
}

/* The one of --key, or NULL with --unsigned.  err: ERR_USAGE when it is neither or both. */
static int need_one(const struct evidence_opts *opts, const char *key, const char *option,
                    struct err *err)
{
    if ((key != NULL) != opts->is_unsigned)
        return 0;
    return err_set(err, ERR_USAGE, "evidence: either %s FILE or --unsigned", option);
}

static int read_private(const char *path, struct arena *arena, struct sign_key **out,
                        struct err *err)
{
    struct secret *pem;
    char *text;
    size_t len;
    int result;

    *out = NULL;
    if (path == NULL)
        return 0;
    if (files_read(path, KEY_BYTES_MOST, arena, &text, &len, err) != 0)
        return -1;
    pem = secret_new(text, len);
    wipe(text, len);
    result = sign_read_private(pem, out, err);
    secret_free(pem);
    return result == 0 ? 0 : err_wrap(err, "%s", path);
}

static int read_public(const char *path, struct arena *arena, struct sign_key **out,
                       struct err *err)
{
    char *text;
    size_t len;

    *out = NULL;
    if (path == NULL)
        return 0;
    if (files_read(path, KEY_BYTES_MOST, arena, &text, &len, err) != 0)
        return -1;
    return sign_read_public(text, len, out, err) == 0 ? 0 : err_wrap(err, "%s", path);
}

/* --- Pack ----------------------------------------------------------------------------------------
 */

static int pack(const struct evidence_opts *opts, const char *name, struct arena *arena,
                struct err *err)
{
    const struct journal_run *run;
    struct journals journals;
    struct sign_key *key;
    struct buf archive;
    const char *path;
    int result;

    if (need_one(opts, opts->key, "--key", err) != 0 ||
        journals_load(opts->run.journal, arena, &journals, err) != 0)
        return -1;
    run = journals_find(&journals, name);
    if (run == NULL)
        return err_set(err, ERR_USAGE, "evidence: there is no run%s%s; plinth journal list",
                       name == NULL ? "" : " ", name == NULL ? "" : name);
    path = opts->out != NULL ? opts->out : arena_printf(arena, "%s.tar.gz", run->run);
    if (files_check_target(path, err) != 0 || read_private(opts->key, arena, &key, err) != 0)
        return -1;
    buf_init(&archive, LIMIT_EVIDENCE_BYTES);
    result = evidence_pack(run->path, key, PLINTH_VERSION, &archive, err);
    if (result == 0)
        result = files_write(path, buf_text(&archive), archive.len, FILE_MODE_PRIVATE,
                             opts->out != NULL, err);
    buf_fini(&archive);
    sign_key_free(key);
    return result;
}

/* --- Verify --------------------------------------------------------------------------------------
 */

static bool put_check(const struct evidence_opts *opts, const char *path, const struct evidence *is,
                      bool trusted, struct arena *arena)
{
    struct json *out = json_object(arena);
    const char *text;

    json_put_str(out, "format", EVIDENCE_CHECK_FORMAT);
    json_put_str(out, "file", path);
    json_put_str(out, "run", is->run);
    json_put_str(out, "caller", is->caller);
    json_put_str(out, "begun", is->begun);
    json_put_str(out, "ended", is->ended);
    json_put_number(out, "members", (double)is->members);
    json_put_number(out, "records", (double)is->records);
    json_put_bool(out, "signed", is->is_signed);
    json_put_bool(out, "signature_checked", trusted);
    if (wants_json(&opts->run.baseline))
        return put_json(out);
    text = arena_printf(
        arena, "%s: run %s of %s, %zu members and %llu records of its journal fit together%s\n",
        path, is->run, is->caller == NULL ? "?" : is->caller, is->members,
        (unsigned long long)is->records,
        trusted         ? ", and the signature is of this key"
        : is->is_signed ? "; the signature was not looked at"
                        : "; NOBODY SIGNED IT: whoever had it may have made it anew");
    return put_result(text, strlen(text));
}

/* *out_code: EXIT_PARTIAL where nothing but the signature could be relied on, and there is none. */
static int verify(const struct evidence_opts *opts, const char *path, struct arena *arena,
                  int *out_code, struct err *err)
{
    struct evidence evidence;
    struct sign_key *key;
    bool trusted;
    int result;

    if (path == NULL)
        return err_set(err, ERR_USAGE, "evidence: verify needs the archive");
    if (need_one(opts, opts->public_key, "--public-key", err) != 0 ||
        read_public(opts->public_key, arena, &key, err) != 0)
        return -1;
    result = evidence_verify(path, key, arena, &evidence, err);
    trusted = key != NULL && result == 0 && evidence.is_signed;
    sign_key_free(key);
    if (result != 0)
        return -1;
    if (!put_check(opts, path, &evidence, trusted, arena))
        *out_code = EXIT_ERROR;
    else
        *out_code = trusted ? EXIT_DONE : EXIT_PARTIAL;
    return 0;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int evidence_run(const void *options, const struct words *positional)
{
    const struct evidence_opts *opts = options;
    const char *verb = positional->count > 0 ? positional->items[0] : "";
    const char *name = positional->count > 1 ? positional->items[1] : NULL;
    struct arena *arena = arena_new("evidence");
    struct err err = ERR_INIT;
    int code = EXIT_DONE, result;

    if (str_eq(verb, "pack"))
        result = pack(opts, name, arena, &err);
    else if (str_eq(verb, "verify"))
        result = verify(opts, name, arena, &code, &err);
    else if (str_eq(verb, "keygen"))
        result = keygen(opts, arena, &err);
    else
        result = err_set(&err, ERR_USAGE, "evidence: say what: pack, verify or keygen");
    if (result != 0)
        code = fail(&opts->run.baseline.common, &err);
    arena_free(arena);
    return code;
}

const struct command command_evidence = {
    .name = "evidence",
    .summary = "pack what proves a run, and check such a pack",
    .usage = "pack [RUN] | verify FILE | keygen",
    .text =
        "pack puts the journal of a run (the last one if none is named), its plan, the files of\n"
        "the baseline and its report into one archive with a signed list of their SHA-256.\n"
        "verify checks the signature, every member and the journal's chain, and says what does\n"
        "not fit; it exits with 4 when all fits but nothing is signed, or not looked at.\n"
        "keygen makes a key, and FILE.pub beside it.  AWS is asked nothing.",
    .examples = "  plinth evidence keygen -o evidence.pem\n"
                "  plinth evidence pack --key evidence.pem -o run.tar.gz\n"
                "  plinth evidence verify run.tar.gz --public-key evidence.pem.pub\n",
    .opts = evidence_options,
    .options_size = sizeof(struct evidence_opts),
    .positional_most = 2,
    .run = evidence_run,
};
