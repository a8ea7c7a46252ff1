"""update_event and delete_event."""

from world import ID, NOBODY, case, cases, contains, equal, is_true, refused


@cases("update_event", [
    ("sender", "sender", "sender", "other"), ("project_name", "project_name", "project", "demo.2"),
    ("username", "username", "user", "ann"), ("description", "description", "description", "New\ttext"),
    ("an empty description", "description", "description", ""),
    ("summary", "summary", "summary", {"c": [3]}), ("an empty summary", "summary", "summary", {}),
    ("payload", "payload", "payload", {"c": [3]}), ("an empty payload", "payload", "payload", {}),
    ("retries", "retries", "retries", 7), ("negative retries", "retries", "retries", -1),
])
def _(w, argument, member, value):
    event = w.create(sender="me", project_name="demo", description="old", summary={"a": 1}, payload={"b": 2})
    before = w.api.get_event(event)
    equal(w.api.update_event(event, **{argument: value}), None)
    after = w.api.get_event(event)
    equal(after[member], value)
    is_true(after["updatedAt"] > before["updatedAt"], "updatedAt stayed")
    equal({**after, member: None, "updatedAt": None}, {**before, member: None, "updatedAt": None})


@cases("update_event: any status may follow any other", [
    (f"{old} to {new}", old, new) for old, new in [
        ("pending", "in_progress"), ("finished", "pending"), ("failed", "finished"), ("aborted", "restarted"),
        ("restarted", "failed"), ("in_progress", "aborted")]
])
def _(w, old, new):
    event = w.create()
    for status in (old, new):
        w.api.update_event(event, status=status)
        equal(w.api.get_event(event)["status"], status)


@case("update_event: progress is kept, which AYON forgets")
def _(w):
    event = w.create(finished=False)
    w.api.update_event(event, progress=33)
    equal(w.fields(event, "progress"), [33])
    equal(w.graphql(f'{{ event(id: "{event}") {{ progress }} }}'), {"event": {"progress": 33}})


@case("update_event: a tick of progress alone leaves the event's sender type and history alone")
def _(w):
    event = w.client(sender_type="worker").create_event(w.topic(), finished=False)
    w.api.update_event(event, progress=50)
    equal(w.fields(event, "senderType", "progress"), ["worker", 50])
    equal(len(w.raw("GET", f"/api/events/{event}/history").json()["history"]), 1)


@case("update_event: finishing sets the progress")
def _(w):
    event = w.create(finished=False)
    w.api.update_event(event, status="finished")
    equal(w.fields(event, "progress"), [100])


@case("update_event: finishing with a progress keeps that")
def _(w):
    event = w.create(finished=False)
    w.api.update_event(event, status="finished", progress=99)
    equal(w.fields(event, "status", "progress"), ["finished", 99])


@case("update_event: several at once")
def _(w):
    event = w.create(finished=False)
    w.api.update_event(event, status="in_progress", progress=10, description="x", username="ann", retries=1)
    equal(w.fields(event, "status", "progress", "description", "user", "retries"), ["in_progress", 10, "x", "ann", 1])


@case("update_event: nothing at all touches updatedAt and the sender type")
def _(w):
    event = w.client(sender_type="worker").create_event(w.topic(), sender="me")
    before = w.api.get_event(event)
    w.api.update_event(event)
    after = w.api.get_event(event)
    is_true(after["updatedAt"] > before["updatedAt"], "updatedAt stayed")
    equal((before["senderType"], after["senderType"], after["sender"]), ("worker", "api", "me"))


@case("update_event: the headers' sender takes it over")
def _(w):
    event = w.create(sender="me")
    w.client(sender="other", sender_type="tool").update_event(event, description="x")
    equal(w.fields(event, "sender", "senderType", "actor"), ["other", "tool", "other"])


@cases("update_event: is refused and changes nothing", [
    ("progress above 100", {"progress": 101}, "progress: must be from 0 to 100"),
    ("negative progress", {"progress": -1}, "progress: must be from 0 to 100"),
    ("an unknown status", {"status": "done"}, "status: must be one of pending"),
    ("a summary that is a list", {"summary": []}, "summary: must be an object"),
    ("a project that is no name", {"project_name": "a b"}, "project: must be"),
    ("retries that are no number", {"retries": "many"}, "retries: must be a whole number"),
])
def _(w, arguments, detail):
    event = w.create()
    before = w.api.get_event(event)
    equal(refused(400, detail, w.api.update_event, event, **arguments)["errors"][0]["loc"][0], "body")
    equal(w.api.get_event(event), before)


@cases("PATCH: as AYON reads it", [
    ("numbers from strings", {"retries": "2", "progress": "5.5"}, {"retries": 2, "progress": 5.5}),
    ("projectName", {"projectName": "demo"}, {"project": "demo"}),
    ("project_name", {"project_name": "demo"}, {"project": "demo"}),
    ("null leaves", {"description": None, "summary": None, "status": None}, {"description": "d", "status": "finished"}),
    ("topic, hash and dependsOn are ignored", {"topic": "x.y", "hash": "h", "dependsOn": NOBODY}, {"dependsOn": None}),
    ("unknown members are ignored", {"colour": "red"}, {"description": "d"}),
])
def _(w, body, wanted):
    event = w.create(description="d")
    answer = w.raw("PATCH", f"/api/events/{event}", body)
    equal((answer.status_code, answer.content), (204, b""))
    equal(dict(zip(wanted, w.fields(event, *wanted))), wanted)
    equal(w.fields(event, "topic", "hash"), [w.topic(), event])


@case("update_event: an unknown event")
def _(w):
    refused(404, "Event not found", w.api.update_event, NOBODY, description="x")


@case("update_event: an event with a hash keeps it")
def _(w):
    event = w.create(event_hash=w.root)
    w.api.update_event(event, status="failed", description="x")
    equal(w.fields(event, "hash", "status", "description"), [w.root, "failed", "x"])


@case("update_event: every state stays in the history")
def _(w):
    event = w.create(finished=False)
    for status in ("in_progress", "failed"):
        w.api.update_event(event, status=status)
    history = w.graphql(f'{{ event(id: "{event}") {{ history {{ change status }} }} }}')["event"]["history"]
    equal([(one["change"], one["status"]) for one in history],
          [("created", "pending"), ("changed", "in_progress"), ("changed", "failed")])


@case("delete_event: it is gone")
def _(w):
    event = w.create()
    equal(w.api.delete_event(event), None)
    refused(404, "Event not found", w.api.get_event, event)
    equal(w.topics(), [])


@case("delete_event: an unknown id is 204")
def _(w):
    equal(w.api.delete_event(NOBODY), None)
    equal(w.raw("DELETE", f"/api/events/{NOBODY}").status_code, 204)


@case("delete_event: a parent is 409, which AYON answers with 500")
def _(w):
    parent = w.create()
    child = w.create("child", depends_on=parent)
    refused(409, "another event depends on this one", w.api.delete_event, parent)
    w.api.delete_event(child)
    w.api.delete_event(parent)
    equal(w.topics(), [])


@case("delete_event: an id that is none")
def _(w):
    refused(400, "32 lower-case hex digits", w.api.delete_event, "x" * 32)


@case("delete_event: its history stays")
def _(w):
    event = w.create()
    w.client(sender="ann").delete_event(event)
    history = w.graphql(f'{{ history(id: "{event}") {{ change actor }} }}')["history"]
    equal([(one["change"], one["actor"]) for one in history], [("created", None), ("deleted", "ann")])


@case("ids are UUIDs that sort by time")
def _(w):
    ids = [w.create() for _ in range(3)]
    is_true(all(ID.fullmatch(one) and one[12] == "7" for one in ids), f"{ids}")
    equal(ids, sorted(ids))
    contains(w.api.get_event(ids[0])["createdAt"], "T")
