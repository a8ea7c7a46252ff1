import Daybook

/// What waits for the writer, and whether it is at work. Plain values, changed under the lock of ``CommitQueue``.
struct CommitQueueState {
    enum Entry {
        case append(AppendRequest)
        case gate(TransactionGate)
    }

    /// What one commit takes.
    struct Group {
        var appends: [AppendRequest] = []
        var changes: [CommitQueue.Change] = []
        /// The transaction whose turn has come.
        var opened: TransactionGate?
    }

    var entries = FIFO<Entry>()
    var changes: [CommitQueue.Change] = []
    private(set) var waitingBytes = 0
    /// Whether a commit is under way or asked for.
    var isRunning = false
    /// The transaction that alone may append now.
    var gate: TransactionGate?
    var isClosed = false
    var whenIdle: [@Sendable () -> Void] = []

    /// - Throws: ``LogError/unavailable(_:)`` when too much waits already.
    mutating func add(_ request: AppendRequest, maximumBytes: Int) throws(LogError) {
        guard waitingBytes == 0 || waitingBytes + request.bytes <= maximumBytes else {
            throw .unavailable(
                "\(waitingBytes) bytes wait to be written already, and the limit is \(maximumBytes); try again later")
        }
        waitingBytes += request.bytes
        entries.append(.append(request))
    }

    var isIdle: Bool { !isRunning && gate == nil && entries.isEmpty && changes.isEmpty }

    /// Whether the caller has to start the writer; it then is noted as running.
    mutating func startIfNeeded() -> Bool {
        // An open transaction holds back appends, not the rest.
        guard !isRunning, !changes.isEmpty || (gate == nil && !entries.isEmpty) else { return false }
        isRunning = true
        return true
    }

    /// The transaction whose turn it is, when nothing is to be written before it: it can begin without the writer.
    mutating func takeGate() -> TransactionGate? {
        guard !isRunning, gate == nil, changes.isEmpty, case .gate(let next) = entries.first else { return nil }
        _ = entries.popFirst()
        gate = next
        return next
    }

    mutating func takeGroup(maximumBytes: Int) -> Group {
        var group = Group()
        swap(&group.changes, &changes)
        var bytes = 0
        while gate == nil, bytes < maximumBytes, let entry = entries.popFirst() {
            switch entry {
            case .append(let request):
                group.appends.append(request)
                bytes += request.bytes
                waitingBytes -= request.bytes
            case .gate(let opened):
                gate = opened
                group.opened = opened
            }
        }
        return group
    }

    mutating func takeWhenIdle() -> [@Sendable () -> Void] {
        guard isIdle else { return [] }
        defer { whenIdle = [] }
        return whenIdle
    }
}
