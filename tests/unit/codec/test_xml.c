#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/codec/xml.h"

#include <stdlib.h>
#include <string.h>

#define EXACT_PARSE xml_parse
#include "exact.h"

static void test_an_aws_answer(void **state)
{
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n"
        "  <ListRolesResult>\n"
        "    <IsTruncated>false</IsTruncated>\n"
        "    <Roles>\n"
        "      <member><RoleName>a &amp; b</RoleName><Path>/</Path></member>\n"
        "      <member><RoleName><![CDATA[<c>]]></RoleName><Path/></member>\n"
        "    </Roles>\n"
        "  </ListRolesResult>\n"
        "  <ResponseMetadata><RequestId>1-2</RequestId></ResponseMetadata>\n"
        "</ListRolesResponse>\n";

    assert_string_equal(json_text(parse(*state, text), *state),
                        "{\"ListRolesResult\":{\"IsTruncated\":\"false\",\"Roles\":{"
                        "\"member\":{\"RoleName\":\"a & b\",\"Path\":\"/\"},"
                        "\"member\":{\"RoleName\":\"<c>\",\"Path\":\"\"}}},"
                        "\"ResponseMetadata\":{\"RequestId\":\"1-2\"}}");
    assert_string_equal(parse(*state, text)->key, "ListRolesResponse");
}

static void test_shapes(void **state)
{
    static const struct {
        const char *xml, *json;
    } cases[] = {
        {"<a/>", "\"\""},
        {"<a></a>", "\"\""},
        {"<a>  x\n </a>", "\"  x\\n \""}, /* blanks of a text are the text's */
        {"<a> <b/> </a>", "{\"b\":\"\"}"},
        {"<a>x<b>y</b>z</a>", "{\"b\":\"y\"}"}, /* text between children is dropped */
        {"<a>1<!-- c -->2<![CDATA[3]]>4</a>", "\"1234\""},
        {"<a>1<?pi x?>2</a>", "\"12\""},
        {"<a b=\"1\" c='2'>x</a>", "\"x\""},
        {"<n:a xmlns:n=\"u\"><n:b>x</n:b></n:a>", "{\"b\":\"x\"}"},
        {"<n:a><m:b>x</m:b></n:a>", "{\"b\":\"x\"}"}, /* prefixes that nobody declared */
        {"<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#13;</a>", "\"<>&\\\"'A\xf0\x9f\x98\x80\\r\""},
        {"<a>x\r\ny\rz</a>", "\"x\\ny\\nz\""},
        {"<a><b>1</b><b>2</b></a>", "{\"b\":\"1\",\"b\":\"2\"}"},
        {"<a><b><c>1</c></b></a>", "{\"b\":{\"c\":\"1\"}}"},
        {"\n<a/>\n<!-- end -->\n", "\"\""},
        {"\xef\xbb\xbf<a>x</a>", "\"x\""},
        {"<\xc3\xa9>\xe2\x82\xac</\xc3\xa9>", "\"\xe2\x82\xac\""},
        /* The bytes are UTF-8 whatever they declare. */
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xc3\xa9</a>", "\"\xc3\xa9\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(json_text(parse(*state, cases[i].xml), *state), cases[i].json);
}

static void test_what_is_not_xml(void **state)
{
    static const char *const wrong[] = {
        "",
        " ",
        "a",
        "<",
        "<a",
        "<a>",
        "</a>",
        "<a></b>",
        "<a><b></a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a>&</a>",
        "<a>&b;</a>",
        "<a>&nbsp;</a>",
        "<a>&#0;</a>",
        "<a>&#x1;</a>",
        "<a>&#xD800;</a>",
        "<a>&#x110000;</a>",
        "<a>\x01</a>",
        "<a b=\"1\" b=\"2\"/>",
        "<a b=1/>",
        "<a b=\"<\"/>",
        "<1/>",
        "<a>]]></a>",
        "<a><![CDATA[x</a>",
        "<a><!-- -- --></a>",
        "<a",
        "<?xml version=\"1.0\"?>",
        "{\"a\":1}",
        "<html><br></html>",
        "<a>\xef\xbf\xbf</a>",
        "<n:1/>",
        "<n:a:b/>",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(*state, wrong[i], strlen(wrong[i]), ERR_PROTOCOL);
}

static void test_bytes_that_are_not_utf8(void **state)
{
    static const char utf16[] = "\xff\xfe<\0a\0/\0>\0";

    assert_refused(*state, "<a>\xff</a>", 8, ERR_PROTOCOL);
    assert_refused(*state, "<a>\xc0\x80</a>", 9, ERR_PROTOCOL);
    assert_refused(*state, "<a>\xed\xa0\x80</a>", 10, ERR_PROTOCOL);
    assert_refused(*state, "<a>\0</a>", 8, ERR_PROTOCOL);
    assert_refused(*state, "<a/>\0", 5, ERR_PROTOCOL);
    assert_refused(*state, utf16, sizeof utf16 - 1, ERR_PROTOCOL);
}

/* Every way to declare something is refused before anything is declared. */
static void test_a_doctype_is_refused(void **state)
{
    static const char *const wrong[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<!DOCTYPE a PUBLIC \"x\" \"http://127.0.0.1:1/x.dtd\"><a/>",
        "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]><a/>",
        "<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\"><!ENTITY y \"&x;&x;&x;&x;\">]><a>&y;&y;&y;&y;</a>",
        "<!DOCTYPE a [<!ATTLIST a b CDATA \"default\">]><a/>",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE a [\n<!ELEMENT a ANY>\n]>\n<a/>",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err err = ERR_INIT;
        struct json *json = NULL;

        assert_int_equal(parse_exact(wrong[i], strlen(wrong[i]), *state, &json, &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
        assert_non_null(strstr(err.text, "DOCTYPE"));
    }
    assert_refused(*state, "<a><!DOCTYPE a></a>", 19, ERR_PROTOCOL);
}

static void test_an_xinclude_is_only_an_element(void **state)
{
    struct json *json =
        parse(*state, "<a xmlns:x=\"http://www.w3.org/2001/XInclude\">"
                      "<x:include href=\"file:///etc/passwd\" parse=\"text\"/></a>");

    assert_string_equal(json_text(json, *state), "{\"include\":\"\"}");
}

static void test_the_line_of_an_error(void **state)
{
    struct err err = ERR_INIT;
    struct json *json;

    assert_int_equal(parse_exact("<a>\n<b>\n</c>\n</a>", 17, *state, &json, &err), -1);
    assert_non_null(strstr(err.text, "line 3"));
}

static char *nested(struct arena *arena, size_t depth)
{
    char *text = arena_alloc(arena, depth * 7 + 1), *at = text;

    for (size_t i = 0; i < depth; i++, at += 3)
        memcpy(at, "<a>", 3);
    for (size_t i = 0; i < depth; i++, at += 4)
        memcpy(at, "</a>", 4);
    return text;
}

static void test_depth_is_bounded(void **state)
{
    const char *text = nested(*state, LIMIT_XML_DEPTH + 1);

    (void)parse(*state, nested(*state, LIMIT_XML_DEPTH));
    assert_refused(*state, text, strlen(text), ERR_LIMIT);
    text = nested(*state, 100 * 1000);
    assert_refused(*state, text, strlen(text), ERR_LIMIT);
}

static void test_size_is_bounded(void **state)
{
    static char large[LIMIT_XML_BYTES + 1];
    struct json *json;
    struct err err = ERR_INIT;

    memset(large, ' ', sizeof large);
    memcpy(large, "<a>", 3);
    memcpy(large + sizeof large - 4, "</a>", 4);
    assert_refused(*state, large, sizeof large, ERR_LIMIT);
    /* One byte less is fine, all in one text. */
    memcpy(large + sizeof large - 5, "</a>", 4);
    assert_int_equal(xml_parse(large, LIMIT_XML_BYTES, *state, &json, &err), 0);
    assert_int_equal(strlen(json->string), LIMIT_XML_BYTES - 7);
}

/* --- Print ---------------------------------------------------------------------------------------
 */

static void test_print(void **state)
{
    static const char text[] = "{\"Role\":\"a<b\",\"Rules\":[{\"Id\":1,\"On\":true},{\"Id\":2.5}],"
                               "\"Tags\":[],\"None\":null,\"Deep\":{\"List\":[\"x\",\"y\"]}}";
    struct err err = ERR_INIT;
    struct json *json;
    struct buf buf;

    assert_int_equal(json_parse(text, strlen(text), *state, &json, &err), 0);
    buf_init(&buf, 4096);
    xml_print(json, "Config", "http://s3.amazonaws.com/doc/\"2006\"/", &buf);
    assert_string_equal(buf_text(&buf),
                        "<Config xmlns=\"http://s3.amazonaws.com/doc/&quot;2006&quot;/\">"
                        "<Role>a&lt;b</Role>"
                        "<Rules><Id>1</Id><On>true</On></Rules><Rules><Id>2.5</Id></Rules>"
                        "<None></None><Deep><List>x</List><List>y</List></Deep></Config>");
    assert_string_equal(json_str(parse(*state, buf_text(&buf)), "Role"), "a<b");
    buf_reset(&buf);
    xml_print(NULL, "Empty", NULL, &buf);
    assert_string_equal(buf_text(&buf), "<Empty></Empty>");
    buf_fini(&buf);
}

static void test_escaped_text_comes_back(void **state)
{
    static const char text[] = "<&>\"' \t\n\r\r\n ]]> \xc3\xa9 \xf0\x9f\x98\x80 &amp; \x7f";
    struct buf buf;

    buf_init(&buf, 1024);
    xml_print(json_string(*state, text), "a", NULL, &buf);
    assert_string_equal(parse(*state, buf_text(&buf))->string, text);
    buf_fini(&buf);
}

static void test_what_xml_cannot_say(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1024);
    xml_escape("\x01|\x1f|\xff|\xef\xbf\xbe|\xef\xbf\xbf|\xc3", &buf);
    assert_string_equal(buf_text(&buf), "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|"
                                        "\xef\xbf\xbd|\xef\xbf\xbd");
    buf_fini(&buf);
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_an_aws_answer),           ARENA_TEST(test_shapes),
        ARENA_TEST(test_what_is_not_xml),         ARENA_TEST(test_bytes_that_are_not_utf8),
        ARENA_TEST(test_a_doctype_is_refused),    ARENA_TEST(test_an_xinclude_is_only_an_element),
        ARENA_TEST(test_the_line_of_an_error),    ARENA_TEST(test_depth_is_bounded),
        ARENA_TEST(test_size_is_bounded),         ARENA_TEST(test_print),
        ARENA_TEST(test_escaped_text_comes_back), ARENA_TEST(test_what_xml_cannot_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
