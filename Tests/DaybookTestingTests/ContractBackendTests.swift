import Daybook
import DaybookTesting
import Testing

@Suite struct ContractBackendTests {
    private static let modest = ContractBackend(name: "modest", features: [.seekByTime], abilities: []) { ModestBed() }

    @Test func whatCannotBeRunIsReported() {
        let run = LogContract.all(for: Self.modest)
        #expect(run.allSatisfy { $0.features.isSubset(of: [.seekByTime]) && $0.abilities.isEmpty })
        let lines = Self.modest.notRun.split(separator: "\n")
        #expect(run.count + lines.count == LogContract.all.count)
        #expect(
            lines.contains(
                "retention drops what is old: not so here: the cleaner can be forced; the log has no retention"))
        #expect(ContractBackend.memory.notRun.isEmpty)
    }

    @Test func declaringWhatIsNotSoFails() async throws {
        let contract = try #require(LogContract.all.first)
        let boastful = ContractBackend(name: "boastful", features: [.durable], abilities: []) { ModestBed() }
        await #expect(throws: ContractViolation.self) { try await contract.run(on: boastful) }
    }

    @Test func aHangSaysWhatItWaitedFor() async throws {
        let contract = try #require(LogContract.all.first { $0.name == "many readers wait at once" })
        do {
            try await contract.run(on: .memory.with(.oneReaderIsWoken, patience: .seconds(3)))
            Issue.record("it did not fail")
        } catch let error as DeadlineExceeded {
            #expect(error.what.hasPrefix("record 1 of 1 of contract-"), "\(error)")
        }
    }

    @Test func aViolationSaysWhere() async throws {
        let contract = try #require(LogContract.all.first { $0.name == "appended records are read" })
        let error = await #expect(throws: ContractViolation.self) {
            try await contract.run(on: .memory.with(.batchesAreReversed, patience: .seconds(30)))
        }
        #expect(error?.file == "DaybookTesting/LogContract+Appending.swift")
        #expect(error?.message.contains("record 9") == true)
    }
}

/// A log in memory, which cannot be reopened.
private struct ModestBed: ContractBed {
    func open() async throws -> any EventLog { MemoryLog() }
}
