"""The filter language of enrolling and of operations, operator by operator."""

from world import case, cases, equal

SOURCES = {
    "a": {"summary": {"n": 1, "word": "Alpha", "on": True, "tags": ["x", "y"], "deep": {"k": "v"}, "none": None},
          "payload": {"size": 12345678901234567890}, "sender": "s-a", "description": "First thing"},
    "b": {"summary": {"n": 2.5, "word": "beta", "on": False, "tags": ["y"], "deep": {"k": "w"}},
          "payload": {"size": 3}, "sender": "s-b", "project_name": "demo"},
    "c": {"summary": {"n": "1", "word": "Gamma_1", "tags": []}, "payload": {"size": "3"}},
}


def condition(key, operator=None, value=None):
    members = {"key": key}
    if operator is not None:
        members["operator"] = operator
    if operator not in ("isnull", "notnull"):
        members["value"] = value
    return members


def matching(w, events_filter):
    """The sources that a filter lets through, found by taking one job after the other."""
    ids = {w.create(f"s.{name}", **arguments): name for name, arguments in SOURCES.items()}
    found = []
    while job := w.api.enroll_event_job(w.topic("s.*"), w.topic("job"), "w1", events_filter=events_filter):
        found.append(ids[job["dependsOn"]])
        w.api.update_event(job["id"], sender="w1", status="finished")
    return "".join(found)


@cases("filter", [
    ("eq is the default", condition("summary/n", None, 1), "a"), ("eq of a text", condition("summary/n", "eq", "1"), "c"),
    ("eq true", condition("summary/on", "eq", True), "a"),
    ("eq false counts what is missing as false", condition("summary/on", "eq", False), "bc"),
    ("ne, of those that have it", condition("summary/on", "ne", True), "b"),
    ("lt", condition("summary/n", "lt", 2), "ac"), ("lte", condition("summary.n", "lte", 2.5), "abc"),
    ("gt, any number above any text", condition("summary/n", "gt", "1"), "ab"),
    ("gte", condition("summary/n", "gte", 2.5), "b"),
    ("like, whatever the case", condition("summary/word", "like", "%A"), "ab"),
    ("like, one character", condition("summary/word", "like", "bet_"), "b"),
    ("like is the whole text", condition("description", "like", "first"), ""),
    ("isnull", condition("project", "isnull"), "ac"), ("notnull", condition("project", "notnull"), "b"),
    ("isnull of a JSON null", condition("summary/none", "isnull"), "bc"),
    ("in", condition("sender", "in", ["s-a", "s-x"]), "a"), ("in nothing", condition("sender", "in", []), ""),
    ("notin", condition("sender", "notin", ["s-a"]), "b"), ("notin nothing", condition("sender", "notin", []), "abc"),
    ("in numbers", condition("summary/n", "in", [1, 2.5]), "ab"),
    ("includes", condition("summary/tags", "includes", "x"), "a"),
    ("excludes", condition("summary/tags", "excludes", "x"), "bc"),
    ("includesall", condition("summary/tags", "includesall", ["x", "y"]), "a"),
    ("excludesall", condition("summary/tags", "excludesall", ["x", "y"]), "bc"),
    ("includesany", condition("summary/tags", "includesany", ["x", "y"]), "ab"),
    ("excludesany", condition("summary/tags", "excludesany", ["x", "y"]), "c"),
    ("a path into the summary", condition("summary/deep/k", "eq", "w"), "b"),
    ("a path with dots", condition("summary.deep.k", "eq", "v"), "a"),
    ("the payload", condition("payload/size", "eq", 3), "b"),
    ("a number of the payload beyond 64 bits", condition("payload/size", "gt", 12345678901234567889), "a"),
    ("an attribute in snake case", condition("sender_type", "eq", "api"), "abc"),
    ("an attribute in camel case", condition("senderType", "ne", "api"), ""),
    ("retries", condition("retries", "eq", 0), "abc"), ("a time", condition("createdAt", "gt", "2999-01-01"), ""),
    ("the status", condition("status", "eq", "finished"), "abc"),
    ("operators in any spelling", condition("sender", "NOT-IN", ["s-a"]), "b"),
    ("… and case", condition("summary/tags", "Includes_All", ["y"]), "ab"),
])
def _(w, one, wanted):
    equal(matching(w, {"conditions": [one]}), wanted)


@cases("filter: joined", [
    ("and is the default", {"conditions": [condition("summary/n", "lt", 2), condition("sender", "notnull")]}, "a"),
    ("or", {"operator": "or", "conditions": [condition("sender", "eq", "s-a"), condition("sender", "eq", "s-b")]}, "ab"),
    ("OR in capitals", {"operator": "OR", "conditions": [condition("sender", "eq", "s-a"), condition("sender", "isnull")]},
     "ac"),
    ("nested", {"operator": "or", "conditions": [
        {"operator": "and", "conditions": [condition("summary/n", "gte", 1), condition("project", "eq", "demo")]},
        {"conditions": [condition("summary/word", "like", "g%")]}]}, "bc"),
    ("no conditions are no filter", {"conditions": []}, "abc"), ("nothing at all is none", {}, "abc"),
])
def _(w, events_filter, wanted):
    equal(matching(w, events_filter), wanted)


@case("filter: deleting goes by the same filters")
def _(w):
    for name, arguments in SOURCES.items():
        w.create(f"s.{name}", **arguments)
    w.api.delete_events({"conditions": [
        condition("topic", "like", w.topic("s.%")),
        {"operator": "or", "conditions": [condition("payload/size", "eq", "3"), condition("summary/on", "eq", True)]}]})
    equal(w.topics(), ["s.b"])
