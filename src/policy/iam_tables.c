/*
 * iam_tables.c - the tables of actions and condition keys that tools/iam-actions.py prints.
 */
#include "iam_tables.h"

#include "document_priv.h"
#include "plinth/base/str.h"

#include <string.h>

/* Each ends with NULL: the service's prefix, then its actions. */
static const char *const *const services[] = {
#define SERVICE(...) (const char *const[]){__VA_ARGS__, NULL},
#include "iam_actions.def"
#undef SERVICE
};

static const struct iam_key service_keys[] = {
#define KEY(name_, type_, several_, actions_)                                                      \
    {.name = name_, .type = IAM_KEY_##type_, .several = several_, .actions = actions_},
#define DEPRECATED(service_, actions_)
#include "iam_condition_keys.def"
#undef KEY
#undef DEPRECATED
};

static const struct {
    const char *service, *actions;
} deprecated[] = {
#define KEY(name_, type_, several_, actions_)
#define DEPRECATED(service_, actions_) {service_, actions_},
#include "iam_condition_keys.def"
#undef KEY
#undef DEPRECATED
};

static const struct iam_key global_keys[] = {
#define GLOBAL(name_, type_, several_, in_every_scp_)                                              \
    {.name = name_,                                                                                \
     .type = IAM_KEY_##type_,                                                                      \
     .several = several_,                                                                          \
     .in_every_scp = in_every_scp_,                                                                \
     .actions = ""},
#include "iam_global_keys.def"
#undef GLOBAL
};

enum {
    SERVICE_COUNT = sizeof services / sizeof services[0],
    SERVICE_KEY_COUNT = sizeof service_keys / sizeof service_keys[0],
    GLOBAL_KEY_COUNT = sizeof global_keys / sizeof global_keys[0],
};

/* --- Actions -------------------------------------------------------------------------------------
 */

const char *const *iam_service(const char *prefix)
{
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        if (str_eq(services[i][0], prefix))
            return services[i];
    return NULL;
}

const char *const *const *iam_services(size_t *out_count)
{
    *out_count = SERVICE_COUNT;
    return services;
}

const char *iam_action_find(const char *prefix, const char *name)
{
    const char *const *service = iam_service(prefix);

    for (size_t i = 1; service != NULL && service[i] != NULL; i++)
        if (str_eq_nocase(service[i], name))
            return service[i];
    return NULL;
}

const char *iam_service_nearest(const char *prefix)
{
    const char *names[SERVICE_COUNT];

    for (size_t i = 0; i < SERVICE_COUNT; i++)
        names[i] = services[i][0];
    return str_nearest(prefix, names, SERVICE_COUNT);
}

const char *iam_action_nearest(const char *prefix, const char *name)
{
    const char *const *service = iam_service(prefix);
    size_t count = 0;

    while (service != NULL && service[count + 1] != NULL)
        count++;
    return count == 0 ? NULL : str_nearest(name, service + 1, count);
}

bool iam_action_deprecated(const char *prefix, const char *name)
{
    size_t i = 0;

    while (i < sizeof deprecated / sizeof deprecated[0] && !str_eq(deprecated[i].service, prefix))
        i++;
    if (i == sizeof deprecated / sizeof deprecated[0])
        return false;
    for (const char *at = deprecated[i].actions; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");

        if (glob_covers(at, len, name, strlen(name), true))
            return true;
        at += len;
    }
    return false;
}

/* --- Condition keys ------------------------------------------------------------------------------
 */

const struct iam_key *iam_keys(size_t *out_count)
{
    *out_count = SERVICE_KEY_COUNT;
    return service_keys;
}

const struct iam_key *iam_global_keys(size_t *out_count)
{
    *out_count = GLOBAL_KEY_COUNT;
    return global_keys;
}

const struct iam_key *iam_key_find(const char *name)
{
    bool global = glob_covers("aws:*", strlen("aws:*"), name, strlen(name), true);
    const struct iam_key *keys = global ? global_keys : service_keys;
    size_t count = global ? GLOBAL_KEY_COUNT : SERVICE_KEY_COUNT, len = strlen(name);

    for (size_t i = 0; i < count; i++)
        if (glob_covers(keys[i].name, strlen(keys[i].name), name, len, true))
            return &keys[i];
    return NULL;
}
