public import Daybook

/// What the datasets of a topic consist of, in order; nil for a topic that declares nothing.
public typealias DatasetFields = @Sendable (_ topic: String) -> [DatasetField]?

/// What makes a handler: typed settings, checked when they are read.
public protocol HandlerSettings: Hashable, Sendable {
    associatedtype Handler: EventHandler

    /// Makes the handler. Nothing is opened yet; that is ``EventHandler/prepare()``.
    ///
    /// - Parameter fields: what tables and columns go by; handlers that show none do not ask.
    /// - Throws: ``InvalidSetting``.
    func makeHandler(fields: @escaping DatasetFields) throws -> Handler
}

extension HandlerSettings {
    /// Makes a handler that knows no dataset's fields: what it shows, it shows as the payload has it.
    ///
    /// - Throws: ``InvalidSetting``.
    public func makeHandler() throws -> Handler {
        try makeHandler { _ in nil }
    }
}
