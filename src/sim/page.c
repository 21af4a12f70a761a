/*
 * page.c - listings in pages: a token names the last record seen, so that one which was added or
 * removed meanwhile neither repeats nor hides another.
 */
#include "sim_priv.h"

#include "plinth/codec/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A token is good for its own operation only. */
static const char *token_make(const struct sim_call *call, uint64_t number)
{
    char *text =
        arena_printf(call->arena, "%s %s %" PRIu64, call->account, sim_action(call), number);

    return base64_encode(text, strlen(text), call->arena);
}

static bool token_read(const struct sim_call *call, const char *token, uint64_t *out)
{
    size_t len;
    unsigned char *text = base64_decode(token, strlen(token), call->arena, &len);
    const char *prefix = arena_printf(call->arena, "%s %s ", call->account, sim_action(call));

    return text != NULL && strlen((char *)text) == len && str_starts((char *)text, prefix) &&
           str_to_u64((char *)text + strlen(prefix), out);
}

int sim_page_open(struct sim_call *call, struct sim_page *page)
{
    const struct json *size =
        page->size_param == NULL ? NULL : json_get(call->params, page->size_param);
    const char *token = page->token_in == NULL ? NULL : sim_param(call, page->token_in);
    const struct sim_rule rule = {
        .name = page->size_param,
        .number = true,
        .min = 1,
        .max = (double)(page->size_most > page->size ? page->size_most : page->size),
    };

    if (size != NULL && sim_check(call, &rule, size) != 0)
        return -1;
    if (size != NULL)
        page->size = (size_t)json_number(call->params, page->size_param, (double)page->size);
    if (token != NULL && !token_read(call, token, &page->after))
        return sim_bad_input(call, "You specified an invalid value for %s.", page->token_in);
    page->call = call;
    page->items = json_put_array(call->answer, page->list);
    if (page->more_out != NULL)
        json_put_bool(call->answer, page->more_out, false);
    return 0;
}

const struct sim_record *sim_page_first(struct sim_page *page, const char *account,
                                        const char *region, const char *kind)
{
    const struct sim_record *record = sim_first(page->call, account, region, kind);

    while (record != NULL && sim_record_number(record) <= page->after)
        record = sim_store_next(record);
    return record;
}

const struct sim_record *sim_page_next(struct sim_page *page, const struct sim_record *record)
{
    const struct sim_record *next = sim_store_next(record);

    if (next == NULL || page->items->count < page->size)
        return next;
    json_put_str(page->call->answer, page->token_out,
                 token_make(page->call, sim_record_number(record)));
    if (page->more_out != NULL)
        sim_set_bool(page->call->answer, page->more_out, true);
    return NULL;
}
