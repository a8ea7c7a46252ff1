import Daybook
import DaybookTesting
import Foundation
import Testing

/// Holds the README and the pages in docs/ to what there is.
struct DocumentationTests {
    /// Each row of a table, as its cells.
    static func rows(of page: String) throws -> [[String]] {
        try text(of: page).split(separator: "\n").filter { $0.hasPrefix("|") && !$0.hasPrefix("| ---") }.map {
            $0.dropFirst().dropLast().split(separator: " | ", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
    }

    @Test func `every row says where a feature is`() throws {
        let rows = try Self.rows(of: "docs/coverage.md").filter { $0.last != "shown by" }
        #expect(rows.count > 130)
        for row in rows {
            let shown = row.last ?? ""
            #expect(row.count == 3 || row.count == 4, "\(row)")
            #expect(!row.contains(""), "an empty cell: \(row)")
            #expect(
                shown.contains("*later*") || shown.contains("*out of scope*: ") || !Self.tests(in: shown).isEmpty,
                "neither a test, nor later, nor out of scope with a reason: \(row)")
        }
    }

    @Test(arguments: ["docs/coverage.md", "docs/design.md"])
    func `every test named exists`(page: String) throws {
        let existing = try Self.existingTests()
        #expect(existing.count > 300)
        let named = Self.tests(in: try Self.text(of: page))
        #expect(!named.isEmpty)
        for test in named where !existing.contains(test) { Issue.record("\(page) names \(test), which is no test") }
    }

    @Test func `the table of the wire format lists every header`() throws {
        let headers = try Self.rows(of: "docs/wire.md").dropFirst().map { $0[0].filter { $0 != "`" } }
        #expect(headers.sorted() == WireHeader.allCases.map { "\($0.name)" }.sorted())
    }

    @Test func `the README shows the example that runs`() throws {
        let source = try Self.text(of: "Tests/DaybookSQLiteTests/Examples/OrdersExample.swift")
        let example = try #require(source.firstMatch(of: /\/\/ README begin\n((?:.|\n)*)\/\/ README end/)).1
        #expect(try Self.text(of: "README.md").contains("```swift\n\(example)```"))
    }

    @Test(arguments: ["README.md", "docs/design.md", "docs/http.md", "docs/wire.md", "docs/coverage.md"])
    func `every file linked to exists`(page: String) throws {
        let directory = page.split(separator: "/").dropLast().map { "\($0)/" }.joined()
        let links = try Self.text(of: page).matches(of: /\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/).map { String($0.1) }
        for link in links where !FileManager.default.fileExists(atPath: Self.path(of: directory + link)) {
            Issue.record("\(page) links to \(link), which is not there")
        }
        #expect(!links.isEmpty || !["README.md", "docs/design.md"].contains(page))
    }

    /// What is written as `Suite/test` in backticks.
    static func tests(in text: String) -> [String] {
        text.matches(of: /`((?:[A-Z]\w*Tests|LogContract)\/[^`]+)`/).map { String($0.1) }
    }

    /// `Suite/test` of everything in Tests/, and the contracts.
    private static func existingTests() throws -> Set<String> {
        var found = Set(LogContract.all.map { "LogContract/\($0.name)" })
        let directory = path(of: "Tests")
        let files = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        for file in files where file.hasSuffix(".swift") {
            let source = try String(contentsOfFile: directory + "/" + file, encoding: .utf8)
            var suite = ""
            for line in source.split(separator: "\n") {
                if let type = line.firstMatch(
                    of: /^(?:@Suite.* )?(?:final )?(?:struct|class|enum|actor|extension) (\w+)/)
                {
                    suite = String(type.1)
                } else if let test = line.firstMatch(of: /func (?:`([^`]+)`|(\w+))/) {
                    found.insert("\(suite)/\(test.1 ?? test.2 ?? "")")
                } else if let test = line.firstMatch(of: /^ +(?:@Test\()?"([^"]+)"[,)]/) {
                    // A test's display name.
                    found.insert("\(suite)/\(test.1)")
                }
            }
        }
        return found
    }

    private static func text(of page: String) throws -> String {
        try String(contentsOfFile: path(of: page), encoding: .utf8)
    }

    private static func path(of relative: String) -> String {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appending(path: relative).path
    }
}
