import Daybook
import Testing

struct PositionVectorTests {
    @Test func `is printed with streams and partitions in order`() {
        let vector = PositionVector([
            StreamPartition("b", 0): 3, StreamPartition("a", 10): 1, StreamPartition("a", 2): 12,
            StreamPartition("c.d", 0): .max,
        ])
        #expect(vector.description == "a:2@12,10@1;b:0@3;c.d:0@9223372036854775807")
        #expect(PositionVector(vector.description) == vector)
        #expect(PositionVector().description.isEmpty && PositionVector("") == PositionVector())
    }

    @Test func `reads what it prints`() {
        var random = SeededGenerator(seed: 12)
        for _ in 0..<500 {
            var vector = PositionVector()
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let stream = ["a", "b.c", "d-e"].randomElement(using: &random) ?? "a"
                vector[StreamPartition(stream, .random(in: 0...3, using: &random))] = .random(
                    in: 0 ... .max, using: &random)
            }
            #expect(PositionVector(vector.description) == vector)
        }
    }

    @Test(arguments: [
        "a", "a:", "a:1", "a:1@", "a:@1", ":1@1", "a:1@2,", "a:1@2;", ";", "a:-1@2", "a:1@-2", "a:1@2,1@3",
        "a:1@2;a:1@3",
        "a:1@2@3", "a:x@2", "a:1@9223372036854775808", "a:1@2 ",
    ])
    func `what is no vector is refused`(text: String) {
        #expect(PositionVector(text) == nil)
    }

    @Test func `has reached another when it is as far everywhere`() {
        let (a0, a1) = (StreamPartition("a", 0), StreamPartition("a", 1))
        let vector = PositionVector([a0: 5, a1: 2])
        #expect(vector.hasReached(vector) && vector.hasReached(PositionVector()))
        #expect(vector.hasReached(PositionVector([a0: 4])))
        #expect(!vector.hasReached(PositionVector([a0: 4, a1: 3])))
        #expect(!PositionVector([a0: 9]).hasReached(vector))
        #expect(PositionVector([a0: 9]).hasReached(PositionVector([a1: 0])), "nothing lies before offset 0")
    }
}
