/// A few numbers that a row's attribute may have.
struct NumberSet {
    private let few: [UInt32]
    private let many: Set<UInt32>?

    init(_ numbers: some Sequence<UInt32>) {
        let distinct = Set(numbers)
        many = distinct.count > 8 ? distinct : nil
        few = distinct.count > 8 ? [] : distinct.sorted()
    }

    @inline(__always)
    func contains(_ number: UInt32) -> Bool {
        if let many { return many.contains(number) }
        for candidate in few where candidate == number { return true }
        return false
    }

    var numbers: [UInt32] { many.map(Array.init) ?? few }
}
