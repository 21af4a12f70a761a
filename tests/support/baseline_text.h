/*
 * baseline_text.h - a baseline that stands in the test, with the sections of all controls.
 */
#ifndef PLINTH_TESTS_BASELINE_TEXT_H
#define PLINTH_TESTS_BASELINE_TEXT_H

#include "plinth/base/arena.h"
#include "plinth/baseline/baseline.h"
#include "plinth/control/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NULL with mistakes.  Templates are those of the source tree.  owns: `arena`. */
static inline struct baseline *baseline_of_text(struct arena *arena, const char *text,
                                                struct diags *diags)
{
    static const char *const templates[] = {PLINTH_SOURCEDIR "/templates", NULL};
    const struct baseline_options options = {.sections = controls_sections(arena),
                                             .template_dirs = templates};
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;

    diags_init(diags, arena);
    (void)baseline_load_text(text, strlen(text), "test.yaml", &options, arena, &baseline, diags,
                             &err);
    return baseline;
}

/* One that has no mistake; a mistake in it ends the test.  Likewise. */
static inline struct baseline *baseline_without_mistakes(struct arena *arena, const char *text)
{
    struct diags diags;
    struct baseline *baseline = baseline_of_text(arena, text, &diags);

    if (baseline == NULL) {
        (void)fprintf(stderr, "%s\n", diags.count == 0 ? "?" : diags.items[0].text);
        abort();
    }
    return baseline;
}

/* The first mistake; "" if there is none.  Likewise. */
static inline const char *baseline_mistake(struct arena *arena, const char *text)
{
    struct diags diags;

    (void)baseline_of_text(arena, text, &diags);
    return diags.count == 0 ? "" : diags.items[0].text;
}

#endif
