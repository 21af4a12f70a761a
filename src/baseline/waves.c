/* The waves of a rollout: which account is in which. */
#include "loading.h"
#include "schema_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"

#include <stdlib.h>
#include <string.h>

/* An account that is in no wave yet, where a share of these is taken. */
struct candidate {
    const struct account *account;
    char hash[SHA256_HEX_BYTES]; /* of its name */
};

struct waves {
    struct loading *loading;
    size_t *wave_of; /* per account: number of its wave from 1; 0: none yet */
    VEC(struct wave) items;
};

/* --- Numbers -------------------------------------------------------------------------------------
 */

bool baseline_duration(const char *text, int64_t *out_ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60 * 1000}, {'h', 3600 * 1000}, {'d', 24 * 3600 * 1000}};

    if (text == NULL || !format_matches(FORMAT_DURATION, text))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (text[strlen(text) - 1] == units[i].unit)
            *out_ms = strtol(text, NULL, 10) * units[i].ms;
    return true;
}

bool baseline_share(const char *text, struct share *out)
{
    if (text == NULL || !format_matches(FORMAT_SHARE, text))
        return false;
    *out = (struct share){(unsigned)strtoul(text, NULL, 10), str_ends(text, "%")};
    return true;
}

size_t baseline_share_of(const struct share *share, size_t count)
{
    return share->percent ? count * share->value / 100 : share->value;
}

/* --- Who is meant --------------------------------------------------------------------------------
 */

static size_t number_of(const struct waves *waves, const struct account *account)
{
    return (size_t)(account - waves->loading->baseline->accounts);
}

static bool is_free(const struct waves *waves, const struct account *account)
{
    return waves->wave_of[number_of(waves, account)] == 0;
}

static bool is_below(const struct account *account, const struct ou *ou)
{
    for (const struct ou *at = account->ou; at != NULL; at = at->parent)
        if (at == ou)
            return true;
    return false;
}

static bool has_tag(const struct account *account, const char *tag)
{
    const char *value = strchr(tag, '=');

    for (size_t i = 0; i < account->tags.count; i++) {
        const struct pair *pair = &account->tags.items[i];
        size_t len = strlen(pair->key);

        if (len == (size_t)(value - tag) && strncmp(pair->key, tag, len) == 0 &&
            str_eq(pair->value, value + 1))
            return true;
    }
    return false;
}

static void take(struct waves *waves, const struct account *account)
{
    waves->wave_of[number_of(waves, account)] = waves->items.count;
}

static int by_hash(const void *a, const void *b)
{
    return strcmp(((const struct candidate *)a)->hash, ((const struct candidate *)b)->hash);
}

/* By a hash of the name, so that who is in the share depends neither on the order of the baseline
 * nor on ids that are not known yet. */
static void take_percent(struct waves *waves, int64_t percent)
{
    const struct baseline *baseline = waves->loading->baseline;
    struct arena *arena = arena_new("waves");
    struct candidate *free_ones = arena_array(arena, baseline->account_count, sizeof *free_ones);
    size_t count = 0;

    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];

        if (!is_free(waves, account))
            continue;
        free_ones[count].account = account;
        sha256_hex(account->name, strlen(account->name), free_ones[count++].hash);
    }
    if (count > 1)
        qsort(free_ones, count, sizeof *free_ones, by_hash);
    for (size_t i = 0; i < (count * (size_t)percent + 99) / 100; i++)
        take(waves, free_ones[i].account);
    arena_free(arena);
}

static void take_named(struct waves *waves, const struct declared_wave *from)
{
    const struct mark *mark = schema_mark(from->node, "accounts");

    for (size_t i = 0; i < from->accounts.count; i++) {
        const struct account *account = find_account(waves->loading, from->accounts.items[i], mark);

        if (account == NULL)
            continue;
        if (is_free(waves, account))
            take(waves, account);
        else
            diags_add(
                waves->loading->diags, mark, "account '%s' is in %s '%s' already", account->name,
                waves->wave_of[number_of(waves, account)] == waves->items.count ? "this wave, wave"
                                                                                : "wave",
                waves->items.items[waves->wave_of[number_of(waves, account)] - 1].name);
    }
}

static void take_matching(struct waves *waves, const struct declared_wave *from)
{
    const struct baseline *baseline = waves->loading->baseline;
    const struct ou *ou = NULL;

    if (from->ou != NULL) {
        ou = find_ou(waves->loading, from->ou, schema_mark(from->node, "ou"));
        if (ou == NULL)
            return;
    }
    if (from->tag != NULL && strchr(from->tag, '=') == NULL) {
        diags_add(waves->loading->diags, schema_mark(from->node, "tag"),
                  "'tag' must be KEY=VALUE, not '%.40s'", from->tag);
        return;
    }
    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];

        if (is_free(waves, account) && (from->rest || (ou != NULL && is_below(account, ou)) ||
                                        (from->tag != NULL && has_tag(account, from->tag))))
            take(waves, account);
    }
}

/* --- A wave --------------------------------------------------------------------------------------
 */

static size_t selectors_of(const struct declared_wave *from)
{
    return (size_t)(from->accounts.count > 0) + (from->ou != NULL) + (from->tag != NULL) +
           (from->percent > 0) + from->rest;
}

/* Put down who was taken. */
static size_t collect(struct waves *waves)
{
    const struct baseline *baseline = waves->loading->baseline;
    size_t number = waves->items.count;
    struct wave *wave = &waves->items.items[number - 1];

    wave->accounts = arena_array(baseline->arena, baseline->account_count, sizeof *wave->accounts);
    for (size_t i = 0; i < baseline->account_count; i++)
        if (waves->wave_of[i] == number)
            wave->accounts[wave->account_count++] = &baseline->accounts[i];
    return wave->account_count;
}

static struct wave *add_wave(struct waves *waves, const char *name)
{
    const struct declared_rollout *rollout = waves->loading->declared.rollout;
    struct arena *arena = waves->loading->arena;
    struct wave *wave = VEC_ADD(arena, &waves->items);

    *wave = (struct wave){.name = name};
    if (name == NULL)
        wave->name = arena_printf(arena, "%zu", waves->items.count);
    (void)baseline_duration(rollout->bake, &wave->bake_ms);
    (void)baseline_share(rollout->failures, &wave->failures_most);
    return wave;
}

/* A mistake that was told before leaves a wave empty as well. */
static void build_wave(struct waves *waves, const struct declared_wave *from, bool after_rest)
{
    struct diags *diags = waves->loading->diags;
    size_t before = diags->count + diags->dropped;
    struct wave *wave = add_wave(waves, from->name);

    for (size_t i = 0; i + 1 < waves->items.count; i++)
        if (str_eq(waves->items.items[i].name, wave->name))
            diags_add(diags, schema_mark(from->node, "name"), "wave '%s' stands here twice",
                      wave->name);
    (void)baseline_duration(from->bake, &wave->bake_ms);
    (void)baseline_share(from->failures, &wave->failures_most);
    if (selectors_of(from) != 1)
        diags_add(diags, &from->node->mark,
                  "wave '%s' needs exactly one of 'accounts', 'ou', 'tag', 'percent' and 'rest'",
                  wave->name);
    else if (after_rest)
        diags_add(diags, &from->node->mark, "wave '%s' names nobody: a wave before takes the rest",
                  wave->name);
    else if (from->accounts.count > 0)
        take_named(waves, from);
    else if (from->percent > 0)
        take_percent(waves, from->percent);
    else
        take_matching(waves, from);
    if (collect(waves) == 0 && diags->count + diags->dropped == before)
        diags_add(diags, &from->node->mark,
                  "wave '%s' names nobody: no account is meant, or all are in waves before",
                  wave->name);
}

void build_rollout(struct loading *loading)
{
    const struct declared_rollout *from = loading->declared.rollout;
    struct baseline *baseline = loading->baseline;
    struct waves waves = {.loading = loading};
    const struct declared_wave *declared;
    bool rest = false;

    if (from == NULL)
        return;
    declared = from->waves.items;
    waves.wave_of = arena_array(loading->arena, baseline->account_count, sizeof *waves.wave_of);
    for (size_t i = 0; i < from->waves.count; i++) {
        build_wave(&waves, &declared[i], rest);
        rest = rest || declared[i].rest;
    }
    for (size_t i = 0; i < baseline->account_count; i++)
        if (waves.wave_of[i] == 0 && !rest) {
            (void)add_wave(&waves, "rest");
            for (; i < baseline->account_count; i++)
                if (waves.wave_of[i] == 0)
                    take(&waves, &baseline->accounts[i]);
            (void)collect(&waves);
        }
    baseline->rollout = arena_alloc(loading->arena, sizeof *baseline->rollout);
    *baseline->rollout = (struct rollout_spec){.waves = waves.items.items,
                                               .wave_count = waves.items.count,
                                               .denied_most = (uint64_t)from->denied_most,
                                               .detach_on_alarm = from->detach_on_alarm};
}
