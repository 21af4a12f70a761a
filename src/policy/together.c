#include "plinth/policy/together.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/policy/lint.h"
#include "plinth/policy/words.h"

/* Two statements that read alike are one: words leave out nothing but the Sid. */
static struct together_statement *find(struct together_statements *list,
                                       const struct json *statement, struct arena *arena)
{
    const char *words = policy_statement_words(statement, arena);
    struct together_statement *item;

    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->items[i].words, words))
            return &list->items[i];
    item = VEC_ADD(arena, list);
    *item = (struct together_statement){.statement = statement, .words = words};
    return item;
}

static void add_place(struct together_statement *item, const struct together_policy *policy,
                      const struct json *statement, size_t number, struct arena *arena)
{
    if (item->place_count == item->place_capacity)
        item->places = vec_grow(arena, item->places, item->place_count, &item->place_capacity,
                                sizeof *item->places);
    item->places[item->place_count++] =
        (struct together_place){policy, number, json_str(statement, "Sid")};
}

static bool is_star(const struct json *values)
{
    if (values != NULL && values->type == JSON_ARRAY)
        values = values->count == 1 ? values->first : NULL;
    return values != NULL && values->type == JSON_STRING && str_eq(values->string, "*");
}

static void add_policy(struct policy_together *out, const struct together_policy *policy,
                       struct arena *arena)
{
    const struct json *list = json_get(policy->document, "Statement");
    const struct json *it = list == NULL || list->type != JSON_ARRAY ? list : list->first;
    size_t number = 1;

    for (; it != NULL; it = list->type == JSON_ARRAY ? it->next : NULL, number++) {
        bool deny = str_eq(json_str(it, "Effect"), "Deny");
        struct together_statements *into = deny ? &out->denies : &out->allows[policy->level];

        add_place(find(into, it, arena), policy, it, number, arena);
        if (!deny && is_star(json_get(it, "Action")) && is_star(json_get(it, "Resource")) &&
            json_get(it, "Condition") == NULL)
            out->everything[policy->level] = true;
    }
}

/* The statement alone, in the version of its document: a variable is one in the later only. */
static struct lint_document alone(const struct together_statement *deny, enum policy_kind kind,
                                  struct arena *arena)
{
    const struct together_policy *policy = deny->places[0].policy;
    struct json *document = json_object(arena);

    json_put_str(document, "Version", json_str(policy->document, "Version"));
    json_put(document, "Statement", deny->statement);
    return (struct lint_document){
        .name = policy->name, .document = document, .kind = kind, .targets = "all"};
}

/* A statement that a wider one makes needless says nothing of its own. */
static int find_covered(struct policy_together *out, enum policy_kind kind, struct arena *arena,
                        struct err *err)
{
    size_t count = out->denies.count;
    struct lint_document *documents = arena_array(arena, count + 1, sizeof *documents);
    struct lint_result result;

    for (size_t i = 0; i < count; i++)
        documents[i] = alone(&out->denies.items[i], kind, arena);
    if (policy_lint(documents, count, arena, &result, err) != 0)
        return -1;
    for (size_t i = 0; i < result.count; i++)
        if (result.findings[i].code == LINT_SHADOWED)
            out->denies.items[result.findings[i].document].covered = result.findings[i].text;
    return 0;
}

int policy_together(const struct together_policy *policies, size_t count, size_t level_count,
                    enum policy_kind kind, struct arena *arena, struct policy_together *out,
                    struct err *err)
{
    *out = (struct policy_together){
        .allows = arena_array(arena, level_count + 1, sizeof *out->allows),
        .everything = arena_array(arena, level_count + 1, sizeof *out->everything)};
    for (size_t i = 0; i < count; i++)
        add_policy(out, &policies[i], arena);
    return find_covered(out, kind, arena, err);
}
