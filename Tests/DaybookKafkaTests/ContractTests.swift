import Daybook
import DaybookTesting
import Synchronization
import Testing

@testable import DaybookKafka

/// The contract suite on a real broker, the one that `DAYBOOK_KAFKA` names, such as `localhost:9092`.
///
/// Group members are given the shortest session time-outs that a broker allows as it comes
/// (`group.min.session.timeout.ms`), six seconds. One that is silent is taken for dead after ten of them, which asks for
/// patience.
@Suite(.needsBroker) struct ContractTests {
    static let backend = ContractBackend(
        name: "kafka", features: Set(LogFeature.allCases), abilities: [.reopen, .crash, .several],
        sessionTimeout: .seconds(6), patience: .seconds(100)
    ) { KafkaBed() }

    /// A few at a time: one small broker serves all, and a transaction that it has no time for is aborted.
    private static let lanes = (0..<6).map { _ in AsyncGate() }
    private static let turn = Atomic(0)

    @Test(arguments: LogContract.all(for: backend))
    func contract(_ contract: LogContract) async throws {
        let turn = Self.turn.add(1, ordering: .relaxed).oldValue
        try await Self.lanes[turn % Self.lanes.count].withLock { try await contract.run(on: Self.backend) }
    }

    @Test func onlyWhatTakesTheBrokersTimeIsNotRun() {
        let clean = ContractBackend.Ability.clean.rawValue
        #expect(Self.backend.notRun.split(separator: "\n").allSatisfy { $0.hasSuffix("not so here: \(clean)") })
    }
}

/// The place of one contract's log: the cluster, which all share.
struct KafkaBed: ContractBed {
    private let logs = Watched<[KafkaLog]>([])

    func open() async throws -> any EventLog {
        let log = try await KafkaLog.open(RealCluster.configuration())
        logs.update { $0.append(log) }
        return log
    }

    func crash(_ log: any EventLog) async throws {
        await (log as? KafkaLog)?.abandon()
    }

    func remove() async {
        let streams = logs.value.reduce(into: Set()) { $0.formUnion($1.usedStreams) }
        await RealCluster.delete(streams: streams)
    }
}
