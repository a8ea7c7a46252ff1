import Daybook
import DaybookTesting
import Synchronization
import Testing

@testable import DaybookSQLite

/// The contract suite on the embedded log, in a directory and in memory.
@Suite struct ContractTests {
    static let file = ContractBackend(
        name: "sqlite", features: Set(LogFeature.allCases), abilities: [.reopen, .crash, .clean]
    ) { SQLiteBed(directory: TemporaryDirectory("contract")) }

    static let memory = ContractBackend(
        name: "sqlite in memory", features: Set(LogFeature.allCases).subtracting([.durable]), abilities: [.clean]
    ) { SQLiteBed(directory: nil) }

    /// A few at a time, because each has several files open for every log. Above some 1,300 open files Foundation's
    /// `Process`, which other tests use, reads beyond what it has allocated.
    private static let lanes = (0..<8).map { _ in AsyncGate() }
    private static let turn = Atomic(0)

    @Test(arguments: LogContract.all(for: file))
    func inADirectory(_ contract: LogContract) async throws {
        let turn = Self.turn.add(1, ordering: .relaxed).oldValue
        try await Self.lanes[turn % Self.lanes.count].withLock { try await contract.run(on: Self.file) }
    }

    @Test(arguments: LogContract.all(for: memory))
    func inMemory(_ contract: LogContract) async throws {
        try await contract.run(on: Self.memory)
    }

    @Test func onlyWhatTakesSeveralProcessesIsNotRun() {
        let several = ContractBackend.Ability.several.rawValue
        #expect(Self.file.notRun.split(separator: "\n").allSatisfy { $0.hasSuffix("not so here: \(several)") })
    }
}

/// The place of one contract's log.
struct SQLiteBed: ContractBed {
    let directory: TemporaryDirectory?
    private let clock = ManualClock()

    init(directory: TemporaryDirectory?) {
        self.directory = directory
    }

    func open() async throws -> any EventLog {
        var configuration = SQLiteLog.Configuration()
        configuration.now = { [clock] in clock.tick() }
        guard let directory else { return try await SQLiteLog.inMemory(configuration: configuration) }
        // A child process that another test starts has the lock's descriptor, too, until it executes its program.
        for _ in 0..<400 {
            do {
                return try await SQLiteLog.open(directory: directory.path, configuration: configuration)
            } catch LogError.inUse {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        return try await SQLiteLog.open(directory: directory.path, configuration: configuration)
    }

    func crash(_ log: any EventLog) async throws {
        await (log as? SQLiteLog)?.abandon()
    }

    func clean(_ log: any EventLog, after time: Duration) async throws {
        clock.advance(by: time)
        await (log as? SQLiteLog)?.clean()
    }

    func remove() async {
        directory?.remove()
    }
}
