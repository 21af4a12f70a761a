/*
 * password_policy.c - control "password_policy": what the passwords of IAM users must be, in every
 * account.
 *
 * Baseline:  password_policy: { minimum_length: 14, ... }
 * Source:    docs.aws.amazon.com/IAM/latest/APIReference, UpdateAccountPasswordPolicy, API version
 *            2010-05-08.  The defaults are those of the CIS AWS Foundations Benchmark.
 * Limits:    it binds IAM users; root users have AWS's own policy, and single sign-on has another.
 *            AWS keeps the policy as one piece: a write replaces it all.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

enum { MAX_AGE = 2, NUMBER_COUNT };
enum { USERS_MAY_CHANGE = 4, FLAG_COUNT = 6 };

static const struct {
    const char *key, *api_name;
} numbers[NUMBER_COUNT] =
    {
        {"minimum_length", "MinimumPasswordLength"},
        {"reuse_prevention", "PasswordReusePrevention"},
        {"max_age", "MaxPasswordAge"},
},
  flags[FLAG_COUNT] = {
      {"require_lowercase", "RequireLowercaseCharacters"},
      {"require_uppercase", "RequireUppercaseCharacters"},
      {"require_numbers", "RequireNumbers"},
      {"require_symbols", "RequireSymbols"},
      {"users_may_change", "AllowUsersToChangePassword"},
      {"hard_expiry", "HardExpiry"},
};

struct password_spec {
    const struct node *node;
    int64_t numbers[NUMBER_COUNT]; /* 0: none */
    bool flags[FLAG_COUNT];
};

struct password_seen {
    const struct json *policy; /* NULL: the account has none, and AWS's default holds */
};

static const enum aws_op password_ops[] = {
    AWS_IAM_GET_ACCOUNT_PASSWORD_POLICY,
    AWS_IAM_UPDATE_ACCOUNT_PASSWORD_POLICY,
    AWS_OP_NONE,
};

#define FLAG(INDEX, KEY, FALLBACK, DOC)                                                            \
    {                                                                                              \
        .key = (KEY), .type = FIELD_BOOL, .offset = offsetof(struct password_spec, flags[INDEX]),  \
        .fallback = (FALLBACK), .doc = (DOC)                                                       \
    }

static const struct field password_fields[] = {
    {.key = "minimum_length",
     .type = FIELD_INT,
     .offset = offsetof(struct password_spec, numbers[0]),
     .fallback = "14",
     .min = 6,
     .max = 128,
     .doc = "Fewest characters of a password."},
    {.key = "reuse_prevention",
     .type = FIELD_INT,
     .offset = offsetof(struct password_spec, numbers[1]),
     .fallback = "24",
     .min = 0,
     .max = 24,
     .doc = "How many of a user's last passwords cannot be used again; 0: any can."},
    {.key = "max_age",
     .type = FIELD_INT,
     .offset = offsetof(struct password_spec, numbers[2]),
     .fallback = "0",
     .min = 0,
     .max = 1095,
     .doc = "Days after which a password must be changed; 0: never."},
    FLAG(0, "require_lowercase", "true", "Whether a password needs a letter of a-z."),
    FLAG(1, "require_uppercase", "true", "Whether a password needs a letter of A-Z."),
    FLAG(2, "require_numbers", "true", "Whether a password needs a digit."),
    FLAG(3, "require_symbols", "true", "Whether a password needs a sign that is none of these."),
    FLAG(4, "users_may_change", "true", "Whether all IAM users may change their own password."),
    FLAG(5, "hard_expiry", "false",
         "Whether a user whose password is older than `max_age` is locked out until an "
         "administrator sets a new one."),
    {.key = NULL},
};

static const struct schema password_schema = {
    .name = "password_policy",
    .doc = "What the passwords of IAM users must be, in every account.",
    .size = sizeof(struct password_spec),
    .node_offset = offsetof(struct password_spec, node),
    .fields = password_fields,
};

static void password_check(const struct baseline *baseline, const void *decoded,
                           struct diags *diags)
{
    const struct password_spec *spec = decoded;

    (void)baseline;
    if (spec->flags[5] && spec->numbers[2] == 0)
        diags_add(diags, schema_mark(spec->node, "hard_expiry"), "hard_expiry needs max_age");
}

static int password_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct password_seen *seen = out_seen;
    const struct json *answer;

    if (aws_call(ctx->target, AWS_IAM_GET_ACCOUNT_PASSWORD_POLICY, NULL, ctx->arena, &answer,
                 err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    seen->policy = json_get(answer, "PasswordPolicy");
    return 0;
}

/* NULL: none. */
static const char *number_text(struct arena *arena, int64_t number)
{
    return number == 0 ? NULL : arena_printf(arena, "%lld", (long long)number);
}

static bool is_wanted(const struct password_spec *spec, const struct json *policy)
{
    for (int i = 0; i < NUMBER_COUNT; i++)
        if ((int64_t)json_number(policy, numbers[i].api_name, 0) != spec->numbers[i])
            return false;
    for (int i = 0; i < FLAG_COUNT; i++)
        if (json_bool(policy, flags[i].api_name, false) != spec->flags[i])
            return false;
    return policy != NULL;
}

/* A number of 0 is none: a maximum age then is for ever, and a minimum asks for nothing. */
static bool is_weaker(const struct password_spec *spec, const struct json *policy)
{
    for (int i = 0; i < NUMBER_COUNT; i++) {
        int64_t from = (int64_t)json_number(policy, numbers[i].api_name, 0);
        int64_t to = spec->numbers[i];

        if (i == MAX_AGE ? from != 0 && (to == 0 || to > from) : to < from)
            return true;
    }
    for (int i = 0; i < FLAG_COUNT; i++)
        if (i != USERS_MAY_CHANGE && json_bool(policy, flags[i].api_name, false) && !spec->flags[i])
            return true;
    return false;
}

static void password_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct password_spec *spec = ctx->spec;
    const struct json *policy = ((const struct password_seen *)have)->policy;
    struct change *change;

    if (is_wanted(spec, policy))
        return;
    change = changes_add(out, policy == NULL ? CHANGE_CREATE : CHANGE_UPDATE, 0, NULL,
                         "password policy of IAM users");
    for (int i = 0; i < NUMBER_COUNT; i++)
        change_field(change, numbers[i].key,
                     number_text(ctx->arena, (int64_t)json_number(policy, numbers[i].api_name, 0)),
                     number_text(ctx->arena, spec->numbers[i]));
    for (int i = 0; i < FLAG_COUNT; i++)
        change_field(change, flags[i].key,
                     policy == NULL ? NULL : yes_no(json_bool(policy, flags[i].api_name, false)),
                     yes_no(spec->flags[i]));
    if (is_weaker(spec, policy))
        change_takes_away(change);
}

static int password_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                          struct err *err)
{
    const struct password_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena);

    (void)have;
    (void)change;
    /* What is left out goes back to "none". */
    for (int i = 0; i < NUMBER_COUNT; i++)
        if (spec->numbers[i] != 0)
            json_put_number(params, numbers[i].api_name, (double)spec->numbers[i]);
    for (int i = 0; i < FLAG_COUNT; i++)
        json_put_bool(params, flags[i].api_name, spec->flags[i]);
    return aws_call(ctx->target, AWS_IAM_UPDATE_ACCOUNT_PASSWORD_POLICY, params, ctx->arena, NULL,
                    err);
}

static const char *const password_after[] = {"accounts", NULL};

const struct control control_password_policy = {
    .name = "password_policy",
    .title = "password policy of IAM users",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = password_after,
    .ops = password_ops,
    .schema = &password_schema,
    .seen_size = sizeof(struct password_seen),
    .check = password_check,
    .observe = password_observe,
    .diff = password_diff,
    .apply = password_apply,
};
