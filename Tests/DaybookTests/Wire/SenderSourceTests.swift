import Foundation
import Testing

@testable import Daybook

struct SenderSourceTests {
    @Test(
        arguments: [
            (nil, "urn:daybook:unnamed"), ("", "urn:daybook:empty"), ("worker-7", "worker-7"),
            ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"), ("worker 7", "worker%207"),
            ("50%", "50%25"),
            ("é", "%C3%A9"), ("a\u{1}", "a%01"), ("urn:daybook:unnamed", "urn:daybook:unname%64"),
            ("urn:daybook:empty", "urn:daybook:empt%79"), ("10.0.0.1:80", "10.0.0.1%3A80"), ("a b:c", "a%20b%3Ac"),
            ("host:80", "host:80"), ("/a:b", "/a:b"), ("a#b#c", "a#b%23c"), ("a[1]", "a%5B1%5D"), (":", "%3A"),
        ] as [(String?, String)])
    func `a sender is written as a URI reference`(sender: String?, source: String) {
        #expect(SenderSource.source(of: sender) == source)
        #expect(SenderSource.sender(of: source) == sender)
    }

    @Test func `any sender is a source that Foundation takes for a URI reference, and comes back`() {
        var events = RandomEvents(seed: 11)
        for _ in 0..<5_000 {
            let sender = events.text(upTo: 8)
            let source = SenderSource.source(of: sender)
            #expect(SenderSource.sender(of: source) == sender)
            #expect(!source.isEmpty && source.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            #expect(URL(string: source, encodingInvalidCharacters: false) != nil, "\(source)")
        }
    }

    /// A record may claim to be ours and hold anything.
    @Test(arguments: ["%", "a%", "a%4", "a%zz", "%+5", "%4g", "%FF", "%00", "%%41"])
    func `a source that nobody encoded is kept as it is`(source: String) {
        #expect(SenderSource.sender(of: source) == source)
    }
}
