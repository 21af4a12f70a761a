#include "ec2_setting.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

static size_t rank(const struct choice *choices, const char *value)
{
    size_t at = 0;

    while (choices[at].key != NULL && !str_eq(choices[at].value, value))
        at++;
    return at;
}

bool ec2_setting_weakens(const struct choice *choices, const char *from, const char *to)
{
    return rank(choices, from) < rank(choices, to);
}

void ec2_setting_judge(struct control_ctx *ctx, const struct json *answer, bool as_wanted,
                       const char *live, const char *wanted)
{
    if (as_wanted || !str_eq(json_str(answer, "managedBy"), "declarative-policy"))
        return;
    ctx->skip = arena_printf(ctx->arena,
                             "a declarative policy of the organization says %s, the baseline says "
                             "%s; change one of them",
                             live, wanted);
}
