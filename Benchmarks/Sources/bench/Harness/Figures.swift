import Foundation

/// Numbers as the table shows them: three digits that count.
enum Figures {
    static func text(_ value: Double, _ unit: Row.Unit) -> String {
        switch unit {
        case .perSecond: "\(grouped(value))/s"
        case .milliseconds: "\(short(value)) ms"
        case .bytes: "\(grouped(value)) B"
        }
    }

    /// A bound, as it was written.
    static func plain(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }

    static func short(_ value: Double) -> String {
        if value != 0, abs(value) < 10 { return String(format: abs(value) < 1 ? "%.3f" : "%.2f", value) }
        return value < 100 ? String(format: "%.1f", value) : grouped(value)
    }

    /// 1234567 as 1,230,000.
    static func grouped(_ value: Double) -> String {
        guard abs(value) >= 100 else { return value == value.rounded() ? "\(Int(value))" : short(value) }
        let magnitude = pow(10, (log10(abs(value))).rounded(.down) - 2)
        var digits = String(Int((value / magnitude).rounded() * magnitude))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
