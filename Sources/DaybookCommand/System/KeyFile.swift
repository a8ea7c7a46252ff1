/// A file with an API key, and blanks and line ends around it.
enum KeyFile {
    private static let maximumBytes = 1 << 16

    /// - Throws: ``CommandFailure``, which tells nothing of what is in the file.
    static func read(_ path: String) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try InputFile(path: path).readAll(limit: maximumBytes)
        } catch {
            throw CommandFailure(.usage, "the file with the API key, \(path), cannot be read: \(error)")
        }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        // What `daybook keys create` prints ends with the key.
        guard let key = words.last else { throw CommandFailure(.usage, "there is no API key in the file \(path)") }
        return String(key)
    }
}
