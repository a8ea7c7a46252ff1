import Logging

/// Reads a stream as it grows, through whatever happens to the log.
struct StreamFollower: Sendable {
    let log: any EventLog
    /// Created when it is missing.
    let stream: StreamSpecification
    let logger: Logger

    /// Follows it until it is cancelled or the log is closed.
    ///
    /// - Parameters:
    ///   - starts: where to go on in each partition, given what can be read; asked again after each failure.
    ///   - apply: takes what was read, in the order of each partition.
    func run(
        starts: ([StreamPartition: Watermarks]) -> [StreamPartition: Int64], apply: (RecordBatch) -> Void
    ) async throws {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                try await log.createStreams([stream])
                let marks = try await log.watermarks(of: stream.allPartitions)
                let reader = try await log.reader(from: starts(marks))
                do {
                    while true {
                        apply(try await reader.next(maximum: 1000))
                        backoff.reset()
                    }
                } catch {
                    await reader.close()
                    throw error
                }
            } catch is CancellationError {
                return
            } catch LogError.closed {
                return
            } catch {
                logger.warning("\(stream.name) cannot be followed; trying again", metadata: ["error": "\(error)"])
                try await backoff.wait()
            }
        }
    }
}
