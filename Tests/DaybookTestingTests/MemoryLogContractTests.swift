import DaybookTesting
import Testing

@Suite struct MemoryLogContractTests {
    static let backend = ContractBackend.memory

    @Test(arguments: LogContract.all(for: backend))
    func contract(_ contract: LogContract) async throws {
        try await contract.run(on: Self.backend)
    }

    @Test(.disabled(if: !backend.notRun.isEmpty, "\(backend.notRun)"))
    func everyContractIsRun() {}
}
