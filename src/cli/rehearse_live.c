/*
 * rehearse_live.c - an organization on the simulator like the one that there is: its units,
 *                   accounts and policies with their tags and places, and trusted access.
 *
 * Account ids are the simulator's own.  What is in the accounts is not copied: they are as AWS
 * hands them out, so that a rehearsal shows the most that a run may have to do there.
 */
#include "rehearse.h"

#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/baseline/baseline.h"
#include "plinth/codec/json.h"
#include "plinth/control/inventory.h"
#include "plinth/fiber/fiber.h"

enum { PAUSE_MS = 5 * 1000, TRIES = 200 };

struct live_policy {
    const char *name, *description, *type, *content;
    const struct json *targets; /* of ListTargetsForPolicy */
    const struct json *tags;
};

struct live {
    struct arena *arena;
    struct inventory_cache *cache;
    const struct inventory *inventory;
    const struct json **ou_tags, **account_tags;
    const struct json *services; /* with trusted access */
    VEC(struct live_policy) policies;
};

/* --- Reading -------------------------------------------------------------------------------------
 */

static struct json *one_param(struct arena *arena, const char *name, const char *value)
{
    struct json *params = json_object(arena);

    json_put_str(params, name, value);
    return params;
}

static int read_tags(struct live *live, const struct aws_target *target, const char *id,
                     const struct json **out, struct err *err)
{
    return aws_list(target, AWS_ORGANIZATIONS_LIST_TAGS_FOR_RESOURCE,
                    one_param(live->arena, "ResourceId", id), live->arena, out, err);
}

static int read_policy(struct live *live, const struct aws_target *target,
                       const struct json *summary, const char *type, struct err *err)
{
    const char *id = json_str(summary, "Id");
    const struct json *answer, *targets, *tags;
    struct json *params = one_param(live->arena, "PolicyId", id);

    if (json_bool(summary, "AwsManaged", false))
        return 0;
    if (aws_call(target, AWS_ORGANIZATIONS_DESCRIBE_POLICY, params, live->arena, &answer, err) !=
            0 ||
        aws_list(target, AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, params, live->arena, &targets,
                 err) != 0 ||
        read_tags(live, target, id, &tags, err) != 0)
        return -1;
    *VEC_ADD(live->arena, &live->policies) = (struct live_policy){
        .name = json_str(summary, "Name"),
        .description = json_str(summary, "Description"),
        .type = type,
        .content = json_str(json_get(answer, "Policy"), "Content"),
        .targets = targets,
        .tags = tags,
    };
    return 0;
}

static int read_policies(struct live *live, const struct aws_target *target, struct err *err)
{
    for (size_t i = 0; i < live->inventory->policy_type_count; i++) {
        const char *type = live->inventory->policy_types[i];
        const struct json *list;

        if (aws_list(target, AWS_ORGANIZATIONS_LIST_POLICIES,
                     one_param(live->arena, "Filter", type), live->arena, &list, err) != 0)
            return -1;
        for (const struct json *it = json_first(list); it != NULL; it = it->next)
            if (read_policy(live, target, it, type, err) != 0)
                return -1;
    }
    return 0;
}

static int read_live(struct live *live, const struct aws_target *target, struct err *err)
{
    const struct inventory *inventory;

    live->cache = inventory_cache_new(target);
    if (inventory_get(live->cache, &live->inventory, err) != 0)
        return -1;
    inventory = live->inventory;
    if (!inventory->exists)
        return 0;
    live->ou_tags = arena_array(live->arena, inventory->ou_count, sizeof *live->ou_tags);
    live->account_tags =
        arena_array(live->arena, inventory->account_count, sizeof *live->account_tags);
    for (size_t i = 0; i < inventory->ou_count; i++)
        if (read_tags(live, target, inventory->ous[i].id, &live->ou_tags[i], err) != 0)
            return -1;
    for (size_t i = 0; i < inventory->account_count; i++)
        if (read_tags(live, target, inventory->accounts[i].id, &live->account_tags[i], err) != 0)
            return -1;
    if (aws_list(target, AWS_ORGANIZATIONS_LIST_AWS_SERVICE_ACCESS_FOR_ORGANIZATION, NULL,
                 live->arena, &live->services, err) != 0)
        return -1;
    return read_policies(live, target, err);
}

/* --- Making --------------------------------------------------------------------------------------
 */

struct copying {
    struct live *live;
    struct baseline *baseline;
    struct arena *arena;
    struct aws_target target;
    struct sched *sched;
    const char *root_id;
    const char **ou_ids, **account_ids; /* of the copies, in the order of the inventory */
    struct err err;
    int failed;
};

/* A fresh organization refuses for a while, and asks for patience. */
static int call(struct copying *copying, enum aws_op op, const struct json *params,
                const struct json **out, struct err *err)
{
    for (int tries = 0; tries < TRIES; tries++) {
        err_clear(err);
        if (aws_call(&copying->target, op, params, copying->arena, out, err) == 0)
            return 0;
        if (err->code != ERR_PENDING && err->code != ERR_CONFLICT)
            return -1;
        if (fiber_sleep_ms(copying->sched, PAUSE_MS, err) != 0)
            return -1;
    }
    return -1;
}

static void put_tags(struct json *params, const struct json *tags)
{
    if (json_first(tags) != NULL)
        json_put(params, "Tags", tags);
}

static int make_organization(struct copying *copying, struct err *err)
{
    const struct inventory *inventory = copying->live->inventory;
    const struct json *roots, *answer;

    if (call(copying, AWS_ORGANIZATIONS_CREATE_ORGANIZATION,
             one_param(copying->arena, "FeatureSet", inventory->feature_set), &answer, err) != 0 ||
        aws_list(&copying->target, AWS_ORGANIZATIONS_LIST_ROOTS, NULL, copying->arena, &roots,
                 err) != 0)
        return -1;
    copying->root_id = json_str(json_first(roots), "Id");
    for (size_t i = 0; i < inventory->policy_type_count; i++) {
        struct json *params = one_param(copying->arena, "RootId", copying->root_id);

        json_put_str(params, "PolicyType", inventory->policy_types[i]);
        if (call(copying, AWS_ORGANIZATIONS_ENABLE_POLICY_TYPE, params, NULL, err) != 0 &&
            !str_eq(err->service_code, "PolicyTypeAlreadyEnabledException"))
            return -1;
        err_clear(err);
    }
    for (const struct json *it = json_first(copying->live->services); it != NULL; it = it->next)
        if (call(copying, AWS_ORGANIZATIONS_ENABLE_AWS_SERVICE_ACCESS,
                 one_param(copying->arena, "ServicePrincipal", json_str(it, "ServicePrincipal")),
                 NULL, err) != 0)
            return -1;
    return 0;
}

/* The copy's id of a root, a unit or an account; NULL: it was not copied. */
static const char *id_of(const struct copying *copying, const char *id)
{
    const struct inventory *inventory = copying->live->inventory;

    if (str_eq(id, inventory->root_id))
        return copying->root_id;
    for (size_t i = 0; i < inventory->ou_count; i++)
        if (str_eq(id, inventory->ous[i].id))
            return copying->ou_ids[i];
    for (size_t i = 0; i < inventory->account_count; i++)
        if (str_eq(id, inventory->accounts[i].id))
            return copying->account_ids[i];
    return NULL;
}

/* Parents come first, and the root before all. */
static int make_units(struct copying *copying, struct err *err)
{
    const struct inventory *inventory = copying->live->inventory;

    copying->ou_ids = arena_array(copying->arena, inventory->ou_count, sizeof *copying->ou_ids);
    for (size_t i = 0; i < inventory->ou_count; i++) {
        const struct inventory_ou *ou = &inventory->ous[i];
        const struct json *answer;
        struct json *params;

        if (str_eq(ou->id, inventory->root_id)) {
            copying->ou_ids[i] = copying->root_id;
            continue;
        }
        params = one_param(copying->arena, "ParentId", id_of(copying, ou->parent_id));
        json_put_str(params, "Name", ou->name);
        put_tags(params, copying->live->ou_tags[i]);
        if (call(copying, AWS_ORGANIZATIONS_CREATE_ORGANIZATIONAL_UNIT, params, &answer, err) != 0)
            return -1;
        copying->ou_ids[i] = json_str(json_get(answer, "OrganizationalUnit"), "Id");
    }
    return 0;
}

static int await_account(struct copying *copying, const char *request_id, const char **out,
                         struct err *err)
{
    const struct json *answer;

    for (int tries = 0; tries < TRIES; tries++) {
        if (fiber_sleep_ms(copying->sched, PAUSE_MS, err) != 0 ||
            call(copying, AWS_ORGANIZATIONS_DESCRIBE_CREATE_ACCOUNT_STATUS,
                 one_param(copying->arena, "CreateAccountRequestId", request_id), &answer,
                 err) != 0)
            return -1;
        *out = json_str(json_get(answer, "CreateAccountStatus"), "AccountId");
        if (*out != NULL)
            return 0;
    }
    return err_set(err, ERR_PENDING, "the copy of an account is not made");
}

static int make_account(struct copying *copying, size_t index, struct err *err)
{
    const struct inventory_account *account = &copying->live->inventory->accounts[index];
    const char *to = id_of(copying, account->parent_id), *id;
    const struct json *answer;
    struct json *params = one_param(copying->arena, "AccountName", account->name);

    json_put_str(params, "Email", account->email);
    json_put_str(params, "RoleName", copying->baseline->organization.member_role);
    put_tags(params, copying->live->account_tags[index]);
    if (call(copying, AWS_ORGANIZATIONS_CREATE_ACCOUNT, params, &answer, err) != 0 ||
        await_account(copying, json_str(json_get(answer, "CreateAccountStatus"), "Id"), &id, err) !=
            0)
        return -1;
    copying->account_ids[index] = id;
    if (to == NULL || str_eq(to, copying->root_id))
        return 0;
    params = one_param(copying->arena, "AccountId", id);
    json_put_str(params, "SourceParentId", copying->root_id);
    json_put_str(params, "DestinationParentId", to);
    return call(copying, AWS_ORGANIZATIONS_MOVE_ACCOUNT, params, NULL, err);
}

/* Closed accounts take part in nothing. */
static int make_accounts(struct copying *copying, struct err *err)
{
    const struct inventory *inventory = copying->live->inventory;

    copying->account_ids =
        arena_array(copying->arena, inventory->account_count, sizeof *copying->account_ids);
    for (size_t i = 0; i < inventory->account_count; i++) {
        const struct inventory_account *account = &inventory->accounts[i];

        if (str_eq(account->id, inventory->management_account_id))
            copying->account_ids[i] = "";
        else if (str_eq(account->status, "ACTIVE") && make_account(copying, i, err) != 0)
            return err_wrap(err, "account %s", account->name);
    }
    return 0;
}

static int make_policy(struct copying *copying, const struct live_policy *policy, struct err *err)
{
    struct json *params = one_param(copying->arena, "Name", policy->name);
    const struct json *answer;
    const char *id;

    json_put_str(params, "Description", policy->description == NULL ? "" : policy->description);
    json_put_str(params, "Type", policy->type);
    json_put_str(params, "Content", policy->content);
    put_tags(params, policy->tags);
    if (call(copying, AWS_ORGANIZATIONS_CREATE_POLICY, params, &answer, err) != 0)
        return -1;
    id = json_str(json_get(json_get(answer, "Policy"), "PolicySummary"), "Id");
    for (const struct json *it = json_first(policy->targets); it != NULL; it = it->next) {
        const char *to = id_of(copying, json_str(it, "TargetId"));

        if (to == NULL || *to == '\0')
            continue;
        params = one_param(copying->arena, "PolicyId", id);
        json_put_str(params, "TargetId", to);
        if (call(copying, AWS_ORGANIZATIONS_ATTACH_POLICY, params, NULL, err) != 0)
            return -1;
    }
    return 0;
}

/* The management account of the copy is the simulator's: its id is not wanted. */
static void adopt_ids(const struct copying *copying)
{
    struct baseline *baseline = copying->baseline;

    for (size_t i = 0; i < baseline->account_count; i++) {
        struct account *account = &baseline->accounts[i];
        const char *id = account->id == NULL ? NULL : id_of(copying, account->id);

        if (id != NULL)
            account->id = *id == '\0' ? NULL : arena_str(baseline->arena, id);
    }
}

static int copy_all(struct copying *copying, struct err *err)
{
    const struct live *live = copying->live;

    if (!live->inventory->exists)
        return 0;
    if (make_organization(copying, err) != 0 || make_units(copying, err) != 0 ||
        make_accounts(copying, err) != 0)
        return -1;
    for (size_t i = 0; i < live->policies.count; i++)
        if (make_policy(copying, &live->policies.items[i], err) != 0)
            return err_wrap(err, "policy %s", live->policies.items[i].name);
    adopt_ids(copying);
    return 0;
}

static void copy_job(void *arg, struct simulated *process)
{
    struct copying *copying = arg;

    copying->target = simulated_management(process);
    copying->sched = process->sched;
    copying->failed = copy_all(copying, &copying->err);
}

/* --- Both ----------------------------------------------------------------------------------------
 */

struct reading {
    struct session *session;
    struct live *live;
    struct err err;
    int failed;
};

static void read_fiber(void *arg)
{
    struct reading *reading = arg;
    struct session *session = reading->session;
    const struct aws_target target = {.client = session->client,
                                      .credentials = session->credentials,
                                      .account_id = session->identity.account_id,
                                      .region = session->loaded.baseline->home_region,
                                      .read_only = true};

    progress_begin(&session->progress, "read");
    reading->failed = read_live(reading->live, &target, &reading->err);
    progress_end(&session->progress);
}

static int copy(struct rehearse_world *world, struct session *session, struct live *live,
                struct baseline *baseline)
{
    struct copying copying = {
        .live = live, .baseline = baseline, .arena = arena_new("copy"), .err = ERR_INIT};
    const struct rehearse_job job = {copy_job, &copying};
    struct clock *clock = world->env.clock;
    struct err err = ERR_INIT;
    int result = rehearse_process(world, &job, &err);

    if (result == 0 && copying.failed != 0) {
        result = -1;
        err = copying.err;
        (void)err_wrap(&err, "the copy of the organization");
    }
    /* Long enough that nothing in it is fresh. */
    clock->advance(clock, clock->mono_us(clock) + 24 * 3600 * INT64_C(1000000));
    arena_free(copying.arena);
    return result == 0 ? EXIT_DONE : session_failed(session, &err);
}

int rehearse_clone(struct rehearse_world *world, const struct rehearse_opts *options,
                   const char *baseline_path, struct baseline *baseline)
{
    struct live live = {.arena = arena_new("live")};
    struct session session;
    struct reading reading = {&session, &live, ERR_INIT, 0};
    int code = session_open(&session, &options->run, baseline_path);

    if (code == EXIT_DONE)
        code = session_identify(&session);
    if (code == EXIT_DONE) {
        sched_run(session.sched, read_fiber, &reading);
        if (reading.failed != 0)
            code = session_failed(&session, &reading.err);
    }
    if (code == EXIT_DONE)
        code = copy(world, &session, &live, baseline);
    inventory_cache_free(live.cache);
    session_close(&session);
    arena_free(live.arena);
    return code;
}
