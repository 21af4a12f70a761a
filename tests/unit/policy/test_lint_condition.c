/* Lint: keys, types and values of conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lint_table.h"

static void test_each_finding_and_the_nearest_document_without_it(void **state)
{
    bool covered[LINT_CODE_COUNT] = {false};

    (void)state;
    table_run("condition", covered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_finding_and_the_nearest_document_without_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
