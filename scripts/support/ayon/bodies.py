"""What the client cannot send but others do: spellings, coercions, and bodies that are refused."""

from world import NOBODY, case, cases, contains, equal, is_true


def post(w, body, **options):
    return w.raw("POST", "/api/events", body, **options)


@case("bodies: names in snake case")
def _(w):
    parent = w.create()
    event = post(w, {"topic": w.topic("child"), "depends_on": parent}).json()["id"]
    equal(w.api.get_event(event)["dependsOn"], parent)


@cases("bodies: booleans from strings and numbers", [
    ("no", "no", "pending"), ("0", 0, "pending"), ("off", "OFF", "pending"), ("1", 1, "finished"), ("yes", "yes", "finished"),
    ("false", False, "pending"),
])
def _(w, value, status):
    event = post(w, {"topic": w.topic(), "finished": value}).json()["id"]
    equal(w.api.get_event(event)["status"], status)


@case("bodies: store from a string")
def _(w):
    event = post(w, {"topic": w.topic(), "store": "no"}).json()["id"]
    equal(w.raw("GET", f"/api/events/{event}").status_code, 404)


@case("bodies: unknown members are ignored")
def _(w):
    equal(post(w, {"topic": w.topic(), "colour": "red", "id": NOBODY, "status": "failed"}).status_code, 200)
    equal([event["status"] for event in w.api.get_events(topics=[w.topic()])], ["finished"])


@case("bodies: without a content type it is JSON")
def _(w):
    equal(post(w, {"topic": w.topic()}, content_type=None).status_code, 200)
    equal(w.topics(), ["a"])


@case("bodies: of duplicate names the last counts")
def _(w):
    event = post(w, f'{{"topic": "{w.topic()}", "description": "one", "description": "two"}}').json()["id"]
    equal(w.api.get_event(event)["description"], "two")


@case("bodies: a null description is empty")
def _(w):
    equal(w.api.get_event(post(w, {"topic": w.topic(), "description": None}).json()["id"])["description"], "")


@cases("bodies: numbers are kept as written, which AYON answers with 500", [
    ("beyond 64 bits", "123456789012345678901234567890"), ("negative", "-99999999999999999999"),
    ("a fraction", "1.50"), ("an exponent", "1e400"),
])
def _(w, number):
    body = f'{{"topic": "{w.topic()}", "summary": {{"n": {number}}}, "payload": {{"n": {number}}}}}'
    answer = w.raw("GET", f"/api/events/{post(w, body).json()['id']}").text
    contains(answer, f'"summary":{{"n":{number}}}')
    contains(answer, f'"payload":{{"n":{number}}}')


@cases("bodies: is refused and stores nothing", [
    ("NUL in a text", '{"topic": "TOPIC", "description": "\\u0000"}', "U+0000 is not allowed"),
    ("NUL in the payload", '{"topic": "TOPIC", "payload": {"x": "\\u0000"}}', "U+0000 is not allowed"),
    ("a lone surrogate", '{"topic": "TOPIC", "summary": {"x": "\\ud800"}}', "surrogate"),
    ("NaN", '{"topic": "TOPIC", "summary": {"x": NaN}}', "malformed JSON"),
    ("no JSON", '{"topic": "TOPIC"', "malformed JSON"), ("nothing", "", "the body is empty"),
    ("a list", '[{"topic": "TOPIC"}]', "must be a JSON object"),
    ("summary null", '{"topic": "TOPIC", "summary": null}', "summary: must be an object"),
    ("payload null", '{"topic": "TOPIC", "payload": null}', "payload: must be an object"),
    ("no topic", '{"sender": "me"}', "topic: is required"),
    ("finished perhaps", '{"topic": "TOPIC", "finished": "perhaps"}', "finished: must be true or false"),
    ("an empty hash", '{"topic": "TOPIC", "hash": ""}', "a hash cannot be empty"),
])
def _(w, body, detail):
    answer = post(w, body.replace("TOPIC", w.topic()))
    equal((answer.status_code, answer.json()["code"]), (400, 400))
    contains(answer.json()["detail"], detail)
    is_true(answer.json()["errors"][0]["loc"][0] == "body", answer.text)
    equal(w.topics(), [])


@case("bodies: every mistake is told at once")
def _(w):
    errors = post(w, {"topic": 5, "project": "-", "finished": "x"}).json()["errors"]
    equal([error["loc"] for error in errors], [["body", "topic"], ["body", "project"], ["body", "finished"]])
    equal(sorted(errors[0]), ["loc", "msg", "type"])


@case("reuse: a new event takes the hash, and keeps when it was created")
def _(w):
    first = w.create(event_hash=w.root, description="one", sender="me")
    w.api.update_event(first, retries=2)
    old = w.api.get_event(first)
    second = post(w, {"topic": w.topic("b"), "hash": w.root, "reuse": True, "description": "two"}).json()["id"]
    new = w.api.get_event(second)
    equal((new["hash"], new["description"], new["topic"]), (w.root, "two", w.topic("b")))
    equal((new["createdAt"], new["retries"]), (old["createdAt"], 2))
    equal(w.raw("GET", f"/api/events/{first}").status_code, 404)


@case("reuse: not while another event depends on the old one")
def _(w):
    first = w.create(event_hash=w.root)
    w.create("child", depends_on=first)
    answer = post(w, {"topic": w.topic("b"), "hash": w.root, "reuse": True})
    equal((answer.status_code, answer.json()["code"]), (409, 409))
    equal(w.api.get_event(first)["topic"], w.topic())
