import Glibc

/// The sockets that libcurl has open for a connection: more than one only while it tries several addresses.
final class OpenSockets {
    private var sockets: Set<Int32> = []

    func insert(_ socket: Int32) { sockets.insert(socket) }

    func close(_ socket: Int32) -> Int32 {
        sockets.remove(socket)
        return Glibc.close(socket)
    }

    /// Ends all waiting for answers. libcurl says farewell before it closes a connection, and waits two minutes for a
    /// server that does not answer that.
    func stopReading() {
        for socket in sockets { shutdown(socket, Int32(SHUT_RD)) }
    }
}
