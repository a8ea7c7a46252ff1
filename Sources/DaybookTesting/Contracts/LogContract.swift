public import Daybook

/// One promise of ``EventLog``, as a check that can be run on any backend.
///
/// A backend's tests run them all, each under its own name and beside each other, and report what cannot be run:
///
///     @Suite struct PaperLogContractTests {
///         static let backend = ContractBackend(name: "paper", features: […], abilities: […]) { PaperBed() }
///
///         @Test(arguments: LogContract.all(for: backend))
///         func contract(_ contract: LogContract) async throws {
///             try await contract.run(on: Self.backend)
///         }
///
///         @Test(.disabled(if: !backend.notRun.isEmpty, "\(backend.notRun)"))
///         func everyContractIsRun() {}
///     }
public struct LogContract: Sendable {
    public var name: String
    /// What a log that keeps the contract is known to do, in one sentence.
    public var proves: String
    /// What the backend has to be able to do.
    public var features: Set<LogFeature>
    /// What its test set-up has to be able to do.
    public var abilities: Set<ContractBackend.Ability>
    private let body: @Sendable (ContractRun) async throws -> Void

    init(
        _ name: String, _ proves: String, _ features: Set<LogFeature> = [],
        _ abilities: Set<ContractBackend.Ability> = [],
        body: @escaping @Sendable (ContractRun) async throws -> Void
    ) {
        self.name = name
        self.proves = proves
        self.features = features
        self.abilities = abilities
        self.body = body
    }

    /// Every contract.
    public static let all: [LogContract] = [
        appending, contents, reading, positions, readers, streams, transactions, fencing, groups, rebalancing,
        groupTransactions, cleaning, closing, crashing, vitals, several,
    ].flatMap { $0 }

    /// The contracts that can be run on a backend. What the others lack is in ``ContractBackend/notRun``.
    public static func all(for backend: ContractBackend) -> [LogContract] {
        all.filter { $0.obstacle(on: backend) == nil }
    }

    /// Why it cannot be run on a backend; nil when it can.
    public func obstacle(on backend: ContractBackend) -> String? {
        let lacking =
            features.subtracting(backend.features).map { "the log has no \($0.rawValue)" }
            + abilities.subtracting(backend.abilities).map { "not so here: \($0.rawValue)" }
        return lacking.isEmpty ? nil : lacking.sorted().joined(separator: "; ")
    }

    /// Runs it on a fresh bed.
    ///
    /// - Throws: ``ContractViolation`` when the log does not keep it; ``DeadlineExceeded`` when it does not come to an end; what the
    ///   log throws.
    public func run(on backend: ContractBackend) async throws {
        let bed = try await backend.makeBed()
        let logs = Watched<[any EventLog]>([])
        // Every wait inside has its own, shorter limit, which says more.
        let outcome: Result<Void, any Error>
        do {
            try await withDeadline(backend.patience * 4, what: "the contract \"\(name)\"") { [body] in
                try await body(ContractRun(backend: backend, bed: bed, logs: logs))
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        for log in logs.value {
            do {
                try await withDeadline(backend.patience, what: "a log to close") { try await log.close() }
            } catch {
                // After a failure only the failure is of interest.
                if case .success = outcome { throw error }
            }
        }
        await bed.remove()
        try outcome.get()
    }
}

extension LogContract: CustomStringConvertible {
    public var description: String { name }
}
