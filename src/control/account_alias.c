/*
 * account_alias.c - control "account_alias": a name in the place of the account's id in its
 * sign-in address.
 *
 * Baseline:  account_alias: { prefix: acme- }, and { alias: shop-of-acme } in an account
 * Source:    docs.aws.amazon.com/IAM/latest/APIReference, CreateAccountAlias, API version
 *            2010-05-08.  An account has at most one alias, and a new one takes its place.
 * Limits:    aliases are unique in all of AWS: one that somebody else has is an error.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

#include <stdlib.h>
#include <string.h>

enum {
    ALIAS_LEAST = 3,
    ALIAS_MOST = 63,
    PREFIX_LEAST = 2,
    PREFIX_MOST = 13, /* with the longest name of an account it is still an alias */
    ACCOUNT_ID_LENGTH = 12,
};

static const char lower_and_digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

struct alias_spec {
    const struct node *node;
    const char *prefix; /* NULL: see alias */
    const char *alias;  /* NULL: made of prefix and name */
};

struct alias_seen {
    const char *alias; /* NULL: none */
};

static const enum aws_op alias_ops[] = {
    AWS_IAM_LIST_ACCOUNT_ALIASES,
    AWS_IAM_CREATE_ACCOUNT_ALIAS,
    AWS_OP_NONE,
};

static const struct field alias_fields[] = {
    {.key = "prefix",
     .type = FIELD_STRING,
     .offset = offsetof(struct alias_spec, prefix),
     .doc = "An account's alias is this and the account's name in small letters: `acme-` makes "
            "`acme-log-archive` of \"Log Archive\". Aliases are unique in all of AWS, so use the "
            "name of your company. 2 to 13 of a-z, 0-9 and -, a letter first.",
     .example = "acme-"},
    {.key = "alias",
     .type = FIELD_STRING,
     .offset = offsetof(struct alias_spec, alias),
     .doc = "The alias as it is; in the `controls` of one account.",
     .example = "shop-of-acme"},
    {.key = NULL},
};

static const struct schema alias_schema = {
    .name = "account_alias",
    .doc = "Gives each account a name in the place of its id in the sign-in address of IAM users "
           "(`https://ALIAS.signin.aws.amazon.com/console`). Needs `prefix` or `alias`.",
    .size = sizeof(struct alias_spec),
    .node_offset = offsetof(struct alias_spec, node),
    .fields = alias_fields,
};

/* --- Wanted --------------------------------------------------------------------------------------
 */

/* "acme-" and "Log Archive" -> "acme-log-archive": what an alias cannot hold becomes one dash. */
static const char *alias_of(struct arena *arena, const struct alias_spec *spec,
                            const struct account *account)
{
    size_t len;
    char *out;

    if (spec->alias != NULL)
        return spec->alias;
    out = arena_printf(arena, "%s%s", spec->prefix, account->name);
    len = strlen(spec->prefix);
    for (const char *at = account->name; *at != '\0'; at++) {
        char c = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;

        if (strchr(lower_and_digits, c) != NULL)
            out[len++] = c;
        else if (out[len - 1] != '-')
            out[len++] = '-';
    }
    out[out[len - 1] == '-' ? len - 1 : len] = '\0';
    return out;
}

/* --- Checks --------------------------------------------------------------------------------------
 */

static bool is_alias(const char *text)
{
    size_t len = strlen(text);

    if (len < ALIAS_LEAST || len > ALIAS_MOST || text[0] == '-' || text[len - 1] == '-' ||
        strstr(text, "--") != NULL)
        return false;
    /* AWS would take twelve digits for an id. */
    if (len == ACCOUNT_ID_LENGTH && strspn(text, "0123456789") == len)
        return false;
    for (; *text != '\0'; text++)
        if (*text != '-' && strchr(lower_and_digits, *text) == NULL)
            return false;
    return true;
}

static bool is_prefix(const char *text)
{
    size_t len = strlen(text);

    if (len < PREFIX_LEAST || len > PREFIX_MOST || text[0] < 'a' || text[0] > 'z' ||
        strstr(text, "--") != NULL)
        return false;
    for (; *text != '\0'; text++)
        if (*text != '-' && strchr(lower_and_digits, *text) == NULL)
            return false;
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two accounts with these settings and the same alias. */
static void check_unique(const struct baseline *baseline, const struct alias_spec *spec,
                         struct diags *diags)
{
    struct arena *arena = diags->arena;
    const char **aliases = arena_array(arena, baseline->account_count, sizeof *aliases);
    size_t count = 0;

    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];
        const struct node *node = baseline_control_node(baseline, "account_alias", account);
        bool own = node_get(account->controls, "account_alias") != NULL;

        /* An account's own settings are laid over those above it, whichever are checked first. */
        if (node == spec->node && (!own || spec->alias != NULL))
            aliases[count++] = alias_of(arena, spec, account);
    }
    qsort(aliases, count, sizeof *aliases, by_text);
    for (size_t i = 1; i < count; i++)
        if (str_eq(aliases[i - 1], aliases[i])) {
            diags_add(diags, &spec->node->mark,
                      "two accounts would have the alias '%s'; give one of them another in its own "
                      "controls",
                      aliases[i]);
            return;
        }
}

static void alias_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct alias_spec *spec = decoded;

    if (spec->prefix == NULL && spec->alias == NULL)
        diags_add(diags, &spec->node->mark, "account_alias needs prefix or alias");
    else if (spec->prefix != NULL && !is_prefix(spec->prefix))
        diags_add(
            diags, schema_mark(spec->node, "prefix"),
            "'prefix' must be %d to %d of a-z, 0-9 and single dashes, and begin with a letter",
            PREFIX_LEAST, PREFIX_MOST);
    else if (spec->alias != NULL && !is_alias(spec->alias))
        diags_add(diags, schema_mark(spec->node, "alias"),
                  "'alias' must be %d to %d of a-z, 0-9 and single dashes between them, and not 12 "
                  "digits",
                  ALIAS_LEAST, ALIAS_MOST);
    else
        check_unique(baseline, spec, diags);
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static int alias_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct alias_seen *seen = out_seen;
    const struct json *list, *first;

    if (aws_list(ctx->target, AWS_IAM_LIST_ACCOUNT_ALIASES, NULL, ctx->arena, &list, err) != 0)
        return -1;
    first = json_first(list);
    seen->alias = first == NULL ? NULL : first->string;
    return 0;
}

static void alias_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct alias_seen *seen = have;
    const char *want = alias_of(ctx->arena, ctx->spec, ctx->account);

    if (!str_eq(seen->alias, want))
        change_field(changes_add(out, seen->alias == NULL ? CHANGE_CREATE : CHANGE_UPDATE, 0, NULL,
                                 "account alias"),
                     "alias", seen->alias, want);
}

static int alias_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                       struct err *err)
{
    const struct alias_spec *spec = ctx->spec;
    const char *want = alias_of(ctx->arena, spec, ctx->account);
    struct json *params = json_object(ctx->arena);

    (void)have;
    (void)change;
    json_put_str(params, "AccountAlias", want);
    if (aws_call(ctx->target, AWS_IAM_CREATE_ACCOUNT_ALIAS, params, ctx->arena, NULL, err) == 0)
        return 0;
    /* Not worth another look: who has it keeps it. */
    if (err_is(err, "EntityAlreadyExists"))
        return err_set(err, ERR_CONFIG,
                       "%s: the alias %s is taken by an AWS account of somebody else: choose "
                       "another prefix, or another alias for this account",
                       mark_text(&spec->node->mark, ctx->arena), want);
    return -1;
}

static const char *const alias_after[] = {"accounts", NULL};

const struct control control_account_alias = {
    .name = "account_alias",
    .title = "account aliases",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = alias_after,
    .ops = alias_ops,
    .schema = &alias_schema,
    .seen_size = sizeof(struct alias_seen),
    .check = alias_check,
    .observe = alias_observe,
    .diff = alias_diff,
    .apply = alias_apply,
};
