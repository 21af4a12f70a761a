/*
 * honey_settings.c - what the baseline says of honey tokens, and what it must not say.
 *
 * Source: IAM User Guide, "IAM and AWS STS quotas" (names of users and roles); S3 User Guide,
 *         "General purpose bucket naming rules"; Systems Manager API Reference, PutParameter.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <string.h>

enum { TOKENS_MOST = 200, NAME_BYTES_MOST = 512 };

/* --- Tables --------------------------------------------------------------------------------------
 */

#define SPOT_FIELDS                                                                                \
    {.key = "account",                                                                             \
     .type = FIELD_STRING,                                                                         \
     .required = true,                                                                             \
     .offset = offsetof(struct honey_spot, account),                                               \
     .format = FORMAT_ACCOUNT_NAME,                                                                \
     .doc = "The account that it is in, by its name. Not the security account."},                  \
    {                                                                                              \
        .key = "region", .type = FIELD_STRING, .offset = offsetof(struct honey_spot, region),      \
        .format = FORMAT_REGION, .doc = "Its region. Without it, the home region."                 \
    }

static const struct field named_fields[] = {
    SPOT_FIELDS,
    {.key = "name",
     .type = FIELD_STRING,
     .required = true,
     .offset = offsetof(struct honey_spot, name),
     .doc = "Its name. plinth makes it; what is there already is left alone and reported."},
    {.key = NULL},
};

static const struct schema named_schema = {
    .name = "place by name",
    .doc = "A secret of Secrets Manager, or a SecureString parameter.",
    .size = sizeof(struct honey_spot),
    .node_offset = offsetof(struct honey_spot, node),
    .fields = named_fields,
};

static const struct field object_fields[] = {
    SPOT_FIELDS,
    {.key = "bucket",
     .type = FIELD_STRING,
     .required = true,
     .offset = offsetof(struct honey_spot, bucket),
     .doc = "A bucket that exists."},
    {.key = "key",
     .type = FIELD_STRING,
     .required = true,
     .offset = offsetof(struct honey_spot, key),
     .doc = "The object's key. What is there already is left alone and reported."},
    {.key = NULL},
};

static const struct schema object_schema = {
    .name = "object",
    .doc = "An object in S3.",
    .size = sizeof(struct honey_spot),
    .node_offset = offsetof(struct honey_spot, node),
    .fields = object_fields,
};

static const struct choice format_choices[] = {
    {"credentials", "credentials"},
    {"json", "json"},
    {"env", "env"},
    {NULL, NULL},
};

static const struct field plant_fields[] = {
    {.key = "file",
     .type = FIELD_STRING,
     .offset = offsetof(struct honey_plant, file),
     .doc = "A file on the machine that applies, by its absolute path; made with mode 0600. What "
            "is there already is left alone."},
    {.key = "secret",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct honey_plant, secret),
     .object = &named_schema,
     .doc = "A secret of Secrets Manager."},
    {.key = "parameter",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct honey_plant, parameter),
     .object = &named_schema,
     .doc = "A SecureString parameter."},
    {.key = "object",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct honey_plant, object),
     .object = &object_schema,
     .doc = "An object in S3."},
    {.key = "command",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct honey_plant, command),
     .max = 64,
     .doc = "A program and its arguments, run without a shell. It gets the key on its standard "
            "input, must put it where it belongs, replace an earlier one there, and end with "
            "status 0 within a minute."},
    {.key = "format",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct honey_plant, format),
     .choices = format_choices,
     .doc = "How the key is written: a shared `credentials` file, `json`, or `env` (lines "
            "`AWS_ACCESS_KEY_ID=...`). Without it: `json` in secrets and parameters, else "
            "`credentials`."},
    {.key = NULL},
};

static const struct schema plant_schema = {
    .name = "plant",
    .doc = "Where an access key is planted: exactly one of `file`, `secret`, `parameter`, `object` "
           "and `command`.",
    .size = sizeof(struct honey_plant),
    .node_offset = offsetof(struct honey_plant, node),
    .fields = plant_fields,
};

static const struct choice kind_choices[] = {
    {"access_key", "access_key"}, {"role", "role"},   {"bucket", "bucket"}, {"secret", "secret"},
    {"parameter", "parameter"},   {"table", "table"}, {NULL, NULL},
};

static const struct field token_fields[] = {
    {.key = "label",
     .type = FIELD_STRING,
     .required = true,
     .offset = offsetof(struct honey_token, label),
     .format = FORMAT_KEY,
     .doc = "How people and alarms call it. Only the security account knows it."},
    {.key = "kind",
     .type = FIELD_CHOICE,
     .required = true,
     .offset = offsetof(struct honey_token, kind_name),
     .choices = kind_choices,
     .doc = "What it is: an access key of an IAM user that may do nothing, an IAM role that may do "
            "nothing, an empty S3 bucket, a secret or a SecureString parameter with a random "
            "value, an empty DynamoDB table."},
    {.key = "account",
     .type = FIELD_STRING,
     .offset = offsetof(struct honey_token, account),
     .format = FORMAT_ACCOUNT_NAME,
     .doc = "The account that it lives in, by its name. Not the security account."},
    {.key = "region",
     .type = FIELD_STRING,
     .offset = offsetof(struct honey_token, region),
     .format = FORMAT_REGION,
     .doc = "Its region. Without it, the home region."},
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct honey_token, given_name),
     .doc = "Its name in AWS; of an access key the user's. Without it, a plausible one is drawn "
            "when it is planted, which the map in the security account alone knows."},
    {.key = "description",
     .type = FIELD_STRING,
     .offset = offsetof(struct honey_token, description),
     .doc = "Its description in AWS (roles, secrets, parameters). None is as ordinary as any."},
    {.key = "tags",
     .type = FIELD_PAIRS,
     .offset = offsetof(struct honey_token, tags),
     .max = 20,
     .doc = "Tags that it gets when it is made. plinth adds none of its own."},
    {.key = "plant",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct honey_token, plant),
     .object = &plant_schema,
     .doc = "Where an access key is planted."},
    {.key = NULL},
};

static const struct schema token_schema = {
    .name = "honey token",
    .doc = "One thing that nobody has a reason to touch.",
    .size = sizeof(struct honey_token),
    .node_offset = offsetof(struct honey_token, node),
    .fields = token_fields,
};

static const struct field honey_fields[] = {
    {.key = "account",
     .type = FIELD_STRING,
     .offset = offsetof(struct honey_spec, account),
     .uniform = true,
     .format = FORMAT_ACCOUNT_NAME,
     .doc = "The account of tokens that name none: one of its own, with an ordinary name."},
    {.key = "tokens",
     .type = FIELD_NAMED,
     .offset = offsetof(struct honey_spec, tokens),
     .required = true,
     .uniform = true,
     .object = &token_schema,
     .min = 1,
     .max = TOKENS_MOST,
     .doc = "The tokens, each under a label of yours."},
    {.key = NULL},
};

const struct schema honey_schema = {
    .name = "honey_tokens",
    .doc = "Honey tokens: access keys, roles, buckets, secrets, parameters and tables that nobody "
           "has a reason to touch, so that each use is an alarm. Which is where is known in the "
           "security account only. See `docs/honey-tokens.md` for what they cannot see.",
    .size = sizeof(struct honey_spec),
    .node_offset = offsetof(struct honey_spec, node),
    .fields = honey_fields,
};

/* --- What can be asked of them -------------------------------------------------------------------
 */

const struct honey_spec *honey_settings(const struct baseline *baseline, struct arena *arena)
{
    return control_settings(baseline, "honey_tokens", arena);
}

const struct honey_token *honey_token_at(const struct honey_spec *spec, size_t index)
{
    return (const struct honey_token *)spec->tokens.items + index;
}

const struct honey_token *honey_token_find(const struct honey_spec *spec, const char *label)
{
    for (size_t i = 0; i < spec->tokens.count; i++)
        if (str_eq(honey_token_at(spec, i)->label, label))
            return honey_token_at(spec, i);
    return NULL;
}

const struct account *honey_account(const struct baseline *baseline, const struct honey_spec *spec,
                                    const struct honey_token *token)
{
    const char *name = token->account == NULL ? spec->account : token->account;

    return name == NULL ? NULL : baseline_account(baseline, name);
}

const char *honey_region(const struct baseline *baseline, const struct honey_token *token)
{
    return token->region == NULL ? baseline->home_region : token->region;
}

bool honey_concerns(const struct baseline *baseline, const void *decoded,
                    const struct account *account)
{
    const struct honey_spec *spec = decoded;

    for (size_t i = 0; i < spec->tokens.count; i++)
        if (honey_account(baseline, spec, honey_token_at(spec, i)) == account)
            return true;
    return false;
}

/* --- Checks --------------------------------------------------------------------------------------
 */

struct check {
    const struct baseline *baseline;
    const struct honey_spec *spec;
    struct diags *diags;
    struct arena *arena;
};

static void check_words(struct check *check, const struct mark *mark, const char *what,
                        const char *text)
{
    const char *hint = honey_hint(text);

    if (hint != NULL)
        diags_add(check->diags, mark, "%s '%s' gives the token away: it has \"%s\" in it", what,
                  text, hint);
}

/* `name` NULL: the settings' own account is meant. */
static void check_account(struct check *check, const struct node *node, const char *name,
                          const char *what)
{
    const struct mark *mark = schema_mark(node, "account");
    const struct account *account;

    if (name == NULL) {
        diags_add(check->diags, mark, "%s needs an account: give it one, or all of them", what);
        return;
    }
    account = baseline_account(check->baseline, name);
    if (account == NULL)
        diags_add(check->diags, mark, "there is no account '%s'", name);
    else if (account->roles & ROLE_SECURITY)
        diags_add(check->diags, mark,
                  "%s cannot be in the security account: an intruder would be beside the map",
                  what);
}

static void check_region(struct check *check, const struct node *node, const char *region)
{
    const struct strings *regions = &check->baseline->regions;

    for (size_t i = 0; region != NULL && i < regions->count; i++)
        if (str_eq(regions->items[i], region))
            return;
    if (region != NULL)
        diags_add_unknown(check->diags, schema_mark(node, "region"), region, regions->items,
                          regions->count, "region %s is not among the baseline's regions", region);
}

bool honey_is_name(enum honey_kind kind, const char *name)
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t len = strlen(name), taken = strspn(name, letters);
    const char *more;

    switch (kind) {
    case HONEY_BUCKET:
        return len >= 3 && len <= 63 && strspn(name, small) == len && name[0] != '-' &&
               name[len - 1] != '-';
    case HONEY_ACCESS_KEY:
    case HONEY_ROLE:
        more = "+=,.@_-";
        break;
    case HONEY_TABLE:
        more = "_.-";
        break;
    default:
        more = "/_.-+=@";
        break;
    }
    while (taken < len && strchr(more, name[taken]) != NULL)
        taken += 1 + strspn(name + taken + 1, letters);
    return len > 0 && taken == len &&
           len <= (kind == HONEY_ACCESS_KEY || kind == HONEY_ROLE ? 64 : NAME_BYTES_MOST);
}

static void check_name(struct check *check, const struct honey_token *token)
{
    const struct mark *mark = schema_mark(token->node, "name");

    if (token->given_name == NULL)
        return;
    if (strchr(token->given_name, '/') != NULL &&
        (honey_kind_of(token) == HONEY_ACCESS_KEY || honey_kind_of(token) == HONEY_ROLE))
        diags_add(check->diags, mark, "users and roles of honey tokens have the path /: '%s'",
                  token->given_name);
    else if (!honey_is_name(honey_kind_of(token), token->given_name))
        diags_add(check->diags, mark, "'%s' is no name of a %s", token->given_name,
                  token->kind_name);
    check_words(check, mark, "name", token->given_name);
}

static void check_spot(struct check *check, const struct honey_spot *spot, const char *what)
{
    if (spot == NULL)
        return;
    check_account(check, spot->node, spot->account, what);
    check_region(check, spot->node, spot->region);
    check_words(check, schema_mark(spot->node, "name"), "name", spot->name);
    check_words(check, schema_mark(spot->node, "key"), "key", spot->key);
}

static void check_plant(struct check *check, const struct honey_token *token)
{
    const struct honey_plant *plant = token->plant;
    int count;

    if (honey_kind_of(token) != HONEY_ACCESS_KEY) {
        if (plant != NULL)
            diags_add(check->diags, &plant->node->mark, "only an access key is planted");
        return;
    }
    if (plant == NULL) {
        diags_add(check->diags, &token->node->mark,
                  "an access key needs `plant`: its secret is known once, and goes there");
        return;
    }
    count = (plant->file != NULL) + (plant->secret != NULL) + (plant->parameter != NULL) +
            (plant->object != NULL) + (plant->command.count > 0);
    if (count != 1)
        diags_add(check->diags, &plant->node->mark,
                  "`plant` needs exactly one of file, secret, parameter, object and command");
    if (plant->file != NULL && plant->file[0] != '/')
        diags_add(check->diags, schema_mark(plant->node, "file"), "file '%s' is no absolute path",
                  plant->file);
    check_words(check, schema_mark(plant->node, "file"), "path", plant->file);
    check_spot(check, plant->secret, "the place of a key");
    check_spot(check, plant->parameter, "the place of a key");
    check_spot(check, plant->object, "the place of a key");
}

/* What no two tokens may share: a place, and a name of a kind in an account and region. */
static bool clash(struct check *check, const struct honey_token *a, const struct honey_token *b,
                  const char **out_what)
{
    const struct account *account = honey_account(check->baseline, check->spec, a);
    bool is_global = honey_kind_of(a) == HONEY_ACCESS_KEY || honey_kind_of(a) == HONEY_ROLE;
    const char *place = honey_place(check->baseline, a, check->arena);

    if (place != NULL && str_eq(place, honey_place(check->baseline, b, check->arena))) {
        *out_what = place;
        return true;
    }
    *out_what = a->given_name; /* one that is drawn is drawn as no other's */
    return a->given_name != NULL && honey_kind_of(a) == honey_kind_of(b) &&
           account == honey_account(check->baseline, check->spec, b) &&
           (is_global ||
            str_eq(honey_region(check->baseline, a), honey_region(check->baseline, b))) &&
           str_eq(*out_what, b->given_name);
}

static void check_clashes(struct check *check, size_t index)
{
    const struct honey_token *token = honey_token_at(check->spec, index);
    const char *what;

    for (size_t i = 0; i < index; i++)
        if (clash(check, token, honey_token_at(check->spec, i), &what)) {
            diags_add(check->diags, &token->node->mark,
                      "tokens %s and %s would share %s: an alarm could not tell which was used",
                      honey_token_at(check->spec, i)->label, token->label, what);
            return;
        }
}

static void check_token(struct check *check, const struct honey_token *token)
{
    const char *name = token->account == NULL ? check->spec->account : token->account;

    check_account(check, token->node, name, "a honey token");
    check_region(check, token->node, token->region);
    check_name(check, token);
    check_words(check, schema_mark(token->node, "description"), "description", token->description);
    for (size_t i = 0; i < token->tags.count; i++) {
        check_words(check, &token->tags.items[i].node->mark, "tag", token->tags.items[i].key);
        check_words(check, &token->tags.items[i].node->mark, "tag", token->tags.items[i].value);
    }
    check_plant(check, token);
}

void honey_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    struct check check = {
        .baseline = baseline, .spec = decoded, .diags = diags, .arena = arena_new("check")};

    if (baseline_account_with_role(baseline, ROLE_SECURITY) == NULL)
        diags_add(diags, &check.spec->node->mark,
                  "honey_tokens needs an account with role security, which keeps the map");
    check_words(&check, schema_mark(check.spec->node, "account"), "account", check.spec->account);
    if (check.spec->account != NULL && baseline_account(baseline, check.spec->account) != NULL)
        check_words(&check, schema_mark(check.spec->node, "account"), "the account's email",
                    baseline_account(baseline, check.spec->account)->email);
    for (size_t i = 0; i < check.spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(check.spec, i);

        if (token->kind_name == NULL)
            continue; /* has been told */
        check_token(&check, token);
        if (diags->count == 0)
            check_clashes(&check, i);
    }
    arena_free(check.arena);
}
