#include "load.h"

#include "paths.h"

#include "plinth/base/arena.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

#include <stdio.h>
#include <string.h>

bool wants_json(const struct baseline_opts *options)
{
    return str_eq(options->common.output, "json");
}

static int parse_variables(const struct words *words, struct arena *arena,
                           const struct variable_value **out, struct err *err)
{
    struct variable_value *values = arena_array(arena, words->count + 1, sizeof *values);

    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i], *equals = strchr(word, '=');

        if (equals == NULL || equals == word)
            return err_set(err, ERR_USAGE, "--var takes NAME=VALUE, not \"%s\"", word);
        values[i].name = arena_strn(arena, word, (size_t)(equals - word));
        values[i].value = equals + 1;
        for (size_t k = 0; k < i; k++)
            if (str_eq(values[k].name, values[i].name))
                return err_set(err, ERR_USAGE, "--var sets %s twice", values[i].name);
    }
    *out = values;
    return 0;
}

int load_baseline(const char *argument, const struct words *variables, struct arena *arena,
                  struct loaded *out, struct err *err)
{
    return load_baseline_with(argument, variables, &(struct baseline_options){.sections = NULL},
                              arena, out, err);
}

int load_baseline_with(const char *argument, const struct words *variables,
                       const struct baseline_options *more, struct arena *arena, struct loaded *out,
                       struct err *err)
{
    struct baseline_options options = *more;

    *out = (struct loaded){.sections = controls_sections(arena)};
    diags_init(&out->diags, arena);
    options.sections = out->sections;
    if (parse_variables(variables, arena, &options.variables, err) != 0 ||
        paths_baseline(argument, arena, &out->path, err) != 0)
        return -1;
    options.template_dirs = paths_templates(out->path, arena);
    return baseline_load(out->path, &options, arena, &out->baseline, &out->diags, err);
}

/* --- What is wrong with it -----------------------------------------------------------------------
 */

static bool put_failure_json(const struct loaded *loaded, const struct err *err)
{
    struct arena *arena = arena_new("failure");
    struct json *document = failure_json(err, EXIT_BAD_BASELINE, arena), *list;
    bool ok;

    json_put_str(document, "baseline", loaded->path);
    json_put_bool(document, "valid", false);
    list = json_put_array(document, "errors");
    for (size_t i = 0; i < loaded->diags.count; i++) {
        const struct diag *diag = &loaded->diags.items[i];
        struct json *item = json_add_object(list);

        json_put_str(item, "file", diag->mark.file);
        if (diag->mark.line > 0) {
            json_put_number(item, "line", diag->mark.line);
            json_put_number(item, "column", diag->mark.column);
        }
        json_put_str(item, "text", diag->text);
    }
    if (loaded->diags.count == 0)
        json_put_str(json_add_object(list), "text", err->text);
    json_put_number(document, "errors_not_shown", (double)loaded->diags.dropped);
    ok = put_json(document);
    arena_free(arena);
    return ok;
}

static void log_diags(const struct loaded *loaded, struct log *events)
{
    for (size_t i = 0; i < loaded->diags.count; i++) {
        const struct diag *diag = &loaded->diags.items[i];
        bool placed = diag->mark.line > 0;

        log_event(events, LOG_ERROR, "mistake", "file",
                  diag->mark.file == NULL ? loaded->path : diag->mark.file, "line",
                  placed ? LOG_NUM(diag->mark.line) : NULL, "column",
                  placed ? LOG_NUM(diag->mark.column) : NULL, "text", diag->text, NULL);
    }
}

static void print_diags(const struct loaded *loaded)
{
    const struct diags *diags = &loaded->diags;
    size_t total = diags->count + diags->dropped;

    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];

        if (diag->mark.line > 0)
            (void)fprintf(stderr, "%s:%d:%d: %s\n", diag->mark.file, diag->mark.line,
                          diag->mark.column, diag->text);
        else if (str_starts(diag->text, loaded->path)) /* too large as a whole: it says so itself */
            (void)fprintf(stderr, "%s\n", diag->text);
        else
            (void)fprintf(stderr, "%s: %s\n", loaded->path, diag->text);
    }
    (void)fprintf(stderr, "plinth: %s has %zu error%s", loaded->path, total, total == 1 ? "" : "s");
    if (diags->dropped > 0)
        (void)fprintf(stderr, ", of which the first %zu are shown", diags->count);
    (void)fprintf(stderr, "\n");
}

int load_failed(const struct loaded *loaded, const struct baseline_opts *options,
                const struct err *err)
{
    struct log *events;

    if (err->code != ERR_CONFIG && err->code != ERR_LIMIT)
        return fail(&options->common, err);
    events = events_new(&options->common);
    if (events != NULL) {
        log_diags(loaded, events);
        put_error(&options->common, err);
    } else if (loaded->diags.count > 0) {
        print_diags(loaded);
    } else {
        (void)fprintf(stderr, "%s\n", err->text); /* it starts with file:line:column by itself */
    }
    log_free(events);
    if (wants_json(options) && !put_failure_json(loaded, err))
        return EXIT_ERROR;
    return EXIT_BAD_BASELINE;
}

int load_or_tell(const char *argument, const struct baseline_opts *options, struct arena *arena,
                 struct loaded *out)
{
    struct err err = ERR_INIT;

    return load_baseline(argument, &options->variables, arena, out, &err) == 0
               ? EXIT_DONE
               : load_failed(out, options, &err);
}
