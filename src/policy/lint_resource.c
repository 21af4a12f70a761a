/*
 * lint_resource.c - resources that are no ARNs, and lists of them that take everything.
 */
#include "document_priv.h"
#include "lint_priv.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <string.h>

enum { ACCOUNT_DIGITS = 12, ARN_PARTS = 6 };

struct part {
    const char *text;
    size_t len;
};

static bool split_arn(const char *text, struct part parts[ARN_PARTS])
{
    for (int i = 0; i < ARN_PARTS; i++) {
        size_t len = i == ARN_PARTS - 1 ? strlen(text) : strcspn(text, ":");

        /* The colons of a policy variable are none of the ARN's. */
        if (i < ARN_PARTS - 1 && strncmp(text, "${", 2) == 0 && strchr(text, '}') != NULL)
            len = strcspn(text, "}") + 1;
        if (i < ARN_PARTS - 1 && text[len] != ':')
            return false;
        parts[i] = (struct part){text, len};
        text += len + 1;
    }
    return true;
}

static bool has_any(const struct part *part, const char *characters)
{
    for (size_t i = 0; i < part->len; i++)
        if (strchr(characters, part->text[i]) != NULL)
            return true;
    return false;
}

static bool is_account(const struct part *part)
{
    size_t digits = 0;

    while (digits < part->len && isdigit((unsigned char)part->text[digits]))
        digits++;
    /* AWS's own images and managed policies stand under names. */
    return part->len == 0 || (digits == part->len && digits == ACCOUNT_DIGITS) ||
           (part->len == 3 && strncmp(part->text, "aws", 3) == 0) ||
           (part->len == 6 && strncmp(part->text, "amazon", 6) == 0);
}

static bool is_partition(const struct part *part)
{
    static const char *const known[] = {"aws",       "aws-cn",    "aws-us-gov", "aws-iso",
                                        "aws-iso-b", "aws-iso-e", "aws-iso-f",  "aws-eusc"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i]) == part->len && strncmp(known[i], part->text, part->len) == 0)
            return true;
    return has_any(part, "*?$");
}

static void lint_arn(struct lint *lint, const struct lint_place *place)
{
    const char *text = place->item->string;
    struct part parts[ARN_PARTS];

    if (text[0] == '*' || strncmp(text, "${", 2) == 0)
        return;
    if (strncmp(text, "arn:", 4) != 0 && strpbrk(text, "*?") != NULL &&
        glob_covers(text, strlen(text), "arn:*", strlen("arn:*"), false))
        return;
    if (!split_arn(text, parts) || strncmp(text, "arn:", 4) != 0) {
        /* A star may stand for the parts that are not there. */
        if (strncmp(text, "arn:", 4) != 0 || strpbrk(text, "*$") == NULL)
            lint_add(lint, LINT_RESOURCE_ARN, place,
                     "\"%s\" is no ARN: it has six parts with colons between them", text);
        return;
    }
    if (!is_partition(&parts[1]))
        lint_add(lint, LINT_RESOURCE_PARTITION, place, "there is no partition \"%.*s\"",
                 (int)parts[1].len, parts[1].text);
    if (has_any(&parts[4], "*?") && !lint->deny)
        lint_add(lint, LINT_ACCOUNT_WILDCARD, place,
                 "\"%s\" allows it in every account that the wildcard matches", text);
    else if (!has_any(&parts[4], "*?$") && !is_account(&parts[4]))
        lint_add(lint, LINT_RESOURCE_ACCOUNT, place, "\"%.*s\" is no account id: it has %d digits",
                 (int)parts[4].len, parts[4].text, ACCOUNT_DIGITS);
}

void lint_resources(struct lint *lint)
{
    const struct json *resource = json_get(lint->statement, "Resource");
    const struct json *not_resource = json_get(lint->statement, "NotResource");
    const struct json *list = resource != NULL ? resource : not_resource;
    struct lint_place place = {.list = list};

    if (list == NULL)
        return;
    place.element = list->key;
    for (place.item = lint_first(list); place.item != NULL;
         place.item = lint_next(list, place.item))
        lint_arn(lint, &place);
    place.item = not_resource == NULL ? NULL : lint_covering(not_resource, "*", resource_covers);
    if (place.item != NULL)
        lint_add(lint, LINT_VOID, &place,
                 "NotResource excepts every resource: the statement is void");
}
