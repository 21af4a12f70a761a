#include "plinth/engine/who_can.h"

#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/control/control.h"

#include <string.h>

/* Stands for an account whose id is not known. */
static const char some_account[] = "000000000000";

struct asking {
    const struct who_can_question *question;
    struct arena *arena;
    const char *partition, *account_id, *organization_id;
    struct who_can_rows *rows;
};

static void ask(struct asking *asking, const char *who, const char *why, enum principal_kind kind,
                bool assumed_root)
{
    const struct who_can_question *question = asking->question;
    const char *yes = "true", *no = "false", *organization = asking->organization_id;
    struct policy_key keys[5] = {{"aws:SecureTransport", &yes, 1},
                                 {"aws:ViaAWSService", &no, 1},
                                 {"aws:AssumedRoot", &yes, assumed_root}};
    struct policy_request request = {.action = question->action,
                                     .resource = question->resource,
                                     .resource_account = asking->account_id,
                                     .region = question->region,
                                     .keys = keys,
                                     .key_count = 3};
    struct who_can_row *row = VEC_ADD(asking->arena, asking->rows);

    request.principal = (struct policy_principal){
        .kind = kind,
        .arn = arena_printf(asking->arena, "arn:%s:iam::%s:%s", asking->partition,
                            asking->account_id, kind == PRINCIPAL_ROOT ? "root" : who),
        .account = asking->account_id};
    if (organization != NULL) {
        keys[request.key_count++] = (struct policy_key){"aws:PrincipalOrgID", &organization, 1};
        keys[request.key_count++] = (struct policy_key){"aws:ResourceOrgID", &organization, 1};
    }
    *row = (struct who_can_row){.who = who, .why = why};
    policy_evaluate(question->over, &request, &row->answer);
}

static void ask_role(struct asking *asking, const char *name, const char *why)
{
    ask(asking, arena_printf(asking->arena, "role/%s", name), why, PRINCIPAL_ROLE, false);
}

/* The text of a setting, or what it is by default; NULL: the control is off for the account. */
static const char *setting(const struct who_can_question *question, const char *control,
                           const char *key)
{
    const struct node *settings =
        baseline_control_node(question->baseline, control, question->account);
    const struct control *known = control_find(control);
    const struct node *value = node_get(settings, key);

    if (settings == NULL || known == NULL)
        return NULL;
    if (value != NULL && value->type == NODE_SCALAR)
        return value->text;
    for (const struct field *field = control_schema(known)->fields; field->key != NULL; field++)
        if (str_eq(field->key, key))
            return field->fallback;
    return NULL;
}

static bool has_root_sessions(const struct baseline *baseline)
{
    const struct who_can_question organization = {.baseline = baseline};

    return str_eq(setting(&organization, "root_access", "sessions"), "true");
}

/* Which organization it is matters only where a policy says one. */
static const char *organization_of(const struct who_can_question *question)
{
    const struct baseline *baseline = question->baseline;

    for (size_t i = 0; question->organization_id == NULL && i < baseline->policy_count; i++)
        if (strstr(baseline->policies[i].content, "\"o-") != NULL)
            return NULL;
    return question->organization_id == NULL ? "o-0000000000" : question->organization_id;
}

void who_can(const struct who_can_question *question, struct arena *arena, struct who_can_rows *out)
{
    const struct baseline *baseline = question->baseline;
    const struct account *account = question->account;
    const struct strings *break_glass = &baseline->organization.break_glass_roles;
    const char *security_role = setting(question, "security_role", "name");
    bool management = account->roles & ROLE_MANAGEMENT;
    struct asking asking = {
        .question = question,
        .arena = arena,
        .partition = aws_partition_of_region(baseline->home_region)->name,
        .account_id = question->account_id != NULL ? question->account_id
                      : account->id != NULL        ? account->id
                                                   : some_account,
        .organization_id = organization_of(question),
        .rows = out,
    };

    *out = (struct who_can_rows){0};
    if (!management)
        ask_role(&asking, baseline->organization.member_role,
                 "the role that plinth enters the account with");
    for (size_t i = 0; i < break_glass->count; i++)
        ask_role(&asking, break_glass->items[i], "a break-glass role");
    if (security_role != NULL)
        ask_role(&asking, security_role, "the security role");
    ask_role(&asking, "Administrator", "any other role that may do everything");
    ask(&asking, "role/aws-service-role/", "any service-linked role", PRINCIPAL_SERVICE_LINKED_ROLE,
        false);
    ask(&asking, "the root user", "of the account", PRINCIPAL_ROOT, false);
    if (!management && has_root_sessions(baseline))
        ask(&asking, "a central root session", "as far as its task policy goes", PRINCIPAL_ROOT,
            true);
}
