import Testing

@testable import DaybookCommand

@Suite struct DisplayTextTests {
    @Test(
        "nothing that a terminal would obey is shown",
        arguments: [
            ("plain – äöü 漢字 👩‍🚀", "plain – äöü 漢字 👩‍🚀"), ("a\u{1B}[31mb", "a [31mb"), ("a\nb\tc", "a b c"),
            ("a\u{202E}b", "a b"), ("\u{9B}2J", " 2J"), ("a\r\nb", "a  b"),
        ])
    func safe(text: String, shown: String) {
        #expect(DisplayText.safe(text) == shown)
    }

    @Test(
        "width is counted in cells", arguments: [("abc", 3), ("äö", 2), ("漢字", 4), ("👍", 2), ("e\u{301}", 1), ("한", 2)])
    func width(text: String, cells: Int) {
        #expect(DisplayText.width(text) == cells)
    }

    @Test("cut text fits", arguments: [("abcdef", 4, "abc…"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"), ("ab", 2, "ab")])
    func cut(text: String, cells: Int, shown: String) {
        #expect(DisplayText.cut(text, to: cells) == shown)
    }

    @Test("progress is a bar when the end is known")
    func progress() {
        let line = ProgressLine(total: 200, isShown: false).line(done: 50, items: 7, "events", width: 60)
        #expect(line.contains("25%"))
        #expect(line.contains("7 events"))
        #expect(DisplayText.width(line) <= 60)
        #expect(!ProgressLine(total: nil, isShown: false).line(done: 50, items: 7, "events", width: 60).contains("%"))
    }
}
