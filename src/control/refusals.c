#include "plinth/control/refusals.h"

#include "plinth/base/arena.h"
#include "plinth/control/facts.h"

#include <stdio.h>

enum { FACT_BYTES = 256 }; /* a principal has at most 128 */

static const char *const words[REFUSAL_COUNT] = {
    [REFUSAL_TRUSTED_ACCESS] = "trusted access for",
    [REFUSAL_ADMINISTRATOR] = "the delegated administrator of",
};

static const char *fact_of(enum refusal refusal, const char *principal, char out[FACT_BYTES])
{
    (void)snprintf(out, FACT_BYTES, "refused: %s %s", words[refusal], principal);
    return out;
}

int refusals_note(struct facts *facts, enum refusal refusal, const char *principal, int result,
                  const struct err *err)
{
    char name[FACT_BYTES];

    facts_set(facts, fact_of(refusal, principal, name), result == 0 ? NULL : err->text);
    return result;
}

static const char *awaited_fact(const char *principal, char out[FACT_BYTES])
{
    (void)snprintf(out, FACT_BYTES, "awaited: trusted access for %s", principal);
    return out;
}

void refusals_await(struct facts *facts, const char *principal, bool awaited)
{
    char name[FACT_BYTES];

    facts_set(facts, awaited_fact(principal, name), awaited ? "yes" : NULL);
}

bool refusals_is_awaited(const struct facts *facts, const char *principal)
{
    char name[FACT_BYTES];

    return facts_get(facts, awaited_fact(principal, name)) != NULL;
}

const char *refusals_of(const struct facts *facts, enum refusal refusal, const char *principal,
                        struct arena *arena)
{
    char name[FACT_BYTES];
    const char *text = facts_get(facts, fact_of(refusal, principal, name));

    return text == NULL ? NULL
                        : arena_printf(arena, "%s %s, which was refused: %s", words[refusal],
                                       principal, text);
}
