extension EventIndex {
    /// The topics of the events that queries find, by name, each with how many events have it.
    public var topics: [(topic: String, events: Int)] {
        let counts = read { state in
            var counts: [(topic: String, events: Int)] = []
            state.topics.forEach { number, topic in
                let events = state.topics.posting(number).count
                if events > 0 { counts.append((String(decoding: topic, as: UTF8.self), events)) }
            }
            return counts
        }
        return counts.sorted { $0.topic < $1.topic }
    }
}
