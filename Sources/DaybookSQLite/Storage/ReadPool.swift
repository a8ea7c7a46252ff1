import GRDB
import Synchronization

/// A few connections that only read, lent to one reader at a time. Whoever finds none idle waits in line, without a thread.
///
/// GRDB's own pool is not used: it makes two dispatch hops and looks up the schema's version at every read, sets
/// `synchronous=NORMAL`, and writes to the database when it opens it, which a full disk would not let it do.
final class ReadPool: Sendable {
    private struct State {
        var idle: [DatabaseQueue]
        var waiting = FIFO<@Sendable (DatabaseQueue) -> Void>()
        var isClosed = false
        var whenIdle: (@Sendable () -> Void)?
    }

    private let connections: [DatabaseQueue]
    private let state: Mutex<State>

    init(_ connections: [DatabaseQueue]) {
        self.connections = connections
        state = Mutex(State(idle: connections))
    }

    /// Runs the body on one of the connections, off the caller's thread; false, and nothing is run, once the pool is closed.
    func run(_ body: @escaping @Sendable (Database) -> Void) -> Bool {
        let use: @Sendable (DatabaseQueue) -> Void = { [self] connection in
            connection.asyncWriteWithoutTransaction { database in
                body(database)
                self.giveBack(connection)
            }
        }
        let (isOpen, connection) = state.withLock { state -> (Bool, DatabaseQueue?) in
            if state.isClosed { return (false, nil) }
            if let connection = state.idle.popLast() { return (true, connection) }
            state.waiting.append(use)
            return (true, nil)
        }
        if let connection { use(connection) }
        return isOpen
    }

    /// Takes no more reads, lets the accepted ones finish and closes the connections.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.idle.count == connections.count { return true }
                state.whenIdle = { continuation.resume() }
                return false
            }
            if isIdle { continuation.resume() }
        }
        // An open statement would keep a connection from closing; none is left open by what runs here.
        for connection in connections { try? connection.close() }
    }

    private func giveBack(_ connection: DatabaseQueue) {
        let next = state.withLock { state -> (@Sendable (DatabaseQueue) -> Void)? in
            if let next = state.waiting.popFirst() { return next }
            state.idle.append(connection)
            if state.isClosed, state.idle.count == connections.count, let whenIdle = state.whenIdle.take() {
                return { _ in whenIdle() }
            }
            return nil
        }
        next?(connection)
    }
}
