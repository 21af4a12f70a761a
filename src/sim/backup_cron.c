/*
 * backup_cron.c - when a schedule "cron(minute hour day month weekday year)" is due.
 *
 * Source: Amazon EventBridge Scheduler User Guide, "Cron-based schedules", which AWS Backup refers
 *         to.
 * Limits: UTC; L, W and # are taken, but what has them is never due.
 */
#include "backup_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FIELDS = 6, DAYS_BACK_MOST = 800, MINUTES_OF_DAY = 1440, TEXT_BYTES_MOST = 128 };
static const int64_t minute_ms = 60000;

static const struct {
    int least, most;
    const char *names; /* three letters each, beginning with `least`; NULL: none */
} fields[FIELDS] = {
    {0, 59, NULL},
    {0, 23, NULL},
    {1, 31, NULL},
    {1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    {1, 7, "SUNMONTUEWEDTHUFRISAT"},
    {1970, 2199, NULL},
};

struct cron {
    char text[TEXT_BYTES_MOST];
    const char *field[FIELDS];
};

/* --- Fields --------------------------------------------------------------------------------------
 */

/* A number or a name at *at, which moves behind it; -1 if there is none. */
static int value_at(const char **at, int field)
{
    const char *names = fields[field].names;
    int value = 0;

    for (size_t i = 0; names != NULL && names[i * 3] != '\0'; i++)
        if (strncmp(*at, names + i * 3, 3) == 0) {
            *at += 3;
            return fields[field].least + (int)i;
        }
    if (**at < '0' || **at > '9')
        return -1;
    for (; **at >= '0' && **at <= '9' && value < 100000; ++*at)
        value = value * 10 + (**at - '0');
    return value;
}

/* One part of a list: "*", "5", "5-7", "0/15", "*" "/2".  False: no such part. */
static bool part_range(const char **at, int field, int *low, int *high, int *step)
{
    *low = fields[field].least;
    *high = fields[field].most;
    *step = 1;
    if (**at == '*' || **at == '?') {
        ++*at;
    } else {
        *low = *high = value_at(at, field);
        if (**at == '-') {
            ++*at;
            *high = value_at(at, field);
        } else if (**at == '/') {
            *high = fields[field].most;
        }
    }
    if (**at == '/') {
        ++*at;
        *step = value_at(at, field);
    }
    return *low >= fields[field].least && *high <= fields[field].most && *low <= *high && *step > 0;
}

static bool matches(const struct cron *cron, int field, int value)
{
    const char *at = cron->field[field];
    int low, high, step;

    do {
        if (!part_range(&at, field, &low, &high, &step))
            return false;
        if (value >= low && value <= high && (value - low) % step == 0)
            return true;
    } while (*at++ == ',');
    return false;
}

static bool field_is_valid(const char *at, int field)
{
    int low, high, step;

    if (strpbrk(at, "LW#") != NULL && (field == 2 || field == 4))
        return true;
    do {
        if (!part_range(&at, field, &low, &high, &step))
            return false;
    } while (*at++ == ',');
    return at[-1] == '\0';
}

static bool cron_parse(const char *expression, struct cron *out)
{
    size_t len = strlen(expression);
    char *at = out->text;

    if (!str_starts(expression, "cron(") || !str_ends(expression, ")") || len >= TEXT_BYTES_MOST)
        return false;
    (void)snprintf(out->text, sizeof out->text, "%.*s", (int)(len - 6), expression + 5);
    for (size_t i = 0; i < FIELDS; i++) {
        at += strspn(at, " ");
        if (*at == '\0')
            return false;
        out->field[i] = at;
        at += strcspn(at, " ");
        if (*at != '\0')
            *at++ = '\0';
    }
    return at[strspn(at, " ")] == '\0';
}

bool backup_cron_is_valid(const char *expression)
{
    struct cron cron;

    if (!cron_parse(expression, &cron))
        return false;
    for (int i = 0; i < FIELDS; i++)
        if (!field_is_valid(cron.field[i], i))
            return false;
    /* One of the two ways to name a day must say nothing. */
    return str_eq(cron.field[2], "?") || str_eq(cron.field[4], "?");
}

/* --- Times ---------------------------------------------------------------------------------------
 */

static bool day_matches(const struct cron *cron, int64_t day)
{
    time_t seconds = (time_t)(day * MINUTES_OF_DAY * 60);
    struct tm tm;

    return gmtime_r(&seconds, &tm) != NULL && matches(cron, 2, tm.tm_mday) &&
           matches(cron, 3, tm.tm_mon + 1) && matches(cron, 4, tm.tm_wday + 1) &&
           matches(cron, 5, tm.tm_year + 1900);
}

size_t backup_cron_due(const char *expression, int64_t after_ms, int64_t until_ms, int64_t *out,
                       size_t most)
{
    int64_t last = until_ms / minute_ms, first = after_ms / minute_ms + 1, day;
    size_t count = 0;
    struct cron cron;

    if (!backup_cron_is_valid(expression) || !cron_parse(expression, &cron))
        return 0;
    if (first < last - (int64_t)DAYS_BACK_MOST * MINUTES_OF_DAY)
        first = last - (int64_t)DAYS_BACK_MOST * MINUTES_OF_DAY;
    for (day = last / MINUTES_OF_DAY; day >= first / MINUTES_OF_DAY && count < most; day--) {
        if (!day_matches(&cron, day))
            continue;
        for (int minute = MINUTES_OF_DAY - 1; minute >= 0 && count < most; minute--) {
            int64_t at = day * MINUTES_OF_DAY + minute;

            if (at >= first && at <= last && matches(&cron, 1, minute / 60) &&
                matches(&cron, 0, minute % 60))
                out[count++] = at * minute_ms;
        }
    }
    for (size_t i = 0; i < count / 2; i++) {
        int64_t other = out[count - 1 - i];

        out[count - 1 - i] = out[i];
        out[i] = other;
    }
    return count;
}
