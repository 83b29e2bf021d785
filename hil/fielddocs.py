"""What stands below the fields of a class in its source: the one place where a field is explained."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from typing import Any


def field_docs(cls: type[Any]) -> dict[str, str]:
    """By field, the string below it, also in the classes that are inherited from; of a class without source,
    nothing."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        if each.__module__.partition(".")[0] in ("builtins", "typing", "abc", "enum", "pydantic"):
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        except (OSError, TypeError, SyntaxError):
            continue
        inner = body.body if isinstance(body, ast.ClassDef) else []
        for one, following in itertools.pairwise(inner):
            if not isinstance(one, ast.AnnAssign) or not isinstance(following, ast.Expr):
                continue
            if isinstance(following.value, ast.Constant) and isinstance(following.value.value, str):
                found[ast.unparse(one.target)] = " ".join(following.value.value.split())
    return found
