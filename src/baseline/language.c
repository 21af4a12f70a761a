#include "language.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <assert.h>
#include <string.h>

enum {
    OUS_PER_PARENT_MOST = 2000, /* AWS has a quota for the organization; this only bounds a list */
    TAGS_MOST = 50,             /* of one resource of Organizations */
    POLICIES_MOST = 2000,
    VARIABLES_MOST = 1000,
    REGIONS_MOST = 100,
};

static const struct choice versions[] = {{LANGUAGE_VERSION, LANGUAGE_VERSION}, {NULL, NULL}};

static const struct choice account_roles[] = {{"management", "management"},
                                              {"security", "security"},
                                              {"log_archive", "log_archive"},
                                              {"backup", "backup"},
                                              {NULL, NULL}};

#define TAGS_FIELD(type_name)                                                                      \
    {                                                                                              \
        .key = "tags", .type = FIELD_PAIRS, .offset = offsetof(struct type_name, tags),            \
        .max = TAGS_MOST, .doc = "Tags in AWS Organizations. Tags that stand only in AWS stay.",   \
        .example = "{cost-center: \"1234\"}"                                                       \
    }

#define OVERRIDES_FIELD(type_name)                                                                 \
    {                                                                                              \
        .key = "controls", .type = FIELD_NODE, .offset = offsetof(struct type_name, controls),     \
        .doc = "Settings of controls that differ here, laid over those from further up: maps "     \
               "merge, all else replaces, and `false` turns a control off. Only controls that "    \
               "work per account can be overridden."                                               \
    }

/* --- Contacts ------------------------------------------------------------------------------------
 */

static const struct field contact_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct contact, name),
     .required = true,
     .doc = "A person or a team.",
     .example = "Security Operations"},
    {.key = "title",
     .type = FIELD_STRING,
     .offset = offsetof(struct contact, title),
     .required = true,
     .doc = "Their role.",
     .example = "On call"},
    {.key = "email",
     .type = FIELD_STRING,
     .offset = offsetof(struct contact, email),
     .required = true,
     .format = FORMAT_EMAIL,
     .doc = "Where AWS writes to.",
     .example = "security@example.com"},
    {.key = "phone",
     .type = FIELD_STRING,
     .offset = offsetof(struct contact, phone),
     .required = true,
     .format = FORMAT_PHONE,
     .doc = "With the country's code.",
     .example = "\"+1 555 0100\""},
    {.key = NULL},
};

static const struct schema contact_schema = {
    .name = "contact",
    .doc = "Whom AWS writes to besides the root user.",
    .size = sizeof(struct contact),
    .node_offset = offsetof(struct contact, node),
    .fields = contact_fields,
};

static const struct field contacts_fields[] = {
    {.key = "billing",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct contacts, billing),
     .object = &contact_schema,
     .doc = "Invoices and payments."},
    {.key = "operations",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct contacts, operations),
     .object = &contact_schema,
     .doc = "Service health and maintenance."},
    {.key = "security",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct contacts, security),
     .object = &contact_schema,
     .doc = "Abuse reports and security notices."},
    {.key = NULL},
};

static const struct schema contacts_schema = {
    .name = "contacts",
    .doc = "The alternate contacts of accounts. A contact that is not named is left as it is. "
           "Needs `account.amazonaws.com` in `organization.trusted_access`.",
    .size = sizeof(struct contacts),
    .node_offset = offsetof(struct contacts, node),
    .fields = contacts_fields,
};

/* --- The organization, its units, its accounts ---------------------------------------------------
 */

static const struct field organization_fields[] = {
    {.key = "member_role",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_organization, member_role),
     .fallback = "OrganizationAccountAccessRole",
     .format = FORMAT_ROLE_NAME,
     .doc = "The role that plinth enters member accounts with. New accounts get it from AWS; "
            "invited ones must have it."},
    {.key = "break_glass_roles",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct declared_organization, break_glass_roles),
     .format = FORMAT_ROLE_NAME,
     .doc =
         "Roles of people for emergencies, by name. plinth does not make them; it refuses a "
         "policy that would deny them what the controls of this baseline do "
         "(`--override-gate`). Templates spare them in `exempt_roles` and protect their names in "
         "`protected_roles`, unless the policy gives these parameters itself.",
     .example = "[BreakGlass]"},
    {.key = "trusted_access",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct declared_organization, trusted_access),
     .format = FORMAT_SERVICE_PRINCIPAL,
     .doc = "Services that may work in all accounts of the organization. A service that is not "
            "named keeps the access that it has. One that AWS refuses stops none of the others; "
            "what needs it is skipped and says so.",
     .example = "[account.amazonaws.com, iam.amazonaws.com]"},
    {.key = "delegated_administrators",
     .type = FIELD_PAIRS,
     .offset = offsetof(struct declared_organization, delegated_administrators),
     .doc = "Which account administers a service for the organization: the service's principal, "
            "and an account's name or role. The service must be in `trusted_access`. An "
            "administrator that is not named here stays; of a service that takes only one it is "
            "replaced with `--prune`.",
     .example = "{access-analyzer.amazonaws.com: security}"},
    {.key = "policy_types",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct declared_organization, policy_types),
     .doc = "Policy types to turn on. Those of the policies below are turned on anyway.",
     .example = "[service_control_policy]"},
    {.key = "contacts",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct declared_organization, contacts),
     .object = &contacts_schema,
     .doc = "The contacts of every account that names none of its own."},
    {.key = NULL},
};

static const struct schema organization_schema = {
    .name = "organization",
    .doc = "What is set once, for the organization as a whole.",
    .size = sizeof(struct declared_organization),
    .node_offset = offsetof(struct declared_organization, node),
    .fields = organization_fields,
};

static const struct schema ou_schema;

static const struct field ou_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_ou, name),
     .format = FORMAT_OU_NAME},
    TAGS_FIELD(declared_ou),
    OVERRIDES_FIELD(declared_ou),
    {.key = "units",
     .type = FIELD_NAMED,
     .offset = offsetof(struct declared_ou, units),
     .object = &ou_schema,
     .max = OUS_PER_PARENT_MOST,
     .doc = "The units inside this one, by name."},
    {.key = NULL},
};

static const struct schema ou_schema = {
    .name = "organizational_unit",
    .doc = "An organizational unit. Elsewhere it is named by its path, such as `Workloads/Prod`. "
           "Units nest up to five deep.",
    .size = sizeof(struct declared_ou),
    .node_offset = offsetof(struct declared_ou, node),
    .fields = ou_fields,
};

static const struct field account_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_account, name),
     .required = true,
     .format = FORMAT_ACCOUNT_NAME,
     .doc = "Its name, in this baseline and of a new account in AWS. An account that exists keeps "
            "the name that it has there: a plan tells where the two differ.",
     .example = "security"},
    {.key = "email",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_account, email),
     .required = true,
     .format = FORMAT_EMAIL,
     .doc = "The root user's address: one that nobody else has at AWS, and that you read. An "
            "account is known again by it, but for the management account and one with an `id`: "
            "those keep the address that they have, and a plan tells where it differs.",
     .example = "aws+security@example.com"},
    {.key = "id",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_account, id),
     .format = FORMAT_ACCOUNT_ID,
     .doc = "Of an account that exists already, in quotes. It is known by it then, and never "
            "created.",
     .example = "\"012345678901\""},
    {.key = "ou",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_account, ou),
     .doc = "The path of its organizational unit. Without one it is in the root.",
     .example = "Workloads/Prod"},
    {.key = "roles",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct declared_account, roles),
     .choices = account_roles,
     .doc = "What it is for; each role is given to one account at most. An account without one "
            "is for workloads.",
     .example = "[security]"},
    TAGS_FIELD(declared_account),
    {.key = "contacts",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct declared_account, contacts),
     .object = &contacts_schema,
     .doc = "Contacts in place of the organization's, one by one."},
    OVERRIDES_FIELD(declared_account),
    {.key = NULL},
};

static const struct schema account_schema = {
    .name = "account",
    .doc = "An account. One that is not there yet is created; none is ever closed.",
    .size = sizeof(struct declared_account),
    .node_offset = offsetof(struct declared_account, node),
    .fields = account_fields,
};

/* --- Policies ------------------------------------------------------------------------------------
 */

static const struct field target_fields[] = {
    {.key = "ou",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_target, ou),
     .doc = "The path of an organizational unit, or `root`.",
     .example = "Workloads"},
    {.key = "account",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_target, account),
     .doc = "The name of an account.",
     .example = "sandbox"},
    {.key = NULL},
};

static const struct schema target_schema = {
    .name = "target",
    .doc = "Where a policy is attached: the text `root`, the path of an organizational unit, or "
           "`{account: NAME}`.",
    .size = sizeof(struct declared_target),
    .node_offset = offsetof(struct declared_target, node),
    .shorthand = "ou",
    .fields = target_fields,
};

static const struct field policy_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_policy, name),
     .required = true,
     .format = FORMAT_NAME,
     .doc = "Its name in this baseline.",
     .example = "region-limits"},
    {.key = "type",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_policy, type),
     .doc = "The policy's type. A template knows its own.",
     .example = "service_control_policy"},
    {.key = "template",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_policy, template),
     .doc = "A template's name: its path under `templates/` without `.yaml`.",
     .example = "scp/region-limits"},
    {.key = "parameters",
     .type = FIELD_NODE,
     .offset = offsetof(struct declared_policy, parameters),
     .doc = "Values for the template's parameters. `allowed_regions`, `backup_role`, "
            "`member_role`, `replication_role`, `security_role` and the break-glass roles are "
            "known from the baseline."},
    {.key = "document",
     .type = FIELD_NODE,
     .offset = offsetof(struct declared_policy, document),
     .doc = "The policy itself, as YAML. `${aws:...}` stays as it is."},
    {.key = "file",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_policy, file),
     .doc = "A file with the policy, in JSON or YAML, relative to this file.",
     .example = "policies/tags.json"},
    {.key = "keep_whole",
     .type = FIELD_BOOL,
     .offset = offsetof(struct declared_policy, keep_whole),
     .fallback = "false",
     .doc = "Whether its statements must stay in one document when policies are packed."},
    {.key = "attach",
     .type = FIELD_OBJECTS,
     .offset = offsetof(struct declared_policy, attach),
     .required = true,
     .object = &target_schema,
     .min = 1,
     .max = LIMIT_ACCOUNTS,
     .doc = "Where it is attached.",
     .example = "[root]"},
    {.key = NULL},
};

static const struct schema policy_schema = {
    .name = "policy",
    .doc = "An organization policy, from exactly one of `template`, `document` and `file`.",
    .size = sizeof(struct declared_policy),
    .node_offset = offsetof(struct declared_policy, node),
    .fields = policy_fields,
};

/* --- The baseline --------------------------------------------------------------------------------
 */

static const struct field variable_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_variable, name),
     .format = FORMAT_KEY},
    {.key = "default",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_variable, value),
     .doc = "Its value unless `--var name=value` gives another. Without one, `--var` must."},
    {.key = "description",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared_variable, description),
     .doc = "What it is for."},
    {.key = NULL},
};

static const struct schema variable_schema = {
    .name = "variable",
    .doc = "A value that is used in several places as `${var.name}`, or differs from use to use. A "
           "scalar in place of the map is the default.",
    .size = sizeof(struct declared_variable),
    .node_offset = offsetof(struct declared_variable, node),
    .shorthand = "default",
    .fields = variable_fields,
};

static const struct field baseline_fields[] = {
    {.key = "apiVersion",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct declared, api_version),
     .required = true,
     .choices = versions,
     .doc = "The version of this language."},
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared, name),
     .required = true,
     .format = FORMAT_NAME,
     .doc = "The baseline's name. What plinth makes is tagged `plinth:baseline` with it, and is "
            "known as its own by that: do not change it later.",
     .example = "acme"},
    {.key = "home_region",
     .type = FIELD_STRING,
     .offset = offsetof(struct declared, home_region),
     .required = true,
     .format = FORMAT_REGION,
     .doc = "Where things live that exist once.",
     .example = "eu-central-1"},
    {.key = "regions",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct declared, regions),
     .format = FORMAT_REGION,
     .max = REGIONS_MOST,
     .doc = "The regions that may be used, the home region included. Without it only that one.",
     .example = "[eu-central-1, eu-west-1, us-east-1]"},
    {.key = "include",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct declared, include),
     .max = LIMIT_INCLUDE_FILES,
     .doc = "Files that are read as if they stood here, relative to this file. Maps merge, lists "
            "append; any other key stands in one file only.",
     .example = "[accounts.yaml]"},
    {.key = "variables",
     .type = FIELD_NAMED,
     .offset = offsetof(struct declared, variables),
     .object = &variable_schema,
     .max = VARIABLES_MOST,
     .doc = "Variables, by name.",
     .example = "{email_domain: example.com}"},
    {.key = "organization",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct declared, organization),
     .fallback = "{}",
     .object = &organization_schema,
     .doc = "Settings of the organization."},
    {.key = "lock",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct declared, lock),
     .object = &lock_schema,
     .doc = "Where the lock is that keeps two runs apart.",
     .example = "{bucket: acme-locks, region: eu-central-1}"},
    {.key = "rollout",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct declared, rollout),
     .object = &rollout_schema,
     .doc = "In which waves `plinth rollout` goes through the accounts."},
    {.key = "organizational_units",
     .type = FIELD_NAMED,
     .offset = offsetof(struct declared, ous),
     .object = &ou_schema,
     .max = OUS_PER_PARENT_MOST,
     .doc = "The organizational units under the root, by name. Those that stand only in AWS are "
            "left alone.",
     .example = "{Security: {}, Workloads: {units: {Prod: {}, Dev: {}}}}"},
    {.key = "accounts",
     .type = FIELD_OBJECTS,
     .offset = offsetof(struct declared, accounts),
     .object = &account_schema,
     .max = LIMIT_ACCOUNTS,
     .doc = "The accounts, the management account included."},
    {.key = "policies",
     .type = FIELD_OBJECTS,
     .offset = offsetof(struct declared, policies),
     .object = &policy_schema,
     .max = POLICIES_MOST,
     .doc = "Organization policies. Service and resource control policies with the same targets "
            "are packed into as few documents as fit."},
    {.key = "controls",
     .type = FIELD_NODE,
     .offset = offsetof(struct declared, controls),
     .doc = "The controls that are on, with their settings. An empty one has all its defaults."},
    {.key = NULL},
};

const struct schema language_schema = {
    .name = "baseline",
    .doc = "What an AWS organization should be.",
    .size = sizeof(struct declared),
    .node_offset = offsetof(struct declared, node),
    .fields = baseline_fields,
};

/* --- For the printers ----------------------------------------------------------------------------
 */

/* What a printer reads of `controls`: it is never decoded as one struct. */
struct section_map {
    const struct node *node;
};

static const struct schema *sections_schema(const struct control_section *sections,
                                            bool per_account_only, struct arena *arena)
{
    struct schema *schema = arena_alloc(arena, sizeof *schema);
    struct field *fields;
    size_t count = 0;

    while (sections[count].name != NULL)
        count++;
    fields = arena_array(arena, count + 1, sizeof *fields);
    count = 0;
    for (const struct control_section *section = sections; section->name != NULL; section++) {
        if (per_account_only && !section->per_account)
            continue;
        fields[count++] = (struct field){
            .key = section->name,
            .type = FIELD_OBJECT,
            .object = section->schema,
            .doc = section->schema == NULL ? "Takes no settings." : section->schema->doc,
        };
    }
    *schema = (struct schema){
        .name = per_account_only ? "overrides" : "controls",
        .doc = per_account_only ? "The controls that can be overridden." : "The controls.",
        .size = sizeof(struct section_map),
        .node_offset = offsetof(struct section_map, node),
        .fields = fields,
    };
    return schema;
}

static struct schema *copy_schema(const struct schema *schema, struct arena *arena)
{
    struct schema *copy = arena_alloc(arena, sizeof *copy);
    struct field *fields;
    size_t count = 0;

    while (schema->fields[count].key != NULL)
        count++;
    fields = arena_array(arena, count + 1, sizeof *fields);
    memcpy(fields, schema->fields, count * sizeof *fields);
    *copy = *schema;
    copy->fields = fields;
    return copy;
}

static struct field *field_of(struct schema *copy, const char *key)
{
    const struct field *field = copy->fields;

    while (!str_eq(field->key, key)) {
        assert(field->key != NULL);
        field++;
    }
    return (struct field *)(uintptr_t)field; /* the copy's own */
}

static const struct choice *policy_type_choices(struct arena *arena)
{
    struct choice *choices;
    size_t count = 0;

    while (policy_types()[count].key != NULL)
        count++;
    choices = arena_array(arena, count + 1, sizeof *choices);
    for (size_t i = 0; i < count; i++)
        choices[i] = (struct choice){policy_types()[i].key, policy_types()[i].key};
    return choices;
}

struct language language_with_sections(const struct control_section *sections, struct arena *arena)
{
    struct schema *root = copy_schema(&language_schema, arena);
    struct schema *organization = copy_schema(&organization_schema, arena);
    struct schema *ou = copy_schema(&ou_schema, arena);
    struct schema *account = copy_schema(&account_schema, arena);
    struct schema *policy = copy_schema(&policy_schema, arena);
    const struct schema *overrides = sections_schema(sections, true, arena);
    const struct choice *types = policy_type_choices(arena);

    field_of(root, "organization")->object = organization;
    field_of(root, "organizational_units")->object = ou;
    field_of(root, "accounts")->object = account;
    field_of(root, "policies")->object = policy;
    field_of(root, "controls")->object = sections_schema(sections, false, arena);
    field_of(organization, "policy_types")->choices = types;
    field_of(ou, "units")->object = ou;
    field_of(ou, "controls")->object = overrides;
    field_of(account, "controls")->object = overrides;
    field_of(policy, "type")->choices = types;
    return (struct language){root, overrides};
}
