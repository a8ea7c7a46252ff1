"""The GraphQL route as such: introspection, transport, limits, and what Daybook has beyond AYON."""

import graphql
from graphql import build_client_schema, get_introspection_query

from world import NOBODY, case, cases, contains, equal, is_true


def introspected(w):
    query = get_introspection_query(specified_by_url=True, directive_is_repeatable=True, schema_description=True,
                                    input_value_deprecation=True)
    return build_client_schema(w.graphql(query))


@case("schema: graphql-core builds it from our introspection, and finds it valid")
def _(w):
    schema = introspected(w)
    equal(graphql.validate_schema(schema), [])
    equal(sorted(schema.query_type.fields), ["event", "events", "history", "registrations"])
    equal((schema.mutation_type, schema.subscription_type), (None, None))


@case("schema: the arguments of events have AYON's types")
def _(w):
    arguments = introspected(w).query_type.fields["events"].args
    types = {name: str(argument.type) for name, argument in arguments.items()}
    wanted = dict.fromkeys(["ids", "topics", "projects", "users", "statuses", "states"], "[String!]")
    wanted |= dict.fromkeys(["newerThan", "olderThan", "filter", "after", "before"], "String")
    wanted |= {"first": "Int", "last": "Int", "hasChildren": "Boolean", "includeLogs": "Boolean!"}
    equal({name: types.get(name) for name in wanted}, wanted)
    equal(arguments["includeLogs"].default_value, False)
    is_true(arguments["states"].deprecation_reason, "states is not deprecated")


@case("schema: an event has AYON's fields")
def _(w):
    schema = introspected(w)
    types = {name: str(field.type) for name, field in schema.get_type("EventNode").fields.items()}
    wanted = dict.fromkeys(
        ["id", "hash", "topic", "status", "description", "summary", "createdAt", "updatedAt"], "String!")
    wanted |= dict.fromkeys(["project", "user", "sender", "dependsOn", "payload", "data"], "String") | {"retries": "Int!"}
    equal({name: types.get(name) for name in wanted}, wanted)
    equal(sorted(schema.get_type("EventsConnection").fields), ["edges", "pageInfo"])
    equal(sorted(schema.get_type("EventEdge").fields), ["cursor", "node"])
    equal(sorted(schema.get_type("PageInfo").fields), ["endCursor", "hasNextPage", "hasPreviousPage", "startCursor"])


@case("schema: the client's own introspection")
def _(w):
    equal(w.api.get_graphql_schema()["__schema"]["queryType"], {"name": "Query"})


@case("schema: a document that graphql-core refuses is refused at the same place")
def _(w):
    document = "{ events {\n  edges { node { colour } } } }"
    errors = graphql.validate(introspected(w), graphql.parse(document))
    ours = w.api.query_graphql(document, {}).errors
    equal([[(one.line, one.column) for one in error.locations] for error in errors],
          [[(one["line"], one["column"]) for one in error["locations"]] for error in ours])


@case("graphql: GET answers as POST does")
def _(w):
    event = w.create()
    answer = w.raw("GET", f"/graphql?query=%7Bevents(topics:%22{w.topic()}%22)%7Bedges%7Bnode%7Bid%7D%7D%7D%7D")
    equal(answer.json(), {"data": {"events": {"edges": [{"node": {"id": event}}]}}})


@cases("graphql: a request that is none is 400", [
    ("no query", {"variables": {}}, "query"), ("no object", "[]", "object"), ("no JSON", "{", "JSON"),
    ("variables that are none", {"query": "{ __typename }", "variables": 5}, "variables"),
])
def _(w, body, detail):
    answer = w.raw("POST", "/graphql", body)
    equal((answer.status_code, answer.headers["Content-Type"]), (400, "application/problem+json"))
    contains(answer.json()["detail"], detail)


@cases("graphql: what asks for too much is refused", [
    ("fields", "fragment F on Query { " + " ".join(f"a{n}: __typename" for n in range(300)) + " } query { "
     + " ".join(f"b{n}: event(id: \"{NOBODY}\") {{ ...G }}" for n in range(10)) + " ...F } fragment G on EventNode { "
     + " ".join(f"c{n}: id" for n in range(200)) + " }", "fields"),
    ("cost", "{ " + " ".join(f"a{n}: events(last: 10000) {{ edges {{ node {{ id hash }} }} }}" for n in range(30)) + " }",
     "costs"),
    ("depth", "{ __schema { types " + "{ ofType " * 25 + "{ name" + " }" * 28, "nested"),
    ("history of many", "{ events { edges { node { history { change } } } } }", "costs"),
])
def _(w, document, message):
    answer = w.api.query_graphql(document, {})
    equal(answer.data.data.get("data"), None)
    contains(answer.errors[0]["message"], "asks for too much")
    contains(answer.errors[0]["message"], message)


@case("graphql: event, and one that there is not")
def _(w):
    event = w.create(summary={"a": 1}, sender="me")
    equal(w.graphql(f'{{ event(id: "{event}") {{ topic sender summary }} none: event(id: "{NOBODY}") {{ topic }} }}'),
          {"event": {"topic": w.topic(), "sender": "me", "summary": '{"a":1}'}, "none": None})


@cases("graphql: arguments that AYON has not", [
    ("hashes", 'hashes: ["HASH"]', ["b"]), ("senders", 'senders: ["s-ROOT"]', ["a"]),
    ("senderTypes", 'topics: "ROOT.*", senderTypes: ["tool"]', ["c"]), ("dependsOn", 'dependsOn: ["A"]', ["b"]),
    ("progress", 'topics: "ROOT.*", progressFrom: 10, progressTo: 60.5', ["c"]),
    ("summary", 'topics: "ROOT.*", summary: [{path: "shot/name", value: "sq010"}]', ["b"]),
    ("summary, an operator", 'topics: "ROOT.*", summary: [{path: "frames", operator: "gte", value: 100}]', ["a", "b"]),
    ("summary, a list", 'topics: "ROOT.*", summary: [{path: "tags", operator: "includes", value: "x"}]', ["a"]),
    ("summary, two", 'topics: "ROOT.*", summary: [{path: "frames", operator: "gte", value: 100}, {path: "tags", '
     'operator: "isnull"}]', ["b"]),
])
def _(w, arguments, wanted):
    first = w.create("a", sender=f"s-{w.root}", summary={"frames": 100, "tags": ["x", "y"]})
    w.create("b", event_hash=f"h-{w.root}", depends_on=first, summary={"frames": 250, "shot": {"name": "sq010"}})
    last = w.client(sender_type="tool").create_event(w.topic("c"), finished=False)
    w.api.update_event(last, progress=60)
    for name, value in (("ROOT", w.root), ("HASH", f"h-{w.root}"), ('"A"', f'"{first}"')):
        arguments = arguments.replace(name, value)
    found = w.graphql(f"{{ events({arguments}) {{ edges {{ node {{ topic }} }} }} }}")["events"]["edges"]
    equal([edge["node"]["topic"] for edge in found], [w.topic(name) for name in wanted])


@case("graphql: registrations tell their lag")
def _(w):
    body = {"name": w.root, "filter": f"topic = {w.topic('*')}", "delivery": "pull", "start": "latest"}
    equal(w.raw("POST", "/api/registrations", body).status_code, 201)
    found = w.graphql("query ($names: [String!]) { registrations(names: $names) { name filter state delivery "
                      "lag { records seconds partitions { stream records } } } }", names=[w.root])["registrations"]
    equal([(one["name"], one["filter"], one["state"], one["delivery"]) for one in found],
          [(w.root, f"topic = {w.topic('*')}", "running", "pull")])
    equal(found[0]["lag"]["records"], 0)
    for _ in range(3):
        w.create()
    lag = w.graphql(f'{{ registrations(names: ["{w.root}"]) {{ lag {{ records seconds }} }} }}')["registrations"][0]["lag"]
    equal(lag["records"], 3)
    is_true(0 < lag["seconds"] < 60, f"{lag}")
