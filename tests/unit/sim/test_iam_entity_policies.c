#include "world.h"

static const char audit[] = "arn:aws:iam::aws:policy/SecurityAudit";

/* Roles and users take the same steps. */
static const char *const kinds[] = {"Role", "User"};

static void make(struct sim_client *client, const char *kind)
{
    (void)iam(client, "Action=Create%s&%sName=x&AssumeRolePolicyDocument=%s", kind, kind,
              world_policy(client, ANYBODY));
    EXPECT(client, "");
}

static void test_policies_are_attached(void **state)
{
    struct sim_client *client = *state;

    for (size_t i = 0; i < 2; i++) {
        const char *kind = kinds[i];
        const struct json *list;

        make(client, kind);
        for (int twice = 0; twice < 2; twice++) {
            (void)iam(client, "Action=Attach%sPolicy&%sName=x&PolicyArn=%s", kind, kind, audit);
            EXPECT(client, "");
        }
        list = json_get(iam(client, "Action=ListAttached%sPolicies&%sName=x", kind, kind),
                        "AttachedPolicies");
        assert_int_equal(list->count, 1);
        assert_string_equal(json_str(json_at(list, 0), "PolicyArn"), audit);
        assert_string_equal(json_str(json_at(list, 0), "PolicyName"), "SecurityAudit");
        (void)iam(client, "Action=Attach%sPolicy&%sName=x&PolicyArn=%sX", kind, kind, audit);
        EXPECT(client, "NoSuchEntity");
        (void)iam(client, "Action=Detach%sPolicy&%sName=x&PolicyArn=%s", kind, kind, audit);
        EXPECT(client, "");
        (void)iam(client, "Action=Detach%sPolicy&%sName=x&PolicyArn=%s", kind, kind, audit);
        EXPECT(client, "NoSuchEntity");
        (void)iam(client, "Action=Attach%sPolicy&%sName=y&PolicyArn=%s", kind, kind, audit);
        EXPECT(client, "NoSuchEntity");
    }
}

static void test_inline_policies(void **state)
{
    struct sim_client *client = *state;

    for (size_t i = 0; i < 2; i++) {
        const char *kind = kinds[i];
        const struct json *answer;

        make(client, kind);
        (void)iam(client, "Action=Put%sPolicy&%sName=X&PolicyName=p&PolicyDocument=%s", kind, kind,
                  world_policy(client, EVERYTHING));
        EXPECT(client, "");
        answer = iam(client, "Action=Get%sPolicy&%sName=x&PolicyName=p", kind, kind);
        assert_string_equal(json_str(answer, "PolicyDocument"), world_policy(client, EVERYTHING));
        answer = json_get(iam(client, "Action=List%sPolicies&%sName=x", kind, kind), "PolicyNames");
        assert_string_equal(json_at(answer, 0)->string, "p");
        (void)iam(client, "Action=Put%sPolicy&%sName=x&PolicyName=q&PolicyDocument=%%7B%%7D", kind,
                  kind);
        EXPECT(client, "MalformedPolicyDocument");
        (void)iam(client, "Action=Delete%sPolicy&%sName=x&PolicyName=p", kind, kind);
        EXPECT(client, "");
        (void)iam(client, "Action=Delete%sPolicy&%sName=x&PolicyName=p", kind, kind);
        EXPECT(client, "NoSuchEntity");
        (void)iam(client, "Action=Get%sPolicy&%sName=x&PolicyName=p", kind, kind);
        EXPECT(client, "NoSuchEntity");
    }
}

static void test_ten_policies_at_most(void **state)
{
    struct sim_client *client = *state;

    make(client, "Role");
    for (int i = 0; i < 11; i++) {
        const struct json *policy =
            json_get(iam(client, "Action=CreatePolicy&PolicyName=p%d&PolicyDocument=%s", i,
                         world_policy(client, EVERYTHING)),
                     "Policy");

        (void)iam(client, "Action=AttachRolePolicy&RoleName=x&PolicyArn=%s",
                  json_str(policy, "Arn"));
        EXPECT(client, i < 10 ? "" : "LimitExceeded");
    }
}

static void put_large(struct sim_client *client, const char *name, size_t size)
{
    char *filler = arena_alloc(client->arena, size + 1);

    memset(filler, 'x', size);
    (void)iam(client, "Action=PutUserPolicy&UserName=x&PolicyName=%s&PolicyDocument=%s", name,
              world_policy(client, arena_printf(client->arena,
                                                "{'Statement':{'Effect':'Allow','Action':'a:b',"
                                                "'Resource':'%s'}}",
                                                filler)));
}

static void test_inline_policies_share_a_quota(void **state)
{
    struct sim_client *client = *state;

    make(client, "User");
    put_large(client, "a", 1000);
    EXPECT(client, "");
    put_large(client, "b", 1000);
    EXPECT(client, "LimitExceeded");
    put_large(client, "a", 1900); /* replaces itself */
    EXPECT(client, "");
    put_large(client, "a", 2100);
    EXPECT(client, "LimitExceeded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_policies_are_attached),
        WORLD_TEST(test_inline_policies),
        WORLD_TEST(test_ten_policies_at_most),
        WORLD_TEST(test_inline_policies_share_a_quota),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
