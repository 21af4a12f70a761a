/* What switches a protection off takes something away; what switches it on does not. */
#include "../../support/rehearsal.h"

#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct baseline *baseline_of(struct rehearsal *rehearsal, const char *name)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tests/unit/control/data/%s.yaml", PLINTH_SOURCEDIR, name);
    return rehearsal_baseline(rehearsal, path);
}

static size_t count(const char *text, const char *what)
{
    size_t found = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        found++;
    return found;
}

static struct rehearsal_outcome run(struct rehearsal *rehearsal, const char *name, bool apply)
{
    struct rehearsal_options options = {.apply = apply};
    struct rehearsal_outcome outcome =
        rehearsal_run(rehearsal, baseline_of(rehearsal, name), &options);

    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.summary.outcomes[OUTCOME_FAILED], 0);
    return outcome;
}

static void test_off_is_less_than_on(void **state)
{
    static const char *const controls[] = {
        "root_access:",      "ebs_encryption:", "ebs_snapshot_public_access:",
        "serial_console:",   "imds_defaults:",  "image_public_access:",
        "password_policy:",  "allowed_images:", "s3_public_access_block:",
        "SCP plinth-root-1",
    };
    struct rehearsal *rehearsal = rehearsal_new(7, false);
    struct rehearsal_outcome outcome;

    (void)state;
    (void)run(rehearsal, "protected", true);
    outcome = run(rehearsal, "unprotected", false);
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
        if (strstr(outcome.text, controls[i]) == NULL)
            fail_msg("no change of %s", controls[i]);
    assert_int_equal(count(outcome.text, "(takes something away)"), outcome.summary.changes);
    (void)run(rehearsal, "unprotected", true);
    outcome = run(rehearsal, "protected", false);
    assert_true(outcome.summary.changes > 0);
    assert_int_equal(count(outcome.text, "(takes something away)"), 0);
    rehearsal_free(rehearsal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off_is_less_than_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
