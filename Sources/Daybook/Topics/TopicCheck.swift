/// What happens to an event whose summary is not as its topic's entry has it.
public enum TopicCheck: String, Hashable, Sendable, CaseIterable {
    /// Nothing: nobody looks.
    case off
    /// It is stored; whoever published it is told, and it is counted.
    case warn
    /// It is refused.
    case reject
}
