#include "load.h"
#include "paths.h"
#include "terminal.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/files.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/control/control.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct init_opts {
    struct common common;
    const char *name, *home_region, *email;
    struct words regions;
    bool force;
};

static const struct opt init_options[] = {
    {"name", 0, OPT_TEXT, offsetof(struct init_opts, name), "NAME",
     "of the baseline; marks what plinth makes"},
    {"home-region", 0, OPT_TEXT, offsetof(struct init_opts, home_region), "REGION",
     "where what exists once is kept"},
    {"regions", 0, OPT_WORDS, offsetof(struct init_opts, regions), "REGION[,REGION...]",
     "all allowed regions"},
    {"email", 0, OPT_TEXT, offsetof(struct init_opts, email), "ADDRESS",
     "new accounts get local+account@domain"},
    {"force", 0, OPT_FLAG, offsetof(struct init_opts, force), NULL, "replace a file that exists"},
    {0},
};

/* What a first baseline is made of. */
struct answers {
    const char *name, *home_region;
    VEC(const char *) regions;    /* the home region first, each once */
    const char *mailbox, *domain; /* "aws", "example.com" */
};

/* --- Questions -----------------------------------------------------------------------------------
 */

/* *value as the option gave it, else as the terminal does; an empty answer takes `fallback`. */
static int need(const char **value, const char *option, const char *question, const char *fallback,
                struct arena *arena, struct err *err)
{
    char *answer;

    if (*value == NULL) {
        if (!terminal_is_there())
            return err_set(err, ERR_USAGE, "init: there is no terminal to ask on: use --%s",
                           option);
        if (terminal_ask(fallback == NULL ? arena_printf(arena, "%s: ", question)
                                          : arena_printf(arena, "%s [%s]: ", question, fallback),
                         -1, arena, &answer, err) != 0)
            return -1;
        *value = *answer == '\0' && fallback != NULL ? fallback : answer;
    }
    /* They are put between quotes; what else they must be, the check of the whole tells. */
    for (const char *c = *value; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F || *c == '"' || *c == '\\')
            return err_set(err, ERR_USAGE, "init: --%s holds a character that it cannot have",
                           option);
    return 0;
}

static void add_region(struct answers *answers, const char *region, struct arena *arena)
{
    for (size_t i = 0; i < answers->regions.count; i++)
        if (str_eq(answers->regions.items[i], region))
            return;
    *VEC_ADD(arena, &answers->regions) = region;
}

/* "eu-central-1, us-east-1" */
static void add_regions(struct answers *answers, const char *list, struct arena *arena)
{
    static const char between[] = ", ";

    while (*(list += strspn(list, between)) != '\0') {
        size_t len = strcspn(list, between);

        add_region(answers, arena_strn(arena, list, len), arena);
        list += len;
    }
}

static int ask_regions(const struct init_opts *opts, struct answers *answers, struct arena *arena,
                       struct err *err)
{
    const char *list = NULL;

    add_region(answers, answers->home_region, arena);
    if (opts->regions.count == 0) {
        if (need(&list, "regions", "Allowed regions, with commas between", answers->home_region,
                 arena, err) != 0)
            return -1;
        add_regions(answers, list, arena);
    }
    for (size_t i = 0; i < opts->regions.count; i++) {
        list = opts->regions.items[i];
        if (need(&list, "regions", NULL, NULL, arena, err) != 0)
            return -1;
        add_regions(answers, list, arena);
    }
    return 0;
}

static int ask_email(const struct init_opts *opts, struct answers *answers, struct arena *arena,
                     struct err *err)
{
    const char *email = opts->email, *at;

    if (need(&email, "email", "Mailbox for the root users of new accounts (aws@example.com)", NULL,
             arena, err) != 0)
        return -1;
    at = strchr(email, '@');
    if (at == NULL || at == email || at[1] == '\0')
        return err_set(err, ERR_USAGE, "init: \"%s\" is no email address", email);
    answers->mailbox = arena_strn(arena, email, (size_t)(at - email));
    answers->domain = at + 1;
    return 0;
}

static int ask_all(const struct init_opts *opts, struct answers *answers, struct arena *arena,
                   struct err *err)
{
    answers->name = opts->name;
    answers->home_region = opts->home_region;
    if (need(&answers->name, "name", "Name of the baseline, such as the company's", NULL, arena,
             err) != 0 ||
        need(&answers->home_region, "home-region", "Home region", "eu-central-1", arena, err) !=
            0 ||
        ask_regions(opts, answers, arena, err) != 0)
        return -1;
    return ask_email(opts, answers, arena, err);
}

/* --- The file ------------------------------------------------------------------------------------
 */

static void put_account(struct buf *out, const struct answers *answers, const char *name,
                        const char *ou, const char *role)
{
    buf_printf(out, "  - name: %s\n    email: \"%s+%s@%s\"\n    ou: %s\n", name, answers->mailbox,
               name, answers->domain, ou);
    if (role != NULL)
        buf_printf(out, "    roles: [%s]\n", role);
}

static void render(const struct answers *answers, struct buf *out)
{
    buf_printf(
        out,
        "# What this AWS organization should be.  plinth validate checks it, plinth plan shows\n"
        "# what differs, plinth apply makes it so.  plinth schema --markdown explains every key.\n"
        "apiVersion: plinth/v1\n"
        "name: \"%s\"\n"
        "home_region: \"%s\"\n"
        "regions:",
        answers->name, answers->home_region);
    for (size_t i = 0; i < answers->regions.count; i++)
        buf_printf(out, "%s\"%s\"", i == 0 ? " [" : ", ", answers->regions.items[i]);
    buf_str(out, "]\n\n"
                 "organization:\n"
                 "  trusted_access:\n"
                 "    - iam.amazonaws.com # root_access needs it\n\n"
                 "organizational_units:\n"
                 "  Security: {}\n"
                 "  Workloads:\n"
                 "    units:\n"
                 "      Prod: {}\n"
                 "      Dev: {}\n\n"
                 "accounts:\n"
                 "  # This account exists: its name and address are those that it has at AWS.\n");
    buf_printf(out, "  - name: management\n    email: \"%s@%s\"\n    roles: [management]\n",
               answers->mailbox, answers->domain);
    put_account(out, answers, "security", "Security", "security");
    put_account(out, answers, "log-archive", "Security", "log_archive");
    put_account(out, answers, "prod", "Workloads/Prod", NULL);
    put_account(out, answers, "dev", "Workloads/Dev", NULL);
    buf_str(out,
            "\n# Templates under templates/: their first lines say what they deny and whom they "
            "spare.\n"
            "policies:\n"
            "  - {name: stay, template: scp/deny-leave-organization, attach: [root]}\n"
            "  - {name: root-users, template: scp/root-deny, attach: [root]}\n"
            "  - {name: regions, template: scp/region-limits, attach: [root]}\n"
            "  - {name: security-role, template: scp/protect-security-role, attach: [root]}\n\n"
            "controls:\n"
            "  # The security account sees everything in every account, and changes nothing.\n"
            "  security_role: {}\n"
            "  # Root users of members are managed from the management account.\n"
            "  root_access: {}\n");
}

/* What is written passes `plinth validate`, because it did before it was written. */
static int check(const char *path, const struct buf *text, struct arena *arena,
                 struct loaded *loaded, struct err *err)
{
    struct baseline_options options = {.sections = controls_sections(arena),
                                       .template_dirs = paths_templates(path, arena)};

    *loaded = (struct loaded){.path = path};
    diags_init(&loaded->diags, arena);
    return baseline_load_text(buf_text(text), text->len, path, &options, arena, &loaded->baseline,
                              &loaded->diags, err);
}

static int write_baseline(const struct init_opts *opts, const char *path, const struct buf *text,
                          struct err *err)
{
    if (files_write(path, buf_text(text), text->len, FILE_MODE_PLAIN, opts->force, err) == 0)
        return 0;
    if (err->code == ERR_CONFLICT)
        return err_set(err, ERR_USAGE, "init: %s exists already; --force replaces it", path);
    return -1;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int make_baseline(const struct init_opts *opts, const char *path, struct arena *arena)
{
    const struct baseline_opts baseline = {.common = opts->common};
    struct answers answers = {0};
    struct err err = ERR_INIT;
    struct loaded loaded;
    struct buf text;
    int code = EXIT_DONE;

    buf_init(&text, LIMIT_YAML_BYTES);
    if (ask_all(opts, &answers, arena, &err) != 0) {
        code = fail(&opts->common, &err);
        goto out;
    }
    render(&answers, &text);
    if (check(path, &text, arena, &loaded, &err) != 0) {
        code = load_failed(&loaded, &baseline, &err);
        (void)fprintf(stderr, "plinth: nothing was written\n");
    } else if (str_eq(path, "-")) {
        code = put_result(buf_text(&text), text.len) ? EXIT_DONE : EXIT_ERROR;
    } else if (write_baseline(opts, path, &text, &err) != 0) {
        code = fail(&opts->common, &err);
    } else if (!opts->common.quiet) {
        (void)fprintf(stderr,
                      "plinth: wrote %s; look at it, then: plinth validate, plinth plan, plinth "
                      "apply\n",
                      path);
    }
out:
    buf_fini(&text);
    return code;
}

static int init_run(const void *options, const struct words *positional)
{
    const struct init_opts *opts = options;
    const char *path = positional->count == 0 ? PATHS_BASELINE_DEFAULT : positional->items[0];
    struct arena *arena = arena_new("init");
    struct err err = ERR_INIT;
    bool is_file = !str_eq(path, "-");
    int code;

    /* Before the questions; the write itself looks again. */
    if (is_file && !opts->force && access(path, F_OK) == 0)
        (void)err_set(&err, ERR_USAGE, "init: %s exists already; --force replaces it", path);
    if (err.code != ERR_NONE || (is_file && files_check_target(path, &err) != 0)) {
        code = fail(&opts->common, &err);
    } else {
        code = make_baseline(opts, path, arena);
    }
    arena_free(arena);
    return code;
}

const struct command command_init = {
    .name = "init",
    .summary = "write a first baseline",
    .usage = "[FILE]",
    .text =
        "Writes a first baseline to FILE, or to ./plinth.yaml: a security and a log archive\n"
        "account, units for workloads, policies and two controls to build on.  What the options\n"
        "do not say is asked on the terminal.  A file that exists is left alone; - is standard\n"
        "output.",
    .examples =
        "  plinth init\n"
        "  plinth init --name acme --home-region eu-central-1 --regions eu-central-1,us-east-1 \\\n"
        "      --email aws@example.com\n",
    .opts = init_options,
    .options_size = sizeof(struct init_opts),
    .positional_most = 1,
    .run = init_run,
};
