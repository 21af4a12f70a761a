#include "plinth/base/buf.h"
#include "yaml.h"

#include <stdio.h>

enum { TEXT_BYTES_MOST = 4 * 1024 * 1024 };

/* One policy of about `bytes` characters: a Deny on that many characters of resources, which are
 * its own, so that nothing merges. */
static void add_policy(struct buf *out, const char *name, const char *attach, size_t bytes)
{
    buf_printf(out,
               "  - name: %s\n"
               "    type: service_control_policy\n"
               "    attach: [%s]\n"
               "    keep_whole: true\n"
               "    document: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: "
               "\"s3:%s\", Resource: [",
               name, attach, name);
    for (size_t i = 0, used = 0; used < bytes; i++, used += 31)
        buf_printf(out, "%s\"arn:aws:s3:::%s-%08zu\"", i == 0 ? "" : ", ", name, i);
    buf_str(out, "]}]}\n");
}

static const struct baseline_policy *find(const struct baseline *baseline, const char *name)
{
    for (size_t i = 0; i < baseline->policy_count; i++)
        if (strcmp(baseline->policies[i].name, name) == 0)
            return &baseline->policies[i];
    fail_msg("no policy %s", name);
    return NULL;
}

static void test_the_same_targets_share_a_document(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    buf_str(&text, "organizational_units: {A: , B: }\npolicies:\n");
    add_policy(&text, "one", "A, B", 100);
    add_policy(&text, "two", "root", 100);
    add_policy(&text, "three", "B, A", 100);
    buf_str(&text, "  - {name: tags, type: tag_policy, document: {tags: {}}, attach: [root]}\n"
                   "  - {name: more, type: tag_policy, document: {tags: {}}, attach: [root]}\n");
    baseline = load(world, buf_text(&text));
    buf_fini(&text);
    assert_int_equal(baseline->policy_count, 4);
    assert_string_equal(find(baseline, "plinth-A+B-1")->description,
                        "Made by plinth from: one, three");
    assert_string_equal(find(baseline, "plinth-root-1")->description, "Made by plinth from: two");
    assert_string_equal(find(baseline, "plinth-tags")->description, "Made by plinth from: tags");
    assert_non_null(find(baseline, "plinth-more"));
    assert_int_equal(baseline->policy_types.count, 2);
}

static void test_more_policies_keep_the_names(void **state)
{
    struct world *world = *state;

    for (int count = 1; count <= 5; count++) {
        const struct baseline *baseline;
        struct buf text;

        buf_init(&text, TEXT_BYTES_MOST);
        buf_str(&text, "policies:\n");
        for (int i = 0; i < count; i++)
            add_policy(&text, arena_printf(world->arena, "p%d", i), "root", 6000);
        baseline = load(world, buf_text(&text));
        buf_fini(&text);
        assert_int_equal(baseline->policy_count, count); /* two do not fit in one */
        for (int i = 0; i < count; i++)
            assert_non_null(find(baseline, arena_printf(world->arena, "plinth-root-%d", i + 1)));
    }
}

static void test_over_quota_names_the_sizes(void **state)
{
    struct world *world = *state;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    buf_str(&text, "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
                   "organizational_units: {A: }\npolicies:\n");
    for (int i = 0; i < 6; i++)
        add_policy(&text, arena_printf(world->arena, "p%d", i), "A", 6000);
    for (int i = 6; i < 12; i++)
        add_policy(&text, arena_printf(world->arena, "p%d", i), "root, A", 6000);
    world_load_text(world, buf_text(&text), NULL);
    buf_fini(&text);
    assert_int_equal(world->result, -1);
    assert_int_equal(world->diags.count, 1); /* six on the root fit */
    assert_int_equal(world->diags.items[0].mark.line, 6);
    assert_non_null(strstr(world->diags.items[0].text, "A needs 12 documents of type SCP (5"));
    assert_non_null(strstr(world->diags.items[0].text,
                           "AWS takes 9 besides its own of at most 10240 characters"));
}

static void test_an_organization_has_a_quota_too(void **state)
{
    enum { POLICIES = 1001, PER_OU = 10 };
    struct world *world = *state;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    buf_str(&text, "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
                   "organizational_units:\n");
    for (int i = 0; i <= POLICIES / PER_OU; i++)
        buf_printf(&text, "  U%d:\n", i);
    buf_str(&text, "policies:\n");
    for (int i = 0; i < POLICIES; i++)
        buf_printf(&text, "  - {name: p%d, type: tag_policy, document: {a: b}, attach: [U%d]}\n", i,
                   i / PER_OU);
    world_load_text(world, buf_text(&text), NULL);
    buf_fini(&text);
    assert_int_equal(world->diags.count, 1);
    assert_string_equal(world->diags.items[0].text,
                        "1001 documents of type tag policy, and AWS takes 1000 in an organization");
}

static void test_one_that_never_fits(void **state)
{
    struct world *world = *state;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    buf_str(&text, "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\npolicies:\n");
    add_policy(&text, "big", "root", 12000);
    world_load_text(world, buf_text(&text), NULL);
    buf_fini(&text);
    assert_int_equal(world->result, -1);
    assert_int_equal(world->diags.count, 1);
    assert_int_equal(world->diags.items[0].mark.line, 5);
    assert_non_null(strstr(world->diags.items[0].text, "big"));
}

static void test_long_names_and_descriptions_are_cut(void **state)
{
    enum { OUS = 20, POLICIES = 30 };
    struct world *world = *state;
    const char *attach = "";
    const struct baseline *baseline;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    buf_str(&text, "organizational_units:\n");
    for (int i = 0; i < OUS; i++) {
        buf_printf(&text, "  LongishName%d:\n", i);
        attach = arena_printf(world->arena, "%s%sLongishName%d", attach, i == 0 ? "" : ", ", i);
    }
    buf_str(&text, "policies:\n");
    for (int i = 0; i < POLICIES; i++)
        add_policy(&text, arena_printf(world->arena, "policy-with-a-long-name-%d", i), attach, 10);
    add_policy(&text, "other", arena_printf(world->arena, "root, %s", attach), 10);
    baseline = load(world, buf_text(&text));
    buf_fini(&text);
    assert_int_equal(baseline->policy_count, 2);
    assert_string_not_equal(baseline->policies[0].name, baseline->policies[1].name);
    for (size_t i = 0; i < 2; i++) {
        assert_true(strlen(baseline->policies[i].name) <= 128);
        assert_true(strlen(baseline->policies[i].description) <= 512);
        assert_memory_equal(baseline->policies[i].name, "plinth-LongishName0+", 20);
    }
    assert_non_null(strstr(baseline->policies[0].description, ", ..."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_the_same_targets_share_a_document),
        WORLD_TEST(test_more_policies_keep_the_names),
        WORLD_TEST(test_over_quota_names_the_sizes),
        WORLD_TEST(test_one_that_never_fits),
        WORLD_TEST(test_long_names_and_descriptions_are_cut),
        WORLD_TEST(test_an_organization_has_a_quota_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
