import NIOCore
import Synchronization
import WebSocket

/// What waits to be written to one event stream. Written to on its event loop, read by the task that answers the request.
final class EventStreamQueue: LiveReceiver, Sendable {
    private struct State {
        var chunks: [ByteBuffer] = []
        var bytes = 0
        var count = 0
        var isReady = false
        /// Whether the reader has not come back for more.
        var isBeingWritten = false
        var isOver = false
        var end: LiveEnd?
        var reader: CheckedContinuation<Void, Never>?
        var drains: [EventLoopPromise<Void>] = []
    }

    private let maximumBytes: Int
    private let maximumCount: Int
    private let state = Mutex(State())

    init(maximumBytes: Int, maximumCount: Int) {
        self.maximumBytes = maximumBytes
        self.maximumCount = maximumCount
    }

    func write(_ bytes: ByteBuffer) {
        state.withLock { state in
            guard !state.isOver, state.end == nil else { return }
            guard state.count < maximumCount, state.bytes + bytes.readableBytes <= maximumBytes else {
                state.chunks = []
                state.end = LiveEnd(
                    code: .tryAgainLater, reason: "too slow: more than \(state.count) messages are waiting to be read")
                return
            }
            state.chunks.append(bytes)
            state.bytes += bytes.readableBytes
            state.count += 1
        }
    }

    func flush() { wake { $0.isReady = true } }

    func end(_ end: LiveEnd) {
        wake { state in
            if state.end == nil { state.end = end }
            state.isReady = true
        }
    }

    /// Nobody reads any more.
    func close() {
        let drains = state.withLock { state in
            state.isOver = true
            defer { state.drains = [] }
            return state.drains
        }
        for drain in drains { drain.fail(ChannelError.alreadyClosed) }
        wake { _ in }
    }

    /// Resumed outside the lock, which the reader's canceller takes.
    private func wake(_ change: (inout State) -> Void) {
        let reader = state.withLock { state in
            change(&state)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    func whenDrained(_ promise: EventLoopPromise<Void>) {
        let isOver = state.withLock { state -> Bool? in
            if state.isOver || state.end != nil { return true }
            if state.chunks.isEmpty, !state.isBeingWritten { return false }
            state.drains.append(promise)
            return nil
        }
        switch isOver {
        case true?: promise.fail(ChannelError.alreadyClosed)
        case false?: promise.succeed()
        case nil: break
        }
    }

    /// All that waits, as one; nil when the stream is over, and ``reason`` says why, if there is a reason. One task at a
    /// time. What was taken before counts as read.
    ///
    /// - Throws: `CancellationError`.
    func next() async throws -> ByteBuffer? {
        while true {
            try Task.checkCancellation()
            let (taken, isOver, drains) = take()
            for drain in drains { drain.succeed() }
            if isOver { return nil }
            if let taken { return taken }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.isReady || state.isOver || Task.isCancelled { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                wake { _ in }
            }
        }
    }

    /// Why the server ended it.
    var reason: String? { state.withLock { $0.end?.reason } }

    private func take() -> (ByteBuffer?, isOver: Bool, drains: [EventLoopPromise<Void>]) {
        state.withLock { state in
            state.isBeingWritten = false
            if state.isOver || state.end != nil {
                defer { state.drains = [] }
                return (nil, true, state.drains)
            }
            state.isReady = false
            guard !state.chunks.isEmpty else {
                defer { state.drains = [] }
                return (nil, false, state.drains)
            }
            var all = ByteBuffer()
            all.reserveCapacity(state.bytes)
            for var chunk in state.chunks { all.writeBuffer(&chunk) }
            state.chunks = []
            state.bytes = 0
            state.count = 0
            state.isBeingWritten = true
            return (all, false, [])
        }
    }
}
