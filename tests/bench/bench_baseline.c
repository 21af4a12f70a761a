/*
 * bench_baseline.c - how long it takes to load a baseline of ten thousand accounts, and to ask for
 * every account's settings once for each region.
 *
 * Not a test: it prints numbers to compare by hand, from a build without sanitizers.
 */
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/baseline/baseline.h"

#include <stdio.h>

enum { ACCOUNTS = 10 * 1000, OUS = 200, REGIONS = 17, TEXT_BYTES_MOST = 4 * 1024 * 1024 };

struct watch_spec {
    int64_t days;
    const struct node *node;
};

static const struct field watch_fields[] = {
    {.key = "days",
     .type = FIELD_INT,
     .offset = offsetof(struct watch_spec, days),
     .fallback = "1",
     .doc = "How long."},
    {.key = NULL},
};

static const struct schema watch_schema = {
    .name = "watch",
    .doc = "Watches.",
    .size = sizeof(struct watch_spec),
    .node_offset = offsetof(struct watch_spec, node),
    .fields = watch_fields,
};

static const struct control_section sections[] = {
    {.name = "watch", .schema = &watch_schema, .per_account = true}, {.name = NULL}};

/* Every tenth account overrides something. */
static void write_baseline(struct buf *out)
{
    buf_str(out, "apiVersion: plinth/v1\nname: bench\nhome_region: eu-central-1\n"
                 "variables: {domain: example.com}\ncontrols: {watch: }\n"
                 "organizational_units:\n");
    for (int i = 0; i < OUS; i++)
        buf_printf(out, "  Unit-%d:\n", i);
    buf_str(out, "accounts:\n");
    for (int i = 0; i < ACCOUNTS; i++)
        buf_printf(out,
                   "  - name: account-%d\n    email: aws+%d@${var.domain}\n    ou: Unit-%d\n"
                   "    tags: {team: t%d}\n%s",
                   i, i, i % OUS, i, i % 10 == 0 ? "    controls: {watch: {days: 2}}\n" : "");
}

static size_t ask_all(const struct baseline *baseline)
{
    size_t found = 0;

    for (size_t i = 0; i < baseline->account_count; i++)
        for (int region = 0; region < REGIONS; region++)
            found += baseline_control_node(baseline, "watch", &baseline->accounts[i]) != NULL;
    return found;
}

int main(void)
{
    static const char *const no_templates[] = {NULL};
    struct baseline_options options = {.sections = sections, .template_dirs = no_templates};
    struct arena *arena = arena_new("bench");
    struct clock *clock = clock_real();
    struct baseline *baseline;
    struct err err = ERR_INIT;
    struct diags diags;
    int64_t start_us, loaded_us;
    size_t found;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    write_baseline(&text);
    diags_init(&diags, arena);
    start_us = clock->mono_us(clock);
    if (baseline_load_text(buf_text(&text), text.len, "bench.yaml", &options, arena, &baseline,
                           &diags, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    loaded_us = clock->mono_us(clock);
    found = ask_all(baseline);
    printf("%d ms to load %d accounts (%zu bytes of YAML, %zu in memory)\n",
           (int)((loaded_us - start_us) / 1000), ACCOUNTS, text.len, arena_used(arena));
    printf("%.0f ns to find an account's settings, %zu times\n",
           1000.0 * (double)(clock->mono_us(clock) - loaded_us) / (double)found, found);
    buf_fini(&text);
    arena_free(arena);
    return 0;
}
