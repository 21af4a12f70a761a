/*
 * organizations_ids.c - the shapes of ids, checked before anything is looked up.
 *
 * Source: the patterns of RootId, OrganizationalUnitId, AccountId, PolicyId and their kin in
 *         docs.aws.amazon.com/organizations/latest/APIReference; InvalidInputException's reasons.
 */
#include "organizations_priv.h"

#include <string.h>

#define LOWER_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZ_" LOWER_DIGITS

enum kind {
    ROOT = 1 << 0,
    UNIT = 1 << 1,
    ACCOUNT = 1 << 2,
    POLICY = 1 << 3,
    RESOURCE_POLICY = 1 << 4,
    HANDSHAKE = 1 << 5,
    CREATION = 1 << 6,
};

/* A prefix, and one or two runs of characters; the second stands behind a '-'. */
struct shape {
    enum kind kind;
    const char *prefix, *alphabet;
    size_t least, most;
    size_t second_least, second_most; /* 0: there is one run only */
};

static const struct shape shapes[] = {
    {ROOT, "r-", LOWER_DIGITS, 4, 32, 0, 0},       {UNIT, "ou-", LOWER_DIGITS, 4, 32, 8, 32},
    {ACCOUNT, "", "0123456789", 12, 12, 0, 0},     {POLICY, "p-", WORD, 8, 128, 0, 0},
    {RESOURCE_POLICY, "rp-", WORD, 4, 128, 0, 0},  {HANDSHAKE, "h-", LOWER_DIGITS, 8, 32, 0, 0},
    {CREATION, "car-", LOWER_DIGITS, 8, 32, 0, 0},
};

static const struct {
    const char *name;
    unsigned kinds; /* that it may be */
    const char *reason;
} params[] = {
    {"ParentId", ROOT | UNIT, "INVALID_PATTERN"},
    {"SourceParentId", ROOT | UNIT, "INVALID_PATTERN"},
    {"DestinationParentId", ROOT | UNIT, "INVALID_PATTERN"},
    {"ChildId", UNIT | ACCOUNT, "INVALID_PATTERN"},
    {"OrganizationalUnitId", UNIT, "INVALID_PATTERN"},
    {"RootId", ROOT, "INVALID_PATTERN"},
    {"TargetId", ROOT | UNIT | ACCOUNT, "INVALID_PATTERN_TARGET_ID"},
    {"PolicyId", POLICY, "INVALID_SYNTAX_POLICY_ID"},
    {"ResourceId", ROOT | UNIT | ACCOUNT | POLICY | RESOURCE_POLICY, "INVALID_PATTERN"},
    {"HandshakeId", HANDSHAKE, "INVALID_PATTERN"},
    {"CreateAccountRequestId", CREATION, "INVALID_PATTERN"},
};

static bool fits(const char *id, const struct shape *shape)
{
    size_t run;

    if (!str_starts(id, shape->prefix))
        return false;
    id += strlen(shape->prefix);
    run = strspn(id, shape->alphabet);
    if (run < shape->least || run > shape->most)
        return false;
    id += run;
    if (shape->second_most == 0)
        return *id == '\0';
    if (*id++ != '-')
        return false;
    run = strspn(id, shape->alphabet);
    return run >= shape->second_least && run <= shape->second_most && id[run] == '\0';
}

static bool fits_any(const char *id, unsigned kinds)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if ((kinds & shapes[i].kind) != 0 && fits(id, &shapes[i]))
            return true;
    return false;
}

int org_check_ids(struct sim_call *call)
{
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        const char *id = sim_param(call, params[i].name);

        if (id != NULL && !fits_any(id, params[i].kinds))
            return org_invalid(call, params[i].reason,
                               "You provided a value that does not match the required pattern.");
    }
    return 0;
}
