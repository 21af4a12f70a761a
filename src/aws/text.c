#include "text_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <string.h>

bool text_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool text_is_true(const char *text)
{
    return text != NULL && str_eq_nocase(text, "true");
}

static bool separates(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word, from its first character on; NULL if it does not end.  `out` has room for it. */
static const char *take_word(const char *at, char *out)
{
    char quote = '\0'; /* the one we are in */

    for (; *at != '\0' && (quote != '\0' || !separates(*at)); at++) {
        if (*at == quote) {
            quote = '\0';
        } else if (quote == '\0' && (*at == '"' || *at == '\'')) {
            quote = *at;
        } else if (*at == '\\' && quote != '\'') {
            if (*++at == '\0')
                return NULL;
            if (quote != '\0' && *at != '\\' && *at != quote)
                *out++ = '\\'; /* between quotes it escapes nothing else */
            *out++ = *at;
        } else {
            *out++ = *at;
        }
    }
    *out = '\0';
    return quote == '\0' ? at : NULL;
}

bool text_shell_split(const char *text, struct arena *arena, char ***out, size_t *out_count)
{
    VEC(char *) words = {0};
    const char *at = text;

    for (;;) {
        char *word;

        while (separates(*at))
            at++;
        if (*at == '\0')
            break;
        word = arena_alloc(arena, strlen(at) + 1);
        at = take_word(at, word);
        if (at == NULL)
            return false;
        *VEC_ADD(arena, &words) = word;
    }
    *out_count = words.count;
    *VEC_ADD(arena, &words) = NULL;
    *out = words.items;
    return true;
}
