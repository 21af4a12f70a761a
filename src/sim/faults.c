/*
 * faults.c - calls that fail, and answers that nobody hears: at random from a seed, or at one write
 * that a test names.
 */
#include "sim_priv.h"

#include <stdlib.h>

struct sim_faults {
    struct rng *rng; /* its own: faults must not change the ids that the simulator gives */
    double fault_rate, lost_rate;
    int latency_ms;
    enum sim_fault injected;
    uint64_t writes_left; /* until the injected one */
    bool dead;            /* killed: nothing happens any more */
};

struct sim_faults *sim_faults_new(const struct sim_options *options)
{
    struct sim_faults *faults = calloc(1, sizeof *faults);

    if (faults == NULL)
        abort();
    faults->rng = rng_seeded_new(options->fault_seed);
    faults->fault_rate = options->fault_rate;
    faults->lost_rate = options->lost_rate;
    faults->latency_ms = options->latency_ms;
    return faults;
}

void sim_faults_rates(struct sim_faults *faults, double fault_rate, double lost_rate)
{
    faults->fault_rate = fault_rate;
    faults->lost_rate = lost_rate;
}

void sim_faults_free(struct sim_faults *faults)
{
    if (faults == NULL)
        return;
    rng_seeded_free(faults->rng);
    free(faults);
}

void sim_faults_inject(struct sim_faults *faults, enum sim_fault fault, uint64_t nth_write)
{
    faults->injected = nth_write == 0 ? SIM_NO_FAULT : fault;
    faults->writes_left = nth_write;
    faults->dead = false;
}

int64_t sim_faults_latency_ms(struct sim_faults *faults)
{
    uint64_t mean = (uint64_t)faults->latency_ms;

    return (int64_t)(mean == 0 ? 0 : mean - mean / 2 + rng_below(faults->rng, mean + 1));
}

/* --- Injected --- */

static struct sim_fate fate_of(enum sim_fault fault)
{
    switch (fault) {
    case SIM_NO_FAULT:
        break;
    case SIM_KILL_BEFORE:
        return (struct sim_fate){.lost = true, .nothing = true};
    case SIM_KILL_AFTER:
    case SIM_LOSE_ONE:
        return (struct sim_fate){.lost = true};
    case SIM_THROTTLE_ONE:
        return (struct sim_fate){.nothing = true, .throttled = true};
    case SIM_REFUSE_ONE:
        return (struct sim_fate){.nothing = true, .denied = true};
    case SIM_ERROR_ONE:
        return (struct sim_fate){.nothing = true,
                                 .code = "InternalFailure",
                                 .status = 500,
                                 .text = "An internal error occurred."};
    }
    return (struct sim_fate){0};
}

/* True: this call is the one, or comes after a kill. */
static bool injected(struct sim_faults *faults, bool is_write, struct sim_fate *out)
{
    if (faults->dead) {
        *out = fate_of(SIM_KILL_BEFORE);
        return true;
    }
    if (faults->injected == SIM_NO_FAULT || !is_write || --faults->writes_left > 0)
        return false;
    *out = fate_of(faults->injected);
    faults->dead = faults->injected == SIM_KILL_BEFORE || faults->injected == SIM_KILL_AFTER;
    faults->injected = SIM_NO_FAULT;
    return true;
}

/* --- Random --- */

static bool happens(struct sim_faults *faults, double rate)
{
    /* 53 bits fit a double, so a rate of 1 always happens and one of 0 never does. */
    return rate > 0 && (double)(faults->rng->next(faults->rng) >> 11) < rate * 9007199254740992.0;
}

static struct sim_fate random_failure(struct sim_faults *faults)
{
    switch (rng_below(faults->rng, 3)) {
    case 0:
        return fate_of(SIM_ERROR_ONE);
    case 1:
        return (struct sim_fate){.nothing = true,
                                 .code = "ServiceUnavailable",
                                 .status = 503,
                                 .text = "The service is unavailable. Please try again shortly."};
    default:
        return fate_of(SIM_THROTTLE_ONE);
    }
}

struct sim_fate sim_faults_next(struct sim_faults *faults, const struct sim_call *call)
{
    struct sim_fate fate = {0};

    if (injected(faults, call->operation->access == SIM_WRITE, &fate))
        return fate;
    if (happens(faults, faults->fault_rate))
        return random_failure(faults);
    if (happens(faults, faults->lost_rate))
        fate.lost = true;
    return fate;
}
