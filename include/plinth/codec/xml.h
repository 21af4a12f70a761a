/*
 * xml.h - AWS's XML answers as a struct json tree, and the few XML bodies that S3 takes.
 *
 * Layer:  codec.  An element with only text becomes a string, an element with children an object
 *         in their order (keys repeat when elements do), an empty one the empty string; attributes,
 *         prefixes and text between children are dropped.  The root element becomes the result; its
 * name is its key. Source: XML 1.0; libxml2 with no network, no entities but XML's five, no DTD;
 * UTF-8 only. Limits: LIMIT_XML_BYTES, LIMIT_XML_DEPTH.
 */
#ifndef PLINTH_CODEC_XML_H
#define PLINTH_CODEC_XML_H

#include "plinth/codec/json.h"

/* Parse exactly one document; a DOCTYPE is an error.  owns: `arena`.  err: ERR_PROTOCOL with the
 * line, ERR_LIMIT.  yields: no. */
int xml_parse(const char *text, size_t len, struct arena *arena, struct json **out,
              struct err *err);

/* <root xmlns="ns">...</root>: an object's members become elements, an array's items repeat the
 * element of its key.  Keys must be names of XML.  `xmlns` may be NULL.  yields: no. */
void xml_print(const struct json *json, const char *root, const char *xmlns, struct buf *out);

/* `text` with & < > " and carriage returns escaped; what XML cannot say (control characters, bytes
 * that are not UTF-8) becomes U+FFFD.  yields: no. */
void xml_escape(const char *text, struct buf *out);

#endif
