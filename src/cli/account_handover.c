#include "account.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <string.h>

static const char scp[] = "SERVICE_CONTROL_POLICY";

const enum aws_op account_ops[] = {AWS_ORGANIZATIONS_LIST_POLICIES_FOR_TARGET, AWS_OP_NONE};

/* --- Policies ------------------------------------------------------------------------------------
 */

static int read_policies_at(const struct aws_target *target, const char *id, const char *at,
                            struct arena *arena, struct handover *out, struct err *err)
{
    struct json *params = json_object(arena);
    const struct json *list;

    json_put_str(params, "TargetId", id);
    json_put_str(params, "Filter", scp);
    if (aws_list(target, AWS_ORGANIZATIONS_LIST_POLICIES_FOR_TARGET, params, arena, &list, err) !=
        0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        if (out->policy_count == out->policy_capacity)
            out->policies = vec_grow(arena, out->policies, out->policy_count, &out->policy_capacity,
                                     sizeof *out->policies);
        out->policies[out->policy_count++] =
            (struct handover_policy){arena_str(arena, json_str(it, "Name")), at};
    }
    return 0;
}

/* From the root down, as AWS lets them meet. */
static int read_policies(struct session *session, const struct inventory *inventory,
                         struct handover *out, struct err *err)
{
    enum { PARENTS_MOST = 6 };
    const struct inventory_ou *parents[PARENTS_MOST];
    const char *id = out->live->parent_id;
    struct aws_target target;
    size_t count = 0;

    if (!inventory_has_policy_type(inventory, scp))
        return 0;
    engine_management(session->engine, &target);
    target.read_only = true;
    target.allowed = account_ops;
    while (count < PARENTS_MOST && (parents[count] = inventory_ou_by_id(inventory, id)) != NULL)
        id = parents[count++]->parent_id;
    while (count-- > 0) {
        const char *path = parents[count]->path;

        if (read_policies_at(&target, parents[count]->id, *path == '\0' ? "the root" : path,
                             session->arena, out, err) != 0)
            return -1;
    }
    return read_policies_at(&target, out->live->id, out->account->name, session->arena, out, err);
}

static bool has_policy(const struct handover *handover, const char *name)
{
    for (size_t i = 0; i < handover->policy_count; i++)
        if (str_eq(handover->policies[i].name, name))
            return true;
    return false;
}

/* Where a policy of the baseline is attached above the account; NULL: nowhere. */
static const char *wanted_at(const struct baseline_policy *policy, const struct account *account)
{
    for (size_t i = 0; i < policy->attachment_count; i++) {
        const struct attachment *at = &policy->attachments[i];

        if (at->root)
            return "the root";
        if (at->account == account)
            return account->name;
        for (const struct ou *ou = account->ou; at->ou != NULL && ou != NULL; ou = ou->parent)
            if (ou == at->ou)
                return ou->path;
    }
    return NULL;
}

/* The management account is bound by none. */
static void find_missing(const struct baseline *baseline, struct arena *arena, struct handover *out)
{
    for (size_t i = 0; i < baseline->policy_count; i++) {
        const struct baseline_policy *policy = &baseline->policies[i];
        const char *at = wanted_at(policy, out->account);

        if (!str_eq(policy->type->api_name, scp) || at == NULL || has_policy(out, policy->name))
            continue;
        if (out->missing_count == out->missing_capacity)
            out->missing = vec_grow(arena, out->missing, out->missing_count, &out->missing_capacity,
                                    sizeof *out->missing);
        out->missing[out->missing_count++] = (struct handover_policy){policy->name, at};
    }
}

/* --- The way in ----------------------------------------------------------------------------------
 */

/* RFC 3986, with the slashes of a role's path left as they are. */
static void put_escaped(const char *text, struct buf *out)
{
    static const char unreserved[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

    for (; *text != '\0'; text++) {
        if (strchr(unreserved, *text) != NULL)
            buf_char(out, *text);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/* docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html; the hosts of the
 * other partitions: the console endpoints of AWS in China and of AWS GovCloud (US). */
static const char *console_host(const char *partition)
{
    if (str_eq(partition, "aws-cn"))
        return "signin.amazonaws.cn";
    if (str_eq(partition, "aws-us-gov"))
        return "signin.amazonaws-us-gov.com";
    return "signin.aws.amazon.com";
}

static void find_way_in(const struct session *session, struct handover *out)
{
    enum { URL_BYTES_MOST = 4096 };
    const char *partition = session->identity.partition;
    const char *role = session->loaded.baseline->organization.member_role;
    struct arena *arena = session->arena;
    struct buf url;

    if (str_eq(out->live->id, session->identity.account_id))
        return; /* we are in it */
    out->role_arn = arena_printf(arena, "arn:%s:iam::%s:role/%s", partition, out->live->id, role);
    buf_init(&url, URL_BYTES_MOST);
    buf_printf(&url, "https://%s/switchrole?account=%s&roleName=", console_host(partition),
               out->live->id);
    put_escaped(role, &url);
    buf_str(&url, "&displayName=");
    put_escaped(out->account->name, &url);
    out->console = arena_str(arena, buf_text(&url));
    buf_fini(&url);
}

int handover_read(struct session *session, const char *name, struct handover *out, struct err *err)
{
    const struct baseline *baseline = session->loaded.baseline;
    const struct inventory *inventory;
    const struct inventory_ou *parent;

    *out = (struct handover){.account = baseline_account(baseline, name)};
    if (engine_inventory(session->engine, &inventory, err) != 0)
        return -1;
    out->live = inventory_account_of(inventory, out->account);
    if (out->live == NULL)
        return 0;
    parent = inventory_ou_by_id(inventory, out->live->parent_id);
    out->path = parent == NULL ? "unknown" : parent->path;
    find_way_in(session, out);
    if (read_policies(session, inventory, out, err) != 0)
        return -1;
    if (!(out->account->roles & ROLE_MANAGEMENT))
        find_missing(baseline, session->arena, out);
    return 0;
}

/* --- Text ----------------------------------------------------------------------------------------
 */

static void put_contact(const char *kind, const struct contact *contact, struct buf *out)
{
    if (contact != NULL)
        buf_printf(out, "contact:       %s: %s, %s\n", kind, contact->name, contact->email);
}

static void put_policies(const char *label, const struct handover_policy *items, size_t count,
                         struct buf *out)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%-14s %s, at %s\n", label, items[i].name, items[i].at);
}

static size_t held(const struct run_result *result)
{
    return result->summary.outcomes[OUTCOME_CLEAN] + result->summary.outcomes[OUTCOME_CHANGED];
}

void handover_text(const struct handover *handover, const struct run_result *result,
                   struct buf *out)
{
    const struct account *account = handover->account;

    if (handover->live == NULL) {
        buf_printf(out, "\naccount:       %s does not exist yet\n", account->name);
        return;
    }
    buf_printf(out,
               "\naccount:       %s\nid:            %s\nemail:         %s\nunit:          %s\n",
               account->name, handover->live->id,
               handover->live->email == NULL ? "not shown" : handover->live->email,
               *handover->path == '\0' ? "the root" : handover->path);
    for (size_t i = 0; i < account->tags.count; i++)
        buf_printf(out, "tag:           %s = %s\n", account->tags.items[i].key,
                   account->tags.items[i].value);
    put_policies("SCP:", handover->policies, handover->policy_count, out);
    put_policies("SCP missing:", handover->missing, handover->missing_count, out);
    buf_printf(out, "targets:       %zu of %zu as the baseline says\n", held(result),
               result->summary.targets);
    if (account->contacts != NULL) {
        put_contact("billing", account->contacts->billing, out);
        put_contact("operations", account->contacts->operations, out);
        put_contact("security", account->contacts->security, out);
    }
    if (handover->role_arn != NULL)
        buf_printf(out, "enter:         %s\nconsole:       %s\n", handover->role_arn,
                   handover->console);
    if (handover->missing_count > 0)
        buf_str(out, "\nA policy of the baseline is not attached yet: plinth apply attaches it.\n");
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

static void add_contact(struct json *contacts, const char *kind, const struct contact *contact)
{
    struct json *out;

    if (contact == NULL)
        return;
    out = json_put_object(contacts, kind);
    json_put_str(out, "name", contact->name);
    json_put_str(out, "title", contact->title);
    json_put_str(out, "email", contact->email);
    json_put_str(out, "phone", contact->phone);
}

static void add_policies(struct json *out, const char *key, const struct handover_policy *items,
                         size_t count)
{
    struct json *list = json_put_array(out, key);

    for (size_t i = 0; i < count; i++) {
        struct json *item = json_add_object(list);

        json_put_str(item, "name", items[i].name);
        json_put_str(item, "at", items[i].at);
    }
}

struct json *handover_json(const struct handover *handover, const struct run_result *result,
                           struct arena *arena)
{
    const struct account *account = handover->account;
    struct json *out = json_object(arena), *part;

    json_put_str(out, "name", account->name);
    json_put_bool(out, "exists", handover->live != NULL);
    if (handover->live == NULL)
        return out;
    json_put_str(out, "id", handover->live->id);
    json_put_str(out, "email", handover->live->email);
    json_put_str(out, "status", handover->live->status);
    json_put_str(out, "ou", handover->path);
    part = json_put_object(out, "tags");
    for (size_t i = 0; i < account->tags.count; i++)
        json_put_str(part, account->tags.items[i].key, account->tags.items[i].value);
    add_policies(out, "service_control_policies", handover->policies, handover->policy_count);
    add_policies(out, "missing_policies", handover->missing, handover->missing_count);
    part = json_put_object(out, "targets");
    json_put_number(part, "total", (double)result->summary.targets);
    json_put_number(part, "as_wanted", (double)held(result));
    part = json_put_object(out, "contacts");
    if (account->contacts != NULL) {
        add_contact(part, "billing", account->contacts->billing);
        add_contact(part, "operations", account->contacts->operations);
        add_contact(part, "security", account->contacts->security);
    }
    json_put_str(out, "role_arn", handover->role_arn);
    json_put_str(out, "console_url", handover->console);
    return out;
}
