"""get_events over several pages, both ways, and the connection below it."""

from ayon_api.utils import SortOrder

from world import case, cases, equal, is_true

SIZE = 650  # The client asks for 300 at a time.


class Counted:
    """Events of one topic, and how often the client asks for a page."""

    def __init__(self, w, count):
        self.w, self.pages = w, 0
        lines = "\n".join(f'{{"topic": "{w.topic()}"}}' for _ in range(count))
        answer = w.raw("POST", "/api/events", lines, content_type="application/x-ndjson")
        equal(answer.status_code, 200)
        is_true(len(answer.json()["results"]) == count, answer.text[:500])
        self.ids = [event["id"] for event in w.raw(
            "GET", f"/api/events?topic={w.topic()}&order=asc&limit=1000&fields=id").json()["events"]]
        equal(len(self.ids), count)
        query = w.api.query_graphql
        def counting(*arguments):
            self.pages += 1
            return query(*arguments)
        w.api.query_graphql = counting

    def found(self, **arguments):
        self.pages = 0
        return [event["id"] for event in self.w.api.get_events(topics=[self.w.topic()], fields=["id"], **arguments)]


@case("paging: all, oldest first, in three pages")
def _(w):
    events = Counted(w, SIZE)
    equal(events.found(), events.ids)
    equal(events.pages, 3)


@case("paging: all, newest first, in three pages")
def _(w):
    events = Counted(w, SIZE)
    equal(events.found(order=SortOrder.descending), events.ids[::-1])
    equal(events.pages, 3)


@case("paging: an exact end needs no empty page, which AYON sends")
def _(w):
    events = Counted(w, 600)
    for order in SortOrder:
        equal((len(events.found(order=order)), events.pages), (600, 2))


@cases("paging: how many", [
    ("limit", {"limit": 7}, slice(0, 7), 1), ("limit over a page", {"limit": 310}, slice(0, 310), 2),
    ("limit beyond all", {"limit": 5000}, slice(None), 3), ("limit of one page", {"limit": 300}, slice(0, 300), 1),
    ("limit, newest first", {"limit": 310, "order": SortOrder.descending}, slice(None, -311, -1), 2),
    ("first", {"first": 3}, slice(0, 3), 1), ("first over pages", {"first": 601}, slice(0, 601), 3),
    ("last", {"last": 3}, slice(None, -4, -1), 1), ("last over pages", {"last": 601}, slice(None, -602, -1), 3),
    ("last counts over first", {"first": 9, "last": 4}, slice(None, -5, -1), 1),
    ("limit counts over first", {"first": 9, "limit": 4}, slice(0, 4), 1),
    ("limit counts over last", {"last": 9, "limit": 4}, slice(None, -5, -1), 1),
    ("ascending", {"limit": 2, "order": SortOrder.ascending}, slice(0, 2), 1),
])
def _(w, arguments, wanted, pages):
    events = Counted(w, SIZE)
    equal(events.found(**arguments), events.ids[wanted])
    equal(events.pages, pages)


@case("paging: pages hold while events come and go")
def _(w):
    events = Counted(w, SIZE)
    found = []
    for number, event in enumerate(w.api.get_events(topics=[w.topic()], fields=["id"])):
        found.append(event["id"])
        if number == 100:
            # Of the first page, and one that is new.
            w.api.delete_event(events.ids[50])
            new = w.create()
    equal(found, events.ids + [new])


def connection(w, arguments):
    found = w.graphql(
        f'{{ events(topics: ["{w.topic()}"], {arguments}) {{ edges {{ cursor node {{ id }} }} '
        "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }")["events"]
    info = found["pageInfo"]
    edges = found["edges"]
    equal((info["startCursor"], info["endCursor"]),
          (edges[0]["cursor"], edges[-1]["cursor"]) if edges else (None, None))
    return [edge["node"]["id"] for edge in edges], info, [edge["cursor"] for edge in edges]


@case("connection: first and after")
def _(w):
    events = Counted(w, 5)
    ids, info, cursors = connection(w, "first: 2")
    equal((ids, info["hasNextPage"], info["hasPreviousPage"]), (events.ids[:2], True, False))
    ids, info, _ = connection(w, f'first: 2, after: "{cursors[1]}"')
    equal((ids, info["hasNextPage"], info["hasPreviousPage"]), (events.ids[2:4], True, True))
    ids, info, cursors = connection(w, f'first: 2, after: "{info["endCursor"]}"')
    equal((ids, info["hasNextPage"], info["hasPreviousPage"]), (events.ids[4:], False, True))
    equal(connection(w, f'first: 2, after: "{cursors[0]}"')[0], [])


@case("connection: last and before, newest first")
def _(w):
    events = Counted(w, 5)
    ids, info, _ = connection(w, "last: 2")
    equal((ids, info["hasPreviousPage"], info["hasNextPage"]), ([events.ids[4], events.ids[3]], True, False))
    ids, info, cursors = connection(w, f'last: 2, before: "{info["endCursor"]}"')
    equal((ids, info["hasPreviousPage"], info["hasNextPage"]), ([events.ids[2], events.ids[1]], True, True))
    # The first cursor moves by one event only, as with AYON.
    equal(connection(w, f'last: 2, before: "{cursors[0]}"')[0], [events.ids[1], events.ids[0]])


@case("connection: neither first nor last is the 100 oldest")
def _(w):
    events = Counted(w, 120)
    ids, info, _ = connection(w, "first: null")
    equal((ids, info["hasNextPage"]), (events.ids[:100], True))


@case("connection: both are the newest, as many as first says")
def _(w):
    events = Counted(w, 5)
    equal(connection(w, "first: 2, last: 4")[0], [events.ids[4], events.ids[3]])


@case("connection: thousands at once")
def _(w):
    events = Counted(w, 1000)
    more = "\n".join(f'{{"topic": "{w.topic()}"}}' for _ in range(3000))
    equal(w.raw("POST", "/api/events", more, content_type="application/x-ndjson").status_code, 200)
    ids, info, _ = connection(w, "first: 4000")
    equal((len(ids), len(set(ids)), info["hasNextPage"], ids[:1000]), (4000, 4000, False, events.ids))


@cases("connection: a bad page is told with its place", [
    ("a cursor of AYON", 'after: "WzEyXQ=="', "is no cursor"), ("no cursor", 'before: "x"', "is no cursor"),
    ("negative", "first: -1", "must be 0 to 10000"), ("too many", "last: 10001", "must be 0 to 10000"),
])
def _(w, arguments, message):
    answer = w.api.query_graphql(f"{{ events({arguments}) {{ edges {{ cursor }} }} }}", {})
    equal((answer.data.status_code, answer.data.data["data"]), (200, None))
    error = answer.errors[0]
    is_true(message in error["message"], error["message"])
    equal((error["path"], error["locations"], error["extensions"]),
          (["events"], [{"line": 1, "column": 3}], {"status": 400}))
