"""dispatch_event, create_event and get_event."""

import uuid

from world import ID, NOBODY, TIME, case, cases, contains, equal, is_true, matches, refused

MEMBERS = [
    "createdAt", "dependsOn", "description", "hash", "id", "payload", "project", "retries", "sender", "senderType",
    "status", "summary", "topic", "updatedAt", "user"]


@case("dispatch_event: answers the id and nothing else")
def _(w):
    response = w.api.dispatch_event(w.topic())
    equal((response.status_code, list(response.data)), (200, ["id"]))
    matches(ID, response.data["id"])


@case("create_event: gives the id")
def _(w):
    event = w.create()
    matches(ID, event)
    equal(w.api.get_event(event)["id"], event)


@case("get_event: AYON's 15 members")
def _(w):
    equal(sorted(w.api.get_event(w.create())), MEMBERS)


@case("create_event: what is not given has AYON's defaults")
def _(w):
    event = w.create()
    found = w.api.get_event(event)
    matches(TIME, found["createdAt"])
    equal(found, {
        "id": event, "hash": event, "topic": w.topic(), "sender": None, "senderType": "api", "project": None,
        "user": None, "dependsOn": None, "status": "finished", "retries": 0, "description": "", "summary": {},
        "payload": {}, "createdAt": found["createdAt"], "updatedAt": found["createdAt"]})


@cases("create_event", [
    ("sender", "sender", "sender", "some worker/7"),
    ("project_name", "project_name", "project", "demo.Project-1"),
    ("description", "description", "description", "What happened: Ünï çödé 🎬"),
    ("summary", "summary", "summary", {"a": [1, 2.5, None, True], "b": {"c": "d"}}),
    ("payload", "payload", "payload", {"a": [1, 2.5, None, True], "b": {"c": "d"}}),
])
def _(w, argument, member, value):
    equal(w.api.get_event(w.create(**{argument: value}))[member], value)


@case("create_event: event_hash")
def _(w):
    value = f"hash of {w.root}"
    equal(w.api.get_event(w.create(event_hash=value))["hash"], value)


@case("create_event: depends_on is stored, which AYON drops")
def _(w):
    parent = w.create()
    equal(w.api.get_event(w.create("child", depends_on=parent))["dependsOn"], parent)


@case("create_event: username is ignored, as AYON does")
def _(w):
    equal(w.api.get_event(w.create(username="eve"))["user"], None)


@case("create_event: as_username makes it that user's")
def _(w):
    with w.api.as_username("ann"):
        event = w.create()
    equal(w.api.get_event(event)["user"], "ann")
    equal(w.api.get_event(w.create())["user"], None)


@case("create_event: finished is the default, and progress 100")
def _(w):
    equal(w.fields(w.create(), "status", "progress"), ["finished", 100])


@case("create_event: finished=False is pending, and progress 0")
def _(w):
    equal(w.fields(w.create(finished=False), "status", "progress"), ["pending", 0])


@case("create_event: store=False is answered and forgotten")
def _(w):
    event = w.create(store=False)
    matches(ID, event)
    refused(404, "Event not found", w.api.get_event, event)
    equal(w.topics(), [])


@case("create_event: store=False does not ask whether the hash is taken")
def _(w):
    first = w.create(event_hash=w.root)
    is_true(w.create(event_hash=w.root, store=False) != first, "the same id")
    equal(w.api.get_event(first)["hash"], w.root)


@case("create_event: dependencies only warns")
def _(w):
    equal(w.api.get_event(w.create(dependencies=[NOBODY]))["dependsOn"], None)


@case("create_event: a hash is given once, whatever the topic")
def _(w):
    first = w.create(event_hash=w.root)
    body = refused(409, first, w.create, "other", event_hash=w.root)
    equal(body["duplicateOf"], first)
    equal(w.topics(), ["a"])


@case("create_event: the hash of a deleted event is free")
def _(w):
    first = w.create(event_hash=w.root)
    w.api.delete_event(first)
    is_true(w.create(event_hash=w.root) != first, "the same id")


@case("create_event: headers name sender and its type")
def _(w):
    api = w.client(sender="tool-7", sender_type="worker")
    found = api.get_event(api.create_event(w.topic()))
    equal((found["sender"], found["senderType"]), ("tool-7", "worker"))


@case("create_event: the body's sender counts over the header's")
def _(w):
    api = w.client(sender="tool-7")
    equal(api.get_event(api.create_event(w.topic(), sender="me"))["sender"], "me")


@cases("create_event: a sender's header that is no name is ignored", [
    ("blank", "two words"), ("dot at the end", "a."), ("dash in front", "-a"),
])
def _(w, name):
    api = w.client(sender=name, sender_type=name)
    found = api.get_event(api.create_event(w.topic()))
    equal((found["sender"], found["senderType"]), (None, "api"))


@cases("create_event: a topic that AYON refuses", [
    ("too short", "ab"), ("empty", ""), ("digit first", "1abc"), ("blank", "a bc"), ("dash", "a-bc"),
    ("slash", "a/bc"), ("66 characters", "a" * 66), ("letter of another script", "abç"),
])
def _(w, topic):
    body = refused(400, "topic", w.api.create_event, topic)
    equal(body["errors"][0]["loc"], ["body", "topic"])
    contains(body["detail"], "Request validation error in [POST] /api/events")


@case("create_event: a topic with a star is refused, which AYON stores")
def _(w):
    refused(400, "topic", w.create, "*")


@case("create_event: a topic of 65 characters, with an underscore")
def _(w):
    topic = (w.topic("_") + "a" * 65)[:65]
    equal(w.api.get_event(w.api.create_event(topic))["topic"], topic)


@cases("create_event: a bad value is named", [
    ("project", "project", {"project_name": "a project"}), ("depends_on", "dependsOn", {"depends_on": "parent"}),
    ("depends_on with dashes", "dependsOn", {"depends_on": str(uuid.UUID(int=7))}),
    ("summary", "summary", {"summary": [1]}), ("payload", "payload", {"payload": "text"}),
    ("sender", "sender", {"sender": 5}),
])
def _(w, member, arguments):
    body = refused(400, f"{member}: ", w.create, **arguments)
    equal([error["loc"] for error in body["errors"]], [["body", member]])
    equal(w.topics(), [])


@cases("get_event: an id that is none", [
    ("dashes", str(uuid.uuid4())), ("capitals", "0123456789ABCDEF" * 2), ("short", "0123"),
])
def _(w, event):
    equal(refused(400, "32 lower-case hex digits", w.api.get_event, event)["errors"][0]["loc"][0], "path")


@case("get_event: an unknown event")
def _(w):
    equal(refused(404, "Event not found", w.api.get_event, NOBODY)["detail"], "Event not found")
