#include "plinth/engine/gate.h"

#include "engine_priv.h"

#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/baseline/guardrails.h"

#include <ctype.h>
#include <string.h>

enum { ACCOUNT_DIGITS = 12 };

/* Stands for an account that does not exist yet. */
static const char some_account[] = "000000000000";

/* A finding while it is counted: one statement may deny a role hundreds of things. */
struct denial {
    const struct policy_compiled *policy;
    size_t statement;
    const char *who, *text;
    size_t more;
};

struct gate {
    const struct gate_options *options;
    struct guardrails *guardrails;
    struct arena *arena;
    const char *partition, *global_region;
    const char *security_role; /* NULL: there is none */
    bool root_sessions;
    bool names_accounts; /* some policy has the id of an account in it */
    VEC(const char *) regions;
    VEC(struct denial) denials;
    VEC(struct gate_finding) findings;
};

/* The account that is being looked at. */
struct place {
    const struct account *account;
    const char *id;
    bool id_known;
    struct policy_attached over;
};

/* --- What the baseline says ----------------------------------------------------------------------
 */

static bool has_account_id(const char *text)
{
    size_t digits = 0;

    for (; *text != '\0'; text++) {
        digits = isdigit((unsigned char)*text) ? digits + 1 : 0;
        if (digits == ACCOUNT_DIGITS && !isdigit((unsigned char)text[1]))
            return true;
    }
    return false;
}

/* A setting of a control as text; NULL: the control is off. */
static const char *setting(const struct gate *gate, const char *control, const char *key)
{
    const struct node *settings = baseline_control_node(gate->options->baseline, control, NULL);
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

static void add_region(struct gate *gate, const char *region)
{
    for (size_t i = 0; i < gate->regions.count; i++)
        if (str_eq(gate->regions.items[i], region))
            return;
    *VEC_ADD(gate->arena, &gate->regions) = region;
}

static int prepare(struct gate *gate, struct err *err)
{
    const struct gate_options *options = gate->options;
    const struct baseline *baseline = options->baseline;
    const struct aws_partition *partition = aws_partition_of_region(baseline->home_region);

    gate->partition = partition->name;
    gate->global_region = partition->global_region;
    gate->security_role = setting(gate, "security_role", "name");
    gate->root_sessions = str_eq(setting(gate, "root_access", "sessions"), "true");
    add_region(gate, baseline->home_region);
    for (size_t i = 0; i < baseline->regions.count; i++)
        add_region(gate, baseline->regions.items[i]);
    for (size_t i = 0; i < options->regions.count; i++)
        add_region(gate, options->regions.items[i]);
    for (size_t i = 0; i < baseline->policy_count; i++)
        gate->names_accounts =
            gate->names_accounts || has_account_id(baseline->policies[i].content);
    return guardrails_new(baseline, gate->arena, &gate->guardrails, err);
}

/* NULL: not known. */
static const char *id_of(const struct gate *gate, const struct account *account)
{
    const struct gate_options *options = gate->options;
    const char *id =
        options->account_id == NULL ? NULL : options->account_id(options->arg, account);

    return id == NULL ? account->id : id;
}

static struct place place_of(const struct gate *gate, const struct account *account)
{
    struct place place = {.account = account, .id = id_of(gate, account)};

    place.id_known = place.id != NULL;
    if (!place.id_known)
        place.id = some_account;
    guardrails_over(gate->guardrails, NULL, account, &place.over);
    return place;
}

static struct policy_principal role_of(const struct gate *gate, const struct place *place,
                                       const char *name)
{
    return (struct policy_principal){.kind = PRINCIPAL_ROLE,
                                     .arn = arena_printf(gate->arena, "arn:%s:iam::%s:role/%s",
                                                         gate->partition, place->id, name),
                                     .account = place->id};
}

/* --- Asking --------------------------------------------------------------------------------------
 */

/* Who asks for what. */
struct question {
    const char *who; /* "role/OrganizationAccountAccessRole" */
    struct policy_principal principal;
    bool assumed_root;
    const char *action, *resource, *region;
};

static void evaluate(const struct gate *gate, const struct policy_attached *over,
                     const struct place *place, const struct question *question,
                     struct policy_answer *out)
{
    const char *organization = gate->options->organization_id, *yes = "true";
    struct policy_key keys[4] = {{"aws:SecureTransport", &yes, 1},
                                 {"aws:AssumedRoot", &yes, question->assumed_root}};
    struct policy_request request = {.principal = question->principal,
                                     .action = question->action,
                                     .resource = question->resource,
                                     .resource_account = place->id,
                                     .region = question->region,
                                     .keys = keys,
                                     .key_count = 2};

    if (organization != NULL) {
        keys[request.key_count++] = (struct policy_key){"aws:PrincipalOrgID", &organization, 1};
        keys[request.key_count++] = (struct policy_key){"aws:ResourceOrgID", &organization, 1};
    }
    policy_evaluate(over, &request, out);
}

static void note(struct gate *gate, const struct place *place, const struct question *question,
                 const struct policy_answer *answer)
{
    struct denial *denial;
    const char *what;

    for (size_t i = 0; i < gate->denials.count; i++) {
        denial = &gate->denials.items[i];
        if (denial->policy == answer->policy && denial->statement == answer->statement &&
            str_eq(denial->who, question->who)) {
            denial->more++;
            return;
        }
    }
    what = arena_printf(gate->arena, "%s to %s in account %s in %s", question->action,
                        question->who, place->account->name, question->region);
    denial = VEC_ADD(gate->arena, &gate->denials);
    *denial = (struct denial){.policy = answer->policy,
                              .statement = answer->statement,
                              .who = question->who,
                              .text = policy_answer_text(answer, what, gate->arena)};
}

/* With an id that is made up, a policy that names accounts may say anything. */
static void ask(struct gate *gate, const struct place *place, const struct question *question)
{
    struct policy_answer answer;

    evaluate(gate, &place->over, place, question, &answer);
    if (answer.outcome == POLICY_DENIED && answer.policy != NULL &&
        (place->id_known || !gate->names_accounts))
        note(gate, place, question, &answer);
}

/* --- What must stay possible ---------------------------------------------------------------------
 */

static bool works_in(const struct control *control, const struct account *account)
{
    static const unsigned roles[] = {[ACTOR_MANAGEMENT] = ROLE_MANAGEMENT,
                                     [ACTOR_SECURITY] = ROLE_SECURITY,
                                     [ACTOR_LOG_ARCHIVE] = ROLE_LOG_ARCHIVE,
                                     [ACTOR_BACKUP] = ROLE_BACKUP};

    return control->actor == ACTOR_MEMBER || account->roles & roles[control->actor];
}

/* The security role itself is what its control writes; of other resources the names are not known
 * here. */
static const char *resource_of(const struct gate *gate, const struct place *place,
                               const struct control *control, const struct aws_op_info *op)
{
    if (!str_eq(control->name, "security_role") || gate->security_role == NULL ||
        !str_starts(op->iam_action, "iam:"))
        return NULL;
    return role_of(gate, place, gate->security_role).arn;
}

static void ask_op(struct gate *gate, const struct place *place, const struct control *control,
                   const struct aws_op_info *op, struct question *question)
{
    bool regional =
        control->scope == CONTROL_PER_REGION || control->scope == CONTROL_PER_ADMIN_REGION;

    question->action = op->iam_action;
    question->resource = resource_of(gate, place, control, op);
    question->region = gate->options->baseline->home_region;
    if (aws_service_info(op->service)->global)
        question->region = gate->global_region;
    if (!regional || aws_service_info(op->service)->global) {
        ask(gate, place, question);
        return;
    }
    for (size_t i = 0; i < gate->regions.count; i++) {
        question->region = gate->regions.items[i];
        ask(gate, place, question);
    }
}

static void ask_controls(struct gate *gate, const struct place *place, const char *role,
                         bool reads_only)
{
    const struct control *const *controls = controls_all();
    struct question question = {.who = arena_printf(gate->arena, "role/%s", role),
                                .principal = role_of(gate, place, role)};

    for (size_t i = 0; controls[i] != NULL; i++) {
        const struct control *control = controls[i];

        if (!works_in(control, place->account) || !control_is_on(gate->options->baseline, control))
            continue;
        for (const enum aws_op *op = control->ops; *op != AWS_OP_NONE; op++) {
            const struct aws_op_info *info = aws_op_info(*op);

            if (info->iam_action != NULL && (!reads_only || info->access == AWS_READ))
                ask_op(gate, place, control, info, &question);
        }
    }
}

/* What AWS's task policies for sts:AssumeRoot allow.  Source: IAM User Guide, "Perform a privileged
 * task on a member account". */
static void ask_root_session(struct gate *gate, const struct place *place)
{
    static const char *const actions[] = {
        "iam:GetAccountSummary",        "iam:ListAccessKeys",    "iam:ListMFADevices",
        "iam:ListSigningCertificates",  "iam:GetLoginProfile",   "iam:DeleteLoginProfile",
        "iam:CreateLoginProfile",       "iam:DeleteAccessKey",   "iam:DeactivateMFADevice",
        "iam:DeleteSigningCertificate", "s3:DeleteBucketPolicy", "sqs:SetQueueAttributes",
    };
    struct question question = {
        .who = "a central root session",
        .principal = {.kind = PRINCIPAL_ROOT,
                      .arn = arena_printf(gate->arena, "arn:%s:iam::%s:root", gate->partition,
                                          place->id),
                      .account = place->id},
        .assumed_root = true};

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        question.action = actions[i];
        question.region = str_starts(actions[i], "iam:") ? gate->global_region
                                                         : gate->options->baseline->home_region;
        ask(gate, place, &question);
    }
}

/* plinth itself comes from the management account. */
static void ask_entry(struct gate *gate, const struct place *place)
{
    const struct baseline *baseline = gate->options->baseline;
    const struct account *management = baseline_account_with_role(baseline, ROLE_MANAGEMENT);
    struct place from, to = *place;
    struct question question = {.who = "the caller in the management account",
                                .action = "sts:AssumeRole",
                                .region = baseline->home_region};

    if (management == NULL)
        return;
    from = place_of(gate, management);
    question.principal = role_of(gate, &from, "caller");
    question.resource = role_of(gate, place, baseline->organization.member_role).arn;
    to.over.management_principal = true;
    to.id_known = place->id_known && from.id_known;
    ask(gate, &to, &question);
}

/* --- Regions -------------------------------------------------------------------------------------
 */

/* Whether one policy alone denies in every region of the baseline: somebody wanted that. */
static bool closes_alone(const struct gate *gate, const struct place *place,
                         struct question *question, const struct policy_compiled *policy)
{
    const struct baseline *baseline = gate->options->baseline;
    const struct policy_level level = {"alone", {&policy, 1}};
    const struct policy_attached over = {.scps = {&level, 1}, .guardrails_only = true};

    for (size_t i = 0; i < baseline->regions.count; i++) {
        struct policy_answer answer;

        question->region = baseline->regions.items[i];
        evaluate(gate, &over, place, question, &answer);
        if (answer.outcome != POLICY_DENIED || answer.policy == NULL)
            return false;
    }
    return true;
}

/* Two limits may each leave regions, and none together. */
static void ask_regions(struct gate *gate, const struct place *place)
{
    const struct baseline *baseline = gate->options->baseline;
    struct question question = {.who = "anybody",
                                .principal = role_of(gate, place, "anybody"),
                                .action = "ec2:DescribeInstances"};
    struct policy_answer first = {0}, answer = {0};
    bool several = false;

    for (size_t i = 0; i < baseline->regions.count; i++) {
        question.region = baseline->regions.items[i];
        evaluate(gate, &place->over, place, &question, &answer);
        if (answer.outcome != POLICY_DENIED || answer.policy == NULL ||
            closes_alone(gate, place, &question, answer.policy))
            return;
        if (i == 0)
            first = answer;
        if (answer.policy == first.policy && answer.statement == first.statement)
            continue;
        if (!several)
            *VEC_ADD(gate->arena, &gate->findings) = (struct gate_finding){
                policy_compiled_name(answer.policy),
                arena_printf(gate->arena, "%s and %s leave nobody a region in account %s",
                             policy_answer_source(&first, gate->arena),
                             policy_answer_source(&answer, gate->arena), place->account->name)};
        several = true;
    }
}

/* --- Everything ----------------------------------------------------------------------------------
 */

/* Some policy is attached to the account itself, or has its id in it. */
static bool is_special(const struct baseline *baseline, const struct account *account,
                       const char *id)
{
    for (size_t i = 0; i < baseline->policy_count; i++) {
        const struct baseline_policy *policy = &baseline->policies[i];

        if (id != NULL && strstr(policy->content, id) != NULL)
            return true;
        for (size_t j = 0; j < policy->attachment_count; j++)
            if (policy->attachments[j].account == account)
                return true;
    }
    return false;
}

/* Accounts that no policy tells apart are asked about once: `done` has two places for each unit,
 * for ids that are known and that are not. */
static bool is_like_another(const struct gate *gate, size_t index, bool *done)
{
    const struct baseline *baseline = gate->options->baseline;
    const struct account *account = &baseline->accounts[index];
    const char *id = id_of(gate, account);
    size_t ou = account->ou == NULL ? baseline->ou_count : (size_t)(account->ou - baseline->ous);
    size_t at = 2 * ou + (id != NULL);

    if (account->roles != ROLE_WORKLOAD || is_special(baseline, account, id))
        return false;
    if (done[at])
        return true;
    done[at] = true;
    return false;
}

static void check_account(struct gate *gate, const struct account *account)
{
    const struct organization_spec *organization = &gate->options->baseline->organization;
    struct place place = place_of(gate, account);

    ask_controls(gate, &place, organization->member_role, false);
    for (size_t i = 0; i < organization->break_glass_roles.count; i++)
        ask_controls(gate, &place, organization->break_glass_roles.items[i], false);
    if (gate->security_role != NULL)
        ask_controls(gate, &place, gate->security_role, true);
    if (gate->root_sessions)
        ask_root_session(gate, &place);
    ask_entry(gate, &place);
    ask_regions(gate, &place);
}

static void count_denials(struct gate *gate)
{
    for (size_t i = 0; i < gate->denials.count; i++) {
        const struct denial *denial = &gate->denials.items[i];
        const char *text = denial->text;

        if (denial->more > 0)
            text = arena_printf(gate->arena, "%s, and %zu more", text, denial->more);
        *VEC_ADD(gate->arena, &gate->findings) =
            (struct gate_finding){policy_compiled_name(denial->policy), text};
    }
}

int gate_check(const struct gate_options *options, struct arena *arena, struct gate_findings *out,
               struct err *err)
{
    const struct baseline *baseline = options->baseline;
    struct gate gate = {.options = options, .arena = arena};
    bool *done = arena_array(arena, 2 * (baseline->ou_count + 1), sizeof *done);

    if (prepare(&gate, err) != 0)
        return -1;
    for (size_t i = 0; i < baseline->account_count; i++)
        if (!(baseline->accounts[i].roles & ROLE_MANAGEMENT) && !is_like_another(&gate, i, done))
            check_account(&gate, &baseline->accounts[i]);
    count_denials(&gate);
    *out = (struct gate_findings){gate.findings.items, gate.findings.count};
    return 0;
}

static bool is_named(const char *const *names, const char *name)
{
    for (; names != NULL && *names != NULL; names++)
        if (str_eq(*names, name))
            return true;
    return false;
}

static int check_overrides(const struct baseline *baseline, const char *const *overrides,
                           struct err *err)
{
    for (; overrides != NULL && *overrides != NULL; overrides++) {
        size_t i = 0;

        while (i < baseline->policy_count && !str_eq(baseline->policies[i].name, *overrides))
            i++;
        if (i == baseline->policy_count)
            return err_set(err, ERR_USAGE, "--override-gate %s: the baseline has no such policy",
                           *overrides);
    }
    return 0;
}

int gate_decide(const struct baseline *baseline, const struct gate_findings *findings,
                const char *const *overrides, struct err *err)
{
    const struct gate_finding *first = NULL;
    size_t more = 0;

    if (check_overrides(baseline, overrides, err) != 0)
        return -1;
    for (size_t i = 0; i < findings->count; i++) {
        if (is_named(overrides, findings->items[i].policy))
            continue;
        if (first == NULL)
            first = &findings->items[i];
        else
            more++;
    }
    if (first == NULL)
        return 0;
    if (more > 0)
        return err_set(err, ERR_GATE,
                       "%s; there are %zu more (plinth validate lists them); --override-gate %s "
                       "would let it pass",
                       first->text, more, first->policy);
    return err_set(err, ERR_GATE, "%s; --override-gate %s would let it pass", first->text,
                   first->policy);
}

/* --- The engine's
 * ---------------------------------------------------------------------------------
 */

static const char *live_id(const void *arg, const struct account *account)
{
    const struct engine *engine = arg;
    const struct inventory_account *live =
        inventory_account_of(inventory_peek(engine->inventory), account);

    return live == NULL ? NULL : live->id;
}

static bool changes_policies(const struct run_result *plan)
{
    for (size_t i = 0; i < plan->unit_count; i++)
        if (str_eq(plan->units[i].control->name, "policies") && plan->units[i].changes.count > 0)
            return true;
    return false;
}

int engine_gate(struct engine *engine, const char *const *overrides, struct err *err)
{
    const struct baseline *baseline = engine->options.baseline;
    struct gate_options options = {.baseline = baseline,
                                   .organization_id = engine->identity.organization_id,
                                   .account_id = live_id,
                                   .arg = engine};
    struct gate_findings findings;

    if (!changes_policies(&engine->plan))
        return check_overrides(baseline, overrides, err);
    options.regions.items =
        arena_array(engine->plan_arena, engine->regions.count + 1, sizeof *options.regions.items);
    for (size_t i = 0; i < engine->regions.count; i++)
        if (engine->regions.items[i].everywhere)
            options.regions.items[options.regions.count++] = engine->regions.items[i].name;
    if (gate_check(&options, engine->plan_arena, &findings, err) != 0)
        return -1;
    return gate_decide(baseline, &findings, overrides, err);
}
