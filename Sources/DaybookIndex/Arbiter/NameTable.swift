/// Numbers for values that many entries share; 0 stands for none. A value goes when nothing uses it any more.
struct NameTable<Value: Hashable>: ~Copyable {
    private var values: [Value?] = [nil]
    private var uses: [UInt32] = [0]
    private var numbers: [Value: UInt32] = [:]
    private var free: [UInt32] = []

    init() {}

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

    mutating func release(_ number: UInt32) {
        guard number != 0 else { return }
        uses[Int(number)] -= 1
        guard uses[Int(number)] == 0 else { return }
        if let value = values[Int(number)] { numbers[value] = nil }
        values[Int(number)] = nil
        free.append(number)
    }
}
