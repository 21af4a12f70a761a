#include "plinth/engine/gate.h"

#include "asking.h"
#include "gate_live.h"

#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/baseline/guardrails.h"
#include "plinth/control/control.h"
#include "plinth/control/service_needs.h"

#include <ctype.h>
#include <string.h>

enum { ACCOUNT_DIGITS = 12 };

/* Stands for a second account that does not exist yet. */
static const char some_other_account[] = "000000000001";

/* A finding while it is counted: one statement may deny a role hundreds of things. */
struct denial {
    const struct policy_compiled *policy; /* NULL: no SCP of `level` allows it */
    size_t statement;
    const char *level, *who, *text;
    bool warning;
    size_t more;
};

struct gate {
    const struct gate_options *options;
    struct guardrails *guardrails;
    struct arena *arena;
    const char *partition, *global_region;
    const char *security_role; /* NULL: there is none */
    bool root_sessions;
    const char *organization_id; /* NULL: not known */
    bool names_accounts;         /* some policy has the id of an account in it */
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
    struct policy_attached now; /* over it before the plan, if `exists` */
    bool exists;
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
    gate->security_role = asking_setting(baseline, NULL, "security_role", "name");
    gate->root_sessions = str_eq(asking_setting(baseline, NULL, "root_access", "sessions"), "true");
    add_region(gate, baseline->home_region);
    for (size_t i = 0; i < baseline->regions.count; i++)
        add_region(gate, baseline->regions.items[i]);
    for (size_t i = 0; i < options->regions.count; i++)
        add_region(gate, options->regions.items[i]);
    for (size_t i = 0; i < baseline->policy_count; i++)
        gate->names_accounts =
            gate->names_accounts || has_account_id(baseline->policies[i].content);
    gate->organization_id = asking_organization(baseline, options->organization_id);
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
        place.id = asking_some_account;
    guardrails_over(gate->guardrails, NULL, account, &place.over);
    if (gate->options->live != NULL) {
        gate_live_after(gate->options->live, account, &place.over);
        place.exists = gate_live_before(gate->options->live, account, &place.now);
    }
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
    bool no_mfa;       /* plinth enters roles without */
    bool unless_named; /* a policy of the baseline that names the action denies it on purpose */
    bool grant;        /* for an AWS service */
    bool may_be_meant; /* a denial is told, and stops nothing */
    const char *action, *resource, *region;
    const char *resource_account; /* NULL: the place's */
};

static void evaluate(const struct gate *gate, const struct policy_attached *over,
                     const struct place *place, const struct question *question,
                     struct policy_answer *out)
{
    const struct asking_facts facts = {.organization = gate->organization_id,
                                       .assumed_root = question->assumed_root,
                                       .no_mfa = question->no_mfa,
                                       .grant = question->grant};
    const struct policy_request request = {.principal = question->principal,
                                           .action = question->action,
                                           .resource = question->resource,
                                           .resource_account = question->resource_account == NULL
                                                                   ? place->id
                                                                   : question->resource_account,
                                           .region = question->region};

    asking_evaluate(over, &request, &facts, out);
}

static void note(struct gate *gate, const struct place *place, const struct question *question,
                 const struct policy_answer *answer, bool warning, const char *because)
{
    struct denial *denial;
    const char *what;

    for (size_t i = 0; i < gate->denials.count; i++) {
        denial = &gate->denials.items[i];
        if (denial->policy == answer->policy && denial->statement == answer->statement &&
            denial->warning == warning && str_eq(denial->who, question->who) &&
            (answer->policy != NULL || str_eq(denial->level, answer->level))) {
            denial->more++;
            return;
        }
    }
    what = arena_printf(gate->arena, "%s to %s in account %s in %s", question->action,
                        question->who, place->account->name, question->region);
    denial = VEC_ADD(gate->arena, &gate->denials);
    *denial = (struct denial){.policy = answer->policy,
                              .statement = answer->statement,
                              .level = answer->level,
                              .who = question->who,
                              .warning = warning,
                              .text = arena_printf(gate->arena, "%s%s",
                                                   policy_answer_text(answer, what, gate->arena),
                                                   because)};
}

/* What is denied for sure and was not before is refused; what was denied already, and what hangs on
 * something that nobody can know here, is told.  With an id that is made up, a policy that names
 * accounts may say anything. */
static void ask(struct gate *gate, const struct place *place, const struct question *question)
{
    struct policy_answer answer, before = {.outcome = POLICY_ALLOWED};

    evaluate(gate, &place->over, place, question, &answer);
    if (answer.outcome == POLICY_ALLOWED || (!place->id_known && gate->names_accounts) ||
        (question->unless_named && guardrails_names(gate->guardrails, &answer, question->action)))
        return;
    if (place->exists)
        evaluate(gate, &place->now, place, question, &before);
    if (answer.outcome == POLICY_DENIED)
        note(gate, place, question, &answer,
             question->may_be_meant || before.outcome == POLICY_DENIED,
             before.outcome == POLICY_DENIED ? ", as before" : "");
    else if (before.outcome == POLICY_ALLOWED)
        note(gate, place, question, &answer, true, "");
}

/* --- What must stay possible ---------------------------------------------------------------------
 */

static bool works_in(const struct control *control, const struct account *account)
{
    static const unsigned roles[] = {[ACTOR_MANAGEMENT] = ROLE_MANAGEMENT,
                                     [ACTOR_SECURITY] = ROLE_SECURITY,
                                     [ACTOR_LOG_ARCHIVE] = ROLE_LOG_ARCHIVE,
                                     [ACTOR_BACKUP] = ROLE_BACKUP};

    return control->actor == ACTOR_MEMBER || control->enters_members ||
           account->roles & roles[control->actor];
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
                         bool reads_only, bool no_mfa)
{
    const struct control *const *controls = controls_all();
    struct question question = {.who = arena_printf(gate->arena, "role/%s", role),
                                .principal = role_of(gate, place, role),
                                .no_mfa = no_mfa};

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
        question.unless_named = !str_starts(actions[i], "iam:");
        question.region = str_starts(actions[i], "iam:") ? gate->global_region
                                                         : gate->options->baseline->home_region;
        ask(gate, place, &question);
    }
}

/* As if the policies over its account met what the backup account has: theirs bind who asks, those
 * of the backup account what is asked for. */
static struct place in_backup_account(const struct gate *gate, const struct place *place,
                                      struct question *question)
{
    const struct account *backup = baseline_account_with_role(gate->options->baseline, ROLE_BACKUP);
    struct place both = *place, theirs;

    if (backup == NULL)
        return both;
    theirs = place_of(gate, backup);
    both.over.rcps = theirs.over.rcps;
    both.over.management_resource = theirs.over.management_resource;
    both.now.rcps = theirs.now.rcps;
    both.now.management_resource = theirs.now.management_resource;
    both.exists = place->exists && theirs.exists;
    both.id_known = place->id_known && theirs.id_known;
    question->resource_account = theirs.id_known ? theirs.id : some_other_account;
    return both;
}

/* Services copy and replicate with roles of the account, which policies bind like any other. */
static void ask_services(struct gate *gate, const struct place *place)
{
    struct service_needs needs;

    service_needs(gate->options->baseline, place->account, gate->arena, &needs);
    for (size_t i = 0; i < needs.count; i++) {
        const struct service_need *need = &needs.items[i];
        struct question question = {.who = arena_printf(gate->arena, "role/%s", need->role),
                                    .principal = role_of(gate, place, need->role),
                                    .grant = need->grant,
                                    .may_be_meant = need->one_type,
                                    .action = need->action,
                                    .region = need->region};
        struct place both = need->in_backup ? in_backup_account(gate, place, &question) : *place;

        ask(gate, &both, &question);
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
    to.over.management_principal = to.now.management_principal = true;
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
                .policy = policy_compiled_name(answer.policy),
                .text =
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

    if (account->roles != ROLE_WORKLOAD || is_special(baseline, account, id) ||
        (gate->options->live != NULL && gate_live_is_special(gate->options->live, account)))
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

    ask_controls(gate, &place, organization->member_role, false, true);
    for (size_t i = 0; i < organization->break_glass_roles.count; i++)
        ask_controls(gate, &place, organization->break_glass_roles.items[i], false, false);
    if (gate->security_role != NULL)
        ask_controls(gate, &place, gate->security_role, true, false);
    if (gate->root_sessions)
        ask_root_session(gate, &place);
    ask_services(gate, &place);
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
        *VEC_ADD(gate->arena, &gate->findings) = (struct gate_finding){
            .policy =
                denial->policy == NULL ? "FullAWSAccess" : policy_compiled_name(denial->policy),
            .text = text,
            .warning = denial->warning};
    }
}

static void tell_unread(struct gate *gate)
{
    const char *const *texts =
        gate->options->live == NULL ? NULL : gate_live_unread(gate->options->live);

    for (; texts != NULL && *texts != NULL; texts++)
        *VEC_ADD(gate->arena, &gate->findings) =
            (struct gate_finding){.policy = "", .text = *texts, .warning = true};
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
    tell_unread(&gate);
    *out = (struct gate_findings){gate.findings.items, gate.findings.count};
    return 0;
}
