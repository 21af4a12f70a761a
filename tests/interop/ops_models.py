#!/usr/bin/env python3
"""ops_models.py: every row of ops.def and services.def against botocore's models.

A row must be what tools/ops-row.py prints today; of the paging members a row may have none, where a
listing is not wanted, and of the answer's headers those that are wanted.  Shapes that the serializer has no rule for are refused as well.
"""
import re
import sys

from interop import SESSION, finish
from tables import botocore_names, ops_row, rows

TOOL = ops_row()
NAMES = botocore_names(TOOL)


def parse(row):
    """The fields of a row: the ones in order, and the named ones."""
    inner = row[row.index("(") + 1:row.rindex(")")]
    fields = re.findall(r'(?:"[^"]*"|[^,"])+', inner)
    named, ordered = {}, []
    for field in (field.strip() for field in fields):
        if field.startswith("."):
            key, value = field[1:].split(" = ", 1)
            named[key] = value
        else:
            ordered.append(field)
    return ordered, named


def unsupported(model, name):
    """What form.c, serialize.c and answer.c have no rule for."""
    operation = model.operation_model(name)
    protocol = TOOL.protocol_of(model)
    found = []

    def walk(shape, seen, depth=0):
        if shape.name in seen:
            return
        seen = seen | {shape.name}
        if shape.type_name == "structure":
            for member in shape.members.values():
                if member.serialization.get("location") == "headers":
                    continue
                if member.serialization.get("xmlAttribute"):
                    found.append("an XML attribute")
                walk(member, seen, depth + 1)
        elif shape.type_name == "list":
            if protocol == "query" and (shape.serialization.get("flattened") or
                                        shape.member.serialization.get("name", "member") != "member"):
                found.append("a list that is not Name.member.N")
            walk(shape.member, seen, depth + 1)
        elif shape.type_name == "map":
            if protocol in ("ec2", "rest-xml") or \
                    protocol == "query" and not (depth == 1 and TOOL.is_map(shape)):
                found.append("a map")

    if operation.input_shape:
        members = operation.input_shape.members.values()
        walk(operation.input_shape, frozenset())
        # serialize.c refuses what has no place; the body of restJson1 has a place for everything.
        if protocol == "rest-json" and \
                any(member.serialization.get("location") == "headers" for member in members):
            found.append("a map of headers")
        body = [member for member in members if "location" not in member.serialization]
        if protocol == "rest-xml" and body and not operation.input_shape.serialization.get("payload"):
            found.append("an XML body without a payload member")
        if protocol == "rest-json" and body and operation.http["method"] in ("GET", "HEAD", "DELETE"):
            found.append("a body of a %s" % operation.http["method"])
    return found


def compare_service(row):
    ordered, named = parse(row)
    wanted = parse(TOOL.service_row(NAMES[ordered[0]]))
    return [] if (ordered, named) == wanted else [(ordered, named), wanted]


def answer_headers(model, name):
    shape = model.operation_model(name).output_shape
    return {member.serialization["name"] for member in (shape.members.values() if shape else [])
            if member.serialization.get("location") == "header"}


def compare_operation(row):
    ordered, named = parse(row)
    wanted_headers = set(named.pop("answer_headers", '""').strip('"').split())
    service, name = NAMES[ordered[0]], ordered[2].strip('"')
    model = SESSION.get_service_model(service)
    problems = ["%s %s: no rule for %s" % (service, name, what) for what in unsupported(model, name)]
    problems += ["%s %s: the answer has no header %s" % (service, name, header)
                 for header in wanted_headers - answer_headers(model, name)]
    wanted_ordered, wanted_named = parse(TOOL.operation_row(service, name))
    if "page_in" not in named:
        wanted_named = {k: v for k, v in wanted_named.items() if not k.startswith("page_")}
    if (ordered, named) != (wanted_ordered, wanted_named):
        problems.append("%s %s\n  row   %s %s\n  model %s %s" %
                        (service, name, ordered, named, wanted_ordered, wanted_named))
    return problems


def main():
    failures, total = [], 0
    for row in rows("services.def", "SERVICE"):
        total += 1
        failures += compare_service(row)
    for row in rows("ops.def", "OP"):
        total += 1
        failures += compare_operation(row)
    finish("ops.def and services.def", total, failures)


if __name__ == "__main__":
    sys.exit(main())
