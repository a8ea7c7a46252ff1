/// Numbers for values that many entries share; 0 stands for none. A value goes when nothing uses it any more.
struct NameTable<Value: Hashable>: ~Copyable {
    private var values: [Value?] = [nil]
    private var uses: [UInt32] = [0]
    private var numbers: [Value: UInt32] = [:]
    private var free: [UInt32] = []

    init() {}

    /// Takes over what ``all`` gave; nothing uses any of it yet.
    init(values: [Value?]) {
        self.values = values.isEmpty ? [nil] : values
        uses = Array(repeating: 0, count: self.values.count)
        for case (let number, let value?) in values.enumerated() { numbers[value] = UInt32(number) }
    }

    /// The values by number; nil where there is none.
    var all: [Value?] { values }

    var memoryBytes: Int {
        values.capacity * (MemoryLayout<Value?>.stride + MemoryLayout<UInt32>.stride)
            + numbers.capacity * (MemoryLayout<Value>.stride + MemoryLayout<UInt32>.stride)
    }

    subscript(number: UInt32) -> Value? { values[Int(number)] }

    /// The number of a value, with one more use of it noted.
    mutating func use(_ value: Value?) -> UInt32 {
        guard let value else { return 0 }
        if let number = numbers[value] {
            uses[Int(number)] += 1
            return number
        }
        let number: UInt32
        if let last = free.popLast() {
            number = last
            values[Int(number)] = value
            uses[Int(number)] = 1
        } else {
            number = UInt32(values.count)
            values.append(value)
            uses.append(1)
        }
        numbers[value] = number
        return number
    }

    /// Notes one more use of a value that is there.
    mutating func addUse(_ number: UInt32) {
        if number != 0 { uses[Int(number)] += 1 }
    }

    /// Lets go of what nothing uses, after all uses were noted.
    mutating func freeUnused() {
        for number in 1..<values.count where uses[number] == 0 {
            if let value = values[number] { numbers[value] = nil }
            values[number] = nil
            free.append(UInt32(number))
        }
    }

    mutating func release(_ number: UInt32) {
        guard number != 0 else { return }
        uses[Int(number)] -= 1
        guard uses[Int(number)] == 0 else { return }
        if let value = values[Int(number)] { numbers[value] = nil }
        values[Int(number)] = nil
        free.append(number)
    }
}
