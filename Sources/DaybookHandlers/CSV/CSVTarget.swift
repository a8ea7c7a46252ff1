/// A sender and topic whose file is open.
final class CSVTarget {
    struct Key: Hashable {
        var sender: String
        var topic: String
    }

    let key: Key
    /// The file's name without `.csv`.
    let base: String
    var file: CSVFile
    /// The columns that the topic declares.
    var declared: CSVColumns?
    /// The batch before which the file was looked after last.
    var checkedInBatch = 0
    /// When it was used last: a running number.
    var usedAt = 0

    init(key: Key, base: String, file: CSVFile) {
        self.key = key
        self.base = base
        self.file = file
    }
}
