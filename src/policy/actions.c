#include "plinth/policy/actions.h"

#include "iam_tables.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <string.h>

enum { ACTION_BYTES_MOST = 128 }; /* IAM's own limit */

static const char digits_and_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* The prefix in lower case; NULL: it does not read "service:Action". */
static const char *prefix_of(const char *action, const char *colon, struct arena *arena)
{
    char *prefix;

    if (colon == NULL || colon == action || colon[1] == '\0' ||
        strlen(action) > ACTION_BYTES_MOST ||
        colon[1 + strspn(colon + 1, digits_and_letters)] != '\0')
        return NULL;
    prefix = arena_strn(arena, action, (size_t)(colon - action));
    for (char *at = prefix; *at != '\0'; at++) {
        if (*at != '-' && strchr(digits_and_letters, *at) == NULL)
            return NULL;
        *at = (char)tolower((unsigned char)*at);
    }
    return prefix;
}

static const char *unknown(const char *what, const char *near, struct arena *arena)
{
    return near == NULL ? what : arena_printf(arena, "%s; did you mean %s?", what, near);
}

enum policy_action policy_action_look(const char *action, struct arena *arena,
                                      const char **out_text)
{
    const char *colon = strchr(action, ':'), *prefix = prefix_of(action, colon, arena), *near;

    *out_text = NULL;
    if (strpbrk(action, "*?") != NULL) {
        *out_text = arena_printf(arena, "one action, not the pattern '%s'", action);
        return POLICY_ACTION_MALFORMED;
    }
    if (prefix == NULL) {
        *out_text = arena_printf(arena, "an action reads \"service:Action\", not \"%s\"", action);
        return POLICY_ACTION_MALFORMED;
    }
    if (iam_action_find(prefix, colon + 1) != NULL)
        return POLICY_ACTION_KNOWN;
    if (iam_service(prefix) == NULL) {
        near = iam_service_nearest(prefix);
        *out_text =
            unknown(arena_printf(arena, "no service is called \"%s\"", prefix), near, arena);
    } else {
        near = iam_action_nearest(prefix, colon + 1);
        near = near == NULL ? NULL : arena_printf(arena, "%s:%s", prefix, near);
        *out_text =
            unknown(arena_printf(arena, "%s has no action \"%s\"", prefix, colon + 1), near, arena);
    }
    return POLICY_ACTION_UNKNOWN;
}
