#include "json_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/xml.h"

#include <assert.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <string.h>

/* --- Parse --- */

struct reader {
    xmlParserCtxtPtr ctxt;
    struct arena *arena;
    struct json *open[LIMIT_XML_DEPTH]; /* the elements around this place, the root first */
    size_t depth;
    struct json *root;
    struct buf text; /* of the innermost element, as long as it has no children */
    bool failed;     /* the first error is in `err` */
    struct err *err;
};

static int line_of(const struct reader *reader)
{
    return reader->ctxt->input == NULL ? 0 : reader->ctxt->input->line;
}

static void stop(struct reader *reader)
{
    reader->failed = true;
    xmlStopParser(reader->ctxt);
}

/* An element is a string until a child shows that it is an object. */
static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces_count, const xmlChar **namespaces, int attributes_count,
                     int defaulted_count, const xmlChar **attributes)
{
    struct reader *reader = context;
    struct json *element, *parent;
    const char *key = arena_str(reader->arena, (const char *)name);

    (void)prefix, (void)uri, (void)namespaces_count, (void)namespaces;
    (void)attributes_count, (void)defaulted_count, (void)attributes;
    if (reader->failed)
        return;
    if (reader->depth == LIMIT_XML_DEPTH) {
        (void)err_set(reader->err, ERR_LIMIT, "XML: line %d: nested deeper than %d",
                      line_of(reader), LIMIT_XML_DEPTH);
        stop(reader);
        return;
    }
    element = json_string(reader->arena, "");
    if (reader->depth == 0) {
        element->key = key;
        reader->root = element;
    } else {
        parent = reader->open[reader->depth - 1];
        parent->type = JSON_OBJECT;
        parent->string = NULL;
        json_append(parent, key, element);
    }
    reader->open[reader->depth++] = element;
    buf_reset(&reader->text);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reader *reader = context;
    struct json *element;

    (void)name, (void)prefix, (void)uri;
    if (reader->failed || reader->depth == 0)
        return;
    element = reader->open[--reader->depth];
    if (element->type == JSON_STRING)
        element->string = arena_strn(reader->arena, buf_text(&reader->text), reader->text.len);
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct reader *reader = context;

    if (!reader->failed && reader->depth > 0 && len > 0 &&
        reader->open[reader->depth - 1]->type == JSON_STRING)
        buf_add(&reader->text, text, (size_t)len);
}

/* libxml2 calls this at <!DOCTYPE, before it reads what the DTD declares. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *external_id,
                       const xmlChar *system_id)
{
    struct reader *reader = context;

    (void)name, (void)external_id, (void)system_id;
    if (reader->failed)
        return;
    (void)err_set(reader->err, ERR_PROTOCOL, "XML: line %d: a DOCTYPE, which is not accepted",
                  line_of(reader));
    stop(reader);
}

/* Without this, libxml2 prints its errors on stderr. */
static void on_error(void *context, xmlErrorPtr error)
{
    struct reader *reader = context;
    const char *message = error->message == NULL ? "not well-formed" : error->message;

    /* Prefixes are dropped, so what is wrong with them does no harm; but what stands behind one is
     * a name too. */
    if (reader->failed || error->level < XML_ERR_ERROR ||
        (error->domain == XML_FROM_NAMESPACE && error->code != XML_NS_ERR_QNAME))
        return;
    (void)err_set(reader->err, ERR_PROTOCOL, "XML: line %d: %.*s", error->line,
                  (int)strcspn(message, "\n"), message);
    stop(reader);
}

/* No DTD handlers and no entity handlers: only the five entities of XML itself are known. */
static void handlers_set(xmlSAXHandler *sax)
{
    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->internalSubset = on_doctype;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->ignorableWhitespace = on_text;
    sax->cdataBlock = on_text;
    sax->serror = on_error;
}

static int check_input(const char *text, size_t len, struct err *err)
{
    if (len > LIMIT_XML_BYTES)
        return err_set(err, ERR_LIMIT, "XML: %zu bytes, most is %d", len, LIMIT_XML_BYTES);
    if (len == 0)
        return err_set(err, ERR_PROTOCOL, "XML: line 1: nothing there");
    if (memchr(text, '\0', len) != NULL || !utf8_valid(text, len))
        return err_set(err, ERR_PROTOCOL, "XML: line 1: not UTF-8");
    return 0;
}

int xml_parse(const char *text, size_t len, struct arena *arena, struct json **out, struct err *err)
{
    struct reader reader = {.arena = arena, .err = err};

    if (check_input(text, len, err) != 0)
        return -1;
    reader.ctxt = xmlCreateMemoryParserCtxt(text, (int)len);
    if (reader.ctxt == NULL)
        return err_set(err, ERR_IO, "XML: no memory to read it");
    /* The bytes are UTF-8 whatever they declare: a conversion would only be more to attack. */
    (void)xmlCtxtUseOptions(reader.ctxt, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    handlers_set(reader.ctxt->sax);
    reader.ctxt->userData = &reader;
    buf_init(&reader.text, LIMIT_XML_BYTES);

    (void)xmlParseDocument(reader.ctxt);
    if (!reader.failed && (!reader.ctxt->wellFormed || reader.root == NULL)) {
        (void)err_set(err, ERR_PROTOCOL, "XML: line %d: not well-formed", line_of(&reader));
        reader.failed = true;
    }
    buf_fini(&reader.text);
    xmlFreeParserCtxt(reader.ctxt);
    if (reader.failed)
        return -1;
    *out = reader.root;
    return 0;
}

/* --- Print --- */

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* How the character of `step` bytes is written; NULL: as it is.  XML has no way to write most
 * control characters, U+FFFE and U+FFFF. */
static const char *xml_form(const char *at, size_t step)
{
    unsigned char c = (unsigned char)*at;

    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;"; /* a bare one would be read as a line feed */
    case '\t':
    case '\n':
        return NULL;
    default:
        break;
    }
    if (step == 0 || c < 0x20)
        return replacement;
    if (step == 3 && (memcmp(at, "\xEF\xBF\xBE", 3) == 0 || memcmp(at, "\xEF\xBF\xBF", 3) == 0))
        return replacement;
    return NULL;
}

void xml_escape(const char *text, struct buf *out)
{
    size_t len = strlen(text), plain = 0; /* bytes before `text` that stand as they are */

    while (len > 0) {
        size_t step = (unsigned char)*text < 0x80 ? 1 : utf8_len(text, len);
        const char *form = xml_form(text, step);

        if (form != NULL) {
            buf_add(out, text - plain, plain);
            buf_str(out, form);
        }
        if (step == 0)
            step = 1;
        plain = form == NULL ? plain + step : 0;
        text += step;
        len -= step;
    }
    buf_add(out, text - plain, plain);
}

static void print_element(const struct json *json, const char *name, const char *xmlns,
                          struct buf *out);

static void print_content(const struct json *json, const char *name, struct buf *out)
{
    switch (json->type) {
    case JSON_NULL:
        break;
    case JSON_BOOL:
    case JSON_NUMBER:
        json_print(json, JSON_COMPACT, out);
        break;
    case JSON_STRING:
        xml_escape(json->string, out);
        break;
    case JSON_ARRAY:
        for (const struct json *it = json->first; it != NULL; it = it->next)
            print_element(it, name, NULL, out);
        break;
    case JSON_OBJECT:
        for (const struct json *it = json->first; it != NULL; it = it->next) {
            if (it->type == JSON_ARRAY)
                print_content(it, it->key, out);
            else
                print_element(it, it->key, NULL, out);
        }
        break;
    case JSON_MADE:
        assert(0 && "XML needs a whole document");
        break;
    }
}

static void print_element(const struct json *json, const char *name, const char *xmlns,
                          struct buf *out)
{
    buf_printf(out, "<%s", name);
    if (xmlns != NULL) {
        buf_str(out, " xmlns=\"");
        xml_escape(xmlns, out);
        buf_char(out, '"');
    }
    buf_char(out, '>');
    if (json != NULL)
        print_content(json, name, out);
    buf_printf(out, "</%s>", name);
}

void xml_print(const struct json *json, const char *root, const char *xmlns, struct buf *out)
{
    print_element(json, root, xmlns, out);
}
