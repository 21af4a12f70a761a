/* Whatever byte of an archive is another one, verify does not say that it fits. */
#include "journal_world.h"

#include "plinth/base/buf.h"
#include "plinth/codec/sign.h"
#include "plinth/engine/evidence.h"

#include <stdio.h>
#include <unistd.h>

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void test_every_byte(void **state)
{
    static const unsigned char secret[SIGN_KEY_BYTES] = {7};
    struct world *world = *state;
    const char *path = arena_printf(world->arena, "%s/x.tar.gz", world->folder);
    struct journal *journal;
    struct sign_key *key;
    struct evidence evidence;
    struct json *record;
    struct err err = ERR_INIT;
    struct buf archive;
    size_t refused = 0;

    journal = journal_new(world->sched, world->folder, "run-1", &err);
    record = journal_record(journal, "begin");
    json_put_str(record, "run", "run-1");
    assert_int_equal(journal_add(journal, record, true, &err), 0);
    journal_free(journal);
    assert_int_equal(sign_raw_private(secret, &key, &err), 0);
    buf_init(&archive, 1024 * 1024);
    assert_int_equal(evidence_pack(arena_printf(world->arena, "%s/run-1.jsonl", world->folder), key,
                                   "1", &archive, &err),
                     0);
    for (size_t i = 0; i < archive.len; i++) {
        archive.data[i] ^= 1;
        write_file(path, archive.data, archive.len);
        archive.data[i] ^= 1;
        err_clear(&err);
        if (evidence_verify(path, key, world->arena, &evidence, &err) != 0)
            refused++;
        else /* in what no reader looks at: gzip's header, the blocks behind the end */
            assert_true(evidence.is_signed && strcmp(evidence.run, "run-1") == 0);
    }
    assert_true(refused > archive.len / 2);
    for (size_t len = 0; len < archive.len; len += 7) {
        write_file(path, archive.data, len);
        assert_int_equal(evidence_verify(path, key, world->arena, &evidence, &err), -1);
    }
    buf_fini(&archive);
    sign_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {JOURNAL_TEST(test_every_byte)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
