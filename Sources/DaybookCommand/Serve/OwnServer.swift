/// A server of a command's own, on a log that no other server has open, for as long as the command takes.
///
/// It listens on a socket in a directory that only this user can enter.
enum OwnServer {
    static func withClient<Outcome>(
        _ configuration: ServerConfiguration, _ body: (DaybookClient) async throws -> Outcome
    ) async throws -> Outcome {
        throw CommandFailure(.failure, "not yet")
    }
}
