/*
 * organization.c - the table behind organization.h.
 */
#include "plinth/policy/organization.h"

#include "plinth/base/str.h"
#include "plinth/policy/document.h"

static const struct policy_type types[] = {
#define TYPE(key_, api_, title_, iam_, target_, reserved_, characters_, organization_)             \
    {.key = key_,                                                                                  \
     .api_name = api_,                                                                             \
     .title = title_,                                                                              \
     .iam_language = iam_,                                                                         \
     .per_target_max = target_,                                                                    \
     .reserved = reserved_,                                                                        \
     .characters_max = characters_,                                                                \
     .per_organization_max = organization_},
#include "quotas.def"
#undef TYPE
    {.key = NULL},
};

const struct policy_type *policy_types(void)
{
    return types;
}

const struct policy_type *policy_type_find(const char *key_or_api_name)
{
    for (const struct policy_type *type = types; type->key != NULL; type++)
        if (str_eq(type->key, key_or_api_name) || str_eq(type->api_name, key_or_api_name))
            return type;
    return NULL;
}

int policy_type_check(const struct policy_type *type, const struct json *document, struct err *err)
{
    if (type->iam_language)
        return policy_document_check_kind(
            document, str_eq(type->api_name, "RESOURCE_CONTROL_POLICY") ? POLICY_RCP : POLICY_SCP,
            err);
    if (document == NULL || document->type != JSON_OBJECT || document->count == 0)
        return err_set(err, ERR_CONFIG, "a policy document must be a map with something in it");
    return 0;
}
