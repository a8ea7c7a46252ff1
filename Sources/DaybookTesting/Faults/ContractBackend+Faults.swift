import Daybook

extension ContractBackend {
    /// The same backend with a fault in each of its logs (nil: only with the wrapping). It loses patience sooner: what a fault makes
    /// hang will not come.
    public func with(_ fault: LogFault?, patience: Duration) -> ContractBackend {
        ContractBackend(
            name: "\(name) where \(fault?.rawValue ?? "all is well")", features: features, abilities: abilities,
            sessionTimeout: sessionTimeout, patience: patience
        ) { [makeBed] in
            FaultyBed(base: try await makeBed(), fault: fault)
        }
    }
}

/// A bed whose logs have a fault.
struct FaultyBed: ContractBed {
    let base: any ContractBed
    let fault: LogFault?
    private let memory = Watched(FaultyLog.Memory())

    init(base: any ContractBed, fault: LogFault?) {
        self.base = base
        self.fault = fault
    }

    func open() async throws -> any EventLog {
        FaultyLog(try await base.open(), fault, memory)
    }

    func crash(_ log: any EventLog) async throws {
        guard let log = log as? FaultyLog else { return }
        memory.update { memory in
            memory.heldBack = []
            memory.lateCommits = [:]
        }
        try await base.crash(log.base)
    }

    func clean(_ log: any EventLog, after time: Duration) async throws {
        guard let log = log as? FaultyLog, fault != .cleanerDoesNothing else { return }
        try await base.clean(log.base, after: time)
        guard fault == .cleanerTakesEverything else { return }
        for stream in try await log.base.streams().values {
            guard case .delete(retention: .some) = stream.cleanup else { continue }
            for (partition, marks) in try await log.base.watermarks(of: stream.allPartitions) {
                try await log.base.trim(partition, before: marks.end)
            }
        }
    }

    func remove() async {
        await base.remove()
    }
}
