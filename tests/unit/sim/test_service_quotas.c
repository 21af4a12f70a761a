#include "world.h"

static const struct json *ask(struct sim_client *client, const char *operation, const char *body)
{
    char *copy = arena_str(client->arena, body);

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return sim_client_json(client, "servicequotas",
                           arena_printf(client->arena, "ServiceQuotasV20190624.%s", operation),
                           copy);
}

static const char vpcs[] = "{'ServiceCode':'vpc','QuotaCode':'L-F678F1CE'}";
static const char more_vpcs[] = "{'ServiceCode':'vpc','QuotaCode':'L-F678F1CE','DesiredValue':20}";

static double value(struct sim_client *client)
{
    return json_number(json_get(ask(client, "GetServiceQuota", vpcs), "Quota"), "Value", -1);
}

static void test_quotas_are_told(void **state)
{
    struct sim_client *client = *state;
    const struct json *list;

    assert_int_equal(value(client), 5);
    list = json_get(ask(client, "ListServiceQuotas", "{'ServiceCode':'iam'}"), "Quotas");
    assert_int_equal(list->count, 4);
    assert_true(json_bool(json_at(list, 0), "GlobalQuota", false));
    (void)ask(client, "ListServiceQuotas", "{'ServiceCode':'none'}");
    EXPECT(client, "NoSuchResourceException");
    (void)ask(client, "GetServiceQuota", "{'ServiceCode':'vpc','QuotaCode':'L-0'}");
    EXPECT(client, "NoSuchResourceException");
    (void)ask(client, "GetServiceQuota", "{'ServiceCode':'vpc'}");
    EXPECT(client, "IllegalArgumentException");
}

static void test_an_increase_takes_its_time(void **state)
{
    struct sim_client *client = *state;
    const struct json *request =
        json_get(ask(client, "RequestServiceQuotaIncrease", more_vpcs), "RequestedQuota");
    const char *look = arena_printf(client->arena, "{'RequestId':'%s'}", json_str(request, "Id"));

    assert_string_equal(json_str(request, "Status"), "PENDING");
    (void)ask(client, "RequestServiceQuotaIncrease", more_vpcs);
    EXPECT(client, "ResourceAlreadyExistsException");
    assert_int_equal(value(client), 5);
    sim_client_wait(client, 24 * 60 * 60);
    assert_int_equal(value(client), 20);
    request = json_get(ask(client, "GetRequestedServiceQuotaChange", look), "RequestedQuota");
    assert_string_equal(json_str(request, "Status"), "APPROVED");
    (void)ask(client, "RequestServiceQuotaIncrease", more_vpcs);
    EXPECT(client, "IllegalArgumentException"); /* not more than there is */
}

static void test_regions_are_apart(void **state)
{
    struct sim_client *client = *state;

    (void)ask(client, "RequestServiceQuotaIncrease", more_vpcs);
    assert_int_equal(value(client), 20);
    client->region = "eu-west-1";
    assert_int_equal(value(client), 5);
}

static void test_what_cannot_be_asked(void **state)
{
    struct sim_client *client = *state;

    (void)ask(client, "RequestServiceQuotaIncrease",
              "{'ServiceCode':'guardduty','QuotaCode':'L-44A0A03B','DesiredValue':2}");
    EXPECT(client, "IllegalArgumentException");
    (void)ask(client, "GetRequestedServiceQuotaChange", "{'RequestId':'x'}");
    EXPECT(client, "NoSuchResourceException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_quotas_are_told),
        SLOW_TEST(test_an_increase_takes_its_time),
        WORLD_TEST(test_regions_are_apart),
        WORLD_TEST(test_what_cannot_be_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
