/* test_recorder.c - each shape once, whole, and in order. */
#include "plinth/sim/recorder.h"

#include "world.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tape {
    char path[64];
    struct sim_recorder *recorder;
    struct arena *arena;
};

static int tape_open(void **state)
{
    struct tape *tape = calloc(1, sizeof *tape);
    struct err err = ERR_INIT;
    int fd;

    if (tape == NULL)
        return -1;
    (void)snprintf(tape->path, sizeof tape->path, "/tmp/plinth-recorder-XXXXXX");
    fd = mkstemp(tape->path);
    if (fd < 0 || close(fd) != 0)
        return -1;
    tape->arena = arena_new("test");
    tape->recorder = sim_recorder_new(tape->path, &err);
    *state = tape;
    return tape->recorder == NULL ? -1 : 0;
}

static int tape_close(void **state)
{
    struct tape *tape = *state;

    sim_recorder_free(tape->recorder);
    (void)unlink(tape->path);
    arena_free(tape->arena);
    free(tape);
    return 0;
}

static void add(struct tape *tape, const char *url, const char *body, int status,
                const char *answer)
{
    struct http_request request = {
        .method = "POST", .url = url, .body = body, .body_len = strlen(body)};
    struct http_response response = {.status = status, .body = answer, .body_len = strlen(answer)};
    struct err err = ERR_INIT;

    http_header_add(&request.headers, tape->arena, "X-Amz-Target", "Service.Operation");
    assert_int_equal(sim_recorder_add(tape->recorder, &request, &response, &err), 0);
}

/* Its lines, parsed. */
static struct json *lines_of(const struct tape *tape)
{
    FILE *file = fopen(tape->path, "r");
    struct json *out = json_array(tape->arena);
    char line[4096];

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        struct err err = ERR_INIT;
        struct json *one;

        assert_int_equal(json_parse(line, strlen(line), tape->arena, &one, &err), 0);
        json_add(out, one);
    }
    (void)fclose(file);
    return out;
}

static void test_whole(void **state)
{
    struct tape *tape = *state;
    const struct json *line;
    struct stat status;

    add(tape, "http://a/?x=1", "{\"A\":\"b\"}", 200, "{}");
    line = json_at(lines_of(tape), 0);
    assert_string_equal(json_str(line, "method"), "POST");
    assert_string_equal(json_str(line, "url"), "http://a/?x=1");
    assert_string_equal(json_str(json_get(line, "headers"), "X-Amz-Target"), "Service.Operation");
    assert_string_equal(json_str(line, "body"), "eyJBIjoiYiJ9");
    assert_int_equal((int)json_number(line, "status", 0), 200);
    assert_string_equal(json_str(line, "answer_body"), "e30=");
    assert_int_equal(stat(tape->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_each_shape_once(void **state)
{
    struct tape *tape = *state;

    add(tape, "http://a/", "{\"Id\":\"o-1a\"}", 200, "{\"L\":[{\"N\":\"x1\"}]}");
    add(tape, "http://a/", "{\"Id\":\"o-22b\"}", 200, "{\"L\":[{\"N\":\"x3\"},{\"N\":\"x4\"}]}");
    assert_int_equal(lines_of(tape)->count, 1);
}

static void test_what_makes_another_shape(void **state)
{
    struct tape *tape = *state;

    add(tape, "http://a/", "{\"Id\":\"o-1\"}", 200, "{}");
    add(tape, "http://a/b", "{\"Id\":\"o-1\"}", 200, "{}");             /* the path */
    add(tape, "http://a/?tagging", "{\"Id\":\"o-1\"}", 200, "{}");      /* the query */
    add(tape, "http://a/", "{\"Name\":\"o-1\"}", 200, "{}");            /* a member */
    add(tape, "http://a/", "{\"Id\":\"p-1\"}", 200, "{}");              /* a value */
    add(tape, "http://a/", "{\"Id\":1}", 200, "{}");                    /* its type */
    add(tape, "http://a/", "{\"Id\":\"o-1\"}", 400, "{}");              /* the status */
    add(tape, "http://a/", "{\"Id\":\"o-1\"}", 200, "{\"More\":true}"); /* the answer */
    add(tape, "http://a/", "{\"Id\":\"o-1\"}", 200, "{\"More\":false}");
    add(tape, "http://a/", "{\"Id\":\"o-1\"}", 200, "<More>x</More>");
    add(tape, "http://a/", "{\"Id\":\"o-1\"}", 0, ""); /* lost */
    assert_int_equal(lines_of(tape)->count, 11);
}

static void test_of_a_simulator(void **state)
{
    struct tape *tape = *state;
    struct sim_client client;
    const struct json *lines;

    assert_int_equal(sim_client_open(&client, (struct sim_options){.recorder = tape->recorder}), 0);
    (void)sim_client_sts(&client, "Action=GetCallerIdentity");
    (void)sim_client_sts(&client, "Action=GetCallerIdentity");
    (void)sim_client_json(&client, "organizations", "AWSOrganizationsV20161128.ListRoots", "{}");
    sim_client_close(&client);
    lines = lines_of(tape);
    assert_int_equal(lines->count, 2);
    assert_int_equal((int)json_number(json_at(lines, 1), "status", 0), 400);
}

static void test_a_file_that_cannot_be_written(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_null(sim_recorder_new("/nonexistent/folder/file", &err));
    assert_int_equal(err.code, ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole, tape_open, tape_close),
        cmocka_unit_test_setup_teardown(test_each_shape_once, tape_open, tape_close),
        cmocka_unit_test_setup_teardown(test_what_makes_another_shape, tape_open, tape_close),
        cmocka_unit_test_setup_teardown(test_of_a_simulator, tape_open, tape_close),
        cmocka_unit_test(test_a_file_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
