/* What is packed of a run, and of which none is. */
#include "journal_world.h"

#include "plinth/base/buf.h"
#include "plinth/codec/sign.h"
#include "plinth/engine/evidence.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char kept_text[] = "{\"changes\": 1}\n";
static const char kept_sum[] = "d95ccc7476fd72e0f991513c1445b9a84f2ce6091cc9e25ec2ab0ec28d6cd03e";

static void put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

/* A journal with one kept file; its path. */
static const char *some_run(struct world *world, const char *sum)
{
    struct journal *journal;
    struct json *record;
    struct err err = ERR_INIT;
    const char *path = arena_printf(world->arena, "%s/run-1.jsonl", world->folder);
    const char *folder = evidence_folder(path, world->arena);

    journal = journal_new(world->sched, world->folder, "run-1", &err);
    assert_non_null(journal);
    record = journal_record(journal, "begin");
    json_put_str(record, "run", "run-1");
    json_put_str(record, "caller", "role/admin");
    assert_int_equal(journal_add(journal, record, true, &err), 0);
    record = journal_record(journal, "kept");
    json_put_str(record, "name", "plan.json");
    json_put_str(record, "sha256", sum);
    assert_int_equal(journal_add(journal, record, true, &err), 0);
    assert_int_equal(evidence_pack(path, NULL, "1", NULL, &err), -1); /* it goes on */
    assert_int_equal(err.code, ERR_CONFLICT);
    journal_free(journal);
    assert_int_equal(mkdir(folder, S_IRWXU), 0);
    put_file(arena_printf(world->arena, "%s/plan.json", folder), kept_text);
    return path;
}

static const char *pack(struct world *world, const char *journal, const struct sign_key *key)
{
    const char *path = arena_printf(world->arena, "%s/run.tar.gz", world->folder);
    struct err err = ERR_INIT;
    struct buf archive, again;
    FILE *file;

    buf_init(&archive, 1024 * 1024);
    buf_init(&again, 1024 * 1024);
    assert_int_equal(evidence_pack(journal, key, "1", &archive, &err), 0);
    assert_int_equal(evidence_pack(journal, key, "1", &again, &err), 0);
    assert_int_equal(archive.len, again.len);
    assert_memory_equal(buf_text(&archive), buf_text(&again), archive.len);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(buf_text(&archive), 1, archive.len, file), archive.len);
    assert_int_equal(fclose(file), 0);
    buf_fini(&archive);
    buf_fini(&again);
    return path;
}

static void test_pack_and_verify(void **state)
{
    static const unsigned char secret[SIGN_KEY_BYTES] = {1};
    static const unsigned char other_secret[SIGN_KEY_BYTES] = {2};
    struct world *world = *state;
    const char *journal = some_run(world, kept_sum), *path;
    struct sign_key *key, *other;
    struct evidence evidence;
    struct err err = ERR_INIT;

    assert_int_equal(sign_raw_private(secret, &key, &err), 0);
    assert_int_equal(sign_raw_private(other_secret, &other, &err), 0);
    path = pack(world, journal, key);
    assert_int_equal(evidence_verify(path, key, world->arena, &evidence, &err), 0);
    assert_string_equal(evidence.run, "run-1");
    assert_int_equal(evidence.members, 4);
    assert_int_equal(evidence.records, 2);
    assert_true(evidence.is_signed);
    assert_int_equal(evidence_verify(path, other, world->arena, &evidence, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    err_clear(&err);
    path = pack(world, journal, NULL);
    assert_int_equal(evidence_verify(path, key, world->arena, &evidence, &err), 0);
    assert_false(evidence.is_signed);
    sign_key_free(key);
    sign_key_free(other);
}

static void test_a_file_that_is_not_what_was_kept(void **state)
{
    struct world *world = *state;
    const char *journal = some_run(world, "00");
    struct err err = ERR_INIT;
    struct buf archive;

    buf_init(&archive, 1024 * 1024);
    assert_int_equal(evidence_pack(journal, NULL, "1", &archive, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    assert_non_null(strstr(err.text, "is not what the run kept"));
    buf_fini(&archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(test_pack_and_verify),
        JOURNAL_TEST(test_a_file_that_is_not_what_was_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
