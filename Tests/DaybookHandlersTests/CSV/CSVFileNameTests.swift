import Testing

@testable import DaybookHandlers

@Suite struct CSVFileNameTests {
    @Test(arguments: [
        (nil, "log.info", "system-log.info"),
        ("sshd", "session.ended", "sshd-session.ended"),
        ("my-service_2", "a_b", "my-service_2-a_b"),
        ("a/b", "t", "a%2Fb-t"),
        ("..", "t", "%2E.-t"),
        ("../../etc/passwd", "t", "%2E.%2F..%2Fetc%2Fpasswd-t"),
        ("a\0b é", "t", "a%00b%20%C3%A9-t"),
        ("a%2Fb", "t", "a%252Fb-t"),
        ("s", "with-hyphen", "s-with%2Dhyphen"),
        ("s", "report_1", "s-report%5F1"),
        ("s", "report_1x", "s-report_1x"),
    ])
    func isSafe(sender: String?, topic: String, name: String) {
        #expect(CSVFileName.base(sender: sender, topic: topic) == name)
    }

    @Test func neverClashes() {
        let senders = ["a", "a-b", "a/b", "a%2Fb", ".", "..", "%2E", "", "A", "a_1", "a-b_1", "s~"]
        let topics = ["c", "b-c", "c_1", "c%5F1", "b", "1", "_1", "c_11", "c-b_1"]
        var names: Set<String> = []
        for sender in senders { for topic in topics { names.insert(CSVFileName.base(sender: sender, topic: topic)) } }
        #expect(names.count == senders.count * topics.count)
        // Nor with another's rotated files.
        for name in names { #expect(!names.contains(name + "_1")) }
    }

    @Test func cutsLongNames() {
        let long = String(repeating: "x", count: 256)
        let first = CSVFileName.base(sender: long, topic: long)
        let second = CSVFileName.base(sender: long, topic: long + "y")
        #expect(first != second)
        #expect(first.utf8.count <= 240)
        #expect(CSVFileName.base(sender: "s", topic: String(repeating: "/", count: 256)).utf8.count <= 240)
    }
}
