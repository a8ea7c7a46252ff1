import Daybook
import LosslessJSON

/// What the metadata of a job says of its holder, so that every server knows it from the log.
struct JobMetadata: Hashable, Sendable {
    enum Value {
        case text(String)
        case integer(Int)
    }

    static let workerID = "workerId"
    static let lease = "leaseSeconds"

    var worker: String?
    /// In microseconds.
    var lease: Int64?

    init() {}

    init(_ json: JSONText) {
        guard !json.isEmptyObject, let members = json.members else { return }
        worker = members[Self.workerID]?.stringValue
        if let seconds = members[Self.lease]?.int64Value, (1...Int64(Int32.max)).contains(seconds) {
            lease = seconds * 1_000_000
        }
    }

    static func json(_ members: [(String, Value)]) -> JSONText {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in members {
            json.key(escaping: name)
            switch value {
            case .text(let text): json.string(text)
            case .integer(let number): json.int(number)
            }
        }
        json.endObject()
        return JSONText(trusting: json.bytes)
    }
}
