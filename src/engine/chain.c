#include "plinth/engine/chain.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { LEVELS_MOST = 16 }; /* the root, five levels of units, the account: AWS's own limit */

const enum aws_op chain_ops[] = {AWS_ORGANIZATIONS_LIST_POLICIES_FOR_TARGET,
                                 AWS_ORGANIZATIONS_DESCRIBE_POLICY,
                                 AWS_ORGANIZATIONS_DESCRIBE_EFFECTIVE_POLICY, AWS_OP_NONE};

static const char full_access[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",%s\"Action\":\"*\","
    "\"Resource\":\"*\"}]}";

static struct chain_policy *add_policy(struct chain_level *level, struct arena *arena)
{
    if (level->count == level->capacity)
        level->policies = vec_grow(arena, level->policies, level->count, &level->capacity,
                                   sizeof *level->policies);
    return &level->policies[level->count++];
}

/* --- Of a baseline -------------------------------------------------------------------------------
 */

/* What AWS attaches when the type is enabled, to every target. */
static int add_full_access(struct chain_level *level, const struct policy_type *type,
                           struct arena *arena, struct err *err)
{
    bool scp = str_eq(type->api_name, "SERVICE_CONTROL_POLICY");
    const char *text = arena_printf(arena, full_access, scp ? "" : "\"Principal\":\"*\",");
    struct json *document;

    if (json_parse(text, strlen(text), arena, &document, err) != 0)
        return -1;
    *add_policy(level, arena) =
        (struct chain_policy){.type = type,
                              .name = scp ? "FullAWSAccess" : "RCPFullAWSAccess",
                              .is_aws = true,
                              .characters = strlen(text),
                              .document = document};
    return 0;
}

/* One of: the root (both NULL), a unit, an account. */
static bool is_attached(const struct baseline_policy *policy, const struct ou *ou,
                        const struct account *account)
{
    for (size_t i = 0; i < policy->attachment_count; i++) {
        const struct attachment *attachment = &policy->attachments[i];

        if (attachment->ou == ou && attachment->account == account &&
            attachment->root == (ou == NULL && account == NULL))
            return true;
    }
    return false;
}

static int add_level(const struct baseline *baseline, const struct ou *ou,
                     const struct account *account, struct arena *arena, struct chain *out,
                     struct err *err)
{
    struct chain_level *level = &out->levels[out->count++];

    level->name = account != NULL ? arena_printf(arena, "account %s", account->name)
                  : ou != NULL    ? ou->path
                                  : "the root";
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++) {
        if (type->reserved > 0 && add_full_access(level, type, arena, err) != 0)
            return -1;
        for (size_t i = 0; i < baseline->policy_count; i++) {
            const struct baseline_policy *policy = &baseline->policies[i];

            if (policy->type == type && is_attached(policy, ou, account))
                *add_policy(level, arena) =
                    (struct chain_policy){.type = type,
                                          .name = policy->name,
                                          .description = policy->description,
                                          .is_ours = true,
                                          .characters = strlen(policy->content),
                                          .document = policy->document};
        }
    }
    return 0;
}

static const struct account *baseline_account_at(const struct baseline *baseline, const char *place)
{
    const struct account *account = baseline_account(baseline, place);

    for (size_t i = 0; account == NULL && i < baseline->account_count; i++)
        if (str_eq(baseline->accounts[i].id, place))
            account = &baseline->accounts[i];
    return account;
}

int chain_of_baseline(const struct baseline *baseline, const char *place, struct arena *arena,
                      struct chain *out, struct err *err)
{
    const struct account *account = baseline_account_at(baseline, place);
    const struct ou *ou = account == NULL ? baseline_ou(baseline, place) : account->ou,
                    *path[LEVELS_MOST];
    size_t depth = 0;

    *out = (struct chain){.levels = arena_array(arena, LEVELS_MOST + 2, sizeof *out->levels)};
    if (account == NULL && ou == NULL && !str_eq(place, "root"))
        return err_set(err, ERR_USAGE,
                       "the baseline has no account and no organizational unit \"%s\"", place);
    out->is_management = account != NULL && account->roles & ROLE_MANAGEMENT;
    for (; ou != NULL && depth < LEVELS_MOST; ou = ou->parent)
        path[depth++] = ou;
    if (add_level(baseline, NULL, NULL, arena, out, err) != 0)
        return -1;
    while (depth-- > 0)
        if (add_level(baseline, path[depth], NULL, arena, out, err) != 0)
            return -1;
    return account == NULL ? 0 : add_level(baseline, NULL, account, arena, out, err);
}

/* --- As they hang now ----------------------------------------------------------------------------
 */

struct reader {
    const struct aws_target *management;
    const struct inventory *inventory;
    const struct baseline *baseline;
    struct arena *arena;
    VEC(struct chain_policy) known; /* each is read once */
};

/* Where it begins: an account, or else a unit. */
struct start {
    const struct inventory_account *account;
    const struct inventory_ou *ou;
};

static int find_by_name(const struct inventory *inventory, const char *name,
                        const struct inventory_account **out, struct err *err)
{
    *out = NULL;
    for (size_t i = 0; i < inventory->account_count; i++) {
        if (!str_eq(inventory->accounts[i].name, name))
            continue;
        if (*out != NULL)
            return err_set(err, ERR_USAGE, "several accounts are called \"%s\": say the id", name);
        *out = &inventory->accounts[i];
    }
    return 0;
}

static int find_start(const struct reader *reader, const char *place, struct start *out,
                      struct err *err)
{
    const struct inventory *inventory = reader->inventory;
    const struct account *wanted = baseline_account_at(reader->baseline, place);
    const char *path = str_eq(place, "root") ? "" : place;

    *out = (struct start){NULL, NULL};
    if (wanted != NULL) {
        out->account = inventory_account_of(inventory, wanted);
        if (out->account == NULL)
            return err_set(err, ERR_USAGE, "account %s does not exist yet", place);
        return 0;
    }
    out->account = inventory_account_by_id(inventory, place);
    if (out->account == NULL)
        out->ou = inventory_ou_by_path(inventory, path);
    if (out->account == NULL && out->ou == NULL)
        out->ou = inventory_ou_by_id(inventory, place);
    if (out->account == NULL && out->ou == NULL &&
        find_by_name(inventory, place, &out->account, err) != 0)
        return -1;
    if (out->account == NULL && out->ou == NULL)
        return err_set(err, ERR_USAGE,
                       "the organization has no account and no organizational unit \"%s\"", place);
    return 0;
}

static bool is_ours(const struct baseline *baseline, const struct policy_type *type,
                    const char *name)
{
    for (size_t i = 0; i < baseline->policy_count; i++)
        if (baseline->policies[i].type == type && str_eq(baseline->policies[i].name, name))
            return true;
    return false;
}

static int read_policy(struct reader *reader, const struct policy_type *type,
                       const struct json *summary, struct chain_policy *out, struct err *err)
{
    struct json *params = json_object(reader->arena), *document;
    const struct json *answer;
    const char *content;

    *out = (struct chain_policy){.type = type,
                                 .description = json_str(summary, "Description"),
                                 .is_aws = json_bool(summary, "AwsManaged", false)};
    if (json_need_str(summary, "Id", &out->id, err) != 0 ||
        json_need_str(summary, "Name", &out->name, err) != 0)
        return -1;
    out->is_ours = is_ours(reader->baseline, type, out->name);
    json_put_str(params, "PolicyId", out->id);
    if (aws_call(reader->management, AWS_ORGANIZATIONS_DESCRIBE_POLICY, params, reader->arena,
                 &answer, err) != 0 ||
        json_need_str(json_get(answer, "Policy"), "Content", &content, err) != 0 ||
        json_parse(content, strlen(content), reader->arena, &document, err) != 0)
        return err_wrap(err, "policy %s", out->name);
    out->characters = strlen(content);
    out->document = document;
    return 0;
}

/* The policy of a summary, which is read when it is first met. */
static int policy_of(struct reader *reader, const struct policy_type *type,
                     const struct json *summary, struct chain_policy *out, struct err *err)
{
    const char *id = json_str(summary, "Id");

    for (size_t i = 0; i < reader->known.count; i++)
        if (str_eq(reader->known.items[i].id, id)) {
            *out = reader->known.items[i];
            return 0;
        }
    if (read_policy(reader, type, summary, out, err) != 0)
        return -1;
    *VEC_ADD(reader->arena, &reader->known) = *out;
    return 0;
}

static int read_level(struct reader *reader, struct chain_level *level, struct err *err)
{
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++) {
        struct json *params = json_object(reader->arena);
        const struct json *list;

        if (!inventory_has_policy_type(reader->inventory, type->api_name))
            continue;
        json_put_str(params, "TargetId", level->id);
        json_put_str(params, "Filter", type->api_name);
        if (aws_list(reader->management, AWS_ORGANIZATIONS_LIST_POLICIES_FOR_TARGET, params,
                     reader->arena, &list, err) != 0)
            return err_wrap(err, "%s", level->name);
        for (const struct json *it = json_first(list); it != NULL; it = it->next)
            if (policy_of(reader, type, it, add_policy(level, reader->arena), err) != 0)
                return -1;
    }
    return 0;
}

/* SCPs and RCPs are not merged, but hold side by side. */
static int read_merged(struct reader *reader, const char *account_id, struct chain *out,
                       struct err *err)
{
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++) {
        struct json *params = json_object(reader->arena), *document;
        const struct json *answer;
        const char *content;

        if (type->iam_language || !inventory_has_policy_type(reader->inventory, type->api_name))
            continue;
        json_put_str(params, "PolicyType", type->api_name);
        json_put_str(params, "TargetId", account_id);
        if (aws_call(reader->management, AWS_ORGANIZATIONS_DESCRIBE_EFFECTIVE_POLICY, params,
                     reader->arena, &answer, err) != 0) {
            if (err->code != ERR_NOTFOUND)
                return -1;
            err_clear(err);
            continue;
        }
        if (json_need_str(json_get(answer, "EffectivePolicy"), "PolicyContent", &content, err) !=
                0 ||
            json_parse(content, strlen(content), reader->arena, &document, err) != 0)
            return err_wrap(err, "the effective %s", type->title);
        if (out->merged_count == out->merged_capacity)
            out->merged = vec_grow(reader->arena, out->merged, out->merged_count,
                                   &out->merged_capacity, sizeof *out->merged);
        out->merged[out->merged_count++] = (struct chain_merged){type, document};
    }
    return 0;
}

/* From the root down. */
static void place_levels(const struct reader *reader, const struct start *start, struct chain *out)
{
    const struct inventory_ou *up[LEVELS_MOST];
    const struct inventory_ou *ou =
        start->account == NULL ? start->ou
                               : inventory_ou_by_id(reader->inventory, start->account->parent_id);
    size_t depth = 0;

    for (; ou != NULL && depth < LEVELS_MOST;
         ou = inventory_ou_by_id(reader->inventory, ou->parent_id))
        up[depth++] = ou;
    while (depth-- > 0)
        out->levels[out->count++] = (struct chain_level){
            .name = *up[depth]->path == '\0' ? "the root" : up[depth]->path, .id = up[depth]->id};
    if (start->account != NULL)
        out->levels[out->count++] = (struct chain_level){
            .name = arena_printf(reader->arena, "account %s", start->account->name),
            .id = start->account->id};
}

int chain_read(const struct aws_target *management, const struct inventory *inventory,
               const struct baseline *baseline, const char *place, struct arena *arena,
               struct chain *out, struct err *err)
{
    struct reader reader = {management, inventory, baseline, arena, {0}};
    struct start start;

    *out = (struct chain){.levels = arena_array(arena, LEVELS_MOST + 2, sizeof *out->levels)};
    if (!inventory->exists)
        return err_set(err, ERR_NOTFOUND, "there is no organization yet");
    if (find_start(&reader, place, &start, err) != 0)
        return -1;
    out->is_management =
        start.account != NULL && str_eq(start.account->id, inventory->management_account_id);
    place_levels(&reader, &start, out);
    for (size_t i = 0; i < out->count; i++)
        if (read_level(&reader, &out->levels[i], err) != 0)
            return -1;
    return start.account == NULL ? 0 : read_merged(&reader, start.account->id, out, err);
}
