#include "policy_lint.h"

#include "load.h"
#include "paths.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/policy/organization.h"
#include "plinth/policy/template.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES_MOST = 64 * 1024 * 1024 };

#define LINT_FORMAT "plinth/policy-lint/v1"
#define SARIF_SCHEMA                                                                               \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

/* --- What is linted ------------------------------------------------------------------------------
 */

static enum policy_kind kind_of(const struct policy_type *type)
{
    return str_eq(type->api_name, "RESOURCE_CONTROL_POLICY") ? POLICY_RCP : POLICY_SCP;
}

int lint_baseline(const struct baseline *baseline, struct arena *arena, struct lint_run *out,
                  struct err *err)
{
    size_t count = baseline->document_count;
    struct lint_document *documents = arena_array(arena, count + 1, sizeof *documents);
    const struct node **nodes = arena_array(arena, count + 1, sizeof *nodes);
    const char **files = arena_array(arena, count + 1, sizeof *files);

    for (size_t i = 0; i < count; i++) {
        const struct baseline_document *from = &baseline->documents[i];

        documents[i] = (struct lint_document){.name = from->name,
                                              .document = from->document,
                                              .kind = kind_of(from->type),
                                              .type = from->type,
                                              .targets = from->targets};
        nodes[i] = from->node;
        files[i] = baseline->file;
    }
    *out = (struct lint_run){.documents = documents, .nodes = nodes, .files = files};
    return policy_lint(documents, count, arena, &out->result, err);
}

static int lint_one(const char *file, const struct lint_document *document, const struct node *node,
                    struct arena *arena, struct lint_run *out, struct err *err)
{
    struct lint_document *documents = arena_alloc(arena, sizeof *documents);
    const struct node **nodes = arena_array(arena, 1, sizeof *nodes);
    const char **files = arena_array(arena, 1, sizeof *files);

    documents[0] = *document;
    nodes[0] = node;
    files[0] = file;
    *out = (struct lint_run){.documents = documents, .nodes = nodes, .files = files};
    return policy_lint(documents, 1, arena, &out->result, err);
}

/* With the defaults of its parameters.  Those that must be given become an action, which is a word
 * wherever else it stands. */
static int lint_template(const char *file, const struct node *root, struct arena *arena,
                         struct lint_run *out, struct err *err)
{
    struct lint_document document = {.name = file};
    struct policy_template *template;
    struct template_value *known;
    static const char *const words[] = {"s3:GetObject"};
    struct json *json;
    size_t count = 0;

    if (policy_template_parse(root, arena, &template, err) != 0)
        return -1;
    document.type = policy_type_find(template->type_key);
    if (document.type == NULL)
        return err_set(err, ERR_CONFIG, "%s: unknown policy type \"%s\"", file, template->type_key);
    known = arena_array(arena, template->parameter_count + 1, sizeof *known);
    for (size_t i = 0; i < template->parameter_count; i++) {
        const struct template_parameter *parameter = &template->parameter_list[i];

        if (parameter->required && parameter->fallback == NULL)
            known[count++] = (struct template_value){.name = parameter->name,
                                                     .items = words,
                                                     .count = 1,
                                                     .list = parameter->type == TEMPLATE_LIST};
    }
    if (policy_template_render(template, NULL, known, count, arena, &json, err) != 0)
        return -1;
    document.document = json;
    document.kind = kind_of(document.type);
    if (!document.type->iam_language) {
        *out = (struct lint_run){.result = {.count = 0}};
        return policy_type_check(document.type, json, err);
    }
    return lint_one(file, &document, template->document, arena, out, err);
}

/* A baseline's mistakes are printed here; `code` is what they lead to.  It was read already, and a
 * pipe gives it only once. */
static int lint_whole_baseline(const struct policy_opts *options, const struct file_text *file,
                               struct arena *arena, struct lint_run *out, int *code,
                               struct err *err)
{
    const struct baseline_options more = {.instead = file};
    struct loaded *loaded = arena_alloc(arena, sizeof *loaded);

    if (load_baseline_with(file->path, &options->run.baseline.variables, &more, arena, loaded,
                           err) != 0) {
        *code = load_failed(loaded, &options->run.baseline, err);
        return -1;
    }
    return lint_baseline(loaded->baseline, arena, out, err);
}

static enum policy_kind kind_named(const char *name)
{
    static const char *const names[] = {
        [POLICY_ANY] = "any",     [POLICY_IDENTITY] = "identity", [POLICY_RESOURCE] = "resource",
        [POLICY_TRUST] = "trust", [POLICY_SCP] = "scp",           [POLICY_RCP] = "rcp"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_eq(names[i], name))
            return (enum policy_kind)i;
    return POLICY_ANY;
}

static int lint_document(const char *file, const char *kind, const struct json *json,
                         const struct node *root, struct arena *arena, struct lint_run *out,
                         struct err *err)
{
    struct lint_document document = {.name = file, .document = json, .kind = kind_named(kind)};

    if (document.kind == POLICY_SCP)
        document.type = policy_type_find("service_control_policy");
    if (document.kind == POLICY_RCP)
        document.type = policy_type_find("resource_control_policy");
    return lint_one(file, &document, root, arena, out, err);
}

/* JSON is nearly YAML: read as such it has places.  What only JSON takes has none. */
static int lint_file(const struct policy_opts *options, const char *word, struct arena *arena,
                     struct lint_run *out, int *code, struct err *err)
{
    const char *file;
    struct err as_yaml = ERR_INIT, as_json = ERR_INIT;
    struct node *root = NULL;
    struct json *json;
    char *text = NULL;
    size_t len = 0;

    if (paths_baseline(word, arena, &file, err) != 0 ||
        paths_read(file, LIMIT_YAML_BYTES, arena, &text, &len, err) != 0)
        return -1;
    (void)node_parse(text, len, file, arena, &root, &as_yaml);
    if (json_parse(text, len, arena, &json, &as_json) == 0 && json_get(json, "Statement") != NULL)
        return lint_document(file, options->kind, json, root, arena, out, err);
    if (root == NULL)
        return err_set(err, ERR_CONFIG, "%s",
                       text[strspn(text, " \t\r\n")] == '{'
                           ? arena_printf(arena, "%s: %s", file, as_json.text)
                           : as_yaml.text);
    if (node_get(root, "Statement") != NULL)
        return policy_node_to_json(root, arena, &json, err) != 0
                   ? -1
                   : lint_document(file, options->kind, json, root, arena, out, err);
    if (node_get(root, "document") != NULL)
        return lint_template(file, root, arena, out, err);
    return lint_whole_baseline(options, &(struct file_text){file, text, len}, arena, out, code,
                               err);
}

/* --- Places --------------------------------------------------------------------------------------
 */

/* NULL: it has none. */
static const struct mark *mark_of(const struct lint_run *run, const struct lint_finding *finding)
{
    const struct node *node = run->nodes[finding->document];

    node = node == NULL ? NULL : lint_node(finding, node);
    return node == NULL || node->mark.line < 1 ? NULL : &node->mark;
}

static const char *place_of(const struct lint_run *run, const struct lint_finding *finding,
                            struct arena *arena)
{
    const struct mark *mark = mark_of(run, finding);

    return mark == NULL ? run->files[finding->document] : mark_text(mark, arena);
}

/* "locked, statement 2 (DenyRoot): text". */
static const char *sentence(const struct lint_run *run, const struct lint_finding *finding,
                            struct arena *arena)
{
    const char *name = run->documents[finding->document].name;
    const char *where =
        str_eq(name, run->files[finding->document]) ? "" : arena_printf(arena, "%s, ", name);

    if (finding->statement == 0)
        return arena_printf(arena, "%s%s", *where == '\0' ? "" : arena_printf(arena, "%s: ", name),
                            finding->text);
    if (finding->sid == NULL)
        return arena_printf(arena, "%sstatement %zu: %s", where, finding->statement, finding->text);
    return arena_printf(arena, "%sstatement %zu (%s): %s", where, finding->statement, finding->sid,
                        finding->text);
}

static void put_line(const struct lint_run *run, const struct lint_finding *finding,
                     struct arena *arena, struct buf *out)
{
    const struct lint_rule *rule = lint_rule(finding->code);
    char *line =
        arena_printf(arena, "%s: %s: %s [%s]", place_of(run, finding, arena),
                     lint_severity_name(rule->severity), sentence(run, finding, arena), rule->name);

    str_defang(line, ' ');
    buf_printf(out, "%s\n", line);
}

void lint_put_events(const struct lint_run *run, const struct common *common, struct arena *arena)
{
    struct log *events = events_new(common);
    struct buf text;

    buf_init(&text, TEXT_BYTES_MOST);
    for (size_t i = 0; i < run->result.count; i++) {
        const struct lint_finding *finding = &run->result.findings[i];
        const struct lint_rule *rule = lint_rule(finding->code);
        const struct mark *mark = mark_of(run, finding);

        if (rule->severity == LINT_NOTE)
            continue;
        if (events == NULL)
            put_line(run, finding, arena, &text);
        else
            log_event(events, rule->severity == LINT_ERROR ? LOG_ERROR : LOG_WARN, "lint", "file",
                      mark == NULL ? run->files[finding->document] : mark->file, "line",
                      mark == NULL ? NULL : LOG_NUM(mark->line), "column",
                      mark == NULL ? NULL : LOG_NUM(mark->column), "code", rule->name, "text",
                      sentence(run, finding, arena), NULL);
    }
    (void)fputs(buf_text(&text), stderr);
    buf_fini(&text);
    log_free(events);
}

/* --- Output --------------------------------------------------------------------------------------
 */

struct lint_runs {
    struct lint_run *items;
    size_t count, capacity;
};

static size_t count_all(const struct lint_runs *runs, enum lint_severity severity)
{
    size_t count = 0;

    for (size_t i = 0; i < runs->count; i++)
        count += lint_count(&runs->items[i].result, severity);
    return count;
}

void lint_put_json(const struct lint_run *run, struct json *list, struct arena *arena)
{
    for (size_t i = 0; i < run->result.count; i++) {
        const struct lint_finding *finding = &run->result.findings[i];
        const struct lint_rule *rule = lint_rule(finding->code);
        const struct mark *mark = mark_of(run, finding);
        struct json *item = json_add_object(list);

        json_put_str(item, "file", mark == NULL ? run->files[finding->document] : mark->file);
        if (mark != NULL) {
            json_put_number(item, "line", mark->line);
            json_put_number(item, "column", mark->column);
        }
        json_put_str(item, "severity", lint_severity_name(rule->severity));
        json_put_str(item, "code", rule->name);
        json_put_str(item, "policy", run->documents[finding->document].name);
        if (finding->statement > 0)
            json_put_number(item, "statement", (double)finding->statement);
        json_put_str(item, "sid", finding->sid);
        json_put_str(item, "path", lint_path_text(finding, arena));
        json_put_str(item, "text", finding->text);
    }
}

static bool put_document(const struct lint_runs *runs, struct arena *arena)
{
    struct json *document = json_object(arena), *list;
    size_t dropped = 0;

    json_put_str(document, "format", LINT_FORMAT);
    json_put_number(document, "errors", (double)count_all(runs, LINT_ERROR));
    json_put_number(document, "warnings", (double)count_all(runs, LINT_WARNING));
    json_put_number(document, "notes", (double)count_all(runs, LINT_NOTE));
    list = json_put_array(document, "findings");
    for (size_t i = 0; i < runs->count; i++) {
        lint_put_json(&runs->items[i], list, arena);
        dropped += runs->items[i].result.dropped;
    }
    json_put_number(document, "findings_not_shown", (double)dropped);
    return put_json(document);
}

static void put_sarif_result(const struct lint_run *run, const struct lint_finding *finding,
                             struct json *results, struct arena *arena)
{
    const struct lint_rule *rule = lint_rule(finding->code);
    const struct mark *mark = mark_of(run, finding);
    struct json *result = json_add_object(results), *physical, *region;

    json_put_str(result, "ruleId", rule->name);
    json_put_str(result, "level", lint_severity_name(rule->severity));
    json_put_str(json_put_object(result, "message"), "text", sentence(run, finding, arena));
    physical =
        json_put_object(json_add_object(json_put_array(result, "locations")), "physicalLocation");
    json_put_str(json_put_object(physical, "artifactLocation"), "uri",
                 mark == NULL ? run->files[finding->document] : mark->file);
    region = json_put_object(physical, "region");
    json_put_number(region, "startLine", mark == NULL ? 1 : mark->line);
    json_put_number(region, "startColumn", mark == NULL ? 1 : mark->column);
}

static bool put_sarif(const struct lint_runs *runs, struct arena *arena)
{
    struct json *log = json_object(arena), *one, *driver, *rules, *results;

    json_put_str(log, "$schema", SARIF_SCHEMA);
    json_put_str(log, "version", "2.1.0");
    one = json_add_object(json_put_array(log, "runs"));
    driver = json_put_object(json_put_object(one, "tool"), "driver");
    json_put_str(driver, "name", "plinth");
    rules = json_put_array(driver, "rules");
    for (int i = 0; i < LINT_CODE_COUNT; i++) {
        struct json *rule = json_add_object(rules);

        json_put_str(rule, "id", lint_rule((enum lint_code)i)->name);
        json_put_str(json_put_object(rule, "shortDescription"), "text",
                     lint_rule((enum lint_code)i)->text);
    }
    results = json_put_array(one, "results");
    for (size_t i = 0; i < runs->count; i++)
        for (size_t k = 0; k < runs->items[i].result.count; k++)
            put_sarif_result(&runs->items[i], &runs->items[i].result.findings[k], results, arena);
    return put_json(log);
}

static bool put_text(const struct lint_runs *runs, struct arena *arena)
{
    struct buf out;
    bool ok;

    buf_init(&out, TEXT_BYTES_MOST);
    for (size_t i = 0; i < runs->count; i++) {
        const struct lint_result *result = &runs->items[i].result;

        for (size_t k = 0; k < result->count; k++)
            put_line(&runs->items[i], &result->findings[k], arena, &out);
        if (result->dropped > 0)
            buf_printf(&out, "and %zu more\n", result->dropped);
    }
    buf_printf(&out, "%zu errors, %zu warnings, %zu notes\n", count_all(runs, LINT_ERROR),
               count_all(runs, LINT_WARNING), count_all(runs, LINT_NOTE));
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static bool put_runs(const struct policy_opts *options, const struct lint_runs *runs,
                     struct arena *arena)
{
    const char *output = options->run.baseline.common.output;

    if (str_eq(output, "sarif"))
        return put_sarif(runs, arena);
    return str_eq(output, "json") ? put_document(runs, arena) : put_text(runs, arena);
}

static int lint_all(const struct policy_opts *options, const char *const *words, size_t count,
                    struct arena *arena)
{
    static const char *const here[] = {PATHS_BASELINE_DEFAULT};
    struct err err = ERR_INIT;
    struct lint_runs runs = {0};
    int code = EXIT_DONE;

    if (count == 0) {
        words = here;
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        struct lint_run run;

        if (lint_file(options, words[i], arena, &run, &code, &err) != 0) {
            if (code != EXIT_DONE)
                return code;
            (void)fail(&options->run.baseline.common, &err);
            return err.code == ERR_USAGE ? EXIT_BAD_USAGE
                   : err.code == ERR_IO  ? EXIT_ERROR
                                         : EXIT_BAD_BASELINE;
        }
        *VEC_ADD(arena, &runs) = run;
    }
    if (!put_runs(options, &runs, arena))
        return EXIT_ERROR;
    if (count_all(&runs, LINT_ERROR) > 0)
        return EXIT_BAD_BASELINE;
    return count_all(&runs, LINT_WARNING) > 0 ? EXIT_CHANGES : EXIT_DONE;
}

int policy_lint_run(const struct policy_opts *options, const char *const *words, size_t count)
{
    struct arena *arena = arena_new("lint");
    int code = lint_all(options, words, count, arena);

    arena_free(arena);
    return code;
}
