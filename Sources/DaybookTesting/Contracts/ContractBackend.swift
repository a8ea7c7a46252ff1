public import Daybook

/// A backend as the contract suite sees it: what it claims, what its test set-up can do, and how to make a fresh one.
public struct ContractBackend: Sendable {
    /// What a test set-up may be able to do to a log beyond opening it.
    public enum Ability: String, Sendable, Hashable, CaseIterable {
        /// The log can be opened again after it was closed, and finds its records.
        case reopen = "a closed log can be opened again"
        /// ``ContractBed/crash(_:)``.
        case crash = "a log can be left as by the death of its process"
        /// ``ContractBed/clean(_:after:)``.
        case clean = "the cleaner can be forced"
        /// More than one log can be open at once, as by several processes.
        case several = "several logs can be open at once"
    }

    public var name: String
    /// What the backend's logs declare. A log that declares something else fails.
    public var features: Set<LogFeature>
    public var abilities: Set<Ability>
    /// The shortest session time-out that group members can have.
    public var sessionTimeout: Duration
    /// How long a contract waits for something that has to happen before it calls it a hang. It does not measure speed.
    public var patience: Duration
    /// Makes the place for one contract's log: a directory, a store, a client of a cluster.
    public var makeBed: @Sendable () async throws -> any ContractBed

    public init(
        name: String, features: Set<LogFeature>, abilities: Set<Ability>,
        sessionTimeout: Duration = .milliseconds(100), patience: Duration = .seconds(30),
        makeBed: @escaping @Sendable () async throws -> any ContractBed
    ) {
        self.name = name
        self.features = features
        self.abilities = abilities
        self.sessionTimeout = sessionTimeout
        self.patience = patience
        self.makeBed = makeBed
    }

    /// The contracts that cannot be run on it, each with the reason, one per line. Empty when all can.
    public var notRun: String {
        LogContract.all.compactMap { contract in
            contract.obstacle(on: self).map { "\(contract.name): \($0)" }
        }.joined(separator: "\n")
    }
}

/// The place where one contract's log lives.
public protocol ContractBed: Sendable {
    /// Opens the log: for the first time, again after it was closed or crashed, or once more (``ContractBackend/Ability/several``).
    func open() async throws -> any EventLog

    /// Leaves a log as the death of its process does: nothing is finished, nobody is told. It is not used afterwards.
    func crash(_ log: any EventLog) async throws

    /// Makes the log believe that so much time has passed, and does what retention and compaction ask for by then.
    func clean(_ log: any EventLog, after time: Duration) async throws

    /// Removes what is left. All its logs are closed or crashed.
    func remove() async
}

extension ContractBed {
    public func crash(_ log: any EventLog) async throws {
        throw ContractViolation("the bed was asked to crash a log, which it did not say it can")
    }

    public func clean(_ log: any EventLog, after time: Duration) async throws {
        throw ContractViolation("the bed was asked to clean a log, which it did not say it can")
    }

    public func remove() async {}
}
