"""A member of a registration for `scripts/torture registrations`: a service that knows nothing but HTTP. It pulls, writes
down what it has processed, and acknowledges; now and then it gives a delivery back, or asks for more time.

usage: member.py PORT REGISTRATION FILE SEED LEASE-SECONDS

It ends on SIGTERM, behind the batch that it has in hand. FILE gets lines, each in one write, so that a kill cuts the last one at most:

    p TIME QUEUE                    a pull was sent that brought what follows; QUEUE is of one life of one server
    d TIME NUMBER POSITION          an event was processed
    a TIME POSITION ...             these were acknowledged, and the server took it
    n COUNT                         so many were given back
    e COUNT                         so many came too late
"""

import http.client
import json
import os
import random
import signal
import sys
import time

from server import Client, Violation


class Member:
    def __init__(self, port, registration, path, seed, lease):
        self.client = Client(port)
        self.path = f"/api/registrations/{registration}/"
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.random = random.Random(seed)
        self.lease = lease
        self.is_stopping = False

    def stop(self, *_):
        self.is_stopping = True

    def run(self):
        while not self.is_stopping:
            # Mostly large ones: the short ones are for what goes wrong at their edges.
            size = self.random.choices([1, 20, 200, 1000], [1, 4, 20, 20])[0]
            sent = time.monotonic_ns()
            answer = self.ask("pull", {"max": size, "waitSeconds": 1, "leaseSeconds": self.lease})
            deliveries = answer and answer["deliveries"]
            if not deliveries:
                continue
            queue = deliveries[0]["token"].rpartition("-")[0]
            self.write(f"p {sent} {queue}\n")
            # So that it has something in hand when it is killed or paused.
            time.sleep(self.random.choice([0, 0, 0, 0.02]))
            rest = deliveries
            while rest:
                # In pieces, so that it may be killed with a part of them done.
                size = self.random.choice([1, 50, 1000]) if len(deliveries) > 1 else 1
                self.process(rest[:size])
                rest = rest[size:]
                if rest and self.random.random() < 0.2:
                    self.late(self.ask("extend", {"tokens": tokens(rest), "leaseSeconds": self.lease}))

    def process(self, deliveries):
        back = [one for one in deliveries if one["attempt"] <= 2 and self.random.random() < 0.002]
        done = [one for one in deliveries if one not in back] if back else deliveries
        if back:
            body = {"tokens": tokens(back), "reason": "not now"}
            if pause := self.random.choice([0, 0.5, 2]):
                body["retryAfterSeconds"] = pause
            self.late(self.ask("nack", body))
            self.write(f"n {len(back)}\n")
        if not done:
            return
        self.write("".join(
            f"d {time.monotonic_ns()} {int(one['event']['id'][20:], 16)} {one['position']}\n" for one in done))
        if (answer := self.ask("ack", {"tokens": tokens(done)})) is None:
            return
        self.late(answer)
        expired = set(answer["expired"])
        taken = [one["position"] for one in done if one["token"] not in expired]
        if taken:
            self.write(f"a {time.monotonic_ns()} {' '.join(taken)}\n")

    def late(self, answer):
        if answer and answer["expired"]:
            self.write(f"e {len(answer['expired'])}\n")

    def write(self, text):
        """What was written is there, however the process ends."""
        os.write(self.file, text.encode())

    def ask(self, what, body):
        """What the server says; None when it is away."""
        try:
            status, answer = self.client.request("POST", self.path + what, json.dumps(body), "application/json")
        except ConnectionRefusedError:
            time.sleep(0.02)
            return None
        except (OSError, http.client.HTTPException):
            return None
        if status == 503:
            time.sleep(0.05)
            return None
        if status != 200:
            raise Violation(f"{what} was answered with {status}: {answer[:500]!r}")
        return json.loads(answer)


def tokens(deliveries):
    return [one["token"] for one in deliveries]


if __name__ == "__main__":
    port, registration, path, seed, lease = sys.argv[1:]
    member = Member(int(port), registration, path, seed, float(lease))
    signal.signal(signal.SIGTERM, member.stop)
    member.run()
