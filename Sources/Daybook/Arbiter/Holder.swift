/// Who has a job: a sender, or one worker of a sender.
public struct Holder: Hashable, Sendable, CustomStringConvertible {
    public var sender: String
    /// Tells workers apart that share a sender's name.
    public var workerID: String?

    public init(_ sender: String, workerID: String? = nil) {
        self.sender = sender
        self.workerID = workerID
    }

    public var description: String {
        workerID.map { "\(sender) (worker \($0))" } ?? sender
    }
}
