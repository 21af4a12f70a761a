"""An exchange as it travelled, back into the members of its operation, by botocore's models alone.

Every function that reads takes `problems` and adds one line for each thing that the model does not
know or does not allow; what comes out is what botocore calls the parameters.
"""
import base64
import binascii
import datetime
import email.utils
import json
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

# Shape -> {value: where AWS documents it}, of values that an enum lacks or bounds and patterns exclude.
UNDECLARED_VALUES = {}
NUMBERS = ("integer", "long", "float", "double")


# --- Values ---------------------------------------------------------------------------------------

def check_enum(shape, value, place, problems):
    if getattr(shape, "enum", None) and value not in shape.enum and \
            value not in UNDECLARED_VALUES.get(shape.name, {}):
        problems.append("%s: %r is none of %s" % (place, value, ", ".join(shape.enum[:6])))


def check_bounds(shape, size, place, problems):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if str(size) in UNDECLARED_VALUES.get(shape.name, {}):
        return
    if least is not None and size < least or most is not None and size > most:
        problems.append("%s: %s is not within %s to %s" % (place, size, least, most))


def check_list_bounds(shape, size, place, problems):
    """An answer may be an empty list where the shape, shared with requests, asks for an item."""
    if size or not place.startswith("answer"):
        check_bounds(shape, size, place, problems)


def check_pattern(shape, value, place, problems):
    pattern = shape.metadata.get("pattern")
    if not pattern or value in UNDECLARED_VALUES.get(shape.name, {}):
        return
    # Java's classes and possessive quantifiers, in Python's words.
    for java, python in ((r"\p{ASCII}", r"\x00-\x7f"), (r"\p{Print}", r"\x20-\x7e"), (r"\p{Graph}", r"\x21-\x7e"),
                         (r"\p{Alnum}", "A-Za-z0-9"), (r"\p{Alpha}", "A-Za-z"), (r"\p{L}", "A-Za-z\u00aa-\uffff"),
                         (r"\p{M}", ""), (r"\p{Z}", r"\s"), (r"\p{S}", "$+<=>^`|~"), (r"\p{N}", r"\d"),
                         (r"\p{P}", r"!-/:-@\[-`{-~"), (r"\p{LD}", r"\w"), (r"\p{C}", "")):
        pattern = pattern.replace(java, python)
    try:
        # AWS's patterns are for the whole value where they say so, as Smithy's are.
        found = re.search(pattern, value)
    except re.error:
        return
    if not found:
        problems.append("%s: %r does not match %s" % (place, value[:60], shape.metadata["pattern"]))


def check_members(shape, members, place, problems):
    for name in shape.required_members:
        if name not in members:
            problems.append("%s: %s is required" % (place, name))
    if shape.is_tagged_union and len([name for name in members if name != "__type"]) > 1:
        problems.append("%s: only one of %s" % (place, ", ".join(members)))


def text_value(shape, text, place, problems):
    """A scalar that travels as text: in XML, a form, a URL or a header."""
    kind = shape.type_name
    if kind == "boolean":
        if text not in ("true", "false"):
            problems.append("%s: %r is no boolean" % (place, text))
        return text == "true"
    if kind in NUMBERS:
        try:
            number = int(text) if kind in ("integer", "long") else float(text)
        except ValueError:
            problems.append("%s: %r is no %s" % (place, text, kind))
            return text
        check_bounds(shape, number, place, problems)
        return number
    if kind == "timestamp":
        return timestamp_value(shape, text, place, problems)
    if kind == "blob":
        return blob_value(text, place, problems)
    if kind in ("string", "character"):
        check_enum(shape, text, place, problems)
        check_bounds(shape, len(text), place, problems)
        check_pattern(shape, text, place, problems)
        return text
    problems.append("%s: %r where a %s belongs" % (place, text[:40], kind))
    return text


def timestamp_value(shape, value, place, problems):
    form = shape.serialization.get("timestampFormat")
    try:
        if isinstance(value, (int, float)) and form in (None, "unixTimestamp"):
            return value
        if form == "rfc822" or form is None and "," in value:
            return email.utils.parsedate_to_datetime(value).timestamp()
        if form == "unixTimestamp":
            return float(value)
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except (ValueError, TypeError, AttributeError):
        problems.append("%s: %r is no time%s" % (place, value, " (%s)" % form if form else ""))
        return value


def blob_value(text, place, problems):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        problems.append("%s: not base64" % place)
        return text


# --- JSON -----------------------------------------------------------------------------------------

def json_name(name, member, rest):
    return member.serialization.get("name", name) if rest else name


def json_value(shape, value, place, problems, rest=False):
    kind = shape.type_name
    fits = {"structure": dict, "map": dict, "list": list, "boolean": bool}.get(kind)
    if fits and not isinstance(value, fits) and not getattr(shape, "is_document_type", False):
        problems.append("%s: %r where a %s belongs" % (place, value, kind))
        return value
    if kind == "structure":
        return json_structure(shape, value, place, problems, rest)
    if kind == "map":
        return {text_value(shape.key, key, "%s[key]" % place, problems):
                json_value(shape.value, item, "%s[%s]" % (place, key), problems, rest)
                for key, item in value.items()}
    if kind == "list":
        check_list_bounds(shape, len(value), place, problems)
        return [json_value(shape.member, item, "%s[]" % place, problems, rest) for item in value]
    if kind == "boolean":
        return value
    if kind in NUMBERS:
        whole = kind in ("integer", "long")
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            problems.append("%s: %r is no %s" % (place, value, kind))
        else:
            check_bounds(shape, value, place, problems)
        return value
    if kind == "timestamp":
        return timestamp_value(shape, value, place, problems)
    if not isinstance(value, str):
        problems.append("%s: %r is no %s" % (place, value, kind))
        return value
    return text_value(shape, value, place, problems)


def json_structure(shape, value, place, problems, rest):
    if getattr(shape, "is_document_type", False):
        return value
    names = {json_name(name, member, rest): name for name, member in shape.members.items()
             if not (rest and "location" in member.serialization)}
    out = {}
    for key, item in value.items():
        if item is None:
            continue
        if key not in names:
            problems.append("%s.%s: %s has no such member" % (place, key, shape.name))
            continue
        out[names[key]] = json_value(shape.members[names[key]], item, "%s.%s" % (place, key),
                                     problems, rest)
    return out


def json_document(body, place, problems):
    if not body:
        return {}
    try:
        document = json.loads(body)
    except ValueError as error:
        problems.append("%s: no JSON: %s" % (place, error))
        return {}
    if not isinstance(document, dict):
        problems.append("%s: no object" % place)
        return {}
    return document


# --- Forms: query and ec2 --------------------------------------------------------------------------

def form_member_name(name, member, ec2):
    serialized = member.serialization
    if not ec2:
        return serialized.get("name", name)
    return serialized.get("queryName") or (
        serialized["name"][:1].upper() + serialized["name"][1:] if "name" in serialized else name)


def form_indices(form, prefix):
    pattern = re.compile(re.escape(prefix) + r"\.(\d+)(?:\.|$)")
    return sorted({int(found.group(1)) for found in map(pattern.match, form) if found})


def form_value(shape, form, prefix, used, place, problems, ec2):
    kind = shape.type_name
    if kind == "structure":
        out = {}
        for name, member in shape.members.items():
            inner = form_member_name(name, member, ec2)
            value = form_value(member, form, prefix + "." + inner if prefix else inner, used,
                               "%s.%s" % (place, name), problems, ec2)
            if value is not None:
                out[name] = value
        return out if out or not prefix else None
    if kind == "list":
        return form_list(shape, form, prefix, used, place, problems, ec2)
    if kind == "map":
        return form_map(shape, form, prefix, used, place, problems, ec2)
    if prefix not in form:
        return None
    used.add(prefix)
    return text_value(shape, form[prefix], place, problems)


def form_list(shape, form, prefix, used, place, problems, ec2):
    flattened = ec2 or shape.serialization.get("flattened")
    base = prefix
    if not flattened:
        base = "%s.%s" % (prefix, shape.member.serialization.get("name", "member"))
    elif not ec2 and "name" in shape.member.serialization:
        base = prefix[:prefix.rfind(".") + 1] + shape.member.serialization["name"]
    indices = form_indices(form, base)
    if not indices:
        if form.get(prefix) == "":
            used.add(prefix)
            return []
        return None
    if indices != list(range(1, len(indices) + 1)):
        problems.append("%s: its items are numbered %s" % (place, indices))
    return [form_value(shape.member, form, "%s.%d" % (base, index), used, "%s[]" % place, problems,
                       ec2) for index in indices]


def form_map(shape, form, prefix, used, place, problems, ec2):
    base = prefix if shape.serialization.get("flattened") else prefix + ".entry"
    out = {}
    for index in form_indices(form, base):
        key = form_value(shape.key, form, "%s.%d.%s" % (base, index, shape.key.serialization.get("name", "key")),
                         used, "%s[key]" % place, problems, ec2)
        out[key] = form_value(shape.value, form, "%s.%d.%s" % (base, index, shape.value.serialization.get("name", "value")),
                              used, "%s[%s]" % (place, key), problems, ec2)
    return out or None


def form_of(body, problems):
    pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
    form = dict(pairs)
    if len(form) != len(pairs):
        problems.append("request: a name comes twice")
    return form


# --- XML ------------------------------------------------------------------------------------------

def local(tag):
    return tag.rsplit("}", 1)[-1]


def xml_value(shape, element, place, problems):
    kind = shape.type_name
    if kind == "structure":
        return xml_structure(shape, element, place, problems)
    if kind == "list":
        return xml_items(shape, list(element), shape.member.serialization.get("name", "member"),
                         place, problems)
    if kind == "map":
        return xml_map(shape, list(element), place, problems)
    if len(element):
        problems.append("%s: elements where a %s belongs" % (place, kind))
    return text_value(shape, element.text or "", place, problems)


def xml_items(shape, elements, name, place, problems):
    for element in elements:
        if name and local(element.tag) != name:
            problems.append("%s: an element %s where %s belongs" % (place, local(element.tag), name))
    check_list_bounds(shape, len(elements), place, problems)
    return [xml_value(shape.member, element, "%s[]" % place, problems) for element in elements]


def xml_map(shape, entries, place, problems):
    key_name, value_name = (part.serialization.get("name", default)
                            for part, default in ((shape.key, "key"), (shape.value, "value")))
    out = {}
    for entry in entries:
        if not shape.serialization.get("flattened") and local(entry.tag) != "entry":
            problems.append("%s: <%s> where <entry> belongs" % (place, local(entry.tag)))
        parts = {local(part.tag): part for part in entry}
        if set(parts) != {key_name, value_name}:
            problems.append("%s: an entry of %s" % (place, sorted(parts)))
            continue
        out[parts[key_name].text or ""] = xml_value(shape.value, parts[value_name], place, problems)
    return out


def xml_structure(shape, element, place, problems, ignore=()):
    names = {member.serialization.get("name", name): name for name, member in shape.members.items()
             if "location" not in member.serialization}
    for name, member in shape.members.items():
        if member.type_name == "list" and member.serialization.get("flattened"):
            inner = member.member.serialization.get("name")
            if inner and "name" not in member.serialization:
                names[inner] = name
    out, flattened = {}, {}
    for child in element:
        tag = local(child.tag)
        if tag in ignore:
            continue
        if tag not in names:
            problems.append("%s.%s: %s has no such member" % (place, tag, shape.name))
            continue
        name = names[tag]
        member = shape.members[name]
        if member.type_name in ("list", "map") and member.serialization.get("flattened"):
            flattened.setdefault(name, []).append(child)
        elif name in out:
            problems.append("%s.%s: comes twice" % (place, tag))
        else:
            out[name] = xml_value(member, child, "%s.%s" % (place, name), problems)
    for name, children in flattened.items():
        member, inner = shape.members[name], "%s.%s" % (place, name)
        out[name] = xml_items(member, children, None, inner, problems) \
            if member.type_name == "list" else xml_map(member, children, inner, problems)
    return out


def xml_document(body, place, problems):
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        problems.append("%s: no XML: %s" % (place, error))
        return None


# --- What travels outside the body -----------------------------------------------------------------

def header_members(shape, headers, place, problems):
    """Members in headers, and the names of the headers that they account for."""
    lower = {name.lower(): value for name, value in headers.items()}
    out, used = {}, set()
    for name, member in shape.members.items():
        where, header = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "header" and header.lower() in lower:
            used.add(header.lower())
            text = lower[header.lower()]
            out[name] = text_value(member, text, "%s.%s" % (place, name), problems) \
                if member.type_name != "list" else text.split(",")
        elif where == "headers":
            found = {key: value for key, value in lower.items() if key.startswith(header.lower())}
            used.update(found)
            if found:
                out[name] = {key[len(header):]: value for key, value in found.items()}
    return out, used


def uri_members(shape, labels, query, problems):
    """Members of the path and the query string, and the names of the query that they account for."""
    out, used = {}, set()
    for name, member in shape.members.items():
        where, wire = member.serialization.get("location"), member.serialization.get("name", name)
        place = "request.%s" % name
        if where == "uri" and wire in labels:
            out[name] = text_value(member, labels[wire], place, problems)
        elif where == "querystring" and member.type_name == "map":
            continue
        elif where == "querystring" and wire in query:
            used.add(wire)
            values = query[wire]
            out[name] = [text_value(member.member, value, place, problems) for value in values] \
                if member.type_name == "list" else text_value(member, values[0], place, problems)
    return out, used
