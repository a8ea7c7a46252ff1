import Synchronization

/// Which callbacks have done their part with a delivery, so that they are not run again when it comes again.
final class DeliveryProgress: Sendable {
    private struct State {
        /// Numbers of callbacks.
        var done: [Int] = []
        /// Calls that it was part of.
        var calls: [CallProgress]
        /// By the number of a broadcast callback: the connections for which it was run.
        var connections: [Int: Set<String>] = [:]
        /// Those that said that trying again cannot help.
        var givenUp: [Int: String] = [:]
        var isNoted = false
    }

    private let state: Mutex<State>
    /// Of the callbacks that it concerns, all up to the one of this number are done.
    private let doneThrough = Atomic(0)

    init(_ call: CallProgress) {
        state = Mutex(State(calls: [call]))
    }

    /// It comes again, in another call.
    func join(_ call: CallProgress) {
        state.withLock { $0.calls.append(call) }
    }

    func isOver(for callback: Int) -> Bool {
        if callback <= doneThrough.load(ordering: .acquiring) { return true }
        return state.withLock { state in
            state.done.contains(callback) || state.givenUp[callback] != nil
                || state.calls.contains { $0.hasFinished(callback) }
        }
    }

    func finish(_ callback: Int) {
        state.withLock { $0.done.append(callback) }
    }

    /// It has done its part, as all before it have.
    func finish(through callback: Int) {
        doneThrough.store(callback, ordering: .releasing)
    }

    func isDone(_ callback: Int, for connection: String) -> Bool {
        state.withLock { $0.connections[callback]?.contains(connection) == true }
    }

    func finish(_ callback: Int, for connection: String) {
        state.withLock { _ = $0.connections[callback, default: []].insert(connection) }
    }

    func giveUp(_ callback: Int, _ reason: String) {
        state.withLock { $0.givenUp[callback] = reason }
    }

    /// Why callbacks gave up, in their order; nil when none did.
    var givenUp: String? {
        state.withLock { state in
            state.givenUp.isEmpty ? nil : state.givenUp.sorted { $0.key < $1.key }.map(\.value).joined(separator: "; ")
        }
    }

    /// It is kept for when the delivery comes again.
    ///
    /// - Returns: whether it was not before.
    func note() -> Bool {
        state.withLock { state in
            defer { state.isNoted = true }
            return !state.isNoted
        }
    }

    /// Those that gave up are tried again when somebody takes the delivery out of the dead letters.
    func forgetGivenUp() {
        state.withLock { $0.givenUp = [:] }
    }
}
