import Testing

@testable import DaybookCommand

@Suite struct WrittenValueTests {
    @Test(
        "bytes",
        arguments: [("0", 0), ("1048576", 1 << 20), ("512KiB", 512 << 10), ("1MiB", 1 << 20), ("4GiB", 4 << 30)])
    func bytes(text: String, value: Int) {
        #expect(ByteCount.parse(text) == value)
        #expect(ByteCount.parse(ByteCount.text(value)) == value)
    }

    @Test(
        "what is no number of bytes", arguments: ["", "-1", "1.5MiB", "MiB", "1mib", "1 MiB", "9223372036854775807GiB"])
    func noBytes(text: String) {
        #expect(ByteCount.parse(text) == nil)
    }

    @Test("rounded for people", arguments: [(12, "12 bytes"), (1536, "1.5 KiB"), (70 << 30, "70 GiB")])
    func rounded(value: Int, text: String) {
        #expect(ByteCount.rounded(value) == text)
    }

    @Test(
        "durations",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("2s", .seconds(2)), ("90s", .seconds(90)), ("5m", .seconds(300)),
            ("1h", .seconds(3600)), ("7d", .seconds(604_800)),
        ])
    func durations(text: String, value: Duration) {
        #expect(DurationText.parse(text) == value)
        #expect(DurationText.text(value) == text)
    }

    @Test("what is no duration", arguments: ["", "5", "s", "-1s", "1.5s", "5 s", "5min", "9223372036854775807d"])
    func noDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
