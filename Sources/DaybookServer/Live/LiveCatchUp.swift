import Daybook
import DaybookIndex
import NIOCore

/// Tells one subscriber what it has missed, from the log, and then has it told of what comes: nothing is left out, nothing
/// comes twice.
struct LiveCatchUp: Sendable {
    private static let batchSize = 500
    private static let pieceBytes = 256 << 10

    let feed: LiveFeed
    let loop: LiveLoop
    let subscriber: LiveSubscriber
    let parts: DaybookNode.Parts

    /// Returns when the subscriber is told of what comes.
    ///
    /// - Throws: ``Problem`` when the start is not stored; ``LogError``; what the receiver says when the peer is gone.
    func run(from start: LiveStart) async throws {
        try await run(at: start.vector(in: parts.catalog))
    }

    func run(at vector: PositionVector) async throws {
        // The feed begins where the log ended when the server started.
        try await parts.projector.caughtUp()
        if try await join(at: vector) { return }
        let reader = try await parts.log.reader(from: vector.offsets)
        do {
            try await read(reader, from: vector)
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
    }

    /// Ends the subscription with the reason when the work fails.
    func tell(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            guard let end = LiveEnd(error) else { return }
            loop.eventLoop.execute { [subscriber] in subscriber.receiver.end(end) }
        }
    }

    private func read(_ reader: any LogReader, from start: PositionVector) async throws {
        var vector = start
        repeat {
            try await addPartitions(to: reader, &vector)
            let batch: RecordBatch
            do {
                batch = try await reader.next(maximum: Self.batchSize)
            } catch LogError.outOfRange(let position, let available) where isSignal(position.partition) {
                try await reader.add([position.partition: available.low])
                vector[position.partition] = available.low
                continue
            }
            try await send(batch, vector)
            vector[batch.partition] = batch.nextOffset
        } while try await !join(at: vector)
    }

    private func isSignal(_ partition: StreamPartition) -> Bool {
        partition.stream == parts.catalog.layout.signals.name
    }

    /// Streams that came into being meanwhile are read from their beginning.
    private func addPartitions(to reader: any LogReader, _ vector: inout PositionVector) async throws {
        let added = feed.partitions(besides: vector)
        guard !added.isEmpty else { return }
        let lows = try await parts.log.watermarks(of: added).mapValues(\.low)
        try await reader.add(lows)
        vector.offsets.merge(lows) { $1 }
    }

    private func send(_ batch: RecordBatch, _ vector: PositionVector) async throws {
        let token = LiveToken(others: vector.offsets, partition: batch.partition)
        var chunks: [ByteBuffer] = []
        var bytes = 0
        for stored in batch.records {
            let message = LiveMessage(
                sequence: 0, partition: batch.partition, stored: stored, isSignal: isSignal(batch.partition),
                token: token, index: parts.index)
            guard subscriber.selection.includes(message), let chunk = message.bytes(in: subscriber.shape) else {
                continue
            }
            chunks.append(chunk)
            bytes += chunk.readableBytes
            guard bytes > Self.pieceBytes else { continue }
            try await send(chunks)
            chunks = []
            bytes = 0
        }
        if !chunks.isEmpty { try await send(chunks) }
    }

    /// As fast as the peer reads, and no faster: what it missed may be much.
    private func send(_ chunks: [ByteBuffer]) async throws {
        let drained = loop.eventLoop.makePromise(of: Void.self)
        loop.eventLoop.execute { [subscriber] in
            for chunk in chunks { subscriber.receiver.write(chunk) }
            subscriber.lastWrite = .now()
            subscriber.receiver.flush()
            subscriber.receiver.whenDrained(drained)
        }
        try await drained.futureResult.get()
        try Task.checkCancellation()
    }

    private func join(at vector: PositionVector) async throws -> Bool {
        try Task.checkCancellation()
        return try await loop.eventLoop.submit { [loop, subscriber] in loop.join(subscriber, at: vector) }.get()
    }
}
