/* What a family of event rules lacks, and what is in it that is not wanted. */
#include "event_rules.h"

#include "alarms_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct arena *arena;
    struct baseline baseline;
    struct control_ctx ctx;
    struct changes changes;
};

static const struct event_rules family = {.bus = "central", .name = "r", .family = true};

static void scene_open(struct scene *scene, bool prune)
{
    *scene = (struct scene){.arena = arena_new("test"), .baseline = {.name = "acme"}};
    scene->ctx =
        (struct control_ctx){.baseline = &scene->baseline, .arena = scene->arena, .prune = prune};
    changes_init(&scene->changes, scene->arena);
}

static struct json *target_of(struct scene *scene, const char *id, const char *arn)
{
    struct json *target = json_object(scene->arena);

    json_put_str(target, "Id", id);
    json_put_str(target, "Arn", arn);
    return target;
}

static struct event_rule rule_of(struct scene *scene, const char *name)
{
    return (struct event_rule){.name = name,
                               .description = event_rules_description(&scene->ctx, "test"),
                               .pattern = "{\"source\":[\"a\"]}",
                               .state = "ENABLED",
                               .target = target_of(scene, ALARMS_NAME, "arn:aws:sns:::t")};
}

/* As it would be read back. */
static struct event_rule_seen seen_of(struct scene *scene, const struct event_rule *rule)
{
    struct json *targets = json_array(scene->arena);

    json_add(targets, rule->target);
    return (struct event_rule_seen){.name = rule->name,
                                    .pattern = rule->pattern,
                                    .state = rule->state,
                                    .description = rule->description,
                                    .targets = targets};
}

static void test_what_is_as_wanted_is_left(void **state)
{
    struct scene scene;
    struct event_rule want;
    struct event_rule_seen live;

    (void)state;
    scene_open(&scene, true);
    want = rule_of(&scene, "r-1");
    live = seen_of(&scene, &want);
    live.pattern = "{ \"source\" : [ \"a\" ] }";
    event_rules_diff(&scene.ctx, &family, &want, 1, &(struct event_rules_seen){&live, 1},
                     &scene.changes);
    assert_int_equal(scene.changes.count, 0);
    assert_int_equal(scene.changes.note_count, 0);
    assert_string_equal(want.description, "plinth:baseline=acme: test");
    arena_free(scene.arena);
}

static void test_what_differs_is_one_write_each(void **state)
{
    struct scene scene;
    struct event_rule want[2];
    struct event_rule_seen live;

    (void)state;
    scene_open(&scene, false);
    want[0] = rule_of(&scene, "r-1");
    want[1] = rule_of(&scene, "r-2");
    live = seen_of(&scene, &want[0]);
    live.state = "DISABLED";
    live.targets = json_array(scene.arena);
    json_add((struct json *)live.targets, target_of(&scene, "other", "arn:aws:sqs:::theirs"));
    event_rules_diff(&scene.ctx, &family, want, 2, &(struct event_rules_seen){&live, 1},
                     &scene.changes);
    assert_int_equal(scene.changes.count, 4);
    assert_int_equal(scene.changes.items[0].kind, CHANGE_UPDATE);
    assert_string_equal(scene.changes.items[0].fields[0].from, "DISABLED");
    assert_string_equal(scene.changes.items[1].resource, "target of event rule r-1");
    assert_int_equal(scene.changes.items[2].kind, CHANGE_CREATE);
    assert_int_equal(scene.changes.items[3].step, EVENT_RULE_TARGET);
    assert_int_equal(scene.changes.note_count, 1);
    assert_non_null(strstr(scene.changes.notes[0], "arn:aws:sqs:::theirs"));
    arena_free(scene.arena);
}

static void test_surplus_goes_with_prune_alone(void **state)
{
    (void)state;
    for (int prune = 0; prune < 2; prune++) {
        struct scene scene;
        struct event_rule old;
        struct event_rule_seen live;

        scene_open(&scene, prune == 1);
        old = rule_of(&scene, "r-9");
        live = seen_of(&scene, &old);
        event_rules_diff(&scene.ctx, &family, NULL, 0, &(struct event_rules_seen){&live, 1},
                         &scene.changes);
        assert_int_equal(scene.changes.note_count, prune == 1 ? 0 : 1);
        assert_int_equal(scene.changes.count, prune == 1 ? 2 : 0);
        if (prune == 1) {
            assert_int_equal(scene.changes.items[0].step, EVENT_RULE_REMOVE_TARGETS);
            assert_int_equal(scene.changes.items[1].step, EVENT_RULE_DELETE);
            assert_true(scene.changes.items[1].takes_away);
        }
        arena_free(scene.arena);
    }
}

static void test_nothing_is_written_before_its_target_is_known(void **state)
{
    struct scene scene;
    struct event_rule want;
    struct err err = ERR_INIT;

    (void)state;
    scene_open(&scene, false);
    want = rule_of(&scene, "r-1");
    want.target = NULL;
    event_rules_diff(&scene.ctx, &family, &want, 1, &(struct event_rules_seen){0}, &scene.changes);
    assert_int_equal(scene.changes.count, 2);
    assert_int_equal(event_rules_apply(&scene.ctx, &family, &scene.changes.items[0], &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    arena_free(scene.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_as_wanted_is_left),
        cmocka_unit_test(test_what_differs_is_one_write_each),
        cmocka_unit_test(test_surplus_goes_with_prune_alone),
        cmocka_unit_test(test_nothing_is_written_before_its_target_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
