/*
 * about.h - what made_result is about: a baseline of the names in it.
 */
#ifndef PLINTH_TESTS_ABOUT_H
#define PLINTH_TESTS_ABOUT_H

#include "made.h"
#include "plinth/base/buf.h"
#include "plinth/control/control.h"
#include "plinth/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct identity about_me = {.account_id = "999988887777",
                                         .arn = "arn:aws:iam::999988887777:user/x",
                                         .organization_id = "o-1",
                                         .partition = "aws"};

/* The key of security_role stands in line 9. */
static const char about_text[] = "apiVersion: plinth/v1\n"
                                 "name: acme\n"
                                 "home_region: eu-west-1\n"
                                 "regions: [eu-west-1]\n"
                                 "accounts:\n"
                                 "  - {name: M, email: m@example.com, roles: [management]}\n"
                                 "  - {name: Shop, email: s@example.com, roles: [security]}\n"
                                 "controls:\n"
                                 "  security_role: {name: view}\n";

static inline struct report_about about_of(enum report_kind kind, struct arena *arena)
{
    const struct baseline_options options = {.sections = controls_sections(arena)};
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;
    struct diags diags;

    diags_init(&diags, arena);
    assert_int_equal(baseline_load_text(about_text, strlen(about_text), "acme.yaml", &options,
                                        arena, &baseline, &diags, &err),
                     0);
    return (struct report_about){.kind = kind,
                                 .identity = &about_me,
                                 .baseline = baseline,
                                 .version = "1.2.3",
                                 .now_ms = INT64_C(1795521600000)};
}

/* What a format makes of made_result.  owns: `arena`. */
static inline const char *about_print(report_fn print, enum report_kind kind, struct arena *arena)
{
    struct run_result run = made_result(arena);
    struct report_about about = about_of(kind, arena);
    const char *text;
    struct buf out;

    buf_init(&out, 1024 * 1024);
    print(&run, &about, &out);
    assert_false(out.overflow);
    text = arena_str(arena, buf_text(&out));
    buf_fini(&out);
    results_end(&run);
    return text;
}

#define HAS(text, part) assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

#endif
