#include "engine_priv.h"

#include "plinth/base/str.h"

#include <assert.h>

static bool is_per_account(const struct control *control)
{
    return control->scope == CONTROL_PER_ACCOUNT || control->scope == CONTROL_PER_REGION;
}

static bool is_placed(const struct order *order, const char *name)
{
    for (size_t i = 0; i < order->count; i++)
        if (str_eq(order->controls[i]->name, name))
            return true;
    return false;
}

static bool is_in_phase(const struct order *order, const struct phase *phase, const char *name)
{
    for (size_t i = 0; i < phase->count; i++)
        if (str_eq(order->controls[phase->controls[i]]->name, name))
            return true;
    return false;
}

/* Accounts go through a phase at the same time: what needs another account waits for a later one.
 */
static bool are_done(const struct order *order, const struct phase *phase,
                     const struct control *control, const char *const *names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (!is_placed(order, names[i]) ||
            (control->needs != 0 && phase->per_account && is_in_phase(order, phase, names[i])))
            return false;
    return true;
}

static bool is_ready(const struct order *order, const struct phase *phase,
                     const struct control *control)
{
    return are_done(order, phase, control, control->after) &&
           are_done(order, phase, control, control->follows);
}

/* Regions are switched on before anything is done in regions. */
static bool awaits_regions(const struct order *order, const struct control *control)
{
    const struct control *const *all = controls_all();

    if (control->scope != CONTROL_PER_REGION && control->scope != CONTROL_PER_ADMIN_REGION)
        return false;
    for (size_t i = 0; all[i] != NULL; i++)
        if (all[i]->brings_region != NULL && !is_placed(order, all[i]->name))
            return true;
    return false;
}

static size_t units_of(const struct control *control, size_t account_count, size_t region_count)
{
    switch (control->scope) {
    case CONTROL_PER_ORG:
        return 1;
    case CONTROL_PER_ADMIN_REGION:
        return region_count;
    case CONTROL_PER_ACCOUNT:
        return account_count;
    case CONTROL_PER_REGION:
        return account_count * region_count;
    }
    return 0;
}

/* Put every control of one kind that is ready, until none is left that is. */
static void fill_phase(struct order *order, struct phase *phase)
{
    const struct control *const *all = controls_all();
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; all[i] != NULL; i++) {
            if (is_per_account(all[i]) != phase->per_account || is_placed(order, all[i]->name) ||
                !is_ready(order, phase, all[i]) || awaits_regions(order, all[i]))
                continue;
            assert(order->count < ORDER_CONTROLS_MOST);
            phase->controls[phase->count++] = order->count;
            order->controls[order->count++] = all[i];
            more = true;
        }
    }
}

void order_build(struct order *order)
{
    size_t all = 0;
    bool per_account = false;

    *order = (struct order){.count = 0};
    while (controls_all()[all] != NULL)
        all++;
    while (order->count < all) {
        struct phase *phase = &order->phases[order->phase_count];
        size_t before = order->count;

        phase->per_account = per_account;
        fill_phase(order, phase);
        if (phase->count > 0)
            order->phase_count++;
        /* Only a cycle or an unknown name in `after` leaves both kinds without progress. */
        assert(order->count > before || !per_account);
        per_account = !per_account;
    }
}

void order_number(struct order *order, size_t account_count, size_t region_count)
{
    order->region_count = region_count;
    order->unit_count = 0;
    for (size_t i = 0; i < order->count; i++) {
        order->first_unit[i] = order->unit_count;
        order->unit_count += units_of(order->controls[i], account_count, region_count);
    }
}

struct unit order_unit(const struct order *order, size_t control, ptrdiff_t account,
                       ptrdiff_t region)
{
    size_t regions =
        order->controls[control]->scope == CONTROL_PER_ACCOUNT ? 1 : order->region_count;
    size_t a = account == NO_ACCOUNT ? 0 : (size_t)account;
    size_t r = region == NO_REGION ? 0 : (size_t)region;

    return (struct unit){.control = control,
                         .account = account,
                         .region = region,
                         .index = order->first_unit[control] + a * regions + r};
}

bool order_before(const struct order *order, const struct unit *unit, size_t other,
                  struct unit *out)
{
    enum control_scope scope = order->controls[other]->scope;
    bool same = scope == order->controls[unit->control]->scope;
    bool of_account = scope == CONTROL_PER_ACCOUNT || scope == CONTROL_PER_REGION;

    if (of_account ? unit->account == NO_ACCOUNT || (!same && scope == CONTROL_PER_REGION)
                   : !same && scope == CONTROL_PER_ADMIN_REGION)
        return false;
    *out = order_unit(order, other, of_account ? unit->account : NO_ACCOUNT,
                      same ? unit->region : NO_REGION);
    return true;
}
