import DaybookTesting
import LosslessJSON
import Testing

@testable import Daybook

/// How registrations are made, changed and ended.
@Suite(.timeLimit(.minutes(1))) struct RegistrationTests {
    private struct Refusal: Error {}

    @Test func `a registration reads back as it was made`() async throws {
        try await RegistrationBench.run { bench in
            var policy = FailurePolicy(maximumAttempts: 7, settleWithin: .milliseconds(2500), concurrency: 3)
            policy.jitter = 0.5
            let made = try await bench.registrations.create(
                Registration(
                    name: "r", filter: try Filter("topic = a.* and status = failed"), on: [.created, .changed],
                    delivery: .webhook, settings: try JSONText(#"{"url": "https://example.com/"}"#), policy: policy,
                    owner: "me"))
            #expect(bench.registrations.all == [made])
            let other = Registrations(
                try await StreamCatalog.open(log: bench.log, layout: bench.catalog.layout, logger: .silent),
                logger: .silent)
            #expect(other.find("r") == made)
            #expect(made.policy == policy)
        }
    }

    @Test func `of one name there is one, and who asks for another filter is refused`() async throws {
        try await RegistrationBench.run { bench in
            let first = try await bench.registrations.create(Registration(name: "r", filter: try Filter("topic = a.*")))
            let again = try await bench.registrations.create(Registration(name: "r", filter: try Filter("topic = a.*")))
            #expect(again == first)
            let error = await #expect(throws: RegistrationError.self) {
                try await bench.registrations.create(Registration(name: "r", filter: try Filter("topic = b.*")))
            }
            #expect(error?.description.contains("there is a registration r with another filter: topic = a.*") == true)
        }
    }

    @Test func `of two that are made at once under one name, one wins`() async throws {
        try await RegistrationBench.run { bench in
            let outcomes = await withTaskGroup(of: EventID?.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        // As from so many servers.
                        guard
                            let catalog = try? await StreamCatalog.open(
                                log: bench.log, layout: bench.catalog.layout, logger: .silent),
                            let filter = try? Filter("topic = t\(number).*")
                        else { return nil }
                        return try? await Registrations(catalog, logger: .silent)
                            .create(Registration(name: "r", filter: filter)).id
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let winners = outcomes.compactMap(\.self)
            #expect(winners.count == 1)
            while bench.registrations.find("r") == nil { await Task.yield() }
            #expect(bench.registrations.find("r")?.id == winners.first)
        }
    }

    @Test(arguments: ["earliest", "latest", "time", "position"])
    func `it begins where it was told to`(_ start: String) async throws {
        try await RegistrationBench.run { bench in
            try await bench.publish("a.b", "1", "2", key: "k")
            try await Task.sleep(for: .milliseconds(2))
            let time = Timestamp.now
            try await Task.sleep(for: .milliseconds(2))
            let third = try await bench.publish("a.b", "3", key: "k")[0]
            let point: StartPoint =
                switch start {
                case "earliest": .earliest
                case "time": .time(time)
                case "position": .positions(PositionVector([third.position.partition: third.position.offset - 1]))
                default: .latest
                }
            try await bench.registrations.create(Registration(name: "r"), from: point)
            try await bench.publish("a.b", "4", key: "k")
            // Of a stream that comes later nothing is missed.
            try await bench.publish("late.b", "5")
            let expected: Set<String> =
                switch start {
                case "earliest": ["1", "2", "3", "4", "5"]
                case "time": ["3", "4", "5"]
                case "position": ["2", "3", "4", "5"]
                default: ["4", "5"]
                }
            let handler = NotingHandler()
            try await bench.withMember("r", handler) { _ in
                await handler.handled(expected.count)
                try await bench.caughtUp("r")
            }
            #expect(Set(handler.descriptions) == expected)
            #expect(handler.descriptions.count == expected.count)
        }
    }

    @Test func `a stream that comes while a member works is read from its beginning`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r"))
            let handler = NotingHandler()
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1")
                await handler.handled(1)
                try await bench.publish("late.b", "2", "3", key: "k")
                await handler.handled(3)
            }
            #expect(handler.descriptions == ["1", "2", "3"])
        }
    }

    @Test func `nothing is delivered while it is paused, and all of it afterwards`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r"))
            let handler = NotingHandler()
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1", key: "k")
                await handler.handled(1)
                try await bench.registrations.pause("r", reason: "lunch")
                #expect(bench.registrations.find("r")?.state == .paused(reason: "lunch"))
                // Its members have left once positions can be set.
                _ = try await bench.registrations.reset("r", to: .latest)
                try await bench.publish("a.b", "2", "3", key: "k")
                try await bench.registrations.resume("r")
                await handler.handled(3)
            }
            #expect(handler.descriptions == ["1", "2", "3"])
        }
    }

    @Test func `a changed filter holds for what comes after the change`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r", filter: try Filter("project = old")))
            func publish(_ description: String, _ project: String) async throws {
                _ = try await bench.publisher.publish(
                    Event(topic: "a.b", project: project, description: description, orderingKey: "k"))
            }
            // Not read yet when the filter changes.
            try await publish("1", "old")
            try await publish("2", "new")
            var input = RegistrationInput()
            input.filter = try Filter("project = new")
            try await bench.registrations.change("r", input)
            try await publish("3", "old")
            try await publish("4", "new")
            let handler = NotingHandler()
            try await bench.withMember("r", handler) { _ in
                await handler.handled(2)
                try await bench.caughtUp("r")
            }
            #expect(handler.descriptions == ["1", "4"])
        }
    }

    @Test func `a reset tells what it would do, and does it`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r"))
            let handler = NotingHandler()
            try await bench.withMember("r", handler) { _ in
                try await bench.publish("a.b", "1", "2", key: "k")
                await handler.handled(2)
                try await bench.caughtUp("r")
                let told = try await bench.registrations.reset("r", to: .earliest, isDryRun: true)
                #expect(told.map { $0.from - $0.to } == [2])
                #expect(handler.descriptions.count == 2)
                let done = try await bench.registrations.reset("r", to: .earliest)
                #expect(done == told)
                await handler.handled(4)
            }
            #expect(handler.descriptions == ["1", "2", "1", "2"])
        }
    }

    @Test func `a reset takes back what waits to be tried again`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            (policy.initialDelay, policy.maximumDelay) = (.seconds(3600), .seconds(3600))
            let registration = try await bench.registrations.create(Registration(name: "r", policy: policy))
            let failing = NotingHandler { delivery in
                if delivery.event.orderingKey == "k" { throw Refusal() }
            }
            let kept = try await bench.withMember("r", failing) { _ in
                let kept = try await bench.publish("a.b", "0", key: "k")[0].position
                try await bench.publish("a.b", "1", "2", "3", key: "k")
                try await bench.publish("a.b", "other", key: "j")
                await failing.handled(1)
                try await bench.caughtUp("r")
                return kept
            }
            try await bench.registrations.retries.caughtUp()
            #expect(bench.registrations.retries.count(of: registration.id) == 4)
            var positions = PositionVector()
            positions[kept.partition] = kept.offset + 1
            _ = try await bench.registrations.reset("r", to: .positions(positions))
            try await bench.registrations.retries.caughtUp()
            // What lies before the new position does not come from the log, and so waits on.
            #expect(bench.registrations.retries.positions(of: registration.id).map(\.position) == [kept])
            _ = try await bench.registrations.reset("r", to: .earliest)
            let fine = NotingHandler()
            try await bench.withMember("r", fine) { _ in
                await fine.handled(5)
                try await bench.caughtUp("r")
            }
            #expect(fine.descriptions.filter { $0 != "other" } == ["0", "1", "2", "3"])
            try await bench.registrations.retries.caughtUp()
            #expect(bench.registrations.retries.count(of: registration.id) == 0)
        }
    }

    @Test func `a name that is deleted and made again begins anew`() async throws {
        try await RegistrationBench.run { bench in
            let first = try await bench.registrations.create(Registration(name: "r"), from: .earliest)
            let handler = NotingHandler()
            try await bench.publish("a.b", "1", key: "k")
            let member = RegistrationMember(
                "r", of: bench.registrations, handler: handler, options: .quick, logger: .silent)
            let task = Task { try await member.run() }
            await handler.handled(1)
            try await bench.registrations.delete("r")
            // The member ends by itself.
            try await task.value
            let second = try await bench.registrations.create(Registration(name: "r"), from: .earliest)
            #expect(second.id != first.id)
            let again = NotingHandler()
            try await bench.withMember("r", again) { _ in await again.handled(1) }
            #expect(again.descriptions == ["1"])
        }
    }

    @Test func `a position that is lost pauses it, with the reason`() async throws {
        try await RegistrationBench.run { bench in
            try await bench.registrations.create(Registration(name: "r"), from: .earliest)
            let last = try await bench.publish("a.b", "1", "2", "3", key: "k")[2]
            try await bench.registrations.prepareGroup(bench.registrations.get("r"))
            try await bench.log.trim(last.position.partition, before: last.position.offset)
            let handler = NotingHandler()
            try await bench.withMember("r", handler) { _ in
                while bench.registrations.find("r")?.isPaused != true { await Task.yield() }
            }
            guard case .paused(let reason?) = bench.registrations.find("r")?.state else {
                Issue.record("not paused")
                return
            }
            #expect(reason.contains("is outside what is stored"))
            #expect(handler.descriptions.isEmpty)
        }
    }

    @Test func `what makes no sense is refused with everything that is wrong`() throws {
        let text = """
            {"name": "a b", "filter": "topic == (", "on": ["created", "eaten"], "start": "yesterday", "delivery": "post",
             "policy": {"maximumAttempts": 0, "concurrency": "many", "x": 1}, "colour": "red"}
            """
        let error = #expect(throws: InvalidRegistration.self) { try RegistrationInput(JSONMembers(Array(text.utf8))) }
        #expect(
            error?.problems.map(\.field)
                == ["filter", "on", "start", "delivery", "policy.concurrency", "policy.x", "colour"])
        let named = #expect(throws: InvalidRegistration.self) {
            try RegistrationInput(
                JSONMembers(Array(#"{"name": "a b", "on": [], "policy": {"maximumAttempts": 0}}"#.utf8))
            ).registration()
        }
        #expect(named?.problems.map(\.field) == ["name", "on", "policy.maximumAttempts"])
    }
}
