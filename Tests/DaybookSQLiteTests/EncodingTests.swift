import Daybook
import Testing

@testable import DaybookSQLite

/// How records lie in the database.
@Suite struct EncodingTests {
    /// The test vectors of the xxHash specification and of its reference program.
    @Test(
        arguments: [
            ("", 0, 0xEF46_DB37_51D8_E999), ("abc", 0, 0x44BC_2CF5_AD77_0999), ("", 1, 0xD5AF_BA13_36A3_BE4B),
            ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64, UInt64)])
    func theChecksumIsXXH64(text: String, seed: UInt64, expected: UInt64) {
        let found = Array(text.utf8).withUnsafeBytes { Checksum.of($0, seed: seed) }
        #expect(found == expected)
    }

    @Test func everyBitCountsForTheChecksum() {
        var bytes = (0..<100).map { UInt8($0) }
        let header = BatchHeader(partition: 1, base: 5, last: 9, count: 5, firstTime: 7, lastTime: 8)
        let sound = bytes.withUnsafeBytes { header.checksum(of: $0) }
        for bit in 0..<800 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(bytes.withUnsafeBytes { header.checksum(of: $0) } != sound)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        var other = header
        other.last = 10
        #expect(bytes.withUnsafeBytes { other.checksum(of: $0) } != sound)
    }

    @Test func batchesStaySmall() {
        func records(_ sizes: [Int]) -> ArraySlice<StoredRecord> {
            sizes.enumerated().map {
                StoredRecord(
                    offset: Int64($0), time: Timestamp(microseconds: 0),
                    record: Record(value: [UInt8](repeating: 0, count: $1)))
            }[...]
        }
        #expect(BatchEncoder.batchLength(records([Int](repeating: 10, count: 1000))) == 256)
        #expect(BatchEncoder.batchLength(records([Int](repeating: 100_000, count: 10))) == 2)
        #expect(BatchEncoder.batchLength(records([1_000_000, 1])) == 1)
        #expect(BatchEncoder.batchLength(records([1, 1_000_000])) == 1)
        #expect(BatchEncoder.batchLength(records([1])) == 1)
    }

    @Test func damageOfAnyByteIsNoticedAndCrashesNothing() throws {
        let name = StreamPartition("orders", 0)
        let records = (0..<20).map {
            StoredRecord(offset: Int64($0 * 3), time: Timestamp(microseconds: Int64($0)), record: sample($0, key: "k"))
        }
        let encoded = BatchEncoder().encode(records[...], partition: 1) { ($0, Array($1), $0.checksum(of: $1)) }
        var (header, bytes, checksum) = try #require(encoded)
        func decode(_ checksum: Int64) throws -> [StoredRecord] {
            try bytes.withUnsafeBytes { raw in
                var found: [StoredRecord] = []
                var decoder = try BatchDecoder(header, raw, checksum: checksum, of: name)
                try decoder.decode(from: 0, below: .max, limit: .max, of: name, into: &found)
                return found
            }
        }
        #expect(try decode(checksum) == records)
        for index in bytes.indices {
            bytes[index] ^= 0xff
            #expect(throws: LogError.self) { try decode(checksum) }
            // With a checksum that fits by chance the decoder still stays inside its bytes.
            _ = try? decode(bytes.withUnsafeBytes { header.checksum(of: $0) })
            bytes[index] ^= 0xff
        }
        header.count += 1
        #expect(throws: LogError.self) { try decode(checksum) }
    }

    @Test func aLineKeepsItsOrder() {
        var line = FIFO<Int>()
        var model: [Int] = []
        for step in 0..<5000 {
            if step % 7 < 4 || model.isEmpty {
                line.append(step)
                model.append(step)
            } else {
                #expect(line.popFirst() == model.removeFirst())
            }
            #expect(line.count == model.count)
            #expect(line.first == model.first)
        }
        #expect(Array(line) == model)
    }
}
