/*
 * patience.c - what is new in AWS refuses for a while: waiting is then no failure.
 */
#include "engine_priv.h"

#include "plinth/fiber/fiber.h"

#include <string.h>

enum { PAUSE_MS = 3000, PAUSE_MOST_MS = 20000 };

/* No policy denies that: a role cannot be assumed at once, and services subscribe a fresh account
 * one after the other. */
bool patience_fits(const struct err *err)
{
    return err->code == ERR_PENDING ||
           (err->code == ERR_DENIED && strstr(err->text, "service control policy") == NULL);
}

bool patience_wait(const struct engine *engine, int64_t *waited_ms, struct err *err)
{
    int64_t pause_ms = PAUSE_MS + *waited_ms / 4;

    if (*waited_ms >= engine->options.patience_ms)
        return false;
    if (pause_ms > PAUSE_MOST_MS)
        pause_ms = PAUSE_MOST_MS;
    *waited_ms += pause_ms;
    return fiber_sleep_ms(engine->options.sched, pause_ms, err) == 0;
}
