import Foundation

/// A whole run, for people and for programs.
struct Report: Encodable {
    var machine: Machine
    /// "full" or "quick".
    var mode: String
    var rounds: Int
    var records: String
    var rows: [RowResult] = []
    /// Rows that were not measured, with the reason.
    var missing: [String: String] = [:]

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    var heading: String {
        """
        \(machine.description)
        \(mode) run: \(rounds) rounds of each side in turns after one to warm up; medians, smallest … largest.
        The ratio is Daybook's figure divided by the baseline's, as the median of the pairs of rounds.
        \(records)

        """
    }

    /// One row, as it is printed when it was measured.
    static func text(_ row: RowResult) -> String {
        let targets =
            row.verdicts.isEmpty
            ? "no target" : row.verdicts.map { "\($0.target): \($0.met ? "pass" : "MISS")" }.joined(separator: ", ")
        var lines = [
            "\(pad(row.name, 26)) \(pad(row.title, 62)) \(targets)",
            line("Daybook", row.daybook, row.unit, row.daybookCPU),
        ]
        if let title = row.baselineTitle, let baseline = row.baseline, let ratio = row.ratio {
            lines += [
                line(title, baseline, row.unit, row.baselineCPU),
                "    \(pad("ratio", 48)) \(pad(Figures.short(ratio.median), 14))"
                    + " (\(Figures.short(ratio.minimum)) … \(Figures.short(ratio.maximum)))",
            ]
        }
        lines += (row.remarks + [row.noise.description]).map { "    \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// All rows, one line each.
    var table: String {
        var lines = [
            pad("row", 26) + pad("Daybook", 16) + pad("baseline", 16) + pad("ratio", 9) + "target"
        ]
        lines += rows.map { row in
            let verdicts = row.verdicts.map { "\($0.target) \($0.met ? "pass" : "MISS")" }
            return pad(row.name, 26) + pad(Figures.text(row.daybook.median, row.unit), 16)
                + pad(row.baseline.map { Figures.text($0.median, row.unit) } ?? "–", 16)
                + pad(row.ratio.map { Figures.short($0.median) } ?? "–", 9)
                + (verdicts.isEmpty ? "–" : verdicts.joined(separator: ", "))
        }
        lines += missing.sorted { $0.key < $1.key }.map { pad($0.key, 26) + $0.value }
        return lines.joined(separator: "\n")
    }

    private static func line(_ name: String, _ series: Series, _ unit: Row.Unit, _ cpu: Series?) -> String {
        var text = "    \(pad(name, 48)) \(pad(Figures.text(series.median, unit), 14))"
        text += " (\(Figures.text(series.minimum, unit)) … \(Figures.text(series.maximum, unit)))"
        if let cpu { text += ", \(Figures.short(cpu.median)) µs of CPU each" }
        return text
    }
}

/// Text followed by blanks up to a width.
private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}
