import Daybook

/// A log does not do what ``EventLog`` promises: what was expected, what was seen, and where that was checked.
public struct ContractViolation: Error, CustomStringConvertible {
    public var message: String
    public var file: String
    public var line: Int

    init(_ message: String, file: String = #fileID, line: Int = #line) {
        self.message = message
        self.file = file
        self.line = line
    }

    public var description: String { "\(message) (\(file):\(line))" }
}

func expect(
    _ condition: Bool, _ message: @autoclosure () -> String, file: String = #fileID, line: Int = #line
) throws {
    if !condition { throw ContractViolation(message(), file: file, line: line) }
}

func expectEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ what: @autoclosure () -> String, file: String = #fileID, line: Int = #line
) throws {
    try expect(
        found == expected, "\(what()): found \(brief(found)), expected \(brief(expected))", file: file, line: line)
}

/// Runs what has to fail with a certain error.
func expectError<Value>(
    _ what: String, file: String = #fileID, line: Int = #line, _ expected: (LogError) -> Bool,
    from operation: () async throws -> Value
) async throws {
    do {
        _ = try await operation()
    } catch let error as LogError {
        try expect(expected(error), "\(what): wrong error \"\(error)\"", file: file, line: line)
        return
    } catch let error as ContractViolation {
        throw error
    } catch let error as DeadlineExceeded {
        throw error
    } catch {
        throw ContractViolation("\(what): no LogError but \(error)", file: file, line: line)
    }
    throw ContractViolation("\(what): did not fail", file: file, line: line)
}

/// Runs what has to end with `CancellationError`.
func expectCancelled<Value>(
    _ what: String, file: String = #fileID, line: Int = #line, _ operation: () async throws -> Value
) async throws {
    do {
        _ = try await operation()
    } catch is CancellationError {
        return
    }
    throw ContractViolation("\(what): was cancelled and did not throw CancellationError", file: file, line: line)
}

private func brief(_ value: Any) -> String {
    let text = "\(value)"
    return text.count <= 300 ? text : "\(text.prefix(300))…"
}

extension LogError {
    var isOutOfRange: Bool { if case .outOfRange = self { true } else { false } }
    var isUnknownPartition: Bool { if case .unknownPartition = self { true } else { false } }
    var isTooLarge: Bool { if case .tooLarge = self { true } else { false } }
    var isStreamMismatch: Bool { if case .streamMismatch = self { true } else { false } }
    var isGroupActive: Bool { if case .groupActive = self { true } else { false } }
}
