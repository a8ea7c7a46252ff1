import Logging

extension Registrations {
    /// Where a registration is in a partition.
    public struct PartitionLag: Hashable, Sendable {
        public var partition: StreamPartition
        /// The next record to be read; what comes before it is settled, or was put aside.
        public var position: Int64
        public var end: Int64
        /// The log time of the first record that is not settled; nil when all are.
        public var oldest: Timestamp?

        public var records: Int64 { max(0, end - position) }
    }

    /// What a reset does to a partition.
    public struct Move: Hashable, Sendable {
        public var partition: StreamPartition
        public var from: Int64
        public var to: Int64
    }

    /// How far a registration is in every partition: in the order of streams.
    ///
    /// - Throws: ``RegistrationError/unknown(_:)``; ``LogError``.
    public func lag(of name: String) async throws -> [PartitionLag] {
        try await lags(of: [get(name)])[name] ?? []
    }

    /// The same of several, by name.
    ///
    /// - Throws: ``LogError``.
    public func lags(of registrations: [Registration]) async throws -> [String: [PartitionLag]] {
        let partitions = catalog.historyStreams.flatMap(\.allPartitions)
        var positions: [String: [StreamPartition: Int64]] = [:]
        for one in registrations { positions[one.name] = try await self.positions(of: one, in: partitions) }
        // Read after the positions, which would else be behind the end.
        let ranges = try await log.watermarks(of: partitions)
        let lags = positions.mapValues { positions in
            partitions.compactMap { partition in
                ranges[partition].map { range in
                    PartitionLag(partition: partition, position: positions[partition] ?? range.low, end: range.end)
                }
            }
        }
        // Registrations that keep up wait for the same records.
        let behind = Array(
            Set(lags.values.joined().filter { $0.records > 0 }.map { Position($0.partition, $0.position) }))
        var times: [Position: Timestamp] = [:]
        for (position, stored) in zip(behind, try await log.records(at: behind)) { times[position] = stored?.time }
        return lags.mapValues { lags in
            lags.map { lag in
                var lag = lag
                lag.oldest = times[Position(lag.partition, lag.position)]
                return lag
            }
        }
    }

    /// The next offset of each partition: as committed, or where it would begin.
    func positions(
        of registration: Registration, in partitions: [StreamPartition]
    ) async throws -> [StreamPartition: Int64] {
        let committed = try await log.committedPositions(
            group: registration.group(prefix: catalog.layout.prefix), of: partitions)
        return registration.starts.offsets.merging(committed) { $1 }
    }

    /// Writes down where a registration begins, wherever its group has no position yet. Called before a member joins.
    func prepareGroup(_ registration: Registration) async throws {
        let group = registration.group(prefix: catalog.layout.prefix)
        let partitions = Array(registration.starts.offsets.keys)
        var backoff = Backoff()
        while true {
            let committed = try await log.committedPositions(group: group, of: partitions)
            let missing = registration.starts.offsets.filter { committed[$0.key] == nil }
            if missing.isEmpty { return }
            do {
                return try await log.setCommittedPositions(group: group, to: missing)
            } catch LogError.groupActive {
                // Somebody else has done it, and joined.
                try await backoff.wait()
            }
        }
    }

    /// Has the log keep the positions of registrations that nobody works for at the moment, paused ones above all.
    ///
    /// Kafka forgets the positions of a group that has had no member for a week (`offsets.retention.minutes`), and counts
    /// from when the last one left, whatever is committed later. So they are committed again, which is refused where
    /// there are members, and then a member joins and leaves, which begins that week anew.
    func keepPositions() async {
        let streams = catalog.historyStreams
        let partitions = streams.flatMap(\.allPartitions)
        for registration in all {
            let group = registration.group(prefix: catalog.layout.prefix)
            do {
                let committed = try await log.committedPositions(group: group, of: partitions)
                guard !committed.isEmpty else { continue }
                try await log.setCommittedPositions(group: group, to: committed)
                try await visit(group, streams.map(\.name))
            } catch LogError.groupActive {
                // Its members keep them.
            } catch is CancellationError {
                return
            } catch {
                logger.warning(
                    "a registration's positions cannot be kept for now",
                    metadata: ["registration": "\(registration.name)", "error": "\(error)"])
            }
        }
    }

    /// Joins a group until it is given something, and leaves. Nothing is read or committed.
    private func visit(_ group: String, _ streams: [String]) async throws {
        let member = try await log.join(group: group, streams: streams, options: GroupOptions())
        try? await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { _ = try await member.next(maximum: 1) }
            tasks.addTask { try await Task.sleep(for: .seconds(30)) }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
        await member.leave()
    }

    /// Moves a registration to other positions. What it delivers meanwhile stops, and goes on from there.
    ///
    /// Deliveries that wait in the retries stream and come again from the log, since they lie at or behind the new
    /// positions, are taken out; others stay. Needs ``run()`` to be under way.
    ///
    /// - Parameter isDryRun: only tells what would be moved.
    /// - Returns: the partitions that move.
    /// - Throws: ``RegistrationError/active(_:)`` when members do not leave within 30 seconds; ``LogError``.
    public func reset(_ name: String, to point: StartPoint, isDryRun: Bool = false) async throws -> [Move] {
        let registration = try get(name)
        let partitions = catalog.historyStreams.flatMap(\.allPartitions)
        let goals = try await log.offsets(at: point, in: partitions)
        func moves() async throws -> [Move] {
            let current = try await positions(of: registration, in: partitions)
            return partitions.compactMap { partition in
                guard let to = goals[partition] else { return nil }
                let from = current[partition] ?? 0
                return from == to ? nil : Move(partition: partition, from: from, to: to)
            }
        }
        if isDryRun { return try await moves() }
        let before = registration.state
        if !registration.isPaused { try await pause(name, reason: "it is being reset") }
        do {
            // The positions that are left behind are told, so they are looked at before.
            let moved = try await whenLeft(registration) {
                let moved = try await moves()
                try await self.log.setCommittedPositions(
                    group: registration.group(prefix: self.catalog.layout.prefix), to: goals.offsets)
                try await self.dropRetries(of: registration, from: goals)
                return moved
            }
            if before == .running { try await resume(name) }
            return moved
        } catch {
            if before == .running { _ = try? await resume(name) }
            throw error
        }
    }

    /// Takes deliveries out of the retries stream. Whoever took the registration up would else deliver them before
    /// earlier ones of their key, and take what is read again of that key for settled.
    private func dropRetries(of registration: Registration, from goals: PositionVector) async throws {
        try await retries.caughtUp()
        let ends = retries.positions(of: registration.id).compactMap { position, _ -> NewRecord? in
            guard let goal = goals[position.partition], position.offset >= goal else { return nil }
            return NewRecord(
                retries.partition(of: registration.id, position.partition),
                ParkedDelivery.end(registration.id, position))
        }
        for outcome in await log.append(ends) { _ = try outcome.get() }
    }

    /// Does what needs the group to have no members, once they have left.
    private func whenLeft<Result>(_ registration: Registration, _ body: () async throws -> Result) async throws
        -> Result
    {
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        var backoff = Backoff()
        while true {
            do {
                return try await body()
            } catch LogError.groupActive {
                guard ContinuousClock.now < deadline else { throw RegistrationError.active(registration.name) }
                try await backoff.wait()
            }
        }
    }
}
