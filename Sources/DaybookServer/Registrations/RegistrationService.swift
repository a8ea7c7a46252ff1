public import Daybook
public import DaybookIndex
public import Logging
public import ServiceLifecycle
import Synchronization

/// Works for a node's registrations, from when its log is open: ensures those that the configuration names, and hosts
/// those that this server delivers.
public final class RegistrationService: Service {
    let node: DaybookNode
    private let ensured: [RegistrationInput]
    private let delivers: Bool
    private let logger: Logger
    private let makeHandler: @Sendable (Registration) throws -> (any EventHandler)?
    private let hosted = Mutex<RegistrationHost?>(nil)

    /// - Parameters:
    ///   - ensured: registrations that there are to be, with their names.
    ///   - delivers: false leaves webhooks and handlers to other servers.
    ///   - makeHandler: makes what a registration delivers to, of those with a webhook or a handler; nil when this server
    ///     has no such handler. Settings that it cannot use it refuses with ``InvalidRegistration``.
    public init(
        node: DaybookNode, ensured: [RegistrationInput] = [], delivers: Bool = true,
        logger: Logger = Logger(label: "daybook.registrations"),
        makeHandler: @escaping @Sendable (Registration) throws -> (any EventHandler)? = { _ in nil }
    ) {
        self.node = node
        self.ensured = ensured
        self.delivers = delivers
        self.logger = logger
        self.makeHandler = makeHandler
    }

    /// Works until it is shut down, and then finishes what is in hand. The node must outlive it.
    ///
    /// - Throws: ``RegistrationError`` when a registration cannot be ensured.
    public func run() async throws {
        let parts: DaybookNode.Parts
        do {
            parts = try await cancelWhenGracefulShutdown { try await self.node.whenOpen() }
        } catch is CancellationError {
            return
        } catch is NodeUnavailable {
            // The node says why.
            return
        }
        let host = RegistrationHost(parts.registrations, logger: logger) { [delivers, makeHandler] in
            delivers ? try makeHandler($0) : nil
        }
        hosted.withLock { $0 = host }
        do {
            try await cancelWhenGracefulShutdown { try await self.ensureAll(parts.registrations) }
        } catch is CancellationError {
            return
        } catch LogError.closed {
            return
        }
        try await host.run()
    }

    /// What hosts the registrations; nil while the log is not open.
    var host: RegistrationHost? { hosted.withLock { $0 } }

    /// Why this server does not work for a registration, when it should.
    func failure(of name: String) -> String? { delivers ? host?.failure(of: name) : nil }

    /// What this server delivers a registration to; nil when it does not.
    ///
    /// - Throws: ``InvalidRegistration``.
    func handler(of registration: Registration) throws -> (any EventHandler)? {
        delivers && (registration.delivery == .handler || registration.delivery == .webhook)
            ? try makeHandler(registration) : nil
    }

    /// Looks whether this server could deliver a registration: of a webhook also what is found when it is made ready, such
    /// as a host that must not be sent to. (A handler of the configuration was made ready when the server started.)
    ///
    /// - Throws: ``InvalidRegistration`` with what is wrong with its settings.
    func check(_ registration: Registration) async throws {
        guard registration.delivery == .handler || registration.delivery == .webhook else { return }
        guard let handler = try makeHandler(registration) else {
            throw InvalidRegistration([FieldProblem("settings", "bad_value", "this server has no such handler")])
        }
        guard registration.delivery == .webhook else { return }
        do {
            try await handler.prepare()
        } catch {
            await handler.close()
            throw error
        }
        await handler.close()
    }

    private func ensureAll(_ registrations: Registrations) async throws {
        for input in ensured {
            var backoff = Backoff()
            while true {
                do {
                    try await registrations.ensure(input)
                    break
                } catch let error as LogError where error.isRetriable {
                    logger.warning(
                        "a registration of the configuration cannot be ensured yet; trying again",
                        metadata: ["registration": "\(input.name ?? "")", "error": "\(error)"])
                    try await backoff.wait()
                }
            }
        }
    }
}
