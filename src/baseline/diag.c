#include "plinth/baseline/diag.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <stdarg.h>
#include <string.h>

enum { NUMBER_MOST = 100 * 1000 * 1000 }; /* of a line or a column */

void diags_init(struct diags *diags, struct arena *arena)
{
    memset(diags, 0, sizeof *diags);
    diags->arena = arena;
}

static bool is_known(const struct diags *diags, const struct mark *mark, const char *text)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];

        if (diag->mark.line == mark->line && diag->mark.column == mark->column &&
            str_eq(diag->mark.file, mark->file) && str_eq(diag->text, text))
            return true;
    }
    return false;
}

/* An alias (*name) brings the same mistake as often as it is followed. */
static void add(struct diags *diags, const struct mark *mark, char *text)
{
    static const struct mark nowhere;

    if (mark == NULL)
        mark = &nowhere;
    str_defang(text, '?');
    if (is_known(diags, mark, text))
        return;
    if (diags->items == NULL) {
        diags->capacity = LIMIT_ERRORS_SHOWN;
        diags->items = arena_array(diags->arena, diags->capacity, sizeof *diags->items);
    }
    diags->items[diags->count++] = (struct diag){*mark, text};
}

void diags_add(struct diags *diags, const struct mark *mark, const char *format, ...)
{
    va_list args;
    char *text;

    if (diags->count == LIMIT_ERRORS_SHOWN) {
        diags->dropped++;
        return;
    }
    va_start(args, format);
    text = arena_vprintf(diags->arena, format, args);
    va_end(args);
    add(diags, mark, text);
}

void diags_add_unknown(struct diags *diags, const struct mark *mark, const char *word,
                       const char *const *candidates, size_t count, const char *format, ...)
{
    const char *near;
    va_list args;
    char *text;

    /* Past the limit the search for what is near would be in vain, and it is not cheap. */
    if (diags->count == LIMIT_ERRORS_SHOWN) {
        diags->dropped++;
        return;
    }
    va_start(args, format);
    text = arena_vprintf(diags->arena, format, args);
    va_end(args);
    near = str_nearest(word, candidates, count);
    if (near != NULL)
        text = arena_printf(diags->arena, "%s; did you mean '%s'?", text, near);
    add(diags, mark, text);
}

/* The digits behind a colon; NULL if there are none. */
static const char *read_number(const char *text, int *out)
{
    if (*text != ':' || text[1] < '0' || text[1] > '9')
        return NULL;
    for (*out = 0, text++; *text >= '0' && *text <= '9'; text++) {
        if (*out > NUMBER_MOST)
            return NULL;
        *out = *out * 10 + (*text - '0');
    }
    return text;
}

void diags_add_err(struct diags *diags, const struct mark *mark, const struct err *err)
{
    for (const char *colon = strchr(err->text, ':'); colon != NULL;
         colon = strchr(colon + 1, ':')) {
        struct mark place = {NULL, 0, 0};
        const char *behind = read_number(colon, &place.line);

        behind = behind == NULL ? NULL : read_number(behind, &place.column);
        if (behind == NULL || !str_starts(behind, ": "))
            continue;
        place.file = arena_strn(diags->arena, err->text, (size_t)(colon - err->text));
        diags_add(diags, &place, "%s", behind + 2);
        return;
    }
    diags_add(diags, mark, "%s", err->text);
}

int diags_result(const struct diags *diags, struct err *err)
{
    const struct diag *first = diags->items;

    if (diags->count == 0)
        return 0;
    if (first->mark.file == NULL)
        return err_set(err, ERR_CONFIG, "%s", first->text);
    return err_set(err, ERR_CONFIG, "%s:%d:%d: %s", first->mark.file, first->mark.line,
                   first->mark.column, first->text);
}

/* The place of a file among those seen; errors without a place stand before all others. */
static int file_rank(const struct diags *diags, const char *file)
{
    int rank = 0;

    if (file == NULL)
        return -1;
    while (!str_eq(diags->items[rank].mark.file, file))
        rank++;
    return rank;
}

static int compare(const struct diag *a, int rank_a, const struct diag *b, int rank_b)
{
    if (rank_a != rank_b)
        return rank_a < rank_b ? -1 : 1;
    if (a->mark.line != b->mark.line)
        return a->mark.line < b->mark.line ? -1 : 1;
    if (a->mark.column != b->mark.column)
        return a->mark.column < b->mark.column ? -1 : 1;
    return 0;
}

void diags_sort(struct diags *diags)
{
    int ranks[LIMIT_ERRORS_SHOWN];
    size_t i, at;

    for (i = 0; i < diags->count; i++)
        ranks[i] = file_rank(diags, diags->items[i].mark.file);

    /* An insertion sort: it is stable, so errors of one place keep the order they were found in. */
    for (i = 1; i < diags->count; i++) {
        struct diag diag = diags->items[i];
        int rank = ranks[i];

        for (at = i; at > 0; at--) {
            if (compare(&diags->items[at - 1], ranks[at - 1], &diag, rank) <= 0)
                break;
            diags->items[at] = diags->items[at - 1];
            ranks[at] = ranks[at - 1];
        }
        diags->items[at] = diag;
        ranks[at] = rank;
    }
}
