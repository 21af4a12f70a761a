#include "plinth/control/control.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#define CONTROL(name) extern const struct control control_##name;
#include "controls.def"
#undef CONTROL

static const struct control *const controls[] = {
#define CONTROL(name) &control_##name,
#include "controls.def"
#undef CONTROL
    NULL,
};

const struct control *const *controls_all(void)
{
    return controls;
}

const struct control *control_find(const char *name)
{
    for (size_t i = 0; controls[i] != NULL; i++)
        if (str_eq(controls[i]->name, name))
            return controls[i];
    return NULL;
}

bool control_comes_after(const struct control *control, const char *name)
{
    for (size_t i = 0; control->after != NULL && control->after[i] != NULL; i++)
        if (str_eq(control->after[i], name) ||
            control_comes_after(control_find(control->after[i]), name))
            return true;
    return false;
}

const struct control_section *controls_sections(struct arena *arena)
{
    size_t count = sizeof controls / sizeof controls[0];
    struct control_section *out = arena_array(arena, count, sizeof *out);
    size_t used = 0;

    for (size_t i = 0; controls[i] != NULL; i++) {
        const struct control *control = controls[i];

        /* What the baseline's own sections turn on has no key under `controls:`. */
        if (control->always || control->part_of != NULL)
            continue;
        out[used++] = (struct control_section){
            .name = control->name,
            .schema = control->schema,
            .per_account =
                control->scope == CONTROL_PER_ACCOUNT || control->scope == CONTROL_PER_REGION,
            .check = control->check,
            .policies = control->policies,
        };
    }
    return out;
}

const char *control_key(const struct control *control)
{
    return control->part_of == NULL ? control->name : control->part_of;
}

const struct schema *control_schema(const struct control *control)
{
    return control->part_of == NULL ? control->schema : control_find(control->part_of)->schema;
}

const void *control_settings(const struct baseline *baseline, const char *name, struct arena *arena)
{
    const struct node *node = baseline_control_node(baseline, name, NULL);
    const struct control *control = control_find(name);
    const struct schema *schema = control == NULL ? NULL : control_schema(control);
    struct diags diags; /* stays empty: the settings were checked when the baseline was loaded */
    void *spec;

    if (node == NULL || schema == NULL)
        return NULL;
    diags_init(&diags, arena);
    spec = arena_alloc(arena, schema->size);
    schema_decode(schema, node, arena, spec, &diags);
    return spec;
}

bool control_is_on(const struct baseline *baseline, const struct control *control)
{
    const char *key = control_key(control);
    bool on = control->always || baseline_control_node(baseline, key, NULL) != NULL;

    for (size_t i = 0; !on && i < baseline->account_count; i++)
        on = baseline_control_node(baseline, key, &baseline->accounts[i]) != NULL;
    return on;
}

const struct account *control_actor_account(const struct baseline *baseline,
                                            enum control_actor actor)
{
    switch (actor) {
    case ACTOR_MANAGEMENT:
        return baseline_account_with_role(baseline, ROLE_MANAGEMENT);
    case ACTOR_SECURITY:
        return baseline_account_with_role(baseline, ROLE_SECURITY);
    case ACTOR_LOG_ARCHIVE:
        return baseline_account_with_role(baseline, ROLE_LOG_ARCHIVE);
    case ACTOR_BACKUP:
        return baseline_account_with_role(baseline, ROLE_BACKUP);
    case ACTOR_MEMBER:
        return NULL;
    }
    return NULL;
}

const char *control_account_id(const struct control_ctx *ctx, const struct account *account)
{
    const struct inventory_account *live;

    if (account == NULL)
        return NULL;
    live = inventory_account_of(inventory_peek(ctx->inventory), account);
    return live == NULL ? NULL : live->id;
}

bool control_enter(const struct control_ctx *ctx, const struct account *account, const char *region,
                   struct aws_target *out)
{
    if (account == NULL || ctx->enter == NULL || !ctx->enter(ctx->enter_arg, account, region, out))
        return false;
    out->read_only = ctx->target->read_only;
    out->allowed = ctx->target->allowed;
    return true;
}

const char *control_word(const char *text, struct arena *arena)
{
    char *copy = arena_str(arena, text);

    for (char *at = copy; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
        else if (!(*at >= 'a' && *at <= 'z') && !(*at >= '0' && *at <= '9'))
            *at = '-';
    }
    return copy;
}

static void put_tag(struct json *list, const char *key, const char *value)
{
    struct json *tag = json_add_object(list);

    json_put_str(tag, "Key", key);
    json_put_str(tag, "Value", value);
}

void control_put_tags(struct json *object, const char *key, const struct baseline *baseline,
                      const struct pairs *tags, bool owned)
{
    struct json *list = json_put_array(object, key);

    for (size_t i = 0; tags != NULL && i < tags->count; i++)
        put_tag(list, tags->items[i].key, tags->items[i].value);
    if (owned)
        put_tag(list, CONTROL_TAG_KEY, baseline->name);
}

const char *control_tag(const struct json *tags, const char *key)
{
    for (const struct json *tag = json_first(tags); tag != NULL; tag = tag->next)
        if (str_eq(json_str(tag, "Key"), key))
            return json_str(tag, "Value");
    return NULL;
}

void control_diff_tags(struct change *change, const struct json *seen, const struct pairs *want)
{
    for (size_t i = 0; i < want->count; i++)
        change_field(change, arena_printf(change->arena, "tag %s", want->items[i].key),
                     control_tag(seen, want->items[i].key), want->items[i].value);
}

bool control_tags_match(const struct json *seen, const struct pairs *want)
{
    for (size_t i = 0; i < want->count; i++)
        if (!str_eq(control_tag(seen, want->items[i].key), want->items[i].value))
            return false;
    return true;
}
