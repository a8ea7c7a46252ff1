import Daybook
import HTTPTypes
import LosslessJSON

extension Problem {
    /// A body that is no JSON, or JSON that is not taken.
    static func malformed(_ error: JSONError) -> Problem {
        if case .expected("'{'", let found) = error.reason {
            let message = found == nil ? "is empty; it must be a JSON object" : "must be a JSON object"
            return .validation([.init(["body"], "the body \(message)", type: "dict_type")])
        }
        return .validation([.init(["body"], "malformed JSON: \(error)", type: "json_invalid")])
    }

    /// - Parameter eventID: the event the write was about, if it is known: named when it may be stored.
    init(_ error: PublishError, eventID: EventID?) {
        switch error {
        case .invalid(let invalid):
            self = .validation(
                invalid.problems.map { .init(["body", $0.field], $0.message, type: $0.code) })
        case .noArbiter: self.init(.notImplemented, error.description)
        case .duplicate(let id, let created):
            self.init(.conflict, error.description)
            duplicateOf = id
            position = created
        case .hashTaken: self.init(.conflict, error.description)
        case .keyReused(let id):
            self.init(.unprocessableContent, error.description)
            self.eventID = id
        case .notFound: self = .eventNotFound
        case .held: self.init(.conflict, error.description)
        case .hashesFull: self.init(.insufficientStorage, error.description)
        case .batchAborted: self.init(.failedDependency, error.description)
        case .layout(let conflict): self.init(.internalServerError, conflict.description)
        case .log(let error): self.init(error, eventID: eventID)
        }
    }

    init(_ error: LogError, eventID: EventID? = nil) {
        switch error {
        case .outcomeUnknown: self = .unavailable(error.description, stored: .unknown, eventID: eventID)
        case .unavailable, .full, .closed, .precedingFailed, .fenced:
            self = .unavailable(error.description, stored: .no)
        case .tooLarge: self.init(.contentTooLarge, error.description)
        case .unsupported: self.init(.notImplemented, error.description)
        default: self.init(.internalServerError, error.description)
        }
    }
}
