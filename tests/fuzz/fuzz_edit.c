/*
 * fuzz_edit.c - an account is put into a file: either that is refused, or the file has one more,
 * nothing else is lost, and what was a baseline still is one.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/baseline/baseline.h"
#include "plinth/codec/node_edit.h"

#include <assert.h>
#include <string.h>

static const char entry[] = "{name: Fuzz New, email: fuzz+new@example.com, tags: {a: 'true'}}";

/* Comments and all else are still there, in order: only the brackets of an empty list, and the
 * blanks before them, may go. */
static void check_kept(const char *text, size_t len, const char *out, size_t out_len)
{
    const char *end = out + out_len;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == ' ' || text[i] == '[' || text[i] == ']')
            continue;
        out = memchr(out, text[i], (size_t)(end - out));
        assert(out != NULL);
        out++;
    }
}

static struct baseline *load(const char *text, size_t len, struct arena *arena)
{
    static const struct control_section no_sections[] = {{.name = NULL}};
    static const char *const no_templates[] = {NULL};
    const struct baseline_options options = {.sections = no_sections,
                                             .template_dirs = no_templates};
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;
    struct diags diags;

    diags_init(&diags, arena);
    if (baseline_load_text(text, len, "fuzz.yaml", &options, arena, &baseline, &diags, &err) != 0)
        return NULL;
    return baseline;
}

static bool has_fuzz(const struct baseline *baseline)
{
    for (size_t i = 0; i < baseline->account_count; i++)
        if (str_eq_nocase(baseline->accounts[i].name, "Fuzz New") ||
            str_eq_nocase(baseline->accounts[i].email, "fuzz+new@example.com"))
            return true;
    return false;
}

static void check_baseline(const struct baseline *before, const char *out, size_t out_len,
                           struct arena *arena)
{
    const struct baseline *after;
    const struct account *account;

    if (before == NULL || has_fuzz(before))
        return;
    after = load(out, out_len, arena);
    assert(after != NULL && after->account_count == before->account_count + 1);
    account = &after->accounts[before->account_count];
    assert(str_eq(account->name, "Fuzz New") && account->tags.count == 1);
    for (size_t i = 0; i < before->account_count; i++)
        assert(str_eq(before->accounts[i].name, after->accounts[i].name) &&
               str_eq(before->accounts[i].email, after->accounts[i].email));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    const char *text = (const char *)bytes, *out = NULL;
    struct node *item = NULL, *root = NULL;
    const struct node *list;
    struct err err = ERR_INIT;
    size_t out_len = 0;

    assert(node_parse(entry, strlen(entry), "entry", arena, &item, &err) == 0);
    if (node_append(text, len, "fuzz.yaml", "accounts", item, arena, &out, &out_len, &err) != 0) {
        assert(err.code == ERR_CONFIG || err.code == ERR_LIMIT);
        assert(out == NULL && str_starts(err.text, "fuzz.yaml:"));
    } else {
        assert(node_parse(out, out_len, "fuzz.yaml", arena, &root, &err) == 0);
        list = node_get(root, "accounts");
        assert(str_eq(node_get(list->items[list->count - 1], "name")->text, "Fuzz New"));
        check_kept(text, len, out, out_len);
        check_baseline(load(text, len, arena), out, out_len, arena);
    }
    arena_free(arena);
    return 0;
}
