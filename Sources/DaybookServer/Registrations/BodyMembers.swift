import Daybook
import LosslessJSON
import NIOCore

/// Takes the members of a small body one by one, and collects what does not fit; those that nobody asked for do not.
struct BodyMembers {
    private let members: [String: JSONText]
    private var known: Set<String> = []
    private var errors: [Problem.FieldError] = []

    /// - Parameter body: a JSON object; nothing at all counts as an empty one.
    /// - Throws: 400.
    init(_ body: ByteBuffer, _ limits: JSONLimits) throws(Problem) {
        guard body.readableBytes > 0 else {
            members = [:]
            return
        }
        let read = try JSONMembers.read(body, limits)
        members = Dictionary(read.map { ($0.key, $0.value) }) { $1 }
    }

    mutating func fail(_ name: String, _ message: String, type: String = "bad_value") {
        errors.append(.init(["body", name], message, type: type))
    }

    private mutating func take(_ name: String) -> JSONText? {
        known.insert(name)
        return members[name].flatMap { $0.isNull ? nil : $0 }
    }

    private mutating func expected(_ name: String, _ what: String, _ value: JSONText) {
        fail(name, "must be \(what), not \(value.kind.rawValue)", type: "bad_type")
    }

    mutating func string(_ name: String, maximumBytes: Int = 4096) -> String? {
        guard let value = take(name) else { return nil }
        guard let text = value.stringValue else {
            expected(name, "a string", value)
            return nil
        }
        if text.utf8.count > maximumBytes { fail(name, "must have \(maximumBytes) bytes at most", type: "too_long") }
        return text
    }

    mutating func bool(_ name: String) -> Bool? {
        guard let value = take(name) else { return nil }
        if value.boolValue == nil { expected(name, "true or false", value) }
        return value.boolValue
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = take(name) else { return nil }
        guard let number = value.int64Value.map(Int.init), range.contains(number) else {
            fail(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// Seconds, with a fraction or without.
    mutating func seconds(_ name: String, in range: ClosedRange<Double>) -> Duration? {
        guard let value = take(name) else { return nil }
        guard let number = value.doubleValue, range.contains(number) else {
            fail(name, "must be a number from \(range.lowerBound.short) to \(range.upperBound.short)")
            return nil
        }
        return .microseconds(Int64((number * 1e6).rounded()))
    }

    /// A list of strings.
    mutating func strings(_ name: String, maximum: Int) -> [String]? {
        guard let value = take(name) else { return nil }
        guard let elements = value.elements else {
            expected(name, "a list of strings", value)
            return nil
        }
        guard elements.count <= maximum else {
            fail(name, "must have \(maximum) elements at most", type: "too_long")
            return nil
        }
        let texts = elements.compactMap(\.stringValue)
        guard texts.count == elements.count else {
            fail(name, "must be a list of strings", type: "bad_type")
            return nil
        }
        return texts
    }

    mutating func filter(_ name: String) -> Filter? {
        // Its own limit counts.
        guard let text = string(name, maximumBytes: .max) else { return nil }
        do throws(InvalidFilter) {
            return try Filter(text)
        } catch {
            fail(name, error.description)
            return nil
        }
    }

    mutating func require(_ name: String, _ value: Any?) {
        if value == nil, !errors.contains(where: { $0.location.last == name }) {
            fail(name, "is required", type: "missing")
        }
    }

    /// - Throws: 400 with everything that does not fit.
    func finish() throws(Problem) {
        // A body may have millions of names; a few tell enough.
        let unknown = members.keys.filter { !known.contains($0) }.sorted().prefix(16)
        let more = unknown.map { name in
            Problem.FieldError(
                ["body", name], "there is no such member; there are \(known.sorted().joined(separator: ", "))",
                type: "unknown_field")
        }
        if !(errors + more).isEmpty { throw .validation(errors + more) }
    }
}

extension Double {
    /// Without a fraction that says nothing.
    fileprivate var short: String { self == rounded() && magnitude < 1e15 ? "\(Int64(self))" : "\(self)" }
}
