/// Breaks inputs: some bytes are changed, removed, doubled, or put in from a list of pieces that the decoder knows.
struct ByteMutator {
    let pieces: [[UInt8]]

    init(_ pieces: [String]) {
        self.pieces = pieces.map { Array($0.utf8) }
    }

    func mutate(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        for _ in 0...random.below(4) { change(&bytes, &random) }
    }

    private func change(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        let at = random.below(bytes.count + 1)
        let end = min(bytes.count, at + random.below(16))
        switch random.below(7) {
        case 0: bytes.insert(contentsOf: random.pick(pieces), at: at)
        case 1: bytes.removeSubrange(at..<end)
        case 2: bytes.insert(contentsOf: Array(bytes[at..<end]), at: random.below(bytes.count + 1))
        case 3: if at < bytes.count { bytes[at] = random.byte() }
        case 4: if at < bytes.count { bytes[at] ^= 1 << UInt8(random.below(8)) }
        case 5: bytes.removeSubrange(at...)
        default:
            let piece = random.pick(pieces)
            bytes.insert(contentsOf: repeatElement(piece, count: random.below(200)).joined(), at: at)
        }
    }
}
