import Daybook
import DaybookHandlers
import LosslessJSON

/// What a server delivers to: the handlers of its configuration, each made once however many registrations deliver to it,
/// and the webhooks of registrations, one each.
///
/// A handler is made once because it may have what cannot be had twice: a directory, a program, a limit of messages per
/// second.
final class ServerHandlers: Sendable {
    private enum Entry: Sendable {
        case enabled(ConfiguredHandler)
        case disabled
    }

    private let entries: [String: Entry]
    private let rules: WebhookRules
    private let report: @Sendable (DeliveryAttempt) -> Void
    /// Those that the configuration names, which are looked at before the server starts.
    private let registrations: [RegistrationInput]

    /// - Throws: ``InvalidSetting``.
    init(
        _ table: HandlerTable, _ rules: WebhookRules = WebhookRules(), registrations: [RegistrationInput] = [],
        in surroundings: HandlerSurroundings = HandlerSurroundings()
    ) throws {
        entries = try table.entries.mapValues { entry in
            guard entry.isEnabled else { return .disabled }
            let handler: any EventHandler = try entry.settings.makeHandler(in: surroundings)
            return .enabled(ConfiguredHandler(base: handler, selection: entry.selection))
        }
        self.rules = rules
        report = surroundings.report
        self.registrations = registrations
    }

    /// What a registration delivers to; nil when no server delivers it.
    ///
    /// - Throws: ``InvalidRegistration``.
    func handler(of registration: Registration) throws(InvalidRegistration) -> (any EventHandler)? {
        switch registration.delivery {
        case .process, .pull: return nil
        case .webhook: return try RegistrationWebhook(registration, rules, report: report)
        case .handler: return try namedHandler(registration)
        }
    }

    private func namedHandler(_ registration: Registration) throws(InvalidRegistration) -> any EventHandler {
        guard let members = registration.settings.members else {
            throw InvalidRegistration([FieldProblem("settings", "bad_type", "must be an object")])
        }
        var reader = SettingsReader("settings", members)
        let name = reader.required("handler")
        try reader.finish()
        switch entries[name] {
        case .enabled(let handler): return handler
        case .disabled:
            throw InvalidRegistration([
                FieldProblem("settings.handler", "bad_value", "handler \(name) is disabled (handlers.\(name).enabled)")
            ])
        case nil:
            throw InvalidRegistration([
                FieldProblem("settings.handler", "bad_value", "this server's configuration has no handler \(name)")
            ])
        }
    }

    // MARK: - Start and end

    /// Makes all handlers ready, side by side, and looks at the webhooks of the configuration's registrations.
    ///
    /// - Throws: ``CommandFailure`` with everything that is wrong, by the settings' full names; nothing is open then.
    func prepare() async throws {
        let problems = await withTaskGroup(of: String?.self) { group in
            for case .enabled(let handler) in entries.values {
                group.addTask { await Self.problem { try await handler.base.prepare() } }
            }
            for input in registrations where input.delivery == .webhook {
                group.addTask { await Self.problem { try await self.look(at: input) } }
            }
            return await group.reduce(into: [String]()) { if let problem = $1 { $0.append(problem) } }
        }
        guard !problems.isEmpty else { return }
        await close()
        throw CommandFailure(.usage, "the configuration: \(problems.sorted().joined(separator: "; "))")
    }

    /// Ends what ``prepare()`` began.
    func close() async {
        await withTaskGroup(of: Void.self) { group in
            for case .enabled(let handler) in entries.values {
                group.addTask { await handler.base.close() }
            }
        }
    }

    private func look(at input: RegistrationInput) async throws {
        do {
            let webhook = try RegistrationWebhook(try input.registration(), rules, report: report)
            defer { Task { await webhook.close() } }
            try await webhook.prepare()
        } catch let error as InvalidRegistration {
            throw InvalidRegistration(
                error.problems.map {
                    FieldProblem("registrations.\(input.name ?? "").\($0.field)", $0.code, $0.message)
                })
        }
    }

    private static func problem(_ work: () async throws -> Void) async -> String? {
        do {
            try await work()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
