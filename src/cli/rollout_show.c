#include "rollout_show.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"

enum { NAMES_SHOWN = 8, WAVES_MOST = 1000 };

#define MS_MOST 9e15 /* whole numbers of a double */

/* --- What will be done ---------------------------------------------------------------------------
 */

/* Changes in the accounts of each wave. */
static size_t *changes_by_wave(const struct rollout *rollout, const struct baseline *baseline,
                               const struct run_result *plan)
{
    const struct rollout_spec *spec = rollout->spec;
    struct arena *arena = rollout->arena;
    size_t *counts = arena_array(arena, spec->wave_count, sizeof *counts);
    size_t *wave_of = arena_array(arena, baseline->account_count, sizeof *wave_of);

    for (size_t w = 0; w < spec->wave_count; w++)
        for (size_t a = 0; a < spec->waves[w].account_count; a++)
            wave_of[spec->waves[w].accounts[a] - baseline->accounts] = w;
    for (size_t u = 0; u < plan->unit_count; u++) {
        struct unit_result unit = results_unit(plan, u);
        const struct account *account =
            unit.account == NULL ? NULL : baseline_account(baseline, unit.account);

        if (account != NULL)
            counts[wave_of[account - baseline->accounts]] += unit.changes.count;
    }
    return counts;
}

static void put_wave(const struct rollout *rollout, size_t changes, size_t number, struct buf *out)
{
    const struct wave *wave = &rollout->spec->waves[number];
    const struct share *most =
        rollout->failures_most == NULL ? &wave->failures_most : rollout->failures_most;

    buf_printf(out,
               "  wave %zu, %s: %zu account%s, %zu change%s in %s; bakes %lld s, %zu may fail\n",
               number + 1, wave->name, wave->account_count, wave->account_count == 1 ? "" : "s",
               changes, changes == 1 ? "" : "s", wave->account_count == 1 ? "it" : "them",
               (long long)(wave->bake_ms / 1000), baseline_share_of(most, wave->account_count));
    buf_str(out, "      ");
    for (size_t i = 0; i < wave->account_count && i < NAMES_SHOWN; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : ", ", wave->accounts[i]->name);
    if (wave->account_count > NAMES_SHOWN)
        buf_printf(out, " and %zu more", wave->account_count - NAMES_SHOWN);
    buf_str(out, "\n");
}

void rollout_show_waves(const struct rollout *rollout, const struct baseline *baseline,
                        const struct run_result *plan, struct buf *out)
{
    const size_t *changes = changes_by_wave(rollout, baseline, plan);

    buf_printf(out, "rollout of %s, in %zu waves:\n", baseline->name, rollout->spec->wave_count);
    for (size_t i = 0; i < rollout->spec->wave_count; i++)
        put_wave(rollout, changes[i], i, out);
    buf_printf(out,
               "Before each wave, SCPs and RCPs that are new or changed are attached to its "
               "accounts as temporary copies.\nBehind the last one the organization's own "
               "changes are made, and the copies are taken away.\nA wave that makes policies deny "
               "more than %llu calls stops the rollout%s.\n\n",
               (unsigned long long)rollout->spec->denied_most,
               rollout->detach_on_alarm ? ", and what it attached is taken away" : "");
}

/* --- How it stands -------------------------------------------------------------------------------
 */

/* Others wrote it: what a terminal would obey is not in it. */
static const char *text_of(const struct json *json, const char *key, struct arena *arena)
{
    const char *text = json_str(json, key);
    char *safe = arena_str(arena, text == NULL ? "?" : text);

    str_defang(safe, '?');
    return safe;
}

static void put_place(const struct json *document, size_t wave, struct arena *arena,
                      struct buf *out)
{
    const struct json *waves = json_get(document, "waves");
    const char *phase = text_of(document, "phase", arena);
    double until = json_number(document, "bake_until", 0);
    char text[TIME_TEXT_BYTES];

    if (waves == NULL || wave >= waves->count)
        return;
    buf_printf(out, ", in wave %zu of %zu (%s", wave + 1, waves->count, phase);
    if (str_eq(phase, "bake") && until > 0 && until < MS_MOST) {
        time_rfc3339((int64_t)until, text);
        buf_printf(out, " until %s", text);
    }
    buf_str(out, ")");
}

static void put_people(const struct json *document, struct arena *arena, struct buf *out)
{
    const struct json *carrier = json_get(document, "carried_out_by"),
                      *request = json_get(document, "request");

    if (carrier != NULL)
        buf_printf(out, "  carried out by %s on %s since %s\n", text_of(carrier, "holder", arena),
                   text_of(carrier, "host", arena), text_of(carrier, "since", arena));
    if (json_get(document, "at") != NULL)
        buf_printf(out, "  stands so since %s\n", text_of(document, "at", arena));
    if (request != NULL)
        buf_printf(out, "  asked to %s by %s on %s at %s\n", text_of(request, "request", arena),
                   text_of(request, "by", arena), text_of(request, "host", arena),
                   text_of(request, "at", arena));
}

static void put_waves(const struct json *document, size_t wave, struct arena *arena,
                      struct buf *out)
{
    const char *state = json_str(document, "state");
    const char *here = str_eq(state, "running") ? "under way" : text_of(document, "state", arena);
    size_t number = 0;

    for (const struct json *it = json_first(json_get(document, "waves")); it != NULL;
         it = it->next, number++)
        buf_printf(out, "  wave %zu, %s: %s, %.0f failed, %.0f calls denied (%.0f before)\n",
                   number + 1, text_of(it, "name", arena),
                   number < wave    ? "through"
                   : number == wave ? here
                                    : "not begun",
                   json_number(it, "failed", 0), json_number(it, "denied", 0),
                   json_number(it, "denied_before", 0));
}

void rollout_show_status(const struct json *document, struct buf *out)
{
    struct arena *arena = arena_new("status");
    const char *state = text_of(document, "state", arena);
    double number = json_number(document, "wave", 0);
    size_t wave = number >= 0 && number < WAVES_MOST ? (size_t)number : 0;
    bool carried = json_get(document, "carried_out_by") != NULL;

    if (!carried && str_eq(state, "running"))
        state = "broken off: plinth rollout goes on with it";
    if (str_eq(state, "none")) {
        buf_str(out, "no rollout of this baseline has begun\n");
    } else {
        buf_printf(out, "rollout %s: %s", text_of(document, "id", arena), state);
        put_place(document, wave, arena, out);
        if (json_get(document, "why") != NULL)
            buf_printf(out, "\n  %s", text_of(document, "why", arena));
        buf_printf(out, "%s\n",
                   json_bool(document, "detached", false) ? "; what it attached was taken away"
                                                          : "");
        put_people(document, arena, out);
        put_waves(document, wave, arena, out);
    }
    arena_free(arena);
}
