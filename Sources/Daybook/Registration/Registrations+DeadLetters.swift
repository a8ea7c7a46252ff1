extension Registrations {
    private static let step = 100

    /// The dead letters of a registration, in the order of stream, partition and offset.
    ///
    /// - Parameters:
    ///   - filter: of their events; nil is all.
    ///   - after: goes on behind this record.
    /// - Throws: ``RegistrationError/unknown(_:)``; ``LogError``.
    public func letters(
        of name: String, matching filter: Filter? = nil, after: Position? = nil, limit: Int = .max
    ) async throws -> [ParkedDelivery] {
        let registration = try get(name)
        var left = deadLetters.positions(of: registration.id)[...]
        // What lay there may have been moved meanwhile.
        if let after { left = left.drop { !after.precedes($0.position) } }
        var letters: [ParkedDelivery] = []
        while letters.count < limit, !left.isEmpty {
            let step = left.prefix(Self.step)
            left = left.dropFirst(Self.step)
            letters += try await read(step.map(\.stored), filter)
        }
        return Array(letters.prefix(limit))
    }

    /// Waits until this server knows all dead letters and retries that there are now.
    ///
    /// - Throws: ``LogError``; `CancellationError`.
    public func parkedCaughtUp() async throws {
        try await deadLetters.caughtUp()
        try await retries.caughtUp()
    }

    /// One dead letter, by where its record lies; nil when there is none.
    public func letter(of name: String, at position: Position) async throws -> ParkedDelivery? {
        let registration = try get(name)
        guard let entry = deadLetters.entry(of: registration.id, at: position) else { return nil }
        return try await read([entry.stored], nil).first
    }

    private func read(_ positions: [Position], _ filter: Filter?) async throws -> [ParkedDelivery] {
        try await log.records(at: positions).compactMap { stored in
            guard let stored, let letter = ParkedDelivery(stored.record) else { return nil }
            guard let filter else { return letter }
            let record = StoredRecord(offset: letter.position.offset, time: letter.logTime, record: letter.record)
            return (try? filter.matches(record)) == true ? letter : nil
        }
    }

    /// What was done with dead letters.
    public struct MovedLetters: Hashable, Sendable {
        public var count = 0
        /// The last one of them: what comes behind it was not looked at, when the limit was reached.
        public var last: Position?
    }

    /// Has dead letters delivered again: each moves to the retries stream, and its attempts count from 1 again.
    ///
    /// - Parameters:
    ///   - after: begins behind this record.
    ///   - progress: told how many have moved.
    /// - Throws: ``RegistrationError/unknown(_:)``; ``LogError``.
    @discardableResult
    public func redrive(
        _ name: String, matching filter: Filter? = nil, after: Position? = nil, limit: Int = .max,
        progress: (Int) -> Void = { _ in }
    ) async throws -> MovedLetters {
        try await move(name, filter, after, limit, progress) { letter, registration, retries, letters in
            var delivery = letter
            delivery.attempts = 0
            delivery.notBefore = .now
            delivery.isRedriven = true
            return [
                NewRecord(retries, delivery.wireRecord),
                NewRecord(letters, ParkedDelivery.end(registration, letter.position)),
            ]
        }
    }

    /// Drops dead letters for good; else as ``redrive(_:matching:after:limit:progress:)``.
    @discardableResult
    public func drop(
        _ name: String, matching filter: Filter? = nil, after: Position? = nil, limit: Int = .max,
        progress: (Int) -> Void = { _ in }
    ) async throws -> MovedLetters {
        try await move(name, filter, after, limit, progress) { letter, registration, _, letters in
            [NewRecord(letters, ParkedDelivery.end(registration, letter.position))]
        }
    }

    private func move(
        _ name: String, _ filter: Filter?, _ after: Position?, _ limit: Int, _ progress: (Int) -> Void,
        _ records: (ParkedDelivery, EventID, StreamPartition, StreamPartition) -> [NewRecord]
    ) async throws -> MovedLetters {
        let registration = try get(name)
        var moved = MovedLetters(last: after)
        while moved.count < limit {
            let letters = try await letters(
                of: name, matching: filter, after: moved.last, limit: min(Self.step, limit - moved.count))
            guard !letters.isEmpty else { break }
            // The retries come first: whatever happens in between, none is lost.
            let new = letters.map { letter in
                records(
                    letter, registration.id, retries.partition(of: registration.id, letter.position.partition),
                    deadLetters.partition(of: registration.id, letter.position.partition))
            }
            for at in 0..<(new.first?.count ?? 0) {
                for outcome in await log.append(new.map { $0[at] }) { _ = try outcome.get() }
            }
            moved.count += letters.count
            moved.last = letters.last?.position
            progress(moved.count)
        }
        return moved
    }
}

extension Position {
    /// In the order of stream, partition and offset.
    fileprivate func precedes(_ other: Position) -> Bool {
        partition == other.partition ? offset < other.offset : partition < other.partition
    }
}
