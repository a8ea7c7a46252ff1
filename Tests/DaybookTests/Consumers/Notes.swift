import DaybookTesting

/// What closures under test write down, in order.
final class Notes: Sendable {
    private let lines = Watched<[String]>([])

    var all: [String] { lines.value }
    var count: Int { lines.read { $0.count } }

    func add(_ line: String) {
        lines.update { $0.append(line) }
    }

    /// Waits until there are so many.
    func reached(_ count: Int) async throws {
        try await lines.when { $0.count >= count ? () : nil }
    }

    /// Waits until there is this one.
    func has(_ line: String) async throws {
        try await lines.when { $0.contains(line) ? () : nil }
    }
}

/// Counts from 1.
final class Counter: Sendable {
    private let count = Watched(0)

    func next() -> Int {
        count.update { count in
            count += 1
            return count
        }
    }
}

/// What a test's closure throws.
struct Refusal: Error {}
