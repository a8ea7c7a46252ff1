import Testing

@testable import DaybookCommand

@Suite struct TableTests {
    @Test("columns are aligned, and lines have no blanks at their ends")
    func aligned() {
        var table = Table(["A", "LONG", "C"], width: nil)
        var text = table.add(["1", "2", "3"])
        text += table.add(["1000", "", ""])
        text += table.flush()
        #expect(text == "A     LONG  C\n1     2     3\n1000\n")
    }

    @Test("lines are cut to the terminal's width")
    func cut() {
        var table = Table(["ID", "TEXT"], width: 10)
        let text = table.add(["1", "0123456789"]) + table.flush()
        #expect(text == "ID  TEXT\n1   01234…\n")
    }

    @Test("rows behind the first two hundred come at once, in the widths of those")
    func streaming() {
        var table = Table(["A", "B"], width: nil)
        var text = ""
        for _ in 0..<200 { text += table.add(["xx", "y"]) }
        #expect(text.split(separator: "\n").count == 201)
        #expect(table.add(["longer", "z"]) == "longer  z\n")
    }

    @Test("an empty table has its heading")
    func empty() {
        var table = Table(["A", "B"], width: nil)
        #expect(table.flush() == "A  B\n")
    }
}
