/*
 * replay_action.c - the IAM action that a CloudTrail event takes.
 *
 * Most events are named as their action is.  The tables say which are not, and which actions there
 * are: an event that is in neither is taken as service:eventName, and told as such.
 */
#include "replay_priv.h"

#include "iam_tables.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *source, *prefix;
} sources[] = {
#define SOURCE(source_, prefix_) {source_, prefix_},
#define EVENT(prefix_, event_, action_)
#include "cloudtrail_events.def"
#undef SOURCE
#undef EVENT
};

static const struct {
    const char *prefix, *event, *action;
} events[] = {
#define SOURCE(source_, prefix_)
#define EVENT(prefix_, event_, action_) {prefix_, event_, action_},
#include "cloudtrail_events.def"
#undef SOURCE
#undef EVENT
};

static const char *prefix_of(const char *source)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (str_eq(sources[i].source, source))
            return sources[i].prefix;
    return source;
}

/* Whether `name` is a row's event; *out_action is NULL where it takes no permission. */
static bool find_event(const char *prefix, const char *name, const char **out_action)
{
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (str_eq(events[i].prefix, prefix) && str_eq_nocase(events[i].event, name)) {
            *out_action = events[i].action;
            return true;
        }
    return false;
}

/* Lambda and CloudFront put the API's date behind the name: "CreateFunction20150331",
 * "GetFunction20150331v2", "GetDistribution2020_05_31".  Its length without that. */
static size_t without_date(const char *name)
{
    size_t len = strlen(name), at = len, digits = 0;

    if (at > 2 && isdigit((unsigned char)name[at - 1]) && name[at - 2] == 'v')
        at -= 2;
    while (at > 0 && (isdigit((unsigned char)name[at - 1]) || name[at - 1] == '_'))
        digits += name[--at] != '_';
    return digits == 8 && at > 0 ? at : len;
}

enum action_kind replay_action_of(const char *source, const char *name, char out[ACTION_BYTES_MOST])
{
    char host[ACTION_BYTES_MOST], event[ACTION_BYTES_MOST];
    const char *suffix = strstr(source, ".amazonaws.com"), *prefix, *action = NULL;
    size_t len = suffix == NULL ? strlen(source) : (size_t)(suffix - source);

    if (len >= sizeof host || strlen(name) >= sizeof event)
        return ACTION_NONE;
    (void)snprintf(host, sizeof host, "%.*s", (int)len, source);
    (void)snprintf(event, sizeof event, "%s", name);
    prefix = prefix_of(host);
    for (int i = 0; i < 2; i++) {
        if (find_event(prefix, event, &action)) {
            (void)snprintf(out, ACTION_BYTES_MOST, "%s", action == NULL ? "" : action);
            return action == NULL ? ACTION_FREE : ACTION_KNOWN;
        }
        action = iam_action_find(prefix, event);
        if (action != NULL)
            break;
        event[without_date(event)] = '\0';
    }
    len = (size_t)snprintf(out, ACTION_BYTES_MOST, "%s:%s", prefix, action == NULL ? name : action);
    if (len >= ACTION_BYTES_MOST)
        return ACTION_NONE;
    return action == NULL ? ACTION_ASSUMED : ACTION_KNOWN;
}
