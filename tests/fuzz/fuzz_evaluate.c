/*
 * fuzz_evaluate.c - the input is taken as a policy document, which then answers some requests.
 *
 * What must hold of every document: an answer costs no more than the document is long times the
 * request; what is known for sure stays so when more is given; one more Deny never takes away a
 * denial, nor gives an allowance; and the minified form answers the same.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/policy/document.h"
#include "plinth/policy/evaluate.h"

#include <assert.h>
#include <string.h>

/* Longest text of the requests below; each pattern meets a few texts, each variable a few keys. */
enum { TEXT_BYTES = 64, KEYS_MOST = 16, BYTES_MOST = 64 * 1024 };

static const char *const principals[] = {
    "arn:aws:iam::111122223333:user/joe",
    "arn:aws:sts::111122223333:assumed-role/admin/me",
    "arn:aws:iam::111122223333:role/a",
    "arn:aws:iam::111122223333:root",
    "config.amazonaws.com",
    "*",
};

static const char *const actions[] = {"s3:GetObject", "sts:AssumeRole", "a:B"};
static const char *const resources[] = {"*", "arn:aws:s3:::b/joe/x",
                                        "arn:aws:kms:eu-west-1:111122223333:key/1"};

static const char *const one[] = {"joe"}, *const two[] = {"a", "b"}, *const day[] = {"2026-11-24"};
static const char *const address[] = {"10.1.2.3"}, *const number[] = {"7"};
static const struct policy_key keys[] = {
    {"aws:K", one, 1},           {"aws:TagKeys", two, 2},
    {"aws:CurrentTime", day, 1}, {"aws:SourceIp", address, 1},
    {"aws:N", number, 1},        {"aws:SourceVpc", NULL, 0},
};

static const struct policy_compiled *compile(const struct json *document, struct arena *arena)
{
    const struct policy_label label = {"policy", "fuzz"};
    const struct policy_compiled *policy;
    struct err err = ERR_INIT;

    if (policy_compile(document, POLICY_ANY, &label, arena, &policy, &err) == 0)
        return policy;
    assert(err.code == ERR_CONFIG || err.code == ERR_LIMIT);
    return NULL;
}

static const struct policy_compiled *compile_text(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *json;

    assert(json_parse(text, strlen(text), arena, &json, &err) == 0);
    return compile(json, arena);
}

struct subject {
    const struct policy_compiled *policy, *minified, *deny;
    size_t bytes;
};

static enum policy_outcome ask(const struct subject *subject,
                               const struct policy_attached *attached,
                               const struct policy_request *request)
{
    struct policy_answer answer;

    policy_evaluate(attached, request, &answer);
    /* Four places may hold the policy. */
    assert(answer.steps <=
           4 * (uint64_t)(subject->bytes + TEXT_BYTES) * TEXT_BYTES * (TEXT_BYTES + KEYS_MOST));
    assert((answer.outcome == POLICY_UNKNOWN) == (answer.missing != NULL));
    assert((answer.reason == REASON_STATEMENT) == (answer.policy != NULL));
    return answer.outcome;
}

/* The policy in the place that `where` says: as SCP, identity policy, boundary, or the resource's.
 */
static struct policy_attached attach(const struct policy_compiled *const *items, size_t count,
                                     const struct policy_level *level, int where)
{
    struct policy_attached attached = {.resource = where == 3 ? items[0] : NULL};
    const struct policy_set set = {items, count};

    if (where == 0)
        attached = (struct policy_attached){.scps = {level, 1}, .guardrails_only = true};
    else if (where == 2)
        attached.boundary = set;
    if (where != 0)
        attached.identity = set;
    return attached;
}

static void check_request(const struct subject *subject, const struct policy_request *request,
                          int where)
{
    const struct policy_compiled *items[] = {subject->policy, subject->deny};
    const struct policy_level single = {"level", {items, 1}}, with_deny = {"level", {items, 2}};
    struct policy_attached attached = attach(items, 1, &single, where);
    struct policy_request more = *request;
    enum policy_outcome outcome = ask(subject, &attached, request), told, denied, minified;

    more.keys = keys;
    more.key_count = sizeof keys / sizeof keys[0];
    more.region = "eu-west-1";
    if (more.resource == NULL)
        more.resource = resources[1];
    told = ask(subject, &attached, &more);
    assert(outcome == POLICY_UNKNOWN || told == outcome);

    attached = attach(items, 2, &with_deny, where);
    denied = ask(subject, &attached, &more);
    assert(told != POLICY_DENIED || denied == POLICY_DENIED);
    assert(denied != POLICY_ALLOWED || told == POLICY_ALLOWED);

    items[0] = subject->minified;
    attached = attach(items, 1, &single, where);
    minified = ask(subject, &attached, &more);
    assert(minified == told);
}

static void check_document(const struct json *document, size_t bytes, struct arena *arena)
{
    struct subject subject = {.policy = compile(document, arena), .bytes = bytes};

    if (subject.policy == NULL)
        return;
    subject.minified = compile_text(policy_document_minify(document, true, arena), arena);
    assert(subject.minified != NULL);
    subject.deny = compile_text("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
                                "\"Action\":\"s3:*\",\"Resource\":\"*\"}}",
                                arena);
    for (size_t i = 0; i < sizeof principals / sizeof principals[0]; i++)
        for (size_t j = 0; j < sizeof actions / sizeof actions[0]; j++)
            for (size_t k = 0; k <= sizeof resources / sizeof resources[0]; k++) {
                struct policy_request request = {.action = actions[j]};

                assert(policy_principal_parse(principals[i], arena, &request.principal));
                request.resource =
                    k == sizeof resources / sizeof resources[0] ? NULL : resources[k];
                for (int where = 0; where < 4; where++)
                    check_request(&subject, &request, where);
            }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct policy_principal principal;
    struct json *document;

    if (len <= BYTES_MOST && json_parse((const char *)bytes, len, arena, &document, &err) == 0)
        check_document(document, len, arena);
    (void)policy_principal_parse(arena_strn(arena, (const char *)bytes, len), arena, &principal);
    arena_free(arena);
    return 0;
}
