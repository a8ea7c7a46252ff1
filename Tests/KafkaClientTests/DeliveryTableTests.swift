import CRdKafka
import Testing

@testable import KafkaClient

@Suite struct DeliveryTableTests {
    /// As when a batch had to wait for room until its time was over.
    @Test(.timeLimit(.minutes(1))) func whoComesWhenTheTimeIsOverDoesNotWait() async throws {
        let table = DeliveryTable()
        let batch = table.open(count: 3)
        let full = KafkaError(RD_KAFKA_RESP_ERR__QUEUE_FULL, operation: "produce", message: "no room")
        table.fail(batch: batch, indices: 2..<3, with: full)
        table.expire(batch)
        let results = try await table.results(of: batch)
        let mayBeStored = results.map { result -> Bool? in
            if case .failure(let error) = result { error.mayBeStored } else { nil }
        }
        #expect(mayBeStored == [true, true, false])
    }
}
