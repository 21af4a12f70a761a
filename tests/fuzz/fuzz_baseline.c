/*
 * fuzz_baseline.c - the input is taken as a baseline, from memory: no file is read.
 *
 * It either has mistakes, each one printable and in order, or it is one whose parts all find one
 * another and whose policies AWS would take.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/baseline/baseline.h"

#include <assert.h>
#include <string.h>

enum { POLICY_NAME_MOST = 128, POLICY_DESCRIPTION_MOST = 512 };

struct watch_spec {
    const char *mode;
    int64_t days;
    struct strings events;
    const struct node *node;
};

static const struct choice modes[] = {{"quiet", "QUIET"}, {"loud", "LOUD"}, {NULL, NULL}};

static const struct field watch_fields[] = {
    {.key = "mode",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct watch_spec, mode),
     .fallback = "quiet",
     .choices = modes},
    {.key = "days",
     .type = FIELD_INT,
     .offset = offsetof(struct watch_spec, days),
     .required = true,
     .min = 1,
     .max = 30},
    {.key = "events", .type = FIELD_STRINGS, .offset = offsetof(struct watch_spec, events)},
    {.key = NULL},
};

static const struct schema watch_schema = {
    .name = "watch",
    .size = sizeof(struct watch_spec),
    .node_offset = offsetof(struct watch_spec, node),
    .fields = watch_fields,
};

static const struct control_section sections[] = {
    {.name = "watch", .schema = &watch_schema, .per_account = true},
    {.name = "ledger"},
    {.name = NULL},
};

static void check_mistakes(const struct diags *diags)
{
    assert(diags->count > 0 && diags->count <= LIMIT_ERRORS_SHOWN);
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i], *before = diag - 1;

        assert(diag->text[0] != '\0');
        for (const char *c = diag->text; *c != '\0'; c++)
            assert((unsigned char)*c >= 0x20 && *c != 0x7f);
        if (i > 0 && str_eq(diag->mark.file, before->mark.file))
            assert(
                diag->mark.line > before->mark.line ||
                (diag->mark.line == before->mark.line && diag->mark.column >= before->mark.column));
    }
}

static void check_settings(const struct baseline *baseline, const struct account *account)
{
    const struct node *node = baseline_control_node(baseline, "watch", account);
    struct watch_spec spec;
    struct diags diags;

    if (node == NULL)
        return;
    diags_init(&diags, baseline->arena);
    schema_decode(&watch_schema, node, baseline->arena, &spec, &diags);
    assert(diags.count == 0);
    assert(spec.days >= 1 && spec.days <= 30);
}

static void check_accounts(const struct baseline *baseline)
{
    unsigned roles = 0;

    check_settings(baseline, NULL);
    for (size_t i = 0; i < baseline->ou_count; i++) {
        const struct ou *ou = &baseline->ous[i];

        assert(baseline_ou(baseline, ou->path) == ou);
        assert(ou->parent == NULL || ou->parent < ou);
    }
    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];

        assert(baseline_account(baseline, account->name) == account);
        assert(account->email != NULL);
        assert(account->ou == NULL || baseline_ou(baseline, account->ou->path) == account->ou);
        assert((roles & account->roles) == 0);
        roles |= account->roles;
        check_settings(baseline, account);
    }
    for (unsigned role = ROLE_MANAGEMENT; role <= ROLE_BACKUP; role <<= 1)
        assert((baseline_account_with_role(baseline, role) != NULL) == ((roles & role) != 0));
}

static void check_policies(const struct baseline *baseline)
{
    for (size_t i = 0; i < baseline->policy_count; i++) {
        const struct baseline_policy *policy = &baseline->policies[i];

        assert(str_starts(policy->name, "plinth-"));
        assert(strlen(policy->name) <= POLICY_NAME_MOST);
        assert(strlen(policy->description) <= POLICY_DESCRIPTION_MOST);
        assert(strlen(policy->content) <= policy->type->characters_max);
        assert(policy->attachment_count > 0);
        for (size_t k = 0; k < policy->attachment_count; k++) {
            const struct attachment *at = &policy->attachments[k];

            assert(at->root + (at->ou != NULL) + (at->account != NULL) == 1);
        }
        for (size_t k = 0; k < i; k++)
            assert(baseline->policies[k].type != policy->type ||
                   !str_eq(baseline->policies[k].name, policy->name));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const no_templates[] = {NULL};
    static const struct variable_value given[] = {{"given", "value"}, {NULL, NULL}};
    struct baseline_options options = {.sections = sections, .template_dirs = no_templates};
    struct arena *arena = arena_new("fuzz");
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;
    struct diags diags;
    int result;

    if (len > 0 && bytes[0] == '#') /* so that both ways are taken */
        options.variables = given;
    diags_init(&diags, arena);
    result = baseline_load_text((const char *)bytes, len, "fuzz.yaml", &options, arena, &baseline,
                                &diags, &err);
    if (result != 0) {
        assert(err.code == ERR_CONFIG && baseline == NULL);
        check_mistakes(&diags);
    } else {
        assert(diags.count == 0 && diags.dropped == 0);
        check_accounts(baseline);
        check_policies(baseline);
    }
    arena_free(arena);
    return 0;
}
