/// Rows of text in aligned columns under a heading.
struct Table {
    /// The rows seen before the columns' widths are fixed.
    private static let window = 200

    private let headings: [String]
    /// The width of the terminal; nil: lines are not cut.
    private let width: Int?
    private var rows: [[String]] = []
    private var widths: [Int]?

    init(_ headings: [String], width: Int? = Console.outputWidth) {
        self.headings = headings
        self.width = width
    }

    /// Takes a row; what is printed of the table by now is the result, mostly nothing.
    mutating func add(_ row: [String]) -> String {
        let row = row.map(DisplayText.safe)
        if let widths { return line(row, widths) }
        rows.append(row)
        return rows.count < Self.window ? "" : flush()
    }

    /// What is not printed yet. Rows may follow.
    mutating func flush() -> String {
        guard widths == nil else { return "" }
        let widths = headings.indices.map { column in
            ([headings] + rows).map { DisplayText.width($0[column]) }.max() ?? 0
        }
        self.widths = widths
        defer { rows = [] }
        return ([headings] + rows).map { line($0, widths) }.joined()
    }

    /// The last column is not padded, and gets what is left of the terminal's width.
    private func line(_ row: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in row.enumerated() {
            text += column == row.count - 1 ? cell : DisplayText.padded(cell, to: widths[column]) + "  "
        }
        if let width { text = DisplayText.cut(text, to: width) }
        while text.hasSuffix(" ") { text.removeLast() }
        return text + "\n"
    }
}
