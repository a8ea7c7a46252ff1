import Daybook
import DaybookIndex
import Prometheus

/// What `/metrics` tells of registrations: of all, how far they are; of those this server works for, what it did.
struct RegistrationMetrics: Sendable {
    private let service: RegistrationService
    private let deadlines: Deadlines<[RegistrationView]?>

    /// - Parameter timeout: how long the log is asked before the answer does without.
    init(_ service: RegistrationService, timeout: Duration = .seconds(2)) {
        self.service = service
        deadlines = Deadlines(timeout)
    }

    @Sendable func write(_ text: inout MetricsText) async {
        guard let registrations = try? service.node.parts().registrations else { return }
        let all = registrations.all
        guard !all.isEmpty else { return }
        let known = await deadlines.run { [service] in
            try? await RegistrationView.all(all, withLag: true, in: registrations, service)
        }
        // Without the log there is no lag to tell, but all the rest.
        let views: [RegistrationView]
        if let known = known ?? nil {
            views = known
        } else {
            views = (try? await RegistrationView.all(all, withLag: false, in: registrations, service)) ?? []
        }
        writeLag(views, &text)
        writeStates(views, &text)
        writeCounts(views.compactMap { view in view.member.map { (view.registration.name, $0) } }, &text)
    }

    private func writeLag(_ views: [RegistrationView], _ text: inout MetricsText) {
        let now = Timestamp.now
        func family(_ name: String, _ help: String, _ value: (Registrations.PartitionLag) -> Double) {
            text.family(name, .gauge, help: help) { family in
                for view in views {
                    for lag in view.lag ?? [] {
                        family.sample(
                            value(lag),
                            [
                                "registration": view.registration.name, "stream": lag.partition.stream,
                                "partition": "\(lag.partition.partition)",
                            ])
                    }
                }
            }
        }
        family("daybook_registration_lag_records", "Records that a registration has not settled.") {
            Double($0.records)
        }
        family("daybook_registration_lag_seconds", "For how long the oldest of them lies in the log.") {
            $0.seconds(at: now)
        }
    }

    private func writeStates(_ views: [RegistrationView], _ text: inout MetricsText) {
        func family(_ name: String, _ help: String, _ value: (RegistrationView) -> Int) {
            text.family(name, .gauge, help: help) { family in
                for view in views { family.sample(Double(value(view)), ["registration": view.registration.name]) }
            }
        }
        family("daybook_registration_paused", "1 when it is paused.") { $0.registration.isPaused ? 1 : 0 }
        family("daybook_registration_broken", "1 when this server cannot work for it.") { $0.failure == nil ? 0 : 1 }
        family("daybook_registration_unavailable", "1 while this server waits for what its handler depends on.") {
            $0.member?.unavailable == nil ? 0 : 1
        }
        family("daybook_registration_retries", "Deliveries in the retries stream.") { $0.retries }
        family("daybook_registration_dead_letters", "Deliveries that were given up.") { $0.deadLetters }
    }

    /// They begin anew whenever the server's member takes up its work, as counters may.
    private func writeCounts(_ members: [(name: String, statistics: DeliveryStatistics)], _ text: inout MetricsText) {
        let families: [(String, String, KeyPath<DeliveryStatistics, Int>)] = [
            ("read_records", "Records that this server's member read.", \.read),
            ("matched_records", "Records of those that match.", \.matched),
            ("delivered", "Deliveries that the handler took.", \.delivered),
            ("failed_attempts", "Attempts that failed.", \.failed),
            ("parked", "Deliveries moved to the retries stream.", \.parked),
            ("dead_lettered", "Deliveries that were given up.", \.deadLettered),
            ("timed_out", "Calls of the handler that did not end in time.", \.timedOut),
        ]
        for (name, help, path) in families {
            text.family("daybook_registration_\(name)_total", .counter, help: help) { family in
                for member in members {
                    family.sample(Double(member.statistics[keyPath: path]), ["registration": member.name])
                }
            }
        }
    }
}
