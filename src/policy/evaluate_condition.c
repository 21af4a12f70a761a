/*
 * evaluate_condition.c - the condition operators.
 *
 * Source: IAM User Guide, "Condition operators" (and in it "...IfExists" and "Null"),
 * "Single-valued vs. multivalued context keys" (ForAllValues, ForAnyValue).
 */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const struct operator_row {
    const char *name;
    enum condition_type type;
    enum comparison comparison;
    bool negated;
    unsigned pattern_flags;
} operators[] = {
    {"StringEquals", CONDITION_TEXT, COMPARE_EQUAL, false, 0},
    {"StringNotEquals", CONDITION_TEXT, COMPARE_EQUAL, true, 0},
    {"StringEqualsIgnoreCase", CONDITION_TEXT, COMPARE_EQUAL, false, PATTERN_NOCASE},
    {"StringNotEqualsIgnoreCase", CONDITION_TEXT, COMPARE_EQUAL, true, PATTERN_NOCASE},
    {"StringLike", CONDITION_TEXT, COMPARE_EQUAL, false, PATTERN_WILDCARDS},
    {"StringNotLike", CONDITION_TEXT, COMPARE_EQUAL, true, PATTERN_WILDCARDS},
    {"ArnEquals", CONDITION_ARN, COMPARE_EQUAL, false, PATTERN_WILDCARDS},
    {"ArnLike", CONDITION_ARN, COMPARE_EQUAL, false, PATTERN_WILDCARDS},
    {"ArnNotEquals", CONDITION_ARN, COMPARE_EQUAL, true, PATTERN_WILDCARDS},
    {"ArnNotLike", CONDITION_ARN, COMPARE_EQUAL, true, PATTERN_WILDCARDS},
    {"NumericEquals", CONDITION_NUMERIC, COMPARE_EQUAL, false, 0},
    {"NumericNotEquals", CONDITION_NUMERIC, COMPARE_EQUAL, true, 0},
    {"NumericLessThan", CONDITION_NUMERIC, COMPARE_LESS, false, 0},
    {"NumericLessThanEquals", CONDITION_NUMERIC, COMPARE_LESS_EQUAL, false, 0},
    {"NumericGreaterThan", CONDITION_NUMERIC, COMPARE_GREATER, false, 0},
    {"NumericGreaterThanEquals", CONDITION_NUMERIC, COMPARE_GREATER_EQUAL, false, 0},
    {"DateEquals", CONDITION_DATE, COMPARE_EQUAL, false, 0},
    {"DateNotEquals", CONDITION_DATE, COMPARE_EQUAL, true, 0},
    {"DateLessThan", CONDITION_DATE, COMPARE_LESS, false, 0},
    {"DateLessThanEquals", CONDITION_DATE, COMPARE_LESS_EQUAL, false, 0},
    {"DateGreaterThan", CONDITION_DATE, COMPARE_GREATER, false, 0},
    {"DateGreaterThanEquals", CONDITION_DATE, COMPARE_GREATER_EQUAL, false, 0},
    {"Bool", CONDITION_BOOL, COMPARE_EQUAL, false, 0},
    {"BinaryEquals", CONDITION_BINARY, COMPARE_EQUAL, false, 0},
    {"IpAddress", CONDITION_IP, COMPARE_EQUAL, false, 0},
    {"NotIpAddress", CONDITION_IP, COMPARE_EQUAL, true, 0},
    {"Null", CONDITION_NULL, COMPARE_EQUAL, false, 0},
};

/* --- Values --------------------------------------------------------------------------------------
 */

/* A decimal number, nothing behind it; strtod alone takes hexadecimal, infinity and blanks. */
static bool read_number(const char *text, double *out)
{
    char *end;

    if (*text == '\0' || text[strspn(text, "0123456789.+-eE")] != '\0')
        return false;
    errno = 0;
    *out = strtod(text, &end);
    return *end == '\0' && errno == 0;
}

/* A date of ISO 8601 as W3C's profile has it ("2026", "2026-11-24", "2026-11-24T14:17Z", with
 * seconds and fractions), or seconds since 1970. */
static bool read_date(const char *text, int64_t *out_ms)
{
    static const char rest[] = "0000-01-01T00:00:00Z"; /* what a shorter form leaves out */
    char full[sizeof rest];
    size_t len = strlen(text);
    uint64_t seconds;

    if (time_parse_rfc3339(text, out_ms))
        return true;
    if (len != 4 && str_to_u64(text, &seconds) && seconds < UINT32_MAX * UINT64_C(1000)) {
        *out_ms = (int64_t)seconds * 1000;
        return true;
    }
    memcpy(full, rest, sizeof rest);
    if (len == strlen("2026-11-24T14:17Z") && text[len - 1] == 'Z')
        len--;
    else if (len != strlen("2026") && len != strlen("2026-11") && len != strlen("2026-11-24"))
        return false;
    memcpy(full, text, len);
    return time_parse_rfc3339(full, out_ms);
}

static bool read_range(const char *text, struct ip_range *out)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    uint64_t prefix;

    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    out->family = strchr(address, ':') == NULL ? AF_INET : AF_INET6;
    prefix = out->family == AF_INET ? 32 : 128;
    out->prefix = (unsigned)prefix;
    if (text[len] == '/' && (!str_to_u64(text + len + 1, &prefix) || prefix > out->prefix))
        return false;
    out->prefix = (unsigned)prefix;
    return inet_pton(out->family, address, out->address) == 1;
}

static bool in_range(const struct ip_range *range, const struct ip_range *address)
{
    unsigned bytes = range->prefix / 8, bits = range->prefix % 8;
    unsigned mask = 0xffU << (8 - bits) & 0xffU;

    return range->family == address->family && range->prefix <= address->prefix &&
           memcmp(range->address, address->address, bytes) == 0 &&
           (bits == 0 || ((range->address[bytes] ^ address->address[bytes]) & mask) == 0);
}

/* --- Compile -------------------------------------------------------------------------------------
 */

static const struct operator_row *find_operator(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strncmp(operators[i].name, name, len) == 0 && operators[i].name[len] == '\0')
            return &operators[i];
    return NULL;
}

static int compile_value(const struct operator_row *row, const struct json *json, bool variables,
                         struct arena *arena, struct condition_value *out, struct err *err)
{
    unsigned flags = row->pattern_flags | (variables ? PATTERN_VARIABLES : 0);

    out->text = json->type == JSON_STRING ? arena_str(arena, json->string) : json_text(json, arena);
    switch (row->type) {
    case CONDITION_TEXT:
    case CONDITION_ARN:
        out->valid = true;
        return pattern_compile(out->text, flags, arena, &out->pattern, err);
    case CONDITION_NUMERIC:
        out->valid = read_number(out->text, &out->number);
        return 0;
    case CONDITION_DATE:
        out->valid = read_date(out->text, &out->ms);
        return 0;
    case CONDITION_IP:
        out->valid = read_range(out->text, &out->range);
        return 0;
    case CONDITION_BOOL:
    case CONDITION_BINARY:
    case CONDITION_NULL:
        out->valid = true;
        return 0;
    }
    return 0;
}

int condition_compile(const char *operator_name, const struct json *values, bool variables,
                      struct arena *arena, struct condition *out, struct err *err)
{
    const struct json *first = values->type == JSON_ARRAY ? values->first : values;
    size_t count = values->type == JSON_ARRAY ? values->count : 1, len;
    struct condition_value *list = arena_array(arena, count, sizeof *list);
    const struct operator_row *row;

    *out = (struct condition){.key = arena_str(arena, values->key), .values = list, .count = count};
    if (str_starts(operator_name, "ForAllValues:")) {
        out->set = SET_ALL;
        operator_name += strlen("ForAllValues:");
    } else if (str_starts(operator_name, "ForAnyValue:")) {
        out->set = SET_ANY;
        operator_name += strlen("ForAnyValue:");
    }
    out->if_exists = str_ends(operator_name, "IfExists");
    len = strlen(operator_name) - (out->if_exists ? strlen("IfExists") : 0);
    row = find_operator(operator_name, len);
    assert(row != NULL); /* the document was checked */
    out->type = row->type;
    out->comparison = row->comparison;
    out->negated = row->negated;
    for (size_t i = 0; i < count; i++, first = first->next)
        if (compile_value(row, first, variables, arena, &list[i], err) != 0)
            return err_wrap(err, "Condition: %s", out->key);
    return 0;
}

/* --- Match ---------------------------------------------------------------------------------------
 */

static bool holds(enum comparison comparison, bool less, bool equal)
{
    switch (comparison) {
    case COMPARE_EQUAL:
        return equal;
    case COMPARE_LESS:
        return less;
    case COMPARE_LESS_EQUAL:
        return less || equal;
    case COMPARE_GREATER:
        return !less && !equal;
    case COMPARE_GREATER_EQUAL:
        return !less;
    }
    return false;
}

/* A value of the request, read once for all values of the policy. */
struct subject {
    const char *text;
    double number;
    int64_t ms;
    struct ip_range address;
    bool valid;
};

static struct subject read_subject(enum condition_type type, const char *text)
{
    struct subject subject = {.text = text, .valid = true};

    if (type == CONDITION_NUMERIC)
        subject.valid = read_number(text, &subject.number);
    else if (type == CONDITION_DATE)
        subject.valid = read_date(text, &subject.ms);
    else if (type == CONDITION_IP)
        subject.valid = read_range(text, &subject.address);
    return subject;
}

static enum truth compare(const struct condition *condition, const struct condition_value *value,
                          const struct subject *subject, struct context *context)
{
    enum comparison how = condition->comparison;

    context->steps++;
    if (!value->valid || !subject->valid)
        return TRUTH_NO;
    switch (condition->type) {
    case CONDITION_TEXT:
        return pattern_match(&value->pattern, subject->text, context);
    case CONDITION_ARN:
        return pattern_match_arn(&value->pattern, subject->text, context);
    case CONDITION_NUMERIC: /* >= and <= together are ==, without a warning about floats */
        return truth_of(
            holds(how, subject->number < value->number,
                  subject->number <= value->number && subject->number >= value->number));
    case CONDITION_DATE:
        return truth_of(holds(how, subject->ms < value->ms, subject->ms == value->ms));
    case CONDITION_IP:
        return truth_of(in_range(&value->range, &subject->address));
    case CONDITION_BOOL:
        return truth_of(str_eq_nocase(value->text, subject->text));
    case CONDITION_BINARY:
        return truth_of(str_eq(value->text, subject->text));
    case CONDITION_NULL:
        break;
    }
    return TRUTH_NO;
}

/* One value of the request: is it, or for a negated operator is it not, one of the policy's? */
static enum truth match_value(const struct condition *condition, const char *text,
                              struct context *context)
{
    struct subject subject = read_subject(condition->type, text);
    enum truth any = TRUTH_NO;

    for (size_t i = 0; i < condition->count && any != TRUTH_YES; i++) {
        enum truth one = compare(condition, &condition->values[i], &subject, context);

        any = one > any ? one : any;
    }
    return condition->negated ? truth_not(any) : any;
}

static enum truth match_null(const struct condition *condition, const struct policy_key *key)
{
    const char *absent = key == NULL || key->count > 0 ? "false" : "true";
    size_t same = 0;

    for (size_t i = 0; i < condition->count; i++)
        same += str_eq_nocase(condition->values[i].text, absent);
    if (key == NULL)
        return TRUTH_MAYBE;
    return truth_of(same > 0);
}

static enum truth match_absent(const struct condition *condition, struct context *context)
{
    switch (condition->set) {
    case SET_ALL:
        return TRUTH_YES;
    case SET_ANY: /* AWS documents both: any value of none is false, IfExists of none is true */
        return condition->if_exists
                   ? evaluate_context_miss(context, "the meaning of ForAnyValue with IfExists")
                   : TRUTH_NO;
    case SET_NONE:
        return truth_of(condition->if_exists || condition->negated);
    }
    return TRUTH_NO;
}

static enum truth match(const struct condition *condition, struct context *context)
{
    const struct policy_key *key = evaluate_context_key(context, condition->key);
    enum truth all = TRUTH_YES, any = TRUTH_NO;

    if (condition->type == CONDITION_NULL)
        return match_null(condition, key);
    if (key == NULL)
        return TRUTH_MAYBE;
    if (key->count == 0)
        return match_absent(condition, context);
    for (size_t i = 0; i < key->count; i++) {
        enum truth one = match_value(condition, key->values[i], context);

        all = one < all ? one : all;
        any = one > any ? one : any;
    }
    if (condition->set == SET_ALL)
        return all;
    if (condition->set == SET_ANY || all == any)
        return any;
    /* Several values without ForAllValues or ForAnyValue: AWS says only that one is needed. */
    return evaluate_context_miss(context, condition->key);
}

enum truth condition_match(const struct condition *condition, struct context *context)
{
    const char *missing = context->missing;
    enum truth truth = match(condition, context);

    /* What was missing did not matter in the end. */
    if (truth != TRUTH_MAYBE)
        context->missing = missing;
    return truth;
}
