#include "plinth/engine/who_can.h"

#include "asking.h"

#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/control/control.h"

#include <string.h>

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
    const struct asking_facts facts = {.organization = asking->organization_id,
                                       .assumed_root = assumed_root};
    struct policy_request request = {.action = question->action,
                                     .resource = question->resource,
                                     .resource_account = asking->account_id,
                                     .region = question->region};
    struct who_can_row *row = VEC_ADD(asking->arena, asking->rows);

    request.principal = (struct policy_principal){
        .kind = kind,
        .arn = arena_printf(asking->arena, "arn:%s:iam::%s:%s", asking->partition,
                            asking->account_id, kind == PRINCIPAL_ROOT ? "root" : who),
        .account = asking->account_id};
    *row = (struct who_can_row){.who = who, .why = why};
    asking_evaluate(question->over, &request, &facts, &row->answer);
}

static void ask_role(struct asking *asking, const char *name, const char *why)
{
    ask(asking, arena_printf(asking->arena, "role/%s", name), why, PRINCIPAL_ROLE, false);
}

void who_can(const struct who_can_question *question, struct arena *arena, struct who_can_rows *out)
{
    const struct baseline *baseline = question->baseline;
    const struct account *account = question->account;
    const struct strings *break_glass = &baseline->organization.break_glass_roles;
    const char *security_role = asking_setting(baseline, account, "security_role", "name");
    bool management = account->roles & ROLE_MANAGEMENT;
    struct asking asking = {
        .question = question,
        .arena = arena,
        .partition = aws_partition_of_region(baseline->home_region)->name,
        .account_id = question->account_id != NULL ? question->account_id
                      : account->id != NULL        ? account->id
                                                   : asking_some_account,
        .organization_id = asking_organization(baseline, question->organization_id),
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
    if (!management && str_eq(asking_setting(baseline, NULL, "root_access", "sessions"), "true"))
        ask(&asking, "a central root session", "as far as its task policy goes", PRINCIPAL_ROOT,
            true);
}
