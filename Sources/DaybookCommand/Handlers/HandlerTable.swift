import Daybook
import DaybookHandlers
import LosslessJSON

/// The handlers that a server's configuration names, read and checked; ``ServerHandlers`` makes them.
struct HandlerTable: Sendable {
    struct Entry: Sendable {
        var settings: any HandlerSettings
        var isEnabled: Bool
        /// Which events it handles of those that registrations deliver to it.
        var selection: EventSelection
    }

    private(set) var entries: [String: Entry] = [:]

    init() {}

    /// - Parameter section: an object of objects: each handler's name, with its `type`, perhaps `enabled`, `filter` and
    ///   `defaultAction`, and settings.
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
        let selection = EventSelection(&reader)
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
        return Entry(settings: settings, isEnabled: isEnabled, selection: selection)
    }
}
