/// The items of a catalog, and who wants to be told of them. A value in ``StreamCatalog``'s lock.
struct CatalogItems {
    private var byKind: [CatalogKind: [String: CatalogItem]] = [:]
    private var observers: [Int: (kind: CatalogKind, continuation: AsyncStream<[CatalogItem]>.Continuation)] = [:]
    private var nextObserver = 0

    subscript(kind: CatalogKind, name: String) -> CatalogItem? { byKind[kind]?[name] }

    /// All of a kind, by name.
    func all(_ kind: CatalogKind) -> [CatalogItem] {
        (byKind[kind] ?? [:]).values.sorted { $0.name < $1.name }
    }

    /// Takes a record in.
    ///
    /// - Returns: the kind it is of; nil when it is none of ours.
    mutating func apply(_ stored: StoredRecord) -> CatalogKind? {
        guard let record = CatalogItemRecord(stored.record) else { return nil }
        byKind[record.kind, default: [:]][record.name] = record.value.map {
            CatalogItem(name: record.name, value: $0, version: stored.offset, time: stored.time)
        }
        return record.kind
    }

    /// Tells those who observe one of the kinds.
    func tell(_ kinds: Set<CatalogKind>) {
        for observer in observers.values where kinds.contains(observer.kind) {
            observer.continuation.yield(all(observer.kind))
        }
    }

    /// - Returns: the observer's number, for ``removeObserver(_:)``.
    mutating func addObserver(
        of kind: CatalogKind, _ continuation: AsyncStream<[CatalogItem]>.Continuation
    ) -> Int {
        nextObserver += 1
        observers[nextObserver] = (kind, continuation)
        continuation.yield(all(kind))
        return nextObserver
    }

    mutating func removeObserver(_ number: Int) {
        observers[number] = nil
    }
}
