#include "loading.h"

#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DENY(action)                                                                               \
    "{Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: \"" action                       \
    "\", Resource: \"*\"}]}"

static void test_a_document_keeps_iam_variables(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, "variables: {user: me}\n"
                    "policies:\n"
                    "  - name: p\n"
                    "    type: service_control_policy\n"
                    "    attach: [root]\n"
                    "    document:\n"
                    "      Version: \"2012-10-17\"\n"
                    "      Statement:\n"
                    "        - Effect: Deny\n"
                    "          Action: \"s3:PutObject\"\n"
                    "          Resource: \"arn:aws:s3:::${var.user}/${aws:username}\"\n");

    assert_int_equal(baseline->policy_count, 1);
    assert_non_null(strstr(baseline->policies[0].content, "arn:aws:s3:::me/${aws:username}"));
    assert_string_equal(baseline->policies[0].type->api_name, "SERVICE_CONTROL_POLICY");
    assert_int_equal(baseline->policy_types.count, 1);
    assert_string_equal(baseline->policy_types.items[0], "SERVICE_CONTROL_POLICY");
}

static void test_targets_are_sorted(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, "organizational_units: {B: , A: {units: {C: }}}\n"
                    "accounts: [{name: x, email: x@example.com, roles: [backup]}]\n"
                    "policies:\n"
                    "  - {name: p, type: service_control_policy, document: " DENY(
                        "s3:*") ",\n"
                                "     attach: [{account: backup}, {ou: root}, B, A/C]}\n");
    const struct attachment *attachments = baseline->policies[0].attachments;

    assert_int_equal(baseline->policies[0].attachment_count, 4);
    assert_string_equal(attachments[0].ou->path, "A/C");
    assert_string_equal(attachments[1].ou->path, "B");
    assert_string_equal(attachments[2].account->name, "x");
    assert_true(attachments[3].root);
}

static void test_mistakes(void **state)
{
    expect_mistakes(
        *state,
        "organizational_units: {Prod: }\n"
        "policies:\n"
        "  - {name: none, attach: [root]}\n"
        "  - {name: two, attach: [root], template: a, file: b}\n"
        "  - {name: type, attach: [root], document: {a: b}}\n"
        "  - {name: what, attach: [root], document: {a: b}, type: service_control}\n"
        "  - {name: where, type: tag_policy, document: {a: b},\n"
        "     attach: [Prdo, {account: x}, {ou: Prod, account: x}, Prod, Prod]}\n"
        "  - {name: Where, type: tag_policy, document: {a: b}, attach: [Prod]}\n"
        "  - {name: nowhere, type: tag_policy, document: {a: b}, attach: []}\n"
        "  - {name: file, type: tag_policy, file: x.json, attach: [Prod]}\n"
        "  - {name: par, type: tag_policy, document: {a: b}, parameters: {}, attach: [Prod]}\n",
        "6:5: policy 'none' needs one of 'template', 'document' and 'file'\n"
        "7:5: policy 'two' needs only one of 'template', 'document' and 'file'\n"
        "8:5: policy 'type' needs 'type': only a template knows its own\n"
        "9:58: unknown policy type 'service_control'\n"
        "11:15: no organizational unit 'Prdo'; did you mean 'Prod'?\n"
        "11:31: no account 'x'\n"
        "11:35: a target needs either 'ou' or 'account'\n"
        "11:65: 'Prod' stands in this list twice\n"
        "12:12: policy 'Where' is given already at b.yaml:10:12\n"
        "13:65: 'attach' must have at least 1 entries, not 0\n"
        "14:42: 'file' needs a baseline that is a file\n"
        "15:65: 'parameters' are for a 'template'\n");
}

static void test_a_wrong_document_is_told_at_its_place(void **state)
{
    struct world *world = *state;

    world_load_text(world,
                    "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
                    "policies:\n"
                    "  - name: p\n"
                    "    type: service_control_policy\n"
                    "    attach: [root]\n"
                    "    document: {Version: \"2012-10-17\", Statement: [{Effect: Deni}]}\n",
                    NULL);
    assert_int_equal(world->result, -1);
    assert_int_equal(world->diags.count, 1);
    assert_int_equal(world->diags.items[0].mark.line, 8);
    assert_int_equal(world->diags.items[0].mark.column, 15);
}

/* A folder with a baseline, a template and a document. */
static void put(struct world *world, const char *folder, const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(world->arena, "%s/%s", folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

struct role_spec {
    const char *name;
    const struct node *node;
};

static const struct field role_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct role_spec, name),
     .fallback = "Looker",
     .doc = "Name."},
    {.key = NULL},
};

static const struct schema role_schema = {
    .name = "security_role",
    .doc = "Role.",
    .size = sizeof(struct role_spec),
    .node_offset = offsetof(struct role_spec, node),
    .fields = role_fields,
};

static const struct field backup_fields[] = {
    {.key = "role",
     .type = FIELD_STRING,
     .offset = offsetof(struct role_spec, name),
     .fallback = "keeper",
     .doc = "Name."},
    {.key = NULL},
};

static const struct schema backup_schema = {
    .name = "backup",
    .doc = "Backups.",
    .size = sizeof(struct role_spec),
    .node_offset = offsetof(struct role_spec, node),
    .fields = backup_fields,
};

static void load_folder(struct world *world, const char *folder)
{
    static const struct control_section sections[] = {
        {.name = "security_role", .schema = &role_schema},
        {.name = "backup", .schema = &backup_schema},
        {.name = "s3_replication", .schema = &backup_schema},
        {.name = NULL}};
    const char *const dirs[] = {folder, NULL};
    struct baseline_options options = {.sections = sections, .template_dirs = dirs};

    diags_init(&world->diags, world->arena);
    world->result = baseline_load(arena_printf(world->arena, "%s/b.yaml", folder), &options,
                                  world->arena, &world->baseline, &world->diags, &world->err);
}

static void test_templates_and_files(void **state)
{
    struct world *world = *state;
    char folder[] = "/tmp/plinth-policies-XXXXXX";
    static const char *const files[] = {"b.yaml", "t.yaml", "p.json"};

    assert_non_null(mkdtemp(folder));
    put(world, folder, "b.yaml",
        "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
        "regions: [eu-west-1, us-east-1]\n"
        "policies:\n"
        "  - {name: regions, template: t, parameters: {action: \"ec2:*\"}, attach: [root]}\n"
        "  - {name: tags, type: tag_policy, file: p.json, attach: [root]}\n");
    put(world, folder, "t.yaml",
        "type: service_control_policy\n"
        "description: Regions.\n"
        "parameters:\n"
        "  action: {type: string, required: true, doc: What.}\n"
        "  allowed_regions: {type: list, required: true, doc: Where.}\n"
        "  member_role: {type: string, required: true, doc: Who.}\n"
        "document:\n"
        "  Version: \"2012-10-17\"\n"
        "  Statement:\n"
        "    - Effect: Deny\n"
        "      Action: [\"${action}\"]\n"
        "      Resource: [\"*\"]\n"
        "      Condition:\n"
        "        StringNotEquals: {\"aws:RequestedRegion\": [\"${allowed_regions}\"]}\n"
        "        ArnNotLike: {\"aws:PrincipalArn\": \"arn:*:iam::*:role/${member_role}\"}\n");
    put(world, folder, "p.json", "{\"tags\": {\"x\": {\"tag_key\": {\"@@assign\": \"X\"}}}}\n");
    load_folder(world, folder);
    assert_string_equal(world_mistakes(world), "");
    assert_int_equal(world->baseline->policy_count, 2);
    assert_non_null(strstr(world->baseline->policies[0].content, "[\"eu-west-1\",\"us-east-1\"]"));
    assert_non_null(strstr(world->baseline->policies[0].content,
                           "arn:*:iam::*:role/OrganizationAccountAccessRole"));
    assert_string_equal(world->baseline->policies[1].content,
                        "{\"tags\":{\"x\":{\"tag_key\":{\"@@assign\":\"X\"}}}}");

    put(world, folder, "b.yaml",
        "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
        "policies:\n"
        "  - {name: a, template: tt, attach: [root]}\n"
        "  - {name: b, template: t, type: tag_policy, attach: [root]}\n"
        "  - {name: c, template: t, parameters: {axtion: x}, attach: [root]}\n");
    load_folder(world, folder);
    assert_int_equal(world->result, -1);
    assert_int_equal(world->diags.items[0].mark.line, 5);
    assert_int_equal(world->diags.items[0].mark.column, 25);
    assert_non_null(strstr(world_mistakes(world),
                           "6:34: template 't' is for policies of type service_control_policy\n"));
    assert_non_null(strstr(world_mistakes(world), "7:41: "));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_int_equal(remove(arena_printf(world->arena, "%s/%s", folder, files[i])), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_a_file_is_looked_for_beside_the_one_that_names_it(void **state)
{
    struct world *world = *state;
    char folder[] = "/tmp/plinth-policies-XXXXXX";
    static const char *const files[] = {"b.yaml", "sub/c.yaml", "sub/d.json", "sub"};

    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(arena_printf(world->arena, "%s/sub", folder), 0700), 0);
    put(world, folder, "b.yaml",
        "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\ninclude: [sub/c.yaml]\n");
    put(world, folder, "sub/c.yaml",
        "policies: [{name: a, type: tag_policy, file: d.json, attach: [root]}]\n");
    load_folder(world, folder);
    assert_int_equal(world->diags.count, 1);
    assert_non_null(strstr(world->diags.items[0].text, "sub/d.json: cannot be opened"));
    assert_int_equal(world->diags.items[0].mark.column, 46);
    put(world, folder, "sub/d.json", "{\"tags\": {}}\n");
    load_folder(world, folder);
    assert_string_equal(world_mistakes(world), "");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_int_equal(remove(arena_printf(world->arena, "%s/%s", folder, files[i])), 0);
    assert_int_equal(rmdir(folder), 0);
}

static const char *content_with(struct world *world, const char *folder, const char *more)
{
    put(world, folder, "b.yaml",
        arena_printf(world->arena,
                     "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
                     "policies: [{name: p, template: t, attach: [root]}]\n%s",
                     more));
    load_folder(world, folder);
    assert_string_equal(world_mistakes(world), "");
    return world->baseline->policies[0].content;
}

static void test_templates_know_the_security_role(void **state)
{
    struct world *world = *state;
    char folder[] = "/tmp/plinth-policies-XXXXXX";

    assert_non_null(mkdtemp(folder));
    put(world, folder, "t.yaml",
        "type: tag_policy\n"
        "description: Role.\n"
        "parameters: {security_role: {type: string, required: true, doc: Who.}}\n"
        "document: {who: \"${security_role}\"}\n");
    assert_string_equal(content_with(world, folder, ""), "{\"who\":\"Looker\"}");
    assert_string_equal(content_with(world, folder, "controls: {security_role: }\n"),
                        "{\"who\":\"Looker\"}");
    assert_string_equal(content_with(world, folder, "controls: {security_role: {name: Eye}}\n"),
                        "{\"who\":\"Eye\"}");
    assert_int_equal(remove(arena_printf(world->arena, "%s/b.yaml", folder)), 0);
    assert_int_equal(remove(arena_printf(world->arena, "%s/t.yaml", folder)), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_templates_know_the_backup_role(void **state)
{
    struct world *world = *state;
    char folder[] = "/tmp/plinth-policies-XXXXXX";

    assert_non_null(mkdtemp(folder));
    put(world, folder, "t.yaml",
        "type: tag_policy\n"
        "description: Role.\n"
        "parameters: {backup_role: {type: string, required: true, doc: Who.}}\n"
        "document: {who: \"${backup_role}\"}\n");
    assert_string_equal(content_with(world, folder, "controls: {backup: {role: x}}\n"),
                        "{\"who\":\"x\"}");
    put(world, folder, "b.yaml",
        "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
        "policies:\n"
        "  - {name: p, template: t, parameters: {backup_role: y}, attach: [root]}\n"
        "controls: {backup: {role: x}}\n");
    load_folder(world, folder);
    assert_non_null(strstr(world_mistakes(world), "backup_role is 'y'"));
    put(world, folder, "b.yaml",
        "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n"
        "policies:\n"
        "  - {name: p, template: t, parameters: {backup_role: y}, attach: [root]}\n");
    load_folder(world, folder);
    assert_string_equal(world_mistakes(world), "");
    assert_int_equal(remove(arena_printf(world->arena, "%s/b.yaml", folder)), 0);
    assert_int_equal(remove(arena_printf(world->arena, "%s/t.yaml", folder)), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_templates_know_the_replication_role(void **state)
{
    struct world *world = *state;
    char folder[] = "/tmp/plinth-policies-XXXXXX";

    assert_non_null(mkdtemp(folder));
    put(world, folder, "t.yaml",
        "type: tag_policy\n"
        "description: Role.\n"
        "parameters: {replication_role: {type: string, required: true, doc: Who.}}\n"
        "document: {who: \"${replication_role}\"}\n");
    assert_string_equal(content_with(world, folder, "controls: {s3_replication: {role: x}}\n"),
                        "{\"who\":\"x\"}");
    assert_int_equal(remove(arena_printf(world->arena, "%s/b.yaml", folder)), 0);
    assert_int_equal(remove(arena_printf(world->arena, "%s/t.yaml", folder)), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_text_of_targets(void **state)
{
    struct world *world = *state;
    const struct ou ou = {.name = "B", .path = "A/B"};
    const struct account account = {.name = "x"};
    const struct attachment attachments[] = {{.root = true}, {.ou = &ou}, {.account = &account}};

    assert_string_equal(target_text(&attachments[0], world->arena), "root");
    assert_string_equal(target_text(&attachments[1], world->arena), "A/B");
    assert_string_equal(target_text(&attachments[2], world->arena), "account:x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_document_keeps_iam_variables),
        WORLD_TEST(test_targets_are_sorted),
        WORLD_TEST(test_mistakes),
        WORLD_TEST(test_a_wrong_document_is_told_at_its_place),
        WORLD_TEST(test_templates_and_files),
        WORLD_TEST(test_a_file_is_looked_for_beside_the_one_that_names_it),
        WORLD_TEST(test_text_of_targets),
        WORLD_TEST(test_templates_know_the_security_role),
        WORLD_TEST(test_templates_know_the_backup_role),
        WORLD_TEST(test_templates_know_the_replication_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
