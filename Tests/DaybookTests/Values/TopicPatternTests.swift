import Daybook
import Testing

struct TopicPatternTests {
    @Test(arguments: [
        ("git.commit", "git.commit", true), ("git.commit", "git.commits", false), ("git.commit", "it.commit", false),
        ("*", "git", true), ("*", "git.commit.created", true), ("**", "git", true),
        ("git.*", "git.commit.created", true), ("git.*", "git", false), ("git.*", "gitx.a", false),
        ("git*", "git", true), ("*.created", "git.commit.created", true), ("*.created", "created", false),
        ("entity.*.created", "entity.folder.created", true), ("entity.*.created", "entity.created", false),
        ("entity.*.created", "entity.a.b.created", true), ("a*a", "a", false), ("a*a", "aa", true),
        ("*ab*ab*", "abab", true), ("*ab*ab*", "aba", false), ("*a*b*c*", "xaybzc", true), ("*aab", "aaab", true),
        ("a_c", "abc", false), ("a_c", "a_c", true), ("a-c", "a-c", true), ("A", "a", false),
    ])
    func `matches`(pattern: String, topic: String, expected: Bool) throws {
        #expect(try #require(TopicPattern(pattern)).matches(topic) == expected)
    }

    @Test(arguments: ["", "a?b", "a%", "[a]", "a b", "é", "a/b", "a\u{0}", String(repeating: "a", count: 257)])
    func `refuses what no topic can be like`(pattern: String) {
        #expect(TopicPattern(pattern) == nil)
    }

    @Test func `knows whether it names a single topic`() throws {
        #expect(try #require(TopicPattern("git.commit")).isLiteral)
        #expect(try !#require(TopicPattern("git.*")).isLiteral)
    }

    /// Trying every split at every star would take longer than the universe has been there.
    @Test(arguments: ["b", "*b", "a*b"])
    func `takes no longer than pattern times topic`(end: String) throws {
        let pattern = try #require(TopicPattern(String(repeating: "a*", count: 120) + end))
        let topic = String(repeating: "a", count: 256)
        for _ in 0..<100 { #expect(!pattern.matches(topic)) }
        #expect(pattern.matches(topic + "b"))
    }

    @Test func `agrees with the definition on every small case`() throws {
        let patterns = Self.words(over: ["a", "b", "*"], upTo: 5)
        let topics = Self.words(over: ["a", "b"], upTo: 6)
        for text in patterns {
            let pattern = try #require(TopicPattern(text))
            let tokens = Array(text.utf8)[...]
            for topic in topics {
                let expected = Self.definition(tokens, Array(topic.utf8)[...])
                if pattern.matches(topic) != expected { Issue.record("\(text) on \(topic): expected \(expected)") }
            }
        }
    }

    private static func words(over letters: [String], upTo length: Int) -> [String] {
        var all: [String] = []
        var longest = [""]
        for _ in 0..<length {
            longest = longest.flatMap { word in letters.map { word + $0 } }
            all += longest
        }
        return all
    }

    private static func definition(_ pattern: ArraySlice<UInt8>, _ topic: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return topic.isEmpty }
        if first == UInt8(ascii: "*") {
            return (topic.startIndex...topic.endIndex).contains { definition(pattern.dropFirst(), topic[$0...]) }
        }
        return topic.first == first && definition(pattern.dropFirst(), topic.dropFirst())
    }
}
