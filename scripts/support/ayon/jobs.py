"""enroll_event_job: every argument."""

import hashlib
import json

from world import ID, case, cases, contains, equal, matches, refused


class Work:
    """Sources of a case and the jobs that workers get of them."""

    def __init__(self, w, sources=("s0",), **arguments):
        self.w = w
        self.sources = [w.create(name, **arguments) for name in sources]

    def enroll(self, sender="w1", source=None, api=None, **arguments):
        api = api or self.w.api
        return api.enroll_event_job(source or self.w.topic("s*"), self.w.topic("job"), sender, **arguments)

    def report(self, job, status, sender="w1"):
        self.w.api.update_event(job["id"], sender=sender, status=status)

    def finish(self, job, sender="w1"):
        self.report(job, "finished", sender)


@case("enroll_event_job: a job")
def _(w):
    work = Work(w)
    job = work.enroll()
    equal(sorted(job), ["dependsOn", "hash", "id", "status"])
    matches(ID, job["id"])
    equal((job["dependsOn"], job["status"]), (work.sources[0], "pending"))
    text = json.dumps([w.topic("job"), work.sources[0]], separators=(",", ":"))
    equal(job["hash"], hashlib.sha256(text.encode()).hexdigest())
    event = w.api.get_event(job["id"])
    equal((event["topic"], event["sender"], event["description"], event["retries"], event["summary"], event["payload"]),
          (w.topic("job"), "w1", f"Convert from {w.topic('s*')} to {w.topic('job')}", 0, {}, {}))
    equal((event["dependsOn"], event["hash"], event["project"], event["user"]),
          (work.sources[0], job["hash"], None, None))


@case("enroll_event_job: nothing to do is None")
def _(w):
    work = Work(w, ())
    equal(work.enroll(), None)
    w.create("s0", finished=False)
    equal(work.enroll(), None)


@case("enroll_event_job: one after the other, until all is done")
def _(w):
    work = Work(w, ("s0", "s1", "s2"))
    done = []
    while job := work.enroll():
        done.append(job["dependsOn"])
        work.finish(job)
    equal(done, work.sources)


@case("enroll_event_job: source_topic as a list")
def _(w):
    work = Work(w, ("s0", "x1", "x2"))
    job = work.enroll(source=[w.topic("x2"), w.topic("s0")])
    equal(job["dependsOn"], work.sources[0])
    work.finish(job)
    equal(work.enroll(source=[w.topic("x2"), w.topic("s0")])["dependsOn"], work.sources[2])


@case("enroll_event_job: a star works in a list, too, where AYON's never matches")
def _(w):
    work = Work(w, ("x1",))
    equal(work.enroll(source=["none.at.all", w.topic("x*")])["dependsOn"], work.sources[0])


@case("enroll_event_job: an underscore is no wildcard, which with AYON it is")
def _(w):
    equal(Work(w, ("sa1",)).enroll(source=w.topic("s_1")), None)


@case("enroll_event_job: the same sender gets its job again")
def _(w):
    work = Work(w, ("s0", "s1"))
    job = work.enroll()
    equal(work.enroll()["id"], job["id"])
    work.report(job, "in_progress")
    again = work.enroll()
    equal((again["id"], again["status"]), (job["id"], "in_progress"))


@case("enroll_event_job: another sender gets the next")
def _(w):
    work = Work(w, ("s0", "s1"))
    equal([work.enroll(sender)["dependsOn"] for sender in ("w1", "w2")], work.sources)
    equal(work.enroll("w3"), None)


@case("enroll_event_job: description")
def _(w):
    equal(w.api.get_event(Work(w).enroll(description="Make tea")["id"])["description"], "Make tea")


@case("enroll_event_job: sequential keeps the later ones back from others")
def _(w):
    work = Work(w, ("s0", "s1"))
    job = work.enroll("w1", sequential=True)
    equal(job["dependsOn"], work.sources[0])
    equal(work.enroll("w2", sequential=True), None)
    equal(work.enroll("w1", sequential=True)["id"], job["id"])
    work.finish(job)
    equal(work.enroll("w2", sequential=True)["dependsOn"], work.sources[1])


@case("enroll_event_job: sequential=False does not")
def _(w):
    work = Work(w, ("s0", "s1"))
    work.enroll("w1", sequential=False)
    equal(work.enroll("w2", sequential=False)["dependsOn"], work.sources[1])


@case("enroll_event_job: an aborted job is over, which with AYON comes back for ever")
def _(w):
    work = Work(w, ("s0", "s1"))
    work.report(work.enroll(sequential=True), "aborted")
    equal(work.enroll(sequential=True)["dependsOn"], work.sources[1])


@case("enroll_event_job: a failed job is done again, and its tries are counted")
def _(w):
    work = Work(w)
    job = work.enroll("w1")
    work.report(job, "failed")
    again = work.enroll("w2")
    equal((again["id"], again["status"]), (job["id"], "pending"))
    equal(w.fields(job["id"], "retries", "sender", "description", "progress"), [1, "w2", "Restarting failed event", 0])


@cases("enroll_event_job: max_retries", [("none", 0, 1), ("two", 2, 3), ("the default is three", None, 4)])
def _(w, retries, runs):
    work = Work(w)
    for _ in range(runs):
        work.report(work.enroll(max_retries=retries), "failed")
    equal(work.enroll(max_retries=retries), None)


@case("enroll_event_job: a restarted job is offered again, and the try does not count")
def _(w):
    work = Work(w)
    job = work.enroll()
    work.finish(job)
    equal(work.enroll(), None)
    w.api.update_event(job["id"], status="restarted")
    equal(work.enroll("w2")["id"], job["id"])
    equal(w.fields(job["id"], "retries", "sender"), [0, "w2"])


@cases("enroll_event_job: ignore_older_than", [("no limit", 0), ("a day", 1), ("as a text, by its type hint", "2")])
def _(w, days):
    work = Work(w)
    equal(work.enroll(ignore_older_than=days)["dependsOn"], work.sources[0])


@case("enroll_event_job: ignore_older_than goes by updatedAt")
def _(w):
    line = json.dumps({"topic": w.topic("s0"), "createdAt": "2020-01-01T00:00:00Z"})
    source = w.raw("POST", "/api/events", line, content_type="application/x-ndjson").json()["results"][0]["id"]
    equal(Work(w, ()).enroll(ignore_older_than=1)["dependsOn"], source)


@case("enroll_event_job: ignore_sender_types")
def _(w):
    work = Work(w, ())
    for kind in ("worker", "tool"):
        work.sources.append(w.client(sender_type=kind).create_event(w.topic("s0")))
    equal(work.enroll(ignore_sender_types=["worker", "api"])["dependsOn"], work.sources[1])
    work.finish(work.enroll(ignore_sender_types=["worker", "api"]))
    equal(work.enroll(ignore_sender_types=["worker"]), None)
    equal(work.enroll(ignore_sender_types=[])["dependsOn"], work.sources[0])


@case("enroll_event_job: events_filter")
def _(w):
    work = Work(w, ())
    work.sources = [w.create("s0", summary={"n": n}) for n in range(3)]
    events_filter = {"conditions": [{"key": "summary/n", "value": 1, "operator": "gt"}]}
    equal(work.enroll(events_filter=events_filter)["dependsOn"], work.sources[2])
    work.finish(work.enroll(events_filter=events_filter))
    equal(work.enroll(events_filter=events_filter), None)


@case("enroll_event_job: sender's type is the header's")
def _(w):
    job = Work(w).enroll(api=w.client(sender_type="worker"))
    equal(w.fields(job["id"], "senderType"), ["worker"])


@case("enroll_event_job: as_username makes it that user's job")
def _(w):
    with w.api.as_username("ann"):
        job = Work(w).enroll()
    equal(w.fields(job["id"], "user"), ["ann"])


@case("enroll_event_job: what a former holder reports is refused")
def _(w):
    work = Work(w)
    job = work.enroll("w1")
    work.report(job, "failed", "w1")
    work.enroll("w2")
    contains(refused(409, "late", work.finish, job, "w1")["detail"], "w2")
    work.finish(job, "w2")
    equal(w.fields(job["id"], "status"), ["finished"])


@cases("enroll_event_job: what the client hides as None is a refusal that says why", [
    ("an unknown attribute", {"filter": {"conditions": [{"key": "colour", "value": 1}]}}, "there is no attribute 'colour'"),
    ("a null value", {"filter": {"conditions": [{"key": "topic", "value": None}]}}, "needs a value"),
    ("the operator contains", {"filter": {"conditions": [{"key": "topic", "value": "x", "operator": "contains"}]}},
     "is no operator"),
    ("a target with a star", {"targetTopic": "job.*"}, "targetTopic"), ("no source", {"sourceTopic": []}, "sourceTopic"),
    ("negative days", {"ignoreOlderThan": -1}, "ignoreOlderThan"), ("negative retries", {"maxRetries": -1}, "maxRetries"),
    ("an empty sender", {"sender": ""}, "sender"),
])
def _(w, members, detail):
    Work(w)
    body = {"sourceTopic": w.topic("s0"), "targetTopic": w.topic("job"), "sender": "w1", **members}
    arguments = [body["sourceTopic"], body["targetTopic"], body["sender"]]
    equal(w.api.enroll_event_job(*arguments, events_filter=body.get("filter"), max_retries=body.get("maxRetries"),
                                 ignore_older_than=body.get("ignoreOlderThan")), None)
    answer = w.raw("POST", "/api/enroll", body)
    equal((answer.status_code, answer.json()["code"]), (400, 400))
    contains(answer.json()["detail"], detail)


@case("enroll: snake case, and the sender of the header")
def _(w):
    work = Work(w)
    answer = w.raw("POST", "/api/enroll", {"source_topic": w.topic("s0"), "target_topic": w.topic("job"), "max_retries": "1"},
                   headers={"x-sender": "hdr"})
    equal((answer.status_code, answer.json()["dependsOn"]), (200, work.sources[0]))
    equal(w.fields(answer.json()["id"], "sender"), ["hdr"])


@case("enroll: nobody is ayon_server")
def _(w):
    Work(w)
    job = w.raw("POST", "/api/enroll", {"sourceTopic": w.topic("s0"), "targetTopic": w.topic("job")}).json()
    equal(w.fields(job["id"], "sender"), ["ayon_server"])
