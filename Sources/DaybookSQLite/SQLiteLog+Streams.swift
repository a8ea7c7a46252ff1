public import Daybook

extension SQLiteLog {
    public func createStreams(_ streams: [StreamSpecification]) async throws {
        try checkOpen()
        // Cheaply first, since a server asks for all its streams at every start.
        if try missing(streams, in: table.streams).isEmpty { return }
        _ = try await queue.perform("to create streams") { [self] database in
            // Again inside the commit, where nobody else creates streams.
            try missing(streams, in: StreamTable.specifications(database)).map {
                ($0, try StreamTable.insert($0, database))
            }
        } committed: { [self] made in
            for (stream, partitions) in made { table.add(stream, partitions) }
        }
    }

    public func streams() async throws -> [String: StreamSpecification] {
        try checkOpen()
        return table.streams
    }

    public func watermarks(of partitions: [StreamPartition]) async throws -> [StreamPartition: Watermarks] {
        try checkOpen()
        return try table.watermarks(of: partitions)
    }

    /// The streams that do not exist yet, each once.
    private func missing(
        _ wanted: [StreamSpecification], in existing: [String: StreamSpecification]
    ) throws -> [StreamSpecification] {
        var known = existing
        var missing: [StreamSpecification] = []
        for stream in wanted {
            if let reason = Self.mismatch(stream, known[stream.name]) {
                throw LogError.streamMismatch(stream: stream.name, reason: reason)
            }
            if known.updateValue(stream, forKey: stream.name) == nil { missing.append(stream) }
        }
        return missing
    }

    private static func mismatch(_ wanted: StreamSpecification, _ found: StreamSpecification?) -> String? {
        if wanted.name.isEmpty || wanted.name.utf8.contains(0) { return "a stream needs a name without NUL" }
        if wanted.partitions < 1 { return "a stream needs at least 1 partition, not \(wanted.partitions)" }
        guard let found else { return nil }
        if wanted.partitions != found.partitions {
            return "it has \(found.partitions) partitions, not \(wanted.partitions)"
        }
        return wanted.cleanup == found.cleanup
            ? nil : "its clean-up is \(describe(found.cleanup)), not \(describe(wanted.cleanup))"
    }

    private static func describe(_ cleanup: StreamSpecification.Cleanup) -> String {
        switch cleanup {
        case .compact: "compaction"
        case .delete(nil): "keeping for ever"
        case .delete(let retention?): "retention of \(retention)"
        }
    }
}
