import DaybookTesting
import Testing

/// Who watches the contracts: each has to fail on a log that breaks it.
@Suite struct FaultTests {
    /// The wrapping itself is no fault.
    @Test(arguments: LogContract.all)
    func wrappedLogKeeps(_ contract: LogContract) async throws {
        try await contract.run(on: .memory.with(nil, patience: .seconds(30)))
    }

    @Test(arguments: LogFault.allCases)
    func isFound(_ fault: LogFault) async throws {
        // A fault that makes a log hang is found by losing patience, so this time is spent in full. A contract that runs out of it
        // though nothing hangs would pass for one that finds the fault, but never the other way round.
        let backend = ContractBackend.memory.with(fault, patience: .seconds(2))
        let contracts = LogContract.all.filter { fault.contracts.contains($0.name) }
        #expect(Set(contracts.map(\.name)) == Set(fault.contracts), "a contract of this fault does not exist")
        #expect(!contracts.isEmpty, "nothing is said to find it")
        for contract in contracts {
            await #expect(throws: (any Error).self, "\"\(contract)\" does not find that \(fault)") {
                try await contract.run(on: backend)
            }
        }
    }

    @Test func everyContractFindsAFault() {
        let found = Dictionary(
            LogFault.allCases.flatMap { fault in fault.contracts.map { ($0, [fault.rawValue]) } }, uniquingKeysWith: +)
        let table = LogContract.all.map { "\($0): \(found[$0.name, default: []].joined(separator: "; "))" }
        for contract in LogContract.all {
            #expect(
                found[contract.name] != nil,
                "no fault shows that \"\(contract)\" can fail\n\(table.joined(separator: "\n"))")
        }
    }

    @Test func namesAreUnique() {
        #expect(Set(LogContract.all.map(\.name)).count == LogContract.all.count)
        #expect(Set(LogFault.allCases.map(\.rawValue)).count == LogFault.allCases.count)
    }
}
