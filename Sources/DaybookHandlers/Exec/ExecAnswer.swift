import LosslessJSON

/// A program's answer to one event: `{"ok":true}`, or `{"error":"…"}` with `"permanent":true` when trying again cannot
/// help. Other members are for the program's own use.
enum ExecAnswer: Hashable, Sendable {
    case ok
    case failed(String, permanent: Bool)

    /// Nil when the line is no answer.
    init?(line: [UInt8]) {
        guard let members = try? JSONMembers(line) else { return nil }
        if let error = members["error"], !error.isNull {
            self = .failed(
                error.stringValue ?? error.description, permanent: members["permanent"]?.boolValue ?? false)
        } else if members["ok"]?.boolValue == true {
            self = .ok
        } else {
            return nil
        }
    }
}
