public import Daybook

/// What the datasets of a topic consist of, in order; nil for a topic that declares nothing.
public typealias DatasetFields = @Sendable (_ topic: String) -> [DatasetField]?

/// What makes a handler: typed settings, checked when they are read.
public protocol HandlerSettings: Hashable, Sendable {
    associatedtype Handler: EventHandler

    /// Makes the handler. Nothing is opened yet; that is ``EventHandler/prepare()``.
    ///
    /// - Throws: ``InvalidSetting``.
    func makeHandler(in surroundings: HandlerSurroundings) throws -> Handler
}

extension HandlerSettings {
    /// Makes a handler on its own.
    ///
    /// - Throws: ``InvalidSetting``.
    public func makeHandler() throws -> Handler {
        try makeHandler(in: HandlerSurroundings())
    }
}
