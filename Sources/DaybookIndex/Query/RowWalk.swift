/// Walks rows in the order of queries: one posting, several merged, or a few rows by number.
struct RowWalk {
    private enum Source {
        case one(PostingWalk)
        case merged([PostingWalk])
        case rows(ArraySlice<UInt32>)
    }

    private var source: Source
    /// The next row of each merged posting, with its key, so that merging looks at rows once.
    private var heads: [(row: UInt32, key: SortKey)?] = []
    private let isAscending: Bool
    private let keys: TimeOrder

    init(_ postings: [Posting], isAscending: Bool, beyond bound: SortKey?, _ keys: TimeOrder) {
        self.isAscending = isAscending
        self.keys = keys
        var walks = postings.map { PostingWalk($0, isAscending: isAscending, beyond: bound, keys) }
        if walks.count == 1 {
            source = .one(walks[0])
        } else {
            for at in walks.indices { heads.append(walks[at].next().map { ($0, keys.key($0)) }) }
            source = .merged(walks)
        }
    }

    init(rows: [UInt32], isAscending: Bool, beyond bound: SortKey?, _ keys: TimeOrder) {
        self.isAscending = isAscending
        self.keys = keys
        let wanted = rows.filter { row in
            guard let bound else { return true }
            return isAscending ? bound < keys.key(row) : keys.key(row) < bound
        }
        source = .rows(
            wanted.sorted { isAscending ? keys.key($0) < keys.key($1) : keys.key($1) < keys.key($0) }[...])
    }

    @inline(__always)
    mutating func next() -> UInt32? {
        switch source {
        case .one(var walk):
            let row = walk.next()
            source = .one(walk)
            return row
        case .rows(var rest):
            let row = rest.popFirst()
            source = .rows(rest)
            return row
        case .merged(let walks):
            return nextMerged(walks)
        }
    }

    private mutating func nextMerged(_ walks: [PostingWalk]) -> UInt32? {
        var best: (at: Int, key: SortKey)?
        for at in heads.indices {
            guard let head = heads[at] else { continue }
            if let known = best, isAscending ? known.key < head.key : head.key < known.key { continue }
            best = (at, head.key)
        }
        guard let best, let head = heads[best.at] else { return nil }
        var walks = walks
        source = .rows([])
        heads[best.at] = walks[best.at].next().map { ($0, keys.key($0)) }
        source = .merged(walks)
        return head.row
    }
}
