#include "plinth/baseline/diag.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <stdarg.h>
#include <string.h>

void diags_init(struct diags *diags, struct arena *arena)
{
    memset(diags, 0, sizeof *diags);
    diags->arena = arena;
}

/* What a baseline says is printed to a terminal: no escape sequences, no second line. */
static void defang(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
    }
}

void diags_add(struct diags *diags, const struct mark *mark, const char *format, ...)
{
    struct diag *diag;
    char *text;
    va_list args;

    if (diags->count == LIMIT_ERRORS_SHOWN) {
        diags->dropped++;
        return;
    }
    if (diags->items == NULL) {
        diags->capacity = LIMIT_ERRORS_SHOWN;
        diags->items = arena_array(diags->arena, diags->capacity, sizeof *diags->items);
    }
    va_start(args, format);
    text = arena_vprintf(diags->arena, format, args);
    va_end(args);
    defang(text);

    diag = &diags->items[diags->count++];
    if (mark != NULL)
        diag->mark = *mark;
    diag->text = text;
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
