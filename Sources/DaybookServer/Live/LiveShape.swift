/// How a message is written. Each message is written once in each shape that somebody wants, however many want it.
enum LiveShape: Int, CaseIterable, Sendable {
    /// A WebSocket frame as AYON has it.
    case ayon
    /// The same with a `token`.
    case resumable
    /// An event of `text/event-stream`.
    case eventStream
}
