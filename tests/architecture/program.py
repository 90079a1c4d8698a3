"""Follows names from function to function, to find what a function reaches; above all, what it may wait for.

Reads syntax trees. A name is resolved by the imports of its module, by annotations, by what `__init__`
assigns to `self`, and at last by its spelling (`rate_limiter` is a RateLimiter). Every mention of a function
counts, not only its calls, because a function that is passed on may be called.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeGuard

from tests.architecture.sources import files, name

SINKS: Final = (
    "aiosmtplib",
    "authlib",
    "coredis",
    "httpcore",
    "httpx",
    "smtplib",
    "asyncio.sleep",
    "trio.sleep",
)
THREADS: Final = ("trio.to_thread", "asyncio.to_thread")
QUEUES: Final = ("server.batcher.Batcher.call",)  # waits for the work of others
POOL: Final = "server/pool.py"  # the only place that begins a transaction by a statement
BEGIN: Final = re.compile(r"\s*(BEGIN|START TRANSACTION)\b")
REDIS: Final = {"redis", "_redis"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Violation(NamedTuple):
    """A mention inside a transaction; `path` leads from it to the call that waits."""

    place: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.place}: {' → '.join(self.path)}"


@dataclass
class Module:
    name: str
    place: str
    tree: ast.Module
    names: dict[str, str] = field(default_factory=dict)  # a name of the module: its dotted name
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)


def sources(*tops: str) -> dict[str, str]:
    """The files under those folders, by their paths."""
    return {name(path): path.read_text(encoding="utf-8") for path in files(*tops, suffixes={".py"})}


class Program:
    """All modules together."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        made = [_module(place, text) for place, text in texts.items()]
        self.modules = {module.name: module for module in made}
        self.transactions = 0
        self._attributes = {
            f"{module.name}.{name}": self._fields(module, found)
            for module in made
            for name, found in module.classes.items()
        }
        self._by_spelling = {_snake(full.rpartition(".")[2]): full for full in self._attributes}
        self._functions = {
            f"{owner or module.name}.{function.name}": (module, owner, function)
            for module in made
            for owner, function in _functions(module)
        }
        self._mentioned = {
            full: [target for _, target in self._mentions(*place, place[2])]
            for full, place in self._functions.items()
        }
        self._waits = self._closure()

    def reaches(self, function: str, goals: Collection[str]) -> bool:
        """Whether a function names one of `goals`, or a function that does."""
        seen, left = set[str](), [function]
        while left:
            one = left.pop()
            if one in goals:
                return True
            if one not in seen:
                seen.add(one)
                left += self._mentioned.get(one, ())
        return False

    def violations(self) -> list[Violation]:
        """What transactions reach, and transactions that are begun by hand."""
        return [found for module in self.modules.values() for found in self._of_module(module)]

    def _of_module(self, module: Module) -> Iterator[Violation]:
        for owner, function in _functions(module):
            for node in ast.walk(function):
                if module.place != POOL and _begins(node):
                    yield Violation(f"{module.place}:{node.lineno}", ("a transaction begun by hand",))
                for part in _inside_transaction(node):
                    self.transactions += 1
                    for line, path in self._waiting(module, owner, function, part):
                        yield Violation(f"{module.place}:{line}", path)

    def _closure(self) -> dict[str, tuple[str, ...]]:
        """Every function that waits, with the way to what it waits for."""
        waits: dict[str, tuple[str, ...]] = {}
        for full, (module, _, function) in self._functions.items():
            bus = module.name.startswith(("core.bus.", "core.outbound."))
            if bus and isinstance(function, ast.AsyncFunctionDef):
                waits[full] = (full,)
            elif sink := next((one for one in self._mentioned[full] if _is_sink(one)), None):
                waits[full] = (full, sink)
        changed = True
        while changed:
            changed = False
            for full, targets in self._mentioned.items():
                if full not in waits and (to := next((one for one in targets if one in waits), None)):
                    waits[full] = (full, *waits[to])
                    changed = True
        return waits

    def _waiting(
        self, module: Module, owner: str, function: Function, part: ast.AST
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        for line, target in self._mentions(module, owner, function, part):
            if _is_sink(target):
                yield line, (target,)
            elif target in self._waits:
                yield line, self._waits[target]

    def _mentions(
        self, module: Module, owner: str, function: Function, part: ast.AST
    ) -> Iterator[tuple[int, str]]:
        """Every function and sink that `part` names, with its line; what nested functions name as well."""
        types = self._types(module, owner, function)
        nested = {
            one.name: one for one in ast.walk(function) if isinstance(one, Function) and one is not function
        }
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and node.id in nested:
                inner = nested.pop(node.id)
                for one in ast.walk(inner):
                    if isinstance(one, ast.Name | ast.Attribute) and (
                        target := self._target(module, types, one)
                    ):
                        yield node.lineno, target
            elif isinstance(node, ast.Name | ast.Attribute) and (target := self._target(module, types, node)):
                yield node.lineno, target

    def _types(self, module: Module, owner: str, function: Function) -> dict[str, str]:
        """The classes of the function's parameters, as far as they are annotated."""
        every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        types = {each.arg: self._annotated(module, each.annotation) for each in every if each.annotation}
        if owner and every:
            types[every[0].arg] = owner
        return types

    def _target(self, module: Module, types: Mapping[str, str], node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return self._function(module.names.get(node.id, ""))
        assert isinstance(node, ast.Attribute)
        if _last(node.value) in REDIS:
            return "coredis"
        dotted = self._dotted(module, node)
        if dotted is not None:
            return self._function(dotted)
        receiver = self._class_of(module, types, node.value)
        return self._method(receiver, node.attr) if receiver else None

    def _dotted(self, module: Module, node: ast.expr) -> str | None:
        """The dotted name of `module.part.part`; None when it does not begin with a module's name."""
        if isinstance(node, ast.Name):
            return module.names.get(node.id)
        if isinstance(node, ast.Attribute) and (base := self._dotted(module, node.value)) is not None:
            return f"{base}.{node.attr}"
        return None

    def _function(self, dotted: str) -> str | None:
        if dotted in self._attributes:
            return self._method(dotted, "__init__")
        place, _, last = dotted.rpartition(".")
        if place in self.modules:
            known = self.modules[place]
            if last in known.functions:
                return dotted
            return self._function(known.names[last]) if known.names.get(last, dotted) != dotted else None
        return dotted if _is_sink(dotted) else None

    def _class_of(self, module: Module, types: Mapping[str, str], node: ast.expr) -> str | None:
        """The class of an expression."""
        if isinstance(node, ast.Name):
            return types.get(node.id) or self._by_spelling.get(node.id.lstrip("_"))
        if isinstance(node, ast.Attribute):
            owner = self._class_of(module, types, node.value)
            known = self._inherited(owner, node.attr) if owner else None
            return known or self._by_spelling.get(node.attr.lstrip("_"))
        if isinstance(node, ast.Call):
            dotted = self._dotted(module, node.func)
            return dotted if dotted in self._attributes else self._returned(module, types, node.func)
        return None

    def _returned(self, module: Module, types: Mapping[str, str], node: ast.expr) -> str | None:
        """The class that a function is annotated to return."""
        full = self._target(module, types, node) if isinstance(node, ast.Name | ast.Attribute) else None
        if full not in self._functions:
            return None
        where, _, function = self._functions[full]
        if _last(function.returns) == "Self" and isinstance(node, ast.Attribute):
            return self._class_of(module, types, node.value)
        return self._annotated(where, function.returns) or None

    def _inherited(self, owner: str, attribute: str) -> str | None:
        for each in self._lineage(owner):
            if attribute in self._attributes[each]:
                return self._attributes[each][attribute]
        return None

    def _method(self, owner: str, attribute: str) -> str | None:
        for each in self._lineage(owner):
            module = self.modules[each.rpartition(".")[0]]
            if any(
                isinstance(one, Function) and one.name == attribute
                for one in module.classes[each.rpartition(".")[2]].body
            ):
                return f"{each}.{attribute}"
        return f"{owner}.{attribute}" if _is_sink(owner) else None

    def _lineage(self, owner: str) -> Iterator[str]:
        if owner not in self._attributes:
            return
        yield owner
        module = self.modules[owner.rpartition(".")[0]]
        for base in module.classes[owner.rpartition(".")[2]].bases:
            yield from self._lineage(self._annotated(module, base))

    def _fields(self, module: Module, found: ast.ClassDef) -> dict[str, str]:
        """The classes of the attributes: annotated in the class, or assigned in `__init__`."""
        fields = {
            one.target.id: self._annotated(module, one.annotation)
            for one in found.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        }
        for start in found.body:
            if not isinstance(start, ast.FunctionDef) or start.name != "__init__":
                continue
            given = {one.arg: one.annotation for one in [*start.args.args, *start.args.kwonlyargs]}
            for node in ast.walk(start):
                if isinstance(node, ast.AnnAssign) and _is_own(node.target):
                    fields[_last(node.target)] = self._annotated(module, node.annotation)
                elif isinstance(node, ast.Assign) and _is_own(node.targets[0]):
                    value = node.value
                    kind = given.get(value.id) if isinstance(value, ast.Name) else None
                    kind = value.func if isinstance(value, ast.Call) else kind
                    if kind is not None:
                        fields[_last(node.targets[0])] = self._annotated(module, kind)
        return {key: value for key, value in fields.items() if value}

    def _annotated(self, module: Module, node: ast.expr | None) -> str:
        """The dotted name of a class in an annotation; of `A | None`, `A`."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.BinOp):
            return self._annotated(module, node.left)
        if isinstance(node, ast.Subscript):
            return self._annotated(module, node.value)
        return self._dotted(module, node) or "" if node is not None else ""


def _module(place: str, text: str) -> Module:
    dotted = place.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    made = Module(dotted, place, ast.parse(text))
    for node in ast.walk(made.tree):
        if isinstance(node, ast.Import):
            made.names |= {
                one.asname or _first(one.name): one.name if one.asname else _first(one.name)
                for one in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            made.names |= {(one.asname or one.name): f"{node.module}.{one.name}" for one in node.names}
    for node in made.tree.body:
        if isinstance(node, ast.ClassDef):
            made.classes[node.name] = node
            made.names[node.name] = f"{dotted}.{node.name}"
        elif isinstance(node, Function):
            made.functions[node.name] = node
            made.names[node.name] = f"{dotted}.{node.name}"
    return made


def _functions(module: Module) -> Iterator[tuple[str, Function]]:
    """Every function with the dotted name of its class, or an empty one; what it contains belongs to it."""
    for function in module.functions.values():
        yield "", function
    for found in module.classes.values():
        for one in found.body:
            if isinstance(one, Function):
                yield f"{module.name}.{found.name}", one


def _inside_transaction(node: ast.AST) -> Iterator[ast.AST]:
    """What `node` runs inside a transaction: the block, what is entered after it, the work of a `commit`."""
    if isinstance(node, ast.AsyncWith | ast.With):
        places = [at for at, item in enumerate(node.items) if _calls(item.context_expr, "transaction")]
        if places:
            yield ast.Module(
                [*(ast.Expr(item.context_expr) for item in node.items[places[0] + 1 :]), *node.body], []
            )
    elif (
        isinstance(node, ast.Call)
        and _calls(node, "commit")
        and _last(node.func.value) in {"database", "_database"}
    ):  # type: ignore[attr-defined]  # _calls saw an attribute
        yield ast.Module([ast.Expr(each) for each in node.args], [])


def _begins(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(BEGIN.match(node.value))


def _calls(node: ast.expr, attribute: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == attribute


def _first(dotted: str) -> str:
    return dotted.partition(".")[0]


def _is_own(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _is_sink(dotted: str) -> bool:
    return any(dotted == sink or dotted.startswith(f"{sink}.") for sink in (*SINKS, *THREADS, *QUEUES))


def _last(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _snake(word: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()
