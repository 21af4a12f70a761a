/*
 * pages.c - a listing, page by page.
 */
#include "call_priv.h"

#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

/* The token of the next page; NULL: this was the last. */
static const char *next_page(const struct aws_op_info *info, const struct json *page)
{
    const char *token = json_str(page, info->page_out);

    return token == NULL || *token == '\0' ? NULL : token;
}

/* A listing that is read page by page. */
struct paging {
    const struct aws_target *target;
    enum aws_op op;
    const struct json *params;
    const char *token; /* of the next page; NULL: the first one, or there is none */
    size_t pages;      /* so far */
};

/* The next page's items are added to `items`; the token that came with it is in `arena` too. */
static int turn_page(struct paging *paging, struct arena *arena, struct json *items,
                     struct err *err)
{
    const struct aws_op_info *info = aws_op_info(paging->op);
    const struct json *params = paging->params;
    const char *before = paging->token;
    struct json *page;

    if (info->page_in == NULL)
        return err_set(err, ERR_BUG, "%s has no pages", info->name);
    if (json_get(params, info->page_in) != NULL)
        return err_set(err, ERR_BUG, "%s: the pages are turned here, not by \"%s\"", info->name,
                       info->page_in);
    if (paging->pages++ == LIMIT_PAGES)
        return err_set(err, ERR_LIMIT, "%s has more than %d pages", info->name, LIMIT_PAGES);
    if (before != NULL)
        params = call_with_member(params, info->page_in, before, arena);
    if (call_once(paging->target, paging->op, params, arena, &page, err) != 0)
        return -1;
    paging->token = next_page(info, page);
    if (paging->token != NULL && str_eq(paging->token, before))
        return err_set(err, ERR_PROTOCOL, "%s gives the same page again and again", info->name);
    answer_take_items(info, page, items);
    return 0;
}

int aws_list(const struct aws_target *target, enum aws_op op, const struct json *params,
             struct arena *arena, const struct json **out, struct err *err)
{
    struct paging paging = {target, op, params, NULL, 0};
    struct json *items = json_array(arena);

    do {
        if (turn_page(&paging, arena, items, err) != 0)
            return -1;
    } while (paging.token != NULL);
    *out = items;
    return 0;
}

int aws_each(const struct aws_target *target, enum aws_op op, const struct json *params,
             aws_item_fn fn, void *arg, struct err *err)
{
    struct paging paging = {target, op, params, NULL, 0};
    /* One for the page, and one for the page before, whose token is still needed. */
    struct arena *arenas[] = {arena_new_wiping("page"), arena_new_wiping("page")};
    int result = 0;

    do {
        struct arena *arena = arenas[paging.pages % 2];
        struct json *items;

        arena_reset(arena);
        items = json_array(arena);
        result = turn_page(&paging, arena, items, err);
        for (const struct json *it = items->first; result == 0 && it != NULL; it = it->next)
            result = fn(arg, it, err);
    } while (result == 0 && paging.token != NULL);
    arena_free(arenas[0]);
    arena_free(arenas[1]);
    return result;
}
