/// A line on standard error that is written over and over: how far long work has come. Shown on a terminal only.
struct ProgressLine {
    private static let interval = Duration.milliseconds(100)

    /// Nil when the end is not known.
    let total: Int?
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var shownAt: ContinuousClock.Instant?

    /// - Parameter total: of whatever ``show(done:_:)`` is given.
    init(total: Int?, isShown: Bool = Console.errorIsTerminal) {
        self.total = total
        self.isShown = isShown
    }

    /// - Parameters:
    ///   - done: how much of the total.
    ///   - items: how many items have been worked on, and what they are called.
    mutating func show(done: Int, items: Int, _ noun: String) {
        guard isShown else { return }
        let now = ContinuousClock.now
        if let shownAt, shownAt.duration(to: now) < Self.interval { return }
        shownAt = now
        Console.writeError("\r" + line(done: done, items: items, noun, width: Console.errorWidth) + "\u{1B}[K")
    }

    /// Takes the line away, so that other text can be printed.
    mutating func clear() {
        guard isShown, shownAt != nil else { return }
        shownAt = nil
        Console.writeError("\r\u{1B}[K")
    }

    var elapsed: Duration { start.duration(to: .now) }

    func line(done: Int, items: Int, _ noun: String, width: Int) -> String {
        let seconds = max(elapsed / .seconds(1), 0.001)
        let rate = Int(Double(items) / seconds)
        let count = "\(items) \(noun), \(rate)/s"
        guard let total, total > 0 else { return count }
        let part = min(Double(done) / Double(total), 1)
        let cells = min(max(width - count.count - 10, 0), 40)
        let filled = Int(part * Double(cells))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
        let percent = "\(Int(part * 100))%"
        return "\(bar) \(String(repeating: " ", count: 4 - percent.count))\(percent)  \(count)"
    }
}
