#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/codec/http.h"

#include <string.h>

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* --- Headers -------------------------------------------------------------------------------------
 */

static void test_headers(void **state)
{
    struct http_headers headers = {0};
    char name[] = "X-One";

    assert_null(http_header_get(&headers, "X-One"));
    http_header_add(&headers, *state, name, "1");
    name[0] = '?'; /* it was copied */
    http_header_add(&headers, *state, "x-one", "2");
    http_header_add(&headers, *state, "Empty", "");
    assert_string_equal(http_header_get(&headers, "X-ONE"), "1");
    assert_string_equal(http_header_get(&headers, "empty"), "");
    assert_null(http_header_get(&headers, "X-On"));
    assert_null(http_header_get(&headers, "X-One2"));
    assert_int_equal(headers.count, 3);
}

static void test_a_value_cannot_start_a_header(void **state)
{
    struct http_headers headers = {0};

    http_header_add(&headers, *state, "X", "a\r\nInjected: 1\nb\r");
    assert_string_equal(http_header_get(&headers, "X"), "a  Injected: 1 b ");
}

/* --- URLs ----------------------------------------------------------------------------------------
 */

static void test_urls(void **state)
{
    static const struct {
        const char *url, *scheme, *host, *authority;
        int port;
        const char *path, *query;
    } cases[] = {
        {"https://iam.amazonaws.com", "https", "iam.amazonaws.com", "iam.amazonaws.com", 443, "/",
         ""},
        {"HTTP://LocalHost:8080/A/b?C=d", "http", "localhost", "localhost:8080", 8080, "/A/b",
         "C=d"},
        {"http://a?b", "http", "a", "a", 80, "/", "b"},
        {"http://a/?", "http", "a", "a", 80, "/", ""},
        {"http://a/b?c?d", "http", "a", "a", 80, "/b", "c?d"},
        {"https://a:1/%2F/../x+y//", "https", "a", "a:1", 1, "/%2F/../x+y//", ""},
        {"https://a:65535/", "https", "a", "a:65535", 65535, "/", ""},
        {"http://[::1]/x", "http", "::1", "[::1]", 80, "/x", ""},
        {"http://[FD00:ec2::254]:8080", "http", "fd00:ec2::254", "[fd00:ec2::254]:8080", 8080, "/",
         ""},
        {"http://[::ffff:1.2.3.4]", "http", "::ffff:1.2.3.4", "[::ffff:1.2.3.4]", 80, "/", ""},
        {"http://under_score.a-b.c/@:", "http", "under_score.a-b.c", "under_score.a-b.c", 80,
         "/@:", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = ERR_INIT;
        struct http_url url;

        assert_int_equal(http_url_parse(cases[i].url, *state, &url, &err), 0);
        assert_string_equal(url.scheme, cases[i].scheme);
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.authority, cases[i].authority);
        assert_int_equal(url.port, cases[i].port);
        assert_string_equal(url.path, cases[i].path);
        assert_string_equal(url.query, cases[i].query);
    }
}

static void test_urls_that_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "a",
        "/a",
        "//a/b",
        "://a",
        "ftp://a/",
        "file:///etc/passwd",
        "httpsx://a",
        "https:/a",
        "https://",
        "https:///a",
        "https://?a",
        "https://:80/",
        "https://a:/",
        "https://a:0/",
        "https://a:65536/",
        "https://a:999999/",
        "https://a:+1/",
        "https://a:1x/",
        "https://a:1:2/",
        "https://user@a/",
        "https://user:secret@a/",
        "https://@a/",
        "https://a/b#c",
        "https://a#",
        "https://a b/",
        "https://a/b c",
        "https://a/\t",
        "https://a/\r\nHost: b",
        "https://a/\x7f",
        "https://\xc3\xa9/",
        "https://a%41/",
        "https://a\\b/",
        "https://[::1",
        "https://[]/",
        "https://[::1]x/",
        "https://[::1]:/",
        "https://[g::]/",
        "https://a,b/",
        "https://a/?x=https://u@b/#",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err err = ERR_INIT;
        struct http_url url = {.port = 4711};

        if (http_url_parse(wrong[i], *state, &url, &err) == 0)
            fail_msg("taken: %s", wrong[i]);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_int_equal(url.port, 4711);
        assert_null(strstr(err.text, "secret"));
    }
}

/* --- Escaping ------------------------------------------------------------------------------------
 */

static const char *encode(const char *text, size_t len, const char *keep)
{
    static char out[2048];
    struct buf buf;

    buf_init(&buf, sizeof out - 1);
    uri_encode(text, len, keep, &buf);
    assert_false(buf.overflow);
    memcpy(out, buf_text(&buf), buf.len + 1);
    buf_fini(&buf);
    return out;
}

static void test_encoding(void **state)
{
    (void)state;
    assert_string_equal(encode("", 0, NULL), "");
    assert_string_equal(encode("AZaz09-_.~", 10, NULL), "AZaz09-_.~");
    assert_string_equal(encode("a b+c", 5, ""), "a%20b%2Bc");
    assert_string_equal(encode("/a/b:c", 6, "/"), "/a/b%3Ac");
    assert_string_equal(encode("\0\x01\x7f\x80\xff", 5, "/"), "%00%01%7F%80%FF");
    assert_string_equal(encode("\xc3\xa9", 2, NULL), "%C3%A9");
    assert_string_equal(encode("%2F", 3, "/"), "%252F");
}

static void assert_decodes(struct arena *arena, const char *text, int plus_is_space,
                           const char *wanted)
{
    char *out = uri_decode(text, strlen(text), plus_is_space, arena);

    if (wanted == NULL) {
        assert_null(out);
        return;
    }
    assert_non_null(out);
    assert_string_equal(out, wanted);
}

static void test_decoding(void **state)
{
    assert_decodes(*state, "", 0, "");
    assert_decodes(*state, "a%20b", 0, "a b");
    assert_decodes(*state, "a+b", 0, "a+b");
    assert_decodes(*state, "a+b%2B", 1, "a b+");
    assert_decodes(*state, "%c3%A9%2f", 0, "\xc3\xa9/");
    assert_decodes(*state, "%25%32%30", 0, "%20"); /* once only */
    assert_decodes(*state, "%", 0, NULL);
    assert_decodes(*state, "%4", 0, NULL);
    assert_decodes(*state, "a%4g", 0, NULL);
    assert_decodes(*state, "%g4", 0, NULL);
    assert_decodes(*state, "%%41", 0, NULL);
    assert_decodes(*state, "%+1", 1, NULL);
    assert_decodes(*state, "%00", 0, NULL);
    assert_null(uri_decode("a\0b", 3, 0, *state));
    /* What stands behind the length is not looked at. */
    assert_null(uri_decode("%41", 2, 0, *state));
    assert_string_equal(uri_decode("%4142", 3, 0, *state), "A");
}

static void test_every_byte_comes_back(void **state)
{
    char bytes[256];
    const char *encoded;

    for (size_t i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    bytes[255] = '\0';
    encoded = encode(bytes, 255, NULL);
    assert_string_equal(uri_decode(encoded, strlen(encoded), 0, *state), bytes);
    assert_string_equal(uri_decode(encoded, strlen(encoded), 1, *state), bytes);
}

/* --- Parameters ----------------------------------------------------------------------------------
 */

static void test_params(void **state)
{
    static const char text[] = "&Action=Get+User&&Version=2010-05-08&flag&empty=&=none&a=b=c%26&";
    static const char *const wanted[][2] = {
        {"Action", "Get User"}, {"Version", "2010-05-08"},
        {"flag", ""},           {"empty", ""},
        {"", "none"},           {"a", "b=c&"},
    };
    struct err err = ERR_INIT;
    struct http_param *params;
    size_t count;

    assert_int_equal(http_params_parse(text, *state, &params, &count, &err), 0);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(params[i].name, wanted[i][0]);
        assert_string_equal(params[i].value, wanted[i][1]);
    }
    assert_int_equal(http_params_parse("", *state, &params, &count, &err), 0);
    assert_int_equal(count, 0);
    assert_int_equal(http_params_parse("&&&", *state, &params, &count, &err), 0);
    assert_int_equal(count, 0);
}

static void test_broken_params(void **state)
{
    static const char *const wrong[] = {"a=%", "%=a", "a=1&b=%4", "a=%00", "ok&%zz"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err err = ERR_INIT;
        struct http_param *params = NULL;
        size_t count = 4711;

        assert_int_equal(http_params_parse(wrong[i], *state, &params, &count, &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
        assert_int_equal(count, 4711);
    }
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_headers),
        ARENA_TEST(test_a_value_cannot_start_a_header),
        ARENA_TEST(test_urls),
        ARENA_TEST(test_urls_that_are_refused),
        ARENA_TEST(test_encoding),
        ARENA_TEST(test_decoding),
        ARENA_TEST(test_every_byte_comes_back),
        ARENA_TEST(test_params),
        ARENA_TEST(test_broken_params),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
