import Testing

@testable import KafkaClient

@Suite struct PackedHeadersTests {
    @Test func hasTheDocumentedForm() {
        var headers = PackedHeaders()
        headers.append("a", "xy")
        headers.append("", [UInt8]?.none)
        #expect(headers.bytes == [1, 0, 97, 2, 0, 0, 0, 120, 121, 0, 0, 0xff, 0xff, 0xff, 0xff])
    }

    @Test func givesBackWhatWasAppended() throws {
        var headers = PackedHeaders()
        headers.append("name", "värde")
        headers.append("name", [])
        headers.append("name", [UInt8]?.none)
        headers.append(String(repeating: "n", count: 65535), Array(repeating: 7, count: 70000))
        let read = try #require(headers.headers)
        #expect(read.map(\.name.utf8.count) == [4, 4, 4, 65535])
        #expect(read.map(\.value?.count) == [6, 0, nil, 70000])
    }

    @Test(
        arguments: [
            [1], [1, 0], [1, 0, 97], [1, 0, 97, 1, 0, 0], [1, 0, 97, 1, 0, 0, 0], [5, 0, 97, 0, 0, 0, 0],
            [1, 0, 97, 0xfe, 0xff, 0xff, 0xff], [1, 0, 97, 0xff, 0xff, 0xff, 0x7f],
        ] as [[UInt8]])
    func refusesBytesThatAreNotWellFormed(_ bytes: [UInt8]) {
        #expect(PackedHeaders(bytes).headers == nil)
    }
}
