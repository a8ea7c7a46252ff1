"""The torture of `scripts/torture kill`."""

import collections
import http.client
import itertools
import json
import random
import threading
import time

from server import START_LIMIT, Client, Server, Violation, listed, replayed


# --- Publishing -------------------------------------------------------------------------------------------------------


class Ledger:
    """What the publishers did, as they know it."""

    def __init__(self):
        self.attempted = {}  # event id -> (ordering key or None, sequence number)
        self.acknowledged = set()  # event ids
        self.changes = collections.defaultdict(list)  # event id -> numbers of changes that were acknowledged
        self.nameless = collections.Counter()  # descriptions of events whose id only the server knew -> times acknowledged
        self.nameless_attempts = collections.Counter()


class Publisher(threading.Thread):
    """Publishes one thing after the other; what was not answered it sends again until it is, under the same id."""

    def __init__(self, number, seed, port, stopping):
        super().__init__(daemon=True)
        self.number = number
        self.random = random.Random(f"{seed}-{number}")
        self.client = Client(port)
        self.stopping = stopping
        self.ledger = Ledger()
        self.sequence = itertools.count()
        self.keys = [f"publisher-{number}-key-{key}" for key in range(3)]
        self.changed = itertools.count()
        self.recent = collections.deque(maxlen=50)
        self.failure = None
        self.unanswered = 0

    def run(self):
        try:
            while not self.stopping.is_set():
                self.random.choices([self.batch, self.single, self.nameless, self.change], [5, 3, 1, 2])[0]()
        except Exception as error:  # Told by the main thread.
            self.failure = error

    def batch(self):
        self.publish([self.event() for _ in range(self.random.randint(2, 200))])

    def single(self):
        self.publish([self.event()])

    def event(self):
        number = next(self.sequence)
        key = self.random.choice([None, *self.keys])
        event = {
            # Version 8 leaves all but six bits to us: made from the seed, so that a run can be told from its ledger.
            "id": f"{self.number:08x}{self.random.getrandbits(16):04x}8{self.random.getrandbits(12):03x}"
            f"8{self.random.getrandbits(12):03x}{number:012x}",
            "topic": f"torture.kind{self.random.randrange(4)}",
            "description": f"event {number} of publisher {self.number}",
            "summary": {"publisher": self.number, "number": number},
            "status": self.random.choice(["pending", "in_progress", "finished"]),
            "payload": {"filler": "x" * self.random.choice([0, 10, 100, 1000, 5000])},
        }
        if key:
            event["orderingKey"] = key
        return event

    def publish(self, events):
        for event in events:
            self.ledger.attempted[event["id"]] = (event.get("orderingKey"), event["summary"]["number"])
        while events:
            body = "\n".join(json.dumps(event) for event in events).encode()
            status, answer = self.ask("POST", "/api/events", body, "application/x-ndjson", again=True)
            if status not in (200, 207, 503):
                raise Violation(f"a batch was answered with {status}: {answer[:500]!r}")
            results = json.loads(answer).get("results") or [{"status": status}] * len(events)
            rest = []
            for event, result in zip(events, results, strict=True):
                if 200 <= result["status"] < 300:
                    self.ledger.acknowledged.add(event["id"])
                    self.recent.append(event["id"])
                elif result["status"] >= 500:
                    rest.append(event)
                else:
                    raise Violation(f"an event was refused: {result}")
            events = rest

    def nameless(self):
        """An event in the plain form, whose id the server makes: it may be there once more than it was acknowledged."""
        description = f"nameless {next(self.sequence)} of publisher {self.number}"
        body = json.dumps({"topic": "torture.nameless", "description": description}).encode()
        self.ledger.nameless_attempts[description] += 1
        status, _ = self.ask("POST", "/api/events", body, "application/json")
        if status == 200:
            self.ledger.nameless[description] += 1

    def change(self):
        if not self.recent:
            return
        event, number = self.random.choice(self.recent), next(self.changed)
        body = json.dumps({"summary": {"change": number}, "status": "in_progress"}).encode()
        status, answer = self.ask("PATCH", f"/api/events/{event}", body, "application/json")
        if status == 204:
            self.ledger.changes[event].append(number)
        elif status not in (None, 503):
            raise Violation(f"a change of the acknowledged event {event} was answered with {status}: {answer[:500]!r}")

    def ask(self, method, path, body, content_type, again=False):
        """Sends a request, waiting for a server that is away. Without `again`, one that may have been taken is not
        sent twice, and (None, None) returned."""
        while True:
            try:
                return self.client.request(method, path, body, content_type)
            except ConnectionRefusedError:
                time.sleep(0.01)
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                if not again:
                    return None, None


# --- Checking ---------------------------------------------------------------------------------------------------------


class Results:
    """What the server holds in the end."""

    def __init__(self, client):
        self.listed = list(listed(client))
        self.created, self.changes = [], []
        for record in replayed(client):
            if record.get("change") == "created":
                self.created.append(record)
            elif record.get("change") == "changed":
                self.changes.append(record)


def check(ledger, results):
    """Raises Violation when the results are not what the ledger calls for."""
    named = [event for event in results.listed if event["topic"] != "torture.nameless"]
    ids = collections.Counter(event["id"] for event in results.listed)
    for event, count in ids.items():
        if count > 1:
            raise Violation(f"event {event} is listed {count} times")
    for event in ledger.acknowledged:
        if event not in ids:
            raise Violation(f"event {event} was acknowledged and is lost")
    for event in named:
        if event["id"] not in ledger.attempted:
            raise Violation(f"event {event['id']} is there and nobody published it")
    nameless = collections.Counter(
        event["description"] for event in results.listed if event["topic"] == "torture.nameless")
    for description in nameless.keys() | ledger.nameless_attempts.keys():
        least, most = ledger.nameless[description], ledger.nameless_attempts[description]
        if not least <= nameless[description] <= most:
            raise Violation(f"'{description}' is there {nameless[description]} times, not {least} to {most}")
    check_order(ledger, results)
    check_changes(ledger, results)


def check_order(ledger, results):
    seen, last = set(), {}
    for record in results.created:
        # What was sent again because the answer got lost is there once more, behind; the first one counts.
        if record["id"] in seen or record["id"] not in ledger.attempted:
            continue
        seen.add(record["id"])
        key, number = ledger.attempted[record["id"]]
        if key is None:
            continue
        partition = record["position"].rpartition(":")[0]
        before, known_partition = last.get(key, (-1, partition))
        if partition != known_partition:
            raise Violation(f"the events of {key} are in {known_partition} and in {partition}")
        if number <= before:
            raise Violation(f"of {key}, event {number} was read behind event {before}")
        last[key] = (number, partition)
    for event in ledger.acknowledged - seen:
        raise Violation(f"event {event} was acknowledged and is not in the log")


def check_changes(ledger, results):
    found = collections.defaultdict(list)
    for record in results.changes:
        found[record["id"]].append(record["summary"]["change"])
    for event, numbers in found.items():
        if numbers != sorted(set(numbers)):
            raise Violation(f"the changes of event {event} were read in the order {numbers}")
    for event, numbers in ledger.changes.items():
        if lost := set(numbers) - set(found[event]):
            raise Violation(f"change {min(lost)} of event {event} was acknowledged and is lost")


def check_the_checks(ledger, results):
    """Each kind of loss, put into the results, must be noticed."""

    def expect(what, spoil):
        spoiled = Results.__new__(Results)
        spoiled.listed, spoiled.created = list(results.listed), list(results.created)
        spoiled.changes = list(results.changes)
        spoil(spoiled)
        try:
            check(ledger, spoiled)
        except Violation:
            return
        raise Violation(f"this script does not notice {what}: it is of no use")

    def lose_listed(spoiled):
        lost = next(iter(ledger.acknowledged))
        spoiled.listed = [event for event in spoiled.listed if event["id"] != lost]

    def lose_record(spoiled):
        lost = next(iter(ledger.acknowledged))
        spoiled.created = [record for record in spoiled.created if record["id"] != lost]

    def swap(spoiled):
        places = collections.defaultdict(list)
        for place, record in enumerate(spoiled.created):
            places[record.get("orderingKey")].append(place)
        first, *_, last = max((found for key, found in places.items() if key), key=len)
        spoiled.created[first], spoiled.created[last] = spoiled.created[last], spoiled.created[first]

    def lose_change(spoiled):
        event, numbers = next((event, numbers) for event, numbers in ledger.changes.items() if numbers)
        spoiled.changes = [
            record for record in spoiled.changes
            if record["id"] != event or record["summary"]["change"] != numbers[-1]]

    expect("a lost event", lose_listed)
    expect("a lost record", lose_record)
    expect("a wrong order", swap)
    expect("an event that is there twice", lambda spoiled: spoiled.listed.append(spoiled.listed[0]))
    expect("an event that nobody published",
           lambda spoiled: spoiled.listed.append({**spoiled.listed[0], "id": "0" * 32, "topic": "torture.kind0"}))
    if any(ledger.changes.values()):
        expect("a lost change", lose_change)


# --- The run ----------------------------------------------------------------------------------------------------------


class Kill:
    def __init__(self, daybook, directory, seed, cycles, publishers):
        self.random = random.Random(seed)
        self.cycles = cycles
        self.server = Server(daybook, directory)
        self.stopping = threading.Event()
        self.publishers = [
            Publisher(number, seed, self.server.port, self.stopping) for number in range(publishers)]

    def run(self):
        start = time.monotonic()
        for publisher in self.publishers:
            publisher.start()
        try:
            for cycle in range(self.cycles):
                self.cycle(cycle)
            self.server.start()
            self.server.wait_until_ready()
            self.finish()
            self.conclude(time.monotonic() - start)
        finally:
            self.stopping.set()
            self.server.kill()

    def cycle(self, cycle):
        self.server.start()
        # Mostly in the middle of the work, now and then while it still starts.
        if self.random.random() < 0.8:
            self.server.wait_until_ready()
            time.sleep(self.random.uniform(0.1, 1.5))
        else:
            time.sleep(self.random.uniform(0, 0.3))
        self.server.check_is_running()
        self.server.kill()
        self.report_failures()
        acknowledged = sum(len(publisher.ledger.acknowledged) for publisher in self.publishers)
        print(f"  killed {cycle + 1} of {self.cycles}, {acknowledged} events acknowledged", flush=True)

    def finish(self):
        """Lets every publisher get the answer it waits for, with the server up."""
        self.stopping.set()
        for publisher in self.publishers:
            publisher.join(timeout=START_LIMIT)
            if publisher.is_alive():
                raise Violation(f"publisher {publisher.number} gets no answer from the running server")
        self.report_failures()

    def report_failures(self):
        for publisher in self.publishers:
            if publisher.failure:
                raise publisher.failure

    def conclude(self, seconds):
        ledger = Ledger()
        for publisher in self.publishers:
            ledger.attempted.update(publisher.ledger.attempted)
            ledger.acknowledged |= publisher.ledger.acknowledged
            ledger.nameless += publisher.ledger.nameless
            ledger.nameless_attempts += publisher.ledger.nameless_attempts
            for event, numbers in publisher.ledger.changes.items():
                ledger.changes[event] += numbers
        if not ledger.acknowledged:
            raise Violation("nothing was acknowledged: this run shows nothing; give it more cycles")
        results = Results(Client(self.server.port))
        check(ledger, results)
        check_the_checks(ledger, results)
        self.check_index()
        changes = sum(len(numbers) for numbers in ledger.changes.values())
        unanswered = sum(publisher.unanswered for publisher in self.publishers)
        print(
            f"killed {self.cycles} times in {seconds:.0f} s: {len(ledger.acknowledged) + ledger.nameless.total()} events"
            f" and {changes} changes acknowledged, {unanswered} requests cut off; nothing lost, nothing twice, all in"
            f" order; {len(results.listed)} events in an index that is the same when made from nothing")

    def check_index(self):
        live = self.server.dump("--server", self.server.url)
        if live.count(b"\n") < 10:
            raise Violation("the dump of the index holds next to nothing")
        self.server.stop()
        if self.server.dump("--log", self.server.log, "--rebuild") != live:
            raise Violation("the index made from nothing is not the live one")
        if self.server.dump("--log", self.server.log) != live:
            raise Violation("the index started from its snapshot is not the live one")
