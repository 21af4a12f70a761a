/*
 * replay_judge.c - an event as a request, and what the policies say to it.
 *
 * The role of a session is the record's sessionIssuer.  The resource is the one that the record
 * names, or follows from the request's parameters for S3, IAM and STS; a path of IAM's is not in
 * them and is taken to be "/", as everywhere in plinth.  Where a record has several: not given.
 */
#include "replay_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { ACCOUNT_DIGITS = 12, TEXT_BYTES_MOST = 64 * 1024 };

/* The text of a field; NULL: absent.  owns: `arena`. */
static const char *text_of(const struct replay_event *event, enum event_field field,
                           struct arena *arena)
{
    const struct json_slice *slice = &event->fields[field];
    struct buf text;
    const char *copy;

    if (slice->bytes == NULL)
        return NULL;
    if (!slice->escaped)
        return arena_strn(arena, slice->bytes, slice->len);
    buf_init(&text, slice->len * 4 + 1);
    json_slice_add(slice, &text);
    copy = arena_str(arena, buf_text(&text));
    buf_fini(&text);
    return copy;
}

static bool has(const struct replay_event *event, enum event_field field)
{
    return event->fields[field].bytes != NULL;
}

static bool is_type(const struct replay_event *event, const char *type)
{
    return json_slice_eq(&event->fields[IDENTITY_TYPE], type);
}

/* --- Condition keys ------------------------------------------------------------------------------
 */

struct told {
    bool given;
    const char *value; /* NULL: the key is absent */
};

static const struct told not_told = {false, NULL}, absent = {true, NULL};

static struct told told(const char *value)
{
    return (struct told){true, value};
}

/* "cloudformation.amazonaws.com" and "AWS Internal" stand there too. */
static bool has_address(const struct replay_event *event, struct arena *arena)
{
    const char *text = text_of(event, EVENT_ADDRESS, arena);
    unsigned char address[sizeof(struct in6_addr)];

    return text != NULL &&
           (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1);
}

/* The key is absent in requests through a VPC endpoint. */
static struct told tell_source_ip(const struct replay_event *event, struct arena *arena)
{
    if (has(event, EVENT_VPC_ENDPOINT))
        return absent;
    return has_address(event, arena) ? told(text_of(event, EVENT_ADDRESS, arena)) : not_told;
}

static struct told tell_vpc_source_ip(const struct replay_event *event, struct arena *arena)
{
    if (!has_address(event, arena))
        return not_told;
    return has(event, EVENT_VPC_ENDPOINT) ? told(text_of(event, EVENT_ADDRESS, arena)) : absent;
}

static struct told tell_vpc_endpoint(const struct replay_event *event, struct arena *arena)
{
    if (has(event, EVENT_VPC_ENDPOINT))
        return told(text_of(event, EVENT_VPC_ENDPOINT, arena));
    return has_address(event, arena) ? absent : not_told;
}

static struct told tell_vpc(const struct replay_event *event, struct arena *arena)
{
    return !has(event, EVENT_VPC_ENDPOINT) && has_address(event, arena) ? absent : not_told;
}

static struct told tell_agent(const struct replay_event *event, struct arena *arena)
{
    return has(event, EVENT_AGENT) ? told(text_of(event, EVENT_AGENT, arena)) : not_told;
}

static struct told tell_transport(const struct replay_event *event, struct arena *arena)
{
    (void)arena;
    return has(event, EVENT_TLS) ? told("true") : not_told;
}

/* Long-term keys have no session, and no such key. */
static struct told tell_mfa(const struct replay_event *event, struct arena *arena)
{
    if (has(event, SESSION_MFA))
        return told(text_of(event, SESSION_MFA, arena));
    return !event->has_session && is_type(event, "IAMUser") ? absent : not_told;
}

static struct told tell_user_id(const struct replay_event *event, struct arena *arena)
{
    return has(event, IDENTITY_ID) ? told(text_of(event, IDENTITY_ID, arena)) : not_told;
}

static struct told tell_source_identity(const struct replay_event *event, struct arena *arena)
{
    return told(text_of(event, SESSION_SOURCE_IDENTITY, arena));
}

/* invokedBy is there for services with a role of their own as well as for those that pass a
 * request on: which of the two, the record does not tell. */
static struct told tell_via_service(const struct replay_event *event, struct arena *arena)
{
    (void)arena;
    return has(event, IDENTITY_INVOKED_BY) ? not_told : told("false");
}

static struct told tell_called_via(const struct replay_event *event, struct arena *arena)
{
    (void)arena;
    return has(event, IDENTITY_INVOKED_BY) ? not_told : absent;
}

static struct told tell_time(const struct replay_event *event, struct arena *arena)
{
    return told(text_of(event, EVENT_TIME, arena));
}

static struct told tell_epoch(const struct replay_event *event, struct arena *arena)
{
    return told(arena_printf(arena, "%lld", (long long)(event->time_ms / 1000)));
}

/* Which fields a key is told by. */
static const struct {
    const char *name;
    struct told (*tell)(const struct replay_event *event, struct arena *arena);
    enum event_field fields[3];
    size_t field_count;
} context_keys[] = {
    {"aws:SourceIp", tell_source_ip, {EVENT_ADDRESS, EVENT_VPC_ENDPOINT}, 2},
    {"aws:VpcSourceIp", tell_vpc_source_ip, {EVENT_ADDRESS, EVENT_VPC_ENDPOINT}, 2},
    {"aws:SourceVpce", tell_vpc_endpoint, {EVENT_ADDRESS, EVENT_VPC_ENDPOINT}, 2},
    {"aws:SourceVpc", tell_vpc, {EVENT_ADDRESS, EVENT_VPC_ENDPOINT}, 2},
    {"aws:UserAgent", tell_agent, {EVENT_AGENT}, 1},
    {"aws:SecureTransport", tell_transport, {EVENT_TLS}, 1},
    {"aws:MultiFactorAuthPresent", tell_mfa, {SESSION_MFA}, 1},
    {"aws:userid", tell_user_id, {IDENTITY_ID}, 1},
    {"aws:SourceIdentity", tell_source_identity, {SESSION_SOURCE_IDENTITY}, 1},
    {"aws:ViaAWSService", tell_via_service, {IDENTITY_INVOKED_BY}, 1},
    {"aws:CalledVia", tell_called_via, {IDENTITY_INVOKED_BY}, 1},
    {"aws:CalledViaFirst", tell_called_via, {IDENTITY_INVOKED_BY}, 1},
    {"aws:CalledViaLast", tell_called_via, {IDENTITY_INVOKED_BY}, 1},
    {"aws:CurrentTime", tell_time, {EVENT_TIME}, 1},
    {"aws:EpochTime", tell_epoch, {EVENT_TIME}, 1},
};

enum { KEY_COUNT = sizeof context_keys / sizeof context_keys[0] };

/* The bit behind those of the keys. */
static const judge_asks asks_resource = (judge_asks)1 << KEY_COUNT;

/* --- What matters --------------------------------------------------------------------------------
 */

static void add_policies(const struct policy_levels *levels, struct judge *judge,
                         struct arena *arena)
{
    for (size_t i = 0; i < levels->count; i++)
        for (size_t j = 0; j < levels->items[i].policies.count; j++) {
            const struct policy_compiled *policy = levels->items[i].policies.items[j];
            size_t at = 0;

            while (at < judge->policies.count && judge->policies.items[at] != policy)
                at++;
            if (at == judge->policies.count)
                *VEC_ADD(arena, &judge->policies) = policy;
        }
}

void replay_judge_init(struct judge *judge, const struct replay_account *accounts, size_t count,
                       struct arena *arena)
{
    *judge = (struct judge){.accounts = accounts, .account_count = count};
    for (size_t i = 0; i < count; i++) {
        add_policies(&accounts[i].attached.scps, judge, arena);
        add_policies(&accounts[i].attached.rcps, judge, arena);
    }
}

judge_asks replay_judge_asks(const struct judge *judge, const char *action)
{
    judge_asks asks = 0;

    for (size_t i = 0; i < judge->policies.count; i++) {
        const struct policy_compiled *policy = judge->policies.items[i];

        if (policy_asks_for(policy, action, NULL))
            asks |= asks_resource;
        for (size_t key = 0; key < KEY_COUNT; key++)
            if (policy_asks_for(policy, action, context_keys[key].name))
                asks |= (judge_asks)1 << key;
    }
    return asks;
}

/* A string of JSON holds no control characters, so that these cannot stand in one. */
static void add_field(const struct replay_event *event, enum event_field field, struct buf *out)
{
    const struct json_slice *slice = &event->fields[field];

    if (slice->bytes != NULL)
        buf_add(out, slice->bytes, slice->len);
    buf_char(out, slice->bytes == NULL ? '\2' : '\1');
}

/* The session's name is no part of it: roles have one answer for all of their sessions. */
static enum event_field arn_field(const struct replay_event *event)
{
    return is_type(event, "AssumedRole") && has(event, ISSUER_ARN) ? ISSUER_ARN : IDENTITY_ARN;
}

void replay_judge_key(const struct replay_event *event, judge_asks asks, struct buf *out)
{
    static const enum event_field always[] = {EVENT_SOURCE,    EVENT_NAME,       EVENT_REGION,
                                              IDENTITY_TYPE,   IDENTITY_ACCOUNT, RESOURCE_ACCOUNT,
                                              EVENT_RECIPIENT, IDENTITY_PROVIDER};
    static const enum event_field resource[] = {
        RESOURCE_ARN,   PARAMETER_BUCKET, PARAMETER_KEY,     PARAMETER_ROLE,
        PARAMETER_USER, PARAMETER_GROUP,  PARAMETER_ROLE_ARN};

    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        add_field(event, always[i], out);
    add_field(event, arn_field(event), out);
    if (is_type(event, "AWSService"))
        add_field(event, IDENTITY_INVOKED_BY, out);
    buf_char(out, event->has_session ? '\1' : '\2');
    for (size_t key = 0; key < KEY_COUNT; key++)
        for (size_t i = 0; asks >> key & 1 && i < context_keys[key].field_count; i++)
            add_field(event, context_keys[key].fields[i], out);
    if (!(asks & asks_resource))
        return;
    for (size_t i = 0; i < sizeof resource / sizeof resource[0]; i++)
        add_field(event, resource[i], out);
    buf_char(out, event->many_resources ? '\1' : '\2');
}

/* --- Requests ------------------------------------------------------------------------------------
 */

static const struct replay_account *find_account(const struct judge *judge, const char *id)
{
    for (size_t i = 0; id != NULL && i < judge->account_count; i++)
        if (str_eq(judge->accounts[i].id, id))
            return &judge->accounts[i];
    return NULL;
}

/* A service or a provider's user: none that belongs to an account. */
static bool read_nobody(const struct replay_event *event, struct arena *arena,
                        struct policy_principal *out)
{
    bool service = is_type(event, "AWSService");

    if (!service && !is_type(event, "SAMLUser") && !is_type(event, "WebIdentityUser"))
        return false;
    *out = (struct policy_principal){
        .kind = service ? PRINCIPAL_SERVICE : PRINCIPAL_PROVIDER,
        .arn = text_of(event, service ? IDENTITY_INVOKED_BY : IDENTITY_PROVIDER, arena),
        .account = text_of(event, IDENTITY_ACCOUNT, arena),
    };
    if (out->arn == NULL)
        out->arn = service ? "an AWS service" : "an identity provider";
    return true;
}

/* A record of a root user may have no ARN; NULL: it is of none that IAM knows. */
static const char *arn_of(const struct replay_event *event, struct arena *arena)
{
    static const char *const types[] = {"IAMUser", "AssumedRole", "Role", "Root", "FederatedUser"};
    const char *arn = text_of(event, arn_field(event), arena);

    if (arn == NULL && is_type(event, "Root") && has(event, IDENTITY_ACCOUNT))
        return arena_printf(arena, "arn:aws:iam::%s:root", text_of(event, IDENTITY_ACCOUNT, arena));
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (is_type(event, types[i]))
            return arn;
    return NULL;
}

/* False: none that IAM knows. */
static bool read_principal(const struct replay_event *event, struct arena *arena,
                           struct policy_principal *out)
{
    const char *arn;

    if (read_nobody(event, arena, out))
        return true;
    arn = arn_of(event, arena);
    if (arn == NULL || !str_starts(arn, "arn:") || !policy_principal_parse(arn, arena, out))
        return false;
    out->session = NULL; /* answers do not hang on it: SCPs and RCPs do not name sessions */
    return out->kind != PRINCIPAL_PROVIDER;
}

static const char *partition_of(const struct policy_principal *principal, struct arena *arena)
{
    const char *from = str_starts(principal->arn, "arn:") ? principal->arn + 4 : "aws:";

    return arena_strn(arena, from, strcspn(from, ":"));
}

/* "role/NAME" and the like; NULL: the request names none. */
static const char *iam_entity(const struct replay_event *event, struct arena *arena)
{
    static const struct {
        enum event_field field;
        const char *kind;
    } entities[] = {{PARAMETER_ROLE, "role"}, {PARAMETER_USER, "user"}, {PARAMETER_GROUP, "group"}};

    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (has(event, entities[i].field))
            return arena_printf(arena, "%s/%s", entities[i].kind,
                                text_of(event, entities[i].field, arena));
    return NULL;
}

/* NULL: the event does not tell it. */
static const char *resource_of(const struct replay_event *event,
                               const struct policy_principal *principal, const char *action,
                               struct arena *arena)
{
    const char *partition = partition_of(principal, arena), *entity;

    if (event->many_resources)
        return NULL;
    if (has(event, RESOURCE_ARN))
        return text_of(event, RESOURCE_ARN, arena);
    if (str_starts(action, "s3:") && has(event, PARAMETER_BUCKET))
        return arena_printf(arena, "arn:%s:s3:::%s%s%s", partition,
                            text_of(event, PARAMETER_BUCKET, arena),
                            has(event, PARAMETER_KEY) ? "/" : "",
                            has(event, PARAMETER_KEY) ? text_of(event, PARAMETER_KEY, arena) : "");
    if (str_starts(action, "sts:"))
        return text_of(event, PARAMETER_ROLE_ARN, arena);
    entity = str_starts(action, "iam:") ? iam_entity(event, arena) : NULL;
    return entity == NULL || principal->account == NULL
               ? NULL
               : arena_printf(arena, "arn:%s:iam::%s:%s", partition, principal->account, entity);
}

/* The account that owns the resource: as told, as its ARN has it, or the principal's own. */
static const char *owner_of(const struct replay_event *event, const char *resource,
                            const struct policy_principal *principal, struct arena *arena)
{
    const char *at = resource;

    if (has(event, RESOURCE_ACCOUNT))
        return text_of(event, RESOURCE_ACCOUNT, arena);
    for (int i = 0; at != NULL && i < 4; i++) {
        at = strchr(at, ':');
        at = at == NULL ? NULL : at + 1;
    }
    if (at != NULL && strspn(at, "0123456789") == ACCOUNT_DIGITS && at[ACCOUNT_DIGITS] == ':')
        return arena_strn(arena, at, ACCOUNT_DIGITS);
    return principal->account != NULL ? principal->account : text_of(event, EVENT_RECIPIENT, arena);
}

static void add_keys(const struct replay_event *event, struct policy_key keys[KEY_COUNT],
                     const char *values[KEY_COUNT], struct policy_request *request,
                     struct arena *arena)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        struct told answer = context_keys[i].tell(event, arena);

        values[i] = answer.value;
        if (answer.given)
            keys[request->key_count++] = (struct policy_key){
                .name = context_keys[i].name, .values = &values[i], .count = answer.value != NULL};
    }
    request->keys = keys;
}

/* --- Judgements ----------------------------------------------------------------------------------
 */

static bool has_policies(const struct policy_levels *levels)
{
    for (size_t i = 0; i < levels->count; i++)
        if (levels->items[i].policies.count > 0)
            return true;
    return false;
}

/* Whether any policy does; docs/evaluator.md, "Whom nothing binds". */
static bool binds(const struct policy_attached *attached, enum principal_kind kind)
{
    bool of_account = kind != PRINCIPAL_SERVICE && kind != PRINCIPAL_PROVIDER &&
                      kind != PRINCIPAL_SERVICE_LINKED_ROLE;

    return (of_account && !attached->management_principal) ||
           (kind != PRINCIPAL_SERVICE_LINKED_ROLE && !attached->management_resource &&
            has_policies(&attached->rcps));
}

static enum verdict unbound(enum principal_kind kind, const struct replay_account *actor)
{
    if (kind == PRINCIPAL_SERVICE || kind == PRINCIPAL_PROVIDER)
        return VERDICT_SERVICE;
    if (kind == PRINCIPAL_SERVICE_LINKED_ROLE)
        return VERDICT_SERVICE_LINKED;
    return actor == NULL ? VERDICT_FOREIGN : VERDICT_MANAGEMENT;
}

static enum verdict verdict_of(enum policy_outcome outcome)
{
    return outcome == POLICY_ALLOWED  ? VERDICT_ALLOWED
           : outcome == POLICY_DENIED ? VERDICT_DENIED
                                      : VERDICT_UNKNOWN;
}

/* Nobody of another organization meets these SCPs, no foreign resource these RCPs. */
static void attach(const struct replay_account *actor, const struct replay_account *owner,
                   struct policy_attached *out)
{
    *out = (struct policy_attached){
        .guardrails_only = true, .management_principal = true, .management_resource = true};
    if (actor != NULL) {
        out->scps = actor->attached.scps;
        out->management_principal = actor->attached.management_principal;
    }
    if (owner != NULL) {
        out->rcps = owner->attached.rcps;
        out->management_resource = owner->attached.management_resource;
    }
}

void replay_judge(const struct judge *judge, const struct replay_event *event, const char *action,
                  struct arena *arena, struct judgement *out)
{
    const struct replay_account *actor, *owner;
    struct policy_key keys[KEY_COUNT];
    const char *values[KEY_COUNT];
    struct policy_request request = {.action = action,
                                     .region = text_of(event, EVENT_REGION, arena)};
    enum principal_kind kind;
    struct policy_attached attached;

    *out = (struct judgement){.verdict = VERDICT_OTHER_ACCOUNT};
    if (is_type(event, "AWSAccount"))
        return;
    out->verdict = VERDICT_NO_PRINCIPAL;
    if (!read_principal(event, arena, &request.principal))
        return;
    kind = request.principal.kind;
    request.resource = resource_of(event, &request.principal, action, arena);
    request.resource_account = owner_of(event, request.resource, &request.principal, arena);
    actor = find_account(judge, request.principal.account);
    owner = find_account(judge, request.resource_account);
    attach(actor, owner, &attached);
    if (!binds(&attached, kind)) {
        out->verdict = unbound(kind, actor);
        return;
    }
    add_keys(event, keys, values, &request, arena);
    policy_evaluate(&attached, &request, &out->answer);
    out->verdict = verdict_of(out->answer.outcome);
    out->principal = request.principal.arn;
    out->account = actor != NULL ? actor : owner;
}
