import Synchronization

/// What the log has given out and ends with it: readers, members, writers.
protocol LogChild: AnyObject, Sendable {
    func close() async
    /// Ends as the death of the process would.
    func abandon()
}

/// The children that are open.
final class Children: Sendable {
    private let children = Mutex<[ObjectIdentifier: any LogChild]>([:])

    func add(_ child: any LogChild) {
        children.withLock { $0[ObjectIdentifier(child)] = child }
    }

    func remove(_ child: any LogChild) {
        children.withLock { $0[ObjectIdentifier(child)] = nil }
    }

    func closeAll() async {
        await withTaskGroup(of: Void.self) { group in
            for child in takeAll() { group.addTask { await child.close() } }
        }
    }

    func abandonAll() async {
        for child in takeAll() { child.abandon() }
    }

    private func takeAll() -> [any LogChild] {
        children.withLock { children in
            defer { children = [:] }
            return Array(children.values)
        }
    }
}
