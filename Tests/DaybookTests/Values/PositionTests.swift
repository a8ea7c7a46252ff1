import Daybook
import Testing

struct PositionTests {
    @Test func `reads what it prints`() {
        for (stream, partition, offset) in [("daybook.git", 0, 0), ("a", Int32.max, Int64.max - 1)]
            as [(String, Int32, Int64)]
        {
            let position = Position(StreamPartition(stream, partition), offset)
            #expect(position.description == "\(stream):\(partition):\(offset)")
            #expect(Position(position.description) == position)
        }
    }

    @Test(arguments: [
        "", "a", "a:1", "a:1:2:3", ":1:2", "a::2", "a:1:", "a:-1:2", "a:1:-2", "a:x:2", "a:1:x", "a:2147483648:1",
        "a:1:9223372036854775807", "a:1:9223372036854775808", "a: 1:2",
    ])
    func `what is no position is refused`(text: String) {
        #expect(Position(text) == nil)
    }

    @Test func `has an order within a partition only`() throws {
        let here = StreamPartition("a", 1)
        #expect(Position(here, 1).isBefore(Position(here, 2)) == true)
        #expect(Position(here, 2).isBefore(Position(here, 2)) == false)
        #expect(Position(here, 1).isBefore(Position(StreamPartition("a", 2), 2)) == nil)
        #expect(Position(here, 1).isBefore(Position(StreamPartition("b", 1), 2)) == nil)
        #expect(StreamPartition("a", 2) < StreamPartition("b", 1) && StreamPartition("a", 1) < StreamPartition("a", 2))
    }
}
