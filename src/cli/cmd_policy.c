/*
 * cmd_policy.c - plinth policy: what policies say, and what they would have done.
 */
#include "paths.h"
#include "policy_lint.h"
#include "policy_lookup.h"
#include "policy_replay.h"
#include "policy_test.h"
#include "policy_views.h"

#include "plinth/base/str.h"
#include "plinth/engine/chain.h"
#include "plinth/engine/engine.h"

#include <stddef.h>
#include <string.h>

enum { PATHS_MOST = 1000 * 1000 };

#define LIVE_OPTS                                                                                  \
    {"live",   0,                                                                                  \
     OPT_FLAG, offsetof(struct policy_opts, live),                                                 \
     NULL,     "look at what hangs in AWS now, whoever made it, and not at the baseline"},         \
    {                                                                                              \
        "profile", 0, OPT_TEXT, offsetof(struct run_opts, profile), "NAME",                        \
            "with --live: profile of ~/.aws/config; else AWS_PROFILE"                              \
    }

/* --- lint ----------------------------------------------------------------------------------------
 */

static const struct opt lint_options[] = {
    {"kind", 0, OPT_CHOICE, offsetof(struct policy_opts, kind),
     "any|identity|resource|trust|scp|rcp", "what kind of policies the JSON documents are"},
    BASELINE_OPTS,
    {"output", 0, OPT_CHOICE, offsetof(struct common, output), "text|json|sarif",
     "what to print on standard output"},
    {0},
};

static int lint_run(const void *options, const struct words *positional)
{
    return policy_lint_run(options, positional->items, positional->count);
}

static const struct command verb_lint = {
    .name = "policy lint",
    .summary = "what is wrong, useless or dangerous in policies",
    .usage = "[FILE|BASELINE]...",
    .text =
        "Tells what is wrong, useless or dangerous in policy documents (JSON, or - for standard\n"
        "input), templates and baselines: unknown actions and condition keys, statements that\n"
        "never match, a Deny that is void or that a wider one makes needless.  Exits with 2 for\n"
        "warnings and 65 for errors.",
    .examples = "  plinth policy lint guardrail.json --kind scp\n"
                "  plinth policy lint startup --output sarif\n",
    .opts = lint_options,
    .options_size = sizeof(struct policy_opts),
    .positional_most = PATHS_MOST,
    .run = lint_run,
};

/* --- test ----------------------------------------------------------------------------------------
 */

static const struct opt test_options[] = {
    BASELINE_OPTS,
    {"output", 0, OPT_CHOICE, offsetof(struct common, output), "text|json|tap|junit",
     "what to print on standard output"},
    {0},
};

static int test_run(const void *options, const struct words *positional)
{
    const char *file = positional->items[0], *baseline = word_at(positional, 1);
    struct err err = ERR_INIT;

    if (!str_eq(file, "-") || !str_eq(baseline, "-"))
        return policy_test_run(options, paths_input(file), baseline);
    (void)err_set(&err, ERR_USAGE, "policy test: standard input is read once");
    return fail(options, &err);
}

static const struct command verb_test = {
    .name = "policy test",
    .summary = "requests, and whether they meet what they must",
    .usage = "FILE [BASELINE]",
    .text =
        "Asks for the requests of a YAML file, and compares with what it expects of each: allow,\n"
        "deny or unknown.  Prints what differs, with --verbose all of it, and exits with 1 if any\n"
        "did.  The baseline is the one that FILE names, else ./plinth.yaml.\n\n"
        "SCPs and RCPs are evaluated as AWS would, from the root to the account.  Identity "
        "policies\n"
        "are taken to allow everything.  What a request does not tell is never guessed: if the\n"
        "outcome hangs on it, it is unknown.",
    .examples = "  plinth policy test policies.test.yaml\n"
                "  plinth policy test policies.test.yaml startup --verbose\n",
    .opts = test_options,
    .options_size = sizeof(struct policy_opts),
    .positional_least = 1,
    .positional_most = 2,
    .run = test_run,
};

/* --- replay --------------------------------------------------------------------------------------
 */

static const struct opt replay_options[] = {
    {"baseline", 0, OPT_TEXT, offsetof(struct policy_opts, against), "BASELINE",
     "the baseline whose policies are tried; else ./plinth.yaml"},
    {"since", 0, OPT_TEXT, offsetof(struct policy_opts, since), "TIME",
     "events from then on: 2026-11-24, or 2026-11-24T14:00:00Z"},
    {"until", 0, OPT_TEXT, offsetof(struct policy_opts, until), "TIME", "events before"},
    {"account", 0, OPT_WORDS, offsetof(struct run_opts, accounts), "NAME|ID",
     "only what this account did"},
    {"top", 0, OPT_NUMBER, offsetof(struct policy_opts, top), "N",
     "show so many kinds; 50 if not given, all of them in JSON", .least = 1},
    {"lookup", 0, OPT_FLAG, offsetof(struct policy_opts, lookup), NULL,
     "ask CloudTrail's event history in every account, instead of reading files"},
    {"region", 0, OPT_WORDS, offsetof(struct run_opts, regions), "REGION",
     "with --lookup: only in this region"},
    {"profile", 0, OPT_TEXT, offsetof(struct run_opts, profile), "NAME",
     "with --lookup: profile of ~/.aws/config; else AWS_PROFILE"},
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

static int check_replay(const struct policy_opts *options, const struct words *words,
                        struct err *err)
{
    if (options->lookup && words->count > 0)
        return err_set(err, ERR_USAGE, "policy replay: --lookup takes no files");
    for (size_t i = 0; str_eq(options->against, "-") && i < words->count; i++)
        if (str_eq(words->items[i], "-"))
            return err_set(err, ERR_USAGE, "policy replay: standard input is read once");
    if (!options->lookup && words->count == 0)
        return err_set(err, ERR_USAGE, "policy replay: which files or folders?");
    if (!options->lookup && (options->run.regions.count > 0 || options->run.profile != NULL))
        return err_set(err, ERR_USAGE, "policy replay: --%s goes with --lookup",
                       options->run.profile != NULL ? "profile" : "region");
    return 0;
}

static int replay_run(const void *options, const struct words *positional)
{
    struct err err = ERR_INIT;

    if (check_replay(options, positional, &err) != 0)
        return fail(options, &err);
    return policy_replay_run(options, positional->items);
}

static const struct command verb_replay = {
    .name = "policy replay",
    .summary = "past events, and what of them would be denied",
    .usage = "PATH... | --lookup",
    .text =
        "Tries past events, as CloudTrail writes them: folders, .json and .json.gz files, tar and\n"
        "zip archives of them, one record a line, or - for standard input.  Prints what would be\n"
        "denied newly, by principal, action, region and account, and the statement that does it;\n"
        "exits with 2 if anything would, else with 4 if something could not be read.  --lookup "
        "asks\n"
        "CloudTrail instead, for what it keeps of the last day, or since --since (90 days at the\n"
        "most; management events, some hundred in a second).",
    .examples = "  plinth policy replay AWSLogs/ --since 2026-11-01\n"
                "  plinth policy replay --lookup --account prod\n",
    .opts = replay_options,
    .options_size = sizeof(struct policy_opts),
    .positional_most = PATHS_MOST,
    .ops = policy_lookup_ops,
    .run = replay_run,
};

/* --- who-can -------------------------------------------------------------------------------------
 */

static const struct opt who_can_options[] = {
    {"account", 0, OPT_TEXT, offsetof(struct policy_opts, account), "NAME|ID",
     "the account that it is done in; must be given"},
    {"region", 0, OPT_TEXT, offsetof(struct policy_opts, region), "REGION",
     "aws:RequestedRegion; home_region if not given"},
    {"resource", 0, OPT_TEXT, offsetof(struct policy_opts, resource), "ARN",
     "the resource; else it is not known"},
    LIVE_OPTS,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

static int check_live(const char *verb, const struct policy_opts *options, struct err *err)
{
    if (options->live || options->run.profile == NULL)
        return 0;
    return err_set(err, ERR_USAGE, "%s: --profile goes with --live", verb);
}

static int check_who_can(const struct policy_opts *options, struct err *err)
{
    if (options->account == NULL)
        return err_set(err, ERR_USAGE, "policy who-can: needs an --account");
    return check_live("policy who-can", options, err);
}

static int who_can_run(const void *options, const struct words *positional)
{
    struct err err = ERR_INIT;

    if (check_who_can(options, &err) != 0)
        return fail(options, &err);
    return policy_who_can_run(options, positional->items[0], word_at(positional, 1));
}

static const struct command verb_who_can = {
    .name = "policy who-can",
    .summary = "whom SCPs and RCPs let do an action in an account",
    .usage = "ACTION --account NAME [BASELINE]",
    .text =
        "Says for the roles that the baseline knows, any other role, service-linked roles and the\n"
        "root user whether the SCPs and RCPs let them do ACTION in the account, by which "
        "statement\n"
        "not, and what that hangs on.  Identity policies are taken to allow everything.",
    .examples =
        "  plinth policy who-can s3:DeleteBucketPolicy --account Security\n"
        "  plinth policy who-can ec2:RunInstances --account prod --region us-east-1 --live\n",
    .opts = who_can_options,
    .options_size = sizeof(struct policy_opts),
    .positional_least = 1,
    .positional_most = 2,
    .management_ops = engine_attached_ops,
    .run = who_can_run,
};

/* --- effective -----------------------------------------------------------------------------------
 */

static const struct opt effective_options[] = {
    LIVE_OPTS,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

static int effective_run(const void *options, const struct words *positional)
{
    struct err err = ERR_INIT;

    if (check_live("policy effective", options, &err) != 0)
        return fail(options, &err);
    return policy_effective_run(options, positional->items[0], word_at(positional, 1));
}

static const struct command verb_effective = {
    .name = "policy effective",
    .summary = "which policies are over an account or unit, and what they come to",
    .usage = "ACCOUNT|OU|ID|root [BASELINE]",
    .text = "Shows which policies are over an account or unit, from the root down, with what they\n"
            "say in words, their sizes and the quotas; then what they allow and deny together,\n"
            "statement by statement, with where each stands and which of them adds nothing.\n"
            "With --live it is any account, unit or id of the organization, and of policies that\n"
            "AWS merges (backup, tag, ...) what AWS makes of them for an account.",
    .examples = "  plinth policy effective Workloads/Prod startup\n"
                "  plinth policy effective 123456789012 --live --output json\n",
    .opts = effective_options,
    .options_size = sizeof(struct policy_opts),
    .positional_least = 1,
    .positional_most = 2,
    .management_ops = chain_ops,
    .run = effective_run,
};

/* --- The command ---------------------------------------------------------------------------------
 */

static const struct command *const policy_verbs[] = {&verb_lint,    &verb_test,      &verb_replay,
                                                     &verb_who_can, &verb_effective, NULL};

const struct command command_policy = {
    .name = "policy",
    .summary = "lint policies, and try what a baseline's policies allow and deny",
    .text =
        "Looks at policy documents and baselines, and evaluates the SCPs and RCPs of a baseline\n"
        "as AWS would, from the root to the account.",
    .examples = "  plinth policy lint guardrail.json --kind scp\n"
                "  plinth policy test policies.test.yaml\n"
                "  plinth policy replay AWSLogs/ --since 2026-11-01\n"
                "  plinth policy who-can s3:DeleteBucketPolicy --account Security\n"
                "  plinth policy effective Workloads/Prod startup\n",
    .verbs = policy_verbs,
};
