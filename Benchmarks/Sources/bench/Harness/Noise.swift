import Foundation

/// What else the machine is doing: looked at between rounds, when both sides are idle.
struct Noise: Encodable {
    /// The part of all processors that others used, for each look.
    private(set) var busy: [Double] = []
    /// The part that the hypervisor took away.
    private(set) var stolen: [Double] = []

    /// Looks for a moment.
    mutating func sample() {
        guard let before = Self.ticks() else { return }
        usleep(150_000)
        guard let after = Self.ticks() else { return }
        let total = Double(max(1, after.total - before.total))
        busy.append(Double(after.busy - before.busy) / total)
        stolen.append(Double(after.stolen - before.stolen) / total)
    }

    /// In words, for the table.
    var description: String {
        let busy = Series(busy)
        let stolen = Series(stolen)
        var text = "others used \(percent(busy.median)) of the processors between rounds"
        if busy.maximum - busy.median > 0.1 { text += " (up to \(percent(busy.maximum)))" }
        if stolen.maximum >= 0.01 { text += ", the hypervisor took up to \(percent(stolen.maximum))" }
        return text
    }

    private func percent(_ part: Double) -> String { "\(Int((part * 100).rounded())) %" }

    private static func ticks() -> (busy: Int, stolen: Int, total: Int)? {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first
        else { return nil }
        // cpu  user nice system idle iowait irq softirq steal …
        let numbers = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
        guard numbers.count == 8 else { return nil }
        let total = numbers.reduce(0, +)
        return (total - numbers[3] - numbers[4], numbers[7], total)
    }
}
