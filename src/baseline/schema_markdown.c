#include "language.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "schema_priv.h"

#include <string.h>

/* A table to print, and where its objects stand in a baseline. */
struct page {
    const struct schema *schema;
    const struct field *name; /* filled by the key of a map; NULL */
    const char *path;
};

struct printer {
    struct arena *arena;
    struct buf *out;
    VEC(struct page) pages; /* breadth first, so that what is general comes first */
};

/* --- Pages ---------------------------------------------------------------------------------------
 */

static void add_page(struct printer *printer, const struct schema *schema, const struct field *name,
                     const char *path)
{
    for (size_t i = 0; i < printer->pages.count; i++)
        if (printer->pages.items[i].schema == schema)
            return;
    *VEC_ADD(printer->arena, &printer->pages) = (struct page){schema, name, path};
}

static void add_object(struct printer *printer, const struct field *field, const char *parent)
{
    bool named = field->type == FIELD_NAMED;
    const char *path =
        arena_printf(printer->arena, "%s%s%s%s", parent, *parent == '\0' ? "" : ".", field->key,
                     named                          ? ".NAME"
                     : field->type == FIELD_OBJECTS ? "[]"
                                                    : "");

    if (field->object != NULL)
        add_page(printer, field->object, named ? schema_name_field(field->object) : NULL, path);
}

/* --- Cells ---------------------------------------------------------------------------------------
 */

/* A cell must not end at a bar of its text. */
static void put_cell(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            buf_char(out, '\\');
        buf_char(out, *text);
    }
}

static void put_text_type(const struct field *field, struct buf *out)
{
    if (field->choices == NULL) {
        buf_str(out, field->format == FORMAT_ANY ? "text" : format_rule(field->format)->what);
        return;
    }
    for (const struct choice *choice = field->choices; choice->key != NULL; choice++)
        buf_printf(out, "%s`%s`",
                   choice == field->choices ? ""
                   : choice[1].key          ? ", "
                                            : " or ",
                   choice->key);
}

/* The heading of an object's page is its name; its anchor has no blanks. */
static void put_link(const struct schema *object, struct buf *out)
{
    if (object == NULL)
        return;
    buf_printf(out, ": [%s](#", object->name);
    for (const char *at = object->name; *at != '\0'; at++)
        buf_char(out, *at == ' ' ? '-' : *at);
    buf_char(out, ')');
}

static void put_type(const struct field *field, struct buf *out)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_CHOICE:
        put_text_type(field, out);
        break;
    case FIELD_BOOL:
        buf_str(out, "`true` or `false`");
        break;
    case FIELD_INT:
        buf_str(out, "whole number");
        if (field->min != 0 || field->max != 0)
            buf_printf(out, " from %lld to %lld", (long long)field->min, (long long)field->max);
        break;
    case FIELD_STRINGS:
        buf_str(out, "list of: ");
        put_text_type(field, out);
        break;
    case FIELD_PAIRS:
        buf_str(out, "map of: ");
        put_text_type(field, out);
        break;
    case FIELD_OBJECTS:
        buf_str(out, "list");
        put_link(field->object, out);
        break;
    case FIELD_OBJECT:
    case FIELD_NAMED:
    case FIELD_NODE:
        buf_str(out, field->type == FIELD_NAMED ? "map by name" : "map");
        put_link(field->object, out);
        break;
    }
}

static void put_row(const struct field *field, struct buf *out)
{
    buf_printf(out, "| `%s` | ", field->key);
    put_type(field, out);
    buf_str(out, " | ");
    if (field->required)
        buf_str(out, "required");
    else if (field->fallback != NULL)
        buf_printf(out, "`%s`", field->fallback);
    buf_str(out, " | ");
    put_cell(out, field->doc);
    if (field->uniform)
        buf_str(out, " The same everywhere: it cannot be overridden.");
    if (field->example != NULL) {
        buf_str(out, " Example: `");
        put_cell(out, field->example);
        buf_char(out, '`');
    }
    buf_str(out, " |\n");
}

static void put_page(struct printer *printer, struct page page)
{
    const struct field *field = page.schema->fields;
    struct buf *out = printer->out;

    if (*page.path != '\0')
        buf_printf(out, "### %s\n\nAt `%s`. ", page.schema->name, page.path);
    buf_printf(out, "%s\n\n", page.schema->doc);
    if (field->key == NULL)
        return;
    buf_str(out, "| key | value | default | |\n| --- | --- | --- | --- |\n");
    for (; field->key != NULL; field++) {
        if (field == page.name)
            continue;
        put_row(field, out);
        if (field->object != NULL)
            add_object(printer, field, page.path);
    }
    buf_char(out, '\n');
}

void schema_markdown(const struct schema *schema, const char *path, struct buf *out)
{
    struct arena *arena = arena_new("schema_markdown");
    struct printer printer = {.arena = arena, .out = out};

    add_page(&printer, schema, NULL, path);
    /* Printing a page adds those of its objects. */
    for (size_t i = 0; i < printer.pages.count; i++)
        put_page(&printer, printer.pages.items[i]);
    arena_free(arena);
}

/* --- The page ------------------------------------------------------------------------------------
 */

/* Compilers promise string literals of 4095 bytes, so each part is one. */
static const char *const page_parts[] = {
    "<!-- Printed by `plinth schema --markdown`; change src/baseline and not this page. -->\n"
    "# The baseline\n"
    "\n"
    "A baseline is a YAML file that says what an AWS organization should be. plinth compares it\n"
    "with what is there and writes the difference, nothing else: what a baseline does not name\n"
    "stays as it is.\n"
    "\n"
    "```yaml\n"
    "apiVersion: plinth/v1\n"
    "name: acme\n"
    "home_region: eu-central-1\n"
    "accounts:\n"
    "  - name: management\n"
    "    email: aws@example.com\n"
    "    roles: [management]\n"
    "```\n"
    "\n"
    "`plinth validate FILE` checks a baseline without AWS, and tells every mistake with its file,\n"
    "line and column. `plinth schema` prints the language as JSON Schema, for editors: put\n"
    "`# yaml-language-server: $schema=plinth.schema.json` in the first line.\n"
    "\n"
    "Unknown keys, wrong types, duplicates and names that lead nowhere are errors. Anchors and\n"
    "aliases work, merge keys (`<<`) do not. Only `true` and `false` are booleans, and a scalar "
    "is\n"
    "text where text is asked for. A key with nothing behind it is as if it were not there, but "
    "in\n"
    "`controls` and `organizational_units`, where it means all defaults.\n"
    "\n",
    "## Variables\n"
    "\n"
    "`${var.name}` stands for a variable, in every value of the baseline. Variables are declared\n"
    "with a default, and `--var name=value` gives another one; without a default it must.\n"
    "\n"
    "```yaml\n"
    "variables:\n"
    "  email_domain: example.com\n"
    "  owner:\n"
    "    description: Who answers for these accounts; given with --var owner=...\n"
    "```\n"
    "\n"
    "A value that is one reference and nothing else counts as if the variable's value were "
    "written\n"
    "there, so it may be a number or a boolean. Values do not refer to other variables, and keys\n"
    "are not searched. `${aws:...}` and the other variables of IAM stay as they are in the\n"
    "documents and parameters of policies; anywhere else they are errors.\n"
    "\n"
    "## Several files\n"
    "\n"
    "`include` names files that are read as if they stood in the baseline, relative to the file\n"
    "that names them. Maps are merged, lists (accounts, policies) are appended in the order of "
    "the\n"
    "files, and any other key may stand in one file only. An included file may include others; no\n"
    "file is read twice.\n"
    "\n"
    "## Settings that differ\n"
    "\n"
    "What stands under `controls` holds for every account. An organizational unit and an account\n"
    "may have `controls` of their own, which are laid over it from the top down: maps merge,\n"
    "anything else replaces what was there, and `false` turns the control off.\n"
    "\n"
    "```yaml\n"
    "controls:\n"
    "  security_role: {max_session: 3600}\n"
    "organizational_units:\n"
    "  Sandbox:\n"
    "    controls:\n"
    "      security_role: {max_session: 43200}\n"
    "```\n"
    "\n",
    "## Policies\n"
    "\n"
    "AWS limits how many policies hang on one target and how long each is. Service control\n"
    "policies, and resource control policies, that are attached to the same targets are therefore\n"
    "packed into as few documents as fit; `plinth validate` shows the result, and it is an error "
    "if\n"
    "they do not fit.\n"
    "\n"
    "A packed policy is named after its targets, and numbered: `plinth-root-1`,\n"
    "`plinth-Workloads/Prod-2`, `plinth-root+account:sandbox-1`. So a policy that is added or\n"
    "changed changes contents, and neither names nor attachments. Its description tells which\n"
    "policies are in it. Policies of other types are not packed, and are named after themselves:\n"
    "`plinth-ai-opt-out`.\n"
    "\n"
    "Templates know `allowed_regions`, `backup_role`, `member_role`, `replication_role`,\n"
    "`security_role` and the break-glass roles (`exempt_roles`, `protected_roles`) from the\n"
    "baseline; other parameters are given with the policy.\n"
    "\n"
    "## All keys\n"
    "\n",
};

void baseline_schema_markdown(const struct control_section *sections, struct buf *out)
{
    struct arena *arena = arena_new("baseline_schema_markdown");
    struct language language = language_with_sections(sections, arena);

    for (size_t i = 0; i < sizeof page_parts / sizeof page_parts[0]; i++)
        buf_str(out, page_parts[i]);
    schema_markdown(language.root, "", out);
    arena_free(arena);
}
