"""The rows of ops.def and services.def, as Python values."""
import importlib.util
import os
import re

from interop import SESSION, SOURCE

INCLUDE = os.path.join(SOURCE, "include", "plinth", "aws")


def rows(file, macro):
    with open(os.path.join(INCLUDE, file)) as lines:
        return [line.strip() for line in lines if line.startswith(macro + "(")]


def ops_row():
    """tools/ops-row.py as a module."""
    path = os.path.join(SOURCE, "tools", "ops-row.py")
    spec = importlib.util.spec_from_file_location("ops_row", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def botocore_names(tool):
    """SERVICE as in the tables -> botocore's name of it."""
    return {tool.identifier(name): name for name in SESSION.get_available_services()}


def operations():
    """(SERVICE, operation name) of each row of ops.def."""
    pattern = re.compile(r'OP\((\w+), \w+, "(\w+)"')
    return [pattern.match(row).groups() for row in rows("ops.def", "OP")]


def services():
    """(SERVICE, its name in the table) of each row of services.def."""
    pattern = re.compile(r'SERVICE\((\w+), "([^"]+)"')
    return [pattern.match(row).groups() for row in rows("services.def", "SERVICE")]
