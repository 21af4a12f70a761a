/*
 * shipped.h - the templates of this repository, rendered as a baseline would.
 */
#ifndef TESTS_UNIT_POLICY_SHIPPED_H
#define TESTS_UNIT_POLICY_SHIPPED_H

#include "plinth/base/arena.h"
#include "plinth/policy/template.h"

#include <string.h>

#define TEMPLATES PLINTH_SOURCEDIR "/templates"

static const char *const dirs[] = {TEMPLATES, NULL};
static const char *const regions[] = {"eu-central-1", "us-east-1"};
static const char *const member_role[] = {"OrganizationAccountAccessRole"};
static const char *const security_role[] = {"SecurityAudit"};
static const struct template_value known[] = {
    {"allowed_regions", regions, 2, true},
    {"member_role", member_role, 1, false},
    {"security_role", security_role, 1, false},
};

static struct policy_template *load(struct arena *arena, const char *name)
{
    struct policy_template *template = NULL;
    struct err err = ERR_INIT;

    if (policy_template_load(name, dirs, arena, &template, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    return template;
}

/* `parameters` is YAML; NULL: none. */
static struct json *render(struct arena *arena, const char *name, const char *parameters)
{
    struct policy_template *template = load(arena, name);
    struct node *given = NULL;
    struct json *document = NULL;
    struct err err = ERR_INIT;

    if (parameters != NULL &&
        node_parse(parameters, strlen(parameters), "test", arena, &given, &err) != 0)
        fail_msg("%s: %s", parameters, err.text);
    if (policy_template_render(template, given, known, sizeof known / sizeof known[0], arena,
                               &document, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    return document;
}

#endif
