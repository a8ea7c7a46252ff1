"""get_events: each argument."""

import datetime

from ayon_api.exceptions import GraphQlQueryFailed
from ayon_api.utils import SortOrder

from world import NOBODY, case, cases, equal, is_true, raises

DEFAULTS = [
    "createdAt", "dependsOn", "description", "hash", "id", "project", "retries", "sender", "status", "topic", "updatedAt",
    "user"]


def fill(w, count=6):
    """Events n0 to n5 of three projects and two users, the last one failed."""
    ids = []
    for number in range(count):
        ids.append(w.create(f"n{number}", project_name=f"p{number % 3}_{w.root}", description=f"Frame {number} ÄPFEL",
                            sender=f"s{number}", summary={"n": number}, payload={"big": number}))
        w.api.update_event(ids[-1], username=f"u{number % 2}_{w.root}", status="failed" if number == count - 1 else None)
    # What finds nothing has to leave something out.
    equal(w.topics(), names(*range(count)))
    return ids


def names(*numbers):
    return [f"n{number}" for number in numbers]


@case("get_events: the client's own fields")
def _(w):
    event = w.create(sender="me", description="d", event_hash=w.root)
    found = list(w.api.get_events(topics=[w.topic()]))
    equal([sorted(one) for one in found], [DEFAULTS])
    full = w.api.get_event(event)
    equal(found[0], {name: full[name] for name in DEFAULTS})


@case("get_events: oldest first")
def _(w):
    fill(w)
    equal(w.topics(), names(0, 1, 2, 3, 4, 5))


@case("get_events: an update does not move an event")
def _(w):
    ids = fill(w)
    w.api.update_event(ids[0], description="touched")
    equal(w.topics(), names(0, 1, 2, 3, 4, 5))


@cases("get_events: topics", [
    ("one", ["n1"], (1,)), ("several", ["n1", "n4"], (1, 4)), ("a star in front", ["*1"], (1,)),
    ("a star in the middle", ["n*4"], (4,)), ("none that there is", ["m1"], ()), ("an underscore is no wildcard", ["n_"], ()),
])
def _(w, parts, numbers):
    fill(w)
    equal(w.topics(topics=[w.topic(part) for part in parts]), names(*numbers))


@case("get_events: a text is a list of one")
def _(w):
    fill(w)
    equal(w.topics(topics=w.topic("n2")), names(2))


@case("get_events: a star alone is every topic")
def _(w):
    event = w.create()
    equal([one["id"] for one in w.api.get_events(topics="*", limit=1, order=SortOrder.descending)], [event])


@case("get_events: topics count their case")
def _(w):
    fill(w)
    equal(w.topics(topics=[w.topic("N*")]), [])


@case("get_events: event_ids")
def _(w):
    ids = fill(w)
    equal(w.topics(topics=None, event_ids=[ids[4], ids[1], NOBODY]), names(1, 4))


@case("get_events: event_ids with dashes")
def _(w):
    event = fill(w)[3]
    dashed = "-".join([event[:8], event[8:12], event[12:16], event[16:20], event[20:]])
    equal(w.topics(topics=None, event_ids=[dashed]), names(3))


@case("get_events: project_names")
def _(w):
    fill(w)
    equal(w.topics(topics=None, project_names=[f"p0_{w.root}", f"p2_{w.root}"]), names(0, 2, 3, 5))


@case("get_events: users")
def _(w):
    fill(w)
    equal(w.topics(topics=None, users=[f"u1_{w.root}"]), names(1, 3, 5))


@cases("get_events: statuses", [
    ("failed", ["failed"], (5,)), ("finished", ["finished"], (0, 1, 2, 3, 4)),
    ("two", ["failed", "finished"], (0, 1, 2, 3, 4, 5)), ("one that is none", ["done"], ()),
])
def _(w, statuses, numbers):
    fill(w)
    equal(w.topics(statuses=statuses), names(*numbers))


@case("get_events: states is the old name")
def _(w):
    fill(w)
    equal(w.topics(states=["failed"]), names(5))


@cases("get_events: text_filter", [
    ("a word", "Frame", (0, 1, 2, 3, 4, 5)), ("in any case, which AYON misses", "fRAME", (0, 1, 2, 3, 4, 5)),
    ("of other scripts, too", "äpfel", (0, 1, 2, 3, 4, 5)), ("part of a topic", ".n3", (3,)),
    ("several words", "frame .n4", (4,)), ("words under 3 letters are passed over", "xy frame q", (0, 1, 2, 3, 4, 5)),
    ("only short words are no filter", "x yz", (0, 1, 2, 3, 4, 5)), ("not found", "nowhere", ()),
    ("not in summary or payload", "big", ()), ("not in the sender", "s3s", ()),
])
def _(w, text, numbers):
    fill(w)
    equal(w.topics(text_filter=text), names(*numbers))


@case("get_events: text_filter looks at project and user")
def _(w):
    fill(w)
    equal(w.topics(text_filter=f"P1_{w.root.upper()}"), names(1, 4))
    equal(w.topics(text_filter=f"u0_{w.root} frame"), names(0, 2, 4))


@case("get_events: include_logs")
def _(w):
    user = f"logger_{w.root}"
    for topic in (f"log.{w.root}", w.topic()):
        w.api.update_event(w.api.create_event(topic), username=user)
    def found(**arguments):
        return [event["topic"] for event in w.api.get_events(users=[user], **arguments)]
    equal(found(), [w.topic()])
    equal(found(include_logs=False), [w.topic()])
    equal(found(include_logs=True), [f"log.{w.root}", w.topic()])
    equal(found(topics=["log.*"]), [f"log.{w.root}"])


@case("get_events: has_children")
def _(w):
    ids = fill(w, 3)
    w.create("child", depends_on=ids[1])
    equal(w.topics(has_children=True), ["n1"])


@case("get_events: has_children=False finds those without, where AYON finds nothing")
def _(w):
    ids = fill(w, 3)
    child = w.create("child", depends_on=ids[1])
    equal(w.topics(has_children=False), ["n0", "n2", "child"])
    w.api.delete_event(child)
    equal(w.topics(has_children=False), ["n0", "n1", "n2"])


@case("get_events: newer_than and older_than are strict")
def _(w):
    ids = fill(w)
    times = [w.api.get_event(event)["createdAt"] for event in ids]
    equal(w.topics(newer_than=times[2]), names(3, 4, 5))
    equal(w.topics(older_than=times[2]), names(0, 1))
    equal(w.topics(newer_than=times[0], older_than=times[3]), names(1, 2))


@cases("get_events: spellings of times", [
    ("a date", "2999-01-01"), ("with Z", "2999-01-01T00:00:00Z"), ("without a zone", "2999-01-01T00:00:00"),
    ("with a zone", "2999-01-01T00:00:00.5+02:00"),
])
def _(w, time):
    fill(w, 2)
    equal((w.topics(older_than=time), w.topics(newer_than=time)), (names(0, 1), []))


@case("get_events: a time of another zone is the same time")
def _(w):
    ids = fill(w, 3)
    created = datetime.datetime.fromisoformat(w.api.get_event(ids[1])["createdAt"])
    other = created.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))).isoformat()
    equal(w.topics(newer_than=other), names(2))


@case("get_events: all conditions hold together")
def _(w):
    fill(w)
    equal(w.topics(topics=[w.topic("*")], project_names=[f"p0_{w.root}"], users=[f"u1_{w.root}"], statuses=["finished"],
                   text_filter="frame", has_children=False, newer_than="2000-01-01", older_than="2999-01-01"), names(3))


@case("get_events: fields")
def _(w):
    ids = fill(w, 2)
    found = list(w.api.get_events(topics=[w.topic("*")], fields=["id", "payload", "summary", "senderType"]))
    equal(found, [
        {"id": ids[n], "payload": f'{{"big":{n}}}', "summary": f'{{"n":{n}}}', "senderType": "api"} for n in (0, 1)])


@case("get_events: progress is a field, which AYON has not")
def _(w):
    event = w.create(finished=False)
    w.api.update_event(event, progress=12.5)
    equal(list(w.api.get_events(topics=[w.topic()], fields={"progress"})), [{"progress": 12.5}])


@case("get_events: an empty payload is null, an empty summary an object")
def _(w):
    w.create()
    equal(list(w.api.get_events(topics=[w.topic()], fields=["payload", "summary", "data"])),
          [{"payload": None, "summary": "{}", "data": None}])


@cases("get_events: an empty list finds nothing, and asks nobody", [
    (name, name) for name in ("topics", "event_ids", "project_names", "statuses", "users")
])
def _(w, name):
    w.create()
    w.api.query_graphql = lambda *_: is_true(False, "the server was asked")
    equal(list(w.api.get_events(**{name: []})), [])


@cases("get_events: a query that fails tells why", [
    ("time", {"newer_than": "yesterday"}, "is no ISO 8601 time"), ("topic", {"topics": ["a b"]}, "is no topic pattern"),
    ("id", {"event_ids": ["x"]}, "is no event id"), ("field", {"fields": ["colour"]}, "colour"),
])
def _(w, arguments, message):
    error = raises(GraphQlQueryFailed, message, lambda: list(w.api.get_events(**arguments)))
    is_true(error.errors[0]["locations"], f"{error.errors}")


@case("get_events: what was written is found at once")
def _(w):
    for number in range(20):
        event = w.create(f"n{number}")
        equal([one["id"] for one in w.api.get_events(topics=[w.topic(f"n{number}")])], [event])
