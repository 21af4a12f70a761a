#include "plinth/base/str.h"

#include <string.h>

bool str_eq(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text), tail = strlen(suffix);

    return len >= tail && memcmp(text + len - tail, suffix, tail) == 0;
}

static int lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool str_eq_nocase(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (lower((unsigned char)*a) != lower((unsigned char)*b))
            return false;
    return *a == *b;
}

const char *yes_no(bool value)
{
    return value ? "yes" : "no";
}

bool str_to_u64(const char *text, uint64_t *out)
{
    uint64_t value = 0;

    if (text == NULL || *text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned digit = (unsigned)(unsigned char)*text - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

enum { NEAREST_LETTERS_MOST = 64 };

/* Optimal string alignment: insert, delete, replace, or swap two neighbours. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NEAREST_LETTERS_MOST + 1];
    size_t a_len = strlen(a), b_len = strlen(b);
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    if (a_len > NEAREST_LETTERS_MOST || b_len > NEAREST_LETTERS_MOST)
        return a_len + b_len;
    for (size_t j = 0; j <= b_len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *spare = before;

        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            int ca = lower((unsigned char)a[i - 1]), cb = lower((unsigned char)b[j - 1]);
            size_t best = last[j - 1] + (ca != cb);

            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && ca == lower((unsigned char)b[j - 2]) &&
                lower((unsigned char)a[i - 2]) == cb && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[b_len];
}

const char *str_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t allowed = strlen(word) / 3;
    const char *best = NULL;

    if (allowed == 0)
        allowed = 1;
    if (allowed > 3)
        allowed = 3;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, candidates[i]);

        if (d <= allowed) {
            best = candidates[i];
            if (d == 0)
                break;
            allowed = d - 1; /* only a nearer one wins from here on */
        }
    }
    return best;
}

size_t utf8_len(const char *bytes, size_t len)
{
    /* The Unicode Standard, table 3-7: what the first byte allows the second to be. */
    static const struct {
        unsigned char first, last, second_least, second_most, bytes;
    } forms[] = {
        {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    const unsigned char *at = (const unsigned char *)bytes;
    size_t form = 0;

    if (len == 0)
        return 0;
    while (form < sizeof forms / sizeof forms[0] && at[0] > forms[form].last)
        form++;
    if (form == sizeof forms / sizeof forms[0] || at[0] < forms[form].first ||
        len < forms[form].bytes)
        return 0;
    if (forms[form].bytes > 1 &&
        (at[1] < forms[form].second_least || at[1] > forms[form].second_most))
        return 0;
    for (size_t i = 2; i < forms[form].bytes; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return forms[form].bytes;
}

bool utf8_valid(const char *bytes, size_t len)
{
    size_t step;

    for (; len > 0; bytes += step, len -= step) {
        step = utf8_len(bytes, len);
        if (step == 0)
            return false;
    }
    return true;
}

size_t str_control(const char *text)
{
    unsigned char c = (unsigned char)text[0];

    if (c == 0xC2)
        return (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0 ? 2 : 0;
    return c != '\0' && (c < 0x20 || c == 0x7F) ? 1 : 0;
}

void str_defang(char *text, char with)
{
    char *out = text;
    size_t step;

    for (; *text != '\0'; text += step) {
        step = str_control(text);
        *out++ = step == 0 ? *text : with;
        step += step == 0;
    }
    *out = '\0';
}
