/// A first-in, first-out line of elements that can also be looked at by index.
struct FIFO<Element>: RandomAccessCollection {
    // Taken elements become nil at once, so that what they hold is freed; their places go when they are half of the array.
    private var slots: [Element?] = []
    private var head = 0

    var startIndex: Int { 0 }
    var endIndex: Int { slots.count - head }

    subscript(index: Int) -> Element {
        guard let element = slots[head + index] else { preconditionFailure("taken from before the head") }
        return element
    }

    mutating func append(_ element: Element) {
        slots.append(element)
    }

    mutating func popFirst() -> Element? {
        guard head < slots.count else { return nil }
        let element = slots[head].take()
        head += 1
        if head == slots.count {
            slots.removeAll(keepingCapacity: slots.count <= 1024)
            head = 0
        } else if head >= 64, head * 2 >= slots.count {
            slots.removeFirst(head)
            head = 0
        }
        return element
    }

    mutating func removeAll() {
        slots = []
        head = 0
    }
}

extension FIFO: Sendable where Element: Sendable {}
