/* What a role lacks, and what is asked for before all names are known. */
#include "service_role.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TRUST "{\"Statement\": []}"
#define POLICY "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}"

static const struct service_role wanted = {.name = "worker",
                                           .description = "Works.",
                                           .trust = TRUST,
                                           .policy_name = "p",
                                           .policy = POLICY};

/* The steps of what differs, each by its last digit. */
static int64_t steps_of(const struct service_role *want, const struct service_role_seen *seen)
{
    struct arena *arena = arena_new("test");
    struct changes changes;
    int64_t steps = 0;

    changes_init(&changes, arena);
    service_role_diff(want, seen, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        assert_string_equal(changes.items[i].resource, "role worker");
        steps = 10 * steps + 1 + changes.items[i].step - SERVICE_ROLE_CREATE;
    }
    arena_free(arena);
    return steps;
}

static void test_what_a_role_lacks(void **state)
{
    const struct service_role unknown = {.name = "worker", .policy_name = "p"};
    const struct service_role_seen none = {0}, bare = {.exists = true, .trust = TRUST},
                                   right = {.exists = true,
                                            .trust = "{ \"Statement\" : [ ] }",
                                            .policy = POLICY},
                                   open = {.exists = true, .trust = POLICY, .policy = POLICY};

    (void)state;
    assert_int_equal(steps_of(&wanted, &none), 13);
    assert_int_equal(steps_of(&wanted, &bare), 3);
    assert_int_equal(steps_of(&wanted, &right), 0);
    assert_int_equal(steps_of(&wanted, &open), 2);
    assert_int_equal(steps_of(&unknown, &none), 13);
}

static void test_nothing_is_written_before_its_names_are_known(void **state)
{
    struct arena *arena = arena_new("test");
    struct control_ctx ctx = {.arena = arena};
    const struct service_role unknown = {.name = "worker", .trust = TRUST, .policy_name = "p"};
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(service_role_apply(&ctx, &unknown, SERVICE_ROLE_CREATE, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    arena_free(arena);
}

static void test_a_document_allows_one_action(void **state)
{
    struct arena *arena = arena_new("test");
    struct control_ctx ctx = {.arena = arena};
    struct json *statement;
    struct json *document = service_role_document(&ctx, "logs:PutLogEvents", &statement);

    (void)state;
    json_put_str(statement, "Resource", "x");
    assert_string_equal(json_text(document, arena),
                        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                        "\"Action\":\"logs:PutLogEvents\",\"Resource\":\"x\"}]}");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_role_lacks),
        cmocka_unit_test(test_nothing_is_written_before_its_names_are_known),
        cmocka_unit_test(test_a_document_allows_one_action),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
