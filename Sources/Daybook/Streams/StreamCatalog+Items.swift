public import LosslessJSON

extension StreamCatalog {
    /// All items of a kind, by name, as this server knows them.
    public func items(_ kind: CatalogKind) -> [CatalogItem] { withItems { $0.all(kind) } }

    /// An item, as this server knows it; nil when there is none.
    public func item(_ kind: CatalogKind, _ name: String) -> CatalogItem? { withItems { $0[kind, name] } }

    /// Tells of all items of a kind, by name: those there are now, and all of them again whenever one is set or removed
    /// by any server. Who is slow is told of the last state only. Others' changes come while ``follow()`` runs.
    public func observe(_ kind: CatalogKind) -> AsyncStream<[CatalogItem]> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: [CatalogItem].self, bufferingPolicy: .bufferingNewest(1))
        let number = withItems { $0.addObserver(of: kind, continuation) }
        // Later, as ``observe()`` does.
        continuation.onTermination = { [weak self] _ in
            Task { self?.withItems { $0.removeObserver(number) } }
        }
        return stream
    }

    /// Sets or removes an item as if nobody else wrote to the catalog meanwhile: of servers that do this at once one comes
    /// after the other, and each decides on what the one before it left. So two that make an item under one name are
    /// told apart, in the order of the log: the second one is given the first one's item.
    ///
    /// Nobody holds a lock that could be left behind: each attempt is a transaction under one id, and making its writer
    /// fences all earlier ones. Who was fenced reads again and decides again.
    ///
    /// - Parameter change: is given the item there is, and returns its new value (an object), or nil to remove it; what it
    ///   throws goes on and nothing is written. It may be called several times. When the outcome of a write was unknown it
    ///   may be given its own item: for what is to be made once it should compare values.
    /// - Returns: the item as it is after that; nil when it is removed. When nothing changes, nothing is written.
    /// - Throws: what `change` throws; ``LogError``; `CancellationError`.
    @discardableResult
    public func update(
        _ kind: CatalogKind, _ name: String, _ change: @Sendable (CatalogItem?) throws -> JSONText?
    ) async throws -> CatalogItem? {
        try await updating.withLock { [self] in
            var attempt = 0
            while true {
                do {
                    return try await tryUpdate(kind, name, change)
                } catch let error as LogError {
                    switch error {
                    case .fenced, .outcomeUnknown: attempt += 1
                    default: throw error
                    }
                    guard attempt < 30 else { throw error }
                }
                // Servers that fence each other again and again get out of step by waiting for different times.
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...min(20 << min(attempt, 5), 500))))
            }
        }
    }

    private func tryUpdate(
        _ kind: CatalogKind, _ name: String, _ change: (CatalogItem?) throws -> JSONText?
    ) async throws -> CatalogItem? {
        let writer = try await log.transactionalWriter(id: "\(layout.prefix)-catalog")
        do {
            // After the writer is made: whoever writes from here on fences it.
            try await refresh()
            let current = item(kind, name)
            let value = try change(current)
            guard value != current?.value else {
                await writer.close()
                return current
            }
            let record = NewRecord(
                StreamPartition(layout.catalog.name, 0), CatalogItemRecord(kind, name, value).record)
            let appended = try await writer.transaction { try await $0.append([record]) }
            await writer.close()
            guard let appended = appended.first else { throw LogError.outcomeUnknown("the log told of no record") }
            try await refresh(past: appended.position.offset)
            return value.map {
                CatalogItem(name: name, value: $0, version: appended.position.offset, time: appended.time)
            }
        } catch {
            await writer.close()
            throw error
        }
    }
}
