#include "cli.h"
#include "paths.h"

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

/* --- Verbs ---------------------------------------------------------------------------------------
 */

const char *verb_word(const struct command *verb)
{
    const char *blank = strrchr(verb->name, ' ');

    return blank == NULL ? verb->name : blank + 1;
}

/* "lint, test or replay" */
static const char *verbs_text(const struct command *command, struct arena *arena)
{
    const char *text = "", *last = NULL;

    for (size_t i = 0; command->verbs[i] != NULL; i++) {
        if (command->verbs[i]->never != NULL)
            continue;
        if (last != NULL)
            text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : ", ", last);
        last = verb_word(command->verbs[i]);
    }
    return *text == '\0' ? last : arena_printf(arena, "%s or %s", text, last);
}

static const struct command *find_verb(const struct command *command, const char *word)
{
    for (size_t i = 0; command->verbs != NULL && command->verbs[i] != NULL; i++)
        if (str_eq(verb_word(command->verbs[i]), word))
            return command->verbs[i];
    return NULL;
}

const struct command *verb_find(const struct command *command, const char *word,
                                struct arena *arena, struct err *err)
{
    const struct command *verb = find_verb(command, word);
    VEC(const char *) names = {0};
    const char *near;

    if (verb != NULL && verb->never == NULL)
        return verb;
    if (verb != NULL)
        return (void)err_set(err, ERR_USAGE, "%s: %s", verb->name, verb->never), NULL;
    if (command->verbs == NULL)
        return (void)err_set(err, ERR_USAGE, "%s has no verbs", command->name), NULL;
    for (size_t i = 0; command->verbs[i] != NULL; i++)
        *VEC_ADD(arena, &names) = verb_word(command->verbs[i]);
    near = str_nearest(word, names.items, names.count);
    (void)err_set(err, ERR_USAGE, "%s: there is no verb \"%s\"%s%s%s (%s)", command->name, word,
                  near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                  near == NULL ? "" : "\"?", verbs_text(command, arena));
    return NULL;
}

/* --- Options -------------------------------------------------------------------------------------
 */

/* The command's own options come first, then those that all have. */
static const struct opt *opt_at(const struct command *command, size_t i)
{
    size_t own = 0;

    while (command->opts != NULL && command->opts[own].name != NULL)
        own++;
    return i < own ? &command->opts[i] : &common_opts[i - own];
}

/* How an option stands in a word: "--name=value", "-x". */
struct opt_word {
    const char *name;
    size_t len;
    char letter;       /* 0: by its name */
    const char *value; /* in the same word; NULL */
};

static struct opt_word opt_word(const char *word)
{
    size_t len;

    if (!str_starts(word, "--"))
        return (struct opt_word){"", 0, word[1], word[2] == '\0' ? NULL : word + 2};
    len = strcspn(word + 2, "=");
    return (struct opt_word){word + 2, len, 0, word[2 + len] == '=' ? word + 2 + len + 1 : NULL};
}

static const struct opt *find_opt(const struct command *command, const struct opt_word *word)
{
    for (size_t i = 0; opt_at(command, i)->name != NULL; i++) {
        const struct opt *opt = opt_at(command, i);

        if (word->letter != 0
                ? opt->letter == word->letter
                : strlen(opt->name) == word->len && memcmp(opt->name, word->name, word->len) == 0)
            return opt;
    }
    return NULL;
}

/* Of the command or any of its verbs; they agree on which options have a value. */
static const struct opt *find_opt_anywhere(const struct command *command,
                                           const struct opt_word *word)
{
    const struct opt *opt = find_opt(command, word);

    for (size_t i = 0; opt == NULL && command->verbs != NULL && command->verbs[i] != NULL; i++)
        opt = find_opt(command->verbs[i], word);
    return opt;
}

/* "policy replay, policy who-can": whose option it is; NULL: nobody's. */
static const char *owners_of(const struct command *command, const struct opt_word *word,
                             struct arena *arena)
{
    const char *owners =
        find_opt(command, word) == NULL ? NULL : arena_printf(arena, "plinth %s", command->name);

    for (size_t i = 0; command->verbs != NULL && command->verbs[i] != NULL; i++)
        if (find_opt(command->verbs[i], word) != NULL)
            owners = arena_printf(arena, "%s%splinth %s", owners == NULL ? "" : owners,
                                  owners == NULL ? "" : ", ", command->verbs[i]->name);
    return owners;
}

struct parser {
    const struct command *command, *verb; /* the same where it is no verb that runs */
    void *options;
    struct arena *arena;
};

static int unknown_opt(const struct parser *parser, const char *text, const struct opt_word *word,
                       struct err *err)
{
    const struct command *verb = parser->verb;
    const char *near, *owners = owners_of(parser->command, word, parser->arena);
    VEC(const char *) names = {0};

    text = arena_strn(parser->arena, text, strcspn(text, "="));
    if (owners != NULL)
        return err_set(err, ERR_USAGE, "%s: %s is an option of %s", verb->name, text, owners);
    for (size_t i = 0; opt_at(verb, i)->name != NULL; i++)
        *VEC_ADD(parser->arena, &names) = opt_at(verb, i)->name;
    near = str_nearest(text + strspn(text, "-"), names.items, names.count);
    return err_set(err, ERR_USAGE, "%s: unknown option %s%s%s%s", verb->name, text,
                   near == NULL ? "" : "; did you mean --", near == NULL ? "" : near,
                   near == NULL ? "" : "?");
}

const char *word_at(const struct words *words, size_t index)
{
    return index < words->count ? words->items[index] : NULL;
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

static int set_number(const struct parser *parser, const struct opt *opt, const char *value,
                      long *out, struct err *err)
{
    enum { NUMBER_MOST = 1000 * 1000 * 1000 };
    long most = opt->most == 0 ? NUMBER_MOST : opt->most;
    uint64_t number;

    if (!str_to_u64(value, &number))
        return err_set(err, ERR_USAGE, "%s: --%s takes a number, not \"%s\"", parser->verb->name,
                       opt->name, value);
    if (number > (uint64_t)most || number < (uint64_t)opt->least)
        return err_set(err, ERR_USAGE, "%s: --%s is from %ld to %ld, not %s", parser->verb->name,
                       opt->name, opt->least, most, value);
    *out = (long)number;
    return 0;
}

static int set_opt(const struct parser *parser, const struct opt *opt, const char *value,
                   struct err *err)
{
    char *at = (char *)parser->options + opt->offset;

    if (opt->type != OPT_FLAG && *value == '\0')
        return err_set(err, ERR_USAGE, "%s: --%s needs a value (%s), not an empty one",
                       parser->verb->name, opt->name, opt->value);
    switch (opt->type) {
    case OPT_FLAG:
        *(bool *)(void *)at = true;
        return 0;
    case OPT_TEXT:
        if (opt->dash == DASH_NONE && str_eq(value, "-"))
            return err_set(err, ERR_USAGE, "%s: --%s must be a file, and \"-\" is none",
                           parser->verb->name, opt->name);
        *(const char **)(void *)at = opt->dash == DASH_INPUT ? paths_input(value) : value;
        return 0;
    case OPT_CHOICE:
        if (!is_choice(opt->value, value))
            return err_set(err, ERR_USAGE, "%s: --%s is %s, not \"%s\"", parser->verb->name,
                           opt->name, opt->value, value);
        *(const char **)(void *)at = value;
        return 0;
    case OPT_WORDS:
        add_word((struct words *)(void *)at, parser->arena, value);
        return 0;
    case OPT_NUMBER:
        return set_number(parser, opt, value, (long *)(void *)at, err);
    }
    return 0;
}

/* One option at words[*at] ("--name=value", "--name value", "-x value", "-xvalue"); *at moves on to
 * its value if that is a word of its own. */
static int parse_opt(const struct parser *parser, int count, char **words, int *at, struct err *err)
{
    const struct opt_word word = opt_word(words[*at]);
    const struct opt *opt = find_opt(parser->verb, &word);
    const char *value = word.value;

    if (opt == NULL) {
        const struct opt *other = find_opt_anywhere(parser->command, &word);
        const char *text = words[*at];

        if (other != NULL && other->type != OPT_FLAG && value == NULL && *at + 1 < count)
            ++*at;
        return unknown_opt(parser, text, &word, err);
    }
    if (opt->type == OPT_FLAG) {
        if (value != NULL)
            return err_set(err, ERR_USAGE, "%s: --%s takes no value", parser->verb->name,
                           opt->name);
    } else if (value == NULL) {
        if (++*at == count)
            return err_set(err, ERR_USAGE, "%s: --%s needs a value (%s)", parser->verb->name,
                           opt->name, opt->value);
        value = words[*at];
    }
    return set_opt(parser, opt, value, err);
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* --- Parsing -------------------------------------------------------------------------------------
 */

/* Read the options that every command has; a mistake of theirs is told by opt_parse.  False: there
 * is no such option. */
static bool parse_common(const struct command *command, int count, char **words, int *at,
                         struct common *out, struct arena *arena)
{
    const struct opt_word word = opt_word(words[*at]);
    const struct opt *opt = find_opt_anywhere(command, &word);
    struct parser parser = {command, command, out, arena};
    const char *value = word.value;
    struct err ignored = ERR_INIT;

    if (opt == NULL)
        return false;
    if (opt->type != OPT_FLAG && value == NULL)
        value = ++*at < count ? words[*at] : "";
    if (opt->offset < sizeof *out && (opt->type == OPT_FLAG || *value != '\0'))
        (void)set_opt(&parser, opt, value, &ignored);
    return true;
}

/* Where the first word stands that is no option and no value of one, and the first option that
 * nobody has; -1 where there is none. */
struct first {
    int word, unknown;
};

static struct first look_through(const struct command *command, int count, char **words,
                                 struct common *out_common, struct arena *arena)
{
    struct first first = {-1, -1};
    bool only_words = false;

    for (int i = 0; i < count; i++) {
        if (only_words || !is_option(words[i]))
            first.word = first.word < 0 ? i : first.word;
        else if (str_eq(words[i], "--"))
            only_words = true;
        else if (!parse_common(command, count, words, &i, out_common, arena) && first.unknown < 0)
            first.unknown = i;
    }
    return first;
}

const struct command *opt_verb(const struct command *command, int *count, char **words,
                               struct common *out_common, struct arena *arena, struct err *err)
{
    const struct parser parser = {command, command, out_common, arena};
    struct first first;
    int at;

    *out_common = (struct common){0};
    if (command->verbs == NULL)
        return command;
    first = look_through(command, *count, words, out_common, arena);
    at = first.word;
    if (at >= 0 && (command->run == NULL || command->positional_most == 0 ||
                    find_verb(command, words[at]) != NULL)) {
        command = verb_find(command, words[at], arena, err);
        memmove(&words[at], &words[at + 1], (size_t)(--*count - at) * sizeof *words);
        return command;
    }
    if (command->run != NULL || out_common->help)
        return command;
    if (first.unknown >= 0) {
        const struct opt_word word = opt_word(words[first.unknown]);

        (void)unknown_opt(&parser, words[first.unknown], &word, err);
    } else {
        (void)err_set(err, ERR_USAGE, "%s: say what: plinth %s %s", command->name, command->name,
                      verbs_text(command, arena));
    }
    return NULL;
}

static void set_fallbacks(const struct parser *parser)
{
    for (size_t i = 0; opt_at(parser->verb, i)->name != NULL; i++) {
        const struct opt *opt = opt_at(parser->verb, i);

        if (opt->type == OPT_NUMBER)
            *(long *)(void *)((char *)parser->options + opt->offset) = opt->fallback;
    }
}

/* An empty word is most often a variable of a script that is not set. */
static int check_words(const struct command *verb, const struct words *positional, struct err *err)
{
    for (size_t i = 0; i < positional->count; i++)
        if (positional->items[i][0] == '\0')
            return err_set(err, ERR_USAGE, "%s: an argument is empty", verb->name);
    if (positional->count > verb->positional_most)
        return err_set(err, ERR_USAGE, "%s: too many arguments: \"%s\"", verb->name,
                       positional->items[verb->positional_most]);
    if (positional->count < verb->positional_least)
        return err_set(err, ERR_USAGE, "%s: too few arguments: plinth %s %s", verb->name,
                       verb->name, verb->usage);
    return 0;
}

int opt_parse(const struct command *command, const struct command *verb, int count, char **words,
              void *options, struct words *positional, struct arena *arena, struct err *err)
{
    const struct parser parser = {command, verb, options, arena};
    const struct common *common = options;
    struct err later = ERR_INIT;
    bool only_words = false;
    int result = 0;

    set_fallbacks(&parser);
    for (int i = 0; i < count; i++) {
        if (only_words || !is_option(words[i]))
            add_word(positional, arena, words[i]);
        else if (str_eq(words[i], "--"))
            only_words = true;
        else if (parse_opt(&parser, count, words, &i, result == 0 ? err : &later) != 0)
            result = -1;
    }
    return result != 0 || common->help ? result : check_words(verb, positional, err);
}

/* --- Help ----------------------------------------------------------------------------------------
 */

static void put_usage(const struct command *command, struct buf *out)
{
    const char *begin = "usage:";

    if (command->run != NULL) {
        buf_printf(out, "%s plinth %s [options]%s%s\n", begin, command->name,
                   command->usage[0] == '\0' ? "" : " ", command->usage);
        begin = "      ";
    }
    for (size_t i = 0; command->verbs != NULL && command->verbs[i] != NULL; i++) {
        const struct command *verb = command->verbs[i];

        if (verb->never != NULL)
            continue;
        buf_printf(out, "%s plinth %s [options]%s%s\n", begin, verb->name,
                   verb->usage[0] == '\0' ? "" : " ", verb->usage);
        begin = "      ";
    }
}

static void put_verbs(const struct command *command, struct buf *out)
{
    buf_str(out, "\nverbs:\n");
    for (size_t i = 0; command->verbs[i] != NULL; i++)
        if (command->verbs[i]->never == NULL)
            buf_printf(out, "  %-12s %s\n", verb_word(command->verbs[i]),
                       command->verbs[i]->summary);
    buf_printf(out, "\nplinth help %s VERB tells more about one, and its options.\n",
               command->name);
}

void opt_help(const struct command *command, struct buf *out)
{
    enum { DOC_COLUMN = 30 };

    put_usage(command, out);
    buf_printf(out, "\n%s\n", command->text);
    if (command->verbs != NULL)
        put_verbs(command, out);
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
