"""Hypothesis strategies for every frame, derived from the structs: a new frame needs no new strategy."""

from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from protocol.from_client import ClientFrame
from protocol.from_server import ServerFrame

TEXT = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(TEXT, max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(TEXT, max_size=9), inner, max_size=3),
    max_leaves=8,
)
LONGEST = 40  # so that a frame is small; the limits themselves are tested one by one


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: C901  one line per kind of value
    """Any value that the type allows."""
    match kind:
        case inspect.UnionType(types=types):
            return st.one_of([values(part) for part in types])
        case inspect.Metadata(type=inner):
            return values(inner)
        case inspect.AnyType():
            return JSON
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=ge, le=le):
            return st.integers(-(2**63) if ge is None else ge, 2**63 - 1 if le is None else le)
        case inspect.StrType(min_length=least, max_length=most):
            return st.text(TEXT, min_size=least or 0, max_size=min(most or LONGEST, LONGEST))
        case inspect.BytesType(min_length=least, max_length=most):
            return st.binary(min_size=least or 0, max_size=most)
        case inspect.LiteralType(values=words):
            return st.sampled_from(words)
        case inspect.StructType(cls=cls):
            return structs(cls)
        case inspect.DictType(key_type=key, value_type=value, max_length=most):
            return st.dictionaries(values(key), values(value), max_size=min(most or 5, 5))
        case inspect.ListType(item_type=item, min_length=least, max_length=most):
            return st.lists(values(item), min_size=least or 0, max_size=min(most or 5, 5))
        case inspect.TupleType(item_types=items):
            return st.tuples(*[values(item) for item in items])
        case _:
            raise NotImplementedError(kind)


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return st.builds(kind, **{field.name: values(field.type) for field in described.fields})


client_frames: st.SearchStrategy[ClientFrame] = st.one_of([structs(kind) for kind in get_args(ClientFrame)])
server_frames: st.SearchStrategy[ServerFrame] = st.one_of([structs(kind) for kind in get_args(ServerFrame)])
