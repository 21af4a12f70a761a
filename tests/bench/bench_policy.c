/*
 * bench_policy.c - how many requests a second the evaluator answers, over ten SCPs on three levels.
 *
 * Not a test: it prints numbers to compare by hand, from a build without sanitizers.
 */
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/policy/evaluate.h"

#include <stdio.h>
#include <string.h>

enum { SCPS = 10, LEVELS = 3, SERVICES = 80, REQUESTS = 300 * 1000, TEXT_BYTES_MOST = 64 * 1024 };

/* A limit on regions with a long list of exceptions, a protected role, and a limit on networks. */
static void write_scp(struct buf *out)
{
    buf_str(out,
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
            "\"Resource\":\"*\"},{\"Sid\":\"Regions\",\"Effect\":\"Deny\",\"NotAction\":[");
    for (int i = 0; i < SERVICES; i++)
        buf_printf(out, "%s\"service%d:*\"", i == 0 ? "" : ",", i);
    buf_str(out,
            "],\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":["
            "\"eu-central-1\",\"eu-west-1\"]},\"ArnNotLike\":{\"aws:PrincipalArn\":"
            "\"arn:*:iam::*:role/OrganizationAccountAccessRole\"}}},"
            "{\"Sid\":\"Role\",\"Effect\":\"Deny\",\"Action\":[\"iam:Attach*\",\"iam:Delete*\","
            "\"iam:Put*\",\"iam:Update*\"],\"Resource\":\"arn:*:iam::*:role/SecurityView\"},"
            "{\"Sid\":\"Network\",\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\","
            "\"Condition\":{\"StringNotEqualsIfExists\":{\"aws:SourceVpc\":[\"vpc-1\",\"vpc-2\"]},"
            "\"NotIpAddressIfExists\":{\"aws:SourceIp\":[\"192.0.2.0/24\",\"10.0.0.0/8\"]}}}]}");
}

static const struct policy_compiled *compile(struct arena *arena, size_t *out_bytes)
{
    const struct policy_label label = {"SCP", "bench"};
    const struct policy_compiled *policy = NULL;
    struct err err = ERR_INIT;
    struct json *document;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    write_scp(&text);
    if (json_parse(buf_text(&text), text.len, arena, &document, &err) != 0 ||
        policy_compile(document, POLICY_SCP, &label, arena, &policy, &err) != 0)
        (void)fprintf(stderr, "%s\n", err.text);
    *out_bytes = text.len;
    buf_fini(&text);
    return policy;
}

static uint64_t ask(const struct policy_attached *attached, struct arena *arena, size_t *out_denied)
{
    static const char *const vpcs[] = {"vpc-1"}, *const addresses[] = {"10.1.2.3"};
    static const struct policy_key keys[] = {{"aws:SourceVpc", vpcs, 1},
                                             {"aws:SourceIp", addresses, 1}};
    static const char *const actions[] = {"s3:GetObject", "ec2:RunInstances", "iam:UpdateRole"};
    static const char *const regions[] = {"eu-west-1", "us-east-1"};
    struct policy_request request = {.resource = "arn:aws:s3:::bucket/key",
                                     .keys = keys,
                                     .key_count = sizeof keys / sizeof keys[0]};
    uint64_t steps = 0;

    (void)policy_principal_parse("arn:aws:iam::111122223333:role/app", arena, &request.principal);
    for (size_t i = 0; i < REQUESTS; i++) {
        struct policy_answer answer;

        request.action = actions[i % 3];
        request.region = regions[i % 2];
        policy_evaluate(attached, &request, &answer);
        steps += answer.steps;
        *out_denied += answer.outcome == POLICY_DENIED;
    }
    return steps;
}

int main(void)
{
    struct arena *arena = arena_new("bench");
    struct clock *clock = clock_real();
    const struct policy_compiled *scps[SCPS];
    const struct policy_level levels[LEVELS] = {
        {"the root", {scps, 4}}, {"the unit", {scps + 4, 3}}, {"the account", {scps + 7, 3}}};
    const struct policy_attached attached = {.scps = {levels, LEVELS}, .guardrails_only = true};
    size_t bytes = 0, denied = 0, before = arena_used(arena);
    int64_t start_us, compiled_us, took_us;
    uint64_t steps;

    start_us = clock->mono_us(clock);
    for (size_t i = 0; i < SCPS; i++) {
        scps[i] = compile(arena, &bytes);
        if (scps[i] == NULL)
            return 1;
    }
    compiled_us = clock->mono_us(clock);
    printf("%lld us to parse, check and compile %d SCPs of %zu characters (%zu bytes)\n",
           (long long)(compiled_us - start_us), SCPS, bytes, arena_used(arena) - before);
    steps = ask(&attached, arena, &denied);
    took_us = clock->mono_us(clock) - compiled_us;
    printf("%.0f evaluations a second over %d SCPs on %d levels (%d, of which %zu denied; %.0f "
           "steps each)\n",
           1e6 * REQUESTS / (double)took_us, SCPS, LEVELS, REQUESTS, denied,
           (double)steps / REQUESTS);
    arena_free(arena);
    return 0;
}
