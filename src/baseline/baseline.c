#include "plinth/baseline/baseline.h"

#include "loading.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "source.h"

static int load_tree(struct node *root, const struct strings *files, struct loading *loading,
                     struct baseline **out, struct err *err)
{
    struct baseline *baseline = arena_alloc(loading->arena, sizeof *baseline);

    baseline->arena = loading->arena;
    baseline->index = arena_alloc(loading->arena, sizeof *baseline->index);
    baseline->file = root->mark.file;
    baseline->files = *files;
    loading->baseline = baseline;

    variables_substitute(root, loading->options->variables, loading->arena, loading->diags);
    schema_decode(&language_schema, root, loading->arena, &loading->declared, loading->diags);
    build_organization(loading);
    check_regions(loading);
    build_ous(loading);
    build_accounts(loading);
    check_organization(loading);
    build_controls(loading);
    build_policies(loading);
    build_rollout(loading);

    diags_sort(loading->diags);
    if (diags_result(loading->diags, err) != 0)
        return -1;
    *out = baseline;
    return 0;
}

/* A first file that is no YAML is a mistake like the others; one that cannot be read is not. */
static int failed(struct diags *diags, struct err *err)
{
    if (err->code == ERR_IO)
        return -1;
    diags_add_err(diags, NULL, err);
    diags_sort(diags);
    return diags_result(diags, err);
}

int baseline_load(const char *path, const struct baseline_options *options, struct arena *arena,
                  struct baseline **out, struct diags *diags, struct err *err)
{
    struct loading loading = {
        .arena = arena, .diags = diags, .options = options, .from_file = true};
    struct strings files;
    struct node *root;

    if (source_read(path, options->instead, arena, &root, &files, diags, err) != 0)
        return failed(diags, err);
    return load_tree(root, &files, &loading, out, err);
}

int baseline_load_text(const char *text, size_t len, const char *name,
                       const struct baseline_options *options, struct arena *arena,
                       struct baseline **out, struct diags *diags, struct err *err)
{
    struct loading loading = {.arena = arena, .diags = diags, .options = options};
    const struct strings no_files = {.count = 0};
    struct node *root;

    if (source_parse(text, len, name, arena, &root, diags, err) != 0)
        return failed(diags, err);
    return load_tree(root, &no_files, &loading, out, err);
}

/* The index knows names whatever their case, so that two cannot differ in it only; who asks must
 * spell them right. */
const struct account *baseline_account(const struct baseline *baseline, const char *name)
{
    const struct account *account = names_get(&baseline->index->accounts, name);

    return account != NULL && str_eq(account->name, name) ? account : NULL;
}

const struct account *baseline_account_with_role(const struct baseline *baseline,
                                                 enum account_role role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        const struct account *account = baseline->index->by_role[i];

        if (account != NULL && (account->roles & role))
            return account;
    }
    return NULL;
}

const struct ou *baseline_ou(const struct baseline *baseline, const char *path)
{
    const struct ou *ou = names_get(&baseline->index->ous, path);

    return ou != NULL && str_eq(ou->path, path) ? ou : NULL;
}
