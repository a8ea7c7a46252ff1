"""The library of Tests/GraphQLTesting, once more in Python, to execute documents with graphql-core."""

import json
import random

from graphql import Undefined, GraphQLEnumType, GraphQLError, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, type_from_ast

BOOKS = [
    {"type": "Book", "id": "b1", "title": "Notes from Underground", "pages": 136, "by": "p1", "kind": "NOVEL"},
    {"type": "Book", "id": "b2", "title": "Demons", "pages": None, "by": "p1", "kind": "NOVEL"},
    {"type": "Book", "id": "b3", "title": 'Poems "and" songs', "pages": 80, "by": "p2", "kind": "POETRY"},
]
PEOPLE = [{"type": "Person", "id": "p1", "name": "Fyodor"}, {"type": "Person", "id": "p2", "name": None}]
MAGAZINES = [{"type": "Magazine", "id": "m1", "issue": 7}]


def node(key):
    return next((n for n in BOOKS + PEOPLE + MAGAZINES if n["id"] == key), None)


def fail(message):
    raise GraphQLError(message)


def dump(value):
    """As JSON; variables without value are null, and left out of objects."""
    def clean(value):
        if isinstance(value, dict):
            return {k: clean(v) for k, v in value.items() if v is not Undefined}
        if isinstance(value, list):
            return [clean(v) for v in value]
        return None if value is Undefined else value
    return json.dumps(clean(value))


def rename(id, name):
    person = node(id)
    if person not in PEOPLE:
        fail("Nobody.")
    return {**person, "name": name}


def two():
    return [1, GraphQLError("No two."), None, 4]


ECHO = ["any", "matrix", "flag", "ratio", "id", "kind", "texts", "range", "old"]
RESOLVERS = {
    "Query": {
        "node": lambda s, id: node(id),
        "later": lambda s, id: node(id),
        "nodes": lambda s, ids: [node(i) for i in ids],
        "search": lambda s, text, first=10, kinds=None: [b for b in BOOKS if text in b["title"]],
        "shelf": lambda s, filter=Ellipsis, sort=None: {"filter": None if filter is Ellipsis else dump(filter)},
        "book": lambda s, id: node(id) if node(id) in BOOKS else None,
        "person": lambda s: PEOPLE[0],
        "works": lambda s: BOOKS,
        "echo": lambda s, **a: dump({k: a[k] for k in ECHO if k in a}),
        "sum": lambda s, a, b: a + b,
    },
    "Mutation": {
        "rename": lambda s, id, name: rename(id, name),
        "add": lambda s, book: BOOKS[0],
    },
    "Book": {
        "size": lambda s: s["pages"],
        "price": lambda s: s["pages"] and s["pages"] / 8,
        "tags": lambda s: [s["kind"], s["id"]],
        "author": lambda s: node(s["by"]),
        "authorLater": lambda s: node(s["by"]),
        "related": lambda s, first: [b for b in BOOKS if b["id"] != s["id"]][:max(0, first)],
        "broken": lambda s: fail("The field could not be resolved."),
        "brokenHard": lambda s: fail("Broken hard."),
        "sometimes": lambda s: s["pages"],
        "isbn": lambda s: s["id"],
    },
    "Person": {
        "name": lambda s, upper=None: s["name"].upper() if upper and s["name"] else s["name"],
        "size": lambda s: s["id"],
        "nameOrFail": lambda s: s["name"],
        "books": lambda s: [b for b in BOOKS if b["by"] == s["id"]],
        "friends": lambda s: [p for p in PEOPLE if p["id"] != s["id"]],
        "kind": lambda s: "person",
    },
    "Magazine": {"title": lambda s: f"No. {s['issue']}"},
    "Shelf": {
        "books": lambda s: BOOKS,
        "strict": lambda s: [BOOKS],
        "mixed": lambda s: two(),
        "anything": lambda s: {"a": [1.50, None]},
    },
}


def attach(schema):
    """Gives a schema that was built from introspection these resolvers."""
    for name, fields in RESOLVERS.items():
        for field, resolve in fields.items():
            schema.type_map[name].fields[field].resolve = lambda s, info, resolve=resolve, **a: resolve(s, **a)
    for name in ("Node", "Named", "Found", "Work"):
        schema.type_map[name].resolve_type = lambda value, *_: value["type"]


def variables(schema, operation, seed):
    """Values for the variables of an operation, most of them of their types; some are left out."""
    r = random.Random(seed)

    def value(t, depth=0):
        if r.random() < 0.02:
            return r.choice([None, 1, "x", [], {}, 1.5, True])
        if isinstance(t, GraphQLNonNull):
            result = None
            for _ in range(5):
                result = value(t.of_type, depth)
                if result is not None:
                    break
            return result
        if r.random() < 0.15:
            return None
        if isinstance(t, GraphQLList):
            return value(t.of_type, depth) if r.random() < 0.2 else [value(t.of_type, depth + 1) for _ in range(r.randrange(3))]
        if isinstance(t, GraphQLInputObjectType):
            return {n: value(f.type, depth + 1) for n, f in t.fields.items()
                    if isinstance(f.type, GraphQLNonNull) and r.random() < 0.97 or depth < 3 and r.random() < 0.4}
        if isinstance(t, GraphQLEnumType):
            return r.choice(list(t.values))
        return r.choice({
            "Int": [0, 1, -7, 2147483647, 2.0], "Float": [1.5, 2, -1e10], "String": ["", "text", "\u00fc\U0001f600\n\""],
            "Boolean": [True, False], "ID": ["b1", "p2", "m1", "x", 7],
        }.get(t.name, [{"a": [1, None]}, "x", 1.5, [True]]))

    result = {}
    for definition in operation.variable_definitions:
        t = type_from_ast(schema, definition.type)
        optional = definition.default_value is not None or not isinstance(t, GraphQLNonNull)
        if r.random() < (0.5 if optional else 0.97):
            result[definition.variable.name.value] = value(t)
    return result
