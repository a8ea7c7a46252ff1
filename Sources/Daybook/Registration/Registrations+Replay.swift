extension Registrations {
    /// What came of a replay.
    public struct ReplayOutcome: Hashable, Sendable {
        /// Records that were read, deliveries that the handler took, and those that it did not.
        public var read = 0
        public var delivered = 0
        public var failed = 0
        /// The first failures, at most 100: where the record lies, and why.
        public var failures: [Failure] = []
        /// Where another replay would go on.
        public var resume = PositionVector()

        public struct Failure: Hashable, Sendable {
            public var position: Position
            public var reason: String
        }
    }

    private static let toldFailures = 100

    /// Runs a stretch of the past through a handler, in order within each partition, without touching the registration's
    /// positions. What the handler refuses is tried as often as the policy says, then told and passed over.
    ///
    /// - Parameter progress: told after each batch.
    /// - Throws: ``RegistrationError/unknown(_:)``; what ``EventHandler/prepare()`` throws; ``LogError``;
    ///   `CancellationError`.
    public func replay(
        _ name: String, _ request: Replay.Request, through handler: any EventHandler,
        progress: (ReplayOutcome) -> Void = { _ in }
    ) async throws -> ReplayOutcome {
        let registration = try get(name)
        try await handler.prepare()
        var outcome = ReplayOutcome()
        do {
            outcome.resume = try await Replay(catalog: catalog, request: request).run { batch in
                outcome.read += batch.records.count
                var left = batch.records.compactMap { stored -> Delivery? in
                    guard let entry = registration.entry(of: stored, registration.filter) else { return nil }
                    let position = Position(batch.partition, stored.offset)
                    return Delivery(
                        HistoryEntry(position: position, time: stored.time, record: entry), registration: name)
                }[...]
                while !left.isEmpty {
                    try Task.checkCancellation()
                    let part = Array(left.prefix(max(1, handler.batchSize)))
                    left = left.dropFirst(part.count)
                    try await deliver(part, to: handler, registration.policy, &outcome)
                }
                outcome.resume = batch.resume
                progress(outcome)
            }
        } catch {
            await handler.close()
            throw error
        }
        await handler.close()
        return outcome
    }

    private func deliver(
        _ deliveries: [Delivery], to handler: any EventHandler, _ policy: FailurePolicy,
        _ outcome: inout ReplayOutcome
    ) async throws {
        if deliveries.count > 1, (try? await handler.handle(deliveries)) != nil {
            outcome.delivered += deliveries.count
            return
        }
        for var delivery in deliveries {
            while true {
                do {
                    try await handler.handle([delivery])
                    outcome.delivered += 1
                    break
                } catch {
                    try Task.checkCancellation()
                    var isOver = delivery.attempt >= policy.maximumAttempts
                    if case HandlerFailure.permanent = error { isOver = true }
                    if case HandlerFailure.gone = error { throw error }
                    guard isOver else {
                        try await Task.sleep(for: policy.delay(afterAttempts: delivery.attempt))
                        delivery.attempt += 1
                        continue
                    }
                    outcome.failed += 1
                    if outcome.failures.count < Self.toldFailures {
                        outcome.failures.append(
                            ReplayOutcome.Failure(position: delivery.entry.position, reason: "\(error)"))
                    }
                    break
                }
            }
        }
    }
}
