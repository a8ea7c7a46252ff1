/// Why something cannot be done with a registration.
public enum RegistrationError: Error, Hashable, Sendable {
    case unknown(String)
    /// There is one of this name with another filter, or another way of delivery.
    case conflict(name: String, difference: String)
    /// It makes no sense as asked for.
    case invalid(InvalidRegistration)
    /// Members are still at work; they leave soon after a pause.
    case active(String)
    /// There are as many as there may be.
    case tooMany(Int)
}

extension RegistrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknown(let name): "there is no registration \(name)"
        case .conflict(let name, let difference):
            "there is a registration \(name) with \(difference); change it, delete it, or use another name"
        case .invalid(let error): error.description
        case .tooMany(let maximum):
            "there are \(maximum) registrations, which is as many as there may be; delete one that nobody needs"
        case .active(let name): "members of \(name) are at work; pause it and try again once they have left"
        }
    }
}
