/// The program that uses this module is at fault. A mistake in one field must not take the server down.
struct Misuse: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
}
