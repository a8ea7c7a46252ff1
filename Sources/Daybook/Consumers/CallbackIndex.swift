/// The callbacks of an ``EventProcessor``, by number, by what they can be removed by, and by what they match.
struct CallbackIndex {
    /// By what a record does.
    private var byOperation: [RecordOperation: FilterIndex<ProcessorCallback>] = [:]
    private var byID: [String: ProcessorCallback] = [:]
    private var last = 0
    /// Searches made for it that nobody uses, as many as were ever in use at once. None has seen another index.
    private var searches: [CallbackSearch] = []
    /// How often it was changed.
    private var version = 0

    /// In the order of registration.
    var ids: [String] { byID.values.sorted { $0.number < $1.number }.map(\.id) }

    /// - Parameter id: puts it in the place of the callback with this id, behind all others; nil makes one up.
    mutating func add(_ match: EventMatch, _ filter: Filter?, id: String?, _ body: ProcessorCallback.Body) {
        last += 1
        let callback = ProcessorCallback(id: id ?? "#\(last)", number: last, on: match.on, body: body)
        _ = remove(callback.id)
        change()
        for operation in callback.on {
            byOperation[operation, default: FilterIndex()].insert(filter, for: callback)
        }
        byID[callback.id] = callback
    }

    mutating func remove(_ id: String) -> Bool {
        guard let callback = byID.removeValue(forKey: id) else { return false }
        change()
        callback.remove()
        for operation in callback.on { byOperation[operation]?.remove(callback) }
        return true
    }

    private mutating func change() {
        version += 1
        searches = []
    }

    // MARK: - Searches

    /// A search of the index as it is now.
    mutating func takeSearch() -> CallbackSearch {
        searches.popLast() ?? CallbackSearch(byOperation, version: version)
    }

    /// Gives it back, so that it need not be made again.
    mutating func putBack(_ search: CallbackSearch) {
        if search.version == version { searches.append(search) }
    }
}

/// Tells which callbacks a record concerns.
struct CallbackSearch {
    private var byOperation: [RecordOperation: FilterSearch<ProcessorCallback>]
    /// Of the index.
    let version: Int

    fileprivate init(_ indexes: [RecordOperation: FilterIndex<ProcessorCallback>], version: Int) {
        byOperation = indexes.mapValues { FilterSearch($0) }
        self.version = version
    }

    /// Whether a record concerns any callback, by its headers as far as they tell; a record that is no event's may.
    mutating func concerns(_ stored: StoredRecord) -> Bool {
        let concerns = try? stored.withFilterSubject { subject, payload in
            byOperation[subject.recordOperation]?.meetsAny(subject, payload: payload) ?? false
        }
        return concerns ?? true
    }

    /// In the order of registration.
    mutating func callbacks(for delivery: Delivery) -> [ProcessorCallback] {
        let record = delivery.entry.record
        return byOperation[record.operation]?.matches(
            DeliveredEvent(entry: delivery.entry), payload: { record.event.payload }) ?? []
    }
}
