/* Packing: few documents, nothing lost, the same in any order. */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/policy/document.h"
#include "plinth/policy/organization.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "random_policy.h"

struct fixture {
    struct arena *arena;
    struct policy_part parts[64];
    size_t count;
    struct policy_packed *packed;
    size_t packed_count;
    struct err err;
};

static void add(struct fixture *fixture, const char *name, struct json *document, bool keep_whole)
{
    fixture->parts[fixture->count++] =
        (struct policy_part){.name = name, .document = document, .keep_whole = keep_whole};
}

static int pack(struct fixture *fixture, const struct policy_type *type)
{
    err_clear(&fixture->err);
    return policy_pack(type, fixture->parts, fixture->count, fixture->arena, &fixture->packed,
                       &fixture->packed_count, &fixture->err);
}

static const struct policy_type *scp(void)
{
    return policy_type_find("service_control_policy");
}

/* `count` statements of about `bytes` each, which nothing merges. */
static struct json *document_of(struct arena *arena, const char *effect, const char *word,
                                size_t count, size_t bytes)
{
    struct json *document = json_object(arena), *list;
    char *filler = arena_alloc(arena, bytes + 1);

    memset(filler, 'x', bytes - 90);
    json_put_str(document, "Version", "2012-10-17");
    list = json_put_array(document, "Statement");
    for (size_t i = 0; i < count; i++) {
        struct json *statement = json_add_object(list);

        json_put_str(statement, "Effect", effect);
        json_put_str(statement, "Action", arena_printf(arena, "s3:%s%zu", word, i));
        json_put_str(statement, "Resource",
                     arena_printf(arena, "arn:aws:s3:::%s%zu%s", word, i, filler));
    }
    return document;
}

static bool holds(const struct policy_packed *packed, size_t part)
{
    for (size_t i = 0; i < packed->part_count; i++)
        if (packed->parts[i] == part)
            return true;
    return false;
}

static void test_small_ones_share_a_document(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "b", document_of(fixture->arena, "Deny", "b", 2, 200), false);
    add(fixture, "a", document_of(fixture->arena, "Deny", "a", 1, 200), false);
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 1);
    assert_int_equal(fixture->packed[0].part_count, 2);
    assert_int_equal(fixture->packed[0].parts[0], 1); /* in the order of names */
    assert_int_equal(fixture->packed[0].parts[1], 0);
    assert_int_equal(json_get(fixture->packed[0].document, "Statement")->count, 3);
    assert_string_equal(json_text(fixture->packed[0].document, fixture->arena),
                        fixture->packed[0].content);
}

static void test_nothing_packs_into_nothing(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 0);
}

/* 6,000 + 6,000 + 6,000 characters in two documents of 10,240: only divided. */
static void test_documents_are_divided_where_that_saves_one(void **state)
{
    struct fixture *fixture = *state;
    size_t in_documents = 0;

    for (size_t i = 0; i < 3; i++)
        add(fixture,
            i == 0   ? "a"
            : i == 1 ? "b"
                     : "c",
            document_of(fixture->arena, "Deny",
                        i == 0   ? "a"
                        : i == 1 ? "b"
                                 : "c",
                        6, 1000),
            false);
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 2);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++)
            in_documents += holds(&fixture->packed[k], i);
    assert_int_equal(in_documents, 4);
}

static void test_whole_documents_stay_whole(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 3; i++)
        add(fixture,
            i == 0   ? "a"
            : i == 1 ? "b"
                     : "c",
            document_of(fixture->arena, i == 2 ? "Allow" : "Deny",
                        i == 0   ? "a"
                        : i == 1 ? "b"
                                 : "c",
                        6, 1000),
            i < 2);
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fixture->packed[i].part_count, 1);
}

static void test_one_too_large_for_a_document_is_divided(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "large", document_of(fixture->arena, "Deny", "x", 15, 1000), false);
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 2);
}

static void test_what_does_not_fit_is_named_with_its_size(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "allow-list", document_of(fixture->arena, "Allow", "x", 15, 1000), false);
    assert_int_equal(pack(fixture, scp()), -1);
    assert_int_equal(fixture->err.code, ERR_CONFIG);
    assert_non_null(strstr(fixture->err.text, "allow-list: 1"));
    assert_non_null(strstr(fixture->err.text, "10240"));
}

static void test_more_than_a_target_takes(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, "many", document_of(fixture->arena, "Deny", "x", 9, 9000), false);
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 9);
    add(fixture, "more", document_of(fixture->arena, "Deny", "y", 1, 9000), false);
    assert_int_equal(pack(fixture, scp()), -1);
    assert_int_equal(fixture->err.code, ERR_CONFIG);
    assert_non_null(strstr(fixture->err.text, "10 documents of type SCP"));
}

/* Packing them all would take minutes. */
static void test_far_more_is_refused_early(void **state)
{
    enum { PARTS = 400 };
    struct fixture *fixture = *state;
    struct policy_part *parts = arena_array(fixture->arena, PARTS, sizeof *parts);

    for (size_t i = 0; i < PARTS; i++) {
        const char *name = arena_printf(fixture->arena, "p%zu-", i);

        parts[i] = (struct policy_part){
            .name = name, .document = document_of(fixture->arena, "Deny", name, 10, 2000)};
    }
    err_clear(&fixture->err);
    assert_int_equal(policy_pack(scp(), parts, PARTS, fixture->arena, &fixture->packed,
                                 &fixture->packed_count, &fixture->err),
                     -1);
    assert_int_equal(fixture->err.code, ERR_CONFIG);
    assert_non_null(strstr(fixture->err.text, "more than 12 documents of type SCP"));
}

static void test_wrong_documents_are_named(void **state)
{
    struct fixture *fixture = *state;
    struct json *document = document_of(fixture->arena, "Deny", "x", 1, 200);

    json_remove(document, "Version");
    add(fixture, "old", document, false);
    assert_int_equal(pack(fixture, scp()), -1);
    assert_non_null(strstr(fixture->err.text, "policy old: Version"));
}

/* With all Sids 10,500 characters, without them 9,800. */
static void test_sids_go_only_where_they_cost_a_document(void **state)
{
    struct fixture *fixture = *state;
    struct json *document = document_of(fixture->arena, "Deny", "x", 10, 980);

    json_put_str(document->last->first, "Sid", "Kept");
    add(fixture, "a", document, false);
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 1);
    assert_non_null(strstr(fixture->packed[0].content, "\"Sid\":\"Kept\""));
    for (struct json *it = document->last->first->next; it != NULL; it = it->next)
        json_put_str(
            it, "Sid",
            arena_printf(fixture->arena, "%s%s", json_str(it, "Action") + 3,
                         "ALongNameThatTellsWhatTheStatementIsForAndWhyItHasToBeThereAfterAll"));
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 1);
    assert_null(strstr(fixture->packed[0].content, "Sid"));
}

static void test_sids_stay_unique(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 2; i++) {
        struct json *document = document_of(fixture->arena, "Deny", i == 0 ? "a" : "b", 1, 200);

        json_put_str(document->last->first, "Sid", "Same");
        add(fixture, i == 0 ? "a" : "b", document, false);
    }
    assert_int_equal(pack(fixture, scp()), 0);
    assert_int_equal(fixture->packed_count, 1);
    assert_int_equal(policy_type_check(scp(), fixture->packed[0].document, &fixture->err), 0);
    assert_non_null(strstr(fixture->packed[0].content, "Same"));
}

static void test_management_policies_stay_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    struct json *document = json_object(fixture->arena);

    json_put_str(json_put_object(document, "tags"), "z", "y");
    add(fixture, "b", document, false);
    document = json_object(fixture->arena);
    json_put_str(json_put_object(document, "tags"), "a", "b");
    add(fixture, "a", document, false);
    assert_int_equal(pack(fixture, policy_type_find("tag_policy")), 0);
    assert_int_equal(fixture->packed_count, 2);
    assert_string_equal(fixture->packed[0].content, "{\"tags\":{\"a\":\"b\"}}");
    assert_int_equal(fixture->packed[0].parts[0], 1);
    json_put_str(
        document, "large",
        json_str(document_of(fixture->arena, "Deny", "x", 1, 11000)->last->first, "Resource"));
    assert_int_equal(pack(fixture, policy_type_find("tag_policy")), -1);
    assert_non_null(strstr(fixture->err.text, "policy a: 1"));
}

/* What the documents of a level say together: each SCP can deny, one must allow. */
static enum verdict judge_all(const struct request *request, const struct json *const *documents,
                              size_t count)
{
    enum verdict together = SILENT;

    for (size_t i = 0; i < count; i++) {
        enum verdict verdict = judge(documents[i], request);

        if (verdict > together)
            together = verdict;
    }
    return together;
}

static void compare_verdicts(const struct fixture *fixture)
{
    const struct json *before[64], *after[64];

    for (size_t i = 0; i < fixture->count; i++)
        before[i] = fixture->parts[i].document;
    for (size_t i = 0; i < fixture->packed_count; i++)
        after[i] = fixture->packed[i].document;
    for (size_t i = 0; i < REQUESTS; i++) {
        struct request request = request_by_number(i);

        assert_int_equal(judge_all(&request, before, fixture->count),
                         judge_all(&request, after, fixture->packed_count));
    }
}

static void shuffle(struct fixture *fixture, struct rng *rng)
{
    for (size_t i = fixture->count; i > 1; i--) {
        size_t other = rng_below(rng, i);
        struct policy_part part = fixture->parts[i - 1];

        fixture->parts[i - 1] = fixture->parts[other];
        fixture->parts[other] = part;
    }
}

/* Under a small quota, so that there are several documents. */
static void test_same_to_every_request_in_any_order(void **state)
{
    struct policy_type small = *scp();
    struct rng *rng = rng_seeded_new(3);

    (void)state;
    small.characters_max = 900;
    small.per_target_max = 64;
    for (size_t round = 0; round < 60; round++) {
        struct fixture fixture = {.arena = arena_new("round")};
        struct policy_packed *first;
        size_t first_count;

        for (size_t i = 0; i < 6; i++)
            add(&fixture, arena_printf(fixture.arena, "part%zu", i),
                random_policy(rng, i == 0, fixture.arena), rng_below(rng, 4) == 0);
        if (pack(&fixture, &small) != 0)
            fail_msg("round %zu: %s", round, fixture.err.text);
        compare_verdicts(&fixture);
        first = fixture.packed;
        first_count = fixture.packed_count;
        shuffle(&fixture, rng);
        assert_int_equal(pack(&fixture, &small), 0);
        assert_int_equal(fixture.packed_count, first_count);
        for (size_t i = 0; i < first_count; i++) {
            assert_string_equal(fixture.packed[i].content, first[i].content);
            assert_true(strlen(first[i].content) <= small.characters_max);
        }
        arena_free(fixture.arena);
    }
    rng_seeded_free(rng);
}

static int set_up(void **state)
{
    struct arena *arena = arena_new("test");
    struct fixture *fixture = arena_alloc(arena, sizeof *fixture);

    fixture->arena = arena;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    arena_free(((struct fixture *)*state)->arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_small_ones_share_a_document),
        TEST(test_nothing_packs_into_nothing),
        TEST(test_documents_are_divided_where_that_saves_one),
        TEST(test_whole_documents_stay_whole),
        TEST(test_one_too_large_for_a_document_is_divided),
        TEST(test_what_does_not_fit_is_named_with_its_size),
        TEST(test_more_than_a_target_takes),
        TEST(test_far_more_is_refused_early),
        TEST(test_wrong_documents_are_named),
        TEST(test_sids_go_only_where_they_cost_a_document),
        TEST(test_sids_stay_unique),
        TEST(test_management_policies_stay_as_they_are),
        TEST(test_same_to_every_request_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
