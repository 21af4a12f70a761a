#include "account.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

enum { LIST_BYTES_MOST = 64 * 1024 * 1024 };

/* An account of the organization, of the baseline, or of both. */
struct row {
    const struct inventory_account *live; /* NULL: only the baseline has it */
    const struct account *wanted;         /* NULL: nobody manages it */
    const char *live_path;                /* "" is the root */
    const char *state;
};

struct list {
    struct session *session;
    const struct inventory *inventory;
    struct row *rows;
    size_t count;
    struct err err;
    int failed;
};

static void read_fiber(void *arg)
{
    struct list *list = arg;

    list->failed = engine_identify(list->session->engine, &list->session->identity, &list->err);
    if (list->failed == 0)
        list->failed = engine_inventory(list->session->engine, &list->inventory, &list->err);
}

/* --- Side by side --------------------------------------------------------------------------------
 */

static const char *wanted_path(const struct account *account)
{
    return account->ou == NULL ? "" : account->ou->path;
}

static bool is_creating(const struct inventory *inventory, const struct account *account)
{
    for (size_t i = 0; i < inventory->creation_count; i++)
        if (str_eq(inventory->creations[i].name, account->name))
            return true;
    return false;
}

static const char *state_of(const struct inventory *inventory, const struct row *row)
{
    if (row->live == NULL)
        return is_creating(inventory, row->wanted) ? "being created" : "not created yet";
    if (str_eq(row->live->status, "PENDING_CLOSURE"))
        return "closing";
    if (!str_eq(row->live->status, "ACTIVE"))
        return str_eq(row->live->status, "CLOSED") ? "closed" : "suspended";
    if (row->wanted == NULL)
        return "not in the baseline";
    return str_eq(row->live_path, wanted_path(row->wanted)) ? "in both" : "in another unit";
}

static void add_row(struct list *list, const struct inventory_account *live,
                    const struct account *wanted)
{
    struct row *row = &list->rows[list->count++];
    const struct inventory_ou *parent =
        live == NULL ? NULL : inventory_ou_by_id(list->inventory, live->parent_id);

    *row = (struct row){.live = live, .wanted = wanted};
    row->live_path = parent == NULL ? "" : parent->path;
    row->state = state_of(list->inventory, row);
}

/* Those of the baseline in its order, then those that only the organization has, in AWS's. */
static void join(struct list *list)
{
    const struct baseline *baseline = list->session->loaded.baseline;
    const struct inventory *inventory = list->inventory;
    struct arena *arena = list->session->arena;
    bool *known = arena_array(arena, inventory->account_count, sizeof *known);

    list->rows =
        arena_array(arena, baseline->account_count + inventory->account_count, sizeof *list->rows);
    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *wanted = &baseline->accounts[i];
        const struct inventory_account *live = inventory_account_of(inventory, wanted);

        if (live != NULL)
            known[live - inventory->accounts] = true;
        add_row(list, live, wanted);
    }
    for (size_t i = 0; i < inventory->account_count; i++)
        if (!known[i])
            add_row(list, &inventory->accounts[i], NULL);
}

/* --- Output --------------------------------------------------------------------------------------
 */

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static const char *name_of(const struct row *row)
{
    return row->wanted != NULL ? row->wanted->name : row->live->name;
}

static const char *shown_path(const char *path)
{
    return *path == '\0' ? "the root" : path;
}

static void put_row(const struct row *row, struct buf *out)
{
    const char *email = row->live != NULL ? row->live->email : row->wanted->email;
    const char *path = row->live != NULL ? row->live_path : wanted_path(row->wanted);

    buf_printf(out, "%-12s  %-24s  %-20s  %-36s  %s", row->live == NULL ? "-" : row->live->id,
               or_dash(name_of(row)), shown_path(path), or_dash(email), row->state);
    if (str_eq(row->state, "in another unit"))
        buf_printf(out, ": the baseline says %s", shown_path(wanted_path(row->wanted)));
    buf_char(out, '\n');
}

static struct json *as_json(const struct list *list)
{
    struct json *out = json_object(list->session->arena), *items;

    json_put_str(out, "format", ACCOUNT_FORMAT);
    items = json_put_array(out, "accounts");
    for (size_t i = 0; i < list->count; i++) {
        const struct row *row = &list->rows[i];
        struct json *item = json_add_object(items);

        json_put_str(item, "name", name_of(row));
        json_put_str(item, "state", row->state);
        if (row->live != NULL) {
            json_put_str(item, "id", row->live->id);
            json_put_str(item, "email", row->live->email);
            json_put_str(item, "status", row->live->status);
            json_put_str(item, "ou", row->live_path);
        }
        if (row->wanted != NULL) {
            json_put_str(item, "baseline_email", row->wanted->email);
            json_put_str(item, "baseline_ou", wanted_path(row->wanted));
        }
    }
    return out;
}

static int list(struct session *session)
{
    struct list list = {.session = session, .err = ERR_INIT};
    struct buf text;
    bool ok;

    sched_run(session->sched, read_fiber, &list);
    if (list.failed != 0)
        return session_failed(session, &list.err);
    join(&list);
    if (wants_json(&session->options->baseline))
        return put_json(as_json(&list)) ? EXIT_DONE : EXIT_ERROR;
    buf_init(&text, LIST_BYTES_MOST);
    for (size_t i = 0; i < list.count; i++)
        put_row(&list.rows[i], &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok ? EXIT_DONE : EXIT_ERROR;
}

/* --- The verb ------------------------------------------------------------------------------------
 */

static const struct opt list_options[] = {
    PROFILE_OPT,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

static int list_run(const void *options, const struct words *positional)
{
    struct session session;
    int code = session_open(&session, options, word_at(positional, 0));

    if (code == EXIT_DONE)
        code = list(&session);
    session_close(&session);
    return code;
}

const struct command account_list_verb = {
    .name = "account list",
    .summary = "the accounts of the organization and of the baseline side by side",
    .usage = "[BASELINE]",
    .text = "Shows the accounts of the organization and of the baseline side by side.",
    .examples = "  plinth account list --output json\n",
    .opts = list_options,
    .options_size = sizeof(struct run_opts),
    .positional_most = 1,
    .run = list_run,
};
