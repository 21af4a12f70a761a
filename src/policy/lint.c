/*
 * lint.c - all findings of documents: what is about a document as a whole, and who looks at what.
 */
#include "plinth/policy/lint.h"

#include "document_priv.h"
#include "lint_priv.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/policy/organization.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MOST = 4096, MINIFIED_FACTOR = 8 };

static const struct lint_rule rules[] = {
#define LINT(id_, name_, severity_, text_) {.name = name_, .severity = severity_, .text = text_},
#include "plinth/policy/lint.def"
#undef LINT
};

const struct lint_rule *lint_rule(enum lint_code code)
{
    return &rules[code];
}

const char *lint_severity_name(enum lint_severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};

    return names[severity];
}

/* --- Findings ------------------------------------------------------------------------------------
 */

static void add_key(struct lint_finding *finding, const char *key)
{
    if (key != NULL)
        finding->path[finding->path_count++] = (struct lint_step){.key = key};
}

static void add_index(struct lint_finding *finding, size_t index)
{
    finding->path[finding->path_count++] = (struct lint_step){.index = index};
}

static void find_place(const struct lint *lint, const struct lint_place *place,
                       struct lint_finding *finding)
{
    const struct json *document = lint->documents[lint->document].document;
    const struct json *statements = json_get(document, "Statement");
    size_t index = 0;

    if (lint->statement == NULL) {
        add_key(finding, place == NULL ? NULL : place->element);
        return;
    }
    add_key(finding, "Statement");
    if (statements->type == JSON_ARRAY)
        add_index(finding, lint->number - 1);
    if (place == NULL)
        return;
    add_key(finding, place->element);
    add_key(finding, place->inner);
    add_key(finding, place->innermost);
    if (place->item == NULL || place->list == NULL || place->list->type != JSON_ARRAY)
        return;
    for (const struct json *it = place->list->first; it != NULL && it != place->item; it = it->next)
        index++;
    add_index(finding, index);
}

void lint_add(struct lint *lint, enum lint_code code, const struct lint_place *place,
              const char *format, ...)
{
    const char *sid = json_str(lint->statement, "Sid");
    struct lint_finding *finding;
    va_list args;

    if (lint->findings.count == LIMIT_LINT_FINDINGS) {
        lint->dropped++;
        return;
    }
    finding = VEC_ADD(lint->arena, &lint->findings);
    *finding = (struct lint_finding){.code = code,
                                     .document = lint->document,
                                     .statement = lint->statement == NULL ? 0 : lint->number,
                                     .sid = sid == NULL || *sid == '\0' ? NULL : sid};
    va_start(args, format);
    finding->text = arena_vprintf(lint->arena, format, args);
    va_end(args);
    find_place(lint, place, finding);
}

bool lint_pay(struct lint *lint, uint64_t steps)
{
    if (steps <= lint->steps_most - lint->steps) {
        lint->steps += steps;
        return true;
    }
    if (!lint->exhausted)
        lint_add(lint, LINT_TOO_COMPLEX, NULL,
                 "the rest is not compared: it would take more than %d steps for each character",
                 LINT_STEPS_PER_BYTE);
    lint->exhausted = true;
    return false;
}

const struct json *lint_covering(const struct json *list, const char *all,
                                 bool (*covers)(const char *a, const char *b))
{
    for (const struct json *it = lint_first(list); it != NULL; it = lint_next(list, it))
        if (it->type == JSON_STRING && covers(it->string, all))
            return it;
    return NULL;
}

/* --- Documents -----------------------------------------------------------------------------------
 */

static size_t printed_size(const struct json *document)
{
    struct buf text;
    size_t len;

    buf_init(&text, LIMIT_LINT_BYTES + 1);
    json_print(document, JSON_COMPACT, &text);
    len = text.overflow ? LIMIT_LINT_BYTES + 1 : text.len;
    buf_fini(&text);
    return len;
}

/* Minifying compares each item with each: only where it may decide. */
static void lint_size(struct lint *lint, size_t printed)
{
    const struct lint_document *document = &lint->documents[lint->document];
    size_t most = document->type == NULL ? SIZE_MAX : document->type->characters_max, len = printed;

    if (len > most && len / MINIFIED_FACTOR <= most)
        len = strlen(policy_document_minify(document->document, false, lint->arena));
    if (len > most)
        lint_add(lint, LINT_SIZE, NULL, "%zu characters%s; %s has %zu at the most", len,
                 len == printed ? "" : " when minified", document->type->title, most);
}

static int compare_folded(const void *a, const void *b)
{
    const struct lint_finding *x = a, *y = b;
    const unsigned char *left = (const unsigned char *)x->sid, *right = (const void *)y->sid;

    for (; *left != '\0' && (*left | 0x20) == (*right | 0x20); left++)
        right++;
    if (*left == '\0' && *right == '\0')
        return x->statement < y->statement ? -1 : 1;
    return (*left | 0x20) - (*right | 0x20);
}

/* Neighbours when they are sorted: each with each would cost the square. */
static void lint_sids(struct lint *lint, const struct json *statements)
{
    size_t count = 0, number = 1;
    struct lint_finding *sids; /* only statement and sid of them are used */

    if (statements->type != JSON_ARRAY)
        return;
    sids = arena_array(lint->arena, statements->count, sizeof *sids);
    for (const struct json *it = statements->first; it != NULL; it = it->next, number++) {
        const char *sid = json_str(it, "Sid");

        if (sid != NULL && *sid != '\0')
            sids[count++] = (struct lint_finding){.statement = number, .sid = sid};
    }
    qsort(sids, count, sizeof *sids, compare_folded);
    for (size_t i = 1; i < count; i++) {
        const struct lint_place place = {.element = "Sid"};

        if (!str_eq_nocase(sids[i - 1].sid, sids[i].sid))
            continue;
        lint->number = sids[i].statement;
        lint->statement = json_at(statements, lint->number - 1);
        lint_add(lint, LINT_SID_CASE, &place, "\"%s\" differs from \"%s\" in its case only",
                 sids[i].sid, sids[i - 1].sid);
    }
    lint->statement = NULL;
}

static bool says_variable(const struct json *json)
{
    if (json->type == JSON_STRING)
        return strstr(json->string, "${") != NULL;
    for (const struct json *it = json->first; it != NULL; it = it->next)
        if (says_variable(it))
            return true;
    return false;
}

static void lint_version(struct lint *lint, const struct json *document)
{
    const struct lint_place place = {.element = "Version"};

    if (!str_eq(json_str(document, "Version"), "2012-10-17") && says_variable(document))
        lint_add(lint, LINT_VARIABLES_OFF, &place,
                 "policy variables need Version \"2012-10-17\"; \"${...}\" is plain text here");
}

/* --- Statements ----------------------------------------------------------------------------------
 */

/* FullAWSAccess itself, under whatever name. */
static bool is_full_access(const struct json *statement)
{
    const struct json *action = json_get(statement, "Action");
    const struct json *resource = json_get(statement, "Resource");

    return json_get(statement, "Condition") == NULL && lint_covering(action, "*", str_eq) != NULL &&
           lint_covering(resource, "*", str_eq) != NULL;
}

static bool is_everybody(const struct json *principal)
{
    const struct json *aws = json_get(principal, "AWS");

    if (principal == NULL)
        return false;
    return principal->type == JSON_STRING ? str_eq(principal->string, "*")
                                          : lint_covering(aws, "*", str_eq) != NULL;
}

static void lint_effect(struct lint *lint, enum policy_kind kind)
{
    const struct lint_place effect = {.element = "Effect"}, action = {.element = "NotAction"},
                            principal = {.element = "NotPrincipal"};

    if (!lint->deny && kind == POLICY_SCP && !is_full_access(lint->statement))
        lint_add(lint, LINT_SCP_ALLOW, &effect,
                 "an Allow in an SCP grants nothing: beside FullAWSAccess it is void, and without "
                 "it all that no Allow lists is denied");
    else if (!lint->deny && json_get(lint->statement, "NotAction") != NULL)
        lint_add(lint, LINT_ALLOW_NOT_ACTION, &action,
                 "Allow with NotAction allows all else, and what AWS adds later");
    if (!lint->deny && json_get(lint->statement, "NotPrincipal") != NULL)
        lint_add(lint, LINT_ALLOW_NOT_PRINCIPAL, &principal,
                 "Allow with NotPrincipal allows everybody else, strangers included");
    if (lint->deny && is_everybody(json_get(lint->statement, "NotPrincipal")))
        lint_add(lint, LINT_VOID, &principal, "NotPrincipal excepts everybody: it denies nobody");
}

static void lint_statement(struct lint *lint, const struct json *statement, size_t number)
{
    lint->statement = statement;
    lint->number = number;
    lint->deny = str_eq(json_str(statement, "Effect"), "Deny");
    lint_effect(lint, lint->documents[lint->document].kind);
    lint_actions(lint);
    lint_resources(lint);
    lint_conditions(lint);
}

static int lint_document(struct lint *lint, size_t index, struct err *err)
{
    const struct lint_document *document = &lint->documents[index];
    const struct json *statements = json_get(document->document, "Statement");
    struct err wrong = ERR_INIT;
    size_t size = printed_size(document->document), number = 1;

    lint->document = index;
    lint->statement = NULL;
    if (size > LIMIT_LINT_BYTES ||
        (statements != NULL && statements->count > LIMIT_LINT_STATEMENTS))
        return err_set(err, ERR_LIMIT, "%s: too large to lint: at most %d bytes and %d statements",
                       document->name, LIMIT_LINT_BYTES, LIMIT_LINT_STATEMENTS);
    lint->steps_most += (uint64_t)size * LINT_STEPS_PER_BYTE;
    if (policy_document_check_kind(document->document, document->kind, &wrong) != 0) {
        lint_add(lint, LINT_STRUCTURE, NULL, "%s", wrong.text);
        lint->malformed[index] = true;
        return 0;
    }
    lint_size(lint, size);
    lint_version(lint, document->document);
    lint_sids(lint, statements);
    if (statements->type != JSON_ARRAY)
        lint_statement(lint, statements, 1);
    else
        for (const struct json *it = statements->first; it != NULL; it = it->next)
            lint_statement(lint, it, number++);
    return 0;
}

static int compare_findings(const void *a, const void *b)
{
    const struct lint_finding *x = a, *y = b;

    if (x->document != y->document)
        return x->document < y->document ? -1 : 1;
    if (x->statement != y->statement)
        return x->statement < y->statement ? -1 : 1;
    return x->code < y->code ? -1 : x->code > y->code;
}

int policy_lint(const struct lint_document *documents, size_t count, struct arena *arena,
                struct lint_result *out, struct err *err)
{
    struct lint lint = {.arena = arena,
                        .documents = documents,
                        .document_count = count,
                        .malformed = arena_array(arena, count + 1, sizeof(bool)),
                        .steps_most = LINT_STEPS_BASE};

    for (size_t i = 0; i < count; i++)
        if (lint_document(&lint, i, err) != 0)
            return -1;
    lint_shadows(&lint);
    if (lint.findings.count > 0)
        qsort(lint.findings.items, lint.findings.count, sizeof *lint.findings.items,
              compare_findings);
    *out = (struct lint_result){.findings = lint.findings.items,
                                .count = lint.findings.count,
                                .dropped = lint.dropped,
                                .steps = lint.steps};
    return 0;
}

size_t lint_count(const struct lint_result *result, enum lint_severity severity)
{
    size_t count = 0;

    for (size_t i = 0; i < result->count; i++)
        count += rules[result->findings[i].code].severity == severity;
    return count;
}

/* --- Places --------------------------------------------------------------------------------------
 */

const char *lint_path_text(const struct lint_finding *finding, struct arena *arena)
{
    struct buf text;
    const char *copy;

    buf_init(&text, PATH_BYTES_MOST);
    for (size_t i = 0; i < finding->path_count; i++)
        if (finding->path[i].key == NULL)
            buf_printf(&text, "[%zu]", finding->path[i].index + 1);
        else
            buf_printf(&text, "%s%s", i == 0 ? "" : ".", finding->path[i].key);
    copy = arena_str(arena, buf_text(&text));
    buf_fini(&text);
    return copy;
}

/* A template leaves statements out and splices lists, so an index there is only a guess: a
 * statement is found by its Sid, and an item of a list of another length not at all. */
static const struct node *item_of(const struct lint_finding *finding, const struct node *list,
                                  size_t index, bool statements)
{
    if (statements && finding->sid != NULL)
        for (size_t i = 0; i < list->count; i++) {
            const struct node *sid = node_get(list->items[i], "Sid");

            if (sid != NULL && sid->type == NODE_SCALAR && str_eq(sid->text, finding->sid))
                return list->items[i];
        }
    return index < list->count ? list->items[index] : NULL;
}

const struct node *lint_node(const struct lint_finding *finding, const struct node *document)
{
    const struct node *node = document;

    for (size_t i = 0; i < finding->path_count; i++) {
        const struct lint_step *step = &finding->path[i];
        const struct node *inner =
            step->key != NULL ? node_get(node, step->key)
            : node->type == NODE_LIST
                ? item_of(finding, node, step->index, i > 0 && str_eq(step[-1].key, "Statement"))
                : NULL;

        if (inner == NULL)
            return node;
        node = inner;
    }
    return node;
}
