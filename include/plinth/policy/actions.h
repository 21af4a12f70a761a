/*
 * actions.h - whether AWS's reference has an action.
 *
 * Layer:  policy.
 * Source: the Service Authorization Reference of the day that src/policy/iam_actions.def names.
 *         AWS adds actions every week: that it does not have one is a hint, and proves nothing.
 */
#ifndef PLINTH_POLICY_ACTIONS_H
#define PLINTH_POLICY_ACTIONS_H

struct arena; /* base/arena.h */

enum policy_action {
    POLICY_ACTION_KNOWN,
    POLICY_ACTION_UNKNOWN,   /* the table does not have the service or the action */
    POLICY_ACTION_MALFORMED, /* not "service:Action", or a pattern */
};

/* What `action` is, whatever its case.  *out_text: what is wrong, with the near match; NULL where
 * it is known.  owns: `arena`.  yields: no. */
enum policy_action policy_action_look(const char *action, struct arena *arena,
                                      const char **out_text);

#endif
