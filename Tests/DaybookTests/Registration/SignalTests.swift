import DaybookTesting
import Testing

@testable import Daybook

/// Signals, given to registrations that ask for them.
@Suite(.timeLimit(.minutes(1))) struct SignalTests {
    private func signal(_ bench: RegistrationBench, _ description: String, topic: String = "a.b") async throws {
        _ = try await bench.publisher.write([.signal(Event(topic: topic, description: description))])[0].get()
    }

    /// Signals until one arrives: a member joins when it likes.
    private func signalUntilHeard(_ bench: RegistrationBench, _ handler: NotingHandler, _ name: String) async throws {
        while !handler.descriptions.contains(where: { $0.hasPrefix(name) }) {
            try await signal(bench, name)
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test func `who asks for signals gets those that match, live, and others none`() async throws {
        try await RegistrationBench.run { bench in
            let filter = try Filter("topic = a.*")
            try await bench.registrations.create(
                Registration(name: "live", filter: filter, signals: true, policy: RegistrationBench.quick))
            try await bench.registrations.create(Registration(name: "plain", policy: RegistrationBench.quick))
            try await signal(bench, "before anybody listens")
            let (live, plain) = (NotingHandler(), NotingHandler())
            try await bench.withMember("live", live) { _ in
                try await bench.withMember("plain", plain) { _ in
                    try await signalUntilHeard(bench, live, "first")
                    try await signal(bench, "no", topic: "other.b")
                    try await signal(bench, "last")
                    while !live.descriptions.contains("last") { try await Task.sleep(for: .milliseconds(5)) }
                    try await bench.publish("a.b", "stored")
                    while !live.descriptions.contains("stored") { try await Task.sleep(for: .milliseconds(5)) }
                    await plain.handled(1)
                }
            }
            #expect(plain.descriptions == ["stored"])
            #expect(Set(live.descriptions) == ["first", "last", "stored"])
            // What comes while nobody is there is gone.
            try await signal(bench, "meanwhile")
            try await bench.withMember("live", live) { _ in try await signalUntilHeard(bench, live, "again") }
            #expect(!live.descriptions.contains("meanwhile"))
        }
    }

    @Test func `a signal that fails or hangs is not tried again, and the next one comes`() async throws {
        try await RegistrationBench.run { bench in
            var policy = RegistrationBench.quick
            policy.attemptTimeout = .milliseconds(30)
            let registration = try await bench.registrations.create(
                Registration(name: "r", signals: true, policy: policy))
            let tried = Notes()
            let handler = NotingHandler { delivery in
                tried.add(delivery.event.description)
                switch delivery.event.description {
                case "bad": throw Refusal()
                case "hang": await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                default: break
                }
            }
            try await bench.withMember("r", handler) { _ in
                try await signalUntilHeard(bench, handler, "first")
                for description in ["bad", "hang", "last"] { try await signal(bench, description) }
                while !handler.descriptions.contains("last") { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(tried.all.count { $0 == "bad" } == 1 && tried.all.count { $0 == "hang" } == 1)
            #expect(bench.registrations.retries.count(of: registration.id) == 0)
            #expect(bench.registrations.deadLetters.count(of: registration.id) == 0)
        }
    }
}
