/// Who gets which of some deliveries.
struct CallbackShares {
    /// The share of some callbacks that get the same.
    struct Share {
        /// In the order of their registration.
        var callbacks: [ProcessorCallback]
        /// Indices of deliveries.
        var deliveries: [Int]
    }

    /// Of deliveries before the run.
    private var earlier: [ProcessorCallback: [Int]] = [:]
    /// Deliveries that concern the same callbacks, one behind the other: often that is all of them.
    private var run: (callbacks: [ProcessorCallback], deliveries: [Int]) = ([], [])

    /// - Parameter callbacks: those that it concerns, in the order of their registration.
    mutating func add(_ delivery: Int, for callbacks: [ProcessorCallback]) {
        if callbacks != run.callbacks {
            endRun()
            run = (callbacks, [])
        }
        run.deliveries.append(delivery)
    }

    private mutating func endRun() {
        for callback in run.callbacks { earlier[callback, default: []] += run.deliveries }
    }

    /// In the order of the callbacks' registration.
    consuming func all() -> [Share] {
        if earlier.isEmpty { return [Share(callbacks: run.callbacks, deliveries: run.deliveries)] }
        endRun()
        return earlier.sorted { $0.key.number < $1.key.number }
            .map { Share(callbacks: [$0.key], deliveries: $0.value) }
    }
}
