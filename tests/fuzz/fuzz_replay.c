/*
 * fuzz_replay.c - the input is taken as a CloudTrail log: its first byte says in which pieces.
 *
 * What must hold of every input: each record ends in exactly one count; the pieces that it comes in
 * change nothing; the rows add up to what is denied and unknown; and a value that the scanner takes
 * ends where it says.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json_scan.h"
#include "plinth/policy/replay.h"

#include <assert.h>
#include <string.h>

static const char limits[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
    "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":[\"s3:*\",\"iam:*\"],\"Resource\":"
    "\"arn:aws:*:::v*\",\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}},"
    "{\"Effect\":\"Deny\",\"NotAction\":\"sts:*\",\"Resource\":\"*\",\"Condition\":{"
    "\"StringEquals\":{\"aws:RequestedRegion\":\"${aws:userid}\"}}}]}";

static const struct policy_compiled *compile(struct arena *arena)
{
    const struct policy_label label = {"SCP", "fuzz"};
    const struct policy_compiled *policy;
    struct err err = ERR_INIT;
    struct json *document;

    assert(json_parse(limits, sizeof limits - 1, arena, &document, &err) == 0);
    assert(policy_compile(document, POLICY_SCP, &label, arena, &policy, &err) == 0);
    return policy;
}

static struct replay *feed(const struct replay_options *options, const char *bytes, size_t len,
                           size_t piece, struct replay_result *out)
{
    struct replay *replay = replay_new(options);

    replay_file_begin(replay, "fuzz");
    for (size_t at = 0; at < len; at += piece)
        replay_file_bytes(replay, bytes + at, len - at < piece ? len - at : piece);
    replay_file_end(replay, NULL);
    replay_finish(replay, out);
    return replay;
}

static void check(const struct replay_result *result)
{
    const struct replay_counts *counts = &result->counts;
    uint64_t rows = 0;

    assert(counts->records == counts->allowed + counts->denied + counts->unknown +
                                  counts->already_denied + counts->management +
                                  counts->service_linked + counts->services + counts->free_actions +
                                  counts->foreign + counts->other_accounts + counts->no_principal +
                                  counts->no_call + counts->other_times + counts->passed_over);
    for (size_t i = 0; i < result->row_count; i++) {
        rows += result->rows[i]->count;
        assert(result->rows[i]->first_ms <= result->rows[i]->last_ms);
    }
    assert(rows == counts->denied + counts->unknown);
}

static void check_scanner(const char *bytes, size_t len)
{
    struct json_scan scan = {.at = bytes, .end = bytes + len}, again;

    if (!json_scan_value(&scan))
        return;
    again = (struct json_scan){.at = bytes, .end = scan.at};
    assert(json_scan_value(&again) || again.why == json_scan_more); /* a number wants more */
    assert(again.at == scan.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    const struct policy_compiled *policy = compile(arena);
    const struct policy_level level = {"the root", {&policy, 1}};
    const struct replay_account account = {
        "111122223333", "Shop", {.scps = {&level, 1}, .guardrails_only = true}};
    const struct replay_options options = {
        .accounts = &account, .account_count = 1, .since_ms = INT64_MIN, .until_ms = INT64_MAX};
    struct replay_result whole, pieces;
    struct replay *first, *second;

    if (len > 0) {
        const char *text = (const char *)bytes + 1;

        check_scanner(text, len - 1);
        first = feed(&options, text, len - 1, len, &whole);
        second = feed(&options, text, len - 1, (size_t)bytes[0] + 1, &pieces);
        check(&whole);
        check(&pieces);
        assert(memcmp(&whole.counts, &pieces.counts, sizeof whole.counts) == 0);
        replay_free(first);
        replay_free(second);
    }
    arena_free(arena);
    return 0;
}
