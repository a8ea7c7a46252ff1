import Daybook
import Testing

@testable import DaybookKafka
@testable import KafkaClient

@Suite struct PendingBatchesTests {
    private let a = StreamPartition("s", 0)
    private let b = StreamPartition("s", 1)

    private func message(_ partition: Int32, _ offset: Int64) -> IncomingMessage {
        IncomingMessage(
            topic: "s", partition: partition, offset: offset, timestamp: 0, timestampType: .logAppendTime, key: nil,
            value: [], headers: [])
    }

    private func progress(_ partition: Int32, _ position: Int64, end: Int64) -> PartitionProgress {
        PartitionProgress(
            topicPartition: TopicPartition("s", partition), position: position, end: end, isAtEnd: false)
    }

    private func batch(_ messages: [IncomingMessage], _ progress: [PartitionProgress]) -> ConsumerBatch {
        var batch = ConsumerBatch()
        batch.messages = messages
        batch.progress = progress
        return batch
    }

    private func drain(_ pending: inout PendingBatches, maximum: Int = 100) -> [String] {
        var texts: [String] = []
        while let batch = pending.take(maximum: maximum) {
            texts.append("\(batch.partition.partition) \(batch.records.map(\.offset)) \(batch.nextOffset)/\(batch.end)")
        }
        return texts
    }

    @Test func cutsMessagesIntoBatchesOfOnePartition() {
        var pending = PendingBatches()
        pending.start([a: 0, b: 5])
        pending.add(
            batch(
                [message(0, 0), message(0, 1), message(1, 5), message(0, 2)],
                [progress(0, 4, end: 9), progress(1, 6, end: 6)]))
        // The position is told with the last batch of a partition: before, records would be behind it.
        #expect(drain(&pending) == ["0 [0, 1] 2/9", "1 [5] 6/6", "0 [2] 4/9"])
        #expect(pending.position(of: a) == 4)
    }

    @Test func keepsToTheMaximum() {
        var pending = PendingBatches()
        pending.start([a: 0])
        pending.add(batch((0..<5).map { message(0, $0) }, [progress(0, 6, end: 6)]))
        #expect(drain(&pending, maximum: 2) == ["0 [0, 1] 2/6", "0 [2, 3] 4/6", "0 [4] 6/6"])
    }

    @Test func tellsOffsetsThatHoldNothingOnce() {
        var pending = PendingBatches()
        pending.start([a: 3])
        pending.add(batch([], [progress(0, 3, end: 3)]))
        #expect(drain(&pending).isEmpty)
        pending.add(batch([], [progress(0, 5, end: 5)]))
        pending.add(batch([], [progress(0, 5, end: 5)]))
        #expect(drain(&pending) == ["0 [] 5/5"])
    }

    @Test func dropsWhatIsReadElsewhereNow() {
        var pending = PendingBatches()
        pending.start([a: 0, b: 0])
        pending.add(batch([message(0, 0), message(1, 0)], [progress(0, 1, end: 1), progress(1, 1, end: 1)]))
        pending.start([a: 7])
        pending.stop([b])
        pending.add(batch([message(1, 1)], [progress(1, 2, end: 2)]))
        #expect(drain(&pending).isEmpty)
        #expect(pending.position(of: a) == 7)
        #expect(pending.position(of: b) == nil)
    }
}
