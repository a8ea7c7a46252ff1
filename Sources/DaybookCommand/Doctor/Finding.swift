import LosslessJSON

/// One thing a doctor looked at.
struct Finding: Sendable, Equatable {
    enum Verdict: String, Sendable {
        case ok, warning, failed
    }

    var verdict: Verdict
    /// What was looked at, in a word.
    var subject: String
    /// What was seen; for all but ``Verdict/ok`` also what to do.
    var text: String

    static func ok(_ subject: String, _ text: String) -> Finding {
        Finding(verdict: .ok, subject: subject, text: text)
    }

    static func warning(_ subject: String, _ text: String) -> Finding {
        Finding(verdict: .warning, subject: subject, text: text)
    }

    static func failed(_ subject: String, _ text: String) -> Finding {
        Finding(verdict: .failed, subject: subject, text: text)
    }

    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.text("verdict", verdict.rawValue)
        json.text("subject", subject)
        json.text("text", text)
        json.endObject()
        json.endLine()
        return json.bytes
    }
}
