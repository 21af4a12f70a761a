/* Where a target has no room for the old and the new documents at the same time. */
#include "../../support/rehearsal.h"

#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { DOCUMENTS = 6, RESOURCES = 12 };

/* So many SCPs that no two of them fit into one document, attached to `attach`. */
static const struct baseline *baseline_of(struct rehearsal *rehearsal, const char *attach)
{
    const struct baseline *baseline;
    char path[] = "/tmp/plinth-test-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    assert_non_null(file);
    (void)fprintf(file, "apiVersion: plinth/v1\n"
                        "name: room\n"
                        "home_region: eu-central-1\n"
                        "regions: [eu-central-1]\n"
                        "organizational_units: {A: {}, B: {}}\n"
                        "accounts:\n"
                        "  - {name: Management, email: aws@example.com, roles: [management]}\n"
                        "policies:\n");
    for (int i = 0; i < DOCUMENTS; i++) {
        (void)fprintf(file,
                      "  - name: p%d\n"
                      "    type: service_control_policy\n"
                      "    attach: [%s]\n"
                      "    document:\n"
                      "      Version: \"2012-10-17\"\n"
                      "      Statement:\n"
                      "        - Effect: Deny\n"
                      "          Action: [s3:PutObject]\n"
                      "          Resource:\n",
                      i, attach);
        for (int r = 0; r < RESOURCES; r++)
            (void)fprintf(file, "            - arn:aws:s3:::bucket/%d/%0500d\n", i, r);
    }
    assert_int_equal(fclose(file), 0);
    baseline = rehearsal_baseline(rehearsal, path);
    (void)unlink(path);
    assert_int_equal(baseline->policy_count, DOCUMENTS);
    return baseline;
}

static struct rehearsal_outcome run(struct rehearsal *rehearsal, const struct baseline *baseline,
                                    bool apply, bool prune)
{
    struct rehearsal_options options = {.apply = apply, .prune = prune};
    struct rehearsal_outcome outcome = rehearsal_run(rehearsal, baseline, &options);

    assert_int_equal(outcome.result, 0);
    return outcome;
}

/* Attachments at the fullest moment and at the emptiest, as the simulator answers. */
struct watch {
    int at, least, most, refused;
};

static void watch(void *arg, const char *service, const char *operation,
                  const struct http_request *request, const struct http_response *response,
                  bool is_write)
{
    struct watch *watch = arg;
    int step = str_eq(operation, "AttachPolicy") - str_eq(operation, "DetachPolicy");

    (void)service;
    (void)request;
    (void)is_write;
    if (response->status != 200) {
        watch->refused += step != 0;
        return;
    }
    watch->at += step;
    if (watch->at < watch->least)
        watch->least = watch->at;
    if (watch->at > watch->most)
        watch->most = watch->at;
}

static void test_a_full_target_is_renewed(void **state)
{
    struct rehearsal *rehearsal = rehearsal_new(7, false);
    const struct baseline *one = baseline_of(rehearsal, "A");
    const struct baseline *two = baseline_of(rehearsal, "A, B");
    struct watch seen = {.at = DOCUMENTS, .least = DOCUMENTS};
    struct rehearsal_outcome outcome;

    (void)state;
    assert_int_equal(run(rehearsal, one, true, false).summary.outcomes[OUTCOME_FAILED], 0);
    sim_observe(rehearsal_sim(rehearsal), watch, &seen);
    outcome = run(rehearsal, two, true, true);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(seen.refused, 0);
    assert_int_equal(seen.at, 2 * DOCUMENTS);
    assert_int_equal(seen.least, DOCUMENTS); /* no document went before another was there */
    outcome = run(rehearsal, two, false, true);
    assert_int_equal(outcome.summary.changes, 0);
    rehearsal_free(rehearsal);
}

static void test_no_room_without_prune(void **state)
{
    struct rehearsal *rehearsal = rehearsal_new(7, false);
    const struct baseline *one = baseline_of(rehearsal, "A");
    const struct baseline *two = baseline_of(rehearsal, "A, B");
    struct watch seen = {.at = DOCUMENTS, .least = DOCUMENTS};
    struct rehearsal_outcome outcome;

    (void)state;
    assert_int_equal(run(rehearsal, one, true, false).summary.outcomes[OUTCOME_FAILED], 0);
    outcome = run(rehearsal, two, false, false);
    assert_int_equal(outcome.summary.changes, 3 * DOCUMENTS); /* made, and attached twice */
    assert_non_null(strstr(outcome.text, "cannot be attached to A: 9 are attached there already"));
    assert_non_null(strstr(outcome.text, "--prune"));
    sim_observe(rehearsal_sim(rehearsal), watch, &seen);
    outcome = run(rehearsal, two, true, false);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 1);
    assert_non_null(strstr(outcome.text, "A has no room for it; a run with --prune makes some"));
    assert_int_equal(seen.refused, 0);
    assert_int_equal(seen.at, 2 * DOCUMENTS + 3); /* all of B, and what A has room for */

    outcome = run(rehearsal, two, true, true);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(seen.at, 2 * DOCUMENTS);
    outcome = run(rehearsal, two, false, false);
    assert_int_equal(outcome.summary.changes, 0);
    rehearsal_free(rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_target_is_renewed),
        cmocka_unit_test(test_no_room_without_prune),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
