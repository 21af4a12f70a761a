#include "storage_world.h"

static const char *contents(struct sim_client *client, const char *query)
{
    const struct json *list =
        s3(client, "GET", arena_printf(client->arena, "/mine?list-type=2%s", query), NULL);
    const char *text = "";

    EXPECT(client, "");
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        const char *shown = json_str(it, str_eq(it->key, "Contents") ? "Key" : "Prefix");

        if (str_eq(it->key, "Contents") || str_eq(it->key, "CommonPrefixes"))
            text = arena_printf(client->arena, "%s%s|", text, shown);
        else if (str_eq(it->key, "NextContinuationToken"))
            text = arena_printf(client->arena, "%s>%s", text, it->string);
    }
    return text;
}

static void make(struct sim_client *client)
{
    static const char *const keys[] = {"b", "a/2", "c/1", "a/1", "gone"};

    (void)s3(client, "PUT", "/mine", NULL);
    put(client, "/mine?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        put(client, arena_printf(client->arena, "/mine/%s", keys[i]), "x");
    (void)s3(client, "DELETE", "/mine/gone", NULL);
}

static void test_keys_are_sorted_and_the_deleted_are_hidden(void **state)
{
    struct sim_client *client = *state;

    make(client);
    assert_string_equal(contents(client, ""), "a/1|a/2|b|c/1|");
    assert_string_equal(contents(client, "&prefix=a%2F"), "a/1|a/2|");
    assert_string_equal(contents(client, "&start-after=a%2F2"), "b|c/1|");
    assert_string_equal(contents(client, "&encoding-type=url&prefix=c"), "c/1|");
}

static void test_pages_and_folders(void **state)
{
    struct sim_client *client = *state;

    make(client);
    assert_string_equal(contents(client, "&max-keys=3"), "a/1|a/2|b|>b");
    assert_string_equal(contents(client, "&max-keys=3&continuation-token=b"), "c/1|");
    assert_string_equal(contents(client, "&delimiter=%2F"), "b|a/|c/|");
    assert_string_equal(contents(client, "&delimiter=%2F&max-keys=1"), "a/|>a/");
    assert_string_equal(contents(client, "&delimiter=%2F&max-keys=1&continuation-token=a%2F"),
                        "b|>b");
    (void)s3(client, "GET", "/mine?list-type=2&max-keys=x", NULL);
    EXPECT(client, "InvalidArgument");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_keys_are_sorted_and_the_deleted_are_hidden),
        WORLD_TEST(test_pages_and_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
