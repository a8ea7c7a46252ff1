import Logging

/// How the values of a setting are written, read and checked.
struct ValueForm<Value: Sendable>: Sendable {
    /// For the reference.
    let name: String
    /// - Throws: ``SettingError``.
    let parse: @Sendable (String) throws -> Value
    /// What is parsed to the value again; secrets left out.
    let text: @Sendable (Value) -> String
}

extension ValueForm<String> {
    static let text = text { _ in nil }

    /// - Parameter problem: what is wrong with a text, if anything.
    static func text(_ problem: @escaping @Sendable (String) -> String?) -> Self {
        ValueForm(name: "text") { text in
            if let problem = text.isEmpty ? "must not be empty" : problem(text) { throw SettingError(problem) }
            return text
        } text: {
            $0
        }
    }
}

extension ValueForm<Bool> {
    static let bool = ValueForm(name: "true or false") { text in
        guard let value = Bool(text) else { throw SettingError("'\(text)' is neither true nor false") }
        return value
    } text: {
        "\($0)"
    }
}

extension ValueForm<Int> {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        ValueForm(name: "integer, \(range.lowerBound) to \(range.upperBound)") { text in
            guard let number = Int(text) else { throw SettingError("'\(text)' is no whole number") }
            guard range.contains(number) else {
                throw SettingError("must be \(range.lowerBound) to \(range.upperBound), not \(number)")
            }
            return number
        } text: {
            "\($0)"
        }
    }

    static func bytes(_ range: ClosedRange<Int>) -> Self {
        ValueForm(name: "bytes") { text in
            guard let bytes = ByteCount.parse(text) else {
                throw SettingError("'\(text)' is no number of bytes such as 1048576, 512KiB, 1MiB or 4GiB")
            }
            guard range.contains(bytes) else {
                throw SettingError(
                    "must be \(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound)), not \(text)")
            }
            return bytes
        } text: {
            ByteCount.text($0)
        }
    }
}

extension ValueForm<Double> {
    static func number(_ range: ClosedRange<Double>) -> Self {
        ValueForm(name: "number") { text in
            guard let number = Double(text), range.contains(number) else {
                throw SettingError(
                    "must be a number from \(shown(range.lowerBound)) to \(shown(range.upperBound)), not '\(text)'")
            }
            return number
        } text: {
            shown($0)
        }
    }

    private static func shown(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

extension ValueForm<KeySetLocation> {
    static let keySet = ValueForm(name: "text") { text in
        switch KeySetLocation.read(text) {
        case .success(let location): return location
        case .failure(let error): throw error
        }
    } text: {
        $0.text
    }
}

extension ValueForm<Duration> {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        ValueForm(name: "duration") { text in
            guard let duration = DurationText.parse(text) else {
                throw SettingError("'\(text)' is no time span such as 250ms, 2s, 5m, 1h or 7d")
            }
            guard range.contains(duration) else {
                throw SettingError(
                    "must be \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound)), not \(text)"
                )
            }
            return duration
        } text: {
            DurationText.text($0)
        }
    }
}

extension ValueForm<LogLocation> {
    static let log = ValueForm(name: "text") { text in
        guard let location = LogLocation(text) else {
            throw SettingError("'\(text)' is no log: write \(LogLocation.forms)")
        }
        return location
    } text: {
        $0.redacted
    }
}

extension ValueForm<Logger.Level> {
    static let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")

    static let logLevel = ValueForm(name: "text") { text in
        guard let level = Logger.Level(rawValue: text) else { throw SettingError("'\(text)' is none of \(names)") }
        return level
    } text: {
        $0.rawValue
    }
}
