/* Minified documents: shorter, and the same to every request. */
#include "plinth/base/arena.h"
#include "plinth/policy/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "random_policy.h"

static struct json *read_json(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (json_parse(text, strlen(text), arena, &json, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return json;
}

struct sample {
    const char *before, *after; /* the list of statements */
    bool drop_sids;
};

#define DENY "\"Effect\":\"Deny\","
#define ALL ",\"Resource\":\"*\""

static void test_statements(void **state)
{
    static const struct sample samples[] = {
        /* lists: of one, twice, covered, in another case */
        {"[{" DENY "\"Action\":[\"a:B\"]" ALL "}]", "[{" DENY "\"Action\":\"a:B\"" ALL "}]", false},
        {"[{\"Resource\":[\"*\",\"arn:a:b:c:d:e\"]," DENY "\"Action\":[\"a:B\",\"a:C\",\"a:B\"]}]",
         "[{" DENY "\"Action\":[\"a:B\",\"a:C\"]" ALL "}]", false},
        {"[{" DENY "\"Action\":[\"a:GetB\",\"a:get*\",\"A:Get?\",\"b:Get\"]" ALL "}]",
         "[{" DENY "\"Action\":[\"a:get*\",\"b:Get\"]" ALL "}]", false},
        {"[{" DENY "\"NotAction\":[\"a:B\",\"*\"]" ALL "}]",
         "[{" DENY "\"NotAction\":\"*\"" ALL "}]", false},
        /* a star does not reach over the colon of an action, nor variables into anything */
        {"[{" DENY "\"Action\":\"*\",\"Resource\":[\"arn:a:s3:::${x}\",\"arn:a:s3:::${*}\"]}]",
         "[{" DENY "\"Action\":\"*\",\"Resource\":[\"arn:a:s3:::${*}\",\"arn:a:s3:::${x}\"]}]",
         false},
        {"[{" DENY "\"Action\":\"*\",\"Resource\":[\"arn:a:s3*\",\"arn:a:s3:::x\"]}]",
         "[{" DENY "\"Action\":\"*\",\"Resource\":[\"arn:a:s3*\",\"arn:a:s3:::x\"]}]", false},
        {"[{" DENY "\"Action\":\"*\",\"Resource\":[\"arn:a:s3:::x/*\",\"arn:a:s3:::x/y\"]}]",
         "[{" DENY "\"Action\":\"*\",\"Resource\":\"arn:a:s3:::x/*\"}]", false},
        /* merged: the same but for the actions, or but for the resources */
        {"[{" DENY "\"Action\":\"a:B\"" ALL "},{" DENY "\"Action\":\"a:C\"" ALL "}]",
         "[{" DENY "\"Action\":[\"a:B\",\"a:C\"]" ALL "}]", false},
        {"[{" DENY "\"Action\":\"a:B\"" ALL "},{" DENY "\"Action\":\"a:*\"" ALL "}]",
         "[{" DENY "\"Action\":\"a:*\"" ALL "}]", false},
        {"[{" DENY "\"Action\":\"a:B\",\"Resource\":\"arn:a:b:c:d:e\"},"
         "{" DENY "\"Action\":\"a:B\",\"Resource\":\"arn:a:b:c:d:f\"}]",
         "[{" DENY "\"Action\":\"a:B\",\"Resource\":[\"arn:a:b:c:d:e\",\"arn:a:b:c:d:f\"]}]",
         false},
        /* not merged */
        {"[{" DENY "\"NotAction\":\"a:B\"" ALL "},{" DENY "\"NotAction\":\"a:C\"" ALL "}]",
         "[{" DENY "\"NotAction\":\"a:B\"" ALL "},{" DENY "\"NotAction\":\"a:C\"" ALL "}]", false},
        {"[{" DENY "\"Action\":\"a:B\"" ALL "},{\"Effect\":\"Allow\",\"Action\":\"a:C\"" ALL "}]",
         "[{" DENY "\"Action\":\"a:B\"" ALL "},{\"Effect\":\"Allow\",\"Action\":\"a:C\"" ALL "}]",
         false},
        {"[{" DENY "\"Action\":\"a:B\"" ALL "},{" DENY "\"Action\":\"a:C\"" ALL
         ",\"Condition\":{\"Bool\":{\"k\":true}}}]",
         "[{" DENY "\"Action\":\"a:B\"" ALL "},{" DENY "\"Action\":\"a:C\"" ALL
         ",\"Condition\":{\"Bool\":{\"k\":true}}}]",
         false},
        /* Sids: kept and apart, or gone and merged */
        {"[{\"Sid\":\"x\"," DENY "\"Action\":\"a:B\"" ALL "},{" DENY "\"Action\":\"a:C\"" ALL "}]",
         "[{\"Sid\":\"x\"," DENY "\"Action\":\"a:B\"" ALL "},{" DENY "\"Action\":\"a:C\"" ALL "}]",
         false},
        {"[{\"Sid\":\"x\"," DENY "\"Action\":\"a:B\"" ALL "},{" DENY "\"Action\":\"a:C\"" ALL "}]",
         "[{" DENY "\"Action\":[\"a:B\",\"a:C\"]" ALL "}]", true},
        /* principals and conditions */
        {"[{" DENY "\"Action\":\"a:B\",\"Principal\":{\"Service\":\"s\",\"AWS\":[\"1\",\"1\"]}}]",
         "[{" DENY "\"Principal\":{\"AWS\":\"1\",\"Service\":\"s\"},\"Action\":\"a:B\"}]", false},
        {"[{" DENY "\"Action\":\"a:B\"" ALL
         ",\"Condition\":{\"StringLike\":{\"k\":[\"b\",\"a\",\"b\"]},\"Bool\":{\"k\":[true]}}}]",
         "[{" DENY "\"Action\":\"a:B\"" ALL
         ",\"Condition\":{\"Bool\":{\"k\":true},\"StringLike\":{\"k\":[\"a\",\"b\"]}}}]",
         false},
        {"{" DENY "\"Action\":\"a:B\",\"Condition\":{}}", "[{" DENY "\"Action\":\"a:B\"}]", false},
    };
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct json *document = json_object(arena);

        json_put(document, "Statement", read_json(samples[i].before, arena));
        assert_string_equal(policy_document_minify(document, samples[i].drop_sids, arena),
                            arena_printf(arena, "{\"Statement\":%s}", samples[i].after));
    }
}

static void test_other_documents_lose_blanks_only(void **state)
{
    struct arena *arena = *state;
    const char *text = "{\"b\":[\"y\",\"x\",\"x\"],\"a\":{\"@@assign\":[\"z\"]}}";

    assert_string_equal(policy_document_minify(read_json(text, arena), true, arena), text);
}

/* What the grammar does not know is nobody's to shorten. */
static void test_odd_documents_stay_as_they_are(void **state)
{
    static const char *const texts[] = {
        "{\"Statement\":[[],1,\"x\"]}",
        "{\"Statement\":[{\"Effect\":\"Deny\",\"Unknown\":[\"a\",\"a\"]}]}",
        "{\"Statement\":[{\"Action\":[[\"a:B\"]]}]}",
        "{\"Statement\":[{\"Action\":[1,2,null]}]}",
        "{\"Statement\":[{\"Condition\":[{}]}]}",
        "{\"Statement\":[]}",
    };
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json *before = read_json(texts[i], arena);
        struct json *after = read_json(policy_document_minify(before, true, arena), arena);

        assert_true(policy_document_equal(before, after));
        assert_int_equal(json_get(before, "Statement")->count, json_get(after, "Statement")->count);
    }
}

static void test_same_to_every_request(void **state)
{
    struct rng *rng = rng_seeded_new(1);

    (void)state;
    for (size_t round = 0; round < 400; round++) {
        struct arena *arena = arena_new("round");
        struct json *before = random_policy(rng, true, arena);
        const char *text = policy_document_minify(before, true, arena);
        struct json *after = read_json(text, arena);

        assert_true(strlen(text) <= strlen(json_text(before, arena)));
        assert_string_equal(policy_document_minify(after, true, arena), text);
        for (size_t i = 0; i < REQUESTS; i++) {
            struct request request = request_by_number(i);

            if (judge(before, &request) != judge(after, &request))
                fail_msg("round %zu: %s on %s: %s became %s", round, request.action,
                         request.resource, json_text(before, arena), text);
        }
        arena_free(arena);
    }
    rng_seeded_free(rng);
}

static void test_order_does_not_matter(void **state)
{
    struct rng *rng = rng_seeded_new(2);

    (void)state;
    for (size_t round = 0; round < 100; round++) {
        struct arena *arena = arena_new("round");
        struct json *forth = random_policy(rng, true, arena), *back = json_object(arena);
        struct json *list = json_put_array(back, "Statement");

        for (size_t i = json_get(forth, "Statement")->count; i > 0; i--)
            json_add(list, json_at(json_get(forth, "Statement"), i - 1));
        json_remove(forth, "Version");
        assert_string_equal(policy_document_minify(forth, false, arena),
                            policy_document_minify(back, false, arena));
        arena_free(arena);
    }
    rng_seeded_free(rng);
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_statements),
        TEST(test_other_documents_lose_blanks_only),
        TEST(test_odd_documents_stay_as_they_are),
        TEST(test_same_to_every_request),
        TEST(test_order_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
