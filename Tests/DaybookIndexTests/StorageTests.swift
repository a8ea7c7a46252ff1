import Daybook
import DaybookTesting
import Testing

@testable import DaybookIndex

@Suite struct StorageTests {
    /// Keys by row number.
    private struct TableKeys: RowKeys {
        let keys: [SortKey]

        func key(_ row: UInt32) -> SortKey { keys[Int(row)] }
    }

    enum Pattern: CaseIterable {
        case rising, falling, random, equal, interleaved, skewed
    }

    private func keys(_ pattern: Pattern, _ count: Int, _ generator: inout SeededGenerator) -> [SortKey] {
        (0..<count).map { number in
            let time: Int64 =
                switch pattern {
                case .rising: Int64(number)
                case .falling: Int64(-number)
                case .random: Int64.random(in: 0..<2000, using: &generator)
                case .equal: 7
                case .interleaved: Int64(number % 500 * 8 + number / 500)
                case .skewed: number % 3 == 0 ? .min + Int64(number) : number % 3 == 1 ? .max - Int64(number) : 0
                }
            return SortKey(createdAt: time, time: 0, rank: 0, offset: Int64(number))
        }
    }

    private func rows(of list: RowList) -> [UInt32] {
        var place = list.start
        var rows: [UInt32] = []
        while let row = list.next(&place) { rows.append(row) }
        return rows
    }

    @Test(arguments: Pattern.allCases)
    func aListOfRowsStaysInOrder(pattern: Pattern) {
        var generator = SeededGenerator(seed: 1)
        let keys = TableKeys(keys: keys(pattern, 4000, &generator))
        let list = RowList()
        var inside: [UInt32] = []
        func check() {
            let sorted = inside.sorted { keys.key($0) < keys.key($1) }
            #expect(rows(of: list) == sorted)
            #expect(list.count == sorted.count)
            #expect(list.first == sorted.first)
            var place = list.end
            var backwards: [UInt32] = []
            while let row = list.previous(&place) { backwards.append(row) }
            #expect(backwards == sorted.reversed())
        }
        for row in 0..<UInt32(4000) {
            list.insert(row, key: keys.key(row), keys)
            inside.append(row)
        }
        check()
        for target in [3000, 600, 5, 0] {
            inside.shuffle(using: &generator)
            while inside.count > target {
                let row = inside.removeLast()
                #expect(list.remove(row, key: keys.key(row), keys))
                #expect(!list.remove(row, key: keys.key(row), keys))
            }
            check()
        }
        // Emptied, it serves again.
        for row in (0..<UInt32(1500)).shuffled(using: &generator) {
            list.insert(row, key: keys.key(row), keys)
            inside.append(row)
        }
        check()
    }

    @Test func aFullChunkTakesARowAnywhere() {
        let full = 510
        for index in [0, 1, 2] + Array(250...260) + [508, 509, 510] {
            // Chunks before and behind it, so that it is neither the first nor the last.
            let before = (0..<full).map { SortKey(createdAt: Int64($0), time: 0, rank: 0, offset: 0) }
            let inside = (0..<full).map { SortKey(createdAt: 1000, time: Int64($0 * 2), rank: 0, offset: 0) }
            let behind = (0..<full).map { SortKey(createdAt: Int64(2000 + $0), time: 0, rank: 0, offset: 0) }
            let added = SortKey(createdAt: 1000, time: Int64(index * 2 - 1), rank: 0, offset: 0)
            let keys = TableKeys(keys: before + inside + behind + [added])
            let list = RowList()
            for row in 0..<UInt32(3 * full + 1) { list.insert(row, key: keys.key(row), keys) }
            var wanted = Array(0..<UInt32(3 * full))
            wanted.insert(UInt32(3 * full), at: full + index)
            #expect(rows(of: list) == wanted)
        }
    }

    @Test func listsThatShrinkGiveMemoryBack() {
        var generator = SeededGenerator(seed: 2)
        let keys = TableKeys(keys: keys(.rising, 50_000, &generator))
        let list = RowList()
        for row in 0..<UInt32(50_000) { list.insert(row, key: keys.key(row), keys) }
        let full = list.memoryBytes
        // Nine of ten go, here and there.
        for row in 0..<UInt32(50_000) where row % 10 != 0 { list.remove(row, key: keys.key(row), keys) }
        #expect(list.memoryBytes < full / 3)
        for row in stride(from: UInt32(0), to: 50_000, by: 10) where row > 20 {
            list.remove(row, key: keys.key(row), keys)
        }
        #expect(list.memoryBytes < 300)
        #expect(rows(of: list) == [0, 10, 20])
    }

    @Test(arguments: [true, false])
    func walksBeginBeyondTheirBound(isAscending: Bool) {
        var generator = SeededGenerator(seed: 3)
        let keys = TableKeys(keys: keys(.random, 1200, &generator))
        var posting = Posting.empty
        for count in [0, 1, 2, 1200] {
            for row in UInt32(posting.count)..<UInt32(count) { posting.insert(row, key: keys.key(row), keys) }
            let sorted = (0..<UInt32(count)).sorted { keys.key($0) < keys.key($1) }
            let bounds = (0..<50).map { _ in
                SortKey(createdAt: .random(in: -10..<2010, using: &generator), time: 0, rank: 0, offset: -1)
            }
            for bound in [nil] + bounds + sorted.prefix(40).map(keys.key) {
                var walk = PostingWalk(posting, isAscending: isAscending, beyond: bound, keys)
                var found: [UInt32] = []
                while let row = walk.next() { found.append(row) }
                let wanted = sorted.filter { row in
                    guard let bound else { return true }
                    return isAscending ? bound < keys.key(row) : keys.key(row) < bound
                }
                #expect(found == (isAscending ? wanted : wanted.reversed()))
            }
        }
    }

    @Test(arguments: [0, 4])
    func aTableOfNumbersFindsWhatIsInIt(segmentBits: Int) {
        var generator = SeededGenerator(seed: 4)
        let table = NumberTable(segmentBits: segmentBits)
        // Few distinct hashes with equal tags and homes, so that everything collides.
        let hashes = (0..<3000).map { _ in
            UInt64.random(in: 0..<40, using: &generator) << 26 | UInt64.random(in: 0..<4, using: &generator) << 62
        }
        var inside: [UInt64: Set<UInt32>] = [:]
        for step in 0..<9000 {
            let number = UInt32.random(in: 0..<3000, using: &generator)
            let hash = hashes[Int(number)]
            let isInserting = step < 4000 || step % 3 == 0
            if isInserting, inside[hash, default: []].insert(number).inserted {
                table.insert(number, hash: hash)
            } else if !isInserting {
                inside[hash]?.remove(number)
                table.remove(number, hash: hash)
            }
        }
        #expect(table.count == inside.values.reduce(0) { $0 + $1.count })
        for hash in Set(hashes) {
            var found: [UInt32] = []
            _ = table.first(hash) { number in
                found.append(number)
                return false
            }
            // Several hashes may share a tag; keys tell them apart.
            #expect(Set(found).count == found.count)
            #expect(Set(found.filter { hashes[Int($0)] == hash }) == inside[hash] ?? [])
        }
        for number in 0..<UInt32(3000) { table.remove(number, hash: hashes[Int(number)]) }
        #expect(table.count == 0)
        #expect(table.slotBytes <= 8 * 8 << segmentBits)
    }

    @Test func compactionMovesWhatLivesAndFreesTheRest() {
        var generator = SeededGenerator(seed: 5)
        var arena = TextArena()
        var owners = PagedStore<Facet.Value>()
        var texts: [[UInt8]?] = []
        func write(_ owner: UInt32) {
            let count = Int.random(in: 0..<300, using: &generator)
            let text = [UInt8](repeating: UInt8(truncatingIfNeeded: owner), count: count)
            owners.mutable(owner).pointee.text = text.withUnsafeBytes { arena.add($0, owner: owner) }
            texts[Int(owner)] = text
        }
        for owner in 0..<UInt32(20_000) {
            _ = owners.append(Facet.Value(text: TextArena.none, uses: 0, unfinished: 0))
            texts.append(nil)
            write(owner)
        }
        let image = arena
        let imageOwners = owners.image()
        let before = texts
        for _ in 0..<60_000 {
            let owner = UInt32.random(in: 0..<20_000, using: &generator)
            arena.free(owners.pointer(owner).pointee.text)
            write(owner)
            if arena.needsCompaction { arena.compactOne(&owners) }
        }
        #expect(arena.chunkBytesTotal < image.chunkBytesTotal * 5 / 2)
        for owner in 0..<UInt32(20_000) {
            #expect(Array(arena[owners.pointer(owner).pointee.text]) == texts[Int(owner)])
            #expect(Array(image[imageOwners.pointer(owner).pointee.text]) == before[Int(owner)])
        }
    }

    @Test func aBlockLargerThanAChunkHasOneOfItsOwn() {
        var arena = TextArena()
        let large = [UInt8](repeating: 1, count: TextArena.chunkBytes * 3)
        let first = large.withUnsafeBytes { arena.add($0, owner: 0) }
        let second = [UInt8](repeating: 2, count: 10).withUnsafeBytes { arena.add($0, owner: 1) }
        #expect(Array(arena[first]) == large)
        #expect(Array(arena[second]) == [UInt8](repeating: 2, count: 10))
        arena.free(first)
        #expect(arena.chunkBytesTotal == TextArena.chunkBytes)
    }
}
