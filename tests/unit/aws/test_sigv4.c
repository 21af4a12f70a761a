/*
 * The signer against AWS's published examples: the Signature Version 4 test suite, the example of
 * the IAM user guide, and those of the S3 API reference.  A signature that matches has had every
 * step before it right.  tests/interop/sigv4_differential.py adds some thousand requests.
 */
#include "plinth/aws/sigv4.h"

#include "plinth/aws/credentials.h"
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SUITE_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define S3_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

struct vector {
    const char *name, *method, *url, *body;
    struct http_header headers[4];
    const char *time, *access, *secret, *region, *service;
    bool s3;
    const char *signed_headers, *signature;
};

#define SUITE                                                                                      \
    .time = "20150830T123600Z", .access = "AKIDEXAMPLE", .secret = SUITE_SECRET,                   \
    .region = "us-east-1", .service = "service"
#define S3_EXAMPLE                                                                                 \
    .time = "20130524T000000Z", .access = "AKIAIOSFODNN7EXAMPLE", .secret = S3_SECRET,             \
    .region = "us-east-1", .service = "s3", .s3 = true

static const struct vector vectors[] = {
    {"get-vanilla", "GET", "https://example.amazonaws.com/", "", SUITE,
     .signed_headers = "host;x-amz-date",
     .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case", "GET",
     "https://example.amazonaws.com/?Param2=value2&Param1=value1", "", SUITE,
     .signed_headers = "host;x-amz-date",
     .signature = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-relative-relative", "GET", "https://example.amazonaws.com/example1/example2/../..", "",
     SUITE, .signed_headers = "host;x-amz-date",
     .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slashes", "GET", "https://example.amazonaws.com//example//", "", SUITE,
     .signed_headers = "host;x-amz-date",
     .signature = "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {"get-header-value-trim", "GET", "https://example.amazonaws.com/", "",
     .headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}, SUITE,
     .signed_headers = "host;my-header1;my-header2;x-amz-date",
     .signature = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"get-header-key-duplicate", "GET", "https://example.amazonaws.com/", "",
     .headers = {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
     SUITE, .signed_headers = "host;my-header1;x-amz-date",
     .signature = "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"post-vanilla", "POST", "https://example.amazonaws.com/", "", SUITE,
     .signed_headers = "host;x-amz-date",
     .signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-x-www-form-urlencoded", "POST", "https://example.amazonaws.com/", "Param1=value1",
     .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}, SUITE,
     .signed_headers = "content-type;host;x-amz-date",
     .signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"IAM user guide, ListUsers", "GET",
     "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "",
     .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
     .time = "20150830T123600Z", .access = "AKIDEXAMPLE", .secret = SUITE_SECRET,
     .region = "us-east-1", .service = "iam", .signed_headers = "content-type;host;x-amz-date",
     .signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
    {"S3, GET object", "GET", "https://examplebucket.s3.amazonaws.com/test.txt", "",
     .headers = {{"Range", "bytes=0-9"}}, S3_EXAMPLE,
     .signed_headers = "host;range;x-amz-content-sha256;x-amz-date",
     .signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {"S3, PUT object", "PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text",
     "Welcome to Amazon S3.",
     .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
     S3_EXAMPLE, .signed_headers = "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
     .signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {"S3, GET bucket lifecycle", "GET", "https://examplebucket.s3.amazonaws.com/?lifecycle", "",
     S3_EXAMPLE, .signed_headers = "host;x-amz-content-sha256;x-amz-date",
     .signature = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"S3, GET bucket (list objects)", "GET",
     "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", "", S3_EXAMPLE,
     .signed_headers = "host;x-amz-content-sha256;x-amz-date",
     .signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

static struct credentials *some_credentials(const char *access, const char *secret,
                                            const char *token)
{
    return credentials_new(access, secret_new(secret, strlen(secret)),
                           token == NULL ? NULL : secret_new(token, strlen(token)), 0);
}

/* The Authorization header of a vector. */
static const char *sign(const struct vector *vector, struct sigv4_cache *cache, struct arena *arena)
{
    struct credentials *credentials = some_credentials(vector->access, vector->secret, NULL);
    struct http_request request = {vector->method, vector->url, .body = vector->body,
                                   .body_len = strlen(vector->body)};
    struct sigv4_scope scope = {vector->region, vector->service, 0, vector->s3, cache};
    struct err err = ERR_INIT;

    assert_true(time_parse_amz(vector->time, &scope.wall_ms));
    for (size_t i = 0; i < 4 && vector->headers[i].name != NULL; i++)
        http_header_add(&request.headers, arena, vector->headers[i].name, vector->headers[i].value);
    assert_int_equal(sigv4_sign(&scope, credentials, &request, arena, &err), 0);
    credentials_unref(credentials);
    assert_string_equal(http_header_get(&request.headers, "X-Amz-Date"), vector->time);
    return http_header_get(&request.headers, "Authorization");
}

static void assert_signature(const struct vector *vector, const char *authorization,
                             struct arena *arena)
{
    const char *wanted =
        arena_printf(arena,
                     "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/%s/aws4_request, SignedHeaders=%s, "
                     "Signature=%s",
                     vector->access, vector->time, vector->region, vector->service,
                     vector->signed_headers, vector->signature);

    if (!str_eq(authorization, wanted))
        print_message("vector: %s\n", vector->name);
    assert_string_equal(authorization, wanted);
}

static void test_published_vectors(void **state)
{
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        assert_signature(&vectors[i], sign(&vectors[i], NULL, arena), arena);
    arena_free(arena);
}

/* Twice through one cache: the first round fills it, the second is answered by it. */
static void test_cached_keys_sign_alike(void **state)
{
    struct arena *arena = arena_new("test");
    struct sigv4_cache *cache = sigv4_cache_new();

    (void)state;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
            assert_signature(&vectors[i], sign(&vectors[i], cache, arena), arena);
    sigv4_cache_free(cache);
    arena_free(arena);
}

/* One access key id with another secret is another key. */
static void test_cache_sees_a_corrected_secret(void **state)
{
    struct arena *arena = arena_new("test");
    struct sigv4_cache *cache = sigv4_cache_new();
    struct vector wrong = vectors[0];

    (void)state;
    wrong.secret = "mistyped";
    assert_string_not_equal(sign(&wrong, cache, arena), sign(&vectors[0], NULL, arena));
    assert_signature(&vectors[0], sign(&vectors[0], cache, arena), arena);
    sigv4_cache_free(cache);
    arena_free(arena);
}

static size_t count_headers(const struct http_request *request, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < request->headers.count; i++)
        count += str_eq_nocase(request->headers.items[i].name, name);
    return count;
}

static void test_signing_again_replaces(void **state)
{
    struct arena *arena = arena_new("test");
    struct credentials *credentials = some_credentials("AKID", "secret", "token");
    struct http_request request = {.method = "GET", .url = "https://s3.amazonaws.com/b"};
    struct sigv4_scope scope = {"us-east-1", "s3", 1440938160000, true, NULL};
    const char *first,
        *names[] = {"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-SHA256"};
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(sigv4_sign(&scope, credentials, &request, arena, &err), 0);
    first = http_header_get(&request.headers, "Authorization");
    assert_int_equal(sigv4_sign(&scope, credentials, &request, arena, &err), 0);
    assert_string_equal(http_header_get(&request.headers, "Authorization"), first);
    scope.wall_ms += 1000;
    assert_int_equal(sigv4_sign(&scope, credentials, &request, arena, &err), 0);
    assert_string_not_equal(http_header_get(&request.headers, "Authorization"), first);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(count_headers(&request, names[i]), 1);
    assert_string_equal(http_header_get(&request.headers, "X-Amz-Security-Token"), "token");
    credentials_unref(credentials);
    arena_free(arena);
}

static void test_refuses_what_is_no_url(void **state)
{
    struct arena *arena = arena_new("test");
    struct credentials *credentials = some_credentials("AKID", "secret", NULL);
    struct http_request request = {.method = "GET", .url = "ftp://example.com/"};
    struct sigv4_scope scope = {"us-east-1", "s3", 0, true, NULL};
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(sigv4_sign(&scope, credentials, &request, arena, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    credentials_unref(credentials);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_cached_keys_sign_alike),
        cmocka_unit_test(test_cache_sees_a_corrected_secret),
        cmocka_unit_test(test_signing_again_replaces),
        cmocka_unit_test(test_refuses_what_is_no_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
