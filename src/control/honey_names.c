/*
 * honey_names.c - how honey tokens are called, and which words would give them away.
 *
 * Names are drawn from real randomness, so that nobody computes them from a baseline.  The lists
 * are published with plinth all the same: who knows them sees which names could be drawn ones.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <string.h>

/* --- Words that give a token away ----------------------------------------------------------------
 */

/* Found anywhere, whatever stands around them. */
static const char *const telling_parts[] = {"honey",   "canary",   "canaries",  "tripwire",
                                            "thinkst", "tracebit", "spacecrab", "spacesiren",
                                            "decoy",   "plinth"};
/* Only as words of their own: "bootstrap" holds a trap and tells nothing. */
static const char *const telling_words[] = {"token", "tokens", "trap",  "bait",
                                            "lure",  "fake",   "dummy", "snare"};

enum {
    PART_COUNT = sizeof telling_parts / sizeof telling_parts[0],
    WORD_COUNT = sizeof telling_words / sizeof telling_words[0],
};

static bool starts_nocase(const char *text, const char *with)
{
    for (; *with != '\0'; text++, with++)
        if (tolower((unsigned char)*text) != *with)
            return false;
    return true;
}

const char *honey_hint(const char *text)
{
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        bool begins = at == text || !isalpha((unsigned char)at[-1]);

        for (size_t i = 0; i < PART_COUNT; i++)
            if (starts_nocase(at, telling_parts[i]))
                return telling_parts[i];
        for (size_t i = 0; begins && i < WORD_COUNT; i++)
            if (starts_nocase(at, telling_words[i]) &&
                !isalpha((unsigned char)at[strlen(telling_words[i])]))
                return telling_words[i];
    }
    return NULL;
}

/* --- Names that are drawn ------------------------------------------------------------------------
 */

/* One list per place in the name; a word of each is drawn. */
struct recipe {
    const char *const *first, *const *second, *const *third; /* each ends with NULL */
};

static const char *const users[] = {"svc", "ci", "app", "etl", "ops", "sync", "srv", NULL};
static const char *const duties[] = {"backup",    "deploy",    "billing", "reports", "export",
                                     "artifacts", "migration", "metrics", "mailer",  "inventory",
                                     "ledger",    "archive",   "uploads", "runner",  NULL};
static const char *const stages[] = {"prod", "production", "prd", "live", "eu", "main", NULL};
static const char *const powers[] = {"admin",    "deploy",  "maintenance", "support",
                                     "operator", "release", NULL};
static const char *const goods[] = {"database-backups", "finance-exports", "payroll",
                                    "customer-data",    "terraform-state", "hr-documents",
                                    "invoices",         "app-config",      NULL};
static const char *const systems[] = {"postgres", "billing", "warehouse", "payments", "crm",
                                      "redis",    "ledger",  "portal",    NULL};
static const char *const values[] = {
    "master", "admin", "root-password", "api-key", "connection", "credentials", NULL};
static const char *const tables[] = {"customers", "sessions", "payments", "invoices", "employees",
                                     "api-keys",  "cards",    "orders",   NULL};

static const struct recipe recipes[HONEY_KIND_COUNT] = {
    [HONEY_ACCESS_KEY] = {users, duties, stages},  [HONEY_ROLE] = {duties, powers, stages},
    [HONEY_BUCKET] = {goods, stages, stages},      [HONEY_SECRET] = {stages, systems, values},
    [HONEY_PARAMETER] = {stages, systems, values}, [HONEY_TABLE] = {systems, tables, stages},
};

static const char *drawn(const char *const *words, struct rng *rng)
{
    size_t count = 0;

    while (words[count] != NULL)
        count++;
    return words[rng_below(rng, count)];
}

const char *honey_draw(enum honey_kind kind, struct rng *rng, struct arena *arena)
{
    const struct recipe *recipe = &recipes[kind];
    const char *first = drawn(recipe->first, rng), *second = drawn(recipe->second, rng);
    const char *third = drawn(recipe->third, rng);

    switch (kind) {
    case HONEY_BUCKET: /* all of AWS shares their names */
        return arena_printf(arena, "%s-%s-%06x", first, second,
                            (unsigned)rng_below(rng, UINT64_C(1) << 24));
    case HONEY_SECRET:
        return arena_printf(arena, "%s/%s/%s", first, second, third);
    case HONEY_PARAMETER:
        return arena_printf(arena, "/%s/%s/%s", first, second, third);
    default:
        return arena_printf(arena, "%s-%s-%s", first, second, third);
    }
}

/* --- What they are called in AWS -----------------------------------------------------------------
 */

static const char *const kind_names[HONEY_KIND_COUNT] = {
    [HONEY_ACCESS_KEY] = "access_key", [HONEY_ROLE] = "role",           [HONEY_BUCKET] = "bucket",
    [HONEY_SECRET] = "secret",         [HONEY_PARAMETER] = "parameter", [HONEY_TABLE] = "table",
};

const char *honey_kind_name(enum honey_kind kind)
{
    return kind_names[kind];
}

bool honey_kind_find(const char *name, enum honey_kind *out)
{
    for (int kind = 0; kind < HONEY_KIND_COUNT; kind++)
        if (str_eq(kind_names[kind], name)) {
            *out = (enum honey_kind)kind;
            return true;
        }
    return false;
}

enum honey_kind honey_kind_of(const struct honey_token *token)
{
    enum honey_kind kind = HONEY_ACCESS_KEY;

    (void)honey_kind_find(token->kind_name, &kind);
    return kind;
}

const char *honey_arn(enum honey_kind kind, const char *partition, const char *account_id,
                      const char *region, const char *name, struct arena *arena)
{
    switch (kind) {
    case HONEY_ACCESS_KEY:
        return arena_printf(arena, "arn:%s:iam::%s:user/%s", partition, account_id, name);
    case HONEY_ROLE:
        return arena_printf(arena, "arn:%s:iam::%s:role/%s", partition, account_id, name);
    case HONEY_BUCKET:
        return arena_printf(arena, "arn:%s:s3:::%s", partition, name);
    case HONEY_SECRET:
        return arena_printf(arena, "arn:%s:secretsmanager:%s:%s:secret:%s-??????", partition,
                            region, account_id, name);
    case HONEY_PARAMETER:
        return arena_printf(arena, "arn:%s:ssm:%s:%s:parameter/%s", partition, region, account_id,
                            *name == '/' ? name + 1 : name);
    case HONEY_TABLE:
        return arena_printf(arena, "arn:%s:dynamodb:%s:%s:table/%s", partition, region, account_id,
                            name);
    case HONEY_KIND_COUNT:
        break;
    }
    return NULL;
}

static const char *spot_text(const struct baseline *baseline, const char *what, const char *name,
                             const struct honey_spot *spot, struct arena *arena)
{
    return arena_printf(arena, "%s %s in %s, %s", what, name, spot->account,
                        spot->region == NULL ? baseline->home_region : spot->region);
}

/* All of it: another argument is another place. */
static const char *command_text(const struct honey_plant *plant, struct arena *arena)
{
    const char *text = "command";

    for (size_t i = 0; i < plant->command.count; i++)
        text = arena_printf(arena, "%s %s", text, plant->command.items[i]);
    return text;
}

const char *honey_place(const struct baseline *baseline, const struct honey_token *token,
                        struct arena *arena)
{
    const struct honey_plant *plant = token->plant;

    if (plant == NULL)
        return NULL;
    if (plant->file != NULL)
        return arena_printf(arena, "file %s", plant->file);
    if (plant->secret != NULL)
        return spot_text(baseline, "secret", plant->secret->name, plant->secret, arena);
    if (plant->parameter != NULL)
        return spot_text(baseline, "parameter", plant->parameter->name, plant->parameter, arena);
    if (plant->object != NULL)
        return spot_text(baseline, "object",
                         arena_printf(arena, "%s/%s", plant->object->bucket, plant->object->key),
                         plant->object, arena);
    return plant->command.count == 0 ? NULL : command_text(plant, arena);
}
