extension Registration {
    /// What a record says, when it is to be delivered; nil when not, when its owner may not read it, or when it is no
    /// event's.
    func entry(of stored: StoredRecord, _ filter: Filter?) -> EventRecord? {
        do {
            if let filter, try !filter.matches(stored) { return nil }
            guard try standing.admits(stored) else { return nil }
            let entry = try RecordDecoder.decode(stored.record)
            return on.contains(entry.operation) ? entry : nil
        } catch {
            return nil
        }
    }
}
