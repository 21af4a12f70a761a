#include "events_world.h"

static const char sample[] =
    "{'source':'aws.ec2','detail-type':'AWS API Call via CloudTrail','resources':['arn:a','arn:b'],"
    "'detail':{'errorCode':'Client.UnauthorizedOperation','severity':7.5,'readOnly':true,"
    "'nothing':null,'ip':'10.1.2.3','who':{'type':'Root'},'list':[{'k':'a'},{'k':'b'}]}}";

/* Whether the sample matches the pattern: 'y', 'n', or '-' for no pattern at all. */
static char verdict(struct sim_client *client, const char *text)
{
    const struct json *event = world_json(client, sample), *pattern;
    char *copy = arena_str(client->arena, text);
    const char *why;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    pattern = event_pattern_parse(copy, client->arena, &why);
    if (pattern == NULL) {
        assert_non_null(why);
        return '-';
    }
    return event_pattern_matches(pattern, event) ? 'y' : 'n';
}

struct row {
    char wanted;
    const char *pattern;
};

static const struct row rows[] = {
    {'y', "{'source':['aws.ec2']}"},
    {'y', "{'source':['aws.s3','aws.ec2']}"},
    {'n', "{'source':['aws.s3']}"},
    {'n', "{'source':['AWS.EC2']}"},
    {'n', "{'source':['aws.ec2'],'account':['1']}"},
    {'y', "{'resources':['arn:b']}"},
    {'n', "{'resources':['arn:c']}"},
    {'y', "{'detail':{'who':{'type':['Root']}}}"},
    {'n', "{'detail':{'who':{'type':['User']}}}"},
    {'n', "{'detail':{'whom':{'type':['Root']}}}"},
    {'y', "{'detail':{'list':{'k':['b']}}}"},
    {'n', "{'detail':{'list':{'k':['c']}}}"},
    {'y', "{'detail':{'readOnly':[true],'nothing':[null],'severity':[7.5]}}"},
    {'n', "{'detail':{'readOnly':['true']}}"},
    {'y', "{'source':[{'prefix':'aws.'}]}"},
    {'n', "{'source':[{'prefix':'gcp.'}]}"},
    {'y', "{'source':[{'prefix':{'equals-ignore-case':'AWS.'}}]}"},
    {'y', "{'detail':{'errorCode':[{'suffix':'UnauthorizedOperation'}]}}"},
    {'n', "{'detail':{'errorCode':[{'suffix':'AccessDenied'}]}}"},
    {'y', "{'source':[{'equals-ignore-case':'AWS.EC2'}]}"},
    {'y', "{'detail':{'errorCode':[{'wildcard':'Client.*Operation'}]}}"},
    {'n', "{'detail':{'errorCode':[{'wildcard':'*.Operation'}]}}"},
    {'y', "{'source':[{'anything-but':'aws.s3'}]}"},
    {'n', "{'source':[{'anything-but':['aws.s3','aws.ec2']}]}"},
    {'n', "{'source':[{'anything-but':{'prefix':'aws.'}}]}"},
    {'y', "{'source':[{'anything-but':{'suffix':['s3','iam']}}]}"},
    {'n', "{'source':[{'anything-but':{'suffix':['s3','ec2']}}]}"},
    {'n', "{'detail':{'none':[{'anything-but':'x'}]}}"},
    {'y', "{'detail':{'severity':[{'numeric':['>=',7]}]}}"},
    {'n', "{'detail':{'severity':[{'numeric':['>',7.5]}]}}"},
    {'y', "{'detail':{'severity':[{'numeric':['>',7,'<=',7.5]}]}}"},
    {'n', "{'detail':{'severity':[{'numeric':['>',7,'<',7.5]}]}}"},
    {'y', "{'detail':{'severity':[{'numeric':['=',7.5]}]}}"},
    {'n', "{'source':[{'numeric':['=',7.5]}]}"},
    {'y', "{'detail':{'errorCode':[{'exists':true}],'none':[{'exists':false}]}}"},
    {'n', "{'detail':{'errorCode':[{'exists':false}]}}"},
    {'n', "{'detail':{'none':[{'exists':true}]}}"},
    {'y', "{'detail':{'ip':[{'cidr':'10.1.0.0/16'}]}}"},
    {'n', "{'detail':{'ip':[{'cidr':'10.2.0.0/16'}]}}"},
    {'n', "{'detail':{'ip':[{'cidr':'::/0'}]}}"},
    {'y', "{'$or':[{'source':['x']},{'detail':{'severity':[{'numeric':['>',7]}]}}]}"},
    {'n', "{'$or':[{'source':['x']},{'source':['y']}]}"},
    {'n', "{'source':['x'],'$or':[{'source':['aws.ec2']},{'source':['y']}]}"},
    {'y', "{'detail':{'$or':[{'none':['x']},{'who':{'type':['Root']}}]}}"},
    {'-', "{}"},
    {'-', "[]"},
    {'-', "no json"},
    {'-', "{'source':'aws.ec2'}"},
    {'-', "{'source':[]}"},
    {'-', "{'source':[['a']]}"},
    {'-', "{'detail':{}}"},
    {'-', "{'source':[{'begins':'a'}]}"},
    {'-', "{'source':[{'prefix':'a','suffix':'b'}]}"},
    {'-', "{'source':[{'prefix':1}]}"},
    {'-', "{'source':[{'wildcard':1}]}"},
    {'-', "{'source':[{'exists':'yes'}]}"},
    {'-', "{'source':[{'numeric':['>','7']}]}"},
    {'-', "{'source':[{'numeric':['>']}]}"},
    {'-', "{'source':[{'numeric':['~',1]}]}"},
    {'-', "{'source':[{'cidr':'10.0.0.0/33'}]}"},
    {'-', "{'source':[{'cidr':'somewhere'}]}"},
    {'-', "{'source':[{'anything-but':[]}]}"},
    {'-', "{'source':[{'anything-but':[{'prefix':'a'}]}]}"},
    {'-', "{'source':[{'anything-but':{'prefix':5}}]}"},
    {'-', "{'source':[{'anything-but':{'prefix':[]}}]}"},
    {'-', "{'source':[{'anything-but':{'suffix':['a',1]}}]}"},
    {'-', "{'source':[{'anything-but':{'begins':'a'}}]}"},
    {'-', "{'source':[{'anything-but':{'prefix':'a','suffix':'b'}}]}"},
    {'-', "{'$or':[{'source':['a']}]}"},
    {'-', "{'$or':[{'source':['a']},{}]}"},
};

static void test_patterns(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (verdict(*state, rows[i].pattern) != rows[i].wanted)
            fail_msg("%s is not '%c'", rows[i].pattern, rows[i].wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_patterns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
