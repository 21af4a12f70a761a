#include "policy_views.h"

#include "load.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/engine/chain.h"
#include "plinth/fiber/fiber.h"
#include "plinth/policy/together.h"
#include "plinth/policy/words.h"

#include <string.h>

enum { TEXT_BYTES_MOST = 16 * 1024 * 1024 };

#define EFFECTIVE_FORMAT "plinth/policy-effective/v2"

/* What the policies of one type come to. */
struct sum {
    const struct policy_type *type;
    struct policy_together together; /* of SCPs and RCPs */
    const struct json *merged;       /* of the others, of a live account; else NULL */
};

struct view {
    const struct policy_opts *options;
    const char *place;
    struct arena *arena;
    struct session *session; /* of --live; else NULL */
    struct loaded loaded;
    struct chain chain;
    VEC(struct sum) sums;
    bool failed; /* of --live, with `err` */
    struct err err;
};

static enum policy_kind kind_of(const struct policy_type *type)
{
    return str_eq(type->api_name, "RESOURCE_CONTROL_POLICY") ? POLICY_RCP : POLICY_SCP;
}

/* --- Counting ------------------------------------------------------------------------------------
 */

/* The next of that type at the level, from *index on; NULL: there is none. */
static const struct chain_policy *next_policy(const struct chain_level *level,
                                              const struct policy_type *type, size_t *index)
{
    while (*index < level->count) {
        const struct chain_policy *policy = &level->policies[(*index)++];

        if (policy->type == type)
            return policy;
    }
    return NULL;
}

struct count {
    size_t all, aws;
};

static struct count count_at(const struct chain_level *level, const struct policy_type *type)
{
    const struct chain_policy *policy;
    struct count count = {0, 0};
    size_t index = 0;

    while ((policy = next_policy(level, type, &index)) != NULL) {
        count.all++;
        count.aws += policy->is_aws;
    }
    return count;
}

/* Whether anybody but AWS attached one, or AWS took something of its own away. */
static bool is_told(const struct view *view, const struct policy_type *type)
{
    bool some = false, all = true;

    for (size_t i = 0; i < view->chain.count; i++) {
        struct count count = count_at(&view->chain.levels[i], type);

        some = some || count.all > count.aws;
        all = all && count.aws >= type->reserved;
    }
    return some || (!all && view->session != NULL && kind_of(type) == POLICY_SCP &&
                    type->iam_language && count_at(&view->chain.levels[0], type).all > 0);
}

/* --- What they come to ---------------------------------------------------------------------------
 */

static int add_sum(struct view *view, const struct policy_type *type, struct err *err)
{
    struct sum *sum = VEC_ADD(view->arena, &view->sums);
    VEC(struct together_policy) policies = {0};

    *sum = (struct sum){.type = type};
    for (size_t i = 0; i < view->chain.merged_count; i++)
        if (view->chain.merged[i].type == type)
            sum->merged = view->chain.merged[i].document;
    if (!type->iam_language)
        return 0;
    for (size_t i = 0; i < view->chain.count; i++) {
        const struct chain_policy *policy;
        size_t index = 0;

        while ((policy = next_policy(&view->chain.levels[i], type, &index)) != NULL)
            *VEC_ADD(view->arena, &policies) =
                (struct together_policy){i, policy->name, policy->document};
    }
    return policy_together(policies.items, policies.count, view->chain.count, kind_of(type),
                           view->arena, &sum->together, err);
}

static int add_sums(struct view *view, struct err *err)
{
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++)
        if (is_told(view, type) && add_sum(view, type, err) != 0)
            return -1;
    return 0;
}

static bool allows_everything(const struct view *view, const struct sum *sum)
{
    for (size_t i = 0; i < view->chain.count; i++)
        if (!sum->together.everything[i])
            return false;
    return true;
}

/* --- As text -------------------------------------------------------------------------------------
 */

static const struct json *first_statement(const struct json *document)
{
    const struct json *statements = json_get(document, "Statement");

    return statements == NULL || statements->type != JSON_ARRAY ? statements : statements->first;
}

static const struct json *next_statement(const struct json *document, const struct json *it)
{
    return json_get(document, "Statement")->type == JSON_ARRAY ? it->next : NULL;
}

/* What it says stands below, beside what the others say. */
static void put_policy(const struct view *view, const struct chain_policy *policy, struct buf *out)
{
    buf_printf(out, "    %s%s%s%s%s: %zu of %zu characters\n", policy->name,
               policy->id == NULL ? "" : " ", policy->id == NULL ? "" : policy->id,
               policy->is_ours ? "" : ", not of the baseline",
               policy->description == NULL || *policy->description == '\0'
                   ? ""
                   : arena_printf(view->arena, ", %s", policy->description),
               policy->characters, policy->type->characters_max);
}

static void put_levels(const struct view *view, const struct policy_type *type, struct buf *out)
{
    for (size_t i = 0; i < view->chain.count; i++) {
        const struct chain_level *level = &view->chain.levels[i];
        struct count count = count_at(level, type);
        const struct chain_policy *policy;
        size_t index = 0;

        buf_printf(out, "  %s%s%s: %zu of %zu policies%s\n", level->name,
                   level->id == NULL ? "" : " ", level->id == NULL ? "" : level->id, count.all,
                   type->per_target_max, count.aws > 0 ? ", AWS's own among them" : "");
        while ((policy = next_policy(level, type, &index)) != NULL)
            if (!policy->is_aws)
                put_policy(view, policy, out);
    }
}

static const char *sid_of(const struct view *view, const struct together_place *place)
{
    return place->sid != NULL && *place->sid != '\0'
               ? place->sid
               : arena_printf(view->arena, "statement %zu", place->statement);
}

static void put_statement(const struct view *view, const struct together_statement *statement,
                          struct buf *out)
{
    const char *title = sid_of(view, &statement->places[0]);

    buf_printf(out, "    %s: %s\n", title, statement->words);
    for (size_t i = 0; i < statement->place_count; i++) {
        const struct together_place *place = &statement->places[i];
        const char *sid = sid_of(view, place);

        buf_printf(out, "      %s, at %s%s%s\n", place->policy->name,
                   view->chain.levels[place->policy->level].name, str_eq(sid, title) ? "" : ", as ",
                   str_eq(sid, title) ? "" : sid);
    }
    if (statement->covered != NULL)
        buf_printf(out, "      adds nothing: %s\n", statement->covered);
}

/* Where a level allows less than everything, only that is left. */
static void put_allowed(const struct view *view, const struct sum *sum, struct buf *out)
{
    if (allows_everything(view, sum)) {
        buf_str(out, "  allowed: everything, at every level\n");
        return;
    }
    buf_str(out, "  allowed: what each of these levels allows\n");
    for (size_t i = 0; i < view->chain.count; i++) {
        const struct together_statements *allows = &sum->together.allows[i];

        if (sum->together.everything[i])
            continue;
        buf_printf(out, "   %s:%s\n", view->chain.levels[i].name,
                   allows->count == 0 ? " nothing at all" : "");
        for (size_t k = 0; k < allows->count; k++)
            put_statement(view, &allows->items[k], out);
    }
}

static void put_sum(const struct view *view, const struct sum *sum, struct buf *out)
{
    const struct together_statements *denies = &sum->together.denies;
    struct buf merged;

    if (sum->type->iam_language) {
        buf_printf(out, "%ss together\n", sum->type->title);
        if (kind_of(sum->type) == POLICY_SCP)
            put_allowed(view, sum, out);
        buf_str(out, denies->count == 0 ? "  denied: nothing\n" : "  denied:\n");
        for (size_t i = 0; i < denies->count; i++)
            put_statement(view, &denies->items[i], out);
        return;
    }
    if (sum->merged == NULL)
        return;
    buf_init(&merged, TEXT_BYTES_MOST);
    json_print(sum->merged, JSON_COMPACT, &merged);
    buf_printf(out, "%s, as AWS merges them\n  %s\n", sum->type->title, buf_text(&merged));
    buf_fini(&merged);
}

static bool put_text(const struct view *view)
{
    struct buf out;
    bool ok;

    buf_init(&out, TEXT_BYTES_MOST);
    if (view->chain.is_management)
        buf_str(&out, "This is the management account: no SCP and no RCP binds it.\n");
    for (size_t i = 0; i < view->sums.count; i++) {
        buf_printf(&out, "%s\n", view->sums.items[i].type->title);
        put_levels(view, view->sums.items[i].type, &out);
        put_sum(view, &view->sums.items[i], &out);
    }
    if (view->sums.count == 0)
        buf_printf(&out, "%s no policy here, nor above.\n",
                   view->session == NULL ? "The baseline attaches" : "Nobody but AWS attached");
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok;
}

/* --- As JSON -------------------------------------------------------------------------------------
 */

static void add_policy(const struct view *view, const struct chain_policy *policy, struct json *out)
{
    struct json *list;

    json_put_str(out, "name", policy->name);
    json_put_str(out, "id", policy->id);
    json_put_str(out, "of", policy->is_aws ? "aws" : policy->is_ours ? "baseline" : "others");
    json_put_str(out, "description", policy->description);
    json_put_number(out, "characters", (double)policy->characters);
    json_put(out, "document", policy->document);
    if (!policy->type->iam_language)
        return;
    list = json_put_array(out, "statements");
    for (const struct json *it = first_statement(policy->document); it != NULL;
         it = next_statement(policy->document, it)) {
        struct json *item = json_add_object(list);

        json_put_str(item, "sid", json_str(it, "Sid"));
        json_put_str(item, "effect", json_str(it, "Effect"));
        json_put_str(item, "text", policy_statement_words(it, view->arena));
    }
}

static void add_levels(const struct view *view, const struct policy_type *type, struct json *out)
{
    struct json *levels = json_put_array(out, "levels");

    for (size_t i = 0; i < view->chain.count; i++) {
        const struct chain_level *from = &view->chain.levels[i];
        struct json *level = json_add_object(levels), *policies;
        const struct chain_policy *policy;
        size_t index = 0;

        json_put_str(level, "name", from->name);
        json_put_str(level, "id", from->id);
        json_put_number(level, "attached", (double)count_at(from, type).all);
        policies = json_put_array(level, "policies");
        while ((policy = next_policy(from, type, &index)) != NULL)
            add_policy(view, policy, json_add_object(policies));
    }
}

static void add_statements(const struct view *view, const struct together_statements *statements,
                           struct json *list)
{
    for (size_t i = 0; i < statements->count; i++) {
        const struct together_statement *from = &statements->items[i];
        struct json *item = json_add_object(list), *places;

        json_put_str(item, "text", from->words);
        json_put(item, "statement", from->statement);
        json_put_str(item, "adds_nothing", from->covered);
        places = json_put_array(item, "from");
        for (size_t k = 0; k < from->place_count; k++) {
            const struct together_place *at = &from->places[k];
            struct json *place = json_add_object(places);

            json_put_str(place, "policy", at->policy->name);
            json_put_str(place, "level", view->chain.levels[at->policy->level].name);
            json_put_number(place, "statement", (double)at->statement);
            json_put_str(place, "sid", at->sid);
        }
    }
}

static void add_together(const struct view *view, const struct sum *sum, struct json *out)
{
    struct json *allowed;

    if (kind_of(sum->type) == POLICY_SCP) {
        json_put_bool(out, "allows_everything", allows_everything(view, sum));
        allowed = json_put_array(out, "allowed");
        for (size_t i = 0; i < view->chain.count; i++) {
            struct json *level = json_add_object(allowed);

            json_put_str(level, "level", view->chain.levels[i].name);
            json_put_bool(level, "everything", sum->together.everything[i]);
            add_statements(view, &sum->together.allows[i], json_put_array(level, "statements"));
        }
    }
    add_statements(view, &sum->together.denies, json_put_array(out, "denied"));
}

static bool put_document(const struct view *view)
{
    struct json *document = json_object(view->arena), *types;

    json_put_str(document, "format", EFFECTIVE_FORMAT);
    json_put_str(document, "baseline", view->loaded.path);
    json_put_bool(document, "live", view->session != NULL);
    json_put_str(document, "of", view->place);
    json_put_bool(document, "management", view->chain.is_management);
    types = json_put_array(document, "types");
    for (size_t i = 0; i < view->sums.count; i++) {
        const struct sum *sum = &view->sums.items[i];
        struct json *type = json_add_object(types);

        json_put_str(type, "type", sum->type->key);
        json_put_number(type, "characters_max", (double)sum->type->characters_max);
        json_put_number(type, "per_target_max", (double)sum->type->per_target_max);
        add_levels(view, sum->type, type);
        if (sum->type->iam_language)
            add_together(view, sum, json_put_object(type, "together"));
        else if (sum->merged != NULL)
            json_put(type, "merged", sum->merged);
    }
    return put_json(document);
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int conclude(struct view *view)
{
    const struct baseline_opts *options = &view->options->run.baseline;
    struct err err = ERR_INIT;

    if (add_sums(view, &err) != 0)
        return fail(&options->common, &err);
    return (wants_json(options) ? put_document(view) : put_text(view)) ? EXIT_DONE : EXIT_ERROR;
}

static int show(struct view *view, const char *baseline)
{
    const struct baseline_opts *options = &view->options->run.baseline;
    int code = load_or_tell(baseline, options, view->arena, &view->loaded);
    struct err err = ERR_INIT;

    if (code != EXIT_DONE)
        return code;
    if (chain_of_baseline(view->loaded.baseline, view->place, view->arena, &view->chain, &err) != 0)
        return fail(&options->common, (err_wrap(&err, "policy effective"), &err));
    return conclude(view);
}

static int read_live(struct view *view, struct err *err)
{
    struct engine *engine = view->session->engine;
    const struct inventory *inventory;
    struct aws_target target;
    struct identity identity;

    if (engine_identify(engine, &identity, err) != 0 ||
        engine_inventory(engine, &inventory, err) != 0)
        return -1;
    engine_management(engine, &target);
    target.read_only = true;
    target.allowed = chain_ops;
    if (chain_read(&target, inventory, view->loaded.baseline, view->place, view->arena,
                   &view->chain, err) != 0)
        return err_wrap(err, "policy effective");
    return 0;
}

static void read_fiber(void *arg)
{
    struct view *view = arg;

    view->failed = read_live(view, &view->err) != 0;
}

static int show_live(struct view *view, const char *baseline)
{
    struct session session;
    int code = session_open(&session, &view->options->run, baseline);

    if (code == EXIT_DONE) {
        view->session = &session;
        view->loaded = session.loaded;
        sched_run(session.sched, read_fiber, view);
        code = view->failed ? session_failed(&session, &view->err) : conclude(view);
    }
    session_close(&session);
    return code;
}

int policy_effective_run(const struct policy_opts *options, const char *place, const char *baseline)
{
    struct view view = {.options = options,
                        .place = place,
                        .arena = arena_new("policy effective"),
                        .err = ERR_INIT};
    int code;

    diags_init(&view.loaded.diags, view.arena);
    code = options->live ? show_live(&view, baseline) : show(&view, baseline);
    arena_free(view.arena);
    return code;
}
