import Daybook

extension ContractBackend {
    /// ``MemoryLog``, for the contract suite: the log that the suite itself is tested with.
    public static let memory = ContractBackend(
        name: "memory", features: Set(LogFeature.allCases).subtracting([.durable]), abilities: Set(Ability.allCases),
        sessionTimeout: .milliseconds(50)
    ) { MemoryBed() }
}

/// A store, and the logs on it.
struct MemoryBed: ContractBed {
    private let clock: ManualClock
    private let store: MemoryStore

    init() {
        let clock = ManualClock()
        self.clock = clock
        // Small, so that what is too large is quickly made.
        store = MemoryStore(maximumRecordBytes: 100_000) { clock.tick() }
    }

    func open() async throws -> any EventLog { MemoryLog(store: store) }

    func crash(_ log: any EventLog) async throws {
        if let log = log as? MemoryLog { store.crash(log) }
    }

    func clean(_ log: any EventLog, after time: Duration) async throws {
        clock.advance(by: time)
        store.clean()
    }
}
