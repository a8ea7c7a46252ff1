import Daybook
import HTTPTypes

extension Problem {
    init(_ error: RegistrationError) {
        switch error {
        case .unknown: self.init(.notFound, error.description)
        case .conflict, .active: self.init(.conflict, error.description)
        case .tooMany: self.init(.insufficientStorage, error.description)
        case .invalid(let invalid): self = .invalid(invalid)
        }
    }

    static func invalid(_ error: InvalidRegistration) -> Problem {
        .validation(
            error.problems.map {
                .init(["body"] + $0.field.split(separator: ".").map(String.init), $0.message, type: $0.code)
            })
    }

    /// Anything that an operation on registrations throws.
    ///
    /// - Parameters:
    ///   - isWrite: whether it stores something, so that a refusal has to say whether it was.
    ///   - startField: the member of the body that names positions.
    static func registration(_ error: any Error, isWrite: Bool, startField: String = "start") -> any Error {
        switch error {
        case let error as RegistrationError: return Problem(error)
        case let error as InvalidRegistration: return invalid(error)
        case LogError.outOfRange, LogError.unknownPartition:
            return validation([.init(["body", startField], "\(error)", type: "bad_value")])
        case LogError.groupActive: return Problem(.conflict, "its members are at work; pause it and try again")
        case let error as LogError:
            var problem = Problem(error)
            if !isWrite { problem.stored = nil }
            return problem
        default: return error
        }
    }
}
