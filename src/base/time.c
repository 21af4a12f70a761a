#include "plinth/base/time.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400 };

/* --- Calendar: proleptic Gregorian, days since 1970-01-01 ----------------------------------------
 */

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years start in March, so that the
 * leap day is the last one. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t era;
    unsigned yoe, doy, doe;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    yoe = (unsigned)(year - era * 400);
    doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

struct civil {
    int year;
    unsigned month, day, hour, minute, second;
};

static struct civil civil_from_ms(int64_t wall_ms)
{
    int64_t seconds = wall_ms >= 0 ? wall_ms / 1000 : -((999 - wall_ms) / 1000);
    int64_t days = seconds >= 0 ? seconds / DAY_S : -((DAY_S - 1 - seconds) / DAY_S);
    unsigned rest = (unsigned)(seconds - days * DAY_S);
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    unsigned month = mp < 10 ? mp + 3 : mp - 9;

    return (struct civil){.year = (int)((int64_t)yoe + era * 400 + (month <= 2)),
                          .month = month,
                          .day = doy - (153 * mp + 2) / 5 + 1,
                          .hour = rest / 3600,
                          .minute = rest / 60 % 60,
                          .second = rest % 60};
}

static bool civil_to_ms(const struct civil *c, int64_t *out_wall_ms)
{
    static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;

    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > days[c->month - 1] ||
        (c->month == 2 && c->day == 29 && !leap) || c->hour > 23 || c->minute > 59 ||
        c->second > 60)
        return false;
    *out_wall_ms = (days_from_civil(c->year, c->month, c->day) * DAY_S + (int64_t)c->hour * 3600 +
                    (int64_t)c->minute * 60 + c->second) *
                   1000;
    return true;
}

/* --- Printing ------------------------------------------------------------------------------------
 */

void time_rfc3339(int64_t wall_ms, char out[TIME_TEXT_BYTES])
{
    struct civil c = civil_from_ms(wall_ms);

    (void)snprintf(out, TIME_TEXT_BYTES, "%04d-%02u-%02uT%02u:%02u:%02uZ", c.year % 10000, c.month,
                   c.day, c.hour, c.minute, c.second);
}

void time_amz(int64_t wall_ms, char out[TIME_TEXT_BYTES])
{
    struct civil c = civil_from_ms(wall_ms);

    (void)snprintf(out, TIME_TEXT_BYTES, "%04d%02u%02uT%02u%02u%02uZ", c.year % 10000, c.month,
                   c.day, c.hour, c.minute, c.second);
}

void time_human(int64_t ms, char out[TIME_TEXT_BYTES])
{
    if (ms < 1000)
        (void)snprintf(out, TIME_TEXT_BYTES, "%lld ms", (long long)ms);
    else if (ms < 60 * 1000)
        (void)snprintf(out, TIME_TEXT_BYTES, "%lld.%lld s", (long long)(ms / 1000),
                       (long long)(ms % 1000 / 100));
    else
        (void)snprintf(out, TIME_TEXT_BYTES, "%lld min %lld s", (long long)(ms / 60000),
                       (long long)(ms % 60000 / 1000));
}

/* --- Parsing -------------------------------------------------------------------------------------
 */

/* `count` digits at *at; moves on.  False if there are fewer. */
static bool digits(const char **at, int count, unsigned *out)
{
    *out = 0;
    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (unsigned)(**at - '0');
    }
    return true;
}

static bool month_name(const char **at, unsigned *out)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (unsigned i = 0; i < 12; i++)
        if (strncmp(*at, names + 3 * (size_t)i, 3) == 0) {
            *at += 3;
            *out = i + 1;
            return true;
        }
    return false;
}

/* Read what `format` names, as strptime would: Y m b d H M S, each of fixed width; any other
 * character stands for itself. */
static bool fields(const char **at, const char *format, struct civil *out)
{
    unsigned year;

    for (; *format != '\0'; format++) {
        bool good;

        switch (*format) {
        case 'Y':
            good = digits(at, 4, &year);
            out->year = (int)year;
            break;
        case 'm':
            good = digits(at, 2, &out->month);
            break;
        case 'b':
            good = month_name(at, &out->month);
            break;
        case 'd':
            good = digits(at, 2, &out->day);
            break;
        case 'H':
            good = digits(at, 2, &out->hour);
            break;
        case 'M':
            good = digits(at, 2, &out->minute);
            break;
        case 'S':
            good = digits(at, 2, &out->second);
            break;
        default:
            good = **at == *format;
            *at += good;
        }
        if (!good)
            return false;
    }
    return true;
}

/* ".123", any number of digits; milliseconds count. */
static bool fraction(const char **at, int64_t *out_ms)
{
    int64_t scale = 100;

    *out_ms = 0;
    if (**at != '.')
        return true;
    (*at)++;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++, scale /= 10)
        *out_ms += (**at - '0') * scale;
    return true;
}

/* "Z", "+02:00" or "-0530". */
static bool offset(const char **at, int64_t *out_ms)
{
    unsigned hours, minutes;
    bool west = **at == '-';

    *out_ms = 0;
    if (**at == 'Z' || **at == 'z') {
        (*at)++;
        return true;
    }
    if (**at != '+' && !west)
        return false;
    (*at)++;
    if (!digits(at, 2, &hours))
        return false;
    if (**at == ':')
        (*at)++;
    if (!digits(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *out_ms = ((int64_t)hours * 60 + minutes) * 60000 * (west ? -1 : 1);
    return true;
}

bool time_parse_rfc3339(const char *text, int64_t *out_wall_ms)
{
    struct civil c = {0};
    int64_t ms, part_ms, offset_ms;

    if (!fields(&text, "Y-m-d", &c) || (*text != 'T' && *text != 't' && *text != ' '))
        return false;
    text++;
    if (!fields(&text, "H:M:S", &c) || !fraction(&text, &part_ms) || !offset(&text, &offset_ms) ||
        *text != '\0' || !civil_to_ms(&c, &ms))
        return false;
    *out_wall_ms = ms + part_ms - offset_ms;
    return true;
}

bool time_parse_amz(const char *text, int64_t *out_wall_ms)
{
    struct civil c = {0};

    return fields(&text, "YmdTHMSZ", &c) && *text == '\0' && civil_to_ms(&c, out_wall_ms);
}

bool time_parse_http(const char *text, int64_t *out_wall_ms)
{
    struct civil c = {0};

    if (strlen(text) != 29 || text[3] != ',' || text[4] != ' ')
        return false;
    text += 5;
    return fields(&text, "d b Y H:M:S ", &c) && strcmp(text, "GMT") == 0 &&
           civil_to_ms(&c, out_wall_ms);
}
