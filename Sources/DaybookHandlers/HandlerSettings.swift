public import Daybook

/// What makes a handler: typed settings, checked when they are read.
public protocol HandlerSettings: Hashable, Sendable {
    associatedtype Handler: EventHandler

    /// Makes the handler. Nothing is opened yet; that is ``EventHandler/prepare()``.
    func makeHandler() throws -> Handler
}
