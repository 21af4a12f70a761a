/*
 * cmd_account.c - plinth account: a new account from nothing to handed over, one that exists taken
 *                 into the baseline, and who stands where.
 */
#include "account.h"
#include "approve.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/report/report.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES_MOST = 16 * 1024 * 1024 };

struct account_opts {
    struct run_opts run;
    const char *name, *email, *ou, *into;
    struct words tags;
    bool yes, dry_run;
    struct words overrides;
    struct words lock_vaults;
};

#define INTO_OPT                                                                                   \
    {                                                                                              \
        "into", 0, OPT_TEXT, offsetof(struct account_opts, into), "FILE",                          \
            "the file of the baseline that takes it, where several have accounts"                  \
    }

/* Of what writes into the baseline and to AWS. */
#define BRING_OPTS                                                                                 \
    {"dry-run", 0,                                                                                 \
     OPT_FLAG,  offsetof(struct account_opts, dry_run),                                            \
     NULL,      "show what would be written and changed, and do nothing"},                         \
        YES_OPT(struct account_opts), LOCK_WAIT_OPT,                                               \
        {"lock-vault", 0,                                                                          \
         OPT_WORDS,    offsetof(struct account_opts, lock_vaults),                                 \
         "NAME",       "let this vault or bucket be locked irreversibly, without asking"},         \
        OVERRIDE_GATE_OPT(struct account_opts), JOURNAL_OPT, PROFILE_OPT, BASELINE_OPTS,           \
        OUTPUT_OPT

static const struct opt new_options[] = {
    {"name", 0, OPT_TEXT, offsetof(struct account_opts, name), "NAME",
     "what the account is called, here and in AWS"},
    {"email", 0, OPT_TEXT, offsetof(struct account_opts, email), "ADDRESS",
     "of its root user; nobody else at AWS may have it"},
    {"ou", 0, OPT_TEXT, offsetof(struct account_opts, ou), "PATH", "its unit in the baseline"},
    {"tag", 0, OPT_WORDS, offsetof(struct account_opts, tags), "KEY=VALUE", "a tag of it"},
    INTO_OPT,
    BRING_OPTS,
    {0},
};

static const struct opt adopt_options[] = {
    {"ou", 0, OPT_TEXT, offsetof(struct account_opts, ou), "PATH",
     "its unit in the baseline; where it is now, if not given"},
    INTO_OPT,
    BRING_OPTS,
    {0},
};

struct job {
    const struct account_opts *options;
    const char *argument; /* the baseline's; NULL */
    struct arena *arena;
    struct account_entry entry;
    struct loaded before;     /* the baseline as it is */
    struct account_file file; /* path NULL: it is in there already */
    struct session *session;
    struct handover handover;
    struct err err;
    int failed;
};

/* --- What is asked for ---------------------------------------------------------------------------
 */

static int parse_tags(const struct words *words, struct arena *arena, struct pairs *out,
                      struct err *err)
{
    out->items = arena_array(arena, words->count, sizeof *out->items);
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i], *equals = strchr(word, '=');

        if (equals == NULL || equals == word)
            return err_set(err, ERR_USAGE, "--tag takes KEY=VALUE, not \"%s\"", word);
        out->items[i].key = arena_strn(arena, word, (size_t)(equals - word));
        out->items[i].value = equals + 1;
        for (size_t k = 0; k < i; k++)
            if (str_eq(out->items[k].key, out->items[i].key))
                return err_set(err, ERR_USAGE, "--tag gives %s twice", out->items[i].key);
        out->count++;
    }
    return 0;
}

/* Whether the account has the tags, and no other. */
static bool has_tags(const struct pairs *have, const struct pairs *want)
{
    size_t found = 0;

    for (size_t i = 0; i < want->count; i++)
        for (size_t k = 0; k < have->count; k++)
            found += str_eq(have->items[k].key, want->items[i].key) &&
                     str_eq(have->items[k].value, want->items[i].value);
    return found == want->count && have->count == want->count;
}

/* What the baseline says already is changed by who knows why it says so.  err: ERR_CONFLICT. */
static int check_known(const struct job *job, const struct account *known, bool adopted,
                       struct err *err)
{
    const struct account_entry *entry = &job->entry;
    const char *ou = known->ou == NULL ? NULL : known->ou->path;
    const char *at = mark_text(&known->node->mark, job->arena);

    if (!str_eq_nocase(known->name, entry->name))
        return err_set(err, ERR_CONFLICT, "%s: account \"%s\" has the email %s already", at,
                       known->name, known->email);
    if (!str_eq(known->name, entry->name))
        return err_set(err, ERR_CONFLICT, "%s: this account is spelled \"%s\"", at, known->name);
    if (!str_eq_nocase(known->email, entry->email))
        return err_set(err, ERR_CONFLICT, "%s: account \"%s\" has another email, %s", at,
                       known->name, known->email);
    if ((!adopted || job->options->ou != NULL) && !str_eq(ou, entry->ou))
        return err_set(err, ERR_CONFLICT,
                       "%s: account \"%s\" is to be in %s: change the baseline by hand to have it "
                       "moved",
                       at, known->name, ou == NULL ? "the root" : ou);
    if (!adopted && !has_tags(&known->tags, &entry->tags))
        return err_set(err, ERR_CONFLICT,
                       "%s: account \"%s\" is to have other tags: change the baseline by hand", at,
                       known->name);
    return 0;
}

/* The account of the baseline that has the name or the email; NULL: none.  As the baseline counts
 * them, upper and lower case are the same. */
static const struct account *find_known(const struct baseline *baseline,
                                        const struct account_entry *entry)
{
    const struct account *by_email = NULL;

    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];

        if (str_eq_nocase(account->name, entry->name))
            return account;
        if (str_eq_nocase(account->email, entry->email))
            by_email = account;
    }
    return by_email;
}

/* --- What the organization says ------------------------------------------------------------------
 */

static const char *shown(const char *text)
{
    return text == NULL ? "not shown" : text;
}

/* err: ERR_CONFLICT. */
static int check_one(const struct inventory_account *live, const struct account_entry *entry,
                     struct err *err)
{
    bool name = live->name != NULL && str_eq_nocase(live->name, entry->name);
    bool email = live->email != NULL && str_eq_nocase(live->email, entry->email);

    if (entry->id != NULL ? !str_eq(live->id, entry->id) : !name && !email)
        return 0;
    if (!str_eq(live->status, "ACTIVE"))
        return err_set(err, ERR_CONFLICT, "account %s (\"%s\", %s) is %s: AWS keeps its email",
                       live->id, shown(live->name), shown(live->email), live->status);
    if (entry->id != NULL || (name && email))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "account %s has that %s already, and its %s is %s: take it into the baseline "
                   "with plinth account adopt %s, or choose another %s",
                   live->id, name ? "name" : "email", name ? "email" : "name",
                   shown(name ? live->email : live->name), live->id, name ? "name" : "email");
}

/* One that AWS has must be this very account: creating another one could never be taken back. */
static int check_live(const struct inventory *inventory, const struct account_entry *entry,
                      struct err *err)
{
    for (size_t i = 0; i < inventory->account_count; i++)
        if (check_one(&inventory->accounts[i], entry, err) != 0)
            return -1;
    return 0;
}

static void check_fiber(void *arg)
{
    struct job *job = arg;
    const struct inventory *inventory;

    job->failed = engine_inventory(job->session->engine, &inventory, &job->err);
    if (job->failed == 0 && job->file.path != NULL)
        job->failed = check_live(inventory, &job->entry, &job->err);
}

/* An account that cannot be judged is not written down either. */
static bool is_judged(const struct run_result *plan)
{
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct unit_result unit = results_unit(plan, i);

        if (str_eq(unit.control->name, "accounts") && unit.outcome != OUTCOME_DRIFTED &&
            unit.outcome != OUTCOME_CLEAN)
            return false;
    }
    return !plan->summary.interrupted;
}

/* --- Doing it ------------------------------------------------------------------------------------
 */

static void handover_fiber(void *arg)
{
    struct job *job = arg;

    job->failed = handover_read(job->session, job->entry.name, &job->handover, &job->err);
}

static bool put_handover(const struct job *job, const struct run_result *result)
{
    struct session *session = job->session;
    struct json *document;
    struct buf text;
    bool ok;

    if (wants_json(&job->options->run.baseline)) {
        document = json_object(session->arena);
        json_put_str(document, "format", ACCOUNT_FORMAT);
        json_put(document, "account", handover_json(&job->handover, result, session->arena));
        json_put(document, "run",
                 report_json(result, REPORT_APPLY, &session->identity, session->arena));
        return put_json(document);
    }
    buf_init(&text, TEXT_BYTES_MOST);
    handover_text(&job->handover, result, &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

static int hand_over(struct job *job, const struct run_result *result)
{
    struct session *session = job->session;
    int code = session_code(result, REPORT_APPLY);

    if (code != EXIT_INTERRUPTED)
        sched_run(session->sched, handover_fiber, job);
    if (job->failed != 0)
        return session_failed(session, &job->err);
    if (code == EXIT_INTERRUPTED || !wants_json(&job->options->run.baseline))
        code = session_report(session, result, REPORT_APPLY);
    if (code == EXIT_INTERRUPTED || code == EXIT_ERROR)
        return code;
    if (!put_handover(job, result))
        return EXIT_ERROR;
    return code == EXIT_DONE && job->handover.missing_count > 0 ? EXIT_PARTIAL : code;
}

static const char *diff_text(const struct job *job)
{
    const char *out = NULL;
    struct buf text;

    if (job->file.path == NULL)
        return NULL;
    buf_init(&text, TEXT_BYTES_MOST);
    account_file_diff(&job->file, &text);
    buf_char(&text, '\n');
    out = arena_str(job->arena, buf_text(&text));
    buf_fini(&text);
    return out;
}

static int write_file(struct job *job)
{
    if (job->file.path == NULL)
        return EXIT_DONE;
    if (account_file_write(&job->file, &job->err) != 0)
        return session_failed(job->session, &job->err);
    progress_say(&job->session->progress, arena_printf(job->arena, "account \"%s\" is in %s now",
                                                       job->entry.name, job->file.path));
    return EXIT_DONE;
}

static int dry_run(struct job *job, const struct run_result *plan, const char *diff)
{
    int code = session_report(job->session, plan, REPORT_PLAN);

    if (diff != NULL)
        (void)fprintf(stderr, "%s", diff);
    return code == EXIT_DONE && diff != NULL ? EXIT_CHANGES : code;
}

static int carry_out(struct job *job, const struct run_result *plan)
{
    const struct account_opts *options = job->options;
    struct approval approval = {.command = "account",
                                .preface = diff_text(job),
                                .yes = options->yes,
                                .overrides = &options->overrides,
                                .lock_vaults = &options->lock_vaults};
    const struct run_result *result = plan;
    int code = EXIT_DONE;

    if (!is_judged(plan))
        return session_report(job->session, plan, REPORT_APPLY);
    if (options->dry_run)
        return dry_run(job, plan, approval.preface);
    if (job->file.path != NULL)
        approval.also = arena_printf(job->arena, "1 account goes into %s.\n", job->file.path);
    if (approve_has_work(plan) || job->file.path != NULL)
        code = approve_plan(job->session, &approval, plan);
    if (code == EXIT_DONE)
        code = write_file(job);
    if (code == EXIT_DONE && approve_has_work(plan))
        code = session_apply(job->session, plan, NULL, &result);
    return code == EXIT_DONE ? hand_over(job, result) : code;
}

/* With the baseline as it is to become: what it says is planned before anything is written. */
static int run_session(struct job *job, const struct file_text *instead)
{
    const char *names[] = {job->entry.name, NULL};
    struct run_opts run = job->options->run;
    const struct run_result *plan;
    struct session session;
    int code;

    run.accounts = (struct words){.items = names, .count = 1, .capacity = 2};
    run.around = true;
    job->session = &session;
    code = session_open_edited(&session, &run, job->argument, instead);
    if (code == EXIT_DONE && instead != NULL &&
        baseline_check_added(job->before.baseline, session.loaded.baseline, &job->entry,
                             &job->err) != 0)
        code = session_failed(&session, &job->err);
    if (code == EXIT_DONE)
        code = session_plan(&session, "plan", &plan);
    if (code == EXIT_DONE) {
        sched_run(session.sched, check_fiber, job);
        code = job->failed != 0 ? session_failed(&session, &job->err) : carry_out(job, plan);
    }
    session_close(&session);
    return code;
}

/* From an entry to an account; `adopted` takes its unit and tags as they are. */
static int bring_in(struct job *job, bool adopted)
{
    const struct account *known = find_known(job->before.baseline, &job->entry);
    const struct common *common = &job->options->run.baseline.common;

    if (known != NULL ? check_known(job, known, adopted, &job->err) != 0
                      : account_file_prepare(&job->before, job->argument, job->options->into,
                                             &job->entry, job->arena, &job->file, &job->err) != 0)
        return fail(common, &job->err);
    return run_session(job, known == NULL ? &job->file.after : NULL);
}

static int load(struct job *job)
{
    const struct baseline_opts *options = &job->options->run.baseline;

    if (load_baseline(job->argument, &options->variables, job->arena, &job->before, &job->err) != 0)
        return load_failed(&job->before, options, &job->err);
    return EXIT_DONE;
}

/* --- new -----------------------------------------------------------------------------------------
 */

static int account_new(struct job *job)
{
    const struct account_opts *options = job->options;
    int code;

    job->entry =
        (struct account_entry){.name = options->name, .email = options->email, .ou = options->ou};
    if (options->name == NULL || options->email == NULL || options->ou == NULL)
        (void)err_set(&job->err, ERR_USAGE, "account new: it needs --name, --email and --ou");
    else
        (void)parse_tags(&options->tags, job->arena, &job->entry.tags, &job->err);
    if (job->err.code != ERR_NONE)
        return fail(&options->run.baseline.common, &job->err);
    code = load(job);
    return code == EXIT_DONE ? bring_in(job, false) : code;
}

/* --- adopt ---------------------------------------------------------------------------------------
 */

/* err: ERR_NOTFOUND, ERR_CONFLICT when several have the name. */
static int find_live(const struct inventory *inventory, const char *word,
                     const struct inventory_account **out, struct err *err)
{
    *out = NULL;
    for (size_t i = 0; i < inventory->account_count; i++) {
        const struct inventory_account *live = &inventory->accounts[i];

        if (!str_eq(live->id, word) && !str_eq(live->name, word))
            continue;
        if (*out != NULL)
            return err_set(err, ERR_CONFLICT,
                           "accounts %s and %s are both named \"%s\": give the id", (*out)->id,
                           live->id, word);
        *out = live;
    }
    return *out != NULL
               ? 0
               : err_set(err, ERR_NOTFOUND,
                         "no account \"%s\" in the organization (plinth account list)", word);
}

/* What AWS says of it, as an entry.  owns: the job's arena. */
static int take_live(struct job *job, const struct inventory *inventory, struct err *err)
{
    const struct account_opts *options = job->options;
    const struct inventory_account *live;
    const struct inventory_ou *parent;

    if (find_live(inventory, options->name, &live, err) != 0)
        return -1;
    parent = inventory_ou_by_id(inventory, live->parent_id);
    if (str_eq(live->id, inventory->management_account_id))
        return err_set(err, ERR_USAGE,
                       "%s is the management account: write it into the baseline by hand, with "
                       "`roles: [management]`",
                       live->id);
    if (!str_eq(live->status, "ACTIVE"))
        return err_set(err, ERR_CONFLICT, "account %s is %s", live->id, live->status);
    if (live->name == NULL || live->email == NULL || parent == NULL)
        return err_set(err, ERR_DENIED,
                       "AWS shows name, email or unit of account %s to nobody here", live->id);
    job->entry.id = arena_str(job->arena, live->id);
    job->entry.name = arena_str(job->arena, live->name);
    job->entry.email = arena_str(job->arena, live->email);
    job->entry.ou = options->ou;
    if (options->ou == NULL && *parent->path != '\0')
        job->entry.ou = arena_str(job->arena, parent->path);
    return 0;
}

/* The names that the baseline has for it, which need not be AWS's. */
static void take_known(struct job *job, const struct inventory *inventory)
{
    const struct baseline *baseline = job->session->loaded.baseline;

    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];
        const struct inventory_account *live = inventory_account_of(inventory, account);

        if (live != NULL && str_eq(live->id, job->entry.id)) {
            job->entry.name = arena_str(job->arena, account->name);
            job->entry.email = arena_str(job->arena, account->email);
        }
    }
}

static void adopt_fiber(void *arg)
{
    struct job *job = arg;
    const struct inventory *inventory;

    job->failed = engine_identify(job->session->engine, &job->session->identity, &job->err);
    if (job->failed == 0)
        job->failed = engine_inventory(job->session->engine, &inventory, &job->err);
    if (job->failed == 0)
        job->failed = take_live(job, inventory, &job->err);
    if (job->failed == 0)
        take_known(job, inventory);
}

/* The word came in front of the baseline; it lies in `entry.name` until AWS was asked. */
static int account_adopt(struct job *job)
{
    struct session session;
    int code = load(job);

    if (code != EXIT_DONE)
        return code;
    job->session = &session;
    code = session_open(&session, &job->options->run, job->argument);
    if (code == EXIT_DONE) {
        sched_run(session.sched, adopt_fiber, job);
        if (job->failed != 0)
            code = session_failed(&session, &job->err);
    }
    session_close(&session);
    return code == EXIT_DONE ? bring_in(job, true) : code;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int run_job(const void *options, const char *name, const char *baseline,
                   int (*run)(struct job *job))
{
    struct account_opts own = *(const struct account_opts *)options;
    struct job job = {.options = &own, .argument = baseline, .err = ERR_INIT};
    int code;

    if (name != NULL)
        own.name = name;
    job.arena = arena_new("account");
    code = run(&job);
    arena_free(job.arena);
    return code;
}

static int new_run(const void *options, const struct words *positional)
{
    return run_job(options, NULL, word_at(positional, 0), account_new);
}

static int adopt_run(const void *options, const struct words *positional)
{
    return run_job(options, positional->items[0], word_at(positional, 1), account_adopt);
}

static const struct command verb_new = {
    .name = "account new",
    .summary = "write one into the baseline, create it, place and secure it",
    .usage = "--name NAME --email ADDRESS --ou PATH [BASELINE]",
    .text =
        "Writes an account into the baseline, creates it (or takes the one that has this name and\n"
        "email), waits, places and secures it alone, and prints what its owner needs.  It shows\n"
        "the change of the file and the plan, and asks once.  Safe to run again at any point with\n"
        "the same words: there is never a second account.",
    .examples = "  plinth account new --name 'Shop Prod' --email aws+shop@example.com \\\n"
                "      --ou Workloads/Prod --tag product=shop\n"
                "  plinth account new --name x --email x@example.com --ou Sandbox --dry-run\n",
    .opts = new_options,
    .options_size = sizeof(struct account_opts),
    .positional_most = 1,
    .run = new_run,
};

static const struct command verb_adopt = {
    .name = "account adopt",
    .summary = "the same for an account of the organization that the baseline lacks",
    .usage = "NAME|ID [BASELINE]",
    .text =
        "Writes an account of the organization that the baseline does not have into it, by its\n"
        "name or id, places it and secures it alone, as plinth account new does.",
    .examples = "  plinth account adopt 123456789012 --ou Sandbox\n",
    .opts = adopt_options,
    .options_size = sizeof(struct account_opts),
    .positional_least = 1,
    .positional_most = 2,
    .run = adopt_run,
};

/* Source: AWS Account Management Reference Guide, "Close an AWS account"; AWS Organizations User
 * Guide, "Closing a member account in an organization". */
static const struct command verb_close = {
    .name = "account close",
    .never =
        "plinth never closes an account.  Move what must be kept out of it, take it from the "
        "baseline, and close it yourself from the management account: aws organizations "
        "close-account --account-id ID, or AWS Organizations in the console.  It is suspended at "
        "once, can be opened again by AWS Support for 90 days, and is gone then",
};

static const struct command *const account_verbs[] = {&verb_new, &verb_adopt, &account_list_verb,
                                                      &verb_close, NULL};

const struct command command_account = {
    .name = "account",
    .summary = "accounts: a new one, one that exists, all of them",
    .text =
        "Brings accounts into the baseline and into being, and shows them.  No account is ever\n"
        "closed.",
    .examples = "  plinth account new --name 'Shop Prod' --email aws+shop@example.com \\\n"
                "      --ou Workloads/Prod --tag product=shop\n"
                "  plinth account adopt 123456789012 --ou Sandbox\n"
                "  plinth account list --output json\n",
    .verbs = account_verbs,
};
