#include "policy_views.h"

#include "load.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/policy/words.h"

#include <string.h>

enum { TEXT_BYTES_MOST = 16 * 1024 * 1024 };

#define EFFECTIVE_FORMAT "plinth/policy-effective/v1"

/* The root (both NULL), a unit, or the account. */
struct place {
    const struct ou *ou;
    const struct account *account;
    const char *name;
};

struct view {
    const struct policy_opts *options;
    struct arena *arena;
    struct loaded loaded;
    VEC(struct place) places; /* from the root down */
};

/* --- Where ---------------------------------------------------------------------------------------
 */

static void add_units(struct view *view, const struct ou *ou)
{
    if (ou == NULL) {
        *VEC_ADD(view->arena, &view->places) = (struct place){.name = "the root"};
        return;
    }
    add_units(view, ou->parent);
    *VEC_ADD(view->arena, &view->places) = (struct place){.ou = ou, .name = ou->path};
}

static int find_place(struct view *view, const char *name, struct err *err)
{
    const struct baseline *baseline = view->loaded.baseline;
    const struct account *account = baseline_account(baseline, name);
    const struct ou *ou = account == NULL ? baseline_ou(baseline, name) : account->ou;

    if (account == NULL && ou == NULL && !str_eq(name, "root"))
        return err_set(err, ERR_USAGE,
                       "policy effective: the baseline has no account and no organizational unit "
                       "\"%s\"",
                       name);
    add_units(view, ou);
    if (account != NULL)
        *VEC_ADD(view->arena, &view->places) = (struct place){
            .account = account, .name = arena_printf(view->arena, "account %s", account->name)};
    return 0;
}

static bool is_attached(const struct baseline_policy *policy, const struct place *place)
{
    for (size_t i = 0; i < policy->attachment_count; i++) {
        const struct attachment *attachment = &policy->attachments[i];

        if (attachment->ou == place->ou && attachment->account == place->account &&
            attachment->root == (place->ou == NULL && place->account == NULL))
            return true;
    }
    return false;
}

/* The next of that type at the place, from *index on; NULL: there is none. */
static const struct baseline_policy *next_policy(const struct view *view,
                                                 const struct policy_type *type,
                                                 const struct place *place, size_t *index)
{
    const struct baseline *baseline = view->loaded.baseline;

    while (*index < baseline->policy_count) {
        const struct baseline_policy *policy = &baseline->policies[(*index)++];

        if (policy->type == type && is_attached(policy, place))
            return policy;
    }
    return NULL;
}

/* AWS's own, which plinth leaves attached, counts. */
static size_t count_at(const struct view *view, const struct policy_type *type,
                       const struct place *place)
{
    size_t count = type->reserved, index = 0;

    while (next_policy(view, type, place, &index) != NULL)
        count++;
    return count;
}

static bool has_any(const struct view *view, const struct policy_type *type)
{
    for (size_t i = 0; i < view->places.count; i++)
        if (count_at(view, type, &view->places.items[i]) > type->reserved)
            return true;
    return false;
}

/* The policy's statements, or the document itself where it is not of the IAM language. */
static const struct json *first_statement(const struct baseline_policy *policy)
{
    const struct json *statements = json_get(policy->document, "Statement");

    if (!policy->type->iam_language || statements == NULL)
        return NULL;
    return statements->type == JSON_ARRAY ? statements->first : statements;
}

static const struct json *next_statement(const struct baseline_policy *policy,
                                         const struct json *it)
{
    return json_get(policy->document, "Statement")->type == JSON_ARRAY ? it->next : NULL;
}

/* --- What it comes to ----------------------------------------------------------------------------
 */

static void put_policy(const struct view *view, const struct baseline_policy *policy,
                       struct buf *out)
{
    size_t number = 1;

    buf_printf(out, "    %s: %s; %zu of %zu characters\n", policy->name, policy->description,
               strlen(policy->content), policy->type->characters_max);
    for (const struct json *it = first_statement(policy); it != NULL;
         it = next_statement(policy, it), number++) {
        const char *sid = json_str(it, "Sid");

        if (sid != NULL)
            buf_printf(out, "      %s: ", sid);
        else
            buf_printf(out, "      statement %zu: ", number);
        buf_printf(out, "%s\n", policy_statement_words(it, view->arena));
    }
}

static void put_type(const struct view *view, const struct policy_type *type, struct buf *out)
{
    buf_printf(out, "%s\n", type->title);
    for (size_t i = 0; i < view->places.count; i++) {
        const struct place *place = &view->places.items[i];
        const struct baseline_policy *policy;
        size_t index = 0;

        buf_printf(out, "  %s: %zu of %zu policies%s\n", place->name, count_at(view, type, place),
                   type->per_target_max, type->reserved > 0 ? ", AWS's own among them" : "");
        while ((policy = next_policy(view, type, place, &index)) != NULL)
            put_policy(view, policy, out);
    }
}

static bool put_text(const struct view *view)
{
    const struct account *account = view->places.items[view->places.count - 1].account;
    struct buf out;
    bool ok, some = false;

    buf_init(&out, TEXT_BYTES_MOST);
    if (account != NULL && account->roles & ROLE_MANAGEMENT)
        buf_str(&out, "This is the management account: no SCP and no RCP binds it.\n");
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++)
        if (has_any(view, type)) {
            put_type(view, type, &out);
            some = true;
        }
    if (!some)
        buf_str(&out, "The baseline attaches no policy here, nor above.\n");
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok;
}

static void add_policy(const struct view *view, const struct baseline_policy *policy,
                       struct json *out)
{
    struct json *list;

    json_put_str(out, "name", policy->name);
    json_put_str(out, "description", policy->description);
    json_put_number(out, "characters", (double)strlen(policy->content));
    json_put(out, "document", policy->document);
    if (!policy->type->iam_language)
        return;
    list = json_put_array(out, "statements");
    for (const struct json *it = first_statement(policy); it != NULL;
         it = next_statement(policy, it)) {
        struct json *item = json_add_object(list);

        json_put_str(item, "sid", json_str(it, "Sid"));
        json_put_str(item, "effect", json_str(it, "Effect"));
        json_put_str(item, "text", policy_statement_words(it, view->arena));
    }
}

static void add_type(const struct view *view, const struct policy_type *type, struct json *out)
{
    struct json *levels;

    json_put_str(out, "type", type->key);
    json_put_number(out, "characters_max", (double)type->characters_max);
    json_put_number(out, "per_target_max", (double)type->per_target_max);
    levels = json_put_array(out, "levels");
    for (size_t i = 0; i < view->places.count; i++) {
        const struct place *place = &view->places.items[i];
        struct json *level = json_add_object(levels), *policies;
        const struct baseline_policy *policy;
        size_t index = 0;

        json_put_str(level, "name", place->name);
        json_put_number(level, "attached", (double)count_at(view, type, place));
        policies = json_put_array(level, "policies");
        while ((policy = next_policy(view, type, place, &index)) != NULL)
            add_policy(view, policy, json_add_object(policies));
    }
}

static bool put_document(const struct view *view, const char *place)
{
    struct json *document = json_object(view->arena), *types;

    json_put_str(document, "format", EFFECTIVE_FORMAT);
    json_put_str(document, "baseline", view->loaded.path);
    json_put_str(document, "of", place);
    types = json_put_array(document, "types");
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++)
        if (has_any(view, type))
            add_type(view, type, json_add_object(types));
    return put_json(document);
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int show(struct view *view, const char *place, const char *baseline)
{
    const struct baseline_opts *options = &view->options->run.baseline;
    struct err err = ERR_INIT;

    if (load_baseline(baseline, &options->variables, view->arena, &view->loaded, &err) != 0)
        return load_failed(&view->loaded, options, &err);
    if (find_place(view, place, &err) != 0)
        return fail(&options->common, &err);
    return (wants_json(options) ? put_document(view, place) : put_text(view)) ? EXIT_DONE
                                                                              : EXIT_ERROR;
}

int policy_effective_run(const struct policy_opts *options, const char *place, const char *baseline)
{
    struct view view = {.options = options, .arena = arena_new("policy effective")};
    int code;

    diags_init(&view.loaded.diags, view.arena);
    code = show(&view, place, baseline);
    arena_free(view.arena);
    return code;
}
