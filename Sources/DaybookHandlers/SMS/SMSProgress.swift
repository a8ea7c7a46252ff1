/// Who has had which record's message already, so that a delivery that failed for one recipient and is tried again does
/// not go to the others twice. It is known as long as this process runs; bounded.
struct SMSProgress {
    private static let limit = 1000

    struct Entry {
        /// Recipients for whom nothing is left to do.
        var done: Set<String> = []
        /// What Twilio refused for good.
        var refusals: [String] = []
    }

    private var entries: [String: Entry] = [:]
    private var order: [String] = []

    subscript(recordID: String) -> Entry {
        get { entries[recordID] ?? Entry() }
        set {
            if entries.updateValue(newValue, forKey: recordID) == nil { order.append(recordID) }
            if order.count > Self.limit { entries[order.removeFirst()] = nil }
        }
    }

    mutating func forget(_ recordID: String) {
        guard entries.removeValue(forKey: recordID) != nil else { return }
        order.removeAll { $0 == recordID }
    }
}
