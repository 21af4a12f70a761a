/*
 * lint_action.c - actions that there are not, and lists of them that take everything.
 */
#include "document_priv.h"
#include "iam_tables.h"
#include "lint_priv.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <string.h>

enum {
    PREFIX_BYTES_MOST = 64,
    NAME_MOST = 96,      /* no action of a service is as long */
    NEAR_STEPS = 1 << 20 /* what looking for a near name may cost */
};

static void lint_unknown_service(struct lint *lint, const struct lint_place *place,
                                 const char *prefix)
{
    const char *near = lint_pay(lint, NEAR_STEPS) ? iam_service_nearest(prefix) : NULL;

    lint_add(lint, LINT_UNKNOWN_SERVICE, place, "no service is called \"%s\"%s%s%s", prefix,
             near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
             near == NULL ? "" : "?");
}

static void lint_unknown_action(struct lint *lint, const struct lint_place *place,
                                const char *const *service, const char *name)
{
    const char *near = NULL;

    if (strlen(name) < NAME_MOST && lint_pay(lint, NEAR_STEPS))
        near = iam_action_nearest(service[0], name);
    lint_add(lint, LINT_UNKNOWN_ACTION, place, "%s has no action \"%s\"%s%s%s", service[0], name,
             near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
             near == NULL ? "" : "?");
}

static bool matches_any(struct lint *lint, const char *const *service, const char *pattern)
{
    size_t len = strlen(pattern);

    for (size_t i = 1; service[i] != NULL; i++) {
        size_t name_len = strlen(service[i]);

        if (!lint_pay(lint, (uint64_t)len * name_len) || /* nothing is proved then */
            glob_covers(pattern, len, service[i], name_len, true))
            return true;
    }
    return false;
}

static void lint_action(struct lint *lint, const struct lint_place *place)
{
    const char *text = place->item->string, *colon = strchr(text, ':'), *const * service;
    char prefix[PREFIX_BYTES_MOST];
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);

    if (colon == NULL || str_eq(text, "*:*"))
        return;
    for (size_t i = 0; i < len && i < sizeof prefix - 1; i++)
        prefix[i] = (char)tolower((unsigned char)text[i]);
    prefix[len < sizeof prefix - 1 ? len : sizeof prefix - 1] = '\0';
    service = iam_service(prefix);
    if (service == NULL) {
        lint_unknown_service(lint, place, prefix);
    } else if (strpbrk(colon, "*?") != NULL) {
        if (!matches_any(lint, service, colon + 1))
            lint_add(lint, LINT_MATCHES_NOTHING, place, "no action of %s matches \"%s\"", prefix,
                     colon + 1);
    } else if (iam_action_find(prefix, colon + 1) == NULL) {
        lint_unknown_action(lint, place, service, colon + 1);
    } else if (iam_action_deprecated(prefix, colon + 1)) {
        lint_add(lint, LINT_DEPRECATED_ACTION, place, "AWS calls %s deprecated", text);
    }
}

void lint_actions(struct lint *lint)
{
    const struct json *action = json_get(lint->statement, "Action");
    const struct json *not_action = json_get(lint->statement, "NotAction");
    const struct json *list = action != NULL ? action : not_action, *all;
    struct lint_place place = {.element = list->key, .list = list};

    for (const struct json *it = lint_first(list); it != NULL; it = lint_next(list, it)) {
        place.item = it;
        lint_action(lint, &place);
    }
    all = not_action == NULL ? NULL : lint_covering(not_action, "*", action_covers);
    if (all == NULL && not_action != NULL)
        all = lint_covering(not_action, "*:*", str_eq);
    if (all != NULL) {
        place.item = all;
        lint_add(lint, LINT_VOID, &place, "NotAction excepts every action: the statement is void");
    }
}
