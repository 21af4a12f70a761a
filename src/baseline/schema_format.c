#include "schema_priv.h"

#include <assert.h>
#include <string.h>

/* One pattern serves the check and the JSON Schema, so that an editor and plinth cannot disagree:
 * bracket expressions only, for these read alike in both. */
static const struct format_rule rules[] = {
    [FORMAT_ANY] = {NULL, 0, "a string"},
    [FORMAT_NAME] = {"^[A-Za-z0-9][A-Za-z0-9 _.-]*$", 50,
                     "a name of letters, digits, blanks and _ . -"},
    [FORMAT_ACCOUNT_NAME] = {"^[A-Za-z0-9][A-Za-z0-9 _.,&()'#@-]*$", 50,
                             "a name of letters, digits, blanks and _ . , & ( ) ' # @ -"},
    [FORMAT_OU_NAME] = {"^[A-Za-z0-9][A-Za-z0-9 _.,&()'#@-]*$", 128,
                        "a name of letters, digits, blanks and _ . , & ( ) ' # @ -"},
    [FORMAT_KEY] = {"^[a-z][a-z0-9_-]*$", 128, "a word of a-z, 0-9, '_' and '-'"},
    [FORMAT_EMAIL] = {"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$", 64,
                      "an email address"},
    [FORMAT_REGION] = {"^[a-z]{2,8}(-[a-z]+)+-[0-9]{1,2}$", 32, "a region such as eu-central-1"},
    [FORMAT_ACCOUNT_ID] = {"^[0-9]{12}$", 12, "an account id of 12 digits"},
    [FORMAT_ROLE_NAME] = {"^[A-Za-z0-9_+=,.@-]+$", 64, "an IAM role name"},
    [FORMAT_ARN] = {"^arn:[a-z*-]+:[A-Za-z0-9*-]+:[A-Za-z0-9*-]*:([0-9*?]*|aws):[^ ]+$", 2048,
                    "an ARN"},
    [FORMAT_SERVICE_PRINCIPAL] = {"^[a-z0-9-]+([.][a-z0-9-]+)*[.]amazonaws[.]com([.]cn)?$", 128,
                                  "a service principal such as guardduty.amazonaws.com"},
    [FORMAT_PHONE] = {"^[ 0-9()+-]+$", 25, "a phone number"},
    [FORMAT_DURATION] = {"^[0-9]{1,4}[smhd]$", 5, "a time such as 90s, 30m, 2h or 1d"},
    [FORMAT_SHARE] = {"^([0-9]{1,5}|([0-9]|[1-9][0-9]|100)%)$", 5,
                      "a number, or a share such as 5%"},
};

const struct format_rule *format_rule(enum field_format format)
{
    assert((size_t)format < sizeof rules / sizeof rules[0]);
    return &rules[format];
}

bool formats_match(struct formats *formats, enum field_format format, const char *text)
{
    const struct format_rule *rule = format_rule(format);
    regex_t *regex = &formats->compiled[format];

    if (rule->pattern == NULL)
        return true;
    /* First the length: it bounds what the expression has to read. */
    if (strlen(text) > rule->max)
        return false;
    if (!formats->ready[format]) {
        if (regcomp(regex, rule->pattern, REG_EXTENDED | REG_NOSUB) != 0)
            return false;
        formats->ready[format] = true;
    }
    return regexec(regex, text, 0, NULL, 0) == 0;
}

void formats_fini(struct formats *formats)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (formats->ready[i])
            regfree(&formats->compiled[i]);
    *formats = (struct formats){.ready = {false}};
}

bool format_matches(enum field_format format, const char *text)
{
    struct formats formats = {.ready = {false}};
    bool matches = formats_match(&formats, format, text);

    formats_fini(&formats);
    return matches;
}
