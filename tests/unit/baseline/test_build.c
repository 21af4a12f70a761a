#include "plinth/base/buf.h"
#include "yaml.h"

static void test_units_come_after_their_parents(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, "organizational_units:\n"
                    "  W: {units: {Prod: {units: {EU: }}, Dev: {tags: {a: b}}}}\n"
                    "  S:\n");
    static const char *const paths[] = {"W", "W/Prod", "W/Prod/EU", "W/Dev", "S"};

    assert_int_equal(baseline->ou_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(baseline->ous[i].path, paths[i]);
        assert_ptr_equal(baseline_ou(baseline, paths[i]), &baseline->ous[i]);
        assert_true(baseline->ous[i].parent == NULL || baseline->ous[i].parent < &baseline->ous[i]);
    }
    assert_string_equal(baseline->ous[2].parent->path, "W/Prod");
    assert_string_equal(baseline->ous[2].name, "EU");
    assert_string_equal(baseline->ous[3].tags.items[0].value, "b");
    assert_null(baseline->ous[4].parent);
}

static void test_mistakes_of_units(void **state)
{
    expect_mistakes(
        *state,
        "organizational_units:\n"
        "  Root:\n"
        "  prod: {units: {EU: }}\n"
        "  Prod: {units: {EU: }}\n"
        "  a/b:\n"
        "  1: {units: {2: {units: {3: {units: {4: {units: {5: {units: {6: }}}}}}}}}}\n",
        "5:3: no organizational unit may be called 'Root': it would be taken for the "
        "root\n"
        "7:3: organizational units 'prod' and 'Prod' differ in upper and lower case "
        "only\n"
        "8:3: 'name' must be a name of letters, digits, blanks and _ . , & ( ) ' # @ - (at "
        "most 128 characters), not 'a/b'\n"
        "9:63: AWS nests units 5 deep, '1/2/3/4/5/6' is deeper\n");
}

static void test_what_may_be_given_once(void **state)
{
    expect_mistakes(*state,
                    "accounts:\n"
                    "  - {name: a, email: a@example.com, id: \"012345678901\", roles: [backup]}\n"
                    "  - {name: A, email: A@Example.com, id: \"012345678901\"}\n"
                    "  - {name: b, email: b@example.com, roles: [security, backup]}\n",
                    "6:12: account 'A' is given already at b.yaml:5:12\n"
                    "6:22: email 'A@Example.com' is given already at b.yaml:5:22\n"
                    "6:41: account id '012345678901' is given already at b.yaml:5:41\n"
                    "7:44: role backup is given already at b.yaml:5:64\n");
}

static void test_mistakes_of_accounts(void **state)
{
    expect_mistakes(*state,
                    "organizational_units: {Prod: }\n"
                    "accounts:\n"
                    "  - {name: a, email: nobody, id: 12}\n"
                    "  - {name: b, email: b@example.com, ou: prod, roles: [admin]}\n"
                    "  - {name: c, email: c@example.com, tags: {\"aws:x\": y, \"plinth:z\": y}}\n",
                    "6:22: 'email' must be an email address (at most 64 characters), not 'nobody'\n"
                    "6:34: 'id' must be an account id of 12 digits (at most 12 characters), not "
                    "'12'\n"
                    "7:41: no organizational unit 'prod'; did you mean 'Prod'?\n"
                    "7:55: 'roles' must be one of management, security, log_archive, backup, not "
                    "'admin'\n"
                    "8:53: tag 'aws:x': keys with 'aws:' and 'plinth:' in front are not yours to "
                    "set\n"
                    "8:68: tag 'plinth:z': keys with 'aws:' and 'plinth:' in front are not yours "
                    "to set\n");
}

static void test_long_tags(void **state)
{
    struct world *world = *state;
    char key[130];

    memset(key, 'k', sizeof key - 1);
    key[129] = '\0';
    expect_mistakes(world,
                    arena_printf(world->arena,
                                 "organizational_units:\n"
                                 "  A: {tags: {%.128s: x}}\n"
                                 "  B: {tags: {%s: x}}\n"
                                 "  C: {tags: {\"\": x}}\n",
                                 key, key),
                    arena_printf(world->arena,
                                 "6:145: tag '%.40s': a key has 1 to 128 bytes and a value at "
                                 "most 256\n"
                                 "7:18: tag '': a key has 1 to 128 bytes and a value at most "
                                 "256\n",
                                 key));
}

static void test_contacts_are_merged_one_by_one(void **state)
{
    struct world *world = *state;
    const struct baseline *baseline =
        load(world, "organization:\n"
                    "  trusted_access: [account.amazonaws.com]\n"
                    "  contacts:\n"
                    "    security: {name: Sec, title: T, email: s@example.com, phone: \"+1\"}\n"
                    "    billing: {name: Bill, title: T, email: b@example.com, phone: \"+1\"}\n"
                    "accounts:\n"
                    "  - {name: a, email: a@example.com}\n"
                    "  - name: c\n"
                    "    email: c@example.com\n"
                    "    contacts:\n"
                    "      operations: {name: Op, title: T, email: p@example.com, phone: \"+1\"}\n"
                    "  - name: b\n"
                    "    email: b@example.com\n"
                    "    contacts:\n"
                    "      security: {name: Own, title: T, email: o@example.com, phone: \"+1\"}\n");
    const struct contacts *common = baseline_account(baseline, "a")->contacts;
    const struct contacts *own = baseline_account(baseline, "b")->contacts;

    assert_string_equal(common->security->name, "Sec");
    assert_null(common->operations);
    assert_string_equal(own->security->name, "Own");
    assert_ptr_equal(own->billing, common->billing);
    own = baseline_account(baseline, "c")->contacts;
    assert_string_equal(own->operations->name, "Op");
    assert_ptr_equal(own->security, common->security);
}

/* Ten thousand accounts in a thousand units. */
static void test_many(void **state)
{
    enum { ACCOUNTS = 10000, OUS = 1000 };
    struct world *world = *state;
    const struct baseline *baseline;
    struct buf text;

    buf_init(&text, ACCOUNTS * 128);
    buf_str(&text, "controls: {watch: {days: 1}}\norganizational_units:\n");
    for (int i = 0; i < OUS; i++)
        buf_printf(&text, "  U%d:\n", i);
    buf_str(&text, "accounts:\n");
    for (int i = 0; i < ACCOUNTS; i++)
        buf_printf(&text, "  - {name: a%d, email: a%d@example.com, ou: U%d%s}\n", i, i, i % OUS,
                   i == 0 ? ", roles: [security]" : "");
    assert_false(text.overflow);
    baseline = load(world, buf_text(&text));
    buf_fini(&text);
    for (int i = 0; i < ACCOUNTS; i++) {
        const struct account *account =
            baseline_account(baseline, arena_printf(world->arena, "a%d", i));

        assert_ptr_equal(account, &baseline->accounts[i]);
        assert_ptr_equal(account->ou, &baseline->ous[i % OUS]);
    }
}

/* Copies of the accounts without a role, round after round, each with a name and an email. */
static void test_copies_of_accounts(void **state)
{
    static const char text[] =
        "apiVersion: plinth/v1\nname: n\nhome_region: eu-central-1\norganizational_units: {W: }\n"
        "accounts:\n"
        "  - {name: M, email: m@example.com, roles: [management]}\n"
        "  - {name: A, email: a@example.com, ou: W, tags: {t: v}}\n"
        "  - {name: B, email: b@example.com, id: \"111122223333\"}\n";
    static const char *const names[] = {"M", "A", "B", "A 2", "B 2", "A 3"};
    struct world *world = *state;
    const struct control_section none = {0};
    struct baseline_options options = {.sections = &none, .accounts_least = 6};
    struct baseline *baseline;

    assert_int_equal(baseline_load_text(text, sizeof text - 1, "t.yaml", &options, world->arena,
                                        &baseline, &world->diags, &world->err),
                     0);
    assert_int_equal(baseline->account_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(baseline->accounts[i].name, names[i]);
    assert_ptr_equal(baseline->accounts[5].ou, baseline->accounts[1].ou);
    assert_string_equal(baseline->accounts[5].tags.items[0].value, "v");
    assert_null(baseline->accounts[4].id);
    assert_string_not_equal(baseline->accounts[3].email, baseline->accounts[5].email);
    options.accounts_least = 2; /* what is there stays */
    assert_int_equal(baseline_load_text(text, sizeof text - 1, "t.yaml", &options, world->arena,
                                        &baseline, &world->diags, &world->err),
                     0);
    assert_int_equal(baseline->account_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_copies_of_accounts),
        WORLD_TEST(test_units_come_after_their_parents),
        WORLD_TEST(test_mistakes_of_units),
        WORLD_TEST(test_what_may_be_given_once),
        WORLD_TEST(test_mistakes_of_accounts),
        WORLD_TEST(test_contacts_are_merged_one_by_one),
        WORLD_TEST(test_many),
        WORLD_TEST(test_long_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
