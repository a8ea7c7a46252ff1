import Daybook
import LosslessJSON

/// The registrations that a configuration file names.
enum RegistrationSection {
    /// - Parameter section: an object of objects: what each registration asks for, by its name.
    /// - Throws: ``InvalidRegistration`` with everything that does not fit, by its full name.
    static func read(_ section: JSONText, _ handlers: ServerHandlers) throws -> [RegistrationInput] {
        guard let members = section.members else {
            throw InvalidRegistration([
                FieldProblem("registrations", "bad_type", "must be an object of registrations by name")
            ])
        }
        var problems: [FieldProblem] = []
        var inputs: [RegistrationInput] = []
        for (name, value) in members {
            do {
                inputs.append(try input(name, value, handlers))
            } catch let error as InvalidRegistration {
                problems += error.problems.map {
                    FieldProblem("registrations.\(name).\($0.field)", $0.code, $0.message)
                }
            }
        }
        if !problems.isEmpty { throw InvalidRegistration(problems) }
        return inputs
    }

    private static func input(
        _ name: String, _ value: JSONText, _ handlers: ServerHandlers
    ) throws -> RegistrationInput {
        guard let members = value.members else {
            throw InvalidRegistration([FieldProblem("filter", "bad_type", "must be an object with a filter and more")])
        }
        guard members["name"] == nil else {
            throw InvalidRegistration([FieldProblem("name", "unknown_field", "the name is what it is entered under")])
        }
        var input = try RegistrationInput(members)
        input.name = name
        let registration = try input.registration()
        _ = try handlers.handler(of: registration)
        return input
    }
}
