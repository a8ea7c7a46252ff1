/// The rows that have a value in common, in order. Most values of some attributes have one row: that one needs no list.
enum Posting {
    case empty
    case one(UInt32)
    case list(RowList)

    var count: Int {
        switch self {
        case .empty: 0
        case .one: 1
        case .list(let list): list.count
        }
    }

    /// What it takes beside its place in an array.
    var memoryBytes: Int {
        if case .list(let list) = self { list.memoryBytes } else { 0 }
    }

    @inline(__always)
    mutating func insert(_ row: UInt32, key: SortKey, _ keys: some RowKeys) {
        switch self {
        case .list(let list): list.insert(row, key: key, keys)
        case .empty: self = .one(row)
        case .one(let other):
            let list = RowList()
            list.insert(other, key: keys.key(other), keys)
            list.insert(row, key: key, keys)
            self = .list(list)
        }
    }

    @inline(__always)
    mutating func remove(_ row: UInt32, key: SortKey, _ keys: some RowKeys) {
        switch self {
        case .list(let list):
            list.remove(row, key: key, keys)
            if list.count == 0 { self = .empty }
        case .one(row): self = .empty
        case .one, .empty: break
        }
    }
}

/// Walks a posting from a place on. Good as long as nothing changes.
struct PostingWalk {
    private let list: RowList?
    private var place = RowList.Place.none
    private var single: UInt32?
    private let isAscending: Bool

    /// - Parameters:
    ///   - bound: where to begin, exclusive; nil begins at the end that comes first.
    init(_ posting: Posting, isAscending: Bool, beyond bound: SortKey?, _ keys: some RowKeys) {
        self.isAscending = isAscending
        switch posting {
        case .empty:
            list = nil
        case .one(let row):
            list = nil
            if let bound {
                let key = keys.key(row)
                single = isAscending ? (bound < key ? row : nil) : (key < bound ? row : nil)
            } else {
                single = row
            }
        case .list(let list):
            self.list = list
            guard let bound else {
                place = isAscending ? list.start : list.end
                return
            }
            place = list.firstPlace(notBefore: bound, keys)
            if isAscending {
                var behind = place
                if let row = list.next(&behind), !(bound < keys.key(row)) { place = behind }
            }
        }
    }

    @inline(__always)
    mutating func next() -> UInt32? {
        if let list { return isAscending ? list.next(&place) : list.previous(&place) }
        defer { single = nil }
        return single
    }
}

extension RowList.Place {
    fileprivate static let none = RowList.Place(chunk: 0, index: 0)
}
