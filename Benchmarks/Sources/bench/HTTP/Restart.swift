import Foundation

/// A server that is started anew in each round; the figure is the time from the start of its process until it is ready, in
/// milliseconds.
final class Restart: Contender {
    private let start: () throws -> Server

    /// - Parameter start: starts the server and returns when it is ready.
    init(_ start: @escaping () throws -> Server) {
        self.start = start
    }

    func round() throws -> Measurement {
        var server: Server?
        let took = try ContinuousClock().measure { server = try start() }
        server?.stop()
        return Measurement(value: took / .milliseconds(1))
    }

    func stop() {}
}
