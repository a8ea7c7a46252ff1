/// A server that others than this machine could reach has nothing to tell them apart by.
public struct ListenRefusal: Error, CustomStringConvertible {
    public let host: String

    public var description: String {
        "without keys and tokens it listens on this machine only, and \(host) can be reached by others: make a key first"
            + " (`daybook keys create` with --log), or take tokens (--jwt-keys), or say --insecure, which lets whoever reaches"
            + " it read and write everything"
    }
}
