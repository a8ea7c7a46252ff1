/// Rows in order, in chunks: adding at either end is a store, adding and taking out elsewhere moves half a chunk at most.
///
/// Who uses a list says with each call how its rows are ordered (``RowKeys``); it must always be the same order, and a
/// row's key must not change while the row is in the list.
final class RowList {
    /// Count, capacity, then the rows.
    private struct Chunk: BitwiseCopyable {
        /// With its two leading numbers a full chunk has 2 KiB.
        static let capacity: UInt32 = 510
        let base: UnsafeMutablePointer<UInt32>

        init(capacity: UInt32) {
            base = .allocate(capacity: Int(capacity) + 2)
            base[0] = 0
            base[1] = capacity
        }

        @inline(__always)
        var count: Int { Int(base[0]) }
        @inline(__always)
        var isFull: Bool { base[0] == base[1] }
        @inline(__always)
        subscript(at: Int) -> UInt32 { base[at + 2] }
        @inline(__always)
        var last: UInt32 { base[Int(base[0]) + 1] }

        @inline(__always)
        func append(_ row: UInt32) {
            base[Int(base[0]) + 2] = row
            base[0] += 1
        }

        func insert(_ row: UInt32, at index: Int) {
            let place = base + 2 + index
            (place + 1).update(from: place, count: count - index)
            place.pointee = row
            base[0] += 1
        }

        func remove(at index: Int) {
            let place = base + 2 + index
            place.update(from: place + 1, count: count - index - 1)
            base[0] -= 1
        }

        func index(of row: UInt32) -> Int? {
            let rows = base + 2
            let wanted = SIMD8(repeating: row)
            var at = 0
            while at + 8 <= count {
                let eight = UnsafeRawPointer(rows + at).loadUnaligned(as: SIMD8<UInt32>.self)
                if any(eight .== wanted) { break }
                at += 8
            }
            while at < count {
                if rows[at] == row { return at }
                at += 1
            }
            return nil
        }

        func append(from other: Chunk, _ range: Range<Int>) {
            (base + 2 + count).update(from: other.base + 2 + range.lowerBound, count: range.count)
            base[0] += UInt32(range.count)
        }
    }

    /// A chunk and the first part of its first row's key, which saves most look-ups in rows when a chunk is searched for.
    private struct Entry: BitwiseCopyable {
        var chunk: Chunk
        var first: Int64
    }

    /// A place between rows: before the row it names, or behind all.
    struct Place: BitwiseCopyable {
        var chunk: Int
        var index: Int
    }

    @exclusivity(unchecked) private var entries: ContiguousArray<Entry> = []
    @exclusivity(unchecked) private(set) var count = 0
    /// Behind the last row that was put inside. Partitions are read in stretches, each in order, so that the next row often
    /// belongs close behind.
    @exclusivity(unchecked) private var hint = Place(chunk: 0, index: 0)

    init() {}

    deinit {
        for entry in entries { entry.chunk.base.deallocate() }
    }

    var memoryBytes: Int {
        entries.reduce(48 + 32) { $0 + MemoryLayout<Entry>.stride + Int($1.chunk.base[1]) * 4 + 8 }
    }

    // MARK: - Changing

    /// - Parameter key: the row's own.
    func insert(_ row: UInt32, key: SortKey, _ keys: some RowKeys) {
        count += 1
        guard let tail = entries.last?.chunk else {
            let chunk = Chunk(capacity: 4)
            chunk.append(row)
            entries.append(Entry(chunk: chunk, first: key.createdAt))
            return
        }
        if keys.key(tail.last) < key {
            append(row, key, to: tail)
        } else {
            insertInside(row, key, keys)
        }
    }

    @inline(__always)
    private func append(_ row: UInt32, _ key: SortKey, to tail: Chunk) {
        if !tail.isFull {
            tail.append(row)
        } else if tail.base[1] < Chunk.capacity {
            grow(entries.count - 1).append(row)
        } else {
            let chunk = Chunk(capacity: Chunk.capacity)
            chunk.append(row)
            entries.append(Entry(chunk: chunk, first: key.createdAt))
        }
    }

    private func insertInside(_ row: UInt32, _ key: SortKey, _ keys: some RowKeys) {
        var place = placeNearHint(key, keys) ?? firstPlace(notBefore: key, keys)
        // Between two chunks the one in front is as good; only so can a chunk grow at its end.
        if place.index == 0, place.chunk > 0 {
            place = Place(chunk: place.chunk - 1, index: entries[place.chunk - 1].chunk.count)
        }
        var chunk = entries[place.chunk].chunk
        if chunk.isFull {
            if chunk.base[1] < Chunk.capacity {
                chunk = grow(place.chunk)
            } else if place.chunk == 0, place.index == 0 {
                // Rows that come in falling order fill chunks, too.
                chunk = Chunk(capacity: Chunk.capacity)
                entries.insert(Entry(chunk: chunk, first: key.createdAt), at: 0)
            } else {
                (chunk, place) = split(place, keys)
            }
        }
        chunk.insert(row, at: place.index)
        if place.index == 0 { entries[place.chunk].first = key.createdAt }
        hint = Place(chunk: place.chunk, index: place.index + 1)
    }

    /// Where a key belongs, if that is in the same chunk and behind the last row that was put inside.
    private func placeNearHint(_ key: SortKey, _ keys: some RowKeys) -> Place? {
        guard hint.chunk < entries.count else { return nil }
        let chunk = entries[hint.chunk].chunk
        let count = chunk.count
        guard hint.index > 0, hint.index <= count, keys.key(chunk[hint.index - 1]) < key else { return nil }
        // Steps of growing size, then halves of the last one.
        var from = hint.index
        var step = 1
        while from + step - 1 < count, keys.key(chunk[from + step - 1]) < key {
            from += step
            step *= 2
        }
        var to = min(from + step - 1, count)
        while from < to {
            let middle = (from + to) / 2
            if keys.key(chunk[middle]) < key { from = middle + 1 } else { to = middle }
        }
        if from < count { return Place(chunk: hint.chunk, index: from) }
        // At the end of the chunk: the next one must begin behind.
        let next = hint.chunk + 1
        guard next < entries.count else { return nil }
        return key.createdAt < entries[next].first ? Place(chunk: hint.chunk, index: count) : nil
    }

    private func grow(_ at: Int) -> Chunk {
        let old = entries[at].chunk
        let chunk = Chunk(capacity: min(Chunk.capacity, old.base[1] * 2))
        chunk.append(from: old, 0..<old.count)
        old.base.deallocate()
        entries[at].chunk = chunk
        return chunk
    }

    /// Halves a full chunk and tells where the place is now.
    private func split(_ place: Place, _ keys: some RowKeys) -> (Chunk, Place) {
        let lower = entries[place.chunk].chunk
        let middle = lower.count / 2
        let upper = Chunk(capacity: Chunk.capacity)
        upper.append(from: lower, middle..<lower.count)
        lower.base[0] = UInt32(middle)
        entries.insert(Entry(chunk: upper, first: keys.key(upper[0]).createdAt), at: place.chunk + 1)
        if place.index <= middle { return (lower, place) }
        return (upper, Place(chunk: place.chunk + 1, index: place.index - middle))
    }

    /// - Returns: whether the row was there.
    @discardableResult
    func remove(_ row: UInt32, key: SortKey, _ keys: some RowKeys) -> Bool {
        guard let place = place(of: row, key, keys) else { return false }
        let chunk = entries[place.chunk].chunk
        chunk.remove(at: place.index)
        count -= 1
        if chunk.count == 0 {
            chunk.base.deallocate()
            entries.remove(at: place.chunk)
            return true
        }
        if place.index == 0 { entries[place.chunk].first = keys.key(chunk[0]).createdAt }
        if chunk.count * 4 < Int(chunk.base[1]) {
            if entries.count == 1 { shrink() } else { joinNeighbours(of: place.chunk) }
        }
        return true
    }

    /// Halves the room of a list that has come down to one chunk, mostly empty.
    private func shrink() {
        let old = entries[0].chunk
        guard old.base[1] > 4 else { return }
        let chunk = Chunk(capacity: max(4, old.base[1] / 2))
        chunk.append(from: old, 0..<old.count)
        old.base.deallocate()
        entries[0].chunk = chunk
    }

    /// Joins a chunk that has become small with one beside it when both fill half a chunk at most.
    private func joinNeighbours(of at: Int) {
        for lower in [at, at - 1] where lower >= 0 && lower + 1 < entries.count {
            let (front, back) = (entries[lower].chunk, entries[lower + 1].chunk)
            guard front.count + back.count <= Int(Chunk.capacity) / 2 else { continue }
            let joined = front.base[1] == Chunk.capacity ? front : Chunk(capacity: Chunk.capacity)
            if joined.base != front.base {
                joined.append(from: front, 0..<front.count)
                front.base.deallocate()
                entries[lower].chunk = joined
            }
            joined.append(from: back, 0..<back.count)
            back.base.deallocate()
            entries.remove(at: lower + 1)
            return
        }
    }

    // MARK: - Reading

    var first: UInt32? { entries.first?.chunk[0] }
    var last: UInt32? { entries.last?.chunk.last }

    var start: Place { Place(chunk: 0, index: 0) }
    var end: Place { Place(chunk: entries.count, index: 0) }

    /// The row behind a place; the place moves over it.
    @inline(__always)
    func next(_ place: inout Place) -> UInt32? {
        guard place.chunk < entries.count else { return nil }
        let chunk = entries[place.chunk].chunk
        let row = chunk[place.index]
        place.index += 1
        if place.index == chunk.count { place = Place(chunk: place.chunk + 1, index: 0) }
        return row
    }

    /// The row before a place; the place moves before it.
    @inline(__always)
    func previous(_ place: inout Place) -> UInt32? {
        if place.index == 0 {
            guard place.chunk > 0 else { return nil }
            place = Place(chunk: place.chunk - 1, index: entries[place.chunk - 1].chunk.count)
        }
        place.index -= 1
        return entries[place.chunk].chunk[place.index]
    }

    /// The place before the first row whose key is not less than the given one.
    func firstPlace(notBefore key: SortKey, _ keys: some RowKeys) -> Place {
        let behind = firstEntry(notBefore: key, keys)
        guard behind > 0 else { return start }
        let index = search(in: behind - 1, key, keys)
        return index < entries[behind - 1].chunk.count
            ? Place(chunk: behind - 1, index: index) : Place(chunk: behind, index: 0)
    }

    /// The first chunk whose first row's key is not less than the given one.
    private func firstEntry(notBefore key: SortKey, _ keys: some RowKeys) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let entry = entries[middle]
            if entry.first < key.createdAt || entry.first == key.createdAt && keys.key(entry.chunk[0]) < key {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// How many rows of a chunk, the first of which is less than the key, are less than the key.
    ///
    /// Each look at a row may be a cache miss. As rows come more or less evenly in time, the search begins where the key
    /// ought to be, and goes from there in steps of growing size; however unevenly they come, that is not much worse
    /// than halving.
    private func search(in at: Int, _ key: SortKey, _ keys: some RowKeys) -> Int {
        let chunk = entries[at].chunk
        let count = chunk.count
        let from = Double(entries[at].first)
        let to = at + 1 < entries.count ? entries[at + 1].first : keys.key(chunk.last).createdAt
        let share = (Double(key.createdAt) - from) / (Double(to) - from)
        // Written so that what is no number comes out as the beginning.
        let guess = share > 0 ? Int(min(share, 1) * Double(count)) : 1
        var low = min(max(guess, 1), count - 1)
        guard low >= 1 else { return 1 }
        var high = low
        var step = 1
        if keys.key(chunk[low]) < key {
            low += 1
            high = low
            while high < count, keys.key(chunk[high]) < key {
                low = high + 1
                high = low + step
                step *= 2
            }
            high = min(high, count)
        } else {
            low = high - 1
            while low >= 1, !(keys.key(chunk[low]) < key) {
                high = low
                low = high - 1 - step
                step *= 2
            }
            low = max(low + 1, 1)
        }
        while low < high {
            let middle = (low + high) / 2
            if keys.key(chunk[middle]) < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The place of a row that is in the list; nil when it is not.
    private func place(of row: UInt32, _ key: SortKey, _ keys: some RowKeys) -> Place? {
        // Nearly always one chunk alone can hold the key, and looking through that for the row's number looks at no rows.
        var at = 0
        var high = entries.count
        while at < high {
            let middle = (at + high) / 2
            if entries[middle].first < key.createdAt { at = middle + 1 } else { high = middle }
        }
        let isAlone = at == entries.count || entries[at].first > key.createdAt
        if isAlone, at > 0, let index = entries[at - 1].chunk.index(of: row) {
            return Place(chunk: at - 1, index: index)
        }
        let place = firstPlace(notBefore: key, keys)
        guard place.chunk < entries.count, entries[place.chunk].chunk[place.index] == row else { return nil }
        return place
    }
}
