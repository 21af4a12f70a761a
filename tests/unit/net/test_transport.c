#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/net/transport.h"

struct counted {
    struct transport transport;
    int freed;
};

static void count_free(struct transport *transport)
{
    ((struct counted *)transport)->freed++;
}

static void test_free_is_the_makers(void **state)
{
    struct counted counted = {.transport.free = count_free};

    (void)state;
    transport_free(NULL);
    transport_free(&counted.transport);
    assert_int_equal(counted.freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_free_is_the_makers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
