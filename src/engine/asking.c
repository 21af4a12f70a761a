#include "asking.h"

#include "plinth/base/str.h"
#include "plinth/control/control.h"

#include <string.h>

const char asking_some_account[] = "000000000000";

const char *asking_setting(const struct baseline *baseline, const struct account *account,
                           const char *control, const char *key)
{
    const struct node *settings = baseline_control_node(baseline, control, account);
    const struct control *known = control_find(control);
    const struct node *value = node_get(settings, key);

    if (settings == NULL || known == NULL)
        return NULL;
    if (value != NULL && value->type == NODE_SCALAR)
        return value->text;
    for (const struct field *field = control_schema(known)->fields; field->key != NULL; field++)
        if (str_eq(field->key, key))
            return field->fallback;
    return NULL;
}

const char *asking_organization(const struct baseline *baseline, const char *known)
{
    for (size_t i = 0; known == NULL && i < baseline->policy_count; i++)
        if (strstr(baseline->policies[i].content, "\"o-") != NULL)
            return NULL;
    return known == NULL ? "o-0000000000" : known;
}

void asking_evaluate(const struct policy_attached *over, const struct policy_request *request,
                     const struct asking_facts *facts, struct policy_answer *out)
{
    const char *organization = facts->organization, *yes = "true", *no = "false";
    struct policy_key keys[7] = {{"aws:SecureTransport", &yes, 1},
                                 {"aws:AssumedRoot", &yes, facts->assumed_root},
                                 {"aws:ViaAWSService", &no, 1}};
    struct policy_request asked = *request;

    asked.keys = keys;
    asked.key_count = 3;
    if (facts->no_mfa)
        keys[asked.key_count++] = (struct policy_key){"aws:MultiFactorAuthPresent", &no, 1};
    if (facts->grant)
        keys[asked.key_count++] = (struct policy_key){"kms:GrantIsForAWSResource", &yes, 1};
    if (organization != NULL) {
        keys[asked.key_count++] = (struct policy_key){"aws:PrincipalOrgID", &organization, 1};
        keys[asked.key_count++] = (struct policy_key){"aws:ResourceOrgID", &organization, 1};
    }
    policy_evaluate(over, &asked, out);
}
