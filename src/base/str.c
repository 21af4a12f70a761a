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
            if (d <= 1)
                break;
            allowed = d - 1; /* only a nearer one wins from here on */
        }
    }
    return best;
}

bool utf8_valid(const char *bytes, size_t len)
{
    const unsigned char *at = (const unsigned char *)bytes, *end = at + len;

    while (at < end) {
        unsigned char c = *at;
        size_t more = c < 0x80 ? 0 : c < 0xC2 ? 9 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : 9;

        if (more > 3 || (size_t)(end - at) <= more)
            return false;
        for (size_t i = 1; i <= more; i++)
            if ((at[i] & 0xC0) != 0x80)
                return false;
        if ((c == 0xE0 && at[1] < 0xA0) || (c == 0xED && at[1] > 0x9F) ||
            (c == 0xF0 && at[1] < 0x90) || (c == 0xF4 && at[1] > 0x8F))
            return false;
        at += more + 1;
    }
    return true;
}
