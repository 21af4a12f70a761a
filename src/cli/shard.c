#include "shard.h"

#include "plinth/base/str.h"

#include <stdio.h>
#include <string.h>

int shard_parse(const char *text, struct shard *out, struct err *err)
{
    enum { DIGITS_MOST = 10 };
    const char *slash = text == NULL ? NULL : strchr(text, '/');
    char index_text[DIGITS_MOST + 1];
    uint64_t index, count;

    *out = (struct shard){.count = 0};
    if (text == NULL)
        return 0;
    if (slash == NULL || slash - text > DIGITS_MOST)
        return err_set(err, ERR_USAGE, "--shard takes I/N, such as 0/4, not \"%s\"", text);
    (void)snprintf(index_text, sizeof index_text, "%.*s", (int)(slash - text), text);
    if (!str_to_u64(index_text, &index) || !str_to_u64(slash + 1, &count))
        return err_set(err, ERR_USAGE, "--shard takes I/N, such as 0/4, not \"%s\"", text);
    if (count < 1 || count > SHARD_COUNT_MOST)
        return err_set(err, ERR_USAGE, "--shard %s: there are 1 to %d shards", text,
                       SHARD_COUNT_MOST);
    if (index >= count)
        return err_set(err, ERR_USAGE, "--shard %s: the shards of %s are 0 to %llu", text,
                       slash + 1, (unsigned long long)count - 1);
    *out = (struct shard){.index = (size_t)index, .count = (size_t)count};
    return 0;
}
