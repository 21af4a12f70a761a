#include "journals.h"
#include "options.h"
#include "paths.h"

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

static const struct opt pack_options[] = {
    {"out", 'o', OPT_TEXT, offsetof(struct evidence_opts, out), "FILE",
     "the archive, RUN.tar.gz if not given; - is standard output"},
    {"key", 0, OPT_TEXT, offsetof(struct evidence_opts, key), "FILE",
     "sign with this private key (Ed25519, PEM)", .dash = DASH_INPUT},
    {"unsigned", 0, OPT_FLAG, offsetof(struct evidence_opts, is_unsigned), NULL, "do not sign"},
    JOURNAL_OPT,
    {0},
};

static const struct opt verify_options[] = {
    {"public-key", 0, OPT_TEXT, offsetof(struct evidence_opts, public_key), "FILE",
     "the public key that it must be signed with", .dash = DASH_INPUT},
    {"unsigned", 0, OPT_FLAG, offsetof(struct evidence_opts, is_unsigned), NULL,
     "do not look at the signature"},
    OUTPUT_OPT,
    {0},
};

static const struct opt keygen_options[] = {
    {"out", 'o', OPT_TEXT, offsetof(struct evidence_opts, out), "FILE",
     "the private key; the public one is FILE.pub", .dash = DASH_NONE},
    {0},
};

/* --- Keys ----------------------------------------------------------------------------------------
 */

static int keygen(const struct evidence_opts *opts, const char *none, struct arena *arena,
                  int *out_code, struct err *err)
{
    struct secret *private;
    char *public;
    const char *public_path;
    int result;

    (void)none;
    (void)out_code;
    if (opts->out == NULL)
        return err_set(err, ERR_USAGE, "evidence keygen: needs -o FILE for the private key");
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
    if (paths_read(path, KEY_BYTES_MOST, arena, &text, &len, err) != 0)
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
    if (paths_read(path, KEY_BYTES_MOST, arena, &text, &len, err) != 0)
        return -1;
    return sign_read_public(text, len, out, err) == 0 ? 0 : err_wrap(err, "%s", path);
}

/* --- Pack ----------------------------------------------------------------------------------------
 */

static int pack(const struct evidence_opts *opts, const char *name, struct arena *arena,
                int *out_code, struct err *err)
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
    run = journals_find(&journals, name, "evidence", err);
    if (run == NULL)
        return -1;
    path = opts->out != NULL ? opts->out : arena_printf(arena, "%s.tar.gz", run->run);
    if ((!str_eq(path, "-") && files_check_target(path, err) != 0) ||
        read_private(opts->key, arena, &key, err) != 0)
        return -1;
    buf_init(&archive, LIMIT_EVIDENCE_BYTES);
    result = evidence_pack(run->path, key, PLINTH_VERSION, &archive, err);
    if (result == 0 && str_eq(path, "-"))
        *out_code = put_result(buf_text(&archive), archive.len) ? EXIT_DONE : EXIT_ERROR;
    else if (result == 0)
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

/* What fails is told in one place.  *out_code is what else it comes to. */
static int run_verb(const struct evidence_opts *opts, const char *word,
                    int (*run)(const struct evidence_opts *, const char *, struct arena *, int *,
                               struct err *))
{
    struct arena *arena = arena_new("evidence");
    struct err err = ERR_INIT;
    int code = EXIT_DONE;

    if (run(opts, word, arena, &code, &err) != 0)
        code = fail(&opts->run.baseline.common, &err);
    arena_free(arena);
    return code;
}

static int pack_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), pack);
}

static int verify_run(const void *options, const struct words *positional)
{
    return run_verb(options, paths_input(positional->items[0]), verify);
}

static int keygen_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), keygen);
}

static const struct command verb_pack = {
    .name = "evidence pack",
    .summary = "pack a run's journal, plan, baseline and report",
    .usage = "[RUN]",
    .text =
        "Puts the journal of a run (the last one if none is named), its plan, the files of the\n"
        "baseline and its report into one archive with a signed list of their SHA-256.  AWS is\n"
        "asked nothing.",
    .examples = "  plinth evidence pack --key evidence.pem -o run.tar.gz\n",
    .opts = pack_options,
    .options_size = sizeof(struct evidence_opts),
    .positional_most = 1,
    .run = pack_run,
};

static const struct command verb_verify = {
    .name = "evidence verify",
    .summary = "check such a pack",
    .usage = "FILE",
    .text = "Checks the signature, every member and the journal's chain, and says what does not\n"
            "fit; exits with 4 when all fits but nothing is signed, or not looked at.",
    .examples = "  plinth evidence verify run.tar.gz --public-key evidence.pem.pub\n",
    .opts = verify_options,
    .options_size = sizeof(struct evidence_opts),
    .positional_least = 1,
    .positional_most = 1,
    .run = verify_run,
};

static const struct command verb_keygen = {
    .name = "evidence keygen",
    .summary = "make a key to sign with",
    .usage = "-o FILE",
    .text = "Makes a private key (Ed25519, PEM), and FILE.pub beside it.",
    .examples = "  plinth evidence keygen -o evidence.pem\n",
    .opts = keygen_options,
    .options_size = sizeof(struct evidence_opts),
    .run = keygen_run,
};

static const struct command *const evidence_verbs[] = {&verb_pack, &verb_verify, &verb_keygen,
                                                       NULL};

const struct command command_evidence = {
    .name = "evidence",
    .summary = "pack what proves a run, and check such a pack",
    .text = "What a run did, as a signed archive that others can check without AWS.",
    .examples = "  plinth evidence keygen -o evidence.pem\n"
                "  plinth evidence pack --key evidence.pem -o run.tar.gz\n"
                "  plinth evidence verify run.tar.gz --public-key evidence.pem.pub\n",
    .verbs = evidence_verbs,
};
