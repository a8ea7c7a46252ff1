import Daybook
import FoundationEssentials
import LosslessJSON

/// What of an event goes into its row, besides the time.
enum CSVContent {
    /// The members of its payload, or of its summary when it has no payload.
    case members(JSONMembers)
    /// An event without either: its description, and its payload when that is no JSON object.
    case text(description: String, payload: String?)

    static let description = "description"
    static let payload = "payload"

    init(_ event: Event) {
        if let payload = event.payload {
            let members = payload.isJSON ? try? JSONMembers(payload.bytes) : nil
            if let members {
                if !members.isEmpty {
                    self = .members(members)
                    return
                }
            } else {
                self = .text(description: event.description, payload: Self.text(of: payload.bytes))
                return
            }
        }
        if !event.summary.isEmptyObject, let members = event.summary.members {
            self = .members(members)
        } else {
            self = .text(description: event.description, payload: nil)
        }
    }

    /// Bytes that are no text, and text with U+0000, which readers of CSV refuse, as Base64.
    private static func text(of bytes: [UInt8]) -> String {
        if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) { return text }
        return Data(bytes).base64EncodedString()
    }

    /// The columns it needs besides `timestamp`, in order, each once.
    var names: [String] {
        switch self {
        case .members(let members):
            var seen: Set<String> = [CSVColumns.timestamp]
            return members.compactMap { seen.insert($0.key).inserted ? $0.key : nil }
        case .text(_, let payload): return payload == nil ? [Self.description] : [Self.description, Self.payload]
        }
    }
}
