import Daybook
import Hummingbird
import LosslessJSON
import NIOCore
import Synchronization

/// Writes the lines of a replay, from one task at a time.
///
/// Unchecked, because a writer can be used by any task but by one at a time, which the gate sees to.
final class ReplayLines: @unchecked Sendable {
    private var writer: any ResponseBodyWriter
    private let gate = AsyncGate()
    private let resume: Mutex<PositionVector>

    init(_ writer: any ResponseBodyWriter, start: PositionVector) {
        self.writer = writer
        resume = Mutex(start)
    }

    /// The records of a batch, and where a later replay would go on.
    func send(_ batch: Replay.Batch) async throws {
        resume.withLock { $0 = batch.resume }
        var json = JSONWriter(capacity: batch.records.count * 512)
        for stored in batch.records { Self.write(stored, in: batch.partition, to: &json) }
        Self.write(batch.resume, isEnd: false, to: &json)
        try await send(json.bytes)
    }

    func end(at vector: PositionVector) async throws {
        var json = JSONWriter()
        Self.write(vector, isEnd: true, to: &json)
        try await send(json.bytes)
    }

    /// Runs a body and meanwhile writes where the replay is, now and then: so a caller that is gone is found out, and
    /// nobody in between takes the connection for dead.
    func keepAlive(every interval: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: interval)
                    var json = JSONWriter()
                    Self.write(self.resume.withLock { $0 }, isEnd: false, to: &json)
                    try await self.send(json.bytes)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func send(_ bytes: [UInt8]) async throws {
        try await gate.withLock { try await self.writer.write(ByteBuffer(bytes: bytes)) }
    }

    private static func write(_ stored: StoredRecord, in partition: StreamPartition, to json: inout JSONWriter) {
        let position = Position(partition, stored.offset)
        do {
            try RecordDecoder.decode(stored.record).write(to: &json, position: position, time: stored.time)
        } catch {
            // An auditor sees also what is no event.
            json.beginObject()
            json.key("position")
            json.string(position.description)
            json.key("time")
            json.string(stored.time.description)
            json.key("change")
            json.string("invalid")
            json.key("error")
            json.string("\(error)")
            json.endObject()
        }
        json.endLine()
    }

    private static func write(_ resume: PositionVector, isEnd: Bool, to json: inout JSONWriter) {
        json.beginObject()
        json.key("resume")
        json.string(resume.description)
        if isEnd {
            json.key("end")
            json.bool(true)
        }
        json.endObject()
        json.endLine()
    }
}
