import LosslessJSON

/// A registration as the server gives it, as people want to read it.
struct RegistrationRow {
    static let headings = ["NAME", "STATE", "LAG", "OLDEST", "RETRIES", "DEAD LETTERS", "DELIVERY", "FILTER"]
    let cells: [String]

    init(_ registration: JSONText) {
        let members = registration.members
        let lag = members?["lag"]?.members
        cells = [
            members?["name"]?.stringValue ?? "", Self.state(members), lag?["records"]?.numberText ?? "",
            lag?["seconds"]?.doubleValue.map(Self.age) ?? "", members?["retries"]?.numberText ?? "",
            members?["deadLetters"]?.numberText ?? "", members?["delivery"]?.stringValue ?? "",
            members?["filter"]?.stringValue ?? "",
        ]
    }

    /// In one word; what keeps this server from working counts more than what was wished for.
    private static func state(_ members: JSONMembers?) -> String {
        let state = members?["state"]?.stringValue ?? ""
        if state == "running", members?["failure"]?.isNull == false { return "failing" }
        if state == "running", members?["member"]?.members?["unavailable"]?.isNull == false { return "waiting" }
        return state
    }

    /// A time span in its largest unit, empty for none.
    static func age(_ seconds: Double) -> String {
        switch seconds {
        case ..<0.001: ""
        case ..<1: "\(Int(seconds * 1000))ms"
        case ..<120: "\(Int(seconds))s"
        case ..<7200: "\(Int(seconds / 60))m"
        case ..<172_800: "\(Int(seconds / 3600))h"
        default: "\(Int(min(seconds, 1e12) / 86_400))d"
        }
    }
}
