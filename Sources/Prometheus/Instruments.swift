import Synchronization

/// A count that only grows. Safe to use from any thread.
public final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    public init() {}

    public func increment(by amount: Int = 1) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    public var value: Int { count.load(ordering: .relaxed) }
}

/// A whole number that goes up and down. Safe to use from any thread.
public final class Gauge: Sendable {
    private let level = Atomic<Int>(0)

    public init() {}

    public func add(_ amount: Int) {
        level.wrappingAdd(amount, ordering: .relaxed)
    }

    public func set(_ value: Int) {
        level.store(value, ordering: .relaxed)
    }

    public var value: Int { level.load(ordering: .relaxed) }
}

/// How often observed values fell into which range. Safe to use from any thread.
public final class Histogram: Sendable {
    /// What was observed until a moment.
    public struct Snapshot: Hashable, Sendable {
        /// The upper bounds, inclusive, rising, without the last one, which is infinite.
        public var bounds: [Double]
        /// How many values fell into each range, the infinite one last.
        public var counts: [Int]
        public var sum: Double
    }

    /// From half a millisecond to ten seconds: for requests.
    public static let seconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

    private let state: Mutex<Snapshot>

    /// - Parameter bounds: rising upper bounds.
    public init(bounds: [Double] = Histogram.seconds) {
        state = Mutex(Snapshot(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    public func observe(_ value: Double) {
        state.withLock { state in
            var index = 0
            while index < state.bounds.count, value > state.bounds[index] { index += 1 }
            state.counts[index] += 1
            state.sum += value
        }
    }

    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    public var snapshot: Snapshot { state.withLock { $0 } }
}

/// One instrument for each key, which stands for a set of labels, made when first asked for.
public final class Labelled<Key: Hashable & Sendable, Instrument: Sendable>: Sendable {
    private let instruments = Mutex<[Key: Instrument]>([:])
    private let make: @Sendable () -> Instrument

    public init(by key: Key.Type = Key.self, _ make: @escaping @Sendable () -> Instrument) {
        self.make = make
    }

    public subscript(key: Key) -> Instrument {
        instruments.withLock { instruments in
            if let known = instruments[key] { return known }
            let new = make()
            instruments[key] = new
            return new
        }
    }

    /// All of them, in no order.
    public var all: [(key: Key, instrument: Instrument)] {
        instruments.withLock { $0.map { ($0.key, $0.value) } }
    }
}
