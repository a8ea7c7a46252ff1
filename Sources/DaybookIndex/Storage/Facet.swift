/// The distinct values of one attribute: each has a number (0 means "none") and, when queries go by the attribute, a
/// posting of the visible rows that have it. A value goes when no row has it any more.
struct Facet: ~Copyable {
    /// What is kept of a value besides its bytes.
    struct Value: TextOwner {
        var text: TextArena.Reference
        /// How many rows have it, visible or not.
        var uses: UInt32
        /// How many of these are not done. Kept for `dependsOn` only.
        var unfinished: UInt32
    }

    private(set) var texts = TextArena()
    private(set) var values = PagedStore<Value>()
    /// By number, in pieces, so that growing moves no more than a piece.
    private var postings: [[Posting]] = []
    private let hasPostings: Bool
    private let table: NumberTable
    private var freeNumbers: [UInt32] = []
    /// Rises whenever a number gets or loses its value: what somebody concluded from numbers is void then.
    private(set) var generation = 0
    private var restoredFree: [UInt32] = []
    private let seed: SeededHash

    /// The number that stands for "no value".
    static let none: UInt32 = 0

    init(seed: SeededHash, hasPostings: Bool, isLarge: Bool = false) {
        self.seed = seed
        self.hasPostings = hasPostings
        // Where each event may have a value of its own the table is cut into pieces, as that of ids is.
        table = NumberTable(segmentBits: isLarge ? 10 : 4)
        _ = values.append(Value(text: TextArena.none, uses: 0, unfinished: 0))
        addPostings(upTo: 0)
    }

    /// How many distinct values there are.
    var count: Int { table.count }
    /// One more than the largest number ever given out.
    var numberEnd: Int { values.count }

    // MARK: - Values

    /// The number of a value that some row has.
    @inline(__always)
    func find(_ bytes: UnsafeRawBufferPointer) -> UInt32? {
        find(bytes, hash: seed.hash(bytes))
    }

    @inline(__always)
    private func find(_ bytes: UnsafeRawBufferPointer, hash: UInt64) -> UInt32? {
        table.first(hash) { number in
            texts[values.pointer(number).pointee.text].isEqual(to: bytes)
        }
    }

    /// The number of a value, with one more use of it noted.
    mutating func use(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let hash = seed.hash(bytes)
        if let number = find(bytes, hash: hash) {
            values.mutable(number).pointee.uses += 1
            return number
        }
        return add(bytes, hash: hash)
    }

    @inline(never)
    private mutating func add(_ bytes: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        let number: UInt32
        if let free = freeNumbers.popLast() {
            number = free
        } else {
            number = values.append(Value(text: TextArena.none, uses: 0, unfinished: 0))
            addPostings(upTo: number)
        }
        let reference = texts.add(bytes, owner: number)
        values.mutable(number).pointee = Value(text: reference, uses: 1, unfinished: 0)
        table.insert(number, hash: hash)
        generation += 1
        return number
    }

    // MARK: - Restoring

    /// Adds a value that no row has yet, under the next number.
    mutating func restore(_ bytes: UnsafeRawBufferPointer) {
        let number = add(bytes, hash: seed.hash(bytes))
        values.mutable(number).pointee.uses = 0
    }

    /// Leaves the next number free.
    mutating func restoreFree() {
        let number = values.append(Value(text: TextArena.none, uses: 0, unfinished: 0))
        addPostings(upTo: number)
        restoredFree.append(number)
    }

    /// Numbers left free while restoring, which must not be given out before all have their values.
    mutating func finishRestoring() {
        freeNumbers = restoredFree
        restoredFree = []
    }

    @inline(__always)
    mutating func addUse(_ number: UInt32) {
        if number != Self.none { values.mutable(number).pointee.uses += 1 }
    }

    // MARK: - Releasing

    /// Notes that one row less has the value.
    mutating func release(_ number: UInt32) {
        guard number != Self.none else { return }
        let value = values.mutable(number)
        value.pointee.uses -= 1
        guard value.pointee.uses == 0 else { return }
        table.remove(number, hash: seed.hash(texts[value.pointee.text]))
        texts.free(value.pointee.text)
        value.pointee = Value(text: TextArena.none, uses: 0, unfinished: 0)
        freeNumbers.append(number)
        generation += 1
    }

    /// The bytes of a value; nil for "none".
    @inline(__always)
    subscript(number: UInt32) -> UnsafeRawBufferPointer? {
        number == Self.none ? nil : texts[values.pointer(number).pointee.text]
    }

    /// Calls the body with each value some row has.
    func forEach(_ body: (UInt32, UnsafeRawBufferPointer) -> Void) {
        for number in 1..<UInt32(max(1, values.count)) {
            let reference = values.pointer(number).pointee.text
            if reference != TextArena.none { body(number, texts[reference]) }
        }
    }

    // MARK: - Unfinished rows

    /// - Returns: how many rows with the value are not done now.
    @discardableResult
    mutating func addUnfinished(_ number: UInt32, _ difference: Int) -> UInt32 {
        guard number != Self.none else { return 0 }
        let value = values.mutable(number)
        value.pointee.unfinished = UInt32(Int(value.pointee.unfinished) + difference)
        return value.pointee.unfinished
    }

    func unfinished(_ number: UInt32) -> UInt32 { values.pointer(number).pointee.unfinished }

    // MARK: - Postings

    private mutating func addPostings(upTo number: UInt32) {
        guard hasPostings else { return }
        while postings.count <= Int(number) >> PageSize.shift {
            postings.append(Array(repeating: .empty, count: PageSize.elements))
        }
    }

    @inline(__always)
    mutating func post(_ number: UInt32, _ row: UInt32, key: SortKey, _ keys: TimeOrder) {
        guard number != Self.none else { return }
        postings[Int(number) >> PageSize.shift][Int(number) & PageSize.mask].insert(row, key: key, keys)
    }

    @inline(__always)
    mutating func unpost(_ number: UInt32, _ row: UInt32, key: SortKey, _ keys: TimeOrder) {
        guard number != Self.none else { return }
        postings[Int(number) >> PageSize.shift][Int(number) & PageSize.mask].remove(row, key: key, keys)
    }

    func posting(_ number: UInt32) -> Posting {
        postings[Int(number) >> PageSize.shift][Int(number) & PageSize.mask]
    }

    // MARK: - Memory

    var needsCompaction: Bool { texts.needsCompaction }

    mutating func compactOne() {
        texts.compactOne(&values)
    }

    /// What it takes, but for the rows in postings.
    var memoryBytes: Int {
        texts.memoryBytes + values.memoryBytes + table.memoryBytes
            + postings.count * PageSize.elements * MemoryLayout<Posting>.stride
    }
}
