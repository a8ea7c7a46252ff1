import Daybook
import Testing

struct TopicTests {
    static let longest = String(repeating: "a.", count: 127) + "bc"

    @Test(arguments: ["a", "0", "_", "-", "git.commit.created", "A-1_x.9", "a.b.c.d.e.f", longest])
    func `takes segments joined by dots`(topic: String) {
        #expect(Topic.isValid(topic))
    }

    @Test(arguments: [
        "", ".", "..", "a.", ".a", "a..b", "a b", "a/b", "a*", "*", "é", "a\u{0}", "a:b", "a\n", "a,b", longest + "d",
    ])
    func `refuses all else`(topic: String) {
        #expect(!Topic.isValid(topic))
    }

    @Test func `refuses every byte that is no letter, digit, dash, underscore or dot`() {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.".utf8)
        for byte in UInt8.min...UInt8.max {
            let valid = [UInt8(ascii: "x"), byte, UInt8(ascii: "x")].withUnsafeBytes { Topic.isValid($0) }
            #expect(valid == allowed.contains(byte), "byte \(byte)")
        }
    }

    @Test func `a family is the first segment`() {
        #expect(Topic.family(of: "git.commit.created") == "git")
        #expect(Topic.family(of: "git") == "git")
    }
}
