import Daybook
import LosslessJSON
import NIOCore
import WebSocket

/// The one message that subscribers send: `{"topic": "auth", "token", "subscribe", "project"}`, as AYON's client does.
/// Ours besides: `from`, and `user`.
struct LiveAuth {
    /// How many prefixes one may give.
    private static let maximumTopics = 1000

    var token: String?
    var prefixes: [String]
    var project: String?
    var user: String?
    /// Nil when the subscriber wants AYON's messages as they are.
    var start: LiveStart?

    /// Nil for everything else, which is passed over.
    ///
    /// - Throws: ``LiveEnd`` for a member that cannot be used.
    init?(_ text: ByteBuffer) throws(LiveEnd) {
        let read = text.withUnsafeReadableBytes { try? JSONMembers($0, limits: JSONLimits(maximumDepth: 8)) }
        guard let read, read.contains(where: { $0.key == "topic" && $0.value.stringValue == "auth" }) else {
            return nil
        }
        prefixes = []
        for (key, value) in read where !value.isNull {
            switch key {
            case "token": token = try Self.string(key, value)
            case "project": project = try Self.string(key, value)
            case "user": user = try Self.string(key, value)
            case "subscribe":
                guard let topics = value.elements?.map(\.stringValue), !topics.contains(nil) else {
                    throw Self.wrong("subscribe must be a list of strings")
                }
                guard topics.count <= Self.maximumTopics else {
                    throw Self.wrong("subscribe has \(Self.maximumTopics) topics at most")
                }
                prefixes = Set(topics.compactMap { $0 }).sorted()
            case "from":
                guard let text = value.stringValue, let start = LiveStart(text) else {
                    throw Self.wrong("from must be \(LiveStart.rule)")
                }
                self.start = start
            default: continue
            }
        }
    }

    private static func string(_ key: String, _ value: JSONText) throws(LiveEnd) -> String {
        guard let text = value.stringValue else { throw wrong("\(key) must be a string") }
        return text
    }

    private static func wrong(_ reason: String) -> LiveEnd { LiveEnd(code: .policyViolation, reason: reason) }
}
