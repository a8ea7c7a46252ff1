"""delete_events, and restarting and aborting, which the client has no functions for."""

from world import case, cases, contains, equal, raises, refused


def of(w, name="*", *more):
    """A filter on topics of the case."""
    return {"conditions": [{"key": "topic", "operator": "like", "value": w.topic(name).replace("*", "%")}, *more]}


def operate(w, kind, events_filter, status=200):
    response = w.api.post("eventops", type=kind, filter=events_filter)
    equal(response.status_code, status)
    return response


@case("delete_events: those that match, and no others")
def _(w):
    for name in ("a.1", "a.2", "b.1"):
        w.create(name)
    equal(w.api.delete_events(of(w, "a.*")), None)
    equal(w.topics(), ["b.1"])


@case("delete_events: answers null")
def _(w):
    w.create()
    answer = w.raw("POST", "/api/eventops", {"type": "delete", "filter": of(w)})
    equal((answer.status_code, answer.json()), (200, None))
    equal(w.topics(), [])


@case("delete_events: by status and summary")
def _(w):
    for number in range(4):
        w.api.update_event(w.create(f"n{number}", summary={"n": number}), status="failed" if number % 2 else None)
    w.api.delete_events(of(w, "*", {"key": "status", "value": "failed"}, {"key": "summary/n", "operator": "gt", "value": 1}))
    equal(w.topics(), ["n0", "n1", "n2"])


@case("delete_events: events with hashes, whose hashes are free then")
def _(w):
    first = w.create(event_hash=w.root)
    w.api.delete_events(of(w))
    equal(w.api.get_event(w.create(event_hash=w.root))["id"] != first, True)


@case("delete_events: nothing to delete")
def _(w):
    w.create("b")
    equal(w.api.delete_events(of(w, "a")), None)
    equal(w.topics(), ["b"])


@case("delete_events: a parent alone is 409, and nothing is deleted")
def _(w):
    parent = w.create("p.1")
    child = w.create("c.1", depends_on=parent)
    w.create("p.2")
    body = refused(409, child, w.api.delete_events, of(w, "p.*"))
    contains(body["detail"], "nothing was deleted")
    equal(w.topics(), ["p.1", "c.1", "p.2"])


@case("delete_events: a parent with its children goes")
def _(w):
    w.create("c.1", depends_on=w.create("p.1"))
    equal(w.topics(), ["p.1", "c.1"])
    w.api.delete_events(of(w))
    equal(w.topics(), [])


@case("delete_events: more than a page")
def _(w):
    lines = "\n".join(f'{{"topic": "{w.topic()}"}}' for _ in range(2500))
    equal(w.raw("POST", "/api/events", lines, content_type="application/x-ndjson").status_code, 200)
    equal(len(w.topics()), 2500)
    w.api.delete_events(of(w))
    equal(w.topics(), [])


@cases("delete_events: the client itself refuses a filter without conditions", [
    ("none", None), ("empty", {}), ("no conditions", {"conditions": []}),
])
def _(w, events_filter):
    raises(ValueError, "would delete all events", w.api.delete_events, events_filter)


@cases("delete_events: a bad filter is refused, which AYON answers with 500 or everything", [
    ("an unknown attribute", {"key": "colour", "value": 1}, "there is no attribute 'colour'"),
    ("a null value", {"key": "topic", "value": None}, "needs a value"),
    ("a wrong type", {"key": "retries", "value": "many"}, "retries is a number"),
    ("an unknown operator", {"key": "topic", "operator": "contains", "value": "x"}, "is no operator"),
])
def _(w, condition, detail):
    w.create()
    refused(400, detail, w.api.delete_events, {"conditions": [condition]})
    equal(w.topics(), ["a"])


@cases("eventops: works, which with AYON is 501", [
    ("restart", "restart", "restarted"), ("abort", "abort", "aborted"),
])
def _(w, kind, status):
    events = [w.create("a.1"), w.create("a.2", event_hash=w.root, finished=False), w.create("b.1")]
    equal(operate(w, kind, of(w, "a.*")).data, None)
    equal([w.fields(event, "status")[0] for event in events], [status, status, "finished"])


@case("eventops: restarted jobs are offered again")
def _(w):
    w.create("s.1")
    def enroll(sender):
        return w.api.enroll_event_job(w.topic("s.*"), w.topic("job"), sender)
    job = enroll("w1")
    w.api.update_event(job["id"], sender="w1", status="finished")
    equal(enroll("w2"), None)
    operate(w, "restart", of(w, "job"))
    equal(enroll("w2")["id"], job["id"])


@case("eventops: aborted jobs are not")
def _(w):
    w.create("s.1")
    job = w.api.enroll_event_job(w.topic("s.*"), w.topic("job"), "w1")
    operate(w, "abort", of(w, "job"))
    equal(w.fields(job["id"], "status"), ["aborted"])
    for sender in ("w1", "w2"):
        equal(w.api.enroll_event_job(w.topic("s.*"), w.topic("job"), sender), None)


@cases("eventops: is refused", [
    ("an unknown operation", {"type": "purge", "filter": {}}, "type: must be one of delete, restart, abort"),
    ("no type", {"filter": {}}, "type: is required"), ("no filter", {"type": "delete"}, "filter: is required"),
    ("a null filter", {"type": "delete", "filter": None}, "filter: must be an object"),
])
def _(w, body, detail):
    event = w.create()
    answer = w.raw("POST", "/api/eventops", body)
    equal((answer.status_code, answer.json()["code"]), (400, 400))
    contains(answer.json()["detail"], detail)
    equal(w.fields(event, "status"), ["finished"])


@case("eventops: a filter without conditions is all events")
def _(w):
    events = [w.create("a"), w.create("b", finished=False)]
    operate(w, "abort", {})
    equal([w.fields(event, "status")[0] for event in events], ["aborted", "aborted"])
    found = w.graphql('{ events(topics: ["*"], statuses: ["pending", "finished", "failed", "in_progress", "restarted"]) '
                      "{ edges { node { id } } } }")
    equal(found["events"]["edges"], [])
