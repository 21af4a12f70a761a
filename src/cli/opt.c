#include "cli.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <string.h>

static const struct opt common_opts[] = {
    {"help", 'h', OPT_FLAG, offsetof(struct common, help), NULL, "show this help"},
    {"quiet", 'q', OPT_FLAG, offsetof(struct common, quiet), NULL, "no progress on standard error"},
    {"verbose", 'v', OPT_FLAG, offsetof(struct common, verbose), NULL, "show whole values"},
    {"debug", 0, OPT_FLAG, offsetof(struct common, debug), NULL, "log every AWS call"},
    {"log-format", 0, OPT_CHOICE, offsetof(struct common, log_format), "text|json",
     "how to log on standard error"},
    {"no-color", 0, OPT_FLAG, offsetof(struct common, no_color), NULL,
     "no colors; NO_COLOR does the same"},
    {0},
};

/* The command's own options come first, then those that all have. */
static const struct opt *opt_at(const struct command *command, size_t i)
{
    size_t own = 0;

    while (command->opts != NULL && command->opts[own].name != NULL)
        own++;
    return i < own ? &command->opts[i] : &common_opts[i - own];
}

static const struct opt *find_opt(const struct command *command, const char *name, size_t len,
                                  char letter)
{
    for (size_t i = 0; opt_at(command, i)->name != NULL; i++) {
        const struct opt *opt = opt_at(command, i);

        if (letter != 0 ? opt->letter == letter
                        : strlen(opt->name) == len && memcmp(opt->name, name, len) == 0)
            return opt;
    }
    return NULL;
}

static int unknown_opt(const struct command *command, const char *word, struct arena *arena,
                       struct err *err)
{
    VEC(const char *) names = {0};
    const char *near;

    for (size_t i = 0; opt_at(command, i)->name != NULL; i++)
        *VEC_ADD(arena, &names) = opt_at(command, i)->name;
    word = arena_strn(arena, word, strcspn(word, "="));
    near = str_nearest(word + strspn(word, "-"), names.items, names.count);
    return err_set(err, ERR_USAGE, "%s: unknown option %s%s%s%s", command->name, word,
                   near == NULL ? "" : "; did you mean --", near == NULL ? "" : near,
                   near == NULL ? "" : "?");
}

static void add_word(struct words *words, struct arena *arena, const char *word)
{
    /* One more than counted, so that the list always ends with NULL. */
    if (words->count + 1 >= words->capacity)
        words->items =
            vec_grow(arena, words->items, words->count, &words->capacity, sizeof *words->items);
    words->items[words->count++] = word;
}

/* Whether `value` is one of "a|b|c". */
static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);

    while (*choices != '\0') {
        size_t choice_len = strcspn(choices, "|");

        if (len > 0 && len == choice_len && memcmp(choices, value, len) == 0)
            return true;
        choices += choice_len + (choices[choice_len] == '|');
    }
    return false;
}

static int set_opt(const struct command *command, const struct opt *opt, const char *value,
                   void *options, struct arena *arena, struct err *err)
{
    char *at = (char *)options + opt->offset;
    uint64_t number;

    switch (opt->type) {
    case OPT_FLAG:
        *(bool *)(void *)at = true;
        return 0;
    case OPT_TEXT:
        *(const char **)(void *)at = value;
        return 0;
    case OPT_CHOICE:
        if (!is_choice(opt->value, value))
            return err_set(err, ERR_USAGE, "%s: --%s is %s, not \"%s\"", command->name, opt->name,
                           opt->value, value);
        *(const char **)(void *)at = value;
        return 0;
    case OPT_WORDS:
        add_word((struct words *)(void *)at, arena, value);
        return 0;
    case OPT_NUMBER:
        if (!str_to_u64(value, &number) || number > 1000 * 1000 * 1000)
            return err_set(err, ERR_USAGE, "%s: --%s takes a number, not \"%s\"", command->name,
                           opt->name, value);
        *(long *)(void *)at = (long)number;
        return 0;
    }
    return 0;
}

/* One option at words[*at] ("--name=value", "--name value", "-x value", "-xvalue"); *at moves on to
 * its value if that is a word of its own. */
static int parse_opt(const struct command *command, int count, char **words, int *at, void *options,
                     struct arena *arena, struct err *err)
{
    const char *word = words[*at], *value = NULL;
    bool is_long = str_starts(word, "--");
    size_t len = is_long ? strcspn(word + 2, "=") : 1;
    const struct opt *opt = find_opt(command, word + 2, len, is_long ? 0 : word[1]);

    if (opt == NULL)
        return unknown_opt(command, word, arena, err);
    if (is_long && word[2 + len] == '=')
        value = word + 2 + len + 1;
    else if (!is_long && word[2] != '\0')
        value = word + 2;
    if (opt->type == OPT_FLAG) {
        if (value != NULL)
            return err_set(err, ERR_USAGE, "%s: --%s takes no value", command->name, opt->name);
    } else if (value == NULL) {
        if (++*at == count)
            return err_set(err, ERR_USAGE, "%s: --%s needs a value (%s)", command->name, opt->name,
                           opt->value);
        value = words[*at];
    }
    return set_opt(command, opt, value, options, arena, err);
}

int opt_parse(const struct command *command, int argc, char **argv, void *options,
              struct words *positional, struct arena *arena, struct err *err)
{
    struct err later = ERR_INIT;
    bool only_words = false;
    int result = 0;

    for (int i = 0; i < argc; i++) {
        if (only_words || argv[i][0] != '-' || argv[i][1] == '\0')
            add_word(positional, arena, argv[i]);
        else if (str_eq(argv[i], "--"))
            only_words = true;
        else if (parse_opt(command, argc, argv, &i, options, arena, result == 0 ? err : &later) !=
                 0)
            result = -1;
    }
    if (result == 0 && positional->count > command->positional_most)
        return err_set(err, ERR_USAGE, "%s: too many arguments: \"%s\"", command->name,
                       positional->items[command->positional_most]);
    return result;
}

void opt_help(const struct command *command, struct buf *out)
{
    enum { DOC_COLUMN = 30 };

    buf_printf(out, "usage: plinth %s [options]%s%s\n\n%s\n", command->name,
               command->usage[0] == '\0' ? "" : " ", command->usage, command->text);
    if (command->examples != NULL)
        buf_printf(out, "\nexamples:\n%s", command->examples);
    buf_str(out, "\noptions:\n");
    for (size_t i = 0; opt_at(command, i)->name != NULL; i++) {
        const struct opt *opt = opt_at(command, i);
        size_t start = out->len;

        buf_str(out, "  ");
        if (opt->letter != 0)
            buf_printf(out, "-%c, ", opt->letter);
        buf_printf(out, "--%s", opt->name);
        if (opt->value != NULL)
            buf_printf(out, " %s", opt->value);
        do
            buf_char(out, ' ');
        while (out->len - start < DOC_COLUMN && !out->overflow);
        buf_printf(out, "%s%s\n", opt->doc, opt->type == OPT_WORDS ? " (repeatable)" : "");
    }
}
