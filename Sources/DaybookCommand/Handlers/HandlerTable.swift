import Daybook
import DaybookHandlers
import LosslessJSON

/// The handlers that a server's configuration names, and what it makes for registrations.
struct HandlerTable: Sendable {
    private enum Entry: Sendable {
        case enabled(any HandlerSettings)
        case disabled
    }

    private var entries: [String: Entry] = [:]

    init() {}

    /// - Parameter section: an object of objects: each handler's name, with its `type`, perhaps `enabled`, and settings.
    /// - Throws: ``InvalidRegistration`` with everything that does not fit, by the settings' full names.
    init(_ section: JSONText) throws {
        guard let members = section.members else {
            throw InvalidRegistration([FieldProblem("handlers", "bad_type", "must be an object of handlers by name")])
        }
        var problems: [FieldProblem] = []
        for (name, value) in members {
            do {
                entries[name] = try Self.entry(name, value)
            } catch let error as InvalidRegistration {
                problems += error.problems
            } catch let error as InvalidSetting {
                problems.append(FieldProblem(error.setting, "bad_value", error.reason))
            }
        }
        if !problems.isEmpty { throw InvalidRegistration(problems) }
    }

    private static func entry(_ name: String, _ value: JSONText) throws -> Entry {
        let prefix = "handlers.\(name)"
        guard StreamRule.isValidName(name), let members = value.members else {
            throw InvalidRegistration([
                FieldProblem(prefix, "bad_type", "must be an object, under a name of letters, digits, '.', '_', '-'")
            ])
        }
        var reader = SettingsReader(prefix, members)
        let isEnabled = reader.bool("enabled") ?? true
        let type: HandlerType? = reader.choice("type")
        guard let type else {
            if members["type"] == nil {
                let types = HandlerType.allCases.map(\.rawValue).joined(separator: ", ")
                reader.fail("type", "is missing: say one of \(types)", code: "missing")
            }
            throw InvalidRegistration(reader.problems)
        }
        let settings = type.read(name, &reader)
        try reader.finish()
        // Some of what is wrong shows only here.
        _ = try settings.makeHandler()
        return isEnabled ? .enabled(settings) : .disabled
    }

    /// What a registration delivers to; nil when this server has no handler of the name.
    ///
    /// - Throws: ``InvalidRegistration``.
    func makeHandler(_ registration: Registration) throws -> (any EventHandler)? {
        guard registration.delivery == .handler else { return nil }
        guard let members = registration.settings.members else {
            throw InvalidRegistration([FieldProblem("settings", "bad_type", "must be an object")])
        }
        var reader = SettingsReader("settings", members)
        let name = reader.required("handler")
        try reader.finish()
        switch entries[name] {
        case .enabled(let settings): return try settings.makeHandler()
        case .disabled:
            throw InvalidRegistration([
                FieldProblem("settings.handler", "bad_value", "handler \(name) is disabled (handlers.\(name).enabled)")
            ])
        case nil:
            throw InvalidRegistration([
                FieldProblem(
                    "settings.handler", "bad_value", "this server's configuration has no handler \(name)")
            ])
        }
    }
}
