public import Daybook

/// What ``MemoryLog``s open on it hold in common: the streams, the groups and the transactional ids. It outlives them, so a log that
/// is opened on the store of a closed one finds everything again, and several logs on one store are as several processes on
/// one Kafka cluster.
///
/// It behaves as Kafka does: open transactions hold readers back, a transaction's end takes an offset, and what a crashed log leaves
/// behind (open transactions, group members) stays until its time is over or somebody takes it over.
public final class MemoryStore: Sendable {
    /// How long a transaction may stay open (see ``TransactionalWriter/transaction(_:)``).
    static let transactionTimeout = Duration.seconds(10)

    public let identity: String
    public let maximumRecordBytes: Int
    let state = Watched(MemoryState())
    private let alarms: Alarms
    private let time: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - maximumRecordBytes: the largest record taken.
    ///   - timers: what session and transaction time-outs go by.
    ///   - time: the time of day, for log times; it may stand still or go back, log times never do.
    public init(
        identity: String = uniqueName("memory"), maximumRecordBytes: Int = 1 << 20,
        timers: any Clock<Duration> = ContinuousClock(), time: @escaping @Sendable () -> Timestamp
    ) {
        self.identity = identity
        self.maximumRecordBytes = maximumRecordBytes
        alarms = Alarms(timers)
        self.time = time
    }

    /// A store whose log times begin with 2026 and rise by a microsecond with each call: equal runs give equal logs.
    public convenience init(maximumRecordBytes: Int = 1 << 20) {
        let clock = ManualClock()
        self.init(maximumRecordBytes: maximumRecordBytes) { clock.tick() }
    }

    /// Does at once what the streams' clean-up (retention, compaction) asks for. Nothing else does it.
    public func clean() {
        let now = time()
        state.update { $0.clean(at: now) }
    }

    /// Ends a log as the death of its process does: nothing is finished, nobody is told, members and transactions run out of time.
    public func crash(_ log: MemoryLog) {
        let (transactions, members) = state.update { state in
            let left = (state.openTransactions(of: log.id), state.members(of: log.id))
            state.crash(log.id)
            return left
        }
        for transaction in transactions { abort(transaction, after: Self.transactionTimeout) }
        for member in members {
            let alarm = alarms.set(member.options.sessionTimeout)
            Task { [weak self] in
                try await alarm()
                self?.state.update { $0.expel(member.id, from: member.group) }
            }
        }
    }

    /// Reads the clock for a change. Outside the lock, so that a clock may do as it likes; times are put in order under it.
    func now() -> Timestamp { time() }

    @discardableResult
    func abort(_ transaction: MemoryTransactionKey, after limit: Duration) -> Task<Void, any Error> {
        let alarm = alarms.set(limit)
        return Task { [weak self] in
            try await alarm()
            self?.state.update { $0.abort(transaction, log: nil) }
        }
    }

    /// Takes a member for dead when it has not asked for its next event in a long time: ten to twenty session time-outs.
    func watch(_ member: Int, of group: String, options: GroupOptions) {
        let alarm = alarms.set(options.sessionTimeout * 10)
        Task { [weak self, alarms] in
            var alarm = alarm
            var seen: Int?
            repeat {
                try await alarm()
                alarm = alarms.set(options.sessionTimeout * 10)
                seen = self?.state.update { [seen] in $0.expel(member, from: group, ifSilentSince: seen) }
            } while seen != nil
        }
    }
}

/// What a clock is used for here. The time begins when an alarm is set, not when somebody comes to wait for it, so that with a clock
/// moved by hand it does not matter which task runs first.
private struct Alarms: Sendable {
    /// Sets an alarm, and gives what waits for it.
    let set: @Sendable (Duration) -> @Sendable () async throws -> Void

    init(_ clock: some Clock<Duration>) {
        set = { duration in
            let time = clock.now.advanced(by: duration)
            return { try await clock.sleep(until: time, tolerance: nil) }
        }
    }
}
