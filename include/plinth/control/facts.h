/*
 * facts.h - what one control learns and another needs, by name: "log_bucket.arn".
 *
 * Layer:  control.
 */
#ifndef PLINTH_CONTROL_FACTS_H
#define PLINTH_CONTROL_FACTS_H

struct facts;

/* owns: caller, facts_free().  yields: no. */
struct facts *facts_new(void);
void facts_free(struct facts *facts);

/* Set or replace; both are copied.  A NULL value removes it.  yields: no. */
void facts_set(struct facts *facts, const char *name, const char *value);

/* NULL: not known yet.  owns: `facts`.  yields: no. */
const char *facts_get(const struct facts *facts, const char *name);

#endif
